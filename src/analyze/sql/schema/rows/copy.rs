//! Copies of tables: what `CREATE TABLE .. AS` and `INSERT .. SELECT` take along.

use std::sync::Arc;

use super::text::{Item, aliases, items, outputs};
use super::{Added, Change, Filter, Rows};
use crate::analyze::sql::schema::apply::Refusal;
use crate::analyze::sql::schema::words::{Word, WordKind, bare_of, find, words};
use crate::analyze::sql::schema::{Column, Open, Schema, Table};
use crate::evidence::sql::{Name, Query};
use crate::facts::SqlDialect;

/// What a query reads of one table.
pub(super) struct Source {
    pub(super) table: u32,
    /// The rows that it takes, beyond those that the table has.
    pub(super) filter: Filter,
    /// `None` for what is selected and is no plain column.
    pub(super) items: Vec<Item>,
    /// It asks another table which rows to take.
    pub(super) asks: bool,
}

impl Schema {
    /// What a query reads, where it reads one table and takes its rows as they are.
    pub(super) fn source(&mut self, query: &Query) -> Option<Source> {
        if query.aggregates || query.has_limit || query.has_offset || query.cartesian {
            return None;
        }
        let all = words(&query.text, self.dialect);
        let inner = bare_of(&all);
        // `TABLE t` is `SELECT * FROM t`.
        let (items, named) = match inner {
            [first, name @ ..] if first.is("table") => (vec![Item::Star], tables_of(name, self.dialect)),
            // A part of it is not understood, perhaps which rows it takes.
            _ if self.rough => return None,
            _ => {
                let from = find(inner, 0, &["from"])?;
                let end = find(inner, from + 1, &["where", "order", "for"]).unwrap_or(inner.len());
                (items(inner)?, tables_of(&inner[from + 1..end], self.dialect))
            }
        };
        let mut tables: Vec<&Name> = named.iter().map(|(_, name)| name).collect();
        tables.dedup();
        let [name] = tables.as_slice() else { return None };
        let table = self.table_for(name, false).ok()??;
        let filter = Filter::read(query.filter.as_ref(), self.dialect);
        let asks = query.tables.len() > 1 || query.filter.as_ref().is_some_and(|filter| filter.subquery);
        Some(Source { table, filter, items, asks })
    }

    /// Fills a table that a statement makes from a query.
    pub(in crate::analyze::sql::schema) fn fill(&mut self, id: u32, query: &Query) -> Result<(), Refusal> {
        if query.writes_inside {
            return Err(Refusal::NotUnderstood(format!("the query at {} writes rows inside of itself", self.line)));
        }
        let Some(source) = self.source(query) else {
            let what = format!("{} fills it", self.line);
            let names = outputs(&words(&query.text, self.dialect));
            for name in names.into_iter().flatten() {
                if self.table(id)?.column(&name).is_none() {
                    let column = self.unread_column(&name, true);
                    self.table_mut(id)?.columns.push(column);
                }
            }
            let table = self.table_mut(id)?;
            table.open = Open { columns: true, ..table.open };
            table.rows.added.push(Added { what, keys: Vec::new(), unless_there: false });
            return Ok(());
        };
        let names = outputs(&words(&query.text, self.dialect)).into_iter().chain(std::iter::repeat(None));
        for (item, output) in source.items.iter().zip(names) {
            match item {
                Item::Star => self.copy_all(id, source.table)?,
                Item::Column { column, .. } => {
                    self.column_for(source.table, column)?;
                    let found = self.table(source.table)?.column(column).cloned();
                    let name = output.unwrap_or_else(|| column.clone());
                    if let Some(found) = found {
                        let copy = Column { id: self.number(), name, fresh: true, ..found };
                        self.table_mut(id)?.put(copy);
                    }
                }
                Item::Other => {
                    let column = self.unread_column(&output.unwrap_or_default(), true);
                    self.table_mut(id)?.put(column);
                }
            }
        }
        let rows = self.rows_of(&source)?;
        self.table_mut(id)?.rows = rows;
        Ok(())
    }

    fn copy_all(&mut self, id: u32, from: u32) -> Result<(), Refusal> {
        let source = self.table(from)?.clone();
        for column in source.columns {
            let copy = Column { id: self.number(), fresh: true, ..column };
            self.table_mut(id)?.put(copy);
        }
        if source.open.columns {
            // Columns that nobody named come along too, and are found when they are.
            let table = self.table_mut(id)?;
            (table.open.columns, table.copies) = (true, if source.fresh { source.copies } else { Some(from) });
        }
        Ok(())
    }

    /// The rows that a copy holds.
    pub(super) fn rows_of(&self, source: &Source) -> Result<Rows, Refusal> {
        let rows = self.table(source.table)?.rows.clone();
        let part = match (rows.part.clone(), source.filter.all()) {
            (part, true) => part,
            (part, false) => Some(part.unwrap_or_default().and(&source.filter)),
        };
        Ok(Rows { part, added: rows.added, ..rows })
    }

    /// The values that a column of `table` takes from an item of a query over `from`.
    pub(super) fn taken(&mut self, from: u32, column: &str) -> Option<super::Values> {
        self.column_for(from, column).ok()?;
        self.tables.get(&from)?.column(column).map(|column| column.values.clone())
    }
}

/// The tables of a list behind `FROM`, with their aliases.
fn tables_of(list: &[Word], dialect: SqlDialect) -> Vec<(String, Name)> {
    let from = Word { kind: WordKind::Bare, text: "from".to_owned() };
    aliases(&[&[from], list].concat(), dialect)
}

impl Table {
    /// Adds a column, or gives one of its name the values of it.
    fn put(&mut self, column: Column) {
        match self.columns.iter_mut().find(|known| known.name == column.name) {
            Some(known) => known.values = column.values,
            None => self.columns.push(column),
        }
    }

    /// The number, for what only has a reference.
    pub(in crate::analyze::sql::schema) fn id(&self) -> u32 {
        self.id
    }
}

impl Change {
    pub(super) fn new(what: String, filter: Arc<Filter>) -> Change {
        Change { what, filter, beyond: false }
    }
}

/// The columns of one name by which two tables are joined: `a.id = b.id`, `USING (id)`.
pub(super) fn joined_by(condition: &[Word], of: impl Fn(&str) -> Option<u32>, a: u32, b: u32) -> Vec<String> {
    let mut found = Vec::new();
    for window in condition.windows(7) {
        if let [first, dot, left, equals, second, dot2, right] = window
            && [dot, dot2].iter().all(|dot| dot.is_sign("."))
            && equals.is_sign("=")
            && left.name() == right.name()
            && let (Some(first), Some(second), Some(column)) = (first.name(), second.name(), left.name())
        {
            let tables = (of(first), of(second));
            if tables == (Some(a), Some(b)) || tables == (Some(b), Some(a)) {
                found.push(column.to_owned());
            }
        }
    }
    let using = condition.windows(2).position(|pair| pair[0].is("using") && pair[1].is_sign("("));
    if let Some(at) = using {
        let list = condition[at + 2..].iter().take_while(|word| !word.is_sign(")"));
        found.extend(list.filter_map(Word::name).map(str::to_owned));
    }
    found
}
