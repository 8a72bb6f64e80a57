//! Statements that read and write rows.

use super::Name;

#[derive(Debug, Clone, PartialEq)]
pub enum Dml {
    Insert(Insert),
    Update(Box<Update>),
    Delete(Box<Delete>),
    /// `MERGE INTO`.
    Merge {
        table: Option<Name>,
        /// What it does to rows that are there, as the [`Update`](Dml::Update) or [`Delete`](Dml::Delete) that it is.
        branches: Vec<Dml>,
    },
}

#[derive(Debug, Clone, PartialEq)]
pub struct Insert {
    pub table: Option<Name>,
    /// Empty where none are named.
    pub columns: Vec<String>,
    pub source: InsertSource,
    /// `REPLACE INTO`, `INSERT OR REPLACE`: rows that are there are deleted first.
    pub replace: bool,
    /// `ON CONFLICT DO UPDATE`, `ON DUPLICATE KEY UPDATE`.
    pub upsert: bool,
    /// The `UPDATE` that this is, where the new rows come from a query that reads tables.
    pub overwrites: Option<Box<Update>>,
    /// `ON CONFLICT DO NOTHING`, `INSERT IGNORE`.
    pub ignore: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub enum InsertSource {
    /// How many rows stand there.
    Values(u64),
    Query(Box<Query>),
    DefaultValues,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Update {
    /// The tables that change; several for MySQL's multi-table form.
    pub tables: Vec<Name>,
    /// What their columns are called by: their aliases, or their names.
    pub aliases: Vec<String>,
    /// The columns that are set, with the value where it is a literal.
    pub set: Vec<(String, Option<Value>)>,
    /// Tables that are joined or named in `FROM`.
    pub joined: Vec<Name>,
    pub filter: Option<Predicate>,
    pub order_by: bool,
    pub limit: Option<u64>,
    /// A common table expression or sub-query that itself writes rows.
    pub writes_inside: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Delete {
    pub tables: Vec<Name>,
    /// What their columns are called by: their aliases, or their names.
    pub aliases: Vec<String>,
    /// Tables that are joined or named in `USING`.
    pub joined: Vec<Name>,
    pub filter: Option<Predicate>,
    pub order_by: bool,
    pub limit: Option<u64>,
    pub writes_inside: bool,
}

/// What a `WHERE` asks, as far as it decides how many rows it picks.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Predicate {
    /// As written.
    pub text: String,
    /// True for every row, whatever they hold: `1=1`, `true`, `id = id`, `x OR 1=1`, `id IS NOT NULL OR id IS NULL`.
    pub always_true: bool,
    /// Conditions that all have to hold (parts of the outermost `AND`); one of them that is an `OR` stands in `alternatives` only.
    pub conditions: Vec<Condition>,
    /// Whether some part is an `OR` of several.
    pub alternatives: bool,
    /// Whether it asks other tables (`IN (SELECT ..)`, `EXISTS`).
    pub subquery: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// The column, with its table or alias before it as written (`u.id`), folded; `None` where it is none.
    pub column: Option<String>,
    pub comparison: Comparison,
    /// A function, cast or arithmetic stands around the column, so that an index on it does not help.
    pub wrapped: bool,
    /// What it is compared with, where that is a literal.
    pub value: Option<Value>,
    /// How many values an `IN` lists.
    pub listed: Option<u64>,
    /// What the sub-query of an `IN` or `= ANY` gives at most.
    pub limited: Option<Limited>,
    /// The whole numbers that a [`Range`](Comparison::Range) stands between, where they are literals.
    pub at_least: Option<i128>,
    pub at_most: Option<i128>,
    /// It compares two columns (a join).
    pub joins: bool,
    /// The second of them, written as the first.
    pub other: Option<String>,
}

/// A sub-query with a `LIMIT` that is a plain number, and that gives the same rows for each row of the statement around it, unless a name
/// without a table in it means a column of that statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limited {
    pub rows: u64,
    /// Every column stands with its table, so that none is one of the statement around it.
    pub qualified: bool,
    /// The tables that it reads, by their bare names as they are written, in lower case.
    pub tables: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    Equal,
    /// `<>`, `NOT IN`, `NOT LIKE`, `IS DISTINCT FROM`.
    NotEqual,
    /// `<`, `<=`, `>`, `>=`, `BETWEEN`.
    Range,
    In,
    /// `LIKE 'a%'`, `ILIKE`, `REGEXP`.
    Like {
        leading_wildcard: bool,
    },
    IsNull,
    IsNotNull,
    /// A sub-query, `EXISTS`, a boolean column, JSON or array operators, and the rest.
    Other,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    Number(String),
    Text(String),
    Boolean(bool),
    Null,
}

/// A query: what it reads and how.
#[derive(Debug, Clone, PartialEq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a word that stands there or not")]
pub struct Query {
    /// As written.
    pub text: String,
    /// Every table that it reads, also in sub-queries; common table expressions are not tables. Sorted, no doubles.
    pub tables: Vec<Name>,
    /// Of the outermost `SELECT` only.
    pub filter: Option<Predicate>,
    pub star: bool,
    pub order_by: bool,
    /// `None` where there is none or where it is no number.
    pub limit: Option<u64>,
    pub offset: Option<u64>,
    pub has_limit: bool,
    pub has_offset: bool,
    /// `FOR UPDATE`, `FOR SHARE`.
    pub locks_rows: bool,
    /// Two tables without a condition that joins them.
    pub cartesian: bool,
    /// `GROUP BY`, or only aggregates are selected.
    pub aggregates: bool,
    /// A common table expression that writes rows.
    pub writes_inside: bool,
    /// Functions called at the top of the list, in lower case: `setval`, `pg_sleep`, `set_config`, `lo_unlink` ...
    pub calls: Vec<String>,
}
