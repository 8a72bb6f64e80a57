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
