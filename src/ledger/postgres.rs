//! The ledger on a PostgreSQL server.
//!
//! Writers queue at an advisory lock that ends with the transaction, so that numbers have no gaps; readers never wait. A commit whose
//! answer was lost is looked up by its transaction's number before anything is tried again.

use std::collections::BTreeMap;
use std::future::Future;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, SimpleQueryMessage, Statement};

use super::connection::{Begin, Connection, Failure, Row, Value, texts};
use super::error::LedgerError;
use crate::collect::database::postgres::{self, ConnectError};

pub use crate::collect::database::postgres::Server;

/// How long the server may take to accept a connection.
const CONNECT: Duration = Duration::from_secs(10);

/// How long one statement may take, the waiting for other writers included.
const STATEMENT: Duration = Duration::from_mins(1);

/// What each connection sets: bounds, and an answer that means that what was committed is on the disk. A stricter setting stays.
const SETUP: &str = "SET statement_timeout = '55s'; SET lock_timeout = '30s'; SET idle_in_transaction_session_timeout = '120s'; \
    SET client_min_messages = 'warning'; \
    SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') IN ('off', 'local')";

/// Begins a transaction that waits for all other writers first. Each of its statements sees what was committed before it. The lock's
/// number is `kadian` in ASCII.
const EXCLUSIVE: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SELECT pg_advisory_xact_lock(118074655334766); \
    SELECT txid_current()";

/// Triggers, rules, policies that hide rows and tables that inherit: all that makes the ledger's tables answer otherwise than tables do.
/// A view in place of a table is no table, and found when the ledger is opened.
const STRANGERS: &str = "WITH own AS (SELECT oid, relname, relrowsecurity FROM pg_catalog.pg_class \
    WHERE relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = current_schema()) \
    AND relname IN ('kadian_entries', 'kadian_schema')) \
    SELECT 'the trigger ' || tgname || ' on ' || relname FROM pg_catalog.pg_trigger JOIN own ON tgrelid = own.oid WHERE NOT tgisinternal \
    UNION ALL SELECT 'the rule ' || rulename || ' on ' || relname FROM pg_catalog.pg_rewrite JOIN own ON ev_class = own.oid \
    UNION ALL SELECT 'the row security of ' || relname FROM own WHERE relrowsecurity \
    UNION ALL SELECT 'the table ' || inhrelid::regclass::text || ', which inherits from ' || relname \
    FROM pg_catalog.pg_inherits JOIN own ON inhparent = own.oid ORDER BY 1";

const READING: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// How many statements a connection keeps prepared.
const PREPARED: usize = 32;

pub(super) struct Postgres {
    server: Server,
    runtime: Runtime,
    client: Client,
    /// Statements that were used: the second use prepares them.
    statements: BTreeMap<String, Option<Statement>>,
    transaction: Option<i64>,
}

impl Postgres {
    pub(super) fn open(server: &Server) -> Result<Postgres, Failure> {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| LedgerError::Unreachable(format!("no network can be used: {error}")))?;
        let client = connect(&runtime, server)?;
        Ok(Postgres { server: server.clone(), runtime, client, statements: BTreeMap::new(), transaction: None })
    }

    /// Runs something that the server answers, within a bound.
    fn ask<T>(&self, asked: impl Future<Output = Result<T, tokio_postgres::Error>>) -> Result<T, Failure> {
        answered(&self.runtime, &self.server, STATEMENT, asked)
    }

    /// The statement prepared, once it was used before.
    fn prepared(&mut self, sql: &str) -> Result<Option<Statement>, Failure> {
        match self.statements.get(sql) {
            Some(Some(statement)) => Ok(Some(statement.clone())),
            Some(None) => {
                let statement = self.ask(self.client.prepare(sql))?;
                self.statements.insert(sql.to_owned(), Some(statement.clone()));
                Ok(Some(statement))
            }
            None => {
                if self.statements.len() == PREPARED {
                    self.statements.clear();
                }
                self.statements.insert(sql.to_owned(), None);
                Ok(None)
            }
        }
    }
}

/// Connects, and sets what the connection needs. A server that does not answer is lost, not damaged: it may come back.
fn connect(runtime: &Runtime, server: &Server) -> Result<Client, Failure> {
    let connecting = async {
        let server = match password() {
            Some(password) if !server.has_password() => &server.clone().with_password(&password),
            _ => server,
        };
        let client = postgres::connect(server, CONNECT).await.map_err(|error| match error {
            ConnectError::Here(what) => LedgerError::Unreachable(format!("{server}: {what}")).into(),
            ConnectError::There(error) => failure(server, &error),
        })?;
        client.batch_execute(SETUP).await.map_err(|error| failure(server, &error))?;
        Ok(client)
    };
    let within = runtime.block_on(async { tokio::time::timeout(CONNECT, connecting).await });
    within.unwrap_or_else(|_| Err(Failure::Lost(format!("{server} does not answer within {} s", CONNECT.as_secs()))))
}

/// What libpq reads too where the address holds no password.
#[expect(clippy::disallowed_methods, reason = "a password belongs in the environment rather than in a file")]
fn password() -> Option<String> {
    std::env::var("PGPASSWORD").ok().filter(|password| !password.is_empty())
}

fn answered<T>(
    runtime: &Runtime,
    server: &Server,
    patience: Duration,
    asked: impl Future<Output = Result<T, tokio_postgres::Error>>,
) -> Result<T, Failure> {
    match runtime.block_on(async { tokio::time::timeout(patience, asked).await }) {
        Ok(answer) => answer.map_err(|error| failure(server, &error)),
        Err(_) => Err(Failure::Lost(format!("{server} does not answer within {} s", patience.as_secs()))),
    }
}

/// What a failure means. The server's own words never hold the password; the address is shown without it.
fn failure(server: &Server, error: &tokio_postgres::Error) -> Failure {
    let Some(told) = error.as_db_error() else {
        let cause = std::error::Error::source(error).map_or_else(|| error.to_string(), |source| format!("{error}: {source}"));
        return Failure::Lost(format!("{server}: {cause}"));
    };
    let (code, message) = (told.code(), format!("{server}: {}", told.message()));
    let unreachable = |message: String| LedgerError::Unreachable(message).into();
    match &code.code()[..2] {
        _ if *code == SqlState::QUERY_CANCELED => unreachable(format!("{message} (within {} s)", STATEMENT.as_secs())),
        _ if *code == SqlState::LOCK_NOT_AVAILABLE => unreachable(format!("{server}: others wrote for longer than 30 s")),
        _ if *code == SqlState::UNDEFINED_TABLE || *code == SqlState::UNDEFINED_COLUMN => LedgerError::Damaged(message).into(),
        // Connection failures, transactions given up for others, a server that shuts down.
        "08" | "40" | "57" => Failure::Lost(message),
        "23" | "XX" => LedgerError::Damaged(message).into(),
        _ => unreachable(message),
    }
}

/// Parameters as the client takes them, each with the type that its column has.
fn parameters(values: &[Value]) -> Vec<(&(dyn ToSql + Sync), Type)> {
    fn parameter(value: &Value) -> (&(dyn ToSql + Sync), Type) {
        match value {
            Value::Int(number) => (number, Type::INT8),
            Value::Text(text) => (text, Type::TEXT),
            Value::Foreign(_) => (&None::<String>, Type::TEXT),
        }
    }
    values.iter().map(parameter).collect()
}

/// A row's cells. Columns of other types than the ledger's are a foreign hand's.
fn row(row: &tokio_postgres::Row) -> Row {
    let cell = |(index, column): (usize, &tokio_postgres::Column)| match *column.type_() {
        Type::INT8 => row.try_get(index).map_or(Value::Foreign("unreadable"), |number: Option<i64>| {
            number.map_or(Value::Text(None), |number| Value::Int(Some(number)))
        }),
        Type::TEXT | Type::NAME | Type::VARCHAR => row.try_get(index).map_or(Value::Foreign("unreadable"), Value::Text),
        _ => Value::Foreign("of another type"),
    };
    row.columns().iter().enumerate().map(cell).collect()
}

impl Connection for Postgres {
    fn int_type(&self) -> &'static str {
        "BIGINT"
    }

    fn tables(&mut self) -> Result<Vec<String>, Failure> {
        let sql = "SELECT tablename FROM pg_catalog.pg_tables WHERE schemaname = current_schema() AND tablename LIKE 'kadian\\_%' \
            ORDER BY tablename";
        let rows = self.query(sql, &[])?;
        Ok(texts(rows))
    }

    fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64, Failure> {
        let typed = parameters(values);
        match self.prepared(sql)? {
            None => self.ask(self.client.execute_typed(sql, &typed)),
            Some(statement) => {
                let values: Vec<&(dyn ToSql + Sync)> = typed.iter().map(|(value, _)| *value).collect();
                self.ask(self.client.execute(&statement, &values))
            }
        }
    }

    fn query(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>, Failure> {
        let typed = parameters(values);
        let rows = match self.prepared(sql)? {
            None => self.ask(self.client.query_typed(sql, &typed))?,
            Some(statement) => {
                let values: Vec<&(dyn ToSql + Sync)> = typed.iter().map(|(value, _)| *value).collect();
                self.ask(self.client.query(&statement, &values))?
            }
        };
        Ok(rows.iter().map(row).collect())
    }

    fn begin(&mut self, begin: Begin) -> Result<(), Failure> {
        self.transaction = None;
        let sql = match begin {
            Begin::Exclusive => EXCLUSIVE,
            Begin::Reading => READING,
        };
        let answers = self.ask(self.client.simple_query(sql)).inspect_err(|_| {
            // Whatever was begun is over; if the connection is gone, so is the transaction.
            let _ = self.ask(self.client.batch_execute("ROLLBACK"));
        })?;
        let last =
            answers.iter().rev().find_map(|message| if let SimpleQueryMessage::Row(row) = message { row.get(0) } else { None });
        self.transaction = last.and_then(|number| number.parse().ok());
        Ok(())
    }

    fn commit(&mut self) -> Result<(), Failure> {
        self.ask(self.client.batch_execute("COMMIT"))
    }

    fn roll_back(&mut self) -> Result<(), Failure> {
        self.ask(self.client.batch_execute("ROLLBACK"))
    }

    fn transaction(&self) -> Option<i64> {
        self.transaction
    }

    fn committed(&mut self, transaction: Option<i64>) -> Result<bool, Failure> {
        let server = self.server.to_string();
        let unknown = |what: &str| Failure::from(LedgerError::Unreachable(format!("{server}: {what}")));
        let Some(transaction) = transaction else { return Err(unknown("the transaction has no number")) };
        for _ in 0..30 {
            let rows = self.query("SELECT txid_status($1)", &[Value::Int(Some(transaction))])?;
            match rows.first().map(Vec::as_slice) {
                Some([Value::Text(Some(status))]) if status == "committed" => return Ok(true),
                Some([Value::Text(Some(status))]) if status == "aborted" => return Ok(false),
                // The server has not noticed yet that its client is gone.
                Some([Value::Text(Some(_))]) => std::thread::sleep(Duration::from_millis(500)),
                _ => return Err(unknown("the server has forgotten the transaction")),
            }
        }
        Err(unknown("the transaction still runs"))
    }

    fn reconnect(&mut self) -> Result<(), Failure> {
        self.client = connect(&self.runtime, &self.server)?;
        self.statements.clear();
        Ok(())
    }

    fn strangers(&mut self) -> Result<Vec<String>, Failure> {
        Ok(texts(self.query(STRANGERS, &[])?))
    }

    fn settle(&mut self) -> Result<(), Failure> {
        self.ask(self.client.batch_execute("ANALYZE kadian_entries"))
    }
}
