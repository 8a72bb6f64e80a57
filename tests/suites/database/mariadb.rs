//! Snapshots of a real MariaDB server.

use libtest_mimic::Trial;
use serde_json::{Value, json};

use super::{names, table, taken, trial};
use crate::support::mariadb::{Mariadb, PASSWORD};

pub(super) fn trials() -> Vec<Trial> {
    vec![trial("database::mariadb::a-snapshot-tells-what-the-server-knows", || {
        let server = Mariadb::start_with(&["--performance-schema=ON"]);
        slow(&server);
        catalogue(&server);
        rights(&server);
        locked(&server);
        without_tls(&server);
    })]
}

fn snapshot(server: &Mariadb) -> (String, Value) {
    taken(&["--url", &server.open_address()], &[("MYSQL_PWD", PASSWORD)])
}

const TABLES: &str = "USE pay; \
    CREATE TABLE orders (id bigint unsigned AUTO_INCREMENT PRIMARY KEY, name varchar(20) NOT NULL DEFAULT 'secret-value', n int, \
        g int AS (n + 1) STORED, v int AS (n + 2) VIRTUAL, made timestamp DEFAULT current_timestamp(), KEY named (name(5)), \
        UNIQUE KEY u (n, name)); \
    INSERT INTO orders (name, n) SELECT CONCAT('secret-value', seq), seq FROM seq_1_to_5000; \
    CREATE TABLE items (order_id bigint unsigned, x text COLLATE utf8mb4_bin, \
        CONSTRAINT own FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE CASCADE); \
    CREATE TABLE days (id int, at date) PARTITION BY RANGE (year(at)) (PARTITION p0 VALUES LESS THAN (2020), PARTITION p1 VALUES LESS THAN (2030)); \
    INSERT INTO days SELECT seq, '2021-01-01' FROM seq_1_to_500; \
    CREATE TABLE memo (a int) ENGINE=Aria; CREATE VIEW seen AS SELECT * FROM orders; CREATE SEQUENCE counts; \
    CREATE TABLE `we``ird\n\"n'\u{1b}[31m` (`c\nd` int); \
    CREATE DATABASE other; CREATE TABLE other.far (id bigint unsigned PRIMARY KEY); \
    ALTER TABLE items ADD CONSTRAINT foreign_one FOREIGN KEY (order_id) REFERENCES other.far (id); \
    ANALYZE TABLE orders, items, days, memo";

fn catalogue(server: &Mariadb) {
    server.sql(TABLES);
    let (said, found) = snapshot(server);
    assert!(said.starts_with("table-stats.json: 5 tables and 1 view of database pay, 1"), "{said}");
    assert!(
        said.contains(
            "not known: slow statements: the performance schema keeps no digests of statements; the slow query log is off"
        ),
        "{said}"
    );
    assert_eq!((&found["dialect"], &found["replicas"]), (&json!("mariadb"), &json!(0)));
    assert!(!found.to_string().contains("secret-value"), "no value of any row, and no default");
    let orders = table(&found, "orders");
    let rows = orders["rows"].as_u64().expect("an estimate");
    assert!((4500..5500).contains(&rows), "{rows}");
    assert_eq!(
        (&orders["schema"], &orders["engine"], &orders["collation"]),
        (&Value::Null, &json!("InnoDB"), &json!("utf8mb4_general_ci"))
    );
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
            "\"id\" \"bigint(20) unsigned\" false true false",
            "\"name\" \"varchar(20)\" false true false",
            "\"n\" \"int(11)\" true false false",
            "\"g\" \"int(11)\" true false true",
            "\"v\" \"int(11)\" true false true",
            "\"made\" \"timestamp\" true true false",
        ]
    );
    let indexes: Vec<String> = orders["indexes"]
        .as_array()
        .expect("indexes")
        .iter()
        .map(|index| format!("{} {} {} {}", index["name"], index["columns"], index["unique"], index["primary"]))
        .collect();
    assert_eq!(
        indexes,
        ["\"named\" [\"name\"] false false", "\"PRIMARY\" [\"id\"] true true", "\"u\" [\"n\",\"name\"] true false",]
    );
    assert!(orders["indexes"][0]["bytes"].as_u64().is_some_and(|bytes| bytes > 0));
    assert!(orders["analyzed_at"].is_string() && orders["bytes"].as_u64().is_some_and(|bytes| bytes > 100_000));
    assert_eq!(
        table(&found, "items")["foreign_keys"],
        json!([
            {"name": "foreign_one", "columns": ["order_id"], "to_schema": "other", "to_table": "far", "to_columns": ["id"], "on_delete": "RESTRICT"},
            {"name": "own", "columns": ["order_id"], "to_schema": null, "to_table": "orders", "to_columns": ["id"], "on_delete": "CASCADE"},
        ])
    );
    assert_eq!(table(&found, "items")["columns"][1]["collation"], "utf8mb4_bin");
    let days = table(&found, "days");
    assert_eq!(days["kind"], "partitioned");
    assert!(days["rows"].as_u64().is_some_and(|rows| (400..600).contains(&rows)), "{days}");
    assert_eq!((&table(&found, "seen")["kind"], &table(&found, "seen")["rows"]), (&json!("view"), &Value::Null));
    assert_eq!(table(&found, "memo")["engine"], "Aria");
    assert_eq!(table(&found, "we`ird\n\"n'\u{1b}[31m")["columns"][0]["name"], "c\nd");
    assert!(!names(&found).contains(&"counts"));
}

fn rights(server: &Mariadb) {
    server.sql("CREATE USER reader@'%' IDENTIFIED BY 'reads'; GRANT SELECT ON pay.* TO reader@'%'; CREATE USER nobody@'%' IDENTIFIED BY 'reads'");
    let url = format!("mariadb://reader@127.0.0.1:{}/pay", server.port);
    let (said, found) = taken(&["--url", &url], &[("MYSQL_PWD", "reads")]);
    assert!(said.starts_with("table-stats.json: 5 tables and 1 view"), "{said}");
    let (orders, items) = (table(&found, "orders"), table(&found, "items"));
    assert!(orders["rows"].as_u64().is_some_and(|rows| rows > 4500));
    assert_eq!(
        (&orders["analyzed_at"], &orders["indexes"][0]["bytes"]),
        (&Value::Null, &Value::Null),
        "only the server's own tables tell"
    );
    let rules: Vec<&Value> = items["foreign_keys"].as_array().expect("keys").iter().map(|key| &key["on_delete"]).collect();
    assert_eq!(rules, ["RESTRICT", "CASCADE"], "the catalogue hides them, the table's description does not");
    // What docs/database-statistics.md grants.
    server.sql("GRANT SELECT ON mysql.innodb_table_stats TO reader@'%'; GRANT SELECT ON mysql.innodb_index_stats TO reader@'%'");
    let (_, granted) = taken(&["--url", &url], &[("MYSQL_PWD", "reads")]);
    let orders = table(&granted, "orders");
    assert!(orders["analyzed_at"].is_string() && orders["indexes"][0]["bytes"].is_u64(), "{orders}");
    let nobody = format!("mariadb://nobody@127.0.0.1:{}/pay", server.port);
    assert!(super::refused(&["--url", &nobody], &[("MYSQL_PWD", "reads")]).contains("Access denied"));
}

fn slow(server: &Mariadb) {
    server.sql("USE pay; CREATE TABLE sold (id int, name varchar(40)); INSERT INTO sold VALUES (1, 'secret-value')");
    server.sql("SET GLOBAL slow_query_log = 1, GLOBAL log_output = 'TABLE', GLOBAL long_query_time = 0.1");
    for value in ["secret-value", "secret-value\\' OR \\'x"] {
        server.sql(&format!("USE pay; SELECT SLEEP(0.2), o.* FROM sold o WHERE name = \"secret-value\" OR name = '{value}'"));
    }
    let both_are_one = |found: &Value| {
        let all = found["slow"].as_array().unwrap_or_else(|| panic!("a list: {}", found["slow_unknown"]));
        assert!(!found.to_string().contains("secret-value"), "{all:?}");
        let slow: Vec<&Value> = all.iter().filter(|slow| slow["tables"] == json!(["sold"])).collect();
        assert_eq!((slow.len(), &slow[0]["calls"]), (1, &json!(2)), "{all:?}");
        assert!(slow[0]["mean_ms"].as_f64().is_some_and(|mean| (180.0..5000.0).contains(&mean)), "{slow:?}");
        assert!(slow[0]["text"].as_str().is_some_and(|text| text.to_uppercase().starts_with("SELECT ")), "{slow:?}");
    };
    both_are_one(&snapshot(server).1);
    server.sql("UPDATE performance_schema.setup_consumers SET ENABLED = 'NO' WHERE NAME = 'statements_digest'");
    both_are_one(&snapshot(server).1);
    server.sql("CREATE USER seller@'%' IDENTIFIED BY 'reads'; GRANT SELECT ON pay.* TO seller@'%'");
    let url = format!("mysql://seller@127.0.0.1:{}/pay", server.port);
    let (said, found) = taken(&["--url", &url], &[("MYSQL_PWD", "reads")]);
    assert!(found["slow"].is_null() && said.contains("SELECT command denied to user 'seller'"), "{said}");
    server.sql("SET GLOBAL log_output = 'FILE'");
    assert!(snapshot(server).0.contains("the slow query log is no table"));
    server.sql("SET GLOBAL slow_query_log = 0; DROP TABLE pay.sold");
}

fn without_tls(server: &Mariadb) {
    let ask =
        |mode: &str| super::run(&["--url", &format!("{}?ssl-mode={mode}", server.open_address())], &[("MYSQL_PWD", PASSWORD)]).0;
    assert_eq!(ask("PREFERRED").code, 0);
    for mode in ["REQUIRED", "VERIFY_IDENTITY"] {
        let run = ask(mode);
        assert!(run.code == 2 && run.stderr.contains("the server speaks no TLS"), "{}", run.stderr);
    }
}

fn locked(server: &Mariadb) {
    server.sql("USE pay; CREATE TABLE held (id int PRIMARY KEY); INSERT INTO held VALUES (1); CREATE TABLE free (id int)");
    let mut holder = server.session();
    assert_eq!(holder.ask("USE pay; LOCK TABLES held WRITE; SELECT 'locked'"), "locked");
    let begin = std::time::Instant::now();
    let (_, found) = snapshot(server);
    assert!(begin.elapsed() < std::time::Duration::from_secs(20));
    assert_eq!((&table(&found, "held")["name"], &table(&found, "free")["name"]), (&json!("held"), &json!("free")));
}
