//! Who judges, and when each raises an alarm.

use kadian::analyze::canary::{Options, judge};
use kadian::evidence::samples::{CountSeries, SamplesReport, Series};
use kadian::facts::{Judge, Zone};

use crate::scenario::{STEPS, until};

/// The steps before which a Kayenta-style analysis is not looked at: with fewer values its interval is the range of the data.
const WARM_UP: usize = 8;
/// Checks in a row that a threshold has to be exceeded.
const IN_A_ROW: usize = 3;
/// The thresholds: a share of errors, a latency in seconds.
const ERROR_SHARE: f64 = 0.01;
const SECONDS: f64 = 0.5;

/// The step of the first alarm, from 1; `None` without one.
pub(crate) type Alarm = Option<usize>;

/// kadian's own judge. Its findings stay once they are made (a test of the judge holds it to that), so the first one can be
/// sought by halving.
pub(crate) fn sequential(report: &SamplesReport) -> Alarm {
    let options = Options::default();
    let found = |steps: usize| judge(&until(report, steps), &options).metrics.iter().any(|metric| metric.zone == Zone::Regressed);
    if !found(STEPS) {
        return None;
    }
    let (mut before, mut after) = (0, STEPS);
    while after - before > 1 {
        let middle = usize::midpoint(before, after);
        if found(middle) { after = middle } else { before = middle }
    }
    Some(after)
}

/// What kadian says of the whole rollout.
pub(crate) fn zone(report: &SamplesReport) -> Option<Zone> {
    judge(report, &Options::default()).metrics.first().map(|metric| metric.zone)
}

/// Kayenta's classification, looked at after every step.
pub(crate) fn kayenta(report: &SamplesReport) -> Alarm {
    let options = Options { judge: Judge::MannWhitney, ..Options::default() };
    let found =
        |steps: &usize| judge(&until(report, *steps), &options).metrics.iter().any(|metric| metric.zone == Zone::Regressed);
    (WARM_UP..=STEPS).find(found)
}

/// A fixed threshold on the gray side, exceeded several times in a row.
pub(crate) fn threshold(report: &SamplesReport) -> Alarm {
    let exceeded: Vec<bool> = match &report.metrics.first()?.series {
        Series::Counts { gray, .. } => shares(gray).map(|share| share > ERROR_SHARE).collect(),
        Series::Samples { gray, .. } => gray.iter().map(|value| value.is_some_and(|value| value > SECONDS)).collect(),
    };
    let first = exceeded.windows(IN_A_ROW).position(|window| window.iter().all(|exceeded| *exceeded))?;
    Some(first + IN_A_ROW)
}

fn shares(side: &CountSeries) -> impl Iterator<Item = f64> {
    side.good
        .iter()
        .flatten()
        .zip(side.bad.iter().flatten())
        .map(|(good, bad)| if good + bad > 0.0 { bad / (good + bad) } else { 0.0 })
}
