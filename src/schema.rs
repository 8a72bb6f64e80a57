//! The JSON Schemas of the documents that kadian reads and writes.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::Value;

use crate::config::{self, settings::Settings};
use crate::decide::Decision;
use crate::evidence::{calendar, finding_baseline, plan, recovery};
use crate::input::Input;

/// A document with a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Document {
    Input,
    Decision,
    Config,
    Settings,
    Plan,
    Calendar,
    Recovery,
    Baseline,
}

/// The JSON Schema (2020-12) of a document.
#[must_use]
pub fn of(document: Document) -> Value {
    match document {
        Document::Input => written::<Input>(),
        Document::Decision => written::<Decision>(),
        Document::Config => config::schema(),
        Document::Settings => written::<Settings>(),
        Document::Plan => plan::schema(),
        Document::Calendar => calendar::schema(),
        Document::Recovery => recovery::schema(),
        Document::Baseline => finding_baseline::schema(),
    }
}

/// The schema of a document that kadian writes: every key is there.
fn written<T: JsonSchema>() -> Value {
    SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<T>().to_value()
}
