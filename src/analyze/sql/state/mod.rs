//! What the statements before one have done: tables that are new, columns and constraints that are known, the open transaction,
//! time-outs.
//!
//! Everything is found by name at once, so that a script of thousands of statements costs no more than its length.

pub(super) mod follow;
mod session;
mod table;

use std::collections::{HashMap, HashSet};

pub(super) use session::{Session, Timeout};
use table::{ColumnState, Created, IndexState, TableState};

use crate::evidence::sql::Name;

/// What is known before a statement.
#[derive(Debug, Default, Clone)]
pub struct State {
    /// By bare name; several where schemas differ.
    tables: HashMap<String, Vec<TableState>>,
    /// Indexes that the change makes, by bare name, with their table.
    indexes: HashMap<String, IndexState>,
    dropped_indexes: HashSet<String>,
    dropped_foreign_keys: HashSet<String>,
    /// Views, types, sequences, functions, triggers that the change makes, as `kind name`.
    objects: HashMap<String, u32>,
    /// Tables that the same change creates when it goes up: what a way down may drop.
    from_up: HashMap<String, Vec<TableState>>,
    objects_from_up: HashMap<String, u32>,
    pub(super) session: Session,
}

impl State {
    /// The state in which the way down begins: what going up has made is known to be the change's own.
    pub(super) fn for_down(up: &State) -> State {
        State { from_up: up.tables.clone(), objects_from_up: up.objects.clone(), ..State::default() }
    }

    /// Another script begins: another connection, or at least nothing that one may count on.
    pub(super) fn begin_script(&mut self, in_transaction: bool) {
        self.session = Session::new(in_transaction);
    }

    pub(super) fn table(&self, name: &Name) -> Option<&TableState> {
        find(&self.tables, name)
    }

    /// Whether the table is the change's own, so that nobody else uses it yet.
    pub(super) fn is_new(&self, name: &Name) -> bool {
        self.why_new(name).is_some()
    }

    /// Why nobody else uses the table yet, as a clause; `None` where it was there before or nobody knows.
    pub(super) fn why_new(&self, name: &Name) -> Option<String> {
        if let Some(table) = self.table(name).filter(|table| table.dropped || self.certainly(&table.name, name)) {
            return match table.created {
                Created::Here { line } => Some(format!("the same change creates it, in line {line}")),
                Created::Temporary { line } => Some(format!("it is a temporary table of this session, created in line {line}")),
                Created::Before => None,
            };
        }
        match find(&self.from_up, name).filter(|table| self.certainly(&table.name, name)).map(|table| table.created) {
            Some(Created::Here { .. }) => Some("the same change creates it when it goes up".to_owned()),
            _ => None,
        }
    }

    /// Whether two names mean one table for certain: where only one tells its schema, it has to be the one that the other means by default.
    fn certainly(&self, one: &Name, other: &Name) -> bool {
        let schema = match (&one.schema, &other.schema) {
            (Some(one), Some(other)) => return one == other,
            (None, None) => return true,
            (Some(schema), None) | (None, Some(schema)) => schema,
        };
        let path = self
            .session
            .variable("search_path")
            .map(|path| path.split(',').next().unwrap_or_default().trim_matches([' ', '"', '\'']));
        match path.or(self.session.database.as_deref()) {
            Some(first) => first == schema,
            None => schema == "public",
        }
    }

    /// Whether rows have been written into a new table.
    pub(super) fn is_filled(&self, name: &Name) -> bool {
        self.table(name).is_some_and(|table| table.filled) || (self.table(name).is_none() && find(&self.from_up, name).is_some())
    }

    /// The name that the table had before the change renamed it.
    pub(super) fn original(&self, name: &Name) -> Name {
        self.table(name).and_then(|table| table.original.clone()).unwrap_or_else(|| name.clone())
    }

    pub(super) fn column(&self, table: &Name, column: &str) -> Option<&ColumnState> {
        self.table(table)?.columns.get(column)
    }

    /// Whether the change itself adds the column, going up or in this script.
    pub(super) fn adds_column(&self, table: &Name, column: &str) -> bool {
        self.column(table, column).is_some_and(|column| column.added)
            || find(&self.from_up, table).and_then(|table| table.columns.get(column)).is_some_and(|column| column.added)
    }

    /// An index that the change makes.
    pub(super) fn index(&self, name: &str) -> Option<&IndexState> {
        self.indexes.get(name)
    }

    /// Whether the change has dropped the index.
    pub(super) fn drops_index(&self, name: &str) -> bool {
        self.dropped_indexes.contains(name)
    }

    /// Whether the change has dropped the foreign key.
    pub(super) fn drops_foreign_key(&self, name: &str) -> bool {
        self.dropped_foreign_keys.contains(name)
    }

    /// Whether the change itself makes the view, type, function ...
    pub(super) fn makes(&self, kind: &str, name: &str) -> bool {
        let key = format!("{kind} {name}");
        self.objects.contains_key(&key) || self.objects_from_up.contains_key(&key)
    }

    fn table_mut(&mut self, name: &Name) -> &mut TableState {
        let named = self.tables.entry(name.name.clone()).or_default();
        let exact = named.iter().rposition(|table| table.name == *name);
        let at = exact.or_else(|| named.iter().rposition(|table| table.name.may_be(name))).unwrap_or_else(|| {
            named.push(TableState::known(name.clone()));
            named.len() - 1
        });
        &mut named[at]
    }
}

/// The table of exactly this name, or the last one that may be meant.
fn find<'a>(tables: &'a HashMap<String, Vec<TableState>>, name: &Name) -> Option<&'a TableState> {
    let named = tables.get(&name.name)?;
    named.iter().rev().find(|table| table.name == *name).or_else(|| named.iter().rev().find(|table| table.name.may_be(name)))
}
