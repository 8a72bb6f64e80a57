use std::sync::{Arc, Barrier};

use super::*;
use crate::collect::http::server::{Reply, Seen, Server};
use crate::evidence::samples::{MetricSeries, Series};
use crate::evidence::slis;

/// One series of a made-up server: which query it answers (by a part of its text), its labels, its values.
type Known<'a> = (&'a str, &'a str, &'a [&'a str]);

const STEP: i64 = 60;

fn moment() -> Moment {
    let time = |seconds| jiff::Timestamp::from_second(seconds).expect("a time");
    let (from, to) = ("1.0".to_owned(), "1.1".to_owned());
    Moment { from, to, region: Some("east".to_owned()), batch: Some(2), start: time(60_000), end: time(60_000 + 3 * STEP + 5) }
}

/// Answers with every series whose text is in the query; `-` is no value.
fn answer(seen: &Seen, known: &[Known<'_>]) -> Reply {
    let query = seen.parameter("query").expect("a query");
    let asked: i64 = seen.parameter("start").and_then(|start| start.parse().ok()).expect("a start");
    // Counters are asked for from five minutes before.
    let start = asked.max(moment().start.as_second());
    let series = known.iter().filter(|(part, _, _)| query.contains(part)).map(|(_, labels, values)| {
        let values = values.iter().enumerate().filter(|(_, value)| **value != "-");
        let points: Vec<String> =
            values.map(|(at, value)| format!("[{},\"{value}\"]", start + STEP * i64::try_from(at).expect("small"))).collect();
        format!("{{\"metric\":{{{labels}}},\"values\":[{}]}}", points.join(","))
    });
    let result = series.collect::<Vec<_>>().join(",");
    Reply::new(200, format!("{{\"status\":\"success\",\"data\":{{\"resultType\":\"matrix\",\"result\":[{result}]}}}}"))
}

fn definitions(url: &str, indicators: &str) -> Slis {
    let text = format!(
        "version: 1\nservice: pay\nsources: {{prometheus: {{url: \"{url}\", retries: 0}}}}\n\
         gray: {{match: {{version: \"{{to}}\"}}}}\nbaseline: {{match: {{version: \"{{from}}\"}}}}\nslis:\n{indicators}"
    );
    slis::read(text.as_bytes()).expect("readable")
}

fn collected(indicators: &str, handler: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Collected {
    let server = Server::start(handler);
    let mut collected = collect(&definitions(&server.url, indicators), &moment(), Path::new(".")).expect("it can be asked");
    for text in collected.samples.degraded.iter_mut().chain(collected.failures.iter_mut().map(|failure| &mut failure.reason)) {
        *text = text.replace(&server.url, "URL");
    }
    collected
}

fn counts(metric: &MetricSeries) -> [Vec<Option<f64>>; 4] {
    let Series::Counts { gray, baseline } = &metric.series else { panic!("counts") };
    [gray.good.clone(), gray.bad.clone(), baseline.good.clone(), baseline.bad.clone()]
}

fn samples(metric: &MetricSeries) -> (Vec<Option<f64>>, Vec<Option<f64>>) {
    let Series::Samples { gray, baseline } = &metric.series else { panic!("samples") };
    (gray.clone(), baseline.clone())
}

fn some<const N: usize>(values: [f64; N]) -> Vec<Option<f64>> {
    values.map(Some).to_vec()
}

const GAPS: [Option<f64>; 3] = [None; 3];

const ERRORS: &str = "- {name: errors, signal: availability, total: 'all', bad: 'all{code=\"500\"}'}\n";

#[test]
fn counters_of_both_sides_become_counts() {
    let collected = collected(ERRORS, |seen| {
        answer(
            seen,
            &[
                ("all{version=\"1.1\"}", "\"instance\":\"g\"", &["0", "10", "30", "60"]),
                ("all{code=\"500\",version=\"1.1\"}", "\"instance\":\"g\",\"code\":\"500\"", &["-", "-", "2", "2"]),
                ("all{version=\"1.0\"}", "\"instance\":\"b\"", &["100", "200", "5", "15"]),
            ],
        )
    });
    let report = &collected.samples;
    assert_eq!((report.service.as_deref(), report.version.as_deref(), report.batch), (Some("pay"), Some("1.1"), Some(2)));
    assert_eq!((report.start, report.step_seconds, report.metrics.len()), (moment().start, 60, 1));
    let wanted = [some([10.0, 18.0, 30.0]), some([0.0, 2.0, 0.0]), some([100.0, 5.0, 10.0]), some([0.0, 0.0, 0.0])];
    assert_eq!(counts(&report.metrics[0]), wanted);
    assert_eq!((report.degraded.len(), collected.failures.len(), collected.sources.len()), (0, 0, 4));
    assert!(collected.sources[0].url.contains("query=all%7Bcode%3D%22500%22"), "{:?}", collected.sources);
}

#[test]
fn nothing_there_is_no_data_and_never_zero() {
    let indicators = format!("{ERRORS}- {{name: lag, signal: freshness, samples: 'lag{{$scope}}'}}\n");
    let collected = collected(&indicators, |seen| answer(seen, &[]));
    assert_eq!(counts(&collected.samples.metrics[0]), [(); 4].map(|()| GAPS.to_vec()));
    assert_eq!(samples(&collected.samples.metrics[1]), (GAPS.to_vec(), GAPS.to_vec()));
}

#[test]
fn a_failed_or_partial_answer_is_named_and_leaves_its_side_without_data() {
    for (body, wanted) in [
        (
            "{\"status\":\"error\",\"errorType\":\"execution\",\"error\":\"too slow\"}",
            "errors (gray): URL/api/v1/query_range: execution: too slow",
        ),
        (
            "<html>",
            "errors (gray): URL/api/v1/query_range: an HTML page instead of JSON: a proxy, a login, or an address that is not the API's",
        ),
        (
            "{\"status\":\"success\",\"warnings\":[\"a store is down\"],\"data\":{\"resultType\":\"matrix\",\"result\":[]}}",
            "errors (gray): the answer is not whole: a store is down",
        ),
    ] {
        let collected = collected(ERRORS, move |seen| {
            let query = seen.parameter("query").expect("a query");
            if query.contains("500") && query.contains("1.1") {
                return Reply::new(200, body);
            }
            answer(seen, &[("all{version", "\"instance\":\"b\"", &["0", "1", "2", "3"])])
        });
        assert_eq!(collected.samples.degraded, [wanted]);
        let failure = &collected.failures[0];
        assert_eq!((failure.metric.as_str(), failure.side, failure.source.as_str()), ("errors", Side::Gray, "prometheus"));
        assert_eq!(failure.query, "all{code=\"500\",version=\"1.1\"}");
        let [gray_good, gray_bad, baseline_good, _] = counts(&collected.samples.metrics[0]);
        assert_eq!((gray_good, gray_bad), (GAPS.to_vec(), GAPS.to_vec()));
        assert_eq!(baseline_good, some([1.0, 1.0, 1.0]));
    }
}

#[test]
fn a_server_that_is_away_is_named_once() {
    let many: String = (0..8).map(|at| ERRORS.replace("name: errors", &format!("name: e{at}"))).collect();
    let collected = collected(&many, |_| Reply::new(503, ""));
    let wanted = "e0 (gray), e0 (baseline), e1 (gray), e1 (baseline), e2 (gray) and 11 more: URL/api/v1/query_range: status 503";
    assert_eq!(collected.samples.degraded, [wanted]);
    assert_eq!((collected.failures.len(), collected.sources.len()), (32, 0));
}

#[test]
fn sampled_values_stand_for_the_step_that_they_end() {
    let lag = "- {name: lag, signal: freshness, unit: s, samples: 'max(lag{$scope})'}\n";
    let collected = collected(lag, |seen| {
        assert_eq!(seen.parameter("start").as_deref(), Some("60060"));
        let two: &[Known<'_>] = &[
            ("lag{version=\"1.1\"}", "", &["1", "NaN", "+Inf"]),
            ("lag{version=\"1.0\"}", "\"a\":\"1\"", &["1"]),
            ("lag{version=\"1.0\"}", "\"a\":\"2\"", &["1"]),
        ];
        answer(seen, two)
    });
    assert_eq!(samples(&collected.samples.metrics[0]), (vec![Some(1.0), None, None], GAPS.to_vec()));
    let wanted = [
        "lag (gray): infinite values are left out",
        "lag (baseline): 2 series where one was expected, such as {a=\"1\"} and {a=\"2\"}; aggregate them",
    ];
    assert_eq!(collected.samples.degraded, wanted);
}

#[test]
fn histograms_count_what_was_fast_enough_and_need_the_bucket() {
    let latency = "- {name: latency, signal: latency, histogram: seconds, threshold: 0.5}\n";
    let collected = collected(latency, |seen| {
        answer(
            seen,
            &([
                ("seconds_count{version=\"1.1\"}", "\"instance\":\"g\"", &["0", "10", "20", "30"]),
                ("seconds_bucket{le=~\"0\\\\.5|", "\"instance\":\"g\",\"le\":\"0.5\"", &["0", "9", "18", "20"]),
                ("seconds_count{version=\"1.0\"}", "\"instance\":\"b\"", &["0", "10", "20", "30"]),
            ] as [Known<'_>; 3])[..if seen.body.contains("1.0") && seen.body.contains("bucket") { 0 } else { 3 }],
        )
    });
    let [good, bad, baseline, _] = counts(&collected.samples.metrics[0]);
    assert_eq!((good, bad), (some([9.0, 9.0, 2.0]), some([1.0, 1.0, 8.0])));
    assert_eq!(baseline, GAPS.to_vec());
    assert_eq!(collected.samples.degraded, ["latency (baseline): the histogram has no bucket at the threshold"]);
}

#[test]
fn a_selector_of_good_events_that_matches_nowhere_is_not_an_outage() {
    let good = "- {name: ok, signal: availability, total: 'all', good: 'fine'}\n";
    let totals = |seen: &Seen| answer(seen, &[("all{", "\"instance\":\"g\"", &["0", "10", "20", "30"])]);
    let wrong = collected(good, totals);
    assert_eq!(counts(&wrong.samples.metrics[0])[1], GAPS.to_vec());
    assert!(wrong.samples.degraded[0].ends_with("no series counts good events; is the selector right?"));

    // Where the baseline has good events, a gray version without any has failed altogether.
    let down = collected(good, move |seen| {
        let fine: Known<'_> = ("fine{version=\"1.0\"}", "\"instance\":\"g\"", &["0", "10", "20", "30"]);
        if seen.body.contains("fine") { answer(seen, &[fine]) } else { totals(seen) }
    });
    assert_eq!(counts(&down.samples.metrics[0]), [some([0.0; 3]), some([10.0; 3]), some([10.0; 3]), some([0.0; 3])]);
}

const TWO_CHANNELS: &str = "- name: errors\n  signal: availability\n  channels: 2\n  by: [region]\n  measures:\n  \
    - {channel: load_balancer, total: 'lb', bad: 'lb{code=\"500\"}'}\n  - {channel: server, total: 'own', bad: 'own{code=\"500\"}'}\n";

#[test]
fn requests_to_a_server_without_metrics_failed() {
    let collected = collected(TWO_CHANNELS, |seen| {
        answer(
            seen,
            &[
                ("lb{version=\"1.1\"}", "\"instance\":\"l\",\"region\":\"east\"", &["0", "10", "20", "30"]),
                ("own{version=\"1.1\"}", "\"instance\":\"s\",\"region\":\"east\"", &["0", "9", "-", "-"]),
                ("lb{version=\"1.0\"}", "\"instance\":\"l\",\"region\":\"east\"", &["0", "10", "20", "30"]),
            ],
        )
    });
    let metrics = &collected.samples.metrics;
    let names: Vec<_> =
        metrics.iter().map(|metric| (metric.channel.as_deref(), metric.segment.get("region").map(String::as_str))).collect();
    let (balancer, server, east) = (Some("load_balancer"), Some("server"), Some("east"));
    assert_eq!(names, [(balancer, None), (server, None), (balancer, east), (server, east)]);
    assert!(metrics.iter().all(|metric| metric.required_channels == Some(2)));
    let wanted = [some([9.0, 0.0, 0.0]), some([0.0, 10.0, 10.0]), GAPS.to_vec(), GAPS.to_vec()];
    assert_eq!(counts(&metrics[1]), wanted, "a silent baseline is no failed one");
    assert_eq!(counts(&metrics[3]), wanted);
    let note =
        |of: &str| format!("errors/server (gray): requests{of} reached servers without metrics in 2 steps; they count as failed");
    assert_eq!(collected.samples.degraded, [note(""), note(" of region=east")]);
}

#[test]
fn a_lost_channel_is_named_and_a_failed_query_is_no_silence() {
    let collected = collected(TWO_CHANNELS, |seen| {
        if seen.body.contains("own") {
            return Reply::new(400, "no");
        }
        answer(seen, &[("lb{", "\"instance\":\"l\"", &["0", "10", "20", "30"])])
    });
    assert_eq!(counts(&collected.samples.metrics[1]), [(); 4].map(|()| GAPS.to_vec()));
    let degraded = collected.samples.degraded.join("\n");
    assert!(degraded.contains("errors/server (gray): the channel has no data; 1 of 2 have, 2 are wanted"), "{degraded}");
    assert!(degraded.contains("errors: no series has the label `region`"), "{degraded}");
    assert!(!degraded.contains("count as failed"), "{degraded}");
}

#[test]
fn the_parts_with_the_most_traffic_are_judged_and_the_others_counted() {
    let by = ERRORS.replace("signal", "by: [customer], signal");
    let collected = collected(&by, |seen| {
        let all: Vec<(String, [String; 4])> = (0..130)
            .map(|at| {
                (format!("\"instance\":\"g\",\"customer\":\"c{at:03}\""), [0, at, 2 * at, 3 * at].map(|value| value.to_string()))
            })
            .collect();
        let texts: Vec<(String, Vec<&str>)> =
            all.iter().map(|(labels, values)| (labels.clone(), values.iter().map(String::as_str).collect())).collect();
        let known: Vec<Known<'_>> =
            texts.iter().map(|(labels, values)| ("all{version", labels.as_str(), values.as_slice())).collect();
        answer(seen, &known)
    });
    let metrics = &collected.samples.metrics;
    assert_eq!((metrics.len(), metrics[1].segment["customer"].as_str()), (101, "c030"));
    assert_eq!(counts(&metrics[100])[0], some([129.0, 129.0, 129.0]));
    let wanted = ["errors: 30 further values of `customer` with less traffic are not judged one by one"];
    assert_eq!(collected.samples.degraded, wanted);
}

#[test]
fn equal_queries_are_asked_once_and_sources_at_the_same_time() {
    // The first request of each is answered only while both are under way.
    let meeting = Arc::new(Barrier::new(2));
    let start = || {
        let meeting = Arc::clone(&meeting);
        Server::start(move |seen| {
            if seen.number == 0 {
                meeting.wait();
            }
            answer(seen, &[])
        })
    };
    let (one, other) = (start(), start());
    let indicators = format!("{ERRORS}{}", ERRORS.replace("name: errors", "name: again, source: prometheus"));
    let mut slis = definitions(&one.url, &indicators);
    let elsewhere = slis::read(
        format!("version: 1\nservice: pay\nsources: {{other: {{url: \"{}\"}}}}\ngray: {{region: a}}\nbaseline: {{region: b}}\nslis:\n{ERRORS}", other.url)
            .replace("name: errors", "name: elsewhere")
            .as_bytes(),
    );
    let elsewhere = elsewhere.expect("readable");
    slis.sources.extend(elsewhere.sources);
    slis.slis.extend(elsewhere.slis);
    let collected = collect(&slis, &moment(), Path::new(".")).expect("it can be asked");
    assert_eq!(collected.failures, []);
    assert_eq!((one.seen().len(), other.seen().len()), (4, 4));
}

#[test]
fn a_moment_that_does_not_fit_is_an_error_and_nothing_is_asked() {
    let server = Server::start(|seen| answer(seen, &[]));
    let slis = definitions(&server.url, ERRORS);
    let short = Moment { end: moment().start + jiff::SignedDuration::from_secs(59), ..moment() };
    let backwards = Moment { end: jiff::Timestamp::UNIX_EPOCH, ..moment() };
    let long = Moment { start: jiff::Timestamp::UNIX_EPOCH, end: jiff::Timestamp::MAX, ..moment() };
    for (moment, wanted) in [
        (short, "there is no whole step of 60 s"),
        (backwards, "there is no whole step"),
        (long, "expected at most 50000"),
        (Moment { to: "1.0".to_owned(), ..moment() }, "is the new version the old one?"),
        (Moment { to: String::new(), ..moment() }, "gray: the value of the label `version` is empty"),
    ] {
        let error = collect(&slis, &moment, Path::new(".")).expect_err(wanted);
        assert!(error.contains(wanted), "{error}");
    }
    assert_eq!(server.seen().len(), 0);
}
