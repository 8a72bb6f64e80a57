//! Which base is chosen, and what is said when there is none.

use super::super::{GitError, changes_of_push, parse_pre_push};
use super::{RangeRequest, Scratch, change_from, request, summary};
use crate::analyze::change::RawChange;
use crate::collect::ci::{CiContext, Provider};
use crate::decide::Stage;

/// A clone `work` of the bare `remote`, with `main` pushed and one more commit on `topic`.
fn clone() -> Scratch {
    let scratch = Scratch::new();
    scratch.git(".", &["init", "--quiet", "--bare", "--initial-branch=main", "remote"]);
    scratch.git(".", &["clone", "--quiet", "remote", "work"]);
    scratch.git("work", &["checkout", "--quiet", "-B", "main"]);
    scratch.write("work/a", "1\n");
    scratch.commit("on main");
    scratch.git("work", &["push", "--quiet", "-u", "origin", "main"]);
    scratch.git("work", &["checkout", "--quiet", "-b", "topic"]);
    scratch.write("work/topic", "t\n");
    scratch.commit("on topic");
    scratch
}

fn ask(scratch: &Scratch, request: &RangeRequest) -> Result<RawChange, GitError> {
    scratch.open("work").change(request)
}

fn plain(scratch: &Scratch, stage: Stage) -> Result<RawChange, GitError> {
    ask(scratch, &request(stage, None, None))
}

fn in_ci(ci: CiContext) -> RangeRequest {
    RangeRequest { ci: CiContext { provider: Some(Provider::GitHub), ..ci }, ..request(Stage::Merge, None, None) }
}

/// A shallow clone of `remote` with some commits of one branch.
fn shallow(scratch: &Scratch, depth: u32, branch: &str) {
    let source = format!("file://{}", scratch.path("remote").display());
    scratch.git(".", &["clone", "--quiet", &format!("--depth={depth}"), "--branch", branch, &source, "shallow"]);
}

/// Runs the fetch that an error recommends.
fn follow(scratch: &Scratch, dir: &str, fetch: &str) {
    let command = fetch.split(" (").next().unwrap();
    let output = super::hermetic("sh", &scratch.path(dir)).args(["-c", command]).output().unwrap();
    assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_push_is_measured_against_the_upstream_and_a_merge_against_the_main_branch() {
    let scratch = clone();
    scratch.git("work", &["push", "--quiet", "-u", "origin", "topic"]);
    scratch.write("work/more", "m\n");
    scratch.commit("more");
    let push = plain(&scratch, Stage::Push).unwrap();
    assert_eq!(summary(&push), ["Added more +1 -0"]);
    assert_eq!(push.base_reason, "origin/topic, because the branch follows it.");
    let merge = plain(&scratch, Stage::Merge).unwrap();
    assert_eq!(summary(&merge), ["Added more +1 -0", "Added topic +1 -0"]);
    assert_eq!(merge.base_reason, "origin/main, because it is the remote's main branch.");
    assert_eq!((merge.branch.as_deref(), merge.commits.len()), (Some("topic"), 2));
}

#[test]
fn the_remotes_default_branch_comes_before_well_known_names() {
    let scratch = clone();
    scratch.git("work", &["update-ref", "refs/remotes/origin/trunk", "main"]);
    scratch.git("work", &["symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/trunk"]);
    let change = plain(&scratch, Stage::Push).unwrap();
    assert_eq!(change.base_reason, "origin/trunk, because it is the remote's default branch.");
}

#[test]
fn a_moved_base_is_measured_from_the_merge_base() {
    let scratch = clone();
    scratch.git("work", &["checkout", "--quiet", "main"]);
    scratch.write("work/b", "2\n");
    scratch.commit("main goes on");
    scratch.git("work", &["checkout", "--quiet", "topic"]);
    let change = ask(&scratch, &request(Stage::Merge, Some("main"), Some("topic"))).unwrap();
    assert_eq!(summary(&change), ["Added topic +1 -0"]);
    assert_eq!(change.base_reason, "main, because --base names it; measured from their merge base.");
    assert_eq!(change.base.unwrap().commit, scratch.git("work", &["merge-base", "main", "topic"]));
}

#[test]
fn without_a_remote_a_local_main_branch_serves_unless_it_is_under_review() {
    let scratch = Scratch::with_repository();
    scratch.write("work/a", "1\n");
    scratch.commit("on main");
    let error = plain(&scratch, Stage::Push).unwrap_err();
    assert!(matches!(error, GitError::NoBase { .. }) && error.hints()[0].contains("--base"), "{error}");
    scratch.git("work", &["checkout", "--quiet", "-b", "topic"]);
    scratch.write("work/b", "1\n");
    scratch.commit("on topic");
    let change = plain(&scratch, Stage::Push).unwrap();
    assert_eq!((summary(&change), change.base.unwrap().rev), (vec!["Added b +1 -0".to_owned()], "main".to_owned()));
}

#[test]
fn everything_is_new_against_the_empty_tree() {
    let scratch = clone();
    let empty = scratch.git("work", &["hash-object", "-t", "tree", "/dev/null"]);
    for base in [empty.as_str(), &"0".repeat(40)] {
        let change = change_from(&scratch.open("work"), base).unwrap();
        assert_eq!(summary(&change), ["Added a +1 -0", "Added topic +1 -0"]);
        assert_eq!((change.base, change.commits.len()), (None, 2));
    }
}

#[test]
fn unrelated_histories_and_unknown_revisions_are_named() {
    let scratch = clone();
    scratch.git("work", &["checkout", "--quiet", "--orphan", "other"]);
    scratch.commit("another root");
    let repository = scratch.open("work");
    assert!(matches!(change_from(&repository, "main"), Err(GitError::Unrelated { .. })));
    for (rev, hint) in [("nothing", "spelling"), ("origin/gone", "git fetch origin '+refs/heads/gone:refs/remotes/origin/gone'")]
    {
        let error = change_from(&repository, rev).unwrap_err();
        assert!(
            matches!(&error, GitError::UnknownRevision { .. }) && error.hints()[0].contains(hint),
            "{error} {:?}",
            error.hints()
        );
    }
    for bad in ["--upload-pack=x", "", "a\nb"] {
        assert!(matches!(change_from(&repository, bad), Err(GitError::BadRevision { .. })));
    }
}

#[test]
fn several_merge_bases_are_noted_and_one_is_taken_as_git_does() {
    let scratch = clone();
    scratch.git("work", &["checkout", "--quiet", "main"]);
    scratch.write("work/m", "m\n");
    scratch.commit("second on main");
    scratch.git("work", &["branch", "main-before"]);
    scratch.git("work", &["merge", "--quiet", "--no-edit", "topic"]);
    scratch.git("work", &["checkout", "--quiet", "topic"]);
    scratch.git("work", &["merge", "--quiet", "--no-edit", "main-before"]);
    scratch.write("work/z", "z\n");
    scratch.commit("after the crossing");
    let change = change_from(&scratch.open("work"), "main").unwrap();
    assert!(change.notes.iter().any(|note| note.contains("2 merge bases")), "{:?}", change.notes);
    let names = scratch.git("work", &["diff", "--name-only", "main...topic"]);
    assert_eq!(change.files.iter().map(|file| file.path.as_str()).collect::<Vec<_>>(), names.lines().collect::<Vec<_>>());
}

/// Merges topic into main as GitHub does to try a pull request, and checks that out.
fn merge_ref(scratch: &Scratch) -> CiContext {
    let topic = scratch.git("work", &["rev-parse", "topic"]);
    scratch.git("work", &["checkout", "--quiet", "--detach", "origin/main"]);
    scratch.write("work/other", "o\n");
    scratch.commit("main has moved");
    scratch.git("work", &["push", "--quiet", "origin", "HEAD:refs/heads/main"]);
    scratch.git("work", &["merge", "--quiet", "--no-ff", "-m", "Merge topic", "topic"]);
    scratch.git("work", &["push", "--quiet", "origin", "HEAD:refs/pull/7/merge", "topic"]);
    CiContext {
        base_branch: Some("main".to_owned()),
        head: Some(scratch.git("work", &["rev-parse", "HEAD"])),
        pull_request: Some(7),
        branch: Some("topic".to_owned()),
        is_pull_request_or_merge_group: true,
        is_merge_ref: true,
        pull_request_head: Some(topic),
        ..CiContext::default()
    }
}

#[test]
fn on_githubs_merge_ref_the_base_is_the_first_parent() {
    let scratch = clone();
    let ci = merge_ref(&scratch);
    let change = ask(&scratch, &in_ci(ci)).unwrap();
    assert_eq!(summary(&change), ["Added topic +1 -0"]);
    assert!(change.base_reason.starts_with("HEAD^1, because"), "{}", change.base_reason);
    assert_eq!((change.base.unwrap().rev.as_str(), change.commits.len()), ("HEAD^1", 2));
}

#[test]
fn a_checkout_of_the_pull_requests_own_commit_is_measured_against_its_target() {
    let scratch = clone();
    let ci = merge_ref(&scratch);
    scratch.git("work", &["checkout", "--quiet", "topic"]);
    scratch.git("work", &["merge", "--quiet", "--no-edit", "origin/main"]);
    let own = scratch.git("work", &["rev-parse", "HEAD"]);
    let change = ask(&scratch, &in_ci(CiContext { pull_request_head: Some(own), ..ci })).unwrap();
    assert_eq!(summary(&change), ["Added topic +1 -0"]);
    assert_eq!(change.base_reason, "origin/main, because it is the target of the pull request.");
}

#[test]
fn a_target_that_already_holds_the_change_does_not_make_it_look_empty() {
    let scratch = clone();
    let before = scratch.git("work", &["rev-parse", "main"]);
    scratch.git("work", &["push", "--quiet", "origin", "topic:main"]);
    scratch.git("work", &["fetch", "--quiet"]);
    let ci = CiContext {
        base: Some(before),
        base_branch: Some("main".to_owned()),
        pull_request: Some(7),
        is_pull_request_or_merge_group: true,
        ..CiContext::default()
    };
    assert_eq!(summary(&ask(&scratch, &in_ci(ci)).unwrap()), ["Added topic +1 -0"]);
}

#[test]
fn a_push_to_the_main_branch_is_measured_against_the_commit_before_it() {
    let scratch = clone();
    let before = scratch.git("work", &["rev-parse", "main"]);
    scratch.git("work", &["push", "--quiet", "origin", "topic:main"]);
    let ci = CiContext { branch: Some("main".to_owned()), before: Some(before), ..CiContext::default() };
    let change = ask(&scratch, &in_ci(ci.clone())).unwrap();
    assert_eq!(summary(&change), ["Added topic +1 -0"]);
    assert!(change.base_reason.contains("before the push"), "{}", change.base_reason);
    let missing = CiContext { before: Some("1".repeat(40)), ..ci };
    assert!(matches!(ask(&scratch, &in_ci(missing)), Err(GitError::Shallow { .. })));
}

#[test]
fn a_shallow_clone_with_the_merge_base_is_enough() {
    let scratch = clone();
    merge_ref(&scratch);
    scratch.git("work", &["push", "--quiet", "origin", "HEAD:refs/heads/try"]);
    shallow(&scratch, 2, "try");
    let head = scratch.git("shallow", &["rev-parse", "HEAD"]);
    let ci = CiContext { head: Some(head), is_merge_ref: true, is_pull_request_or_merge_group: true, ..CiContext::default() };
    let change = scratch.open("shallow").change(&in_ci(ci)).unwrap();
    assert_eq!(summary(&change), ["Added topic +1 -0"]);
    assert!(change.notes.iter().any(|note| note.contains("shallow")), "{:?}", change.notes);
}

#[test]
fn a_shallow_clone_without_the_merge_base_names_the_fetch_that_helps() {
    let scratch = clone();
    let ci = merge_ref(&scratch);
    shallow(&scratch, 1, "topic");
    let asked = in_ci(CiContext { is_merge_ref: false, head: None, ..ci.clone() });
    // First the target branch is missing, then the history behind both.
    let mut seen = Vec::new();
    let change = loop {
        match scratch.open("shallow").change(&asked) {
            Ok(change) => break change,
            Err(error @ (GitError::Shallow { .. } | GitError::UnknownRevision { .. })) if seen.len() < 3 => {
                let hint = error.hints().remove(0);
                let fetch = hint.split_once(": ").unwrap().1.to_owned();
                assert!(fetch.starts_with("git fetch --unshallow origin '+refs/heads/main:"), "{fetch}");
                follow(&scratch, "shallow", &fetch);
                seen.push(error.to_string());
            }
            Err(error) => panic!("{error} after {seen:?}"),
        }
    };
    assert!(!seen.is_empty());
    assert_eq!(summary(&change), ["Added topic +1 -0"]);
}

#[test]
fn the_boundary_of_a_shallow_clone_is_not_a_root() {
    let scratch = clone();
    let ci = merge_ref(&scratch);
    scratch.git("work", &["push", "--quiet", "origin", "HEAD:refs/heads/try"]);
    shallow(&scratch, 1, "try");
    let repository = scratch.open("shallow");
    let error = repository.change(&in_ci(ci)).unwrap_err();
    let GitError::Shallow { fetch, .. } = &error else { panic!("{error}") };
    assert!(fetch.starts_with("git fetch --deepen=1 "), "{fetch}");
    follow(&scratch, "shallow", fetch);
    let ci = CiContext { is_merge_ref: true, is_pull_request_or_merge_group: true, ..CiContext::default() };
    assert_eq!(summary(&scratch.open("shallow").change(&in_ci(ci)).unwrap()), ["Added topic +1 -0"]);
    let error = change_from(&repository, &"1".repeat(40)).unwrap_err();
    assert!(matches!(error, GitError::Shallow { .. }), "{error}");
}

#[test]
fn an_unfetched_merge_base_of_two_fetched_branches_is_not_called_unrelated() {
    let scratch = clone();
    merge_ref(&scratch);
    shallow(&scratch, 1, "topic");
    scratch.git("shallow", &["fetch", "--quiet", "--depth=1", "origin", "+refs/heads/main:refs/remotes/origin/main"]);
    let error = change_from(&scratch.open("shallow"), "origin/main").unwrap_err();
    let GitError::Shallow { fetch, .. } = &error else { panic!("{error}") };
    follow(&scratch, "shallow", fetch);
    assert_eq!(summary(&change_from(&scratch.open("shallow"), "origin/main").unwrap()), ["Added topic +1 -0"]);
}

/// What a push of these lines would change.
fn pushed(scratch: &Scratch, lines: &str) -> super::super::PushedChanges {
    changes_of_push(&scratch.open("work"), "origin", &parse_pre_push(lines).unwrap()).unwrap()
}

const NULL: &str = "0000000000000000000000000000000000000000";

#[test]
fn every_pushed_ref_is_measured_against_what_the_remote_has() {
    let scratch = clone();
    let [main, topic] = ["main", "topic"].map(|rev| scratch.git("work", &["rev-parse", rev]));
    scratch.git("work", &["checkout", "--quiet", "main"]);
    scratch.git("work", &["tag", "-a", "-m", "release", "v1", "topic"]);
    let tag = scratch.git("work", &["rev-parse", "v1"]);
    let found = pushed(
        &scratch,
        &format!(
            "refs/heads/topic {topic} refs/heads/topic {NULL}\nrefs/heads/topic {topic} refs/heads/main {main}\n\
             (delete) {NULL} refs/heads/old {main}\nrefs/tags/v1 {tag} refs/tags/v1 {NULL}\nrefs/heads/main {main} refs/heads/main {main}\n"
        ),
    );
    let blob = scratch.git("work", &["rev-parse", "main:a"]);
    let tag = pushed(&scratch, &format!("refs/tags/blob {blob} refs/tags/blob {NULL}\n"));
    assert_eq!((tag.changes.len(), tag.notes.len()), (0, 1));
    let shown: Vec<_> = found.changes.iter().map(|change| (change.branch.as_deref().unwrap(), summary(change))).collect();
    let added = vec!["Added topic +1 -0".to_owned()];
    assert_eq!(shown, [("topic", added.clone()), ("main", added.clone()), ("v1", added), ("main", Vec::new())]);
    assert_eq!(found.changes[1].base_reason, format!("origin/main, because origin has it at {main}."));
    assert_eq!(found.notes, ["refs/heads/old would be deleted; there is no change to check"]);
}

#[test]
fn a_remote_commit_that_is_not_here_is_replaced_by_what_was_last_fetched() {
    let scratch = clone();
    let topic = scratch.git("work", &["rev-parse", "topic"]);
    let found = pushed(&scratch, &format!("refs/heads/topic {topic} refs/heads/main {}\n", "1".repeat(40)));
    assert_eq!(summary(&found.changes[0]), ["Added topic +1 -0"]);
    assert!(found.changes[0].notes[0].contains("someone else has pushed"), "{:?}", found.changes[0].notes);
}

#[test]
fn the_first_push_to_an_empty_remote_is_all_new() {
    let scratch = Scratch::with_repository();
    scratch.write("work/a", "1\n");
    let main = scratch.commit("root");
    let found = pushed(&scratch, &format!("refs/heads/main {main} refs/heads/main {NULL}\n"));
    assert_eq!(summary(&found.changes[0]), ["Added a +1 -0"]);
    assert!(found.changes[0].base_reason.contains("empty tree"), "{}", found.changes[0].base_reason);
}

#[test]
fn a_push_to_an_address_is_measured_against_origin() {
    let scratch = clone();
    let topic = scratch.git("work", &["rev-parse", "topic"]);
    let refs = parse_pre_push(&format!("HEAD {topic} refs/heads/topic {NULL}\n")).unwrap();
    let found = changes_of_push(&scratch.open("work"), "https://example.com/x.git", &refs).unwrap();
    assert_eq!(summary(&found.changes[0]), ["Added topic +1 -0"]);
}

#[test]
fn a_pushed_object_that_is_not_here_is_an_error_and_not_an_empty_change() {
    let scratch = clone();
    for id in ["a".repeat(40), "b".repeat(64)] {
        let refs = parse_pre_push(&format!("refs/heads/f {id} refs/heads/f {NULL}\n")).unwrap();
        let error = changes_of_push(&scratch.open("work"), "origin", &refs).unwrap_err();
        assert_eq!(error, GitError::NotHere { local_ref: "refs/heads/f".to_owned(), id });
    }
}
