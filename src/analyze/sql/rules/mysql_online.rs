//! What MySQL and MariaDB are asked for with ALGORITHM= and LOCK=, and what replicas make of it.

use super::manual;
use super::mysql_columns::COPIES;
use super::mysql_tables::mariadb;
use crate::analyze::sql::hit::quoted_list;
use crate::analyze::sql::rule::{MYSQL, ONLY_MARIADB, Pack, Proof, RULE, Rule, Variant};
use crate::analyze::sql::scene::Scene;
use crate::evidence::sql::{Action, AlterOp, ConstraintKind};
use crate::facts::{Blocks, RiskClass, Severity};

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
