//! The entry that is being read, and which of the following lines belong to it.

use super::super::level;
use super::super::time::LogTime;
use crate::facts::LogLevel;

/// An entry with more text is cut, its last exception excepted.
pub(super) const MAX_TEXT: usize = 8 << 10;

/// A longer exception or frame is cut.
pub(super) const MAX_PART: usize = 400;

/// Exceptions that are kept of an entry: the first ones and the last.
const MAX_EXCEPTIONS: usize = 4;

/// The entry that further lines may belong to.
#[derive(Debug, Default)]
pub(super) struct Open {
    pub(super) level: Option<LogLevel>,
    pub(super) time: Option<LogTime>,
    pub(super) message: Vec<u8>,
    pub(super) details: Vec<Vec<u8>>,
    pub(super) frame: Vec<u8>,
    pub(super) text: Vec<u8>,
    /// Lines behind the first.
    pub(super) more: u64,
    pub(super) is_go: bool,
    pub(super) cut: bool,
}

impl Open {
    pub(super) fn clear(&mut self) {
        let Open { level, time, message, details, frame, text, more, is_go, cut } = self;
        (*level, *time, *more, *is_go, *cut) = (None, None, 0, false, false);
        message.clear();
        details.clear();
        frame.clear();
        text.clear();
    }

    /// Whether an entry without a header goes on with this line, which is not indented.
    pub(super) fn expects(&self, line: &[u8]) -> bool {
        if self.is_go {
            return true;
        }
        // The message of a Rust panic stands on a line of its own.
        let message = self.more == 0 && self.message.starts_with(b"thread '");
        message || is_marker(line) || line.starts_with(b"Caused by: ") || (self.more > 0 && level::is_exception(line))
    }

    pub(super) fn go_on(&mut self, line: &[u8]) {
        self.more += 1;
        self.note(line);
        let text = line.trim_ascii_start();
        if text.starts_with(b"File \"") {
            // Python ends with the call that failed.
            self.frame.clear();
            self.frame.extend_from_slice(part(text));
        } else if text.starts_with(b"at ") || (text.starts_with(b"#") && text.get(1).is_some_and(u8::is_ascii_digit)) {
            if self.frame.is_empty() {
                self.frame.extend_from_slice(part(text));
            }
        } else if let Some(cause) = text.strip_prefix(b"Caused by: ") {
            self.detail(cause);
        } else if is_marker(text) {
            self.is_go |= text.starts_with(b"goroutine ");
        } else if self.is_go && text.ends_with(b")") {
            if self.frame.is_empty() && !text.starts_with(b"panic(") && !text.starts_with(b"runtime.") {
                let end = memchr::memrchr(b'(', text).unwrap_or(text.len());
                self.frame.extend_from_slice(part(&text[..end]));
            }
        } else if level::is_exception(text) || (self.more == 1 && !self.is_go) {
            self.detail(text);
        }
    }

    pub(super) fn detail(&mut self, text: &[u8]) {
        if self.details.len() == MAX_EXCEPTIONS {
            self.details.pop();
        }
        // A stack that repeats the error's own words adds nothing.
        if self.details.last().is_none_or(|last| last != part(text)) {
            self.details.push(part(text).to_vec());
        }
    }

    pub(super) fn note(&mut self, line: &[u8]) {
        let space = MAX_TEXT.saturating_sub(self.text.len() + 1);
        self.cut |= space < line.len();
        if space > 0 {
            if !self.text.is_empty() {
                self.text.push(b'\n');
            }
            self.text.extend_from_slice(&line[..line.len().min(space)]);
        }
    }
}

fn part(text: &[u8]) -> &[u8] {
    &text[..text.len().min(MAX_PART)]
}

/// Whether a line only separates the parts of a stack trace.
fn is_marker(line: &[u8]) -> bool {
    [
        &b"Traceback ("[..],
        b"goroutine ",
        b"created by ",
        b"stack backtrace:",
        b"note: ",
        b"During handling of",
        b"The above exception",
        b"[signal ",
        b"exit status ",
        b"... ",
        b"Suppressed: ",
    ]
    .iter()
    .any(|marker| line.starts_with(marker))
}
