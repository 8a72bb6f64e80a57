//! Items that a pull request's text must have ticked (requirement B1).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The task lists in the text of a pull request (requirement B1). Nothing is asked for unless something stands here.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChecklistSettings {
    /// Items that every pull request has ticked, by their beginning.
    pub required: Vec<String>,
    /// Whether every item that stands there must be ticked or struck through.
    pub complete: bool,
    /// Further required items for what a change touches.
    pub when: Vec<ChecklistWhen>,
}

/// Items for a change that touches one of these paths.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChecklistWhen {
    /// Path patterns.
    pub paths: Vec<String>,
    /// As in `required`.
    pub items: Vec<String>,
}
