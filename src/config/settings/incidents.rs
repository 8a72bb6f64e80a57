//! Incidents, degradation plans and the alerts of dependencies (requirement C12).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::facts::RolloutType;

/// Open incidents and active degradation plans (requirement C12).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IncidentsSettings {
    /// Types of rollout that go on into an incident, an active degradation plan or an alert, because they may be what ends it: hotfix
    /// and rollback. What is proven to be wrong with the version that is rolled out still holds a hotfix.
    pub lanes: Vec<RolloutType>,
}

impl Default for IncidentsSettings {
    fn default() -> IncidentsSettings {
        IncidentsSettings { lanes: vec![RolloutType::Hotfix, RolloutType::Rollback] }
    }
}
