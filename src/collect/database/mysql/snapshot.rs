//! The statistics of a database, put together.

use jiff::Timestamp;

use super::ask::Session;
use super::server::Server;
use super::{slow, tables};
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
    if !limits.schemas.is_empty() {
        return Err(target
            .error("a schema is a database there")
            .hint("name the database in the address, and leave --schema out"));
    }
    let mut session = Session::begin(target, server, limits.deadline).await?;
    // MySQL 8 keeps what it knew up to a day ago unless it is asked not to; nobody else knows the variable.
    if !session.version.mariadb {
        let _ = session.perhaps("SET SESSION information_schema_stats_expiry = 0", ()).await?;
    }
    let tables = tables::tables(&mut session, &server.database).await?;
    let replicas = replicas(&mut session).await?;
    let slow = slow::slow(&mut session, &server.database, limits.slow_ms).await?;
    let version = session.version.clone();
    session.end().await?;
    let (slow, slow_unknown) = match slow {
        Ok(slow) => (Some(slow), None),
        Err(reason) => (None, Some(reason)),
    };
    Ok(TableStatistics {
        schema: SCHEMA.to_owned(),
        dialect: if version.mariadb { SqlDialect::Mariadb } else { SqlDialect::Mysql },
        server: if version.mariadb { version.words } else { format!("MySQL {}", version.words) },
        database: server.database.clone(),
        collected_at: now,
        replicas,
        tables,
        slow,
        slow_unknown,
    })
}

/// How many replicas are connected; MariaDB tells everybody, MySQL those who may see replication.
async fn replicas(session: &mut Session<'_>) -> Result<Option<u64>> {
    if session.version.mariadb {
        let rows = session.perhaps("SHOW GLOBAL STATUS LIKE 'Slaves_connected'", ()).await?;
        let row = rows.ok().and_then(|rows| rows.into_iter().next());
        return Ok(row.and_then(|mut row| session.cell::<String>(&mut row, 1).ok()).and_then(|count| count.parse().ok()));
    }
    // The first is the word since MySQL 8.0.22.
    for sql in ["SHOW REPLICAS", "SHOW SLAVE HOSTS"] {
        if let Ok(rows) = session.perhaps(sql, ()).await? {
            return Ok(Some(rows.len() as u64));
        }
    }
    Ok(None)
}
