//! Partial settings over complete ones.

use serde_json::Value;

/// Puts the values of `overrides` into `document`: maps are merged key by key, everything else is replaced, null changes nothing.
pub(super) fn merge(document: &mut Value, overrides: &Value) {
    match (document, overrides) {
        (_, Value::Null) => {}
        (Value::Object(map), Value::Object(overrides)) => {
            for (key, value) in overrides {
                match map.get_mut(key) {
                    Some(known) => merge(known, value),
                    None => {
                        map.insert(key.clone(), value.clone());
                    }
                }
            }
        }
        (document, overrides) => *document = overrides.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn maps_are_merged_and_lists_are_replaced() {
        let mut document = json!({"a": {"b": 1, "c": [1, 2]}, "d": 4});
        merge(&mut document, &json!({"a": {"c": [3], "e": 5}, "d": null}));
        assert_eq!(document, json!({"a": {"b": 1, "c": [3], "e": 5}, "d": 4}));
    }
}
