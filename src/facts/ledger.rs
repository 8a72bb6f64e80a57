//! What the ledger records: changes, plans, batches, decisions, slots, exceptions, incidents and recoveries.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Operation, Phase, Plan, RolloutType};

/// One record of the ledger, with its place in the chain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Entry {
    /// Counted from 1, without gaps.
    pub seq: u64,
    /// When it was recorded, by the clock of who recorded it; never before the entry before it.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// The hash of the entry before it; 64 zeros for the first one.
    pub prev: String,
    /// SHA-256 over `prev`, `seq`, `at` and the record.
    pub hash: String,
    pub record: Record,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Record {
    Change(ChangeRecord),
    Plan(PlanRecord),
    Batch(BatchRecord),
    Decision(DecisionRecord),
    Slot(SlotRecord),
    Override(OverrideRecord),
    Incident(IncidentRecord),
    Recovery(RecoveryRecord),
    Checkpoint(CheckpointRecord),
}

/// The kinds of records, for filters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RecordKind {
    Change,
    Plan,
    Batch,
    Decision,
    Slot,
    Override,
    Incident,
    Recovery,
    Checkpoint,
}

/// A change to production that may have to explain an alert later, made under the gate or beside it (requirements B5, F1).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeRecord {
    /// Names the change where it was made: a ticket, a commit, a run.
    pub id: String,
    pub service: String,
    #[serde(rename = "type")]
    pub kind: RolloutType,
    /// When it began to take effect.
    #[schemars(with = "String")]
    pub started_at: Timestamp,
    /// When it was through; absent when it is not, or nobody said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub ended_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The APIs, tables, queues or hosts that it touches.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub touches: Vec<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
}

/// A plan that was judged; the first record of a plan binds its later ones.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanRecord {
    pub plan: Plan,
    /// As in the rollout's facts.
    pub digest: String,
}

/// What the pipeline did with a batch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchRecord {
    pub plan: String,
    pub service: String,
    pub digest: String,
    pub batch: u64,
    pub state: BatchState,
    /// The version that the batch brings.
    pub version: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BatchState {
    /// The deployment runs.
    Started,
    /// The deployment is through; the soak begins.
    Done,
    /// The deployment itself failed.
    Failed,
    /// The batch was taken back.
    RolledBack,
}

/// What the gate answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DecisionRecord {
    /// The decision's id.
    pub id: String,
    /// `push`, `merge`, `release` or `rollout`.
    pub stage: String,
    /// `pass`, `hold`, `block` or `rollback`.
    pub verdict: String,
    /// `enforce`, `warn` or `shadow`.
    pub mode: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// The head commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase: Option<Phase>,
    /// The version that the decision is about: the plan's `to`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The ids of the findings that made the verdict, sorted, each once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<String>,
    /// Ids of waived findings.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waived: Vec<String>,
    /// When the gate first saw the fault in the evidence; absent where the evidence does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub detected_at: Option<Timestamp>,
    /// The decision's rollback recommendation, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollback: Option<serde_json::Value>,
}

/// A place under the flow limits, taken by a passing decision before a batch; asked for again, it is the same one until it ends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SlotRecord {
    pub plan: String,
    pub batch: u64,
    pub service: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The kind of operation that is counted.
    pub operation: RolloutType,
}

impl SlotRecord {
    /// As the limits count it.
    #[must_use]
    pub fn operation(&self) -> Operation<'_> {
        Operation { service: &self.service, region: self.region.as_deref(), kind: Some(self.operation) }
    }
}

/// An exception that people made (requirement C6): two of them, with a reason, shown for ever after.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OverrideRecord {
    pub plan: String,
    pub service: String,
    /// What is overridden: `freeze:NAME`, `breaker` or `clock`.
    pub subject: String,
    pub reason: String,
    pub by: Vec<String>,
    #[schemars(with = "String")]
    pub until: Timestamp,
}

/// An incident, when it opened, when its cause was named and when it was over (requirements C12, F7).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IncidentRecord {
    pub id: String,
    pub service: String,
    pub state: IncidentState,
    /// When that happened; the record may come later.
    #[schemars(with = "String")]
    pub happened_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The rollout or change that caused it, once somebody or something named it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum IncidentState {
    /// Somebody or something saw it.
    Opened,
    /// Its cause was named.
    Located,
    /// Users are no longer hurt.
    Resolved,
}

/// A step of a recovery, or the recovery as a whole (requirement F5).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecoveryRecord {
    /// Names the run; the same for all of its records.
    pub run: String,
    /// The rollout that is taken back.
    pub plan: String,
    pub service: String,
    /// The decision that recommended it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<String>,
    /// The step's number, counted from 1, and its name; absent for the run as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    pub state: RecoveryState,
    /// What to know about it: the exit code, the answer, why it was skipped. Without secrets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Who carries the run out; absent where nobody does any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<RecoveryClaim>,
    /// When it happened: the record may come later, because a recovery does not wait for the ledger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub happened_at: Option<Timestamp>,
}

/// A run in somebody's hands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecoveryClaim {
    /// The machine, and the place on it where the run's own journal lies.
    pub holder: String,
    /// Until when nobody else takes the run over.
    #[schemars(with = "String")]
    pub until: Timestamp,
    /// Who approved, as they were named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RecoveryState {
    /// About to run; whether it did is unknown until the next record.
    Started,
    Done,
    Failed,
    /// Its precondition says that it is not needed.
    Skipped,
}

/// Stands for entries that were pruned: what came before is in an archive, or gone by intention.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckpointRecord {
    /// The last entry that was removed.
    pub seq: u64,
    /// Its hash: the `prev` of the first entry that is left.
    pub hash: String,
    /// How many entries were removed this time.
    pub removed: u64,
    pub reason: String,
}

impl Entry {
    /// Whether this is the checkpoint that stands for all entries before `first`.
    #[must_use]
    pub fn stands_before(&self, first: &Entry) -> bool {
        matches!(&self.record, Record::Checkpoint(checkpoint)
            if first.seq.checked_sub(1) == Some(checkpoint.seq) && checkpoint.hash == first.prev)
    }
}

impl Record {
    #[must_use]
    pub fn kind(&self) -> RecordKind {
        match self {
            Record::Change(_) => RecordKind::Change,
            Record::Plan(_) => RecordKind::Plan,
            Record::Batch(_) => RecordKind::Batch,
            Record::Decision(_) => RecordKind::Decision,
            Record::Slot(_) => RecordKind::Slot,
            Record::Override(_) => RecordKind::Override,
            Record::Incident(_) => RecordKind::Incident,
            Record::Recovery(_) => RecordKind::Recovery,
            Record::Checkpoint(_) => RecordKind::Checkpoint,
        }
    }

    /// The service that the record is about; `None` for checkpoints and decisions about no named service.
    #[must_use]
    pub fn service(&self) -> Option<&str> {
        match self {
            Record::Change(record) => Some(&record.service),
            Record::Plan(record) => Some(&record.plan.service),
            Record::Batch(record) => Some(&record.service),
            Record::Decision(record) => record.service.as_deref(),
            Record::Slot(record) => Some(&record.service),
            Record::Override(record) => Some(&record.service),
            Record::Incident(record) => Some(&record.service),
            Record::Recovery(record) => Some(&record.service),
            Record::Checkpoint(_) => None,
        }
    }

    /// The rollout that the record belongs to, by the id of its plan.
    #[must_use]
    pub fn plan(&self) -> Option<&str> {
        match self {
            Record::Plan(record) => Some(&record.plan.id),
            Record::Batch(record) => Some(&record.plan),
            Record::Decision(record) => record.plan.as_deref(),
            Record::Slot(record) => Some(&record.plan),
            Record::Override(record) => Some(&record.plan),
            Record::Recovery(record) => Some(&record.plan),
            Record::Change(_) | Record::Incident(_) | Record::Checkpoint(_) => None,
        }
    }

    /// When what it tells of happened; `None` where that is when it was recorded.
    #[must_use]
    pub fn happened_at(&self) -> Option<Timestamp> {
        match self {
            Record::Change(record) => Some(record.started_at),
            Record::Incident(record) => Some(record.happened_at),
            Record::Recovery(record) => record.happened_at,
            _ => None,
        }
    }
}

impl RecordKind {
    pub const ALL: [RecordKind; 9] = [
        RecordKind::Change,
        RecordKind::Plan,
        RecordKind::Batch,
        RecordKind::Decision,
        RecordKind::Slot,
        RecordKind::Override,
        RecordKind::Incident,
        RecordKind::Recovery,
        RecordKind::Checkpoint,
    ];

    /// The word that entries and filters use.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            RecordKind::Change => "change",
            RecordKind::Plan => "plan",
            RecordKind::Batch => "batch",
            RecordKind::Decision => "decision",
            RecordKind::Slot => "slot",
            RecordKind::Override => "override",
            RecordKind::Incident => "incident",
            RecordKind::Recovery => "recovery",
            RecordKind::Checkpoint => "checkpoint",
        }
    }
}
