//! The bytes around the reader's place, and no more of them than one tag.

use std::borrow::Cow;
use std::io::BufRead;

use memchr::{memchr, memchr_iter, memchr3, memmem};

use crate::evidence::{ReadError, text};

/// How much is taken from the input at once.
const CHUNK: usize = 64 << 10;

/// A window on the input: what was not stepped over yet, as far as it was needed. Lines are counted once for each chunk, which is
/// far cheaper than once for each tag.
pub(crate) struct Scanner<'r> {
    input: &'r mut dyn BufRead,
    latin1: bool,
    window: Vec<u8>,
    /// Where in the window the next byte stands.
    at: usize,
    /// The bytes and the line ends before the window.
    bytes_before: u64,
    lines_before: u64,
}

impl<'r> Scanner<'r> {
    pub(crate) fn new(input: &'r mut dyn BufRead) -> Self {
        Scanner { input, latin1: false, window: Vec::new(), at: 0, bytes_before: 0, lines_before: 0 }
    }

    /// The line that the next byte is on, counted from 1.
    pub(crate) fn line(&self) -> u64 {
        self.lines_before + memchr_iter(b'\n', &self.window[..self.at]).count() as u64 + 1
    }

    /// Where the next byte stands in the input, behind a byte-order mark that the caller stepped over.
    pub(crate) fn offset(&self) -> u64 {
        self.bytes_before + self.at as u64
    }

    /// From now on each byte is the character of its number, instead of UTF-8.
    pub(crate) fn read_as_latin1(&mut self) {
        self.latin1 = true;
    }

    /// A part of the window as text; bytes that are not text become U+FFFD.
    pub(crate) fn decoded<'b>(&self, bytes: &'b [u8]) -> Cow<'b, str> {
        if self.latin1 && !bytes.is_ascii() {
            return Cow::Owned(bytes.iter().copied().map(char::from).collect());
        }
        std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
    }

    /// A part of the window, as [`Scanner::tag`] and [`Scanner::word`] place them.
    pub(crate) fn window(&self) -> &[u8] {
        &self.window
    }

    /// The next byte, which stays where it is; `None` at the end.
    pub(crate) fn peek(&mut self) -> Result<Option<u8>, ReadError> {
        while self.at == self.window.len() {
            if !self.fill()? {
                return Ok(None);
            }
        }
        Ok(Some(self.window[self.at]))
    }

    /// Steps over the bytes that were looked at.
    pub(crate) fn step(&mut self, bytes: usize) {
        self.at = (self.at + bytes).min(self.window.len());
    }

    /// Steps over blanks and the `<` behind them, as far as the window goes; `false`, and no step, where something else stands there.
    pub(crate) fn blanks(&mut self) -> bool {
        let rest = &self.window[self.at..];
        let tag = rest.iter().position(|byte| !byte.is_ascii_whitespace()).filter(|at| rest[*at] == b'<');
        self.at += tag.map_or(0, |at| at + 1);
        tag.is_some()
    }

    /// Steps over everything up to and including the next `<`, and keeps at most `keep` bytes before it; `false` when the input ends
    /// first.
    pub(crate) fn text(&mut self, keep: usize, kept: &mut Vec<u8>) -> Result<bool, ReadError> {
        loop {
            let found = memchr(b'<', &self.window[self.at..]);
            let end = found.map_or(self.window.len(), |found| self.at + found);
            let room = keep.saturating_sub(kept.len());
            kept.extend_from_slice(&self.window[self.at..end.min(self.at + room)]);
            self.at = end;
            if found.is_some() {
                self.at += 1;
                return Ok(true);
            }
            if !self.fill()? {
                return Ok(false);
            }
        }
    }

    /// Steps over everything up to and including `mark`, and keeps at most `keep` bytes before it; `false` when the input ends first.
    pub(crate) fn until(&mut self, mark: &[u8], keep: usize, kept: &mut Vec<u8>) -> Result<bool, ReadError> {
        kept.clear();
        loop {
            let found = memmem::find(&self.window[self.at..], mark);
            // The last bytes may be the beginning of the mark.
            let sure = self.window.len().saturating_sub(mark.len() - 1).max(self.at);
            let end = found.map_or(sure, |found| self.at + found);
            let room = keep.saturating_sub(kept.len());
            kept.extend_from_slice(&self.window[self.at..end.min(self.at + room)]);
            self.at = end;
            if found.is_some() {
                self.at += mark.len();
                return Ok(true);
            }
            if !self.fill()? {
                return Ok(false);
            }
        }
    }

    /// The length of the tag that starts here if it ends at the next `>` and that is in the window; whether it really ends there is
    /// for the caller to see from its quotes.
    pub(crate) fn short_tag(&self) -> Option<usize> {
        memchr(b'>', &self.window[self.at..])
    }

    /// The length of the tag that starts here, up to its `>`, which may also stand between quotes; `None` when the input ends
    /// first, an error when it is longer than `limit` bytes. The tag then stands at [`Scanner::here`].
    pub(crate) fn tag(&mut self, limit: usize) -> Result<Option<usize>, ReadError> {
        let (mut seen, mut quote) = (0, None);
        loop {
            let rest = &self.window[self.at..];
            let end = loop {
                let found = match quote {
                    None => memchr3(b'>', b'"', b'\'', &rest[seen..]),
                    Some(open) => memchr(open, &rest[seen..]),
                };
                let Some(found) = found.map(|found| seen + found) else {
                    seen = rest.len();
                    break None;
                };
                seen = found + 1;
                quote = match quote {
                    Some(_) => None,
                    None if rest[found] == b'>' => break Some(found),
                    None => Some(rest[found]),
                };
            };
            if end.unwrap_or(seen) > limit {
                return Err(ReadError::at_line(self.line(), format!("a tag is longer than {limit} bytes")));
            }
            if end.is_some() {
                return Ok(end);
            }
            if !self.fill()? {
                return Ok(None);
            }
        }
    }

    /// The bytes up to the next `>`, at most `limit` of them, and whether the `>` was there; the input ended where it was not and
    /// the bytes are fewer.
    pub(crate) fn word(&mut self, limit: usize) -> Result<(usize, bool), ReadError> {
        let mut seen = 0;
        loop {
            let rest = &self.window[self.at..];
            if let Some(found) = memchr(b'>', &rest[seen..]) {
                return Ok((seen + found, true));
            }
            seen = rest.len();
            if seen > limit || !self.fill()? {
                return Ok((seen, false));
            }
        }
    }

    /// Where in the window the next byte stands.
    pub(crate) fn here(&self) -> usize {
        self.at
    }

    /// Reads the word after `<!`: `!--`, `![CDATA[`, `!DOCTYPE`, or as much of something else as tells it apart.
    pub(crate) fn opening(&mut self) -> Result<String, ReadError> {
        const WORDS: [&str; 3] = ["!--", "![CDATA[", "!DOCTYPE"];
        let mut word = String::new();
        while let Some(byte) = self.peek()? {
            self.step(1);
            word.push(char::from(byte));
            if WORDS.contains(&word.as_str()) || !WORDS.iter().any(|known| known.starts_with(&word)) {
                break;
            }
        }
        Ok(word)
    }

    /// Steps over a document type; `false` when the input ends first. One with declarations of its own is an error: entities are
    /// what makes a small file a huge one.
    pub(crate) fn document_type(&mut self) -> Result<bool, ReadError> {
        let (mut quote, mut inside) = (None, false);
        while let Some(byte) = self.peek()? {
            self.step(1);
            match (quote, byte) {
                // Some tools write an empty list of declarations.
                (None, b'[') if !inside => inside = true,
                (None, b']') if inside => inside = false,
                (None, byte) if inside && byte.is_ascii_whitespace() => {}
                (None, b'>') if !inside => return Ok(true),
                (None, _) if inside => {
                    return Err(ReadError::at_line(
                        self.line(),
                        "a document type with declarations of its own: expected a report without them",
                    ));
                }
                (None, b'"' | b'\'') => quote = Some(byte),
                (Some(open), byte) if open == byte => quote = None,
                _ => {}
            }
        }
        Ok(false)
    }

    /// Drops what was stepped over and takes in more behind the rest; `false` at the end of the input.
    fn fill(&mut self) -> Result<bool, ReadError> {
        if self.at > 0 {
            self.lines_before = self.line() - 1;
            self.bytes_before += self.at as u64;
            self.window.drain(..self.at);
            self.at = 0;
        }
        let more = self.input.fill_buf().map_err(|error| text::failed(&error))?;
        let taken = more.len().min(CHUNK);
        self.window.extend_from_slice(&more[..taken]);
        self.input.consume(taken);
        Ok(taken > 0)
    }
}
