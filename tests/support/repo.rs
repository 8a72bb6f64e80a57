//! Throw-away git repositories with fixed authors and dates.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// The committer time of the first commit; each further one is a minute later.
pub(crate) const FIRST_COMMIT: i64 = 1_767_225_600; // 2026-01-01T00:00:00Z

/// A repository in a temporary folder of its own, beside which reports may lie.
#[derive(Debug)]
pub(crate) struct Repo {
    folder: TempDir,
    commits: i64,
}

impl Repo {
    /// An empty repository on branch `main`.
    pub(crate) fn new() -> Repo {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let repo = Repo { folder, commits: 0 };
        std::fs::create_dir_all(repo.path()).expect("the folder is made");
        repo.git(&["init", "-q", "-b", "main"]);
        repo
    }

    /// The folder that holds the repository as `repo` and whatever lies beside it.
    pub(crate) fn outside(&self) -> &Path {
        self.folder.path()
    }

    /// The working tree.
    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("repo")
    }

    /// Runs git and gives what it prints.
    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        let date = format!("{} +0000", FIRST_COMMIT + 60 * self.commits);
        let output = Command::new("git")
            .args([
                "-c",
                "user.name=Mei",
                "-c",
                "user.email=mei@example.com",
                "-c",
                "commit.gpgsign=false",
                "-c",
                "core.autocrlf=false",
            ])
            .args(arguments)
            .current_dir(self.path())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_AUTHOR_DATE", &date)
            .env("GIT_COMMITTER_DATE", &date)
            .output()
            .expect("git runs");
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Writes a file of the working tree.
    pub(crate) fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("the folder is made");
        std::fs::write(path, content).expect("the file is written");
    }

    /// Commits everything in the working tree and gives the commit's id.
    pub(crate) fn commit(&mut self, message: &str) -> String {
        self.commits += 1;
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
        self.git(&["rev-parse", "HEAD"]).trim().to_owned()
    }
}

/// Copies a folder's files into another; `dot.x` becomes `.x`.
pub(crate) fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap_or_else(|error| panic!("{}: {error}", from.display())).flatten() {
        // `dot.gitattributes` would otherwise speak about this repository as well.
        let name = entry.file_name().to_string_lossy().into_owned();
        let target = to.join(name.strip_prefix("dot").filter(|rest| rest.starts_with('.')).unwrap_or(&name));
        if entry.path().is_symlink() {
            let _ = std::fs::remove_file(&target);
            std::fs::create_dir_all(to).expect("the folder is made");
            std::os::unix::fs::symlink(std::fs::read_link(entry.path()).expect("a link"), target).expect("the link is made");
        } else if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::create_dir_all(to).expect("the folder is made");
            std::fs::copy(entry.path(), target).expect("the file is copied");
        }
    }
}
