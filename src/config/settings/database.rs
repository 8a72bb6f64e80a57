//! Changes of the database (requirements B1 to B5, B7).

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{SeverityThreshold, Tier};
use crate::facts::{ChecklistQuestion, SqlDialect};

/// What the SQL of a change is held against.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DatabaseSettings {
    /// Path patterns of files of SQL beside those with known endings and names.
    pub paths: Vec<String>,
    /// Path patterns of files that never run on production.
    pub exclude: Vec<String>,
    /// The dialect of all files; null to tell it by path, text and the repository.
    pub dialect: Option<SqlDialect>,
    /// The dialect of some files; the first pattern that fits counts, before `dialect`.
    pub dialects: Vec<PathDialect>,
    /// The oldest servers that the change has to be right for.
    pub servers: ServerVersions,
    /// Up to so many rows a table is small, and what works through it is harmless (requirement B3).
    pub small_rows: u64,
    /// From so many rows on a table is large.
    pub large_rows: u64,
    /// How old the statistics of the tables may be, in days.
    #[schemars(range(min = 0, max = 3650))]
    pub statistics_days: u64,
    /// Whether a live database is asked for the plans of new statements.
    pub explain: bool,
    /// Risks of this severity or worse block; milder ones are warnings.
    pub block_severity: SeverityThreshold,
    /// What single rules do, by their id (`database/drop-column`), whatever their severity.
    pub rules: BTreeMap<String, RuleEffect>,
    /// Whether rules of naming and design are judged.
    pub design_rules: bool,
    /// The most rows that one statement of a data correction may change (requirement B5). L0: 10,000, L1: 50,000, L2 and L3: 100,000.
    pub max_correction_rows: u64,
    /// A mean time in milliseconds from which a statement is governed as slow (requirement B4).
    #[schemars(range(min = 0))]
    pub slow_ms: f64,
    /// When the checklist has to be there (requirement B1). L0 and L1: always, L2: for data corrections, L3: never.
    pub checklist: ChecklistWhenNeeded,
    /// Path patterns of checklists in the repository, as they stand at the head.
    pub checklist_paths: Vec<String>,
    /// The questions that a checklist has to answer.
    pub questions: Vec<ChecklistQuestion>,
    /// How far the declared rows may be from the estimate, as a factor.
    #[schemars(range(min = 1))]
    pub rows_factor: f64,
    /// Accounts that may approve as DBA. Where nobody stands here, any reviewer other than the author may.
    pub dbas: Vec<String>,
    /// What has to come with SQL that takes it back. L0 and L1: always, L2 and L3: where there is one, it has to be right.
    pub reversal: ReversalNeeded,
    /// Name patterns of tables of growing domains: `orders`, `*_log` (requirement B7).
    pub growing: Vec<String>,
    /// Path patterns of code that is not looked through for the names of what is dropped.
    pub code_exclude: Vec<String>,
}

/// A dialect for some files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PathDialect {
    /// A path pattern.
    pub path: String,
    pub dialect: SqlDialect,
}

/// The oldest server of each kind that runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ServerVersions {
    /// The major version.
    pub postgres: u32,
    /// Major and minor, for example `8.0`.
    pub mysql: ServerVersion,
    pub mariadb: ServerVersion,
}

/// Major and minor version of a server, such as `8.0` or `11.4`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct ServerVersion {
    pub major: u32,
    pub minor: u32,
}

impl TryFrom<String> for ServerVersion {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let (major, minor) = text.split_once('.').unwrap_or((&text, "0"));
        match (major.parse(), minor.parse()) {
            (Ok(major), Ok(minor)) => Ok(ServerVersion { major, minor }),
            _ => Err(format!("`{text}` is no version: write major and minor, such as \"8.0\"")),
        }
    }
}

impl From<ServerVersion> for String {
    fn from(version: ServerVersion) -> String {
        format!("{}.{}", version.major, version.minor)
    }
}

/// What a rule does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RuleEffect {
    Off,
    Warn,
    Deny,
}

/// When a checklist is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChecklistWhenNeeded {
    Always,
    /// For rows that are changed by hand, and whatever loses data.
    DataCorrections,
    Never,
}

/// Whether SQL that takes a change back has to be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReversalNeeded {
    Always,
    /// Where there is one, it has to take the change back.
    WherePresent,
}

impl DatabaseSettings {
    pub(super) fn defaults(tier: Tier) -> DatabaseSettings {
        use ChecklistQuestion as Q;
        let (always, present) = (ReversalNeeded::Always, ReversalNeeded::WherePresent);
        let (every, corrections, never) =
            (ChecklistWhenNeeded::Always, ChecklistWhenNeeded::DataCorrections, ChecklistWhenNeeded::Never);
        DatabaseSettings {
            paths: Vec::new(),
            exclude: Vec::new(),
            dialect: None,
            dialects: Vec::new(),
            servers: ServerVersions {
                postgres: 13,
                mysql: ServerVersion { major: 8, minor: 0 },
                mariadb: ServerVersion { major: 10, minor: 6 },
            },
            small_rows: 10_000,
            large_rows: 1_000_000,
            statistics_days: 7,
            explain: true,
            block_severity: SeverityThreshold::High,
            rules: BTreeMap::new(),
            design_rules: false,
            max_correction_rows: tier.choose([10_000, 50_000, 100_000, 100_000]),
            slow_ms: 100.0,
            checklist: tier.choose([every, every, corrections, never]),
            checklist_paths: vec!["**/*.checklist.yaml".to_owned(), "**/*.checklist.yml".to_owned()],
            questions: vec![
                Q::Reason,
                Q::Tables,
                Q::EstimatedRows,
                Q::ChangeSql,
                Q::RollbackSql,
                Q::Backup,
                Q::Window,
                Q::Order,
                Q::ReplicationLag,
                Q::Verification,
                Q::Reviewer,
            ],
            rows_factor: 2.0,
            dbas: Vec::new(),
            reversal: tier.choose([always, always, present, present]),
            growing: Vec::new(),
            code_exclude: Vec::new(),
        }
    }
}
