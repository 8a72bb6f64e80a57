//! Suspects and metrics, as the program answers them.

use std::process::{Command, Stdio};

use libtest_mimic::Trial;
use serde_json::Value;

use super::{World, trial};
use crate::support::program::kadian;

pub(super) fn trials() -> Vec<Trial> {
    vec![
        trial("ledger::an-alert-names-the-rollout-that-probably-caused-it", || suspects(&World::sqlite())),
        trial("ledger::what-is-asked-wrongly-about-an-alert-is-refused", refused),
        trial("ledger::one-five-ten-is-measured", || metrics(&World::sqlite())),
        trial("ledger::an-empty-ledger-has-no-figures", empty),
    ]
}

const CATALOGUE: &str = "version: 1\nservices:\n- name: checkout\n  dependencies: [{name: pay, strength: strong}, {name: ads}]\n\
    - name: pay\n- name: shop\n  dependencies: [{name: checkout, strength: strong}]\n";

/// A webhook's message: two alerts of checkout in the east are one question, the one in the west is another.
const MESSAGE: &str = r#"{"version": "4", "status": "firing", "commonLabels": {"service": "checkout"}, "alerts": [
    {"status": "firing", "labels": {"alertname": "Slow", "region": "east"}, "annotations": {}, "startsAt": "2026-01-01T12:05:00Z"},
    {"status": "firing", "labels": {"alertname": "Errors", "region": "east"}, "annotations": {"summary": "table orders is locked"},
     "startsAt": "2026-01-01T12:03:00Z"},
    {"status": "resolved", "labels": {"alertname": "Errors", "region": "west"}, "annotations": {}, "startsAt": "2026-01-01T12:30:00Z"}]}"#;

fn write(world: &World, name: &str, text: &str) {
    std::fs::write(world.path().join(name), text).expect("a file");
}

fn record(world: &World) {
    let batch = |number: &str, state: &str, now: &str| {
        world.ok(&["record", "batch", "--plan=plan.yaml", "--batch", number, "--state", state, "--now", now]);
    };
    batch("1", "started", "2026-01-01T10:00:00Z");
    batch("1", "done", "2026-01-01T10:05:00Z");
    batch("2", "started", "2026-01-01T12:00:00Z");
    let change = |id: &str, service: &str, at: &str, more: &[&str]| {
        let now = "--now=2026-01-01T12:00:00Z";
        let words = ["record", "change", "--id", id, "--service", service, "--type=daily", "--started-at", at, now];
        world.ok(&[&words[..], more].concat());
    };
    change("late", "checkout", "2026-01-01T12:40:00Z", &[]);
    change("old", "checkout", "2026-01-01T06:00:00Z", &["--title=\u{1b}[31mred"]);
    change("orders", "jobs", "2026-01-01T11:50:00Z", &["--touches=orders"]);
    change("elsewhere", "jobs", "2026-01-01T12:02:00Z", &["--touches=users"]);
}

pub(super) fn suspects(world: &World) {
    record(world);
    write(world, "catalogue.yaml", CATALOGUE);
    write(world, "alert.json", MESSAGE);
    let asked = ["suspects", "--alert=alert.json", "--catalogue=catalogue.yaml"];
    let text = world.ok(&asked);
    for said in [
        "Errors, Slow (service=checkout, region=east) at 2026-01-01T12:03:00Z\n",
        "  1. likely ",
        "pay-2-a: pay 1 → 2 (daily, batch 2, east)\n",
        "its batch 2 in east began 3 min before the alert\n",
        "same region: east\n",
        "strong dependency: checkout → pay\n",
        "it touches orders, which the alert names\n",
        "not considered: the catalogue has no entry for ads:",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    assert!(!text.contains('\u{1b}') && !text.contains("elsewhere"), "{text}");
    assert!(text.lines().last().is_some_and(|line| line.ends_with(" entries of the ledger were read")), "{text}");
    let json: Value = serde_json::from_str(&world.ok(&[&asked[..], &["--format=json", "--limit=1"]].concat())).expect("JSON");
    let rankings = json["rankings"].as_array().expect("rankings");
    assert_eq!(rankings.len(), 2);
    assert_eq!(rankings[0]["suspects"].as_array().map(Vec::len), Some(1));
    assert_eq!((&rankings[0]["suspects"][0]["id"], &rankings[0]["compared"]), (&"pay-2-a".into(), &3.into()));
    let parts = rankings[0]["suspects"][0]["parts"].as_array().expect("parts");
    let sum: i64 = parts.iter().filter_map(|part| part["points"].as_i64()).sum();
    assert_eq!(rankings[0]["suspects"][0]["score"].as_i64(), Some(50 + sum));

    let words = ["suspects", "--service=checkout", "--labels=region=east,version=9", "--at=2026-01-01T12:03:00Z"];
    let alone = world.ok(&words);
    assert!(alone.contains("there is no catalogue") && !alone.contains("pay-2-a"), "{alone}");
    let configured = ["suspects", "--service=checkout", "--at=2026-01-01T12:03:00Z", "--window=1h"];
    write(world, "kadian.yaml", "version: 1\ncatalogue: catalogue.yaml\n");
    let configured = world.ok(&configured);
    assert!(configured.contains("pay-2-a") && !configured.contains("old"), "{configured}");
    let nothing = world.ok(&["suspects", "--service=ads", "--at=2026-01-01T05:00:00Z"]);
    let none = "no recorded change: the ledger knows none of ads and one service around it in the 24 h before the alert";
    assert!(nothing.contains(none), "{nothing}");
    let anywhere = world.ok(&["suspects", "--labels=region=east", "--at=2026-01-01T12:03:00Z"]);
    assert!(anywhere.contains("the alert names no service") && anywhere.contains("elsewhere"), "{anywhere}");

    // What was taken back before the alert is explained, not hidden.
    for number in ["1", "2"] {
        let back =
            ["record", "batch", "--plan=plan.yaml", "--batch", number, "--state=rolled_back", "--now=2026-01-01T12:10:00Z"];
        world.ok(&back);
    }
    let later = world.ok(&["suspects", "--service=pay", "--at=2026-01-01T13:00:00Z"]);
    assert!(later.contains("rolled back at 2026-01-01T12:10:00Z, 50 min before the alert: unlikely"), "{later}");
}

fn refused() {
    let world = World::sqlite();
    record(&world);
    write(&world, "alert.json", "{}");
    assert!(world.refused(&["suspects"]).contains("--alert"));
    assert!(world.refused(&["suspects", "--alert=alert.json"]).contains("alerts"));
    assert!(world.refused(&["suspects", "--alert=none.json"]).contains("none.json"));
    assert!(world.refused(&["suspects", "--alert=alert.json", "--service=pay"]).contains("cannot be used with"));
    assert!(world.refused(&["suspects", "--service=pay", "--labels=region"]).contains("is not NAME=VALUE"));
    assert!(world.refused(&["suspects", "--service=pay", "--at=soon"]).contains("neither a time nor a day"));
    assert!(world.refused(&["suspects", "--service=pay", "--catalogue=none.yaml"]).contains("none.yaml does not exist"));
    write(&world, "kadian.yaml", "version: 1\ncatalogue: gone.yaml\n");
    assert!(world.refused(&["suspects", "--service=pay"]).contains("gone.yaml does not exist"));
    assert!(world.refused(&["metrics", "--since=2026-02-01", "--until=2026-01-01"]).contains("is not after"));
}

pub(super) fn metrics(world: &World) {
    record(world);
    for number in ["2", "1"] {
        let back =
            ["record", "batch", "--plan=plan.yaml", "--batch", number, "--state=rolled_back", "--now=2026-01-01T12:07:00Z"];
        world.ok(&back);
    }
    let json = |more: &[&str]| -> Value {
        serde_json::from_str(&world.ok(&[&["metrics", "--format=json"], more].concat())).expect("JSON")
    };
    let all = json(&[]);
    let (rollouts, recovery) = (&all["rollouts"], &all["recovery"]);
    assert_eq!((&rollouts["started"], &rollouts["failed"], &rollouts["rolled_back"]), (&1.into(), &1.into(), &1.into()));
    assert_eq!((&recovery["p50_seconds"], &recovery["within_10_minutes"]), (&420.into(), &1.into()));
    assert_eq!(json(&["--since=2026-01-02"])["rollouts"]["started"], 0);
    assert_eq!(json(&["--service=jobs"])["rollouts"]["started"], 0);
    let text = world.ok(&["metrics"]);
    assert!(text.contains("recovered in 10    1 of 1; half in 7 min"), "{text}");
    let page = world.ok(&["metrics", "--format=prometheus"]);
    assert!(page.contains("kadian_recovery_seconds{quantile=\"0.5\"} 420\n"), "{page}");
    promtool(&page);
}

/// Prometheus's own check, where it is installed.
fn promtool(page: &str) {
    use std::io::Write as _;
    let check = Command::new("promtool").args(["check", "metrics"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let Ok(mut check) = check else { return };
    check.stdin.take().expect("stdin is piped").write_all(page.as_bytes()).expect("it listens");
    let output = check.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

fn empty() {
    let world = World::sqlite();
    assert!(world.refused(&["metrics"]).contains("does not exist"));
    // A ledger without an entry of the service is known, and has nothing to tell.
    record(&world);
    let text = world.ok(&["metrics", "--service=nobody"]);
    assert_eq!(text, "the whole ledger: no entries, so that there is nothing to measure\n");
    let page = world.ok(&["metrics", "--service=nobody", "--format=prometheus"]);
    assert!(page.contains("kadian_ledger_entries 0\n") && !page.contains("NaN"), "{page}");
    promtool(&page);
    let run = kadian(world.path(), &["ledger", "metrics"], &[], "");
    assert_eq!((run.code, run.stderr.contains("no ledger is named")), (2, true), "{}", run.stderr);
}
