//! A validator for the part of JSON Schema (2020-12) that kadian's schemas use.
//!
//! A keyword that it does not know is an error, so that a schema cannot ask for something that nobody checks.

use serde_json::{Map, Value};

/// Whether the value is what the schema describes; otherwise where it is not, and why.
pub(crate) fn validate(schema: &Value, value: &Value) -> Result<(), String> {
    check(schema, schema, value, "")
}

fn check(root: &Value, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
    let keywords = match schema {
        Value::Bool(true) => return Ok(()),
        Value::Object(keywords) => keywords,
        other => return Err(format!("{at}: the schema {other} allows nothing")),
    };
    keywords.iter().try_for_each(|(keyword, asked)| one(root, keywords, (keyword, asked), value, at))
}

fn one(root: &Value, all: &Map<String, Value>, keyword: (&str, &Value), value: &Value, at: &str) -> Result<(), String> {
    let (keyword, asked) = keyword;
    let demand = |holds: bool| if holds { Ok(()) } else { Err(format!("{at}: {value} breaks {keyword}: {asked}")) };
    match keyword {
        "$schema" | "$defs" | "title" | "description" | "default" | "format" => Ok(()),
        "$ref" => check(root, target(root, asked)?, value, at),
        "type" => demand(match asked {
            Value::Array(types) => types.iter().any(|one| is(one, value)),
            one => is(one, value),
        }),
        "const" => demand(asked == value),
        "enum" => demand(asked.as_array().is_some_and(|list| list.contains(value))),
        "minimum" => demand(value.as_f64().is_none_or(|number| number >= asked.as_f64().unwrap_or(f64::MAX))),
        "maximum" => demand(value.as_f64().is_none_or(|number| number <= asked.as_f64().unwrap_or(f64::MIN))),
        "minItems" => demand(value.as_array().is_none_or(|list| list.len() as u64 >= asked.as_u64().unwrap_or(u64::MAX))),
        "maxItems" => demand(value.as_array().is_none_or(|list| list.len() as u64 <= asked.as_u64().unwrap_or(0))),
        "required" => demand(value.as_object().is_none_or(|object| {
            asked.as_array().is_some_and(|keys| keys.iter().all(|key| key.as_str().is_some_and(|key| object.contains_key(key))))
        })),
        "properties" => members(value, |key| asked.get(key), root, at),
        "additionalProperties" => {
            let named = all.get("properties");
            members(value, |key| if named.is_some_and(|named| named.get(key).is_some()) { None } else { Some(asked) }, root, at)
        }
        "items" => value.as_array().map_or(Ok(()), |list| {
            list.iter().enumerate().try_for_each(|(index, one)| check(root, asked, one, &format!("{at}/{index}")))
        }),
        "anyOf" | "oneOf" => {
            let tried: Vec<Result<(), String>> =
                asked.as_array().into_iter().flatten().map(|one| check(root, one, value, at)).collect();
            let holding = tried.iter().filter(|result| result.is_ok()).count();
            if holding == 1 || (holding > 1 && keyword == "anyOf") {
                return Ok(());
            }
            let reasons: Vec<String> = tried.into_iter().filter_map(Result::err).collect();
            Err(format!("{at}: {holding} of {keyword} hold: {}", reasons.join(" | ")))
        }
        other => Err(format!("{at}: the validator of the tests does not know the keyword {other}")),
    }
}

fn members<'a>(value: &Value, schema_of: impl Fn(&str) -> Option<&'a Value>, root: &Value, at: &str) -> Result<(), String> {
    value.as_object().into_iter().flatten().try_for_each(|(key, member)| match schema_of(key) {
        Some(schema) => check(root, schema, member, &format!("{at}/{key}")),
        None => Ok(()),
    })
}

fn target<'a>(root: &'a Value, reference: &Value) -> Result<&'a Value, String> {
    let pointer = reference.as_str().and_then(|text| text.strip_prefix('#'));
    pointer.and_then(|pointer| root.pointer(pointer)).ok_or_else(|| format!("{reference} leads nowhere"))
}

fn is(kind: &Value, value: &Value) -> bool {
    match kind.as_str() {
        Some("null") => value.is_null(),
        Some("boolean") => value.is_boolean(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("number") => value.is_number(),
        Some("string") => value.is_string(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        _ => false,
    }
}
