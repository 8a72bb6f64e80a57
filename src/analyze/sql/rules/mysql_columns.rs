//! Columns in MySQL and MariaDB: which algorithm a change needs, and who waits for it.

use super::manual;
use crate::analyze::sql::mysql_columns::{self, Way};
use crate::analyze::sql::rule::{MYSQL, ONLY_MARIADB, ONLY_MYSQL, Proof, RULE, Rule, Variant};
use crate::analyze::sql::scene::Scene;
use crate::analyze::sql::types;
use crate::evidence::sql::{AlterOp, AlterTable, ColumnDef, DefaultKind, Generated};
use crate::facts::{Blocks, RiskClass, Severity, SqlDialect};

pub(super) const TOOLS: &str = "gh-ost --table={table} --alter=\"{alter}\" -- copies in small steps while others write; \
                     pt-online-schema-change where triggers or foreign keys are in the way";
pub(super) const TOOL_MARIADB: &str =
    "pt-online-schema-change --alter \"{alter}\" D=<database>,t={table} -- copies in small steps while others write";

/// The table is copied while writes wait.
pub(super) const COPIES: Rule = Rule {
    class: RiskClass::Rewrite,
    severity: Severity::High,
    dialects: MYSQL,
    lock: Some("SHARED"),
    blocks: Blocks::Writes,
    rewrites: true,
    scans: true,
    weighed_by_size: true,
    harmless: "The table is created in the same change, or small.",
    safe: TOOLS,
    source: manual::MYSQL_ONLINE_DDL,
    variants: &[Variant { dialects: ONLY_MARIADB, lock: Some("SHARED"), safe: TOOL_MARIADB, source: manual::MARIADB_ONLINE_DDL }],
    proof: Proof::Server,
    ..RULE
};

/// The table is written anew while others write, and replicas do the same after it, one change at a time.
pub(super) const REBUILDS: Rule = Rule {
    class: RiskClass::Replication,
    severity: Severity::Medium,
    lock: Some("NONE"),
    blocks: Blocks::Nothing,
    variants: &[Variant { dialects: ONLY_MARIADB, lock: Some("NONE"), safe: TOOL_MARIADB, source: manual::MARIADB_ONLINE_DDL }],
    ..COPIES
};

/// Columns that are defined anew, with the name they had.
pub(super) fn redefined<'a>(scene: &Scene<'a>) -> impl Iterator<Item = (&'a AlterTable, &'a str, &'a ColumnDef)> + use<'a> {
    scene.operations().filter_map(|(alter, operation)| match operation {
        AlterOp::Redefine { old, column } => Some((alter, old.as_deref().unwrap_or(&column.name), &**column)),
        _ => None,
    })
}

/// Whether the server that the statements have to be right for is at least of this version.
pub(super) fn at_least(scene: &Scene<'_>, mysql: (u32, u32), mariadb: (u32, u32)) -> bool {
    match scene.dialect() {
        SqlDialect::Mariadb => scene.options.mariadb >= mariadb,
        _ => scene.options.mysql >= mysql,
    }
}

fn definition(column: &ColumnDef) -> String {
    let ty = column.ty.as_ref().map(types::show).unwrap_or_default();
    let null = match column.nullable {
        Some(false) => " NOT NULL",
        _ => "",
    };
    format!("{ty}{null}")
}

pub(super) static MODIFY_COPIES: Rule = Rule {
    id: "database/modify-copies",
    title: "A column is defined anew by copying the table",
    what: "A new type, a shorter length, a length that passes 255 bytes, another character set, and values of an `ENUM` that are not \
           added at its end need `ALGORITHM=COPY`: the whole table is copied, writes wait from the beginning to the end, and replicas do \
           the same after it.",
    harmless: "The definition differs only in what is instant (a longer `VARCHAR` on the same side of 255 bytes, values at the end of an \
               `ENUM`, a default, a comment); the table is created in the same change, or small.",
    says: "{table} is copied to make {column} `{type}`; writes wait until it is done",
    finds: &["ALTER TABLE t MODIFY a bigint;", "CREATE TABLE o (a int); ALTER TABLE t CHANGE a b varchar(20);"],
    passes: &["CREATE TABLE t (a int); ALTER TABLE t MODIFY a bigint;", "ALTER TABLE t ALTER COLUMN a SET DEFAULT 3;"],
    find: |scene, hits| {
        for (alter, old, column) in redefined(scene) {
            let before = mysql_columns::before(scene, &alter.name, old);
            let way = mysql_columns::way(&before, column, scene.dialect());
            if matches!(way, Some(Way::Instant | Way::Rebuild)) {
                continue;
            }
            // The server refuses what it cannot do in this way; it never copies.
            let in_place = matches!(alter.algorithm.as_deref(), Some("INPLACE" | "INSTANT" | "NOCOPY"));
            if in_place && way.is_none() {
                continue;
            }
            let hit = hits.on(&alter.name).column(old).fill("type", definition(column)).fill(
                "alter",
                format!("MODIFY {} {}", crate::analyze::sql::hit::quoted(&column.name, scene.dialect()), definition(column)),
            );
            if in_place {
                hit.says("the server refuses to make {column} of {table} `{type}` without a copy: the statement fails")
                    .severity(Severity::Medium)
                    .unweighed();
            } else if way.is_none() {
                hit.says(
                    "{table} is copied to make {column} `{type}`, unless its old definition differs only in what is instant",
                );
            }
        }
    },
    ..COPIES
};

pub(super) static MODIFY_REBUILDS: Rule = Rule {
    id: "database/modify-rebuilds",
    title: "A column becomes NULL or NOT NULL by writing the table anew",
    what: "Making a column NULL or NOT NULL writes the table anew in place. Others read and write meanwhile, but the work costs I/O and \
           space, and each replica applies the statement for as long, with everything else behind it.",
    says: "{table} is written anew to make {column} {null}; replicas fall behind by as long as that takes",
    finds: &[],
    passes: &["CREATE TABLE t (a int); ALTER TABLE t MODIFY a int NOT NULL;", "ALTER TABLE t ALTER COLUMN a DROP DEFAULT;"],
    find: |scene, hits| {
        for (alter, old, column) in redefined(scene) {
            let before = mysql_columns::before(scene, &alter.name, old);
            if mysql_columns::way(&before, column, scene.dialect()) == Some(Way::Rebuild) {
                let null = if column.nullable == Some(false) { "NOT NULL" } else { "NULL" };
                hits.on(&alter.name).column(old).fill("null", null).fill(
                    "alter",
                    format!("MODIFY {} {}", crate::analyze::sql::hit::quoted(&column.name, scene.dialect()), definition(column)),
                );
            }
        }
    },
    ..REBUILDS
};

pub(super) static MODIFY_DROPS_ATTRIBUTES: Rule = Rule {
    id: "database/modify-drops-attributes",
    title: "`MODIFY` drops what it does not repeat",
    class: RiskClass::DataLoss,
    severity: Severity::High,
    what: "`MODIFY` and `CHANGE` define the whole column: a NOT NULL, DEFAULT, AUTO_INCREMENT or COMMENT that is not repeated is gone \
           afterwards, without a word.",
    lock: None,
    blocks: Blocks::Nothing,
    rewrites: false,
    scans: false,
    weighed_by_size: false,
    harmless: "The table is created in the same change; or the attribute is meant to go, which `ALTER COLUMN .. DROP DEFAULT` would say.",
    says: "{column} of {table} loses its {lost}, because the new definition does not repeat it",
    safe: "ALTER TABLE {table} MODIFY {column} {type}{again}; -- repeat all of the old definition: SHOW CREATE TABLE {table}",
    source: "MySQL 8.0 Reference Manual, 15.1.9 ALTER TABLE, Renaming, Redefining, and Reordering Columns: https://dev.mysql.com/doc/refman/8.0/en/alter-table.html#alter-table-redefine-column",
    variants: &[],
    proof: Proof::Server,
    finds: &[],
    passes: &["ALTER TABLE t MODIFY a int NOT NULL DEFAULT 3;"],
    find: |scene, hits| {
        for (alter, old, column) in redefined(scene) {
            let before = mysql_columns::before(scene, &alter.name, old);
            let mut lost = Vec::new();
            let mut again = String::new();
            if before.nullable == Some(false) && column.nullable.is_none() && !column.primary_key && !column.auto_increment {
                lost.push("NOT NULL");
                again.push_str(" NOT NULL");
            }
            if before.has_default == Some(true)
                && column.default.is_none()
                && !column.auto_increment
                && column.generated.is_none()
            {
                lost.push("DEFAULT");
                again.push_str(" DEFAULT <the old one>");
            }
            if !lost.is_empty() {
                let ty = column.ty.as_ref().map(types::show).unwrap_or_default();
                hits.on(&alter.name).column(old).fill("lost", lost.join(" and ")).fill("again", again).fill("type", ty);
            }
        }
    },
    ..COPIES
};

pub(super) static EXPRESSION_DEFAULT: Rule = Rule {
    id: "database/add-column-expression-default",
    title: "A new column with an expression for a default copies the table",
    what: "A default that is an expression (`(uuid())`, `(json_array())`) is computed for each row that is there: the table is copied, and \
           writes wait.",
    says: "{table} is copied to give every row its own value of {column}; writes wait until it is done",
    safe: "ALTER TABLE {table} ADD COLUMN {column} {type} NULL;\n\
           ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT {default};\n\
           -- then fill the rows that are there in batches",
    source: "MySQL 8.0 Reference Manual, 13.6 Data Type Default Values: https://dev.mysql.com/doc/refman/8.0/en/data-type-defaults.html#data-type-defaults-explicit",
    variants: &[Variant {
        dialects: ONLY_MARIADB,
        lock: Some("SHARED"),
        safe: "ALTER TABLE {table} ADD COLUMN {column} {type} NULL;\n\
               ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT {default};\n\
               -- then fill the rows that are there in batches",
        source: manual::MARIADB_INSTANT,
    }],
    finds: &["ALTER TABLE t ADD COLUMN a varchar(36) DEFAULT (uuid());"],
    passes: &["ALTER TABLE t ADD COLUMN a int DEFAULT 3;", "ALTER TABLE t ADD COLUMN a datetime DEFAULT CURRENT_TIMESTAMP;"],
    find: |scene, hits| {
        for (alter, column) in scene.added_columns() {
            let Some(default) = &column.default else { continue };
            if matches!(default.kind, DefaultKind::Volatile | DefaultKind::Unknown) {
                let ty = column.ty.as_ref().map(types::show).unwrap_or_default();
                hits.on(&alter.name).column(&column.name).fill("type", ty).fill("default", super::expression(&default.text));
            }
        }
    },
    ..COPIES
};

pub(super) static STORED_GENERATED: Rule = Rule {
    id: "database/add-stored-column-copies",
    title: "A stored generated column copies the table",
    what: "A STORED (PERSISTENT) generated column is computed and written for every row: the table is copied, and writes wait. A VIRTUAL \
           one is instant, and can be indexed.",
    says: "{table} is copied to store {column}; writes wait until it is done",
    safe: "ALTER TABLE {table} ADD COLUMN {column} {type} GENERATED ALWAYS AS (<expression>) VIRTUAL;",
    variants: &[Variant {
        dialects: ONLY_MARIADB,
        lock: Some("SHARED"),
        safe: "ALTER TABLE {table} ADD COLUMN {column} {type} GENERATED ALWAYS AS (<expression>) VIRTUAL;",
        source: manual::MARIADB_INPLACE,
    }],
    finds: &["ALTER TABLE t ADD COLUMN a int AS (b + 1) STORED;"],
    passes: &["ALTER TABLE t ADD COLUMN a int AS (b + 1) VIRTUAL;"],
    find: |scene, hits| {
        for (alter, column) in scene.added_columns().filter(|(_, column)| column.generated == Some(Generated::Stored)) {
            let ty = column.ty.as_ref().map(types::show).unwrap_or_default();
            hits.on(&alter.name).column(&column.name).fill("type", ty);
        }
    },
    ..COPIES
};

pub(super) static AUTO_INCREMENT_COLUMN: Rule = Rule {
    id: "database/add-auto-increment-column",
    title: "A new AUTO_INCREMENT column writes the table anew while writes wait",
    what: "Every row that is there gets a number: the table is written anew in place, and no writes are permitted meanwhile. The numbers \
           may differ between the server and its replicas, because the order of rows without a key is nobody's.",
    says: "{table} is written anew to number its rows in {column}; writes wait until it is done",
    safe: "-- make a new table with the column, fill it in batches, and swap the two: gh-ost or pt-online-schema-change do so",
    variants: &[Variant {
        dialects: ONLY_MARIADB,
        lock: Some("SHARED"),
        safe: "-- make a new table with the column, fill it in batches, and swap the two: pt-online-schema-change does so",
        source: manual::MARIADB_INPLACE,
    }],
    finds: &["ALTER TABLE t ADD COLUMN id bigint AUTO_INCREMENT UNIQUE;"],
    passes: &["ALTER TABLE t ADD COLUMN id bigint;", "CREATE TABLE t (id bigint AUTO_INCREMENT PRIMARY KEY);"],
    find: |scene, hits| {
        for (alter, column) in scene.added_columns().filter(|(_, column)| column.auto_increment) {
            hits.on(&alter.name).column(&column.name);
        }
    },
    ..COPIES
};

pub(super) static PLACED_COLUMN: Rule = Rule {
    id: "database/column-placed",
    title: "A column in the middle writes the table anew",
    what: "Before MySQL 8.0.29 a column can be added instantly at the end only; with FIRST or AFTER the table is written anew in place. \
           Moving a column that is there does so in every MySQL. MariaDB does both instantly from 10.4 on.",
    says: "{table} is written anew to put {column} in its place; replicas fall behind by as long as that takes",
    safe: "ALTER TABLE {table} ADD COLUMN {column} {type}; -- at the end: the order of columns means nothing to a program that names them",
    harmless: "The server is new enough; the table is created in the same change, or small.",
    dialects: MYSQL,
    finds: &["ALTER TABLE t MODIFY a int AFTER b;"],
    passes: &["ALTER TABLE t ADD COLUMN a int;"],
    find: |scene, hits| {
        let mysql = scene.dialect() == SqlDialect::Mysql;
        for (alter, column) in scene.added_columns().filter(|(_, column)| column.placed) {
            // The settings tell a release series, not its patch: 8.0.29 is only certain from 8.1 on.
            if !at_least(scene, (8, 1), (10, 4)) {
                let ty = column.ty.as_ref().map(types::show).unwrap_or_default();
                hits.on(&alter.name).column(&column.name).fill("type", ty);
            }
        }
        for (alter, old, column) in redefined(scene).filter(|(_, _, column)| column.placed) {
            if mysql || scene.options.mariadb < (10, 4) {
                let ty = column.ty.as_ref().map(types::show).unwrap_or_default();
                hits.on(&alter.name).column(old).fill("type", ty).safe(
                    "Leave {column} of {table} where it is: the order of columns means nothing to a program that names them",
                );
            }
        }
    },
    proof: Proof::Manual,
    variants: &[Variant {
        dialects: ONLY_MARIADB,
        lock: Some("NONE"),
        safe: "ALTER TABLE {table} ADD COLUMN {column} {type};",
        source: manual::MARIADB_INSTANT,
    }],
    ..REBUILDS
};

pub(super) static DROP_COLUMN_REBUILDS: Rule = Rule {
    id: "database/drop-column-rebuilds",
    title: "Dropping a column writes the table anew",
    what: "Before MySQL 8.0.29 and MariaDB 10.4 dropping a column writes the table anew in place; others read and write meanwhile, and \
           replicas fall behind by as long as it takes.",
    says: "{table} is written anew without {column}; replicas fall behind by as long as that takes",
    safe: "ALTER TABLE {table} DROP COLUMN {column}, ALGORITHM=INSTANT; -- fails at once where the server cannot do it instantly",
    harmless: "The server is new enough; the table is created in the same change, or small.",
    finds: &["ALTER TABLE t DROP COLUMN a;"],
    passes: &["ALTER TABLE t DROP COLUMN a, ALGORITHM=INSTANT;"],
    find: |scene, hits| {
        for (alter, operation) in scene.operations() {
            let AlterOp::DropColumn { column, .. } = operation else { continue };
            let instant = alter.algorithm.as_deref() == Some("INSTANT") || at_least(scene, (8, 1), (10, 4));
            if !instant {
                hits.on(&alter.name).column(column);
            }
        }
    },
    proof: Proof::Manual,
    variants: &[Variant {
        dialects: ONLY_MARIADB,
        lock: Some("NONE"),
        safe: "ALTER TABLE {table} DROP COLUMN {column}, ALGORITHM=INSTANT;",
        source: manual::MARIADB_INSTANT,
    }],
    ..REBUILDS
};

pub(super) static INLINE_REFERENCES: Rule = Rule {
    id: "database/inline-references-ignored",
    title: "MySQL ignores a reference that stands in the column",
    class: RiskClass::Failure,
    severity: Severity::Medium,
    dialects: ONLY_MYSQL,
    what: "MySQL before 9.0 reads `REFERENCES` in the definition of a column and does nothing with it, without a word: there is no \
           foreign key afterwards.",
    lock: None,
    blocks: Blocks::Nothing,
    rewrites: false,
    scans: false,
    weighed_by_size: false,
    spares_new: false,
    harmless: "Never: the key is not there.",
    says: "`REFERENCES` in the definition of {column} is ignored: {table} has no foreign key afterwards",
    safe: "ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY ({column}) REFERENCES {other};",
    source: "MySQL 8.0 Reference Manual, 15.1.20.5 FOREIGN KEY Constraints: https://dev.mysql.com/doc/refman/8.0/en/create-table-foreign-keys.html",
    variants: &[],
    proof: Proof::Manual,
    finds: &["CREATE TABLE t (a int REFERENCES o (id));"],
    passes: &["CREATE TABLE t (a int, FOREIGN KEY (a) REFERENCES o (id));"],
    find: |scene, hits| {
        if scene.options.mysql >= (9, 0) {
            return;
        }
        let created = scene.created_tables().filter_map(|create| Some((create.name.as_ref()?, create)));
        let columns = created.flat_map(|(name, create)| create.definition.columns.iter().map(move |column| (name, column)));
        for (table, column) in columns.chain(scene.added_columns().map(|(alter, column)| (&alter.name, column))) {
            if let Some(to) = &column.references {
                let other = crate::analyze::sql::hit::quoted_name(&to.table, scene.dialect());
                let columns = crate::analyze::sql::hit::quoted_list(to.columns.iter().map(String::as_str), scene.dialect());
                let name = format!("{}_{}_fk", table.name, column.name);
                hits.on(table)
                    .column(&column.name)
                    .fill("name", crate::analyze::sql::hit::quoted(&name, scene.dialect()))
                    .fill("other", if columns.is_empty() { other } else { format!("{other} ({columns})") });
            }
        }
    },
    ..COPIES
};
