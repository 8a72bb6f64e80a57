//! What the statements before one have done: tables that are new, columns and constraints that are known, the open transaction,
//! time-outs.
//!
//! Everything is found by name at once, so that a script of thousands of statements costs no more than its length.

pub(super) mod follow;
mod scope;
mod session;
mod table;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};

use scope::{Scope, Touched, Undo};
pub(super) use session::{Session, Timeout};
use table::{ColumnState, Created};
pub(super) use table::{IndexState, TableState};

use crate::evidence::sql::Name;
use crate::facts::SqlDialect;

/// Whether a table is there when a statement comes to make it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum There {
    Yes,
    No,
    /// Nobody tells.
    Maybe,
}

/// What is known of tables beside the statements that are followed. The names are those of [`Scope::full`].
pub(super) trait Beside {
    fn there(&self, full: &Name) -> There;

    /// Whether the table has the column; `None` where nobody tells.
    fn has_column(&self, full: &Name, column: &str) -> Option<bool>;
}

/// How a statement is followed.
#[derive(Clone, Copy)]
pub(super) struct Step<'a> {
    pub dialect: SqlDialect,
    /// The change adds the statement; what only stands there may have run long ago.
    pub judged: bool,
    /// It runs or does not: it stands in a block, under a condition or with an error that is caught.
    pub maybe: bool,
    pub beside: &'a dyn Beside,
}

/// What is known before a statement.
#[derive(Debug, Default, Clone)]
pub struct State {
    /// By the name that [`Scope::full`] gives.
    tables: HashMap<Name, TableState>,
    /// Tables of the session alone, by the name as written: they stand before all others, and never for a name with a schema.
    temporary: HashMap<Name, TableState>,
    scope: Scope,
    undo: Undo,
    /// Indexes that the change makes, by bare name, with their table.
    indexes: HashMap<String, IndexState>,
    dropped_indexes: HashSet<String>,
    dropped_foreign_keys: HashSet<String>,
    /// Domains with a condition, by bare name.
    constrained_domains: HashSet<String>,
    /// Views, types, sequences, functions, triggers that the change makes, as `kind name`.
    objects: HashMap<String, u32>,
    /// Tables that the same change creates when it goes up: what a way down may drop.
    from_up: HashMap<Name, TableState>,
    objects_from_up: HashMap<String, u32>,
    pub(super) session: Session,
}

impl State {
    /// The state in which the way down begins: what going up has made is known to be the change's own.
    pub(super) fn for_down(up: &State) -> State {
        let mut up = up.clone();
        up.end_script();
        State { from_up: up.tables, objects_from_up: up.objects, ..State::default() }
    }

    /// Another script begins: another connection, or at least nothing that one may count on.
    pub(super) fn begin_script(&mut self, in_transaction: bool, dialect: SqlDialect) {
        self.end_script();
        self.session = Session::new(in_transaction);
        self.scope = Scope::new(dialect);
    }

    /// The connection ends: with its temporary tables, and with what it did in a transaction that it opened and never committed.
    pub(super) fn end_script(&mut self) {
        self.temporary.clear();
        if self.session.transaction.as_ref().is_some_and(|open| !open.by_tool) {
            let touched = self.undo.all();
            self.forget(touched);
        }
        self.undo.clear();
    }

    /// What was touched is as nobody knows.
    fn forget(&mut self, touched: Vec<Touched>) {
        for touched in touched {
            match touched {
                Touched::Table(name) => {
                    self.tables.remove(&name);
                    self.temporary.remove(&name);
                }
                Touched::Object(key) => {
                    self.objects.remove(&key);
                }
                Touched::Index(name) => {
                    self.indexes.remove(&name);
                    self.dropped_indexes.remove(&name);
                }
            }
        }
    }

    /// Forgets what the change makes: from here on its names mean others.
    fn forget_all(&mut self) {
        self.tables.clear();
        self.temporary.clear();
        self.indexes.clear();
        self.objects.clear();
        self.from_up.clear();
        self.objects_from_up.clear();
        self.undo.clear();
        self.scope.moved_unseen(self.session.transaction.is_some());
    }

    /// Forgets every table that a text names which nobody can read.
    pub(super) fn forget_named(&mut self, text: &str) {
        let words: HashSet<String> = follow::words_of(text).collect();
        self.tables.retain(|name, _| !words.contains(&name.name.to_lowercase()));
        self.temporary.retain(|name, _| !words.contains(&name.name.to_lowercase()));
    }

    pub(super) fn by_full_name(&self, full: &Name) -> Option<&TableState> {
        self.tables.get(full)
    }

    /// Whether the type is a domain that checks its values.
    pub(super) fn is_constrained_domain(&self, name: &str) -> bool {
        self.constrained_domains.contains(name)
    }

    pub(super) fn table(&self, name: &Name) -> Option<&TableState> {
        self.temporary.get(&in_session(name)).or_else(|| self.tables.get(&self.scope.full(name)))
    }

    /// Whether the table is the change's own, so that nobody else uses it yet.
    pub(super) fn is_new(&self, name: &Name) -> bool {
        self.why_new(name).is_some()
    }

    /// Why nobody else uses the table yet, as a clause; `None` where it was there before or nobody knows.
    pub(super) fn why_new(&self, name: &Name) -> Option<String> {
        if let Some(table) = self.table(name) {
            return match table.created {
                Created::Here { line } => Some(format!("the same change creates it, in line {line}")),
                Created::Temporary { line } => Some(format!("it is a temporary table of this session, created in line {line}")),
                Created::Before => None,
            };
        }
        match self.from_up.get(&self.scope.full(name)).map(|table| table.created) {
            Some(Created::Here { .. }) => Some("the same change creates it when it goes up".to_owned()),
            _ => None,
        }
    }

    /// Whether rows have been written into a new table.
    pub(super) fn is_filled(&self, name: &Name) -> bool {
        self.table(name).is_some_and(|table| table.filled)
            || (self.table(name).is_none() && self.from_up.contains_key(&self.scope.full(name)))
    }

    /// The name that the table had before the change renamed it, with the schema that the path gives it.
    pub(super) fn original(&self, name: &Name) -> Name {
        self.table(name).and_then(|table| table.original.clone()).unwrap_or_else(|| self.scope.full(name))
    }

    /// Whether the rows of the table are not its own, or not only: a foreign table, a parent of tables that were there before. What
    /// statistics say of its name says nothing then.
    pub(super) fn has_rows_of_others(&self, name: &Name) -> bool {
        self.table(name).is_some_and(|table| table.rows_of_others)
    }

    pub(super) fn column(&self, table: &Name, column: &str) -> Option<&ColumnState> {
        self.table(table)?.columns.get(column)
    }

    /// Whether the change itself adds the column, going up or in this script.
    pub(super) fn adds_column(&self, table: &Name, column: &str) -> bool {
        self.column(table, column).is_some_and(|column| column.added)
            || self
                .from_up
                .get(&self.scope.full(table))
                .and_then(|table| table.columns.get(column))
                .is_some_and(|column| column.added)
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
        let own = in_session(name);
        if self.temporary.contains_key(&own) {
            self.undo.push(Touched::Table(own.clone()));
            return self.temporary.entry(own).or_default();
        }
        let full = self.scope.full(name);
        self.undo.push(Touched::Table(full.clone()));
        self.tables.entry(full).or_default()
    }

    /// The table holds rows that were there before the change: it is not new any more, and neither is what it is a part of.
    fn takes_rows_of_others(&mut self, name: &Name) {
        let mut todo = vec![name.clone()];
        while let Some(name) = todo.pop() {
            let table = self.table_mut(&name);
            if !table.rows_of_others {
                table.rows_of_others = true;
                table.created = Created::Before;
                todo.append(&mut table.parts_of.clone());
            }
        }
    }

    /// A table becomes part of another one.
    fn attached(&mut self, part: &Name, parent: &Name) {
        if self.table(parent).is_none_or(|table| table.created == Created::Before && !table.rows_of_others) {
            return;
        }
        if self.why_new(part).is_none() {
            self.takes_rows_of_others(parent);
        }
        self.table_mut(part).parts_of.push(parent.clone());
    }
}

/// The name under which a temporary table is kept: `pg_temp` stands for the schema of the session.
fn in_session(name: &Name) -> Name {
    Name { schema: name.schema.clone().filter(|schema| schema != "pg_temp"), name: name.name.clone() }
}
