//! A pull reader for JSON reports of any size.
//!
//! It exists because a report is hostile and large: what it holds in memory is one chunk and the element that the caller asks for,
//! whatever the size of the file. The caller walks the outer objects and lists, lets serde make a value of each element, and steps
//! over what it does not know. Depth, keys, numbers and elements are bounded. Source: RFC 8259.

mod skip;
#[cfg(test)]
mod tests;

use std::io::BufRead;

use serde::Deserialize;

use super::ReadError;
use super::limits::{JSON_ELEMENT_BYTES, JSON_KEY_BYTES};
use super::text::{failed, shown, skip_byte_order_mark};
use super::trace;

/// How much is read at a time.
const CHUNK_BYTES: usize = 256 << 10;

/// The reader. It stands in front of a value, or behind one.
pub(crate) struct Json<'r> {
    input: &'r mut dyn BufRead,
    /// What was read and not yet left behind.
    window: Vec<u8>,
    /// Where in the window the reader stands.
    at: usize,
    /// How many bytes, and line ends among them, stood before the window.
    before: u64,
    lines_before: u64,
    ended: bool,
}

impl<'r> Json<'r> {
    /// Starts at the first byte; a byte-order mark is stepped over.
    pub(crate) fn new(input: &'r mut dyn BufRead) -> Result<Self, ReadError> {
        skip_byte_order_mark(input)?;
        Ok(Json { input, window: Vec::with_capacity(CHUNK_BYTES), at: 0, before: 0, lines_before: 0, ended: false })
    }

    /// The line that the reader stands on, counted from 1.
    pub(crate) fn line(&self) -> u64 {
        self.lines_before + line_ends(&self.window[..self.at]) + 1
    }

    /// How many bytes stand before the reader.
    pub(crate) fn offset(&self) -> u64 {
        self.before + self.at as u64
    }

    /// An error at the reader's line.
    pub(crate) fn error(&self, message: impl Into<String>) -> ReadError {
        ReadError::at_line(self.line(), message)
    }

    /// The first byte of the next value or the next mark; an error where the file ends before.
    pub(crate) fn peek(&mut self) -> Result<u8, ReadError> {
        self.next_token()?.ok_or_else(|| self.cut())
    }

    /// Whether `null` comes next, which is then stepped over.
    pub(crate) fn null(&mut self) -> Result<bool, ReadError> {
        let null = self.peek()? == b'n';
        if null {
            self.skip()?;
        }
        Ok(null)
    }

    /// Reads an object: `member` is called with each key and has to read or skip its value. `what` names the object for the error
    /// where something else stands there: `a run`.
    pub(crate) fn object(
        &mut self,
        what: &str,
        mut member: impl FnMut(&mut Self, &str) -> Result<(), ReadError>,
    ) -> Result<(), ReadError> {
        if self.peek()? != b'{' {
            return Err(self.error(format!("expected {what}, which is an object")));
        }
        self.at += 1;
        if self.peek()? == b'}' {
            self.at += 1;
            return Ok(());
        }
        loop {
            let key = self.key()?;
            member(self, &key)?;
            match self.peek()? {
                b',' => self.at += 1,
                b'}' => break,
                _ => return Err(self.error("expected `,` or `}`")),
            }
        }
        self.at += 1;
        Ok(())
    }

    /// Reads a list: `element` is called in front of each element and has to read or skip it.
    pub(crate) fn list(
        &mut self,
        what: &str,
        mut element: impl FnMut(&mut Self) -> Result<(), ReadError>,
    ) -> Result<(), ReadError> {
        if self.peek()? != b'[' {
            return Err(self.error(format!("expected {what}, which is a list")));
        }
        self.at += 1;
        if self.peek()? == b']' {
            self.at += 1;
            return Ok(());
        }
        loop {
            element(self)?;
            match self.peek()? {
                b',' => self.at += 1,
                b']' => break,
                _ => return Err(self.error("expected `,` or `]`")),
            }
        }
        self.at += 1;
        Ok(())
    }

    /// Makes one value of what comes next and hands it to `take`; the value may borrow from the reader.
    pub(crate) fn value_with<'v, T, O>(&'v mut self, take: impl FnOnce(T) -> O) -> Result<O, ReadError>
    where
        T: Deserialize<'v>,
    {
        let length = self.element()?;
        let start = self.at;
        if trace::watching() {
            trace::stand(self.before + start as u64, self.line());
        }
        self.at += length;
        let this: &'v Self = self;
        let bytes = &this.window[start..start + length];
        // That it is text is found out for the whole element at once, instead of for each string.
        let value = std::str::from_utf8(bytes).map_or_else(|_| serde_json::from_slice(bytes), serde_json::from_str);
        value.map(take).map_err(|error| {
            let line = this.lines_before + line_ends(&this.window[..start]) + 1;
            described(&error, line)
        })
    }

    /// Makes one value of what comes next.
    pub(crate) fn value<T: for<'v> Deserialize<'v>>(&mut self) -> Result<T, ReadError> {
        self.value_with::<T, T>(|value| value)
    }

    /// Makes sure that nothing follows.
    pub(crate) fn end(&mut self) -> Result<(), ReadError> {
        match self.next_token()? {
            None => Ok(()),
            Some(_) => Err(self.error("trailing characters: expected one JSON document")),
        }
    }

    /// The next byte that is not a blank, or `None` at the end of the file.
    pub(crate) fn next_token(&mut self) -> Result<Option<u8>, ReadError> {
        loop {
            let blanks = self.window[self.at..].iter().take_while(|byte| matches!(byte, b' ' | b'\n' | b'\r' | b'\t')).count();
            self.at += blanks;
            if let Some(byte) = self.window.get(self.at) {
                return Ok(Some(*byte));
            }
            if !self.fill()? {
                return Ok(None);
            }
        }
    }

    fn key(&mut self) -> Result<String, ReadError> {
        if self.peek()? != b'"' {
            return Err(self.error("expected a key between quotes"));
        }
        let length = self.element()?;
        if length > JSON_KEY_BYTES {
            return Err(self.error(format!("a key is longer than {JSON_KEY_BYTES} bytes")));
        }
        let key: String = self.value()?;
        if self.peek()? != b':' {
            return Err(self.error("expected `:`"));
        }
        self.at += 1;
        Ok(key)
    }

    /// The length of the value that comes next, which is in the window as a whole then.
    fn element(&mut self) -> Result<usize, ReadError> {
        self.peek()?;
        let mut bounds = skip::Bounds::default();
        loop {
            if let Some(length) = bounds.advance(&self.window[self.at..]) {
                return Ok(length);
            }
            if self.window.len() - self.at > JSON_ELEMENT_BYTES {
                return Err(self.error(format!("one element is longer than {} MiB", JSON_ELEMENT_BYTES >> 20)));
            }
            if !self.fill()? {
                return bounds.at_the_end(&self.window[self.at..]).ok_or_else(|| {
                    self.at = self.window.len();
                    self.cut()
                });
            }
        }
    }

    fn cut(&self) -> ReadError {
        self.error("the file ends too early: it was cut off; write it anew")
    }

    /// Leaves behind what was read and reads on; `false` at the end of the file.
    fn fill(&mut self) -> Result<bool, ReadError> {
        if self.ended {
            return Ok(false);
        }
        self.before += self.at as u64;
        self.lines_before += line_ends(&self.window[..self.at]);
        self.window.drain(..self.at);
        self.at = 0;
        let had = self.window.len();
        let wanted = had + had.max(CHUNK_BYTES);
        while self.window.len() < wanted {
            let bytes = self.input.fill_buf().map_err(|error| failed(&error))?;
            if bytes.is_empty() {
                self.ended = true;
                break;
            }
            let used = bytes.len().min(wanted - self.window.len());
            self.window.extend_from_slice(&bytes[..used]);
            self.input.consume(used);
        }
        Ok(self.window.len() > had)
    }
}

fn line_ends(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

/// What serde says of an element that starts on this line, without its own idea of the place.
fn described(error: &serde_json::Error, line: u64) -> ReadError {
    let at = line + (error.line() as u64).saturating_sub(1);
    let text = error.to_string();
    let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(text, _)| text);
    let text: String = text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).take(300).collect();
    ReadError::at_line(at, text)
}

/// An error for a key that stands twice in one object: what another reader makes of it nobody knows.
pub(crate) fn once<T>(json: &Json<'_>, key: &str, place: Option<&T>) -> Result<(), ReadError> {
    if place.is_some() { Err(json.error(format!("`{}` stands twice", shown(key)))) } else { Ok(()) }
}
