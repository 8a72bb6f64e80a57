//! One element of a rule's set, read into types.

use serde_json::{Map, Value};

use super::check::Check;
use super::error::PolicyError;
use crate::decide::Reason;
use crate::facts::Severity;

/// Reads an element: a text, or an object with a text `msg`.
///
/// A known key that is null counts as left out, so that a rule can hand on facts that may be null. Conftest's `_loc` gives file and
/// line where those are left out. An element of any other form is an error that names file and rule: dropping it would let the
/// change pass.
pub(super) fn read(check: &Check, element: Value) -> Result<Reason, PolicyError> {
    let mut map = match element {
        Value::String(msg) => Map::from_iter([("msg".to_owned(), Value::String(msg))]),
        Value::Object(map) => map,
        other => {
            let found = shown(&other);
            return Err(fault(check, &format!("holds {found} where a text or an object with `msg` was expected")));
        }
    };
    let location = match map.remove("_loc") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(location)) => location,
        Some(other) => return Err(wrong(check, "_loc", "an object with `file` and `line`", &other)),
    };
    for (key, value) in location {
        if matches!(key.as_str(), "file" | "line") && map.get(&key).is_none_or(Value::is_null) {
            map.insert(key, value);
        }
    }
    let Some(msg) = text(check, &mut map, "msg")?.filter(|msg| !msg.trim().is_empty()) else {
        return Err(fault(check, "holds an object without a text at `msg`"));
    };
    Ok(Reason {
        message: msg,
        id: text(check, &mut map, "id")?,
        file: text(check, &mut map, "file")?,
        line: line(check, &mut map)?,
        severity: severity(check, &mut map)?,
        remedy: text(check, &mut map, "remedy")?,
        expected: map.remove("expected").filter(|value| !value.is_null()),
        actual: map.remove("actual").filter(|value| !value.is_null()),
        distance: text(check, &mut map, "distance")?,
        fingerprint: text(check, &mut map, "fingerprint")?,
        metadata: map,
    })
}

fn fault(check: &Check, what: &str) -> PolicyError {
    PolicyError::at(&check.file, check.line, 1, format!("`{}` of the package `{}` {what}", check.rule, check.package))
        .hint("An element is a text, or an object such as {\"msg\": \"..\", \"file\": \"..\", \"line\": 3}.")
}

fn wrong(check: &Check, key: &str, expected: &str, found: &Value) -> PolicyError {
    fault(check, &format!("has {} at `{key}` where {expected} was expected", shown(found)))
}

/// A short form of a value for a message.
fn shown(value: &Value) -> String {
    let kind = match value {
        Value::Null => return "null".to_owned(),
        Value::Bool(_) => "the boolean",
        Value::Number(_) => "the number",
        Value::String(_) => "the text",
        Value::Array(_) => "the list",
        Value::Object(_) => "the object",
    };
    let text: String = value.to_string().escape_debug().take(60).collect();
    format!("{kind} {text}")
}

fn text(check: &Check, map: &mut Map<String, Value>, key: &str) -> Result<Option<String>, PolicyError> {
    match map.remove(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(other) => Err(wrong(check, key, "a text", &other)),
    }
}

fn line(check: &Check, map: &mut Map<String, Value>) -> Result<Option<u32>, PolicyError> {
    match map.remove("line") {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match value.as_u64().and_then(|line| u32::try_from(line).ok()).filter(|line| *line > 0) {
            Some(line) => Ok(Some(line)),
            None => Err(wrong(check, "line", "a whole number from 1", &value)),
        },
    }
}

fn severity(check: &Check, map: &mut Map<String, Value>) -> Result<Option<Severity>, PolicyError> {
    const ALL: [Severity; 5] = [Severity::Critical, Severity::High, Severity::Medium, Severity::Low, Severity::Note];
    let Some(word) = text(check, map, "severity")? else { return Ok(None) };
    match ALL.into_iter().find(|severity| severity.word() == word) {
        Some(severity) => Ok(Some(severity)),
        None => Err(wrong(check, "severity", "critical, high, medium, low or note", &Value::String(word))),
    }
}
