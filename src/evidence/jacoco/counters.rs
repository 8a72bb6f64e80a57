//! The sums that `<counter>` elements repeat.
//!
//! A file's own counters are those of its lines. A package, a group and the report add up what stands inside them, where a package
//! adds its classes without a source file to its files, or not, as its tool pleases; `JaCoCo` leaves a counter out where it would be 0. Branches of code without
//! line numbers (what compilers add) count in `BRANCH` and stand on no line, so that only more branches than are stated are wrong.

use crate::evidence::FileLines;

/// Missed and covered; `None` where nothing is stated.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counters {
    lines: Option<(u64, u64)>,
    branches: Option<(u64, u64)>,
}

impl Counters {
    /// What the lines of one file add up to.
    pub(super) fn of(lines: &FileLines) -> Counters {
        let count = |all: u64, covered: u64| Some((all.saturating_sub(covered), covered));
        let branches = lines
            .branches()
            .iter()
            .fold((0, 0), |(total, covered), line| (total + u64::from(line.total), covered + u64::from(line.covered)));
        Counters { lines: count(lines.len() as u64, lines.covered() as u64), branches: count(branches.0, branches.1) }
    }

    /// Adds what an element inside lists.
    pub(super) fn add(&mut self, inside: &Counters) {
        let sum = |a: Option<(u64, u64)>, b: Option<(u64, u64)>| {
            let ((a, b), (c, d)) = (a.unwrap_or_default(), b.unwrap_or_default());
            Some((a + c, b + d))
        };
        self.lines = sum(self.lines, inside.lines);
        self.branches = sum(self.branches, inside.branches);
    }

    /// Takes down a counter of a type that is known here; `false` where it was stated before.
    pub(super) fn state(&mut self, kind: &str, counted: (u64, u64)) -> bool {
        let slot = if kind == "LINE" { &mut self.lines } else { &mut self.branches };
        slot.replace(counted).is_none()
    }

    /// Compares what an element states with what it lists. The error is a sentence.
    pub(super) fn check(&self, listed: &Counters, element: &str) -> Result<(), String> {
        let differs = |stated: Option<(u64, u64)>, listed: Option<(u64, u64)>| {
            let listed = listed.unwrap_or_default();
            stated.filter(|stated| *stated != listed).map(|stated| (stated, listed))
        };
        let lines = differs(self.lines, listed.lines).map(|differing| ("lines", differing));
        let branches = || {
            let differing = differs(self.branches, listed.branches);
            let more = differing.filter(|((missed, covered), listed)| listed.0 > *missed || listed.1 > *covered);
            more.map(|differing| ("branches", differing))
        };
        match lines.or_else(branches) {
            None => Ok(()),
            Some((what, ((missed, covered), (listed_missed, listed_covered)))) => Err(format!(
                "the <{element}> states {missed} missed and {covered} covered {what} but lists {listed_missed} and {listed_covered}: \
                 the report is damaged; write it anew"
            )),
        }
    }
}
