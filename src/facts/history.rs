//! What the ledger knows about a rollout and its service (requirements C2, C3, C7).

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{BatchState, BreakGlass, RecoveryState, RolloutType};

/// The history of a rollout, as the ledger tells it. An empty ledger is known, with empty lists.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct History {
    /// How many entries the ledger holds.
    pub entries: u64,
    /// The hash of the newest one; null when the ledger is empty.
    pub head: Option<String>,
    /// By how many seconds the clock is behind the newest entry, rounded up; 0 where it is not.
    pub clock_behind_seconds: u64,
    /// The digest under which this plan was recorded first; null when it never was.
    pub plan_digest: Option<String>,
    /// The type of the plan that was recorded first; null when none was.
    pub recorded_type: Option<RolloutType>,
    /// The batches of this plan that were started, by number.
    pub batches: Vec<BatchHistory>,
    /// Whether the batch that is judged was let pass a moment ago and has its slot: the flow limits do not concern it again. A slot ends
    /// with the shortest limit over it, after `settings.history.reserved_for`, and when the batch fails.
    pub reserved: bool,
    /// How often this batch and phase (or this plan) was judged before.
    pub looks: u64,
    /// Rollouts of this service that are not finished, other than this one, the newest first.
    pub others: Vec<RunningRollout>,
    /// As `others`, but silent for so long that nobody may be behind them any more: they hold nobody up.
    pub abandoned: Vec<RunningRollout>,
    /// The plan of the newest rollout that is no rollback, brought the version to which this one leads, and is not finished well; null
    /// when there is none, and where this one leads back what another one began to bring.
    pub same_way: Option<String>,
    /// A later rollout of this service that is out with all of its batches; null when there is none, or this one has not begun.
    pub replaced_by: Option<String>,
    /// The flow limits that concern this rollout, in the order of the settings.
    pub flow: Vec<FlowWindow>,
    pub breaker: Breaker,
    /// Exceptions that were made for this rollout, the newest first.
    pub overrides: Vec<Exception>,
    /// The last decision that let the version to return to pass (that of a rollback is where it leads); null when the ledger knows none, or a rollout of it failed since.
    pub trusted: Option<TrustedVersion>,
    /// A recovery that was begun for this plan and is not through.
    pub recovery: Option<RunningRecovery>,
}

/// A batch, as the pipeline recorded it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct BatchHistory {
    pub number: u64,
    pub state: BatchState,
    #[schemars(with = "Option<String>")]
    pub started_at: Option<Timestamp>,
    /// When the deployment was through; null when it is not.
    #[schemars(with = "Option<String>")]
    pub done_at: Option<Timestamp>,
    /// Since when it soaks, in whole seconds; null while it is not done. Never negative: a clock that went back has soaked nothing.
    pub soaked_seconds: Option<u64>,
    /// The version that the batch brought.
    pub version: String,
    /// Whether the plan was another one when it was recorded.
    pub other_plan: bool,
    /// The verdict of the last decision about its soak; null when there was none.
    pub soak_verdict: Option<String>,
    /// Whether a passing decision had reserved its slot when it was started, and no later one had stopped it; one made since counts.
    pub reserved: bool,
    /// The verdict of the last enforced decision before it was started; null when there was none.
    pub before_verdict: Option<String>,
}

/// A rollout that may still change what runs: its batches are not all out and soaked, or one failed and nothing took it back.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct RunningRollout {
    pub plan: String,
    /// Null when its plan was never recorded.
    #[serde(rename = "type")]
    pub kind: Option<RolloutType>,
    /// The newest batch that was started, or admitted.
    pub batch: u64,
    /// Null while the batch was admitted but not recorded as started.
    pub state: Option<BatchState>,
    /// When the batch came into this state.
    #[schemars(with = "String")]
    pub since: Timestamp,
    /// Whether it began before this one; true where this one has not begun.
    pub earlier: bool,
    /// When it counts as abandoned if nobody is heard of it.
    #[schemars(with = "String")]
    pub silent_until: Timestamp,
    /// The recovery of it that runs; null when none does.
    pub recovery: Option<String>,
}

/// A limit on how often something may be done (requirement C7), and how much of it is used.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct FlowWindow {
    pub name: String,
    pub window_seconds: u64,
    pub limit: u64,
    /// Batches that were let pass or started within the window, without the slot that this batch holds. One that the clock puts in the
    /// future counts.
    pub used: u64,
    /// When there is room for one more; null when there is now, or never will be because the limit is 0.
    pub ready_in_seconds: Option<u64>,
}

/// The circuit breaker of the service's rollouts (requirement C7).
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Breaker {
    pub state: BreakerState,
    /// Rollouts that failed in a row, the newest at the end: their plans.
    pub failures: Vec<String>,
    /// How many of them open it.
    pub threshold: u64,
    /// When a trial may start; null unless it is open.
    #[schemars(with = "Option<String>")]
    pub opens_until: Option<Timestamp>,
    /// How long that is; null unless it is open.
    pub ready_in_seconds: Option<u64>,
    /// The rollout that is the trial; null unless it is half open and one runs.
    pub trial: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BreakerState {
    Closed,
    Open,
    /// One rollout may try; others wait for its end.
    HalfOpen,
}

/// An exception that is recorded for this rollout.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Exception {
    /// `freeze:NAME`, `breaker` or `clock`.
    pub subject: String,
    #[serde(flatten)]
    pub glass: BreakGlass,
    /// Whether it still holds.
    pub active: bool,
}

/// Why a version is trusted: the last decision that let it pass.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TrustedVersion {
    pub version: String,
    pub decision: String,
    pub stage: String,
    pub plan: Option<String>,
    pub batch: Option<u64>,
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// Whether a whole rollout of it was finished.
    pub finished: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct RunningRecovery {
    pub run: String,
    /// `started`, or `failed` when a step of it did: the service stands between two versions.
    pub state: RecoveryState,
    #[schemars(with = "String")]
    pub since: Timestamp,
}
