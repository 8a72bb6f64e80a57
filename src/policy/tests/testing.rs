use std::time::Duration;

use regex::Regex;

use super::super::{Library, Limits, PolicyError, TestOutcome, TestReport, TestRequest};
use super::{load, now, settings};

const POLICY: &str = r#"package kadian.x

deny contains "failed" if input.tests.failed > data.kadian.settings.tests.success_percent - 100

deny contains "old" if {
	input.gate.stage == "release"
	time.now_ns() > 10
}
"#;

const TESTS: &str = r#"package kadian.x_test

import data.kadian.x

test_passes if "failed" in x.deny with input as {"tests": {"failed": 1}}

test_fails if {
	print("looking")
	d := x.deny with input as {"tests": {"failed": 0}}
	count(d) == 1
	d == set()
}

test_settings if count(x.deny) == 0 with input as {"tests": {"failed": 1}} with data.kadian.settings.tests.success_percent as 150

test_breaks if to_number("x") == 1

todo_test_later if false
"#;

fn test(library: &Library, filter: Option<&str>) -> Result<TestReport, PolicyError> {
    let filter = filter.map(|filter| Regex::new(filter).unwrap());
    let clock = || Duration::from_secs(1);
    library.test(&TestRequest {
        settings: &settings(),
        now: now(),
        filter: filter.as_ref(),
        limits: Limits::default(),
        clock: Some(&clock),
    })
}

#[test]
fn each_test_has_its_outcome_and_a_failing_one_its_line() {
    let library = load(&[("x.rego", POLICY), ("x_test.rego", TESTS)]).unwrap();
    let report = test(&library, None).unwrap();
    let outcome = |name: &str| &report.results.iter().find(|result| result.name == name).unwrap().outcome;
    assert_eq!(outcome("test_passes"), &TestOutcome::Pass);
    assert_eq!(outcome("test_settings"), &TestOutcome::Pass);
    assert_eq!(outcome("todo_test_later"), &TestOutcome::Skipped);
    assert_eq!(outcome("test_fails"), &TestOutcome::Fail { line: Some(10), expression: Some("count(d) == 1".into()) });
    assert!(matches!(outcome("test_breaks"), TestOutcome::Error(text) if text.starts_with("x_test.rego:16: ")), "{report:#?}");
    let failing = &report.results[1];
    assert_eq!((failing.package.as_str(), failing.line), ("kadian.x_test", 7));
    assert!(failing.prints[0].contains("looking"), "{failing:?}");
    assert_eq!(failing.duration, Some(Duration::ZERO));
    assert_eq!(report.coverage.len(), 1);
    assert!(report.coverage[0].covered.contains(&3), "{:?}", report.coverage);
    assert_eq!(report.coverage[0].not_covered, [5, 7], "{:?}", report.coverage);
}

#[test]
fn a_filter_picks_tests_and_none_left_is_an_error() {
    let library = load(&[("x.rego", POLICY), ("x_test.rego", TESTS)]).unwrap();
    assert_eq!(test(&library, Some("x_test.test_pass")).unwrap().results.len(), 1);
    assert!(test(&library, Some("nosuch")).unwrap_err().to_string().contains("no test matches `nosuch`"));
    assert!(test(&load(&[("x.rego", POLICY)]).unwrap(), None).unwrap_err().to_string().contains("no tests"));
}

#[test]
fn tests_are_checked_like_policies() {
    let bad = "package kadian.x_test\nimport data.kadian.x\ntest_a if count(x.dney) == 0 with input.tests.faild as 1\n";
    let errors = load(&[("x.rego", POLICY), ("x_test.rego", bad)]).unwrap_err();
    let text: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert!(text.iter().any(|line| line.contains("data.kadian.x.dney")), "{text:?}");
    assert!(text.iter().any(|line| line.contains("input.tests.faild")), "{text:?}");
    let twice = "package kadian.x_test\nimport data.kadian.x\ntest_a if count(x.deny) == 0\ntest_a if true\n";
    let errors = load(&[("x.rego", POLICY), ("x_test.rego", twice)]).unwrap_err();
    assert!(errors[0].to_string().contains("x_test.rego:4:1: the test `test_a` is defined twice"), "{errors:?}");
}
