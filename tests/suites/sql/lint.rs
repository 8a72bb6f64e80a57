//! `kadian db lint`.

use libtest_mimic::Trial;
use serde_json::Value;

use super::{INDEX, ORDERS, Shop};
use crate::suites::trial;
use crate::support::program::{Run, kadian};

pub(super) fn trials() -> Vec<Trial> {
    vec![
        trial("sql::lint-says-what-the-gate-says", as_the_gate),
        trial("sql::lint-has-places-for-an-editor", places),
        trial("sql::lint-answers-by-its-exit-code", codes),
    ]
}

fn lint(folder: &std::path::Path, more: &[&str]) -> Run {
    kadian(folder, &[&["db", "lint"], more].concat(), &[], "")
}

const MIXED: &str = "CREATE INDEX a ON orders (note);\nALTER TABLE orders DROP COLUMN note;\nUPDATE orders SET paid_at = now();\n\
    ALTER TABLE orders ALTER COLUMN id TYPE integer;\nTRUNCATE orders;\nGRANT ALL ON orders TO PUBLIC;\nALTER TABLE orders RENAME TO o;\n";

fn as_the_gate() {
    let shop = Shop::adding("db/migration/V2__a.sql", MIXED);
    let run = lint(&shop.repo.path(), &["db/migration/V2__a.sql", "--dialect", "postgres", "--format", "lsp"]);
    let files: Value = serde_json::from_str(&run.stdout).expect("JSON");
    for effect in ["deny", "warn"] {
        let diagnostics = files[0]["diagnostics"].as_array().into_iter().flatten();
        let mut linted: Vec<String> = diagnostics
            .filter(|one| one["data"]["effect"] == effect)
            .map(|one| one["code"].as_str().unwrap_or_default().to_owned())
            .collect();
        linted.sort();
        let rules: Vec<Value> = shop.input(&[])["risks"].as_array().cloned().unwrap_or_default();
        let is_rule = |id: &String| rules.iter().any(|risk| risk["rule"] == id.as_str());
        let mut judged: Vec<String> = shop.found(effect, &[]).into_iter().filter(is_rule).collect();
        judged.sort();
        assert_eq!(linted, judged, "{effect}");
        assert!(!linted.is_empty(), "{effect}: something is found");
    }
}

fn places() {
    let shop = Shop::new(&[], &[]);
    shop.outside("a.sql", &format!("{}/* 𝒳 */ CREATE INDEX i ON orders (note);\n", ""));
    let run = lint(shop.repo.outside(), &["a.sql", "--dialect", "postgres", "--format", "lsp"]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    let files: Value = serde_json::from_str(&run.stdout).expect("JSON");
    let range = &files[0]["diagnostics"][0]["range"];
    // One character of two units of UTF-16.
    assert_eq!(range["start"], serde_json::json!({"line": 0, "character": 9}));
    assert_eq!(range["end"]["line"], 0);
    assert!(files[0]["diagnostics"][0]["codeDescription"]["href"].as_str().is_some_and(|href| href.starts_with("https://")));
}

fn codes() {
    let shop = Shop::new(&[], &[]);
    let folder = shop.repo.outside();
    shop.outside("fine.sql", ORDERS);
    shop.outside("bad.sql", INDEX);
    shop.outside("odd.sql", "FROBNICATE orders;\n");
    let code = |file: &str| lint(folder, &[file, "--dialect", "postgres"]).code;
    assert_eq!((code("fine.sql"), code("bad.sql"), code("odd.sql"), code("none.sql")), (0, 1, 3, 2));
    std::fs::create_dir(folder.join("empty")).expect("a folder");
    assert_eq!(code("empty"), 2);
    let text = lint(folder, &["bad.sql", "--dialect", "postgres"]).stdout;
    assert!(text.starts_with("bad.sql:1:1: deny database/index-not-concurrent (high)"), "{text}");
    assert!(text.contains("CREATE INDEX CONCURRENTLY"), "{text}");
}
