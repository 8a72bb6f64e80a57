//! An HTTP client for evidence: bounded in time, size, concurrency and retries, and silent about secrets.
//!
//! A [`Session`] is one endpoint and one deadline. It brings its own runtime, so that the rest of the program stays plain code:
//! requests go in, outcomes come out in the same order.

mod client;
mod endpoint;
mod failure;
mod request;
mod retry;
mod secrets;
#[cfg(test)]
pub(crate) mod server;
mod session;
#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests make files")]
mod tests;

pub use endpoint::{Authorization, Endpoint, Limits};
pub use failure::{Failure, FailureKind};
pub use request::{Answer, Method, Request};
pub use session::Session;

// What other clients of a collector share with this one.
pub(in crate::collect) use client::{causes, is_loopback};
pub(in crate::collect) use retry::{pause, retry_after};
pub(in crate::collect) use secrets::Secrets;

/// Sends all requests, at most [`Limits::concurrency`] at a time, and returns one outcome for each, in the order of the requests.
///
/// Whole answers stay in memory; [`Session::run`] hands them out one by one.
#[must_use]
pub fn run_all(endpoint: &Endpoint, requests: Vec<Request>) -> Vec<Result<Answer, Failure>> {
    match Session::open(endpoint) {
        Ok(session) => session.run(requests, |_, outcome| outcome),
        Err(failure) => requests.iter().map(|_| Err(failure.clone())).collect(),
    }
}
