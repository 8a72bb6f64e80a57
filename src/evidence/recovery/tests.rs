use super::*;
use crate::facts::RolloutType;

const WHOLE: &str = r#"version: 1
approvers: {count: 2, people: [alice, bob, carol], teams: [team-pay]}
secrets: [PAY_TOKEN]
save:
- name: logs
  command: [kubectl, logs, "deployment/{service}"]
  timeout: 90s
steps:
- name: back
  each: region
  kubectl: {deployment: "{service}", namespace: "{region}", to_revision: 3}
  preconditions:
  - http: {url: "https://pay.example/version", pointer: /version, equals: "{to}"}
  verify:
  - rollout: {deployment: pay, namespace: "{region}"}
    timeout: 2m
  on_failure: continue
- name: ask
  webhook: {url: "https://ops.example/{plan}", headers: {X-Token: {env: OPS_TOKEN}}, body: {batch: [1, "{to}"]}}
- name: run
  github-workflow: {repository: acme/pay, workflow: rollback.yml, ref: main, inputs: {version: "{from}"}, token_env: GH_TOKEN}
- name: chart
  helm: {release: pay}
- name: argo
  argo-rollouts: {rollout: pay}
verify:
- command: [./smoke, "{service}"]
  exit: 7
reversible:
- {path: "migrations/**", because: only adds columns}
- {type: database, because: the schema stays}
"#;

#[test]
fn a_whole_file_is_read() {
    let recovery = read(WHOLE.as_bytes()).expect("readable");
    assert_eq!((recovery.approvals.count, recovery.approvals.people.len(), recovery.approvals.teams.len()), (2, 3, 1));
    let save = &recovery.save[0];
    assert_eq!((save.timeout_seconds, save.on_failure, save.each), (90, OnStepFailure::Continue, Each::Once));
    let back = &recovery.steps[0];
    assert_eq!((back.timeout_seconds, back.on_failure, back.each), (300, OnStepFailure::Continue, Each::Region));
    assert_eq!((back.preconditions[0].timeout_seconds, back.verify[0].timeout_seconds), (30, 120));
    assert_eq!(recovery.steps[1].on_failure, OnStepFailure::Stop);
    let executors: Vec<_> = recovery.steps.iter().map(|step| step.action.executor()).collect();
    assert_eq!(executors, ["kubectl", "webhook", "github-workflow", "helm", "argo-rollouts"]);
    assert!(matches!(&recovery.verify[0].look, Look::Command { exit: 7, .. }));
    assert_eq!(recovery.secret_names(), ["GH_TOKEN", "OPS_TOKEN", "PAY_TOKEN"]);
    assert_eq!(recovery.reversible[1].what, ReversibleChange::Type(RolloutType::Database));
}

#[test]
fn the_digest_is_of_what_the_file_says_and_not_of_how() {
    let json = |text: &str| serde_json::to_value(read(text.as_bytes()).expect("readable")).unwrap();
    let same = WHOLE.replacen("[alice, bob, carol]", "[ alice,\n  bob, carol ]", 1);
    assert_eq!(json(WHOLE), json(&same));
    for (good, other) in
        [("count: 2", "count: 3"), ("- name: chart", "- name: graph"), ("to_revision: 3", "to_revision: 4"), ("90s", "91s")]
    {
        assert_ne!(json(WHOLE), json(&WHOLE.replacen(good, other, 1)), "{other}");
    }
}

#[test]
fn every_mistake_names_its_line_and_the_way_out() {
    let mistakes = [
        ("version: 1", "version: 2", "line 1: recovery version 2 is not known"),
        ("approvers:", "aprovers:", "line 2: unknown key `aprovers`; did you mean `approvers`?"),
        (", teams: [team-pay]", "", ""),
        (
            "count: 2, people: [alice, bob, carol], teams: [team-pay]",
            "count: 4, people: [alice, bob]",
            "line 2: 4 approvals, but only 2",
        ),
        ("[alice, bob, carol]", "[alice, Alice]", "line 2: an approver stands here twice"),
        ("[PAY_TOKEN]", "['s3cr3t!']", "line 3: `s3cr3t!` is no name of an environment variable"),
        ("[kubectl, logs, \"deployment/{service}\"]", "kubectl logs pay", "line 6: a command is a list of arguments"),
        ("[kubectl, logs, \"deployment/{service}\"]", "[]", "line 6: the command is empty"),
        ("[kubectl, logs,", "[\"{service}\", logs,", "line 6: the program holds a placeholder"),
        ("deployment/{service}", "deployment/{servcie}", "line 6: unknown placeholder `{servcie}`; did you mean `{service}`?"),
        ("timeout: 90s", "timeout: 7h", "line 7: the timeout is no length of time from 1s to 6h"),
        ("name: back", "name: logs", "line 9: two steps are called `logs`"),
        ("each: region", "each: regoin", "line 10: unknown value `regoin`; did you mean `region`?"),
        ("each: region\n", "each: once\n", "line 9: the step `back` names {region}, but is not of one region"),
        ("deployment: \"{service}\"", "deployment: \"x{batch}\"", "line 9: the step `back` names {batch}, but is of a region"),
        ("kubectl: {", "kubect: {", "line 11: unknown key `kubect`; did you mean `kubectl`?"),
        ("to_revision: 3", "to_revision: 0", "line 11: revision 0 does not exist"),
        ("to_revision: 3", "revision: 3", "line 11: unknown key `revision`; did you mean `to_revision`?"),
        ("\"https://pay.example/version\"", "pay.example", "line 13: expected an address"),
        ("https://pay.example/version", "https://me:pw@pay.example/version", "line 13: the address holds a user or password"),
        ("pointer: /version", "pointer: version", "line 13: a JSON pointer starts with `/`"),
        (", equals: \"{to}\"", "", "line 13: `pointer` without `equals`"),
        ("rollout: {deployment: pay, namespace: \"{region}\"}", "exit: 1", "line 15: `exit` belongs to a command"),
        ("    timeout: 2m", "    timeout: 2h", "line 16: the timeout is no length of time from 1s to 1h"),
        ("on_failure: continue", "on_failure: retry", "line 17: unknown value `retry`"),
        ("https://ops.example", "http://ops.example", "line 19: a secret would be sent to it without encryption"),
        ("https://ops.example", "http://localhost.evil.example", "line 19: a secret would be sent to it without encryption"),
        ("X-Token: {env: OPS_TOKEN}", "Authorization: abc", "line 19: the header `Authorization` is a secret"),
        (
            "X-Token: {env: OPS_TOKEN}",
            "X-Token: {evn: OPS_TOKEN}",
            "line 19: the header `X-Token` is neither a text nor a variable",
        ),
        ("X-Token: {env: OPS_TOKEN}", "\"X Token\": abc", "line 19: `X Token` is no name of a header"),
        ("X-Token: {env: OPS_TOKEN}", "X-Token: \"a\\r\\nb\"", "line 19: the header `X-Token` holds what no header can"),
        ("[1, \"{to}\"]", "[1, \"{tto}\"]", "line 19: unknown placeholder `{tto}`"),
        ("acme/pay", "acme/../pay", "line 21: the repository is not of the form"),
        ("rollback.yml", "../rollback.yml", "line 21: the workflow is neither"),
        ("  helm: {release: pay}\n", "", "line 22: the step `chart` does nothing"),
        (
            "  helm: {release: pay}\n",
            "  helm: {release: pay}\n  kubectl: {deployment: pay}\n",
            "line 22: the step `chart` does several things",
        ),
        ("verify:\n- command: [./smoke, \"{service}\"]\n  exit: 7", "verify: []", "line 26: nothing to verify"),
        ("./smoke, \"{service}\"", "./smoke, \"{region}\"", "line 27: the check names {region}"),
        ("migrations/**", "a[", "line 30: not a path pattern"),
        ("path: \"migrations/**\", ", "", "line 30: expected either `path` or `type`"),
        ("because: the schema stays", "because: ' '", "line 31:"),
    ];
    for (good, bad, wanted) in mistakes {
        assert!(WHOLE.contains(good), "{good}");
        let answer = read(WHOLE.replacen(good, bad, 1).as_bytes());
        match answer {
            Ok(_) => assert_eq!(wanted, "", "{bad} was read"),
            Err(error) => {
                let error = error.to_string();
                assert!(!wanted.is_empty() && error.starts_with(wanted), "{bad}: {error}");
            }
        }
    }
}

#[test]
fn damaged_input_is_an_error_and_no_panic() {
    let many = format!(
        "version: 1\nverify: [{{command: [a]}}]\nsteps:\n{}",
        (0..101).map(|n| format!("- {{name: s{n}, command: [a]}}\n")).collect::<Vec<_>>().concat()
    );
    for bytes in [
        &b""[..],
        b"\xff",
        b"[",
        b"version: 1\nsteps: []\nverify: []\n",
        b"version: 1\nsteps: 3\n",
        b"a: &a [*a]",
        many.as_bytes(),
    ] {
        assert!(read(bytes).is_err(), "{:?}", String::from_utf8_lossy(bytes));
    }
}
