//! `kadian ledger suspects` and `metrics`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use jiff::Timestamp;

use super::WhereArgs;
use super::look::{Format, moment};
use crate::cli::output;
use crate::collect::clock;
use crate::error::{Error, Result};
use crate::facts::Span;
use crate::gate::ledger::{self, About, Question};
use crate::report::{self, escape};

/// Ranks the changes of the service, of what it depends on and of what calls it by time, region, version, what they touch, their kind and
/// what the gate said of them. Every point of the score has a reason.
#[derive(Debug, Args)]
pub(in crate::cli) struct Suspects {
    /// The message of an Alertmanager's webhook, or what its /api/v2/alerts answers; `-` is standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["service", "labels", "at"], required_unless_present_any = ["service", "labels"])]
    alert: Option<PathBuf>,
    /// The service that alerts
    #[arg(long, value_name = "NAME")]
    service: Option<String>,
    /// Labels of the alert, for example region=east,version=1.4.2; may be repeated
    #[arg(long, value_name = "NAME=VALUE,...", value_delimiter = ',')]
    labels: Vec<String>,
    /// When it began [default: now]
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// What depends on what [default: `catalogue:` of kadian.yaml]
    #[arg(long, value_name = "FILE")]
    catalogue: Option<PathBuf>,
    /// A label of the alerts in the file that holds the service; may be repeated [default: service, app and the like]
    #[arg(long, value_name = "NAME", requires = "alert")]
    service_label: Vec<String>,
    /// How long before the alert a change may have begun
    #[arg(long, value_name = "DURATION", default_value = "1d")]
    window: Span,
    /// Show so many
    #[arg(long, value_name = "N", default_value_t = 10)]
    limit: usize,
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    place: WhereArgs,
}

/// Found in 1 minute, located in 5, recovered in 10: how often rollouts under the gate keep to it; how many fail; and how often the gate
/// was right.
#[derive(Debug, Args)]
pub(in crate::cli) struct Metrics {
    /// Only this service
    #[arg(long, value_name = "NAME")]
    service: Option<String>,
    /// What began from this time or day (UTC) on
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// What began before this time or day (UTC)
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    #[arg(long, value_enum, default_value_t = MetricsFormat::Text)]
    format: MetricsFormat,
    #[command(flatten)]
    place: WhereArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum MetricsFormat {
    Text,
    Json,
    /// The text format of Prometheus
    Prometheus,
}

impl Suspects {
    pub(in crate::cli) fn run(self) -> Result<u8> {
        let about = match self.alert {
            Some(file) => About::File(file),
            None => About::Words {
                service: self.service,
                labels: self.labels.iter().map(|label| named(label)).collect::<Result<_>>()?,
                at: self.at.map_or_else(|| Ok(clock::now()), |text| moment("--at", &text))?,
            },
        };
        let question = Question {
            about,
            catalogue: self.catalogue,
            service_labels: self.service_label,
            options: ledger::SuspectOptions {
                window: self.window,
                limit: self.limit.max(1),
                ..ledger::SuspectOptions::default()
            },
        };
        let found = ledger::suspects(&self.place.place(), &question)?;
        match self.format {
            Format::Text => {
                let text = report::suspects::text(&found.rankings, found.not_ranked, found.entries_read);
                output::print(&escape::log_text(&text))?;
            }
            Format::Json => output::print(&json(&found)?)?,
        }
        Ok(0)
    }
}

fn named(label: &str) -> Result<(String, String)> {
    let pair = label.split_once('=').filter(|(name, _)| !name.trim().is_empty());
    let (name, value) = pair.ok_or_else(|| Error::new(format!("--labels `{label}` is not NAME=VALUE")))?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

fn json(value: &impl serde::Serialize) -> Result<String> {
    let json = serde_json::to_string_pretty(value);
    let json = json.map_err(|error| Error::new(format!("the answer cannot be written: {error}")))?;
    Ok(escape::log_json(&json).into_owned())
}

impl Metrics {
    pub(in crate::cli) fn run(self) -> Result<u8> {
        let time = |option: &str, text: Option<String>| -> Result<Option<Timestamp>> {
            text.map(|text| moment(option, &text)).transpose()
        };
        let (since, until) = (time("--since", self.since)?, time("--until", self.until)?);
        if let (Some(since), Some(until)) = (since, until)
            && until <= since
        {
            return Err(Error::new(format!("--until {until} is not after --since {since}")));
        }
        let metrics = ledger::metrics(&self.place.place(), self.service.as_deref(), since, until)?;
        match self.format {
            MetricsFormat::Text => output::print(&escape::log_text(&report::metrics::text(&metrics))),
            MetricsFormat::Json => output::print(&json(&metrics)?),
            MetricsFormat::Prometheus => output::print(&report::metrics::prometheus(&metrics)),
        }?;
        Ok(0)
    }
}
