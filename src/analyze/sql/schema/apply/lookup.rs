//! What a statement names: found, taken for granted, or not there.

use std::sync::Arc;

use super::{Refusal, fails};
use crate::analyze::sql::schema::{
    Assumption, Column, Constraint, Index, Object, ObjectKey, ObjectKind, Open, Part, Role, Schema, Table, Values,
};
use crate::evidence::sql::Name;

impl Schema {
    pub(super) fn table_key(name: &Name) -> ObjectKey {
        ObjectKey { kind: ObjectKind::Table, name: name.clone(), table: None }
    }

    /// The table that a statement names; `None` where it is not there and the statement allows for that.
    pub(in crate::analyze::sql::schema) fn table_for(&mut self, name: &Name, if_exists: bool) -> Result<Option<u32>, Refusal> {
        if let Some(id) = self.find(name) {
            return Ok(Some(id));
        }
        if self.gone.iter().any(|key| key.kind == ObjectKind::Table && key.name.may_be(name)) {
            return if if_exists { Ok(None) } else { fails(format!("{}: there is no table `{name}`", self.line)) };
        }
        if if_exists && self.listed {
            return Ok(None);
        }
        if self.listed && !self.undoing {
            self.note(format!("the table `{name}` is not in the statistics; it is taken for granted"));
        }
        let id = self.number();
        let mut table = Table::new(id, name.clone(), Open::ALL);
        table.maybe = if_exists;
        self.assume(Assumption::Table(table));
        Ok(Some(id))
    }

    pub(in crate::analyze::sql::schema) fn table(&self, id: u32) -> Result<&Table, Refusal> {
        self.tables
            .get(&id)
            .map(AsRef::as_ref)
            .ok_or_else(|| Refusal::Fails(format!("{}: the table is not there any more", self.line)))
    }

    pub(in crate::analyze::sql::schema) fn table_mut(&mut self, id: u32) -> Result<&mut Table, Refusal> {
        let line = self.line;
        self.tables
            .get_mut(&id)
            .map(Arc::make_mut)
            .ok_or_else(|| Refusal::Fails(format!("{line}: the table is not there any more")))
    }

    /// Whether a part of a table that is not listed may be there.
    fn may_have(&self, table: &Table, open: bool, key: &str) -> bool {
        !table.gone.contains(key) && (open || (!table.fresh && !self.undoing))
    }

    /// The column that a statement names.
    pub(in crate::analyze::sql::schema) fn column_for(&mut self, table: u32, name: &str) -> Result<u32, Refusal> {
        let found = self.table(table)?;
        if let Some(column) = found.column(name) {
            return Ok(column.id);
        }
        if !self.may_have(found, found.open.columns, &format!("column {name}")) {
            return fails(format!("{}: `{}` has no column `{name}`", self.line, found.name));
        }
        let (fresh, copies) = (found.fresh, found.copies);
        match copies {
            _ if !fresh => Ok(self.assume_column(table, name)),
            Some(original) => {
                self.assume_column(original, name);
                let copy = self.table(table)?.column(name).map(|column| column.id);
                copy.ok_or_else(|| Refusal::Fails(format!("{}: there is no column `{name}`", self.line)))
            }
            None => {
                let column = self.unread_column(name, true);
                let id = column.id;
                self.table_mut(table)?.columns.push(column);
                Ok(id)
            }
        }
    }

    /// Takes for granted that a table of the schema from before has a column, and that those which took all of its columns have it too.
    fn assume_column(&mut self, table: u32, name: &str) -> u32 {
        let column = self.unread_column(name, false);
        let copies: Vec<u32> = self.tables.values().filter(|copy| copy.copies == Some(table)).map(|copy| copy.id).collect();
        for copy in copies {
            let taken = Column { id: self.number(), fresh: true, ..column.clone() };
            self.with(copy, |copy| copy.columns.push(taken));
        }
        let id = column.id;
        self.assume(Assumption::Column(table, column));
        id
    }

    pub(in crate::analyze::sql::schema) fn unread_column(&mut self, name: &str, fresh: bool) -> Column {
        let id = self.number();
        Column {
            id,
            name: name.to_owned(),
            fresh,
            ty: self.unread(),
            nullable: self.unread(),
            default: self.unread(),
            generated: self.unread(),
            counts: self.unread(),
            collation: self.unread(),
            on_update: self.unread(),
            invisible: self.unread(),
            values: if fresh { Values::default() } else { Values::of(id) },
        }
    }

    /// Makes sure that a table has the constraint that a statement names: `true` for an index of that name, which is one too.
    pub(super) fn constraint_for(&mut self, table: u32, name: &str) -> Result<bool, Refusal> {
        let found = self.table(table)?;
        // First, because MySQL's foreign key may have the name of the index that it made.
        if found.constraint(name).is_some() {
            return Ok(false);
        }
        if let Some(index) = found.index(name) {
            let (id, role) = (index.id, index.role);
            match role {
                Role::Unread => self.assume(Assumption::Role(table, id, Role::Unique)),
                // In MySQL every unique index is a constraint too.
                Role::Plain if self.dialect == crate::facts::SqlDialect::Postgres => {
                    return fails(format!("{}: `{name}` is an index and no constraint", self.line));
                }
                _ => {}
            }
            return Ok(true);
        }
        let open = found.open.checks || found.open.foreign_keys;
        if !self.may_have(found, open, &format!("constraint {name}")) {
            return fails(format!("{}: `{}` has no constraint `{name}`", self.line, found.name));
        }
        let (fresh, definition) = (found.fresh, self.unread());
        let constraint = Constraint { name: name.to_owned(), definition, not_valid: false };
        if fresh {
            self.table_mut(table)?.constraints.push(constraint);
        } else {
            self.assume(Assumption::Constraint(table, constraint));
        }
        Ok(false)
    }

    /// Makes sure that a table has the index that a statement names.
    pub(super) fn index_for(&mut self, table: u32, name: &str) -> Result<u32, Refusal> {
        let found = self.table(table)?;
        if let Some(index) = found.index(name) {
            return Ok(index.id);
        }
        if !self.may_have(found, found.open.indexes, &format!("index {name}")) {
            return fails(format!("{}: `{}` has no index `{name}`", self.line, found.name));
        }
        let (fresh, id, shape) = (found.fresh, self.number(), self.unread());
        let index = Index { id, name: name.to_owned(), role: Role::Plain, shape, visible: Part::Known(true), implied: false };
        if fresh {
            self.table_mut(table)?.indexes.push(index);
        } else {
            self.assume(Assumption::Index(table, index));
        }
        Ok(id)
    }

    /// The object that a statement names; `None` where it is not there and the statement allows for that.
    pub(super) fn object_for(&mut self, wanted: &ObjectKey, if_exists: bool) -> Result<Option<ObjectKey>, Refusal> {
        if let Some(key) = self.find_object(wanted.kind, &wanted.name, wanted.table.as_deref()) {
            return Ok(Some(key));
        }
        if self.gone.iter().any(|gone| gone.kind == wanted.kind && gone.name.may_be(&wanted.name) && gone.table == wanted.table) {
            return if if_exists { Ok(None) } else { fails(format!("{}: there is no {wanted}", self.line)) };
        }
        let object = Object { definition: vec![self.unread()], owner: self.unread(), fresh: false, maybe: if_exists };
        self.assume(Assumption::Object(wanted.clone(), object));
        Ok(Some(wanted.clone()))
    }
}
