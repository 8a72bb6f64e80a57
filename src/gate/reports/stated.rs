//! What a report says of itself: its time, its commit, and of what it tells.

use jiff::Timestamp;
use serde_json::Value;

use crate::analyze::binding::{Look, Shows};
use crate::collect::files::Report;
use crate::evidence::logs::Side;

/// What a report says about its own making.
pub(in crate::gate) trait Stated {
    fn made_at(&self) -> Option<Timestamp>;
    /// The newest time that it tells of, where that may be later than when it was made.
    fn newest(&self) -> Option<Timestamp>;
    /// The last moment that its time can mean, where that has no zone.
    fn latest(&self) -> Option<Timestamp>;
    /// What it shows of the running service, by a file that was last changed at that time.
    fn look(&self, modified: Option<Timestamp>) -> Option<Look>;
    fn commit(&self) -> Option<&str>;
    fn binds_itself(&self) -> bool;
}

impl Stated for Report {
    fn made_at(&self) -> Option<Timestamp> {
        match self {
            Report::Tests(tests) => tests.made_at,
            Report::Coverage(coverage) => coverage.made_at,
            Report::Scan(scan) => scan.made_at,
            Report::Canary(samples) => Some(samples.end()),
            Report::Slo(slo) => Some(slo.at),
            Report::Capacity(capacity) => Some(capacity.at),
            Report::Incidents(incidents) => Some(incidents.at),
            Report::TableStats(tables) => Some(tables.collected_at),
            Report::Estimates(estimates) => Some(estimates.collected_at),
            Report::Health(health) => health.made_at,
            Report::LogRecord(record) => record.made_at(),
            Report::Log(log) => log.made_at(),
            Report::Alerts(_) | Report::Review(_) | Report::Sql(_) | Report::DatabaseChecklist(_) => None,
        }
    }

    fn newest(&self) -> Option<Timestamp> {
        match self {
            Report::Tests(tests) => tests.newest(),
            Report::Coverage(coverage) => coverage.made_at.or(coverage.made_within.map(|[first, _]| first)),
            Report::Scan(scan) => scan.made_at.or(scan.made_within.map(|[first, _]| first)),
            Report::Alerts(alerts) => alerts.active.iter().map(|alert| alert.starts_at).max(),
            _ => self.made_at(),
        }
    }

    fn latest(&self) -> Option<Timestamp> {
        match self {
            Report::Coverage(coverage) => coverage.made_within.map(|[_, last]| last),
            Report::Scan(scan) => scan.made_within.map(|[_, last]| last),
            _ => None,
        }
    }

    /// A log tells of the time until it was fetched, because a healthy service may log nothing for long: its last entry only shows that
    /// it reaches as far as that. Samples are bound by their steps, and by the rules of the batch.
    fn look(&self, modified: Option<Timestamp>) -> Option<Look> {
        let last = self.made_at().filter(|last| modified.is_none_or(|modified| *last > modified));
        let (shows, until) = match self {
            Report::Health(_) | Report::Alerts(_) | Report::Slo(_) => (Shows::Gray, self.made_at()),
            Report::LogRecord(record) if record.at.is_some() => (Shows::Gray, record.at),
            Report::LogRecord(_) => (Shows::Gray, last),
            Report::Log(log) if log.side() == Side::Gray => (Shows::Gray, last),
            Report::Capacity(_) | Report::Incidents(_) => (Shows::Service, self.made_at()),
            Report::Log(_)
            | Report::Tests(_)
            | Report::Coverage(_)
            | Report::Scan(_)
            | Report::Review(_)
            | Report::Canary(_)
            | Report::Sql(_)
            | Report::DatabaseChecklist(_)
            | Report::TableStats(_)
            | Report::Estimates(_) => {
                return None;
            }
        };
        Some(Look { shows, until })
    }

    fn commit(&self) -> Option<&str> {
        match self {
            Report::Scan(scan) => scan.commit.as_deref(),
            Report::Tests(tests) => tests.commit.as_deref(),
            Report::Coverage(_)
            | Report::Review(_)
            | Report::Canary(_)
            | Report::Alerts(_)
            | Report::Health(_)
            | Report::Slo(_)
            | Report::Capacity(_)
            | Report::Incidents(_)
            | Report::TableStats(_)
            | Report::Estimates(_)
            | Report::Sql(_)
            | Report::DatabaseChecklist(_)
            | Report::LogRecord(_)
            | Report::Log(_) => None,
        }
    }

    fn binds_itself(&self) -> bool {
        match self {
            // How large a table is belongs to no commit; the settings say how old it may be. An estimate is of a statement's text.
            Report::Review(_) | Report::TableStats(_) | Report::Estimates(_) | Report::DatabaseChecklist(_) => true,
            // The version before the change wrote it, perhaps before there was a change.
            Report::Log(log) => log.side() == Side::Baseline,
            _ => false,
        }
    }
}

impl Stated for Value {
    fn made_at(&self) -> Option<Timestamp> {
        None
    }

    fn newest(&self) -> Option<Timestamp> {
        None
    }

    fn latest(&self) -> Option<Timestamp> {
        None
    }

    fn look(&self, _modified: Option<Timestamp>) -> Option<Look> {
        None
    }

    fn commit(&self) -> Option<&str> {
        None
    }

    fn binds_itself(&self) -> bool {
        false
    }
}
