//! Rows that are filled in: copied, loaded, replaced.

use super::batch::{batch, narrow};
use super::correction::CORRECTION;
use crate::analyze::sql::rule::{MYSQL, Proof, Rule, SERVERS, SQLITE, Variant};
use crate::analyze::sql::scene::Scene;
use crate::analyze::sql::words;
use crate::evidence::sql::{Action, InsertSource, Name, Query};
use crate::facts::{Severity, SqlDialect};

/// `INSERT .. VALUES` with more rows belongs to a loader.
const MANY_VALUES: u64 = 1_000;

/// Queries that fill a table, with the table.
pub(super) fn fills<'a>(scene: &Scene<'a>) -> Vec<(Option<&'a Name>, &'a Query)> {
    let mut fills = Vec::new();
    for insert in scene.inserts() {
        if let InsertSource::Query(query) = &insert.source
            && words::reads_rows(&query.text)
        {
            fills.push((insert.table.as_ref(), &**query));
        }
    }
    for create in scene.created_tables() {
        if let Some(query) = create.as_query.as_deref() {
            fills.push((create.name.as_ref(), query));
        }
    }
    fills
}

/// The largest table that a query reads; of several of which nobody knows the size, the first.
fn largest<'a>(scene: &Scene<'_>, query: &'a Query) -> Option<&'a Name> {
    query
        .tables
        .iter()
        .filter(|table| !scene.state.is_new(table))
        .max_by_key(|table| scene.record(table).map_or(u64::MAX, |record| record.rows.unwrap_or(u64::MAX)))
}

pub(super) static COPY_UNFILTERED: Rule = Rule {
    id: "database/copy-whole-table",
    title: "A whole table is copied in one statement",
    severity: Severity::Medium,
    weighed_by_size: true,
    scans: true,
    what: "`INSERT .. SELECT` and `CREATE TABLE .. AS` without a WHERE or LIMIT read all of the source in one transaction. MySQL locks every row \
           that is read (REPEATABLE READ), so that writes to the source wait; replicas apply it as one piece.",
    harmless: "The source is small or created in the same change; the query has a filter or only counts.",
    says: "all of {table} is read and copied in one transaction",
    safe: "INSERT INTO <target> SELECT .. FROM {table} WHERE <key> > <last> ORDER BY <key> LIMIT 1000; -- repeat, each time in a transaction of its own",
    source: "PostgreSQL manual, INSERT: https://www.postgresql.org/docs/current/sql-insert.html",
    variants: &[Variant {
        dialects: MYSQL,
        lock: Some("row locks"),
        safe: "INSERT INTO <target> SELECT .. FROM {table} WHERE <key> > <last> ORDER BY <key> LIMIT 1000; -- repeat, each time in a transaction of its own",
        source: "MySQL 8.0 Reference Manual, 17.7.3 Locks Set by Different SQL Statements in InnoDB: https://dev.mysql.com/doc/refman/8.0/en/innodb-locks-set.html",
    }],
    finds: &["INSERT INTO u SELECT * FROM t;", "CREATE TABLE u AS SELECT * FROM t;"],
    passes: &[
        "INSERT INTO u SELECT * FROM t WHERE id BETWEEN 1 AND 1000;",
        "INSERT INTO u SELECT 1, 2;",
        "INSERT INTO u VALUES (1);",
    ],
    find: |scene, hits| {
        for (_, query) in fills(scene) {
            let filtered = query.filter.as_ref().is_some_and(|filter| !filter.always_true);
            if filtered || query.limit.is_some_and(|limit| limit <= batch(scene)) {
                continue;
            }
            if let Some(source) = largest(scene, query) {
                hits.on(source);
            }
        }
    },
    ..CORRECTION
};

pub(super) static COPY_UNBATCHED: Rule = Rule {
    id: "database/copy-not-batched",
    title: "A table is filled from a query in one statement",
    severity: Severity::Medium,
    weighed_by_size: true,
    what: "How many rows the query picks is not said: all of them are written in one transaction, and replicas apply them as one piece.",
    harmless: "A LIMIT or a range of the key cuts it into batches; the source is small, or created in the same change.",
    says: "any number of rows of {table} is copied in one transaction",
    safe: "INSERT INTO <target> SELECT .. FROM {table} WHERE <condition> AND <key> > <last> ORDER BY <key> LIMIT 1000; -- repeat",
    source: "PostgreSQL manual, INSERT: https://www.postgresql.org/docs/current/sql-insert.html",
    variants: &[Variant {
        dialects: MYSQL,
        lock: Some("row locks"),
        safe: "INSERT INTO <target> SELECT .. FROM {table} WHERE <condition> AND <key> > <last> ORDER BY <key> LIMIT 1000; -- repeat",
        source: "MySQL 8.0 Reference Manual, 17.7.3 Locks Set by Different SQL Statements in InnoDB: https://dev.mysql.com/doc/refman/8.0/en/innodb-locks-set.html",
    }],
    finds: &["INSERT INTO u SELECT * FROM t WHERE state = 'new';"],
    passes: &[
        "INSERT INTO u SELECT * FROM t WHERE id BETWEEN 1 AND 1000;",
        "INSERT INTO u SELECT * FROM t WHERE id = 3;",
        "INSERT INTO u SELECT 1, 'a' WHERE NOT EXISTS (SELECT 1 FROM u WHERE b = 'a');",
    ],
    find: |scene, hits| {
        for (_, query) in fills(scene) {
            let Some(filter) = query.filter.as_ref().filter(|filter| !filter.always_true) else { continue };
            let Some(source) = largest(scene, query) else { continue };
            if query.limit.is_some_and(|limit| limit <= batch(scene)) || narrow(scene, source, filter, None) {
                continue;
            }
            hits.on(source);
        }
    },
    ..CORRECTION
};

pub(super) static REPLACE: Rule = Rule {
    id: "database/replace-deletes",
    title: "`REPLACE` deletes rows before it writes them",
    severity: Severity::High,
    dialects: &[SqlDialect::Mysql, SqlDialect::Mariadb, SqlDialect::Sqlite],
    what: "`REPLACE INTO` deletes each row that shares any unique key with a new one, also two for one, fires delete triggers and cascades, and \
           gives columns that are not named their defaults: values are lost.",
    harmless: "The table is created in the same change.",
    says: "rows of {table} that share a key are deleted, with what refers to them, before new ones are written",
    safe: "INSERT INTO {table} (..) VALUES (..) ON DUPLICATE KEY UPDATE <column> = <value>;",
    source: "MySQL 8.0 Reference Manual, 15.2.12 REPLACE: https://dev.mysql.com/doc/refman/8.0/en/replace.html",
    variants: &[Variant {
        dialects: SQLITE,
        lock: None,
        safe: "INSERT INTO {table} (..) VALUES (..) ON CONFLICT (<key>) DO UPDATE SET <column> = excluded.<column>;",
        source: "SQLite, ON CONFLICT: https://www.sqlite.org/lang_conflict.html",
    }],
    finds: &["REPLACE INTO t VALUES (1);", "sqlite: INSERT OR REPLACE INTO t VALUES (1);"],
    passes: &["INSERT INTO t VALUES (1) ON DUPLICATE KEY UPDATE a = 1;"],
    find: |scene, hits| {
        for insert in scene.inserts().filter(|insert| insert.replace) {
            hits.on_some(insert.table.as_ref());
        }
    },
    ..CORRECTION
};

pub(super) static IGNORE: Rule = Rule {
    id: "database/insert-ignore",
    title: "Rows that fail are left out without an error",
    severity: Severity::Low,
    dialects: MYSQL,
    what: "`INSERT IGNORE` leaves out not only doubles: values that do not fit are cut or replaced, rows without their parent are dropped, and \
           all of it is a warning that nobody reads.",
    harmless: "The table is created in the same change.",
    says: "rows for {table} that fail for any reason are left out or cut without an error",
    safe: "INSERT INTO {table} (..) VALUES (..) ON DUPLICATE KEY UPDATE <key> = <key>;",
    source: "MySQL 8.0 Reference Manual, 7.1.11 Server SQL Modes, The Effect of IGNORE: https://dev.mysql.com/doc/refman/8.0/en/sql-mode.html#ignore-strict-comparison",
    proof: Proof::Manual,
    finds: &["INSERT IGNORE INTO t VALUES (1);"],
    passes: &["INSERT INTO t VALUES (1);"],
    find: |scene, hits| {
        for insert in scene.inserts().filter(|insert| insert.ignore) {
            hits.on_some(insert.table.as_ref());
        }
    },
    ..CORRECTION
};

pub(super) static MANY_VALUES_INSERTED: Rule = Rule {
    id: "database/many-rows-inserted",
    title: "A script carries many rows",
    severity: Severity::Low,
    what: "Thousands of rows in one INSERT are one transaction, one event for replicas, and a text that nobody reviews.",
    harmless: "The table is created in the same change.",
    says: "{count} rows are written into {table} by one statement",
    safe: "COPY {table} FROM '<file>'; -- or INSERT in batches of 1,000, outside of a migration",
    source: "PostgreSQL manual, 14.4 Populating a Database: https://www.postgresql.org/docs/current/populate.html",
    variants: &[Variant {
        dialects: MYSQL,
        lock: None,
        safe: "INSERT in batches of 1,000, outside of a migration",
        source: "MySQL 8.0 Reference Manual, 10.2.5.1 Optimizing INSERT Statements: https://dev.mysql.com/doc/refman/8.0/en/insert-optimization.html",
    }],
    finds: &[],
    passes: &["INSERT INTO t VALUES (1), (2);"],
    find: |scene, hits| {
        for insert in scene.inserts() {
            if let InsertSource::Values(count) = insert.source
                && count > MANY_VALUES
            {
                hits.on_some(insert.table.as_ref()).fill("count", count.to_string());
            }
        }
        for action in scene.actions() {
            if let Action::Copy { table, into: true, rows: Some(count), .. } = action
                && *count > MANY_VALUES
            {
                hits.on_some(table.as_ref()).fill("count", count.to_string());
            }
        }
    },
    ..CORRECTION
};

pub(super) static LOADED: Rule = Rule {
    id: "database/file-loaded",
    title: "Rows come from a file or a program",
    severity: Severity::Medium,
    dialects: SERVERS,
    what: "What is loaded, and how much of it, does not stand in the script. `COPY .. FROM PROGRAM` runs a command on the server.",
    harmless: "The table is created in the same change.",
    says: "rows of {table} come from {source}, which the change does not show",
    safe: "Put the rows into the script, or into a file of the change that is loaded by a job of its own",
    source: "PostgreSQL manual, COPY: https://www.postgresql.org/docs/current/sql-copy.html",
    variants: &[Variant {
        dialects: MYSQL,
        lock: None,
        safe: "Put the rows into the script, or into a file of the change that is loaded by a job of its own",
        source: "MySQL 8.0 Reference Manual, 15.2.9 LOAD DATA: https://dev.mysql.com/doc/refman/8.0/en/load-data.html",
    }],
    finds: &["COPY t FROM '/tmp/x.csv';", "COPY t FROM PROGRAM 'curl x';"],
    passes: &["COPY t TO STDOUT;"],
    find: |scene, hits| {
        for action in scene.actions() {
            let Action::Copy { table, into: true, from_program, rows } = action else { continue };
            if rows.is_some() {
                continue;
            }
            let hit = hits
                .on_some(table.as_ref())
                .fill("source", if *from_program { "a program that the server runs" } else { "a file" });
            if *from_program {
                hit.severity(Severity::Critical).also_new();
            }
        }
    },
    ..CORRECTION
};
