//! Which files of a change hold SQL that production will run, by which tool, in which direction and in which order.
//!
//! A tool is told by the path and by the marks at the top of the file. What a tool makes SQL of in a language of its own (Django,
//! Alembic, Rails ...) is told too: its SQL is not in the file, and somebody has to hand it in.

mod dialect;
mod edit;
pub mod lint;
mod liquibase;
mod markers;
mod order;
mod read;
mod tool;

use std::ops::Range;

use crate::facts::Direction;

pub use dialect::{Dialects, TELLTALE_FILES};
pub use order::version;
pub use read::{ChangedSql, ReadPart, ReadSql, read};
pub use tool::{Tool, runs_again, tool};

/// A file that a tool runs, or a part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    pub direction: Direction,
    /// The text with everything that does not belong to the part blanked out, so that every place is that of the file.
    pub text: String,
    /// Whether the tool runs the part in one transaction, as far as the database can.
    pub in_transaction: bool,
    /// The dialect that the file states (`dbms:postgresql`); `None` where it states none.
    pub dbms: Option<String>,
}

/// The parts of a file. `sibling_metadata` is Diesel's `metadata.toml` beside it, where there is one; `takes_back` says that a plain file
/// is the way back of another one of the change.
#[must_use]
pub fn scripts(path: &str, text: &str, sibling_metadata: Option<&str>, takes_back: bool) -> Vec<Script> {
    let found = tool(path, Some(text));
    match found {
        Tool::Goose | Tool::SqlMigrate | Tool::Dbmate => markers::by_marks(found, text),
        Tool::LiquibaseSql => liquibase::scripts(text),
        _ => vec![Script {
            // A name that goes down with the marks of another tool is run by nobody knows whom: it is judged as the worse of the two.
            direction: if tool::marked(text).is_some() {
                Direction::Up
            } else if takes_back {
                Direction::Down
            } else {
                direction(path).unwrap_or(Direction::Up)
            },
            text: text.to_owned(),
            in_transaction: in_transaction(found, path, text, sibling_metadata),
            dbms: None,
        }],
    }
}

/// The direction that a file's name tells its tool; `None` where it tells none, and where the file holds both.
///
/// Only names that the tool itself obeys count: Flyway runs `V2__rollback.sql` like any other.
#[must_use]
pub fn direction(path: &str) -> Option<Direction> {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let down = match tool(path, None) {
        Tool::Flyway => name.starts_with('u'),
        Tool::UpDown => name.ends_with(".down.sql"),
        Tool::Diesel => name == "down.sql",
        _ => return None,
    };
    Some(if down { Direction::Down } else { Direction::Up })
}

/// The path of the file that takes `path` back, as its tool would name it; several where there are several customs.
#[must_use]
pub fn reverse_paths(path: &str) -> Vec<String> {
    let (folder, name) = path.rsplit_once('/').map_or(("", path), |(folder, name)| (folder, name));
    let at = |name: String| if folder.is_empty() { name } else { format!("{folder}/{name}") };
    match tool(path, None) {
        Tool::Diesel => vec![at("down.sql".to_owned())],
        Tool::UpDown => name.strip_suffix(".up.sql").map(|stem| at(format!("{stem}.down.sql"))).into_iter().collect(),
        Tool::Flyway => name.strip_prefix('V').map(|rest| at(format!("U{rest}"))).into_iter().collect(),
        Tool::Sql | Tool::Generated => {
            let Some(stem) = name.strip_suffix(".sql") else { return Vec::new() };
            let words = ["down", "rollback", "undo", "revert"];
            let named = words.iter().flat_map(|word| [at(format!("{stem}.{word}.sql")), at(format!("{stem}_{word}.sql"))]);
            let paired = stem.strip_suffix("_up").map(|stem| at(format!("{stem}_down.sql")));
            paired.into_iter().chain(named).collect()
        }
        _ => Vec::new(),
    }
}

/// Whether the tool puts the file into one transaction. MySQL commits at each change of the schema all the same.
fn in_transaction(tool: Tool, path: &str, text: &str, sibling_metadata: Option<&str>) -> bool {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let first = first.trim().to_ascii_lowercase();
    match tool {
        Tool::Diesel => !sibling_metadata.is_some_and(|text| {
            let plain: String = text.chars().filter(|c| !c.is_whitespace()).collect();
            plain.contains("run_in_transaction=false")
        }),
        // sqlx looks at the first line only.
        Tool::UpDown | Tool::Sqlx => !first.starts_with("-- no-transaction"),
        // Flyway finds out by itself that a statement cannot run in a transaction, and then runs the file without one.
        Tool::Flyway => !outside_only(text) && !path.to_ascii_lowercase().ends_with(".conf"),
        // A script that is sent at once is one transaction to PostgreSQL.
        Tool::Prisma | Tool::Generated => true,
        _ => false,
    }
}

/// Whether the text has a statement that PostgreSQL refuses in a transaction, which Flyway looks for.
fn outside_only(text: &str) -> bool {
    let upper = text.to_ascii_uppercase();
    ["CONCURRENTLY", "VACUUM", "ALTER SYSTEM", "CREATE DATABASE", "DROP DATABASE", "CREATE TABLESPACE"]
        .iter()
        .any(|words| upper.contains(words))
}

/// The text with everything outside of these ranges of bytes, which are in order, turned into blanks; ends of lines stay.
fn only(text: &str, keep: &[Range<usize>]) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut ranges = keep.iter().peekable();
    for (at, c) in text.char_indices() {
        while ranges.next_if(|range| range.end <= at).is_some() {}
        let stays = c == '\n' || c == '\r' || ranges.peek().is_some_and(|range| range.contains(&at));
        kept.push(if stays { c } else { ' ' });
    }
    kept
}

#[cfg(test)]
mod tests;
