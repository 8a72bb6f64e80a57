//! From a decision to bytes. Pure: a report sees a [`Decision`] and how to show it, and can change neither verdict nor exit code.
//!
//! Whatever a decision says was written by someone else (test names, paths, messages of rules), so every text goes through the
//! function of [`escape`] that belongs to its target. Adding a format is one file here and one line in [`Format`].

pub mod canary;
mod cause;
pub mod doctor;
pub mod escape;
pub mod github;
mod html;
mod json;
mod junit;
pub mod ledger;
mod markdown;
pub mod metrics;
mod playbook;
mod rollback;
mod sarif;
pub mod sql_lint;
mod summary;
pub mod suspects;
mod text;

pub use text::folded;

#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod tests;

use std::fmt;
use std::str::FromStr;

use crate::decide::Decision;

/// A form in which a decision can be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// For a person at a terminal.
    Text,
    /// The decision record itself, `kadian.decision/v1`.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// `JUnit` XML, for the test view of a CI system.
    Junit,
    /// GitHub Flavored Markdown, for a comment on a pull request.
    Markdown,
    /// One HTML page, for a browser.
    Html,
    /// Workflow commands, which GitHub's runner turns into annotations.
    Github,
}

impl Format {
    pub const ALL: [Format; 7] =
        [Format::Text, Format::Json, Format::Sarif, Format::Junit, Format::Markdown, Format::Html, Format::Github];

    /// The name in `--report NAME[=PATH]`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Format::Text => "text",
            Format::Json => "json",
            Format::Sarif => "sarif",
            Format::Junit => "junit",
            Format::Markdown => "markdown",
            Format::Html => "html",
            Format::Github => "github",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The text is not the name of a report.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown report `{name}`: expected one of {known}", known = names())]
pub struct UnknownFormat {
    /// What was asked for.
    pub name: String,
}

/// The names of all formats, for messages.
fn names() -> String {
    Format::ALL.map(Format::name).join(", ")
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        Format::ALL.into_iter().find(|format| format.name() == text).ok_or_else(|| UnknownFormat { name: text.to_owned() })
    }
}

/// How a decision is shown. No option changes what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Columns of the terminal; only [`Format::Text`] looks at it. Less than 40 counts as 40.
    pub width: usize,
    /// Whether [`Format::Text`] colours its words. Nothing is said by colour alone.
    pub color: bool,
    /// Whether [`Format::Text`] shows everything instead of about a screenful.
    pub verbose: bool,
    /// The path in the repository at which [`Format::Sarif`] shows what has no place of its own. `None`: such a result has no
    /// location, which SARIF allows, but for which GitHub's code scanning refuses the whole file.
    pub anchor: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Options { width: 80, color: false, verbose: false, anchor: None }
    }
}

/// A decision could not be written in a format.
#[derive(Debug, thiserror::Error)]
#[error("the decision cannot be written as {format}: {source}")]
pub struct RenderError {
    pub format: Format,
    pub source: serde_json::Error,
}

/// Writes the decision in a format. The same decision and options give the same bytes; the text ends with a newline.
///
/// Only the two JSON formats can fail, and only if the record held a map whose keys are not strings.
pub fn render(format: Format, decision: &Decision, options: &Options) -> Result<String, RenderError> {
    let failed = |source| RenderError { format, source };
    // What a CI system would obey shows only when the lines are laid out: it is disarmed here, for every format but the one that is
    // made of such lines.
    Ok(match format {
        Format::Text => escape::log_text(&text::render(decision, options)).into_owned(),
        Format::Json => escape::log_json(&json::render(decision).map_err(failed)?).into_owned(),
        Format::Sarif => escape::log_json(&sarif::render(decision, options).map_err(failed)?).into_owned(),
        Format::Junit => escape::log_markup(&junit::render(decision)).into_owned(),
        Format::Markdown => escape::log_markup(&markdown::render(decision)).into_owned(),
        Format::Html => escape::log_markup(&html::render(decision)).into_owned(),
        Format::Github => github::render(decision),
    })
}
