//! How many rows a statement takes at most, as far as its text says so.

use std::collections::BTreeMap;

use super::correction::{Change, LONG_LIST, bare, changes};
use crate::analyze::sql::scene::Scene;
use crate::evidence::sql::{Comparison, Condition, Limited, Name, Predicate};

/// The most rows that one batch may take: what counts as a small table, and a thousand in any case.
pub(super) fn batch(scene: &Scene<'_>) -> u64 {
    scene.options.small_rows.max(1_000)
}

/// Whether a statement takes only so many rows that it is one batch of several.
pub(super) fn batched(scene: &Scene<'_>, change: &Change<'_>) -> bool {
    if change.limit.is_some_and(|limit| limit <= batch(scene)) {
        return true;
    }
    let (Some(filter), Some(table)) = (change.filter, change.tables.first()) else { return false };
    let joined = !change.joined.is_empty() || change.tables.len() > 1;
    narrow(scene, table, filter, joined.then_some(change.aliases))
}

/// Whether a condition takes no more rows of a table than a batch: so many keys from a sub-query, a range of the key with both ends, or
/// the key itself. Where tables are joined, only a column with one of these names before it is certainly one of the table.
pub(super) fn narrow(scene: &Scene<'_>, table: &Name, filter: &Predicate, joined: Option<&[String]>) -> bool {
    let is_own = |condition: &&Condition| {
        let named = condition.column.as_deref().and_then(|column| column.rsplit('.').nth(1));
        joined.is_none_or(|aliases| named.is_some_and(|named| aliases.iter().any(|alias| alias.eq_ignore_ascii_case(named))))
    };
    let own: Vec<&Condition> = filter.conditions.iter().filter(is_own).collect();
    let keys = own.iter().filter(|condition| {
        !condition.wrapped
            && !condition.joins
            && condition.column.as_deref().map(bare).is_some_and(|column| is_key(scene, Some(table), column))
    });
    // A column without its table is one of the sub-query where that reads the changed table, and no common table stands for it.
    let enough = |limited: &Limited| {
        let same = limited.tables.iter().any(|read| read.eq_ignore_ascii_case(&table.name));
        limited.rows <= batch(scene) && (limited.qualified || same && joined.is_none() && !scene.head.starts_with("WITH "))
    };
    let mut at_least: BTreeMap<&str, i128> = BTreeMap::new();
    let mut at_most: BTreeMap<&str, i128> = BTreeMap::new();
    for condition in keys {
        if condition.comparison == Comparison::In && condition.limited.as_ref().is_some_and(enough) {
            return true;
        }
        let column = condition.column.as_deref().map(bare).unwrap_or_default();
        if let Some(bound) = condition.at_least {
            let known = at_least.entry(column).or_insert(bound);
            *known = bound.max(*known);
        }
        if let Some(bound) = condition.at_most {
            let known = at_most.entry(column).or_insert(bound);
            *known = bound.min(*known);
        }
    }
    let width = |(column, low): (&&str, &i128)| at_most.get(column).and_then(|high| high.checked_sub(*low));
    at_least.iter().filter_map(width).any(|width| width <= i128::from(batch(scene))) || by_key(scene, table, &own)
}

/// Whether a column is a whole key, so that each value means one row.
fn is_key(scene: &Scene<'_>, table: Option<&Name>, column: &str) -> bool {
    if ["id", "ctid", "rowid", "_rowid_"].iter().any(|key| column.eq_ignore_ascii_case(key)) {
        return true;
    }
    table.and_then(|table| scene.record(table)).is_some_and(|record| {
        record.indexes.iter().any(|index| {
            let [Some(only)] = index.columns.as_slice() else { return false };
            index.unique && !index.partial && only.eq_ignore_ascii_case(column)
        })
    })
}

/// Whether the predicate names rows by a whole key: then there are as many as it lists.
fn by_key(scene: &Scene<'_>, table: &Name, conditions: &[&Condition]) -> bool {
    let equal: Vec<&str> = conditions
        .iter()
        .filter(|condition| !condition.wrapped && !condition.joins)
        .filter(|condition| match condition.comparison {
            Comparison::Equal => condition.value.is_some(),
            Comparison::In => condition.listed.is_some_and(|listed| listed <= LONG_LIST),
            _ => false,
        })
        .filter_map(|condition| condition.column.as_deref().map(bare))
        .collect();
    if equal.contains(&"id") {
        return true;
    }
    scene.record(table).is_some_and(|record| {
        record.indexes.iter().filter(|index| index.unique && !index.partial && !index.columns.is_empty()).any(|index| {
            index.columns.iter().all(|column| {
                column.as_deref().is_some_and(|column| equal.iter().any(|known| known.eq_ignore_ascii_case(column)))
            })
        })
    })
}

/// How many rows a statement changes at most, because its WHERE names them by a whole unique key that the server itself told of, or its own
/// LIMIT bounds them. `None` where nothing is certain: a name such as `id` is none, and several changes in one statement are not added up.
pub(in crate::analyze::sql) fn most_rows(scene: &Scene<'_>) -> Option<u64> {
    let changes = changes(scene);
    let ([change], [_]) = (changes.as_slice(), scene.statement.actions.as_slice()) else { return None };
    let [table] = change.tables else { return None };
    if !change.joined.is_empty() {
        return None;
    }
    let listed = |column: &str| {
        let conditions = change.filter.into_iter().flat_map(|filter| &filter.conditions);
        let of = conditions
            .filter(|condition| !condition.wrapped && !condition.joins)
            .filter(|condition| condition.column.as_deref().map(bare).is_some_and(|own| own.eq_ignore_ascii_case(column)));
        let values = of.filter_map(|condition| match condition.comparison {
            Comparison::Equal => condition.value.as_ref().map(|_| 1),
            Comparison::In => condition.listed,
            _ => None,
        });
        values.min()
    };
    let unique = scene.record(table).into_iter().flat_map(|record| &record.indexes);
    let unique = unique.filter(|index| index.unique && index.valid && !index.partial && !index.columns.is_empty());
    let by_key = unique.filter_map(|index| {
        index.columns.iter().try_fold(1_u64, |rows, column| Some(rows.saturating_mul(listed(column.as_deref()?)?)))
    });
    by_key.chain(change.limit).min()
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use crate::analyze::sql::testing::{Case, found};
    use crate::facts::SqlDialect::{self, Mariadb, Mysql, Postgres, Sqlite};

    /// Statements, and whether they may take any number of rows.
    fn hold(dialects: &[SqlDialect], rule: &str, cases: &[(&str, bool)]) {
        let mut wrong = String::new();
        for dialect in dialects {
            for (sql, finds) in cases {
                let found = found(sql, &Case { dialect: *dialect, ..Case::default() });
                let hit = found.iter().any(|risk| risk.rule == rule && risk.harmless.is_none());
                if hit != *finds {
                    let rules: Vec<&str> = found.iter().map(|risk| risk.rule.as_str()).collect();
                    let _ = writeln!(wrong, "{dialect:?}: {sql}: {finds} expected of {rule}: {rules:?}");
                }
            }
        }
        assert!(wrong.is_empty(), "{wrong}");
    }

    #[test]
    fn a_batch_is_a_limit_on_the_rows_that_change() {
        hold(
            &[Postgres, Sqlite],
            "database/change-not-batched",
            &[
                ("DELETE FROM users WHERE id IN (SELECT id FROM users WHERE a = 1 ORDER BY id LIMIT 1000);", false),
                ("DELETE FROM users WHERE id IN (SELECT id FROM users LIMIT 1000) AND a = 1;", false),
                ("DELETE FROM users WHERE id IN (SELECT u.id FROM users u JOIN dead d ON d.id = u.id LIMIT 1000);", false),
                ("DELETE FROM users WHERE id IN (SELECT id FROM (SELECT id FROM users LIMIT 1000) x);", false),
                ("DELETE FROM users WHERE id IN (SELECT d.user_id FROM dead d LIMIT 1000);", false),
                ("DELETE FROM users WHERE rowid IN (SELECT rowid FROM users LIMIT 1000 OFFSET 5);", false),
                ("DELETE FROM users WHERE id IN (SELECT id FROM users LIMIT 1000000000);", true),
                ("DELETE FROM users WHERE id IN (SELECT id FROM users LIMIT (SELECT count(*) FROM users));", true),
                ("DELETE FROM users WHERE id IN (SELECT id FROM users LIMIT 10 * 100000000);", true),
                ("DELETE FROM users WHERE id NOT IN (SELECT id FROM users ORDER BY id LIMIT 10);", true),
                ("DELETE FROM users WHERE NOT (id IN (SELECT id FROM users LIMIT 10));", true),
                ("DELETE FROM users WHERE id IN (SELECT 1 LIMIT 1) OR a IS NOT NULL;", true),
                ("DELETE FROM users WHERE id IN (SELECT id FROM users LIMIT 1) OR a IS NOT NULL;", true),
                ("DELETE FROM users WHERE EXISTS (SELECT 1 FROM x LIMIT 1);", true),
                ("DELETE FROM users WHERE a IN (SELECT a FROM users LIMIT 10);", true),
                ("DELETE FROM users WHERE abs(id) IN (SELECT id FROM users LIMIT 10);", true),
                // Sub-queries that give another row for each row.
                ("DELETE FROM users WHERE id IN (SELECT id LIMIT 1);", true),
                ("DELETE FROM users WHERE id IN (SELECT users.id FROM x LIMIT 1);", true),
                ("DELETE FROM users WHERE id IN (SELECT id FROM x LIMIT 1);", true),
                ("DELETE FROM users WHERE id IN (SELECT x.id FROM users x WHERE x.id = users.id LIMIT 1);", true),
                (
                    "DELETE FROM users WHERE id IN (SELECT x.id FROM users x WHERE EXISTS (SELECT 1 FROM users) AND users.id = x.id LIMIT 1);",
                    true,
                ),
                ("DELETE FROM users WHERE id IN (SELECT id FROM (SELECT a FROM users LIMIT 1) x);", true),
                ("WITH users AS (SELECT 1 AS b) DELETE FROM users WHERE id IN (SELECT id FROM users LIMIT 1);", true),
            ],
        );
        hold(
            &[Postgres],
            "database/change-not-batched",
            &[
                ("DELETE FROM users WHERE ctid = ANY (ARRAY(SELECT ctid FROM users LIMIT 1000));", false),
                ("DELETE FROM users WHERE id = ANY (SELECT id FROM users FETCH FIRST 100 ROWS ONLY);", false),
                ("DELETE FROM users WHERE id IN (SELECT id FROM users LIMIT ALL);", true),
                ("DELETE FROM users WHERE id IN (SELECT id FROM users LIMIT NULL);", true),
                ("DELETE FROM users WHERE id IN (SELECT id FROM users ORDER BY a FETCH FIRST 1 ROWS WITH TIES);", true),
                ("DELETE FROM users WHERE id = ALL (ARRAY(SELECT id FROM users LIMIT 10));", true),
            ],
        );
        hold(
            &[Mysql, Mariadb],
            "database/change-not-batched",
            &[
                ("DELETE FROM users WHERE a = 1 ORDER BY id LIMIT 1000;", false),
                ("DELETE FROM users LIMIT 1000000000;", true),
                ("UPDATE users SET a = 1 ORDER BY id LIMIT 10001;", true),
                ("DELETE FROM users WHERE id IN (SELECT id FROM (SELECT id FROM users LIMIT 1000) AS x);", false),
            ],
        );
    }

    #[test]
    fn a_range_is_narrow_between_two_near_numbers() {
        hold(
            &[Postgres, Mysql, Mariadb, Sqlite],
            "database/change-not-batched",
            &[
                ("UPDATE users SET a = 1 WHERE id BETWEEN 1 AND 10000;", false),
                ("UPDATE users SET a = 1 WHERE id > 10000 AND id <= 20000;", false),
                ("UPDATE users SET a = 1 WHERE 10000 < id AND 20000 >= id AND b = 2;", false),
                ("UPDATE users SET a = 1 WHERE id BETWEEN -5 AND +5;", false),
                ("DELETE FROM users WHERE id BETWEEN 1 AND 999999999999;", true),
                ("DELETE FROM users WHERE id > 1 AND id < 999999999999;", true),
                ("DELETE FROM users WHERE id > 1 AND id > 2;", true),
                ("DELETE FROM users WHERE 1 < id AND 2 < id;", true),
                ("DELETE FROM users WHERE id BETWEEN 1 AND (SELECT max(id) FROM users);", true),
                ("DELETE FROM users WHERE id NOT BETWEEN 1 AND 10;", true),
                ("DELETE FROM users WHERE NOT (id BETWEEN 1 AND 10);", true),
                ("DELETE FROM users WHERE id BETWEEN 1 AND 10 OR a = 1;", true),
                ("DELETE FROM users WHERE a BETWEEN 1 AND 10;", true),
                ("DELETE FROM users WHERE id BETWEEN 'a' AND 'b';", true),
            ],
        );
    }

    #[test]
    fn a_key_of_another_table_bounds_nothing() {
        hold(
            &[Postgres],
            "database/change-not-batched",
            &[
                ("DELETE FROM users USING s WHERE s.id = 5;", true),
                ("DELETE FROM users u USING s WHERE u.id = 5 AND s.a = u.a;", false),
                ("UPDATE users SET a = 1 FROM s WHERE s.id BETWEEN 1 AND 10;", true),
                ("UPDATE users SET a = 1 FROM s WHERE public.users.id BETWEEN 1 AND 10 AND s.a = users.b;", false),
                ("DELETE FROM users USING s WHERE id IN (SELECT id FROM users LIMIT 10);", true),
            ],
        );
        hold(
            &[Mysql],
            "database/change-not-batched",
            &[
                ("UPDATE users u JOIN s ON s.a = u.a SET u.b = 1 WHERE u.id = 3;", false),
                ("UPDATE users u JOIN s ON s.a = u.a SET u.b = 1 WHERE s.id = 3;", true),
                ("DELETE u FROM users u JOIN s ON s.a = u.a WHERE u.id IN (1, 2);", false),
            ],
        );
    }

    /// What `MERGE` and `ON CONFLICT` do to rows that are there is judged as the statement that it is.
    #[test]
    fn rows_that_are_changed_while_others_are_inserted_count() {
        for (rule, sql, finds) in [
            ("where-always-true", "MERGE INTO users u USING s ON true WHEN MATCHED THEN DELETE;", true),
            (
                "where-always-true",
                "MERGE INTO users u USING s ON 1 = 1 WHEN MATCHED AND u.id = u.id THEN UPDATE SET a = 1;",
                true,
            ),
            ("where-always-true", "MERGE INTO users u USING s ON true WHEN NOT MATCHED THEN INSERT (id) VALUES (s.id);", false),
            ("where-always-true", "MERGE INTO users u USING s ON u.id = s.id WHEN MATCHED THEN DELETE;", false),
            ("where-always-true", "MERGE INTO users u USING s ON true WHEN MATCHED AND u.a = 3 THEN DELETE;", false),
            ("where-always-true", "MERGE INTO users u USING s ON true WHEN MATCHED THEN DO NOTHING;", false),
            (
                "where-always-true",
                "MERGE INTO users u USING s ON true WHEN MATCHED THEN UPDATE SET a = CASE WHEN b THEN 1 END;",
                true,
            ),
            ("change-not-batched", "MERGE INTO users u USING s ON u.id = s.id WHEN MATCHED THEN DELETE;", true),
            ("change-not-batched", "MERGE INTO users u USING s ON s.id = 5 WHEN MATCHED THEN DELETE;", true),
            ("change-not-batched", "MERGE INTO users USING s ON users.id = 5 AND s.a = 1 WHEN MATCHED THEN DELETE;", false),
            ("change-not-batched", "MERGE INTO users u USING s ON u.id = s.id WHEN NOT MATCHED BY SOURCE THEN DELETE;", true),
            ("key-changed", "MERGE INTO users u USING s ON u.a = s.a WHEN MATCHED THEN UPDATE SET id = s.id;", true),
            ("values-removed", "MERGE INTO users u USING s ON u.a = s.a WHEN MATCHED THEN UPDATE SET b = NULL;", true),
            (
                "change-without-where",
                "INSERT INTO users (id, a) SELECT id, 0 FROM users ON CONFLICT (id) DO UPDATE SET a = 0;",
                true,
            ),
            (
                "change-without-where",
                "INSERT INTO users (id, a) SELECT id, 0 FROM (SELECT * FROM users) x ON CONFLICT (id) DO UPDATE SET a = 0;",
                true,
            ),
            ("change-without-where", "INSERT INTO users (id, a) SELECT id, 0 FROM users ON CONFLICT (id) DO NOTHING;", false),
            (
                "change-without-where",
                "INSERT INTO users (id, a) SELECT id, 0 FROM users WHERE id = 3 ON CONFLICT (id) DO UPDATE SET a = 0;",
                false,
            ),
            ("change-without-where", "INSERT INTO users (id, a) VALUES (1, 0) ON CONFLICT (id) DO UPDATE SET a = 0;", false),
            ("change-without-where", "INSERT INTO users (id, a) SELECT 1, 2 ON CONFLICT (id) DO UPDATE SET a = 0;", false),
            (
                "where-always-true",
                "INSERT INTO users (id, a) SELECT id, 0 FROM users WHERE true ON CONFLICT (id) DO UPDATE SET a = 0;",
                true,
            ),
            (
                "change-not-batched",
                "INSERT INTO users (id, a) SELECT id, 0 FROM users LIMIT 100 ON CONFLICT (id) DO UPDATE SET a = 0;",
                false,
            ),
            (
                "change-not-batched",
                "INSERT INTO users (id, a) SELECT id, 0 FROM s ON CONFLICT (id) DO UPDATE SET a = excluded.a;",
                true,
            ),
            (
                "change-not-batched",
                "INSERT INTO users (id, a) SELECT id, 0 FROM s WHERE s.id = 3 ON CONFLICT (id) DO UPDATE SET a = 1;",
                false,
            ),
            (
                "change-not-batched",
                "INSERT INTO users (id, a) SELECT id, 0 FROM s WHERE s.b = 3 ON CONFLICT (id) DO UPDATE SET a = 1;",
                true,
            ),
            (
                "where-always-true",
                "INSERT INTO users (id, a) SELECT id, 0 FROM s WHERE true ON CONFLICT (id) DO UPDATE SET a = 1;",
                false,
            ),
            (
                "where-not-selective",
                "MERGE INTO users u USING (SELECT id FROM s) y ON u.id = y.id WHEN MATCHED THEN DELETE;",
                false,
            ),
            (
                "key-changed",
                "INSERT INTO users (id, a) SELECT id, 0 FROM s ON CONFLICT (id) DO UPDATE SET id = excluded.id, a = 1;",
                false,
            ),
        ] {
            hold(&[Postgres], &format!("database/{rule}"), &[(sql, finds)]);
        }
        let sql = "INSERT INTO users (id, a) SELECT id, 0 FROM users ON DUPLICATE KEY UPDATE a = 0;";
        hold(&[Mysql, Mariadb], "database/change-without-where", &[(sql, true)]);
        let sql = "INSERT INTO users (id, a) SELECT id, 0 FROM users WHERE true ON CONFLICT (id) DO UPDATE SET a = 0 WHERE users.id < 9;";
        hold(&[Sqlite], "database/change-without-where", &[(sql, false)]);
    }

    #[test]
    fn a_limit_of_any_size_makes_no_small_copy() {
        hold(
            &[Postgres, Mysql, Sqlite],
            "database/copy-whole-table",
            &[("INSERT INTO u SELECT * FROM t LIMIT 1000;", false), ("INSERT INTO u SELECT * FROM t LIMIT 1000000000;", true)],
        );
        hold(
            &[Mysql, Mariadb],
            "database/delete-instead-of-truncate",
            &[("DELETE FROM t LIMIT 1000;", false), ("DELETE FROM t LIMIT 1000000000;", true)],
        );
    }

    #[test]
    fn rows_that_a_unique_key_names_are_counted() {
        let most = |sql: &str, dialect: SqlDialect, statistics: bool| {
            crate::analyze::sql::testing::understood(sql, &Case { dialect, statistics, ..Case::default() }).statements[0]
                .most_rows
        };
        for (sql, rows) in [
            ("UPDATE orders SET note = 'x' WHERE id = 5;", Some(1)),
            ("UPDATE orders SET note = 'x' WHERE id = 5 AND note = 'y';", Some(1)),
            ("DELETE FROM orders WHERE id IN (1, 2, 3);", Some(3)),
            ("UPDATE orders SET note = 'x' WHERE id = 5 OR note = 'y';", None),
            ("UPDATE orders SET note = 'x' WHERE id > 5;", None),
            ("UPDATE orders SET note = 'x' WHERE id + 0 = 5;", None),
            ("UPDATE orders SET note = 'x' WHERE customer_id = 5;", None),
            ("UPDATE orders SET note = 'x';", None),
            ("UPDATE orders SET note = 'x' FROM customers c WHERE orders.id = 5;", None),
            ("DO $$ BEGIN UPDATE orders SET note = 'x' WHERE id = 5; END $$;", None),
            ("UPDATE elsewhere SET note = 'x' WHERE id = 5;", None),
        ] {
            assert_eq!(most(sql, Postgres, true), rows, "{sql}");
        }
        assert_eq!(most("UPDATE orders SET note = 'x' WHERE id = 5;", Postgres, false), None, "nobody tells its indexes");
        assert_eq!(most("DELETE FROM orders WHERE note = 'x' LIMIT 500;", Mysql, true), Some(500));
    }
}
