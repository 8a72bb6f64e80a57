//! The plan of a rollout (requirements C2, C3).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Kind;

/// What a rollout changes; each type has a standard of its own for batches and pauses (requirement C3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RolloutType {
    Daily,
    Hotfix,
    Rollback,
    Config,
    Database,
    DataCorrection,
}

impl RolloutType {
    pub const ALL: [RolloutType; 6] = [
        RolloutType::Daily,
        RolloutType::Hotfix,
        RolloutType::Rollback,
        RolloutType::Config,
        RolloutType::Database,
        RolloutType::DataCorrection,
    ];

    /// The word that plans, settings and reports use.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            RolloutType::Daily => "daily",
            RolloutType::Hotfix => "hotfix",
            RolloutType::Rollback => "rollback",
            RolloutType::Config => "config",
            RolloutType::Database => "database",
            RolloutType::DataCorrection => "data_correction",
        }
    }
}

/// A rollout in batches, as its plan states it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Plan {
    /// Names the rollout in the ledger; two rollouts never share one.
    pub id: String,
    pub service: String,
    #[serde(rename = "type")]
    pub kind: RolloutType,
    /// The version that runs now: the one to return to. Of a rollback, the bad one.
    pub from: String,
    /// The version that is rolled out.
    pub to: String,
    /// In their order; at least one.
    pub batches: Vec<Batch>,
}

impl Plan {
    /// The version that runs when all has gone back: of a rollback, where it leads.
    #[must_use]
    pub fn returns_to(&self) -> &str {
        if self.kind == RolloutType::Rollback { &self.to } else { &self.from }
    }

    /// The plan as compact JSON with sorted keys: what its digest is taken over, so that the same plan has the same digest whoever
    /// wrote it, with whatever blanks and comments.
    #[must_use]
    pub fn canonical(&self) -> String {
        serde_json::to_value(self).unwrap_or_default().to_string()
    }
}

/// One step of a rollout, and the pause after it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Batch {
    /// Counted from 1.
    pub number: u64,
    /// Null when the plan names none: everywhere.
    pub region: Option<String>,
    /// How much of the region runs the new version once the batch is done, in percent; null when the plan counts instances.
    pub percent: Option<f64>,
    /// How many instances of the region run the new version once the batch is done; null when the plan states a percentage.
    pub instances: Option<u64>,
    /// How long to watch after the batch is done.
    pub soak_seconds: u64,
    /// The test suites that must run through after the batch.
    pub suites: Vec<String>,
    /// Evidence that this batch expects beyond what its stage does.
    pub gates: Vec<Kind>,
}

/// What is judged about a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// The plan itself, before it starts.
    Plan,
    /// Whether a batch may start.
    Before,
    /// Whether a batch that is out is sound.
    Soak,
}

impl Phase {
    /// The word that commands and reports use.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Phase::Plan => "plan",
            Phase::Before => "before",
            Phase::Soak => "soak",
        }
    }
}
