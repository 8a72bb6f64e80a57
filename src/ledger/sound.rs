//! What a verdict rests on: the newest part of the chain is walked, and the rest is counted.
//!
//! Selections find entries by columns that no hash covers, and a row that is gone has no hash at all. So the newest entries are read
//! whole, whatever their columns say, and chosen here; of the older ones it is known that none is missing.

use super::chain::Head;
use super::checkpoint;
use super::connection::{Begin, Connection, Failure, Value};
use super::error::LedgerError;
use super::filter::{self, Filter};
use super::rows::{self, COLUMNS};
use super::verify::Walk;
use crate::facts::{Entry, Record};

/// How many entries are read at a time.
const PAGE: u64 = 5_000;

/// A ledger as it is at one moment, with its newest entries found sound.
pub struct Sound<'a> {
    connection: &'a mut dyn Connection,
    /// The newest entries, the oldest first.
    newest: Vec<Entry>,
    /// The last entry before them; 0 where there is none.
    before: u64,
    head: Option<Head>,
}

impl std::fmt::Debug for Sound<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sound").field("before", &self.before).field("head", &self.head).finish_non_exhaustive()
    }
}

impl Sound<'_> {
    /// As [`super::Ledger::select`]. Of the newest entries none is missed, whatever the columns say; an older one whose columns were
    /// altered may be, which [`super::Ledger::verify`] finds.
    pub fn select(&mut self, filter: &Filter) -> Result<Vec<Entry>, LedgerError> {
        let limit = usize::try_from(filter.limit.unwrap_or(u64::MAX)).unwrap_or(usize::MAX);
        let newer = || self.newest.iter().filter(|entry| filter.lets(entry));
        let mut found: Vec<Entry> = if filter.newest_first { newer().rev().take(limit).cloned().collect() } else { Vec::new() };
        if self.before > 0 && found.len() < limit {
            let up_to = Some(filter.up_to.map_or(self.before, |up_to| up_to.min(self.before)));
            let limit = filter.limit.map(|_| (limit - found.len()) as u64);
            found.extend(filter::select(self.connection, &Filter { up_to, limit, ..filter.clone() })?);
        }
        if !filter.newest_first {
            let room = limit.saturating_sub(found.len());
            found.extend(newer().take(room).cloned());
        }
        Ok(found)
    }

    /// The newest entry's place in the chain; `None` for an empty ledger.
    #[must_use]
    pub fn head(&self) -> Option<&Head> {
        self.head.as_ref()
    }
}

/// Reads what nobody alters meanwhile, once the newest entries, as many as `newest`, are found sound and none is missing.
pub(super) fn reading<T>(
    connection: &mut dyn Connection,
    newest: u64,
    read: &mut dyn FnMut(&mut Sound<'_>) -> Result<T, LedgerError>,
) -> Result<T, Failure> {
    connection.begin(Begin::Reading)?;
    let read = sound(connection, newest).and_then(|mut sound| read(&mut sound).map_err(Failure::from));
    // Nothing was written.
    let _ = connection.roll_back();
    read
}

fn sound(connection: &mut dyn Connection, newest: u64) -> Result<Sound<'_>, Failure> {
    let count = rows::count(connection)?;
    let (first, head) = (rows::first(connection)?, rows::head(connection)?);
    let (Some(first), Some(head)) = (first, head) else {
        // Nothing in it, or a store that shows nothing of it.
        return match count {
            0 => Ok(Sound { connection, newest: Vec::new(), before: 0, head: None }),
            some => Err(damaged(format!("it has {some} entries, and none can be read"))),
        };
    };
    if head.seq - first.seq + 1 != count {
        let reason = format!(
            "entries are gone: from {} to {} it holds {count}; `kadian ledger verify` names the first one",
            first.seq, head.seq
        );
        return Err(damaged(reason));
    }
    begins(connection, &first)?;
    let last = head.seq.saturating_sub(newest);
    let before = if last < first.seq { None } else { rows::at(connection, last)? };
    let before = before.map(|entry| Head { seq: entry.seq, hash: entry.hash, at: entry.at });
    let found = chain(connection, before.as_ref(), &head)?;
    Ok(Sound { connection, newest: found, before: before.map_or(0, |before| before.seq), head: Some(head) })
}

/// The entries that come after one (after nothing when there is none) up to the head, if each of them follows the one before it and is
/// what was recorded.
pub(super) fn chain(connection: &mut dyn Connection, before: Option<&Head>, head: &Head) -> Result<Vec<Entry>, Failure> {
    let sql = format!("SELECT {COLUMNS} FROM kadian_entries WHERE seq > $1 ORDER BY seq LIMIT {PAGE}");
    let (mut walk, mut found) = (Walk::after(before.cloned()), Vec::new());
    let mut after = before.map_or(0, |before| before.seq);
    while after < head.seq {
        let page = connection.query(&sql, &[Value::Int(Some(rows::number(after)?))])?;
        if page.is_empty() {
            return Err(damaged(format!("entry {} is gone", after + 1)));
        }
        for row in &page {
            let entry = walk.step(connection, row)?.map_err(|fault| damaged(fault.to_string()))?;
            after = entry.seq;
            found.push(entry);
        }
    }
    Ok(found)
}

/// What was appended since the ledger was looked at, if what was looked at is still there: `seen` is the newest entry of then.
pub(super) fn since(connection: &mut dyn Connection, seen: Option<&Head>, head: Option<&Head>) -> Result<Vec<Entry>, Failure> {
    let gone = || damaged("the newest entry is no longer the one that was seen a moment ago".to_owned());
    if let Some(seen) = seen
        && rows::at(connection, seen.seq)?.is_none_or(|entry| entry.hash != seen.hash)
    {
        return Err(gone());
    }
    head.map_or(Ok(Vec::new()), |head| chain(connection, seen, head))
}

fn damaged(reason: String) -> Failure {
    LedgerError::Damaged(reason).into()
}

/// Whether the first entry is the first of all, or the newest checkpoint stands for those before it. That none is missing from there on
/// has been counted.
fn begins(connection: &mut dyn Connection, first: &Entry) -> Result<(), Failure> {
    let newest = checkpoint::newest(connection)?;
    if let Some(entry) = &newest
        && let Some(reason) = checkpoint::contradiction(connection, entry)?
    {
        return Err(damaged(format!("entry {}: {reason}", entry.seq)));
    }
    let checkpoint = newest.and_then(|entry| match entry.record {
        Record::Checkpoint(checkpoint) => Some((checkpoint.seq, checkpoint.hash)),
        _ => None,
    });
    let mut walk = Walk::new(None);
    walk.begins(first, checkpoint).map_or(Ok(()), |fault| Err(LedgerError::Damaged(fault.to_string()).into()))
}
