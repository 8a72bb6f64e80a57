//! Tests over real repositories, made by the `git` program.

mod differential;
mod generated;
mod ranges;
mod readers;
mod versions;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{GitError, RangeRequest, Repository};
use crate::analyze::change::RawChange;
use crate::collect::ci::CiContext;
use crate::decide::Stage;

/// A directory that goes away with the test, with git repositories in it.
pub(super) struct Scratch {
    dir: tempfile::TempDir,
}

impl Scratch {
    /// An empty directory.
    pub(super) fn new() -> Self {
        Scratch { dir: tempfile::tempdir().unwrap() }
    }

    /// A directory with a repository `work` on branch `main` in it.
    pub(super) fn with_repository() -> Self {
        let scratch = Scratch::new();
        scratch.git(".", &["init", "--quiet", "--initial-branch=main", "work"]);
        scratch
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(super) fn command(&self, dir: &str) -> Command {
        hermetic("git", &self.path(dir))
    }

    /// Runs git in a directory, and returns what it prints without the last line end.
    pub(super) fn git(&self, dir: &str, arguments: &[&str]) -> String {
        let output = self.command(dir).args(arguments).output().unwrap();
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim_end_matches('\n').to_owned()
    }

    /// Runs git with an input, and returns the bytes that it prints.
    pub(super) fn git_with(&self, dir: &str, arguments: &[&str], input: &[u8]) -> Vec<u8> {
        let mut child = self.command(dir).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let output = std::thread::scope(|scope| {
            scope.spawn(move || stdin.write_all(input).unwrap());
            child.wait_with_output().unwrap()
        });
        assert!(output.status.success(), "git {arguments:?}");
        output.stdout
    }

    /// Writes a file of a working tree.
    pub(super) fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    /// Commits everything in `work`, and returns the commit's id.
    pub(super) fn commit(&self, message: &str) -> String {
        self.git("work", &["add", "--all"]);
        self.git("work", &["commit", "--quiet", "--allow-empty", "-m", message]);
        self.git("work", &["rev-parse", "HEAD"])
    }

    pub(super) fn open(&self, dir: &str) -> Repository {
        Repository::discover(&self.path(dir)).unwrap()
    }
}

/// A command that no configuration of the machine reaches.
pub(super) fn hermetic(program: &str, dir: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(dir).env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    for (role, date) in [("AUTHOR", "2024-01-02T03:04:05+0200"), ("COMMITTER", "2024-01-02T03:04:06+0000")] {
        command.env(format!("GIT_{role}_NAME"), "A Person").env(format!("GIT_{role}_EMAIL"), "person@example.com");
        command.env(format!("GIT_{role}_DATE"), date);
    }
    command
}

/// A request without CI.
pub(super) fn request(stage: Stage, base: Option<&str>, head: Option<&str>) -> RangeRequest {
    RangeRequest { stage, base: base.map(str::to_owned), head: head.map(str::to_owned), ci: CiContext::default(), versions: None }
}

/// The change from a named base to HEAD.
pub(super) fn change_from(repository: &Repository, base: &str) -> Result<RawChange, GitError> {
    repository.change(&request(Stage::Merge, Some(base), None))
}

/// The paths of a change with their status and the numbers of added and removed lines.
pub(super) fn summary(change: &RawChange) -> Vec<String> {
    let line = |file: &crate::analyze::change::RawFile| {
        let old = file.old_path.as_ref().map(|old| format!("{old} -> ")).unwrap_or_default();
        format!("{:?} {old}{} +{} -{}", file.status, file.path, file.added.len(), file.removed.len())
    };
    change.files.iter().map(line).collect()
}
