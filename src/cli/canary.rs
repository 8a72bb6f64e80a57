//! `kadian canary`.

use std::io::IsTerminal as _;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use jiff::Timestamp;

use super::args::MomentArgs;
use super::output;
use crate::act::write;
use crate::collect::{clock, terminal};
use crate::config::parse_override;
use crate::decide::Mode;
use crate::error::Result;
use crate::exit;
use crate::gate::canary::{self, Request};
use crate::report;

#[derive(Debug, Subcommand)]
pub(super) enum Canary {
    /// Judge samples of the gray version beside the baseline, without a change
    Judge(Judge),
}

/// Exit codes: 0 when every metric is equivalent, 1 when one regressed, 3 when one is undecided or without data, 2 for errors.
#[derive(Debug, Args)]
pub(super) struct Judge {
    /// Samples (`kadian.samples/v1` as JSON or YAML, or CSV); with --from, --to and --since the definitions of what to ask, and where
    file: PathBuf,
    #[command(flatten)]
    moment: MomentArgs,
    /// Keep the samples that were judged, to judge them again
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
    /// The file's format, where its content does not tell: kadian.samples or csv
    #[arg(long, value_name = "NAME")]
    input_format: Option<String>,
    /// How to print the judgement [default: text on a terminal, otherwise json]
    #[arg(long, value_enum, alias = "report")]
    format: Option<Format>,
    /// Take the settings from this kadian.yaml
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Override a setting, for example `canary.judge=mann-whitney`
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// The time to judge for, instead of the clock
    #[arg(long, value_name = "RFC3339")]
    now: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

impl Canary {
    pub(super) fn run(self) -> Result<u8> {
        let Canary::Judge(judge) = self;
        let on_terminal = std::io::stdout().is_terminal();
        let now = judge.now.unwrap_or_else(clock::now);
        let request = Request {
            moment: judge.moment.moment(now)?,
            file: judge.file,
            format: judge.input_format,
            config: judge.config,
            overrides: judge.set.iter().map(|text| parse_override(text)).collect::<Result<_>>()?,
            now,
        };
        let judged = canary::judge(&request)?;
        if let (Some(path), Some(document)) = (&judge.save, judged.document()) {
            write::file(path, document.as_bytes())?;
        }
        let format = judge.format.unwrap_or(if on_terminal { Format::Text } else { Format::Json });
        let text = match format {
            Format::Json => report::canary::json(&judged.canary),
            Format::Text => {
                let color = on_terminal && terminal::color();
                let options = report::Options { width: terminal::width(), color, verbose: true, anchor: None };
                report::canary::text(&judged.canary, &options)
            }
        };
        output::print(&text)?;
        Ok(exit::code(judged.verdict(), Mode::Enforce))
    }
}
