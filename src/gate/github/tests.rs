use serde_json::{Value, json};

use super::button::pressed;
use super::*;
use crate::collect::github::{GitHub, Limits};
use crate::collect::http::server::{Reply, Server};
use crate::config::settings::RecoverySettings;

const NOW: &str = "2026-01-02T12:00:00Z";

fn access(api: &str) -> Access {
    let pairs = [("GITHUB_TOKEN", "ghs_s3cret"), ("GITHUB_REPOSITORY", "acme/pay"), ("GITHUB_API_URL", api)];
    Access::from_env(|name| pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())).unwrap()
}

fn received(name: &str, more: &Value) -> Received {
    let mut event = json!({"repository": {"full_name": "acme/pay", "default_branch": "main"}, "sender": {"login": "ann"}});
    event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    Received::read(name, event.to_string().as_bytes()).unwrap()
}

fn dispatched() -> Received {
    received("workflow_dispatch", &json!({"ref": "refs/heads/main", "inputs": {"decision": "0123456789abcdef"}}))
}

/// A run as GitHub tells it, with some keys changed.
fn run(changes: &Value) -> Value {
    let mut run = json!({
        "id": 42, "event": "workflow_dispatch", "head_branch": "main", "created_at": "2026-01-01T00:00:00Z",
        "run_started_at": "2026-01-02T11:59:00Z", "triggering_actor": {"login": "Ann"}, "head_repository": {"full_name": "acme/pay"}
    });
    run.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    run
}

/// Whom GitHub knows: everybody may write but `guest`, and nobody knows `ghost`.
fn github(run: Value) -> Server {
    Server::start(move |seen| match seen.target.as_str() {
        "/repos/acme/pay/actions/runs/42" => Reply::new(200, run.to_string()),
        "/repos/acme/pay/actions/runs/42/approvals" => Reply::new(
            200,
            json!([
                {"state": "approved", "comment": "", "environments": [], "user": {"login": "bob"}},
                {"state": "rejected", "comment": "", "environments": [], "user": {"login": "eve"}},
                {"state": "approved", "comment": "", "environments": [], "user": {"login": "ANN"}},
            ])
            .to_string(),
        ),
        "/repos/acme/pay/collaborators/guest/permission" => Reply::new(200, r#"{"permission": "read", "role_name": "triage"}"#),
        "/repos/acme/pay/collaborators/ghost/permission" => Reply::new(404, r#"{"message": "Not Found"}"#),
        target if target.ends_with("/permission") => Reply::new(200, r#"{"permission": "write", "role_name": "write"}"#),
        _ => Reply::new(500, "{}"),
    })
}

fn ask(received: &Received, run: Value) -> std::result::Result<button::Pressed, String> {
    let server = github(run);
    let access = access(&server.url);
    let client = GitHub::open(&access, &Limits { retries: 0, ..Limits::default() }).unwrap();
    let settings = RecoverySettings::default();
    pressed(&client, &access, received, Some(42), &settings, NOW.parse().unwrap()).map_err(|error| error.message().to_owned())
}

#[test]
fn a_press_by_somebody_who_may_counts_and_the_environments_approvers_with_it() {
    let found = ask(&dispatched(), run(&json!({}))).unwrap();
    assert_eq!(found.decision.as_deref(), Some("0123456789abcdef"));
    assert_eq!((found.by, found.notes), (vec!["ann".to_owned(), "bob".to_owned()], vec![]));
    let button = received(
        "check_run",
        &json!({"action": "requested_action", "requested_action": {"identifier": "rollback"},
            "check_run": {"name": "kadian / rollout", "head_sha": "1", "external_id": "fedcba98"}}),
    );
    assert_eq!(ask(&button, run(&json!({"event": "check_run"}))).unwrap().decision.as_deref(), Some("fedcba98"));
}

#[test]
fn whoever_may_not_presses_in_vain() {
    let by = |login: &str| received("workflow_dispatch", &json!({"ref": "refs/heads/main", "sender": {"login": login}}));
    assert!(ask(&by("guest"), run(&json!({}))).unwrap_err().contains("guest may not roll back: write is needed"));
    assert!(ask(&by("ghost"), run(&json!({}))).unwrap_err().contains("what ghost may do is not known"));
    let again = run(&json!({"triggering_actor": {"login": "guest"}}));
    assert!(ask(&dispatched(), again).unwrap_err().contains("guest may not roll back"), "whoever runs it again presses, too");
    let odd = by("a/../../x");
    assert!(ask(&odd, run(&json!({}))).is_ok(), "an odd name stays one part of the path");
}

#[test]
fn a_press_elsewhere_or_long_ago_does_not_count() {
    let on = |reference: &str| received("workflow_dispatch", &json!({"ref": reference}));
    for reference in ["refs/heads/topic", "refs/tags/main", "main"] {
        assert!(ask(&on(reference), run(&json!({}))).unwrap_err().contains("was started on"), "{reference}");
    }
    for change in [
        json!({"event": "push"}),
        json!({"head_branch": "topic"}),
        json!({"head_repository": {"full_name": "eve/pay"}}),
        json!({"head_repository": null}),
    ] {
        assert!(ask(&dispatched(), run(&change)).unwrap_err().contains("this run was set off by"), "{change}");
    }
    let old = run(&json!({"run_started_at": "2026-01-02T10:59:59Z"}));
    assert!(ask(&dispatched(), old).unwrap_err().contains("was pressed at 2026-01-02T10:59:59Z"));
    let other = received(
        "workflow_dispatch",
        &json!({"ref": "refs/heads/main", "repository": {"full_name": "eve/pay", "default_branch": "main"}}),
    );
    assert!(ask(&other, run(&json!({}))).unwrap_err().contains("the event is about eve/pay"));
}

#[test]
fn a_button_of_somebody_else_is_none() {
    let button = |name: &str, identifier: &str, id: &str| {
        received(
            "check_run",
            &json!({"action": "requested_action", "requested_action": {"identifier": identifier},
                "check_run": {"name": name, "head_sha": "1", "external_id": id}}),
        )
    };
    for (name, identifier, id) in [
        ("lint", "rollback", "abc"),
        ("kadian / rollout", "fix", "abc"),
        ("kadian / rollout", "rollback", ""),
        ("kadian / rollout", "rollback", "./decision.json"),
    ] {
        assert!(ask(&button(name, identifier, id), run(&json!({"event": "check_run"}))).is_err(), "{name} {identifier} {id}");
    }
}

#[test]
fn what_github_does_not_say_counts_for_nothing() {
    assert!(ask(&dispatched(), json!({})).unwrap_err().contains("cannot be read"));
    let server = Server::start(|_| Reply::new(502, "<html>"));
    let access = access(&server.url);
    let client = GitHub::open(&access, &Limits { retries: 0, ..Limits::default() }).unwrap();
    let (settings, now) = (RecoverySettings::default(), NOW.parse().unwrap());
    let error = pressed(&client, &access, &dispatched(), Some(42), &settings, now).unwrap_err();
    assert!(error.message().contains("the run is not known, so that nothing is run"), "{error:?}");
    assert!(pressed(&client, &access, &dispatched(), None, &settings, now).is_err());
}

mod waiting {
    use super::super::protection::{Reply as Answered, Request, reply};
    use super::*;
    use crate::error::Error;
    use crate::gate::ledger::Where;

    const COMMIT: &str = "1111111111111111111111111111111111111111";

    fn waits(callback: &str) -> Received {
        received(
            "deployment_protection_rule",
            &json!({"action": "requested", "environment": "prod", "deployment_callback_url": callback, "deployment": {"sha": COMMIT}}),
        )
    }

    fn told(changes: &Value, now: &str, callback: &str) -> std::result::Result<Answered, Error> {
        let mut decision = json!({"schema": "kadian.decision/v1", "stage": "release", "verdict": "pass", "mode": "enforce",
            "decided_at": "2026-01-02T11:30:00Z", "subject": {"head": COMMIT, "service": "pay"}});
        decision.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        let id = crate::gate::record::digest(&decision).unwrap();
        decision["id"] = changes.get("id").cloned().unwrap_or_else(|| id.into());
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("decision.json");
        write(&path, &decision.to_string());
        let config = folder.path().join("kadian.yaml");
        write(&config, "version: 1\nservice: {name: pay}\n");
        let request = Request {
            decision: Some(path.to_str().unwrap().to_owned()),
            place: Where { config: Some(config), ..Where::default() },
            max_age: "1h".parse().unwrap(),
            now: now.parse().unwrap(),
        };
        reply(&access("http://127.0.0.1:9"), &waits(callback), &request)
    }

    #[expect(clippy::disallowed_methods, reason = "a test makes its file")]
    fn write(path: &std::path::Path, text: &str) {
        std::fs::write(path, text).unwrap();
    }

    const CALLBACK: &str = "http://127.0.0.1:9/repos/acme/pay/actions/runs/7/deployment_protection_rule";

    #[test]
    fn a_verdict_is_an_answer_and_a_hold_is_none() {
        let state = |changes: Value| match told(&changes, NOW, CALLBACK).unwrap() {
            Answered::Answer { path, body, approved, .. } => {
                assert_eq!(path, "/repos/acme/pay/actions/runs/7/deployment_protection_rule");
                assert_eq!((body["environment_name"].as_str(), body["state"] == "approved"), (Some("prod"), approved));
                Some(approved)
            }
            Answered::Wait { .. } => None,
        };
        assert_eq!(state(json!({})), Some(true));
        assert_eq!(state(json!({"verdict": "block"})), Some(false));
        assert_eq!(state(json!({"verdict": "rollback"})), Some(false));
        assert_eq!(state(json!({"verdict": "hold"})), None);
        assert_eq!(state(json!({"verdict": "block", "mode": "warn"})), Some(true));
    }

    #[test]
    fn a_decision_about_another_commit_or_time_answers_nothing() {
        let refused = |changes: Value, now: &str, callback: &str| told(&changes, now, callback).unwrap_err().message().to_owned();
        assert!(refused(json!({"subject": {"head": "2", "service": "pay"}}), NOW, CALLBACK).contains("is about 2"));
        assert!(refused(json!({"subject": {"service": "pay"}}), NOW, CALLBACK).contains("is about no commit"));
        assert!(refused(json!({"subject": {"head": COMMIT, "service": "billing"}}), NOW, CALLBACK).contains("is about billing"));
        assert!(refused(json!({"subject": {"head": COMMIT}}), NOW, CALLBACK).contains("is about no service"));
        assert!(refused(json!({"stage": "merge"}), NOW, CALLBACK).contains("of the stage `merge`"));
        assert!(refused(json!({}), "2026-01-02T12:30:01Z", CALLBACK).contains("may be 1h old at most"));
        assert!(refused(json!({}), "2026-01-02T11:28:59Z", CALLBACK).contains("may be 1h old at most"), "a decision to come");
        assert!(refused(json!({"verdict": "maybe"}), NOW, CALLBACK).contains("nobody knows"));
        for verdict in ["pass", "block"] {
            assert!(refused(json!({"mode": "shadow", "verdict": verdict}), NOW, CALLBACK).contains("tells nobody"));
        }
        assert!(refused(json!({"id": "0"}), NOW, CALLBACK).contains("was changed after it was made"));
        for callback in [
            "https://evil.example/repos/acme/pay/actions/runs/7/deployment_protection_rule",
            "http://127.0.0.1:9/repos/eve/pay/actions/runs/7/deployment_protection_rule",
            "http://127.0.0.1:9/x/../repos/acme/pay/actions/runs/7/deployment_protection_rule",
        ] {
            assert!(refused(json!({}), NOW, callback).contains("is not this repository's API"), "{callback}");
        }
    }
}
