//! `kadian ledger`.

mod ask;
mod keep;
mod look;
mod record;

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::error::Result;
use crate::gate::ledger::Where;

#[derive(Debug, Subcommand)]
pub(super) enum Ledger {
    /// Record what was done to production
    #[command(subcommand)]
    Record(record::Record),
    /// List entries, the newest at the end
    Log(look::Log),
    /// Print an entry, or all entries of an id, as JSON
    Show(look::Show),
    /// Write the whole ledger, its chain included, as lines of JSON
    Export(keep::Export),
    /// Read changes (JSON lines or CSV) or an exported ledger
    Import(keep::Import),
    /// Find out whether anything was altered, removed or reordered
    Verify(keep::Verify),
    /// Move old entries into an archive
    Prune(keep::Prune),
    /// Rank the changes that probably caused an alert
    Suspects(ask::Suspects),
    /// Measure rollouts, faults and the gate itself
    Metrics(ask::Metrics),
}

/// Which ledger is meant.
#[derive(Debug, Args)]
struct WhereArgs {
    /// Where the ledger is: `sqlite:PATH` or `postgres://USER@HOST/DATABASE` [default: `KADIAN_LEDGER`, else `ledger:` of kadian.yaml]
    #[arg(long, value_name = "ADDRESS")]
    ledger: Option<String>,
    /// Take `ledger:` from this kadian.yaml
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Repository that kadian.yaml stands in
    #[arg(long, value_name = "DIR", default_value = ".")]
    repo: PathBuf,
}

impl WhereArgs {
    fn place(self) -> Where {
        Where { ledger: self.ledger, config: self.config, repo: self.repo }
    }
}

impl Ledger {
    pub(super) fn run(self) -> Result<u8> {
        match self {
            Ledger::Record(command) => command.run(),
            Ledger::Log(command) => command.run(),
            Ledger::Show(command) => command.run(),
            Ledger::Export(command) => command.run(),
            Ledger::Import(command) => command.run(),
            Ledger::Verify(command) => command.run(),
            Ledger::Prune(command) => command.run(),
            Ledger::Suspects(command) => command.run(),
            Ledger::Metrics(command) => command.run(),
        }
    }
}
