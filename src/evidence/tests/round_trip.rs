//! What is written in a format and read back is what was written.

use proptest::prelude::*;

use super::invariants::format;
use super::models::{found, measured, ran};
use super::written::{Ended, Finding, Found, Measured, MeasuredFile, MeasuredLine, Ran, RanCase, RanSuite, WRITERS, Writer};
use crate::evidence::{CaseResult, CoverageReport, ReadError, Reader, ScanReport, TestReport};

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

impl From<TestReport> for Ran {
    fn from(report: TestReport) -> Ran {
        let suites = report.suites.into_iter().map(|suite| {
            let cases = suite.cases.into_iter().map(|case| RanCase {
                name: case.name,
                ended: match case.result {
                    CaseResult::Passed => Ended::Passed,
                    CaseResult::Flaky => Ended::Flaky,
                    CaseResult::Skipped => Ended::Skipped,
                    CaseResult::Failed { message } => Ended::Failed(message),
                },
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the model's times are small")]
                millis: case.seconds.map(|seconds| (seconds * 1000.0).round() as u32),
            });
            RanSuite { name: suite.name, cases: cases.collect() }
        });
        Ran { suites: suites.collect() }
    }
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
            prop_assert_eq!(Ran::from(read!(Tests, name, text)), told, "{}\n{}", name, text);
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
