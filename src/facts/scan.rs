//! What static analysis found (requirement A4).

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One scale for every tool; each format states how its own levels map to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Note,
    Low,
    Medium,
    High,
    Critical,
}

impl Severity {
    /// The word that reports and the input document use.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Severity::Note => "note",
            Severity::Low => "low",
            Severity::Medium => "medium",
            Severity::High => "high",
            Severity::Critical => "critical",
        }
    }
}

/// The findings of every scanner that ran.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Scan {
    /// The tools that ran, by name.
    pub tools: Vec<Tool>,
    /// Findings that are new or lie in a changed file, by place. Old ones elsewhere are only counted.
    pub findings: Vec<ScanFinding>,
    /// New findings that nobody suppressed.
    pub new: ScanCounts,
    /// Findings that were there before the change and that nobody suppressed.
    pub old: ScanCounts,
    /// How many findings are suppressed.
    pub suppressed: u64,
    /// The stored baseline, and how the findings stand to it; null where the configuration names none.
    pub baseline: Option<ScanBaseline>,
}

/// The stored baseline beside what was found.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ScanBaseline {
    /// Who answers for it.
    pub owner: String,
    #[schemars(with = "String")]
    pub made_at: Timestamp,
    /// The commit whose findings it lists; null where there was no repository.
    pub made_for: Option<String>,
    /// Each rule of the tools that ran with findings in the baseline or now, by tool, rule and severity.
    pub ratchets: Vec<ScanRatchet>,
    /// Tools that ran for the baseline and whose reports are not here, by name: what they would find is not known.
    pub absent_tools: Vec<String>,
}

/// How many findings of a rule there were, and how many there are. Suppressed ones do not count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ScanRatchet {
    pub tool: String,
    pub rule: String,
    pub severity: Severity,
    /// In the baseline.
    pub before: u64,
    pub now: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tool {
    pub name: String,
    pub version: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct ScanCounts {
    pub critical: u64,
    pub high: u64,
    pub medium: u64,
    pub low: u64,
    pub note: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ScanFinding {
    pub tool: String,
    /// The tool's own name for the rule.
    pub rule: String,
    pub severity: Severity,
    pub message: String,
    /// The path in the repository; null when the tool names no place, or one outside the repository.
    pub file: Option<String>,
    /// Counted from 1; null when the tool names no line.
    pub line: Option<u32>,
    pub end_line: Option<u32>,
    /// Whether it lies on a line that the change adds or edits.
    pub on_changed_line: bool,
    /// Whether the change moved its lines within the file: they were removed elsewhere, beside a line that they still stand beside.
    pub moved: bool,
    /// Whether it is new: the tool's or the baseline's word where there is one, otherwise whether it lies on a changed line that was
    /// not moved; a finding without a line counts as new in a changed file.
    pub new: bool,
    /// Present when the finding is suppressed, whether in the source or outside.
    pub suppression: Option<Suppression>,
    /// SHA-256 of tool, rule, path, and the tool's own fingerprint, else the text of the line and of its neighbours, else the message
    /// without its numbers. Equal findings of one file are counted.
    pub fingerprint: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Suppression {
    /// `in_source` or `external`.
    pub kind: String,
    /// Why; null when nobody said.
    pub reason: Option<String>,
    /// Whether the suppression is in force (SARIF status `accepted`, or no status at all).
    pub accepted: bool,
}
