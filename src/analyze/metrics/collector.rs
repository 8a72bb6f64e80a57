//! Adds the entries up.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::lead::{self, Leads};
use super::times::percent;
use super::track::{End, Incident, Rollout};
use super::{Decisions, Gate, Incidents, Metrics, Named, Rollouts, Times};
use crate::facts::{DecisionRecord, Entry, IncidentRecord, Record};

/// Silent for this long, a rollout or an incident changes no more.
const SETTLED_SECONDS: i64 = 30 * 86_400;
/// So many at once are kept before the settled ones are counted and let go.
const MANY: usize = 50_000;

/// Takes the entries of a ledger one by one, in their order.
#[derive(Debug, Default)]
pub struct Collector {
    since: Option<Timestamp>,
    until: Option<Timestamp>,
    entries: u64,
    span: Option<(Timestamp, Timestamp)>,
    pub(super) rollouts: BTreeMap<String, Rollout>,
    incidents: BTreeMap<String, Incident>,
    swept_at: usize,
    leads: Leads,
    decisions: BTreeMap<(String, String), u64>,
    policies: BTreeMap<String, u64>,
    overrides: BTreeMap<String, u64>,
    /// Hashes of what was held, because years of them pass through here.
    held: BTreeSet<u64>,
    not_binding: u64,
    waived: u64,
    changes: u64,
    sums: Sums,
}

/// What is left of rollouts and incidents once they are settled.
#[derive(Debug, Default, Clone)]
struct Sums {
    rollbacks: u64,
    started: u64,
    finished: u64,
    failed: u64,
    rolled_back: u64,
    overridden: u64,
    overridden_finished: u64,
    overridden_failed: u64,
    steps: [Vec<u64>; 3],
    faults: u64,
    leads: Vec<u64>,
    opened: u64,
    incident_steps: [Vec<u64>; 2],
}

/// A rollout that goes back: when it began, and when it was through.
type Return = (Timestamp, Option<Timestamp>);

impl Collector {
    /// Counts what began from `since` on and before `until`. Entries before and after it may be given too: they tell how what began
    /// within it goes on, and what came before is not taken for a beginning.
    #[must_use]
    pub fn new(since: Option<Timestamp>, until: Option<Timestamp>) -> Collector {
        Collector { since, until, ..Collector::default() }
    }

    pub fn take(&mut self, entry: &Entry) {
        let at = entry.record.happened_at().unwrap_or(entry.at);
        let counts = self.within(at);
        if counts {
            self.entries += 1;
            let (first, last) = self.span.unwrap_or((at, at));
            self.span = Some((first.min(at), last.max(at)));
        }
        match &entry.record {
            Record::Change(change) => {
                self.changes += u64::from(counts);
                if let Some(version) = &change.version {
                    self.leads.version(&change.service, version, at);
                }
            }
            Record::Decision(decision) => self.decision(entry.at, counts, decision),
            Record::Override(exception) if counts => {
                let what = exception.subject.split(':').next().unwrap_or_default();
                *self.overrides.entry(what.to_owned()).or_default() += 1;
            }
            Record::Incident(record) => self.incident(entry.at, record),
            _ => {}
        }
        self.rollout(entry);
        if self.rollouts.len() + self.incidents.len() > MANY.max(2 * self.swept_at) {
            self.settle(entry.at);
        }
    }

    fn within(&self, at: Timestamp) -> bool {
        self.since.is_none_or(|since| since <= at) && self.until.is_none_or(|until| at < until)
    }

    fn decision(&mut self, at: Timestamp, counts: bool, record: &DecisionRecord) {
        if let (Some(service), "pass") = (&record.service, record.verdict.as_str()) {
            match (&record.version, &record.head) {
                (Some(version), Some(head)) if record.stage == "release" => self.leads.released(service, version, head, at),
                (_, Some(head)) if record.stage == "merge" => self.leads.merged(service, head, at),
                _ => {}
            }
        }
        if !counts {
            return;
        }
        if record.mode != "enforce" {
            self.not_binding += 1;
            return;
        }
        *self.decisions.entry((record.stage.clone(), record.verdict.clone())).or_default() += 1;
        self.waived += record.waived.len() as u64;
        match record.verdict.as_str() {
            "block" | "rollback" => {
                for id in &record.findings {
                    *self.policies.entry(id.clone()).or_default() += 1;
                }
            }
            "hold" => {
                let what = record.plan.as_ref().or(record.head.as_ref()).unwrap_or(&record.id);
                self.held.insert(lead::hash(&(what, record.batch, record.phase)));
            }
            _ => {}
        }
    }

    fn incident(&mut self, at: Timestamp, record: &IncidentRecord) {
        self.incidents.entry(record.id.clone()).or_default().record(at, record);
    }

    fn rollout(&mut self, entry: &Entry) {
        let Some(plan) = entry.record.plan() else { return };
        let rollout = self.rollouts.entry(plan.to_owned()).or_default();
        rollout.heard = Some(entry.at);
        if rollout.service.is_empty() {
            entry.record.service().unwrap_or_default().clone_into(&mut rollout.service);
        }
        match &entry.record {
            Record::Plan(record) => rollout.plan(&record.plan),
            Record::Batch(record) => rollout.batch(entry.at, record),
            Record::Decision(record) => rollout.decision(entry.at, record),
            Record::Recovery(record) => rollout.recovery(entry.at, record.step.is_none(), record.state),
            Record::Override(_) => rollout.overridden = true,
            Record::Slot(_) | Record::Change(_) | Record::Incident(_) | Record::Checkpoint(_) => {}
        }
    }

    /// Counts what has been silent for a month, and lets it go.
    pub(super) fn settle(&mut self, now: Timestamp) {
        let silent = |heard: Option<Timestamp>| heard.is_none_or(|heard| now.as_second() - heard.as_second() > SETTLED_SECONDS);
        self.link();
        let (old, kept) = std::mem::take(&mut self.rollouts).into_iter().partition(|(_, rollout)| silent(rollout.heard));
        self.rollouts = kept;
        let (gone, kept) = std::mem::take(&mut self.incidents).into_iter().partition(|(_, incident)| silent(incident.heard));
        self.incidents = kept;
        let mut sums = std::mem::take(&mut self.sums);
        self.sum(&mut sums, &old, &gone);
        self.sums = sums;
        self.swept_at = self.rollouts.len() + self.incidents.len();
    }

    /// Tells each rollout of the incidents that name it, and of the rollouts that took it back; told twice, it learns nothing.
    fn link(&mut self) {
        for incident in self.incidents.values() {
            if let Some(rollout) = incident.cause.as_ref().and_then(|cause| self.rollouts.get_mut(cause)) {
                rollout.incident(incident);
            }
        }
        let mut returns: BTreeMap<(String, String), Vec<Return>> = BTreeMap::new();
        for rollout in self.rollouts.values().filter(|rollout| rollout.is_rollback()) {
            let key = (rollout.service.clone(), rollout.from.clone());
            returns.entry(key).or_default().extend(rollout.began().map(|began| (began, rollout.finished())));
        }
        for rollout in self.rollouts.values_mut().filter(|rollout| !rollout.is_rollback()) {
            let Some(began) = rollout.began() else { continue };
            let back = returns.get(&(rollout.service.clone(), rollout.version.clone())).into_iter().flatten();
            if let Some((at, finished)) = back.filter(|(at, _)| *at >= began).min() {
                rollout.returned(*at, *finished);
            }
        }
    }

    fn sum(&self, sums: &mut Sums, rollouts: &BTreeMap<String, Rollout>, incidents: &BTreeMap<String, Incident>) {
        let within = |at: Option<Timestamp>| at.is_some_and(|at| self.within(at));
        for rollout in rollouts.values().filter(|rollout| within(rollout.began())) {
            if rollout.is_rollback() {
                sums.rollbacks += 1;
                continue;
            }
            let end = rollout.end();
            sums.started += 1;
            sums.finished += u64::from(end == End::Finished);
            sums.failed += u64::from(end == End::Failed);
            sums.rolled_back += u64::from(rollout.rolled_back());
            if rollout.overridden {
                sums.overridden += 1;
                sums.overridden_finished += u64::from(end == End::Finished);
                sums.overridden_failed += u64::from(end == End::Failed);
            }
            if let Some(steps) = rollout.steps() {
                sums.faults += 1;
                for (all, step) in sums.steps.iter_mut().zip(steps) {
                    all.extend(step);
                }
            }
            if let (Some(done), Some(since)) = (rollout.finished(), self.leads.since(&rollout.service, &rollout.version)) {
                sums.leads.extend(u64::try_from(done.as_second() - since));
            }
        }
        for incident in incidents.values().filter(|incident| within(incident.opened)) {
            sums.opened += 1;
            for (all, step) in sums.incident_steps.iter_mut().zip(incident.steps().unwrap_or_default()) {
                all.extend(step);
            }
        }
    }

    /// The figures of all entries that were taken.
    #[must_use]
    pub fn finish(mut self) -> Metrics {
        self.link();
        let mut sums = self.sums.clone();
        self.sum(&mut sums, &self.rollouts, &self.incidents);
        let days = self.days();
        let settled = sums.finished + sums.failed;
        let [detection, location, recovery] = sums.steps.map(|seconds| Times::of(seconds, sums.faults));
        let [incident_location, resolution] = sums.incident_steps.map(|seconds| Times::of(seconds, sums.opened));
        let named = |counts: BTreeMap<String, u64>| {
            let mut named: Vec<Named> = counts.into_iter().map(|(name, count)| Named { name, count }).collect();
            named.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.name.cmp(&b.name)));
            named
        };
        let blocks = |((_, verdict), count): (&(String, String), &u64)| match verdict.as_str() {
            "block" | "rollback" => *count,
            _ => 0,
        };
        #[expect(clippy::cast_precision_loss, reason = "rollouts of some years")]
        let finished_per_day = (self.entries > 0).then(|| hundredths(sums.finished as f64 / days));
        Metrics {
            schema: "kadian.metrics/v1",
            since: self.since,
            until: self.until,
            entries: self.entries,
            days: hundredths(days),
            rollouts: Rollouts {
                started: sums.started,
                finished: sums.finished,
                failed: sums.failed,
                rolled_back: sums.rolled_back,
                running: sums.started - settled,
                rollbacks: sums.rollbacks,
                change_failure_percent: percent(sums.failed, settled),
                rollback_percent: percent(sums.rolled_back, settled),
                finished_per_day,
            },
            detection,
            location,
            recovery,
            incidents: Incidents { opened: sums.opened, location: incident_location, resolution },
            lead_time: Times::of(sums.leads, sums.finished),
            changes_beside_the_gate: self.changes,
            gate: Gate {
                blocks: self.decisions.iter().map(blocks).sum(),
                decisions: self
                    .decisions
                    .into_iter()
                    .map(|((stage, verdict), count)| Decisions { stage, verdict, count })
                    .collect(),
                not_binding: self.not_binding,
                held: self.held.len() as u64,
                blocks_by_policy: named(self.policies),
                overrides: named(self.overrides),
                waived: self.waived,
                overridden_rollouts: sums.overridden,
                false_alarms: sums.overridden_finished,
                false_alarm_percent: percent(sums.overridden_finished, sums.overridden_finished + sums.overridden_failed),
            },
        }
    }

    /// The length of the time that is measured: what was asked for, else what the entries span; at least a day.
    fn days(&self) -> f64 {
        let (first, last) = self.span.unwrap_or_default();
        let (first, last) = (self.since.unwrap_or(first), self.until.unwrap_or(last));
        #[expect(clippy::cast_precision_loss, reason = "seconds of some years")]
        let days = (last.as_second() - first.as_second()) as f64 / 86_400.0;
        days.max(1.0)
    }
}

fn hundredths(number: f64) -> f64 {
    libm::round(number * 100.0) / 100.0
}
