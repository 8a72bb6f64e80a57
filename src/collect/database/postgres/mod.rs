//! PostgreSQL, 12 and newer.

mod ask;
mod connect;
mod parts;
mod server;
mod slow;
mod snapshot;
mod tables;

pub use connect::{ConnectError, connect};
pub use server::Server;
pub(super) use server::decoded;
pub(super) use snapshot::snapshot;
