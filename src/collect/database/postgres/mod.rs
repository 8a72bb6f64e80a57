//! PostgreSQL, 12 and newer.

mod ask;
mod connect;
mod explain;
mod parts;
mod plan;
mod server;
mod slow;
mod snapshot;
mod tables;

pub use connect::{ConnectError, connect};
pub(super) use explain::explain;
pub use server::Server;
pub(super) use server::decoded;
pub(super) use snapshot::snapshot;
