//! What is left after a process was killed, a disk was full, a clock went back, or many wrote at once.

use std::io::{BufRead, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use kadian::facts::{IncidentRecord, IncidentState, Record};
use kadian::ledger::{Address, Filter, Ledger};
use libtest_mimic::Trial;

use super::{World, changes, trial};

pub(super) fn trials() -> Vec<Trial> {
    vec![
        trial("ledger::a-kill-at-any-moment-loses-nothing-acknowledged", || killed(&World::sqlite())),
        trial("ledger::an-import-that-is-killed-is-whole-up-to-what-it-told", || killed_import(&World::sqlite())),
        trial("ledger::sixty-four-processes-write-at-once", || at_once(&World::sqlite())),
        trial("ledger::a-full-disk-loses-nothing-acknowledged", full_disk),
        trial("ledger::a-clock-that-goes-back-leaves-the-chain-in-order", || clock(&World::sqlite())),
        trial("ledger::a-folder-that-cannot-be-written-is-named", read_only),
    ]
}

/// Kills a process after each of many delays; whoever said that it recorded something did.
pub(super) fn killed(world: &World) {
    let mut told = Vec::new();
    let mut cut = 0;
    // From before the start of the program to after its end, however slow the machine is.
    let mut number = 0_u64;
    while told.len() < 15 {
        assert!(number < 1000, "no process ends within two seconds");
        let id = format!("CHG-{number}");
        let arguments = World::change(&id);
        let mut child = world.command(&arguments.iter().map(String::as_str).collect::<Vec<_>>()).spawn().expect("it starts");
        thread::sleep(Duration::from_millis(number * 2));
        let _ = child.kill();
        let output = child.wait_with_output().expect("it ends");
        if String::from_utf8_lossy(&output.stdout).contains("recorded change") {
            told.push(id);
        } else {
            cut += 1;
        }
        number += 1;
    }
    assert!(cut > 0, "no process was killed in time");
    let last = World::change("last");
    world.ok(&last.iter().map(String::as_str).collect::<Vec<_>>());
    let ids = world.ids();
    assert!(told.iter().all(|id| ids.contains(id)), "told {told:?}, found {ids:?}");
    let mut once = ids.clone();
    once.dedup();
    assert_eq!(once, ids);
    world.sound();
}

fn progress(child: &mut Child) -> impl Iterator<Item = u64> + '_ {
    let lines = BufReader::new(child.stderr.take().expect("stderr is piped")).lines().map_while(Result::ok);
    lines.filter_map(|line| line.split(" read, ").nth(1)?.split(' ').next()?.parse().ok())
}

pub(super) fn killed_import(world: &World) {
    changes(world.path(), 110_000);
    let mut acknowledged = 0;
    for round in 0..3_u64 {
        let mut child = world.command(&["import", "changes.csv"]).spawn().expect("it starts");
        acknowledged = progress(&mut child).next().unwrap_or_default().max(acknowledged);
        thread::sleep(Duration::from_millis(round * 150));
        let _ = child.kill();
        let _ = child.wait();
        assert!(world.count() >= acknowledged, "{acknowledged} were told");
    }
    assert!(acknowledged > 0);
    let done = world.ok(&["import", "changes.csv"]);
    assert!(done.starts_with("110000 records read: "), "{done}");
    assert_eq!(world.count(), 110_000);
}

pub(super) fn at_once(world: &World) {
    let children: Vec<(String, Child)> = (0..64)
        .map(|number| {
            let id = format!("CHG-{number}");
            let arguments = World::change(&id);
            let child = world.command(&arguments.iter().map(String::as_str).collect::<Vec<_>>()).spawn().expect("it starts");
            (id, child)
        })
        .collect();
    let mut ids: Vec<String> = Vec::new();
    for (id, child) in children {
        let output = child.wait_with_output().expect("it ends");
        assert!(output.status.success(), "{id}: {}", String::from_utf8_lossy(&output.stderr));
        ids.push(id);
    }
    let mut found = world.ids();
    found.sort();
    ids.sort();
    assert_eq!(found, ids);
    assert_eq!(world.count(), 64);
}

fn full_disk() {
    let world = World::sqlite();
    changes(world.path(), 60_000);
    let before = World::change("before");
    world.ok(&before.iter().map(String::as_str).collect::<Vec<_>>());
    // No file may become larger than this many blocks of 512 bytes; the signal is left to the program as an error of its write.
    for blocks in [64, 700, 3000, 20_000] {
        let mut child = Command::new("sh")
            .args(["-c", "trap '' XFSZ; ulimit -f \"$1\"; shift; exec \"$@\"", "sh", &blocks.to_string()])
            .arg(env!("CARGO_BIN_EXE_kadian"))
            .args(["ledger", "import", "changes.csv"])
            .current_dir(world.path())
            .env("KADIAN_LEDGER", &world.address)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("sh starts");
        let mut told = String::new();
        child.stderr.take().expect("stderr is piped").read_to_string(&mut told).expect("text");
        assert_eq!(child.wait().expect("it ends").code(), Some(2), "{blocks}: {told}");
        assert!(told.contains("error: the ledger is out of reach: "), "{blocks}: {told}");
        let told = told.lines().rev().find_map(|line| line.split(" read, ").nth(1)?.split(' ').next()?.parse::<u64>().ok());
        assert!(world.count() > told.unwrap_or_default(), "{blocks}");
        assert!(world.ids().contains(&"before".to_owned()));
    }
    world.ok(&["import", "changes.csv"]);
    assert_eq!(world.count(), 60_001);
}

pub(super) fn clock(world: &World) {
    let mut ledger = Ledger::open(&Address::parse(&world.address).expect("an address"), world.path()).expect("a ledger");
    let start: Timestamp = "2026-01-01T00:00:00Z".parse().expect("a time");
    for seconds in [0, 100, -5000, 50, 200, 199] {
        let now = start + SignedDuration::from_secs(seconds);
        let incident = IncidentRecord {
            id: format!("INC{seconds}"),
            service: "pay".to_owned(),
            state: IncidentState::Opened,
            happened_at: now,
            severity: None,
            title: None,
            cause: None,
        };
        ledger.append(now, vec![Record::Incident(incident)]).expect("it is appended");
    }
    let entries = ledger.select(&Filter::default()).expect("entries");
    let seconds: Vec<i64> = entries.iter().map(|entry| entry.at.duration_since(start).as_secs()).collect();
    assert_eq!(seconds, [0, 100, 100, 100, 200, 200]);
    world.sound();
}

fn read_only() {
    let world = World::sqlite();
    let folder = Path::new("/proc/1");
    let address = format!("--ledger=sqlite:{}/ledger.db", folder.display());
    let arguments = World::change("a");
    let mut all: Vec<&str> = arguments.iter().map(String::as_str).collect();
    all.push(&address);
    let told = world.refused(&all);
    assert!(told.contains("the ledger is out of reach: /proc/1/ledger.db-lock cannot be written"), "{told}");
}
