//! Which changed files take part in judging: rules, owners, and the pipeline that runs the gate.

use std::collections::BTreeSet;

use super::judge::{self, Judge};
use crate::analyze::change::RawChange;
use crate::collect::ci::{CiContext, Provider};
use crate::facts::{GateFile, GateRole};

/// The changed files with a role, by path; old names count, because a file that is moved away no longer does what it did.
pub(super) fn of(raw: &RawChange, judge: &Judge, ci: &CiContext) -> Vec<GateFile> {
    let paths = raw.files.iter().flat_map(|file| [Some(file.path.as_str()), file.old_path.as_deref()]).flatten();
    let files: BTreeSet<GateFile> =
        paths.filter_map(|path| Some(GateFile { role: role(path, judge, ci)?, path: path.to_owned() })).collect();
    files.into_iter().collect()
}

fn role(path: &str, judge: &Judge, ci: &CiContext) -> Option<GateRole> {
    if runs_the_gate(path, ci) {
        return Some(GateRole::Pipeline);
    }
    if judge::CODEOWNERS.contains(&path) {
        return Some(GateRole::Owners);
    }
    judge.owns(path).then_some(GateRole::Rules)
}

/// Whether the job's steps come from the file as the change has it. Elsewhere than on GitHub that is where pipelines stand by convention.
fn runs_the_gate(path: &str, ci: &CiContext) -> bool {
    let below = |folder: &str| path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
    match ci.provider {
        // A workflow may call others, and actions of the repository.
        Some(Provider::GitHub) => ci.own_workflow.is_some() && (below(".github/workflows") || below(".github/actions")),
        Some(Provider::GitLab) => path == ".gitlab-ci.yml" || below(".gitlab/ci"),
        Some(Provider::Jenkins) => path == "Jenkinsfile" || below("jenkins"),
        Some(Provider::Buildkite) => below(".buildkite"),
        Some(Provider::CircleCi) => below(".circleci"),
        Some(Provider::Azure) => matches!(path, "azure-pipelines.yml" | ".azure-pipelines.yml") || below(".azure-pipelines"),
        Some(Provider::Bitbucket) => path == "bitbucket-pipelines.yml",
        Some(Provider::Drone) => path == ".drone.yml",
        Some(Provider::Woodpecker) => path == ".woodpecker.yml" || path == ".woodpecker.yaml" || below(".woodpecker"),
        Some(Provider::Travis) => path == ".travis.yml",
        Some(Provider::AppVeyor) => matches!(path, "appveyor.yml" | ".appveyor.yml"),
        Some(Provider::CodeBuild) => matches!(path, "buildspec.yml" | "buildspec.yaml"),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pipeline_counts_where_the_changes_own_version_runs() {
        let on = |provider, own: Option<&str>| CiContext {
            provider: Some(provider),
            own_workflow: own.map(str::to_owned),
            ..CiContext::default()
        };
        let own = on(Provider::GitHub, Some(".github/workflows/gate.yml"));
        assert!(runs_the_gate(".github/workflows/gate.yml", &own) && runs_the_gate(".github/actions/x/action.yml", &own));
        assert!(!runs_the_gate(".github/workflowsx", &own) && !runs_the_gate("src/.github/workflows/a.yml", &own));
        assert!(
            !runs_the_gate(".github/workflows/gate.yml", &on(Provider::GitHub, None)),
            "a required workflow comes from elsewhere"
        );
        assert!(runs_the_gate("Jenkinsfile", &on(Provider::Jenkins, None)));
        assert!(!runs_the_gate("Jenkinsfile", &CiContext::default()));
    }
}
