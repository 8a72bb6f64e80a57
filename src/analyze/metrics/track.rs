//! One rollout and one incident, as far as the entries told of them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::facts::{
    BatchRecord, BatchState, DecisionRecord, IncidentRecord, IncidentState, Phase, Plan, RecoveryState, RolloutType,
};

/// A rollout.
#[derive(Debug, Default)]
pub(super) struct Rollout {
    pub(super) service: String,
    pub(super) version: String,
    /// The version that it replaces; of a rollback, the bad one.
    pub(super) from: String,
    pub(super) kind: Option<RolloutType>,
    /// How many batches its plan has; `None` until the plan was seen.
    planned: Option<BTreeSet<u64>>,
    batches: BTreeMap<u64, (BatchState, Timestamp)>,
    /// Every start of a batch, in the order of the ledger.
    starts: Vec<Timestamp>,
    /// What says that it failed, and when.
    failed: Option<Timestamp>,
    detected: Option<Timestamp>,
    located: Option<Timestamp>,
    recovered: Option<Timestamp>,
    last_done: Option<Timestamp>,
    taken_back: bool,
    pub(super) overridden: bool,
    pub(super) heard: Option<Timestamp>,
}

/// How a rollout ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// All batches are out and nothing was wrong.
    Finished,
    Failed,
    /// Neither, yet.
    Running,
}

impl Rollout {
    pub(super) fn plan(&mut self, plan: &Plan) {
        self.planned.get_or_insert_with(|| plan.batches.iter().map(|batch| batch.number).collect());
        self.kind = Some(plan.kind);
        plan.to.clone_into(&mut self.version);
        plan.from.clone_into(&mut self.from);
    }

    pub(super) fn batch(&mut self, at: Timestamp, record: &BatchRecord) {
        if self.version.is_empty() {
            record.version.clone_into(&mut self.version);
        }
        self.batches.insert(record.batch, (record.state, at));
        match record.state {
            BatchState::Started => self.starts.push(at),
            BatchState::Done => self.last_done = Some(at),
            BatchState::Failed => {
                // The pipeline saw it and knows what failed: its own deployment.
                self.fail(at);
                self.located.get_or_insert(at);
            }
            BatchState::RolledBack => {
                self.fail(at);
                if self.batches.values().all(|(state, _)| *state == BatchState::RolledBack) {
                    self.take_back(at);
                }
            }
        }
    }

    pub(super) fn decision(&mut self, at: Timestamp, record: &DecisionRecord) {
        let seen = matches!(record.verdict.as_str(), "block" | "rollback");
        // A hold says that it is not known; before a batch nothing of it has happened yet.
        if record.phase != Some(Phase::Soak) || !seen || record.mode != "enforce" {
            return;
        }
        let detected = record.detected_at.map_or(at, |detected| detected.min(at));
        self.fail(detected);
        if !record.findings.is_empty() {
            self.located.get_or_insert(at);
        }
    }

    pub(super) fn recovery(&mut self, at: Timestamp, whole: bool, state: RecoveryState) {
        self.fail(at);
        if whole && state == RecoveryState::Done {
            self.take_back(at);
        }
    }

    /// A rollout of its own goes back from this one's version.
    pub(super) fn returned(&mut self, began: Timestamp, finished: Option<Timestamp>) {
        self.fail(began);
        if let Some(at) = finished {
            self.take_back(at);
        }
    }

    fn take_back(&mut self, at: Timestamp) {
        self.taken_back = true;
        self.recovered.get_or_insert(at);
    }

    /// An incident that names this rollout as its cause.
    pub(super) fn incident(&mut self, incident: &Incident) {
        if let Some(opened) = incident.opened {
            self.failed = Some(self.failed.map_or(opened, |known| known.min(opened)));
            self.detected = Some(self.detected.map_or(opened, |known| known.min(opened)));
        }
        self.located = earliest(self.located, incident.located);
        self.recovered = earliest(self.recovered, incident.resolved);
    }

    fn fail(&mut self, at: Timestamp) {
        self.failed.get_or_insert(at);
        self.detected.get_or_insert(at);
    }

    /// When its first batch began; `None` when none did.
    pub(super) fn began(&self) -> Option<Timestamp> {
        self.starts.first().copied()
    }

    pub(super) fn end(&self) -> End {
        let done = |number: &u64| self.batches.get(number).is_some_and(|(state, _)| *state == BatchState::Done);
        match &self.planned {
            _ if self.failed.is_some() => End::Failed,
            Some(planned) if !planned.is_empty() && planned.iter().all(done) => End::Finished,
            _ => End::Running,
        }
    }

    /// When its last batch was through; `None` unless it finished.
    pub(super) fn finished(&self) -> Option<Timestamp> {
        self.last_done.filter(|_| self.end() == End::Finished)
    }

    pub(super) fn rolled_back(&self) -> bool {
        self.taken_back
    }

    /// Whether it goes back itself: that is no change, and heals another rollout.
    pub(super) fn is_rollback(&self) -> bool {
        self.kind == Some(RolloutType::Rollback)
    }

    /// The seconds from the start of the batch that failed to detection, location and recovery. `None` for a sound rollout.
    pub(super) fn steps(&self) -> Option<[Option<u64>; 3]> {
        self.failed?;
        let detected = self.detected?;
        // The batch that was out when it was seen; a clock that went back gives the first one.
        let start = self.starts.iter().rev().find(|start| **start <= detected).or(self.starts.first())?;
        let since = |at: Option<Timestamp>| at.map(|at| u64::try_from(at.as_second() - start.as_second()).unwrap_or(0));
        Some([since(Some(detected)), since(self.located), since(self.recovered)])
    }
}

/// An incident; times are those that its records state.
#[derive(Debug, Default)]
pub(super) struct Incident {
    pub(super) opened: Option<Timestamp>,
    pub(super) located: Option<Timestamp>,
    pub(super) resolved: Option<Timestamp>,
    pub(super) cause: Option<String>,
    pub(super) heard: Option<Timestamp>,
}

impl Incident {
    pub(super) fn record(&mut self, at: Timestamp, record: &IncidentRecord) {
        let moment = match record.state {
            IncidentState::Opened => &mut self.opened,
            IncidentState::Located => &mut self.located,
            IncidentState::Resolved => &mut self.resolved,
        };
        *moment = earliest(*moment, Some(record.happened_at));
        if record.cause.is_some() {
            self.cause.clone_from(&record.cause);
        }
        self.heard = Some(at);
    }

    /// The seconds from its opening to its cause and its end; `None` when nobody said when it opened.
    pub(super) fn steps(&self) -> Option<[Option<u64>; 2]> {
        let opened = self.opened?;
        let since = |at: Option<Timestamp>| at.map(|at| u64::try_from(at.as_second() - opened.as_second()).unwrap_or(0));
        Some([since(self.located), since(self.resolved)])
    }
}

fn earliest(a: Option<Timestamp>, b: Option<Timestamp>) -> Option<Timestamp> {
    a.into_iter().chain(b).min()
}
