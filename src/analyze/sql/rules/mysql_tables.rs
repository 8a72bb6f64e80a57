//! Tables in MySQL and MariaDB: what copies them, what writes them anew, what keeps replicas behind.

use super::manual;
use super::mysql_columns::{COPIES, REBUILDS};
use crate::analyze::sql::hit::{quoted, quoted_list};
use crate::analyze::sql::rule::{MYSQL, ONLY_MARIADB, Pack, Proof, RULE, Rule, Variant};
use crate::analyze::sql::scene::Scene;
use crate::evidence::sql::{Action, AlterOp, ConstraintKind};
use crate::facts::{Blocks, RiskClass, Severity, SqlDialect};

/// The words of a variant for MariaDB where only the manual is another one.
const fn mariadb(safe: &'static str, source: &'static str) -> Variant {
    Variant { dialects: ONLY_MARIADB, lock: Some("SHARED"), safe, source }
}

pub(super) static CONVERT_CHARSET: Rule = Rule {
    id: "database/convert-charset",
    title: "A table is converted to another character set",
    what: "`CONVERT TO CHARACTER SET` copies the table and writes every text anew; writes wait. Indexes may become too long, texts may \
           become larger types, comparisons follow the new collation, and joins with tables of the old one lose their indexes.",
    says: "{table} is copied into the character set {charset}; writes wait until it is done",
    harmless: "The table is created in the same change, or small; MariaDB reads `utf8mb3` as `utf8mb4` without a copy.",
    finds: &["ALTER TABLE t CONVERT TO CHARACTER SET utf8mb4;"],
    passes: &["ALTER TABLE t DEFAULT CHARACTER SET utf8mb4;"],
    find: |scene, hits| {
        for (alter, operation) in scene.operations() {
            let AlterOp::ConvertCharset { charset, collation } = operation else { continue };
            let charset = charset.as_deref().or(collation.as_deref()).unwrap_or("DEFAULT");
            let was = scene.record(&alter.name).and_then(|record| record.collation.clone()).unwrap_or_default();
            let all = scene.record(&alter.name).is_some_and(|record| {
                record.columns.iter().all(|column| {
                    column.collation.as_deref().is_none_or(|known| known.starts_with("utf8mb3") || known.starts_with("utf8_"))
                })
            });
            let in_place =
                scene.dialect() == SqlDialect::Mariadb && all && was.starts_with("utf8") && charset.starts_with("utf8mb4");
            hits.on(&alter.name)
                .fill("charset", super::first_words(charset))
                .fill("alter", format!("CONVERT TO CHARACTER SET {}", super::first_words(charset)))
                .harmless_if(in_place, "MariaDB reads the bytes of `utf8mb3` as `utf8mb4` without a copy");
        }
    },
    ..COPIES
};

pub(super) static ENGINE: Rule = Rule {
    id: "database/engine-change",
    title: "A table moves to another storage engine",
    what: "Every row is copied into the other engine while writes wait. Transactions, foreign keys, row locks and crash safety are those of \
           the other engine from then on.",
    says: "{table} is copied into the engine {engine}; writes wait until it is done",
    harmless: "The table has that engine already (then it is written anew in place, see `force-rebuild`); it is created in the same \
               change, or small.",
    finds: &["ALTER TABLE t ENGINE = Aria;"],
    passes: &["ALTER TABLE t COMMENT = 'x';", "CREATE TABLE t (a int) ENGINE = InnoDB;"],
    find: |scene, hits| {
        for (alter, operation) in scene.operations() {
            let AlterOp::Engine { engine } = operation else { continue };
            let known = scene.record(&alter.name).and_then(|record| record.engine.as_deref());
            // Without statistics, the engine that nearly every table has is taken for the table's own.
            let same = known.map_or(engine.eq_ignore_ascii_case("innodb"), |known| known.eq_ignore_ascii_case(engine));
            if !same {
                hits.on(&alter.name)
                    .fill("engine", super::first_words(engine))
                    .fill("alter", format!("ENGINE = {}", super::first_words(engine)));
            }
        }
    },
    source: "MySQL 8.0 Reference Manual, 15.1.9 ALTER TABLE, Table Options: https://dev.mysql.com/doc/refman/8.0/en/alter-table.html#alter-table-options",
    ..COPIES
};

pub(super) static MYISAM: Rule = Rule {
    id: "database/engine-without-transactions",
    title: "A table in an engine without transactions",
    class: RiskClass::DataLoss,
    severity: Severity::High,
    dialects: MYSQL,
    what: "MyISAM, Aria, MEMORY, CSV and ARCHIVE know no transactions: a rollback leaves half of the work, a crash loses or damages rows, a \
           write locks the whole table, and there are no foreign keys.",
    spares_new: false,
    harmless: "Never: what the table holds later matters.",
    says: "{table} is stored in {engine}: no rollback, no row locks, no safety in a crash",
    safe: "ENGINE = InnoDB",
    source: "MySQL 8.0 Reference Manual, 18 Alternative Storage Engines: https://dev.mysql.com/doc/refman/8.0/en/storage-engines.html",
    proof: Proof::Manual,
    finds: &["CREATE TABLE t (a int) ENGINE = MyISAM;", "ALTER TABLE t ENGINE = MEMORY;"],
    passes: &["CREATE TABLE t (a int) ENGINE = InnoDB;", "CREATE TEMPORARY TABLE t (a int) ENGINE = MEMORY;"],
    find: |scene, hits| {
        let bad = |engine: &str| {
            ["myisam", "aria", "memory", "heap", "csv", "archive", "blackhole", "merge"]
                .contains(&engine.to_ascii_lowercase().as_str())
        };
        for create in scene.created_tables().filter(|create| !create.temporary) {
            if let (Some(name), Some(engine)) = (&create.name, &create.definition.engine)
                && bad(engine)
            {
                hits.on(name).fill("engine", super::first_words(engine));
            }
        }
        for (alter, operation) in scene.operations() {
            if let AlterOp::Engine { engine } = operation
                && bad(engine)
            {
                hits.on(&alter.name).fill("engine", super::first_words(engine));
            }
        }
    },
    ..RULE
};

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

pub(super) static ROW_FORMAT: Rule = Rule {
    id: "database/row-format",
    title: "Another row format writes the table anew",
    what: "`ROW_FORMAT`, `KEY_BLOCK_SIZE` and page compression write the table anew in place; replicas fall behind by as long as it takes.",
    says: "{table} is written anew for {option}; replicas fall behind by as long as that takes",
    finds: &["ALTER TABLE t ROW_FORMAT = COMPRESSED;"],
    passes: &["ALTER TABLE t COMMENT = 'x';", "ALTER TABLE t STATS_PERSISTENT = 1;"],
    find: |scene, hits| {
        for (alter, operation) in scene.operations() {
            if let AlterOp::Option { name, value } = operation
                && matches!(
                    name.as_str(),
                    "ROW_FORMAT" | "KEY_BLOCK_SIZE" | "PAGE_COMPRESSED" | "PAGE_COMPRESSION_LEVEL" | "COMPRESSION"
                )
            {
                let option = super::first_words(&format!("{name}={value}"));
                hits.on(&alter.name).fill("alter", option.clone()).fill("option", option);
            }
        }
    },
    ..REBUILDS
};

pub(super) static ENCRYPTION: Rule = Rule {
    id: "database/encryption-copies",
    title: "Encrypting a table copies it",
    what: "Switching the encryption of a table on or off copies all of it; writes wait.",
    says: "{table} is copied to switch its encryption; writes wait until it is done",
    proof: Proof::Manual,
    finds: &["ALTER TABLE t ENCRYPTION = 'Y';"],
    passes: &["ALTER TABLE t COMMENT = 'x';"],
    find: |scene, hits| {
        for (alter, operation) in scene.operations() {
            if let AlterOp::Option { name, value } = operation
                && matches!(name.as_str(), "ENCRYPTION" | "ENCRYPTED" | "ENCRYPTION_KEY_ID")
            {
                hits.on(&alter.name).fill("alter", super::first_words(&format!("{name}='{value}'")));
            }
        }
    },
    ..COPIES
};

pub(super) static FORCE: Rule = Rule {
    id: "database/force-rebuild",
    title: "A table is written anew without need",
    what: "`FORCE`, and `ENGINE=` of the engine that the table has, write it anew in place to give space back; replicas fall behind by as \
           long as it takes. A table with a full-text index is copied, and writes wait.",
    says: "{table} is written anew in place; replicas fall behind by as long as that takes",
    finds: &["ALTER TABLE t FORCE;", "ALTER TABLE t ENGINE = InnoDB;"],
    passes: &["ALTER TABLE t ENGINE = Aria;", "ANALYZE TABLE t;"],
    find: |scene, hits| {
        for (alter, operation) in scene.operations() {
            let known = scene.record(&alter.name).and_then(|record| record.engine.as_deref());
            let alteration = match operation {
                AlterOp::Force => "FORCE".to_owned(),
                AlterOp::Engine { engine }
                    if known.map_or(engine.eq_ignore_ascii_case("innodb"), |known| known.eq_ignore_ascii_case(engine)) =>
                {
                    format!("ENGINE = {}", super::first_words(engine))
                }
                _ => continue,
            };
            hits.on(&alter.name).fill("alter", alteration);
        }
    },
    ..REBUILDS
};

pub(super) static OPTIMIZE: Rule = Rule {
    id: "database/optimize-table",
    title: "`OPTIMIZE TABLE` writes the table anew",
    what: "For InnoDB `OPTIMIZE TABLE` is a rebuild in place: exclusive metadata locks at its beginning and end, I/O for the whole table, and \
           replicas that fall behind unless it says NO_WRITE_TO_BINLOG.",
    says: "{table} is written anew; replicas fall behind by as long as that takes",
    safe: "ANALYZE TABLE {table}; -- for the planner's sake; to give space back, gh-ost --table={table} --alter=\"ENGINE=InnoDB\" in a quiet hour",
    source: "MySQL 8.0 Reference Manual, 15.7.3.4 OPTIMIZE TABLE: https://dev.mysql.com/doc/refman/8.0/en/optimize-table.html",
    variants: &[],
    finds: &["OPTIMIZE TABLE t;"],
    passes: &["ANALYZE TABLE t;"],
    find: |scene, hits| {
        for action in scene.actions() {
            if let Action::Maintain { verb, tables } = action
                && verb.eq_ignore_ascii_case("optimize")
            {
                for table in tables {
                    hits.on(table);
                }
            }
        }
    },
    ..REBUILDS
};

pub(super) static CHECK_OR_REPAIR: Rule = Rule {
    id: "database/check-or-repair-table",
    title: "`CHECK TABLE` or `REPAIR TABLE` in a migration",
    class: RiskClass::Lock,
    severity: Severity::Medium,
    dialects: MYSQL,
    what: "`REPAIR TABLE` locks the table and may lose rows; `CHECK TABLE` reads all of it while threads wait, and stops the server when it \
           finds InnoDB damaged.",
    lock: Some("exclusive metadata lock"),
    blocks: Blocks::Everything,
    scans: true,
    weighed_by_size: true,
    harmless: "The table is created in the same change, or small.",
    says: "`{verb} TABLE` works through {table} while others wait",
    safe: "Leave it out of migrations: an operator runs it on a copy or a replica",
    source: "MySQL 8.0 Reference Manual, 15.7.3 Table Maintenance Statements: https://dev.mysql.com/doc/refman/8.0/en/table-maintenance-statements.html",
    finds: &["REPAIR TABLE t;"],
    passes: &["ANALYZE TABLE t;"],
    find: |scene, hits| {
        for action in scene.actions() {
            if let Action::Maintain { verb, tables } = action
                && (verb.eq_ignore_ascii_case("repair") || verb.eq_ignore_ascii_case("check"))
            {
                for table in tables {
                    hits.on(table).fill("verb", super::first_words(&verb.to_uppercase()));
                }
            }
        }
    },
    ..RULE
};

pub(super) static INDEX_LAGS: Rule = Rule {
    id: "database/index-lags-replicas",
    title: "Replicas fall behind while an index is built",
    class: RiskClass::Replication,
    severity: Severity::Medium,
    dialects: MYSQL,
    what: "The index is built in place while others write. Afterwards each replica builds it for as long, and everything that was written \
           meanwhile waits behind it.",
    lock: Some("NONE"),
    scans: true,
    weighed_by_size: true,
    harmless: "The table is created in the same change, or small; the server has no replica.",
    says: "replicas fall behind by as long as the index of {table} on {columns} takes to build",
    safe: "Watch the replicas' lag, stop at a limit, and build it in a quiet hour: gh-ost --table={table} --alter=\"ADD INDEX {name} ({columns})\" \
           --max-lag-millis=1500",
    source: "MySQL 8.0 Reference Manual, 17.12.8 Online DDL Limitations: https://dev.mysql.com/doc/refman/8.0/en/innodb-online-ddl-limitations.html",
    variants: &[Variant {
        dialects: ONLY_MARIADB,
        lock: Some("NONE"),
        safe: "SET SESSION binlog_alter_two_phase = ON; -- MariaDB 10.8 and newer: replicas begin when the server does\n\
               CREATE INDEX {name} ON {table} ({columns});",
        source: manual::MARIADB_INPLACE,
    }],
    proof: Proof::Server,
    finds: &["CREATE INDEX i ON t (a);", "ALTER TABLE t ADD UNIQUE INDEX i (a);"],
    passes: &["CREATE TABLE t (a int); CREATE INDEX i ON t (a);", "ALTER TABLE t RENAME INDEX i TO j;"],
    find: |scene, hits| {
        for (table, index) in scene.added_indexes() {
            let special = index
                .method
                .as_deref()
                .is_some_and(|method| ["fulltext", "spatial"].contains(&method.to_ascii_lowercase().as_str()));
            let copies = index.algorithm.as_deref() == Some("COPY");
            if !special && !copies {
                hits.on_some(table)
                    .fill("columns", super::indexes::columns(index, scene))
                    .fill("name", super::indexes::name(index, scene))
                    .harmless_if(scene.sizes.replicas() == Some(0), "the statistics show that the server has no replica");
            }
        }
        for (alter, constraint) in super::constraints::added(scene) {
            if let ConstraintKind::Unique { columns, .. } = &constraint.kind {
                hits.on(&alter.name)
                    .fill("columns", quoted_list(columns.iter().map(String::as_str), scene.dialect()))
                    .fill("name", super::constraints::name(constraint, "new_key", scene))
                    .harmless_if(scene.sizes.replicas() == Some(0), "the statistics show that the server has no replica");
            }
        }
    },
    ..RULE
};

/// The algorithm and lock that a statement asks for, with its table.
fn asked<'a>(scene: &Scene<'a>) -> Vec<(Option<&'a crate::evidence::sql::Name>, Option<&'a str>, Option<&'a str>)> {
    scene
        .actions()
        .filter_map(|action| match action {
            Action::AlterTable(alter) => Some((Some(&alter.name), alter.algorithm.as_deref(), alter.lock.as_deref())),
            Action::CreateIndex(index) => Some((index.table.as_ref(), index.algorithm.as_deref(), index.lock.as_deref())),
            Action::DropIndex(drop) => Some((drop.table.as_ref(), drop.algorithm.as_deref(), drop.lock.as_deref())),
            _ => None,
        })
        .collect()
}

pub(super) static ALGORITHM_COPY: Rule = Rule {
    id: "database/algorithm-copy",
    title: "The statement asks for a copy",
    what: "`ALGORITHM=COPY` copies the whole table even where the server could do without; writes wait.",
    says: "`ALGORITHM=COPY` copies all of {table}; writes wait until it is done",
    safe: "ALGORITHM=INPLACE, LOCK=NONE -- fails at once where the server cannot do so",
    variants: &[mariadb(
        "ALGORITHM=NOCOPY, LOCK=NONE -- fails at once where the server cannot do so",
        manual::MARIADB_ONLINE_DDL,
    )],
    finds: &[
        "ALTER TABLE t ADD COLUMN a int, ALGORITHM=COPY;",
        "CREATE INDEX i ON t (a) ALGORITHM=COPY;",
        "SET old_alter_table = 1;",
        "SET SESSION old_alter_table = ON;",
        "mariadb: SET alter_algorithm = 'COPY';",
    ],
    passes: &[
        "ALTER TABLE t ADD COLUMN a int, ALGORITHM=INSTANT;",
        "SET old_alter_table = 0;",
        "mariadb: SET alter_algorithm = 'INSTANT';",
    ],
    find: |scene, hits| {
        for action in scene.actions() {
            if let Action::Set(variable) = action
                && matches!(variable.name.as_str(), "old_alter_table" | "alter_algorithm")
                && variable
                    .value
                    .as_deref()
                    .is_some_and(|value| matches!(value.to_ascii_lowercase().as_str(), "1" | "on" | "true" | "copy"))
            {
                hits.plain()
                    .fill("name", super::first_words(&variable.name))
                    .says("`{name}` makes every ALTER TABLE from here on copy its whole table; writes wait");
            }
        }
        for (table, algorithm, _) in asked(scene) {
            if algorithm == Some("COPY") {
                hits.on_some(table);
            }
        }
    },
    ..COPIES
};

pub(super) static LOCK_ASKED: Rule = Rule {
    id: "database/lock-asked",
    title: "The statement asks for a lock",
    class: RiskClass::Lock,
    rewrites: false,
    what: "`LOCK=SHARED` keeps writers out and `LOCK=EXCLUSIVE` readers too, for as long as the statement takes, even where the server needs \
           neither.",
    says: "`LOCK={lock}` keeps others from {table} for as long as the statement takes",
    safe: "LOCK=NONE -- fails at once where the server cannot do so",
    variants: &[mariadb("LOCK=NONE -- fails at once where the server cannot do so", manual::MARIADB_ONLINE_DDL)],
    finds: &["ALTER TABLE t ADD INDEX (a), LOCK=EXCLUSIVE;", "CREATE INDEX i ON t (a) LOCK=SHARED;"],
    passes: &["ALTER TABLE t ADD INDEX (a), LOCK=NONE;"],
    find: |scene, hits| {
        for (table, _, lock) in asked(scene) {
            match lock {
                Some("EXCLUSIVE") => hits.on_some(table).fill("lock", "EXCLUSIVE").lock("EXCLUSIVE", Blocks::Everything),
                Some("SHARED") => hits.on_some(table).fill("lock", "SHARED"),
                _ => continue,
            };
        }
    },
    ..COPIES
};

pub(super) static NO_ALGORITHM: Rule = Rule {
    id: "database/no-algorithm-asked",
    title: "The statement leaves the algorithm to the server",
    class: RiskClass::Design,
    severity: Severity::Note,
    pack: Pack::Design,
    what: "Without `ALGORITHM=` and `LOCK=` the server takes the lightest way that it has, and a copy where it has none. With them it refuses \
           instead.",
    lock: None,
    blocks: Blocks::Nothing,
    rewrites: false,
    scans: false,
    says: "the statement on {table} does not say which algorithm it may take",
    safe: "ALTER TABLE {table} <change>, ALGORITHM=INSTANT; -- or ALGORITHM=INPLACE, LOCK=NONE",
    variants: &[mariadb(
        "ALTER TABLE {table} <change>, ALGORITHM=INSTANT; -- or ALGORITHM=NOCOPY, LOCK=NONE",
        manual::MARIADB_ONLINE_DDL,
    )],
    proof: Proof::Reason,
    finds: &["ALTER TABLE t ADD COLUMN a int;"],
    passes: &["ALTER TABLE t ADD COLUMN a int, ALGORITHM=INSTANT;", "ALTER TABLE t RENAME TO u;"],
    find: |scene, hits| {
        for alter in scene.alters() {
            let trivial = alter.operations.iter().all(|operation| {
                matches!(
                    operation,
                    AlterOp::RenameTable { .. }
                        | AlterOp::Option { .. }
                        | AlterOp::DefaultCharset { .. }
                        | AlterOp::Partition { .. }
                )
            });
            let session = scene.state.session.variable("alter_algorithm").is_some();
            if alter.algorithm.is_none() && alter.lock.is_none() && !trivial && !session {
                hits.on(&alter.name);
            }
        }
    },
    ..COPIES
};

pub(super) static DEFAULT_CHARSET: Rule = Rule {
    id: "database/default-charset-only",
    title: "Only columns to come get the character set",
    class: RiskClass::Design,
    severity: Severity::Low,
    dialects: MYSQL,
    pack: Pack::Design,
    what: "`DEFAULT CHARACTER SET` of a table or database changes nothing that is there: old columns keep the old character set, new ones get \
           another, and joins between them cannot use indexes.",
    harmless: "The table is created in the same change.",
    says: "columns of {table} that are there keep their character set, and new ones get {charset}",
    safe: "State the character set of each new column, or convert the table when it is small",
    source: "MySQL 8.0 Reference Manual, 12.3.4 Table Character Set and Collation: https://dev.mysql.com/doc/refman/8.0/en/charset-table.html",
    proof: Proof::Reason,
    finds: &["ALTER TABLE t DEFAULT CHARACTER SET utf8mb4;"],
    passes: &["CREATE TABLE t (a int) DEFAULT CHARACTER SET utf8mb4;"],
    find: |scene, hits| {
        for (alter, operation) in scene.operations() {
            if let AlterOp::DefaultCharset { charset, collation } = operation {
                let charset = charset.as_deref().or(collation.as_deref()).unwrap_or("another one");
                hits.on(&alter.name).fill("charset", super::first_words(charset));
            }
        }
    },
    ..RULE
};

pub(super) static UTF8MB3: Rule = Rule {
    id: "database/utf8mb3",
    title: "`utf8` is not UTF-8",
    class: RiskClass::DataLoss,
    severity: Severity::Medium,
    dialects: MYSQL,
    what: "`utf8` means `utf8mb3`: characters of four bytes (emoji, rare Chinese ones) are refused, or cut with all that follows them where \
           the mode is not strict. MySQL calls it deprecated and will let `utf8` mean `utf8mb4` one day.",
    spares_new: false,
    harmless: "Never: what the column holds later matters.",
    says: "{place} gets the character set `{charset}`, which has no room for characters of four bytes",
    safe: "CHARACTER SET utf8mb4",
    source: "MySQL 8.0 Reference Manual, 12.9.2 The utf8mb3 Character Set: https://dev.mysql.com/doc/refman/8.0/en/charset-unicode-utf8mb3.html",
    proof: Proof::Manual,
    finds: &[
        "CREATE TABLE t (a varchar(9)) DEFAULT CHARSET = utf8;",
        "ALTER TABLE t ADD COLUMN a varchar(9) CHARACTER SET utf8mb3;",
    ],
    passes: &["CREATE TABLE t (a varchar(9)) DEFAULT CHARSET = utf8mb4;"],
    find: |scene, hits| {
        let bad = |charset: Option<&String>, collation: Option<&String>| {
            let old = |word: &String| {
                let word = word.to_ascii_lowercase();
                word == "utf8" || word.starts_with("utf8_") || word.starts_with("utf8mb3")
            };
            charset.filter(|word| old(word)).or(collation.filter(|word| old(word))).map(|word| super::first_words(word))
        };
        for create in scene.created_tables() {
            let Some(name) = &create.name else { continue };
            if let Some(charset) = bad(create.definition.charset.as_ref(), create.definition.collation.as_ref()) {
                hits.on(name).fill("place", "the table").fill("charset", charset);
            }
            for column in &create.definition.columns {
                if let Some(charset) = bad(column.charset.as_ref(), column.collation.as_ref()) {
                    hits.on(name).column(&column.name).fill("place", super::first_words(&column.name)).fill("charset", charset);
                }
            }
        }
        for (alter, operation) in scene.operations() {
            match operation {
                AlterOp::AddColumn { column, .. } | AlterOp::Redefine { column, .. } => {
                    if let Some(charset) = bad(column.charset.as_ref(), column.collation.as_ref()) {
                        hits.on(&alter.name)
                            .column(&column.name)
                            .fill("place", super::first_words(&column.name))
                            .fill("charset", charset);
                    }
                }
                AlterOp::ConvertCharset { charset, collation } | AlterOp::DefaultCharset { charset, collation } => {
                    if let Some(charset) = bad(charset.as_ref(), collation.as_ref()) {
                        hits.on(&alter.name).fill("place", "the table").fill("charset", charset);
                    }
                }
                _ => {}
            }
        }
    },
    ..RULE
};

pub(super) static AUTO_INCREMENT_VALUE: Rule = Rule {
    id: "database/auto-increment-set",
    title: "The next number of a table is set by hand",
    class: RiskClass::Failure,
    severity: Severity::Low,
    dialects: MYSQL,
    what: "A number at or below the largest one is not taken, without a word; a higher one leaves a gap, and brings the end of the type \
           nearer.",
    harmless: "The table is created in the same change.",
    says: "the next number of {table} is set to {value}",
    safe: "SELECT max(<key>) FROM {table}; -- leave the number to the server where it does not have to be another one",
    source: manual::MYSQL_ONLINE_DDL,
    proof: Proof::Server,
    finds: &["ALTER TABLE t AUTO_INCREMENT = 100;"],
    passes: &["CREATE TABLE t (a int AUTO_INCREMENT PRIMARY KEY) AUTO_INCREMENT = 100;"],
    find: |scene, hits| {
        for (alter, operation) in scene.operations() {
            if let AlterOp::Option { name, value } = operation
                && name == "AUTO_INCREMENT"
            {
                hits.on(&alter.name).fill("value", super::first_words(value));
            }
        }
    },
    ..RULE
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

pub(super) static REORDERED: Rule = Rule {
    id: "database/table-reordered",
    title: "All rows are copied into another order or form",
    what: "`ALTER TABLE .. ORDER BY` copies the table into an order that InnoDB does not keep; `ADD SYSTEM VERSIONING` (MariaDB) copies it into one \
           with two more columns for each row. Writes wait.",
    says: "{table} is copied for `{words}`; writes wait until it is done",
    safe: "-- leave ORDER BY to the queries; start the history in a new table that is filled in batches",
    variants: &[mariadb(
        "-- leave ORDER BY to the queries; start the history in a new table that is filled in batches",
        manual::MARIADB_ONLINE_DDL,
    )],
    source: "MySQL 8.0 Reference Manual, 15.1.9 ALTER TABLE, Changing the Row Order: https://dev.mysql.com/doc/refman/8.0/en/alter-table.html#alter-table-row-order",
    finds: &["ALTER TABLE t ORDER BY a;", "mariadb: ALTER TABLE t ADD SYSTEM VERSIONING;"],
    passes: &["ALTER TABLE t COMMENT = 'x';"],
    find: |scene, hits| {
        for (alter, operation) in scene.operations() {
            let AlterOp::Other { words } = operation else { continue };
            let upper = words.trim().to_ascii_uppercase();
            if upper.starts_with("ORDER BY")
                || upper.starts_with("ADD SYSTEM VERSIONING")
                || upper.starts_with("DROP SYSTEM VERSIONING")
            {
                hits.on(&alter.name).fill("words", super::first_words(&upper));
            }
        }
    },
    ..COPIES
};

pub(super) static TABLESPACE_GONE: Rule = Rule {
    id: "database/discard-tablespace",
    title: "A table's file is discarded",
    class: RiskClass::DataLoss,
    severity: Severity::Critical,
    dialects: MYSQL,
    what: "`DISCARD TABLESPACE` deletes the file with the rows of the table; `IMPORT TABLESPACE` takes another one in its place. The table \
           is locked meanwhile.",
    lock: Some("exclusive metadata lock"),
    blocks: Blocks::Everything,
    harmless: "The table is created in the same change.",
    says: "the rows of {table} are discarded with its file",
    safe: "Load rows by INSERT in batches; leave tablespaces to an operator",
    source: "MySQL 8.0 Reference Manual, 17.6.1.3 Importing InnoDB Tables: https://dev.mysql.com/doc/refman/8.0/en/innodb-table-import.html",
    finds: &["ALTER TABLE t DISCARD TABLESPACE;"],
    passes: &["ALTER TABLE t FORCE;"],
    find: |scene, hits| {
        for (alter, operation) in scene.operations() {
            let discards = match operation {
                AlterOp::Other { words } => words.to_ascii_uppercase().contains("DISCARD"),
                AlterOp::Partition { verb, .. } => verb == "DISCARD",
                _ => false,
            };
            if discards {
                hits.on(&alter.name);
            }
        }
    },
    ..RULE
};
