//! Tables in MySQL and MariaDB: what copies them, what writes them anew, what keeps replicas behind.

use super::manual;
use super::mysql_columns::{COPIES, REBUILDS};
use crate::analyze::sql::rule::{MYSQL, ONLY_MARIADB, Proof, RULE, Rule, Variant};
use crate::evidence::sql::{Action, AlterOp};
use crate::facts::{Blocks, RiskClass, Severity};

/// The words of a variant for MariaDB where only the manual is another one.
pub(super) const fn mariadb(safe: &'static str, source: &'static str) -> Variant {
    Variant { dialects: ONLY_MARIADB, lock: Some("SHARED"), safe, source }
}

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
