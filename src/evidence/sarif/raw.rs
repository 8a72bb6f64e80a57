//! The parts of SARIF 2.1.0 that are read. Everything else is stepped over without being kept.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserializer, IgnoredAny, Visitor};
use serde::{Deserialize, de};

/// Longer texts are cut: a message is read by people.
const TEXT_CHARS: usize = 2000;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Run {
    pub(super) tool: ToolParts,
    #[serde(default)]
    pub(super) results: Option<Vec<Result>>,
    #[serde(default)]
    pub(super) invocations: Option<Vec<Invocation>>,
    #[serde(default)]
    pub(super) artifacts: Option<Vec<Artifact>>,
    #[serde(default)]
    pub(super) original_uri_base_ids: Option<BTreeMap<String, Location>>,
    /// By what they hold, for example `results`.
    #[serde(default)]
    pub(super) external_property_file_references: Option<BTreeMap<String, serde_json::Value>>,
    #[serde(default)]
    pub(super) version_control_provenance: Option<Vec<Provenance>>,
}

#[derive(Deserialize)]
pub(super) struct ToolParts {
    pub(super) driver: Component,
    #[serde(default)]
    pub(super) extensions: Option<Vec<Component>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Component {
    #[serde(default)]
    pub(super) name: Text,
    #[serde(default)]
    pub(super) guid: Option<String>,
    #[serde(default)]
    pub(super) version: Option<Text>,
    #[serde(default)]
    pub(super) semantic_version: Option<Text>,
    #[serde(default)]
    pub(super) rules: Option<Vec<Rule>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Rule {
    #[serde(default)]
    pub(super) id: Text,
    #[serde(default)]
    pub(super) default_configuration: Option<Configuration>,
    #[serde(default)]
    pub(super) message_strings: Option<BTreeMap<String, Message>>,
    #[serde(default)]
    pub(super) properties: Option<Properties>,
}

#[derive(Deserialize)]
pub(super) struct Override {
    #[serde(default)]
    pub(super) descriptor: Option<RuleReference>,
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
pub(super) struct Result {
    #[serde(default)]
    pub(super) rule_id: Option<Text>,
    #[serde(default)]
    pub(super) rule_index: Option<i64>,
    #[serde(default)]
    pub(super) rule: Option<RuleReference>,
    #[serde(default)]
    pub(super) level: Option<Level>,
    #[serde(default)]
    pub(super) kind: Option<ResultKind>,
    #[serde(default)]
    pub(super) message: Option<Message>,
    #[serde(default)]
    pub(super) locations: Option<Vec<Place>>,
    #[serde(default)]
    pub(super) related_locations: Option<Vec<Place>>,
    #[serde(default)]
    pub(super) analysis_target: Option<Location>,
    #[serde(default)]
    pub(super) partial_fingerprints: Option<BTreeMap<String, Text>>,
    #[serde(default)]
    pub(super) fingerprints: Option<BTreeMap<String, Text>>,
    #[serde(default)]
    pub(super) baseline_state: Option<BaselineState>,
    #[serde(default)]
    pub(super) suppressions: Option<Vec<SuppressionEntry>>,
    #[serde(default)]
    pub(super) properties: Option<Properties>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RuleReference {
    #[serde(default)]
    pub(super) id: Option<Text>,
    #[serde(default)]
    pub(super) index: Option<i64>,
    #[serde(default)]
    pub(super) tool_component: Option<ComponentReference>,
}

#[derive(Deserialize)]
pub(super) struct ComponentReference {
    #[serde(default)]
    pub(super) name: Option<Text>,
    #[serde(default)]
    pub(super) index: Option<i64>,
    #[serde(default)]
    pub(super) guid: Option<String>,
}

#[derive(Deserialize, Clone)]
pub(super) struct Message {
    #[serde(default)]
    pub(super) text: Option<Text>,
    #[serde(default)]
    pub(super) id: Option<Text>,
    #[serde(default)]
    pub(super) arguments: Option<Vec<Text>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Place {
    #[serde(default)]
    pub(super) physical_location: Option<PhysicalLocation>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PhysicalLocation {
    #[serde(default)]
    pub(super) artifact_location: Option<Location>,
    #[serde(default)]
    pub(super) region: Option<Region>,
}

#[derive(Deserialize, Clone)]
#[serde(rename_all = "camelCase")]
pub(super) struct Location {
    #[serde(default)]
    pub(super) uri: Option<Text>,
    #[serde(default)]
    pub(super) uri_base_id: Option<String>,
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
pub(super) struct Artifact {
    #[serde(default)]
    pub(super) location: Option<Location>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Invocation {
    #[serde(default)]
    pub(super) execution_successful: Option<bool>,
    #[serde(default)]
    pub(super) rule_configuration_overrides: Option<Vec<Override>>,
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
pub(super) struct SuppressionEntry {
    #[serde(default)]
    pub(super) kind: Option<String>,
    #[serde(default)]
    pub(super) status: Option<String>,
    #[serde(default)]
    pub(super) justification: Option<Text>,
}

/// A string, cut.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Text(pub(super) String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Cut;

        impl Visitor<'_> for Cut {
            type Value = Text;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a string")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> std::result::Result<Text, E> {
                Ok(Text(text.chars().take(TEXT_CHARS).collect()))
            }
        }

        deserializer.deserialize_str(Cut)
    }
}
