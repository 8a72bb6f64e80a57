//! What Rust's test harness says: `cargo test` as it stands on the terminal, and libtest's JSON
//! (<https://doc.rust-lang.org/rustc/tests/index.html>).
//!
//! A suite is a test program, as `Running ... (.../NAME-HASH)` names it, or `NAME (doc)` for the tests of its documentation; what was
//! written to standard output alone has no names. A case is a test; equal names stand apart. `ok` passed, `ignored` is skipped,
//! `FAILED` failed; a benchmark that was measured passed.
//!
//! Each `running N tests` needs its `test result:` with the numbers of the tests that stand between: a program that was killed, and
//! output that was written into a test's line, are refused. So is a log in which cargo reports an error and no test failed. What
//! cannot be seen is a log that was cut off right behind a `test result:` line. nextest writes libtest's JSON with numbers that do not fit
//! when a test ends late; it is refused then, and its `JUnit` is the report to take.

mod json;
#[cfg(test)]
mod tests;
mod text;

use super::text::{beginning, contains};
use super::{CaseResult, Format, OpenCases, Reader, Room, TestCaseRecord, TestReport, TestSuiteRecord};
use crate::facts::Kind;

pub(super) const TEXT: Format = Format {
    name: "cargo-test",
    kind: Kind::Tests,
    conventional: &["cargo-test.txt", "cargo-test.log", "target/cargo-test.txt", "target/cargo-test.log"],
    recognises: text::recognises,
    read: Reader::Tests(text::read),
};

pub(super) const JSON: Format = Format {
    name: "libtest-json",
    kind: Kind::Tests,
    conventional: &["libtest.json", "target/libtest.json", "target/nextest/*/libtest.json"],
    recognises: |_, head| {
        let head = beginning(head);
        let first = head.split(|byte| *byte == b'\n').next().unwrap_or(head);
        first.starts_with(b"{") && contains(first, "\"type\"") && contains(first, "\"suite\"") && contains(first, "\"event\"")
    },
    read: Reader::Tests(json::read),
};

/// A test program whose summary was not read yet.
#[derive(Debug, Default)]
struct Program {
    name: String,
    /// How many tests it said that it would run.
    announced: u64,
    counts: Counts,
    /// The tests that failed, and behind them nothing that is read later says more of.
    failed: Vec<TestCaseRecord>,
    cases: OpenCases,
}

/// How many tests ended in each way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Counts {
    passed: u64,
    failed: u64,
    ignored: u64,
    measured: u64,
}

/// What a test did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Ok,
    Failed,
    Ignored,
    Measured,
}

impl Program {
    /// Takes a test in. The error is a sentence.
    fn take(&mut self, name: &str, outcome: Outcome, seconds: Option<f64>, room: &mut Room) -> Result<(), String> {
        let mut case = TestCaseRecord { name: name.to_owned(), seconds, ..TestCaseRecord::default() };
        match outcome {
            Outcome::Ok => self.counts.passed += 1,
            Outcome::Measured => self.counts.measured += 1,
            Outcome::Ignored => {
                self.counts.ignored += 1;
                case.result = CaseResult::Skipped;
            }
            Outcome::Failed => {
                self.counts.failed += 1;
                case.result = CaseResult::Failed { message: String::new() };
                // What they said stands behind all of them.
                if self.failed.len() < MAX_WAITING {
                    self.failed.push(case);
                    return Ok(());
                }
                case.result = CaseResult::Failed { message: "one of many that failed".to_owned() };
            }
        }
        self.cases.push_apart(&mut case, room)
    }

    /// Compares what the program says in the end, and adds its tests to the report.
    fn end(mut self, stated: Counts, report: &mut TestReport, room: &mut Room) -> Result<(), String> {
        let Counts { passed, failed, ignored, measured } = self.counts;
        if stated != self.counts || self.announced != passed + failed + ignored + measured {
            return Err(format!(
                "{} tests were announced, {} passed, {} failed and {} ignored ones are summed up, but {}, {failed} and {ignored} are listed: \
                 the log is damaged, or tests write into it; run the tests again, without --nocapture",
                self.announced,
                stated.passed + stated.measured,
                stated.failed,
                stated.ignored,
                passed + measured
            ));
        }
        for mut case in self.failed {
            if let CaseResult::Failed { message } = &mut case.result
                && message.is_empty()
            {
                "failed without a message".clone_into(message);
            }
            self.cases.push_apart(&mut case, room)?;
        }
        room.suite()?;
        let name = if self.name.is_empty() { "(unnamed)".to_owned() } else { self.name };
        report.add(TestSuiteRecord { name, ..TestSuiteRecord::default() }, self.cases);
        Ok(())
    }
}

/// Of how many failed tests what they said is looked for.
const MAX_WAITING: usize = 10_000;

/// What a failed test wrote: where it panicked and what it said.
///
/// The first line names the place since Rust 1.73 and the message stands on the next one; before, both stand on one line.
fn panicked(line: &str, case: &mut TestCaseRecord) -> bool {
    let Some((_, place)) = line.strip_prefix("thread '").and_then(|rest| rest.split_once(" panicked at ")) else { return false };
    let (message, place) = match place.strip_prefix('\'').and_then(|rest| rest.rsplit_once("', ")) {
        Some((message, place)) => (message, place),
        None => ("", place.trim_end_matches(':')),
    };
    let mut parts = place.rsplitn(3, ':');
    let (_column, line) = (parts.next(), parts.next().and_then(|line| line.parse().ok()));
    if let (Some(line), Some(file)) = (line, parts.next()) {
        (case.file, case.line) = (Some(file.to_owned()), Some(line));
    }
    say(message, case);
    true
}

/// Keeps the first thing that a test says.
fn say(text: &str, case: &mut TestCaseRecord) {
    if let CaseResult::Failed { message } = &mut case.result
        && message.is_empty()
    {
        *message = super::text::first_line(text, 300);
    }
}
