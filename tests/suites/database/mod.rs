//! Databases through the real program and the library: what snapshots tell, what planners expect, and that nothing is changed.

mod claims;
mod credentials;
mod explain;
mod mariadb;
mod postgres;

use std::path::Path;

use libtest_mimic::Trial;
use serde_json::Value;

use super::trial;
use crate::support::program::{Run, kadian};

pub(super) fn trials() -> Vec<Trial> {
    [claims::trials(), credentials::trials(), explain::trials(), mariadb::trials(), postgres::trials()]
        .into_iter()
        .flatten()
        .collect()
}

/// Takes a snapshot in an empty folder with these variables.
fn run(arguments: &[&str], variables: &[(&str, &str)]) -> (Run, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let all: Vec<&str> = ["db", "snapshot"].into_iter().chain(arguments.iter().copied()).collect();
    (kadian(folder.path(), &all, variables, ""), folder)
}

/// The summary and the file of a snapshot that must be taken.
fn taken(arguments: &[&str], variables: &[(&str, &str)]) -> (String, Value) {
    let (run, folder) = run(arguments, variables);
    assert_eq!(run.code, 0, "{arguments:?}: {}{}", run.stdout, run.stderr);
    (run.stdout, file(folder.path()))
}

fn file(folder: &Path) -> Value {
    let text = std::fs::read_to_string(folder.join("table-stats.json")).expect("the snapshot was written");
    // What is written is what the gate reads.
    let read = kadian::collect::files::understand(&kadian::facts::Kind::Database, "kadian.table-stats", text.as_bytes());
    read.unwrap_or_else(|error| panic!("{error}"));
    serde_json::from_str(&text).expect("JSON")
}

/// Why a snapshot was refused.
fn refused(arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let (run, folder) = run(arguments, variables);
    assert_eq!(run.code, 2, "{arguments:?}: {}{}", run.stdout, run.stderr);
    assert!(!folder.path().join("table-stats.json").exists(), "nothing is written");
    format!("{}{}", run.stdout, run.stderr)
}

/// The table of this name.
fn table<'a>(snapshot: &'a Value, name: &str) -> &'a Value {
    let mut tables = snapshot["tables"].as_array().expect("tables").iter();
    tables.find(|table| table["name"] == name).unwrap_or_else(|| panic!("{name} is in {snapshot:#}"))
}

fn names(snapshot: &Value) -> Vec<&str> {
    snapshot["tables"].as_array().expect("tables").iter().filter_map(|table| table["name"].as_str()).collect()
}
