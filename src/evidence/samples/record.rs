//! What a file of samples says, before anything is judged.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::facts::{SeriesKind, Signal, Worse};

/// The samples of a gray version and of its baseline over the same steps.
#[derive(Debug, Clone, PartialEq)]
pub struct SamplesReport {
    pub service: Option<String>,
    /// The gray version.
    pub version: Option<String>,
    /// The number of the batch, from 1.
    pub batch: Option<u64>,
    /// When the first step began.
    pub start: Timestamp,
    pub step_seconds: u64,
    /// How many steps the plan foresees in all; `None` when nobody said.
    pub planned_steps: Option<u64>,
    /// What the sources warned of while they answered.
    pub degraded: Vec<String>,
    /// In the order of the file.
    pub metrics: Vec<MetricSeries>,
}

impl SamplesReport {
    /// The requests of gray and baseline, as the first metric counts them that counts events of the whole service over all of its
    /// traffic on both sides; `None` without one.
    #[must_use]
    pub fn requests(&self) -> Option<[f64; 2]> {
        let mut whole = self.metrics.iter().filter(|metric| metric.api.is_none() && metric.segment.is_empty());
        let totals = |counts: &CountSeries| {
            let steps = counts.good.iter().zip(&counts.bad).filter_map(|(good, bad)| Some((*good)? + (*bad)?));
            Some(steps.sum::<f64>()).filter(|total| *total > 0.0)
        };
        whole.find_map(|metric| match &metric.series {
            Series::Counts { gray, baseline } => Some([totals(gray)?, totals(baseline)?]),
            Series::Samples { .. } => None,
        })
    }

    /// When the last step of the longest metric ended.
    #[must_use]
    pub fn end(&self) -> Timestamp {
        let steps = self.metrics.iter().map(|metric| metric.series.steps()).max().unwrap_or(0) as u64;
        let seconds = i64::try_from(steps.saturating_mul(self.step_seconds)).unwrap_or(i64::MAX);
        self.start.checked_add(jiff::SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
    }
}

/// One metric on both sides.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricSeries {
    pub name: String,
    pub signal: Option<Signal>,
    pub api: Option<String>,
    /// The labels that single out a part of the traffic; empty for all of it.
    pub segment: BTreeMap<String, String>,
    /// Where it was measured.
    pub channel: Option<String>,
    /// How many channels of the same indicator must have data; `None` is one.
    pub required_channels: Option<u64>,
    pub unit: Option<String>,
    pub worse: Worse,
    /// Relative to the baseline; `None` leaves it to the settings.
    pub margin: Option<f64>,
    /// A share of bad events (or a value) that is good enough in itself, usually 1 - objective: what is proven to be below it is
    /// equivalent. A share that regressed still counts unless it is below a tenth of it.
    pub floor: Option<f64>,
    pub critical: bool,
    /// Events (counts: bad ones on both sides together; samples: values a side) below which nothing is decided.
    pub minimum: Option<u64>,
    pub series: Series,
}

/// The values, step by step. `None` is a gap: nobody measured.
#[derive(Debug, Clone, PartialEq)]
pub enum Series {
    Counts {
        gray: CountSeries,
        baseline: CountSeries,
    },
    /// The sides may have different lengths; a value at the same position is of the same step.
    Samples {
        gray: Vec<Option<f64>>,
        baseline: Vec<Option<f64>>,
    },
}

impl Series {
    #[must_use]
    pub fn kind(&self) -> SeriesKind {
        match self {
            Series::Counts { .. } => SeriesKind::Counts,
            Series::Samples { .. } => SeriesKind::Samples,
        }
    }

    /// How many steps the longer side has.
    #[must_use]
    pub fn steps(&self) -> usize {
        match self {
            Series::Counts { gray, baseline } => gray.good.len().max(baseline.good.len()),
            Series::Samples { gray, baseline } => gray.len().max(baseline.len()),
        }
    }
}

/// Good and bad events of one side, step by step; both lists are equally long. Events are finite and not negative; they may be
/// fractions, because rates multiplied by time are.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CountSeries {
    pub good: Vec<Option<f64>>,
    pub bad: Vec<Option<f64>>,
}
