//! JSON lock files with the lines of their entries.
//!
//! A key or string without escapes is borrowed from the text, so its place in the text tells its line.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, Visitor};

use super::{ReadError, text};

/// A string that knows where it stands.
#[derive(Debug, Clone)]
pub(super) struct Name<'a>(pub Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Name<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Strings;
        impl<'de> Visitor<'de> for Strings {
            type Value = Name<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Borrowed(text)))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Strings)
    }
}

/// An object in its order, with keys that know where they stand.
#[derive(Debug)]
pub(super) struct Pairs<'a, V>(pub Vec<(Name<'a>, V)>);

impl<V> Default for Pairs<'_, V> {
    fn default() -> Self {
        Pairs(Vec::new())
    }
}

impl<'de: 'a, 'a, V: Deserialize<'de>> Deserialize<'de> for Pairs<'a, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Objects<V>(PhantomData<V>);
        impl<'de, V: Deserialize<'de>> Visitor<'de> for Objects<V> {
            type Value = Vec<(Name<'de>, V)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(pairs)
            }
        }
        deserializer.deserialize_map(Objects(PhantomData)).map(Pairs)
    }
}

/// A value that is sometimes of another type than it should be, and then does not matter.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Loose<T> {
    Fits(T),
    Other(IgnoredAny),
}

impl<T> Loose<T> {
    pub(super) fn fits(self) -> Option<T> {
        match self {
            Loose::Fits(value) => Some(value),
            Loose::Other(_) => None,
        }
    }
}

/// The text of a JSON file, with the places of its lines.
pub(super) struct Text<'a> {
    text: &'a str,
    line_starts: Vec<usize>,
}

impl<'a> Text<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Result<Self, ReadError> {
        let text = text(bytes)?;
        let starts = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Ok(Text { text, line_starts: std::iter::once(0).chain(starts).collect() })
    }

    pub(super) fn parse<T: Deserialize<'a>>(&self) -> Result<T, ReadError> {
        serde_json::from_str(self.text).map_err(|error| {
            let message = error.to_string();
            // serde_json adds the position to its message; it stands before ours already.
            let message = message.split(" at line ").next().unwrap_or_default();
            ReadError::at_line(
                error.line() as u64,
                format!("not the JSON of this lock file: {message}; is this an unresolved conflict?"),
            )
        })
    }

    /// The line of a name; `None` when it was written with escapes.
    pub(super) fn line(&self, name: &Name<'_>) -> Option<u32> {
        let Cow::Borrowed(name) = &name.0 else { return None };
        let at = name.as_ptr().addr().checked_sub(self.text.as_ptr().addr()).filter(|at| *at <= self.text.len())?;
        u32::try_from(self.line_starts.partition_point(|start| *start <= at)).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_know_their_lines_unless_they_are_escaped() {
        let text = Text::new(b"{\n\"a\": 1,\n\n\"b\": 2, \"\\u0063\": 3}").expect("text");
        let pairs: Pairs<'_, u32> = text.parse().expect("object");
        let lines: Vec<_> = pairs.0.iter().map(|(name, _)| text.line(name)).collect();
        assert_eq!(lines, [Some(2), Some(4), None]);
    }

    #[test]
    fn errors_name_their_line() {
        let text = Text::new(b"{\n\"a\": x}").expect("text");
        let error = text.parse::<Pairs<'_, u32>>().expect_err("damaged").to_string();
        assert!(error.starts_with("line 2: not the JSON"), "{error}");
    }
}
