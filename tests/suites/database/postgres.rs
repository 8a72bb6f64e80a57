//! Snapshots of a real PostgreSQL server.

use std::time::{Duration, Instant};

use libtest_mimic::Trial;
use serde_json::{Value, json};

use super::{names, refused, run, table, taken, trial};
use crate::support::postgres::{PASSWORD, Postgres};

pub(super) fn trials() -> Vec<Trial> {
    vec![
        trial("database::postgres::a-snapshot-tells-what-the-server-knows", || {
            let server = Postgres::start_with(&["-c", "shared_preload_libraries=pg_stat_statements"]);
            catalogue(&server);
            counts(&server);
            hostile(&server);
            rights(&server);
            locked(&server);
            slow(&server);
        }),
        trial("database::postgres::ten-thousand-tables-take-seconds", many),
    ]
}

const PASSWORDS: [(&str, &str); 1] = [("PGPASSWORD", PASSWORD)];

fn url(server: &Postgres, database: &str) -> String {
    format!("postgres://kadian@127.0.0.1:{}/{database}", server.port)
}

/// A database of its own, and how it is asked.
fn database(server: &Postgres, name: &'static str) -> impl Fn(&str) -> String {
    server.sql(&format!("CREATE DATABASE {name}"));
    |sql| server.sql_in(name, sql)
}

fn snapshot(server: &Postgres, database: &str, more: &[&str]) -> (String, Value) {
    let url = url(server, database);
    taken(&[&["--url", &url][..], more].concat(), &PASSWORDS)
}

#[expect(clippy::too_many_lines, reason = "one database and everything that is to be seen of it")]
fn catalogue(server: &Postgres) {
    let sql = database(server, "catalogue");
    sql(
        "CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name varchar(20) NOT NULL DEFAULT 'secret-value', \
            twice int GENERATED ALWAYS AS (2) STORED, note text); \
         INSERT INTO orders (name) SELECT 'secret-value' FROM generate_series(1, 5000); ANALYZE orders; \
         CREATE INDEX orders_note ON orders (lower(note), name) INCLUDE (id) WHERE note IS NOT NULL; \
         CREATE TABLE lines (order_id bigint REFERENCES orders ON DELETE CASCADE, x int, y int, UNIQUE (x, y)); \
         CREATE TABLE deep (a int, b int, FOREIGN KEY (b, a) REFERENCES lines (y, x) ON DELETE SET NULL); \
         ALTER TABLE deep DROP COLUMN a; \
         CREATE VIEW seen AS SELECT * FROM orders; CREATE MATERIALIZED VIEW kept AS SELECT * FROM orders; \
         CREATE TABLE days (id int, at date) PARTITION BY RANGE (at); \
         CREATE TABLE days_1 PARTITION OF days FOR VALUES FROM ('2020-01-01') TO ('2021-01-01'); \
         CREATE TABLE days_2 PARTITION OF days FOR VALUES FROM ('2021-01-01') TO ('2022-01-01') PARTITION BY LIST (id); \
         CREATE TABLE days_2a PARTITION OF days_2 FOR VALUES IN (1); \
         INSERT INTO days SELECT 1, '2020-05-05' FROM generate_series(1, 300); INSERT INTO days SELECT 1, '2021-05-05' FROM generate_series(1, 40); \
         CREATE TABLE parent (a int); CREATE TABLE child () INHERITS (parent); INSERT INTO child SELECT 1 FROM generate_series(1, 70); \
         CREATE SCHEMA other; CREATE TABLE other.orders (a int); \
         CREATE TEMP TABLE gone (a int); ANALYZE",
    );
    // The second row of the pair makes the index fail, and what is left of it is not valid.
    sql("INSERT INTO orders (name, note) VALUES ('a', 'b'), ('a', 'b')");
    let failed = server.try_sql_in("catalogue", "CREATE UNIQUE INDEX CONCURRENTLY broken ON orders (note)");
    assert!(failed.is_err_and(|error| error.contains("could not create unique index")));

    let (said, found) = snapshot(server, "catalogue", &[]);
    assert!(said.starts_with("table-stats.json: 11 tables and 1 view of database catalogue, PostgreSQL 1"), "{said}");
    assert!(said.contains("not valid, so that no query uses them: broken"), "{said}");
    assert!(said.contains("not known: slow statements: the extension pg_stat_statements is not installed"), "{said}");
    assert_eq!((&found["dialect"], &found["replicas"], &found["slow"]), (&json!("postgres"), &json!(0), &Value::Null));
    assert!(!found.to_string().contains("secret-value"), "no value of any row, and no default");

    let orders = table(&json!({"tables": [found["tables"].as_array().expect("tables").iter().find(|table| table["schema"] == "public" && table["name"] == "orders")]}), "orders").clone();
    assert_eq!((&orders["kind"], &orders["rows"]), (&json!("table"), &json!(5000)));
    let columns: Vec<String> = orders["columns"]
        .as_array()
        .expect("columns")
        .iter()
        .map(|column| {
            format!(
                "{} {} {} {} {}",
                column["name"], column["type"], column["nullable"], column["has_default"], column["generated"]
            )
        })
        .collect();
    assert_eq!(
        columns,
        [
            "\"id\" \"bigint\" false true false",
            "\"name\" \"character varying(20)\" false true false",
            "\"twice\" \"integer\" true false true",
            "\"note\" \"text\" true false false",
        ]
    );
    let indexes: Vec<String> = orders["indexes"]
        .as_array()
        .expect("indexes")
        .iter()
        .map(|index| {
            format!(
                "{} {} {} {} {} {}",
                index["name"], index["columns"], index["unique"], index["primary"], index["valid"], index["partial"]
            )
        })
        .collect();
    assert_eq!(
        indexes,
        [
            "\"broken\" [\"note\"] true false false false",
            "\"orders_note\" [null,\"name\"] false false true true",
            "\"orders_pkey\" [\"id\"] true true true false",
        ]
    );
    let exact = |what: &str| sql(&format!("SELECT {what}('public.orders')")).parse::<u64>().ok();
    assert_eq!((orders["bytes"].as_u64(), orders["index_bytes"].as_u64()), (exact("pg_table_size"), exact("pg_indexes_size")));
    let at: jiff::Timestamp = orders["analyzed_at"].as_str().expect("a time").parse().expect("a time");
    assert!(jiff::Timestamp::now().duration_since(at).as_secs().abs() < 600);

    let key = &table(&found, "lines")["foreign_keys"];
    assert_eq!(
        *key,
        json!([{"name": "lines_order_id_fkey", "columns": ["order_id"], "to_schema": "public", "to_table": "orders", "to_columns": ["id"], "on_delete": "CASCADE"}])
    );
    assert_eq!(table(&found, "deep")["foreign_keys"], json!([]), "it went with its column");
    let kinds = |name: &str| (table(&found, name)["kind"].clone(), table(&found, name)["rows"].clone());
    for (name, kind, rows) in [
        ("seen", "view", Value::Null),
        ("kept", "materialized_view", json!(5000)),
        ("days", "partitioned", json!(340)),
        ("days_1", "partition", json!(300)),
        ("days_2", "partitioned", json!(40)),
        ("days_2a", "partition", json!(40)),
        ("parent", "table", json!(70)),
        ("child", "table", json!(70)),
    ] {
        assert_eq!(kinds(name), (json!(kind), rows), "{name}");
    }
    let sum = |name: &str| table(&found, name)["bytes"].as_u64().expect("a size");
    assert_eq!(sum("days"), sum("days_1") + sum("days_2a"));
    assert!(!names(&found).contains(&"gone"));

    let (_, one) = snapshot(server, "catalogue", &["--schema", "other"]);
    assert_eq!(names(&one), ["orders"]);
    assert_eq!(one["tables"][0]["schema"], "other");
    assert!(
        refused(&["--url", &url(server, "catalogue"), "--schema", "others"], &PASSWORDS).contains("there is no schema `others`")
    );
    let (to_stdout, _folder) = run(&["--url", &url(server, "catalogue"), "-o", "-"], &PASSWORDS);
    assert_eq!(serde_json::from_str::<Value>(&to_stdout.stdout).expect("JSON")["tables"], found["tables"]);
    assert!(to_stdout.stderr.contains("11 tables"), "{}", to_stdout.stderr);
    let activity = sql("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'kadian' AND state LIKE 'idle in%'");
    assert_eq!(activity, "0", "no transaction stays open");
}

fn counts(server: &Postgres) {
    let sql = database(server, "counts");
    sql(
        "CREATE TABLE grown (id int) WITH (autovacuum_enabled = off); INSERT INTO grown SELECT generate_series(1, 2000); ANALYZE grown; \
         INSERT INTO grown SELECT generate_series(1, 100000); \
         CREATE TABLE never (id int) WITH (autovacuum_enabled = off); INSERT INTO never SELECT generate_series(1, 100000); \
         CREATE TABLE empty (id int); \
         CREATE TABLE mixed (id int) PARTITION BY LIST (id); \
         CREATE TABLE mixed_1 PARTITION OF mixed FOR VALUES IN (1) WITH (autovacuum_enabled = off); \
         CREATE TABLE mixed_2 PARTITION OF mixed FOR VALUES IN (2); INSERT INTO mixed SELECT 1 FROM generate_series(1, 100000)",
    );
    // As a crash does it: the rows are there, and what was counted while they came is gone.
    sql("SELECT pg_stat_reset()");
    let (said, found) = snapshot(server, "counts", &[]);
    let grown = table(&found, "grown")["rows"].as_u64().expect("an estimate");
    assert!((80_000..130_000).contains(&grown), "the file has grown since it was analysed: {grown}");
    assert_eq!((&table(&found, "never")["rows"], &table(&found, "empty")["rows"]), (&Value::Null, &json!(0)));
    assert_eq!((&table(&found, "mixed")["rows"], &table(&found, "mixed_2")["rows"]), (&Value::Null, &json!(0)));
    assert!(said.contains("not known: how many rows there are in public.mixed, public.mixed_1, public.never"), "{said}");
    assert!(said.contains("ANALYZE counts the rows"), "{said}");
}

fn hostile(server: &Postgres) {
    let sql = database(server, "hostile");
    sql("CREATE SCHEMA \"sch'\"\"em\"");
    sql("CREATE TABLE \"sch'\"\"em\".\"a\"\"b'; DROP TABLE x; --\" (\"c\n\u{1b}[31md\" int, e int)");
    sql("CREATE INDEX \"i\u{202e}\\\n\" ON \"sch'\"\"em\".\"a\"\"b'; DROP TABLE x; --\" (\"c\n\u{1b}[31md\")");
    sql(
        "CREATE TABLE \"n\u{1b}[2J\nl\" (a int) WITH (autovacuum_enabled = off); INSERT INTO \"n\u{1b}[2J\nl\" SELECT generate_series(1, 50000)",
    );
    sql("SELECT pg_stat_reset()");
    let (said, found) = snapshot(server, "hostile", &[]);
    let ugly = table(&found, "a\"b'; DROP TABLE x; --");
    assert_eq!(ugly["schema"], "sch'\"em");
    assert_eq!(ugly["columns"][0]["name"], "c\n\u{1b}[31md");
    assert_eq!(ugly["indexes"][0]["name"], "i\u{202e}\\\n");
    assert_eq!(ugly["indexes"][0]["columns"][0], "c\n\u{1b}[31md");
    assert!(said.contains("not known: how many rows") && !said.contains('\u{1b}'), "{said:?}");
    let (_, one) = snapshot(server, "hostile", &["--schema", "sch'\"em"]);
    assert_eq!(names(&one).len(), 1);
}

/// The least that a role can be.
fn rights(server: &Postgres) {
    let sql = database(server, "rights");
    sql(
        "CREATE TABLE hidden (id int PRIMARY KEY, secret text); INSERT INTO hidden SELECT g, 'x' FROM generate_series(1, 1000) g; ANALYZE hidden; \
         REVOKE ALL ON SCHEMA public FROM PUBLIC; CREATE ROLE reader LOGIN PASSWORD 'reads'; \
         ALTER ROLE reader SET default_transaction_read_only = on",
    );
    let reader = format!("postgres://reader@127.0.0.1:{}/rights", server.port);
    let (_, found) = taken(&["--url", &reader], &[("PGPASSWORD", "reads")]);
    let hidden = table(&found, "hidden");
    assert_eq!((&hidden["rows"], &hidden["indexes"][0]["unique"], &found["replicas"]), (&json!(1000), &json!(true), &json!(0)));
    assert!(hidden["bytes"].as_u64().is_some_and(|bytes| bytes > 0));
}

fn locked(server: &Postgres) {
    let sql = database(server, "locked");
    sql(
        "CREATE TABLE held (id int PRIMARY KEY); INSERT INTO held SELECT generate_series(1, 1000); ANALYZE held; CREATE TABLE free (id int)",
    );
    let mut holder = server.session("locked");
    assert_eq!(holder.ask("BEGIN; LOCK TABLE held IN ACCESS EXCLUSIVE MODE; SELECT 'locked'"), "locked");
    let begin = Instant::now();
    let (said, found) = snapshot(server, "locked", &[]);
    assert!(begin.elapsed() < Duration::from_secs(20), "nobody waits for the lock");
    let held = table(&found, "held");
    assert_eq!((&held["rows"], &held["bytes"], &held["index_bytes"]), (&json!(1000), &Value::Null, &Value::Null));
    assert_eq!(table(&found, "free")["bytes"], 0);
    assert!(said.contains("not known: how large these are: public.held"), "{said}");
}

fn slow(server: &Postgres) {
    let sql = database(server, "slow");
    sql(
        "CREATE SCHEMA tools; CREATE EXTENSION pg_stat_statements SCHEMA tools; CREATE TABLE orders (id int, name text); INSERT INTO orders VALUES (1, 'secret-value')",
    );
    sql("SELECT pg_sleep(0.2), * FROM orders WHERE name = 'secret-value'");
    sql("SELECT * FROM orders WHERE name = 'quick'");
    sql("CREATE ROLE watcher LOGIN PASSWORD 'reads'; GRANT pg_read_all_stats TO watcher");
    sql("DO $$ BEGIN PERFORM pg_sleep(0.15); RAISE NOTICE 'secret-value'; END $$");
    let (said, found) = snapshot(server, "slow", &[]);
    let all = found["slow"].as_array().expect("a list");
    let text: Vec<&str> = all.iter().filter_map(|slow| slow["text"].as_str()).collect();
    assert!(text.contains(&"SELECT pg_sleep(?), * FROM orders WHERE name = ?"), "{text:?}");
    assert!(!found.to_string().contains("secret-value") && !text.iter().any(|text| text.contains("quick")), "{text:?}");
    let first = all.iter().find(|slow| slow["text"].as_str().is_some_and(|text| text.contains("orders"))).expect("it is there");
    assert_eq!((&first["tables"], &first["calls"]), (&json!(["orders"]), &json!(1)));
    assert!(first["mean_ms"].as_f64().is_some_and(|mean| (200.0..5000.0).contains(&mean)), "{first}");
    assert!(said.contains("slow statement") && found["slow_unknown"].is_null(), "{said}");
    let (_, none) = snapshot(server, "slow", &["--slow-ms", "100000"]);
    assert_eq!(none["slow"], json!([]));
    let as_role = |role: &str| {
        let url = format!("postgres://{role}@127.0.0.1:{}/slow", server.port);
        taken(&["--url", &url], &[("PGPASSWORD", "reads")])
    };
    let (said, found) = as_role("reader");
    assert!(found["slow"].is_null() && said.contains("grant it pg_read_all_stats"), "{said}");
    let (said, found) = as_role("watcher");
    assert!(found["slow"].is_null() && said.contains("does not answer: permission denied for schema tools"), "{said}");
    sql("GRANT USAGE ON SCHEMA tools TO watcher");
    assert!(as_role("watcher").1["slow"].as_array().is_some_and(|slow| !slow.is_empty()));
}

fn many() {
    let server = Postgres::start();
    for part in 0..10 {
        server.sql(&format!(
            "DO $$ BEGIN FOR i IN 1..1000 LOOP EXECUTE format('CREATE TABLE t{part}_%s (id bigint PRIMARY KEY, a text, b text, c int, d int, e int)', i); END LOOP; END $$"
        ));
    }
    let begin = Instant::now();
    let (said, found) = snapshot(&server, "postgres", &[]);
    let took = begin.elapsed();
    assert!(said.starts_with("table-stats.json: 10000 tables"), "{said}");
    assert_eq!(found["tables"].as_array().map(Vec::len), Some(10_000));
    assert!(took < Duration::from_secs(30), "{took:?}");
}
