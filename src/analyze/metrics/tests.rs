use std::collections::BTreeMap;

use jiff::SignedDuration;
use proptest::prelude::*;

use super::*;
use crate::facts::{
    Batch, BatchRecord, BatchState, ChangeRecord, DecisionRecord, Entry, IncidentRecord, IncidentState, OverrideRecord, Phase,
    Plan, PlanRecord, Record, RecoveryRecord, RecoveryState, RolloutType,
};

fn second(seconds: i64) -> Timestamp {
    let start: Timestamp = "2026-01-10T00:00:00Z".parse().unwrap();
    start + SignedDuration::from_secs(seconds)
}

fn collect_within(since: Option<i64>, until: Option<i64>, records: &[(i64, Record)]) -> Metrics {
    let mut collector = Collector::new(since.map(second), until.map(second));
    for (seq, (at, record)) in (1..).zip(records) {
        collector.take(&Entry { seq, at: second(*at), prev: String::new(), hash: String::new(), record: record.clone() });
    }
    collector.finish()
}

fn collect(records: &[(i64, Record)]) -> Metrics {
    collect_within(None, None, records)
}

fn plan_of(id: &str, kind: RolloutType, from: &str, to: &str, batches: u64) -> Record {
    let batch = |number| Batch {
        number,
        region: None,
        percent: None,
        instances: Some(number),
        soak_seconds: 60,
        suites: vec![],
        gates: vec![],
    };
    let plan = Plan {
        id: id.into(),
        service: "pay".into(),
        kind,
        from: from.into(),
        to: to.into(),
        batches: (1..=batches).map(batch).collect(),
    };
    Record::Plan(PlanRecord { plan, digest: "d".into() })
}

fn plan(id: &str, to: &str) -> Record {
    plan_of(id, RolloutType::Daily, "1", to, 2)
}

fn batch(id: &str, number: u64, state: BatchState) -> Record {
    let record = BatchRecord {
        plan: id.into(),
        service: "pay".into(),
        digest: "d".into(),
        batch: number,
        state,
        version: "2".into(),
        region: None,
    };
    Record::Batch(record)
}

fn soak(id: &str, number: u64, verdict: &str, findings: &[&str]) -> DecisionRecord {
    DecisionRecord {
        id: format!("{id}-{number}"),
        stage: "rollout".into(),
        verdict: verdict.into(),
        mode: "enforce".into(),
        service: Some("pay".into()),
        head: None,
        plan: Some(id.into()),
        batch: Some(number),
        phase: Some(Phase::Soak),
        version: Some("2".into()),
        findings: findings.iter().map(|id| (*id).to_owned()).collect(),
        waived: vec![],
        detected_at: None,
        rollback: None,
    }
}

fn recovery(id: &str, state: RecoveryState) -> Record {
    Record::Recovery(RecoveryRecord {
        run: "r".into(),
        plan: id.into(),
        service: "pay".into(),
        decision: None,
        step: None,
        name: None,
        state,
        detail: None,
        claim: None,
        happened_at: None,
    })
}

fn incident(id: &str, state: IncidentState, at: i64, cause: Option<&str>) -> Record {
    Record::Incident(IncidentRecord {
        id: id.into(),
        service: "pay".into(),
        state,
        happened_at: second(at),
        severity: None,
        title: None,
        cause: cause.map(Into::into),
    })
}

fn glass(id: &str) -> Record {
    Record::Override(OverrideRecord {
        plan: id.into(),
        service: "pay".into(),
        subject: "freeze:new-year".into(),
        reason: "r".into(),
        by: vec!["a".into(), "b".into()],
        until: second(1_000_000),
    })
}

/// Two batches, both out.
fn good(id: &str, start: i64) -> Vec<(i64, Record)> {
    vec![
        (start, plan(id, "2")),
        (start, batch(id, 1, BatchState::Started)),
        (start + 60, batch(id, 1, BatchState::Done)),
        (start + 600, batch(id, 2, BatchState::Started)),
        (start + 660, batch(id, 2, BatchState::Done)),
    ]
}

/// The second batch goes bad: seen after 40 seconds, said after 100, back after 400.
fn bad(id: &str, start: i64) -> Vec<(i64, Record)> {
    let mut records = good(id, start);
    let seen = DecisionRecord { detected_at: Some(second(start + 640)), ..soak(id, 2, "rollback", &["canary/regression"]) };
    records.push((start + 700, Record::Decision(seen)));
    records.push((start + 800, recovery(id, RecoveryState::Started)));
    records.push((start + 1000, recovery(id, RecoveryState::Done)));
    records
}

#[test]
fn an_empty_ledger_has_no_figures_and_no_nan() {
    let metrics = collect(&[]);
    assert_eq!((metrics.entries, metrics.rollouts.finished_per_day, metrics.rollouts.change_failure_percent), (0, None, None));
    assert_eq!((metrics.detection.p50_seconds, metrics.gate.false_alarm_percent), (None, None));
    assert!(!serde_json::to_string(&metrics).unwrap().contains("NaN"));
}

#[test]
fn a_rollout_that_failed_is_measured_from_the_batch_that_was_out() {
    let metrics = collect(&bad("a", 0));
    let rollouts = &metrics.rollouts;
    assert_eq!((rollouts.started, rollouts.failed, rollouts.rolled_back, rollouts.finished), (1, 1, 1, 0));
    assert_eq!((rollouts.change_failure_percent, rollouts.rollback_percent), (Some(100.0), Some(100.0)));
    let middle = [&metrics.detection, &metrics.location, &metrics.recovery].map(|times| times.p50_seconds);
    assert_eq!(middle, [Some(40), Some(100), Some(400)]);
    let within = (metrics.detection.within_1_minute, metrics.location.within_1_minute, metrics.recovery.within_10_minutes);
    assert_eq!(within, (1, 0, 1));
    assert_eq!(metrics.gate.blocks_by_policy, [Named { name: "canary/regression".into(), count: 1 }]);
}

#[test]
fn a_sound_rollout_is_finished_and_its_lead_time_starts_with_the_first_word_of_its_version() {
    let change = ChangeRecord {
        id: "c".into(),
        service: "pay".into(),
        kind: RolloutType::Daily,
        started_at: second(-3600),
        ended_at: None,
        title: None,
        version: Some("2".into()),
        region: None,
        author: None,
        url: None,
        touches: vec![],
        labels: BTreeMap::new(),
    };
    let mut records = vec![(-3600, Record::Change(change))];
    records.extend(good("a", 0));
    records.push((700, Record::Decision(soak("a", 2, "pass", &[]))));
    let metrics = collect(&records);
    assert_eq!((metrics.rollouts.finished, metrics.rollouts.change_failure_percent), (1, Some(0.0)));
    assert_eq!((metrics.lead_time.p50_seconds, metrics.lead_time.of, metrics.detection.of), (Some(4260), 1, 0));
    assert_eq!((metrics.rollouts.finished_per_day, metrics.changes_beside_the_gate), (Some(1.0), 1));
    // A merge counts through the release that names its commit.
    let stage = |stage: &str, version: Option<&str>| {
        let (stage, version, head) = (stage.into(), version.map(Into::into), Some("abc".into()));
        Record::Decision(DecisionRecord {
            stage,
            version,
            head,
            plan: None,
            batch: None,
            phase: None,
            ..soak("x", 1, "pass", &[])
        })
    };
    let mut records = vec![(-900, stage("merge", None)), (-100, stage("release", Some("2")))];
    records.extend(good("a", 0));
    assert_eq!(collect(&records).lead_time.p50_seconds, Some(1560));
}

#[test]
fn a_hold_and_what_does_not_bind_are_no_fault() {
    let mut records = good("a", 0);
    let shadow = DecisionRecord { mode: "shadow".into(), ..soak("a", 1, "rollback", &["slo/burn"]) };
    let before = DecisionRecord { phase: Some(Phase::Before), ..soak("a", 2, "block", &["rollout/freeze"]) };
    for decision in [shadow, before, soak("a", 1, "hold", &["canary/undecided"]), soak("a", 1, "hold", &["canary/undecided"])] {
        records.push((700, Record::Decision(decision)));
    }
    let metrics = collect(&records);
    assert_eq!((metrics.rollouts.failed, metrics.rollouts.finished), (0, 1));
    assert_eq!((metrics.gate.held, metrics.gate.blocks, metrics.gate.not_binding), (1, 1, 1));
    let holds = metrics.gate.decisions.iter().find(|decisions| decisions.verdict == "hold").map(|decisions| decisions.count);
    assert_eq!(holds, Some(2));
}

#[test]
fn an_incident_that_names_a_rollout_is_its_fault() {
    let mut records = good("a", 0);
    records.push((900, incident("i", IncidentState::Opened, 720, None)));
    records.push((950, incident("i", IncidentState::Located, 900, Some("a"))));
    records.push((1300, incident("i", IncidentState::Resolved, 1260, None)));
    records.push((1400, incident("other", IncidentState::Opened, 1400, None)));
    let metrics = collect(&records);
    assert_eq!((metrics.rollouts.failed, metrics.rollouts.rolled_back), (1, 0));
    let middle = [&metrics.detection, &metrics.location, &metrics.recovery].map(|times| times.p50_seconds);
    assert_eq!(middle, [Some(120), Some(300), Some(660)]);
    let incidents = &metrics.incidents;
    assert_eq!((incidents.opened, incidents.location.known, incidents.location.p50_seconds), (2, 1, Some(180)));
    assert_eq!((incidents.resolution.of, incidents.resolution.max_seconds), (2, Some(540)));
}

#[test]
fn a_rollout_that_goes_back_heals_the_other_and_is_none_itself() {
    let mut records = good("a", 0);
    records.extend([
        (1000, plan_of("back", RolloutType::Rollback, "2", "1", 1)),
        (1000, batch("back", 1, BatchState::Started)),
        (1100, batch("back", 1, BatchState::Done)),
    ]);
    let metrics = collect(&records);
    let rollouts = &metrics.rollouts;
    assert_eq!((rollouts.started, rollouts.failed, rollouts.rolled_back, rollouts.rollbacks), (1, 1, 1, 1));
    assert_eq!(metrics.recovery.p50_seconds, Some(500));
}

#[test]
fn what_is_never_located_or_recovered_counts_against_the_share() {
    let mut records = good("a", 0);
    records.push((700, Record::Decision(soak("a", 2, "block", &[]))));
    let metrics = collect(&records);
    assert_eq!((metrics.location.of, metrics.location.known, metrics.location.within_10_minutes), (1, 0, 0));
    assert_eq!((metrics.recovery.of, metrics.recovery.p50_seconds), (1, None));
    // A deployment that fails is seen and located by the pipeline itself.
    let failed =
        collect(&[(0, plan("a", "2")), (0, batch("a", 1, BatchState::Started)), (30, batch("a", 1, BatchState::Failed))]);
    assert_eq!((failed.detection.within_1_minute, failed.location.within_1_minute, failed.recovery.known), (1, 1, 0));
}

#[test]
fn an_exception_whose_rollout_went_well_was_a_false_alarm() {
    let mut records = good("a", 0);
    records.push((10, glass("a")));
    records.extend(bad("b", 5000));
    records.push((5010, glass("b")));
    let gate = collect(&records).gate;
    assert_eq!((gate.overridden_rollouts, gate.false_alarms, gate.false_alarm_percent), (2, 1, Some(50.0)));
    assert_eq!(gate.overrides, [Named { name: "freeze".into(), count: 2 }]);
}

#[test]
fn only_what_began_in_the_time_counts_and_its_end_may_lie_outside() {
    let mut records = good("early", 0);
    records.extend(bad("in", 10_000));
    let metrics = collect_within(Some(100), Some(10_650), &records);
    assert_eq!((metrics.rollouts.started, metrics.rollouts.failed, metrics.recovery.known), (1, 1, 1));
    let none = collect_within(Some(50_000), None, &records);
    assert_eq!((none.entries, none.rollouts.started), (0, 0));
    let running = collect(&good("a", 0)[..3]);
    assert_eq!((running.rollouts.running, running.rollouts.change_failure_percent), (1, None));
}

#[test]
fn letting_settled_rollouts_go_changes_no_figure() {
    let mut records = Vec::new();
    for number in 0..40 {
        let id = format!("p{number}");
        records.extend(if number % 3 == 0 { bad(&id, number * 500_000) } else { good(&id, number * 500_000) });
    }
    let whole = collect(&records);
    let mut collector = Collector::new(None, None);
    for (seq, (at, record)) in (1..).zip(records) {
        collector.take(&Entry { seq, at: second(at), prev: String::new(), hash: String::new(), record });
        collector.settle(second(at));
    }
    assert!(collector.rollouts.len() < 10);
    assert_eq!(collector.finish(), whole);
    assert_eq!((whole.rollouts.started, whole.rollouts.failed, whole.detection.of), (40, 14, 14));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_of_batches_gives_counts_that_agree(
        events in prop::collection::vec((0u64..4, 1u64..4, 0usize..5, -100i64..100_000), 0..60),
    ) {
        let states = [BatchState::Started, BatchState::Done, BatchState::Failed, BatchState::RolledBack];
        let mut records = Vec::new();
        for (plan_number, number, state, at) in events {
            let id = format!("p{plan_number}");
            let record = states.get(state).map_or_else(|| plan(&id, "2"), |state| batch(&id, number, *state));
            records.push((at, record));
        }
        let metrics = collect(&records);
        let rollouts = &metrics.rollouts;
        prop_assert_eq!(rollouts.started, rollouts.finished + rollouts.failed + rollouts.running);
        prop_assert!(rollouts.rolled_back <= rollouts.failed);
        for times in [&metrics.detection, &metrics.location, &metrics.recovery] {
            prop_assert!(times.known <= times.of && times.of == rollouts.failed);
            prop_assert!(times.within_1_minute <= times.within_5_minutes && times.within_10_minutes <= times.known);
            prop_assert!(times.p50_seconds <= times.p90_seconds && times.p90_seconds <= times.max_seconds);
        }
    }
}
