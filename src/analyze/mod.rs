//! Pure analysis between records and facts: what a change is, which of its lines are covered, which findings are new.

pub mod alerts;
pub mod binding;
pub mod canary;
pub mod capacity;
pub mod change;
pub mod counters;
pub mod coverage;
pub mod dependencies;
pub mod freeze;
pub mod health;
pub mod history;
pub mod incidents;
pub mod logs;
pub mod metrics;
pub mod paths;
pub mod people;
pub mod playbooks;
pub mod recording;
pub mod review;
pub mod rollback;
pub mod scan;
pub mod scope;
pub mod slis;
pub mod slo;
pub mod suspects;
pub mod tests;
