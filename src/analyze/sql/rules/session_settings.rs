//! Settings of the session, the database and the server.

use super::transactions::TRANSACTION;
use crate::analyze::sql::rule::{MYSQL, Proof, Rule, SERVERS, Variant};
use crate::evidence::sql::{Action, SetScope};
use crate::facts::{RiskClass, Severity, SqlDialect};

pub(super) static SERVER_VARIABLE: Rule = Rule {
    id: "database/server-setting",
    title: "A setting of the whole server is changed",
    class: RiskClass::Transaction,
    severity: Severity::High,
    dialects: SERVERS,
    what: "`ALTER SYSTEM`, `SET GLOBAL` and `SET PERSIST` change the server for every application on it, and outlive the migration.",
    spares_new: false,
    harmless: "Never: whose server it is decides.",
    says: "`{name}` is changed for the whole server",
    safe: "Set it for the session (SET {name} = ..), or in the server's configuration by those who run it",
    source: "PostgreSQL manual, ALTER SYSTEM: https://www.postgresql.org/docs/current/sql-altersystem.html",
    variants: &[Variant {
        dialects: MYSQL,
        lock: None,
        safe: "SET SESSION {name} = ..; -- or in the server's configuration by those who run it",
        source: "MySQL 8.0 Reference Manual, 15.7.6.1 SET Syntax for Variable Assignment: https://dev.mysql.com/doc/refman/8.0/en/set-variable.html",
    }],
    squawk: &["ban-alter-system-options"],
    finds: &["ALTER SYSTEM SET work_mem = '1GB';"],
    passes: &["SET work_mem = '1GB';"],
    find: |scene, hits| {
        for action in scene.actions() {
            if let Action::Set(variable) = action
                && variable.scope == SetScope::Global
            {
                hits.plain().fill("name", super::first_words(&variable.name));
                return;
            }
        }
        if let Some(rest) = scene.head.strip_prefix("ALTER SYSTEM ") {
            let name = rest.split(' ').nth(1).unwrap_or_default().to_ascii_lowercase();
            hits.plain().fill("name", super::first_words(&name));
        }
    },
    ..TRANSACTION
};

/// Words after which nobody gets in any more, or nobody writes.
const LOCKS_OUT: &[&str] = &["ALLOW_CONNECTIONS", "CONNECTION LIMIT", "RENAME TO", "DEFAULT_TRANSACTION_READ_ONLY", "READ ONLY"];

pub(super) static DATABASE_SETTING: Rule = Rule {
    id: "database/database-setting",
    title: "Options of a database are changed",
    class: RiskClass::Transaction,
    severity: Severity::Medium,
    dialects: SERVERS,
    what: "Options of a database hold for every connection that comes later, of every application: search path, time-outs, character set, the \
           number of connections; another name locks everybody out.",
    spares_new: false,
    harmless: "The same change creates the database.",
    says: "options of the database {name} are changed for every connection to come",
    safe: "Set it for the session, or for the role that needs it",
    source: "PostgreSQL manual, ALTER DATABASE: https://www.postgresql.org/docs/current/sql-alterdatabase.html",
    variants: &[Variant {
        dialects: MYSQL,
        lock: None,
        safe: "State the character set of each new table",
        source: "MySQL 8.0 Reference Manual, 15.1.2 ALTER DATABASE: https://dev.mysql.com/doc/refman/8.0/en/alter-database.html",
    }],
    squawk: &["ban-alter-database-options"],
    finds: &["ALTER DATABASE d SET search_path = app;"],
    passes: &["SET search_path = app;"],
    find: |scene, hits| {
        for action in scene.actions() {
            if let Action::AlterDatabase { name, .. } = action {
                let name = name.as_deref().unwrap_or("in use");
                let hit = hits
                    .plain()
                    .fill("name", super::first_words(name))
                    .harmless_if(scene.state.makes("database", name), "the same change creates it");
                if super::says_one_of(scene, LOCKS_OUT) {
                    hit.severity(Severity::High);
                }
            }
        }
    },
    ..TRANSACTION
};

pub(super) static CHECKS_OFF: Rule = Rule {
    id: "database/foreign-key-checks-off",
    title: "Checks of keys are switched off",
    class: RiskClass::DataLoss,
    severity: Severity::High,
    dialects: &[SqlDialect::Mysql, SqlDialect::Mariadb, SqlDialect::Sqlite],
    what: "With `foreign_key_checks = 0` (SQLite: `PRAGMA foreign_keys = OFF`) rows are written and deleted without their partners, and nobody \
           looks at them when it is switched on again. `unique_checks = 0` lets double values in.",
    spares_new: false,
    harmless: "Only tables that the same change creates are written while it is off; kadian does not tell.",
    says: "`{name}` is switched off: rows may lose their partners, and nobody looks at them later",
    safe: "SET {name} = 1; -- load parents before children; where it has to be off, look for rows without a partner afterwards",
    source: "MySQL 8.0 Reference Manual, 7.1.8 Server System Variables, foreign_key_checks: https://dev.mysql.com/doc/refman/8.0/en/server-system-variables.html#sysvar_foreign_key_checks",
    variants: &[Variant {
        dialects: super::super::rule::SQLITE,
        lock: None,
        safe: "PRAGMA {name} = ON; -- where a table has to be made anew with it off: PRAGMA foreign_key_check before the COMMIT",
        source: "SQLite, PRAGMA foreign_keys: https://www.sqlite.org/pragma.html#pragma_foreign_keys",
    }],
    finds: &["SET foreign_key_checks = 0;"],
    passes: &["SET foreign_key_checks = 1;"],
    find: |scene, hits| {
        for action in scene.actions() {
            if let Action::Set(variable) = action
                && matches!(
                    variable.name.as_str(),
                    "foreign_key_checks" | "unique_checks" | "check_constraint_checks" | "foreign_keys"
                )
                && variable
                    .value
                    .as_deref()
                    .is_some_and(|value| matches!(value.to_ascii_lowercase().as_str(), "0" | "off" | "false" | "no"))
            {
                hits.plain().fill("name", super::first_words(&variable.name));
            }
        }
    },
    ..TRANSACTION
};

pub(super) static BINLOG_OFF: Rule = Rule {
    id: "database/binlog-off",
    title: "The change is kept from the replicas",
    class: RiskClass::Replication,
    severity: Severity::Critical,
    dialects: MYSQL,
    what: "`sql_log_bin = 0` keeps what follows out of the binary log: replicas and restored backups do not get it, and break or differ from \
           then on.",
    spares_new: false,
    harmless: "Never.",
    says: "what follows is not written to the binary log: replicas and restored backups differ from then on",
    safe: "Leave it out",
    source: "MySQL 8.0 Reference Manual, 15.4.1.3 SET sql_log_bin: https://dev.mysql.com/doc/refman/8.0/en/set-sql-log-bin.html",
    proof: Proof::Manual,
    finds: &["SET sql_log_bin = 0;"],
    passes: &["SET sql_log_bin = 1;"],
    find: |scene, hits| {
        for action in scene.actions() {
            if let Action::Set(variable) = action
                && matches!(variable.name.as_str(), "sql_log_bin" | "sql_log_off")
                && variable
                    .value
                    .as_deref()
                    .is_some_and(|value| matches!(value.to_ascii_lowercase().as_str(), "0" | "off" | "false"))
                && variable.name == "sql_log_bin"
            {
                hits.plain();
            }
        }
    },
    ..TRANSACTION
};

pub(super) static REPLICA_ROLE: Rule = Rule {
    id: "database/session-replication-role",
    title: "Triggers and foreign keys are switched off for the session",
    class: RiskClass::DataLoss,
    severity: Severity::High,
    what: "`session_replication_role = replica` fires no triggers, and foreign keys are triggers: rows are written and deleted without their \
           partners, and nobody looks at them later.",
    spares_new: false,
    harmless: "Never.",
    says: "triggers and foreign keys are switched off for what follows",
    safe: "Load parents before children, or add the foreign key NOT VALID afterwards and validate it",
    source: "PostgreSQL manual, 20.11.1 Statement Behavior, session_replication_role: https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-SESSION-REPLICATION-ROLE",
    proof: Proof::Manual,
    finds: &["SET session_replication_role = replica;"],
    passes: &["SET session_replication_role = origin;"],
    find: |scene, hits| {
        for action in scene.actions() {
            if let Action::Set(variable) = action
                && variable.name == "session_replication_role"
                && variable.value.as_deref().is_some_and(|value| value.trim_matches('\'').eq_ignore_ascii_case("replica"))
            {
                hits.plain();
            }
        }
    },
    ..TRANSACTION
};

pub(super) static STRICT_MODE_OFF: Rule = Rule {
    id: "database/strict-mode-off",
    title: "The server's mode is changed",
    class: RiskClass::DataLoss,
    severity: Severity::Medium,
    dialects: MYSQL,
    what: "Without STRICT_TRANS_TABLES values that do not fit are cut or replaced with a warning that nobody reads.",
    spares_new: false,
    harmless: "The new mode is strict.",
    says: "`sql_mode` without a strict mode: values that do not fit are cut without an error",
    safe: "SET SESSION sql_mode = CONCAT(@@sql_mode, ',STRICT_TRANS_TABLES');",
    source: "MySQL 8.0 Reference Manual, 7.1.11 Server SQL Modes, Strict SQL Mode: https://dev.mysql.com/doc/refman/8.0/en/sql-mode.html#sql-mode-strict",
    proof: Proof::Manual,
    finds: &["SET sql_mode = '';", "SET sql_mode = 'NO_AUTO_VALUE_ON_ZERO';"],
    passes: &["SET sql_mode = 'STRICT_TRANS_TABLES';", "SET sql_mode = 'TRADITIONAL';"],
    find: |scene, hits| {
        for action in scene.actions() {
            if let Action::Set(variable) = action
                && variable.name == "sql_mode"
                && variable.value.as_deref().is_some_and(|value| {
                    let value = value.to_ascii_uppercase();
                    !value.contains("STRICT") && !value.contains("TRADITIONAL") && !value.contains('@') && value != "DEFAULT"
                })
            {
                hits.plain();
            }
        }
    },
    ..TRANSACTION
};
