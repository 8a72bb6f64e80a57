//! Where a run is recorded: in its journal at once, and in the ledger as soon as that can be reached.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::journal::{Journal, Trace};
use super::state::{Over, State};
use crate::error::{Error, Result};
use crate::facts::{BatchState, Entry, Record, RecordKind, RecoveryRecord, RecoveryState};
use crate::ledger::{Address, Filter, Ledger, LedgerError};

/// What is about to be carried out, for everybody to see.
#[derive(Debug)]
pub(super) struct Wish<'a> {
    pub(super) run: &'a str,
    /// The batches to take back.
    pub(super) batches: Vec<u64>,
    /// The record that says so; it carries the claim.
    pub(super) record: RecoveryRecord,
    /// Whether the run is taken from whoever has it.
    pub(super) take_over: bool,
}

/// Whether it may be carried out.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Claimed {
    /// It may, from where it stands.
    Mine(State),
    /// Somebody else is at it.
    Held {
        holder: String,
        until: Timestamp,
    },
    Over(Over),
    /// Another recovery of the same rollout was begun and is not through.
    Other {
        run: String,
        decision: Option<String>,
    },
    /// A batch was taken back already.
    TakenBack(u64),
    /// A batch was started that the decision does not know of.
    Newer(u64),
}

#[derive(Debug)]
pub(super) struct Book {
    journal: Journal,
    ledger: Option<Ledger>,
    address: Address,
    /// What a relative path of the ledger starts from.
    ledger_root: PathBuf,
    plan: String,
    run: String,
    /// Why the ledger does not know everything yet.
    lost: Option<String>,
    /// What the ledger knows, and the journal had no room for.
    unwritten: Vec<Record>,
}

impl Book {
    /// Opens the journal, and the ledger if it can be reached; `None` when another `kadian` here is at the run.
    pub(super) fn open(root: &Path, (address, ledger_root): (&Address, &Path), run: &str, plan: &str) -> Result<Option<Book>> {
        let Some(journal) = Journal::open(root, run)? else { return Ok(None) };
        let (ledger, lost) = match Ledger::open_existing(address, ledger_root) {
            Ok(ledger) => (Some(ledger), None),
            Err(error) => (None, Some(error.to_string())),
        };
        let (address, ledger_root) = (address.clone(), ledger_root.to_owned());
        Ok(Some(Book {
            journal,
            ledger,
            address,
            ledger_root,
            plan: plan.to_owned(),
            run: run.to_owned(),
            lost,
            unwritten: Vec::new(),
        }))
    }

    /// Why the ledger does not know everything that was done.
    pub(super) fn lost(&self) -> Option<&str> {
        self.lost.as_deref()
    }

    pub(super) fn trace(&self, step: u64) -> Result<Trace> {
        self.journal.trace(step).map_err(|error| Error::new(format!("the lock of step {step} cannot be looked at: {error}")))
    }

    /// The lock of a step that is about to run.
    pub(super) fn begin(&self, step: u64) -> Result<std::fs::File> {
        self.journal.begin(step).map_err(|error| Error::new(format!("the lock of step {step} cannot be taken: {error}")))
    }

    /// Whether a step that was begun by `holder` surely never ran: its journal says that it was about to, and its lock was never made.
    pub(super) fn never_ran(&self, step: u64, holder: &str) -> Result<bool> {
        let of_step = |record: &&RecoveryRecord| record.run == self.run && record.step == Some(step);
        let mut records = self.journal.records().iter().filter_map(|record| match record {
            Record::Recovery(record) => Some(record),
            _ => None,
        });
        let newest = records.rfind(of_step);
        let is_ours = newest.is_some_and(|record| {
            record.state == RecoveryState::Started && record.claim.as_ref().is_some_and(|claim| claim.holder == holder)
        });
        Ok(is_ours && self.trace(step)? == Trace::None)
    }

    /// Takes the run, unless somebody else has it: the ledger decides, and where it cannot be reached, the journal.
    pub(super) fn claim(&mut self, now: Timestamp, wish: &Wish<'_>) -> Result<Claimed> {
        let record = Record::Recovery(wish.record.clone());
        if let Some(ledger) = &mut self.ledger {
            let local = self.journal.records();
            let answer = ledger.write(now, &mut |writing| {
                let entries = writing.select(&of_plan(&self.plan))?;
                let missing = missing(local, &entries);
                let mut records: Vec<Record> = entries.into_iter().map(|entry| entry.record).collect();
                records.extend(missing.iter().cloned());
                writing.append(missing)?;
                let claimed = judge(&records, wish, now);
                if matches!(claimed, Claimed::Mine(_)) {
                    writing.append(vec![record.clone()])?;
                }
                Ok(claimed)
            });
            match answer {
                Ok(claimed) => {
                    if matches!(claimed, Claimed::Mine(_)) {
                        // The ledger knows of the claim, which is enough.
                        let _ = self.write(&[record]);
                    }
                    return Ok(claimed);
                }
                Err(error) => self.lose(&error),
            }
        }
        let claimed = judge(self.journal.records(), wish, now);
        if matches!(claimed, Claimed::Mine(_)) {
            self.write(&[record]).map_err(|error| self.unwritable(&error))?;
        }
        Ok(claimed)
    }

    /// Records together, first here and then in the ledger. It is an error when neither can be done: what is not recorded could run
    /// twice.
    pub(super) fn note(&mut self, now: Timestamp, records: &[Record]) -> Result<()> {
        let local = self.write(records);
        if let Some(ledger) = &mut self.ledger {
            match ledger.append(now, records.to_vec()) {
                Ok(_) => return Ok(()),
                Err(error) => self.lose(&error),
            }
        }
        local.map_err(|error| self.unwritable(&error))
    }

    /// Records here, and first what there was no room for before: nothing that comes later is known here without it.
    fn write(&mut self, records: &[Record]) -> std::io::Result<()> {
        self.unwritten.extend_from_slice(records);
        self.journal.append(&self.unwritten)?;
        self.unwritten.clear();
        Ok(())
    }

    fn unwritable(&self, error: &std::io::Error) -> Error {
        let path = self.journal.path();
        let ledger = self.lost.as_deref().map(|reason| format!(", nor in the ledger: {reason}")).unwrap_or_default();
        Error::new(format!("nothing can be recorded in {}: {error}{ledger}", path.display()))
            .hint("nothing more was run: what is not recorded could run twice")
            .hint("make room there, or bring the ledger back, and run the same command again: it goes on where it stopped")
    }

    fn lose(&mut self, error: &LedgerError) {
        self.lost = Some(error.to_string());
        self.ledger = None;
    }

    /// Brings the ledger up to date where it was lost on the way; says how many records it was given.
    pub(super) fn close(&mut self, now: Timestamp) -> Option<u64> {
        self.lost.as_ref()?;
        let local = self.journal.records();
        let given = Ledger::open_existing(&self.address, &self.ledger_root).and_then(|mut ledger| {
            ledger.write(now, &mut |writing| {
                let missing = missing(local, &writing.select(&of_plan(&self.plan))?);
                let count = missing.len() as u64;
                writing.append(missing)?;
                Ok(count)
            })
        });
        let given = given.ok()?;
        self.lost = None;
        Some(given)
    }
}

fn of_plan(plan: &str) -> Filter {
    Filter { kinds: vec![RecordKind::Recovery, RecordKind::Batch], plan: Some(plan.to_owned()), ..Filter::default() }
}

/// What the journal knows and the ledger does not, in order.
fn missing(local: &[Record], entries: &[Entry]) -> Vec<Record> {
    let key = |record: &Record| serde_json::to_string(record).unwrap_or_default();
    let mut known: BTreeMap<String, u64> = BTreeMap::new();
    for entry in entries {
        *known.entry(key(&entry.record)).or_default() += 1;
    }
    let is_new = |record: &&Record| match known.get_mut(&key(record)) {
        Some(count @ 1..) => {
            *count -= 1;
            false
        }
        _ => true,
    };
    local.iter().filter(is_new).cloned().collect()
}

/// Whether the run may be carried out, by everything that is recorded of its rollout.
fn judge(records: &[Record], wish: &Wish<'_>, now: Timestamp) -> Claimed {
    let recoveries = || {
        records.iter().filter_map(|record| match record {
            Record::Recovery(record) => Some(record),
            _ => None,
        })
    };
    let of_run = |run: &str| State::of(recoveries().filter(|record| record.run == run));
    let state = of_run(wish.run);
    if let Some(over) = state.over {
        return Claimed::Over(over);
    }
    let mine = wish.record.claim.as_ref().map(|claim| claim.holder.as_str());
    if let Some(claim) = state.claim.as_ref().filter(|claim| Some(claim.holder.as_str()) != mine)
        && claim.until > now
        && !wish.take_over
    {
        return Claimed::Held { holder: claim.holder.clone(), until: claim.until };
    }
    if state.begun {
        return Claimed::Mine(state);
    }
    let others: std::collections::BTreeSet<&str> =
        recoveries().map(|record| record.run.as_str()).filter(|run| *run != wish.run).collect();
    for other in others {
        let open = of_run(other);
        if open.begun && open.over.is_none() {
            return Claimed::Other { run: other.to_owned(), decision: open.decision };
        }
    }
    let mut batches: BTreeMap<u64, BatchState> = BTreeMap::new();
    for record in records {
        if let Record::Batch(batch) = record {
            batches.insert(batch.batch, batch.state);
        }
    }
    for (number, batch) in &batches {
        match (wish.batches.contains(number), *batch == BatchState::RolledBack) {
            (true, true) => return Claimed::TakenBack(*number),
            (false, false) => return Claimed::Newer(*number),
            (true, false) | (false, true) => {}
        }
    }
    Claimed::Mine(state)
}
