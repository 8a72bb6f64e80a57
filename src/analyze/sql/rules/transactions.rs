//! Transactions, time-outs and locks that are taken by hand.

use super::manual;
use super::timeouts::locks_used;
use crate::analyze::sql::hit::quoted_list;
use crate::analyze::sql::locks::{self, Level};
use crate::analyze::sql::rule::{ALL, MYSQL, POSTGRES, Proof, RULE, Rule, SERVERS, Variant};
use crate::analyze::sql::state::follow;
use crate::evidence::sql::{Action, AlterOp, Dml, SetScope};
use crate::facts::{Blocks, RiskClass, Severity, SqlDialect};

/// A transaction that locks so many tables that others use meets another one that takes them in another order.
const MANY_TABLES: usize = 4;

pub(super) const TRANSACTION: Rule =
    Rule { class: RiskClass::Transaction, dialects: POSTGRES, source: manual::PG_LOCKING, proof: Proof::Reason, ..RULE };

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
