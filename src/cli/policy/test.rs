//! `kadian policy test`.

use std::fmt::Write;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use regex::Regex;
use serde_json::{Value, json};

use super::{ListFormat, SelectionArgs, output};
use crate::collect::clock;
use crate::error::{Error, Result};
use crate::exit;
use crate::gate::library;
use crate::policy::{Limits, TestOutcome, TestReport, TestRequest, TestResult};
use crate::report::escape;

#[derive(Debug, Args)]
pub(in super::super) struct Test {
    /// Policies and tests to run instead of the configured ones: folders, .rego files or bundles
    paths: Vec<PathBuf>,
    #[command(flatten)]
    selection: SelectionArgs,
    /// Run only the tests whose name (`package.test_name`) matches this regular expression
    #[arg(long, value_name = "REGEX")]
    run: Option<String>,
    /// Show which lines of the policies the tests evaluate
    #[arg(long)]
    coverage: bool,
    /// How to print it
    #[arg(long, value_enum, default_value = "text")]
    format: ListFormat,
}

impl Test {
    /// Ends with 0 when every test passes, with 1 when one fails.
    pub(super) fn run(self) -> Result<u8> {
        let filter = self.run.as_deref().map(Regex::new).transpose();
        let filter = filter.map_err(|error| Error::new(format!("--run: {error}")))?;
        let loaded = library::load_with_tests(&self.selection.selection(&self.paths))?;
        let clock = clock::Stopwatch::start();
        let elapsed = || clock.elapsed();
        let request = TestRequest {
            settings: &loaded.settings,
            now: clock::now(),
            filter: filter.as_ref(),
            limits: Limits::default(),
            clock: Some(&elapsed),
        };
        let report = loaded.library.test(&request).map_err(Error::from)?;
        match self.format {
            ListFormat::Text => output::print_quoting(&text(&report, self.coverage))?,
            ListFormat::Json => {
                let text = serde_json::to_string_pretty(&as_json(&report, self.coverage))
                    .map_err(|error| Error::new(format!("the results cannot be written: {error}")))?;
                output::print(&escape::log_json(&text))?;
            }
        }
        let failed =
            report.results.iter().any(|result| matches!(result.outcome, TestOutcome::Fail { .. } | TestOutcome::Error(_)));
        Ok(if failed { exit::TEST_FAILED } else { 0 })
    }
}

fn text(report: &TestReport, coverage: bool) -> String {
    let mut text = String::new();
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    for result in &report.results {
        let name = format!("{}.{}", result.package, result.name);
        match &result.outcome {
            TestOutcome::Pass => passed += 1,
            TestOutcome::Skipped => {
                skipped += 1;
                let _ = writeln!(text, "SKIP   {name}");
            }
            TestOutcome::Fail { line, expression } => {
                failed += 1;
                let _ = writeln!(text, "FAIL   {name}\n       {}:{}", result.file, line.unwrap_or(result.line));
                if let Some(expression) = expression {
                    let _ = writeln!(text, "       {expression}");
                }
            }
            TestOutcome::Error(reason) => {
                failed += 1;
                let _ = writeln!(text, "ERROR  {name}\n       {}:{}\n       {reason}", result.file, result.line);
            }
        }
        for print in &result.prints {
            let _ = writeln!(text, "       | {print}");
        }
    }
    if coverage {
        for file in &report.coverage {
            let (covered, all) = (file.covered.len(), file.covered.len() + file.not_covered.len());
            let _ = write!(text, "{covered:5} of {all:4} lines  {}", file.file);
            if !file.not_covered.is_empty() {
                let lines: Vec<String> = file.not_covered.iter().map(ToString::to_string).collect();
                let _ = write!(text, "  not: {}", lines.join(" "));
            }
            text.push('\n');
        }
    }
    let _ = write!(text, "{passed} passed, {failed} failed, {skipped} skipped");
    text
}

/// The results in the form of `opa test --format json`.
fn as_json(report: &TestReport, coverage: bool) -> Value {
    let result = |result: &TestResult| {
        let mut row = json!({
            "location": {"file": result.file, "row": result.line, "col": 1},
            "package": format!("data.{}", result.package),
            "name": result.name,
            "duration": result.duration.map(|time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)),
        });
        match &result.outcome {
            TestOutcome::Pass => {}
            TestOutcome::Fail { line, expression } => {
                row["fail"] = true.into();
                row["failed_at"] = json!({"row": line, "text": expression});
            }
            TestOutcome::Error(reason) => row["error"] = reason.as_str().into(),
            TestOutcome::Skipped => row["skip"] = true.into(),
        }
        row
    };
    let results: Vec<Value> = report.results.iter().map(result).collect();
    if !coverage {
        return Value::Array(results);
    }
    let files: serde_json::Map<String, Value> = report
        .coverage
        .iter()
        .map(|file| (file.file.clone(), json!({"covered_lines": file.covered, "not_covered_lines": file.not_covered})))
        .collect();
    json!({"results": results, "coverage": {"files": files}})
}
