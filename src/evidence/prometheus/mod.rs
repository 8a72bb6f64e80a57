//! Answers of the Prometheus HTTP API: `/api/v1/query` and `/api/v1/query_range`.
//!
//! Thanos, Mimir and VictoriaMetrics answer in the same form. Source: prometheus.io/docs/prometheus/latest/querying/api.

mod raw;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::ReadError;
use super::text::shown;

/// More series than this are a query that forgot to aggregate.
pub const MAX_SERIES: usize = 20_000;

/// The most that Prometheus itself answers for one series: 11,000 steps.
pub const MAX_POINTS: usize = 11_001;

/// Over all series of an answer; each takes 16 bytes.
const MAX_ALL_POINTS: usize = 4_000_000;

/// The labels of a series, with its name as `__name__`.
pub type Labels = BTreeMap<String, String>;

/// A successful answer. Its warnings mean that data may be missing.
#[derive(Debug, Clone, PartialEq)]
pub struct Response {
    /// Sentences of the server; a partial answer is one of them. Cut and without control characters.
    pub warnings: Vec<String>,
    /// Remarks on the query; the data is whole.
    pub infos: Vec<String>,
    pub data: Data,
}

/// The data, by its `resultType`.
#[derive(Debug, Clone, PartialEq)]
pub enum Data {
    /// Series with at most one point each.
    Vector(Vec<Series>),
    Matrix(Vec<Series>),
    /// `None` for NaN.
    Scalar(Option<Point>),
    Text(String),
}

/// A series; in an answer they are in the order of their labels, and no two have the same.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    pub labels: Labels,
    /// In the order of time, no two at the same. A value that is NaN is left out: it is a gap. Infinite values stay.
    pub points: Vec<Point>,
}

/// A value at a time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Milliseconds since 1970.
    pub at: i64,
    pub value: f64,
}

/// Why an answer holds no data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// The server understood and says no: its `errorType`, and what it says.
    #[error("{kind}: {message}")]
    Refused { kind: String, message: String },
    /// It is no answer of this API, or only the beginning of one.
    #[error("{0}")]
    Unreadable(#[from] ReadError),
}

/// Reads an answer.
///
/// Refused are: another form than the API's (a proxy's HTML page, cut JSON), `status: error` whatever the HTTP status was, native
/// histograms (their samples are no numbers), two series with the same labels, points out of order, more than [`MAX_SERIES`]
/// series or [`MAX_POINTS`] points of one. An empty list of series is an answer: nothing matched.
pub fn read(bytes: &[u8]) -> Result<Response, AnswerError> {
    let raw = raw::parse(bytes)?;
    match raw.status.as_deref() {
        Some("success") => {}
        Some("error") => {
            let kind = raw.error_type.as_deref().map_or_else(|| "error".to_owned(), shown);
            let message = raw.error.as_deref().map_or_else(|| "the server gave no reason".to_owned(), sentence);
            return Err(AnswerError::Refused { kind, message });
        }
        _ => return Err(ReadError::whole("not an answer of a Prometheus API: expected `status`: `success` or `error`").into()),
    }
    let mut warnings: Vec<String> = raw.warnings.unwrap_or_default().iter().map(|text| sentence(text)).collect();
    if raw.is_partial == Some(true) {
        warnings.push("the answer is partial".to_owned());
    }
    let infos = raw.infos.unwrap_or_default().iter().map(|text| sentence(text)).collect();
    let data = raw.data.ok_or_else(|| ReadError::whole("the answer says success, but has no `data`"))?;
    Ok(Response { warnings, infos, data: data.typed()? })
}

/// A server's own words, for messages.
fn sentence(text: &str) -> String {
    const LONGEST: usize = 300;
    let mut sentence: String = text.chars().take(LONGEST).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(LONGEST).is_some() {
        sentence.push('…');
    }
    sentence
}

/// Joins the answers to consecutive ranges of one query: series with the same labels become one.
///
/// A point that two ranges share counts once. The parts must be in the order of time.
#[must_use]
pub fn joined(parts: Vec<Vec<Series>>) -> Vec<Series> {
    let mut parts = parts.into_iter();
    let Some(first) = parts.next() else { return Vec::new() };
    let mut all: BTreeMap<Labels, Vec<Point>> = first.into_iter().map(|series| (series.labels, series.points)).collect();
    for series in parts.flatten() {
        let points = all.entry(series.labels).or_default();
        let last = points.last().map(|point| point.at);
        points.extend(series.points.into_iter().filter(|point| last.is_none_or(|last| point.at > last)));
    }
    all.into_iter().map(|(labels, points)| Series { labels, points }).collect()
}

/// The labels as PromQL writes them, cut for messages: `up{job="a"}`.
#[must_use]
pub fn shown_labels(labels: &Labels) -> String {
    let name = labels.get("__name__").map_or("", String::as_str);
    let pairs: Vec<String> =
        labels.iter().filter(|(key, _)| *key != "__name__").map(|(key, value)| format!("{key}={value:?}")).collect();
    shown(&format!("{name}{{{}}}", pairs.join(",")))
}
