//! The circuit breaker of a service's rollouts (requirement C7).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Tier;
use super::defaults::by_tier;
use crate::facts::{RolloutType, Span};

/// When rollouts that fail again and again stop for a while (requirement C7).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BreakerSettings {
    /// Failed rollouts of the service in a row that open it; 0 never does. L0 2, L1 and L2 3, L3 5.
    pub failures: u64,
    /// For how long a failure is remembered.
    pub within: Span,
    /// For how long nothing starts; then a single rollout may try. L0 4h, L1 2h, L2 1h, L3 30m.
    pub open_for: Span,
    /// Types of rollout that pass an open breaker.
    pub lanes: Vec<RolloutType>,
}

impl BreakerSettings {
    pub(super) fn defaults(tier: Tier) -> BreakerSettings {
        BreakerSettings {
            failures: by_tier(tier, [2, 3, 3, 5]),
            within: Span::of_days(7),
            open_for: Span::of_minutes(by_tier(tier, [240, 120, 60, 30])),
            lanes: vec![RolloutType::Hotfix, RolloutType::Rollback],
        }
    }
}
