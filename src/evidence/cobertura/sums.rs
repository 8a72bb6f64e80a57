//! What a report states about itself, against the lines that it lists.
//!
//! - `lines-valid` and `lines-covered` of the root, and the same of branches. Some tools count each line of a file once
//!   (coverage.py, gcovr), some each line of a class, some only those that stand directly below the class (Istanbul). A report that lists
//!   as many as it states, in one of these ways, must list as many covered ones as it states too. One that states another number
//!   counts something else (statements, lines of generic instances), and nothing follows: neither can a removed line be told
//!   from that. gcovr always states what it lists, so that there another number is damage.
//! - `line-rate` and `branch-rate` of the root repeat these sums. Those of a class are its covered lines by its lines, rounded or cut
//!   off, and the same of branches; they are compared where the sums show that the tool counts what it lists.

use crate::evidence::text::shown;
use crate::evidence::xml::Xml;
use crate::evidence::{FileLines, ReadError};

/// A rate between 0 and 1, as the tool rounded it.
#[derive(Debug, Clone, Copy)]
struct Rate {
    value: f64,
    /// How far the tool's rounding may have moved it.
    slack: f64,
}

impl Rate {
    /// Reads `0.8333`; `None` where it is no such rate, as with `NaN` for a class without lines.
    fn read(text: &str) -> Option<Rate> {
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

    /// Whether so many of so many, if any, can be this rate.
    #[expect(clippy::cast_precision_loss, reason = "counts of lines are far below 2^53")]
    fn fits(self, covered: u64, all: u64) -> bool {
        all == 0 || (covered as f64 / all as f64 - self.value).abs() <= self.slack
    }
}

/// What a class states about its lines and branches.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rates {
    lines: Option<Rate>,
    branches: Option<Rate>,
}

/// What speaks against a report's classes; the first sentence of each kind.
#[derive(Debug, Default)]
pub(super) struct Doubts {
    pub(super) lines: Option<ReadError>,
    pub(super) branches: Option<ReadError>,
}

impl Rates {
    pub(super) fn read(xml: &Xml<'_>) -> Rates {
        let rate = |key: &str| xml.attribute(key).and_then(|rate| Rate::read(&rate));
        Rates { lines: rate("line-rate"), branches: rate("branch-rate") }
    }

    /// Compares them with what the class of this file lists in all, and directly below itself.
    pub(super) fn doubt(self, all: Counted, own: Counted, path: &str, xml: &Xml<'_>, doubts: &mut Doubts) {
        let wrong = |what: &str, rate: Rate, covered: u64, all: u64| {
            let path = shown(path);
            xml.error(format!(
                "a class of {path} states a {what}-rate of {} but lists {covered} covered of {all}: it is damaged; write it anew",
                rate.value
            ))
        };
        if let Some(rate) = self.lines
            && !rate.fits(all.covered, all.lines)
            && !rate.fits(own.covered, own.lines.max(1))
        {
            doubts.lines.get_or_insert_with(|| wrong("line", rate, all.covered, all.lines));
        }
        if let Some(rate) = self.branches
            && !rate.fits(all.branches_covered, all.branches)
        {
            doubts.branches.get_or_insert_with(|| wrong("branch", rate, all.branches_covered, all.branches));
        }
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
    pub(super) fn of(lines: &FileLines) -> Counted {
        let mut counted = Counted::default();
        counted.add(lines);
        counted
    }

    pub(super) fn sum(&mut self, other: Counted) {
        self.lines += other.lines;
        self.covered += other.covered;
        self.branches += other.branches;
        self.branches_covered += other.branches_covered;
    }

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
    line_rate: Option<Rate>,
    branch_rate: Option<Rate>,
    /// Whether its tool always states what it lists.
    exact: bool,
}

/// Whether the report states how many lines, and how many branches, it lists.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counts {
    pub(super) lines: bool,
    pub(super) branches: bool,
}

impl Sums {
    pub(super) fn read(xml: &Xml<'_>) -> Sums {
        let pair = |valid: &str, covered: &str| xml.number(valid).zip(xml.number(covered));
        let Rates { lines, branches } = Rates::read(xml);
        Sums {
            lines: pair("lines-valid", "lines-covered"),
            branches: pair("branches-valid", "branches-covered"),
            line_rate: lines,
            branch_rate: branches,
            exact: xml.attribute("version").is_some_and(|version| version.starts_with("gcovr ")),
        }
    }

    /// Compares with what is listed, in each of the ways in which tools count. The error is a sentence.
    pub(super) fn check(&self, listed: &[Counted]) -> Result<Counts, String> {
        for (what, rate, sums) in [("line", self.line_rate, self.lines), ("branch", self.branch_rate, self.branches)] {
            if let Some((rate, (valid, covered))) = rate.zip(sums)
                && !rate.fits(covered, valid)
            {
                return Err(format!(
                    "the report states {covered} of {valid} and a {what}-rate of {}: it is damaged; write it anew",
                    rate.value
                ));
            }
        }
        let branches = listed.iter().map(|counted| (counted.branches, counted.branches_covered)).collect::<Vec<_>>();
        let lines = listed.iter().map(|counted| (counted.lines, counted.covered)).collect::<Vec<_>>();
        Ok(Counts {
            branches: differs("branches", self.branches, &branches, self.exact)?,
            lines: differs("lines", self.lines, &lines, self.exact)?,
        })
    }
}

fn differs(what: &str, stated: Option<(u64, u64)>, listed: &[(u64, u64)], exact: bool) -> Result<bool, String> {
    let Some((valid, covered)) = stated else { return Ok(false) };
    let comparable = || listed.iter().filter(|(all, _)| *all == valid && valid > 0);
    match (comparable().next(), listed.first()) {
        (Some((_, first)), _) if comparable().all(|(_, listed)| *listed != covered) => {
            Err(format!("the report states {covered} covered {what} of {valid} but lists {first}: it is damaged; write it anew"))
        }
        (None, Some((all, _))) if exact && *all != valid => {
            Err(format!("the report states {valid} {what} but lists {all}: it is damaged; write it anew"))
        }
        (first, _) => Ok(first.is_some()),
    }
}
