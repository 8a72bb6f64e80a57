//! The thresholds that policies read as `data.kadian.settings`: typed, validated, and with defaults for each service tier.
//!
//! A policy holds no threshold of its own. The figures that requirements name are the defaults here; the rest are our own choice.

mod batch;
mod breaker;
mod capacity;
mod checklist;
mod database;
mod defaults;
mod flow;
mod glob;
mod history;
mod incidents;
mod merge;
mod recovery;
mod review;
mod rollout;
mod sections;
mod shape;
mod waivers;

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Deref;
use std::str::FromStr;

use regex::Regex;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use batch::BatchSettings;
pub use breaker::BreakerSettings;
pub use capacity::CapacitySettings;
pub use checklist::{ChecklistSettings, ChecklistWhen};
pub use database::{
    ChecklistWhenNeeded, DatabaseSettings, PathDialect, ReversalNeeded, RuleEffect, ServerVersion, ServerVersions,
};
pub use flow::FlowSettings;
pub use glob::GlobError;
pub use history::HistorySettings;
pub use incidents::IncidentsSettings;
pub use recovery::RecoverySettings;
pub use review::ReviewSettings;
pub use rollout::{RolloutSettings, RolloutStandard, RolloutStandards, Tightening};
pub use sections::{
    AlertsSettings, CanarySettings, CautiousEffect, ChangeSettings, CoveragePath, CoverageSettings, DeclarationField,
    DefaultObjectives, DependencySettings, DesignSettings, FailedSuite, FailureAnswers, ForbiddenPath, HealthSettings,
    KayentaSettings, LogsSettings, ScanPath, ScanSettings, ScopeSettings, SeverityThreshold, SignalEffect, SignalEffects,
    SloSettings, StageSuites, TestsSettings,
};
pub use waivers::{CommentPermission, WaiversSettings};

/// How much the business depends on a service, from `L0` (most) to `L3`. It is consumed here, never assigned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, JsonSchema)]
pub enum Tier {
    L0,
    L1,
    /// What a service has when nobody says.
    #[default]
    L2,
    L3,
}

impl Tier {
    pub const ALL: [Tier; 4] = [Tier::L0, Tier::L1, Tier::L2, Tier::L3];

    /// The word that configuration and reports use.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Tier::L0 => "L0",
            Tier::L1 => "L1",
            Tier::L2 => "L2",
            Tier::L3 => "L3",
        }
    }

    /// The value for this tier, of those for L0 to L3.
    fn choose<T>(self, [l0, l1, l2, l3]: [T; 4]) -> T {
        match self {
            Tier::L0 => l0,
            Tier::L1 => l1,
            Tier::L2 => l2,
            Tier::L3 => l3,
        }
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// The text is not the name of a tier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown service tier `{0}`: expected L0, L1, L2 or L3")]
pub struct UnknownTier(pub String);

impl FromStr for Tier {
    type Err = UnknownTier;

    fn from_str(text: &str) -> Result<Self, UnknownTier> {
        Tier::ALL.into_iter().find(|tier| tier.word() == text).ok_or_else(|| UnknownTier(text.to_owned()))
    }
}

/// The thresholds of every shipped policy, complete: this is the document that policies see as `data.kadian.settings`.
///
/// Path patterns are relative to the root of the repository and use `*`, `**`, `?`, `[...]` and `{a,b}`; a policy finds the
/// regular expression that a pattern means in [`regexes`](Settings::regexes), because `glob.match` reads `**` differently from
/// one Rego engine to the next.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "Sections")]
pub struct Settings {
    /// Read through [`Deref`]: `settings.coverage` is a section.
    #[serde(flatten)]
    sections: Sections,
    /// The regular expression for each path pattern above; computed, never set.
    pub regexes: BTreeMap<String, String>,
}

impl Deref for Settings {
    type Target = Sections;

    fn deref(&self) -> &Sections {
        &self.sections
    }
}

/// The settings as they may be written: everything that is not computed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sections {
    pub review: ReviewSettings,
    pub checklist: ChecklistSettings,
    pub change: ChangeSettings,
    pub tests: TestsSettings,
    pub coverage: CoverageSettings,
    pub scan: ScanSettings,
    pub database: DatabaseSettings,
    pub design: DesignSettings,
    pub dependency: DependencySettings,
    pub canary: CanarySettings,
    pub batch: BatchSettings,
    pub slo: SloSettings,
    pub scope: ScopeSettings,
    pub health: HealthSettings,
    pub alerts: AlertsSettings,
    pub logs: LogsSettings,
    pub history: HistorySettings,
    pub flow: FlowSettings,
    pub breaker: BreakerSettings,
    pub rollout: RolloutSettings,
    pub recovery: RecoverySettings,
    pub capacity: CapacitySettings,
    pub incidents: IncidentsSettings,
    pub waivers: WaiversSettings,
    /// Settings of a team's own policies: any keys, any values.
    #[serde(default)]
    pub custom: Map<String, Value>,
}

/// Why settings cannot be used. Each message names the setting by its path under `settings`.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SettingsError {
    #[error("unknown setting `{path}`{}", way_out(nearest.as_deref(), known))]
    UnknownKey {
        path: String,
        /// The setting that was probably meant.
        nearest: Option<String>,
        /// The keys that are known in that place.
        known: Vec<String>,
    },
    #[error("setting `{path}` must be {expected}, but it is {found}")]
    WrongType { path: String, expected: String, found: String },
    #[error("setting `{path}` must be between {min} and {max}, but it is {found}")]
    OutOfRange { path: String, min: f64, max: f64, found: f64 },
    #[error("setting `{path}` lacks the key `{key}`")]
    MissingKey { path: String, key: String },
    #[error("setting `{path}` holds the pattern `{pattern}`, which cannot be used: {reason}")]
    BadPattern { path: String, pattern: String, reason: String },
    #[error("settings cannot be read: {0}")]
    Unreadable(String),
}

impl SettingsError {
    /// The keys and list positions that lead to the setting; empty when the error names none.
    #[must_use]
    pub fn keys(&self) -> Vec<String> {
        let path = match self {
            SettingsError::UnknownKey { path, .. }
            | SettingsError::WrongType { path, .. }
            | SettingsError::OutOfRange { path, .. }
            | SettingsError::MissingKey { path, .. }
            | SettingsError::BadPattern { path, .. } => path.as_str(),
            SettingsError::Unreadable(_) => "",
        };
        path.split(['.', '[', ']']).filter(|key| !key.is_empty()).map(str::to_owned).collect()
    }
}

fn way_out(nearest: Option<&str>, known: &[String]) -> String {
    match nearest {
        Some(nearest) => format!("; did you mean `{nearest}`?"),
        None => format!("; known here: {}", known.join(", ")),
    }
}

impl Settings {
    /// The defaults of a tier, with the values of `overrides` in their place.
    ///
    /// `overrides` is what stands under `settings` in `kadian.yaml` or comes from `--set`: any part of the whole, and null for
    /// nothing. Maps are merged key by key; lists and single values are replaced. The first fault is returned: an unknown key with
    /// the nearest known one, a value of another type, a percentage outside 0 to 100, or a pattern that cannot be compiled.
    pub fn merge(tier: Tier, overrides: &Value) -> Result<Settings, SettingsError> {
        shape::check(&Settings::overrides_schema(), overrides)?;
        let unreadable = |error: serde_json::Error| SettingsError::Unreadable(error.to_string());
        let mut document = serde_json::to_value(Sections::defaults(tier)).map_err(unreadable)?;
        merge::merge(&mut document, overrides);
        Settings::try_from(serde_json::from_value::<Sections>(document).map_err(unreadable)?)
    }

    /// The JSON Schema of what [`merge`](Settings::merge) takes: every section and every setting may be left out.
    #[must_use]
    pub fn overrides_schema() -> Value {
        let mut settings = SchemaSettings::draft2020_12().for_deserialize();
        settings.inline_subschemas = true;
        let mut schema = settings.into_generator().into_root_schema_for::<Sections>().to_value();
        shape::make_optional(&mut schema);
        schema
    }
}

impl TryFrom<Sections> for Settings {
    type Error = SettingsError;

    fn try_from(sections: Sections) -> Result<Self, SettingsError> {
        let Sections { review, checklist, change, coverage, scan, database, design, dependency, .. } = &sections;
        let mut regexes = BTreeMap::new();
        let globs = [
            ("review.data_correction_paths", review.data_correction_paths.iter().collect::<Vec<_>>()),
            ("checklist.when", checklist.when.iter().flat_map(|entry| &entry.paths).collect()),
            ("change.forbidden_paths", change.forbidden_paths.iter().map(|entry| &entry.glob).collect()),
            ("coverage.exclude", coverage.exclude.iter().collect()),
            ("coverage.paths", coverage.paths.iter().map(|entry| &entry.glob).collect()),
            ("scan.paths", scan.paths.iter().map(|entry| &entry.glob).collect()),
            ("database.paths", database.paths.iter().collect()),
            ("database.exclude", database.exclude.iter().collect()),
            ("database.dialects", database.dialects.iter().map(|entry| &entry.path).collect()),
            ("database.checklist_paths", database.checklist_paths.iter().collect()),
            ("database.growing", database.growing.iter().collect()),
            ("database.code_exclude", database.code_exclude.iter().collect()),
            ("design.paths", design.paths.iter().collect()),
            ("design.risky_paths", design.risky_paths.iter().collect()),
        ];
        for (path, patterns) in globs {
            for pattern in patterns {
                let regex = glob::to_regex(pattern).map_err(|error| bad_pattern(path, pattern, error.to_string()))?;
                Regex::new(&regex).map_err(|error| bad_pattern(path, pattern, last_line(&error)))?;
                regexes.insert(pattern.clone(), regex);
            }
        }
        for pattern in &dependency.patterns {
            Regex::new(pattern).map_err(|error| bad_pattern("dependency.patterns", pattern, last_line(&error)))?;
        }
        Ok(Settings { sections, regexes })
    }
}

fn bad_pattern(path: &str, pattern: &str, reason: String) -> SettingsError {
    SettingsError::BadPattern { path: path.to_owned(), pattern: pattern.to_owned(), reason }
}

/// The engine draws the pattern over several lines; its last line says what is wrong.
fn last_line(error: &regex::Error) -> String {
    let text = error.to_string();
    text.lines().last().unwrap_or(&text).trim_start_matches("error: ").to_owned()
}

#[cfg(test)]
mod tests;
