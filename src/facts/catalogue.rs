//! The service catalogue: services, their objectives, and what they depend on (requirements A7, D9).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The declared services, by name.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Catalogue {
    pub services: Vec<Service>,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Service {
    pub name: String,
    /// `L0` (most important) to `L3`; null when the catalogue does not say.
    pub tier: Option<String>,
    pub owners: Vec<String>,
    pub objectives: Objectives,
    pub dependencies: Vec<Dependency>,
}

/// Service level objectives; null where none is stated.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Objectives {
    /// Percent of good requests, for example 99.95.
    pub availability_percent: Option<f64>,
    /// 99th percentile of the response time in milliseconds.
    pub latency_p99_ms: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DependencyKind {
    Service,
    Database,
    Cache,
    Queue,
    ThirdParty,
}

/// Whether the caller can do its job without the dependency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Strength {
    /// The caller fails when it fails.
    Strong,
    /// The caller goes on without it.
    Weak,
}

/// What the caller does when the dependency fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnFailure {
    /// Weak: answer with less.
    Degrade,
    /// Weak: answer with a stand-in.
    Mock,
    /// Strong: keep its threads and connections apart.
    Isolate,
    /// Strong: stop calling it for a while.
    CircuitBreak,
    /// Strong: answer with an error at once.
    FailFast,
}

/// A declared dependency. Everything that a standard may ask for is optional here, so that a policy can name what is not there.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Dependency {
    pub name: String,
    pub kind: Option<DependencyKind>,
    /// Packages that bring its client, as `ecosystem:name` (`npm:stripe`), matched exactly.
    pub packages: Vec<String>,
    pub strength: Option<Strength>,
    pub objectives: Objectives,
    /// The caller's timeout in milliseconds.
    pub timeout_ms: Option<f64>,
    pub on_failure: Option<OnFailure>,
    /// How work that failed with it is made good later.
    pub compensation: Option<String>,
    /// Where the declaration starts in the catalogue file, counted from 1; null when unknown.
    pub line: Option<u32>,
}
