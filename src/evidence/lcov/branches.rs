//! The branches of one file. Several test names repeat them, so they are known by the line and the names of block and branch.

use std::ops::Range;

use crate::evidence::{Collector, LineBranches};

/// Branches found and taken; the names stand behind one another in one text.
#[derive(Debug, Default)]
pub(super) struct Branches {
    names: String,
    entries: Vec<Entry>,
    /// How many entries may stand there before those of the same name are made one.
    room: usize,
}

#[derive(Debug, Clone)]
struct Entry {
    line: u32,
    taken: bool,
    name: Range<usize>,
}

impl Branches {
    pub(super) fn add(&mut self, line: u32, name: &str, taken: bool) {
        let start = self.names.len();
        self.names.push_str(name);
        self.entries.push(Entry { line, taken, name: start..self.names.len() });
        if self.entries.len() > self.room {
            self.settle();
        }
    }

    /// Takes over what another record says of the same file.
    pub(super) fn absorb(&mut self, other: Branches) {
        if self.entries.is_empty() {
            *self = other;
            return;
        }
        for Entry { line, taken, name } in other.entries {
            self.add(line, &other.names[name], taken);
        }
    }

    /// Hands the sums of each line over; says whether there were any.
    pub(super) fn hand_over(mut self, lines: &mut Collector) -> bool {
        self.settle();
        for same in self.entries.chunk_by(|a, b| a.line == b.line) {
            let count = |entries: usize| u32::try_from(entries).unwrap_or(u32::MAX);
            let covered = count(same.iter().filter(|entry| entry.taken).count());
            let line = same.first().map_or(0, |entry| entry.line);
            lines.branches(LineBranches { line, total: count(same.len()), covered });
        }
        !self.entries.is_empty()
    }

    fn settle(&mut self) {
        const ROOM: usize = 1 << 12;
        let Branches { names, entries, .. } = self;
        let before = entries.len();
        entries.sort_by(|a, b| (a.line, &names[a.name.clone()]).cmp(&(b.line, &names[b.name.clone()])));
        entries.dedup_by(|next, kept| {
            let same = next.line == kept.line && names[next.name.clone()] == names[kept.name.clone()];
            kept.taken |= same && next.taken;
            same
        });
        if entries.len() < before {
            let mut kept = String::new();
            for entry in entries {
                let start = kept.len();
                kept.push_str(&names[entry.name.clone()]);
                entry.name = start..kept.len();
            }
            *names = kept;
        }
        self.room = ROOM.max(2 * self.entries.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::Repeated;

    #[test]
    fn a_branch_counts_once_however_often_it_is_listed() {
        let mut branches = Branches::default();
        for round in 0..100_000_u32 {
            branches.add(round % 3 + 1, ["0,0", "0,jump, out"][round as usize % 2], round == 50_000);
        }
        assert!(branches.entries.len() <= 1 << 13 && branches.names.len() < 1 << 20);
        let mut lines = Collector::new(Repeated::AnyCovers);
        (1..=3).for_each(|line| lines.line(line, true));
        assert!(branches.hand_over(&mut lines));
        let sums: Vec<_> = lines.finish().branches().iter().map(|of| (of.line, of.total, of.covered)).collect();
        assert_eq!(sums, [(1, 2, 0), (2, 2, 0), (3, 2, 1)]);
    }
}
