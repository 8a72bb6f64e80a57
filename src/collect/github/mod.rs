//! GitHub's REST API, on github.com and on GitHub Enterprise Server: who we are there, and a client that is bounded in time, size
//! and retries and knows GitHub's rate limits.
//!
//! Sources: docs.github.com, "Getting started with the REST API", "Best practices for using the REST API", "Rate limits for the REST
//! API", "Using pagination in the REST API".

mod access;
mod client;
mod event;
mod exchange;
mod failure;
mod limits;
mod links;
mod redirect;
pub mod review;
#[cfg(test)]
mod tests;

pub use crate::collect::http::Limits;
pub use access::{Access, access};
pub use client::{Answer, Get, GitHub, Write};
pub use event::{event_file, running};
pub use failure::{Failure, FailureKind};
