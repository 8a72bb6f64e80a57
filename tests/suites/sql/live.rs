//! A change judged by what a real database answers: the sizes of its tables, and the plans of new statements.

use libtest_mimic::Trial;
use serde_json::Value;

use super::{INDEX, ORDERS, Shop, ids};
use crate::suites::trial;
use crate::support::mariadb::{self, Mariadb};
use crate::support::postgres::{self, Postgres};
use crate::support::program::{Run, kadian};

pub(super) fn trials() -> Vec<Trial> {
    vec![
        trial("sql::a-live-postgres-weighs-the-change-and-is-replayed-from-files", in_postgres),
        trial("sql::a-live-mariadb-weighs-the-change-and-is-replayed-from-files", in_mariadb),
        trial("sql::a-database-that-does-not-answer-holds", silent),
    ]
}

const ROWS: u64 = 40_000;

const FEW: &str = "UPDATE orders SET note = 'x' WHERE id = 77;\n";
const MANY: &str = "UPDATE orders SET note = 'x' WHERE note <> 'note 1';\n";

/// A change of the schema, and two corrections of rows: a few, and very many.
fn shop(table: &str, migration: &str) -> Shop {
    let base = [("db/migration/V1__orders.sql", table)];
    Shop::new(&base, &[("db/migration/V2__change.sql", migration), ("scripts/few.sql", FEW), ("scripts/many.sql", MANY)])
}

/// One check as if at the time of the servers: what they state is of this moment.
fn check(shop: &Shop, more: &[&str], variables: &[(&str, &str)]) -> Run {
    let words = ["check", "merge", "--base", "main", "--report", "json", "--set", "database.checklist=never"];
    let words = [&words[..], &["--set", "database.max_correction_rows=1000"]].concat();
    kadian(&shop.repo.path(), &[&words[..], more].concat(), variables, "")
}

fn decision(run: &Run) -> Value {
    serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{}{}", run.stdout, run.stderr))
}

/// The finding of a rule in a file.
fn finding<'a>(decision: &'a Value, rule: &str, file: &str) -> &'a Value {
    let mut findings = decision["findings"].as_array().into_iter().flatten();
    findings
        .find(|finding| finding["id"] == rule && finding["file"] == file)
        .unwrap_or_else(|| panic!("{rule} in {file} is not among {decision:#}"))
}

/// What both servers have to lead to, and that the same comes from the files that were saved.
fn judged(shop: &Shop, rule: &str, variables: &[(&str, &str)], secret: &str) {
    let saved = shop.repo.outside().join("saved");
    let saved = saved.to_str().expect("UTF-8");
    let live = check(shop, &["--save", saved], variables);
    assert_eq!(live.code, 1, "{}{}", live.stdout, live.stderr);
    assert!(!format!("{}{}", live.stdout, live.stderr).contains(secret), "the password is printed");
    let judged = decision(&live);
    let change = finding(&judged, rule, "db/migration/V2__change.sql");
    assert!(!change["message"].to_string().contains("nobody tells"), "the size is known: {change}");
    let many = finding(&judged, "database/correction-rows", "scripts/many.sql");
    assert!(many["message"].to_string().contains(" rows; one statement may change"), "{many}");
    let few = judged["findings"].as_array().into_iter().flatten().filter(|one| one["file"] == "scripts/few.sql");
    let few: Vec<_> = few.filter(|one| one["effect"] != "warn").collect();
    assert!(few.is_empty(), "a correction by key is known to be small: {few:#?}");

    let files = ["table-stats", "estimates"].map(|name| format!("--evidence=database={saved}/{name}.json"));
    for file in &files {
        let path = file.trim_start_matches("--evidence=database=");
        let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{path}: {error}"));
        assert!(!text.contains(secret), "{path} holds the password");
    }
    let again = check(shop, &[files[0].as_str(), files[1].as_str()], &[]);
    assert_eq!(again.code, 1, "{}{}", again.stdout, again.stderr);
    let told = |decision: &Value| {
        let findings = decision["findings"].as_array().cloned().unwrap_or_default();
        findings.iter().map(|one| (one["id"].clone(), one["message"].clone(), one["actual"].clone())).collect::<Vec<_>>()
    };
    assert_eq!(told(&judged), told(&decision(&again)), "the same from the files");
}

fn in_postgres() {
    let server = Postgres::start();
    server.sql(&format!(
        "{ORDERS} INSERT INTO orders (note) SELECT 'note ' || (g % 7) FROM generate_series(1, {ROWS}) g; ANALYZE orders"
    ));
    let before = server.sql("SELECT count(*), max(note) FROM orders");
    let shop = shop(ORDERS, INDEX);
    let url = format!("postgres://kadian@127.0.0.1:{}/postgres", server.port);
    judged(
        &shop,
        "database/index-not-concurrent",
        &[("KADIAN_DATABASE_URL", &url), ("PGPASSWORD", postgres::PASSWORD)],
        postgres::PASSWORD,
    );
    assert_eq!(before, server.sql("SELECT count(*), max(note) FROM orders"), "nothing is changed");
}

fn in_mariadb() {
    const TABLE: &str = "CREATE TABLE orders (id bigint PRIMARY KEY, note varchar(40), paid_at datetime) ENGINE=InnoDB;\n";
    let server = Mariadb::start();
    server.sql(&format!(
        "USE pay; {TABLE} INSERT INTO orders (id, note) SELECT seq, concat('note ', seq % 7) FROM seq_1_to_{ROWS}; \
         ANALYZE TABLE orders"
    ));
    let before = server.sql("SELECT count(*), max(note) FROM pay.orders");
    let shop = shop(TABLE, "ALTER TABLE orders MODIFY note text CHARACTER SET utf8mb4;\n");
    judged(
        &shop,
        "database/modify-copies",
        &[("KADIAN_DATABASE_URL", &server.open_address()), ("MYSQL_PWD", mariadb::PASSWORD)],
        mariadb::PASSWORD,
    );
    assert_eq!(before, server.sql("SELECT count(*), max(note) FROM pay.orders"), "nothing is changed");
}

fn silent() {
    let shop = Shop::adding("db/migration/V2__a.sql", INDEX);
    let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a port").port();
    let url = format!("postgres://kadian@127.0.0.1:{port}/postgres");
    let run = check(&shop, &[], &[("KADIAN_DATABASE_URL", &url), ("PGPASSWORD", postgres::PASSWORD)]);
    assert_eq!(run.code, 3, "{}{}", run.stdout, run.stderr);
    let decision = decision(&run);
    assert!(!ids(&decision, "hold").is_empty());
    assert!(run.stdout.contains("was asked for the sizes of its tables"), "{}", run.stdout);
    assert!(!run.stdout.contains(postgres::PASSWORD) && !run.stderr.contains(postgres::PASSWORD));
}
