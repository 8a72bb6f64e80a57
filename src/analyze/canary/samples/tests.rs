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
