//! What the formats of one kind have in common.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::pull_request::PullRequestRecord;
use crate::facts::{Association, MadeFor, ReviewState, Severity, Suppression, Tool};

/// One coverage report.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CoverageReport {
    /// When it was made, if it says so with a zone.
    pub made_at: Option<Timestamp>,
    /// Directories that its relative paths may start from (Cobertura `<source>`), as they stand there.
    pub roots: Vec<String>,
    /// By path, as it stands in the report.
    pub files: BTreeMap<String, FileLines>,
    /// Whether it counts branches at all.
    pub counts_branches: bool,
}

/// The measured lines of a file, by number.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FileLines {
    pub lines: BTreeMap<u32, LineHits>,
}

/// What is known of one measured line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LineHits {
    pub covered: bool,
    pub branches: u32,
    pub branches_covered: u32,
}

/// One test report.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TestReport {
    /// When it was made, if it says so with a zone.
    pub made_at: Option<Timestamp>,
    pub suites: Vec<TestSuiteRecord>,
}

impl TestReport {
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
    /// When it was made, if it or a suite around it says so with a zone.
    pub made_at: Option<Timestamp>,
    /// The first and the last moment that its own time can mean, where it or a suite around it states one without a zone.
    pub made_within: Option<[Timestamp; 2]>,
    /// The suite's own time; otherwise the sum of its cases' times.
    pub seconds: Option<f64>,
    pub cases: Vec<TestCaseRecord>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct TestCaseRecord {
    /// Class and name, joined as the format's users write them.
    pub name: String,
    pub seconds: Option<f64>,
    pub file: Option<String>,
    pub line: Option<u32>,
    pub result: CaseResult,
}

/// How a test case ended, after all its retries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CaseResult {
    Passed,
    /// Passed after at least one failed try.
    Flaky,
    Failed {
        message: String,
    },
    Skipped,
}

/// One report of a scanner, which may hold the runs of several tools.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ScanReport {
    /// When it was made, if it says so with a zone.
    pub made_at: Option<Timestamp>,
    /// The commit that it says it was made for, in hexadecimal.
    pub commit: Option<String>,
    pub tools: Vec<Tool>,
    pub results: Vec<ScanResult>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct ScanResult {
    /// The tool's name.
    pub tool: String,
    pub rule: String,
    pub severity: Severity,
    pub message: String,
    /// The path as it stands in the report, with its base directory applied where the report resolves it.
    pub path: Option<String>,
    pub line: Option<u32>,
    pub end_line: Option<u32>,
    /// Further places of the same finding: the fault may lie in any of them.
    pub elsewhere: Vec<ScanPlace>,
    /// The tool's own word on whether it is new, if it compares with a baseline.
    pub new: Option<bool>,
    pub suppression: Option<Suppression>,
    /// The tool's own stable fingerprint.
    pub fingerprint: Option<String>,
}

/// A further place of a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScanPlace {
    /// As in [`ScanResult::path`].
    pub path: String,
    /// First and last line; `None` when the tool names none that can be used.
    pub lines: Option<(u32, u32)>,
}

/// Who reviewed a change, as a file says it.
#[derive(Debug, Clone, PartialEq)]
pub struct ReviewReport {
    pub author: String,
    /// In the order of the file.
    pub approvals: Vec<ApprovalRecord>,
    /// What the code host says beside the reviews; `None` where only they are known.
    pub pull_request: Option<Box<PullRequestRecord>>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct ApprovalRecord {
    pub by: String,
    pub at: Timestamp,
    /// The commit that was reviewed, in hexadecimal.
    pub commit: Option<String>,
    pub state: ReviewState,
    /// What the reviewer is to the repository; `None` where the source is silent.
    pub association: Option<Association>,
}
