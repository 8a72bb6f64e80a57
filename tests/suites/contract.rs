//! What kadian sends to GitHub is what GitHub's own description of its API allows, and what GitHub sends is understood.

use std::path::Path;

use libtest_mimic::Trial;
use serde_json::{Value, json};

use super::trial;
use crate::support::code_host::{CodeHost, NUMBER, REPOSITORY, World};
use crate::support::description::Described;
use crate::support::pay::{EVIDENCE, NOW, Pay, decision};
use crate::support::program::{Run, kadian};
use crate::support::repo::Repo;

pub(super) fn trials() -> Vec<Trial> {
    vec![
        trial("contract::github-allows-every-request", github),
        trial("contract::an-enterprise-server-allows-every-request", enterprise),
        trial("contract::real-events-are-read", events),
    ]
}

const TOKEN: &str = "ghs_s3cretToken";

/// A pull request that two people approved.
pub(super) fn approved(pay: &Pay) -> World {
    let approval = |by: &str| (by.to_owned(), "APPROVED", pay.head.clone());
    World {
        base: pay.base.clone(),
        head: pay.head.clone(),
        author: "mei".to_owned(),
        body: "- [x] tested".to_owned(),
        reviews: vec![approval("jonas"), approval("priya")],
        commits: vec![(pay.head.clone(), "mei".to_owned())],
        ..World::default()
    }
}

/// Runs kadian in a job of the pull request.
pub(super) fn job(pay: &Pay, api: &str, words: &[&str], variables: &[(&str, &str)]) -> Run {
    let event = json!({
        "number": NUMBER,
        "pull_request": {"number": NUMBER, "base": {"sha": pay.base, "ref": "main", "repo": {"id": 1}},
            "head": {"sha": pay.head, "ref": "topic", "repo": {"id": 1}}},
        "repository": {"default_branch": "main"},
    });
    pay.outside("event.json", &event.to_string());
    let (event, output, summary) = (path(pay, "event.json"), path(pay, "output"), path(pay, "summary"));
    let known = [
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_EVENT_NAME", "pull_request"),
        ("GITHUB_EVENT_PATH", event.as_str()),
        ("GITHUB_REF", "refs/pull/7/head"),
        ("GITHUB_SHA", pay.head.as_str()),
        ("GITHUB_BASE_REF", "main"),
        ("GITHUB_REPOSITORY", REPOSITORY),
        ("GITHUB_RUN_ID", "42"),
        ("GITHUB_API_URL", api),
        ("GITHUB_TOKEN", TOKEN),
        ("GITHUB_OUTPUT", output.as_str()),
        ("GITHUB_STEP_SUMMARY", summary.as_str()),
    ];
    let run = kadian(&pay.repo.path(), words, &[&known[..], variables].concat(), "");
    assert!(!format!("{run:?}").contains(TOKEN), "{run:?}");
    run
}

fn path(pay: &Pay, name: &str) -> String {
    pay.repo.outside().join(name).to_str().expect("UTF-8").to_owned()
}

/// `check merge` with the reports of the change and without its file of reviews; publishes everything.
pub(super) fn merge(pay: &Pay, api: &str, more: &[&str]) -> Run {
    let words = ["check", "merge", "--now", NOW, "--report", "json", "--publish", "check-run,comment,status,summary,outputs"];
    job(pay, api, &[&words[..], &EVIDENCE[..6], more].concat(), &[])
}

fn github() {
    allowed("api.github.com");
}

fn enterprise() {
    allowed("ghes-3.17");
}

/// Drives everything that asks or tells GitHub something through the description of a version.
fn allowed(version: &str) {
    let pay = Pay::new();
    let host = CodeHost::start(approved(&pay));
    let mut described = Described::before(version, &host.web.url);
    described.ready();
    let saved = path(&pay, "saved");
    let passing = merge(&pay, &described.url, &["--save", &saved]);
    assert_eq!((passing.code, decision(&passing)["verdict"].as_str()), (0, Some("pass")), "{passing:?}");
    let recorded = std::fs::read_to_string(Path::new(&saved).join("review.json")).expect("the answers are kept");
    let recorded: Value = serde_json::from_str(&recorded).expect("JSON");
    assert_eq!(recorded["unanswered"], json!([]), "everything that was asked is known");
    // Findings on more lines than one request may hold; then other ones, which changes the comment.
    let lines: Vec<String> = (1..=130).map(|line| format!("V{line} = {line}\n")).collect();
    let many = Pay::with(&[], &[("src/many.py", &lines.concat())]);
    let World { base, head, reviews, commits, .. } = approved(&many);
    {
        let mut world = host.world();
        (world.base, world.head, world.reviews, world.commits) = (base, head, reviews, commits);
    }
    for last in [130, 120] {
        let results: Vec<Value> = (1..=last).map(|line| result("src/many.py", line)).collect();
        many.outside("many.sarif", &sarif(&results));
        let blocked = merge(&many, &described.url, &["--evidence", "scan=../many.sarif"]);
        assert_eq!(blocked.code, 1, "{blocked:?}");
        assert!(!blocked.stderr.contains("not published"), "{}", blocked.stderr);
    }
    {
        let world = host.world();
        assert_eq!((world.check_runs.len(), world.statuses.len(), world.comments.len()), (3, 3, 1), "{:?}", world.log);
        assert!(world.log.iter().any(|line| line.starts_with("PATCH") && line.contains("/check-runs/")), "{:?}", world.log);
        assert!(world.log.iter().any(|line| line.starts_with("PATCH") && line.contains("/issues/comments/")), "{:?}", world.log);
    }
    pressed(&pay, &described.url, &passing);
    button(&host, &described.url);
    assert_eq!(described.complaints(), Vec::<String>::new());
    // The proxy would have told.
    let wrong = nameless(&described.url);
    assert!(!described.complaints().is_empty(), "a wrong request is told: {wrong}");
}

/// The button, and the deployment that waits.
fn pressed(pay: &Pay, api: &str, passing: &Run) {
    let event = |more: Value| {
        let mut event = json!({"repository": {"full_name": REPOSITORY, "default_branch": "main"}, "sender": {"login": "jonas"}});
        event.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        pay.outside("press.json", &event.to_string());
        path(pay, "press.json")
    };
    let file = event(json!({"ref": "refs/heads/main", "inputs": {"decision": "0123456789abcdef"}}));
    let words = ["github", "handle-event", "--dry-run", "--event", &file, "--event-name", "workflow_dispatch", "--now", NOW];
    let run = job(pay, api, &words, &[("KADIAN_LEDGER", "sqlite:../ledger.db")]);
    // Whoever pressed was believed, and the ledger knows no such decision.
    assert_eq!(run.code, 2, "{run:?}");
    assert!(run.stdout.contains("asked for or approved by jonas, priya") && run.stderr.contains("ledger"), "{run:?}");
    let words = [
        "check",
        "release",
        "--base",
        "main",
        "--head",
        "topic",
        "--now",
        NOW,
        "--report",
        "json",
        "--evidence",
        "tests=../junit.xml",
    ];
    let released = kadian(&pay.repo.path(), &words, &[], "");
    assert_eq!(released.code, 0, "{released:?}");
    pay.outside("decision.json", &released.stdout);
    // A verdict about merging says nothing about deploying.
    pay.outside("merge.json", &passing.stdout);
    let callback = format!("{api}/repos/{REPOSITORY}/actions/runs/42/deployment_protection_rule");
    let file = event(
        json!({"action": "requested", "environment": "prod", "deployment_callback_url": callback, "deployment": {"sha": pay.head}}),
    );
    let words = ["github", "protection-rule", "--decision", "../decision.json", "--event", &file, "--now", NOW];
    let run = job(pay, api, &[&words[..], &["--event-name", "deployment_protection_rule"]].concat(), &[]);
    assert_eq!((run.code, run.stdout.contains("approved")), (0, true), "{run:?}");
    let words = ["github", "protection-rule", "--decision", "../merge.json", "--event", &file, "--now", NOW];
    let run = job(pay, api, &[&words[..], &["--event-name", "deployment_protection_rule"]].concat(), &[]);
    assert_eq!((run.code, run.stderr.contains("of the stage `merge`")), (2, true), "{run:?}");
}

/// A rollout that goes wrong, told with the token of an App: a check run with a button, and a link.
fn button(host: &CodeHost, api: &str) {
    let mut repo = Repo::new();
    repo.write(
        "kadian.yaml",
        "version: 1\nservice: {name: pay, tier: L1}\nledger: sqlite:../ledger.db\nrecovery: recovery.yaml\n\
         settings: {recovery: {workflow: rollback.yml}}\n",
    );
    repo.write("recovery.yaml", "version: 1\nsteps:\n- {name: back, command: [\"true\"]}\nverify:\n- {command: [\"true\"]}\n");
    repo.commit("chore: base");
    repo.git(&["tag", "1.4.1"]);
    repo.write("pay.py", "def pay(): return 2\n");
    repo.commit("feat: pay twice");
    repo.git(&["tag", "1.4.2"]);
    let plan = "version: 1\nid: pay-1.4.2-a\nservice: pay\ntype: daily\nfrom: 1.4.1\nto: 1.4.2\nbatches:\n\
        - {region: east, percent: 5, soak: 30m, suites: [core-fvt]}\n- {region: east, percent: 100, soak: 1h, suites: [core-fvt]}\n";
    std::fs::write(repo.outside().join("plan.yaml"), plan).expect("written");
    let failed = "<testsuite name=\"core-fvt\" tests=\"1\" failures=\"1\" timestamp=\"2026-01-01T01:10:00Z\"><testcase name=\"pay\">\
        <failure message=\"500\"/></testcase></testsuite>";
    std::fs::write(repo.outside().join("junit.xml"), failed).expect("written");
    for state in ["started", "done"] {
        let words = [
            "ledger",
            "record",
            "batch",
            "--plan",
            "../plan.yaml",
            "--batch",
            "1",
            "--state",
            state,
            "--now",
            "2026-01-01T01:05:00Z",
        ];
        assert_eq!(kadian(&repo.path(), &words, &[], "").code, 0);
    }
    host.world().app = "acme-gate";
    let before = host.world().check_runs.len();
    let words = [
        "check",
        "rollout",
        "--plan",
        "../plan.yaml",
        "--batch",
        "2",
        "--evidence",
        "tests=../junit.xml",
        "--now",
        "2026-01-01T01:20:00Z",
        "--publish",
        "check-run,status",
    ];
    let variables = [
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_EVENT_NAME", "workflow_dispatch"),
        ("GITHUB_REPOSITORY", REPOSITORY),
        ("GITHUB_RUN_ID", "43"),
        ("GITHUB_API_URL", api),
        ("GITHUB_TOKEN", TOKEN),
    ];
    let run = kadian(&repo.path(), &words, &variables, "");
    assert_eq!((run.code, run.stderr.as_str()), (4, ""), "{run:?}");
    let world = host.world();
    assert_eq!(world.check_runs.len(), before + 1);
    let told = world.check_runs.values().next_back().expect("a check run");
    assert_eq!(told.pointer("/actions/0/identifier"), Some(&"rollback".into()), "{told}");
    let summary = told.pointer("/output/summary").and_then(Value::as_str).expect("a summary");
    assert!(summary.contains("https://github.com/acme/pay/actions/workflows/rollback.yml"), "{summary}");
    assert!(summary.contains("kadian rollback --decision"), "{summary}");
    assert_eq!(told["external_id"].as_str().map(str::len), Some(64));
}

/// Sends a check run without its name.
fn nameless(url: &str) -> String {
    use std::io::{Read as _, Write as _};
    let address = url.trim_start_matches("http://");
    let mut stream = std::net::TcpStream::connect(address).expect("the proxy listens");
    let body = "{\"head_sha\": \"x\"}";
    let head = format!(
        "POST /repos/{REPOSITORY}/check-runs HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(format!("{head}{body}").as_bytes()).expect("it is sent");
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    answer
}

pub(super) fn result(file: &str, line: usize) -> Value {
    json!({"ruleId": "R1", "level": "error", "message": {"text": format!("finding {line}")},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": file}, "region": {"startLine": line}}}]})
}

pub(super) fn sarif(results: &[Value]) -> String {
    json!({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "lint"}}, "results": results}]}).to_string()
}

/// The examples of the events that set a gate off.
fn events() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/tools/node_modules/@octokit/webhooks-examples/api.github.com/index.json");
    let text = std::fs::read_to_string(&examples)
        .unwrap_or_else(|error| panic!("{}: {error}; run tests/tools/install", examples.display()));
    let all: Value = serde_json::from_str(&text).expect("JSON");
    let pay = Pay::new();
    let names = [
        "pull_request",
        "pull_request_review",
        "issue_comment",
        "merge_group",
        "push",
        "workflow_run",
        "workflow_dispatch",
        "deployment",
        "check_run",
    ];
    let mut read = 0;
    for event in
        all.as_array().expect("a list").iter().filter(|event| names.contains(&event["name"].as_str().unwrap_or_default()))
    {
        let name = event["name"].as_str().expect("a name");
        for example in event["examples"].as_array().expect("examples") {
            pay.outside("example.json", &example.to_string());
            let file = path(&pay, "example.json");
            let variables = [("GITHUB_ACTIONS", "true"), ("GITHUB_EVENT_NAME", name), ("GITHUB_EVENT_PATH", file.as_str())];
            let words = ["input", "merge", "--base", "main", "--head", "topic", "--trust", "worktree", "--now", NOW];
            let run = kadian(&pay.repo.path(), &words, &variables, "");
            assert_eq!(run.code, 0, "{name}: {run:?}");
            assert!(!run.stderr.contains("event"), "{name}: {}", run.stderr);
            let document: Value = serde_json::from_str(&run.stdout).expect("JSON");
            let number = example
                .pointer("/pull_request/number")
                .or_else(|| example.pointer("/issue/pull_request").and_then(|_| example.pointer("/issue/number")));
            let number = number.or_else(|| example.pointer("/workflow_run/pull_requests/0/number"));
            assert_eq!(document.pointer("/change/pull_request"), Some(number.unwrap_or(&Value::Null)), "{name}");
            read += 1;
        }
    }
    assert!(read > 50, "{read} examples");
}
