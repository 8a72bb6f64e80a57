use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::*;
use crate::evidence::catalogue;
use crate::facts::{
    Batch, BatchRecord, BatchState, Catalogue, ChangeRecord, DecisionRecord, IncidentRecord, IncidentState, OverrideRecord,
    Phase, Plan, PlanRecord, Record, RecoveryRecord, RecoveryState,
};

/// Minutes from the alert.
pub(super) fn minute(minutes: i64) -> Timestamp {
    let alert: Timestamp = "2026-01-10T12:00:00Z".parse().unwrap();
    alert + SignedDuration::from_mins(minutes)
}

pub(super) fn alert(service: &str, labels: &[(&str, &str)]) -> Alert {
    Alert {
        names: vec!["Errors".into()],
        service: Some(service.into()),
        at: minute(0),
        labels: labels.iter().map(|(label, value)| ((*label).into(), (*value).into())).collect(),
        summary: None,
    }
}

pub(super) fn change(id: &str, service: &str, at: i64) -> ChangeRecord {
    ChangeRecord {
        id: id.into(),
        service: service.into(),
        kind: RolloutType::Daily,
        started_at: minute(at),
        ended_at: None,
        title: None,
        version: None,
        region: None,
        author: None,
        url: None,
        touches: vec![],
        labels: BTreeMap::new(),
    }
}

/// Entries in the order of their times, as a ledger numbers them.
pub(super) fn entries(mut records: Vec<(i64, Record)>) -> Vec<Entry> {
    records.sort_by_key(|(at, _)| *at);
    let entry = |(seq, (at, record))| Entry { seq, at: minute(at), prev: String::new(), hash: String::new(), record };
    (1..).zip(records).map(entry).collect()
}

fn plan(id: &str, service: &str, from: &str, to: &str) -> Record {
    let batch = |number, region: &str, percent| Batch {
        number,
        region: Some(region.into()),
        percent: Some(percent),
        instances: None,
        soak_seconds: 600,
        suites: vec![],
        gates: vec![],
    };
    let batches = vec![batch(1, "east", 5.0), batch(2, "east", 100.0), batch(3, "west", 100.0)];
    let (id, service, from, to) = (id.into(), service.into(), from.into(), to.into());
    Record::Plan(PlanRecord { plan: Plan { id, service, kind: RolloutType::Daily, from, to, batches }, digest: "d".into() })
}

fn batch(id: &str, service: &str, number: u64, region: &str, state: BatchState) -> Record {
    Record::Batch(BatchRecord {
        plan: id.into(),
        service: service.into(),
        digest: "d".into(),
        batch: number,
        state,
        version: "1.4.2".into(),
        region: Some(region.into()),
    })
}

fn decision(id: &str, number: u64, phase: Phase, verdict: &str, findings: &[&str]) -> Record {
    Record::Decision(DecisionRecord {
        id: "x".into(),
        stage: "rollout".into(),
        verdict: verdict.into(),
        mode: "enforce".into(),
        service: Some("pay".into()),
        head: None,
        plan: Some(id.into()),
        batch: Some(number),
        phase: Some(phase),
        version: None,
        findings: findings.iter().map(|id| (*id).to_owned()).collect(),
        waived: vec![],
        detected_at: None,
        rollback: None,
    })
}

/// A rollout of pay: batch 1 an hour before the alert, batch 2 three minutes before it.
fn rollout(id: &str) -> Vec<(i64, Record)> {
    vec![
        (-70, plan(id, "pay", "1.4.1", "1.4.2")),
        (-60, batch(id, "pay", 1, "east", BatchState::Started)),
        (-55, batch(id, "pay", 1, "east", BatchState::Done)),
        (-3, batch(id, "pay", 2, "east", BatchState::Started)),
    ]
}

fn shop() -> Catalogue {
    let text = "version: 1\nservices:\n- name: checkout\n  dependencies: [{name: pay, strength: strong}]\n- name: pay\n";
    catalogue::read(text.as_bytes()).unwrap()
}

fn ranked(alert: &Alert, records: Vec<(i64, Record)>) -> Ranking {
    let reach = Reach::around(alert.service.as_deref(), Some(&shop()));
    rank(alert, &entries(records), &reach, &Options::default())
}

fn ids(ranking: &Ranking) -> Vec<&str> {
    ranking.suspects.iter().map(|suspect| suspect.id.as_str()).collect()
}

fn reasons(suspect: &Suspect) -> String {
    suspect.parts.iter().map(|part| part.reason.as_str()).collect::<Vec<_>>().join("\n")
}

fn of_change(change: ChangeRecord) -> (i64, Record) {
    (0, Record::Change(change))
}

#[test]
fn a_rollout_is_one_suspect_whose_reasons_a_person_can_act_on() {
    let mut records = rollout("pay-a");
    records.push((-4, decision("pay-a", 1, Phase::Soak, "hold", &["canary/regression"])));
    records.push((
        -3,
        of_change(ChangeRecord { version: Some("1.4.2".into()), author: Some("ann".into()), ..change("run-7", "pay", -60) }).1,
    ));
    let ranking = ranked(&alert("checkout", &[("region", "east")]), records);
    assert_eq!(ids(&ranking), ["pay-a"]);
    let suspect = &ranking.suspects[0];
    assert_eq!((suspect.batch, suspect.region.as_deref(), suspect.at), (Some(2), Some("east"), minute(-3)));
    assert_eq!((suspect.from.as_deref(), suspect.version.as_deref()), (Some("1.4.1"), Some("1.4.2")));
    assert_eq!((suspect.author.as_deref(), suspect.gated, suspect.relation), (Some("ann"), true, Relation::Dependency));
    let said = reasons(suspect);
    for reason in [
        "its batch 2 in east began 3 min before the alert",
        "same region: east",
        "strong dependency: checkout → pay",
        "its soak decision held (canary/regression)",
        "the batch is large: 95 percent at once",
    ] {
        assert!(said.contains(reason), "{reason}: {said}");
    }
    assert_eq!(suspect.score, START + suspect.parts.iter().map(|part| part.points).sum::<i32>());
    assert!(said.starts_with("its batch 2"));
}

#[test]
fn what_began_after_the_alert_is_impossible_but_clocks_differ() {
    let at = |id: &str, minutes| of_change(change(id, "pay", minutes));
    let ranking = ranked(&alert("pay", &[]), vec![at("before", -2), at("just-after", 1), at("after", 3)]);
    assert_eq!(ids(&ranking), ["before", "just-after"]);
    assert_eq!((ranking.after, ranking.compared), (1, 2));
    assert!(reasons(&ranking.suspects[1]).contains("it began 60 s after the alert, within what clocks may differ"));
}

#[test]
fn a_nearer_time_and_the_own_service_come_first() {
    let at = |id: &str, service: &str, minutes| of_change(change(id, service, minutes));
    let records = vec![at("old", "pay", -600), at("new", "pay", -5), at("day", "pay", -1500), at("other", "stock", -1)];
    assert_eq!(ids(&ranked(&alert("pay", &[]), records)), ["new", "old"]);
    // A dependency's change is only a little less probable, a caller's much.
    let records = || vec![at("callee", "pay", -5), at("own", "checkout", -5)];
    assert_eq!(ids(&ranked(&alert("checkout", &[]), records())), ["own", "callee"]);
    let up = ranked(&alert("pay", &[]), records());
    assert_eq!(ids(&up), ["callee", "own"]);
    assert_eq!(up.suspects[1].relation, Relation::Caller);
    assert!(up.suspects[0].score - up.suspects[1].score >= 10);
}

#[test]
fn region_and_version_speak_for_and_against() {
    let here = |id: &str, region: &str, version: &str| {
        let (region, version) = (Some(region.to_owned()), Some(version.to_owned()));
        of_change(ChangeRecord { version, region, ..change(id, "pay", -10) })
    };
    let records = vec![here("here", "east", "2"), here("there", "west", "3"), of_change(change("anywhere", "pay", -10))];
    let ranking = ranked(&alert("pay", &[("region", "east"), ("version", "2")]), records);
    assert_eq!(ids(&ranking), ["here", "anywhere", "there"]);
    assert!(reasons(&ranking.suspects[0]).contains("the alert is about version 2, which it brings"));
    assert!(reasons(&ranking.suspects[2]).contains("it was in west, the alert is in east"));
    // The old version of a running rollout alerts: that speaks against the rollout.
    let ranking = ranked(&alert("pay", &[("version", "1.4.1")]), rollout("a"));
    assert!(reasons(&ranking.suspects[0]).contains("version 1.4.1, which it replaces"));
}

#[test]
fn what_it_touches_is_looked_for_in_the_alert_even_without_a_path() {
    let correction = |id: &str, service: &str, touches: &[&str]| {
        let touches = touches.iter().map(|thing| (*thing).to_owned()).collect();
        of_change(ChangeRecord { kind: RolloutType::DataCorrection, touches, ..change(id, service, -30) })
    };
    let records = vec![correction("named", "batch-jobs", &["orders"]), correction("not", "batch-jobs", &["users"])];
    let mut locked = alert("pay", &[]);
    locked.summary = Some("queries on orders wait".into());
    let ranking = ranked(&locked, records);
    assert_eq!(ids(&ranking), ["named"]);
    assert_eq!(ranking.suspects[0].relation, Relation::Stranger);
    let said = reasons(&ranking.suspects[0]);
    assert!(said.contains("it touches orders, which the alert names") && said.contains("no path of the catalogue"), "{said}");
    let ranking = ranked(&alert("pay", &[("api", "/refund")]), vec![correction("pay", "pay", &["/charge"])]);
    assert!(reasons(&ranking.suspects[0]).contains("about the api /refund, which is not among what it touches"));
}

#[test]
fn a_change_that_runs_counts_and_one_that_is_over_fades() {
    let long = |id: &str, end: Option<i64>| {
        of_change(ChangeRecord { ended_at: end.map(minute), kind: RolloutType::Config, ..change(id, "pay", -400) })
    };
    let ranking = ranked(&alert("pay", &[]), vec![long("over", Some(-390)), long("runs", Some(30))]);
    assert_eq!(ids(&ranking), ["runs", "over"]);
    assert!(reasons(&ranking.suspects[0]).contains("was still running"));
    let correction = ChangeRecord { kind: RolloutType::DataCorrection, ..change("c", "pay", -1200) };
    let ranking = ranked(&alert("pay", &[]), vec![of_change(correction)]);
    assert!(reasons(&ranking.suspects[0]).contains("no end of it is recorded"));
}

#[test]
fn what_was_rolled_back_is_explained_and_late_alerts_are_allowed_for() {
    let with = |back: i64| {
        let mut records = rollout("a");
        records.extend([
            (back, batch("a", "pay", 1, "east", BatchState::RolledBack)),
            (back, batch("a", "pay", 2, "east", BatchState::RolledBack)),
        ]);
        let shifted = Alert { at: minute(30), ..alert("pay", &[]) };
        ranked(&shifted, records).suspects.remove(0)
    };
    let (long_ago, just_now, later) = (with(0), with(25), with(40));
    assert!(reasons(&long_ago).contains("rolled back at 2026-01-10T12:00:00Z, 30 min before the alert: unlikely"));
    assert!(reasons(&just_now).contains("rolled back only 5 min before the alert: the alert may be late"));
    assert!(reasons(&later).contains("rolled back at 2026-01-10T12:40:00Z, 10 min after the alert"));
    assert!(long_ago.score < just_now.score && just_now.score < later.score);
    assert_eq!(long_ago.likelihood, Likelihood::Unlikely);
    // A recovery that was carried through says the same as its batches would.
    let mut records = rollout("a");
    let run = |state| RecoveryRecord {
        run: "r".into(),
        plan: "a".into(),
        service: "pay".into(),
        decision: None,
        step: None,
        name: None,
        state,
        detail: None,
        claim: None,
        happened_at: None,
    };
    records.extend([(-2, Record::Recovery(run(RecoveryState::Started))), (-1, Record::Recovery(run(RecoveryState::Done)))]);
    assert!(reasons(&ranked(&alert("pay", &[]), records).suspects[0]).contains("rolled back only 60 s before the alert"));
}

#[test]
fn earlier_verdicts_and_exceptions_count() {
    let score = |extra: Vec<(i64, Record)>| {
        let mut records = rollout("a");
        records.extend(extra);
        ranked(&alert("pay", &[]), records).suspects.remove(0)
    };
    let soak = |verdict, findings: &[&str]| score(vec![(-4, decision("a", 1, Phase::Soak, verdict, findings))]);
    let order = [
        soak("pass", &[]),
        score(vec![]),
        soak("hold", &["canary/regression"]),
        soak("block", &["slo/burn"]),
        soak("rollback", &["slo/burn"]),
    ];
    assert!(order.windows(2).all(|pair| pair[0].score < pair[1].score));
    // A pause that is not over is no fault.
    assert_eq!(soak("hold", &["rollout/soaked", "canary/undecided"]).score, order[1].score);
    let glass = OverrideRecord {
        plan: "a".into(),
        service: "pay".into(),
        subject: "freeze:new-year".into(),
        reason: "r".into(),
        by: vec!["ann".into(), "ben".into()],
        until: minute(60),
    };
    let broken = score(vec![(-5, Record::Override(glass)), (-4, decision("a", 2, Phase::Before, "block", &["rollout/freeze"]))]);
    let said = reasons(&broken);
    assert!(said.contains("freeze:new-year was overridden for it"), "{said}");
    assert!(said.contains("batch 2 began although its decision was block (rollout/freeze)"), "{said}");
    // The same version again, after it was taken back once.
    let mut records = vec![
        (-500, batch("first", "pay", 1, "east", BatchState::Started)),
        (-490, batch("first", "pay", 1, "east", BatchState::RolledBack)),
    ];
    records.extend(rollout("again"));
    let again = ranked(&alert("pay", &[]), records);
    assert_eq!(ids(&again), ["again", "first"]);
    assert!(reasons(&again.suspects[0]).contains("version 1.4.2 was rolled back before, at 2026-01-10T03:50:00Z (first)"));
}

#[test]
fn an_incident_that_names_its_cause_outweighs_the_rest() {
    let incident = IncidentRecord {
        id: "INC-1".into(),
        service: "pay".into(),
        state: IncidentState::Located,
        happened_at: minute(9),
        severity: None,
        title: None,
        cause: Some("far".into()),
    };
    let records =
        vec![of_change(change("near", "pay", -2)), of_change(change("far", "pay", -120)), (9, Record::Incident(incident))];
    let ranking = ranked(&alert("pay", &[]), records);
    assert_eq!(ids(&ranking), ["far", "near"]);
    assert!(reasons(&ranking.suspects[0]).contains("the incident INC-1 names it as the cause"));
}

#[test]
fn without_a_change_it_says_so() {
    let none = |ranking: Ranking| ranking.none.unwrap();
    assert_eq!(
        none(ranked(&alert("checkout", &[]), vec![])),
        "no recorded change: the ledger knows none of checkout and one service around it in the 24 h before the alert"
    );
    let after = none(ranked(&alert("pay", &[]), vec![of_change(change("late", "pay", 30))]));
    assert!(after.ends_with("; 1 began after it"), "{after}");
    // A plan that was judged and never started changed nothing.
    assert!(ranked(&alert("pay", &[]), vec![(-5, plan("p", "pay", "1", "2"))]).none.is_some());
    let nowhere = rank(&Alert { service: None, ..alert("x", &[]) }, &[], &Reach::around(None, None), &Options::default());
    assert!(nowhere.none.unwrap().contains("none of any service") && nowhere.not_considered.len() == 1);
}

#[test]
fn an_alert_without_a_service_looks_at_all_of_them() {
    let records = vec![
        of_change(change("a", "one", -5)),
        of_change(ChangeRecord { region: Some("east".into()), ..change("b", "two", -5) }),
    ];
    let somewhere = Alert { service: None, ..alert("", &[("region", "east")]) };
    let ranking = rank(&somewhere, &entries(records), &Reach::around(None, None), &Options::default());
    assert_eq!(ids(&ranking), ["b", "a"]);
    assert!(ranking.suspects.iter().all(|suspect| suspect.parts.iter().all(|part| part.factor != Factor::Dependency)));
}

#[test]
fn records_of_one_change_are_one_and_ties_are_settled() {
    let ended = ChangeRecord { ended_at: Some(minute(-10)), ..change("c", "pay", -20) };
    let ranking = ranked(&alert("pay", &[]), vec![of_change(change("c", "pay", -20)), of_change(ended)]);
    assert_eq!((ids(&ranking), ranking.suspects[0].at), (vec!["c"], minute(-10)));
    let same = |id: &str| of_change(change(id, "pay", -20));
    assert_eq!(ids(&ranked(&alert("pay", &[]), vec![same("b"), same("a"), same("c")])), ["a", "b", "c"]);
    // One limit, and the count of all.
    let reach = Reach::around(Some("pay"), None);
    let cut = rank(&alert("pay", &[]), &entries(vec![same("a"), same("b")]), &reach, &Options { limit: 1, ..Options::default() });
    assert_eq!((cut.suspects.len(), cut.compared), (1, 2));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_entries_changes_nothing_and_no_suspect_began_after_the_alert(
        times in prop::collection::vec((-2000i64..100, 0usize..4, any::<bool>()), 0..40),
        seed in any::<u64>(),
    ) {
        let services = ["pay", "checkout", "stock", "shop"];
        let records: Vec<(i64, Record)> = times.iter().enumerate().map(|(at, (minutes, service, ended))| {
            let end = ended.then(|| minute(minutes + 15));
            of_change(ChangeRecord { ended_at: end, ..change(&format!("c{at}"), services[*service], *minutes) })
        }).collect();
        let mut shuffled = entries(records);
        let reach = Reach::around(Some("checkout"), Some(&shop()));
        let first = rank(&alert("checkout", &[]), &shuffled, &reach, &Options::default());
        let mut state = seed | 1;
        shuffled.sort_by_cached_key(|entry| { state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(entry.seq); state });
        prop_assert_eq!(&first, &rank(&alert("checkout", &[]), &shuffled, &reach, &Options::default()));
        prop_assert!(first.suspects.iter().all(|suspect| suspect.at <= minute(2)));
        prop_assert!(first.suspects.windows(2).all(|pair| pair[0].score >= pair[1].score));
    }
}
