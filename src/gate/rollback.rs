//! `kadian rollback`: which recommendation is meant, and whether it may still be carried out.

mod since;

use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::decision_file::{self, DecisionFile, is_id};
use super::judge::{self, Chosen};
use super::ledger::Where;
use super::record;
use crate::collect::tree::Tree;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::evidence::recovery::Recovery;
use crate::facts::{DecisionRecord, ROLLBACK_SCHEMA, Record, RecordKind, Rollback, RollbackAction};
use crate::ledger::{Address, Filter, Ledger, LedgerError};

/// The decision of every rollout that is looked through for the newest one.
const LOOKED_THROUGH: u64 = 1_000;

/// What the caller asks for.
#[derive(Debug, Clone)]
pub struct Request {
    /// The file of a decision, its id or the beginning of it; `None` for the newest one of the service that asks for a rollback.
    pub decision: Option<String>,
    pub place: Where,
    pub overrides: Vec<(String, Value)>,
    pub now: Timestamp,
}

/// A recommendation that may be carried out.
#[derive(Debug, Clone)]
pub struct Ready {
    /// The decision's id.
    pub decision: String,
    pub rollback: Rollback,
    pub recovery: Recovery,
    pub ledger: Address,
    /// What a relative path of the ledger starts from.
    pub ledger_root: PathBuf,
    /// Where steps run, and the journal lies.
    pub root: PathBuf,
    /// What could not be looked at.
    pub notes: Vec<String>,
}

/// A decision as it was found.
struct Found {
    id: String,
    rollback: Rollback,
    at: Timestamp,
    /// Its number in the ledger; `None` where it came in a file.
    seq: Option<u64>,
}

/// Finds the decision and the steps that it was made with.
///
/// Refused, with the way out: a decision that recommends nothing, or to fix forward; one whose content is not what its id says, that
/// the ledger does not know, that is too old, that a newer one about the same rollout replaces or after which another rollout of the
/// service was started, unless its recovery was begun; a recovery file that is not there or says something else now. A ledger that cannot be reached does not stop a decision that is named
/// by its file; what could not be looked at is told.
pub fn ready(request: &Request) -> Result<Ready> {
    let (address, ledger_root) = request.place.address()?;
    let root = request.place.root();
    let tree = Tree::Folder(root.clone());
    let chosen = Chosen { config: request.place.config.as_deref(), policies: &[], overrides: &request.overrides };
    let (config, recovery) = judge::recovery(&tree, "the working tree", chosen)?;
    let mut notes = Vec::new();
    let mut ledger = Ledger::open_existing(&address, &ledger_root);
    let found = match &request.decision {
        Some(text) if is_id(text) => by_id(opened(&mut ledger)?, text)?,
        Some(path) => from_file(path)?,
        None => newest(opened(&mut ledger)?, &config)?,
    };
    let rollback = &found.rollback;
    may_go_back(rollback)?;
    of_this_service(rollback, &config)?;
    match &mut ledger {
        Ok(ledger) => {
            let seq = match found.seq {
                Some(seq) => seq,
                None => known(ledger, &found)?,
            };
            let later = since::other_rollout(ledger, rollback, seq)?;
            if begun(ledger, &found)? {
                notes.extend(later.map(|later| later.note()));
            } else {
                later.map_or(Ok(()), |later| Err(later.refusal()))?;
                current(ledger, &found)?;
                young(&found, &config, request.now)?;
            }
        }
        Err(error) => {
            notes
                .push(format!("the ledger cannot be reached ({error}): whether a newer decision replaces this one is not known"));
            young(&found, &config, request.now)?;
        }
    }
    notes.extend(early(&found, ledger.as_mut().ok(), &config, request.now));
    let recovery = same_steps(rollback, &config, recovery)?;
    // Who has to agree is this recovery's word; a decision could have been written by anybody.
    let mut found = found;
    found.rollback.approvals = recovery.approvals.clone();
    Ok(Ready { decision: found.id, rollback: found.rollback, recovery, ledger: address, ledger_root, root, notes })
}

fn opened(ledger: &mut std::result::Result<Ledger, LedgerError>) -> Result<&mut Ledger> {
    ledger.as_mut().map_err(|error| {
        Error::new(format!("the ledger cannot be reached: {error}"))
            .hint("name the decision by its file: --decision FILE, with what `--report json` wrote")
    })
}

fn by_id(ledger: &mut Ledger, id: &str) -> Result<Found> {
    let exact = Filter { kinds: vec![RecordKind::Decision], keys: vec![id.to_owned()], limit: Some(1), ..Filter::default() };
    let mut records = decisions(ledger, &exact)?;
    if records.is_empty() {
        let recent =
            Filter { kinds: vec![RecordKind::Decision], newest_first: true, limit: Some(LOOKED_THROUGH), ..Filter::default() };
        records = decisions(ledger, &recent)?;
        records.retain(|decided| decided.record.id.starts_with(id));
        records.dedup_by(|a, b| a.record.id == b.record.id);
    }
    match records.as_slice() {
        [] => Err(Error::new(format!("the ledger knows no decision {id}"))
            .hint("`kadian ledger log` lists what it knows; name the whole id of an old one")),
        [decided] => found(decided),
        several => Err(Error::new(format!("{id} may be any of {} decisions; give more of its digits", several.len()))),
    }
}

/// The newest decision about the service that asks for a rollback.
fn newest(ledger: &mut Ledger, config: &Config) -> Result<Found> {
    let service = config.service.name.clone().ok_or_else(|| {
        Error::new("kadian.yaml names no service, so that nobody can tell which decision is meant").hint("name it: --decision ID")
    })?;
    let filter = Filter {
        kinds: vec![RecordKind::Decision],
        service: Some(service.clone()),
        newest_first: true,
        limit: Some(LOOKED_THROUGH),
        ..Filter::default()
    };
    let records = decisions(ledger, &filter)?;
    match records.iter().find(|decided| decided.record.verdict == "rollback") {
        Some(decided) => found(decided),
        None => Err(Error::new(format!("the ledger knows no recent decision to roll {service} back"))
            .hint("`kadian check rollout` decides; or name a decision: --decision FILE|ID")),
    }
}

/// A decision with its place in the ledger.
struct Decided {
    record: DecisionRecord,
    at: Timestamp,
    seq: u64,
}

fn decisions(ledger: &mut Ledger, filter: &Filter) -> Result<Vec<Decided>> {
    let entries = ledger.select(filter)?.into_iter();
    let decision = |entry: crate::facts::Entry| match entry.record {
        Record::Decision(record) => Some(Decided { record, at: entry.at, seq: entry.seq }),
        _ => None,
    };
    Ok(entries.filter_map(decision).collect())
}

fn found(Decided { record, at, seq }: &Decided) -> Result<Found> {
    let value = record.rollback.clone().ok_or_else(|| recommends_nothing(&record.id, &record.verdict))?;
    Ok(Found { id: record.id.clone(), rollback: understood(&record.id, value)?, at: *at, seq: Some(*seq) })
}

fn recommends_nothing(id: &str, verdict: &str) -> Error {
    Error::new(format!("the decision {} recommends no rollback: its verdict is {verdict}", short(id)))
        .hint("a rollout of type `rollback` takes a version back without one")
}

fn understood(id: &str, value: Value) -> Result<Rollback> {
    let rollback: Rollback = serde_json::from_value(value)
        .map_err(|error| Error::new(format!("the recommendation of decision {} cannot be read: {error}", short(id))))?;
    if rollback.schema != ROLLBACK_SCHEMA {
        let message = format!("the recommendation of decision {} is {}, not {ROLLBACK_SCHEMA}", short(id), rollback.schema);
        return Err(Error::new(message).hint("this kadian is another one than the one that decided"));
    }
    Ok(rollback)
}

/// The decision in a file that `--report json` or `--save` wrote, if it is what it was.
fn from_file(path: &str) -> Result<Found> {
    let DecisionFile { id, at, mut record } = decision_file::read(path)?;
    match record.get_mut("rollback").map(Value::take) {
        Some(value) if !value.is_null() => Ok(Found { rollback: understood(&id, value)?, id, at, seq: None }),
        _ => Err(recommends_nothing(&id, record.get("verdict").and_then(Value::as_str).unwrap_or_default())),
    }
}

/// Refuses what is recommended for another service: a ledger may be shared, and so may the steps.
fn of_this_service(rollback: &Rollback, config: &Config) -> Result<()> {
    match &config.service.name {
        Some(service) if *service != rollback.service => {
            Err(Error::new(format!("the decision is about {}, and this is {service}", rollback.service))
                .hint("run it where that service's recovery is, or name its configuration: --config FILE"))
        }
        _ => Ok(()),
    }
}

fn may_go_back(rollback: &Rollback) -> Result<()> {
    if rollback.action == RollbackAction::ForwardFix {
        let reason = rollback.forward_fix.as_ref().map_or("going back is unsafe", |fix| fix.reason.as_str());
        let error = Error::new(format!("the decision is to fix forward, and nothing is taken back: {reason}"));
        let advice = rollback.forward_fix.iter().flat_map(|fix| fix.advice.iter());
        return Err(advice.fold(error, |error, advice| error.hint(advice.clone())));
    }
    if rollback.batches.is_empty() {
        return Err(Error::new(format!(
            "the ledger knew of no batch of {} that was out, so that there is nothing to take back",
            rollback.plan
        ))
        .hint("record what was deployed: `kadian ledger record batch`, and decide again"));
    }
    Ok(())
}

/// The place of a decision that came in a file. It is one that the ledger knows: anybody can write a file.
fn known(ledger: &mut Ledger, found: &Found) -> Result<u64> {
    let filter = Filter { kinds: vec![RecordKind::Decision], keys: vec![found.id.clone()], limit: Some(1), ..Filter::default() };
    let decided = decisions(ledger, &filter)?;
    decided.first().map(|decided| decided.seq).ok_or_else(|| {
        Error::new(format!("the ledger does not know the decision {}", short(&found.id)))
            .hint("a decision in mode shadow is not recorded, and not carried out")
    })
}

/// Whether the recovery of this decision was begun.
fn begun(ledger: &mut Ledger, found: &Found) -> Result<bool> {
    let filter = Filter { kinds: vec![RecordKind::Recovery], plan: Some(found.rollback.plan.clone()), ..Filter::default() };
    let entries = ledger.select(&filter)?;
    Ok(entries.iter().any(|entry| match &entry.record {
        Record::Recovery(record) => record.decision.as_deref() == Some(found.id.as_str()),
        _ => false,
    }))
}

/// Whether no newer decision about the rollout says something else.
fn current(ledger: &mut Ledger, found: &Found) -> Result<()> {
    let filter = Filter {
        kinds: vec![RecordKind::Decision],
        plan: Some(found.rollback.plan.clone()),
        newest_first: true,
        limit: Some(1),
        ..Filter::default()
    };
    let newest = decisions(ledger, &filter)?;
    let newest = newest.first().map(|decided| &decided.record);
    let Some(newest) = newest.filter(|newest| newest.id != found.id) else { return Ok(()) };
    let same = newest.rollback.clone().and_then(|value| serde_json::from_value::<Rollback>(value).ok());
    if same.is_some_and(|other| does_the_same(&other, &found.rollback)) {
        return Ok(());
    }
    let error = Error::new(format!(
        "a newer decision about {} replaces this one: {}, with the verdict {}",
        found.rollback.plan,
        short(&newest.id),
        newest.verdict
    ));
    Err(match &newest.rollback {
        Some(_) => error.hint(format!("kadian rollback --decision {}", short(&newest.id))),
        None => error.hint("it no longer asks for a rollback; look at it with `kadian ledger show`, or decide again"),
    })
}

/// Whether two recommendations do the same, whatever led to them: a gate that looks again and again finds the same again and again.
fn does_the_same(a: &Rollback, b: &Rollback) -> bool {
    (a.action, &a.plan_digest, &a.bad_version, &a.return_to, &a.steps, &a.recovery)
        == (b.action, &b.plan_digest, &b.bad_version, &b.return_to, &b.steps, &b.recovery)
        && a.batches.iter().map(|batch| batch.number).eq(b.batches.iter().map(|batch| batch.number))
}

/// What to say of a clock that shows a time before the decision was made, or before the newest entry of the ledger by more than
/// `history.max_clock_skew`.
///
/// Going back does not wait for a clock to be put right; but how old the decision is, nobody can tell then.
fn early(found: &Found, ledger: Option<&mut Ledger>, config: &Config, now: Timestamp) -> Option<String> {
    let skewed = now.saturating_add(config.settings.history.max_clock_skew.signed()).unwrap_or(Timestamp::MAX);
    let newest = ledger.and_then(|ledger| ledger.head().ok().flatten()).map(|head| head.at);
    let what = if skewed < found.at {
        format!("the decision was made at {}", found.at)
    } else {
        format!("the ledger's newest entry is of {}", newest.filter(|newest| skewed < *newest)?)
    };
    Some(format!(
        "the clock shows {now}, and {what}: one of them is wrong, and how old the decision is cannot be told; look at it yourself"
    ))
}

/// Refuses a decision that is too old. By a clock that is before the decision its age is nothing: it is let through, and [`early`] says so.
fn young(found: &Found, config: &Config, now: Timestamp) -> Result<()> {
    let most = config.settings.recovery.max_age;
    let age = now.duration_since(found.at).max(SignedDuration::ZERO);
    if age > most.signed() {
        let hours = age.as_hours();
        return Err(Error::new(format!("the decision {} is {hours} h old, and may be {most} old at most", short(&found.id)))
            .hint("decide again with `kadian check rollout`: what was true then may not be true now")
            .hint("the setting is `recovery.max_age`"));
    }
    Ok(())
}

/// The recovery, if it says what it said when the decision was made.
fn same_steps(rollback: &Rollback, config: &Config, recovery: Option<Recovery>) -> Result<Recovery> {
    let (Some(source), Some(recovery), Some(path)) = (&rollback.recovery, recovery, &config.recovery) else {
        return Err(Error::new("no steps back are written down")
            .hint("name a recovery file with `recovery:` in kadian.yaml, and decide again"));
    };
    if record::digest(&recovery)? != source.digest {
        return Err(Error::new(format!("{path} says something else than when the decision was made"))
            .hint(format!("put it back as it was, or decide again; then it was {}", source.path)));
    }
    Ok(recovery)
}

/// The beginning of an id, as people quote it.
fn short(id: &str) -> &str {
    id.get(..12).unwrap_or(id)
}
