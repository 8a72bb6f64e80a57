//! Definitions of service level indicators: `kadian.slis/v1`, YAML (requirements C4, C13, D1, D2, F3).
//!
//! ```yaml
//! version: 1
//! service: pay
//! sources:
//!   prometheus: {url: "http://prometheus:9090", headers: {X-Scope-OrgID: pay}, authorization_file: /run/secrets/prometheus}
//! gray: {match: {version: "{to}"}}      # {to}, {from}, {region} and {batch} are filled in from the rollout
//! baseline: {match: {version: "{from}"}}
//! step: 1m
//! slis:
//! - name: availability
//!   signal: availability
//!   objective: 0.9999
//!   period: 30d
//!   channels: 2
//!   by: [region]
//!   measures:
//!   - {channel: load_balancer, total: 'lb_requests_total{service="pay"}', bad: 'lb_requests_total{service="pay",code=~"5.."}'}
//!   - {channel: server, total: 'requests_total{job="pay"}', bad: 'requests_total{job="pay",code=~"5.."}'}
//! - {name: latency, signal: latency, histogram: 'request_seconds{job="pay"}', threshold: 0.5}
//! - {name: queue-lag, signal: freshness, unit: s, samples: 'max(queue_lag_seconds{$scope})'}
//! ```
//!
//! Counting measures are plain selectors of counters: the scope's conditions are added to them, and the growth is computed from the
//! raw values. Sampled ones are any query, with `$scope` where the conditions belong.

mod raw;
mod scope;
mod selector;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::Duration;

pub use raw::read;
pub use scope::{Moment, Scope};
pub use selector::{Matcher, Operator, ScopedQuery, Selector};

use crate::facts::{Signal, Worse};

/// The channel in front of the service.
pub const LOAD_BALANCER: &str = "load_balancer";

/// The channel of the service's own metrics.
pub const SERVER: &str = "server";

/// What is measured of a service, and where.
#[derive(Debug, Clone, PartialEq)]
pub struct Slis {
    pub service: String,
    /// By name; at least one.
    pub sources: BTreeMap<String, SourceSpec>,
    pub gray: Scope,
    pub baseline: Scope,
    /// From 1 second to an hour.
    pub step_seconds: u64,
    /// In the order of the file; at least one, and no two with the same name and API.
    pub slis: Vec<Sli>,
}

/// A server that is asked. Paths are as they were written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceSpec {
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub authorization: Option<AuthorizationSpec>,
    pub ca_file: Option<String>,
    /// For one attempt; `None` leaves it to the client, like the following.
    pub timeout: Option<Duration>,
    /// For all queries together.
    pub deadline: Option<Duration>,
    /// From 1 to 100.
    pub concurrency: Option<usize>,
    /// At most 10.
    pub retries: Option<u32>,
}

/// Where a secret is; never the secret itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuthorizationSpec {
    File(String),
    /// The name of an environment variable.
    Environment(String),
}

/// One indicator.
#[derive(Debug, Clone, PartialEq)]
pub struct Sli {
    pub name: String,
    pub signal: Signal,
    /// The core API that it is of; `None` for the whole service.
    pub api: Option<String>,
    pub unit: Option<String>,
    /// As stated, else down for throughput and up for everything else.
    pub worse: Worse,
    pub critical: bool,
    /// How many channels must have data (requirement F3); at least 1.
    pub channels: usize,
    /// Not negative.
    pub margin: Option<f64>,
    /// Not negative.
    pub floor: Option<f64>,
    pub minimum: Option<u64>,
    /// The share of good events that is promised, between 0 and 1, for example 0.9999.
    pub objective: Option<f64>,
    /// What the objective is promised over.
    pub period: Option<Duration>,
    /// Labels for whose values it is also judged one by one; counting measures only.
    pub by: Vec<String>,
    pub measured: Measured,
    /// Where it stands in the file, from 1.
    pub line: Option<u32>,
}

/// How an indicator is measured.
#[derive(Debug, Clone, PartialEq)]
pub enum Measured {
    /// At least one; with several, each has a channel of its own.
    Counts(Vec<Measure>),
    /// One value at each step.
    Samples { source: String, channel: Option<String>, query: ScopedQuery },
}

/// One place where good and bad events are counted.
#[derive(Debug, Clone, PartialEq)]
pub struct Measure {
    pub channel: Option<String>,
    /// A key of [`Slis::sources`].
    pub source: String,
    pub counting: Counting,
}

/// The counters of a measure.
#[derive(Debug, Clone, PartialEq)]
pub enum Counting {
    Bad {
        total: Selector,
        bad: Selector,
    },
    Good {
        total: Selector,
        good: Selector,
    },
    /// A classic histogram, by its name without `_bucket`: good is what took at most the threshold, which must be one of its
    /// buckets.
    Histogram {
        histogram: Selector,
        threshold: f64,
    },
}
