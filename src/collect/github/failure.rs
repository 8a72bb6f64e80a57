//! Why GitHub gave no answer.

use std::fmt;

use jiff::Timestamp;

/// What kind of trouble it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// Nothing was sent: the client could not be made, or the request cannot be one.
    Setup,
    /// No connection, or it broke off.
    Connect,
    /// One attempt took longer than it may.
    Timeout,
    /// The time for everything together is over.
    Deadline,
    /// GitHub asks to wait, and there is no time for it.
    RateLimit {
        /// When it may be asked again; `None` where it does not say.
        until: Option<Timestamp>,
    },
    /// A status that is no success, after as many attempts as make sense.
    Status(u16),
    /// It points elsewhere, and the request does not go there.
    Redirect,
    /// The answer ended early, or is no JSON.
    Broken,
    TooLarge,
}

/// A request that brought nothing. Neither its text nor its fields hold a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    pub kind: FailureKind,
    /// What was asked for: method and path.
    pub request: String,
    pub detail: String,
    /// GitHub's own words, where it said some.
    pub message: Option<Box<str>>,
    /// The permissions that would have sufficed, as `X-Accepted-GitHub-Permissions` says.
    pub permissions: Option<Box<str>>,
    /// How often it was tried; 0 when nothing was sent.
    pub attempts: u32,
}

impl Failure {
    pub(super) fn new(kind: FailureKind, request: impl Into<String>, detail: impl Into<String>) -> Failure {
        Failure { kind, request: request.into(), detail: detail.into(), message: None, permissions: None, attempts: 0 }
    }

    /// Whether the same request may succeed a little later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self.kind {
            FailureKind::Connect | FailureKind::Timeout | FailureKind::Broken | FailureKind::RateLimit { .. } => true,
            FailureKind::Status(status) => (500..600).contains(&status),
            FailureKind::Setup | FailureKind::Deadline | FailureKind::Redirect | FailureKind::TooLarge => false,
        }
    }

    /// Whether the token is known and may not do this: GitHub says 403, or 404 for what may not even be seen.
    #[must_use]
    pub fn is_forbidden(&self) -> bool {
        matches!(self.kind, FailureKind::Status(403 | 404))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.request, self.detail)?;
        if self.attempts > 1 {
            write!(f, " ({} attempts)", self.attempts)?;
        }
        Ok(())
    }
}

impl std::error::Error for Failure {}
