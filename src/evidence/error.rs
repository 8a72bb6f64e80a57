//! Why a report cannot be read.

/// A report is damaged, empty, too large in some direction, or not in its format.
///
/// Shown as `PATH: POSITION: MESSAGE`; the path is added by whoever opened the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{position}{message}")]
pub struct ReadError {
    /// `line 3: `, `byte 17: ` or nothing.
    position: String,
    message: String,
}

impl ReadError {
    /// An error that concerns the report as a whole: `no test case was executed`.
    #[must_use]
    pub fn whole(message: impl Into<String>) -> Self {
        ReadError { position: String::new(), message: message.into() }
    }

    /// An error at a line, counted from 1.
    #[must_use]
    pub fn at_line(line: u64, message: impl Into<String>) -> Self {
        ReadError { position: format!("line {line}: "), message: message.into() }
    }

    /// An error at a byte offset, counted from 0.
    #[must_use]
    pub fn at_byte(offset: u64, message: impl Into<String>) -> Self {
        ReadError { position: format!("byte {offset}: "), message: message.into() }
    }
}
