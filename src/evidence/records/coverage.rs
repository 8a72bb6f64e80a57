//! What a coverage report says.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::evidence::trace::{self, Spot};

/// One coverage report.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CoverageReport {
    /// When it was made, if it says so with a zone.
    pub made_at: Option<Timestamp>,
    /// The first and the last moment that its own time can mean, where it states one without a zone.
    pub made_within: Option<[Timestamp; 2]>,
    /// Directories that its relative paths may start from (Cobertura `<source>`), as they stand there.
    pub roots: Vec<String>,
    /// By path, as it stands in the report.
    pub files: BTreeMap<String, FileLines>,
    /// Whether it counts branches at all.
    pub counts_branches: bool,
}

/// The measured lines of a file, ascending, each once.
///
/// A report measures millions of lines, so that one takes four bytes; the few with branches stand beside them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FileLines {
    lines: Vec<Line>,
    branches: Vec<LineBranches>,
    /// See [`FileLines::noted`].
    noted: Vec<(Spot, bool)>,
}

/// The branches of one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LineBranches {
    pub line: u32,
    pub total: u32,
    pub covered: u32,
}

/// A line's number and, in the lowest bit, whether it is covered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Line(u32);

impl Line {
    fn number(self) -> u32 {
        self.0 >> 1
    }

    fn covered(self) -> bool {
        self.0 & 1 == 1
    }
}

/// What several entries for the same line make of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeated {
    /// Covered if any entry says so: each is another run. Of the branches, the most found and the most covered count.
    AnyCovers,
    /// Covered if all entries say so: each is another part of the code on the line. The branches are those of the entry with the
    /// most, and of equal ones the fewest covered.
    AllCover,
}

impl FileLines {
    /// The highest line number that can be kept; no tool writes a file that long.
    pub const MAX_LINE: u32 = u32::MAX >> 1;

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Where the report speaks of the line that is watched for, and whether it is covered there; empty while nobody watches.
    #[must_use]
    pub fn noted(&self) -> &[(Spot, bool)] {
        &self.noted
    }

    /// How many lines are measured.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// How many lines are covered.
    #[must_use]
    pub fn covered(&self) -> usize {
        self.lines.iter().filter(|line| line.covered()).count()
    }

    /// The last measured line; `None` where there is none.
    #[must_use]
    pub fn last(&self) -> Option<u32> {
        self.lines.last().map(|line| line.number())
    }

    /// Every line with whether it is covered.
    pub fn iter(&self) -> impl Iterator<Item = (u32, bool)> {
        self.lines.iter().map(|line| (line.number(), line.covered()))
    }

    /// The lines from `first` up to and including `last`.
    pub fn range(&self, first: u32, last: u32) -> impl Iterator<Item = (u32, bool)> {
        let start = self.lines.partition_point(|line| line.number() < first);
        let rest = self.lines.get(start..).unwrap_or_default();
        rest.iter().map(|line| (line.number(), line.covered())).take_while(move |(number, _)| *number <= last)
    }

    /// The branches of the lines that have some, ascending by line. Few tools count some on a line that they do not measure, such as
    /// that of a default argument.
    #[must_use]
    pub fn branches(&self) -> &[LineBranches] {
        &self.branches
    }

    /// The branches of the lines from `first` up to and including `last`.
    #[must_use]
    pub fn branches_in(&self, first: u32, last: u32) -> &[LineBranches] {
        let start = self.branches.partition_point(|branches| branches.line < first);
        let end = self.branches.partition_point(|branches| branches.line <= last);
        self.branches.get(start..end).unwrap_or_default()
    }

    /// Whether the line is measured.
    #[must_use]
    pub fn measures(&self, number: u32) -> bool {
        self.lines.binary_search_by_key(&number, |line| line.number()).is_ok()
    }

    /// The lines, and those of `other` that are not among them, with their branches.
    #[must_use]
    pub fn filled_up(self, other: &FileLines) -> FileLines {
        let mut both = Collector::new(Repeated::AnyCovers);
        both.file.lines = other.lines.iter().copied().filter(|line| !self.measures(line.number())).collect();
        both.file.branches = other.branches.iter().copied().filter(|branches| !self.measures(branches.line)).collect();
        both.file.noted.clone_from(&other.noted);
        if both.file.lines.is_empty() {
            return self;
        }
        both.add(self);
        both.finish()
    }
}

/// Takes the lines of a file in whatever order a report lists them.
#[derive(Debug)]
pub struct Collector {
    file: FileLines,
    repeated: Repeated,
    /// The line that is watched for; 0 for none.
    watched: u32,
    /// How many entries may stand there before those for the same line are made one: what is kept is bounded by the file's lines, not
    /// by the report's entries.
    room: usize,
}

impl Collector {
    const ROOM: usize = 1 << 12;

    #[must_use]
    pub fn new(repeated: Repeated) -> Self {
        Collector { file: FileLines::default(), repeated, watched: trace::line(), room: Self::ROOM }
    }

    /// Adds an entry for a line. Line 0, which some tools write for code that has no line, is none, and neither is one beyond
    /// [`FileLines::MAX_LINE`].
    pub fn line(&mut self, number: u32, covered: bool) {
        if number == 0 || number > FileLines::MAX_LINE {
            return;
        }
        if number == self.watched {
            self.file.noted.push((trace::spot(), covered));
        }
        self.file.lines.push(Line(number << 1 | u32::from(covered)));
        if self.file.lines.len() >= self.room {
            self.settle();
        }
    }

    /// Adds the branches of a line, which need not be measured. Those of what is no line, as in [`Collector::line`], are none.
    pub fn branches(&mut self, branches: LineBranches) {
        if branches.total == 0 || branches.line == 0 || branches.line > FileLines::MAX_LINE {
            return;
        }
        self.file.branches.push(branches);
        if self.file.branches.len() >= self.room {
            self.settle();
        }
    }

    /// Adds the lines of another part of the report, or of another report.
    pub fn add(&mut self, other: FileLines) {
        if self.file.lines.is_empty() && self.file.branches.is_empty() {
            self.file = other;
        } else {
            self.file.noted.extend(other.noted);
            self.file.lines.extend(other.lines);
            self.file.branches.extend(other.branches);
        }
        if self.file.lines.len().max(self.file.branches.len()) >= self.room {
            self.settle();
        }
    }

    /// The file's lines.
    #[must_use]
    pub fn finish(mut self) -> FileLines {
        self.settle();
        let FileLines { lines, branches, .. } = &mut self.file;
        lines.shrink_to_fit();
        branches.shrink_to_fit();
        self.file
    }

    fn settle(&mut self) {
        let FileLines { lines, branches, .. } = &mut self.file;
        // Uncovered sorts before covered.
        lines.sort_unstable();
        match self.repeated {
            Repeated::AllCover => lines.dedup_by_key(|line| line.number()),
            Repeated::AnyCovers => lines.dedup_by(|next, kept| {
                let same = next.number() == kept.number();
                if same {
                    *kept = *next;
                }
                same
            }),
        }
        branches.sort_by_key(|branches| branches.line);
        let repeated = self.repeated;
        branches.dedup_by(|next, kept| {
            let same = next.line == kept.line;
            if same {
                *kept = one(*kept, *next, repeated);
            }
            same
        });
        self.room = Self::ROOM.max(2 * lines.len().max(branches.len()));
    }
}

/// What two entries for the branches of one line make of them.
fn one(a: LineBranches, b: LineBranches, repeated: Repeated) -> LineBranches {
    let (total, covered) = match repeated {
        Repeated::AnyCovers => (a.total.max(b.total), a.covered.max(b.covered)),
        Repeated::AllCover if a.total == b.total => (a.total, a.covered.min(b.covered)),
        Repeated::AllCover => {
            let more = if a.total > b.total { a } else { b };
            (more.total, more.covered)
        }
    };
    LineBranches { total, covered, ..a }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn collected(repeated: Repeated, entries: &[(u32, bool)]) -> Vec<(u32, bool)> {
        let mut collector = Collector::new(repeated);
        for (number, covered) in entries {
            collector.line(*number, *covered);
        }
        collector.finish().iter().collect()
    }

    #[test]
    fn entries_for_one_line_make_one_in_any_order() {
        let entries = [(3, false), (1, true), (3, true), (0, true), (1, true), (2, false), (u32::MAX, true)];
        assert_eq!(collected(Repeated::AnyCovers, &entries), [(1, true), (2, false), (3, true)]);
        assert_eq!(collected(Repeated::AllCover, &entries), [(1, true), (2, false), (3, false)]);
    }

    #[test]
    fn what_is_kept_does_not_grow_with_repetitions() {
        let mut collector = Collector::new(Repeated::AnyCovers);
        for entry in 0..1_000_000 {
            collector.line(entry % 7 + 1, false);
            collector.branches(LineBranches { line: 1, total: 2, covered: 1 });
        }
        assert!(collector.file.lines.len() <= Collector::ROOM && collector.file.branches.len() <= Collector::ROOM);
        assert_eq!(collector.finish().len(), 7);
    }

    #[test]
    fn a_range_holds_both_its_ends() {
        let mut collector = Collector::new(Repeated::AnyCovers);
        for number in [2, 4, 6] {
            collector.line(number, number == 4);
        }
        let file = collector.finish();
        assert_eq!(file.range(2, 4).collect::<Vec<_>>(), [(2, false), (4, true)]);
        assert_eq!(file.range(7, 9).count() + file.range(5, 3).count() + file.range(0, 1).count(), 0);
        assert_eq!((file.last(), file.covered()), (Some(6), 1));
    }

    #[test]
    fn branches_follow_the_rule_for_repeated_lines() {
        let merged = |repeated| {
            let mut collector = Collector::new(repeated);
            collector.line(1, true);
            for (line, total, covered) in [(1, 2, 2), (1, 4, 1), (1, 4, 3), (9, 2, 1), (0, 2, 1), (u32::MAX, 2, 1)] {
                collector.branches(LineBranches { line, total, covered });
            }
            collector.finish().branches().to_vec()
        };
        let unmeasured = LineBranches { line: 9, total: 2, covered: 1 };
        assert_eq!(merged(Repeated::AnyCovers), [LineBranches { line: 1, total: 4, covered: 3 }, unmeasured]);
        assert_eq!(merged(Repeated::AllCover), [LineBranches { line: 1, total: 4, covered: 1 }, unmeasured]);
    }
}
