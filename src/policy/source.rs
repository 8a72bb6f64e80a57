//! Policy files as the caller hands them in.

use serde_json::Value;

/// Who brought a policy file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// It is embedded in the program.
    Shipped,
    /// The user brought it; it may not add to a shipped package.
    User,
}

/// A Rego file: its text and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// The path as reports should name it. One that ends in `_test.rego` holds tests and judges nothing.
    pub path: String,
    pub text: String,
    pub origin: Origin,
}

impl SourceFile {
    /// Whether the file holds tests.
    #[must_use]
    pub fn is_test(&self) -> bool {
        self.path.ends_with("_test.rego")
    }
}

/// What policies may refer to: JSON Schemas (draft 2020-12) of the documents that they see.
#[derive(Debug, Clone, PartialEq)]
pub struct Vocabulary {
    /// Of the whole input document.
    pub input: Value,
    /// Of `data.kadian.settings`.
    pub settings: Value,
}
