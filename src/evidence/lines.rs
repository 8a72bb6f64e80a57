//! Bounded lines of a text report.

use std::io::{BufRead, Read as _};

use memchr::memchr;

use super::limits::LINE_BYTES;
use super::{ReadError, text, trace};

/// Hands out one line after the other, each in the same room.
pub(crate) struct Lines<'r> {
    input: &'r mut dyn BufRead,
    number: u64,
    offset: u64,
    ended: bool,
    indent: usize,
    line: String,
    /// A line that goes over the end of the input's buffer.
    pieces: Vec<u8>,
}

impl<'r> Lines<'r> {
    /// Starts at the first byte; a byte-order mark is stepped over.
    pub(crate) fn new(input: &'r mut dyn BufRead) -> Result<Self, ReadError> {
        text::skip_byte_order_mark(input)?;
        Ok(Lines { input, number: 0, offset: 0, ended: false, indent: 0, line: String::new(), pieces: Vec::new() })
    }

    /// Goes to the next line; `false` after the last one.
    pub(crate) fn next(&mut self) -> Result<bool, ReadError> {
        self.number += 1;
        if trace::watching() {
            trace::stand(self.offset, self.number);
        }
        let more = self.input.fill_buf().map_err(|error| text::failed(&error))?;
        let end = memchr(b'\n', more.get(..more.len().min(LINE_BYTES)).unwrap_or(more));
        let length = if let Some(end) = end {
            self.indent = put(&mut self.line, &more[..end]);
            self.input.consume(end + 1);
            self.ended = true;
            end + 1
        } else {
            self.pieces.clear();
            let mut limited = (&mut *self.input).take(LINE_BYTES as u64);
            let length = limited.read_until(b'\n', &mut self.pieces).map_err(|error| text::failed(&error))?;
            if length == LINE_BYTES && self.pieces.last() != Some(&b'\n') {
                return Err(self.error(format!("a line is longer than {LINE_BYTES} bytes")));
            }
            self.ended = self.pieces.last() == Some(&b'\n');
            self.indent = put(&mut self.line, &self.pieces);
            length
        };
        self.offset += length as u64;
        Ok(length > 0)
    }

    /// The line without its end and surrounding blanks.
    pub(crate) fn text(&self) -> &str {
        &self.line
    }

    /// How many blanks stood before the line.
    pub(crate) fn indent(&self) -> usize {
        self.indent
    }

    /// Whether the line had a line break: the last one of a file that was cut off has none.
    pub(crate) fn ended(&self) -> bool {
        self.ended
    }

    /// Where the next line starts, in bytes from the beginning, a byte-order mark not counted.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    /// An error at the line that was read last.
    pub(crate) fn error(&self, message: impl Into<String>) -> ReadError {
        ReadError::at_line(self.number, message)
    }
}

/// Replaces a line; bytes that are not text become U+FFFD. How many blanks stand before it.
fn put(line: &mut String, bytes: &[u8]) -> usize {
    line.clear();
    let indent = bytes.len() - bytes.trim_ascii_start().len();
    let bytes = bytes.trim_ascii();
    match std::str::from_utf8(bytes) {
        Ok(text) => line.push_str(text),
        Err(_) => line.push_str(&String::from_utf8_lossy(bytes)),
    }
    indent
}

#[cfg(test)]
mod tests {
    use std::io::{BufReader, Read as _};

    use super::Lines;

    #[test]
    fn lines_are_the_same_whatever_the_buffer() {
        let text = "\u{feff}a\r\n\n  b\u{e9} \nlast";
        for capacity in [1, 3, 4, 100] {
            let mut input = BufReader::with_capacity(capacity, text.as_bytes());
            let mut lines = Lines::new(&mut input).unwrap();
            let mut seen = Vec::new();
            while lines.next().unwrap() {
                seen.push((lines.text().to_owned(), lines.offset(), lines.indent()));
            }
            assert_eq!(
                seen,
                [("a".into(), 3, 0), (String::new(), 4, 0), ("bé".into(), 11, 2), ("last".into(), 15, 0)],
                "{capacity}"
            );
        }
    }

    #[test]
    fn an_endless_line_is_refused() {
        let mut input = BufReader::new(std::io::repeat(b'x').take(5 << 20));
        assert!(Lines::new(&mut input).unwrap().next().unwrap_err().to_string().contains("longer than 1048576 bytes"));
    }
}
