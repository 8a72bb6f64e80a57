//! What a reader of repositories must answer. Two do: the built-in library, and the installed `git` program.

use std::path::PathBuf;

use jiff::Timestamp;

use super::{Files, GitError};
use crate::analyze::change::RawCommit;

/// Commits beyond this number are not listed; the note says so.
pub(super) const COMMIT_LIMIT: usize = 10_000;

/// A reader of one repository. Ids are hexadecimal, so that every object format fits.
pub(super) trait Backend: std::fmt::Debug {
    /// The commit that a revision names, tags peeled; `None` when there is none.
    fn commit_id(&self, rev: &str) -> Result<Option<String>, GitError>;
    /// Whether the object of an id is here, and what it points to where it is a tag.
    fn is_present(&self, id: &str) -> Result<bool, GitError>;
    /// The parents that are present: none at a root and at a shallow boundary.
    fn parents(&self, id: &str) -> Result<Vec<String>, GitError>;
    fn committed_at(&self, id: &str) -> Result<Timestamp, GitError>;
    /// The full name of the branch that HEAD is on; `None` when it is detached.
    fn head_branch(&self) -> Result<Option<String>, GitError>;
    /// The full name of the remote-tracking branch that HEAD's branch follows.
    fn upstream(&self) -> Result<Option<String>, GitError>;
    /// The full name that a symbolic ref points to.
    fn symbolic_target(&self, name: &str) -> Result<Option<String>, GitError>;
    /// Whether any ref begins with the prefix.
    fn has_refs_under(&self, prefix: &str) -> Result<bool, GitError>;
    fn is_shallow(&self) -> bool;
    /// The best common ancestors, the one that git takes first.
    fn merge_bases(&self, one: &str, two: &str) -> Result<Vec<String>, GitError>;
    /// The commits that `head` has and `base` has not, oldest first, at most [`COMMIT_LIMIT`] of the newest; and whether that is all.
    fn commits(&self, base: Option<&str>, head: &str) -> Result<(Vec<RawCommit>, bool), GitError>;
    /// The difference of two commits' trees, by path; no base means the empty tree.
    fn files(&self, base: Option<&str>, head: &str) -> Result<Files, GitError>;
    /// The entry at a path of a commit's tree.
    fn entry(&self, commit: &str, path: &str) -> Result<Option<Entry>, GitError>;
    /// The contents of a blob, unless it is longer than `limit`.
    fn blob(&self, id: &str, limit: u64) -> Result<Blob, GitError>;
    /// Everything below a directory (empty: the whole tree) that is not a directory itself, sorted.
    fn list(&self, commit: &str, dir: &str) -> Result<Vec<String>, GitError>;
    /// The id that these bytes have as a blob.
    fn blob_id(&self, bytes: &[u8]) -> Result<String, GitError>;
    fn workdir(&self) -> Option<PathBuf>;
    fn git_dir(&self) -> PathBuf;
    fn hooks_dir(&self) -> Result<PathBuf, GitError>;
}

/// A name in a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) mode: u32,
    pub(super) id: String,
}

/// What came of reading a blob.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Blob {
    Bytes(Vec<u8>),
    /// Longer than allowed: its length in bytes.
    TooLong(u64),
}

/// The kinds of entries by git's file mode.
pub(super) mod mode {
    pub(in super::super) const TREE: u32 = 0o040_000;
    pub(in super::super) const LINK: u32 = 0o120_000;
    pub(in super::super) const SUBMODULE: u32 = 0o160_000;
    const FORMAT: u32 = 0o170_000;
    const REGULAR: u32 = 0o100_000;

    /// The part of a mode that tells files, links, directories and submodules apart.
    pub(in super::super) fn kind(mode: u32) -> u32 {
        mode & FORMAT
    }

    pub(in super::super) fn is_regular(mode: u32) -> bool {
        kind(mode) == REGULAR
    }
}

/// A time that the calendar can hold, whatever a commit claims.
pub(super) fn timestamp(seconds: i64) -> Timestamp {
    let bound = if seconds < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::from_second(seconds).unwrap_or(bound)
}

/// A path of the operating system from git's bytes.
#[cfg(unix)]
pub(super) fn os_path(path: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt as _;
    PathBuf::from(std::ffi::OsStr::from_bytes(path))
}

/// A path of the operating system from git's bytes, which are UTF-8 on this one.
#[cfg(not(unix))]
pub(super) fn os_path(path: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(path).into_owned())
}
