//! Capacity (requirement C8).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{CautiousEffect, Tier};
use crate::facts::RolloutType;

/// The instances beside what they have to bear (requirement C8).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CapacitySettings {
    /// The planned redundancy X, in percent of the instances N that the load needs: 20, which is 16.7 % of the fleet of N + X.
    #[schemars(range(min = 0, max = 1000))]
    pub redundancy_percent: f64,
    /// What a fleet below N + X at the forecast peak does. L0 and L1: hold, L2 and L3: warn.
    pub on_low_redundancy: CautiousEffect,
    /// How much less an instance of the new version may bear than one of the old, in percent. L0 and L1: 5, L2: 10, L3: 20.
    #[schemars(range(min = 0, max = 100))]
    pub max_throughput_drop_percent: f64,
    /// The age of a load test, in days, above which a warning is given. L0 and L1: 90, L2: 180, L3: 365.
    pub max_load_test_age_days: u64,
    /// Types of rollout that neither unknown figures nor a low redundancy nor a lower throughput stop. What their batches take out of
    /// the instances is judged all the same where it is known.
    pub lanes: Vec<RolloutType>,
}

impl CapacitySettings {
    pub(super) fn defaults(tier: Tier) -> CapacitySettings {
        let (hold, warn) = (CautiousEffect::Hold, CautiousEffect::Warn);
        CapacitySettings {
            redundancy_percent: 20.0,
            on_low_redundancy: tier.choose([hold, hold, warn, warn]),
            max_throughput_drop_percent: tier.choose([5.0, 5.0, 10.0, 20.0]),
            max_load_test_age_days: tier.choose([90, 90, 180, 365]),
            lanes: vec![RolloutType::Rollback],
        }
    }
}
