//! From the metrics of single channels to service level indicators (requirements D2, F3).

use std::collections::BTreeMap;

use super::measured::measured;
use crate::evidence::samples::{MetricSeries, SamplesReport};
use crate::facts::{CanaryMetric, Indicator, Measured, Soak, Zone};

/// Name, API and segment.
type Name<'a> = (&'a str, Option<&'a str>, Option<&'a str>);

/// The indicators that the metrics measure, by name, API and segment.
///
/// Of several channels the worst one with data speaks: a server sees faults behind a status of 200, a load balancer sees dead
/// processes, and neither sees everything. Channels without data are named as lost. An indicator is critical, and asks for as many
/// channels, as its most demanding metric says.
#[must_use]
pub(super) fn indicators(metrics: &[CanaryMetric], report: &SamplesReport, soak: Option<Soak>) -> Vec<Indicator> {
    let mut required: BTreeMap<Name<'_>, u64> = BTreeMap::new();
    let mut channels: BTreeMap<Name<'_>, Vec<&MetricSeries>> = BTreeMap::new();
    let segments: Vec<Option<String>> = report.metrics.iter().map(segment).collect();
    for (series, segment) in report.metrics.iter().zip(&segments) {
        let name = (series.name.as_str(), series.api.as_deref(), segment.as_deref());
        let wanted = required.entry(name).or_insert(1);
        *wanted = (*wanted).max(series.required_channels.unwrap_or(1));
        channels.entry(name).or_default().push(series);
    }
    let mut groups: BTreeMap<Name<'_>, Vec<&CanaryMetric>> = BTreeMap::new();
    for metric in metrics {
        groups.entry((&metric.name, metric.api.as_deref(), metric.segment.as_deref())).or_default().push(metric);
    }
    let indicator = |(name, group): (Name<'_>, Vec<&CanaryMetric>)| {
        let required = required.get(&name).copied().unwrap_or(1);
        let channels = channels.get(&name).map_or(&[][..], Vec::as_slice);
        one(&group, required, measured(channels, required, report, soak))
    };
    groups.into_iter().filter_map(indicator).collect()
}

/// The labels of a part of the traffic as one text, `region=east,zone=a`; `None` for all of it.
#[must_use]
pub(super) fn segment(series: &MetricSeries) -> Option<String> {
    if series.segment.is_empty() {
        return None;
    }
    let labels: Vec<String> = series.segment.iter().map(|(label, value)| format!("{label}={value}")).collect();
    Some(labels.join(","))
}

fn one(group: &[&CanaryMetric], required_channels: u64, measured: Measured) -> Option<Indicator> {
    let worst = group.iter().max_by_key(|metric| gravity(metric.zone))?;
    let names = |lost: bool| -> Vec<String> {
        let of = group.iter().filter(|metric| (metric.zone == Zone::NoData) == lost);
        let mut names: Vec<String> =
            of.map(|metric| metric.channel.clone().unwrap_or_else(|| "the only channel".to_owned())).collect();
        names.sort();
        names
    };
    Some(Indicator {
        name: worst.name.clone(),
        signal: worst.signal,
        api: worst.api.clone(),
        segment: worst.segment.clone(),
        critical: group.iter().any(|metric| metric.critical),
        zone: worst.zone,
        channel: worst.channel.clone(),
        effect: worst.effect,
        interval: worst.interval,
        margin: worst.margin,
        needed: worst.needed.clone(),
        reason: worst.reason.clone(),
        channels: names(false),
        lost: names(true),
        required_channels,
        measured,
    })
}

/// No data speaks only where no channel has any.
fn gravity(zone: Zone) -> u8 {
    match zone {
        Zone::NoData => 0,
        Zone::Equivalent => 1,
        Zone::Undecided => 2,
        Zone::Regressed => 3,
    }
}
