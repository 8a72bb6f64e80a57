//! What goes wrong between a client and a server, played by a local one.

use std::io::Write as _;
use std::time::Duration;

use super::server::{Reply, Server};
use super::*;

fn endpoint(url: &str) -> Endpoint {
    let limits = Limits {
        timeout: Duration::from_secs(5),
        deadline: Duration::from_secs(20),
        backoff: Duration::from_millis(2),
        ..Limits::default()
    };
    Endpoint { limits, ..Endpoint::new(url) }
}

fn get(path: &str) -> Request {
    Request::new(Method::Get, path, vec![])
}

fn one(endpoint: &Endpoint) -> Result<Answer, Failure> {
    run_all(endpoint, vec![get("api")]).remove(0)
}

fn failed(endpoint: &Endpoint) -> Failure {
    one(endpoint).expect_err("it fails")
}

/// Plays the replies one after the other; the last one stays.
fn playing(replies: Vec<Reply>) -> Server {
    Server::start(move |seen| replies[seen.number.min(replies.len() - 1)].clone())
}

#[test]
fn outcomes_keep_the_order_of_the_requests_whatever_arrives_first() {
    let server = Server::start(|seen| {
        let number: u64 = seen.target.trim_start_matches("/prefix/").parse().expect("a number");
        Reply::new(200, seen.target.clone()).delay(Duration::from_millis(40 - 2 * number))
    });
    let requests = (0..20).map(|number| get(&number.to_string())).collect();
    let answers = run_all(&endpoint(&format!("{}/prefix/", server.url)), requests);
    let bodies: Vec<_> = answers.into_iter().map(|answer| answer.expect("an answer").body).collect();
    let wanted: Vec<_> = (0..20).map(|number| format!("/prefix/{number}").into_bytes()).collect();
    assert_eq!(bodies, wanted);
}

#[test]
fn no_more_requests_than_allowed_are_under_way() {
    let server = Server::start(|_| Reply::new(200, "").delay(Duration::from_millis(100)));
    let mut endpoint = endpoint(&server.url);
    endpoint.limits.concurrency = 3;
    let answers = run_all(&endpoint, vec![get("a"); 12]);
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(server.most_at_once(), 3);
}

#[test]
fn parameters_are_sent_in_the_address_or_as_a_form_and_shown_in_both() {
    let server = playing(vec![Reply::new(200, "")]);
    let pairs = vec![("query".to_owned(), "a{b=\"c&d\"}".to_owned())];
    let requests = [Method::Get, Method::Post].map(|method| Request::new(method, "/api/v1/query", pairs.clone())).to_vec();
    let mut endpoint = endpoint(&server.url);
    endpoint.limits.concurrency = 1;
    endpoint.headers = vec![("X-Scope-OrgID".to_owned(), "pay".to_owned())];
    let answers = run_all(&endpoint, requests);
    let shown = format!("{}/api/v1/query?query=a%7Bb%3D%22c%26d%22%7D", server.url);
    assert!(answers.iter().all(|answer| answer.as_ref().is_ok_and(|answer| answer.url == shown)), "{answers:?}");
    let seen = server.seen();
    assert_eq!([seen[0].method.as_str(), seen[1].method.as_str()], ["GET", "POST"]);
    assert_eq!((seen[0].body.as_str(), seen[1].target.as_str()), ("", "/api/v1/query"));
    for seen in &seen {
        assert_eq!(seen.parameter("query").as_deref(), Some("a{b=\"c&d\"}"));
        assert_eq!(seen.header("x-scope-orgid"), Some("pay"));
    }
}

#[test]
fn trouble_that_passes_is_tried_again() {
    let passing = [
        Reply::new(503, "not yet"),
        Reply::new(500, ""),
        Reply::new(429, "").header("Retry-After", "0"),
        Reply::new(200, "half a body").cut(4),
    ];
    for reply in passing {
        let server = playing(vec![reply.clone(), Reply::new(200, "whole")]);
        let answer = one(&endpoint(&server.url)).expect("the second attempt succeeds");
        assert_eq!((answer.body.as_slice(), answer.attempts), (&b"whole"[..], 2), "{reply:?}");
    }
}

#[test]
fn what_the_request_itself_did_wrong_is_not_tried_again() {
    for status in [400, 401, 403, 404, 405, 422] {
        let server = playing(vec![Reply::new(status, "no"), Reply::new(200, "")]);
        let failure = failed(&endpoint(&server.url));
        assert_eq!((failure.kind, failure.attempts, server.seen().len()), (FailureKind::Status(status), 1, 1));
    }
}

#[test]
fn trouble_that_stays_ends_after_the_retries_and_says_so() {
    let server = playing(vec![Reply::new(502, "<html><body>Bad Gateway")]);
    let failure = failed(&endpoint(&server.url));
    assert_eq!(server.seen().len(), 4);
    let url = &server.url;
    let wanted = format!("{url}/api: status 502 with an HTML page, as a proxy or a login answers (4 attempts)");
    assert_eq!(failure.to_string(), wanted);

    let server = playing(vec![Reply::new(200, "half a body").cut(4)]);
    let failure = failed(&endpoint(&server.url));
    assert_eq!(failure.kind, FailureKind::Broken);
    assert!(failure.detail.starts_with("the answer broke off after 4 bytes"), "{failure}");
}

#[test]
fn the_body_of_an_error_is_kept_for_who_understands_it() {
    let server = playing(vec![Reply::new(422, "{\"status\":\"error\"}")]);
    assert_eq!(failed(&endpoint(&server.url)).body, b"{\"status\":\"error\"}");
}

#[test]
fn the_server_says_how_long_to_wait_and_is_obeyed() {
    let server = playing(vec![Reply::new(429, "").header("Retry-After", "1"), Reply::new(200, "")]);
    let watch = crate::collect::clock::Stopwatch::start();
    assert_eq!(one(&endpoint(&server.url)).map(|answer| answer.attempts), Ok(2));
    assert!(watch.elapsed() >= Duration::from_secs(1));

    let server = playing(vec![Reply::new(429, "").header("Retry-After", "3600"), Reply::new(200, "")]);
    let failure = failed(&endpoint(&server.url));
    assert_eq!((failure.kind, failure.attempts), (FailureKind::Status(429), 1));
    assert!(failure.detail.ends_with("no time is left for another attempt"), "{failure}");
}

#[test]
fn a_slow_answer_is_a_timeout_and_all_together_have_a_deadline() {
    let server = playing(vec![Reply::new(200, "").delay(Duration::from_millis(400))]);
    let mut slow = endpoint(&server.url);
    slow.limits = Limits { timeout: Duration::from_millis(30), retries: 1, ..slow.limits };
    let failure = failed(&slow);
    assert_eq!((failure.kind, failure.attempts), (FailureKind::Timeout, 2));

    let mut late = endpoint(&server.url);
    late.limits = Limits { deadline: Duration::from_millis(100), concurrency: 2, ..late.limits };
    let outcomes = run_all(&late, vec![get("a"); 6]);
    let kinds: Vec<_> = outcomes.into_iter().map(|outcome| outcome.map_err(|failure| failure.kind)).collect();
    assert_eq!(kinds, vec![Err(FailureKind::Deadline); 6]);
    assert!(server.seen().len() <= 4, "what is too late is not sent");
}

#[test]
fn nobody_there_is_a_failed_connection() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let failure = failed(&endpoint(&format!("http://{address}")));
    assert_eq!((failure.kind, failure.attempts), (FailureKind::Connect, 4));
    assert!(failure.detail.contains("refused"), "{failure}");
}

#[test]
fn an_answer_has_a_largest_size_also_when_it_was_compressed() {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packed.write_all(&vec![b'a'; 1 << 20]).expect("into memory");
    let packed = packed.finish().expect("into memory");
    assert!(packed.len() < 10_000);
    for reply in [Reply::new(200, vec![b'a'; 1 << 20]), Reply::new(200, packed).header("Content-Encoding", "gzip")] {
        let server = playing(vec![reply]);
        let mut endpoint = endpoint(&server.url);
        assert_eq!(one(&endpoint).map(|answer| answer.body.len()), Ok(1 << 20));
        endpoint.limits.max_body = (1 << 20) - 1;
        let failure = failed(&endpoint);
        assert_eq!((failure.kind, failure.attempts), (FailureKind::TooLarge, 1));
    }
}

#[test]
fn all_answers_together_have_a_largest_size() {
    let server = playing(vec![Reply::new(200, vec![b'a'; 1000])]);
    let mut endpoint = endpoint(&server.url);
    endpoint.limits = Limits { max_all: 2500, concurrency: 1, ..endpoint.limits };
    let kinds: Vec<_> = run_all(&endpoint, vec![get("a"); 3])
        .into_iter()
        .map(|outcome| outcome.map(|_| ()).map_err(|failure| failure.kind))
        .collect();
    assert_eq!(kinds, [Ok(()), Ok(()), Err(FailureKind::TooLarge)]);
}

#[test]
fn credentials_do_not_follow_to_another_place() {
    let elsewhere = playing(vec![Reply::new(200, "stolen")]);
    let target = format!("{}/api?code=s3cret-code", elsewhere.url);
    for status in [301, 302, 303, 307, 308] {
        let server = playing(vec![Reply::new(status, "").header("Location", &target)]);
        let failure = failed(&endpoint(&server.url));
        assert_eq!(failure.kind, FailureKind::Redirect);
        assert!(failure.detail.contains(&elsewhere.url) && !failure.detail.contains("s3cret-code"), "{failure}");
    }
    assert_eq!(elsewhere.seen().len(), 0);
}

#[test]
fn a_redirect_within_the_server_is_followed_where_it_keeps_the_request() {
    let server = Server::start(|seen| match seen.target.as_str() {
        "/api" => Reply::new(308, "").header("Location", "/prom/api"),
        "/loop" => Reply::new(307, "").header("Location", "/loop"),
        "/login" => Reply::new(302, "").header("Location", "/page"),
        _ => Reply::new(200, seen.body.clone()),
    });
    let form = vec![("query".to_owned(), "up".to_owned())];
    let post = |path| Request::new(Method::Post, path, form.clone());
    let outcomes = run_all(&endpoint(&server.url), vec![post("api"), post("loop"), post("login")]);
    assert_eq!(outcomes[0].as_ref().map(|answer| answer.body.as_slice()), Ok(&b"query=up"[..]));
    for outcome in &outcomes[1..] {
        assert_eq!(outcome.as_ref().map_err(|failure| failure.kind), Err(FailureKind::Redirect));
    }
}

#[test]
fn no_secret_is_shown_even_when_the_server_repeats_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("secret");
    std::fs::write(&file, "s3cret-token\n").expect("written");
    let server = Server::start(|seen| {
        let body = format!("you sent {:?} to {}", seen.header("authorization"), seen.target);
        Reply::new(if seen.target.contains("fine") { 200 } else { 400 }, body)
    });
    let url = server.url.replace("http://", "http://s3cret-user:s3cret-password@") + "/?key=s3cret-key";
    let authorized = Endpoint { authorization: Some(Authorization::File(file)), ..endpoint(&url) };
    for endpoint in [authorized, endpoint(&url)] {
        let failure = failed(&endpoint);
        let answer = run_all(&endpoint, vec![get("fine")]).remove(0).expect("an answer");
        let shown = format!("{endpoint:?} {failure} {failure:?} {} {}", answer.url, String::from_utf8_lossy(&failure.body));
        assert!(!shown.contains("s3cret"), "{shown}");
        assert!(failure.to_string().contains("you sent"), "{failure}");
    }
    let sent: Vec<_> = server.seen().iter().map(|seen| seen.header("authorization").map(str::to_owned)).collect();
    assert_eq!(sent[0].as_deref(), Some("Bearer s3cret-token"));
    assert!(sent[2].as_deref().is_some_and(|sent| sent.starts_with("Basic ")), "{sent:?}");
    assert_eq!(server.seen()[0].parameter("key").as_deref(), Some("s3cret-key"));
}

#[test]
fn a_secret_with_a_scheme_is_sent_as_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("secret");
    std::fs::write(&file, "Token abcdefgh").expect("written");
    let server = playing(vec![Reply::new(200, "")]);
    let endpoint = Endpoint { authorization: Some(Authorization::File(file)), ..endpoint(&server.url) };
    assert!(one(&endpoint).is_ok());
    assert_eq!(server.seen()[0].header("authorization"), Some("Token abcdefgh"));
}

#[test]
fn what_is_described_wrongly_is_named_and_nothing_is_sent() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = playing(vec![Reply::new(200, "")]);
    let written = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("written");
        path
    };
    let good = endpoint(&server.url);
    let file = |path| Some(Authorization::File(path));
    let wrong = [
        (endpoint("prometheus:9090"), "expected an address that starts with http"),
        (endpoint("ftp://x/"), "expected an address that starts with http"),
        (endpoint("http://"), "not an address"),
        (Endpoint { headers: vec![("a b".to_owned(), "c".to_owned())], ..good.clone() }, "`a b` is not a header"),
        (Endpoint { headers: vec![("a".to_owned(), "c\nd".to_owned())], ..good.clone() }, "`a` is not a header"),
        (Endpoint { authorization: file(folder.path().join("none")), ..good.clone() }, "cannot be read"),
        (Endpoint { authorization: file(written("empty", " \n")), ..good.clone() }, "is empty"),
        (Endpoint { authorization: file(written("lines", "abcd\nefgh")), ..good.clone() }, "characters that no header"),
        (
            Endpoint { authorization: Some(Authorization::Environment("KADIAN_NOT_SET".to_owned())), ..good.clone() },
            "the environment variable KADIAN_NOT_SET is not set",
        ),
        (Endpoint { ca_file: Some(written("ca", "no certificate")), ..good.clone() }, "ca_file holds no certificate"),
    ];
    for (endpoint, wanted) in wrong {
        let failure = failed(&endpoint);
        assert_eq!(failure.kind, FailureKind::Setup, "{failure}");
        assert!(failure.detail.contains(wanted) && !failure.detail.contains("efgh"), "{failure}");
    }
    assert_eq!(server.seen().len(), 0);
}

#[test]
fn a_session_has_one_deadline_over_all_its_runs() {
    let server = playing(vec![Reply::new(200, "").delay(Duration::from_millis(400))]);
    let mut endpoint = endpoint(&server.url);
    endpoint.limits.deadline = Duration::from_secs(1);
    let session = Session::open(&endpoint).expect("a session");
    let run = || session.run(vec![get("a")], |_, outcome| outcome.map_err(|failure| failure.kind).map(|_| ())).remove(0);
    let outcomes = [run(), run(), run(), run()];
    assert_eq!((outcomes[0], outcomes[3]), (Ok(()), Err(FailureKind::Deadline)));
}

#[test]
fn inside_of_another_runtime_it_refuses_instead_of_panicking() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let failure = runtime.block_on(async { failed(&Endpoint::new("http://localhost")) });
    assert_eq!(failure.kind, FailureKind::Setup);
}
