//! What to do about a finding (requirements F4, F8).

use schemars::JsonSchema;
use serde::Serialize;

/// What a person does when a policy stops a release: what to look at, how to recover, who must agree, what to keep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Playbook {
    pub title: String,
    /// What to look at, in this order; at least one step.
    pub check: Vec<String>,
    /// How to recover; null when the playbook does not say.
    pub recovery: Option<String>,
    /// Who must agree before the recovery runs; empty when nobody has to.
    pub approvers: Vec<String>,
    /// What to keep of the scene before anything is taken back.
    pub save: Vec<String>,
    /// Where it is written in full; null when it is not.
    pub url: Option<String>,
}
