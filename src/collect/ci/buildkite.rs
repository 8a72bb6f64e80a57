//! Buildkite. Source: "Environment variables".

use super::{CiContext, Lookup, Provider, commit};

/// A pull request or an entry of the merge queue.
pub(super) fn read(variable: Lookup<'_>) -> CiContext {
    let request = variable("BUILDKITE_PULL_REQUEST").filter(|value| value != "false");
    let queue = variable("BUILDKITE_MERGE_QUEUE_BASE_BRANCH");
    CiContext {
        is_merge_group: request.is_none() && queue.is_some(),
        provider: Some(Provider::Buildkite),
        base_branch: variable("BUILDKITE_PULL_REQUEST_BASE_BRANCH").or_else(|| queue.clone()),
        base: commit(variable("BUILDKITE_MERGE_QUEUE_BASE_COMMIT")),
        head: commit(variable("BUILDKITE_COMMIT")),
        is_pull_request_or_merge_group: request.is_some() || queue.is_some(),
        pull_request_head: commit(variable("BUILDKITE_COMMIT").filter(|_| request.is_some())),
        pull_request: request.and_then(|number| number.parse().ok()),
        branch: variable("BUILDKITE_BRANCH"),
        default_branch: variable("BUILDKITE_PIPELINE_DEFAULT_BRANCH"),
        ..CiContext::default()
    }
}
