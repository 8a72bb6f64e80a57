//! Carries a recommended rollback out (requirements F5, F8): what the recovery file names, and nothing else.
//!
//! [`plan`] puts every value in and does nothing; [`run`] does what the plan says, one step after the other, and records each before
//! and after. A run that was interrupted goes on where it stopped: what is done is not done again, and a step of which nobody can
//! tell whether it ran is a person's question. Adding an executor is one file here, one variant of
//! [`Action`](crate::evidence::recovery::Action), and one line in `plan::made`.

mod argo_rollouts;
mod book;
mod call;
mod command;
mod github_workflow;
mod helm;
mod http;
mod journal;
mod kubectl;
mod looking;
mod plan;
mod process;
mod run;
mod secrets;
mod show;
mod state;
#[cfg(test)]
mod tests;
mod webhook;

pub use call::{Call, HttpCall, Look, Text, Wants};
pub use plan::{Plan, PlannedStep, plan, run_of};
pub use run::{Order, Outcome, give_up, run};
pub use show::{approval, dry_run};
