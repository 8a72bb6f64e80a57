//! The same on a real PostgreSQL server, and what only a server can do: go away in the middle.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::thread;
use std::time::Duration;

use jiff::Timestamp;
use kadian::facts::{IncidentRecord, IncidentState, Record};
use kadian::ledger::{Address, Filter, Ledger, LedgerError};
use libtest_mimic::Trial;

use super::{World, ask, commands, crash, trial};
use crate::support::postgres::{PASSWORD, Postgres};

pub(super) fn trials() -> Vec<Trial> {
    vec![
        trial("ledger::postgres::commands-answer-as-on-sqlite", commands_answer),
        trial("ledger::postgres::crashes-lose-nothing-acknowledged", crashes),
        trial("ledger::postgres::a-lost-connection-appends-once", lost_connection),
        trial("ledger::postgres::a-server-that-stops-is-waited-for", server_stops),
        trial("ledger::postgres::certificates-are-checked-as-asked", certificates),
    ]
}

/// Each schema is a ledger of its own.
fn world(server: &Postgres, name: &str) -> World {
    server.sql(&format!("CREATE SCHEMA {name}"));
    World::at(format!("{}?options=-csearch_path%3D{name}", server.address()))
}

fn commands_answer() {
    let server = Postgres::start();
    commands::rollout(&world(&server, "a"));
    commands::refused(&world(&server, "b"));
    commands::moves(&world(&server, "c"), &World::sqlite());
    commands::moves(&World::sqlite(), &world(&server, "d"));
    commands::prune(&world(&server, "e"), &world(&server, "m"));
    commands::import(&world(&server, "f"));
    crash::clock(&world(&server, "g"));
    ask::suspects(&world(&server, "k"));
    ask::metrics(&world(&server, "j"));
    altered(&server);
}

/// Whoever may write the table is found out, too.
fn altered(server: &Postgres) {
    let world = world(server, "h");
    for id in ["a", "b", "c"] {
        let change = World::change(id);
        world.ok(&change.iter().map(String::as_str).collect::<Vec<_>>());
    }
    for (statement, back, wanted) in [
        (
            "UPDATE h.kadian_entries SET body = replace(body, 'CHG', 'chg') || ' ' WHERE seq = 2",
            "",
            "entry 2: its hash does not fit",
        ),
        ("UPDATE h.kadian_entries SET body = rtrim(body) WHERE seq = 2", "", ""),
        (
            "UPDATE h.kadian_entries SET service = NULL WHERE seq = 2",
            "UPDATE h.kadian_entries SET service = 'pay'",
            "its column service",
        ),
        (
            "UPDATE h.kadian_entries SET happened_us = happened_us + 1 WHERE seq = 3",
            "UPDATE h.kadian_entries SET happened_us = happened_us - 1 WHERE seq = 3",
            "entry 3: its column happened_us",
        ),
        ("DELETE FROM h.kadian_entries WHERE seq = 2", "", "entry 2: it is gone"),
    ] {
        server.sql(statement);
        let run = world.run(&["verify"]);
        assert_eq!(run.code, i32::from(!wanted.is_empty()), "{statement}: {}{}", run.stdout, run.stderr);
        assert!(run.stdout.contains(wanted), "{statement}: {}", run.stdout);
        if !back.is_empty() {
            server.sql(back);
        }
    }
    stands_between(server);
    let world = runner(server);
    let change = World::change("by a runner");
    let change: Vec<&str> = change.iter().map(String::as_str).collect();
    assert_eq!(world.ok(&change), "recorded change by a runner as entry 1\n");
    assert_eq!(world.count(), 1);
    assert!(world.refused(&["prune", "--before=2999-01-01", "--archive=x.jsonl", "--yes"]).contains("permission denied"));
    server.sql("DROP TABLE h.kadian_entries");
    let world = World::at(format!("{}?options=-csearch_path%3Dh", server.address()));
    assert!(world.refused(&["log"]).contains("its table of entries is gone"));
}

/// What hides entries from a check, and what swallows or alters what is appended.
fn stands_between(server: &Postgres) {
    let world = world(server, "l");
    let (mut ledger, at) = (open(&world.address).expect("a ledger"), Timestamp::UNIX_EPOCH);
    ledger.append(at, ["a", "b", "c", "d"].map(incident).to_vec()).expect("appended");
    let named = Filter { keys: vec!["b".to_owned()], ..Filter::default() };
    let sound = |newest: u64| {
        let mut ledger = open(&world.address)?;
        ledger.soundly(newest, &mut |sound| sound.select(&named)).map(|entries| entries.len())
    };
    assert_eq!((sound(100), sound(1)), (Ok(1), Ok(1)));
    for (statement, back) in [
        ("SET ident = 'x' WHERE seq = 2", "SET ident = 'b' WHERE seq = 2"),
        ("SET kind = 'change' WHERE seq = 2", "SET kind = 'incident' WHERE seq = 2"),
        ("SET service = 'x' WHERE seq = 3", "SET service = 'pay' WHERE seq = 3"),
        ("SET seq = 100 WHERE seq = 2", "SET seq = 2 WHERE seq = 100"),
    ] {
        server.sql(&format!("UPDATE l.kadian_entries {statement}"));
        assert!(matches!(sound(100), Err(LedgerError::Damaged(_))), "{statement}");
        server.sql(&format!("UPDATE l.kadian_entries {back}"));
    }
    assert_eq!(sound(100), Ok(1));
    server.sql(
        "CREATE FUNCTION l.nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; \
         CREATE FUNCTION l.other() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.service = ''x''; RETURN NEW; END'",
    );
    for (made, dropped, wanted) in [
        (
            "CREATE TRIGGER t BEFORE INSERT ON l.kadian_entries FOR EACH ROW EXECUTE FUNCTION l.nothing()",
            "DROP TRIGGER t ON l.kadian_entries",
            "the trigger t on kadian_entries",
        ),
        (
            "CREATE TRIGGER t BEFORE INSERT ON l.kadian_entries FOR EACH ROW EXECUTE FUNCTION l.other()",
            "DROP TRIGGER t ON l.kadian_entries",
            "the trigger t on kadian_entries",
        ),
        (
            "CREATE RULE r AS ON INSERT TO l.kadian_entries DO INSTEAD NOTHING",
            "DROP RULE r ON l.kadian_entries",
            "the rule r on kadian_entries",
        ),
    ] {
        server.sql(made);
        let appended = ledger.append(at, vec![incident("e")]);
        assert!(matches!(&appended, Err(LedgerError::Damaged(reason)) if reason.contains("stands in between")), "{appended:?}");
        assert_eq!(ledger.count(), Ok(4));
        let run = world.run(&["verify"]);
        assert!(run.code == 1 && run.stdout.contains(wanted), "{made}: {}", run.stdout);
        server.sql(dropped);
        assert_eq!(world.run(&["verify"]).code, 0);
    }
    server.sql("CREATE TABLE l.more () INHERITS (l.kadian_entries)");
    assert!(world.run(&["verify"]).stdout.contains("the table more, which inherits from kadian_entries"));
    server.sql("DROP TABLE l.more; ALTER TABLE l.kadian_entries ENABLE ROW LEVEL SECURITY");
    assert!(world.run(&["verify"]).stdout.contains("the row security of kadian_entries"));
}

/// The ledger as somebody sees it who may only read and append.
fn runner(server: &Postgres) -> World {
    let owner = world(server, "i");
    owner.ok(&["import", &super::changes(owner.path(), 0).to_string_lossy()]);
    server.sql("CREATE ROLE runner LOGIN PASSWORD 'runs'; GRANT USAGE ON SCHEMA i TO runner");
    server.sql("GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA i TO runner");
    World::at(format!("postgres://runner:runs@127.0.0.1:{}/postgres?options=-csearch_path%3Di", server.port))
}

fn crashes() {
    let server = Postgres::start();
    crash::killed(&world(&server, "a"));
    crash::killed_import(&world(&server, "b"));
    crash::at_once(&world(&server, "c"));
}

fn incident(id: &str) -> Record {
    Record::Incident(IncidentRecord {
        id: id.to_owned(),
        service: "pay".to_owned(),
        state: IncidentState::Opened,
        happened_at: Timestamp::UNIX_EPOCH,
        severity: None,
        title: None,
        cause: None,
    })
}

fn open(address: &str) -> Result<Ledger, LedgerError> {
    Ledger::open(&Address::parse(address).expect("an address"), std::path::Path::new("."))
}

fn lost_connection() {
    let server = Postgres::start();
    let now = Timestamp::UNIX_EPOCH;
    let cut = Arc::new(AtomicU8::new(NEVER));
    let mut ledger = open(&Postgres::address_through(proxy(server.port, Arc::clone(&cut)))).expect("a ledger");
    ledger.append(now, vec![incident("first")]).expect("it is appended");
    for (number, mode) in (0_u8..).zip([BEFORE_COMMIT, AFTER_COMMIT, AFTER_COMMIT, BEFORE_COMMIT]) {
        cut.store(mode, Ordering::SeqCst);
        let entries = ledger.append(now, vec![incident(&format!("cut {number}")), incident(&format!("and {number}"))]);
        assert_eq!(cut.load(Ordering::SeqCst), NEVER, "the connection was cut");
        assert_eq!(entries.expect("it is appended").len(), 2);
    }
    let entries = ledger.select(&Filter::default()).expect("entries");
    assert_eq!(entries.len(), 9, "each of them once");
    assert_eq!(ledger.verify(None).expect("readable").fault, None);

    // A backend that the server itself ends, between a read and a write.
    let mut ended = false;
    let appended = ledger.write(now, &mut |writing| {
        let known = writing.select(&Filter::default())?.len();
        if !ended {
            ended = true;
            server.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'kadian'");
        }
        writing.append(vec![incident("ended")])?;
        Ok(known)
    });
    assert_eq!(appended, Ok(9));
    assert_eq!(ledger.count(), Ok(10));
    server.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'kadian'");
    assert_eq!(ledger.count(), Ok(10), "reading makes the connection anew");
}

fn server_stops() {
    let mut server = Postgres::start();
    let address = server.address();
    let now = Timestamp::UNIX_EPOCH;
    let mut ledger = open(&address).expect("a ledger");
    let mut told = 0;
    for _ in 0..3 {
        ledger.append(now, vec![incident(&format!("{told}"))]).expect("it is appended");
        told += 1;
        server.crash();
        server.restart();
        ledger.append(now, vec![incident(&format!("{told}"))]).expect("it is appended after the server came back");
        told += 1;
    }
    assert_eq!(ledger.count(), Ok(told));
    assert_eq!(ledger.verify(None).expect("readable").fault, None);
    server.crash();
    let gone = ledger.append(now, vec![incident("gone")]).expect_err("nobody answers");
    assert!(matches!(gone, LedgerError::Unreachable(_)), "{gone:?}");
    let never = open(&address).expect_err("nobody answers");
    assert!(matches!(never, LedgerError::Unreachable(_)), "{never:?}");
    assert!(!format!("{gone} {never} {never:?}").contains(PASSWORD));
    server.restart();
    assert_eq!(ledger.count(), Ok(told));
    let wrong = open(&address.replace(PASSWORD, "hunter3")).expect_err("the password is wrong").to_string();
    assert!(wrong.contains("password authentication failed for user \"kadian\"") && !wrong.contains("hunter3"), "{wrong}");
    let plain = open(&format!("{address}?sslmode=require")).expect_err("the server speaks no TLS").to_string();
    assert!(plain.contains("TLS"), "{plain}");
}

fn certificates() {
    let server = Postgres::start_with_tls();
    let certificate = server.certificate();
    let with = |options: &str| open(&format!("{}?{options}", server.address()));
    for options in [
        "sslmode=disable".to_owned(),
        "sslmode=prefer".to_owned(),
        "sslmode=require".to_owned(),
        format!("sslmode=verify-full&sslrootcert={}", certificate.display()),
    ] {
        let mut ledger = with(&options).unwrap_or_else(|error| panic!("{options}: {error}"));
        ledger.append(Timestamp::UNIX_EPOCH, vec![incident("x")]).expect("it is appended");
    }
    let encrypted =
        "SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'kadian' AND ssl";
    let open = with("sslmode=require").expect("a ledger");
    assert_eq!(server.sql(encrypted), "1");
    drop(open);
    let unknown = with("sslmode=verify-full").expect_err("nobody vouches for the server").to_string();
    assert!(unknown.contains("certificate"), "{unknown}");
    let missing = with("sslmode=verify-full&sslrootcert=/nowhere.pem").expect_err("no such file").to_string();
    assert!(missing.contains("/nowhere.pem"), "{missing}");
}

const NEVER: u8 = 0;
/// The message that commits never reaches the server.
const BEFORE_COMMIT: u8 = 1;
/// The server commits, and nobody hears of it.
const AFTER_COMMIT: u8 = 2;

/// Stands before the server and cuts the connection once, at the moment that `cut` names.
fn proxy(port: u16, cut: Arc<AtomicU8>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let own = listener.local_addr().expect("an address").port();
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let server = TcpStream::connect(("127.0.0.1", port)).expect("the server");
            let (mut answers, mut back) = (server.try_clone().expect("a stream"), client.try_clone().expect("a stream"));
            let cut = Arc::clone(&cut);
            let told = Arc::clone(&cut);
            thread::spawn(move || {
                let mut bytes = [0; 8192];
                while let Ok(read @ 1..) = answers.read(&mut bytes) {
                    // The answer to the commit is the first one after it.
                    if told.load(Ordering::SeqCst) == AFTER_COMMIT | ARMED {
                        told.store(NEVER, Ordering::SeqCst);
                        break;
                    }
                    if back.write_all(&bytes[..read]).is_err() {
                        break;
                    }
                }
                let _ = back.shutdown(std::net::Shutdown::Both);
                let _ = answers.shutdown(std::net::Shutdown::Both);
            });
            thread::spawn(move || forward(client, server, &cut));
        }
    });
    own
}

/// Set once the commit has gone through.
const ARMED: u8 = 0x80;

fn forward(mut client: TcpStream, mut server: TcpStream, cut: &AtomicU8) {
    let mut bytes = [0; 8192];
    while let Ok(read @ 1..) = client.read(&mut bytes) {
        let commits = bytes[..read].windows(6).any(|word| word == b"COMMIT");
        match cut.load(Ordering::SeqCst) {
            BEFORE_COMMIT if commits => {
                cut.store(NEVER, Ordering::SeqCst);
                break;
            }
            AFTER_COMMIT if commits => cut.store(AFTER_COMMIT | ARMED, Ordering::SeqCst),
            _ => {}
        }
        if server.write_all(&bytes[..read]).is_err() {
            break;
        }
    }
    // What is on its way still arrives.
    thread::sleep(Duration::from_millis(20));
    let _ = client.shutdown(std::net::Shutdown::Both);
    let _ = server.shutdown(std::net::Shutdown::Both);
}
