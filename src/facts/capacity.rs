//! Whether the instances bear the load while a batch takes some of them out (requirement C8).

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

/// The instances of the service beside what it has to bear. An estimate: load tests give the final figure.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Capacity {
    /// When the figures were taken.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// By region, the one without a region first; never empty.
    pub pools: Vec<Pool>,
    /// Regions that the judged batches go to and that no pool tells of, sorted.
    pub uncovered: Vec<String>,
    /// The planned redundancy X in percent of the required instances N.
    pub redundancy_percent: f64,
    /// The same in percent of the fleet: X / (N + X), rounded to one decimal.
    pub redundancy_share_percent: f64,
}

/// The instances of one region, between which its requests are shared.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Pool {
    /// Null for the service as a whole.
    pub region: Option<String>,
    /// Instances of either version; null when the source is silent.
    pub running: Option<u64>,
    /// Those of them that take traffic; all of them where the source does not tell them apart.
    pub available: Option<u64>,
    /// How many instances the deployment takes out at one moment, however large the batch: 0 where it adds new ones before it
    /// removes old ones. Null when nobody says: then a batch takes out all of its instances at once.
    pub max_unavailable: Option<u64>,
    pub now: Load,
    pub peak: Load,
    pub throughput: Throughput,
    /// When the load test was made that says what an instance bears; null when nobody says.
    #[schemars(with = "Option<String>")]
    pub tested_at: Option<Timestamp>,
    /// How long ago that was, in whole days.
    pub tested_days_ago: Option<u64>,
    /// What the judged batches take out of this pool, by batch: before a batch that one, for a plan all of them, in the soak none.
    pub steps: Vec<CapacityStep>,
}

/// What has to be borne, and what is left. A figure is null when an input of it is, and `lacks` names that input.
#[derive(Debug, Clone, PartialEq, Default, Serialize, JsonSchema)]
pub struct Load {
    /// Requests per second. At the peak: conventional + probability × unconventional.
    pub rate: Option<f64>,
    /// Requests that are in work at the same time, by Little's law: rate × response time.
    pub concurrency: Option<f64>,
    /// N: the instances that bear it, rounded up.
    pub required: Option<u64>,
    /// X: the planned redundancy, rounded up.
    pub redundant: Option<u64>,
    /// N + X.
    pub planned: Option<u64>,
    /// Available instances beyond N; negative when there are too few.
    pub spare: Option<i64>,
    /// The inputs that are missing, by their keys in the evidence.
    pub lacks: Vec<String>,
}

/// What one instance bears of the new version and of the old one, in the same unit.
#[derive(Debug, Clone, PartialEq, Default, Serialize, JsonSchema)]
pub struct Throughput {
    pub new: Option<f64>,
    pub old: Option<f64>,
    /// How much less the new one bears, in percent of the old one; negative when it bears more.
    pub drop_percent: Option<f64>,
}

/// What a batch takes out of a pool at once.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct CapacityStep {
    /// The number of the batch.
    pub batch: u64,
    /// The difference to the batch before it in this pool, rounded up to whole instances, and no more than `max_unavailable`.
    pub instances: Option<u64>,
    /// The largest batch that would fit now; null when nobody can tell.
    pub fits_now: Option<Fit>,
    /// The largest batch that would fit at the peak.
    pub fits_peak: Option<Fit>,
}

/// The largest batch that takes out no more than can be spared.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Fit {
    /// Instances at a time.
    pub instances: u64,
    /// What the plan would say instead, where it states percentages; floored.
    pub percent: Option<f64>,
    /// What the plan would say instead, where it counts instances.
    pub count: Option<u64>,
}
