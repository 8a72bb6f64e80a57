//! TAP, the Test Anything Protocol, versions 12, 13 and 14 (<https://testanything.org/tap-version-14-specification.html>).
//!
//! A test point is a case. Points that stand four blanks further in are what the next point before them is made of: that one counts
//! itself only if it failed and none of them did. A comment `# Subtest: NAME` before them says its name, which then stands before
//! theirs, with ` > ` between. Several points of one name stand apart. `# SKIP` is skipped, whatever the point says, and so is a
//! `not ok` with `# TODO`; an `ok` with `# TODO` passed.
//!
//! A plan is required at each depth, before or behind its points, and has to be their number; where points have numbers of their own,
//! these count up. `Bail out!` says that the run did not end, and is refused, as a second plan is and a point without its line end.
//! Of diagnostics the message, the place and the time are taken; other lines are anybody's output.

mod diagnostics;
mod line;
#[cfg(test)]
mod tests;

use std::io::BufRead;

use super::lines::Lines;
use super::text::{beginning, shown};
use super::{CaseResult, Format, OpenCases, ReadError, Reader, Room, TestCaseRecord, TestReport, TestSuiteRecord};
use crate::facts::Kind;
use line::{Line, Point};

pub(super) const FORMAT: Format = Format {
    name: "tap",
    kind: Kind::Tests,
    conventional: &["*.tap", "test-results/**/*.tap", "test-reports/**/*.tap", "reports/**/*.tap"],
    recognises,
    read: Reader::Tests(read),
};

/// How far in the points inside a point stand.
const STEP: usize = 4;

/// How deep points may stand inside points.
const MAX_DEPTH: usize = 64;

/// How much is kept of the names of the points around a case, together.
const MAX_AROUND_BYTES: usize = 400;

fn recognises(_path: &str, head: &[u8]) -> bool {
    let head = beginning(head);
    let first = String::from_utf8_lossy(head.split(|byte| *byte == b'\n').next().unwrap_or(head));
    matches!(line::read(first.trim_end()), Some(Line::Version | Line::Plan { .. } | Line::Point(_)))
}

/// The points at one depth.
#[derive(Debug, Default)]
struct Level {
    /// The name of the point around them, where it is known before.
    name: String,
    plan: Option<u64>,
    points: u64,
    /// How many cases there are at this depth and below, and how many of them failed.
    cases: u64,
    failed: u64,
    /// The same of the points inside the one that comes next.
    inside: Option<(u64, u64)>,
    /// What a comment says that the next point is called.
    next: Option<String>,
    /// The point that was read last, as long as more may be said of it.
    last: Option<TestCaseRecord>,
}

struct Tap<'r> {
    lines: Lines<'r>,
    /// The outermost first; there is always one.
    levels: Vec<Level>,
    /// How far in the diagnostics stand that are open.
    diagnostics: Option<usize>,
    seen_version: bool,
    cases: OpenCases,
    room: Room,
}

/// Reads a stream. What is wrong with a plan is told where it shows.
fn read(input: &mut dyn BufRead) -> Result<TestReport, ReadError> {
    let (lines, levels) = (Lines::new(input)?, vec![Level::default()]);
    let (cases, room) = (OpenCases::default(), Room::default());
    let mut tap = Tap { lines, levels, diagnostics: None, seen_version: false, cases, room };
    while tap.lines.next()? {
        tap.line()?;
    }
    if tap.diagnostics.is_some() {
        return Err(tap.lines.error("the file ends inside diagnostics: it was cut off; run the tests again"));
    }
    tap.close_to(0)?;
    if let Some(level) = tap.levels.pop() {
        tap.end_of(&level)?;
    }
    let mut report = TestReport::default();
    report.add(TestSuiteRecord { name: "(unnamed)".to_owned(), ..TestSuiteRecord::default() }, tap.cases);
    Ok(report)
}

impl Tap<'_> {
    fn line(&mut self) -> Result<(), ReadError> {
        let (text, indent) = (self.lines.text(), self.lines.indent());
        if let Some(open) = self.diagnostics {
            match self.levels.last_mut().and_then(|level| level.last.as_mut()) {
                Some(case) if indent <= open && text == "..." => {
                    diagnostics::end(case);
                    self.diagnostics = None;
                }
                None if indent <= open && text == "..." => self.diagnostics = None,
                Some(case) => diagnostics::take(text, case),
                None => {}
            }
            return Ok(());
        }
        if text == "---" && indent > 0 {
            self.diagnostics = Some(indent);
            return Ok(());
        }
        let depth = indent / STEP;
        let Some(line) = line::read(text).filter(|_| indent.is_multiple_of(STEP)) else { return Ok(()) };
        if let Line::Comment(comment) = line {
            if let Some(case) = self.levels.last_mut().and_then(|level| level.last.as_mut()) {
                diagnostics::comment(comment, case);
            }
            return Ok(());
        }
        let line = match line {
            Line::Bail(reason) => {
                let reason = format!("the run was given up: {}", shown(reason));
                return Err(self.lines.error(format!("{reason}; mend that and run the tests again")));
            }
            Line::Version if depth == 0 && std::mem::replace(&mut self.seen_version, true) => {
                return Err(self.lines.error("a second `TAP version`: expected one stream"));
            }
            Line::Version | Line::Comment(_) => return Ok(()),
            Line::Subtest(name) => Owned::Subtest(name[..name.floor_char_boundary(MAX_AROUND_BYTES)].to_owned()),
            Line::Plan(plan) => Owned::Plan(plan),
            Line::Point(point) => Owned::Point(point),
        };
        if depth >= MAX_DEPTH {
            return Err(self.lines.error(format!("points stand more than {MAX_DEPTH} deep in points")));
        }
        self.close_to(depth)?;
        while self.levels.len() <= depth {
            let name = self.levels.last_mut().and_then(|level| level.next.take()).unwrap_or_default();
            self.flush()?;
            self.levels.push(Level { name, ..Level::default() });
        }
        match line {
            Owned::Subtest(name) => {
                self.flush()?;
                let Some(level) = self.levels.last_mut() else { return Ok(()) };
                // Before its first point a comment further in names the point around.
                if level.points == 0 && level.plan.is_none() && depth > 0 && level.name.is_empty() {
                    level.name = name;
                } else {
                    level.next = Some(name);
                }
                Ok(())
            }
            Owned::Plan(plan) => {
                let fresh = self.levels.last_mut().is_some_and(|level| level.plan.replace(plan).is_none());
                if fresh { Ok(()) } else { Err(self.lines.error("a second plan: expected one stream with one plan")) }
            }
            Owned::Point(point) => self.point(point),
        }
    }

    fn point(&mut self, point: Point) -> Result<(), ReadError> {
        if !self.lines.ended() {
            return Err(self.lines.error("the file ends inside a test point: it was cut off; run the tests again"));
        }
        self.flush()?;
        let names: Vec<&str> = self.levels.iter().map(|level| level.name.as_str()).filter(|name| !name.is_empty()).collect();
        let mut around = names.join(" > ");
        around.truncate(around.floor_char_boundary(MAX_AROUND_BYTES));
        let Some(level) = self.levels.last_mut() else { return Ok(()) };
        level.points += 1;
        let number = level.points;
        if let Some(stated) = point.number.filter(|stated| *stated != number) {
            return Err(self.lines.error(format!("test {stated} comes as number {number}: a test was lost or is written twice")));
        }
        level.next = None;
        let failed = !point.ok && !point.skip && !point.todo;
        let inside = level.inside.take();
        if inside.is_some_and(|(cases, failures)| cases > 0 && !(failed && failures == 0)) {
            return Ok(());
        }
        let name = if point.name.is_empty() { format!("(test {number})") } else { point.name };
        let name = if around.is_empty() { name } else { format!("{around} > {name}") };
        let result = if failed {
            CaseResult::Failed { message: String::new() }
        } else if point.skip || (point.todo && !point.ok) {
            CaseResult::Skipped
        } else {
            CaseResult::Passed
        };
        level.cases += 1;
        level.failed += u64::from(failed);
        level.last = Some(TestCaseRecord { name, seconds: point.seconds, file: None, line: None, result });
        Ok(())
    }

    /// Takes the last point in: nothing more is said of it.
    fn flush(&mut self) -> Result<(), ReadError> {
        let Some(mut case) = self.levels.last_mut().and_then(|level| level.last.take()) else { return Ok(()) };
        diagnostics::end(&mut case);
        self.cases.push_apart(&mut case, &mut self.room).map_err(|message| self.lines.error(message))
    }

    /// Ends the levels that stand deeper.
    fn close_to(&mut self, depth: usize) -> Result<(), ReadError> {
        while self.levels.len() > depth + 1 {
            self.flush()?;
            let Some(level) = self.levels.pop() else { return Ok(()) };
            let counts = (level.cases, level.failed);
            self.end_of(&level)?;
            if let Some(parent) = self.levels.last_mut() {
                parent.cases += counts.0;
                parent.failed += counts.1;
                parent.inside = Some(counts);
            }
        }
        self.flush()
    }

    /// Compares a plan with the points.
    fn end_of(&self, level: &Level) -> Result<(), ReadError> {
        let Level { plan, points, inside, .. } = *level;
        let damaged = match plan {
            None => Some(format!("{points} test points and no plan")),
            Some(plan) if plan != points => Some(format!("the plan states {plan} test points but {points} are listed")),
            Some(_) if inside.is_some() => Some("points stand inside a test point that never comes".to_owned()),
            Some(_) => None,
        };
        damaged.map_or(Ok(()), |what| Err(self.lines.error(format!("{what}: the report is damaged; run the tests again"))))
    }
}

/// A line that counts, without what it borrows.
enum Owned {
    Subtest(String),
    Plan(u64),
    Point(Point),
}
