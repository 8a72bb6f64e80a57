//! `kadian ledger record`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use jiff::Timestamp;

use super::WhereArgs;
use crate::cli::output;
use crate::collect::clock;
use crate::error::{Error, Result};
use crate::facts::{BatchState, ChangeRecord, IncidentRecord, IncidentState, RolloutType};
use crate::gate::ledger::{self, Recorded};

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Record {
    /// Record what the pipeline did with a batch of a rollout
    Batch(BatchArgs),
    /// Record a change to production that was made beside the gate
    Change(ChangeArgs),
    /// Record that an incident opened, that its cause was named, or that it is over
    Incident(IncidentArgs),
    /// Record that a rollout may go on although a freeze, the circuit breaker or the ledger's clock forbids it
    Override(OverrideArgs),
}

/// Recording the same state again changes nothing. Refused with 2: a batch that is done, failed or taken back before it started, a batch
/// that the plan does not have, another plan under an id that is known.
#[derive(Debug, Args)]
pub(in crate::cli) struct BatchArgs {
    /// The rollout's plan
    #[arg(long, value_name = "FILE")]
    plan: PathBuf,
    /// The batch's number, counted from 1
    #[arg(long, value_name = "N")]
    batch: u64,
    /// What became of it
    #[arg(long, value_enum)]
    state: StateArg,
    /// The time to record, instead of the clock
    #[arg(long, value_name = "RFC3339")]
    now: Option<Timestamp>,
    #[command(flatten)]
    place: WhereArgs,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
#[value(rename_all = "snake_case")]
enum StateArg {
    /// The deployment runs
    Started,
    /// The deployment is through, and the soak begins
    Done,
    /// The deployment itself failed
    Failed,
    /// The batch was taken back
    RolledBack,
}

/// The same record again changes nothing. Another one with the same id is recorded, and the newest of an id counts: record a change when it
/// begins, and once more with --ended-at.
#[derive(Debug, Args)]
pub(in crate::cli) struct ChangeArgs {
    /// Names the change where it was made: a ticket, a commit, a run
    #[arg(long, value_name = "ID", required_unless_present = "file")]
    id: Option<String>,
    #[arg(long, value_name = "NAME", required_unless_present = "file")]
    service: Option<String>,
    /// What it changes
    #[arg(long = "type", value_enum, value_name = "TYPE", required_unless_present = "file")]
    kind: Option<TypeArg>,
    /// When it began to take effect
    #[arg(long, value_name = "RFC3339", required_unless_present = "file")]
    started_at: Option<Timestamp>,
    /// When it was through
    #[arg(long, value_name = "RFC3339")]
    ended_at: Option<Timestamp>,
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    #[arg(long, value_name = "VERSION")]
    version: Option<String>,
    #[arg(long, value_name = "NAME")]
    region: Option<String>,
    #[arg(long, value_name = "NAME")]
    author: Option<String>,
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// An API, table, queue or host that it touches; may be repeated
    #[arg(long, value_name = "NAME")]
    touches: Vec<String>,
    /// May be repeated
    #[arg(long, value_name = "NAME=VALUE")]
    label: Vec<String>,
    /// Take the whole change from a file of JSON instead
    #[arg(long, value_name = "FILE", conflicts_with_all = ["id", "service", "kind", "started_at", "ended_at", "title", "version",
        "region", "author", "url", "touches", "label"])]
    file: Option<PathBuf>,
    /// The time to record, instead of the clock
    #[arg(long, value_name = "RFC3339")]
    now: Option<Timestamp>,
    #[command(flatten)]
    place: WhereArgs,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
#[value(rename_all = "snake_case")]
enum TypeArg {
    Daily,
    Hotfix,
    Rollback,
    Config,
    Database,
    DataCorrection,
}

/// Recording the same again changes nothing. Refused with 2: an incident that is located or resolved before it opened.
#[derive(Debug, Args)]
pub(in crate::cli) struct IncidentArgs {
    /// Names the incident where it is handled
    #[arg(long, value_name = "ID")]
    id: String,
    #[arg(long, value_name = "NAME")]
    service: String,
    /// What became of it
    #[arg(long, value_enum)]
    state: IncidentArg,
    /// When that happened [default: now]
    #[arg(long, value_name = "RFC3339")]
    at: Option<Timestamp>,
    #[arg(long, value_name = "WORD")]
    severity: Option<String>,
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// The rollout or change that caused it: the id of a plan or a change
    #[arg(long, value_name = "ID")]
    cause: Option<String>,
    /// The time to record, instead of the clock
    #[arg(long, value_name = "RFC3339")]
    now: Option<Timestamp>,
    #[command(flatten)]
    place: WhereArgs,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum IncidentArg {
    /// Somebody or something saw it
    Opened,
    /// Its cause was named
    Located,
    /// Users are no longer hurt
    Resolved,
}

/// It takes two different people and a reason, holds until a time, and is shown for ever after.
#[derive(Debug, Args)]
pub(in crate::cli) struct OverrideArgs {
    /// The rollout's plan
    #[arg(long, value_name = "FILE")]
    plan: PathBuf,
    /// What is overridden: freeze:NAME, breaker or clock
    #[arg(long, value_name = "SUBJECT")]
    subject: String,
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Who stands for it; at least two
    #[arg(long, value_name = "NAME", required = true)]
    by: Vec<String>,
    /// When it ends
    #[arg(long, value_name = "RFC3339")]
    until: Timestamp,
    /// The time to record, instead of the clock
    #[arg(long, value_name = "RFC3339")]
    now: Option<Timestamp>,
    #[command(flatten)]
    place: WhereArgs,
}

impl Record {
    pub(in crate::cli) fn run(self) -> Result<u8> {
        match self {
            Record::Batch(batch) => batch.run(),
            Record::Change(change) => change.run(),
            Record::Incident(incident) => incident.run(),
            Record::Override(exception) => exception.run(),
        }
    }
}

impl BatchArgs {
    fn run(self) -> Result<u8> {
        let state = match self.state {
            StateArg::Started => BatchState::Started,
            StateArg::Done => BatchState::Done,
            StateArg::Failed => BatchState::Failed,
            StateArg::RolledBack => BatchState::RolledBack,
        };
        let now = self.now.unwrap_or_else(clock::now);
        let report = ledger::batch(&self.place.place(), &self.plan, self.batch, state, now)?;
        tell(&format!("batch {} of {}", self.batch, report.plan), report.recorded)?;
        if let Some(skipped) = report.skipped {
            output::progress(&format!("note: batch {skipped} of {} is not recorded as done", report.plan));
        }
        Ok(0)
    }
}

impl ChangeArgs {
    fn run(self) -> Result<u8> {
        let now = self.now.unwrap_or_else(clock::now);
        let place = self.place.place();
        let change = match (self.file, self.id, self.service, self.kind, self.started_at) {
            (Some(file), ..) => ledger::read_change(&file)?,
            (None, Some(id), Some(service), Some(kind), Some(started_at)) => ChangeRecord {
                id,
                service,
                kind: match kind {
                    TypeArg::Daily => RolloutType::Daily,
                    TypeArg::Hotfix => RolloutType::Hotfix,
                    TypeArg::Rollback => RolloutType::Rollback,
                    TypeArg::Config => RolloutType::Config,
                    TypeArg::Database => RolloutType::Database,
                    TypeArg::DataCorrection => RolloutType::DataCorrection,
                },
                started_at,
                ended_at: self.ended_at,
                title: self.title,
                version: self.version,
                region: self.region,
                author: self.author,
                url: self.url,
                touches: self.touches,
                labels: self.label.iter().map(|label| named(label)).collect::<Result<_>>()?,
            },
            _ => return Err(Error::new("a change needs --id, --service, --type and --started-at, or --file")),
        };
        tell(&format!("change {}", change.id), ledger::change(&place, &change, now)?)?;
        Ok(0)
    }
}

fn named(label: &str) -> Result<(String, String)> {
    let pair = label.split_once('=').filter(|(name, _)| !name.trim().is_empty());
    let (name, value) = pair.ok_or_else(|| Error::new(format!("--label `{label}` is not NAME=VALUE")))?;
    Ok((name.to_owned(), value.to_owned()))
}

impl IncidentArgs {
    fn run(self) -> Result<u8> {
        let now = self.now.unwrap_or_else(clock::now);
        let incident = IncidentRecord {
            id: self.id,
            service: self.service,
            state: match self.state {
                IncidentArg::Opened => IncidentState::Opened,
                IncidentArg::Located => IncidentState::Located,
                IncidentArg::Resolved => IncidentState::Resolved,
            },
            happened_at: self.at.unwrap_or(now),
            severity: self.severity,
            title: self.title,
            cause: self.cause,
        };
        tell(&format!("incident {}", incident.id), ledger::incident(&self.place.place(), &incident, now)?)?;
        Ok(0)
    }
}

impl OverrideArgs {
    fn run(self) -> Result<u8> {
        let now = self.now.unwrap_or_else(clock::now);
        let (subject, reason) = (self.subject.as_str(), self.reason.as_str());
        let recorded = ledger::exception(&self.place.place(), &self.plan, (subject, reason), &self.by, self.until, now)?;
        tell(&format!("override of {subject} until {}", self.until), recorded)?;
        Ok(0)
    }
}

fn tell(what: &str, recorded: Recorded) -> Result<()> {
    output::print_quoting(&match recorded {
        Recorded::New(seq) => format!("recorded {what} as entry {seq}"),
        Recorded::Known(seq) => format!("{what} is entry {seq} already; nothing was recorded"),
    })
}
