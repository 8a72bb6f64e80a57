//! The keys of executors and checks.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use serde_saphyr::Spanned;

use super::super::{
    Action, ArgoRollouts, GithubWorkflow, Header, HeaderValue, Helm, HttpCheck, Kubectl, Look, RolloutCheck, Template, Webhook,
};
use super::template;
use crate::evidence::ReadError;
use crate::evidence::text::shown;
use crate::evidence::yaml::at;

const MAX_ARGUMENTS: usize = 500;

/// Characters of an argument; a system takes 128 KiB.
const MAX_ARGUMENT: usize = 100_000;

/// Headers whose values are secrets, in lower case.
const SECRET: [&str; 6] = ["authorization", "proxy-authorization", "cookie", "x-api-key", "x-auth-token", "private-token"];

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

fn command(place: &Spanned<RawCommand>) -> Result<Vec<Template>, ReadError> {
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

fn optional(place: Option<&Spanned<String>>) -> Result<Option<Template>, ReadError> {
    place.map(template).transpose()
}

fn revision(place: Option<&Spanned<u64>>) -> Result<Option<u64>, ReadError> {
    match place {
        // To kubectl and helm 0 is the revision before, which leaving it out says plainly.
        Some(revision) if revision.value == 0 => Err(at(revision, "revision 0 does not exist; leave it out for the one before")),
        other => Ok(other.map(|revision| revision.value)),
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawKubectl {
    #[schemars(with = "String")]
    deployment: Spanned<String>,
    #[schemars(with = "Option<String>")]
    namespace: Option<Spanned<String>>,
    #[schemars(with = "Option<String>")]
    context: Option<Spanned<String>>,
    #[schemars(with = "Option<u64>")]
    to_revision: Option<Spanned<u64>>,
}

impl RawKubectl {
    fn checked(&self) -> Result<Kubectl, ReadError> {
        Ok(Kubectl {
            deployment: template(&self.deployment)?,
            namespace: optional(self.namespace.as_ref())?,
            context: optional(self.context.as_ref())?,
            to_revision: revision(self.to_revision.as_ref())?,
        })
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawHelm {
    #[schemars(with = "String")]
    release: Spanned<String>,
    #[schemars(with = "Option<u64>")]
    revision: Option<Spanned<u64>>,
    #[schemars(with = "Option<String>")]
    namespace: Option<Spanned<String>>,
    #[schemars(with = "Option<String>")]
    context: Option<Spanned<String>>,
}

impl RawHelm {
    fn checked(&self) -> Result<Helm, ReadError> {
        Ok(Helm {
            release: template(&self.release)?,
            revision: revision(self.revision.as_ref())?,
            namespace: optional(self.namespace.as_ref())?,
            context: optional(self.context.as_ref())?,
        })
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawArgoRollouts {
    #[schemars(with = "String")]
    rollout: Spanned<String>,
    #[schemars(with = "Option<String>")]
    namespace: Option<Spanned<String>>,
    #[schemars(with = "Option<String>")]
    context: Option<Spanned<String>>,
    #[schemars(with = "Option<u64>")]
    to_revision: Option<Spanned<u64>>,
}

impl RawArgoRollouts {
    fn checked(&self) -> Result<ArgoRollouts, ReadError> {
        Ok(ArgoRollouts {
            rollout: template(&self.rollout)?,
            namespace: optional(self.namespace.as_ref())?,
            context: optional(self.context.as_ref())?,
            to_revision: revision(self.to_revision.as_ref())?,
        })
    }
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

/// A text, or `{env: NAME, prefix: TEXT}`: any value, so that the error can say so.
type RawHeader = Value;

/// The value of a header.
#[derive(JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "it only describes")]
enum HeaderSchema {
    Text(String),
    /// What an environment variable holds, behind a text.
    Variable {
        env: String,
        prefix: Option<String>,
    },
}

fn headers(raw: &BTreeMap<String, Spanned<RawHeader>>) -> Result<Vec<Header>, ReadError> {
    raw.iter().map(|(name, place)| header(name, &place.value).map_err(|message| at(place, message))).collect()
}

fn header(name: &str, value: &RawHeader) -> Result<Header, String> {
    let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if name.is_empty() || !name.chars().all(token) {
        return Err(format!("`{}` is no name of a header", shown(name)));
    }
    let plain = |text: &str| {
        let visible = text.chars().all(|c| c == ' ' || c.is_ascii_graphic());
        if visible {
            Ok(text.to_owned())
        } else {
            Err(format!("the header `{name}` holds what no header can; expected plain ASCII"))
        }
    };
    let way_out = "name its variable: {env: NAME, prefix: \"Bearer \"}";
    let value = match value {
        Value::String(_) if SECRET.contains(&name.to_ascii_lowercase().as_str()) => {
            return Err(format!("the header `{name}` is a secret; {way_out}"));
        }
        Value::String(text) => HeaderValue::Plain(plain(text)?),
        Value::Object(map) => {
            let text = |key: &str| map.get(key).map(|value| value.as_str().ok_or(())).transpose();
            let known = map.keys().all(|key| key == "env" || key == "prefix");
            match (text("env"), text("prefix")) {
                (Ok(Some(variable)), Ok(prefix)) if known => {
                    HeaderValue::Environment { name: variable_name(variable)?, prefix: plain(prefix.unwrap_or_default())? }
                }
                _ => return Err(format!("the header `{name}` is neither a text nor a variable; {way_out}")),
            }
        }
        _ => return Err(format!("the header `{name}` is neither a text nor a variable; put it in quotes, or {way_out}")),
    };
    Ok(Header { name: name.to_owned(), value })
}

/// An address; one that a secret is sent to is encrypted, or on this machine.
fn address(place: &Spanned<String>, secret: bool) -> Result<Template, ReadError> {
    let text = place.value.as_str();
    let plain = text.strip_prefix("http://");
    let rest = plain.or_else(|| text.strip_prefix("https://"));
    let host = rest.map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default()).unwrap_or_default();
    if host.is_empty() || text.chars().any(|c| c.is_control() || c == ' ') {
        return Err(at(place, "expected an address that starts with http:// or https://"));
    }
    if host.contains('@') {
        return Err(at(place, "the address holds a user or password; send a header from a variable instead: {env: NAME}"));
    }
    let local = ["localhost", "127.0.0.1", "[::1]"];
    let is_local = local.iter().any(|name| host.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(':')));
    if secret && plain.is_some() && !is_local {
        return Err(at(place, "a secret would be sent to it without encryption; expected https://"));
    }
    template(place)
}

/// The name of an environment variable.
pub(super) fn variable(place: &Spanned<String>) -> Result<String, ReadError> {
    variable_name(&place.value).map_err(|message| at(place, message))
}

fn variable_name(name: &str) -> Result<String, String> {
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && !name.starts_with(|c: char| c.is_ascii_digit());
    if name.is_empty() || name.len() > 200 || !plain {
        return Err(format!("`{}` is no name of an environment variable; the secret itself never stands here", shown(name)));
    }
    Ok(name.to_owned())
}

/// Something that is looked at: one of a program, an address or a deployment.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCheck {
    #[schemars(with = "Option<Vec<String>>")]
    command: Option<Spanned<RawCommand>>,
    /// The exit code of the program; 0 where nobody says.
    exit: Option<u8>,
    http: Option<RawHttp>,
    rollout: Option<RawRollout>,
    /// From 1s to 1h; 30s where nobody says.
    #[schemars(with = "Option<String>")]
    pub(super) timeout: Option<Spanned<String>>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RawHttp {
    #[schemars(with = "String")]
    url: Spanned<String>,
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, HeaderSchema>")]
    headers: BTreeMap<String, Spanned<RawHeader>>,
    #[schemars(with = "Option<u16>")]
    status: Option<Spanned<u16>>,
    #[schemars(with = "Option<String>")]
    pointer: Option<Spanned<String>>,
    #[schemars(with = "Option<Value>")]
    equals: Option<Spanned<Value>>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RawRollout {
    #[schemars(with = "String")]
    deployment: Spanned<String>,
    #[schemars(with = "Option<String>")]
    namespace: Option<Spanned<String>>,
    #[schemars(with = "Option<String>")]
    context: Option<Spanned<String>>,
}

impl RawCheck {
    pub(super) fn look(&self, fault: impl Fn(String) -> ReadError) -> Result<Look, ReadError> {
        let message = "expected exactly one of: command, http, rollout";
        match (&self.command, &self.http, &self.rollout) {
            (Some(run), None, None) => Ok(Look::Command { run: command(run)?, exit: self.exit.unwrap_or(0) }),
            _ if self.exit.is_some() => Err(fault("`exit` belongs to a command".to_owned())),
            (None, Some(http), None) => http.checked().map(Look::Http),
            (None, None, Some(raw)) => Ok(Look::Rollout(RolloutCheck {
                deployment: template(&raw.deployment)?,
                namespace: optional(raw.namespace.as_ref())?,
                context: optional(raw.context.as_ref())?,
            })),
            _ => Err(fault(message.to_owned())),
        }
    }
}

impl RawHttp {
    fn checked(&self) -> Result<HttpCheck, ReadError> {
        let headers = headers(&self.headers)?;
        let url = address(&self.url, !Header::secret_names(&headers).is_empty())?;
        if let Some(status) = self.status.as_ref().filter(|status| !(100..=599).contains(&status.value)) {
            return Err(at(status, format!("{} is no status; expected 100 to 599", status.value)));
        }
        let equals = match (&self.pointer, &self.equals) {
            (Some(pointer), Some(equals)) => {
                if !pointer.value.is_empty() && !pointer.value.starts_with('/') {
                    return Err(at(pointer, "a JSON pointer starts with `/`, for example `/status/version`"));
                }
                super::super::template::templates(&equals.value).map_err(|message| at(equals, message))?;
                Some((pointer.value.clone(), equals.value.clone()))
            }
            (None, None) => None,
            (Some(pointer), None) => return Err(at(pointer, "`pointer` without `equals`: say what stands there")),
            (None, Some(equals)) => return Err(at(equals, "`equals` without `pointer`: say where it stands")),
        };
        Ok(HttpCheck { url, headers, status: self.status.as_ref().map_or(200, |status| status.value), equals })
    }
}
