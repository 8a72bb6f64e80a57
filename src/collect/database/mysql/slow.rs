//! What the performance schema, or else the log of slow queries, tells of slow statements.

use std::collections::BTreeMap;

use super::ask::Session;
use crate::collect::database::SLOW;
use crate::collect::database::literals::{Quoting, normal};
use crate::error::Result;
use crate::evidence::table_stats::SlowStatement;

/// Times there are in picoseconds.
const DIGESTS: &str = "SELECT DIGEST_TEXT, COUNT_STAR, AVG_TIMER_WAIT / 1e9, MAX_TIMER_WAIT / 1e9 \
    FROM performance_schema.events_statements_summary_by_digest \
    WHERE SCHEMA_NAME = ? AND DIGEST_TEXT IS NOT NULL AND AVG_TIMER_WAIT / 1e9 >= ? ORDER BY AVG_TIMER_WAIT DESC LIMIT 500";

const CONSUMER: &str = "SELECT ENABLED FROM performance_schema.setup_consumers WHERE NAME = 'statements_digest'";

/// The newest entries; the table has no index, so that all of it is read.
const LOGGED: &str = "SELECT LEFT(sql_text, 20000), TIME_TO_SEC(query_time) * 1e3 + MICROSECOND(query_time) / 1e3 FROM mysql.slow_log \
    WHERE db = ? ORDER BY start_time DESC LIMIT 20000";

type Slow = std::result::Result<Vec<SlowStatement>, String>;

/// The slow statements, or why nobody tells them.
pub(super) async fn slow(session: &mut Session<'_>, database: &str, slow_ms: u64) -> Result<Slow> {
    let digested = digests(session, database, slow_ms).await?;
    let why = match digested {
        Ok(slow) => return Ok(Ok(slow)),
        Err(why) => why,
    };
    Ok(logged(session, database, slow_ms).await?.map_err(|log| format!("{why}; {log}")))
}

async fn digests(session: &mut Session<'_>, database: &str, slow_ms: u64) -> Result<Slow> {
    if variable(session, "performance_schema").await?.as_deref() != Some("ON") {
        return Ok(Err("the performance schema is off".to_owned()));
    }
    let on = match session.perhaps(CONSUMER, ()).await? {
        Ok(rows) => rows.into_iter().next().map(|mut row| session.cell::<String>(&mut row, 0)).transpose()?,
        Err(refusal) => return Ok(Err(format!("the performance schema does not answer: {}", refusal.message))),
    };
    if on.as_deref() != Some("YES") {
        return Ok(Err("the performance schema keeps no digests of statements".to_owned()));
    }
    let rows = match session.perhaps(DIGESTS, (database, slow_ms)).await? {
        Ok(rows) => rows,
        Err(refusal) => return Ok(Err(format!("the performance schema does not answer: {}", refusal.message))),
    };
    let mut slow = Vec::new();
    for mut row in rows {
        let (text, calls): (String, u64) = (session.cell(&mut row, 0)?, session.cell(&mut row, 1)?);
        let (mean_ms, max_ms): (f64, f64) = (session.cell(&mut row, 2)?, session.cell(&mut row, 3)?);
        let (text, tables) = normalised(&text, database);
        slow.push(SlowStatement { text, tables, calls, mean_ms, max_ms: Some(max_ms) });
    }
    Ok(Ok(slow))
}

/// Statements of the log, each text that is the same but for its values together.
async fn logged(session: &mut Session<'_>, database: &str, slow_ms: u64) -> Result<Slow> {
    if variable(session, "slow_query_log").await?.as_deref() != Some("ON") {
        return Ok(Err("the slow query log is off".to_owned()));
    }
    let output = variable(session, "log_output").await?.unwrap_or_default();
    if !output.split(',').any(|output| output.trim().eq_ignore_ascii_case("TABLE")) {
        return Ok(Err("the slow query log is no table (log_output)".to_owned()));
    }
    let rows = match session.perhaps(LOGGED, (database,)).await? {
        Ok(rows) => rows,
        Err(refusal) => return Ok(Err(format!("mysql.slow_log does not answer: {}", refusal.message))),
    };
    let mut by_text: BTreeMap<String, (Vec<String>, u32, f64, f64)> = BTreeMap::new();
    for mut row in rows {
        let (text, ms): (Vec<u8>, f64) = (session.cell(&mut row, 0)?, session.cell(&mut row, 1)?);
        let (text, tables) = normalised(&String::from_utf8_lossy(&text), database);
        let entry = by_text.entry(text).or_insert((tables, 0, 0.0, 0.0));
        *entry = (std::mem::take(&mut entry.0), entry.1.saturating_add(1), entry.2 + ms, entry.3.max(ms));
    }
    let least = f64::from(u32::try_from(slow_ms).unwrap_or(u32::MAX));
    let mut slow: Vec<SlowStatement> = by_text
        .into_iter()
        .filter(|(text, _)| !text.is_empty())
        .map(|(text, (tables, calls, sum, max))| {
            let mean_ms = sum / f64::from(calls.max(1));
            SlowStatement { text, tables, calls: calls.into(), mean_ms, max_ms: Some(max) }
        })
        .filter(|slow| slow.mean_ms >= least)
        .collect();
    slow.sort_by(|a, b| b.mean_ms.total_cmp(&a.mean_ms));
    slow.truncate(SLOW);
    Ok(Ok(slow))
}

/// The text without values, and its tables: those of the database itself without its name.
fn normalised(text: &str, database: &str) -> (String, Vec<String>) {
    let normal = normal(text, Quoting::Mysql);
    let own = format!("{database}.");
    let mut tables: Vec<String> =
        normal.tables.into_iter().map(|table| table.strip_prefix(&own).map_or(table.clone(), str::to_owned)).collect();
    tables.sort();
    tables.dedup();
    (normal.text, tables)
}

async fn variable(session: &mut Session<'_>, name: &str) -> Result<Option<String>> {
    let rows = session.rows(&format!("SHOW GLOBAL VARIABLES LIKE '{name}'"), ()).await?;
    rows.into_iter().next().map(|mut row| session.cell(&mut row, 1)).transpose()
}
