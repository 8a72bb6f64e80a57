//! The keys of what is looked at before and after a step.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use serde_saphyr::Spanned;

use super::super::{Header, HttpCheck, Look, RolloutCheck};
use super::executors::{RawCommand, command};
use super::template;
use super::values::{HeaderSchema, RawHeader, address, headers, optional};
use crate::evidence::ReadError;
use crate::evidence::yaml::at;

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
