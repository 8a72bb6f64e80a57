//! Reports in which something of a list is looked for in a list. A reader that goes through it each time takes minutes here, and hours for
//! the reports that it accepts.

use std::fmt::Write as _;

use super::invariants::format;
use crate::evidence::{ReadError, Reader};

/// How many cases a report has.
fn cases(name: &str, text: &str) -> Result<usize, ReadError> {
    let Reader::Tests(read) = format(name).unwrap().read else { panic!("{name} holds no tests") };
    read(&mut text.as_bytes()).map(|report| report.suites.iter().map(|suite| suite.cases.len()).sum())
}

#[test]
fn tests_that_did_not_end_are_not_held_against_each_other() {
    let mut text = String::new();
    for test in 0..100_000 {
        let _ = writeln!(text, "{{\"Action\":\"run\",\"Package\":\"p\",\"Test\":\"T{test}\"}}");
    }
    text += "{\"Action\":\"fail\",\"Package\":\"p\"}\n";
    assert_eq!(cases("go-test", &text), Ok(100_000));
}

#[test]
fn names_above_output_are_not_looked_for_from_the_first_test_on() {
    let mut text = String::from("running 9000 tests\n");
    for test in 0..9_000 {
        let _ = writeln!(text, "test t{test} ... FAILED");
    }
    for _ in 0..20 {
        for test in 0..9_000 {
            let _ = writeln!(text, "---- t{test} stdout ----");
        }
    }
    text += "test result: FAILED. 0 passed; 9000 failed; 0 ignored; 0 measured; 0 filtered out\n";
    assert_eq!(cases("cargo-test", &text), Ok(9_000));
}

#[test]
fn rows_of_data_are_not_looked_for_among_all_results() {
    let mut results = String::new();
    for test in 0..60_000 {
        let inner = format!("<UnitTestResult testId='{test}' testName='row' outcome='Passed'/>");
        let _ = write!(
            results,
            "<UnitTestResult testId='{test}' testName='t' outcome='Passed'><InnerResults>{inner}</InnerResults></UnitTestResult>"
        );
    }
    let text = format!(
        "<TestRun><Results>{results}</Results><ResultSummary outcome='Completed'><Counters total='60000' passed='60000' failed='0'/></ResultSummary></TestRun>"
    );
    assert_eq!(cases("trx", &text), Ok(60_000));
}
