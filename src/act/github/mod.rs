//! Publishes a decision on GitHub. `plan` says what to write and sees no network; `apply` sends it. Nothing here changes a verdict or an
//! exit code: what cannot be published is told.

mod api;
mod apply;
mod client;
mod context;
mod plan;
mod refusal;
pub mod runner;
mod sticky;
#[cfg(test)]
mod tests;

pub use api::{Api, Method, Refused};
pub use apply::apply;
pub use context::Context;
pub use plan::{CheckRunWrite, CommentWrite, Plan, Write, plan};

use crate::collect::github::{self, GitHub, Limits};
use crate::decide::Decision;

/// Where a decision can be published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    CheckRun,
    /// Only where there is a pull request.
    Comment,
    Status,
    /// The summary of the job.
    Summary,
    /// The outputs of the step.
    Outputs,
}

impl Target {
    pub const ALL: [Target; 5] = [Target::CheckRun, Target::Comment, Target::Status, Target::Summary, Target::Outputs];

    /// The word of `--publish`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Target::CheckRun => "check-run",
            Target::Comment => "comment",
            Target::Status => "status",
            Target::Summary => "summary",
            Target::Outputs => "outputs",
        }
    }

    /// Whether it is written over the network, which needs a token.
    #[must_use]
    pub fn is_remote(self) -> bool {
        match self {
            Target::CheckRun | Target::Comment | Target::Status => true,
            Target::Summary | Target::Outputs => false,
        }
    }
}

/// Publishes a decision where it was asked for, and says what could not be, as sentences. Nothing is asked of anybody in shadow mode.
#[must_use]
pub fn publish(decision: &Decision, targets: &[Target]) -> Vec<String> {
    let context = Context::of_environment();
    let plan = plan(decision, targets, &context);
    if plan.writes.is_empty() {
        return plan.unpublished;
    }
    let client =
        github::access().and_then(|access| GitHub::open(&access, &Limits::default()).map_err(|failure| failure.to_string()));
    match client {
        Ok(client) => apply(&plan, &client, context.is_fork),
        Err(reason) => plan.unpublished.into_iter().chain([format!("nothing is published on GitHub: {reason}")]).collect(),
    }
}
