//! The text of `cargo test`.

use std::collections::HashMap;
use std::io::BufRead;

use super::{Counts, Outcome, Program, panicked, say};
use crate::evidence::lines::Lines;
use crate::evidence::text::{beginning, shown};
use crate::evidence::{ReadError, Room, TestReport};

/// Whether one of the first lines is one that the harness or cargo writes before its tests. Reports of other formats may quote it.
pub(super) fn recognises(path: &str, head: &[u8]) -> bool {
    if matches!(beginning(head).first(), None | Some(b'<' | b'{' | b'[')) || (super::super::tap::FORMAT.recognises)(path, head) {
        return false;
    }
    let head = String::from_utf8_lossy(head);
    head.lines().any(|line| {
        let line = line.trim();
        announced(line).is_some() || line.starts_with("Running unittests ") || line.starts_with("Running tests/")
    })
}

struct Log<'r> {
    lines: Lines<'r>,
    report: TestReport,
    room: Room,
    /// The name of the program that comes next, and whether nothing was seen of it yet.
    next: Option<String>,
    program: Option<Program>,
    /// A test whose result stands on a later line, because something was written in between.
    waiting: Option<String>,
    /// The failed test that the lines are about.
    about: Option<usize>,
    /// Where the first of each name stands among the program's failed tests, as far as they were looked at.
    named: HashMap<String, usize>,
    looked_at: usize,
    /// What cargo said went wrong.
    error: Option<String>,
    failed: bool,
    programs: u64,
}

pub(super) fn read(input: &mut dyn BufRead) -> Result<TestReport, ReadError> {
    let mut log = Log {
        lines: Lines::new(input)?,
        report: TestReport::default(),
        room: Room::default(),
        next: None,
        program: None,
        waiting: None,
        about: None,
        named: HashMap::new(),
        looked_at: 0,
        error: None,
        failed: false,
        programs: 0,
    };
    while log.lines.next()? {
        log.line()?;
    }
    if let Some(program) = log.program {
        let name = if program.name.is_empty() { "the test program".to_owned() } else { shown(&program.name) };
        return Err(log
            .lines
            .error(format!("{name} has no `test result:`: it was killed, or the log was cut off; run the tests again")));
    }
    if let Some(error) = log.error.filter(|_| !log.failed) {
        return Err(log.lines.error(format!("cargo says `{}`, and no test failed: run the tests again", shown(&error))));
    }
    if log.programs == 0 {
        return Err(log.lines.error("no `test result:` line: expected the output of `cargo test`"));
    }
    Ok(log.report)
}

/// The number of `running 3 tests`.
fn announced(line: &str) -> Option<u64> {
    let (number, word) = line.strip_prefix("running ")?.split_once(' ')?;
    matches!(word, "test" | "tests").then(|| number.parse().ok())?
}

/// `NAME` of `unittests src/lib.rs (target/debug/deps/NAME-0123456789abcdef)`.
fn program_name(running: &str) -> Option<String> {
    let (_, path) = running.strip_suffix(')')?.rsplit_once('(')?;
    let file = path.rsplit(['/', '\\']).next().unwrap_or(path);
    let file = file.strip_suffix(".exe").unwrap_or(file);
    let hash = |hash: &str| hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    let name = file.rsplit_once('-').filter(|(_, end)| hash(end)).map_or(file, |(name, _)| name);
    Some(name.to_owned())
}

impl Log<'_> {
    fn line(&mut self) -> Result<(), ReadError> {
        let line = self.lines.text();
        if let Some(number) = announced(line) {
            if self.program.is_some() {
                return Err(self
                    .lines
                    .error("a test program has no `test result:`: it was killed, or the log is damaged; run the tests again"));
            }
            let name = self.next.take().unwrap_or_default();
            self.program = Some(Program { name, announced: number, ..Program::default() });
            (self.waiting, self.about, self.looked_at) = (None, None, 0);
            self.named.clear();
            return Ok(());
        }
        let Some(program) = &mut self.program else {
            if let Some(name) = line.strip_prefix("Running ").and_then(program_name) {
                self.next = Some(name);
            } else if let Some(name) = line.strip_prefix("Doc-tests ") {
                self.next = Some(format!("{name} (doc)"));
            } else if self.lines.indent() == 0 && (line.starts_with("error: ") || line.starts_with("error[")) {
                self.error.get_or_insert_with(|| line.to_owned());
            }
            return Ok(());
        };
        if let Some(stated) = line.strip_prefix("test result: ") {
            if !self.lines.ended() {
                return Err(self.lines.error("the log ends inside a `test result:` line: it was cut off; run the tests again"));
            }
            let Some(stated) = summary(stated) else {
                return Err(self.lines.error("a `test result:` without its numbers: expected `3 passed; 0 failed; ...`"));
            };
            self.programs += 1;
            self.failed |= stated.failed > 0;
            let program = self.program.take().unwrap_or_default();
            return program.end(stated, &mut self.report, &mut self.room).map_err(|message| self.lines.error(message));
        }
        if let Some((name, outcome)) = line
            .strip_prefix("test ")
            .and_then(|rest| rest.rsplit_once(" ... ").or(rest.strip_suffix(" ...").map(|name| (name, ""))))
        {
            // How a test is run is no part of its name.
            let modes = [" - should panic", " - compile fail", " - compile"];
            let name = modes.into_iter().find_map(|mode| name.strip_suffix(mode)).unwrap_or(name);
            match result(outcome) {
                Some((outcome, seconds)) => {
                    self.waiting = None;
                    let taken = program.take(name, outcome, seconds, &mut self.room);
                    return taken.map_err(|message| self.lines.error(message));
                }
                None => self.waiting = Some(name.to_owned()),
            }
            return Ok(());
        }
        if let Some(name) = &self.waiting
            && let Some((outcome, seconds)) = result(line)
        {
            let taken = program.take(name, outcome, seconds, &mut self.room);
            self.waiting = None;
            return taken.map_err(|message| self.lines.error(message));
        }
        if let Some(name) = line.strip_prefix("---- ").and_then(|rest| rest.strip_suffix(" stdout ----")) {
            for (at, case) in program.failed.iter().enumerate().skip(self.looked_at) {
                self.named.entry(case.name.clone()).or_insert(at);
            }
            self.looked_at = program.failed.len();
            self.about = self.named.get(name).copied();
        } else if line == "failures:" {
            self.about = None;
        } else if let Some(case) = self.about.and_then(|at| program.failed.get_mut(at))
            && !line.is_empty()
            && !panicked(line, case)
            && !line.starts_with("note: ")
        {
            say(line, case);
        }
        Ok(())
    }
}

/// What a test's line ends with, and its time where somebody asked for that.
fn result(text: &str) -> Option<(Outcome, Option<f64>)> {
    let (word, time) = text.split_once(" <").map_or((text, None), |(word, time)| (word, time.strip_suffix("s>")));
    let seconds = time.and_then(|time| time.trim().parse::<f64>().ok()).filter(|time| time.is_finite() && *time >= 0.0);
    let outcome = match word.trim() {
        "ok" => Outcome::Ok,
        "FAILED" | "failed" | "FAILED (time limit exceeded)" => Outcome::Failed,
        "ignored" => Outcome::Ignored,
        word if word.starts_with("ignored, ") => Outcome::Ignored,
        word if word.starts_with("bench:") => Outcome::Measured,
        _ => return None,
    };
    Some((outcome, seconds))
}

/// `ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s`, where the word and the number of failed tests
/// have to agree.
fn summary(text: &str) -> Option<Counts> {
    let (word, rest) = text.split_once(". ")?;
    let mut counts = [0; 4];
    let mut parts = rest.split("; ");
    for (count, name) in counts.iter_mut().zip(["passed", "failed", "ignored", "measured"]) {
        let (number, what) = parts.next()?.split_once(' ')?;
        *count = number.parse().ok().filter(|_| what == name)?;
    }
    let [passed, failed, ignored, measured] = counts;
    match word {
        "ok" => failed == 0,
        "FAILED" => failed > 0,
        _ => false,
    }
    .then_some(Counts { passed, failed, ignored, measured })
}
