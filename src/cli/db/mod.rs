//! `kadian db`.

mod lint;
mod snapshot;

use clap::Subcommand;

use crate::error::Result;

#[derive(Debug, Subcommand)]
pub(super) enum Db {
    /// Tell what SQL files would do to production
    Lint(lint::Lint),
    /// Write down how large the tables of a database are
    Snapshot(snapshot::Snapshot),
}

impl Db {
    pub(super) fn run(self) -> Result<u8> {
        match self {
            Db::Lint(command) => command.run(),
            Db::Snapshot(command) => command.run(),
        }
    }
}
