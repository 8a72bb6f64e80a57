use super::*;

fn series(good: &[f64], bad: &[f64]) -> CountSeries {
    CountSeries { good: good.iter().copied().map(Some).collect(), bad: bad.iter().copied().map(Some).collect() }
}

fn rule() -> Rule {
    Rule { worse: Worse::Up, margin: 0.1, floor: None, minimum: 5.0, alpha: 0.05, signal: Signal::Availability }
}

#[test]
fn the_example_of_a_regression_reads_well() {
    let found = find(&series(&[955.0], &[45.0]), &series(&[9_900.0], &[9.0]), rule());
    let State::Tested(tested) = &found.state else { panic!("{found:?}") };
    assert!(tested.worse < 1e-7, "{}", tested.worse);
    assert_eq!(
        format!("{}: {}", found.compared, found.apart),
        "45 of 1000 requests failed against 9 of 9909: 5.7 to 2347 times the baseline's share, accepted is 1.1 times"
    );
}
