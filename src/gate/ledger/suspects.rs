//! Which recorded changes probably caused an alert: what is read from the ledger for it, and the ranking of each.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::Where;
use crate::analyze::suspects::{Alert, Options, Ranking, Reach, SERVICE_LABELS, grouped, rank};
use crate::collect::stream;
use crate::collect::tree::read_file;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::evidence::document::MAX_DOCUMENT_BYTES;
use crate::evidence::{alert_message, catalogue};
use crate::facts::{Catalogue, Entry, Record, RecordKind};
use crate::gate::gather::CATALOGUE;
use crate::ledger::{Filter, Ledger};

/// Questions of one file that are answered; more would be an outage of everything, which no ranking explains.
const MOST_QUESTIONS: usize = 20;
/// The newest entries of one service that are read for one alert.
const OF_A_SERVICE: u64 = 5_000;
/// And of all services, when the alert names none.
const OF_ALL: u64 = 50_000;
/// Rollouts of the window that are read whole.
const MOST_PLANS: usize = 500;
const OF_A_PLAN: u64 = 2_000;
/// How long before the alert a change of any service may touch what the alert names.
const STRANGERS: SignedDuration = SignedDuration::from_hours(1);
const MOST_STRANGERS: u64 = 20_000;
/// How long after the alert an incident may name its cause.
const AFTERMATH: SignedDuration = SignedDuration::from_hours(24 * 30);

/// What is asked.
#[derive(Debug, Clone)]
pub struct Question {
    pub about: About,
    /// `--catalogue`; before the one of the configuration.
    pub catalogue: Option<PathBuf>,
    /// Labels that hold the service; empty for the usual ones.
    pub service_labels: Vec<String>,
    pub options: Options,
}

/// The alerts that are asked about.
#[derive(Debug, Clone)]
pub enum About {
    /// The message of a webhook or the answer of an Alertmanager; `-` is standard input.
    File(PathBuf),
    /// An alert in words.
    Words { service: Option<String>, labels: Vec<(String, String)>, at: Timestamp },
}

/// The suspects of each alert; alerts of the same service, region, version and part are one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Suspects {
    /// `kadian.suspects/v1`.
    pub schema: &'static str,
    /// How many entries were read from the ledger.
    pub entries_read: u64,
    /// The earliest alert first.
    pub rankings: Vec<Ranking>,
    /// Alerts of other places that were not ranked, because there were too many.
    pub not_ranked: u64,
}

/// Ranks the changes of the ledger for each alert.
pub fn suspects(place: &Where, question: &Question) -> Result<Suspects> {
    let mut alerts = grouped(alerts(question)?);
    let not_ranked = alerts.len().saturating_sub(MOST_QUESTIONS) as u64;
    alerts.truncate(MOST_QUESTIONS);
    let catalogue = services(place, question.catalogue.as_deref())?;
    let mut reader = Reader { ledger: place.open_existing()?, read: 0 };
    let mut rankings = Vec::new();
    for alert in &alerts {
        let reach = Reach::around(alert.service.as_deref(), catalogue.as_ref());
        let (entries, gaps) = reader.entries(alert, &reach, &question.options)?;
        let mut ranking = rank(alert, &entries, &reach, &question.options);
        ranking.not_considered.extend(gaps);
        rankings.push(ranking);
    }
    Ok(Suspects { schema: "kadian.suspects/v1", entries_read: reader.read, rankings, not_ranked })
}

fn alerts(question: &Question) -> Result<Vec<Alert>> {
    match &question.about {
        About::File(path) => {
            let mut bytes = Vec::new();
            let failed = |error: std::io::Error| Error::new(format!("{} cannot be read: {error}", path.display()));
            stream::open(path)?.take(MAX_DOCUMENT_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
            let records = alert_message::read(&bytes).map_err(|error| {
                Error::new(format!("{}: {error}", path.display()))
                    .hint("give the message of an Alertmanager's webhook, or what its /api/v2/alerts answers")
            })?;
            let own: Vec<&str> = question.service_labels.iter().map(String::as_str).collect();
            let labels = if own.is_empty() { SERVICE_LABELS.to_vec() } else { own };
            Ok(records.iter().map(|record| Alert::of(record, &labels)).collect())
        }
        About::Words { service, labels, at } => {
            let labels = labels.iter().cloned().collect();
            Ok(vec![Alert { names: Vec::new(), service: service.clone(), at: *at, labels, summary: None }])
        }
    }
}

/// The catalogue that the caller names, else the one of the configuration, else the usual one where it is there.
fn services(place: &Where, named: Option<&Path>) -> Result<Option<Catalogue>> {
    let parse =
        |path: &Path, bytes: &[u8]| catalogue::read(bytes).map_err(|error| Error::new(format!("{}: {error}", path.display())));
    if let Some(path) = named {
        let bytes = read_file(path)?.ok_or_else(|| Error::new(format!("the catalogue {} does not exist", path.display())))?;
        return parse(path, &bytes).map(Some);
    }
    let root = place.root();
    let config = place.configuration(&root, &[])?;
    let configured = config.and_then(|Config { catalogue, .. }| catalogue);
    let path = root.join(configured.as_deref().unwrap_or(CATALOGUE));
    match read_file(&path)? {
        Some(bytes) => parse(&path, &bytes).map(Some),
        None if configured.is_some() => Err(Error::new(format!("the catalogue {} does not exist", path.display()))),
        None => Ok(None),
    }
}

struct Reader {
    ledger: Ledger,
    read: u64,
}

impl Reader {
    /// What the ranking needs, by ranges of the ledger's indexes only; and what was left out, as sentences.
    fn entries(&mut self, alert: &Alert, reach: &Reach, options: &Options) -> Result<(Vec<Entry>, Vec<String>)> {
        let (since, until) = (Some(options.since(alert)), after(options.until(alert)));
        let window = Filter { since, until, newest_first: true, ..Filter::default() };
        let (mut entries, mut gaps) = (Vec::new(), Vec::new());
        if reach.is_everything() {
            let kinds = vec![RecordKind::Change, RecordKind::Batch];
            self.take(&Filter { kinds, limit: Some(OF_ALL), ..window.clone() }, "all services", &mut entries, &mut gaps)?;
        }
        for service in reach.services() {
            let filter = Filter { service: Some(service.to_owned()), limit: Some(OF_A_SERVICE), ..window.clone() };
            self.take(&filter, service, &mut entries, &mut gaps)?;
        }
        if let Some(service) = &alert.service {
            let kinds = vec![RecordKind::Change];
            let since = alert.at.checked_sub(STRANGERS).ok();
            let strangers = Filter { kinds, since, limit: Some(MOST_STRANGERS), ..window.clone() };
            self.take(&strangers, "other services", &mut entries, &mut gaps)?;
            let kinds = vec![RecordKind::Incident];
            let (service, until) = (Some(service.clone()), alert.at.checked_add(AFTERMATH).ok());
            let incidents = Filter { kinds, service, until, limit: Some(OF_A_SERVICE), ..window };
            self.take(&incidents, "incidents", &mut entries, &mut gaps)?;
        }
        self.plans(&mut entries, &mut gaps)?;
        Ok((entries, gaps))
    }

    /// The rollouts of the window whole: their plans were recorded before it, and they may have been taken back after it.
    fn plans(&mut self, entries: &mut Vec<Entry>, gaps: &mut Vec<String>) -> Result<()> {
        let (mut plans, mut seen) = (Vec::new(), BTreeSet::new());
        for entry in entries.iter().filter(|entry| matches!(entry.record, Record::Batch(_))) {
            let plan = entry.record.plan().unwrap_or_default();
            if seen.insert(plan) {
                plans.push(plan.to_owned());
            }
        }
        if let left @ 1.. = plans.len().saturating_sub(MOST_PLANS) {
            gaps.push(format!("of {left} more rollouts only what was recorded in the window was read"));
        }
        for plan in plans.into_iter().take(MOST_PLANS) {
            let filter = Filter { plan: Some(plan.clone()), newest_first: true, limit: Some(OF_A_PLAN), ..Filter::default() };
            self.take(&filter, &format!("the rollout {plan}"), entries, gaps)?;
        }
        Ok(())
    }

    fn take(&mut self, filter: &Filter, whose: &str, entries: &mut Vec<Entry>, gaps: &mut Vec<String>) -> Result<()> {
        let found = self.ledger.select(filter)?;
        let count = found.len() as u64;
        if filter.limit == Some(count) {
            gaps.push(format!("only the newest {count} entries of {whose} were read"));
        }
        self.read += count;
        entries.extend(found);
        Ok(())
    }
}

/// The first moment after this one: a filter's end does not belong to it.
fn after(moment: Timestamp) -> Option<Timestamp> {
    moment.checked_add(SignedDuration::from_micros(1)).ok()
}
