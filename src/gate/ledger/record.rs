//! What pipelines and people record.

use std::path::Path;

use jiff::Timestamp;

use super::Where;
use crate::analyze::recording::{self, Step};
use crate::collect::tree::read_file;
use crate::digest::sha256;
use crate::error::{Error, Result};
use crate::evidence::{changes, plan};
use crate::facts::{
    BatchRecord, BatchState, ChangeRecord, Entry, IncidentRecord, OverrideRecord, Plan, PlanRecord, Record, RecordKind,
};
use crate::ledger::{Filter, LedgerError, Writing};

/// What became of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    /// It is this entry.
    New(u64),
    /// It was this entry already, and nothing was recorded.
    Known(u64),
}

/// What became of a batch's record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchReport {
    pub plan: String,
    pub recorded: Recorded,
    /// The batch before it, where that is not out.
    pub skipped: Option<u64>,
}

/// Reads a plan and takes its digest.
fn read_plan(path: &Path) -> Result<(Plan, String)> {
    let name = path.display();
    let bytes = read_file(path)?.ok_or_else(|| Error::new(format!("--plan {name}: no such file")))?;
    let plan = plan::read(&bytes)
        .map_err(|error| Error::new(format!("{name}: {error}")).hint("`kadian schema plan` describes a plan"))?;
    let digest = sha256(plan.canonical());
    Ok((plan, digest))
}

/// The entries of the plan. Records it first if nobody did, so that all later ones are held against it.
fn bind(writing: &mut Writing<'_>, plan: &Plan, digest: &str) -> std::result::Result<Vec<Entry>, LedgerError> {
    let entries = writing.select(&Filter { plan: Some(plan.id.clone()), ..Filter::default() })?;
    recording::same_plan(&entries, plan, digest).map_err(LedgerError::Refused)?;
    if !entries.iter().any(|entry| matches!(&entry.record, Record::Plan(_))) {
        writing.append(vec![Record::Plan(PlanRecord { plan: plan.clone(), digest: digest.to_owned() })])?;
    }
    Ok(entries)
}

/// Records what the pipeline did with a batch. Recording the same state again changes nothing; what cannot have happened is refused.
pub fn batch(place: &Where, path: &Path, number: u64, state: BatchState, now: Timestamp) -> Result<BatchReport> {
    let (plan, digest) = read_plan(path)?;
    let Some(batch) = plan.batches.iter().find(|batch| batch.number == number) else {
        let error = format!("--batch {number}: the plan {} has batches 1 to {}", plan.id, plan.batches.len());
        return Err(Error::new(error));
    };
    let record = BatchRecord {
        plan: plan.id.clone(),
        service: plan.service.clone(),
        digest: digest.clone(),
        batch: number,
        state,
        version: plan.to.clone(),
        region: batch.region.clone(),
    };
    let (recorded, skipped) = place.open()?.write(now, &mut |writing| {
        let entries = bind(writing, &plan, &digest)?;
        let recorded = match recording::batch(&entries, number, state).map_err(LedgerError::Refused)? {
            Step::Known(seq) => Recorded::Known(seq),
            Step::New => appended(writing, Record::Batch(record.clone()))?,
        };
        let skipped = if state == BatchState::Started { recording::skipped(&entries, number) } else { None };
        Ok((recorded, skipped))
    })?;
    Ok(BatchReport { plan: plan.id, recorded, skipped })
}

fn appended(writing: &mut Writing<'_>, record: Record) -> std::result::Result<Recorded, LedgerError> {
    let entries = writing.append(vec![record])?;
    let entry = entries.first().ok_or_else(|| LedgerError::Damaged("nothing was appended".to_owned()))?;
    Ok(Recorded::New(entry.seq))
}

/// Reads a change from a file of JSON.
pub fn read_change(path: &Path) -> Result<ChangeRecord> {
    let name = path.display();
    let bytes = read_file(path)?.ok_or_else(|| Error::new(format!("--file {name}: no such file")))?;
    let text = String::from_utf8(bytes).map_err(|_| Error::new(format!("{name} is not UTF-8")))?;
    changes::change(&text).map_err(|error| Error::new(format!("{name}: {error}")))
}

/// Records a change. The same record again changes nothing; another one with the same id is recorded, and the newest of an id counts.
pub fn change(place: &Where, change: &ChangeRecord, now: Timestamp) -> Result<Recorded> {
    // As any other reader would take it.
    let text = serde_json::to_string(change).map_err(|error| Error::new(format!("the change cannot be written: {error}")))?;
    changes::change(&text).map_err(|error| Error::new(format!("the change cannot be recorded: {error}")))?;
    let recorded = place.open()?.write(now, &mut |writing| {
        let kinds = vec![RecordKind::Change];
        let filter = Filter { kinds, keys: vec![change.id.clone()], newest_first: true, limit: Some(1), ..Filter::default() };
        match writing.select(&filter)?.first() {
            Some(Entry { seq, record: Record::Change(known), .. }) if known == change => Ok(Recorded::Known(*seq)),
            _ => appended(writing, Record::Change(change.clone())),
        }
    })?;
    Ok(recorded)
}

/// Records that an incident opened, that its cause was named, or that it is over.
pub fn incident(place: &Where, incident: &IncidentRecord, now: Timestamp) -> Result<Recorded> {
    if incident.id.trim().is_empty() || incident.service.trim().is_empty() {
        return Err(Error::new("an incident needs an id and a service"));
    }
    let recorded = place.open()?.write(now, &mut |writing| {
        let (kinds, keys) = (vec![RecordKind::Incident], vec![incident.id.clone()]);
        let entries = writing.select(&Filter { kinds, keys, ..Filter::default() })?;
        match recording::incident(&entries, incident).map_err(LedgerError::Refused)? {
            Step::Known(seq) => Ok(Recorded::Known(seq)),
            Step::New => appended(writing, Record::Incident(incident.clone())),
        }
    })?;
    Ok(recorded)
}

/// Records an exception for a rollout.
pub fn exception(
    place: &Where,
    path: &Path,
    (subject, reason): (&str, &str),
    by: &[String],
    until: Timestamp,
    now: Timestamp,
) -> Result<Recorded> {
    recording::exception(subject, reason, by, until, now).map_err(Error::new)?;
    let (plan, digest) = read_plan(path)?;
    let record = OverrideRecord {
        plan: plan.id.clone(),
        service: plan.service.clone(),
        subject: subject.to_owned(),
        reason: reason.to_owned(),
        by: by.iter().map(|name| name.trim().to_owned()).collect(),
        until,
    };
    let recorded = place.open()?.write(now, &mut |writing| {
        let entries = bind(writing, &plan, &digest)?;
        let known = entries.iter().find(|entry| matches!(&entry.record, Record::Override(known) if *known == record));
        match known {
            Some(entry) => Ok(Recorded::Known(entry.seq)),
            None => appended(writing, Record::Override(record.clone())),
        }
    })?;
    Ok(recorded)
}
