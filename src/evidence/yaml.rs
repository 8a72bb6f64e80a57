//! YAML that a person or a tool wrote, read into types, with errors that a person can act on.

use jiff::civil::Date;
use serde::de::DeserializeOwned;
use serde_saphyr::{Error, Spanned};

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

/// An error at the line where something stands.
pub(super) fn at<T>(place: &Spanned<T>, message: impl Into<String>) -> ReadError {
    match line(place) {
        Some(line) => ReadError::at_line(u64::from(line), message),
        None => ReadError::whole(message),
    }
}

/// The line where something stands, counted from 1; `None` where the parser does not know.
pub(super) fn line<T>(place: &Spanned<T>) -> Option<u32> {
    u32::try_from(place.referenced.line()).ok().filter(|line| *line > 0)
}

/// The longest name that [`name`] lets pass.
const MAX_NAME: usize = 200;

/// A name that goes into reports, commands and the ledger: not empty, on one line, without blanks at its ends and characters that
/// nobody sees. `what` says in the error what it names.
pub(super) fn name(place: &Spanned<String>, what: &str) -> Result<String, ReadError> {
    one_line(place, what, MAX_NAME)
}

/// As [`name`], for a text of up to `limit` characters.
pub(super) fn one_line(place: &Spanned<String>, what: &str, limit: usize) -> Result<String, ReadError> {
    let text = &place.value;
    if text.trim().is_empty() {
        return Err(at(place, format!("{what} is empty; fill it in or remove the key")));
    }
    if text.trim() != text {
        return Err(at(place, format!("{what} starts or ends with a blank; remove it")));
    }
    if text.chars().any(unseen) {
        return Err(at(place, format!("{what} holds a control character or one that nobody sees; remove it")));
    }
    let length = text.chars().count();
    if length > limit {
        return Err(at(place, format!("{what} has {length} characters; at most {limit} may be")));
    }
    Ok(text.clone())
}

/// A day of the calendar, `2026-12-31`; `what` names it in the error, and `wanted` says which day is meant.
pub(super) fn day(place: &Spanned<String>, what: &str, wanted: &str) -> Result<Date, ReadError> {
    let wrong = || at(place, format!("{what} `{}` is not a day; write {wanted}: 2026-12-31", place.value));
    // A time would be read as its day, and its author may mean something else.
    if place.value.len() != "2026-12-31".len() {
        return Err(wrong());
    }
    place.value.parse().map_err(|_| wrong())
}

/// Whether a character moves or hides text instead of showing some: control characters, direction marks, joiners, line separators.
pub(super) fn unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
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
