use super::*;
use crate::evidence::recovery;
use crate::facts::{
    Batch, BatchHistory, Breaker, BreakerState, Category, ChangeRecord, ChangeType, ChangedFile, Entry, FileStatus, Phase, Plan,
    Record, RecoveryState, RunningRecovery, RunningRollout, Size, Touches, TrustedVersion,
};

const RECOVERY: &str = "version: 1
approvers: {count: 1, people: [alice]}
save:
- {name: logs, command: [save-logs]}
steps:
- {name: region, each: region, command: [undo, \"{region}\"]}
- name: batch
  each: batch
  command: [undo, \"{batch}\"]
  preconditions:
  - http: {url: \"https://pay.example/version\"}
- {name: once, command: [undo]}
verify:
- command: [smoke, \"{service}\"]
reversible:
- {path: \"sql/add/**\", because: only adds columns}
";

fn rollout(kind: RolloutType) -> Rollout {
    let batch = |number, region: &str| Batch {
        number,
        region: Some(region.into()),
        percent: Some(50.0),
        instances: None,
        soak_seconds: 60,
        suites: vec![],
        gates: vec![],
    };
    let batches = vec![batch(1, "east"), batch(2, "west"), batch(3, "east"), batch(4, "west")];
    let plan = Plan { id: "pay-1.4.2-a".into(), service: "pay".into(), kind, from: "1.4.1".into(), to: "1.4.2".into(), batches };
    let judged = Some(plan.batches[2].clone());
    Rollout {
        plan,
        digest: "d".repeat(64),
        phase: Phase::Soak,
        batch: judged,
        previous: None,
        freezes: vec![],
        next_freeze: None,
    }
}

fn history(states: &[(u64, BatchState)]) -> History {
    let batch = |(number, state): &(u64, BatchState)| BatchHistory {
        number: *number,
        state: *state,
        started_at: Some("2026-11-22T10:00:00Z".parse().unwrap()),
        done_at: None,
        soaked_seconds: None,
        version: "1.4.2".into(),
        other_plan: false,
        soak_verdict: None,
        reserved: true,
        before_verdict: Some("pass".into()),
    };
    History {
        entries: 9,
        head: None,
        clock_behind_seconds: 0,
        plan_digest: None,
        batches: states.iter().map(batch).collect(),
        reserved: false,
        recorded_type: None,
        same_way: None,
        looks: 0,
        others: vec![],
        abandoned: vec![],
        replaced_by: None,
        flow: vec![],
        breaker: Breaker {
            state: BreakerState::Closed,
            failures: vec![],
            threshold: 3,
            opens_until: None,
            ready_in_seconds: None,
            trial: None,
        },
        overrides: vec![],
        trusted: Some(TrustedVersion {
            version: "1.4.1".into(),
            decision: "ab".repeat(32),
            stage: "rollout".into(),
            plan: Some("pay-1.4.1-a".into()),
            batch: Some(2),
            at: "2026-11-01T00:00:00Z".parse().unwrap(),
            finished: true,
        }),
        recovery: None,
    }
}

fn three() -> History {
    history(&[(1, BatchState::Done), (2, BatchState::Done), (3, BatchState::Done)])
}

fn change(files: &[(&str, Category)]) -> Change {
    let file = |(path, category): &(&str, Category)| ChangedFile {
        path: (*path).into(),
        old_path: None,
        status: FileStatus::Added,
        mode: None,
        old_mode: None,
        binary: false,
        submodule: false,
        additions: 1,
        deletions: 0,
        code_additions: 1,
        added: vec![],
        removed: vec![],
        category: *category,
        owners: vec![],
        old_owners: vec![],
    };
    Change {
        base: None,
        head: None,
        base_reason: String::new(),
        branch: None,
        pull_request: None,
        change_type: ChangeType::Daily,
        commits: vec![],
        merged: vec![],
        files: files.iter().map(file).collect(),
        size: Size::default(),
        touches: Touches { config: files.iter().any(|(_, category)| *category == Category::Config), ..Touches::default() },
        areas: vec![],
        owners: vec![],
        markers: vec![],
        dependencies: None,
        catalogue: None,
        gate_files: Vec::new(),
    }
}

/// The recommendation, with the recovery file above.
fn recommended(rollout: &Rollout, history: Option<&History>, change: Option<&Change>) -> Rollback {
    let recovery = recovery::read(RECOVERY.as_bytes()).unwrap();
    let reasons = [RollbackReason { id: "canary/availability".into(), message: "errors rose".into() }];
    let known = KnownRecovery { recovery: &recovery, path: ".kadian/recovery.yaml", digest: "e" };
    recommend(Basis { rollout, history, change, reasons: &reasons, recovery: Some(known), later: None })
}

fn ids(rollback: &Rollback) -> Vec<&str> {
    rollback.risks.iter().map(|risk| risk.id.as_str()).collect()
}

#[test]
fn what_is_out_is_taken_back_and_the_last_batch_first() {
    let states = [(1, BatchState::RolledBack), (2, BatchState::Done), (3, BatchState::Failed), (4, BatchState::Started)];
    let code = change(&[("src/a.rs", Category::Code)]);
    let rollback = recommended(&rollout(RolloutType::Daily), Some(&history(&states)), Some(&code));
    assert_eq!(rollback.action, RollbackAction::RollBack);
    assert_eq!((rollback.bad_version.as_str(), rollback.return_to.as_str()), ("1.4.2", "1.4.1"));
    let batches: Vec<_> = rollback.batches.iter().map(|it| (it.number, it.region.as_deref().unwrap(), it.state)).collect();
    assert_eq!(batches, [(4, "west", BatchState::Started), (3, "east", BatchState::Failed), (2, "west", BatchState::Done)]);
    let steps: Vec<_> = rollback.steps.iter().map(|it| (it.number, it.name.as_str(), it.batch, it.region.as_deref())).collect();
    assert_eq!(
        steps,
        [
            (1, "logs", None, None),
            (2, "region", None, Some("west")),
            (3, "region", None, Some("east")),
            (4, "batch", Some(4), Some("west")),
            (5, "batch", Some(3), Some("east")),
            (6, "batch", Some(2), Some("west")),
            (7, "once", None, None),
        ]
    );
    assert_eq!(ids(&rollback), ["running_batch"]);
    assert_eq!(rollback.command_line("0af3").as_deref(), Some("kadian rollback --decision 0af3"));
    assert_eq!(rollback.verify, ["`smoke pay` ends with 0"]);
    let states: Vec<_> = rollback.preconditions.iter().map(|it| it.state).collect();
    let mut wanted = vec![Checked::True; 5];
    wanted.extend([Checked::Unknown, Checked::Unknown]);
    assert_eq!(states, wanted, "approval and the step's own look are not known yet");
}

#[test]
fn schema_and_data_changes_are_fixed_forward() {
    let sql = change(&[("sql/drop.sql", Category::Sql), ("src/a.rs", Category::Code)]);
    let rollback = recommended(&rollout(RolloutType::Daily), Some(&three()), Some(&sql));
    assert_eq!(rollback.action, RollbackAction::ForwardFix);
    assert!(rollback.forward_fix.as_ref().unwrap().reason.contains("sql/drop.sql"));
    assert_eq!((rollback.steps.len(), rollback.command.clone(), rollback.command_line("x")), (0, None, None));
    assert!(rollback.preconditions.iter().any(|it| it.state == Checked::False));
    for kind in [RolloutType::Database, RolloutType::DataCorrection] {
        for change in [None, Some(change(&[]))] {
            let rollback = recommended(&rollout(kind), Some(&three()), change.as_ref());
            assert_eq!(rollback.action, RollbackAction::ForwardFix, "{kind:?}: the type alone says it");
        }
    }
}

#[test]
fn what_is_reversible_is_a_risk_and_no_reason_to_stay() {
    let files = [("sql/add/1.sql", Category::Sql), ("m/2_b.up.sql", Category::Sql), ("m/2_b.down.sql", Category::Sql)];
    for kind in [RolloutType::Daily, RolloutType::Database] {
        let rollback = recommended(&rollout(kind), Some(&three()), Some(&change(&files)));
        assert_eq!(rollback.action, RollbackAction::RollBack, "{kind:?}");
        assert_eq!(ids(&rollback), ["schema_change", "schema_change"]);
        assert!(rollback.risks[1].message.contains("m/2_b.down.sql takes it back"), "{:?}", rollback.risks);
    }
    let one_more = [files[0], files[1], files[2], ("sql/x.sql", Category::Sql)];
    let rollback = recommended(&rollout(RolloutType::Daily), Some(&three()), Some(&change(&one_more)));
    assert_eq!(rollback.action, RollbackAction::ForwardFix);
    assert_eq!(rollback.obstacles.iter().filter(|it| it.reversible.is_none()).count(), 1);
}

#[test]
fn a_rollback_that_goes_wrong_is_never_taken_back_to_the_bad_version() {
    let rollback = recommended(&rollout(RolloutType::Rollback), Some(&three()), Some(&change(&[])));
    assert_eq!((rollback.action, rollback.command), (RollbackAction::ForwardFix, None));
}

#[test]
fn what_nobody_knows_is_named() {
    let rollback = recommended(&rollout(RolloutType::Daily), None, None);
    assert_eq!(rollback.action, RollbackAction::RollBack);
    assert_eq!(ids(&rollback), ["untrusted_version", "unknown_change", "unknown_history"]);
    assert!(rollback.batches.is_empty() && rollback.steps.is_empty() && rollback.command.is_none());
    let unknown = rollback.preconditions.iter().filter(|it| it.state == Checked::Unknown).count();
    assert_eq!(unknown, 5, "{:?}", rollback.preconditions);

    let nothing = history(&[]);
    let rollback = recommended(&rollout(RolloutType::Daily), Some(&nothing), Some(&change(&[])));
    assert_eq!((ids(&rollback), rollback.command.is_none()), (vec!["nothing_started"], true));
}

#[test]
fn a_version_is_trusted_for_its_own_decision_only() {
    let mut other = three();
    other.trusted.as_mut().unwrap().version = "1.4.0".into();
    let rollback = recommended(&rollout(RolloutType::Daily), Some(&other), Some(&change(&[])));
    assert_eq!((rollback.trusted.is_none(), ids(&rollback)), (true, vec!["untrusted_version"]));
    assert_eq!(rollback.preconditions[0].state, Checked::False);
    let mut unfinished = three();
    unfinished.trusted.as_mut().unwrap().finished = false;
    let rollback = recommended(&rollout(RolloutType::Daily), Some(&unfinished), Some(&change(&[])));
    assert_eq!(ids(&rollback), ["unfinished_version"]);
}

#[test]
fn everything_that_happened_meanwhile_is_a_risk() {
    let mut busy = three();
    busy.others = (0..5)
        .map(|n| RunningRollout {
            plan: format!("p{n}"),
            kind: Some(RolloutType::Daily),
            batch: 1,
            state: Some(BatchState::Done),
            since: "2026-11-22T10:00:00Z".parse().unwrap(),
            earlier: true,
            silent_until: "2026-11-23T10:00:00Z".parse().unwrap(),
            recovery: None,
        })
        .collect();
    busy.batches[0].other_plan = true;
    busy.recovery =
        Some(RunningRecovery { run: "r".into(), state: RecoveryState::Started, since: "2026-11-22T11:00:00Z".parse().unwrap() });
    let config = change(&[("deploy/a.yaml", Category::Config)]);
    let rollback = recommended(&rollout(RolloutType::Daily), Some(&busy), Some(&config));
    assert_eq!(
        ids(&rollback),
        ["configuration", "changed_plan", "other_rollout", "other_rollout", "other_rollout", "other_rollout"]
    );
    assert_eq!(rollback.risks[5].message, "and 2 more other rollouts under way");
    assert_eq!(rollback.preconditions[2].state, Checked::False, "a recovery is under way");
}

#[test]
fn without_a_recovery_file_there_is_advice_and_no_command() {
    let (rollout, history, change) = (rollout(RolloutType::Daily), three(), change(&[]));
    let basis =
        Basis { rollout: &rollout, history: Some(&history), change: Some(&change), reasons: &[], recovery: None, later: None };
    let rollback = recommend(basis);
    assert_eq!((rollback.action, rollback.batches.len(), rollback.command), (RollbackAction::RollBack, 3, None));
    assert!(rollback.preconditions.iter().any(|it| it.state == Checked::False && it.what.contains("steps back")));
    assert!(rollback.verify[0].contains("1.4.1"));
}

#[test]
fn later_changes_of_the_service_and_its_dependencies_are_found() {
    let at = |minute: u64| format!("2026-11-22T10:{minute:02}:00Z").parse::<jiff::Timestamp>().unwrap();
    let entry = |seq: u64, record| Entry { seq, at: at(seq), prev: String::new(), hash: String::new(), record };
    let batch = |plan: &str, service: &str| {
        Record::Batch(crate::facts::BatchRecord {
            plan: plan.into(),
            service: service.into(),
            digest: String::new(),
            batch: 1,
            state: BatchState::Started,
            version: "2".into(),
            region: None,
        })
    };
    let change = |id: &str, service: &str, minute| {
        Record::Change(ChangeRecord {
            id: id.into(),
            service: service.into(),
            kind: RolloutType::Config,
            started_at: at(minute),
            ended_at: None,
            title: None,
            version: None,
            region: None,
            author: None,
            url: None,
            touches: vec![],
            labels: std::collections::BTreeMap::new(),
        })
    };
    let entries = [
        entry(1, change("before", "pay", 1)),
        entry(2, batch("mine", "pay")),
        entry(3, batch("db-2", "db")),
        entry(4, batch("db-2", "db")),
        entry(5, change("late record of an early change", "pay", 1)),
        entry(6, change("c1", "pay", 6)),
        entry(7, change("c2", "mail", 7)),
    ];
    let found = later_changes(&entries, "mine", &["pay", "db"]);
    let ids: Vec<_> = found.iter().map(|it| (it.id.as_str(), it.at == at(3) || it.at == at(6))).collect();
    assert_eq!(ids, [("db-2", true), ("c1", true)]);
    assert!(later_changes(&entries, "never", &["pay"]).is_empty());
}

#[test]
fn the_recommendation_is_read_back_as_it_was_written() {
    let rollback = recommended(&rollout(RolloutType::Daily), Some(&three()), Some(&change(&[])));
    let json = serde_json::to_value(&rollback).unwrap();
    assert_eq!(json["schema"], "kadian.rollback/v1");
    assert_eq!(json["command"], serde_json::json!(["kadian", "rollback", "--decision", "ID"]));
    assert_eq!(serde_json::from_value::<Rollback>(json).unwrap(), rollback);
}
