//! What a coverage report says.

use std::collections::BTreeMap;

use jiff::Timestamp;

/// One coverage report.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CoverageReport {
    /// When it was made, if it says so with a zone.
    pub made_at: Option<Timestamp>,
    /// Directories that its relative paths may start from (Cobertura `<source>`), as they stand there.
    pub roots: Vec<String>,
    /// By path, as it stands in the report.
    pub files: BTreeMap<String, FileLines>,
    /// Whether it counts branches at all.
    pub counts_branches: bool,
}

/// The measured lines of a file, by number.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FileLines {
    pub lines: BTreeMap<u32, LineHits>,
}

/// What is known of one measured line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LineHits {
    pub covered: bool,
    pub branches: u32,
    pub branches_covered: u32,
}
