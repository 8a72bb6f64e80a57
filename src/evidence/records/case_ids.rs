//! The numbers that stand for the names of cases.

use std::hash::Hasher as _;

/// Stands for the name of a case: two names with one number are out of reach, also for somebody who looks for them. It is of this
/// process only, and is written nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CaseId([u64; 2]);

impl CaseId {
    /// The number of a name.
    #[must_use]
    pub fn of(name: &str) -> CaseId {
        #[expect(deprecated, reason = "the other hasher of the standard library does not say which one it is")]
        let half = |key: u64| {
            let mut hasher = std::hash::SipHasher::new_with_keys(key, !key);
            hasher.write(name.as_bytes());
            hasher.finish()
        };
        CaseId([half(0x6b61_6469_616e), half(0x6361_7365_2069_6421)])
    }
}

/// A piece has so many, a megabyte.
const PIECE: usize = 1 << 16;

/// Numbers of cases in their order. A report has millions of them in one suite, so that they stand in pieces: one list that grows would
/// be copied, and for a moment take twice its room.
#[derive(Debug, Clone, Default)]
pub struct CaseIds {
    /// Those before the open one.
    full: Vec<Vec<CaseId>>,
    open: Vec<CaseId>,
}

impl CaseIds {
    pub fn push(&mut self, id: CaseId) {
        if self.open.len() == PIECE {
            self.full.push(std::mem::replace(&mut self.open, Vec::with_capacity(PIECE)));
        }
        self.open.push(id);
    }

    /// Takes the last one away if it is this one, and says so.
    pub fn pop_if(&mut self, id: CaseId) -> bool {
        if self.open.is_empty() {
            self.open = self.full.pop().unwrap_or_default();
        }
        self.open.pop_if(|last| *last == id).is_some()
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.full.iter().map(Vec::len).sum::<usize>() + self.open.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn iter(&self) -> impl Iterator<Item = CaseId> {
        self.full.iter().flatten().chain(&self.open).copied()
    }

    /// Keeps those of which `kept` is true.
    pub fn retain(&mut self, mut kept: impl FnMut(CaseId) -> bool) {
        for piece in self.full.iter_mut().chain([&mut self.open]) {
            piece.retain(|id| kept(*id));
        }
        self.full.retain(|piece| !piece.is_empty());
    }

    /// Gives back what a short list does not need.
    pub(super) fn shrink(&mut self) {
        if self.full.is_empty() {
            self.open.shrink_to_fit();
        }
    }
}

impl PartialEq for CaseIds {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().eq(other.iter())
    }
}

impl FromIterator<CaseId> for CaseIds {
    fn from_iter<I: IntoIterator<Item = CaseId>>(ids: I) -> Self {
        let mut all = CaseIds::default();
        ids.into_iter().for_each(|id| all.push(id));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_halves_of_a_number_differ() {
        assert_ne!(CaseId::of("a").0[0], CaseId::of("a").0[1]);
    }

    #[test]
    fn what_is_put_in_comes_out_over_the_ends_of_pieces() {
        let ids: Vec<CaseId> = (0..2 * PIECE + 3).map(|number| CaseId::of(&number.to_string())).collect();
        let mut all: CaseIds = ids.iter().copied().collect();
        assert_eq!((all.len(), all.full.len()), (ids.len(), 2));
        assert!(all.iter().eq(ids.iter().copied()));
        for id in ids[PIECE - 1..].iter().rev() {
            assert!(!all.pop_if(CaseId::of("x")));
            assert!(all.pop_if(*id));
        }
        assert!(all.iter().eq(ids[..PIECE - 1].iter().copied()));
        all.push(ids[0]);
        all.push(ids[1]);
        let mut odd = true;
        all.retain(|_| {
            odd = !odd;
            odd
        });
        assert_eq!(all, ids[..PIECE - 1].iter().skip(1).step_by(2).copied().chain([ids[0]]).collect());
        all.retain(|_| false);
        assert!(all.is_empty() && !all.pop_if(ids[0]) && all == CaseIds::default());
    }
}
