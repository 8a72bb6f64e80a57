//! Why a request brought no answer.

use std::fmt;
use std::time::Duration;

/// What kind of trouble it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// The endpoint is described wrongly, or its secret or certificate cannot be read: nothing was sent.
    Setup,
    Connect,
    /// The other side is not who it should be; trying again does not help.
    Certificate,
    /// One request took longer than it may.
    Timeout,
    /// The time for all requests together is over.
    Deadline,
    /// It points elsewhere. Credentials do not follow.
    Redirect,
    /// A status that is no success.
    Status(u16),
    TooLarge,
    /// The answer ended early or cannot be decoded.
    Broken,
}

/// A request that failed. Neither its text nor its fields hold a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    pub kind: FailureKind,
    /// The address, with its secrets masked.
    pub url: String,
    pub detail: String,
    /// The beginning of the answer's body, where there was one.
    pub body: Vec<u8>,
    /// How often it was tried; 0 when nothing was sent.
    pub attempts: u32,
    /// How long the server asked to be left alone.
    pub(super) retry_after: Option<Duration>,
}

impl Failure {
    pub(super) fn new(kind: FailureKind, url: impl Into<String>, detail: impl Into<String>) -> Failure {
        Failure { kind, url: url.into(), detail: detail.into(), body: Vec::new(), attempts: 0, retry_after: None }
    }

    /// Whether the same request may succeed a little later. A status that says the request itself is wrong will not.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self.kind {
            FailureKind::Connect | FailureKind::Timeout | FailureKind::Broken => true,
            FailureKind::Status(status) => status == 429 || (500..600).contains(&status),
            FailureKind::Setup
            | FailureKind::Certificate
            | FailureKind::Deadline
            | FailureKind::Redirect
            | FailureKind::TooLarge => false,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.url, self.detail)?;
        if self.attempts > 1 {
            write!(f, " ({} attempts)", self.attempts)?;
        }
        Ok(())
    }
}

impl std::error::Error for Failure {}
