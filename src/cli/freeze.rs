//! `kadian freeze`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};

use super::output;
use crate::collect::{clock, terminal};
use crate::config::settings::Tier;
use crate::error::{Error, Result};
use crate::facts::RolloutType;
use crate::gate::freeze::{self, Listed, ListedWindow, Request};
use crate::report::{escape, folded};

#[derive(Debug, Subcommand)]
pub(super) enum Freeze {
    /// List the windows of the freeze calendar between two moments
    List(List),
}

/// Shows when each window holds, in its own time zone and in UTC, whom it concerns, and what it asks. Exit codes: 0, or 2 for a calendar
/// that is not there or cannot be read.
#[derive(Debug, Args)]
pub(super) struct List {
    /// From when on: a time with its zone, or a date in UTC [default: now]
    #[arg(long, value_name = "TIME", value_parser = moment)]
    from: Option<Timestamp>,
    /// Until before when [default: 30 days after --from]
    #[arg(long, value_name = "TIME", value_parser = moment)]
    to: Option<Timestamp>,
    /// Only windows that concern this service
    #[arg(long, value_name = "NAME")]
    service: Option<String>,
    /// Only windows that concern this tier
    #[arg(long, value_name = "L0|L1|L2|L3")]
    tier: Option<Tier>,
    /// Only windows that concern this type of change
    #[arg(long = "type", value_enum, value_name = "TYPE")]
    kind: Option<TypeArg>,
    /// Only windows that concern this region
    #[arg(long, value_name = "NAME")]
    region: Option<String>,
    /// The calendar [default: the one that kadian.yaml names]
    #[arg(long, value_name = "FILE")]
    calendar: Option<PathBuf>,
    /// Configuration file [default: kadian.yaml in the repository]
    #[arg(long, value_name = "FILE", conflicts_with = "calendar")]
    config: Option<PathBuf>,
    /// Repository
    #[arg(long, value_name = "DIR", default_value = ".")]
    repo: PathBuf,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum TypeArg {
    Daily,
    Hotfix,
    Rollback,
    Config,
    Database,
    #[value(name = "data_correction")]
    DataCorrection,
}

impl From<TypeArg> for RolloutType {
    fn from(kind: TypeArg) -> RolloutType {
        match kind {
            TypeArg::Daily => RolloutType::Daily,
            TypeArg::Hotfix => RolloutType::Hotfix,
            TypeArg::Rollback => RolloutType::Rollback,
            TypeArg::Config => RolloutType::Config,
            TypeArg::Database => RolloutType::Database,
            TypeArg::DataCorrection => RolloutType::DataCorrection,
        }
    }
}

fn moment(text: &str) -> std::result::Result<Timestamp, String> {
    let date = || text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    // A date and time without a zone is no date: it would silently be one of UTC.
    let date = || if text.len() == "2026-11-01".len() { date() } else { None };
    text.parse().ok().or_else(date).ok_or_else(|| "expected a time like 2026-11-01T10:00:00Z, or a date".to_owned())
}

impl Freeze {
    pub(super) fn run(self) -> Result<u8> {
        let Freeze::List(list) = self;
        let from = list.from.unwrap_or_else(clock::now);
        let month = SignedDuration::from_hours(30 * 24);
        let to = list.to.map_or_else(|| from.checked_add(month), Ok);
        let request = Request {
            calendar: list.calendar,
            config: list.config,
            repo: list.repo,
            from,
            to: to.map_err(|_| Error::new(format!("--from {from} is too far away")))?,
            service: list.service,
            tier: list.tier.map(|tier| tier.word().to_owned()),
            kind: list.kind.map(RolloutType::from),
            region: list.region,
        };
        let listed = freeze::list(&request)?;
        match list.format {
            Format::Text => output::print_quoting(&text(&listed, terminal::width()))?,
            Format::Json => {
                let json = serde_json::to_string_pretty(&listed);
                let json = json.map_err(|error| Error::new(format!("the windows cannot be written: {error}")))?;
                output::print(&escape::log_json(&json))?;
            }
        }
        Ok(0)
    }
}

fn text(listed: &Listed, columns: usize) -> String {
    let (from, to) = (listed.from, listed.to);
    let count = match listed.windows.len() {
        0 => format!("No window from {from} to {to}"),
        1 => format!("1 window from {from} to {to}"),
        several => format!("{several} windows from {from} to {to}"),
    };
    let mut lines = Vec::new();
    fold(&count, "", columns, &mut lines);
    for window in &listed.windows {
        lines.push(String::new());
        describe(window, columns, &mut lines);
    }
    lines.join("\n")
}

/// A line for each thing to know about a window; what is said of it is broken into lines of so many columns.
fn describe(window: &ListedWindow, columns: usize, lines: &mut Vec<String>) {
    let utc = |moment: Timestamp| moment.to_zoned(TimeZone::UTC);
    let span = |start: &Zoned, end: &Zoned| format!("{} to {}", clock_time(start), clock_time(end));
    fold(&window.name, "", columns, lines);
    fold(&span(&window.local_start, &window.local_end), "  local   ", columns, lines);
    fold(&format!("time of {}", window.zone), "          ", columns, lines);
    fold(&span(&utc(window.starts_at), &utc(window.ends_at)), "  UTC     ", columns, lines);
    fold(&whom(window), "  whom    ", columns, lines);
    fold(&asks(window), "  asks    ", columns, lines);
    let through: Vec<&str> = window.lanes.iter().map(|kind| kind.word()).collect();
    fold(&through.join(", "), "  lanes   ", columns, lines);
    if let Some(reason) = &window.reason {
        fold(reason, "  why     ", columns, lines);
    }
}

fn clock_time(time: &Zoned) -> String {
    let seconds = if time.second() == 0 { "" } else { ":%S" };
    time.strftime(&format!("%a %Y-%m-%d %H:%M{seconds}")).to_string()
}

fn whom(window: &ListedWindow) -> String {
    let types: Vec<&str> = window.types.iter().map(|kind| kind.word()).collect();
    let or_all = |list: String, all: &str| if list.is_empty() { all.to_owned() } else { list };
    let mut parts =
        vec![or_all(types.join(", "), "every rollout"), format!("of {}", or_all(window.services.join(", "), "every service"))];
    if !window.tiers.is_empty() {
        parts.push(format!("of tier {}", window.tiers.join(", ")));
    }
    if !window.regions.is_empty() {
        parts.push(format!("in {}", window.regions.join(", ")));
    }
    parts.join(" ")
}

fn asks(window: &ListedWindow) -> String {
    let asks = &window.asks;
    let gates: Vec<String> = asks.gates.iter().map(ToString::to_string).collect();
    let parts: Vec<String> = [
        window.hard.then(|| "that nothing starts (hard)".to_owned()),
        asks.max_step_percent.map(|step| format!("steps of at most {step} percentage points")),
        asks.min_soak_seconds.map(|soak| format!("soaks of at least {}", length(soak))),
        (!gates.is_empty()).then(|| format!("evidence of {}", gates.join(", "))),
    ]
    .into_iter()
    .flatten()
    .collect();
    parts.join(", ")
}

fn length(seconds: u64) -> String {
    let units = [(86_400, "d"), (3600, "h"), (60, "min")];
    match units.into_iter().find(|(unit, _)| seconds.is_multiple_of(*unit)) {
        Some((unit, word)) => format!("{} {word}", seconds / unit),
        None => format!("{seconds} s"),
    }
}

/// Breaks a text into lines of so many columns; what follows the first line is indented like it. Nothing leaves its lead alone.
fn fold(text: &str, lead: &str, columns: usize, lines: &mut Vec<String>) {
    let folded = folded(lead, text, columns);
    if folded.is_empty() {
        lines.push(lead.to_owned());
    }
    lines.extend(folded);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_state_their_zone_and_dates_are_those_of_utc() {
        assert_eq!(moment("2026-11-01").map(|it| it.to_string()).as_deref(), Ok("2026-11-01T00:00:00Z"));
        assert_eq!(moment("2026-11-01T08:00:00+08:00").map(|it| it.to_string()).as_deref(), Ok("2026-11-01T00:00:00Z"));
        for text in ["", "2026-11-01T08:00:00", "2026-11-01 08:00", "tomorrow", "2026-13-01"] {
            assert!(moment(text).is_err(), "{text}");
        }
    }

    #[test]
    fn long_texts_are_broken_and_lead_once() {
        let mut lines = Vec::new();
        fold("one two three four", "  a ", 14, &mut lines);
        assert_eq!(lines, ["  a one two", "    three four"]);
        lines.clear();
        fold("averyverylongword b", "  a ", 14, &mut lines);
        assert_eq!(lines, ["  a averyveryl", "    ongword b"]);
        lines.clear();
        fold("", "  a ", 14, &mut lines);
        assert_eq!(lines, ["  a "]);
    }

    #[test]
    fn hostile_texts_keep_to_their_columns() {
        use unicode_width::UnicodeWidthStr as _;
        for text in ["x".repeat(120), "封".repeat(90), "a\u{202e}\u{1b}[2J".repeat(40), "\t ".repeat(200)] {
            for lead in ["", "  why     "] {
                let mut lines = Vec::new();
                fold(&text, lead, 80, &mut lines);
                assert!(lines.iter().all(|line| line.width() <= 80), "{lines:?}");
            }
        }
    }
}
