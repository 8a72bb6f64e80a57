//! Where the rows of a table and the values of a column come from, and what was done to them.
//!
//! Every table and column of the schema from before has a number. A table holds the rows of that number, all or those that a condition
//! picks; a column holds its values. A copy holds the same rows and values under another name, which is what makes it a backup. What is
//! changed stands beside them until something takes it back.

mod copy;
mod dml;
mod filter;
mod text;

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Part;
use crate::evidence::sql::TypeName;

pub(super) use filter::Filter;

/// So many changes of one table or column are told apart; more of them are one that nothing takes back.
const MOST: usize = 2_000;

/// The rows of a table.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rows {
    /// The table of the schema from before whose rows these are; `None` where they are none of its.
    pub(super) of: Option<u32>,
    /// Only those that a condition picks.
    pub(super) part: Option<Filter>,
    pub(super) deleted: Vec<Change>,
    pub(super) added: Vec<Added>,
}

/// The values of a column.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Values {
    /// The column of the schema from before whose values these are.
    pub(super) of: Option<u32>,
    pub(super) changes: Vec<Change>,
    /// Its type before the first change of it.
    pub(super) typed: Option<Part<TypeName>>,
}

/// Values that were overwritten, or rows that were deleted.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Change {
    /// What did it, as a sentence.
    pub(super) what: String,
    /// The rows that it concerns.
    pub(super) filter: Arc<Filter>,
    /// Whether nothing can take it back that is not a whole copy.
    pub(super) beyond: bool,
}

/// Rows that were not there before.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Added {
    pub(super) what: String,
    /// The values of each column that the statement lists, where it lists them.
    pub(super) keys: Vec<(String, BTreeSet<String>)>,
    /// Rows that are there already are left alone.
    pub(super) unless_there: bool,
}

impl Rows {
    pub(super) fn of(table: u32) -> Rows {
        Rows { of: Some(table), ..Rows::default() }
    }

    /// Whether there may be any.
    pub(super) fn hold_some(&self) -> bool {
        self.of.is_some() || !self.added.is_empty()
    }

    /// Rows are gone; without a filter all of them.
    pub(super) fn delete(&mut self, what: String, filter: Option<Filter>) {
        let whole = filter.is_none();
        if whole {
            self.added.clear();
            self.deleted.clear();
        }
        push(&mut self.deleted, Change::new(what, Arc::new(filter.unwrap_or_default())));
    }
}

impl Values {
    pub(super) fn of(column: u32) -> Values {
        Values { of: Some(column), ..Values::default() }
    }

    /// Values are overwritten; without a filter all of them.
    pub(super) fn change(&mut self, what: String, filter: Option<Filter>) {
        push(&mut self.changes, Change::new(what, Arc::new(filter.unwrap_or_default())));
    }
}

fn push(changes: &mut Vec<Change>, change: Change) {
    if changes.len() < MOST {
        changes.push(change);
    } else if let Some(last) = changes.last_mut() {
        last.beyond = true;
        last.filter = Arc::default();
    }
}
