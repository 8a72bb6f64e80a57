//! YAML that a person or a tool wrote, read into types, with errors that a person can act on.

use serde::de::DeserializeOwned;
use serde_saphyr::Error;

use super::ReadError;
use crate::nearest::nearest;

/// Reads one YAML document. Duplicate keys, alias bombs and deep nesting are errors, as is whatever `T` rejects; an unknown key is
/// named with the nearest known one.
pub(super) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ReadError> {
    let mut options = serde_saphyr::options! { with_snippet: false };
    if let Some(budget) = &mut options.budget {
        // Lock files of large repositories have hundreds of thousands of nodes.
        budget.max_events = 10_000_000;
        budget.max_nodes = 5_000_000;
    }
    let text = std::str::from_utf8(bytes).map_err(|error| ReadError::at_byte(error.valid_up_to() as u64, "expected UTF-8"))?;
    serde_saphyr::from_str_with_options(text, options).map_err(|error| explain(&error))
}

fn explain(error: &Error) -> ReadError {
    let message = match error.without_snippet() {
        Error::SerdeUnknownField { field, expected, .. } => unknown("key", field, expected),
        Error::SerdeUnknownVariant { variant, expected, .. } => unknown("value", variant, expected),
        Error::SerdeMissingField { field, .. } => format!("the key `{field}` is missing; add it"),
        Error::DuplicateMappingKey { key: Some(key), .. } => format!("the key `{key}` stands here twice; remove one"),
        other => {
            let text = other.to_string();
            text.lines().next().unwrap_or("not valid YAML").to_owned()
        }
    };
    match error.location() {
        Some(location) if location.line() > 0 => ReadError::at_line(location.line(), message),
        _ => ReadError::whole(message),
    }
}

fn unknown(what: &str, found: &str, expected: &[&str]) -> String {
    match nearest(found, expected.iter().copied()) {
        Some(known) => format!("unknown {what} `{found}`; did you mean `{known}`?"),
        None => format!("unknown {what} `{found}`; expected one of: {}", expected.join(", ")),
    }
}
