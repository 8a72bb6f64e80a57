//! One struct for each policy's settings. The doc comments are the reference text.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::facts::{BurnLimit, Judge, OnFailure};

/// The shape of a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeSettings {
    /// Added and deleted lines, without lock files and binary files. L0 600, L1 800, L2 1200, L3 2000.
    pub max_lines: u64,
    /// Changed files of every kind. L0 30, L1 50, L2 80, L3 150.
    pub max_files: u64,
    /// Paths that a change may not touch; the first entry that matches gives the reason.
    pub forbidden_paths: Vec<ForbiddenPath>,
    /// Whether one change may touch both SQL and code that ships.
    pub allow_mixed_schema_and_code: bool,
    /// Whether commit subjects must be Conventional Commits headers.
    pub require_conventional: bool,
    /// The types that such a header may have; empty allows every type.
    pub commit_types: Vec<String>,
    /// Characters in the first line of a commit message.
    pub max_subject_length: u64,
}

/// A path that a change may not touch, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ForbiddenPath {
    /// The path pattern.
    pub glob: String,
    /// Why; findings quote it.
    pub reason: String,
    /// Whether a matching file may be deleted or moved away.
    #[serde(default)]
    pub allow_deletion: bool,
}

/// Test results (requirement A2).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TestsSettings {
    /// Passed tests of the executed ones, in percent.
    #[schemars(range(min = 0, max = 100))]
    pub success_percent: f64,
    /// Skipped tests of all, in percent, above which a change is blocked. L0 10, L1 20; 100 (never) for L2 and L3.
    #[schemars(range(min = 0, max = 100))]
    pub max_skipped_percent: f64,
    /// Skipped tests of all, in percent, above which a change gets a warning.
    #[schemars(range(min = 0, max = 100))]
    pub warn_skipped_percent: f64,
    /// Tests that pass only on a retry, above which a change gets a warning.
    pub max_flaky: u64,
    /// Suites that must have run before a push, a merge or a release: by their exact names, by those of suites around them, or by the
    /// names of their files.
    pub required_suites: Vec<String>,
    /// Suites that one stage requires beside these. In a rollout each batch names its own in the plan.
    pub suites: StageSuites,
    /// Whether a suite that a release or a rollout requires may skip cases.
    pub suites_may_skip: bool,
    /// What a failed suite of a batch does. `rollback` also recommends to take the rollout back.
    pub on_failed_suite: FailedSuite,
    /// How many days ahead the last day of a known failure may lie. L0 14, L1 30, L2 60, L3 90.
    pub known_failure_days: u64,
}

/// Suites by stage.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StageSuites {
    pub push: Vec<String>,
    pub merge: Vec<String>,
    pub release: Vec<String>,
    /// After every batch, beside those that the plan names for it.
    pub rollout: Vec<String>,
}

/// What a failed suite of a batch does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FailedSuite {
    Rollback,
    Deny,
}

/// Coverage of the lines that a change adds or edits (requirement A3).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CoverageSettings {
    /// Covered lines of the added ones, in percent. L0 90, L1 80, L2 70, L3 60.
    #[schemars(range(min = 0, max = 100))]
    pub patch_percent: f64,
    /// Path patterns of code that need not be measured, for example generated code.
    pub exclude: Vec<String>,
    /// Path patterns with a threshold of their own; their files leave the general figure.
    pub paths: Vec<CoveragePath>,
}

/// A path pattern with a threshold of its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CoveragePath {
    /// The path pattern.
    pub glob: String,
    /// Covered lines of the added ones below it, in percent.
    #[schemars(range(min = 0, max = 100))]
    pub patch_percent: f64,
}

/// The comparison of the gray version with the baseline (requirements C4, C13, C14, F3).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CanarySettings {
    /// Which statistics judge: `sequential`, or `mann-whitney` for teams that come from Kayenta.
    pub judge: Judge,
    /// How the judge `mann-whitney` classifies and scores.
    pub kayenta: KayentaSettings,
    /// The chance of a false alarm over all metrics and all looks of a rollout together.
    #[schemars(range(min = 0.0001, max = 0.5))]
    pub alpha: f64,
    /// How much larger the share of bad events may be, relative to the baseline, where a metric states no margin.
    #[schemars(range(min = 0, max = 1000))]
    pub counts_margin: f64,
    /// How much worse values may be, relative to the baseline, where a metric states no margin.
    #[schemars(range(min = 0, max = 1000))]
    pub samples_margin: f64,
    /// Bad events of both sides together below which a counting metric is not called regressed.
    pub minimum_events: u64,
    /// Values a side below which a sampled metric is not decided.
    pub minimum_samples: u64,
    /// What a regression of each signal does. High-value signals may roll back; latency alone holds.
    pub on_regressed: SignalEffects,
    /// What an undecided indicator does that is not critical; a critical one holds.
    pub on_undecided: CautiousEffect,
    /// What an undecided part of the traffic (a region, a zone, an API, a customer) does.
    pub on_undecided_segment: CautiousEffect,
    /// What partial answers of a source do.
    pub on_degraded: CautiousEffect,
}

/// The error logs of the gray version beside those of the baseline (requirement C4).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LogsSettings {
    /// Entries from which on an error template that the baseline does not have counts.
    #[schemars(range(min = 1))]
    pub min_new: u64,
    /// Such templates that are tolerated.
    pub max_new: u64,
    /// Templates that are tolerated of those that differ from the baseline's in a word that may or may not be variable.
    pub max_variants: u64,
    /// Entries without a level of all gray ones, in percent, above which nobody can say what the log shows.
    #[schemars(range(min = 0, max = 100))]
    pub max_unlevelled_percent: f64,
    /// How much more often a template may come, relative to the baseline. L0 0.25, L1 and L2 0.5, L3 1.
    #[schemars(range(min = 0, max = 1000))]
    pub rise_margin: f64,
    /// Entries in gray below which a template has not risen.
    #[schemars(range(min = 1))]
    pub min_risen: u64,
    /// The chance that any template is called risen by accident.
    #[schemars(range(min = 0.0001, max = 0.5))]
    pub alpha: f64,
    /// New templates of warnings above which a warning is given.
    pub max_new_warnings: u64,
    /// Templates that the facts list; the rest is counted.
    #[schemars(range(min = 1, max = 10000))]
    pub max_listed: u64,
}

/// The configuration of Kayenta's judge, for teams that come from it; the defaults are Kayenta's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KayentaSettings {
    /// The part of the estimated shift that the interval has to exceed.
    #[schemars(range(min = 0, max = 10))]
    pub tolerance: f64,
    #[schemars(range(min = 0.5, max = 0.9999))]
    pub confidence: f64,
    /// Whether gaps count as 0 (`nanStrategy: replace`).
    pub gaps_are_zero: bool,
    /// Whether values far outside the quartiles are left out.
    pub remove_outliers: bool,
    /// The score from which a canary passes.
    #[schemars(range(min = 0, max = 100))]
    pub pass: f64,
    /// The score from which it may go on for now.
    #[schemars(range(min = 0, max = 100))]
    pub marginal: f64,
    /// The weights of groups, which are the signals; groups without one share what is left of 100.
    pub group_weights: BTreeMap<String, f64>,
}

/// An effect for each signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignalEffects {
    pub availability: SignalEffect,
    pub latency: SignalEffect,
    pub freshness: SignalEffect,
    pub throughput: SignalEffect,
    pub saturation: SignalEffect,
    pub custom: SignalEffect,
}

/// What a bad signal does to the verdict. `rollback` blocks where nothing is rolled out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SignalEffect {
    Rollback,
    Deny,
    Hold,
    Warn,
}

/// What a doubt does to the verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CautiousEffect {
    Hold,
    Warn,
}

/// Error budgets (requirements C12, D5, D6).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SloSettings {
    /// What is promised where a definition states no objective (requirement D1).
    pub objectives: DefaultObjectives,
    /// The alert rules that every objective is judged by; a list of your own replaces them all.
    pub burn_rules: Vec<BurnLimit>,
    /// The share of the budget that is left, 0.2 for a fifth, below which a release gets a warning.
    #[schemars(range(min = 0, max = 1))]
    pub budget_warn: f64,
    /// Whether an exhausted budget blocks; otherwise it warns and advises smaller batches.
    pub block_on_exhausted: bool,
}

/// Objectives for indicators that state none.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DefaultObjectives {
    /// The share of good requests. L0 and L1 0.9999, L2 0.999, L3 0.99.
    #[schemars(range(min = 0, max = 1))]
    pub availability: f64,
    /// The share of requests that are as fast as the threshold says: 0.99, so that a threshold of 1 s means a p99 of 1 s.
    #[schemars(range(min = 0, max = 1))]
    pub latency: f64,
    /// How old data may be, in seconds: 300.
    #[schemars(range(min = 0))]
    pub freshness_seconds: f64,
}

/// How labels tell the gray version from the baseline, in alerts and on instances. A pipeline sets them for each rollout, for
/// example `--set scope.gray.version=1.4.2`. Without labels nobody can tell, and everything that may be of the gray version counts.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScopeSettings {
    /// The labels of the gray version and their values; all of them are met.
    pub gray: BTreeMap<String, String>,
    /// The labels of the version that it replaces.
    pub baseline: BTreeMap<String, String>,
}

/// The instances of the gray version (requirement C9).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HealthSettings {
    /// Restarts of one instance above which the batch is rolled back. L0 and L1: 0, L2: 1, L3: 2.
    pub max_restarts: u64,
    /// Kills for want of memory, of all instances together, above which the batch is rolled back.
    pub max_oom_kills: u64,
    /// Instances that are not ready above which the rollout holds.
    pub max_not_ready: u64,
}

/// Active alerts (requirement C12).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AlertsSettings {
    /// The label that holds an alert's severity.
    pub severity_label: String,
    /// Severities that hold; others are warnings. An alert without the label holds too, because nobody knows how bad it is.
    pub page_severities: Vec<String>,
    /// Labels that hold the service of an alert; an alert of another service does not count. Where several are there, one that
    /// names this service is enough.
    pub service_labels: Vec<String>,
    /// Names of alerts that are always active by design.
    pub ignore: Vec<String>,
}

/// Findings of static analysis (requirement A4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScanSettings {
    /// New findings of this severity or worse block.
    pub block_severity: SeverityThreshold,
    /// New findings of this severity or worse, which do not block, are warnings.
    pub warn_severity: SeverityThreshold,
    /// House rules: new findings of these rules block whatever their severity. Each is `rule` or `tool/rule`.
    pub block_rules: Vec<String>,
    /// Whether a suppression without a reason blocks; otherwise it is a warning.
    pub require_suppression_reason: bool,
    /// Path patterns with a blocking severity of their own; the first that matches counts.
    pub paths: Vec<ScanPath>,
    /// With a stored baseline: rules of this severity or worse may not have more findings than it counts.
    pub ratchet_severity: SeverityThreshold,
    /// Findings of this severity or worse block in every file that changes, old ones too.
    pub clean_severity: SeverityThreshold,
}

/// A path pattern with a blocking severity of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScanPath {
    /// The path pattern.
    pub glob: String,
    /// New findings of this severity or worse block below it.
    pub block_severity: SeverityThreshold,
}

/// The mildest severity that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SeverityThreshold {
    Note,
    Low,
    Medium,
    High,
    Critical,
    /// No severity counts.
    Never,
}

/// Design documents (requirement A6).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DesignSettings {
    /// Path patterns of design documents.
    pub paths: Vec<String>,
    /// A change with more lines, documents not counted, needs a design. L0 200, L1 300, L2 500, L3 1000.
    pub required_above_lines: u64,
    /// A change that touches one of these path patterns needs a design whatever its size.
    pub risky_paths: Vec<String>,
    /// The sections that a design document has.
    pub required_sections: Vec<String>,
    /// Other headings that count as a section, by the section.
    pub synonyms: BTreeMap<String, Vec<String>>,
    /// Words that a section has at least; each Chinese character is a word.
    pub min_words: u64,
}

/// Dependencies on something outside the process (requirement A7).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DependencySettings {
    /// Regular expressions over `ecosystem:name` of packages that are clients of something outside, for example `^npm:stripe$`.
    pub patterns: Vec<String>,
    /// Whether such a package without a declaration in the service catalogue blocks; otherwise it is a warning. False for L3.
    pub require_declaration: bool,
    /// What a declaration must state.
    pub required_fields: Vec<DeclarationField>,
    /// What may be done when a dependency fails.
    pub on_failure: FailureAnswers,
}

/// A key of a declaration in the service catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeclarationField {
    Kind,
    Strength,
    Objectives,
    TimeoutMs,
    OnFailure,
    Compensation,
}

/// What may be done when a dependency of each strength fails.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FailureAnswers {
    /// When a weak dependency fails.
    pub weak: Vec<OnFailure>,
    /// When a strong dependency fails.
    pub strong: Vec<OnFailure>,
}
