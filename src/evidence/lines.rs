//! Bounded lines of a text report.

use std::io::{BufRead, Read as _};

use super::{ReadError, text};

/// No real record is longer; a longer line is refused instead of kept.
const MAX_LINE_BYTES: u64 = 1 << 20;

/// Hands out one line after the other.
pub(crate) struct Lines<'r> {
    input: &'r mut dyn BufRead,
    number: u64,
    bytes: Vec<u8>,
}

impl<'r> Lines<'r> {
    /// Starts at the first byte; a byte-order mark is stepped over.
    pub(crate) fn new(input: &'r mut dyn BufRead) -> Result<Self, ReadError> {
        text::skip_byte_order_mark(input)?;
        Ok(Lines { input, number: 0, bytes: Vec::new() })
    }

    /// The next line without its end and surrounding blanks; `None` after the last one.
    pub(crate) fn next(&mut self) -> Result<Option<String>, ReadError> {
        self.bytes.clear();
        self.number += 1;
        let mut limited = (&mut *self.input).take(MAX_LINE_BYTES);
        if limited.read_until(b'\n', &mut self.bytes).map_err(|error| text::failed(&error))? == 0 {
            return Ok(None);
        }
        if self.bytes.len() as u64 == MAX_LINE_BYTES && self.bytes.last() != Some(&b'\n') {
            return Err(self.error(format!("a line is longer than {MAX_LINE_BYTES} bytes")));
        }
        Ok(Some(String::from_utf8_lossy(self.bytes.trim_ascii()).into_owned()))
    }

    /// An error at the line that was read last.
    pub(crate) fn error(&self, message: impl Into<String>) -> ReadError {
        ReadError::at_line(self.number, message)
    }
}
