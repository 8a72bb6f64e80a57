//! The records of the ledger, put together to the changes that they tell of: a plan, its batches, decisions, exceptions and
//! recoveries and the change record of the same version are one.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::say::seconds;
use crate::facts::{
    BatchRecord, BatchState, ChangeRecord, DecisionRecord, Entry, OverrideRecord, Plan, Record, RecoveryState, RolloutType,
};

/// A change record of a rollout's version that began this close to it tells of the rollout.
const SAME_ROLLOUT_SECONDS: i64 = 3600;

/// A rollout, or a change that was made beside the gate.
#[derive(Debug, Default)]
pub(super) struct Candidate<'a> {
    pub(super) id: &'a str,
    pub(super) service: &'a str,
    /// Whether it has a plan under the gate.
    pub(super) gated: bool,
    pub(super) plan: Option<&'a Plan>,
    /// As its slot was counted; the plan says it better.
    operation: Option<RolloutType>,
    pub(super) changes: Vec<&'a ChangeRecord>,
    /// In the ledger's order.
    pub(super) batches: Vec<(Timestamp, &'a BatchRecord)>,
    pub(super) decisions: Vec<(Timestamp, &'a DecisionRecord)>,
    pub(super) overrides: Vec<(Timestamp, &'a OverrideRecord)>,
    /// When a recovery was carried through.
    recovered: Vec<Timestamp>,
}

/// Something that happened to production.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment<'a> {
    pub(super) at: Timestamp,
    pub(super) what: What,
    pub(super) region: Option<&'a str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Began,
    Ended,
    Batch(u64, BatchState),
}

impl<'a> Candidate<'a> {
    pub(super) fn kind(&self) -> Option<RolloutType> {
        let change = || self.changes.last().map(|change| change.kind);
        self.plan.map(|plan| plan.kind).or(self.operation).or_else(change)
    }

    pub(super) fn version(&self) -> Option<&'a str> {
        let batch = || self.batches.last().map(|(_, batch)| batch.version.as_str());
        let change = || self.changes.iter().rev().find_map(|change| change.version.as_deref());
        self.plan.map(|plan| plan.to.as_str()).or_else(batch).or_else(change)
    }

    pub(super) fn from(&self) -> Option<&'a str> {
        self.plan.map(|plan| plan.from.as_str())
    }

    /// What a field of its change records says, the newest first.
    pub(super) fn said<T: ?Sized>(&self, field: impl Fn(&'a ChangeRecord) -> Option<&'a T>) -> Option<&'a T> {
        self.changes.iter().rev().find_map(|change| field(change))
    }

    /// When it was through; `None` when nobody said so.
    pub(super) fn ended(&self) -> Option<Timestamp> {
        self.changes.iter().filter_map(|change| change.ended_at).max()
    }

    /// Everything that it did to production, in the order of time.
    pub(super) fn moments(&self) -> Vec<Moment<'a>> {
        let mut moments: Vec<Moment<'a>> = Vec::new();
        // Its batches tell more than a change record of the same rollout.
        if self.batches.is_empty() {
            let region = self.said(|change| change.region.as_deref());
            let began = self.changes.iter().map(|change| change.started_at).min();
            moments.extend(began.map(|at| Moment { at, what: What::Began, region }));
            moments.extend(self.ended().map(|at| Moment { at, what: What::Ended, region }));
        }
        // Going back ends a fault; it rarely makes one.
        for (at, batch) in self.batches.iter().filter(|(_, batch)| batch.state != BatchState::RolledBack) {
            let what = What::Batch(batch.batch, batch.state);
            moments.push(Moment { at: *at, what, region: batch.region.as_deref() });
        }
        moments.sort_by_key(|moment| moment.at);
        moments
    }

    /// When all of it was taken back, if that was so at `at`.
    pub(super) fn gone_back(&self, at: Timestamp) -> Option<Timestamp> {
        let mut states: BTreeMap<u64, (Timestamp, BatchState)> = BTreeMap::new();
        for (when, batch) in self.batches.iter().filter(|(when, _)| *when <= at) {
            states.insert(batch.batch, (*when, batch.state));
        }
        let back = |state: &(Timestamp, BatchState)| state.1 == BatchState::RolledBack;
        let by_batches =
            (!states.is_empty() && states.values().all(back)).then(|| states.values().map(|(when, _)| *when).max()).flatten();
        let forward = states.values().filter(|state| !back(state)).map(|(when, _)| *when).max();
        let recovered = self.recovered.iter().filter(|when| **when <= at).max().copied();
        let by_recovery = recovered.filter(|when| forward.is_none_or(|forward| forward <= *when));
        by_batches.max(by_recovery)
    }

    /// The batch before this one in the same region, in percent of it.
    pub(super) fn step_percent(&self, number: u64) -> Option<f64> {
        let plan = self.plan?;
        let batch = plan.batches.iter().find(|batch| batch.number == number)?;
        let earlier = plan.batches.iter().filter(|other| other.number < number && other.region == batch.region);
        let before = earlier.filter_map(|other| other.percent).fold(0.0, f64::max);
        batch.percent.map(|percent| percent - before)
    }
}

/// The changes that these entries tell of, by service and id. Entries may come in any order and several times.
pub(super) fn candidates(entries: &[Entry]) -> Vec<Candidate<'_>> {
    let mut ordered: Vec<&Entry> = entries.iter().collect();
    ordered.sort_by_key(|entry| entry.seq);
    ordered.dedup_by_key(|entry| entry.seq);
    let mut rollouts: BTreeMap<(&str, &str), Candidate<'_>> = BTreeMap::new();
    let mut changes: BTreeMap<(&str, &str), Vec<&ChangeRecord>> = BTreeMap::new();
    for entry in ordered {
        if let Record::Change(change) = &entry.record {
            changes.entry((&change.service, &change.id)).or_default().push(change);
        }
        let (Some(id), Some(service)) = (entry.record.plan(), entry.record.service()) else { continue };
        let rollout =
            rollouts.entry((service, id)).or_insert_with(|| Candidate { id, service, gated: true, ..Candidate::default() });
        rollout.take(entry);
    }
    let mut beside = Vec::new();
    for ((service, id), records) in changes {
        match home(&mut rollouts, service, id, &records) {
            Some(rollout) => rollout.changes.extend(records),
            None => beside.push(Candidate { id, service, changes: records, ..Candidate::default() }),
        }
    }
    rollouts.into_values().chain(beside).collect()
}

/// The rollout that a change record tells of: the one of its name, else one of the same version at the same time.
fn home<'c, 'a>(
    rollouts: &'c mut BTreeMap<(&'a str, &'a str), Candidate<'a>>,
    service: &'a str,
    id: &'a str,
    records: &[&ChangeRecord],
) -> Option<&'c mut Candidate<'a>> {
    if rollouts.contains_key(&(service, id)) {
        return rollouts.get_mut(&(service, id));
    }
    let version = records.iter().rev().find_map(|change| change.version.as_deref())?;
    let began = records.iter().map(|change| change.started_at).min()?;
    rollouts.range_mut((service, "")..).take_while(|((of, _), _)| *of == service).map(|(_, rollout)| rollout).find(|rollout| {
        let span = rollout.batches.first().zip(rollout.batches.last());
        rollout.version() == Some(version)
            && span.is_some_and(|((first, _), (last, _))| {
                seconds(began, *first) <= SAME_ROLLOUT_SECONDS && seconds(*last, began) <= SAME_ROLLOUT_SECONDS
            })
    })
}

impl<'a> Candidate<'a> {
    fn take(&mut self, entry: &'a Entry) {
        match &entry.record {
            Record::Plan(record) => {
                self.plan.get_or_insert(&record.plan);
            }
            Record::Batch(record) => self.batches.push((entry.at, record)),
            Record::Decision(record) => self.decisions.push((entry.at, record)),
            Record::Override(record) => self.overrides.push((entry.at, record)),
            Record::Slot(record) => self.operation = Some(record.operation),
            Record::Recovery(record) if record.step.is_none() && record.state == RecoveryState::Done => {
                self.recovered.push(entry.at);
            }
            Record::Recovery(_) | Record::Change(_) | Record::Incident(_) | Record::Checkpoint(_) => {}
        }
    }
}
