//! The tables in which migration tools note what has run.
//!
//! A dry run of a tool prints its own notes between the statements of the migrations: one row of a small table that no application reads.
//! Nobody wrote them by hand, and nobody can leave them out.

use super::rule::Rule;
use super::state::State;
use crate::evidence::sql::{Action, Dml, InsertSource, Name, Predicate, Statement};
use crate::facts::RiskClass;

/// In lower case: servers that keep the case of names get them in another one from some tools.
const TABLES: &[&str] = &[
    "__diesel_schema_migrations",
    "__efmigrationshistory",
    "_prisma_migrations",
    "_sqlx_migrations",
    "alembic_version",
    "ar_internal_metadata",
    "databasechangelog",
    "databasechangeloglock",
    "django_migrations",
    "flyway_schema_history",
    "goose_db_version",
    "gorp_migrations",
    "knex_migrations",
    "knex_migrations_lock",
    "schema_migrations",
    "seaql_migrations",
];
/// Tables of a single row, which tools empty before they begin.
const LOCKS: &[&str] = &["databasechangeloglock", "knex_migrations_lock"];

/// Whether the statement does nothing but write down in a tool's own table what has run. Without a condition only a lock is changed: all
/// notes at once are the memory of what has run.
pub(super) fn notes(statement: &Statement) -> bool {
    let [Action::Dml(dml)] = statement.actions.as_slice() else { return false };
    match dml {
        Dml::Insert(insert) => {
            let reads = matches!(&insert.source, InsertSource::Query(query) if !query.tables.is_empty() || query.writes_inside);
            !reads && insert.table.as_ref().is_some_and(own)
        }
        Dml::Update(update) => {
            update.joined.is_empty() && !update.writes_inside && some_rows(&update.tables, update.filter.as_ref())
        }
        Dml::Delete(delete) => {
            delete.joined.is_empty() && !delete.writes_inside && some_rows(&delete.tables, delete.filter.as_ref())
        }
        Dml::Merge { .. } => false,
    }
}

/// As [`notes`], and nothing in the change makes the name mean another table.
pub(super) fn is_bookkeeping(statement: &Statement, state: &State) -> bool {
    notes(statement)
        && super::words::tables(statement).iter().all(|name| {
            state.original(name).name == name.name && !state.has_rows_of_others(name) && !state.makes("view", &name.name)
        })
}

/// Whether a rule still judges a note of a tool: what it calls, and what nobody can read.
pub(super) fn judges(rule: &Rule) -> bool {
    rule.class == RiskClass::Unparsed || ["database/function-with-effects", "database/statement-sleeps"].contains(&rule.id)
}

fn own(table: &Name) -> bool {
    TABLES.contains(&table.name.to_ascii_lowercase().as_str())
}

fn some_rows(tables: &[Name], filter: Option<&Predicate>) -> bool {
    let [table] = tables else { return false };
    let lock = LOCKS.contains(&table.name.to_ascii_lowercase().as_str());
    own(table) && filter.map_or(lock, |filter| !filter.subquery && (lock || !filter.always_true))
}

#[cfg(test)]
mod tests {
    use crate::analyze::sql::testing::{Case, understood};
    use crate::facts::SqlDialect::{self, Mysql, Postgres};

    /// Whether a statement is a correction, and the rules that tell of harm in the text.
    fn judged(sql: &str, dialect: SqlDialect) -> (bool, Vec<String>) {
        let understood = understood(sql, &Case { dialect, ..Case::default() });
        let harms = understood.risks.into_iter().filter(|risk| risk.harmless.is_none()).map(|risk| risk.rule).collect();
        (understood.statements.iter().any(|statement| statement.correction), harms)
    }

    #[test]
    fn what_tools_print_of_themselves_is_no_correction() {
        let alter = "SET lock_timeout = '2s'; SET statement_timeout = '1min'; ALTER TABLE public.users ADD COLUMN x integer;";
        let alone = judged(&format!("BEGIN; {alter} COMMIT;"), Postgres);
        for note in [
            "UPDATE alembic_version SET version_num='2b' WHERE alembic_version.version_num = '1a';",
            "INSERT INTO alembic_version (version_num) VALUES ('1a') RETURNING alembic_version.version_num;",
            "DELETE FROM alembic_version WHERE alembic_version.version_num = '1a';",
            "UPDATE public.databasechangeloglock SET LOCKED = FALSE, LOCKGRANTED = NULL WHERE ID = 1;",
            "DELETE FROM public.databasechangeloglock;",
            "INSERT INTO \"__EFMigrationsHistory\" (\"MigrationId\") VALUES ('1');",
        ] {
            let (correction, harms) = judged(&format!("BEGIN; {alter} {note} COMMIT;"), Postgres);
            assert!(!correction, "{note}");
            let more: Vec<&String> = harms.iter().filter(|rule| !alone.1.contains(rule)).collect();
            assert!(more.is_empty(), "{note}: {more:?}");
        }
        let (correction, _) =
            judged("DELETE FROM DATABASECHANGELOGLOCK; UPDATE DATABASECHANGELOGLOCK SET LOCKED = 1 WHERE ID = 1;", Mysql);
        assert!(!correction);
        // A correction behind a note is told as it would be without it.
        let note = "UPDATE alembic_version SET version_num='2b' WHERE version_num = '1a';";
        let (_, harms) = judged(&format!("BEGIN; {alter} {note} UPDATE users SET a = 1 WHERE b = 2; COMMIT;"), Postgres);
        assert!(harms.iter().any(|rule| rule == "database/rows-changed-under-lock"), "{harms:?}");
    }

    #[test]
    fn what_only_looks_like_a_note_is_judged() {
        for sql in [
            "DELETE FROM flyway_schema_history;",
            "UPDATE alembic_version SET version_num = '1' WHERE true;",
            "UPDATE alembic_version SET version_num = '1' FROM users WHERE users.a = 'b';",
            "WITH gone AS (DELETE FROM users WHERE a = 1 RETURNING 1) UPDATE alembic_version SET version_num = '1' WHERE version_num = '0';",
            "INSERT INTO schema_migrations SELECT a FROM users;",
            "UPDATE my_alembic_version SET version_num = '1' WHERE version_num = '0';",
            "ALTER TABLE users RENAME TO alembic_version; DELETE FROM alembic_version WHERE version_num = '0';",
            "CREATE VIEW alembic_version AS SELECT * FROM users; DELETE FROM alembic_version WHERE version_num = '0';",
        ] {
            assert!(judged(sql, Postgres).0, "{sql}");
        }
        for (sql, rule) in [
            ("DROP TABLE alembic_version;", "database/drop-table"),
            ("TRUNCATE flyway_schema_history;", "database/truncate"),
            ("UPDATE alembic_version SET version_num = purge() WHERE version_num = '0';", "database/function-call"),
            ("UPDATE alembic_version SET version_num = pg_sleep(9) WHERE version_num = '0';", "database/statement-sleeps"),
        ] {
            let (_, harms) = judged(sql, Postgres);
            assert!(harms.iter().any(|found| found == rule), "{sql}: {harms:?}");
        }
    }
}
