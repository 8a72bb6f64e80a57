//! What a run of tests came to, and its formats.

use std::fmt::Write as _;

use super::xml;

#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Ran {
    pub(crate) suites: Vec<RanSuite>,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct RanSuite {
    pub(crate) name: String,
    pub(crate) cases: Vec<RanCase>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RanCase {
    pub(crate) name: String,
    pub(crate) ended: Ended,
    pub(crate) millis: Option<u32>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Ended {
    Passed,
    Flaky,
    Skipped,
    Failed(String),
}

/// Two suites with two dozen cases.
pub(crate) fn typical() -> Ran {
    let case = |number: u32| RanCase {
        name: format!("case_{number}"),
        ended: match number % 7 {
            3 => Ended::Failed(format!("expected {number}")),
            5 => Ended::Skipped,
            6 => Ended::Flaky,
            _ => Ended::Passed,
        },
        millis: Some(number * 11),
    };
    let suite = |name: &str, cases: std::ops::Range<u32>| RanSuite { name: name.to_owned(), cases: cases.map(case).collect() };
    Ran { suites: vec![suite("shop.cart", 0..12), suite("shop.pay", 12..24)] }
}

/// Everything.
pub(crate) fn told_by_junit(ran: Ran) -> Ran {
    ran
}

/// As Surefire writes it.
pub(crate) fn junit(ran: &Ran) -> String {
    let count = |suites: &[RanSuite], which: fn(&Ended) -> bool| {
        suites.iter().flat_map(|suite| &suite.cases).filter(|case| which(&case.ended)).count()
    };
    let counts = |suites: &[RanSuite]| {
        format!(
            "tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\"",
            count(suites, |_| true),
            count(suites, |ended| matches!(ended, Ended::Failed(_))),
            count(suites, |ended| *ended == Ended::Skipped)
        )
    };
    let mut text = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites {}>\n", counts(&ran.suites));
    for suite in &ran.suites {
        let _ = writeln!(text, "<testsuite name=\"{}\" {}>", xml(&suite.name), counts(std::slice::from_ref(suite)));
        for case in &suite.cases {
            let time = case.millis.map_or_else(String::new, |millis| format!(" time=\"{}.{:03}\"", millis / 1000, millis % 1000));
            let inside = match &case.ended {
                Ended::Passed => String::new(),
                Ended::Flaky => "<flakyFailure message=\"once\"/>".to_owned(),
                Ended::Skipped => "<skipped/>".to_owned(),
                Ended::Failed(message) => format!("<failure message=\"{}\">at line 1</failure>", xml(message)),
            };
            let _ = writeln!(text, "<testcase name=\"{}\"{time}>{inside}</testcase>", xml(&case.name));
        }
        text += "</testsuite>\n";
    }
    text + "</testsuites>\n"
}

/// No case is flaky; a suite is an assembly.
pub(crate) fn told_by_trx(mut ran: Ran) -> Ran {
    for (number, suite) in ran.suites.iter_mut().enumerate() {
        suite.name = format!("Shop.Tests{number:03}");
        suite.cases.iter_mut().filter(|case| case.ended == Ended::Flaky).for_each(|case| case.ended = Ended::Passed);
    }
    ran
}

/// As `dotnet test` writes it.
pub(crate) fn trx(ran: &Ran) -> String {
    let (mut results, mut definitions, mut entries) = (String::new(), String::new(), String::new());
    let cases = ran.suites.iter().flat_map(|suite| suite.cases.iter().map(move |case| (suite, case)));
    let [mut passed, mut failed] = [0, 0];
    for (id, (suite, case)) in cases.clone().enumerate() {
        let (name, suite) = (xml(&case.name), xml(&suite.name));
        let duration = case.millis.map_or_else(String::new, |millis| {
            let (hours, minutes, seconds) = (millis / 3_600_000, millis / 60_000 % 60, millis / 1000 % 60);
            format!(" duration=\"{hours:02}:{minutes:02}:{seconds:02}.{:03}0000\"", millis % 1000)
        });
        let (outcome, inside) = match &case.ended {
            Ended::Passed | Ended::Flaky => ("Passed", String::new()),
            Ended::Skipped => ("NotExecuted", String::new()),
            Ended::Failed(message) => {
                ("Failed", format!("<Output><ErrorInfo><Message>{}</Message></ErrorInfo></Output>", xml(message)))
            }
        };
        passed += usize::from(outcome == "Passed");
        failed += usize::from(outcome == "Failed");
        let _ = writeln!(
            results,
            "<UnitTestResult executionId=\"e{id}\" testId=\"t{id}\" testName=\"{name}\"{duration} outcome=\"{outcome}\">{inside}</UnitTestResult>"
        );
        let _ = writeln!(
            definitions,
            "<UnitTest name=\"{name}\" storage=\"/srv/shop/{suite}.dll\" id=\"t{id}\"><TestMethod codeBase=\"/srv/shop/{suite}.dll\" className=\"\" name=\"{name}\"/></UnitTest>"
        );
        let _ = writeln!(entries, "<TestEntry testId=\"t{id}\" executionId=\"e{id}\"/>");
    }
    let (total, outcome) = (cases.count(), if failed > 0 { "Failed" } else { "Completed" });
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<TestRun id=\"r\" xmlns=\"http://microsoft.com/schemas/VisualStudio/TeamTest/2010\">\n<Times creation=\"2026-01-02T03:04:05.0000000+00:00\" start=\"2026-01-02T03:04:05.0000000+00:00\"/>\n<Results>\n{results}</Results>\n<TestDefinitions>\n{definitions}</TestDefinitions>\n<TestEntries>\n{entries}</TestEntries>\n<ResultSummary outcome=\"{outcome}\">\n<Counters total=\"{total}\" executed=\"{}\" passed=\"{passed}\" failed=\"{failed}\" error=\"0\" notExecuted=\"0\"/>\n</ResultSummary>\n</TestRun>\n",
        passed + failed
    )
}
