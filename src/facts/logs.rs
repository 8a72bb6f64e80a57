//! Which error messages the gray version logs that the baseline does not (requirement C4).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The error messages of the gray version beside those of the baseline, grouped into templates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Logs {
    /// The service that the logs are of; null when they do not say.
    pub service: Option<String>,
    /// The gray version; null when the logs do not say.
    pub version: Option<String>,
    pub gray: LogSide,
    /// Null when no log of the old version was handed in: then nothing is new, and nothing is known.
    pub baseline: Option<LogSide>,
    /// What counts are divided by; null when the sides cannot be compared.
    pub exposure: Option<LogExposure>,
    /// The templates that are new, variants or risen, the strongest first: worst level, then status, then count. Without a
    /// baseline those of the gray side, `unjudged`.
    pub templates: Vec<LogTemplate>,
    /// How many error templates the baseline does not have; those of warnings are counted in `new_warnings`.
    pub new: u64,
    /// How many error templates differ from one of the baseline in a word that the baseline shows with fewer than three values.
    pub variants: u64,
    /// How many error templates come more often than in the baseline, beyond the margin and beyond chance.
    pub risen: u64,
    /// How many templates of warnings the baseline does not have, variants included.
    pub new_warnings: u64,
    /// How many templates are in the gray logs and neither new nor a variant nor risen.
    pub unchanged: u64,
    /// How many templates belong into `templates` and are left out because the list is full.
    pub unlisted: u64,
    /// How much more often, relative to the baseline, is still accepted; 0.5 is half as much again.
    pub margin: f64,
    /// The chance that any template is called risen by accident.
    pub alpha: f64,
}

/// What was read of one side.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LogSide {
    /// Lines that are not blank, continuations of an entry included.
    pub lines: u64,
    pub bytes: u64,
    /// Entries of level error or worse, and stack traces without a level.
    pub errors: u64,
    /// Entries of level warning.
    pub warnings: u64,
    /// Entries below a warning.
    pub quiet: u64,
    /// Entries whose level nobody could tell and that do not look like an error.
    pub unlevelled: u64,
    /// Entries of which only the beginning was kept, because they are very long.
    pub cut: u64,
    /// Errors that are counted and in no template, because there were too many different ones. What they say is not known.
    pub overflow: u64,
    /// The same for warnings.
    pub warning_overflow: u64,
    /// The time of the first entry: RFC 3339, or without a zone where the log states none; null when it states no time.
    pub first: Option<String>,
    /// The time of the last entry.
    pub last: Option<String>,
}

/// What makes the counts of the two sides comparable.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LogExposure {
    pub by: ExposureUnit,
    pub gray: f64,
    pub baseline: f64,
}

/// What the rate of a template is measured against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExposureUnit {
    /// Requests that each side had, as the servers of its indicators counted them.
    Requests,
    /// Entries below a warning, which stand for the traffic.
    QuietEntries,
    /// The time from the first entry of each file to its last, summed over the files: instances that run side by side count each.
    Seconds,
}

/// Messages that differ only in their variable parts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LogTemplate {
    /// The message with `<*>` for what varies, and secrets masked. Exceptions and the frame that names them follow after ` | `.
    pub template: String,
    pub status: TemplateStatus,
    pub level: LogLevel,
    /// How often it is in the gray logs.
    pub gray: u64,
    /// How often it is in the baseline's logs.
    pub baseline: u64,
    /// Its rate in gray over that in the baseline; null when the baseline does not have it, or without an exposure.
    pub rate_ratio: Option<f64>,
    /// The chance to see this many or more if the rate had risen by the margin only; null where it was not tested.
    pub p_value: Option<f64>,
    /// The time of the first such entry in the gray logs, as in [`LogSide::first`].
    pub first_seen: Option<String>,
    /// One such entry, cut, with secrets masked and without control characters.
    pub sample: String,
    /// The changed file that a stack frame or path in the entry names; null when none or several could be meant.
    pub file: Option<String>,
    /// The line in that file; null when the entry names none.
    pub line: Option<u32>,
    /// Whether that line is one that the change adds or edits.
    pub on_changed_line: bool,
}

/// How a template compares with the baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TemplateStatus {
    /// The baseline has nothing like it.
    New,
    /// The baseline has the same message with another word in a place that it shows with fewer than three different ones, so
    /// that nobody can tell a variable from a different fault.
    Variant,
    /// The baseline has it at a lower rate.
    Risen,
    /// There is no baseline to compare with.
    Unjudged,
}

/// How grave an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    Warning,
    Error,
    /// The program ended, or should have.
    Fatal,
}
