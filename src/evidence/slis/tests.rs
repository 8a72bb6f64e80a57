use super::*;

const WHOLE: &str = r#"version: 1
service: pay
sources:
  prometheus: {url: "http://prometheus:9090/base", headers: {X-Scope-OrgID: pay}, authorization_file: /run/secrets/prom, timeout: 10s, deadline: 45s, concurrency: 8, retries: 2, ca_file: ca.pem}
  probe:
    url: "https://probe"
    authorization_env: PROBE_TOKEN
gray: {match: {version: "{to}"}, region: "{region}"}
baseline: {instances: ["a:8080", "b:8080"]}
step: 30s
slis:
- name: availability
  signal: availability
  critical: true
  channels: 2
  margin: 0.5
  floor: 0.001
  minimum: 20
  objective: 0.9999
  period: 30d
  by: [region, api]
  measures:
  - {channel: load_balancer, total: 'lb_total{service="pay"}', bad: 'lb_total{service="pay",code=~"5.."}'}
  - {channel: server, source: probe, total: 'http_total', good: 'http_total{code!~"5.."}'}
- {name: latency, signal: latency, histogram: 'seconds{job="pay"}', threshold: 0.5, channel: server}
- {name: queue-lag, signal: freshness, unit: s, samples: 'max(lag{$scope})', source: probe}
- {name: queue-lag, api: refund, signal: throughput, samples: 'max(lag{$scope})'}
"#;

fn read_whole() -> Slis {
    read(WHOLE.as_bytes()).expect("readable")
}

#[test]
fn a_whole_definition_is_read() {
    let slis = read_whole();
    let source = &slis.sources["prometheus"];
    assert_eq!(source.headers, [("X-Scope-OrgID".to_owned(), "pay".to_owned())]);
    assert_eq!(source.authorization, Some(AuthorizationSpec::File("/run/secrets/prom".to_owned())));
    assert_eq!((source.timeout, source.deadline), (Some(Duration::from_secs(10)), Some(Duration::from_secs(45))));
    assert_eq!((source.concurrency, source.retries, source.ca_file.as_deref()), (Some(8), Some(2), Some("ca.pem")));
    assert_eq!(slis.sources["probe"].authorization, Some(AuthorizationSpec::Environment("PROBE_TOKEN".to_owned())));
    assert_eq!((slis.service.as_str(), slis.step_seconds, slis.slis.len()), ("pay", 30, 4));

    let sli = &slis.slis[0];
    assert_eq!((sli.channels, sli.critical, sli.minimum, sli.line), (2, true, Some(20), Some(12)));
    assert_eq!((sli.margin, sli.floor, sli.objective), (Some(0.5), Some(0.001), Some(0.9999)));
    assert_eq!((sli.period, sli.by.join(" ")), (Some(Duration::from_hours(720)), "api region".to_owned()));
    let Measured::Counts(measures) = &sli.measured else { panic!("counters") };
    assert_eq!([measures[0].source.as_str(), measures[1].source.as_str()], ["prometheus", "probe"]);
    assert!(matches!(&measures[1].counting, Counting::Good { good, .. } if good.to_string() == "http_total{code!~\"5..\"}"));
}

#[test]
fn one_measure_may_stand_in_the_indicator_and_directions_follow_the_signal() {
    let slis = read_whole().slis;
    let Measured::Counts(measures) = &slis[1].measured else { panic!("counters") };
    assert_eq!((measures.len(), measures[0].channel.as_deref()), (1, Some("server")));
    assert!(matches!(&measures[0].counting, Counting::Histogram { threshold, .. } if (threshold - 0.5).abs() < 1e-9));
    assert!(matches!(&slis[2].measured, Measured::Samples { source, .. } if source == "probe"));
    assert_eq!([slis[2].worse, slis[3].worse], [Worse::Up, Worse::Down]);
    assert_eq!((slis[3].channels, slis[3].critical, slis[3].margin), (1, false, None));
}

const SECTIONS: &str = r#"alerts: {source: probe}
logs: {source: probe, query: '{app="p}ay",$scope} |~ "(?i)error}"', max_lines: 5000}
health: {selector: 'namespace="prod",pod=~"pay-.*"', match: {label_version: "{to}", zone: [a, b]}}
cache: {folder: .kadian/cache, max_age: 10m}
"#;

#[test]
fn what_else_is_asked_is_read() {
    let plain = read_whole();
    assert_eq!((&plain.alerts, &plain.logs, &plain.health, &plain.cache), (&None, &None, &None, &None));
    let slis = read(format!("{WHOLE}{SECTIONS}").as_bytes()).expect("readable");
    assert_eq!(slis.alerts.map(|alerts| alerts.source).as_deref(), Some("probe"));
    let logs = slis.logs.expect("logs");
    let matchers = [Matcher::equal("version", "2")];
    assert_eq!((logs.source.as_str(), logs.max_lines), ("probe", 5000));
    assert_eq!(logs.query.filled(&matchers), "{app=\"p}ay\",version=\"2\"} |~ \"(?i)error}\"");
    assert_eq!(logs.query.stream().map(|stream| stream.filled(&matchers)).as_deref(), Some("{app=\"p}ay\",version=\"2\"}"));
    let health = slis.health.expect("health");
    let selector: Vec<String> = health.selector.iter().map(ToString::to_string).collect();
    assert_eq!((health.source.as_str(), selector.join(",")), ("prometheus", "namespace=\"prod\",pod=~\"pay-.*\"".to_owned()));
    assert_eq!(slis.cache, Some(CacheSpec { folder: ".kadian/cache".to_owned(), max_age: Duration::from_mins(10) }));
}

#[test]
fn mistakes_in_what_else_is_asked_name_their_line() {
    let mistakes = [
        ("alerts: {source: probe}", "alert: {source: probe}", "line 28: unknown key `alert`; did you mean `alerts`?"),
        ("{source: probe}\n", "{source: prob}\n", "line 28: unknown source `prob`; did you mean `probe`?"),
        ("{source: probe}\n", "{source: probe, url: x}\n", "line 28: unknown key `url`"),
        (",$scope}", "}", "line 29: the query has no `$scope`"),
        ("'{app=", "'count_over_time({app=", "line 29: expected `$scope` in the braces that the query starts with"),
        ("max_lines: 5000", "max_lines: 0", "line 29: max_lines is 0; expected 1 to 5000000"),
        ("max_lines: 5000", "max_line: 5000", "line 29: unknown key `max_line`; did you mean `max_lines`?"),
        ("namespace=", "{namespace=", "line 30: expected a label at byte 0"),
        (".*\"'", ".*\"}'", "line 30: expected `,` or the end at byte 30"),
        ("'namespace=\"prod\",pod=~\"pay-.*\"'", "''", "line 30: expected a label at byte 0, found the end"),
        ("{label_version: \"{to}\", zone: [a, b]}", "{}", "line 30: no label tells the pods of the gray version"),
        ("zone: [a, b]", "zone: []", "line 30: the label `zone` has no value"),
        ("\"{to}\", zone", "\"{too}\", zone", "line 30: unknown placeholder `{too}`"),
        (".kadian/cache", "/var/cache", "line 31: expected a folder below the repository's root"),
        (".kadian/cache", "../cache", "line 31: expected a folder below the repository's root"),
        ("10m", "0s", "line 31: `0s` is no duration"),
    ];
    for (good, bad, wanted) in mistakes {
        assert!(SECTIONS.contains(good), "{good}");
        let error = read(format!("{WHOLE}{}", SECTIONS.replacen(good, bad, 1)).as_bytes()).expect_err(bad).to_string();
        assert!(error.starts_with(wanted), "{bad}: {error}");
    }
}

#[test]
fn sides_are_filled_in_from_the_rollout() {
    let slis = read_whole();
    let time = jiff::Timestamp::UNIX_EPOCH;
    let (from, to, region) = ("1.0".to_owned(), "1.1".to_owned(), Some("east".to_owned()));
    let moment = Moment { from, to, region, batch: None, start: time, end: time };
    let text =
        |scope: &Scope| scope.matchers(&moment).map(|all| all.iter().map(ToString::to_string).collect::<Vec<_>>().join(","));
    assert_eq!(text(&slis.gray), Ok("version=\"1.1\",region=\"east\"".to_owned()));
    assert_eq!(text(&slis.baseline), Ok("instance=~\"a:8080|b:8080\"".to_owned()));
}

#[test]
fn every_mistake_names_its_line_and_the_way_out() {
    let mistakes = [
        ("version: 1\n", "version: 2\n", "line 1: version 2 is not known; expected 1"),
        ("service: pay", "servise: pay", "line 2: unknown key `servise`; did you mean `service`?"),
        ("service: pay", "service: ''", "line 2: the service needs a name"),
        ("timeout: 10s", "time_out: 10s", "line 4: unknown key `time_out`; did you mean `timeout`?"),
        ("timeout: 10s", "timeout: 10", "line 4: `10` is no duration"),
        ("timeout: 10s", "timeout: 2h", "line 4: `2h` is no duration from 1ms to 3600s"),
        ("X-Scope-OrgID: pay", "authorization: x", "line 4: the header `authorization` is a secret"),
        ("http://prometheus", "prometheus", "line 4: expected an address that starts with http://"),
        ("concurrency: 8", "concurrency: 0", "line 4: concurrency is 0; expected 1 to 100"),
        ("retries: 2", "retries: 11", "line 4: retries is 11"),
        ("ca_file: ca.pem", "authorization_env: A", "line 4: authorization_file and authorization_env exclude each other"),
        ("\"{to}\"", "\"{version}\"", "line 8: unknown placeholder `{version}`"),
        ("{version: ", "{\"a-b\": ", "line 8: `a-b` is no label"),
        ("\"{region}\"", "\"{region\"", "line 8: a brace without its other half"),
        ("match: {version: \"{to}\"}, region: \"{region}\"", "instances: []", "line 8: a side without a condition"),
        (
            "match: {version: \"{to}\"}, region: \"{region}\"",
            "instances: [\"a:8080\", \"b:8080\"]",
            "line 9: gray and baseline select the same",
        ),
        ("step: 30s", "step: 500ms", "line 10: `500ms` is no duration from 1s"),
        ("step: 30s", "step: 1500ms", "step is not a whole number of seconds"),
        ("signal: availability", "signal: availabilty", "line 13: unknown value `availabilty`; did you mean `availability`?"),
        ("channels: 2", "channels: 3", "line 15: channels is 3; `availability` is measured in 2"),
        ("channels: 2", "channels: 0", "line 15: channels is 0"),
        ("margin: 0.5", "margin: -0.5", "line 16: -0.5 is no margin"),
        ("floor: 0.001", "floor: .inf", "line 17: inf is no margin"),
        ("objective: 0.9999", "objective: 99.99", "line 19: objective is 99.99; expected a share between 0 and 1"),
        ("period: 30d", "period: 30", "line 20: `30` is no duration"),
        ("by: [region, api]", "by: [region, 1]", "line 21: `1` is no label"),
        ("channel: server, source: probe", "source: probe", "line 12: the measures of `availability` need a channel each"),
        ("channel: server, source: probe", "channel: load_balancer", "line 12: the measures of `availability` need a channel"),
        ("source: probe", "source: prob", "line 24: unknown source `prob`; did you mean `probe`?"),
        ("total: 'http_total'", "total: 'rate(http_total[1m])'", "line 24: expected the end at byte 4"),
        ("total: 'http_total', ", "", "line 24: a measure is `total` and `bad`"),
        ("threshold: 0.5", "threshold: 0", "line 25: threshold is 0"),
        (", threshold: 0.5", "", "line 25: a measure is `total` and `bad`"),
        ("'seconds{", "'seconds_bucket{", "line 25: name the histogram without `_bucket`"),
        ("histogram: 'seconds{job=\"pay\"}', threshold: 0.5, ", "", "line 25: `latency` needs one of: samples, measures"),
        ("samples: 'max(lag{$scope})', source", "samples: 'max(lag)', source", "line 26: the query has no `$scope`"),
        ("unit: s, ", "unit: s, by: [a], ", "line 26: `by` is for counters"),
        ("unit: s, ", "unit: s, total: a, ", "line 26: `queue-lag` needs one of: samples, measures"),
        ("api: refund, ", "", "line 27: the indicator `queue-lag` is defined twice"),
    ];
    for (good, bad, wanted) in mistakes {
        assert!(WHOLE.contains(good), "{good}");
        let error = read(WHOLE.replacen(good, bad, 1).as_bytes()).expect_err(bad).to_string();
        assert!(error.starts_with(wanted), "{bad}: {error}");
    }
}

#[test]
fn several_sources_need_a_name_unless_one_is_prometheus() {
    let unnamed = WHOLE.replace("  prometheus:", "  metrics:");
    let error = read(unnamed.as_bytes()).expect_err("an error").to_string();
    assert_eq!(error, "line 23: there are several sources; say which one with `source`");
}

#[test]
fn damaged_definitions_are_errors_and_no_panics() {
    for bytes in [&b""[..], b"\xff", b"[", b"version: 1", b"version: 1\nslis: []"] {
        assert!(read(bytes).is_err(), "{bytes:?}");
    }
    for end in 0..WHOLE.len() - 1 {
        let _ = read(&WHOLE.as_bytes()[..end]);
    }
    let start = WHOLE.find("slis:\n").expect("it is there");
    let error = read(format!("{}slis: []\n", &WHOLE[..start]).as_bytes()).expect_err("an error").to_string();
    assert!(error.starts_with("line 11: 0 indicators"), "{error}");
}
