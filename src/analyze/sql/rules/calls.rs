//! Functions that are called for what they do, wherever in a statement the call stands.

use std::fmt::Write as _;

use crate::analyze::sql::functions::{Called, called};
use crate::analyze::sql::rule::{ALL, MYSQL, Proof, RULE, Rule, SERVERS, SQLITE, Variant};
use crate::analyze::sql::scene::Scene;
use crate::facts::{RiskClass, Severity};

/// A statement that calls more functions of one kind is told by the first ones.
const MOST_NAMED: usize = 8;

/// The calls of a kind that no function of the change stands for.
fn calls<'a>(scene: &Scene<'a>, kind: Called) -> impl Iterator<Item = &'a str> + use<'a> {
    let (routines, dialect) = (scene.routines, scene.dialect());
    let calls = scene.statement.calls.iter().map(String::as_str);
    calls.filter(move |call| !routines.creates(call) && called(call, dialect) == kind)
}

const SAFE_OUTSIDE: &str = "Those who run the server do it, outside of a migration";

pub(super) static EFFECTS: Rule = Rule {
    id: "database/function-with-effects",
    title: "A query does something to the server",
    class: RiskClass::Transaction,
    severity: Severity::High,
    dialects: ALL,
    what: "Some functions end other sessions, drop replication slots, take locks that outlive the statement, delete large objects, promote a \
           replica, read or write files of the server, load code or run SQL elsewhere: it reads like a query.",
    spares_new: false,
    harmless: "Never in a migration.",
    says: "`{name}()` does something to the server or to other sessions",
    safe: SAFE_OUTSIDE,
    source: "PostgreSQL manual, 9.27 System Administration Functions: https://www.postgresql.org/docs/current/functions-admin.html",
    variants: &[
        Variant {
            dialects: MYSQL,
            lock: None,
            safe: SAFE_OUTSIDE,
            source: "MySQL 8.0 Reference Manual, 14.14 Locking Functions: https://dev.mysql.com/doc/refman/8.0/en/locking-functions.html",
        },
        Variant {
            dialects: SQLITE,
            lock: None,
            safe: "The application loads what it needs when it opens the database",
            source: "SQLite, Run-Time Loadable Extensions: https://www.sqlite.org/loadext.html",
        },
    ],
    proof: Proof::Reason,
    finds: &[
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity;",
        "SELECT 1 + pg_terminate_backend(5);",
        "INSERT INTO t SELECT lo_unlink(a) FROM o;",
        "SELECT * FROM dblink('a', 'b') AS x (c int);",
        "mysql: SELECT GET_LOCK('x', 100);",
        "mysql: INSERT INTO t VALUES (LOAD_FILE('/etc/hosts'));",
        "sqlite: SELECT load_extension('a');",
    ],
    passes: &["SELECT now();", "SELECT pg_try_advisory_lock(3);", "mysql: SELECT RELEASE_LOCK('x');"],
    find: |scene, hits| {
        if let Some(call) = calls(scene, Called::Effect).next() {
            hits.plain().fill("name", super::first_words(call));
        }
    },
    ..RULE
};

pub(super) static SLEEPS: Rule = Rule {
    id: "database/statement-sleeps",
    title: "A statement waits on purpose",
    class: RiskClass::Transaction,
    severity: Severity::Medium,
    dialects: SERVERS,
    what: "`pg_sleep`, `SLEEP` and `BENCHMARK` keep the session where it is: every lock that its transaction holds stays, old versions of rows \
           are kept, and the release stands still. For each row of a table they wait once.",
    spares_new: false,
    harmless: "Between two transactions, for a known short time.",
    says: "`{name}()` lets the release wait, with every lock that the transaction holds",
    safe: "The job that runs the batches pauses between them, outside of any transaction",
    source: "PostgreSQL manual, 9.9.5 Delaying Execution: https://www.postgresql.org/docs/current/functions-datetime.html#FUNCTIONS-DATETIME-DELAY",
    variants: &[Variant {
        dialects: MYSQL,
        lock: None,
        safe: "The job that runs the batches pauses between them, outside of any transaction",
        source: "MySQL 8.0 Reference Manual, 14.23 Miscellaneous Functions: https://dev.mysql.com/doc/refman/8.0/en/miscellaneous-functions.html",
    }],
    proof: Proof::Reason,
    finds: &[
        "SELECT pg_sleep(100000);",
        "mysql: SELECT SLEEP(1000);",
        "mysql: UPDATE t SET a = 1 WHERE id = BENCHMARK(9999, MD5('a'));",
    ],
    passes: &["SELECT now();"],
    find: |scene, hits| {
        if let Some(call) = calls(scene, Called::Waits).next() {
            hits.plain().fill("name", super::first_words(call));
        }
    },
    ..RULE
};

pub(super) static UNKNOWN: Rule = Rule {
    id: "database/function-call",
    title: "A function is called that nobody here knows",
    class: RiskClass::Unparsed,
    severity: Severity::Medium,
    dialects: ALL,
    what: "The statement calls a function of the application or of an extension, in whatever place: it may alter tables and change rows, and its \
           text stands elsewhere.",
    spares_new: false,
    harmless: "The function comes with the server and changes nothing; or the change creates it before, its body can be read, and it is judged \
               as if it stood in the place of the call.",
    says: "what the function {name} does is not judged",
    safe: "Write the statements of the function; where it has to be called, a DBA reads it",
    source: "kadian: what cannot be read cannot be judged",
    proof: Proof::Reason,
    finds: &[
        "SELECT migrate_everything();",
        "SELECT create_hypertable('t', 'at');",
        "SELECT purge(a) FROM t WHERE id = 1;",
        "INSERT INTO log VALUES (purge());",
        "WITH x AS (SELECT purge()) SELECT * FROM x;",
        "SELECT 1 + set_config('lock_timeout', '0', false)::int;",
        "mysql: UPDATE t SET a = purge() WHERE id = 3;",
        "sqlite: SELECT purge();",
    ],
    passes: &[
        "SELECT now();",
        "SELECT set_config('a', 'b', false);",
        "SELECT setval('s', (SELECT max(id) FROM t));",
        "SELECT lower(a) FROM t WHERE id = 1;",
        "CREATE TABLE t (id bigint PRIMARY KEY, a text DEFAULT purge());",
    ],
    find: |scene, hits| {
        let mut unknown = calls(scene, Called::Unknown);
        let mut names: Vec<&str> = unknown.by_ref().take(MOST_NAMED).collect();
        let more = unknown.next().is_some();
        let (judged, created): (Vec<&str>, Vec<&str>) = scene
            .statement
            .calls
            .iter()
            .map(String::as_str)
            .filter(|call| scene.routines.creates(call))
            .partition(|call| scene.routines.judges(call, scene.statement));
        names.extend(created.into_iter().take(MOST_NAMED));
        if !names.is_empty() {
            let mut list = names.iter().map(|name| super::first_words(name)).collect::<Vec<_>>().join(", ");
            if more {
                let _ = write!(list, " and others");
            }
            hits.plain().fill("name", list);
        }
        for call in judged {
            hits.plain()
                .fill("name", super::first_words(call))
                .harmless("the change creates the function, and each of its statements is judged in this place");
        }
    },
    ..RULE
};

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use crate::analyze::sql::testing::{Case, found};
    use crate::facts::SqlDialect::{self, Mariadb, Mysql, Postgres, Sqlite};

    fn harms(sql: &str, dialect: SqlDialect) -> BTreeSet<String> {
        let found = found(sql, &Case { dialect, ..Case::default() });
        found.into_iter().filter(|risk| risk.harmless.is_none()).map(|risk| risk.rule["database/".len()..].to_owned()).collect()
    }

    /// Texts, and the rule that finds them.
    fn all_find(dialects: &[SqlDialect], cases: &[(&str, &str)]) {
        let mut wrong = Vec::new();
        for dialect in dialects {
            for (sql, rule) in cases {
                let found = harms(sql, *dialect);
                if !found.contains(*rule) {
                    wrong.push(format!("{dialect:?}: {sql}: no {rule}, but {found:?}"));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn a_call_is_found_wherever_it_stands() {
        const HOLDS: &str = "function-call";
        all_find(
            &[Postgres, Mysql, Mariadb, Sqlite],
            &[
                ("SELECT purge();", HOLDS),
                ("SELECT 1 + purge();", HOLDS),
                ("WITH x AS (SELECT purge()) SELECT * FROM x;", HOLDS),
                ("SELECT (SELECT purge());", HOLDS),
                ("SELECT 1 FROM t WHERE purge();", HOLDS),
                ("SELECT 1 ORDER BY purge();", HOLDS),
                ("SELECT CASE WHEN purge() THEN 1 END;", HOLDS),
                ("SELECT lower(upper(purge()));", HOLDS),
                ("SELECT count(*) FROM t GROUP BY a HAVING purge() > 1;", HOLDS),
                ("INSERT INTO t SELECT purge();", HOLDS),
                ("INSERT INTO t (a) VALUES (1), (purge());", HOLDS),
                ("UPDATE t SET a = purge() WHERE id = 1;", HOLDS),
                ("DELETE FROM t WHERE id = purge();", HOLDS),
                ("CREATE TABLE x AS SELECT purge();", HOLDS),
                ("SELECT app.lower('A');", HOLDS),
            ],
        );
        all_find(
            &[Postgres],
            &[
                ("SELECT 1 WHERE purge();", HOLDS),
                ("VALUES (purge());", HOLDS),
                ("ALTER TABLE t ALTER COLUMN a TYPE int USING purge(a);", HOLDS),
                ("SELECT * FROM u, LATERAL purge(u.id);", HOLDS),
                ("SELECT * FROM purge() WITH ORDINALITY AS x (a, b);", HOLDS),
                ("DECLARE c CURSOR FOR SELECT purge(); FETCH ALL FROM c;", HOLDS),
                ("COPY (SELECT purge()) TO STDOUT;", HOLDS),
                ("CREATE MATERIALIZED VIEW x AS SELECT purge();", HOLDS),
                ("SELECT \"purge\"();", HOLDS),
                ("SELECT public.purge();", HOLDS),
                ("EXPLAIN ANALYZE SELECT purge();", HOLDS),
                ("EXPLAIN ANALYZE CREATE TABLE x AS SELECT purge();", HOLDS),
                ("EXPLAIN ANALYZE DECLARE c CURSOR FOR SELECT purge();", HOLDS),
                ("EXPLAIN (\"analyze\") DELETE FROM t;", "change-without-where"),
                ("EXPLAIN ANALYZE REFRESH MATERIALIZED VIEW x;", "refresh-not-concurrent"),
                ("EXPLAIN ANALYZE EXECUTE p;", "dynamic-sql"),
                ("CREATE TABLE x AS EXECUTE p;", "dynamic-sql"),
                ("MERGE INTO t USING o ON o.id = t.id WHEN MATCHED THEN UPDATE SET a = purge();", HOLDS),
                ("INSERT INTO t VALUES (1) ON CONFLICT (id) DO UPDATE SET a = purge();", HOLDS),
                ("DELETE FROM t WHERE id = 1 RETURNING purge();", HOLDS),
                ("DO $$ BEGIN IF purge() THEN NULL; END IF; END $$;", HOLDS),
                ("SELECT set_config('a', 'b', false), (SELECT purge());", HOLDS),
                ("SELECT set_config('a', 'b', false), set_config('lock_timeout', '0', false);", HOLDS),
                ("SELECT set_config('a', 'b', purge());", HOLDS),
                ("SELECT set_config('a', 'b', false) WHERE purge();", HOLDS),
                ("SELECT 1 + setval('s', 1);", "sequence-values"),
                ("SELECT coalesce(pg_switch_wal()::text, '');", "function-with-effects"),
                ("UPDATE t SET a = pg_cancel_backend(3) WHERE id = 1;", "function-with-effects"),
                ("SELECT a FROM t WHERE pg_advisory_lock(3) IS NULL;", "function-with-effects"),
                ("SELECT lo_import('/etc/hosts');", "function-with-effects"),
                ("SELECT pg_read_file('/etc/hosts');", "function-with-effects"),
                ("DELETE FROM t WHERE id = 1 AND pg_sleep(5) IS NULL;", "statement-sleeps"),
            ],
        );
        all_find(
            &[Mysql, Mariadb],
            &[
                ("SET @a = purge();", HOLDS),
                ("REPLACE t (a) VALUES (purge());", HOLDS),
                ("INSERT INTO t VALUES (1) ON DUPLICATE KEY UPDATE a = purge();", HOLDS),
                ("CREATE TABLE x (a int, KEY i (a)) SELECT purge() AS a;", HOLDS),
            ],
        );
    }

    #[test]
    fn what_comes_with_a_server_is_silent() {
        let silent = |dialects: &[SqlDialect], texts: &[&str]| {
            let mut wrong = Vec::new();
            for dialect in dialects {
                for sql in texts {
                    let found = harms(sql, *dialect);
                    let calls = ["function-call", "function-with-effects", "statement-sleeps", "statement-not-understood"];
                    if let Some(rule) = calls.iter().find(|rule| found.contains(**rule)) {
                        wrong.push(format!("{dialect:?}: {sql}: {rule}"));
                    }
                }
            }
            assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        };
        silent(
            &[Postgres, Mysql, Mariadb, Sqlite],
            &[
                "SELECT count(*), sum(a), coalesce(max(b), 0) FROM t WHERE lower(c) IN ('x') AND NOT EXISTS (SELECT 1 FROM u);",
                "SELECT row_number() OVER (PARTITION BY a ORDER BY b), lag(a, 1) OVER w FROM t WINDOW w AS (ORDER BY a);",
                "INSERT INTO t (a, b) SELECT upper(x), round(y, 2) FROM u AS v WHERE length(trim(x)) > 3;",
                "UPDATE t SET a = replace(b, 'x', 'y'), c = CAST(d AS decimal(10, 2)) WHERE id = abs(-3);",
                "WITH x (a) AS (SELECT 1), y (b) AS (SELECT 2) SELECT a FROM x JOIN y USING (a) WHERE a BETWEEN (1) AND (2);",
                "SELECT a FROM t WHERE (a, b) IN ((1, 2), (3, 4)) AND (a OR (b));",
                "INSERT INTO t VALUES (CURRENT_TIMESTAMP, nullif(1, 2), substr('abc', 1, 2));",
            ],
        );
        silent(
            &[Postgres],
            &[
                "SELECT nextval('s'), currval('s'), now(), gen_random_uuid(), to_char(a, 'YYYY'), extract(year FROM b) FROM t;",
                "SELECT a::varchar(10), b::character varying(3), CAST(c AS timestamp(3)), interval(3) '1 day' FROM t;",
                "SELECT DISTINCT ON (a) a, array(SELECT 1), ARRAY[(1)], x @> ANY (ARRAY[1]) FROM t TABLESAMPLE bernoulli (10);",
                "SELECT * FROM json_to_recordset('[]') AS x (a int, b varchar(10), c numeric(10, 2));",
                "SELECT * FROM t CROSS JOIN LATERAL jsonb_each_text(t.a) AS e (k, v), unnest(t.b) WITH ORDINALITY AS u (x, n);",
                "SELECT count(*) FILTER (WHERE a), percentile_cont(0.5) WITHIN GROUP (ORDER BY b) FROM t GROUP BY ROLLUP (c), GROUPING SETS ((a), (b));",
                "SELECT a AT TIME ZONE ('UTC'), b OPERATOR(pg_catalog.+) (1) FROM t FETCH FIRST (5) ROWS ONLY;",
                "INSERT INTO t (a) VALUES (1) ON CONFLICT (a) WHERE (b) DO UPDATE SET (a, b) = (excluded.a, 2) RETURNING (a);",
                "CREATE TABLE IF NOT EXISTS x (a, b) AS SELECT 1, 2;",
                "MERGE INTO t USING s ON t.id = s.id WHEN NOT MATCHED THEN INSERT (id, a) VALUES (s.id, 1);",
                "CREATE MATERIALIZED VIEW IF NOT EXISTS x (a) AS SELECT md5('a');",
                "COPY (SELECT a FROM t) TO STDOUT WITH (FORMAT csv, FORCE_QUOTE (a));",
                "SELECT public.st_setsrid(st_makepoint(1, 2), 4326), extensions.uuid_generate_v4(), crypt('a', gen_salt('bf'));",
                "SELECT ROW(1, 2), xmlelement(name a, xmlattributes(b AS c)), grouping(a) FROM t GROUP BY CUBE (a);",
            ],
        );
        silent(
            &[Mysql, Mariadb],
            &[
                "SELECT IF(a, 1, 2), IFNULL(b, 0), GROUP_CONCAT(DISTINCT c ORDER BY d SEPARATOR ','), DATE_FORMAT(NOW(), '%Y') FROM t;",
                "SELECT MATCH (a) AGAINST ('x'), CONVERT(b, CHAR(10)), CONVERT(c USING utf8mb4), INSERT(d, 1, 2, 'z'), LEFT(e, 3) FROM t;",
                "SELECT a FROM t USE INDEX (i) FORCE INDEX FOR JOIN (j) IGNORE KEY (k) WHERE b DIV (2) AND NOT (c XOR (d));",
                "INSERT t (a) VALUES (LAST_INSERT_ID()); INSERT IGNORE u (a) VALUES (1); REPLACE v (a) VALUES (1);",
                "INSERT INTO t PARTITION (p0) (a, b) VALUES (1, 2) ON DUPLICATE KEY UPDATE a = VALUES(a), b = DATE_ADD(b, INTERVAL (1) DAY);",
                "SELECT x.a FROM JSON_TABLE('[]', '$[*]' COLUMNS (a VARCHAR(10) PATH '$.a', b DECIMAL(10, 2) PATH '$.b')) AS x;",
                "SET @a = CONCAT('x', DATABASE());",
                "CREATE TABLE IF NOT EXISTS x (a int, b varchar(10), KEY i (a), UNIQUE KEY u (b)) SELECT 1 AS a;",
                "UPDATE t SET a = JSON_SET(a, '$.b', UNIX_TIMESTAMP()), b = UUID() WHERE id = 3;",
            ],
        );
        silent(
            &[Sqlite],
            &[
                "INSERT OR REPLACE INTO t (a) VALUES (strftime('%s', 'now'));",
                "SELECT group_concat(a), json_extract(b, '$.c'), iif(a, 1, 2), typeof(c) FROM t, json_each(t.d);",
                "SELECT * FROM pragma_table_info('t');",
            ],
        );
    }

    /// A long body that is called again and again would be judged without end.
    #[test]
    fn only_so_many_statements_of_functions_are_judged() {
        let body = "SELECT 1; ".repeat(2_000);
        let create = format!("CREATE FUNCTION long() RETURNS int LANGUAGE sql AS '{body}'; ");
        assert!(!harms(&format!("{create}{}", "SELECT long(); ".repeat(10)), Postgres).contains("function-call"));
        assert!(harms(&format!("{create}{}", "SELECT long(); ".repeat(11)), Postgres).contains("function-call"));
    }

    #[test]
    fn a_function_of_the_change_does_what_its_body_does() {
        let deletes = "CREATE FUNCTION purge() RETURNS int LANGUAGE sql AS 'DELETE FROM users RETURNING 1'; ";
        let reads = "CREATE FUNCTION today() RETURNS date LANGUAGE sql AS $$ SELECT current_date $$; ";
        let one = "CREATE FUNCTION one(a int) RETURNS void LANGUAGE sql AS 'DELETE FROM users WHERE id = 1'; ";
        let program = "CREATE FUNCTION purge() RETURNS void LANGUAGE plpgsql AS $$ BEGIN TRUNCATE users; RETURN; END $$; ";
        let nested = "CREATE FUNCTION outer() RETURNS int LANGUAGE sql AS 'SELECT purge()'; ";
        for (sql, found, not_found) in [
            (format!("{deletes}INSERT INTO log VALUES (purge());"), "change-without-where", "function-call"),
            (format!("{deletes}{nested}SELECT outer();"), "change-without-where", "function-call"),
            (format!("{program}SELECT purge();"), "truncate", "function-call"),
            (format!("{nested}SELECT outer();"), "function-call", "change-without-where"),
            (format!("SELECT purge(); {deletes}"), "function-call", "change-without-where"),
            (deletes.to_owned(), "", "change-without-where"),
            (format!("{reads}SELECT today(); UPDATE t SET a = today() WHERE id = 1;"), "", "function-call"),
            (format!("{one}SELECT one(3);"), "", "function-call"),
            // For every row it is another matter.
            (format!("{one}SELECT one(id) FROM users;"), "function-call", "nothing"),
            (format!("{one}SELECT one(x) FROM generate_series(1, 100000) x;"), "function-call", "nothing"),
            (format!("{one}UPDATE t SET a = one(3) WHERE id = 1;"), "function-call", "nothing"),
            // One that nobody reads.
            ("CREATE FUNCTION p() RETURNS void LANGUAGE c AS 'SELECT 1'; SELECT p();".to_owned(), "function-call", "nothing"),
            (
                "CREATE FUNCTION p() RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'DROP TABLE a'; END $$; SELECT p();"
                    .to_owned(),
                "function-call",
                "nothing",
            ),
            // A name of the server is the change's own where the change makes it.
            (
                "CREATE FUNCTION lower(a int) RETURNS int LANGUAGE sql AS 'DELETE FROM users RETURNING 1'; SELECT lower(3);"
                    .to_owned(),
                "change-without-where",
                "function-call",
            ),
            (format!("BEGIN; {reads}ROLLBACK; SELECT today();"), "function-call", "nothing"),
            (format!("SET search_path = x; {reads}SET search_path = public; SELECT today();"), "function-call", "nothing"),
            (format!("{reads}SELECT app.today();"), "function-call", "nothing"),
        ] {
            let rules = harms(&sql, Postgres);
            assert!(found.is_empty() || rules.contains(found), "{sql}: no {found} in {rules:?}");
            assert!(!rules.contains(not_found), "{sql}: {not_found} in {rules:?}");
        }
    }
}
