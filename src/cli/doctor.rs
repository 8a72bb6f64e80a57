//! `kadian doctor`.

use clap::Args;

use super::args::GateArgs;
use super::output;
use crate::decide::{Mode, Stage, Verdict};
use crate::error::Result;
use crate::exit;
use crate::facts::Kind;
use crate::gate::doctor::{Diagnosis, doctor};
use crate::report;

#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(super) struct Doctor {
    #[command(flatten)]
    gate: GateArgs,
    /// List every path of the reports, not only those that name a file of the change
    #[arg(long)]
    all: bool,
}

const EXIT_CODES: &str = "Exit codes:\n  0  every file of the change is accounted for\n  2  usage, configuration, a change that \
nobody knows\n  3  coverage is missing, unreadable or stale, or a file is unaccounted";

impl Doctor {
    pub(super) fn run(self) -> Result<u8> {
        let request = self.gate.request(Stage::Merge, false)?;
        let diagnoses = doctor(&request)?;
        let mut verdict = Verdict::Pass;
        for Diagnosis { coverage, mapped, notes } in &diagnoses {
            for note in notes {
                output::warning(note);
            }
            if let Some(facts) = coverage.facts() {
                output::print_quoting(&report::doctor::text(&facts.patch, mapped, self.all))?;
                if !facts.patch.unaccounted.is_empty() {
                    verdict = Verdict::Hold;
                }
            } else {
                let reason = coverage.reason().unwrap_or("nobody says why");
                output::print_quoting(&format!("{} is {}: {reason}", Kind::Coverage, coverage.status().word()))?;
                verdict = Verdict::Hold;
            }
        }
        Ok(exit::code(verdict, Mode::Enforce))
    }
}
