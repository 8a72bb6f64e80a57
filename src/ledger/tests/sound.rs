//! What a check reads, and what an append makes sure of, in a file that a foreign hand has reached into.

use super::*;

/// What a check sees of the ledger, with so many of its newest entries held against the chain.
fn seen(folder: &Path, newest: u64, filter: &Filter) -> Result<Vec<u64>, LedgerError> {
    let numbers = |entries: Vec<crate::facts::Entry>| entries.iter().map(|entry| entry.seq).collect();
    open(folder).soundly(newest, &mut |sound| sound.select(filter)).map(numbers)
}

fn damage(folder: &Path, newest: u64, filter: &Filter) -> String {
    match seen(folder, newest, filter) {
        Err(LedgerError::Damaged(reason)) => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_column_that_was_altered_hides_no_entry_and_shows_none() {
    for statement in [
        "UPDATE kadian_entries SET kind = 'change' WHERE seq = 4",
        "UPDATE kadian_entries SET service = 'x' WHERE seq = 4",
        "UPDATE kadian_entries SET plan = 'x' WHERE seq = 4",
        "UPDATE kadian_entries SET plan = 'x'",
        "UPDATE kadian_entries SET batch = 2 WHERE seq = 4",
        "UPDATE kadian_entries SET ident = 'x' WHERE seq = 5",
        "UPDATE kadian_entries SET happened_us = happened_us - 3600000000 WHERE seq = 4",
        "UPDATE kadian_entries SET at_us = at_us - 1 WHERE seq = 4",
        "UPDATE kadian_entries SET body = body || ' ' WHERE seq = 4",
    ] {
        let folder = tempfile::tempdir().unwrap();
        drop(filled(folder.path()));
        alter(folder.path(), statement).unwrap();
        let plan = Filter { plan: Some("p".into()), ..Filter::default() };
        let reason = damage(folder.path(), 100, &plan);
        assert!(["entry 1", "entry 4", "entry 5"].iter().any(|entry| reason.starts_with(entry)), "{statement}: {reason}");
        // Any reader that meets the entry says so, however it came to it.
        let read = open(folder.path()).select(&Filter::default());
        assert!(matches!(read, Err(LedgerError::Damaged(_))), "{statement}: {read:?}");
    }
}

#[test]
fn an_entry_that_is_gone_is_missed_wherever_it_was() {
    for (statement, wanted) in [
        ("DELETE FROM kadian_entries WHERE seq = 1", "no checkpoint says that they were pruned"),
        ("DELETE FROM kadian_entries WHERE seq = 2", "from 1 to 6 it holds 5"),
        ("DELETE FROM kadian_entries WHERE seq = 5", "from 1 to 6 it holds 5"),
        ("UPDATE kadian_entries SET seq = -3 WHERE seq = 2", "there is an entry -3"),
    ] {
        for newest in [0, 2, 100] {
            let folder = tempfile::tempdir().unwrap();
            drop(filled(folder.path()));
            alter(folder.path(), statement).unwrap();
            let reason = damage(folder.path(), newest, &Filter::default());
            assert!(reason.contains(wanted), "{statement}: {reason}");
        }
    }
}

#[test]
fn older_entries_than_are_checked_are_read_by_their_columns() {
    let folder = tempfile::tempdir().unwrap();
    drop(filled(folder.path()));
    let shop = Filter { service: Some("shop".into()), ..Filter::default() };
    assert_eq!(seen(folder.path(), 2, &shop), Ok(vec![2]));
    alter(folder.path(), "UPDATE kadian_entries SET service = 'pay' WHERE seq = 2").unwrap();
    // What the documentation says: this one is found by `verify`, or by whoever reads the entry.
    assert_eq!(seen(folder.path(), 2, &shop), Ok(vec![]));
    assert!(damage(folder.path(), 2, &Filter { service: Some("pay".into()), ..Filter::default() }).contains("entry 2"));
    assert!(damage(folder.path(), 5, &shop).contains("entry 2"));
    assert!(fault(folder.path(), None).is_some());
    // The newest ones follow the one before them.
    let folder = tempfile::tempdir().unwrap();
    drop(filled(folder.path()));
    let other = tempfile::tempdir().unwrap();
    let mut ledger = open(other.path());
    ledger.append(time(1), (0..4).map(|number| change(&number.to_string(), "other", 1)).collect()).unwrap();
    drop(ledger);
    let attach = format!("ATTACH '{}' AS other", other.path().join("ledger.db").display());
    alter(folder.path(), &format!("{attach}; DELETE FROM main.kadian_entries WHERE seq <= 4; INSERT INTO main.kadian_entries SELECT * FROM other.kadian_entries"))
        .unwrap();
    assert!(damage(folder.path(), 2, &Filter::default()).contains("entry 5: it does not follow entry 4"));
}

#[test]
fn what_was_pruned_is_not_missed() {
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = filled(folder.path());
    let cut = ledger.last_before(time(20)).unwrap().unwrap().anchor();
    ledger.prune(time(50), &cut, "old").unwrap();
    drop(ledger);
    for newest in [0, 1, 3, 5, 100] {
        assert_eq!(seen(folder.path(), newest, &Filter::default()), Ok(vec![3, 4, 5, 6, 7]), "{newest}");
    }
    alter(folder.path(), "DELETE FROM kadian_entries WHERE seq = 3").unwrap();
    assert!(damage(folder.path(), 2, &Filter::default()).contains("no checkpoint"));
    alter(folder.path(), "DELETE FROM kadian_entries").unwrap();
    assert_eq!(seen(folder.path(), 100, &Filter::default()), Ok(vec![]));
}

#[test]
fn what_came_since_a_look_follows_what_was_seen() {
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = filled(folder.path());
    let head = ledger.head().unwrap();
    let since = |ledger: &mut Ledger, head: &Option<super::super::Head>| {
        ledger.write(time(60), &mut |writing| writing.is_sound_since(head.as_ref()))
    };
    assert_eq!(since(&mut ledger, &head), Ok(()));
    assert_eq!(since(&mut ledger, &None), Ok(()));
    ledger.append(time(50), vec![change("d", "pay", 1)]).unwrap();
    assert_eq!(since(&mut ledger, &head), Ok(()));
    let other = Some(super::super::Head { hash: "a".repeat(64), ..head.clone().unwrap() });
    assert!(matches!(since(&mut ledger, &other), Err(LedgerError::Damaged(_))));
    alter(folder.path(), "DELETE FROM kadian_entries WHERE seq > 4").unwrap();
    assert!(matches!(since(&mut ledger, &head), Err(LedgerError::Damaged(reason)) if reason.contains("no longer the one")));
}

#[test]
fn an_append_that_a_trigger_swallows_or_alters_is_not_acknowledged() {
    for trigger in [
        "CREATE TRIGGER t BEFORE INSERT ON kadian_entries BEGIN SELECT raise(IGNORE); END",
        "CREATE TRIGGER t BEFORE INSERT ON kadian_entries WHEN NEW.seq = 8 BEGIN SELECT raise(IGNORE); END",
        "CREATE TRIGGER t AFTER INSERT ON kadian_entries BEGIN DELETE FROM kadian_entries WHERE seq = NEW.seq; END",
        "CREATE TRIGGER t AFTER INSERT ON kadian_entries BEGIN UPDATE kadian_entries SET plan = 'x' WHERE seq = 7; END",
        "CREATE TRIGGER t AFTER INSERT ON kadian_entries WHEN NEW.seq = 8 BEGIN UPDATE kadian_entries SET hash = prev WHERE seq = 8; END",
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mut ledger = filled(folder.path());
        alter(folder.path(), trigger).unwrap();
        let appended = ledger.append(time(50), vec![change("d", "pay", 1), change("e", "pay", 2), change("f", "pay", 3)]);
        assert!(
            matches!(&appended, Err(LedgerError::Damaged(reason)) if reason.contains("stands in between")),
            "{trigger}: {appended:?}"
        );
        assert_eq!(ledger.count().unwrap(), 6, "{trigger}");
        let (seq, reason) = fault(folder.path(), None).unwrap();
        assert!(seq.is_none() && reason.contains("the trigger t"), "{trigger}: {reason}");
        alter(folder.path(), "DROP TRIGGER t").unwrap();
        assert_eq!(fault(folder.path(), None), None);
    }
}

#[test]
fn a_prune_that_a_trigger_hinders_ends() {
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = filled(folder.path());
    alter(folder.path(), "CREATE TRIGGER t BEFORE DELETE ON kadian_entries BEGIN SELECT raise(IGNORE); END").unwrap();
    let cut = ledger.last_before(time(20)).unwrap().unwrap().anchor();
    let refused = ledger.prune(time(50), &cut, "old");
    assert!(matches!(&refused, Err(LedgerError::Damaged(reason)) if reason.contains("entry 1 is not removed")), "{refused:?}");
    assert_eq!(ledger.count().unwrap(), 6);
}

#[test]
fn views_are_named_and_take_no_table_s_place() {
    let folder = tempfile::tempdir().unwrap();
    drop(filled(folder.path()));
    alter(folder.path(), "CREATE VIEW v AS SELECT * FROM kadian_entries").unwrap();
    assert!(fault(folder.path(), None).unwrap().1.contains("the view v"));
    let hide = "ALTER TABLE kadian_entries RENAME TO e; CREATE VIEW kadian_entries AS SELECT * FROM e WHERE seq <= 5";
    alter(folder.path(), &format!("DROP VIEW v; {hide}")).unwrap();
    let opened = Ledger::open(&Address::parse("sqlite:ledger.db").unwrap(), folder.path());
    assert!(matches!(opened, Err(LedgerError::Damaged(reason)) if reason.contains("its table of entries is gone")));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    /// What is chosen in memory is what the store chooses.
    #[test]
    fn a_check_selects_what_a_selection_does(
        newest in 0_u64..8,
        kinds in prop::sample::subsequence(vec![RecordKind::Change, RecordKind::Batch, RecordKind::Incident, RecordKind::Plan], 0..4),
        service in prop::option::of(prop::sample::select(vec!["pay", "shop", "none"])),
        plan in prop::option::weighted(0.2, Just("p")),
        keys in prop::sample::subsequence(vec!["a", "b", "i", "n\0l", "x"], 0..3),
        (since, until) in (prop::option::of(0_i64..70), prop::option::of(0_i64..70)),
        (after, up_to) in (prop::option::of(0_u64..8), prop::option::of(0_u64..9)),
        newest_first in any::<bool>(),
        limit in prop::option::of(0_u64..8),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mut ledger = filled(folder.path());
        ledger.append(time(65), vec![change("n\0l", "pay", 65)]).unwrap();
        let moment = |second: i64| time(second) - SignedDuration::from_nanos(i64::from(second % 2 == 0));
        let filter = Filter {
            kinds,
            service: service.map(str::to_owned),
            plan: plan.map(str::to_owned),
            keys: keys.into_iter().map(str::to_owned).collect(),
            since: since.map(moment),
            until: until.map(moment),
            after,
            up_to,
            newest_first,
            limit,
        };
        let wanted = numbers(&mut ledger, &filter);
        prop_assert_eq!(seen(folder.path(), newest, &filter).unwrap(), wanted);
    }
}
