//! GitHub Actions. Sources: "Variables reference", "Webhook events and payloads".

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::{CiContext, Lookup, Provider, Run, commit};

/// The parts of a GitHub event that matter here.
#[derive(Debug, Default, Deserialize)]
struct Event {
    pull_request: Option<PullRequest>,
    merge_group: Option<MergeGroup>,
    workflow_run: Option<WorkflowRun>,
    issue: Option<Issue>,
    before: Option<String>,
    repository: Option<EventRepository>,
}

/// The run that another workflow follows.
#[derive(Debug, Deserialize)]
struct WorkflowRun {
    /// What set it off.
    event: Option<String>,
    head_sha: Option<String>,
    head_branch: Option<String>,
    /// Empty for a pull request from a fork.
    #[serde(default)]
    pull_requests: Vec<PullRequest>,
}

/// An issue that was commented on; a pull request is one, too.
#[derive(Debug, Deserialize)]
struct Issue {
    number: Option<u64>,
    pull_request: Option<IgnoredAny>,
}

#[derive(Debug, Deserialize)]
struct PullRequest {
    number: Option<u64>,
    base: Option<End>,
    head: Option<End>,
}

#[derive(Debug, Deserialize)]
struct End {
    sha: Option<String>,
    #[serde(rename = "ref")]
    name: Option<String>,
    /// Null where the repository was deleted.
    #[serde(default)]
    repo: Option<EndRepository>,
}

#[derive(Debug, Deserialize)]
struct EndRepository {
    id: Option<u64>,
}

#[derive(Debug, Deserialize)]
struct MergeGroup {
    base_sha: Option<String>,
    base_ref: Option<String>,
    head_sha: Option<String>,
}

#[derive(Debug, Deserialize)]
struct EventRepository {
    default_branch: Option<String>,
}

/// What the variables say, and the event file that they name.
pub(super) fn read(variable: Lookup<'_>) -> CiContext {
    let mut notes = Vec::new();
    let event = match variable("GITHUB_EVENT_PATH") {
        Some(path) => github_event(&path).unwrap_or_else(|note| {
            notes.push(note);
            Event::default()
        }),
        None => Event::default(),
    };
    let name = variable("GITHUB_EVENT_NAME").unwrap_or_default();
    let reference = variable("GITHUB_REF").unwrap_or_default();
    let number_of_ref = reference.strip_prefix("refs/pull/").and_then(|rest| rest.split_once('/'));
    let is_group = name == "merge_group";
    let run = event.workflow_run.as_ref();
    let pull = event.pull_request.as_ref().or_else(|| run?.pull_requests.first());
    let commented = event.issue.as_ref().filter(|issue| issue.pull_request.is_some());
    let is_request = name.starts_with("pull_request")
        || event.pull_request.is_some()
        || commented.is_some()
        || (name == "issue_comment" && event.issue.is_none())
        || (name == "workflow_run" && run.is_none_or(follows_a_proposal));
    let branch_of_ref = reference.strip_prefix("refs/heads/").map(str::to_owned);
    let (base, head) = pull.map_or((None, None), |pull| (pull.base.as_ref(), pull.head.as_ref()));
    let group = event.merge_group.as_ref();
    CiContext {
        provider: Some(Provider::GitHub),
        base: commit(base.and_then(|end| end.sha.clone()).or_else(|| group?.base_sha.clone())),
        base_branch: variable("GITHUB_BASE_REF")
            .or_else(|| base?.name.clone())
            .or_else(|| Some(group?.base_ref.as_deref()?.trim_start_matches("refs/heads/").to_owned())),
        head: commit(
            if is_group { group.and_then(|group| group.head_sha.clone()) } else { None }.or_else(|| variable("GITHUB_SHA")),
        ),
        pull_request: pull
            .and_then(|pull| pull.number)
            .or_else(|| commented?.number)
            .or_else(|| number_of_ref.and_then(|(number, _)| number.parse().ok())),
        branch: variable("GITHUB_HEAD_REF").or_else(|| run?.head_branch.clone()).or(branch_of_ref),
        is_pull_request_or_merge_group: is_request || is_group || number_of_ref.is_some(),
        is_merge_group: is_group,
        is_fork: pull.and_then(is_fork),
        is_merge_ref: number_of_ref.is_some_and(|(_, kind)| kind == "merge"),
        pull_request_head: commit(head.and_then(|end| end.sha.clone()).or_else(|| run?.head_sha.clone())),
        before: if name == "push" { commit(event.before) } else { None },
        default_branch: event.repository.and_then(|repository| repository.default_branch),
        own_workflow: own_workflow(variable, &reference),
        event: Some(name).filter(|name| !name.is_empty()),
        repository: variable("GITHUB_REPOSITORY"),
        run: run_of(variable),
        is_unknown_system: false,
        notes,
    }
}

/// Whether the two ends lie in different repositories; an end whose repository is gone was a fork.
fn is_fork(pull: &PullRequest) -> Option<bool> {
    let base = pull.base.as_ref()?.repo.as_ref()?.id?;
    Some(pull.head.as_ref()?.repo.as_ref().and_then(|repo| repo.id) != Some(base))
}

/// The run, where all its numbers are there.
fn run_of(variable: Lookup<'_>) -> Option<Run> {
    let number = |name: &str| variable(name)?.parse().ok();
    let (id, attempt) = (number("GITHUB_RUN_ID")?, number("GITHUB_RUN_ATTEMPT").unwrap_or(1));
    let server = variable("GITHUB_SERVER_URL").unwrap_or_else(|| "https://github.com".to_owned());
    let url = format!("{}/{}/actions/runs/{id}", server.trim_end_matches('/'), variable("GITHUB_REPOSITORY")?);
    Some(Run { id, attempt, url })
}

/// The workflow's file, where it comes from the ref that the job runs on. A workflow that a ruleset requires, and one that runs on the base
/// (`pull_request_target`), come from elsewhere. Source: "Variables reference", `GITHUB_WORKFLOW_REF`.
fn own_workflow(variable: Lookup<'_>, reference: &str) -> Option<String> {
    let (repository, workflow) = (variable("GITHUB_REPOSITORY")?, variable("GITHUB_WORKFLOW_REF")?);
    let (path, at) = workflow.split_once('@')?;
    let (owner, path) = path.split_at_checked(repository.len())?;
    let own = owner.eq_ignore_ascii_case(&repository) && at == reference && reference.starts_with("refs/pull/");
    path.strip_prefix('/').filter(|path| own && !path.is_empty()).map(str::to_owned)
}

/// Whether a pull request or merge group set off the run. Where the event does not say, it is taken for one: the base judges then,
/// and nothing is lost but that the change's own rules do not hold yet.
fn follows_a_proposal(run: &WorkflowRun) -> bool {
    !run.pull_requests.is_empty()
        || run.event.as_deref().is_none_or(|event| event.starts_with("pull_request") || event == "merge_group")
}

/// Reads GitHub's event file, or says why it cannot.
fn github_event(path: &str) -> Result<Event, String> {
    let bytes =
        std::fs::read(path).map_err(|error| format!("the event file that GITHUB_EVENT_PATH names cannot be read: {error}"))?;
    serde_json::from_slice(&bytes)
        .map_err(|error| format!("the event file that GITHUB_EVENT_PATH names is not a GitHub event: {error}"))
}
