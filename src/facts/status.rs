//! What is known of a kind of evidence, and where it was read.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether a kind of evidence can be judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It was read, it is not empty, and it belongs to this change.
    Known,
    /// Nothing was found where it was looked for.
    Missing,
    /// It is there, but damaged, empty or not in its format.
    Unreadable,
    /// It is there, but was made for another commit, before this one, or too long ago.
    Stale,
}

impl Status {
    /// The word that reports and the input document use.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Status::Known => "known",
            Status::Missing => "missing",
            Status::Unreadable => "unreadable",
            Status::Stale => "stale",
        }
    }
}

/// One file or address that evidence was read from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Source {
    /// The path, as it was named or found, with `/` between its parts; null for an address.
    pub path: Option<String>,
    /// The address; null for a file.
    pub url: Option<String>,
    /// SHA-256 of the bytes that were read, in lower-case hexadecimal.
    pub sha256: String,
    /// How many bytes were read.
    pub bytes: u64,
    /// The format that it was read as, for example `junit` or `lcov`.
    pub format: String,
    /// When kadian read it: the time of the decision.
    #[schemars(with = "String")]
    pub collected_at: Timestamp,
}

/// A kind of evidence: facts, or the reason why there are none.
///
/// There is no way to build one that is known without facts, or unknown with them.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Evidence<T> {
    status: Status,
    /// What was read, in the order of the paths; empty when nothing was found.
    sources: Vec<Source>,
    /// Why the kind is not known, as a sentence; null when it is known.
    reason: Option<String>,
    #[serde(flatten)]
    facts: Option<T>,
}

impl<T> Evidence<T> {
    /// Evidence that can be judged.
    #[must_use]
    pub fn known(mut sources: Vec<Source>, facts: T) -> Self {
        sources.sort();
        Evidence { status: Status::Known, sources, reason: None, facts: Some(facts) }
    }

    /// Nothing was found; `reason` says where it was looked for.
    #[must_use]
    pub fn missing(reason: impl Into<String>) -> Self {
        Evidence { status: Status::Missing, sources: Vec::new(), reason: Some(reason.into()), facts: None }
    }

    /// Something was found that cannot be read; `reason` names the file, the position and what was expected.
    #[must_use]
    pub fn unreadable(mut sources: Vec<Source>, reason: impl Into<String>) -> Self {
        sources.sort();
        Evidence { status: Status::Unreadable, sources, reason: Some(reason.into()), facts: None }
    }

    /// Something was found that belongs to another commit or another time; `reason` names both.
    #[must_use]
    pub fn stale(mut sources: Vec<Source>, reason: impl Into<String>) -> Self {
        sources.sort();
        Evidence { status: Status::Stale, sources, reason: Some(reason.into()), facts: None }
    }

    #[must_use]
    pub fn status(&self) -> Status {
        self.status
    }

    #[must_use]
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    /// The facts; `None` unless the status is [`Status::Known`].
    #[must_use]
    pub fn facts(&self) -> Option<&T> {
        self.facts.as_ref()
    }

    /// The facts themselves, as [`facts`](Evidence::facts).
    #[must_use]
    pub fn into_facts(self) -> Option<T> {
        self.facts
    }
}
