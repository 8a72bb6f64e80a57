//! A pull reader for the XML that test and coverage tools write.
//!
//! It exists because a report is hostile: what it holds in memory is one tag and the beginning of one text, whatever the size of
//! the file; depth, attributes and names are bounded; nothing is ever fetched or expanded beyond the five predefined entities and
//! character references. A document type declaration is stepped over; one that declares entities or other things itself is refused,
//! and so is text with an entity that nobody declares. Source: XML 1.0, fifth edition.

mod attributes;
mod scan;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::io::BufRead;
use std::str::FromStr;

use attributes::Tag;
use quick_xml::escape::unescape;
use scan::Scanner;

use super::ReadError;
use super::limits::{XML_DEPTH, XML_NAME_BYTES, XML_TAG_BYTES};
use super::trace::{self, Spot};

/// How much text before a tag is kept; the rest is stepped over.
const KEPT_TEXT_BYTES: usize = 4096;

/// What the reader stands on after [`Xml::next`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    /// A start tag, see [`Xml::name`] and [`Xml::attribute`].
    Start,
    /// An end tag, or the end of an empty element: [`Xml::name`] ended, and [`Xml::text`] is what stood before its end.
    End,
    /// The end of a complete document.
    Eof,
}

/// The reader. Elements are known by their local names.
pub(crate) struct Xml<'r> {
    scanner: Scanner<'r>,
    /// The names of the open elements and behind them those of some that ended: their room is used again.
    names: Vec<String>,
    depth: usize,
    /// The one of `names` that started or ended last.
    current: usize,
    /// The last tags of each depth, as far as `names` goes: siblings look alike.
    tags: Vec<Tag>,
    /// The one of `tags` that started last.
    started: usize,
    text: String,
    /// A text before it is decoded.
    raw: Vec<u8>,
    ends_at_once: bool,
    seen_root: bool,
    /// While somebody watches: where the open elements start.
    starts: Vec<Spot>,
}

impl<'r> Xml<'r> {
    /// Starts at the first byte; a byte-order mark is stepped over.
    pub(crate) fn new(input: &'r mut dyn BufRead) -> Result<Self, ReadError> {
        super::text::skip_byte_order_mark(input)?;
        Ok(Xml {
            scanner: Scanner::new(input),
            names: Vec::new(),
            depth: 0,
            current: 0,
            tags: Vec::new(),
            started: 0,
            text: String::new(),
            raw: Vec::new(),
            ends_at_once: false,
            seen_root: false,
            starts: Vec::new(),
        })
    }

    /// The local name of the element that just started or ended.
    pub(crate) fn name(&self) -> &str {
        self.names.get(self.current).map_or("", String::as_str)
    }

    /// The beginning of the text between the last tag and this one, references resolved.
    pub(crate) fn text(&self) -> &str {
        self.text.trim()
    }

    /// The value of an attribute of the element that just started, references resolved.
    pub(crate) fn attribute(&self, key: &str) -> Option<Cow<'_, str>> {
        let value = self.value(key)?;
        if value.iter().all(|byte| byte.is_ascii() && *byte != b'&') {
            return std::str::from_utf8(value).ok().map(Cow::Borrowed);
        }
        Some(match self.scanner.decoded(value) {
            Cow::Borrowed(text) => resolved(text),
            Cow::Owned(text) => Cow::Owned(resolved(&text).into_owned()),
        })
    }

    /// The value of an attribute that holds a number; `None` where it is absent or not one.
    pub(crate) fn number<T: FromStr>(&self, key: &str) -> Option<T> {
        let value = std::str::from_utf8(self.value(key)?).ok()?;
        value.parse().ok().or_else(|| value.trim().parse().ok())
    }

    /// The value of an attribute that counts hits, see [`super::text::hits`]; `None` where it is absent or counts nothing.
    pub(crate) fn hits(&self, key: &str) -> Option<f64> {
        self.number::<u32>(key).map(f64::from).or_else(|| super::text::hits(&self.attribute(key)?))
    }

    /// The value of an attribute of the element that just started, as it stands there.
    fn value(&self, key: &str) -> Option<&[u8]> {
        self.tags.get(self.started)?.get(self.scanner.window(), key)
    }

    /// How many elements are open.
    pub(crate) fn depth(&self) -> usize {
        self.depth
    }

    /// An error at the reader's line.
    pub(crate) fn error(&self, message: impl Into<String>) -> ReadError {
        ReadError::at_line(self.scanner.line(), message)
    }

    /// Goes to the next tag. It must not be called again after [`Event::Eof`] or an error.
    pub(crate) fn next(&mut self) -> Result<Event, ReadError> {
        self.text.clear();
        if self.ends_at_once {
            self.ends_at_once = false;
            return Ok(self.ended());
        }
        loop {
            // Between most tags stand some blanks, which only count beside other text.
            if !(self.text.is_empty() && self.scanner.blanks()) {
                self.raw.clear();
                let more = self.scanner.text(KEPT_TEXT_BYTES, &mut self.raw)?;
                self.take_text()?;
                if !more {
                    return self.end_of_input();
                }
            }
            match self.scanner.peek()? {
                Some(b'!') => self.declaration()?,
                Some(b'?') => self.instruction()?,
                Some(b'/') => return self.end_tag(),
                Some(_) => return self.start_tag(),
                None => return self.end_of_input(),
            }
        }
    }

    /// Steps over the element that just started, up to and including its end.
    pub(crate) fn skip(&mut self) -> Result<(), ReadError> {
        let depth = self.depth();
        while self.next()? != Event::End || self.depth() >= depth {}
        Ok(())
    }

    /// Adds the raw text to the text, references resolved.
    fn take_text(&mut self) -> Result<(), ReadError> {
        // Most texts are the blanks between two tags.
        if self.text.is_empty() && self.raw.iter().all(u8::is_ascii_whitespace) {
            return Ok(());
        }
        let raw = self.scanner.decoded(&self.raw);
        if self.depth == 0 && !raw.trim().is_empty() {
            return Err(self.error("text outside of the root element: expected XML"));
        }
        if let Some(name) = unknown_entity(&raw) {
            return Err(self.error(format!("the entity &{}; is not declared: expected XML", super::text::shown(name))));
        }
        append(&mut self.text, &resolved(&raw));
        Ok(())
    }

    fn end_of_input(&self) -> Result<Event, ReadError> {
        match self.depth.checked_sub(1).and_then(|last| self.names.get(last)) {
            Some(open) => Err(self.error(format!("the file ends inside <{open}>: it was cut off; write it anew"))),
            None if self.seen_root => Ok(Event::Eof),
            None => Err(self.error("no element: expected XML")),
        }
    }

    /// The innermost element ended; there is one.
    fn ended(&mut self) -> Event {
        self.depth = self.depth.saturating_sub(1);
        self.current = self.depth;
        // What is kept at its end came from the whole element.
        if let Some(Spot { offset, line }) = self.starts.pop() {
            trace::stand(offset, line);
        }
        Event::End
    }

    fn end_tag(&mut self) -> Result<Event, ReadError> {
        let (length, closed) = self.scanner.word(XML_NAME_BYTES)?;
        if !closed && length <= XML_NAME_BYTES {
            return self.end_of_input();
        }
        let here = self.scanner.here();
        let word = &self.scanner.window()[here + 1..here + length];
        let open = self.depth.checked_sub(1).and_then(|last| self.names.get(last));
        if open.is_none_or(|open| open.as_bytes() != word) {
            let word = self.scanner.decoded(word);
            let name = local(word.trim_end());
            match open {
                Some(open) if open == name => {}
                Some(open) => return Err(self.error(format!("</{}> closes <{open}>", super::text::shown(name)))),
                None => return Err(self.error(format!("</{}> closes nothing", super::text::shown(name)))),
            }
        }
        self.scanner.step(length + 1);
        Ok(self.ended())
    }

    fn start_tag(&mut self) -> Result<Event, ReadError> {
        if trace::watching() {
            // The reader stands behind the `<`.
            trace::stand(self.scanner.offset().saturating_sub(1), self.scanner.line());
            self.starts.push(trace::spot());
        }
        if let Some(last) = self.tags.get_mut(self.started) {
            last.passed();
        }
        let here = self.scanner.here();
        // The root element has no siblings.
        if self.depth > 0
            && let Some(tag) = self.tags.get_mut(self.depth)
            && let Some(length) = tag.again(self.scanner.window(), here).filter(|length| *length <= XML_TAG_BYTES)
        {
            return Ok(self.started(length));
        }
        // Nearly no tag has a `>` between its quotes. One that has is damaged where it is thought to end.
        if let Some(length) = self.scanner.short_tag().filter(|length| *length <= XML_TAG_BYTES)
            && let Ok(event) = self.start_tag_of(length)
        {
            return Ok(event);
        }
        match self.scanner.tag(XML_TAG_BYTES)? {
            Some(length) => self.start_tag_of(length).map_err(|message| {
                self.scanner.step(length + 1);
                self.error(message)
            }),
            None => Err(self.error("the file ends inside a tag: it was cut off; write it anew")),
        }
    }

    /// Takes in the tag of so many bytes that starts here. The error is a sentence, and changes nothing.
    fn start_tag_of(&mut self, length: usize) -> Result<Event, String> {
        let start = self.scanner.here();
        let tag = &self.scanner.window()[start..start + length];
        let inside = tag.strip_suffix(b"/").unwrap_or(tag);
        let end = inside.iter().position(u8::is_ascii_whitespace).unwrap_or(inside.len());
        let name = &inside[..end];
        let improper = |byte: &u8| matches!(byte, b'<' | b'=' | b'"' | b'\'' | b'&');
        if name.is_empty() || name.len() > XML_NAME_BYTES || name.iter().any(improper) {
            return Err("a tag without a proper name: expected XML".to_owned());
        }
        if self.depth == 0 && self.seen_root {
            return Err("a second root element: expected one XML document".to_owned());
        }
        if self.depth == XML_DEPTH {
            return Err(format!("elements are nested more than {XML_DEPTH} deep"));
        }
        if self.names.len() == self.depth {
            self.names.push(String::new());
            self.tags.push(Tag::default());
        }
        self.tags[self.depth].find(tag, end, start)?;
        let slot = &mut self.names[self.depth];
        slot.clear();
        slot.push_str(local(&self.scanner.decoded(name)));
        Ok(self.started(length))
    }

    /// Goes behind the tag of so many bytes that is the last of its depth now.
    fn started(&mut self, length: usize) -> Event {
        self.scanner.step(length + 1);
        self.ends_at_once = self.tags.get(self.depth).is_some_and(Tag::ends_at_once);
        self.seen_root = true;
        self.current = self.depth;
        self.started = self.depth;
        self.depth += 1;
        Event::Start
    }

    fn declaration(&mut self) -> Result<(), ReadError> {
        let opening = self.scanner.opening()?;
        let closed = match opening.as_str() {
            "!--" => self.scanner.until(b"-->", 0, &mut self.raw)?,
            "![CDATA[" if self.depth > 0 => {
                let closed = self.scanner.until(b"]]>", KEPT_TEXT_BYTES, &mut self.raw)?;
                append(&mut self.text, &self.scanner.decoded(&self.raw));
                closed
            }
            "!DOCTYPE" if !self.seen_root => self.scanner.document_type()?,
            _ => return Err(self.error("an unknown declaration: expected XML")),
        };
        if closed { Ok(()) } else { Err(self.error(format!("the file ends inside <{opening}: it was cut off; write it anew"))) }
    }

    fn instruction(&mut self) -> Result<(), ReadError> {
        if !self.scanner.until(b"?>", XML_NAME_BYTES, &mut self.raw)? {
            return Err(self.error("the file ends inside <?: it was cut off; write it anew"));
        }
        let Some(declared) = self.raw.strip_prefix(b"?xml ").filter(|_| !self.seen_root) else { return Ok(()) };
        let mut declaration = Tag::default();
        declaration.find(declared, 0, 0).map_err(|message| self.error(message))?;
        let encoding = declaration.get(declared, "encoding").map(|name| String::from_utf8_lossy(name).to_ascii_lowercase());
        match encoding.as_deref() {
            None | Some("utf-8" | "utf8" | "us-ascii" | "ascii") => Ok(()),
            Some("iso-8859-1" | "latin1" | "iso-8859-15" | "windows-1252") => {
                self.scanner.read_as_latin1();
                Ok(())
            }
            Some(other) => Err(self.error(format!("encoding `{}`: expected UTF-8", super::text::shown(other)))),
        }
    }
}

/// Adds to a text that is not long yet.
fn append(text: &mut String, more: &str) {
    if text.len() < KEPT_TEXT_BYTES {
        text.push_str(more);
    }
}

fn local(name: &str) -> &str {
    memchr::memrchr(b':', name.as_bytes()).map_or(name, |colon| &name[colon + 1..])
}

/// The text with predefined entities and character references resolved; as it stands where another reference occurs, or where
/// the cut went through one.
fn resolved(raw: &str) -> Cow<'_, str> {
    unescape(raw).unwrap_or(Cow::Borrowed(raw))
}

/// The first entity of a text that is not one of the five predefined ones. A lone `&`, which careless writers leave, is none.
fn unknown_entity(text: &str) -> Option<&str> {
    memchr::memchr(b'&', text.as_bytes())?;
    text.split('&').skip(1).find_map(|rest| {
        let (name, _) = rest.split_once(';')?;
        let starts = name.starts_with(|c: char| c.is_alphabetic() || matches!(c, '_' | ':'));
        let named = starts && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | ':' | '-' | '.'));
        (named && !matches!(name, "amp" | "lt" | "gt" | "quot" | "apos")).then_some(name)
    })
}
