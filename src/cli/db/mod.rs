//! `kadian db`.

mod lint;

use clap::Subcommand;

use crate::error::Result;

#[derive(Debug, Subcommand)]
pub(super) enum Db {
    /// Tell what SQL files would do to production
    Lint(lint::Lint),
}

impl Db {
    pub(super) fn run(self) -> Result<u8> {
        match self {
            Db::Lint(command) => command.run(),
        }
    }
}
