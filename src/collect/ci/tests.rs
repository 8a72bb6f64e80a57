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
        let found =
            context(&[("GITHUB_EVENT_NAME", "pull_request"), ("GITHUB_EVENT_PATH", path), ("GITHUB_REF", "refs/pull/12/merge")]);
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

/// For each system: what it sets on a pull request, its number and its target branch, and what it sets on a branch.
type Sample = (
    Provider,
    &'static [(&'static str, &'static str)],
    Option<u64>,
    Option<&'static str>,
    &'static [(&'static str, &'static str)],
);

const SAMPLES: &[Sample] = &[
    (Provider::Jenkins, &[("ghprbPullId", "8"), ("ghprbTargetBranch", "main")], Some(8), Some("main"), &[("JENKINS_URL", "x")]),
    (
        Provider::CircleCi,
        &[("CIRCLECI", "true"), ("CIRCLE_PULL_REQUEST", "https://example.com/a/b/pull/3")],
        Some(3),
        None,
        &[("CIRCLECI", "true"), ("CIRCLE_BRANCH", "main")],
    ),
    (Provider::CircleCi, &[("CIRCLECI", "true"), ("CIRCLE_BRANCH", "pull/3")], None, None, &[("CIRCLECI", "true")]),
    (
        Provider::Azure,
        &[
            ("TF_BUILD", "True"),
            ("BUILD_REASON", "PullRequest"),
            ("SYSTEM_PULLREQUEST_PULLREQUESTNUMBER", "4"),
            ("SYSTEM_PULLREQUEST_PULLREQUESTID", "123456"),
            ("SYSTEM_PULLREQUEST_TARGETBRANCH", "refs/heads/release/1"),
        ],
        Some(4),
        Some("release/1"),
        &[("TF_BUILD", "True"), ("BUILD_REASON", "IndividualCI"), ("BUILD_SOURCEBRANCH", "refs/heads/main")],
    ),
    (Provider::Azure, &[("TF_BUILD", "True"), ("BUILD_REASON", "PullRequest")], None, None, &[("TF_BUILD", "True")]),
    (
        Provider::Bitbucket,
        &[("BITBUCKET_BUILD_NUMBER", "1"), ("BITBUCKET_PR_ID", "5"), ("BITBUCKET_PR_DESTINATION_BRANCH", "main")],
        Some(5),
        Some("main"),
        &[("BITBUCKET_BUILD_NUMBER", "1"), ("BITBUCKET_BRANCH", "main")],
    ),
    (
        Provider::Drone,
        &[("DRONE", "true"), ("DRONE_PULL_REQUEST", "6"), ("DRONE_TARGET_BRANCH", "main")],
        Some(6),
        Some("main"),
        &[("DRONE", "true"), ("DRONE_BUILD_EVENT", "push"), ("DRONE_TARGET_BRANCH", "main")],
    ),
    (
        Provider::Woodpecker,
        &[
            ("CI", "woodpecker"),
            ("CI_PIPELINE_EVENT", "pull_request"),
            ("CI_COMMIT_PULL_REQUEST", "7"),
            ("CI_COMMIT_TARGET_BRANCH", "main"),
        ],
        Some(7),
        Some("main"),
        &[("CI", "woodpecker"), ("CI_PIPELINE_EVENT", "push")],
    ),
    (
        Provider::Travis,
        &[("TRAVIS", "true"), ("TRAVIS_PULL_REQUEST", "9"), ("TRAVIS_BRANCH", "main")],
        Some(9),
        Some("main"),
        &[("TRAVIS", "true"), ("TRAVIS_PULL_REQUEST", "false"), ("TRAVIS_BRANCH", "main")],
    ),
    (
        Provider::AppVeyor,
        &[("APPVEYOR", "True"), ("APPVEYOR_PULL_REQUEST_NUMBER", "10"), ("APPVEYOR_REPO_BRANCH", "main")],
        Some(10),
        Some("main"),
        &[("APPVEYOR", "True"), ("APPVEYOR_REPO_BRANCH", "main")],
    ),
    (
        Provider::CodeBuild,
        &[
            ("CODEBUILD_BUILD_ID", "x"),
            ("CODEBUILD_WEBHOOK_EVENT", "PULL_REQUEST_UPDATED"),
            ("CODEBUILD_WEBHOOK_BASE_REF", "refs/heads/main"),
        ],
        None,
        Some("main"),
        &[("CODEBUILD_BUILD_ID", "x"), ("CODEBUILD_WEBHOOK_EVENT", "PUSH")],
    ),
    (
        Provider::GitLab,
        &[("GITLAB_CI", "true"), ("CI_EXTERNAL_PULL_REQUEST_IID", "11"), ("CI_EXTERNAL_PULL_REQUEST_TARGET_BRANCH_NAME", "main")],
        Some(11),
        Some("main"),
        &[("GITLAB_CI", "true"), ("CI_COMMIT_BRANCH", "main")],
    ),
];

#[test]
fn each_system_tells_a_pull_request_from_a_branch() {
    for (provider, request, number, target, on_branch) in SAMPLES {
        let found = context(request);
        assert!(found.is_pull_request_or_merge_group && !found.is_unknown_system, "{request:?}");
        assert_eq!((found.provider, found.pull_request), (Some(*provider), *number), "{request:?}");
        assert_eq!(found.base_branch.as_deref(), *target, "{request:?}");
        let found = context(on_branch);
        assert!(!found.is_pull_request_or_merge_group && !found.is_unknown_system, "{on_branch:?}");
        assert_eq!((found.provider, found.pull_request, found.base_branch), (Some(*provider), None, None), "{on_branch:?}");
    }
}

#[test]
fn every_system_of_the_table_has_a_sample() {
    for system in table::SYSTEMS {
        assert!(SAMPLES.iter().any(|(provider, ..)| *provider == system.provider), "{:?}", system.provider);
    }
}

#[test]
fn a_system_started_by_another_does_not_hide_the_pull_request() {
    let found = context(&[("GITHUB_ACTIONS", "true"), ("TRAVIS", "true"), ("TRAVIS_PULL_REQUEST", "9")]);
    assert!(found.is_pull_request_or_merge_group);
}

#[test]
fn the_merge_that_a_system_made_is_told_from_the_pull_requests_own_commit() {
    let travis = [("TRAVIS", "true"), ("TRAVIS_PULL_REQUEST", "9"), ("TRAVIS_COMMIT", ONE), ("TRAVIS_PULL_REQUEST_SHA", TWO)];
    let found = context(&travis);
    assert_eq!((found.head.as_deref(), found.pull_request_head.as_deref(), found.is_merge_ref), (Some(ONE), Some(TWO), true));
    let azure = [("TF_BUILD", "True"), ("BUILD_REASON", "PullRequest"), ("BUILD_SOURCEBRANCH", "refs/pull/4/merge")];
    assert!(context(&azure).is_merge_ref);
}

#[test]
fn a_system_that_nobody_knows_is_said_to_be_one() {
    for (value, unknown) in [("true", true), ("1", true), ("false", false), ("0", false), ("", false)] {
        let found = context(&[("CI", value)]);
        assert_eq!((found.is_unknown_system, found.is_pull_request_or_merge_group), (unknown, false), "CI={value}");
    }
}

#[test]
fn a_github_workflow_that_follows_a_pull_request_is_about_it() {
    let run = |json: &str| {
        let (_file, path) = event(json);
        context(&[("GITHUB_EVENT_NAME", "workflow_run"), ("GITHUB_EVENT_PATH", &path), ("GITHUB_REF", "refs/heads/main")])
    };
    let fork =
        run(&format!(r#"{{"workflow_run":{{"event":"pull_request","head_sha":"{ONE}","head_branch":"f","pull_requests":[]}}}}"#));
    assert!(fork.is_pull_request_or_merge_group && !fork.is_main_branch());
    assert_eq!((fork.pull_request_head.as_deref(), fork.branch.as_deref()), (Some(ONE), Some("f")));
    let own = run(&format!(
        r#"{{"workflow_run":{{"event":"pull_request","pull_requests":[{{"number":3,"base":{{"sha":"{ONE}","ref":"main"}}}}]}}}}"#
    ));
    assert_eq!((own.pull_request, own.base.as_deref(), own.base_branch.as_deref()), (Some(3), Some(ONE), Some("main")));
    assert!(!run(r#"{"workflow_run":{"event":"push","pull_requests":[]}}"#).is_pull_request_or_merge_group);
    assert!(run("[]").is_pull_request_or_merge_group, "an event that cannot be read does not say that it is none");
}

#[test]
fn every_github_event_about_a_pull_request_counts() {
    for name in ["pull_request_target", "pull_request_review", "pull_request_review_comment"] {
        assert!(context(&[("GITHUB_EVENT_NAME", name)]).is_pull_request_or_merge_group, "{name}");
    }
    for (json, is_request) in
        [(r#"{"issue":{"number":4,"pull_request":{"url":"x"}}}"#, true), (r#"{"issue":{"number":4}}"#, false)]
    {
        let (_file, path) = event(json);
        let found = context(&[("GITHUB_EVENT_NAME", "issue_comment"), ("GITHUB_EVENT_PATH", &path)]);
        assert_eq!((found.is_pull_request_or_merge_group, found.pull_request), (is_request, is_request.then_some(4)));
    }
}

#[test]
fn a_github_run_says_where_its_steps_come_from_and_whether_it_is_a_forks() {
    let (_file, path) = event(&format!(
        r#"{{"pull_request":{{"number":7,"base":{{"sha":"{ONE}","repo":{{"id":1}}}},"head":{{"sha":"{TWO}","repo":{{"id":2}}}}}}}}"#
    ));
    let variables = |workflow: &'static str| {
        [
            ("GITHUB_EVENT_NAME", "pull_request"),
            ("GITHUB_EVENT_PATH", path.as_str()),
            ("GITHUB_REF", "refs/pull/7/merge"),
            ("GITHUB_REPOSITORY", "o/r"),
            ("GITHUB_WORKFLOW_REF", workflow),
            ("GITHUB_RUN_ID", "42"),
            ("GITHUB_RUN_ATTEMPT", "2"),
        ]
        .map(|(name, value)| (name, value.to_owned()))
    };
    let read = |workflow| {
        let variables = variables(workflow);
        let pairs: Vec<(&str, &str)> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
        context(&pairs)
    };
    let found = read("O/r/.github/workflows/gate.yml@refs/pull/7/merge");
    assert_eq!(found.own_workflow.as_deref(), Some(".github/workflows/gate.yml"));
    assert_eq!((found.is_fork, found.is_merge_group, found.event.as_deref()), (Some(true), false, Some("pull_request")));
    let run = found.run.unwrap();
    assert_eq!((run.id, run.attempt, run.url.as_str()), (42, 2, "https://github.com/o/r/actions/runs/42"));
    for elsewhere in [
        "o/rules/.github/workflows/gate.yml@refs/heads/main",
        "o/r/.github/workflows/gate.yml@refs/heads/main",
        "o/rr/.github/workflows/gate.yml@refs/pull/7/merge",
        "o/r@refs/pull/7/merge",
        "",
    ] {
        assert_eq!(read(elsewhere).own_workflow, None, "{elsewhere}");
    }
}
