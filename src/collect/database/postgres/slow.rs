//! What the extension `pg_stat_statements` tells of slow statements.

use tokio_postgres::types::Type;

use super::ask::Session;
use crate::collect::database::SLOW;
use crate::collect::database::literals::{Quoting, normal};
use crate::error::Result;
use crate::evidence::table_stats::SlowStatement;

/// Where the extension is, how it calls its columns (another way since PostgreSQL 13), and whether the user sees what others ran.
const WHERE: &str = "SELECT n.nspname::text, EXISTS (SELECT FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid \
    WHERE c.relname = 'pg_stat_statements' AND c.relnamespace = n.oid AND a.attname = 'mean_exec_time'), \
    pg_has_role('pg_read_all_stats', 'USAGE') \
    FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'pg_stat_statements'";

/// The slow statements, or why nobody tells them.
pub(super) async fn slow(session: &Session<'_>, slow_ms: u64) -> Result<std::result::Result<Vec<SlowStatement>, String>> {
    let place = session.rows(WHERE, &[]).await?;
    let Some(place) = place.first() else {
        return Ok(Err("the extension pg_stat_statements is not installed in this database".to_owned()));
    };
    let (schema, new, sees_all): (String, bool, bool) =
        (session.cell(place, 0)?, session.cell(place, 1)?, session.cell(place, 2)?);
    if !sees_all {
        return Ok(Err("this role may not see what others run: grant it pg_read_all_stats".to_owned()));
    }
    let (mean, max) = if new { ("mean_exec_time", "max_exec_time") } else { ("mean_time", "max_time") };
    let schema = schema.replace('"', "\"\"");
    let sql = format!(
        "SELECT left(query, 20000), calls, {mean}::float8, {max}::float8 FROM \"{schema}\".pg_stat_statements \
         WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND {mean} >= $1 AND query IS NOT NULL \
         ORDER BY {mean} DESC, queryid LIMIT {SLOW}"
    );
    let least = f64::from(u32::try_from(slow_ms).unwrap_or(u32::MAX));
    let rows = match session.perhaps(&sql, &[(&least, Type::FLOAT8)]).await? {
        Ok(rows) => rows,
        Err(refusal) => return Ok(Err(format!("pg_stat_statements does not answer: {}", refusal.message))),
    };
    let mut slow = Vec::with_capacity(rows.len());
    for row in rows {
        let (text, calls, mean_ms, max_ms): (String, i64, f64, f64) =
            (session.cell(&row, 0)?, session.cell(&row, 1)?, session.cell(&row, 2)?, session.cell(&row, 3)?);
        let normal = normal(&text, Quoting::Postgres);
        if normal.text.is_empty() {
            continue;
        }
        let calls = u64::try_from(calls).unwrap_or(0);
        slow.push(SlowStatement { text: normal.text, tables: normal.tables, calls, mean_ms, max_ms: Some(max_ms) });
    }
    Ok(Ok(slow))
}
