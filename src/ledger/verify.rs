//! Walks the chain.

use std::fmt;

use serde::Serialize;

use super::chain::{self, Anchor, Head};
use super::checkpoint;
use super::connection::{Begin, Connection, Failure, Row, Value};
use super::rows;
use crate::facts::{Entry, Record};

/// How many entries are read at a time.
const PAGE: usize = 5_000;

/// What a walk over the whole chain found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// How many entries were found sound, from the oldest on.
    pub entries: u64,
    /// The last entry that was pruned; absent when none was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pruned_to: Option<u64>,
    /// The newest sound entry; null when there is none.
    pub head: Option<Head>,
    /// The first thing that is wrong; null when nothing is.
    pub fault: Option<Fault>,
}

/// The first place where the ledger is not what was recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// The entry; null where it is not about one.
    pub seq: Option<u64>,
    pub reason: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.seq {
            Some(seq) => write!(f, "entry {seq}: {}", self.reason),
            None => f.write_str(&self.reason),
        }
    }
}

pub(super) fn verify(connection: &mut dyn Connection, expected: Option<&Anchor>) -> Result<Verified, Failure> {
    connection.begin(Begin::Reading)?;
    let verified = walk(connection, expected);
    // Nothing was written.
    let _ = connection.roll_back();
    verified
}

fn walk(connection: &mut dyn Connection, expected: Option<&Anchor>) -> Result<Verified, Failure> {
    let mut walk = Walk::new(expected);
    let strangers = connection.strangers()?;
    let strangers = (!strangers.is_empty()).then(|| format!("{} may alter or hide what is recorded", strangers.join(", ")));
    let broken = connection.check()?.or(strangers).map(|reason| Fault { seq: None, reason });
    let sql = format!("SELECT {} FROM kadian_entries WHERE seq > $1 ORDER BY seq LIMIT {PAGE}", rows::COLUMNS);
    // A number below 1 would never be met by walking up from the first entry.
    let mut after = i64::MIN;
    let mut fault = None;
    while fault.is_none() {
        let page = connection.query(&sql, &[Value::Int(Some(after))])?;
        for row in &page {
            fault = walk.step(connection, row)?.err();
            if fault.is_some() {
                break;
            }
        }
        match page.last().and_then(|row| row.first()) {
            Some(Value::Int(Some(last))) => after = *last,
            _ => break,
        }
    }
    let fault = fault.or_else(|| walk.end()).or(broken);
    let pruned_to = walk.before.as_ref().map(|(seq, _)| *seq);
    Ok(Verified { entries: walk.entries, pruned_to, head: walk.head, fault })
}

/// Where the walk is.
pub(super) struct Walk<'a> {
    expected: Option<&'a Anchor>,
    /// Whether the anchor was met.
    checked: bool,
    head: Option<Head>,
    entries: u64,
    /// The number and hash that the first entry left says are before it; `None` when it is the first of all.
    before: Option<(u64, String)>,
    /// The newest checkpoint that was met: the last entry it stands for and that one's hash.
    checkpoint: Option<(u64, String)>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(expected: Option<&'a Anchor>) -> Walk<'a> {
        Walk { expected, checked: false, head: None, entries: 0, before: None, checkpoint: None }
    }

    /// A walk that goes on where an entry is known.
    pub(super) fn after(head: Option<Head>) -> Walk<'a> {
        Walk { head, ..Walk::new(None) }
    }

    /// What is wrong with a chain that begins with this entry and whose newest checkpoint names that entry as the last one it stands for.
    pub(super) fn begins(&mut self, first: &Entry, checkpoint: Option<(u64, String)>) -> Option<Fault> {
        self.checkpoint = checkpoint;
        self.follows(first).err().or_else(|| self.end())
    }

    /// Takes the row of the next entry.
    pub(super) fn step(&mut self, connection: &mut dyn Connection, row: &Row) -> Result<Result<Entry, Fault>, Failure> {
        let entry = match self.look(row) {
            Ok(entry) => entry,
            Err(fault) => return Ok(Err(fault)),
        };
        if let Some(reason) = checkpoint::contradiction(connection, &entry)? {
            return Ok(Err(Fault { seq: Some(entry.seq), reason }));
        }
        if let Record::Checkpoint(checkpoint) = &entry.record {
            self.checkpoint = Some((checkpoint.seq, checkpoint.hash.clone()));
        }
        self.entries += 1;
        self.head = Some(Head { seq: entry.seq, hash: entry.hash.clone(), at: entry.at });
        Ok(Ok(entry))
    }

    /// The entry of a row, if it comes next and is what was recorded.
    fn look(&mut self, row: &Row) -> Result<Entry, Fault> {
        let seq = rows::place(row);
        let fault = |reason: String| Fault { seq, reason };
        let (entry, body) = rows::raw(row).map_err(fault)?;
        self.follows(&entry)?;
        if let Some(reason) = rows::altered(&entry, body, row) {
            return Err(fault(format!("{reason}: it was altered")));
        }
        if let Some(anchor) = self.expected.filter(|anchor| anchor.seq == entry.seq) {
            if anchor.hash != entry.hash {
                return Err(fault(format!(
                    "its hash is {}, and {} was expected: the chain was written anew",
                    entry.hash, anchor.hash
                )));
            }
            self.checked = true;
        }
        Ok(entry)
    }

    /// Whether the entry is the one that comes next.
    fn follows(&mut self, entry: &Entry) -> Result<(), Fault> {
        let fault = |seq: u64, reason: String| Err(Fault { seq: Some(seq), reason });
        match &self.head {
            Some(head) if entry.seq != head.seq + 1 => {
                fault(head.seq + 1, format!("it is gone: entry {} is followed by {}", head.seq, entry.seq))
            }
            Some(head) if entry.prev != head.hash => {
                fault(entry.seq, format!("it does not follow entry {}: one of them was replaced, or the order changed", head.seq))
            }
            Some(head) if entry.at < head.at => fault(entry.seq, format!("it was recorded before entry {}", head.seq)),
            Some(_) => Ok(()),
            None if entry.seq == 1 && entry.prev == chain::FIRST => Ok(()),
            None if entry.seq == 1 => fault(1, "something is said to come before it".to_owned()),
            None => {
                self.before = Some((entry.seq - 1, entry.prev.clone()));
                Ok(())
            }
        }
    }

    /// What only the whole chain can tell.
    fn end(&mut self) -> Option<Fault> {
        let fault = |seq: u64, reason: String| Some(Fault { seq: Some(seq), reason });
        if let Some((seq, _)) = &self.before
            && self.before != self.checkpoint
        {
            return fault(*seq, "it and those before it are gone, and no checkpoint says that they were pruned".to_owned());
        }
        let anchor = self.expected.filter(|_| !self.checked)?;
        match (&self.before, &self.head) {
            (Some((seq, hash)), _) if *seq == anchor.seq && *hash == anchor.hash => None,
            (Some((seq, _)), _) if *seq >= anchor.seq => fault(
                anchor.seq,
                "it was pruned, so that the anchor proves nothing; use one that is not older than the last prune".to_owned(),
            ),
            (_, head) => {
                let last = head.as_ref().map_or(0, |head| head.seq);
                fault(anchor.seq, format!("it was expected and is gone: the newest entry is {last}; the end was cut off"))
            }
        }
    }
}
