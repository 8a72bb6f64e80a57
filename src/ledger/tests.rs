//! The ledger in a SQLite file; the suite `tests/suites/ledger.rs` asks the same of a PostgreSQL server.

use std::path::Path;

use jiff::{SignedDuration, Timestamp};

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
