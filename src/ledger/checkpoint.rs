//! What checkpoints say, held against what is there.
//!
//! A checkpoint stands for the entries before a cut. They may come back from their archive, all of them: then the chain is whole from
//! entry 1 on, and the checkpoint has to name the entry that is there.

use super::connection::{Connection, Failure};
use super::error::LedgerError;
use super::filter::{self, Filter};
use super::rows;
use crate::facts::{Entry, Record, RecordKind};

/// The newest checkpoint.
pub(super) fn newest(connection: &mut dyn Connection) -> Result<Option<Entry>, Failure> {
    let filter = Filter { kinds: vec![RecordKind::Checkpoint], newest_first: true, limit: Some(1), ..Filter::default() };
    Ok(filter::select(connection, &filter)?.pop())
}

/// What is wrong with a checkpoint that stands for an entry that is here: it names another hash, or one that came after it. Nothing is
/// wrong with an entry of another kind, or when what it stands for is not here.
pub(super) fn contradiction(connection: &mut dyn Connection, entry: &Entry) -> Result<Option<String>, Failure> {
    let Record::Checkpoint(checkpoint) = &entry.record else { return Ok(None) };
    if checkpoint.seq >= entry.seq {
        return Ok(Some(format!("it says that entry {} was pruned before it", checkpoint.seq)));
    }
    let here = rows::at(connection, checkpoint.seq)?;
    let is_other = here.is_some_and(|here| here.hash != checkpoint.hash);
    Ok(is_other.then(|| format!("it says that entry {} was pruned, and another one is there", checkpoint.seq)))
}

/// Refuses a chain that does not begin where it may: with entry 1, or after those that the newest checkpoint stands for. `coming` is the
/// newest checkpoint of what is still to be put.
pub(super) fn begins(connection: &mut dyn Connection, coming: Option<&Entry>) -> Result<(), Failure> {
    let Some(first) = rows::first(connection)? else { return Ok(()) };
    if first.seq == 1 {
        return Ok(());
    }
    let here = newest(connection)?;
    let newest = here.as_ref().into_iter().chain(coming).max_by_key(|entry| entry.seq);
    if newest.is_some_and(|entry| entry.stands_before(&first)) {
        return Ok(());
    }
    let part = newest.and_then(|entry| match &entry.record {
        Record::Checkpoint(checkpoint) if checkpoint.seq >= first.seq => Some((entry.seq, checkpoint.seq)),
        _ => None,
    });
    let message = match part {
        Some((entry, last)) => format!(
            "the chain would begin with entry {}, in the midst of what entry {entry} says was pruned (up to {last}): of that all comes \
             back, from entry 1 on, or nothing; import all archives, the oldest first, into an empty ledger",
            first.seq
        ),
        None => format!(
            "the chain begins with entry {}, and no checkpoint in it stands for those before; import what holds them first, or the whole \
             of the ledger",
            first.seq
        ),
    };
    Err(LedgerError::Refused(message).into())
}
