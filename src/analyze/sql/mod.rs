//! What the SQL of a change does to production.
//!
//! [`rules`] holds one rule for each thing that goes wrong, with its source; [`understand`] runs them over the statements in the order
//! in which they would run, with what earlier ones did.

pub mod growth;
pub mod phases;
mod plans;
pub mod reversal;
pub mod schema;

use crate::evidence::sql::Script;
use crate::evidence::table_stats::TableStatistics;
use crate::facts::{Direction, LineRange, SqlRisk, SqlStatement, TouchedTable};

/// One script that would run, in the place where it would.
#[derive(Debug, Clone, Copy)]
pub struct SqlSource<'a> {
    /// Its file, for the places of findings.
    pub path: &'a str,
    pub direction: Direction,
    pub script: &'a Script,
    /// Whether the tool runs the whole script in one transaction, as far as its dialect can.
    pub in_transaction: bool,
    /// Whether the base has the file already: it may have run.
    pub edited: bool,
    /// The lines that the change adds; `None` for all. What stands elsewhere is followed, and not judged.
    pub added: Option<&'a [LineRange]>,
}

/// How statements are weighed.
#[derive(Debug, Clone)]
pub struct SqlOptions<'a> {
    pub statistics: Option<&'a TableStatistics>,
    /// The migrations of the base, in the order in which they ran: what they say of tables counts where no statistics do.
    pub earlier: &'a [EarlierSql<'a>],
    /// Up to so many rows a table is small; from so many on it is large.
    pub small_rows: u64,
    pub large_rows: u64,
    /// The oldest server that the statements have to be right for: what a newer one does better is not counted on.
    pub postgres: u32,
    pub mysql: (u32, u32),
    pub mariadb: (u32, u32),
}

/// What is known of the statements.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct UnderstoodSql {
    /// By file and place.
    pub statements: Vec<SqlStatement>,
    pub risks: Vec<SqlRisk>,
    /// By name.
    pub tables: Vec<TouchedTable>,
}

/// A text of SQL in one spelling, so that two that differ only by blanks, comments and the case of keywords are equal.
#[must_use]
pub fn spelled(text: &str, dialect: crate::facts::SqlDialect) -> String {
    schema::words::normal(text, dialect).trim_end_matches([' ', ';']).to_owned()
}

mod blocks;
mod bookkeeping;
mod earlier;
mod functions;
mod hit;
mod locks;
mod mysql_columns;
pub mod reference;
mod routines;
mod rule;
mod rules;
mod scene;
mod sizes;
mod state;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod types;
mod understand;
mod words;

pub use earlier::EarlierSql;
pub use rule::{Pack, Proof, Rule, Variant};
pub use rules::RULES;
pub use understand::understand;
