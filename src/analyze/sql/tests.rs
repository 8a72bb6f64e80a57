//! The run over several scripts: state, sizes, directions, order, hidden secrets.

use std::cmp::Reverse;

use super::testing::{Case, found, options, statistics};
use super::{SqlSource, UnderstoodSql, understand};
use crate::evidence::sql::{self, Script};
use crate::facts::{Direction, LineRange, SizeClass, SqlDialect, SqlRisk};

fn script(text: &str) -> Script {
    sql::read(text, SqlDialect::Postgres)
}

fn source<'a>(path: &'a str, direction: Direction, script: &'a Script) -> SqlSource<'a> {
    SqlSource { path, direction, script, in_transaction: false, edited: false, added: None }
}

fn judged(sources: &[SqlSource<'_>]) -> UnderstoodSql {
    understand(sources, &options(&Case::default(), None))
}

fn harms<'a>(understood: &'a UnderstoodSql, rule: &str) -> Vec<&'a SqlRisk> {
    understood.risks.iter().filter(|risk| risk.rule == rule && risk.harmless.is_none()).collect()
}

#[test]
fn nothing_comes_of_nothing() {
    assert_eq!(judged(&[]), UnderstoodSql::default());
    assert_eq!(judged(&[source("a.sql", Direction::Up, &script(" -- only words\n"))]), UnderstoodSql::default());
}

#[test]
fn a_table_of_an_earlier_file_is_new_in_a_later_one() {
    let (one, two) = (script("CREATE TABLE t (id bigint PRIMARY KEY);"), script("CREATE INDEX i ON t (id);"));
    let understood = judged(&[source("1.sql", Direction::Up, &one), source("2.sql", Direction::Up, &two)]);
    assert!(harms(&understood, "database/index-not-concurrent").is_empty());
    let risk = understood.risks.iter().find(|risk| risk.rule == "database/index-not-concurrent").unwrap();
    assert_eq!(risk.harmless.as_deref(), Some("the same change creates it, in line 1"));
    assert_eq!(risk.place.file, "2.sql");
    let table = understood.tables.iter().find(|table| table.name == "t").unwrap();
    assert!(table.created_here);
    let reversed = judged(&[source("2.sql", Direction::Up, &two), source("1.sql", Direction::Up, &one)]);
    assert_eq!(harms(&reversed, "database/index-not-concurrent").len(), 1, "the order is that of the sources");
}

#[test]
fn what_only_stands_there_is_followed_and_not_judged() {
    let text = "CREATE TABLE t (id bigint PRIMARY KEY);\nDROP TABLE o;\nCREATE INDEX i ON t (id);\n";
    let whole = script(text);
    let added = [LineRange { first: 3, last: 3 }];
    let edited = SqlSource { edited: true, added: Some(&added), ..source("1.sql", Direction::Up, &whole) };
    let understood = judged(&[edited]);
    assert_eq!(understood.statements.len(), 1);
    assert!(harms(&understood, "database/drop-table").is_empty());
    assert_eq!(harms(&understood, "database/index-not-concurrent").len(), 1, "the table may have been there for long");
    let before = [LineRange { first: 1, last: 1 }, LineRange { first: 3, last: 3 }];
    let understood = judged(&[SqlSource { added: Some(&before), ..edited }]);
    assert!(harms(&understood, "database/index-not-concurrent").is_empty());
}

#[test]
fn a_way_down_may_drop_what_the_way_up_makes_and_nothing_else() {
    let up = script("CREATE TABLE t (id bigint PRIMARY KEY); ALTER TABLE o ADD COLUMN a int; CREATE VIEW v AS SELECT 1 AS a;");
    let down = script("DROP TABLE t; DROP TABLE o; ALTER TABLE p DROP COLUMN a; DROP VIEW v;");
    let understood = judged(&[source("d.sql", Direction::Down, &down), source("u.sql", Direction::Up, &up)]);
    let dropped = harms(&understood, "database/drop-table");
    assert_eq!(dropped.len(), 1);
    assert_eq!((dropped[0].table.as_deref(), dropped[0].direction), (Some("o"), Direction::Down));
    assert_eq!(harms(&understood, "database/drop-column").len(), 1);
    assert!(harms(&understood, "database/drop-view").is_empty());
}

#[test]
fn what_one_way_down_drops_does_not_disturb_the_next() {
    let up = script("CREATE TABLE t (id bigint PRIMARY KEY); CREATE TABLE u (id bigint PRIMARY KEY);");
    let (one, two) = (script("DROP TABLE u;"), script("DROP TABLE t;"));
    let understood = judged(&[
        source("u.sql", Direction::Up, &up),
        source("1.down.sql", Direction::Down, &one),
        source("2.down.sql", Direction::Down, &two),
    ]);
    assert!(harms(&understood, "database/drop-table").is_empty());
}

#[test]
fn settings_of_one_script_do_not_hold_in_the_next() {
    let (one, two) = (script("SET lock_timeout = '2s';"), script("ALTER TABLE t ADD COLUMN a int;"));
    let understood = judged(&[source("1.sql", Direction::Up, &one), source("2.sql", Direction::Up, &two)]);
    assert_eq!(harms(&understood, "database/no-lock-timeout").len(), 1);
}

#[test]
fn sizes_decide() {
    let known = statistics(SqlDialect::Postgres);
    let text = "CREATE INDEX a ON orders (a); CREATE INDEX b ON customers (a); CREATE INDEX c ON settings (a); CREATE INDEX d ON blobs (a); \
                CREATE INDEX e ON unseen (a); CREATE INDEX f ON nobody (a);";
    let read = script(text);
    let understood = understand(&[source("1.sql", Direction::Up, &read)], &options(&Case::default(), Some(&known)));
    let sizes: Vec<(&str, SizeClass, bool)> = understood
        .risks
        .iter()
        .filter(|risk| risk.rule == "database/index-not-concurrent")
        .map(|risk| (risk.table.as_deref().unwrap(), risk.size, risk.harmless.is_some()))
        .collect();
    assert_eq!(
        sizes,
        [
            ("orders", SizeClass::Large, false),
            ("customers", SizeClass::Medium, false),
            ("settings", SizeClass::Small, true),
            ("blobs", SizeClass::Medium, false),
            ("unseen", SizeClass::Unknown, false),
            ("nobody", SizeClass::Unknown, false),
        ]
    );
    let small = understood.risks.iter().find(|risk| risk.harmless.is_some()).unwrap();
    assert_eq!(small.harmless.as_deref(), Some("the table is small: about 40 rows, and up to 10000 are small"));
    let orders = understood.tables.iter().find(|table| table.name == "orders").unwrap();
    assert_eq!((orders.rows, orders.slow_ms, orders.replicated), (Some(50_000_000), Some(340.0), Some(true)));
}

#[test]
fn what_a_block_may_run_is_judged_in_its_place() {
    let read = script(
        "SELECT 1;\n\nDO $$\nBEGIN\n  IF true THEN\n    DROP TABLE t;\n    CREATE TABLE u (id bigint PRIMARY KEY);\n  END IF;\nEND $$;\nDROP TABLE u;",
    );
    let understood = judged(&[source("1.sql", Direction::Up, &read)]);
    let dropped = harms(&understood, "database/drop-table");
    assert_eq!(dropped.len(), 2, "u may have been there, because it is made under a condition");
    assert_eq!((dropped[0].table.as_deref(), dropped[0].place.line, dropped[0].statement), (Some("t"), 3, 1));
    assert!(harms(&understood, "database/anonymous-block").is_empty());
    assert_eq!(understood.statements[1].tables, ["t", "u"]);
}

#[test]
fn a_table_of_another_schema_is_another_one() {
    for (text, new) in [
        ("CREATE TABLE app.t (id bigint PRIMARY KEY); DROP TABLE t;", false),
        ("CREATE TABLE app.t (id bigint PRIMARY KEY); DROP TABLE app.t;", true),
        ("CREATE TABLE t (id bigint PRIMARY KEY); DROP TABLE public.t;", true),
        ("CREATE TABLE t (id bigint PRIMARY KEY); DROP TABLE app.t;", false),
        ("SET search_path = app, public; CREATE TABLE t (id bigint PRIMARY KEY); DROP TABLE app.t;", true),
        ("SET search_path = app; CREATE TABLE app.t (id bigint PRIMARY KEY); DROP TABLE t;", true),
        ("CREATE TABLE a.t (id bigint PRIMARY KEY); CREATE TABLE b.t (id bigint PRIMARY KEY); DROP TABLE a.t;", true),
    ] {
        let understood = judged(&[source("1.sql", Direction::Up, &script(text))]);
        assert_eq!(harms(&understood, "database/drop-table").is_empty(), new, "{text}");
    }
}

#[test]
fn another_database_is_not_the_one_that_is_known() {
    let known = statistics(SqlDialect::Mysql);
    let read =
        sql::read("OPTIMIZE TABLE settings; OPTIMIZE TABLE shop.settings; OPTIMIZE TABLE other.settings;", SqlDialect::Mysql);
    let case = Case { dialect: SqlDialect::Mysql, ..Case::default() };
    let understood = understand(&[source("1.sql", Direction::Up, &read)], &options(&case, Some(&known)));
    let sizes: Vec<SizeClass> =
        understood.risks.iter().filter(|risk| risk.rule == "database/optimize-table").map(|risk| risk.size).collect();
    assert_eq!(sizes, [SizeClass::Small, SizeClass::Small, SizeClass::Unknown]);
}

#[test]
fn everything_is_in_the_order_of_files_and_places() {
    let text = "DROP TABLE b;\nDROP TABLE a; CREATE INDEX i ON c (a);\n";
    let (one, two) = (script(text), script(text));
    let understood = judged(&[source("z.sql", Direction::Up, &one), source("a.sql", Direction::Up, &two)]);
    let places: Vec<_> = understood.statements.iter().map(|statement| statement.place.clone()).collect();
    let mut sorted = places.clone();
    sorted.sort();
    assert_eq!(places, sorted);
    for risk in &understood.risks {
        assert_eq!(understood.statements[risk.statement].place, risk.place);
    }
    let keys: Vec<_> =
        understood.risks.iter().map(|risk| (risk.place.clone(), Reverse(risk.severity), risk.rule.clone())).collect();
    let mut sorted = keys.clone();
    sorted.sort();
    assert_eq!(keys, sorted);
    assert_eq!(
        understood,
        judged(&[source("z.sql", Direction::Up, &one), source("a.sql", Direction::Up, &two)]),
        "twice the same"
    );
    let names: Vec<&str> = understood.tables.iter().map(|table| table.name.as_str()).collect();
    assert_eq!(names, ["a", "b", "c"]);
}

#[test]
fn no_password_is_shown() {
    let secret = "hunter2";
    for (dialect, text) in [
        (SqlDialect::Postgres, "CREATE USER app PASSWORD 'hunter2';"),
        (SqlDialect::Postgres, "ALTER ROLE app WITH ENCRYPTED PASSWORD E'x\\'hunter2';"),
        (SqlDialect::Postgres, "CREATE USER app PASSWORD $$hunter2$$;"),
        (SqlDialect::Postgres, "CREATE USER app PASSWORD $a$hunter2$a$;"),
        (SqlDialect::Postgres, "CREATE USER MAPPING FOR app SERVER s OPTIONS (user 'x', password 'hunter2');"),
        (SqlDialect::Postgres, "CREATE SUBSCRIPTION s CONNECTION 'host=a password=hunter2' PUBLICATION p;"),
        (SqlDialect::Postgres, "DO $$ BEGIN CREATE USER app PASSWORD 'hunter2'; END $$;"),
        (SqlDialect::Postgres, "/* password: hunter2 */ SELECT 1 -- hunter2\n;"),
        (SqlDialect::Postgres, "SELECT dblink_connect('host=a pass' || 'word=hunter2');"),
        (SqlDialect::Mysql, "CREATE USER 'app'@'%' IDENTIFIED BY 'hunter2';"),
        (SqlDialect::Mysql, "CREATE USER 'app'@'%' IDENTIFIED BY \"hunter2\";"),
        (SqlDialect::Mysql, "CREATE USER 'app'@'%' IDENTIFIED BY \"hunter2 and more\";"),
        (SqlDialect::Mysql, "SET PASSWORD FOR 'app'@'%' = 'hunter2';"),
        (SqlDialect::Mysql, "ALTER USER 'app'@'%' IDENTIFIED WITH mysql_native_password AS 'hunter2';"),
        (SqlDialect::Mysql, "CHANGE MASTER TO MASTER_USER='r', MASTER_PASSWORD='hunter2';"),
        (SqlDialect::Mysql, "CREATE USER 'app'@'%' IDENTIFIED BY 'a\\'hunter2';"),
    ] {
        let script = sql::read(text, dialect);
        let case = Case { dialect, ..Case::default() };
        let understood = understand(&[source("a.sql", Direction::Up, &script)], &options(&case, None));
        let shown = format!("{understood:?}");
        assert!(!shown.contains(secret), "{text}: {:?}", understood.statements);
        assert!(!understood.statements.is_empty(), "{text}");
    }
}

#[test]
fn a_text_is_one_line_and_not_without_end() {
    let long = format!("UPDATE t SET a = '{}'\n -- why\n WHERE\tid = 3;", "x".repeat(500));
    let read = script(&long);
    let understood = judged(&[source("a.sql", Direction::Up, &read)]);
    let text = &understood.statements[0].text;
    assert!(text.starts_with("UPDATE t SET a = 'xxx") && text.ends_with("...") && text.chars().count() <= 204, "{text}");
    let read = script("UPDATE t\n  SET a = 1 -- why\n  WHERE id = 3;");
    assert_eq!(judged(&[source("a.sql", Direction::Up, &read)]).statements[0].text, "UPDATE t SET a = 1 WHERE id = 3");
}

#[test]
fn names_cannot_break_out_of_a_text() {
    let found = found(
        "DROP TABLE \"a\nb\u{7}`x`\"; DROP TABLE \"{old}{column}\"; ALTER TABLE \"sel ect\" RENAME COLUMN \"a\"\"b\" TO c;",
        &Case::default(),
    );
    for risk in &found {
        assert!(!risk.message.contains(['\n', '\u{7}']), "{:?}", risk.message);
    }
    assert!(found.iter().any(|risk| risk.message.contains("{old}{column}")), "what stands in a name is no placeholder");
}

#[test]
fn a_statement_of_too_many_parts_is_not_judged_and_does_not_pass() {
    let operations: Vec<String> = (0..6_000).map(|number| format!("ADD COLUMN c{number} int")).collect();
    let read = script(&format!("ALTER TABLE t {};", operations.join(", ")));
    let understood = judged(&[source("a.sql", Direction::Up, &read)]);
    assert_eq!(harms(&understood, "database/script-too-large").len(), 1);
    assert_eq!(understood.risks.len(), 1);
}

#[test]
fn thousands_of_statements_and_tables_take_no_longer_than_their_number() {
    let mut text = String::new();
    for number in 0..2_000 {
        let number = number.to_string();
        text += &["ALTER TABLE t", &number, " ADD COLUMN a int; CREATE INDEX i", &number, " ON t", &number, " (a);\n"].concat();
    }
    let whole = format!("BEGIN;\n{text}COMMIT;\n");
    let read = script(&whole);
    let understood = judged(&[source("a.sql", Direction::Up, &read)]);
    assert_eq!(understood.statements.len(), 4_002);
    assert_eq!(harms(&understood, "database/index-not-concurrent").len(), 2_000);
    assert_eq!(harms(&understood, "database/many-locks-in-transaction").len(), 1, "told once");
}

proptest::proptest! {
    #[test]
    fn no_text_makes_it_panic_and_all_is_sorted(
        pieces in proptest::collection::vec(proptest::sample::select(PIECES), 0..40),
        dialect in proptest::sample::select(&[SqlDialect::Postgres, SqlDialect::Mysql, SqlDialect::Mariadb, SqlDialect::Sqlite][..]),
        in_transaction in proptest::bool::ANY,
        known in proptest::bool::ANY,
    ) {
        let text = pieces.join(" ");
        let script = sql::read(&text, dialect);
        let statistics = statistics(dialect);
        let case = Case { dialect, ..Case::default() };
        let source = SqlSource { in_transaction, ..source("a.sql", Direction::Up, &script) };
        let understood = understand(&[source], &options(&case, known.then_some(&statistics)));
        proptest::prop_assert_eq!(&understood, &understand(&[source], &options(&case, known.then_some(&statistics))));
        proptest::prop_assert!(understood.risks.windows(2).all(|pair| (&pair[0].place, pair[0].statement) <= (&pair[1].place, pair[1].statement)));
        for risk in &understood.risks {
            proptest::prop_assert_eq!(&understood.statements[risk.statement].direction, &risk.direction);
            proptest::prop_assert!(!risk.message.is_empty() && !risk.safe.is_empty() && !risk.source.is_empty());
        }
    }
}

const PIECES: &[&str] = &[
    "ALTER TABLE",
    "orders",
    "settings",
    "t",
    "ADD COLUMN",
    "a",
    "int",
    "NOT NULL",
    "DEFAULT",
    "now()",
    "random()",
    "3",
    ";",
    ";",
    ";",
    "CREATE TABLE",
    "(",
    ")",
    ",",
    "PRIMARY KEY",
    "CREATE INDEX i ON",
    "CONCURRENTLY",
    "DROP TABLE",
    "DROP COLUMN",
    "UPDATE",
    "SET",
    "=",
    "WHERE",
    "id",
    "DELETE FROM",
    "LIKE '%x'",
    "BEGIN",
    "COMMIT",
    "ROLLBACK",
    "RENAME TO",
    "VALIDATE CONSTRAINT c",
    "MODIFY",
    "varchar(20)",
    "enum('a','b')",
    "INSERT INTO",
    "SELECT * FROM",
    "VALUES (1)",
    "LOCK TABLE",
    "GRANT ALL ON",
    "TO PUBLIC",
    "'",
    "\"",
    "$$",
    "--",
    "/*",
    "\n",
    "é",
    "PRAGMA foreign_keys = OFF",
    "REFERENCES o (id) ON DELETE CASCADE",
    "CHECK (a IS NOT NULL)",
    "NOT VALID",
    "TRUNCATE",
    "CASCADE",
];
