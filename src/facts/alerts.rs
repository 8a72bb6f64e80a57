//! Which alerts are active (requirement C12).

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::Relation;

/// The active alerts. An empty list is an answer: nothing is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Alerts {
    /// By start, name and labels.
    pub active: Vec<ActiveAlert>,
    /// How many of them count.
    pub counted: u64,
    /// Alerts that somebody silenced or another alert inhibits; they do not stand in `active`.
    pub suppressed: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ActiveAlert {
    pub name: String,
    /// What its severity label says; null without one.
    pub severity: Option<String>,
    #[schemars(with = "String")]
    pub starts_at: Timestamp,
    pub labels: BTreeMap<String, String>,
    /// The first line of its summary or description, cut at 300 characters; null without either.
    pub summary: Option<String>,
    pub scope: AlertScope,
    /// The service that its labels name, where one of them is this one or a dependency of it that one; null without such a label.
    pub service: Option<String>,
    /// What that service is to this one.
    pub relation: Relation,
    /// How this service depends on that one, as `pay → ledger-db`; null where it does not.
    pub path: Option<String>,
    /// Whether it counts against the gray version: its scope is `gray`, or `unknown` because nobody can tell.
    pub counts: bool,
}

/// Which version an alert is about, by its labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AlertScope {
    /// Its labels are those of the gray version and not those of the baseline.
    Gray,
    Baseline,
    /// Its labels are those of both.
    Both,
    /// Its labels say that it is about something else, for example another service.
    Neither,
    /// Its labels do not tell, or nobody said how to tell.
    Unknown,
}
