//! What the CI system says about the change.
//!
//! Sources: GitHub's "Variables reference" and "Webhook events and payloads", GitLab's "Predefined CI/CD variables", the Jenkins
//! branch-source plugins, Buildkite's "Environment variables".

#![expect(clippy::disallowed_methods, reason = "this module is where the CI environment is read")]

use serde::Deserialize;

/// A CI system that kadian knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provider {
    GitHub,
    GitLab,
    Jenkins,
    Buildkite,
}

/// The change as CI names it. Everything is unknown outside CI.
///
/// Commits are hexadecimal ids and nothing else: a value that is not one is left out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
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
    /// Whether the job's ref is the merge commit that CI made to try the pull request.
    pub is_merge_ref: bool,
    /// The pull request's own newest commit; evidence that was made for it belongs to the change, too.
    pub pull_request_head: Option<String>,
    /// The commit that a branch had before the push; all zeros when the branch is new.
    pub before: Option<String>,
    pub default_branch: Option<String>,
    /// What could not be read.
    pub notes: Vec<String>,
}

impl CiContext {
    /// Reads the environment through `variable`, and on GitHub the event file that it names.
    ///
    /// Without a known CI system the context is empty. An event file that cannot be read is noted, not an error: the variables
    /// alone say whether this is a pull request.
    #[must_use]
    pub fn from_env(variable: impl Fn(&str) -> Option<String>) -> Self {
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        if variable("GITHUB_ACTIONS").is_some_and(|value| value == "true") || variable("GITHUB_EVENT_NAME").is_some() {
            return github(&variable);
        }
        if variable("GITLAB_CI").is_some() {
            return gitlab(&variable);
        }
        if variable("BUILDKITE").is_some() {
            return buildkite(&variable);
        }
        if variable("JENKINS_URL").is_some() || variable("CHANGE_ID").is_some() {
            return jenkins(&variable);
        }
        CiContext::default()
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

/// The parts of a GitHub event that matter here.
#[derive(Debug, Default, Deserialize)]
struct Event {
    pull_request: Option<PullRequest>,
    merge_group: Option<MergeGroup>,
    before: Option<String>,
    repository: Option<EventRepository>,
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

fn github(variable: &dyn Fn(&str) -> Option<String>) -> CiContext {
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
    let is_request = name.starts_with("pull_request") || event.pull_request.is_some();
    let branch_of_ref = reference.strip_prefix("refs/heads/").map(str::to_owned);
    let (base, head) = event.pull_request.as_ref().map_or((None, None), |pull| (pull.base.as_ref(), pull.head.as_ref()));
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
        pull_request: event
            .pull_request
            .as_ref()
            .and_then(|pull| pull.number)
            .or_else(|| number_of_ref.and_then(|(number, _)| number.parse().ok())),
        branch: variable("GITHUB_HEAD_REF").or(branch_of_ref),
        is_pull_request_or_merge_group: is_request || is_group || number_of_ref.is_some(),
        is_merge_ref: number_of_ref.is_some_and(|(_, kind)| kind == "merge"),
        pull_request_head: commit(head.and_then(|end| end.sha.clone())),
        before: if name == "push" { commit(event.before) } else { None },
        default_branch: event.repository.and_then(|repository| repository.default_branch),
        notes,
    }
}

/// Reads GitHub's event file, or says why it cannot.
fn github_event(path: &str) -> Result<Event, String> {
    let bytes =
        std::fs::read(path).map_err(|error| format!("the event file that GITHUB_EVENT_PATH names cannot be read: {error}"))?;
    serde_json::from_slice(&bytes)
        .map_err(|error| format!("the event file that GITHUB_EVENT_PATH names is not a GitHub event: {error}"))
}

fn gitlab(variable: &dyn Fn(&str) -> Option<String>) -> CiContext {
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
        default_branch: variable("CI_DEFAULT_BRANCH"),
        notes: Vec::new(),
    }
}

fn jenkins(variable: &dyn Fn(&str) -> Option<String>) -> CiContext {
    let request = variable("CHANGE_ID");
    CiContext {
        provider: Some(Provider::Jenkins),
        base_branch: variable("CHANGE_TARGET"),
        head: commit(variable("GIT_COMMIT")),
        is_pull_request_or_merge_group: request.is_some(),
        pull_request: request.and_then(|number| number.parse().ok()),
        branch: variable("CHANGE_BRANCH").or_else(|| variable("BRANCH_NAME")),
        ..CiContext::default()
    }
}

fn buildkite(variable: &dyn Fn(&str) -> Option<String>) -> CiContext {
    let request = variable("BUILDKITE_PULL_REQUEST").filter(|value| value != "false");
    CiContext {
        provider: Some(Provider::Buildkite),
        base_branch: variable("BUILDKITE_PULL_REQUEST_BASE_BRANCH").or_else(|| variable("BUILDKITE_MERGE_QUEUE_BASE_BRANCH")),
        base: commit(variable("BUILDKITE_MERGE_QUEUE_BASE_COMMIT")),
        head: commit(variable("BUILDKITE_COMMIT")),
        is_pull_request_or_merge_group: request.is_some() || variable("BUILDKITE_MERGE_QUEUE_BASE_BRANCH").is_some(),
        pull_request_head: commit(variable("BUILDKITE_COMMIT").filter(|_| request.is_some())),
        pull_request: request.and_then(|number| number.parse().ok()),
        branch: variable("BUILDKITE_BRANCH"),
        default_branch: variable("BUILDKITE_PIPELINE_DEFAULT_BRANCH"),
        ..CiContext::default()
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
mod tests {
    use super::*;
    use std::io::Write as _;

    const ONE: &str = "1111111111111111111111111111111111111111";
    const TWO: &str = "2222222222222222222222222222222222222222";
    const THREE: &str = "3333333333333333333333333333333333333333";

    fn context(variables: &[(&str, &str)]) -> CiContext {
        CiContext::from_env(|name| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
    }

    fn event(json: &str) -> (tempfile::NamedTempFile, String) {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(json.as_bytes()).unwrap();
        let path = file.path().to_str().unwrap().to_owned();
        (file, path)
    }

    #[test]
    fn outside_ci_nothing_is_known() {
        assert_eq!(context(&[]), CiContext::default());
        assert_eq!(context(&[("GITHUB_ACTIONS", ""), ("GITHUB_EVENT_NAME", "")]), CiContext::default());
    }

    #[test]
    fn a_github_pull_request_names_its_ends() {
        let (_file, path) = event(&format!(
            r#"{{"pull_request":{{"number":7,"base":{{"sha":"{ONE}","ref":"main"}},"head":{{"sha":"{TWO}","ref":"f"}}}},
                "repository":{{"default_branch":"trunk"}}}}"#
        ));
        let found = context(&[
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_EVENT_NAME", "pull_request"),
            ("GITHUB_EVENT_PATH", &path),
            ("GITHUB_BASE_REF", "main"),
            ("GITHUB_HEAD_REF", "f"),
            ("GITHUB_REF", "refs/pull/7/merge"),
            ("GITHUB_SHA", THREE),
        ]);
        assert_eq!((found.base.as_deref(), found.base_branch.as_deref()), (Some(ONE), Some("main")));
        assert_eq!((found.head.as_deref(), found.pull_request_head.as_deref()), (Some(THREE), Some(TWO)));
        assert_eq!((found.pull_request, found.branch.as_deref()), (Some(7), Some("f")));
        assert!(found.is_pull_request_or_merge_group && found.is_merge_ref && found.notes.is_empty());
        assert_eq!(found.default_branch.as_deref(), Some("trunk"));
        assert_eq!(found.before, None);
    }

    #[test]
    fn a_github_pull_request_is_one_even_when_its_event_cannot_be_read() {
        let (_file, path) = event("[]");
        for path in [path.as_str(), "/nowhere/event.json"] {
            let found = context(&[
                ("GITHUB_EVENT_NAME", "pull_request"),
                ("GITHUB_EVENT_PATH", path),
                ("GITHUB_REF", "refs/pull/12/merge"),
            ]);
            assert!(found.is_pull_request_or_merge_group);
            assert_eq!((found.pull_request, found.notes.len()), (Some(12), 1));
        }
    }

    #[test]
    fn a_github_merge_group_and_a_push_are_told_apart() {
        let (_file, path) =
            event(&format!(r#"{{"merge_group":{{"base_sha":"{ONE}","base_ref":"refs/heads/main","head_sha":"{TWO}"}}}}"#));
        let group = context(&[("GITHUB_EVENT_NAME", "merge_group"), ("GITHUB_EVENT_PATH", &path), ("GITHUB_SHA", TWO)]);
        assert!(group.is_pull_request_or_merge_group && !group.is_merge_ref);
        assert_eq!((group.base.as_deref(), group.base_branch.as_deref(), group.pull_request), (Some(ONE), Some("main"), None));

        let (_file, path) = event(&format!(r#"{{"before":"{ONE}","repository":{{"default_branch":"main"}}}}"#));
        let push = context(&[("GITHUB_EVENT_NAME", "push"), ("GITHUB_EVENT_PATH", &path), ("GITHUB_REF", "refs/heads/main")]);
        assert!(!push.is_pull_request_or_merge_group && push.is_main_branch());
        assert_eq!(push.before.as_deref(), Some(ONE));
    }

    #[test]
    fn a_commit_that_is_not_an_id_is_left_out() {
        let (_file, path) = event(r#"{"before":"--upload-pack=x"}"#);
        let push = context(&[("GITHUB_EVENT_NAME", "push"), ("GITHUB_EVENT_PATH", &path), ("GITHUB_SHA", "HEAD")]);
        assert_eq!((push.before, push.head), (None, None));
    }

    #[test]
    fn the_other_systems_name_their_merge_requests() {
        let gitlab = context(&[
            ("GITLAB_CI", "true"),
            ("CI_MERGE_REQUEST_IID", "5"),
            ("CI_MERGE_REQUEST_DIFF_BASE_SHA", ONE),
            ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main"),
            ("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "f"),
            ("CI_COMMIT_SHA", TWO),
        ]);
        assert_eq!(
            (gitlab.pull_request, gitlab.base.as_deref(), gitlab.pull_request_head.as_deref()),
            (Some(5), Some(ONE), Some(TWO))
        );
        assert!(gitlab.is_pull_request_or_merge_group && !gitlab.is_merge_ref);

        let jenkins = context(&[("CHANGE_ID", "9"), ("CHANGE_TARGET", "main"), ("CHANGE_BRANCH", "f")]);
        assert_eq!((jenkins.pull_request, jenkins.base_branch.as_deref()), (Some(9), Some("main")));
        assert!(jenkins.is_pull_request_or_merge_group);

        let request = [("BUILDKITE", "true"), ("BUILDKITE_PULL_REQUEST", "3"), ("BUILDKITE_PULL_REQUEST_BASE_BRANCH", "main")];
        assert!(context(&request).is_pull_request_or_merge_group);
        let branch = context(&[("BUILDKITE", "true"), ("BUILDKITE_PULL_REQUEST", "false"), ("BUILDKITE_BRANCH", "main")]);
        assert!(!branch.is_pull_request_or_merge_group && branch.is_main_branch());
    }
}
