//! How much of the code, and of the change, the tests execute.

use schemars::JsonSchema;
use serde::Serialize;

/// Line and branch coverage, in total and of the lines that the change adds or edits.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Coverage {
    /// Lines over everything that the reports measure.
    pub lines: Counter,
    /// Branches over everything that the reports measure; null when no report counts branches.
    pub branches: Option<Counter>,
    pub patch: PatchCoverage,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Counter {
    pub total: u64,
    pub covered: u64,
    /// Floored to two decimals; null when `total` is 0.
    pub percent: Option<f64>,
}

impl Counter {
    /// Counts, with the percentage that they make.
    #[must_use]
    pub fn new(total: u64, covered: u64) -> Self {
        Counter { total, covered, percent: percent(total, covered) }
    }
}

/// `covered` of `total` in percent, floored to two decimals so that 79.999 never reads as 80; `None` when `total` is 0.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "basis points below 2^53 are exact")]
pub fn percent(total: u64, covered: u64) -> Option<f64> {
    let basis_points = (u128::from(covered) * 10_000).checked_div(u128::from(total))?;
    Some(u64::try_from(basis_points).unwrap_or(u64::MAX) as f64 / 100.0)
}

/// Coverage of the lines that the change adds or edits, on the new side of `merge base..head`.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct PatchCoverage {
    /// Added lines that some report measures.
    pub lines: u64,
    /// Those of them that some test executes.
    pub covered: u64,
    /// Floored to two decimals; null when `lines` is 0.
    pub percent: Option<f64>,
    /// Changed files with measured added lines, by path.
    pub files: Vec<FileCoverage>,
    /// Changed code files with added lines that no report measures at all, or only in another text of the file, by path.
    pub unaccounted: Vec<String>,
    /// Changed code files that the settings leave out, by path.
    pub excluded: Vec<String>,
    /// One entry for each entry of `settings.coverage.paths`, in that order.
    pub areas: Vec<PatchArea>,
    /// Branches on the added lines of these files; null when no report counts branches.
    pub branches: Option<Counter>,
    /// What became of every file of the change, by path.
    pub accounting: Vec<FileAccount>,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct FileCoverage {
    pub path: String,
    pub lines: u64,
    pub covered: u64,
    /// The measured added lines that no test executes, ascending.
    pub uncovered: Vec<u32>,
    /// Branches on its added lines; null when no report counts branches.
    pub branches: Option<Counter>,
    /// The measured lines of the whole file.
    pub whole: Counter,
    /// The branches of the whole file; null when no report counts branches.
    pub whole_branches: Option<Counter>,
}

/// Where a file of the change stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FileAccount {
    pub path: String,
    pub state: AccountState,
    /// By what, as a sentence: which rule says that it is no code, which setting leaves it out, why no report means it.
    pub why: String,
    /// The paths under which reports name it, and by which rule each means this file.
    pub named: Vec<JoinedPath>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AccountState {
    /// A report measures it; perhaps none of its added lines.
    Measured,
    /// It gains no line that could be measured.
    NothingAdded,
    /// A rule says that it is no code.
    NotCode,
    /// The settings leave it out.
    Excluded,
    /// Nobody knows whether its added lines run in a test.
    Unaccounted,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct JoinedPath {
    /// The report's file.
    pub report: String,
    /// The path as it stands in the report.
    pub path: String,
    pub rule: PathRule,
}

/// How a report's path was joined to a file of the repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PathRule {
    /// It lies below the root that is configured for the report.
    ConfiguredRoot,
    /// It is absolute and lies below the repository's root.
    RepositoryRoot,
    /// It lies below a directory that the report states.
    ReportRoot,
    /// It is the file's path.
    Exact,
    /// A `go.mod` of the repository states its beginning.
    GoModule,
    /// The file's path ends with it, as where packages start below a source directory.
    Package,
    /// It ends with the file's path, and its beginning can be where the repository was checked out.
    Checkout,
}

/// What the inferred mapping makes of one path of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappedPath {
    /// The report's file.
    pub report: String,
    /// The path as it stands in the report.
    pub path: String,
    pub to: Mapping,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mapping {
    /// A file of the change.
    Changed(String, PathRule),
    /// A file of the repository that the change leaves alone.
    Unchanged(String),
    /// It could mean this file of the change, and does not, for this reason.
    Refused(String, String),
    /// It means no file of the change, and none of the repository under this path.
    Elsewhere,
}

/// Patch coverage below a path pattern that has a threshold of its own.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct PatchArea {
    pub glob: String,
    /// The threshold that the settings state for it.
    pub patch_percent: f64,
    pub lines: u64,
    pub covered: u64,
    /// Floored to two decimals; null when `lines` is 0.
    pub percent: Option<f64>,
}

#[cfg(test)]
mod tests {
    use super::percent;

    #[test]
    fn percentages_are_floored_and_nothing_is_not_a_hundred() {
        assert_eq!(percent(0, 0), None);
        assert_eq!(percent(3, 2), Some(66.66));
        assert_eq!(percent(100_000, 79_999), Some(79.99));
        assert_eq!(percent(7, 7), Some(100.0));
    }
}
