//! Tables that are made.

use super::{Refusal, Statement, fails, not_understood};
use crate::analyze::sql::schema::part::DEFAULT;
use crate::analyze::sql::schema::words::join;
use crate::analyze::sql::schema::{Column, ObjectKind, Open, Part, Rows, Schema, Table};
use crate::evidence::sql::{CreateTable, Name, Query};

impl Schema {
    pub(super) fn create_table(&mut self, create: &CreateTable, statement: &Statement) -> Result<(), Refusal> {
        let Some(name) = &create.name else {
            return not_understood(format!("the table at {} has no name that can be told", self.line));
        };
        if self.find(name).is_some() {
            if create.if_not_exists {
                return Ok(());
            }
            return fails(format!("{}: there is a table `{name}` already", self.line));
        }
        let told = self.listed || self.gone.contains(&Schema::table_key(name));
        if create.if_not_exists && !told && !self.undoing {
            self.note(format!("where `{name}` was there before {}, what takes it back drops it with its rows", self.line));
        }
        self.gone.retain(|key| key.kind != ObjectKind::Table || !key.name.may_be(name));
        let id = self.number();
        let mut table = Table::new(id, name.clone(), if self.rough { Open::ALL } else { Open::default() });
        (table.fresh, table.temporary, table.rows) = (true, create.temporary, Rows::default());
        self.options(&mut table, create);
        if let Some(like) = create.like.as_ref().or(create.partition_of.as_ref()) {
            self.copy_columns(&mut table, like);
        }
        for parent in &create.inherits {
            self.copy_columns(&mut table, parent);
        }
        self.insert(table);
        for column in &create.definition.columns {
            self.add_column(id, column)?;
        }
        for constraint in &create.definition.constraints {
            self.add_constraint(id, constraint)?;
        }
        for index in &create.definition.indexes {
            self.add_index(id, index, None)?;
        }
        match &create.as_query {
            Some(query) => self.fill(id, query),
            None => match self.as_table(statement) {
                Some(query) => self.fill(id, &query),
                None => Ok(()),
            },
        }
    }

    /// The query of `CREATE TABLE a AS TABLE b`, which is none by its words.
    fn as_table(&self, statement: &Statement) -> Option<Query> {
        let words = self.words(statement);
        let at = words.windows(2).position(|pair| pair[0].is("as") && pair[1].is("table"))?;
        let name: Vec<_> = words[at + 1..].iter().take_while(|word| !word.is("with")).cloned().collect();
        Some(Query { text: join(&name), star: true, ..Query::default() })
    }

    fn options(&mut self, table: &mut Table, create: &CreateTable) {
        let definition = &create.definition;
        let mut set = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                let part = self.told(value.to_lowercase());
                table.properties.insert(name.to_owned(), part);
            }
        };
        set("engine", definition.engine.clone());
        set("charset", definition.charset.clone());
        set("collation", definition.collation.clone());
        set("partition by", create.partition_by.clone());
        set("partition of", create.partition_of.as_ref().map(Name::to_string));
        set("logged", create.unlogged.then(|| "false".to_owned()));
        if self.dialect.is_mysql() && definition.collation.is_none() {
            let sign = if definition.charset.is_some() { self.number() } else { DEFAULT };
            table.properties.insert("collation".to_owned(), Part::Unread(sign));
        }
    }

    /// The columns of another table, as `LIKE`, `INHERITS` and `PARTITION OF` take them.
    fn copy_columns(&mut self, table: &mut Table, from: &Name) {
        match self.find(from).and_then(|id| self.tables.get(&id)).cloned() {
            Some(other) => {
                table.open = other.open;
                for column in other.columns.iter().cloned() {
                    let copy = Column { id: self.number(), fresh: true, values: <_>::default(), ..column };
                    table.columns.push(copy);
                }
                // What `LIKE` takes along beside columns depends on words that nobody reads here.
                (table.open.indexes, table.open.checks) = (true, true);
            }
            None => table.open = Open::ALL,
        }
    }

    /// Makes another name of a table, and lets what refers to it follow.
    pub(super) fn rename_to(&mut self, id: u32, to: Name) -> Result<(), Refusal> {
        let from = self.table(id)?.name.clone();
        let to = Name { schema: to.schema.or_else(|| from.schema.clone()), name: to.name };
        if let Some(other) = self.find(&to).filter(|other| *other != id) {
            let shown = &self.table(other)?.name;
            return fails(format!("{}: there is a table `{shown}` already", self.line));
        }
        self.rename(id, to.clone());
        self.gone.retain(|key| key.kind != ObjectKind::Table || !key.name.may_be(&to));
        self.gone.insert(Schema::table_key(&from));
        let refers = |table: &Table| table.constraints.iter().any(|constraint| constraint.refers_to(&from));
        self.change_where(refers, |table| table.follow_table(&from, &to));
        let moved: Vec<_> = self.objects.keys().filter(|key| key.table.as_deref() == Some(from.name.as_str())).cloned().collect();
        for mut key in moved {
            if let Some(object) = self.objects.remove(&key) {
                key.table = Some(to.name.clone());
                self.objects.insert(key, object);
            }
        }
        Ok(())
    }

    /// Sets what a table has once.
    pub(super) fn set_property(&mut self, id: u32, name: &str, value: &str) -> Result<(), Refusal> {
        self.property_known(id, name)?;
        let part = self.told(value.to_lowercase());
        self.table_mut(id)?.properties.insert(name.to_owned(), part);
        Ok(())
    }

    /// Sets what is either on or off; that it was the other way is taken for granted, because a statement that changes nothing would not
    /// have been written.
    pub(super) fn toggle(&mut self, id: u32, name: &str, on: bool) -> Result<(), Refusal> {
        let table = self.table(id)?;
        if !table.fresh && !table.properties.contains_key(name) && !self.undoing {
            let before = Part::Known((!on).to_string());
            self.assume(super::super::Assumption::Property(id, name.to_owned(), before));
        }
        self.set_property(id, name, &on.to_string())
    }

    /// Puts a sign for what a table of the schema from before had.
    pub(super) fn property_known(&mut self, id: u32, name: &str) -> Result<(), Refusal> {
        let table = self.table(id)?;
        if !table.fresh && !table.properties.contains_key(name) {
            let before = self.unread();
            self.assume(super::super::Assumption::Property(id, name.to_owned(), before));
        }
        Ok(())
    }
}
