//! What makes PostgreSQL write a table anew.

use super::manual;
use crate::analyze::sql::hit::quoted;
use crate::analyze::sql::mysql_columns;
use crate::analyze::sql::rule::{MYSQL, POSTGRES, Proof, RULE, Rule, SERVERS, Variant};
use crate::analyze::sql::scene::Scene;
use crate::analyze::sql::types::{self, Change};
use crate::evidence::sql::{Action, AlterOp, AlterTable, DefaultKind, Generated, TypeName};
use crate::facts::{Blocks, RiskClass, Severity};

/// A rewrite under the strongest lock.
const REWRITE: Rule = Rule {
    class: RiskClass::Rewrite,
    severity: Severity::High,
    dialects: POSTGRES,
    lock: Some("ACCESS EXCLUSIVE"),
    blocks: Blocks::Everything,
    rewrites: true,
    scans: true,
    weighed_by_size: true,
    harmless: "The table is created in the same change, or small.",
    source: manual::PG_ALTER_NOTES,
    proof: Proof::Server,
    ..RULE
};

pub(super) static VOLATILE_DEFAULT: Rule = Rule {
    id: "database/add-column-volatile-default",
    title: "A new column with a default of its own for each row writes the table anew",
    what: "A default that differs from row to row (`random()`, `gen_random_uuid()`, `clock_timestamp()`, `nextval()`) has to be written \
           into every row: PostgreSQL writes the table and its indexes anew under an ACCESS EXCLUSIVE lock. Constants and `now()` do \
           not, from PostgreSQL 11 on.",
    says: "{table} and its indexes are written anew to give every row its own value of {column}; nobody reads or writes meanwhile",
    safe: "ALTER TABLE {table} ADD COLUMN {column} {type};\n\
           ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT {default};\n\
           -- then fill the rows that are there in batches",
    squawk: &["adding-field-with-default"],
    finds: &[
        "ALTER TABLE t ADD COLUMN a uuid DEFAULT gen_random_uuid();",
        "ALTER TABLE t ADD COLUMN a int DEFAULT some_function();",
    ],
    passes: &["ALTER TABLE t ADD COLUMN a timestamptz DEFAULT now();", "ALTER TABLE t ADD COLUMN a int DEFAULT 3;"],
    find: |scene, hits| {
        for (alter, column) in scene.added_columns() {
            let Some(default) = &column.default else { continue };
            let old_server = scene.options.postgres < 11 && matches!(default.kind, DefaultKind::Constant | DefaultKind::Stable);
            if !matches!(default.kind, DefaultKind::Volatile | DefaultKind::Unknown) && !old_server {
                continue;
            }
            let ty = column.ty.as_ref().map(types::show).unwrap_or_default();
            let hit =
                hits.on(&alter.name).column(&column.name).fill("type", ty).fill("default", super::expression(&default.text));
            if default.kind == DefaultKind::Unknown {
                hit.says("unless the default of {column} is the same for every row, {table} and its indexes are written anew");
            }
        }
    },
    ..REWRITE
};

pub(super) static STORED_GENERATED: Rule = Rule {
    id: "database/add-stored-column",
    title: "A stored generated column writes the table anew",
    what: "The value of a stored generated column is computed and written for every row: the table and its indexes are written anew \
           under an ACCESS EXCLUSIVE lock.",
    says: "{table} and its indexes are written anew to store {column}; nobody reads or writes meanwhile",
    safe: "ALTER TABLE {table} ADD COLUMN {column} {type};\n\
           -- keep it by a trigger, and fill the rows that are there in batches",
    squawk: &["adding-field-with-default"],
    finds: &[
        "ALTER TABLE t ADD COLUMN a int GENERATED ALWAYS AS (b + 1) STORED;",
        "ALTER TABLE t ALTER COLUMN a SET EXPRESSION AS (b + 2);",
    ],
    passes: &["ALTER TABLE t ADD COLUMN a int;", "CREATE TABLE t (b int, a int GENERATED ALWAYS AS (b + 1) STORED);"],
    find: |scene, hits| {
        for (alter, column) in scene.added_columns().filter(|(_, column)| column.generated == Some(Generated::Stored)) {
            let ty = column.ty.as_ref().map(types::show).unwrap_or_default();
            hits.on(&alter.name).column(&column.name).fill("type", ty);
        }
        // PostgreSQL 17: another expression of a column that is there.
        for (alter, operation) in scene.operations() {
            if let AlterOp::Other { words } = operation
                && words.to_ascii_uppercase().contains("SET EXPRESSION")
            {
                let column = words.split_whitespace().nth(2).unwrap_or("the column");
                hits.on(&alter.name)
                    .column(column)
                    .safe("ALTER TABLE {table} ADD COLUMN <another column> <type>;\n-- keep it by a trigger, and fill the rows that are there in batches");
            }
        }
    },
    ..REWRITE
};

pub(super) static SERIAL_COLUMN: Rule = Rule {
    id: "database/add-serial-column",
    title: "A new column that numbers the rows writes the table anew",
    what: "`serial`, `bigserial` and `GENERATED .. AS IDENTITY` give every row that is there a number: the table and its indexes are \
           written anew under an ACCESS EXCLUSIVE lock.",
    says: "{table} and its indexes are written anew to number every row in {column}; nobody reads or writes meanwhile",
    safe: "ALTER TABLE {table} ADD COLUMN {column} bigint;\n\
           CREATE SEQUENCE {sequence} OWNED BY {table}.{column};\n\
           ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT nextval('{sequence}');\n\
           -- then number the rows that are there in batches",
    squawk: &["adding-serial-primary-key-field"],
    finds: &["ALTER TABLE t ADD COLUMN a bigserial;", "ALTER TABLE t ADD COLUMN a bigint GENERATED BY DEFAULT AS IDENTITY;"],
    passes: &["ALTER TABLE t ADD COLUMN a bigint;", "CREATE TABLE t (a bigserial);"],
    find: |scene, hits| {
        for (alter, column) in scene.added_columns().filter(|(_, column)| column.auto_increment) {
            let sequence = quoted(&format!("{}_{}_seq", alter.name.name, column.name), scene.dialect());
            hits.on(&alter.name).column(&column.name).fill("sequence", sequence);
        }
    },
    ..REWRITE
};

/// The type before, and whether the session's time zone is UTC.
fn is_utc(scene: &Scene<'_>) -> bool {
    scene
        .state
        .session
        .variable("timezone")
        .or_else(|| scene.state.session.variable("time zone"))
        .is_some_and(|zone| matches!(zone.trim_matches('\''), "utc" | "etc/utc" | "gmt" | "0"))
}

pub(super) static CHANGE_TYPE: Rule = Rule {
    id: "database/change-type-rewrites",
    title: "A new type writes the table anew",
    what: "Unless the old values are the new ones bit by bit (a longer `varchar`, `varchar` to `text`, a longer `numeric` of the same \
           scale, `timestamp` to `timestamptz` while the session's time zone is UTC), the table and all its indexes are written anew \
           under an ACCESS EXCLUSIVE lock.",
    harmless: "Old and new values are the same bit by bit, by what the statistics or the change say of the old type; the table is \
               created in the same change, or small.",
    says: "{table} and its indexes are written anew to make {column} {type}; nobody reads or writes meanwhile",
    safe: "ALTER TABLE {table} ADD COLUMN {new} {type};\n\
           -- write both columns from the application or a trigger, fill the rows that are there in batches,\n\
           -- read the new one, and drop {column} in a later change",
    squawk: &["changing-column-type"],
    finds: &[
        "ALTER TABLE t ALTER COLUMN a TYPE bigint;",
        "CREATE TABLE o (a int); ALTER TABLE t ALTER COLUMN a TYPE text USING a::text;",
    ],
    passes: &["CREATE TABLE t (a int); ALTER TABLE t ALTER COLUMN a TYPE bigint;", "ALTER TABLE t ALTER COLUMN a SET DEFAULT 3;"],
    find: |scene, hits| {
        for (alter, operation) in scene.operations() {
            let AlterOp::AlterType { column, ty, using, collation } = operation else { continue };
            let old = scene.column_type(&alter.name, column);
            let same_value = using.as_deref().is_none_or(|using| is_plain(using, column));
            let hit = hits
                .on(&alter.name)
                .column(column)
                .fill("type", types::show(ty))
                .fill("new", quoted(&format!("{column}_new"), scene.dialect()));
            match old {
                Some(old) if same_value && types::postgres_change(&old, ty, is_utc(scene)) == Change::Nothing => {
                    if collation.is_none() {
                        hit.harmless(format!(
                            "no value changes from `{}` to `{}`: only the catalogue does",
                            types::show(&old),
                            types::show(ty)
                        ));
                    } else {
                        hit.says("the indexes of {table} on {column} are built anew for the other collation; nobody reads or writes meanwhile");
                    }
                }
                Some(_) => {}
                None => {
                    hit.says("{table} and its indexes are written anew to make {column} {type}, unless its old type is one that fits as it is");
                }
            }
        }
    },
    ..REWRITE
};

/// Whether an expression is the column itself, or a cast of it: the server looks at the cast then, not at the expression.
fn is_plain(expression: &str, column: &str) -> bool {
    let bare = expression.trim().trim_matches(|c| c == '(' || c == ')').trim();
    let bare = bare.split("::").next().unwrap_or(bare).trim().trim_matches('"');
    bare.eq_ignore_ascii_case(column)
}

/// Columns whose old type is known and that get another one: the table, the column, the old type, the new one.
fn changed_types<'a>(scene: &Scene<'a>) -> Vec<(&'a AlterTable, &'a str, TypeName, TypeName)> {
    let mysql = scene.dialect().is_mysql();
    let plain = |ty: &TypeName| if mysql { mysql_columns::plain(ty) } else { ty.clone() };
    scene
        .operations()
        .filter_map(|(alter, operation)| {
            let (column, ty) = match operation {
                AlterOp::AlterType { column, ty, .. } => (column.as_str(), ty),
                AlterOp::Redefine { old, column } => (old.as_deref().unwrap_or(&column.name), column.ty.as_ref()?),
                _ => return None,
            };
            let old = scene.column_type(&alter.name, column)?;
            Some((alter, column, plain(&old), plain(ty)))
        })
        .collect()
}

pub(super) static NARROWS: Rule = Rule {
    id: "database/change-type-narrows",
    title: "Values may not fit the new type",
    class: RiskClass::DataLoss,
    severity: Severity::High,
    dialects: SERVERS,
    what: "Some values of the old type have no place in the new one. The statement fails at the first of them, or rounds and cuts them \
           silently (fractions of a `numeric`, times of a date, characters under `USING` or in MySQL without strict mode).",
    rewrites: false,
    scans: false,
    weighed_by_size: false,
    lock: None,
    blocks: Blocks::Nothing,
    harmless: "The table is created in the same change and holds no rows.",
    says: "{column} of {table} becomes `{type}`: {why}",
    safe: "SELECT count(*) FROM {table} WHERE {column} IS DISTINCT FROM {column}::{type}; -- has to be 0, in a copy of production",
    source: manual::PG_ALTER_TABLE,
    variants: &[Variant {
        dialects: MYSQL,
        lock: None,
        safe: "SELECT count(*) FROM {table} WHERE NOT {column} <=> CAST({column} AS <the new type>); -- has to be 0, in a copy of production",
        source: "MySQL 8.0 Reference Manual, 7.1.11 Server SQL Modes, Strict SQL Mode: https://dev.mysql.com/doc/refman/8.0/en/sql-mode.html#sql-mode-strict",
    }],
    proof: Proof::Reason,
    squawk: &["changing-column-type"],
    finds: &["CREATE TABLE t (a bigint); INSERT INTO t VALUES (1); ALTER TABLE t ALTER COLUMN a TYPE int;"],
    passes: &["CREATE TABLE t (a int); INSERT INTO t VALUES (1); ALTER TABLE t ALTER COLUMN a TYPE bigint;"],
    find: |scene, hits| {
        for (alter, column, old, ty) in changed_types(scene) {
            let ty = &ty;
            if let Some(why) = types::narrows(&old, ty) {
                let hit = hits.on(&alter.name).column(column).fill("type", types::show(ty)).fill("why", why);
                if scene.state.is_filled(&alter.name) {
                    hit.also_new();
                }
            }
        }
    },
    ..REWRITE
};

pub(super) static TYPE_BREAKS_READERS: Rule = Rule {
    id: "database/change-type-breaks-readers",
    title: "The running version expects the old type",
    class: RiskClass::Compatibility,
    severity: Severity::Medium,
    dialects: SERVERS,
    what: "The version that runs while the change is rolled out reads and writes the column as its old type: prepared statements fail \
           with `cached plan must not change result type`, drivers refuse the other type, comparisons lose their index.",
    rewrites: false,
    scans: false,
    weighed_by_size: false,
    lock: None,
    blocks: Blocks::Nothing,
    harmless: "The table is created in the same change.",
    says: "the running version reads {column} of {table} as `{old}` and gets `{type}`",
    safe: "ALTER TABLE {table} ADD COLUMN {new} {type};\n\
           -- write both columns, fill the old rows in batches, read the new one, and drop {column} in a later change",
    source: manual::PG_ALTER_TABLE,
    variants: &[Variant {
        dialects: MYSQL,
        lock: None,
        safe: "ALTER TABLE {table} ADD COLUMN {new} {type};\n\
               -- write both columns, fill the old rows in batches, read the new one, and drop {column} in a later change",
        source: manual::MYSQL_ONLINE_DDL,
    }],
    proof: Proof::Reason,
    squawk: &["changing-column-type"],
    finds: &[],
    passes: &["CREATE TABLE t (a int); ALTER TABLE t ALTER COLUMN a TYPE text;"],
    find: |scene, hits| {
        for (alter, column, old, ty) in changed_types(scene) {
            let ty = &ty;
            if types::other_family(&old, ty) {
                hits.on(&alter.name)
                    .column(column)
                    .fill("old", types::show(&old))
                    .fill("type", types::show(ty))
                    .fill("new", quoted(&format!("{column}_new"), scene.dialect()));
            }
        }
    },
    ..REWRITE
};

pub(super) static SET_LOGGED: Rule = Rule {
    id: "database/set-logged",
    title: "A table becomes logged or unlogged",
    what: "`SET LOGGED` and `SET UNLOGGED` write the table and its indexes anew under an ACCESS EXCLUSIVE lock; `SET LOGGED` also writes \
           all of it to the write-ahead log, and with it to every replica.",
    says: "{table} is written anew to become {kind}; nobody reads or writes meanwhile",
    safe: "-- fill a table of the other kind in batches and put it in the place of {table} by two renames in one transaction",
    source: manual::PG_ALTER_TABLE,
    finds: &["ALTER TABLE t SET LOGGED;", "ALTER TABLE t SET UNLOGGED;"],
    passes: &["ALTER TABLE t SET (fillfactor = 70);"],
    find: |scene, hits| {
        for (alter, operation) in scene.operations() {
            if let AlterOp::SetLogged { logged } = operation {
                hits.on(&alter.name).fill("kind", if *logged { "logged" } else { "unlogged" });
            }
        }
    },
    ..REWRITE
};

pub(super) static SET_TABLESPACE: Rule = Rule {
    id: "database/set-tablespace",
    title: "A table moves to another tablespace",
    what: "Every page of the table is copied to the other place under an ACCESS EXCLUSIVE lock, and written to the write-ahead log. Its \
           indexes stay where they are.",
    says: "all of {table} is copied to the tablespace {tablespace}; nobody reads or writes meanwhile",
    safe: "pg_repack --table={table} --tablespace={tablespace} -- copies while others work",
    source: manual::PG_ALTER_TABLE,
    proof: Proof::Manual,
    finds: &["ALTER TABLE t SET TABLESPACE fast;", "ALTER INDEX i SET TABLESPACE fast;"],
    passes: &["ALTER TABLE t SET SCHEMA fast;"],
    find: |scene, hits| {
        for (alter, operation) in scene.operations() {
            if let AlterOp::SetTablespace { tablespace } = operation {
                hits.on(&alter.name).fill("tablespace", quoted(tablespace, scene.dialect()));
            }
        }
        for action in scene.actions() {
            let Action::AlterIndex { name, what, .. } = action else { continue };
            let upper = what.trim().to_ascii_uppercase();
            if let Some(tablespace) = upper.strip_prefix("SET TABLESPACE ") {
                hits.on_some(super::indexes::table_of(name, scene).as_ref())
                    .says("all of an index is copied to the tablespace {tablespace}; whoever plans with it waits")
                    .safe("REINDEX (TABLESPACE {tablespace}) INDEX CONCURRENTLY {name}; -- from PostgreSQL 14 on, outside of a transaction")
                    .fill("name", crate::analyze::sql::hit::quoted_name(name, scene.dialect()))
                    .fill("tablespace", super::first_words(&tablespace.to_lowercase()));
            }
        }
    },
    ..REWRITE
};

pub(super) static SET_ACCESS_METHOD: Rule = Rule {
    id: "database/set-access-method",
    title: "A table changes its access method",
    what: "Every row is written anew in the other access method's form, under an ACCESS EXCLUSIVE lock.",
    says: "{table} is written anew in another form; nobody reads or writes meanwhile",
    safe: "-- fill a table of the other access method in batches and put it in the place of {table} by two renames in one transaction",
    source: manual::PG_ALTER_TABLE,
    proof: Proof::Manual,
    finds: &["ALTER TABLE t SET ACCESS METHOD columnar;"],
    passes: &["ALTER TABLE t SET (fillfactor = 70);"],
    find: |scene, hits| {
        for (alter, _) in scene.operations().filter(|(_, operation)| matches!(operation, AlterOp::SetAccessMethod)) {
            hits.on(&alter.name);
        }
    },
    ..REWRITE
};

pub(super) static CLUSTER: Rule = Rule {
    id: "database/cluster",
    title: "`CLUSTER` writes a table anew",
    what: "`CLUSTER` writes the table in the order of an index under an ACCESS EXCLUSIVE lock, and needs as much space again.",
    says: "{table} is written anew in the order of an index; nobody reads or writes meanwhile",
    safe: "pg_repack --table={table} --order-by=<columns> -- sorts while others work",
    source: "PostgreSQL manual, CLUSTER: https://www.postgresql.org/docs/current/sql-cluster.html",
    squawk: &["prefer-repack"],
    finds: &["CLUSTER t USING i;"],
    passes: &["ALTER TABLE t CLUSTER ON i;", "CREATE TABLE t (a int PRIMARY KEY); CLUSTER t USING t_pkey;"],
    find: |scene, hits| {
        for action in scene.actions() {
            if let Action::Cluster { table, .. } = action {
                let hit = hits.on_some(table.as_ref());
                if table.is_none() {
                    hit.says("every table that was clustered once is written anew, one after the other; nobody reads or writes it meanwhile")
                        .safe("pg_repack --order-by=<columns> --table=<table>, table by table -- sorts while others work");
                }
            }
        }
    },
    ..REWRITE
};

pub(super) static VACUUM_FULL: Rule = Rule {
    id: "database/vacuum-full",
    title: "`VACUUM FULL` writes a table anew",
    what: "`VACUUM FULL` writes the table and its indexes anew under an ACCESS EXCLUSIVE lock, and needs as much space again. A plain \
           `VACUUM` does not, and lets others work.",
    says: "{table} is written anew; nobody reads or writes meanwhile",
    safe: "VACUUM (ANALYZE) {table}; -- or, to give space back while others work: pg_repack --table={table}",
    source: "PostgreSQL manual, 25.1.2 Recovering Disk Space: https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-SPACE-RECOVERY",
    squawk: &["prefer-repack"],
    finds: &["VACUUM FULL t;", "VACUUM (FULL, ANALYZE) t;"],
    passes: &["VACUUM (ANALYZE) t;"],
    find: |scene, hits| {
        for action in scene.actions() {
            if let Action::Vacuum { table, full: true } = action {
                let hit = hits.on_some(table.as_ref());
                if table.is_none() {
                    hit.says(
                        "every table of the database is written anew, one after the other; nobody reads or writes it meanwhile",
                    )
                    .safe("VACUUM (ANALYZE);");
                }
            }
        }
    },
    ..REWRITE
};

pub(super) static DOMAIN_CONSTRAINT: Rule = Rule {
    id: "database/domain-constraint-scans",
    title: "A constraint of a domain looks at every table that uses it",
    class: RiskClass::Lock,
    severity: Severity::High,
    what: "`ALTER DOMAIN .. ADD CONSTRAINT` and `SET NOT NULL` read every table with a column of the domain, and hold a SHARE lock on \
           each of them until the transaction ends: writes wait.",
    lock: Some("SHARE"),
    blocks: Blocks::Writes,
    rewrites: false,
    weighed_by_size: false,
    harmless: "The same change creates the domain, or the constraint is NOT VALID.",
    says: "writes to every table with a column of the domain {name} wait until all of them have been read",
    safe: "ALTER DOMAIN {name} ADD CONSTRAINT {name}_check CHECK (<condition>) NOT VALID;\n\
           -- in a transaction of its own:\n\
           ALTER DOMAIN {name} VALIDATE CONSTRAINT {name}_check;",
    source: "PostgreSQL manual, ALTER DOMAIN: https://www.postgresql.org/docs/current/sql-alterdomain.html",
    squawk: &["ban-alter-domain-with-add-constraint"],
    finds: &["ALTER DOMAIN d ADD CONSTRAINT c CHECK (value > 0);", "ALTER DOMAIN d SET NOT NULL;"],
    passes: &["ALTER DOMAIN d ADD CONSTRAINT c CHECK (value > 0) NOT VALID;", "ALTER DOMAIN d DROP CONSTRAINT c;"],
    find: |scene, hits| {
        for action in scene.actions() {
            let Action::AlterType { name, domain: true, what, not_valid } = action else { continue };
            let what = what.to_ascii_uppercase();
            if (what.contains("ADD") || what.contains("SET NOT NULL")) && !not_valid {
                hits.plain()
                    .fill("name", super::first_words(&name.to_string()))
                    .harmless_if(scene.state.makes("type", &name.name), "the same change creates the domain");
            }
        }
    },
    ..REWRITE
};

pub(super) static DOMAIN_COLUMN: Rule = Rule {
    id: "database/add-domain-column",
    title: "A new column of a domain with a condition writes the table anew",
    what: "PostgreSQL checks the value of a new column against the conditions of its domain row by row, even where it is the same for all, \
           or null: the table and its indexes are written anew under an ACCESS EXCLUSIVE lock. A condition that is NOT VALID counts too.",
    harmless: "The domain has no condition, as far as the change and the migrations of the base tell; the table is created in the same \
               change, or small.",
    says: "{table} and its indexes are written anew to check {column} against the domain {type}; nobody reads or writes meanwhile",
    safe: "ALTER TABLE {table} ADD COLUMN {column} <the type that the domain is of>;\n\
           ALTER TABLE {table} ADD CONSTRAINT {check} CHECK (<the condition of the domain>) NOT VALID;\n\
           -- in a transaction of its own:\n\
           ALTER TABLE {table} VALIDATE CONSTRAINT {check};",
    source: manual::PG_ALTER_NOTES,
    finds: &[
        "CREATE DOMAIN d AS int CHECK (value > 0); ALTER TABLE t ADD COLUMN a d;",
        "CREATE DOMAIN d AS int NOT NULL; ALTER TABLE t ADD COLUMN a d DEFAULT 4;",
        "CREATE DOMAIN d AS int; ALTER DOMAIN d ADD CONSTRAINT c CHECK (value > 0) NOT VALID; ALTER TABLE t ADD COLUMN a d;",
        "CREATE DOMAIN d AS int CHECK (value > 0); CREATE DOMAIN e AS d; ALTER TABLE t ADD COLUMN a e;",
        "CREATE DOMAIN app.d AS int CHECK (value > 0); ALTER TABLE t ADD COLUMN a app.d;",
    ],
    passes: &[
        "CREATE DOMAIN d AS int; ALTER TABLE t ADD COLUMN a d;",
        "CREATE DOMAIN d AS int CHECK (value > 0); ALTER TABLE t ADD COLUMN a d[];",
        "CREATE DOMAIN d AS int CHECK (value > 0); CREATE TABLE t (b int); ALTER TABLE t ADD COLUMN a d;",
        "CREATE DOMAIN d AS int CHECK (value > 0); ALTER TABLE t ADD COLUMN a int;",
    ],
    find: |scene, hits| {
        for (alter, column) in scene.added_columns() {
            let Some(ty) = column.ty.as_ref().filter(|ty| scene.is_constrained_domain(ty)) else { continue };
            let check = quoted(&format!("{}_{}_check", alter.name.name, column.name), scene.dialect());
            hits.on(&alter.name).column(&column.name).fill("type", types::show(ty)).fill("check", check);
        }
    },
    ..REWRITE
};

pub(super) static COMPOSITE_CHANGED: Rule = Rule {
    id: "database/composite-type-changed",
    title: "A composite type changes under the tables that use it",
    class: RiskClass::Compatibility,
    severity: Severity::Medium,
    what: "`ALTER TYPE .. ADD, DROP or ALTER ATTRIBUTE` changes what every reader of the type gets; with `CASCADE` the typed tables change \
           too, under an ACCESS EXCLUSIVE lock.",
    rewrites: false,
    scans: false,
    weighed_by_size: false,
    harmless: "The same change creates the type.",
    says: "the running version does not expect the changed attributes of the type {name}",
    safe: "Create a new type beside {name}, move its users to it, and drop the old one in a later change",
    source: "PostgreSQL manual, ALTER TYPE: https://www.postgresql.org/docs/current/sql-altertype.html",
    proof: Proof::Reason,
    squawk: &["ban-add-composite-attribute"],
    finds: &["ALTER TYPE c ADD ATTRIBUTE a int CASCADE;"],
    passes: &["ALTER TYPE c OWNER TO app;"],
    find: |scene, hits| {
        for action in scene.actions() {
            let Action::AlterType { name, domain: false, what, .. } = action else { continue };
            if what.to_ascii_uppercase().contains("ATTRIBUTE") {
                hits.plain()
                    .fill("name", super::first_words(&name.to_string()))
                    .harmless_if(scene.state.makes("type", &name.name), "the same change creates the type");
            }
        }
    },
    ..REWRITE
};

pub(super) static DROP_EXPRESSION: Rule = Rule {
    id: "database/generated-column-changed",
    title: "A column gets its values in another way",
    class: RiskClass::Compatibility,
    severity: Severity::Medium,
    what: "After `DROP EXPRESSION` or `DROP IDENTITY` the server no longer gives the column its value: the running version, which gives \
           none, writes nulls or fails. After `ADD GENERATED ALWAYS` or `SET GENERATED ALWAYS` it refuses the value that the running version gives; \
           a counter that is set back gives numbers that are there.",
    lock: Some("ACCESS EXCLUSIVE"),
    blocks: Blocks::Everything,
    rewrites: false,
    scans: false,
    weighed_by_size: false,
    harmless: "The same change creates the table or adds the column.",
    says: "{column} of {table} gets its values in another way than the running version expects ({how})",
    safe: "-- first release a version that works with both ways; then, in a later change, this statement",
    source: manual::PG_ALTER_TABLE,
    squawk: &["ban-drop-generated-expression", "ban-alter-generated-expression", "ban-alter-identity"],
    finds: &[
        "ALTER TABLE t ALTER COLUMN a DROP EXPRESSION;",
        "ALTER TABLE t ALTER COLUMN a DROP IDENTITY;",
        "ALTER TABLE t ALTER COLUMN a SET GENERATED ALWAYS;",
    ],
    passes: &["ALTER TABLE t ALTER COLUMN a SET STATISTICS 100;"],
    find: |scene, hits| {
        for (alter, operation) in scene.operations() {
            let (column, how) = match operation {
                AlterOp::DropExpression { column } => (column, "DROP EXPRESSION".to_owned()),
                AlterOp::DropIdentity { column } => (column, "DROP IDENTITY".to_owned()),
                AlterOp::AddIdentity { column } => (column, "ADD GENERATED".to_owned()),
                AlterOp::ColumnOption { column, what } => {
                    let upper = what.to_ascii_uppercase();
                    let counts =
                        ["SET GENERATED", "RESTART", "SET START", "SET INCREMENT", "SET MAXVALUE", "SET MINVALUE", "SET CYCLE"];
                    if !counts.iter().any(|word| upper.starts_with(word)) {
                        continue;
                    }
                    (column, upper)
                }
                _ => continue,
            };
            hits.on(&alter.name)
                .column(column)
                .fill("how", super::first_words(&how))
                .harmless_if(scene.state.adds_column(&alter.name, column), "the same change adds the column");
        }
    },
    ..REWRITE
};
