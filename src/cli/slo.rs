//! `kadian slo`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use jiff::SignedDuration;

use super::output;
use crate::collect::clock;
use crate::config::parse_override;
use crate::decide::{Mode, Verdict};
use crate::error::{Error, Result};
use crate::exit;
use crate::gate::slo::{self, Linted, Planned, Request};
use crate::report::escape;

#[derive(Debug, Subcommand)]
pub(super) enum Slo {
    /// Tell what is wrong with objectives before anything is measured
    Lint(Lint),
}

/// Tells of rules that can never fire, targets without a budget, windows that do not fit the period or the step, values that use up no
/// budget. Exit codes: 0 without errors (warnings and notes are shown), 1 with one, 2 for a file that cannot be read.
#[derive(Debug, Args)]
pub(super) struct Lint {
    /// Indicator definitions of kadian, or OpenSLO v1 documents
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// How to print the faults
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Ask the definitions' servers which selectors match nothing, and which histograms lack a bucket at their threshold
    #[arg(long)]
    ask: bool,
    /// Take the burn rules from this kadian.yaml
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Override a setting
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    #[command(flatten)]
    batch: Option<BatchArgs>,
}

/// Which regressions a batch shows is told with these three.
#[derive(Debug, Args)]
struct BatchArgs {
    /// The traffic of both versions together, to tell which regressions a batch shows
    #[arg(long, value_name = "NUMBER", requires_all = ["gray_share", "soak"], required = false)]
    requests_per_second: f64,
    /// The batch's share of the traffic, for example 0.05
    #[arg(long, value_name = "SHARE", requires = "requests_per_second", required = false)]
    gray_share: f64,
    /// How long the batch soaks, for example 30m
    #[arg(long, value_name = "DURATION", requires = "requests_per_second", required = false)]
    soak: SignedDuration,
    /// The baseline's share of bad events [default: what each objective just allows]
    #[arg(long, value_name = "SHARE", requires = "requests_per_second")]
    bad_share: Option<f64>,
}

impl BatchArgs {
    fn planned(&self) -> Result<Planned> {
        let share = |share: f64, least: f64| share.is_finite() && share >= least && share < 1.0;
        let bad = self.bad_share.is_none_or(|bad| share(bad, 0.0));
        let figures = share(self.gray_share, f64::MIN_POSITIVE) && self.requests_per_second > 0.0 && self.soak.is_positive();
        if !bad || !figures || self.requests_per_second.is_infinite() {
            return Err(Error::new("a batch needs traffic above 0, shares between 0 and 1, and a soak above 0")
                .hint("for example --requests-per-second 100 --gray-share 0.05 --soak 30m"));
        }
        Ok(Planned {
            requests_per_second: self.requests_per_second,
            gray_share: self.gray_share,
            soak_seconds: self.soak.as_secs_f64(),
            bad_share: self.bad_share,
        })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

impl Slo {
    pub(super) fn run(self) -> Result<u8> {
        let Slo::Lint(lint) = self;
        let overrides = lint.set.iter().map(|text| parse_override(text)).collect::<Result<_>>()?;
        let planned = lint.batch.as_ref().map(BatchArgs::planned).transpose()?;
        let linted =
            slo::lint(&Request { files: lint.files, config: lint.config, overrides, planned, ask: lint.ask.then(clock::now) })?;
        match lint.format {
            Format::Text => output::print_quoting(&text(&linted))?,
            Format::Json => {
                let json = serde_json::to_string_pretty(&linted);
                let json = json.map_err(|error| Error::new(format!("the faults cannot be written: {error}")))?;
                output::print(&escape::log_json(&json))?;
            }
        }
        let verdict = if linted.iter().any(Linted::has_errors) { Verdict::Block } else { Verdict::Pass };
        Ok(exit::code(verdict, Mode::Enforce))
    }
}

fn text(linted: &[Linted]) -> String {
    let mut lines = Vec::new();
    for Linted { file, faults } in linted {
        for fault in faults {
            let line = fault.line.map_or(String::new(), |line| format!(":{line}"));
            lines.push(format!("{file}{line}: {}: {}", fault.level.word(), fault.message));
            lines.push(format!("  → {}", fault.remedy));
        }
        if faults.is_empty() {
            lines.push(format!("{file}: no fault"));
        }
    }
    lines.join("\n")
}
