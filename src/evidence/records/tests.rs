//! What a test report says.

use std::sync::Arc;

use jiff::Timestamp;

use super::cases::{Cases, OpenCases, SlowCase};
use crate::facts::MadeFor;

/// One test report.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TestReport {
    /// When it was made, if it says so with a zone.
    pub made_at: Option<Timestamp>,
    /// The commit that it says it was made for.
    pub commit: Option<String>,
    pub suites: Vec<TestSuiteRecord>,
    /// The ten slowest cases of all suites, the slowest first.
    pub slowest: Vec<SlowCase>,
}

impl TestReport {
    /// Adds a suite with its cases; where it states no time of its own, it took as long as they did.
    pub(crate) fn add(&mut self, mut suite: TestSuiteRecord, cases: OpenCases) {
        suite.cases = cases.end(&suite.name, &mut self.slowest);
        suite.seconds = suite.seconds.or(suite.cases.seconds);
        self.suites.push(suite);
    }

    /// The newest time that a suite states. One without a zone counts as early as it can be meant.
    #[must_use]
    pub fn newest(&self) -> Option<Timestamp> {
        let stated = |suite: &TestSuiteRecord| suite.made_at.or(suite.made_within.map(|[first, _]| first));
        self.suites.iter().filter_map(stated).max()
    }
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct TestSuiteRecord {
    pub name: String,
    /// The names of the suites around it, the outermost first; at most sixteen.
    pub around: Vec<Arc<str>>,
    /// What it, or a suite around it, says it was made for.
    pub made_for: MadeFor,
    /// Which try of the same tests it says it is, from 1 up.
    pub attempt: Option<u64>,
    /// When it was made, if it or a suite around it says so with a zone.
    pub made_at: Option<Timestamp>,
    /// The first and the last moment that its own time can mean, where it or a suite around it states one without a zone.
    pub made_within: Option<[Timestamp; 2]>,
    /// The suite's own time; otherwise the sum of its cases' times.
    pub seconds: Option<f64>,
    pub cases: Cases,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct TestCaseRecord {
    /// Class and name, joined as the format's users write them.
    pub name: String,
    pub seconds: Option<f64>,
    pub file: Option<String>,
    pub line: Option<u32>,
    pub result: CaseResult,
}

impl TestCaseRecord {
    /// What it takes in memory, roughly.
    pub(crate) fn size(&self) -> usize {
        let message = match &self.result {
            CaseResult::Failed { message } => message.len(),
            CaseResult::Passed | CaseResult::Flaky | CaseResult::Skipped => 0,
        };
        size_of::<TestCaseRecord>() + self.name.len() + self.file.as_ref().map_or(0, String::len) + message
    }
}

/// How a test case ended, after all its retries.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum CaseResult {
    #[default]
    Passed,
    /// Passed after at least one failed try.
    Flaky,
    Failed {
        message: String,
    },
    Skipped,
}

impl CaseResult {
    /// The result in one word.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            CaseResult::Passed => "passed",
            CaseResult::Flaky => "flaky",
            CaseResult::Failed { .. } => "failed",
            CaseResult::Skipped => "skipped",
        }
    }
}
