//! MySQL, 5.7 and newer, and MariaDB.

mod ask;
mod explain;
mod keys;
mod plan;
mod server;
mod slow;
mod snapshot;
mod tables;

pub(super) use explain::explain;
pub(super) use server::Server;
pub(super) use snapshot::snapshot;
