//! Puts a decision into the ledger, and takes the batch's place under the flow limits with it.

use super::Rolling;
use crate::analyze::history;
use crate::decide::{Decision, Effect, Finding, Mode, Verdict};
use crate::facts::{DecisionRecord, History, Phase, PlanRecord, Record, SlotRecord};
use crate::gate::{Checked, Request};
use crate::ledger::{Ledger, LedgerError, Writing};

/// What became of a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::gate) enum Settled {
    /// It is in the ledger, or need not be.
    Recorded,
    /// It could not be recorded; its verdict stands all the same.
    Unrecorded(String),
    /// The ledger says something else now: decide again.
    Changed(String),
    /// It let a batch pass, which cannot be recorded, so that it must not.
    Refused(String),
}

/// Records the decision.
///
/// A passing decision before a batch binds others: it must be recorded, with its slot, or it does not pass. What stops a batch stops it
/// whether it is recorded or not, and so does a rollback go on.
pub(in crate::gate) fn settle(request: &Request, checked: &Checked) -> Settled {
    let decision = &checked.decision;
    let wanted = request.record || checked.rolling.is_some();
    if !wanted || request.shadow || decision.mode == Mode::Shadow {
        return Settled::Recorded;
    }
    let Some(place) = &checked.ledger else { return Settled::Recorded };
    let recorded = Ledger::open(&place.address, &place.root)
        .and_then(|mut ledger| ledger.write(request.now, &mut |writing| append(writing, request, checked)));
    match recorded {
        Ok(settled) => settled,
        Err(error) if binds(checked) => Settled::Refused(format!("the decision cannot be recorded: {error}")),
        Err(error) => Settled::Unrecorded(error.to_string()),
    }
}

/// Whether others must know of the decision before anybody acts on it.
fn binds(checked: &Checked) -> bool {
    let Some(rolling) = &checked.rolling else { return false };
    takes_slot(&checked.decision, rolling) && !rolling.is_rollback()
}

fn takes_slot(decision: &Decision, rolling: &Rolling) -> bool {
    let passes = decision.verdict == Verdict::Pass || decision.mode == Mode::Warn;
    passes && rolling.planned.phase == Phase::Before && rolling.planned.batch.is_some()
}

fn append(writing: &mut Writing<'_>, request: &Request, checked: &Checked) -> std::result::Result<Settled, LedgerError> {
    let mut records = Vec::new();
    if let Some(rolling) = &checked.rolling {
        let fresh = rolling.reread(writing, request.now)?;
        if let Some(reason) = changed(rolling, &fresh, &checked.decision) {
            return Ok(Settled::Changed(reason));
        }
        records.extend(first_plan(rolling, &fresh));
        records.extend(slot(rolling, &fresh, &checked.decision));
    }
    records.push(Record::Decision(record(checked, request)));
    writing.append(records)?;
    Ok(Settled::Recorded)
}

/// Why a decision that lets a batch pass no longer holds, now that nobody else can write.
///
/// A decision in mode warn lets everything pass, and what it lets pass counts; nothing stops a rollback.
fn changed(rolling: &Rolling, fresh: &History, decision: &Decision) -> Option<String> {
    if !takes_slot(decision, rolling) || rolling.is_rollback() || decision.mode == Mode::Warn {
        return None;
    }
    let seen = rolling.history.facts()?;
    if let Err(what) = history::unchanged(seen, fresh) {
        return Some(format!("{what} while this was decided"));
    }
    let full = fresh.flow.iter().find(|window| window.used >= window.limit).filter(|_| !fresh.reserved)?;
    Some(format!("the limit {} was used up while this was decided", full.name))
}

/// The plan's record, the first time that it is judged: what comes later is bound to it.
fn first_plan(rolling: &Rolling, fresh: &History) -> Option<Record> {
    let planned = &rolling.planned;
    let record = || Record::Plan(PlanRecord { plan: planned.plan.clone(), digest: planned.digest.clone() });
    fresh.plan_digest.is_none().then(record)
}

/// The slot that a passing decision takes. One that is not used yet is taken anew, so that it does not end between now and the start;
/// it stands where the old one stood, and no limit has less room.
fn slot(rolling: &Rolling, fresh: &History, decision: &Decision) -> Option<Record> {
    let batch = rolling.planned.batch.as_ref().filter(|_| takes_slot(decision, rolling))?;
    let used = fresh.batches.iter().any(|known| known.number == batch.number);
    if fresh.reserved && used {
        return None;
    }
    let plan = &rolling.planned.plan;
    Some(Record::Slot(SlotRecord {
        plan: plan.id.clone(),
        batch: batch.number,
        service: plan.service.clone(),
        region: batch.region.clone(),
        operation: plan.kind,
    }))
}

fn record(checked: &Checked, request: &Request) -> DecisionRecord {
    let decision = &checked.decision;
    let rollout = decision.subject.rollout.as_ref();
    let stopping = |finding: &&Finding| finding.effect >= Effect::Hold;
    let mut findings: Vec<String> = decision.findings.iter().filter(stopping).map(|finding| finding.id.clone()).collect();
    let mut waived: Vec<String> =
        decision.findings.iter().filter(|finding| finding.waiver.is_some()).map(|finding| finding.id.clone()).collect();
    for ids in [&mut findings, &mut waived] {
        ids.sort();
        ids.dedup();
    }
    DecisionRecord {
        id: decision.id.clone(),
        stage: decision.stage.word().to_owned(),
        verdict: decision.verdict.word().to_owned(),
        mode: decision.mode.word().to_owned(),
        service: checked
            .rolling
            .as_ref()
            .map(|rolling| rolling.planned.plan.service.clone())
            .or_else(|| decision.subject.service.clone()),
        head: decision.subject.head.clone(),
        plan: rollout.map(|rollout| rollout.plan.clone()),
        batch: rollout.and_then(|rollout| rollout.batch),
        phase: rollout.map(|rollout| rollout.phase),
        version: rollout.map(|rollout| rollout.to.clone()).or_else(|| request.moment.as_ref().map(|moment| moment.to.clone())),
        findings,
        waived,
        detected_at: None,
        rollback: decision.rollback.as_ref().and_then(|rollback| serde_json::to_value(rollback).ok()),
    }
}
