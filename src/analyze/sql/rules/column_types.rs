//! Types of columns (the pack of design rules).

use super::design::{DESIGN, defined};
use crate::analyze::sql::rule::{ALL, MYSQL, POSTGRES, Rule, SQLITE, Variant};
use crate::analyze::sql::scene::Scene;
use crate::analyze::sql::types;
use crate::evidence::sql::{Action, ColumnDef, ConstraintKind, Name};
use crate::facts::{Severity, SqlDialect};

pub(super) const PG_TYPES: &str =
    "PostgreSQL manual, 8.1 Numeric Types: https://www.postgresql.org/docs/current/datatype-numeric.html";
const MYSQL_TYPES: &str =
    "MySQL 8.0 Reference Manual, 13.1 Numeric Data Types: https://dev.mysql.com/doc/refman/8.0/en/numeric-types.html";
const SQLITE_TYPES: &str = "SQLite, Datatypes: https://www.sqlite.org/datatype3.html";

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
