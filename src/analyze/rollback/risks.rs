//! What may still go wrong when a rollout is taken back.

use super::{Basis, risk};
use crate::facts::{BatchState, Risk, Rollback, RollbackAction};

/// How many of a kind are named; the rest is counted.
const NAMED: usize = 3;

/// The risks, the worst first.
pub(super) fn of(basis: Basis<'_>, rollback: &Rollback) -> Vec<Risk> {
    let mut risks = Vec::new();
    if rollback.action == RollbackAction::RollBack {
        risks.extend(version(basis, rollback));
        risks.extend(change(basis, rollback));
    }
    risks.extend(history(basis, rollback));
    risks.extend(later(basis, rollback));
    risks
}

fn version(basis: Basis<'_>, rollback: &Rollback) -> Option<Risk> {
    let back = &rollback.return_to;
    match (&rollback.trusted, basis.history) {
        (Some(trusted), _) if !trusted.finished => {
            Some(risk("unfinished_version", format!("{back} passed the gate, but no rollout of it was ever finished")))
        }
        (Some(_), _) => None,
        (None, Some(_)) => Some(risk("untrusted_version", format!("nothing on record says that {back} ever passed the gate"))),
        (None, None) => Some(risk("untrusted_version", format!("whether {back} ever passed the gate is not known"))),
    }
}

fn change(basis: Basis<'_>, rollback: &Rollback) -> Vec<Risk> {
    let mut risks = Vec::new();
    for obstacle in &rollback.obstacles {
        if let (Some(file), Some(because)) = (&obstacle.file, &obstacle.reversible) {
            risks.push(risk("schema_change", format!("the change carries {file}: {because}")));
        } else if let Some(because) = &obstacle.reversible {
            risks.push(risk("schema_change", format!("the rollout changes the database: {because}")));
        }
    }
    risks = counted(risks, "schema_change", "changes of schema or data");
    match basis.change {
        None => risks.push(risk("unknown_change", "the change is not known, so neither is whether it touches schema or data")),
        Some(change) if change.touches.config => risks.push(risk(
            "configuration",
            format!("the change touches configuration: {} must find its own again", rollback.return_to),
        )),
        Some(_) => {}
    }
    risks
}

fn history(basis: Basis<'_>, rollback: &Rollback) -> Vec<Risk> {
    let Some(history) = basis.history else {
        return vec![risk("unknown_history", "the history is not known, so neither is what was started and what else runs")];
    };
    let mut risks = Vec::new();
    if rollback.batches.is_empty() {
        risks.push(risk(
            "nothing_started",
            "the ledger knows of no batch that is out: was `kadian ledger record batch` left out?",
        ));
    }
    let of_other_plan = history.batches.iter().filter(|batch| batch.other_plan).map(|batch| batch.number.to_string());
    let of_other_plan: Vec<String> = of_other_plan.collect();
    if !of_other_plan.is_empty() {
        let message = format!("the plan was another one when batch {} was recorded", of_other_plan.join(", "));
        risks.push(risk("changed_plan", message));
    }
    let half = rollback.batches.iter().find(|batch| batch.state == BatchState::Started);
    if let Some(batch) = half {
        let message = format!("batch {} was started and nobody recorded its end: its deployment may still run", batch.number);
        risks.push(risk("running_batch", message));
    }
    let others = history.others.iter().map(|other| {
        let message = format!("{}, another rollout of {}, is under way at batch {}", other.plan, rollback.service, other.batch);
        risk("other_rollout", message)
    });
    risks.extend(counted(others.collect(), "other_rollout", "other rollouts under way"));
    risks
}

fn later(basis: Basis<'_>, rollback: &Rollback) -> Vec<Risk> {
    let later = basis.later.unwrap_or_default().iter().map(|change| {
        let relation = if change.service == rollback.service { "the service itself" } else { "a dependency" };
        let message = format!("{} of {}, {relation}, came after the rollout began ({})", change.id, change.service, change.at);
        risk("later_change", message)
    });
    counted(later.collect(), "later_change", "later changes")
}

/// The first few of a kind, and how many more there are.
fn counted(mut risks: Vec<Risk>, id: &str, what: &str) -> Vec<Risk> {
    let more = risks.len().saturating_sub(NAMED);
    risks.truncate(NAMED);
    if more > 0 {
        risks.push(risk(id, format!("and {more} more {what}")));
    }
    risks
}
