//! What to do about a rollout that went wrong: back to the version before, or forward to a fix (requirements C5, F4, F5, F8).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{BatchState, RolloutType, TrustedVersion};

/// The schema name that every recommendation carries.
pub const ROLLBACK_SCHEMA: &str = "kadian.rollback/v1";

/// The argument of [`Rollback::command`] that the decision's id stands in for: the id is made over the recommendation, so that it
/// cannot be a part of it.
const ID: &str = "ID";

/// The recommendation that goes with the verdict `rollback`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rollback {
    /// `kadian.rollback/v1`.
    pub schema: String,
    pub action: RollbackAction,
    pub service: String,
    /// The rollout that is taken back.
    pub plan: String,
    /// As in the rollout's facts.
    pub plan_digest: String,
    #[serde(rename = "type")]
    pub kind: RolloutType,
    /// The version that went wrong.
    pub bad_version: String,
    /// The version to return to.
    pub return_to: String,
    /// Why the version to return to is trusted; null when nothing on record says that it is.
    pub trusted: Option<TrustedVersion>,
    /// The batches that were started and not taken back, in the order in which to take them back: the last one first.
    pub batches: Vec<BatchToTakeBack>,
    /// The findings that led here, in the decision's order.
    pub reasons: Vec<RollbackReason>,
    /// What the change does that the old version may not be able to live with; empty when nothing is known of such.
    pub obstacles: Vec<Obstacle>,
    /// What to do instead; null unless the action is `forward_fix`.
    pub forward_fix: Option<ForwardFix>,
    /// What has to hold before anything is taken back.
    pub preconditions: Vec<Precondition>,
    /// Whose approval is needed.
    pub approvals: Approvals,
    /// What runs, in its order: what is saved first, then what takes the batches back. Empty when no recovery is configured.
    pub steps: Vec<RollbackStep>,
    /// What to look at afterwards, as sentences.
    pub verify: Vec<String>,
    /// What may still go wrong, and what nobody could tell.
    pub risks: Vec<Risk>,
    /// The recovery file that the steps are from; null when none is configured.
    pub recovery: Option<RecoverySource>,
    /// The command that runs the steps, argument by argument, with the decision's id for the last one, `ID`; null when there are no
    /// steps to run.
    pub command: Option<Vec<String>>,
    /// The file name of the workflow on GitHub that carries it out; absent where none is configured, and where there is nothing to run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow: Option<String>,
}

impl Rollback {
    /// The arguments of [`Rollback::command`], for a decision whose id is not known yet.
    #[must_use]
    pub fn command_words() -> Vec<String> {
        ["kadian", "rollback", "--decision", ID].map(str::to_owned).to_vec()
    }

    /// The command as it is typed, for the decision with this id; `None` when there is none.
    #[must_use]
    pub fn command_line(&self, decision: &str) -> Option<String> {
        let words = self.command.as_ref()?.iter();
        let words: Vec<&str> = words.map(|word| if word == ID { decision } else { word.as_str() }).collect();
        Some(words.join(" "))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RollbackAction {
    /// Return to the version before.
    RollBack,
    /// Going back would do more harm: stay, and bring a fix.
    ForwardFix,
}

impl RollbackAction {
    /// The words that reports use.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            RollbackAction::RollBack => "roll back",
            RollbackAction::ForwardFix => "fix forward",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchToTakeBack {
    pub number: u64,
    /// Null when the plan names none: everywhere.
    pub region: Option<String>,
    /// How far it came.
    pub state: BatchState,
}

/// A finding that asks for the rollback.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RollbackReason {
    pub id: String,
    pub message: String,
}

/// A change of schema or data that the old version may not be able to live with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Obstacle {
    /// The file; null when the rollout's type alone says so.
    pub file: Option<String>,
    /// Why it is none after all: what was declared, or the script that takes it back; null when nothing says so.
    pub reversible: Option<String>,
}

/// What to do where going back is unsafe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ForwardFix {
    /// Why, as a sentence.
    pub reason: String,
    /// What to do now, in order, as sentences.
    pub advice: Vec<String>,
}

/// Something that has to hold before anything is taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Precondition {
    /// What has to hold, as a sentence.
    pub what: String,
    pub state: Checked,
    /// What was found; null when there is nothing to add.
    pub found: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Checked {
    /// It was looked at, and holds.
    True,
    /// It was looked at, and does not hold.
    False,
    /// Nobody could look at it yet.
    Unknown,
}

impl Checked {
    /// The word that reports use.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Checked::True => "holds",
            Checked::False => "does not hold",
            Checked::Unknown => "not known",
        }
    }
}

/// Who has to say yes (requirement F8).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Approvals {
    /// How many different people; 0 when nobody has to.
    pub count: u64,
    /// Who may; empty with no teams either: anybody.
    pub people: Vec<String>,
    /// Whose members may. Nobody here knows who they are.
    pub teams: Vec<String>,
}

/// A step of the recovery, for one batch, one region, or once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RollbackStep {
    /// Counted from 1.
    pub number: u64,
    pub part: RecoveryPart,
    pub name: String,
    /// `command`, `kubectl`, `helm`, `argo-rollouts`, `github-workflow` or `webhook`.
    pub executor: String,
    /// The batch that it is for; null when it is not for a single one.
    pub batch: Option<u64>,
    /// The region that it is for; null when it is for all of them.
    pub region: Option<String>,
    pub timeout_seconds: u64,
    /// Whether the recovery goes on when it fails.
    pub continues: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RecoveryPart {
    /// Protects the scene: logs, metrics, an instance set aside.
    Save,
    /// Takes something back.
    Step,
}

impl RecoveryPart {
    /// The word that reports use.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            RecoveryPart::Save => "save",
            RecoveryPart::Step => "step",
        }
    }
}

/// What may still go wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Risk {
    /// Names the kind of risk, for example `untrusted_version`.
    pub id: String,
    pub message: String,
}

/// The recovery file that was in force when the decision was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecoverySource {
    /// Its path, as the configuration names it.
    pub path: String,
    /// SHA-256 of what it says, as compact JSON with sorted keys: a file that says something else is not run for this decision.
    pub digest: String,
}
