//! The recovery file: YAML in which a team says how its service returns to the version before, who must agree, and how everybody
//! sees that it worked (requirements F5, F8).
//!
//! ```yaml
//! version: 1
//! approvers: {count: 2, people: [alice, bob, carol]}
//! save:
//! - name: logs
//!   command: [kubectl, logs, "deployment/{service}", --since=1h]
//! steps:
//! - name: back
//!   kubectl: {deployment: "{service}", namespace: prod}
//!   preconditions:
//!   - http: {url: "https://pay.example/version", pointer: /version, equals: "{to}"}
//!   verify:
//!   - http: {url: "https://pay.example/version", pointer: /version, equals: "{from}"}
//!     timeout: 2m
//!   timeout: 5m
//!   on_failure: stop
//! verify:
//! - command: [./smoke-test, "{service}"]
//! reversible:
//! - {path: "migrations/**", because: only adds columns}
//! ```
//!
//! What runs is named here and nowhere else. The placeholders `{service}`, `{plan}`, `{from}` (the version to return to), `{to}`
//! (the one that went wrong), `{region}` and `{batch}` are filled in within single arguments; see [`Template`].

mod action;
mod check;
mod raw;
mod template;
#[cfg(test)]
mod tests;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use action::{Action, ArgoRollouts, GithubWorkflow, Header, HeaderValue, Helm, Kubectl, Webhook};
pub use check::{Check, HttpCheck, Look, RolloutCheck};
pub use raw::{read, schema};
pub use template::{Template, Values, filled};

use crate::facts::{Approvals, RolloutType};

/// How a service returns to the version before. As JSON it is what its digest is made over.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Recovery {
    pub approvals: Approvals,
    /// Environment variables whose values are hidden in whatever steps print, beside those that headers and tokens name.
    pub secrets: Vec<String>,
    /// What protects the scene, before anything is taken back.
    pub save: Vec<Step>,
    /// What takes back, in order; at least one.
    pub steps: Vec<Step>,
    /// What holds once the service is back; at least one.
    pub verify: Vec<Check>,
    /// Changes of schema or data that the old version can live with.
    pub reversible: Vec<Reversible>,
}

impl Recovery {
    /// The environment variables that hold secrets, sorted, each once.
    #[must_use]
    pub fn secret_names(&self) -> Vec<String> {
        let steps = self.save.iter().chain(&self.steps);
        let checks = steps.clone().flat_map(|step| step.preconditions.iter().chain(&step.verify)).chain(&self.verify);
        let mut names: Vec<String> = self.secrets.clone();
        names.extend(steps.flat_map(|step| step.action.secret_names()));
        names.extend(checks.flat_map(Check::secret_names));
        names.sort();
        names.dedup();
        names
    }
}

/// One step of a recovery.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Step {
    pub name: String,
    pub each: Each,
    pub action: Action,
    /// What must hold for the step to run.
    pub preconditions: Vec<Check>,
    /// What holds once it has worked.
    pub verify: Vec<Check>,
    /// From 1 second to 6 hours; 5 minutes where nobody says.
    pub timeout_seconds: u64,
    pub on_failure: OnStepFailure,
}

/// How often a step runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Each {
    #[default]
    Once,
    /// For each region that holds a batch to take back, that of the last batch first.
    Region,
    /// For each batch that is taken back, the last one first.
    Batch,
}

/// What happens to the recovery when a step fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OnStepFailure {
    Stop,
    Continue,
}

/// A change of schema or data that somebody declared to be no obstacle.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reversible {
    pub what: ReversibleChange,
    /// Why the old version can live with it.
    pub because: String,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ReversibleChange {
    /// Files below a path pattern.
    Path(String),
    /// Rollouts of a type.
    Type(RolloutType),
}
