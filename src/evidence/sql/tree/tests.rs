use crate::evidence::sql::{
    Action, Comparison, Delete, Dml, Insert, InsertSource, Predicate, Query, Statement, Understood, Update, Value, read,
};
use crate::facts::SqlDialect::{self, Mysql, Postgres, Sqlite};

fn one(text: &str, dialect: SqlDialect) -> Statement {
    let mut script = read(text, dialect);
    assert_eq!((script.statements.len(), script.troubles.len()), (1, 0), "{text}");
    script.statements.remove(0)
}

fn query(text: &str, dialect: SqlDialect) -> Query {
    match one(text, dialect).actions.remove(0) {
        Action::Query { query, .. } => *query,
        other => panic!("{text}: {other:?}"),
    }
}

fn update(text: &str, dialect: SqlDialect) -> Update {
    match one(text, dialect).actions.remove(0) {
        Action::Dml(Dml::Update(update)) => *update,
        other => panic!("{text}: {other:?}"),
    }
}

fn delete(text: &str, dialect: SqlDialect) -> Delete {
    match one(text, dialect).actions.remove(0) {
        Action::Dml(Dml::Delete(delete)) => *delete,
        other => panic!("{text}: {other:?}"),
    }
}

fn insert(text: &str, dialect: SqlDialect) -> Insert {
    match one(text, dialect).actions.remove(0) {
        Action::Dml(Dml::Insert(insert)) => insert,
        other => panic!("{text}: {other:?}"),
    }
}

fn filter(text: &str, dialect: SqlDialect) -> Predicate {
    let statement = format!("DELETE FROM t WHERE {text}");
    let filter = delete(&statement, dialect).filter.unwrap();
    assert_eq!(filter.text, text);
    filter
}

fn tables(query: &Query) -> Vec<String> {
    query.tables.iter().map(ToString::to_string).collect()
}

#[test]
fn conditions_that_are_always_true() {
    for text in [
        "1=1",
        "true",
        "1",
        "id = id",
        "'a'='a'",
        "x = 2 OR TRUE",
        "NOT FALSE",
        "(((1 = 1)))",
        "NOT (NOT (1 < 2))",
        "name LIKE '%'",
        "id IS NULL OR id IS NOT NULL",
        "a = 1 OR a <> 1",
        "a > 5 OR a <= 5",
        "1 IN (3, 2, 1)",
        "2 BETWEEN 1 AND 3",
        "x = 1 OR (y = 2 OR 1=1)",
        "1=1 AND 2=2",
        "NOT (id <> id)",
        "EXISTS (SELECT 1)",
        "id >= id",
        "(a = 1) IS TRUE OR 1=1",
        "lower(a) = lower(a)",
        "'1' = 1",
        "NULL IS NULL",
        "x IN (1) OR x NOT IN (1)",
        "-1 < 1",
        "0 = 0 -- all",
        "id::text = id::text",
    ] {
        let statement = format!("DELETE FROM t WHERE {text}");
        let filter = delete(&statement, Postgres).filter.unwrap();
        assert!(filter.always_true, "{text}");
    }
    for text in ["1 || x", "x = 1 || 1=1", "'1'", "1 && 2", "5 <=> 5", "'A' = 'a'", "!0"] {
        assert!(filter(text, Mysql).always_true, "{text}");
    }
}

#[test]
fn conditions_that_are_not() {
    for text in [
        "id = 1",
        "1=2",
        "false",
        "id = other",
        "id IS NOT NULL",
        "a = 1 OR b = 2",
        "id = id AND x = 1",
        "name LIKE 'a%'",
        "a > 5 OR a < 5",
        "random() = random()",
        "NULL",
        "NOT TRUE",
        "'a' = 'A'",
        "EXISTS (SELECT 1 FROM x)",
        "id IN (SELECT id FROM t)",
        "id = $1",
        "a IS NULL OR b IS NOT NULL",
        "NULL = NULL",
        "1 = 1 AND id = 3",
        "id NOT IN (1)",
    ] {
        assert!(!filter(text, Postgres).always_true, "{text}");
    }
    assert!(!filter("'0'", Mysql).always_true);
    assert!(!filter("'a'", Mysql).always_true);
}

#[test]
fn conditions_are_told_one_by_one() {
    let filter = filter(
        "a = 1 AND lower(b) = 'x' AND c IN (1, 2, 3) AND d LIKE '%y' AND e IS NULL AND f BETWEEN 1 AND 2 AND (g = 1 OR h = 2) AND i = j AND k IN (SELECT 1 FROM z) \
         AND l::date = '2020-01-01' AND m + 1 > 2 AND NOT n = 5 AND T.O = -3",
        Postgres,
    );
    assert!(filter.alternatives && filter.subquery && !filter.always_true);
    let shown: Vec<_> = filter
        .conditions
        .iter()
        .map(|one| {
            format!(
                "{} {:?}{}{}",
                one.column.clone().unwrap_or_default(),
                one.comparison,
                if one.wrapped { " wrapped" } else { "" },
                if one.joins { " joins" } else { "" }
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            "a Equal",
            "b Equal wrapped",
            "c In",
            "d Like { leading_wildcard: true }",
            "e IsNull",
            "f Range",
            "i Equal joins",
            "k In",
            "l Equal wrapped",
            "m Range wrapped",
            "n NotEqual",
            "t.o Equal",
        ]
    );
    assert_eq!(filter.conditions[0].value, Some(Value::Number("1".to_owned())));
    assert_eq!(filter.conditions[2].listed, Some(3));
    assert_eq!(filter.conditions[6].other.as_deref(), Some("j"));
    assert_eq!(filter.conditions[11].value, Some(Value::Number("-3".to_owned())));
}

#[test]
fn a_condition_that_nobody_understands_is_not_taken_for_any() {
    let statement = one("DELETE FROM t WHERE a = = 3 OR 1=1", Postgres);
    assert!(matches!(statement.understood, Understood::No(_)));
    let Action::Dml(Dml::Delete(delete)) = &statement.actions[0] else { panic!() };
    let filter = delete.filter.as_ref().unwrap();
    assert!(!filter.always_true && filter.alternatives);
    assert_eq!(filter.conditions[0].comparison, Comparison::Other);
}

#[test]
fn tables_of_a_query_are_found_wherever_they_stand() {
    let found = query(
        "WITH c AS (SELECT * FROM a1), r AS (SELECT * FROM c JOIN a2 USING (x)) \
         SELECT (SELECT max(y) FROM a3), f(z) FROM a4 x LEFT JOIN (a5 JOIN a6 ON a5.i = a6.i) ON x.i = a5.i, LATERAL (SELECT 1 FROM a7) l, unnest(ARRAY[1]) u, \
         (SELECT 1 FROM a8 UNION SELECT 2 FROM s.a9) d, r WHERE EXISTS (SELECT 1 FROM a10 WHERE extract(year FROM q) = 1) AND b IS DISTINCT FROM e ORDER BY (SELECT 1 FROM a11)",
        Postgres,
    );
    assert_eq!(tables(&found), ["a1", "a10", "a11", "a2", "a3", "a4", "a5", "a6", "a7", "a8", "s.a9"]);
}

#[test]
fn names_of_common_tables_hide_only_where_they_are_seen() {
    assert_eq!(tables(&query("WITH t AS (SELECT * FROM t) SELECT * FROM t", Postgres)), ["t"]);
    assert_eq!(
        tables(&query("WITH RECURSIVE t AS (SELECT 1 UNION ALL SELECT x FROM t) SELECT * FROM t", Postgres)),
        Vec::<String>::new()
    );
    assert_eq!(tables(&query("SELECT * FROM (WITH t AS (SELECT 1) SELECT * FROM t) a, t", Postgres)), ["t"]);
    assert_eq!(tables(&query("WITH t AS (SELECT 1) SELECT * FROM s.t", Postgres)), ["s.t"]);
}

#[test]
fn how_a_query_reads() {
    let found = query("SELECT DISTINCT a.*, count(*) FROM a WHERE x = 1 ORDER BY y LIMIT 10 OFFSET 20 FOR UPDATE", Postgres);
    assert!(found.star && found.order_by && found.has_limit && found.has_offset && found.locks_rows && !found.aggregates);
    assert_eq!((found.limit, found.offset, found.filter.unwrap().text), (Some(10), Some(20), "x = 1".to_owned()));
    let found = query("SELECT a FROM b LIMIT 5, 10", Mysql);
    assert_eq!((found.limit, found.offset), (Some(10), Some(5)));
    let found = query("SELECT a FROM b LIMIT ?", Mysql);
    assert_eq!((found.limit, found.has_limit), (None, true));
    assert!(!query("SELECT a FROM b LIMIT ALL", Postgres).has_limit);
    assert_eq!(query("SELECT a FROM b FETCH FIRST 3 ROWS ONLY", Postgres).limit, Some(3));
    assert!(query("SELECT count(*), max(a) FROM b", Postgres).aggregates);
    assert!(!query("SELECT count(*) OVER () FROM b", Postgres).aggregates);
    assert!(query("SELECT a FROM b GROUP BY a", Postgres).aggregates);
    assert!(!query("SELECT 2 * 3, count(*) + 1 FROM a", Postgres).star);
    assert_eq!(query("SELECT pg_catalog.setval('a', 1), Lower(b)", Postgres).calls, ["lower", "setval"]);
    assert_eq!(query("SELECT * FROM pg_sleep(1)", Postgres).calls, ["pg_sleep"]);
    let found = query("SELECT a FROM b WHERE c = 1 UNION SELECT a FROM d ORDER BY 1 LIMIT 3", Postgres);
    assert!(found.filter.is_none() && found.order_by && found.limit == Some(3));
}

#[test]
fn products_without_a_condition() {
    for text in [
        "SELECT 1 FROM a, b",
        "SELECT 1 FROM a CROSS JOIN b",
        "SELECT 1 FROM a JOIN b ON true",
        "SELECT 1 FROM a, b, c WHERE a.x = b.x",
        "SELECT 1 FROM a, b WHERE a.x = 1 AND b.x = 1",
    ] {
        assert!(query(text, Postgres).cartesian, "{text}");
    }
    for text in [
        "SELECT 1 FROM a",
        "SELECT 1 FROM a, b WHERE a.x = b.x",
        "SELECT 1 FROM a JOIN b USING (x)",
        "SELECT 1 FROM a NATURAL JOIN b",
        "SELECT 1 FROM a, unnest(a.x)",
        "SELECT 1 FROM a JOIN b ON a.x = b.x, LATERAL (SELECT a.y) c",
        "SELECT 1 FROM a, b WHERE x = y",
        "SELECT 1 FROM a JOIN b ON b.x > a.y",
        "SELECT 1 FROM a x, b z WHERE x.i = z.i",
    ] {
        assert!(!query(text, Postgres).cartesian, "{text}");
    }
}

#[test]
fn updates_name_what_changes() {
    let found = update(
        "UPDATE ONLY a AS x SET b = 1, c = d + 1, (e, f) = (SELECT 1, 2 FROM g) FROM h, i JOIN j USING (k) WHERE x.id = h.id",
        Postgres,
    );
    assert_eq!(found.tables.iter().map(ToString::to_string).collect::<Vec<_>>(), ["a"]);
    assert_eq!(found.joined.iter().map(ToString::to_string).collect::<Vec<_>>(), ["h", "i", "j"]);
    let set: Vec<_> = found.set.iter().map(|(column, value)| (column.as_str(), value.is_some())).collect();
    assert_eq!(set, [("b", true), ("c", false), ("e", false), ("f", false)]);
    let found = update("UPDATE a x JOIN b y ON x.i = y.i SET x.c = 1 WHERE y.d = 2", Mysql);
    assert_eq!((found.tables[0].name.as_str(), found.joined[0].name.as_str(), found.set[0].0.as_str()), ("a", "b", "c"));
    let found = update("UPDATE a, b SET a.x = 1, b.y = 2", Mysql);
    assert_eq!((found.tables.len(), found.filter), (2, None));
    let found = update("UPDATE LOW_PRIORITY a SET b = ? WHERE c = ? ORDER BY d LIMIT 100", Mysql);
    assert_eq!((found.order_by, found.limit), (true, Some(100)));
    assert!(update("UPDATE a SET b = 1 WHERE CURRENT OF c", Postgres).filter.is_some());
}

#[test]
fn deletes_name_what_goes() {
    let found = delete("DELETE FROM a USING b WHERE a.i = b.i", Postgres);
    assert_eq!((found.tables[0].name.as_str(), found.joined[0].name.as_str()), ("a", "b"));
    let found = delete("DELETE x FROM a x JOIN b y ON x.i = y.i WHERE y.j IS NULL", Mysql);
    assert_eq!((found.tables[0].name.as_str(), found.joined[0].name.as_str(), found.tables.len()), ("a", "b", 1));
    let found = delete("DELETE a.*, b FROM a JOIN b USING (i)", Mysql);
    assert_eq!((found.tables.len(), found.filter), (2, None));
    let found = delete("DELETE QUICK FROM a WHERE b < NOW() - INTERVAL 1 DAY LIMIT 1000", Mysql);
    assert_eq!(found.limit, Some(1000));
    assert!(delete("DELETE FROM a", Sqlite).filter.is_none());
}

#[test]
fn inserts_tell_where_rows_come_from() {
    assert_eq!(insert("INSERT INTO a (b, c) VALUES (1, 2), (3, 4)", Postgres).source, InsertSource::Values(2));
    assert_eq!(insert("INSERT INTO a DEFAULT VALUES", Postgres).source, InsertSource::DefaultValues);
    let found = insert("INSERT INTO a SET b = 1, c = (SELECT 2)", Mysql);
    assert_eq!((found.source, found.columns), (InsertSource::Values(1), vec!["b".to_owned(), "c".to_owned()]));
    let found = insert("INSERT INTO a (b) WITH c AS (SELECT 1 FROM d) SELECT * FROM c, e ON CONFLICT DO NOTHING", Postgres);
    let InsertSource::Query(query) = found.source else { panic!() };
    assert_eq!((tables(&query), found.ignore, found.upsert), (vec!["d".to_owned(), "e".to_owned()], true, false));
    assert!(insert("INSERT INTO a VALUES (1) ON CONFLICT (b) DO UPDATE SET c = 1 WHERE a.d", Postgres).upsert);
    assert!(insert("INSERT INTO a VALUES (1) ON DUPLICATE KEY UPDATE c = VALUES(c)", Mysql).upsert);
    assert!(insert("INSERT IGNORE INTO a VALUES (1)", Mysql).ignore);
    assert!(insert("REPLACE INTO a VALUES (1)", Mysql).replace);
    assert!(insert("INSERT OR REPLACE INTO a VALUES (1)", Sqlite).replace);
    let found = insert("INSERT INTO a AS x (b) OVERRIDING SYSTEM VALUE VALUES (1) RETURNING b", Postgres);
    assert_eq!((found.columns, found.source), (vec!["b".to_owned()], InsertSource::Values(1)));
}

#[test]
fn what_a_common_table_writes_is_an_action_of_its_own() {
    let statement = one("WITH gone AS (DELETE FROM a WHERE b < 3 RETURNING *) INSERT INTO c SELECT * FROM gone", Postgres);
    let [Action::Dml(Dml::Insert(_)), Action::Dml(Dml::Delete(delete))] = &statement.actions[..] else {
        panic!("{:?}", statement.actions)
    };
    assert_eq!(delete.tables[0].name, "a");
    let found = query("WITH x AS (UPDATE a SET b = 1 RETURNING *) SELECT * FROM x", Postgres);
    assert!(found.writes_inside && tables(&found).is_empty());
}

#[test]
fn placeholders_may_stand_for_names_and_values() {
    assert_eq!(tables(&query("SELECT * FROM ${schema}.a WHERE b = {{ c }} AND d = :'e'", Postgres)), ["${schema}.a"]);
    assert_eq!(delete("DELETE FROM :s.t WHERE id = %(id)s", Postgres).tables[0].to_string(), ":s.t");
    assert_eq!(one("SELECT * FROM a WHERE b = ? AND c = @d", Mysql).understood, Understood::Parsed);
}

#[test]
fn a_call_is_told_wherever_it_stands() {
    for text in [
        "SELECT 1 + purge()",
        "WITH x AS (SELECT purge()) SELECT * FROM x",
        "SELECT (SELECT purge())",
        "VALUES (purge())",
        "SELECT 1 WHERE purge()",
        "SELECT 1 ORDER BY purge()",
        "SELECT CASE WHEN purge() THEN 1 END",
        "INSERT INTO t (a) SELECT purge()",
        "INSERT INTO log VALUES (purge())",
        "UPDATE t SET a = \"purge\"()",
        "DELETE FROM t WHERE a = public.purge()",
        "SELECT * FROM u, LATERAL purge(u.id)",
        "SELECT DISTINCT ON (a) purge(b) FROM t",
        "DECLARE c CURSOR FOR SELECT purge()",
        "COPY (SELECT purge()) TO STDOUT",
        "CREATE TABLE x AS SELECT purge()",
        "CREATE MATERIALIZED VIEW x AS SELECT purge()",
        "SELECT 1 OPERATOR(pg_catalog.+) purge()",
        "SELECT * FROM purge() AS (a int)",
        "SELECT * FROM t, purge() AS (insert int)",
        "SELECT * FROM purge() AS materialized (a int)",
        "WITH x (a) AS MATERIALIZED (SELECT 1), y (b) AS NOT MATERIALIZED (UPDATE t SET c = 1) SELECT purge()",
        "ALTER TABLE t ALTER a TYPE int USING purge(a), ADD CONSTRAINT c EXCLUDE USING gist (b WITH =)",
    ] {
        assert_eq!(one(text, Postgres).calls, ["purge"], "{text}");
    }
    for text in [
        "INSERT INTO t (a) VALUES (1)",
        "WITH x (a) AS (SELECT 1) SELECT * FROM x AS y (b) WHERE b IN (1) AND EXISTS (SELECT 1)",
        "CREATE TABLE t (a int, b numeric(10, 2) DEFAULT purge())",
        "CREATE VIEW v AS SELECT purge()",
        "EXPLAIN SELECT purge()",
        "ALTER TABLE t ADD CONSTRAINT c EXCLUDE USING gist (b WITH =), ALTER a TYPE numeric(3, 2)",
    ] {
        assert_eq!(one(text, Postgres).calls, [] as [&str; 0], "{text}");
    }
    assert_eq!(one("SELECT HIGH_PRIORITY purge()", Mysql).calls, ["purge"]);
    assert_eq!(one("SELECT app.lower(a), pg_catalog.lower(b)", Postgres).calls, ["app.lower", "lower"]);
}
