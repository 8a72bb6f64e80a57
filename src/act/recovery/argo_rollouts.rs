//! The executor `argo-rollouts`: a rollout is aborted, then goes back to an earlier revision, with the plugin of kubectl that
//! <https://argo-rollouts.readthedocs.io/en/stable/features/kubectl-plugin/> describes.

use super::call::{Call, Look, Wants};
use super::plan::{Made, Scene, with_grace};
use crate::error::Result;
use crate::evidence::recovery::ArgoRollouts;

/// The abort, which leads traffic back at once; the undo, so that the old version is also what is asked for; and the rest afterwards.
pub(super) fn plan(spec: &ArgoRollouts, scene: Scene<'_>) -> Result<Made> {
    let name = scene.name(&spec.rollout)?;
    let place = scene.options(&[("--namespace", spec.namespace.as_ref()), ("--context", spec.context.as_ref())])?;
    let call = |verb: &str, more: Option<String>| {
        let mut arguments: Vec<String> = ["kubectl", "argo", "rollouts", verb].map(str::to_owned).to_vec();
        arguments.push(name.clone());
        arguments.extend(place.iter().cloned().chain(more));
        Call::Program(arguments)
    };
    let undo = call("undo", spec.to_revision.map(|revision| format!("--to-revision={revision}")));
    let status = call("status", Some(format!("--timeout={}s", scene.seconds())));
    let rest = Look { call: status, wants: Wants::Exit(0), limit: with_grace(scene.seconds()) };
    Ok(Made { calls: vec![call("abort", None), undo], looks: vec![rest], bounded: false })
}
