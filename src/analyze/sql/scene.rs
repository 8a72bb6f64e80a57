//! What a rule sees when it looks at a statement.

use std::collections::{HashMap, HashSet};

use super::earlier::Earlier;
use super::routines::Routines;
use super::sizes::Sizes;
use super::state::State;
use super::{SqlOptions, SqlSource};
use crate::evidence::sql::{
    Action, AlterOp, AlterTable, ColumnDef, ConstraintKind, CreateIndex, CreateTable, Delete, Dml, Insert, Name, Query, Script,
    Statement, TypeName, Update,
};
use crate::evidence::table_stats::TableRecord;
use crate::facts::SqlDialect;

/// One statement, with what came before it and what is known of the tables.
#[derive(Debug)]
pub struct Scene<'a> {
    pub source: &'a SqlSource<'a>,
    pub statement: &'a Statement,
    /// Its first words in upper case, each with a blank after it.
    pub head: &'a str,
    /// Its number in the script.
    pub number: usize,
    /// What the script does anywhere.
    pub ahead: &'a Ahead,
    /// As the statements before it leave it.
    pub state: &'a State,
    /// The functions that the change creates before it.
    pub routines: &'a Routines,
    pub sizes: &'a Sizes<'a>,
    /// What the migrations of the base say.
    pub earlier: &'a Earlier,
    pub options: &'a SqlOptions<'a>,
}

/// No table of a server has more indexes; what comes after is not looked at.
const MOST_INDEXES: usize = 1_000;

/// What the statements of a script do anywhere, for rules that a later statement satisfies.
#[derive(Debug, Default)]
pub struct Ahead {
    /// The last statement that ends a transaction.
    last_end: Option<usize>,
    /// The columns of the indexes that are made on a table, by its bare name.
    indexes: HashMap<String, Vec<Vec<String>>>,
    /// The last statement that makes an object, by kind and name.
    made: HashMap<String, usize>,
    /// Tables that get a primary key by `ALTER TABLE`.
    keyed: HashSet<String>,
}

impl Ahead {
    pub fn new(script: &Script) -> Ahead {
        let mut ahead = Ahead::default();
        for (number, statement) in script.statements.iter().enumerate() {
            for action in &statement.actions {
                match action {
                    Action::Commit | Action::Rollback { to_savepoint: false } => ahead.last_end = Some(number),
                    Action::CreateView { name, .. } => ahead.makes("view", &name.name, number),
                    Action::CreateRoutine { name, .. } => ahead.makes("routine", &name.name, number),
                    Action::CreateTrigger { name, .. } => ahead.makes("trigger", name, number),
                    Action::CreateIndex(index) => {
                        if let Some(name) = &index.name {
                            ahead.makes("index", &name.name, number);
                        }
                        ahead.index(index.table.as_ref(), index);
                    }
                    Action::AlterTable(alter) => ahead.alter(alter),
                    _ => {}
                }
            }
        }
        ahead
    }

    fn indexed(&mut self, table: &Name, columns: Vec<String>) {
        let indexes = self.indexes.entry(table.name.clone()).or_default();
        if indexes.len() < MOST_INDEXES {
            indexes.push(columns);
        }
    }

    fn makes(&mut self, kind: &str, name: &str, number: usize) {
        self.made.insert(format!("{kind} {name}"), number);
    }

    fn index(&mut self, table: Option<&Name>, index: &CreateIndex) {
        if let Some(table) = table.filter(|_| !index.partial) {
            self.indexed(table, index.columns.iter().map_while(|column| column.column.clone()).collect());
        }
    }

    fn alter(&mut self, alter: &AlterTable) {
        for operation in &alter.operations {
            match operation {
                AlterOp::AddIndex(index) => self.index(Some(&alter.name), index),
                AlterOp::AddConstraint(constraint) => match &constraint.kind {
                    ConstraintKind::PrimaryKey { columns, .. } => {
                        self.keyed.insert(alter.name.name.clone());
                        self.indexed(&alter.name, columns.clone());
                    }
                    ConstraintKind::Unique { columns, .. } => {
                        self.indexed(&alter.name, columns.clone());
                    }
                    _ => {}
                },
                AlterOp::AddColumn { column, .. } if column.primary_key => {
                    self.keyed.insert(alter.name.name.clone());
                }
                _ => {}
            }
        }
    }
}

/// The first four words of a text in upper case, each with a blank after it; what stands at the end of a word and is no part of it is
/// left out.
pub(super) fn head(text: &str) -> String {
    let mut head = String::with_capacity(48);
    for word in text.split(|c: char| c.is_whitespace() || c == ';' || c == '(').filter(|word| !word.is_empty()).take(4) {
        head.extend(word.chars().take(64).map(|c| c.to_ascii_uppercase()));
        head.push(' ');
    }
    head
}

impl<'a> Scene<'a> {
    pub fn dialect(&self) -> SqlDialect {
        self.source.script.dialect
    }

    pub fn actions(&self) -> impl Iterator<Item = &'a Action> + use<'a> {
        self.statement.actions.iter()
    }

    /// Each operation of each `ALTER TABLE`.
    pub fn operations(&self) -> impl Iterator<Item = (&'a AlterTable, &'a AlterOp)> + use<'a> {
        self.alters().flat_map(|alter| alter.operations.iter().map(move |operation| (alter, operation)))
    }

    pub fn alters(&self) -> impl Iterator<Item = &'a AlterTable> + use<'a> {
        self.actions().filter_map(|action| match action {
            Action::AlterTable(alter) => Some(alter),
            _ => None,
        })
    }

    /// Columns that are added to a table.
    pub fn added_columns(&self) -> impl Iterator<Item = (&'a AlterTable, &'a ColumnDef)> + use<'a> {
        self.operations().filter_map(|(alter, operation)| match operation {
            AlterOp::AddColumn { column, .. } => Some((alter, &**column)),
            _ => None,
        })
    }

    pub fn created_tables(&self) -> impl Iterator<Item = &'a CreateTable> + use<'a> {
        self.actions().filter_map(|action| match action {
            Action::CreateTable(create) => Some(&**create),
            _ => None,
        })
    }

    /// Indexes that are added to a table that is there, by a statement of their own or by `ALTER TABLE`.
    pub fn added_indexes(&self) -> impl Iterator<Item = (Option<&'a Name>, &'a CreateIndex)> + use<'a> {
        self.actions().flat_map(|action| {
            let found: Vec<(Option<&'a Name>, &'a CreateIndex)> = match action {
                Action::CreateIndex(index) => vec![(index.table.as_ref(), index)],
                Action::AlterTable(alter) => alter
                    .operations
                    .iter()
                    .filter_map(|operation| match operation {
                        AlterOp::AddIndex(index) => Some((Some(&alter.name), index)),
                        _ => None,
                    })
                    .collect(),
                _ => Vec::new(),
            };
            found
        })
    }

    pub fn dml(&self) -> impl Iterator<Item = &'a Dml> + use<'a> {
        self.actions().filter_map(|action| match action {
            Action::Dml(dml) => Some(dml),
            _ => None,
        })
    }

    /// Also what `MERGE` and `ON CONFLICT DO UPDATE` do to rows that are there.
    pub fn updates(&self) -> impl Iterator<Item = &'a Update> + use<'a> {
        self.changes().filter_map(|dml| match dml {
            Dml::Update(update) => Some(&**update),
            Dml::Insert(insert) => insert.overwrites.as_deref(),
            _ => None,
        })
    }

    pub fn deletes(&self) -> impl Iterator<Item = &'a Delete> + use<'a> {
        self.changes().filter_map(|dml| match dml {
            Dml::Delete(delete) => Some(&**delete),
            _ => None,
        })
    }

    fn changes(&self) -> impl Iterator<Item = &'a Dml> + use<'a> {
        self.dml().flat_map(|dml| {
            let branches = match dml {
                Dml::Merge { branches, .. } => branches.as_slice(),
                _ => &[],
            };
            std::iter::once(dml).chain(branches)
        })
    }

    pub fn inserts(&self) -> impl Iterator<Item = &'a Insert> + use<'a> {
        self.dml().filter_map(|dml| match dml {
            Dml::Insert(insert) => Some(insert),
            _ => None,
        })
    }

    /// Queries that applications will run again and again: of views.
    pub fn view_queries(&self) -> impl Iterator<Item = (&'a Name, &'a Query)> + use<'a> {
        self.actions().filter_map(|action| match action {
            Action::CreateView { name, query: Some(query), .. } => Some((name, &**query)),
            _ => None,
        })
    }

    /// Whether a later statement of the script makes an index that begins with the columns.
    pub fn indexed_later(&self, table: &Name, columns: &[String]) -> bool {
        self.ahead.indexes.get(&table.name).is_some_and(|indexes| {
            indexes
                .iter()
                .any(|index| index.len() >= columns.len() && columns.iter().all(|column| index[..columns.len()].contains(column)))
        })
    }

    /// Whether a later statement of the script makes an index of the name.
    pub fn index_made_later(&self, name: &str) -> bool {
        self.ahead.made.get(&format!("index {name}")).is_some_and(|last| *last > self.number)
    }

    /// Whether a later statement of the script gives the table its primary key.
    pub fn keyed_later(&self, table: &Name) -> bool {
        self.ahead.keyed.contains(&table.name)
    }

    /// Whether the script makes the view, routine or trigger in a later statement.
    pub fn made_later(&self, kind: &str, name: &str) -> bool {
        self.ahead.made.get(&format!("{kind} {name}")).is_some_and(|last| *last > self.number)
    }

    /// Whether a later statement of the script ends the transaction that this one begins.
    pub fn ends_later(&self) -> bool {
        self.ahead.last_end.is_some_and(|last| last > self.number)
    }

    /// What the statistics say of the table that a name means now.
    pub fn record(&self, table: &Name) -> Option<&'a TableRecord> {
        if self.state.is_new(table) || self.state.has_rows_of_others(table) {
            return None;
        }
        self.sizes.record(&self.state.original(table))
    }

    /// The type of a column before the statement, where somebody tells: the change itself, the statistics, the migrations of the base.
    pub fn column_type(&self, table: &Name, column: &str) -> Option<TypeName> {
        let here = self.state.column(table, column);
        if let Some(known) = here.and_then(|column| column.ty.clone()) {
            return Some(counted(known, self.dialect()));
        }
        let column = here.and_then(|column| column.original.as_deref()).unwrap_or(column);
        if let Some(known) = self.record(table).and_then(|record| record.columns.iter().find(|known| known.name == column)) {
            return Some(super::types::of_record(&known.ty));
        }
        if self.state.is_new(table) || self.state.has_rows_of_others(table) {
            return None;
        }
        let declared = self.earlier.column_type(&self.state.original(table), column)?;
        Some(counted(declared, self.dialect()))
    }

    /// Whether the migrations of the base let the column hold nulls; `None` where they do not tell, or the change has touched the table's
    /// place.
    pub fn declared_null(&self, table: &Name, column: &str) -> Option<bool> {
        if self.state.is_new(table) || self.state.has_rows_of_others(table) {
            return None;
        }
        let here = self.state.column(table, column).and_then(|column| column.original.as_deref());
        self.earlier.may_be_null(&self.state.original(table), here.unwrap_or(column))
    }

    /// Whether the column is known to hold no null: by the change, the statistics, or the migrations of the base.
    pub fn never_null(&self, table: &Name, column: &str) -> bool {
        let checks_count = self.options.postgres >= 12;
        let checked = |state: &super::state::TableState| {
            checks_count && state.never_null.iter().any(|known| known.eq_ignore_ascii_case(column))
        };
        if self.state.table(table).is_some_and(checked) {
            return true;
        }
        let here = self.state.column(table, column);
        if let Some(here) = here
            && (here.not_null || here.added || here.lifted)
        {
            return here.not_null;
        }
        if self.state.is_new(table) || self.state.has_rows_of_others(table) {
            return false;
        }
        let column = here.and_then(|column| column.original.as_deref()).unwrap_or(column);
        match self.record(table).and_then(|record| record.columns.iter().find(|known| known.name == column)) {
            Some(known) => !known.nullable,
            None => self.earlier.never_null(&self.state.original(table), column, checks_count),
        }
    }

    /// The columns of an index; an expression is an empty name. `None` where nobody tells.
    pub fn index_columns(&self, index: &str) -> Option<Vec<String>> {
        if let Some(made) = self.state.index(index) {
            return Some(made.columns.clone());
        }
        if let [(_, record)] = self.sizes.indexes(index) {
            return Some(record.columns.iter().map(|column| column.clone().unwrap_or_default()).collect());
        }
        self.earlier.index(index).map(|made| made.columns.clone())
    }

    /// Whether the type is a domain that checks its values, as the change or the migrations of the base make it.
    pub fn is_constrained_domain(&self, ty: &TypeName) -> bool {
        let bare = ty.name.rsplit('.').next().unwrap_or(&ty.name).trim_matches('"');
        let known = |name: &str| self.state.is_constrained_domain(name) || self.earlier.is_constrained_domain(name);
        !ty.array && (known(bare) || known(&bare.to_lowercase()))
    }
}

/// The type of the numbers that PostgreSQL's `serial` counts.
fn counted(ty: TypeName, dialect: SqlDialect) -> TypeName {
    let name = match ty.name.as_str() {
        "smallserial" => "smallint",
        "serial" => "integer",
        "bigserial" => "bigint",
        _ => return ty,
    };
    if dialect == SqlDialect::Postgres { TypeName { name: name.to_owned(), ..ty } } else { ty }
}
