//! What all test reports together say (requirement A2).

use std::collections::BTreeMap;

use crate::evidence::text::first_line;
use crate::evidence::{CaseResult, TestReport, TestSuiteRecord};
use crate::facts::{Suite, TestCase, TestFailure, Tests, percent};

const LISTED: usize = 1000;
const SLOWEST: usize = 10;
const MESSAGE_CHARS: usize = 300;

/// Adds the reports up. Suites of the same name are one suite.
///
/// Without an executed case there is nothing to judge: the error, a sentence, makes the evidence unreadable.
pub fn tests(reports: Vec<TestReport>) -> Result<Tests, String> {
    let mut suites: BTreeMap<String, Suite> = BTreeMap::new();
    let mut sums = Tests {
        executed: 0,
        passed: 0,
        failed: 0,
        skipped: 0,
        flaky: 0,
        success_percent: 0.0,
        duration_seconds: None,
        suites: Vec::new(),
        failures: Vec::new(),
        flaky_cases: Vec::new(),
        slowest: Vec::new(),
    };
    for record in reports.into_iter().flat_map(|report| report.suites) {
        if let Some(seconds) = record.seconds {
            *sums.duration_seconds.get_or_insert(0.0) += seconds;
        }
        let suite = suites.entry(record.name.clone()).or_insert_with(|| Suite {
            name: record.name.clone(),
            executed: 0,
            passed: 0,
            failed: 0,
            skipped: 0,
            flaky: 0,
        });
        add(record, suite, &mut sums);
    }
    for suite in suites.values() {
        sums.executed += suite.executed;
        sums.passed += suite.passed;
        sums.failed += suite.failed;
        sums.skipped += suite.skipped;
        sums.flaky += suite.flaky;
    }
    let Some(success_percent) = percent(sums.executed, sums.passed) else {
        let cases = if sums.skipped > 0 {
            format!("all {} test cases were skipped", sums.skipped)
        } else {
            "no test case was executed".to_owned()
        };
        return Err(format!("{cases}: run the tests, and check what the report is made from"));
    };
    sums.success_percent = success_percent;
    sums.suites = suites.into_values().collect();
    sums.failures.sort_by(|a, b| (&a.suite, &a.name, &a.message).cmp(&(&b.suite, &b.name, &b.message)));
    sums.failures.truncate(LISTED);
    sums.flaky_cases.sort_by(|a, b| (&a.suite, &a.name).cmp(&(&b.suite, &b.name)));
    sums.flaky_cases.truncate(LISTED);
    keep_slowest(&mut sums.slowest);
    Ok(sums)
}

fn add(record: TestSuiteRecord, suite: &mut Suite, sums: &mut Tests) {
    for case in record.cases {
        let named = || TestCase { suite: record.name.clone(), name: case.name.clone(), seconds: case.seconds };
        if case.seconds.is_some() {
            sums.slowest.push(named());
            if sums.slowest.len() > LISTED {
                keep_slowest(&mut sums.slowest);
            }
        }
        match case.result {
            CaseResult::Skipped => {
                suite.skipped += 1;
                continue;
            }
            CaseResult::Passed => suite.passed += 1,
            CaseResult::Flaky => {
                suite.passed += 1;
                suite.flaky += 1;
                sums.flaky_cases.push(named());
            }
            CaseResult::Failed { message } => {
                suite.failed += 1;
                sums.failures.push(TestFailure {
                    suite: record.name.clone(),
                    name: case.name,
                    message: first_line(&message, MESSAGE_CHARS),
                    file: case.file,
                    line: case.line,
                });
            }
        }
        suite.executed += 1;
    }
}

fn keep_slowest(cases: &mut Vec<TestCase>) {
    let seconds = |case: &TestCase| case.seconds.unwrap_or(0.0);
    cases.sort_by(|a, b| seconds(b).total_cmp(&seconds(a)).then_with(|| (&a.suite, &a.name).cmp(&(&b.suite, &b.name))));
    cases.truncate(SLOWEST);
}

#[cfg(test)]
mod unit {
    use super::*;
    use crate::evidence::TestCaseRecord;

    fn case(name: &str, result: CaseResult, seconds: f64) -> TestCaseRecord {
        TestCaseRecord { name: name.into(), seconds: Some(seconds), file: None, line: None, result }
    }

    fn report(name: &str, cases: Vec<TestCaseRecord>) -> TestReport {
        TestReport { made_at: None, suites: vec![TestSuiteRecord { name: name.into(), seconds: Some(1.5), cases }] }
    }

    fn failed() -> CaseResult {
        CaseResult::Failed { message: "no\nmore".into() }
    }

    #[test]
    fn suites_of_one_name_are_added_over_the_reports() {
        let a = report("s", vec![case("a", CaseResult::Passed, 1.0), case("b", CaseResult::Skipped, 0.0)]);
        let b = report("s", vec![case("c", failed(), 3.0), case("d", CaseResult::Flaky, 2.0)]);
        let tests = tests(vec![a, b]).unwrap();
        assert_eq!((tests.executed, tests.passed, tests.failed, tests.skipped, tests.flaky), (3, 2, 1, 1, 1));
        assert_eq!((tests.success_percent, tests.duration_seconds), (66.66, Some(3.0)));
        assert_eq!(tests.suites.len(), 1);
        assert_eq!(tests.failures[0].message, "no");
        assert_eq!(tests.slowest.iter().map(|case| case.name.as_str()).collect::<Vec<_>>(), ["c", "d", "a", "b"]);
    }

    #[test]
    fn without_an_executed_case_nothing_is_known() {
        assert!(tests(vec![]).unwrap_err().contains("no test case was executed"));
        assert!(tests(vec![report("s", vec![])]).is_err());
        let skipped = report("s", vec![case("a", CaseResult::Skipped, 0.0)]);
        assert!(tests(vec![skipped]).unwrap_err().contains("all 1 test cases were skipped"));
    }

    #[test]
    fn the_order_of_the_reports_does_not_matter() {
        let a = report("a", vec![case("x", failed(), 1.0)]);
        let b = report("b", vec![case("y", failed(), 1.0)]);
        assert_eq!(tests(vec![a.clone(), b.clone()]), tests(vec![b, a]));
    }

    #[test]
    fn lists_are_bounded() {
        let many = (0..3000).map(|number| case(&format!("{number:04}"), failed(), f64::from(number))).collect();
        let tests = tests(vec![report("s", many)]).unwrap();
        assert_eq!((tests.failed, tests.failures.len(), tests.slowest.len()), (3000, 1000, 10));
        assert_eq!(tests.slowest[0].name, "2999");
    }
}
