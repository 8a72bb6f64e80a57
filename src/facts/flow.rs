//! Limits on how often something may be done to production (requirement C7).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{RolloutType, Span};

/// A limit: at most so many operations in any span of this length, over all runners that share the ledger.
///
/// A span is not aligned to the clock: a limit of 10 an hour holds for every hour that one can choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FlowLimit {
    /// Findings name it.
    pub name: String,
    /// The length of the span, for example `1s`, `1m`, `1h` or `1d`.
    pub per: Span,
    /// Batches that may start in it.
    pub max: u64,
    /// What is counted apart: `[service]` gives every service a count of its own; an empty list has one count for all.
    #[serde(default)]
    pub by: Vec<FlowKey>,
    /// The types of rollout that count; empty for all.
    #[serde(default)]
    pub operations: Vec<RolloutType>,
    /// Patterns of the services that count, with `*` for any text; empty for all.
    #[serde(default)]
    pub services: Vec<String>,
}

/// What operations are told apart by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FlowKey {
    Service,
    Region,
    /// The type of the rollout.
    Operation,
}

/// What counts under a flow limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operation<'a> {
    pub service: &'a str,
    /// Null when the batch names none.
    pub region: Option<&'a str>,
    /// `None` where nobody recorded it.
    pub kind: Option<RolloutType>,
}
