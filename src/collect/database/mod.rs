//! Database servers: how they are reached, what they tell of their tables, and what they estimate. Nothing here changes anything on them.
//!
//! Every question is asked in a transaction that can only read, with bounds on the time and on the waiting for locks, and what comes back
//! holds no value of any row. A password comes from the environment or from a file, and is in no message.

mod explain;
mod literals;
mod mysql;
mod password;
pub mod postgres;
mod protection;
mod target;

use std::future::Future;
use std::time::Duration;

use jiff::Timestamp;

pub use explain::estimates;
pub use target::{Given, Target};

use crate::error::{Error, Result};
use crate::evidence::table_stats::TableStatistics;
use crate::evidence::table_stats_file;
use target::Place;

/// What a snapshot is of, and how long it may take.
#[derive(Debug, Clone)]
pub struct Limits {
    /// For everything together, the connecting included.
    pub deadline: Duration,
    /// Only these schemas of PostgreSQL; empty for all that are not the server's own.
    pub schemas: Vec<String>,
    /// Statements that take so many milliseconds on average are slow.
    pub slow_ms: u64,
}

/// How many slow statements are kept: the slowest.
const SLOW: usize = 500;

/// How long a question waits for somebody's lock. Whoever alters a table is not to be queued behind.
const LOCK: Duration = Duration::from_secs(1);

/// Reads what the server's catalogue tells of its tables. `now` becomes the time of the snapshot.
///
/// # Errors
/// A server that cannot be reached, refuses the user, is too old, or takes longer than the limit; a schema that is not there.
pub fn snapshot(target: &Target, limits: &Limits, now: Timestamp) -> Result<TableStatistics> {
    let mut statistics = within(target, limits.deadline, async {
        match &target.place {
            Place::Postgres(server) => postgres::snapshot(target, server, limits, now).await,
            Place::Mysql(server) => mysql::snapshot(target, server, limits, now).await,
        }
    })?;
    table_stats_file::order(&mut statistics);
    Ok(statistics)
}

/// Runs something that a server answers, within a bound.
fn within<T>(target: &Target, deadline: Duration, asked: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Error::new(format!("no network can be used: {error}")))?;
    let answer = runtime.block_on(async { tokio::time::timeout(deadline, asked).await });
    // Whatever still waits for the server is given up, not waited for.
    runtime.shutdown_background();
    answer.unwrap_or_else(|_| {
        Err(Error::new(format!("{target}: no answer within {} s", deadline.as_secs_f64()))
            .hint("give it more time with --timeout, or ask a replica that is less busy"))
    })
}
