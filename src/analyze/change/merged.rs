//! The changes that were merged between two revisions: what a release candidate carries (requirement A1).

use std::collections::BTreeMap;

use super::raw::RawCommit;
use crate::facts::{Commit, MergedChange};

/// The commits of the main line, the newest first: from the head along first parents. Each is the merge of a request, a request
/// squashed into one commit, or a commit that came by itself. `commits` understands `raw`, one by one; the head is the last.
///
/// What a request's own commits say stands in `commits`; without them (only a diff was given) nothing is known to be merged.
pub(super) fn merged(raw: &[RawCommit], commits: &[Commit], head: Option<&str>) -> Vec<MergedChange> {
    let known: BTreeMap<&str, (&RawCommit, &Commit)> =
        raw.iter().zip(commits).map(|(raw, commit)| (raw.id.as_str(), (raw, commit))).collect();
    let mut line = Vec::new();
    let mut next = head;
    while let Some((raw, commit)) = next.and_then(|id| known.get(id)) {
        line.push(change(commit));
        // A commit whose parent is itself cannot exist; the bound costs nothing.
        next = raw.parents.first().map(String::as_str).filter(|_| line.len() < known.len());
    }
    line
}

fn change(commit: &Commit) -> MergedChange {
    let (number, title) = request(commit);
    let title = title.filter(|title| !title.is_empty()).unwrap_or(&commit.subject);
    MergedChange {
        number,
        title: title.chars().take(MAX_TITLE).collect(),
        author: commit.author.name.clone(),
        commit: commit.id.clone(),
    }
}

/// A title is one line for a person; the commit has the whole.
const MAX_TITLE: usize = 200;

/// The number and the title of the request, as the hosts write them:
///
/// - GitHub: `Merge pull request #12 from a/b` with the title in the body, or `title (#12)`
/// - GitLab: `Merge branch 'a' into 'b'` with the title and `See merge request group/project!12` in the body
/// - Bitbucket: `Merged in a (pull request #12)` with the title in the body
/// - Azure DevOps: `Merged PR 12: title`
fn request(commit: &Commit) -> (Option<u64>, Option<&str>) {
    let subject = commit.subject.as_str();
    let body = || commit.body.lines().map(str::trim).find(|line| !line.is_empty());
    if let Some(rest) = subject.strip_prefix("Merge pull request #") {
        return (leading(rest), body());
    }
    if let Some((number, title)) = subject.strip_prefix("Merged PR ").and_then(|rest| rest.split_once(':')) {
        return (number.parse().ok(), Some(title.trim()));
    }
    if let Some((_, rest)) = subject.strip_prefix("Merged in ").and_then(|rest| rest.rsplit_once("(pull request #")) {
        return (leading(rest), body());
    }
    if let Some((title, rest)) = subject.rsplit_once("(#")
        && let Some(number) = rest.strip_suffix(')').and_then(|digits| digits.parse().ok())
    {
        return (Some(number), Some(title.trim_end()));
    }
    let see = commit.body.lines().find_map(|line| line.trim().strip_prefix("See merge request "));
    match see.and_then(|rest| leading(rest.rsplit_once('!')?.1)) {
        Some(number) => (Some(number), body().filter(|line| !line.starts_with("See merge request "))),
        None => (None, None),
    }
}

fn leading(text: &str) -> Option<u64> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text[..end].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::super::commits::commit;
    use super::super::testing::raw_commit;
    use super::*;

    fn of(messages: &[(&str, &str, &[&str])]) -> Vec<(Option<u64>, String)> {
        let raw: Vec<RawCommit> = messages
            .iter()
            .map(|(id, message, parents)| RawCommit {
                id: (*id).to_owned(),
                parents: parents.iter().map(|parent| (*parent).to_owned()).collect(),
                ..raw_commit(message)
            })
            .collect();
        let commits: Vec<Commit> = raw.iter().map(commit).collect();
        merged(&raw, &commits, raw.last().map(|last| last.id.as_str()))
            .into_iter()
            .map(|change| (change.number, change.title))
            .collect()
    }

    fn one(message: &str) -> (Option<u64>, String) {
        of(&[("a", message, &["base"])]).remove(0)
    }

    #[test]
    fn each_host_has_its_own_words() {
        for (message, number, title) in [
            ("Merge pull request #12 from a/b\n\nTake cards", Some(12), "Take cards"),
            ("Take cards (#12)", Some(12), "Take cards"),
            ("Merge branch 'a' into 'main'\n\nTake cards\n\nSee merge request pay/web!12", Some(12), "Take cards"),
            ("Merged in a/b (pull request #12)\n\nTake cards\n\nApproved-by: Bo", Some(12), "Take cards"),
            ("Merged PR 12: Take cards", Some(12), "Take cards"),
            ("Take cards", None, "Take cards"),
            ("Take cards (#x)", None, "Take cards (#x)"),
            ("Merge pull request #12 from a/b", Some(12), "Merge pull request #12 from a/b"),
            ("Merge pull request #99999999999999999999999 from a", None, "Merge pull request #99999999999999999999999 from a"),
        ] {
            assert_eq!(one(message), (number, title.to_owned()), "{message}");
        }
    }

    #[test]
    fn what_a_request_is_made_of_is_not_listed() {
        let seen = of(&[
            ("a", "one (#1)", &["base"]),
            ("x", "wip", &["base"]),
            ("y", "wip 2", &["x"]),
            ("m", "Merge pull request #2 from a/b\n\ntwo", &["a", "y"]),
            ("z", "by itself", &["m"]),
        ]);
        assert_eq!(seen, [(None, "by itself".to_owned()), (Some(2), "two".to_owned()), (Some(1), "one".to_owned())]);
    }

    #[test]
    fn without_commits_nothing_is_known_and_a_circle_ends() {
        assert_eq!(merged(&[], &[], None), []);
        assert_eq!(of(&[("a", "round", &["a"])]).len(), 1);
        assert!(one(&"x".repeat(500)).1.len() == 200);
    }
}
