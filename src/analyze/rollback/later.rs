//! What else was changed since a rollout began.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::facts::{BatchState, Entry, Record};

/// A change of the service or of something it depends on, recorded after the rollout began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaterChange {
    pub service: String,
    /// The change's id, or the plan's of another rollout.
    pub id: String,
    pub at: Timestamp,
}

/// The changes and rollouts of these services that began after the rollout's first batch, without the rollout's own; by time and id.
///
/// Empty when the rollout was never started, and for entries that tell of nothing else.
#[must_use]
pub fn later_changes(entries: &[Entry], plan: &str, services: &[&str]) -> Vec<LaterChange> {
    let started = entries.iter().filter_map(|entry| match &entry.record {
        Record::Batch(batch) if batch.plan == plan && batch.state == BatchState::Started => Some(entry.at),
        _ => None,
    });
    let Some(begin) = started.min() else { return Vec::new() };
    let mut first: BTreeMap<(String, String), Timestamp> = BTreeMap::new();
    for entry in entries {
        let (service, id, at) = match &entry.record {
            Record::Change(change) => (&change.service, &change.id, change.started_at),
            Record::Batch(batch) if batch.plan != plan && batch.state == BatchState::Started => {
                (&batch.service, &batch.plan, entry.at)
            }
            _ => continue,
        };
        if at >= begin && services.contains(&service.as_str()) {
            let known = first.entry((service.clone(), id.clone())).or_insert(at);
            *known = (*known).min(at);
        }
    }
    let mut all: Vec<LaterChange> = first.into_iter().map(|((service, id), at)| LaterChange { service, id, at }).collect();
    all.sort_by(|a, b| (a.at, &a.service, &a.id).cmp(&(b.at, &b.service, &b.id)));
    all
}
