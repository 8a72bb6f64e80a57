//! What the migrations of the base say of the tables, before the change: nothing but what they say, because nobody has seen the server.

use std::collections::HashSet;

use super::sizes::Sizes;
use super::state::{Beside, IndexState, State, Step, TableState, There};
use super::{blocks, words};
use crate::evidence::sql::{Action, Name, Script, Statement, TypeName, Understood};
use crate::facts::SqlDialect;

/// A migration of the base, which has run before those of the change.
#[derive(Debug, Clone, Copy)]
pub struct EarlierSql<'a> {
    pub path: &'a str,
    /// `None` where it is there and nobody can read it: then nobody knows what it makes.
    pub script: Option<&'a Script>,
}

/// What they leave, of one database.
#[derive(Debug, Default)]
pub struct Earlier {
    state: State,
    /// The bare names of all tables that any statement names.
    names: HashSet<String>,
    any: bool,
    /// Something in them may do what nobody can read.
    unread: bool,
}

impl Earlier {
    /// Plays them in their order.
    pub(super) fn new<'s>(scripts: impl IntoIterator<Item = Option<&'s Script>>) -> Earlier {
        let mut earlier = Earlier::default();
        for script in scripts {
            earlier.any = true;
            match script {
                Some(script) => earlier.script(script),
                None => earlier.unread = true,
            }
        }
        earlier.state.end_script();
        earlier
    }

    fn script(&mut self, script: &Script) {
        let dialect = script.dialect;
        self.unread |= !script.troubles.is_empty();
        self.state.begin_script(false, dialect);
        for statement in &script.statements {
            let inside = blocks::inside(statement, dialect);
            let hidden = |action: &Action| match action {
                Action::Block { .. } => inside.is_none(),
                Action::Call { .. } | Action::Dynamic { .. } | Action::Other { .. } => true,
                _ => false,
            };
            if matches!(statement.understood, Understood::No(_)) || statement.actions.iter().any(hidden) {
                self.unread = true;
                self.state.forget_named(&statement.text);
                continue;
            }
            // What stands in a block runs or does not: the tables that it names are as nobody knows.
            for inner in inside.iter().flatten() {
                self.state.forget_named(&inner.text);
                self.names.extend(words::tables(inner).into_iter().map(|name| name.name));
            }
            self.follow(statement, dialect);
            self.names.extend(words::tables(statement).into_iter().map(|name| name.name));
        }
    }

    fn follow(&mut self, statement: &Statement, dialect: SqlDialect) {
        let step = Step { dialect, judged: false, maybe: false, beside: &Played(&self.names) };
        self.state.follow(statement, step);
    }

    /// The bare names of all tables that they name.
    pub(super) fn names(&self) -> impl Iterator<Item = &String> {
        self.names.iter()
    }

    fn table(&self, full: &Name) -> Option<&TableState> {
        self.state.by_full_name(full)
    }

    /// The declared type of a column.
    pub(super) fn column_type(&self, full: &Name, column: &str) -> Option<TypeName> {
        self.table(full)?.columns.get(column).filter(|column| !column.collated)?.ty.clone()
    }

    /// Whether the column is declared NOT NULL, or kept from being null by a check that has been validated.
    pub(super) fn never_null(&self, full: &Name, column: &str, checks_count: bool) -> bool {
        self.table(full).is_some_and(|table| {
            table.columns.get(column).is_some_and(|column| column.not_null)
                || checks_count && table.never_null.iter().any(|known| known.eq_ignore_ascii_case(column))
        })
    }

    /// Whether the column is declared so that it may be null; `None` where its definition is not there.
    pub(super) fn may_be_null(&self, full: &Name, column: &str) -> Option<bool> {
        self.table(full)?.columns.get(column).filter(|column| column.ty.is_some()).map(|column| !column.not_null)
    }

    /// Whether the table has the column; `None` where nobody tells.
    fn has_column(&self, full: &Name, column: &str) -> Option<bool> {
        let table = self.table(full)?;
        let has = table.columns.contains_key(column);
        (has || table.whole).then_some(has)
    }

    pub(super) fn index(&self, name: &str) -> Option<&IndexState> {
        self.state.index(name)
    }

    /// Whether the type is a domain with a condition.
    pub(super) fn is_constrained_domain(&self, name: &str) -> bool {
        self.state.is_constrained_domain(name)
    }
}

/// While the migrations are played: what none has named before is not there, as far as they tell.
struct Played<'a>(&'a HashSet<String>);

impl Beside for Played<'_> {
    fn there(&self, full: &Name) -> There {
        if self.0.contains(&full.name) { There::Maybe } else { There::No }
    }

    fn has_column(&self, _: &Name, _: &str) -> Option<bool> {
        None
    }
}

/// Everything that tells what is there before the change.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known<'a> {
    pub sizes: &'a Sizes<'a>,
    pub earlier: &'a Earlier,
    /// The bare names of the tables in the migrations of the base in all folders, for servers of the same family.
    pub named: &'a HashSet<String>,
}

impl Beside for Known<'_> {
    /// Statistics win, because they have seen the server; what they do not list may have been made after they were taken.
    fn there(&self, full: &Name) -> There {
        if self.sizes.record(full).is_some() {
            return There::Yes;
        }
        let listed = self.sizes.may_exist(full);
        if listed == Some(true) {
            return There::Maybe;
        }
        let told = self.earlier.any && !self.earlier.unread;
        match self.earlier.table(full) {
            Some(table) if table.dropped && told => There::No,
            Some(table) if table.made && told => There::Yes,
            None if !self.named.contains(&full.name) && (told || listed == Some(false)) => There::No,
            _ => There::Maybe,
        }
    }

    fn has_column(&self, full: &Name, column: &str) -> Option<bool> {
        let earlier = self.earlier.has_column(full, column);
        match self.sizes.record(full).filter(|record| !record.columns.is_empty()) {
            Some(record) => Some(earlier == Some(true) || record.columns.iter().any(|known| known.name == column)),
            None => earlier,
        }
    }
}
