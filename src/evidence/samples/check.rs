//! What every file of samples must keep, whatever its format.

use std::collections::BTreeSet;

use super::{CountSeries, MetricSeries, SamplesReport, Series};
use crate::evidence::ReadError;
use crate::evidence::text::shown;
use crate::facts::{Signal, Worse};

const MAX_METRICS: usize = 10_000;
/// A step longer than a week is a mistake of unit.
const MAX_STEP_SECONDS: u64 = 7 * 24 * 3600;
const MAX_TEXT: usize = 500;
/// Above this, events are no longer counted exactly.
const MAX_EVENTS: f64 = 9_007_199_254_740_992.0;

/// The report, or its first fault.
pub(super) fn checked(report: SamplesReport) -> Result<SamplesReport, ReadError> {
    let fault = |message: String| Err(ReadError::whole(message));
    if report.step_seconds == 0 || report.step_seconds > MAX_STEP_SECONDS {
        return fault(format!("step_seconds is {}: expected 1 to {MAX_STEP_SECONDS}", report.step_seconds));
    }
    if report.metrics.is_empty() {
        return fault("the file holds no metric: nothing was measured".to_owned());
    }
    if report.metrics.len() > MAX_METRICS {
        return fault(format!("{} metrics: at most {MAX_METRICS} are read", report.metrics.len()));
    }
    let mut seen = BTreeSet::new();
    for (at, metric) in report.metrics.iter().enumerate() {
        let place = format!("metrics[{at}] ({})", shown(&metric.name));
        if let Some(message) = broken(metric) {
            return fault(format!("{place}: {message}"));
        }
        if !seen.insert((&metric.name, &metric.api, &metric.segment, &metric.channel)) {
            return fault(format!("{place}: the same name, api, segment and channel stand twice"));
        }
    }
    let steps = report.metrics.iter().map(|metric| metric.series.steps()).max().unwrap_or(0) as u64;
    let seconds = i64::try_from(steps.saturating_mul(report.step_seconds)).unwrap_or(i64::MAX);
    if report.start.as_second().checked_add(seconds).is_none_or(|end| jiff::Timestamp::from_second(end).is_err()) {
        return fault(format!("{steps} steps of {} seconds after {} are beyond the calendar", report.step_seconds, report.start));
    }
    Ok(report)
}

/// The bad direction of a signal where nobody states it: less throughput is bad, more of anything else.
pub(super) fn usual_worse(signal: Option<Signal>) -> Worse {
    if signal == Some(Signal::Throughput) { Worse::Down } else { Worse::Up }
}

fn broken(metric: &MetricSeries) -> Option<String> {
    let texts = [Some(&metric.name), metric.api.as_ref(), metric.channel.as_ref(), metric.unit.as_ref()];
    if metric.name.trim().is_empty() {
        return Some("`name` is empty".to_owned());
    }
    if texts.into_iter().flatten().chain(metric.segment.iter().flat_map(|(key, value)| [key, value])).any(|t| t.len() > MAX_TEXT)
    {
        return Some(format!("a name is longer than {MAX_TEXT} bytes"));
    }
    if metric.margin.is_some_and(|margin| !(0.0..=1000.0).contains(&margin)) {
        return Some("`margin` must lie between 0 and 1000; 0.1 accepts a tenth more than the baseline".to_owned());
    }
    if metric.required_channels == Some(0) {
        return Some("`required_channels` must be at least 1".to_owned());
    }
    match &metric.series {
        Series::Counts { gray, baseline } => {
            if metric.floor.is_some_and(|floor| !(0.0..=1.0).contains(&floor)) {
                return Some("`floor` is a share of bad events: it must lie between 0 and 1".to_owned());
            }
            side("gray", gray).or_else(|| side("baseline", baseline)).or_else(|| {
                let (gray, baseline) = (gray.good.len(), baseline.good.len());
                (gray != baseline).then(|| {
                    format!("gray has {gray} steps and baseline {baseline}: each position is one step, and a gap is written null")
                })
            })
        }
        Series::Samples { gray, baseline } => {
            if metric.floor.is_some_and(|floor| !floor.is_finite()) {
                return Some("`floor` must be a number".to_owned());
            }
            let infinite = |values: &[Option<f64>]| values.iter().flatten().position(|value| !value.is_finite());
            infinite(gray).or_else(|| infinite(baseline)).map(|at| format!("value {at} is not finite: a gap is written null"))
        }
    }
}

fn side(name: &str, counts: &CountSeries) -> Option<String> {
    let (good, bad) = (counts.good.len(), counts.bad.len());
    if good != bad {
        return Some(format!(
            "{name} has {good} values of good and {bad} of bad: each position is one step, and a gap is written null"
        ));
    }
    let wrong = |value: &Option<f64>| value.is_some_and(|value| !(0.0..=MAX_EVENTS).contains(&value));
    counts.good.iter().chain(&counts.bad).any(wrong).then(|| format!("{name}: a count is negative, not finite or above 2^53"))
}
