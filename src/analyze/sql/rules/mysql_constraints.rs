//! Constraints and keys of MySQL and MariaDB.

use super::manual;
use super::mysql_columns::{COPIES, REBUILDS};
use super::mysql_tables::mariadb;
use crate::analyze::sql::hit::{quoted, quoted_list};
use crate::analyze::sql::rule::{MYSQL, ONLY_MARIADB, RULE, Rule, Variant};
use crate::evidence::sql::{AlterOp, ConstraintKind};
use crate::facts::{RiskClass, Severity, SqlDialect};

pub(super) static ADD_CHECK: Rule = Rule {
    id: "database/add-check-copies",
    title: "A check copies the table",
    what: "MySQL (from 8.0.16 on) and MariaDB see that every row passes a new CHECK by copying the table; writes wait.",
    says: "{table} is copied to see that every row passes the check {name}; writes wait until it is done",
    safe: "ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({expression}) NOT ENFORCED; -- MySQL: looks at no row, and keeps none out; \
           check in the application, and enforce it in a quiet hour with pt-online-schema-change",
    variants: &[Variant {
        dialects: ONLY_MARIADB,
        lock: Some("SHARED"),
        safe: "pt-online-schema-change --alter \"ADD CONSTRAINT {name} CHECK ({expression})\" D=<database>,t={table} -- copies in small steps while \
               others write; check_constraint_checks = OFF does not spare the copy",
        source: "MariaDB documentation, CONSTRAINT, CHECK constraints: https://mariadb.com/docs/server/reference/sql-statements/data-definition/constraint",
    }],
    source: "MySQL 8.0 Reference Manual, 15.1.20.6 CHECK Constraints: https://dev.mysql.com/doc/refman/8.0/en/create-table-check-constraints.html",
    finds: &["ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0);"],
    passes: &[
        "CREATE TABLE t (a int, CHECK (a > 0));",
        "ALTER TABLE t DROP CONSTRAINT c;",
        "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT ENFORCED;",
    ],
    find: |scene, hits| {
        let not_enforced = scene.statement.text.to_ascii_uppercase().contains("NOT ENFORCED");
        for (alter, operation) in scene.operations() {
            if let AlterOp::AlterConstraint { name, what } = operation
                && what.trim() == "ENFORCED"
            {
                hits.on(&alter.name).fill("name", quoted(name, scene.dialect())).fill("expression", "..");
            }
        }
        for (alter, constraint) in super::constraints::added(scene) {
            if let ConstraintKind::Check { expression } = &constraint.kind
                && !not_enforced
            {
                hits.on(&alter.name)
                    .fill("name", super::constraints::name(constraint, "new_check", scene))
                    .fill("expression", super::expression(expression));
            }
        }
    },
    ..COPIES
};

pub(super) static ADD_FOREIGN_KEY: Rule = Rule {
    id: "database/add-foreign-key-copies",
    title: "A foreign key copies the table",
    what: "With `foreign_key_checks` on, MySQL and MariaDB copy the table to see that every row has its partner; writes wait. With it off the \
           key is added in place, and nobody looks at the rows that are there.",
    says: "{table} is copied to see that every row has its partner in {other}; writes wait until it is done",
    safe: "SELECT count(*) FROM {table} c LEFT JOIN {other} p ON <key> WHERE p.<key> IS NULL AND c.<key> IS NOT NULL; -- has to be 0\n\
           SET SESSION foreign_key_checks = 0;\n\
           ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY ({columns}) REFERENCES {other}{other_columns}, ALGORITHM=INPLACE, LOCK=NONE;\n\
           SET SESSION foreign_key_checks = 1;",
    finds: &["ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES o (id);"],
    passes: &["SET foreign_key_checks = 0; ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES o (id);"],
    find: |scene, hits| {
        if scene.state.session.is_off("foreign_key_checks") {
            return;
        }
        let dialect = scene.dialect();
        for (alter, constraint) in super::constraints::added(scene) {
            if let ConstraintKind::ForeignKey { columns, to } = &constraint.kind {
                let others = quoted_list(to.columns.iter().map(String::as_str), dialect);
                hits.on(&alter.name)
                    .fill("name", super::constraints::name(constraint, "new_fk", scene))
                    .fill("columns", quoted_list(columns.iter().map(String::as_str), dialect))
                    .fill("other", crate::analyze::sql::hit::quoted_name(&to.table, dialect))
                    .fill("other_columns", if others.is_empty() { others } else { format!(" ({others})") });
            }
        }
        // MySQL ignores a reference in a column's own definition; MariaDB does not.
        for (alter, column) in scene.added_columns().filter(|_| dialect == SqlDialect::Mariadb) {
            if let Some(to) = &column.references {
                let others = quoted_list(to.columns.iter().map(String::as_str), dialect);
                hits.on(&alter.name)
                    .fill("name", quoted(&format!("{}_{}_fk", alter.name.name, column.name), dialect))
                    .fill("columns", quoted(&column.name, dialect))
                    .fill("other", crate::analyze::sql::hit::quoted_name(&to.table, dialect))
                    .fill("other_columns", if others.is_empty() { others } else { format!(" ({others})") });
            }
        }
    },
    variants: &[Variant {
        dialects: ONLY_MARIADB,
        lock: Some("SHARED"),
        safe: "SET SESSION foreign_key_checks = 0; -- after a query that finds no row without a partner\n\
               ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY ({columns}) REFERENCES {other}{other_columns}, ALGORITHM=INPLACE, LOCK=NONE;\n\
               SET SESSION foreign_key_checks = 1;",
        source: manual::MARIADB_INPLACE,
    }],
    ..COPIES
};

pub(super) static DROP_PRIMARY_KEY: Rule = Rule {
    id: "database/drop-primary-key-copies",
    title: "Dropping a primary key copies the table",
    what: "InnoDB stores a table in the order of its primary key. Dropping it without a new one in the same statement copies the table while \
           writes wait, and from then on replicas search the whole table for every row that changes.",
    says: "{table} is copied without its primary key; writes wait until it is done",
    safe: "ALTER TABLE {table} DROP PRIMARY KEY, ADD PRIMARY KEY (<columns>); -- in one statement: in place, while others write",
    variants: &[mariadb(
        "ALTER TABLE {table} DROP PRIMARY KEY, ADD PRIMARY KEY (<columns>); -- in one statement: in place, while others write",
        manual::MARIADB_INPLACE,
    )],
    finds: &["ALTER TABLE t DROP PRIMARY KEY;"],
    passes: &["ALTER TABLE t DROP PRIMARY KEY, ADD PRIMARY KEY (a);"],
    find: |scene, hits| {
        for alter in scene.alters() {
            let drops = alter.operations.iter().any(|operation| matches!(operation, AlterOp::DropPrimaryKey));
            let adds = alter.operations.iter().any(|operation| match operation {
                AlterOp::AddConstraint(constraint) => matches!(constraint.kind, ConstraintKind::PrimaryKey { .. }),
                AlterOp::AddColumn { column, .. } => column.primary_key,
                _ => false,
            });
            if drops && !adds {
                hits.on(&alter.name);
            }
        }
    },
    ..COPIES
};

pub(super) static ADD_PRIMARY_KEY: Rule = Rule {
    id: "database/add-primary-key-rebuilds",
    title: "A new primary key writes the table anew",
    what: "InnoDB stores a table in the order of its primary key: a new one writes the table and every index anew in place. Others read and \
           write meanwhile; replicas fall behind by as long as it takes. It fails at a double value.",
    says: "{table} is written anew in the order of its primary key {columns}; replicas fall behind by as long as that takes",
    finds: &["ALTER TABLE t ADD PRIMARY KEY (a);"],
    passes: &["CREATE TABLE t (a int PRIMARY KEY);", "ALTER TABLE t ADD INDEX (a);"],
    find: |scene, hits| {
        for (alter, constraint) in super::constraints::added(scene) {
            if let ConstraintKind::PrimaryKey { columns, .. } = &constraint.kind {
                let columns = quoted_list(columns.iter().map(String::as_str), scene.dialect());
                hits.on(&alter.name).fill("alter", format!("ADD PRIMARY KEY ({columns})")).fill("columns", columns);
            }
        }
    },
    ..REBUILDS
};

pub(super) static KEYS_DISABLED: Rule = Rule {
    id: "database/disable-keys",
    title: "`DISABLE KEYS` stops an index from being kept",
    class: RiskClass::Slow,
    severity: Severity::Medium,
    dialects: MYSQL,
    what: "For MyISAM and Aria, indexes that are not unique are no longer kept until `ENABLE KEYS` builds them anew: queries read the whole \
           table meanwhile. InnoDB ignores it with a warning.",
    harmless: "The table is created in the same change, or its engine is InnoDB by the statistics.",
    says: "queries on {table} do without its indexes until they are built anew",
    safe: "Leave it out: InnoDB keeps its indexes",
    source: "MySQL 8.0 Reference Manual, 15.1.9 ALTER TABLE: https://dev.mysql.com/doc/refman/8.0/en/alter-table.html",
    finds: &["ALTER TABLE t DISABLE KEYS;"],
    passes: &["ALTER TABLE t ENABLE KEYS;"],
    find: |scene, hits| {
        for (alter, operation) in scene.operations() {
            if matches!(operation, AlterOp::Keys { enable: false }) {
                let innodb = scene
                    .record(&alter.name)
                    .and_then(|record| record.engine.as_deref())
                    .is_some_and(|engine| engine.eq_ignore_ascii_case("innodb"));
                hits.on(&alter.name).harmless_if(innodb, "its engine is InnoDB, which ignores it");
            }
        }
    },
    ..RULE
};
