//! Stepping over bytes without keeping more of them than asked for.

use std::io::BufRead;

use crate::evidence::{ReadError, text};

/// Reads bytes up to a mark, counts lines, and keeps a bounded part.
pub(crate) struct Scanner<'r> {
    input: &'r mut dyn BufRead,
    line: u64,
    latin1: bool,
    kept: Vec<u8>,
}

impl<'r> Scanner<'r> {
    pub(crate) fn new(input: &'r mut dyn BufRead) -> Self {
        Scanner { input, line: 1, latin1: false, kept: Vec::new() }
    }

    /// The line that the next byte is on, counted from 1.
    pub(crate) fn line(&self) -> u64 {
        self.line
    }

    /// From now on each byte is the character of its number, instead of UTF-8.
    pub(crate) fn read_as_latin1(&mut self) {
        self.latin1 = true;
    }

    /// What the last call kept, as text; bytes that are not text become U+FFFD.
    pub(crate) fn taken(&mut self) -> String {
        let kept = std::mem::take(&mut self.kept);
        if self.latin1 {
            return kept.into_iter().map(char::from).collect();
        }
        String::from_utf8(kept).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
    }

    /// The next byte, which stays where it is; `None` at the end.
    pub(crate) fn peek(&mut self) -> Result<Option<u8>, ReadError> {
        Ok(self.input.fill_buf().map_err(|error| text::failed(&error))?.first().copied())
    }

    /// Reads up to and including `mark`, keeps at most `keep` bytes before it; `false` when the input ends first.
    pub(crate) fn until(&mut self, mark: &[u8], keep: usize) -> Result<bool, ReadError> {
        if let [only] = mark {
            return self.run(keep, |bytes| bytes.iter().position(|byte| byte == only), 1);
        }
        // The marks are `-->`, `]]>` and `?>`: repeating characters before `>`, for which counting is enough.
        let (repeated, wanted) = (mark[0], mark.len() - 1);
        let mut seen = 0;
        let found = |bytes: &[u8]| {
            bytes.iter().position(|byte| {
                if *byte == b'>' && seen >= wanted {
                    return true;
                }
                seen = if *byte == repeated { seen + 1 } else { 0 };
                false
            })
        };
        self.run(keep, found, mark.len())
    }

    /// Reads a tag up to its `>`, which may also stand between quotes; an error when it is longer than `limit` bytes.
    pub(crate) fn tag(&mut self, limit: usize) -> Result<bool, ReadError> {
        let mut quote = None;
        let mut length = 0;
        let found = |bytes: &[u8]| {
            let end = bytes.iter().position(|byte| {
                match (quote, *byte) {
                    (None, b'>') => return true,
                    (None, b'"' | b'\'') => quote = Some(*byte),
                    (Some(open), byte) if open == byte => quote = None,
                    _ => {}
                }
                false
            });
            length += end.unwrap_or(bytes.len());
            // Too long: stop here, the caller's limit then says why.
            if length > limit { Some(end.unwrap_or(0)) } else { end }
        };
        let closed = self.run(limit + 1, found, 1)?;
        if length > limit {
            return Err(ReadError::at_line(self.line, format!("a tag is longer than {limit} bytes")));
        }
        Ok(closed)
    }

    /// Reads the word after `<!`: `!--`, `![CDATA[`, `!DOCTYPE`, or as much of something else as tells it apart.
    pub(crate) fn opening(&mut self) -> Result<String, ReadError> {
        const WORDS: [&str; 3] = ["!--", "![CDATA[", "!DOCTYPE"];
        let mut word = String::new();
        while let Some(byte) = self.peek()? {
            self.input.consume(1);
            self.line += u64::from(byte == b'\n');
            word.push(char::from(byte));
            if WORDS.contains(&word.as_str()) || !WORDS.iter().any(|known| known.starts_with(&word)) {
                break;
            }
        }
        Ok(word)
    }

    /// Steps over the rest of a document type declaration; an error where it declares something itself.
    ///
    /// No tool writes declarations of its own, and what they make of the text behind them only another parser would see.
    pub(crate) fn document_type(&mut self) -> Result<bool, ReadError> {
        let (mut quote, mut declares) = (None, false);
        let found = |bytes: &[u8]| {
            bytes.iter().position(|byte| {
                match (quote, *byte) {
                    (None, b'>') => return true,
                    (None, b'[') => {
                        declares = true;
                        return true;
                    }
                    (None, b'"' | b'\'') => quote = Some(*byte),
                    (Some(open), byte) if open == byte => quote = None,
                    _ => {}
                }
                false
            })
        };
        let closed = self.run(0, found, 1)?;
        if declares {
            return Err(ReadError::at_line(
                self.line,
                "a document type with declarations of its own: expected a report without them",
            ));
        }
        Ok(closed)
    }

    /// Reads chunk by chunk until `found` places the last byte of the mark, which is `mark` bytes long.
    fn run(&mut self, keep: usize, mut found: impl FnMut(&[u8]) -> Option<usize>, mark: usize) -> Result<bool, ReadError> {
        self.kept.clear();
        loop {
            let bytes = self.input.fill_buf().map_err(|error| text::failed(&error))?;
            if bytes.is_empty() {
                return Ok(false);
            }
            let end = found(bytes);
            let used = end.map_or(bytes.len(), |end| end + 1);
            let room = (keep + mark).saturating_sub(self.kept.len());
            self.kept.extend_from_slice(&bytes[..used.min(room)]);
            self.line += bytes[..used].iter().map(|byte| u64::from(*byte == b'\n')).sum::<u64>();
            self.input.consume(used);
            if end.is_some() {
                // The whole mark was kept only where nothing was left out.
                if used <= room {
                    self.kept.truncate(self.kept.len().saturating_sub(mark));
                }
                self.kept.truncate(keep);
                return Ok(true);
            }
        }
    }
}
