//! What happened to each rollout, in the order of the ledger.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::facts::{BatchState, Entry, Phase, Plan, Record, RecoveryState, RolloutType};

/// A moment of the ledger: its place decides the order, its time the distance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment {
    pub(super) seq: u64,
    pub(super) at: Timestamp,
}

/// One rollout.
#[derive(Debug, Default)]
pub(super) struct Track<'a> {
    /// The plan and the digest under which it was recorded first.
    pub(super) plan: Option<(&'a Plan, &'a str)>,
    pub(super) service: Option<&'a str>,
    pub(super) batches: BTreeMap<u64, BatchTrack<'a>>,
    /// Batches that were admitted, the last time, with the type of the operation.
    pub(super) slots: BTreeMap<u64, (Moment, RolloutType)>,
    /// The verdicts of the last decisions before batches that bound anybody.
    pub(super) before: BTreeMap<u64, &'a str>,
    /// By their first record.
    pub(super) recoveries: Vec<RecoveryTrack<'a>>,
    /// The first sign that it failed, and the first batch or admission: when it began.
    pub(super) failed: Option<Moment>,
    pub(super) began: Option<Moment>,
    /// The newest record of any kind.
    pub(super) heard: Option<Moment>,
}

/// One batch of it.
#[derive(Debug)]
pub(super) struct BatchTrack<'a> {
    pub(super) state: BatchState,
    /// When it came into its state.
    pub(super) since: Moment,
    pub(super) started: Option<Moment>,
    /// When the deployment was through: the first time after it was started last.
    pub(super) done: Option<Moment>,
    pub(super) version: &'a str,
    pub(super) digest: &'a str,
    /// The last decision about its soak, since it is done.
    pub(super) soak: Option<Look<'a>>,
    /// The first passing one of these decisions.
    pub(super) first_pass: Option<Moment>,
}

/// A decision.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look<'a> {
    pub(super) verdict: &'a str,
    pub(super) id: &'a str,
    pub(super) at: Timestamp,
}

#[derive(Debug)]
pub(super) struct RecoveryTrack<'a> {
    pub(super) run: &'a str,
    pub(super) state: RecoveryState,
    pub(super) since: Timestamp,
}

impl Track<'_> {
    /// The type, as the plan says it, otherwise as it was admitted.
    pub(super) fn kind(&self) -> Option<RolloutType> {
        let stated = self.plan.map(|(plan, _)| plan.kind);
        stated.or_else(|| self.slots.values().next().map(|(_, kind)| *kind))
    }

    /// Whether every batch of the recorded plan is out; false when no plan was recorded.
    pub(super) fn all_done(&self) -> bool {
        let Some((plan, _)) = self.plan else { return false };
        let done = |number: u64| self.batches.get(&number).is_some_and(|batch| batch.state == BatchState::Done);
        !plan.batches.is_empty() && plan.batches.iter().all(|batch| done(batch.number))
    }

    /// The last batch of the recorded plan, if it was started, with the length of its soak.
    pub(super) fn last_batch(&self) -> Option<(u64, &BatchTrack<'_>, u64)> {
        let (plan, _) = self.plan?;
        let last = plan.batches.iter().max_by_key(|batch| batch.number)?;
        Some((last.number, self.batches.get(&last.number)?, last.soak_seconds))
    }

    /// When it succeeded: all batches out, the soak of the last one judged and passed.
    pub(super) fn succeeded(&self) -> Option<Moment> {
        let (_, last, _) = self.last_batch()?;
        let newest = self.batches.values().filter_map(|batch| batch.done).max()?;
        let passed = last.first_pass.filter(|_| last.soak.is_some_and(|look| look.verdict == "pass"))?;
        self.all_done().then(|| passed.max(newest))
    }

    /// Whether a recovery of it was carried through, or every batch that was started is recorded as taken back.
    pub(super) fn taken_back(&self) -> bool {
        let recovered = self.recoveries.last().is_some_and(|newest| newest.state == RecoveryState::Done);
        let back = !self.batches.is_empty() && self.batches.values().all(|batch| batch.state == BatchState::RolledBack);
        recovered || back
    }
}

/// The rollouts by the id of their plan. `entries` are in the ledger's order.
pub(super) fn tracks<'a>(entries: &[&'a Entry]) -> BTreeMap<&'a str, Track<'a>> {
    let mut tracks: BTreeMap<&str, Track<'_>> = BTreeMap::new();
    for entry in entries {
        let Some(plan) = entry.record.plan() else { continue };
        let track = tracks.entry(plan).or_default();
        let now = Moment { seq: entry.seq, at: entry.at };
        track.heard = Some(now);
        track.service = track.service.or(entry.record.service());
        match &entry.record {
            Record::Plan(record) => {
                track.plan.get_or_insert((&record.plan, &record.digest));
            }
            Record::Slot(record) => {
                track.began.get_or_insert(now);
                track.slots.insert(record.batch, (now, record.operation));
            }
            Record::Batch(record) => {
                track.began.get_or_insert(now);
                if matches!(record.state, BatchState::Failed | BatchState::RolledBack) {
                    track.failed.get_or_insert(now);
                }
                let batch = track.batches.entry(record.batch).or_insert(BatchTrack {
                    state: record.state,
                    since: now,
                    started: None,
                    done: None,
                    version: "",
                    digest: "",
                    soak: None,
                    first_pass: None,
                });
                batch.record(record.state, now);
                (batch.version, batch.digest) = (&record.version, &record.digest);
            }
            Record::Decision(record) => {
                let look = Look { verdict: &record.verdict, id: &record.id, at: entry.at };
                let (Some(phase), Some(number)) = (record.phase, record.batch) else { continue };
                if phase == Phase::Before && record.mode == "enforce" {
                    track.before.insert(number, &record.verdict);
                }
                if phase != Phase::Soak {
                    continue;
                }
                // Only a verdict that bound anybody says that the rollout failed.
                if record.verdict == "rollback" && record.mode == "enforce" {
                    track.failed.get_or_insert(now);
                }
                if let Some(batch) = track.batches.get_mut(&number).filter(|batch| batch.state == BatchState::Done) {
                    batch.soak = Some(look);
                    if record.verdict == "pass" {
                        batch.first_pass.get_or_insert(now);
                    }
                }
            }
            Record::Recovery(record) => {
                track.failed.get_or_insert(now);
                if !track.recoveries.iter().any(|known| known.run == record.run) {
                    let started = RecoveryTrack { run: &record.run, state: RecoveryState::Started, since: entry.at };
                    track.recoveries.push(started);
                }
                // A step says nothing of the whole; the whole has a record of its own.
                if record.step.is_none()
                    && let Some(known) = track.recoveries.iter_mut().find(|known| known.run == record.run)
                {
                    known.state = record.state;
                }
            }
            Record::Change(_) | Record::Override(_) | Record::Incident(_) | Record::Checkpoint(_) => {}
        }
    }
    tracks
}

impl BatchTrack<'_> {
    fn record(&mut self, state: BatchState, now: Moment) {
        match state {
            BatchState::Started => {
                // Deployed again: what was seen of the earlier deployment is no longer about what runs.
                (self.started, self.done, self.soak, self.first_pass) = (Some(now), None, None, None);
            }
            BatchState::Done if self.state == BatchState::Done => {
                self.done.get_or_insert(now);
            }
            // Done after it failed or was taken back, without a start in between: out since now.
            BatchState::Done => (self.done, self.soak, self.first_pass) = (Some(now), None, None),
            BatchState::Failed | BatchState::RolledBack => {}
        }
        if self.state != state {
            self.since = now;
        }
        self.state = state;
    }
}
