//! What happened to each rollout, in the order of the ledger.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::others::after;
use crate::facts::{BatchState, Entry, Phase, Plan, Record, RecoveryState, RolloutType, Span};

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
    /// Batches that were admitted, the last time.
    pub(super) slots: BTreeMap<u64, Slot>,
    /// The verdicts of the last decisions before batches that bound anybody.
    before: BTreeMap<u64, &'a str>,
    /// By their first record.
    pub(super) recoveries: Vec<RecoveryTrack<'a>>,
    /// The first and the last sign that it failed, and the first batch or admission: when it began.
    pub(super) failed: Option<Moment>,
    pub(super) failed_last: Option<Moment>,
    pub(super) began: Option<Moment>,
    /// Since when it goes before others: its first batch or admission, and when nobody was heard of it for too long, the first one since.
    claim: Option<Moment>,
    /// The newest record of any kind.
    pub(super) heard: Option<Moment>,
}

/// An admission.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slot {
    pub(super) at: Moment,
    kind: RolloutType,
    /// The batch failed, or was taken back.
    over: bool,
}

/// How a batch came to be started.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Start<'a> {
    /// Its slot then, unless that was over.
    pub(super) slot: Option<Timestamp>,
    /// The last verdict before it that bound anybody.
    pub(super) verdict: Option<&'a str>,
    /// Whether it was let pass since.
    pub(super) mended: bool,
}

/// One batch of it.
#[derive(Debug)]
pub(super) struct BatchTrack<'a> {
    pub(super) state: BatchState,
    /// When it came into its state.
    pub(super) since: Moment,
    pub(super) started: Option<Moment>,
    pub(super) start: Start<'a>,
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
    pub(super) moment: Moment,
}

#[derive(Debug)]
pub(super) struct RecoveryTrack<'a> {
    pub(super) run: &'a str,
    pub(super) state: RecoveryState,
    pub(super) since: Timestamp,
    /// When it came into its state.
    changed: Moment,
}

/// After how long a silence a rollout is taken for abandoned.
#[derive(Debug, Clone, Copy)]
pub(super) struct Silence {
    /// One that was started.
    pub(super) abandoned_after: Span,
    /// One that was admitted and not started.
    pub(super) reserved_for: Span,
}

impl Track<'_> {
    /// The type, as the plan says it, otherwise as it was admitted.
    pub(super) fn kind(&self) -> Option<RolloutType> {
        let stated = self.plan.map(|(plan, _)| plan.kind);
        stated.or_else(|| self.slots.values().next().map(|slot| slot.kind))
    }

    fn fails(&mut self, now: Moment) {
        self.failed.get_or_insert(now);
        self.failed_last = Some(now);
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

    /// When it succeeded: all batches out, the soak of the last one judged and passed. What failed on the way was mended by then.
    pub(super) fn succeeded(&self) -> Option<Moment> {
        let (_, last, _) = self.last_batch()?;
        let newest = self.batches.values().filter_map(|batch| batch.done).max()?;
        let look = last.soak.filter(|look| look.verdict == "pass")?;
        let first = last.first_pass?.max(newest);
        let passed = if self.failed_last.is_some_and(|failed| failed > first) { look.moment } else { first };
        self.all_done().then_some(passed).filter(|passed| self.failed_last.is_none_or(|failed| failed < *passed))
    }

    /// Since when it goes before others; `None` before it began, and where it was abandoned and has not gone on.
    pub(super) fn claim(&self, silence: Silence, now: Timestamp) -> Option<Moment> {
        self.claim.filter(|_| now < self.silent_until(silence))
    }

    /// Until when its silence is normal.
    pub(super) fn silent_until(&self, silence: Silence) -> Timestamp {
        if self.batches.is_empty() {
            let newest = self.slots.values().map(|slot| slot.at).max();
            return newest.map_or(Timestamp::MIN, |slot| after(slot.at, silence.reserved_for.signed()));
        }
        let soaks = self.plan.into_iter().flat_map(|(plan, _)| &plan.batches).filter_map(|batch| {
            let known = self.batches.get(&batch.number).filter(|known| known.state == BatchState::Done)?;
            Some(known.end_of_soak(batch.soak_seconds))
        });
        let busy = soaks.chain(self.heard.map(|heard| heard.at)).max().unwrap_or(Timestamp::MIN);
        after(busy, silence.abandoned_after.signed())
    }

    /// Whether a recovery of it was carried through, or every batch that was started is recorded as taken back.
    pub(super) fn taken_back(&self) -> bool {
        let out = |batch: &BatchTrack<'_>| matches!(batch.state, BatchState::Started | BatchState::Done);
        let recovered = self.recoveries.last().is_some_and(|newest| {
            let again = |batch: &BatchTrack<'_>| out(batch) && batch.since > newest.changed;
            newest.state == RecoveryState::Done && !self.batches.values().any(again)
        });
        let back = !self.batches.is_empty() && self.batches.values().all(|batch| batch.state == BatchState::RolledBack);
        recovered || back
    }
}

/// The rollouts by the id of their plan. `entries` are in the ledger's order.
pub(super) fn tracks<'a>(entries: &[&'a Entry], silence: Silence) -> BTreeMap<&'a str, Track<'a>> {
    let mut tracks: BTreeMap<&str, Track<'_>> = BTreeMap::new();
    for entry in entries {
        let Some(plan) = entry.record.plan() else { continue };
        let track = tracks.entry(plan).or_default();
        let now = Moment { seq: entry.seq, at: entry.at };
        if now.at >= track.silent_until(silence) {
            track.claim = None;
        }
        track.heard = Some(now);
        track.service = track.service.or(entry.record.service());
        match &entry.record {
            Record::Plan(record) => {
                track.plan.get_or_insert((&record.plan, &record.digest));
            }
            Record::Slot(record) => {
                track.began.get_or_insert(now);
                track.claim.get_or_insert(now);
                track.slots.insert(record.batch, Slot { at: now, kind: record.operation, over: false });
                if let Some(batch) = track.batches.get_mut(&record.batch) {
                    batch.start.mended = true;
                }
            }
            Record::Batch(record) => {
                track.began.get_or_insert(now);
                track.claim.get_or_insert(now);
                let slot = track.slots.get_mut(&record.batch);
                let start = Start {
                    slot: slot.as_ref().filter(|slot| !slot.over).map(|slot| slot.at.at),
                    verdict: track.before.get(&record.batch).copied(),
                    mended: false,
                };
                if matches!(record.state, BatchState::Failed | BatchState::RolledBack) {
                    if let Some(slot) = slot {
                        slot.over = true;
                    }
                    track.fails(now);
                }
                let batch = track.batches.entry(record.batch).or_insert(BatchTrack {
                    state: record.state,
                    since: now,
                    started: None,
                    start,
                    done: None,
                    version: "",
                    digest: "",
                    soak: None,
                    first_pass: None,
                });
                if record.state == BatchState::Started {
                    batch.start = start;
                }
                batch.record(record.state, now);
                (batch.version, batch.digest) = (&record.version, &record.digest);
            }
            Record::Decision(record) => {
                let look = Look { verdict: &record.verdict, id: &record.id, moment: now };
                let (Some(phase), Some(number)) = (record.phase, record.batch) else { continue };
                if phase == Phase::Before && record.mode == "enforce" {
                    track.before.insert(number, &record.verdict);
                    if let Some(batch) = track.batches.get_mut(&number).filter(|_| record.verdict == "pass") {
                        batch.start.mended = true;
                    }
                }
                if phase != Phase::Soak {
                    continue;
                }
                // Only a verdict that bound anybody says that the rollout failed.
                if record.verdict == "rollback" && record.mode == "enforce" {
                    track.fails(now);
                }
                if let Some(batch) = track.batches.get_mut(&number).filter(|batch| batch.state == BatchState::Done) {
                    batch.soak = Some(look);
                    if record.verdict == "pass" {
                        batch.first_pass.get_or_insert(now);
                    }
                }
            }
            Record::Recovery(record) => {
                track.fails(now);
                if !track.recoveries.iter().any(|known| known.run == record.run) {
                    let (state, since) = (RecoveryState::Started, entry.at);
                    let started = RecoveryTrack { run: &record.run, state, since, changed: now };
                    track.recoveries.push(started);
                }
                // A step says nothing of the whole; the whole has a record of its own.
                if record.step.is_none()
                    && let Some(known) = track.recoveries.iter_mut().find(|known| known.run == record.run)
                {
                    (known.state, known.changed) = (record.state, now);
                }
            }
            Record::Change(_) | Record::Override(_) | Record::Incident(_) | Record::Checkpoint(_) => {}
        }
    }
    tracks
}

impl BatchTrack<'_> {
    /// The end of time where it is not done.
    pub(super) fn end_of_soak(&self, soak_seconds: u64) -> Timestamp {
        let soak = SignedDuration::from_secs(i64::try_from(soak_seconds).unwrap_or(i64::MAX));
        after(self.done.map_or(Timestamp::MAX, |done| done.at), soak)
    }

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
