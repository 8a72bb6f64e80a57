//! What a report states about itself, against the lines that it lists.
//!
//! - `lines-valid` and `lines-covered` of the root, and the same of branches. Some tools count each line of a file once
//!   (coverage.py, gcovr, Istanbul), others each line of a class. A report that lists as many as it states, in either way, must
//!   list as many covered ones as it states too. One that states another number counts something else (statements, lines of
//!   generic instances), and nothing follows: neither can a removed line be told from that.
//! - `line-rate` of a class: its covered lines by its lines, rounded or cut off. It is compared where the sums show that the tool
//!   counts lines.

use crate::evidence::FileLines;
use crate::evidence::text::shown;
use crate::evidence::xml::Xml;

/// A rate between 0 and 1, as the tool rounded it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rate {
    value: f64,
    /// How far the tool's rounding may have moved it.
    slack: f64,
}

impl Rate {
    /// Reads `0.8333`; `None` where it is no such rate, as with `NaN` for a class without lines.
    pub(super) fn read(text: &str) -> Option<Rate> {
        let text = text.trim();
        let value: f64 = text.parse().ok().filter(|value| (0.0..=1.0).contains(value))?;
        let digits = text.split_once('.').map_or(0, |(_, digits)| digits.len());
        // One unit of the last digit. Short ones are not believed to be all that was known, and of long ones the end is noise.
        let slack = match digits {
            ..=2 => 1.01e-2,
            3 => 1.01e-3,
            _ => 1.01e-4,
        };
        Some(Rate { value, slack })
    }

    /// Compares it with the lines of the class; a sentence where they differ.
    pub(super) fn doubt(self, lines: &FileLines, path: &str) -> Option<String> {
        if lines.is_empty() {
            return None;
        }
        #[expect(clippy::cast_precision_loss, reason = "line counts are far below 2^53")]
        let listed = lines.covered() as f64 / lines.len() as f64;
        if (listed - self.value).abs() <= self.slack {
            return None;
        }
        let (covered, all, path) = (lines.covered(), lines.len(), shown(path));
        Some(format!(
            "a class of {path} states a line-rate of {} but lists {covered} covered lines of {all}: it is damaged; write it anew",
            self.value
        ))
    }
}

/// Lines and branches, as a report lists them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counted {
    pub(super) lines: u64,
    covered: u64,
    branches: u64,
    branches_covered: u64,
}

impl Counted {
    pub(super) fn add(&mut self, lines: &FileLines) {
        self.lines += lines.len() as u64;
        self.covered += lines.covered() as u64;
        for branches in lines.branches() {
            self.branches += u64::from(branches.total);
            self.branches_covered += u64::from(branches.covered);
        }
    }
}

/// What the root element states; `None` where it is silent.
#[derive(Debug, Default)]
pub(super) struct Sums {
    lines: Option<(u64, u64)>,
    branches: Option<(u64, u64)>,
}

impl Sums {
    pub(super) fn read(xml: &Xml<'_>) -> Sums {
        let pair = |valid: &str, covered: &str| xml.number(valid).zip(xml.number(covered));
        Sums { lines: pair("lines-valid", "lines-covered"), branches: pair("branches-valid", "branches-covered") }
    }

    /// Compares with what is listed, each line of a file once or each line of a class once, and says whether the report states
    /// how many lines it lists. The error is a sentence.
    pub(super) fn check(&self, by_file: Counted, by_class: Counted) -> Result<bool, String> {
        let counts = [by_file, by_class];
        differs("branches", self.branches, counts.map(|counted| (counted.branches, counted.branches_covered)))?;
        differs("lines", self.lines, counts.map(|counted| (counted.lines, counted.covered)))
    }
}

fn differs(what: &str, stated: Option<(u64, u64)>, listed: [(u64, u64); 2]) -> Result<bool, String> {
    let Some((valid, covered)) = stated else { return Ok(false) };
    let comparable = || listed.iter().filter(|(all, _)| *all == valid && valid > 0);
    match comparable().next() {
        Some((_, first)) if comparable().all(|(_, listed)| *listed != covered) => {
            Err(format!("the report states {covered} covered {what} of {valid} but lists {first}: it is damaged; write it anew"))
        }
        first => Ok(first.is_some()),
    }
}
