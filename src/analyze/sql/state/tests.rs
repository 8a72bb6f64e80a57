//! When a table is the change's own, and when it only looks like it; what the migrations of the base tell.

use crate::analyze::sql::testing::{Case, options, statistics};
use crate::analyze::sql::{EarlierSql, SqlSource, UnderstoodSql, understand};
use crate::evidence::sql::{self, Script};
use crate::facts::SqlDialect::{self, Mariadb, Mysql, Postgres, Sqlite};
use crate::facts::{Direction, SizeClass, SqlRisk};

/// A file: its path, its dialect, its text.
type File<'a> = (&'a str, SqlDialect, &'a str);

/// Judges files of a change on top of files of the base.
fn judged(base: &[File<'_>], change: &[File<'_>], known: bool) -> UnderstoodSql {
    let read = |files: &[File<'_>]| -> Vec<Script> { files.iter().map(|(_, dialect, text)| sql::read(text, *dialect)).collect() };
    let (base_scripts, change_scripts) = (read(base), read(change));
    let earlier: Vec<EarlierSql<'_>> =
        base.iter().zip(&base_scripts).map(|((path, ..), script)| EarlierSql { path, script: Some(script) }).collect();
    let sources: Vec<SqlSource<'_>> = change
        .iter()
        .zip(&change_scripts)
        .map(|((path, ..), script)| SqlSource {
            path,
            direction: Direction::Up,
            script,
            in_transaction: false,
            edited: false,
            added: None,
        })
        .collect();
    let dialect = change[0].1;
    let statistics = statistics(dialect);
    let options = options(&Case { dialect, ..Case::default() }, known.then_some(&statistics));
    understand(&sources, &crate::analyze::sql::SqlOptions { earlier: &earlier, ..options })
}

/// What a text does beside warnings about time-outs, names and the like, with these statistics and this base.
fn harms(risks: &[SqlRisk]) -> Vec<&str> {
    const HURTS: &[&str] = &[
        "database/drop-table",
        "database/drop-column",
        "database/drop-schema",
        "database/truncate",
        "database/change-without-where",
        "database/change-type-rewrites",
        "database/index-not-concurrent",
        "database/check-scans",
        "database/not-null-scans",
        "database/drop-view",
        "database/drop-index-not-concurrent",
    ];
    let found = risks.iter().filter(|risk| risk.harmless.is_none());
    found.map(|risk| risk.rule.as_str()).filter(|rule| HURTS.contains(rule)).collect()
}

fn alone(dialect: SqlDialect, text: &str) -> UnderstoodSql {
    judged(&[], &[("m/V2__x.sql", dialect, text)], false)
}

/// What hides that a table may have been there, each with what is told of it all the same.
const NOT_NEW: &[(SqlDialect, &str, &str)] = &[
    // Passed over where it is there.
    (Postgres, "database/drop-table", "CREATE TABLE IF NOT EXISTS u (id bigint PRIMARY KEY); DROP TABLE u;"),
    (Mysql, "database/drop-table", "CREATE TABLE IF NOT EXISTS u (id bigint PRIMARY KEY); DROP TABLE u;"),
    (Postgres, "database/change-without-where", "CREATE TABLE IF NOT EXISTS u (id bigint PRIMARY KEY); DELETE FROM u;"),
    (Mysql, "database/change-without-where", "CREATE TABLE IF NOT EXISTS u (id bigint PRIMARY KEY); DELETE FROM u;"),
    (
        Postgres,
        "database/change-type-rewrites",
        "CREATE TABLE IF NOT EXISTS u (id bigint, a bigint); ALTER TABLE u ALTER COLUMN a TYPE bigint;",
    ),
    (Postgres, "database/drop-schema", "CREATE SCHEMA IF NOT EXISTS app; DROP SCHEMA app CASCADE;"),
    (
        Postgres,
        "database/change-type-rewrites",
        "ALTER TABLE u ADD COLUMN IF NOT EXISTS a bigint; ALTER TABLE u ALTER COLUMN a TYPE bigint;",
    ),
    (Postgres, "database/drop-column", "ALTER TABLE u ADD COLUMN IF NOT EXISTS a int; ALTER TABLE u DROP COLUMN a;"),
    (Mariadb, "database/drop-column", "ALTER TABLE u ADD COLUMN IF NOT EXISTS a int; ALTER TABLE u DROP COLUMN a;"),
    // Made under a condition.
    (
        Postgres,
        "database/drop-table",
        "DO $$ BEGIN IF false THEN CREATE TABLE u (id int PRIMARY KEY); END IF; END $$; DROP TABLE u;",
    ),
    (
        Postgres,
        "database/truncate",
        "DO $$ BEGIN CREATE TABLE u (id int PRIMARY KEY); EXCEPTION WHEN duplicate_table THEN NULL; END $$; TRUNCATE u;",
    ),
    // Taken back.
    (Postgres, "database/drop-table", "BEGIN; CREATE TABLE u (id int PRIMARY KEY); ROLLBACK; DROP TABLE u;"),
    (Sqlite, "database/drop-table", "BEGIN; CREATE TABLE u (id int PRIMARY KEY); ROLLBACK; DROP TABLE u;"),
    (Postgres, "database/drop-table", "BEGIN; CREATE TABLE u (id int PRIMARY KEY); ABORT; DROP TABLE u;"),
    (Postgres, "database/drop-table", "BEGIN; CREATE TABLE u (id int PRIMARY KEY); ROLLBACK AND CHAIN; DROP TABLE u; COMMIT;"),
    (
        Postgres,
        "database/drop-table",
        "BEGIN; SAVEPOINT a; CREATE TABLE u (id int PRIMARY KEY); ROLLBACK TO SAVEPOINT a; DROP TABLE u; COMMIT;",
    ),
    // Of one session.
    (Postgres, "database/drop-table", "CREATE TEMP TABLE u (id int); DROP TABLE public.u;"),
    (Postgres, "database/change-without-where", "CREATE TEMP TABLE u (id int); DELETE FROM public.u;"),
    (Postgres, "database/drop-table", "CREATE TEMP TABLE u (id int); DROP TABLE u; DROP TABLE u;"),
    (Postgres, "database/change-without-where", "BEGIN; CREATE TEMP TABLE u (id int) ON COMMIT DROP; COMMIT; DELETE FROM u;"),
    (Postgres, "database/change-without-where", "CREATE TEMP TABLE u (id int) ON COMMIT DROP; DELETE FROM u;"),
    (Postgres, "database/change-without-where", "CREATE TEMP TABLE u (id int); DISCARD TEMP; DELETE FROM u;"),
    (Postgres, "database/change-without-where", "CREATE TEMP TABLE u (id int); DISCARD ALL; DELETE FROM u;"),
    // Of another schema or database.
    (Postgres, "database/change-without-where", "CREATE TABLE scratch.u (id int PRIMARY KEY); DELETE FROM u;"),
    (Mysql, "database/change-without-where", "CREATE TABLE scratch.u (id int PRIMARY KEY); DELETE FROM u;"),
    (Postgres, "database/change-without-where", "CREATE TABLE u (id int PRIMARY KEY); DELETE FROM app.u;"),
    (Mysql, "database/change-without-where", "CREATE TABLE u (id int PRIMARY KEY); DELETE FROM other.u;"),
    (Mysql, "database/change-without-where", "CREATE TABLE u (id int PRIMARY KEY); USE other; DELETE FROM u;"),
    (
        Postgres,
        "database/truncate",
        "SET search_path = scratch; CREATE TABLE u (id int PRIMARY KEY); SET search_path = public; TRUNCATE u;",
    ),
    (
        Postgres,
        "database/truncate",
        "SET search_path TO scratch, public; CREATE TABLE u (id int PRIMARY KEY); RESET search_path; TRUNCATE u;",
    ),
    (
        Postgres,
        "database/truncate",
        "SELECT set_config('search_path', 'scratch', false); CREATE TABLE u (id int PRIMARY KEY); \
             SELECT set_config('search_path', 'public', false); TRUNCATE u;",
    ),
    (
        Postgres,
        "database/truncate",
        "BEGIN; SET LOCAL search_path = scratch; CREATE TABLE u (id int PRIMARY KEY); COMMIT; TRUNCATE u;",
    ),
    (Postgres, "database/drop-table", "CREATE SCHEMA s CREATE TABLE u (id int PRIMARY KEY); DROP TABLE u;"),
    (Postgres, "database/drop-table", "CREATE TABLE public.u (id int PRIMARY KEY);\n\\c other\nDROP TABLE public.u;"),
    (Postgres, "database/drop-table", "EXPLAIN CREATE TABLE u AS SELECT 1; DROP TABLE u;"),
    (Mysql, "database/drop-table", "/*!99999 CREATE TABLE u (id int PRIMARY KEY) */; DROP TABLE u;"),
    // Rows of others.
    (
        Postgres,
        "database/change-without-where",
        "CREATE FOREIGN TABLE u (id int) SERVER prod OPTIONS (table_name 'users'); DELETE FROM u;",
    ),
    (
        Mysql,
        "database/change-without-where",
        "CREATE TABLE u (id int PRIMARY KEY) ENGINE=FEDERATED CONNECTION='prod/users'; DELETE FROM u;",
    ),
    (
        Postgres,
        "database/truncate",
        "CREATE TABLE u (id bigint) PARTITION BY RANGE (id); ALTER TABLE u ATTACH PARTITION users DEFAULT; TRUNCATE u;",
    ),
    (
        Postgres,
        "database/drop-table",
        "CREATE TABLE u (id bigint) PARTITION BY RANGE (id); ALTER TABLE u ATTACH PARTITION users DEFAULT; DROP TABLE u;",
    ),
    (
        Postgres,
        "database/truncate",
        "CREATE TABLE u (id int) PARTITION BY RANGE (id); CREATE TABLE v (id int) PARTITION BY RANGE (id); \
             ALTER TABLE u ATTACH PARTITION v DEFAULT; ALTER TABLE v ATTACH PARTITION users DEFAULT; TRUNCATE u;",
    ),
    (Postgres, "database/change-without-where", "CREATE TABLE u (id int); ALTER TABLE users INHERIT u; DELETE FROM u;"),
    (Postgres, "database/drop-table", "CREATE TABLE u (id int); ALTER TABLE u RENAME TO v; DROP TABLE u;"),
];

/// What is done to a table that may have been there is told, whatever was done to make it look new.
#[test]
fn a_table_that_may_have_been_there_is_not_new() {
    let mut wrong = Vec::new();
    for (dialect, rule, text) in NOT_NEW {
        let found = alone(*dialect, text);
        if !harms(&found.risks).contains(rule) {
            let told: Vec<_> = found.risks.iter().map(|risk| (risk.rule.as_str(), risk.harmless.as_deref())).collect();
            wrong.push(format!("{dialect:?} `{text}` lacks {rule}: {told:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The usual migration, which hurts nobody.
const USUAL: &[(SqlDialect, &str)] = &[
    (
        Postgres,
        "CREATE TABLE u (id bigint PRIMARY KEY, a int); CREATE INDEX i ON u (a); ALTER TABLE u ADD CONSTRAINT c CHECK (a > 0); \
         ALTER TABLE u ALTER COLUMN a TYPE bigint; DELETE FROM u;",
    ),
    (
        Postgres,
        "CREATE TABLE app.u (id bigint PRIMARY KEY, a int); CREATE INDEX i ON app.u (a); TRUNCATE app.u; DROP TABLE app.u;",
    ),
    (Postgres, "CREATE TABLE public.u (id bigint PRIMARY KEY, a int); CREATE INDEX i ON u (a); DROP TABLE public.u;"),
    (Postgres, "BEGIN; CREATE TABLE u (id bigint PRIMARY KEY, a int); COMMIT; CREATE INDEX i ON u (a);"),
    (Postgres, "BEGIN; CREATE TABLE u (id bigint PRIMARY KEY, a int); SAVEPOINT a; RELEASE a; CREATE INDEX i ON u (a); COMMIT;"),
    (
        Postgres,
        "SET search_path = app; CREATE TABLE u (id bigint PRIMARY KEY, a int); CREATE INDEX i ON u (a); DELETE FROM app.u;",
    ),
    (
        Postgres,
        "SET search_path TO app, public; CREATE TABLE u (id bigint PRIMARY KEY, a int); CREATE INDEX i ON u (a); DELETE FROM app.u;",
    ),
    (
        Postgres,
        "SELECT pg_catalog.set_config('search_path', '', false); CREATE TABLE public.u (id bigint PRIMARY KEY, a int); \
         CREATE INDEX i ON public.u (a);",
    ),
    (
        Postgres,
        "SET lock_timeout = '2s'; CREATE TABLE u (id bigint PRIMARY KEY, a int); RESET lock_timeout; CREATE INDEX i ON u (a);",
    ),
    (Postgres, "CREATE TEMP TABLE u (id int); INSERT INTO u SELECT 1; DELETE FROM u; DROP TABLE u;"),
    (Postgres, "CREATE TEMP TABLE IF NOT EXISTS u (id int); DELETE FROM u; DROP TABLE pg_temp.u;"),
    (Postgres, "BEGIN; CREATE TEMP TABLE u (id int) ON COMMIT DROP; DELETE FROM u; COMMIT;"),
    (
        Postgres,
        "CREATE TABLE u (id int) PARTITION BY RANGE (id); CREATE TABLE v (id int); ALTER TABLE u ATTACH PARTITION v DEFAULT; \
         CREATE TABLE w PARTITION OF u FOR VALUES FROM (1) TO (2); TRUNCATE u; CREATE INDEX i ON u (id);",
    ),
    (Postgres, "CREATE TABLE u (id int PRIMARY KEY); ALTER TABLE u RENAME TO v; CREATE INDEX i ON v (id); DROP TABLE v;"),
    (Postgres, "CREATE SCHEMA s CREATE TABLE u (id int PRIMARY KEY); DROP TABLE s.u;"),
    (Postgres, "\\c shop\nCREATE TABLE u (id int PRIMARY KEY, a int); CREATE INDEX i ON u (a);"),
    (Postgres, "CREATE SCHEMA app; CREATE TABLE app.u (id int PRIMARY KEY); DROP SCHEMA app CASCADE;"),
    (Postgres, "CREATE TABLE u (id int PRIMARY KEY); ALTER TABLE u ADD COLUMN IF NOT EXISTS a int; ALTER TABLE u DROP COLUMN a;"),
    (Postgres, "CREATE TABLE u (id int PRIMARY KEY); BEGIN; INSERT INTO u VALUES (1); COMMIT; CREATE INDEX i ON u (id);"),
    (Mysql, "CREATE TABLE u (id int PRIMARY KEY, a int) ENGINE=InnoDB; DELETE FROM u; DROP TABLE u;"),
    (Mysql, "BEGIN; CREATE TABLE u (id int PRIMARY KEY); ROLLBACK; DELETE FROM u;"),
    (Mysql, "USE shop; CREATE TABLE u (id int PRIMARY KEY); DELETE FROM shop.u; DELETE FROM u;"),
    (Sqlite, "BEGIN; CREATE TABLE u (id int PRIMARY KEY); COMMIT; DROP TABLE main.u;"),
];

#[test]
fn a_table_that_the_change_makes_is_new() {
    let mut wrong = Vec::new();
    for (dialect, text) in USUAL {
        for known in [false, true] {
            let found = judged(&[], &[("m/V2__x.sql", *dialect, text)], known);
            let harms = harms(&found.risks);
            if !harms.is_empty() {
                wrong.push(format!("{dialect:?} `{text}`, statistics {known}: {harms:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn statistics_win_over_a_statement_that_makes_what_is_there() {
    for text in [
        "CREATE TABLE orders (id int PRIMARY KEY); DROP TABLE orders;",
        "BEGIN; CREATE TABLE orders (id int PRIMARY KEY); ROLLBACK; DROP TABLE orders;",
        "CREATE TABLE u (id int PRIMARY KEY); ALTER TABLE u RENAME TO orders; DROP TABLE orders;",
        "CREATE TEMP TABLE orders (id int); DROP TABLE public.orders;",
        "CREATE TABLE scratch.orders (id int PRIMARY KEY); DROP TABLE orders;",
    ] {
        let found = judged(&[], &[("m/V2__x.sql", Postgres, text)], true);
        let dropped = found.risks.iter().find(|risk| risk.rule == "database/drop-table").unwrap();
        assert_eq!((dropped.harmless.as_deref(), dropped.rows), (None, Some(50_000_000)), "{text}");
    }
    // Nothing of this name stands in any schema.
    let text = "CREATE TABLE IF NOT EXISTS u (id int PRIMARY KEY, a int); CREATE INDEX i ON u (a);";
    assert!(harms(&judged(&[], &[("m/V2__x.sql", Postgres, text)], true).risks).is_empty());
    let swapped =
        "ALTER TABLE orders RENAME TO old; CREATE TABLE orders (id int PRIMARY KEY, a int); CREATE INDEX i ON orders (a);";
    assert!(harms(&judged(&[], &[("m/V2__x.sql", Postgres, swapped)], true).risks).is_empty());
}

#[test]
fn another_folder_server_or_session_makes_no_table_new() {
    let drops = |first: File<'_>| {
        let found = judged(&[], &[first, ("migrations/V3__y.sql", Postgres, "DROP TABLE u;")], false);
        harms(&found.risks).len()
    };
    let made = "CREATE TABLE u (id bigint PRIMARY KEY);";
    assert_eq!(drops(("migrations/V2__x.sql", Postgres, made)), 0);
    assert_eq!(drops(("other/migrations/V2__x.sql", Postgres, made)), 1, "another folder");
    assert_eq!(drops(("mysql/V2__x.sql", Mysql, "CREATE TABLE u (id int PRIMARY KEY) ENGINE=InnoDB;")), 1, "another server");
    assert_eq!(drops(("migrations/V2__x.sql", Mysql, made)), 1, "another server in the same folder");
    assert_eq!(drops(("migrations/V2__x.sql", Postgres, "CREATE TEMP TABLE u (id int);")), 1, "another session");
    assert_eq!(drops(("migrations/V2__x.sql", Postgres, "BEGIN; CREATE TABLE u (id int PRIMARY KEY);")), 1, "never committed");
    assert_eq!(
        drops(("migrations/V2__x.sql", Postgres, "SET search_path = app; CREATE TABLE u (id int PRIMARY KEY);")),
        1,
        "another path"
    );
    let split = [("m/1_x/up.sql", Postgres, made), ("m/2_y/up.sql", Postgres, "CREATE INDEX i ON u (id); DROP TABLE u;")];
    assert!(harms(&judged(&[], &split, false).risks).is_empty(), "each migration has a folder of its own");
}

#[test]
fn statistics_speak_of_the_table_that_is_meant() {
    let size = |text: &str, dialect: SqlDialect, moved: bool| {
        let mut known = statistics(Postgres);
        if moved {
            for table in &mut known.tables {
                table.schema = Some("scratch".to_owned());
            }
        }
        let script = sql::read(text, dialect);
        let source = SqlSource {
            path: "1.sql",
            direction: Direction::Up,
            script: &script,
            in_transaction: false,
            edited: false,
            added: None,
        };
        let understood = understand(&[source], &options(&Case::default(), Some(&known)));
        understood.risks.iter().find(|risk| risk.rule == "database/drop-table").map(|risk| (risk.size, risk.rows))
    };
    let unknown = Some((SizeClass::Unknown, None));
    assert_eq!(size("DROP TABLE settings;", Postgres, false), Some((SizeClass::Small, Some(40))));
    assert_eq!(size("DROP TABLE public.settings;", Postgres, false), Some((SizeClass::Small, Some(40))));
    assert_eq!(size("SET search_path = other; DROP TABLE settings;", Postgres, false), unknown, "another path");
    assert_eq!(size("SET search_path = other, public; DROP TABLE settings;", Postgres, false), unknown, "which one is not known");
    assert_eq!(size("DROP TABLE settings;", Postgres, true), unknown, "it stands in another schema only");
    assert_eq!(size("DROP TABLE scratch.settings;", Postgres, true), Some((SizeClass::Small, Some(40))));
    assert_eq!(size("SET search_path = scratch; DROP TABLE settings;", Postgres, true), Some((SizeClass::Small, Some(40))));
    assert_eq!(size("DROP TABLE settings;", Mysql, false), unknown, "statistics of another server");
}

const V1: File<'_> = (
    "m/V1__users.sql",
    Postgres,
    "CREATE TABLE users (id bigint PRIMARY KEY, a int, email text, code varchar(10), total numeric(10,2));",
);

#[test]
fn a_table_is_new_if_the_migrations_of_the_base_know_none_of_its_name() {
    let text = "CREATE TABLE IF NOT EXISTS u (id bigint PRIMARY KEY, a int); CREATE INDEX i ON u (a); \
                ALTER TABLE u ADD COLUMN IF NOT EXISTS b int; ALTER TABLE u ALTER COLUMN b SET NOT NULL;";
    let found = |base: &[File<'_>], text: &str| !harms(&judged(base, &[("m/V2__x.sql", Postgres, text)], false).risks).is_empty();
    assert!(!found(&[V1], text));
    assert!(found(&[], text), "without a migration at the base nobody knows");
    assert!(found(&[("other/V1.sql", Postgres, "CREATE TABLE o (a int);")], text), "those of another folder do not tell");
    let again = "CREATE TABLE IF NOT EXISTS users (id bigint PRIMARY KEY, a int); DROP TABLE users;";
    assert!(found(&[V1], again), "A2: the base makes it");
    assert!(
        found(&[V1], "CREATE TABLE users (id int PRIMARY KEY); DROP TABLE users;"),
        "the statement fails, and a client may go on"
    );
    for (why, more) in [
        ("named and never made", "UPDATE u SET a = 1 WHERE id = 1;"),
        ("made in another schema", "CREATE TABLE app.u (id int PRIMARY KEY);"),
        ("made under a condition", "DO $$ BEGIN IF true THEN CREATE TABLE u (id int PRIMARY KEY); END IF; END $$;"),
        ("nobody reads it", "DO $$ BEGIN EXECUTE 'CREATE TABLE ' || 'u (id int)'; END $$;"),
        ("not understood", "FROBNICATE u;"),
        ("renamed to it", "ALTER TABLE o RENAME TO u;"),
    ] {
        assert!(found(&[V1, ("m/V1.1__y.sql", Postgres, more)], text), "{why}");
    }
    assert!(found(&[V1, ("other/V1.sql", Postgres, "CREATE TABLE u (a int);")], text), "another folder names it");
    let gone = ("m/V1.1__y.sql", Postgres, "CREATE TABLE u (id int PRIMARY KEY); DROP TABLE u;");
    assert!(!found(&[V1, gone], text), "dropped before");
    let unread = [EarlierSql { path: "m/V1.java", script: None }];
    let script = sql::read(text, Postgres);
    let source = SqlSource {
        path: "m/V2__x.sql",
        direction: Direction::Up,
        script: &script,
        in_transaction: false,
        edited: false,
        added: None,
    };
    let options = crate::analyze::sql::SqlOptions { earlier: &unread, ..options(&Case::default(), None) };
    assert!(!harms(&understand(&[source], &options).risks).is_empty(), "a migration that nobody reads");
}

#[test]
fn the_migrations_of_the_base_tell_the_types_of_columns() {
    let cases: &[(&str, bool, &str)] = &[
        // What V2 at the base does; whether the change rewrites; the change.
        ("", false, "ALTER TABLE users ALTER COLUMN email TYPE text;"),
        ("", false, "ALTER TABLE public.users ALTER COLUMN email TYPE text;"),
        ("", true, "ALTER TABLE app.users ALTER COLUMN email TYPE text;"),
        ("", true, "SET search_path = app; ALTER TABLE users ALTER COLUMN email TYPE text;"),
        ("", false, "ALTER TABLE users ALTER COLUMN code TYPE varchar(20);"),
        ("", true, "ALTER TABLE users ALTER COLUMN code TYPE varchar(5);"),
        ("", false, "ALTER TABLE users ALTER COLUMN code TYPE text;"),
        ("", true, "ALTER TABLE users ALTER COLUMN email TYPE varchar(20);"),
        ("", true, "ALTER TABLE users ALTER COLUMN a TYPE bigint;"),
        ("", false, "ALTER TABLE users ALTER COLUMN total TYPE numeric(12,2);"),
        ("", true, "ALTER TABLE users ALTER COLUMN total TYPE numeric(12,3);"),
        ("", true, "ALTER TABLE users ALTER COLUMN nobody_knows TYPE text;"),
        ("", false, "ALTER TABLE users RENAME COLUMN email TO mail; ALTER TABLE users ALTER COLUMN mail TYPE text;"),
        ("", false, "ALTER TABLE users RENAME TO people; ALTER TABLE people ALTER COLUMN email TYPE text;"),
        (
            "",
            true,
            "ALTER TABLE users RENAME COLUMN email TO x; ALTER TABLE users RENAME COLUMN a TO email; \
             ALTER TABLE users ALTER COLUMN email TYPE text;",
        ),
        ("", true, "ALTER TABLE users ADD COLUMN IF NOT EXISTS a text; ALTER TABLE users ALTER COLUMN a TYPE text;"),
        ("ALTER TABLE users ALTER COLUMN email TYPE varchar(9);", false, "ALTER TABLE users ALTER COLUMN email TYPE text;"),
        ("ALTER TABLE users ALTER COLUMN email TYPE varchar(9);", true, "ALTER TABLE users ALTER COLUMN email TYPE varchar(8);"),
        ("ALTER TABLE users RENAME COLUMN email TO mail;", false, "ALTER TABLE users ALTER COLUMN mail TYPE text;"),
        ("ALTER TABLE users DROP COLUMN email;", true, "ALTER TABLE users ALTER COLUMN email TYPE text;"),
        ("ALTER TABLE users ADD COLUMN IF NOT EXISTS a text;", true, "ALTER TABLE users ALTER COLUMN a TYPE text;"),
        ("DROP TABLE users;", true, "ALTER TABLE users ALTER COLUMN email TYPE text;"),
        ("BEGIN; ALTER TABLE users ALTER COLUMN a TYPE text; ROLLBACK;", true, "ALTER TABLE users ALTER COLUMN a TYPE text;"),
        (
            "DO $$ BEGIN IF true THEN ALTER TABLE users ALTER COLUMN email TYPE varchar(9); END IF; END $$;",
            true,
            "ALTER TABLE users ALTER COLUMN email TYPE varchar(8);",
        ),
        (
            "DO $$ BEGIN EXECUTE 'ALTER TABLE users ALTER COLUMN a TYPE int'; END $$;",
            true,
            "ALTER TABLE users ALTER COLUMN email TYPE text;",
        ),
        ("ALTER TABLE users ADD COLUMN n serial;", false, "ALTER TABLE users ALTER COLUMN n TYPE integer;"),
        ("ALTER TABLE users ADD COLUMN n text COLLATE \"C\";", true, "ALTER TABLE users ALTER COLUMN n TYPE text;"),
    ];
    let mut wrong = Vec::new();
    for (more, rewrites, text) in cases {
        let base = [V1, ("m/V2__y.sql", Postgres, *more)];
        let found = judged(&base, &[("m/V3__x.sql", Postgres, text)], false);
        if harms(&found.risks).contains(&"database/change-type-rewrites") != *rewrites {
            wrong.push(format!("`{more}` then `{text}` should rewrite: {rewrites}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let elsewhere = judged(&[V1], &[("other/V2.sql", Postgres, "ALTER TABLE users ALTER COLUMN email TYPE text;")], false);
    assert!(harms(&elsewhere.risks).contains(&"database/change-type-rewrites"), "another folder");
}

#[test]
fn statistics_win_over_the_migrations_of_the_base() {
    let base = [("m/V1.sql", Postgres, "CREATE TABLE orders (id bigint, note text);")];
    let found = judged(&base, &[("m/V2.sql", Postgres, "ALTER TABLE orders ALTER COLUMN note TYPE varchar(50);")], true);
    let risk = found.risks.iter().find(|risk| risk.rule == "database/change-type-narrows").unwrap();
    assert!(risk.message.contains("varchar(60)"), "{}", risk.message);
}

#[test]
fn a_primary_key_over_an_index_reads_the_table_unless_somebody_says_that_nothing_is_null() {
    let rule = "database/primary-key-looks-for-nulls";
    let key = "ALTER TABLE users ADD CONSTRAINT p PRIMARY KEY USING INDEX i;";
    let looks = |base: &str, change: &str| {
        let base = [("m/V1.sql", Postgres, base)];
        let found = judged(&base, &[("m/V2.sql", Postgres, change)], false);
        found.risks.iter().any(|risk| risk.rule == rule && risk.harmless.is_none())
    };
    let made = |column: &str| format!("CREATE TABLE users (a int {column}, b int NOT NULL);");
    let index = "CREATE UNIQUE INDEX i ON users (a, b);";
    for (base, change, expected) in [
        (made(""), format!("{index} {key}"), true),
        (made("NOT NULL"), format!("{index} {key}"), false),
        (made("") + index, key.to_owned(), true),
        (made("NOT NULL") + index, key.to_owned(), false),
        (made("PRIMARY KEY"), format!("ALTER TABLE users DROP CONSTRAINT users_pkey; {index} {key}"), false),
        (made("") + "ALTER TABLE users ADD PRIMARY KEY (a);", format!("{index} {key}"), false),
        (made("NOT NULL"), format!("{index} ALTER TABLE users ALTER COLUMN a DROP NOT NULL; {key}"), true),
        (made("NOT NULL") + "ALTER TABLE users ALTER COLUMN a DROP NOT NULL;", format!("{index} {key}"), true),
        (made("NOT NULL"), format!("ALTER TABLE users RENAME COLUMN a TO c; CREATE UNIQUE INDEX i ON users (c); {key}"), false),
        (made("") + "ALTER TABLE users ADD CONSTRAINT c CHECK (a IS NOT NULL);", format!("{index} {key}"), false),
        (made("") + "ALTER TABLE users ADD CONSTRAINT c CHECK (a IS NOT NULL) NOT VALID;", format!("{index} {key}"), true),
        (made("NOT NULL"), key.to_owned(), true),
        (String::new(), format!("{index} {key}"), true),
    ] {
        assert_eq!(looks(&base, &change), expected, "{base} then {change}");
    }
    let known = |column: &str| {
        let text =
            format!("CREATE UNIQUE INDEX CONCURRENTLY i ON orders ({column}); ALTER TABLE orders ADD PRIMARY KEY USING INDEX i;");
        let found = judged(&[], &[("m/V2.sql", Postgres, &text)], true);
        found.risks.iter().any(|risk| risk.rule == rule)
    };
    assert!(known("note"), "the statistics show that it may be null");
    assert!(!known("customer_id"), "the statistics show that it is not");
}

#[test]
fn a_column_of_the_base_that_only_grows_is_not_copied() {
    let base = "CREATE TABLE users (id bigint PRIMARY KEY, email varchar(100), s enum('new','paid') NOT NULL DEFAULT 'new');";
    for (change, rule, expected) in [
        ("s enum('new','paid','back') NOT NULL DEFAULT 'new'", "database/modify-copies", false),
        ("s enum('new','back','paid') NOT NULL DEFAULT 'new'", "database/modify-copies", true),
        ("email varchar(120)", "database/modify-copies", false),
        ("email varchar(50)", "database/modify-copies", true),
        ("email varchar(120) NOT NULL", "database/modify-rebuilds", true),
        // In a character set of two bytes it passes 255.
        ("email varchar(200)", "database/modify-copies", true),
        ("email varchar(200), ALGORITHM=INPLACE, LOCK=NONE", "database/modify-copies", false),
        ("s enum('new','paid','back') DEFAULT 'new'", "database/modify-drops-attributes", true),
    ] {
        let text = format!("ALTER TABLE users MODIFY {change};");
        let found = judged(&[("m/V1.sql", Mysql, base)], &[("m/V2.sql", Mysql, &text)], false);
        let told = found.risks.iter().any(|risk| risk.rule == rule && risk.harmless.is_none());
        assert_eq!(told, expected, "{text}: {rule}");
    }
}

#[test]
fn a_materialized_view_of_the_change_is_nobody_elses() {
    let base = [("m/V1.sql", Postgres, "CREATE TABLE users (id bigint PRIMARY KEY);")];
    let text = "CREATE MATERIALIZED VIEW mv AS SELECT id FROM users; CREATE UNIQUE INDEX ON mv (id);";
    let found = judged(&base, &[("m/V2.sql", Postgres, text)], false);
    for rule in ["database/index-not-concurrent", "database/no-lock-timeout"] {
        assert!(!found.risks.iter().any(|risk| risk.rule == rule && risk.harmless.is_none()), "{rule}");
    }
    let found = judged(
        &base,
        &[("m/V2.sql", Postgres, "CREATE MATERIALIZED VIEW users AS SELECT 1 AS id; CREATE INDEX ON users (id);")],
        false,
    );
    assert_eq!(harms(&found.risks), ["database/index-not-concurrent"]);
}

#[test]
fn a_domain_of_the_base_has_its_condition_in_the_change() {
    let writes = |base: &str| {
        let base = [("m/V1.sql", Postgres, base)];
        let found = judged(&base, &[("m/V2.sql", Postgres, "ALTER TABLE users ADD COLUMN x pos;")], false);
        found.risks.iter().any(|risk| risk.rule == "database/add-domain-column" && risk.harmless.is_none())
    };
    assert!(writes("CREATE DOMAIN pos AS int CHECK (VALUE > 0);"));
    assert!(writes("CREATE DOMAIN pos AS int; ALTER DOMAIN pos SET NOT NULL;"));
    assert!(!writes("CREATE DOMAIN pos AS int;"));
    assert!(!writes("CREATE TYPE pos AS ENUM ('a');"));
}

#[test]
fn what_was_made_after_the_statistics_were_taken_is_known_by_the_migrations_of_the_base() {
    let base = [("m/V1.sql", Postgres, "CREATE TABLE u (id int PRIMARY KEY); ALTER TABLE orders ADD COLUMN extra text;")];
    let found = |text: &str| {
        let found = judged(&base, &[("m/V2.sql", Postgres, text)], true);
        harms(&found.risks).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(found("CREATE TABLE IF NOT EXISTS u (id int PRIMARY KEY); DROP TABLE u;"), ["database/drop-table"]);
    assert!(found("ALTER TABLE orders ALTER COLUMN extra TYPE text;").is_empty());
    let again = "ALTER TABLE orders ADD COLUMN IF NOT EXISTS extra text; ALTER TABLE orders DROP COLUMN extra;";
    assert_eq!(found(again), ["database/drop-column"]);
}
