//! The database gate through the program: which SQL of a change is judged, and by what.

mod files;
mod lint;
mod live;
mod sizes;
mod texts;

use libtest_mimic::Trial;
use serde_json::Value;

use crate::support::program::{Run, kadian};
use crate::support::repo::Repo;

pub(super) fn trials() -> Vec<Trial> {
    [files::trials(), lint::trials(), live::trials(), sizes::trials(), texts::trials()].into_iter().flatten().collect()
}

const CONFIG: &str = "version: 1\nservice: {name: shop, tier: L2}\nstages: {merge: {expect: [change, database]}}\n";

const ORDERS: &str = "CREATE TABLE orders (\n    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    note text,\n    paid_at timestamptz\n);\n";

/// An index that keeps writes waiting.
const INDEX: &str = "CREATE INDEX orders_by_note ON orders (note);\n";

/// A shop whose orders have a table on `main`, and a change on a branch.
struct Shop {
    repo: Repo,
}

impl Shop {
    fn new(base: &[(&str, &str)], head: &[(&str, &str)]) -> Shop {
        let bytes: Vec<(&str, &[u8])> = head.iter().map(|(path, text)| (*path, text.as_bytes())).collect();
        Shop::of_bytes(base, &bytes)
    }

    fn of_bytes(base: &[(&str, &str)], head: &[(&str, &[u8])]) -> Shop {
        let mut repo = Repo::new();
        repo.write("kadian.yaml", CONFIG);
        for (path, text) in base {
            repo.write(path, text);
        }
        repo.commit("feat: the shop");
        repo.git(&["checkout", "-q", "-b", "topic"]);
        for (path, bytes) in head {
            repo.write(path, bytes);
        }
        repo.commit("feat: more");
        Shop { repo }
    }

    /// A change that adds this file to a shop whose first migration made the orders.
    fn adding(path: &str, text: &str) -> Shop {
        Shop::new(&[("db/migration/V1__orders.sql", ORDERS)], &[(path, text)])
    }

    fn outside(&self, path: &str, text: &str) {
        std::fs::write(self.repo.outside().join(path), text).expect("the file is written");
    }

    fn merge(&self, more: &[&str]) -> Run {
        let words = ["check", "merge", "--base", "main", "--report", "json", "--now", "2026-01-01T06:00:00Z"];
        kadian(&self.repo.path(), &[&words[..], more].concat(), &[], "")
    }

    /// What policies see of the database.
    fn input(&self, more: &[&str]) -> Value {
        let words = ["input", "merge", "--base", "main", "--now", "2026-01-01T06:00:00Z"];
        let run = kadian(&self.repo.path(), &[&words[..], more].concat(), &[], "");
        assert_eq!(run.code, 0, "{}", run.stderr);
        let document: Value = serde_json::from_str(&run.stdout).expect("the document is JSON");
        document["database"].clone()
    }

    /// The decision's ids with the effect.
    fn found(&self, effect: &str, more: &[&str]) -> Vec<String> {
        let run = self.merge(more);
        let decision: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{}{}", run.stdout, run.stderr));
        ids(&decision, effect)
    }
}

fn ids(decision: &Value, effect: &str) -> Vec<String> {
    let findings = decision["findings"].as_array().into_iter().flatten();
    findings
        .filter(|finding| finding["effect"] == effect)
        .filter_map(|finding| finding["id"].as_str())
        .map(str::to_owned)
        .collect()
}

/// The file's facts in a document.
fn file<'a>(database: &'a Value, path: &str) -> &'a Value {
    let mut files = database["files"].as_array().into_iter().flatten();
    files.find(|file| file["path"] == path).unwrap_or_else(|| panic!("{path} is not among {database:#}"))
}
