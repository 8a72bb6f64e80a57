//! The change, collected from a git repository.
//!
//! Two readers give the same answers: libgit2, which is built in and fast, and the installed `git` program for what libgit2 cannot
//! open (SHA-256 object ids, reftable, partial clones). Which one was used stands in the notes of the change.

#![expect(clippy::disallowed_methods, reason = "this module is where repositories are read")]

mod attributes;
mod backend;
mod contents;
mod error;
mod library;
mod lines;
mod measured;
mod objects;
mod program;
mod push;
mod range;
mod rename;
mod similarity;
#[cfg(test)]
mod tests;
mod trees;

use std::path::{Path, PathBuf};

pub use error::GitError;
pub use push::{PushedChanges, PushedRef, changes_of_push, parse_pre_push};
pub use range::RangeRequest;

use self::backend::{Backend, Blob, mode};
use self::library::{Library, OpenError};
use self::measured::Measured;
use self::program::Program;
use self::range::{Base, Range};
use crate::analyze::change::{RawChange, RawFile};
use crate::facts::Revision;

/// A git repository, opened for reading.
#[derive(Debug)]
pub struct Repository {
    dir: PathBuf,
    reader: Box<dyn Backend>,
    /// What the reader of the change should know about how the repository was opened.
    notes: Vec<String>,
}

/// The difference of two trees.
#[derive(Debug, Clone)]
struct Files {
    files: Vec<RawFile>,
    /// Whether there were too many candidates to look for all renames.
    renames_cut: bool,
}

impl Repository {
    /// Opens the repository that a directory lies in.
    ///
    /// Fails with [`GitError::NotARepository`], with [`GitError::ForeignOwner`] when another user owns it and it is not declared
    /// safe, and with [`GitError::NoReader`] when neither reader can open it.
    pub fn discover(dir: &Path) -> Result<Self, GitError> {
        match Library::discover(dir) {
            Ok(library) => Ok(Repository { dir: dir.to_path_buf(), reader: Box::new(library), notes: Vec::new() }),
            Err(OpenError::NotARepository) => Err(GitError::NotARepository { dir: dir.to_path_buf() }),
            Err(OpenError::Unsupported(reason)) => Self::by_program(dir, &reason),
        }
    }

    /// Opens the repository through the `git` program, because the library could not for this reason.
    fn by_program(dir: &Path, reason: &str) -> Result<Self, GitError> {
        let program = Program::discover(dir).map_err(|error| match error {
            GitError::Failed { message, .. } => GitError::NoReader { library: reason.to_owned(), program: message },
            other => other,
        })?;
        let note = format!("the repository was read by the git program, because the built-in reader cannot: {reason}");
        Ok(Repository { dir: dir.to_path_buf(), reader: Box::new(program), notes: vec![note] })
    }

    /// The top of the working tree; `None` in a bare repository.
    #[must_use]
    pub fn workdir(&self) -> Option<PathBuf> {
        self.reader.workdir()
    }

    /// The git directory; that of a linked worktree is its own.
    #[must_use]
    pub fn git_dir(&self) -> PathBuf {
        self.reader.git_dir()
    }

    /// Where git looks for hooks: `core.hooksPath`, otherwise `hooks` in the directory that all worktrees share.
    pub fn hooks_dir(&self) -> Result<PathBuf, GitError> {
        self.reader.hooks_dir()
    }

    /// The commit that a revision names, in hexadecimal; tags are peeled.
    ///
    /// Fails with [`GitError::UnknownRevision`] when there is none.
    pub fn resolve(&self, rev: &str) -> Result<String, GitError> {
        range::resolve(&*self.reader, rev)
    }

    /// Collects the change that a request means: see [`RangeRequest`].
    ///
    /// The difference is that of `git diff -M BASE...HEAD`, the commits are those of `git log BASE..HEAD`.
    pub fn change(&self, request: &RangeRequest) -> Result<RawChange, GitError> {
        self.with_fallback(|reader| {
            let range = range::choose(reader, request)?;
            collect(reader, &range, &mut Measured::of(1))
        })
    }

    /// The newest commit of the base that a request means, not its merge base with the head; `None` for the empty tree.
    pub fn base_tip(&self, request: &RangeRequest) -> Result<Option<String>, GitError> {
        Ok(match range::choose(&*self.reader, request)?.base {
            Base::EmptyTree => None,
            Base::Commit { id, .. } => Some(id),
        })
    }

    /// The content of a regular file at a commit; `None` when there is nothing at this path.
    ///
    /// Fails with [`GitError::NotAFile`] for a link, a directory or a submodule, which are never followed, and with
    /// [`GitError::TooLarge`] beyond `limit` bytes.
    pub fn read(&self, commit: &str, path: &str, limit: u64) -> Result<Option<Vec<u8>>, GitError> {
        let read = |reader: &dyn Backend| {
            let id = range::resolve(reader, commit)?;
            let Some(entry) = reader.entry(&id, path)? else { return Ok(None) };
            if let Some(what) = not_a_file(entry.mode) {
                return Err(GitError::NotAFile { path: path.to_owned(), commit: commit.to_owned(), what });
            }
            match reader.blob(&entry.id, limit)? {
                Blob::Bytes(bytes) => Ok(Some(bytes)),
                Blob::TooLong(bytes) => {
                    Err(GitError::TooLarge { path: path.to_owned(), commit: commit.to_owned(), bytes, limit })
                }
            }
        };
        match read(&*self.reader) {
            Err(error) if error.is_failure() => self.retry(error, read),
            result => result,
        }
    }

    /// The files, links and submodules below a directory of a commit, sorted; an empty directory name means the whole tree.
    ///
    /// A directory that does not exist holds no files.
    pub fn list(&self, commit: &str, dir: &str) -> Result<Vec<String>, GitError> {
        let id = self.resolve(commit)?;
        self.reader.list(&id, dir.trim_end_matches('/'))
    }

    /// Whether the commit has a regular file at this path with exactly these bytes.
    pub fn holds(&self, commit: &str, path: &str, bytes: &[u8]) -> Result<bool, GitError> {
        let id = self.resolve(commit)?;
        match self.reader.entry(&id, path)? {
            Some(entry) if mode::is_regular(entry.mode) => Ok(entry.id == self.reader.blob_id(bytes)?),
            _ => Ok(false),
        }
    }

    /// Whether the history ends before its roots.
    #[must_use]
    pub fn is_shallow(&self) -> bool {
        self.reader.is_shallow()
    }

    /// Asks the reader, and the `git` program when the built-in reader fails at its own work (an object that a partial clone has
    /// not fetched, for example).
    fn with_fallback(&self, ask: impl Fn(&dyn Backend) -> Result<RawChange, GitError>) -> Result<RawChange, GitError> {
        match ask(&*self.reader) {
            Ok(mut change) => {
                change.notes.extend(self.notes.iter().cloned());
                Ok(change)
            }
            Err(error) if error.is_failure() => {
                let reason = error.to_string();
                let mut change = self.retry(error, ask)?;
                change
                    .notes
                    .push(format!("the change was read by the git program, because the built-in reader failed: {reason}"));
                Ok(change)
            }
            Err(error) => Err(error),
        }
    }

    /// Asks the `git` program after the built-in reader failed; without a better answer the first failure stands.
    fn retry<T>(&self, first: GitError, ask: impl Fn(&dyn Backend) -> Result<T, GitError>) -> Result<T, GitError> {
        if !self.notes.is_empty() {
            return Err(first);
        }
        let Ok(program) = Program::discover(&self.dir) else { return Err(first) };
        match ask(&program) {
            Err(second) if second.is_failure() => {
                Err(GitError::NoReader { library: first.to_string(), program: second.to_string() })
            }
            result => result,
        }
    }
}

/// What an entry is, if it is not a regular file.
fn not_a_file(entry: u32) -> Option<&'static str> {
    match mode::kind(entry) {
        mode::LINK => Some("a symbolic link"),
        mode::SUBMODULE => Some("a submodule"),
        mode::TREE => Some("a directory"),
        _ if mode::is_regular(entry) => None,
        _ => Some("of an unknown kind"),
    }
}

/// Collects a chosen range; what `measured` knows already is not asked again.
fn collect(reader: &dyn Backend, range: &Range, measured: &mut Measured) -> Result<RawChange, GitError> {
    let mut notes = range.notes.clone();
    let mut base_reason = range.reason.clone();
    let (base, hidden) = match &range.base {
        Base::EmptyTree => (None, None),
        Base::Commit { rev, id } => {
            let bases = reader.merge_bases(id, &range.head)?;
            let Some(merge_base) = bases.first() else {
                return Err(range::no_common_ancestor(reader, rev, &range.head_rev, range.fetch.as_deref()));
            };
            if bases.len() > 1 {
                notes.push(format!(
                    "{} and {} have {} merge bases; as git does, {merge_base} was taken",
                    rev,
                    range.head_rev,
                    bases.len()
                ));
            }
            if merge_base != id {
                base_reason = format!("{base_reason}; measured from their merge base");
            }
            let revision =
                Revision { rev: rev.clone(), commit: merge_base.clone(), committed_at: reader.committed_at(merge_base)? };
            (Some(revision), Some(id.as_str()))
        }
    };
    let (commits, complete) = measured.commits(reader, hidden, &range.head)?;
    if !complete {
        notes.push(format!("the change has more than {} commits; only the newest are listed", backend::COMMIT_LIMIT));
    }
    if reader.is_shallow() {
        notes.push("the history is shallow: commits beyond its boundary are not seen".to_owned());
    }
    let difference = measured.files(reader, base.as_ref().map(|base| base.commit.as_str()), &range.head)?;
    if difference.renames_cut {
        notes
            .push("there are too many added and deleted files to compare them all: some renames may be shown as both".to_owned());
    }
    let committed_at = reader.committed_at(&range.head)?;
    Ok(RawChange {
        base,
        head: Some(Revision { rev: range.head_rev.clone(), commit: range.head.clone(), committed_at }),
        base_reason: format!("{base_reason}."),
        branch: range.branch.clone(),
        commits,
        files: difference.files,
        notes,
    })
}
