//! Configuration: `kadian.yaml` as it is written, and what it means once it is checked.

mod places;
mod raw;
pub mod settings;
pub mod yaml;

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde_json::Value;

use crate::decide::{Mode, Stage};
use crate::error::{Error, Result};
use crate::facts::Kind;
use crate::nearest::nearest;
use raw::{RawConfig, RawSource};
use settings::{Settings, Tier};

pub use places::Places;
pub use raw::Unknown;

/// The checked configuration.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    pub service: Service,
    pub ledger: Option<String>,
    /// Where reports are found; a kind that is absent is searched under its conventional names.
    pub evidence: BTreeMap<Kind, Vec<EvidencePattern>>,
    pub stages: BTreeMap<Stage, StageConfig>,
    pub policies: Policies,
    pub settings: Settings,
    pub waivers: Option<String>,
    pub known_failures: Option<String>,
    pub baseline: Option<String>,
    pub slis: Option<String>,
    pub catalogue: Option<String>,
    pub calendar: Option<String>,
    pub recovery: Option<String>,
    pub playbooks: Option<String>,
    /// Where each of these stands.
    pub places: Places,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    pub name: Option<String>,
    pub tier: Tier,
    pub owners: Vec<String>,
}

/// A place where reports of one kind are found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidencePattern {
    pub glob: String,
    pub format: Option<String>,
    /// The folder of the repository that the report's relative paths start from.
    pub root: Option<String>,
    pub max_age: Option<SignedDuration>,
}

/// What `kadian.yaml` says of a stage; `None` means the default.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StageConfig {
    pub mode: Option<Mode>,
    pub expect: Option<Vec<Kind>>,
    pub unknown: Option<Unknown>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policies {
    pub shipped: bool,
    pub paths: Vec<String>,
    pub namespaces: Vec<String>,
    pub modes: BTreeMap<String, Mode>,
}

/// The JSON Schema of `kadian.yaml`.
#[must_use]
pub fn schema() -> Value {
    let mut schema = Value::from(schemars::schema_for!(RawConfig));
    if let Some(slot) = schema.pointer_mut("/properties/settings") {
        let mut settings = Settings::overrides_schema();
        if let Some(map) = settings.as_object_mut() {
            map.remove("$schema");
        }
        *slot = serde_json::json!({"anyOf": [settings, {"type": "null"}]});
    }
    schema
}

impl Config {
    /// What holds without a `kadian.yaml`, with the settings given by `--set`.
    pub fn shipped(overrides: &[(String, Value)]) -> Result<Config> {
        Config::read("the defaults", "version: 1", overrides)
    }

    /// Reads and checks the text of a `kadian.yaml`; `name` is the file as the user knows it, `overrides` what `--set` says.
    pub fn read(name: &str, text: &str, overrides: &[(String, Value)]) -> Result<Config> {
        let raw: RawConfig = yaml::read(name, text)?;
        let places = Places::new(name, yaml::read(name, text)?);
        if raw.version != 1 {
            let place = places.at(&["version"]);
            return Err(
                Error::new(format!("{place}: version {} is not known to this kadian", raw.version)).hint("write `version: 1`")
            );
        }
        if let Some(ledger) = &raw.ledger {
            known_ledger(&places, ledger)?;
        }
        let service = raw.service.map_or_else(
            || Service { name: None, tier: Tier::default(), owners: Vec::new() },
            |raw| Service { name: raw.name, tier: raw.tier.unwrap_or_default(), owners: raw.owners },
        );
        let mut evidence = BTreeMap::new();
        for (kind, sources) in raw.evidence {
            let numbered = sources.into_iter().enumerate();
            let patterns = numbered.map(|(index, source)| pattern(&places, &kind, index, source)).collect::<Result<Vec<_>>>()?;
            evidence.insert(kind, patterns);
        }
        let settings = settings(name, service.tier, raw.settings.as_ref(), overrides)?;
        let stage = |raw: raw::RawStage| StageConfig { mode: raw.mode, expect: raw.expect, unknown: raw.unknown };
        let policies = raw.policies.map_or_else(
            || Policies { shipped: true, paths: Vec::new(), namespaces: Vec::new(), modes: BTreeMap::new() },
            |raw| Policies {
                shipped: raw.shipped.unwrap_or(true),
                paths: raw.paths,
                namespaces: raw.namespaces,
                modes: raw.modes,
            },
        );
        Ok(Config {
            service,
            ledger: raw.ledger,
            evidence,
            stages: raw.stages.into_iter().map(|(name, raw)| (name, stage(raw))).collect(),
            policies,
            settings,
            waivers: raw.waivers,
            known_failures: raw.known_failures,
            baseline: raw.baseline,
            slis: raw.slis,
            catalogue: raw.catalogue,
            calendar: raw.calendar,
            recovery: raw.recovery,
            playbooks: raw.playbooks,
            places,
        })
    }
}

/// The ledger of a rollout is a file or a server; anything else is a typo that would be found only when a batch is out. The message
/// does not repeat the address, which may hold a password.
fn known_ledger(places: &Places, ledger: &str) -> Result<()> {
    let rest = ["sqlite:", "postgres://", "postgresql://"].iter().find_map(|scheme| ledger.trim().strip_prefix(scheme));
    if rest.is_some_and(|rest| !rest.trim().is_empty()) {
        return Ok(());
    }
    Err(Error::new(format!("{}: ledger: the address is neither `sqlite:PATH` nor `postgres://...`", places.at(&["ledger"])))
        .hint("for example `ledger: sqlite:.kadian/ledger.db`"))
}

fn pattern(places: &Places, kind: &Kind, index: usize, raw: RawSource) -> Result<EvidencePattern> {
    let max_age = raw.max_age.map(|text| {
        text.parse::<SignedDuration>().ok().filter(SignedDuration::is_positive).ok_or_else(|| {
            let place = places.at(&["evidence", &kind.to_string(), &index.to_string(), "max_age"]);
            Error::new(format!("{place}: evidence.{kind}: max_age `{text}` is not a duration"))
                .hint("write it like `30m`, `24h` or `1h 30m`")
        })
    });
    Ok(EvidencePattern { glob: raw.path, format: raw.format, root: raw.root, max_age: max_age.transpose()? })
}

/// The defaults of the tier, overridden by the file and then by `--set`.
fn settings(name: &str, tier: Tier, file: Option<&yaml::Located>, overrides: &[(String, Value)]) -> Result<Settings> {
    let from_file = file.map_or(Value::Null, |located| located.value.clone());
    if !from_file.is_null() {
        Settings::merge(tier, &from_file).map_err(|error| {
            let line = file.and_then(|located| located.line_of(&error.keys())).map(|line| format!(":{line}")).unwrap_or_default();
            Error::new(format!("{name}{line}: settings: {error}"))
        })?;
    }
    let mut merged = if from_file.is_null() { Value::Object(serde_json::Map::new()) } else { from_file };
    for (key, value) in overrides {
        let path: Vec<&str> = key.strip_prefix("settings.").unwrap_or(key).split('.').collect();
        put(&mut merged, &path, value.clone());
        Settings::merge(tier, &merged).map_err(|error| Error::new(format!("--set {key}: {error}")))?;
    }
    Settings::merge(tier, &merged).map_err(|error| Error::new(format!("{name}: settings: {error}")))
}

fn put(target: &mut Value, path: &[&str], value: Value) {
    let Some((first, rest)) = path.split_first() else {
        *target = value;
        return;
    };
    if !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    if let Some(map) = target.as_object_mut() {
        put(map.entry((*first).to_owned()).or_insert(Value::Null), rest, value);
    }
}

/// Reads `KEY=VALUE` of `--set`: the value is JSON where it reads as JSON, otherwise a string.
pub fn parse_override(text: &str) -> Result<(String, Value)> {
    let Some((key, value)) = text.split_once('=').filter(|(key, _)| !key.trim().is_empty()) else {
        return Err(Error::new(format!("--set `{text}` is not KEY=VALUE")).hint("for example --set coverage.patch_percent=85"));
    };
    let value = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()));
    Ok((key.trim().to_owned(), value))
}

/// Reads the name of a kind of evidence that the user wrote; `place` is where.
pub fn parse_kind(place: &str, text: &str) -> Result<Kind> {
    text.parse::<Kind>().map_err(|error| {
        let names: Vec<&str> = Kind::NAMED.iter().map(Kind::key).collect();
        let known = Error::new(format!("{place}: {error}"));
        match nearest(text, names.iter().copied()) {
            Some(near) => known.hint(format!("did you mean `{near}`?")),
            None => known.hint(format!("known kinds: {}, custom.NAME", names.join(", "))),
        }
    })
}
