//! The newest part of a series: an hour of good steps proves nothing of an outage in its last minutes.
//!
//! The judge's evidence is of the whole time. What is found here never makes a regression; it keeps a metric from being called
//! equivalent while its end looks otherwise.

use super::samples::usable;
use crate::evidence::samples::{CountSeries, MetricSeries, Series};
use crate::facts::Worse;

/// A side that says nothing for this part of all steps at the end, and at least for [`FEWEST`] steps, is gone.
const GONE: usize = 20;
const FEWEST: usize = 2;
/// The parts of the series that are looked at, beside its last steps.
const PARTS: [usize; 2] = [10, 40];
const LAST: usize = 3;
/// Standard errors beyond the accepted ratio from which the end of a series of counts looks worse.
const FAR: f64 = 3.0;

/// Why the end of the series speaks against equivalence; `None` where it does not.
pub(super) fn doubt(metric: &MetricSeries, margin: f64) -> Option<String> {
    let (gray, baseline) = match &metric.series {
        Series::Counts { gray, baseline } => (traffic(gray), traffic(baseline)),
        Series::Samples { gray, baseline } => (present(gray), present(baseline)),
    };
    gone(&gray, &baseline).or_else(|| match &metric.series {
        Series::Counts { gray, baseline } => counts(gray, baseline, metric.worse, margin),
        Series::Samples { gray, baseline } => samples(gray, baseline, metric.worse, margin),
    })
}

fn traffic(side: &CountSeries) -> Vec<bool> {
    side.good.iter().zip(&side.bad).map(|(good, bad)| good.zip(*bad).is_some_and(|(good, bad)| good + bad > 0.0)).collect()
}

fn present(side: &[Option<f64>]) -> Vec<bool> {
    side.iter().map(|value| usable(*value).is_some()).collect()
}

/// One side ends while the other goes on.
fn gone(gray: &[bool], baseline: &[bool]) -> Option<String> {
    let steps = gray.len().max(baseline.len());
    let last = |side: &[bool]| side.iter().rposition(|present| *present).map_or(0, |at| at + 1);
    let (gray_end, baseline_end) = (last(gray), last(baseline));
    let silent = gray_end.abs_diff(baseline_end);
    let who = if gray_end < baseline_end { "the gray version" } else { "the baseline" };
    (silent >= FEWEST && silent * GONE >= steps).then(|| format!("{who} says nothing in the last {silent} steps"))
}

/// The windows at the end of a series, in steps.
fn windows(steps: usize) -> Vec<usize> {
    let mut windows: Vec<usize> = PARTS.iter().map(|part| steps / part).chain([LAST]).filter(|window| *window >= LAST).collect();
    windows.retain(|window| 2 * window <= steps);
    windows.dedup();
    windows
}

fn counts(gray: &CountSeries, baseline: &CountSeries, worse: Worse, margin: f64) -> Option<String> {
    let steps = gray.good.len().min(baseline.good.len());
    windows(steps).into_iter().find_map(|window| {
        let (mut requests, mut bad) = ([0.0; 2], [0.0; 2]);
        for at in steps - window..steps {
            let step = |side: &CountSeries| Some((side.good.get(at).copied()??, side.bad.get(at).copied()??));
            if let (Some(gray), Some(baseline)) = (step(gray), step(baseline)) {
                for (index, (good, failed)) in [gray, baseline].into_iter().enumerate() {
                    requests[index] += good + failed;
                    bad[index] += failed;
                }
            }
        }
        let share = requests[0] / (requests[0] + requests[1]);
        let all = bad[0] + bad[1];
        // Given the bad events, the gray ones are binomial; beyond the accepted ratio in the bad direction they are too many.
        let beyond = |ratio: f64| {
            let theta = share * ratio / (1.0 - share + share * ratio);
            (bad[0] - all * theta) / (all * theta * (1.0 - theta)).sqrt()
        };
        let up = beyond(1.0 + margin) > FAR;
        let down = -beyond(1.0 / (1.0 + margin)) > FAR;
        let found = match worse {
            Worse::Up => up,
            Worse::Down => down,
            Worse::Either => up || down,
        };
        found.then(|| format!("its last {window} steps look worse than the rest"))
    })
}

fn samples(gray: &[Option<f64>], baseline: &[Option<f64>], worse: Worse, margin: f64) -> Option<String> {
    let mut usual: Vec<f64> = baseline.iter().filter_map(|value| usable(*value)).collect();
    usual.sort_unstable_by(f64::total_cmp);
    let (low, middle, high) = (usual.get(usual.len() / 10)?, usual.get(usual.len() / 2)?, usual.get(usual.len() * 9 / 10)?);
    let (low, high) = (low - margin * middle.abs(), high + margin * middle.abs());
    windows(gray.len()).into_iter().find_map(|window| {
        let values: Vec<f64> = gray[gray.len() - window..].iter().filter_map(|value| usable(*value)).collect();
        let outside = |value: &&f64| match worse {
            Worse::Up => **value > high,
            Worse::Down => **value < low,
            Worse::Either => **value > high || **value < low,
        };
        let many = values.iter().filter(outside).count();
        (values.len() >= LAST && 2 * many > values.len()).then(|| format!("its last {window} steps look worse than the rest"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(steps: &[(f64, f64)]) -> CountSeries {
        CountSeries {
            good: steps.iter().map(|step| Some(step.0)).collect(),
            bad: steps.iter().map(|step| Some(step.1)).collect(),
        }
    }

    #[test]
    fn an_outage_at_the_end_of_a_long_series_is_seen() {
        for (steps, out) in [(60, 2), (240, 3), (1440, 4)] {
            let baseline = counted(&vec![(9900.0, 100.0); steps]);
            let mut gray = vec![(9900.0, 100.0); steps];
            assert_eq!(counts(&counted(&gray), &baseline, Worse::Up, 0.5), None);
            gray[steps - out..].fill((0.0, 10_000.0));
            assert!(counts(&counted(&gray), &baseline, Worse::Up, 0.5).is_some(), "{steps}");
            let (mut slow, usual) = (vec![Some(0.1); steps], vec![Some(0.1); steps]);
            assert_eq!(samples(&slow, &usual, Worse::Up, 0.1), None);
            slow[steps - out..].fill(Some(1.0));
            assert!(samples(&slow, &usual, Worse::Up, 0.1).is_some(), "{steps}");
            assert_eq!(samples(&slow, &usual, Worse::Down, 0.1), None);
        }
    }

    #[test]
    fn a_side_that_ends_while_the_other_goes_on_is_gone() {
        assert_eq!(gone(&[true; 30], &[true; 30]), None);
        assert_eq!(gone(&[&[true; 29][..], &[false; 1]].concat(), &[true; 30]), None);
        assert!(gone(&[&[true; 28][..], &[false; 2]].concat(), &[true; 30]).is_some_and(|reason| reason.contains("gray")));
        assert!(gone(&[true; 30], &[&[true; 12][..], &[false; 18]].concat()).is_some_and(|reason| reason.contains("baseline")));
    }
}
