use std::collections::BTreeMap;

use super::*;
use crate::evidence::{
    ApprovalRecord, CheckRunRecord, CommitPerson, CommitStatusRecord, PullCommit, PullRequestRecord, PushRecord, UnansweredRecord,
};
use crate::facts::ProposalState;

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

/// A pull request with one commit by its author.
fn pull() -> PullRequestRecord {
    PullRequestRecord {
        repository: "acme/pay".into(),
        number: 7,
        state: ProposalState::Open,
        draft: false,
        title: "Refunds".into(),
        body: String::new(),
        labels: vec!["b".into(), "a".into()],
        association: Some(Association::Member),
        from_fork: false,
        head: HEAD.into(),
        base_branch: "main".into(),
        base: "f".repeat(40),
        requested_users: Vec::new(),
        requested_teams: Vec::new(),
        commits: vec![commit(person(Some("ann"), "ann@x"), Vec::new())],
        pushes: None,
        permissions: BTreeMap::new(),
        teams: BTreeMap::new(),
        checks: None,
        statuses: None,
        deployments: None,
        comments: None,
        unanswered: Vec::new(),
    }
}

fn person(account: Option<&str>, email: &str) -> CommitPerson {
    CommitPerson { account: account.map(str::to_owned), name: "Somebody".into(), email: email.into() }
}

fn commit(author: CommitPerson, co_authors: Vec<CommitPerson>) -> PullCommit {
    let committer = CommitPerson { account: Some("web-flow".into()), name: "GitHub".into(), email: "noreply@github.com".into() };
    PullCommit { id: HEAD.into(), author, committer, co_authors }
}

fn approved(by: &str) -> ApprovalRecord {
    record(by, "2026-01-01T01:00:00Z", Some(HEAD), ReviewState::Approved)
}

fn facts_of(pull: PullRequestRecord, approvals: Vec<ApprovalRecord>) -> Review {
    let commits = [HEAD.to_owned()];
    let head = Head { commits: &commits, committed_at: Some("2026-01-01T00:00:10Z".parse().unwrap()) };
    review(ReviewReport { author: "ann".into(), approvals, pull_request: Some(Box::new(pull)) }, head)
}

#[test]
fn a_plain_file_leaves_null_what_only_a_code_host_knows() {
    let one = judged(vec![approved("bob")]).remove(0);
    assert_eq!((one.by_committer, one.re_requested, one.permission, one.entitled), (None, None, None, None));
}

#[test]
fn whoever_made_a_commit_is_known_by_account_address_or_push() {
    let mut pull = pull();
    pull.commits = vec![
        commit(person(Some("Bob"), "bob@x"), vec![person(Some("carol"), "")]),
        // The address is dave's in another commit.
        commit(person(None, "Dave@X"), Vec::new()),
        commit(person(Some("dave"), "dave@x"), Vec::new()),
    ];
    pull.pushes = Some(vec![
        PushRecord { by: Some("eve".into()), at: "2026-01-01T00:30:00Z".parse().unwrap(), commit: HEAD.into() },
        PushRecord { by: Some("zoe".into()), at: "2026-01-01T00:20:00Z".parse().unwrap(), commit: "1".repeat(40) },
    ]);
    let facts = facts_of(pull, ["bob", "carol", "dave", "eve", "zoe", "web-flow"].map(approved).to_vec());
    let made: Vec<_> = facts.approvals.iter().filter(|one| one.by_committer == Some(true)).map(|one| one.by.as_str()).collect();
    assert_eq!(made, ["bob", "carol", "dave", "eve"]);
    assert_eq!(facts.last_push.and_then(|push| push.by).as_deref(), Some("eve"));
    let committers = facts.committers.unwrap();
    assert!(committers.iter().all(|one| one.account.is_some() && one.account.as_deref() != Some("web-flow")), "{committers:?}");
}

#[test]
fn a_commit_whose_author_is_github_has_an_unknown_one() {
    let github = |account: Option<&str>, email: &str| CommitPerson { name: "GitHub".into(), ..person(account, email) };
    for author in [
        github(Some("web-flow"), "noreply@github.com"),
        github(Some("Web-Flow"), "x@x"),
        github(None, "NoReply@GitHub.com"),
        github(None, "web-flow@users.noreply.github.com"),
    ] {
        let mut pull = pull();
        pull.commits = vec![commit(author.clone(), Vec::new()), commit(person(Some("bob"), "bob@x"), Vec::new())];
        let committers = facts_of(pull, Vec::new()).committers.unwrap();
        let listed: Vec<_> = committers.iter().map(|one| (one.account.as_deref(), one.name.as_str(), one.commits)).collect();
        assert_eq!(listed, [(None, "GitHub", 1), (Some("bob"), "Somebody", 1)], "{author:?}");
    }
    // An account that is known stays it, whatever the address.
    let mut pull = pull();
    pull.commits = vec![commit(person(Some("bob"), "noreply@github.com"), Vec::new())];
    let committers = facts_of(pull, vec![approved("bob")]);
    assert_eq!(committers.approvals[0].by_committer, Some(true));
}

#[test]
fn permission_counts_and_being_a_member_does_not() {
    let mut pull = pull();
    pull.permissions = [("bob", Permission::Triage), ("eve", Permission::Write)].map(|(by, may)| (by.to_owned(), may)).into();
    let member = |by| ApprovalRecord { association: Some(Association::Member), ..approved(by) };
    let owner = ApprovalRecord { association: Some(Association::Owner), ..approved("olga") };
    let facts = facts_of(pull, vec![member("Bob"), approved("eve"), owner, member("zoe"), approved("mallory")]);
    let entitled: Vec<_> = facts.approvals.iter().map(|one| (one.by.as_str(), one.entitled)).collect();
    assert_eq!(
        entitled,
        [("Bob", Some(false)), ("eve", Some(true)), ("mallory", Some(false)), ("olga", Some(true)), ("zoe", Some(false))]
    );
}

#[test]
fn a_code_hosts_review_without_a_commit_is_never_current() {
    let late = record("bob", "2027-01-01T00:00:00Z", None, ReviewState::Approved);
    assert!(!facts_of(pull(), vec![late]).approvals[0].current);
}

#[test]
fn what_the_host_says_stands_in_the_facts_in_order() {
    let mut pull = pull();
    pull.body = "Fixes #3\n\n- [x] tested\n".into();
    pull.requested_users = vec!["zoe".into(), "Bob".into()];
    pull.teams = [("Acme/Core".to_owned(), vec!["zoe".to_owned(), "bob".to_owned()])].into();
    pull.checks = Some(vec![CheckRunRecord { name: "lint".into(), app: None, status: "queued".into(), conclusion: None }]);
    let half = facts_of(pull.clone(), vec![approved("bob")]);
    assert_eq!(half.checks, None, "statuses were not answered");
    assert_eq!(half.approvals[0].re_requested, Some(true));
    assert_eq!(half.labels.unwrap(), ["a", "b"]);
    assert_eq!(half.teams.unwrap()["@acme/core"], ["bob", "zoe"]);
    assert_eq!(half.linked_issues.unwrap()[0].number, 3);
    assert!(half.checklist.unwrap()[0].checked);
    pull.statuses = Some(vec![CommitStatusRecord { context: "ci".into(), state: "pending".into() }]);
    let checks = facts_of(pull, Vec::new()).checks.unwrap();
    assert_eq!(
        checks.iter().map(|one| (one.name.as_str(), one.status.as_str())).collect::<Vec<_>>(),
        [("ci", "in_progress"), ("lint", "queued")]
    );
}

#[test]
fn reviews_of_another_commit_branch_or_request_are_not_about_this() {
    let report = ReviewReport { author: "ann".into(), approvals: Vec::new(), pull_request: Some(Box::new(pull())) };
    let (merge, other) = ("a".repeat(40), "b".repeat(40));
    let judged =
        |commits, base_branch, number| unfit(&report, Judged { repository: Some("ACME/pay"), commits, base_branch, number });
    let (here, elsewhere) = (&[merge.clone(), HEAD.to_owned()][..], &[merge.clone(), other][..]);
    assert_eq!(judged(here, Some("main"), Some(7)), None);
    assert_eq!(judged(here, None, None), None);
    let other = unfit(&report, Judged { repository: Some("acme/other"), commits: here, base_branch: None, number: None });
    assert!(other.unwrap().contains("of a pull request of acme/pay, and this is acme/other"));
    assert!(judged(elsewhere, Some("main"), Some(7)).unwrap().contains("head is now 0123456"));
    assert!(judged(here, Some("release"), Some(7)).unwrap().contains("now to be merged into main"));
    assert!(judged(here, Some("main"), Some(8)).unwrap().contains("of pull request 7"));
    let plain = ReviewReport { author: "ann".into(), approvals: Vec::new(), pull_request: None };
    assert_eq!(unfit(&plain, Judged { repository: None, commits: here, base_branch: Some("x"), number: Some(8) }), None);
}

#[test]
fn a_closed_request_and_unanswered_permissions_are_remarked() {
    let mut pull = pull();
    pull.state = ProposalState::Merged;
    let unanswered = |path: &str| UnansweredRecord { path: path.into(), reason: "status 403\u{1b}[0m".into() };
    pull.unanswered = vec![unanswered("/repos/acme/pay/deployments"), unanswered("/orgs/acme/teams/core/members")];
    let report = ReviewReport { author: "ann".into(), approvals: Vec::new(), pull_request: Some(Box::new(pull)) };
    let remarks = remarks(&report);
    assert_eq!(remarks, ["pull request 7 is merged already", "not answered: /orgs/acme/teams/core/members: status 403 [0m"]);
}
