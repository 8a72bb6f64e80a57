//! Foreign keys: what deletes through them, and what they cost later.

use super::manual;
use crate::analyze::sql::hit::quoted_list;
use crate::analyze::sql::rule::{ALL, MYSQL, POSTGRES, Proof, RULE, Rule, Variant};
use crate::analyze::sql::scene::Scene;
use crate::evidence::sql::{ConstraintKind, ForeignKey, Name};
use crate::facts::{RiskClass, Severity, SqlDialect};

/// Every foreign key that the statement makes: the table, its columns, where it points.
fn made<'a>(scene: &Scene<'a>) -> Vec<(&'a Name, Vec<String>, &'a ForeignKey)> {
    let mut keys = Vec::new();
    for create in scene.created_tables() {
        let Some(table) = &create.name else { continue };
        for column in &create.definition.columns {
            keys.extend(column.references.as_ref().map(|to| (table, vec![column.name.clone()], to)));
        }
        for constraint in &create.definition.constraints {
            if let ConstraintKind::ForeignKey { columns, to } = &constraint.kind {
                keys.push((table, columns.clone(), to));
            }
        }
    }
    for (alter, column) in scene.added_columns() {
        keys.extend(column.references.as_ref().map(|to| (&alter.name, vec![column.name.clone()], to)));
    }
    for (alter, constraint) in super::constraints::added(scene) {
        if let ConstraintKind::ForeignKey { columns, to } = &constraint.kind {
            keys.push((&alter.name, columns.clone(), to));
        }
    }
    keys
}

pub(super) static CASCADE: Rule = Rule {
    id: "database/foreign-key-cascade",
    title: "A foreign key deletes or changes rows by itself",
    class: RiskClass::DataLoss,
    severity: Severity::Medium,
    dialects: ALL,
    what: "`ON DELETE CASCADE` deletes rows of the table without a statement that names it: one wrong DELETE of a parent takes all its children, \
           in one transaction that may last long, and in MySQL without firing triggers or telling the number of rows. `ON DELETE SET NULL` \
           forgets whose they were.",
    spares_new: false,
    harmless: "The children mean nothing without their parent, and are few.",
    says: "rows of {table} are {what} when a row of {other} is deleted",
    safe: "FOREIGN KEY ({columns}) REFERENCES {other} ON DELETE RESTRICT -- and delete children by a statement that names them",
    source: "PostgreSQL manual, 5.5.5 Foreign Keys: https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK",
    variants: &[Variant {
        dialects: MYSQL,
        lock: None,
        safe: "FOREIGN KEY ({columns}) REFERENCES {other} ON DELETE RESTRICT -- and delete children by a statement that names them",
        source: "MySQL 8.0 Reference Manual, 15.1.20.5 FOREIGN KEY Constraints: https://dev.mysql.com/doc/refman/8.0/en/create-table-foreign-keys.html",
    }],
    proof: Proof::Reason,
    finds: &[
        "CREATE TABLE t (a int REFERENCES o (id) ON DELETE CASCADE);",
        "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES o (id) ON DELETE SET NULL NOT VALID;",
    ],
    passes: &["CREATE TABLE t (a int REFERENCES o (id));", "CREATE TABLE t (a int REFERENCES o (id) ON DELETE RESTRICT);"],
    find: |scene, hits| {
        for (table, columns, to) in made(scene) {
            let what = match to.on_delete.as_deref() {
                Some("CASCADE") => "deleted",
                Some("SET NULL" | "SET DEFAULT") => "cut off from it",
                _ => continue,
            };
            let hit = hits
                .on(table)
                .fill("what", what)
                .fill("other", super::first_words(&to.table.to_string()))
                .fill("columns", quoted_list(columns.iter().map(String::as_str), scene.dialect()));
            if what != "deleted" {
                hit.severity(Severity::Low);
            }
        }
    },
    ..RULE
};

pub(super) static NO_INDEX: Rule = Rule {
    id: "database/foreign-key-without-index",
    title: "The columns of a foreign key have no index",
    class: RiskClass::Slow,
    severity: Severity::Medium,
    dialects: &[SqlDialect::Postgres, SqlDialect::Sqlite],
    what: "PostgreSQL and SQLite make no index for the referring side: each DELETE of a parent, and each UPDATE of its key, reads the whole \
           table of children, under locks. MySQL makes one by itself.",
    weighed_by_size: true,
    spares_new: false,
    harmless: "An index begins with the columns, by the change or the statistics; the table is small.",
    says: "no index of {table} begins with {columns}: every delete of a row of {other} reads all of {table}",
    safe: "CREATE INDEX CONCURRENTLY ON {table} ({columns}); -- outside of a transaction; plainly where the table is new",
    source: "PostgreSQL manual, 5.5.5 Foreign Keys: https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK",
    proof: Proof::Reason,
    finds: &["CREATE TABLE t (id int PRIMARY KEY, a int REFERENCES o (id));"],
    passes: &[
        "CREATE TABLE t (a int PRIMARY KEY REFERENCES o (id));",
        "CREATE TABLE t (a int, b int, PRIMARY KEY (a, b), FOREIGN KEY (a) REFERENCES o (id));",
        "CREATE TABLE t (id int PRIMARY KEY, a int REFERENCES o (id)); CREATE INDEX i ON t (a);",
    ],
    find: |scene, hits| {
        for (table, columns, to) in made(scene) {
            let starts = |index: &[String]| {
                index.len() >= columns.len() && columns.iter().all(|column| index[..columns.len()].contains(column))
            };
            let own = scene.created_tables().filter(|create| create.name.as_ref() == Some(table)).any(|create| {
                create
                    .definition
                    .columns
                    .iter()
                    .any(|column| (column.primary_key || column.unique) && columns == [column.name.clone()])
                    || create.definition.constraints.iter().any(|constraint| match &constraint.kind {
                        ConstraintKind::PrimaryKey { columns: index, .. } | ConstraintKind::Unique { columns: index, .. } => {
                            starts(index)
                        }
                        _ => false,
                    })
            });
            let made = scene.state.table(table).is_some_and(|table| table.indexes.iter().any(|index| starts(index)));
            let known = scene.record(table).is_some_and(|record| {
                record.indexes.iter().any(|index| {
                    let index: Vec<String> = index.columns.iter().map_while(Clone::clone).collect();
                    starts(&index)
                })
            });
            let later = scene.indexed_later(table, &columns);
            // Without statistics the indexes of a table that was there before are not known.
            let told = scene.state.is_new(table)
                || scene.record(table).is_some()
                || scene.created_tables().any(|create| create.name.as_ref() == Some(table));
            if own || made || known || later || !told {
                continue;
            }
            hits.on(table)
                .fill("columns", quoted_list(columns.iter().map(String::as_str), scene.dialect()))
                .fill("other", super::first_words(&to.table.to_string()));
        }
    },
    ..RULE
};

pub(super) static LOCKS_OTHER: Rule = Rule {
    id: "database/new-table-locks-referenced",
    title: "A new table with a foreign key locks the table that it refers to",
    class: RiskClass::Lock,
    severity: Severity::Low,
    dialects: POSTGRES,
    what: "A foreign key of a new table puts triggers on the table that it refers to, under a SHARE ROW EXCLUSIVE lock: writes to that one wait, \
           for a moment by itself, and until the end of the transaction otherwise. It waits for every transaction that writes there.",
    lock: Some("SHARE ROW EXCLUSIVE"),
    blocks: crate::facts::Blocks::Writes,
    spares_new: true,
    harmless: "The other table is created in the same change; the script has a lock time-out and no transaction.",
    says: "writes to {table} wait while {new} is created, and until the end of the transaction",
    safe: "SET lock_timeout = '2s';\n\
           CREATE TABLE {new} (..); -- without the key\n\
           ALTER TABLE {new} ADD FOREIGN KEY ({columns}) REFERENCES {table}; -- in a short transaction of its own",
    source: manual::PG_ALTER_TABLE,
    proof: Proof::Server,
    finds: &["CREATE TABLE n (a int REFERENCES t (id));"],
    passes: &[
        "CREATE TABLE t (id int PRIMARY KEY); CREATE TABLE n (a int REFERENCES t (id));",
        "SET lock_timeout = '2s'; CREATE TABLE n (a int REFERENCES t (id));",
    ],
    find: |scene, hits| {
        let short = scene.state.session.transaction.is_none() && scene.state.session.lock_timeout().is_set();
        for (table, columns, to) in made(scene) {
            let new = scene.created_tables().any(|create| create.name.as_ref() == Some(table)) || scene.state.is_new(table);
            if !new || to.table == *table {
                continue;
            }
            hits.on(&to.table)
                .fill("new", super::first_words(&table.to_string()))
                .fill("columns", quoted_list(columns.iter().map(String::as_str), scene.dialect()))
                .harmless_if(short, "it waits no longer than the lock time-out, and holds the lock for a moment");
        }
    },
    ..RULE
};
