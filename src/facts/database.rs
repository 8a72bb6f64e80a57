//! The SQL of a change: what its statements do to tables of a known or unknown size, whether the checklist tells the truth about them,
//! and whether they can be undone (requirements B1 to B5, B7).

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Severity;

/// The SQL that the change adds, understood. Without SQL in the change every list is empty.
#[derive(Debug, Clone, PartialEq, Default, Serialize, JsonSchema)]
pub struct Database {
    /// The changed files that hold SQL or that make it, by path.
    pub files: Vec<SqlFile>,
    /// Every statement that the change adds, by file and place.
    pub statements: Vec<SqlStatement>,
    /// What the statements may do to production, by file and place.
    pub risks: Vec<SqlRisk>,
    /// Every table that the statements touch, by name.
    pub tables: Vec<TouchedTable>,
    /// Where sizes come from; null where nobody tells any.
    pub statistics: Option<StatisticsSource>,
    /// What the answers of the checklist are, and how they compare with the SQL; null where there is no checklist.
    pub checklist: Option<DatabaseChecklist>,
    /// Whether what the change does can be undone, for each migration with its reverse.
    pub reversals: Vec<Reversal>,
    /// Places in the code at head that still name what the SQL drops or renames.
    pub references: Vec<CodeReference>,
    /// Contract steps (a drop, a rename, a restriction) that come before the version that runs can live with them.
    pub early: Vec<EarlyStep>,
    /// New tables, and how they are kept from growing for ever.
    pub growth: Vec<GrowingTable>,
}

/// The language of a file of SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SqlDialect {
    Postgres,
    /// MySQL and what both it and MariaDB understand.
    Mysql,
    Mariadb,
    Sqlite,
}

impl SqlDialect {
    /// MySQL or MariaDB.
    #[must_use]
    pub const fn is_mysql(self) -> bool {
        matches!(self, SqlDialect::Mysql | SqlDialect::Mariadb)
    }

    /// The word in settings and reports.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            SqlDialect::Postgres => "postgres",
            SqlDialect::Mysql => "mysql",
            SqlDialect::Mariadb => "mariadb",
            SqlDialect::Sqlite => "sqlite",
        }
    }
}

/// Which way a migration goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    Up,
    Down,
}

/// A changed file that holds SQL, or that a tool makes SQL of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SqlFile {
    pub path: String,
    /// The tool whose convention it follows: `flyway`, `liquibase`, `golang-migrate`, `sqlx`, `diesel`, `goose`, `dbmate`, `django`,
    /// `alembic`, `rails`, `prisma`, `structure` (a dump of the schema), `sql` for plain files; `generated` for SQL that the caller hands in.
    pub tool: String,
    /// Null where nobody can tell, as for files that a tool makes SQL of.
    pub dialect: Option<SqlDialect>,
    /// Why this dialect, as a sentence.
    pub dialect_reason: String,
    /// Null for a file with both ways in sections.
    pub direction: Option<Direction>,
    /// Whether the base has the file already: a migration that has run does not run again.
    pub edited: bool,
    /// How many statements the change adds in it.
    pub statements: u64,
    /// Why its SQL is not known, as a sentence: a tool makes it, it is binary, too large, not text ...; null where it was read.
    pub unread: Option<String>,
}

/// A place in a file. Lines and columns count from 1, in characters; the end is the place after the last one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct SqlPlace {
    pub file: String,
    pub line: u32,
    pub column: u32,
    pub end_line: u32,
    pub end_column: u32,
}

/// How a statement was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SqlUnderstanding {
    /// By its tree.
    Parsed,
    /// By its words.
    Classified,
    /// Not at all.
    Unparsed,
}

/// A statement that the change adds.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct SqlStatement {
    #[serde(flatten)]
    pub place: SqlPlace,
    /// What it is, in words such as `alter table`, `create index`, `update`.
    pub kind: String,
    /// The tables that it names, sorted.
    pub tables: Vec<String>,
    pub direction: Direction,
    pub understood: SqlUnderstanding,
    /// Why it was not understood; null otherwise.
    pub reason: Option<String>,
    /// Its text on one line, cut at 200 characters; literals of passwords are hidden.
    pub text: String,
    /// A statement that changes or deletes rows by hand, or fills them (`update`, `delete`, `insert from a query`, `merge`).
    pub correction: bool,
    /// How many rows it changes or reads, as the planner of the live database estimates; null where nobody asked or the estimate failed.
    pub estimated_rows: Option<u64>,
    /// How many rows it changes at most, where its WHERE names them by a unique key that the statistics tell of, or its own LIMIT bounds them; null
    /// where nothing bounds them.
    pub most_rows: Option<u64>,
    /// The tables that its plan reads from beginning to end; null where there is no plan.
    pub full_scans: Option<Vec<String>>,
    /// Why there is no estimate; null where there is one, and where the statement is none to estimate.
    pub estimate_failed: Option<String>,
}

/// What a lock keeps others from doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Blocks {
    /// Nothing that applications do.
    Nothing,
    /// Other changes of the schema, maintenance.
    SchemaChanges,
    /// Writes (and changes of the schema).
    Writes,
    /// Reads and writes.
    Everything,
}

/// What kind of harm a rule is about; each is judged by a check of its own (`database/<class>`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RiskClass {
    /// Others wait for as long as the statement works through the table.
    Lock,
    /// The table is written anew.
    Rewrite,
    /// Rows or columns are gone, or are cut.
    DataLoss,
    /// The version that runs while the change is rolled out breaks.
    Compatibility,
    /// The statement fails, or fails half way.
    Failure,
    /// Transactions, time-outs, order.
    Transaction,
    /// Replicas fall behind.
    Replication,
    /// Rows are changed by hand.
    Correction,
    /// A query will be slow.
    Slow,
    /// Who may do what.
    Privileges,
    /// Naming and design; a pack that can be switched off.
    Design,
    /// Nobody here understands the statement: a DBA has to.
    Unparsed,
}

/// How large the table that a risk is about is, by the limits of the settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SizeClass {
    Small,
    Medium,
    Large,
    /// Nobody told: it is judged as a large one.
    Unknown,
}

/// What one statement may do to production, by one rule.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct SqlRisk {
    /// The id of the rule, for example `database/index-not-concurrent`.
    pub rule: String,
    pub class: RiskClass,
    pub severity: Severity,
    #[serde(flatten)]
    pub place: SqlPlace,
    /// The number of its statement in `statements`.
    pub statement: usize,
    pub direction: Direction,
    /// The table that it is about; null where it is about none.
    pub table: Option<String>,
    /// The column of the table; null where it is about none. `column` is that of its place.
    #[serde(rename = "column_name")]
    pub column: Option<String>,
    /// What happens, with the names of this statement, as a sentence without a full stop.
    pub message: String,
    /// The lock as the server names it (`ACCESS EXCLUSIVE`, `SHARED`); null where none matters.
    pub lock: Option<String>,
    pub blocks: Blocks,
    /// Whether the table is written anew, and whether all of it is read, while the lock is held.
    pub rewrites: bool,
    pub scans: bool,
    /// Whether the harm grows with the table: then a small one is harmless.
    pub weighed_by_size: bool,
    /// Rows of the table as the statistics tell; null where they do not.
    pub rows: Option<u64>,
    pub bytes: Option<u64>,
    pub size: SizeClass,
    /// Why it does no harm here (the table is created in the same change, it is small ...); null where it may.
    pub harmless: Option<String>,
    /// What to do instead, as SQL or as a sentence.
    pub safe: String,
    /// The section of the vendor's documentation.
    pub source: String,
}

/// A table that the change touches.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct TouchedTable {
    pub name: String,
    /// Created by the change itself, before anything else touches it.
    pub created_here: bool,
    /// What the statistics tell; null where they do not know the table.
    pub rows: Option<u64>,
    pub bytes: Option<u64>,
    pub size: SizeClass,
    /// The slowest mean of a statement on the table in the list of slow ones, in milliseconds; null where there is none.
    pub slow_ms: Option<f64>,
    /// Replicas that read from this server, where it tells.
    pub replicated: Option<bool>,
}

/// Where the sizes come from.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct StatisticsSource {
    /// The server's own words for its version.
    pub server: String,
    pub database: String,
    #[schemars(with = "String")]
    pub collected_at: Timestamp,
    /// How old they are at the time of the decision, in seconds.
    pub age_seconds: i64,
    pub tables: u64,
    /// Whether the server tells its slow statements.
    pub slow_queries_known: bool,
}

/// A question of the checklist, in its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChecklistQuestion {
    Reason,
    Tables,
    EstimatedRows,
    ChangeSql,
    RollbackSql,
    Backup,
    Window,
    Order,
    ReplicationLag,
    Verification,
    Reviewer,
}

/// The checklist of a change of the database (requirement B1).
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct DatabaseChecklist {
    /// The file, or `pull request`.
    pub source: String,
    /// Every question, answered or not.
    pub answers: Vec<ChecklistAnswer>,
    /// Where an answer does not agree with the SQL.
    pub contradictions: Vec<ChecklistContradiction>,
    /// The accounts of reviewers that it names, sorted.
    pub reviewers: Vec<String>,
    /// When the change may run, as the checklist says it; null where it does not, or not so that it can be compared with a clock.
    pub window: Option<ChecklistWindow>,
}

/// The hours in which a change of the database may run, seen from the time of the decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ChecklistWindow {
    /// Whether it is open now.
    pub open: bool,
    /// When it opens next; null while it is open, and where it does not open again.
    #[schemars(with = "Option<String>")]
    pub opens_at: Option<Timestamp>,
    /// When it closes: this one where it is open, otherwise the next; null where it does not open again.
    #[schemars(with = "Option<String>")]
    pub closes_at: Option<Timestamp>,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ChecklistAnswer {
    pub question: ChecklistQuestion,
    /// What was answered, cut at 200 characters; null where nothing was.
    pub answer: Option<String>,
    /// Who answered; null where nobody says.
    pub by: Option<String>,
    /// The line in its file; null where it has none.
    pub line: Option<u32>,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ChecklistContradiction {
    pub question: ChecklistQuestion,
    /// What is wrong, as a sentence without a full stop.
    pub message: String,
    /// What the checklist says.
    pub declared: String,
    /// What the SQL or the database says.
    pub found: String,
    pub line: Option<u32>,
    /// Whether it is wrong for certain; false where nobody can tell, because an estimate, a clock time or an account is not known.
    pub certain: bool,
}

/// Whether a migration can be undone by the SQL that comes with it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Reversal {
    /// The file that goes up, or the data correction.
    pub up: String,
    /// The first line of what goes up.
    pub line: u32,
    /// The file that goes down; null where there is none.
    pub down: Option<String>,
    pub state: ReversalState,
    /// What is not as before, one sentence each.
    pub differences: Vec<String>,
    /// What does not count against it and is worth knowing, one sentence each: what is written after the migration and goes with it,
    /// another order of columns, a backup table that stays.
    pub notes: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReversalState {
    /// Up then down gives the same schema, and no data is lost.
    Reversible,
    /// The schema is as before, as far as anybody can tell, and the data is not.
    SchemaOnly,
    /// The schema is another one.
    Different,
    /// Nothing takes it back.
    Missing,
    /// A statement that nobody understands: nobody knows.
    Unknown,
    /// Nothing has to be taken back: comments, statistics, settings.
    NothingToUndo,
}

/// A place in the code at head that names what the change takes away.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct CodeReference {
    pub file: String,
    pub line: u32,
    /// The text of the line, cut at 120 characters.
    pub text: String,
    pub table: String,
    /// Null where the table itself goes.
    pub column: Option<String>,
    /// The number of the statement in `statements`.
    pub statement: usize,
    /// Whether table and column stand near each other, or only the column's name was found.
    pub certain: bool,
    /// Whether the running version, at base, names it too: then it has to be released before the contract step.
    pub at_base: bool,
}

/// A contract step that comes too early: expand, migrate and contract are releases of their own.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct EarlyStep {
    #[serde(flatten)]
    pub place: SqlPlace,
    /// The number of the statement in `statements`.
    pub statement: usize,
    pub table: String,
    /// Null where it is about the whole table. `column` is that of its place.
    #[serde(rename = "column_name")]
    pub column: Option<String>,
    /// `code_runs`: the version that runs names it; `with_its_expansion`: what replaces it comes in the same change.
    pub reason: EarlyReason,
    /// What happens, as a sentence without a full stop.
    pub message: String,
    /// What to do instead.
    pub safe: String,
}

/// Why a contract step is too early.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EarlyReason {
    CodeRuns,
    WithItsExpansion,
}

/// A new table in a growing domain (requirement B7).
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct GrowingTable {
    pub table: String,
    #[serde(flatten)]
    pub place: SqlPlace,
    /// The condition by which rows are archived; null where nobody says.
    pub archive: Option<String>,
    /// How often; null where nobody says.
    pub every: Option<String>,
}
