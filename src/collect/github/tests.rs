use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use super::*;
use crate::collect::clock::Stopwatch;
use crate::collect::http::server::{Reply, Seen, Server};

const TOKEN: &str = "ghs_s3cretToken";

fn access(api: &str) -> Access {
    let pairs = [("GITHUB_TOKEN", TOKEN), ("GITHUB_REPOSITORY", "o/r"), ("GITHUB_API_URL", api)];
    Access::from_env(|name| pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())).unwrap()
}

fn limits() -> Limits {
    Limits {
        timeout: Duration::from_secs(2),
        deadline: Duration::from_secs(6),
        backoff: Duration::from_millis(5),
        ..Limits::default()
    }
}

fn asked(server: &Server) -> GitHub {
    GitHub::open(&access(&server.url), &limits()).unwrap()
}

fn served(handler: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> (Server, GitHub) {
    let server = Server::start(handler);
    let github = asked(&server);
    (server, github)
}

fn json_reply(body: &Value) -> Reply {
    Reply::new(200, body.to_string()).header("content-type", "application/json")
}

#[test]
fn a_request_says_who_asks_and_in_which_version() {
    let (server, github) = served(|_| json_reply(&json!({"ok": true})).header("etag", "W/\"1\""));
    let answer = github.get("/repos/o/r/pulls/7", &[("per_page", "100".to_owned()), ("q", "a b&c".to_owned())]).unwrap();
    assert_eq!((answer.status, &answer.body, answer.etag.as_deref()), (200, &json!({"ok": true}), Some("W/\"1\"")));
    assert_eq!(answer.query, "per_page=100&q=a+b%26c");
    let seen = &server.seen()[0];
    assert_eq!(seen.target, "/repos/o/r/pulls/7?per_page=100&q=a+b%26c");
    assert_eq!(seen.header("authorization"), Some(&*format!("Bearer {TOKEN}")));
    assert_eq!(seen.header("x-github-api-version"), Some("2022-11-28"));
    assert_eq!(seen.header("accept"), Some("application/vnd.github+json"));
    assert!(seen.header("user-agent").is_some_and(|agent| agent.starts_with("kadian/")), "{seen:?}");
}

#[test]
fn an_enterprise_servers_api_lies_below_a_path() {
    let server = Server::start(|_| json_reply(&json!({})));
    let github = GitHub::open(&access(&format!("{}/api/v3/", server.url)), &limits()).unwrap();
    github.get("/repos/o/r", &[]).unwrap();
    github.send(Write::Post, "/repos/o/r/check-runs", &json!({"name": "x"})).unwrap();
    let seen = server.seen();
    assert_eq!((seen[0].target.as_str(), seen[1].target.as_str()), ("/api/v3/repos/o/r", "/api/v3/repos/o/r/check-runs"));
    assert_eq!((seen[1].method.as_str(), seen[1].body.as_str()), ("POST", "{\"name\":\"x\"}"));
}

#[test]
fn a_read_is_tried_again_and_a_write_is_not() {
    let (server, github) = served(|seen| match seen.number {
        1 => Reply::new(500, "{\"message\": \"Server Error\"}"),
        2 => json_reply(&json!([])),
        _ => Reply::new(502, "<html>Bad Gateway</html>"),
    });
    assert_eq!(github.get("/x", &[]).unwrap().body, json!([]));
    let failure = github.send(Write::Patch, "/y", &json!({})).unwrap_err();
    assert_eq!((failure.kind, failure.attempts), (FailureKind::Status(502), 1));
    assert_eq!(failure.to_string(), "PATCH /y: status 502 (an HTML page, as a proxy or a login answers)");
    assert_eq!(server.seen().len(), 4);
}

#[test]
fn an_answer_that_breaks_off_is_tried_again_and_never_half_believed() {
    let (server, github) = served(|seen| match seen.number {
        0 => Reply::new(200, "[{\"state\": \"APPROVED\"}, {\"state\": \"CHANGES_REQUESTED\"}]").cut(24),
        1 => Reply::new(200, "[{\"state\": \"APPR"),
        2 => Reply::new(200, "<html>login</html>"),
        _ => json_reply(&json!(["whole"])),
    });
    assert_eq!(github.get("/x", &[]).unwrap().body, json!(["whole"]));
    assert_eq!(server.seen().len(), 4);
    let (server, github) = served(|_| Reply::new(200, "{\"id\": 1, \"na").cut(5));
    let failure = github.send(Write::Post, "/y", &json!({})).unwrap_err();
    assert!(matches!(failure.kind, FailureKind::Broken | FailureKind::Timeout), "{failure:?}");
    assert_eq!(server.seen().len(), 1, "it may have been done");
}

#[test]
fn a_rate_limit_is_waited_for_while_there_is_time() {
    let (server, github) = served(|seen| match seen.number {
        0 | 2 => Reply::new(403, "{\"message\": \"You have exceeded a secondary rate limit\"}").header("retry-after", "1"),
        _ => json_reply(&json!({"id": 5})),
    });
    let start = Stopwatch::start();
    assert_eq!(github.get("/x", &[]).unwrap().body["id"], 5);
    assert_eq!(github.send(Write::Post, "/y", &json!({})).unwrap().body["id"], 5, "a refused write was not done");
    assert!(start.elapsed() >= Duration::from_secs(2));
    assert_eq!(server.seen().len(), 4);
}

#[test]
fn a_rate_limit_that_lasts_longer_says_until_when() {
    let reset = crate::collect::clock::now().as_second() + 900;
    let reply = move |_: &Seen| {
        let reply = Reply::new(403, "{\"message\": \"API rate limit exceeded for installation\"}");
        reply.header("x-ratelimit-remaining", "0").header("x-ratelimit-reset", &reset.to_string())
    };
    let (server, github) = served(reply);
    let failure = github.get("/x", &[]).unwrap_err();
    let FailureKind::RateLimit { until: Some(until) } = failure.kind else { panic!("{failure:?}") };
    assert!((until.as_second() - reset).abs() <= 2);
    assert!(failure.to_string().contains("GitHub's rate limit is used up until 20"), "{failure}");
    assert_eq!(server.seen().len(), 1);
    // A secondary limit that names no time is one of a minute at least.
    let (_server, github) = served(|_| Reply::new(429, ""));
    assert!(matches!(github.get("/x", &[]).unwrap_err().kind, FailureKind::RateLimit { until: Some(_) }));
}

#[test]
fn what_is_forbidden_is_not_tried_again_and_names_what_is_lacking() {
    let (server, github) = served(|_| {
        let reply = Reply::new(403, "{\"message\": \"Resource not accessible by integration\"}");
        reply.header("x-accepted-github-permissions", "checks=write").header("x-ratelimit-remaining", "4999")
    });
    let failure = github.send(Write::Post, "/repos/o/r/check-runs", &json!({})).unwrap_err();
    assert!(failure.is_forbidden());
    assert_eq!(failure.message.as_deref(), Some("Resource not accessible by integration"));
    assert_eq!(failure.permissions.as_deref(), Some("checks=write"));
    assert_eq!(server.seen().len(), 1);
}

#[test]
fn a_revoked_token_is_said_and_never_shown() {
    let (_server, github) = served(|seen| {
        let echo = seen.header("authorization").unwrap_or_default().to_owned();
        Reply::new(401, json!({"message": format!("Bad credentials {echo}")}).to_string())
    });
    let failure = github.get("/x", &[]).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Status(401));
    assert!(failure.detail.contains("the token is not accepted"));
    assert!(!format!("{failure} {failure:?} {github:?}").contains(TOKEN));
    let (_server, github) = served(|seen| json_reply(&json!({"echo": seen.header("authorization")})));
    assert_eq!(github.get("/x", &[]).unwrap().body["echo"], "Bearer ***");
}

#[test]
fn a_moved_repository_is_followed_and_another_place_never() {
    let other = Server::start(|_| json_reply(&json!({"stolen": true})));
    let away = format!("{}/x", other.url);
    let (server, github) = served(move |seen| match seen.target.as_str() {
        "/repos/old/r?page=1" => Reply::new(301, "{}").header("location", "/repositories/1?page=1"),
        "/repositories/1?page=1" => json_reply(&json!({"id": 1})),
        "/loop" => Reply::new(302, "{}").header("location", "/loop"),
        _ => Reply::new(307, "{}").header("location", &away),
    });
    assert_eq!(github.get("/repos/old/r", &[("page", "1".to_owned())]).unwrap().body["id"], 1);
    for path in ["/loop", "/away"] {
        assert_eq!(github.get(path, &[]).unwrap_err().kind, FailureKind::Redirect, "{path}");
    }
    assert_eq!(github.send(Write::Post, "/repos/old/r?page=1", &json!({})).unwrap_err().kind, FailureKind::Redirect);
    assert!(other.seen().is_empty());
    assert!(server.seen().len() < 12);
}

#[test]
fn a_status_that_is_no_answer_is_none() {
    for status in [202, 203, 204, 206, 304] {
        let (_server, github) = served(move |_| Reply::new(status, "{\"permission\": \"read\"}"));
        let failure = github.get("/x", &[]).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Status(status), "{status}");
    }
    let (_server, github) = served(|_| Reply::new(204, ""));
    assert_eq!(github.send(Write::Post, "/y", &json!({})).unwrap().body, Value::Null);
}

#[test]
fn a_list_is_read_to_its_end() {
    let (server, github) = served(|seen| {
        let page: u64 = seen.parameter("page").unwrap().parse().unwrap();
        let reply = json_reply(&json!([page]));
        if page < 3 { reply.header("link", &format!("<http://x/?per_page=1&page={}>; rel=\"next\"", page + 1)) } else { reply }
    });
    let pages = github.pages("/x", &[("per_page", "1".to_owned())], 5).unwrap();
    assert_eq!(pages.iter().map(|page| page.body[0].as_u64().unwrap()).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(server.seen().len(), 3);
    assert_eq!(github.pages("/x", &[], 2).unwrap_err().kind, FailureKind::TooLarge);
    let (_server, github) = served(|_| json_reply(&json!([])).header("link", "<http://x/?page=1>; rel=\"next\""));
    assert_eq!(github.pages("/x", &[], 9).unwrap_err().kind, FailureKind::Broken);
}

#[test]
fn an_answer_that_still_stands_is_told_by_its_etag() {
    let version = std::sync::Arc::new(AtomicUsize::new(1));
    let now = std::sync::Arc::clone(&version);
    let (server, github) = served(move |seen| {
        let etag = format!("\"{}\"", now.load(Ordering::SeqCst));
        if seen.header("if-none-match") == Some(&etag) {
            Reply::new(304, "")
        } else {
            json_reply(&json!({"v": etag})).header("etag", &etag)
        }
    });
    let answer = github.get("/x", &[("page", "2".to_owned())]).unwrap();
    assert!(github.unchanged(&answer).unwrap());
    version.store(2, Ordering::SeqCst);
    assert!(!github.unchanged(&answer).unwrap());
    assert_eq!(server.seen()[1].target, "/x?page=2");
}

#[test]
fn many_are_asked_at_once_within_one_deadline() {
    let (server, github) = served(|seen| json_reply(&json!(seen.target)).delay(Duration::from_millis(40)));
    let requests: Vec<Get> = (0..20).map(|i| Get::new(format!("/x/{i}"), &[])).collect();
    let outcomes = github.get_all(&requests);
    assert!(outcomes.iter().enumerate().all(|(i, outcome)| outcome.as_ref().unwrap().body == json!(format!("/x/{i}"))));
    assert!(server.most_at_once() <= limits().concurrency);
    let short = Limits { deadline: Duration::from_millis(100), ..limits() };
    let github = GitHub::open(&access(&server.url), &short).unwrap();
    let outcomes = github.get_all(&requests);
    assert!(outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).all(|failure| failure.kind == FailureKind::Deadline));
    assert!(outcomes.last().unwrap().is_err());
}

#[test]
fn silence_and_floods_end() {
    let (_server, github) = served(|_| json_reply(&json!({})).delay(Duration::from_secs(5)));
    let quick = Limits { timeout: Duration::from_millis(100), retries: 1, ..limits() };
    let (server, _) = (Server::start(|_| json_reply(&json!({})).delay(Duration::from_secs(1))), github);
    let failure = GitHub::open(&access(&server.url), &quick).unwrap().get("/x", &[]).unwrap_err();
    assert_eq!((failure.kind, failure.attempts), (FailureKind::Timeout, 2));
    let small = Limits { max_body: 1000, ..limits() };
    let server = Server::start(|_| Reply::new(200, vec![b' '; 5000]));
    assert_eq!(GitHub::open(&access(&server.url), &small).unwrap().get("/x", &[]).unwrap_err().kind, FailureKind::TooLarge);
    let nobody = Limits { retries: 0, ..limits() };
    let failure = GitHub::open(&access("http://127.0.0.1:1"), &nobody).unwrap().send(Write::Post, "/x", &json!({})).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Connect);
}
