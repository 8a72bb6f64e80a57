//! Logs of the gray version and of its baseline, as text or JSON lines, and `kadian.logs/v1`.
//!
//! No format here is recognised by its bytes but the last: who hands in a log says of which side it is, with
//! `--evidence logs:gray=GLOB` and `logs:baseline=GLOB`.

mod entries;
mod json;
mod level;
mod time;

pub use entries::{Entry, read_entries};
pub use level::exception_name;
pub use time::LogTime;

/// Which version wrote a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// The new one.
    Gray,
    /// The one it is compared with.
    Baseline,
}

/// The text without terminal escapes.
#[must_use]
pub fn without_escapes(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    entries::without_escapes(text, &mut plain);
    plain
}
