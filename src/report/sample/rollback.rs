//! A recommendation, sound and hostile.

use super::at;
use crate::facts::{
    Approvals, BatchState, BatchToTakeBack, Checked, ForwardFix, Obstacle, Precondition, ROLLBACK_SCHEMA, RecoveryPart,
    RecoverySource, Risk, Rollback, RollbackAction, RollbackReason, RollbackStep, RolloutType, TrustedVersion,
};

/// How to go back from the rollout that regressed.
pub(super) fn recommendation() -> Rollback {
    let batch = |number| BatchToTakeBack { number, region: Some("east".into()), state: BatchState::Done };
    let met = |what: &str, state| Precondition { what: what.into(), state, found: None };
    let step = |number, part, name: &str, executor: &str| RollbackStep {
        number,
        part,
        name: name.into(),
        executor: executor.into(),
        batch: None,
        region: None,
        timeout_seconds: 300,
        continues: part == RecoveryPart::Save,
    };
    Rollback {
        schema: ROLLBACK_SCHEMA.into(),
        action: RollbackAction::RollBack,
        service: "pay".into(),
        plan: "pay-1.4.2-a".into(),
        plan_digest: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".into(),
        kind: RolloutType::Daily,
        bad_version: "1.4.2".into(),
        return_to: "1.4.1".into(),
        trusted: Some(TrustedVersion {
            version: "1.4.1".into(),
            decision: "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8".into(),
            stage: "rollout".into(),
            plan: Some("pay-1.4.1-a".into()),
            batch: Some(2),
            at: at("2025-12-18T03:00:00Z"),
            finished: true,
        }),
        batches: vec![batch(2), batch(1)],
        reasons: vec![RollbackReason { id: "canary/errors".into(), message: "errors rose".into() }],
        obstacles: vec![],
        forward_fix: None,
        preconditions: vec![
            met("1.4.1 passed the gate before", Checked::True),
            met("2 of alice, bob, carol approve", Checked::Unknown),
        ],
        approvals: Approvals { count: 2, people: vec!["alice".into(), "bob".into(), "carol".into()], teams: vec![] },
        steps: vec![step(1, RecoveryPart::Save, "logs", "command"), step(2, RecoveryPart::Step, "back", "kubectl")],
        verify: vec!["GET https://pay.example/health answers 200".into()],
        risks: vec![Risk {
            id: "configuration".into(),
            message: "the change touches configuration: 1.4.1 must find its own again".into(),
        }],
        recovery: Some(RecoverySource { path: ".kadian/recovery.yaml".into(), digest: "0badc0de".repeat(8) }),
        command: Some(Rollback::command_words()),
        workflow: None,
    }
}

/// A recommendation with the text in every field that can hold one.
pub(super) fn hostile(text: &str) -> Rollback {
    let mut rollback = recommendation();
    for field in [&mut rollback.service, &mut rollback.plan, &mut rollback.bad_version, &mut rollback.return_to] {
        text.clone_into(field);
    }
    rollback.batches[0].region = Some(text.into());
    rollback.forward_fix = Some(ForwardFix { reason: text.into(), advice: vec![text.into()] });
    rollback.reasons = vec![RollbackReason { id: text.into(), message: text.into() }];
    rollback.obstacles = vec![Obstacle { file: Some(text.into()), reversible: Some(text.into()) }];
    let state = Checked::False;
    rollback.preconditions = vec![Precondition { what: text.into(), state, found: Some(text.into()) }];
    rollback.approvals = Approvals { count: u64::MAX, people: vec![text.into()], teams: vec![text.into()] };
    for step in &mut rollback.steps {
        (step.name, step.executor, step.region) = (text.into(), text.into(), Some(text.into()));
    }
    rollback.verify = vec![text.into()];
    rollback.risks = vec![Risk { id: text.into(), message: text.into() }];
    rollback.recovery = Some(RecoverySource { path: text.into(), digest: text.into() });
    rollback.command = Some(vec![text.into(), "ID".into()]);
    rollback
}
