//! What becomes of a run.

use super::*;

/// A folder with a ledger, in which recoveries really run.
struct Stage {
    folder: tempfile::TempDir,
    said: Vec<String>,
}

impl Stage {
    fn new() -> Stage {
        let folder = tempfile::tempdir().expect("a folder");
        let stage = Stage { folder, said: Vec::new() };
        let batch = |batch| {
            Record::Batch(BatchRecord {
                plan: "pay-1.4.2-a".into(),
                service: "pay".into(),
                digest: "d".repeat(64),
                batch,
                state: BatchState::Done,
                version: "1.4.2".into(),
                region: None,
            })
        };
        stage.ledger().append(clock::now(), vec![batch(1), batch(2)]).expect("recorded");
        stage
    }

    fn root(&self) -> &Path {
        self.folder.path()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root().join(name)
    }

    fn address() -> Address {
        Address::parse("sqlite:ledger.db").expect("an address")
    }

    fn ledger(&self) -> Ledger {
        Ledger::open(&Stage::address(), self.root()).expect("a ledger")
    }

    fn run(&mut self, plan: &Plan) -> crate::error::Result<Outcome> {
        self.run_with(plan, &[], &[], false)
    }

    fn run_with(&mut self, plan: &Plan, retry: &[u64], skip: &[u64], take_over: bool) -> crate::error::Result<Outcome> {
        let root = self.folder.path();
        let by = ["alice".to_owned()];
        let order = Order { root, ledger: &Stage::address(), ledger_root: root, now: None, by: &by, retry, skip, take_over };
        run(plan, order, &mut |line| self.said.push(line.to_owned()))
    }

    /// The states of a step, or of the run as a whole, as the ledger knows them.
    fn states(&self, step: Option<u64>) -> Vec<RecoveryState> {
        let entries = self.ledger().select(&Filter::default()).expect("readable");
        let of_step = |record: Record| match record {
            Record::Recovery(record) if record.step == step => Some(record.state),
            _ => None,
        };
        entries.into_iter().filter_map(|entry| of_step(entry.record)).collect()
    }

    fn taken_back(&self) -> usize {
        let entries = self.ledger().select(&Filter::default()).expect("readable");
        entries
            .iter()
            .filter(|entry| matches!(&entry.record, Record::Batch(batch) if batch.state == BatchState::RolledBack))
            .count()
    }

    /// What the steps wrote into a file, line by line.
    #[expect(clippy::disallowed_methods, reason = "a test looks at what its steps did")]
    fn lines(&self, name: &str) -> Vec<String> {
        std::fs::read_to_string(self.path(name)).unwrap_or_default().lines().map(str::to_owned).collect()
    }

    #[expect(clippy::disallowed_methods, reason = "a test makes what its steps look for")]
    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("written");
    }

    /// As if a kadian had died in the middle of a step: its records are there, and nothing of what came of it.
    fn begun(&self, plan: &Plan, step: u64, holder: &str, until: &str) {
        let record = |step, state| {
            Record::Recovery(RecoveryRecord {
                run: plan.run.clone(),
                plan: "pay-1.4.2-a".into(),
                service: "pay".into(),
                decision: Some(DECISION.into()),
                step,
                name: None,
                state,
                detail: None,
                claim: Some(RecoveryClaim { holder: holder.into(), until: until.parse().unwrap(), by: vec![] }),
                happened_at: None,
            })
        };
        let records = vec![record(None, RecoveryState::Started), record(Some(step), RecoveryState::Started)];
        self.ledger().append(clock::now(), records).expect("recorded");
    }
}

const LONG_AGO: &str = "2020-01-01T00:00:00Z";
const FOR_EVER: &str = "2100-01-01T00:00:00Z";

use RecoveryState::{Done, Failed, Skipped, Started};

fn stopped(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::Stopped(reason) => reason,
        other => panic!("not stopped: {other:?}"),
    }
}

#[test]
fn a_recovery_runs_in_order_and_is_recorded_and_not_run_again() {
    let mut stage = Stage::new();
    let plan = planned(
        "- {name: a, each: batch, command: [sh, -c, \"echo a{batch} >> log\"]}\n- {name: b, command: [sh, -c, \"echo b >> log\"]}",
    );
    assert_eq!(stage.run(&plan).unwrap(), Outcome::Recovered);
    assert_eq!(stage.lines("log"), ["a2", "a1", "b"]);
    for step in 1..=3 {
        assert_eq!(stage.states(Some(step)), [Started, Done]);
    }
    assert_eq!((stage.states(None), stage.taken_back()), (vec![Started, Done], 2));
    assert_eq!(stage.run(&plan).unwrap(), Outcome::Recovered, "it was, and is");
    assert_eq!((stage.lines("log").len(), stage.states(None), stage.taken_back()), (3, vec![Started, Done], 2));
    let other = self::plan(
        &recovery::read(b"version: 1\nsteps: [{name: a, command: [touch, twice]}]\nverify: [{command: [\"true\"]}]").unwrap(),
        &rollback(),
        &DECISION.replace('3', "4"),
    )
    .unwrap();
    assert!(stage.run(&other).unwrap_err().message().contains("taken back already"));
    assert!(!stage.path("twice").exists());
}

#[test]
fn a_failed_step_stops_and_a_person_says_how_it_goes_on() {
    let mut stage = Stage::new();
    let plan = planned(
        "- {name: a, command: [sh, -c, \"echo a >> log\"]}
- {name: b, command: [sh, -c, \"echo b >> log; test -e repaired\"]}
- {name: c, command: [sh, -c, \"echo c >> log\"]}",
    );
    let outcome = stage.run(&plan).unwrap();
    assert!(stopped(&outcome).contains("step 2, step b: sh ended with 1"), "{outcome:?}");
    let outcome = stage.run(&plan).unwrap();
    assert!(stopped(&outcome).contains("--retry-step 2"), "{outcome:?}");
    assert_eq!(stage.lines("log"), ["a", "b"], "nothing ran twice by itself");
    for (retry, skip, wanted) in
        [(vec![1], vec![], "is done"), (vec![3], vec![], "has not run yet"), (vec![], vec![9], "steps 1 to 3")]
    {
        let error = stage.run_with(&plan, &retry, &skip, false).unwrap_err();
        assert!(error.message().contains(wanted), "{error}");
    }
    stage.write("repaired", "");
    assert_eq!(stage.run_with(&plan, &[2], &[], false).unwrap(), Outcome::Recovered);
    assert_eq!(stage.lines("log"), ["a", "b", "b", "c"]);
    assert_eq!(stage.states(Some(2)), [Started, Failed, Started, Done]);
    assert_eq!(stage.states(None), [Started, Failed, Started, Failed, Started, Started, Started, Started, Done]);
}

#[test]
fn a_step_is_skipped_by_a_word_and_what_may_fail_stops_nothing() {
    let mut stage = Stage::new();
    let plan = planned(
        "- {name: a, on_failure: continue, command: [\"false\"]}\n- {name: b, command: [\"false\"]}\n- {name: c, command: [\"true\"]}",
    );
    assert!(stopped(&stage.run(&plan).unwrap()).contains("step 2"));
    assert_eq!(stage.run_with(&plan, &[], &[2], false).unwrap(), Outcome::Recovered);
    assert_eq!(stage.states(Some(1)), [Started, Failed], "it may fail, and is not tried again");
    assert_eq!(stage.states(Some(2)), [Started, Failed, Skipped]);
}

#[test]
fn preconditions_keep_a_step_from_running_and_tell_when_it_is_not_needed() {
    let mut stage = Stage::new();
    let plan = planned(
        "- name: a\n  command: [sh, -c, \"echo a >> log; touch new; rm old\"]\n  preconditions: [{command: [test, -e, old]}]\n  verify: [{command: [test, -e, new], timeout: 1s}]",
    );
    let outcome = stage.run(&plan).unwrap();
    assert!(stopped(&outcome).contains("it was not run: test -e old ends with 0, but it ended with 1"), "{outcome:?}");
    assert_eq!((stage.states(Some(1)), stage.lines("log").len()), (vec![Failed], 0));
    stage.write("old", "");
    assert_eq!(stage.run(&plan).unwrap(), Outcome::Recovered, "what never ran runs by itself once it may");
    assert_eq!((stage.states(Some(1)), stage.lines("log").len()), (vec![Failed, Started, Done], 1));

    let mut stage = Stage::new();
    stage.write("new", "");
    assert_eq!(stage.run(&plan).unwrap(), Outcome::Recovered);
    assert_eq!((stage.states(Some(1)), stage.lines("log").len()), (vec![Skipped], 0), "it is as it should be");
}

#[test]
fn what_does_not_come_true_in_time_fails() {
    let mut stage = Stage::new();
    let plan = planned("- {name: a, command: [\"true\"], verify: [{command: [test, -e, new], timeout: 1s}]}");
    let outcome = stage.run(&plan).unwrap();
    assert!(
        stopped(&outcome).contains("it ran (true ended with 0), but test -e new ends with 0, but it ended with 1"),
        "{outcome:?}"
    );
    let plan = planned(
        "- {name: a, command: [sh, -c, \"(sleep 1; touch new) >/dev/null 2>&1 &\"], verify: [{command: [test, -e, new], timeout: 20s}]}",
    );
    assert_eq!(Stage::new().run(&plan).unwrap(), Outcome::Recovered, "what becomes true is waited for");
}

#[test]
fn a_verification_that_fails_in_the_end_is_tried_again_without_running_anything() {
    let mut stage = Stage::new();
    let text = "version: 1\nsteps: [{name: a, command: [sh, -c, \"echo a >> log\"]}]\nverify: [{command: [test, -e, good], timeout: 1s}]";
    let plan = plan(&recovery::read(text.as_bytes()).unwrap(), &rollback(), DECISION).unwrap();
    let outcome = stage.run(&plan).unwrap();
    assert!(stopped(&outcome).starts_with("everything ran, but the verification fails"), "{outcome:?}");
    assert_eq!(stage.taken_back(), 0);
    stage.write("good", "");
    assert_eq!(stage.run(&plan).unwrap(), Outcome::Recovered);
    assert_eq!((stage.lines("log").len(), stage.taken_back()), (1, 2));
}

#[test]
fn a_step_that_nobody_saw_the_end_of_is_asked_about_unless_a_look_tells() {
    let looked = "- name: a\n  command: [sh, -c, \"echo a >> log; touch new\"]\n  preconditions: [{command: [test, \"!\", -e, new]}]\n  verify: [{command: [test, -e, new], timeout: 1s}]";
    let blind = "- {name: a, command: [sh, -c, \"echo a >> log\"], verify: [{command: [\"true\"]}]}";
    // It worked, and a look tells.
    let mut stage = Stage::new();
    let plan = planned(looked);
    stage.begun(&plan, 1, "elsewhere", LONG_AGO);
    stage.write("new", "");
    assert_eq!(stage.run(&plan).unwrap(), Outcome::Recovered);
    assert_eq!((stage.states(Some(1)), stage.lines("log").len()), (vec![Started, Done], 0));
    // Nobody can tell: neither by a look that finds nothing, nor where what is verified may have held before.
    for steps in [looked, blind] {
        let mut stage = Stage::new();
        let plan = planned(steps);
        stage.begun(&plan, 1, "elsewhere", LONG_AGO);
        let outcome = stage.run(&plan).unwrap();
        assert!(stopped(&outcome).contains("nobody knows what became of it"), "{outcome:?}");
        assert_eq!(stage.lines("log").len(), 0);
        assert_eq!(stage.run_with(&plan, &[1], &[], false).unwrap(), Outcome::Recovered);
        assert_eq!(stage.lines("log").len(), 1);
    }
}

#[test]
fn a_run_in_other_hands_is_left_there_until_they_are_gone() {
    let mut stage = Stage::new();
    let plan = planned("- {name: a, command: [\"true\"]}\n- {name: b, command: [\"true\"]}");
    stage.begun(&plan, 1, "elsewhere", FOR_EVER);
    let outcome = stage.run(&plan).unwrap();
    assert!(matches!(&outcome, Outcome::Waiting(text) if text.contains("elsewhere")), "{outcome:?}");
    assert!(stopped(&stage.run_with(&plan, &[], &[], true).unwrap()).contains("nobody knows"), "taken over, it is looked at");

    let stage = Stage::new();
    let root = stage.root();
    let held = super::journal::Journal::open(root, &plan.run).unwrap().unwrap();
    let mut other = Stage { folder: stage.folder, said: vec![] };
    assert!(matches!(other.run(&plan).unwrap(), Outcome::Waiting(text) if text.contains("on this machine")));
    drop(held);
    assert_eq!(other.run(&plan).unwrap(), Outcome::Recovered);
}

#[test]
fn another_recovery_of_the_rollout_is_finished_or_given_up_first() {
    let mut stage = Stage::new();
    let first = planned("- {name: a, command: [\"false\"]}");
    let steps = b"version: 1\nsteps: [{name: a, command: [touch, x]}]\nverify: [{command: [\"true\"]}]";
    let second = plan(&recovery::read(steps).unwrap(), &rollback(), &DECISION.replace('3', "4")).unwrap();
    stopped(&stage.run(&first).unwrap());
    let error = stage.run(&second).unwrap_err();
    assert!(error.message().contains("recovery-3f2a9c1e77aa03b1, another recovery"), "{error}");
    assert!(error.hints()[0].contains(DECISION));
    let (root, address) = (stage.folder.path(), Stage::address());
    let order = Order { root, ledger: &address, ledger_root: root, now: None, by: &[], retry: &[], skip: &[], take_over: false };
    give_up(&first, order, &mut |_| ()).unwrap();
    assert!(stage.run(&first).unwrap_err().message().contains("was given up"));
    assert_eq!(stage.run(&second).unwrap(), Outcome::Recovered);
}

#[test]
fn a_batch_that_came_later_needs_a_new_decision() {
    let mut stage = Stage::new();
    let plan = planned("- {name: a, command: [touch, x]}");
    let late = BatchRecord {
        plan: "pay-1.4.2-a".into(),
        service: "pay".into(),
        digest: String::new(),
        batch: 3,
        state: BatchState::Started,
        version: "1.4.2".into(),
        region: None,
    };
    stage.ledger().append(clock::now(), vec![Record::Batch(late)]).unwrap();
    assert!(stage.run(&plan).unwrap_err().message().contains("batch 3"));
    assert!(!stage.path("x").exists());
}

#[test]
fn a_lost_ledger_stops_nothing_and_is_given_everything_later() {
    let mut stage = Stage::new();
    let away = |stage: &Stage| std::fs::rename(stage.path("ledger.db"), stage.path("away.db")).unwrap();
    let back = |stage: &Stage| std::fs::rename(stage.path("away.db"), stage.path("ledger.db")).unwrap();
    let plan = planned(
        "- {name: a, command: [sh, -c, \"echo a >> log\"]}\n- {name: b, command: [sh, -c, \"echo b >> log; test -e good\"]}",
    );
    away(&stage);
    stopped(&stage.run(&plan).unwrap());
    assert!(stage.said.iter().any(|line| line.contains("the ledger cannot be reached")), "{:?}", stage.said);
    assert!(stage.said.iter().any(|line| line.contains("still lacks records")), "{:?}", stage.said);
    // The next run knows without it what is done.
    stage.write("good", "");
    assert_eq!(stage.run_with(&plan, &[2], &[], false).unwrap(), Outcome::Recovered);
    assert_eq!(stage.lines("log"), ["a", "b", "b"]);
    back(&stage);
    stage.said.clear();
    assert_eq!(stage.run(&plan).unwrap(), Outcome::Recovered, "it is told what was done");
    assert_eq!((stage.states(Some(1)), stage.states(Some(2))), (vec![Started, Done], vec![Started, Failed, Started, Done]));
    assert_eq!((stage.states(None), stage.taken_back()), (vec![Started, Failed, Started, Done], 2));
    stage.run(&plan).unwrap();
    assert_eq!((stage.states(None).len(), stage.taken_back()), (4, 2), "and only once");

    // Lost in the middle, and back at the end.
    let mut stage = Stage::new();
    let plan = planned(
        "- {name: a, command: [mv, ledger.db, away.db]}\n- {name: b, command: [touch, b]}\n- {name: c, command: [mv, away.db, ledger.db]}",
    );
    assert_eq!(stage.run(&plan).unwrap(), Outcome::Recovered);
    assert_eq!((stage.states(Some(2)), stage.states(None), stage.taken_back()), (vec![Started, Done], vec![Started, Done], 2));
}

#[test]
fn what_takes_too_long_fails_and_nothing_of_it_stays() {
    let mut stage = Stage::new();
    let plan = planned("- {name: a, timeout: 1s, command: [sh, -c, \"(sleep 3; touch late) & sleep 30\"]}");
    let outcome = stage.run(&plan).unwrap();
    assert!(stopped(&outcome).contains("sh was ended after 1 s"), "{outcome:?}");
    std::thread::sleep(Duration::from_secs(3));
    assert!(!stage.path("late").exists(), "a child went on");
}

#[test]
fn a_step_that_goes_on_in_the_background_is_seen() {
    let mut stage = Stage::new();
    // The step fails, and something that it started goes on: nobody runs it again meanwhile.
    let plan = planned("- {name: a, command: [sh, -c, \"sleep 2 & exit 1\"]}");
    stopped(&stage.run(&plan).unwrap());
    let outcome = stage.run_with(&plan, &[1], &[], false).unwrap();
    assert!(stopped(&outcome).contains("still runs"), "{outcome:?}");
    std::thread::sleep(Duration::from_secs(3));
    assert!(stopped(&stage.run_with(&plan, &[1], &[], false).unwrap()).contains("ended with 1"), "now it may");
}

#[test]
fn what_a_step_prints_moves_no_cursor() {
    let mut stage = Stage::new();
    let plan = planned("- {name: a, command: [printf, '\\033[31mred\\033[0m\\033]0;title\\007 \\r\\b\\nnext']}");
    assert_eq!(stage.run(&plan).unwrap(), Outcome::Recovered);
    let printed: Vec<&String> = stage.said.iter().filter(|line| line.contains("red") || line.contains("next")).collect();
    assert_eq!(printed, ["   | red]0;title", "   | next"]);
}

#[test]
fn what_protects_the_scene_holds_nothing_up() {
    let text = "version: 1\nsave: [{name: logs, command: [sh, -c, \"echo logs >> log\"]}]\nsteps: [{name: back, command: [touch, back]}]\n\
        verify: [{command: [\"true\"]}]";
    let plan = plan(&recovery::read(text.as_bytes()).unwrap(), &rollback(), DECISION).unwrap();
    let mut stage = Stage::new();
    stage.begun(&plan, 1, "elsewhere", LONG_AGO);
    assert_eq!(stage.run(&plan).unwrap(), Outcome::Recovered);
    assert!(stage.path("back").exists() && stage.lines("log").is_empty(), "it is not run twice either");
}

#[test]
fn without_a_journal_nothing_runs() {
    let mut stage = Stage::new();
    let plan = planned("- {name: a, command: [touch, x]}");
    stage.write(".kadian", "a file where the folder should be");
    assert!(stage.run(&plan).unwrap_err().message().contains("cannot be used"));
    assert!(!stage.path("x").exists());
}
