//! What the statements so far say of one table.

use std::collections::HashMap;

use crate::evidence::sql::{ConstraintKind, Name, TypeName};

/// Whose a table is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::analyze::sql) enum Created {
    /// It was there before, as far as anybody knows.
    #[default]
    Before,
    /// The change creates it.
    Here { line: u32 },
    /// The session creates it for itself.
    Temporary { line: u32 },
}

#[expect(clippy::struct_excessive_bools, reason = "each says something of its own")]
#[derive(Debug, Clone, Default)]
pub(in crate::analyze::sql) struct TableState {
    pub created: Created,
    /// A statement creates it, in the change or before.
    pub made: bool,
    /// `columns` are all that it has.
    pub whole: bool,
    /// Rows were written into it.
    pub filled: bool,
    /// The change makes a materialized view of the name.
    pub materialized: bool,
    /// It was dropped, and not created again.
    pub dropped: bool,
    /// A temporary table that ends with its transaction.
    pub until_commit: bool,
    /// What it was called before the change renamed it.
    pub original: Option<Name>,
    /// The columns that the statements tell of; of a table that was there before not all of them.
    pub columns: HashMap<String, ColumnState>,
    pub constraints: HashMap<String, ConstraintState>,
    /// Columns of the indexes that the change makes.
    pub indexes: Vec<Vec<String>>,
    pub primary_key: bool,
    pub partitioned: bool,
    /// Columns that a checked constraint keeps from being null.
    pub never_null: Vec<String>,
    /// Its rows, or some of them, are those of other tables that were there before.
    pub rows_of_others: bool,
    /// New tables of which it is a partition or a child.
    pub parts_of: Vec<Name>,
}

#[expect(clippy::struct_excessive_bools, reason = "each says something of its own")]
#[derive(Debug, Clone, Default)]
pub(in crate::analyze::sql) struct ColumnState {
    pub ty: Option<TypeName>,
    pub not_null: bool,
    /// A statement lets it hold nulls.
    pub lifted: bool,
    pub has_default: bool,
    /// The change adds it.
    pub added: bool,
    /// A collation is declared, which a new type takes away.
    pub collated: bool,
    /// What it was called before the change renamed it.
    pub original: Option<String>,
    /// A key refers from it or to it, or it is one.
    pub key: bool,
}

#[derive(Debug, Clone)]
pub(in crate::analyze::sql) struct ConstraintState {
    pub kind: ConstraintKind,
    /// Existing rows have been looked at.
    pub valid: bool,
}

#[derive(Debug, Clone)]
pub(in crate::analyze::sql) struct IndexState {
    pub table: Option<Name>,
    /// The columns that it is about; an expression is an empty name.
    pub columns: Vec<String>,
}

/// No table of a server has more; what comes after is not looked at.
const MOST_INDEXES: usize = 1_000;

impl TableState {
    pub(super) fn index(&mut self, columns: Vec<String>) {
        if self.indexes.len() < MOST_INDEXES {
            self.indexes.push(columns);
        }
    }
}
