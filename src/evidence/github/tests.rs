use serde_json::{Value, json};

use super::*;
use crate::evidence::PullRequestRecord;
use crate::facts::{Association, Permission, ProposalState, ReviewState};

const HEAD: &str = "0123456789abcdef0123456789abcdef01234567";
const BASE: &str = "fedcba9876543210fedcba9876543210fedcba98";
const OLD: &str = "1111111111111111111111111111111111111111";

#[expect(clippy::needless_pass_by_value, reason = "bodies are written where they are handed over")]
fn answer(path: &str, body: Value) -> Value {
    json!({"path": path, "query": "per_page=100&page=1", "status": 200, "body": body, "next": null})
}

fn review(by: &str, state: &str) -> Value {
    json!({"id": 1, "user": {"login": by, "type": "User"}, "state": state, "commit_id": HEAD, "submitted_at": "2026-01-01T01:00:00Z",
        "author_association": "MEMBER", "body": "x"})
}

fn commit(sha: &str, login: Option<&str>) -> Value {
    json!({"sha": sha, "author": login.map(|login| json!({"login": login})), "committer": {"login": "web-flow"},
        "commit": {"author": {"name": "Mei", "email": "mei@example.org"}, "committer": {"name": "GitHub", "email": "noreply@github.com"},
            "message": "feat: x\n\nCo-authored-by: Priya <7+priya@users.noreply.github.com>"}})
}

/// A whole recording, the pull request first, then its reviews and its commits.
fn document() -> Value {
    json!({
        "schema": "kadian.github/v1", "api": "https://api.github.com", "repository": "acme/pay", "pull_request": 7, "head": HEAD,
        "collected_at": "2026-01-01T02:00:00Z",
        "answers": [
            {"path": "/repos/acme/pay/pulls/7", "status": 200, "body": {
                "number": 7, "state": "open", "merged_at": null, "draft": false, "title": "Refunds", "body": null,
                "user": {"login": "mei"}, "labels": [{"name": "b"}, {"name": "a"}], "author_association": "CONTRIBUTOR",
                "head": {"sha": HEAD, "ref": "topic", "repo": {"full_name": "Acme/Pay"}},
                "base": {"sha": BASE, "ref": "main", "repo": {"full_name": "acme/pay"}},
                "requested_reviewers": [{"login": "eve"}], "requested_teams": [{"slug": "core"}], "commits": 1}},
            answer("/repos/acme/pay/pulls/7/reviews", json!([review("jonas", "APPROVED"), review("zoe", "PENDING")])),
            answer("/repos/acme/pay/pulls/7/commits", json!([commit(HEAD, Some("mei"))])),
        ],
        "unanswered": []
    })
}

fn with(answers: &[Value]) -> Value {
    let mut document = document();
    document["answers"].as_array_mut().unwrap().extend(answers.iter().cloned());
    document
}

fn changed(pointer: &str, value: Value) -> Value {
    let mut document = document();
    *document.pointer_mut(pointer).unwrap() = value;
    document
}

fn read(document: &Value) -> Result<ReviewReport, ReadError> {
    read_file(&mut document.to_string().as_bytes())
}

fn pull(document: &Value) -> PullRequestRecord {
    *read(document).unwrap().pull_request.unwrap()
}

fn error(document: &Value) -> String {
    read(document).unwrap_err().to_string()
}

#[test]
fn a_whole_recording_is_a_review() {
    let report = read(&document()).unwrap();
    assert_eq!(report.author, "mei");
    assert_eq!(report.approvals.len(), 1, "what is still being written says nothing");
    let one = &report.approvals[0];
    assert_eq!((one.by.as_str(), one.state, one.commit.as_deref()), ("jonas", ReviewState::Approved, Some(HEAD)));
    assert_eq!(one.association, Some(Association::Member));
    let pull = *report.pull_request.unwrap();
    assert_eq!((pull.state, pull.draft, pull.from_fork, pull.body.as_str()), (ProposalState::Open, false, false, ""));
    assert_eq!(
        (pull.requested_users.as_slice(), pull.requested_teams.as_slice()),
        (&["eve".to_owned()][..], &["acme/core".to_owned()][..])
    );
    assert_eq!(pull.commits[0].co_authors[0].account.as_deref(), Some("priya"));
    assert_eq!((pull.checks, pull.comments, pull.pushes), (None, None, None));
    assert!(pull.unanswered.iter().any(|one| one.path.ends_with("/check-runs") && one.reason == "it was not asked"));
}

#[test]
fn accounts_and_repositories_that_are_gone_are_no_errors() {
    let mut document = changed("/answers/0/body/user", Value::Null);
    document["answers"][0]["body"]["head"]["repo"] = Value::Null;
    document["answers"][1]["body"][0]["user"] = Value::Null;
    document["answers"][2]["body"][0]["author"] = json!({});
    let report = read(&document).unwrap();
    assert_eq!((report.author.as_str(), report.approvals[0].by.as_str()), ("ghost", "ghost"));
    let pull = report.pull_request.unwrap();
    assert!(pull.from_fork);
    assert_eq!(pull.commits[0].author.account, None);
}

#[test]
fn half_a_recording_is_an_error() {
    for (missing, name) in [(0, "pulls/7"), (1, "reviews"), (2, "commits")] {
        let mut document = document();
        document["answers"].as_array_mut().unwrap().remove(missing);
        let error = error(&document);
        assert!(error.contains("it was not asked") && error.contains(name), "{error}");
    }
    for status in [201, 304, 404, 500] {
        assert!(error(&changed("/answers/1/status", json!(status))).contains(&format!("GitHub answered {status}")));
    }
    assert!(error(&changed("/answers/1/next", json!(2))).contains("goes on after page 1"));
    assert!(error(&changed("/answers/1/query", json!("per_page=100&page=2"))).contains("page 1 of it is not there"));
    assert!(error(&changed("/answers/0/body/commits", json!(2))).contains("1 of the pull request's 2 commits"));
    assert!(error(&changed("/answers/2/body/0/sha", json!(OLD))).contains("without its head"));
    let unanswered = json!([{"path": "/repos/acme/pay/pulls/7/reviews", "reason": "rate limit"}]);
    assert!(error(&changed("/unanswered", unanswered)).contains("rate limit"));
}

#[test]
fn a_recording_without_words_about_pages_is_whole_when_a_page_is_not_full() {
    let mut document = document();
    let page = document["answers"][1].as_object_mut().unwrap();
    page.remove("next");
    assert!(read(&document).is_ok());
    document["answers"][1]["query"] = json!("per_page=2");
    assert!(error(&document).contains("goes on after page 1"));
}

#[test]
fn pages_are_read_in_their_order_whatever_the_order_of_the_recording() {
    let mut document = changed("/answers/1/next", json!(2));
    let second = json!({"path": "/repos/acme/pay/pulls/7/reviews", "query": "per_page=100&page=2", "status": 200,
        "body": [review("ann", "DISMISSED")], "next": null});
    document["answers"].as_array_mut().unwrap().insert(0, second.clone());
    let report = read(&document).unwrap();
    assert_eq!(report.approvals.iter().map(|one| one.by.as_str()).collect::<Vec<_>>(), ["jonas", "ann"]);
    document["answers"].as_array_mut().unwrap().push(second);
    assert!(error(&document).contains("exactly once"));
}

#[test]
fn what_judges_is_read_strictly() {
    let cases = [
        ("/answers/1/body/0/state", json!("LOOKS_GOOD"), "nobody knows a review in state"),
        ("/answers/1/body/0/submitted_at", Value::Null, "does not say when"),
        ("/answers/1/body/0/submitted_at", json!("yesterday"), "not what GitHub documents"),
        ("/answers/1/body/0/commit_id", json!("main"), "hexadecimal"),
        ("/answers/1/body/0/user/login", json!("a\u{200b}b"), "no letter, digit or sign"),
        ("/answers/1/body", json!({"message": "Not Found"}), "not what GitHub documents"),
        ("/answers/0/body/state", json!("half-open"), "nobody knows a pull request"),
        ("/answers/0/body/draft", Value::Null, "not what GitHub documents"),
        ("/answers/0/body/number", json!(8), "of pull request 7"),
        ("/answers/0/body/head/sha", json!(OLD), "the recording is of commit"),
        ("/answers/2/body/0/sha", json!("x"), "commits are there"),
        ("/schema", json!("kadian.github/v2"), "expected `kadian.github/v1`"),
        ("/repository", json!("pay"), "owner/name"),
    ];
    for (pointer, value, message) in cases {
        let error = error(&changed(pointer, value));
        assert!(error.contains(message), "{pointer}: {error}");
    }
}

#[test]
fn a_role_counts_before_the_older_word_and_what_is_refused_is_unknown() {
    let permission = |login: &str, body: Value| answer(&format!("/repos/acme/pay/collaborators/{login}/permission"), body);
    let document = with(&[
        permission("Jonas", json!({"permission": "write", "role_name": "maintain"})),
        permission("eve", json!({"permission": "read", "role_name": "our own role"})),
        permission("app%5Bbot%5D", json!({"permission": "admin"})),
        json!({"path": "/repos/acme/pay/collaborators/zoe/permission", "status": 404, "body": {}}),
    ]);
    let known: Vec<_> = pull(&document).permissions.into_iter().collect();
    assert_eq!(
        known,
        [
            ("app[bot]".to_owned(), Permission::Admin),
            ("eve".to_owned(), Permission::Read),
            ("jonas".to_owned(), Permission::Maintain),
        ]
    );
    let odd = with(&[permission("jonas", json!({"permission": "almighty"}))]);
    assert!(error(&odd).contains("nobody knows a permission"));
}

#[test]
fn what_may_be_unanswered_says_so() {
    let teams = answer("/orgs/acme/teams/core/members", json!([{"login": "jonas"}]));
    let comments = answer(
        "/repos/acme/pay/issues/7/comments",
        json!([
        {"id": 2, "user": {"login": "jonas"}, "created_at": "2026-01-01T01:00:00Z", "updated_at": "2026-01-01T01:00:01Z", "body": "b", "html_url": "u"},
        {"id": 1, "user": null, "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z", "body": null, "html_url": null}]),
    );
    let activity = answer(
        "/repos/acme/pay/activity",
        json!([
        {"after": OLD, "timestamp": "2026-01-01T00:00:00Z", "activity_type": "push", "actor": {"login": "mei"}},
        {"after": HEAD, "timestamp": "2026-01-01T00:30:00Z", "activity_type": "force_push", "actor": null}]),
    );
    let checks = answer(
        &format!("/repos/acme/pay/commits/{HEAD}/check-runs"),
        json!({"total_count": 2, "check_runs": [
        {"name": "ci", "status": "completed", "conclusion": "success", "app": {"slug": "github-actions"}}]}),
    );
    let pull = pull(&with(&[teams, comments, activity, checks]));
    assert_eq!(pull.teams["acme/core"], ["jonas"]);
    let comments = pull.comments.unwrap();
    assert_eq!(comments.iter().map(|one| (one.by.as_str(), one.edited)).collect::<Vec<_>>(), [("ghost", false), ("jonas", true)]);
    assert_eq!(pull.pushes.unwrap()[0].commit, HEAD);
    assert_eq!(pull.checks, None);
    assert!(pull.unanswered.iter().any(|one| one.reason == "1 of 2 are there"));
}

#[test]
fn more_commits_than_a_pull_request_lists_come_from_a_comparison() {
    let mut document = changed("/answers/0/body/commits", json!(300));
    let all: Vec<Value> =
        (0..299).map(|at| commit(&format!("{at:040x}"), Some("mei"))).chain([commit(HEAD, Some("eve"))]).collect();
    document["answers"][2] =
        answer(&format!("/repos/acme/pay/compare/{BASE}...{HEAD}"), json!({"commits": all, "total_commits": 300}));
    assert_eq!(pull(&document).commits.len(), 300);
    document["answers"][2]["path"] = json!(format!("/repos/acme/pay/compare/{OLD}...{HEAD}"));
    assert!(error(&document).contains("not about base and head"));
}

#[test]
fn ten_thousand_comments_and_a_body_of_a_megabyte_are_read() {
    let comment = |id: u32| json!({"id": id, "user": {"login": "eve"}, "created_at": "2026-01-01T01:00:00Z", "updated_at": "2026-01-01T01:00:00Z", "body": "\u{1b}[31m"});
    let mut document = with(&[answer("/repos/acme/pay/issues/7/comments", (0..10_000).map(comment).collect())]);
    document["answers"][0]["body"]["body"] = json!("- [ ] x\n".repeat(130_000));
    let pull = pull(&document);
    assert_eq!((pull.comments.map(|all| all.len()), pull.body.len()), (Some(10_000), 1_040_000));
}

proptest::proptest! {
    #[test]
    fn a_recording_that_is_cut_is_never_read(end in 0_usize..2000) {
        let text = document().to_string();
        proptest::prop_assume!(end < text.len());
        proptest::prop_assert!(read_file(&mut text.as_bytes()[..end].as_ref()).is_err());
    }
}
