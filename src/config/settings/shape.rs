//! Judges partial settings by their JSON Schema, so that a fault is told with its path and the way out.

use serde_json::{Map, Value};

use super::SettingsError;
use crate::facts::{SPAN_FORMAT, Span};
use crate::nearest::nearest;

/// Lets every section and every setting be left out. Entries of lists stay complete.
pub(super) fn make_optional(schema: &mut Value) {
    let Some(schema) = schema.as_object_mut() else { return };
    schema.remove("required");
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        properties.values_mut().for_each(make_optional);
    }
}

/// Compares a value with the schema; the first fault is returned.
pub(super) fn check(schema: &Value, value: &Value) -> Result<(), SettingsError> {
    Shape { root: schema }.value(schema, value, "")
}

struct Shape<'a> {
    root: &'a Value,
}

impl Shape<'_> {
    fn value(&self, schema: &Value, value: &Value, path: &str) -> Result<(), SettingsError> {
        let choices = choices(schema);
        if !choices.is_empty() {
            let known = value.as_str().is_some_and(|text| choices.contains(&text));
            return if known { Ok(()) } else { Err(wrong(path, &format!("one of {}", choices.join(", ")), value)) };
        }
        match schema.get("type").and_then(Value::as_str) {
            Some("object") => self.object(schema, value, path),
            Some("array") => {
                let Value::Array(items) = value else { return Err(wrong(path, "a list", value)) };
                let Some(schema) = schema.get("items") else { return Ok(()) };
                items.iter().enumerate().try_for_each(|(index, item)| self.value(schema, item, &format!("{path}[{index}]")))
            }
            Some("string") if !value.is_string() => Err(wrong(path, "a text", value)),
            Some("string") if is_span(schema) => span(value, path),
            Some("boolean") if !value.is_boolean() => Err(wrong(path, "true or false", value)),
            Some("integer") if !value.is_u64() => Err(wrong(path, "a whole number from 0 up", value)),
            Some("number") => number(schema, value, path),
            _ => Ok(()),
        }
    }

    fn object(&self, schema: &Value, value: &Value, path: &str) -> Result<(), SettingsError> {
        let map = match value {
            Value::Object(map) => map,
            // A section whose lines are all commented out.
            Value::Null if schema.get("required").is_none() => return Ok(()),
            _ => return Err(wrong(path, "a map of settings", value)),
        };
        let properties = schema.get("properties").and_then(Value::as_object);
        for (key, value) in map {
            let here = join(path, key);
            let known = properties.and_then(|properties| properties.get(key));
            match known.or_else(|| schema.get("additionalProperties")) {
                Some(Value::Bool(false)) => return Err(self.unknown(path, key, properties)),
                Some(schema) => self.value(schema, value, &here)?,
                None => {}
            }
        }
        let required = schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        for key in required {
            if !map.contains_key(key) {
                return Err(SettingsError::MissingKey { path: path.to_owned(), key: key.to_owned() });
            }
        }
        Ok(())
    }

    /// The nearest key in the same place, otherwise the nearest anywhere: the section may have been forgotten.
    fn unknown(&self, path: &str, key: &str, properties: Option<&Map<String, Value>>) -> SettingsError {
        let known: Vec<String> = properties.into_iter().flat_map(Map::keys).cloned().collect();
        let sibling = nearest(key, known.iter().map(String::as_str)).map(|known| join(path, known));
        let nearest = sibling.or_else(|| {
            let mut all = Vec::new();
            collect(self.root, "", &mut all);
            let name = nearest(key, all.iter().map(|path| last(path)))?;
            all.iter().find(|path| last(path) == name).cloned()
        });
        SettingsError::UnknownKey { path: join(path, key), nearest, known }
    }
}

fn number(schema: &Value, value: &Value, path: &str) -> Result<(), SettingsError> {
    let limit = |key: &str, open: f64| schema.get(key).and_then(Value::as_f64).unwrap_or(open);
    let (min, max) = (limit("minimum", f64::MIN), limit("maximum", f64::MAX));
    match value.as_f64() {
        None => Err(wrong(path, "a number", value)),
        Some(found) if (min..=max).contains(&found) => Ok(()),
        Some(found) => Err(SettingsError::OutOfRange { path: path.to_owned(), min, max, found }),
    }
}

fn is_span(schema: &Value) -> bool {
    schema.get("format").and_then(Value::as_str) == Some(SPAN_FORMAT)
}

fn span(value: &Value, path: &str) -> Result<(), SettingsError> {
    let read = value.as_str().map(str::parse::<Span>);
    if matches!(read, Some(Ok(_))) {
        return Ok(());
    }
    Err(wrong(path, "a length of time like `90s`, `5m`, `2h`, `1h30m` or `7d`", value))
}

/// The words that an enumeration allows; none for anything else.
fn choices(schema: &Value) -> Vec<&str> {
    let listed = schema.get("enum").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let alternatives = schema.get("oneOf").and_then(Value::as_array).into_iter().flatten();
    let described = alternatives.flat_map(|choice| {
        let many = choice.get("enum").and_then(Value::as_array).into_iter().flatten();
        choice.get("const").into_iter().chain(many).filter_map(Value::as_str)
    });
    listed.chain(described).collect()
}

fn collect(schema: &Value, path: &str, all: &mut Vec<String>) {
    for (key, schema) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        let here = join(path, key);
        collect(schema, &here, all);
        all.push(here);
    }
}

fn last(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

fn wrong(path: &str, expected: &str, found: &Value) -> SettingsError {
    let path = if path.is_empty() { "settings" } else { path };
    SettingsError::WrongType { path: path.to_owned(), expected: expected.to_owned(), found: describe(found) }
}

fn describe(value: &Value) -> String {
    match value {
        Value::Null => "empty".to_owned(),
        Value::Bool(value) => format!("{value}"),
        Value::Number(number) => format!("the number {number}"),
        Value::String(text) => format!("the text `{}`", text.chars().take(60).collect::<String>().escape_debug()),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "a map".to_owned(),
    }
}
