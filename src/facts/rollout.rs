//! A rollout at a moment: its plan, the batch that is judged, and the calendar over it (requirements C2, C3, C6).

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Batch, Kind, Phase, Plan};

/// The plan and where the rollout stands.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Rollout {
    pub plan: Plan,
    /// SHA-256 of the plan's facts as compact JSON with sorted keys: a plan that was changed on the way has another one.
    pub digest: String,
    pub phase: Phase,
    /// The batch that is judged; null when the plan itself is.
    pub batch: Option<Batch>,
    /// The batch before it; null for the first one and for the plan itself.
    pub previous: Option<Batch>,
    /// The windows of the calendar that hold now and concern this rollout, by start and name.
    pub freezes: Vec<Freeze>,
    /// The next window that will concern this rollout; null when none does within the next 30 days.
    pub next_freeze: Option<Freeze>,
}

/// A window of the freeze calendar, at one of its occurrences.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Freeze {
    pub name: String,
    /// Why there is one, as its author wrote it; null when nobody did.
    pub reason: Option<String>,
    #[schemars(with = "String")]
    pub starts_at: Timestamp,
    #[schemars(with = "String")]
    pub ends_at: Timestamp,
    /// Whether nothing starts in it at all; windows without it only ask for more care.
    pub hard: bool,
    /// Whether the rollout's type has a lane through it: the window asks nothing of it.
    pub lane: bool,
    pub asks: FreezeAsks,
    /// Who broke the glass for this rollout in this window; null when nobody did.
    pub broken: Option<BreakGlass>,
}

/// What a window asks of the rollouts in it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct FreezeAsks {
    /// Evidence that is expected beyond what the stage does.
    pub gates: Vec<Kind>,
    /// The largest step of one batch in percentage points; null when it asks for none.
    pub max_step_percent: Option<f64>,
    /// The shortest soak; null when it asks for none.
    pub min_soak_seconds: Option<u64>,
}

/// A recorded exception: a rollout goes on although a window or a breaker forbids it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BreakGlass {
    pub reason: String,
    /// At least two different people.
    pub by: Vec<String>,
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// When it ends.
    #[schemars(with = "String")]
    pub until: Timestamp,
}
