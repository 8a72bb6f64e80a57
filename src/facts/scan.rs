//! What static analysis found (requirement A4).

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
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
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
    /// Whether it is new: the tool's or the baseline's word where there is one, otherwise whether it lies on a changed line;
    /// a finding without a line counts as new in a changed file.
    pub new: bool,
    /// Present when the finding is suppressed, whether in the source or outside.
    pub suppression: Option<Suppression>,
    /// SHA-256 of tool, rule, path, and the tool's own fingerprint or else the text of the message.
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
