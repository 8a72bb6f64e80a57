//! `kadian.cache/v1`: the last good evidence of a source, which may stand in for a while when the source is away (requirement C10).

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{ReadError, document};

const SCHEMA: &str = "kadian.cache/v1";

/// A document that was collected earlier.
#[derive(Debug, Clone, PartialEq)]
pub struct Cached {
    pub collected_at: Timestamp,
    pub document: Value,
}

/// A cached document in place of a live one. It is stale by nature: whoever shows it says so.
#[derive(Debug, Clone, PartialEq)]
pub struct StandIn {
    pub document: Value,
    /// How old it is, as a sentence.
    pub stale: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    schema: String,
    collected_at: Timestamp,
    document: Value,
}

/// Reads a cache file. Damaged and empty ones, and those of another schema, are errors.
pub fn read(bytes: &[u8]) -> Result<Cached, ReadError> {
    let file: File = serde_json::from_value(document::parse(bytes)?)
        .map_err(|error| ReadError::whole(format!("not a {SCHEMA} document: {}", super::text::shown(&error.to_string()))))?;
    if file.schema != SCHEMA {
        return Err(ReadError::whole(format!("the schema is `{}`; expected `{SCHEMA}`", super::text::shown(&file.schema))));
    }
    Ok(Cached { collected_at: file.collected_at, document: file.document })
}

/// The content of a cache file.
#[must_use]
pub fn write(cached: &Cached) -> Value {
    json!({"schema": SCHEMA, "collected_at": cached.collected_at.to_string(), "document": cached.document})
}

/// Lets the cached document stand in, if it is not older than `max_age`.
///
/// A document from the future is refused like one that is too old: nobody knows how old it is. The error says why not.
pub fn stand_in(cached: Cached, now: Timestamp, max_age: SignedDuration) -> Result<StandIn, String> {
    let age = now.duration_since(cached.collected_at);
    if age.is_negative() {
        return Err(format!("the last good evidence is of {}, which is later than now ({now})", cached.collected_at));
    }
    if age > max_age {
        return Err(format!(
            "the last good evidence is of {}, {age:#} ago; at most {max_age:#} are accepted",
            cached.collected_at
        ));
    }
    Ok(StandIn {
        document: cached.document,
        stale: format!("the last good evidence stands in: {}, {age:#} ago", cached.collected_at),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cached() -> Cached {
        Cached { collected_at: "2026-01-01T00:00:00Z".parse().expect("a time"), document: json!({"a": [1, null]}) }
    }

    #[test]
    fn what_is_written_is_read() {
        let bytes = serde_json::to_vec(&write(&cached())).expect("JSON");
        assert_eq!(read(&bytes), Ok(cached()));
    }

    #[test]
    fn it_stands_in_until_its_age_and_says_that_it_is_old() {
        let at = |seconds| cached().collected_at + SignedDuration::from_secs(seconds);
        let max_age = SignedDuration::from_mins(10);
        for (seconds, wanted) in [(0, true), (600, true), (601, false), (-1, false)] {
            assert_eq!(stand_in(cached(), at(seconds), max_age).is_ok(), wanted, "{seconds}");
        }
        let stale = stand_in(cached(), at(90), max_age).expect("it may").stale;
        assert_eq!(stale, "the last good evidence stands in: 2026-01-01T00:00:00Z, 1m 30s ago");
        let reason = stand_in(cached(), at(601), max_age).expect_err("too old");
        assert_eq!(reason, "the last good evidence is of 2026-01-01T00:00:00Z, 10m 1s ago; at most 10m are accepted");
    }

    #[test]
    fn damaged_files_are_errors() {
        for text in [
            "",
            "{",
            "[]",
            "{\"schema\":\"kadian.cache/v1\"}",
            "{\"schema\":\"x\",\"collected_at\":\"2026-01-01T00:00:00Z\",\"document\":1}",
        ] {
            assert!(read(text.as_bytes()).is_err(), "{text}");
        }
    }
}
