//! Why a report cannot be read.

/// A report is damaged, empty, too large in some direction, or not in its format.
///
/// Shown as `PATH: POSITION: MESSAGE`; the path is added by whoever opened the file. The message is one line without control
/// characters and of bounded length, whatever of the report it quotes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{position}{message}")]
pub struct ReadError {
    /// `line 3: `, `byte 17: ` or nothing.
    position: String,
    message: String,
}

/// A message is read by a person; a longer one quotes the report.
const MAX_CHARS: usize = 1_000;

impl ReadError {
    /// An error that concerns the report as a whole: `no test case was executed`.
    #[must_use]
    pub fn whole(message: impl Into<String>) -> Self {
        ReadError { position: String::new(), message: one_line(message.into()) }
    }

    /// An error at a line, counted from 1.
    #[must_use]
    pub fn at_line(line: u64, message: impl Into<String>) -> Self {
        ReadError { position: format!("line {line}: "), message: one_line(message.into()) }
    }

    /// An error at a byte offset, counted from 0.
    #[must_use]
    pub fn at_byte(offset: u64, message: impl Into<String>) -> Self {
        ReadError { position: format!("byte {offset}: "), message: one_line(message.into()) }
    }
}

/// The message as one line: readers quote names and words, and so do the parsers that they use.
fn one_line(message: String) -> String {
    let plain = !message.contains(char::is_control);
    if plain && message.len() <= MAX_CHARS {
        return message;
    }
    let seen = |c: char| match c {
        '\n' | '\t' => ' ',
        c if c.is_control() => '\u{fffd}',
        c => c,
    };
    let mut line: String = message.chars().map(seen).take(MAX_CHARS).collect();
    if message.chars().nth(MAX_CHARS).is_some() {
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_one_short_line_whatever_it_quotes() {
        assert_eq!(ReadError::at_line(3, "</a\u{7}\nb>").to_string(), "line 3: </a\u{fffd} b>");
        let long = ReadError::whole("ä".repeat(5_000)).to_string();
        assert_eq!((long.chars().count(), long.ends_with('…')), (MAX_CHARS + 1, true));
        assert_eq!(ReadError::whole("ä".repeat(MAX_CHARS)).to_string().chars().count(), MAX_CHARS);
    }
}
