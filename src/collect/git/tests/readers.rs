//! Repositories of every kind.

use std::collections::BTreeMap;

use super::super::GitError;
use super::{Scratch, change_from, request, summary};
use crate::decide::Stage;

/// `work` with two commits; returns the first one's id.
fn two_commits(scratch: &Scratch) -> String {
    scratch.write("work/a.txt", "one\ntwo\n");
    let first = scratch.commit("first");
    scratch.write("work/a.txt", "one\nTWO\nthree\n");
    scratch.write("work/dir/b.txt", "b");
    scratch.commit("second\n\nbody\n\nSigned-off-by: x");
    first
}

const TWO_COMMITS: [&str; 2] = ["Modified a.txt +2 -1", "Added dir/b.txt +1 -0"];

#[test]
fn a_change_names_its_ends_its_commits_and_its_lines() {
    let scratch = Scratch::with_repository();
    let first = two_commits(&scratch);
    let repository = scratch.open("work/dir");
    let change = change_from(&repository, &first).unwrap();
    assert_eq!(summary(&change), TWO_COMMITS);
    assert_eq!(change.files[0].added, [(2, "TWO"), (3, "three")].into_iter().collect());
    let (base, head) = (change.base.unwrap(), change.head.unwrap());
    assert_eq!((base.rev.as_str(), base.commit.as_str(), head.rev.as_str()), (first.as_str(), first.as_str(), "HEAD"));
    assert_eq!(head.committed_at.to_string(), "2024-01-02T03:04:06Z");
    assert_eq!(change.branch.as_deref(), Some("main"));
    assert_eq!(change.commits.len(), 1);
    let commit = &change.commits[0];
    assert_eq!((commit.author.name.as_str(), commit.author.email.as_str()), ("A Person", "person@example.com"));
    assert_eq!(commit.authored_at.to_string(), "2024-01-02T01:04:05Z");
    assert_eq!(
        (commit.message.as_str(), commit.signed, commit.parents.len()),
        ("second\n\nbody\n\nSigned-off-by: x\n", false, 1)
    );
    assert!(change.notes.is_empty(), "{:?}", change.notes);
    assert_eq!(repository.workdir().unwrap().canonicalize().unwrap(), scratch.path("work").canonicalize().unwrap());
}

#[test]
fn a_bare_repository_a_detached_head_and_a_linked_worktree_give_the_same_change() {
    let scratch = Scratch::with_repository();
    let first = two_commits(&scratch);
    scratch.git(".", &["clone", "--quiet", "--bare", "work", "bare"]);
    scratch.git("work", &["worktree", "add", "--quiet", "../linked", "-b", "topic"]);
    scratch.git("work", &["checkout", "--quiet", "--detach"]);
    for (dir, branch) in [("bare", Some("main")), ("work", None), ("linked/dir", Some("topic"))] {
        let change = change_from(&scratch.open(dir), &first).unwrap();
        assert_eq!(summary(&change), TWO_COMMITS, "{dir}");
        assert_eq!(change.branch.as_deref(), branch, "{dir}");
    }
    assert_eq!(scratch.open("bare").workdir(), None);
}

#[test]
fn hooks_are_shared_by_worktrees_unless_the_configuration_names_a_directory() {
    let scratch = Scratch::with_repository();
    two_commits(&scratch);
    scratch.git("work", &["worktree", "add", "--quiet", "../linked"]);
    let expected = scratch.path("work/.git/hooks").canonicalize().unwrap();
    for dir in ["work", "work/dir", "linked"] {
        let repository = scratch.open(dir);
        assert_eq!(repository.hooks_dir().unwrap().canonicalize().unwrap(), expected, "{dir}");
    }
    assert_ne!(scratch.open("linked").git_dir(), scratch.open("work").git_dir());
    scratch.git("work", &["config", "core.hooksPath", "tools/hooks"]);
    let top = scratch.path("work").canonicalize().unwrap();
    assert_eq!(scratch.open("work/dir").hooks_dir().unwrap(), top.join("tools/hooks"));
    scratch.git("work", &["config", "core.hooksPath", "/shared/hooks"]);
    assert_eq!(scratch.open("work").hooks_dir().unwrap().to_str(), Some("/shared/hooks"));
}

#[test]
fn a_sha256_repository_is_read_by_the_program() {
    let scratch = Scratch::new();
    scratch.git(".", &["init", "--quiet", "--object-format=sha256", "--initial-branch=main", "work"]);
    let first = two_commits(&scratch);
    assert_eq!(first.len(), 64);
    let repository = scratch.open("work");
    let change = change_from(&repository, &first).unwrap();
    assert_eq!(summary(&change), TWO_COMMITS);
    assert_eq!(change.commits[0].message, "second\n\nbody\n\nSigned-off-by: x\n");
    assert!(change.notes.iter().any(|note| note.contains("git program")), "{:?}", change.notes);
    let all = change_from(&repository, &"0".repeat(64)).unwrap();
    assert_eq!(
        (summary(&all), all.base, all.commits.len()),
        (vec!["Added a.txt +3 -0".into(), "Added dir/b.txt +1 -0".into()], None, 2)
    );
    assert_eq!(repository.read("HEAD", "dir/b.txt", 10).unwrap(), Some(b"b".to_vec()));
    assert_eq!(repository.read("HEAD", "none", 10).unwrap(), None);
    assert_eq!(repository.list("HEAD", "dir").unwrap(), ["dir/b.txt"]);
    assert!(repository.holds("HEAD", "dir/b.txt", b"b").unwrap());
    assert!(!repository.holds("HEAD", "dir/b.txt", b"c").unwrap());
    assert_eq!(repository.hooks_dir().unwrap().canonicalize().unwrap(), scratch.path("work/.git/hooks").canonicalize().unwrap());
}

#[test]
fn a_reftable_repository_is_read_by_the_program() {
    let scratch = Scratch::new();
    let made = scratch.command(".").args(["init", "--quiet", "--ref-format=reftable", "--initial-branch=main", "work"]).output();
    if !made.unwrap().status.success() {
        return; // An older git cannot make one.
    }
    let first = two_commits(&scratch);
    let change = change_from(&scratch.open("work"), &first).unwrap();
    assert_eq!(summary(&change), TWO_COMMITS);
    assert_eq!(change.branch.as_deref(), Some("main"));
}

#[test]
fn a_partial_clone_fetches_what_it_lacks() {
    let scratch = Scratch::with_repository();
    let first = two_commits(&scratch);
    scratch.git("work", &["config", "uploadpack.allowFilter", "true"]);
    let source = format!("file://{}", scratch.path("work").display());
    scratch.git(".", &["clone", "--quiet", "--no-checkout", "--filter=blob:none", &source, "partial"]);
    let change = change_from(&scratch.open("partial"), &first).unwrap();
    assert_eq!(summary(&change), TWO_COMMITS);
    assert!(change.notes.iter().any(|note| note.contains("git program")), "{:?}", change.notes);
}

#[test]
fn outside_a_repository_the_error_says_so() {
    let scratch = Scratch::new();
    let error = super::Repository::discover(&scratch.path(".")).unwrap_err();
    assert!(matches!(error, GitError::NotARepository { .. }), "{error}");
    assert!(!error.hints().is_empty());
}

#[test]
fn only_regular_files_are_read_and_nothing_is_left_out_of_a_list() {
    let scratch = Scratch::with_repository();
    scratch.write("work/dir/file.txt", "text");
    scratch.write("work/dir.txt", "text");
    std::os::unix::fs::symlink("/etc/passwd", scratch.path("work/dir/link")).unwrap();
    let blob = scratch.commit("files");
    scratch.git("work", &["update-index", "--add", "--cacheinfo", &format!("160000,{blob},module")]);
    scratch.git("work", &["commit", "--quiet", "-m", "module"]);
    let repository = scratch.open("work");
    assert_eq!(repository.read("HEAD", "dir/file.txt", 4).unwrap(), Some(b"text".to_vec()));
    for (path, kind) in [("dir/link", "a symbolic link"), ("module", "a submodule"), ("dir", "a directory")] {
        let error = repository.read("HEAD", path, 100).unwrap_err();
        assert!(error.to_string().contains(kind), "{error}");
        assert!(!repository.holds("HEAD", path, b"/etc/passwd").unwrap());
    }
    assert!(matches!(repository.read("HEAD", "dir/file.txt", 3), Err(GitError::TooLarge { bytes: 4, .. })));
    for none in ["", "none", "dir/none", "dir/file.txt/x", "/dir/file.txt", "dir/../dir.txt"] {
        assert_eq!(repository.read("HEAD", none, 100).unwrap(), None, "{none}");
    }
    assert_eq!(repository.list("HEAD", "").unwrap(), ["dir.txt", "dir/file.txt", "dir/link", "module"]);
    assert_eq!(repository.list("HEAD", "dir/").unwrap(), ["dir/file.txt", "dir/link"]);
    assert!(repository.list("HEAD", "none").unwrap().is_empty());
}

#[test]
fn attributes_decide_what_is_text_as_for_git() {
    let scratch = Scratch::with_repository();
    scratch.write("work/.gitattributes", "*.dat binary\nforced -diff\n*.drv diff=own\n*.txt text=auto eol=lf\n");
    scratch.write("work/sub/.gitattributes", "*.dat diff\n");
    scratch.git("work", &["config", "diff.own.binary", "true"]);
    let paths = ["a.dat", "sub/a.dat", "sub/b.txt", "forced", "x.drv", "plain"];
    let first = scratch.commit("attributes");
    for path in paths {
        scratch.write(&format!("work/{path}"), "one\ntwo\n");
    }
    scratch.write("work/zero", "a\0b\n");
    scratch.commit("files");
    let change = change_from(&scratch.open("work"), &first).unwrap();
    let ours: BTreeMap<_, _> =
        change.files.iter().map(|file| (file.path.as_str(), (!file.binary).then_some(file.added.len()))).collect();
    let numstat = scratch.git("work", &["diff", "--numstat", &first, "HEAD"]);
    let git: BTreeMap<_, _> = numstat
        .lines()
        .map(|line| line.split('\t').collect::<Vec<_>>())
        .map(|columns| (columns[2], columns[0].parse().ok()))
        .collect();
    assert_eq!(ours, git);
    assert_eq!((git["a.dat"], git["sub/a.dat"], git["plain"]), (None, Some(2), Some(2)));
}

#[test]
fn signatures_and_strange_people_are_told() {
    let scratch = Scratch::with_repository();
    let first = two_commits(&scratch);
    let tree = scratch.git("work", &["rev-parse", "HEAD^{tree}"]);
    let mut object = format!("tree {tree}\nparent {first}\nauthor ").into_bytes();
    object.extend_from_slice(b"J\xf6rg <j@x> 1700000000 +0530\ncommitter <> 1700000000 +0000\ngpgsig -----BEGIN\n x\n\nsigned\n");
    let id = scratch.git_with("work", &["hash-object", "-t", "commit", "-w", "--stdin", "--literally"], &object);
    let id = String::from_utf8(id).unwrap().trim().to_owned();
    let change = scratch.open("work").change(&request(Stage::Merge, Some(&first), Some(&id))).unwrap();
    let commit = &change.commits[0];
    assert_eq!((commit.author.name.as_str(), commit.signed), ("J\u{fffd}rg", true));
    assert_eq!(change.branch, None);
}
