//! The input document: what policies see as `input`, and its JSON Schema.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::config::settings::Tier;
use crate::decide::{Mode, Stage};
use crate::facts::{
    Alerts, Canary, Capacity, Catalogue, Change, Coverage, Database, Documents, Evidence, Health, History, Incidents, Kind, Logs,
    Review, Rollout, Scan, Slo, Source, Status, Tests,
};

/// The version of the input document's schema.
pub const INPUT_SCHEMA: &str = "kadian.input/v1";

/// Everything that policies may read. The same evidence gives the same document, whatever the order it came in.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Input {
    pub gate: Gate,
    pub change: Evidence<Change>,
    pub review: Evidence<Review>,
    pub tests: Evidence<Tests>,
    pub coverage: Evidence<Coverage>,
    pub scan: Evidence<Scan>,
    pub database: Evidence<Database>,
    pub rollout: Evidence<Rollout>,
    pub canary: Evidence<Canary>,
    pub slo: Evidence<Slo>,
    pub logs: Evidence<Logs>,
    pub capacity: Evidence<Capacity>,
    pub health: Evidence<Health>,
    pub alerts: Evidence<Alerts>,
    pub incidents: Evidence<Incidents>,
    pub catalogue: Evidence<Catalogue>,
    pub documents: Evidence<Documents>,
    pub readiness: Evidence<NoFacts>,
    pub history: Evidence<History>,
    /// Documents of your own, by name.
    pub custom: BTreeMap<String, Custom>,
}

/// Who asks, when, and for what.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Gate {
    /// `kadian.input/v1`.
    pub schema: String,
    pub stage: Stage,
    /// The time that the decision is made for.
    #[schemars(with = "String")]
    pub now: Timestamp,
    pub service: ServiceFacts,
    pub mode: Mode,
}

/// The service that the change belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ServiceFacts {
    /// Null when nobody configured one.
    pub name: Option<String>,
    pub tier: Tier,
    pub owners: Vec<String>,
}

/// A kind of evidence that this version collects no facts for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct NoFacts {}

/// A document of the user's own at `input.custom.NAME`.
///
/// A mapping stands there with `status`, `sources` and `reason` beside its keys; where it has keys of these names itself, its
/// own win. Any other document stands there as it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Custom(pub Evidence<Value>);

impl Serialize for Custom {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.facts() {
            Some(Value::Object(document)) => {
                let mut map = self.envelope();
                map.extend(document.clone());
                map.serialize(serializer)
            }
            Some(other) => other.serialize(serializer),
            None => self.envelope().serialize(serializer),
        }
    }
}

impl Custom {
    fn envelope(&self) -> Map<String, Value> {
        let sources = serde_json::to_value(self.0.sources()).unwrap_or_default();
        [
            ("status".to_owned(), Value::from(self.0.status().word())),
            ("sources".to_owned(), sources),
            ("reason".to_owned(), Value::from(self.0.reason())),
        ]
        .into_iter()
        .collect()
    }
}

impl JsonSchema for Custom {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Custom".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"description": "Any document; a mapping has `status`, `sources` and `reason` beside its own keys."})
    }
}

/// The state of one kind of evidence, apart from its facts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct State<'a> {
    pub status: Status,
    pub sources: &'a [Source],
    pub reason: Option<&'a str>,
}

impl Input {
    /// The state of a kind; `None` for a custom kind that nobody named.
    #[must_use]
    pub fn state(&self, kind: &Kind) -> Option<State<'_>> {
        fn of<T>(evidence: &Evidence<T>) -> State<'_> {
            State { status: evidence.status(), sources: evidence.sources(), reason: evidence.reason() }
        }
        Some(match kind {
            Kind::Change => of(&self.change),
            Kind::Review => of(&self.review),
            Kind::Tests => of(&self.tests),
            Kind::Coverage => of(&self.coverage),
            Kind::Scan => of(&self.scan),
            Kind::Database => of(&self.database),
            Kind::Rollout => of(&self.rollout),
            Kind::Canary => of(&self.canary),
            Kind::Slo => of(&self.slo),
            Kind::Logs => of(&self.logs),
            Kind::Capacity => of(&self.capacity),
            Kind::Health => of(&self.health),
            Kind::Alerts => of(&self.alerts),
            Kind::Incidents => of(&self.incidents),
            Kind::Catalogue => of(&self.catalogue),
            Kind::Documents => of(&self.documents),
            Kind::Readiness => of(&self.readiness),
            Kind::History => of(&self.history),
            Kind::Custom(name) => return self.custom.get(name).map(|custom| of(&custom.0)),
        })
    }

    /// Every kind that stands in the document, in a stable order.
    #[must_use]
    pub fn kinds(&self) -> Vec<Kind> {
        Kind::NAMED.into_iter().chain(self.custom.keys().cloned().map(Kind::Custom)).collect()
    }

    /// The document as policies see it. Keys are sorted.
    #[must_use]
    pub fn document(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}
