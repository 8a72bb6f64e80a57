//! A snapshot of a database's tables, and what is to be told about it.

use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;

use crate::collect::database::{self, Given, Limits, Target};
use crate::error::{Error, Result};
use crate::evidence::table_stats::{TableKind, TableRecord, TableStatistics};
use crate::evidence::table_stats_file;

/// What is asked for.
#[derive(Debug)]
pub struct Request {
    /// As it was given on the command line; otherwise the environment names the database.
    pub url: Option<String>,
    pub password_file: Option<PathBuf>,
    /// Empty for all.
    pub schemas: Vec<String>,
    pub slow_ms: u64,
    pub timeout: Duration,
    pub now: Timestamp,
}

/// A snapshot.
#[derive(Debug)]
pub struct Taken {
    /// The text of `table-stats.json`.
    pub document: String,
    /// What a person should know: how much there is, and what is not known. Names are as the server gives them: escape them.
    pub summary: Vec<String>,
}

/// Asks the server.
pub fn take(request: &Request) -> Result<Taken> {
    let target = Target::find(Given { url: request.url.as_deref(), password_file: request.password_file.as_deref() })?;
    let limits = Limits { deadline: request.timeout, schemas: request.schemas.clone(), slow_ms: request.slow_ms };
    let statistics = database::snapshot(&target, &limits, request.now)?;
    let document =
        table_stats_file::text(&statistics).map_err(|error| Error::new(format!("the snapshot cannot be written: {error}")))?;
    Ok(Taken { document, summary: summary(&statistics, request.slow_ms) })
}

/// How much there is, then what is not known: nothing unknown passes the gate, so that whoever takes the snapshot should see it first.
fn summary(statistics: &TableStatistics, slow_ms: u64) -> Vec<String> {
    let is_view = |table: &&TableRecord| table.kind == TableKind::View;
    let views = statistics.tables.iter().filter(is_view).count();
    let tables = statistics.tables.len() - views;
    let plural = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    let mut lines = vec![format!(
        "{} and {} of database {}, {}",
        plural(tables, "table"),
        plural(views, "view"),
        statistics.database,
        statistics.server
    )];
    match &statistics.slow {
        Some(slow) => lines.push(format!("  {} of {slow_ms} ms and more", plural(slow.len(), "slow statement"))),
        None => {
            lines.push(format!("  not known: slow statements: {}", statistics.slow_unknown.as_deref().unwrap_or("no reason")));
        }
    }
    if statistics.replicas.is_none() {
        lines.push("  not known: how many replicas there are".to_owned());
    }
    for (what, unknown) in [
        ("how many rows there are in", |table: &TableRecord| table.rows.is_none()),
        ("how large these are:", |table: &TableRecord| table.bytes.is_none()),
    ] as [(&str, fn(&TableRecord) -> bool); 2]
    {
        let names = statistics.tables.iter().filter(|table| !is_view(table) && unknown(table)).map(name);
        lines.extend(list(&names.collect::<Vec<_>>()).map(|names| format!("  not known: {what} {names}")));
    }
    let never = |table: &&TableRecord| !is_view(table) && table.rows.is_none() && table.kind != TableKind::Foreign;
    if statistics.tables.iter().any(|table| never(&table)) {
        lines.push("  → ANALYZE counts the rows of tables; until then they are judged as large ones".to_owned());
    }
    let invalid = statistics.tables.iter().flat_map(|table| table.indexes.iter().filter(|index| !index.valid));
    let invalid: Vec<String> = invalid.map(|index| index.name.clone()).collect();
    lines.extend(list(&invalid).map(|names| format!("  not valid, so that no query uses them: {names}")));
    lines
}

fn name(table: &TableRecord) -> String {
    table.schema.as_ref().map_or_else(|| table.name.clone(), |schema| format!("{schema}.{}", table.name))
}

/// The first names, and how many more there are; nothing for none.
fn list(names: &[String]) -> Option<String> {
    const SHOWN: usize = 5;
    let shown = names.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    match names.len().checked_sub(SHOWN) {
        _ if names.is_empty() => None,
        None | Some(0) => Some(shown),
        Some(more) => Some(format!("{shown} and {more} more")),
    }
}
