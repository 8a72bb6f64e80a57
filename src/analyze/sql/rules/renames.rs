//! What is called otherwise afterwards, so that the running version no longer finds it.

use super::manual;
use crate::analyze::sql::hit::{quoted, quoted_name};
use crate::analyze::sql::rule::{ALL, MYSQL, POSTGRES, Proof, RULE, Rule, SQLITE, Variant};
use crate::evidence::sql::{Action, AlterOp, Name};
use crate::facts::{Blocks, RiskClass, Severity};

const RENAME: Rule = Rule {
    class: RiskClass::Compatibility,
    severity: Severity::High,
    dialects: POSTGRES,
    lock: Some("ACCESS EXCLUSIVE"),
    blocks: Blocks::Everything,
    source: manual::PG_ALTER_TABLE,
    proof: Proof::Server,
    ..RULE
};

pub(super) static TABLE: Rule = Rule {
    id: "database/rename-table",
    title: "A table is renamed",
    dialects: ALL,
    what: "From the moment of the rename every statement of the running version that names the table fails. The lock itself is short.",
    harmless: "The same change creates the table, or a table of the old name stands there again at the end (a swap).",
    says: "the running version still asks for {table}, which is called {to} from now on",
    safe: "ALTER TABLE {table} RENAME TO {to_sql};\n\
           CREATE VIEW {table} AS SELECT * FROM {to_sql}; -- in the same transaction; drop the view when nobody uses the old name",
    variants: &[
        Variant {
            dialects: MYSQL,
            lock: Some("exclusive metadata lock"),
            safe: "RENAME TABLE {table} TO {to_sql};\n\
                   CREATE VIEW {table} AS SELECT * FROM {to_sql}; -- there is a moment without it; better: a new name for new code only",
            source: "MySQL 8.0 Reference Manual, 15.1.36 RENAME TABLE: https://dev.mysql.com/doc/refman/8.0/en/rename-table.html",
        },
        Variant {
            dialects: SQLITE,
            lock: None,
            safe: "ALTER TABLE {table} RENAME TO {to_sql};\nCREATE VIEW {table} AS SELECT * FROM {to_sql};",
            source: manual::SQLITE_ALTER,
        },
    ],
    squawk: &["renaming-table"],
    finds: &["ALTER TABLE t RENAME TO u;"],
    passes: &["CREATE TABLE t (a int); ALTER TABLE t RENAME TO u;", "ALTER TABLE t RENAME CONSTRAINT a TO b;"],
    find: |scene, hits| {
        for action in scene.actions() {
            let pairs: Vec<(Name, Name)> = match action {
                Action::RenameTables { pairs } => pairs.clone(),
                Action::AlterTable(alter) => alter
                    .operations
                    .iter()
                    .filter_map(|operation| match operation {
                        AlterOp::RenameTable { to } => Some((alter.name.clone(), to.clone())),
                        _ => None,
                    })
                    .collect(),
                _ => continue,
            };
            for (from, to) in &pairs {
                let refilled = pairs.iter().any(|(_, other)| other == from);
                hits.on(from)
                    .fill("to", super::first_words(&to.to_string()))
                    .fill("to_sql", quoted_name(to, scene.dialect()))
                    .harmless_if(refilled, "the same statement puts another table in its place");
            }
        }
    },
    ..RENAME
};

pub(super) static COLUMN: Rule = Rule {
    id: "database/rename-column",
    title: "A column is renamed",
    dialects: ALL,
    what: "From the moment of the rename every statement of the running version that names the column fails. The lock itself is short.",
    harmless: "The same change creates the table or adds the column.",
    says: "the running version still asks for {column} of {table}, which is called {to} from now on",
    safe: "ALTER TABLE {table} ADD COLUMN {to_sql} <type>;\n\
           -- write both columns, fill the old rows in batches, read the new one, and drop {column} in a later change",
    variants: &[
        Variant {
            dialects: MYSQL,
            lock: Some("exclusive metadata lock"),
            safe: "ALTER TABLE {table} ADD COLUMN {to_sql} <type>;\n\
                   -- write both columns, fill the old rows in batches, read the new one, and drop {column} in a later change",
            source: manual::MYSQL_ONLINE_DDL,
        },
        Variant {
            dialects: SQLITE,
            lock: None,
            safe: "ALTER TABLE {table} ADD COLUMN {to_sql} <type>;\n-- write both, fill the old rows, read the new one, drop {column} later",
            source: manual::SQLITE_ALTER,
        },
    ],
    squawk: &["renaming-column"],
    finds: &["ALTER TABLE t RENAME COLUMN a TO b;"],
    passes: &["CREATE TABLE t (a int); ALTER TABLE t RENAME COLUMN a TO b;", "ALTER TABLE t ADD COLUMN b int;"],
    find: |scene, hits| {
        for (alter, operation) in scene.operations() {
            let (from, to) = match operation {
                AlterOp::RenameColumn { from, to } => (from, to),
                AlterOp::Redefine { old: Some(old), column } if !old.eq_ignore_ascii_case(&column.name) => (old, &column.name),
                _ => continue,
            };
            hits.on(&alter.name)
                .column(from)
                .fill("to", super::first_words(to))
                .fill("to_sql", quoted(to, scene.dialect()))
                .harmless_if(scene.state.adds_column(&alter.name, from), "the same change adds the column");
        }
    },
    ..RENAME
};

pub(super) static ENUM_VALUE: Rule = Rule {
    id: "database/rename-enum-value",
    title: "A value of an enum is renamed",
    lock: None,
    blocks: Blocks::Nothing,
    what: "Every row with the old value has the new one at once: the running version reads a word that it does not know, and fails when it \
           writes the old one.",
    harmless: "The same change creates the type.",
    says: "the running version does not know {to}, and cannot write {from} any more",
    safe: "ALTER TYPE {name} ADD VALUE '{to}'; -- release a version that knows both, change the rows in batches, keep {from}",
    source: "PostgreSQL manual, ALTER TYPE: https://www.postgresql.org/docs/current/sql-altertype.html",
    squawk: &["renaming-object"],
    finds: &["ALTER TYPE mood RENAME VALUE 'sad' TO 'blue';"],
    passes: &["CREATE TYPE mood AS ENUM ('sad'); ALTER TYPE mood RENAME VALUE 'sad' TO 'blue';"],
    find: |scene, hits| {
        for action in scene.actions() {
            if let Action::RenameEnumValue { name, from, to } = action {
                hits.plain()
                    .fill("name", quoted_name(name, scene.dialect()))
                    .fill("from", super::first_words(from))
                    .fill("to", super::first_words(to))
                    .harmless_if(scene.state.makes("type", &name.name), "the same change creates the type");
            }
        }
    },
    ..RENAME
};

pub(super) static MOVE_SCHEMA: Rule = Rule {
    id: "database/move-to-schema",
    title: "A table moves to another schema",
    what: "From that moment every statement of the running version that names the table with its schema, or finds it by its search path, \
           fails.",
    harmless: "The same change creates the table.",
    says: "the running version still asks for {table}, which stands in the schema {to} from now on",
    safe: "ALTER TABLE {table} SET SCHEMA {to_sql};\n\
           CREATE VIEW {table} AS SELECT * FROM {to_sql}.{bare}; -- in the same transaction; drop the view when nobody uses the old name",
    squawk: &["ban-set-schema"],
    finds: &["ALTER TABLE t SET SCHEMA s;"],
    passes: &["CREATE TABLE t (a int); ALTER TABLE t SET SCHEMA s;"],
    find: |scene, hits| {
        for (alter, operation) in scene.operations() {
            if let AlterOp::SetSchema { schema } = operation {
                hits.on(&alter.name)
                    .fill("to", super::first_words(schema))
                    .fill("to_sql", quoted(schema, scene.dialect()))
                    .fill("bare", quoted(&alter.name.name, scene.dialect()));
            }
        }
    },
    ..RENAME
};

pub(super) static OBJECT: Rule = Rule {
    id: "database/rename-object",
    title: "A view, type, sequence, function or schema is renamed or moved",
    severity: Severity::Medium,
    lock: None,
    blocks: Blocks::Nothing,
    what: "The running version, and functions that name it in their text, no longer find the view, type, sequence or schema.",
    harmless: "The same change creates it.",
    says: "the running version still asks for the {kind} {name} by its old name",
    safe: "Create it under the new name beside the old one, move its users, and drop the old one in a later change",
    source: "PostgreSQL manual, ALTER VIEW: https://www.postgresql.org/docs/current/sql-alterview.html",
    proof: Proof::Reason,
    squawk: &["renaming-object", "ban-set-schema"],
    finds: &[
        "ALTER VIEW v RENAME TO w;",
        "ALTER SEQUENCE s RENAME TO t;",
        "ALTER TYPE e RENAME TO f;",
        "ALTER SCHEMA s RENAME TO u;",
        "ALTER FUNCTION f(int) RENAME TO g;",
    ],
    passes: &["CREATE VIEW v AS SELECT 1; ALTER VIEW v RENAME TO w;", "ALTER VIEW v OWNER TO app;", "ALTER INDEX i RENAME TO j;"],
    find: |scene, hits| {
        for action in scene.actions() {
            let (kind, made, name, what) = match action {
                Action::AlterView { name, what, .. } => ("view", "view", name, what),
                Action::AlterSequence { name, what } => ("sequence", "sequence", name, what),
                Action::AlterType { name, what, .. } => ("type", "type", name, what),
                _ => continue,
            };
            let upper = what.trim().to_ascii_uppercase();
            if (upper.starts_with("RENAME") && !upper.contains("ATTRIBUTE") && !upper.contains("CONSTRAINT"))
                || upper.starts_with("SET SCHEMA")
            {
                hits.plain()
                    .fill("kind", kind)
                    .fill("name", super::first_words(&name.to_string()))
                    .harmless_if(scene.state.makes(made, &name.name), "the same change creates it");
            }
        }
        // A schema or function, of which only the first words are read.
        let heads = [
            ("ALTER SCHEMA ", "schema", "schema"),
            ("ALTER FUNCTION ", "function", "routine"),
            ("ALTER PROCEDURE ", "procedure", "routine"),
            ("ALTER ROUTINE ", "routine", "routine"),
        ];
        if let Some((head, kind, made)) = heads.iter().find(|(head, _, _)| scene.head.starts_with(head)) {
            let text = scene.statement.text.to_ascii_uppercase();
            let words: Vec<&str> = text.split_whitespace().collect();
            let renames =
                words.windows(2).any(|pair| pair == ["RENAME", "TO"] || (*kind != "schema" && pair == ["SET", "SCHEMA"]));
            if renames {
                let name = scene.head[head.len()..].split(' ').next().unwrap_or_default().to_lowercase();
                let makes = scene.state.makes(made, name.rsplit('.').next().unwrap_or(&name));
                hits.plain()
                    .fill("kind", *kind)
                    .fill("name", super::first_words(&name))
                    .harmless_if(makes, "the same change creates it");
            }
        }
    },
    ..RENAME
};
