//! Paths into a document, judged by its JSON Schema.

use serde_json::{Map, Value};

use crate::nearest::nearest;

/// One step of a path: a key, or any element or value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    Key(String),
    Any,
}

/// A step that the schema does not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unknown {
    /// The index of the step.
    pub(super) step: usize,
    /// The key that would have been known there; none when nothing is near.
    pub(super) nearest: Option<String>,
}

/// Follows a path through a schema.
///
/// Alternatives (`anyOf`, `oneOf`, `allOf`, `$ref`) are taken together: a key is known when one of them knows it. An object without
/// `properties`, and one that allows additional ones, knows every key. An array knows only elements; anything else has no parts.
pub(super) fn follow(schema: &Value, path: &[Step]) -> Result<(), Unknown> {
    let mut here = vec![schema];
    for (index, step) in path.iter().enumerate() {
        let mut next = Vec::new();
        let mut keys = Vec::new();
        let mut open = false;
        for node in expand(schema, &here) {
            match node {
                Node::Free => open = true,
                Node::Schema(node) => open |= step_into(node, step, &mut next, &mut keys),
            }
        }
        if open {
            return Ok(());
        }
        if next.is_empty() {
            let nearest = match step {
                Step::Key(key) => nearest(key, keys).map(str::to_owned),
                Step::Any => None,
            };
            return Err(Unknown { step: index, nearest });
        }
        here = next;
    }
    Ok(())
}

enum Node<'a> {
    /// Anything may stand here.
    Free,
    Schema(&'a Map<String, Value>),
}

/// The schemas themselves and all their alternatives, each once.
fn expand<'a>(root: &'a Value, start: &[&'a Value]) -> Vec<Node<'a>> {
    let mut found = Vec::new();
    let mut seen: Vec<*const Value> = Vec::new();
    let mut pending: Vec<&Value> = start.to_vec();
    while let Some(value) = pending.pop() {
        if seen.contains(&std::ptr::from_ref(value)) {
            continue;
        }
        seen.push(std::ptr::from_ref(value));
        let Some(map) = value.as_object() else {
            if value == &Value::Bool(true) {
                found.push(Node::Free);
            }
            continue;
        };
        if !map.keys().any(|key| SHAPES.contains(&key.as_str())) {
            found.push(Node::Free);
            continue;
        }
        if let Some(target) = map.get("$ref").and_then(Value::as_str).and_then(|target| root.pointer(target.strip_prefix('#')?)) {
            pending.push(target);
        }
        for key in ["anyOf", "oneOf", "allOf"] {
            pending.extend(map.get(key).and_then(Value::as_array).into_iter().flatten());
        }
        found.push(Node::Schema(map));
    }
    found
}

/// Keywords that say what a value looks like; a schema without any of them allows everything.
const SHAPES: [&str; 12] = [
    "$ref",
    "anyOf",
    "oneOf",
    "allOf",
    "type",
    "enum",
    "const",
    "properties",
    "additionalProperties",
    "patternProperties",
    "items",
    "prefixItems",
];

/// Collects what stands after a step; true when anything may.
fn step_into<'a>(node: &'a Map<String, Value>, step: &Step, next: &mut Vec<&'a Value>, keys: &mut Vec<&'a str>) -> bool {
    let properties = node.get("properties").and_then(Value::as_object);
    let additional = node.get("additionalProperties");
    let is_object = match node.get("type") {
        Some(Value::String(kind)) => kind == "object",
        Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == "object"),
        _ => false,
    };
    let unspecified = is_object && properties.is_none() && additional.is_none() && node.get("patternProperties").is_none();
    let composed = ["$ref", "anyOf", "oneOf", "allOf"].iter().any(|key| node.contains_key(*key));
    if (unspecified && !composed) || additional == Some(&Value::Bool(true)) {
        return true;
    }
    let more = additional.filter(|schema| schema.is_object());
    let patterns = node.get("patternProperties").and_then(Value::as_object);
    match step {
        Step::Key(key) => {
            keys.extend(properties.into_iter().flat_map(Map::keys).map(String::as_str));
            if let Some(schema) = properties.and_then(|properties| properties.get(key)) {
                next.push(schema);
            } else {
                next.extend(more);
                next.extend(patterns.into_iter().flat_map(Map::values));
            }
        }
        Step::Any => {
            next.extend(node.get("items").filter(|schema| schema.is_object() || *schema == &Value::Bool(true)));
            next.extend(node.get("prefixItems").and_then(Value::as_array).into_iter().flatten());
            next.extend(properties.into_iter().flat_map(Map::values));
            next.extend(more);
            next.extend(patterns.into_iter().flat_map(Map::values));
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn steps(path: &str) -> Vec<Step> {
        let step = |part: &str| if part == "*" { Step::Any } else { Step::Key(part.to_owned()) };
        path.split('.').map(step).collect()
    }

    fn schema() -> Value {
        json!({
            "type": "object",
            "properties": {
                "scan": {"anyOf": [{"$ref": "#/$defs/Scan"}, {"type": "null"}]},
                "custom": {"type": "object", "additionalProperties": true},
                "tiers": {"type": "object", "additionalProperties": {"$ref": "#/$defs/Finding"}}
            },
            "$defs": {
                "Scan": {"type": "object", "properties": {"findings": {"type": "array", "items": {"$ref": "#/$defs/Finding"}}}},
                "Finding": {"type": "object", "properties": {"severity": {"type": "string"}, "line": {"type": ["integer", "null"]}}}
            }
        })
    }

    #[test]
    fn known_paths_are_followed_through_references_alternatives_and_arrays() {
        for path in ["scan", "scan.findings.*.severity", "custom.load.p99.x", "tiers.L1.line", "tiers.*.line", "*"] {
            assert_eq!(follow(&schema(), &steps(path)), Ok(()), "{path}");
        }
    }

    #[test]
    fn unknown_paths_name_the_step_and_the_nearest_key() {
        let nearest = |path: &str| follow(&schema(), &steps(path)).unwrap_err();
        assert_eq!(nearest("scna"), Unknown { step: 0, nearest: Some("scan".into()) });
        assert_eq!(nearest("scan.findings.*.severty"), Unknown { step: 3, nearest: Some("severity".into()) });
        assert_eq!(nearest("scan.findings.severity"), Unknown { step: 2, nearest: None });
        assert_eq!(nearest("tiers.L1.line.x"), Unknown { step: 3, nearest: None });
    }
}
