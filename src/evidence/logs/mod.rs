//! Logs of the gray version and of its baseline, as text or JSON lines, and `kadian.logs/v1`.
//!
//! No format here is recognised by its bytes but the last: who hands in a log says of which side it is, with
//! `--evidence logs:gray=GLOB` and `logs:baseline=GLOB`.

mod entries;
mod json;
mod level;
mod record;
mod time;

pub use entries::{Entry, read_entries};
pub use level::exception_name;
pub use record::{LogRecord, document};
pub use time::LogTime;

use super::{Format, Reader};
use crate::facts::Kind;

pub(super) const GRAY: Format = side("gray", Side::Gray);

pub(super) const BASELINE: Format = side("baseline", Side::Baseline);

pub(super) const RECORD: Format = Format {
    name: "kadian.logs",
    kind: Kind::Logs,
    conventional: &[],
    recognises: |_, head| head.windows(record::SCHEMA.len()).any(|window| window == record::SCHEMA.as_bytes()),
    read: Reader::LogRecord(record::read),
};

const fn side(name: &'static str, side: Side) -> Format {
    // Any text may be a log.
    Format { name, kind: Kind::Logs, conventional: &[], recognises: |_, _| false, read: Reader::Log(side) }
}

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
