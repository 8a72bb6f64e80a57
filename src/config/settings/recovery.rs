//! How a recommendation to roll back is carried out (requirements C5, F5).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::facts::Span;

/// How a recommendation to roll back is carried out (requirements C5, F5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecoverySettings {
    /// How old a decision may be for its rollback to begin; one that was begun may be finished at any time.
    pub max_age: Span,
}

impl Default for RecoverySettings {
    fn default() -> Self {
        RecoverySettings { max_age: Span::of_hours(12) }
    }
}
