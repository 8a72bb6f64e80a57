//! `kadian check`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::args::GateArgs;
use super::output::{self, ReportRequest};
use crate::decide::Stage;
use crate::error::Result;
use crate::{exit, gate};

#[derive(Debug, Subcommand)]
pub(super) enum Check {
    /// Before a push, on a laptop
    Push(Push),
    /// On a pull request or in a merge queue
    Merge(Merge),
}

#[derive(Debug, Args)]
pub(super) struct Push {
    #[command(flatten)]
    gate: GateArgs,
    /// Read the refs that are pushed from standard input, as git gives them to a pre-push hook
    #[arg(long)]
    pre_push: bool,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Debug, Args)]
pub(super) struct Merge {
    #[command(flatten)]
    gate: GateArgs,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Debug, Args)]
struct OutputArgs {
    /// Write a report: text, json, sarif, junit or markdown; may be repeated [default: text]
    #[arg(long, value_name = "FORMAT[=PATH]")]
    report: Vec<String>,
    /// Keep the decision, its input and its policies in this folder
    #[arg(long, value_name = "DIR")]
    save: Option<PathBuf>,
    /// Show everything, however long
    #[arg(long, short)]
    verbose: bool,
}

impl Check {
    pub(super) fn run(self) -> Result<u8> {
        let (request, output) = match self {
            Check::Push(push) => (push.gate.request(Stage::Push, push.pre_push)?, push.output),
            Check::Merge(merge) => (merge.gate.request(Stage::Merge, false)?, merge.output),
        };
        let reports = ReportRequest::parse_all(&output.report)?;
        let checked = gate::check(&request)?;
        output::reports(&checked.decision, &reports, output.verbose)?;
        if let Some(folder) = output.save {
            crate::act::save::write(&folder, &checked)?;
        }
        Ok(exit::code(checked.decision.verdict, checked.decision.mode))
    }
}
