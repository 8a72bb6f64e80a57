//! The action with the real program, where GitHub grants the token nothing.

use libtest_mimic::Trial;
use serde_json::json;

use super::Setting;
use crate::suites::trial;
use crate::support::action::{Ended, Job};
use crate::support::web::Web;

pub(super) fn trials() -> Vec<Trial> {
    vec![
        trial("action::with-a-token-that-may-nothing-the-verdict-is-the-same-and-says-so", read_only),
        trial("action::the-real-program-judges-every-event", every_event),
        trial("action::a-change-cannot-remove-the-policies-that-the-action-names", removed),
    ]
}

const CONFIG: &str = "version: 1\nservice: {name: pay, tier: L2}\nstages: {merge: {expect: [change, tests]}}\n";

/// A run of the real program; `failed` says whether a test fails.
fn job(setting: &Setting, job: Job, failed: bool) -> Job {
    let failure = if failed { "<failure message=\"::error::forged\"/>" } else { "" };
    let report = format!(
        "<testsuite name=\"pytest\" tests=\"1\" timestamp=\"2026-01-02T00:00:00+00:00\"><testcase classname=\"a\" name=\"b\">{failure}</testcase></testsuite>"
    );
    let place = setting.repo.outside().join("junit.xml");
    std::fs::write(&place, report).expect("the report");
    job.with("binary", env!("CARGO_BIN_EXE_kadian"))
        .with("evidence", format!("tests={}", place.display()))
        .with("token", "ghs_secret")
}

fn ended_with(ended: &Ended, code: i32, verdict: &str) {
    assert_eq!((ended.code, ended.outputs["verdict"].as_str()), (code, verdict), "{}", ended.log);
    let decision = std::fs::read_to_string(&ended.outputs["report"]).expect("the output names decision.json");
    assert!(decision.contains(&ended.outputs["decision"]) && ended.outputs["decision"].len() == 64, "{:?}", ended.outputs);
    assert!(!ended.log.contains("ghs_secret") && !ended.summary.contains("ghs_secret") && !decision.contains("ghs_secret"));
}

fn read_only() {
    let setting = Setting::new(&[("kadian.yaml", CONFIG)], &[]);
    let refused = json!({"message": "Resource not accessible by integration", "documentation_url": "https://docs.example"});
    let web = Web::start(move |_| (403, refused.to_string()));
    for (failed, code, verdict) in [(true, 1, "block"), (false, 0, "pass")] {
        let mut job = job(&setting, setting.pull_request(), failed).variable("GITHUB_API_URL", web.url.clone());
        let ended = job.run();
        ended_with(&ended, code, verdict);
        assert!(web.requests() > 0, "publishing was tried\n{}\n{}", ended.log, ended.summary);
        assert!(ended.summary.contains("checks: write"), "the line to add is named\n{}", ended.summary);
        if failed {
            let annotations: Vec<&str> = ended.log.lines().skip_while(|line| !line.starts_with("::error")).collect();
            assert!(annotations.iter().any(|line| line.contains("tests/failed")), "{}", ended.log);
            assert!(!ended.log.lines().any(|line| line.starts_with("::error::forged")), "{}", ended.log);
        }
    }
}

fn every_event() {
    let setting = Setting::new(&[("kadian.yaml", CONFIG)], &[]);
    let group = json!({"merge_group": {"base_sha": setting.base, "base_ref": "refs/heads/main", "head_sha": setting.head}});
    let cases = [
        ("merge_group", "refs/heads/gh-readonly-queue/main/pr-7-abc", group),
        ("push", "refs/heads/main", json!({"before": setting.base, "repository": {"default_branch": "main"}})),
        ("workflow_dispatch", "refs/heads/main", json!({"inputs": {}})),
        ("schedule", "refs/heads/main", json!({"schedule": "0 23 * * *"})),
        ("deployment", "refs/heads/main", json!({"deployment": {"id": 1, "environment": "gray", "sha": setting.head}})),
    ];
    for (event, reference, payload) in cases {
        for (failed, code, verdict) in [(true, 1, "block"), (false, 0, "pass")] {
            let mut job = job(&setting, setting.job(event, reference, &payload), failed)
                .with("publish", "summary")
                .with("base", &setting.base[..]);
            let ended = job.run();
            ended_with(&ended, code, verdict);
            assert!(!ended.summary.is_empty(), "{event}");
        }
    }
}

fn removed() {
    let rule = "# METADATA\n# title: Files stay\n# custom: {id: team/stay, severity: high, requirement: A1, remedy: Ask}\npackage kadian.team\n\n\
                deny contains {\"msg\": \"app.py changes\"} if {\n    some file in input.change.files\n    file.path == \"app.py\"\n}\n";
    let setting =
        Setting::new(&[("kadian.yaml", CONFIG), ("rules/team.rego", rule)], &[("rules/team.rego", "package kadian.team\n")]);
    let mut job = job(&setting, setting.pull_request(), false).with("publish", "none").with("policy", "rules");
    let ended = job.run();
    ended_with(&ended, 1, "block");
    assert!(ended.log.contains("app.py changes"), "{}", ended.log);
}
