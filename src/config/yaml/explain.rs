//! What is wrong with a YAML document, in words that name no library.

use serde_saphyr::Error as Fault;

use crate::error::Error;
use crate::nearest::nearest;

/// Names the file, the line, what was expected and the way out.
pub(super) fn explain(name: &str, fault: &Fault) -> Error {
    let fault = fault.without_snippet();
    let place = fault.location().map_or_else(|| name.to_owned(), |at| format!("{name}:{}:{}", at.line(), at.column()));
    let wrong = |what: String| Error::new(format!("{place}: {what}"));
    match fault {
        Fault::SerdeUnknownField { field, expected, .. } => {
            one_of(wrong(format!("unknown key `{field}`")), field, expected, "known keys here")
        }
        Fault::SerdeUnknownVariant { variant, expected, .. } => {
            one_of(wrong(format!("unknown name `{variant}`")), variant, expected, "known names here")
        }
        Fault::SerdeMissingField { field, .. } => wrong(format!("the key `{field}` is missing")),
        Fault::SerdeInvalidType { unexpected, expected, .. } | Fault::SerdeInvalidValue { unexpected, expected, .. } => {
            wrong(format!("expected {}, found {}", plain(expected), plain(unexpected)))
        }
        Fault::InvalidScalar { ty, .. } => wrong(format!("expected {}", plain(ty))),
        Fault::Unexpected { expected, .. } => wrong(format!("expected {}", plain(expected))),
        Fault::InvalidBooleanStrict { .. } => wrong("expected true or false".to_owned()),
        Fault::NullIntoString { .. } => wrong("expected a text, found nothing".to_owned()),
        Fault::NonFiniteFloat { value, .. } => wrong(format!("expected a finite number, found `{value}`")),
        Fault::DuplicateMappingKey { key, .. } => {
            let what = key.as_ref().map_or_else(|| "a key".to_owned(), |key| format!("the key `{key}`"));
            wrong(format!("{what} stands here a second time")).hint("keep one of them")
        }
        Fault::MultipleDocuments { .. } => wrong("a second document begins here".to_owned())
            .hint("keep one document: remove the line `---` and what is not meant"),
        Fault::Eof { .. } => wrong("the file ends where a value was expected".to_owned()),
        Fault::UnknownAnchor { .. } => wrong("the alias names an anchor that is not there".to_owned()),
        other => wrong(rest(&other.render(), &place)),
    }
}

fn one_of(error: Error, word: &str, known: &[&'static str], title: &str) -> Error {
    match nearest(word, known.iter().copied()) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error.hint(format!("{title}: {}", known.join(", "))),
    }
}

/// A type as a person calls it. Texts that quote the document are left as they are.
fn plain(what: &str) -> String {
    let known = match what {
        "mapping start" | "map" | "a map" | "empty mapping start" => "a mapping (`key: value`)",
        "sequence start" | "seq" | "sequence" | "a sequence" => "a list",
        "string" | "a string" | "string scalar" => "a text",
        "boolean" | "a boolean" | "bool" => "true or false",
        "scalar" | "value" => "a single value",
        "floating point" | "f32" | "f64" => "a number",
        "null" | "unit" | "unit value" => "nothing",
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number from 0 up",
        "an integer" | "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number",
        _ => "",
    };
    if !known.is_empty() {
        return known.to_owned();
    }
    if what.starts_with("struct ") {
        return "a mapping (`key: value`)".to_owned();
    }
    match what.strip_prefix("string ") {
        Some(quoted) => format!("the text {quoted}"),
        None => what.to_owned(),
    }
}

/// The first line of what the parser says, without the place that stands before it already.
fn rest(text: &str, place: &str) -> String {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or("not valid YAML");
    let first = first.trim().trim_start_matches("error: ");
    let first = first.split_once(" at line ").map_or(first, |(before, _)| before);
    // `LINE:COLUMN: ` or `line LINE column COLUMN: `.
    let position = place.rsplitn(3, ':').collect::<Vec<_>>();
    let first = match position.as_slice() {
        [column, line, _] => first
            .strip_prefix(&format!("{line}:{column}: "))
            .or_else(|| first.strip_prefix(&format!("line {line} column {column}: ")))
            .unwrap_or(first),
        _ => first,
    };
    first.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::{Located, read};

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only the shape matters")]
    struct Shape {
        version: u32,
        name: Option<String>,
        on: Option<bool>,
        list: Option<Vec<String>>,
        map: Option<BTreeMap<String, String>>,
        any: Option<Located>,
    }

    #[test]
    fn each_mistake_is_told_once_with_its_place_and_in_plain_words() {
        for (text, expected) in [
            ("version: x\n", "f.yaml:1:10: expected a whole number from 0 up"),
            ("version: 1\nlist: a\n", "f.yaml:2:7: expected a list"),
            ("version: 1\nmap: a\n", "f.yaml:2:6: expected a mapping (`key: value`)"),
            ("version: 1\nname: [a]\n", "f.yaml:2:7: expected a text"),
            ("version: 1\non: maybe\n", "f.yaml:2:5: expected true or false"),
            ("- a\n", "f.yaml:1:1: expected a mapping (`key: value`)"),
            ("name: a\n", "f.yaml:1:1: the key `version` is missing"),
            ("version: 1\nversion: 1\n", "f.yaml:2:1: the key `version` stands here a second time"),
            ("version: 1\nany: {a: 1, a: 2}\n", "f.yaml:2:13: the key `a` stands here a second time"),
            ("version: 1\nany: .nan\n", "f.yaml:2:6: expected a finite number, found `.nan`"),
            ("version: 1\n---\nversion: 1\n", "f.yaml:3:1: a second document begins here"),
        ] {
            assert_eq!(read::<Shape>("f.yaml", text).unwrap_err().message(), expected, "{text}");
        }
    }

    #[test]
    fn no_message_names_a_library_or_its_place_twice() {
        for text in [
            "version: [\n",
            "version: 1\nname: 'a\n",
            "a: b: c\n",
            "version: 1\nname: *x\n",
            "\t- a\n",
            "version: 1\n b: c\n",
            "{",
            "%YAML 9\n",
        ] {
            let error = read::<Shape>("f.yaml", text).unwrap_err().message().to_owned();
            assert!(error.starts_with("f.yaml"), "{error}");
            for word in ["from_str", "Options", "Policy", "serde", " at line ", "u32", "budget"] {
                assert!(!error.contains(word), "{text:?}: {error}");
            }
        }
    }
}
