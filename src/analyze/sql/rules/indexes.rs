//! Indexes: how they are built, dropped and built anew, and what goes with them.

use super::manual;
use crate::analyze::sql::hit::quoted_list;
use crate::analyze::sql::rule::{ALL, MYSQL, POSTGRES, Pack, Proof, RULE, Rule, SERVERS, Variant};
use crate::analyze::sql::scene::Scene;
use crate::evidence::sql::{Action, AlterOp, CreateIndex, Name};
use crate::evidence::table_stats::TableKind;
use crate::facts::{Blocks, RiskClass, Severity};

/// The columns of an index as SQL.
pub(super) fn columns(index: &CreateIndex, scene: &Scene<'_>) -> String {
    let columns: Vec<String> = index
        .columns
        .iter()
        .take(16)
        .map(|column| match &column.column {
            Some(name) => quoted_list([name.as_str()], scene.dialect()),
            None => super::expression(&column.text),
        })
        .collect();
    columns.join(", ")
}

/// The name of an index as SQL; one that the server chooses has a word of ours.
pub(super) fn name(index: &CreateIndex, scene: &Scene<'_>) -> String {
    if let Some(name) = &index.name {
        return quoted_list([name.name.as_str()], scene.dialect());
    }
    let table = index.table.as_ref().map_or("table", |table| table.name.as_str());
    let column = index.columns.first().and_then(|column| column.column.as_deref()).unwrap_or("expression");
    quoted_list([format!("{table}_{column}_idx").as_str()], scene.dialect())
}

/// The table of an index that PostgreSQL drops or builds anew by its name alone.
pub(super) fn table_of(index: &Name, scene: &Scene<'_>) -> Option<Name> {
    if let Some(made) = scene.state.index(&index.name) {
        return made.table.clone();
    }
    let known = scene.sizes.indexes(&index.name);
    let (record, _) = known.iter().max_by_key(|(record, _)| record.rows.unwrap_or(u64::MAX))?;
    Some(Name { schema: record.schema.clone(), name: record.name.clone() })
}

/// An index of a partitioned table is built on each partition by itself.
const PARTITION_BY_PARTITION: &str = "CREATE {unique}INDEX {name} ON ONLY {table} ({columns});\n\
     -- for each partition, outside of a transaction: CREATE {unique}INDEX CONCURRENTLY p_idx ON p ({columns});\n\
     -- then: ALTER INDEX {name} ATTACH PARTITION p_idx;";

fn is_partitioned(table: &Name, scene: &Scene<'_>) -> bool {
    scene.record(table).is_some_and(|record| record.kind == TableKind::Partitioned)
        || scene.state.table(table).is_some_and(|table| table.partitioned)
}

pub(super) static NOT_CONCURRENT: Rule = Rule {
    id: "database/index-not-concurrent",
    title: "An index is built while writes wait",
    class: RiskClass::Lock,
    severity: Severity::High,
    dialects: POSTGRES,
    what: "`CREATE INDEX` holds a SHARE lock from its first moment until the index is built: every INSERT, UPDATE and DELETE on the \
           table waits for as long as reading and sorting all of it takes. Reads go on.",
    lock: Some("SHARE"),
    blocks: Blocks::Writes,
    scans: true,
    weighed_by_size: true,
    harmless: "The table is created in the same change, or small.",
    says: "writes to {table} wait until the index on {columns} is built",
    safe: "CREATE {unique}INDEX CONCURRENTLY {name} ON {table} ({columns}); -- outside of a transaction",
    source: manual::PG_CREATE_INDEX,
    proof: Proof::Server,
    squawk: &["require-concurrent-index-creation"],
    finds: &["CREATE INDEX i ON t (a);", "CREATE UNIQUE INDEX i ON t (lower(a));"],
    passes: &["CREATE INDEX CONCURRENTLY i ON t (a);", "CREATE TABLE t (a int); CREATE INDEX i ON t (a);"],
    find: |scene, hits| {
        for action in scene.actions() {
            let Action::CreateIndex(index) = action else { continue };
            // On a parent alone there is nothing to build.
            if index.concurrently || index.only {
                continue;
            }
            let hit = hits
                .on_some(index.table.as_ref())
                .fill("columns", columns(index, scene))
                .fill("name", name(index, scene))
                .fill("unique", if index.unique { "UNIQUE " } else { "" });
            if index.table.as_ref().is_some_and(|table| is_partitioned(table, scene)) {
                hit.safe(PARTITION_BY_PARTITION);
            }
        }
    },
    ..RULE
};

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

pub(super) static CONCURRENTLY_IN_TRANSACTION: Rule = Rule {
    id: "database/concurrently-in-transaction",
    title: "`CONCURRENTLY` inside a transaction fails",
    class: RiskClass::Failure,
    severity: Severity::High,
    dialects: POSTGRES,
    what: "`CREATE INDEX CONCURRENTLY`, `DROP INDEX CONCURRENTLY`, `REINDEX CONCURRENTLY` and `DETACH PARTITION CONCURRENTLY` commit \
           on their own and are refused inside a transaction block: the migration fails, and everything before it is taken back.",
    spares_new: false,
    harmless: "Never: it fails.",
    says: "`{words} CONCURRENTLY` fails inside the transaction that {who} opens",
    safe: "Run it in a script of its own without a transaction ({how})",
    source: manual::PG_CREATE_INDEX,
    proof: Proof::Server,
    squawk: &["ban-concurrent-index-creation-in-transaction"],
    finds: &["BEGIN; CREATE INDEX CONCURRENTLY i ON t (a); COMMIT;", "BEGIN; DROP INDEX CONCURRENTLY i; COMMIT;"],
    passes: &["CREATE INDEX CONCURRENTLY i ON t (a);", "BEGIN; SELECT 1; COMMIT; CREATE INDEX CONCURRENTLY i ON t (a);"],
    find: |scene, hits| {
        let Some(transaction) = &scene.state.session.transaction else { return };
        for action in scene.actions() {
            let (words, table) = match action {
                Action::CreateIndex(index) if index.concurrently => ("CREATE INDEX", index.table.clone()),
                Action::DropIndex(drop) if drop.concurrently => {
                    ("DROP INDEX", drop.names.first().and_then(|name| table_of(name, scene)))
                }
                Action::Reindex { concurrently: true, .. } => ("REINDEX", None),
                Action::AlterTable(alter)
                    if alter.operations.iter().any(|op| matches!(op, AlterOp::DetachPartition { concurrently: true, .. })) =>
                {
                    ("DETACH PARTITION", Some(alter.name.clone()))
                }
                _ => continue,
            };
            let who = if transaction.by_tool { "the migration tool".to_owned() } else { format!("line {}", transaction.line) };
            hits.on_some(table.as_ref()).fill("words", words).fill("who", who).fill(
                "how",
                "Flyway: executeInTransaction=false; sqlx: -- no-transaction; goose: -- +goose NO TRANSACTION; \
                              Django: atomic = False; Rails: disable_ddl_transaction!; Alembic: autocommit_block()",
            );
        }
    },
    ..RULE
};

pub(super) static REINDEX_NOT_CONCURRENT: Rule = Rule {
    id: "database/reindex-not-concurrent",
    title: "An index is built anew while writes wait",
    class: RiskClass::Lock,
    severity: Severity::High,
    dialects: POSTGRES,
    what: "`REINDEX` holds a SHARE lock on the table and an ACCESS EXCLUSIVE lock on the index until it is built: writes wait, and so \
           does every query whose plan looks at the index.",
    lock: Some("SHARE"),
    blocks: Blocks::Writes,
    scans: true,
    weighed_by_size: true,
    harmless: "The table is created in the same change, or small.",
    says: "writes wait until {what} is built anew",
    safe: "REINDEX {target} CONCURRENTLY {name}; -- from PostgreSQL 12 on, outside of a transaction",
    source: manual::PG_REINDEX,
    proof: Proof::Server,
    squawk: &["require-concurrent-reindex"],
    finds: &["REINDEX TABLE t;", "REINDEX INDEX i;"],
    passes: &["REINDEX TABLE CONCURRENTLY t;"],
    find: |scene, hits| {
        for action in scene.actions() {
            let Action::Reindex { target, name, concurrently: false } = action else { continue };
            let target = target.to_uppercase();
            let table = match (target.as_str(), name) {
                ("TABLE", name) => name.clone(),
                ("INDEX", Some(name)) => table_of(name, scene),
                _ => None,
            };
            let shown = name.as_ref().map(ToString::to_string).unwrap_or_default();
            hits.on_some(table.as_ref())
                .fill("what", super::first_words(&format!("{} {shown}", target.to_lowercase())))
                .fill("target", super::first_words(&target))
                .fill("name", super::first_words(&shown));
        }
    },
    ..RULE
};

pub(super) static INVALID_LEFT_BEHIND: Rule = Rule {
    id: "database/index-if-not-exists-invalid",
    title: "An index that failed once is taken for a good one",
    class: RiskClass::Failure,
    severity: Severity::Low,
    dialects: POSTGRES,
    what: "`CREATE INDEX CONCURRENTLY` that fails leaves an index behind that is invalid: it costs every write and helps no query. \
           With `IF NOT EXISTS` the second attempt sees the name and does nothing, and the migration counts as done.",
    harmless: "The index is dropped before in the same script.",
    says: "after a failure, a second run takes the invalid index {name} for a good one",
    safe: "DROP INDEX CONCURRENTLY IF EXISTS {name};\nCREATE {unique}INDEX CONCURRENTLY {name} ON {table} ({columns});",
    source: manual::PG_CREATE_INDEX,
    proof: Proof::Server,
    finds: &["CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a);"],
    passes: &[
        "CREATE INDEX CONCURRENTLY i ON t (a);",
        "DROP INDEX CONCURRENTLY IF EXISTS i; CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a);",
    ],
    find: |scene, hits| {
        for action in scene.actions() {
            let Action::CreateIndex(index) = action else { continue };
            let Some(known) = index.name.as_ref().filter(|_| index.concurrently && index.if_not_exists) else { continue };
            let dropped = scene.state.drops_index(&known.name);
            hits.on_some(index.table.as_ref())
                .fill("name", name(index, scene))
                .fill("columns", columns(index, scene))
                .fill("unique", if index.unique { "UNIQUE " } else { "" })
                .harmless_if(dropped, "the script drops the index first");
        }
    },
    ..RULE
};

pub(super) static CONCURRENT_ON_PARTITIONED: Rule = Rule {
    id: "database/index-concurrent-on-partitioned",
    title: "An index of a partitioned table cannot be built concurrently",
    class: RiskClass::Failure,
    severity: Severity::High,
    dialects: POSTGRES,
    what: "PostgreSQL refuses `CREATE INDEX CONCURRENTLY` on a partitioned table; without `CONCURRENTLY` it locks every partition \
           against writes until all of them have the index.",
    spares_new: false,
    harmless: "Never: it fails.",
    says: "{table} is partitioned: `CREATE INDEX CONCURRENTLY` on it fails",
    safe: PARTITION_BY_PARTITION,
    source: manual::PG_CREATE_INDEX,
    proof: Proof::Server,
    finds: &["CREATE TABLE p (a int) PARTITION BY RANGE (a); CREATE INDEX CONCURRENTLY i ON p (a);"],
    passes: &["CREATE TABLE p (a int) PARTITION BY RANGE (a); CREATE INDEX i ON ONLY p (a);"],
    find: |scene, hits| {
        for action in scene.actions() {
            let Action::CreateIndex(index) = action else { continue };
            let Some(table) = index.table.as_ref().filter(|_| index.concurrently) else { continue };
            if is_partitioned(table, scene) {
                hits.on(table)
                    .fill("name", name(index, scene))
                    .fill("columns", columns(index, scene))
                    .fill("unique", if index.unique { "UNIQUE " } else { "" });
            }
        }
    },
    ..RULE
};

/// Whether an index is of a kind (`fulltext`, `spatial`).
fn is_method(index: &CreateIndex, method: &str) -> bool {
    index.method.as_deref().is_some_and(|known| known.eq_ignore_ascii_case(method))
}

pub(super) static FULLTEXT: Rule = Rule {
    id: "database/fulltext-index",
    title: "A full-text index is built while writes wait",
    class: RiskClass::Lock,
    severity: Severity::High,
    dialects: MYSQL,
    what: "Adding a full-text index permits no writes while it is built. The first one of a table that has no column `FTS_DOC_ID` also \
           writes the whole table anew.",
    lock: Some("SHARED"),
    blocks: Blocks::Writes,
    rewrites: true,
    scans: true,
    weighed_by_size: true,
    harmless: "The table is created in the same change, or small.",
    says: "writes to {table} wait until the full-text index on {columns} is built, and the first one writes the table anew",
    safe: "Build it on a copy of the table with a tool that follows its writes: gh-ost or pt-online-schema-change --alter \
           \"ADD FULLTEXT INDEX {name} ({columns})\"",
    source: manual::MYSQL_ONLINE_DDL,
    variants: &[Variant {
        dialects: super::super::rule::ONLY_MARIADB,
        lock: Some("SHARED"),
        safe: "Build it on a copy of the table with a tool that follows its writes: pt-online-schema-change --alter \
               \"ADD FULLTEXT INDEX {name} ({columns})\"",
        source: manual::MARIADB_INPLACE,
    }],
    proof: Proof::Server,
    finds: &["CREATE FULLTEXT INDEX i ON t (a);", "ALTER TABLE t ADD FULLTEXT INDEX i (a);"],
    passes: &["CREATE INDEX i ON t (a);"],
    find: |scene, hits| {
        for (table, index) in scene.added_indexes().filter(|(_, index)| is_method(index, "fulltext")) {
            hits.on_some(table).fill("columns", columns(index, scene)).fill("name", name(index, scene));
        }
    },
    ..RULE
};

pub(super) static SPATIAL: Rule = Rule {
    id: "database/spatial-index",
    title: "A spatial index is built while writes wait",
    class: RiskClass::Lock,
    severity: Severity::High,
    dialects: MYSQL,
    what: "Adding a spatial index works in place and permits no writes while the index is built.",
    lock: Some("SHARED"),
    blocks: Blocks::Writes,
    scans: true,
    weighed_by_size: true,
    harmless: "The table is created in the same change, or small.",
    says: "writes to {table} wait until the spatial index on {columns} is built",
    safe: "Build it on a copy of the table with a tool that follows its writes, such as pt-online-schema-change --alter \
           \"ADD SPATIAL INDEX {name} ({columns})\"",
    source: manual::MYSQL_ONLINE_DDL,
    variants: &[Variant {
        dialects: super::super::rule::ONLY_MARIADB,
        lock: Some("SHARED"),
        safe: "Build it on a copy of the table with a tool that follows its writes, such as pt-online-schema-change --alter \
               \"ADD SPATIAL INDEX {name} ({columns})\"",
        source: manual::MARIADB_INPLACE,
    }],
    proof: Proof::Server,
    finds: &["ALTER TABLE t ADD SPATIAL INDEX i (a);"],
    passes: &["ALTER TABLE t ADD INDEX i (a);"],
    find: |scene, hits| {
        for (table, index) in scene.added_indexes().filter(|(_, index)| is_method(index, "spatial")) {
            hits.on_some(table).fill("columns", columns(index, scene)).fill("name", name(index, scene));
        }
    },
    ..RULE
};

pub(super) static UNIQUE_MAY_FAIL: Rule = Rule {
    id: "database/unique-index-may-fail",
    title: "A unique index fails at the first double row",
    class: RiskClass::Failure,
    severity: Severity::Low,
    dialects: ALL,
    what: "A unique index on a table with rows fails if two of them are equal, after the work of building it; and from then on the \
           running version gets errors for rows that it could write before.",
    harmless: "The table is created in the same change and holds no rows yet.",
    says: "the unique index on {table} ({columns}) fails if two rows are equal",
    safe: "SELECT {columns}, count(*) FROM {table} GROUP BY {columns} HAVING count(*) > 1; -- has to be empty before",
    source: "PostgreSQL manual, 11.6 Unique Indexes: https://www.postgresql.org/docs/current/indexes-unique.html",
    variants: &[
        Variant {
            dialects: MYSQL,
            lock: None,
            safe: "SELECT {columns}, count(*) FROM {table} GROUP BY {columns} HAVING count(*) > 1; -- has to be empty before",
            source: "MySQL 8.0 Reference Manual, 15.1.15 CREATE INDEX, Unique Indexes: https://dev.mysql.com/doc/refman/8.0/en/create-index.html#create-index-unique",
        },
        Variant {
            dialects: super::super::rule::SQLITE,
            lock: None,
            safe: "SELECT {columns}, count(*) FROM {table} GROUP BY {columns} HAVING count(*) > 1; -- has to be empty before",
            source: "SQLite, CREATE INDEX, Unique Indexes: https://www.sqlite.org/lang_createindex.html#unique_indexes",
        },
    ],
    proof: Proof::Reason,
    squawk: &["ban-new-write-restriction"],
    finds: &["CREATE UNIQUE INDEX CONCURRENTLY i ON t (a);"],
    passes: &["CREATE INDEX CONCURRENTLY i ON t (a);", "CREATE TABLE t (a int); CREATE UNIQUE INDEX i ON t (a);"],
    find: |scene, hits| {
        for (table, index) in scene.added_indexes().filter(|(_, index)| index.unique) {
            let filled = table.is_some_and(|table| scene.state.is_new(table) && scene.state.is_filled(table));
            let wanted: Vec<Option<&str>> = index.columns.iter().map(|column| column.column.as_deref()).collect();
            let kept = table.and_then(|table| scene.record(table)).is_some_and(|record| {
                record.indexes.iter().any(|known| {
                    known.unique
                        && known.valid
                        && !known.partial
                        && known.columns.iter().all(|column| column.is_some() && wanted.contains(&column.as_deref()))
                })
            });
            let hit = hits
                .on_some(table)
                .fill("columns", columns(index, scene))
                .harmless_if(kept, "an index of the table keeps such rows out already");
            if filled {
                hit.also_new();
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
    finds: &["DROP INDEX CONCURRENTLY i;"],
    passes: &[
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
    },
    ..RULE
};

pub(super) static DUPLICATE: Rule = Rule {
    id: "database/index-duplicate",
    title: "The table has such an index already",
    class: RiskClass::Design,
    severity: Severity::Low,
    dialects: ALL,
    what: "An index with the same columns is there: the second one costs every write and its space, and helps no query.",
    spares_new: false,
    harmless: "The other index is dropped in the same change.",
    says: "{table} has the index {other} on the same columns already",
    safe: "Leave the new index out, or drop {other} in a later change",
    source: "PostgreSQL manual, 11.12 Examining Index Usage: https://www.postgresql.org/docs/current/indexes-examine.html",
    proof: Proof::Reason,
    pack: Pack::Design,
    finds: &["CREATE TABLE t (a int); CREATE INDEX i ON t (a); CREATE INDEX j ON t (a);"],
    passes: &["CREATE TABLE t (a int); CREATE INDEX i ON t (a); CREATE INDEX j ON t (a, b);"],
    find: |scene, hits| {
        for (table, index) in scene.added_indexes() {
            let Some(table) = table else { continue };
            if index.partial || index.method.as_deref().is_some_and(|method| !method.eq_ignore_ascii_case("btree")) {
                continue;
            }
            let wanted: Option<Vec<String>> = index.columns.iter().map(|column| column.column.clone()).collect();
            let Some(wanted) = wanted.filter(|wanted| !wanted.is_empty()) else { continue };
            let known = scene.record(table).into_iter().flat_map(|record| &record.indexes).find(|known| {
                !known.partial
                    && known.valid
                    && known.unique == index.unique
                    && index.name.as_ref().is_none_or(|name| name.name != known.name)
                    && known.columns.iter().map(Option::as_deref).eq(wanted.iter().map(|column| Some(column.as_str())))
            });
            let here = scene.state.table(table).is_some_and(|table| table.indexes.contains(&wanted));
            let other = match known {
                Some(known) if !scene.state.drops_index(&known.name) => known.name.clone(),
                _ if here && !index.unique => "of the same change".to_owned(),
                _ => continue,
            };
            hits.on(table).fill("other", super::first_words(&other));
        }
    },
    ..RULE
};
