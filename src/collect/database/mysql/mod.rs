//! MySQL, 5.7 and newer, and MariaDB.

mod ask;
mod keys;
mod server;
mod slow;
mod snapshot;
mod tables;

pub(super) use server::Server;
pub(super) use snapshot::snapshot;
