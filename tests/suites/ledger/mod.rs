//! The ledger through the real program: what its commands say, and what is left after crashes, on both stores.

mod ask;
mod commands;
mod crash;
mod postgres;

use std::path::Path;
use std::process::{Command, Stdio};

use libtest_mimic::Trial;

use super::trial;
use crate::support::program::{Run, kadian};

pub(super) fn trials() -> Vec<Trial> {
    [ask::trials(), commands::trials(), crash::trials(), postgres::trials()].into_iter().flatten().collect()
}

/// The plan of the tests: three batches.
const PLAN: &str = "version: 1\nid: pay-2-a\nservice: pay\ntype: daily\nfrom: '1'\nto: '2'\nbatches:\n\
    - {region: east, percent: 5, soak: 30m, suites: [core]}\n- {region: east, percent: 50, soak: 30m, suites: [core]}\n\
    - {region: east, percent: 100, soak: 1h, suites: [core]}\n";

/// A ledger that the program is told of by its environment.
struct World {
    folder: tempfile::TempDir,
    address: String,
}

impl World {
    fn sqlite() -> World {
        World::at("sqlite:ledger.db".to_owned())
    }

    fn at(address: String) -> World {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("plan.yaml"), PLAN).expect("a plan");
        World { folder, address }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn run(&self, arguments: &[&str]) -> Run {
        let all: Vec<&str> = ["ledger"].into_iter().chain(arguments.iter().copied()).collect();
        kadian(self.path(), &all, &[("KADIAN_LEDGER", &self.address)], "")
    }

    /// A run that must end well; what it said.
    fn ok(&self, arguments: &[&str]) -> String {
        let run = self.run(arguments);
        assert_eq!(run.code, 0, "{arguments:?}: {}{}", run.stdout, run.stderr);
        run.stdout
    }

    /// A run that must be refused; why it was.
    fn refused(&self, arguments: &[&str]) -> String {
        let run = self.run(arguments);
        assert_eq!(run.code, 2, "{arguments:?}: {}{}", run.stdout, run.stderr);
        run.stderr
    }

    fn change(id: &str) -> [String; 8] {
        ["record", "change", "--id", id, "--service=pay", "--type=config", "--started-at=2026-01-01T00:00:00Z", "--title=x"]
            .map(str::to_owned)
    }

    /// The program as a child that may be killed.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kadian"));
        command.arg("ledger").args(arguments).current_dir(self.path()).env_clear().env("KADIAN_LEDGER", &self.address);
        command.env("HOME", self.path()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// The ids of all changes, in their order.
    fn ids(&self) -> Vec<String> {
        let export = self.ok(&["export"]);
        let entries = export.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).expect("an entry"));
        entries.filter_map(|entry| entry["record"]["id"].as_str().map(str::to_owned)).collect()
    }

    fn sound(&self) -> String {
        let told = self.ok(&["verify"]);
        assert!(told.starts_with("sound: "), "{told}");
        told
    }

    fn count(&self) -> u64 {
        let told = self.sound();
        let words: Vec<&str> = told.split_whitespace().collect();
        words[1].parse().expect("a number of entries")
    }
}

/// A file of so many changes.
fn changes(folder: &Path, count: usize) -> std::path::PathBuf {
    use std::fmt::Write as _;
    let mut text = String::from("id,service,type,started_at,title\n");
    for number in 0..count {
        let _ = writeln!(text, "CHG-{number},service-{},config,2026-01-01T00:00:00Z,change {number}", number % 100);
    }
    let path = folder.join("changes.csv");
    std::fs::write(&path, text).expect("a file");
    path
}
