//! How long a script waits for its locks, and holds them.

use super::transactions::TRANSACTION;
use crate::analyze::sql::locks::{self, Level};
use crate::analyze::sql::rule::{MYSQL, ONLY_MARIADB, Proof, Rule, SERVERS, Variant};
use crate::analyze::sql::scene::Scene;
use crate::analyze::sql::state::{Timeout, follow};
use crate::evidence::sql::{Action, Name};
use crate::facts::{Blocks, Severity, SqlDialect};

/// Longer than this, who waits for a lock stands in everybody's way; milliseconds.
const LONG_LOCK_TIMEOUT: u64 = 60_000;

/// The first table that others use and that the statement locks against writes.
pub(super) fn locks_used(scene: &Scene<'_>) -> Option<(Name, Level)> {
    locks::of(scene.statement, scene.dialect())
        .into_iter()
        .filter(|lock| lock.level >= Level::Share && !scene.state.is_new(&lock.table))
        .max_by_key(|lock| lock.level)
        .map(|lock| (lock.table, lock.level))
}

pub(super) static NO_LOCK_TIMEOUT: Rule = Rule {
    id: "database/no-lock-timeout",
    title: "A lock is waited for without an end",
    severity: Severity::Medium,
    dialects: SERVERS,
    what: "The statement waits for every transaction that uses the table, and everybody who comes later waits behind it, readers too: one \
           long query and one short `ALTER TABLE` together stop the table. A time-out lets the queue go, and the migration is tried again.",
    lock: Some("ACCESS EXCLUSIVE"),
    blocks: Blocks::Everything,
    harmless: "The script sets a lock time-out before, or every table that it locks is created in the same change. Told once for each \
               script.",
    says: "the script waits for its {level} lock on {table} without an end, and everybody else behind it",
    safe: "SET lock_timeout = '2s'; -- at the top of the script; let the tool try again",
    source: "PostgreSQL manual, 20.11.1 Statement Behavior, lock_timeout: https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-LOCK-TIMEOUT",
    variants: &[
        Variant {
            dialects: &[SqlDialect::Mysql],
            lock: Some("exclusive metadata lock"),
            safe: "SET SESSION lock_wait_timeout = 5; -- seconds; the default is a year",
            source: "MySQL 8.0 Reference Manual, 10.11.4 Metadata Locking: https://dev.mysql.com/doc/refman/8.0/en/metadata-locking.html",
        },
        Variant {
            dialects: ONLY_MARIADB,
            lock: Some("exclusive metadata lock"),
            safe: "SET SESSION lock_wait_timeout = 5; -- seconds, the default is a day; or ALTER TABLE {table} WAIT 5 ..",
            source: "MariaDB documentation, WAIT and NOWAIT: https://mariadb.com/docs/server/reference/sql-statements/transactions/wait-and-nowait",
        },
    ],
    proof: Proof::Server,
    squawk: &["require-timeout-settings", "require-lock-timeout"],
    finds: &[
        "ALTER TABLE t ADD COLUMN a int;",
        "SET lock_timeout = '2s'; RESET ALL; ALTER TABLE t ADD COLUMN a int;",
        "SET lock_timeout = '2s'; DISCARD ALL; ALTER TABLE t ADD COLUMN a int;",
        "BEGIN; SET lock_timeout = '2s'; ROLLBACK; ALTER TABLE t ADD COLUMN a int;",
    ],
    passes: &[
        "SET lock_timeout = '2s'; ALTER TABLE t ADD COLUMN a int;",
        "SET lock_timeout = '2s'; DISCARD PLANS; ALTER TABLE t ADD COLUMN a int;",
        "BEGIN; SET lock_timeout = '2s'; COMMIT; ALTER TABLE t ADD COLUMN a int;",
        "BEGIN; SET lock_timeout = '2s'; SET LOCAL lock_timeout = '9s'; COMMIT; ALTER TABLE t ADD COLUMN a int;",
        "CREATE TABLE t (a int); ALTER TABLE t ADD COLUMN b int;",
        "CREATE INDEX CONCURRENTLY i ON t (a);",
    ],
    find: |scene, hits| {
        let session = &scene.state.session;
        if session.lock_timeout().is_set() || session.told_lock_timeout {
            return;
        }
        let own = follow::says_how_long(scene.statement);
        if let Some((table, level)) = locks_used(scene).filter(|_| !own) {
            let (words, blocks) = if scene.dialect().is_mysql() {
                ("metadata", Blocks::Everything)
            } else if level == Level::AccessExclusive {
                (level.words(), Blocks::Everything)
            } else {
                (level.words(), Blocks::Writes)
            };
            let hit = hits.on(&table).fill("level", words);
            if !scene.dialect().is_mysql() {
                hit.lock(level.words(), blocks);
            }
        }
    },
    ..TRANSACTION
};

pub(super) static NO_STATEMENT_TIMEOUT: Rule = Rule {
    id: "database/no-statement-timeout",
    title: "A statement that locks a table may run without an end",
    severity: Severity::Note,
    what: "A statement that holds a lock and takes longer than anybody thought keeps others out until somebody ends it by hand.",
    harmless: "The script sets a statement time-out before, or every table that it locks is created in the same change. Told once for each \
               script.",
    says: "the script holds its {level} lock on {table} for as long as its statements take",
    safe: "SET statement_timeout = '15min'; -- at the top of the script",
    source: "PostgreSQL manual, 20.11.1 Statement Behavior, statement_timeout: https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-STATEMENT-TIMEOUT",
    squawk: &["require-timeout-settings", "require-statement-timeout"],
    finds: &["ALTER TABLE t ADD COLUMN a int;"],
    passes: &["SET statement_timeout = '1min'; ALTER TABLE t ADD COLUMN a int;"],
    find: |scene, hits| {
        let session = &scene.state.session;
        if session.statement_timeout().is_set() || session.told_statement_timeout {
            return;
        }
        if let Some((table, level)) = locks_used(scene) {
            hits.on(&table).fill("level", level.words());
        }
    },
    ..TRANSACTION
};

pub(super) static TIMEOUT_OFF: Rule = Rule {
    id: "database/timeout-off",
    title: "A time-out is switched off, or is as good as none",
    severity: Severity::Medium,
    dialects: SERVERS,
    what: "`lock_timeout = 0` waits for ever, and a minute is for ever for those who wait behind. In MySQL the default of \
           `lock_wait_timeout` is a year.",
    spares_new: false,
    harmless: "No statement of the script locks a table that others use.",
    says: "`{name}` is set to {value}: whoever comes later waits for as long",
    safe: "SET lock_timeout = '2s';",
    source: "PostgreSQL manual, 20.11.1 Statement Behavior, lock_timeout: https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-LOCK-TIMEOUT",
    variants: &[Variant {
        dialects: MYSQL,
        lock: None,
        safe: "SET SESSION lock_wait_timeout = 5;",
        source: "MySQL 8.0 Reference Manual, 7.1.8 Server System Variables, lock_wait_timeout: https://dev.mysql.com/doc/refman/8.0/en/server-system-variables.html#sysvar_lock_wait_timeout",
    }],
    finds: &["SET lock_timeout = 0;", "SET lock_timeout = '10min';"],
    passes: &["SET lock_timeout = '5s';", "SET statement_timeout = 0;"],
    find: |scene, hits| {
        for action in scene.actions() {
            let Action::Set(variable) = action else { continue };
            let postgres = scene.dialect() == SqlDialect::Postgres;
            let lock = if postgres { "lock_timeout" } else { "lock_wait_timeout" };
            if variable.name != lock || variable.value.is_none() {
                continue;
            }
            let long = match Timeout::of(variable, postgres) {
                Timeout::Never => true,
                Timeout::After(milliseconds) => milliseconds > LONG_LOCK_TIMEOUT,
                Timeout::Unset | Timeout::Unknown => false,
            };
            if long {
                hits.plain()
                    .fill("name", super::first_words(&variable.name))
                    .fill("value", super::first_words(variable.value.as_deref().unwrap_or_default()));
            }
        }
    },
    ..TRANSACTION
};
