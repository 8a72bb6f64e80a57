//! What the CI system says about the change.
//!
//! Sources: GitHub's "Variables reference" and "Webhook events and payloads", GitLab's "Predefined CI/CD variables", the Jenkins
//! branch-source plugins, Buildkite's "Environment variables"; the rest stands with each file below.

#![expect(clippy::disallowed_methods, reason = "this module is where the CI environment is read")]

mod buildkite;
mod github;
mod gitlab;
mod table;

/// Reads a variable; an empty one counts as none.
type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// A CI system that kadian knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provider {
    GitHub,
    GitLab,
    Jenkins,
    Buildkite,
    CircleCi,
    Azure,
    Bitbucket,
    Drone,
    Woodpecker,
    Travis,
    AppVeyor,
    CodeBuild,
}

/// The change as CI names it. Everything is unknown outside CI.
///
/// Commits are hexadecimal ids and nothing else: a value that is not one is left out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own about the job")]
pub struct CiContext {
    pub provider: Option<Provider>,
    /// The commit that the change is measured against, where CI names one.
    pub base: Option<String>,
    /// The target branch of a pull request or merge group.
    pub base_branch: Option<String>,
    /// The commit that the job runs on.
    pub head: Option<String>,
    pub pull_request: Option<u64>,
    /// The branch under review, or the branch that was pushed to.
    pub branch: Option<String>,
    /// Whether the change is a proposal: what judges it then comes from the base.
    pub is_pull_request_or_merge_group: bool,
    /// Whether the job tries a merge group: nobody can act there, and no pull request is under review.
    pub is_merge_group: bool,
    /// Whether the pull request comes from another repository, whose jobs get a token that may only read; `None` where nobody says.
    pub is_fork: Option<bool>,
    /// Whether the job's ref is the merge commit that CI made to try the pull request.
    pub is_merge_ref: bool,
    /// The pull request's own newest commit; evidence that was made for it belongs to the change, too.
    pub pull_request_head: Option<String>,
    /// The commit that a branch had before the push; all zeros when the branch is new.
    pub before: Option<String>,
    pub default_branch: Option<String>,
    /// `owner/name` on GitHub.
    pub repository: Option<String>,
    /// What set the job off, in the words of its system: `pull_request`.
    pub event: Option<String>,
    /// The run that the job belongs to, where its system says.
    pub run: Option<Run>,
    /// The file in this repository that the job's steps come from, where the change under review can edit it and have the edited one run.
    pub own_workflow: Option<String>,
    /// Whether `CI` is set and no known system set it: nobody told whether this is a pull request.
    pub is_unknown_system: bool,
    /// What could not be read.
    pub notes: Vec<String>,
}

/// A run of a workflow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Later runs have larger numbers.
    pub id: u64,
    /// From 1; larger when the same run was started again.
    pub attempt: u64,
    /// Where people look at it.
    pub url: String,
}

impl CiContext {
    /// Reads the environment through `variable`, and on GitHub the event file that it names.
    ///
    /// Without a known CI system the context is empty. Where the variables of several are there (one started by another), the one
    /// that shows a pull request is believed. An event file that cannot be read is noted, not an error: the variables
    /// alone say whether this is a pull request.
    #[must_use]
    pub fn from_env(variable: impl Fn(&str) -> Option<String>) -> Self {
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        let mut known: Vec<CiContext> = Vec::new();
        if variable("GITHUB_ACTIONS").is_some_and(|value| value == "true") || variable("GITHUB_EVENT_NAME").is_some() {
            known.push(github::read(&variable));
        }
        if variable("GITLAB_CI").is_some() || variable("CI_EXTERNAL_PULL_REQUEST_IID").is_some() {
            known.push(gitlab::read(&variable));
        }
        if variable("BUILDKITE").is_some() {
            known.push(buildkite::read(&variable));
        }
        known.extend(table::SYSTEMS.iter().filter_map(|system| system.read(&variable)));
        let said = known.iter().position(|context| context.is_pull_request_or_merge_group).unwrap_or(0);
        if said < known.len() {
            return known.swap_remove(said);
        }
        let in_ci = variable("CI").is_some_and(|value| !matches!(value.as_str(), "false" | "0"));
        CiContext { is_unknown_system: in_ci, ..CiContext::default() }
    }

    /// Whether the pull request's number is one of GitHub's; `None` where the system builds for several hosts and does not say.
    #[must_use]
    pub fn is_of_github(&self) -> Option<bool> {
        match self.provider {
            Some(Provider::GitHub) => Some(true),
            Some(Provider::GitLab) => Some(self.event.as_deref() == Some("external_pull_request_event")),
            Some(Provider::Bitbucket) => Some(false),
            _ => None,
        }
    }

    /// Whether the branch is the one that releases come from: the default branch, otherwise `main` or `master`.
    #[must_use]
    pub fn is_main_branch(&self) -> bool {
        let Some(branch) = self.branch.as_deref() else { return false };
        match self.default_branch.as_deref() {
            Some(default) => branch == default,
            None => matches!(branch, "main" | "master"),
        }
    }
}

/// Lets only a full hexadecimal id through: the value reaches revision parsers and messages.
fn commit(value: Option<String>) -> Option<String> {
    value.filter(|value| matches!(value.len(), 40 | 64) && value.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// What the environment of this process says.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "reads the environment for the rest of the program")]
pub fn context() -> CiContext {
    CiContext::from_env(|name| std::env::var(name).ok())
}

/// The remote that a push goes to, as the installed hook hands it on.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "reads the environment for the rest of the program")]
pub fn pushed_remote() -> Option<String> {
    std::env::var("KADIAN_REMOTE").ok().filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests;
