//! Samples of metrics, gray beside baseline: `kadian.samples/v1` as JSON or YAML, and CSV.

mod check;
mod csv;
mod json;
mod record;
#[cfg(test)]
mod tests;
mod write;

pub use record::{CountSeries, MetricSeries, SamplesReport, Series};
pub use write::document;

pub(super) use csv::FORMAT as CSV;
pub(super) use json::FORMAT as JSON;
pub use json::read as read_json;
