//! Reads that a rule hides behind `with`, functions, computed keys and elements.

use serde_json::{Value, json};

use super::{input, load, one, run, said};

/// What `deny` says of the document, with the body and the rules beside it.
fn judge(document: &Value, beside: &str, line: &str) -> String {
    let text = format!("package kadian.x\n{beside}\ndeny contains \"m\" if {{\n\t{line}\n}}\n");
    said(&run(&one(&text), document), "x/deny").join(",")
}

fn fault(beside: &str, line: &str) -> String {
    let text = format!("package kadian.x\n{beside}\ndeny contains \"m\" if {{\n\t{line}\n}}\n");
    let errors = load(&[("a.rego", &text)]).map(|_| ()).expect_err(&text);
    let told: Vec<String> =
        errors.iter().map(|error| format!("{error} | {}", error.hint.as_deref().unwrap_or_default())).collect();
    told.join("\n")
}

const NULL: &str = "cannot decide: input.tests.duration_seconds is null";

#[test]
fn a_with_excuses_only_what_it_replaces_and_only_where_it_stands() {
    let beside = "slow if input.tests.duration_seconds > 3\nslower if slow\nother := 1\nd := input.tests.duration_seconds";
    for line in [
        "input.tests.duration_seconds > 3 with input.tests.failed as 3",
        "input.tests.duration_seconds > 3 with input.gate as {\"stage\": \"push\"}",
        "input.tests.duration_seconds > 3 with data.kadian.settings as {}",
        "input.tests.duration_seconds > 3 with data.kadian.x.other as 3",
        "input.tests.duration_seconds > 3 with time.now_ns as 3",
        "slow with input.tests.failed as 3",
        "slower with data.kadian.x.other as 3",
        "d > 3 with data.kadian.x.other as 3",
        "input.tests.failed == 3 with input.tests.failed as 3; input.tests.duration_seconds > 3",
        "input.tests.duration_seconds > 3; slow with input.tests as {\"duration_seconds\": 9}",
        "t := input.tests; t.duration_seconds > 3 with input.tests as {\"duration_seconds\": 9}",
        "count([1 | input.tests.duration_seconds > 3 with input.gate as {}]) > 0",
    ] {
        assert_eq!(judge(&input(), beside, line), NULL, "{line}");
    }
    for line in [
        "input.tests.duration_seconds > 3 with input.tests.duration_seconds as 9",
        "input.tests.duration_seconds > 3 with input.tests as {\"duration_seconds\": 9}",
        "input.tests.duration_seconds > 3 with input as {\"tests\": {\"duration_seconds\": 9}}",
        "input.tests.duration_seconds > 3 with input.gate as {} with input.tests.duration_seconds as 9",
        "slow with input.tests.duration_seconds as 9",
        "slower with input.tests.duration_seconds as 9",
        "slow with data.kadian.x.slow as true",
        "slower with data.kadian.x.slow as true",
        "t := input.tests with input.tests as {\"duration_seconds\": 9}; t.duration_seconds > 3",
        "d > 3 with data.kadian.x.d as 9",
        "count([1 | input.tests.duration_seconds > 3]) > 0 with input.tests.duration_seconds as 9",
    ] {
        assert_eq!(judge(&input(), beside, line), "m", "{line}");
    }
}

#[test]
fn a_function_reads_the_path_that_it_is_given() {
    let beside =
        "slow(t) if t.duration_seconds > 3\nslower(all) if slow(all.tests)\nlate(t) if object.get(t, \"duration_seconds\", 9) > 3
known(t) if {\n\tt.duration_seconds != null\n\tt.duration_seconds > 3\n}\nof(all) := all.tests\nabove(x) if x > 3";
    for line in [
        "slow(input.tests)",
        "not slow(input.tests)",
        "t := input.tests; slow(t)",
        "slower(input)",
        "data.kadian.x.slow(input.tests)",
        "of(input).duration_seconds > 3",
        "slow(of(input))",
        "slow(input.tests) with input.gate as {}",
        "above(input.tests.duration_seconds)",
        "[1 | slow(input.tests)] == [1]",
    ] {
        assert_eq!(judge(&input(), beside, line), NULL, "{line}");
    }
    for line in [
        "late(input.tests)",
        "known(input.tests)",
        "slow({\"duration_seconds\": 1})",
        "input.tests.duration_seconds != null; slow(input.tests)",
        "not above(input.tests.duration_seconds); false",
    ] {
        assert!(!judge(&input(), beside, line).contains("cannot"), "{line}");
    }
    assert_eq!(judge(&input(), beside, "slow(input.tests) with input.tests as {\"duration_seconds\": 9}"), "m");
}

#[test]
fn a_function_may_not_be_given_a_path_that_lacks_what_it_reads() {
    let beside =
        "low(t) if t.success_percnt < 100\nlower(all) if low(all.tests)\nof(all) := all.tests\nbad(f) if f.severty == \"high\"";
    for (line, unknown) in [
        ("low(input.tests)", "a.rego:2:11: `input.tests.success_percnt` is not in the schema"),
        ("t := input.tests; low(t)", "`input.tests.success_percnt`"),
        ("lower(input)", "`input.tests.success_percnt`"),
        ("of(input).success_percnt < 3", "a.rego:7:2: `input.tests.success_percnt`"),
        ("some f in input.scan.findings; bad(f)", "`input.scan.findings[_].severty`"),
    ] {
        let told = fault(beside, line);
        assert!(told.contains(unknown) && told.contains("Did you mean"), "{line}: {told}");
    }
    assert_eq!(judge(&input(), beside, "low({\"success_percnt\": 3})"), "m");
}

#[test]
fn a_function_over_the_whole_document_needs_what_it_reads() {
    let library = one("package kadian.x\nbad(all) if all.tests.failed > 0\ndeny contains \"m\" if bad(input)\n");
    assert_eq!(library.checks()[0].needs, [crate::facts::Kind::Tests]);
}

#[test]
fn a_function_that_is_called_like_a_guard_guards_nothing() {
    let line = "is_null(input.tests.duration_seconds); input.tests.duration_seconds > 3";
    assert_eq!(judge(&input(), "is_null(x) := true", line), NULL);
    assert_eq!(judge(&input(), "", line), "");
}

#[test]
fn functions_that_multiply_paths_are_refused_in_good_time() {
    let steps: Vec<String> = (0..40).map(|i| format!("f{i}(x) := [f{}(x.a), f{}(x.b)]", i + 1, i + 1)).collect();
    let beside = format!("{}\nf40(x) := x.c", steps.join("\n"));
    assert!(fault(&beside, "f0(input.custom.load) == 1").contains("more different paths than can be followed"));
}

#[test]
fn a_key_that_is_one_text_is_a_part_of_the_path() {
    for line in [
        "k := \"duration_seconds\"; input.tests[k] > 3",
        "k = \"duration_seconds\"; input.tests[k] > 3",
        "a := \"tests\"; b := \"duration_seconds\"; input[a][b] > 3",
        "input.tests[field] > 3",
        "t := input.tests; input.tests.failed == 1; t[field] > 3",
    ] {
        assert_eq!(judge(&input(), "field := \"duration_seconds\"", line), NULL, "{line}");
    }
    let told = fault("field := \"faild\"", "k := \"success_percnt\"; input.tests[k] < 3; input.tests[field] > 1");
    assert!(told.contains("`input.tests.success_percnt`") && told.contains("`input.tests.faild`"), "{told}");
    let told = fault("", "k := \"faild\"; object.get(input.tests, k, 0) > 1");
    assert!(told.contains("Did you mean `input.tests.failed`?"), "{told}");
    // A key that is read is a read like any other.
    assert_eq!(judge(&input(), "", "k := input.tests.duration_seconds; input.custom[k] == 1"), NULL);
}

fn with_slowest(seconds: &[Value]) -> Value {
    let mut document = input();
    let case = |seconds: &Value| json!({"suite": "s", "name": "n", "seconds": seconds});
    document["tests"]["slowest"] = seconds.iter().map(case).collect();
    document
}

#[test]
fn an_element_that_is_null_where_it_is_compared_cannot_be_decided() {
    let beside = "slow(t) if t.seconds > 3\nabove(x) if x > 3\nall_slow contains s if some s in input.tests.slowest";
    let third = with_slowest(&[json!(1), json!(2), json!(null)]);
    for line in [
        "some s in input.tests.slowest; s.seconds > 3",
        "some i, s in input.tests.slowest; s.seconds > 3; i >= 0",
        "input.tests.slowest[_].seconds > 3",
        "input.tests.slowest[i].seconds > 3; i >= 0",
        "s := input.tests.slowest[_]; s.seconds > 3",
        "some s in input.tests.slowest; x := s.seconds; 3 < x",
        "every s in input.tests.slowest { s.seconds < 3 }",
        "count([s | some s in input.tests.slowest; s.seconds > 3]) > 0",
        "some s in input.tests.slowest; slow(s)",
        "some s in input.tests.slowest; above(s.seconds)",
        "some s in all_slow; s.seconds > 3",
        "some a in input.tests.slowest; a.seconds != null; some b in input.tests.slowest; b.seconds > 3",
        "some a in input.tests.slowest; a.seconds != null; input.tests.slowest[_].seconds > 3",
        "some a in input.tests.slowest; a.seconds != null; count([b | some b in input.tests.slowest; b.seconds > 3]) > 0",
    ] {
        assert_eq!(judge(&third, beside, line), "cannot decide: input.tests.slowest[2].seconds is null", "{line}");
        assert!(!judge(&with_slowest(&[json!(1)]), beside, line).contains("cannot"), "{line}");
    }
}

#[test]
fn an_element_that_is_tested_or_only_shown_is_decided() {
    let beside = "slow(t) if t.seconds > 3\nguarded(t) if {\n\tt.seconds != null\n\tt.seconds > 3\n}
timed contains s if {\n\tsome s in input.tests.slowest\n\ts.seconds != null\n}";
    let second = with_slowest(&[json!(9), json!(null)]);
    for line in [
        "some s in input.tests.slowest; s.seconds != null; s.seconds > 3",
        "some s in input.tests.slowest; not is_null(s.seconds); s.seconds > 3",
        "some s in input.tests.slowest; is_number(s.seconds); s.seconds > 3",
        "some s in input.tests.slowest; x := s.seconds; x != null; x > 3",
        "some s in input.tests.slowest; s.seconds != null; slow(s)",
        "some s in input.tests.slowest; guarded(s)",
        "some s in timed; s.seconds > 3",
        "some s in [t | some t in input.tests.slowest; t.seconds != null]; s.seconds > 3",
        "some s in input.tests.slowest; object.get(s, \"seconds\", 0) != 4",
        "some s in input.tests.slowest; s.name != null",
        "some s in input.tests.slowest; sprintf(\"%v\", [s.seconds]) != \"\"",
        "some s in input.tests.slowest; s.name != \"a.c\"",
    ] {
        assert_eq!(judge(&second, beside, line), "m", "{line}");
    }
}

#[test]
fn arithmetic_over_a_null_element_fails_and_is_no_pass() {
    let second = with_slowest(&[json!(1), json!(null)]);
    for line in ["some s in input.tests.slowest; s.seconds * 2 > 3", "sum([s.seconds | some s in input.tests.slowest]) > 3"] {
        assert!(judge(&second, "", line).starts_with("cannot decide: "), "{line}");
    }
}
