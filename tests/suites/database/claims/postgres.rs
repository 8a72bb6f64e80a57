//! PostgreSQL: `pg_locks`, `pg_relation_filenode` and the counters of the transaction.

use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use kadian::collect::database::{Given, Limits, Target, snapshot};
use kadian::evidence::table_stats::TableStatistics;
use kadian::facts::SqlDialect;
use tokio::runtime::Runtime;
use tokio_postgres::{Client, NoTls, SimpleQueryMessage};

use super::{Claim, claims, contradictions};
use crate::support::postgres::{PASSWORD, Postgres};

const TABLES: &str = "CREATE TABLE t (id int PRIMARY KEY, a int NOT NULL, b text, n int NOT NULL DEFAULT 0, v varchar(40), \
    m numeric(10,2), w timestamp) WITH (autovacuum_enabled = off); \
    CREATE TABLE o (id int PRIMARY KEY, a int) WITH (autovacuum_enabled = off); \
    INSERT INTO o SELECT g, g FROM generate_series(1, 1000) g; \
    INSERT INTO t SELECT g, g, NULL, 0, 'v', 1, now() FROM generate_series(1, 1000) g";

/// From the weakest to the strongest.
const LOCKS: [(&str, &str); 8] = [
    ("AccessShareLock", "ACCESS SHARE"),
    ("RowShareLock", "ROW SHARE"),
    ("RowExclusiveLock", "ROW EXCLUSIVE"),
    ("ShareUpdateExclusiveLock", "SHARE UPDATE EXCLUSIVE"),
    ("ShareLock", "SHARE"),
    ("ShareRowExclusiveLock", "SHARE ROW EXCLUSIVE"),
    ("ExclusiveLock", "EXCLUSIVE"),
    ("AccessExclusiveLock", "ACCESS EXCLUSIVE"),
];

struct World {
    runtime: Runtime,
    server: Postgres,
}

/// A session.
struct Own<'a> {
    runtime: &'a Runtime,
    client: Client,
}

impl World {
    fn session(&self) -> Own<'_> {
        let address = self.server.address();
        let (client, connection) =
            self.runtime.block_on(tokio_postgres::connect(&address, NoTls)).unwrap_or_else(|error| panic!("{error}"));
        self.runtime.spawn(connection);
        Own { runtime: &self.runtime, client }
    }

    /// What the gate would know of the tables.
    fn statistics(&self, schema: &str) -> TableStatistics {
        let password = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(password.path(), PASSWORD).expect("a password");
        let url = format!("postgres://kadian@127.0.0.1:{}/postgres", self.server.port);
        let target = Target::find(Given { url: Some(&url), password_file: Some(password.path()) }).expect("a target");
        let limits = Limits { deadline: Duration::from_mins(1), schemas: vec![schema.to_owned()], slow_ms: 100 };
        let mut statistics = snapshot(&target, &limits, Timestamp::UNIX_EPOCH).unwrap_or_else(|error| panic!("{error}"));
        // The claims name no schema, and nothing in them tells the search path that they run with.
        for table in statistics.tables.iter_mut().filter(|table| table.schema.as_deref() == Some(schema)) {
            table.schema = Some("public".to_owned());
            table.foreign_keys.iter_mut().for_each(|key| key.to_schema = Some("public".to_owned()));
        }
        statistics
    }
}

impl Own<'_> {
    /// The first column of the last answer that has rows, or the server's words.
    fn ask(&self, sql: &str) -> Result<String, String> {
        let answer = self.runtime.block_on(self.client.simple_query(sql));
        let answer =
            answer.map_err(|error| error.as_db_error().map_or_else(|| error.to_string(), |words| words.message().to_owned()))?;
        let rows = answer.iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row.get(0).unwrap_or("").to_owned()),
            _ => None,
        });
        Ok(rows.collect::<Vec<_>>().join("\n"))
    }

    fn run(&self, sql: &str) -> String {
        self.ask(sql).unwrap_or_else(|error| panic!("{sql}: {error}"))
    }
}

/// What was seen of a statement.
#[derive(Debug, Default)]
struct Seen {
    /// The strongest lock on each table.
    locks: BTreeMap<String, &'static str>,
    rewrites: Option<bool>,
    scans: Option<bool>,
    refused: Option<String>,
}

pub(super) fn shown() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let world = World { runtime, server: Postgres::start() };
    let mut wrong = Vec::new();
    let all = claims("postgres");
    for (number, claim) in all.iter().enumerate() {
        let schema = format!("c{number}");
        let mut faults = one(&world, claim, &schema);
        let place = || format!("{:?} {}", claim.rule.as_deref().unwrap_or("no rule"), claim.text());
        for fault in &mut faults {
            *fault = format!("{}: {fault}", place());
        }
        wrong.extend(faults);
    }
    assert!(wrong.is_empty(), "{} of {} claims:\n{}", wrong.len(), all.len(), wrong.join("\n"));
}

fn one(world: &World, claim: &Claim, schema: &str) -> Vec<String> {
    let own = world.session();
    own.run(&format!("CREATE SCHEMA {schema}; SET search_path = {schema}; {TABLES}"));
    own.run(claim.setup.as_deref().unwrap_or(""));
    if let Some(failing) = &claim.setup_fails {
        assert!(own.ask(failing).is_err(), "{failing}");
    }
    own.run("ANALYZE");
    let statistics = world.statistics(schema);
    let seen = match (&claim.outside, &claim.script) {
        (Some(statement), _) => outside(world, &own, schema, claim.table(), statement),
        (_, Some(script)) => Seen { refused: own.ask(script).err(), ..Seen::default() },
        _ => inside(&own, schema, claim),
    };
    let mut wrong = differences(claim, &seen);
    if let Some(then) = &claim.then {
        let shows = own.run(&then.ask);
        if shows != then.shows {
            wrong.push(format!("afterwards {} shows {shows}, not {}", then.ask, then.shows));
        }
    }
    let _ = own.ask("ROLLBACK");
    own.run(&format!("DROP SCHEMA {schema} CASCADE; DROP SCHEMA IF EXISTS elsewhere CASCADE"));
    wrong.extend(contradictions(claim, SqlDialect::Postgres, &statistics));
    wrong
}

fn differences(claim: &Claim, seen: &Seen) -> Vec<String> {
    let mut wrong = Vec::new();
    match (&claim.refused, &seen.refused) {
        (Some(words), Some(refused)) if refused.contains(words.as_str()) => {}
        (None, None) => {}
        (wanted, refused) => wrong.push(format!("refused: {refused:?}, and {wanted:?} was claimed")),
    }
    let lock = |table: &str| seen.locks.get(table).copied().unwrap_or("none");
    let tables = claim.lock.iter().map(|lock| (claim.table(), lock.as_str()));
    for (table, claimed) in tables.chain(claim.others.iter().map(|(table, lock)| (table.as_str(), lock.as_str()))) {
        if lock(table) != claimed {
            wrong.push(format!("lock on {table}: {}, and {claimed} was claimed", lock(table)));
        }
    }
    for (what, claimed, found) in [("rewrites", claim.rewrites, seen.rewrites), ("scans", claim.scans, seen.scans)] {
        if claimed.is_some() && claimed != found {
            wrong.push(format!("{what}: {found:?}, and {claimed:?} was claimed"));
        }
    }
    wrong
}

/// The tables and indexes of the schema by their numbers: a statement may drop and rename them.
fn names(own: &Own<'_>, schema: &str) -> BTreeMap<String, String> {
    let rows = own.run(&format!("SELECT oid || ' ' || relname FROM pg_class WHERE relnamespace = '{schema}'::regnamespace"));
    rows.lines().filter_map(|row| row.split_once(' ')).map(|(oid, name)| (oid.to_owned(), name.to_owned())).collect()
}

/// Tables and indexes with the strongest lock that a process has or waits for.
fn locks(own: &Own<'_>, pid: &str, names: &BTreeMap<String, String>) -> BTreeMap<String, &'static str> {
    let rows = own.run(&format!("SELECT relation || ' ' || mode FROM pg_locks WHERE pid = {pid} AND locktype = 'relation'"));
    let mut strongest: BTreeMap<String, usize> = BTreeMap::new();
    for (oid, mode) in rows.lines().filter_map(|row| row.split_once(' ')) {
        let Some(table) = names.get(oid) else { continue };
        let rank = LOCKS.iter().position(|(name, _)| *name == mode).expect("a known lock");
        let entry = strongest.entry(table.to_owned()).or_insert(rank);
        *entry = rank.max(*entry);
    }
    strongest.into_iter().map(|(table, rank)| (table, LOCKS[rank].1)).collect()
}

/// The file of a table; nothing where it is gone.
fn file(own: &Own<'_>, table: &str) -> Option<String> {
    Some(own.run(&format!("SELECT pg_relation_filenode(to_regclass('{table}'))"))).filter(|file| !file.is_empty())
}

/// In a transaction of its own, which is left open for whoever asks next.
fn inside(own: &Own<'_>, schema: &str, claim: &Claim) -> Seen {
    let (table, names) = (claim.table(), names(own, schema));
    let oid = own.run(&format!("SELECT to_regclass('{table}')::oid"));
    let before = file(own, table);
    own.run("BEGIN");
    // What is counted for the transaction holds what was not handed on of those before it.
    let counted =
        || -> u64 { own.run(&format!("SELECT coalesce(pg_stat_get_xact_tuples_returned({oid}), 0)")).parse().expect("a number") };
    let counted_before = counted();
    if let Err(refused) = own.ask(claim.text()) {
        own.run("ROLLBACK");
        return Seen { refused: Some(refused), ..Seen::default() };
    }
    let pid = own.run("SELECT pg_backend_pid()");
    let read = counted().saturating_sub(counted_before);
    let locks = locks(own, &pid, &names);
    let name = own.run(&format!("SELECT {oid}::regclass"));
    let gone = name.parse::<u64>().is_ok();
    let after = if gone { None } else { file(own, &name) };
    let holds_rows = !gone && own.run(&format!("SELECT pg_relation_size({oid}::regclass) > 0")) == "t";
    Seen { locks, rewrites: Some(before != after && holds_rows), scans: Some(read >= 1000), refused: None }
}

/// Outside of a transaction, first while somebody else keeps out whatever changes the table, then while somebody writes to it: the statement
/// has to wait twice, and is looked at meanwhile. The first wait shows locks that some statements give back before the second.
fn outside(world: &World, own: &Own<'_>, schema: &str, table: &str, statement: &str) -> Seen {
    let (watcher, keeper, writer) = (world.session(), world.session(), world.session());
    let (pid, names) = (own.run("SELECT pg_backend_pid()"), names(own, schema));
    let before = file(own, table);
    writer.run(&format!("BEGIN; UPDATE {schema}.{table} SET a = a WHERE id = 1"));
    keeper.run(&format!("BEGIN; LOCK TABLE {schema}.{table} IN SHARE UPDATE EXCLUSIVE MODE"));
    let mut strongest: BTreeMap<String, &'static str> = BTreeMap::new();
    let running = async {
        let ran = own.client.batch_execute(statement);
        ran.await.map_err(|error| error.as_db_error().map_or_else(|| error.to_string(), |words| words.message().to_owned()))
    };
    let refused = thread::scope(|scope| {
        let ran = scope.spawn(|| world.runtime.block_on(running));
        for other in [&keeper, &writer] {
            watch(&watcher, &pid, &names, &|| ran.is_finished(), &mut strongest);
            other.run("COMMIT");
        }
        ran.join().expect("it ends")
    });
    let after = file(own, table);
    Seen { locks: strongest, rewrites: Some(before != after), scans: None, refused: refused.err() }
}

/// Notes the locks of a process until it has waited for a while, or is done. What waits for nobody is over soon.
fn watch(
    watcher: &Own<'_>,
    pid: &str,
    names: &BTreeMap<String, String>,
    done: &dyn Fn() -> bool,
    strongest: &mut BTreeMap<String, &'static str>,
) {
    const PATIENCE: Duration = Duration::from_secs(30);
    let rank = |lock: &str| LOCKS.iter().position(|(_, known)| *known == lock);
    let begin = Instant::now();
    while !done() && begin.elapsed() < PATIENCE {
        for (name, lock) in locks(watcher, pid, names) {
            let entry = strongest.entry(name).or_insert(lock);
            if rank(lock) > rank(entry) {
                *entry = lock;
            }
        }
        let waits = watcher.run(&format!("SELECT count(*) FROM pg_stat_activity WHERE pid = {pid} AND wait_event_type = 'Lock'"));
        if waits == "1" && begin.elapsed() > Duration::from_millis(300) {
            break;
        }
        thread::sleep(Duration::from_millis(5));
    }
}
