//! CI systems whose variables say everything in the same way: one row each.

use super::{CiContext, Lookup, Provider, commit};

/// Which variables of a system say what. Of several names, the first that has a value counts.
#[derive(Debug)]
pub(super) struct System {
    pub(super) provider: Provider,
    /// Any of these shows that the system runs the job.
    present: &'static [&'static str],
    /// A value that is not `false` shows a pull request; its last part is the number.
    request: &'static [&'static str],
    /// A variable, and how its value begins when the job is for a pull request.
    event: Option<(&'static str, &'static str)>,
    target: &'static [&'static str],
    target_commit: &'static str,
    source: &'static [&'static str],
    request_head: &'static [&'static str],
    branch: &'static [&'static str],
    head: &'static [&'static str],
    default_branch: &'static str,
    /// A variable, and how its value ends when the job's commit is the merge that the system made of a pull request.
    merge_ref: Option<(&'static str, &'static str)>,
}

/// A row that says nothing.
const NOTHING: System = System {
    provider: Provider::Jenkins,
    present: &[],
    request: &[],
    event: None,
    target: &[],
    target_commit: "",
    source: &[],
    request_head: &[],
    branch: &[],
    head: &[],
    default_branch: "",
    merge_ref: None,
};

/// The rows. Sources: each system's page on environment variables; for Jenkins those of the branch-source, the GitHub pull request
/// builder (`ghprb...`), the GitHub integration (`GITHUB_PR_...`) and the GitLab (`gitlab...`) plugins.
pub(super) const SYSTEMS: &[System] = &[
    System {
        provider: Provider::Jenkins,
        present: &["JENKINS_URL", "CHANGE_ID", "ghprbPullId", "GITHUB_PR_NUMBER", "gitlabMergeRequestIid"],
        request: &["CHANGE_ID", "ghprbPullId", "GITHUB_PR_NUMBER", "gitlabMergeRequestIid"],
        target: &["CHANGE_TARGET", "ghprbTargetBranch", "GITHUB_PR_TARGET_BRANCH", "gitlabTargetBranch"],
        source: &["CHANGE_BRANCH", "ghprbSourceBranch", "GITHUB_PR_SOURCE_BRANCH", "gitlabSourceBranch"],
        request_head: &["ghprbActualCommit", "GITHUB_PR_HEAD_SHA", "gitlabMergeRequestLastCommit"],
        branch: &["BRANCH_NAME"],
        head: &["GIT_COMMIT"],
        ..NOTHING
    },
    System {
        provider: Provider::CircleCi,
        present: &["CIRCLECI", "CIRCLE_PULL_REQUEST", "CIRCLE_PULL_REQUESTS", "CIRCLE_PR_NUMBER"],
        request: &["CIRCLE_PR_NUMBER", "CIRCLE_PULL_REQUEST", "CIRCLE_PULL_REQUESTS"],
        event: Some(("CIRCLE_BRANCH", "pull/")),
        request_head: &["CIRCLE_SHA1"],
        branch: &["CIRCLE_BRANCH"],
        head: &["CIRCLE_SHA1"],
        ..NOTHING
    },
    System {
        provider: Provider::Azure,
        present: &["TF_BUILD", "SYSTEM_PULLREQUEST_PULLREQUESTID", "SYSTEM_PULLREQUEST_PULLREQUESTNUMBER"],
        request: &["SYSTEM_PULLREQUEST_PULLREQUESTNUMBER", "SYSTEM_PULLREQUEST_PULLREQUESTID"],
        event: Some(("BUILD_REASON", "PullRequest")),
        target: &["SYSTEM_PULLREQUEST_TARGETBRANCH"],
        source: &["SYSTEM_PULLREQUEST_SOURCEBRANCH"],
        request_head: &["SYSTEM_PULLREQUEST_SOURCECOMMITID"],
        branch: &["BUILD_SOURCEBRANCH"],
        head: &["BUILD_SOURCEVERSION"],
        merge_ref: Some(("BUILD_SOURCEBRANCH", "/merge")),
        ..NOTHING
    },
    System {
        provider: Provider::Bitbucket,
        present: &["BITBUCKET_BUILD_NUMBER", "BITBUCKET_PR_ID"],
        request: &["BITBUCKET_PR_ID"],
        target: &["BITBUCKET_PR_DESTINATION_BRANCH"],
        target_commit: "BITBUCKET_PR_DESTINATION_COMMIT",
        source: &["BITBUCKET_BRANCH"],
        request_head: &["BITBUCKET_COMMIT"],
        branch: &["BITBUCKET_BRANCH"],
        head: &["BITBUCKET_COMMIT"],
        ..NOTHING
    },
    System {
        provider: Provider::Drone,
        present: &["DRONE", "DRONE_PULL_REQUEST"],
        request: &["DRONE_PULL_REQUEST"],
        event: Some(("DRONE_BUILD_EVENT", "pull_request")),
        target: &["DRONE_TARGET_BRANCH"],
        source: &["DRONE_SOURCE_BRANCH"],
        request_head: &["DRONE_COMMIT_SHA"],
        branch: &["DRONE_COMMIT_BRANCH"],
        head: &["DRONE_COMMIT_SHA"],
        default_branch: "DRONE_REPO_BRANCH",
        ..NOTHING
    },
    System {
        provider: Provider::Woodpecker,
        present: &["CI_PIPELINE_EVENT", "CI_COMMIT_PULL_REQUEST", "CI_BUILD_EVENT"],
        request: &["CI_COMMIT_PULL_REQUEST"],
        event: Some(("CI_PIPELINE_EVENT", "pull_request")),
        target: &["CI_COMMIT_TARGET_BRANCH"],
        source: &["CI_COMMIT_SOURCE_BRANCH"],
        request_head: &["CI_COMMIT_SHA"],
        branch: &["CI_COMMIT_BRANCH"],
        head: &["CI_COMMIT_SHA"],
        default_branch: "CI_REPO_DEFAULT_BRANCH",
        ..NOTHING
    },
    System {
        provider: Provider::Travis,
        present: &["TRAVIS", "TRAVIS_PULL_REQUEST"],
        request: &["TRAVIS_PULL_REQUEST"],
        event: Some(("TRAVIS_EVENT_TYPE", "pull_request")),
        target: &["TRAVIS_BRANCH"],
        source: &["TRAVIS_PULL_REQUEST_BRANCH"],
        request_head: &["TRAVIS_PULL_REQUEST_SHA"],
        branch: &["TRAVIS_BRANCH"],
        head: &["TRAVIS_COMMIT"],
        // Travis builds the merge of every pull request.
        merge_ref: Some(("TRAVIS_PULL_REQUEST", "")),
        ..NOTHING
    },
    System {
        provider: Provider::AppVeyor,
        present: &["APPVEYOR", "APPVEYOR_PULL_REQUEST_NUMBER"],
        request: &["APPVEYOR_PULL_REQUEST_NUMBER"],
        target: &["APPVEYOR_REPO_BRANCH"],
        source: &["APPVEYOR_PULL_REQUEST_HEAD_REPO_BRANCH"],
        request_head: &["APPVEYOR_PULL_REQUEST_HEAD_COMMIT"],
        branch: &["APPVEYOR_REPO_BRANCH"],
        head: &["APPVEYOR_REPO_COMMIT"],
        ..NOTHING
    },
    System {
        provider: Provider::CodeBuild,
        present: &["CODEBUILD_BUILD_ID"],
        event: Some(("CODEBUILD_WEBHOOK_EVENT", "PULL_REQUEST")),
        target: &["CODEBUILD_WEBHOOK_BASE_REF"],
        source: &["CODEBUILD_WEBHOOK_HEAD_REF"],
        branch: &["CODEBUILD_WEBHOOK_HEAD_REF"],
        head: &["CODEBUILD_RESOLVED_SOURCE_VERSION"],
        ..NOTHING
    },
];

impl System {
    /// What the system's variables say; `None` when it does not run this job.
    pub(super) fn read(&self, variable: Lookup<'_>) -> Option<CiContext> {
        let first = |names: &[&str]| names.iter().find_map(|name| variable(name));
        self.present.iter().any(|name| variable(name).is_some()).then_some(())?;
        let number = self.request.iter().find_map(|name| variable(name).filter(|value| value != "false"));
        let event = self.event.is_some_and(|(name, start)| variable(name).is_some_and(|value| value.starts_with(start)));
        let is_request = number.is_some() || event;
        let merged = self.merge_ref.is_some_and(|(name, end)| variable(name).is_some_and(|value| value.ends_with(end)));
        let source = first(self.source).filter(|_| is_request).or_else(|| first(self.branch));
        Some(CiContext {
            provider: Some(self.provider),
            base: commit(variable(self.target_commit).filter(|_| is_request)),
            base_branch: first(self.target).filter(|_| is_request).map(branch),
            head: commit(first(self.head)),
            pull_request: number.and_then(|number| number.rsplit('/').next()?.parse().ok()),
            branch: source.map(branch),
            is_pull_request_or_merge_group: is_request,
            is_merge_ref: is_request && merged,
            pull_request_head: commit(first(self.request_head).filter(|_| is_request)),
            default_branch: variable(self.default_branch).map(branch),
            ..CiContext::default()
        })
    }
}

/// A branch without the `refs/heads/` that some systems write.
fn branch(name: impl AsRef<str>) -> String {
    let name = name.as_ref();
    name.strip_prefix("refs/heads/").unwrap_or(name).to_owned()
}
