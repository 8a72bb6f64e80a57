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
