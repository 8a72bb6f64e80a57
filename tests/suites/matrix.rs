//! Every shipped check, crossed with every way in which its evidence can be unknown: none passes.
//!
//! The checks come from `kadian policy list`, the kinds from what they need: a policy that needs a new kind fails here until there
//! is a recipe for that kind.

use std::collections::BTreeSet;

use libtest_mimic::{Failed, Trial};
use serde_json::Value;

use crate::support::pay::{EVIDENCE, Pay, decision, names};
use crate::support::program::Run;

/// How evidence can be unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Missing,
    Unreadable,
    Stale,
}

impl Way {
    const ALL: [Way; 3] = [Way::Missing, Way::Unreadable, Way::Stale];

    fn word(self) -> &'static str {
        match self {
            Way::Missing => "missing",
            Way::Unreadable => "unreadable",
            Way::Stale => "stale",
        }
    }
}

/// Whether a kind can be brought into a state, and with what.
enum Recipe {
    /// The file beside the repository gets this content; none removes it.
    File(&'static str, Option<&'static str>),
    /// The file is made before the head commit.
    Old(&'static str),
    /// The change comes from this diff, without a repository.
    Diff(&'static str),
    /// It cannot come about; why.
    Never(&'static str),
}

const GOOD_DIFF: &str = "--- a/src/pay.py\n+++ b/src/pay.py\n@@ -1,2 +1,3 @@\n def total(items):\n     return sum(item.price for item in items)\n+x = 1\n";
const CUT_DIFF: &str = "--- a/src/pay.py\n+++ b/src/pay.py\n@@ -1,2 +1,9 @@\n def total(items):\n";
const OLD_REVIEW: &str = "{\"schema\": \"kadian.review/v1\", \"author\": \"mei\", \"approvals\": [{\"by\": \"jonas\"}]}";

/// Kinds that exist only where something is rolled out; this suite judges a merge.
const OF_A_ROLLOUT: [&str; 3] = ["capacity", "history", "rollout"];

/// Evidence of the running gray version, beside that of the change.
const RUNNING: [&str; 14] = [
    "--evidence",
    "database=../table-stats.json",
    "--evidence",
    "canary=../samples.json",
    "--evidence",
    "logs=../logs.json",
    "--evidence",
    "slo=../slo.json",
    "--evidence",
    "health=../health.json",
    "--evidence",
    "alerts=../alerts.json",
    "--evidence",
    "incidents=../incidents.json",
];
const SAMPLES: &str = r#"{"schema": "kadian.samples/v1", "service": "pay", "start": "2026-01-01T06:00:00Z", "step_seconds": 60, "metrics": [
    {"name": "errors", "kind": "counts", "critical": true, "gray": {"good": [99000], "bad": [1000]}, "baseline": {"good": [99000], "bad": [1000]}}]}"#;
const OLD_SAMPLES: &str = r#"{"schema": "kadian.samples/v1", "service": "pay", "start": "2025-01-01T06:00:00Z", "step_seconds": 60, "metrics": [
    {"name": "errors", "kind": "counts", "critical": true, "gray": {"good": [99000], "bad": [1000]}, "baseline": {"good": [99000], "bad": [1000]}}]}"#;

const SLO: &str = r#"{"schema": "kadian.slo/v1", "service": "pay", "at": "2026-01-01T06:00:00Z", "objectives": [
    {"name": "errors", "target": 0.999, "period": "30d", "windows": [
    {"window": "5m", "good": 100, "bad": 0}, {"window": "30m", "good": 600, "bad": 0}, {"window": "1h", "good": 1200, "bad": 0},
    {"window": "2h", "good": 2400, "bad": 0}, {"window": "6h", "good": 7200, "bad": 0}, {"window": "1d", "good": 28800, "bad": 0},
    {"window": "3d", "good": 86400, "bad": 0}, {"window": "30d", "good": 864000, "bad": 0}]}]}"#;
const OLD_SLO: &str = r#"{"schema": "kadian.slo/v1", "service": "pay", "at": "2025-01-01T06:00:00Z", "objectives": [
    {"name": "errors", "target": 0.999, "period": "30d", "windows": []}]}"#;
const HEALTH: &str =
    r#"{"schema": "kadian.health/v1", "instances": [{"name": "pay-1", "ready": true, "restarts": 0, "oom_kills": 0}]}"#;
const LOGS: &str = r#"{"schema": "kadian.logs/v1", "gray": {"lines": 900, "errors": 0, "quiet": 900, "last": "2026-01-01T06:00:00Z"},
    "baseline": {"lines": 900, "errors": 0}, "templates": []}"#;
const OLD_LOGS: &str = r#"{"schema": "kadian.logs/v1", "start": "2025-01-01T06:00:00Z", "gray": {"lines": 900, "errors": 0, "quiet": 900},
    "baseline": {"lines": 900, "errors": 0}, "templates": []}"#;

const INCIDENTS: &str = r#"{"schema": "kadian.incidents/v1", "at": "2026-01-01T06:00:00Z", "incidents": [], "degradations": []}"#;
const OLD_INCIDENTS: &str =
    r#"{"schema": "kadian.incidents/v1", "at": "2025-01-01T06:00:00Z", "incidents": [], "degradations": []}"#;

const TABLES: &str = r#"{"schema": "kadian.table-stats/v1", "dialect": "postgres", "server": "PostgreSQL 15.4", "database": "pay",
    "collected_at": "2026-01-01T06:00:00Z", "replicas": null, "tables": [], "slow": [], "slow_unknown": null}"#;
const OLD_TABLES: &str = r#"{"schema": "kadian.table-stats/v1", "dialect": "postgres", "server": "PostgreSQL 15.4", "database": "pay",
    "collected_at": "2025-01-01T06:00:00Z", "replicas": null, "tables": [], "slow": [], "slow_unknown": null}"#;

/// The passing change, deployed and measured.
fn running() -> Pay {
    let pay = Pay::new();
    pay.outside("samples.json", SAMPLES);
    pay.outside("slo.json", SLO);
    pay.outside("health.json", HEALTH);
    pay.outside("table-stats.json", TABLES);
    pay.outside("alerts.json", "[]");
    pay.outside("incidents.json", INCIDENTS);
    pay.outside("logs.json", LOGS);
    pay
}

fn recipe(kind: &str, way: Way) -> Recipe {
    match (kind, way) {
        ("tests", Way::Missing) => Recipe::File("junit.xml", None),
        ("tests", Way::Unreadable) => Recipe::File("junit.xml", Some("<testsuite name='x' tests='1'><testcase name='a'")),
        ("tests", Way::Stale) => Recipe::Old("junit.xml"),
        ("coverage", Way::Missing) => Recipe::File("lcov.info", None),
        ("coverage", Way::Unreadable) => Recipe::File("lcov.info", Some("SF:src/pay.py\nDA:1,1\n")),
        ("coverage", Way::Stale) => Recipe::Old("lcov.info"),
        ("scan", Way::Missing) => Recipe::File("scan.sarif", None),
        ("scan", Way::Unreadable) => Recipe::File("scan.sarif", Some("{\"version\": \"2.1.0\", \"runs\": []}")),
        ("scan", Way::Stale) => Recipe::Old("scan.sarif"),
        ("review", Way::Missing) => Recipe::File("review.json", None),
        ("review", Way::Unreadable) => Recipe::File("review.json", Some(OLD_REVIEW)),
        ("review", Way::Stale) => Recipe::Never("an approval is bound to the commit that it names, one by one"),
        ("canary", Way::Missing) => Recipe::File("samples.json", None),
        ("canary", Way::Unreadable) => Recipe::File("samples.json", Some("{\"schema\": \"kadian.samples/v1\", \"metrics\": []}")),
        ("canary", Way::Stale) => Recipe::File("samples.json", Some(OLD_SAMPLES)),
        ("slo", Way::Missing) => Recipe::File("slo.json", None),
        ("slo", Way::Unreadable) => Recipe::File("slo.json", Some("{\"schema\": \"kadian.slo/v1\", \"objectives\": []}")),
        ("slo", Way::Stale) => Recipe::File("slo.json", Some(OLD_SLO)),
        ("health", Way::Missing) => Recipe::File("health.json", None),
        ("health", Way::Unreadable) => {
            Recipe::File("health.json", Some("{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": []}"))
        }
        ("health", Way::Stale) => Recipe::Old("health.json"),
        ("incidents", Way::Missing) => Recipe::File("incidents.json", None),
        ("incidents", Way::Unreadable) => {
            Recipe::File("incidents.json", Some("{\"schema\": \"kadian.incidents/v1\", \"incidents\": []}"))
        }
        ("incidents", Way::Stale) => Recipe::File("incidents.json", Some(OLD_INCIDENTS)),
        ("alerts", Way::Missing) => Recipe::File("alerts.json", None),
        ("alerts", Way::Unreadable) => Recipe::File("alerts.json", Some("[{\"startsAt\": 1}]")),
        ("alerts", Way::Stale) => Recipe::Old("alerts.json"),
        ("logs", Way::Missing) => Recipe::File("logs.json", None),
        ("logs", Way::Unreadable) => Recipe::File("logs.json", Some("{\"schema\": \"kadian.logs/v1\", \"templates\": []}")),
        ("logs", Way::Stale) => Recipe::File("logs.json", Some(OLD_LOGS)),
        ("database", Way::Missing) => Recipe::File("table-stats.json", None),
        ("database", Way::Unreadable) => {
            Recipe::File("table-stats.json", Some("{\"schema\": \"kadian.table-stats/v1\", \"tables\": ["))
        }
        ("database", Way::Stale) => Recipe::File("table-stats.json", Some(OLD_TABLES)),
        ("change", Way::Missing) => Recipe::Never("without a change there is no run: that is an error of usage"),
        ("change", Way::Unreadable) => Recipe::Diff(CUT_DIFF),
        ("change", Way::Stale) => Recipe::Never("the change is what other evidence is compared with"),
        ("documents", Way::Missing) => Recipe::Diff(GOOD_DIFF),
        ("documents", Way::Unreadable | Way::Stale) => Recipe::Never("documents are read from the head commit itself"),
        (kind, way) => panic!("a shipped policy needs {kind}: say here how it becomes {}", way.word()),
    }
}

pub(super) fn trials() -> Vec<Trial> {
    let kinds = [
        "alerts",
        "canary",
        "change",
        "coverage",
        "database",
        "documents",
        "health",
        "incidents",
        "logs",
        "review",
        "scan",
        "slo",
        "tests",
    ];
    let mut trials = vec![
        Trial::test("matrix::every-needed-kind-is-crossed", move || every_kind(&kinds)),
        Trial::test("matrix::with-all-evidence-every-check-judges", control),
    ];
    for kind in kinds {
        for way in Way::ALL {
            if !matches!(recipe(kind, way), Recipe::Never(_)) {
                let name = format!("matrix::{kind}-{}-never-passes", way.word());
                trials.push(Trial::test(name, move || crossed(kind, way)));
            }
        }
    }
    trials
}

/// The shipped checks with the kinds that each needs.
fn checks(pay: &Pay) -> Vec<(String, Vec<String>, Vec<String>)> {
    let run = pay.kadian(&["policy", "list", "--format", "json"]);
    let rows: Vec<Value> = serde_json::from_str(&run.stdout).expect("the list is JSON");
    assert!(rows.len() > 30, "the shipped checks are listed");
    let texts = |value: &Value| -> Vec<String> {
        value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let id = |row: &Value| row["id"].as_str().expect("a check has an id").to_owned();
    rows.iter().map(|row| (id(row), texts(&row["needs"]), texts(&row["stages"]))).collect()
}

/// Judges with every kind that a shipped check needs expected.
fn judge(pay: &Pay, more: &[&str]) -> Run {
    let here = checks(pay).into_iter().filter(|(_, _, stages)| stages.iter().any(|stage| stage == "merge"));
    let expect: BTreeSet<String> = here.flat_map(|(_, needs, _)| needs).collect();
    let expect = expect.into_iter().collect::<Vec<_>>().join(", ");
    let config = format!("version: 1\nservice: {{name: pay, tier: L1}}\nstages: {{merge: {{expect: [{expect}]}}}}\n");
    pay.outside("kadian.yaml", &config);
    let words = ["check", "merge", "--config", "../kadian.yaml", "--report", "json", "--now", "2026-01-01T07:00:00Z"];
    pay.kadian(&[&words[..], more, &EVIDENCE, &RUNNING].concat())
}

fn every_kind(kinds: &[&str]) -> Result<(), Failed> {
    for (id, needs, _) in checks(&Pay::new()) {
        if needs.is_empty() {
            return Err(format!("{id} needs no evidence, so nothing can show that it judged").into());
        }
        for need in needs {
            if !kinds.contains(&need.as_str()) && !OF_A_ROLLOUT.contains(&need.as_str()) {
                return Err(format!("{id} needs {need}, which the matrix does not cross").into());
            }
        }
    }
    Ok(())
}

/// Without this, a check that never judges would look safe above.
fn control() -> Result<(), Failed> {
    let pay = running();
    let run = judge(&pay, &["--base", "main"]);
    let decision = decision(&run);
    let passed = names(&decision, "passed", None);
    for (id, _, stages) in checks(&pay) {
        let judges_here = stages.iter().any(|stage| stage == "merge");
        if judges_here != passed.contains(&id.as_str()) {
            return Err(format!("{id} is for {stages:?}; passed at merge: {}\n{}", !judges_here, run.stdout).into());
        }
    }
    if run.code == 0 { Ok(()) } else { Err(format!("exit {}\n{}", run.code, run.stdout).into()) }
}

fn crossed(kind: &str, way: Way) -> Result<(), Failed> {
    let pay = running();
    let mut words = vec!["--base", "main"];
    match recipe(kind, way) {
        Recipe::File(path, Some(content)) => pay.outside(path, content),
        Recipe::File(path, None) => std::fs::remove_file(pay.repo.outside().join(path))?,
        Recipe::Old(path) => {
            let file = std::fs::File::options().write(true).open(pay.repo.outside().join(path))?;
            file.set_modified(std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_700_000_000))?;
        }
        Recipe::Diff(diff) => {
            pay.outside("change.diff", diff);
            pay.outside("nowhere/keep", "");
            words = vec!["--diff", "../change.diff"];
        }
        Recipe::Never(why) => return Err(why.into()),
    }
    let run = judge(&pay, &words);
    let decision = decision(&run);
    let fail = |what: String| -> Result<(), Failed> { Err(format!("{what}; exit {}\n{}", run.code, run.stdout).into()) };
    if decision["verdict"] == "pass" || ![1, 3].contains(&run.code) {
        return fail(format!("{kind} is {} and yet the verdict is {}", way.word(), decision["verdict"]));
    }
    let evidence = decision["evidence"].as_array().ok_or("no evidence is listed")?;
    if !evidence.iter().any(|one| one["kind"] == kind && one["status"] == way.word()) {
        return fail(format!("{kind} should be {}", way.word()));
    }
    let passed = names(&decision, "passed", None);
    let undecided = names(&decision, "undecided", Some("id"));
    for (id, needs, stages) in checks(&pay) {
        if !needs.iter().any(|need| need == kind) {
            continue;
        }
        if passed.contains(&id.as_str()) {
            return fail(format!("{id} passed although {kind} is {}", way.word()));
        }
        if stages.iter().any(|stage| stage == "merge") && !undecided.contains(&id.as_str()) {
            return fail(format!("{id} is not named as undecided although {kind} is {}", way.word()));
        }
    }
    Ok(())
}
