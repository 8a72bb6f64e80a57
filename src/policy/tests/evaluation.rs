use std::time::Duration;

use serde_json::{Value, json};

use super::super::Limits;
use super::{evaluate, input, load, one, run, said};
use crate::decide::{Effect, Stage};
use crate::facts::{Kind, Severity};

#[test]
fn a_check_knows_its_metadata() {
    let library = one(r#"# METADATA
# title: Tests
# custom:
#   requirement: A2
#   stages: [merge, release]
package kadian.tests.unit

# METADATA
# title: All tests pass
# description: |
#   Text.
# related_resources:
# - https://example.org/a
# - ref: https://example.org/b
#   description: B
# custom:
#   id: tests/success
#   severity: critical
#   effective_on: 2026-02-01
#   tags: [quick]
#   team: ours
deny contains msg if {
	input.tests.success_percent < data.kadian.settings.tests.success_percent
	msg := sprintf("%v", [input.tests.failed])
}

warn_slow contains "slow" if input.tests.duration_seconds > 100
"#);
    let ids: Vec<&str> = library.checks().iter().map(|check| check.id.as_str()).collect();
    assert_eq!(ids, ["tests/success", "tests/unit/warn_slow"]);
    let check = &library.checks()[0];
    assert_eq!((check.subject.as_str(), check.effect, check.severity), ("tests/unit", Effect::Deny, Severity::Critical));
    assert_eq!(check.title.as_deref(), Some("All tests pass"));
    assert_eq!(check.requirement.as_deref(), Some("A2"));
    assert_eq!(check.stages, [Stage::Merge, Stage::Release]);
    assert_eq!(check.needs, [Kind::Tests]);
    assert_eq!(check.effective_on, Some("2026-02-01T00:00:00Z".parse().unwrap()));
    assert_eq!(check.tags, ["quick"]);
    assert_eq!(check.related_resources.len(), 2);
    assert_eq!(check.reads, ["data.kadian.settings.tests.success_percent", "input.tests.failed", "input.tests.success_percent"]);
    assert_eq!(check.line, 22);
    let other = &library.checks()[1];
    assert_eq!((other.effect, other.severity, other.title.as_deref()), (Effect::Warn, Severity::Low, None));
}

#[test]
fn needs_come_from_the_metadata_or_from_what_the_package_mentions() {
    let lib = "package kadian.lib\nlow if input.coverage.patch.percent < 3\n";
    let text = "package kadian.x\nimport data.kadian.lib\nall := input.custom.load.p99\ndeny contains \"m\" if { lib.low; not input.scan.new }\n";
    let library = load(&[("lib.rego", lib), ("a.rego", text)]).unwrap();
    assert_eq!(library.checks()[0].needs, [Kind::Coverage, Kind::Scan, Kind::Custom("load".into())]);
    let library = one("# METADATA\n# custom: {needs: [tests]}\npackage kadian.x\ndeny contains \"m\" if input.scan.new\n");
    assert_eq!(library.checks()[0].needs, [Kind::Tests]);
}

#[test]
fn rules_of_one_name_with_ids_of_their_own_are_checks_of_their_own() {
    let library = one(r#"package kadian.x

import input.coverage as cov

# METADATA
# custom: {id: low}
deny contains msg if {
	cov.patch.percent < 60
	msg := "low"
}

# METADATA
# custom: {id: failed}
deny contains "failed" if input.tests.failed > 5

deny contains "plain" if count(deny_all) == 0
deny contains "plain 2" if input.tests.failed == 1

deny_all contains "x" if false
warn contains "total" if count(deny) == 3
"#);
    let texts = library.definitions(library.check("x/deny").unwrap());
    assert_eq!(texts.len(), 2);
    assert_eq!(texts[1], "deny contains \"plain 2\" if input.tests.failed == 1");
    let outcomes = run(&library, &input());
    assert_eq!(said(&outcomes, "low"), ["low"]);
    assert!(said(&outcomes, "failed").is_empty());
    assert_eq!(said(&outcomes, "x/deny"), ["plain", "plain 2"]);
    assert_eq!(said(&outcomes, "x/warn"), ["total"]);
}

#[test]
fn a_null_that_is_read_cannot_be_decided_and_one_that_is_asked_about_can() {
    let reason = |line: &str| {
        let text = format!("package kadian.x\ndeny contains \"m\" if {{\n\t{line}\n}}\n");
        said(&run(&one(&text), &input()), "x/deny").join(",")
    };
    let null = "cannot decide: input.tests.duration_seconds is null";
    for line in [
        "input.tests.duration_seconds > 3",
        "d := input.tests.duration_seconds; d > 3",
        "t := input.tests; t.duration_seconds > 3",
        "is_number(input.tests.duration_seconds)",
        "msg := sprintf(\"%v\", [input.tests.duration_seconds]); msg != \"\"",
        "object.get(input.tests, \"x\", input.tests.duration_seconds) == 4",
        "input.tests.failed == 99; input.tests.duration_seconds > 3",
    ] {
        let line = line.replace("\"x\"", "\"flaky\"");
        assert_eq!(reason(&line), null, "{line}");
    }
    for (line, expected) in [
        ("not input.tests.duration_seconds", ""),
        ("input.tests.duration_seconds == null", "m"),
        ("is_null(input.tests.duration_seconds)", "m"),
        ("d := input.tests.duration_seconds; d == null", "m"),
        ("object.get(input.tests, \"duration_seconds\", 3) == 4", ""),
        ("input.tests.duration_seconds != null; input.tests.duration_seconds > 3", ""),
        ("input.tests.duration_seconds > 3; input.tests.duration_seconds != null", ""),
        ("not is_null(input.tests.duration_seconds); input.tests.duration_seconds > 3", ""),
        ("is_null(input.tests.duration_seconds); sprintf(\"%v\", [input.tests.duration_seconds]) != \"\"", "m"),
        ("input.gate.service != null; input.gate.service.tier == \"L0\"", ""),
    ] {
        assert_eq!(reason(line), expected, "{line}");
    }
    assert_eq!(reason("input.coverage.lines.percent > 3"), "cannot decide: input.coverage.lines.percent is absent");
    assert_eq!(reason("some f in input.scan.tools; f.name == \"x\""), "cannot decide: input.scan.tools is absent");
}

#[test]
fn what_a_rule_reads_through_others_counts_too() {
    let text = "package kadian.x\nslow if input.tests.duration_seconds > 3\nf(x) := input.tests.duration_seconds + x\nd := input.tests.duration_seconds\n";
    for line in ["slow", "not slow", "f(1) > 2", "d > 3", "data.kadian.x.slow"] {
        let library = one(&format!("{text}deny contains \"m\" if {line}\n"));
        assert_eq!(said(&run(&library, &input()), "x/deny"), ["cannot decide: input.tests.duration_seconds is null"], "{line}");
    }
    for value in [
        "default e := 0\ne := input.tests.duration_seconds",
        "e := input.tests.duration_seconds\ne := 3 if input.tests.failed > 9",
    ] {
        let library = one(&format!("package kadian.x\n{value}\ndeny contains \"m\" if e > 3\n"));
        assert_eq!(said(&run(&library, &input()), "x/deny"), ["cannot decide: input.tests.duration_seconds is null"], "{value}");
    }
    for line in ["d == null", "input.tests.duration_seconds != null; slow"] {
        let library = one(&format!("{text}deny contains \"m\" if {{ {line} }}\n"));
        assert!(!said(&run(&library, &input()), "x/deny").join("").contains("cannot"), "{line}");
    }
}

#[test]
fn elements_carry_their_fields_and_the_rest_is_metadata() {
    let library = one(r#"package kadian.x
deny contains f if {
	some s in input.scan.findings
	f := {"msg": s.message, "file": s.file, "line": s.line, "severity": "low", "expected": 0, "actual": [1], "team": "t", "remedy": null}
}
"#);
    let checks: Vec<_> = library.checks().iter().collect();
    let outcomes = evaluate(&library, &input(), Limits::default()).unwrap();
    assert_eq!(checks.len(), 1);
    let super::Outcome::Findings(findings) = &outcomes[0].1 else { panic!("{outcomes:?}") };
    assert_eq!(
        (findings[0].file.as_deref(), findings[0].line, findings[0].severity),
        (Some("a.c"), Some(3), Some(Severity::Low))
    );
    assert_eq!((&findings[0].expected, &findings[0].actual, &findings[0].remedy), (&Some(json!(0)), &Some(json!([1])), &None));
    assert_eq!(Value::Object(findings[0].metadata.clone()), json!({"team": "t"}));
}

#[test]
fn an_element_of_another_form_is_an_error_and_never_dropped() {
    for (element, part) in [
        ("3", "holds the number 3"),
        ("{\"message\": \"x\"}", "without a text at `msg`"),
        ("{\"msg\": 4}", "the number 4 at `msg`"),
        ("{\"msg\": \"x\", \"line\": \"3\"}", "the text \"3\" at `line`"),
        ("{\"msg\": \"x\", \"severity\": \"bad\"}", "at `severity`"),
        ("[\"x\"]", "the list"),
        ("\"\"", "without a text"),
    ] {
        let library = one(&format!("package kadian.x\ndeny contains {element}\n"));
        let error = evaluate(&library, &input(), Limits::default()).unwrap_err();
        let text = error.to_string().replace("\\\"", "\"");
        assert!(text.starts_with("a.rego:2:1") && text.contains(part), "{text}");
    }
}

#[test]
fn a_check_that_fails_cannot_decide_and_the_others_still_do() {
    let library = one(r#"package kadian.x
deny contains "m" if to_number("x") > 1
warn contains "w"
hold contains "h" if count([1 | some i in numbers.range(1, 100000); some j in numbers.range(1, 100000); i + j < 0]) == 1
rollback contains "r" if count([[i, j] | some i in numbers.range(1, 9000); some j in numbers.range(1, 9000)]) == 1
"#);
    let limits = Limits { time: Duration::from_millis(300), memory: 1 << 30 };
    let outcomes = evaluate(&library, &input(), limits).unwrap();
    assert!(said(&outcomes, "x/deny")[0].contains("cannot decide: `x/deny` failed at a.rego:2: "), "{outcomes:?}");
    assert_eq!(said(&outcomes, "x/warn"), ["w"]);
    assert!(said(&outcomes, "x/hold")[0].contains("`x/hold` (a.rego:4) took longer than 300 ms"), "{outcomes:?}");
    let limits = Limits { time: Duration::from_mins(1), memory: 32 << 20 };
    let checks = [library.check("x/rollback").unwrap()];
    let request = super::Request { input: &input(), settings: &super::settings(), now: super::now(), checks: &checks, limits };
    let outcomes = library.evaluate(&request).unwrap();
    assert!(said(&outcomes, "x/rollback")[0].contains("needed more than 32 MiB"), "{outcomes:?}");
}

#[test]
fn answers_do_not_depend_on_the_order_of_the_files() {
    let a = ("a.rego", "package kadian.x\ndeny contains \"a\"\n");
    let b = ("b.rego", "package kadian.x\ndeny contains \"b\"\nwarn contains \"w\"\n");
    let forward = run(&load(&[a, b]).unwrap(), &input());
    let backward = run(&load(&[b, a]).unwrap(), &input());
    assert_eq!(forward, backward);
    assert_eq!(said(&forward, "x/deny"), ["a", "b"]);
}

#[test]
fn a_deep_input_is_an_answer_and_not_the_end_of_the_process() {
    let library = one("package kadian.x\ndeny contains \"m\" if count([v | walk(input.custom, [p, v])]) == 1\n");
    let mut deep = json!(1);
    for _ in 0..110 {
        deep = json!({ "a": deep });
    }
    let mut document = input();
    document["custom"] = deep.clone();
    assert!(said(&run(&library, &document), "x/deny").is_empty());
    for _ in 0..50 {
        deep = json!({ "a": deep });
    }
    document["custom"] = deep;
    assert!(said(&run(&library, &document), "x/deny")[0].starts_with("cannot decide: "), "too deep");
}
