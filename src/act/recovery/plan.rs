//! From the recovery file to what would run: every value put in, nothing done yet.

use std::time::Duration;

use serde_json::Value;

use super::call::{Call, HttpCall, Look, Text, Wants};
use super::{argo_rollouts, command, github_workflow, helm, kubectl, webhook};
use crate::analyze::rollback::{Instance, instances};
use crate::error::{Error, Result};
use crate::evidence::recovery::{self, Action, Check, Header, HeaderValue, OnStepFailure, Recovery, Template, Values};
use crate::facts::{RecoveryPart, Rollback};

/// A program that is told how long it may wait ends by itself; this much later it is made to.
const GRACE: Duration = Duration::from_secs(5);

/// A recovery, ready to run or to be shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Names the run: the same decision gives the same name.
    pub run: String,
    pub decision: String,
    pub rollback: Rollback,
    pub steps: Vec<PlannedStep>,
    /// What must hold in the end.
    pub verify: Vec<Look>,
    /// Environment variables that must be set.
    pub needed: Vec<String>,
    /// Environment variables whose values are hidden.
    pub secrets: Vec<String>,
}

/// One step, with everything that it does.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedStep {
    /// Counted from 1.
    pub number: u64,
    pub part: RecoveryPart,
    pub name: String,
    pub batch: Option<u64>,
    pub region: Option<String>,
    pub executor: &'static str,
    pub before: Vec<Look>,
    /// In order; a call that fails is the last one.
    pub calls: Vec<Call>,
    /// What the step's author looks at, and before it what its executor does.
    pub after: Vec<Look>,
    /// How many of `after` are the executor's own.
    pub own_looks: usize,
    /// For all calls together.
    pub limit: Duration,
    pub continues: bool,
}

impl PlannedStep {
    /// The step with what it is for: `back for batch 2 (east)`.
    #[must_use]
    pub fn title(&self) -> String {
        let place = match (self.batch, &self.region) {
            (Some(batch), Some(region)) => format!(" for batch {batch} ({region})"),
            (Some(batch), None) => format!(" for batch {batch}"),
            (None, Some(region)) => format!(" for {region}"),
            (None, None) => String::new(),
        };
        format!("{} {}{place}", self.part.word(), self.name)
    }

    /// The longest time that it may take.
    #[must_use]
    pub fn budget(&self) -> Duration {
        self.before.iter().chain(&self.after).map(|look| look.limit).sum::<Duration>() + self.limit
    }
}

/// What an executor makes of a step.
pub(super) struct Made {
    pub(super) calls: Vec<Call>,
    /// How it is seen that they have worked.
    pub(super) looks: Vec<Look>,
    /// Whether the programs are told the time limit themselves.
    pub(super) bounded: bool,
}

/// What an executor may know.
#[derive(Clone, Copy)]
pub(super) struct Scene<'a> {
    pub(super) values: &'a Values,
    pub(super) instance: &'a Instance<'a>,
    pub(super) rollback: &'a Rollback,
    pub(super) run: &'a str,
    pub(super) decision: &'a str,
}

impl Scene<'_> {
    pub(super) fn fill(&self, template: &Template) -> Result<String> {
        template.fill(self.values).map_err(Error::new)
    }

    pub(super) fn name(&self, template: &Template) -> Result<String> {
        object_name(template, self.values)
    }

    pub(super) fn options(&self, options: &[(&str, Option<&Template>)]) -> Result<Vec<String>> {
        cluster_options(options, self.values)
    }

    pub(super) fn seconds(&self) -> u64 {
        self.instance.step.timeout_seconds
    }
}

/// A name of an object in a cluster (RFC 1123, as Kubernetes has it): nothing that an argument could be taken for instead.
pub(super) fn object_name(template: &Template, values: &Values) -> Result<String> {
    let name = template.fill(values).map_err(Error::new)?;
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
    let ends = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let good = name.len() <= 253 && name.starts_with(ends) && name.ends_with(ends) && name.chars().all(inner);
    if good { Ok(name) } else { Err(Error::new(format!("`{name}` is no name of an object in a cluster"))) }
}

/// `NAME=VALUE` for each option that has one. Contexts are named by people: `prod@eu`, `arn:aws:eks:…`.
pub(super) fn cluster_options(options: &[(&str, Option<&Template>)], values: &Values) -> Result<Vec<String>> {
    let named = options.iter().filter_map(|(name, template)| Some((*name, (*template)?)));
    let option = |(name, template): (&str, &Template)| {
        let is_context = name.ends_with("context");
        let value = if is_context { template.fill(values).map_err(Error::new)? } else { object_name(template, values)? };
        Ok(format!("{name}={value}"))
    };
    named.map(option).collect()
}

/// Puts every value in. Nothing is read or done.
///
/// It is an error when a step needs a value that is not there or is not a plain word, and when there is nothing to run; then nothing
/// of the recovery runs.
pub fn plan(recovery: &Recovery, rollback: &Rollback, decision: &str) -> Result<Plan> {
    let run = run_of(decision);
    let values = |region: Option<String>, batch: Option<u64>| Values {
        service: rollback.service.clone(),
        plan: rollback.plan.clone(),
        from: rollback.return_to.clone(),
        to: rollback.bad_version.clone(),
        region,
        batch,
    };
    let mut steps = Vec::new();
    for instance in instances(recovery, &rollback.batches) {
        let values = values(instance.region.clone(), instance.batch);
        let scene = Scene { values: &values, instance: &instance, rollback, run: &run, decision };
        let step = step(scene).map_err(|error| {
            Error::new(format!("the step `{}` cannot be planned: {error}", instance.step.name)).hint("nothing was run")
        })?;
        steps.push(step);
    }
    if !steps.iter().any(|step| step.part == RecoveryPart::Step) {
        return Err(Error::new("the recovery has no step for what is to be taken back"));
    }
    let values = values(None, None);
    let verify = recovery.verify.iter().map(|check| look(check, &values)).collect::<Result<Vec<_>>>()?;
    let secrets = recovery.secret_names();
    let needed = secrets.iter().filter(|name| !recovery.secrets.contains(name)).cloned().collect();
    Ok(Plan { run, decision: decision.to_owned(), rollback: rollback.clone(), steps, verify, needed, secrets })
}

/// The name of a decision's run.
#[must_use]
pub fn run_of(decision: &str) -> String {
    let safe: String = decision.chars().filter(char::is_ascii_alphanumeric).take(16).collect();
    format!("recovery-{safe}")
}

fn step(scene: Scene<'_>) -> Result<PlannedStep> {
    let instance = scene.instance;
    let step = instance.step;
    let Made { calls, looks, bounded } = made(scene)?;
    let looks_at = |checks: &[Check]| checks.iter().map(|check| look(check, scene.values)).collect::<Result<Vec<_>>>();
    let own_looks = looks.len();
    let mut after = looks;
    after.extend(looks_at(&step.verify)?);
    let limit = Duration::from_secs(step.timeout_seconds);
    Ok(PlannedStep {
        number: instance.number,
        part: instance.part,
        name: step.name.clone(),
        batch: instance.batch,
        region: instance.region.clone(),
        executor: step.action.executor(),
        before: looks_at(&step.preconditions)?,
        calls,
        after,
        own_looks,
        limit: if bounded { limit + GRACE } else { limit },
        continues: step.on_failure == OnStepFailure::Continue,
    })
}

/// The registry of executors.
fn made(scene: Scene<'_>) -> Result<Made> {
    match &scene.instance.step.action {
        Action::Command(arguments) => command::plan(arguments, scene),
        Action::Kubectl(spec) => kubectl::plan(spec, scene),
        Action::Helm(spec) => helm::plan(spec, scene),
        Action::ArgoRollouts(spec) => argo_rollouts::plan(spec, scene),
        Action::GithubWorkflow(spec) => github_workflow::plan(spec, scene),
        Action::Webhook(spec) => webhook::plan(spec, scene),
    }
}

fn look(check: &Check, values: &Values) -> Result<Look> {
    let limit = Duration::from_secs(check.timeout_seconds);
    let fill = |template: &Template| template.fill(values).map_err(Error::new);
    Ok(match &check.look {
        recovery::Look::Command { run, exit } => {
            let arguments = run.iter().map(fill).collect::<Result<_>>()?;
            Look { call: Call::Program(arguments), wants: Wants::Exit(*exit), limit }
        }
        recovery::Look::Http(http) => {
            let url = http.url.fill_address(values).map_err(Error::new)?;
            let call = HttpCall { method: "GET", url, headers: headers(&http.headers), body: None, accepts: 100..=599 };
            let equals = match &http.equals {
                Some((pointer, value)) => Some((pointer.clone(), filled(value, values)?)),
                None => None,
            };
            Look { call: Call::Http(call), wants: Wants::Answer { status: http.status, equals }, limit }
        }
        recovery::Look::Rollout(rollout) => kubectl::status(rollout, values, check.timeout_seconds)?,
    })
}

/// The JSON with the values in its texts.
pub(super) fn filled(value: &Value, values: &Values) -> Result<Value> {
    recovery::filled(value, values).map_err(Error::new)
}

pub(super) fn headers(headers: &[Header]) -> Vec<(String, Text)> {
    let text = |value: &HeaderValue| match value {
        HeaderValue::Plain(text) => Text::Plain(text.clone()),
        HeaderValue::Environment { name, prefix } => Text::Secret { prefix: prefix.clone(), name: name.clone() },
    };
    headers.iter().map(|header| (header.name.clone(), text(&header.value))).collect()
}

/// How long a program of an executor that waits by itself may be waited for.
pub(super) fn with_grace(seconds: u64) -> Duration {
    Duration::from_secs(seconds) + GRACE
}
