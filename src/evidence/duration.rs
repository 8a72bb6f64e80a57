//! Lengths of time as monitoring systems write them: `90s`, `5m`, `1h30m`, `30d`, `4w`.

use crate::facts::Span;

/// The seconds of a length of time, as [`Span`] reads it; `None` for anything else, for nothing, and for more than a hundred years.
pub(super) fn seconds(text: &str) -> Option<u64> {
    text.parse().ok().map(Span::seconds)
}
