//! `check` in the shapes that repositories take.

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::Command;

use libtest_mimic::Trial;

use super::trial;
use crate::support::pay::{EVIDENCE, Pay, decision, review};
use crate::support::program::{Run, kadian};

pub(super) fn trials() -> Vec<Trial> {
    vec![
        trial("repositories::a-linked-worktree", linked_worktree),
        trial("repositories::a-detached-head", detached),
        trial("repositories::the-merge-commit-of-a-pull-request", merge_commit),
        trial("repositories::a-shallow-clone-names-the-fetch", shallow),
        trial("repositories::sha-256-goes-through-git-and-says-so", sha256),
        trial("repositories::an-object-that-is-not-what-its-name-says", damaged),
        trial("repositories::a-submodule-moves", submodule),
        trial("repositories::a-bare-repository", bare),
        trial("repositories::a-pushed-ref-that-is-not-head", pushed_ref),
        trial("repositories::a-new-branch", new_branch),
    ]
}

fn git(folder: &Path, words: &[&str]) -> String {
    let output = Command::new("git")
        .args(["-c", "user.name=Mei", "-c", "user.email=mei@example.com", "-c", "protocol.file.allow=always"])
        .args(words)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_AUTHOR_DATE", "1767225900 +0000")
        .env("GIT_COMMITTER_DATE", "1767225900 +0000")
        .output()
        .expect("git runs");
    assert!(output.status.success(), "git {words:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn passes(run: &Run) {
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    assert_eq!(decision(run)["verdict"], "pass");
}

const JSON: [&str; 6] = ["check", "merge", "--base", "main", "--report", "json"];

fn linked_worktree() {
    let pay = Pay::new();
    pay.repo.git(&["checkout", "-q", "main"]);
    pay.repo.git(&["worktree", "add", "-q", "../linked", "topic"]);
    let run = kadian(&pay.repo.outside().join("linked"), &[&JSON[..], &EVIDENCE].concat(), &[], "");
    passes(&run);
    assert_eq!(decision(&run)["subject"]["head"].as_str(), Some(pay.head.as_str()));
    assert_eq!(decision(&run)["subject"]["refs"], serde_json::json!(["topic"]));
}

fn detached() {
    let pay = Pay::new();
    pay.repo.git(&["checkout", "-q", "--detach", "topic"]);
    let run = pay.kadian(&[&JSON[..], &EVIDENCE].concat());
    passes(&run);
    assert_eq!(decision(&run)["subject"]["head"].as_str(), Some(pay.head.as_str()));
}

/// GitHub checks out a merge of the pull request into its target. The target judges, even where the change brings its own judge.
fn merge_commit() {
    let pay =
        Pay::with(&[], &[("kadian.yaml", "version: 1\nservice: {name: pay, tier: L3}\nsettings: {review: {approvals: 0}}\n")]);
    pay.repo.git(&["checkout", "-q", "main"]);
    pay.repo.write("README.md", "moved on\n");
    pay.repo.git(&["add", "-A"]);
    pay.repo.git(&["commit", "-q", "-m", "docs: moved on"]);
    let target = pay.repo.git(&["rev-parse", "HEAD"]).trim().to_owned();
    pay.repo.git(&["checkout", "-q", "--detach"]);
    pay.repo.git(&["merge", "-q", "--no-ff", "-m", "Merge topic into main", "topic"]);
    let merged = pay.repo.git(&["rev-parse", "HEAD"]).trim().to_owned();
    pay.outside(
        "event.json",
        &format!(
            r#"{{"pull_request": {{"number": 1, "base": {{"sha": "{}", "ref": "main"}}, "head": {{"sha": "{}", "ref": "topic"}}}}}}"#,
            pay.base, pay.head
        ),
    );
    let event = pay.repo.outside().join("event.json").display().to_string();
    let variables = [
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_EVENT_NAME", "pull_request"),
        ("GITHUB_EVENT_PATH", event.as_str()),
        ("GITHUB_REF", "refs/pull/1/merge"),
        ("GITHUB_BASE_REF", "main"),
        ("GITHUB_HEAD_REF", "topic"),
        ("GITHUB_SHA", merged.as_str()),
    ];
    let words = [&["check", "merge", "--report", "json"], &EVIDENCE[..]].concat();
    let ask = || kadian(&pay.repo.path(), &words, &variables, "");
    let run = ask();
    passes(&run);
    let said = decision(&run);
    assert_eq!(said["subject"]["head"].as_str(), Some(merged.as_str()));
    assert_eq!(said["subject"]["base"].as_str(), Some(target.as_str()));
    assert_eq!((said["subject"]["tier"].as_str(), said["subject"]["pull_request"].as_u64()), (Some("L1"), Some(1)));
    assert!(run.stdout.contains("HEAD^1"), "{}", run.stdout);
    assert_eq!(said["shadow"]["files"], serde_json::json!(["kadian.yaml"]), "what the change brings is shown");

    // Without a review the base's two approvals stay asked for, whatever the change says.
    pay.outside("review.json", &review(&pay.head).replace("approved", "commented"));
    let run = ask();
    assert_eq!(run.code, 1, "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("review/approvals"));
}

fn shallow() {
    let pay = Pay::new();
    let origin = format!("file://{}", pay.repo.path().display());
    git(pay.repo.outside(), &["clone", "-q", "--depth", "1", "--branch", "topic", &origin, "shallow"]);
    let clone = pay.repo.outside().join("shallow");
    for base in [pay.base.as_str(), "origin/main", "HEAD~1"] {
        let run = kadian(&clone, &["check", "merge", "--base", base], &[], "");
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{base}: {}", run.stderr);
        assert!(run.stderr.contains("git fetch"), "{base}: {}", run.stderr);
    }
    // The fetch that it names helps.
    let run = kadian(&clone, &["check", "merge", "--base", "origin/main"], &[], "");
    let fetch = run.stderr.lines().find_map(|line| line.split_once("fetch it: ")).map(|(_, command)| command.to_owned());
    let fetch = fetch.unwrap_or_else(|| panic!("no command is named: {}", run.stderr));
    let done = Command::new("sh").args(["-c", &fetch]).current_dir(&clone).output().expect("sh runs");
    assert!(done.status.success(), "{fetch}: {}", String::from_utf8_lossy(&done.stderr));
    let words = ["check", "merge", "--base", "origin/main", "--report", "json"];
    passes(&kadian(&clone, &[&words[..], &EVIDENCE].concat(), &[], ""));
}

fn sha256() {
    let pay = Pay::new();
    let folder = pay.repo.outside().join("wide");
    git(pay.repo.outside(), &["init", "-q", "-b", "main", "--object-format=sha256", "wide"]);
    std::fs::write(folder.join("notes.txt"), "one\n").expect("written");
    git(&folder, &["add", "-A"]);
    git(&folder, &["commit", "-q", "-m", "chore: base"]);
    git(&folder, &["checkout", "-q", "-b", "topic"]);
    std::fs::write(folder.join("notes.txt"), "one\ntwo\n").expect("written");
    git(&folder, &["commit", "-q", "-a", "-m", "docs: two"]);
    let run = kadian(&folder, &["check", "push", "--base", "main", "--report", "json"], &[], "");
    passes(&run);
    let said = decision(&run);
    assert_eq!(said["subject"]["head"].as_str().map(str::len), Some(64));
    let notes = said["notes"].to_string();
    assert!(notes.contains("read by the git program"), "the notes name the reader: {notes}");
}

/// git itself would show the other content without a word.
fn damaged() {
    let pay = Pay::new();
    let changed = pay.repo.git(&["diff", "--name-only", "--diff-filter=AM", "main...topic"]);
    let name = changed.lines().next().expect("a changed file");
    let id = pay.repo.git(&["rev-parse", &format!("topic:{name}")]);
    let (folder, file) = id.trim().split_at(2);
    let object = pay.repo.path().join(".git/objects").join(folder).join(file);
    let mut content = Vec::new();
    flate2::read::ZlibDecoder::new(fs::File::open(&object).expect("a loose object")).read_to_end(&mut content).expect("zlib");
    let last = content.len() - 2;
    content[last] ^= 1;
    fs::remove_file(&object).expect("it can be removed");
    let mut other = flate2::write::ZlibEncoder::new(fs::File::create(&object).expect("a new one"), flate2::Compression::fast());
    other.write_all(&content).and_then(|()| other.finish().map(drop)).expect("it is written");
    let run = pay.kadian(&[&JSON[..], &EVIDENCE].concat());
    assert_eq!(run.code, 2, "{}{}", run.stdout, run.stderr);
    assert!(run.stderr.contains(id.trim()) && run.stderr.contains("git fsck"), "{}", run.stderr);
}

fn submodule() {
    let pay = Pay::new();
    git(pay.repo.outside(), &["init", "-q", "-b", "main", "part"]);
    let part = pay.repo.outside().join("part");
    git(&part, &["commit", "-q", "--allow-empty", "-m", "one"]);
    pay.repo.git(&["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "../part", "part"]);
    pay.repo.git(&["commit", "-q", "-m", "build: take the part in"]);
    git(&part, &["commit", "-q", "--allow-empty", "-m", "two"]);
    pay.repo.git(&["-C", "part", "-c", "protocol.file.allow=always", "pull", "-q", "origin", "main"]);
    pay.repo.git(&["commit", "-q", "-a", "-m", "build: move the part"]);
    let run = pay.kadian(&["check", "push", "--base", "HEAD~1", "--report", "json"]);
    passes(&run);
    let input = pay.kadian(&["input", "push", "--base", "HEAD~1"]);
    let input: serde_json::Value = serde_json::from_str(&input.stdout).expect("the input document");
    let files = input["change"]["files"].as_array().expect("files");
    assert_eq!(files.len(), 1, "{files:?}");
    assert_eq!((files[0]["path"].as_str(), files[0]["category"].as_str()), (Some("part"), Some("other")));
}

fn bare() {
    let pay = Pay::new();
    git(pay.repo.outside(), &["clone", "-q", "--bare", "repo", "bare.git"]);
    let words = ["check", "merge", "--base", "main", "--head", "topic", "--report", "json"];
    let run = kadian(&pay.repo.outside().join("bare.git"), &[&words[..], &EVIDENCE].concat(), &[], "");
    passes(&run);
    assert_eq!(decision(&run)["subject"]["tier"], "L1", "the configuration is read from the head commit");
}

/// `topic` is pushed while HEAD is on `main`: what is judged is what is pushed.
fn pushed_ref() {
    let pay = Pay::with(&[], &[("left.py", "<<<<<<< HEAD\na = 1\n=======\na = 2\n>>>>>>> other\n")]);
    pay.repo.git(&["checkout", "-q", "main"]);
    let line = format!("refs/heads/topic {} refs/heads/topic {}\n", pay.head, pay.base);
    let run = kadian(&pay.repo.path(), &["check", "push", "--pre-push", "--report", "json"], &[], &line);
    assert_eq!(run.code, 1, "{}{}", run.stdout, run.stderr);
    let said = decision(&run);
    assert_eq!(said["subject"]["head"].as_str(), Some(pay.head.as_str()));
    let found =
        said["findings"].as_array().into_iter().flatten().any(|one| one["id"] == "change/conflict" && one["file"] == "left.py");
    assert!(found, "{}", run.stdout);
}

/// A branch that the remote does not have yet starts where it left what the remote has.
fn new_branch() {
    let pay = Pay::new();
    pay.repo.git(&["update-ref", "refs/remotes/origin/main", &pay.base]);
    let zeros = "0".repeat(40);
    let line = format!("refs/heads/topic {} refs/heads/topic {zeros}\n", pay.head);
    let run = kadian(&pay.repo.path(), &["check", "push", "--pre-push", "--report", "json"], &[], &line);
    passes(&run);
    let said = decision(&run);
    assert_eq!(said["subject"]["base"].as_str(), Some(pay.base.as_str()), "{}", run.stdout);
    assert_eq!(said["subject"]["head"].as_str(), Some(pay.head.as_str()));
}
