//! Naming and design: what is cheap before there are rows and dear afterwards. A pack that can be switched off.

use crate::analyze::sql::hit::quoted;
use crate::analyze::sql::rule::{ALL, MYSQL, POSTGRES, Pack, Proof, RULE, Rule, SERVERS, SQLITE, Variant};
use crate::analyze::sql::scene::Scene;
use crate::analyze::sql::types;
use crate::evidence::sql::{Action, AlterOp, ColumnDef, ConstraintKind, Name};
use crate::facts::{RiskClass, Severity, SqlDialect};

const PG_TYPES: &str = "PostgreSQL manual, 8.1 Numeric Types: https://www.postgresql.org/docs/current/datatype-numeric.html";
const MYSQL_TYPES: &str =
    "MySQL 8.0 Reference Manual, 13.1 Numeric Data Types: https://dev.mysql.com/doc/refman/8.0/en/numeric-types.html";
const SQLITE_TYPES: &str = "SQLite, Datatypes: https://www.sqlite.org/datatype3.html";
/// Rows of so many columns are two tables.
const MANY_COLUMNS: usize = 80;

const DESIGN: Rule = Rule {
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
fn defined<'a>(scene: &Scene<'a>) -> Vec<(&'a Name, &'a ColumnDef)> {
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

fn is_type(column: &ColumnDef, names: &[&str]) -> bool {
    column.ty.as_ref().is_some_and(|ty| names.contains(&ty.name.as_str()))
}

/// Whether the column is the table's primary key, alone or with others.
fn is_key(scene: &Scene<'_>, table: &Name, column: &ColumnDef) -> bool {
    column.primary_key
        || scene.created_tables().filter(|create| create.name.as_ref() == Some(table)).any(|create| {
            create.definition.constraints.iter().any(|constraint| {
                matches!(&constraint.kind, ConstraintKind::PrimaryKey { columns, .. } if columns.contains(&column.name))
            })
        })
}

pub(super) static INT_KEY: Rule = Rule {
    id: "database/int-key",
    title: "A key that ends at two thousand million",
    severity: Severity::Medium,
    what: "A key of 32 bits ends at 2,147,483,647 (MySQL unsigned: 4,294,967,295), numbers of failed inserts counted. Then every INSERT fails, and \
           making it wider writes the table anew.",
    harmless: "The table stays small for ever (a list of countries).",
    says: "{column} of {table} ends at {end}",
    safe: "{column} bigint",
    variants: &[Variant { dialects: MYSQL, lock: None, safe: "{column} bigint unsigned", source: MYSQL_TYPES }],
    squawk: &["prefer-bigint-over-int"],
    finds: &["CREATE TABLE t (id serial PRIMARY KEY);", "CREATE TABLE t (id int, PRIMARY KEY (id));"],
    passes: &["CREATE TABLE t (id bigint PRIMARY KEY);", "CREATE TABLE t (id bigint PRIMARY KEY, a int);"],
    find: |scene, hits| {
        for (table, column) in defined(scene) {
            let numbered = column.auto_increment || is_key(scene, table, column);
            if is_type(column, &["int", "integer", "serial", "mediumint"]) && numbered {
                let unsigned = column.ty.as_ref().is_some_and(|ty| ty.unsigned);
                let end = match (is_type(column, &["mediumint"]), unsigned) {
                    (true, true) => "16,777,215",
                    (true, false) => "8,388,607",
                    (false, true) => "4,294,967,295",
                    (false, false) => "2,147,483,647",
                };
                hits.on(table).column(&column.name).fill("end", end);
            }
        }
    },
    ..DESIGN
};

pub(super) static SMALLINT: Rule = Rule {
    id: "database/smallint-key",
    title: "A key that ends at thirty-two thousand",
    severity: Severity::Medium,
    what: "A key of 16 bits (or 8) ends at 32,767 (127). Then every INSERT fails, and making it wider writes the table anew.",
    harmless: "The table stays small for ever (a list of countries).",
    says: "{column} of {table} ends at {end}",
    safe: "{column} bigint",
    variants: &[Variant { dialects: MYSQL, lock: None, safe: "{column} bigint unsigned", source: MYSQL_TYPES }],
    squawk: &["prefer-bigint-over-smallint"],
    finds: &["CREATE TABLE t (id smallserial PRIMARY KEY);"],
    passes: &["CREATE TABLE t (id bigint PRIMARY KEY, a smallint);"],
    find: |scene, hits| {
        for (table, column) in defined(scene) {
            if is_type(column, &["smallint", "smallserial", "tinyint"]) && (column.auto_increment || is_key(scene, table, column))
            {
                let end = if is_type(column, &["tinyint"]) { "127" } else { "32,767" };
                hits.on(table).column(&column.name).fill("end", end);
            }
        }
    },
    ..DESIGN
};

pub(super) static SERIAL: Rule = Rule {
    id: "database/serial-column",
    title: "`serial` where the standard has `IDENTITY`",
    severity: Severity::Note,
    dialects: POSTGRES,
    what: "`serial` makes a sequence that has rights and an owner of its own, is left behind by copies of the table, and lets any INSERT give a number \
           that the sequence will give again.",
    harmless: "The schema uses it everywhere.",
    says: "{column} of {table} is a serial",
    safe: "{column} bigint GENERATED ALWAYS AS IDENTITY",
    source: "PostgreSQL manual, 5.3 Identity Columns: https://www.postgresql.org/docs/current/ddl-identity-columns.html",
    squawk: &["prefer-identity"],
    finds: &["CREATE TABLE t (id bigserial PRIMARY KEY);"],
    passes: &["CREATE TABLE t (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);"],
    find: |scene, hits| {
        for (table, column) in defined(scene) {
            if is_type(column, &["serial", "bigserial", "smallserial"]) {
                hits.on(table).column(&column.name);
            }
        }
    },
    ..DESIGN
};

pub(super) static VARCHAR: Rule = Rule {
    id: "database/varchar-limit",
    title: "A length that will have to grow",
    severity: Severity::Note,
    dialects: POSTGRES,
    what: "In PostgreSQL `varchar(n)` is no faster and no smaller than `text`. Making n smaller looks at every row; the limit is a rule of the \
           application, which a CHECK that is added NOT VALID keeps as well.",
    harmless: "The length is a standard's (a country's code).",
    says: "{column} of {table} is limited to {length} characters by its type",
    safe: "{column} text CHECK (length({column}) <= {length})",
    source: "PostgreSQL manual, 8.3 Character Types: https://www.postgresql.org/docs/current/datatype-character.html",
    squawk: &["prefer-text-field"],
    finds: &["CREATE TABLE t (id bigint PRIMARY KEY, a varchar(40));"],
    passes: &["CREATE TABLE t (id bigint PRIMARY KEY, a text);", "CREATE TABLE t (id bigint PRIMARY KEY, a varchar);"],
    find: |scene, hits| {
        for (table, column) in defined(scene) {
            if let Some(length) = column.ty.as_ref().filter(|ty| ty.name == "varchar").and_then(|ty| ty.arguments.first()) {
                hits.on(table).column(&column.name).fill("length", super::first_words(length));
            }
        }
    },
    ..DESIGN
};

pub(super) static CHAR: Rule = Rule {
    id: "database/char-type",
    title: "`char(n)` pads with blanks",
    dialects: POSTGRES,
    what: "`char(n)` fills values up with blanks, forgets those that were meant, and is larger and slower than `text`.",
    harmless: "Every value has that length.",
    says: "{column} of {table} is filled up with blanks",
    safe: "{column} text",
    source: "PostgreSQL manual, 8.3 Character Types: https://www.postgresql.org/docs/current/datatype-character.html",
    squawk: &["ban-char-field"],
    finds: &["CREATE TABLE t (id bigint PRIMARY KEY, a char(10));"],
    passes: &["CREATE TABLE t (id bigint PRIMARY KEY, a text);"],
    find: |scene, hits| {
        for (table, column) in defined(scene) {
            if is_type(column, &["char", "bpchar", "character"]) {
                hits.on(table).column(&column.name);
            }
        }
    },
    ..DESIGN
};

pub(super) static TIMESTAMP: Rule = Rule {
    id: "database/timestamp-without-zone",
    title: "A time of nowhere",
    dialects: POSTGRES,
    what: "`timestamp` without a zone is no moment: who reads it has to know where it was written. Two writers in two zones write the same value for \
           two moments.",
    harmless: "A time on the wall is meant (an opening hour).",
    says: "{column} of {table} is a time without a zone",
    safe: "{column} timestamptz",
    source: "PostgreSQL manual, 8.5 Date/Time Types: https://www.postgresql.org/docs/current/datatype-datetime.html",
    squawk: &["prefer-timestamp-tz"],
    finds: &["CREATE TABLE t (id bigint PRIMARY KEY, a timestamp);"],
    passes: &["CREATE TABLE t (id bigint PRIMARY KEY, a timestamptz);"],
    find: |scene, hits| {
        for (table, column) in defined(scene) {
            if is_type(column, &["timestamp"]) {
                hits.on(table).column(&column.name);
            }
        }
    },
    ..DESIGN
};

pub(super) static FLOAT_MONEY: Rule = Rule {
    id: "database/float-for-amounts",
    title: "An amount in binary fractions",
    severity: Severity::Medium,
    dialects: ALL,
    what: "`float`, `real` and `double` cannot hold 0.10: sums of amounts are wrong by fractions, and two sums in different orders differ. PostgreSQL's \
           `money` follows a setting of the server.",
    harmless: "The value is measured, not counted.",
    says: "{column} of {table}, by its name an amount, is a `{type}`",
    safe: "{column} numeric(19, 4)",
    source: "PostgreSQL manual, 8.1.3 Floating-Point Types: https://www.postgresql.org/docs/current/datatype-numeric.html#DATATYPE-FLOAT",
    variants: &[
        Variant {
            dialects: MYSQL,
            lock: None,
            safe: "{column} decimal(19, 4)",
            source: "MySQL 8.0 Reference Manual, B.3.4.8 Problems with Floating-Point Values: https://dev.mysql.com/doc/refman/8.0/en/problems-with-float.html",
        },
        Variant { dialects: SQLITE, lock: None, safe: "{column} INTEGER -- in the smallest unit", source: SQLITE_TYPES },
    ],
    finds: &[
        "CREATE TABLE t (id bigint PRIMARY KEY, price double precision);",
        "CREATE TABLE t (id bigint PRIMARY KEY, a money);",
    ],
    passes: &["CREATE TABLE t (id bigint PRIMARY KEY, price numeric(10, 2), weight real);"],
    find: |scene, hits| {
        const AMOUNTS: &[&str] =
            &["price", "amount", "total", "balance", "cost", "fee", "salary", "money", "discount", "tax", "refund", "payment"];
        for (table, column) in defined(scene) {
            let float = is_type(column, &["float", "real", "double", "double precision"]);
            let named = column.name.to_lowercase().split('_').any(|word| AMOUNTS.contains(&word));
            if (float && named) || is_type(column, &["money"]) {
                let ty = column.ty.as_ref().map(types::show).unwrap_or_default();
                hits.on(table).column(&column.name).fill("type", ty);
            }
        }
    },
    ..DESIGN
};

pub(super) static JSON: Rule = Rule {
    id: "database/json-type",
    title: "`json` cannot be compared",
    severity: Severity::Note,
    dialects: POSTGRES,
    what: "`json` is text that is parsed at each use; it has no equality, so that `SELECT DISTINCT` and `GROUP BY` on it fail, and no index.",
    harmless: "The text has to stay as it was written.",
    says: "{column} of {table} is `json`",
    safe: "{column} jsonb",
    source: "PostgreSQL manual, 8.14 JSON Types: https://www.postgresql.org/docs/current/datatype-json.html",
    finds: &["CREATE TABLE t (id bigint PRIMARY KEY, a json);"],
    passes: &["CREATE TABLE t (id bigint PRIMARY KEY, a jsonb);"],
    find: |scene, hits| {
        for (table, column) in defined(scene) {
            if is_type(column, &["json"]) {
                hits.on(table).column(&column.name);
            }
        }
    },
    ..DESIGN
};

pub(super) static ENUM_TYPE: Rule = Rule {
    id: "database/enum-type",
    title: "A list of values in a type",
    severity: Severity::Note,
    what: "A value of an enum cannot be removed in PostgreSQL, and MySQL copies the table for every change but one at the end. A table of values with a \
           foreign key, or a text with a CHECK, changes without either.",
    harmless: "The list does not change any more.",
    says: "{what} is an enum",
    safe: "<column> text CHECK (<column> IN (..))",
    source: "PostgreSQL manual, 8.7 Enumerated Types: https://www.postgresql.org/docs/current/datatype-enum.html",
    variants: &[Variant {
        dialects: MYSQL,
        lock: None,
        safe: "<column> varchar(20) -- with a table of values and a foreign key",
        source: "MySQL 8.0 Reference Manual, 13.3.6 The ENUM Type: https://dev.mysql.com/doc/refman/8.0/en/enum.html",
    }],
    finds: &["CREATE TYPE mood AS ENUM ('sad');", "mysql: CREATE TABLE t (id bigint PRIMARY KEY, a enum('x'));"],
    passes: &["CREATE TABLE t (id bigint PRIMARY KEY, a text);"],
    find: |scene, hits| {
        for action in scene.actions() {
            if let Action::CreateType { name, values: Some(_) } = action {
                hits.plain().fill("what", format!("the type {}", super::first_words(&name.to_string())));
            }
        }
        for (table, column) in defined(scene) {
            if is_type(column, &["enum"]) {
                hits.on(table).column(&column.name).fill("what", super::first_words(&column.name));
            }
        }
    },
    ..DESIGN
};

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

pub(super) static MYSQL_TIMESTAMP: Rule = Rule {
    id: "database/timestamp-ends-2038",
    title: "A time that ends in 2038",
    dialects: MYSQL,
    what: "`TIMESTAMP` holds moments up to 19 January 2038 (MariaDB from 11.5 on: 2106), and is converted by the time zone of the session.",
    harmless: "The values are moments that have passed.",
    says: "{column} of {table} ends on 19 January 2038",
    safe: "{column} DATETIME(6) -- in UTC",
    source: "MySQL 8.0 Reference Manual, 13.2.2 The DATE, DATETIME, and TIMESTAMP Types: https://dev.mysql.com/doc/refman/8.0/en/datetime.html",
    finds: &["CREATE TABLE t (id bigint PRIMARY KEY, a timestamp NULL);"],
    passes: &["CREATE TABLE t (id bigint PRIMARY KEY, a datetime);"],
    find: |scene, hits| {
        if scene.dialect() == SqlDialect::Mariadb && scene.options.mariadb >= (11, 5) {
            return;
        }
        for (table, column) in defined(scene) {
            if is_type(column, &["timestamp"]) {
                hits.on(table).column(&column.name);
            }
        }
    },
    ..DESIGN
};

pub(super) static ZERO_DATE: Rule = Rule {
    id: "database/zero-date",
    title: "A day that does not exist",
    severity: Severity::Medium,
    dialects: MYSQL,
    what: "`0000-00-00` is refused in strict mode, cannot be read by most drivers, and compares with NULL in ways of its own.",
    harmless: "Never.",
    says: "the default of {column} of {table} is a day that does not exist",
    safe: "{column} DATETIME NULL DEFAULT NULL",
    source: "MySQL 8.0 Reference Manual, 7.1.11 Server SQL Modes, NO_ZERO_DATE: https://dev.mysql.com/doc/refman/8.0/en/sql-mode.html#sqlmode_no_zero_date",
    finds: &["CREATE TABLE t (id bigint PRIMARY KEY, a datetime NOT NULL DEFAULT '0000-00-00 00:00:00');"],
    passes: &["CREATE TABLE t (id bigint PRIMARY KEY, a datetime NOT NULL DEFAULT '2000-01-01 00:00:00');"],
    find: |scene, hits| {
        for (table, column) in defined(scene) {
            if column.default.as_ref().is_some_and(|default| default.text.contains("0000-00-00")) {
                hits.on(table).column(&column.name);
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
