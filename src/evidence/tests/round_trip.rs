//! What is written in a format and read back is what was written.

use proptest::prelude::*;

use super::invariants::format;
use super::models::{found, measured, ran};
use super::written::{Ended, Finding, Found, Measured, MeasuredFile, MeasuredLine, Ran, RanCase, WRITERS, Writer};
use crate::evidence::{CaseId, CaseIds, CaseResult, CoverageReport, ReadError, Reader, ScanReport, TestReport};

/// What the reader of that name makes of a text; the readers of the other kinds are not asked.
macro_rules! read {
    ($kind:ident, $name:expr, $text:expr) => {
        match format($name).map(|format| format.read) {
            Some(Reader::$kind(read)) => read(&mut $text.as_bytes()),
            _ => Err(ReadError::whole("no reader of this kind")),
        }
        .unwrap_or_else(|error| panic!("{}: {error}\n{}", $name, $text))
    };
}

impl From<CoverageReport> for Measured {
    fn from(report: CoverageReport) -> Measured {
        let files = report.files.into_iter().map(|(path, file)| {
            let branches = |line| file.branches().iter().find(|branches| branches.line == line);
            let lines = file.iter().map(|(line, covered)| {
                let branches = branches(line).map(|branches| (branches.covered, branches.total));
                (line, MeasuredLine { covered, branches })
            });
            (path, MeasuredFile { lines: lines.collect() })
        });
        Measured { files: files.collect() }
    }
}

/// What is kept of a suite: its name, the cases that are told, the passed and the skipped ones, and the sum of the times.
type Suite = (String, Vec<(String, Ended)>, [CaseIds; 2], Option<u64>);

/// What a reader has to keep of a run.
fn kept(ran: &Ran) -> Vec<Suite> {
    let suites = ran.suites.iter().map(|suite| {
        let told = |case: &&RanCase| matches!(case.ended, Ended::Flaky | Ended::Failed(_));
        let told = suite.cases.iter().filter(told).map(|case| (case.name.clone(), case.ended.clone())).collect();
        let quiet = |ended| suite.cases.iter().filter(|case| case.ended == ended).map(|case| CaseId::of(&case.name)).collect();
        let times = suite.cases.iter().filter_map(|case| case.millis).map(u64::from).reduce(|sum, next| sum + next);
        (suite.name.clone(), told, [quiet(Ended::Passed), quiet(Ended::Skipped)], times)
    });
    suites.collect()
}

fn read_back(report: TestReport) -> Vec<Suite> {
    let suites = report.suites.into_iter().map(|suite| {
        let told = suite.cases.told.into_iter().map(|case| {
            let ended = match case.result {
                CaseResult::Passed => Ended::Passed,
                CaseResult::Flaky => Ended::Flaky,
                CaseResult::Skipped => Ended::Skipped,
                CaseResult::Failed { message } => Ended::Failed(message),
            };
            (case.name, ended)
        });
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the model's times are small")]
        let times = suite.cases.seconds.map(|seconds| (seconds * 1000.0).round() as u64);
        (suite.name, told.collect(), [suite.cases.passed, suite.cases.skipped], times)
    });
    suites.collect()
}

impl From<ScanReport> for Found {
    fn from(report: ScanReport) -> Found {
        let findings = report.results.iter().map(|one| Finding {
            rule: one.rule.to_owned(),
            severity: one.severity,
            message: one.message.to_owned(),
            path: one.path.unwrap_or_default().to_owned(),
            lines: (one.line.unwrap_or(0), one.end_line.unwrap_or(0)),
        });
        Found { findings: findings.collect() }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn coverage_comes_back_as_it_was_written(model in measured()) {
        for (name, writer) in WRITERS {
            let Writer::Coverage(told, write) = writer else { continue };
            let told = told(model.clone());
            let text = write(&told);
            prop_assert_eq!(Measured::from(read!(Coverage, name, text)), told, "{}\n{}", name, text);
        }
    }

    #[test]
    fn tests_come_back_as_they_were_written(model in ran()) {
        for (name, writer) in WRITERS {
            let Writer::Tests(told, write) = writer else { continue };
            let told = told(model.clone());
            let text = write(&told);
            prop_assert_eq!(read_back(read!(Tests, name, text)), kept(&told), "{}\n{}", name, text);
        }
    }

    #[test]
    fn findings_come_back_as_they_were_written(model in found()) {
        for (name, writer) in WRITERS {
            let Writer::Scan(told, write) = writer else { continue };
            let told = told(model.clone());
            let text = write(&told);
            prop_assert_eq!(Found::from(read!(Scan, name, text)), told, "{}\n{}", name, text);
        }
    }
}
