//! What keeps a ledger from being read or written.

use thiserror::Error;

use crate::error::Error as Shown;

/// The three answers differ in what to do next: try again, repair, or ask for something else.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LedgerError {
    /// The store does not answer in time, cannot be opened or has no room. What it holds is not known.
    #[error("{0}")]
    Unreachable(String),
    /// The store answers, and what it holds is not what was recorded.
    #[error("{0}")]
    Damaged(String),
    /// What was asked for cannot be recorded.
    #[error("{0}")]
    Refused(String),
}

impl From<LedgerError> for Shown {
    fn from(error: LedgerError) -> Shown {
        match error {
            LedgerError::Unreachable(message) => Shown::new(format!("the ledger is out of reach: {message}"))
                .hint("nothing is decided without it; run the command again once it can be reached"),
            LedgerError::Damaged(message) => Shown::new(format!("the ledger is damaged: {message}"))
                .hint("keep it as it is; `kadian ledger verify` names the first wrong entry")
                .hint("go on with a backup, or `kadian ledger import` an export into a new ledger"),
            LedgerError::Refused(message) => Shown::new(message),
        }
    }
}
