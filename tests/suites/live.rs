//! Evidence about the running service from servers, through good and bad times, driven from the command line.

use std::sync::{Arc, Mutex};

use libtest_mimic::Trial;
use serde_json::{Value, json};

use super::trial;
use crate::support::pay::{Pay, decision, names};
use crate::support::program::Run;
use crate::support::web::{Asked, Web};

pub(super) fn trials() -> Vec<Trial> {
    vec![
        trial("live::a-healthy-gray-version-passes-and-its-servers-are-recorded", healthy),
        trial("live::the-samples-tell-what-the-rollout-used-and-how-many-requests-there-were", told_by_samples),
        trial("live::an-alert-of-the-gray-version-holds-and-one-of-the-baseline-does-not", alerts),
        trial("live::an-error-that-only-the-gray-version-logs-blocks", new_error),
        trial("live::no-error-is-an-answer-and-no-line-is-none", no_error),
        trial("live::a-gray-pod-that-was-killed-blocks-and-an-old-one-does-not", killed_pod),
        trial("live::a-server-that-is-away-holds-and-says-why", away),
        trial("live::the-last-good-evidence-stands-in-as-stale-for-a-while", cached),
        trial("live::a-saved-decision-is-replayed-without-servers", replayed),
        trial("live::the-rules-of-a-change-ask-nobody", shadow),
        trial("live::objectives-are-linted-against-a-server", linted),
    ]
}

/// What the servers say.
#[derive(Debug, Clone, Default)]
struct World {
    away: bool,
    alert_of: Option<&'static str>,
    lines: Lines,
    killed: Option<&'static str>,
    /// Bad requests of the gray version in each minute.
    bad: u32,
}

/// What the logs hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Lines {
    /// The same errors on both sides.
    #[default]
    Known,
    /// One more on the gray side.
    NewError,
    /// None that the query for errors matches.
    NoError,
    /// None.
    Nothing,
}

const START: i64 = 1_767_312_000; // 2026-01-02T00:00:00Z
const NOW: &str = "2026-01-02T00:30:00Z";
const GRAY: &str = "version=\"1.4.2\"";

const SLIS: &str = r#"version: 1
service: pay
sources:
  prometheus: {url: "URL", retries: 0}
  alertmanager: {url: "URL", retries: 0}
  loki: {url: "URL", retries: 0}
gray: {match: {version: "{to}"}}
baseline: {match: {version: "{from}"}}
alerts: {source: alertmanager}
logs: {source: loki, query: '{app="pay",$scope} |= "ERROR"'}
health: {source: prometheus, selector: 'namespace="prod"', match: {label_version: "{to}"}}
cache: {folder: .kadian/cache, max_age: 10m}
slis:
- {name: availability, signal: availability, objective: 0.999, period: 30d, total: all, bad: 'all{code="500"}'}
"#;

struct Live {
    pay: Pay,
    web: Web,
    world: Arc<Mutex<World>>,
}

impl Live {
    fn start(world: World) -> Live {
        Live::with(world, SLIS, &[])
    }

    fn with(world: World, slis: &str, head: &[(&str, &str)]) -> Live {
        let world = Arc::new(Mutex::new(world));
        let shared = Arc::clone(&world);
        let web = Web::start(move |asked| answer(&shared.lock().expect("no other thread failed"), asked));
        let slis = slis.replace("URL", &web.url);
        let base = [("kadian.yaml", "version: 1\nservice: {name: pay}\nslis: slis.yaml\n"), ("slis.yaml", slis.as_str())];
        Live { pay: Pay::with(&base, head), web, world }
    }

    fn turn(&self, change: impl FnOnce(&mut World)) {
        change(&mut self.world.lock().expect("no other thread failed"));
    }

    fn check(&self, now: &str, more: &[&str]) -> (Run, Value) {
        let words = ["check", "release", "--base", "main", "--evidence", "tests=../junit.xml", "--report", "json"];
        let moment = ["--from", "1.4.1", "--to", "1.4.2", "--since", "2026-01-02T00:00:00Z", "--now", now];
        let run = self.pay.kadian(&[&words, &moment, more].concat());
        let decision = decision(&run);
        (run, decision)
    }
}

/// Prometheus, Alertmanager and Loki on one port.
fn answer(world: &World, asked: &Asked) -> (u16, String) {
    if world.away {
        return (503, "away".to_owned());
    }
    let body = match asked.path.as_str() {
        "/api/v1/query_range" => data("matrix", &range(world, asked)),
        "/api/v1/query" => data("vector", &instant(world, asked)),
        "/api/v2/alerts" => alert(world),
        "/loki/api/v1/query_range" => data("streams", &lines(world, asked)),
        other => return (404, other.to_owned()),
    };
    (200, body.to_string())
}

fn data(kind: &str, result: &Value) -> Value {
    json!({"status": "success", "data": {"resultType": kind, "result": result}})
}

/// A thousand requests a minute on both sides.
fn range(world: &World, asked: &Asked) -> Value {
    let time = |name: &str| asked.get(name).parse::<i64>().expect("whole seconds");
    let query = asked.get("query");
    let each = match (query.contains("500"), query.contains(GRAY)) {
        (true, true) => i64::from(world.bad),
        (true, false) => 0,
        (false, _) => 1000,
    };
    let steps = (time("start")..=time("end")).step_by(60);
    let points: Vec<Value> = steps.map(|at| json!([at, (each * (at - START) / 60 + 100_000).to_string()])).collect();
    json!([{"metric": {"instance": "a"}, "values": points}])
}

fn instant(world: &World, asked: &Asked) -> Value {
    let (query, at) = (asked.get("query"), asked.get("time"));
    let one = |labels: Value, value: &str| json!({"metric": labels, "value": [START, value]});
    let pod = |name: &str| json!({"namespace": "prod", "pod": name});
    let container = |name: &str| json!({"namespace": "prod", "pod": name, "container": "app"});
    let killed = world.killed.filter(|_| at != START.to_string());
    match query.split('{').next().unwrap_or_default() {
        "kube_pod_labels" if query.contains("label_version=\"1.4.2\"") => json!([one(pod("gray"), "1")]),
        "kube_pod_status_ready" => json!([one(pod("gray"), "1"), one(pod("old"), "1")]),
        "kube_pod_container_status_restarts_total" => {
            let count = |name| if killed == Some(name) { "3" } else { "1" };
            json!([one(container("gray"), count("gray")), one(container("old"), count("old"))])
        }
        "kube_pod_container_status_last_terminated_reason" => killed.map_or(json!([]), |name| json!([one(container(name), "1")])),
        "count(nothing)" => json!([]),
        "count by (le) (seconds_bucket" => ["0.1", "1", "+Inf"].map(|le| one(json!({"le": le}), "1")).into_iter().collect(),
        _ if query.contains("500") => json!([one(json!({}), "0")]),
        _ => json!([one(json!({}), "1000000")]),
    }
}

fn alert(world: &World) -> Value {
    let alert = |version: &str| {
        json!({"annotations": {"summary": "Too many errors"}, "startsAt": "2026-01-02T00:10:00Z", "status": {"state": "active"},
            "labels": {"alertname": "HighErrorRate", "severity": "critical", "version": version}})
    };
    world.alert_of.into_iter().map(alert).collect()
}

fn lines(world: &World, asked: &Asked) -> Value {
    let from: i64 = asked.get("start").parse().expect("nanoseconds");
    let query = asked.get("query");
    assert!(query.starts_with("{app=\"pay\",version=\"1.4."), "{query}");
    let mut texts = vec!["ERROR ledger is slow: 12 ms", "ERROR ledger is slow: 71 ms"];
    if world.lines == Lines::NewError && query.contains(GRAY) {
        texts.push("ERROR NullPointerError in refund of order 17");
    }
    if world.lines == Lines::Nothing || (world.lines == Lines::NoError && query.contains("|=")) {
        texts.clear();
    }
    let second = |at: usize| (START + 60 + i64::try_from(at).expect("few")) * 1_000_000_000;
    let values: Vec<Value> = texts
        .iter()
        .enumerate()
        .filter(|(at, _)| second(*at) >= from)
        .map(|(at, text)| json!([second(at).to_string(), text]))
        .collect();
    json!([{"stream": {"app": "pay"}, "values": values}])
}

/// The status of each kind of evidence, with its reason.
fn states(decision: &Value) -> Vec<(String, String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let all = decision["evidence"].as_array().expect("a list");
    all.iter().map(|one| (text(&one["kind"]), text(&one["status"]), text(&one["reason"]))).collect()
}

const RUNNING: [&str; 5] = ["alerts", "canary", "health", "logs", "slo"];

fn healthy() {
    let live = Live::start(World::default());
    let (run, decision) = live.check(NOW, &[]);
    assert_eq!(run.code, 0, "{:#}", decision["findings"]);
    let known: Vec<String> = states(&decision).into_iter().filter(|state| state.1 == "known").map(|state| state.0).collect();
    assert!(RUNNING.iter().all(|kind| known.iter().any(|known| known == kind)), "{known:?}");
    let passed = names(&decision, "passed", None);
    for id in ["alerts/page", "canary/regressed", "health/oom-kills", "logs/new-errors", "slo/page-burn"] {
        assert!(passed.contains(&id), "{id} in {passed:?}");
    }
    let sources = decision["evidence"].to_string();
    for part in ["/api/v2/alerts?", "/loki/api/v1/query_range?", "/api/v1/query?"] {
        assert!(sources.contains(part), "{part}");
    }
    // Nobody is asked without a moment, and that does not pass: definitions are there to be asked.
    let asked = live.web.requests();
    let run = live.pay.kadian(&["check", "release", "--base", "main", "--evidence", "tests=../junit.xml", "--now", NOW]);
    assert_eq!((run.code, live.web.requests()), (3, asked), "{}", run.stdout);
    assert!(run.stdout.contains("which versions"), "{}", run.stdout);
}

/// What the samples tell the others: what the rollout has used of the budget, and how many requests the logs are of.
fn told_by_samples() {
    let live = Live::start(World { bad: 1, ..World::default() });
    let words = ["input", "release", "--base", "main", "--evidence", "tests=../junit.xml", "--now", NOW];
    let run = live.pay.kadian(&[&words[..], &["--from", "1.4.1", "--to", "1.4.2", "--since", "2026-01-02T00:00:00Z"]].concat());
    let input: Value = serde_json::from_str(&run.stdout).expect("a document");
    // 30 bad requests of the 1,000 that a million allows.
    let used = input["slo"]["objectives"][0]["rollout_used"].as_f64().expect("a share");
    assert!((used - 0.03).abs() < 1e-9, "{used}");
    assert_eq!(input["logs"]["exposure"], json!({"by": "requests", "gray": 30_000.0, "baseline": 30_000.0}));
    assert_eq!(input["health"]["instances"][0]["name"], "prod/gray");
    assert!(!live.pay.repo.path().join(".kadian").exists(), "printing keeps nothing");
}

fn alerts() {
    let live = Live::start(World { alert_of: Some("1.4.2"), ..World::default() });
    let (run, decision) = live.check(NOW, &[]);
    assert_eq!(run.code, 3);
    assert_eq!(names(&decision, "findings", Some("id")), ["alerts/page"]);
    assert_eq!(decision["findings"][0]["actual"], "HighErrorRate, scope gray");
    live.turn(|world| world.alert_of = Some("1.4.1"));
    let (run, decision) = live.check(NOW, &[]);
    assert_eq!((run.code, names(&decision, "findings", Some("id"))), (0, vec!["alerts/baseline"]));
}

fn new_error() {
    let live = Live::start(World { lines: Lines::NewError, ..World::default() });
    let (run, decision) = live.check(NOW, &[]);
    assert_eq!((run.code, names(&decision, "findings", Some("id"))), (1, vec!["logs/new-errors"]));
    let message = decision["findings"][0]["message"].as_str().expect("a message");
    assert!(message.contains("NullPointerError"), "{message}");
}

fn no_error() {
    let live = Live::start(World { lines: Lines::NoError, ..World::default() });
    let (run, decision) = live.check(NOW, &[]);
    assert_eq!(run.code, 0, "{:#}", decision["findings"]);
    live.turn(|world| world.lines = Lines::Nothing);
    let (run, decision) = live.check(NOW, &[]);
    assert_eq!(run.code, 3);
    let state = states(&decision).into_iter().find(|state| state.0 == "logs").expect("it is expected");
    assert!(state.2.contains("{app=\"pay\",version=\"1.4.2\"} has no line at all"), "{state:?}");
}

fn killed_pod() {
    let live = Live::start(World { killed: Some("gray"), ..World::default() });
    let (run, decision) = live.check(NOW, &[]);
    assert_eq!(run.code, 1);
    assert!(names(&decision, "findings", Some("id")).contains(&"health/oom-kills"), "{:#}", decision["findings"]);
    live.turn(|world| world.killed = Some("old"));
    assert_eq!(live.check(NOW, &[]).0.code, 0);
}

fn away() {
    let slis = SLIS.replace("cache:", "#");
    let live = Live::with(World { away: true, ..World::default() }, &slis, &[]);
    let (run, decision) = live.check(NOW, &[]);
    assert_eq!(run.code, 3);
    for kind in RUNNING {
        let state = states(&decision).into_iter().find(|state| state.0 == kind).expect("it is expected");
        assert!(state.1 == "missing" && state.2.contains("status 503"), "{state:?}");
    }
    assert!(!live.pay.repo.path().join(".kadian").exists());
}

fn cached() {
    let live = Live::start(World::default());
    live.check(NOW, &["--mode", "shadow"]);
    let folder = live.pay.repo.path().join(".kadian/cache");
    assert!(!folder.exists(), "nothing is written in shadow mode");
    assert_eq!(live.check(NOW, &[]).0.code, 0);
    live.turn(|world| world.away = true);
    let (run, decision) = live.check("2026-01-02T00:37:00Z", &[]);
    assert_eq!(run.code, 3);
    for kind in RUNNING {
        let state = states(&decision).into_iter().find(|state| state.0 == kind).expect("it is expected");
        assert_eq!(state.1, "stale", "{state:?}");
        let both = ["status 503", "; the last good evidence stands in: 2026-01-02T00:30:00Z, 7m ago"];
        assert!(both.iter().all(|part| state.2.contains(part)), "{state:?}");
    }
    let (run, decision) = live.check("2026-01-02T00:41:00Z", &[]);
    assert_eq!(run.code, 3);
    let state = states(&decision).into_iter().find(|state| state.0 == "canary").expect("it is expected");
    assert!(state.1 == "missing" && state.2.contains("11m ago; at most 10m are accepted"), "{state:?}");
    std::fs::write(folder.join("alerts.json"), "{").expect("written");
    let (_, decision) = live.check("2026-01-02T00:37:00Z", &[]);
    let state = states(&decision).into_iter().find(|state| state.0 == "alerts").expect("it is expected");
    assert!(state.1 == "missing" && state.2.contains("alerts.json: "), "{state:?}");
}

fn replayed() {
    let bad = World { lines: Lines::NewError, alert_of: Some("1.4.2"), killed: Some("gray"), bad: 40, ..World::default() };
    for world in [World::default(), bad] {
        let live = Live::start(world);
        let saved = live.pay.repo.outside().join("saved");
        let saved = saved.to_str().expect("UTF-8");
        let (run, decision) = live.check(NOW, &["--save", saved]);
        let asked = live.web.requests();
        let files = ["canary=samples", "slo=slo", "logs=logs", "health=health", "alerts=alerts"];
        let named: Vec<String> = files
            .iter()
            .map(|file| file.split_once('=').expect("a pair"))
            .map(|(kind, name)| format!("--evidence={kind}={saved}/{name}.json"))
            .collect();
        let named: Vec<&str> = named.iter().map(String::as_str).collect();
        let (again, replay) = live.check(NOW, &named);
        assert_eq!((again.code, live.web.requests()), (run.code, asked));
        for key in ["verdict", "findings", "passed", "undecided", "charts", "next_look_at"] {
            assert_eq!(replay[key], decision[key], "{key}");
        }
    }
}

/// A change that names a server of its own: the base's definitions are asked, the change's are not.
fn shadow() {
    let elsewhere = Web::start(|_| (200, "[]".to_owned()));
    let own = SLIS.replace("URL", &elsewhere.url);
    let live = Live::with(World::default(), SLIS, &[("slis.yaml", &own)]);
    let (run, decision) = live.check(NOW, &["--trust", "base"]);
    assert_eq!(run.code, 0, "{:#}", decision["findings"]);
    assert_eq!(decision["shadow"]["files"], json!(["slis.yaml"]), "{:#}", decision["shadow"]);
    assert!(live.web.requests() > 0);
    assert_eq!(elsewhere.requests(), 0);
}

fn linted() {
    let live = Live::start(World::default());
    let more = "- {name: fast, signal: latency, histogram: seconds, threshold: 0.5, objective: 0.99, period: 30d}\n\
                - {name: gone, signal: availability, total: nothing, bad: 'nothing{code=\"500\"}', objective: 0.99, period: 30d}\n";
    live.pay.outside("slis.yaml", &format!("{SLIS}{more}").replace("URL", &live.web.url));
    let offline = live.pay.kadian(&["slo", "lint", "../slis.yaml"]);
    assert_eq!((offline.code, live.web.requests()), (0, 0), "{}", offline.stdout);
    let run = live.pay.kadian(&["slo", "lint", "../slis.yaml", "--ask"]);
    assert_eq!(run.code, 1, "{}", run.stdout);
    for wanted in [
        "../slis.yaml:15: error: fast: the histogram seconds has no bucket at the threshold 0.5; its buckets are 0.1, 1",
        "../slis.yaml:16: error: gone: nothing matches no series",
    ] {
        assert!(run.stdout.contains(wanted), "{wanted}\n{}", run.stdout);
    }
    live.turn(|world| world.away = true);
    let run = live.pay.kadian(&["slo", "lint", "../slis.yaml", "--ask"]);
    assert_eq!(run.code, 1);
    assert!(run.stdout.contains("could not be asked") && run.stdout.contains("status 503"), "{}", run.stdout);
}
