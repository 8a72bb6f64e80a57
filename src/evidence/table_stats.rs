//! The file `table-stats.json` (`kadian.table-stats/v1`): how large the tables of a database are, and what they look like (requirement
//! B3). Written by `kadian db snapshot`; it holds no value of any row.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::facts::SqlDialect;

/// What stands in `schema`.
pub const SCHEMA: &str = "kadian.table-stats/v1";

/// A database's tables at one moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableStatistics {
    /// [`SCHEMA`].
    pub schema: String,
    pub dialect: SqlDialect,
    /// The server's own words for its version.
    pub server: String,
    pub database: String,
    pub collected_at: Timestamp,
    /// Servers that replicate from this one; `None` where it does not tell.
    pub replicas: Option<u64>,
    /// By schema and name.
    pub tables: Vec<TableRecord>,
    /// Statements that took long, the slowest first; `None` where the server keeps no list.
    pub slow: Option<Vec<SlowStatement>>,
    /// Why there is no list; `None` where there is one.
    pub slow_unknown: Option<String>,
}

/// A table, or what is used like one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableRecord {
    /// PostgreSQL's schema; `None` for MySQL, where the database is the schema.
    pub schema: Option<String>,
    pub name: String,
    pub kind: TableKind,
    /// The server's estimate, of a partitioned table with all its partitions; `None` where it has none (never analysed, foreign).
    pub rows: Option<u64>,
    /// Without and with indexes apart: data with TOAST or overflow pages; `None` where the server does not tell.
    pub bytes: Option<u64>,
    pub index_bytes: Option<u64>,
    /// When the estimate was made; `None` where the server does not tell.
    pub analyzed_at: Option<Timestamp>,
    /// MySQL: the storage engine.
    pub engine: Option<String>,
    /// MySQL: the table's collation.
    pub collation: Option<String>,
    /// In their order.
    pub columns: Vec<ColumnRecord>,
    pub indexes: Vec<IndexRecord>,
    pub foreign_keys: Vec<ForeignKeyRecord>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TableKind {
    Table,
    Partitioned,
    Partition,
    View,
    MaterializedView,
    Foreign,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnRecord {
    pub name: String,
    /// As the server writes it: `character varying(20)`, `bigint(20) unsigned`.
    #[serde(rename = "type")]
    pub ty: String,
    pub nullable: bool,
    pub has_default: bool,
    pub generated: bool,
    /// MySQL.
    pub collation: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a word of the server's catalogue, and any may stand beside any other")]
pub struct IndexRecord {
    pub name: String,
    /// In their order; an expression is `None`.
    pub columns: Vec<Option<String>>,
    pub unique: bool,
    pub primary: bool,
    /// PostgreSQL: false for what `CREATE INDEX CONCURRENTLY` left behind.
    pub valid: bool,
    /// `WHERE ..`.
    pub partial: bool,
    pub bytes: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForeignKeyRecord {
    pub name: String,
    pub columns: Vec<String>,
    /// The schema of the other table; `None` for MySQL within the database.
    pub to_schema: Option<String>,
    pub to_table: String,
    pub to_columns: Vec<String>,
    /// In upper case: `CASCADE`, `NO ACTION` ...; `UNKNOWN` where the server does not tell.
    pub on_delete: String,
}

/// A statement that took long, without the values that stood in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SlowStatement {
    /// Normalised: every literal is `?`. Cut at 1,000 characters.
    pub text: String,
    /// The tables that it names, as far as they can be told.
    pub tables: Vec<String>,
    pub calls: u64,
    /// Milliseconds.
    pub mean_ms: f64,
    pub max_ms: Option<f64>,
}

impl TableRecord {
    /// Whether a statement that names `schema.name` may mean this table.
    #[must_use]
    pub fn is(&self, schema: Option<&str>, name: &str) -> bool {
        self.name == name && (schema.is_none() || self.schema.is_none() || self.schema.as_deref() == schema)
    }
}
