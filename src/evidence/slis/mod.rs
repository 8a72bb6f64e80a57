//! Definitions of service level indicators: `kadian.slis/v1`, YAML (requirements C4, C13, D1, D2, F3).
//!
//! ```yaml
//! version: 1
//! service: pay
//! sources:
//!   alertmanager: {url: "http://alertmanager:9093"}
//!   loki: {url: "http://loki:3100"}
//!   prometheus: {url: "http://prometheus:9090", headers: {X-Scope-OrgID: pay}, authorization_file: /run/secrets/prometheus}
//! gray: {match: {version: "{to}"}}      # {to}, {from}, {region} and {batch} are filled in from the rollout
//! baseline: {match: {version: "{from}"}}
//! step: 1m
//! alerts: {source: alertmanager}
//! logs: {source: loki, query: '{app="pay",$scope} |~ "(?i)error"', max_lines: 200000}
//! health: {source: prometheus, selector: 'namespace="prod"', match: {label_version: "{to}"}}
//! capacity: {pools: [{instances: 'count(up{job="pay"})', rate: 'sum(rate(requests_total{job="pay"}[5m]))', bears: {throughput: 40}}]}
//! cache: {folder: .kadian/cache, max_age: 10m}
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
//! raw values. Sampled ones are any query, with `$scope` where the conditions belong, and so is the query of the logs, whose scope
//! stands in the braces it starts with.
//!
//! The health of the instances is that of the pods that kube-state-metrics tells of. Pods carry other labels than requests, so that
//! their gray ones have conditions of their own: labels that start with `label_` are looked up in `kube_pod_labels`, where
//! kube-state-metrics keeps those of Kubernetes; all others are added to the selector.
//!
//! The capacity has the keys of `kadian.capacity/v1`, and each of its numbers is one or a query that gives one.

mod capacity;
mod raw;
mod scope;
mod sections;
mod selector;
mod source;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::Duration;

pub use capacity::{CapacityPool, CapacitySpec, Figure};
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
    /// Who knows what is firing; `None` where nobody is asked, like the following.
    pub alerts: Option<AlertsSpec>,
    pub logs: Option<LogsSpec>,
    pub health: Option<HealthSpec>,
    pub capacity: Option<CapacitySpec>,
    /// Where the last good evidence is kept.
    pub cache: Option<CacheSpec>,
}

/// An Alertmanager.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertsSpec {
    /// A key of [`Slis::sources`], like every `source`.
    pub source: String,
}

/// Log lines of both sides, in Loki.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogsSpec {
    pub source: String,
    /// Starts with a stream selector that holds the scope.
    pub query: ScopedQuery,
    /// Of one side; at least 1. More of them are no evidence, because nobody would know what the others say.
    pub max_lines: u64,
}

/// The pods of the gray version, by kube-state-metrics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HealthSpec {
    pub source: String,
    /// Conditions that every metric of the pods meets; at least one.
    pub selector: Vec<Matcher>,
    /// What singles out the gray version's pods among them.
    pub gray: Scope,
}

/// The last good evidence, which may stand in for a while, marked as stale (requirement C10).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheSpec {
    /// Below the repository's root.
    pub folder: String,
    pub max_age: Duration,
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
