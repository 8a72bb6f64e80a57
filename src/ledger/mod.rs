//! The ledger: an append-only, hash-chained record of changes, rollouts, decisions and recoveries (requirements C7, F1, F5, F7).
//!
//! Two stores, one code path: a SQLite file by default, a PostgreSQL server where many runners share one. Everything above
//! [`connection::Connection`] is the same for both, the SQL included. What is appended is durable before the call returns; each
//! entry's hash covers the one before it, so that [`Ledger::verify`] finds what was altered, removed, inserted or reordered.

mod address;
mod chain;
mod checkpoint;
mod connection;
mod error;
mod filter;
mod postgres;
mod rows;
mod schema;
mod sound;
mod sqlite;
#[cfg(test)]
mod tests;
mod verify;
mod writing;

use std::fmt;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;

use crate::facts::{Entry, Record};
use connection::{Begin, Connection, Failure};

pub use address::Address;
pub use chain::{Anchor, BadAnchor, Head};
pub use error::LedgerError;
pub use filter::Filter;
pub use postgres::Server;
pub use sound::Sound;
pub use verify::{Fault, Verified};
pub use writing::Writing;

/// How often a lost connection is made anew before the ledger is out of reach.
const TRIES: u32 = 3;

/// The pause before a lost connection is made anew, for a server that starts again.
const PAUSE: Duration = Duration::from_millis(300);

/// An open ledger. All calls block until they are done or have failed.
pub struct Ledger {
    connection: Box<dyn Connection>,
    address: Address,
}

impl fmt::Debug for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ledger").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Ledger {
    /// Opens the ledger, and makes it where there is none; a relative SQLite path starts at `root`.
    pub fn open(address: &Address, root: &Path) -> Result<Ledger, LedgerError> {
        Ledger::connect(address, root, true)
    }

    /// Opens a ledger that is there: a mistyped address is an error and not an empty ledger.
    pub fn open_existing(address: &Address, root: &Path) -> Result<Ledger, LedgerError> {
        Ledger::connect(address, root, false)
    }

    fn connect(address: &Address, root: &Path, make: bool) -> Result<Ledger, LedgerError> {
        let connection: Result<Box<dyn Connection>, Failure> = match address {
            Address::Sqlite(path) => sqlite::Sqlite::open(&root.join(path), make).map(|store| Box::new(store) as _),
            Address::Postgres(server) => postgres::Postgres::open(server).map(|store| Box::new(store) as _),
        };
        let mut connection = connection?;
        schema::migrate(&mut *connection, make)?;
        Ok(Ledger { connection, address: address.clone() })
    }

    /// Where the ledger is kept; shown without its password.
    #[must_use]
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Appends the records in their order, all or none. They are durable when this returns.
    #[expect(clippy::needless_pass_by_value, reason = "as `Writing::append`; only a lost connection needs them twice")]
    pub fn append(&mut self, now: Timestamp, records: Vec<Record>) -> Result<Vec<Entry>, LedgerError> {
        self.write(now, &mut |writing| writing.append(records.clone()))
    }

    /// The entries that the filter lets through, by their numbers.
    pub fn select(&mut self, filter: &Filter) -> Result<Vec<Entry>, LedgerError> {
        self.reading(|connection| filter::select(connection, filter))
    }

    /// Reads what a verdict rests on: everything as it is at one moment, with the newest entries, as many as `newest`, found sound and no
    /// entry missing. Anything else is [`LedgerError::Damaged`]. After a lost connection `read` is called again.
    pub fn soundly<T>(
        &mut self,
        newest: u64,
        read: &mut dyn FnMut(&mut Sound<'_>) -> Result<T, LedgerError>,
    ) -> Result<T, LedgerError> {
        self.reading(|connection| sound::reading(connection, newest, read))
    }

    /// How many entries the ledger holds; those that were pruned do not count.
    pub fn count(&mut self) -> Result<u64, LedgerError> {
        self.reading(rows::count)
    }

    /// The newest entry's place in the chain; `None` for an empty ledger.
    pub fn head(&mut self) -> Result<Option<Head>, LedgerError> {
        self.reading(rows::head)
    }

    /// The newest entry that was recorded before a moment; `None` when there is none.
    pub fn last_before(&mut self, moment: Timestamp) -> Result<Option<Head>, LedgerError> {
        self.reading(|connection| rows::last_before(connection, moment))
    }

    /// Removes the entries up to and with `last` and appends the checkpoint that stands for them, or does neither.
    ///
    /// Refused where a rollout has entries on both sides: what is left would tell a wrong story of it.
    pub fn prune(&mut self, now: Timestamp, last: &Anchor, reason: &str) -> Result<Entry, LedgerError> {
        if let Some(plan) = self.reading(|connection| rows::split_plan(connection, last.seq))? {
            return Err(LedgerError::Refused(format!(
                "the rollout {plan} has entries before and after the cut at entry {}; cut before it begins, or once it is over",
                last.seq
            )));
        }
        self.write(now, &mut |writing| writing.prune(last, reason))
    }

    /// Lets the store learn what it holds, so that it finds things the short way; worth it after much was added.
    pub fn settle(&mut self) -> Result<(), LedgerError> {
        self.reading(|connection| connection.settle())
    }

    /// Walks the whole chain. `expected` is an anchor that was kept elsewhere: it finds a tail that was cut off, or a chain that was
    /// written anew, which no chain can tell by itself. What is wrong is part of the answer; an error is a ledger that cannot be read.
    pub fn verify(&mut self, expected: Option<&Anchor>) -> Result<Verified, LedgerError> {
        self.reading(|connection| verify::verify(connection, expected))
    }

    /// Decides and appends with nobody else writing in between. An error of `work` undoes all that it appended. After a lost connection
    /// `work` is called again, so that it must have no effect but the one on the ledger; what it appended is there once.
    pub fn write<T>(
        &mut self,
        now: Timestamp,
        work: &mut dyn FnMut(&mut Writing<'_>) -> Result<T, LedgerError>,
    ) -> Result<T, LedgerError> {
        let mut tries = 0;
        loop {
            let lost = match self.once(now, work) {
                Ok(value) => return Ok(value),
                Err(Failure::Known(error)) => return Err(error),
                Err(Failure::Lost(reason)) => reason,
            };
            tries += 1;
            if tries == TRIES {
                return Err(LedgerError::Unreachable(format!("{lost}; nothing was recorded")));
            }
            self.reconnect(&lost)?;
        }
    }

    /// One transaction. `Lost` means that it was surely not committed.
    fn once<T>(
        &mut self,
        now: Timestamp,
        work: &mut dyn FnMut(&mut Writing<'_>) -> Result<T, LedgerError>,
    ) -> Result<T, Failure> {
        self.connection.begin(Begin::Exclusive)?;
        let mut writing = Writing::new(&mut *self.connection, now);
        let outcome = work(&mut writing);
        let (failed, last) = writing.end();
        let value = match (failed, outcome) {
            (Some(failure), _) => Err(failure),
            (None, Err(error)) => Err(error.into()),
            (None, Ok(value)) => Ok(value),
        };
        let (Ok(_), Some(last)) = (&value, &last) else {
            // A transaction that is not committed is undone at the latest when its connection ends.
            let _ = self.connection.roll_back();
            return value;
        };
        match self.connection.commit() {
            Err(Failure::Lost(reason)) if !self.was_committed(last, &reason)? => Err(Failure::Lost(reason)),
            Err(Failure::Known(error)) => Err(error.into()),
            Ok(()) | Err(Failure::Lost(_)) => value,
        }
    }

    /// Whether a commit whose answer was lost was done: the server knows, and the last entry must stand where it was put.
    fn was_committed(&mut self, last: &Head, reason: &str) -> Result<bool, Failure> {
        let unknown = |error: &dyn fmt::Display| {
            let message = format!("{reason}; whether entry {} was recorded is not known, because {error}", last.seq);
            Failure::from(LedgerError::Unreachable(message))
        };
        let transaction = self.connection.transaction();
        self.reconnect(reason).map_err(|error| unknown(&error))?;
        if !self.connection.committed(transaction).map_err(|error| unknown(&error))? {
            return Ok(false);
        }
        let found = rows::at(&mut *self.connection, last.seq).map_err(|error| unknown(&error))?;
        Ok(found.is_some_and(|entry| entry.hash == last.hash))
    }

    /// Reads; a connection that was lost before is made anew, because reading twice does no harm.
    fn reading<T>(&mut self, mut read: impl FnMut(&mut dyn Connection) -> Result<T, Failure>) -> Result<T, LedgerError> {
        match read(&mut *self.connection) {
            Err(Failure::Lost(reason)) => {
                self.reconnect(&reason)?;
                read(&mut *self.connection).map_err(LedgerError::from)
            }
            read => read.map_err(LedgerError::from),
        }
    }

    fn reconnect(&mut self, reason: &str) -> Result<(), LedgerError> {
        let mut failed = reason.to_owned();
        for wait in 1..=TRIES {
            std::thread::sleep(PAUSE * wait);
            match self.connection.reconnect() {
                Ok(()) => return Ok(()),
                Err(Failure::Known(error)) => return Err(error),
                Err(Failure::Lost(reason)) => failed = reason,
            }
        }
        Err(LedgerError::Unreachable(failed))
    }
}
