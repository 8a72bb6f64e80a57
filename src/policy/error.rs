//! What is wrong with a policy, and where.

use std::fmt;

use crate::error::Error;

/// A fault in a policy file, with its place and the way out. It ends the run with exit code 2.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PolicyError {
    /// The path as the caller named it; empty when the fault is in no file (a namespace, a settings key).
    pub file: String,
    /// Counted from 1; 0 when the fault is in no line.
    pub line: u32,
    /// Counted from 1 in bytes; 0 when it is not known.
    pub column: u32,
    /// What is wrong and what was expected, in lower case.
    pub message: String,
    /// The way out, as a sentence.
    pub hint: Option<String>,
}

impl PolicyError {
    /// A fault at a place.
    #[must_use]
    pub fn at(file: &str, line: u32, column: u32, message: impl Into<String>) -> Self {
        PolicyError { file: file.to_owned(), line, column, message: message.into(), hint: None }
    }

    /// A fault that is in no file.
    #[must_use]
    pub fn nowhere(message: impl Into<String>) -> Self {
        PolicyError::at("", 0, 0, message)
    }

    /// Adds the way out.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds the way out, if there is one.
    #[must_use]
    pub(super) fn maybe_hint(mut self, hint: Option<String>) -> Self {
        self.hint = hint.or(self.hint);
        self
    }
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.file.is_empty(), self.line) {
            (true, _) => f.write_str(&self.message),
            (false, 0) => write!(f, "{}: {}", self.file, self.message),
            (false, line) if self.column == 0 => write!(f, "{}:{}: {}", self.file, line, self.message),
            (false, line) => write!(f, "{}:{}:{}: {}", self.file, line, self.column, self.message),
        }
    }
}

impl std::error::Error for PolicyError {}

impl From<PolicyError> for Error {
    fn from(error: PolicyError) -> Error {
        let shown = Error::new(error.to_string());
        match error.hint {
            Some(hint) => shown.hint(hint),
            None => shown,
        }
    }
}

/// Joins every fault into one error: one line each, and each hint once, in their order.
///
/// An empty list is a mistake of the caller; the error then says only that the policies cannot be used.
#[must_use]
pub fn into_error(errors: Vec<PolicyError>) -> Error {
    let message = match errors.as_slice() {
        [] => "the policies cannot be used".to_owned(),
        [one] => one.to_string(),
        many => {
            let lines: Vec<String> = many.iter().map(|error| format!("  {error}")).collect();
            format!("the policies have {} faults:\n{}", many.len(), lines.join("\n"))
        }
    };
    let mut hints: Vec<String> = Vec::new();
    for hint in errors.into_iter().filter_map(|error| error.hint) {
        if !hints.contains(&hint) {
            hints.push(hint);
        }
    }
    hints.into_iter().fold(Error::new(message), Error::hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_faults_become_one_error_with_each_hint_once() {
        let one = PolicyError::at("a.rego", 3, 5, "unknown path").hint("Did you mean `x`?");
        let error = into_error(vec![one.clone(), PolicyError { line: 4, ..one }]);
        assert_eq!(error.message(), "the policies have 2 faults:\n  a.rego:3:5: unknown path\n  a.rego:4:5: unknown path");
        assert_eq!(error.hints(), ["Did you mean `x`?"]);
    }
}
