//! The parts of SARIF 2.1.0 that are read, borrowed from the report. Everything else is stepped over without being kept.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserializer, IgnoredAny, Visitor};
use serde::{Deserialize, de};

use crate::evidence::text::cut;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Rule<'a> {
    #[serde(default, borrow)]
    pub(super) id: Text<'a>,
    #[serde(default)]
    pub(super) default_configuration: Option<Configuration>,
    #[serde(default, borrow)]
    pub(super) message_strings: Option<BTreeMap<Text<'a>, Message<'a>>>,
    #[serde(default)]
    pub(super) properties: Option<Properties>,
}

#[derive(Deserialize)]
pub(super) struct Override<'a> {
    #[serde(default, borrow)]
    pub(super) descriptor: Option<RuleReference<'a>>,
    #[serde(default)]
    pub(super) configuration: Option<Configuration>,
}

#[derive(Deserialize)]
pub(super) struct Configuration {
    #[serde(default)]
    pub(super) level: Option<Level>,
}

#[derive(Deserialize)]
pub(super) struct Properties {
    #[serde(rename = "security-severity", default)]
    pub(super) security_severity: Option<Score>,
}

/// A number, which most tools write as a string.
pub(super) struct Score(pub(super) Option<f64>);

impl<'de> Deserialize<'de> for Score {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Either {
            Number(f64),
            Text(String),
            Other(IgnoredAny),
        }
        let score = match Either::deserialize(deserializer)? {
            Either::Number(number) => Some(number),
            Either::Text(text) => text.trim().parse().ok(),
            Either::Other(IgnoredAny) => None,
        };
        // GitHub's rule: 0 and what is no score leave the finding with its level. More than 10 is taken for the gravest.
        Ok(Score(score.filter(|score| *score > 0.0)))
    }
}

/// Some Java writers put the names of their constants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Level {
    #[serde(alias = "NONE")]
    None,
    #[serde(alias = "NOTE")]
    Note,
    #[serde(alias = "WARNING")]
    Warning,
    #[serde(alias = "ERROR")]
    Error,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum ResultKind {
    #[serde(alias = "FAIL")]
    Fail,
    #[serde(alias = "PASS")]
    Pass,
    #[serde(alias = "OPEN")]
    Open,
    #[serde(alias = "REVIEW")]
    Review,
    #[serde(alias = "INFORMATIONAL")]
    Informational,
    #[serde(alias = "NOT_APPLICABLE")]
    NotApplicable,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum BaselineState {
    #[serde(alias = "NEW")]
    New,
    #[serde(alias = "UNCHANGED")]
    Unchanged,
    #[serde(alias = "UPDATED")]
    Updated,
    #[serde(alias = "ABSENT")]
    Absent,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Result<'a> {
    #[serde(default, borrow)]
    pub(super) rule_id: Option<Text<'a>>,
    #[serde(default)]
    pub(super) rule_index: Option<i64>,
    #[serde(default, borrow)]
    pub(super) rule: Option<RuleReference<'a>>,
    #[serde(default)]
    pub(super) level: Option<Level>,
    #[serde(default)]
    pub(super) kind: Option<ResultKind>,
    #[serde(default, borrow)]
    pub(super) message: Option<Message<'a>>,
    #[serde(default, borrow)]
    pub(super) locations: Option<Vec<Place<'a>>>,
    #[serde(default, borrow)]
    pub(super) related_locations: Option<Vec<Place<'a>>>,
    #[serde(default, borrow)]
    pub(super) analysis_target: Option<Location<'a>>,
    #[serde(default, borrow)]
    pub(super) partial_fingerprints: Option<BTreeMap<Text<'a>, Text<'a>>>,
    #[serde(default, borrow)]
    pub(super) fingerprints: Option<BTreeMap<Text<'a>, Text<'a>>>,
    #[serde(default)]
    pub(super) baseline_state: Option<BaselineState>,
    #[serde(default, borrow)]
    pub(super) suppressions: Option<Vec<SuppressionEntry<'a>>>,
    #[serde(default)]
    pub(super) properties: Option<Properties>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RuleReference<'a> {
    #[serde(default, borrow)]
    pub(super) id: Option<Text<'a>>,
    #[serde(default)]
    pub(super) index: Option<i64>,
    #[serde(default, borrow)]
    pub(super) tool_component: Option<ComponentReference<'a>>,
}

#[derive(Deserialize)]
pub(super) struct ComponentReference<'a> {
    #[serde(default, borrow)]
    pub(super) name: Option<Text<'a>>,
    #[serde(default)]
    pub(super) index: Option<i64>,
    #[serde(default, borrow)]
    pub(super) guid: Option<Text<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Message<'a> {
    #[serde(default, borrow)]
    pub(super) text: Option<Text<'a>>,
    #[serde(default, borrow)]
    pub(super) id: Option<Text<'a>>,
    #[serde(default, borrow)]
    pub(super) arguments: Option<Vec<Text<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Place<'a> {
    #[serde(default, borrow)]
    pub(super) physical_location: Option<PhysicalLocation<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PhysicalLocation<'a> {
    #[serde(default, borrow)]
    pub(super) artifact_location: Option<Location<'a>>,
    #[serde(default)]
    pub(super) region: Option<Region>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Location<'a> {
    #[serde(default, borrow)]
    pub(super) uri: Option<Text<'a>>,
    #[serde(default, borrow)]
    pub(super) uri_base_id: Option<Text<'a>>,
    #[serde(default)]
    pub(super) index: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Region {
    #[serde(default)]
    pub(super) start_line: Option<i64>,
    #[serde(default)]
    pub(super) end_line: Option<i64>,
}

#[derive(Deserialize)]
pub(super) struct Artifact<'a> {
    #[serde(default, borrow)]
    pub(super) location: Option<Location<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Invocation<'a> {
    #[serde(default)]
    pub(super) execution_successful: Option<bool>,
    #[serde(default, borrow)]
    pub(super) rule_configuration_overrides: Option<Vec<Override<'a>>>,
    #[serde(default)]
    pub(super) end_time_utc: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Provenance {
    #[serde(default)]
    pub(super) revision_id: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct SuppressionEntry<'a> {
    #[serde(default, borrow)]
    pub(super) kind: Option<Text<'a>>,
    #[serde(default, borrow)]
    pub(super) status: Option<Text<'a>>,
    #[serde(default, borrow)]
    pub(super) justification: Option<Text<'a>>,
}

/// A string, cut, and borrowed where it stands in the report as it is meant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Text<'a>(pub(super) Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Cut;

        impl<'de> Visitor<'de> for Cut {
            type Value = Text<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a string")
            }

            fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> std::result::Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(cut(text))))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> std::result::Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(cut(text).to_owned())))
            }
        }

        deserializer.deserialize_str(Cut)
    }
}
