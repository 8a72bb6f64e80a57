//! What was deployed since a rollback was recommended: going back would undo it.

use crate::error::{Error, Result};
use crate::facts::{BatchState, Plan, Record, RecordKind, Rollback, RolloutType};
use crate::ledger::{Filter, Ledger};

/// Another rollout of the service, of which a batch was started after the decision.
pub(super) struct Later {
    plan: String,
    version: String,
    batch: u64,
    /// What going back would bring back.
    return_to: String,
}

impl Later {
    pub(super) fn note(&self) -> String {
        format!("{}; see what runs before this goes on", self.sentence())
    }

    pub(super) fn refusal(&self) -> Error {
        Error::new(format!("{}, and going back to {} would undo it", self.sentence(), self.return_to))
            .hint("decide about that rollout with `kadian check rollout`, and take its decision")
            .hint("if it is to be undone, make a plan of type `rollback`")
    }

    fn sentence(&self) -> String {
        let Later { plan, version, batch, .. } = self;
        format!("rollout {plan} has started batch {batch} with version {version} since the decision was made")
    }
}

/// The newest rollout that has deployed the service since the entry `seq`, other than the one that goes back, and other than one that
/// leads back to the same version.
pub(super) fn other_rollout(ledger: &mut Ledger, rollback: &Rollback, seq: u64) -> Result<Option<Later>> {
    let filter = Filter {
        kinds: vec![RecordKind::Batch],
        service: Some(rollback.service.clone()),
        after: Some(seq),
        newest_first: true,
        ..Filter::default()
    };
    for entry in ledger.select(&filter)? {
        let Record::Batch(batch) = entry.record else { continue };
        let deploys = matches!(batch.state, BatchState::Started | BatchState::Done) && batch.plan != rollback.plan;
        if !deploys || plan(ledger, &batch.plan)?.is_some_and(|plan| leads_back(&plan, rollback)) {
            continue;
        }
        let return_to = rollback.return_to.clone();
        return Ok(Some(Later { plan: batch.plan, version: batch.version, batch: batch.batch, return_to }));
    }
    Ok(None)
}

fn leads_back(plan: &Plan, rollback: &Rollback) -> bool {
    plan.kind == RolloutType::Rollback && plan.to == rollback.return_to
}

/// The plan as it was recorded first.
fn plan(ledger: &mut Ledger, id: &str) -> Result<Option<Plan>> {
    let filter = Filter { kinds: vec![RecordKind::Plan], plan: Some(id.to_owned()), limit: Some(1), ..Filter::default() };
    let entries = ledger.select(&filter)?.into_iter();
    let plan = entries.filter_map(|entry| match entry.record {
        Record::Plan(record) => Some(record.plan),
        _ => None,
    });
    Ok(plan.take(1).next())
}
