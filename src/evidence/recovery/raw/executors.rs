//! The keys of executors.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use serde_saphyr::Spanned;

use super::super::{Action, GithubWorkflow, Header, Template, Webhook};
use super::kubernetes::{RawArgoRollouts, RawHelm, RawKubectl};
use super::template;
use super::values::{HeaderSchema, RawHeader, address, headers, variable};
use crate::evidence::ReadError;
use crate::evidence::text::shown;
use crate::evidence::yaml::at;

const MAX_ARGUMENTS: usize = 500;

/// Characters of an argument; a system takes 128 KiB.
const MAX_ARGUMENT: usize = 100_000;

const GITHUB: &str = "https://api.github.com";

/// The keys of which a step has one.
pub(super) struct RawExecutors<'a> {
    pub(super) command: Option<&'a Spanned<RawCommand>>,
    pub(super) kubectl: Option<&'a RawKubectl>,
    pub(super) helm: Option<&'a RawHelm>,
    pub(super) argo_rollouts: Option<&'a RawArgoRollouts>,
    pub(super) github_workflow: Option<&'a RawGithubWorkflow>,
    pub(super) webhook: Option<&'a RawWebhook>,
}

impl RawExecutors<'_> {
    pub(super) fn action(&self, fault: impl Fn(String) -> ReadError) -> Result<Action, ReadError> {
        let mut found = Vec::new();
        found.extend(self.command.map(|raw| command(raw).map(Action::Command)));
        found.extend(self.kubectl.map(|raw| raw.checked().map(Action::Kubectl)));
        found.extend(self.helm.map(|raw| raw.checked().map(Action::Helm)));
        found.extend(self.argo_rollouts.map(|raw| raw.checked().map(Action::ArgoRollouts)));
        found.extend(self.github_workflow.map(|raw| raw.checked().map(Action::GithubWorkflow)));
        found.extend(self.webhook.map(|raw| raw.checked().map(Action::Webhook)));
        let known = Action::NAMES.join(", ");
        match found.len() {
            0 => Err(fault(format!("does nothing; give it one of: {known}"))),
            1 => found.swap_remove(0),
            _ => Err(fault(format!("does several things; keep one of: {known}"))),
        }
    }
}

/// A command as somebody wrote it: any value, so that the error can say what a command is.
pub(super) type RawCommand = Value;

pub(super) fn command(place: &Spanned<RawCommand>) -> Result<Vec<Template>, ReadError> {
    let arguments = place
        .value
        .as_array()
        .ok_or_else(|| at(place, "a command is a list of arguments, not a line for a shell; for example [kubectl, get, pods]"))?;
    let texts = arguments.iter().map(|argument| match argument {
        Value::String(text) => Ok(text.clone()),
        other => Err(at(place, format!("the argument {} is no text; put it in quotes", shown(&other.to_string())))),
    });
    let arguments = texts.collect::<Result<Vec<String>, _>>()?;
    if arguments.first().is_none_or(|program| program.trim().is_empty()) {
        return Err(at(place, "the command is empty; name its program"));
    }
    if arguments.len() > MAX_ARGUMENTS || arguments.iter().any(|argument| argument.len() > MAX_ARGUMENT) {
        return Err(at(place, format!("more than {MAX_ARGUMENTS} arguments, or one of more than {MAX_ARGUMENT} bytes")));
    }
    let templates = arguments.iter().map(|text| Template::parse(text).map_err(|message| at(place, message)));
    let templates = templates.collect::<Result<Vec<_>, _>>()?;
    if templates.first().is_some_and(|program| !program.names().is_empty()) {
        return Err(at(place, "the program holds a placeholder; what runs is named here and nowhere else"));
    }
    Ok(templates)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawGithubWorkflow {
    #[schemars(with = "String")]
    repository: Spanned<String>,
    #[schemars(with = "String")]
    workflow: Spanned<String>,
    #[serde(rename = "ref")]
    #[schemars(with = "String")]
    reference: Spanned<String>,
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    inputs: BTreeMap<String, Spanned<String>>,
    #[schemars(with = "String")]
    token_env: Spanned<String>,
    #[schemars(with = "Option<String>")]
    api: Option<Spanned<String>>,
}

impl RawGithubWorkflow {
    fn checked(&self) -> Result<GithubWorkflow, ReadError> {
        let is_part = |part: &str| {
            let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
            !part.is_empty() && part.len() <= 100 && !part.starts_with('.') && part.chars().all(plain)
        };
        let repository = &self.repository.value;
        if !repository.split_once('/').is_some_and(|(owner, name)| is_part(owner) && is_part(name)) {
            return Err(at(&self.repository, "the repository is not of the form `owner/name`"));
        }
        if !is_part(&self.workflow.value) {
            return Err(at(
                &self.workflow,
                "the workflow is neither the name of a file, for example `rollback.yml`, nor a number",
            ));
        }
        // GitHub takes 25 inputs (https://docs.github.com/rest/actions/workflows, "Create a workflow dispatch event").
        if self.inputs.len() > 25 {
            return Err(at(&self.workflow, format!("{} inputs; a workflow takes at most 25", self.inputs.len())));
        }
        let api = match &self.api {
            Some(api) => address(api, true)?.text().trim_end_matches('/').to_owned(),
            None => GITHUB.to_owned(),
        };
        let inputs = self.inputs.iter().map(|(name, value)| Ok((name.clone(), template(value)?)));
        Ok(GithubWorkflow {
            repository: repository.clone(),
            workflow: self.workflow.value.clone(),
            reference: template(&self.reference)?,
            inputs: inputs.collect::<Result<_, ReadError>>()?,
            token_env: variable(&self.token_env)?,
            api,
        })
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawWebhook {
    #[schemars(with = "String")]
    url: Spanned<String>,
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, HeaderSchema>")]
    headers: BTreeMap<String, Spanned<RawHeader>>,
    #[schemars(with = "Option<Value>")]
    body: Option<Spanned<Value>>,
}

impl RawWebhook {
    fn checked(&self) -> Result<Webhook, ReadError> {
        let headers = headers(&self.headers)?;
        let url = address(&self.url, !Header::secret_names(&headers).is_empty())?;
        if let Some(body) = &self.body {
            super::super::template::templates(&body.value).map_err(|message| at(body, message))?;
        }
        Ok(Webhook { url, headers, body: self.body.as_ref().map(|body| body.value.clone()) })
    }
}
