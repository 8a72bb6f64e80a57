//! Constraints: what looks at every row, what builds an index, what the running version does not expect.

use super::manual;
use crate::analyze::sql::hit::{quoted, quoted_list};
use crate::analyze::sql::rule::{MYSQL, POSTGRES, Proof, RULE, Rule, SQLITE, Variant};
use crate::analyze::sql::scene::Scene;
use crate::evidence::sql::{AddConstraint, AlterOp, AlterTable, ConstraintKind, DefaultKind};
use crate::facts::{Blocks, RiskClass, Severity};

/// Constraints that a statement adds to a table.
pub(super) fn added<'a>(scene: &Scene<'a>) -> impl Iterator<Item = (&'a AlterTable, &'a AddConstraint)> + use<'a> {
    scene.operations().filter_map(|(alter, operation)| match operation {
        AlterOp::AddConstraint(constraint) => Some((alter, constraint)),
        _ => None,
    })
}

/// The name of a constraint as SQL; one that the server chooses has a word of ours.
pub(super) fn name(constraint: &AddConstraint, otherwise: &str, scene: &Scene<'_>) -> String {
    quoted(constraint.name.as_deref().unwrap_or(otherwise), scene.dialect())
}

pub(super) static CHECK_NOT_VALID: Rule = Rule {
    id: "database/check-scans",
    title: "A check looks at every row under an ACCESS EXCLUSIVE lock",
    class: RiskClass::Lock,
    severity: Severity::High,
    dialects: POSTGRES,
    what: "`ADD CONSTRAINT .. CHECK`, and a CHECK on a column that is added, with a default or without one, read the whole table to see \
           that every row passes, and hold an ACCESS EXCLUSIVE lock while they do: nobody reads or writes.",
    lock: Some("ACCESS EXCLUSIVE"),
    blocks: Blocks::Everything,
    scans: true,
    weighed_by_size: true,
    harmless: "The table is created in the same change, or small.",
    says: "nobody reads or writes {table} until every row has passed the check {name}",
    safe: "ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({expression}) NOT VALID;\n\
           -- in a transaction of its own:\n\
           ALTER TABLE {table} VALIDATE CONSTRAINT {name};",
    source: manual::PG_ALTER_NOTES,
    proof: Proof::Server,
    squawk: &["constraint-missing-not-valid"],
    finds: &[
        "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0);",
        "ALTER TABLE t ADD COLUMN a int DEFAULT 5 CHECK (a > 3);",
        "ALTER TABLE t ADD COLUMN a int CHECK (a > 3);",
    ],
    passes: &[
        "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID;",
        "ALTER TABLE t ADD COLUMN a int DEFAULT 5;",
        "CREATE TABLE t (b int); ALTER TABLE t ADD COLUMN a int DEFAULT 5 CHECK (a > 3);",
    ],
    find: |scene, hits| {
        for (alter, constraint) in added(scene) {
            if let ConstraintKind::Check { expression } = &constraint.kind
                && !constraint.not_valid
            {
                hits.on(&alter.name)
                    .fill("name", name(constraint, "new_check", scene))
                    .fill("expression", super::expression(expression));
            }
        }
        for (alter, column) in scene.added_columns() {
            let Some(expression) = &column.check else { continue };
            hits.on(&alter.name)
                .column(&column.name)
                .fill("name", quoted(&format!("{}_{}_check", alter.name.name, column.name), scene.dialect()))
                .fill("expression", super::expression(expression))
                .says("nobody reads or writes {table} until every row has passed the check of the new column {column}")
                .safe(
                    "-- first add {column} without its check; then:\n\
                     ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({expression}) NOT VALID;\n\
                     -- in a transaction of its own:\n\
                     ALTER TABLE {table} VALIDATE CONSTRAINT {name};",
                );
        }
    },
    ..RULE
};

pub(super) static FOREIGN_KEY_NOT_VALID: Rule = Rule {
    id: "database/foreign-key-scans",
    title: "A foreign key looks at every row while writes to both tables wait",
    class: RiskClass::Lock,
    severity: Severity::High,
    dialects: POSTGRES,
    what: "`ADD FOREIGN KEY` takes a SHARE ROW EXCLUSIVE lock on both tables and joins them to see that every row has its partner: \
           writes to both wait until it is done. A column that is added with a default and a key in one statement is looked at under \
           an ACCESS EXCLUSIVE lock.",
    lock: Some("SHARE ROW EXCLUSIVE"),
    blocks: Blocks::Writes,
    scans: true,
    weighed_by_size: true,
    harmless: "The table with the key is created in the same change and empty, or small.",
    says: "writes to {table} and to {other} wait until every row of {table} has been looked at",
    safe: "ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY ({columns}) REFERENCES {other_sql}{other_columns} NOT VALID;\n\
           -- in a transaction of its own:\n\
           ALTER TABLE {table} VALIDATE CONSTRAINT {name};",
    source: manual::PG_ALTER_NOTES,
    proof: Proof::Server,
    squawk: &["adding-foreign-key-constraint", "constraint-missing-not-valid"],
    finds: &[
        "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES o (id);",
        "ALTER TABLE t ADD COLUMN a int DEFAULT 1 REFERENCES o (id);",
    ],
    passes: &[
        "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES o (id) NOT VALID;",
        "ALTER TABLE t ADD COLUMN a int REFERENCES o (id);",
        "CREATE TABLE t (a int); ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES o (id);",
    ],
    find: |scene, hits| {
        let mut key = |alter: &AlterTable,
                       constraint: String,
                       columns: String,
                       to: &crate::evidence::sql::ForeignKey,
                       with_column: bool| {
            let other_columns = match quoted_list(to.columns.iter().map(String::as_str), scene.dialect()) {
                columns if columns.is_empty() => columns,
                columns => format!(" ({columns})"),
            };
            let hit = hits
                .on(&alter.name)
                .fill("name", constraint)
                .fill("columns", columns)
                .fill("other", super::first_words(&to.table.to_string()))
                .fill("other_sql", crate::analyze::sql::hit::quoted_name(&to.table, scene.dialect()))
                .fill("other_columns", other_columns);
            // A table of this change that holds rows keeps the other one locked while they are looked at.
            if scene.state.is_new(&alter.name) && scene.state.is_filled(&alter.name) && !scene.state.is_new(&to.table) {
                hit.also_new().unweighed();
            }
            if with_column {
                // The new column takes the strongest lock, and the rows are looked at under it.
                hit.lock("ACCESS EXCLUSIVE", Blocks::Everything).says(
                    "nobody reads or writes {table}, and writes to {other} wait, until every row of {table} has been looked at",
                )
                .safe(
                    "-- first add {columns} without REFERENCES; then:\n\
                     ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY ({columns}) REFERENCES {other_sql}{other_columns} NOT VALID;\n\
                     -- in a transaction of its own:\n\
                     ALTER TABLE {table} VALIDATE CONSTRAINT {name};",
                );
            }
        };
        for (alter, constraint) in added(scene) {
            if let ConstraintKind::ForeignKey { columns, to } = &constraint.kind
                && !constraint.not_valid
            {
                let columns = quoted_list(columns.iter().map(String::as_str), scene.dialect());
                key(alter, name(constraint, "new_fkey", scene), columns, to, false);
            }
        }
        for (alter, column) in scene.added_columns() {
            // Without a default every value is null, and PostgreSQL looks at no row.
            let null = column.default.as_ref().is_none_or(|default| default.kind == DefaultKind::Null);
            if let Some(to) = &column.references
                && !null
            {
                let name = quoted(&format!("{}_{}_fkey", alter.name.name, column.name), scene.dialect());
                key(alter, name, quoted(&column.name, scene.dialect()), to, true);
            }
        }
    },
    ..RULE
};

pub(super) static NOT_NULL_SCANS: Rule = Rule {
    id: "database/not-null-scans",
    title: "`SET NOT NULL` looks at every row under an ACCESS EXCLUSIVE lock",
    class: RiskClass::Lock,
    severity: Severity::High,
    dialects: POSTGRES,
    what: "`SET NOT NULL` reads the whole table to see that no row holds a null, and holds an ACCESS EXCLUSIVE lock while it does: \
           nobody reads or writes.",
    lock: Some("ACCESS EXCLUSIVE"),
    blocks: Blocks::Everything,
    scans: true,
    weighed_by_size: true,
    harmless: "A valid `CHECK (x IS NOT NULL)` stands on the column, so that PostgreSQL 12 and newer read nothing; the table is created \
               in the same change, or small.",
    says: "nobody reads or writes {table} until every row has been searched for a null in {column}",
    safe: "ALTER TABLE {table} ADD CONSTRAINT {check} CHECK ({column} IS NOT NULL) NOT VALID;\n\
           -- in a transaction of its own:\n\
           ALTER TABLE {table} VALIDATE CONSTRAINT {check};\n\
           -- then, from PostgreSQL 12 on without reading the table:\n\
           ALTER TABLE {table} ALTER COLUMN {column} SET NOT NULL;\n\
           ALTER TABLE {table} DROP CONSTRAINT {check};",
    source: manual::PG_ALTER_TABLE,
    proof: Proof::Server,
    squawk: &["adding-not-nullable-field"],
    finds: &[
        "ALTER TABLE t ALTER COLUMN a SET NOT NULL;",
        "ALTER TABLE t ADD CONSTRAINT c CHECK (a IS NOT NULL) NOT VALID; ALTER TABLE t ALTER COLUMN a SET NOT NULL;",
    ],
    passes: &[
        "ALTER TABLE t ADD CONSTRAINT c CHECK (a IS NOT NULL) NOT VALID; ALTER TABLE t VALIDATE CONSTRAINT c; \
         ALTER TABLE t ALTER COLUMN a SET NOT NULL;",
        "ALTER TABLE t ALTER COLUMN a DROP NOT NULL;",
    ],
    find: |scene, hits| {
        for (alter, operation) in scene.operations() {
            let column = match operation {
                AlterOp::SetNotNull { column } => column,
                // PostgreSQL 18.
                AlterOp::AddConstraint(AddConstraint { kind: ConstraintKind::NotNull { column }, not_valid: false, .. }) => {
                    column
                }
                _ => continue,
            };
            let table = scene.state.table(&alter.name);
            let checked = scene.options.postgres >= 12
                && table.is_some_and(|table| table.never_null.iter().any(|known| known.eq_ignore_ascii_case(column)));
            let already = scene
                .record(&alter.name)
                .is_some_and(|record| record.columns.iter().any(|known| known.name == *column && !known.nullable))
                && scene.state.column(&alter.name, column).is_none();
            hits.on(&alter.name)
                .column(column)
                .fill("check", quoted(&format!("{}_{column}_not_null", alter.name.name), scene.dialect()))
                .harmless_if(checked, "a check that has been validated shows that no row holds a null")
                .harmless_if(already, "the statistics show that the column is NOT NULL already");
        }
    },
    ..RULE
};

pub(super) static UNIQUE_BUILDS_INDEX: Rule = Rule {
    id: "database/unique-constraint-builds-index",
    title: "A unique constraint builds its index under an ACCESS EXCLUSIVE lock",
    class: RiskClass::Lock,
    severity: Severity::High,
    dialects: POSTGRES,
    what: "`ADD UNIQUE` builds the index of the constraint while it holds an ACCESS EXCLUSIVE lock: nobody reads or writes until it \
           is done.",
    lock: Some("ACCESS EXCLUSIVE"),
    blocks: Blocks::Everything,
    scans: true,
    weighed_by_size: true,
    harmless: "The index is built before and given with `USING INDEX`; the table is created in the same change, or small.",
    says: "nobody reads or writes {table} until the index of the unique constraint on {columns} is built",
    safe: "CREATE UNIQUE INDEX CONCURRENTLY {name} ON {table} ({columns}); -- outside of a transaction\n\
           ALTER TABLE {table} ADD CONSTRAINT {name} UNIQUE USING INDEX {name};",
    source: manual::PG_ALTER_TABLE,
    proof: Proof::Server,
    squawk: &["disallowed-unique-constraint"],
    finds: &["ALTER TABLE t ADD CONSTRAINT u UNIQUE (a);", "ALTER TABLE t ADD COLUMN a int UNIQUE;"],
    passes: &["ALTER TABLE t ADD CONSTRAINT u UNIQUE USING INDEX i;", "CREATE TABLE t (a int UNIQUE);"],
    find: |scene, hits| {
        for (alter, constraint) in added(scene) {
            if let ConstraintKind::Unique { columns, using_index: None } = &constraint.kind {
                hits.on(&alter.name)
                    .fill("name", name(constraint, "new_key", scene))
                    .fill("columns", quoted_list(columns.iter().map(String::as_str), scene.dialect()));
            }
        }
        for (alter, column) in scene.added_columns().filter(|(_, column)| column.unique) {
            let name = format!("{}_{}_key", alter.name.name, column.name);
            hits.on(&alter.name)
                .column(&column.name)
                .fill("name", quoted(&name, scene.dialect()))
                .fill("columns", quoted(&column.name, scene.dialect()));
        }
    },
    ..RULE
};

pub(super) static PRIMARY_KEY_BUILDS_INDEX: Rule = Rule {
    id: "database/primary-key-builds-index",
    title: "A primary key builds its index under an ACCESS EXCLUSIVE lock",
    class: RiskClass::Lock,
    severity: Severity::High,
    dialects: POSTGRES,
    what: "`ADD PRIMARY KEY` builds a unique index and looks for nulls while it holds an ACCESS EXCLUSIVE lock: nobody reads or writes \
           until it is done. With `USING INDEX` only nulls are looked for, and that only where the columns are not NOT NULL yet.",
    lock: Some("ACCESS EXCLUSIVE"),
    blocks: Blocks::Everything,
    scans: true,
    weighed_by_size: true,
    harmless: "The index is built before and given with `USING INDEX`; the table is created in the same change, or small.",
    says: "nobody reads or writes {table} until the index of its primary key on {columns} is built",
    safe: "-- first make every column NOT NULL by a check that is validated\n\
           CREATE UNIQUE INDEX CONCURRENTLY {name} ON {table} ({columns}); -- outside of a transaction\n\
           ALTER TABLE {table} ADD CONSTRAINT {name} PRIMARY KEY USING INDEX {name};",
    source: manual::PG_ALTER_TABLE,
    proof: Proof::Server,
    squawk: &["adding-serial-primary-key-field"],
    finds: &["ALTER TABLE t ADD PRIMARY KEY (a);", "ALTER TABLE t ADD COLUMN id bigserial PRIMARY KEY;"],
    passes: &["ALTER TABLE t ADD CONSTRAINT p PRIMARY KEY USING INDEX i;", "CREATE TABLE t (a int PRIMARY KEY);"],
    find: |scene, hits| {
        let dialect = scene.dialect();
        for (alter, constraint) in added(scene) {
            if let ConstraintKind::PrimaryKey { columns, using_index: None } = &constraint.kind {
                hits.on(&alter.name)
                    .fill("name", name(constraint, &format!("{}_pkey", alter.name.name), scene))
                    .fill("columns", quoted_list(columns.iter().map(String::as_str), dialect));
            }
        }
        for (alter, column) in scene.added_columns().filter(|(_, column)| column.primary_key) {
            hits.on(&alter.name)
                .column(&column.name)
                .fill("name", quoted(&format!("{}_pkey", alter.name.name), dialect))
                .fill("columns", quoted(&column.name, dialect));
        }
    },
    ..RULE
};

pub(super) static PRIMARY_KEY_LOOKS_FOR_NULLS: Rule = Rule {
    id: "database/primary-key-looks-for-nulls",
    title: "A primary key over columns that may be null looks at every row under an ACCESS EXCLUSIVE lock",
    class: RiskClass::Lock,
    severity: Severity::High,
    dialects: POSTGRES,
    what: "`ADD PRIMARY KEY USING INDEX` builds no index. But it makes the columns NOT NULL, and where they are not that yet, PostgreSQL \
           reads the whole table to see that no row holds a null, and holds an ACCESS EXCLUSIVE lock while it does.",
    lock: Some("ACCESS EXCLUSIVE"),
    blocks: Blocks::Everything,
    scans: true,
    weighed_by_size: true,
    harmless: "The columns are NOT NULL, or a valid `CHECK (x IS NOT NULL)` stands on each, by what the change, the statistics or the \
               migrations of the base say; the table is created in the same change, or small.",
    says: "nobody reads or writes {table} until it has been read for nulls in {columns}",
    safe: "-- for each column of the index:\n\
           ALTER TABLE {table} ADD CONSTRAINT not_null CHECK (<column> IS NOT NULL) NOT VALID;\n\
           -- in a transaction of its own:\n\
           ALTER TABLE {table} VALIDATE CONSTRAINT not_null;\n\
           -- then, from PostgreSQL 12 on without reading the table:\n\
           ALTER TABLE {table} ADD CONSTRAINT {name} PRIMARY KEY USING INDEX {index};\n\
           ALTER TABLE {table} DROP CONSTRAINT not_null;",
    source: manual::PG_ALTER_TABLE,
    proof: Proof::Server,
    finds: &[
        "ALTER TABLE t ADD CONSTRAINT p PRIMARY KEY USING INDEX i;",
        "CREATE UNIQUE INDEX CONCURRENTLY i ON t (a); ALTER TABLE t ADD CONSTRAINT p PRIMARY KEY USING INDEX i;",
        "ALTER TABLE t ALTER COLUMN a SET NOT NULL; CREATE UNIQUE INDEX CONCURRENTLY i ON t (a); \
         ALTER TABLE t ALTER COLUMN a DROP NOT NULL; ALTER TABLE t ADD CONSTRAINT p PRIMARY KEY USING INDEX i;",
    ],
    passes: &[
        "CREATE UNIQUE INDEX CONCURRENTLY i ON t (a); ALTER TABLE t ALTER COLUMN a SET NOT NULL; \
         ALTER TABLE t ADD CONSTRAINT p PRIMARY KEY USING INDEX i;",
        "ALTER TABLE t ADD CONSTRAINT c CHECK (a IS NOT NULL) NOT VALID; ALTER TABLE t VALIDATE CONSTRAINT c; \
         CREATE UNIQUE INDEX CONCURRENTLY i ON t (a); ALTER TABLE t ADD CONSTRAINT p PRIMARY KEY USING INDEX i;",
        "CREATE TABLE t (a int); CREATE UNIQUE INDEX i ON t (a); ALTER TABLE t ADD CONSTRAINT p PRIMARY KEY USING INDEX i;",
    ],
    find: |scene, hits| {
        for (alter, constraint) in added(scene) {
            let ConstraintKind::PrimaryKey { using_index: Some(index), .. } = &constraint.kind else { continue };
            let columns = scene.index_columns(index);
            let sets = |column: &String| {
                alter.operations.iter().any(|operation| matches!(operation, AlterOp::SetNotNull { column: set } if set == column))
            };
            // What the same statement makes NOT NULL is told as that.
            let may_be_null: Option<Vec<&str>> = columns.as_ref().map(|columns| {
                let open = columns.iter().filter(|column| !sets(column) && !scene.never_null(&alter.name, column));
                open.map(String::as_str).collect()
            });
            if may_be_null.as_ref().is_some_and(Vec::is_empty) {
                continue;
            }
            let hit = hits
                .on(&alter.name)
                .fill("name", name(constraint, &format!("{}_pkey", alter.name.name), scene))
                .fill("index", quoted(index, scene.dialect()));
            match may_be_null {
                Some(columns) => {
                    hit.fill("columns", quoted_list(columns, scene.dialect()));
                }
                None => {
                    hit.says("unless the columns of {index} are NOT NULL, nobody reads or writes {table} until it has been read for nulls");
                }
            }
        }
    },
    ..RULE
};

pub(super) static REQUIRED_COLUMN: Rule = Rule {
    id: "database/required-column",
    title: "A new column is required and has no default",
    class: RiskClass::Failure,
    severity: Severity::High,
    dialects: &[
        crate::facts::SqlDialect::Postgres,
        crate::facts::SqlDialect::Mysql,
        crate::facts::SqlDialect::Mariadb,
        crate::facts::SqlDialect::Sqlite,
    ],
    what: "PostgreSQL and SQLite refuse a NOT NULL column without a default as soon as the table has rows; MySQL fills in a value of its \
           own (0, an empty text). And the version that runs while the change is rolled out does not know the column: every INSERT of \
           it fails.",
    harmless: "The table is created in the same change and holds no rows.",
    says: "{column} of {table} is NOT NULL without a default: rows that are there have no value, and the running version gives none",
    safe: "ALTER TABLE {table} ADD COLUMN {column} {type};\n\
           -- fill it in batches, release the version that writes it, then:\n\
           ALTER TABLE {table} ADD CONSTRAINT {check} CHECK ({column} IS NOT NULL) NOT VALID;\n\
           ALTER TABLE {table} VALIDATE CONSTRAINT {check};",
    source: manual::PG_ALTER_NOTES,
    variants: &[
        Variant {
            dialects: MYSQL,
            lock: None,
            safe: "ALTER TABLE {table} ADD COLUMN {column} {type} NULL;\n\
                   -- fill it in batches, release the version that writes it, then make it NOT NULL",
            source: "MySQL 8.0 Reference Manual, 13.6 Data Type Default Values: https://dev.mysql.com/doc/refman/8.0/en/data-type-defaults.html",
        },
        Variant {
            dialects: SQLITE,
            lock: None,
            safe: "ALTER TABLE {table} ADD COLUMN {column} {type};",
            source: manual::SQLITE_ALTER,
        },
    ],
    proof: Proof::Server,
    squawk: &["adding-required-field", "adding-not-nullable-field"],
    finds: &["ALTER TABLE t ADD COLUMN a int NOT NULL;"],
    passes: &[
        "ALTER TABLE t ADD COLUMN a int NOT NULL DEFAULT 0;",
        "CREATE TABLE t (b int); ALTER TABLE t ADD COLUMN a int NOT NULL;",
    ],
    find: |scene, hits| {
        for (alter, column) in scene.added_columns() {
            let filled = column.default.as_ref().is_some_and(|default| default.kind != DefaultKind::Null)
                || column.generated.is_some()
                || column.auto_increment;
            if column.nullable != Some(false) || filled {
                continue;
            }
            let ty = column.ty.as_ref().map(crate::analyze::sql::types::show).unwrap_or_default();
            let hit = hits
                .on(&alter.name)
                .column(&column.name)
                .fill("type", ty)
                .fill("check", quoted(&format!("{}_{}_not_null", alter.name.name, column.name), scene.dialect()));
            if scene.state.is_filled(&alter.name) {
                hit.also_new();
            }
        }
    },
    ..RULE
};
