//! Evidence about the running service: the gray version beside the baseline, error budgets, instances, alerts.

mod ask;
mod charts;
mod live;
mod logs;

use super::gather::pick;
use super::reports::Search;
use crate::analyze::alerts::{self, AlertOptions};
use crate::analyze::canary::kayenta::Classifier;
use crate::analyze::dependencies::Dependencies;
use crate::analyze::scope::Scope;
use crate::analyze::{canary, capacity, health, incidents, slo};
use crate::collect::files::Report;
use crate::config::settings::{CanarySettings, Settings};
use crate::decide::Chart;
use crate::error::Result;
use crate::evidence::samples::SamplesReport;
use crate::evidence::slis::Moment;
use crate::evidence::text::shown;
use crate::facts::{Alerts, Canary, Capacity, Entry, Evidence, Health, Incidents, Kind, Rollout, Slo, Soak, Source, Status};
pub(super) use ask::Asking;
use live::Live;
pub use live::LiveDocument;

/// What the ledger records of incidents, and where it was read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Recorded<'a> {
    pub(super) entries: &'a [Entry],
    pub(super) sources: &'a [Source],
}

impl Search<'_> {
    /// The comparison of the gray version with the baseline, by the servers that know both or out of one file, and the pictures of it.
    ///
    /// `soak` is what of a batch's soak is over, where one is judged.
    pub(super) fn canary(&self, soak: Option<Soak>, live: &mut Live) -> Result<(Evidence<Canary>, Vec<Chart>)> {
        let mut charts = Vec::new();
        let evidence = self.running(&Kind::Canary, live, |bound| {
            let mut reports = pick(bound, |report| match report {
                Report::Canary(samples) => Some(samples),
                _ => None,
            });
            let (Some(samples), true) = (reports.pop(), reports.is_empty()) else {
                return Err("several files of samples were found; one is expected".to_owned());
            };
            self.of_this_moment(&samples)?;
            let facts;
            (facts, charts) = self.compare(&samples, soak);
            Ok(facts)
        })?;
        Ok((evidence, charts))
    }

    /// Samples of another version, or from before the gray one took traffic, are not about this rollout.
    fn of_this_moment(&self, samples: &SamplesReport) -> std::result::Result<(), String> {
        let Some(moment) = &self.request.moment else { return Ok(()) };
        let planned = self.request.rollout.is_some();
        if planned {
            says_what_it_is_of(samples, moment)?;
        }
        let (version_is, since) = if planned { ("the plan brings", "the batch was started at") } else { ("--to is", "--since") };
        if let Some(version) = samples.version.as_ref().filter(|version| **version != moment.to) {
            let version = shown(version);
            return Err(format!("the samples are of version {version}, and {version_is} {}", shown(&moment.to)));
        }
        if samples.start.as_second() < moment.start.as_second() {
            return Err(format!("the samples begin at {}, before {since} {}", samples.start, moment.start));
        }
        Ok(())
    }

    fn compare(&self, samples: &SamplesReport, soak: Option<Soak>) -> (Canary, Vec<Chart>) {
        let options = canary::Options { soak, ..canary_options(&self.judge.config.settings) };
        let facts = canary::judge(samples, &options);
        let charts = charts::charts(samples, &facts);
        (facts, charts)
    }

    /// The error budgets: of the servers that know them, else out of one file.
    pub(super) fn slo(&self, live: &mut Live) -> Result<Evidence<Slo>> {
        let config = &self.judge.config;
        self.running(&Kind::Slo, live, |bound| {
            let mut reports = pick(bound, |report| match report {
                Report::Slo(slo) => Some(slo),
                _ => None,
            });
            let (Some(report), true) = (reports.pop(), reports.is_empty()) else {
                return Err("several files of objectives were found; one is expected".to_owned());
            };
            if let (Some(found), Some(expected)) = (&report.service, &config.service.name)
                && found != expected
            {
                let found = shown(found);
                return Err(format!("the objectives are of service {found}, and this is {expected}"));
            }
            slo::assess(report, &config.settings.slo.burn_rules)
        })
    }

    /// What the instances bear and what the rollout takes out of them: of the servers that know it, else out of one file.
    pub(super) fn capacity(&self, rollout: Option<&Rollout>, live: &mut Live) -> Result<Evidence<Capacity>> {
        let config = &self.judge.config;
        self.running(&Kind::Capacity, live, |bound| {
            let mut reports = pick(bound, |report| match report {
                Report::Capacity(capacity) => Some(capacity),
                _ => None,
            });
            let (Some(report), true) = (reports.pop(), reports.is_empty()) else {
                return Err("several files of capacity were found; one is expected".to_owned());
            };
            if let (Some(found), Some(expected)) = (&report.service, &config.service.name)
                && found != expected
            {
                let found = shown(found);
                return Err(format!("the capacity is that of service {found}, and this is {expected}"));
            }
            capacity::capacity(&report, rollout, config.settings.capacity.redundancy_percent, self.request.now)
        })
    }

    /// The instances: of the server that knows them, else out of one file or several.
    pub(super) fn health(&self, live: &mut Live) -> Result<Evidence<Health>> {
        self.running(&Kind::Health, live, |bound| {
            let reports = pick(bound, |report| match report {
                Report::Health(health) => Some(health),
                _ => None,
            });
            health::health(reports, &self.scope())
        })
    }

    /// The active alerts: of the Alertmanager, else out of one file or several.
    ///
    /// Before the first batch of a rollout nothing runs that could be told from the rest: all alerts of the service are about what the
    /// rollout would start into.
    pub(super) fn alerts(&self, dependencies: &Dependencies, live: &mut Live) -> Result<Evidence<Alerts>> {
        let config = &self.judge.config;
        let settings = &config.settings.alerts;
        let options = AlertOptions {
            severity_label: settings.severity_label.clone(),
            service_labels: settings.service_labels.clone(),
            scope: if self.nothing_is_gray() { Scope::default() } else { self.scope() },
            dependencies: dependencies.clone(),
            ignore: settings.ignore.clone(),
        };
        self.running(&Kind::Alerts, live, |bound| {
            let reports = pick(bound, |report| match report {
                Report::Alerts(alerts) => Some(alerts),
                _ => None,
            });
            Ok(alerts::alerts(reports, &options))
        })
    }

    /// The open incidents and active degradation plans: out of files, and what the ledger records.
    ///
    /// Where nobody expects them and no file is there, what the ledger records is all that is known. A ledger that could not be read
    /// adds nothing: its history says so.
    pub(super) fn incidents(
        &self,
        dependencies: &Dependencies,
        ledger: Option<Recorded<'_>>,
        expected: bool,
        notes: &mut Vec<String>,
    ) -> Result<Evidence<Incidents>> {
        let recorded = ledger.map_or(&[][..], |ledger| ledger.entries);
        let evidence = self.evidence(&Kind::Incidents, notes, |bound| {
            let reports = pick(bound, |report| match report {
                Report::Incidents(report) => Some(report),
                _ => None,
            });
            Ok(incidents::incidents(Some(reports), recorded, dependencies, self.request.now))
        })?;
        Ok(match ledger.filter(|_| !expected && evidence.status() == Status::Missing) {
            Some(ledger) => {
                Evidence::known(ledger.sources.to_vec(), incidents::incidents(None, recorded, dependencies, self.request.now))
            }
            None => evidence,
        })
    }

    /// The labels of the gray version and of the baseline: those of the settings, else what the definitions of the indicators say of
    /// this rollout.
    ///
    /// Fewer labels than a side has describe more than it. Of the gray side that counts too much; of the baseline it would excuse what
    /// may be gray, so that there it is all of the labels or none.
    fn scope(&self) -> Scope {
        let settings = &self.judge.config.settings.scope;
        let mut scope = Scope { gray: settings.gray.clone(), baseline: settings.baseline.clone() };
        if let (Some(slis), Some(moment)) = (&self.judge.slis, &self.request.moment) {
            let ((gray, _), (baseline, whole)) = (slis.gray.single_values(moment), slis.baseline.single_values(moment));
            if scope.gray.is_empty() {
                scope.gray = gray;
            }
            if scope.baseline.is_empty() && whole {
                scope.baseline = baseline;
            }
        }
        scope
    }
}

/// Samples are kadian's own format, so that they can say what they are of: whoever judges a batch by them must not have to guess.
fn says_what_it_is_of(samples: &SamplesReport, moment: &Moment) -> std::result::Result<(), String> {
    let keys = [
        ("service", samples.service.is_none()),
        ("version", samples.version.is_none()),
        ("batch", samples.batch.is_none() && moment.batch.is_some()),
    ];
    let silent: Vec<&str> = keys.iter().filter(|(_, silent)| *silent).map(|(key, _)| *key).collect();
    if silent.is_empty() {
        return Ok(());
    }
    let to = shown(&moment.to);
    let batch = moment.batch.map(|batch| format!(", `batch: {batch}`")).unwrap_or_default();
    let silent = silent.join(" and which ");
    Err(format!(
        "the samples do not say which {silent} they are of: let them state `service`, `version: {to}`{batch}, if that is what they are of"
    ))
}

/// What the settings say about the canary.
pub(in crate::gate) fn canary_options(settings: &Settings) -> canary::Options {
    let CanarySettings { judge, alpha, counts_margin, samples_margin, minimum_events, minimum_samples, ref kayenta, .. } =
        settings.canary;
    canary::Options {
        judge,
        alpha,
        margin_counts: counts_margin,
        margin_samples: samples_margin,
        minimum_events,
        minimum_values: minimum_samples,
        soak: None,
        kayenta: canary::KayentaOptions {
            classifier: Classifier { tolerance: kayenta.tolerance, confidence: kayenta.confidence, ..Classifier::default() },
            gaps_are_zero: kayenta.gaps_are_zero,
            remove_outliers: kayenta.remove_outliers,
            group_weights: kayenta.group_weights.clone(),
            pass: kayenta.pass,
            marginal: kayenta.marginal,
            ..canary::KayentaOptions::default()
        },
    }
}
