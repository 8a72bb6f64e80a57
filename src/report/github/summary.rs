//! The summary of a job.

use std::fmt::Write as _;

use crate::decide::Decision;
use crate::report::escape::{log_markup, markdown, terminal};
use crate::report::markdown::{self, Room};

use super::cut;

/// Findings of a job's summary. A page of thousands helps nobody, and the browser has to lay it out.
const MOST_FINDINGS: usize = 1_000;
/// What could not be published is said in so many lines of so many characters.
const MOST_NOTES: usize = 20;
const MOST_OF_A_NOTE: usize = 500;

/// The decision as Markdown of at most `bytes` bytes, cut between findings, with what could not be published at its end.
#[must_use]
pub fn summary(decision: &Decision, unpublished: &[String], bytes: usize) -> String {
    let notes: String = unpublished.iter().take(MOST_NOTES).map(|note| self::note(note)).collect();
    let room = Room { most: bytes.saturating_sub(notes.len() + 1), findings: MOST_FINDINGS, size: |text| log_markup(text).len() };
    let page = log_markup(&markdown::render_within(decision, room)).into_owned();
    if notes.is_empty() { page } else { format!("{page}\n{notes}") }
}

/// A list item; lines after the first are what to write into the workflow, and stand as code.
fn note(text: &str) -> String {
    let (first, code) = text.split_once('\n').unwrap_or((text, ""));
    let mut out = format!("- {}\n", markdown(&cut(first, MOST_OF_A_NOTE)));
    if !code.is_empty() {
        out.push_str("\n  ```yaml\n");
        for line in code.lines().take(MOST_NOTES) {
            let indent = line.len() - line.trim_start_matches(' ').len();
            let _ = writeln!(out, "  {}{}", " ".repeat(indent.min(8)), cut(&terminal(line).replace('`', "'"), MOST_OF_A_NOTE));
        }
        out.push_str("  ```\n");
    }
    out
}
