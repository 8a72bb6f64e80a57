//! Why a repository cannot answer.

use std::path::PathBuf;

use crate::error::Error;

/// What stands between kadian and the change. Every kind ends the run with exit code 2.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GitError {
    #[error("{} is not in a git repository", .dir.display())]
    NotARepository { dir: PathBuf },
    /// The repository belongs to another user, and nobody has declared it safe.
    #[error("the git repository {} belongs to another user, so git does not trust its configuration", .dir.display())]
    ForeignOwner { dir: PathBuf },
    #[error("`{rev}` does not name a commit in this repository")]
    UnknownRevision { rev: String, fetch: Option<String> },
    /// A revision that the `git` program would take for an option, or that holds control characters.
    #[error("`{}` is not a revision", .rev.escape_debug())]
    BadRevision { rev: String },
    /// A tag and a branch of one name, which git and people would take for different things.
    #[error("`{rev}` is a tag and a branch, and they name different commits")]
    Ambiguous { rev: String },
    #[error("cannot tell what the change is measured against: {reason}")]
    NoBase { reason: String },
    #[error("{base} and {head} have no common ancestor")]
    Unrelated { base: String, head: String },
    /// The history ends before the answer.
    #[error("the history is shallow and ends before {missing}")]
    Shallow { missing: String, fetch: String },
    /// The path exists, but is not a regular file. It is never followed.
    #[error("{path} is {what} at {commit}, not a regular file")]
    NotAFile { path: String, commit: String, what: &'static str },
    #[error("{path} has {bytes} bytes at {commit}, more than the limit of {limit}")]
    TooLarge { path: String, commit: String, bytes: u64, limit: u64 },
    /// A line of a pre-push hook's standard input that git cannot have written.
    #[error("pre-push input, line {line}: {message}")]
    PrePush { line: usize, message: String },
    /// What would be pushed is not in this repository, so that nobody can say what it changes.
    #[error("pre-push input: {local_ref} is at {id}, and this repository has no such object")]
    NotHere { local_ref: String, id: String },
    /// An object has other content than the hash that names it. No other reader is asked: git itself does not look.
    #[error("{message}")]
    Damaged { message: String },
    /// The library or the program failed in a way that has no kind of its own.
    #[error("git failed to {doing}: {message}")]
    Failed { doing: String, message: String },
    /// Neither the built-in reader nor the `git` program can open the repository.
    #[error("the built-in reader cannot read this repository ({library}), and the `git` program failed: {program}")]
    NoReader { library: String, program: String },
}

impl GitError {
    /// Ways out, as sentences.
    #[must_use]
    pub fn hints(&self) -> Vec<String> {
        match self {
            GitError::NotARepository { .. } => {
                vec!["run kadian inside a clone, name one with --repo DIR, or give the change itself with --diff FILE".to_owned()]
            }
            GitError::ForeignOwner { dir } => vec![format!(
                "if you trust it, say so once: git config --global --add safe.directory '{}'; otherwise run kadian as its owner",
                dir.display()
            )],
            GitError::Ambiguous { rev } => {
                vec![format!("name one of them in full: refs/heads/{rev}, refs/remotes/origin/{rev} or refs/tags/{rev}")]
            }
            GitError::UnknownRevision { fetch, .. } => match fetch {
                Some(fetch) => vec![format!("fetch it: {fetch}")],
                None => vec!["check the spelling, or fetch the branch or commit first".to_owned()],
            },
            GitError::BadRevision { .. } => vec!["name a branch, a tag or a commit id".to_owned()],
            GitError::NoBase { .. } => vec!["name it with --base REV, for example --base origin/main".to_owned()],
            GitError::Unrelated { .. } => {
                vec!["name a base that the change grew from with --base REV; the empty tree is --base 0000000000000000000000000000000000000000".to_owned()]
            }
            GitError::Shallow { fetch, .. } => vec![format!("fetch what is missing: {fetch}")],
            GitError::NotAFile { .. } => vec!["name the file itself: kadian does not follow links inside a commit".to_owned()],
            GitError::TooLarge { .. } => vec!["make the file smaller, or name another".to_owned()],
            GitError::PrePush { .. } => {
                vec![
                    "--pre-push reads what git gives its hook: `LOCAL-REF LOCAL-ID REMOTE-REF REMOTE-ID` on each line".to_owned(),
                ]
            }
            GitError::NotHere { .. } => {
                vec!["run the hook in the repository that is pushed from, with the lines that git gave it".to_owned()]
            }
            GitError::Damaged { .. } => {
                vec!["`git fsck` lists what is damaged; clone anew, or fetch the object from where it is whole".to_owned()]
            }
            GitError::Failed { .. } => vec!["run `git fsck` if the repository may be damaged".to_owned()],
            GitError::NoReader { .. } => {
                vec!["install a git program that can open the repository, and try `git status` there".to_owned()]
            }
        }
    }

    /// Whether another reader may do better: the failure is the reader's own, not an answer.
    pub(super) fn is_failure(&self) -> bool {
        matches!(self, GitError::Failed { .. })
    }
}

impl From<GitError> for Error {
    fn from(error: GitError) -> Self {
        error.hints().into_iter().fold(Error::new(error.to_string()), Error::hint)
    }
}
