//! One connection to a PostgreSQL server, in one transaction that can only read.

use std::time::Duration;

use tokio_postgres::error::SqlState;
use tokio_postgres::types::{FromSqlOwned, ToSql, Type};
use tokio_postgres::{Client, Row};

use super::{ConnectError, Server, connect};
use crate::collect::database::{LOCK, Target};
use crate::error::{Error, Result};

/// An open connection. Everything is asked within the transaction that it begins with.
pub(super) struct Session<'a> {
    pub(super) client: Client,
    target: &'a Target,
}

/// The oldest server whose catalogue is known here.
const OLDEST: i32 = 120_000;

impl<'a> Session<'a> {
    /// Connects, and begins. What is set holds for the transaction only: behind a pooler the connection is somebody else's next.
    pub(super) async fn begin(target: &'a Target, server: &Server, deadline: Duration) -> Result<Session<'a>> {
        let client = connect(server, deadline).await.map_err(|error| match error {
            ConnectError::Here(what) => target.error(&what),
            ConnectError::There(error) => told(target, &error),
        })?;
        let session = Session { client, target };
        let (time, lock) = (deadline.as_millis().max(1), LOCK.as_millis());
        session
            .run(&format!(
                "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = {time}; SET LOCAL lock_timeout = {lock}; \
                 SET LOCAL idle_in_transaction_session_timeout = {time}; SET LOCAL client_min_messages = 'error'"
            ))
            .await?;
        let version: i32 = session.one("SELECT current_setting('server_version_num')::pg_catalog.int4").await?;
        if version < OLDEST {
            return Err(target.error(&format!("the server's version is {version}; expected {OLDEST} (PostgreSQL 12) or newer")));
        }
        Ok(session)
    }

    pub(super) async fn run(&self, sql: &str) -> Result<()> {
        self.client.batch_execute(sql).await.map_err(|error| told(self.target, &error))
    }

    pub(super) async fn rows(&self, sql: &str, values: &[(&(dyn ToSql + Sync), Type)]) -> Result<Vec<Row>> {
        self.client.query_typed(sql, values).await.map_err(|error| told(self.target, &error))
    }

    /// The first column of the first row.
    pub(super) async fn one<T: FromSqlOwned>(&self, sql: &str) -> Result<T> {
        let rows = self.rows(sql, &[]).await?;
        rows.first().ok_or_else(|| self.error("an empty answer")).and_then(|row| self.cell(row, 0))
    }

    pub(super) fn cell<T: FromSqlOwned>(&self, row: &Row, at: usize) -> Result<T> {
        row.try_get(at).map_err(|error| {
            let name = row.columns().get(at).map_or("", tokio_postgres::Column::name);
            self.error(&format!("an answer that is not understood (`{name}`: {error})"))
        })
    }

    pub(super) fn error(&self, what: &str) -> Error {
        self.target.error(what)
    }

    /// Asks for something that this server or this user may not have; the inner error is the server's own words.
    pub(super) async fn perhaps(
        &self,
        sql: &str,
        values: &[(&(dyn ToSql + Sync), Type)],
    ) -> Result<std::result::Result<Vec<Row>, Refusal>> {
        self.run("SAVEPOINT kadian").await?;
        let refused = match self.client.query_typed(sql, values).await {
            Ok(rows) => {
                self.run("RELEASE SAVEPOINT kadian").await?;
                return Ok(Ok(rows));
            }
            Err(error) => error,
        };
        let Some(words) = refused.as_db_error() else { return Err(told(self.target, &refused)) };
        let refusal = Refusal { code: words.code().clone(), message: words.message().to_owned() };
        self.run("ROLLBACK TO SAVEPOINT kadian").await?;
        Ok(Err(refusal))
    }
}

/// Why the server did not answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) code: SqlState,
    /// On whatever lines the server chose; it may quote the statement.
    pub(super) message: String,
}

/// What a failure means for whoever asked. The server may repeat what it was sent: the target takes the password out.
fn told(target: &Target, error: &tokio_postgres::Error) -> Error {
    let Some(words) = error.as_db_error() else {
        let cause = std::error::Error::source(error).map_or_else(|| error.to_string(), |source| format!("{error}: {source}"));
        return target.error(&cause);
    };
    let error = target.error(words.message());
    match *words.code() {
        SqlState::QUERY_CANCELED => error.hint("give it more time with --timeout, or ask a replica that is less busy"),
        SqlState::INVALID_PASSWORD | SqlState::INVALID_AUTHORIZATION_SPECIFICATION => {
            error.hint("the password comes from --password-file, KADIAN_DATABASE_PASSWORD, PGPASSWORD or ~/.pgpass")
        }
        _ => error,
    }
}
