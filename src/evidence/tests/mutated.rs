//! What becomes of a report that somebody, or a full disk, has changed: refused, or read with other facts.
//!
//! Every mutation of every format's typical report is tried at every place where it can be. `docs/limits.md` lists what came of it, and
//! this holds the list: a mutation that is no longer caught, or is caught now, fails here. `KADIAN_UPDATE=1` rewrites it.

use std::fmt::Write as _;

use super::edits::{Edit, edits};
use super::invariants::{facts, format};
use super::written::{WRITERS, typical};
use crate::evidence::Format;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/limits.md");
const BEGIN: &str = "<!-- What follows is written by the tests: KADIAN_UPDATE=1 cargo test mutated -->\n";
const END: &str = "<!-- until here -->\n";

/// What came of one mutation at all its places.
#[derive(Default)]
struct Outcome {
    refused: usize,
    /// Read, with other facts than those of the whole report.
    other: usize,
    /// Read, with the same facts.
    same: usize,
}

impl Outcome {
    fn of(format: &Format, whole: &str, mutated: impl Iterator<Item = Vec<u8>>) -> Outcome {
        let mut outcome = Outcome::default();
        for bytes in mutated {
            match facts(format, &bytes) {
                Err(_) => outcome.refused += 1,
                Ok(facts) if facts == whole => outcome.same += 1,
                Ok(_) => outcome.other += 1,
            }
        }
        outcome
    }
}

/// The lines of the page for one format.
fn rows(name: &str) -> String {
    let (format, text) = (format(name).unwrap(), typical(name).unwrap());
    let whole = facts(format, text.as_bytes()).unwrap();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut rows = String::new();
    let mut row = |what: &str, mutated: &mut dyn Iterator<Item = Vec<u8>>| {
        let Outcome { refused, other, same } = Outcome::of(format, &whole, mutated);
        assert!(refused + other + same > 0, "{name}: there is no place for `{what}`");
        let _ = writeln!(rows, "| {name} | {what} | {refused} | {other} | {same} |");
    };
    row("cut off at a byte", &mut (0..text.len()).map(|end| text.as_bytes()[..end].to_vec()));
    row("a line taken away", &mut (0..lines.len()).map(|at| [&lines[..at], &lines[at + 1..]].concat().concat().into_bytes()));
    row("a line written twice", &mut (0..lines.len()).map(|at| [&lines[..=at], &lines[at..]].concat().concat().into_bytes()));
    for Edit { what, apply } in edits(name) {
        row(what, &mut apply(&text).into_iter().map(String::into_bytes));
    }
    rows
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test reads and, when it is told to, rewrites its snapshot")]
fn the_page_says_what_damage_is_seen() {
    let page = std::fs::read_to_string(PAGE).unwrap();
    let (before, rest) = page.split_once(BEGIN).unwrap();
    let (kept, after) = rest.split_once(END).unwrap();
    let mut table =
        String::from("\n| format | mutation | refused | read, other facts | read, same facts |\n|---|---|---:|---:|---:|\n");
    for (name, _) in WRITERS {
        table += &rows(name);
    }
    table += "\n";
    if std::env::var_os("KADIAN_UPDATE").is_some_and(|value| value == "1") {
        std::fs::write(PAGE, [before, BEGIN, &table, END, after].concat()).unwrap();
        return;
    }
    for (kept, now) in kept.lines().zip(table.lines()) {
        assert_eq!(kept, now, "docs/limits.md is out of date: KADIAN_UPDATE=1 cargo test rewrites it; look at the difference");
    }
    assert_eq!(
        kept.lines().count(),
        table.lines().count(),
        "docs/limits.md is out of date: KADIAN_UPDATE=1 cargo test rewrites it"
    );
}
