//! Entries as rows, and back.

use jiff::Timestamp;

use super::chain::{self, Head};
use super::connection::{Connection, Failure, Row, Value};
use super::error::LedgerError;
use crate::facts::{Entry, Record};

/// How many rows one statement inserts: a whole number of them fits into what both stores take as parameters.
const AT_ONCE: usize = 100;

/// How many entries one statement removes.
const REMOVED_AT_ONCE: i64 = 50_000;

/// The columns of an entry, in the order of the table.
pub(super) const COLUMNS: &str = "seq, at_us, happened_us, kind, service, plan, batch, ident, body, prev, hash";
const WIDTH: usize = 11;

/// How many columns come before those that repeat the record.
const OWN: usize = 2;

/// Columns that repeat what the record says, for indexes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Repeated {
    pub(super) happened_us: i64,
    pub(super) kind: &'static str,
    pub(super) service: Option<String>,
    pub(super) plan: Option<String>,
    pub(super) batch: Option<i64>,
    pub(super) ident: Option<String>,
}

impl Repeated {
    pub(super) fn of(record: &Record, at: Timestamp) -> Repeated {
        let batch = match record {
            Record::Batch(batch) => Some(batch.batch),
            Record::Slot(slot) => Some(slot.batch),
            Record::Decision(decision) => decision.batch,
            _ => None,
        };
        Repeated {
            happened_us: record.happened_at().unwrap_or(at).as_microsecond(),
            kind: record.kind().word(),
            service: record.service().map(key),
            plan: record.plan().map(key),
            batch: batch.and_then(|batch| i64::try_from(batch).ok()),
            ident: ident(record).map(key),
        }
    }

    pub(super) fn values(self) -> [Value; 6] {
        [
            Value::Int(Some(self.happened_us)),
            Value::Text(Some(self.kind.to_owned())),
            Value::Text(self.service),
            Value::Text(self.plan),
            Value::Int(self.batch),
            Value::Text(self.ident),
        ]
    }
}

/// What names the record where it came from.
fn ident(record: &Record) -> Option<&str> {
    match record {
        Record::Change(record) => Some(&record.id),
        Record::Decision(record) => Some(&record.id),
        Record::Incident(record) => Some(&record.id),
        Record::Recovery(record) => Some(&record.run),
        Record::Plan(_) | Record::Batch(_) | Record::Slot(_) | Record::Override(_) | Record::Checkpoint(_) => None,
    }
}

/// A name as indexed columns hold it: PostgreSQL knows no text with a NUL.
pub(super) fn key(name: &str) -> String {
    name.replace('\0', "\u{fffd}")
}

/// Inserts entries with their canonical bodies.
pub(super) fn insert(connection: &mut dyn Connection, entries: &[(Entry, String)]) -> Result<(), Failure> {
    for entries in entries.chunks(AT_ONCE) {
        let mut values = Vec::with_capacity(entries.len() * WIDTH);
        for (entry, body) in entries {
            values.extend([Value::Int(Some(number(entry.seq)?)), Value::Int(Some(entry.at.as_microsecond()))]);
            values.extend(Repeated::of(&entry.record, entry.at).values());
            values.extend([body, &entry.prev, &entry.hash].map(|text| Value::Text(Some(text.clone()))));
        }
        let inserted = connection.execute(&insertion(entries.len()), &values)?;
        let (Some((first, _)), Some((last, _))) = (entries.first(), entries.last()) else { continue };
        let there = connection.query(
            &format!("SELECT {COLUMNS} FROM kadian_entries WHERE seq BETWEEN $1 AND $2 ORDER BY seq"),
            &[Value::Int(Some(number(first.seq)?)), Value::Int(Some(number(last.seq)?))],
        )?;
        let is_as_given = |(row, given): (&Row, &[Value])| given.iter().zip(row).all(|(given, found)| given.is_same(found));
        let taken = there.iter().zip(values.chunks(WIDTH)).filter(|pair| is_as_given(*pair)).count();
        if taken != entries.len() || there.len() != taken || inserted != taken as u64 {
            return Err(swallowed(taken, entries.len()));
        }
    }
    Ok(())
}

/// The store says that it did what it was asked and did something else.
fn swallowed(taken: usize, wanted: usize) -> Failure {
    let message = format!(
        "of {wanted} new entries the store took {taken} as they are: something in the database stands in between; \
         `kadian ledger verify` names triggers, rules and views"
    );
    LedgerError::Damaged(message).into()
}

fn counted(connection: &mut dyn Connection, sql: &str, values: &[Value]) -> Result<u64, Failure> {
    match connection.query(sql, values)?.first().map(Vec::as_slice) {
        Some([Value::Int(Some(count))]) => Ok(u64::try_from(*count).unwrap_or_default()),
        _ => Err(LedgerError::Damaged("its entries cannot be counted".to_owned()).into()),
    }
}

fn insertion(rows: usize) -> String {
    let row = |row: usize| {
        let cells: Vec<String> = (1..=WIDTH).map(|cell| format!("${}", row * WIDTH + cell)).collect();
        format!("({})", cells.join(", "))
    };
    let rows: Vec<String> = (0..rows).map(row).collect();
    format!("INSERT INTO kadian_entries ({COLUMNS}) VALUES {}", rows.join(", "))
}

pub(super) fn number(seq: u64) -> Result<i64, LedgerError> {
    i64::try_from(seq).map_err(|_| LedgerError::Refused(format!("{seq} is no number of an entry")))
}

pub(super) fn head(connection: &mut dyn Connection) -> Result<Option<Head>, Failure> {
    let rows = connection.query(&format!("SELECT {COLUMNS} FROM kadian_entries ORDER BY seq DESC LIMIT 1"), &[])?;
    let entry = rows.iter().map(read).next().transpose()?;
    Ok(entry.map(|entry| Head { seq: entry.seq, hash: entry.hash, at: entry.at }))
}

pub(super) fn at(connection: &mut dyn Connection, seq: u64) -> Result<Option<Entry>, Failure> {
    let rows =
        connection.query(&format!("SELECT {COLUMNS} FROM kadian_entries WHERE seq = $1"), &[Value::Int(Some(number(seq)?))])?;
    Ok(rows.iter().map(read).next().transpose()?)
}

pub(super) fn count(connection: &mut dyn Connection) -> Result<u64, Failure> {
    counted(connection, "SELECT count(*) FROM kadian_entries", &[])
}

/// The entry with the smallest number.
pub(super) fn first(connection: &mut dyn Connection) -> Result<Option<Entry>, Failure> {
    let rows = connection.query(&format!("SELECT {COLUMNS} FROM kadian_entries ORDER BY seq LIMIT 1"), &[])?;
    Ok(rows.iter().map(read).next().transpose()?)
}

/// Removes the entries up to and with a number; how many there were.
pub(super) fn remove(connection: &mut dyn Connection, last: u64) -> Result<u64, Failure> {
    let (last, mut removed) = (number(last)?, 0);
    loop {
        let rows = connection.query("SELECT min(seq) FROM kadian_entries", &[])?;
        let Some([Value::Int(Some(first))]) = rows.first().map(Vec::as_slice) else { return Ok(removed) };
        if *first > last {
            return Ok(removed);
        }
        // In parts: each statement has to end within a bound.
        let until = first.saturating_add(REMOVED_AT_ONCE).min(last);
        match connection.execute("DELETE FROM kadian_entries WHERE seq <= $1", &[Value::Int(Some(until))])? {
            0 => return Err(LedgerError::Damaged(format!("entry {first} is not removed: the store keeps it")).into()),
            some => removed += some,
        }
    }
}

/// The newest entry that was recorded before a moment.
pub(super) fn last_before(connection: &mut dyn Connection, moment: Timestamp) -> Result<Option<Head>, Failure> {
    let sql = format!("SELECT {COLUMNS} FROM kadian_entries WHERE at_us < $1 ORDER BY seq DESC LIMIT 1");
    let rows = connection.query(&sql, &[Value::Int(Some(moment.as_microsecond()))])?;
    let entry = rows.iter().map(read).next().transpose()?;
    Ok(entry.map(|entry| Head { seq: entry.seq, hash: entry.hash, at: entry.at }))
}

/// A rollout with entries on both sides of a number: up to it, and after it.
pub(super) fn split_plan(connection: &mut dyn Connection, last: u64) -> Result<Option<String>, Failure> {
    let sql = "SELECT plan FROM kadian_entries WHERE seq > $1 AND plan IS NOT NULL \
        AND plan IN (SELECT plan FROM kadian_entries WHERE seq <= $2 AND plan IS NOT NULL) ORDER BY seq LIMIT 1";
    let last = Value::Int(Some(number(last)?));
    let rows = connection.query(sql, &[last.clone(), last])?;
    Ok(rows.into_iter().flatten().find_map(|cell| if let Value::Text(plan) = cell { plan } else { None }))
}

/// Reads a row of [`COLUMNS`]. An entry whose hash does not fit, or that is filed under something else than it says, is an error: no
/// verdict may rest on it.
pub(super) fn read(row: &Row) -> Result<Entry, LedgerError> {
    let (entry, body) = raw(row).map_err(|reason| match place(row) {
        Some(seq) if seq > 0 => LedgerError::Damaged(format!("entry {seq}: {reason}")),
        _ => LedgerError::Damaged(reason),
    })?;
    match altered(&entry, body, row) {
        None => Ok(entry),
        Some(reason) => Err(LedgerError::Damaged(format!("entry {} is not what was recorded: {reason}", entry.seq))),
    }
}

/// What of an entry was altered, if anything was: its content, or a column by which it is found. `body` and `row` are as they stand.
pub(super) fn altered(entry: &Entry, body: &str, row: &Row) -> Option<String> {
    if chain::hash(&entry.prev, entry.seq, entry.at, body) != entry.hash {
        return Some("its hash does not fit what it says".to_owned());
    }
    let told = Repeated::of(&entry.record, entry.at).values();
    let mut columns = COLUMNS.split(", ").zip(row).skip(OWN).zip(&told);
    columns
        .find(|((_, found), told)| !told.is_same(found))
        .map(|((name, _), _)| format!("its column {name} is not what its record says"))
}

/// The number that a row of [`COLUMNS`] stands under; `None` where that can be no entry's number.
pub(super) fn place(row: &Row) -> Option<u64> {
    match row.first() {
        Some(Value::Int(Some(seq))) => u64::try_from(*seq).ok(),
        _ => None,
    }
}

/// Reads a row of [`COLUMNS`] without anything being checked, and gives the body as it stands; otherwise says what is wrong, without the
/// entry's number, which [`place`] knows.
pub(super) fn raw(row: &Row) -> Result<(Entry, &str), String> {
    let Some(Value::Int(Some(number))) = row.first() else {
        return Err(format!("an entry's number is {}", row.first().map_or("missing", word)));
    };
    let seq = u64::try_from(*number).ok().filter(|seq| *seq > 0).ok_or_else(|| format!("there is an entry {number}"))?;
    let [_, Value::Int(Some(at)), .., Value::Text(Some(body)), Value::Text(Some(prev)), Value::Text(Some(hash))] = row.as_slice()
    else {
        let is_right = |name: &str, value: &Value| match name {
            "at_us" => matches!(value, Value::Int(Some(_))),
            "body" | "prev" | "hash" => matches!(value, Value::Text(Some(_))),
            _ => true,
        };
        let wrong = COLUMNS.split(", ").zip(row).filter(|(name, value)| !is_right(name, value));
        let wrong: Vec<String> = wrong.map(|(name, value)| format!("{name} is {}", word(value))).collect();
        return Err(wrong.join(", "));
    };
    let at = Timestamp::from_microsecond(*at).map_err(|_| format!("{at} is no time"))?;
    let record = serde_json::from_str(body).map_err(|error| format!("its record cannot be read: {error}"))?;
    Ok((Entry { seq, at, prev: prev.clone(), hash: hash.clone(), record }, body))
}

/// What a cell holds, in words.
pub(super) fn word(value: &Value) -> &'static str {
    match value {
        Value::Int(None) | Value::Text(None) => "null",
        Value::Int(Some(_)) => "a number",
        Value::Text(Some(_)) => "a text",
        Value::Foreign(what) => what,
    }
}
