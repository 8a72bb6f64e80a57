//! The verdict with all that led to it.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::{Chart, Finding, Mode, Stage, Verdict, WaiverRecord};
use crate::facts::{Kind, MergedChange, Phase, Rollback, Source, Status};

/// The schema name that every decision record carries.
pub const DECISION_SCHEMA: &str = "kadian.decision/v1";

/// The verdict with all that led to it; `--report json` prints it. Lists are sorted, whatever the order of the inputs.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Decision {
    /// `kadian.decision/v1`.
    pub schema: String,
    /// SHA-256 of the record without this key, as compact JSON with sorted keys, in lower-case hexadecimal.
    pub id: String,
    pub stage: Stage,
    pub subject: Subject,
    pub verdict: Verdict,
    pub mode: Mode,
    /// The strongest first, then by id, file, line and message.
    pub findings: Vec<Finding>,
    /// Ids of the policies that were evaluated and found nothing.
    pub passed: Vec<String>,
    /// Policies that could not be evaluated; each also has a finding.
    pub undecided: Vec<Undecided>,
    /// Policies whose evidence nobody expects here.
    pub not_applicable: Vec<NotApplicable>,
    /// Every waiver that the judge has or that somebody asked for, and what became of it, by id and place; absent when there is none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub waivers: Vec<WaiverRecord>,
    /// The kinds of evidence that were expected, found or asked for.
    pub evidence: Vec<EvidenceRecord>,
    pub policies: PolicyDigest,
    /// SHA-256 of the input document.
    pub input_digest: String,
    /// When looking again may give another answer; null when only new evidence can.
    #[schemars(with = "Option<String>")]
    pub next_look_at: Option<Timestamp>,
    /// What to do about a rollout that went wrong; null unless the verdict is `rollback`.
    pub rollback: Option<Rollback>,
    pub engine: Engine,
    /// The time that the decision was made for.
    #[schemars(with = "String")]
    pub decided_at: Timestamp,
    /// What the reader should know about how the decision came about: the base that was used, who chose the policies.
    pub notes: Vec<String>,
    /// What the verdict would be under the configuration and policies that the change itself brings; null when it brings none.
    pub shadow: Option<Shadow>,
    /// The metrics of the gray version beside the baseline, for reports that can draw; absent when there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub charts: Vec<Chart>,
}

/// What the decision is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Subject {
    /// The service's name; null when nobody configured one.
    pub service: Option<String>,
    /// `L0` to `L3`.
    pub tier: String,
    /// The merge base, in hexadecimal; null when only a diff was given.
    pub base: Option<String>,
    /// The head commit, in hexadecimal; null when only a diff was given.
    pub head: Option<String>,
    /// The branches or refs under review, for example `topic`.
    pub refs: Vec<String>,
    pub pull_request: Option<u64>,
    /// The pull request's newest commit, in hexadecimal, where it or a trial merge of it was judged; absent elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pull_request_head: Option<String>,
    /// The merged changes that a release or a rollout carries; absent at the other stages and where none is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub carries: Option<Carried>,
    /// The rollout; absent at the other stages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rollout: Option<RolloutSubject>,
}

/// What a release candidate brings (requirement A1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Carried {
    /// How many merged changes there are.
    pub count: u64,
    /// The newest of them, at most a hundred; the input document has all.
    pub newest: Vec<MergedChange>,
}

/// The part of a rollout that the decision is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RolloutSubject {
    /// The plan's id.
    pub plan: String,
    pub from: String,
    pub to: String,
    pub phase: Phase,
    /// Null when the plan itself is judged.
    pub batch: Option<u64>,
    /// How many batches the plan has.
    pub batches: u64,
    /// The batch's region; null when it names none.
    pub region: Option<String>,
}

/// A policy that could not be evaluated.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Undecided {
    pub id: String,
    /// Why, as a sentence.
    pub reason: String,
    /// The kinds of evidence that it waits for; empty when the reason is another one.
    pub waits_for: Vec<Kind>,
}

/// A policy whose evidence nobody expects at this stage.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct NotApplicable {
    pub id: String,
    /// Why, as a sentence.
    pub reason: String,
    /// The line of configuration that would switch it on.
    pub enable: String,
}

/// The state of one kind of evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct EvidenceRecord {
    pub kind: Kind,
    pub status: Status,
    pub expected: bool,
    /// Why it is not known; null when it is.
    pub reason: Option<String>,
    pub sources: Vec<Source>,
}

/// Which policies judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PolicyDigest {
    /// SHA-256 over the paths and texts of the policies and over the settings.
    pub digest: String,
    /// The packages, sorted.
    pub packages: Vec<String>,
}

/// The program that decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Engine {
    pub name: String,
    pub version: String,
}

/// The same evidence under the configuration and policies of the change itself.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Shadow {
    /// The judging files that the change touches.
    pub files: Vec<String>,
    /// Null when they cannot be read; then `error` says why.
    pub verdict: Option<Verdict>,
    pub error: Option<String>,
    /// Ids with file and line that only the change's own rules find.
    pub appearing: Vec<String>,
    /// Ids with file and line that the change's own rules no longer find.
    pub disappearing: Vec<String>,
}
