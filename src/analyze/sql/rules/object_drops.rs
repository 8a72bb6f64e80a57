//! Views, routines, types and other objects that go.

use super::objects::OBJECT;
use crate::analyze::sql::rule::{ALL, MYSQL, ONLY_MARIADB, POSTGRES, Proof, Rule, SERVERS, SQLITE, Variant};
use crate::analyze::sql::scene::Scene;
use crate::analyze::sql::spelled;
use crate::evidence::sql::Action;
use crate::facts::{Blocks, RiskClass, Severity, SqlDialect};

pub(super) static DROP_VIEW: Rule = Rule {
    id: "database/drop-view",
    title: "A view is dropped",
    dialects: ALL,
    what: "Every statement of the running version that names the view fails from then on. The rows of a materialized view are gone and have to be \
           computed again.",
    harmless: "The same change creates the view, before or after it is dropped.",
    says: "the running version still asks for the view {name}",
    safe: "-- first release a version that does not use {name}; then, in a later change, drop it",
    source: "PostgreSQL manual, DROP VIEW: https://www.postgresql.org/docs/current/sql-dropview.html",
    variants: &[
        Variant {
            dialects: MYSQL,
            lock: None,
            safe: "-- first release a version that does not use {name}; then, in a later change, drop it",
            source: "MySQL 8.0 Reference Manual, 15.1.35 DROP VIEW: https://dev.mysql.com/doc/refman/8.0/en/drop-view.html",
        },
        Variant {
            dialects: SQLITE,
            lock: None,
            safe: "-- first release a version that does not use {name}; then, in a later change, drop it",
            source: "SQLite, DROP VIEW: https://www.sqlite.org/lang_dropview.html",
        },
    ],
    squawk: &["ban-drop-view"],
    finds: &["DROP VIEW v;", "DROP MATERIALIZED VIEW v;"],
    passes: &["CREATE VIEW v AS SELECT 1; DROP VIEW v;", "DROP VIEW v; CREATE VIEW v AS SELECT 1 AS a;"],
    find: |scene, hits| {
        for action in scene.actions() {
            let Action::DropView { names, .. } = action else { continue };
            for name in names {
                hits.plain()
                    .fill("name", super::first_words(&name.to_string()))
                    .harmless_if(scene.state.makes("view", &name.name), "the same change creates it")
                    .harmless_if(scene.made_later("view", &name.name), "the script creates it again");
            }
        }
    },
    ..OBJECT
};

pub(super) static DROP_ROUTINE: Rule = Rule {
    id: "database/drop-function",
    title: "A function or procedure is dropped",
    dialects: SERVERS,
    what: "Every statement, view, trigger, default and index of the running version that calls it fails from then on.",
    harmless: "The same change creates it, before or after it is dropped.",
    says: "the running version still calls {name}",
    safe: "-- first release a version that does not call {name}; then, in a later change, drop it",
    source: "PostgreSQL manual, DROP FUNCTION: https://www.postgresql.org/docs/current/sql-dropfunction.html",
    variants: &[Variant {
        dialects: MYSQL,
        lock: None,
        safe: "-- first release a version that does not call {name}; then, in a later change, drop it",
        source: "MySQL 8.0 Reference Manual, 15.1.29 DROP PROCEDURE and DROP FUNCTION: https://dev.mysql.com/doc/refman/8.0/en/drop-procedure.html",
    }],
    squawk: &["ban-drop-function"],
    finds: &["DROP FUNCTION f(int);", "mysql: DROP PROCEDURE p;"],
    passes: &["CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; DROP FUNCTION f();"],
    find: |scene, hits| {
        for action in scene.actions() {
            let Action::DropRoutine { names, .. } = action else { continue };
            for name in names {
                hits.plain()
                    .fill("name", super::first_words(&name.to_string()))
                    .harmless_if(scene.state.makes("routine", &name.name), "the same change creates it")
                    .harmless_if(scene.made_later("routine", &name.name), "the script creates it again");
            }
        }
    },
    ..OBJECT
};

pub(super) static DROP_TRIGGER: Rule = Rule {
    id: "database/drop-trigger",
    title: "A trigger is dropped",
    class: RiskClass::DataLoss,
    dialects: ALL,
    what: "What the trigger kept true (a copy, a count, a history) is no longer kept, for writes of the running version too, and nothing fails \
           that would tell. In PostgreSQL it takes an ACCESS EXCLUSIVE lock on the table for a moment.",
    lock: Some("ACCESS EXCLUSIVE"),
    blocks: Blocks::Everything,
    harmless: "The same change creates the trigger, before or after it is dropped, or the table.",
    says: "what the trigger {name} kept true is no longer kept",
    safe: "-- first release a version that does its work; then, in a later change, drop it",
    source: "PostgreSQL manual, DROP TRIGGER: https://www.postgresql.org/docs/current/sql-droptrigger.html",
    variants: &[
        Variant {
            dialects: MYSQL,
            lock: Some("exclusive metadata lock"),
            safe: "-- first release a version that does its work; then, in a later change, drop it",
            source: "MySQL 8.0 Reference Manual, 15.1.34 DROP TRIGGER: https://dev.mysql.com/doc/refman/8.0/en/drop-trigger.html",
        },
        Variant {
            dialects: SQLITE,
            lock: None,
            safe: "-- first release a version that does its work; then, in a later change, drop it",
            source: "SQLite, DROP TRIGGER: https://www.sqlite.org/lang_droptrigger.html",
        },
    ],
    proof: Proof::Server,
    squawk: &["ban-drop-trigger"],
    finds: &["DROP TRIGGER g ON t;"],
    passes: &["CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f(); DROP TRIGGER g ON t;"],
    find: |scene, hits| {
        for action in scene.actions() {
            let Action::DropTrigger { name, table, .. } = action else { continue };
            hits.on_some(table.as_ref())
                .fill("name", super::first_words(name))
                .harmless_if(scene.state.makes("trigger", name), "the same change creates it")
                .harmless_if(scene.made_later("trigger", name), "the script creates it again");
        }
    },
    ..OBJECT
};

pub(super) static DROP_TYPE: Rule = Rule {
    id: "database/drop-type",
    title: "A type or domain is dropped",
    what: "With `CASCADE` every column of the type goes with it, values and all. Without it the statement fails while anything uses the type; \
           functions and casts of the running version fail afterwards.",
    harmless: "The same change creates the type.",
    says: "the type {name} is dropped{cascade}",
    safe: "-- move every column to another type first; then, in a later change: DROP TYPE {name};",
    source: "PostgreSQL manual, DROP TYPE: https://www.postgresql.org/docs/current/sql-droptype.html",
    squawk: &["ban-drop-type", "ban-drop-domain"],
    finds: &["DROP TYPE mood CASCADE;", "DROP DOMAIN d;"],
    passes: &["CREATE TYPE mood AS ENUM ('sad'); DROP TYPE mood;"],
    find: |scene, hits| {
        for action in scene.actions() {
            let Action::DropType { names, cascade, .. } = action else { continue };
            for name in names {
                let hit = hits
                    .plain()
                    .fill("name", super::first_words(&name.to_string()))
                    .fill("cascade", if *cascade { " with every column of that type" } else { "" })
                    .harmless_if(scene.state.makes("type", &name.name), "the same change creates it");
                if *cascade {
                    hit.severity(Severity::Critical);
                }
            }
        }
    },
    ..OBJECT
};

pub(super) static DROP_SEQUENCE: Rule = Rule {
    id: "database/drop-sequence",
    title: "A sequence is dropped",
    dialects: &[SqlDialect::Postgres, SqlDialect::Mariadb],
    what: "What was counted is forgotten; with `CASCADE` the defaults that use the sequence go too, and INSERTs of the running version write no \
           number or fail.",
    harmless: "The same change creates the sequence.",
    says: "the sequence {name} is dropped, and its count with it",
    safe: "-- take it out of every default first; then, in a later change, drop it",
    source: "PostgreSQL manual, DROP SEQUENCE: https://www.postgresql.org/docs/current/sql-dropsequence.html",
    squawk: &["ban-drop-sequence"],
    variants: &[Variant {
        dialects: ONLY_MARIADB,
        lock: None,
        safe: "-- take it out of every default first; then, in a later change, drop it",
        source: "MariaDB documentation, DROP SEQUENCE: https://mariadb.com/docs/server/reference/sql-structure/sequences/drop-sequence",
    }],
    finds: &["DROP SEQUENCE s;", "mariadb: CREATE OR REPLACE SEQUENCE s;"],
    passes: &["CREATE SEQUENCE s; DROP SEQUENCE s;"],
    find: |scene, hits| {
        for action in scene.actions() {
            let Action::DropSequence { names, .. } = action else { continue };
            for name in names {
                hits.plain()
                    .fill("name", super::first_words(&name.to_string()))
                    .harmless_if(scene.state.makes("sequence", &name.name), "the same change creates it");
            }
        }
    },
    ..OBJECT
};

pub(super) static DROP_EXTENSION: Rule = Rule {
    id: "database/drop-extension",
    title: "An extension is dropped",
    class: RiskClass::DataLoss,
    severity: Severity::High,
    what: "Its types, functions and operators go; with `CASCADE` so do the columns and indexes that use them.",
    harmless: "The same change creates the extension.",
    says: "the extension {name} is dropped, with what it brings",
    safe: "-- look what depends on it (pg_depend), move it away, and drop the extension without CASCADE",
    source: "PostgreSQL manual, DROP EXTENSION: https://www.postgresql.org/docs/current/sql-dropextension.html",
    squawk: &["ban-drop-extension"],
    finds: &["DROP EXTENSION hstore CASCADE;"],
    passes: &["CREATE EXTENSION hstore; DROP EXTENSION hstore;"],
    find: |scene, hits| {
        for action in scene.actions() {
            let Action::DropExtension { names, .. } = action else { continue };
            for name in names {
                hits.plain()
                    .fill("name", super::first_words(name))
                    .harmless_if(scene.state.makes("extension", name), "the same change creates it");
            }
        }
    },
    ..OBJECT
};

pub(super) static CASCADE: Rule = Rule {
    id: "database/drop-cascade",
    title: "`CASCADE` drops what nobody names",
    class: RiskClass::DataLoss,
    severity: Severity::High,
    dialects: POSTGRES,
    what: "`DROP .. CASCADE` also drops everything that depends on the object: foreign keys of other tables, views, functions, columns of a type. \
           What that is does not stand in the statement.",
    harmless: "The same change creates the object.",
    says: "`CASCADE` also drops what depends on {name}, whatever that is",
    safe: "DROP .. RESTRICT -- and drop what depends on it by statements that name it",
    proof: Proof::Server,
    finds: &[
        "DROP TABLE t CASCADE;",
        "ALTER TABLE t DROP COLUMN a CASCADE;",
        "DROP VIEW v CASCADE;",
        "DROP TEXT SEARCH CONFIGURATION c CASCADE;",
        "DROP TEXT SEARCH DICTIONARY c CASCADE;",
        "ALTER TYPE ty DROP ATTRIBUTE b/**/CASCADE;",
        "ALTER TYPE ty ADD ATTRIBUTE c int CASCADE, DROP ATTRIBUTE b CASCADE;",
        "ALTER TYPE ty ALTER ATTRIBUTE b TYPE text CASCADE;",
    ],
    passes: &[
        "DROP TABLE t;",
        "DROP TEXT SEARCH CONFIGURATION c;",
        "ALTER TYPE ty DROP ATTRIBUTE b;",
        "ALTER TYPE ty ADD ATTRIBUTE b int CASCADE;",
        "CREATE TABLE t (a int); DROP TABLE t CASCADE;",
    ],
    find: |scene, hits| {
        use crate::evidence::sql::AlterOp;
        for action in scene.actions() {
            let plain: (&str, Vec<String>) = match action {
                Action::DropTable { names, cascade: true, .. } => {
                    for name in names {
                        hits.on(name).fill("name", super::first_words(&name.to_string()));
                    }
                    continue;
                }
                Action::AlterTable(alter) => {
                    for operation in &alter.operations {
                        let (what, mine) = match operation {
                            AlterOp::DropColumn { column, cascade: true, .. } => {
                                (column, scene.state.adds_column(&alter.name, column))
                            }
                            AlterOp::DropConstraint { name, cascade: true, .. } => {
                                (name, scene.state.table(&alter.name).is_some_and(|table| table.constraints.contains_key(name)))
                            }
                            _ => continue,
                        };
                        hits.on(&alter.name).fill("name", super::first_words(what)).harmless_if(mine, "the same change adds it");
                    }
                    continue;
                }
                Action::DropView { names, cascade: true, .. } => ("view", names.iter().map(ToString::to_string).collect()),
                Action::DropSequence { names, cascade: true } => ("sequence", names.iter().map(ToString::to_string).collect()),
                Action::DropRoutine { names, cascade: true, .. } => ("routine", names.iter().map(ToString::to_string).collect()),
                Action::AlterType { name, domain: false, .. } => {
                    if let Some(says) = attribute_cascade(scene) {
                        let hit = hits.plain().fill("name", super::first_words(&name.to_string()));
                        hit.says(says).harmless_if(scene.state.makes("type", &name.name), "the same change creates the type");
                    }
                    continue;
                }
                Action::Harmless { what } if what.starts_with("DROP ") => {
                    if spelled(&scene.statement.text, scene.dialect()).to_ascii_uppercase().ends_with(" CASCADE") {
                        hits.plain().fill("name", format!("the {}", what["DROP ".len()..].to_ascii_lowercase()));
                    }
                    continue;
                }
                Action::DropIndex(drop) if drop.cascade => ("index", drop.names.iter().map(ToString::to_string).collect()),
                _ => continue,
            };
            let (kind, names) = plain;
            for name in names {
                let bare = name.rsplit('.').next().unwrap_or(&name);
                hits.plain()
                    .fill("name", super::first_words(&name))
                    .harmless_if(scene.state.makes(kind, bare), "the same change creates it");
            }
        }
    },
    ..OBJECT
};

/// What `ALTER TYPE .. ATTRIBUTE .. CASCADE` does to the tables of the type.
fn attribute_cascade(scene: &Scene<'_>) -> Option<&'static str> {
    let text = spelled(&scene.statement.text, scene.dialect()).to_ascii_uppercase();
    let words: Vec<&str> = text.split([' ', ',']).collect();
    let first = |word: &str| words.iter().skip(2).any(|known| *known == word);
    if !first("CASCADE") || !first("ATTRIBUTE") {
        return None;
    }
    if first("DROP") {
        return Some("`CASCADE` also drops the column of every table of the type {name}, with all its values");
    }
    (first("ALTER") || first("RENAME")).then_some("`CASCADE` also changes every table of the type {name}")
}
