//! The closed sets that a decision is made of.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A moment in a change's life at which kadian stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Before a push, on a laptop.
    Push,
    /// On a pull request or in a merge queue.
    Merge,
    /// Nightly, after the deployment to pre-release.
    Release,
    /// Before each batch of a grayscale rollout, and during its pause.
    Rollout,
}

impl Stage {
    pub const ALL: [Stage; 4] = [Stage::Push, Stage::Merge, Stage::Release, Stage::Rollout];

    /// The word that commands, configuration and reports use.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Stage::Push => "push",
            Stage::Merge => "merge",
            Stage::Release => "release",
            Stage::Rollout => "rollout",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// The answer of the gate, from the weakest to the strongest. There is deliberately no default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Go on.
    Pass,
    /// Nothing forbids it, but something that must be known is not.
    Hold,
    /// A policy forbids it.
    Block,
    /// A policy forbids it, and the running batch should be rolled back.
    Rollback,
}

impl Verdict {
    /// The word that reports use.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Pass => "pass",
            Verdict::Hold => "hold",
            Verdict::Block => "block",
            Verdict::Rollback => "rollback",
        }
    }
}

/// How much a decision or a policy binds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// The verdict is the exit code.
    Enforce,
    /// The verdict is shown, and the exit code is 0.
    Warn,
    /// As `warn`, and nothing is published.
    Shadow,
}

impl Mode {
    /// The word that configuration and reports use.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Mode::Enforce => "enforce",
            Mode::Warn => "warn",
            Mode::Shadow => "shadow",
        }
    }
}
