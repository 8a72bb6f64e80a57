//! The YAML of the recovery file, checked into types.

mod checks;
mod executors;
mod kubernetes;
mod values;

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use serde_saphyr::Spanned;

use super::{Check, Each, OnStepFailure, Recovery, Reversible, ReversibleChange, Step, Template};
use crate::evidence::yaml::{at, name};
use crate::evidence::{ReadError, duration, yaml};
use crate::facts::{Approvals, RolloutType};
use checks::RawCheck;
use executors::RawExecutors;

/// Nobody waits for more of them while users are hurt.
const MAX_STEPS: usize = 100;

const HOUR: u64 = 3600;

/// How long a step may take where nobody says.
const STEP_SECONDS: u64 = 300;

/// How long a check may take where nobody says.
const CHECK_SECONDS: u64 = 30;

/// How a service returns to the version before.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RawRecovery {
    /// Always 1.
    #[schemars(with = "u64")]
    version: Spanned<u64>,
    /// Who must agree before anything runs; nobody where nobody says.
    #[schemars(with = "Option<RawApprovers>")]
    approvers: Option<Spanned<RawApprovers>>,
    /// Environment variables whose values are hidden in whatever steps print.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    secrets: Vec<Spanned<String>>,
    /// What protects the scene first: logs, metrics, an instance set aside.
    #[serde(default)]
    #[schemars(with = "Vec<RawStep>")]
    save: Vec<Spanned<RawStep>>,
    /// What takes the new version back, in order.
    #[schemars(with = "Vec<RawStep>", length(min = 1, max = 100))]
    steps: Spanned<Vec<Spanned<RawStep>>>,
    /// What holds once the service is back.
    #[schemars(with = "Vec<RawCheck>", length(min = 1))]
    verify: Spanned<Vec<Spanned<RawCheck>>>,
    /// Changes of schema or data that the version before can live with.
    #[serde(default)]
    #[schemars(with = "Vec<RawReversible>")]
    reversible: Vec<Spanned<RawReversible>>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RawApprovers {
    /// How many different people; 1 where nobody says.
    count: Option<u64>,
    /// Who may; anybody, where neither people nor teams are named.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    people: Vec<Spanned<String>>,
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    teams: Vec<Spanned<String>>,
}

/// One step: a name, one executor, and what is looked at before and after.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RawStep {
    #[schemars(with = "String")]
    name: Spanned<String>,
    /// How often it runs: once where nobody says.
    each: Option<Each>,
    /// A program and its arguments; no shell reads them.
    #[schemars(with = "Option<Vec<String>>")]
    command: Option<Spanned<executors::RawCommand>>,
    kubectl: Option<kubernetes::RawKubectl>,
    helm: Option<kubernetes::RawHelm>,
    #[serde(rename = "argo-rollouts")]
    argo_rollouts: Option<kubernetes::RawArgoRollouts>,
    #[serde(rename = "github-workflow")]
    github_workflow: Option<executors::RawGithubWorkflow>,
    webhook: Option<executors::RawWebhook>,
    /// What must hold for it to run; looked at once.
    #[serde(default)]
    #[schemars(with = "Vec<RawCheck>")]
    preconditions: Vec<Spanned<RawCheck>>,
    /// What holds once it has worked; looked at until it does, or its time is over.
    #[serde(default)]
    #[schemars(with = "Vec<RawCheck>")]
    verify: Vec<Spanned<RawCheck>>,
    /// From 1s to 6h; 5m where nobody says.
    #[schemars(with = "Option<String>")]
    timeout: Option<Spanned<String>>,
    /// Steps stop the recovery where nobody says, what is saved does not.
    on_failure: Option<OnStepFailure>,
}

/// Either files below a path pattern, or rollouts of a type.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RawReversible {
    #[schemars(with = "Option<String>")]
    path: Option<Spanned<String>>,
    #[serde(rename = "type")]
    kind: Option<RolloutType>,
    #[schemars(with = "String")]
    because: Spanned<String>,
}

/// The JSON Schema of a recovery file.
#[must_use]
pub fn schema() -> Value {
    schemars::schema_for!(RawRecovery).to_value()
}

/// Reads a recovery file. A step that does not say so runs once, has 5 minutes, and stops the recovery when it fails; what is saved
/// does not stop it.
///
/// The errors name the line and the way out: YAML that is damaged, unknown keys and values (with the nearest known one), a version
/// other than 1, no step and no verification, more than 100 steps, two steps of one name, a step with no executor or several, a
/// command that is a line for a shell or whose program is a placeholder, placeholders that do not exist or that a step has no value
/// for, times out of range, secrets that stand in the file, addresses that are none, approvers of whom there are too few.
pub fn read(bytes: &[u8]) -> Result<Recovery, ReadError> {
    let raw: RawRecovery = yaml::read(bytes)?;
    if raw.version.value != 1 {
        return Err(at(&raw.version, format!("recovery version {} is not known; expected 1", raw.version.value)));
    }
    let count = raw.save.len() + raw.steps.value.len();
    if raw.steps.value.is_empty() || count > MAX_STEPS {
        return Err(at(&raw.steps, format!("{count} steps; expected 1 to {MAX_STEPS}, at least one of them below `steps`")));
    }
    if raw.verify.value.is_empty() {
        return Err(at(&raw.verify, "nothing to verify; say how everybody sees that the service is back"));
    }
    let mut names = BTreeSet::new();
    let save = raw.save.into_iter().map(|raw| step(raw, OnStepFailure::Continue, &mut names)).collect::<Result<_, _>>()?;
    let steps = raw.steps.value.into_iter().map(|raw| step(raw, OnStepFailure::Stop, &mut names)).collect::<Result<_, _>>()?;
    Ok(Recovery {
        approvals: raw.approvers.map(|raw| approvals(&raw)).transpose()?.unwrap_or_default(),
        secrets: raw.secrets.iter().map(values::variable).collect::<Result<_, _>>()?,
        save,
        steps,
        verify: checks(raw.verify.value, Each::Once)?,
        reversible: raw.reversible.iter().map(reversible).collect::<Result<_, _>>()?,
    })
}

fn approvals(raw: &Spanned<RawApprovers>) -> Result<Approvals, ReadError> {
    let each = |all: &[Spanned<String>], what: &str| {
        let mut seen = BTreeSet::new();
        let names = all.iter().map(|one| {
            let name = name(one, what)?;
            if seen.insert(name.to_lowercase()) {
                Ok(name)
            } else {
                Err(at(one, format!("{what} stands here twice; remove one")))
            }
        });
        names.collect::<Result<Vec<_>, _>>()
    };
    let (people, teams) = (each(&raw.value.people, "an approver")?, each(&raw.value.teams, "a team")?);
    let count = raw.value.count.unwrap_or(1);
    if count > MAX_STEPS as u64 || teams.is_empty() && !people.is_empty() && count > people.len() as u64 {
        return Err(at(raw, format!("{count} approvals, but only {} people who may give one", people.len())));
    }
    Ok(Approvals { count, people, teams })
}

fn step(place: Spanned<RawStep>, on_failure: OnStepFailure, names: &mut BTreeSet<String>) -> Result<Step, ReadError> {
    let raw = &place.value;
    let step_name = name(&raw.name, "the step")?;
    if !names.insert(step_name.clone()) {
        return Err(at(&raw.name, format!("two steps are called `{step_name}`; rename one")));
    }
    let timeout_seconds = seconds(raw.timeout.as_ref(), STEP_SECONDS, 6 * HOUR)?;
    let each = raw.each.unwrap_or_default();
    let fault = |message: String| at(&place, format!("the step `{step_name}` {message}"));
    let executors = RawExecutors {
        command: raw.command.as_ref(),
        kubectl: raw.kubectl.as_ref(),
        helm: raw.helm.as_ref(),
        argo_rollouts: raw.argo_rollouts.as_ref(),
        github_workflow: raw.github_workflow.as_ref(),
        webhook: raw.webhook.as_ref(),
    };
    let action = executors.action(fault)?;
    known_here(&action.templates(), each).map_err(fault)?;
    let on_failure = raw.on_failure.unwrap_or(on_failure);
    let Spanned { value: raw, .. } = place;
    let (preconditions, verify) = (checks(raw.preconditions, each)?, checks(raw.verify, each)?);
    Ok(Step { name: step_name, each, action, preconditions, verify, timeout_seconds, on_failure })
}

fn checks(raw: Vec<Spanned<RawCheck>>, each: Each) -> Result<Vec<Check>, ReadError> {
    let mut checks = Vec::with_capacity(raw.len());
    for place in raw {
        let look = place.value.look(|message| at(&place, message))?;
        let check = Check { look, timeout_seconds: seconds(place.value.timeout.as_ref(), CHECK_SECONDS, HOUR)? };
        known_here(&check.templates(), each).map_err(|message| at(&place, format!("the check {message}")))?;
        checks.push(check);
    }
    Ok(checks)
}

/// Whether every placeholder has a value where it stands.
fn known_here(templates: &[Template], each: Each) -> Result<(), String> {
    let names: BTreeSet<&str> = templates.iter().flat_map(Template::names).collect();
    match each {
        Each::Once if names.contains("batch") => Err("names {batch}, but is not of one batch; add `each: batch`".to_owned()),
        Each::Region if names.contains("batch") => Err("names {batch}, but is of a region; write `each: batch`".to_owned()),
        Each::Once if names.contains("region") => {
            Err("names {region}, but is not of one region; add `each: region` or `each: batch`".to_owned())
        }
        _ => Ok(()),
    }
}

fn reversible(place: &Spanned<RawReversible>) -> Result<Reversible, ReadError> {
    let raw = &place.value;
    let because = name(&raw.because, "the reason")?;
    let what = match (&raw.path, raw.kind) {
        (Some(path), None) => {
            if let Err(fault) = globset::GlobBuilder::new(&path.value).literal_separator(true).build() {
                return Err(at(path, format!("not a path pattern: {}", fault.kind())));
            }
            ReversibleChange::Path(path.value.clone())
        }
        (None, Some(kind)) => ReversibleChange::Type(kind),
        _ => return Err(at(place, "expected either `path` or `type`")),
    };
    Ok(Reversible { what, because })
}

/// A length of time in seconds, from 1 second on.
fn seconds(text: Option<&Spanned<String>>, usual: u64, longest: u64) -> Result<u64, ReadError> {
    let Some(text) = text else { return Ok(usual) };
    duration::seconds(&text.value).filter(|seconds| *seconds <= longest).ok_or_else(|| {
        let most = if longest > HOUR { "6h" } else { "1h" };
        at(text, format!("the timeout is no length of time from 1s to {most}; write it like `90s` or `5m`"))
    })
}

/// The text as a template, with its line in the error.
fn template(place: &Spanned<String>) -> Result<Template, ReadError> {
    Template::parse(&place.value).map_err(|message| at(place, message))
}
