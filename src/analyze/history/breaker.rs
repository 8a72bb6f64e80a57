//! The circuit breaker of a service's rollouts (requirement C7): after so many failures in a row nothing starts for a while, then a
//! single rollout tries.
//!
//! A rollout failed when a batch of it failed or was taken back, when an enforced decision in its soak said to roll back, or when a
//! recovery of it began. It succeeded when all of its batches are out and the soak of the last one was judged and passed; one that
//! nobody judged to its end neither fails nor succeeds. Rollbacks are no rollouts here: their success mends nothing.
//!
//! The pattern is Michael Nygard's (Release It!, "Circuit Breaker").

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::Options;
use super::flow::whole_seconds_until;
use super::others::{after, running};
use super::track::{Moment, Track};
use crate::facts::{Breaker, BreakerState, RolloutType, Span};

/// When it opens, and for how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BreakerRules {
    /// Failed rollouts in a row that open it; 0 never does.
    pub failures: u64,
    /// For how long a failure is remembered.
    pub within: Span,
    /// For how long it stays open before one rollout may try.
    pub open_for: Span,
    /// Types that pass it, and so are no trials.
    pub lanes: Vec<RolloutType>,
}

impl BreakerRules {
    /// How far back to look: from the oldest failure that may have opened it until that is forgotten.
    pub(super) fn memory(&self) -> Span {
        Span::of_seconds(self.remembered().seconds().saturating_add(self.within.seconds()))
    }

    /// An open breaker is not forgotten while it is open.
    fn remembered(&self) -> Span {
        self.within.max(self.open_for)
    }
}

enum Event<'a> {
    Failed(&'a str),
    Succeeded { began: Moment },
}

/// The breaker of the service, from what happened to its rollouts.
pub(super) fn breaker(tracks: &BTreeMap<&str, Track<'_>>, service: &str, options: &Options, now: Timestamp) -> Breaker {
    let rules = &options.breaker;
    let of_service = |track: &Track<'_>| track.service == Some(service) && track.kind() != Some(RolloutType::Rollback);
    let mut events: Vec<(Moment, Event<'_>)> = Vec::new();
    for (plan, track) in tracks.iter().filter(|(_, track)| of_service(track)) {
        if let Some(failed) = track.failed {
            events.push((failed, Event::Failed(plan)));
        }
        if let (Some(succeeded), Some(began)) = (track.succeeded(), track.began) {
            events.push((succeeded, Event::Succeeded { began }));
        }
    }
    events.sort_by_key(|(moment, _)| *moment);

    let mut row: Vec<(&str, Timestamp)> = Vec::new();
    let mut opened: Option<Timestamp> = None;
    for (moment, event) in events {
        match event {
            Event::Failed(plan) => {
                row.retain(|(_, at)| after(*at, rules.within.signed()) > moment.at);
                opened = opened.filter(|at| after(*at, rules.remembered().signed()) > moment.at);
                row.push((plan, moment.at));
                if opened.is_some() || (rules.failures > 0 && row.len() as u64 >= rules.failures) {
                    opened = Some(moment.at);
                }
            }
            // A rollout that had begun before the breaker opened is no trial, however late it succeeds.
            Event::Succeeded { began } => {
                if opened.is_none_or(|at| began.at >= after(at, rules.open_for.signed())) {
                    row.clear();
                    opened = None;
                }
            }
        }
    }
    opened = opened.filter(|at| after(*at, rules.remembered().signed()) > now);
    if opened.is_none() {
        row.retain(|(_, at)| after(*at, rules.within.signed()) > now);
    }
    let failures = row.into_iter().map(|(plan, _)| plan.to_owned()).collect();
    let breaker = |state, opens_until: Option<Timestamp>, trial| Breaker {
        state,
        failures,
        threshold: rules.failures,
        opens_until,
        ready_in_seconds: opens_until.map(|until| whole_seconds_until(now, until)),
        trial,
    };
    let Some(until) = opened.map(|at| after(at, rules.open_for.signed())) else {
        return breaker(BreakerState::Closed, None, None);
    };
    if now < until {
        return breaker(BreakerState::Open, Some(until), None);
    }
    breaker(BreakerState::HalfOpen, None, trial(tracks, service, until, options, now))
}

/// The first rollout that began when one could try, and that still runs.
fn trial(
    tracks: &BTreeMap<&str, Track<'_>>,
    service: &str,
    from: Timestamp,
    options: &Options,
    now: Timestamp,
) -> Option<String> {
    let candidates = tracks.iter().filter(|(_, track)| {
        let lane = track.kind().is_some_and(|kind| kind == RolloutType::Rollback || options.breaker.lanes.contains(&kind));
        track.service == Some(service) && !lane && track.began.is_some_and(|began| began.at >= from)
    });
    let running = candidates.filter_map(|(plan, track)| running(plan, track, options, now));
    running.filter(|(_, rollout)| now < rollout.silent_until).min_by_key(|(began, _)| *began).map(|(_, rollout)| rollout.plan)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::testing::{Ledger, at, plan};
    use super::*;
    use crate::facts::{BatchState, Phase, RecoveryState};

    fn failing(count: i64) -> Ledger {
        let mut ledger = Ledger::default();
        for number in 0..count {
            ledger.failure(number * 20, &format!("f{number}"));
        }
        ledger
    }

    fn state(ledger: &Ledger, minute: i64) -> BreakerState {
        ledger.seen_by("p", minute).breaker.state
    }

    #[test]
    fn it_opens_after_three_failures_in_a_row_for_two_hours() {
        assert_eq!(state(&failing(2), 60), BreakerState::Closed);
        let ledger = failing(3);
        let breaker = ledger.seen_by("p", 60).breaker;
        // The last failure was at minute 45.
        assert_eq!((breaker.state, breaker.opens_until, breaker.threshold), (BreakerState::Open, Some(at(165)), 3));
        assert_eq!(breaker.ready_in_seconds, Some(105 * 60));
        assert_eq!(breaker.failures, ["f0", "f1", "f2"]);
        assert_eq!(state(&ledger, 164), BreakerState::Open);
        assert_eq!(state(&ledger, 165), BreakerState::HalfOpen);
    }

    #[test]
    fn a_success_in_between_starts_the_count_anew() {
        let mut ledger = failing(2);
        ledger.success(100, "good").failure(300, "f8");
        let breaker = ledger.seen_by("p", 320).breaker;
        assert_eq!((breaker.state, breaker.failures), (BreakerState::Closed, vec!["f8".to_owned()]));
    }

    #[test]
    fn one_rollout_tries_its_success_closes() {
        let mut ledger = failing(3);
        ledger.plan(200, &plan("t")).slot(200, "t", 1);
        let breaker = ledger.seen_by("p", 210).breaker;
        assert_eq!((breaker.state, breaker.trial.as_deref()), (BreakerState::HalfOpen, Some("t")));
        ledger.success(201, "t");
        assert_eq!(state(&ledger, 290), BreakerState::Closed);
        assert!(ledger.seen_by("p", 290).breaker.failures.is_empty());
    }

    #[test]
    fn a_failure_of_the_trial_opens_again() {
        let mut ledger = failing(3);
        ledger.failure(200, "t");
        let breaker = ledger.seen_by("p", 210).breaker;
        assert_eq!((breaker.state, breaker.opens_until), (BreakerState::Open, Some(at(205 + 120))));
        assert_eq!(breaker.failures, ["f0", "f1", "f2", "t"]);
    }

    #[test]
    fn a_trial_that_is_abandoned_gives_its_place_away() {
        let mut ledger = failing(3);
        ledger.plan(200, &plan("t")).out(200, "t", 1);
        assert_eq!(ledger.seen_by("p", 300).breaker.trial.as_deref(), Some("t"));
        let breaker = ledger.seen_by("p", 200 + 30 + 24 * 60).breaker;
        assert_eq!((breaker.state, breaker.trial), (BreakerState::HalfOpen, None));
    }

    #[test]
    fn a_rollout_that_began_before_it_opened_closes_nothing() {
        let mut ledger = Ledger::default();
        ledger.plan(0, &plan("slow")).out(0, "slow", 1);
        for number in 0..3 {
            ledger.failure(10 + number * 20, &format!("f{number}"));
        }
        ledger.soak(80, "slow", 1, "pass").out(80, "slow", 2).soak(120, "slow", 2, "pass");
        assert_eq!(state(&ledger, 130), BreakerState::Open);
        assert_eq!(state(&ledger, 300), BreakerState::HalfOpen);
    }

    #[test]
    fn a_clock_that_goes_back_keeps_it_open() {
        assert_eq!(state(&failing(3), -10_000), BreakerState::Open);
    }

    #[test]
    fn failures_are_forgotten_after_their_time() {
        let week = 7 * 24 * 60;
        assert_eq!(state(&failing(3), week + 30), BreakerState::HalfOpen);
        assert_eq!(state(&failing(3), week + 46), BreakerState::Closed);
        let mut ledger = failing(2);
        ledger.failure(week + 10, "late");
        // The first of the two is forgotten by then.
        assert_eq!(state(&ledger, week + 30), BreakerState::Closed);
    }

    #[test]
    fn each_way_to_fail_counts_and_only_once() {
        let mut ledger = Ledger::default();
        ledger.out(0, "a", 1).soak(10, "a", 1, "rollback");
        ledger.out(20, "b", 1).recovery(30, "b", "r", Some(1), RecoveryState::Started);
        ledger.out(40, "c", 1).batch(50, "c", 1, BatchState::RolledBack);
        assert_eq!(ledger.seen_by("p", 60).breaker.failures, ["a", "b", "c"]);

        let mut ledger = Ledger::default();
        ledger.out(0, "a", 1).soak(10, "a", 1, "rollback").recovery(11, "a", "r", None, RecoveryState::Started);
        ledger.batch(12, "a", 1, BatchState::RolledBack).recovery(13, "a", "r", None, RecoveryState::Done);
        assert_eq!(ledger.seen_by("p", 60).breaker.failures, ["a"]);
    }

    #[test]
    fn what_bound_nobody_and_what_was_before_a_batch_is_no_failure() {
        let mut ledger = Ledger::default();
        ledger.out(0, "a", 1).decision(10, "a", 1, Phase::Soak, "rollback", "shadow");
        ledger.decision(11, "a", 1, Phase::Soak, "rollback", "warn").decision(12, "a", 2, Phase::Before, "block", "enforce");
        ledger.soak(13, "a", 1, "block");
        assert!(ledger.seen_by("p", 60).breaker.failures.is_empty());
    }

    #[test]
    fn rollbacks_neither_fail_nor_mend() {
        let mut ledger = failing(2);
        let mut back = plan("back");
        back.kind = RolloutType::Rollback;
        ledger.plan(60, &back).out(60, "back", 1).soak(91, "back", 1, "pass").out(92, "back", 2).soak(130, "back", 2, "pass");
        let mut worse = plan("worse");
        worse.kind = RolloutType::Rollback;
        ledger.plan(140, &worse).batch(140, "worse", 1, BatchState::Failed);
        assert_eq!(ledger.seen_by("p", 150).breaker.failures, ["f0", "f1"]);
    }

    #[test]
    fn a_rollout_that_nobody_judged_to_its_end_neither_fails_nor_mends() {
        let mut ledger = failing(2);
        ledger.plan(60, &plan("u")).out(60, "u", 1).soak(91, "u", 1, "pass").out(92, "u", 2);
        assert_eq!(ledger.seen_by("p", 200).breaker.failures.len(), 2);
    }

    proptest! {
        /// Whatever happened, while the clock of the ledger says that it is open, no earlier clock says that it is not.
        #[test]
        fn it_never_closes_early(steps in prop::collection::vec((0..4_u8, 1..200_i64), 1..14), back in 0..5000_i64) {
            let mut ledger = Ledger::default();
            let mut minute = 0;
            for (number, (step, pause)) in steps.into_iter().enumerate() {
                let id = format!("r{number}");
                if step == 0 { ledger.success(minute, &id) } else { ledger.failure(minute, &id) };
                minute += pause + if step == 0 { 100 } else { 10 };
            }
            let last = ledger.entries.last().unwrap().at;
            let now = (last.as_second() - at(0).as_second()) / 60;
            let breaker = ledger.seen_by("p", now).breaker;
            if breaker.state == BreakerState::Open {
                let until = breaker.opens_until.unwrap();
                prop_assert_eq!(state(&ledger, now - back), BreakerState::Open);
                let minutes = (until.as_second() - at(0).as_second()) / 60;
                prop_assert_eq!(state(&ledger, minutes - 1), BreakerState::Open);
                prop_assert_eq!(state(&ledger, minutes), BreakerState::HalfOpen);
            }
        }
    }
}
