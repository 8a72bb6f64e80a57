use super::*;
use crate::facts::Zone;

fn rule() -> Rule<'static> {
    Rule { worse: Worse::Up, margin: 0.1, floor: None, minimum: 8, alpha: 0.05, planned: None, unit: Some("s") }
}

/// The zone of a metric that is alone in its report.
fn zone(gray: &[Option<f64>], baseline: &[Option<f64>], rule: Rule<'_>) -> Zone {
    match find(gray, baseline, rule).state {
        State::NoData(_) => Zone::NoData,
        State::Tested(tested) if tested.worse <= rule.alpha => Zone::Regressed,
        State::Tested(tested) if tested.sound <= rule.alpha && tested.barred.is_none() => Zone::Equivalent,
        State::Tested(_) => Zone::Undecided,
    }
}

#[test]
fn constant_series_are_decided() {
    let series = |value: f64| vec![Some(value); 12];
    for margin in [0.0, 0.1] {
        let rule = Rule { margin, ..rule() };
        assert_eq!(zone(&series(0.1), &series(0.1), rule), Zone::Equivalent, "{margin}");
        assert_eq!(zone(&series(0.2), &series(0.1), rule), Zone::Regressed, "{margin}");
        assert_eq!(zone(&series(0.2), &series(0.1), Rule { worse: Worse::Down, ..rule }), Zone::Equivalent, "{margin}");
        assert_eq!(zone(&series(0.0), &series(0.0), rule), Zone::Equivalent, "{margin}");
        assert_eq!(zone(&series(1.0), &series(0.0), rule), Zone::Regressed, "{margin}");
        assert_eq!(zone(&series(-1.0), &series(-2.0), rule), Zone::Regressed, "{margin}");
    }
    assert_eq!(zone(&series(0.11), &series(0.1), rule()), Zone::Equivalent, "exactly the margin is accepted");
    assert_eq!(zone(&[Some(0.2); 4], &[Some(0.1); 4], rule()), Zone::Undecided, "too few");
}

#[test]
fn sides_that_do_not_overlap_have_an_interval_all_the_same() {
    let gray: Vec<Option<f64>> = (0..12).map(|at| Some(2.0 + f64::from(at % 4) * 0.1)).collect();
    let baseline: Vec<Option<f64>> = (0..12).map(|at| Some(1.0 + f64::from(at % 3) * 0.1)).collect();
    let rule = Rule { worse: Worse::Up, margin: 0.1, floor: None, minimum: 8, alpha: 0.05, planned: None, unit: None };
    let found = find(&gray, &baseline, rule);
    let Some([Some(low), Some(high)]) = found.interval else { panic!("{:?}", found.interval) };
    let effect = found.effect.unwrap();
    assert!(low < effect - 0.01 && effect + 0.01 < high, "{low} {effect} {high}");
}
