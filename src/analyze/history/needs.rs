//! Which entries of the ledger a history is made of.

use jiff::Timestamp;

use super::{About, Options};
use crate::facts::RecordKind;

/// A selection of entries; what is `None` or empty selects nothing out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Need {
    pub kinds: Vec<RecordKind>,
    pub service: Option<String>,
    pub plan: Option<String>,
    /// The earliest time of an entry. There is no latest: what a clock that went back puts in the future counts.
    pub since: Option<Timestamp>,
    /// At most so many, the newest first; `None` for all.
    pub newest: Option<u64>,
}

/// Decisions about older versions that are looked at: a service that is judged every half minute makes some thousand a day.
const NEWEST_DECISIONS: u64 = 5000;

/// The entries that [`history`](super::history()) reads, as selections that may overlap.
#[must_use]
pub fn needs(about: &About<'_>, options: &Options, now: Timestamp) -> Vec<Need> {
    let service = Some(about.plan.service.clone());
    let back = |span: crate::facts::Span| now.checked_sub(span.signed()).unwrap_or(Timestamp::MIN);
    vec![
        Need { plan: Some(about.plan.id.clone()), ..Need::default() },
        Need {
            kinds: vec![RecordKind::Plan, RecordKind::Batch, RecordKind::Slot, RecordKind::Recovery],
            service: service.clone(),
            since: Some(back(options.horizon)),
            ..Need::default()
        },
        Need {
            kinds: vec![RecordKind::Decision],
            service,
            since: Some(back(options.horizon)),
            newest: Some(NEWEST_DECISIONS),
            ..Need::default()
        },
    ]
}
