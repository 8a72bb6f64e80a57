//! An error in kadian's own working, as a person sees it: what failed, why, and the way out.

use std::fmt;

/// What went wrong, and hints on how to go on. It ends the run with exit code 2.
///
/// Modules have error kinds of their own; they become this type at the edge, where the hints are added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    message: String,
    hints: Vec<String>,
}

/// The result of whatever may end a run.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// `message` names the thing, the place and what was expected; it starts in lower case and follows `error: `.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Error { message: message.into(), hints: Vec::new() }
    }

    /// Adds a way out, as a sentence.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    #[must_use]
    pub fn hints(&self) -> &[String] {
        &self.hints
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
