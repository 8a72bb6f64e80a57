//! Imports changes from elsewhere, and exported ledgers.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;

use super::Where;
use crate::collect::stream;
use crate::error::{Error, Result};
use crate::evidence::changes::{Imported, Reader};
use crate::facts::{ChangeRecord, Entry, Record, RecordKind};
use crate::ledger::{Filter, Ledger, LedgerError};

/// How many records one transaction takes: enough that the disk's answer does not count, few enough for others to have their turn.
const AT_ONCE: usize = 50_000;

/// How many ids one statement asks for.
const ASKED_AT_ONCE: usize = 500;

/// From how many new records on the store learns anew what it holds.
const MANY: u64 = 10_000;

/// What an import has done so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Records that were read.
    pub read: u64,
    /// Those that are new in the ledger.
    pub recorded: u64,
    /// Those that were there already, the same in every word.
    pub known: u64,
    /// Of the new ones, those whose id the ledger had with other words; the newest of an id counts.
    pub renewed: u64,
}

/// Imports a file of change records (JSON lines or CSV) or of exported entries. Each transaction is told to `told`.
///
/// An import that was cut off, or that met a line that it cannot read, is run again from the beginning: what is there is left out.
pub fn import(place: &Where, path: &Path, now: Timestamp, told: &mut dyn FnMut(&Progress)) -> Result<Progress> {
    let name = path.display();
    let mut reader = Reader::new(stream::open(path)?);
    let mut ledger = place.open()?;
    let (mut progress, mut waiting, mut coming) = (Progress::default(), Vec::new(), None);
    let mut put = |ledger: &mut Ledger, waiting: &mut Vec<Imported>, progress: &mut Progress| -> Result<()> {
        // Entries may be far before the checkpoint that stands for what comes before them all. What one transaction takes has it.
        if let Some(Imported::Entry(first)) = waiting.first()
            && first.seq > 1
            && progress.read == 0
            && waiting.len() == AT_ONCE
        {
            coming = newest_checkpoint(path)?;
        }
        put(ledger, waiting, now, coming.as_ref(), progress, told).map_err(|error| match error {
            Put::Refused(reason) => Error::new(format!("{name}: {reason}")),
            Put::Failed(error) => error,
        })
    };
    loop {
        let failed = match reader.next() {
            Some(Ok(record)) => {
                waiting.push(record);
                if waiting.len() == AT_ONCE {
                    put(&mut ledger, &mut waiting, &mut progress)?;
                }
                continue;
            }
            Some(Err(error)) => Some(error),
            None => None,
        };
        put(&mut ledger, &mut waiting, &mut progress)?;
        if let Some(error) = failed {
            return Err(Error::new(format!("{name}: {error}")).hint(format!(
                "{} records before it are in the ledger; mend the file and run the import again, it leaves out what is there",
                progress.read
            )));
        }
        if progress.recorded >= MANY {
            ledger.settle()?;
        }
        return Ok(progress);
    }
}

/// Why nothing was put.
enum Put {
    /// The file's content cannot be recorded.
    Refused(String),
    Failed(Error),
}

impl From<LedgerError> for Put {
    fn from(error: LedgerError) -> Put {
        match error {
            LedgerError::Refused(reason) => Put::Refused(reason),
            other => Put::Failed(other.into()),
        }
    }
}

/// Records what waits, in one transaction.
fn put(
    ledger: &mut Ledger,
    waiting: &mut Vec<Imported>,
    now: Timestamp,
    coming: Option<&Entry>,
    progress: &mut Progress,
    told: &mut dyn FnMut(&Progress),
) -> std::result::Result<(), Put> {
    if waiting.is_empty() {
        return Ok(());
    }
    let (mut changes, mut entries) = (Vec::new(), Vec::new());
    for imported in std::mem::take(waiting) {
        match imported {
            Imported::Change(change) => changes.push(*change),
            Imported::Entry(entry) => entries.push(*entry),
        }
    }
    if !changes.is_empty() && !entries.is_empty() {
        return Err(Put::Refused("it mixes changes with entries of another ledger; import them apart".to_owned()));
    }
    let read = (changes.len() + entries.len()) as u64;
    let (recorded, renewed) =
        if entries.is_empty() { append(ledger, now, &changes)? } else { (restore(ledger, now, &entries, coming)?, 0) };
    progress.read += read;
    progress.recorded += recorded;
    progress.known += read - recorded;
    progress.renewed += renewed;
    told(progress);
    Ok(())
}

fn restore(
    ledger: &mut Ledger,
    now: Timestamp,
    entries: &[Entry],
    coming: Option<&Entry>,
) -> std::result::Result<u64, LedgerError> {
    ledger.write(now, &mut |writing| writing.restore(entries.to_vec(), coming))
}

/// The newest checkpoint in a file of entries. What can be read once only is not looked through.
fn newest_checkpoint(path: &Path) -> Result<Option<Entry>> {
    if !stream::is_file(path) {
        return Ok(None);
    }
    let checkpoints = Reader::new(stream::open(path)?).filter_map(|read| match read {
        Ok(Imported::Entry(entry)) if entry.record.kind() == RecordKind::Checkpoint => Some(*entry),
        _ => None,
    });
    Ok(checkpoints.last())
}

/// Appends the changes that are new; how many they are, and how many of them renew an id.
fn append(ledger: &mut Ledger, now: Timestamp, changes: &[ChangeRecord]) -> std::result::Result<(u64, u64), LedgerError> {
    ledger.write(now, &mut |writing| {
        // The newest record of each id.
        let mut newest: BTreeMap<String, ChangeRecord> = BTreeMap::new();
        for asked in changes.chunks(ASKED_AT_ONCE) {
            let keys = asked.iter().map(|change| change.id.clone()).collect();
            for entry in writing.select(&Filter { kinds: vec![RecordKind::Change], keys, ..Filter::default() })? {
                if let Record::Change(change) = entry.record {
                    newest.insert(change.id.clone(), change);
                }
            }
        }
        let (mut new, mut renewed) = (Vec::new(), 0);
        for change in changes {
            match newest.insert(change.id.clone(), change.clone()) {
                Some(known) if known == *change => continue,
                Some(_) => renewed += 1,
                None => {}
            }
            new.push(Record::Change(change.clone()));
        }
        let recorded = new.len() as u64;
        writing.append(new)?;
        Ok((recorded, renewed))
    })
}
