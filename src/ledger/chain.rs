//! The chain of hashes: what an entry's hash is made of.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::Serialize;
use thiserror::Error;

use super::LedgerError;
use crate::digest::sha256;
use crate::facts::{Entry, Record};

/// The hash before the first entry.
pub(super) const FIRST: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The newest entry's place in the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Head {
    pub seq: u64,
    pub hash: String,
    pub at: Timestamp,
}

impl Head {
    /// What to keep elsewhere, to prove later that nothing up to here was altered.
    #[must_use]
    pub fn anchor(&self) -> Anchor {
        Anchor { seq: self.seq, hash: self.hash.clone() }
    }
}

/// An entry's place in the chain, kept outside of the ledger: `SEQ:HASH`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor {
    pub seq: u64,
    pub hash: String,
}

impl fmt::Display for Anchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.seq, self.hash)
    }
}

/// A text that is no anchor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("expected SEQ:HASH, a number and 64 hexadecimal digits, as `kadian ledger verify` prints it")]
pub struct BadAnchor;

impl FromStr for Anchor {
    type Err = BadAnchor;

    fn from_str(text: &str) -> Result<Anchor, BadAnchor> {
        let (seq, hash) = text.trim().split_once(':').ok_or(BadAnchor)?;
        let seq = seq.parse().ok().filter(|seq| *seq > 0).ok_or(BadAnchor)?;
        let hash = hash.to_ascii_lowercase();
        let is_hash = hash.len() == FIRST.len() && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_hash.then_some(Anchor { seq, hash }).ok_or(BadAnchor)
    }
}

/// A record as compact JSON with sorted keys: the same record has the same text in every ledger.
pub(super) fn canonical(record: &Record) -> Result<String, LedgerError> {
    // A tree of values keeps its keys sorted; the record's own fields have the order of their declaration.
    let value = serde_json::to_value(record);
    value.map(|value| value.to_string()).map_err(|error| LedgerError::Refused(format!("the record cannot be written: {error}")))
}

/// The hash of an entry: SHA-256 over five lines, the last without an end. The first names the scheme, so that no hash of another
/// purpose can be taken for one of these.
pub(super) fn hash(prev: &str, seq: u64, at: Timestamp, body: &str) -> String {
    sha256(format!("kadian.ledger/v1\n{prev}\n{seq}\n{}\n{body}", at.as_microsecond()))
}

/// The entry that follows `head`. A clock that went back does not take the chain with it.
pub(super) fn next(head: Option<&Head>, now: Timestamp, record: Record) -> Result<(Entry, String), LedgerError> {
    let now = Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now);
    let (seq, prev, at) = match head {
        Some(head) => (head.seq + 1, head.hash.clone(), now.max(head.at)),
        None => (1, FIRST.to_owned(), now),
    };
    let body = canonical(&record)?;
    let hash = hash(&prev, seq, at, &body);
    Ok((Entry { seq, at, prev, hash, record }, body))
}

/// The body of an entry that came from elsewhere, if its hash fits; otherwise what is wrong.
pub(super) fn body(entry: &Entry) -> Result<String, LedgerError> {
    let body = canonical(&entry.record)?;
    if hash(&entry.prev, entry.seq, entry.at, &body) == entry.hash {
        return Ok(body);
    }
    Err(LedgerError::Refused(format!("entry {} is not what was recorded: its hash does not fit", entry.seq)))
}
