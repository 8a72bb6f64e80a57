//! The vocabulary that policies may use.
//!
//! Every kind of evidence has one file here. A kind reaches the input document as an [`Evidence`]: its [`Status`], the
//! [`Source`]s it was read from, and, only when it is known, its facts. This module imports nothing local, so that a reader can
//! learn the whole vocabulary without learning the program.

mod alerts;
mod canary;
mod capacity;
mod catalogue;
mod change;
mod coverage;
mod database;
mod documents;
mod flow;
mod health;
mod history;
mod incidents;
mod kind;
mod ledger;
mod logs;
mod plan;
mod playbook;
mod review;
mod rollback;
mod rollout;
mod scan;
mod slo;
mod span;
mod status;
mod tests;

pub use alerts::{ActiveAlert, AlertScope, Alerts};
pub use canary::{
    Canary, CanaryMetric, CanaryScore, Indicator, Judge, Measured, Needed, SampleCounts, ScoreClass, SeriesKind, Side, Signal,
    Soak, Worse, Zone,
};
pub use capacity::{Capacity, CapacityStep, Fit, Load, Pool, Throughput};
pub use catalogue::{Catalogue, Dependency, DependencyKind, Objectives, OnFailure, Service, Strength};
pub use change::{
    CatalogueChange, Category, Change, ChangeType, ChangedFile, Commit, DependencyChange, DependencyEdit, FileStatus, GateFile,
    GateRole, Header, LineRange, Marker, MarkerKind, MergedChange, Person, Revision, ServiceDependency, Size, Touches, Trailer,
};
pub use coverage::{
    AccountState, Counter, Coverage, FileAccount, FileCoverage, JoinedPath, MappedPath, Mapping, PatchArea, PatchCoverage,
    PathRule, percent,
};
pub use database::{
    Blocks, ChecklistAnswer, ChecklistContradiction, ChecklistQuestion, ChecklistWindow, CodeReference, Database,
    DatabaseChecklist, Direction, EarlyReason, EarlyStep, GrowingTable, Reversal, ReversalState, RiskClass, SizeClass,
    SqlDialect, SqlFile, SqlPlace, SqlRisk, SqlStatement, SqlUnderstanding, StatisticsSource, TouchedTable,
};
pub use documents::{Document, Documents, Section};
pub use flow::{FlowKey, FlowLimit, Operation};
pub use health::{Health, Instance};
pub use history::{
    BatchHistory, Breaker, BreakerState, Exception, FlowWindow, History, RunningRecovery, RunningRollout, TrustedVersion,
};
pub use incidents::{Degradation, Incident, IncidentSource, Incidents, Relation};
pub use kind::{Kind, UnknownKind};
pub use ledger::{
    BatchRecord, BatchState, ChangeRecord, CheckpointRecord, DecisionRecord, Entry, IncidentRecord, IncidentState,
    OverrideRecord, PlanRecord, Record, RecordKind, RecoveryClaim, RecoveryRecord, RecoveryState, SlotRecord,
};
pub use logs::{ExposureUnit, LogExposure, LogLevel, LogSide, LogTemplate, Logs, TemplateStatus};
pub use plan::{Batch, Phase, Plan, RolloutType};
pub use playbook::Playbook;
pub use review::{
    Approval, Association, Check, ChecklistItem, Committer, Deployment, LinkedIssue, Permission, ProposalState, Push,
    RequestedReviews, Review, ReviewState, Unanswered,
};
pub use rollback::{
    Approvals, BatchToTakeBack, Checked, ForwardFix, Obstacle, Precondition, ROLLBACK_SCHEMA, RecoveryPart, RecoverySource, Risk,
    Rollback, RollbackAction, RollbackReason, RollbackStep,
};
pub use rollout::{BreakGlass, Freeze, FreezeAsks, Rollout};
pub use scan::{Scan, ScanBaseline, ScanCounts, ScanFinding, ScanRatchet, Severity, Suppression, Tool};
pub use slo::{BURN_LIMITS, BurnLimit, BurnRule, BurnSeverity, Slo, SloObjective};
pub use span::{NoSpan, SPAN_FORMAT, Span};
pub use status::{Evidence, Source, Status};
pub use tests::{KnownFailure, KnownFailureState, KnownOutcome, MadeFor, Suite, TestCase, TestFailure, Tests};
