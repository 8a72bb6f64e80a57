use super::testing::{Ledger, at, options, plan};
use super::*;
use crate::facts::{BatchState, RolloutType};

fn running(history: &History) -> Vec<(&str, u64)> {
    history.others.iter().map(|other| (other.plan.as_str(), other.batch)).collect()
}

#[test]
fn an_empty_ledger_is_known_and_empty() {
    let history = Ledger::default().seen_by("p", 0);
    assert_eq!((history.entries, history.head, history.plan_digest), (0, None, None));
    assert!(history.batches.is_empty() && history.others.is_empty() && history.overrides.is_empty());
    assert_eq!((history.looks, history.recovery), (0, None));
}

#[test]
fn the_first_record_of_a_plan_binds() {
    let mut ledger = Ledger::default();
    ledger.plan(0, &plan("p"));
    ledger.add(1, Record::Plan(crate::facts::PlanRecord { plan: plan("p"), digest: "other".into() }));
    assert_eq!(ledger.seen_by("p", 2).plan_digest.as_deref(), Some("d"));
}

#[test]
fn a_batch_soaks_since_it_was_done_and_a_second_word_of_it_changes_nothing() {
    let mut ledger = Ledger::default();
    ledger.slot(0, "p", 1).batch(1, "p", 1, BatchState::Started).batch(5, "p", 1, BatchState::Done);
    ledger.batch(9, "p", 1, BatchState::Done).soak(20, "p", 1, "hold").soak(36, "p", 1, "pass");
    let history = ledger.seen_by("p", 40);
    let batch = &history.batches[0];
    assert_eq!((batch.started_at, batch.done_at, batch.soaked_seconds), (Some(at(1)), Some(at(5)), Some(35 * 60)));
    assert_eq!((batch.soak_verdict.as_deref(), batch.reserved, batch.other_plan), (Some("pass"), true, false));
}

#[test]
fn a_start_is_covered_by_a_slot_of_the_hour_before_or_by_one_since() {
    let started = |slot: Option<i64>, judged_again: Option<i64>| {
        let mut ledger = Ledger::default();
        if let Some(minute) = slot {
            ledger.slot(minute, "p", 1);
        }
        ledger.out(100, "p", 1);
        if let Some(minute) = judged_again {
            ledger.slot(minute, "p", 1);
        }
        ledger.seen_by("p", 300).batches[0].reserved
    };
    assert_eq!([started(Some(41), None), started(Some(40), None), started(None, None)], [true, false, false]);
    assert!(started(None, Some(200)));
}

#[test]
fn the_last_enforced_verdict_before_a_start_is_known() {
    let mut ledger = Ledger::default();
    ledger.decision(0, "p", 1, Phase::Before, "pass", "enforce").decision(1, "p", 1, Phase::Before, "block", "enforce");
    ledger.decision(2, "p", 1, Phase::Before, "pass", "shadow").decision(3, "p", 2, Phase::Before, "hold", "enforce");
    ledger.out(4, "p", 1).soak(5, "p", 1, "pass").decision(6, "p", 1, Phase::Before, "hold", "enforce");
    let batch = ledger.seen_by("p", 7).batches[0].clone();
    assert_eq!((batch.before_verdict.as_deref(), batch.reserved), (Some("block"), false));
    ledger.decision(8, "p", 1, Phase::Before, "pass", "enforce");
    assert!(ledger.seen_by("p", 9).batches[0].reserved, "judged again and let pass");
}

#[test]
fn a_slot_covers_no_start_that_the_gate_stopped_later_or_after_a_failure() {
    let mut ledger = Ledger::default();
    ledger.slot(0, "p", 1).decision(0, "p", 1, Phase::Before, "pass", "enforce");
    ledger.decision(10, "p", 1, Phase::Before, "block", "enforce").out(11, "p", 1);
    let batch = ledger.seen_by("p", 12).batches[0].clone();
    assert_eq!((batch.reserved, batch.before_verdict.as_deref()), (false, Some("block")));

    let mut ledger = Ledger::default();
    ledger.slot(0, "p", 1).batch(1, "p", 1, BatchState::Started);
    assert!(ledger.seen_by("p", 2).batches[0].reserved);
    ledger.batch(5, "p", 1, BatchState::Failed).batch(6, "p", 1, BatchState::Started);
    assert!(!ledger.seen_by("p", 7).batches[0].reserved);

    // Stopped and let pass again, with the slot that it had.
    let mut ledger = Ledger::default();
    ledger.slot(0, "p", 1).decision(10, "p", 1, Phase::Before, "block", "enforce");
    ledger.decision(20, "p", 1, Phase::Before, "pass", "enforce").out(21, "p", 1);
    assert!(ledger.seen_by("p", 22).batches[0].reserved);
}

/// The plan of the other rollouts, from 1 to 2, as a rollback.
fn rollback_from(from: &str, to: &str) -> Plan {
    Plan { kind: RolloutType::Rollback, from: from.into(), to: to.into(), ..plan("p") }
}

fn no_way_back(ledger: &Ledger, back: &Plan, minute: i64) -> Option<String> {
    let about = About { plan: back, digest: "d", phase: Phase::Before, batch: Some(1) };
    history(&ledger.entries, &LedgerState::default(), &about, &options(), at(minute)).same_way
}

#[test]
fn a_rollback_to_a_version_that_a_rollout_began_to_bring_is_named_wherever_it_comes_from() {
    let mut ledger = Ledger::default();
    ledger.plan(0, &plan("q"));
    assert_eq!(no_way_back(&ledger, &rollback_from("1", "2"), 1), None, "a plan that nobody began brought nothing");
    ledger.failure(1, "q");
    for from in ["1", "3", "v1"] {
        assert_eq!(no_way_back(&ledger, &rollback_from(from, "2"), 20).as_deref(), Some("q"));
    }
    assert_eq!(no_way_back(&ledger, &rollback_from("2", "1"), 20), None);
    // Another rollback to it is none forward, and a later rollout may have brought it after all.
    ledger.plan(21, &Plan { id: "s".into(), ..rollback_from("1", "2") }).out(22, "s", 1);
    assert_eq!(no_way_back(&ledger, &rollback_from("1", "2"), 23).as_deref(), Some("q"));
    ledger.success(30, "r");
    assert_eq!(no_way_back(&ledger, &rollback_from("3", "2"), 140), None);
}

#[test]
fn what_a_rollout_began_to_bring_may_be_led_back() {
    let mut ledger = Ledger::default();
    // 1 to 2 is half out; a fix from 2 to 3 begins, and goes back to 2.
    ledger.plan(0, &plan("q")).out(0, "q", 1).plan(10, &Plan { id: "fix".into(), from: "2".into(), to: "3".into(), ..plan("p") });
    assert_eq!(no_way_back(&ledger, &rollback_from("3", "2"), 11).as_deref(), Some("q"));
    ledger.out(12, "fix", 1);
    assert_eq!(no_way_back(&ledger, &rollback_from("3", "2"), 13), None);
}

#[test]
fn a_rollout_that_was_silent_for_too_long_goes_behind_those_that_began_meanwhile() {
    let mut ledger = Ledger::default();
    ledger.slot(0, "p", 1).slot(65, "q", 1).out(66, "q", 1);
    let earlier =
        |ledger: &Ledger, minute| ledger.seen_by("p", minute).others.iter().map(|other| other.earlier).collect::<Vec<_>>();
    assert_eq!(earlier(&ledger, 70), [true]);
    ledger.decision(71, "p", 1, Phase::Before, "hold", "enforce");
    assert_eq!(earlier(&ledger, 72), [true], "a decision takes no place");
    ledger.slot(73, "p", 1);
    assert_eq!(earlier(&ledger, 74), [true], "and a later slot is behind it");
    // Started, and left alone for a day.
    let mut ledger = Ledger::default();
    ledger.plan(0, &plan("p")).out(0, "p", 1).out(2000, "q", 1).decision(2001, "p", 2, Phase::Before, "hold", "enforce");
    assert_eq!(earlier(&ledger, 2002), [true]);
    let others: Vec<_> = ledger.seen_by("q", 2002).others.iter().map(|other| (other.plan.clone(), other.earlier)).collect();
    assert_eq!(others, [("p".to_owned(), false)]);
}

#[test]
fn what_failed_on_the_way_and_passed_in_the_end_is_finished_and_mends() {
    let mut ledger = Ledger::default();
    ledger.plan(0, &plan("q")).batch(0, "q", 1, BatchState::Started).batch(1, "q", 1, BatchState::Failed);
    ledger.out(5, "q", 1).soak(36, "q", 1, "pass").out(40, "q", 2).soak(71, "q", 2, "pass");
    let seen = ledger.seen_by("p", 72);
    assert_eq!((running(&seen), seen.breaker.failures.len()), (vec![], 0));
    // A verdict to roll back that was judged again.
    let mut ledger = Ledger::default();
    ledger.plan(0, &plan("q")).out(0, "q", 1).out(1, "q", 2).soak(31, "q", 2, "pass").soak(40, "q", 2, "rollback");
    assert_eq!(running(&ledger.seen_by("p", 41)), [("q", 2)]);
    ledger.soak(50, "q", 2, "pass");
    assert_eq!(running(&ledger.seen_by("p", 51)), []);
}

#[test]
fn a_rollout_that_is_started_again_after_its_recovery_runs() {
    let mut ledger = Ledger::default();
    ledger.plan(0, &plan("q")).out(0, "q", 1).recovery(5, "q", "r", None, RecoveryState::Started);
    ledger.batch(6, "q", 1, BatchState::RolledBack).recovery(6, "q", "r", None, RecoveryState::Done);
    assert_eq!(running(&ledger.seen_by("p", 7)), []);
    ledger.batch(8, "q", 1, BatchState::Started);
    assert_eq!(running(&ledger.seen_by("p", 9)), [("q", 1)]);
}

#[test]
fn the_type_that_was_recorded_first_is_known_and_a_rollback_is_trusted_by_where_it_leads() {
    let mut ledger = Ledger::default();
    ledger.success(0, "good").plan(200, &plan("p"));
    let back = Plan { kind: RolloutType::Rollback, from: "3".into(), ..plan("p") };
    let about = About { plan: &back, digest: "e", phase: Phase::Before, batch: Some(1) };
    let seen = history(&ledger.entries, &LedgerState::default(), &about, &options(), at(210));
    assert_eq!(seen.recorded_type, Some(RolloutType::Daily));
    assert_eq!(seen.trusted.map(|trusted| trusted.version).as_deref(), Some("2"));
}

#[test]
fn a_clock_that_went_back_has_soaked_nothing() {
    let mut ledger = Ledger::default();
    ledger.out(60, "p", 1);
    assert_eq!(ledger.seen_by("p", 10).batches[0].soaked_seconds, Some(0));
}

#[test]
fn a_deployment_that_is_repeated_has_to_soak_and_be_judged_again() {
    let mut ledger = Ledger::default();
    ledger.out(0, "p", 1).soak(31, "p", 1, "pass").batch(40, "p", 1, BatchState::Started);
    let batch = ledger.seen_by("p", 45).batches[0].clone();
    assert_eq!((batch.state, batch.done_at, batch.soaked_seconds, batch.soak_verdict), (BatchState::Started, None, None, None));
    ledger.batch(50, "p", 1, BatchState::Done);
    let batch = ledger.seen_by("p", 55).batches[0].clone();
    assert_eq!((batch.soaked_seconds, batch.soak_verdict), (Some(300), None));
}

#[test]
fn a_batch_of_another_plan_version_is_named() {
    let mut ledger = Ledger::default();
    ledger.out(0, "p", 1);
    let changed = plan("p");
    let about = About { plan: &changed, digest: "e", phase: Phase::Before, batch: Some(2) };
    assert!(history(&ledger.entries, &LedgerState::default(), &about, &options(), at(1)).batches[0].other_plan);
}

#[test]
fn looks_of_this_batch_and_phase_are_counted() {
    let mut ledger = Ledger::default();
    ledger.decision(0, "p", 2, Phase::Before, "hold", "enforce").decision(1, "p", 2, Phase::Before, "hold", "shadow");
    ledger.decision(2, "p", 1, Phase::Before, "pass", "enforce").decision(3, "p", 2, Phase::Soak, "hold", "enforce");
    ledger.decision(4, "q", 2, Phase::Before, "hold", "enforce");
    assert_eq!(ledger.seen_by("p", 5).looks, 2);
}

#[test]
fn another_rollout_runs_until_its_last_soak_has_passed() {
    let mut ledger = Ledger::default();
    ledger.plan(0, &plan("q")).out(0, "q", 1);
    assert_eq!(running(&ledger.seen_by("p", 500)), [("q", 1)]);
    ledger.soak(501, "q", 1, "pass").out(502, "q", 2);
    assert_eq!(running(&ledger.seen_by("p", 503)), [("q", 2)]);
    ledger.soak(533, "q", 2, "pass");
    assert_eq!(running(&ledger.seen_by("p", 534)), []);
}

#[test]
fn a_last_soak_that_nobody_judges_ends_with_its_time_and_a_bad_one_does_not() {
    let mut ledger = Ledger::default();
    ledger.plan(0, &plan("q")).out(0, "q", 1).out(10, "q", 2);
    assert_eq!(running(&ledger.seen_by("p", 39)), [("q", 2)]);
    assert_eq!(running(&ledger.seen_by("p", 40)), []);
    ledger.soak(41, "q", 2, "hold");
    assert_eq!(running(&ledger.seen_by("p", 60)), [("q", 2)]);
}

#[test]
fn a_failed_rollout_stands_in_the_way_until_it_is_taken_back() {
    let mut ledger = Ledger::default();
    ledger.plan(0, &plan("q")).out(0, "q", 1).batch(5, "q", 2, BatchState::Failed);
    assert_eq!(ledger.seen_by("p", 6).others[0].state, Some(BatchState::Failed));
    ledger.recovery(7, "q", "r", None, RecoveryState::Started).recovery(8, "q", "r", Some(1), RecoveryState::Done);
    assert_eq!(ledger.seen_by("p", 9).others[0].recovery.as_deref(), Some("r"));
    ledger.recovery(10, "q", "r", None, RecoveryState::Done);
    assert_eq!(running(&ledger.seen_by("p", 11)), []);

    let mut ledger = Ledger::default();
    ledger.failure(0, "q");
    assert_eq!(running(&ledger.seen_by("p", 11)), []);
}

#[test]
fn a_later_rollout_that_is_all_out_replaces_an_earlier_one() {
    let mut ledger = Ledger::default();
    ledger.plan(0, &plan("q")).out(0, "q", 1).batch(5, "q", 2, BatchState::Failed);
    let mut back = plan("back");
    (back.kind, back.from, back.to) = (RolloutType::Rollback, "2".into(), "1".into());
    ledger.plan(10, &back).out(10, "back", 1);
    assert_eq!(running(&ledger.seen_by("p", 11)), [("back", 1), ("q", 2)]);
    ledger.out(12, "back", 2);
    assert_eq!(running(&ledger.seen_by("p", 13)), [("back", 2)]);
    ledger.soak(43, "back", 2, "pass");
    assert_eq!(running(&ledger.seen_by("p", 44)), []);
}

#[test]
fn a_rollout_that_is_silent_for_a_day_is_abandoned() {
    let mut ledger = Ledger::default();
    ledger.plan(0, &plan("q")).out(0, "q", 1);
    // The soak of half an hour is no silence.
    let day = 24 * 60 + 30;
    assert_eq!(running(&ledger.seen_by("p", day - 1)), [("q", 1)]);
    let history = ledger.seen_by("p", day);
    assert_eq!((running(&history), history.abandoned.len()), (vec![], 1));
    ledger.soak(day + 1, "q", 1, "hold");
    assert_eq!(running(&ledger.seen_by("p", day + 2)), [("q", 1)]);
}

#[test]
fn an_admitted_batch_keeps_others_away_for_an_hour() {
    let mut ledger = Ledger::default();
    ledger.slot(0, "q", 1);
    let history = ledger.seen_by("p", 59);
    assert_eq!((history.others[0].state, history.others[0].kind), (None, Some(RolloutType::Daily)));
    assert_eq!(running(&ledger.seen_by("p", 60)), []);
}

#[test]
fn the_rollout_itself_and_other_services_are_no_others() {
    let mut ledger = Ledger::default();
    ledger.out(0, "p", 1);
    let mut record = ledger.entries[0].clone();
    if let Record::Batch(batch) = &mut record.record {
        (batch.plan, batch.service) = ("q".into(), "cart".into());
    }
    ledger.add(1, record.record);
    assert_eq!(running(&ledger.seen_by("p", 2)), []);
}

#[test]
fn an_exception_needs_two_different_people_and_ends() {
    let mut ledger = Ledger::default();
    ledger.overridden(0, "p", "breaker", &["ada", "bo"], 60).overridden(1, "p", "freeze:x", &["ada", " Ada "], 60);
    ledger.overridden(2, "q", "breaker", &["ada", "bo"], 60);
    let seen = |minute| -> Vec<(String, bool)> {
        ledger.seen_by("p", minute).overrides.into_iter().map(|one| (one.subject, one.active)).collect()
    };
    assert_eq!(seen(5), [("freeze:x".to_owned(), false), ("breaker".to_owned(), true)]);
    assert_eq!(seen(60), [("freeze:x".to_owned(), false), ("breaker".to_owned(), false)]);
}

#[test]
fn a_recovery_is_open_until_it_is_done() {
    let mut ledger = Ledger::default();
    ledger.out(0, "p", 1).recovery(1, "p", "a", None, RecoveryState::Started);
    ledger.recovery(2, "p", "a", Some(1), RecoveryState::Done);
    assert_eq!(ledger.seen_by("p", 3).recovery.map(|open| (open.run, open.state)), Some(("a".into(), RecoveryState::Started)));
    ledger.recovery(4, "p", "a", None, RecoveryState::Failed);
    assert_eq!(ledger.seen_by("p", 5).recovery.map(|open| open.state), Some(RecoveryState::Failed));
    ledger.recovery(6, "p", "b", None, RecoveryState::Started).recovery(7, "p", "b", None, RecoveryState::Done);
    assert_eq!(ledger.seen_by("p", 8).recovery, None);
}

#[test]
fn the_order_of_entries_and_repeated_ones_do_not_matter() {
    let mut ledger = Ledger::default();
    ledger.success(0, "a").failure(200, "b").plan(300, &plan("p")).out(300, "p", 1);
    let mut shuffled = Ledger { entries: ledger.entries.iter().rev().cloned().collect() };
    shuffled.entries.extend(ledger.entries.clone());
    assert_eq!(shuffled.seen_by("p", 340), ledger.seen_by("p", 340));
}

#[test]
fn a_rollout_that_began_later_says_so() {
    let mut ledger = Ledger::default();
    ledger.out(0, "q", 1).out(1, "p", 1).out(2, "r", 1);
    let seen: Vec<_> = ledger.seen_by("p", 3).others.into_iter().map(|other| (other.plan, other.earlier)).collect();
    assert_eq!(seen, [("r".to_owned(), false), ("q".to_owned(), true)]);
}

#[test]
fn a_later_rollout_that_is_all_out_ends_what_this_one_started_from() {
    let mut ledger = Ledger::default();
    ledger.plan(0, &plan("p")).out(0, "p", 1).plan(10, &plan("fix")).out(10, "fix", 1);
    assert_eq!(ledger.seen_by("p", 11).replaced_by, None);
    ledger.out(12, "fix", 2);
    assert_eq!(ledger.seen_by("p", 13).replaced_by.as_deref(), Some("fix"));
    assert_eq!(ledger.seen_by("fix", 13).replaced_by, None);
}

#[test]
fn flow_limits_are_counted_for_the_batch_that_is_judged() {
    let mut ledger = Ledger::default();
    ledger.slot(0, "p", 1).slot(10, "p", 2).slot(10, "q", 1);
    let limit =
        FlowLimit { name: "hour".into(), per: Span::of_hours(1), max: 2, by: vec![], operations: vec![], services: vec![] };
    let (plan, mut options) = (plan("p"), options());
    options.limits.push(limit);
    let about = About { plan: &plan, digest: "d", phase: Phase::Before, batch: Some(2) };
    let seen = history(&ledger.entries, &LedgerState::default(), &about, &options, at(20)).flow;
    assert_eq!((seen[0].name.as_str(), seen[0].used, seen[0].ready_in_seconds), ("hour", 2, Some(40 * 60)));
}

#[test]
fn what_was_judged_no_longer_holds_when_somebody_else_began() {
    let mut ledger = Ledger::default();
    ledger.plan(0, &plan("p")).out(0, "p", 1);
    let judged = ledger.seen_by("p", 40);
    ledger.decision(41, "p", 2, Phase::Before, "hold", "enforce");
    assert_eq!(unchanged(&judged, &ledger.seen_by("p", 42)), Ok(()));
    ledger.slot(43, "q", 1);
    assert!(unchanged(&judged, &ledger.seen_by("p", 44)).unwrap_err().contains("another rollout"));
    let judged = ledger.seen_by("p", 44);
    ledger.soak(45, "p", 1, "hold");
    assert!(unchanged(&judged, &ledger.seen_by("p", 46)).unwrap_err().contains("batch of this rollout"));
}

#[test]
fn a_batch_that_turns_out_to_be_bad_has_failed() {
    let mut ledger = Ledger::default();
    ledger.plan(0, &plan("p")).out(1, "p", 1).soak(30, "p", 1, "pass").batch(40, "p", 1, BatchState::Failed);
    let history = ledger.seen_by("p", 50);
    let batch = &history.batches[0];
    assert_eq!((batch.state, batch.done_at, batch.soaked_seconds), (BatchState::Failed, None, None));
    assert_eq!(history.breaker.failures, ["p"]);
}

#[test]
fn a_clock_that_was_put_back_revives_no_exception() {
    let mut ledger = Ledger::default();
    let exception = |subject: &str, until| {
        Record::Override(crate::facts::OverrideRecord {
            plan: "p".into(),
            service: "pay".into(),
            subject: subject.into(),
            reason: "users cannot pay".into(),
            by: vec!["ana".into(), "bo".into()],
            until: at(until),
        })
    };
    ledger.add(10, exception("breaker", 60));
    let seen = |ledger: &Ledger, newest: i64, minute: i64| {
        let plan = plan("p");
        let about = About { plan: &plan, digest: "d", phase: Phase::Before, batch: Some(2) };
        let state = LedgerState { entries: 1, head: None, at: Some(at(newest)) };
        let history = history(&ledger.entries, &state, &about, &options(), at(minute));
        (history.clock_behind_seconds, history.overrides.iter().map(|one| one.active).collect::<Vec<_>>())
    };
    assert_eq!(seen(&ledger, 10, 50), (0, vec![true]));
    assert_eq!(seen(&ledger, 90, 50), (40 * 60, vec![false]));
    // Somebody's clock was ahead, and two people say so, newest first: then the others hold by the clock.
    ledger.add(90, exception("clock", 55));
    assert_eq!(seen(&ledger, 90, 50), (40 * 60, vec![true, true]));
    assert_eq!(seen(&ledger, 91, 50), (41 * 60, vec![false, false]), "time went on in the ledger");
    assert_eq!(seen(&ledger, 90, 56), (34 * 60, vec![false, false]), "it ended");
}
