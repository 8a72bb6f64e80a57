//! The executor `kubectl`: a deployment goes back to an earlier revision.
//!
//! `kubectl rollout undo` and `kubectl rollout status`, as <https://kubernetes.io/docs/reference/kubectl/generated/kubectl_rollout/>
//! describes them.

use super::call::{Call, Look, Wants};
use super::plan::{Made, Scene, cluster_options, object_name, with_grace};
use crate::error::Result;
use crate::evidence::recovery::{Kubectl, RolloutCheck, Values};

/// The undo, and the deployment's rest afterwards.
pub(super) fn plan(spec: &Kubectl, scene: Scene<'_>) -> Result<Made> {
    let mut arguments = vec!["kubectl".to_owned(), "rollout".to_owned(), "undo".to_owned()];
    arguments.push(format!("deployment/{}", scene.name(&spec.deployment)?));
    arguments.extend(scene.options(&[("--namespace", spec.namespace.as_ref()), ("--context", spec.context.as_ref())])?);
    arguments.extend(spec.to_revision.map(|revision| format!("--to-revision={revision}")));
    let check =
        RolloutCheck { deployment: spec.deployment.clone(), namespace: spec.namespace.clone(), context: spec.context.clone() };
    let rest = status(&check, scene.values, scene.seconds())?;
    Ok(Made { calls: vec![Call::Program(arguments)], looks: vec![rest], bounded: false })
}

/// Whether a deployment comes to rest in time.
pub(super) fn status(check: &RolloutCheck, values: &Values, seconds: u64) -> Result<Look> {
    let mut arguments = vec!["kubectl".to_owned(), "rollout".to_owned(), "status".to_owned()];
    arguments.push(format!("deployment/{}", object_name(&check.deployment, values)?));
    let options = [("--namespace", check.namespace.as_ref()), ("--context", check.context.as_ref())];
    arguments.extend(cluster_options(&options, values)?);
    arguments.push(format!("--timeout={seconds}s"));
    Ok(Look { call: Call::Program(arguments), wants: Wants::Exit(0), limit: with_grace(seconds) })
}
