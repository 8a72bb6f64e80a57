//! Rows that are written, and what takes that back.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::copy::{Source, joined_by};
use super::text::{Assignment, Item, aliases, assignments, column_of, listed};
use super::{Added, Change, Filter, MOST, Rows, Values, push};
use crate::analyze::sql::schema::apply::Refusal;
use crate::analyze::sql::schema::words::{Word, bare_of, find, join, normal, split};
use crate::analyze::sql::schema::{Schema, Table};
use crate::evidence::sql::{Delete, Dml, Insert, InsertSource, Name, Predicate, Statement, Update};

/// So many columns are set, and so many tables named, by a statement that is followed.
const MOST_ASSIGNED: usize = 1_000;

/// Names that a column has which alone tells rows apart, where nobody told the indexes.
const KEYS: &[&str] = &["id", "uuid", "guid", "pk", "code", "key", "slug", "name", "email"];

impl Schema {
    pub(in crate::analyze::sql::schema) fn dml(&mut self, dml: &Dml, statement: &Statement) -> Result<(), Refusal> {
        match dml {
            Dml::Insert(insert) => self.insert_rows(insert, statement),
            Dml::Update(update) => self.update(update, statement),
            Dml::Delete(delete) => self.delete(delete, statement),
            Dml::Merge { table: Some(table), .. } => self.overwrite(table, "merges rows into"),
            Dml::Merge { table: None, .. } => {
                Err(Refusal::NotUnderstood(format!("nobody can tell into what {} merges rows", self.line)))
            }
        }
    }

    pub(in crate::analyze::sql::schema) fn truncate(&mut self, name: &Name) -> Result<(), Refusal> {
        let Some(id) = self.table_for(name, false)? else { return Ok(()) };
        self.delete_rows(id, None)
    }

    pub(in crate::analyze::sql::schema) fn copied_into(&mut self, name: &Name) -> Result<(), Refusal> {
        let Some(id) = self.table_for(name, false)? else { return Ok(()) };
        let what = format!("{} loads rows into `{name}`", self.line);
        self.table_mut(id)?.rows.add(Added { what, keys: Vec::new(), unless_there: false });
        Ok(())
    }

    /// Any row of a table may be another one.
    fn overwrite(&mut self, name: &Name, verb: &str) -> Result<(), Refusal> {
        let Some(id) = self.table_for(name, false)? else { return Ok(()) };
        let what = format!("{} {verb} `{name}`", self.line);
        let table = self.table_mut(id)?;
        push(&mut table.rows.deleted, Change { what, filter: Arc::default(), beyond: true });
        Ok(())
    }

    /// The rows that a statement picks. Where only its words are known, its condition counts if the words say the same.
    fn filter(&self, predicate: Option<&Predicate>, words: &[Word]) -> Filter {
        let mut filter = Filter::read(predicate, self.dialect);
        if self.rough && !self.agrees(predicate, words) {
            filter.parts.insert(format!("? {}", self.line));
        }
        filter
    }

    fn agrees(&self, predicate: Option<&Predicate>, words: &[Word]) -> bool {
        let plain = words.first().is_some_and(|word| word.is("update") || word.is("delete"));
        let own = find(words, 0, &["where"]).map(|at| {
            let end = find(words, at + 1, &["order", "limit", "returning"]).unwrap_or(words.len());
            join(&words[at + 1..end])
        });
        plain && own == predicate.map(|predicate| normal(&predicate.text, self.dialect))
    }

    fn delete(&mut self, delete: &Delete, statement: &Statement) -> Result<(), Refusal> {
        self.no_writes_inside(delete.writes_inside)?;
        let limited = delete.limit.is_some();
        for name in &delete.tables {
            let Some(id) = self.table_for(name, false)? else { continue };
            let mut filter = self.filter(delete.filter.as_ref(), &self.words(statement));
            if !delete.joined.is_empty() || limited {
                filter.parts.insert(format!("? {} picks them", self.line));
            }
            if self.undoing && self.take_back_added(id, &filter, delete, statement)? {
                continue;
            }
            let all = filter.all();
            self.delete_rows(id, (!all).then_some(filter))?;
        }
        Ok(())
    }

    fn delete_rows(&mut self, id: u32, filter: Option<Filter>) -> Result<(), Refusal> {
        let (line, name) = (self.line, self.table(id)?.name.clone());
        let rows = filter.as_ref().map_or_else(|| "all rows".to_owned(), Filter::shown);
        let table = self.table_mut(id)?;
        if filter.is_none() {
            for column in &mut table.columns {
                column.values.changes.clear();
            }
        }
        table.rows.delete(format!("{line} deletes {rows} of `{name}`"), filter);
        Ok(())
    }

    /// Whether a delete takes exactly those rows away that an insert brought.
    fn take_back_added(&mut self, id: u32, filter: &Filter, delete: &Delete, statement: &Statement) -> Result<bool, Refusal> {
        let table = self.table(id)?;
        let same = |added: &Added| {
            added.keys.iter().any(|(column, values)| {
                filter
                    .keys
                    .iter()
                    .any(|(key, wanted)| key == column && wanted == values && filter.parts.len() <= added.keys.len())
            })
        };
        // Several inserts, and one delete that lists the keys of them all.
        let all_of = |key: &str, wanted: &BTreeSet<String>| {
            let listed: Option<BTreeSet<&String>> = table
                .rows
                .added
                .iter()
                .map(|added| added.keys.iter().find(|(column, _)| column == key).map(|(_, values)| values))
                .collect::<Option<Vec<_>>>()
                .map(|values| values.into_iter().flatten().collect());
            filter.parts.len() == 1 && listed.is_some_and(|listed| !listed.is_empty() && listed == wanted.iter().collect())
        };
        let whole = filter.keys.iter().any(|(key, wanted)| all_of(key, wanted));
        let words = self.words(statement);
        let names = aliases(&words, self.dialect);
        let _ = delete;
        let of_copy = filter.parts.len() == 1 && names.iter().any(|(_, name)| self.find(name).is_some_and(|found| found != id));
        let matched: Vec<usize> =
            table.rows.added.iter().enumerate().filter(|(_, added)| whole || same(added)).map(|(at, _)| at).collect();
        if matched.is_empty() {
            if of_copy && !table.rows.added.is_empty() {
                self.doubt(format!("nobody can tell whether {} deletes exactly what was inserted", self.line));
                self.table_mut(id)?.rows.added.clear();
                return Ok(true);
            }
            return Ok(false);
        }
        let note = matched.iter().any(|at| table.rows.added[*at].unless_there);
        if note {
            let note = format!("{} also deletes rows that were there before the insert left them alone", self.line);
            self.note(note);
        }
        let mut at = 0;
        self.table_mut(id)?.rows.added.retain(|_| {
            at += 1;
            !matched.contains(&(at - 1))
        });
        Ok(true)
    }

    fn no_writes_inside(&self, writes: bool) -> Result<(), Refusal> {
        if writes {
            return Err(Refusal::NotUnderstood(format!("the statement at {} writes rows inside of itself", self.line)));
        }
        Ok(())
    }

    fn update(&mut self, update: &Update, statement: &Statement) -> Result<(), Refusal> {
        self.no_writes_inside(update.writes_inside)?;
        let words = self.words(statement);
        let mut assigned = assignments(&words);
        if assigned.len() != update.set.len() {
            let plain = |(name, _): &(String, _)| {
                let column = name.rsplit('.').next().unwrap_or(name).to_owned();
                Assignment { table: None, column, value: Vec::new() }
            };
            assigned = update.set.iter().map(plain).collect();
        }
        let names = aliases(&words, self.dialect);
        let mut filter = self.filter(update.filter.as_ref(), &words);
        if update.limit.is_some() {
            filter.parts.insert(format!("? {} picks them", self.line));
        }
        if assigned.len() > MOST_ASSIGNED || names.len() > MOST_ASSIGNED {
            return Err(Refusal::NotUnderstood(format!("{} is longer than anybody follows", self.line)));
        }
        let filter = Arc::new(filter);
        let columns: Vec<String> = assigned.iter().map(|it| it.column.clone()).collect();
        for assignment in &assigned {
            let stated = assignment.table.as_ref().and_then(|table| names.iter().find(|(alias, _)| alias == table));
            let Some(name) = stated.map(|(_, name)| name).or_else(|| update.tables.first()) else {
                return Err(Refusal::NotUnderstood(format!("nobody can tell which table {} updates", self.line)));
            };
            if let Some(id) = self.table_for(name, false)? {
                let written = Written { id, assignment, filter: &filter, words: &words, names: &names, columns: &columns };
                self.write(&written)?;
            }
        }
        Ok(())
    }

    fn write(&mut self, written: &Written<'_>) -> Result<(), Refusal> {
        let Written { id, assignment, filter, .. } = written;
        let column = self.column_for(*id, &assignment.column)?;
        if let Some((values, cover)) = self.restored(written)? {
            return self.on_values(*id, column, |known| known.restore(values, &cover));
        }
        if self.undoing && self.declared(written)? {
            return Ok(());
        }
        let name = self.table(*id)?.name.clone();
        let what = format!("{} overwrites `{name}.{}` in {}", self.line, assignment.column, filter.shown());
        let filter = Arc::clone(filter);
        self.on_values(*id, column, |known| push(&mut known.changes, Change::new(what, filter)))
    }

    fn on_values(&mut self, table: u32, column: u32, change: impl FnOnce(&mut Values)) -> Result<(), Refusal> {
        if let Some(column) = self.table_mut(table)?.columns.iter_mut().find(|it| it.id == column) {
            change(&mut column.values);
        }
        Ok(())
    }

    /// The values that an assignment takes from a copy or from another column, with the rows for which it does.
    fn restored(&mut self, written: &Written<'_>) -> Result<Option<(Values, Filter)>, Refusal> {
        let Written { id, assignment, filter, names, .. } = written;
        let value = bare_of(&assignment.value);
        let named = |alias: &str| names.iter().find(|(known, _)| known == alias).map(|(_, name)| name.clone());
        // `SET c = (SELECT c FROM copy WHERE copy.id = t.id)`, also without its first word behind a list.
        let inner = match value {
            [first, rest @ ..] if first.is("select") => rest,
            value => value,
        };
        let (head, tail) = inner.split_at(find(inner, 0, &["from"]).unwrap_or(inner.len()));
        let Some((table, column)) = column_of(head) else { return Ok(None) };
        let inside = (!tail.is_empty()).then(|| aliases(tail, self.dialect));
        let from = match (&table, &inside) {
            (Some(alias), Some(inside)) => inside.iter().find(|(known, _)| known == alias).map(|(_, name)| name.clone()),
            (None, Some(inside)) => inside.first().map(|(_, name)| name.clone()),
            (Some(alias), None) => named(alias),
            (None, None) => None,
        };
        let from = match from {
            Some(name) => self.table_for(&name, false)?.unwrap_or(*id),
            None if table.is_some() => return Ok(None),
            None => *id,
        };
        if from == *id {
            // Another column of the same row: a copy within the table. Only for all rows, or it holds both.
            let Some(values) = self.taken(from, &column) else { return Ok(None) };
            let copies = filter.all() && (values.of.is_some() || !self.undoing);
            return Ok(copies.then(|| (values, Filter::default())));
        }
        let place = |alias: &str| {
            let name = names.iter().chain(inside.iter().flatten()).find(|(known, _)| known == alias).map(|(_, name)| name)?;
            self.find(name)
        };
        let mut joined = if tail.is_empty() {
            // `c = copy.c` looks like a join, and is none.
            let set = find(written.words, 0, &["set"]).unwrap_or(0);
            let end = find(written.words, set, &["from", "where"]).unwrap_or(written.words.len());
            [joined_by(&written.words[..set], place, from, *id), joined_by(&written.words[end..], place, from, *id)].concat()
        } else {
            joined_by(tail, place, from, *id)
        };
        if !tail.is_empty() {
            joined.extend(self.joined_plainly(tail, from, *id)?);
        }
        if !self.meets_its_row(&joined, from, *id)? {
            return Ok(None);
        }
        let extra = extra_conditions(written.filter);
        if !tail.is_empty() && filter.all() && self.table(from)?.rows.part.is_some() {
            // Rows that the copy does not have are set to NULL.
            return Ok(None);
        }
        let Some(values) = self.taken(from, &column) else { return Ok(None) };
        let (copy, own) = (&self.table(from)?.rows, &self.table(*id)?.rows);
        if copy.of.is_none() || copy.of != own.of || !copy.lacks_only_as(own) {
            return Ok(None);
        }
        Ok(Some((values, copy.part.clone().unwrap_or_default().and(&extra))))
    }

    /// `WHERE id = t.id` within a sub-query: one side has no table before it.
    fn joined_plainly(&self, condition: &[Word], from: u32, to: u32) -> Result<Vec<String>, Refusal> {
        let Some(at) = find(condition, 0, &["where"]) else { return Ok(Vec::new()) };
        let (from, to) = (self.table(from)?, self.table(to)?);
        let plain = |name: &str| from.column(name).is_some() || from.open.columns;
        let column = |part: &[Word]| {
            let [a, b] = split(bare_of(part), "=").try_into().ok()?;
            let (first, second) = (column_of(a)?, column_of(b)?);
            let of_target = |side: &(Option<String>, String)| side.0.as_deref() == Some(to.name.name.as_str());
            let pairs = (of_target(&first) && second.0.is_none()) || (of_target(&second) && first.0.is_none());
            (pairs && first.1 == second.1 && plain(&first.1)).then_some(first.1)
        };
        Ok(split(&condition[at + 1..], "and").into_iter().filter_map(column).collect())
    }

    /// Whether columns that a copy and a table are joined by tell the rows of the table apart, and the copy holds their values.
    fn meets_its_row(&mut self, joined: &[String], copy: u32, table: u32) -> Result<bool, Refusal> {
        for column in joined {
            let key = self.column_for(table, column)?;
            let of = self.table(table)?.columns.iter().find(|it| it.id == key).and_then(|it| it.values.of);
            if self.taken(copy, column).is_none_or(|values| values.of != of || of.is_none()) {
                return Ok(false);
            }
        }
        let table = self.table(table)?;
        Ok(joined.iter().any(|column| table.tells_apart(column, |name| joined.iter().any(|it| it == name))))
    }

    /// Whether an update writes literals into the rows that earlier ones changed, told by their keys: what the author declares.
    fn declared(&mut self, written: &Written<'_>) -> Result<bool, Refusal> {
        let Written { id, assignment, filter, columns, .. } = written;
        let Some(value) = super::filter::literal_of(bare_of(&assignment.value)) else { return Ok(false) };
        let (dialect, line) = (self.dialect, self.line);
        let table = self.table(*id)?;
        let Some(column) = table.column(&assignment.column) else { return Ok(false) };
        let own = filter.without(columns, dialect);
        let keyed = filter.keys.iter().any(|(key, _)| {
            !columns.contains(key) && table.tells_apart(key, |name| filter.keys.iter().any(|(key, _)| key == name))
        });
        let matches = |change: &Change| {
            !change.beyond
                && change.filter.without(columns, dialect) == own
                && change.filter.pinned(&assignment.column).is_none_or(|pinned| pinned == value)
        };
        if !keyed || !column.values.changes.iter().any(matches) {
            return Ok(false);
        }
        let (name, column) = (table.name.clone(), column.id);
        self.note(format!(
            "{line} declares the old values of `{name}.{}`; nobody compared them with the rows",
            assignment.column
        ));
        let (filter, columns) = (Arc::clone(filter), columns.to_vec());
        self.on_values(*id, column, |values| {
            let own = filter.without(&columns, dialect);
            values.changes.retain(|change| change.beyond || change.filter.without(&columns, dialect) != own);
        })?;
        Ok(true)
    }

    fn insert_rows(&mut self, insert: &Insert, statement: &Statement) -> Result<(), Refusal> {
        let Some(name) = &insert.table else {
            return Err(Refusal::NotUnderstood(format!("nobody can tell into what {} inserts", self.line)));
        };
        let Some(id) = self.table_for(name, false)? else { return Ok(()) };
        let words = self.words(statement);
        if let InsertSource::Query(query) = &insert.source {
            self.no_writes_inside(query.writes_inside)?;
            let source = self.source(query);
            if let Some(source) = source.filter(|source| source.table != id)
                && self.copy_rows(id, insert, &source, &words)?
            {
                return Ok(());
            }
        } else if self.undoing && self.declared_rows(id, insert, &words)? {
            return Ok(());
        }
        if insert.replace || insert.upsert {
            self.overwrite(name, "overwrites rows that are there in")?;
        }
        let keys = if matches!(insert.source, InsertSource::Values(_)) { self.keys_of(id, insert, &words)? } else { Vec::new() };
        let what = format!("{} inserts rows into `{name}`", self.line);
        self.table_mut(id)?.rows.add(Added { what, keys, unless_there: insert.ignore });
        Ok(())
    }

    /// The columns that an insert names, with the values that it lists for each.
    fn keys_of(&self, id: u32, insert: &Insert, words: &[Word]) -> Result<Vec<(String, BTreeSet<String>)>, Refusal> {
        let table = self.table(id)?;
        let columns: Vec<String> = if insert.columns.is_empty() && !table.open.columns {
            table.columns.iter().map(|column| column.name.clone()).collect()
        } else {
            insert.columns.clone()
        };
        let lists = listed(words);
        Ok(columns.into_iter().zip(lists).map(|(column, values)| (column, values.into_iter().collect())).collect())
    }

    /// Rows that were deleted by their keys, and are listed again.
    fn declared_rows(&mut self, id: u32, insert: &Insert, words: &[Word]) -> Result<bool, Refusal> {
        let keys = self.keys_of(id, insert, words)?;
        let table = self.table(id)?;
        let whole = insert.columns.is_empty() || table.columns.iter().all(|column| insert.columns.contains(&column.name));
        let matches = |change: &Change| {
            change.filter.parts.len() == 1
                && change.filter.keys.iter().any(|(key, wanted)| {
                    table.tells_apart(key, |name| change.filter.keys.iter().any(|(key, _)| key == name))
                        && keys.iter().any(|(column, values)| column == key && values == wanted)
                })
        };
        let Some(at) = table.rows.deleted.iter().position(|change| !change.beyond && matches(change)).filter(|_| whole) else {
            return Ok(false);
        };
        let name = table.name.clone();
        self.note(format!("{} declares the deleted rows of `{name}`; nobody compared them with the rows", self.line));
        self.table_mut(id)?.rows.deleted.remove(at);
        Ok(true)
    }

    /// Rows of another table that are copied into this one: `true` where that fills an empty table or brings deleted rows back.
    fn copy_rows(&mut self, id: u32, insert: &Insert, source: &Source, words: &[Word]) -> Result<bool, Refusal> {
        let rows = self.rows_of(source)?;
        let Some(taken) = self.taken_columns(id, insert, source)? else { return Ok(false) };
        let table = self.table(id)?;
        if !table.rows.hold_some() && table.rows.deleted.is_empty() {
            if source.asks {
                return Ok(false);
            }
            let table = self.table_mut(id)?;
            table.rows = rows;
            for (name, values) in taken {
                if let Some(column) = table.column_mut(&name) {
                    column.values = values;
                }
            }
            return Ok(true);
        }
        if rows.of.is_none() || rows.of != table.rows.of || !rows.lacks_only_as(&table.rows) || !rows.added.is_empty() {
            return Ok(false);
        }
        let cover = rows.part.clone().unwrap_or_default();
        let own = cover.clone().and(&extra_conditions(&source.filter));
        let refreshed = refreshed(insert, words, &taken);
        if refreshed.is_empty() && !insert.ignore && !source.asks {
            // Only what was deleted may come: other rows are there already.
            let exact = table.rows.deleted.iter().position(|change| !change.beyond && change.filter.parts == own.parts);
            let Some(at) = exact else { return Ok(false) };
            self.table_mut(id)?.rows.deleted.remove(at);
        } else {
            let table = self.table_mut(id)?;
            let replaces = insert.replace || insert.upsert;
            table.rows.deleted.retain(|change| !(own.covers(&change.filter) && (!change.beyond || (replaces && own.all()))));
        }
        let line = self.line;
        let table = self.table_mut(id)?;
        for column in &mut table.columns {
            match taken.iter().find(|(name, _)| *name == column.name) {
                Some((name, values)) if refreshed.contains(name) => column.values.restore(values.clone(), &own),
                // Rows that come back have the values of the copy, which are those of the column.
                Some((_, values)) if values.of == column.values.of && values.changes.is_empty() => {}
                _ => {
                    let what = format!("{line} brings rows back without `{}.{}`", table.name, column.name);
                    push(&mut column.values.changes, Change { what, filter: Arc::default(), beyond: true });
                }
            }
        }
        Ok(true)
    }

    /// Each column of the table that an insert fills, with the values that it gets; `None` where nobody can tell.
    fn taken_columns(&mut self, id: u32, insert: &Insert, source: &Source) -> Result<Option<Vec<(String, Values)>>, Refusal> {
        let mut targets: Vec<String> = insert.columns.clone();
        if targets.is_empty() {
            targets = self.table(id)?.columns.iter().map(|column| column.name.clone()).collect();
        }
        let (open, from_open) = (self.table(id)?.open.columns, self.table(source.table)?.open.columns);
        let from: Vec<String> = self.table(source.table)?.columns.iter().map(|column| column.name.clone()).collect();
        let mut taken = Vec::new();
        if let [Item::Star] = source.items.as_slice() {
            let by_name = open || from_open;
            if by_name && insert.columns.is_empty() {
                let name = self.table(id)?.name.clone();
                self.note(format!("it is taken for granted that `{name}` and its copy have the same columns in the same order"));
                targets.extend(from.iter().filter(|name| !targets.contains(name)).cloned().collect::<Vec<_>>());
            } else if targets.len() != from.len() {
                return Ok(None);
            }
            for (at, target) in targets.into_iter().enumerate() {
                let column = if by_name { &target } else { &from[at] };
                if by_name && open && self.table(id)?.column(&target).is_none() && self.column_for(id, &target).is_err() {
                    continue;
                }
                if let Some(values) = self.taken(source.table, column) {
                    taken.push((target, values));
                }
            }
            return Ok(Some(taken));
        }
        if source.items.len() != targets.len() && !(insert.columns.is_empty() && open) {
            return Ok(None);
        }
        for (item, target) in source.items.iter().zip(targets) {
            if let Item::Column { column, .. } = item
                && let Some(values) = self.taken(source.table, column)
            {
                taken.push((target, values));
            }
        }
        Ok(Some(taken))
    }
}

/// One assignment of an update, with what is around it.
struct Written<'a> {
    id: u32,
    assignment: &'a Assignment,
    filter: &'a Arc<Filter>,
    words: &'a [Word],
    names: &'a [(String, Name)],
    /// Every column that the statement sets.
    columns: &'a [String],
}

/// The columns of rows that are there which an insert overwrites with what it brings.
fn refreshed(insert: &Insert, words: &[Word], taken: &[(String, Values)]) -> BTreeSet<String> {
    if insert.replace {
        return taken.iter().map(|(name, _)| name.clone()).collect();
    }
    if !insert.upsert {
        return BTreeSet::new();
    }
    let brought = |assignment: &Assignment| {
        let column = &assignment.column;
        match bare_of(&assignment.value) {
            [table, dot, name] => (table.is("excluded") || table.is("new")) && dot.is_sign(".") && name.name() == Some(column),
            [values, open, name, close] => {
                values.is("values") && open.is_sign("(") && close.is_sign(")") && name.name() == Some(column)
            }
            _ => false,
        }
    };
    assignments(words).into_iter().filter(brought).map(|assignment| assignment.column).collect()
}

/// The conditions that pick rows, without those that join, and without those that ask which rows a copy has.
fn extra_conditions(filter: &Filter) -> Filter {
    let is_join = |part: &str| {
        let sides: Vec<&str> = part.split(" = ").collect();
        let is_name =
            |side: &str| side.chars().all(|c| c == '_' || c.is_alphanumeric()) && !side.starts_with(|c: char| c.is_ascii_digit());
        (sides.len() == 2 && sides.iter().all(|side| is_name(side)))
            || part.contains(" in (select ")
            || part.contains("exists (select ")
    };
    Filter { parts: filter.parts.iter().filter(|part| !is_join(part)).cloned().collect(), keys: filter.keys.clone() }
}

impl Rows {
    /// Whether rows that were deleted from it are missing in `other` too.
    fn lacks_only_as(&self, other: &Rows) -> bool {
        self.deleted.iter().all(|change| other.deleted.contains(change))
    }

    fn add(&mut self, added: Added) {
        if self.added.len() < MOST {
            self.added.push(added);
        } else if let Some(last) = self.added.last_mut() {
            last.keys.clear();
        }
    }
}

impl Values {
    /// Takes the values of a copy for the rows that it covers.
    fn restore(&mut self, values: Values, cover: &Filter) {
        if cover.all() {
            let typed = self.typed.take();
            *self = Values { typed, ..values };
        } else if values.of == self.of && values.changes.is_empty() {
            self.changes.retain(|change| change.beyond || !cover.covers(&change.filter));
        }
    }
}

impl Table {
    /// Whether a column, with others that a condition compares too, tells one row from another.
    fn tells_apart(&self, column: &str, compared: impl Fn(&str) -> bool) -> bool {
        if self.indexes.iter().any(|index| {
            let columns = index.columns();
            index.shape.known().is_some_and(|shape| shape.unique && shape.predicate.is_none())
                && columns.contains(&column)
                && columns.into_iter().all(&compared)
        }) {
            return true;
        }
        self.open.indexes
            && (KEYS.contains(&column) || column.ends_with("_id") || column.ends_with("_no") || column.ends_with("_code"))
    }
}
