//! YAML that a person wrote, read strictly: unknown and repeated keys are errors with a line and the nearest known key.

mod explain;

use std::fmt;

use serde::de::{self, Deserialize, DeserializeOwned, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_saphyr::Spanned;

use crate::error::Result;
use explain::explain;

/// Reads a document into `T`. `name` is the file as the user knows it; an empty document reads as an empty mapping.
pub fn read<T: DeserializeOwned>(name: &str, text: &str) -> Result<T> {
    let text = if text.lines().all(|line| line.trim_start().starts_with('#') || line.trim().is_empty()) { "{}" } else { text };
    serde_saphyr::from_str(text).map_err(|error| explain(name, &error))
}

/// A [`Value`] that remembers on which line each of its keys stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Located {
    pub value: Value,
    /// Key paths with their lines, counted from 1, in the order of the document.
    pub lines: Vec<(Vec<String>, u64)>,
}

impl Located {
    /// The line of the key path, or of the longest known part of it.
    #[must_use]
    pub fn line_of(&self, path: &[String]) -> Option<u64> {
        let found = self.lines.iter().filter(|(known, _)| path.starts_with(known));
        found.max_by_key(|(known, _)| known.len()).map(|(_, line)| *line)
    }
}

impl<'de> Deserialize<'de> for Located {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        deserializer.deserialize_any(LocatedVisitor)
    }
}

struct LocatedVisitor;

impl LocatedVisitor {
    fn leaf(value: impl Into<Value>) -> Located {
        Located { value: value.into(), lines: Vec::new() }
    }
}

impl<'de> Visitor<'de> for LocatedVisitor {
    type Value = Located;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_bool<E>(self, value: bool) -> std::result::Result<Located, E> {
        Ok(Self::leaf(value))
    }

    fn visit_i64<E>(self, value: i64) -> std::result::Result<Located, E> {
        Ok(Self::leaf(value))
    }

    fn visit_u64<E>(self, value: u64) -> std::result::Result<Located, E> {
        Ok(Self::leaf(value))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> std::result::Result<Located, E> {
        serde_json::Number::from_f64(value).map(Self::leaf).ok_or_else(|| E::custom("a number must be finite"))
    }

    fn visit_str<E>(self, value: &str) -> std::result::Result<Located, E> {
        Ok(Self::leaf(value))
    }

    fn visit_unit<E>(self) -> std::result::Result<Located, E> {
        Ok(Self::leaf(Value::Null))
    }

    fn visit_none<E>(self) -> std::result::Result<Located, E> {
        Ok(Self::leaf(Value::Null))
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> std::result::Result<Located, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> std::result::Result<Located, A::Error> {
        let (mut values, mut lines) = (Vec::new(), Vec::new());
        while let Some(item) = items.next_element::<Spanned<Located>>()? {
            let index = values.len().to_string();
            lines.push((vec![index.clone()], item.referenced.line()));
            lines.extend(below(&index, item.value.lines));
            values.push(item.value.value);
        }
        Ok(Located { value: Value::Array(values), lines })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> std::result::Result<Located, A::Error> {
        let (mut map, mut lines) = (serde_json::Map::new(), Vec::new());
        while let Some(key) = entries.next_key::<Spanned<String>>()? {
            let item = entries.next_value::<Located>()?;
            lines.push((vec![key.value.clone()], key.referenced.line()));
            lines.extend(below(&key.value, item.lines));
            map.insert(key.value, item.value);
        }
        Ok(Located { value: Value::Object(map), lines })
    }
}

fn below(key: &str, lines: Vec<(Vec<String>, u64)>) -> impl Iterator<Item = (Vec<String>, u64)> {
    lines.into_iter().map(move |(mut path, line)| {
        path.insert(0, key.to_owned());
        (path, line)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Small {
        #[expect(dead_code, reason = "only its name matters")]
        colour: Option<String>,
        settings: Option<Located>,
    }

    #[test]
    fn an_unknown_key_names_the_line_and_the_nearest_key() {
        let error = read::<Small>("kadian.yaml", "# first\ncolor: red\n").unwrap_err();
        assert_eq!(error.message(), "kadian.yaml:2:1: unknown key `color`");
        assert_eq!(error.hints(), ["did you mean `colour`?"]);
    }

    #[test]
    fn a_repeated_key_and_broken_yaml_are_errors_with_a_line() {
        for text in ["colour: a\ncolour: b\n", "colour: [a\n", "colour:\n  - a\n b: c\n"] {
            let error = read::<Small>("kadian.yaml", text).unwrap_err();
            assert!(error.message().starts_with("kadian.yaml:"), "{error}");
        }
    }

    #[test]
    fn located_values_know_the_lines_of_nested_keys() {
        let small: Small = read("x", "settings:\n  coverage:\n    patch_percent: 80\n  list:\n  - a: 1\n").unwrap();
        let located = small.settings.unwrap();
        assert_eq!(located.value, serde_json::json!({"coverage": {"patch_percent": 80}, "list": [{"a": 1}]}));
        let path = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>();
        assert_eq!(located.line_of(&path(&["coverage", "patch_percent"])), Some(3));
        assert_eq!(located.line_of(&path(&["coverage", "unknown"])), Some(2));
        assert_eq!(located.line_of(&path(&["list", "0", "a"])), Some(5));
    }

    #[test]
    fn an_empty_document_is_an_empty_mapping() {
        assert!(read::<Small>("x", "# nothing\n\n").unwrap().settings.is_none());
    }
}
