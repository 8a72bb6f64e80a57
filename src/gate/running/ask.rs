//! What servers are asked about the running service, all of it at the same time.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::thread::ScopedJoinHandle;

use jiff::Timestamp;
use serde_json::Value;

use super::logs::log_options;
use crate::analyze::logs::{LogOptions, MinedLog, logs as compare};
use crate::analyze::slo::rollout::with_rollout;
use crate::collect::alertmanager;
use crate::collect::prometheus::Origin;
use crate::collect::slis::{self, Collected};
use crate::config::settings::Settings;
use crate::evidence::samples::SamplesReport;
use crate::evidence::slis::{AlertsSpec, CapacitySpec, HealthSpec, LogsSpec, Measured, Moment, Slis};
use crate::evidence::{SloReport, document, health, logs, samples, slo};
use crate::facts::{ChangedFile, Kind, Signal, Source};

/// What the servers said, or why that is nothing.
#[derive(Debug)]
pub(in crate::gate) struct Answered<T> {
    pub(in crate::gate) sources: Vec<Source>,
    pub(in crate::gate) content: Result<T, String>,
}

impl<T> Answered<T> {
    fn nothing(reason: impl Into<String>) -> Answered<T> {
        Answered { sources: Vec::new(), content: Err(reason.into()) }
    }

    fn map<U>(self, into: impl FnOnce(T) -> U) -> Answered<U> {
        Answered { sources: self.sources, content: self.content.map(into) }
    }
}

/// A document and the name of its format.
pub(super) type Written = (Value, &'static str);

/// Whom to ask about what.
#[derive(Debug, Clone, Copy)]
pub(in crate::gate) struct Asking<'a> {
    pub(in crate::gate) slis: &'a Slis,
    pub(in crate::gate) moment: &'a Moment,
    pub(in crate::gate) settings: &'a Settings,
    /// Relative paths in the definitions start here.
    pub(in crate::gate) folder: &'a Path,
    pub(in crate::gate) now: Timestamp,
}

impl Asking<'_> {
    /// Whether the definitions say how to ask for a kind.
    pub(super) fn defines(&self, kind: &Kind) -> bool {
        match kind {
            Kind::Canary => true,
            Kind::Slo => {
                let slis = self.with_defaults();
                slis.slis.iter().any(|sli| matches!(sli.measured, Measured::Counts(_)) && sli.objective.is_some())
            }
            Kind::Logs => self.slis.logs.is_some(),
            Kind::Health => self.slis.health.is_some(),
            Kind::Capacity => self.slis.capacity.is_some(),
            Kind::Alerts => self.slis.alerts.is_some(),
            _ => false,
        }
    }

    /// Asks for several kinds at once, so that servers that say nothing cost the longest of their deadlines and not the sum.
    pub(super) fn all(&self, kinds: &[Kind], files: &[ChangedFile]) -> BTreeMap<Kind, Answered<Written>> {
        let asked = |kind: Kind| kinds.contains(&kind);
        let (samples, budgets, logs, mut answers) = std::thread::scope(|scope| {
            let samples = asked(Kind::Canary).then(|| scope.spawn(|| self.samples()));
            let budgets = asked(Kind::Slo).then(|| scope.spawn(|| self.budgets()));
            let logs = self.slis.logs.as_ref().filter(|_| asked(Kind::Logs)).map(|spec| scope.spawn(|| self.logs(spec)));
            let health = self.slis.health.as_ref().filter(|_| asked(Kind::Health)).map(|spec| scope.spawn(|| self.health(spec)));
            let alerts = self.slis.alerts.as_ref().filter(|_| asked(Kind::Alerts)).map(|spec| scope.spawn(|| self.alerts(spec)));
            let capacity = self.slis.capacity.as_ref().filter(|_| asked(Kind::Capacity));
            let capacity = capacity.map(|spec| scope.spawn(|| self.capacity(spec)));
            let written = [(Kind::Health, health), (Kind::Alerts, alerts), (Kind::Capacity, capacity)];
            let written = written.into_iter().filter_map(|(kind, asking)| Some((kind, answer(asking?))));
            (samples.map(answer), budgets.map(answer), logs.map(answer), written.collect::<BTreeMap<_, _>>())
        });
        // The samples tell how many requests each side had, and what this rollout has used of the budgets.
        let seen = samples.as_ref().and_then(|samples| samples.content.as_ref().ok());
        if let Some(logs) = logs {
            let options = LogOptions { requests: seen.and_then(SamplesReport::requests), ..log_options(self.settings) };
            let facts = logs.content.and_then(|mined| compare(mined, files, &options));
            let content = facts.map(|facts| (logs::document(&facts, self.moment.end), "kadian.logs"));
            answers.insert(Kind::Logs, Answered { sources: logs.sources, content });
        }
        if let Some(budgets) = budgets {
            let written = |mut report: SloReport| {
                if let Some(samples) = seen {
                    with_rollout(&mut report, samples);
                }
                (slo::document(&report), "kadian.slo")
            };
            answers.insert(Kind::Slo, budgets.map(written));
        }
        if let Some(samples) = samples {
            answers.insert(Kind::Canary, samples.map(|samples| (samples::document(&samples), "kadian.samples")));
        }
        answers
    }

    /// The samples of both sides.
    pub(in crate::gate) fn samples(&self) -> Answered<SamplesReport> {
        match slis::collect(&self.with_defaults(), self.moment, self.folder) {
            Err(reason) => Answered::nothing(reason),
            Ok(collected) => Answered { content: samples_of(&collected), sources: self.sources(collected.sources, "prometheus") },
        }
    }

    /// The error budgets.
    fn budgets(&self) -> Answered<SloReport> {
        let rules = self.settings.slo.burn_rules.iter();
        let windows: BTreeSet<u64> = rules.flat_map(|rule| [rule.long_seconds, rule.short_seconds]).collect();
        let budgets = slis::budgets(&self.with_defaults(), &windows, self.moment.end, self.folder);
        if budgets.sources.is_empty() {
            return Answered::nothing(budgets.report.degraded.first().map_or("no server answered", String::as_str));
        }
        Answered { sources: self.sources(budgets.sources, "prometheus"), content: Ok(budgets.report) }
    }

    /// The log lines of both sides.
    fn logs(&self, spec: &LogsSpec) -> Answered<Vec<MinedLog>> {
        match slis::logs(self.slis, spec, self.moment, self.folder) {
            Err(reason) => Answered::nothing(reason),
            Ok((mined, origins)) => Answered { sources: self.sources(origins, "loki"), content: Ok(mined) },
        }
    }

    /// The pods of the gray version.
    fn health(&self, spec: &HealthSpec) -> Answered<Written> {
        match slis::health(self.slis, spec, self.moment, self.folder) {
            Err(reason) => Answered::nothing(reason),
            Ok((report, origins)) => Answered {
                sources: self.sources(origins, "prometheus"),
                content: Ok((health::document(&report), "kadian.health")),
            },
        }
    }

    /// What runs, and what it bears.
    fn capacity(&self, spec: &CapacitySpec) -> Answered<Written> {
        match slis::capacity(self.slis, spec, self.moment, self.folder) {
            Err(reason) => Answered::nothing(reason),
            Ok((document, origins)) => {
                Answered { sources: self.sources(origins, "prometheus"), content: Ok((document, "kadian.capacity")) }
            }
        }
    }

    /// The alerts that are active now, whatever the moment's end: an Alertmanager knows no other time.
    fn alerts(&self, spec: &AlertsSpec) -> Answered<Written> {
        let Some(source) = self.slis.sources.get(&spec.source) else {
            return Answered::nothing(format!("there is no source `{}`", spec.source));
        };
        match alertmanager::alerts(&slis::endpoint(source, self.folder)) {
            Err(failure) => Answered::nothing(failure.to_string()),
            Ok((bytes, origin)) => {
                let url = origin.url.clone();
                let document = document::parse(&bytes).map_err(|error| format!("{url}: no list of alerts: {error}"));
                let content = document.map(|document| (document, "alertmanager"));
                Answered { sources: self.sources(vec![origin], "alertmanager"), content }
            }
        }
    }

    /// The definitions with the tier's objectives where they state none, and with what an objective means for the comparison: a
    /// share of bad events that keeps it is good enough in itself.
    fn with_defaults(&self) -> Slis {
        let defaults = self.settings.slo.objectives;
        let mut slis = self.slis.clone();
        for sli in &mut slis.slis {
            match (&sli.measured, sli.signal) {
                (Measured::Counts(_), Signal::Availability) => sli.objective = sli.objective.or(Some(defaults.availability)),
                (Measured::Counts(_), Signal::Latency) => sli.objective = sli.objective.or(Some(defaults.latency)),
                (Measured::Samples { .. }, Signal::Freshness) => sli.floor = sli.floor.or(Some(defaults.freshness_seconds)),
                _ => {}
            }
            if matches!(sli.measured, Measured::Counts(_)) {
                sli.floor = sli.floor.or(sli.objective.map(|objective| 1.0 - objective));
            }
        }
        slis
    }

    fn sources(&self, origins: Vec<Origin>, format: &str) -> Vec<Source> {
        let source = |origin: Origin| Source {
            path: None,
            url: Some(origin.url),
            sha256: origin.sha256,
            bytes: origin.bytes,
            format: format.to_owned(),
            collected_at: self.now,
        };
        origins.into_iter().map(source).collect()
    }
}

/// What a thread was told; its end without an answer is an answer too.
fn answer<T>(asking: ScopedJoinHandle<'_, Answered<T>>) -> Answered<T> {
    asking.join().unwrap_or_else(|_| Answered::nothing("it was not asked"))
}

/// The samples as the document that they are recorded as; an error when not one query brought data.
fn samples_of(collected: &Collected) -> Result<SamplesReport, String> {
    if let (Some(first), true) = (collected.failures.first(), collected.sources.is_empty()) {
        return Err(format!("no server answered; {} of {}: {}", first.metric, first.side.word(), first.reason));
    }
    let document = samples::document(&collected.samples);
    samples::read_json(&mut document.to_string().as_bytes()).map_err(|error| error.to_string())
}
