//! The documents that a run leaves behind are what their schemas say.

use std::path::Path;

use kadian::schema::{self, Document};
use serde_json::Value;

use super::schema::validate;

/// The input documents and the decision that `--save` kept in a folder.
pub(crate) fn kept(folder: &Path) -> Result<(), String> {
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).map_err(|error| format!("--save: {name}: {error}"));
    printed(&read("input.json")?)?;
    let decision: Value = serde_json::from_str(&read("decision.json")?).map_err(|error| format!("decision.json: {error}"))?;
    validate(&schema::of(Document::Decision), &decision)
        .map_err(|error| format!("the decision is not what its schema says: {error}"))
}

/// One input document, or a list of them (a push of several refs).
pub(crate) fn printed(text: &str) -> Result<(), String> {
    let document: Value = serde_json::from_str(text).map_err(|error| format!("the input document: {error}"))?;
    let documents = if let Value::Array(documents) = document { documents } else { vec![document] };
    let schema = schema::of(Document::Input);
    documents
        .iter()
        .try_for_each(|one| validate(&schema, one))
        .map_err(|error| format!("the input document is not what its schema says: {error}"))
}
