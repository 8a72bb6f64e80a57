//! What each command answers; the same on both stores.

use libtest_mimic::Trial;

use super::{World, changes, trial};
use crate::support::program::kadian;

pub(super) fn trials() -> Vec<Trial> {
    vec![
        trial("ledger::a-rollout-is-recorded-and-looked-up", || rollout(&World::sqlite())),
        trial("ledger::what-cannot-have-happened-is-refused", || refused(&World::sqlite())),
        trial("ledger::a-ledger-moves-with-its-chain", || moves(&World::sqlite(), &World::sqlite())),
        trial("ledger::a-prune-archives-first", || prune(&World::sqlite(), &World::sqlite())),
        trial("ledger::an-import-goes-on-where-it-was-cut", || import(&World::sqlite())),
        trial("ledger::the-address-comes-from-the-nearest-place", addresses),
        trial("ledger::no-message-tells-the-password", no_password),
    ]
}

pub(super) fn rollout(world: &World) {
    let batch =
        |number: &str, state: &str| world.ok(&["record", "batch", "--plan=plan.yaml", "--batch", number, "--state", state]);
    assert_eq!(batch("1", "started"), "recorded batch 1 of pay-2-a as entry 2\n");
    assert_eq!(batch("1", "started"), "batch 1 of pay-2-a is entry 2 already; nothing was recorded\n");
    assert_eq!(batch("1", "done"), "recorded batch 1 of pay-2-a as entry 3\n");
    let early = world.run(&["record", "batch", "--plan=plan.yaml", "--batch=3", "--state=started"]);
    assert_eq!((early.code, early.stderr.as_str()), (0, "note: batch 2 of pay-2-a is not recorded as done\n"));
    assert_eq!(batch("3", "rolled_back"), "recorded batch 3 of pay-2-a as entry 5\n");
    let incident = ["record", "incident", "--id=INC-1", "--service=pay", "--state=opened", "--at=2026-01-01T00:00:00Z"];
    assert_eq!(world.ok(&incident), "recorded incident INC-1 as entry 6\n");
    assert_eq!(world.ok(&incident), "incident INC-1 is entry 6 already; nothing was recorded\n");
    let change = World::change("CHG-1");
    let change: Vec<&str> = change.iter().map(String::as_str).collect();
    assert_eq!(world.ok(&change), "recorded change CHG-1 as entry 7\n");
    assert_eq!(world.ok(&change), "change CHG-1 is entry 7 already; nothing was recorded\n");
    let ended = [&change[..], &["--ended-at=2026-01-01T01:00:00Z", "--label=a=b=c"]].concat();
    assert_eq!(world.ok(&ended), "recorded change CHG-1 as entry 8\n");
    let exception =
        ["record", "override", "--plan=plan.yaml", "--subject=freeze:year end", "--reason=fire", "--until=2999-01-01T00:00:00Z"];
    assert!(world.refused(&[&exception[..], &["--by=ana", "--by=Ana"]].concat()).contains("two different people"));
    let by = [&exception[..], &["--by=ana", "--by=bo"]].concat();
    assert_eq!(world.ok(&by), "recorded override of freeze:year end until 2999-01-01T00:00:00Z as entry 9\n");

    let log = world.ok(&["log"]);
    assert_eq!(log.lines().count(), 10, "{log}");
    assert!(log.lines().all(|line| line.chars().count() <= 80), "{log}");
    assert!(log.contains("  plan      pay      pay-2-a: daily 1 to 2, 3 batches\n"), "{log}");
    assert!(log.contains("pay-2-a batch 1 done east\n"), "{log}");
    let numbers = |arguments: &[&str]| -> Vec<u64> {
        let all = [&["log", "--format=json"], arguments].concat();
        let entries: serde_json::Value = serde_json::from_str(&world.ok(&all)).expect("JSON");
        entries.as_array().expect("a list").iter().map(|entry| entry["seq"].as_u64().expect("a number")).collect()
    };
    assert_eq!(numbers(&["--plan=pay-2-a"]), [1, 2, 3, 4, 5, 9]);
    assert_eq!(numbers(&["--kind=change", "--kind=incident"]), [6, 7, 8]);
    assert_eq!(numbers(&["--limit=2"]), [8, 9]);
    assert_eq!(numbers(&["--until=2026-01-01T00:00:01Z"]), [6, 7, 8]);
    assert_eq!(numbers(&["--since=2026-01-02", "--service=pay", "--kind=override"]), [9]);
    assert_eq!(numbers(&["--service=shop"]), [0_u64; 0]);
    assert_eq!(world.ok(&["log", "--service=shop"]), "no entries\n");
    assert!(world.refused(&["log", "--kind=chagne"]).contains("did you mean `change`?"));
    assert!(world.refused(&["log", "--since=yesterday"]).contains("neither a time nor a day"));

    let shown = |what: &str| serde_json::from_str::<serde_json::Value>(&world.ok(&["show", what])).expect("JSON");
    assert_eq!(shown("7")[0]["record"]["id"], "CHG-1");
    assert_eq!(shown("CHG-1").as_array().map(Vec::len), Some(2));
    assert_eq!(shown("pay-2-a").as_array().map(Vec::len), Some(6));
    assert!(world.refused(&["show", "99"]).contains("no entry `99`"));
    assert_eq!(world.count(), 9);
}

pub(super) fn refused(world: &World) {
    let batch = |number: &str, state: &str| {
        ["record", "batch", "--plan=plan.yaml", "--batch", number, "--state", state].map(str::to_owned)
    };
    let refused = |number: &str, state: &str| {
        let arguments = batch(number, state);
        world.refused(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
    };
    for state in ["done", "failed", "rolled_back"] {
        assert!(refused("1", state).contains("batch 1 was never started"), "{state}");
    }
    assert!(refused("4", "started").contains("the plan pay-2-a has batches 1 to 3"));
    assert!(refused("0", "started").contains("batches 1 to 3"));
    // Nothing of what was refused is there, the plan itself included.
    assert_eq!(world.ok(&["log"]), "no entries\n");
    let started = batch("1", "started");
    world.ok(&started.iter().map(String::as_str).collect::<Vec<_>>());
    std::fs::write(world.path().join("plan.yaml"), super::PLAN.replace("percent: 5,", "percent: 6,")).expect("a plan");
    let other = refused("1", "done");
    assert!(other.contains("was recorded with the digest") && other.contains("needs an id of its own"), "{other}");
    let digests = other.split_whitespace().map(|word| word.trim_matches([',', ':', ';']));
    assert_eq!(digests.filter(|word| word.len() == 64).count(), 2, "{other}");
    std::fs::write(world.path().join("plan.yaml"), "version: 1\nid: x\n").expect("a plan");
    assert!(refused("1", "done").contains("plan.yaml: "));
    let located = ["record", "incident", "--id=INC-9", "--service=pay", "--state=located"];
    assert!(world.refused(&located).contains("never opened"));
    std::fs::write(world.path().join("change.json"), "{\"id\": \"x\", \"servcie\": 1}").expect("a file");
    assert!(world.refused(&["record", "change", "--file=change.json"]).contains("unknown field `servcie`"));
    assert_eq!(world.count(), 2);
}

pub(super) fn moves(world: &World, other: &World) {
    rollout(world);
    assert_eq!(world.ok(&["export", "ledger.jsonl"]), "9 entries are in ledger.jsonl\n");
    assert!(world.refused(&["export", "ledger.jsonl"]).contains("cannot be written"));
    let file = world.path().join("ledger.jsonl");
    let name = file.to_string_lossy().into_owned();
    assert_eq!(other.ok(&["import", &name]), "9 records read: 9 recorded, 0 there already\n");
    assert_eq!(other.ok(&["import", &name]), "9 records read: 0 recorded, 9 there already\n");
    assert_eq!(other.ok(&["verify"]), world.ok(&["verify"]));
    assert_eq!(other.ok(&["export"]), world.ok(&["export"]));
    let text = std::fs::read_to_string(&file).expect("the export");
    std::fs::write(&file, text.replace("\"state\":\"done\"", "\"state\":\"failed\"")).expect("a file");
    let third = World::sqlite();
    let tail = text.splitn(3, '\n').nth(2).expect("a third line");
    let part = |text: &str| std::fs::write(world.path().join("part.jsonl"), text).expect("a file");
    let part_name = world.path().join("part.jsonl").to_string_lossy().into_owned();
    part(tail);
    assert!(third.refused(&["import", &part_name]).contains("part.jsonl: the chain begins with entry 3"));
    assert_eq!(third.count(), 0);
    // The last line need not end; then the tail follows.
    part(text.lines().next().expect("an entry"));
    assert_eq!(third.ok(&["import", &part_name]), "1 records read: 1 recorded, 0 there already\n");
    part(tail);
    assert!(third.refused(&["import", &part_name]).contains("entry 3 does not follow entry 1"));
    part(text.trim_end());
    assert_eq!(third.ok(&["import", &part_name]), "9 records read: 8 recorded, 1 there already\n");
    third.ok(&["verify"]);
    let third = World::sqlite();
    assert!(third.refused(&["import", &name]).contains("entry 3 is not what was recorded"));
    let change = "{\"id\":\"a\",\"service\":\"pay\",\"type\":\"daily\",\"started_at\":\"2026-01-01T00:00:00Z\"}\n";
    std::fs::write(&file, format!("{text}{change}")).expect("a file");
    assert!(third.refused(&["import", &name]).contains("mixes changes with entries"));
}

/// `archive` is an empty ledger, into which the archive goes and then what is left.
pub(super) fn prune(world: &World, archive: &World) {
    let record = |id: &str, now: &str| {
        let change = World::change(id);
        let mut arguments: Vec<&str> = change.iter().map(String::as_str).collect();
        arguments.extend(["--now", now]);
        world.ok(&arguments);
    };
    for (id, now) in [("a", "2025-01-01T00:00:00Z"), ("b", "2025-02-01T00:00:00Z"), ("c", "2026-01-01T00:00:00Z")] {
        record(id, now);
    }
    let before = world.sound();
    let anchor = before.lines().find_map(|line| line.strip_prefix("head: ")).expect("a head").to_owned();
    assert!(world.refused(&["prune", "--archive=old.jsonl"]).contains("nobody says how long entries are kept"));
    std::fs::write(
        world.path().join("kadian.yaml"),
        "version: 1\nservice: {name: pay}\nsettings: {history: {retention: 365d}}\n",
    )
    .expect("a file");
    let kept = world.ok(&["prune", "--archive=old.jsonl", "--now=2025-12-31T00:00:00Z"]);
    assert_eq!(kept, "nothing was recorded before 2024-12-31T00:00:00Z\n");
    let asked = world.ok(&["prune", "--archive=old.jsonl", "--now=2026-01-02T00:00:00Z"]);
    assert!(asked.contains("entries up to 1 ") && asked.contains("say --yes"), "{asked}");
    std::fs::remove_file(world.path().join("kadian.yaml")).expect("it was there");
    let asked = world.ok(&["prune", "--before=2025-06-01", "--archive=old.jsonl"]);
    assert!(asked.contains("entries up to 2 ") && asked.contains("say --yes"), "{asked}");
    assert!(!world.path().join("old.jsonl").exists());
    let pruned = world.ok(&["prune", "--before=2025-06-01", "--archive=old.jsonl", "--yes"]);
    assert_eq!(pruned, "2 entries up to 2 are in old.jsonl and gone from the ledger; entry 4 stands for them\n");
    assert!(world.ok(&["verify", "--expect", &anchor]).contains("entries 1 to 2 were pruned"));
    assert_eq!(world.ids(), ["c"]);
    assert!(world.ok(&["log"]).contains("2 entries up to 2 were pruned"));
    // What is left moves on with the checkpoint that begins it.
    let left = world.ok(&["export"]);
    std::fs::write(world.path().join("left.jsonl"), left.trim_end()).expect("a file");
    let moved = World::sqlite();
    moved.ok(&["import", &world.path().join("left.jsonl").to_string_lossy()]);
    assert_eq!((moved.ok(&["verify"]), moved.ok(&["export"])), (world.ok(&["verify"]), left));
    let [old, rest] = ["old.jsonl", "left.jsonl"].map(|name| world.path().join(name).to_string_lossy().into_owned());
    archive.ok(&["import", &old]);
    assert_eq!((archive.ids(), archive.count()), (vec!["a".to_owned(), "b".to_owned()], 2));
    // The archive and then what is left are all that was recorded; below what is left nothing comes back.
    assert_eq!(archive.ok(&["import", &rest]), "2 records read: 2 recorded, 0 there already\n");
    assert!(archive.ok(&["verify", "--expect", &anchor]).starts_with("sound: 4 entries\nhead: 4:"));
    assert_eq!(archive.ids(), ["a", "b", "c"]);
    for whole in [&old, &rest] {
        assert!(archive.ok(&["import", whole]).contains(" 0 recorded, 2 there already"));
    }
    for pruned in [world, &moved] {
        let refused = pruned.refused(&["import", &old]);
        assert!(refused.contains("old.jsonl: entry 1 was pruned from this ledger, which begins with entry 3"), "{refused}");
        assert_eq!((pruned.ids(), pruned.count()), (vec!["c".to_owned()], 2));
    }
    assert_eq!(
        world.ok(&["prune", "--before=2024-01-01", "--archive=x.jsonl", "--yes"]),
        "nothing was recorded before 2024-01-01T00:00:00Z\n"
    );
    let taken = world.refused(&["prune", "--before=2026-01-02", "--archive=old.jsonl", "--yes"]);
    assert!(taken.contains("old.jsonl cannot be written"), "{taken}");
    assert_eq!(world.ids(), ["c"]);
}

pub(super) fn import(world: &World) {
    let path = changes(world.path(), 51_000);
    let text = std::fs::read_to_string(&path).expect("the changes");
    std::fs::write(&path, format!("{text}CHG-x,,config,2026-01-01T00:00:00Z,y\n")).expect("a file");
    let failed = world.run(&["import", "changes.csv"]);
    assert_eq!(failed.code, 2);
    assert!(failed.stderr.contains("changes.csv: line 51002: service is empty"), "{}", failed.stderr);
    assert!(failed.stderr.contains("51000 records before it are in the ledger"), "{}", failed.stderr);
    std::fs::write(&path, format!("{text}CHG-1,pay,config,2026-01-01T00:00:00Z,told anew\n")).expect("a file");
    let done = world.run(&["import", "changes.csv"]);
    assert_eq!(
        done.stdout,
        "51001 records read: 1 recorded, 51000 there already; 1 of the recorded ones renew an id that was known\n"
    );
    assert!(done.stderr.starts_with("50000 read, 0 recorded, "), "{}", done.stderr);
    assert_eq!(world.count(), 51_001);
    let plan = world.refused(&["import", "plan.yaml"]);
    assert!(plan.starts_with("error: plan.yaml: line 1: unknown column `version: 1`; did you mean `version`?"), "{plan}");
}

fn addresses() {
    let folder = tempfile::tempdir().expect("a folder");
    let ledger = |arguments: &[&str], variables: &[(&str, &str)]| {
        let all = [&["ledger"], arguments].concat();
        kadian(folder.path(), &all, variables, "")
    };
    let none = ledger(&["log"], &[]);
    assert_eq!(none.code, 2);
    assert!(none.stderr.contains("no ledger is named") && none.stderr.contains("KADIAN_LEDGER"), "{}", none.stderr);
    let change = World::change("a");
    let record: Vec<&str> = change.iter().map(String::as_str).collect();
    for (arguments, variables, file) in [
        (&["--ledger=sqlite:one/x.db"][..], &[("KADIAN_LEDGER", "sqlite:two.db")][..], "one/x.db"),
        (&[], &[("KADIAN_LEDGER", "sqlite:two.db")], "two.db"),
        (&[], &[], "three.db"),
    ] {
        std::fs::write(folder.path().join("kadian.yaml"), "version: 1\nledger: sqlite:three.db\n").expect("a file");
        let run = ledger(&[&record[..], arguments].concat(), variables);
        assert_eq!(run.code, 0, "{}", run.stderr);
        assert!(folder.path().join(file).is_file(), "{file}");
    }
    let missing = ledger(&["log", "--ledger=sqlite:none.db"], &[]);
    assert_eq!(missing.code, 2);
    assert!(missing.stderr.contains("none.db does not exist"), "{}", missing.stderr);
    assert!(!folder.path().join("none.db").exists());
}

fn no_password() {
    let folder = tempfile::tempdir().expect("a folder");
    for address in
        ["postgres://kadian:hunter2@127.0.0.1:1/x", "postgres://kadian:hun/hunter2@127.0.0.1/x", "mysql://a:hunter2@b/c"]
    {
        let run = kadian(folder.path(), &["ledger", "log"], &[("KADIAN_LEDGER", address)], "");
        assert_eq!(run.code, 2, "{address}");
        assert!(!run.stderr.contains("hunter2"), "{}", run.stderr);
        std::fs::write(folder.path().join("kadian.yaml"), format!("version: 1\nledger: {address}\n")).expect("a file");
        let run = kadian(folder.path(), &["ledger", "log"], &[], "");
        assert_eq!(run.code, 2, "{address}");
        assert!(!run.stderr.contains("hunter2"), "{}", run.stderr);
    }
}
