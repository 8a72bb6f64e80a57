//! Transactions, time-outs and locks that are taken by hand.

use super::manual;
use crate::analyze::sql::hit::quoted_list;
use crate::analyze::sql::locks::{self, Level};
use crate::analyze::sql::rule::{ALL, MYSQL, ONLY_MARIADB, POSTGRES, Proof, RULE, Rule, SERVERS, Variant};
use crate::analyze::sql::scene::Scene;
use crate::analyze::sql::state::{Timeout, follow};
use crate::evidence::sql::{Action, AlterOp, Dml, Name, SetScope};
use crate::facts::{Blocks, RiskClass, Severity, SqlDialect};

/// Longer than this, who waits for a lock stands in everybody's way; milliseconds.
const LONG_LOCK_TIMEOUT: u64 = 60_000;
/// A transaction that locks so many tables that others use meets another one that takes them in another order.
const MANY_TABLES: usize = 4;

const TRANSACTION: Rule =
    Rule { class: RiskClass::Transaction, dialects: POSTGRES, source: manual::PG_LOCKING, proof: Proof::Reason, ..RULE };

/// The first table that others use and that the statement locks against writes.
fn locks_used(scene: &Scene<'_>) -> Option<(Name, Level)> {
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
    finds: &["ALTER TABLE t ADD COLUMN a int;"],
    passes: &[
        "SET lock_timeout = '2s'; ALTER TABLE t ADD COLUMN a int;",
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

pub(super) static LEFT_OPEN: Rule = Rule {
    id: "database/transaction-left-open",
    title: "A transaction is not ended",
    severity: Severity::High,
    dialects: ALL,
    what: "Without a COMMIT everything since BEGIN is taken back when the connection ends, or its locks stay while the connection stays open.",
    spares_new: false,
    harmless: "Never.",
    says: "the transaction that begins here is not ended in this script",
    safe: "COMMIT; -- at the end",
    source: "PostgreSQL manual, BEGIN: https://www.postgresql.org/docs/current/sql-begin.html",
    squawk: &["ban-uncommitted-transaction"],
    finds: &["BEGIN; ALTER TABLE t ADD COLUMN a int;"],
    passes: &["BEGIN; ALTER TABLE t ADD COLUMN a int; COMMIT;"],
    find: |scene, hits| {
        let begins = scene.actions().any(|action| matches!(action, Action::Begin));
        if begins && scene.state.session.transaction.is_none() && !scene.ends_later() {
            hits.plain();
        }
    },
    ..TRANSACTION
};

pub(super) static NESTED: Rule = Rule {
    id: "database/transaction-nested",
    title: "Transactions do not nest",
    severity: Severity::Medium,
    dialects: ALL,
    what: "`BEGIN` inside a transaction does nothing but warn in PostgreSQL, and commits the open one in MySQL; a `COMMIT` inside the \
           transaction of the migration tool ends it, so that a failure later leaves half of the migration. One without a `BEGIN` does \
           nothing.",
    spares_new: false,
    harmless: "Never.",
    says: "{words}",
    safe: "Leave transactions to the tool, or tell it to open none and write BEGIN and COMMIT once",
    source: "PostgreSQL manual, BEGIN: https://www.postgresql.org/docs/current/sql-begin.html",
    variants: &[Variant {
        dialects: MYSQL,
        lock: None,
        safe: "Leave transactions to the tool, or tell it to open none and write START TRANSACTION and COMMIT once",
        source: "MySQL 8.0 Reference Manual, 15.3.1 START TRANSACTION: https://dev.mysql.com/doc/refman/8.0/en/commit.html",
    }],
    squawk: &["transaction-nesting"],
    finds: &["BEGIN; BEGIN; SELECT 1; COMMIT;", "SELECT 1; COMMIT;"],
    passes: &["BEGIN; SELECT 1; COMMIT;", "BEGIN; SELECT 1; ROLLBACK;"],
    find: |scene, hits| {
        let open = scene.state.session.transaction.as_ref();
        for action in scene.actions() {
            let words = match (action, open) {
                (Action::Begin, Some(open)) if open.by_tool => {
                    "`BEGIN` stands inside the transaction of the migration tool, and its `COMMIT` will end that one".to_owned()
                }
                (Action::Begin, Some(open)) => format!("`BEGIN` stands inside the transaction of line {}", open.line),
                (Action::Commit | Action::Rollback { to_savepoint: false }, Some(open)) if open.by_tool => {
                    "this ends the transaction of the migration tool: what fails later leaves half of the migration".to_owned()
                }
                (Action::Commit, None) => "there is no transaction to commit".to_owned(),
                _ => continue,
            };
            // MySQL's own commits leave nothing to commit, which `implicit-commit` tells.
            if scene.dialect().is_mysql() && matches!(action, Action::Commit) {
                continue;
            }
            hits.plain().fill("words", words);
        }
    },
    ..TRANSACTION
};

pub(super) static IMPLICIT_COMMIT: Rule = Rule {
    id: "database/implicit-commit",
    title: "A change of the schema commits in the middle of a transaction",
    severity: Severity::High,
    dialects: MYSQL,
    what: "MySQL and MariaDB commit before and after every statement that changes the schema: the transaction around it is over, a ROLLBACK \
           takes nothing back, and a failure later leaves half of the migration.",
    spares_new: false,
    harmless: "The statement is about a temporary table.",
    says: "this commits the transaction of {who}: nothing of it can be taken back any more",
    safe: "One script for each change of the schema, and the corrections of rows in scripts of their own",
    source: "MySQL 8.0 Reference Manual, 15.3.3 Statements That Cause an Implicit Commit: https://dev.mysql.com/doc/refman/8.0/en/implicit-commit.html",
    proof: Proof::Server,
    finds: &["START TRANSACTION; UPDATE t SET a = 1 WHERE id = 1; ALTER TABLE t ADD COLUMN b int; COMMIT;"],
    passes: &[
        "START TRANSACTION; UPDATE t SET a = 1 WHERE id = 1; COMMIT; ALTER TABLE t ADD COLUMN b int;",
        "START TRANSACTION; CREATE TEMPORARY TABLE x (a int); COMMIT;",
    ],
    find: |scene, hits| {
        if !scene.actions().any(follow::is_ddl) || scene.created_tables().any(|create| create.temporary) {
            return;
        }
        if scene.actions().any(|action| matches!(action, Action::DropTable { temporary: true, .. })) {
            return;
        }
        match &scene.state.session.transaction {
            Some(open) if !open.by_tool => {
                hits.plain().fill("who", format!("line {}", open.line));
            }
            // The tool's own transaction: it matters once rows have been written in it.
            _ if scene.source.in_transaction
                && scene.state.session.first_dml.is_some()
                && scene.state.session.first_ddl.is_none() =>
            {
                hits.plain().fill("who", "the migration tool");
            }
            _ => {}
        }
    },
    ..TRANSACTION
};

pub(super) static DATA_UNDER_LOCK: Rule = Rule {
    id: "database/rows-changed-under-lock",
    title: "Rows are changed while the transaction keeps a table locked",
    severity: Severity::High,
    what: "PostgreSQL keeps every lock until the transaction ends. Rows that are changed after an `ALTER TABLE` in the same transaction are \
           changed while nobody reads or writes the altered table.",
    lock: Some("ACCESS EXCLUSIVE"),
    blocks: Blocks::Everything,
    weighed_by_size: true,
    harmless: "The tables are created in the same change; the table whose rows change is small.",
    says: "rows of {table} are changed while {locked} stays locked since line {line}",
    safe: "COMMIT; -- before the rows are changed: a script for the schema, another one for the rows, in batches",
    finds: &["BEGIN; ALTER TABLE t ADD COLUMN a int; UPDATE t SET a = b WHERE id > 0; COMMIT;"],
    passes: &[
        "ALTER TABLE t ADD COLUMN a int; UPDATE t SET a = b WHERE id > 0;",
        "BEGIN; CREATE TABLE u (a int); INSERT INTO u SELECT 1; COMMIT;",
    ],
    find: |scene, hits| {
        let Some((locked, line)) = scene.state.session.transaction.as_ref().and_then(|open| open.first_lock.as_ref()) else {
            return;
        };
        for dml in scene.dml() {
            let table = match dml {
                Dml::Insert(insert) if matches!(insert.source, crate::evidence::sql::InsertSource::Query(_)) => {
                    insert.table.as_ref()
                }
                Dml::Insert(_) => continue,
                Dml::Update(update) => update.tables.first(),
                Dml::Delete(delete) => delete.tables.first(),
                Dml::Merge { table, .. } => table.as_ref(),
            };
            let hit = hits.on_some(table).fill("locked", super::first_words(&locked.to_string())).fill("line", line.to_string());
            // The new table is not the one that stays locked.
            hit.also_new();
            if let Dml::Insert(insert) = dml
                && let crate::evidence::sql::InsertSource::Query(query) = &insert.source
                && query.tables.is_empty()
            {
                hit.harmless("the query reads no table");
            }
        }
    },
    ..TRANSACTION
};

pub(super) static MANY_LOCKS: Rule = Rule {
    id: "database/many-locks-in-transaction",
    title: "One transaction locks many tables",
    severity: Severity::Medium,
    what: "Each further table is waited for while those before stay locked: the application, which takes them in another order, and the \
           migration wait for each other, and one of them is ended (`deadlock detected`). And all of them stay locked until the last one \
           is done.",
    harmless: "The tables are created in the same change. Told once for each transaction.",
    says: "this is the {count}th table that the transaction of {who} keeps locked: {tables}",
    safe: "COMMIT; -- after each table: one script for each",
    finds: &[
        "BEGIN; ALTER TABLE a ADD x int; ALTER TABLE b ADD x int; ALTER TABLE c ADD x int; ALTER TABLE d ADD x int; COMMIT;",
    ],
    passes: &["BEGIN; ALTER TABLE a ADD x int; ALTER TABLE b ADD x int; COMMIT;"],
    find: |scene, hits| {
        let Some(open) = &scene.state.session.transaction else { return };
        if open.locked.len() + 1 != MANY_TABLES {
            return;
        }
        let Some((table, _)) = locks_used(scene).filter(|(table, _)| !open.locked.contains(table)) else { return };
        let mut tables: Vec<String> = open.locked.iter().map(ToString::to_string).collect();
        tables.sort_unstable();
        let who = if open.by_tool { "the migration tool".to_owned() } else { format!("line {}", open.line) };
        hits.on(&table)
            .fill("count", MANY_TABLES.to_string())
            .fill("who", who)
            .fill("tables", super::first_words(&format!("{}, {table}", tables.join(", "))));
    },
    ..TRANSACTION
};

pub(super) static VALIDATE_IN_TRANSACTION: Rule = Rule {
    id: "database/validate-in-same-transaction",
    title: "A constraint is validated in the transaction that adds it",
    class: RiskClass::Lock,
    severity: Severity::High,
    what: "`NOT VALID` is meant to keep the lock short. In the same transaction the lock of `ADD CONSTRAINT` stays while `VALIDATE \
           CONSTRAINT` reads the whole table: nothing is won.",
    lock: Some("ACCESS EXCLUSIVE"),
    blocks: Blocks::Everything,
    scans: true,
    weighed_by_size: true,
    harmless: "The table is created in the same change, or small.",
    says: "{name} is validated while the lock that added it to {table} is still held",
    safe: "COMMIT; -- between the two\nALTER TABLE {table} VALIDATE CONSTRAINT {name};",
    source: manual::PG_ALTER_NOTES,
    proof: Proof::Server,
    squawk: &["constraint-missing-not-valid"],
    finds: &["BEGIN; ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID; ALTER TABLE t VALIDATE CONSTRAINT c; COMMIT;"],
    passes: &["ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID; ALTER TABLE t VALIDATE CONSTRAINT c;"],
    find: |scene, hits| {
        let Some(open) = &scene.state.session.transaction else { return };
        for (alter, operation) in scene.operations() {
            if let AlterOp::ValidateConstraint { name } = operation
                && open.not_valid.contains(&(alter.name.name.clone(), name.clone()))
            {
                hits.on(&alter.name).fill("name", quoted_list([name.as_str()], scene.dialect()));
            }
        }
    },
    ..TRANSACTION
};

pub(super) static OUTSIDE_ONLY: Rule = Rule {
    id: "database/not-in-a-transaction",
    title: "A statement that is refused inside a transaction",
    class: RiskClass::Failure,
    severity: Severity::High,
    what: "`VACUUM`, `CREATE DATABASE`, `DROP DATABASE`, `ALTER SYSTEM`, `REINDEX DATABASE` and `CREATE TABLESPACE` cannot run inside a \
           transaction block: the migration fails, and everything before it is taken back.",
    spares_new: false,
    harmless: "Never: it fails.",
    says: "`{words}` fails inside the transaction that {who} opens",
    safe: "Run it in a script of its own without a transaction, or leave it to an operator",
    source: "PostgreSQL manual, VACUUM, Notes: https://www.postgresql.org/docs/current/sql-vacuum.html",
    proof: Proof::Server,
    finds: &["BEGIN; VACUUM t; COMMIT;", "BEGIN; CREATE DATABASE d; COMMIT;"],
    passes: &["VACUUM t;", "BEGIN; ANALYZE t; COMMIT;"],
    find: |scene, hits| {
        let Some(open) = &scene.state.session.transaction else { return };
        for action in scene.actions() {
            let words = match action {
                Action::Vacuum { .. } => "VACUUM",
                Action::CreateDatabase { .. } => "CREATE DATABASE",
                Action::DropDatabase { .. } => "DROP DATABASE",
                Action::Reindex { target, .. } if ["database", "system"].contains(&target.to_ascii_lowercase().as_str()) => {
                    "REINDEX DATABASE"
                }
                Action::Set(variable) if variable.scope == SetScope::Global => "ALTER SYSTEM",
                _ => continue,
            };
            let who = if open.by_tool { "the migration tool".to_owned() } else { format!("line {}", open.line) };
            hits.plain().fill("words", words).fill("who", who);
        }
    },
    ..TRANSACTION
};

pub(super) static LOCK_TABLE: Rule = Rule {
    id: "database/lock-table",
    title: "A table is locked by hand",
    class: RiskClass::Lock,
    severity: Severity::High,
    dialects: SERVERS,
    what: "`LOCK TABLE` keeps others out until the transaction ends, `LOCK TABLES` until `UNLOCK TABLES` or the end of the connection.",
    lock: Some("ACCESS EXCLUSIVE"),
    blocks: Blocks::Everything,
    harmless: "The table is created in the same change, or the mode keeps nobody out who reads or writes rows.",
    says: "{table} is locked by hand ({mode})",
    safe: "Lock rows, not tables: SELECT .. FOR UPDATE, in short transactions",
    source: "PostgreSQL manual, LOCK: https://www.postgresql.org/docs/current/sql-lock.html",
    variants: &[Variant {
        dialects: MYSQL,
        lock: Some("table lock"),
        safe: "Lock rows, not tables: SELECT .. FOR UPDATE, in short transactions",
        source: "MySQL 8.0 Reference Manual, 15.3.6 LOCK TABLES: https://dev.mysql.com/doc/refman/8.0/en/lock-tables.html",
    }],
    proof: Proof::Server,
    finds: &["LOCK TABLE t;", "LOCK TABLE t IN SHARE MODE;"],
    passes: &["LOCK TABLE t IN ROW EXCLUSIVE MODE;", "SELECT * FROM t WHERE id = 1 FOR UPDATE;"],
    find: |scene, hits| {
        let taken = locks::of(scene.statement, scene.dialect());
        for action in scene.actions() {
            let Action::LockTables { tables, mode, .. } = action else { continue };
            for table in tables {
                let level = taken.iter().find(|lock| lock.table == *table).map_or(Level::AccessExclusive, |lock| lock.level);
                let shown = mode.as_deref().map_or_else(|| "the strongest mode".to_owned(), super::first_words);
                let hit = hits.on(table).fill("mode", shown);
                if scene.dialect() == SqlDialect::Postgres {
                    let blocks = match level {
                        Level::AccessExclusive => Blocks::Everything,
                        Level::Share | Level::ShareRowExclusive => Blocks::Writes,
                        _ => Blocks::SchemaChanges,
                    };
                    hit.lock(level.words(), blocks)
                        .harmless_if(level < Level::Share, "the mode keeps nobody out who reads or writes rows");
                }
            }
        }
    },
    ..TRANSACTION
};

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
                hits.plain()
                    .fill("name", super::first_words(name))
                    .harmless_if(scene.state.makes("database", name), "the same change creates it");
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
