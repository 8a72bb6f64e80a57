//! Indexes that go.

use super::indexes::table_of;
use super::manual;
use crate::analyze::sql::hit::quoted_list;
use crate::analyze::sql::rule::{ALL, MYSQL, POSTGRES, Proof, RULE, Rule, SERVERS, Variant};
use crate::analyze::sql::scene::Scene;
use crate::evidence::sql::{Action, AlterOp, Name};
use crate::evidence::table_stats::TableKind;
use crate::facts::{Blocks, RiskClass, Severity};

pub(super) static DROP_NOT_CONCURRENT: Rule = Rule {
    id: "database/index-drop-not-concurrent",
    title: "An index is dropped under an ACCESS EXCLUSIVE lock",
    class: RiskClass::Lock,
    severity: Severity::Medium,
    dialects: POSTGRES,
    what: "`DROP INDEX` takes an ACCESS EXCLUSIVE lock on the table. The work itself is short, but the lock waits for every running \
           transaction on the table, and everybody else, readers too, waits behind it.",
    lock: Some("ACCESS EXCLUSIVE"),
    blocks: Blocks::Everything,
    harmless: "The table or the index is created in the same change.",
    says: "dropping the index {name} locks out readers and writers of {its_table}",
    safe: "DROP INDEX CONCURRENTLY {name}; -- outside of a transaction",
    source: manual::PG_DROP_INDEX,
    proof: Proof::Server,
    squawk: &["require-concurrent-index-deletion"],
    finds: &["DROP INDEX i;"],
    passes: &["DROP INDEX CONCURRENTLY i;", "CREATE TABLE t (a int); CREATE INDEX i ON t (a); DROP INDEX i;"],
    find: |scene, hits| {
        for action in scene.actions() {
            let Action::DropIndex(drop) = action else { continue };
            for index in drop.names.iter().filter(|_| !drop.concurrently) {
                let table = table_of(index, scene);
                let shown = table.as_ref().map_or_else(|| "its table".to_owned(), ToString::to_string);
                let only_partitioned =
                    scene.record(table.as_ref().unwrap_or(index)).is_some_and(|record| record.kind == TableKind::Partitioned);
                let hit = hits
                    .on_some(table.as_ref())
                    .fill("name", quoted_list([index.name.as_str()], scene.dialect()))
                    .fill("its_table", super::first_words(&shown));
                if only_partitioned {
                    hit.safe("An index of a partitioned table cannot be dropped concurrently: SET lock_timeout = '2s' first and try again when it ends");
                }
            }
        }
    },
    ..RULE
};

pub(super) static NEEDED_BY_FOREIGN_KEY: Rule = Rule {
    id: "database/index-needed-by-foreign-key",
    title: "A foreign key needs the index that is dropped",
    class: RiskClass::Failure,
    severity: Severity::High,
    dialects: MYSQL,
    what: "MySQL refuses to drop an index that a foreign key of the table, or one that refers to it, needs: the migration fails, and \
           what ran before it stays, because every statement that changes the schema commits.",
    harmless: "Another index begins with the same columns, or the foreign key is dropped before.",
    says: "the foreign key {key} needs the index {name} of {table}",
    safe: "CREATE INDEX {new} ON {table} ({columns}); -- or drop the foreign key {key} first",
    source: "MySQL 8.0 Reference Manual, 15.1.20.5 FOREIGN KEY Constraints: https://dev.mysql.com/doc/refman/8.0/en/create-table-foreign-keys.html",
    proof: Proof::Reason,
    finds: &[],
    passes: &["DROP INDEX i ON t;"],
    find: |scene, hits| {
        for (table, index) in dropped_mysql(scene) {
            let Some(record) = scene.record(&table) else { continue };
            let Some(known) = record.indexes.iter().find(|known| known.name.eq_ignore_ascii_case(index)) else { continue };
            let starts = |columns: &[Option<String>], wanted: &[String]| {
                columns.len() >= wanted.len() && columns.iter().zip(wanted).all(|(have, want)| have.as_ref() == Some(want))
            };
            let needs = |wanted: &[String]| {
                starts(&known.columns, wanted)
                    && !record.indexes.iter().any(|other| other.name != known.name && starts(&other.columns, wanted))
            };
            let own = record.foreign_keys.iter().find(|key| needs(&key.columns));
            let other = scene.sizes.referencing(&table).find(|(_, key)| needs(&key.to_columns)).map(|(_, key)| key);
            if let Some(key) = own.or(other) {
                let dropped = scene.alters().any(|alter| {
                    alter
                        .operations
                        .iter()
                        .any(|op| matches!(op, AlterOp::DropForeignKey { name } if name.eq_ignore_ascii_case(&key.name)))
                });
                let columns = quoted_list(known.columns.iter().flatten().map(String::as_str), scene.dialect());
                hits.on(&table)
                    .fill("name", quoted_list([index], scene.dialect()))
                    .fill("new", quoted_list([format!("{index}_new").as_str()], scene.dialect()))
                    .fill("key", quoted_list([key.name.as_str()], scene.dialect()))
                    .fill("columns", columns)
                    .harmless_if(dropped, "the statement drops the foreign key too");
            }
        }
    },
    ..RULE
};

/// Indexes that MySQL drops, with their table.
fn dropped_mysql<'a>(scene: &Scene<'a>) -> Vec<(Name, &'a str)> {
    let mut dropped = Vec::new();
    for action in scene.actions() {
        match action {
            Action::DropIndex(drop) => {
                if let Some(table) = &drop.table {
                    dropped.extend(drop.names.iter().map(|name| (table.clone(), name.name.as_str())));
                }
            }
            Action::AlterTable(alter) => {
                dropped.extend(alter.operations.iter().filter_map(|operation| match operation {
                    AlterOp::DropIndex { name } => Some((alter.name.clone(), name.as_str())),
                    _ => None,
                }));
            }
            _ => {}
        }
    }
    dropped
}

/// Indexes that the planner may no longer use, although they are kept up.
fn hidden<'a>(scene: &Scene<'a>) -> impl Iterator<Item = (Name, &'a str)> + use<'a> {
    scene.operations().filter_map(|(alter, operation)| match operation {
        AlterOp::IndexVisibility { name, visible: false } => Some((alter.name.clone(), name.as_str())),
        _ => None,
    })
}

pub(super) static SLOW_TABLE_LOSES_INDEX: Rule = Rule {
    id: "database/index-dropped-on-slow-table",
    title: "A table with slow statements loses an index",
    class: RiskClass::Slow,
    severity: Severity::High,
    dialects: SERVERS,
    what: "A statement on the table is in the server's list of slow ones already. Without the index, whatever used it reads the table \
           from beginning to end.",
    harmless: "Another index of the table begins with the same columns.",
    says: "{table} is in the list of slow statements ({slow} ms on average) and loses the index {name}",
    safe: "Look at the plans of the table's statements without the index first (PostgreSQL: hypopg_hide_index; MySQL: \
           ALTER TABLE {table} ALTER INDEX {name} INVISIBLE), and drop it when nothing has become slower",
    source: "PostgreSQL manual, 11.12 Examining Index Usage: https://www.postgresql.org/docs/current/indexes-examine.html",
    variants: &[Variant {
        dialects: MYSQL,
        lock: None,
        safe: "ALTER TABLE {table} ALTER INDEX {name} INVISIBLE; -- MariaDB: IGNORED; look at the slow log for a day, then drop it",
        source: "MySQL 8.0 Reference Manual, 10.3.12 Invisible Indexes: https://dev.mysql.com/doc/refman/8.0/en/invisible-indexes.html",
    }],
    proof: Proof::Reason,
    finds: &[],
    passes: &["DROP INDEX i;"],
    find: |scene, hits| {
        let mut dropped = dropped_mysql(scene);
        for action in scene.actions() {
            if let Action::DropIndex(drop) = action
                && drop.table.is_none()
            {
                dropped.extend(drop.names.iter().filter_map(|name| Some((table_of(name, scene)?, name.name.as_str()))));
            }
        }
        for (table, index) in dropped {
            let Some(slow) = scene.sizes.slow(&scene.state.original(&table)) else { continue };
            let replaced = scene.record(&table).is_some_and(|record| {
                let Some(gone) = record.indexes.iter().find(|known| known.name == index) else { return false };
                record.indexes.iter().any(|other| {
                    other.name != gone.name && other.valid && !other.partial && other.columns.starts_with(&gone.columns)
                })
            });
            hits.on(&table)
                .fill("slow", format!("{slow:.0}"))
                .fill("name", quoted_list([index], scene.dialect()))
                .harmless_if(replaced, "another index of the table begins with the same columns");
        }
    },
    ..RULE
};

pub(super) static DROPPED: Rule = Rule {
    id: "database/index-dropped",
    title: "An index is dropped",
    class: RiskClass::Slow,
    severity: Severity::Low,
    dialects: ALL,
    what: "Whatever used the index reads more from then on, and a unique one no longer keeps doubles out. Building it again takes as long as it took.",
    harmless: "The same change creates the index or the table, or creates the index again; another index of the table begins with the same columns.",
    weighed_by_size: true,
    says: "{name} is dropped: {what}",
    safe: "-- look for its use first: SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelname = {literal};",
    source: "PostgreSQL manual, 28.2.22 pg_stat_all_indexes: https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ALL-INDEXES-VIEW",
    variants: &[
        Variant {
            dialects: MYSQL,
            lock: None,
            safe: "-- look for its use first: SELECT * FROM sys.schema_unused_indexes WHERE index_name = {literal};",
            source: "MySQL 8.0 Reference Manual, 10.3.12 Invisible Indexes: https://dev.mysql.com/doc/refman/8.0/en/invisible-indexes.html",
        },
        Variant {
            dialects: super::super::rule::SQLITE,
            lock: None,
            safe: "-- look at the plans first: EXPLAIN QUERY PLAN <each query of the table>;",
            source: "SQLite, EXPLAIN QUERY PLAN: https://www.sqlite.org/eqp.html",
        },
    ],
    proof: Proof::Reason,
    squawk: &["ban-drop-index"],
    finds: &[
        "DROP INDEX CONCURRENTLY i;",
        "mysql: ALTER TABLE t ALTER INDEX i INVISIBLE;",
        "mariadb: ALTER TABLE t ALTER INDEX i IGNORED;",
    ],
    passes: &[
        "mysql: ALTER TABLE t ALTER INDEX i VISIBLE;",
        "CREATE INDEX CONCURRENTLY i ON t (a); DROP INDEX CONCURRENTLY i;",
        "DROP INDEX CONCURRENTLY IF EXISTS i; CREATE INDEX CONCURRENTLY i ON t (a);",
    ],
    find: |scene, hits| {
        let mut dropped: Vec<(Option<Name>, &str)> =
            dropped_mysql(scene).into_iter().map(|(table, name)| (Some(table), name)).collect();
        for action in scene.actions() {
            if let Action::DropIndex(drop) = action
                && drop.table.is_none()
            {
                dropped.extend(drop.names.iter().map(|name| (table_of(name, scene), name.name.as_str())));
            }
        }
        for (table, index) in dropped {
            let record = table.as_ref().and_then(|table| scene.record(table));
            let known = record.and_then(|record| record.indexes.iter().find(|known| known.name == index));
            let replaced = known.zip(record).is_some_and(|(gone, record)| {
                !gone.unique
                    && record.indexes.iter().any(|other| {
                        other.name != gone.name && other.valid && !other.partial && other.columns.starts_with(&gone.columns)
                    })
            });
            let unique = known.is_some_and(|known| known.unique);
            let what = if unique { "doubles are no longer kept out" } else { "whatever used it reads more from now on" };
            let same = scene.added_indexes().any(|(_, made)| made.name.as_ref().is_some_and(|name| name.name == index));
            let again = same || scene.index_made_later(index);
            let hit = hits
                .on_some(table.as_ref())
                .fill("name", quoted_list([index], scene.dialect()))
                .fill("literal", format!("'{}'", super::first_words(index).replace('\'', "''")))
                .fill("what", what)
                .harmless_if(scene.state.index(index).is_some(), "the same change creates the index")
                .harmless_if(again, "the script creates an index of that name again")
                .harmless_if(replaced, "another index of the table begins with the same columns")
                .harmless_if(known.is_some_and(|known| !known.valid), "the index is invalid: no query uses it");
            if unique {
                hit.severity(Severity::Medium).unweighed();
            }
        }
        for (table, index) in hidden(scene) {
            hits.on(&table)
                .fill("name", quoted_list([index], scene.dialect()))
                .fill("literal", format!("'{}'", super::first_words(index).replace('\'', "''")))
                .says("{name} is hidden from the planner: whatever used it reads more from now on")
                .harmless_if(scene.state.index(index).is_some(), "the same change creates the index");
        }
    },
    ..RULE
};
