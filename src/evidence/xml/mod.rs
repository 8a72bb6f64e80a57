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

use std::io::BufRead;
use std::str::FromStr;

use attributes::Attributes;
use quick_xml::escape::unescape;
use scan::Scanner;

use super::ReadError;

const MAX_DEPTH: usize = 256;
const MAX_NAME_BYTES: usize = 1024;
/// One tag with all its attributes; failure messages stand in attributes and can be long.
const MAX_TAG_BYTES: usize = 8 << 20;
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
    stack: Vec<String>,
    name: String,
    attributes: Attributes,
    text: String,
    ends_at_once: bool,
    seen_root: bool,
}

impl<'r> Xml<'r> {
    /// Starts at the first byte; a byte-order mark is stepped over.
    pub(crate) fn new(input: &'r mut dyn BufRead) -> Result<Self, ReadError> {
        super::text::skip_byte_order_mark(input)?;
        Ok(Xml {
            scanner: Scanner::new(input),
            stack: Vec::new(),
            name: String::new(),
            attributes: Attributes::default(),
            text: String::new(),
            ends_at_once: false,
            seen_root: false,
        })
    }

    /// The local name of the element that just started or ended.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The beginning of the text between the last tag and this one, references resolved.
    pub(crate) fn text(&self) -> &str {
        self.text.trim()
    }

    /// The value of an attribute of the element that just started, references resolved.
    pub(crate) fn attribute(&self, key: &str) -> Option<String> {
        self.attributes.get(key).map(resolved)
    }

    /// The value of an attribute that holds a number; `None` where it is absent or not one.
    pub(crate) fn number<T: FromStr>(&self, key: &str) -> Option<T> {
        self.attributes.get(key)?.trim().parse().ok()
    }

    /// How many elements are open.
    pub(crate) fn depth(&self) -> usize {
        self.stack.len()
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
            self.name = self.stack.pop().unwrap_or_default();
            return Ok(Event::End);
        }
        loop {
            let more = self.scanner.until(b"<", KEPT_TEXT_BYTES)?;
            let raw = self.scanner.taken();
            if self.stack.is_empty() && !raw.trim().is_empty() {
                return Err(self.error("text outside of the root element: expected XML"));
            }
            if let Some(name) = unknown_entity(&raw) {
                return Err(self.error(format!("the entity &{}; is not declared: expected XML", super::text::shown(name))));
            }
            self.append(&resolved(&raw));
            if !more {
                return self.end_of_input();
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

    fn append(&mut self, more: &str) {
        if self.text.len() < KEPT_TEXT_BYTES {
            self.text.push_str(more);
        }
    }

    fn end_of_input(&self) -> Result<Event, ReadError> {
        match self.stack.last() {
            Some(open) => Err(self.error(format!("the file ends inside <{open}>: it was cut off; write it anew"))),
            None if self.seen_root => Ok(Event::Eof),
            None => Err(self.error("no element: expected XML")),
        }
    }

    fn end_tag(&mut self) -> Result<Event, ReadError> {
        let more = self.scanner.until(b">", MAX_NAME_BYTES + 1)?;
        let raw = self.scanner.taken();
        if !more {
            return self.end_of_input();
        }
        let name = local(raw.trim_start_matches('/').trim_end());
        match self.stack.pop() {
            Some(open) if open == name => self.name = open,
            Some(open) => return Err(self.error(format!("</{}> closes <{open}>", super::text::shown(name)))),
            None => return Err(self.error(format!("</{}> closes nothing", super::text::shown(name)))),
        }
        Ok(Event::End)
    }

    fn start_tag(&mut self) -> Result<Event, ReadError> {
        if !self.scanner.tag(MAX_TAG_BYTES)? {
            return Err(self.error("the file ends inside a tag: it was cut off; write it anew"));
        }
        let mut tag = self.scanner.taken();
        self.ends_at_once = tag.ends_with('/');
        if self.ends_at_once {
            tag.pop();
        }
        let end = tag.find(|c: char| c.is_ascii_whitespace()).unwrap_or(tag.len());
        let attributes = tag.split_off(end);
        let fine = !tag.is_empty() && !tag.contains(['<', '=', '"', '\'', '&']);
        if !fine || tag.len() > MAX_NAME_BYTES {
            return Err(self.error("a tag without a proper name: expected XML"));
        }
        if self.stack.is_empty() && self.seen_root {
            return Err(self.error("a second root element: expected one XML document"));
        }
        if self.stack.len() == MAX_DEPTH {
            return Err(self.error(format!("elements are nested more than {MAX_DEPTH} deep")));
        }
        self.seen_root = true;
        local(&tag).clone_into(&mut self.name);
        self.stack.push(self.name.clone());
        self.attributes.replace(attributes).map_err(|message| self.error(message))?;
        Ok(Event::Start)
    }

    fn declaration(&mut self) -> Result<(), ReadError> {
        let opening = self.scanner.opening()?;
        let closed = match opening.as_str() {
            "!--" => self.scanner.until(b"-->", 0)?,
            "![CDATA[" if !self.stack.is_empty() => {
                let closed = self.scanner.until(b"]]>", KEPT_TEXT_BYTES)?;
                let text = self.scanner.taken();
                self.append(&text);
                closed
            }
            "!DOCTYPE" if !self.seen_root => self.scanner.document_type()?,
            _ => return Err(self.error("an unknown declaration: expected XML")),
        };
        if closed { Ok(()) } else { Err(self.error(format!("the file ends inside <{opening}: it was cut off; write it anew"))) }
    }

    fn instruction(&mut self) -> Result<(), ReadError> {
        if !self.scanner.until(b"?>", MAX_NAME_BYTES)? {
            return Err(self.error("the file ends inside <?: it was cut off; write it anew"));
        }
        let text = self.scanner.taken();
        if self.seen_root || !text.starts_with("?xml ") {
            return Ok(());
        }
        let mut declaration = Attributes::default();
        declaration.replace(text["?xml".len()..].to_owned()).map_err(|message| self.error(message))?;
        match declaration.get("encoding").map(str::to_ascii_lowercase).as_deref() {
            None | Some("utf-8" | "utf8" | "us-ascii" | "ascii") => Ok(()),
            Some("iso-8859-1" | "latin1" | "iso-8859-15" | "windows-1252") => {
                self.scanner.read_as_latin1();
                Ok(())
            }
            Some(other) => Err(self.error(format!("encoding `{}`: expected UTF-8", super::text::shown(other)))),
        }
    }
}

fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

/// The text with predefined entities and character references resolved; as it stands where another reference occurs, or where
/// the cut went through one.
fn resolved(raw: &str) -> String {
    unescape(raw).map_or_else(|_| raw.to_owned(), std::borrow::Cow::into_owned)
}

/// The first entity of a text that is not one of the five predefined ones. A lone `&`, which careless writers leave, is none.
fn unknown_entity(text: &str) -> Option<&str> {
    text.split('&').skip(1).find_map(|rest| {
        let (name, _) = rest.split_once(';')?;
        let starts = name.starts_with(|c: char| c.is_alphabetic() || matches!(c, '_' | ':'));
        let named = starts && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | ':' | '-' | '.'));
        (named && !matches!(name, "amp" | "lt" | "gt" | "quot" | "apos")).then_some(name)
    })
}
