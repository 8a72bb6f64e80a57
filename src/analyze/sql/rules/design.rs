//! Naming and design: what is cheap before there are rows and dear afterwards. A pack that can be switched off.

use super::column_types::PG_TYPES;
use crate::analyze::sql::hit::quoted;
use crate::analyze::sql::rule::{ALL, MYSQL, POSTGRES, Pack, Proof, RULE, Rule, SERVERS, Variant};
use crate::analyze::sql::scene::Scene;
use crate::evidence::sql::{Action, AlterOp, ColumnDef, ConstraintKind, Name};
use crate::facts::{RiskClass, Severity, SqlDialect};

/// Rows of so many columns are two tables.
const MANY_COLUMNS: usize = 80;

pub(super) const DESIGN: Rule = Rule {
    class: RiskClass::Design,
    severity: Severity::Low,
    dialects: SERVERS,
    pack: Pack::Design,
    spares_new: false,
    source: PG_TYPES,
    proof: Proof::Reason,
    ..RULE
};

/// Every column that the statement defines, with its table.
pub(super) fn defined<'a>(scene: &Scene<'a>) -> Vec<(&'a Name, &'a ColumnDef)> {
    let mut columns = Vec::new();
    for create in scene.created_tables().filter(|create| !create.temporary) {
        if let Some(name) = &create.name {
            columns.extend(create.definition.columns.iter().map(|column| (name, column)));
        }
    }
    columns.extend(scene.operations().filter_map(|(alter, operation)| match operation {
        AlterOp::AddColumn { column, .. } => Some((&alter.name, &**column)),
        _ => None,
    }));
    columns
}

pub(super) static LONG_NAME: Rule = Rule {
    id: "database/name-too-long",
    title: "A name that is cut",
    class: RiskClass::Failure,
    severity: Severity::Medium,
    pack: Pack::Core,
    what: "PostgreSQL cuts names after 63 bytes with a notice that nobody reads: two long names become one, and a later statement that names the \
           whole one means the cut one. MySQL refuses names of more than 64 characters.",
    harmless: "Never.",
    says: "the name {name} has {length} {unit}, and {limit} are allowed",
    safe: "Choose a shorter name: {short}",
    source: "PostgreSQL manual, 4.1.1 Identifiers and Key Words: https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS",
    variants: &[Variant {
        dialects: MYSQL,
        lock: None,
        safe: "Choose a shorter name: {short}",
        source: "MySQL 8.0 Reference Manual, 11.2.1 Identifier Length Limits: https://dev.mysql.com/doc/refman/8.0/en/identifier-length.html",
    }],
    proof: Proof::Server,
    squawk: &["identifier-too-long"],
    finds: &["CREATE TABLE aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa (id bigint PRIMARY KEY);"],
    passes: &["CREATE TABLE aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa (id bigint PRIMARY KEY);"],
    find: |scene, hits| {
        let postgres = scene.dialect() == SqlDialect::Postgres;
        let limit = if postgres { 63 } else { 64 };
        for name in made_names(scene) {
            let length = if postgres { name.len() } else { name.chars().count() };
            // The reader cuts a name as the server does; the text shows that it went on.
            let cut = postgres && length > limit - 4 && {
                let text = scene.statement.text.to_lowercase();
                let name = name.to_lowercase();
                text.find(&name).is_some_and(|at| {
                    text[at + name.len()..].starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '$'))
                })
            };
            if length > limit || cut {
                let short: String = name.chars().take(30).collect();
                hits.plain()
                    .fill("name", super::first_words(name))
                    .fill("length", length.to_string())
                    .fill("unit", if postgres { "bytes" } else { "characters" })
                    .fill("limit", limit.to_string())
                    .fill("short", quoted(&short, scene.dialect()));
            }
        }
    },
    ..DESIGN
};

/// Every name that the statement makes: tables, columns, indexes, constraints.
fn made_names<'a>(scene: &Scene<'a>) -> Vec<&'a str> {
    let mut names: Vec<&str> = Vec::new();
    for create in scene.created_tables() {
        names.extend(create.name.as_ref().map(|name| name.name.as_str()));
        names.extend(create.definition.constraints.iter().filter_map(|constraint| constraint.name.as_deref()));
        names.extend(create.definition.indexes.iter().filter_map(|index| index.name.as_ref().map(|name| name.name.as_str())));
    }
    names.extend(defined(scene).into_iter().map(|(_, column)| column.name.as_str()));
    names.extend(scene.added_indexes().filter_map(|(_, index)| index.name.as_ref().map(|name| name.name.as_str())));
    names.extend(super::constraints::added(scene).filter_map(|(_, constraint)| constraint.name.as_deref()));
    for (_, operation) in scene.operations() {
        match operation {
            AlterOp::RenameTable { to } => names.push(&to.name),
            AlterOp::RenameColumn { to, .. } | AlterOp::RenameConstraint { to, .. } | AlterOp::RenameIndex { to, .. } => {
                names.push(to);
            }
            _ => {}
        }
    }
    names
}

pub(super) static ODD_NAME: Rule = Rule {
    id: "database/name-needs-quotes",
    title: "A name that needs quotes for ever",
    severity: Severity::Note,
    what: "A name with capitals, blanks or signs, or one that is a reserved word, has to be quoted in every statement by everybody.",
    harmless: "The schema uses such names everywhere (some frameworks write them).",
    says: "the name {name} has to be quoted in every statement",
    safe: "Choose a name of small letters, digits and `_` that is no reserved word: {short}",
    source: "PostgreSQL manual, Appendix C, SQL Key Words: https://www.postgresql.org/docs/current/sql-keywords-appendix.html",
    variants: &[Variant {
        dialects: MYSQL,
        lock: None,
        safe: "Choose a name of small letters, digits and `_` that is no reserved word: {short}",
        source: "MySQL 8.0 Reference Manual, 11.3 Keywords and Reserved Words: https://dev.mysql.com/doc/refman/8.0/en/keywords.html",
    }],
    finds: &["CREATE TABLE \"Orders\" (id bigint PRIMARY KEY);", "CREATE TABLE t (id bigint PRIMARY KEY, \"order\" int);"],
    passes: &["CREATE TABLE Orders (id bigint PRIMARY KEY);"],
    find: |scene, hits| {
        for name in made_names(scene) {
            // MySQL's names are as they were written, and their case needs no quotes.
            let name = if scene.dialect().is_mysql() { name.to_lowercase() } else { name.to_owned() };
            if name.len() < 64 && quoted(&name, scene.dialect()) != name {
                let short: String =
                    name.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
                hits.plain().fill("name", super::first_words(&name)).fill("short", format!("{short}s"));
            }
        }
    },
    ..DESIGN
};

pub(super) static NOT_REPEATABLE: Rule = Rule {
    id: "database/not-repeatable",
    title: "The script cannot be run again",
    severity: Severity::Note,
    what: "Without a transaction around it, or in MySQL, a script that fails half way has to be run again from its beginning: what it has made already \
           is in its way. `IF NOT EXISTS` and `IF EXISTS` let it pass.",
    harmless: "One transaction holds the whole script (PostgreSQL).",
    says: "after a failure half way, `{words}` is in the way of a second run",
    safe: "{words} IF {exists} ..",
    source: "PostgreSQL manual, CREATE TABLE: https://www.postgresql.org/docs/current/sql-createtable.html",
    variants: &[Variant {
        dialects: MYSQL,
        lock: None,
        safe: "{words} IF {exists} .. -- MariaDB for columns and indexes too; MySQL for tables and views",
        source: "MySQL 8.0 Reference Manual, 15.1.20 CREATE TABLE: https://dev.mysql.com/doc/refman/8.0/en/create-table.html",
    }],
    squawk: &["prefer-robust-stmts"],
    finds: &["CREATE TABLE t (id bigint PRIMARY KEY);", "DROP INDEX i;"],
    passes: &["CREATE TABLE IF NOT EXISTS t (id bigint PRIMARY KEY);", "BEGIN; CREATE TABLE t (id bigint PRIMARY KEY); COMMIT;"],
    find: |scene, hits| {
        let held = scene.dialect() == SqlDialect::Postgres && scene.state.session.transaction.is_some();
        if held {
            return;
        }
        let mysql = scene.dialect() == SqlDialect::Mysql;
        for action in scene.actions() {
            let (words, exists): (&str, &str) = match action {
                Action::CreateTable(create) if !create.if_not_exists && !create.temporary => ("CREATE TABLE", "NOT EXISTS"),
                Action::DropTable { if_exists: false, temporary: false, .. } => ("DROP TABLE", "EXISTS"),
                Action::CreateIndex(index) if !index.if_not_exists && !mysql => ("CREATE INDEX", "NOT EXISTS"),
                Action::DropIndex(drop) if !drop.if_exists && !mysql => ("DROP INDEX", "EXISTS"),
                Action::DropView { if_exists: false, .. } => ("DROP VIEW", "EXISTS"),
                Action::AlterTable(alter) if !mysql => {
                    let found = alter.operations.iter().find_map(|operation| match operation {
                        AlterOp::AddColumn { if_not_exists: false, .. } => Some(("ADD COLUMN", "NOT EXISTS")),
                        AlterOp::DropColumn { if_exists: false, .. } => Some(("DROP COLUMN", "EXISTS")),
                        AlterOp::DropConstraint { if_exists: false, .. } => Some(("DROP CONSTRAINT", "EXISTS")),
                        _ => None,
                    });
                    let Some(found) = found else { continue };
                    found
                }
                _ => continue,
            };
            hits.plain().fill("words", words).fill("exists", exists);
        }
    },
    ..DESIGN
};

pub(super) static NO_SCHEMA: Rule = Rule {
    id: "database/name-without-schema",
    title: "A table without its schema",
    severity: Severity::Note,
    dialects: POSTGRES,
    what: "Without a schema the search path of whoever runs the script decides which table is meant, or where it is created.",
    harmless: "The database has one schema, or the script sets its search path.",
    says: "which schema {table} stands in is decided by the search path",
    safe: "{words} <schema>.{table} ..",
    source: "PostgreSQL manual, 5.10.3 The Schema Search Path: https://www.postgresql.org/docs/current/ddl-schemas.html#DDL-SCHEMAS-PATH",
    squawk: &["require-table-schema"],
    finds: &["CREATE TABLE t (id bigint PRIMARY KEY);"],
    passes: &["CREATE TABLE app.t (id bigint PRIMARY KEY);", "SET search_path = app; CREATE TABLE t (id bigint PRIMARY KEY);"],
    find: |scene, hits| {
        if scene.state.session.variable("search_path").is_some() {
            return;
        }
        for action in scene.actions() {
            let (words, name) = match action {
                Action::CreateTable(create) if !create.temporary => ("CREATE TABLE", create.name.as_ref()),
                Action::AlterTable(alter) => ("ALTER TABLE", Some(&alter.name)),
                _ => continue,
            };
            if let Some(name) = name.filter(|name| name.schema.is_none()) {
                hits.on(name).fill("words", words);
            }
        }
    },
    ..DESIGN
};

pub(super) static UNNAMED: Rule = Rule {
    id: "database/constraint-without-name",
    title: "A constraint whose name the server chooses",
    severity: Severity::Note,
    what: "The next migration has to guess the name to change or drop it, and two databases may have given it two names.",
    harmless: "The server's names are the convention here.",
    says: "{what} of {table} has no name",
    safe: "CONSTRAINT {name} {what}",
    source: "PostgreSQL manual, 5.5 Constraints: https://www.postgresql.org/docs/current/ddl-constraints.html",
    variants: &[Variant {
        dialects: MYSQL,
        lock: None,
        safe: "CONSTRAINT {name} {what}",
        source: "MySQL 8.0 Reference Manual, 15.1.20.6 CHECK Constraints: https://dev.mysql.com/doc/refman/8.0/en/create-table-check-constraints.html",
    }],
    finds: &["ALTER TABLE t ADD CHECK (a > 0) NOT VALID;"],
    passes: &["ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID;", "CREATE TABLE t (id bigint PRIMARY KEY);"],
    find: |scene, hits| {
        let created = scene.created_tables().filter_map(|create| Some((create.name.as_ref()?, &create.definition.constraints)));
        let created = created.flat_map(|(name, constraints)| constraints.iter().map(move |constraint| (name, constraint)));
        for (table, constraint) in
            created.chain(super::constraints::added(scene).map(|(alter, constraint)| (&alter.name, constraint)))
        {
            let what = match &constraint.kind {
                ConstraintKind::Check { .. } => "CHECK",
                ConstraintKind::Unique { .. } => "UNIQUE",
                ConstraintKind::ForeignKey { .. } => "FOREIGN KEY",
                ConstraintKind::Exclude => "EXCLUDE",
                ConstraintKind::PrimaryKey { .. } | ConstraintKind::NotNull { .. } => continue,
            };
            if constraint.name.is_none() {
                let name = format!("{}_{}", table.name, what.to_lowercase().replace(' ', "_"));
                hits.on(table).fill("what", what).fill("name", quoted(&name, scene.dialect()));
            }
        }
    },
    ..DESIGN
};

pub(super) static MANY: Rule = Rule {
    id: "database/many-columns",
    title: "A table of very many columns",
    dialects: ALL,
    what: "Rows of so many columns are long: each read reads what it does not need, each update of PostgreSQL writes all of them, and MySQL's limit of \
           65,535 bytes for a row comes near.",
    harmless: "The rows are few.",
    says: "{table} has {count} columns",
    safe: "Put what is read together into tables of its own, with the same key",
    source: "PostgreSQL manual, Appendix K, PostgreSQL Limits: https://www.postgresql.org/docs/current/limits.html",
    variants: &[Variant {
        dialects: MYSQL,
        lock: None,
        safe: "Put what is read together into tables of its own, with the same key",
        source: "MySQL 8.0 Reference Manual, 10.4.7 Limits on Table Column Count and Row Size: https://dev.mysql.com/doc/refman/8.0/en/column-count-limit.html",
    }],
    finds: &[],
    passes: &["CREATE TABLE t (id bigint PRIMARY KEY, a int, b int);"],
    find: |scene, hits| {
        for create in scene.created_tables() {
            let count = create.definition.columns.len();
            if let Some(name) = create.name.as_ref().filter(|_| count > MANY_COLUMNS) {
                hits.on(name).fill("count", count.to_string());
            }
        }
    },
    ..DESIGN
};

pub(super) static NO_COMMENT: Rule = Rule {
    id: "database/table-without-comment",
    title: "A table that nobody describes",
    severity: Severity::Note,
    dialects: MYSQL,
    what: "The comment is the one description that every tool shows beside the table.",
    harmless: "The tables are described elsewhere.",
    says: "{table} has no comment",
    safe: "CREATE TABLE {table} (..) COMMENT = '<what a row is>';",
    source: "MySQL 8.0 Reference Manual, 15.1.20 CREATE TABLE: https://dev.mysql.com/doc/refman/8.0/en/create-table.html",
    finds: &["CREATE TABLE t (id bigint PRIMARY KEY);"],
    passes: &["CREATE TABLE t (id bigint PRIMARY KEY) COMMENT = 'orders';", "CREATE TEMPORARY TABLE t (id bigint);"],
    find: |scene, hits| {
        for create in scene.created_tables().filter(|create| !create.temporary && create.like.is_none()) {
            if let Some(name) = create.name.as_ref().filter(|_| create.definition.comment.is_none()) {
                hits.on(name);
            }
        }
    },
    ..DESIGN
};

pub(super) static DOMAIN: Rule = Rule {
    id: "database/domain-with-constraint",
    title: "A rule in a domain",
    severity: Severity::Note,
    dialects: POSTGRES,
    what: "A rule of a domain cannot be changed without reading every table that uses it, at once; a new column of such a domain writes its table \
           anew. A CHECK of the table can be added NOT VALID, table by table.",
    harmless: "The rule is a standard's.",
    says: "the domain {name} carries a rule that is dear to change",
    safe: "ALTER TABLE <table> ADD CONSTRAINT <name> CHECK (<condition>) NOT VALID;",
    source: "PostgreSQL manual, CREATE DOMAIN: https://www.postgresql.org/docs/current/sql-createdomain.html",
    squawk: &["ban-create-domain-with-constraint"],
    finds: &["CREATE DOMAIN d AS text CHECK (value <> '');"],
    passes: &["CREATE DOMAIN d AS text;"],
    find: |scene, hits| {
        for action in scene.actions() {
            if let Action::CreateDomain { name, has_check, not_null } = action
                && (*has_check || *not_null)
            {
                hits.plain().fill("name", super::first_words(&name.to_string()));
            }
        }
    },
    ..DESIGN
};

pub(super) static NEW_COLUMN: Rule = Rule {
    id: "database/column-added",
    title: "Readers of all columns see one more",
    severity: Severity::Note,
    what: "`SELECT *` and `INSERT` without a list of columns of the running version meet a column that they do not know: positions move, a row has one \
           value too few.",
    spares_new: true,
    harmless: "Every statement of the running version names its columns; the table is created in the same change.",
    says: "the running version does not know {column} of {table}",
    safe: "Name the columns in every SELECT and INSERT",
    source: "PostgreSQL manual, INSERT: https://www.postgresql.org/docs/current/sql-insert.html",
    variants: &[Variant {
        dialects: MYSQL,
        lock: None,
        safe: "Name the columns in every SELECT and INSERT",
        source: "MySQL 8.0 Reference Manual, 15.2.7 INSERT: https://dev.mysql.com/doc/refman/8.0/en/insert.html",
    }],
    squawk: &["ban-add-column"],
    finds: &["ALTER TABLE t ADD COLUMN a int;"],
    passes: &["CREATE TABLE t (b int); ALTER TABLE t ADD COLUMN a int;"],
    find: |scene, hits| {
        for (alter, column) in scene.added_columns() {
            hits.on(&alter.name).column(&column.name);
        }
    },
    ..DESIGN
};
