//! Indexes that come, go and change.

use super::{Refusal, Statement, fails};
use crate::analyze::sql::schema::words::{find, join, normal, words};
use crate::analyze::sql::schema::{Index, IndexShape, ObjectKey, ObjectKind, Part, Role, Schema, names};
use crate::evidence::sql::{CreateIndex, DropIndex, IndexColumn, Name};
use crate::facts::SqlDialect;

impl Schema {
    pub(super) fn create_index(&mut self, create: &CreateIndex, statement: &Statement) -> Result<(), Refusal> {
        let Some(table) = &create.table else {
            return fails(format!("{}: the index has no table", self.line));
        };
        let Some(table) = self.table_for(table, false)? else { return Ok(()) };
        if let Some(name) = create.name.as_ref().filter(|_| create.if_not_exists)
            && self.table_of_index(&name.name, Some(table)).is_some()
        {
            return Ok(());
        }
        let predicate = if create.partial {
            let words = self.words(statement);
            find(&words, 0, &["where"]).map(|at| join(&words[at + 1..]))
        } else {
            None
        };
        self.add_index(table, create, None)?;
        if let Some(Part::Known(shape)) = self.table_mut(table)?.indexes.last_mut().map(|index| &mut index.shape) {
            shape.predicate = if create.partial { predicate.or_else(|| Some("?".to_owned())) } else { None };
        }
        Ok(())
    }

    /// Adds an index under its own name, under `name`, or under the one that the server would choose.
    pub(super) fn add_index(&mut self, table: u32, create: &CreateIndex, name: Option<&str>) -> Result<(), Refusal> {
        for column in create.columns.iter().filter_map(|column| column.column.as_deref()) {
            self.column_for(table, column)?;
        }
        let stated = name.map(str::to_owned).or_else(|| create.name.as_ref().map(|name| name.name.clone()));
        let name = match stated {
            Some(name) => name,
            None => self.index_name(table, create)?,
        };
        if self.table_of_index(&name, Some(table)).is_some() {
            return fails(format!("{}: there is an index `{name}` already", self.line));
        }
        let key = index_key(&name);
        self.gone.remove(&key);
        let shape = IndexShape {
            columns: create.columns.iter().map(|column| Some(self.column_text(column))).collect(),
            unique: create.unique,
            method: create.method.clone().filter(|method| method != "btree"),
            predicate: create.partial.then(|| "?".to_owned()),
            include: create.include.clone(),
            roughly: false,
        };
        let (id, shape) = (self.number(), self.told(shape));
        let visible = Part::Known(!create.invisible);
        let found = self.table_mut(table)?;
        found.gone.remove(&format!("index {name}"));
        found.indexes.push(Index { id, name, role: Role::Plain, shape, visible, implied: false });
        Ok(())
    }

    fn index_name(&self, table: u32, create: &CreateIndex) -> Result<String, Refusal> {
        let columns: Vec<String> =
            create.columns.iter().map(|column| column.column.clone().unwrap_or_else(|| "expr".to_owned())).collect();
        if self.dialect == SqlDialect::Postgres {
            return self.chosen(table, &columns, "idx");
        }
        let found = self.table(table)?;
        let first = columns.first().map_or("functional_index", String::as_str);
        Ok(names::mysql_index(first, |name| found.index(name).is_some()))
    }

    /// A column of an index in one spelling: `a`, `a desc`, `a (10)`, `lower(a)`.
    fn column_text(&self, column: &IndexColumn) -> String {
        let mut text = match &column.column {
            Some(name) => {
                let all = words(&column.text, self.dialect);
                let rest = all.iter().skip(1).filter(|word| !word.is("asc") && !word.is("desc") && word.name().is_some());
                rest.fold(name.clone(), |text, word| format!("{text} {}", word.text))
            }
            None => normal(&column.text, self.dialect),
        };
        if let Some(prefix) = column.prefix {
            text = format!("{text} ({prefix})");
        }
        if column.descending { format!("{text} desc") } else { text }
    }

    /// The table that has an index of this name: within one table in MySQL, within the schema elsewhere.
    fn table_of_index(&self, name: &str, table: Option<u32>) -> Option<u32> {
        match table {
            Some(id) if self.dialect.is_mysql() => {
                self.tables.get(&id).filter(|table| table.index(name).is_some()).map(|table| table.id)
            }
            _ => self.tables.values().find(|table| table.index(name).is_some()).map(|table| table.id),
        }
    }

    pub(super) fn drop_index(&mut self, drop: &DropIndex) -> Result<(), Refusal> {
        for name in &drop.names {
            let stated = match &drop.table {
                Some(table) => self.table_for(table, false)?,
                None => self.table_of_index(&name.name, None),
            };
            match stated {
                Some(table) => self.drop_index_of(table, &name.name, drop.if_exists)?,
                None => self.drop_loose(name, drop.if_exists)?,
            }
        }
        Ok(())
    }

    pub(super) fn drop_index_of(&mut self, table: u32, name: &str, if_exists: bool) -> Result<(), Refusal> {
        let id = match self.index_for(table, name) {
            Ok(id) => id,
            Err(_) if if_exists => return Ok(()),
            Err(refusal) => return Err(refusal),
        };
        let found = self.table(table)?;
        let role = found.indexes.iter().find(|index| index.id == id).map(|index| index.role);
        if self.dialect == SqlDialect::Postgres && matches!(role, Some(Role::Unique | Role::Primary)) {
            return fails(format!("{}: the constraint `{name}` of `{}` needs its index", self.line, found.name));
        }
        if role == Some(Role::Unread) {
            self.assume(super::super::Assumption::Role(table, id, Role::Plain));
        }
        let (line, mysql) = (self.line, self.dialect.is_mysql());
        let found = self.table_mut(table)?;
        let needed = found.constraints.iter().any(|constraint| match constraint.definition.known() {
            Some(super::super::Definition::ForeignKey { columns, .. }) => {
                let serves = |index: &&Index| index.starts_with(columns);
                found.indexes.iter().any(|index| index.id == id && serves(&index))
                    && !found.indexes.iter().filter(|index| index.id != id).any(|index| serves(&index))
            }
            _ => false,
        });
        if mysql && needed {
            return fails(format!("{line}: a foreign key of `{}` needs the index `{name}`", found.name));
        }
        found.indexes.retain(|index| index.id != id);
        found.gone.insert(format!("index {name}"));
        self.gone.insert(index_key(name));
        Ok(())
    }

    /// Drops an index of which nobody tells the table.
    fn drop_loose(&mut self, name: &Name, if_exists: bool) -> Result<(), Refusal> {
        let closed = self.listed && self.tables.values().all(|table| !table.open.indexes);
        if closed && if_exists {
            return Ok(());
        }
        let Some(key) = self.object_for(&index_key(&name.name), if_exists)? else { return Ok(()) };
        self.objects.remove(&key);
        self.gone.insert(key);
        Ok(())
    }

    pub(super) fn rename_index(&mut self, from: &Name, to: &Name) -> Result<(), Refusal> {
        if let Some(table) = self.table_of_index(&from.name, None) {
            return self.rename_index_of(table, &from.name, &to.name);
        }
        let Some(key) = self.object_for(&index_key(&from.name), false)? else { return Ok(()) };
        if let Some(object) = self.objects.remove(&key) {
            self.objects.insert(index_key(&to.name), object);
        }
        self.gone.insert(key);
        Ok(())
    }

    pub(super) fn rename_index_of(&mut self, table: u32, from: &str, to: &str) -> Result<(), Refusal> {
        let id = self.index_for(table, from)?;
        if self.table_of_index(to, Some(table)).is_some() {
            return fails(format!("{}: there is an index `{to}` already", self.line));
        }
        let found = self.table_mut(table)?;
        for index in found.indexes.iter_mut().filter(|index| index.id == id) {
            to.clone_into(&mut index.name);
        }
        found.gone.insert(format!("index {from}"));
        found.gone.remove(&format!("index {to}"));
        Ok(())
    }
}

fn index_key(name: &str) -> ObjectKey {
    ObjectKey { kind: ObjectKind::Index, name: Name::plain(name), table: None }
}

impl Index {
    /// Whether it cannot be without a column: in its list, an expression, its condition or what it includes.
    pub(super) fn needs(&self, column: &str) -> bool {
        let Some(shape) = self.shape.known() else { return false };
        let texts = shape.columns.iter().flatten().chain(&shape.predicate).chain(&shape.include);
        texts.into_iter().any(|text| words(text, SqlDialect::Postgres).iter().any(|word| word.name() == Some(column)))
    }
}
