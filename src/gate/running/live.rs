//! Evidence about the running service from the servers that know it.
//!
//! What servers answer becomes a document as a file would hold it, and goes the way of a file from there: what `--save` keeps is
//! what was judged.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::collect::prometheus::Origin;
use crate::collect::slis::{self, Collected};
use crate::config::settings::Settings;
use crate::evidence::samples::SamplesReport;
use crate::evidence::slis::{Measured, Moment, Slis};
use crate::evidence::{SloReport, samples};
use crate::facts::{Evidence, Kind, Signal, Source};
use crate::gate::reports::Search;

/// What the servers said, or why that is nothing.
#[derive(Debug)]
pub(in crate::gate) struct Answered<T> {
    pub(in crate::gate) sources: Vec<Source>,
    pub(in crate::gate) content: Result<T, String>,
}

impl Search<'_> {
    /// The definitions and the moment to ask about; `None` where a file stands for the kind, or where nobody said what to ask.
    ///
    /// The process that judges by the change's own rules asks nobody: they could name any address and any secret.
    pub(super) fn asks(&self, kind: &Kind) -> Option<(&Slis, &Moment)> {
        let named = self.request.evidence.iter().any(|named| named.kind == *kind);
        if named || self.judge.config.evidence.contains_key(kind) || self.request.shadow {
            return None;
        }
        self.judge.slis.as_ref().zip(self.request.moment.as_ref())
    }

    /// Asks for the error budgets.
    pub(super) fn ask_budgets(&self, slis: &Slis, moment: &Moment) -> Answered<SloReport> {
        let settings = &self.judge.config.settings;
        let slis = with_defaults(slis, settings);
        let rules = settings.slo.burn_rules.iter();
        let windows: BTreeSet<u64> = rules.flat_map(|rule| [rule.long_seconds, rule.short_seconds]).collect();
        let budgets = slis::budgets(&slis, &windows, moment.end, &self.subject.root);
        let content = if budgets.report.objectives.is_empty() {
            Err("no indicator with good and bad events has an objective".to_owned())
        } else {
            Ok(budgets.report)
        };
        Answered { sources: of(budgets.sources, self.request.now), content }
    }
}

/// Asks for the samples of both sides.
pub(in crate::gate) fn ask_samples(
    slis: &Slis,
    moment: &Moment,
    settings: &Settings,
    folder: &std::path::Path,
    now: Timestamp,
) -> Answered<SamplesReport> {
    let slis = with_defaults(slis, settings);
    match slis::collect(&slis, moment, folder) {
        Err(reason) => Answered { sources: Vec::new(), content: Err(reason) },
        Ok(collected) => Answered { content: samples_of(&collected), sources: of(collected.sources, now) },
    }
}

/// The samples as the document that they are recorded as; an error when not one query brought data.
fn samples_of(collected: &Collected) -> Result<SamplesReport, String> {
    if let (Some(first), true) = (collected.failures.first(), collected.sources.is_empty()) {
        return Err(format!("no server answered; {} of {}: {}", first.metric, first.side.word(), first.reason));
    }
    let document = samples::document(&collected.samples);
    samples::read_json(&mut document.to_string().as_bytes()).map_err(|error| error.to_string())
}

/// The definitions with the tier's objectives where they state none, and with what an objective means for the comparison: a share
/// of bad events that keeps it is good enough in itself.
fn with_defaults(slis: &Slis, settings: &Settings) -> Slis {
    let defaults = settings.slo.objectives;
    let mut slis = slis.clone();
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

fn of(origins: Vec<Origin>, now: Timestamp) -> Vec<Source> {
    let source = |origin: Origin| Source {
        path: None,
        url: Some(origin.url),
        sha256: origin.sha256,
        bytes: origin.bytes,
        format: "prometheus".to_owned(),
        collected_at: now,
    };
    origins.into_iter().map(source).collect()
}

/// Evidence out of what the servers said. Servers that say nothing leave it missing, whatever the reason.
pub(super) fn evidence<C, T>(answered: Answered<C>, understand: impl FnOnce(C) -> Result<T, String>) -> Evidence<T> {
    match answered.content {
        Err(reason) => Evidence::missing(reason),
        Ok(content) => match understand(content) {
            Ok(facts) => Evidence::known(answered.sources, facts),
            Err(reason) => Evidence::unreadable(answered.sources, reason),
        },
    }
}
