//! Constraints that go, and restrictions that the running version does not know.

use super::manual;
use crate::analyze::sql::hit::quoted;
use crate::analyze::sql::rule::{ALL, MYSQL, POSTGRES, Proof, RULE, Rule, SERVERS, SQLITE, Variant};
use crate::evidence::sql::{Action, AlterOp, ConstraintKind, DefaultKind};
use crate::facts::{Blocks, RiskClass, Severity, SqlDialect};

pub(super) static EXCLUSION: Rule = Rule {
    id: "database/exclusion-constraint",
    title: "An exclusion constraint builds its index under an ACCESS EXCLUSIVE lock",
    class: RiskClass::Lock,
    severity: Severity::High,
    dialects: POSTGRES,
    what: "`ADD CONSTRAINT .. EXCLUDE` builds an index and compares every row with every other under an ACCESS EXCLUSIVE lock. It knows \
           neither NOT VALID nor USING INDEX: there is no lighter way.",
    lock: Some("ACCESS EXCLUSIVE"),
    blocks: Blocks::Everything,
    scans: true,
    weighed_by_size: true,
    harmless: "The table is created in the same change, or small.",
    says: "nobody reads or writes {table} until every row has been compared with every other",
    safe: "-- make a new table with the constraint, fill it in batches, and put it in the place of {table} by two renames in one transaction",
    source: manual::PG_ALTER_TABLE,
    proof: Proof::Server,
    finds: &["ALTER TABLE t ADD CONSTRAINT e EXCLUDE USING gist (r WITH &&);"],
    passes: &["CREATE TABLE t (r int4range, EXCLUDE USING gist (r WITH &&));"],
    find: |scene, hits| {
        for (alter, constraint) in super::constraints::added(scene) {
            if matches!(constraint.kind, ConstraintKind::Exclude) {
                hits.on(&alter.name);
            }
        }
    },
    ..RULE
};

pub(super) static NEW_RESTRICTION: Rule = Rule {
    id: "database/new-restriction",
    title: "The running version may write what is refused from now on",
    class: RiskClass::Compatibility,
    severity: Severity::Low,
    dialects: SERVERS,
    what: "A new NOT NULL, CHECK, UNIQUE or FOREIGN KEY, NOT VALID ones too, refuses rows from the moment it is there. The version that runs \
           while the change is rolled out was written without it.",
    harmless: "The table is created in the same change, or the column is added in it.",
    says: "{what} on {table} refuses what the running version may write",
    safe: "-- first release a version that keeps to the rule; count the rows that break it; then, in a later change, add it",
    source: manual::PG_ALTER_TABLE,
    variants: &[Variant {
        dialects: MYSQL,
        lock: None,
        safe: "-- first release a version that keeps to the rule; count the rows that break it; then, in a later change, add it",
        source: "MySQL 8.0 Reference Manual, 1.6.3 How MySQL Deals with Constraints: https://dev.mysql.com/doc/refman/8.0/en/constraints.html",
    }],
    proof: Proof::Reason,
    squawk: &["ban-new-write-restriction"],
    finds: &["ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID;", "ALTER TABLE t ALTER COLUMN a SET NOT NULL;"],
    passes: &[
        "ALTER TABLE t ADD COLUMN a int DEFAULT 1; ALTER TABLE t ALTER COLUMN a SET NOT NULL;",
        "ALTER TABLE t ADD CONSTRAINT u UNIQUE USING INDEX i;",
    ],
    find: |scene, hits| {
        for (alter, operation) in scene.operations() {
            let (what, columns): (&str, Vec<String>) = match operation {
                AlterOp::SetNotNull { column } => ("NOT NULL", vec![column.clone()]),
                AlterOp::AddConstraint(constraint) => match &constraint.kind {
                    ConstraintKind::Check { .. } => ("the check", Vec::new()),
                    ConstraintKind::Unique { columns, using_index: None } => ("the unique constraint", columns.clone()),
                    ConstraintKind::ForeignKey { columns, .. } => ("the foreign key", columns.clone()),
                    ConstraintKind::NotNull { column } => ("NOT NULL", vec![column.clone()]),
                    ConstraintKind::Exclude => ("the exclusion constraint", Vec::new()),
                    // The index has refused it since it was built.
                    ConstraintKind::Unique { .. } | ConstraintKind::PrimaryKey { .. } => continue,
                },
                _ => continue,
            };
            // A column that the running version does not know keeps its default, which fits if it is there.
            let here = |column: &String| {
                alter.operations.iter().find_map(|operation| match operation {
                    AlterOp::AddColumn { column: added, .. } if added.name == *column => Some(added.default.is_some()),
                    _ => None,
                })
            };
            let new = !columns.is_empty()
                && columns.iter().all(|column| here(column).is_some() || scene.state.adds_column(&alter.name, column));
            let given = columns.iter().all(|column| {
                here(column) == Some(true) || scene.state.column(&alter.name, column).is_some_and(|column| column.has_default)
            });
            let hit = hits.on(&alter.name).fill("what", what);
            if let [column] = columns.as_slice() {
                hit.column(column);
                let already = scene.state.column(&alter.name, column).is_none()
                    && scene
                        .record(&alter.name)
                        .is_some_and(|record| record.columns.iter().any(|known| known.name == *column && !known.nullable));
                hit.harmless_if(what == "NOT NULL" && already, "the statistics show that the column is NOT NULL already");
            }
            hit.harmless_if(
                new && (given || what != "NOT NULL"),
                "the same change adds the column, and the running version does not write it",
            );
            if new && !given && what == "NOT NULL" {
                hit.severity(Severity::High)
                    .says("every INSERT of the running version fails: it does not know {column} of {table}, which is NOT NULL");
            }
        }
    },
    ..RULE
};

pub(super) static DROP_CONSTRAINT: Rule = Rule {
    id: "database/drop-constraint",
    title: "A constraint is dropped",
    class: RiskClass::DataLoss,
    severity: Severity::Medium,
    dialects: SERVERS,
    what: "From now on rows may be written that the constraint kept out; to add it again every row has to be looked at, and those that break \
           it have to be mended. Dropping a foreign key locks both tables for a moment.",
    lock: Some("ACCESS EXCLUSIVE"),
    blocks: Blocks::Everything,
    harmless: "The same change adds the constraint, or adds it again in another form.",
    says: "{name} of {table} no longer keeps rows out that break it",
    safe: "-- add the new constraint NOT VALID and validate it before the old one goes",
    source: manual::PG_ALTER_TABLE,
    variants: &[Variant {
        dialects: MYSQL,
        lock: Some("exclusive metadata lock"),
        safe: "-- add the new constraint before the old one goes",
        source: manual::MYSQL_ONLINE_DDL,
    }],
    proof: Proof::Server,
    squawk: &["ban-drop-constraint"],
    finds: &["ALTER TABLE t DROP CONSTRAINT c;"],
    passes: &[
        "ALTER TABLE t ADD CONSTRAINT c CHECK (a IS NOT NULL) NOT VALID; ALTER TABLE t DROP CONSTRAINT c;",
        "ALTER TABLE t DROP CONSTRAINT c, ADD CONSTRAINT c CHECK (a > 1) NOT VALID;",
    ],
    find: |scene, hits| {
        for (alter, operation) in scene.operations() {
            let (AlterOp::DropConstraint { name, .. } | AlterOp::DropForeignKey { name }) = operation else { continue };
            let known = scene.state.table(&alter.name).and_then(|table| table.constraints.get(name));
            let again = alter.operations.iter().any(|other| match other {
                AlterOp::AddConstraint(constraint) => constraint.name.as_deref() == Some(name) || known.is_some(),
                _ => false,
            });
            hits.on(&alter.name)
                .fill("name", quoted(name, scene.dialect()))
                .harmless_if(known.is_some(), "the same change adds the constraint")
                .harmless_if(again, "the same statement adds it again in another form");
        }
    },
    ..RULE
};

pub(super) static DROP_NOT_NULL: Rule = Rule {
    id: "database/drop-not-null",
    title: "A column may be null from now on",
    class: RiskClass::Compatibility,
    severity: Severity::Low,
    dialects: POSTGRES,
    what: "Readers of the running version do not expect a null, and fail at the first one that the new version writes.",
    lock: Some("ACCESS EXCLUSIVE"),
    blocks: Blocks::Everything,
    harmless: "The same change creates the table or adds the column.",
    says: "readers of the running version do not expect a null in {column} of {table}",
    safe: "-- first release a version that reads nulls; then, in a later change, this statement",
    source: manual::PG_ALTER_TABLE,
    proof: Proof::Server,
    squawk: &["ban-drop-not-null"],
    finds: &["ALTER TABLE t ALTER COLUMN a DROP NOT NULL;"],
    passes: &["CREATE TABLE t (a int NOT NULL); ALTER TABLE t ALTER COLUMN a DROP NOT NULL;"],
    find: |scene, hits| {
        for (alter, operation) in scene.operations() {
            if let AlterOp::DropNotNull { column } = operation {
                hits.on(&alter.name)
                    .column(column)
                    .harmless_if(scene.state.adds_column(&alter.name, column), "the same change adds the column");
            }
        }
    },
    ..RULE
};

pub(super) static DROP_DEFAULT: Rule = Rule {
    id: "database/drop-default",
    title: "A default is dropped or becomes another one",
    class: RiskClass::Compatibility,
    severity: Severity::Low,
    dialects: SERVERS,
    what: "The running version leaves the column out where it means the default: its rows get a null, another value, or an error.",
    lock: Some("ACCESS EXCLUSIVE"),
    blocks: Blocks::Everything,
    harmless: "The same change creates the table, or adds the column and lets it be null; the column has had no default before, by the \
               statistics.",
    says: "rows of the running version that leave {column} of {table} out get {now}",
    safe: "-- first release a version that writes {column} always; then, in a later change, this statement",
    source: manual::PG_ALTER_TABLE,
    variants: &[Variant {
        dialects: MYSQL,
        lock: Some("exclusive metadata lock"),
        safe: "-- first release a version that writes {column} always; then, in a later change, this statement",
        source: manual::MYSQL_ONLINE_DDL,
    }],
    proof: Proof::Server,
    squawk: &["ban-drop-default", "ban-set-default"],
    finds: &[
        "ALTER TABLE t ALTER COLUMN a DROP DEFAULT;",
        "ALTER TABLE t ALTER COLUMN a SET DEFAULT 4;",
        "ALTER TABLE t ADD COLUMN a int DEFAULT 3 NOT NULL; ALTER TABLE t ALTER COLUMN a DROP DEFAULT;",
    ],
    passes: &["ALTER TABLE t ADD COLUMN a int DEFAULT 3; ALTER TABLE t ALTER COLUMN a DROP DEFAULT;"],
    find: |scene, hits| {
        for (alter, operation) in scene.operations() {
            let (column, now) = match operation {
                AlterOp::DropDefault { column } => (column, "none"),
                AlterOp::SetDefault { column, default } if default.kind == DefaultKind::Null => (column, "a null"),
                AlterOp::SetDefault { column, .. } => (column, "another value"),
                _ => continue,
            };
            let none = scene.record(&alter.name).is_some_and(|record| {
                record.columns.iter().any(|known| known.name == *column && !known.has_default && known.nullable)
            });
            let hit = hits.on(&alter.name).column(column).fill("now", now);
            // Its default is what the rows of a version that does not know the column live by.
            let state = scene.state.column(&alter.name, column);
            if now == "none" && state.is_some_and(|state| state.added && state.not_null) {
                hit.severity(Severity::High)
                    .says("{column} of {table} is NOT NULL and loses the default that it was added with: every INSERT of the running version, which does not know it, fails")
                    .safe("-- keep the default until no version runs that does not know {column}; then, in a later change, this statement");
                continue;
            }
            hit.harmless_if(scene.state.adds_column(&alter.name, column), "the same change adds the column");
            if now == "another value" {
                hit.severity(Severity::Note).harmless_if(none, "the column has had no default, and takes nulls");
            }
        }
    },
    ..RULE
};

pub(super) static DROP_PRIMARY_KEY: Rule = Rule {
    id: "database/drop-primary-key",
    title: "A primary key is dropped",
    class: RiskClass::Replication,
    severity: Severity::High,
    dialects: POSTGRES,
    what: "Without a primary key logical replication refuses UPDATE and DELETE on the table, rows can double, and foreign keys that refer to \
           it go with `CASCADE`.",
    lock: Some("ACCESS EXCLUSIVE"),
    blocks: Blocks::Everything,
    harmless: "The same statement adds another one; the table is created in the same change.",
    says: "{table} has no primary key from now on: replication cannot tell its rows apart",
    safe: "CREATE UNIQUE INDEX CONCURRENTLY new_pkey ON {table} (<columns>); -- outside of a transaction\n\
           ALTER TABLE {table} DROP CONSTRAINT {name}, ADD CONSTRAINT {name} PRIMARY KEY USING INDEX new_pkey;",
    source: "PostgreSQL manual, 31.1 Publication: https://www.postgresql.org/docs/current/logical-replication-publication.html",
    proof: Proof::Reason,
    finds: &["ALTER TABLE t DROP CONSTRAINT t_pkey;"],
    passes: &[
        "ALTER TABLE t DROP CONSTRAINT t_pkey, ADD CONSTRAINT t_pkey PRIMARY KEY USING INDEX i;",
        "ALTER TABLE t DROP CONSTRAINT c;",
    ],
    find: |scene, hits| {
        for (alter, operation) in scene.operations() {
            let AlterOp::DropConstraint { name, .. } = operation else { continue };
            let known = scene
                .record(&alter.name)
                .is_some_and(|record| record.indexes.iter().any(|index| index.primary && index.name == *name));
            let called = name.eq_ignore_ascii_case(&format!("{}_pkey", alter.name.name));
            let again = alter.operations.iter().any(|other| {
                matches!(other, AlterOp::AddConstraint(constraint) if matches!(constraint.kind, ConstraintKind::PrimaryKey { .. }))
            });
            if (known || called) && !again {
                hits.on(&alter.name).fill("name", quoted(name, scene.dialect()));
            }
        }
    },
    ..RULE
};

pub(super) static NO_PRIMARY_KEY: Rule = Rule {
    id: "database/no-primary-key",
    title: "A new table has no primary key",
    class: RiskClass::Replication,
    severity: Severity::Medium,
    dialects: ALL,
    what: "Without a primary key a replica of MySQL reads the whole table for every row that changes, Group Replication and Galera refuse or \
           break on it, PostgreSQL's logical replication refuses UPDATE and DELETE, and a wrong row cannot be named to correct it.",
    spares_new: false,
    harmless: "It is a temporary table, a partition, or one that takes the key over from another table.",
    says: "{table} has no primary key",
    safe: "id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
    source: "PostgreSQL manual, 5.5.4 Primary Keys: https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-PRIMARY-KEYS",
    variants: &[
        Variant {
            dialects: MYSQL,
            lock: None,
            safe: "id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY",
            source: "MySQL 8.0 Reference Manual, 7.1.8 Server System Variables, sql_require_primary_key: https://dev.mysql.com/doc/refman/8.0/en/server-system-variables.html#sysvar_sql_require_primary_key",
        },
        Variant {
            dialects: SQLITE,
            lock: None,
            safe: "id INTEGER PRIMARY KEY",
            source: "SQLite, CREATE TABLE, The PRIMARY KEY: https://www.sqlite.org/lang_createtable.html#the_primary_key",
        },
    ],
    proof: Proof::Reason,
    finds: &["CREATE TABLE t (a int);", "CREATE TABLE t AS SELECT * FROM o;"],
    passes: &[
        "CREATE TABLE t (a int PRIMARY KEY);",
        "CREATE TABLE t (a int, b int, PRIMARY KEY (a, b));",
        "CREATE TEMPORARY TABLE t (a int);",
        "CREATE TABLE t PARTITION OF p FOR VALUES FROM (1) TO (9);",
        "CREATE TABLE t (a int); ALTER TABLE t ADD PRIMARY KEY (a);",
    ],
    find: |scene, hits| {
        for create in scene.created_tables() {
            let Some(name) = &create.name else { continue };
            let keyed = create.definition.columns.iter().any(|column| column.primary_key)
                || create
                    .definition
                    .constraints
                    .iter()
                    .any(|constraint| matches!(constraint.kind, ConstraintKind::PrimaryKey { .. }));
            // MySQL's LIKE takes the keys over; PostgreSQL's does with INCLUDING ALL or INDEXES.
            let text = || scene.statement.text.to_ascii_uppercase();
            let taken = create.partition_of.is_some()
                || (create.like.is_some()
                    && (scene.dialect().is_mysql() || text().contains("INCLUDING ALL") || text().contains("INCLUDING INDEXES")));
            if keyed || create.temporary || taken || scene.keyed_later(name) {
                continue;
            }
            // What stands there already is not created.
            if create.if_not_exists && scene.record(name).is_some() {
                continue;
            }
            hits.on(name);
        }
    },
    ..RULE
};

pub(super) static ALTER_CONSTRAINT: Rule = Rule {
    id: "database/constraint-deferrable",
    title: "A constraint is checked at another moment",
    class: RiskClass::Compatibility,
    severity: Severity::Low,
    dialects: POSTGRES,
    what: "A constraint that becomes DEFERRABLE INITIALLY DEFERRED fails at COMMIT and no longer at the statement: the running version does \
           not expect an error there, and a deferrable key serves neither ON CONFLICT nor a foreign key.",
    lock: Some("ACCESS EXCLUSIVE"),
    blocks: Blocks::Everything,
    harmless: "The same change adds the constraint.",
    says: "{name} of {table} is checked at another moment from now on",
    safe: "SET CONSTRAINTS {name} DEFERRED; -- in the transaction that needs it, for a constraint that is DEFERRABLE INITIALLY IMMEDIATE",
    source: "PostgreSQL manual, SET CONSTRAINTS: https://www.postgresql.org/docs/current/sql-set-constraints.html",
    proof: Proof::Reason,
    finds: &["ALTER TABLE t ALTER CONSTRAINT c DEFERRABLE INITIALLY DEFERRED;"],
    passes: &["ALTER TABLE t RENAME CONSTRAINT c TO d;"],
    find: |scene, hits| {
        for (alter, operation) in scene.operations() {
            if let AlterOp::AlterConstraint { name, .. } = operation {
                let here = scene.state.table(&alter.name).is_some_and(|table| table.constraints.contains_key(name));
                hits.on(&alter.name)
                    .fill("name", quoted(name, scene.dialect()))
                    .harmless_if(here, "the same change adds the constraint");
            }
        }
    },
    ..RULE
};

pub(super) static REFERENCED_COLUMN: Rule = Rule {
    id: "database/referenced-column-dropped",
    title: "A column goes that a key refers to",
    class: RiskClass::Failure,
    severity: Severity::High,
    dialects: &[SqlDialect::Mysql, SqlDialect::Mariadb],
    what: "MySQL and MariaDB refuse to drop a column that a foreign key needs, on either side: the migration fails, and what ran before it \
           stays.",
    harmless: "The foreign key is dropped before, in the same statement.",
    says: "the foreign key {key} needs {column} of {table}",
    safe: "ALTER TABLE <the table with the key> DROP FOREIGN KEY {key}; -- first",
    source: "MySQL 8.0 Reference Manual, 15.1.9 ALTER TABLE, Adding and Dropping Columns: https://dev.mysql.com/doc/refman/8.0/en/alter-table.html#alter-table-add-drop-column",
    proof: Proof::Server,
    finds: &[],
    passes: &["ALTER TABLE t DROP COLUMN a;"],
    find: |scene, hits| {
        for (alter, operation) in scene.operations() {
            let AlterOp::DropColumn { column, .. } = operation else { continue };
            let Some(record) = scene.record(&alter.name) else { continue };
            let own = record.foreign_keys.iter().find(|key| key.columns.iter().any(|name| name.eq_ignore_ascii_case(column)));
            let other = scene
                .sizes
                .referencing(&alter.name)
                .find(|(_, key)| key.to_columns.iter().any(|name| name.eq_ignore_ascii_case(column)))
                .map(|(_, key)| key);
            if let Some(key) = own.or(other) {
                let dropped = scene.state.drops_foreign_key(&key.name)
                    || alter
                        .operations
                        .iter()
                        .any(|op| matches!(op, AlterOp::DropForeignKey { name } if name.eq_ignore_ascii_case(&key.name)));
                hits.on(&alter.name)
                    .column(column)
                    .fill("key", quoted(&key.name, scene.dialect()))
                    .harmless_if(dropped, "the change drops the foreign key first");
            }
        }
    },
    ..RULE
};

pub(super) static TRIGGER_OFF: Rule = Rule {
    id: "database/trigger-disabled",
    title: "A trigger is switched off",
    class: RiskClass::DataLoss,
    severity: Severity::High,
    dialects: POSTGRES,
    what: "What the trigger keeps true is no longer kept, for the application's writes too. `DISABLE TRIGGER ALL` switches foreign keys off with \
           the others, and nobody looks at the rows when it is switched on again.",
    lock: Some("SHARE ROW EXCLUSIVE"),
    blocks: Blocks::Writes,
    harmless: "The same change creates the table.",
    says: "the trigger {name} of {table} is switched off, for everybody",
    safe: "-- leave it on; let the trigger's function look at a setting of the session: current_setting('app.skip', true)",
    source: manual::PG_ALTER_TABLE,
    proof: Proof::Server,
    squawk: &["ban-disable-trigger"],
    finds: &["ALTER TABLE t DISABLE TRIGGER ALL;", "ALTER TABLE t DISABLE TRIGGER g;"],
    passes: &["ALTER TABLE t ENABLE TRIGGER g;"],
    find: |scene, hits| {
        for (alter, operation) in scene.operations() {
            if let AlterOp::Trigger { enable: false, name } = operation {
                hits.on(&alter.name).fill("name", super::first_words(name));
            }
        }
    },
    ..RULE
};

pub(super) static REPLICA_IDENTITY: Rule = Rule {
    id: "database/replica-identity",
    title: "Replication tells rows apart by something else",
    class: RiskClass::Replication,
    severity: Severity::Medium,
    dialects: POSTGRES,
    what: "`REPLICA IDENTITY FULL` writes the whole old row into the log for every UPDATE and DELETE, and subscribers look for it without an \
           index; `NOTHING` makes them fail. Readers of changes get other keys from one moment to the next.",
    lock: Some("ACCESS EXCLUSIVE"),
    blocks: Blocks::Everything,
    harmless: "The same change creates the table.",
    says: "subscribers tell the rows of {table} apart by {what} from now on",
    safe: "ALTER TABLE {table} REPLICA IDENTITY DEFAULT; -- the primary key; tell the readers of changes before",
    source: "PostgreSQL manual, 31.1 Publication: https://www.postgresql.org/docs/current/logical-replication-publication.html",
    proof: Proof::Server,
    squawk: &["ban-replica-identity"],
    finds: &["ALTER TABLE t REPLICA IDENTITY FULL;"],
    passes: &["CREATE TABLE t (a int); ALTER TABLE t REPLICA IDENTITY FULL;"],
    find: |scene, hits| {
        for (alter, operation) in scene.operations() {
            if let AlterOp::ReplicaIdentity { what } = operation {
                hits.on(&alter.name).fill("what", super::first_words(what));
            }
        }
    },
    ..RULE
};

pub(super) static UNLOGGED: Rule = Rule {
    id: "database/unlogged-table",
    title: "A table that a crash empties",
    class: RiskClass::DataLoss,
    severity: Severity::Medium,
    dialects: POSTGRES,
    what: "An UNLOGGED table is empty after a crash, and always empty on replicas, so that a switch-over empties it too.",
    spares_new: false,
    harmless: "What stands in it can be made again.",
    says: "{table} is empty after a crash, and on every replica",
    safe: "CREATE TABLE {table} (..); -- logged",
    source: "PostgreSQL manual, CREATE TABLE, UNLOGGED: https://www.postgresql.org/docs/current/sql-createtable.html#SQL-CREATETABLE-UNLOGGED",
    proof: Proof::Manual,
    finds: &["CREATE UNLOGGED TABLE t (a int PRIMARY KEY);", "ALTER TABLE t SET UNLOGGED;"],
    passes: &["CREATE TABLE t (a int PRIMARY KEY);"],
    find: |scene, hits| {
        for create in scene.created_tables().filter(|create| create.unlogged) {
            if let Some(name) = &create.name {
                hits.on(name);
            }
        }
        for (alter, operation) in scene.operations() {
            if matches!(operation, AlterOp::SetLogged { logged: false }) {
                hits.on(&alter.name);
            }
        }
    },
    ..RULE
};

pub(super) static SEQUENCE_VALUES: Rule = Rule {
    id: "database/sequence-values",
    title: "A sequence counts on from elsewhere",
    class: RiskClass::Failure,
    severity: Severity::Medium,
    dialects: POSTGRES,
    what: "A sequence that is set below the largest number in use gives numbers that are there: every INSERT fails until it has passed them. \
           A lower maximum, CYCLE or another step do so later. Nothing of it is taken back by a rollback once it is committed.",
    spares_new: false,
    harmless: "The same change creates the sequence, or the new value stands above every one in use.",
    says: "{name} counts on from another place: numbers that are in use may come again",
    safe: "SELECT setval('{name}', (SELECT max(<column>) FROM <table>)); -- as the last step, in the transaction that writes the rows",
    source: "PostgreSQL manual, ALTER SEQUENCE: https://www.postgresql.org/docs/current/sql-altersequence.html",
    proof: Proof::Reason,
    squawk: &["ban-alter-sequence-values"],
    finds: &["ALTER SEQUENCE s RESTART WITH 1;", "SELECT setval('s', 1);", "WITH a AS (SELECT setval('s', 1)) SELECT * FROM a;"],
    passes: &[
        "CREATE SEQUENCE s; ALTER SEQUENCE s RESTART WITH 100;",
        "ALTER SEQUENCE s OWNED BY t.a;",
        "ALTER SEQUENCE s CACHE 50;",
    ],
    find: |scene, hits| {
        for action in scene.actions() {
            if let Action::AlterSequence { name, what } = action {
                let upper = what.to_ascii_uppercase();
                if ["RESTART", "MAXVALUE", "MINVALUE", "CYCLE", "INCREMENT", "START", "AS "]
                    .iter()
                    .any(|word| upper.contains(word))
                    && !upper.trim_start().starts_with("RENAME")
                    && !upper.contains("NO CYCLE")
                    && !upper.contains("NO MAXVALUE")
                {
                    hits.plain()
                        .fill("name", super::first_words(&name.to_string()))
                        .harmless_if(scene.state.makes("sequence", &name.name), "the same change creates the sequence");
                }
            }
        }
        if scene.statement.calls.iter().any(|call| call == "setval") {
            // A maximum that is read from the table is above every number in use.
            let safe = scene.statement.calls.iter().any(|call| call == "max");
            hits.plain().fill("name", "the sequence").harmless_if(safe, "the value is read from the rows that are there");
        }
    },
    ..RULE
};
