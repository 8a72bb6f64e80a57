//! What the report of a scanner says.

mod results;
mod texts;

use jiff::Timestamp;
pub(crate) use results::{NO_ENTRY, Rare, Record};
pub use results::{ScanPosition, ScanResults, ScanView};
pub(crate) use texts::TextId;

use crate::evidence::limits;
use crate::evidence::text::cut;
use crate::facts::{Severity, Suppression, Tool};

/// One report of a scanner, which may hold the runs of several tools.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ScanReport {
    /// When it was made, if it says so with a zone.
    pub made_at: Option<Timestamp>,
    /// The first and the last moment that its time can mean, where that has no zone.
    pub made_within: Option<[Timestamp; 2]>,
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

impl ScanReport {
    /// Adds a finding. The error is a sentence.
    pub(crate) fn found(&mut self, mut result: ScanResult) -> Result<(), String> {
        result.message.truncate(cut(&result.message).len());
        let kept = self.results.push(&result);
        if kept { Ok(()) } else { Err(limits::too_many_findings()) }
    }

    /// Adds a tool, unless it is there. The error is a sentence.
    pub(crate) fn tool(&mut self, tool: Tool) -> Result<(), String> {
        if !self.tools.contains(&tool) {
            if self.tools.len() == limits::TOOLS {
                return Err(limits::too_many("tools", limits::TOOLS));
            }
            self.tools.push(tool);
        }
        Ok(())
    }
}

impl ScanResult {
    /// A finding without a place.
    pub(crate) fn new(tool: &str, rule: Option<&str>, severity: Severity, message: impl Into<String>) -> ScanResult {
        let rule = rule.map(str::trim).filter(|rule| !rule.is_empty()).unwrap_or("(no rule)");
        ScanResult {
            tool: tool.to_owned(),
            rule: cut(rule).to_owned(),
            severity,
            message: message.into(),
            path: None,
            line: None,
            end_line: None,
            elsewhere: Vec::new(),
            new: None,
            suppression: None,
            fingerprint: None,
        }
    }

    /// The finding at a place, as a tool states it: lines below 1 and an end before the start are none.
    pub(crate) fn at(mut self, path: &str, first: Option<i64>, last: Option<i64>) -> ScanResult {
        let number = |line: i64| u32::try_from(line).ok().filter(|line| *line > 0);
        self.path = Some(path).filter(|path| !path.is_empty()).map(str::to_owned);
        self.line = first.and_then(number).filter(|_| self.path.is_some());
        self.end_line = self.line.map(|first| last.and_then(number).filter(|last| *last >= first).unwrap_or(first));
        self
    }
}

/// A further place of a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScanPlace {
    /// As in [`ScanResult::path`].
    pub path: String,
    /// First and last line; `None` when the tool names none that can be used.
    pub lines: Option<(u32, u32)>,
}
