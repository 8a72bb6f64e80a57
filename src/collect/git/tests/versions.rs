//! Which commits the versions of a rollout are.

use super::{RangeRequest, Scratch, request, summary};
use crate::analyze::change::RawChange;
use crate::decide::Stage;

/// Version 1 with a tag, 2 with a tag that has a `v`, and a commit after it.
fn repository() -> Scratch {
    let scratch = Scratch::new();
    scratch.git(".", &["init", "--quiet", "--initial-branch=main", "work"]);
    for (file, tag) in [("one", "1"), ("two", "v2"), ("three", "")] {
        scratch.write(&format!("work/{file}"), "x\n");
        scratch.commit(file);
        if !tag.is_empty() {
            scratch.git("work", &["tag", tag]);
        }
    }
    scratch
}

fn change(scratch: &Scratch, to: &str, base: Option<&str>, head: Option<&str>) -> RawChange {
    let versions = Some(("1".to_owned(), to.to_owned()));
    scratch.open("work").change(&RangeRequest { versions, ..request(Stage::Rollout, base, head) }).unwrap()
}

#[test]
fn tags_name_the_commits_of_both_versions() {
    let scratch = repository();
    let change = change(&scratch, "2", None, None);
    assert_eq!(summary(&change), ["Added two +1 -0"]);
    assert_eq!(change.base_reason, "1, because the plan returns to it.");
}

#[test]
fn a_base_that_is_named_leaves_the_version_its_tag() {
    let scratch = repository();
    assert_eq!(summary(&change(&scratch, "2", Some("HEAD~2"), None)), ["Added two +1 -0"]);
    assert_eq!(summary(&change(&scratch, "2", Some("HEAD~2"), Some("HEAD"))), ["Added three +1 -0", "Added two +1 -0"]);
}

#[test]
fn a_version_without_a_tag_is_told() {
    let scratch = repository();
    let untagged = change(&scratch, "3", Some("1"), None);
    assert_eq!(summary(&untagged), ["Added three +1 -0", "Added two +1 -0"]);
    assert!(untagged.notes.iter().any(|note| note.contains("which commit version 3 is")), "{:?}", untagged.notes);
    let named = change(&scratch, "3", Some("1"), Some("HEAD"));
    assert!(named.notes.is_empty(), "{:?}", named.notes);
}
