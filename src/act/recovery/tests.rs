mod plans;
mod runs;

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::*;
use crate::collect::clock;
use crate::evidence::recovery;
use crate::facts::{
    Approvals, BatchRecord, BatchState, BatchToTakeBack, ROLLBACK_SCHEMA, Record, RecoveryClaim, RecoveryRecord, RecoveryState,
    Rollback, RollbackAction, RolloutType,
};
use crate::ledger::{Address, Filter, Ledger};

const DECISION: &str = "3f2a9c1e77aa03b1c1de2f4a5b6c7d8e9f00112233445566778899aabbccddee";

fn rollback() -> Rollback {
    let batch = |number, region: &str| BatchToTakeBack { number, region: Some(region.into()), state: BatchState::Done };
    Rollback {
        schema: ROLLBACK_SCHEMA.into(),
        action: RollbackAction::RollBack,
        service: "pay".into(),
        plan: "pay-1.4.2-a".into(),
        plan_digest: "d".repeat(64),
        kind: RolloutType::Daily,
        bad_version: "1.4.2".into(),
        return_to: "1.4.1".into(),
        trusted: None,
        batches: vec![batch(2, "west"), batch(1, "east")],
        reasons: vec![],
        obstacles: vec![],
        forward_fix: None,
        preconditions: vec![],
        approvals: Approvals::default(),
        steps: vec![],
        verify: vec![],
        risks: vec![],
        recovery: None,
        command: None,
        workflow: None,
    }
}

fn planned(steps: &str) -> Plan {
    planned_of(steps, &rollback())
}

fn planned_of(steps: &str, rollback: &Rollback) -> Plan {
    let text = format!("version: 1\nsteps:\n{steps}\nverify:\n- command: [\"true\"]\n");
    plan(&recovery::read(text.as_bytes()).expect(&text), rollback, DECISION).expect("planned")
}

fn argv(calls: &[Call]) -> Vec<Vec<&str>> {
    let words = |call: &Call| -> Vec<&str> {
        match call {
            Call::Program(arguments) => arguments.iter().map(|argument| leak(argument)).collect(),
            Call::Http(_) => panic!("no program"),
        }
    };
    calls.iter().map(words).collect()
}

/// Tests are short-lived, and so is what they leak.
fn leak(text: &str) -> &'static str {
    Box::leak(text.to_owned().into_boxed_str())
}
