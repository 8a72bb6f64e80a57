//! What samples of a batch have to show of its time (requirement C2).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::facts::Span;

/// Samples of the batch that runs, at a rollout (requirement C2).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchSettings {
    /// How much of the soak, as far as it is over, the samples of the gray version cover at least; gaps do not. 0.8 is four fifths: a
    /// scrape may be lost and the last step may be under way, and a fault of some minutes is still seen.
    #[schemars(range(min = 0, max = 1))]
    pub min_soak_coverage: f64,
    /// How long before the decision the newest sample of the gray version may end.
    pub max_sample_age: Span,
}

impl Default for BatchSettings {
    fn default() -> Self {
        BatchSettings { min_soak_coverage: 0.8, max_sample_age: Span::of_minutes(15) }
    }
}
