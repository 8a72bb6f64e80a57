//! How a recommendation to roll back is carried out (requirements C5, F5).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::facts::{Permission, Span};

/// How a recommendation to roll back is carried out (requirements C5, F5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecoverySettings {
    /// How old a decision may be for its rollback to begin; one that was begun may be finished at any time.
    pub max_age: Span,
    /// The file name of the workflow that carries a rollback out, `rollback.yml`; empty where there is none. Reports link to it.
    pub workflow: String,
    /// What whoever presses the button may do with the repository, at least.
    pub press_permission: Permission,
    /// How long after the press the workflow may begin: an environment may have kept it waiting.
    pub press_max_age: Span,
}

impl Default for RecoverySettings {
    fn default() -> Self {
        RecoverySettings {
            max_age: Span::of_hours(12),
            workflow: String::new(),
            press_permission: Permission::Write,
            press_max_age: Span::of_hours(1),
        }
    }
}
