//! What a policy said, before anything is decided.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::Effect;
use crate::facts::{Kind, Severity};

/// One check: a rule of a policy under its own id.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    pub id: String,
    /// The package without `kadian.`.
    pub policy: String,
    pub title: Option<String>,
    /// What its findings ask for.
    pub effect: Effect,
    pub severity: Severity,
    pub requirement: Option<String>,
    pub remedy: Option<String>,
    pub needs: Vec<Kind>,
    /// Before this moment its findings only warn.
    pub effective_on: Option<Timestamp>,
    /// Whether a waiver may take the effect of its findings.
    pub waivable: bool,
}

/// A rule and what came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    pub rule: Rule,
    pub outcome: Outcome,
}

/// What came of a rule.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It was evaluated; no reason means that it passed.
    Evaluated(Vec<Reason>),
    /// It could not be evaluated, because expected evidence is not known or the evaluation failed.
    CannotDecide { reason: String, remedy: Option<String>, waits_for: Vec<Kind> },
    /// Nobody expects its evidence here.
    NotApplicable { reason: String, enable: String },
}

/// One element of a rule's set, as the rule states it; effect, title and fingerprint are for the decision to add.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reason {
    pub message: String,
    pub id: Option<String>,
    /// The path in the repository that the reason is about.
    pub file: Option<String>,
    /// Counted from 1.
    pub line: Option<u32>,
    pub severity: Option<Severity>,
    pub remedy: Option<String>,
    /// What would have passed.
    pub expected: Option<Value>,
    /// What was found.
    pub actual: Option<Value>,
    /// How far it is from passing.
    pub distance: Option<String>,
    pub fingerprint: Option<String>,
    pub metadata: Map<String, Value>,
}
