//! Indexes: how they are built, dropped and built anew, and what goes with them.

use super::manual;
use crate::analyze::sql::hit::quoted_list;
use crate::analyze::sql::rule::{ALL, MYSQL, POSTGRES, Pack, Proof, RULE, Rule, Variant};
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
                .fill("unique", if index.unique { "UNIQUE " } else { "" })
                .harmless_if(
                    index.table.as_ref().and_then(|table| scene.state.table(table)).is_some_and(|table| table.materialized),
                    "the same change creates the materialized view",
                );
            if index.table.as_ref().is_some_and(|table| is_partitioned(table, scene)) {
                hit.safe(PARTITION_BY_PARTITION);
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
