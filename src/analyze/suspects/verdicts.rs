//! What the gate and people said of a change before: its decisions, exceptions, earlier rollbacks, and incidents that name it.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::alert::Alert;
use super::candidate::{Candidate, Moment, What};
use super::factors::part;
use super::{Factor, Part};
use crate::facts::{BatchState, DecisionRecord, Entry, IncidentRecord, Phase, Record};

/// Packages whose findings are seen on the running service; a hold for anything else may only be a pause that is not over.
const RUNNING: [&str; 6] = ["canary/", "slo/", "logs/", "alerts/", "health/", "tests/"];
/// Words in the ids of policies that hold because something is not known: no fault was seen.
const NOT_KNOWN: [&str; 8] =
    ["undecided", "no-data", "unknown", "degraded", "truncated", "no-baseline", "no-exposure", "none-executed"];

pub(super) fn verdicts(candidate: &Candidate<'_>, moment: &Moment<'_>, alert: &Alert) -> Vec<Part> {
    if !candidate.gated {
        return vec![part(Factor::Verdict, 2, "it did not go through the gate: nobody judged it")];
    }
    let mut parts = Vec::new();
    parts.extend(soak(candidate, alert.at));
    parts.extend(against_the_gate(candidate, moment));
    if let Some((_, last)) = candidate.overrides.iter().rev().find(|(at, _)| *at <= alert.at) {
        parts.push(part(Factor::Verdict, 3, format!("{} was overridden for it", last.subject)));
    }
    parts
}

/// The worst of its soak decisions, of equals the last one.
fn soak(candidate: &Candidate<'_>, alert: Timestamp) -> Option<Part> {
    let decisions = candidate.decisions.iter().filter(|(_, decision)| decision.phase == Some(Phase::Soak));
    let (at, worst) = decisions.max_by_key(|(at, decision)| (weight(decision), *at))?;
    let late = if *at > alert { ", after the alert" } else { "" };
    let would = if worst.mode == "enforce" { "" } else { " (it did not bind)" };
    let findings = findings(worst);
    Some(match weight(worst) {
        5 => part(Factor::Verdict, 10, format!("its soak decision said roll back{findings}{would}{late}")),
        4 => part(Factor::Verdict, 6, format!("its soak decision blocked{findings}{would}{late}")),
        3 => part(Factor::Verdict, 4, format!("its soak decision held{findings}{would}{late}")),
        2 => part(Factor::Verdict, 0, format!("its soak decision held{findings}{would}{late}")),
        _ => part(Factor::Verdict, -2, format!("its soak decision passed{late}")),
    })
}

fn weight(decision: &DecisionRecord) -> u8 {
    let seen = decision
        .findings
        .iter()
        .any(|id| RUNNING.iter().any(|package| id.starts_with(package)) && !NOT_KNOWN.iter().any(|word| id.contains(word)));
    match decision.verdict.as_str() {
        "rollback" => 5,
        "block" => 4,
        "hold" if seen => 3,
        "hold" => 2,
        _ => 1,
    }
}

fn findings(decision: &DecisionRecord) -> String {
    match decision.findings.as_slice() {
        [] => String::new(),
        [one] => format!(" ({one})"),
        [one, two] => format!(" ({one}, {two})"),
        [one, two, more @ ..] => format!(" ({one}, {two} and {} more)", more.len()),
    }
}

/// Whether its batch went on although the last decision before it did not let it.
fn against_the_gate(candidate: &Candidate<'_>, moment: &Moment<'_>) -> Option<Part> {
    let What::Batch(number, _) = moment.what else { return None };
    let mut starts = candidate.batches.iter().filter(|(_, batch)| batch.batch == number && batch.state == BatchState::Started);
    let (started, _) = starts.next_back()?;
    let before = candidate
        .decisions
        .iter()
        .filter(|(at, decision)| *at <= *started && decision.phase == Some(Phase::Before) && decision.batch == Some(number));
    let (_, last) = before.max_by_key(|(at, _)| *at)?;
    if last.verdict == "pass" {
        return None;
    }
    Some(part(Factor::Verdict, 5, format!("batch {number} began although its decision was {}{}", last.verdict, findings(last))))
}

/// What the entries say beyond one change.
pub(super) struct Known<'a> {
    /// The rollouts that were taken back at some time, by service and version.
    taken_back: BTreeMap<(&'a str, &'a str), Vec<&'a Candidate<'a>>>,
    /// What incidents name as their cause, with the incident.
    causes: BTreeMap<&'a str, &'a str>,
    /// The time of the newest entry.
    pub(super) newest: Timestamp,
}

impl<'a> Known<'a> {
    pub(super) fn of(candidates: &'a [Candidate<'a>], entries: &'a [Entry]) -> Known<'a> {
        let newest = entries.iter().map(|entry| entry.at).max().unwrap_or(Timestamp::MIN);
        let mut known = Known { taken_back: BTreeMap::new(), causes: BTreeMap::new(), newest };
        for candidate in candidates.iter().filter(|candidate| candidate.gone_back(newest).is_some()) {
            if let Some(version) = candidate.version() {
                known.taken_back.entry((candidate.service, version)).or_default().push(candidate);
            }
        }
        for entry in entries {
            if let Record::Incident(IncidentRecord { id, cause: Some(cause), .. }) = &entry.record {
                known.causes.insert(cause, id);
            }
        }
        known
    }

    /// Whether the version was taken back before this rollout of it.
    pub(super) fn failed_before(&self, candidate: &Candidate<'_>, moment: &Moment<'_>) -> Option<Part> {
        let version = candidate.version()?;
        let others = self.taken_back.get(&(candidate.service, version))?.iter().filter(|other| other.id != candidate.id);
        let (at, id) = others.filter_map(|other| other.gone_back(moment.at).map(|at| (at, other.id))).max()?;
        Some(part(Factor::Verdict, 5, format!("version {version} was rolled back before, at {at} ({id})")))
    }

    /// Whether an incident names it as the cause.
    pub(super) fn named_cause(&self, candidate: &Candidate<'_>) -> Option<Part> {
        let mut ids = std::iter::once(candidate.id).chain(candidate.changes.iter().map(|change| change.id.as_str()));
        let incident = ids.find_map(|id| self.causes.get(id))?;
        Some(part(Factor::Incident, 20, format!("the incident {incident} names it as the cause")))
    }
}
