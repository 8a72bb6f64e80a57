//! Small changes for the tests of this folder.

use jiff::Timestamp;

use super::raw::{RawChange, RawCommit, RawFile};
use super::{category, commits};
use crate::facts::{Category, ChangedFile, Commit, FileStatus, Person};

pub(super) fn raw_commit(message: &str) -> RawCommit {
    let person = Person { name: "A".to_owned(), email: "a@example.org".to_owned() };
    RawCommit {
        id: "1a2b3c4d5e6f".to_owned(),
        author: person.clone(),
        committer: person,
        authored_at: Timestamp::UNIX_EPOCH,
        committed_at: Timestamp::UNIX_EPOCH,
        message: message.to_owned(),
        signed: false,
        parents: vec!["0".repeat(40)],
    }
}

pub(super) fn committed(message: &str) -> Commit {
    commits::commit(&raw_commit(message))
}

/// A modified file that gains the lines of the text.
pub(super) fn raw_file(path: &str, text: &str) -> RawFile {
    RawFile {
        path: path.to_owned(),
        old_path: None,
        status: FileStatus::Modified,
        mode: Some(0o100_644),
        old_mode: Some(0o100_644),
        binary: false,
        added: (1..).zip(text.lines()).collect(),
        removed: Vec::new(),
    }
}

pub(super) fn raw_change(files: Vec<RawFile>, messages: &[&str]) -> RawChange {
    RawChange {
        base: None,
        head: None,
        base_reason: "a test says so".to_owned(),
        branch: None,
        commits: messages.iter().map(|message| raw_commit(message)).collect(),
        files,
        notes: Vec::new(),
    }
}

/// A modified file with one added line.
pub(super) fn changed(path: &str) -> ChangedFile {
    let category: Category = category::category(path);
    ChangedFile {
        path: path.to_owned(),
        old_path: None,
        status: FileStatus::Modified,
        mode: None,
        old_mode: None,
        binary: false,
        submodule: false,
        additions: 1,
        deletions: 0,
        code_additions: 1,
        added: Vec::new(),
        removed: Vec::new(),
        category,
        owners: Vec::new(),
        old_owners: Vec::new(),
    }
}
