//! The texts that are no reports: settings, lock files, answers of servers, SQL. They are held in memory when they are read, so that only
//! a panic, a hang and memory without bound are looked for.

use std::hint::black_box;

use crate::evidence;
use crate::facts::SqlDialect;

type Read = fn(&[u8]);

/// By name.
pub static OTHERS: &[(&str, Read)] = &[
    ("alert-message", |bytes| drop(black_box(evidence::alert_message::read(bytes)))),
    ("cache", |bytes| drop(black_box(evidence::cache::read(bytes)))),
    ("calendar", |bytes| drop(black_box(evidence::calendar::read(bytes)))),
    ("catalogue", |bytes| drop(black_box(evidence::catalogue::read(bytes)))),
    ("changes", changes),
    ("document", |bytes| drop(black_box(evidence::document::parse(bytes)))),
    ("finding-baseline", |bytes| drop(black_box(std::str::from_utf8(bytes).map(evidence::finding_baseline::read)))),
    ("github-event", github_event),
    ("go-mod", |bytes| drop(black_box(evidence::go_mod::module_name(bytes)))),
    ("known-failures", |bytes| drop(black_box(evidence::known_failures::read(bytes)))),
    ("lock-file", lock_file),
    ("loki", |bytes| drop(black_box(evidence::loki::read(bytes)))),
    ("openslo", |bytes| drop(black_box(evidence::openslo::read(bytes)))),
    ("plan", |bytes| drop(black_box(evidence::plan::read(bytes)))),
    ("playbooks", |bytes| drop(black_box(evidence::playbooks::read(bytes)))),
    ("prometheus", |bytes| drop(black_box(evidence::prometheus::read(bytes)))),
    ("slis", |bytes| drop(black_box(evidence::slis::read(bytes)))),
    ("sql-statements", sql),
    ("waivers", |bytes| drop(black_box(evidence::waivers::read(bytes)))),
];

fn changes(bytes: &[u8]) {
    let reader = evidence::changes::Reader::new(Box::new(bytes));
    black_box(reader.take(10_000).filter(Result::is_ok).count());
}

fn github_event(bytes: &[u8]) {
    for name in ["workflow_dispatch", "check_run", "deployment_protection_rule"] {
        drop(black_box(evidence::github_event::Received::read(name, bytes)));
    }
}

/// The first line is the path.
fn lock_file(bytes: &[u8]) {
    let (path, text) = bytes.split_at(bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len()));
    drop(black_box(evidence::lockfile::read(&String::from_utf8_lossy(path), text.get(1..).unwrap_or_default())));
}

fn sql(bytes: &[u8]) {
    if let Ok(text) = evidence::sql::decode(bytes) {
        for dialect in [SqlDialect::Postgres, SqlDialect::Mysql, SqlDialect::Mariadb, SqlDialect::Sqlite] {
            black_box(evidence::sql::read(&text, dialect));
        }
    }
}
