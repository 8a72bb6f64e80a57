//! What may be done while nobody else writes.

use jiff::Timestamp;

use super::chain::{self, Head};
use super::connection::{Connection, Failure};
use super::error::LedgerError;
use super::filter::{self, Filter};
use super::rows;
use crate::facts::{Entry, Record};

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
