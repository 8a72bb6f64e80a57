//! `kadian explain`.

use std::fmt::Write as _;

use clap::{Args, Subcommand, ValueEnum};

use super::args::GateArgs;
use super::output;
use crate::decide::Stage;
use crate::error::{Error, Result};
use crate::exit;
use crate::gate::explain::{Explanation, Question, explain};
use crate::report::escape;

/// Which record of which report a fact came from. The reports are those that `kadian check merge` with the same options reads. Exit
/// codes: 0 when a report says something, 1 when none does.
#[derive(Debug, Subcommand)]
pub(super) enum Explain {
    /// Why a line counts as covered or not
    Coverage(Coverage),
    /// What became of a test
    Test(Test),
    /// Where a finding of a scanner stands
    Finding(Finding),
}

#[derive(Debug, Args)]
pub(super) struct Coverage {
    /// A file of the repository and a line of it
    #[arg(value_name = "FILE:LINE")]
    place: String,
    #[command(flatten)]
    options: Options,
}

#[derive(Debug, Args)]
pub(super) struct Test {
    /// The test's name, or a part of it
    name: String,
    #[command(flatten)]
    options: Options,
}

#[derive(Debug, Args)]
pub(super) struct Finding {
    /// A file of the repository, and a line of it if it matters
    #[arg(value_name = "FILE[:LINE]")]
    place: String,
    /// Only findings of this rule
    #[arg(long)]
    rule: Option<String>,
    #[command(flatten)]
    options: Options,
}

#[derive(Debug, Args)]
struct Options {
    #[command(flatten)]
    gate: GateArgs,
    /// How to print the answer
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

impl Explain {
    pub(super) fn run(self) -> Result<u8> {
        let (question, asked, options) = match self {
            Explain::Coverage(Coverage { place, options }) => {
                let (file, Some(line)) = split(&place) else {
                    return Err(Error::new(format!("`{place}`: expected FILE:LINE, for example src/pay.py:12")));
                };
                (Question::Coverage { file, line }, place, options)
            }
            Explain::Test(Test { name, options }) => (Question::Test { name: name.clone() }, name, options),
            Explain::Finding(Finding { place, rule, options }) => {
                let (file, line) = split(&place);
                (Question::Finding { file, line, rule }, place, options)
            }
        };
        let Options { gate, format } = options;
        let explanation = explain(&gate.request(Stage::Merge, false)?, &question)?;
        let text = match format {
            Format::Text => text(&explanation, &asked),
            Format::Json => escape::log_json(
                &serde_json::to_string_pretty(&explanation)
                    .map_err(|error| Error::new(format!("the answer cannot be written: {error}")))?,
            )
            .into_owned(),
        };
        output::print(&text)?;
        Ok(if explanation.facts.is_empty() { exit::NOTHING_SAID } else { 0 })
    }
}

/// `src/a.py:12` as file and line; a file whose name has no number behind a colon has no line.
fn split(place: &str) -> (String, Option<u32>) {
    let split = place.rsplit_once(':').and_then(|(file, line)| Some((file, line.parse().ok().filter(|line| *line > 0)?)));
    let (file, line) = split.map_or((place, None), |(file, line)| (file, Some(line)));
    (file.strip_prefix("./").unwrap_or(file).to_owned(), line)
}

/// The answer for a person. Everything that a report says is made harmless first.
fn text(explanation: &Explanation, asked: &str) -> String {
    let show = |text: &str| escape::terminal(text);
    let mut out = String::new();
    if explanation.facts.is_empty() {
        let _ = writeln!(out, "No report of {} says anything about {}.", explanation.kind, show(asked));
    }
    let mut report = "";
    for fact in &explanation.facts {
        if fact.report != report {
            report = &fact.report;
            let _ = writeln!(out, "{} ({})", show(report), fact.format);
        }
        let _ = writeln!(out, "  {}: {}", show(&fact.of), fact.says);
        let _ = writeln!(out, "    line {}, byte {}", fact.line, fact.offset);
        match &fact.text {
            Some(text) => {
                let _ = writeln!(out, "    {}", show(text));
            }
            None => out.push_str("    (the report has changed since)\n"),
        }
    }
    if !explanation.silent.is_empty() {
        let paths: Vec<String> = explanation.silent.iter().map(|path| show(path)).collect();
        let _ = writeln!(out, "nothing in {}", paths.join(", "));
    }
    for reason in &explanation.unreadable {
        let _ = writeln!(out, "unreadable {}", show(reason));
    }
    if explanation.facts.is_empty() && explanation.silent.is_empty() && explanation.unreadable.is_empty() {
        out.push_str("No report was found: name it with --evidence, or under `evidence:` of kadian.yaml.\n");
    }
    escape::log_text(out.trim_end()).into_owned()
}
