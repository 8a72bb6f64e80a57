//! The names of the kinds of evidence, which are also the top-level keys of the input document.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

/// A kind of evidence: a top-level key of the input document.
///
/// The set is closed, except for `custom.NAME`, under which a team may bring any JSON or YAML document of its own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(into = "String")]
#[schemars(with = "String")]
pub enum Kind {
    Change,
    Review,
    Tests,
    Coverage,
    Scan,
    Database,
    Rollout,
    Canary,
    Slo,
    Logs,
    Capacity,
    Health,
    Alerts,
    Incidents,
    Catalogue,
    Documents,
    Readiness,
    History,
    Custom(String),
}

impl Kind {
    /// Every kind with a fixed name, in the order in which the input document describes them.
    pub const NAMED: [Kind; 18] = [
        Kind::Change,
        Kind::Review,
        Kind::Tests,
        Kind::Coverage,
        Kind::Scan,
        Kind::Database,
        Kind::Rollout,
        Kind::Canary,
        Kind::Slo,
        Kind::Logs,
        Kind::Capacity,
        Kind::Health,
        Kind::Alerts,
        Kind::Incidents,
        Kind::Catalogue,
        Kind::Documents,
        Kind::Readiness,
        Kind::History,
    ];

    /// What may be written for a kind, for error messages.
    const NAMES: [&'static str; 19] = {
        let mut names = ["custom.NAME"; 19];
        let mut at = 0;
        while at < 18 {
            names[at] = Kind::NAMED[at].key();
            at += 1;
        }
        names
    };

    /// Whether its name is a plural, so that a sentence can say `tests are missing` and `coverage is missing`.
    #[must_use]
    pub const fn is_plural(&self) -> bool {
        matches!(self, Kind::Tests | Kind::Logs | Kind::Alerts | Kind::Incidents | Kind::Documents)
    }

    /// The verb that goes with its name: `are` or `is`.
    #[must_use]
    pub const fn verb(&self) -> &'static str {
        if self.is_plural() { "are" } else { "is" }
    }

    /// The key under which the kind stands in the input document; for a custom kind the part before the dot.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        match self {
            Kind::Change => "change",
            Kind::Review => "review",
            Kind::Tests => "tests",
            Kind::Coverage => "coverage",
            Kind::Scan => "scan",
            Kind::Database => "database",
            Kind::Rollout => "rollout",
            Kind::Canary => "canary",
            Kind::Slo => "slo",
            Kind::Logs => "logs",
            Kind::Capacity => "capacity",
            Kind::Health => "health",
            Kind::Alerts => "alerts",
            Kind::Incidents => "incidents",
            Kind::Catalogue => "catalogue",
            Kind::Documents => "documents",
            Kind::Readiness => "readiness",
            Kind::History => "history",
            Kind::Custom(_) => "custom",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kind::Custom(name) => write!(f, "custom.{name}"),
            named => f.write_str(named.key()),
        }
    }
}

/// The text is not the name of a kind of evidence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown kind of evidence `{0}`")]
pub struct UnknownKind(pub String);

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(text: &str) -> Result<Self, UnknownKind> {
        if let Some(name) = text.strip_prefix("custom.") {
            let fine = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
            return if fine { Ok(Kind::Custom(name.to_owned())) } else { Err(UnknownKind(text.to_owned())) };
        }
        Kind::NAMED.into_iter().find(|kind| kind.key() == text).ok_or_else(|| UnknownKind(text.to_owned()))
    }
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|UnknownKind(name)| serde::de::Error::unknown_variant(&name, &Kind::NAMES))
    }
}

impl From<Kind> for String {
    fn from(kind: Kind) -> String {
        kind.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back() {
        for kind in Kind::NAMED.into_iter().chain([Kind::Custom("load-test".into())]) {
            assert_eq!(kind.to_string().parse::<Kind>(), Ok(kind));
        }
        for bad in ["", "Tests", "custom", "custom.", "custom.a/b", "covrage"] {
            assert!(bad.parse::<Kind>().is_err(), "{bad}");
        }
    }
}
