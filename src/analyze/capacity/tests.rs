use proptest::prelude::*;

use super::*;
use crate::facts::{Plan, RolloutType};

const NOW: &str = "2026-01-01T06:00:00Z";

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

/// 40 instances, each for 8 requests at once; 1200 requests a second that take 0.2 s need 30 of them.
fn east() -> PoolRecord {
    PoolRecord {
        region: Some("east".into()),
        instances: Some(40),
        rate: Some(1200.0),
        response_time: Some(0.2),
        bears_concurrency: Some(8.0),
        forecast: Some(Forecast::Parts { conventional: 1280.0, probability: 0.25, unconventional: 800.0 }),
        ..PoolRecord::default()
    }
}

fn batch(number: u64, region: Option<&str>, percent: Option<f64>, instances: Option<u64>) -> Batch {
    let region = region.map(str::to_owned);
    Batch { number, region, percent, instances, soak_seconds: 60, suites: vec![], gates: vec![] }
}

fn percents(region: &str, all: &[f64]) -> Vec<Batch> {
    (1..).zip(all).map(|(number, percent)| batch(number, Some(region), Some(*percent), None)).collect()
}

/// Before the batch of this number; for 0 the plan itself.
fn rollout(batches: Vec<Batch>, number: u64) -> Rollout {
    let find = |number: u64| batches.iter().find(|batch| batch.number == number).cloned();
    let (batch, previous) = (find(number), number.checked_sub(1).and_then(find));
    let (id, service, from, to) = ("p".into(), "pay".into(), "1".into(), "2".into());
    let phase = if number == 0 { Phase::Plan } else { Phase::Before };
    let plan = Plan { id, service, kind: RolloutType::Daily, from, to, batches };
    Rollout { plan, digest: String::new(), phase, batch, previous, freezes: vec![], next_freeze: None }
}

fn of(records: Vec<PoolRecord>, rollout: Option<&Rollout>) -> Capacity {
    let report = CapacityReport { service: None, at: now(), pools: records };
    capacity(&report, rollout, 20.0, now()).unwrap()
}

fn only(record: PoolRecord, rollout: Option<&Rollout>) -> Pool {
    of(vec![record], rollout).pools.remove(0)
}

#[test]
fn the_figures_of_the_requirement() {
    let found = of(vec![east()], None);
    // X = 0.2 N is 16.7 % of the fleet of N + X.
    assert_eq!((found.redundancy_percent, found.redundancy_share_percent), (20.0, 16.7));
    let pool = &found.pools[0];
    let figures = |load: &Load| (load.rate, load.concurrency, load.required, load.redundant, load.planned, load.spare);
    assert_eq!(figures(&pool.now), (Some(1200.0), Some(240.0), Some(30), Some(6), Some(36), Some(10)));
    // 1280 + 0.25 × 800.
    assert_eq!(figures(&pool.peak), (Some(1480.0), Some(296.0), Some(37), Some(8), Some(45), Some(3)));
    assert_eq!((pool.now.lacks.len(), pool.steps.len()), (0, 0));
}

#[test]
fn what_is_needed_is_rounded_up_and_an_exact_quotient_is_not() {
    let required = |rate: f64, time: f64, bears: f64| {
        let record = PoolRecord { rate: Some(rate), response_time: Some(time), bears_concurrency: Some(bears), ..east() };
        only(record, None).now.required
    };
    assert_eq!(required(1000.0, 0.2, 20.0), Some(10));
    assert_eq!(required(1000.1, 0.2, 20.0), Some(11));
    // 0.1 × 3 / 0.3 is a little more than 1 in binary fractions.
    assert_eq!(required(0.1, 3.0, 0.3), Some(1));
    assert_eq!(required(1e-9, 1e-9, 1e15), Some(1));
    assert_eq!(required(1e15, 1e15, 1e-9), Some(u64::MAX));
}

#[test]
fn the_redundancy_is_rounded_up() {
    let redundant = |needs: f64| {
        let record = PoolRecord { rate: Some(needs), bears_concurrency: None, bears_throughput: Some(1.0), ..east() };
        only(record, None).now.redundant
    };
    assert_eq!([1.0, 5.0, 6.0, 35.0, 36.0].map(redundant), [1, 1, 2, 7, 8].map(Some));
}

#[test]
fn a_throughput_needs_no_response_time_and_of_both_the_larger_need_counts() {
    let record = PoolRecord { bears_concurrency: None, bears_throughput: Some(50.0), response_time: None, ..east() };
    let pool = only(record.clone(), None);
    assert_eq!((pool.now.required, pool.now.concurrency, pool.now.lacks.len()), (Some(24), None, 0));
    let both = PoolRecord { bears_concurrency: Some(8.0), response_time: Some(0.2), ..record.clone() };
    assert_eq!(only(both.clone(), None).now.required, Some(30));
    assert_eq!(only(PoolRecord { bears_throughput: Some(30.0), ..both }, None).now.required, Some(40));
    // Half of what would be needed is not enough: the other half may be the larger.
    let pool = only(PoolRecord { bears_concurrency: Some(8.0), ..record }, None);
    assert_eq!((pool.now.required, pool.now.lacks), (None, vec!["response_time".to_owned()]));
}

#[test]
fn every_missing_input_is_named() {
    let all = only(PoolRecord::default(), None);
    assert_eq!(all.now.lacks, ["instances", "rate", "bears"]);
    assert_eq!(all.peak.lacks, ["instances", "forecast", "bears"]);
    for (record, now, peak) in [
        (PoolRecord { rate: None, ..east() }, &["rate"][..], &[][..]),
        (PoolRecord { forecast: None, ..east() }, &[], &["forecast"]),
        (PoolRecord { response_time: None, ..east() }, &["response_time"], &["response_time"]),
        (PoolRecord { response_time: None, peak_response_time: Some(0.3), ..east() }, &["response_time"], &[]),
        (PoolRecord { bears_concurrency: None, ..east() }, &["bears"], &["bears"]),
        (PoolRecord { instances: None, ..east() }, &["instances"], &["instances"]),
        (PoolRecord { instances: None, healthy: Some(39), ..east() }, &[], &[]),
    ] {
        let pool = only(record, None);
        assert_eq!((pool.now.lacks.as_slice(), pool.peak.lacks.as_slice()), (&strings(now)[..], &strings(peak)[..]));
        assert_eq!((pool.now.spare.is_some(), pool.peak.spare.is_some()), (now.is_empty(), peak.is_empty()));
    }
}

fn strings(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[test]
fn instances_that_take_no_traffic_bear_nothing() {
    let pool = only(PoolRecord { healthy: Some(35), ..east() }, None);
    assert_eq!((pool.running, pool.available, pool.now.spare, pool.peak.spare), (Some(40), Some(35), Some(5), Some(-2)));
}

#[test]
fn a_batch_takes_out_the_difference_to_the_one_before_it_in_its_region() {
    let batches = vec![
        batch(1, Some("east"), Some(5.0), None),
        batch(2, Some("west"), Some(50.0), None),
        batch(3, Some("east"), Some(30.0), None),
        batch(4, None, Some(100.0), None),
    ];
    let west = PoolRecord { region: Some("west".into()), instances: Some(7), ..east() };
    let taken = |number| {
        let found = of(vec![west.clone(), east()], Some(&rollout(batches.clone(), number)));
        let steps = found.pools.iter().map(|pool| (pool.region.clone().unwrap(), pool.steps.iter().map(|step| step.instances)));
        steps.map(|(region, steps)| (region, steps.flatten().collect::<Vec<_>>())).collect::<Vec<_>>()
    };
    let expect = |east: &[u64], west: &[u64]| vec![("east".to_owned(), east.to_vec()), ("west".to_owned(), west.to_vec())];
    assert_eq!(taken(1), expect(&[2], &[]));
    assert_eq!(taken(2), expect(&[], &[4]));
    assert_eq!(taken(3), expect(&[10], &[]));
    assert_eq!(taken(4), expect(&[28], &[4]));
    assert_eq!(taken(0), expect(&[2, 10, 28], &[4, 4]));
    let mut out = rollout(batches, 3);
    out.phase = Phase::Soak;
    assert!(of(vec![east()], Some(&out)).pools[0].steps.is_empty());
}

#[test]
fn instances_and_percentages_may_take_turns() {
    let steps = |batches: Vec<Batch>| {
        only(east(), Some(&rollout(batches, 0))).steps.iter().map(|step| step.instances).collect::<Vec<_>>()
    };
    let (percent, count) = (|n, p| batch(n, None, Some(p), None), |n, c| batch(n, None, None, Some(c)));
    assert_eq!(steps(vec![count(1, 4), percent(2, 50.0), count(3, 25), count(4, 40)]), [4, 16, 5, 15].map(Some));
    // Going back changes instances as well, and no pool has more of them than run.
    assert_eq!(steps(vec![percent(1, 50.0), percent(2, 25.0), count(3, 999)]), [20, 10, 40].map(Some));
    assert_eq!(steps(vec![batch(1, None, None, None), percent(2, 50.0)]), [None, None]);
    let unknown = only(PoolRecord { instances: None, ..east() }, Some(&rollout(vec![percent(1, 5.0), count(2, 4)], 1)));
    assert_eq!((unknown.steps[0].instances, &unknown.steps[0].fits_now), (None, &None));
}

#[test]
fn a_deployment_that_takes_out_less_at_a_time_is_judged_by_that() {
    let taken = |most, percent| {
        let record = PoolRecord { max_unavailable: Some(most), ..east() };
        only(record, Some(&rollout(percents("east", &[percent]), 1))).steps[0].instances
    };
    assert_eq!((taken(2, 50.0), taken(2, 1.0), taken(0, 100.0)), (Some(2), Some(1), Some(0)));
}

#[test]
fn the_largest_batch_that_fits_is_told_as_the_plan_would_say_it() {
    let fits = |batches: Vec<Batch>, number| {
        let step = only(east(), Some(&rollout(batches, number))).steps.remove(0);
        (step.fits_now.unwrap(), step.fits_peak.unwrap())
    };
    let percent = |instances, percent| Fit { instances, percent: Some(percent), count: None };
    // At most 3 of 40 instances: 7 %.
    assert_eq!(fits(percents("east", &[20.0]), 1), (percent(10, 25.0), percent(3, 7.0)));
    assert_eq!(fits(percents("east", &[5.0, 50.0]), 2), (percent(10, 30.0), percent(3, 12.0)));
    let count = |instances, count| Fit { instances, percent: None, count: Some(count) };
    let counted = vec![batch(1, None, None, Some(2)), batch(2, None, None, Some(20))];
    assert_eq!(fits(counted, 2), (count(10, 12), count(3, 5)));
    let none = PoolRecord { rate: Some(2000.0), ..east() };
    let step = only(none, Some(&rollout(percents("east", &[5.0]), 1))).steps.remove(0);
    assert_eq!(step.fits_now, Some(percent(0, 0.0)));
    let large =
        PoolRecord { instances: Some(1000), rate: Some(996.0), bears_concurrency: None, bears_throughput: Some(1.0), ..east() };
    let step = only(large, Some(&rollout(percents("east", &[5.0]), 1))).steps.remove(0);
    assert_eq!(step.fits_now, Some(percent(4, 0.4)));
}

#[test]
fn a_region_without_a_pool_is_named() {
    let batches = vec![batch(1, Some("south"), Some(5.0), None), batch(2, Some("north"), Some(5.0), None)];
    assert_eq!(of(vec![east()], Some(&rollout(batches.clone(), 0))).uncovered, ["north", "south"]);
    assert_eq!(of(vec![east()], Some(&rollout(batches.clone(), 1))).uncovered, ["south"]);
    // The pool of the whole service does not tell how much of it is in the region.
    let whole = PoolRecord { region: None, ..east() };
    let found = of(vec![whole.clone()], Some(&rollout(batches, 1)));
    assert_eq!((found.uncovered.len(), found.pools[0].steps.len()), (1, 0));
    let found = of(vec![whole], Some(&rollout(vec![batch(1, None, Some(5.0), None)], 1)));
    assert_eq!((found.uncovered.len(), found.pools[0].steps[0].instances), (0, Some(2)));
}

#[test]
fn the_new_version_is_compared_with_the_old_one() {
    let drop = |new, old| {
        let record = PoolRecord { new_throughput: new, old_throughput: old, ..east() };
        only(record, None).throughput.drop_percent
    };
    assert_eq!(drop(Some(90.0), Some(100.0)), Some(10.0));
    assert_eq!(drop(Some(110.0), Some(100.0)), Some(-10.0));
    assert_eq!(drop(Some(2.0), Some(3.0)), Some(33.33));
    assert_eq!((drop(None, Some(1.0)), drop(Some(1.0), None)), (None, None));
}

#[test]
fn the_age_of_a_load_test_is_counted_in_days() {
    let age = |at: &str| {
        let record = PoolRecord { tested_at: Some(at.parse().unwrap()), ..east() };
        let report = CapacityReport { service: None, at: now(), pools: vec![record] };
        capacity(&report, None, 20.0, now()).map(|found| found.pools[0].tested_days_ago)
    };
    assert_eq!(age("2025-12-01T00:00:00Z"), Ok(Some(31)));
    assert_eq!(age("2026-01-02T00:00:00Z"), Ok(Some(0)));
    assert!(age("2026-01-04T00:00:00Z").unwrap_err().contains("in the future"));
}

fn positive() -> impl Strategy<Value = f64> {
    (-9.0_f64..15.0).prop_map(|exponent| 10_f64.powf(exponent))
}

proptest! {
    #[test]
    fn the_required_instances_bear_the_load_and_one_less_does_not(rate in 1.0_f64..1e6, time in 0.001_f64..10.0, bears in 0.5_f64..500.0) {
        let record = PoolRecord { rate: Some(rate), response_time: Some(time), bears_concurrency: Some(bears), ..east() };
        let needs = number(only(record, None).now.required.unwrap());
        prop_assert!(needs * bears >= rate * time * (1.0 - 1e-8));
        prop_assert!((needs - 1.0) * bears < rate * time);
    }

    #[test]
    fn what_is_said_to_fit_fits(running in 1_u64..5000, needs in 1_u64..5000, before in 0_u32..100, percent in 0.5_f64..100.0) {
        let record = PoolRecord {
            instances: Some(running),
            rate: Some(number(needs)),
            bears_concurrency: None,
            bears_throughput: Some(1.0),
            ..east()
        };
        let spare = difference(running, needs);
        let batches = percents("east", &[f64::from(before), percent]);
        let fit = only(record.clone(), Some(&rollout(batches, 2))).steps[0].fits_now.clone().unwrap();
        prop_assert_eq!(fit.instances, u64::try_from(spare).unwrap_or(0));
        let batches = percents("east", &[f64::from(before), fit.percent.unwrap()]);
        let taken = only(record, Some(&rollout(batches, 2))).steps[0].instances.unwrap();
        prop_assert!(i64::try_from(taken).unwrap() <= spare.max(0), "{} of {}, {} spare", taken, running, spare);
    }

    #[test]
    fn no_figures_break_the_arithmetic(
        rate in positive(), time in positive(), bears in positive(), running in 1_u64..100_000_000, healthy in 0_u64..100_000_000,
        percent in 0.0_f64..1000.0, step in 0.0_f64..100.0,
    ) {
        let record = PoolRecord {
            instances: Some(running), healthy: Some(healthy.min(running)), rate: Some(rate), response_time: Some(time),
            bears_concurrency: Some(bears), ..east()
        };
        let report = CapacityReport { service: None, at: now(), pools: vec![record] };
        let found = capacity(&report, Some(&rollout(percents("east", &[step]), 1)), percent, now()).unwrap();
        let pool = &found.pools[0];
        prop_assert!(pool.now.planned >= pool.now.required && pool.now.required >= Some(1));
        prop_assert!(pool.steps[0].instances <= Some(running));
    }
}
