//! What is gone afterwards.

use super::manual;
use crate::analyze::sql::rule::{ALL, MYSQL, Proof, RULE, Rule, SERVERS, SQLITE, Variant};
use crate::evidence::sql::{Action, AlterOp};
use crate::facts::{Blocks, RiskClass, Severity, SqlDialect};

pub(super) static DROP_TABLE: Rule = Rule {
    id: "database/drop-table",
    title: "A table is dropped",
    class: RiskClass::DataLoss,
    severity: Severity::Critical,
    dialects: ALL,
    what: "The table is gone with its rows, indexes, triggers and grants, and only a backup brings it back. The version that runs while \
           the change is rolled out fails with the first statement that names it. The lock is exclusive and short.",
    lock: Some("ACCESS EXCLUSIVE"),
    blocks: Blocks::Everything,
    harmless: "The same change creates the table, or it is a temporary one.",
    says: "{table} is dropped with all its rows",
    safe: "ALTER TABLE {table} RENAME TO {old}; -- first release a version that does not use it; drop it when nobody has missed it",
    source: "PostgreSQL manual, DROP TABLE: https://www.postgresql.org/docs/current/sql-droptable.html",
    variants: &[
        Variant {
            dialects: MYSQL,
            lock: Some("exclusive metadata lock"),
            safe: "RENAME TABLE {table} TO {old}; -- first release a version that does not use it; drop it when nobody has missed it",
            source: "MySQL 8.0 Reference Manual, 15.1.32 DROP TABLE: https://dev.mysql.com/doc/refman/8.0/en/drop-table.html",
        },
        Variant {
            dialects: SQLITE,
            lock: None,
            safe: "ALTER TABLE {table} RENAME TO {old}; -- drop it when nobody has missed it",
            source: "SQLite, DROP TABLE: https://www.sqlite.org/lang_droptable.html",
        },
    ],
    proof: Proof::Server,
    squawk: &["ban-drop-table"],
    finds: &["DROP TABLE t;", "CREATE TABLE u (a int); DROP TABLE IF EXISTS t CASCADE;"],
    passes: &["CREATE TABLE t (a int); DROP TABLE t;", "ALTER TABLE t RENAME TO t_old;"],
    find: |scene, hits| {
        for action in scene.actions() {
            let Action::DropTable { names, temporary, .. } = action else { continue };
            for name in names {
                hits.on(name)
                    .fill("old", crate::analyze::sql::hit::quoted(&format!("{}_old", name.name), scene.dialect()))
                    .harmless_if(*temporary, "it is a temporary table");
            }
        }
    },
    ..RULE
};

pub(super) static DROP_COLUMN: Rule = Rule {
    id: "database/drop-column",
    title: "A column is dropped",
    class: RiskClass::DataLoss,
    severity: Severity::High,
    dialects: ALL,
    what: "The values of the column are gone, with the indexes and constraints that use it. The version that runs while the change is \
           rolled out fails with every statement that names it, and with those that read all columns into a fixed shape.",
    lock: Some("ACCESS EXCLUSIVE"),
    blocks: Blocks::Everything,
    harmless: "The same change creates the table or adds the column, or the statistics show that there is no such column and the \
               statement says `IF EXISTS`.",
    says: "{column} of {table} is dropped with all its values",
    safe: "-- first release a version that neither reads nor writes {column}; then, in a later change:\n\
           ALTER TABLE {table} DROP COLUMN {column};",
    source: manual::PG_ALTER_TABLE,
    variants: &[
        Variant {
            dialects: MYSQL,
            lock: Some("exclusive metadata lock"),
            safe: "-- first release a version that neither reads nor writes {column}; then, in a later change:\n\
                   ALTER TABLE {table} DROP COLUMN {column};",
            source: manual::MYSQL_ONLINE_DDL,
        },
        Variant {
            dialects: SQLITE,
            lock: None,
            safe: "-- first release a version that neither reads nor writes {column}; then, in a later change:\n\
                   ALTER TABLE {table} DROP COLUMN {column};",
            source: manual::SQLITE_ALTER,
        },
    ],
    proof: Proof::Server,
    squawk: &["ban-drop-column"],
    finds: &["ALTER TABLE t DROP COLUMN a;"],
    passes: &[
        "ALTER TABLE t ADD COLUMN a int; ALTER TABLE t DROP COLUMN a;",
        "CREATE TABLE t (a int); ALTER TABLE t DROP COLUMN a;",
    ],
    find: |scene, hits| {
        for (alter, operation) in scene.operations() {
            let AlterOp::DropColumn { column, if_exists, .. } = operation else { continue };
            let absent = *if_exists
                && scene.state.column(&alter.name, column).is_none()
                && scene.record(&alter.name).is_some_and(|record| {
                    !record.columns.is_empty() && !record.columns.iter().any(|known| known.name.eq_ignore_ascii_case(column))
                });
            hits.on(&alter.name)
                .column(column)
                .harmless_if(scene.state.adds_column(&alter.name, column), "the same change adds the column")
                .harmless_if(absent, "the statistics show that the table has no such column");
        }
    },
    ..RULE
};

pub(super) static TRUNCATE: Rule = Rule {
    id: "database/truncate",
    title: "A table is emptied",
    class: RiskClass::DataLoss,
    severity: Severity::Critical,
    dialects: SERVERS,
    what: "`TRUNCATE` removes every row at once, without triggers for each row, under an exclusive lock. In MySQL it commits, and no \
           rollback brings the rows back.",
    lock: Some("ACCESS EXCLUSIVE"),
    blocks: Blocks::Everything,
    harmless: "The same change creates the table, or it is a temporary one.",
    says: "every row of {table} is removed",
    safe: "DELETE FROM {table} WHERE <condition> LIMIT <batch>; -- in batches, with a backup of the rows",
    source: "PostgreSQL manual, TRUNCATE: https://www.postgresql.org/docs/current/sql-truncate.html",
    variants: &[Variant {
        dialects: MYSQL,
        lock: Some("exclusive metadata lock"),
        safe: "RENAME TABLE {table} TO {old}; CREATE TABLE {table} LIKE {old}; -- drop the old one when nobody has missed its rows",
        source: "MySQL 8.0 Reference Manual, 15.1.37 TRUNCATE TABLE: https://dev.mysql.com/doc/refman/8.0/en/truncate-table.html",
    }],
    proof: Proof::Server,
    squawk: &["ban-truncate-cascade"],
    finds: &["TRUNCATE t;", "TRUNCATE TABLE a, b CASCADE;"],
    passes: &["CREATE TABLE t (a int); TRUNCATE t;"],
    find: |scene, hits| {
        for action in scene.actions() {
            let Action::Truncate { names, cascade, .. } = action else { continue };
            for name in names {
                let hit =
                    hits.on(name).fill("old", crate::analyze::sql::hit::quoted(&format!("{}_old", name.name), scene.dialect()));
                if *cascade {
                    hit.says("every row of {table} is removed, and every row of every table that refers to it").also_new();
                }
            }
        }
    },
    ..RULE
};

pub(super) static DROP_SCHEMA: Rule = Rule {
    id: "database/drop-schema",
    title: "A schema is dropped",
    class: RiskClass::DataLoss,
    severity: Severity::Critical,
    dialects: &[SqlDialect::Postgres],
    what: "With `CASCADE` everything in the schema is gone: tables, rows, types, functions, and what depends on them elsewhere.",
    harmless: "The same change creates the schema.",
    says: "the schema {name} is dropped",
    safe: "Drop its objects one by one when nobody uses them, and the empty schema without CASCADE",
    source: "PostgreSQL manual, DROP SCHEMA: https://www.postgresql.org/docs/current/sql-dropschema.html",
    proof: Proof::Reason,
    squawk: &["ban-drop-schema"],
    finds: &["DROP SCHEMA s CASCADE;"],
    passes: &["CREATE SCHEMA s; DROP SCHEMA s;"],
    find: |scene, hits| {
        for action in scene.actions() {
            let Action::DropSchema { names, cascade, .. } = action else { continue };
            for name in names {
                let hit = hits.plain().fill("name", super::first_words(name));
                hit.harmless_if(scene.state.makes("schema", name), "the same change creates it");
                if !cascade {
                    // Without CASCADE the server refuses unless it is empty.
                    hit.severity(Severity::Medium);
                }
            }
        }
    },
    ..RULE
};

pub(super) static DROP_DATABASE: Rule = Rule {
    id: "database/drop-database",
    title: "A database is dropped",
    class: RiskClass::DataLoss,
    severity: Severity::Critical,
    dialects: SERVERS,
    what: "Everything in the database is gone at once, and only a backup brings it back.",
    harmless: "The same change creates the database.",
    says: "the database {name} is dropped",
    safe: "Take its rights away first, keep it for a while, and drop it by hand with a backup at hand",
    source: "PostgreSQL manual, DROP DATABASE: https://www.postgresql.org/docs/current/sql-dropdatabase.html",
    variants: &[Variant {
        dialects: MYSQL,
        lock: None,
        safe: "Take its rights away first, keep it for a while, and drop it by hand with a backup at hand",
        source: "MySQL 8.0 Reference Manual, 15.1.24 DROP DATABASE: https://dev.mysql.com/doc/refman/8.0/en/drop-database.html",
    }],
    proof: Proof::Reason,
    squawk: &["ban-drop-database"],
    finds: &["DROP DATABASE d;", "mariadb: CREATE OR REPLACE DATABASE d;", "mariadb: CREATE OR REPLACE SCHEMA d;"],
    passes: &["CREATE DATABASE d; DROP DATABASE d;", "mariadb: CREATE DATABASE IF NOT EXISTS d;"],
    find: |scene, hits| {
        for action in scene.actions() {
            if let Action::DropDatabase { name, .. } = action {
                hits.plain()
                    .fill("name", super::first_words(name))
                    .harmless_if(scene.state.makes("database", name), "the same change creates it");
            }
        }
    },
    ..RULE
};

pub(super) static ALTER_IGNORE: Rule = Rule {
    id: "database/alter-ignore-deletes-rows",
    title: "`ALTER IGNORE` deletes rows that stand in its way",
    class: RiskClass::DataLoss,
    severity: Severity::Critical,
    dialects: MYSQL,
    what: "With `IGNORE` a new primary or unique key deletes every row but the first of those that share a value, and values that do not fit a new \
           type are cut: which ones nobody is told. MySQL refuses the word since 5.7.4.",
    harmless: "The same change creates the table.",
    says: "rows of {table} that do not fit are deleted or cut without an error",
    safe: "SELECT <columns>, count(*) FROM {table} GROUP BY <columns> HAVING count(*) > 1; -- decide about the doubles, then ALTER TABLE without IGNORE",
    source: "MariaDB documentation, ALTER TABLE, IGNORE: https://mariadb.com/docs/server/reference/sql-statements/data-definition/alter/alter-table",
    finds: &["ALTER IGNORE TABLE t ADD UNIQUE (a);", "mariadb: ALTER ONLINE IGNORE TABLE t MODIFY a varchar(3);"],
    passes: &["ALTER TABLE t ADD UNIQUE (a);", "CREATE TABLE t (a int PRIMARY KEY); ALTER IGNORE TABLE t ADD UNIQUE (a);"],
    find: |scene, hits| {
        for alter in scene.alters().filter(|alter| alter.ignore) {
            hits.on(&alter.name);
        }
    },
    ..RULE
};
