//! The ledger in a SQLite file; the suite `tests/suites/ledger.rs` asks the same of a PostgreSQL server.

#![expect(clippy::disallowed_methods, reason = "tests damage files")]

mod reassembled;
mod sound;

use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use rusqlite::types::Value as Cell;

use super::{Address, Anchor, Filter, Ledger, LedgerError};
use crate::facts::{BatchRecord, BatchState, ChangeRecord, IncidentRecord, IncidentState, Record, RecordKind, RolloutType};

fn time(second: i64) -> Timestamp {
    Timestamp::from_second(1_767_225_600 + second).unwrap()
}

fn change(id: &str, service: &str, second: i64) -> Record {
    Record::Change(ChangeRecord {
        id: id.to_owned(),
        service: service.to_owned(),
        kind: RolloutType::Daily,
        started_at: time(second),
        ended_at: None,
        title: Some("a \u{0} \u{1b}[31m \"title\"".to_owned()),
        version: None,
        region: None,
        author: None,
        url: None,
        touches: vec!["z".to_owned(), "a".to_owned()],
        labels: [("team".to_owned(), "pay".to_owned())].into(),
    })
}

fn batch(plan: &str, number: u64, state: BatchState) -> Record {
    Record::Batch(BatchRecord {
        plan: plan.to_owned(),
        service: "pay".to_owned(),
        digest: "d".repeat(64),
        batch: number,
        state,
        version: "1.4.2".to_owned(),
        region: None,
    })
}

fn incident(id: &str, second: i64) -> Record {
    Record::Incident(IncidentRecord {
        id: id.to_owned(),
        service: "pay".to_owned(),
        state: IncidentState::Opened,
        happened_at: time(second),
        severity: None,
        title: None,
        cause: None,
    })
}

fn open(folder: &Path) -> Ledger {
    Ledger::open(&Address::parse("sqlite:ledger.db").unwrap(), folder).unwrap()
}

/// Six entries of several kinds.
fn filled(folder: &Path) -> Ledger {
    let mut ledger = open(folder);
    ledger.append(time(10), vec![change("a", "pay", 1), change("b", "shop", 2)]).unwrap();
    ledger.append(time(20), vec![batch("p", 1, BatchState::Started)]).unwrap();
    ledger.append(time(30), vec![batch("p", 1, BatchState::Done), incident("i", 25)]).unwrap();
    ledger.append(time(40), vec![change("c", "pay", 60)]).unwrap();
    ledger
}

fn numbers(ledger: &mut Ledger, filter: &Filter) -> Vec<u64> {
    ledger.select(filter).unwrap().iter().map(|entry| entry.seq).collect()
}

#[test]
fn what_is_appended_is_read_back_in_a_chain() {
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = filled(folder.path());
    let entries = open(folder.path()).select(&Filter::default()).unwrap();
    assert_eq!(entries.iter().map(|entry| entry.seq).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
    assert_eq!(entries[0].record, change("a", "pay", 1));
    assert_eq!(entries[0].prev, "0".repeat(64));
    assert!(entries.windows(2).all(|two| two[1].prev == two[0].hash && two[1].at >= two[0].at));
    let head = ledger.head().unwrap().unwrap();
    assert_eq!((head.seq, &head.hash, head.at), (6, &entries[5].hash, time(40)));
    assert_eq!(ledger.count().unwrap(), 6);
    let verified = ledger.verify(Some(&head.anchor())).unwrap();
    assert_eq!((verified.entries, verified.head, verified.fault), (6, Some(head), None));
}

#[test]
fn an_empty_ledger_is_known_and_sound() {
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = open(folder.path());
    assert_eq!(ledger.head().unwrap(), None);
    assert_eq!(ledger.append(time(1), Vec::new()).unwrap(), []);
    assert_eq!(ledger.select(&Filter::default()).unwrap(), []);
    let verified = ledger.verify(None).unwrap();
    assert_eq!((verified.entries, verified.fault), (0, None));
    let fault = ledger.verify(Some(&Anchor { seq: 3, hash: "a".repeat(64) })).unwrap().fault.unwrap();
    assert!(fault.reason.contains("the end was cut off"), "{fault:?}");
}

#[test]
fn filters_hold_together() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = &mut filled(folder.path());
    let all = Filter::default;
    assert_eq!(numbers(ledger, &Filter { kinds: vec![RecordKind::Change], ..all() }), [1, 2, 6]);
    assert_eq!(numbers(ledger, &Filter { kinds: vec![RecordKind::Incident, RecordKind::Batch], ..all() }), [3, 4, 5]);
    assert_eq!(numbers(ledger, &Filter { service: Some("pay".into()), ..all() }), [1, 3, 4, 5, 6]);
    assert_eq!(numbers(ledger, &Filter { plan: Some("p".into()), newest_first: true, limit: Some(1), ..all() }), [4]);
    assert_eq!(numbers(ledger, &Filter { keys: vec!["i".into(), "a".into(), "none".into()], ..all() }), [1, 5]);
    assert_eq!(numbers(ledger, &Filter { after: Some(4), ..all() }), [5, 6]);
    // Half open, by when it happened: the incident at 25 s, the last change at 60 s.
    assert_eq!(numbers(ledger, &Filter { since: Some(time(20)), until: Some(time(30)), ..all() }), [3, 5]);
    let nanosecond = SignedDuration::from_nanos(1);
    assert_eq!(numbers(ledger, &Filter { since: Some(time(60)), ..all() }), [6]);
    assert_eq!(numbers(ledger, &Filter { since: Some(time(60) + nanosecond), ..all() }), [0; 0]);
    assert_eq!(numbers(ledger, &Filter { until: Some(time(1) + nanosecond), ..all() }), [1]);
    assert_eq!(numbers(ledger, &Filter { service: Some("' OR 1=1 --".into()), ..all() }), [0; 0]);
}

#[test]
fn an_error_undoes_what_was_appended() {
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = filled(folder.path());
    let refused = ledger.write(time(50), &mut |writing| {
        writing.append(vec![change("d", "pay", 1)])?;
        assert_eq!(writing.select(&Filter { after: Some(6), ..Filter::default() })?.len(), 1);
        Err::<(), _>(LedgerError::Refused("no".into()))
    });
    assert_eq!(refused, Err(LedgerError::Refused("no".into())));
    assert_eq!(ledger.count().unwrap(), 6);
    let appended = ledger.write(time(50), &mut |writing| {
        writing.append(vec![change("d", "pay", 1)])?;
        writing.append(vec![change("e", "pay", 1)])
    });
    assert_eq!(appended.unwrap()[0].seq, 8);
    assert_eq!(open(folder.path()).verify(None).unwrap().fault, None);
}

#[test]
fn a_clock_that_goes_back_does_not_take_the_chain_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = filled(folder.path());
    let entry = ledger.append(time(-1000), vec![change("late", "pay", -1000)]).unwrap().remove(0);
    assert_eq!(entry.at, time(40));
    assert_eq!(ledger.verify(None).unwrap().fault, None);
}

#[test]
fn the_same_record_has_the_same_text() {
    let text = super::chain::canonical(&change("a", "pay", 1)).unwrap();
    let wanted = r#"{"id":"a","kind":"change","labels":{"team":"pay"},"service":"pay","started_at":"2026-01-01T00:00:01Z","#;
    assert!(text.starts_with(wanted), "{text}");
    let again: Record = serde_json::from_str(&text).unwrap();
    assert_eq!(super::chain::canonical(&again).unwrap(), text);
}

/// Reaches into the file as only a foreign hand would.
fn alter(folder: &Path, statements: &str) -> rusqlite::Result<()> {
    let database = rusqlite::Connection::open(folder.join("ledger.db"))?;
    database.execute_batch(&format!("PRAGMA synchronous=off; {statements}"))
}

/// The first fault, found by a ledger that is opened anew.
fn fault(folder: &Path, expected: Option<&Anchor>) -> Option<(Option<u64>, String)> {
    open(folder).verify(expected).unwrap().fault.map(|fault| (fault.seq, fault.reason))
}

#[test]
fn each_byte_of_each_column_of_each_row_is_watched() {
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = filled(folder.path());
    let database = rusqlite::Connection::open(folder.path().join("ledger.db")).unwrap();
    database.execute_batch("PRAGMA synchronous=off").unwrap();
    let columns: Vec<&str> = super::rows::COLUMNS.split(", ").collect();
    let mut altered = 0;
    for seq in 1..=6 {
        for column in &columns {
            let read = format!("SELECT {column} FROM kadian_entries WHERE rowid = ?1");
            let before: Cell = database.query_row(&read, [seq], |row| row.get(0)).unwrap();
            for after in neighbours(&before) {
                let sql = format!("UPDATE kadian_entries SET {column} = ?1 WHERE rowid = ?2");
                let Ok(1) = database.execute(&sql, rusqlite::params![after, seq]) else { continue };
                let verified = ledger.verify(None).unwrap();
                assert!(verified.fault.is_some(), "entry {seq}, {column}: {before:?} became {after:?}");
                let back = if *column == "seq" { integer(&after) } else { seq };
                assert_eq!(database.execute(&sql, rusqlite::params![before, back]), Ok(1));
                altered += 1;
            }
        }
    }
    let sum = "SELECT sum(length(kind) + length(body) + length(prev) + length(hash) + 3 * 8) FROM kadian_entries";
    let bytes: i64 = database.query_row(sum, [], |row| row.get(0)).unwrap();
    // Some numbers of entries are taken, and cannot be given to another.
    assert!(altered > bytes - 6 * 8, "{altered} of {bytes}");
    assert_eq!(ledger.verify(None).unwrap().fault, None);
}

/// The values that differ from this one in one byte, one for each byte; for none, an empty text and a zero.
fn neighbours(value: &Cell) -> Vec<Cell> {
    match value {
        Cell::Null => vec![Cell::Text(String::new()), Cell::Integer(0)],
        Cell::Integer(number) => (0..8).map(|byte| Cell::Integer(number ^ (1 << (byte * 8)))).collect(),
        Cell::Text(text) => (0..text.len())
            .filter_map(|at| {
                let mut bytes = text.clone().into_bytes();
                bytes[at] ^= 1;
                String::from_utf8(bytes).ok().map(Cell::Text)
            })
            .collect(),
        Cell::Real(_) | Cell::Blob(_) => panic!("no column holds such"),
    }
}

fn integer(value: &Cell) -> i64 {
    if let Cell::Integer(number) = value { *number } else { panic!("a number") }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    /// Whatever a text becomes, valid or not, longer or shorter.
    #[test]
    fn no_other_text_passes_for_the_one_that_was_recorded(
        seq in 1_i64..=6,
        column in prop::sample::select(vec!["kind", "service", "plan", "ident", "body", "prev", "hash"]),
        at in any::<prop::sample::Index>(),
        bytes in prop::collection::vec(any::<u8>(), 0..4),
    ) {
        let folder = tempfile::tempdir().unwrap();
        drop(filled(folder.path()));
        let database = rusqlite::Connection::open(folder.path().join("ledger.db")).unwrap();
        let read = format!("SELECT {column} FROM kadian_entries WHERE seq = ?1");
        let before: Cell = database.query_row(&read, [seq], |row| row.get(0)).unwrap();
        let mut text = if let Cell::Text(text) = &before { text.clone().into_bytes() } else { Vec::new() };
        let place = at.index(text.len() + 1);
        text.splice(place..(place + 1).min(text.len()), bytes);
        let same = matches!(&before, Cell::Text(before) if before.as_bytes() == text);
        let sql = format!("UPDATE kadian_entries SET {column} = CAST(?1 AS TEXT) WHERE seq = ?2");
        database.execute(&sql, rusqlite::params![text, seq]).unwrap();
        drop(database);
        prop_assert_eq!(fault(folder.path(), None).is_none(), same);
    }
}

#[test]
fn what_was_removed_reordered_or_inserted_is_named() {
    let forged = "INSERT INTO kadian_entries SELECT 7, at_us, happened_us, kind, service, plan, batch, ident, body, hash, \
        'aa' FROM kadian_entries WHERE seq = 6";
    for (statements, seq, wanted) in [
        ("DELETE FROM kadian_entries WHERE seq = 3", 3, "it is gone"),
        ("DELETE FROM kadian_entries WHERE seq = 1", 1, "no checkpoint says that they were pruned"),
        (
            "UPDATE kadian_entries SET seq = 100 WHERE seq = 2; UPDATE kadian_entries SET seq = 2 WHERE seq = 3; \
             UPDATE kadian_entries SET seq = 3 WHERE seq = 100",
            2,
            "does not follow entry 1",
        ),
        (forged, 7, "its hash does not fit"),
        (
            "INSERT INTO kadian_entries SELECT 0, at_us, happened_us, kind, service, plan, batch, ident, body, prev, hash \
          FROM kadian_entries WHERE seq = 1",
            0,
            "there is an entry 0",
        ),
        ("UPDATE kadian_entries SET service = 'other' WHERE seq = 4", 4, "its column service"),
        ("UPDATE kadian_entries SET at_us = 1.5 WHERE seq = 4", 4, "at_us is a number with a fraction"),
        ("UPDATE kadian_entries SET body = x'00' WHERE seq = 5", 5, "body is a row of bytes"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        drop(filled(folder.path()));
        alter(folder.path(), statements).unwrap();
        let (at, reason) = fault(folder.path(), None).unwrap_or_else(|| panic!("not found: {statements}"));
        assert!(reason.contains(wanted), "{statements}: {reason}");
        assert_eq!(at, Some(seq), "{statements}: {reason}");
        // The number is told once, by whoever shows the fault.
        assert!(!reason.starts_with("entry"), "{statements}: {reason}");
    }
}

#[test]
fn an_anchor_finds_what_no_chain_can_tell() {
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = filled(folder.path());
    let entries = ledger.select(&Filter::default()).unwrap();
    let anchor = |index: usize| Anchor { seq: entries[index].seq, hash: entries[index].hash.clone() };
    assert_eq!(fault(folder.path(), Some(&anchor(2))), None);
    drop(ledger);
    alter(folder.path(), "DELETE FROM kadian_entries WHERE seq > 4").unwrap();
    assert_eq!(fault(folder.path(), None), None);
    let (seq, reason) = fault(folder.path(), Some(&anchor(5))).unwrap();
    assert!(seq == Some(6) && reason.contains("the newest entry is 4; the end was cut off"), "{reason}");
    // The rest of the chain written anew.
    open(folder.path()).append(time(50), vec![change("x", "pay", 1), change("y", "pay", 1)]).unwrap();
    assert_eq!(fault(folder.path(), None), None);
    let (seq, reason) = fault(folder.path(), Some(&anchor(5))).unwrap();
    assert!(seq == Some(6) && reason.contains("the chain was written anew"), "{reason}");
    for text in ["6", "0:aa", "x:y", "6:", "-1:00"] {
        assert!(text.parse::<Anchor>().is_err(), "{text}");
    }
    assert_eq!(anchor(5).to_string().parse(), Ok(anchor(5)));
}

#[test]
fn an_entry_whose_hash_does_not_fit_is_never_read() {
    let folder = tempfile::tempdir().unwrap();
    drop(filled(folder.path()));
    alter(folder.path(), "UPDATE kadian_entries SET body = replace(body, '\"done\"', '\"failed\"') WHERE seq = 4").unwrap();
    let read = open(folder.path()).select(&Filter { plan: Some("p".into()), ..Filter::default() });
    assert!(matches!(read, Err(LedgerError::Damaged(reason)) if reason.contains("entry 4")));
}

#[test]
fn what_was_pruned_has_a_checkpoint_in_the_chain() {
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = filled(folder.path());
    let entries = ledger.select(&Filter::default()).unwrap();
    let cut = |ledger: &mut Ledger, second| ledger.last_before(time(second)).unwrap().unwrap().anchor();
    assert_eq!(ledger.last_before(time(10)).unwrap(), None);
    // The rollout p has entries at 20 s and 30 s.
    let last = cut(&mut ledger, 30);
    let refused = ledger.prune(time(50), &last, "old").unwrap_err().to_string();
    assert!(refused.contains("the rollout p has entries before and after the cut at entry 3"), "{refused}");
    let last = cut(&mut ledger, 20);
    let wrong = Anchor { hash: "a".repeat(64), ..last.clone() };
    assert!(ledger.prune(time(50), &wrong, "old").unwrap_err().to_string().contains("entry 2 is no longer what was archived"));
    let checkpoint = ledger.prune(time(50), &last, "old").unwrap();
    let again = ledger.prune(time(50), &last, "old").unwrap_err().to_string();
    assert!(again.contains("another run pruned entry 2 meanwhile: this ledger begins with entry 3 now"), "{again}");
    assert_eq!((checkpoint.seq, ledger.count().unwrap()), (7, 5));
    let verified = ledger.verify(None).unwrap();
    assert_eq!((verified.fault, verified.pruned_to, verified.entries), (None, Some(2), 5));
    let anchor = |index: usize| Anchor { seq: entries[index].seq, hash: entries[index].hash.clone() };
    assert_eq!(fault(folder.path(), Some(&anchor(1))), None);
    assert_eq!(fault(folder.path(), Some(&anchor(4))), None);
    assert!(fault(folder.path(), Some(&anchor(0))).unwrap().1.contains("it was pruned"));
    // Everything may go but the checkpoint, and the chain goes on.
    let last = cut(&mut ledger, 1000);
    ledger.prune(time(60), &last, "older").unwrap();
    ledger.append(time(70), vec![change("new", "pay", 1)]).unwrap();
    assert_eq!(numbers(&mut ledger, &Filter::default()), [8, 9]);
    assert_eq!(fault(folder.path(), None), None);
    alter(folder.path(), "DELETE FROM kadian_entries WHERE seq = 8").unwrap();
    assert!(fault(folder.path(), None).unwrap().1.contains("no checkpoint"));
}

#[test]
fn entries_move_to_another_ledger_with_their_chain() {
    let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut ledger = filled(folder.path());
    let entries = ledger.select(&Filter::default()).unwrap();
    let mut copy = open(other.path());
    let mut restore =
        |entries: &[crate::facts::Entry]| copy.write(time(0), &mut |writing| writing.restore(entries.to_vec(), None));
    assert_eq!(restore(&entries[..4]), Ok(4));
    assert_eq!(restore(&entries), Ok(2));
    assert_eq!(restore(&entries), Ok(0));
    let mut altered = entries.clone();
    altered[5].record = change("forged", "pay", 1);
    assert!(
        matches!(restore(&altered), Err(LedgerError::Refused(reason)) if reason.contains("entry 6 is not what was recorded"))
    );
    assert_eq!(copy.head().unwrap(), ledger.head().unwrap());
    assert_eq!(fault(other.path(), None), None);
    // Two histories never become one.
    let third = tempfile::tempdir().unwrap();
    let mut third = open(third.path());
    third.append(time(1), vec![change("own", "pay", 1)]).unwrap();
    let refused = third.write(time(0), &mut |writing| writing.restore(entries.clone(), None));
    assert!(matches!(refused, Err(LedgerError::Refused(reason)) if reason.contains("two ledgers cannot become one")));
    let gap = open(tempfile::tempdir().unwrap().path())
        .write(time(0), &mut |writing| writing.restore(vec![entries[0].clone(), entries[2].clone()], None));
    assert!(matches!(gap, Err(LedgerError::Refused(reason)) if reason.contains("entry 3 does not follow entry 1")));
    // A tail alone is no ledger, and follows nothing but what it followed.
    let empty = tempfile::tempdir().unwrap();
    let mut empty = open(empty.path());
    let tail = empty.write(time(0), &mut |writing| writing.restore(entries[2..].to_vec(), None));
    assert!(matches!(tail, Err(LedgerError::Refused(reason)) if reason.contains("the chain begins with entry 3")));
    assert_eq!(empty.count(), Ok(0));
    empty.write(time(0), &mut |writing| writing.restore(entries[..1].to_vec(), None)).unwrap();
    let tail = empty.write(time(0), &mut |writing| writing.restore(entries[2..].to_vec(), None));
    assert!(matches!(tail, Err(LedgerError::Refused(reason)) if reason.contains("entry 3 does not follow entry 1")));
    // What is left after a prune has the checkpoint.
    let cut = ledger.last_before(time(20)).unwrap().unwrap().anchor();
    ledger.prune(time(50), &cut, "old").unwrap();
    let left = ledger.select(&Filter::default()).unwrap();
    let pruned = tempfile::tempdir().unwrap();
    let restore = |entries: &[crate::facts::Entry], coming: Option<&crate::facts::Entry>| {
        open(pruned.path()).write(time(0), &mut |writing| writing.restore(entries.to_vec(), coming))
    };
    assert!(restore(&left[..4], None).is_err());
    assert_eq!((restore(&left[..2], left.last()), restore(&left, None)), (Ok(2), Ok(3)));
    assert_eq!(fault(pruned.path(), None), None);
}

#[test]
fn a_file_that_is_no_ledger_is_told_apart_from_an_empty_one() {
    let damaged = |bytes: &[u8]| {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ledger.db"), bytes).unwrap();
        match Ledger::open(&Address::parse("sqlite:ledger.db").unwrap(), folder.path()) {
            Err(LedgerError::Damaged(reason)) => reason,
            other => panic!("{other:?}"),
        }
    };
    assert!(damaged(b"").contains("is empty"));
    assert!(damaged(&b"not a database at all, but a long enough text ".repeat(40)).contains("is not a SQLite database"));
    let folder = tempfile::tempdir().unwrap();
    drop(filled(folder.path()));
    let whole = std::fs::read(folder.path().join("ledger.db")).unwrap();
    for size in [whole.len() / 2, whole.len() - 4096, 4096] {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ledger.db"), &whole[..size]).unwrap();
        let opened = Ledger::open(&Address::parse("sqlite:ledger.db").unwrap(), folder.path());
        let told = opened.and_then(|mut ledger| ledger.verify(None));
        let found = match &told {
            Ok(verified) => verified.fault.is_some(),
            Err(error) => matches!(error, LedgerError::Damaged(_)),
        };
        assert!(found, "{size}: {told:?}");
    }
}

#[test]
fn tables_of_others_and_of_newer_versions_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    alter(folder.path(), "CREATE TABLE users (name TEXT)").unwrap();
    let address = Address::parse("sqlite:ledger.db").unwrap();
    let foreign = Ledger::open(&address, folder.path());
    assert!(matches!(foreign, Err(LedgerError::Damaged(reason)) if reason.contains("`users`")));
    let folder = tempfile::tempdir().unwrap();
    drop(filled(folder.path()));
    alter(folder.path(), "INSERT INTO kadian_schema VALUES (99)").unwrap();
    let newer = Ledger::open(&address, folder.path());
    assert!(matches!(newer, Err(LedgerError::Refused(reason)) if reason.contains("newer kadian") && reason.contains("99")));
}

#[test]
fn a_ledger_that_is_not_there_is_not_made_by_reading() {
    let folder = tempfile::tempdir().unwrap();
    let address = Address::parse("sqlite:sub/ledger.db").unwrap();
    assert!(matches!(Ledger::open_existing(&address, folder.path()), Err(LedgerError::Unreachable(_))));
    assert!(!folder.path().join("sub").exists());
    drop(Ledger::open(&address, folder.path()).unwrap());
    assert!(Ledger::open_existing(&address, folder.path()).is_ok());
    let taken = Address::parse("sqlite:sub").unwrap();
    assert!(matches!(Ledger::open(&taken, folder.path()), Err(LedgerError::Refused(reason)) if reason.contains("is not a file")));
}

#[test]
fn threads_that_write_at_once_make_one_chain() {
    let folder = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let folder = folder.path();
            scope.spawn(move || {
                let mut ledger = open(folder);
                for number in 0..20 {
                    ledger.append(time(number), vec![change(&format!("{thread}-{number}"), "pay", number)]).unwrap();
                }
            });
        }
    });
    let verified = open(folder.path()).verify(None).unwrap();
    assert_eq!((verified.entries, verified.fault), (160, None));
}
