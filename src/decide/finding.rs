//! A reason, as data.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::facts::{Kind, Playbook, Severity};

/// What a finding does to the verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// Nothing: said for the record.
    Note,
    /// Nothing: shown as a warning.
    Warn,
    Hold,
    Deny,
    Rollback,
}

impl Effect {
    /// The word that reports use.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Effect::Note => "note",
            Effect::Warn => "warn",
            Effect::Hold => "hold",
            Effect::Deny => "deny",
            Effect::Rollback => "rollback",
        }
    }
}

/// One element of a rule's set, or one policy that could not decide.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Finding {
    /// The id in the rule's METADATA, otherwise `package/rule`.
    pub id: String,
    /// The policy's package without `kadian.`, for example `coverage`.
    pub policy: String,
    /// The title in the METADATA; null when there is none.
    pub title: Option<String>,
    /// What it does to the verdict, after waivers and modes.
    pub effect: Effect,
    /// What its rule asked for, before waivers and modes.
    pub declared_effect: Effect,
    pub severity: Severity,
    pub message: String,
    /// The path in the repository that the reason is about.
    pub file: Option<String>,
    /// Counted from 1.
    pub line: Option<u32>,
    /// What would have passed.
    pub expected: Option<Value>,
    /// What was found.
    pub actual: Option<Value>,
    /// How far it is from passing, for example `3 more covered lines`.
    pub distance: Option<String>,
    /// What to do now.
    pub remedy: Option<String>,
    /// The requirement that it stands for, for example `A3`.
    pub requirement: Option<String>,
    /// SHA-256, in lower-case hexadecimal, of id, path and the text of the line, each followed by a NUL byte; unless the rule
    /// stated one itself.
    pub fingerprint: String,
    /// The kinds of evidence that the policy needed.
    pub evidence: Vec<Kind>,
    /// The waiver that took away its effect.
    pub waiver: Option<WaiverNote>,
    /// What to do about it; null at push and merge, for what does not stop anything, and where nobody wrote one.
    pub playbook: Option<Playbook>,
    /// Whatever else the rule's element carried.
    pub metadata: serde_json::Map<String, Value>,
}

/// The waiver that stands for a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct WaiverNote {
    pub reason: String,
    pub owner: String,
    /// Where the work on it is tracked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
    /// The first day on which it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub starts: Option<Date>,
    /// The last day on which it holds.
    #[schemars(with = "String")]
    pub expires: Date,
    /// File and line, or the address of a comment.
    pub source: String,
}
