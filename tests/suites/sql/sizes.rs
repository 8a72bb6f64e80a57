//! The same statement on tables of different sizes.

use libtest_mimic::Trial;

use super::{INDEX, Shop};
use crate::suites::trial;

pub(super) fn trials() -> Vec<Trial> {
    vec![
        trial("sql::a-small-table-is-harmless-and-a-large-or-unknown-one-is-not", sizes),
        trial("sql::old-sizes-hold", old),
        trial("sql::rows-that-a-unique-key-names-are-known", by_key),
        trial("sql::the-settings-say-what-is-small-and-what-a-rule-does", settings),
    ]
}

/// Statistics of a database whose table has so many rows.
pub(super) fn statistics(table: &str, rows: &str, collected_at: &str) -> String {
    format!(
        r#"{{"schema": "kadian.table-stats/v1", "dialect": "postgres", "server": "PostgreSQL 15.4", "database": "shop",
        "collected_at": "{collected_at}", "replicas": 1, "slow": [], "slow_unknown": null, "tables": [
        {{"schema": "public", "name": "{table}", "kind": "table", "rows": {rows}, "bytes": null, "index_bytes": null, "analyzed_at": null,
        "engine": null, "collation": null, "columns": [], "indexes": [], "foreign_keys": []}}]}}"#
    )
}

const WITH: [&str; 2] = ["--evidence", "database=../table-stats.json"];
const NOW: &str = "2026-01-01T05:00:00Z";

fn sizes() {
    let shop = Shop::adding("db/migration/V2__a.sql", INDEX);
    assert_eq!(shop.found("deny", &[]), ["database/index-not-concurrent"], "nobody tells the size");
    shop.outside("table-stats.json", &statistics("orders", "12", NOW));
    assert!(shop.found("deny", &WITH).is_empty(), "twelve rows");
    shop.outside("table-stats.json", &statistics("orders", "12000000", NOW));
    assert_eq!(shop.found("deny", &WITH), ["database/index-not-concurrent"], "twelve million rows");
    shop.outside("table-stats.json", &statistics("orders", "null", NOW));
    assert_eq!(shop.found("deny", &WITH), ["database/index-not-concurrent"], "the server does not know");
    shop.outside("table-stats.json", &statistics("other", "1", NOW));
    assert_eq!(shop.found("deny", &WITH), ["database/index-not-concurrent"], "the table is not among them");
}

fn old() {
    let shop = Shop::adding("db/migration/V2__a.sql", INDEX);
    shop.outside("table-stats.json", &statistics("orders", "12", "2025-12-20T05:00:00Z"));
    let run = shop.merge(&WITH);
    assert_eq!(run.code, 3, "{}", run.stdout);
    assert!(run.stdout.contains("kadian db snapshot"), "{}", run.stdout);
    let fresh = shop.merge(&[&WITH[..], &["--set", "database.statistics_days=30"]].concat());
    assert_eq!(fresh.code, 0, "{}", fresh.stdout);
    shop.outside("table-stats.json", &statistics("orders", "12", "2026-02-01T05:00:00Z"));
    assert_eq!(shop.merge(&WITH).code, 3, "statistics of a time to come");
}

fn settings() {
    let shop = Shop::adding("db/migration/V2__a.sql", INDEX);
    shop.outside("table-stats.json", &statistics("orders", "20000", NOW));
    assert_eq!(shop.found("deny", &WITH).len(), 1);
    assert!(shop.found("deny", &[&WITH[..], &["--set", "database.small_rows=20000"]].concat()).is_empty());
    let off = ["--set", "database.rules.database/index-not-concurrent=off"];
    assert!(shop.found("deny", &off).is_empty());
    let warn = ["--set", "database.rules.database/index-not-concurrent=warn"];
    assert!(shop.found("warn", &warn).contains(&"database/index-not-concurrent".to_owned()));
    assert!(shop.found("deny", &["--set", "database.block_severity=critical"]).is_empty());
}

fn by_key() {
    let shop = Shop::adding("scripts/fix.sql", "UPDATE orders SET note = 'x' WHERE id IN (5, 6);\n");
    let none = ["--set", "database.checklist=never"];
    let held = |with: &[&str]| shop.found("hold", &[&none[..], with].concat());
    assert_eq!(held(&[]), ["database/correction-unknown"], "nobody tells the keys");
    let key = r#""indexes": [{"name": "p", "columns": ["id"], "unique": true, "primary": true, "valid": true, "partial": false, "bytes": null}]"#;
    let known = statistics("orders", "48200000", NOW);
    shop.outside("table-stats.json", &known);
    assert_eq!(held(&WITH), ["database/correction-unknown"], "no index is told");
    shop.outside("table-stats.json", &known.replace(r#""indexes": []"#, key));
    assert!(held(&WITH).is_empty(), "{:?}", held(&WITH));
    assert_eq!(shop.input(&WITH)["statements"][0]["most_rows"], 2);
    shop.outside("table-stats.json", &known.replace(r#""indexes": []"#, &key.replace(r#""unique": true"#, r#""unique": false"#)));
    assert_eq!(held(&WITH), ["database/correction-unknown"], "a key that is not unique");
}
