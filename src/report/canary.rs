//! The judgement of samples alone, as text and as JSON.

use serde_json::{Map, Value};

use super::{Options, escape};
use crate::facts::{Canary, Evidence};

/// The schema name of the JSON form.
pub const CANARY_SCHEMA: &str = "kadian.canary/v1";

/// The judgement as JSON: `schema`, `status`, `sources`, `reason` and, when it is known, the facts.
#[must_use]
pub fn json(canary: &Evidence<Canary>) -> String {
    let mut map = Map::from_iter([("schema".to_owned(), Value::from(CANARY_SCHEMA))]);
    if let Ok(Value::Object(facts)) = serde_json::to_value(canary) {
        map.extend(facts);
    }
    escape::log_json(&serde_json::to_string_pretty(&Value::Object(map)).unwrap_or_default()).into_owned()
}

/// The judgement for a person at a terminal.
#[must_use]
pub fn text(canary: &Evidence<Canary>, options: &Options) -> String {
    super::text::canary::render(canary, options)
}
