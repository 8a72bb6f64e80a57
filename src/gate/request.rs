//! What the caller asks for.

use std::path::PathBuf;

use jiff::Timestamp;
use serde_json::Value;

use crate::decide::{Mode, Stage};
pub use crate::evidence::slis::Moment;
use crate::facts::{Kind, Phase};

/// Everything that a check depends on, besides the repository, the reports and the CI's variables.
#[derive(Debug, Clone)]
pub struct Request {
    pub stage: Stage,
    pub config: Option<PathBuf>,
    pub repo: PathBuf,
    pub base: Option<String>,
    pub head: Option<String>,
    pub diff: Option<PathBuf>,
    pub pull_request: Option<u64>,
    pub evidence: Vec<NamedEvidence>,
    pub policies: Vec<PathBuf>,
    pub overrides: Vec<(String, Value)>,
    pub now: Timestamp,
    pub mode: Option<Mode>,
    pub trust: Trust,
    /// The lines that git gives to a pre-push hook.
    pub pre_push: Option<String>,
    /// The two versions that run side by side, and since when; what is asked about the running service depends on it.
    pub moment: Option<Moment>,
    /// The rollout that is judged; only at its stage.
    pub rollout: Option<RolloutRequest>,
    /// Whether the decision goes into the ledger; a rollout's always does.
    pub record: bool,
    /// The ledger as `KADIAN_LEDGER` names it, before the configuration's.
    pub ledger: Option<String>,
    /// Whether this is the process that judges by the change's own rules, see `gate::shadow`.
    pub shadow: bool,
    /// The name of the remote that is pushed to; `origin` when nobody says.
    pub remote: Option<String>,
}

/// A plan, and what of it is judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RolloutRequest {
    pub plan: PathBuf,
    /// Counted from 1; `None` for the plan itself.
    pub batch: Option<u64>,
    pub phase: Phase,
}

/// Evidence that the caller names: `--evidence KIND[:FORMAT]=GLOB`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedEvidence {
    pub kind: Kind,
    pub format: Option<String>,
    /// Relative to the current folder.
    pub glob: String,
}

/// Whose configuration and policies judge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// The base's on a pull request or merge group, otherwise the working tree's.
    Auto,
    Base,
    Worktree,
}
