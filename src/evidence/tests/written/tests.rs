//! What a run of tests came to, and its formats.

use std::fmt::Write as _;

use super::{json, xml};

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

/// Names and messages that every line of text can hold; no case is flaky.
fn plain(mut ran: Ran) -> Ran {
    let plain = |text: &str| text.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect::<String>();
    for (number, suite) in ran.suites.iter_mut().enumerate() {
        suite.name = format!("s{number:03}_{}", plain(&suite.name));
        for (at, case) in suite.cases.iter_mut().enumerate() {
            case.name = format!("t{number}_{at}_{}", plain(&case.name));
            case.ended = match &case.ended {
                Ended::Flaky => Ended::Passed,
                Ended::Failed(message) => Ended::Failed(format!("because {}", plain(message))),
                other => other.clone(),
            };
        }
    }
    ran
}

/// Seconds as `1.234`.
fn seconds(millis: u32) -> String {
    format!("{}.{:03}", millis / 1000, millis % 1000)
}

/// One suite without a name.
pub(crate) fn told_by_tap(ran: Ran) -> Ran {
    let cases = plain(ran).suites.into_iter().flat_map(|suite| suite.cases).collect();
    Ran { suites: vec![RanSuite { name: "(unnamed)".to_owned(), cases }] }
}

/// TAP 13 with the diagnostics of node-tap.
pub(crate) fn tap(ran: &Ran) -> String {
    let cases = || ran.suites.iter().flat_map(|suite| &suite.cases);
    let mut text = format!("TAP version 13\n1..{}\n", cases().count());
    for (number, case) in cases().enumerate() {
        let (not, directive) = match &case.ended {
            Ended::Failed(_) => ("not ", ""),
            Ended::Skipped => ("", " # SKIP not here"),
            Ended::Passed | Ended::Flaky => ("", ""),
        };
        let _ = writeln!(text, "{not}ok {} - {}{directive}", number + 1, case.name);
        let _ = match (&case.ended, case.millis) {
            (Ended::Failed(message), Some(millis)) => {
                writeln!(text, "  ---\n  message: {message}\n  duration_ms: {millis}\n  ...")
            }
            (Ended::Failed(message), None) => writeln!(text, "  ---\n  message: {message}\n  ..."),
            (_, Some(millis)) => writeln!(text, "  ---\n  duration_ms: {millis}\n  ..."),
            (_, None) => Ok(()),
        };
    }
    text
}

/// How many passed, failed and were skipped.
fn counts(suite: &RanSuite) -> [usize; 3] {
    let count = |which: fn(&Ended) -> bool| suite.cases.iter().filter(|case| which(&case.ended)).count();
    [
        count(|ended| *ended == Ended::Passed),
        count(|ended| matches!(ended, Ended::Failed(_))),
        count(|ended| *ended == Ended::Skipped),
    ]
}

/// No times.
pub(crate) fn told_by_cargo_test(ran: Ran) -> Ran {
    let mut ran = plain(ran);
    ran.suites.iter_mut().flat_map(|suite| &mut suite.cases).for_each(|case| case.millis = None);
    ran
}

/// As `cargo test` writes it.
pub(crate) fn cargo_test(ran: &Ran) -> String {
    let mut text = String::new();
    for suite in &ran.suites {
        let _ = writeln!(text, "     Running unittests src/lib.rs (target/debug/deps/{}-0123456789abcdef)\n", suite.name);
        let _ = writeln!(text, "running {} tests", suite.cases.len());
        for case in &suite.cases {
            let word = match &case.ended {
                Ended::Passed | Ended::Flaky => "ok",
                Ended::Failed(_) => "FAILED",
                Ended::Skipped => "ignored",
            };
            let _ = writeln!(text, "test {} ... {word}", case.name);
        }
        let [passed, failed, ignored] = counts(suite);
        if failed > 0 {
            text += "\nfailures:\n\n";
        }
        for case in &suite.cases {
            if let Ended::Failed(message) = &case.ended {
                let _ = writeln!(text, "---- {} stdout ----\n{message}\n", case.name);
            }
        }
        let word = if failed > 0 { "FAILED" } else { "ok" };
        let _ = writeln!(
            text,
            "\ntest result: {word}. {passed} passed; {failed} failed; {ignored} ignored; 0 measured; 0 filtered out; finished in 0.02s\n"
        );
    }
    text
}

/// Everything but odd names.
pub(crate) fn told_by_libtest(ran: Ran) -> Ran {
    plain(ran)
}

/// As nextest writes it.
pub(crate) fn libtest_json(ran: &Ran) -> String {
    let mut text = String::new();
    for suite in &ran.suites {
        let (name, [passed, failed, ignored]) = (json(&suite.name), counts(suite));
        let _ = writeln!(
            text,
            "{{\"type\":\"suite\",\"event\":\"started\",\"test_count\":{},\"nextest\":{{\"crate\":{name},\"test_binary\":{name},\"kind\":\"lib\"}}}}",
            suite.cases.len()
        );
        for case in &suite.cases {
            let (word, said) = match &case.ended {
                Ended::Passed | Ended::Flaky => ("ok", String::new()),
                Ended::Failed(message) => ("failed", format!(",\"stdout\":{}", json(message))),
                Ended::Skipped => ("ignored", String::new()),
            };
            let time = case.millis.map_or_else(String::new, |millis| format!(",\"exec_time\":{}", seconds(millis)));
            let _ = writeln!(text, "{{\"type\":\"test\",\"event\":\"{word}\",\"name\":{}{time}{said}}}", json(&case.name));
        }
        let word = if failed > 0 { "failed" } else { "ok" };
        let _ = writeln!(
            text,
            "{{\"type\":\"suite\",\"event\":\"{word}\",\"passed\":{passed},\"failed\":{failed},\"ignored\":{ignored},\"measured\":0,\"filtered_out\":0,\"exec_time\":0.1}}"
        );
    }
    text
}

/// As `go test -json` writes it.
pub(crate) fn go_test(ran: &Ran) -> String {
    let mut text = String::new();
    for suite in &ran.suites {
        let package = json(&suite.name);
        let _ = writeln!(text, "{{\"Action\":\"start\",\"Package\":{package}}}");
        for case in &suite.cases {
            let name = json(&case.name);
            let _ = writeln!(text, "{{\"Action\":\"run\",\"Package\":{package},\"Test\":{name}}}");
            let word = match &case.ended {
                Ended::Passed | Ended::Flaky => "pass",
                Ended::Skipped => "skip",
                Ended::Failed(message) => {
                    let said = json(&format!("    {message}\n"));
                    let _ = writeln!(text, "{{\"Action\":\"output\",\"Package\":{package},\"Test\":{name},\"Output\":{said}}}");
                    "fail"
                }
            };
            let time = case.millis.map_or_else(String::new, |millis| format!(",\"Elapsed\":{}", seconds(millis)));
            let _ = writeln!(text, "{{\"Action\":\"{word}\",\"Package\":{package},\"Test\":{name}{time}}}");
        }
        let word = if counts(suite)[1] > 0 { "fail" } else { "pass" };
        let _ = writeln!(text, "{{\"Action\":\"{word}\",\"Package\":{package},\"Elapsed\":0.5}}");
    }
    text
}
