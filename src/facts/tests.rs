//! What the tests did (requirement A2).

use schemars::JsonSchema;
use serde::Serialize;

/// The results of every test report together.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Tests {
    /// Cases that ran: passed and failed together, skipped ones not.
    pub executed: u64,
    pub passed: u64,
    /// Cases with a failure or an error, after all their retries.
    pub failed: u64,
    pub skipped: u64,
    /// Cases that passed only after a failed try; they also count as passed.
    pub flaky: u64,
    /// `passed` of `executed` in percent, floored to two decimals.
    pub success_percent: f64,
    /// Sum of the suites' own times; null when no report states one.
    pub duration_seconds: Option<f64>,
    /// By name.
    pub suites: Vec<Suite>,
    /// The failed cases, by suite and name; at most the first thousand.
    pub failures: Vec<TestFailure>,
    /// The flaky cases, by suite and name; at most the first thousand.
    pub flaky_cases: Vec<TestCase>,
    /// The ten slowest cases, the slowest first.
    pub slowest: Vec<TestCase>,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Suite {
    pub name: String,
    pub executed: u64,
    pub passed: u64,
    pub failed: u64,
    pub skipped: u64,
    pub flaky: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct TestFailure {
    pub suite: String,
    pub name: String,
    /// The first line of what the runner said, cut at 300 characters.
    pub message: String,
    /// The file that the report names, as it stands there; null when it names none.
    pub file: Option<String>,
    pub line: Option<u32>,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct TestCase {
    pub suite: String,
    pub name: String,
    /// Null when the report does not say.
    pub seconds: Option<f64>,
}
