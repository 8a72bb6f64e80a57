//! Asks a Prometheus HTTP API: Prometheus, Thanos, Mimir, VictoriaMetrics.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::http::{Answer, Endpoint, Failure, FailureKind, Method, Request, Session};
use crate::digest::sha256;
use crate::evidence::prometheus::{self, AnswerError, Data, Response, Series, joined};

/// The most steps that Prometheus answers at once; longer ranges are asked for in parts.
const MAX_STEPS: i64 = 11_000;

/// No query of evidence needs more parts; it guards against a step of a second over years.
const MAX_PARTS: usize = 100;

/// A PromQL query and its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    pub text: String,
    pub span: Span,
}

/// When a query is evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    Instant(Timestamp),
    /// At `start`, and then every `step_seconds` (at least 1) until `end`, inclusive.
    Range {
        start: Timestamp,
        end: Timestamp,
        step_seconds: u64,
    },
}

/// The data of a query.
#[derive(Debug, Clone, PartialEq)]
pub struct Fetched {
    /// By their labels; an instant query has at most one point in each. A scalar is a series without labels.
    pub series: Vec<Series>,
    /// What the server warned of: data may be missing.
    pub warnings: Vec<String>,
    pub infos: Vec<String>,
    /// Where the data came from: one answer for each part.
    pub origins: Vec<Origin>,
}

/// One answer of a server, for the record.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    /// Without secrets.
    pub url: String,
    pub sha256: String,
    pub bytes: u64,
}

impl Origin {
    pub(super) fn of(answer: &Answer) -> Origin {
        Origin { url: answer.url.clone(), sha256: sha256(&answer.body), bytes: answer.body.len() as u64 }
    }
}

/// Why a query brought no data. Holds no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    #[error(transparent)]
    Http(#[from] Failure),
    /// The server answered, but not with data.
    #[error("{url}: {error}")]
    Answer { url: String, error: AnswerError },
    /// The query cannot be asked.
    #[error("{0}")]
    Query(String),
}

/// Asks all queries within the endpoint's deadline and returns one outcome for each, in their order.
///
/// Queries are sent as forms, because they may be longer than an address; a server that does not take them (405) is asked again
/// with GET. A range of more than 11,000 steps is asked for in parts, and all of them must succeed.
#[must_use]
pub fn fetch(endpoint: &Endpoint, queries: &[Query]) -> Vec<Result<Fetched, QueryError>> {
    let session = match Session::open(endpoint) {
        Ok(session) => session,
        Err(failure) => return queries.iter().map(|_| Err(failure.clone().into())).collect(),
    };
    let parts: Vec<Result<Vec<Request>, QueryError>> = queries.iter().map(requests).collect();
    let flat: Vec<Request> = parts.iter().flatten().flatten().cloned().collect();
    let mut outcomes = ask(&session, &flat).into_iter();
    parts.into_iter().map(|parts| whole(parts?.iter().map_while(|_| outcomes.next()).collect())).collect()
}

type Part = Result<(Response, Origin), QueryError>;

fn ask(session: &Session, requests: &[Request]) -> Vec<Part> {
    let mut outcomes = session.run(requests.to_vec(), |_, outcome| read(outcome));
    let refuses_forms =
        |outcome: &Part| matches!(outcome, Err(QueryError::Http(failure)) if failure.kind == FailureKind::Status(405));
    let again: Vec<usize> = (0..outcomes.len()).filter(|at| refuses_forms(&outcomes[*at])).collect();
    let gets = again.iter().map(|at| Request { method: Method::Get, ..requests[*at].clone() }).collect();
    for (at, outcome) in again.iter().zip(session.run(gets, |_, outcome| read(outcome))) {
        outcomes[*at] = outcome;
    }
    outcomes
}

fn read(outcome: Result<Answer, Failure>) -> Part {
    match outcome {
        Ok(answer) => {
            let at = |error| QueryError::Answer { url: address(&answer.url), error };
            Ok((prometheus::read(&answer.body).map_err(at)?, Origin::of(&answer)))
        }
        // A status without success may come with the API's own words, which say more than the number.
        Err(failure) => match prometheus::read(&failure.body) {
            Err(error @ AnswerError::Refused { .. }) => Err(QueryError::Answer { url: failure.url, error }),
            _ => Err(failure.into()),
        },
    }
}

/// An address without its parameters, which messages do not need.
fn address(url: &str) -> String {
    url.split('?').next().unwrap_or(url).to_owned()
}

fn requests(query: &Query) -> Result<Vec<Request>, QueryError> {
    let pairs = |pairs: &[(&str, String)]| {
        let text = ("query".to_owned(), query.text.clone());
        std::iter::once(text).chain(pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone()))).collect()
    };
    match query.span {
        Span::Instant(time) => Ok(vec![Request::new(Method::Post, "api/v1/query", pairs(&[("time", seconds(time))]))]),
        Span::Range { start, end, step_seconds } => {
            let ranges = ranges(start, end, step_seconds).map_err(QueryError::Query)?;
            let request = |(start, end): &(Timestamp, Timestamp)| {
                let times = [("start", seconds(*start)), ("end", seconds(*end)), ("step", step_seconds.to_string())];
                Request::new(Method::Post, "api/v1/query_range", pairs(&times))
            };
            Ok(ranges.iter().map(request).collect())
        }
    }
}

/// A range in parts of at most [`MAX_STEPS`] steps; the next part begins one step behind the one before.
fn ranges(start: Timestamp, end: Timestamp, step_seconds: u64) -> Result<Vec<(Timestamp, Timestamp)>, String> {
    let step = i64::try_from(step_seconds).ok().filter(|step| (1..=31_536_000).contains(step));
    let step = step.ok_or_else(|| format!("a step of {step_seconds} s; expected 1 s to a year"))?;
    if end < start {
        return Err(format!("the range ends ({end}) before it starts ({start})"));
    }
    let mut parts = Vec::new();
    let mut from = start;
    while from <= end {
        if parts.len() == MAX_PARTS {
            return Err(format!("more than {MAX_PARTS} times {MAX_STEPS} steps; choose a longer step"));
        }
        let after = |steps: i64| Timestamp::from_nanosecond(from.as_nanosecond() + i128::from(steps * step) * 1_000_000_000);
        let to = after(MAX_STEPS).unwrap_or(Timestamp::MAX).min(end);
        parts.push((from, to));
        match after(MAX_STEPS + 1) {
            Ok(next) => from = next,
            Err(_) => break,
        }
    }
    Ok(parts)
}

/// Seconds since 1970, with milliseconds where there are any.
fn seconds(time: Timestamp) -> String {
    let (seconds, rest) = (time.as_millisecond().div_euclid(1000), time.as_millisecond().rem_euclid(1000));
    if rest == 0 { seconds.to_string() } else { format!("{seconds}.{rest:03}") }
}

/// The parts of a query as one.
fn whole(parts: Vec<Part>) -> Result<Fetched, QueryError> {
    let mut fetched = Fetched { series: Vec::new(), warnings: Vec::new(), infos: Vec::new(), origins: Vec::new() };
    let mut pieces = Vec::with_capacity(parts.len());
    for part in parts {
        let (response, origin) = part?;
        let url = address(&origin.url);
        pieces.push(match response.data {
            Data::Vector(series) | Data::Matrix(series) => series,
            Data::Scalar(point) => vec![Series { labels: BTreeMap::new(), points: point.into_iter().collect() }],
            Data::Text(_) => return Err(QueryError::Query(format!("{url}: the query yields a text; expected numbers"))),
        });
        for warning in response.warnings {
            push_new(&mut fetched.warnings, warning);
        }
        for info in response.infos {
            push_new(&mut fetched.infos, info);
        }
        fetched.origins.push(origin);
    }
    fetched.series = joined(pieces);
    Ok(fetched)
}

fn push_new(texts: &mut Vec<String>, text: String) {
    if !texts.contains(&text) {
        texts.push(text);
    }
}

#[cfg(test)]
mod tests;
