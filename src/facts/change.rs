//! What a change does to the repository.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Dependency, Service};

/// The difference between the merge base of two revisions and the newer one, and the commits that made it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Change {
    /// The merge base that the change is measured from; null when only a diff was given.
    pub base: Option<Revision>,
    /// The newest commit of the change; null when only a diff was given.
    pub head: Option<Revision>,
    /// Which base was used and why, as a sentence.
    pub base_reason: String,
    /// The branch or ref under review, when it is known.
    pub branch: Option<String>,
    /// The pull request number, when it is known.
    pub pull_request: Option<u64>,
    /// Whether a human gave the change the type, and which: see [`ChangeType`].
    #[serde(rename = "type")]
    pub change_type: ChangeType,
    /// The commits of the change, oldest first; empty when only a diff was given.
    pub commits: Vec<Commit>,
    /// The merged changes that the commits make up, the newest first: one for each commit of the main line (requirement A1). Empty
    /// when only a diff was given.
    pub merged: Vec<MergedChange>,
    /// The changed files, by path.
    pub files: Vec<ChangedFile>,
    pub size: Size,
    pub touches: Touches,
    /// The first path components that the change touches (`.` for files at the top), sorted.
    pub areas: Vec<String>,
    /// Everyone who owns a changed file according to CODEOWNERS, sorted.
    pub owners: Vec<String>,
    /// Lines and commits that say the work is not finished, by place.
    pub markers: Vec<Marker>,
    /// External dependencies that lock files gain, lose or move; null when the lock files' contents are not at hand.
    pub dependencies: Option<Vec<DependencyChange>>,
    /// What the change does to the service catalogue; null when the catalogue's contents are not at hand on both sides.
    pub catalogue: Option<CatalogueChange>,
    /// The changed files that take part in judging changes, by path: what the change makes of them judges the next one, not this one.
    pub gate_files: Vec<GateFile>,
}

/// A file that takes part in judging changes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct GateFile {
    /// The path in the repository; the old one where the file was renamed away.
    pub path: String,
    pub role: GateRole,
}

/// What a file does for the gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GateRole {
    /// Configuration, policies, waivers, baseline, calendar and whatever else the configuration names.
    Rules,
    /// CODEOWNERS.
    Owners,
    /// The pipeline that runs the gate, where the change's own version of it is the one that runs: it could leave the gate out.
    Pipeline,
}

/// A commit, named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Revision {
    /// What was asked for, for example `origin/main` or `HEAD`.
    pub rev: String,
    /// The object id in hexadecimal.
    pub commit: String,
    /// The committer's time.
    #[schemars(with = "String")]
    pub committed_at: Timestamp,
}

/// A change that was merged: a pull request, merge request or commit of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct MergedChange {
    /// The number of the request; null when the commit names none.
    pub number: Option<u64>,
    /// The request's title, otherwise the commit's subject; cut at 200 characters.
    pub title: String,
    /// Who wrote the commit of the main line: of a squashed request its author, of a merge commit whoever merged.
    pub author: String,
    /// The object id of the commit in hexadecimal.
    pub commit: String,
}

/// The rollout standard that a change falls under (requirement C3).
///
/// Told apart by what is changed (only SQL: `database`; only configuration: `config`), and by a `hotfix` or `revert`
/// commit type or branch prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChangeType {
    Daily,
    Hotfix,
    Config,
    Database,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Commit {
    /// The object id in hexadecimal.
    pub id: String,
    pub author: Person,
    pub committer: Person,
    #[schemars(with = "String")]
    pub authored_at: Timestamp,
    #[schemars(with = "String")]
    pub committed_at: Timestamp,
    /// The first line of the message.
    pub subject: String,
    /// The rest of the message, without trailers.
    pub body: String,
    /// The trailers of the last paragraph, in their order.
    pub trailers: Vec<Trailer>,
    /// Whether the commit carries a signature. Nobody has verified it.
    pub signed: bool,
    /// Whether it has more than one parent.
    pub merge: bool,
    /// The conventional-commit header; null when the subject is not one.
    pub conventional: Option<Header>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Person {
    pub name: String,
    pub email: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Trailer {
    pub key: String,
    pub value: String,
}

/// The header of a Conventional Commits 1.0.0 message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Header {
    #[serde(rename = "type")]
    pub kind: String,
    pub scope: Option<String>,
    pub breaking: bool,
    pub description: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FileStatus {
    Added,
    Modified,
    Deleted,
    Renamed,
    Copied,
    /// A file became a link, a link a submodule, or the like.
    TypeChanged,
}

/// What a file is for, by a stated rule over its path (see `analyze::category`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// Source code that ships: coverage is expected for it.
    Code,
    /// Tests and their fixtures.
    Test,
    /// SQL and schema migrations.
    Sql,
    /// Configuration and deployment manifests.
    Config,
    /// A lock file of a package manager.
    Lock,
    /// Prose.
    Docs,
    /// Anything else.
    Other,
}

/// First and last line, counted from 1, both inclusive; in JSON `[first, last]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(from = "[u32; 2]", into = "[u32; 2]")]
#[schemars(with = "[u32; 2]")]
pub struct LineRange {
    pub first: u32,
    pub last: u32,
}

impl From<[u32; 2]> for LineRange {
    fn from([first, last]: [u32; 2]) -> Self {
        LineRange { first, last }
    }
}

impl From<LineRange> for [u32; 2] {
    fn from(range: LineRange) -> Self {
        [range.first, range.last]
    }
}

impl LineRange {
    /// Joins sorted line numbers into ranges.
    #[must_use]
    pub fn join(lines: impl IntoIterator<Item = u32>) -> Vec<LineRange> {
        let mut ranges: Vec<LineRange> = Vec::new();
        for line in lines {
            match ranges.last_mut() {
                Some(range) if line <= range.last => {}
                Some(range) if line == range.last + 1 => range.last = line,
                _ => ranges.push(LineRange { first: line, last: line }),
            }
        }
        ranges
    }

    /// How many lines the range holds.
    #[must_use]
    pub fn lines(self) -> u64 {
        u64::from(self.last) - u64::from(self.first) + 1
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ChangedFile {
    /// The path after the change (before it, for a deleted file). Bytes that are not UTF-8 are shown as git quotes them.
    pub path: String,
    /// The path before a rename or copy; null otherwise.
    pub old_path: Option<String>,
    pub status: FileStatus,
    /// The mode after the change in octal, for example `100644`; null for a deleted file.
    pub mode: Option<String>,
    /// The mode before the change in octal; null for an added file.
    pub old_mode: Option<String>,
    pub binary: bool,
    /// Whether the entry is a submodule (mode 160000), which is not a file.
    pub submodule: bool,
    pub additions: u64,
    pub deletions: u64,
    /// Added lines that are neither blank nor a line comment, as far as the file's ending tells.
    pub code_additions: u64,
    /// Added lines, by their number after the change.
    pub added: Vec<LineRange>,
    /// Removed lines, by their number before the change.
    pub removed: Vec<LineRange>,
    pub category: Category,
    /// Who owns the path according to CODEOWNERS at the base; empty when nobody does.
    pub owners: Vec<String>,
    /// Who owns the old path of a file that was moved away from there; empty otherwise.
    pub old_owners: Vec<String>,
}

/// Sums over the files. Lock files and binary files count as files, but their lines do not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct Size {
    pub files: u64,
    pub additions: u64,
    pub deletions: u64,
    /// Additions and deletions together.
    pub lines: u64,
}

/// Which categories the change touches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, JsonSchema)]
#[expect(clippy::struct_excessive_bools, reason = "a set of independent answers that policies read by name")]
pub struct Touches {
    pub code: bool,
    pub tests: bool,
    pub sql: bool,
    pub config: bool,
    pub lock: bool,
    pub docs: bool,
    /// Whether any code file gains lines that are neither blank nor comments.
    pub added_code: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MarkerKind {
    /// A commit whose subject says work in progress.
    WorkInProgress,
    /// A `fixup!`, `squash!` or `amend!` commit that was meant to be folded in.
    Fixup,
    /// An added line that forbids its own merge (`DO NOT MERGE`, `NOCOMMIT` ...).
    DoNotMerge,
    /// An added line left by an unresolved merge conflict.
    Conflict,
}

/// A sign that the work is not finished.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Marker {
    /// The file; null for a commit.
    pub file: Option<String>,
    /// The line after the change; null for a commit.
    pub line: Option<u32>,
    /// The commit; null for a line.
    pub commit: Option<String>,
    pub kind: MarkerKind,
    /// The text of the line or subject, cut at 120 characters.
    pub text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DependencyEdit {
    Added,
    Updated,
    Removed,
}

/// A package that a lock file gains, loses or moves to another version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct DependencyChange {
    /// The lock file.
    pub file: String,
    /// The line of the entry after the change; null for a removed one.
    pub line: Option<u32>,
    /// `cargo`, `npm`, `pypi`, `go`, `maven`, `gem`, `composer`.
    pub ecosystem: String,
    pub name: String,
    pub edit: DependencyEdit,
    /// The versions before, sorted; empty when it is added.
    pub from: Vec<String>,
    /// The versions after, sorted; empty when it is removed.
    pub to: Vec<String>,
}

/// What the change does to the service catalogue.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct CatalogueChange {
    /// The catalogue's path in the repository.
    pub file: String,
    /// Services that the catalogue gains.
    pub added_services: Vec<Service>,
    /// Names of services that the catalogue loses.
    pub removed_services: Vec<String>,
    /// Dependencies that a service gains, or whose declaration changes, as they stand after the change.
    pub changed_dependencies: Vec<ServiceDependency>,
}

/// A dependency together with the service that declares it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ServiceDependency {
    pub service: String,
    pub dependency: Dependency,
}
