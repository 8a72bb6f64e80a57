//! The keys of the executors that speak to a cluster.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_saphyr::Spanned;

use super::super::{ArgoRollouts, Helm, Kubectl};
use super::template;
use super::values::optional;
use crate::evidence::ReadError;
use crate::evidence::yaml::at;

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
    pub(super) fn checked(&self) -> Result<Kubectl, ReadError> {
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
    pub(super) fn checked(&self) -> Result<Helm, ReadError> {
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
    pub(super) fn checked(&self) -> Result<ArgoRollouts, ReadError> {
        Ok(ArgoRollouts {
            rollout: template(&self.rollout)?,
            namespace: optional(self.namespace.as_ref())?,
            context: optional(self.context.as_ref())?,
            to_revision: revision(self.to_revision.as_ref())?,
        })
    }
}
