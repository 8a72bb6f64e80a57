//! The record of a decision: what was judged, by what, over which evidence, and the digests that bind them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::Value;

use super::Request;
use super::gather::Gathered;
use super::judge::Judge;
use super::playbooks;
use super::rollout::Rolling;
use super::subject::Subject;
use crate::config::Config;
use crate::decide::{
    self, Carried, DECISION_SCHEMA, Decision, Effect, Engine, EvidenceRecord, Finding, Judged, Mode, PolicyDigest, Stage, Verdict,
};
use crate::digest::sha256_of_json;
use crate::error::{Error, Result};
use crate::facts::{Change, Kind, Status};
use crate::policy::Library;

/// What the policies were evaluated over.
#[derive(Debug, Clone)]
pub(super) struct Basis<'a> {
    pub(super) gathered: &'a [Gathered],
    /// Of the input documents, see [`input_digest`].
    pub(super) input_digest: String,
    pub(super) library: &'a Library,
    pub(super) settings: &'a Value,
    pub(super) rolling: Option<&'a Rolling>,
}

/// Everything of the decision but its id and its shadow, which come once the record stands.
pub(super) fn record(request: &Request, subject: &Subject, judge: &Judge, basis: Basis<'_>, judged: Judged) -> Result<Decision> {
    let Basis { gathered, input_digest, library, settings, rolling } = basis;
    let mut notes: BTreeSet<String> = judge.notes.iter().cloned().chain(subject.notes()).collect();
    notes.extend(gathered.iter().flat_map(|one| one.notes.iter().cloned()));
    let judged = playbooks::attach(judged, judge.playbooks.as_ref(), request.stage)?;
    let next_look_at = next_look_at(judged.verdict, &judged.findings, request.now);
    Ok(Decision {
        schema: DECISION_SCHEMA.to_owned(),
        id: String::new(),
        stage: request.stage,
        subject: about(request, subject, judge, rolling, gathered),
        verdict: judged.verdict,
        mode: mode(request, &judge.config),
        findings: judged.findings,
        passed: judged.passed,
        undecided: judged.undecided,
        not_applicable: judged.not_applicable,
        waivers: judged.waivers,
        evidence: evidence(gathered),
        policies: PolicyDigest { digest: policies_digest(judge, settings)?, packages: library.packages() },
        input_digest,
        next_look_at,
        rollback: None,
        engine: Engine { name: "kadian".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() },
        decided_at: request.now,
        notes: notes.into_iter().collect(),
        shadow: None,
        charts: gathered.iter().flat_map(|one| one.charts.iter().cloned()).collect(),
    })
}

/// What the decision is about; a rollout's plan names the service where the configuration does not.
fn about(
    request: &Request,
    subject: &Subject,
    judge: &Judge,
    rolling: Option<&Rolling>,
    gathered: &[Gathered],
) -> decide::Subject {
    let mut about = subject.record(&judge.config);
    if let (Stage::Release | Stage::Rollout, [one]) = (request.stage, gathered) {
        about.carries = one.input.change.facts().and_then(carried);
    }
    if let Some(rolling) = rolling {
        about.service.get_or_insert_with(|| rolling.planned.plan.service.clone());
        about.rollout = Some(rolling.subject());
    }
    about
}

/// The merged changes, as many as a record bears.
fn carried(change: &Change) -> Option<Carried> {
    const LISTED: usize = 100;
    let newest: Vec<_> = change.merged.iter().take(LISTED).cloned().collect();
    let count = change.merged.len() as u64;
    (count > 0).then_some(Carried { count, newest })
}

/// What an element of a rule calls the seconds after which the same rule may answer otherwise.
const READY_IN_SECONDS: &str = "ready_in_seconds";

/// The first moment at which the verdict may be another one without new evidence, as the rules state it; `None` where there is none.
/// What holds may be gone one by one; a block is over when the last finding that blocks is, and nobody waits for the end of a soak
/// that went wrong.
fn next_look_at(verdict: Verdict, findings: &[Finding], now: Timestamp) -> Option<Timestamp> {
    let ready = |finding: &Finding| finding.metadata.get(READY_IN_SECONDS).and_then(Value::as_f64);
    let those = |effect| findings.iter().filter(move |finding| finding.effect == effect);
    let seconds = match verdict {
        Verdict::Hold => those(Effect::Hold).filter_map(ready).fold(f64::INFINITY, f64::min),
        Verdict::Block => those(Effect::Deny).map(|finding| ready(finding).unwrap_or(f64::INFINITY)).fold(0.0, f64::max),
        Verdict::Pass | Verdict::Rollback => return None,
    };
    let wait = jiff::SignedDuration::try_from_secs_f64(seconds.max(0.0).ceil()).ok()?;
    now.checked_add(wait).ok()
}

/// How much the decision binds: the caller's word, else the stage's, else it is enforced.
pub(super) fn mode(request: &Request, config: &Config) -> Mode {
    request.mode.or_else(|| config.stages.get(&request.stage).and_then(|stage| stage.mode)).unwrap_or(Mode::Enforce)
}

/// Kinds that were expected, found, or damaged; of several documents the worst state of each.
fn evidence(gathered: &[Gathered]) -> Vec<EvidenceRecord> {
    let mut records: BTreeMap<Kind, EvidenceRecord> = BTreeMap::new();
    for one in gathered {
        for kind in one.input.kinds().into_iter().chain(one.expected.iter().cloned()) {
            let expected = one.expected.contains(&kind);
            let state = one.input.state(&kind);
            let status = state.map_or(Status::Missing, |state| state.status);
            if status == Status::Missing && !expected {
                continue;
            }
            let worse = records.get(&kind).is_none_or(|known| known.status == Status::Known && status != Status::Known);
            if worse {
                let reason = state.and_then(|state| state.reason.map(str::to_owned));
                let sources = state.map(|state| state.sources.to_vec()).unwrap_or_default();
                records.insert(kind.clone(), EvidenceRecord { kind, status, expected, reason, sources });
            }
        }
    }
    records.into_values().collect()
}

/// What binds a decision to the documents that it was made over.
pub(super) fn input_digest(documents: &[Value]) -> Result<String> {
    digest_of(documents)
}

fn policies_digest(judge: &Judge, settings: &Value) -> Result<String> {
    let files: BTreeMap<&str, &str> = judge.policies.iter().map(|file| (file.path.as_str(), file.text.as_str())).collect();
    digest(&(files, settings))
}

/// SHA-256 of the value as compact JSON with sorted keys.
pub(super) fn digest(value: &impl serde::Serialize) -> Result<String> {
    digest_of(&serde_json::to_value(value).map_err(|error| unwritten(&error))?)
}

/// As [`digest`] of what is JSON already, whose keys are sorted.
fn digest_of(json: &(impl serde::Serialize + ?Sized)) -> Result<String> {
    sha256_of_json(json).map_err(|error| unwritten(&error))
}

fn unwritten(error: &serde_json::Error) -> Error {
    Error::new(format!("the record cannot be written: {error}"))
}

/// The id of a decision: the digest of the record without its id.
pub(super) fn id(decision: &Decision) -> Result<String> {
    let mut value =
        serde_json::to_value(decision).map_err(|error| Error::new(format!("the record cannot be written: {error}")))?;
    if let Some(record) = value.as_object_mut() {
        record.remove("id");
    }
    digest(&value)
}
