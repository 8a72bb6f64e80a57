//! Rollouts: what must be known in a soak, what many runners at once may do, and what a rollback does not wait for.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::thread;

use libtest_mimic::{Failed, Trial};
use serde_json::{Value, json};

use super::trial;
use crate::support::postgres::Postgres;
use crate::support::program::{Run, kadian};
use crate::support::repo::Repo;

pub(super) fn trials() -> Vec<Trial> {
    let mut trials = vec![
        trial("rollouts::with-all-evidence-a-soak-passes", || drop(Shop::soaking().judged(&[], 0))),
        trial("rollouts::sixty-four-runners-take-ten-slots-of-a-file", || sixty_four("sqlite:../ledger.db")),
        trial("rollouts::sixty-four-runners-take-ten-slots-of-a-server", || sixty_four(&Postgres::start().address())),
        trial("rollouts::a-ledger-out-of-reach-holds-a-batch-and-no-rollback", out_of_reach),
        trial("rollouts::a-rollback-waits-for-no-evidence", rollback),
        trial("rollouts::modes-say-what-is-recorded", modes),
        trial("rollouts::no-wait-ends-before-a-verdict-or-its-time", waiting),
        trial("rollouts::an-altered-ledger-lets-nothing-pass", altered_ledger),
        trial("rollouts::the-plan-of-a-rollout-stays-as-it-was-recorded", changed_plan),
    ];
    for kind in KINDS {
        for way in ["missing", "unreadable", "stale", "to-come"] {
            trials.push(Trial::test(format!("rollouts::{kind}-{way}-never-passes"), move || crossed(kind, way)));
        }
    }
    trials
}

const PLAN: &str = "version: 1\nid: pay-1.4.2-a\nservice: pay\ntype: daily\nfrom: 1.4.1\nto: 1.4.2\nbatches:\n\
    - {region: east, percent: 5, soak: 30m, suites: [core-fvt], gates: [slo, logs, health, alerts, incidents, capacity]}\n\
    - {region: east, percent: 100, soak: 1h, suites: [core-fvt]}\n";
const BACK: &str = "version: 1\nid: pay-back\nservice: pay\ntype: rollback\nfrom: 1.4.2\nto: 1.4.1\nbatches:\n- {percent: 100}\n";

/// What the soak is judged by, each in a file beside the repository.
const KINDS: [&str; 8] = ["tests", "canary", "slo", "logs", "health", "alerts", "incidents", "capacity"];
const SOAK: &str = "2026-01-01T02:00:00Z";

/// The file that holds a kind of evidence.
fn file(kind: &str) -> String {
    if kind == "tests" { "tests.xml".to_owned() } else { format!("{kind}.json") }
}

struct Shop {
    repo: Repo,
}

impl Shop {
    fn new() -> Shop {
        let mut repo = Repo::new();
        repo.write("kadian.yaml", "version: 1\nservice: {name: pay, tier: L1}\nledger: sqlite:../ledger.db\n");
        repo.commit("chore: base");
        repo.git(&["tag", "1.4.1"]);
        repo.write("pay.py", "def pay(): return 2\n");
        repo.commit("feat: pay twice");
        repo.git(&["tag", "1.4.2"]);
        let shop = Shop { repo };
        shop.outside("plan.yaml", PLAN);
        shop
    }

    /// With the first batch out since an hour, and everything known of it.
    fn soaking() -> Shop {
        let shop = Shop::new();
        shop.run("ledger record batch --plan ../plan.yaml --batch 1 --state started --now 2026-01-01T01:00:00Z", 0);
        shop.run("ledger record batch --plan ../plan.yaml --batch 1 --state done --now 2026-01-01T01:01:00Z", 0);
        let windows = ["5m", "30m", "1h", "2h", "6h", "24h", "3d", "30d"].iter().zip([1, 6, 12, 24, 72, 288, 864, 8640]);
        let windows: Vec<Value> = windows.map(|(name, times)| json!({"window": name, "good": 100 * times, "bad": 0})).collect();
        let counts = json!({"good": vec![400_000; 6], "bad": vec![400; 6]});
        for (kind, document) in [
            (
                "canary",
                json!({"schema": "kadian.samples/v1", "service": "pay", "version": "1.4.2", "batch": 1, "start": "2026-01-01T01:01:00Z",
                    "step_seconds": 590, "metrics": [{"name": "errors", "kind": "counts", "worse": "up", "margin": 0.5, "critical": true,
                    "gray": counts, "baseline": counts}]}),
            ),
            (
                "slo",
                json!({"schema": "kadian.slo/v1", "service": "pay", "at": "2026-01-01T01:59:00Z",
                    "objectives": [{"name": "errors", "target": 0.999, "period": "30d", "windows": windows}]}),
            ),
            (
                "health",
                json!({"schema": "kadian.health/v1", "instances": [{"name": "pay-1", "ready": true, "restarts": 0, "oom_kills": 0}]}),
            ),
            (
                "logs",
                json!({"schema": "kadian.logs/v1", "gray": {"lines": 900, "errors": 0, "quiet": 900, "last": "2026-01-01T01:55:00Z"},
                    "baseline": {"lines": 900, "errors": 0}, "templates": []}),
            ),
            ("alerts", json!([])),
            (
                "incidents",
                json!({"schema": "kadian.incidents/v1", "at": "2026-01-01T01:59:00Z", "incidents": [], "degradations": []}),
            ),
            (
                "capacity",
                json!({"schema": "kadian.capacity/v1", "service": "pay", "at": "2026-01-01T01:59:00Z", "pools": [{"region": "east",
                    "instances": 40, "rate": 1000, "response_time": 0.1, "bears": {"concurrency": 5, "tested_at": "2025-12-20"},
                    "forecast": {"peak": 1200}, "throughput": {"new": 50, "old": 50}}]}),
            ),
        ] {
            shop.outside(&format!("{kind}.json"), &document.to_string());
        }
        shop.outside(
            "tests.xml",
            "<testsuites><testsuite name=\"core-fvt\" tests=\"1\" timestamp=\"2026-01-01T01:30:00Z\"><properties>\
             <property name=\"kadian.plan\" value=\"pay-1.4.2-a\"/><property name=\"kadian.batch\" value=\"1\"/>\
             <property name=\"kadian.version\" value=\"1.4.2\"/></properties><testcase name=\"pay\"/></testsuite></testsuites>",
        );
        shop
    }

    fn outside(&self, path: &str, text: &str) {
        std::fs::write(self.repo.outside().join(path), text).expect("the file is written");
    }

    fn kadian(&self, arguments: &str, variables: &[(&str, &str)]) -> Run {
        kadian(&self.repo.path(), &arguments.split_whitespace().collect::<Vec<_>>(), variables, "")
    }

    fn run(&self, arguments: &str, code: i32) -> Run {
        let run = self.kadian(arguments, &[]);
        assert_eq!(run.code, code, "kadian {arguments}\n{}{}", run.stdout, run.stderr);
        run
    }

    /// The decision about the soak, over all evidence.
    fn judged(&self, more: &[&str], code: i32) -> Value {
        let mut words = format!("check rollout --plan ../plan.yaml --batch 1 --phase soak --now {SOAK} --report json");
        for kind in KINDS {
            let _ = write!(words, " --evidence {kind}=../{}", file(kind));
        }
        for word in more {
            let _ = write!(words, " {word}");
        }
        serde_json::from_str(&self.run(&words, code).stdout).expect("the decision is JSON")
    }

    fn entries(&self) -> Vec<Value> {
        let run = self.run("ledger log --format json --limit 1000", 0);
        serde_json::from_str::<Vec<Value>>(&run.stdout)
            .unwrap_or_else(|_| run.stdout.lines().map(|line| serde_json::from_str(line).expect("an entry is JSON")).collect())
    }

    fn count(&self, kind: &str) -> usize {
        self.entries().iter().filter(|entry| entry["record"]["kind"] == kind).count()
    }
}

/// What each kind looks like when it is of another time: of that day and hour.
fn of_another_time(kind: &str, text: &str, day: &str) -> String {
    let past = |key: &str| text.replace(&format!("\"{key}\":\"2026-01-01T"), &format!("\"{key}\":\"{day}T"));
    match kind {
        "tests" => text.replace("timestamp=\"2026-01-01T", &format!("timestamp=\"{day}T")),
        "canary" => past("start"),
        "logs" => past("last"),
        "health" => text.replacen('{', &format!("{{\"at\":\"{day}T01:59:00Z\","), 1),
        "alerts" => format!(
            "[{{\"labels\":{{\"alertname\":\"Slow\"}},\"startsAt\":\"{day}T01:59:00Z\",\"status\":{{\"state\":\"active\"}}}}]"
        ),
        _ => past("at"),
    }
}

/// Evidence that a soak needs and that is not there, is damaged or is of another time holds it.
fn crossed(kind: &str, way: &str) -> Result<(), Failed> {
    let shop = Shop::soaking();
    let path = shop.repo.outside().join(file(kind));
    let text = std::fs::read_to_string(&path)?;
    match way {
        "missing" => std::fs::remove_file(&path)?,
        "unreadable" => std::fs::write(&path, "{\"schema\": ")?,
        // A list of alerts tells when they began, and not when somebody asked: the file's own time does.
        "stale" if kind == "alerts" => {
            let old = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_700_000_000);
            std::fs::File::options().write(true).open(&path)?.set_modified(old)?;
        }
        "stale" => std::fs::write(&path, of_another_time(kind, &text, "2025-06-01"))?,
        _ => std::fs::write(&path, of_another_time(kind, &text, "2026-01-02"))?,
    }
    let decision = shop.judged(&[], 3);
    let wanted = if way == "to-come" { "stale" } else { way };
    let record = decision["evidence"].as_array().into_iter().flatten().find(|record| record["kind"] == kind);
    if decision["verdict"] == "hold" && record.is_some_and(|record| record["status"] == wanted) {
        return Ok(());
    }
    Err(format!("{record:?}\n{}", decision["findings"]).into())
}

/// A limit of ten over all services, and sixty-four runners with a rollout of a service of their own each.
fn sixty_four(ledger: &str) {
    let shop = Shop::new();
    shop.outside("kadian.yaml", "version: 1\nsettings: {flow: {limits: [{name: everybody, per: 1h, max: 10, by: []}]}}\n");
    for number in 0..64 {
        let plan = PLAN.replace("service: pay", &format!("service: s{number}")).replace("pay-1.4.2-a", &format!("p{number}"));
        shop.outside(
            &format!("plan-{number}.yaml"),
            &plan.replace(", gates: [slo, logs, health, alerts, incidents, capacity]", ""),
        );
    }
    let codes: Vec<i32> = thread::scope(|scope| {
        let runs: Vec<_> = (0..64)
            .map(|number| {
                let shop = &shop;
                let words = format!("check rollout --config ../kadian.yaml --plan ../plan-{number}.yaml --batch 1 --now {SOAK}");
                scope.spawn(move || shop.kadian(&words, &[("KADIAN_LEDGER", ledger)]).code)
            })
            .collect();
        runs.into_iter().map(|run| run.join().expect("no runner panics")).collect()
    });
    let ended = |code: i32| codes.iter().filter(|ended| **ended == code).count();
    assert_eq!((ended(0), ended(3)), (10, 54), "{codes:?}");
    // Asking again changes nothing: who has a slot keeps it, and who has none gets none.
    let again = codes.iter().position(|code| *code == 0).expect("ten passed");
    for _ in 0..2 {
        let words = format!("check rollout --config ../kadian.yaml --plan ../plan-{again}.yaml --batch 1 --now {SOAK}");
        assert_eq!(shop.kadian(&words, &[("KADIAN_LEDGER", ledger)]).code, 0);
    }
    let log = shop.kadian("ledger log --format json --kind slot --limit 1000", &[("KADIAN_LEDGER", ledger)]);
    let holders: BTreeSet<&str> =
        log.stdout.split('"').filter(|word| word.starts_with('p') && word[1..].parse::<u8>().is_ok()).collect();
    assert_eq!(holders.len(), 10, "{}", log.stdout);
    let verified = shop.kadian("ledger verify", &[("KADIAN_LEDGER", ledger)]);
    assert_eq!(verified.code, 0, "{}{}", verified.stdout, verified.stderr);
}

fn out_of_reach() {
    let shop = Shop::new();
    shop.outside("back.yaml", BACK);
    // Nobody listens on the discard port.
    let nobody = [("KADIAN_LEDGER", "postgres://kadian:secret-word@127.0.0.1:9/kadian?sslmode=disable&connect_timeout=1")];
    let held = shop.kadian("check rollout --plan ../plan.yaml --batch 1 --report json", &nobody);
    assert_eq!(held.code, 3, "{}{}", held.stdout, held.stderr);
    let decision: Value = serde_json::from_str(&held.stdout).expect("the decision is JSON");
    assert!(decision["undecided"].as_array().is_some_and(|list| !list.is_empty()));
    let back = shop.kadian("check rollout --plan ../back.yaml --batch 1", &nobody);
    assert_eq!(back.code, 0, "{}{}", back.stdout, back.stderr);
    assert!(back.stderr.contains("not in the ledger"), "{}", back.stderr);
    for said in [held.stdout, held.stderr, back.stdout, back.stderr] {
        assert!(!said.contains("secret-word"), "{said}");
    }
    let none = kadian(
        Path::new("/"),
        &["check", "rollout", "--plan", &shop.repo.outside().join("plan.yaml").display().to_string()],
        &[],
        "",
    );
    assert_eq!(none.code, 2, "{}", none.stdout);
    assert!(none.stderr.contains("no ledger is configured"), "{}", none.stderr);
}

/// Whatever is wrong with what runs: it is the reason to go back.
fn rollback() {
    let shop = Shop::soaking();
    shop.outside("back.yaml", BACK);
    shop.outside("canary.json", "{");
    shop.outside(
        "alerts.json",
        r#"[{"labels": {"alertname": "Down", "severity": "page", "service": "pay"}, "startsAt": "2026-01-01T01:50:00Z"}]"#,
    );
    let words = format!(
        "check rollout --plan ../back.yaml --batch 1 --now {SOAK} --evidence canary=../canary.json --evidence alerts=../alerts.json \
         --evidence tests=../nothing.xml"
    );
    shop.run(&words, 0);
    shop.run(&format!("{words} --phase soak"), 0);
}

/// What a pipeline does in mode warn counts for others; shadow leaves no trace.
fn modes() {
    let shop = Shop::new();
    let words = format!("check rollout --plan ../plan.yaml --batch 2 --now {SOAK}");
    shop.run(&format!("{words} --mode shadow"), 0);
    assert_eq!(shop.entries().len(), 0);
    shop.run(&format!("{words} --mode warn"), 0);
    assert_eq!((shop.count("slot"), shop.count("decision")), (1, 1));
    shop.run(&words, 3);
    assert_eq!((shop.count("slot"), shop.count("decision")), (1, 2));
    // Other stages leave none either, unless they are asked to.
    shop.run("check push --base 1.4.1 --head 1.4.2", 0);
    assert_eq!(shop.count("decision"), 2);
    shop.run("check push --base 1.4.1 --head 1.4.2 --record", 0);
    assert_eq!(shop.count("decision"), 3);
}

fn waiting() {
    let shop = Shop::new();
    let begin = std::time::Instant::now();
    let run = shop.run("check rollout --plan ../plan.yaml --batch 2 --wait 2s", 3);
    assert!(begin.elapsed().as_secs() >= 2, "it ended before its time");
    assert!(run.stderr.contains("hold: ") && run.stderr.contains("next look in"), "{}", run.stderr);
    assert!(shop.count("decision") >= 2, "each look is recorded");
    // What is certain ends at once.
    let short = PLAN.replace("percent: 5,", "percent: 60,");
    shop.outside("plan.yaml", &short);
    let begin = std::time::Instant::now();
    shop.run("check rollout --plan ../plan.yaml --batch 1 --wait 10m", 1);
    assert!(begin.elapsed().as_secs() < 120, "a verdict was waited for");
}

/// Rows that a foreign hand hides from selections, or takes away: what is left would let the soak pass.
fn altered_ledger() {
    let shop = Shop::soaking();
    let status = |decision: &Value| {
        let mut records = decision["evidence"].as_array().expect("a list").iter();
        records.find(|record| record["kind"] == "history").expect("the history")["status"].clone()
    };
    let path = shop.repo.outside().join("ledger.db");
    let alter = |statement: &str| {
        let database = rusqlite::Connection::open(&path).expect("the ledger");
        database.execute_batch(statement).expect("it is altered");
    };
    // A batch after the one that soaks was started, which must not be.
    shop.run("ledger record batch --plan ../plan.yaml --batch 2 --state started --now 2026-01-01T01:40:00Z", 0);
    for (statement, back) in [
        ("SET plan = 'x', service = 'x' WHERE seq = 4", "SET plan = 'pay-1.4.2-a', service = 'pay' WHERE seq = 4"),
        ("SET kind = 'change', plan = NULL WHERE seq = 4", "SET kind = 'batch', plan = 'pay-1.4.2-a' WHERE seq = 4"),
        ("SET seq = 40 WHERE seq = 2", "SET seq = 2 WHERE seq = 40"),
    ] {
        alter(&format!("UPDATE kadian_entries {statement}"));
        assert_eq!(status(&shop.judged(&[], 3)), "unreadable", "{statement}");
        alter(&format!("UPDATE kadian_entries {back}"));
    }
    assert_eq!(status(&shop.judged(&[], 0)), "known");
}

fn changed_plan() {
    let shop = Shop::soaking();
    shop.outside("plan.yaml", &PLAN.replace("soak: 30m", "soak: 31m"));
    let run = shop.run(&format!("check rollout --plan ../plan.yaml --batch 2 --now {SOAK} --report json"), 1);
    let decision: Value = serde_json::from_str(&run.stdout).expect("the decision is JSON");
    let found = decision["findings"].as_array().into_iter().flatten().any(|finding| finding["id"] == "history/plan-changed");
    assert!(found, "{}", run.stdout);
    shop.run("ledger record batch --plan ../plan.yaml --batch 2 --state started --now 2026-01-01T02:00:00Z", 2);
}
