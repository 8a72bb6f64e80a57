//! GitLab CI. Source: "Predefined CI/CD variables", with the table for external pull requests.

use super::{CiContext, Lookup, Provider, commit};

/// A merge request, or a pull request of another host whose pipeline runs here.
pub(super) fn read(variable: Lookup<'_>) -> CiContext {
    if variable("CI_EXTERNAL_PULL_REQUEST_IID").is_some() {
        return external(variable);
    }
    let request = variable("CI_MERGE_REQUEST_IID");
    let is_request = request.is_some();
    // In a pipeline for merged results the job's commit is a merge commit made for the purpose, and both parents are named.
    let target = variable("CI_MERGE_REQUEST_TARGET_BRANCH_SHA");
    let source = variable("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA");
    CiContext {
        provider: Some(Provider::GitLab),
        base: commit(target.clone().or_else(|| variable("CI_MERGE_REQUEST_DIFF_BASE_SHA"))),
        base_branch: variable("CI_MERGE_REQUEST_TARGET_BRANCH_NAME"),
        head: commit(variable("CI_COMMIT_SHA")),
        pull_request: request.and_then(|number| number.parse().ok()),
        branch: variable("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME").or_else(|| variable("CI_COMMIT_BRANCH")),
        is_pull_request_or_merge_group: is_request,
        is_merge_ref: is_request && target.is_some() && source.is_some(),
        pull_request_head: commit(source.or_else(|| variable("CI_COMMIT_SHA").filter(|_| is_request))),
        before: commit(variable("CI_COMMIT_BEFORE_SHA").filter(|_| !is_request)),
        is_fork: variable("CI_MERGE_REQUEST_SOURCE_PROJECT_ID")
            .zip(variable("CI_MERGE_REQUEST_PROJECT_ID"))
            .map(|(source, target)| source != target),
        default_branch: variable("CI_DEFAULT_BRANCH"),
        event: variable("CI_PIPELINE_SOURCE"),
        ..CiContext::default()
    }
}

/// A pull request on GitHub that GitLab builds: the job runs on the pull request's own commit.
fn external(variable: Lookup<'_>) -> CiContext {
    CiContext {
        provider: Some(Provider::GitLab),
        base: commit(variable("CI_EXTERNAL_PULL_REQUEST_TARGET_BRANCH_SHA")),
        base_branch: variable("CI_EXTERNAL_PULL_REQUEST_TARGET_BRANCH_NAME"),
        head: commit(variable("CI_COMMIT_SHA")),
        pull_request: variable("CI_EXTERNAL_PULL_REQUEST_IID").and_then(|number| number.parse().ok()),
        branch: variable("CI_EXTERNAL_PULL_REQUEST_SOURCE_BRANCH_NAME"),
        is_pull_request_or_merge_group: true,
        pull_request_head: commit(variable("CI_EXTERNAL_PULL_REQUEST_SOURCE_BRANCH_SHA")),
        default_branch: variable("CI_DEFAULT_BRANCH"),
        event: Some("external_pull_request_event".to_owned()),
        ..CiContext::default()
    }
}
