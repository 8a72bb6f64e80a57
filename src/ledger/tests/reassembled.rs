//! What was pruned comes back from its archives: all of it, or none.

use super::*;
use crate::facts::{CheckpointRecord, Entry};

/// A ledger that was pruned twice: both archives, and what is left.
struct Pruned {
    folder: tempfile::TempDir,
    first: Vec<Entry>,
    second: Vec<Entry>,
    left: Vec<Entry>,
}

fn pruned() -> Pruned {
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = filled(folder.path());
    let mut cut = |now: i64, before: i64| {
        let last = ledger.last_before(time(before)).unwrap().unwrap().anchor();
        let goes = ledger.select(&Filter { up_to: Some(last.seq), ..Filter::default() }).unwrap();
        ledger.prune(time(now), &last, "old").unwrap();
        goes
    };
    let (first, second) = (cut(50, 20), cut(60, 40));
    let left = ledger.select(&Filter::default()).unwrap();
    let numbers = |entries: &[Entry]| entries.iter().map(|entry| entry.seq).collect::<Vec<_>>();
    assert_eq!([numbers(&first), numbers(&second), numbers(&left)], [vec![1, 2], vec![3, 4, 5], vec![6, 7, 8]]);
    Pruned { folder, first, second, left }
}

fn restore(folder: &Path, entries: &[Entry]) -> Result<u64, LedgerError> {
    open(folder).write(time(0), &mut |writing| writing.restore(entries.to_vec(), None))
}

fn refusal(folder: &Path, entries: &[Entry]) -> String {
    match restore(folder, entries) {
        Err(LedgerError::Refused(reason)) => reason,
        other => panic!("{other:?}"),
    }
}

/// What both who look say: a walk over all, and a check that holds the newest against the chain.
fn is_sound(folder: &Path) -> bool {
    let mut ledger = open(folder);
    let verified = ledger.verify(None).unwrap();
    for newest in [0, 1, 3, 100] {
        let read = ledger.soundly(newest, &mut |sound| sound.select(&Filter::default()));
        assert_eq!(read.is_ok(), verified.fault.is_none(), "{newest}: {:?} {:?}", verified.fault, read.err());
    }
    verified.fault.is_none()
}

#[test]
fn the_archives_and_then_the_rest_are_a_whole_ledger() {
    let pruned = pruned();
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(restore(folder.path(), &pruned.first), Ok(2));
    assert!(is_sound(folder.path()));
    assert_eq!(restore(folder.path(), &pruned.second), Ok(3));
    assert_eq!(restore(folder.path(), &pruned.left), Ok(3));
    let verified = open(folder.path()).verify(None).unwrap();
    assert_eq!((verified.entries, verified.pruned_to, verified.fault), (8, None, None));
    assert!(is_sound(folder.path()));
    // Again, in any order: all of it is there.
    for entries in [&pruned.left, &pruned.first, &pruned.second] {
        assert_eq!(restore(folder.path(), entries), Ok(0));
    }
    // It may be pruned again, before a cut that was made already.
    let mut ledger = open(folder.path());
    ledger.prune(time(70), &Anchor { seq: 2, hash: pruned.first[1].hash.clone() }, "old").unwrap();
    assert!(is_sound(folder.path()));
    assert_eq!(ledger.verify(None).unwrap().pruned_to, Some(2));
    let rest = ledger.select(&Filter::default()).unwrap();
    let copy = tempfile::tempdir().unwrap();
    assert_eq!(restore(copy.path(), &rest), Ok(7));
    assert!(is_sound(copy.path()));
}

#[test]
fn what_was_pruned_does_not_come_back_below_what_is_left() {
    let pruned = pruned();
    let copy = tempfile::tempdir().unwrap();
    assert_eq!(restore(copy.path(), &pruned.left), Ok(3));
    for folder in [pruned.folder.path(), copy.path()] {
        let reason = refusal(folder, &pruned.first);
        assert!(reason.contains("entry 1 was pruned from this ledger, which begins with entry 6"), "{reason}");
        assert!(refusal(folder, &pruned.second).contains("entry 3 was pruned"));
        assert!(is_sound(folder));
    }
}

#[test]
fn a_part_of_what_was_pruned_is_no_ledger() {
    let pruned = pruned();
    // With the checkpoint of the first prune, the second archive would begin a chain, were it not for the newer one.
    let folder = tempfile::tempdir().unwrap();
    let part: Vec<Entry> = pruned.second.iter().chain(&pruned.left).cloned().collect();
    let reason = refusal(folder.path(), &part);
    assert!(reason.contains("would begin with entry 3, in the midst of what entry 8 says was pruned (up to 5)"), "{reason}");
    assert_eq!(restore(folder.path(), &part[..5]), Ok(5));
    assert!(is_sound(folder.path()));
    assert!(refusal(folder.path(), &pruned.left).contains("in the midst of"));
    // The same by a foreign hand.
    for (statement, seq) in [
        ("DELETE FROM kadian_entries WHERE seq = 1", 1),
        ("DELETE FROM kadian_entries WHERE seq <= 4", 4),
        ("DELETE FROM kadian_entries WHERE seq = 5", 5),
        ("DELETE FROM kadian_entries WHERE seq BETWEEN 2 AND 5", 2),
    ] {
        let folder = tempfile::tempdir().unwrap();
        for entries in [&pruned.first, &pruned.second, &pruned.left] {
            restore(folder.path(), entries).unwrap();
        }
        alter(folder.path(), statement).unwrap();
        assert!(!is_sound(folder.path()), "{statement}");
        assert_eq!(fault(folder.path(), None).unwrap().0, Some(seq), "{statement}");
    }
}

#[test]
fn a_checkpoint_names_the_entry_that_is_there() {
    for (seq, hash, wanted) in [
        (2, "a".repeat(64), "it says that entry 2 was pruned, and another one is there"),
        (7, "a".repeat(64), "it says that entry 7 was pruned before it"),
        (9, "a".repeat(64), "it says that entry 9 was pruned before it"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mut ledger = filled(folder.path());
        let record = CheckpointRecord { seq, hash, removed: 2, reason: "old".to_owned() };
        ledger.append(time(50), vec![Record::Checkpoint(record)]).unwrap();
        assert!(!is_sound(folder.path()), "{seq}");
        assert_eq!(fault(folder.path(), None), Some((Some(7), wanted.to_owned())));
        // An import is held to the same.
        let entries = ledger.select(&Filter::default()).unwrap();
        let copy = tempfile::tempdir().unwrap();
        assert_eq!(refusal(copy.path(), &entries), format!("entry 7: {wanted}"));
        assert_eq!(restore(copy.path(), &entries[..6]), Ok(6));
        assert!(refusal(copy.path(), &entries[6..]).contains(wanted));
        assert!(is_sound(copy.path()));
    }
}
