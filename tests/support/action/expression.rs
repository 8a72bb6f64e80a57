//! The expressions that `action.yml` uses, as the runner evaluates them: paths, strings, `==`, `!=`, `&&`, `||`.
//!
//! Source: GitHub's "Evaluate expressions in workflows and actions". What is not among these is a failure of the test, not an empty text.

use serde_json::Value;

/// Replaces each `${{ ... }}` of a text.
pub(super) fn text(template: &str, contexts: &Value) -> String {
    let (mut out, mut rest) = (String::new(), template);
    while let Some((before, after)) = rest.split_once("${{") {
        let (inside, after) = after.split_once("}}").expect("an expression ends");
        out.push_str(before);
        out.push_str(&shown(&value(inside, contexts)));
        rest = after;
    }
    out + rest
}

/// Whether the condition of a step holds.
pub(super) fn holds(condition: &str, contexts: &Value) -> bool {
    is_true(&value(condition, contexts))
}

fn value(expression: &str, contexts: &Value) -> Value {
    let expression = expression.trim();
    if let Some((left, right)) = expression.split_once("||") {
        let left = value(left, contexts);
        return if is_true(&left) { left } else { value(right, contexts) };
    }
    if let Some((left, right)) = expression.split_once("&&") {
        let left = value(left, contexts);
        return if is_true(&left) { value(right, contexts) } else { left };
    }
    for (sign, equal) in [("==", true), ("!=", false)] {
        if let Some((left, right)) = expression.split_once(sign) {
            return Value::Bool((shown(&value(left, contexts)) == shown(&value(right, contexts))) == equal);
        }
    }
    if let Some(literal) = expression.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
        return Value::String(literal.to_owned());
    }
    let is_path = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    assert!(
        !expression.is_empty() && expression.chars().all(is_path),
        "an expression that this runner does not know: {expression}"
    );
    let (context, _) = expression.split_once('.').expect("a context and a name");
    assert!(contexts.get(context).is_some(), "no context {context}: {expression}");
    expression.split('.').fold(contexts.clone(), |inner, key| inner.get(key).cloned().unwrap_or(Value::Null))
}

fn is_true(value: &Value) -> bool {
    !matches!(value, Value::Null | Value::Bool(false)) && value != "" && value != 0
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
