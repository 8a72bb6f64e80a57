//! Queries that will be slow: of views, of corrections, of scripts (requirement B4).

use crate::analyze::sql::rule::{ALL, MYSQL, POSTGRES, Proof, RULE, Rule, SERVERS, Variant};
use crate::analyze::sql::scene::Scene;
use crate::analyze::sql::words;
use crate::evidence::sql::{Action, Comparison, InsertSource, Name, Predicate, Query};
use crate::facts::{RiskClass, Severity, SizeClass};

/// An OFFSET from here on reads that many rows to throw them away.
const DEEP: u64 = 1_000;

const SLOW: Rule = Rule {
    class: RiskClass::Slow,
    severity: Severity::Medium,
    dialects: ALL,
    weighed_by_size: true,
    harmless: "The table is small, or created in the same change.",
    proof: Proof::Reason,
    ..RULE
};

/// Every query of the statement, with what it is for.
fn queries<'a>(scene: &Scene<'a>) -> Vec<(&'static str, &'a Query)> {
    let mut queries = Vec::new();
    for action in scene.actions() {
        match action {
            Action::CreateView { query: Some(query), .. } => queries.push(("the view", &**query)),
            Action::Query { query, .. } => queries.push(("the query", &**query)),
            Action::CreateTable(create) => queries.extend(create.as_query.as_deref().map(|query| ("the query", query))),
            _ => {}
        }
    }
    for insert in scene.inserts() {
        if let InsertSource::Query(query) = &insert.source {
            queries.push(("the query", &**query));
        }
    }
    queries
}

/// The largest table of a query; one that nobody knows counts as the largest.
fn largest<'a>(scene: &Scene<'_>, query: &'a Query) -> Option<&'a Name> {
    query.tables.iter().filter(|_| words::reads_rows(&query.text)).max_by_key(|table| {
        if scene.state.is_new(table) { 0 } else { scene.record(table).map_or(u64::MAX, |record| record.rows.unwrap_or(u64::MAX)) }
    })
}

pub(super) static DEEP_OFFSET: Rule = Rule {
    id: "database/deep-offset",
    title: "Rows are read to be thrown away",
    what: "`OFFSET n` reads and sorts n rows before the first one that is wanted: each page costs more than the last, and rows that are written \
           meanwhile are seen twice or not at all.",
    says: "{what} reads {offset} rows of {table} and throws them away",
    safe: "SELECT .. FROM {table} WHERE <key> > <the last one of the page before> ORDER BY <key> LIMIT 100;",
    source: "PostgreSQL manual, 7.6 LIMIT and OFFSET: https://www.postgresql.org/docs/current/queries-limit.html",
    variants: &[Variant {
        dialects: MYSQL,
        lock: None,
        safe: "SELECT .. FROM {table} WHERE <key> > <the last one of the page before> ORDER BY <key> LIMIT 100;",
        source: "MySQL 8.0 Reference Manual, 10.2.1.19 LIMIT Query Optimization: https://dev.mysql.com/doc/refman/8.0/en/limit-optimization.html",
    }],
    finds: &["INSERT INTO u SELECT * FROM t ORDER BY id LIMIT 100 OFFSET 50000;"],
    passes: &["INSERT INTO u SELECT * FROM t ORDER BY id LIMIT 100 OFFSET 50;"],
    find: |scene, hits| {
        for (what, query) in queries(scene) {
            let deep = query.offset.is_some_and(|offset| offset >= DEEP) || (query.has_offset && query.offset.is_none());
            if let Some(table) = largest(scene, query).filter(|_| deep) {
                let offset = query.offset.map_or_else(|| "any number of".to_owned(), |offset| offset.to_string());
                hits.on(table).fill("what", what).fill("offset", offset);
            }
        }
    },
    ..SLOW
};

/// Whether a filter searches for text that may begin with anything.
fn leading(filter: &Predicate) -> Option<&str> {
    let like =
        filter.conditions.iter().find(|condition| matches!(condition.comparison, Comparison::Like { leading_wildcard: true }))?;
    Some(like.column.as_deref().unwrap_or("the text"))
}

pub(super) static LEADING_WILDCARD: Rule = Rule {
    id: "database/leading-wildcard",
    title: "A search for text that may begin with anything",
    what: "`LIKE '%x'` cannot use an ordinary index: the whole table is read for each search.",
    says: "the search for {column} in {table} may begin with anything: every row is read",
    safe: "CREATE EXTENSION IF NOT EXISTS pg_trgm;\n\
           CREATE INDEX CONCURRENTLY ON {table} USING gin ({column} gin_trgm_ops); -- outside of a transaction",
    source: "PostgreSQL manual, F.35 pg_trgm, Index Support: https://www.postgresql.org/docs/current/pgtrgm.html#PGTRGM-INDEX",
    variants: &[Variant {
        dialects: MYSQL,
        lock: None,
        safe: "WHERE MATCH ({column}) AGAINST (..) -- with a full-text index",
        source: "MySQL 8.0 Reference Manual, 10.3.9 Comparison of B-Tree and Hash Indexes: https://dev.mysql.com/doc/refman/8.0/en/index-btree-hash.html",
    }],
    finds: &["UPDATE t SET a = 1 WHERE name LIKE '%x';", "CREATE VIEW v AS SELECT a FROM t WHERE name LIKE '%x%';"],
    passes: &["UPDATE t SET a = 1 WHERE name LIKE 'x%';", "UPDATE t SET a = 1 WHERE id = 3 AND name LIKE '%x';"],
    find: |scene, hits| {
        for change in super::correction::changes(scene) {
            let picked = change.filter.is_some_and(|filter| {
                filter
                    .conditions
                    .iter()
                    .any(|condition| matches!(condition.comparison, Comparison::Equal | Comparison::In) && !condition.joins)
            });
            if let Some(column) = change.filter.and_then(leading).filter(|_| !picked) {
                hits.on_some(change.tables.first()).column(column.rsplit('.').next().unwrap_or(column));
            }
        }
        for (_, query) in queries(scene) {
            let Some(filter) = &query.filter else { continue };
            let picked = filter
                .conditions
                .iter()
                .any(|condition| matches!(condition.comparison, Comparison::Equal | Comparison::In) && !condition.joins);
            if let (Some(column), Some(table), false) = (leading(filter), largest(scene, query), picked) {
                hits.on(table).column(column.rsplit('.').next().unwrap_or(column));
            }
        }
    },
    ..SLOW
};

pub(super) static VIEW_STAR: Rule = Rule {
    id: "database/view-select-star",
    title: "A view of all columns",
    severity: Severity::Low,
    weighed_by_size: false,
    what: "The columns of a `SELECT *` are those of the moment: PostgreSQL and MySQL keep them, SQLite does not. A column that is added later is not \
           in the view, one that is dropped breaks it, and readers get more than they use.",
    spares_new: false,
    harmless: "Never; it costs a line to name them.",
    says: "the view {name} takes the columns that {table} has at this moment",
    safe: "CREATE VIEW {name} AS SELECT <the columns> FROM {table};",
    source: "PostgreSQL manual, CREATE VIEW: https://www.postgresql.org/docs/current/sql-createview.html",
    variants: &[Variant {
        dialects: MYSQL,
        lock: None,
        safe: "CREATE VIEW {name} AS SELECT <the columns> FROM {table};",
        source: "MySQL 8.0 Reference Manual, 15.1.23 CREATE VIEW: https://dev.mysql.com/doc/refman/8.0/en/create-view.html",
    }],
    finds: &["CREATE VIEW v AS SELECT * FROM t;"],
    passes: &["CREATE VIEW v AS SELECT a FROM t;", "CREATE VIEW v AS SELECT count(*) FROM t;"],
    find: |scene, hits| {
        for (name, query) in scene.view_queries().filter(|(_, query)| query.star) {
            if let Some(table) = query.tables.first() {
                hits.on(table).fill("name", super::first_words(&name.to_string()));
            }
        }
    },
    ..SLOW
};

pub(super) static CARTESIAN: Rule = Rule {
    id: "database/cartesian-join",
    title: "Every row of one table with every row of another",
    severity: Severity::High,
    what: "No condition joins two tables: the result has as many rows as their product, and so has the work.",
    says: "no condition joins the tables of {what}: every row of {table} is taken with every row of the others",
    safe: "SELECT .. FROM {table} JOIN <other> ON <other>.<key> = {table}.<key>;",
    source: "PostgreSQL manual, 7.2.1.1 Joined Tables, Cross join: https://www.postgresql.org/docs/current/queries-table-expressions.html#QUERIES-JOIN",
    variants: &[Variant {
        dialects: MYSQL,
        lock: None,
        safe: "SELECT .. FROM {table} JOIN <other> ON <other>.<key> = {table}.<key>;",
        source: "MySQL 8.0 Reference Manual, 15.2.13.2 JOIN Clause: https://dev.mysql.com/doc/refman/8.0/en/join.html",
    }],
    finds: &["CREATE VIEW v AS SELECT t.a, o.b FROM t, o;"],
    passes: &["CREATE VIEW v AS SELECT t.a, o.b FROM t JOIN o ON o.id = t.o;"],
    find: |scene, hits| {
        for (what, query) in queries(scene).into_iter().filter(|(_, query)| query.cartesian) {
            if let Some(table) = largest(scene, query) {
                hits.on(table).fill("what", what);
            }
        }
    },
    ..SLOW
};

pub(super) static SORT_EVERYTHING: Rule = Rule {
    id: "database/view-sorts-everything",
    title: "A view sorts all of its rows",
    severity: Severity::Low,
    what: "`ORDER BY` in a view without a LIMIT sorts every row each time it is read, and most readers sort once more.",
    says: "each reader of the view {name} sorts every row of {table}",
    safe: "CREATE VIEW {name} AS SELECT .. FROM {table}; -- and ORDER BY where the view is read",
    source: "PostgreSQL manual, CREATE VIEW: https://www.postgresql.org/docs/current/sql-createview.html",
    variants: &[Variant {
        dialects: MYSQL,
        lock: None,
        safe: "CREATE VIEW {name} AS SELECT .. FROM {table}; -- and ORDER BY where the view is read",
        source: "MySQL 8.0 Reference Manual, 15.1.23 CREATE VIEW: https://dev.mysql.com/doc/refman/8.0/en/create-view.html",
    }],
    finds: &["CREATE VIEW v AS SELECT a FROM t ORDER BY a;"],
    passes: &[
        "CREATE VIEW v AS SELECT a FROM t ORDER BY a LIMIT 10;",
        "CREATE MATERIALIZED VIEW v AS SELECT a FROM t ORDER BY a;",
    ],
    find: |scene, hits| {
        for action in scene.actions() {
            let Action::CreateView { name, materialized: false, query: Some(query), .. } = action else { continue };
            if let Some(table) = query.tables.first().filter(|_| query.order_by && !query.has_limit) {
                hits.on(table).fill("name", super::first_words(&name.to_string()));
            }
        }
    },
    ..SLOW
};

pub(super) static SLOW_TABLE: Rule = Rule {
    id: "database/query-on-slow-table",
    title: "A query on a table that has slow statements",
    severity: Severity::High,
    weighed_by_size: false,
    dialects: SERVERS,
    what: "The server's own list of slow statements names the table. Another query on it is looked at before it runs in production.",
    harmless: "It picks rows by a key.",
    says: "{table} is in the list of slow statements ({slow} ms on average), and {what} reads it without a key",
    safe: "EXPLAIN {words}; -- against a copy of production's size, with the plan in the change",
    source: "PostgreSQL manual, F.32 pg_stat_statements: https://www.postgresql.org/docs/current/pgstatstatements.html",
    variants: &[Variant {
        dialects: MYSQL,
        lock: None,
        safe: "EXPLAIN {words}; -- against a copy of production's size, with the plan in the change",
        source: "MySQL 8.0 Reference Manual, 7.4.5 The Slow Query Log: https://dev.mysql.com/doc/refman/8.0/en/slow-query-log.html",
    }],
    finds: &[],
    passes: &["CREATE VIEW v AS SELECT a FROM t;"],
    find: |scene, hits| {
        let mut found: Vec<(&'static str, &Name, Option<&Predicate>)> = Vec::new();
        for (what, query) in queries(scene) {
            found.extend(query.tables.iter().map(|table| (what, table, query.filter.as_ref())));
        }
        for change in super::correction::changes(scene) {
            found.extend(change.tables.iter().chain(change.joined).map(|table| ("the change", table, change.filter)));
        }
        for (what, table, filter) in found {
            if scene.state.is_new(table) {
                continue;
            }
            let Some(slow) = scene.sizes.slow(&scene.state.original(table)) else { continue };
            let keyed = filter.is_some_and(|filter| {
                filter.conditions.iter().any(|condition| {
                    let column = condition.column.as_deref().map(|column| column.rsplit('.').next().unwrap_or(column));
                    matches!(condition.comparison, Comparison::Equal | Comparison::In)
                        && !condition.wrapped
                        && !condition.joins
                        && scene.record(table).is_some_and(|record| {
                            record.indexes.iter().any(|index| {
                                index.valid
                                    && index.columns.first().and_then(Option::as_deref).is_some_and(|first| Some(first) == column)
                            })
                        })
                })
            });
            if !keyed {
                hits.on(table)
                    .fill("slow", format!("{slow:.0}"))
                    .fill("what", what)
                    .fill("words", if what == "the change" { "<the change>" } else { "<the query>" });
            }
        }
    },
    ..SLOW
};

pub(super) static READS_EVERYTHING: Rule = Rule {
    id: "database/query-reads-everything",
    title: "A query reads a large table from beginning to end",
    severity: Severity::Low,
    dialects: SERVERS,
    what: "Without a WHERE or a LIMIT every row is read, each time the view is read or the script runs.",
    says: "{what} has neither a WHERE nor a LIMIT: every row of {table} is read",
    safe: "SELECT .. FROM {table} WHERE <key> > <last> ORDER BY <key> LIMIT 1000;",
    source: "PostgreSQL manual, 14.1 Using EXPLAIN: https://www.postgresql.org/docs/current/using-explain.html",
    variants: &[Variant {
        dialects: MYSQL,
        lock: None,
        safe: "SELECT .. FROM {table} WHERE <key> > <last> ORDER BY <key> LIMIT 1000;",
        source: "MySQL 8.0 Reference Manual, 10.2.1.23 Avoiding Full Table Scans: https://dev.mysql.com/doc/refman/8.0/en/table-scan-avoidance.html",
    }],
    finds: &["SELECT a FROM t;", "CREATE MATERIALIZED VIEW v AS SELECT a, count(*) AS n FROM t GROUP BY a;"],
    passes: &["SELECT a FROM t WHERE id = 3;", "SELECT 1;", "EXPLAIN SELECT a FROM t;", "CREATE VIEW v AS SELECT a FROM t;"],
    find: |scene, hits| {
        for action in scene.actions() {
            let (what, query) = match action {
                Action::Query { query, explain: false } => ("the query", query),
                // A plain view is read with the conditions of whoever reads it, unless it counts first.
                Action::CreateView { materialized, query: Some(query), .. } if *materialized || query.aggregates => {
                    ("the view", query)
                }
                _ => continue,
            };
            let filtered = query.filter.as_ref().is_some_and(|filter| !filter.always_true);
            if let Some(table) = largest(scene, query).filter(|_| !filtered && !query.has_limit) {
                let known_large = matches!(scene.sizes.of_record(scene.record(table)).class, SizeClass::Large);
                let hit = hits.on(table).fill("what", what);
                if known_large {
                    hit.severity(Severity::Medium);
                }
            }
        }
    },
    ..SLOW
};

pub(super) static LOCKS_ROWS: Rule = Rule {
    id: "database/select-for-update-everything",
    title: "A query locks rows without saying which",
    class: RiskClass::Lock,
    severity: Severity::Medium,
    dialects: SERVERS,
    what: "`FOR UPDATE` without a WHERE or a LIMIT locks every row until the transaction ends: every write of one of them waits.",
    lock: Some("row locks"),
    blocks: crate::facts::Blocks::Writes,
    says: "every row of {table} is locked until the transaction ends",
    safe: "SELECT .. FROM {table} WHERE <condition> ORDER BY <key> LIMIT 100 FOR UPDATE SKIP LOCKED;",
    source: "PostgreSQL manual, SELECT, The Locking Clause: https://www.postgresql.org/docs/current/sql-select.html#SQL-FOR-UPDATE-SHARE",
    variants: &[Variant {
        dialects: MYSQL,
        lock: Some("row locks"),
        safe: "SELECT .. FROM {table} WHERE <condition> ORDER BY <key> LIMIT 100 FOR UPDATE SKIP LOCKED;",
        source: "MySQL 8.0 Reference Manual, 17.7.2.4 Locking Reads: https://dev.mysql.com/doc/refman/8.0/en/innodb-locking-reads.html",
    }],
    finds: &["SELECT a FROM t FOR UPDATE;"],
    passes: &["SELECT a FROM t WHERE id = 3 FOR UPDATE;"],
    find: |scene, hits| {
        for (_, query) in queries(scene).into_iter().filter(|(_, query)| query.locks_rows) {
            let filtered = query.filter.as_ref().is_some_and(|filter| !filter.always_true);
            if let Some(table) = largest(scene, query).filter(|_| !filtered && !query.has_limit) {
                hits.on(table);
            }
        }
    },
    ..SLOW
};

pub(super) static MATERIALIZED: Rule = Rule {
    id: "database/materialized-view-without-unique-index",
    title: "A materialized view that cannot be refreshed while it is read",
    severity: Severity::Low,
    weighed_by_size: false,
    dialects: POSTGRES,
    spares_new: false,
    what: "`REFRESH .. CONCURRENTLY` needs a unique index on the view; without one each refresh keeps every reader out until its query is done.",
    harmless: "The view is never refreshed.",
    says: "the materialized view {name} gets no unique index: its refresh will keep readers out",
    safe: "CREATE UNIQUE INDEX ON {name} (<key>);",
    source: "PostgreSQL manual, REFRESH MATERIALIZED VIEW: https://www.postgresql.org/docs/current/sql-refreshmaterializedview.html",
    finds: &["CREATE MATERIALIZED VIEW v AS SELECT 1 AS a;"],
    passes: &["CREATE MATERIALIZED VIEW v AS SELECT 1 AS a; CREATE UNIQUE INDEX i ON v (a);", "CREATE VIEW v AS SELECT 1 AS a;"],
    find: |scene, hits| {
        for action in scene.actions() {
            if let Action::CreateView { name, materialized: true, .. } = action
                && !scene.indexed_later(name, &[])
            {
                hits.plain().fill("name", super::first_words(&name.to_string()));
            }
        }
    },
    ..SLOW
};
