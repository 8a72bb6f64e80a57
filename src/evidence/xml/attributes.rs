//! One tag and its attributes.

use std::ops::Range;

use memchr::memchr;

use crate::evidence::limits::XML_ATTRIBUTES;

/// Where a name and its value stand.
type Place = (Range<usize>, Range<usize>);

/// A tag and its attributes; values are resolved only when they are asked for.
///
/// Most tags of a report differ from their last sibling in nothing but values, so that what stands around the values is kept: a tag
/// that has the same there is the same tag with the same attributes, without a look at its names.
#[derive(Debug, Default)]
pub(crate) struct Tag {
    /// The tag without its values and angle brackets; empty where the last tag was none.
    around: Vec<u8>,
    /// For each attribute: its name in `around`, where there its value goes, and that value in the window.
    attributes: Vec<Attribute>,
}

#[derive(Debug)]
struct Attribute {
    name: Range<usize>,
    opened: usize,
    value: Range<usize>,
}

/// How far a value is looked through byte by byte: most are a few bytes long.
const SHORT_VALUE: usize = 8;

/// How much of a tag is kept for the next ones; what people's tools write is far shorter.
const KEPT_AROUND: usize = 4 << 10;

impl Tag {
    /// Takes in the tag `tag`, whose name has `name` bytes and which has no angle brackets; `start` is where it stands in the
    /// window. The error is a sentence; a name that is repeated is one, as XML demands: of two values for one thing nobody can
    /// tell which one is meant.
    pub(crate) fn find(&mut self, tag: &[u8], name: usize, start: usize) -> Result<(), String> {
        self.around.clear();
        self.attributes.clear();
        let found = self.find_attributes(tag, name, start);
        if found.is_err() {
            self.around.clear();
        }
        found
    }

    fn find_attributes(&mut self, tag: &[u8], name: usize, start: usize) -> Result<(), String> {
        // A slash at the end belongs to no attribute.
        let inside = tag.strip_suffix(b"/").unwrap_or(tag);
        let (mut at, mut kept) = (name.min(inside.len()), 0);
        loop {
            while inside.get(at).is_some_and(u8::is_ascii_whitespace) {
                at += 1;
            }
            if at == inside.len() {
                self.around.extend_from_slice(&tag[kept..]);
                return self.unique();
            }
            if self.attributes.len() == XML_ATTRIBUTES {
                return Err(format!("an element has more than {XML_ATTRIBUTES} attributes"));
            }
            let ((name, value), end) = one(inside, at)?;
            let here = self.around.len();
            self.around.extend_from_slice(&tag[kept..value.start]);
            let name = name.start - kept + here..name.end - kept + here;
            self.attributes.push(Attribute { name, opened: self.around.len(), value: value.start + start..value.end + start });
            kept = value.end;
            at = end;
        }
    }

    fn unique(&self) -> Result<(), String> {
        for (at, later) in self.attributes.iter().enumerate() {
            let name = &self.around[later.name.clone()];
            if self.attributes[..at].iter().any(|earlier| same(&self.around[earlier.name.clone()], name)) {
                let shown = crate::evidence::text::shown(&String::from_utf8_lossy(name));
                return Err(format!("the attribute `{shown}` stands twice in one element: expected XML"));
            }
        }
        Ok(())
    }

    /// Takes in the tag that starts at `start` of the window if around its values it is the last one that was taken in. Its length
    /// up to its `>`; `None` where it is another one or goes over the window's end, and has to be taken in by [`Tag::find`].
    pub(crate) fn again(&mut self, window: &[u8], start: usize) -> Option<usize> {
        if self.around.is_empty() {
            return None;
        }
        let (mut at, mut from) = (start, 0);
        for Attribute { opened, value, .. } in &mut self.attributes {
            let around = self.around.get(from..*opened)?;
            let rest = window.get(at..)?.strip_prefix(around)?;
            at += around.len();
            let length = value_length(rest, *around.last()?)?;
            *value = at..at + length;
            (at, from) = (at + length, *opened);
        }
        let around = self.around.get(from..)?;
        let rest = window.get(at..)?.strip_prefix(around)?;
        (rest.first() == Some(&b'>')).then_some(at + around.len() - start)
    }

    /// Another tag comes, this one may only be compared with: nobody needs a huge one.
    pub(crate) fn passed(&mut self) {
        if self.around.capacity() > KEPT_AROUND {
            *self = Tag::default();
        }
    }

    /// Whether the element ends with this tag.
    pub(crate) fn ends_at_once(&self) -> bool {
        self.around.ends_with(b"/")
    }

    /// The bytes between the quotes, as they stand in `window`.
    pub(crate) fn get<'w>(&self, window: &'w [u8], key: &str) -> Option<&'w [u8]> {
        let wanted = |attribute: &&Attribute| same(&self.around[attribute.name.clone()], key.as_bytes());
        Some(&window[self.attributes.iter().find(wanted)?.value.clone()])
    }
}

/// How many bytes stand before the quote.
fn value_length(bytes: &[u8], quote: u8) -> Option<usize> {
    let near = bytes.len().min(SHORT_VALUE);
    let found = bytes[..near].iter().position(|byte| *byte == quote);
    found.or_else(|| memchr(quote, &bytes[near..]).map(|found| near + found))
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
    let close = open + 1 + value_length(&bytes[open + 1..], quote).ok_or_else(expected)?;
    Ok(((at..name_end, open + 1..close), close + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_are_found_in_either_quotes() {
        let window = b"<t a = \"1 > 0\" b='\"'";
        let mut tag = Tag::default();
        tag.find(&window[1..], 1, 1).unwrap();
        assert_eq!(tag.get(window, "a"), Some(&b"1 > 0"[..]));
        assert_eq!(tag.get(window, "b"), Some(&b"\""[..]));
        assert_eq!(tag.get(window, "c"), None);
    }

    #[test]
    fn a_tag_that_differs_in_values_only_is_the_same_tag_again() {
        let first = b"<t  a='1'\tb = \"2\" />";
        let mut tag = Tag::default();
        assert_eq!(tag.again(first, 1), None);
        tag.find(&first[1..first.len() - 1], 1, 1).unwrap();
        assert!(tag.ends_at_once());
        let next = b"   <t  a='a value of some length > 8'\tb = \"\" />";
        assert_eq!(tag.again(next, 4), Some(next.len() - 5));
        assert_eq!(tag.get(next, "a"), Some(&b"a value of some length > 8"[..]));
        assert_eq!(tag.get(next, "b"), Some(&b""[..]));
        for other in [
            "<t  a='1'\tb = \"2\">",
            "<t  a='1'\tb = \"2\"/>",
            "<t  a='1'\tb = \"2\" /",
            "<t  a='1'\tb = \"2 />",
            "<t  a=\"1\"\tb = \"2\" />",
            "<u  a='1'\tb = \"2\" />",
            "<t  a='1'\tc = \"2\" />",
            "<t  a='1'\tb = \"2\" c='' />",
            "<t />",
            "<t  a='1' />",
            "<",
        ] {
            assert_eq!(tag.again(other.as_bytes(), 1), None, "{other}");
        }
        tag.passed();
        assert!(tag.again(next, 4).is_some());
        // A huge one is not kept, and one that is refused is no tag that could come again.
        let huge = format!("<t {}='1'/>", "a".repeat(5 << 10));
        tag.find(&huge.as_bytes()[1..huge.len() - 1], 1, 1).unwrap();
        assert!(tag.again(huge.as_bytes(), 1).is_some());
        tag.passed();
        assert_eq!(tag.again(huge.as_bytes(), 1), None);
        assert!(tag.find(b"t a='' a=''", 1, 1).is_err());
        assert_eq!(tag.again(b"<t a='' a=''>", 1), None);
    }

    #[test]
    fn damaged_and_countless_attributes_are_refused() {
        for attributes in ["a", "a=", "a=b", "a='b", "='b'", "a 'b'", "\"='b'", "a'=\"b\"", "<a='b'"] {
            assert!(Tag::default().find(attributes.as_bytes(), 0, 0).is_err(), "{attributes}");
        }
        assert!(Tag::default().find("a='' ".repeat(1_000_000).as_bytes(), 0, 0).unwrap_err().contains("more than 256"));
    }

    #[test]
    fn a_name_that_stands_twice_is_refused() {
        let error = Tag::default().find(b" hits='1' b='' hits='0'", 0, 0).unwrap_err();
        assert_eq!(error, "the attribute `hits` stands twice in one element: expected XML");
        assert!(Tag::default().find(b" hits='1' x:hits='0' Hits='2'", 0, 0).is_ok());
    }
}
