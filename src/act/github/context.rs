//! What is known of the place that is published to.

use crate::collect::ci;
use crate::decide::{Decision, Stage};
use crate::report::github::{Marker, Scene};

/// Where this run stands on GitHub, as its environment says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of the event of its own")]
pub struct Context {
    /// `owner/name`.
    pub repository: Option<String>,
    /// What set the run off, for example `pull_request`.
    pub event: String,
    pub is_merge_group: bool,
    /// Whether the change is a pull request's.
    pub is_pull_request: bool,
    /// Whether the pull request comes from another repository: the workflow's own token is read-only then.
    pub is_fork: bool,
    pub pull_request: Option<u64>,
    /// The pull request's own newest commit. On `pull_request` the job runs on a merge commit that no page shows.
    pub pull_request_head: Option<String>,
    /// Whether the job runs on that merge commit.
    pub is_merge_ref: bool,
    /// The commit that the job runs on; the group's in a merge queue.
    pub head: Option<String>,
    /// The run and its attempt.
    pub run: (u64, u64),
    pub run_url: Option<String>,
    /// Below it are the pages of workflows.
    pub actions_url: Option<String>,
    /// The file of the workflow that rolls back, where the environment names one.
    pub rollback_workflow: Option<String>,
}

impl Context {
    /// What the environment of this process says.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "reads where the run stands")]
    pub fn of_environment() -> Context {
        Context::of(&ci::context(), |name| std::env::var(name).ok())
    }

    /// What CI said of the change and the run, and which workflow `KADIAN_ROLLBACK_WORKFLOW` names.
    pub(super) fn of(ci: &ci::CiContext, variable: impl Fn(&str) -> Option<String>) -> Context {
        let read = |name: &str| variable(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        let mut context = Context {
            repository: read("GITHUB_REPOSITORY"),
            event: ci.event.clone().unwrap_or_default(),
            is_merge_group: ci.is_merge_group,
            is_pull_request: ci.is_pull_request_or_merge_group && !ci.is_merge_group,
            is_fork: ci.is_fork == Some(true),
            pull_request: ci.pull_request,
            pull_request_head: ci.pull_request_head.clone(),
            is_merge_ref: ci.is_merge_ref,
            head: ci.head.clone(),
            run: ci.run.as_ref().map_or((0, 0), |run| (run.id, run.attempt)),
            run_url: ci.run.as_ref().map(|run| run.url.clone()),
            actions_url: None,
            rollback_workflow: read("KADIAN_ROLLBACK_WORKFLOW"),
        };
        let server = read("GITHUB_SERVER_URL").unwrap_or_else(|| "https://github.com".to_owned());
        context.actions_url =
            context.repository().map(|repository| format!("{}/{repository}/actions", server.trim_end_matches('/')));
        context
    }

    /// Where the decision is shown. Before the configuration's word on the workflow that rolls back comes the environment's.
    pub(super) fn scene(&self, decision: &Decision) -> Scene {
        let configured = decision.rollback.as_ref().and_then(|rollback| rollback.workflow.clone());
        let workflow = self.rollback_workflow.clone().or(configured).filter(|name| is_file_name(name));
        let rollback_url =
            self.actions_url.as_ref().zip(workflow).map(|(below, workflow)| format!("{below}/workflows/{workflow}"));
        Scene { run_url: self.run_url.clone(), rollback_url, is_merge_group: self.is_merge_group }
    }

    /// The commit to report on: the pull request's head, where it or a trial merge of it was judged; otherwise the one that was judged.
    /// `None` where only the merge commit of a pull request is known, which nobody would look at, and where the event is about another
    /// commit than the judged one.
    pub(super) fn target(&self, decision: &Decision) -> Option<String> {
        let judged = decision.subject.head.clone();
        let target = if self.is_merge_group {
            // What was judged is the group itself, or nothing is said about it.
            judged.filter(|judged| self.head.as_ref().is_none_or(|head| head == judged))
        } else if self.is_pull_request {
            let tried = decision.subject.pull_request_head.clone();
            tried.or_else(|| judged.filter(|_| !self.is_merge_ref && self.pull_request_head.is_none()))
        } else {
            judged.or_else(|| self.head.clone())
        };
        target.filter(|sha| matches!(sha.len(), 40 | 64) && sha.bytes().all(|byte| byte.is_ascii_hexdigit()))
    }

    /// The pull request to comment on. A merge group has none of its own.
    pub(super) fn commented(&self, decision: &Decision) -> Option<u64> {
        decision.subject.pull_request.or(self.pull_request).filter(|number| *number > 0 && !self.is_merge_group)
    }

    pub(super) fn marker(&self, stage: Stage, head: String) -> Marker {
        Marker { stage, head, run: self.run }
    }

    /// The repository, if it is `owner/name` and can stand in an address as it is.
    pub(super) fn repository(&self) -> Option<&str> {
        let name = self.repository.as_deref()?;
        let plain = |part: &str| {
            !matches!(part, "" | "." | "..") && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        };
        let (owner, rest) = name.split_once('/')?;
        (plain(owner) && plain(rest)).then_some(name)
    }
}

/// Whether a text names a file of `.github/workflows`.
fn is_file_name(name: &str) -> bool {
    !name.starts_with('.') && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}
