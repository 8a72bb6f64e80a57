//! What the report of a scanner says.

mod results;
mod texts;

use jiff::Timestamp;
pub(crate) use results::{NO_ENTRY, Rare, Record};
pub use results::{ScanPosition, ScanResults, ScanView};
pub(crate) use texts::TextId;

use crate::facts::{Severity, Suppression, Tool};

/// One report of a scanner, which may hold the runs of several tools.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ScanReport {
    /// When it was made, if it says so with a zone.
    pub made_at: Option<Timestamp>,
    /// The commit that it says it was made for, in hexadecimal.
    pub commit: Option<String>,
    pub tools: Vec<Tool>,
    /// What they found, in the order of the report.
    pub results: ScanResults,
}

/// One finding, as it is put into [`ScanResults`] and taken out of it.
#[derive(Debug, Clone, PartialEq)]
pub struct ScanResult {
    /// The tool's name.
    pub tool: String,
    pub rule: String,
    pub severity: Severity,
    pub message: String,
    /// The path as it stands in the report, with its base directory applied where the report resolves it.
    pub path: Option<String>,
    pub line: Option<u32>,
    pub end_line: Option<u32>,
    /// Further places of the same finding: the fault may lie in any of them.
    pub elsewhere: Vec<ScanPlace>,
    /// The tool's own word on whether it is new, if it compares with a baseline.
    pub new: Option<bool>,
    pub suppression: Option<Suppression>,
    /// The tool's own stable fingerprint.
    pub fingerprint: Option<String>,
}

/// A further place of a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScanPlace {
    /// As in [`ScanResult::path`].
    pub path: String,
    /// First and last line; `None` when the tool names none that can be used.
    pub lines: Option<(u32, u32)>,
}
