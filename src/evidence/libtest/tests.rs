//! What Rust's harness prints, and each way to damage it.

use super::{json, text};
use crate::evidence::{CaseId, CaseResult, ReadError, TestReport};

const LOG: &str = "   Compiling pay v0.1.0 (/srv/shop)
    Finished `test` profile in 0.5s
     Running unittests src/lib.rs (target/debug/deps/pay-0123456789abcdef)

running 4 tests
test refund::once - should panic ... ok
test refund::twice ... FAILED
test refund::later ... ignored, the bank is away
test refund::slow has been running for over 60 seconds
test refund::slow ... ok <61.5s>

failures:

---- refund::twice stdout ----

thread 'refund::twice' (77) panicked at src/lib.rs:9:5:
assertion failed: 1 == 2
note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace


failures:
    refund::twice

test result: FAILED. 2 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s

error: test failed, to rerun pass `--lib`
   Doc-tests pay

running 1 test
test src/lib.rs - refund (line 3) ... ok

test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.30s

";

/// A line for each suite, and one for each case that is told.
fn seen(report: Result<TestReport, ReadError>) -> Result<Vec<String>, String> {
    let mut seen = Vec::new();
    for suite in report.map_err(|error| error.to_string())?.suites {
        let cases = suite.cases;
        seen.push(format!("{} {}+{}", suite.name, cases.passed.len(), cases.skipped.len()));
        seen.extend(cases.told.into_iter().map(|case| match case.result {
            CaseResult::Failed { message } => {
                format!("{}: {message} at {}:{}", case.name, case.file.unwrap_or_default(), case.line.unwrap_or(0))
            }
            other => format!("{other:?}"),
        }));
    }
    Ok(seen)
}

fn log(text: &str) -> Result<Vec<String>, String> {
    seen(text::read(&mut text.as_bytes()))
}

#[test]
fn each_program_is_a_suite() {
    assert_eq!(log(LOG).unwrap(), ["pay 2+1", "refund::twice: assertion failed: 1 == 2 at src/lib.rs:9", "pay (doc) 1+0"]);
    assert!(text::read(&mut LOG.as_bytes()).unwrap().suites[0].cases.passed.iter().any(|id| id == CaseId::of("refund::once")));
    let slowest = text::read(&mut LOG.as_bytes()).unwrap().slowest;
    assert!(slowest.len() == 1 && (slowest[0].seconds - 61.5).abs() < 1e-9);
}

#[test]
fn an_older_panic_stands_on_one_line_and_other_failures_speak_for_themselves() {
    let old = LOG.replace("(77) panicked at src/lib.rs:9:5:\nassertion failed: 1 == 2", "panicked at 'no: '1'', src/lib.rs:9:5");
    assert_eq!(log(&old).unwrap()[1], "refund::twice: no: '1' at src/lib.rs:9");
    let error =
        LOG.replace("thread 'refund::twice' (77) panicked at src/lib.rs:9:5:\nassertion failed: 1 == 2", "Error: \"late\"");
    assert_eq!(log(&error).unwrap()[1], "refund::twice: Error: \"late\" at :0");
}

#[test]
fn what_was_written_between_a_test_and_its_result_is_stepped_over() {
    let text = "running 1 test\ntest a ... paid 3\nmore\nok\n\ntest result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out\n";
    assert_eq!(log(text).unwrap(), ["(unnamed) 1+0"]);
    let bench = "running 1 test\ntest b ... bench:       1,234 ns/iter (+/- 5)\n\ntest result: ok. 0 passed; 0 failed; 0 ignored; 1 measured; 0 filtered out; finished in 1s\n";
    assert_eq!(log(bench).unwrap(), ["(unnamed) 1+0"]);
}

#[test]
fn a_report_that_quotes_the_harness_is_not_its_log() {
    assert!(text::recognises("x", LOG.as_bytes()) && text::recognises("x", b"\nrunning 1 test\n"));
    for other in
        ["<testsuite><system-out>\nrunning 1 test\n", "TAP version 13\nrunning 1 test\n", "{\n\"x\": \"\nrunning 1 test\n", ""]
    {
        assert!(!text::recognises("x", other.as_bytes()), "{other}");
    }
}

#[test]
fn a_log_that_is_not_whole_is_refused() {
    for (from, to, expected) in [
        ("test refund::once - should panic ... ok\n", "", "4 tests were announced"),
        ("test refund::twice ... FAILED", "test refund::twice ... ok", "1 failed and 1 ignored ones are summed up"),
        ("1 failed; 1", "0 failed; 1", "without its numbers"),
        ("FAILED. 2 passed; 1 failed", "ok. 3 passed; 0 failed", "but 2, 1 and 1 are listed"),
        ("2 passed; ", "", "without its numbers"),
        ("\ntest result: FAILED. 2", "\ntests: FAILED. 2", "a test program has no `test result:`"),
        ("running 4 tests", "running 3 tests", "3 tests were announced"),
    ] {
        let error = log(&LOG.replace(from, to)).unwrap_err();
        assert!(error.contains(expected), "{error}");
    }
    let passing =
        "running 0 tests\n\ntest result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n";
    assert_eq!(log(passing).unwrap(), ["(unnamed) 0+0"]);
    let error =
        log(&(passing.to_owned() + "error: could not compile `pay` (test \"refund\") due to 1 previous error\n")).unwrap_err();
    assert!(error.contains("cargo says `error: could not compile"), "{error}");
    assert!(log("error: no test target named `x`\n").unwrap_err().contains("cargo says"));
    assert!(log("nothing\n").unwrap_err().contains("expected the output of `cargo test`"));
}

#[test]
fn every_cut_is_refused_but_those_behind_a_summary() {
    let ends: Vec<usize> = LOG.match_indices("finished in").map(|(at, _)| at + LOG[at..].find('\n').unwrap() + 1).collect();
    for end in (0..LOG.len()).filter(|end| *end < ends[0] || (*end > LOG.find("running 1").unwrap() + 14 && *end < ends[1])) {
        assert!(log(&LOG[..end]).is_err(), "{end}: {}", &LOG[..end]);
    }
}

const EVENTS: &str = r#"{ "type": "suite", "event": "started", "test_count": 3 }
{ "type": "test", "event": "started", "name": "a" }
{ "type": "test", "name": "a", "event": "ok", "exec_time": 0.5 }
{ "type": "test", "name": "b", "event": "failed", "stdout": "\nthread 'b' panicked at src/lib.rs:9:5:\nno \"way\"\nnote: x\n" }
{ "type": "test", "name": "c", "event": "ignored", "message": "why" }
{ "type": "suite", "event": "failed", "passed": 1, "failed": 1, "ignored": 1, "measured": 0, "filtered_out": 0, "exec_time": 0.5 }
"#;

fn events(text: &str) -> Result<Vec<String>, String> {
    seen(json::read(&mut text.as_bytes()))
}

#[test]
fn events_tell_the_same() {
    assert_eq!(events(EVENTS).unwrap(), ["(unnamed) 1+1", "b: no \"way\" at src/lib.rs:9"]);
    let nextest = EVENTS.replacen("3 }", r#"3, "nextest": {"crate": "pay", "test_binary": "api", "kind": "test"} }"#, 1);
    assert_eq!(events(&nextest).unwrap()[0], "pay::api 1+1");
    assert_eq!(events(&EVENTS.repeat(2)).unwrap().len(), 4);
}

#[test]
fn events_that_are_not_whole_are_refused() {
    for (from, to, expected) in [
        ("\"passed\": 1", "\"passed\": 2", "2 passed"),
        ("\"passed\": 1, ", "", "without its numbers"),
        ("\"event\": \"failed\", \"passed\"", "\"event\": \"ok\", \"passed\"", "says `ok` with 1 failed"),
        ("\"event\": \"ignored\"", "\"event\": \"lost\"", "`lost` of a test is not known"),
        ("\"test_count\": 3", "\"test_count\": 4", "4 tests were announced"),
    ] {
        let error = events(&EVENTS.replace(from, to)).unwrap_err();
        assert!(error.contains(expected), "{error}");
    }
    assert!(events(EVENTS.split_once('\n').unwrap().1).unwrap_err().contains("a test outside of a suite"));
    for end in 1..EVENTS.len() - 1 {
        assert!(events(&EVENTS[..end]).is_err(), "{end}");
    }
}
