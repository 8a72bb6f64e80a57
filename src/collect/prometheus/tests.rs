use std::time::Duration;

use super::*;
use crate::collect::http::Limits;
use crate::collect::http::server::{Reply, Seen, Server};

const EMPTY: &str = r#"{"status":"success","data":{"resultType":"matrix","result":[]}}"#;

fn endpoint(server: &Server, prefix: &str) -> Endpoint {
    let limits = Limits { backoff: Duration::from_millis(1), ..Limits::default() };
    Endpoint { limits, ..Endpoint::new(format!("{}{prefix}", server.url)) }
}

fn time(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).expect("a time")
}

fn range(end: i64) -> Query {
    Query { text: "up".to_owned(), span: Span::Range { start: time(1000), end: time(end), step_seconds: 10 } }
}

fn error(reply: Reply) -> String {
    let server = Server::start(move |_| reply.clone());
    let outcome = fetch(&endpoint(&server, ""), &[range(2000)]).remove(0);
    outcome.expect_err("an error").to_string().replace(&server.url, "URL")
}

#[test]
fn queries_are_forms_below_the_prefix_of_the_address() {
    let server = Server::start(|_| Reply::new(200, EMPTY));
    let instant = Query { text: "a".to_owned(), span: Span::Instant(Timestamp::from_millisecond(1500).expect("a time")) };
    let outcomes = fetch(&endpoint(&server, "/prometheus/"), &[range(1100), instant]);
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    let mut seen = server.seen();
    seen.sort_by(|a, b| a.target.cmp(&b.target));
    assert_eq!([&seen[0].target, &seen[1].target], ["/prometheus/api/v1/query", "/prometheus/api/v1/query_range"]);
    assert_eq!([&seen[0].body, &seen[1].body], ["query=a&time=1.500", "query=up&start=1000&end=1100&step=10"]);
    let origin = &outcomes[0].as_ref().expect("data").origins[0];
    assert_eq!((origin.bytes, origin.sha256.as_str()), (EMPTY.len() as u64, sha256(EMPTY).as_str()));
    assert!(origin.url.ends_with("/api/v1/query_range?query=up&start=1000&end=1100&step=10"), "{}", origin.url);
}

#[test]
fn a_server_that_takes_no_forms_is_asked_with_get() {
    let server = Server::start(|seen| Reply::new(if seen.method == "GET" { 200 } else { 405 }, EMPTY));
    let outcomes = fetch(&endpoint(&server, ""), &[range(1100), range(1200)]);
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    assert_eq!(server.seen()[2].parameter("query").as_deref(), Some("up"));
}

/// One series with a value at every step that was asked for.
fn every_step(seen: &Seen) -> Reply {
    let number = |name| seen.parameter(name).and_then(|value| value.parse::<usize>().ok()).expect("a number");
    let points: Vec<String> =
        (number("start")..=number("end")).step_by(number("step")).map(|at| format!("[{at},\"1\"]")).collect();
    let result = format!(r#"[{{"metric":{{}},"values":[{}]}}]"#, points.join(","));
    Reply::new(200, EMPTY.replace("[]", &result))
}

#[test]
fn long_ranges_come_in_parts_without_loss_or_repetition() {
    let server = Server::start(every_step);
    for (steps, parts) in [(0, 1), (11_000, 1), (11_001, 2), (30_000, 3)] {
        let fetched = fetch(&endpoint(&server, ""), &[range(1000 + steps * 10)]).remove(0).expect("data");
        assert_eq!(fetched.origins.len(), parts, "{steps}");
        let times: Vec<i64> = fetched.series[0].points.iter().map(|point| point.at / 1000).collect();
        assert_eq!(times, (0..=steps).map(|step| 1000 + step * 10).collect::<Vec<_>>());
    }
}

#[test]
fn one_lost_part_loses_the_query() {
    let server = Server::start(|seen| match seen.parameter("start").as_deref() {
        Some("1000") => every_step(seen),
        _ => Reply::new(400, r#"{"status":"error","errorType":"bad_data","error":"no"}"#),
    });
    let outcomes = fetch(&endpoint(&server, ""), &[range(200_000), range(2000)]);
    let error = outcomes[0].as_ref().expect_err("an error").to_string();
    assert!(error.ends_with("/api/v1/query_range: bad_data: no"), "{error}");
    assert!(outcomes[1].is_ok(), "the other query is not concerned");
}

#[test]
fn what_the_server_says_reaches_the_error() {
    let refused = r#"{"status":"error","errorType":"execution","error":"query timed out"}"#;
    let at = "URL/api/v1/query_range: ";
    for (reply, wanted) in [
        (Reply::new(422, refused), "execution: query timed out"),
        (Reply::new(200, refused), "execution: query timed out"),
        (Reply::new(503, refused), "execution: query timed out"),
        (Reply::new(200, "<html>"), "an HTML page instead of JSON"),
        (Reply::new(502, "<html>"), "status 502 with an HTML page"),
        (Reply::new(200, &EMPTY.as_bytes()[..30]), "the answer is cut off after 30 bytes"),
        (Reply::new(404, "404 page not found"), "status 404: 404 page not found"),
        (Reply::new(401, "no"), "status 401: the credentials are missing or not accepted"),
    ] {
        let error = error(reply);
        assert!(error.starts_with(&format!("{at}{wanted}")), "{error}");
    }
}

#[test]
fn warnings_are_kept_with_the_data() {
    let server = Server::start(|_| Reply::new(200, EMPTY.replacen('{', r#"{"warnings":["a store is down"],"#, 1)));
    let fetched = fetch(&endpoint(&server, ""), &[range(200_000)]).remove(0).expect("data");
    assert_eq!(fetched.warnings, ["a store is down"], "both parts say it");
}

#[test]
fn what_cannot_be_asked_is_not_sent() {
    let server = Server::start(|_| Reply::new(200, EMPTY));
    let spans = [
        Span::Range { start: time(10), end: time(5), step_seconds: 1 },
        Span::Range { start: time(0), end: time(5), step_seconds: 0 },
        Span::Range { start: time(0), end: time(5), step_seconds: u64::MAX },
        Span::Range { start: Timestamp::UNIX_EPOCH, end: Timestamp::MAX, step_seconds: 1 },
    ];
    let queries: Vec<Query> = spans.into_iter().map(|span| Query { text: "up".to_owned(), span }).collect();
    assert!(fetch(&endpoint(&server, ""), &queries).iter().all(|outcome| matches!(outcome, Err(QueryError::Query(_)))));
    assert_eq!(server.seen().len(), 0);
}
