//! `kadian rollback`, from the command line to programs, servers and the ledger.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use kadian::digest::sha256;
use kadian::evidence::recovery;
use kadian::facts::{
    Batch, BatchRecord, BatchState, DecisionRecord, Phase, Plan, PlanRecord, Record, RecoveryState, RolloutType,
};
use kadian::ledger::{Address, Filter, Ledger};
use libtest_mimic::Trial;
use serde_json::{Value, json};

use super::trial;
use crate::support::code_host::{CodeHost, REPOSITORY, World, said};
use crate::support::program::{Run, kadian};
use crate::support::repo::Repo;
use crate::support::web::{Asked, Web};

pub(super) fn trials() -> Vec<Trial> {
    vec![
        trial("rollback::a_decision_is_carried_out_by_its_file_by_its_id_and_by_being_the_newest", three_ways),
        trial("rollback::what_would_run_is_what_runs", dry_run_is_true),
        trial("rollback::programs_get_exactly_these_arguments", exact_arguments),
        trial("rollback::servers_get_exactly_these_requests", exact_requests),
        trial("rollback::secrets_go_out_once_and_are_never_said", secrets),
        trial("rollback::a_button_on_github_carries_it_out", pressed),
        trial("rollback::what_may_not_be_carried_out_is_refused", refused),
        trial("rollback::what_was_deployed_since_is_not_undone", deployed_since),
        trial("rollback::nobody_runs_it_without_asking_or_approval", asking),
        trial("rollback::two_at_once_run_it_once", two_at_once),
        trial("rollback::a_clock_before_the_decision_stops_nothing_and_is_told", clock),
        trial("rollback::a_full_disk_stops_it_before_what_cannot_be_recorded", full_disk),
        trial("rollback::a_step_that_left_its_lock_is_not_taken_for_new", left_lock),
        trial("rollback::killed_at_any_moment_nothing_runs_twice_and_nothing_is_lost", killed),
    ]
}

/// A service whose second batch went wrong.
struct Pay {
    repo: Repo,
    recovery: String,
    /// The decision's id.
    id: String,
}

const BACK: &str = "version: 1
steps:
- {name: note, command: [sh, -c, \"echo {service} {from} {to} >> log\"]}
verify:
- {command: [test, -e, log], timeout: 1s}
";

impl Pay {
    fn new(recovery: &str) -> Pay {
        Pay::with(recovery, &json!({}))
    }

    /// `change` replaces keys of the recommendation.
    fn with(recovery: &str, change: &Value) -> Pay {
        let repo = Repo::new();
        repo.write(
            "kadian.yaml",
            "version: 1\nservice: {name: pay, tier: L1}\nledger: sqlite:.kadian/ledger.db\nrecovery: recovery.yaml\n",
        );
        repo.write("recovery.yaml", recovery);
        std::fs::create_dir_all(repo.path().join(".kadian")).expect("a folder");
        let pay = Pay { repo, recovery: recovery.to_owned(), id: String::new() };
        let batch = |batch| {
            Record::Batch(BatchRecord {
                plan: "pay-1.4.2-a".into(),
                service: "pay".into(),
                digest: "d".repeat(64),
                batch,
                state: BatchState::Done,
                version: "1.4.2".into(),
                region: Some("east".into()),
            })
        };
        pay.append(vec![batch(1), batch(2)]);
        let id = pay.decide(change, "rollback");
        Pay { id, ..pay }
    }

    fn ledger(&self) -> Ledger {
        Ledger::open(&Address::parse("sqlite:.kadian/ledger.db").expect("an address"), &self.repo.path()).expect("a ledger")
    }

    fn append(&self, records: Vec<Record>) {
        self.ledger().append(now(), records).expect("recorded");
    }

    /// What a gate recommends by this recovery file.
    fn recommendation(&self, change: &Value) -> Value {
        let read = recovery::read(self.recovery.as_bytes()).expect("a recovery");
        let digest = sha256(serde_json::to_vec(&serde_json::to_value(&read).expect("JSON")).expect("JSON"));
        let batch = |number| json!({"number": number, "region": "east", "state": "done"});
        let mut rollback = json!({
            "schema": "kadian.rollback/v1", "action": "roll_back", "service": "pay", "plan": "pay-1.4.2-a", "plan_digest": "d".repeat(64),
            "type": "daily", "bad_version": "1.4.2", "return_to": "1.4.1", "trusted": null, "batches": [batch(2), batch(1)],
            "reasons": [], "obstacles": [], "forward_fix": null, "preconditions": [],
            "approvals": serde_json::to_value(&read.approvals).expect("JSON"), "steps": [], "verify": [], "risks": [],
            "recovery": {"path": "recovery.yaml", "digest": digest}, "command": ["kadian", "rollback", "--decision", "ID"],
        });
        for (key, value) in change.as_object().expect("keys") {
            rollback[key] = value.clone();
        }
        rollback
    }

    /// Writes the decision as `decision.json` and records it; gives its id.
    fn decide(&self, change: &Value, verdict: &str) -> String {
        let rollback = if verdict == "rollback" { self.recommendation(change) } else { Value::Null };
        let mut decision = json!({
            "schema": "kadian.decision/v1", "stage": "rollout", "verdict": verdict, "decided_at": now().to_string(),
            "findings": [{"share": 0.1}], "rollback": rollback,
        });
        let id = sha256(serde_json::to_vec(&decision).expect("JSON"));
        decision["id"] = json!(id);
        self.repo.write("decision.json", serde_json::to_vec_pretty(&decision).expect("JSON"));
        self.append(vec![Record::Decision(DecisionRecord {
            id: id.clone(),
            stage: "rollout".into(),
            verdict: verdict.into(),
            mode: "enforce".into(),
            service: Some("pay".into()),
            head: None,
            plan: Some("pay-1.4.2-a".into()),
            batch: Some(2),
            phase: Some(Phase::Soak),
            version: Some("1.4.2".into()),
            findings: vec![],
            waived: vec![],
            detected_at: None,
            rollback: (!rollback.is_null()).then_some(rollback),
        })]);
        id
    }

    fn rollback(&self, arguments: &[&str]) -> Run {
        self.rollback_in(arguments, &[])
    }

    fn rollback_in(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Run {
        kadian(&self.repo.path(), &[&["rollback"], arguments].concat(), variables, "")
    }

    fn spawn(&self, arguments: &[&str]) -> Child {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kadian"));
        command.arg("rollback").args(arguments).current_dir(self.repo.path()).stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary starts")
    }

    fn lines(&self, name: &str) -> Vec<String> {
        std::fs::read_to_string(self.repo.path().join(name)).unwrap_or_default().lines().map(str::to_owned).collect()
    }

    fn states(&self, step: Option<u64>) -> Vec<RecoveryState> {
        let entries = self.ledger().select(&Filter::default()).expect("readable");
        let of_step = |record| match record {
            Record::Recovery(record) if record.step == step => Some(record.state),
            _ => None,
        };
        entries.into_iter().filter_map(|entry| of_step(entry.record)).collect()
    }

    /// Puts programs first on the search path that write down what they are given: `NAME [a] [b c]`.
    fn fakes(&self, names: &[&str]) -> String {
        let folder = self.repo.outside().join("fakes");
        std::fs::create_dir_all(&folder).expect("a folder");
        let log = self.repo.outside().join("calls");
        for name in names {
            let script = format!(
                "#!/bin/sh\n{{ printf '%s' '{name}'; for a in \"$@\"; do printf ' [%s]' \"$a\"; done; echo; }} >> '{}'\n",
                log.display()
            );
            let path = folder.join(name);
            std::fs::write(&path, script).expect("written");
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("executable");
        }
        format!("{}:{}", folder.display(), std::env::var("PATH").unwrap_or_default())
    }

    fn calls(&self) -> Vec<String> {
        let path: PathBuf = self.repo.outside().join("calls");
        std::fs::read_to_string(path).unwrap_or_default().lines().map(str::to_owned).collect()
    }
}

fn now() -> Timestamp {
    Timestamp::now()
}

fn three_ways() {
    for digits in [Some(64), Some(12), Some(0), None] {
        let pay = Pay::new(BACK);
        let id = pay.id.clone();
        let arguments: Vec<&str> = match digits {
            None => vec!["--yes"],
            Some(0) => vec!["--yes", "--decision", "decision.json"],
            Some(digits) => vec!["--yes", "--decision", &id[..digits]],
        };
        let run = pay.rollback(&arguments);
        assert_eq!((run.code, pay.lines("log")), (0, vec!["pay 1.4.1 1.4.2".to_owned()]), "{arguments:?}: {run:?}");
        assert!(run.stdout.contains("pay runs 1.4.1 again"), "{run:?}");
        let again = pay.rollback(&arguments);
        assert_eq!((again.code, pay.lines("log").len()), (0, 1), "{again:?}");
        assert!(again.stdout.contains("nothing was run"), "{again:?}");
        assert!(pay.ledger().verify(None).expect("readable").fault.is_none());
    }
}

fn dry_run_is_true() {
    let steps = "version: 1
save:
- {name: logs, command: [collect, --since=1h]}
steps:
- name: back
  kubectl: {deployment: \"{service}\", namespace: prod}
  timeout: 1m
- {name: told, on_failure: continue, command: [tell, \"it's back: {from}\", \"a\\nb\"]}
verify:
- {command: [smoke, \"{service}\"], timeout: 1s}
";
    let pay = Pay::new(steps);
    let path = pay.fakes(&["collect", "kubectl", "tell", "smoke"]);
    let run = pay.rollback_in(&["--dry-run"], &[("PATH", &path)]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(pay.calls().is_empty() && pay.states(None).is_empty(), "something ran");
    let shown: Vec<&str> = run.stdout.lines().filter_map(|line| line.trim_start().strip_prefix("run     ")).collect();
    assert_eq!(
        shown,
        ["collect --since=1h", "kubectl rollout undo deployment/pay --namespace=prod", "tell $'it\\'s back: 1.4.1' $'a\\nb'"]
    );
    let run = pay.rollback_in(&["--yes"], &[("PATH", &path)]);
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(
        pay.calls(),
        [
            "collect [--since=1h]",
            "kubectl [rollout] [undo] [deployment/pay] [--namespace=prod]",
            "kubectl [rollout] [status] [deployment/pay] [--namespace=prod] [--timeout=60s]",
            "tell [it's back: 1.4.1] [a",
            "b]",
            "smoke [pay]",
        ]
    );
}

fn exact_arguments() {
    let steps = "version: 1
steps:
- {name: k, kubectl: {deployment: pay, namespace: prod, context: \"arn:aws:eks:eu/x\", to_revision: 7}, timeout: 30s}
- {name: h, helm: {release: \"{service}\", revision: 3, namespace: prod}, timeout: 90s}
- {name: a, argo-rollouts: {rollout: pay, namespace: prod}, timeout: 1m}
- {name: c, each: batch, command: [own, \"--version={from}\", \"$(touch owned) `x` ; {batch} * {region}\", \"\"]}
verify:
- {rollout: {deployment: pay, namespace: prod}, timeout: 10s}
";
    let pay = Pay::new(steps);
    let path = pay.fakes(&["kubectl", "helm", "own"]);
    let run = pay.rollback_in(&["--yes"], &[("PATH", &path)]);
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(
        pay.calls(),
        [
            "kubectl [rollout] [undo] [deployment/pay] [--namespace=prod] [--context=arn:aws:eks:eu/x] [--to-revision=7]",
            "kubectl [rollout] [status] [deployment/pay] [--namespace=prod] [--context=arn:aws:eks:eu/x] [--timeout=30s]",
            "helm [rollback] [pay] [3] [--namespace=prod] [--wait] [--timeout=90s]",
            "kubectl [argo] [rollouts] [abort] [pay] [--namespace=prod]",
            "kubectl [argo] [rollouts] [undo] [pay] [--namespace=prod]",
            "kubectl [argo] [rollouts] [status] [pay] [--namespace=prod] [--timeout=60s]",
            "own [--version=1.4.1] [$(touch owned) `x` ; 2 * east] []",
            "own [--version=1.4.1] [$(touch owned) `x` ; 1 * east] []",
            "kubectl [rollout] [status] [deployment/pay] [--namespace=prod] [--timeout=10s]",
        ]
    );
    assert!(!pay.repo.path().join("owned").exists(), "a shell read it");
    for hostile in ["--to-revision=1", "1.4.1; touch owned", "$(touch owned)", "-x", "../x", "a b", "a\nb"] {
        let pay = Pay::with(steps, &json!({"return_to": hostile}));
        let run = pay.rollback_in(&["--yes"], &[("PATH", &path)]);
        assert_eq!((run.code, pay.calls().len(), pay.states(None).len()), (2, 0, 0), "{hostile}: {run:?}");
        assert!(run.stderr.contains("which is not run"), "{run:?}");
    }
}

/// Method, path, headers and body of what was asked.
type Requests = Arc<Mutex<Vec<(String, String, Vec<(String, String)>, String)>>>;

/// A server that writes down what it is asked, and answers with a status.
fn listening(status: u16) -> (Web, Requests) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&seen);
    let web = Web::start(move |asked: &Asked| {
        let one = (asked.method.clone(), asked.path.clone(), asked.headers.clone(), asked.body.clone());
        noted.lock().expect("unbroken").push(one);
        match asked.path.as_str() {
            "/version" => (200, "{\"now\": {\"version\": \"1.4.1\"}}".to_owned()),
            _ => (status, "hunter2hunter2 \u{1b}[31m::error::x".to_owned()),
        }
    });
    (web, seen)
}

fn requests(url: &str) -> String {
    format!(
        "version: 1
steps:
- name: dispatch
  github-workflow: {{repository: acme/pay, workflow: back.yml, ref: main, inputs: {{version: \"{{from}}\"}}, token_env: GH, api: \"{url}/api/v3\"}}
- name: hook
  webhook: {{url: \"{url}/hooks/{{plan}}\", headers: {{X-Key: {{env: OPS}}, X-Team: pay}}}}
verify:
- http: {{url: \"{url}/version\", pointer: /now/version, equals: \"{{from}}\"}}
  timeout: 2s
"
    )
}

fn exact_requests() {
    let (web, seen) = listening(200);
    let pay = Pay::new(&requests(&web.url));
    let run = pay.rollback_in(&["--yes"], &[("GH", "gh-secret-1"), ("OPS", "hunter2hunter2")]);
    assert_eq!(run.code, 0, "{run:?}");
    let seen = seen.lock().expect("unbroken").clone();
    let header = |at: usize, name: &str| {
        let values: Vec<&str> = seen[at].2.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str()).collect();
        assert!(values.len() <= 1, "{name} was sent {} times", values.len());
        values.first().copied().unwrap_or_default().to_owned()
    };
    assert_eq!(
        (seen[0].0.as_str(), seen[0].1.as_str()),
        ("POST", "/api/v3/repos/acme/pay/actions/workflows/back.yml/dispatches")
    );
    assert_eq!(seen[0].3, "{\"inputs\":{\"version\":\"1.4.1\"},\"ref\":\"main\"}");
    assert_eq!(header(0, "authorization"), "Bearer gh-secret-1");
    assert_eq!(header(0, "accept"), "application/vnd.github+json");
    assert_eq!(header(0, "x-github-api-version"), "2022-11-28");
    assert_eq!(header(0, "content-type"), "application/json");
    assert!(header(0, "user-agent").starts_with("kadian/"));
    assert_eq!((seen[1].0.as_str(), seen[1].1.as_str()), ("POST", "/hooks/pay-1.4.2-a"));
    assert_eq!((header(1, "x-key"), header(1, "x-team")), ("hunter2hunter2".into(), "pay".into()));
    assert_eq!(header(1, "idempotency-key"), format!("recovery-{}-2", &pay.id[..16]));
    let body: Value = serde_json::from_str(&seen[1].3).expect("JSON");
    assert_eq!((&body["from"], &body["to"], &body["batches"]), (&json!("1.4.1"), &json!("1.4.2"), &json!([2, 1])));
    assert_eq!((seen[2].0.as_str(), seen[2].1.as_str(), seen.len()), ("GET", "/version", 3));

    // What was refused, or got no answer, is not sent again by itself.
    for status in [301, 404, 500, 503] {
        let (web, seen) = listening(status);
        let pay = Pay::new(&requests(&web.url));
        let variables = [("GH", "gh-secret-1"), ("OPS", "hunter2hunter2")];
        let run = pay.rollback_in(&["--yes"], &variables);
        assert_eq!(run.code, 1, "{run:?}");
        assert!(run.stdout.contains(&format!("POST answered {status}")), "{run:?}");
        assert_eq!(pay.rollback_in(&["--yes"], &variables).code, 1);
        assert_eq!(seen.lock().expect("unbroken").len(), 1, "{status} was asked again");
    }
}

fn secrets() {
    let (web, seen) = listening(500);
    let pay = Pay::new(&requests(&web.url));
    let run = pay.rollback_in(&["--yes"], &[("GH", "gh-secret-1")]);
    assert_eq!((run.code, seen.lock().expect("unbroken").len()), (2, 0), "{run:?}");
    assert!(run.stderr.contains("OPS is not set"), "{run:?}");
    let run = pay.rollback_in(&["--yes"], &[("GH", "gh-secret-1"), ("OPS", "hunter2hunter2"), ("PAY_PASSWORD", "swordfish-1")]);
    let all = format!("{}{}{:?}{}", run.stdout, run.stderr, pay.lines(".kadian/recovery/x"), journal(&pay));
    assert!(run.stdout.contains("***") && !all.contains("hunter2") && !all.contains("gh-secret"), "{run:?}");
    assert!(!run.stdout.contains('\u{1b}') && !run.stdout.contains("\n::error"), "{run:?}");
    let dry = pay.rollback(&["--dry-run"]);
    assert!(dry.stdout.contains("Authorization: Bearer $GH") && dry.stdout.contains("X-Key: $OPS"), "{dry:?}");
    let told =
        "version: 1\nsteps: [{name: a, command: [sh, -c, \"echo $PAY_PASSWORD; exit 1\"]}]\nverify: [{command: [\"true\"]}]\n";
    let pay = Pay::new(told);
    let run = pay.rollback_in(&["--yes"], &[("PAY_PASSWORD", "swordfish-1")]);
    assert!(run.code == 1 && !format!("{run:?}{}", journal(&pay)).contains("swordfish"), "{run:?}");
}

fn journal(pay: &Pay) -> String {
    let folder = pay.repo.path().join(".kadian/recovery");
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    files.map(|file| std::fs::read_to_string(file.path()).unwrap_or_default()).collect()
}

/// It is refused with these words, and nothing runs.
fn says(pay: &Pay, arguments: &[&str], wanted: &str) {
    let run = pay.rollback(arguments);
    assert_eq!(run.code, 2, "{wanted}: {run:?}");
    assert!(run.stderr.contains(wanted), "{wanted}: {run:?}");
    assert!(pay.lines("log").is_empty() && pay.states(None).is_empty(), "{wanted}: something ran");
}

/// A rollout forward that came after the decision: going back would take it away. One that leads back to the same version is none.
/// A GitHub on which `jonas` started the workflow a minute ago and `priya` approved its environment.
fn github(permission: &'static str) -> CodeHost {
    let world = World { permissions: [("jonas".to_owned(), permission)].into(), ..World::default() };
    CodeHost::failing(
        world,
        Box::new(|asked, _, _| {
            asked.path.ends_with("/actions/runs/42").then(|| {
                said(
                    200,
                    &json!({"id": 42, "event": "workflow_dispatch", "head_branch": "main", "created_at": now().to_string(),
                        "triggering_actor": {"login": "jonas"}, "head_repository": {"full_name": REPOSITORY}}),
                )
            })
        }),
    )
}

fn press(pay: &Pay, host: &CodeHost, decision: &str, more: &[&str]) -> Run {
    let event = json!({"ref": "refs/heads/main", "inputs": {"decision": decision}, "sender": {"login": "jonas"},
        "repository": {"full_name": REPOSITORY, "default_branch": "main"}});
    let file = pay.repo.outside().join("event.json");
    std::fs::write(&file, event.to_string()).expect("written");
    let variables = [
        ("GITHUB_EVENT_NAME", "workflow_dispatch"),
        ("GITHUB_EVENT_PATH", file.to_str().expect("UTF-8")),
        ("GITHUB_REPOSITORY", REPOSITORY),
        ("GITHUB_RUN_ID", "42"),
        ("GITHUB_API_URL", &host.web.url),
        ("GITHUB_TOKEN", "ghs_s3cretToken"),
    ];
    let run = kadian(&pay.repo.path(), &[&["github", "handle-event"], more].concat(), &variables, "");
    assert!(!format!("{run:?}").contains("s3cret"), "{run:?}");
    run
}

/// Who pressed and who approved the environment are the approvers that the recovery asks for.
fn pressed() {
    let two = format!("{BACK}approvers: {{count: 2, people: [jonas, priya]}}\n");
    let pay = Pay::new(&two);
    let host = github("write");
    let shown = press(&pay, &host, &pay.id, &["--dry-run"]);
    assert_eq!((shown.code, pay.lines("log").len()), (0, 0), "{shown:?}");
    assert!(shown.stdout.contains("echo pay 1.4.1 1.4.2 >> log"), "{shown:?}");
    let refused = press(&pay, &github("read"), &pay.id, &[]);
    assert_eq!((refused.code, pay.lines("log").len()), (2, 0), "{refused:?}");
    assert!(refused.stderr.contains("jonas may not roll back"), "{refused:?}");
    let done = press(&pay, &host, &pay.id[..16], &[]);
    assert_eq!((done.code, pay.lines("log")), (0, vec!["pay 1.4.1 1.4.2".to_owned()]), "{done:?}");
    assert!(done.stdout.contains("asked for or approved by jonas, priya"), "{done:?}");
    assert_eq!((press(&pay, &host, &pay.id, &[]).code, pay.lines("log").len()), (0, 1), "pressed again, nothing runs again");
    // Who has to agree, and what service this is, is not the decision's word.
    let alone = Pay::with(&two, &json!({"approvals": {"count": 0, "people": [], "teams": []}}));
    assert_eq!((alone.rollback(&["--yes", "--by", "jonas"]).code, alone.lines("log").len()), (3, 0));
    let other = Pay::with(BACK, &json!({"service": "billing"}));
    let refused = other.rollback(&["--yes", "--decision", &other.id]);
    assert_eq!((refused.code, refused.stderr.contains("is about billing, and this is pay")), (2, true), "{refused:?}");
    let file = press(&pay, &host, "decision.json", &[]);
    assert_eq!((file.code, file.stderr.contains("is no id of a decision")), (2, true), "{file:?}");
    // A newer decision says something else.
    let replaced = Pay::new(&two);
    replaced.decide(&json!({}), "pass");
    let late = press(&replaced, &host, &replaced.id, &[]);
    assert_eq!((late.code, replaced.lines("log").len()), (2, 0), "{late:?}");
    assert!(late.stderr.contains("replaces this one"), "{late:?}");
}

fn deployed_since() {
    let started = |pay: &Pay, id: &str, kind: RolloutType, to: &str| {
        let batch = Batch {
            number: 1,
            region: None,
            percent: Some(100.0),
            instances: None,
            soak_seconds: 60,
            suites: vec![],
            gates: vec![],
        };
        let (service, from) = ("pay".to_owned(), "1.4.2".to_owned());
        let plan = Plan { id: id.into(), service: service.clone(), kind, from, to: to.into(), batches: vec![batch] };
        let digest = sha256(plan.canonical());
        let (plan_id, version, state) = (id.to_owned(), to.to_owned(), BatchState::Started);
        pay.append(vec![
            Record::Plan(PlanRecord { plan, digest: digest.clone() }),
            Record::Batch(BatchRecord { plan: plan_id, service, digest, batch: 1, state, version, region: None }),
        ]);
    };
    let pay = Pay::new(BACK);
    started(&pay, "back", RolloutType::Rollback, "1.4.1");
    let file: &[&str] = &["--yes", "--decision", "decision.json"];
    assert_eq!(pay.rollback(&["--dry-run"]).code, 0);
    started(&pay, "fix", RolloutType::Hotfix, "1.4.3");
    let wanted =
        "rollout fix has started batch 1 with version 1.4.3 since the decision was made, and going back to 1.4.1 would undo it";
    let id = pay.id.clone();
    for words in [&["--yes"][..], file, &["--yes", "--decision", &id], &["--dry-run"]] {
        says(&pay, words, wanted);
    }
    // A newer decision knows of it.
    pay.decide(&json!({"reasons": [{"id": "x", "message": "y"}]}), "rollback");
    let run = pay.rollback(&["--yes"]);
    assert_eq!((run.code, pay.lines("log").len()), (0, 1), "{run:?}");
}

fn refused() {
    let yes: &[&str] = &["--yes", "--decision", "decision.json"];
    let fix = json!({"action": "forward_fix", "forward_fix": {"reason": "it drops a column", "advice": ["Bring a fix."]}});
    says(&Pay::with(BACK, &fix), yes, "is to fix forward, and nothing is taken back: it drops a column");
    says(&Pay::with(BACK, &json!({"batches": []})), yes, "nothing to take back");
    says(&Pay::with(BACK, &json!({"schema": "kadian.rollback/v9"})), yes, "is kadian.rollback/v9");
    says(&Pay::with(BACK, &json!({"recovery": null})), yes, "no steps back are written down");

    let pay = Pay::new(BACK);
    says(&pay, &["--yes", "--decision", "nowhere.json"], "no such file");
    says(&pay, &["--yes", "--decision", "0123456789ab"], "knows no decision 0123456789ab");
    says(&pay, &["--yes", "--set", "recovery.max_age=1m", "--now", "2100-01-01T00:00:00Z"], "h old, and may be 1m old at most");
    let text = pay.lines("decision.json").join("\n");
    pay.repo.write("decision.json", text.replace("\"return_to\": \"1.4.1\"", "\"return_to\": \"1.3.0\""));
    says(&pay, yes, "its id is not that of its content");
    for damaged in ["", "{}", "[]", "null", "{\"schema\": \"kadian.decision/v1\"}"] {
        pay.repo.write("decision.json", damaged);
        says(&pay, yes, "--decision decision.json");
    }
    pay.repo.write("recovery.yaml", BACK.replace("echo", "print"));
    says(&pay, &["--yes"], "recovery.yaml says something else than when the decision was made");
    pay.repo.write("recovery.yaml", "version: 1\nstep: []\n");
    says(&pay, &["--yes"], "line 2: unknown key `step`; did you mean `steps`?");

    let pay = Pay::new(BACK);
    let old = pay.id.clone();
    pay.decide(&json!({}), "pass");
    says(&pay, &["--yes", "--decision", &old], "a newer decision about pay-1.4.2-a replaces this one");
    says(&pay, &["--yes"], "a newer decision about pay-1.4.2-a replaces this one");
    let same = pay.decide(&json!({"risks": [{"id": "x", "message": "y"}]}), "rollback");
    assert_ne!(old, same);
    let run = pay.rollback(&["--yes", "--decision", &old]);
    assert_eq!(run.code, 0, "a newer one that does the same replaces nothing: {run:?}");

    // A decision that the ledger does not know: anybody can write a file.
    let (pay, other) = (Pay::new(BACK), Pay::new(&BACK.replace("note", "other")));
    pay.repo.write("decision.json", other.lines("decision.json").join("\n"));
    says(&pay, yes, "the ledger does not know the decision");
    // Without a ledger it is told what nobody could look at, and goes on.
    let pay = Pay::new(BACK);
    std::fs::rename(pay.repo.path().join(".kadian/ledger.db"), pay.repo.path().join("away.db")).expect("moved");
    let run = pay.rollback(yes);
    assert_eq!((run.code, pay.lines("log").len()), (0, 1), "{run:?}");
    assert!(run.stderr.contains("whether a newer decision replaces this one is not known"), "{run:?}");
    let run = pay.rollback(&["--yes"]);
    assert!(run.code == 2 && run.stderr.contains("name the decision by its file"), "{run:?}");
    std::fs::rename(pay.repo.path().join("away.db"), pay.repo.path().join(".kadian/ledger.db")).expect("moved");
    let run = pay.rollback(yes);
    assert_eq!((run.code, pay.lines("log").len(), pay.states(Some(1)).len()), (0, 1, 2), "{run:?}");
}

fn asking() {
    let approved = BACK.replace("steps:", "approvers: {count: 2, people: [alice, bob]}\nsteps:");
    let pay = Pay::new(&approved);
    for by in [&[][..], &["--by", "alice"], &["--by", "alice", "--by", "Alice"], &["--by", "alice", "--by", "mallory"]] {
        let run = pay.rollback(&[&["--yes"], by].concat());
        assert_eq!((run.code, pay.lines("log").len()), (3, 0), "{by:?}: {run:?}");
    }
    let both = ["--by", "alice", "--by", "bob"];
    let run = pay.rollback(&both);
    assert!(run.code == 2 && run.stderr.contains("nobody can be asked here") && pay.lines("log").is_empty(), "{run:?}");
    assert_eq!(pay.rollback(&[&["--yes"][..], &both].concat()).code, 0);
    let entries = pay.ledger().select(&Filter::default()).expect("readable");
    let by = entries.iter().find_map(|entry| match &entry.record {
        Record::Recovery(record) => record.claim.as_ref().map(|claim| claim.by.clone()),
        _ => None,
    });
    assert_eq!(by, Some(vec!["alice".to_owned(), "bob".to_owned()]), "who approved is kept");
}

fn two_at_once() {
    let slow = BACK.replace("echo", "sleep 1; echo");
    let pay = Pay::new(&slow);
    let all: Vec<Child> = (0..4).map(|_| pay.spawn(&["--yes"])).collect();
    let mut codes: Vec<i32> = all.into_iter().map(|child| ended(child).0).collect();
    codes.sort_unstable();
    assert_eq!(codes, [0, 3, 3, 3], "one has it, the others are told");
    assert_eq!((pay.lines("log").len(), pay.states(Some(1)).len()), (1, 2));
}

fn ended(child: Child) -> (i32, String) {
    let output = child.wait_with_output().expect("it ends");
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output.status.code().unwrap_or(-1), text)
}

/// Steps that leave a line when they begin and a file when they end, so that a look tells whether they have worked; and a last one of
/// which no look can tell.
const CRASHY: &str = "version: 1
steps:
- name: a
  each: batch
  command: [sh, -c, \"echo a{batch} >> log; sleep 0.03; touch a{batch}\"]
  preconditions: [{command: [test, '!', -e, \"a{batch}\"], timeout: 5s}]
  verify: [{command: [test, -e, \"a{batch}\"], timeout: 5s}]
- name: b
  command: [sh, -c, \"echo b >> log; sleep 0.03; touch b\"]
  preconditions: [{command: [test, '!', -e, b], timeout: 5s}]
  verify: [{command: [test, -e, b], timeout: 5s}]
- {name: c, command: [sh, -c, \"echo c >> log; sleep 0.25\"]}
verify:
- {command: [test, -e, b], timeout: 5s}
";

fn clock() {
    let pay = Pay::new(BACK);
    let run = pay.rollback(&["--yes", "--now", "2020-01-01T00:00:00Z"]);
    assert_eq!((run.code, pay.lines("log").len()), (0, 1), "{run:?}");
    assert!(run.stderr.contains("the clock shows 2020-01-01T00:00:00Z, and the decision was made at "), "{run:?}");
    let pay = Pay::new(BACK);
    let later = now() + jiff::SignedDuration::from_hours(1);
    let run = pay.rollback(&["--dry-run"]);
    assert!(run.code == 0 && !run.stderr.contains("the clock shows"), "{run:?}");
    let batch = |state| BatchRecord {
        plan: "other".into(),
        service: "cart".into(),
        digest: "d".repeat(64),
        batch: 1,
        state,
        version: "1".into(),
        region: None,
    };
    pay.ledger().append(later, vec![Record::Batch(batch(BatchState::Started))]).expect("recorded");
    let run = pay.rollback(&["--yes"]);
    assert_eq!((run.code, pay.lines("log").len()), (0, 1), "{run:?}");
    assert!(run.stderr.contains("the ledger's newest entry is of ") && run.stderr.contains("cannot be told"), "{run:?}");
}

/// No file may become larger than so many blocks of 512 bytes; the signal is left to the program as an error of its write.
fn within(blocks: u64, pay: &Pay) -> (i32, String) {
    let child = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f \"$1\"; shift; exec \"$@\"", "sh", &blocks.to_string()])
        .arg(env!("CARGO_BIN_EXE_kadian"))
        .args(["rollback", "--yes", "--decision", "decision.json"])
        .current_dir(pay.repo.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    ended(child.expect("sh starts"))
}

fn full_disk() {
    let (mut stopped, mut halfway) = (0, 0);
    for blocks in [0, 1, 2, 3, 4, 5, 6, 8, 10] {
        let pay = Pay::new(CRASHY);
        let (code, text) = within(blocks, &pay);
        let ran = pay.lines("log");
        assert!(["a2", "a1", "b", "c"].starts_with(&ran.iter().map(String::as_str).collect::<Vec<_>>()), "{blocks}: {ran:?}");
        if code != 0 {
            assert_eq!(code, 2, "{blocks}: {text}");
            assert!(text.contains("nothing can be recorded in ") && text.contains(".kadian/recovery/"), "{blocks}: {text}");
            assert!(text.contains("File too large") && text.contains("make room there"), "{blocks}: {text}");
            // Nothing ran of which no record says that it was about to.
            let known = journal(&pay);
            assert!((1..=ran.len()).all(|step| known.contains(&format!("\"step\":{step},"))), "{blocks}: {ran:?}: {known}");
            stopped += 1;
            halfway += u64::from(!ran.is_empty());
        }
        // There is room again: the same command goes on.
        let mut words: Vec<String> = Vec::new();
        for _ in 0..4 {
            let arguments = ["--yes", "--decision", "decision.json"].into_iter().chain(words.iter().map(String::as_str));
            let run = pay.rollback(&arguments.collect::<Vec<_>>());
            match run.code {
                0 => break,
                1 => {
                    // Of the last step no look can tell: a person does.
                    assert!(run.stdout.contains("--retry-step 4") || run.stderr.contains("--retry-step 4"), "{blocks}: {run:?}");
                    let ran = pay.lines("log").iter().any(|line| line == "c");
                    words = vec![if ran { "--skip-step" } else { "--retry-step" }.to_owned(), "4".to_owned()];
                }
                code => panic!("{blocks}: {code}: {}{}", run.stdout, run.stderr),
            }
        }
        assert_eq!(pay.lines("log"), ["a2", "a1", "b", "c"], "{blocks}: each ran once, in order");
        assert_eq!(pay.states(None).last(), Some(&RecoveryState::Done), "{blocks}");
        assert!(pay.ledger().verify(None).expect("readable").fault.is_none(), "{blocks}");
    }
    assert!(stopped >= 5 && halfway >= 2, "{stopped} were stopped, {halfway} of them after a step");
}

/// Only the ledger had room for the records, and now it is away.
fn left_lock() {
    let pay = Pay::new(BACK);
    let yes: &[&str] = &["--yes", "--decision", "decision.json"];
    assert_eq!((pay.rollback(yes).code, pay.lines("log").len()), (0, 1));
    let folder = pay.repo.path().join(".kadian");
    for file in std::fs::read_dir(folder.join("recovery")).expect("the journal").flatten() {
        if file.path().extension().is_some_and(|extension| extension == "jsonl") {
            std::fs::write(file.path(), "").expect("emptied");
        }
    }
    std::fs::rename(folder.join("ledger.db"), pay.repo.path().join("away.db")).expect("moved");
    let run = pay.rollback(yes);
    let text = format!("{}{}", run.stdout, run.stderr);
    assert!(run.code == 1 && text.contains("nobody knows what became of it") && text.contains("--retry-step 1"), "{run:?}");
    assert_eq!(pay.lines("log").len(), 1, "it did not run again");
    let run = pay.rollback(&[yes, &["--skip-step", "1"]].concat());
    assert_eq!((run.code, pay.lines("log").len()), (0, 1), "{run:?}");
}

fn killed() {
    // Not random: the same moments, relative to the start, on every machine.
    let mut moment = 7_u64;
    let (mut kills, mut asked, mut round) = (0, 0, 0);
    // Where the kills fall is the machine's matter; enough of them must have hit a step of which nobody could tell.
    while round < 12 || asked < 3 && round < 60 {
        round += 1;
        let pay = Pay::new(CRASHY);
        let begun = Instant::now();
        let mut word: Vec<String> = Vec::new();
        loop {
            assert!(begun.elapsed() < Duration::from_mins(2), "round {round} does not end");
            let arguments: Vec<&str> = ["--yes"].into_iter().chain(word.iter().map(String::as_str)).collect();
            let mut child = pay.spawn(&arguments);
            moment = (moment * 1_103_515_245 + 12_345) % 2_147_483_648;
            if kills < 8 * round {
                std::thread::sleep(Duration::from_millis(moment % 700));
                kills += u64::from(child.kill().is_ok());
            }
            let (code, text) = ended(child);
            match code {
                0 => break,
                1 if text.contains("still runs") || text.contains("cannot be taken") => {}
                1 => {
                    // A person looks, and says what is so.
                    let step = text.split("--retry-step ").nth(1).and_then(|rest| rest.split([',', ' ', '\n']).next());
                    let step = step.unwrap_or_else(|| panic!("round {round}: {text}"));
                    let name = ["a2", "a1", "b", "c"][step.parse::<usize>().expect("a number") - 1];
                    let ran = pay.lines("log").iter().any(|line| line == name);
                    word = vec![if ran { "--skip-step" } else { "--retry-step" }.to_owned(), step.to_owned()];
                    asked += 1;
                    continue;
                }
                2 if text.contains("-step") => {}
                -1 | 3 => {}
                other => panic!("round {round}: {other}: {text}"),
            }
            word.clear();
        }
        assert_eq!(pay.lines("log"), ["a2", "a1", "b", "c"], "round {round}: each ran once, in order");
        for step in 1..=4 {
            let states = pay.states(Some(step));
            let ends = states.iter().filter(|state| matches!(state, RecoveryState::Done | RecoveryState::Skipped)).count();
            assert_eq!(ends, 1, "round {round}, step {step}: {states:?}");
        }
        assert_eq!(pay.states(None).last(), Some(&RecoveryState::Done));
        let entries = pay.ledger().select(&Filter::default()).expect("readable");
        let back = entries
            .iter()
            .filter(|entry| matches!(&entry.record, Record::Batch(batch) if batch.state == BatchState::RolledBack))
            .count();
        assert_eq!(back, 2, "round {round}");
        assert!(pay.ledger().verify(None).expect("readable").fault.is_none(), "round {round}");
    }
    assert!(kills > 20 && asked >= 3, "{kills} were killed, and {asked} asked about");
}
