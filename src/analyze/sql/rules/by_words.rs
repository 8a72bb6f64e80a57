//! Statements that are told by their first words, because they are about the server and not about tables.

use crate::analyze::sql::rule::{MYSQL, POSTGRES, Proof, RULE, Rule};
use crate::evidence::sql::Action;
use crate::facts::{Blocks, RiskClass, Severity};

/// Beginnings that a rule judges by their words alone, so that not understanding the rest does no harm.
pub(super) const JUDGED: &[&str] = &[
    "ALTER SYSTEM ",
    "ALTER EXTENSION ",
    "ALTER POLICY ",
    "ALTER FUNCTION ",
    "ALTER PROCEDURE ",
    "ALTER ROUTINE ",
    "DROP OWNED ",
    "REASSIGN OWNED ",
    "FLUSH TABLES ",
    "KILL ",
    "STOP SLAVE ",
    "START ALL SLAVES ",
    "STOP ALL SLAVES ",
    "START GROUP_REPLICATION ",
    "STOP GROUP_REPLICATION ",
    "RESET BINARY ",
    "ALTER SCHEMA ",
    "STOP REPLICA ",
    "START SLAVE ",
    "START REPLICA ",
    "CHANGE MASTER ",
    "CHANGE REPLICATION ",
    "RESET MASTER ",
    "RESET SLAVE ",
    "RESET REPLICA ",
    "PURGE BINARY ",
    "PURGE MASTER ",
    "BINLOG ",
    "INSTALL PLUGIN ",
    "INSTALL SONAME ",
    "INSTALL COMPONENT ",
    "UNINSTALL PLUGIN ",
    "UNINSTALL SONAME ",
    "UNINSTALL COMPONENT ",
    "ALTER INSTANCE ",
    "SHUTDOWN ",
    "CREATE PUBLICATION ",
    "ALTER PUBLICATION ",
    "DROP PUBLICATION ",
    "CREATE SUBSCRIPTION ",
    "ALTER SUBSCRIPTION ",
    "DROP SUBSCRIPTION ",
];

pub(super) static REPLICATION: Rule = Rule {
    id: "database/replication-command",
    title: "Replication is steered by a migration",
    class: RiskClass::Replication,
    severity: Severity::Critical,
    dialects: MYSQL,
    what: "`STOP SLAVE`, `CHANGE MASTER`, `RESET MASTER`, `PURGE BINARY LOGS` and their kin stop replicas, point them elsewhere, or delete the logs \
           that they and point-in-time recovery need.",
    spares_new: false,
    harmless: "Never in a migration.",
    says: "`{words}` changes what replicas and recovery rest on",
    safe: "Those who run the servers do it, outside of a migration",
    source: "MySQL 8.0 Reference Manual, 15.4 Replication Statements: https://dev.mysql.com/doc/refman/8.0/en/sql-replication-statements.html",
    finds: &["STOP SLAVE;", "RESET MASTER;", "CHANGE MASTER TO MASTER_HOST = 'a';"],
    passes: &["SHOW SLAVE STATUS;"],
    find: |scene, hits| {
        const HEADS: &[&str] = &[
            "START ALL SLAVES ",
            "STOP ALL SLAVES ",
            "START GROUP_REPLICATION ",
            "STOP GROUP_REPLICATION ",
            "STOP SLAVE ",
            "STOP REPLICA ",
            "START SLAVE ",
            "START REPLICA ",
            "CHANGE MASTER ",
            "CHANGE REPLICATION ",
            "RESET MASTER ",
            "RESET SLAVE ",
            "RESET REPLICA ",
            "RESET BINARY ",
            "PURGE BINARY ",
            "PURGE MASTER ",
        ];
        if let Some(head) = HEADS.iter().find(|head| scene.head.starts_with(**head)) {
            hits.plain().fill("words", head.trim_end());
        }
    },
    ..RULE
};

pub(super) static ROW_EVENTS: Rule = Rule {
    id: "database/row-events-applied",
    title: "Events of a binary log are applied",
    class: RiskClass::Correction,
    severity: Severity::Critical,
    dialects: MYSQL,
    what: "`BINLOG` applies events that another server has written: rows of any table are inserted, changed and deleted, and which ones stands in \
           base64, where nobody reads it.",
    spares_new: false,
    harmless: "Never in a migration.",
    says: "`BINLOG` changes rows that nobody can read from the text",
    safe: "Write the INSERT, UPDATE or DELETE; whoever restores a server from its logs does it outside of a migration",
    source: "MySQL 8.0 Reference Manual, 15.7.8.1 BINLOG: https://dev.mysql.com/doc/refman/8.0/en/binlog.html",
    finds: &["BINLOG 'abc';", "/*!50530 BINLOG 'abc' */;"],
    passes: &["SHOW BINLOG EVENTS;"],
    find: |scene, hits| {
        if scene.actions().any(|action| matches!(action, Action::Other { words } if words == "BINLOG")) {
            hits.plain();
        }
    },
    ..RULE
};

pub(super) static READ_LOCK: Rule = Rule {
    id: "database/global-read-lock",
    title: "The whole server stops writing",
    class: RiskClass::Lock,
    severity: Severity::Critical,
    dialects: MYSQL,
    what: "`FLUSH TABLES WITH READ LOCK` waits for every running statement, then keeps every write on the server out until `UNLOCK TABLES` or the \
           end of the connection. `FLUSH TABLES` alone makes every table wait for its slowest query.",
    lock: Some("global read lock"),
    blocks: Blocks::Writes,
    spares_new: false,
    harmless: "Never in a migration.",
    says: "writes to every table of the server wait",
    safe: "Leave it out; a backup takes LOCK INSTANCE FOR BACKUP (MySQL) or BACKUP STAGE (MariaDB)",
    source: "MySQL 8.0 Reference Manual, 15.7.8.3 FLUSH: https://dev.mysql.com/doc/refman/8.0/en/flush.html",
    finds: &["FLUSH TABLES WITH READ LOCK;"],
    passes: &["UNLOCK TABLES;"],
    find: |scene, hits| {
        if scene.head.starts_with("FLUSH TABLES ") {
            hits.plain();
        }
    },
    ..RULE
};

pub(super) static SERVER: Rule = Rule {
    id: "database/server-command",
    title: "A command to the server itself",
    class: RiskClass::Transaction,
    severity: Severity::High,
    dialects: MYSQL,
    what: "Plugins and components are code that runs in the server with its rights; `KILL`, `SHUTDOWN` and `ALTER INSTANCE` act on all that runs on \
           it.",
    spares_new: false,
    harmless: "Never in a migration.",
    says: "`{words}` acts on the whole server",
    safe: "Those who run the server do it, outside of a migration",
    source: "MySQL 8.0 Reference Manual, 15.7 Database Administration Statements: https://dev.mysql.com/doc/refman/8.0/en/sql-server-administration-statements.html",
    proof: Proof::Reason,
    finds: &["KILL 5;", "INSTALL PLUGIN a SONAME 'b';"],
    passes: &["SHOW PLUGINS;"],
    find: |scene, hits| {
        const HEADS: &[&str] = &[
            "KILL ",
            "SHUTDOWN ",
            "RESTART ",
            "ALTER INSTANCE ",
            "INSTALL PLUGIN ",
            "INSTALL SONAME ",
            "INSTALL COMPONENT ",
            "UNINSTALL PLUGIN ",
            "UNINSTALL SONAME ",
            "UNINSTALL COMPONENT ",
        ];
        if let Some(head) = HEADS.iter().find(|head| scene.head.starts_with(**head)) {
            hits.plain().fill("words", head.trim_end());
        }
    },
    ..RULE
};

pub(super) static DROP_OWNED: Rule = Rule {
    id: "database/drop-owned",
    title: "Everything that a role owns is dropped",
    class: RiskClass::DataLoss,
    severity: Severity::Critical,
    dialects: POSTGRES,
    what: "`DROP OWNED BY` drops every object of the role in the database, tables with their rows, and takes back every privilege that it has been \
           granted. Which ones does not stand in the statement.",
    spares_new: false,
    harmless: "Never: what it drops is not said.",
    says: "everything that {name} owns is dropped",
    safe: "REASSIGN OWNED BY {name} TO <another role>; -- and drop objects by statements that name them",
    source: "PostgreSQL manual, DROP OWNED: https://www.postgresql.org/docs/current/sql-drop-owned.html",
    finds: &["DROP OWNED BY app;"],
    passes: &["REASSIGN OWNED BY app TO admin;"],
    find: |scene, hits| {
        if let Some(rest) = scene.head.strip_prefix("DROP OWNED BY ") {
            let name = rest.split(' ').next().unwrap_or_default().to_lowercase();
            hits.plain().fill("name", super::first_words(&name));
        }
    },
    ..RULE
};

pub(super) static PUBLICATION: Rule = Rule {
    id: "database/publication-changed",
    title: "A publication or subscription changes",
    class: RiskClass::Replication,
    severity: Severity::High,
    dialects: POSTGRES,
    what: "Subscribers get other tables or rows from then on, or none; a table that is left out differs without an error. A new subscription copies \
           every table first; one that is dropped leaves its slot behind, which keeps the log until the disk is full.",
    spares_new: false,
    harmless: "Whoever runs the subscribers knows of it.",
    says: "`{words}` changes what subscribers get",
    safe: "Those who run the subscribers do it with both sides in sight",
    source: "PostgreSQL manual, 31 Logical Replication: https://www.postgresql.org/docs/current/logical-replication.html",
    proof: Proof::Reason,
    finds: &["ALTER PUBLICATION p DROP TABLE t;", "DROP SUBSCRIPTION s;"],
    passes: &["ALTER TABLE t ALTER COLUMN a SET STATISTICS 100;"],
    find: |scene, hits| {
        let mut words = scene.head.split(' ');
        let (Some(verb @ ("CREATE" | "ALTER" | "DROP")), Some(what @ ("PUBLICATION" | "SUBSCRIPTION"))) =
            (words.next(), words.next())
        else {
            return;
        };
        hits.plain().fill("words", format!("{verb} {what}"));
    },
    ..RULE
};

pub(super) static OUTFILE: Rule = Rule {
    id: "database/rows-written-to-a-file",
    title: "Rows are written to a file or a program of the server",
    class: RiskClass::Privileges,
    severity: Severity::High,
    dialects: &[crate::facts::SqlDialect::Postgres, crate::facts::SqlDialect::Mysql, crate::facts::SqlDialect::Mariadb],
    what: "`COPY .. TO` a file or program, `SELECT .. INTO OUTFILE`: data of production leave the database to a place that nobody watches.",
    spares_new: false,
    harmless: "Never in a migration.",
    says: "rows are written to a file or a program of the server",
    safe: "CREATE TABLE <backup> AS SELECT ..; -- a backup that stays in the database",
    source: "PostgreSQL manual, COPY: https://www.postgresql.org/docs/current/sql-copy.html",
    proof: Proof::Reason,
    finds: &["COPY t TO '/tmp/x.csv';", "mysql: SELECT * FROM t INTO OUTFILE '/tmp/x';"],
    passes: &["COPY t TO STDOUT;", "mysql: SELECT * FROM t WHERE id = 1;"],
    find: |scene, hits| {
        let outfile = scene.actions().any(|action| match action {
            Action::Query { query, .. } if scene.dialect().is_mysql() => {
                let text = query.text.to_ascii_lowercase();
                text.contains("into outfile") || text.contains("into dumpfile")
            }
            _ => false,
        });
        let exports = scene.actions().any(|action| matches!(action, Action::Copy { into: false, .. }));
        if outfile || (exports && !scene.statement.text.to_ascii_uppercase().contains("STDOUT")) {
            hits.plain();
        }
    },
    ..RULE
};
