//! Enums.

use crate::analyze::sql::hit::quoted_name;
use crate::analyze::sql::rule::{MYSQL, POSTGRES, Pack, Proof, RULE, Rule};
use crate::evidence::sql::Action;
use crate::facts::{RiskClass, Severity};

const PG_ALTER_TYPE: &str =
    "PostgreSQL manual, ALTER TYPE, Notes: https://www.postgresql.org/docs/current/sql-altertype.html#id-1.9.3.42.7";

pub(super) static IN_TRANSACTION: Rule = Rule {
    id: "database/enum-value-in-transaction",
    title: "A value is added to an enum inside a transaction",
    class: RiskClass::Failure,
    severity: Severity::High,
    dialects: POSTGRES,
    what: "Before PostgreSQL 12 `ALTER TYPE .. ADD VALUE` is refused inside a transaction block.",
    spares_new: false,
    harmless: "The oldest server is PostgreSQL 12 or newer, or the type is created in the same transaction.",
    says: "`ALTER TYPE {name} ADD VALUE` fails inside a transaction before PostgreSQL 12",
    safe: "Run it in a script of its own without a transaction",
    source: PG_ALTER_TYPE,
    proof: Proof::Manual,
    finds: &[],
    passes: &["ALTER TYPE e ADD VALUE 'x';"],
    find: |scene, hits| {
        for action in scene.actions() {
            if let Action::AddEnumValue { name, .. } = action
                && scene.options.postgres < 12
                && scene.state.session.transaction.is_some()
            {
                hits.plain()
                    .fill("name", quoted_name(name, scene.dialect()))
                    .harmless_if(scene.state.makes("type", &name.name), "the type is created in the same change");
            }
        }
    },
    ..RULE
};

pub(super) static USED_IN_TRANSACTION: Rule = Rule {
    id: "database/enum-value-used-in-transaction",
    title: "A new value of an enum is used before it is committed",
    class: RiskClass::Failure,
    severity: Severity::High,
    dialects: POSTGRES,
    what: "A value that the same transaction has added cannot be used before it is committed: the statement fails with `unsafe use of new \
           value`, and the transaction is taken back.",
    spares_new: false,
    harmless: "The type itself is created in the same transaction.",
    says: "the value '{value}' of {name} is used in the transaction that adds it, which fails",
    safe: "COMMIT; -- between the statement that adds the value and the first one that uses it: two scripts",
    source: PG_ALTER_TYPE,
    proof: Proof::Server,
    finds: &["BEGIN; ALTER TYPE mood ADD VALUE 'blue'; UPDATE t SET m = 'blue' WHERE id = 1; COMMIT;"],
    passes: &["ALTER TYPE mood ADD VALUE 'blue'; UPDATE t SET m = 'blue' WHERE id = 1;"],
    find: |scene, hits| {
        let Some(transaction) = &scene.state.session.transaction else { return };
        if transaction.enum_values.is_empty() || scene.actions().any(|action| matches!(action, Action::AddEnumValue { .. })) {
            return;
        }
        let mut literals: Vec<&str> = scene.statement.text.split('\'').skip(1).step_by(2).collect();
        literals.sort_unstable();
        literals.dedup();
        for literal in literals {
            let Some((value, name)) = transaction.enum_values.get_key_value(literal) else { continue };
            hits.plain()
                .fill("value", super::first_words(value))
                .fill("name", quoted_name(name, scene.dialect()))
                .harmless_if(scene.state.makes("type", &name.name), "the type itself is created in the same change");
        }
    },
    ..RULE
};

pub(super) static UNKNOWN_VALUE: Rule = Rule {
    id: "database/enum-value-added",
    title: "The running version does not know a new value",
    class: RiskClass::Compatibility,
    severity: Severity::Low,
    dialects: POSTGRES,
    what: "As soon as somebody writes the new value, the running version reads a word that it does not know. A value cannot be removed again: \
           there is no way back but a new type.",
    harmless: "The same change creates the type.",
    says: "the running version does not know the value '{value}' of {name}, and no statement removes it again",
    safe: "-- first release a version that reads '{value}'; write it in a later one",
    source: PG_ALTER_TYPE,
    proof: Proof::Reason,
    squawk: &["ban-add-enum-value"],
    finds: &["ALTER TYPE mood ADD VALUE 'blue';"],
    passes: &["CREATE TYPE mood AS ENUM ('sad'); ALTER TYPE mood ADD VALUE 'blue';"],
    find: |scene, hits| {
        for action in scene.actions() {
            if let Action::AddEnumValue { name, value, .. } = action {
                hits.plain()
                    .fill("name", quoted_name(name, scene.dialect()))
                    .fill("value", super::first_words(value))
                    .harmless_if(scene.state.makes("type", &name.name), "the same change creates the type");
            }
        }
    },
    ..RULE
};

pub(super) static UNPLACED: Rule = Rule {
    id: "database/enum-value-unplaced",
    title: "A new value of an enum stands at the end",
    class: RiskClass::Design,
    severity: Severity::Note,
    dialects: POSTGRES,
    pack: Pack::Design,
    what: "Values of an enum are sorted in the order of the type; without BEFORE or AFTER the new one is the largest.",
    spares_new: false,
    harmless: "The order means nothing.",
    says: "'{value}' becomes the last value of {name}",
    safe: "ALTER TYPE {name} ADD VALUE '{value}' AFTER '<another>';",
    source: PG_ALTER_TYPE,
    proof: Proof::Reason,
    squawk: &["require-enum-value-ordering"],
    finds: &["ALTER TYPE mood ADD VALUE 'blue';"],
    passes: &["ALTER TYPE mood ADD VALUE 'blue' AFTER 'sad';"],
    find: |scene, hits| {
        for action in scene.actions() {
            if let Action::AddEnumValue { name, value, placed: false, .. } = action {
                hits.plain().fill("name", quoted_name(name, scene.dialect())).fill("value", super::first_words(value));
            }
        }
    },
    ..RULE
};

pub(super) static MYSQL_VALUES_GONE: Rule = Rule {
    id: "database/enum-values-removed",
    title: "Values of an `ENUM` or `SET` are removed",
    class: RiskClass::DataLoss,
    severity: Severity::High,
    dialects: MYSQL,
    what: "Rows with a value that the new definition does not have become the empty text where the mode is not strict; in strict mode the \
           statement fails. The running version fails when it writes the value.",
    harmless: "The table is created in the same change.",
    says: "{column} of {table} no longer allows {values}",
    safe: "SELECT {column}, count(*) FROM {table} GROUP BY {column}; -- change the rows and release a version that does not write the values first",
    source: "MySQL 8.0 Reference Manual, 13.3.6 The ENUM Type: https://dev.mysql.com/doc/refman/8.0/en/enum.html",
    proof: Proof::Server,
    finds: &[],
    passes: &["CREATE TABLE t (a enum('x','y')); ALTER TABLE t MODIFY a enum('x');"],
    find: |scene, hits| {
        for (alter, old, column) in super::mysql_columns::redefined(scene) {
            let (Some(before), Some(after)) = (scene.column_type(&alter.name, old), &column.ty) else { continue };
            if !matches!(before.name.as_str(), "enum" | "set") || before.name != after.name {
                continue;
            }
            let gone: Vec<&str> =
                before.arguments.iter().filter(|value| !after.arguments.contains(value)).map(String::as_str).collect();
            if !gone.is_empty() {
                hits.on(&alter.name).column(old).fill("values", super::first_words(&gone.join(", ")));
            }
        }
    },
    ..RULE
};
