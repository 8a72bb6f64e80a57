//! Data correction: rows that are changed, deleted or filled by hand.

use super::batch::{batch, batched};
use super::inserts::fills;
use crate::analyze::sql::hit::{quoted, shown};
use crate::analyze::sql::rule::{ALL, MYSQL, Proof, RULE, Rule, SERVERS, SQLITE, Variant};
use crate::analyze::sql::scene::Scene;
use crate::evidence::sql::{Action, Comparison, Condition, Delete, Dml, Name, Predicate, Update, Value};
use crate::facts::{Blocks, RiskClass, Severity, SqlDialect};

/// `IN` lists with more values are no selection any more.
pub(super) const LONG_LIST: u64 = 1_000;

pub(super) const CORRECTION: Rule = Rule {
    class: RiskClass::Correction,
    severity: Severity::High,
    dialects: ALL,
    source: "PostgreSQL manual, UPDATE: https://www.postgresql.org/docs/current/sql-update.html",
    proof: Proof::Reason,
    ..RULE
};

pub(super) const UPDATE_VARIANT: &str =
    "MySQL 8.0 Reference Manual, 15.2.17 UPDATE: https://dev.mysql.com/doc/refman/8.0/en/update.html";
const DELETE_SOURCE: &str = "PostgreSQL manual, DELETE: https://www.postgresql.org/docs/current/sql-delete.html";
pub(super) const DELETE_VARIANT: &str =
    "MySQL 8.0 Reference Manual, 15.2.2 DELETE: https://dev.mysql.com/doc/refman/8.0/en/delete.html";

/// Batches in PostgreSQL: a range of the key, because there is no LIMIT.
const BATCHES: &str = "-- repeat until no row is left, each time in a transaction of its own, with a pause:\n\
                       {verb} WHERE <key> IN (SELECT <key> FROM {table} WHERE <condition> ORDER BY <key> LIMIT 1000);";
const BATCHES_MYSQL: &str = "-- repeat until no row is left, each time in a transaction of its own, with a pause:\n\
                             {verb} WHERE <condition> ORDER BY <key> LIMIT 1000;";

/// What a statement does to rows that are there: the tables, the filter, whether it takes only some.
pub(super) struct Change<'a> {
    pub tables: &'a [Name],
    /// What the columns of the tables are called by.
    pub aliases: &'a [String],
    pub joined: &'a [Name],
    pub filter: Option<&'a Predicate>,
    pub order_by: bool,
    pub limit: Option<u64>,
    pub update: Option<&'a Update>,
    pub writes_inside: bool,
}

impl Change<'_> {
    fn verb(&self) -> &'static str {
        if self.update.is_some() { "UPDATE" } else { "DELETE" }
    }

    fn statement(&self, dialect: SqlDialect) -> String {
        let table = self.tables.first().map(|table| crate::analyze::sql::hit::quoted_name(table, dialect)).unwrap_or_default();
        if self.update.is_some() { format!("UPDATE {table} SET <column> = <value>") } else { format!("DELETE FROM {table}") }
    }
}

pub(super) fn changes<'a>(scene: &Scene<'a>) -> Vec<Change<'a>> {
    let update = |update: &'a Update| Change {
        tables: &update.tables,
        aliases: &update.aliases,
        joined: &update.joined,
        filter: update.filter.as_ref(),
        order_by: update.order_by,
        limit: update.limit,
        update: Some(update),
        writes_inside: update.writes_inside,
    };
    let delete = |delete: &'a Delete| Change {
        tables: &delete.tables,
        aliases: &delete.aliases,
        joined: &delete.joined,
        filter: delete.filter.as_ref(),
        order_by: delete.order_by,
        limit: delete.limit,
        update: None,
        writes_inside: delete.writes_inside,
    };
    scene.updates().map(update).chain(scene.deletes().map(delete)).collect()
}

/// The bare name of a column of a condition.
pub(super) fn bare(column: &str) -> &str {
    column.rsplit('.').next().unwrap_or(column)
}

/// Whether a condition picks few rows: by value, by list, by range.
fn selects(condition: &Condition) -> bool {
    if condition.joins || condition.wrapped || condition.column.is_none() {
        return false;
    }
    match condition.comparison {
        Comparison::Equal => !matches!(condition.value, Some(Value::Boolean(_) | Value::Null)),
        Comparison::In => condition.listed.is_none_or(|listed| listed <= LONG_LIST),
        Comparison::Range => true,
        Comparison::Like { leading_wildcard } => !leading_wildcard,
        Comparison::NotEqual | Comparison::IsNull | Comparison::IsNotNull | Comparison::Other => false,
    }
}

pub(super) static NO_WHERE: Rule = Rule {
    id: "database/change-without-where",
    title: "Every row is changed or deleted",
    severity: Severity::Critical,
    what: "Without a WHERE the statement changes or deletes every row of the table: for the data mostly a mistake, for the server one \
           transaction with a lock on every row, a log as large as the table, and replicas that fall behind.",
    harmless: "The table is created in the same change, or the change adds every column that is set.",
    says: "`{words}` without a WHERE {does} every row of {table}",
    safe: BATCHES,
    variants: &[
        Variant { dialects: MYSQL, lock: None, safe: BATCHES_MYSQL, source: UPDATE_VARIANT },
        Variant {
            dialects: SQLITE,
            lock: None,
            safe: BATCHES,
            source: "SQLite, UPDATE: https://www.sqlite.org/lang_update.html",
        },
    ],
    finds: &["UPDATE t SET a = 1;", "DELETE FROM t;", "mysql: UPDATE t JOIN o ON o.id = t.o SET t.a = 1;"],
    passes: &[
        "UPDATE t SET a = 1 WHERE id = 3;",
        "CREATE TABLE t (a int); DELETE FROM t;",
        "UPDATE t SET a = 1 FROM o WHERE o.id = t.o;",
        "ALTER TABLE t ADD COLUMN a int; UPDATE t SET a = b + 1;",
    ],
    find: |scene, hits| {
        for change in changes(scene) {
            if change.filter.is_some() {
                continue;
            }
            let does = if change.update.is_some() { "changes" } else { "deletes" };
            let hit = hits
                .on_some(change.tables.first())
                .fill("words", change.verb())
                .fill("does", does)
                .fill("verb", change.statement(scene.dialect()));
            let fills = change.update.is_some_and(|update| {
                !update.set.is_empty()
                    && update.tables.len() == 1
                    && update.set.iter().all(|(column, _)| scene.state.adds_column(&update.tables[0], bare(column)))
            });
            hit.harmless_if(fills, "the same change adds every column that it sets: no old value is lost");
            // It takes only some, whichever they are: `limit-without-order` tells.
            if change.limit.is_some_and(|limit| limit <= batch(scene)) {
                hit.severity(Severity::Medium).says("`{words}` without a WHERE {does} whichever rows of {table} come first");
            }
        }
    },
    ..CORRECTION
};

pub(super) static ALWAYS_TRUE: Rule = Rule {
    id: "database/where-always-true",
    title: "The WHERE keeps no row out",
    severity: Severity::Critical,
    what: "The condition is true for every row (`1 = 1`, `id = id`, `.. OR true`): the statement changes or deletes the whole table, and looks \
           as if it did not.",
    harmless: "The table is created in the same change.",
    says: "the WHERE is true for every row of {table}: all of them are {done}",
    safe: BATCHES,
    variants: &[Variant { dialects: MYSQL, lock: None, safe: BATCHES_MYSQL, source: UPDATE_VARIANT }],
    finds: &["DELETE FROM t WHERE 1 = 1;", "UPDATE t SET a = 1 WHERE id = 3 OR true;", "UPDATE t SET a = 1 WHERE id = id;"],
    passes: &["DELETE FROM t WHERE a = 1;", "DELETE FROM t WHERE id = 3 OR id = 4;"],
    find: |scene, hits| {
        for change in changes(scene) {
            if change.filter.is_some_and(|filter| filter.always_true) {
                let done = if change.update.is_some() { "changed" } else { "deleted" };
                hits.on_some(change.tables.first()).fill("done", done).fill("verb", change.statement(scene.dialect()));
            }
        }
    },
    ..CORRECTION
};

pub(super) static NOT_SELECTIVE: Rule = Rule {
    id: "database/where-not-selective",
    title: "The WHERE names no rows, it leaves some out",
    severity: Severity::High,
    weighed_by_size: true,
    what: "No part of the WHERE is an equality, a list or a range on a column: `<>`, `NOT IN`, `IS NOT NULL`, `IS NULL`, a truth value and \
           `LIKE '%x'` say which rows are not meant. They take most of the table, or an unknown part of it, and read all of it.",
    harmless: "The table is created in the same change, or small; only columns that are null are filled.",
    says: "no condition of the WHERE picks rows of {table} by value, list or range",
    safe: BATCHES,
    variants: &[Variant { dialects: MYSQL, lock: None, safe: BATCHES_MYSQL, source: UPDATE_VARIANT }],
    finds: &[
        "UPDATE t SET a = 1 WHERE b <> 3;",
        "DELETE FROM t WHERE b IS NOT NULL;",
        "DELETE FROM t WHERE name LIKE '%x';",
        "UPDATE t SET a = 1 WHERE b IS NULL;",
    ],
    passes: &[
        "UPDATE t SET a = 1 WHERE b <> 3 AND id BETWEEN 1 AND 1000;",
        "DELETE FROM t WHERE b IN (1, 2);",
        "UPDATE t SET a = 1 WHERE a IS NULL;",
    ],
    find: |scene, hits| {
        // What was not read may well pick rows; that nobody understands it is told by itself.
        if matches!(scene.statement.understood, crate::evidence::sql::Understood::No(_)) {
            return;
        }
        for change in changes(scene) {
            let Some(filter) = change.filter else { continue };
            let joined = !change.joined.is_empty() || filter.subquery;
            if filter.always_true || filter.alternatives || joined || filter.conditions.iter().any(selects) {
                continue;
            }
            // What a function hides is told by `function-on-column`.
            let wrapped = !filter.conditions.is_empty() && filter.conditions.iter().all(|condition| condition.wrapped);
            if wrapped || (change.limit.is_some_and(|limit| limit <= batch(scene)) && change.order_by) {
                continue;
            }
            // `SET a = .. WHERE a IS NULL` fills what is empty, and takes nothing away.
            let fills = change.update.is_some_and(|update| {
                !update.set.is_empty()
                    && update.set.iter().all(|(column, value)| {
                        !matches!(value, Some(Value::Null))
                            && filter.conditions.iter().any(|condition| {
                                condition.comparison == Comparison::IsNull
                                    && condition.column.as_deref().map(bare) == Some(bare(column))
                            })
                    })
            });
            hits.on_some(change.tables.first())
                .fill("verb", change.statement(scene.dialect()))
                .harmless_if(fills, "it only fills columns that are null, so that no old value is lost");
        }
    },
    ..CORRECTION
};

pub(super) static FUNCTION_ON_COLUMN: Rule = Rule {
    id: "database/function-on-column",
    title: "A function or cast stands around the column of the WHERE",
    severity: Severity::Medium,
    weighed_by_size: true,
    what: "An index on the column does not help a condition on `lower(x)`, `date(x)`, `x + 1` or `x::text`: the whole table is read, and in \
           MySQL every row that is read is locked.",
    harmless: "An index stands on the expression; another condition picks rows by an index; the table is created in the same change, or small.",
    says: "the condition on {column} of {table} computes before it compares: no index on the column helps",
    safe: "WHERE {column} >= <from> AND {column} < <to> -- the column alone on its side",
    variants: &[Variant {
        dialects: MYSQL,
        lock: None,
        safe: "WHERE {column} >= <from> AND {column} < <to> -- the column alone on its side",
        source: "MySQL 8.0 Reference Manual, 10.2.1.1 WHERE Clause Optimization: https://dev.mysql.com/doc/refman/8.0/en/where-optimization.html",
    }],
    source: "PostgreSQL manual, 11.7 Indexes on Expressions: https://www.postgresql.org/docs/current/indexes-expressional.html",
    finds: &["UPDATE t SET a = 1 WHERE lower(name) = 'x';", "DELETE FROM t WHERE date(made_at) = '2026-01-01';"],
    passes: &["UPDATE t SET a = 1 WHERE name = lower('X');", "UPDATE t SET a = 1 WHERE id = 3 AND lower(name) = 'x';"],
    find: |scene, hits| {
        for change in changes(scene) {
            let Some(filter) = change.filter else { continue };
            if filter.always_true || filter.alternatives || filter.conditions.iter().any(selects) {
                continue;
            }
            for condition in filter.conditions.iter().filter(|condition| condition.wrapped && !condition.joins) {
                if let Some(column) = &condition.column {
                    hits.on_some(change.tables.first()).column(bare(column));
                }
            }
        }
    },
    ..CORRECTION
};

pub(super) static JOIN: Rule = Rule {
    id: "database/correction-joins",
    title: "Which rows change is decided by another table",
    severity: Severity::Medium,
    what: "The statement takes rows by a join or a sub-query: how many they are, and that each is meant once, is not seen in the text. A join \
           that finds several partners changes a row to one of them, nobody knows which; a `NOT IN` with a null takes none.",
    harmless: "The table is created in the same change; every table of the statement is small.",
    weighed_by_size: true,
    says: "which rows of {table} change is decided by {other}",
    safe: "SELECT count(*), count(DISTINCT <key>) FROM <the same join>; -- first, and equal; then the change by a list of keys",
    variants: &[Variant {
        dialects: MYSQL,
        lock: None,
        safe: "SELECT count(*), count(DISTINCT <key>) FROM <the same join>; -- first, and equal; then the change by a list of keys",
        source: UPDATE_VARIANT,
    }],
    finds: &[
        "UPDATE t SET a = o.a FROM o WHERE o.id = t.o;",
        "DELETE FROM t WHERE o IN (SELECT id FROM o WHERE old);",
        "mysql: UPDATE t JOIN o ON o.id = t.o SET t.a = o.a WHERE o.b = 3;",
    ],
    passes: &["UPDATE t SET a = 1 WHERE id IN (1, 2, 3);"],
    find: |scene, hits| {
        for change in changes(scene) {
            let subquery = change.filter.is_some_and(|filter| filter.subquery);
            if change.joined.is_empty() && !subquery && change.tables.len() < 2 {
                continue;
            }
            // The way to cut a change into batches, which is what is asked for.
            if subquery && change.joined.is_empty() && batched(scene, &change) {
                continue;
            }
            let other = change.joined.first().or_else(|| change.tables.get(1));
            let words = other.map_or_else(|| "a sub-query".to_owned(), |name| shown(&name.to_string()));
            hits.on_some(change.tables.first()).fill("other", words);
        }
    },
    ..CORRECTION
};

pub(super) static LIMIT_WITHOUT_ORDER: Rule = Rule {
    id: "database/limit-without-order",
    title: "`LIMIT` without `ORDER BY` takes whichever rows come first",
    class: RiskClass::Replication,
    severity: Severity::Medium,
    dialects: &[SqlDialect::Mysql, SqlDialect::Mariadb, SqlDialect::Sqlite],
    what: "Which rows a LIMIT takes without an ORDER BY is nobody's: another run takes others, and replicas that replay the statement change \
           other rows than the server did.",
    harmless: "The table is created in the same change; every row that the WHERE picks is taken in the end (a loop of batches).",
    says: "which rows of {table} the LIMIT takes is not said",
    safe: "{verb} WHERE <condition> ORDER BY <key> LIMIT {limit};",
    source: "MySQL 8.0 Reference Manual, 19.5.1.19 Replication and LIMIT: https://dev.mysql.com/doc/refman/8.0/en/replication-features-limit.html",
    proof: Proof::Manual,
    finds: &["DELETE FROM t WHERE a = 1 LIMIT 10;"],
    passes: &["DELETE FROM t WHERE a = 1 ORDER BY id LIMIT 10;", "DELETE FROM t WHERE a = 1;"],
    find: |scene, hits| {
        for change in changes(scene) {
            if let Some(limit) = change.limit.filter(|_| !change.order_by) {
                hits.on_some(change.tables.first())
                    .fill("limit", limit.to_string())
                    .fill("verb", change.statement(scene.dialect()));
            }
        }
    },
    ..CORRECTION
};

pub(super) static UNBATCHED: Rule = Rule {
    id: "database/change-not-batched",
    title: "Many rows are changed in one transaction",
    severity: Severity::High,
    weighed_by_size: true,
    lock: Some("row locks"),
    what: "One statement on a large table holds the locks of all its rows until it is done, writes a log as large as what it changes, makes \
           replicas fall behind (MySQL applies it as one piece), keeps old versions of rows from being cleaned up, and starts from the \
           beginning when it is ended.",
    harmless: "The WHERE names rows by their key or by a range of it between two numbers, a LIMIT on the changed rows cuts it into batches (at most \
               as many rows as a small table has), or the table is small or created in the same change.",
    says: "`{words}` may take any number of rows of {table} in one transaction",
    safe: BATCHES,
    variants: &[Variant { dialects: MYSQL, lock: Some("row locks"), safe: BATCHES_MYSQL, source: UPDATE_VARIANT }],
    finds: &[
        "UPDATE t SET a = 1 WHERE state = 'new';",
        "DELETE FROM t WHERE made_at < '2020-01-01';",
        "DELETE FROM t WHERE id BETWEEN 1 AND 999999999999;",
        "DELETE FROM t WHERE id IN (SELECT id FROM t LIMIT 1000000000);",
        "mysql: DELETE FROM t LIMIT 1000000000;",
    ],
    passes: &[
        "UPDATE t SET a = 1 WHERE id = 3;",
        "UPDATE t SET a = 1 WHERE id BETWEEN 1 AND 1000;",
        "UPDATE t SET a = 1 WHERE id IN (SELECT id FROM t WHERE a IS NULL ORDER BY id LIMIT 1000);",
        "mysql: DELETE FROM t WHERE made_at < '2020-01-01' ORDER BY id LIMIT 1000;",
    ],
    find: |scene, hits| {
        for change in changes(scene) {
            if batched(scene, &change) {
                continue;
            }
            hits.on_some(change.tables.first()).fill("words", change.verb()).fill("verb", change.statement(scene.dialect()));
        }
    },
    ..CORRECTION
};

pub(super) static WITH_SCHEMA: Rule = Rule {
    id: "database/rows-and-schema-mixed",
    title: "One script changes rows and the schema",
    class: RiskClass::Transaction,
    severity: Severity::Low,
    dialects: SERVERS,
    what: "The schema wants to be changed in a moment and before the new version, rows in batches and at leisure. In one script the one waits for \
           the other, and a failure half way leaves neither done.",
    harmless: "The rows are those of a table that the same change creates, or a table that is small.",
    weighed_by_size: true,
    says: "the script changes rows of {table}, and the schema in line {line}",
    safe: "Two scripts: one for the schema, one for the rows",
    source: "PostgreSQL manual, 13.3 Explicit Locking: https://www.postgresql.org/docs/current/explicit-locking.html",
    variants: &[Variant {
        dialects: MYSQL,
        lock: None,
        safe: "Two scripts: one for the schema, one for the rows",
        source: "MySQL 8.0 Reference Manual, 15.3.3 Statements That Cause an Implicit Commit: https://dev.mysql.com/doc/refman/8.0/en/implicit-commit.html",
    }],
    finds: &["ALTER TABLE t ADD COLUMN a int; UPDATE t SET a = 1 WHERE id = 3;"],
    passes: &[
        "ALTER TABLE t ADD COLUMN a int;",
        "CREATE TABLE t (a int); INSERT INTO t VALUES (1); UPDATE t SET a = 2 WHERE a = 1;",
    ],
    find: |scene, hits| {
        let session = &scene.state.session;
        let Some(line) = session.first_ddl_on_used.filter(|_| !session.told_mixed) else { return };
        if let Some(change) = changes(scene).first() {
            hits.on_some(change.tables.first()).fill("line", line.to_string());
        }
    },
    ..CORRECTION
};

pub(super) static SUBQUERY_VALUE: Rule = Rule {
    id: "database/merge-decides",
    title: "`MERGE` decides row by row",
    severity: Severity::Medium,
    dialects: SERVERS,
    what: "`MERGE` inserts, changes and deletes by what it finds: which rows it takes in which way is not seen in the text, and two of them at the \
           same time write the same row twice.",
    harmless: "The table is created in the same change, or small.",
    weighed_by_size: true,
    says: "which rows of {table} are inserted, changed or deleted is decided by what `MERGE` finds",
    safe: "Count the rows of each branch by a SELECT with the same join first; write the branches as statements of their own",
    source: "PostgreSQL manual, MERGE: https://www.postgresql.org/docs/current/sql-merge.html",
    variants: &[],
    finds: &["MERGE INTO t USING o ON o.id = t.id WHEN MATCHED THEN UPDATE SET a = o.a;"],
    passes: &["INSERT INTO t VALUES (1);"],
    find: |scene, hits| {
        for dml in scene.dml() {
            if let Dml::Merge { table, .. } = dml {
                hits.on_some(table.as_ref());
            }
        }
    },
    ..CORRECTION
};

pub(super) static DELETE_EVERYTHING: Rule = Rule {
    id: "database/delete-instead-of-truncate",
    title: "A large table is emptied row by row",
    severity: Severity::Medium,
    weighed_by_size: true,
    what: "DELETE of every row writes each of them into the log, leaves the space where it was, and holds all the locks until it is done. If the \
           rows are really to go, TRUNCATE or a new table does it in a moment.",
    harmless: "The table is created in the same change, or small.",
    says: "every row of {table} is deleted one by one",
    safe: "ALTER TABLE {table} RENAME TO {old}; CREATE TABLE {table} (LIKE {old} INCLUDING ALL); -- keep the old one until nobody misses it",
    source: DELETE_SOURCE,
    variants: &[Variant {
        dialects: MYSQL,
        lock: None,
        safe: "CREATE TABLE {new} LIKE {table}; RENAME TABLE {table} TO {old}, {new} TO {table}; -- keep the old one until nobody misses it",
        source: DELETE_VARIANT,
    }],
    finds: &["DELETE FROM t;", "DELETE FROM t WHERE true;"],
    passes: &["DELETE FROM t WHERE id < 1000;"],
    find: |scene, hits| {
        for delete in scene.deletes() {
            let all = delete.filter.as_ref().is_none_or(|filter| filter.always_true);
            if let Some(table) = delete
                .tables
                .first()
                .filter(|_| all && delete.limit.is_none_or(|limit| limit > batch(scene)) && delete.joined.is_empty())
            {
                hits.on(table)
                    .fill("old", quoted(&format!("{}_old", table.name), scene.dialect()))
                    .fill("new", quoted(&format!("{}_new", table.name), scene.dialect()));
            }
        }
    },
    ..CORRECTION
};

pub(super) static HIDDEN_WRITES: Rule = Rule {
    id: "database/query-writes",
    title: "A query writes rows inside",
    severity: Severity::High,
    dialects: &[SqlDialect::Postgres],
    what: "A common table expression of the query inserts, updates or deletes: it reads like a query and changes rows, whatever its outer part \
           does with them.",
    spares_new: false,
    harmless: "Never: which rows are written is not judged.",
    says: "the query writes rows in a common table expression, which nobody here judges",
    safe: "Write the INSERT, UPDATE or DELETE as a statement of its own",
    source: "PostgreSQL manual, 7.8.4 Data-Modifying Statements in WITH: https://www.postgresql.org/docs/current/queries-with.html#QUERIES-WITH-MODIFYING",
    finds: &["WITH d AS (DELETE FROM t WHERE a = 1 RETURNING *) SELECT count(*) FROM d;"],
    passes: &["WITH d AS (SELECT * FROM t) SELECT count(*) FROM d;"],
    find: |scene, hits| {
        let query = scene.actions().any(|action| matches!(action, Action::Query { query, .. } if query.writes_inside));
        let change = changes(scene).iter().any(|change| change.writes_inside);
        let fill = fills(scene).iter().any(|(_, query)| query.writes_inside);
        if query || change || fill {
            hits.plain();
        }
    },
    ..CORRECTION
};

pub(super) static SET_TWICE: Rule = Rule {
    id: "database/column-set-twice",
    title: "A column is set twice in one statement",
    class: RiskClass::Failure,
    severity: Severity::Medium,
    what: "PostgreSQL refuses it; MySQL and SQLite take one of the two values without a word.",
    spares_new: false,
    harmless: "Never.",
    says: "{column} of {table} is set twice",
    safe: "Set it once",
    blocks: Blocks::Nothing,
    variants: &[Variant { dialects: MYSQL, lock: None, safe: "Set it once", source: UPDATE_VARIANT }],
    proof: Proof::Server,
    squawk: &["ban-duplicate-column-assignments"],
    finds: &["UPDATE t SET a = 1, a = 2 WHERE id = 3;"],
    passes: &["UPDATE t SET a = 1, b = 2 WHERE id = 3;"],
    find: |scene, hits| {
        for update in scene.updates() {
            let mut names: Vec<&str> = update.set.iter().map(|(column, _)| column.as_str()).collect();
            names.sort_unstable();
            let twice = names.windows(2).find(|pair| pair[0] == pair[1]);
            if let (Some(twice), Some(table)) = (twice, update.tables.first()) {
                hits.on(table).column(bare(twice[0]));
            }
        }
    },
    ..CORRECTION
};
