//! 1-5-10 and the gate's own figures, from the entries of the ledger (requirement F7). `docs/metrics.md` defines each.
//!
//! [`Collector`] is fed entry by entry, so that years of them need no room; what it keeps are the rollouts and incidents of the last
//! month, and a number for each that is older.

mod collector;
mod lead;
mod times;
mod track;

#[cfg(test)]
mod tests;

use jiff::Timestamp;
use serde::Serialize;

pub use collector::Collector;
pub use times::Times;

/// What the ledger says about how well changes go and how well the gate does.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Metrics {
    /// `kadian.metrics/v1`.
    pub schema: &'static str,
    /// As asked for; null for the beginning.
    pub since: Option<Timestamp>,
    /// As asked for; null for the end.
    pub until: Option<Timestamp>,
    /// Entries within this time; 0 says that there is nothing to measure.
    pub entries: u64,
    /// From the first to the last of them, and at least one.
    pub days: f64,
    pub rollouts: Rollouts,
    /// Of the rollouts that failed, each from the start of the batch that was out.
    pub detection: Times,
    pub location: Times,
    pub recovery: Times,
    pub incidents: Incidents,
    /// From the first record of a version to its last batch being through.
    pub lead_time: Times,
    /// Changes that were recorded beside the gate.
    pub changes_beside_the_gate: u64,
    pub gate: Gate,
}

/// The rollouts whose first batch began in the time.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Rollouts {
    pub started: u64,
    /// All batches out, and nothing wrong.
    pub finished: u64,
    pub failed: u64,
    /// Of the failed ones.
    pub rolled_back: u64,
    /// Neither finished nor failed.
    pub running: u64,
    /// Rollouts of type `rollback`, which are in none of the other figures.
    pub rollbacks: u64,
    /// Failed of those that finished or failed; null of none.
    pub change_failure_percent: Option<f64>,
    /// Rolled back of those that finished or failed; null of none.
    pub rollback_percent: Option<f64>,
    /// Finished for each day; null without an entry.
    pub finished_per_day: Option<f64>,
}

/// The incidents that opened in the time, whatever caused them.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Incidents {
    pub opened: u64,
    /// From the opening of each.
    pub location: Times,
    pub resolution: Times,
}

/// What the gate answered. Decisions in warn or shadow mode bind nobody and are counted apart.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Gate {
    /// By stage and verdict, in enforce mode.
    pub decisions: Vec<Decisions>,
    pub not_binding: u64,
    /// Batches and phases that were held at least once: many looks at one are one.
    pub held: u64,
    /// Decisions that blocked or asked to roll back.
    pub blocks: u64,
    /// By the id of the finding; a decision counts for each of its findings.
    pub blocks_by_policy: Vec<Named>,
    /// By what was overridden: `freeze`, `breaker`.
    pub overrides: Vec<Named>,
    pub waived: u64,
    pub overridden_rollouts: u64,
    /// Those of them that finished: what was overridden was a false alarm.
    pub false_alarms: u64,
    /// Of the overridden ones that finished or failed; null of none.
    pub false_alarm_percent: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Decisions {
    pub stage: String,
    pub verdict: String,
    pub count: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Named {
    pub name: String,
    pub count: u64,
}
