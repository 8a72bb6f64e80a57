//! Of what time evidence of a batch is (requirement C2).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::facts::Span;

/// What is seen of the running service, at a rollout (requirement C2).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchSettings {
    /// How much of the soak, as far as it is over, the samples of the gray version cover at least; gaps do not. 0.8 is four fifths: a
    /// scrape may be lost and the last step may be under way, and a fault of some minutes is still seen.
    #[schemars(range(min = 0, max = 1))]
    pub min_soak_coverage: f64,
    /// How old what is seen of the running service may be: how long before the decision the newest sample of the gray version ends, and
    /// how long ago health, alerts, error budgets, logs, incidents and capacity were looked at.
    pub max_sample_age: Span,
}

impl Default for BatchSettings {
    fn default() -> Self {
        BatchSettings { min_soak_coverage: 0.8, max_sample_age: Span::of_minutes(15) }
    }
}
