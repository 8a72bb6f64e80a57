//! How long many long series take.

use std::time::Instant;

use kadian::analyze::canary::{Options, judge};
use kadian::evidence::samples::{CountSeries, MetricSeries, SamplesReport, Series};

use crate::random::Random;
use crate::scenario::report;

const METRICS: usize = 100;
const VALUES: usize = 100_000;

/// Seconds for 100 metrics of 100,000 values a side: samples, then counts.
pub(crate) fn measure() -> Vec<(&'static str, f64)> {
    let samples = many(|random| {
        let mut side = || (0..VALUES).map(|_| Some((0.1 * random.normal()).exp())).collect::<Vec<_>>();
        Series::Samples { gray: side(), baseline: side() }
    });
    let counts = many(|random| {
        let mut side = |requests: f64| CountSeries {
            good: vec![Some(requests); VALUES],
            bad: (0..VALUES).map(|_| Some(random.poisson(requests * 0.005))).collect(),
        };
        Series::Counts { gray: side(100.0), baseline: side(900.0) }
    });
    vec![
        ("100 metrics x 100,000 samples a side", time(&samples)),
        ("100 metrics x 100,000 steps of counts a side", time(&counts)),
    ]
}

fn many(series: impl Fn(&mut Random) -> Series) -> SamplesReport {
    let metric = |index: usize| MetricSeries {
        name: format!("metric {index:03}"),
        ..report(series(&mut Random::new(99, index as u64)), 0.1).metrics.swap_remove(0)
    };
    SamplesReport {
        metrics: (0..METRICS).map(metric).collect(),
        planned_steps: None,
        ..report(Series::Samples { gray: Vec::new(), baseline: Vec::new() }, 0.1)
    }
}

/// The best of three.
fn time(report: &SamplesReport) -> f64 {
    let once = || {
        let start = Instant::now();
        std::hint::black_box(judge(std::hint::black_box(report), &Options::default()));
        start.elapsed().as_secs_f64()
    };
    (0..3).map(|_| once()).fold(f64::INFINITY, f64::min)
}
