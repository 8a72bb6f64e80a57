//! The file `kadian.estimates/v1`, JSON or YAML: what a database's planner expected of statements that nobody ran (requirement B4).
//!
//! A live answer is written as this document and read back, so that a decision can be replayed without the server. A statement is named by
//! the SHA-256 of its text: whoever changes a blank has another statement.

use std::io::BufRead;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::document::{read_document, refuse_schema};
use super::text::{contains, shown};
use super::{Format, ReadError, Reader};
use crate::facts::{Kind, SqlDialect};

const SCHEMA: &str = "kadian.estimates/v1";

/// Conventional names there are none: estimates are of one run of the gate, and somebody has to hand them in.
pub(super) const FORMAT: Format = Format {
    name: "kadian.estimates",
    kind: Kind::Database,
    conventional: &[],
    recognises: |_, head| contains(head, SCHEMA),
    read: Reader::Estimates(read),
};

/// What one server expected.
#[derive(Debug, Clone, PartialEq)]
pub struct EstimatesReport {
    pub dialect: SqlDialect,
    /// The server's own words for its version; empty where it did not answer at all.
    pub server: String,
    pub database: String,
    pub collected_at: Timestamp,
    /// By digest, each once.
    pub statements: Vec<Estimate>,
}

/// What is expected of one statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Estimate {
    /// Of the statement's text, in lower-case hexadecimal.
    pub sha256: String,
    /// How it would be carried out; `None` where the estimate failed.
    pub plan: Option<Plan>,
    /// Why there is no plan, as a sentence without a full stop; `None` where there is one.
    pub failed: Option<String>,
}

/// How a statement would be carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// How many rows the statement changes, inserts or deletes; of a query: how many it gives back.
    pub rows: u64,
    /// Each table that it reads, in the order of the plan; one that is read twice stands there twice.
    pub reads: Vec<TableRead>,
}

/// How a table is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableRead {
    /// PostgreSQL's schema.
    pub schema: Option<String>,
    pub table: String,
    /// From beginning to end, be it along an index.
    pub full: bool,
    /// The index that leads to the rows; `None` for none.
    pub index: Option<String>,
    /// How many rows are looked at: of a full read, those of the table; through an index, those of one pass. `None` where nobody tells.
    pub rows: Option<u64>,
}

impl EstimatesReport {
    /// Puts the statements in order, each once.
    pub fn order(&mut self) {
        self.statements.sort_by(|a, b| a.sha256.cmp(&b.sha256));
        self.statements.dedup_by(|a, b| a.sha256 == b.sha256);
    }

    /// What is expected of the statement with this digest.
    #[must_use]
    pub fn of(&self, sha256: &str) -> Option<&Estimate> {
        self.statements.iter().find(|estimate| estimate.sha256 == sha256)
    }
}

/// The estimates as `kadian.estimates/v1`, so that a decision over a live server can be replayed from a file.
#[must_use]
pub fn document(report: &EstimatesReport) -> Value {
    let EstimatesReport { dialect, server, database, collected_at, statements } = report;
    json!({
        "schema": SCHEMA,
        "dialect": dialect,
        "server": server,
        "database": database,
        "collected_at": collected_at.to_string(),
        "statements": statements,
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    schema: String,
    dialect: SqlDialect,
    server: String,
    database: String,
    collected_at: Timestamp,
    statements: Vec<Estimate>,
}

/// Reads the file. Another schema, an unknown key, a digest that is none or that stands twice, an estimate with both a plan and a failure or
/// with neither, and a table without a name are errors. No statement is none: there may have been nothing to ask.
fn read(input: &mut dyn BufRead) -> Result<EstimatesReport, ReadError> {
    let File { schema, dialect, server, database, collected_at, statements } = read_document(input)?;
    refuse_schema(&schema, SCHEMA)?;
    for estimate in &statements {
        check(estimate).map_err(|what| ReadError::whole(format!("statement `{}`: {what}", shown(&estimate.sha256))))?;
    }
    let count = statements.len();
    let mut report = EstimatesReport { dialect, server, database, collected_at, statements };
    report.order();
    if report.statements.len() < count {
        return Err(ReadError::whole("a statement stands twice: expected each digest once"));
    }
    Ok(report)
}

fn check(estimate: &Estimate) -> Result<(), &'static str> {
    let hexadecimal = |c: char| matches!(c, '0'..='9' | 'a'..='f');
    if estimate.sha256.len() != 64 || !estimate.sha256.chars().all(hexadecimal) {
        return Err("expected a SHA-256 of 64 lower-case hexadecimal digits");
    }
    match (&estimate.plan, &estimate.failed) {
        (Some(plan), None) if plan.reads.iter().any(|read| read.table.is_empty()) => Err("a table without a name"),
        (Some(_), None) => Ok(()),
        (None, Some(reason)) if !reason.trim().is_empty() => Ok(()),
        (None, _) => Err("there is no plan: failed has to tell why"),
        (Some(_), Some(_)) => Err("both a plan and a failure: one of them is null"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> EstimatesReport {
        let read = TableRead { schema: None, table: "a\"\n".to_owned(), full: true, index: Some("i".to_owned()), rows: None };
        let plan = Plan { rows: 12, reads: vec![read] };
        EstimatesReport {
            dialect: SqlDialect::Mariadb,
            server: "10.11".to_owned(),
            database: "pay".to_owned(),
            collected_at: Timestamp::UNIX_EPOCH,
            statements: vec![
                Estimate { sha256: "0".repeat(64), plan: Some(plan), failed: None },
                Estimate { sha256: "a".repeat(64), plan: None, failed: Some("there is no table".to_owned()) },
            ],
        }
    }

    fn parse(text: &str) -> Result<EstimatesReport, ReadError> {
        read(&mut text.as_bytes())
    }

    #[test]
    fn what_is_written_is_read_back() {
        let text = super::super::document::text(&document(&report()));
        assert_eq!(parse(&text).unwrap(), report());
        assert!(contains(&text.as_bytes()[..40], SCHEMA));
        let found = report();
        assert_eq!(found.of(&"a".repeat(64)).and_then(|estimate| estimate.failed.as_deref()), Some("there is no table"));
        assert_eq!(found.of("b"), None);
        for end in 0..text.trim_end().len() {
            assert!(parse(&text[..end]).is_err(), "{end}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_an_error() {
        let changed = |change: fn(&mut Value)| {
            let mut value = document(&report());
            change(&mut value);
            parse(&value.to_string()).unwrap_err().to_string()
        };
        for (error, told) in [
            (changed(|value| value["schema"] = "x".into()), "expected `kadian.estimates/v1`"),
            (changed(|value| value["more"] = 1.into()), "unknown field"),
            (changed(|value| value["statements"][0]["sha256"] = "0A".into()), "64 lower-case"),
            (changed(|value| value["statements"][0]["sha256"] = "a".repeat(64).into()), "stands twice"),
            (changed(|value| value["statements"][0]["failed"] = "x".into()), "both a plan and a failure"),
            (changed(|value| value["statements"][0]["plan"] = Value::Null), "failed has to tell why"),
            (changed(|value| value["statements"][1]["failed"] = " ".into()), "failed has to tell why"),
            (changed(|value| value["statements"][0]["plan"]["reads"][0]["table"] = "".into()), "without a name"),
            (changed(|value| value["statements"][0]["plan"]["rows"] = (-1).into()), "-1"),
        ] {
            assert!(error.contains(told), "{told}: {error}");
        }
    }
}
