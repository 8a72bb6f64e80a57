//! One test for each trap of TAP.

use super::{read, recognises};
use crate::evidence::{CaseId, CaseResult, TestReport};

fn parse(text: &str) -> TestReport {
    read(&mut text.as_bytes()).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn error(text: &str) -> String {
    read(&mut text.as_bytes()).map_or_else(|error| error.to_string(), |report| panic!("{report:?}"))
}

/// How many passed and were skipped, and what is said of the others.
fn seen(text: &str) -> (usize, usize, Vec<String>) {
    let cases = parse(text).suites.remove(0).cases;
    let told = cases.told.into_iter().map(|case| match case.result {
        CaseResult::Failed { message } => {
            let place = case.file.map(|file| format!(" at {file}:{}", case.line.unwrap_or(0))).unwrap_or_default();
            format!("{}: {message}{place}", case.name)
        }
        other => format!("{other:?}"),
    });
    (cases.passed.len(), cases.skipped.len(), told.collect())
}

#[test]
fn points_pass_fail_and_are_skipped() {
    let text = "TAP version 13\nok 1 - a\nsome output\nnot ok 2 - b\n# got: 1\nok 3 # SKIP no network\nnot ok 4 - d # TODO later\nok 5 - e # TODO done\n\
        not ok 6 - f # skip\n1..6\n# tests 6\n";
    assert_eq!(seen(text), (2, 3, vec!["b: got: 1".to_owned()]));
    assert!(parse(text).suites[0].cases.passed.iter().any(|id| id == CaseId::of("a")));
    assert_eq!(seen("1..2\nok\nok\n"), (2, 0, vec![]));
    assert_eq!(seen("1..0 # SKIP no tests\n"), (0, 0, vec![]));
}

#[test]
fn points_inside_a_point_are_what_it_is_made_of() {
    let text = "TAP version 14\n# Subtest: pay\n    # Subtest: refund\n        ok 1 - once\n        not ok 2 - twice\n          ---\n          duration_ms: 1.5\n          location: '/shop/pay.js:7:3'\n          error: |-\n            Expected values:\n            more: 1\n          ...\n        1..2\n    not ok 1 - refund\n      ---\n      error: '1 subtest failed'\n      ...\n    ok 2 - other\n    1..2\nnot ok 1 - pay\nok 2 - last\n1..2\n";
    assert_eq!(seen(text), (3, 0, vec!["pay > refund > twice: Expected values: at /shop/pay.js:7".to_owned()]));
    let report = parse(text);
    assert!(report.suites[0].cases.passed.iter().any(|id| id == CaseId::of("pay > refund > once")));
    assert!((report.slowest[0].seconds - 0.0015).abs() < 1e-9);
}

#[test]
fn perl_names_the_point_further_in_and_a_point_may_fail_by_itself() {
    let text = "    # Subtest: pay\n    ok 1 - a\n    1..1\nok 1 - pay\n# Subtest: b\n    ok 1 - c\n    1..1\nnot ok 2 - b\n#   Failed test 'b'\n#   at t/pay.t line 9.\n# No plan\n    1..0 # SKIP all\nok 3 # skip all\n1..3\n";
    assert_eq!(seen(text), (2, 1, vec!["b: No plan at t/pay.t:9".to_owned()]));
    let report = parse(text);
    assert!(report.suites[0].cases.passed.iter().eq([CaseId::of("pay > a"), CaseId::of("b > c")]));
}

#[test]
fn points_of_one_name_stand_apart() {
    assert_eq!(seen("1..3\nnot ok 1 - a\nok 2 - a\nok 3 - a\n"), (2, 0, vec!["a: failed without a message".to_owned()]));
}

#[test]
fn a_stream_that_is_not_whole_is_refused() {
    for (text, expected) in [
        ("ok 1 - a\n", "1 test points and no plan"),
        ("1..2\nok 1 - a\n", "line 3: the plan states 2 test points but 1 are listed"),
        ("ok 1\nok 2\n1..1\n", "states 1 test points but 2"),
        ("1..2\nok 1\nok 3\n", "line 3: test 3 comes as number 2"),
        ("1..2\nok 1\nok 1\n", "test 1 comes as number 2"),
        ("1..2\nok 1\nBail out! no database\n", "line 3: the run was given up: no database"),
        ("1..1\nok 1\n1..1\n", "a second plan"),
        ("TAP version 13\n1..1\nok 1\nTAP version 13\n", "a second `TAP version`"),
        ("1..1\nok 1 - a", "ends inside a test point"),
        ("1..1\n    ok 1 - b\nok 1 - a\n", "1 test points and no plan"),
        ("1..1\nok 1 - a\n    ok 1 - b\n    1..1\n", "inside a test point that never comes"),
        ("1..1\nnot ok 1 - a\n  ---\n  message: 'b'\n", "ends inside diagnostics"),
        ("", "0 test points and no plan"),
    ] {
        assert!(error(text).contains(expected), "{text}: {}", error(text));
    }
    let deep: String = (0..70).map(|depth| " ".repeat(depth * 4) + "ok 1\n").collect();
    assert!(error(&deep).contains("64 deep"));
}

#[test]
fn every_cut_is_refused_or_loses_only_what_is_said_of_the_last_point() {
    let text = "1..2\n# Subtest: a\n    ok 1 - b\n    not ok 2 - c # TODO\n    1..2\nok 1 - a\nnot ok 2 - d\n  ---\n  message: 'no'\n  ...\n";
    let whole = seen(text);
    for end in 0..text.len() {
        if let Ok(report) = read(&mut &text.as_bytes()[..end]) {
            let cases = &report.suites[0].cases;
            assert_eq!((cases.passed.len(), cases.skipped.len(), cases.told.len()), (whole.0, whole.1, whole.2.len()), "{end}");
        }
    }
}

#[test]
fn the_first_line_tells_the_format() {
    for head in ["TAP version 14\n", "1..3\n", "ok 1 - a\nok", "\n\nnot ok 1 # TODO\n"] {
        assert!(recognises("x", head.as_bytes()), "{head}");
    }
    for head in ["okay", "1..3 or so", "running 3 tests", "<a/>", "{}"] {
        assert!(!recognises("x", head.as_bytes()), "{head}");
    }
}
