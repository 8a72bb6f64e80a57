//! MariaDB: which `ALGORITHM=` and `LOCK=` it accepts, the number of the table in the storage engine, and who waits for whom.

use std::time::Duration;

use jiff::Timestamp;
use kadian::collect::database::{Given, Limits, Target, snapshot};
use kadian::evidence::table_stats::TableStatistics;
use kadian::facts::SqlDialect;

use super::{Claim, claims, contradictions};
use crate::support::mariadb::{Mariadb, PASSWORD};

const TABLES: &str = "CREATE TABLE t (id int PRIMARY KEY, a int, b varchar(20), n int NOT NULL DEFAULT 7, e enum('a','b') DEFAULT 'b') \
    CHARACTER SET utf8mb4; CREATE TABLE o (id int PRIMARY KEY, a int); \
    INSERT INTO o SELECT seq, seq FROM seq_1_to_1000; INSERT INTO t (id, a, b) SELECT seq, seq, 'x' FROM seq_1_to_1000";

const ALGORITHMS: [&str; 4] = ["INSTANT", "NOCOPY", "INPLACE", "COPY"];
const LOCKS: [&str; 3] = ["NONE", "SHARED", "EXCLUSIVE"];

pub(super) fn shown() {
    let server = Mariadb::start();
    let mut wrong = Vec::new();
    let all = claims("mariadb");
    for claim in &all {
        let place = format!("{:?} {}", claim.rule.as_deref().unwrap_or("no rule"), claim.text());
        wrong.extend(one(&server, claim).into_iter().map(|fault| format!("{place}: {fault}")));
    }
    assert!(wrong.is_empty(), "{} of {} claims:\n{}", wrong.len(), all.len(), wrong.join("\n"));
}

/// The tables as they are before the statement.
fn prepare(server: &Mariadb, claim: &Claim) {
    server.sql(&format!(
        "SET foreign_key_checks = 0; DROP DATABASE pay; CREATE DATABASE pay; SET foreign_key_checks = 1; USE pay; {TABLES}; {}",
        claim.setup.as_deref().unwrap_or("")
    ));
}

fn statistics(server: &Mariadb) -> TableStatistics {
    let password = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(password.path(), PASSWORD).expect("a password");
    server.sql("USE pay; ANALYZE TABLE t, o");
    let target =
        Target::find(Given { url: Some(&server.open_address()), password_file: Some(password.path()) }).expect("a target");
    let limits = Limits { deadline: Duration::from_mins(1), schemas: Vec::new(), slow_ms: 100 };
    let mut statistics = snapshot(&target, &limits, Timestamp::UNIX_EPOCH).unwrap_or_else(|error| panic!("{error}"));
    // What concerns replicas is told where there are some.
    statistics.replicas = Some(1);
    statistics
}

fn one(server: &Mariadb, claim: &Claim) -> Vec<String> {
    let mut wrong = Vec::new();
    prepare(server, claim);
    let statistics = statistics(server);
    let before = number(server, claim.table());
    let ran = server.try_sql(&format!("USE pay; {}", claim.text()));
    match (&claim.refused, &ran) {
        (Some(words), Err(refused)) if refused.contains(words.as_str()) => {}
        (None, Ok(_)) => {}
        (wanted, ran) => wrong.push(format!("{ran:?}, and {wanted:?} was claimed")),
    }
    if let Some(claimed) = claim.rewrites {
        let after = number(server, claim.table());
        let rows = server.sql(&format!("SELECT count(*) > 0 FROM pay.{}", claim.table())) == "1";
        if (before != after && rows) != claimed {
            wrong.push(format!("rewrites: {}, and {claimed} was claimed", before != after));
        }
    }
    if let Some(then) = &claim.then {
        let shows = server.sql(&format!("USE pay; {}", then.ask));
        if shows != then.shows {
            wrong.push(format!("afterwards {} shows {shows}, not {}", then.ask, then.shows));
        }
    }
    // From the heaviest on: MariaDB takes INSTANT with words that it then copies the table for, where it refuses INPLACE.
    let accepted = |word: &str, values: &[&str]| {
        let taken = values.iter().rev().take_while(|value| {
            prepare(server, claim);
            accepts(server, claim.text(), &format!("{word}={value}"))
        });
        taken.last().map_or("none", |value| *value).to_owned()
    };
    for (word, values, claimed) in [("ALGORITHM", &ALGORITHMS[..], &claim.algorithm), ("LOCK", &LOCKS[..], &claim.lock)] {
        // What the statement says itself is not asked for again.
        let stated = format!("{word}=");
        if let Some(claimed) = claimed.as_ref().filter(|_| !claim.text().contains(&stated)) {
            let found = accepted(word, values);
            if found != *claimed {
                wrong.push(format!("{word}: {found}, and {claimed} was claimed"));
            }
        }
    }
    let mut claim = claim.clone();
    if claim.refused.is_none() && claim.script.is_none() {
        let waits = waits(server, &claim);
        if claim.waits && !waits {
            wrong.push("it does not wait for who has read the table".to_owned());
        }
        claim.waits = waits;
    }
    let claim = &claim;
    if claim.shuts_out {
        prepare(server, claim);
        let mut own = server.session();
        own.ask(&format!("USE pay; {}", claim.text()));
        let read = server.try_sql(&format!("USE pay; SET lock_wait_timeout = 1; SELECT count(*) FROM {}", claim.table()));
        if !read.as_ref().is_err_and(|error| error.contains("Lock wait timeout")) {
            wrong.push(format!("others still read: {read:?}"));
        }
    }
    wrong.extend(contradictions(claim, SqlDialect::Mariadb, &statistics));
    wrong
}

/// Whether the server takes the statement with one more word. Where it may stand depends on what else stands there.
fn accepts(server: &Mariadb, statement: &str, word: &str) -> bool {
    let Some((table, rest)) = statement.strip_prefix("ALTER TABLE ").and_then(|rest| rest.split_once(' ')) else {
        return server.try_sql(&format!("USE pay; {statement} {word}")).is_ok();
    };
    for form in [format!("{word}, {rest}"), format!("{word} {rest}")] {
        match server.try_sql(&format!("USE pay; ALTER TABLE {table} {form}")) {
            Ok(_) => return true,
            Err(error) if error.contains("ERROR 1064") => {}
            Err(_) => return false,
        }
    }
    panic!("{statement}: there is no place for {word}")
}

/// Whether the statement waits for a transaction that has read the table.
fn waits(server: &Mariadb, claim: &Claim) -> bool {
    prepare(server, claim);
    let mut reader = server.session();
    reader.ask(&format!("USE pay; START TRANSACTION; SELECT count(*) FROM {}", claim.table()));
    let ran = server.try_sql(&format!("USE pay; SET lock_wait_timeout = 0; {}", claim.text()));
    let (Ok(words) | Err(words)) = ran;
    words.contains("Lock wait timeout")
}

/// The number that the storage engine gives a table; a table that is written anew has another one.
fn number(server: &Mariadb, table: &str) -> String {
    server.sql(&format!("SELECT TABLE_ID FROM information_schema.INNODB_SYS_TABLES WHERE NAME = 'pay/{table}'"))
}
