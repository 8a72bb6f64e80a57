//! Pictures of the metrics that were judged.

use std::cmp::Reverse;

use crate::decide::Chart;
use crate::evidence::samples::{CountSeries, MetricSeries, SamplesReport, Series};
use crate::facts::{Canary, CanaryMetric, Zone};

/// A decision carries at most so many; the rest of the metrics stand in the input document.
const MOST: usize = 24;

/// A chart for each metric, those first that a person has to look at: regressed, without data, undecided; critical before others.
pub(super) fn charts(samples: &SamplesReport, canary: &Canary) -> Vec<Chart> {
    let mut metrics: Vec<&CanaryMetric> = canary.metrics.iter().collect();
    metrics.sort_by_key(|metric| (Reverse(urgency(metric.zone)), !metric.critical));
    metrics.truncate(MOST);
    metrics.into_iter().filter_map(|metric| chart(samples, metric)).collect()
}

fn urgency(zone: Zone) -> u8 {
    match zone {
        Zone::Equivalent => 0,
        Zone::Undecided => 1,
        Zone::NoData => 2,
        Zone::Regressed => 3,
    }
}

fn chart(samples: &SamplesReport, metric: &CanaryMetric) -> Option<Chart> {
    let series = &samples.metrics.iter().find(|series| same(series, metric))?.series;
    let (gray, baseline) = match series {
        Series::Counts { gray, baseline } => (shares(gray), shares(baseline)),
        Series::Samples { gray, baseline } => (gray.clone(), baseline.clone()),
    };
    Some(Chart::of(metric, samples.start, samples.step_seconds, gray, baseline))
}

fn same(series: &MetricSeries, metric: &CanaryMetric) -> bool {
    let segment = metric.segment.as_deref().unwrap_or_default();
    let labels: Vec<String> = series.segment.iter().map(|(label, value)| format!("{label}={value}")).collect();
    series.name == metric.name && series.api == metric.api && series.channel == metric.channel && labels.join(",") == segment
}

/// The share of bad events in each step; a step without events has none.
fn shares(counts: &CountSeries) -> Vec<Option<f64>> {
    let share = |(good, bad): (&Option<f64>, &Option<f64>)| {
        let (good, bad) = (*good.as_ref()?, *bad.as_ref()?);
        (good + bad > 0.0).then(|| bad / (good + bad))
    };
    counts.good.iter().zip(&counts.bad).map(share).collect()
}
