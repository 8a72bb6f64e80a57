//! The executor `helm`: a release goes back to an earlier revision, as <https://helm.sh/docs/helm/helm_rollback/> describes it.

use super::call::Call;
use super::plan::{Made, Scene};
use crate::error::Result;
use crate::evidence::recovery::Helm;

/// The rollback, which waits until everything is ready.
pub(super) fn plan(spec: &Helm, scene: Scene<'_>) -> Result<Made> {
    let mut arguments = vec!["helm".to_owned(), "rollback".to_owned(), scene.name(&spec.release)?];
    arguments.extend(spec.revision.map(|revision| revision.to_string()));
    arguments.extend(scene.options(&[("--namespace", spec.namespace.as_ref()), ("--kube-context", spec.context.as_ref())])?);
    arguments.extend(["--wait".to_owned(), format!("--timeout={}s", scene.seconds())]);
    Ok(Made { calls: vec![Call::Program(arguments)], looks: vec![], bounded: true })
}
