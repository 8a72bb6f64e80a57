//! SQLite: what `ALTER TABLE` cannot do, and what a pragma breaks.

use super::manual;
use crate::analyze::sql::rule::{Pack, Proof, RULE, Rule, SQLITE};
use crate::analyze::sql::types;
use crate::evidence::sql::{Action, AlterOp, DefaultKind, Generated};
use crate::facts::{Blocks, RiskClass, Severity};

const REBUILD: &str = "PRAGMA foreign_keys = OFF;\n\
                       BEGIN;\n\
                       CREATE TABLE {new} (..); -- with the change\n\
                       INSERT INTO {new} SELECT .. FROM {table};\n\
                       DROP TABLE {table};\n\
                       ALTER TABLE {new} RENAME TO {table};\n\
                       PRAGMA foreign_key_check;\n\
                       COMMIT;\n\
                       PRAGMA foreign_keys = ON;";

const LITE: Rule = Rule {
    class: RiskClass::Failure,
    severity: Severity::High,
    dialects: SQLITE,
    spares_new: false,
    source: manual::SQLITE_ALTER,
    proof: Proof::Manual,
    ..RULE
};

pub(super) static ADD_COLUMN: Rule = Rule {
    id: "database/sqlite-add-column-refused",
    title: "SQLite refuses such a new column",
    what: "`ADD COLUMN` cannot add a PRIMARY KEY or UNIQUE column, one whose default is CURRENT_TIMESTAMP or an expression in parentheses while \
           the table has rows, a STORED generated one, or (with foreign keys on) a reference whose default is not NULL.",
    harmless: "Never: it fails.",
    says: "`ADD COLUMN {column}` fails: it is {why}",
    safe: REBUILD,
    finds: &[
        "ALTER TABLE t ADD COLUMN a INTEGER UNIQUE;",
        "ALTER TABLE t ADD COLUMN a TEXT DEFAULT CURRENT_TIMESTAMP;",
        "ALTER TABLE t ADD COLUMN a INTEGER REFERENCES o (id) DEFAULT 3;",
    ],
    passes: &["ALTER TABLE t ADD COLUMN a INTEGER DEFAULT 3;", "ALTER TABLE t ADD COLUMN a INTEGER REFERENCES o (id);"],
    find: |scene, hits| {
        for (alter, column) in scene.added_columns() {
            let default = column.default.as_ref().map(|default| default.kind);
            let why = if column.primary_key {
                "a primary key"
            } else if column.unique {
                "unique"
            } else if column.generated == Some(Generated::Stored) {
                "generated and stored"
            } else if matches!(default, Some(DefaultKind::Stable | DefaultKind::Volatile | DefaultKind::Unknown)) {
                "given a default that is no constant"
            } else if column.references.is_some() && matches!(default, Some(DefaultKind::Constant)) {
                "a reference with a default other than NULL"
            } else {
                continue;
            };
            let new = format!("{}_new", alter.name.name);
            hits.on(&alter.name)
                .column(&column.name)
                .fill("why", why)
                .fill("new", crate::analyze::sql::hit::quoted(&new, scene.dialect()));
        }
    },
    ..LITE
};

pub(super) static DROP_COLUMN: Rule = Rule {
    id: "database/sqlite-drop-column",
    title: "SQLite writes the table anew to drop a column",
    class: RiskClass::Rewrite,
    severity: Severity::Medium,
    what: "`DROP COLUMN` (from SQLite 3.35 on) writes every row anew while the database is locked for writes; it fails when the column is a \
           primary key, unique, indexed, or named in a check, a foreign key, a trigger or a view.",
    lock: Some("EXCLUSIVE"),
    blocks: Blocks::Everything,
    rewrites: true,
    scans: true,
    weighed_by_size: true,
    spares_new: true,
    harmless: "The table is created in the same change, or small.",
    says: "every row of {table} is written anew without {column}; it fails where an index, trigger or view names the column",
    safe: REBUILD,
    finds: &["ALTER TABLE t DROP COLUMN a;"],
    passes: &["ALTER TABLE t RENAME COLUMN a TO b;"],
    find: |scene, hits| {
        for (alter, operation) in scene.operations() {
            if let AlterOp::DropColumn { column, .. } = operation {
                let new = format!("{}_new", alter.name.name);
                hits.on(&alter.name).column(column).fill("new", crate::analyze::sql::hit::quoted(&new, scene.dialect()));
            }
        }
    },
    ..LITE
};

pub(super) static UNSUPPORTED: Rule = Rule {
    id: "database/sqlite-alter-unsupported",
    title: "SQLite does not know this `ALTER TABLE`",
    what: "SQLite renames tables and columns, and adds and drops columns. Types, defaults, constraints and nullability of what is there cannot be \
           changed: the statement is an error.",
    harmless: "Never: it fails.",
    says: "SQLite cannot alter {table} in this way",
    safe: REBUILD,
    finds: &["ALTER TABLE t ALTER COLUMN a TYPE TEXT;", "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0);"],
    passes: &["ALTER TABLE t ADD COLUMN a INTEGER;"],
    find: |scene, hits| {
        for (alter, operation) in scene.operations() {
            let known = matches!(
                operation,
                AlterOp::AddColumn { .. }
                    | AlterOp::DropColumn { .. }
                    | AlterOp::RenameColumn { .. }
                    | AlterOp::RenameTable { .. }
            );
            if !known {
                let new = format!("{}_new", alter.name.name);
                hits.on(&alter.name).fill("new", crate::analyze::sql::hit::quoted(&new, scene.dialect()));
            }
        }
    },
    ..LITE
};

/// Pragmas as `(name, value in lower case)`.
fn pragmas(scene: &crate::analyze::sql::scene::Scene<'_>) -> Vec<(String, String)> {
    scene
        .actions()
        .filter_map(|action| match action {
            Action::Set(variable) => Some((variable.name.clone(), variable.value.as_deref()?.trim_matches('\'').to_lowercase())),
            _ => None,
        })
        .collect()
}

pub(super) static WRITABLE_SCHEMA: Rule = Rule {
    id: "database/sqlite-writable-schema",
    title: "The schema is written by hand",
    class: RiskClass::DataLoss,
    severity: Severity::Critical,
    what: "`PRAGMA writable_schema = ON` lets UPDATE change the table of the schema itself: one wrong character, and the database cannot be opened \
           any more.",
    harmless: "Never.",
    says: "the schema is written by hand: a mistake makes the database unreadable",
    safe: REBUILD_PLAIN,
    source: "SQLite, PRAGMA writable_schema: https://www.sqlite.org/pragma.html#pragma_writable_schema",
    finds: &["PRAGMA writable_schema = ON;"],
    passes: &["PRAGMA writable_schema = OFF;"],
    find: |scene, hits| {
        if pragmas(scene)
            .iter()
            .any(|(name, value)| name == "writable_schema" && matches!(value.as_str(), "on" | "1" | "true" | "yes"))
        {
            hits.plain();
        }
    },
    ..LITE
};

const REBUILD_PLAIN: &str =
    "Make a new table with the change, fill it, drop the old one and rename the new one, in one transaction";

pub(super) static UNSAFE_PRAGMA: Rule = Rule {
    id: "database/sqlite-unsafe-pragma",
    title: "A pragma trades safety for speed",
    class: RiskClass::DataLoss,
    severity: Severity::High,
    what: "`synchronous = OFF` and `journal_mode = OFF` or `MEMORY` damage the database when the machine or the process stops in the middle of a \
           transaction; without a journal nothing can be rolled back.",
    harmless: "Never in a migration of a database that matters.",
    says: "`PRAGMA {name} = {value}`: a crash in the middle damages the database",
    safe: "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;",
    source: "SQLite, PRAGMA synchronous: https://www.sqlite.org/pragma.html#pragma_synchronous",
    finds: &["PRAGMA synchronous = OFF;", "PRAGMA journal_mode = OFF;"],
    passes: &["PRAGMA journal_mode = WAL;", "PRAGMA synchronous = NORMAL;"],
    find: |scene, hits| {
        for (name, value) in pragmas(scene) {
            let unsafe_value = match name.as_str() {
                "synchronous" => matches!(value.as_str(), "off" | "0"),
                "journal_mode" => matches!(value.as_str(), "off" | "memory"),
                "ignore_check_constraints" => matches!(value.as_str(), "on" | "1" | "true" | "yes"),
                _ => false,
            };
            if unsafe_value {
                hits.plain().fill("name", super::first_words(&name)).fill("value", super::first_words(&value));
            }
        }
    },
    ..LITE
};

pub(super) static PRAGMA_IN_TRANSACTION: Rule = Rule {
    id: "database/sqlite-foreign-keys-in-transaction",
    title: "`PRAGMA foreign_keys` does nothing inside a transaction",
    class: RiskClass::DataLoss,
    severity: Severity::High,
    what: "Inside a transaction the pragma is ignored without a word: foreign keys stay on, and `DROP TABLE` of a table that is made anew deletes its \
           rows first, with everything that refers to them by ON DELETE CASCADE.",
    harmless: "Never: it does not what it says.",
    says: "`PRAGMA foreign_keys` is ignored inside the transaction that {who} opens",
    safe: "PRAGMA foreign_keys = OFF; -- before BEGIN, in a script that the tool runs without a transaction",
    source: "SQLite, PRAGMA foreign_keys: https://www.sqlite.org/pragma.html#pragma_foreign_keys",
    finds: &["BEGIN; PRAGMA foreign_keys = OFF; DROP TABLE t; COMMIT;"],
    passes: &["PRAGMA foreign_keys = OFF; BEGIN; SELECT 1; COMMIT;"],
    find: |scene, hits| {
        let Some(open) = &scene.state.session.transaction else { return };
        if pragmas(scene).iter().any(|(name, _)| name == "foreign_keys") {
            let who = if open.by_tool { "the migration tool".to_owned() } else { format!("line {}", open.line) };
            hits.plain().fill("who", who);
        }
    },
    ..LITE
};

pub(super) static VACUUM: Rule = Rule {
    id: "database/sqlite-vacuum",
    title: "`VACUUM` writes the whole database anew",
    class: RiskClass::Rewrite,
    severity: Severity::Medium,
    what: "`VACUUM` copies the whole file while nobody writes, and needs up to twice its space.",
    lock: Some("EXCLUSIVE"),
    blocks: Blocks::Writes,
    rewrites: true,
    scans: true,
    harmless: "The database is small; kadian does not tell.",
    says: "the whole database is written anew while nobody writes",
    safe: "PRAGMA auto_vacuum = INCREMENTAL; -- and PRAGMA incremental_vacuum(100) in quiet moments",
    source: "SQLite, VACUUM: https://www.sqlite.org/lang_vacuum.html",
    finds: &["VACUUM;"],
    passes: &["PRAGMA incremental_vacuum(100);"],
    find: |scene, hits| {
        if scene.actions().any(|action| matches!(action, Action::Vacuum { .. })) {
            hits.plain();
        }
    },
    ..LITE
};

pub(super) static TYPELESS: Rule = Rule {
    id: "database/sqlite-column-without-type",
    title: "A column takes values of any type",
    class: RiskClass::Design,
    severity: Severity::Note,
    pack: Pack::Design,
    what: "Without a type, and without STRICT even with one, SQLite stores whatever it is given: text in a number's column sorts and compares in its \
           own way.",
    harmless: "Any type is meant.",
    says: "{column} of {table} takes values of any type",
    safe: "CREATE TABLE {table} ({column} <type>, ..) STRICT;",
    source: "SQLite, STRICT Tables: https://www.sqlite.org/stricttables.html",
    finds: &["CREATE TABLE t (id INTEGER PRIMARY KEY, a);"],
    passes: &["CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT);"],
    find: |scene, hits| {
        for create in scene.created_tables() {
            let Some(name) = &create.name else { continue };
            for column in
                create.definition.columns.iter().filter(|column| column.ty.as_ref().is_none_or(|ty| types::show(ty).is_empty()))
            {
                hits.on(name).column(&column.name);
            }
        }
    },
    ..LITE
};
