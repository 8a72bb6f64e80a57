//! A metric of the gray version beside that of the baseline, as data for a picture. It explains a finding and decides nothing.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::facts::{CanaryMetric, Worse, Zone};

/// The course of one metric on both sides and what the judge made of it. Both series begin at `start`, one value for each step.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Chart {
    /// The metric with its API, segment and channel.
    pub title: String,
    /// The unit of the values; null for a share or a plain number.
    pub unit: Option<String>,
    /// Why the metric is in its zone, as one line.
    pub reason: String,
    pub zone: Zone,
    /// When the first step began.
    #[schemars(with = "String")]
    pub start: Timestamp,
    pub step_seconds: u64,
    /// The gray version, the one that is rolled out; null is a step without data.
    pub gray: Vec<Option<f64>>,
    /// The version that it is compared with.
    pub baseline: Vec<Option<f64>>,
    /// The change relative to the baseline, 0.25 for a quarter more; null when it cannot be stated.
    pub effect: Option<f64>,
    /// The interval around `effect`; an end is null where it is unbounded.
    pub interval: Option<[Option<f64>; 2]>,
    /// How much worse, relative to the baseline, is still accepted.
    pub margin: f64,
    /// The direction that is bad.
    pub worse: Worse,
}

impl Chart {
    /// How many values a side has at most after [`Chart::thin`]: more than a picture of this width can show apart.
    pub const MOST_POINTS: usize = 200;

    /// A judged metric with the values that were judged: for counted events the share of bad ones in each step. Series that are
    /// longer than [`Chart::MOST_POINTS`] are thinned.
    #[must_use]
    pub fn of(
        metric: &CanaryMetric,
        start: Timestamp,
        step_seconds: u64,
        gray: Vec<Option<f64>>,
        baseline: Vec<Option<f64>>,
    ) -> Chart {
        let channel = metric.channel.as_ref().map(|channel| format!("seen at {channel}"));
        let narrowed: Vec<String> = [&metric.api, &metric.segment, &channel].into_iter().flatten().cloned().collect();
        let title = if narrowed.is_empty() { metric.name.clone() } else { format!("{} ({})", metric.name, narrowed.join(", ")) };
        Chart {
            title,
            unit: metric.unit.clone(),
            reason: metric.reason.clone(),
            zone: metric.zone,
            start,
            step_seconds,
            gray,
            baseline,
            effect: metric.effect,
            interval: metric.interval,
            margin: metric.margin,
            worse: metric.worse,
        }
        .thin()
    }

    /// The same chart as small as a picture needs it: at most [`Chart::MOST_POINTS`] steps, six digits to a number.
    ///
    /// No peak and no dip is lost: each stretch of steps leaves its lowest and its highest value, in the order in which they came. A
    /// gap that fills its stretch stays one; a shorter one may close. Numbers of few digits also survive being read back from the
    /// record by any reader of JSON, so that its digest can be verified.
    #[must_use]
    pub fn thin(mut self) -> Chart {
        let steps = self.gray.len().max(self.baseline.len());
        if steps > Chart::MOST_POINTS {
            // A stretch becomes two steps of half its length.
            let half = steps.div_ceil(Chart::MOST_POINTS / 2 * 2);
            self.gray = extremes(&self.gray, half);
            self.baseline = extremes(&self.baseline, half);
            self.step_seconds = self.step_seconds.saturating_mul(u64::try_from(half).unwrap_or(u64::MAX));
        }
        self.gray.iter_mut().chain(&mut self.baseline).flatten().for_each(|value| *value = rounded(*value));
        self.effect = self.effect.map(rounded);
        self.interval = self.interval.map(|ends| ends.map(|end| end.map(rounded)));
        self.margin = rounded(self.margin);
        self
    }
}

/// Six significant digits, by way of decimal text, which rounds alike on every machine.
fn rounded(number: f64) -> f64 {
    format!("{number:.5e}").parse().unwrap_or(number)
}

/// Two values for each stretch of `2 * half` steps: the lowest and the highest in the order in which they came; a value that is
/// alone stands in its own half.
fn extremes(series: &[Option<f64>], half: usize) -> Vec<Option<f64>> {
    let mut out = Vec::new();
    for stretch in series.chunks(half.saturating_mul(2).max(2)) {
        let values = || {
            let finite = |(at, value): (usize, &Option<f64>)| value.filter(|value| value.is_finite()).map(|value| (at, value));
            stretch.iter().enumerate().filter_map(finite)
        };
        // Of equal values the first counts as the lowest and the last as the highest, so that a level line keeps both ends.
        let lowest = values().reduce(|low, next| if next.1 < low.1 { next } else { low });
        let highest = values().reduce(|high, next| if next.1 >= high.1 { next } else { high });
        let pair = match (lowest, highest) {
            (Some(low), Some(high)) if low.0 < high.0 => [Some(low.1), Some(high.1)],
            (Some(low), Some(high)) if low.0 > high.0 => [Some(high.1), Some(low.1)],
            (Some((at, value)), _) if at < half => [Some(value), None],
            (Some((_, value)), _) => [None, Some(value)],
            (None, _) => [None, None],
        };
        out.extend(pair);
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::facts::{SampleCounts, SeriesKind, Side, Signal};

    fn metric() -> CanaryMetric {
        CanaryMetric {
            name: "errors".into(),
            signal: Signal::Availability,
            api: None,
            segment: None,
            channel: None,
            kind: SeriesKind::Counts,
            unit: None,
            worse: Worse::Up,
            margin: 0.1,
            critical: true,
            zone: Zone::Undecided,
            effect: Some(0.2),
            interval: Some([Some(-0.1), None]),
            e_value: None,
            p_value: None,
            samples: SampleCounts::default(),
            gray: Side::default(),
            baseline: Side::default(),
            needed: None,
            reason: "too few".into(),
        }
    }

    fn chart(gray: Vec<Option<f64>>, baseline: Vec<Option<f64>>) -> Chart {
        Chart::of(&metric(), Timestamp::UNIX_EPOCH, 60, gray, baseline)
    }

    #[test]
    fn the_title_says_what_the_metric_is_of() {
        let narrowed = CanaryMetric {
            api: Some("GET /pay".into()),
            segment: Some("region=east".into()),
            channel: Some("probe".into()),
            ..metric()
        };
        assert_eq!(chart(vec![], vec![]).title, "errors");
        let title = Chart::of(&narrowed, Timestamp::UNIX_EPOCH, 60, vec![], vec![]).title;
        assert_eq!(title, "errors (GET /pay, region=east, seen at probe)");
    }

    #[test]
    fn two_hundred_points_stay_and_more_are_thinned() {
        let level = |n| chart(vec![Some(1.0); n], vec![]);
        assert_eq!((level(200).gray.len(), level(200).step_seconds), (200, 60));
        let thinned = level(201);
        assert_eq!((thinned.gray.len(), thinned.step_seconds), (102, 120));
        assert_eq!(thinned.clone().thin(), thinned);
    }

    #[test]
    fn a_stretch_keeps_its_extremes_in_order_and_its_whole_gaps() {
        let some = |values: &[f64]| values.iter().map(|v| if v.is_nan() { None } else { Some(*v) }).collect::<Vec<_>>();
        let gap = f64::NAN;
        assert_eq!(extremes(&some(&[3.0, 9.0, 1.0, 4.0]), 2), [Some(9.0), Some(1.0)]);
        assert_eq!(extremes(&some(&[5.0, 5.0, 5.0, 5.0]), 2), [Some(5.0), Some(5.0)]);
        assert_eq!(extremes(&some(&[gap, gap, gap, gap]), 2), [None, None]);
        assert_eq!(extremes(&some(&[gap, gap, gap, 7.0]), 2), [None, Some(7.0)]);
        assert_eq!(extremes(&[Some(f64::INFINITY), Some(2.0)], 2), [Some(2.0), None]);
    }

    #[test]
    fn numbers_keep_six_digits() {
        let third = chart(vec![Some(1.0 / 3.0), Some(-2e7 / 3.0)], vec![Some(1_724_999.999_999_999_8), Some(0.0), None]);
        assert_eq!(third.gray, [Some(0.333_333), Some(-6_666_670.0)]);
        assert_eq!(third.baseline, [Some(1_725_000.0), Some(0.0), None]);
        assert!(rounded(f64::NAN).is_nan() && rounded(f64::INFINITY) == f64::INFINITY && rounded(f64::MAX) < f64::MAX);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

        #[test]
        fn thinning_bounds_a_series_and_loses_no_extreme(
            gray in prop::collection::vec(prop::option::weighted(0.9, -1e6f64..1e6), 0..2_000),
            baseline in prop::collection::vec(prop::option::weighted(0.5, -1e6f64..1e6), 0..500),
        ) {
            let thinned = chart(gray.clone(), baseline.clone());
            for (before, after) in [(gray, thinned.gray), (baseline, thinned.baseline)] {
                prop_assert!(after.len() <= Chart::MOST_POINTS);
                let ends = |series: &[Option<f64>]| {
                    let all = || series.iter().copied().flatten();
                    (all().reduce(f64::min), all().reduce(f64::max))
                };
                let (low, high) = ends(&before);
                prop_assert_eq!((low.map(rounded), high.map(rounded)), ends(&after));
            }
        }
    }
}
