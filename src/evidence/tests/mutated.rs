//! What becomes of a report that somebody, or a full disk, has changed: refused, or read with other facts.
//!
//! Every mutation of every format's typical report is tried at every place where it can be. `docs/limits.md` lists what came of it, and
//! this holds the list: a mutation that is no longer caught, or is caught now, fails here. `KADIAN_UPDATE=1` rewrites it.

use std::fmt::Write as _;

use super::edits::{Edit, edits};
use super::invariants::{facts, format};
use super::page::says;
use super::written::{WRITERS, typical};
use crate::evidence::Format;

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
fn the_page_says_what_damage_is_seen() {
    let mut table =
        String::from("| format | mutation | refused | read, other facts | read, same facts |\n|---|---|---:|---:|---:|\n");
    for (name, _) in WRITERS {
        table += &rows(name);
    }
    says("damage", &table);
}
