//! What is looked at before and after a step.

use serde::Serialize;
use serde_json::Value;

use super::{Header, Template};

/// Something that can be looked at, as often as anybody likes: it changes nothing.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Check {
    pub look: Look,
    /// How long it may take to become true, after a step; from 1 second to an hour, 30 seconds where nobody says. Before a step it is
    /// looked at once, and the look itself may not take longer.
    pub timeout_seconds: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Look {
    /// A program that ends with an exit code.
    Command { run: Vec<Template>, exit: u8 },
    /// What a server answers.
    Http(HttpCheck),
    /// `kubectl rollout status`.
    Rollout(RolloutCheck),
}

/// A GET and what comes back.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HttpCheck {
    pub url: Template,
    pub headers: Vec<Header>,
    pub status: u16,
    /// A JSON pointer (RFC 6901) into the answer, and the value that stands there.
    pub equals: Option<(String, Value)>,
}

/// A deployment that has come to rest.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RolloutCheck {
    pub deployment: Template,
    pub namespace: Option<Template>,
    pub context: Option<Template>,
}

impl Check {
    /// The environment variables that hold its secrets.
    pub(super) fn secret_names(&self) -> Vec<String> {
        match &self.look {
            Look::Http(http) => Header::secret_names(&http.headers),
            Look::Command { .. } | Look::Rollout(_) => Vec::new(),
        }
    }

    /// Every text of it that may hold a placeholder.
    pub(super) fn templates(&self) -> Vec<Template> {
        match &self.look {
            Look::Command { run, .. } => run.clone(),
            Look::Http(http) => {
                let equals = http.equals.as_ref().and_then(|(_, value)| super::template::templates(value).ok());
                equals.unwrap_or_default().into_iter().chain([http.url.clone()]).collect()
            }
            Look::Rollout(it) => {
                [Some(&it.deployment), it.namespace.as_ref(), it.context.as_ref()].into_iter().flatten().cloned().collect()
            }
        }
    }
}
