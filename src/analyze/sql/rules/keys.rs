//! Keys that a correction changes, and rows that go along with others.

use super::correction::{CORRECTION, DELETE_VARIANT, UPDATE_VARIANT, bare};
use crate::analyze::sql::hit::quoted;
use crate::analyze::sql::rule::{MYSQL, Rule, Variant};
use crate::evidence::sql::{Comparison, Value};
use crate::facts::Severity;

pub(super) static KEY_CHANGED: Rule = Rule {
    id: "database/key-changed",
    title: "A key is changed",
    severity: Severity::High,
    what: "Keys are what everything else knows a row by: other tables, other services, caches, events, backups. A changed primary or unique \
           key collides with one that is there, a changed foreign key gives the row to somebody else.",
    harmless: "The table is created in the same change.",
    says: "{column} of {table} is {what}: whoever knows a row by it finds another one, or none",
    safe: "INSERT a row with the new key, move what refers to the old one, and delete that one last",
    source: "PostgreSQL manual, 5.5 Constraints: https://www.postgresql.org/docs/current/ddl-constraints.html",
    variants: &[Variant {
        dialects: MYSQL,
        lock: None,
        safe: "INSERT a row with the new key, move what refers to the old one, and delete that one last",
        source: "MySQL 8.0 Reference Manual, 15.1.20.5 FOREIGN KEY Constraints: https://dev.mysql.com/doc/refman/8.0/en/create-table-foreign-keys.html",
    }],
    finds: &["UPDATE t SET id = 4 WHERE id = 3;"],
    passes: &["UPDATE t SET a = 4 WHERE id = 3;"],
    find: |scene, hits| {
        for update in scene.updates() {
            let Some(table) = update.tables.first() else { continue };
            let record = scene.record(table);
            for (column, _) in &update.set {
                let name = bare(column);
                let primary = record.is_some_and(|record| {
                    record.indexes.iter().any(|index| {
                        index.primary && index.columns.iter().flatten().any(|known| known.eq_ignore_ascii_case(name))
                    })
                });
                let unique = record.is_some_and(|record| {
                    record
                        .indexes
                        .iter()
                        .any(|index| index.unique && index.columns.iter().flatten().any(|known| known.eq_ignore_ascii_case(name)))
                });
                let foreign = record.is_some_and(|record| {
                    record.foreign_keys.iter().any(|key| key.columns.iter().any(|known| known.eq_ignore_ascii_case(name)))
                });
                let here = scene.state.column(table, name).is_some_and(|column| column.key);
                let what = if primary || (record.is_none() && name.eq_ignore_ascii_case("id")) {
                    "the primary key"
                } else if unique {
                    "part of a unique key"
                } else if foreign {
                    "a foreign key"
                } else if here {
                    "a key of the change"
                } else {
                    continue;
                };
                let hit = hits.on(table).column(name).fill("what", what);
                if foreign || unique && !primary {
                    hit.severity(Severity::Medium);
                }
            }
        }
    },
    ..CORRECTION
};

pub(super) static DELETE_CASCADES: Rule = Rule {
    id: "database/delete-cascades",
    title: "The delete takes rows of other tables with it",
    severity: Severity::High,
    what: "A foreign key with ON DELETE CASCADE refers to the table: every row that is deleted takes its children with it, without a statement \
           that names them and without a count of them.",
    harmless: "No row has children; kadian does not tell.",
    spares_new: false,
    says: "rows of {other} go with every row of {table} that is deleted ({key}: ON DELETE {action})",
    safe: "DELETE FROM {other} WHERE <key> IN (..); -- the children first, by a statement that counts them",
    source: "PostgreSQL manual, 5.5.5 Foreign Keys: https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK",
    variants: &[Variant {
        dialects: MYSQL,
        lock: None,
        safe: "DELETE FROM {other} WHERE <key> IN (..); -- the children first, by a statement that counts them",
        source: DELETE_VARIANT,
    }],
    finds: &[],
    passes: &["DELETE FROM t WHERE id = 3;"],
    find: |scene, hits| {
        for delete in scene.deletes() {
            for table in &delete.tables {
                if scene.state.is_new(table) {
                    continue;
                }
                for (record, key) in scene.sizes.referencing(&scene.state.original(table)) {
                    let action = key.on_delete.to_ascii_uppercase();
                    if action == "CASCADE" {
                        hits.on(table)
                            .fill("other", quoted(&record.name, scene.dialect()))
                            .fill("key", quoted(&key.name, scene.dialect()))
                            .fill("action", "CASCADE");
                    }
                }
            }
        }
    },
    ..CORRECTION
};

pub(super) static SETS_NULL: Rule = Rule {
    id: "database/values-removed",
    title: "Values are replaced by null or nothing",
    severity: Severity::Medium,
    weighed_by_size: false,
    what: "What stood in the column is gone, for every row that the WHERE picks: the reverse has to know each old value.",
    harmless: "The same change adds the column, or creates the table.",
    says: "what stands in {column} of {table} is replaced by {value}",
    safe: "CREATE TABLE {backup} AS SELECT <key>, {column} FROM {table} WHERE <condition>; -- first: the reverse reads it",
    variants: &[Variant {
        dialects: MYSQL,
        lock: None,
        safe: "CREATE TABLE {backup} AS SELECT <key>, {column} FROM {table} WHERE <condition>; -- first: the reverse reads it",
        source: UPDATE_VARIANT,
    }],
    finds: &["UPDATE t SET a = NULL WHERE id = 3;", "UPDATE t SET a = '' WHERE id = 3;"],
    passes: &["UPDATE t SET a = 4 WHERE id = 3;", "UPDATE t SET a = NULL WHERE a = '';"],
    find: |scene, hits| {
        for update in scene.updates() {
            let Some(table) = update.tables.first() else { continue };
            for (column, value) in &update.set {
                let name = bare(column);
                let value = match value {
                    Some(Value::Null) => "null",
                    Some(Value::Text(text)) if text.is_empty() => "nothing",
                    _ => continue,
                };
                // The condition says what the old value is: nothing is lost that the reverse does not know.
                let known = update.filter.as_ref().is_some_and(|filter| {
                    !filter.alternatives
                        && filter.conditions.iter().any(|condition| {
                            condition.column.as_deref().is_some_and(|known| bare(known) == name)
                                && ((condition.comparison == Comparison::Equal && condition.value.is_some())
                                    || condition.comparison == Comparison::IsNull)
                        })
                });
                if known {
                    continue;
                }
                let backup = format!("{}_{name}_before", table.name);
                hits.on(table)
                    .column(name)
                    .fill("value", value)
                    .fill("backup", quoted(&backup, scene.dialect()))
                    .harmless_if(scene.state.adds_column(table, name), "the same change adds the column");
            }
        }
    },
    ..CORRECTION
};
