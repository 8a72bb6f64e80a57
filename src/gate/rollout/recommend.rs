//! What to do about a rollout that went wrong.

use jiff::Timestamp;

use super::Rolling;
use crate::analyze::rollback::{self, Basis, KnownRecovery, LaterChange};
use crate::decide::{Decision, Effect};
use crate::error::Result;
use crate::facts::{Catalogue, Change, RecordKind, Rollback, RollbackReason, Strength};
use crate::gate::judge::Judge;
use crate::gate::{Place, record};
use crate::input::Input;
use crate::ledger::{Filter, Ledger};

/// More changes than this since a batch was started are no list that anybody reads.
const MOST_CHANGES: u64 = 5000;

/// The recommendation that goes with a decision to roll back.
///
/// What cannot be looked up is named as a risk in it: stopping the loss does not wait for the ledger.
pub(in crate::gate) fn recommend(
    rolling: &Rolling,
    judge: &Judge,
    place: &Place,
    input: &Input,
    decision: &Decision,
) -> Result<Rollback> {
    let asking = decision.findings.iter().filter(|finding| finding.effect == Effect::Rollback);
    let reasons: Vec<RollbackReason> =
        asking.map(|finding| RollbackReason { id: finding.id.clone(), message: finding.message.clone() }).collect();
    let recovery = judge.recovery.as_ref().zip(judge.config.recovery.as_deref());
    let digest = recovery.map(|(recovery, _)| record::digest(recovery)).transpose()?.unwrap_or_default();
    let later = later(rolling, place, input.catalogue.facts(), decision.decided_at);
    let change: Option<&Change> = input.change.facts();
    let mut rollback = rollback::recommend(Basis {
        rollout: &rolling.rollout,
        history: rolling.history.facts(),
        change,
        reasons: &reasons,
        recovery: recovery.map(|(recovery, path)| KnownRecovery { recovery, path, digest: &digest }),
        later: later.as_deref(),
    });
    let workflow = &judge.config.settings.recovery.workflow;
    rollback.workflow = (rollback.command.is_some() && !workflow.is_empty()).then(|| workflow.clone());
    Ok(rollback)
}

/// What was changed since the rollout began, of the service and of what it cannot do without; `None` where nobody can say.
fn later(rolling: &Rolling, place: &Place, catalogue: Option<&Catalogue>, now: Timestamp) -> Option<Vec<LaterChange>> {
    let plan = &rolling.planned.plan;
    let batches = &rolling.history.facts()?.batches;
    let since = batches.iter().filter_map(|batch| batch.started_at).min()?;
    let filter = Filter {
        kinds: vec![RecordKind::Change, RecordKind::Batch],
        since: Some(since.min(now)),
        limit: Some(MOST_CHANGES),
        newest_first: true,
        ..Filter::default()
    };
    let entries = Ledger::open(&place.address, &place.root).and_then(|mut ledger| ledger.select(&filter)).ok()?;
    let declared = catalogue.into_iter().flat_map(|catalogue| &catalogue.services).filter(|service| service.name == plan.service);
    let needed =
        declared.flat_map(|service| &service.dependencies).filter(|dependency| dependency.strength != Some(Strength::Weak));
    let services: Vec<&str> =
        [plan.service.as_str()].into_iter().chain(needed.map(|dependency| dependency.name.as_str())).collect();
    Some(rollback::later_changes(&entries, &plan.id, &services))
}
