//! The executor `github-workflow`: a workflow is dispatched, as
//! <https://docs.github.com/en/rest/actions/workflows#create-a-workflow-dispatch-event> describes it.
//!
//! GitHub answers before the workflow runs: what it did is for the step's own verification to say.

use serde_json::{Map, Value, json};

use super::call::{Call, HttpCall, Text};
use super::plan::{Made, Scene};
use crate::error::Result;
use crate::evidence::recovery::GithubWorkflow;

/// The request. 204 is the answer of old, 200 the one that also tells of the run.
pub(super) fn plan(spec: &GithubWorkflow, scene: Scene<'_>) -> Result<Made> {
    let GithubWorkflow { api, repository, workflow, .. } = spec;
    let mut inputs = Map::new();
    for (name, value) in &spec.inputs {
        inputs.insert(name.clone(), Value::String(scene.fill(value)?));
    }
    let plain = |name: &str, value: &str| (name.to_owned(), Text::Plain(value.to_owned()));
    let token = Text::Secret { prefix: "Bearer ".to_owned(), name: spec.token_env.clone() };
    let call = HttpCall {
        method: "POST",
        url: format!("{api}/repos/{repository}/actions/workflows/{workflow}/dispatches"),
        headers: vec![
            plain("Accept", "application/vnd.github+json"),
            plain("X-GitHub-Api-Version", "2022-11-28"),
            ("Authorization".to_owned(), token),
        ],
        body: Some(json!({"ref": scene.fill(&spec.reference)?, "inputs": inputs})),
        accepts: 200..=204,
    };
    Ok(Made { calls: vec![Call::Http(call)], looks: vec![], bounded: false })
}
