//! `kadian.yaml` as it is written.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::de::{Deserializer, MapAccess, Visitor, value::MapAccessDeserializer};
use serde::{Deserialize, Serialize};

use super::yaml::Located;
use crate::decide::{Mode, Stage};
use crate::facts::Kind;

/// `kadian.yaml`: everything is optional but `version`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawConfig {
    /// Always 1.
    pub(super) version: u32,
    /// The service that the repository holds.
    pub(super) service: Option<RawService>,
    /// Where batches and decisions are recorded: `sqlite:PATH` or `postgres://...`.
    pub(super) ledger: Option<String>,
    /// Where reports are found, by kind of evidence; replaces the conventional names for that kind.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Vec<RawSourceSchema>>")]
    pub(super) evidence: BTreeMap<Kind, Vec<RawSource>>,
    /// What each stage expects, and how much it binds.
    #[serde(default)]
    pub(super) stages: BTreeMap<Stage, RawStage>,
    pub(super) policies: Option<RawPolicies>,
    /// Thresholds that differ from the defaults of the service's tier (`kadian schema settings`).
    #[schemars(with = "Option<serde_json::Map<String, serde_json::Value>>")]
    pub(super) settings: Option<Located>,
    /// The file of waivers.
    pub(super) waivers: Option<String>,
    /// The list of known failures: tests that fail and block nobody until a day.
    pub(super) known_failures: Option<String>,
    /// The file of old scan findings.
    pub(super) baseline: Option<String>,
    /// The definitions of the service level indicators, and the servers that know them.
    pub(super) slis: Option<String>,
    /// The service catalogue.
    pub(super) catalogue: Option<String>,
    /// The freeze calendar.
    pub(super) calendar: Option<String>,
    /// The recovery: the steps that take a rollout back.
    pub(super) recovery: Option<String>,
    /// The playbooks that findings name.
    pub(super) playbooks: Option<String>,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawService {
    pub(super) name: Option<String>,
    /// `L0` (most important) to `L3`; L2 when it is not stated.
    pub(super) tier: Option<super::settings::Tier>,
    #[serde(default)]
    pub(super) owners: Vec<String>,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawStage {
    pub(super) mode: Option<Mode>,
    /// The kinds of evidence without which the stage cannot decide.
    pub(super) expect: Option<Vec<Kind>>,
    pub(super) unknown: Option<Unknown>,
}

/// What expected evidence does to the verdict when it is not known. Unless a stage says otherwise it holds; at push it is a note,
/// because most evidence cannot exist yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Unknown {
    Hold,
    Block,
    Warn,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPolicies {
    /// Whether the shipped policies judge; true when it is not stated.
    pub(super) shipped: Option<bool>,
    /// Folders, `.rego` files or bundles of your own policies, relative to this file's repository.
    #[serde(default)]
    pub(super) paths: Vec<String>,
    /// Packages outside `kadian` that judge.
    #[serde(default)]
    pub(super) namespaces: Vec<String>,
    /// How much single policies bind, by id or by subject.
    #[serde(default)]
    pub(super) modes: BTreeMap<String, Mode>,
}

/// One place where reports are found: a glob, or a mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RawSource {
    pub(super) path: String,
    pub(super) format: Option<String>,
    pub(super) root: Option<String>,
    pub(super) max_age: Option<String>,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSourceFields {
    /// A glob, relative to the repository's root.
    path: String,
    /// The format, where the content does not tell.
    format: Option<String>,
    /// The folder of the repository that the report's relative paths start from.
    root: Option<String>,
    /// How old it may be, for example `24h`.
    max_age: Option<String>,
}

/// For the schema only.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "stands for RawSource in the JSON Schema")]
enum RawSourceSchema {
    Glob(String),
    Fields(RawSourceFields),
}

impl<'de> Deserialize<'de> for RawSource {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct SourceVisitor;
        impl<'de> Visitor<'de> for SourceVisitor {
            type Value = RawSource;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a glob, or a mapping with `path`")
            }

            fn visit_str<E>(self, path: &str) -> Result<RawSource, E> {
                Ok(RawSource { path: path.to_owned(), format: None, root: None, max_age: None })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<RawSource, A::Error> {
                let RawSourceFields { path, format, root, max_age } = Deserialize::deserialize(MapAccessDeserializer::new(map))?;
                Ok(RawSource { path, format, root, max_age })
            }
        }
        deserializer.deserialize_any(SourceVisitor)
    }
}
