//! What the simulated services do.

use std::collections::BTreeMap;

use jiff::Timestamp;
use kadian::evidence::samples::{CountSeries, MetricSeries, SamplesReport, Series};
use kadian::facts::{Signal, Worse};

use crate::random::Random;

/// Looks of one rollout: one a step.
pub(crate) const STEPS: usize = 50;

/// Errors of requests, gray beside baseline.
#[derive(Clone, Copy)]
pub(crate) struct Errors {
    /// Requests a step on both sides together.
    pub traffic: f64,
    /// The gray share at the first and at the last step.
    pub share: [f64; 2],
    /// The baseline's share of errors at the first and at the last step.
    pub rate: [f64; 2],
    /// The gray rate over the baseline's, and the gray rate where the baseline has none.
    pub ratio: f64,
    pub fresh: f64,
    /// The amplitude of a daily pattern of the rate.
    pub daily: f64,
    /// The mean number of errors with one cause.
    pub cluster: f64,
}

pub(crate) const ERRORS: Errors =
    Errors { traffic: 5_000.0, share: [0.1, 0.1], rate: [0.005, 0.005], ratio: 1.0, fresh: 0.0, daily: 0.0, cluster: 1.0 };

/// A latency, one value a step.
#[derive(Clone, Copy)]
pub(crate) struct Latency {
    /// The gray level over the baseline's.
    pub ratio: f64,
    /// The standard deviation of the logarithm, and how many times as large the gray one is.
    pub noise: f64,
    pub spread: f64,
    /// By how much the level rises over all steps, on both sides.
    pub drift: f64,
    /// The amplitude of a daily pattern on both sides.
    pub daily: f64,
    /// The autocorrelation of the noise of each side.
    pub memory: f64,
    /// The part of steps that a side does not report.
    pub gaps: f64,
}

pub(crate) const LATENCY: Latency =
    Latency { ratio: 1.0, noise: 0.1, spread: 1.0, drift: 0.0, daily: 0.0, memory: 0.0, gaps: 0.0 };

/// The usual level of the latency in seconds.
const LEVEL: f64 = 0.4;

#[derive(Clone, Copy)]
pub(crate) enum Model {
    Errors(Errors),
    Latency(Latency),
}

impl Model {
    pub(crate) fn series(self, random: &mut Random) -> Series {
        match self {
            Model::Errors(errors) => errors.series(random),
            Model::Latency(latency) => latency.series(random),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a step")]
fn along(ends: [f64; 2], step: usize) -> f64 {
    ends[0] + (ends[1] - ends[0]) * step as f64 / (STEPS - 1) as f64
}

/// One and a half days over all steps.
#[expect(clippy::cast_precision_loss, reason = "a step")]
fn day(step: usize) -> f64 {
    (3.0 * std::f64::consts::PI * step as f64 / STEPS as f64).sin()
}

impl Errors {
    fn series(self, random: &mut Random) -> Series {
        let (mut gray, mut baseline) = (CountSeries::default(), CountSeries::default());
        for step in 0..STEPS {
            let share = along(self.share, step);
            let rate = along(self.rate, step) * (1.0 + self.daily * day(step));
            for (side, share, rate) in [(&mut gray, share, rate * self.ratio + self.fresh), (&mut baseline, 1.0 - share, rate)] {
                let requests = random.poisson(self.traffic * share);
                let causes = random.poisson(requests * rate / self.cluster);
                let mut bad = 0.0;
                let mut left = causes;
                while left > 0.0 {
                    bad += if self.cluster > 1.0 { random.geometric(self.cluster) } else { 1.0 };
                    left -= 1.0;
                }
                let bad = bad.min(requests);
                side.good.push(Some(requests - bad));
                side.bad.push(Some(bad));
            }
        }
        Series::Counts { gray, baseline }
    }
}

impl Latency {
    fn series(self, random: &mut Random) -> Series {
        let mut side = |ratio: f64, noise: f64| -> Vec<Option<f64>> {
            let mut state = random.normal();
            (0..STEPS)
                .map(|step| {
                    if step > 0 {
                        state = self.memory * state + (1.0 - self.memory * self.memory).sqrt() * random.normal();
                    }
                    let common = LEVEL * along([1.0, 1.0 + self.drift], step) * (1.0 + self.daily * day(step));
                    (random.uniform() >= self.gaps).then(|| common * ratio * (noise * state).exp())
                })
                .collect()
        };
        let gray = side(self.ratio, self.noise * self.spread);
        let baseline = side(1.0, self.noise);
        Series::Samples { gray, baseline }
    }
}

/// A report of one metric that accepts `margin`.
pub(crate) fn report(series: Series, margin: f64) -> SamplesReport {
    let metric = MetricSeries {
        name: "metric".to_owned(),
        signal: Some(Signal::Availability),
        api: None,
        segment: BTreeMap::new(),
        channel: None,
        required_channels: None,
        unit: None,
        worse: Worse::Up,
        margin: Some(margin),
        floor: None,
        critical: true,
        minimum: None,
        series,
    };
    SamplesReport {
        service: None,
        version: None,
        batch: None,
        start: Timestamp::UNIX_EPOCH,
        step_seconds: 60,
        planned_steps: Some(STEPS as u64),
        degraded: Vec::new(),
        metrics: vec![metric],
    }
}

/// The first `steps` steps of a report.
pub(crate) fn until(report: &SamplesReport, steps: usize) -> SamplesReport {
    let cut = |side: &[Option<f64>]| side[..steps.min(side.len())].to_vec();
    let cut_counts = |side: &CountSeries| CountSeries { good: cut(&side.good), bad: cut(&side.bad) };
    let mut report = report.clone();
    for metric in &mut report.metrics {
        metric.series = match &metric.series {
            Series::Counts { gray, baseline } => Series::Counts { gray: cut_counts(gray), baseline: cut_counts(baseline) },
            Series::Samples { gray, baseline } => Series::Samples { gray: cut(gray), baseline: cut(baseline) },
        };
    }
    report
}
