//! Tests of policies: the `test_*` rules in `_test.rego` files, as `opa test` runs them.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use rayon::prelude::*;
use regex::Regex;
use serde_json::Value;

use super::engine::{Coverage, Documents, Engine, Failure, Limits, RuleValue, Session, Workers};
use super::error::PolicyError;
use super::library::Library;
use super::syntax::Span;
use super::world::File;

/// How the tests are run.
#[derive(Clone, Copy)]
pub struct TestRequest<'a> {
    /// What policies see as `data.kadian.settings`, unless a test says otherwise.
    pub settings: &'a Value,
    /// The time that `time.now_ns()` gives, unless a test says otherwise.
    pub now: Timestamp,
    /// Only tests whose `package.name` it matches; all without it.
    pub filter: Option<&'a Regex>,
    pub limits: Limits,
    /// Time since any fixed moment, for the durations; without it there are none.
    pub clock: Option<&'a (dyn Fn() -> Duration + Sync)>,
}

impl std::fmt::Debug for TestRequest<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TestRequest")
            .field("now", &self.now)
            .field("filter", &self.filter)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// What one test did.
#[derive(Debug, Clone, PartialEq)]
pub struct TestResult {
    pub file: String,
    /// Counted from 1.
    pub line: u32,
    /// For example `kadian.coverage_test`.
    pub package: String,
    pub name: String,
    pub outcome: TestOutcome,
    /// None without a clock.
    pub duration: Option<Duration>,
    /// What `print` wrote, each with file and line.
    pub prints: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TestOutcome {
    Pass,
    /// The last line of the test that was reached, which is most often the one that did not hold, and its text.
    Fail {
        line: Option<u32>,
        expression: Option<String>,
    },
    /// It broke off; why.
    Error(String),
    /// Its name starts with `todo_`.
    Skipped,
}

/// Which lines of a policy file the tests reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineCoverage {
    pub file: String,
    /// Sorted.
    pub covered: Vec<u32>,
    /// Sorted.
    pub not_covered: Vec<u32>,
}

/// What all tests did together.
#[derive(Debug, Clone, PartialEq)]
pub struct TestReport {
    /// By file and line.
    pub results: Vec<TestResult>,
    /// Of every file that is no test, by path.
    pub coverage: Vec<LineCoverage>,
}

impl Library {
    /// Runs the tests, each on a fresh copy of all policies.
    ///
    /// A test passes when its rule is defined and not false. No test at all, or none that the filter matches, is an error: it
    /// would look like success.
    pub fn test(&self, request: &TestRequest<'_>) -> Result<TestReport, PolicyError> {
        let tests = tests(self.files(), request.filter);
        if tests.iter().all(|test| test.name.starts_with("todo_")) {
            let what = request.filter.map_or("there are no tests".to_owned(), |filter| format!("no test matches `{filter}`"));
            return Err(PolicyError::nowhere(what).hint("Tests are rules named `test_*` in files named `*_test.rego`."));
        }
        Workers::run(Some(request.limits.memory), || run(self.files(), &tests, request))?
    }
}

struct Test<'a> {
    file: &'a File,
    name: &'a str,
    span: Span,
}

fn tests<'a>(files: &'a [File], filter: Option<&Regex>) -> Vec<Test<'a>> {
    let mut tests = Vec::new();
    for file in files.iter().filter(|file| file.source.is_test()) {
        for rule in &file.module.rules {
            let is_test = rule.name.starts_with("test_") || rule.name.starts_with("todo_test_");
            let full = format!("{}.{}", file.package(), rule.name);
            if is_test && filter.is_none_or(|filter| filter.is_match(&full)) {
                tests.push(Test { file, name: &rule.name, span: rule.span });
            }
        }
    }
    tests.sort_by(|a, b| (&a.file.source.path, a.span.line).cmp(&(&b.file.source.path, b.span.line)));
    tests
}

fn run(files: &[File], tests: &[Test<'_>], request: &TestRequest<'_>) -> Result<TestReport, PolicyError> {
    let mut engine = Engine::new();
    for file in files {
        engine.add(&file.source.path, &file.source.text)?;
    }
    engine.prepare(request.settings)?;
    let documents = Documents { input: None, settings: request.settings, now: request.now };
    let session = Session::new(&engine, documents, request.limits.time).map_err(|failure| match failure {
        Failure::Error(error) => error,
        Failure::Time | Failure::Memory => PolicyError::nowhere("the policies pass the limits before any test runs"),
    })?;
    let done: Vec<(TestResult, Vec<Coverage>)> = tests.par_iter().map(|test| one(test, &session, request)).collect();
    let mut results = Vec::new();
    let mut lines: BTreeMap<String, Coverage> = BTreeMap::new();
    for (result, coverage) in done {
        results.push(result);
        for file in coverage {
            let known = lines.entry(file.path).or_default();
            known.covered.extend(file.covered);
            known.not_covered.extend(file.not_covered);
        }
    }
    let coverage = files
        .iter()
        .filter(|file| !file.source.is_test())
        .map(|file| {
            let lines = lines.remove(&file.source.path).unwrap_or_default();
            LineCoverage {
                file: file.source.path.clone(),
                not_covered: lines.not_covered.difference(&lines.covered).copied().collect(),
                covered: lines.covered.into_iter().collect(),
            }
        })
        .collect::<Vec<_>>();
    let mut report = TestReport { results, coverage };
    report.coverage.sort_by(|a, b| a.file.cmp(&b.file));
    Ok(report)
}

fn one(test: &Test<'_>, session: &Session, request: &TestRequest<'_>) -> (TestResult, Vec<Coverage>) {
    let path = &test.file.source.path;
    let mut result = TestResult {
        file: path.clone(),
        line: test.span.line,
        package: test.file.package(),
        name: test.name.to_owned(),
        outcome: TestOutcome::Skipped,
        duration: None,
        prints: Vec::new(),
    };
    if test.name.starts_with("todo_") {
        return (result, Vec::new());
    }
    let started = request.clock.map(|clock| clock());
    let (value, prints, coverage) = session.observed(&format!("data.{}.{}", result.package, test.name));
    result.duration = request.clock.zip(started).map(|(clock, started)| clock().saturating_sub(started));
    result.prints = prints;
    result.outcome = match value {
        Ok(RuleValue::Undefined | RuleValue::Other(Value::Bool(false))) => failed(test, &coverage),
        Ok(_) => TestOutcome::Pass,
        Err(Failure::Time) => TestOutcome::Error(format!("took longer than {} ms", request.limits.time.as_millis())),
        Err(Failure::Memory) => TestOutcome::Error(format!("needed more than {} bytes of memory", request.limits.memory)),
        Err(Failure::Error(error)) => TestOutcome::Error(error.to_string()),
    };
    (result, coverage)
}

fn failed(test: &Test<'_>, coverage: &[Coverage]) -> TestOutcome {
    let source = &test.file.source;
    let last = test.span.line + count_lines(source.text.get(test.span.start..test.span.end).unwrap_or_default());
    let own = coverage.iter().find(|file| file.path == source.path);
    let line = own.and_then(|own| own.covered.range(test.span.line..=last).next_back().copied());
    let expression = line.and_then(|line| source.text.split('\n').nth(line.saturating_sub(1) as usize));
    TestOutcome::Fail { line, expression: expression.map(|text| text.trim().to_owned()) }
}

fn count_lines(text: &str) -> u32 {
    u32::try_from(text.matches('\n').count()).unwrap_or(u32::MAX - 1)
}
