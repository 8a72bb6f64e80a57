//! What would run.

use super::*;

#[test]
fn kubectl_undoes_and_waits() {
    let plan = planned(
        "- {name: a, timeout: 2m, kubectl: {deployment: \"{service}\", namespace: prod, context: \"eu@prod\", to_revision: 7}}",
    );
    let step = &plan.steps[0];
    let wanted = ["kubectl", "rollout", "undo", "deployment/pay", "--namespace=prod", "--context=eu@prod", "--to-revision=7"];
    assert_eq!(argv(&step.calls), [wanted]);
    let status = ["kubectl", "rollout", "status", "deployment/pay", "--namespace=prod", "--context=eu@prod", "--timeout=120s"];
    assert_eq!(argv(&[step.after[0].call.clone()]), [status]);
    assert_eq!((step.own_looks, step.limit), (1, Duration::from_mins(2)));
    assert!(step.after[0].limit > step.limit, "it is not ended before it ends by itself");
    let plan = planned("- {name: a, kubectl: {deployment: pay}}");
    assert_eq!(argv(&plan.steps[0].calls), [["kubectl", "rollout", "undo", "deployment/pay"]]);
}

#[test]
fn helm_rolls_back_and_waits() {
    let plan = planned("- {name: a, timeout: 90s, helm: {release: pay, revision: 3, namespace: prod, context: eu}}");
    let wanted = ["helm", "rollback", "pay", "3", "--namespace=prod", "--kube-context=eu", "--wait", "--timeout=90s"];
    assert_eq!(argv(&plan.steps[0].calls), [wanted]);
    let plan = planned("- {name: a, helm: {release: pay}}");
    assert_eq!(argv(&plan.steps[0].calls), [["helm", "rollback", "pay", "--wait", "--timeout=300s"]]);
}

#[test]
fn argo_rollouts_aborts_then_undoes() {
    let plan = planned("- {name: a, timeout: 1m, argo-rollouts: {rollout: pay, namespace: prod, to_revision: 4}}");
    let step = &plan.steps[0];
    assert_eq!(
        argv(&step.calls),
        [
            vec!["kubectl", "argo", "rollouts", "abort", "pay", "--namespace=prod"],
            vec!["kubectl", "argo", "rollouts", "undo", "pay", "--namespace=prod", "--to-revision=4"],
        ]
    );
    let status = ["kubectl", "argo", "rollouts", "status", "pay", "--namespace=prod", "--timeout=60s"];
    assert_eq!(argv(&[step.after[0].call.clone()]), [status]);
}

#[test]
fn requests_say_what_they_send() {
    let plan = planned(
        "- name: a\n  github-workflow: {repository: acme/pay, workflow: back.yml, ref: main, inputs: {to: \"{from}\"}, token_env: GH, api: \"https://ghe.example/api/v3/\"}
- {name: b, each: batch, webhook: {url: \"https://ops.example/{plan}/{region}\", headers: {X-Key: {env: OPS}}}}
- {name: c, webhook: {url: \"https://ops.example\", headers: {idempotency-key: own}, body: {v: [\"{from}\", 1]}}}",
    );
    let shown: Vec<Vec<String>> = plan.steps.iter().map(|step| step.calls[0].shown()).collect();
    assert_eq!(
        shown[0],
        [
            "POST https://ghe.example/api/v3/repos/acme/pay/actions/workflows/back.yml/dispatches",
            "  Accept: application/vnd.github+json",
            "  X-GitHub-Api-Version: 2022-11-28",
            "  Authorization: Bearer $GH",
            "  {\"inputs\":{\"to\":\"1.4.1\"},\"ref\":\"main\"}",
        ]
    );
    assert_eq!(shown[1][0], "POST https://ops.example/pay-1.4.2-a/west");
    assert_eq!(shown[1][1..3], ["  X-Key: $OPS", "  Idempotency-Key: recovery-3f2a9c1e77aa03b1-2"]);
    let body: serde_json::Value = serde_json::from_str(&shown[1][3]).unwrap();
    assert_eq!(
        (&body["schema"], &body["batch"], &body["region"]),
        (&"kadian.recovery-call/v1".into(), &2.into(), &"west".into())
    );
    assert_eq!(shown[2][0], "POST https://ops.example/pay-1.4.2-a/east");
    assert_eq!(shown[3][1..], ["  idempotency-key: own", "  {\"v\":[\"1.4.1\",1]}"]);
    assert_eq!(plan.needed, ["GH", "OPS"]);
}

#[test]
fn a_value_that_is_no_plain_word_plans_nothing() {
    let recovery = |steps: &str| {
        let text = format!("version: 1\nsteps:\n{steps}\nverify:\n- command: [\"true\"]\n");
        recovery::read(text.as_bytes()).expect("readable")
    };
    for bad in ["--to-revision=1", "a b", "a;rm -rf", "$(x)", "", "a\nb", "../../etc"] {
        let rollback = Rollback { return_to: bad.into(), ..rollback() };
        for step in ["- {name: a, command: [x, \"{from}\"]}", "- {name: a, webhook: {url: \"http://x/{from}\"}}"] {
            let error = plan(&recovery(step), &rollback, DECISION).unwrap_err();
            assert!(error.message().contains("the step `a` cannot be planned"), "{bad}: {error}");
        }
        assert!(plan(&recovery("- {name: a, command: [x]}"), &rollback, DECISION).is_ok(), "what is not used does no harm");
    }
    for bad in ["Pay", "pay/x", "pay:x", "pay_x"] {
        let rollback = Rollback { service: bad.into(), ..rollback() };
        let steps = "- {name: a, kubectl: {deployment: \"{service}\"}}";
        assert!(plan(&recovery(steps), &rollback, DECISION).is_err(), "{bad}");
    }
    let nowhere = BatchToTakeBack { number: 1, region: None, state: BatchState::Done };
    let rollback = Rollback { batches: vec![nowhere], ..rollback() };
    let steps = "- {name: a, each: region, command: [x, \"{region}\"]}";
    assert!(plan(&recovery(steps), &rollback, DECISION).unwrap_err().message().contains("there is none here"));
}

#[test]
fn what_would_run_is_shown_and_nothing_else_runs() {
    let plan = planned(
        "- name: a\n  each: batch\n  command: [./undo, \"{batch}\", \"a b\"]\n  preconditions: [{http: {url: \"https://pay.example/v\", pointer: /v, equals: \"{to}\"}}]\n  on_failure: continue",
    );
    let text = dry_run(&plan);
    let wanted = "recovery-3f2a9c1e77aa03b1: roll back pay 1.4.2 → 1.4.1, plan pay-1.4.2-a, batches 2 (west), then 1 (east)
decision 3f2a9c1e77aa03b1c1de2f4a5b6c7d8e9f00112233445566778899aabbccddee

1. step a for batch 2 (west) (command, within 300 s, goes on if it fails)
   before  GET https://pay.example/v answers 200 with \"1.4.2\" at /v
   run     ./undo 2 'a b'

2. step a for batch 1 (east) (command, within 300 s, goes on if it fails)
   before  GET https://pay.example/v answers 200 with \"1.4.2\" at /v
   run     ./undo 1 'a b'

in the end
   verify  true ends with 0, within 30 s";
    assert_eq!(text, wanted);
}
