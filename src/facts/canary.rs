//! How the gray version behaves beside the baseline, metric by metric (requirements C4, C13, C14, F3).

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the comparison of the gray version with the baseline found.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Canary {
    /// The service that the samples are of; null when they do not say.
    pub service: Option<String>,
    /// The gray version.
    pub version: Option<String>,
    /// The number of the batch, from 1.
    pub batch: Option<u64>,
    /// When the first step began.
    #[schemars(with = "String")]
    pub start: Timestamp,
    /// When the last step ended.
    #[schemars(with = "String")]
    pub end: Timestamp,
    pub step_seconds: u64,
    /// What of the soak of a batch is over; null unless a rollout is judged of which a batch is done.
    pub soak: Option<Soak>,
    pub judge: Judge,
    /// The chance of a false alarm over all metrics and all looks together, for example 0.05.
    pub alpha: f64,
    /// The metrics of all channels together, by name, API and segment: what policies judge.
    pub indicators: Vec<Indicator>,
    /// What Kayenta's scorer makes of the metrics; null under any other judge. It decides nothing here.
    pub score: Option<CanaryScore>,
    /// By name, API, segment and channel.
    pub metrics: Vec<CanaryMetric>,
    /// What the sources warned of, as sentences: partial answers, lost series. Empty when nothing is missing.
    pub degraded: Vec<String>,
}

/// The soak of a batch, as far as it is over: what samples of it have to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Soak {
    /// When the batch was done.
    #[schemars(with = "String")]
    pub from: Timestamp,
    /// The time of the decision, or the end of the soak where that is earlier.
    #[schemars(with = "String")]
    pub until: Timestamp,
    /// How much that is.
    pub seconds: u64,
    /// How long the batch soaks in all.
    pub planned_seconds: u64,
}

impl Soak {
    /// The soak that began at `from`, as far as it is over at `now`; nothing of it where a clock went back.
    #[must_use]
    pub fn until(from: Timestamp, planned_seconds: u64, now: Timestamp) -> Soak {
        let over = u64::try_from(now.as_second() - from.as_second()).unwrap_or(0).min(planned_seconds);
        let seconds = i64::try_from(over).unwrap_or(i64::MAX);
        let until = from.checked_add(jiff::SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX);
        Soak { from, until, seconds: over, planned_seconds }
    }
}

/// Of what time the gray version was measured; gaps are not measured. Of several channels, as many as are required tell.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct Measured {
    /// When the first step with data began; null without data.
    #[schemars(with = "Option<String>")]
    pub start: Option<Timestamp>,
    /// When the last step with data ended.
    #[schemars(with = "Option<String>")]
    pub end: Option<Timestamp>,
    /// How long the steps with data are together.
    pub seconds: u64,
    /// How much of that lies in what of the soak is over; null where no soak is judged.
    pub soak_seconds: Option<u64>,
}

/// One service level indicator over all the channels that measure it. The worst channel with data speaks for it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Indicator {
    pub name: String,
    pub signal: Signal,
    pub api: Option<String>,
    pub segment: Option<String>,
    pub critical: bool,
    pub zone: Zone,
    /// The channel that speaks; null when there is only one place.
    pub channel: Option<String>,
    pub effect: Option<f64>,
    pub interval: Option<[Option<f64>; 2]>,
    pub margin: f64,
    pub needed: Option<Needed>,
    /// The reason of the channel that speaks.
    pub reason: String,
    /// The channels with data.
    pub channels: Vec<String>,
    /// The channels without data.
    pub lost: Vec<String>,
    /// How many channels must have data.
    pub required_channels: u64,
    pub measured: Measured,
}

/// A score as Kayenta gives it: a group without data counts as nothing, and the rest may still pass.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct CanaryScore {
    /// From 0 to 100.
    pub value: f64,
    pub class: ScoreClass,
}

/// What a score means under Kayenta's two thresholds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ScoreClass {
    Pass,
    Marginal,
    Fail,
}

/// One metric of the gray version beside that of the baseline.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct CanaryMetric {
    pub name: String,
    pub signal: Signal,
    /// The core API that it is of; null for the whole service.
    pub api: Option<String>,
    /// The part of the traffic that it is of, for example `region=east`; null for all of it.
    pub segment: Option<String>,
    /// Where it was measured, for example `load_balancer`, `server` or `probe`; null when there is only one place.
    pub channel: Option<String>,
    pub kind: SeriesKind,
    pub unit: Option<String>,
    /// The direction that is bad.
    pub worse: Worse,
    /// How much worse, relative to the baseline, is still accepted; 0.1 is a tenth.
    pub margin: f64,
    /// Whether it must be decided before anything goes on.
    pub critical: bool,
    pub zone: Zone,
    /// The change relative to the baseline, 0.25 for a quarter more; null when it cannot be stated, as against a baseline of zero.
    pub effect: Option<f64>,
    /// The interval around `effect` that holds at all looks together; an end is null where it is unbounded.
    pub interval: Option<[Option<f64>; 2]>,
    /// The evidence against "no worse than the margin": counts only.
    pub e_value: Option<f64>,
    /// The same evidence as a probability, corrected for the looks.
    pub p_value: Option<f64>,
    /// Requests of a counting metric, values of a sampled one.
    pub samples: SampleCounts,
    pub gray: Side,
    pub baseline: Side,
    /// What would decide an undecided metric; null for the others and where nobody can tell.
    pub needed: Option<Needed>,
    /// Why it is in its zone, as one line.
    pub reason: String,
}

/// How much was seen on each side.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, JsonSchema)]
pub struct SampleCounts {
    pub gray: f64,
    pub baseline: f64,
}

/// One side of a comparison.
#[derive(Debug, Clone, PartialEq, Default, Serialize, JsonSchema)]
pub struct Side {
    /// As in [`CanaryMetric::samples`], where documents have it.
    #[serde(skip)]
    pub samples: f64,
    /// Bad events; null for a sampled metric.
    pub bad: Option<f64>,
    /// The share of bad events, or the median of the values; null without data.
    pub value: Option<f64>,
    /// Steps without data.
    pub gaps: u64,
}

/// What is still missing for a decision.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Needed {
    /// Further requests or values on the gray side.
    pub samples: f64,
    /// How long they take at the traffic seen so far.
    pub seconds: f64,
}

/// What the judge says of a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Zone {
    /// Worse than the baseline by more than the margin, beyond reasonable doubt.
    Regressed,
    /// No worse than the margin, beyond reasonable doubt.
    Equivalent,
    /// Neither can be said yet.
    Undecided,
    /// A side has no data.
    NoData,
}

impl Zone {
    /// The word that documents and reports use.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Zone::Regressed => "regressed",
            Zone::Equivalent => "equivalent",
            Zone::Undecided => "undecided",
            Zone::NoData => "no_data",
        }
    }
}

/// Which statistics judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, JsonSchema)]
pub enum Judge {
    /// kadian's own: valid however often one looks.
    #[default]
    #[serde(rename = "sequential")]
    Sequential,
    /// Kayenta's classification, for teams that come from it.
    #[serde(rename = "mann-whitney")]
    MannWhitney,
}

impl Judge {
    /// The name that options and settings use.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Judge::Sequential => "sequential",
            Judge::MannWhitney => "mann-whitney",
        }
    }
}

/// What a metric tells about a service (requirement C14).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Signal {
    Availability,
    Latency,
    Freshness,
    Throughput,
    Saturation,
    Custom,
}

impl Signal {
    pub const ALL: [Signal; 6] =
        [Signal::Availability, Signal::Latency, Signal::Freshness, Signal::Throughput, Signal::Saturation, Signal::Custom];

    /// The word that documents use.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Signal::Availability => "availability",
            Signal::Latency => "latency",
            Signal::Freshness => "freshness",
            Signal::Throughput => "throughput",
            Signal::Saturation => "saturation",
            Signal::Custom => "custom",
        }
    }
}

/// How a metric is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SeriesKind {
    /// Good and bad events of each step.
    Counts,
    /// Values, usually one each step.
    Samples,
}

/// The direction in which a metric is bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Worse {
    #[default]
    Up,
    Down,
    Either,
}
