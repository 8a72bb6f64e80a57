//! The statistics of a database, put together.

use jiff::Timestamp;
use tokio_postgres::types::Type;

use super::Server;
use super::ask::Session;
use super::{parts, slow, tables};
use crate::collect::database::{Limits, Target};
use crate::error::Result;
use crate::evidence::table_stats::{SCHEMA, TableStatistics};
use crate::facts::SqlDialect;

/// Reads what the catalogue tells.
pub(in crate::collect::database) async fn snapshot(
    target: &Target,
    server: &Server,
    limits: &Limits,
    now: Timestamp,
) -> Result<TableStatistics> {
    let session = Session::begin(target, server, limits.deadline).await?;
    // Nothing that a user of the database made stands in for what is asked for.
    session.run("SET LOCAL search_path = pg_catalog").await?;
    let version: String = session.one("SELECT version()").await?;
    let database: String = session.one("SELECT current_database()::text").await?;
    check_schemas(&session, &limits.schemas).await?;
    let mut found = tables::tables(&session, &limits.schemas).await?;
    parts::columns(&session, &mut found).await?;
    parts::indexes(&session, &mut found).await?;
    parts::foreign_keys(&session, &mut found).await?;
    let children = parts::children(&session).await?;
    // Whoever may not see the other sessions still sees how many there are.
    let replicas = session.perhaps("SELECT count(*) FROM pg_stat_replication", &[]).await?.ok();
    let replicas: Option<i64> = replicas.and_then(|rows| rows.first().and_then(|row| row.try_get(0).ok()));
    let slow = slow::slow(&session, limits.slow_ms).await?;
    session.run("ROLLBACK").await?;
    let (slow, slow_unknown) = match slow {
        Ok(slow) => (Some(slow), None),
        Err(reason) => (None, Some(reason)),
    };
    Ok(TableStatistics {
        schema: SCHEMA.to_owned(),
        dialect: SqlDialect::Postgres,
        server: version.split(" on ").next().unwrap_or(&version).to_owned(),
        database,
        collected_at: now,
        replicas: replicas.and_then(|count| u64::try_from(count).ok()),
        tables: found.together(&children),
        slow,
        slow_unknown,
    })
}

/// A schema that is not there has no tables, and its author meant another one.
async fn check_schemas(session: &Session<'_>, schemas: &[String]) -> Result<()> {
    let rows =
        session.rows("SELECT nspname::text FROM pg_namespace WHERE nspname = ANY($1)", &[(&schemas, Type::TEXT_ARRAY)]).await?;
    let known = rows.iter().map(|row| session.cell(row, 0)).collect::<Result<Vec<String>>>()?;
    match schemas.iter().find(|schema| !known.contains(schema)) {
        Some(missing) => Err(session.error(&format!("there is no schema `{missing}` in this database"))),
        None => Ok(()),
    }
}
