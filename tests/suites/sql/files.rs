//! Which files hold SQL that production runs.

use libtest_mimic::Trial;

use super::{INDEX, ORDERS, Shop, file};
use crate::suites::trial;

pub(super) fn trials() -> Vec<Trial> {
    vec![
        trial("sql::files-of-each-tool-are-found", tools),
        trial("sql::only-what-the-change-adds-is-judged", added),
        trial("sql::an-edited-migration-blocks", edited),
        trial("sql::a-migration-in-code-holds-until-its-sql-is-handed-in", in_code),
        trial("sql::tables-of-an-earlier-file-of-the-change-are-new", created_before),
        trial("sql::a-diff-alone-holds-where-it-touches-sql", diff),
        trial("sql::without-sql-everything-passes", none),
        trial("sql::a-dialect-that-nothing-tells-holds", dialect),
        trial("sql::what-teams-edit-every-day-is-no-edited-migration", edited_every_day),
        trial("sql::a-statement-does-not-name-itself", own_name),
    ]
}

fn tools() {
    let goose = "-- +goose Up\nCREATE TABLE a (id bigserial PRIMARY KEY);\n-- +goose Down\nDROP TABLE a;\n";
    let files = [
        ("db/migration/V2__a.sql", INDEX),
        ("db/migration/U2__a.sql", "DROP INDEX orders_by_note;"),
        ("migrations/000001_b.up.sql", "CREATE TABLE b (id bigserial PRIMARY KEY);"),
        ("migrations/000001_b.down.sql", "DROP TABLE b;"),
        ("diesel/2026-01-01-000000_c/up.sql", "CREATE TABLE c (id bigserial PRIMARY KEY);"),
        ("prisma/migrations/20260101_d/migration.sql", "CREATE TABLE d (id bigserial PRIMARY KEY);"),
        ("goose/001_e.sql", goose),
        ("dbmate/001_f.sql", "-- migrate:up\nCREATE TABLE f (id bigserial PRIMARY KEY);\n-- migrate:down\nDROP TABLE f;\n"),
        (
            "liquibase/g.sql",
            "--liquibase formatted sql\n--changeset mei:1 dbms:mysql\nCREATE TABLE g (id int PRIMARY KEY);\n--rollback DROP TABLE g;\n",
        ),
        ("reports/h.sql", "SELECT id FROM orders WHERE id = 1;"),
    ];
    let shop = Shop::new(&[("db/migration/V1__orders.sql", ORDERS)], &files);
    let database = shop.input(&[]);
    let tool = |path: &str| file(&database, path)["tool"].as_str().unwrap_or_default().to_owned();
    let statements = |path: &str| file(&database, path)["statements"].as_u64().unwrap_or_default();
    assert_eq!(tool("db/migration/V2__a.sql"), "flyway");
    assert_eq!(tool("migrations/000001_b.up.sql"), "golang-migrate");
    assert_eq!(tool("diesel/2026-01-01-000000_c/up.sql"), "diesel");
    assert_eq!(tool("prisma/migrations/20260101_d/migration.sql"), "prisma");
    assert_eq!(tool("goose/001_e.sql"), "goose");
    assert_eq!(tool("dbmate/001_f.sql"), "dbmate");
    assert_eq!(tool("liquibase/g.sql"), "liquibase");
    assert_eq!(file(&database, "liquibase/g.sql")["dialect"], "mysql");
    assert_eq!(tool("reports/h.sql"), "sql");
    assert_eq!(file(&database, "migrations/000001_b.down.sql")["direction"], "down");
    assert_eq!(file(&database, "db/migration/U2__a.sql")["direction"], "down");
    for path in ["goose/001_e.sql", "dbmate/001_f.sql", "liquibase/g.sql"] {
        assert_eq!(statements(path), 2, "{path}");
    }
    for (path, _) in files {
        assert_eq!(file(&database, path)["unread"], serde_json::Value::Null, "{path}");
    }
    let reversals = database["reversals"].as_array().expect("a list");
    let state = |path: &str| reversals.iter().find(|one| one["up"] == path).map(|one| one["state"].as_str().unwrap_or_default());
    for path in ["migrations/000001_b.up.sql", "goose/001_e.sql", "dbmate/001_f.sql", "liquibase/g.sql", "db/migration/V2__a.sql"]
    {
        assert_eq!(state(path), Some("reversible"), "{path}");
    }
    assert_eq!(state("diesel/2026-01-01-000000_c/up.sql"), Some("missing"));
}

fn added() {
    let before = "DROP TABLE old_orders;\nSELECT 1;\n";
    let after = "DROP TABLE old_orders;\nSELECT 1;\nDROP TABLE older_orders;\n";
    let base = [("db/migration/V1__orders.sql", ORDERS), ("scripts/clean.sql", before)];
    let shop = Shop::new(&base, &[("scripts/clean.sql", after)]);
    let database = shop.input(&[]);
    assert_eq!(file(&database, "scripts/clean.sql")["statements"], 1);
    let lines: Vec<_> = database["risks"].as_array().into_iter().flatten().map(|risk| risk["line"].clone()).collect();
    assert!(!lines.is_empty() && lines.iter().all(|line| *line == 3), "{lines:?}");
}

fn edited() {
    let shop = Shop::new(
        &[("db/migration/V1__orders.sql", ORDERS)],
        &[("db/migration/V1__orders.sql", &ORDERS.replace("text", "varchar"))],
    );
    let found = shop.found("deny", &[]);
    assert!(found.contains(&"database/edited".to_owned()), "{found:?}");
    let mut shop = Shop::new(&[("db/migration/V1__orders.sql", ORDERS)], &[]);
    shop.repo.git(&["rm", "-q", "db/migration/V1__orders.sql"]);
    shop.repo.commit("chore: gone");
    let found = shop.found("deny", &[]);
    assert!(found.contains(&"database/edited".to_owned()), "a deleted one: {found:?}");
}

fn in_code() {
    let shop = Shop::adding("shop/migrations/0002_status.py", "class Migration:\n    operations = []\n");
    let run = shop.merge(&[]);
    assert_eq!(run.code, 3, "{}", run.stdout);
    assert_eq!(shop.found("hold", &[]), ["database/unread"]);
    shop.outside("0002_status.sql", "ALTER TABLE orders ADD COLUMN status text;\n");
    let handed = ["--evidence", "database:sql=../0002_status.sql"];
    assert!(shop.found("hold", &handed).is_empty());
    let found = shop.input(&handed);
    assert_eq!(found["statements"][0]["kind"], "alter table");
    shop.outside("0001_other.sql", "SELECT 1;\n");
    assert_eq!(shop.found("hold", &["--evidence", "database:sql=../0001_other.sql"]), ["database/unread"]);
}

fn created_before() {
    let files = [
        ("db/migration/V10__b.sql", "CREATE INDEX events_by_at ON events (at);\n"),
        ("db/migration/V9__a.sql", "CREATE TABLE events (id bigserial PRIMARY KEY, at timestamptz NOT NULL);\n"),
    ];
    let shop = Shop::new(&[("db/migration/V1__orders.sql", ORDERS)], &files);
    assert!(shop.found("deny", &[]).is_empty());
    let alone = Shop::new(&[("db/migration/V1__orders.sql", ORDERS)], &files[..1]);
    assert_eq!(alone.found("deny", &[]), ["database/index-not-concurrent"]);
}

fn diff() {
    let shop = Shop::adding("db/migration/V2__a.sql", INDEX);
    let diff = shop.repo.git(&["diff", "main...topic"]);
    shop.outside("change.diff", &diff);
    shop.outside("kadian.yaml", super::CONFIG);
    let folder = tempfile::tempdir().expect("a folder");
    let path = shop.repo.outside().join("change.diff").display().to_string();
    let config = shop.repo.outside().join("kadian.yaml").display().to_string();
    let words = ["check", "merge", "--diff", &path, "--config", &config, "--report", "json"];
    let run = crate::support::program::kadian(folder.path(), &words, &[], "");
    assert_eq!(run.code, 3, "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("SQL is read from a repository"), "{}", run.stdout);
}

fn none() {
    let shop = Shop::adding("src/a.py", "x = 1\n");
    let run = shop.merge(&[]);
    assert_eq!(run.code, 0, "{}", run.stdout);
    assert_eq!(shop.input(&[])["files"].as_array().map(Vec::len), Some(0));
}

fn dialect() {
    let shop = Shop::new(&[], &[("sql/a.sql", "UPDATE a SET b = 1 WHERE c = 2;\n")]);
    assert_eq!(shop.found("hold", &[]), ["database/unread"]);
    let told = ["--set", "database.dialect=mysql"];
    assert_eq!(file(&shop.input(&told), "sql/a.sql")["dialect"], "mysql");
    let driver = Shop::new(&[("go.mod", "require github.com/lib/pq v1.10.9\n")], &[("sql/a.sql", "SELECT 1;\n")]);
    assert_eq!(file(&driver.input(&[]), "sql/a.sql")["dialect"], "postgres");
}

fn edited_every_day() {
    let changeset = "--liquibase formatted sql\n--changeset mei:1 dbms:postgresql\nSELECT now();\n";
    let base = [
        ("db/schema.rb", "ActiveRecord::Schema[7.0].define(version: 1) do\nend\n"),
        ("db/migration/R__names.sql", "CREATE OR REPLACE VIEW names AS SELECT note FROM orders;\n"),
        ("db/changes.sql", changeset),
        ("db/changelog/master.yaml", "databaseChangeLog:\n  - include: {file: 1.sql}\n"),
        ("db/migration/V1__orders.sql", ORDERS),
    ];
    let more = format!("{changeset}--changeset mei:2\nSELECT current_date;\n");
    let head = [
        ("db/schema.rb", "ActiveRecord::Schema[7.0].define(version: 2) do\nend\n"),
        ("db/migration/R__names.sql", "CREATE OR REPLACE VIEW names AS SELECT note FROM orders WHERE note <> '';\n"),
        ("db/changes.sql", more.as_str()),
        ("db/changelog/master.yaml", "databaseChangeLog:\n  - include: {file: 1.sql}\n  - include: {file: 2.sql}\n"),
    ];
    let shop = Shop::new(&base, &head);
    let found = [shop.found("deny", &[]), shop.found("hold", &[])].concat();
    let edited_or_unread = |id: &&String| ["database/edited", "database/unread"].contains(&id.as_str());
    assert_eq!(found.iter().filter(edited_or_unread).count(), 0, "{found:?}");
    let again = Shop::new(&base, &[("db/changes.sql", &changeset.replace("now()", "current_date"))]);
    assert!(again.found("deny", &[]).contains(&"database/edited".to_owned()));
}

fn own_name() {
    let base = [("db/migration/V1__orders.sql", ORDERS)];
    let shop = Shop::new(&base, &[("db/clean.sql", "DROP TABLE orders;\n")]);
    let found = shop.found("deny", &[]);
    assert!(found.contains(&"database/drop-table".to_owned()), "{found:?}");
    assert!(!found.contains(&"database/references".to_owned()), "{found:?}");
    let named = Shop::new(&base, &[("db/clean.sql", "DROP TABLE orders;\n"), ("src/a.py", "run('SELECT id FROM orders')\n")]);
    assert!(named.found("deny", &[]).contains(&"database/references".to_owned()));
}
