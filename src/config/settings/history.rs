//! What the ledger says of a rollout and its service (requirements C2, C3).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::facts::{RolloutType, Span};

/// How the ledger's history of a rollout is read (requirements C2, C3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HistorySettings {
    /// Types of rollout that do not wait for another one of the service.
    pub lanes: Vec<RolloutType>,
    /// Whether every soak needs a passing decision of its own; otherwise the next batch's judges the same evidence.
    pub require_soak_decision: bool,
    /// After how long a silence a rollout that was started and not finished counts as abandoned, and holds nobody up.
    pub abandoned_after: Span,
    /// For how long a batch that was let pass may start, and keeps other rollouts of the service away.
    pub reserved_for: Span,
    /// How far back to look for the decision by which the version to return to is trusted.
    pub horizon: Span,
    /// How old entries are that `kadian ledger prune` takes where it is not told a time; nothing goes by itself.
    pub retention: Span,
    /// By how much the clock may be behind the ledger's newest entry.
    pub max_clock_skew: Span,
    /// How many of the ledger's newest entries are held against their chain at every check, so that none of them is hidden or altered.
    pub checked_entries: u64,
}

impl Default for HistorySettings {
    fn default() -> Self {
        HistorySettings {
            lanes: vec![RolloutType::Hotfix, RolloutType::Rollback],
            require_soak_decision: false,
            abandoned_after: Span::of_days(1),
            reserved_for: Span::of_hours(1),
            horizon: Span::of_days(90),
            retention: Span::of_days(730),
            max_clock_skew: Span::of_minutes(1),
            checked_entries: 20_000,
        }
    }
}
