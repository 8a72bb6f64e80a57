//! `kadian slo`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::output;
use crate::config::parse_override;
use crate::decide::{Mode, Verdict};
use crate::error::{Error, Result};
use crate::exit;
use crate::gate::slo::{self, Linted, Request};
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
    /// Take the burn rules from this kadian.yaml
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Override a setting
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
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
        let linted = slo::lint(&Request { files: lint.files, config: lint.config, overrides })?;
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
