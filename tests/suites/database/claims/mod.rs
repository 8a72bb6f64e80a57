//! What rules say of locks and rewrites, held against what real servers show (`tests/claims`).

mod mariadb;
mod postgres;

use std::collections::{BTreeMap, BTreeSet};

use kadian::analyze::sql::{EarlierSql, Proof, RULES, Rule, SqlOptions, SqlSource, understand};
use kadian::evidence::sql;
use kadian::evidence::table_stats::TableStatistics;
use kadian::facts::{Blocks, Direction, SqlDialect, SqlRisk};
use libtest_mimic::Trial;
use serde::Deserialize;

use super::trial;

pub(super) fn trials() -> Vec<Trial> {
    vec![
        trial("database::claims::postgres-shows-what-the-rules-say", postgres::shown),
        trial("database::claims::mariadb-shows-what-the-rules-say", mariadb::shown),
        trial("database::claims::a-rule-that-a-server-proves-has-a-claim", proven),
    ]
}

/// One thing that a server shows. The files say what each key means.
#[derive(Debug, Clone, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Claim {
    rule: Option<String>,
    without: Vec<String>,
    setup: Option<String>,
    setup_fails: Option<String>,
    statement: Option<String>,
    outside: Option<String>,
    script: Option<String>,
    transaction: bool,
    table: Option<String>,
    lock: Option<String>,
    others: BTreeMap<String, String>,
    rewrites: Option<bool>,
    scans: Option<bool>,
    refused: Option<String>,
    then: Option<Then>,
    algorithm: Option<String>,
    waits: bool,
    shuts_out: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Then {
    ask: String,
    shows: String,
}

impl Claim {
    fn text(&self) -> &str {
        let texts = [&self.statement, &self.outside, &self.script];
        let mut texts = texts.into_iter().flatten();
        texts.next().filter(|_| texts.next().is_none()).unwrap_or_else(|| panic!("one statement: {self:?}"))
    }

    fn table(&self) -> &str {
        self.table.as_deref().unwrap_or("t")
    }
}

fn claims(name: &str) -> Vec<Claim> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/claims").join(format!("{name}.yaml"));
    let text = std::fs::read_to_string(&path).expect("the claims are there");
    serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn rule(id: &str) -> &'static Rule {
    RULES.iter().find(|rule| rule.id == id).unwrap_or_else(|| panic!("there is no rule {id}"))
}

/// What is reported of the claim's statement after its setup, with the sizes of the tables as the server tells them. No table is small.
fn risks(claim: &Claim, dialect: SqlDialect, statistics: &TableStatistics) -> Vec<SqlRisk> {
    let script = sql::read(claim.text(), dialect);
    let before = sql::read(claim.setup.as_deref().unwrap_or_default(), dialect);
    let source = SqlSource {
        path: "claim.sql",
        direction: Direction::Up,
        script: &script,
        in_transaction: claim.transaction,
        edited: false,
        added: None,
    };
    let options = SqlOptions {
        statistics: Some(statistics),
        earlier: &[EarlierSql { path: "setup.sql", script: Some(&before) }],
        small_rows: 0,
        large_rows: 1_000_000,
        postgres: 15,
        mysql: (8, 0),
        mariadb: (10, 11),
    };
    understand(&[source], &options).risks
}

/// What is wrong with the rule by what the server showed, each as a line.
fn contradictions(claim: &Claim, dialect: SqlDialect, statistics: &TableStatistics) -> Vec<String> {
    let risks = risks(claim, dialect, statistics);
    let told = || risks.iter().map(|risk| format!("{} ({:?})", risk.rule, risk.harmless)).collect::<Vec<_>>().join(", ");
    let mut wrong = Vec::new();
    if let Some(id) = &claim.rule {
        let rule = rule(id);
        let found = risks.iter().find(|risk| risk.rule == *id && risk.harmless.is_none());
        if found.is_none() {
            wrong.push(format!("{id} is not reported; reported: {}", told()));
        }
        if claim.rewrites.is_some_and(|rewrites| rewrites != rule.rewrites) {
            wrong.push(format!("{id} says rewrites: {}, the server does not agree", rule.rewrites));
        }
        if claim.scans.is_some_and(|scans| scans != rule.scans && id != "database/no-lock-timeout") {
            wrong.push(format!("{id} says scans: {}, the server does not agree", rule.scans));
        }
        // A finding may name another lock than its rule does in general.
        let own = found.and_then(|risk| risk.lock.as_deref());
        if let Some(lock) = own.or(rule.words(dialect).0)
            && lock != "NONE"
            && !shows_lock(claim, lock)
        {
            wrong.push(format!("{id} says lock: {lock}, and the claim shows none or another one"));
        }
    }
    for id in &claim.without {
        rule(id);
        if let Some(risk) = risks.iter().find(|risk| risk.rule == *id && risk.harmless.is_none()) {
            wrong.push(format!("{id} is reported, and the server shows that it does no such thing: {}", risk.message));
        }
    }
    // What a statement asks for is what it gets, whatever it would need.
    let asks = claim.text().contains("LOCK=");
    let about =
        |risk: &&SqlRisk| risk.table.as_deref() == Some(claim.table()) && rule(&risk.rule).proof == Proof::Server && !asks;
    for risk in risks.iter().filter(about) {
        let Some(lock) = risk.lock.as_deref().filter(|_| claim.lock.is_some()) else { continue };
        if !shows_lock(claim, lock) {
            wrong.push(format!("{} is reported with the lock {lock} of {}", risk.rule, claim.table()));
        }
        if dialect == SqlDialect::Postgres && risk.blocks != blocked_by(lock) {
            wrong.push(format!("{}: a lock {lock} does not block {:?}", risk.rule, risk.blocks));
        }
    }
    wrong
}

/// Whether the claim shows the lock that a rule names.
fn shows_lock(claim: &Claim, lock: &str) -> bool {
    match lock {
        "exclusive metadata lock" => claim.waits,
        "table lock" => claim.shuts_out,
        _ => claim.lock.as_deref() == Some(lock),
    }
}

/// What a lock of PostgreSQL keeps others from doing (manual, 13.3.1 Table-Level Locks).
fn blocked_by(lock: &str) -> Blocks {
    match lock {
        "ACCESS EXCLUSIVE" => Blocks::Everything,
        "EXCLUSIVE" | "SHARE ROW EXCLUSIVE" | "SHARE" => Blocks::Writes,
        "SHARE UPDATE EXCLUSIVE" => Blocks::SchemaChanges,
        _ => Blocks::Nothing,
    }
}

fn proven() {
    let named = |name: &str| claims(name).iter().filter_map(|claim| claim.rule.clone()).collect::<BTreeSet<_>>();
    let known = [(SqlDialect::Postgres, named("postgres")), (SqlDialect::Mariadb, named("mariadb"))];
    let mut missing = Vec::new();
    for rule in RULES.iter().filter(|rule| rule.proof == Proof::Server) {
        for (dialect, claimed) in &known {
            if rule.dialects.contains(dialect) && !claimed.contains(rule.id) {
                missing.push(format!("{} has no claim for {}", rule.id, dialect.word()));
            }
        }
        if !rule.dialects.iter().any(|dialect| known.iter().any(|(known, _)| known == dialect)) {
            missing.push(format!("{} is said to be proven by a server, and none of the tests speaks its dialect", rule.id));
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
    assert!(known[0].1.len() > 40 && known[1].1.len() > 30, "the claims are read");
}
