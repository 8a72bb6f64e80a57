//! Files that are not what their name says.

use libtest_mimic::Trial;

use super::{INDEX, ORDERS, Shop, file};
use crate::suites::trial;

pub(super) fn trials() -> Vec<Trial> {
    vec![
        trial("sql::what-the-parser-rejects-holds-and-ends-nothing", rejected),
        trial("sql::half-a-file-holds", half),
        trial("sql::binary-and-foreign-bytes-hold-with-the-place", bytes),
        trial("sql::a-dba-may-approve-what-nobody-understands", approved),
    ]
}

const BASE: [(&str, &str); 1] = [("db/migration/V1__orders.sql", ORDERS)];

fn rejected() {
    let text = format!("FROBNICATE orders HARD;\n{INDEX}");
    let shop = Shop::adding("db/migration/V2__a.sql", &text);
    let run = shop.merge(&[]);
    assert_eq!(run.code, 1, "{}", run.stdout);
    assert_eq!(shop.found("deny", &[]), ["database/index-not-concurrent"], "what comes after is judged");
    let held = shop.found("hold", &[]);
    assert_eq!(held, ["database/statement-not-understood"], "{}", run.stdout);
}

fn half() {
    let text = format!("{INDEX}UPDATE orders SET note = 'it''s half of a");
    let shop = Shop::adding("db/migration/V2__a.sql", &text);
    assert_eq!(shop.found("deny", &[]), ["database/index-not-concurrent"], "what came before is judged");
    assert!(!shop.found("hold", &[]).is_empty());
}

fn bytes() {
    let latin = b"CREATE INDEX i ON orders (note); -- caf\xe9\n";
    let shop = Shop::of_bytes(&BASE, &[("db/migration/V2__a.sql", latin)]);
    assert_eq!(shop.found("hold", &[]), ["database/unread"]);
    let why = |shop: &Shop| file(&shop.input(&[]), "db/migration/V2__a.sql")["unread"].as_str().unwrap_or_default().to_owned();
    assert!(why(&shop).contains("39"), "{}", why(&shop));
    let binary: Vec<u8> = (0..=255).cycle().take(4096).collect();
    let shop = Shop::of_bytes(&BASE, &[("db/migration/V2__a.sql", &binary)]);
    assert!(why(&shop).contains("binary"), "{}", why(&shop));
    let wide: Vec<u8> = [0xff, 0xfe].into_iter().chain(INDEX.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let shop = Shop::of_bytes(&BASE, &[("db/migration/V2__a.sql", &wide)]);
    assert_eq!(shop.found("deny", &[]), ["database/index-not-concurrent"], "{}", why(&shop));
}

fn approved() {
    let shop = Shop::adding("db/migration/V2__a.sql", "FROBNICATE orders HARD;\n");
    let commit = shop.repo.git(&["rev-parse", "HEAD"]);
    let review = format!(
        r#"{{"schema": "kadian.review/v1", "author": "mei", "approvals": [{{"by": "dana", "at": "2026-01-01T01:00:00Z",
        "commit": "{}", "state": "approved"}}]}}"#,
        commit.trim()
    );
    shop.outside("review.json", &review);
    let with =
        ["--evidence", "review=../review.json", "--set", "review.approvals=1", "--set", "review.require_code_owners=false"];
    let run = shop.merge(&with);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    let other = [&with[..], &["--set", "database.dbas=[\"somebody\"]"]].concat();
    assert_eq!(shop.merge(&other).code, 3);
}
