//! What is wrong at the moment: open incidents, and degradation plans that are active (requirement C12).

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

/// What is open and active. An empty list is an answer: nothing is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Incidents {
    /// By when they opened, service and id.
    pub open: Vec<Incident>,
    /// The active degradation plans, by start, service and name; null when nobody was asked about them: the ledger knows none.
    pub degradations: Option<Vec<Degradation>>,
    /// Whether the catalogue tells what this service depends on; where it does not, only what concerns the service itself is near.
    pub dependencies_known: bool,
}

/// An incident that nobody has closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Incident {
    pub id: String,
    pub service: String,
    /// As its source writes it; null when it is silent.
    pub severity: Option<String>,
    pub title: Option<String>,
    #[schemars(with = "String")]
    pub opened_at: Timestamp,
    /// As its source writes it.
    pub state: String,
    pub url: Option<String>,
    /// Who tells of it; of two that do, the file.
    pub source: IncidentSource,
    pub relation: Relation,
    /// How this service depends on that one, as `pay → ledger-db`; null where it does not.
    pub path: Option<String>,
}

/// Something that is switched off or answered with less, on purpose and for a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Degradation {
    pub name: String,
    pub service: String,
    #[schemars(with = "Option<String>")]
    pub since: Option<Timestamp>,
    pub relation: Relation,
    /// As in [`Incident::path`].
    pub path: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum IncidentSource {
    File,
    Ledger,
}

/// What another service is to this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// It is this one.
    Own,
    /// This one fails when it fails, directly or through others; also where nobody declared how strong a dependency is.
    Strong,
    /// This one goes on without it.
    Weak,
    /// Nothing that the catalogue knows of.
    None,
    /// Nobody can tell: it or this one has no name.
    Unknown,
}
