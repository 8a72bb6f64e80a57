//! Whether the gray version is worse than the baseline.

mod indicators;

use crate::evidence::samples::SamplesReport;
use crate::facts::{Canary, Judge};

pub use indicators::indicators;

/// What the judge is told beside the samples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    pub judge: Judge,
    /// The chance of a false alarm over all metrics and looks.
    pub alpha: f64,
    /// For counting metrics that state none.
    pub counts_margin: f64,
    /// For sampled metrics that state none.
    pub samples_margin: f64,
    pub minimum_events: u64,
    pub minimum_samples: u64,
}

/// Judges nothing yet.
#[must_use]
pub fn judge(report: &SamplesReport, options: &Options) -> Canary {
    let metrics = Vec::new();
    Canary {
        service: report.service.clone(),
        version: report.version.clone(),
        batch: report.batch,
        start: report.start,
        end: report.end(),
        step_seconds: report.step_seconds,
        judge: options.judge,
        alpha: options.alpha,
        indicators: indicators(&metrics, report),
        metrics,
        degraded: report.degraded.clone(),
    }
}
