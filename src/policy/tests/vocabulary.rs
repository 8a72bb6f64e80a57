//! A stand-in for the schemas of the input document and the settings.

use std::collections::BTreeMap;

use schemars::{JsonSchema, schema_for};
use serde::Serialize;
use serde_json::Value;

use crate::facts;
use crate::policy::Vocabulary;

#[derive(Serialize, JsonSchema)]
struct Input {
    gate: Gate,
    change: facts::Evidence<facts::Change>,
    review: facts::Evidence<facts::Review>,
    tests: facts::Evidence<facts::Tests>,
    coverage: facts::Evidence<facts::Coverage>,
    scan: facts::Evidence<facts::Scan>,
    custom: BTreeMap<String, Value>,
}

#[derive(Serialize, JsonSchema)]
struct Gate {
    stage: String,
    service: Option<Service>,
}

#[derive(Serialize, JsonSchema)]
struct Service {
    name: String,
    tier: String,
}

#[derive(Serialize, JsonSchema)]
struct Settings {
    coverage: CoverageSettings,
    tests: TestSettings,
}

#[derive(Serialize, JsonSchema)]
struct CoverageSettings {
    patch_percent: f64,
}

#[derive(Serialize, JsonSchema)]
struct TestSettings {
    success_percent: f64,
}

pub(in crate::policy) fn vocabulary() -> Vocabulary {
    Vocabulary { input: schema_for!(Input).into(), settings: schema_for!(Settings).into() }
}
