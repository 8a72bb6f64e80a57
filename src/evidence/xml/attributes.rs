//! The attributes of one tag.

use std::ops::Range;

const MAX_ATTRIBUTES: usize = 256;

/// Where a name and its value stand in the tag.
type Place = (Range<usize>, Range<usize>);

/// A tag's text and where its attributes stand in it; values are resolved only when they are asked for.
#[derive(Debug, Default)]
pub(crate) struct Attributes {
    tag: String,
    places: Vec<Place>,
}

impl Attributes {
    /// Takes in the text of a tag after its name, without the angle brackets. The error is a sentence.
    pub(crate) fn replace(&mut self, tag: String) -> Result<(), String> {
        self.tag = tag;
        self.places.clear();
        let bytes = self.tag.as_bytes();
        let mut at = 0;
        loop {
            at += bytes[at..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            if at == bytes.len() {
                return Ok(());
            }
            if self.places.len() == MAX_ATTRIBUTES {
                return Err(format!("an element has more than {MAX_ATTRIBUTES} attributes"));
            }
            let (place, end) = one(bytes, at)?;
            self.places.push(place);
            at = end;
        }
    }

    /// The text between the quotes, as it stands there; the first one where a name is repeated.
    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        let (_, value) = self.places.iter().find(|(name, _)| &self.tag[name.clone()] == key)?;
        Some(&self.tag[value.clone()])
    }
}

/// Where name and value of the attribute at `at` stand, and the byte after it.
fn one(bytes: &[u8], at: usize) -> Result<(Place, usize), String> {
    let expected = || "an attribute is damaged: expected name=\"value\"".to_owned();
    let name_end = at + bytes[at..].iter().position(|byte| byte.is_ascii_whitespace() || *byte == b'=').ok_or_else(expected)?;
    let equals = name_end + bytes[name_end..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    if name_end == at || bytes.get(equals) != Some(&b'=') {
        return Err(expected());
    }
    let open = equals + 1 + bytes[equals + 1..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let quote = match bytes.get(open) {
        Some(quote @ (b'"' | b'\'')) => *quote,
        _ => return Err(expected()),
    };
    let close = open + 1 + bytes[open + 1..].iter().position(|byte| *byte == quote).ok_or_else(expected)?;
    Ok(((at..name_end, open + 1..close), close + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_are_found_in_either_quotes() {
        let mut attributes = Attributes::default();
        attributes.replace(" a = \"1 > 0\" b='\"' a=\"2\"".into()).unwrap();
        assert_eq!(attributes.get("a"), Some("1 > 0"));
        assert_eq!(attributes.get("b"), Some("\""));
        assert_eq!(attributes.get("c"), None);
    }

    #[test]
    fn damaged_and_countless_attributes_are_refused() {
        for tag in ["a", "a=", "a=b", "a='b", "='b'", "a 'b'"] {
            assert!(Attributes::default().replace(tag.into()).is_err(), "{tag}");
        }
        assert!(Attributes::default().replace("a='' ".repeat(1_000_000)).unwrap_err().contains("more than 256"));
    }
}
