//! When a version was made: the first that the ledger heard of it.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use jiff::Timestamp;

/// A version that is rolled out later than this was not waiting for its rollout.
const HORIZON_SECONDS: i64 = 90 * 86_400;
/// Above this the old ones are let go.
const MANY: usize = 1 << 20;

/// The first moment of each version of each service and of each merged commit. Years of changes pass through here, so that only
/// hashes of the names are kept.
#[derive(Debug, Default)]
pub(super) struct Leads {
    versions: BTreeMap<u64, i64>,
    merged: BTreeMap<u64, i64>,
    swept_at: usize,
}

impl Leads {
    /// Something was recorded about a version: a change, or a decision that let it pass.
    pub(super) fn version(&mut self, service: &str, version: &str, at: Timestamp) {
        first(&mut self.versions, hash(&(service, version)), at.as_second());
        self.sweep(at.as_second());
    }

    /// A decision let a commit be merged.
    pub(super) fn merged(&mut self, service: &str, head: &str, at: Timestamp) {
        first(&mut self.merged, hash(&(service, head)), at.as_second());
        self.sweep(at.as_second());
    }

    /// A release of a version was made of this commit: the version is as old as its merge.
    pub(super) fn released(&mut self, service: &str, version: &str, head: &str, at: Timestamp) {
        let merged = self.merged.get(&hash(&(service, head))).copied();
        first(&mut self.versions, hash(&(service, version)), merged.unwrap_or(i64::MAX).min(at.as_second()));
    }

    /// Since when the version was known; a version may be named after its commit.
    pub(super) fn since(&self, service: &str, version: &str) -> Option<i64> {
        let key = hash(&(service, version));
        self.versions.get(&key).into_iter().chain(self.merged.get(&key)).min().copied()
    }

    fn sweep(&mut self, now: i64) {
        if self.versions.len() + self.merged.len() < MANY.max(2 * self.swept_at) {
            return;
        }
        for map in [&mut self.versions, &mut self.merged] {
            map.retain(|_, at| now - *at < HORIZON_SECONDS);
        }
        self.swept_at = self.versions.len() + self.merged.len();
    }
}

fn first(map: &mut BTreeMap<u64, i64>, key: u64, at: i64) {
    map.entry(key).and_modify(|known| *known = at.min(*known)).or_insert(at);
}

/// The same in every run: nothing is seeded.
pub(super) fn hash(what: &(impl Hash + ?Sized)) -> u64 {
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    hasher.finish()
}
