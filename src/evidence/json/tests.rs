//! What the reader refuses, and that it sees the same however the bytes arrive.

use std::io::{BufReader, Read};

use proptest::prelude::*;
use serde_json::Value;

use super::*;

fn skipped(text: &[u8]) -> Result<(), ReadError> {
    let mut input = text;
    let mut json = Json::new(&mut input)?;
    json.skip()?;
    json.end()
}

/// Reads a document of lists of values.
fn values(input: &mut dyn BufRead) -> Result<Vec<Value>, ReadError> {
    let mut json = Json::new(input)?;
    let mut values = Vec::new();
    json.list("a list", |json| {
        values.push(json.value()?);
        Ok(())
    })?;
    json.end()?;
    Ok(values)
}

#[test]
fn what_is_no_json_is_refused_even_where_it_is_stepped_over() {
    for text in [
        "",
        " ",
        "{",
        "[",
        "tru",
        "truth",
        "01",
        "1.",
        "-",
        "+1",
        "[1,]",
        "[1 2]",
        "{\"a\"}",
        "{\"a\":1,}",
        "{a:1}",
        "[}",
        "{]",
        "\"",
        "\"\\x\"",
        "\"\\u12g4\"",
        "\"\\u12\"",
        "\"\n\"",
        "1 2",
        "{} {}",
        "]",
        ",",
        "nul",
        "[\"a\\",
    ] {
        assert!(skipped(text.as_bytes()).is_err(), "{text}");
        assert!(serde_json::from_str::<Value>(text).is_err(), "{text}");
    }
    for text in ["null", "-0.5e+3", "\"\\u00e9\\\"\"", "[]", "{}", "[[],{\"a\":[1,true,\"x\"]}] \n"] {
        skipped(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}"));
    }
}

#[test]
fn errors_name_the_line() {
    let line = |text: &str| values(&mut text.as_bytes()).unwrap_err().to_string();
    assert!(line("[1,\n\n 2 3]").starts_with("line 3: expected `,`"));
    assert!(line("[1,\n{\"a\":\n x}]").starts_with("line 3: "));
    assert!(line("[1,\n").contains("cut off"));
    assert!(line("{}").contains("expected a list"));
    assert!(line("[1] [").contains("trailing"));
}

#[test]
fn a_depth_beyond_the_limit_and_an_element_beyond_it_are_refused() {
    let deep = "[".repeat(2 << 20);
    assert!(skipped(deep.as_bytes()).unwrap_err().to_string().contains("nested more than"));
    let mut endless = BufReader::new(std::io::repeat(b'['));
    assert!(values(&mut endless).unwrap_err().to_string().contains("longer than 64 MiB"));
    let mut key = BufReader::new(b"{\"".chain(std::io::repeat(b'a').take(100_000)).chain(&b"\":1}"[..]));
    let mut json = Json::new(&mut key).unwrap();
    let error = json.object("it", |json, _| json.skip()).unwrap_err().to_string();
    assert!(error.contains("a key is longer"), "{error}");
}

#[test]
fn what_is_stepped_over_may_be_of_any_size() {
    let text = b"[\"".chain(std::io::repeat(b'x').take(200 << 20)).chain(&b"\\n\"]"[..]);
    let mut input = BufReader::with_capacity(1 << 20, text);
    let mut json = Json::new(&mut input).unwrap();
    json.skip().unwrap();
    json.end().unwrap();
    assert!(json.window.capacity() <= 4 * CHUNK_BYTES);
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".*".prop_map(Value::from)
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(".{0,3}", inner, 0..4).prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn values_are_those_of_serde_however_the_bytes_arrive(expected in prop::collection::vec(json(), 0..6), capacity in 1_usize..40, pretty: bool) {
        let list = Value::from(expected.clone());
        let text = if pretty { format!("{list:#}") } else { list.to_string() };
        let mut input = BufReader::with_capacity(capacity, text.as_bytes());
        prop_assert_eq!(values(&mut input), Ok(expected));
        prop_assert_eq!(skipped(text.as_bytes()), Ok(()));
        for end in 0..text.trim_end().len() {
            prop_assert!(skipped(&text.as_bytes()[..end]).is_err(), "cut at {}", end);
        }
    }

    #[test]
    fn bytes_are_stepped_over_only_where_serde_would(bytes in "[\\[\\]{}:,\"\\\\ua1-9. tefn-]{0,12}") {
        // A `{` in a key position and the like: whatever serde refuses is refused.
        let expected = serde_json::from_str::<serde::de::IgnoredAny>(&bytes).is_ok();
        prop_assert_eq!(skipped(bytes.as_bytes()).is_ok(), expected, "{}", bytes);
    }
}
