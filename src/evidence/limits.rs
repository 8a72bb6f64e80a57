//! How much of a report is read and kept. Every number stands here, and in `docs/limits.md`, which a test holds to them.
//!
//! The numbers are far above what real reports hold, and low enough that a hostile one takes neither the memory of the machine nor the
//! hours of the day. What goes over one is an error that names the limit and the way out; nothing is left out in silence, except the ends
//! of long texts that only people read.

use std::collections::BTreeMap;

macro_rules! limits {
    ($($(#[doc = $what:literal])+ $name:ident: $type:ty = $value:expr, $unit:literal;)+) => {
        $($(#[doc = $what])+ pub(crate) const $name: $type = $value;)+

        /// What is limited, the limit and its unit.
        #[cfg(test)]
        pub(crate) static ALL: &[(&str, u64, &str)] = &[$((concat!($($what),+), $name as u64, $unit)),+];
    };
}

limits! {
    /// What the findings of a report take in memory with their texts, paths and rules, or its suites and failed tests with theirs.
    KEPT_BYTES: usize = 1 << 30, "bytes";
    /// Findings of a report.
    RESULTS: usize = 20_000_000, "";
    /// Tools that one report names.
    TOOLS: usize = 1_000, "";
    /// Entries of a list of SARIF that describes the results: rules, artifacts, invocations and their settings, extensions.
    DESCRIPTIONS: usize = 1_000_000, "";
    /// Levels that the invocations of a SARIF run set for single rules.
    OVERRIDES: usize = 1_000, "";
    /// Files of a coverage report.
    FILES: usize = 1_000_000, "";
    /// Directories that the paths of a Cobertura report may start from.
    ROOTS: usize = 1_000, "";
    /// Lines of a coverage report, counted once for each time that they are listed in a block of a Go profile or a region of llvm-cov.
    BLOCK_LINES_ANYWAY: u64 = 4_000_000, "and 16 for each byte";
    /// Lines of one block of a Go profile, or of a region of llvm-cov.
    BLOCK_LINES: u32 = 100_000, "";
    /// Statements, functions or branches of one file in Istanbul's JSON.
    PLACES: usize = 4_000_000, "";
    /// Test cases of a report.
    CASES: u64 = 1 << 24, "";
    /// Failed and flaky test cases of a report.
    TOLD_CASES: u64 = 1 << 19, "";
    /// Suites of a test report.
    SUITES: u64 = 1 << 19, "";
    /// Definitions of tests in TRX.
    TRX_DEFINITIONS: usize = 1 << 20, "";
    /// Elements of XML within each other.
    XML_DEPTH: usize = 256, "";
    /// Attributes of an element of XML.
    XML_ATTRIBUTES: usize = 256, "";
    /// A name in XML.
    XML_NAME_BYTES: usize = 1 << 10, "bytes";
    /// One tag of XML with all its attributes: messages of failures stand there.
    XML_TAG_BYTES: usize = 8 << 20, "bytes";
    /// Values of JSON within each other, where they are stepped over.
    JSON_DEPTH: usize = 1 << 20, "";
    /// One finding, file or test in JSON.
    JSON_ELEMENT_BYTES: usize = 64 << 20, "bytes";
    /// A key in JSON.
    JSON_KEY_BYTES: usize = 64 << 10, "bytes";
    /// A line of a format of lines.
    LINE_BYTES: usize = 1 << 20, "bytes";
}

/// The error for one thing too many: a sentence with the limit and what to do.
pub(crate) fn too_many(what: &str, most: usize) -> String {
    format!("more than {most} {what}: split the report")
}

/// An error, a sentence, where the files have no room for one more.
pub(crate) fn room_for<T>(files: &BTreeMap<String, T>, path: &str) -> Result<(), String> {
    if files.len() < FILES || files.contains_key(path) { Ok(()) } else { Err(too_many("files", FILES)) }
}

/// The error for findings that are too many, or whose texts, paths and rules are too long together.
pub(crate) fn too_many_findings() -> String {
    let mebibytes = KEPT_BYTES >> 20;
    format!("more than {RESULTS} findings, or more than {mebibytes} MiB of their texts, paths and rules: split the report")
}
