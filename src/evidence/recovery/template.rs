//! Texts with placeholders, and what may stand in for them.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

use crate::evidence::text::shown;
use crate::nearest::nearest;

/// Every placeholder, without its braces.
const NAMES: [&str; 6] = ["service", "plan", "from", "to", "region", "batch"];

/// Longer than any version, region or name of a plan that somebody typed.
const MAX_VALUE: usize = 200;

/// What the placeholders stand for: names and versions that plans and pipelines wrote, so that none of them is trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Values {
    pub service: String,
    pub plan: String,
    /// The version to return to.
    pub from: String,
    /// The version that went wrong.
    pub to: String,
    pub region: Option<String>,
    pub batch: Option<u64>,
}

impl Values {
    /// The value of a placeholder; an error where there is none, or where it could mean more than itself.
    fn of(&self, name: &str) -> Result<String, String> {
        let value = match name {
            "service" => Some(self.service.clone()),
            "plan" => Some(self.plan.clone()),
            "from" => Some(self.from.clone()),
            "to" => Some(self.to.clone()),
            "region" => self.region.clone(),
            _ => self.batch.map(|batch| batch.to_string()),
        };
        let value = value.ok_or_else(|| format!("`{{{name}}}` is used, but there is none here"))?;
        if is_plain(&value) { Ok(value) } else { Err(not_plain(name, &value)) }
    }
}

/// Whether a value can be nothing but a word, wherever it stands: a letter or digit first, so that it is no option; then letters,
/// digits and `._+:/@-`, so that no shell, address or file sees anything else in it; no `..`, so that it leads out of no folder.
fn is_plain(value: &str) -> bool {
    value.len() <= MAX_VALUE
        && value.starts_with(|c: char| c.is_ascii_alphanumeric())
        && value.chars().all(|c| c.is_ascii_alphanumeric() || "._+:/@-".contains(c))
        && !value.contains("..")
}

fn not_plain(name: &str, value: &str) -> String {
    format!(
        "`{{{name}}}` is `{}`, which is not run: expected letters, digits and any of . _ + : / @ - (not first, no `..`), \
         at most {MAX_VALUE} of them",
        shown(value)
    )
}

/// A text in which placeholders stand: `{service}`, `{plan}`, `{from}`, `{to}`, `{region}`, `{batch}`. Other braces are plain text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Template(String);

impl Template {
    /// Reads a text. A word in braces that is nearly a placeholder is an error, and so is a NUL, which no argument can hold.
    pub fn parse(text: &str) -> Result<Template, String> {
        if text.contains('\0') {
            return Err("a text with a NUL cannot be passed to a program; remove it".to_owned());
        }
        for word in braced(text).filter(|word| !NAMES.contains(word)) {
            let is_word = !word.is_empty() && word.len() <= 20 && word.bytes().all(|byte| byte.is_ascii_alphabetic());
            if let Some(near) = nearest(word, NAMES).filter(|_| is_word) {
                return Err(format!("unknown placeholder `{{{word}}}`; did you mean `{{{near}}}`?"));
            }
        }
        Ok(Template(text.to_owned()))
    }

    /// The text as it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }

    /// The placeholders that it holds.
    #[must_use]
    pub fn names(&self) -> BTreeSet<&'static str> {
        NAMES.into_iter().filter(|name| self.0.contains(&format!("{{{name}}}"))).collect()
    }

    /// The text with the values in it, each put in once and as it is.
    ///
    /// It is an error when a value is not there, or is not a plain word: letters, digits and `._+:/@-`, a letter or digit first.
    pub fn fill(&self, values: &Values) -> Result<String, String> {
        self.fill_with(values, str::to_owned)
    }

    /// As [`Template::fill`], for an address: what could end a part of it is percent-encoded.
    pub fn fill_address(&self, values: &Values) -> Result<String, String> {
        self.fill_with(values, |value| {
            let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
            let encode = |byte: u8| if unreserved(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
            value.bytes().map(encode).collect()
        })
    }

    fn fill_with(&self, values: &Values, written: impl Fn(&str) -> String) -> Result<String, String> {
        let (mut out, mut rest) = (String::with_capacity(self.0.len()), self.0.as_str());
        while let Some(at) = rest.find('{') {
            out.push_str(&rest[..at]);
            rest = &rest[at..];
            let name = NAMES.into_iter().find(|name| rest[1..].strip_prefix(name).is_some_and(|rest| rest.starts_with('}')));
            if let Some(name) = name {
                out.push_str(&written(&values.of(name)?));
                rest = &rest[name.len() + 2..];
            } else {
                out.push('{');
                rest = &rest[1..];
            }
        }
        out.push_str(rest);
        Ok(out)
    }
}

/// What stands between a `{` and the next `}`.
fn braced(text: &str) -> impl Iterator<Item = &str> {
    text.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(word, _)| word))
}

/// A JSON value with the values in its texts; keys stay as they are.
pub fn filled(value: &Value, values: &Values) -> Result<Value, String> {
    Ok(match value {
        Value::String(text) => Value::String(Template(text.clone()).fill(values)?),
        Value::Array(items) => Value::Array(items.iter().map(|item| filled(item, values)).collect::<Result<_, _>>()?),
        Value::Object(map) => Value::Object(
            map.iter().map(|(key, value)| Ok((key.clone(), filled(value, values)?))).collect::<Result<_, String>>()?,
        ),
        other => other.clone(),
    })
}

/// Every text in a JSON value, as a template.
pub(super) fn templates(value: &Value) -> Result<Vec<Template>, String> {
    match value {
        Value::String(text) => Ok(vec![Template::parse(text)?]),
        Value::Array(items) => items.iter().map(templates).collect::<Result<Vec<_>, _>>().map(|lists| lists.concat()),
        Value::Object(map) => map.values().map(templates).collect::<Result<Vec<_>, _>>().map(|lists| lists.concat()),
        _ => Ok(Vec::new()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn values() -> Values {
        Values {
            service: "pay".into(),
            plan: "pay-1.4.2-a".into(),
            from: "1.4.1".into(),
            to: "registry/pay@sha256:ab".into(),
            region: None,
            batch: Some(2),
        }
    }

    fn fill(text: &str) -> Result<String, String> {
        Template::parse(text)?.fill(&values())
    }

    #[test]
    fn placeholders_are_filled_in_and_other_braces_stay() {
        assert_eq!(fill("--to={from}:{batch}"), Ok("--to=1.4.1:2".into()));
        assert_eq!(fill("{{.spec}} {print $1} {} {service"), Ok("{{.spec}} {print $1} {} {service".into()));
        assert_eq!(fill("{{service}}"), Ok("{pay}".into()), "a value is put in wherever its placeholder stands");
        assert_eq!(fill(""), Ok(String::new()));
    }

    #[test]
    fn a_value_is_never_read_again() {
        let values = Values { from: "1.4.1".into(), to: "{from}".into(), ..values() };
        assert!(Template::parse("{to}").unwrap().fill(&values).unwrap_err().contains("which is not run"));
    }

    #[test]
    fn what_is_missing_or_mistyped_is_an_error() {
        assert!(fill("{region}").unwrap_err().starts_with("`{region}` is used, but there is none here"));
        assert_eq!(fill("{regoin}").unwrap_err(), "unknown placeholder `{regoin}`; did you mean `{region}`?");
        assert!(fill("a\0b").is_err());
    }

    #[test]
    fn a_value_that_could_mean_more_than_itself_is_refused() {
        let hostile =
            ["-rf", "--to-revision=1", "", " a", "a b", "a;b", "$(x)", "a\nb", "a'b", "../x", "a/../b", "a\u{202e}b", "é", "."];
        for bad in hostile {
            let values = Values { from: bad.into(), ..values() };
            assert!(Template("{from}".into()).fill(&values).is_err(), "{bad:?}");
            assert_eq!(Template("{to} stays".into()).fill(&values).as_deref(), Ok("registry/pay@sha256:ab stays"), "{bad:?}");
        }
        let values = Values { from: "1".repeat(MAX_VALUE + 1), ..values() };
        assert!(Template("{from}".into()).fill(&values).is_err());
    }

    #[test]
    fn in_an_address_a_value_stays_within_its_part() {
        let address = Template::parse("https://x.example/{to}?v={from}").unwrap().fill_address(&values());
        assert_eq!(address.as_deref(), Ok("https://x.example/registry%2Fpay%40sha256%3Aab?v=1.4.1"));
    }

    #[test]
    fn json_is_filled_in_its_texts_only() {
        let value = serde_json::json!({"{from}": ["{from}", 1, null, {"a": "x{batch}"}]});
        assert_eq!(filled(&value, &values()), Ok(serde_json::json!({"{from}": ["1.4.1", 1, null, {"a": "x2"}]})));
        assert_eq!(templates(&value).map(|all| all.len()), Ok(2));
    }

    proptest! {
        #[test]
        fn no_value_begins_an_option_or_holds_a_blank(value in ".{0,40}") {
            let values = Values { from: value.clone(), ..values() };
            if let Ok(filled) = Template("{from}".into()).fill(&values) {
                prop_assert_eq!(&filled, &value);
                prop_assert!(!filled.is_empty() && !filled.starts_with('-'));
                let shell = "'\"\\$`;|&<>(){}[]*?!#~%=,^";
                let plain = filled.chars().all(|c| c.is_ascii_graphic() && !shell.contains(c));
                prop_assert!(plain);
            }
        }

        #[test]
        fn any_text_is_read_and_filled_without_a_panic(text in ".{0,60}") {
            if let Ok(template) = Template::parse(&text) {
                let _ = template.fill(&values());
                let _ = template.fill_address(&values());
            }
        }
    }
}
