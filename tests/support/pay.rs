//! The change of the case `every-condition-met-passes`, for suites that vary one thing about it.

use std::path::Path;

use serde_json::Value;

use super::program::{Run, kadian};
use super::repo::{Repo, copy};

/// The four reports of the change, as options.
pub(crate) const EVIDENCE: [&str; 8] = [
    "--evidence",
    "tests=../junit.xml",
    "--evidence",
    "coverage=../lcov.info",
    "--evidence",
    "scan=../scan.sarif",
    "--evidence",
    "review=../review.json",
];

/// A time after every commit and every approval.
pub(crate) const NOW: &str = "2026-01-02T00:00:00Z";

/// A service with one change on branch `topic`, that passes.
#[derive(Debug)]
pub(crate) struct Pay {
    pub(crate) repo: Repo,
    pub(crate) base: String,
    pub(crate) head: String,
}

impl Pay {
    pub(crate) fn new() -> Pay {
        Pay::with(&[], &[])
    }

    /// With more files on the base, and more files in the change.
    pub(crate) fn with(base_files: &[(&str, &str)], head_files: &[(&str, &str)]) -> Pay {
        let case = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/every-condition-met-passes");
        let mut repo = Repo::new();
        for report in ["junit.xml", "lcov.info", "scan.sarif"] {
            std::fs::copy(case.join(report), repo.outside().join(report)).expect("the report is copied");
        }
        copy(&case.join("base"), &repo.path());
        for (path, text) in base_files {
            repo.write(path, text);
        }
        let base = repo.commit("chore: base");
        repo.git(&["checkout", "-q", "-b", "topic"]);
        copy(&case.join("head"), &repo.path());
        for (path, text) in head_files {
            repo.write(path, text);
        }
        let head = repo.commit("feat(pay): refunds");
        let pay = Pay { repo, base, head };
        pay.outside("review.json", &review(&pay.head));
        pay
    }

    /// Writes a file beside the repository.
    pub(crate) fn outside(&self, path: &str, text: &str) {
        let path = self.repo.outside().join(path);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("the folder is made");
        std::fs::write(path, text).expect("the file is written");
    }

    /// Runs kadian in the working tree.
    pub(crate) fn kadian(&self, arguments: &[&str]) -> Run {
        kadian(&self.repo.path(), arguments, &[], "")
    }

    /// `check merge` against `main` at [`NOW`], with these further words.
    pub(crate) fn merge(&self, more: &[&str]) -> Run {
        self.kadian(&[&["check", "merge", "--base", "main", "--now", NOW], more].concat())
    }
}

/// Two approvals of a commit.
pub(crate) fn review(commit: &str) -> String {
    let approval =
        |by: &str| format!(r#"{{"by": "{by}", "at": "2026-01-01T01:00:00Z", "commit": "{commit}", "state": "approved"}}"#);
    let approvals = [approval("jonas"), approval("priya")].join(", ");
    format!(r#"{{"schema": "kadian.review/v1", "author": "mei", "approvals": [{approvals}]}}"#)
}

/// The decision that `--report json` printed.
pub(crate) fn decision(run: &Run) -> Value {
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("no decision: {error}\n{}\n{}", run.stdout, run.stderr))
}

/// The strings of a list in a decision, or a key of each of its mappings.
pub(crate) fn names<'a>(decision: &'a Value, list: &str, key: Option<&str>) -> Vec<&'a str> {
    let elements = decision[list].as_array().unwrap_or_else(|| panic!("{list} is no list"));
    elements.iter().filter_map(|one| key.map_or(one, |key| &one[key]).as_str()).collect()
}
