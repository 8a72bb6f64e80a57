//! Lengths of time as people write them: `90s`, `5m`, `1h30m`, `30d`, `4w`.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The units, the largest first, with their seconds.
const UNITS: [(char, u64); 5] = [('w', 604_800), ('d', 86_400), ('h', 3600), ('m', 60), ('s', 1)];
const CENTURY: u64 = 36_525 * 86_400;

/// The `format` of a [`Span`] in a JSON Schema, by which a checker knows it.
pub const SPAN_FORMAT: &str = "span";

/// A length of time in whole seconds, from one second to a hundred years.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(u64);

impl Span {
    /// The length of so many seconds; the nearest that there is, where there is none.
    #[must_use]
    pub const fn of_seconds(seconds: u64) -> Span {
        if seconds == 0 {
            Span(1)
        } else if seconds > CENTURY {
            Span(CENTURY)
        } else {
            Span(seconds)
        }
    }

    #[must_use]
    pub const fn of_minutes(minutes: u64) -> Span {
        Span::of_seconds(minutes.saturating_mul(60))
    }

    #[must_use]
    pub const fn of_hours(hours: u64) -> Span {
        Span::of_seconds(hours.saturating_mul(3600))
    }

    #[must_use]
    pub const fn of_days(days: u64) -> Span {
        Span::of_seconds(days.saturating_mul(86_400))
    }

    #[must_use]
    pub const fn seconds(self) -> u64 {
        self.0
    }

    /// The length for calculations with times.
    #[must_use]
    pub fn signed(self) -> jiff::SignedDuration {
        // A hundred years of seconds fit.
        jiff::SignedDuration::from_secs(i64::try_from(self.0).unwrap_or(i64::MAX))
    }
}

/// The text is not a length of time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a length of time: write it like `90s`, `5m`, `2h`, `1h30m` or `7d`")]
pub struct NoSpan(pub String);

impl FromStr for Span {
    type Err = NoSpan;

    /// Whole numbers with a unit each, `s`, `m`, `h`, `d` or `w`, without blanks, each unit once at most and larger ones first.
    fn from_str(text: &str) -> Result<Span, NoSpan> {
        parse(text).map(Span).ok_or_else(|| NoSpan(text.chars().take(60).collect()))
    }
}

fn parse(text: &str) -> Option<u64> {
    let (mut rest, mut total, mut units) = (text, 0_u64, UNITS.as_slice());
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: u64 = rest[..digits].parse().ok()?;
        let unit = rest[digits..].chars().next()?;
        let at = units.iter().position(|(name, _)| *name == unit)?;
        total = total.checked_add(number.checked_mul(units[at].1)?)?;
        units = &units[at + 1..];
        rest = &rest[digits + unit.len_utf8()..];
    }
    (1..=CENTURY).contains(&total).then_some(total)
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        for (unit, seconds) in UNITS {
            if rest >= seconds {
                write!(f, "{}{unit}", rest / seconds)?;
                rest %= seconds;
            }
        }
        Ok(())
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Span {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Span".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "format": SPAN_FORMAT,
            "pattern": "^([0-9]+w)?([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?$",
            "minLength": 2
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(text: &str) -> Option<u64> {
        text.parse::<Span>().ok().map(Span::seconds)
    }

    #[test]
    fn lengths_are_read_in_seconds_and_written_back() {
        for (text, expected) in [("90s", 90), ("5m", 300), ("1h30m", 5400), ("30d", 2_592_000), ("4w", 2_419_200)] {
            assert_eq!(seconds(text), Some(expected), "{text}");
            assert_eq!(seconds(&Span(expected).to_string()), Some(expected), "{text}");
        }
        assert_eq!(Span::of_hours(36).to_string(), "1d12h");
        assert_eq!(serde_json::to_string(&Span::of_minutes(90)).unwrap(), "\"1h30m\"");
    }

    #[test]
    fn what_is_no_length_is_refused() {
        for text in ["", "5", "m", "-5m", "5 m", "1.5h", "5m5m", "1m1h", "0m", "5x", "5м", "99999999999999999999s", "200000d"] {
            assert_eq!(seconds(text), None, "{text}");
        }
        assert!(serde_json::from_str::<Span>("\"soon\"").unwrap_err().to_string().contains("write it like `90s`"));
        assert_eq!((Span::of_seconds(0).seconds(), Span::of_days(u64::MAX).seconds()), (1, CENTURY));
    }
}
