//! The attributes of one tag.

use std::ops::Range;

use memchr::memchr;

use crate::evidence::limits::XML_ATTRIBUTES;

/// Where a name and its value stand.
type Place = (Range<usize>, Range<usize>);

/// Where the attributes of a tag stand; values are resolved only when they are asked for.
#[derive(Debug, Default)]
pub(crate) struct Attributes {
    places: Vec<Place>,
}

impl Attributes {
    /// Finds the attributes in the text of a tag after its name, without the angle brackets. Their places are counted from `start`
    /// on, where that text stands. The error is a sentence; a name that is repeated is one, as XML demands: of two values
    /// for one thing nobody can tell which one is meant.
    pub(crate) fn find(&mut self, tag: &[u8], start: usize) -> Result<(), String> {
        self.places.clear();
        let mut at = 0;
        loop {
            while tag.get(at).is_some_and(u8::is_ascii_whitespace) {
                at += 1;
            }
            if at == tag.len() {
                return self.unique(tag, start);
            }
            if self.places.len() == XML_ATTRIBUTES {
                return Err(format!("an element has more than {XML_ATTRIBUTES} attributes"));
            }
            let ((name, value), end) = one(tag, at)?;
            self.places.push((name.start + start..name.end + start, value.start + start..value.end + start));
            at = end;
        }
    }

    fn unique(&self, tag: &[u8], start: usize) -> Result<(), String> {
        let name = |place: &Place| &tag[place.0.start - start..place.0.end - start];
        for (at, place) in self.places.iter().enumerate() {
            let later = name(place);
            if self.places[..at].iter().any(|earlier| same(name(earlier), later)) {
                let shown = crate::evidence::text::shown(&String::from_utf8_lossy(later));
                return Err(format!("the attribute `{shown}` stands twice in one element: expected XML"));
            }
        }
        Ok(())
    }

    /// The bytes between the quotes, as they stand in `window`.
    pub(crate) fn get<'w>(&self, window: &'w [u8], key: &str) -> Option<&'w [u8]> {
        let (_, value) = self.places.iter().find(|(name, _)| same(&window[name.clone()], key.as_bytes()))?;
        Some(&window[value.clone()])
    }
}

/// Whether two names are the same; most differ in length or at once.
fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.first() == b.first() && a == b
}

/// Where name and value of the attribute at `at` stand, and the byte after it.
fn one(bytes: &[u8], at: usize) -> Result<(Place, usize), String> {
    let expected = || "an attribute is damaged: expected name=\"value\"".to_owned();
    let blanks = |from: usize| from + bytes[from..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let ends = |byte: &u8| matches!(byte, b'=' | b'"' | b'\'' | b'<') || byte.is_ascii_whitespace();
    let name_end = at + bytes[at..].iter().position(ends).ok_or_else(expected)?;
    let equals = blanks(name_end);
    if name_end == at || bytes.get(equals) != Some(&b'=') {
        return Err(expected());
    }
    let open = blanks(equals + 1);
    let quote = match bytes.get(open) {
        Some(quote @ (b'"' | b'\'')) => *quote,
        _ => return Err(expected()),
    };
    // Most values are a few bytes long.
    let (near, value) = (bytes.len().min(open + 9), open + 1);
    let close = bytes[value..near].iter().position(|byte| *byte == quote).map(|found| value + found);
    let close = close.or_else(|| memchr(quote, &bytes[near..]).map(|found| near + found)).ok_or_else(expected)?;
    Ok(((at..name_end, open + 1..close), close + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_are_found_in_either_quotes() {
        let tag = b"<t a = \"1 > 0\" b='\"'";
        let mut attributes = Attributes::default();
        attributes.find(&tag[2..], 2).unwrap();
        assert_eq!(attributes.get(tag, "a"), Some(&b"1 > 0"[..]));
        assert_eq!(attributes.get(tag, "b"), Some(&b"\""[..]));
        assert_eq!(attributes.get(tag, "c"), None);
    }

    #[test]
    fn damaged_and_countless_attributes_are_refused() {
        for tag in ["a", "a=", "a=b", "a='b", "='b'", "a 'b'", "\"='b'", "a'=\"b\"", "<a='b'"] {
            assert!(Attributes::default().find(tag.as_bytes(), 0).is_err(), "{tag}");
        }
        assert!(Attributes::default().find("a='' ".repeat(1_000_000).as_bytes(), 0).unwrap_err().contains("more than 256"));
    }

    #[test]
    fn a_name_that_stands_twice_is_refused() {
        let error = Attributes::default().find(b" hits='1' b='' hits='0'", 0).unwrap_err();
        assert_eq!(error, "the attribute `hits` stands twice in one element: expected XML");
        assert!(Attributes::default().find(b" hits='1' x:hits='0' Hits='2'", 0).is_ok());
    }
}
