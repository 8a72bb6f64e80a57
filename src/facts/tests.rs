//! What the tests did (requirement A2).

use jiff::Timestamp;
use jiff::civil::Date;
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
    /// Failed cases that the list of known failures excuses; they also count as failed.
    pub known_failed: u64,
    pub skipped: u64,
    /// Cases that passed only after a failed try; they also count as passed.
    pub flaky: u64,
    /// `passed` of `executed` in percent, floored to two decimals.
    pub success_percent: f64,
    /// Sum of the suites' own times; null when no report states one.
    pub duration_seconds: Option<f64>,
    /// By name; suites of one name that were made for different things or at different times stand apart.
    pub suites: Vec<Suite>,
    /// The failed cases, by suite and name; at most the first thousand, those that no known failure excuses first.
    pub failures: Vec<TestFailure>,
    /// The flaky cases, by suite and name; at most the first thousand.
    pub flaky_cases: Vec<TestCase>,
    /// The ten slowest cases, the slowest first.
    pub slowest: Vec<TestCase>,
    /// The list of known failures, in its order, with what became of each.
    pub known_failures: Vec<KnownFailure>,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Suite {
    pub name: String,
    /// Other names by which it may be asked for: those of the suites around it, the outermost first, and that of its file without
    /// folder, ending and a `TEST-` or `junit` beside it.
    pub groups: Vec<String>,
    /// What it says it was made for.
    pub made_for: MadeFor,
    /// When it was made: the time that it or a suite around it states with a zone, otherwise that of its file, but no later than a
    /// time without a zone can mean; null where neither is known.
    #[schemars(with = "Option<String>")]
    pub made_at: Option<Timestamp>,
    /// The time that it or a suite around it states; without a zone, the last moment that it can mean. Null where it is silent.
    #[schemars(with = "Option<String>")]
    pub stated_at: Option<Timestamp>,
    pub executed: u64,
    pub passed: u64,
    pub failed: u64,
    /// Of these, how many the list of known failures excuses.
    pub known_failed: u64,
    pub skipped: u64,
    pub flaky: u64,
}

/// What a suite states about the rollout that it tested, in its properties `kadian.plan`, `kadian.batch` and `kadian.version`; null
/// where it is silent.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, JsonSchema)]
pub struct MadeFor {
    pub plan: Option<String>,
    pub batch: Option<u64>,
    pub version: Option<String>,
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
    /// Whether the list of known failures excuses it.
    pub known: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct TestCase {
    pub suite: String,
    pub name: String,
    /// Null when the report does not say.
    pub seconds: Option<f64>,
}

/// A failure that somebody knows of and answers for, until a day (requirement C1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct KnownFailure {
    pub suite: String,
    pub case: String,
    pub owner: String,
    pub reason: String,
    pub ticket: String,
    /// The last day, in UTC, on which it excuses.
    #[schemars(with = "String")]
    pub expires: Date,
    pub state: KnownFailureState,
    pub outcome: KnownOutcome,
}

/// Whether an entry of the list excuses its failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KnownFailureState {
    /// It does.
    Active,
    /// Its last day is over.
    Expired,
    /// Its last day is later than `settings.tests.known_failure_days` allow.
    TooLong,
}

/// What its case did this time; the worst of several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KnownOutcome {
    /// No report has it.
    Absent,
    Skipped,
    Passed,
    /// It passed, but only after a failed try.
    Flaky,
    Failed,
}
