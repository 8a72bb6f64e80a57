//! `kadian waiver`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use jiff::Timestamp;

use super::output;
use crate::collect::{clock, terminal};
use crate::error::{Error, Result};
use crate::exit;
use crate::gate::waivers::list::{self, Listed, ListedWaiver, Request, Today};
use crate::report::{escape, folded};

#[derive(Debug, Subcommand)]
pub(super) enum Waiver {
    /// List the waivers of the working tree: how they stand today, who answers for them, how often they were used
    List(List),
    /// Tell whether a waiver has ended, cannot have an effect, or names a check that is not there
    Check(Check),
}

/// Shows every waiver of the file that kadian.yaml names. Uses are counted where a ledger is named. Exit codes: 0, or 2 for a file that
/// cannot be read.
#[derive(Debug, Args)]
pub(super) struct List {
    #[command(flatten)]
    which: Which,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Prints what is wrong. Exit codes: 0 where nothing is; 1 where a waiver has ended, lasts too long, waives what cannot be waived, or names
/// an id that no policy has; 2 for a file that cannot be read.
#[derive(Debug, Args)]
pub(super) struct Check {
    #[command(flatten)]
    which: Which,
}

#[derive(Debug, Args)]
struct Which {
    /// Configuration file [default: kadian.yaml in the repository, if it is there]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Repository
    #[arg(long, value_name = "DIR", default_value = ".")]
    repo: PathBuf,
    /// The time to judge by [default: the clock]
    #[arg(long, value_name = "RFC3339")]
    now: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

impl Which {
    fn listed(self) -> Result<Listed> {
        list::list(&Request { config: self.config, repo: self.repo, now: self.now.unwrap_or_else(clock::now) })
    }
}

impl Waiver {
    pub(super) fn run(self) -> Result<u8> {
        match self {
            Waiver::List(list) => {
                let listed = list.which.listed()?;
                match list.format {
                    Format::Text => output::print_quoting(&text(&listed, terminal::width()))?,
                    Format::Json => {
                        let json = serde_json::to_string_pretty(&listed);
                        let json = json.map_err(|error| Error::new(format!("the waivers cannot be written: {error}")))?;
                        output::print(&escape::log_json(&json))?;
                    }
                }
                Ok(0)
            }
            Waiver::Check(check) => {
                let mut listed = check.which.listed()?;
                let wrong = listed.waivers.iter().any(|waiver| waiver.state.is_wrong());
                listed.waivers.retain(|waiver| waiver.state.needs_somebody());
                output::print_quoting(&text(&listed, terminal::width()))?;
                Ok(if wrong { exit::WAIVER_WRONG } else { 0 })
            }
        }
    }
}

/// A line that counts, then a block for each waiver.
fn text(listed: &Listed, columns: usize) -> String {
    let mut lines = folded("", &counted(listed), columns);
    if let Some(error) = &listed.ledger_error {
        lines.extend(folded("uses    ", &format!("not counted: {error}"), columns));
    }
    for waiver in &listed.waivers {
        lines.push(String::new());
        describe(waiver, columns, &mut lines);
    }
    lines.join("\n")
}

/// How many there are, by state, the ones that need somebody first.
fn counted(listed: &Listed) -> String {
    let Some(file) = &listed.file else { return "kadian.yaml names no file of waivers".to_owned() };
    let count = |state: Today| listed.waivers.iter().filter(|waiver| waiver.state == state).count();
    let states = Today::ALL.into_iter().map(|state| (count(state), state.words())).filter(|(count, _)| *count > 0);
    let states: Vec<String> = states.map(|(count, words)| format!("{count} {words}")).collect();
    let said = if states.is_empty() { "nothing to tell".to_owned() } else { states.join(", ") };
    format!("{file} on {}: {said}", listed.today)
}

fn describe(waiver: &ListedWaiver, columns: usize, lines: &mut Vec<String>) {
    let days = match waiver.days_left {
        Some(0) => " (last day)".to_owned(),
        Some(1) => " (1 day left)".to_owned(),
        Some(days) => format!(" ({days} days left)"),
        None => String::new(),
    };
    let mut say = |lead: &str, text: &str| lines.extend(folded(lead, text, columns));
    say("", &format!("{}: {}{days}", waiver.id, waiver.state.words()));
    let scope = [
        waiver.path.as_ref().map(|path| format!("files {path}")),
        waiver.fingerprint.as_ref().map(|print| format!("finding {print}")),
        (!waiver.subject.is_anything()).then(|| waiver.subject.words()),
        waiver.max_findings.map(|most| format!("at most {most}")),
        waiver.undecided.then(|| "also where it cannot be decided".to_owned()),
    ];
    say("  for     ", &scope.into_iter().flatten().collect::<Vec<_>>().join(", "));
    say("  state   ", waiver.why.as_deref().unwrap_or_default());
    say("  why     ", &waiver.reason);
    let ticket = waiver.ticket.as_ref().map(|ticket| format!(", {ticket}")).unwrap_or_default();
    say("  owner   ", &format!("{}{ticket}", waiver.owner));
    let from = waiver.starts.map_or_else(|| "until ".to_owned(), |starts| format!("{starts} to "));
    say("  days    ", &format!("{from}{}", waiver.expires));
    say("  where   ", &waiver.source);
    say("  used    ", &used(waiver));
}

/// How often it was used; nothing where nobody counted.
fn used(waiver: &ListedWaiver) -> String {
    match (waiver.uses, waiver.last_used) {
        (Some(0), _) => "never, in the decisions that the ledger has".to_owned(),
        (Some(1), Some(last)) => format!("in 1 decision, at {last}"),
        (Some(uses), Some(last)) => format!("in {uses} decisions, the last at {last}"),
        _ => String::new(),
    }
}
