//! What reviews are worth at the head of the change (requirement A5).

use jiff::Timestamp;

use super::binding::same_commit;
use crate::evidence::ReviewReport;
use crate::facts::{Approval, Review, ReviewState};

/// The commits that a review may have been given for.
#[derive(Debug, Clone, Copy)]
pub struct Head<'a> {
    /// The head, and the pull request's head where a merge of it is under review; empty when only a diff was given.
    pub commits: &'a [String],
    /// The head's committer time; `None` when only a diff was given.
    pub committed_at: Option<Timestamp>,
}

/// Orders the reviews and says of each whether the author gave it, whether it is for this head, and whether the same person said
/// something else later. A comment or a pending review takes nothing back.
///
/// Without a commit a review is for this head if it is not older than it, in whole seconds; without both it is not.
#[must_use]
pub fn review(report: ReviewReport, head: Head<'_>) -> Review {
    let mut approvals: Vec<Approval> = report
        .approvals
        .into_iter()
        .map(|record| Approval {
            by_author: same_account(&record.by, &report.author),
            current: match &record.commit {
                Some(commit) => head.commits.iter().any(|head| same_commit(commit, head)),
                None => head.committed_at.is_some_and(|committed| record.at.as_second() >= committed.as_second()),
            },
            superseded: false,
            by: record.by,
            at: record.at,
            commit: record.commit,
            state: record.state,
        })
        .collect();
    approvals.sort_by(|a, b| (a.at, &a.by, a.state).cmp(&(b.at, &b.by, b.state)));
    for at in 0..approvals.len() {
        let (earlier, later) = approvals.split_at_mut(at + 1);
        if let Some(one) = earlier.last_mut() {
            // States that were given at the same moment: the list's order is the best that is known.
            one.superseded = later.iter().any(|other| says_something(other.state) && same_account(&other.by, &one.by));
        }
    }
    Review { author: report.author, approvals }
}

fn says_something(state: ReviewState) -> bool {
    matches!(state, ReviewState::Approved | ReviewState::ChangesRequested | ReviewState::Dismissed)
}

/// Account names are compared without regard to case, as code hosts do, and without the `@` that people write in front.
fn same_account(a: &str, b: &str) -> bool {
    account(a) == account(b)
}

fn account(name: &str) -> String {
    name.trim().trim_start_matches('@').trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::ApprovalRecord;

    const HEAD: &str = "0123456789abcdef0123456789abcdef01234567";

    fn record(by: &str, at: &str, commit: Option<&str>, state: ReviewState) -> ApprovalRecord {
        ApprovalRecord { by: by.into(), at: at.parse().unwrap(), commit: commit.map(str::to_owned), state, association: None }
    }

    fn judged(approvals: Vec<ApprovalRecord>) -> Vec<Approval> {
        let commits = [HEAD.to_owned()];
        let head = Head { commits: &commits, committed_at: Some("2026-01-01T00:00:10.9Z".parse().unwrap()) };
        review(ReviewReport { author: "Ann".into(), approvals, pull_request: None }, head).approvals
    }

    #[test]
    fn the_author_is_known_whatever_the_spelling() {
        for name in ["aNN", "@ann", " @Ann ", "@ ann"] {
            let seen = judged(vec![record(name, "2026-01-01T00:01:00Z", None, ReviewState::Approved)]);
            assert!(seen[0].by_author, "{name:?}");
        }
        assert!(!judged(vec![record("anna", "2026-01-01T00:01:00Z", None, ReviewState::Approved)])[0].by_author);
    }

    #[test]
    fn two_spellings_are_one_reviewer() {
        let at = "2026-01-01T00:01:00Z";
        let approved = |by| record(by, at, None, ReviewState::Approved);
        let seen = judged(vec![approved("bob"), approved("@bob"), approved("@BOB"), approved("eve")]);
        assert_eq!(seen.iter().filter(|one| !one.superseded).count(), 2);
    }

    #[test]
    fn a_review_is_current_by_its_commit_and_otherwise_by_its_time() {
        let at = "2025-01-01T00:00:00Z";
        let current = |at, commit| judged(vec![record("bob", at, commit, ReviewState::Approved)])[0].current;
        assert!(current(at, Some(HEAD)));
        assert!(current(at, Some("0123456")));
        assert!(!current("2027-01-01T00:00:00Z", Some("fedcba9876543210")));
        assert!(!current("2026-01-01T00:00:09Z", None));
        assert!(current("2026-01-01T00:00:10Z", None), "the same second");
        let nothing = Head { commits: &[], committed_at: None };
        let approvals = vec![record("b", at, None, ReviewState::Approved)];
        let report = ReviewReport { author: "a".into(), approvals, pull_request: None };
        assert!(!review(report, nothing).approvals[0].current);
    }

    #[test]
    fn a_later_word_takes_an_earlier_one_back_and_a_comment_does_not() {
        let seen = judged(vec![
            record("bob", "2026-01-01T00:03:00Z", None, ReviewState::Commented),
            record("Bob", "2026-01-01T00:02:00Z", None, ReviewState::ChangesRequested),
            record("bob", "2026-01-01T00:01:00Z", None, ReviewState::Approved),
            record("eve", "2026-01-01T00:01:00Z", None, ReviewState::Approved),
        ]);
        let words: Vec<_> = seen.iter().map(|one| (one.by.as_str(), one.state, one.superseded)).collect();
        assert_eq!(
            words,
            [
                ("bob", ReviewState::Approved, true),
                ("eve", ReviewState::Approved, false),
                ("Bob", ReviewState::ChangesRequested, false),
                ("bob", ReviewState::Commented, false),
            ]
        );
    }
}
