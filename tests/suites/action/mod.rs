//! The GitHub Action: its steps are run as the runner runs them, and the linters read all workflows.

mod base;
mod check;
mod lints;
mod program;
mod real;

use std::path::{Path, PathBuf};

use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::support::action::Job;
use crate::support::repo::Repo;

pub(super) fn trials() -> Vec<Trial> {
    [base::trials(), check::trials(), lints::trials(), program::trials(), real::trials()].into_iter().flatten().collect()
}

/// A program that writes down how it was called, says what a test wants, and ends as a test wants.
const STUB: &str = r#"#!/usr/bin/env bash
if [ "${1:-}" = --version ]; then echo "kadian 0.1.0"; exit 0; fi
{ for word in "$@"; do printf '%s\0' "$word"; done; } >"$STUB_FOLDER/arguments"
printf '%s' "$KADIAN_GITHUB_TOKEN" >"$STUB_FOLDER/token"
printf '%s' "$KADIAN_LEDGER" >"$STUB_FOLDER/ledger"
pwd >"$STUB_FOLDER/folder"
for word in "$@"; do
    case $word in
        --report=github=*) printf '::error file=a.py,line=1::not covered\n' >"${word#--report=github=}" ;;
        --config=*) cp "${word#--config=}" "$STUB_FOLDER/config" ;;
        --policy=*) cp -R "${word#--policy=}" "$STUB_FOLDER/policy" ;;
    esac
done
printf 'verdict=%s\ndecision=%s\nreport=%s\n' "${STUB_VERDICT:-pass}" abc https://github.example/run >>"$GITHUB_OUTPUT"
echo '# a summary' >>"$GITHUB_STEP_SUMMARY"
printf '%s\n' "${STUB_SAYS:-PASS}"
printf '%s\n' "${STUB_WARNS:-a warning}" >&2
exit "${STUB_EXIT:-0}"
"#;

/// A repository whose last commit is GitHub's merge of a pull request, and a stub that waits for it.
struct Setting {
    repo: Repo,
    stub: PathBuf,
    base: String,
    head: String,
}

impl Setting {
    /// `base` and `head` are files by path; both have an `app.py` besides.
    fn new(base: &[(&str, &str)], head: &[(&str, &str)]) -> Setting {
        let mut repo = Repo::new();
        repo.write("app.py", "one = 1\n");
        for (path, text) in base {
            repo.write(path, text);
        }
        let base = repo.commit("feat: begin");
        repo.git(&["checkout", "-q", "-b", "topic"]);
        repo.write("app.py", "one = 1\ntwo = 2\n");
        for (path, text) in head {
            repo.write(path, text);
        }
        let head = repo.commit("feat: go on");
        repo.git(&["checkout", "-q", "--detach", "main"]);
        repo.git(&["merge", "-q", "--no-ff", "-m", "Merge topic into main", "topic"]);
        repo.git(&["update-ref", "refs/remotes/origin/main", &base]);
        let stub = repo.outside().join("stub");
        std::fs::create_dir(&stub).expect("the folder of the stub");
        program(&stub.join("kadian"), STUB);
        Setting { repo, stub, base, head }
    }

    /// A job on the pull request's merge commit, with the stub as program.
    fn pull_request(&self) -> Job {
        let payload = json!({"action": "synchronize", "number": 7, "pull_request": {"number": 7,
            "base": {"ref": "main", "sha": self.base}, "head": {"ref": "topic", "sha": self.head}}});
        self.job("pull_request", "refs/pull/7/merge", &payload)
    }

    fn job(&self, event: &str, reference: &str, payload: &Value) -> Job {
        Job::new(&self.repo.path(), event, reference, payload)
            .with("binary", self.stub.join("kadian").display().to_string())
            .variable("STUB_FOLDER", self.stub.display().to_string())
    }

    /// The arguments of the last call of the stub; none when it was not called. A second call asks anew.
    fn arguments(&self) -> Option<Vec<String>> {
        let bytes = std::fs::read(self.stub.join("arguments")).ok()?;
        std::fs::remove_file(self.stub.join("arguments")).expect("the record is removed");
        let words = bytes.split(|byte| *byte == 0).map(|word| String::from_utf8_lossy(word).into_owned());
        Some(words.collect::<Vec<_>>()[..].split_last().expect("a last, empty word").1.to_vec())
    }

    /// What the stub wrote down.
    fn noted(&self, name: &str) -> String {
        std::fs::read_to_string(self.stub.join(name)).unwrap_or_else(|error| panic!("the stub noted no {name}: {error}"))
    }
}

/// Writes a program.
fn program(path: &Path, text: &str) {
    std::fs::write(path, text).expect("the program is written");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(path, mode).expect("the program may run");
}
