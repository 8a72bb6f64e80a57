//! A ledger for tests: what happened, a minute at a time.

use jiff::{SignedDuration, Timestamp};

use super::{About, BreakerRules, LedgerState, Options, history};
use crate::facts::{
    Batch, BatchRecord, BatchState, DecisionRecord, Entry, History, OverrideRecord, Phase, Plan, PlanRecord, Record,
    RecoveryRecord, RecoveryState, RolloutType, SlotRecord, Span,
};

pub(super) fn options() -> Options {
    Options {
        abandoned_after: Span::of_hours(24),
        reserved_for: Span::of_hours(1),
        horizon: Span::of_days(90),
        limits: vec![],
        breaker: BreakerRules {
            failures: 3,
            within: Span::of_days(7),
            open_for: Span::of_hours(2),
            lanes: vec![RolloutType::Hotfix, RolloutType::Rollback],
        },
    }
}

/// So many minutes into the day.
pub(super) fn at(minute: i64) -> Timestamp {
    "2026-01-01T00:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_mins(minute)
}

/// A plan of two batches, each of which soaks for 30 minutes.
pub(super) fn plan(id: &str) -> Plan {
    let batch = |number, percent| Batch {
        number,
        region: Some("east".into()),
        percent: Some(percent),
        instances: None,
        soak_seconds: 1800,
        suites: vec![],
        gates: vec![],
    };
    Plan {
        id: id.into(),
        service: "pay".into(),
        kind: RolloutType::Daily,
        from: "1".into(),
        to: "2".into(),
        batches: vec![batch(1, 5.0), batch(2, 100.0)],
    }
}

#[derive(Debug, Default)]
pub(super) struct Ledger {
    pub(super) entries: Vec<Entry>,
}

impl Ledger {
    pub(super) fn add(&mut self, minute: i64, record: Record) -> &mut Self {
        let last = self.entries.last().map_or(Timestamp::MIN, |entry| entry.at);
        self.entries.push(Entry {
            seq: self.entries.len() as u64 + 1,
            at: at(minute).max(last),
            prev: String::new(),
            hash: String::new(),
            record,
        });
        self
    }

    pub(super) fn plan(&mut self, minute: i64, plan: &Plan) -> &mut Self {
        self.add(minute, Record::Plan(PlanRecord { plan: plan.clone(), digest: "d".into() }))
    }

    pub(super) fn batch(&mut self, minute: i64, plan: &str, batch: u64, state: BatchState) -> &mut Self {
        let record = BatchRecord {
            plan: plan.into(),
            service: "pay".into(),
            digest: "d".into(),
            batch,
            state,
            version: "2".into(),
            region: Some("east".into()),
        };
        self.add(minute, Record::Batch(record))
    }

    pub(super) fn out(&mut self, minute: i64, plan: &str, batch: u64) -> &mut Self {
        self.batch(minute, plan, batch, BatchState::Started).batch(minute, plan, batch, BatchState::Done)
    }

    pub(super) fn soak(&mut self, minute: i64, plan: &str, batch: u64, verdict: &str) -> &mut Self {
        self.decision(minute, plan, batch, Phase::Soak, verdict, "enforce")
    }

    pub(super) fn decision(&mut self, minute: i64, plan: &str, batch: u64, phase: Phase, verdict: &str, mode: &str) -> &mut Self {
        let record = DecisionRecord {
            id: format!("{plan}-{batch}-{minute}"),
            stage: "rollout".into(),
            verdict: verdict.into(),
            mode: mode.into(),
            service: Some("pay".into()),
            head: None,
            plan: Some(plan.into()),
            batch: Some(batch),
            phase: Some(phase),
            version: Some("2".into()),
            findings: vec![],
            waived: vec![],
            detected_at: None,
            rollback: None,
        };
        self.add(minute, Record::Decision(record))
    }

    pub(super) fn slot(&mut self, minute: i64, plan: &str, batch: u64) -> &mut Self {
        let record = SlotRecord {
            plan: plan.into(),
            batch,
            service: "pay".into(),
            region: Some("east".into()),
            operation: RolloutType::Daily,
        };
        self.add(minute, Record::Slot(record))
    }

    pub(super) fn recovery(&mut self, minute: i64, plan: &str, run: &str, step: Option<u64>, state: RecoveryState) -> &mut Self {
        let record = RecoveryRecord {
            run: run.into(),
            plan: plan.into(),
            service: "pay".into(),
            decision: None,
            step,
            name: None,
            state,
            detail: None,
            claim: None,
            happened_at: None,
        };
        self.add(minute, Record::Recovery(record))
    }

    pub(super) fn overridden(&mut self, minute: i64, plan: &str, subject: &str, by: &[&str], until: i64) -> &mut Self {
        let record = OverrideRecord {
            plan: plan.into(),
            service: "pay".into(),
            subject: subject.into(),
            reason: "the shop is down".into(),
            by: by.iter().map(|name| (*name).to_owned()).collect(),
            until: at(until),
        };
        self.add(minute, Record::Override(record))
    }

    /// A whole rollout that succeeds, in 100 minutes.
    pub(super) fn success(&mut self, minute: i64, id: &str) -> &mut Self {
        self.plan(minute, &plan(id)).out(minute, id, 1).soak(minute + 31, id, 1, "pass").out(minute + 40, id, 2).soak(
            minute + 80,
            id,
            2,
            "pass",
        )
    }

    /// A rollout whose first batch fails and is taken back, in 10 minutes.
    pub(super) fn failure(&mut self, minute: i64, id: &str) -> &mut Self {
        self.plan(minute, &plan(id)).batch(minute, id, 1, BatchState::Started).batch(minute + 5, id, 1, BatchState::Failed).batch(
            minute + 10,
            id,
            1,
            BatchState::RolledBack,
        )
    }

    /// The history as plan `id` sees it before batch 2.
    pub(super) fn seen_by(&self, id: &str, minute: i64) -> History {
        let plan = plan(id);
        let about = About { plan: &plan, digest: "d", phase: Phase::Before, batch: Some(2) };
        history(&self.entries, &LedgerState::default(), &about, &options(), at(minute))
    }
}
