//! `kadian ledger log` and `show`.

use clap::{Args, ValueEnum};
use jiff::{Timestamp, civil, tz::TimeZone};

use super::WhereArgs;
use crate::cli::output;
use crate::collect::terminal;
use crate::error::{Error, Result};
use crate::facts::Entry;
use crate::gate::ledger;
use crate::ledger::Filter;
use crate::report::{self, escape};

/// All conditions hold at once.
#[derive(Debug, Args)]
pub(in crate::cli) struct Log {
    #[arg(long, value_name = "NAME")]
    service: Option<String>,
    /// The id of a rollout's plan
    #[arg(long, value_name = "ID")]
    plan: Option<String>,
    /// change, plan, batch, decision, slot, override, incident, recovery or checkpoint; may be repeated
    #[arg(long, value_name = "KIND")]
    kind: Vec<String>,
    /// From this time or day (UTC) on: when it happened, else when it was recorded
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Before this time or day (UTC)
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// The newest so many
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: u64,
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    place: WhereArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    Text,
    Json,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Show {
    /// The number of an entry, or the id of a change, a decision, an incident, a recovery or a plan
    #[arg(value_name = "SEQ|ID")]
    what: String,
    #[command(flatten)]
    place: WhereArgs,
}

impl Log {
    pub(in crate::cli) fn run(self) -> Result<u8> {
        let filter = Filter {
            kinds: self.kind.iter().map(|kind| ledger::parse_kind(kind)).collect::<Result<_>>()?,
            service: self.service,
            plan: self.plan,
            since: self.since.map(|text| moment("--since", &text)).transpose()?,
            until: self.until.map(|text| moment("--until", &text)).transpose()?,
            limit: Some(self.limit),
            ..Filter::default()
        };
        let entries = ledger::log(&self.place.place(), &filter)?;
        match self.format {
            Format::Text => output::print(&escape::log_text(&report::ledger::table(&entries, terminal::width())))?,
            Format::Json => output::print(&json(&entries)?)?,
        }
        Ok(0)
    }
}

impl Show {
    pub(in crate::cli) fn run(self) -> Result<u8> {
        output::print(&json(&ledger::show(&self.place.place(), &self.what)?)?)?;
        Ok(0)
    }
}

fn json(entries: &[Entry]) -> Result<String> {
    let json = serde_json::to_string_pretty(entries);
    let json = json.map_err(|error| Error::new(format!("the entries cannot be written: {error}")))?;
    Ok(escape::log_json(&json).into_owned())
}

/// A time with a zone, or a day, which begins at midnight UTC.
pub(super) fn moment(option: &str, text: &str) -> Result<Timestamp> {
    let day = || text.parse::<civil::Date>().ok()?.to_zoned(TimeZone::UTC).ok().map(|day| day.timestamp());
    text.parse().ok().or_else(day).ok_or_else(|| {
        Error::new(format!("{option} `{text}` is neither a time nor a day"))
            .hint("write 2026-01-31T12:00:00Z, or 2026-01-31 for its beginning in UTC")
    })
}
