//! What may be done while nobody else writes.

use jiff::Timestamp;

use super::chain::{self, Anchor, Head};
use super::checkpoint;
use super::connection::{Connection, Failure};
use super::error::LedgerError;
use super::filter::{self, Filter};
use super::rows;
use super::sound;
use crate::facts::{CheckpointRecord, Entry, Record};

/// The ledger while nobody else writes: what is read here is still true when what is appended here is there.
pub struct Writing<'a> {
    connection: &'a mut dyn Connection,
    now: Timestamp,
    /// The newest entry, and whether it was looked for.
    head: Option<Head>,
    looked: bool,
    /// Whether anything was changed.
    changed: bool,
    /// The first failure: after it, nothing of this transaction may stay, even if the caller goes on.
    failed: Option<Failure>,
}

impl std::fmt::Debug for Writing<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writing").field("now", &self.now).field("head", &self.head).finish_non_exhaustive()
    }
}

impl<'a> Writing<'a> {
    pub(super) fn new(connection: &'a mut dyn Connection, now: Timestamp) -> Writing<'a> {
        Writing { connection, now, head: None, looked: false, changed: false, failed: None }
    }

    /// The first failure, and the newest entry if something was appended.
    pub(super) fn end(self) -> (Option<Failure>, Option<Head>) {
        (self.failed, self.head.filter(|_| self.changed))
    }

    /// As [`super::Ledger::select`]; sees what was appended here.
    pub fn select(&mut self, filter: &Filter) -> Result<Vec<Entry>, LedgerError> {
        self.go(|writing| filter::select(writing.connection, filter))
    }

    /// The newest entry's place in the chain; `None` for an empty ledger.
    pub fn head(&mut self) -> Result<Option<Head>, LedgerError> {
        self.go(|writing| {
            if !writing.looked {
                writing.head = rows::head(writing.connection)?;
                writing.looked = true;
            }
            Ok(writing.head.clone())
        })
    }

    /// Whether what was looked at before this transaction is still there, and what came since is sound: `seen` is the newest entry
    /// of then, `None` where there was none.
    pub fn is_sound_since(&mut self, seen: Option<&Head>) -> Result<(), LedgerError> {
        let head = self.head()?;
        self.go(|writing| sound::since(writing.connection, seen, head.as_ref()).map(|_| ()))
    }

    /// Appends the records in their order.
    pub fn append(&mut self, records: Vec<Record>) -> Result<Vec<Entry>, LedgerError> {
        let mut head = self.head()?;
        let mut entries = Vec::with_capacity(records.len());
        for record in records {
            let (entry, body) = chain::next(head.as_ref(), self.now, record)?;
            head = Some(Head { seq: entry.seq, hash: entry.hash.clone(), at: entry.at });
            entries.push((entry, body));
        }
        self.go(|writing| rows::insert(writing.connection, &entries))?;
        self.changed |= !entries.is_empty();
        self.head = head;
        Ok(entries.into_iter().map(|(entry, _)| entry).collect())
    }

    /// Puts entries of another ledger back as they were, chain and all: into an empty ledger, or where this one ends.
    ///
    /// Entries that are here already are left out, so that a restore may be run again; the number of those that were put is returned.
    /// An empty ledger takes them from entry 1 on, or from a later one where the newest checkpoint stands for those before: one that is
    /// here or among them, or `coming`, the newest one that the caller will put later.
    pub fn restore(&mut self, entries: Vec<Entry>, coming: Option<&Entry>) -> Result<u64, LedgerError> {
        let mut head = self.head()?;
        let mut put = Vec::new();
        for entry in entries {
            let body = chain::body(&entry)?;
            match &head {
                Some(head) if entry.seq <= head.seq => {
                    self.is_here(&entry)?;
                    continue;
                }
                Some(head) if entry.seq != head.seq + 1 || entry.prev != head.hash || entry.at < head.at => {
                    let message = format!("entry {} does not follow entry {}, which is the newest one then", entry.seq, head.seq);
                    return Err(LedgerError::Refused(message));
                }
                None if entry.seq == 1 && entry.prev != chain::FIRST => {
                    return Err(LedgerError::Refused("entry 1 says that something comes before it".to_owned()));
                }
                Some(_) | None => {}
            }
            head = Some(Head { seq: entry.seq, hash: entry.hash.clone(), at: entry.at });
            put.push((entry, body));
        }
        if put.is_empty() {
            return Ok(0);
        }
        self.go(|writing| {
            rows::insert(writing.connection, &put)?;
            checkpoint::begins(writing.connection, coming)?;
            for (entry, _) in &put {
                if let Some(reason) = checkpoint::contradiction(writing.connection, entry)? {
                    return Err(LedgerError::Refused(format!("entry {}: {reason}", entry.seq)).into());
                }
            }
            Ok(())
        })?;
        self.changed = true;
        self.head = head;
        Ok(put.len() as u64)
    }

    /// Refuses an entry that is not in this ledger, though newer ones are.
    fn is_here(&mut self, entry: &Entry) -> Result<(), LedgerError> {
        let seq = entry.seq;
        let message = match self.go(|writing| rows::at(writing.connection, seq))? {
            Some(here) if here.hash == entry.hash => return Ok(()),
            Some(_) => format!("entry {seq} is another one in this ledger: two ledgers cannot become one"),
            None => match self.go(|writing| rows::first(writing.connection))? {
                Some(first) if first.seq > seq => format!(
                    "entry {seq} was pruned from this ledger, which begins with entry {}: what was pruned does not come back into it; \
                     import the archives, the oldest first, and then an export of this ledger into an empty one",
                    first.seq
                ),
                _ => format!("entry {seq} is gone from this ledger; `kadian ledger verify` tells more"),
            },
        };
        Err(LedgerError::Refused(message))
    }

    /// Removes the entries up to and with this one, and appends the checkpoint that stands for them.
    pub(super) fn prune(&mut self, last: &Anchor, reason: &str) -> Result<Entry, LedgerError> {
        let found = self.go(|writing| rows::at(writing.connection, last.seq))?;
        if found.as_ref().is_none_or(|found| found.hash != last.hash) {
            let first = self.go(|writing| rows::first(writing.connection))?;
            let message = match first {
                Some(first) if found.is_none() && first.seq > last.seq => {
                    format!("another run pruned entry {} meanwhile: this ledger begins with entry {} now", last.seq, first.seq)
                }
                _ => format!("entry {} is no longer what was archived", last.seq),
            };
            return Err(LedgerError::Refused(message));
        }
        // The newest entry may be one that goes.
        self.head()?;
        let removed = self.go(|writing| rows::remove(writing.connection, last.seq))?;
        let record = CheckpointRecord { seq: last.seq, hash: last.hash.clone(), removed, reason: reason.to_owned() };
        let mut appended = self.append(vec![Record::Checkpoint(record)])?;
        appended.pop().ok_or_else(|| LedgerError::Damaged("the checkpoint was not appended".to_owned()))
    }

    fn go<T>(&mut self, act: impl FnOnce(&mut Self) -> Result<T, Failure>) -> Result<T, LedgerError> {
        if let Some(failed) = &self.failed {
            return Err(failed.clone().into());
        }
        act(self).map_err(|failure| {
            self.failed = Some(failure.clone());
            failure.into()
        })
    }
}
