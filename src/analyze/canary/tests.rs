use std::collections::BTreeMap;

use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::evidence::samples::{CountSeries, MetricSeries, SamplesReport, Series};
use crate::facts::{Judge, Worse, Zone};

fn metric(name: &str, series: Series, worse: Worse) -> MetricSeries {
    MetricSeries {
        name: name.to_owned(),
        signal: None,
        api: None,
        segment: BTreeMap::new(),
        channel: None,
        required_channels: None,
        unit: None,
        worse,
        margin: None,
        floor: None,
        critical: false,
        minimum: None,
        series,
    }
}

fn report(metrics: Vec<MetricSeries>) -> SamplesReport {
    SamplesReport {
        service: None,
        version: None,
        batch: None,
        start: Timestamp::UNIX_EPOCH,
        step_seconds: 60,
        planned_steps: None,
        degraded: Vec::new(),
        metrics,
    }
}

fn zones(metrics: Vec<MetricSeries>) -> Vec<Zone> {
    judge(&report(metrics), &Options::default()).metrics.iter().map(|metric| metric.zone).collect()
}

fn zone(series: Series, worse: Worse) -> Zone {
    zones(vec![metric("m", series, worse)])[0]
}

fn counts(values: &[(u32, u32)]) -> CountSeries {
    CountSeries {
        good: values.iter().map(|(good, _)| Some(f64::from(*good))).collect(),
        bad: values.iter().map(|(_, bad)| Some(f64::from(*bad))).collect(),
    }
}

fn samples(gray: &[Option<f64>], baseline: &[Option<f64>]) -> Series {
    Series::Samples { gray: gray.to_vec(), baseline: baseline.to_vec() }
}

fn scaled(side: &[Option<f64>], unit: f64) -> Vec<Option<f64>> {
    side.iter().map(|value| value.map(|value| value * unit)).collect()
}

/// Values around 100, now and then a gap; `shift` moves them.
fn side(shift: f64) -> impl Strategy<Value = Vec<Option<f64>>> {
    prop::collection::vec(prop::option::weighted(0.9, (90_u32..110).prop_map(move |value| f64::from(value) + shift)), 0..40)
}

fn worse() -> impl Strategy<Value = Worse> {
    prop::sample::select(vec![Worse::Up, Worse::Down, Worse::Either])
}

fn anything() -> impl Strategy<Value = Vec<Option<f64>>> {
    let value = prop_oneof![
        any::<f64>(),
        Just(0.0),
        Just(-0.0),
        Just(1e308),
        Just(5e-324),
        Just(f64::NAN),
        Just(f64::INFINITY),
        0.0..1e3
    ];
    prop::collection::vec(prop::option::weighted(0.9, value), 0..60)
}

proptest! {
    #[test]
    fn the_unit_makes_no_difference(
        gray in side(12.0), baseline in side(0.0), worse in worse(),
        unit in prop::sample::select(vec![1e-3, 0.1, 3.0, 1e3, 60.0, 1e12]),
    ) {
        let found = zone(samples(&gray, &baseline), worse);
        prop_assert_eq!(zone(samples(&scaled(&gray, unit), &scaled(&baseline, unit)), worse), found);
    }

    #[test]
    fn up_and_down_are_mirrored(gray in side(12.0), baseline in side(0.0)) {
        let turned = |side: &[Option<f64>]| scaled(side, -1.0);
        let negative = zone(samples(&turned(&gray), &turned(&baseline)), Worse::Down);
        prop_assert_eq!(negative, zone(samples(&gray, &baseline), Worse::Up));
    }

    #[test]
    fn exchanged_sides_and_direction_of_counts_are_the_same_question(
        gray in prop::collection::vec((0_u32..500, 0_u32..30), 1..20),
        baseline in prop::collection::vec((0_u32..500, 0_u32..10), 1..20),
    ) {
        let series = |gray: &[(u32, u32)], baseline: &[(u32, u32)]| Series::Counts { gray: counts(gray), baseline: counts(baseline) };
        let up = judge(&report(vec![metric("m", series(&gray, &baseline), Worse::Up)]), &Options::default());
        let down = judge(&report(vec![metric("m", series(&baseline, &gray), Worse::Down)]), &Options::default());
        let value = |canary: &crate::facts::Canary| canary.metrics[0].p_value;
        // The dispersion is seen from the baseline as well, so that the evidence need not be the same, but never its direction.
        prop_assert_eq!(value(&up).is_some(), value(&down).is_some());
        let pair = (up.metrics[0].zone, down.metrics[0].zone);
        prop_assert!(!matches!(pair, (Zone::Regressed, Zone::Equivalent) | (Zone::Equivalent, Zone::Regressed)));
    }

    #[test]
    fn the_order_of_metrics_makes_no_difference(
        sides in prop::collection::vec((side(12.0), side(0.0)), 1..6),
    ) {
        let metrics: Vec<MetricSeries> = sides
            .iter()
            .enumerate()
            .map(|(index, (gray, baseline))| metric(&format!("m{index}"), samples(gray, baseline), Worse::Up))
            .collect();
        let found = judge(&report(metrics.clone()), &Options::default());
        let turned = judge(&report(metrics.into_iter().rev().collect()), &Options::default());
        prop_assert_eq!(found, turned);
    }

    #[test]
    fn what_is_found_stays_found(
        gray in side(15.0), baseline in side(0.0),
        events in prop::collection::vec(((0_u32..500, 0_u32..30), (0_u32..500, 0_u32..10)), 0..40),
    ) {
        let sampled = |steps: usize| zone(samples(&gray[..steps.min(gray.len())], &baseline[..steps.min(baseline.len())]), Worse::Up);
        let counted = |steps: usize| {
            let cut = &events[..steps.min(events.len())];
            let sides: (Vec<_>, Vec<_>) = cut.iter().copied().unzip();
            zone(Series::Counts { gray: counts(&sides.0), baseline: counts(&sides.1) }, Worse::Up)
        };
        let mut regressed = [false; 2];
        for steps in 0..=40 {
            for (before, now) in regressed.iter_mut().zip([sampled(steps), counted(steps)]) {
                prop_assert!(!*before || now == Zone::Regressed, "after {} steps it is {:?}", steps, now);
                *before |= now == Zone::Regressed;
            }
        }
    }

    #[test]
    fn gaps_make_no_pass(length in 8_usize..60) {
        let full = vec![Some(1.0); length];
        let mut gray = full.clone();
        gray[length / 2 - 1..].fill(None);
        prop_assert_ne!(zone(samples(&gray, &full), Worse::Up), Zone::Equivalent);
        prop_assert_ne!(zone(samples(&full, &gray), Worse::Up), Zone::Equivalent);
        let side = counts(&vec![(99, 1); length]);
        let mut holed = side.clone();
        holed.bad[length / 2 - 1..].fill(None);
        prop_assert_ne!(zone(Series::Counts { gray: holed.clone(), baseline: side.clone() }, Worse::Up), Zone::Equivalent);
        prop_assert_ne!(zone(Series::Counts { gray: side, baseline: holed }, Worse::Up), Zone::Equivalent);
    }

    #[test]
    fn no_series_makes_it_fail(
        gray in anything(), baseline in anything(), more in anything(), worse in worse(),
        margin in prop::option::of(any::<f64>()), floor in prop::option::of(any::<f64>()), minimum in prop::option::of(any::<u64>()),
        planned in prop::option::of(any::<u64>()), step_seconds in any::<u64>(), kayenta in any::<bool>(),
    ) {
        let count = CountSeries { good: gray.clone(), bad: more.clone() };
        let series = [
            samples(&gray, &baseline),
            Series::Counts { gray: count.clone(), baseline: CountSeries { good: baseline, bad: more } },
            Series::Counts { gray: count.clone(), baseline: count },
        ];
        let metrics = series.map(|series| MetricSeries { margin, floor, minimum, ..metric("m", series, worse) });
        let report = SamplesReport { planned_steps: planned, step_seconds, ..report(metrics.to_vec()) };
        let judge_by = if kayenta { Judge::MannWhitney } else { Judge::Sequential };
        let canary = judge(&report, &Options { judge: judge_by, ..Options::default() });
        for metric in canary.metrics {
            prop_assert!(!metric.reason.is_empty());
            let numbers = [metric.effect, metric.e_value, metric.p_value, metric.gray.value, metric.baseline.value];
            prop_assert!(numbers.iter().flatten().all(|number| number.is_finite()), "{:?}", numbers);
        }
    }
}

#[test]
fn new_errors_against_none_are_found() {
    let gray = counts(&[(990, 10)]);
    let baseline = counts(&[(9_000, 0)]);
    assert_eq!(zone(Series::Counts { gray, baseline }, Worse::Up), Zone::Regressed);
}

#[test]
fn no_errors_at_all_are_sound_only_below_a_floor() {
    let series = || Series::Counts { gray: counts(&[(1_000, 0); 10]), baseline: counts(&[(9_000, 0); 10]) };
    assert_eq!(zone(series(), Worse::Up), Zone::Undecided);
    let with = |floor: f64| zones(vec![MetricSeries { floor: Some(floor), ..metric("m", series(), Worse::Up) }])[0];
    assert_eq!(with(0.01), Zone::Equivalent);
    assert_eq!(with(0.000_01), Zone::Undecided);
}

#[test]
fn an_undecided_metric_says_how_much_is_missing() {
    let series = Series::Counts { gray: counts(&[(995, 5); 2]), baseline: counts(&[(8_955, 45); 2]) };
    let canary = judge(&report(vec![metric("errors", series, Worse::Up)]), &Options::default());
    let found = &canary.metrics[0];
    let needed = found.needed.as_ref().unwrap();
    assert_eq!(found.zone, Zone::Undecided);
    assert!(needed.samples > 1_000.0 && needed.samples < 200_000.0, "{needed:?}");
    assert!((needed.seconds - 60.0 * needed.samples / 1_000.0).abs() < 2.0, "{needed:?}");
}

#[test]
fn a_side_without_data_has_no_data() {
    let some = vec![Some(1.0); 20];
    for (gray, baseline) in [(vec![], some.clone()), (some.clone(), vec![None; 20]), (vec![], vec![])] {
        assert_eq!(zone(samples(&gray, &baseline), Worse::Up), Zone::NoData);
    }
    let none = CountSeries::default();
    assert_eq!(zone(Series::Counts { gray: none.clone(), baseline: counts(&[(1, 1)]) }, Worse::Up), Zone::NoData);
    let kayenta = Options { judge: Judge::MannWhitney, ..Options::default() };
    let canary = judge(&report(vec![metric("m", samples(&[], &some), Worse::Up)]), &kayenta);
    assert_eq!(canary.metrics[0].zone, Zone::NoData);
    assert!(canary.score.unwrap().value.abs() < 1e-12);
}
