//! What the ledger needs of a store: everything above it is the same for all stores.

use std::fmt;

use super::LedgerError;

/// A parameter or a cell. Parameters say their type even when they are null, because a server plans by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    Int(Option<i64>),
    Text(Option<String>),
    /// A cell that holds neither: nobody but a foreign hand can have put it there. What it is, in words.
    Foreign(&'static str),
}

impl Value {
    /// Whether a cell holds what a parameter put there: not every store gives a null a type.
    pub(super) fn is_same(&self, cell: &Value) -> bool {
        let is_null = |value: &Value| matches!(value, Value::Int(None) | Value::Text(None));
        self == cell || is_null(self) && is_null(cell)
    }
}

pub(super) type Row = Vec<Value>;

/// The texts among the cells.
pub(super) fn texts(rows: Vec<Row>) -> Vec<String> {
    rows.into_iter().flatten().filter_map(|cell| if let Value::Text(text) = cell { text } else { None }).collect()
}

/// Why a store did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Failure {
    /// The connection is gone, or the store gave up the transaction for another one: made anew, it may work.
    Lost(String),
    Known(LedgerError),
}

impl From<LedgerError> for Failure {
    fn from(error: LedgerError) -> Failure {
        Failure::Known(error)
    }
}

impl From<Failure> for LedgerError {
    fn from(failure: Failure) -> LedgerError {
        match failure {
            Failure::Lost(reason) => LedgerError::Unreachable(reason),
            Failure::Known(error) => error,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Lost(reason) => f.write_str(reason),
            Failure::Known(error) => error.fmt(f),
        }
    }
}

/// How a transaction begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Begin {
    /// Nobody else writes until it ends; waits its turn for a bounded time.
    Exclusive,
    /// Everything is seen as it is now, whatever others write.
    Reading,
}

/// A connection to a store. The SQL is that which both stores understand, with `$1`, `$2`, … for parameters.
pub(super) trait Connection {
    /// What a column of 64-bit numbers is called.
    fn int_type(&self) -> &'static str;

    /// The tables of the store, as far as they concern the ledger.
    fn tables(&mut self) -> Result<Vec<String>, Failure>;

    /// The number of rows that were changed.
    fn execute(&mut self, sql: &str, parameters: &[Value]) -> Result<u64, Failure>;

    fn query(&mut self, sql: &str, parameters: &[Value]) -> Result<Vec<Row>, Failure>;

    fn begin(&mut self, begin: Begin) -> Result<(), Failure>;

    /// What the transaction did is durable when this returns.
    fn commit(&mut self) -> Result<(), Failure>;

    fn roll_back(&mut self) -> Result<(), Failure>;

    /// Names the transaction that runs, or ran last, where the store can tell its fate later.
    fn transaction(&self) -> Option<i64> {
        None
    }

    /// Whether a transaction that was named before is committed.
    fn committed(&mut self, _transaction: Option<i64>) -> Result<bool, Failure> {
        Ok(false)
    }

    /// Makes a lost connection anew.
    fn reconnect(&mut self) -> Result<(), Failure> {
        Ok(())
    }

    /// Whether the store's own structures are sound; otherwise what is wrong.
    fn check(&mut self) -> Result<Option<String>, Failure> {
        Ok(None)
    }

    /// What stands between the ledger and its tables, in words: triggers, rules, views, policies that hide rows.
    fn strangers(&mut self) -> Result<Vec<String>, Failure>;

    /// Renews what the store knows of its content for planning, after much was added.
    fn settle(&mut self) -> Result<(), Failure>;
}
