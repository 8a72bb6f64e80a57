//! Limits on how often something may be done to production (requirement C7).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Tier;
use super::defaults::by_tier;
use crate::facts::{FlowKey, FlowLimit, RolloutType, Span};

/// How many batches may start, over all runners that share the ledger (requirement C7).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FlowSettings {
    /// All of them hold at once; a list of your own replaces them all. By default: batches of a service an hour (L0 12, L1 20, L2
    /// 30, L3 60) and a day (L0 60, L1 100, L2 150, L3 300), database changes and data corrections of a service an hour (L0 4,
    /// L1 6, L2 10, L3 20), batches of all services in a region a minute (60).
    pub limits: Vec<FlowLimit>,
}

impl FlowSettings {
    pub(super) fn defaults(tier: Tier) -> FlowSettings {
        let limit = |name: &str, per, max, by, operations: &[RolloutType]| FlowLimit {
            name: name.to_owned(),
            per,
            max,
            by: vec![by],
            operations: operations.to_vec(),
            services: Vec::new(),
        };
        let data = [RolloutType::Database, RolloutType::DataCorrection];
        FlowSettings {
            limits: vec![
                limit("service-hour", Span::of_hours(1), by_tier(tier, [12, 20, 30, 60]), FlowKey::Service, &[]),
                limit("service-day", Span::of_days(1), by_tier(tier, [60, 100, 150, 300]), FlowKey::Service, &[]),
                limit("data-hour", Span::of_hours(1), by_tier(tier, [4, 6, 10, 20]), FlowKey::Service, &data),
                limit("region-minute", Span::of_minutes(1), 60, FlowKey::Region, &[]),
            ],
        }
    }
}
