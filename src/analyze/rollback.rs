//! What to do about a rollout that went wrong: made out of its plan, its history and its change (requirements C5, F4, F8).

mod later;
mod obstacles;
mod risks;
mod steps;
#[cfg(test)]
mod tests;

pub use later::{LaterChange, later_changes};
pub use steps::{Instance, instances};

use crate::evidence::recovery::{Recovery, Values};
use crate::facts::{
    BatchState, BatchToTakeBack, Change, Checked, ForwardFix, History, Obstacle, Plan, Precondition, ROLLBACK_SCHEMA,
    RecoverySource, Risk, Rollback, RollbackAction, RollbackReason, Rollout, RolloutType,
};

/// What is known about the rollout; `None` where nobody knows.
#[derive(Debug, Clone, Copy)]
pub struct Basis<'a> {
    pub rollout: &'a Rollout,
    pub history: Option<&'a History>,
    pub change: Option<&'a Change>,
    /// The findings that ask for the rollback, in the decision's order.
    pub reasons: &'a [RollbackReason],
    pub recovery: Option<KnownRecovery<'a>>,
    /// What else was changed since the rollout began, as [`later_changes`] finds it.
    pub later: Option<&'a [LaterChange]>,
}

/// The recovery file that is in force.
#[derive(Debug, Clone, Copy)]
pub struct KnownRecovery<'a> {
    pub recovery: &'a Recovery,
    /// The path by which the configuration names it.
    pub path: &'a str,
    /// SHA-256 of the recovery as compact JSON with sorted keys.
    pub digest: &'a str,
}

/// The recommendation that goes with the verdict `rollback`.
///
/// It is to roll back unless that would do harm: the rollout changes schema or data and nothing says that the old version can live
/// with it, or the rollout is a rollback itself and going back would bring back what went wrong first. What is not known is named as
/// a precondition or a risk, so that stopping the loss does not wait for it.
#[must_use]
pub fn recommend(basis: Basis<'_>) -> Rollback {
    let plan = &basis.rollout.plan;
    let obstacles = obstacles::of(basis);
    let batches = batches(basis);
    let forward_fix = forward_fix(basis, &obstacles);
    let action = if forward_fix.is_some() { RollbackAction::ForwardFix } else { RollbackAction::RollBack };
    let trusted = basis.history.and_then(|history| history.trusted.clone()).filter(|trusted| trusted.version == plan.from);
    let known = basis.recovery.filter(|_| action == RollbackAction::RollBack && !batches.is_empty());
    let instances = known.map(|known| instances(known.recovery, &batches)).unwrap_or_default();
    let mut rollback = Rollback {
        schema: ROLLBACK_SCHEMA.to_owned(),
        action,
        service: plan.service.clone(),
        plan: plan.id.clone(),
        plan_digest: basis.rollout.digest.clone(),
        kind: plan.kind,
        bad_version: plan.to.clone(),
        return_to: plan.from.clone(),
        trusted,
        batches,
        reasons: basis.reasons.to_vec(),
        obstacles,
        forward_fix,
        preconditions: Vec::new(),
        approvals: basis.recovery.map(|known| known.recovery.approvals.clone()).unwrap_or_default(),
        command: (!instances.is_empty()).then(Rollback::command_words),
        workflow: None,
        steps: instances.iter().map(Instance::fact).collect(),
        verify: known.map(|known| steps::looks(&known.recovery.verify, &values(plan))).unwrap_or_default(),
        risks: Vec::new(),
        recovery: basis.recovery.map(|known| RecoverySource { path: known.path.to_owned(), digest: known.digest.to_owned() }),
    };
    rollback.preconditions = preconditions(basis, &rollback);
    rollback.risks = risks::of(basis, &rollback);
    if rollback.verify.is_empty() {
        rollback.verify = usual_looks(&rollback);
    }
    rollback
}

/// What is known of the whole rollout, for what steps look at.
fn values(plan: &Plan) -> Values {
    Values {
        service: plan.service.clone(),
        plan: plan.id.clone(),
        from: plan.from.clone(),
        to: plan.to.clone(),
        region: None,
        batch: None,
    }
}

/// The batches that were started and not taken back, the last one first.
fn batches(basis: Basis<'_>) -> Vec<BatchToTakeBack> {
    let Some(history) = basis.history else { return Vec::new() };
    let out = history.batches.iter().filter(|batch| batch.state != BatchState::RolledBack);
    let mut batches: Vec<BatchToTakeBack> = out
        .map(|batch| BatchToTakeBack { number: batch.number, region: region(basis, batch.number), state: batch.state })
        .collect();
    batches.sort_by_key(|batch| std::cmp::Reverse(batch.number));
    batches.dedup_by_key(|batch| batch.number);
    batches
}

fn region(basis: Basis<'_>, number: u64) -> Option<String> {
    let batches = &basis.rollout.plan.batches;
    batches.iter().find(|batch| batch.number == number).and_then(|batch| batch.region.clone())
}

fn forward_fix(basis: Basis<'_>, obstacles: &[Obstacle]) -> Option<ForwardFix> {
    let plan = &basis.rollout.plan;
    if plan.kind == RolloutType::Rollback {
        return Some(ForwardFix {
            reason: format!(
                "this rollout is a rollback itself: going back would bring {} back, which was taken back before",
                plan.from
            ),
            advice: vec![
                format!("Stop here: start no further batch of {}.", plan.id),
                "Find out whether the fault was there before the rollback: then the version is not its cause.".to_owned(),
                format!("Bring a fix as a hotfix, or go to a version before {}.", plan.to),
            ],
        });
    }
    let in_the_way: Vec<&Obstacle> = obstacles.iter().filter(|obstacle| obstacle.reversible.is_none()).collect();
    if in_the_way.is_empty() {
        return None;
    }
    let files: Vec<&str> = in_the_way.iter().filter_map(|obstacle| obstacle.file.as_deref()).collect();
    let what = match (plan.kind, files.as_slice()) {
        (RolloutType::DataCorrection, _) => "this rollout corrects data".to_owned(),
        (_, []) => "this rollout changes the database".to_owned(),
        (_, [one]) => format!("the change carries a change of schema or data, {one}"),
        (_, [first, rest @ ..]) => format!("the change carries changes of schema or data, {first} and {} more", rest.len()),
    };
    Some(ForwardFix {
        reason: format!("{what}, and nothing says that {} can live with it", plan.from),
        advice: vec![
            format!("Stop here: start no further batch of {}.", plan.id),
            "Lead traffic away from what runs the new version, or switch off what is new, where that can be done.".to_owned(),
            "Bring a fix as a hotfix.".to_owned(),
            "If the old version can live with the change, say so under `reversible` in the recovery file, and decide again."
                .to_owned(),
        ],
    })
}

fn preconditions(basis: Basis<'_>, rollback: &Rollback) -> Vec<Precondition> {
    let of = |what: String, state: Checked, found: Option<String>| Precondition { what, state, found };
    let holds = |yes: bool| if yes { Checked::True } else { Checked::False };
    let known = basis.history.is_some();
    let mut all = Vec::new();
    let trusted = match (&rollback.trusted, known) {
        (Some(trusted), _) => (Checked::True, Some(format!("decision {} at {}", short(&trusted.decision), trusted.at))),
        (None, true) => (Checked::False, Some("the ledger knows no decision that let it pass".to_owned())),
        (None, false) => (Checked::Unknown, Some("the history is not known".to_owned())),
    };
    all.push(of(format!("{} passed the gate before", rollback.return_to), trusted.0, trusted.1));
    let started = match (known, rollback.batches.is_empty()) {
        (true, false) => (Checked::True, None),
        (true, true) => (Checked::False, Some("the ledger knows of no batch that was started and not taken back".to_owned())),
        (false, _) => (Checked::Unknown, Some("the history is not known".to_owned())),
    };
    all.push(of("it is recorded what is to be taken back".to_owned(), started.0, started.1));
    let running = basis.history.and_then(|history| history.recovery.as_ref());
    let state = if known { holds(running.is_none()) } else { Checked::Unknown };
    let found = running.map(|running| format!("{} since {}", running.run, running.since));
    all.push(of("no recovery of this rollout is under way".to_owned(), state, found));
    let (state, found) = obstacles::state(basis, &rollback.obstacles);
    all.push(of(format!("{} can live with the schema and data as they are now", rollback.return_to), state, found));
    let found = match rollback.recovery {
        Some(_) => None,
        None => Some("no recovery file; name one with `recovery:` in kadian.yaml".to_owned()),
    };
    all.push(of("the steps back are written down".to_owned(), holds(rollback.recovery.is_some()), found));
    if rollback.approvals.count > 0 {
        let people = who(&rollback.approvals.people, &rollback.approvals.teams);
        let what = format!("{} of {people} approve", rollback.approvals.count);
        all.push(of(what, Checked::Unknown, Some("asked for when it runs".to_owned())));
    }
    if let Some(known) = basis.recovery.filter(|_| !rollback.steps.is_empty()) {
        let steps = known.recovery.save.iter().chain(&known.recovery.steps);
        for step in steps.filter(|step| !step.preconditions.is_empty()) {
            for look in steps::looks(&step.preconditions, &values(&basis.rollout.plan)) {
                let found = Some(format!("looked at before the step `{}` runs", step.name));
                all.push(of(look, Checked::Unknown, found));
            }
        }
    }
    all
}

/// What to look at where no recovery file says it.
fn usual_looks(rollback: &Rollback) -> Vec<String> {
    let mut looks = Vec::new();
    if rollback.action == RollbackAction::RollBack {
        looks.push(format!("Every instance runs {} again.", rollback.return_to));
    }
    looks.extend(rollback.reasons.iter().map(|reason| format!("No longer so: {}", reason.message)));
    looks.push("The service's indicators are where they were before the rollout, and no alert of it is active.".to_owned());
    looks
}

/// People and teams in words.
fn who(people: &[String], teams: &[String]) -> String {
    let all: Vec<&str> = people.iter().chain(teams).map(String::as_str).collect();
    if all.is_empty() { "anybody".to_owned() } else { all.join(", ") }
}

/// The beginning of a digest, as people quote it.
fn short(digest: &str) -> &str {
    digest.get(..12).unwrap_or(digest)
}

fn risk(id: &str, message: impl Into<String>) -> Risk {
    Risk { id: id.to_owned(), message: message.into() }
}
