use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use super::*;
use crate::collect::files::{self, Report};
use crate::collect::http::server::{Reply, Seen, Server};
use crate::evidence::ReviewReport;
use crate::facts::{Kind, Permission};

const HEAD: &str = "0123456789abcdef0123456789abcdef01234567";
const BASE: &str = "fedcba9876543210fedcba9876543210fedcba98";

fn access(server: &Server) -> Access {
    let pairs = [("GITHUB_TOKEN", "ghs_s3cret"), ("GITHUB_REPOSITORY", "acme/pay"), ("GITHUB_API_URL", server.url.as_str())];
    Access::from_env(|name| pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())).unwrap()
}

fn limits() -> Limits {
    Limits {
        timeout: Duration::from_secs(5),
        deadline: Duration::from_secs(20),
        backoff: Duration::from_millis(5),
        retries: 1,
        ..Limits::default()
    }
}

fn question(teams: &[String]) -> Question<'_> {
    Question { number: 7, teams, now: "2026-01-02T00:00:00Z".parse().unwrap() }
}

fn asked(server: &Server) -> Result<Value, String> {
    collect(&access(server), question(&["@acme/core".to_owned(), "@other/x".to_owned(), "@acme/a b".to_owned()]), &limits())
}

fn understood(document: &Value) -> ReviewReport {
    match files::understand(&Kind::Review, "github", document.to_string().as_bytes()) {
        Ok(Report::Review(report)) => report,
        other => panic!("no review: {other:?}"),
    }
}

/// What the server says; `commits` of the pull request.
fn pull(commits: usize, body: &str) -> Value {
    json!({
        "number": 7, "state": "open", "merged_at": null, "draft": false, "title": "Refunds", "body": body, "user": {"login": "mei", "id": 1},
        "labels": [], "author_association": "MEMBER", "mergeable": null,
        "head": {"sha": HEAD, "ref": "topic", "repo": {"full_name": "acme/pay"}},
        "base": {"sha": BASE, "ref": "main", "repo": {"full_name": "acme/pay"}},
        "requested_reviewers": [], "requested_teams": [], "commits": commits})
}

fn review(by: &str, state: &str) -> Value {
    json!({"id": 1, "user": {"login": by, "avatar_url": "x"}, "body": "long", "state": state, "commit_id": HEAD,
        "submitted_at": "2026-01-01T01:00:00Z", "author_association": "NONE"})
}

fn commit(sha: &str) -> Value {
    json!({"sha": sha, "author": {"login": "mei"}, "committer": null, "commit": {"author": {"name": "M", "email": "m@x"}, "committer": null, "message": "feat: x\n\nbody"}})
}

fn path(seen: &Seen) -> &str {
    seen.target.split('?').next().unwrap_or_default()
}

fn reply(body: &Value) -> Reply {
    Reply::new(200, body.to_string()).header("content-type", "application/json")
}

/// A pull request with one commit and one approval.
fn plain(seen: &Seen) -> Reply {
    let body = match path(seen) {
        "/repos/acme/pay/pulls/7" => pull(1, ""),
        "/repos/acme/pay/pulls/7/reviews" => {
            json!([review("jonas", "APPROVED"), review("bot[bot]", "APPROVED"), review("a/b", "APPROVED")])
        }
        "/repos/acme/pay/pulls/7/commits" => json!([commit(HEAD)]),
        "/repos/acme/pay/issues/7/comments" => json!([
            {"id": 1, "user": {"login": "priya"}, "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z", "body": "/kadian waive x", "html_url": null},
            {"id": 2, "user": {"login": "zoe"}, "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z", "body": "private talk", "html_url": null}]),
        "/repos/acme/pay/collaborators/jonas/permission" => {
            json!({"permission": "write", "role_name": "maintain", "user": {"login": "jonas"}})
        }
        "/repos/acme/pay/collaborators/priya/permission" => json!({"permission": "read"}),
        "/repos/acme/pay/activity" | "/repos/acme/pay/deployments" => json!([]),
        "/orgs/acme/teams/core/members" => json!([{"login": "jonas", "id": 3}]),
        path if path.ends_with("/check-runs") => json!({"total_count": 0, "check_runs": []}),
        path if path.ends_with("/status") => json!({"total_count": 0, "state": "pending", "statuses": []}),
        _ => return Reply::new(404, "{\"message\": \"Not Found\"}").header("content-type", "application/json"),
    };
    reply(&body).header("etag", "\"1\"")
}

#[test]
fn what_is_answered_becomes_a_review() {
    let server = Server::start(plain);
    let document = asked(&server).unwrap();
    let report = understood(&document);
    assert_eq!((report.author.as_str(), report.approvals.len()), ("mei", 3));
    let pull = report.pull_request.unwrap();
    assert_eq!(pull.permissions["jonas"], Permission::Maintain);
    assert_eq!(pull.teams["acme/core"], ["jonas"]);
    assert_eq!(pull.comments.unwrap().len(), 1, "only commands are kept");
    let text = document.to_string();
    assert!(!text.contains("private talk") && !text.contains("avatar") && !text.contains("ghs_s3cret"), "{text}");
    let paths: Vec<String> = server.seen().iter().map(|seen| path(seen).to_owned()).collect();
    assert!(paths.contains(&"/repos/acme/pay/collaborators/bot%5Bbot%5D/permission".to_owned()), "{paths:?}");
    assert!(!paths.iter().any(|path| path.contains("a/b") || path.contains("other") || path.contains("a b")), "{paths:?}");
    let unanswered: Vec<&str> =
        document["unanswered"].as_array().unwrap().iter().filter_map(|one| one["path"].as_str()).collect();
    assert_eq!(unanswered, ["/repos/acme/pay/collaborators/bot%5Bbot%5D/permission"]);
}

#[test]
fn without_what_is_essential_there_is_no_answer() {
    for lost in ["/pulls/7", "/pulls/7/reviews", "/pulls/7/commits"] {
        let server = Server::start(move |seen| {
            if path(seen).ends_with(lost) {
                Reply::new(403, "{\"message\": \"Resource not accessible by integration\"}")
                    .header("x-accepted-github-permissions", "pull_requests=read")
            } else {
                plain(seen)
            }
        });
        let reason = asked(&server).unwrap_err();
        assert!(reason.contains(lost) && reason.contains("403") && reason.contains("pull_requests=read"), "{reason}");
        assert!(!reason.contains("s3cret"));
    }
}

#[test]
fn what_may_be_unanswered_is_named_with_what_would_help() {
    let server = Server::start(|seen| match path(seen) {
        path if path.starts_with("/repos/acme/pay/pulls/7") => plain(seen),
        path if path.ends_with("/permission") => Reply::new(404, "{\"message\": \"Not Found\"}"),
        _ => Reply::new(403, "{\"message\": \"Forbidden\"}"),
    });
    let document = asked(&server).unwrap();
    let pull = understood(&document).pull_request.unwrap();
    assert_eq!((pull.comments, pull.checks, pull.permissions.len()), (None, None, 0));
    let team = pull.unanswered.iter().find(|one| one.path.starts_with("/orgs/")).unwrap();
    assert!(team.reason.contains("members: read") && team.reason.contains("settings.review.teams"), "{}", team.reason);
}

#[test]
fn without_what_reviewers_may_there_is_no_answer() {
    let server = Server::start(|seen| match path(seen) {
        path if path.ends_with("/permission") => Reply::new(403, "{\"message\": \"Resource not accessible by integration\"}"),
        _ => plain(seen),
    });
    assert!(asked(&server).unwrap_err().contains("/permission"));
}

#[test]
fn a_request_that_never_stands_still_is_given_up_after_three_rounds() {
    let round = AtomicUsize::new(0);
    let server = Server::start(move |seen| {
        if path(seen) == "/repos/acme/pay/pulls/7" {
            let round = round.fetch_add(1, Ordering::SeqCst);
            return reply(&pull(1, &format!("text {round}"))).header("etag", &format!("\"{round}\""));
        }
        plain(seen)
    });
    let reason = asked(&server).unwrap_err();
    assert!(reason.contains("changes while it is read"), "{reason}");
    let reviews = server.seen().iter().filter(|seen| path(seen).ends_with("/commits")).count();
    assert_eq!(reviews, TRIES);
}

#[test]
fn what_github_computes_meanwhile_changes_nothing() {
    let round = AtomicUsize::new(0);
    let server = Server::start(move |seen| {
        if path(seen) == "/repos/acme/pay/pulls/7" {
            let round = round.fetch_add(1, Ordering::SeqCst);
            let mut pull = pull(1, "");
            pull["mergeable"] = json!(round);
            return reply(&pull).header("etag", &format!("\"{round}\""));
        }
        plain(seen)
    });
    assert!(asked(&server).is_ok());
    assert_eq!(server.seen().iter().filter(|seen| path(seen).ends_with("/commits")).count(), 1);
}

#[test]
fn a_review_that_is_dismissed_meanwhile_is_read_again() {
    let round = AtomicUsize::new(0);
    let server = Server::start(move |seen| {
        if path(seen).ends_with("/reviews") {
            let state = if round.fetch_add(1, Ordering::SeqCst) == 0 { "APPROVED" } else { "DISMISSED" };
            return reply(&json!([review("jonas", state)])).header("etag", &format!("\"{state}\""));
        }
        plain(seen)
    });
    let report = understood(&asked(&server).unwrap());
    assert_eq!(report.approvals[0].state, crate::facts::ReviewState::Dismissed);
}

#[test]
fn pages_are_followed_and_bounded() {
    let server = Server::start(|seen| {
        let page: usize = seen.parameter("page").and_then(|page| page.parse().ok()).unwrap_or(1);
        let next = |more: bool, body: &Value| {
            let link =
                format!("<http://{}{}?page={}>; rel=\"next\"", seen.header("host").unwrap_or_default(), path(seen), page + 1);
            if more { reply(body).header("link", &link) } else { reply(body) }
        };
        match path(seen) {
            "/repos/acme/pay/pulls/7" => reply(&pull(300, "")),
            "/repos/acme/pay/pulls/7/reviews" => next(page < 3, &json!([review(&format!("r{page}"), "APPROVED")])),
            compared if compared.contains("/compare/") => {
                let commits: Vec<Value> = (0..100).map(|at| commit(&format!("{:040x}", page * 1000 + at))).collect();
                let commits = if page == 3 { [commits, vec![commit(HEAD)]].concat() } else { commits };
                next(page < 3, &json!({"commits": commits, "files": [{"patch": "secret"}]}))
            }
            "/repos/acme/pay/issues/7/comments" => next(true, &json!([])),
            _ => plain(seen),
        }
    });
    let document = asked(&server).unwrap();
    let report = understood(&document);
    assert_eq!(report.approvals.len(), 3);
    let pull = report.pull_request.unwrap();
    assert_eq!((pull.commits.len(), pull.comments), (301, None));
    assert!(pull.unanswered.iter().any(|one| one.reason.contains("more than 30 pages")), "{:?}", pull.unanswered);
    assert!(server.seen().len() < 80, "{}", server.seen().len());
}

#[test]
fn a_crowd_of_strangers_does_not_push_out_those_who_belong() {
    let server = Server::start(|seen| {
        if path(seen).ends_with("/reviews") {
            if seen.parameter("page").as_deref() != Some("1") {
                return reply(&json!([]));
            }
            let mut crowd: Vec<Value> = (0..300).map(|at| review(&format!("s{at}"), "APPROVED")).collect();
            crowd.push(json!({"id": 2, "user": {"login": "jonas"}, "state": "APPROVED", "commit_id": HEAD,
                "submitted_at": "2026-01-01T02:00:00Z", "author_association": "MEMBER"}));
            return reply(&json!(crowd));
        }
        plain(seen)
    });
    let document = asked(&server).unwrap();
    assert_eq!(understood(&document).pull_request.unwrap().permissions["jonas"], Permission::Maintain);
    let permissions = server.seen().iter().filter(|seen| path(seen).ends_with("/permission")).count();
    assert_eq!(permissions, MOST_ACCOUNTS);
}

#[test]
fn only_names_that_github_gives_are_asked_about() {
    for name in ["a", "A-b", "a_corp", "dependabot[bot]"] {
        assert!(names::is_login(name), "{name}");
    }
    for name in ["", "[bot]", "a/b", "a b", "..", "a%2e", "\u{e9}", "a[bot]x", &"x".repeat(101)] {
        assert!(!names::is_login(name), "{name}");
    }
}

#[test]
fn a_full_page_is_followed_whatever_the_header_says() {
    let server = Server::start(|seen| {
        if path(seen).ends_with("/reviews") {
            let (first, by) = if seen.parameter("page").as_deref() == Some("1") { (100, "a") } else { (1, "b") };
            return reply(&(0..first).map(|at| review(&format!("{by}{at}"), "COMMENTED")).collect());
        }
        plain(seen)
    });
    assert_eq!(understood(&asked(&server).unwrap()).approvals.len(), 101);
}
