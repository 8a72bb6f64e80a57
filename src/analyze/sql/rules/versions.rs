//! What the oldest server that the statements have to be right for does not know.

use crate::analyze::sql::rule::{MYSQL, Proof, RULE, Rule, SERVERS, Variant};
use crate::analyze::sql::scene::Scene;
use crate::evidence::sql::{Action, AlterOp, ConstraintKind, Dml, Generated};
use crate::facts::{RiskClass, Severity, SqlDialect};

pub(super) static NEWER: Rule = Rule {
    id: "database/newer-server-needed",
    title: "The oldest server does not know the statement",
    class: RiskClass::Failure,
    severity: Severity::High,
    dialects: SERVERS,
    what: "The settings name the oldest server that the statements have to be right for (`settings.database.servers`), and the statement needs a \
           newer one: there it is an error, and the migration stops half way.",
    spares_new: false,
    harmless: "Never: it fails there.",
    says: "`{words}` needs {server} {needed}, and the oldest server is {server} {oldest}",
    safe: "Write it in the way that {server} {oldest} knows, or raise the oldest server in `settings.database.servers` when none is older",
    source: "PostgreSQL manual, Appendix E, Release Notes: https://www.postgresql.org/docs/current/release.html",
    variants: &[Variant {
        dialects: MYSQL,
        lock: None,
        safe: "Write it in the way that {server} {oldest} knows, or raise the oldest server in `settings.database.servers` when none is older",
        source: "MySQL 8.0 Reference Manual, 1.3 What Is New in MySQL 8.0: https://dev.mysql.com/doc/refman/8.0/en/mysql-nutshell.html",
    }],
    proof: Proof::Manual,
    finds: &[],
    passes: &["REINDEX TABLE CONCURRENTLY t;", "ALTER TABLE t DETACH PARTITION p CONCURRENTLY;"],
    find: |scene, hits| match scene.dialect() {
        SqlDialect::Postgres => {
            for (words, needed) in postgres(scene).into_iter().filter(|(_, needed)| scene.options.postgres < *needed) {
                hits.plain()
                    .fill("words", words)
                    .fill("server", "PostgreSQL")
                    .fill("needed", needed.to_string())
                    .fill("oldest", scene.options.postgres.to_string());
            }
        }
        SqlDialect::Sqlite => {}
        dialect => {
            let mariadb = dialect == SqlDialect::Mariadb;
            let oldest = if mariadb { scene.options.mariadb } else { scene.options.mysql };
            for (words, mysql, other) in mysql(scene) {
                let needed = if mariadb { other } else { mysql };
                if oldest < needed {
                    hits.plain()
                        .fill("words", words)
                        .fill("server", if mariadb { "MariaDB" } else { "MySQL" })
                        .fill("needed", format!("{}.{}", needed.0, needed.1))
                        .fill("oldest", format!("{}.{}", oldest.0, oldest.1));
                }
            }
        }
    },
    ..RULE
};

/// What the statement uses, with the first release of PostgreSQL that knows it.
fn postgres(scene: &Scene<'_>) -> Vec<(&'static str, u32)> {
    let mut used = Vec::new();
    for action in scene.actions() {
        match action {
            Action::Reindex { concurrently: true, .. } => used.push(("REINDEX CONCURRENTLY", 12)),
            Action::Dml(Dml::Merge { .. }) => used.push(("MERGE", 15)),
            Action::CreateRoutine { kind, .. } if kind.eq_ignore_ascii_case("procedure") => used.push(("CREATE PROCEDURE", 11)),
            Action::Call { .. } => used.push(("CALL", 11)),
            _ => {}
        }
    }
    let created = scene.created_tables().flat_map(|create| &create.definition.columns);
    for column in created.chain(scene.added_columns().map(|(_, column)| column)) {
        match column.generated {
            Some(Generated::Stored) => used.push(("GENERATED ALWAYS AS .. STORED", 12)),
            Some(Generated::Virtual) => used.push(("GENERATED ALWAYS AS .. VIRTUAL", 18)),
            None => {}
        }
    }
    for (_, operation) in scene.operations() {
        match operation {
            AlterOp::DetachPartition { concurrently: true, .. } => used.push(("DETACH PARTITION .. CONCURRENTLY", 14)),
            AlterOp::SetAccessMethod => used.push(("SET ACCESS METHOD", 15)),
            AlterOp::DropExpression { .. } => used.push(("DROP EXPRESSION", 13)),
            AlterOp::Other { words } if words.to_ascii_uppercase().contains("SET EXPRESSION") => {
                used.push(("SET EXPRESSION", 17));
            }
            AlterOp::AddConstraint(constraint) if matches!(constraint.kind, ConstraintKind::NotNull { .. }) => {
                used.push(("ADD CONSTRAINT .. NOT NULL", 18));
            }
            _ => {}
        }
    }
    used.dedup();
    used
}

/// Something, and the first releases of MySQL and of MariaDB that know it.
type Since = (&'static str, (u32, u32), (u32, u32));

/// What the statement uses, with the first releases of MySQL and of MariaDB that know it.
fn mysql(scene: &Scene<'_>) -> Vec<Since> {
    let mut used = Vec::new();
    for (_, operation) in scene.operations() {
        match operation {
            AlterOp::RenameColumn { .. } => used.push(("RENAME COLUMN", (8, 0), (10, 5))),
            AlterOp::RenameIndex { .. } => used.push(("RENAME INDEX", (5, 7), (10, 5))),
            AlterOp::IndexVisibility { .. } => used.push(("ALTER INDEX .. INVISIBLE", (8, 0), (10, 6))),
            _ => {}
        }
    }
    used.dedup();
    used
}
