//! What planners expect, and that nothing is carried out for it.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use kadian::collect::database::{Given, Target, estimates};
use kadian::collect::files::{Report, understand};
use kadian::digest::sha256;
use kadian::evidence::estimates::{Estimate, EstimatesReport, Plan, document};
use kadian::facts::{Kind, SqlDialect};
use libtest_mimic::Trial;

use super::trial;
use crate::support::mariadb::{self, Mariadb};
use crate::support::postgres::{self, Postgres};

pub(super) fn trials() -> Vec<Trial> {
    vec![
        trial("database::explain::postgres-tells-rows-and-full-reads-and-carries-nothing-out", || {
            let server = Postgres::start();
            in_postgres(&server);
            nothing_in_postgres(&server);
            unknown_in_postgres(&server);
        }),
        trial("database::explain::mariadb-tells-rows-and-full-reads-and-carries-nothing-out", || {
            let server = Mariadb::start();
            with_function(&server);
            in_mariadb(&server);
            nothing_in_mariadb(&server);
            unknown_in_mariadb(&server);
        }),
        trial("database::explain::a-server-that-does-not-answer-leaves-all-unknown", unanswered),
    ]
}

/// A target whose password lies in a file.
fn target(url: &str, password: &str) -> Target {
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), password).expect("a password");
    Target::find(Given { url: Some(url), password_file: Some(file.path()) }).expect("a target")
}

fn postgres_target(server: &Postgres, user: &str, password: &str) -> Target {
    target(&format!("postgres://{user}@127.0.0.1:{}/postgres", server.port), password)
}

fn mariadb_target(server: &Mariadb, user: &str, password: &str) -> Target {
    target(&format!("mysql://{user}@127.0.0.1:{}/pay", server.port), password)
}

fn ask(target: &Target, dialect: SqlDialect, statements: &[&str]) -> EstimatesReport {
    let statements: Vec<(String, SqlDialect)> = statements.iter().map(|text| ((*text).to_owned(), dialect)).collect();
    let report = estimates(target, &statements, Duration::from_secs(30), Timestamp::UNIX_EPOCH);
    // What is kept is what was judged.
    let text = kadian::evidence::document::text(&document(&report));
    assert_eq!(understand(&Kind::Database, "kadian.estimates", text.as_bytes()), Ok(Report::Estimates(report.clone())));
    report
}

fn estimate(target: &Target, dialect: SqlDialect, statement: &str) -> Estimate {
    let report = ask(target, dialect, &[statement]);
    report.of(&sha256(statement)).unwrap_or_else(|| panic!("{statement}: {report:?}")).clone()
}

fn plan(target: &Target, dialect: SqlDialect, statement: &str) -> Plan {
    let estimate = estimate(target, dialect, statement);
    estimate.plan.unwrap_or_else(|| panic!("{statement}: {:?}", estimate.failed))
}

/// `table`, `table full`, `table by index`, each with its rows.
fn reads(plan: &Plan) -> Vec<String> {
    let read = |read: &kadian::evidence::estimates::TableRead| {
        let by = read.index.as_ref().map_or_else(String::new, |index| format!(" by {index}"));
        format!(
            "{}{}{by} {}",
            read.table,
            if read.full { " full" } else { "" },
            read.rows.map_or("?".to_owned(), |rows| rows.to_string())
        )
    };
    plan.reads.iter().map(read).collect()
}

const TEN_THOUSAND: u64 = 10_000;

fn in_postgres(server: &Postgres) {
    server.sql(
        "CREATE TABLE orders (id int PRIMARY KEY, n int, name text); INSERT INTO orders SELECT g, g % 100, 'x' FROM generate_series(1, 10000) g; \
         CREATE TABLE items (order_id int REFERENCES orders ON DELETE CASCADE, x int); INSERT INTO items SELECT g, g FROM generate_series(1, 500) g; \
         CREATE TABLE days (id int, at date) PARTITION BY RANGE (at); CREATE TABLE days_1 PARTITION OF days FOR VALUES FROM ('2020-01-01') TO ('2021-01-01'); \
         INSERT INTO days SELECT g, '2020-02-02' FROM generate_series(1, 300) g; \
         CREATE SCHEMA other; CREATE TABLE other.orders (a int); ANALYZE; \
         CREATE ROLE reader LOGIN PASSWORD 'reads'; GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader",
    );
    let owner = postgres_target(server, "kadian", postgres::PASSWORD);
    let reader = postgres_target(server, "reader", "reads");
    for (statement, least, most, read) in [
        ("UPDATE orders SET name = 'y'", TEN_THOUSAND, TEN_THOUSAND, "orders full 10000"),
        ("DELETE FROM orders WHERE n = 5", 90, 110, "orders full 10000"),
        ("DELETE FROM orders WHERE id = 5", 1, 1, "orders by orders_pkey 1"),
        ("DELETE FROM orders WHERE id < 1000", 800, 1200, "orders by orders_pkey "),
        ("UPDATE days SET id = 1", 300, 300, "days_1 full 300"),
        ("DELETE FROM orders USING items WHERE items.order_id = orders.id", 400, 600, "items full 500"),
        ("INSERT INTO items SELECT id, n FROM orders WHERE n = 5", 90, 110, "orders full 10000"),
        ("INSERT INTO items VALUES (1, 2), (2, 3)", 2, 2, ""),
        (
            "WITH few AS (SELECT id FROM orders WHERE id < 11) DELETE FROM orders WHERE id IN (SELECT id FROM few)",
            5,
            20,
            "orders by orders_pkey ",
        ),
        ("SELECT * FROM orders WHERE name LIKE '%x%'", 9000, TEN_THOUSAND, "orders full 10000"),
        ("SELECT * FROM orders LIMIT 10", 10, 10, "orders 10"),
        ("SELECT * FROM orders ORDER BY n LIMIT 10", 10, 10, "orders full 10000"),
        ("select o.* from orders as o where o.id = 7; ", 1, 1, "orders by orders_pkey 1"),
        ("SELECT * FROM other.orders", 0, 3000, "orders full 0"),
    ] {
        for target in [&owner, &reader] {
            if statement.contains("other.") && std::ptr::eq(target, &raw const reader) {
                continue;
            }
            let plan = plan(target, SqlDialect::Postgres, statement);
            assert!((least..=most).contains(&plan.rows), "{statement}: {plan:?}");
            assert!(
                read.is_empty() && plan.reads.is_empty() || reads(&plan).iter().any(|found| found.starts_with(read)),
                "{statement}: {plan:?}"
            );
        }
    }
    let merge = "MERGE INTO items l USING orders o ON l.order_id = o.id WHEN MATCHED THEN UPDATE SET x = 1";
    let planned = plan(&owner, SqlDialect::Postgres, merge);
    assert!((300..=700).contains(&planned.rows), "{planned:?}");
    let refused = estimate(&reader, SqlDialect::Postgres, merge).failed.expect("it may not write");
    assert!(refused.contains("permission denied"), "{refused}");
    let schema = plan(&owner, SqlDialect::Postgres, "SELECT * FROM other.orders").reads[0].schema.clone();
    assert_eq!(schema.as_deref(), Some("other"));
}

fn with_function(server: &Mariadb) {
    server.sql(
        "USE pay; CREATE TABLE orders (id int PRIMARY KEY, n int, name varchar(20)); \
         INSERT INTO orders SELECT seq, seq % 100, 'x' FROM seq_1_to_10000; \
         CREATE TABLE items (order_id int, x int, KEY k (order_id)); INSERT INTO items SELECT seq, seq FROM seq_1_to_500; \
         CREATE TABLE counts (n int) ENGINE=Aria; INSERT INTO counts VALUES (0); CREATE SEQUENCE s; ANALYZE TABLE orders, items; \
         CREATE USER reader@'%' IDENTIFIED BY 'reads'; GRANT SELECT, EXECUTE ON pay.* TO reader@'%'",
    );
    server.block(
        "CREATE FUNCTION counted(a int) RETURNS int DETERMINISTIC MODIFIES SQL DATA \
         BEGIN UPDATE pay.counts SET n = n + 1; RETURN a; END",
    );
}

fn in_mariadb(server: &Mariadb) {
    let reader = mariadb_target(server, "reader", "reads");
    for (statement, least, most, read) in [
        ("UPDATE orders SET name = 'y'", 9000, 11_000, "orders full "),
        ("DELETE FROM orders WHERE id = 5", 1, 1, "orders by PRIMARY 1"),
        ("DELETE FROM orders WHERE id < 1000", 800, 1200, "orders by PRIMARY "),
        ("DELETE FROM orders WHERE name = 'x' LIMIT 50", 50, 50, "orders full "),
        ("DELETE FROM orders LIMIT 50", 50, 50, "orders 50"),
        ("UPDATE orders o JOIN items l ON l.order_id = o.id SET o.name = 'x' WHERE l.x < 100", 30, 600, "items full "),
        ("INSERT INTO items SELECT id, n FROM orders WHERE id < 100", 80, 120, "orders by PRIMARY "),
        ("REPLACE INTO items VALUES (1, 2), (2, 3)", 2, 2, ""),
        ("SELECT * FROM orders AS o WHERE o.name LIKE '%x%'", 1, 11_000, "orders full "),
        ("SELECT * FROM orders LIMIT 10", 10, 10, "orders 10"),
        ("SELECT * FROM orders WHERE id = -1", 0, 1, ""),
        ("SELECT * FROM items WHERE order_id = 5 UNION ALL SELECT id, n FROM orders", 9000, 11_000, "items by k 1"),
    ] {
        let plan = plan(&reader, SqlDialect::Mariadb, statement);
        assert!((least..=most).contains(&plan.rows), "{statement}: {plan:?}");
        assert!(read.is_empty() || reads(&plan).iter().any(|found| found.starts_with(read)), "{statement}: {:?}", reads(&plan));
    }
    let report = ask(&reader, SqlDialect::Mysql, &["SELECT 1"]);
    assert_eq!((report.dialect, report.database.as_str()), (SqlDialect::Mariadb, "pay"));
    assert!(report.server.contains("MariaDB"), "{}", report.server);
}

fn nothing_in_postgres(server: &Postgres) {
    server.sql(
        "CREATE TABLE counts (n int); INSERT INTO counts VALUES (0); CREATE SEQUENCE s; CREATE TABLE victim (id int); INSERT INTO victim VALUES (1); \
         CREATE FUNCTION volatile_one() RETURNS int LANGUAGE sql AS 'UPDATE counts SET n = n + 1; SELECT 1'; \
         CREATE FUNCTION claims_immutable() RETURNS int IMMUTABLE LANGUAGE plpgsql AS 'BEGIN PERFORM volatile_one(); RETURN 1; END'; \
         CREATE FUNCTION sleeps() RETURNS int IMMUTABLE LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(60); RETURN 1; END'",
    );
    let target = postgres_target(server, "kadian", postgres::PASSWORD);
    let begin = Instant::now();
    let statements = [
        "SELECT nextval('s')",
        "SELECT setval('s', 100)",
        "SELECT volatile_one()",
        "SELECT * FROM victim WHERE id = claims_immutable()",
        "SELECT * FROM victim WHERE id = sleeps()",
        "DELETE FROM victim",
        "UPDATE victim SET id = 2",
        "INSERT INTO victim SELECT 2",
        "WITH gone AS (DELETE FROM victim RETURNING *) SELECT * FROM gone",
        "SELECT * INTO made FROM victim",
        "SELECT 1; DELETE FROM victim",
        "SELECT 1 /* */; DELETE FROM victim; --",
        "SELECT E'\\'; DELETE FROM victim; --'",
        "SELECT '\\'; DELETE FROM victim; --'",
        "SELECT $a$ $b$; DELETE FROM victim; -- $a$; DELETE FROM victim; -- $b$",
        "SELECT 1) ; DELETE FROM victim; --",
        "SELECT 1 WHERE (SELECT 1 FROM pg_sleep(60)) IS NULL",
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity",
        "SELECT 1 \u{0}; DELETE FROM victim",
    ];
    let report = ask(&target, SqlDialect::Postgres, &statements);
    assert!(begin.elapsed() < Duration::from_secs(20), "{report:?}");
    for (text, wanted) in [
        ("SELECT * FROM victim WHERE id = claims_immutable()", "cannot execute UPDATE in a read-only transaction"),
        ("SELECT * FROM victim WHERE id = sleeps()", "statement timeout"),
        ("SELECT 1; DELETE FROM victim", "more than one statement"),
        ("SELECT $a$ $b$; DELETE FROM victim; -- $a$; DELETE FROM victim; -- $b$", "more than one statement"),
    ] {
        let failed = report.of(&sha256(text)).and_then(|estimate| estimate.failed.clone()).unwrap_or_else(|| panic!("{text}"));
        assert!(failed.contains(wanted), "{text}: {failed}");
    }
    let state = "SELECT (SELECT n FROM counts), (SELECT is_called FROM s), (SELECT string_agg(id::text, ',') FROM victim), to_regclass('made')";
    assert_eq!(server.sql(state), "0|f|1|");
    assert_eq!(
        server.sql("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'kadian' AND state LIKE 'idle in%'"),
        "0"
    );
}

fn nothing_in_mariadb(server: &Mariadb) {
    // Whoever may do everything: it is the transaction that stops it, not the rights.
    let target = mariadb_target(server, "kadian", mariadb::PASSWORD);
    let folder = server.sql("SELECT @@datadir");
    let statements = [
        "SELECT nextval(s)".to_owned(),
        "SELECT counted(1)".to_owned(),
        "SELECT * FROM orders WHERE id = counted(1)".to_owned(),
        "SELECT * FROM orders WHERE id = (SELECT counted(2) FROM items LIMIT 1)".to_owned(),
        "SELECT * FROM (SELECT counted(3) AS x) d".to_owned(),
        "DELETE FROM orders".to_owned(),
        "UPDATE orders SET name = counted(4)".to_owned(),
        "INSERT INTO orders SELECT counted(5), 1, 'x'".to_owned(),
        "SELECT 1; DELETE FROM orders".to_owned(),
        "SELECT '\\'; DELETE FROM orders; -- '".to_owned(),
        "SELECT \"\\\"; DELETE FROM orders; -- \"".to_owned(),
        "SELECT 1 /*! ; DELETE FROM orders */".to_owned(),
        format!("SELECT 'x' INTO OUTFILE '{folder}/written'"),
        "SELECT SLEEP(60)".to_owned(),
        "SELECT * FROM orders WHERE id = SLEEP(60)".to_owned(),
        "DELETE FROM orders WHERE id = 1 OR id = (SELECT * FROM (SELECT counted(6)) x)".to_owned(),
    ];
    let begin = Instant::now();
    let statements: Vec<&str> = statements.iter().map(String::as_str).collect();
    let report = ask(&target, SqlDialect::Mariadb, &statements);
    assert!(begin.elapsed() < Duration::from_secs(30), "{:?} {report:?}", begin.elapsed());
    assert!(report.of(&sha256("SELECT 1; DELETE FROM orders")).is_some_and(|estimate| estimate.plan.is_none()));
    assert_eq!(
        server.sql("SELECT n FROM pay.counts; SELECT count(*) FROM pay.orders; SELECT next_not_cached_value FROM pay.s"),
        "0\n10000\n1"
    );
    assert!(!std::path::Path::new(&folder).join("written").exists());
}

/// Each of these statements has its reason, which holds these words.
fn reasons(target: &Target, statements: &[(SqlDialect, &str, &str)]) {
    for (dialect, statement, wanted) in statements {
        let estimate = estimate(target, *dialect, statement);
        let failed = estimate.failed.unwrap_or_else(|| panic!("{statement}: {:?}", estimate.plan));
        assert!(failed.contains(wanted) && !failed.contains('\n'), "{statement}: {failed}");
    }
}

/// A table that somebody has locked is unknown, and the next one is asked about all the same.
fn locked(target: &Target, dialect: SqlDialect, wanted: &str) {
    let begin = Instant::now();
    let report = ask(target, dialect, &["DELETE FROM held", "DELETE FROM free"]);
    let held = report.of(&sha256("DELETE FROM held")).and_then(|estimate| estimate.failed.clone()).expect("it is locked");
    assert!(held.contains(wanted), "{held}");
    assert!(report.of(&sha256("DELETE FROM free")).is_some_and(|estimate| estimate.plan.is_some()), "{report:?}");
    assert!(begin.elapsed() < Duration::from_secs(15));
}

fn unknown_in_postgres(server: &Postgres) {
    use SqlDialect::{Mysql, Postgres};
    server.sql("CREATE TABLE free (id int); CREATE TABLE held (id int)");
    let target = postgres_target(server, "kadian", postgres::PASSWORD);
    reasons(
        &target,
        &[
            (Postgres, "UPDATE made SET id = 1", "the change may make it"),
            (Postgres, "UPDATE free SET made = 1", "the change may make it"),
            (Postgres, "SELECT * FROM nowhere.free", "the change may make it"),
            (Postgres, "DELETE FROM free WHERE id = $1", "placeholders"),
            (Postgres, "DELETE FRM free", "syntax error"),
            (Postgres, "DROP TABLE free", "only SELECT"),
            (Mysql, "DELETE FROM free", "written for mysql, and the database is one of postgres"),
        ],
    );
    let mut holder = server.session("postgres");
    assert_eq!(holder.ask("BEGIN; LOCK TABLE held IN ACCESS EXCLUSIVE MODE; SELECT 1"), "1");
    locked(&target, Postgres, "lock timeout");
}

fn unknown_in_mariadb(server: &Mariadb) {
    use SqlDialect::{Mysql, Sqlite};
    server.sql("CREATE TABLE pay.free (id int); CREATE TABLE pay.held (id int)");
    let target = mariadb_target(server, "kadian", mariadb::PASSWORD);
    reasons(
        &target,
        &[
            (Mysql, "UPDATE made SET id = 1", "the change may make it"),
            (Mysql, "DELETE FROM free WHERE made = 1", "the change may make it"),
            (Mysql, "DELETE FROM free WHERE id = ?", "placeholders"),
            (Mysql, "DELETE FRM free", "no query is known"),
            (Sqlite, "DELETE FROM free", "written for sqlite"),
        ],
    );
    let mut holder = server.session();
    assert_eq!(holder.ask("LOCK TABLES pay.held WRITE; SELECT 1"), "1");
    locked(&target, Mysql, "Lock wait timeout");
}

fn unanswered() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = silent.local_addr().expect("an address").port();
    for (url, dialect) in [("postgres", SqlDialect::Postgres), ("mysql", SqlDialect::Mysql)] {
        let statements = [("SELECT 1".to_owned(), dialect), ("INSERT INTO t VALUES (1)".to_owned(), dialect)];
        for (port, wanted) in [(port, "no answer within 1 s"), (1, "refused")] {
            let target = target(&format!("{url}://kadian@127.0.0.1:{port}/pay"), "s3cret-w0rd");
            let report = estimates(&target, &statements, Duration::from_secs(1), Timestamp::UNIX_EPOCH);
            let failed = report.of(&sha256("SELECT 1")).and_then(|estimate| estimate.failed.clone()).expect("nobody answered");
            assert!(failed.contains(wanted) || failed.contains("timed out"), "{failed}");
            assert!(!failed.contains("s3cret-w0rd"), "{failed}");
            assert_eq!(
                report.of(&sha256("INSERT INTO t VALUES (1)")).and_then(|estimate| estimate.plan.as_ref()).map(|plan| plan.rows),
                Some(1)
            );
        }
    }
}
