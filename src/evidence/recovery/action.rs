//! What a step does: one variant for each executor.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::Template;

/// What a step does, and with what.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// A program and its arguments; the program holds no placeholder.
    Command(Vec<Template>),
    Kubectl(Kubectl),
    Helm(Helm),
    ArgoRollouts(ArgoRollouts),
    GithubWorkflow(GithubWorkflow),
    Webhook(Webhook),
}

impl Action {
    /// The executor's names, in the order of the variants.
    pub const NAMES: [&'static str; 6] = ["command", "kubectl", "helm", "argo-rollouts", "github-workflow", "webhook"];

    /// The executor's name: the key in the recovery file.
    #[must_use]
    pub fn executor(&self) -> &'static str {
        let [command, kubectl, helm, argo_rollouts, github_workflow, webhook] = Action::NAMES;
        match self {
            Action::Command(_) => command,
            Action::Kubectl(_) => kubectl,
            Action::Helm(_) => helm,
            Action::ArgoRollouts(_) => argo_rollouts,
            Action::GithubWorkflow(_) => github_workflow,
            Action::Webhook(_) => webhook,
        }
    }

    /// The environment variables that hold its secrets.
    pub(super) fn secret_names(&self) -> Vec<String> {
        match self {
            Action::GithubWorkflow(workflow) => vec![workflow.token_env.clone()],
            Action::Webhook(webhook) => Header::secret_names(&webhook.headers),
            Action::Command(_) | Action::Kubectl(_) | Action::Helm(_) | Action::ArgoRollouts(_) => Vec::new(),
        }
    }

    /// Every text of it that may hold a placeholder.
    pub(super) fn templates(&self) -> Vec<Template> {
        let of = |all: &[Option<&Template>]| all.iter().flatten().map(|one| (*one).clone()).collect::<Vec<_>>();
        match self {
            Action::Command(arguments) => arguments.clone(),
            Action::Kubectl(it) => of(&[Some(&it.deployment), it.namespace.as_ref(), it.context.as_ref()]),
            Action::Helm(it) => of(&[Some(&it.release), it.namespace.as_ref(), it.context.as_ref()]),
            Action::ArgoRollouts(it) => of(&[Some(&it.rollout), it.namespace.as_ref(), it.context.as_ref()]),
            Action::GithubWorkflow(it) => it.inputs.values().cloned().chain([it.reference.clone()]).collect(),
            Action::Webhook(it) => {
                let body = it.body.as_ref().and_then(|body| super::template::templates(body).ok()).unwrap_or_default();
                body.into_iter().chain([it.url.clone()]).collect()
            }
        }
    }
}

/// `kubectl rollout undo deployment/NAME`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Kubectl {
    pub deployment: Template,
    pub namespace: Option<Template>,
    pub context: Option<Template>,
    /// The revision to return to; the one before the present one where nobody says.
    pub to_revision: Option<u64>,
}

/// `helm rollback RELEASE --wait`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Helm {
    pub release: Template,
    /// The revision to return to; the one before the present one where nobody says.
    pub revision: Option<u64>,
    pub namespace: Option<Template>,
    pub context: Option<Template>,
}

/// `kubectl argo rollouts abort`, then `undo`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ArgoRollouts {
    pub rollout: Template,
    pub namespace: Option<Template>,
    pub context: Option<Template>,
    /// The revision to return to; the one before the present one where nobody says.
    pub to_revision: Option<u64>,
}

/// The dispatch of a GitHub workflow.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GithubWorkflow {
    /// `owner/name`.
    pub repository: String,
    /// The name of the workflow's file, or its number.
    pub workflow: String,
    /// The branch or tag that it runs on.
    #[serde(rename = "ref")]
    pub reference: Template,
    pub inputs: BTreeMap<String, Template>,
    /// The environment variable that holds the token.
    pub token_env: String,
    /// `https://api.github.com`, or that of a server of one's own.
    pub api: String,
}

/// A POST of JSON.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Webhook {
    pub url: Template,
    pub headers: Vec<Header>,
    /// What is sent; a description of the step where nobody says.
    pub body: Option<Value>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Header {
    pub name: String,
    pub value: HeaderValue,
}

impl Header {
    /// The environment variables that the headers name.
    #[must_use]
    pub fn secret_names(headers: &[Header]) -> Vec<String> {
        let name = |header: &Header| match &header.value {
            HeaderValue::Environment { name, .. } => Some(name.clone()),
            HeaderValue::Plain(_) => None,
        };
        headers.iter().filter_map(name).collect()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum HeaderValue {
    Plain(String),
    /// What an environment variable holds, behind a text of one's own, for example `Bearer `.
    Environment {
        name: String,
        prefix: String,
    },
}
