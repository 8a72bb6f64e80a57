//! Samples of metrics, gray beside baseline: `kadian.samples/v1` as JSON or YAML, and CSV.

mod record;

pub use record::{CountSeries, MetricSeries, SamplesReport, Series};
