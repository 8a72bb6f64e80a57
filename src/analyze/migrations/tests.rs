use super::*;

fn of(path: &str) -> Tool {
    tool(path, None)
}

#[test]
fn tools_are_told_by_their_paths() {
    assert_eq!(of("db/migration/V1__a.sql"), Tool::Flyway);
    assert_eq!(of("db/migration/V2024.01.02_1__a.sql"), Tool::Flyway);
    assert_eq!(of("db/migration/R__views.sql"), Tool::Flyway);
    assert_eq!(of("db/migration/Video__a.sql"), Tool::Sql);
    assert_eq!(of("migrations/000001_a.up.sql"), Tool::UpDown);
    assert_eq!(of("migrations/2024-01-01-000000_a/up.sql"), Tool::Diesel);
    assert_eq!(of("prisma/migrations/20240101_a/migration.sql"), Tool::Prisma);
    assert_eq!(of("migrations/20240101000000_a.sql"), Tool::Sqlx);
    assert_eq!(of("db/structure.sql"), Tool::Structure);
    assert_eq!(of("queries/a.sql"), Tool::Sql);
    assert_eq!(of("shop/migrations/0001_initial.py"), Tool::Django);
    assert_eq!(of("alembic/versions/ab_x.py"), Tool::Alembic);
    assert_eq!(of("db/migrate/20240101_a.rb"), Tool::Rails);
    assert_eq!(of("db/changelog/a.yaml"), Tool::LiquibaseXml);
    assert_eq!(of("noending"), Tool::Other);
    assert_eq!(of(""), Tool::Other);
}

#[test]
fn tools_are_told_by_their_marks() {
    assert_eq!(tool("db/1.sql", Some("\n-- +goose Up\nSELECT 1;")), Tool::Goose);
    assert_eq!(tool("db/1.sql", Some("--liquibase formatted sql\n")), Tool::LiquibaseSql);
    assert_eq!(tool("db/1.sql", Some("-- migrate:up transaction:false\n")), Tool::Dbmate);
    assert_eq!(tool("db/1.sql", Some("-- +migrate Up notransaction\n")), Tool::SqlMigrate);
}

#[test]
fn both_ways_of_a_file_keep_their_places() {
    let text = "-- +goose Up\nCREATE TABLE ä (id int);\n-- +goose Down\nDROP TABLE ä;\n";
    let parts = scripts("db/1.sql", text, None, false);
    assert_eq!(parts.iter().map(|part| part.direction).collect::<Vec<_>>(), [Direction::Up, Direction::Down]);
    assert_eq!(parts[0].text.lines().nth(1), Some("CREATE TABLE ä (id int);"));
    assert_eq!(parts[0].text.lines().nth(3).map(str::trim), Some(""));
    assert_eq!(parts[1].text.lines().nth(3), Some("DROP TABLE ä;"));
    assert_eq!(parts[1].text.lines().count(), text.lines().count());
    assert!(parts.iter().all(|part| part.in_transaction));
}

#[test]
fn a_tool_is_told_to_open_no_transaction() {
    let without = |path: &str, text: &str, metadata: Option<&str>| {
        scripts(path, text, metadata, false).iter().all(|part| !part.in_transaction)
    };
    assert!(without("db/1.sql", "-- +goose NO TRANSACTION\n-- +goose Up\nSELECT 1;", None));
    assert!(without("db/1.sql", "-- +migrate Up notransaction\nSELECT 1;", None));
    assert!(without("db/1.sql", "-- migrate:up transaction:false\nSELECT 1;", None));
    assert!(without("migrations/1_a.up.sql", "-- no-transaction\nSELECT 1;", None));
    assert!(!without("migrations/1_a.up.sql", "SELECT 1;\n-- no-transaction\n", None));
    assert!(without("migrations/1_a/up.sql", "SELECT 1;", Some("run_in_transaction = false\n")));
    assert!(!without("migrations/1_a/up.sql", "SELECT 1;", None));
    assert!(without("V1__a.sql", "CREATE INDEX CONCURRENTLY i ON t (a);", None));
    assert!(!without("V1__a.sql", "CREATE INDEX i ON t (a);", None));
}

#[test]
fn liquibase_keeps_its_rollback_in_comments() {
    let text = "--liquibase formatted sql\n--changeset me:1 dbms:postgresql runInTransaction:false\nCREATE TABLE a (id int);\n--rollback DROP TABLE a;\n";
    let parts = scripts("db/1.sql", text, None, false);
    assert_eq!(parts.len(), 2);
    assert_eq!(parts[0].dbms.as_deref(), Some("postgresql"));
    assert!(!parts[0].in_transaction);
    assert_eq!(parts[1].text.lines().nth(3), Some("           DROP TABLE a;"));
    let none =
        scripts("db/1.sql", "--liquibase formatted sql\n--changeset me:1\nANALYZE;\n--rollback not required\n", None, false);
    assert_eq!(none.len(), 1);
}

#[test]
fn names_tell_the_direction_and_the_reverse() {
    assert_eq!(direction("migrations/1_a.down.sql"), Some(Direction::Down));
    assert_eq!(direction("migrations/1_a.up.sql"), Some(Direction::Up));
    assert_eq!(direction("db/U1__a.sql"), Some(Direction::Down));
    assert_eq!(direction("db/update_users.sql"), None);
    for runs_up in ["db/V2__fix_rollback.sql", "db/V2__x.down.sql", "db/V2__x_down.sql", "migrations/20260101000000_rollback.sql"]
    {
        assert_ne!(direction(runs_up), Some(Direction::Down), "{runs_up}");
    }
    assert_eq!(direction("a/down.sql"), Some(Direction::Down));
    assert_eq!(reverse_paths("m/1_a.up.sql"), ["m/1_a.down.sql"]);
    assert_eq!(reverse_paths("m/1_a/up.sql"), ["m/1_a/down.sql"]);
    assert!(reverse_paths("db/V1__a.sql").contains(&"db/U1__a.sql".to_owned()));
    assert!(reverse_paths("fix/a.sql").contains(&"fix/a.rollback.sql".to_owned()));
}

#[test]
fn versions_compare_as_numbers() {
    let mut paths = ["db/V1.10__a.sql", "db/R__v.sql", "db/V1.9__b.sql", "db/V1__c.sql"];
    paths.sort_by_key(|path| version(path));
    assert_eq!(paths, ["db/V1__c.sql", "db/V1.9__b.sql", "db/V1.10__a.sql", "db/R__v.sql"]);
    assert!(version("m/2024-01-02-0_a/up.sql") < version("m/2025-01-02-0_a/up.sql"));
    assert!(version("m/000002_b.up.sql") < version("m/000010_a.up.sql"));
}
