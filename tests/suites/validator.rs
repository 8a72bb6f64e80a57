//! The validator that the other tests rely on does refuse.

use libtest_mimic::Trial;
use serde_json::{Value, json};

use super::trial;
use crate::support::schema::validate;

pub(super) fn trials() -> Vec<Trial> {
    vec![trial("validator::refuses-what-a-schema-does-not-describe", refuses)]
}

fn refuses() {
    let schema = json!({
        "$defs": {"name": {"type": "string"}},
        "type": "object", "required": ["name"], "additionalProperties": false,
        "properties": {
            "name": {"$ref": "#/$defs/name"},
            "count": {"type": ["integer", "null"], "minimum": 0},
            "kind": {"oneOf": [{"const": "a"}, {"const": "b"}]},
            "list": {"type": "array", "items": {"type": "number"}}
        }
    });
    let good = json!({"name": "x", "count": null, "kind": "b", "list": [1, 1.5]});
    assert_eq!(validate(&schema, &good), Ok(()));
    let wrong: [(&str, Value); 6] = [
        ("/name", json!(1)),
        ("/count", json!(-1)),
        ("/count", json!(0.5)),
        ("/kind", json!("c")),
        ("/list/1", json!("x")),
        ("/list", json!(null)),
    ];
    for (at, value) in wrong {
        let mut bad = good.clone();
        *bad.pointer_mut(at).expect("the place is there") = value;
        assert!(validate(&schema, &bad).is_err_and(|error| error.starts_with(at)), "{bad}");
    }
    assert!(validate(&schema, &json!({})).is_err());
    assert!(validate(&schema, &json!({"name": "x", "other": 1})).is_err());
    assert!(validate(&json!({"pattern": "x"}), &json!("x")).is_err(), "an unknown keyword");
}
