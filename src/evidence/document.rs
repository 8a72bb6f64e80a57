//! Any JSON or YAML document, read strictly.

use std::fmt;
use std::io::{BufRead, Read as _};

use serde::Deserialize;
use serde::de::{self, DeserializeOwned, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::ReadError;
use super::text::{failed, shown};

/// A document stands in memory as a whole, and policies read it as a whole.
pub const MAX_DOCUMENT_BYTES: u64 = 16 << 20;

const MAX_DEPTH: usize = 64;

/// Reads a JSON or YAML document.
///
/// Text that starts like JSON (`{` or `[`) is read as JSON; if it is not JSON, and everything else, as YAML, which may also start
/// like that. Duplicate keys, more than 64 levels, more than 16 MiB, aliases that multiply the document, several documents and
/// numbers that are not finite are errors, and so is a document without a value.
pub fn parse(bytes: &[u8]) -> Result<Value, ReadError> {
    let value = parse_as::<Strict>(bytes)?.0;
    if value.is_null() {
        return Err(ReadError::whole("the document is empty: expected JSON or YAML"));
    }
    Ok(value)
}

/// A document as the text of a file, its schema first: a file's format is told by its beginning.
#[must_use]
pub fn text(document: &Value) -> String {
    if let Value::Object(keys) = document
        && let Some(schema) = keys.get("schema")
        && keys.len() > 1
    {
        let rest: Map<String, Value> =
            keys.iter().filter(|(key, _)| *key != "schema").map(|(key, value)| (key.clone(), value.clone())).collect();
        let rest = format!("{:#}", Value::Object(rest));
        return format!("{{\n  \"schema\": {schema},{}\n", rest.strip_prefix('{').unwrap_or_default());
    }
    format!("{document:#}\n")
}

/// Reads a JSON or YAML document of a known shape, as strictly as [`parse`].
pub(crate) fn parse_as<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ReadError> {
    if bytes.len() as u64 > MAX_DOCUMENT_BYTES {
        return Err(ReadError::whole(format!("larger than {MAX_DOCUMENT_BYTES} bytes")));
    }
    let text =
        std::str::from_utf8(bytes).map_err(|error| ReadError::at_byte(error.valid_up_to() as u64, "expected UTF-8 text"))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match serde_json::from_str(text) {
        Ok(value) if depth(text) <= MAX_DEPTH => Ok(value),
        Ok(_) => Err(ReadError::whole(format!("nested more than {MAX_DEPTH} deep"))),
        // YAML may start with a bracket too, but only there does a bare word follow it.
        Err(error) if looks_like_json(text) => Err(ReadError::at_line(error.line() as u64, shown_error(&error.to_string()))),
        Err(_) => yaml(text),
    }
}

/// Reads a whole file as [`parse_as`] does.
pub(crate) fn read_document<T: DeserializeOwned>(input: &mut dyn BufRead) -> Result<T, ReadError> {
    parse_as(&read_bytes(input)?)
}

/// The bytes of a document; where there are more than [`MAX_DOCUMENT_BYTES`], so many that [`parse_as`] sees it.
pub(super) fn read_bytes(input: &mut dyn BufRead) -> Result<Vec<u8>, ReadError> {
    let mut bytes = Vec::new();
    input.take(MAX_DOCUMENT_BYTES + 1).read_to_end(&mut bytes).map_err(|error| failed(&error))?;
    Ok(bytes)
}

/// An error when a document says that it is of another schema.
pub(super) fn refuse_schema(found: &str, expected: &str) -> Result<(), ReadError> {
    if found == expected {
        return Ok(());
    }
    Err(ReadError::whole(format!("schema `{}`: expected `{expected}`", shown(found))))
}

/// How deep the brackets of a JSON text are nested.
fn depth(text: &str) -> usize {
    let (mut depth, mut deepest, mut in_string, mut escaped) = (0_usize, 0, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

fn looks_like_json(text: &str) -> bool {
    let text = text.trim_start();
    match text.strip_prefix(['{', '[']) {
        Some(inside) => inside.trim_start().is_empty() || inside.trim_start().starts_with(['"', '{', '[', '}', ']']),
        None => false,
    }
}

fn yaml<T: DeserializeOwned>(text: &str) -> Result<T, ReadError> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! { max_depth: MAX_DEPTH, max_documents: 1, max_aliases: 1000, max_nodes: 500_000 },
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: 100_000 },
        duplicate_keys: serde_saphyr::DuplicateKeyPolicy::Error,
        with_snippet: false,
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        let message = shown_error(&error.without_snippet().to_string());
        match error.location() {
            Some(location) => ReadError::at_line(location.line(), message),
            None => ReadError::whole(message),
        }
    })
}

fn shown_error(text: &str) -> String {
    let line: String = text.lines().next().unwrap_or_default().chars().take(300).collect();
    line.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// A JSON value whose objects have no key twice.
struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor).map(Strict)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON or YAML value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(StrictVisitor)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number that is not finite"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(Strict(value)) = elements.next_element()? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut values = Map::new();
        while let Some((key, Strict(value))) = entries.next_entry::<String, Strict>()? {
            if values.contains_key(&key) {
                return Err(de::Error::custom(format!("the key `{}` stands twice", shown(&key))));
            }
            values.insert(key, value);
        }
        Ok(Value::Object(values))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn error(text: &str) -> String {
        parse(text.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn json_and_yaml_give_the_same_value() {
        let value = json!({"a": [1, 2.5, -3, true, null], "b": {"c": "x"}});
        assert_eq!(parse(br#"{"a": [1, 2.5, -3, true, null], "b": {"c": "x"}}"#).unwrap(), value);
        assert_eq!(parse(b"a: [1, 2.5, -3, true, null]\nb:\n  c: x\n").unwrap(), value);
        assert_eq!(parse(b"{a: [1, 2.5, -3, true, null], b: {c: x}}").unwrap(), value);
        assert_eq!(parse(b"\xef\xbb\xbf[1]").unwrap(), json!([1]));
    }

    #[test]
    fn a_text_shows_its_schema_first_and_reads_back() {
        for value in [json!({"a": [1.5, null], "schema": "x", "z": {}}), json!({"schema": "x"}), json!([]), json!({"a": 1})] {
            let text = text(&value);
            assert_eq!(parse(text.as_bytes()).unwrap(), value, "{text}");
            assert!(value.get("schema").is_none() || text.starts_with("{\n  \"schema\": \"x\""), "{text}");
        }
    }

    #[test]
    fn a_key_that_stands_twice_is_an_error() {
        assert!(error(r#"{"a": 1, "a": 2}"#).contains("`a` stands twice"));
        assert!(error("a: 1\na: 2\n").contains("line 2: "), "{}", error("a: 1\na: 2\n"));
    }

    #[test]
    fn an_alias_bomb_and_deep_nesting_are_errors() {
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..9 {
            let before = level - 1;
            let line = format!("a{level}: &a{level} [{}]\n", vec![format!("*a{before}"); 10].join(", "));
            bomb.push_str(&line);
        }
        error(&bomb);
        error(&format!("{}{}", "[".repeat(100), "]".repeat(100)));
        error(&format!("{}{}", "[".repeat(100_000), "]".repeat(100_000)));
        error(&(0..100).map(|level| " ".repeat(level) + "a:").collect::<Vec<_>>().join("\n"));
    }

    #[test]
    fn nothing_garbage_and_several_documents_are_errors() {
        for text in
            ["", "  \n", "null", "# only a comment\n", "a: [1", "{\"a\": 1", "[1] trailing", "a: 1\n---\nb: 2\n", "a: .nan"]
        {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
        assert!(parse(b"\xff").unwrap_err().to_string().contains("UTF-8"));
    }
}
