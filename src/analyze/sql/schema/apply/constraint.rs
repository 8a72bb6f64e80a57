//! Constraints that come, go and change.

use super::column::index_over;
use super::{Refusal, fails};
use crate::analyze::sql::schema::words::{Word, bare_of, join, words};
use crate::analyze::sql::schema::{Constraint, Definition, Index, Part, Role, Schema, Table, names};
use crate::evidence::sql::{AddConstraint, ConstraintKind, ForeignKey, Name};
use crate::facts::SqlDialect;

impl Schema {
    pub(super) fn add_constraint(&mut self, table: u32, add: &AddConstraint) -> Result<(), Refusal> {
        match &add.kind {
            ConstraintKind::PrimaryKey { columns, using_index } => {
                self.add_unique(table, add.name.as_deref(), columns, using_index.as_deref(), Role::Primary)
            }
            ConstraintKind::Unique { columns, using_index } => {
                self.add_unique(table, add.name.as_deref(), columns, using_index.as_deref(), Role::Unique)
            }
            ConstraintKind::NotNull { column } => self.set_nullable(table, column, false),
            ConstraintKind::Check { expression } => {
                let columns = self.mentioned(table, expression)?;
                let text = self.expression(expression);
                let name = self.constraint_name(table, add.name.as_deref(), &columns, "check")?;
                self.put_constraint(table, name, Definition::Check { expression: text, columns }, add.not_valid)
            }
            ConstraintKind::ForeignKey { columns, to } => self.add_foreign_key(table, add, columns, to),
            ConstraintKind::Exclude => {
                let name = self.constraint_name(table, add.name.as_deref(), &[], "excl")?;
                self.put_constraint(table, name, Definition::Exclude, false)
            }
        }
    }

    fn add_foreign_key(&mut self, table: u32, add: &AddConstraint, columns: &[String], to: &ForeignKey) -> Result<(), Refusal> {
        for column in columns {
            self.column_for(table, column)?;
        }
        let name = self.constraint_name(table, add.name.as_deref(), columns, "fkey")?;
        let to_columns = if to.columns.is_empty() { self.key_of(&to.table) } else { to.columns.clone() };
        let action = |action: &Option<String>| match action.as_deref() {
            None => "NO ACTION".to_owned(),
            // InnoDB makes no difference between the two.
            Some("RESTRICT") if self.dialect.is_mysql() => "NO ACTION".to_owned(),
            Some(action) => action.to_owned(),
        };
        let definition = Definition::ForeignKey {
            columns: columns.to_vec(),
            to: to.table.clone(),
            to_columns,
            on_delete: action(&to.on_delete),
            on_update: action(&to.on_update),
            deferrable: add.deferrable,
        };
        self.put_constraint(table, name.clone(), definition, add.not_valid)?;
        let found = self.table(table)?;
        let served = found.indexes.iter().any(|index| index.starts_with(columns));
        if self.dialect.is_mysql() && !served {
            let sure = !found.open.indexes;
            let name = add.name.as_ref().map_or_else(|| columns.first().cloned(), |_| Some(name));
            self.add_index(table, &index_over(columns), name.as_deref())?;
            if let Some(index) = self.table_mut(table)?.indexes.last_mut() {
                index.implied = !sure;
            }
        }
        Ok(())
    }

    fn add_unique(
        &mut self,
        table: u32,
        name: Option<&str>,
        columns: &[String],
        using: Option<&str>,
        role: Role,
    ) -> Result<(), Refusal> {
        for column in columns {
            self.column_for(table, column)?;
        }
        let found = self.table(table)?;
        if role == Role::Primary && found.indexes.iter().any(|index| index.role == Role::Primary) {
            return fails(format!("{}: `{}` has a primary key already", self.line, found.name));
        }
        let mut columns = columns.to_vec();
        if let Some(using) = using {
            let id = self.index_for(table, using)?;
            let name = name.unwrap_or(using).to_owned();
            let found = self.table_mut(table)?;
            for index in found.indexes.iter_mut().filter(|index| index.id == id) {
                columns = index.columns().into_iter().map(str::to_owned).collect();
                (index.role, index.name) = (role, name.clone());
            }
            found.gone.insert(format!("index {using}"));
        } else {
            let mysql = self.dialect.is_mysql();
            let mut index = index_over(&columns);
            index.unique = true;
            let name = match (role, name) {
                (Role::Primary, _) if mysql => Some("primary".to_owned()),
                (_, Some(name)) => Some(name.to_owned()),
                _ if mysql => None,
                (Role::Primary, None) => Some(self.chosen(table, &[], "pkey")?),
                _ => Some(self.chosen(table, &columns, "key")?),
            };
            self.add_index(table, &index, name.as_deref())?;
            if let Some(index) = self.table_mut(table)?.indexes.last_mut()
                && (!mysql || role == Role::Primary)
            {
                index.role = role;
            }
        }
        if role == Role::Primary && self.dialect != SqlDialect::Sqlite {
            for column in &columns {
                let id = self.column_for(table, column)?;
                self.on_column(table, id, |column| column.nullable = Part::Known(false))?;
            }
        }
        Ok(())
    }

    fn put_constraint(&mut self, table: u32, name: String, definition: Definition, not_valid: bool) -> Result<(), Refusal> {
        let definition = self.told(definition);
        let found = self.table_mut(table)?;
        found.gone.remove(&format!("constraint {name}"));
        found.constraints.push(Constraint { name, definition, not_valid });
        Ok(())
    }

    /// The name of a constraint: its own, which must be free, or the one that the server would choose.
    fn constraint_name(&self, table: u32, name: Option<&str>, columns: &[String], label: &str) -> Result<String, Refusal> {
        let found = self.table(table)?;
        if let Some(name) = name {
            if found.constraint(name).is_some() {
                return fails(format!("{}: `{}` has a constraint `{name}` already", self.line, found.name));
            }
            return Ok(name.to_owned());
        }
        let taken = |name: &str| self.tables.values().any(|table| table.constraint(name).is_some());
        Ok(match (self.dialect, label) {
            (SqlDialect::Mysql | SqlDialect::Mariadb, "fkey") => names::numbered(&format!("{}_ibfk_", found.name.name), taken),
            (SqlDialect::Mysql, _) => names::numbered(&format!("{}_chk_", found.name.name), taken),
            (SqlDialect::Mariadb, _) => names::numbered("constraint_", |name| found.constraint(name).is_some()),
            // A check of several columns is named after the table alone.
            (_, "check") if columns.len() != 1 => names::postgres(&found.name.name, &[], label, taken),
            _ => names::postgres(&found.name.name, &columns.iter().map(String::as_str).collect::<Vec<_>>(), label, taken),
        })
    }

    /// The name that PostgreSQL chooses for an index.
    pub(super) fn chosen(&self, table: u32, columns: &[String], label: &str) -> Result<String, Refusal> {
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        let taken = |name: &str| self.has_relation(name);
        Ok(names::postgres(&self.table(table)?.name.name, &columns, label, taken))
    }

    /// Whether a table or an index has this name.
    pub(super) fn has_relation(&self, name: &str) -> bool {
        self.by_name.get(name).is_some_and(|ids| !ids.is_empty()) || self.tables.values().any(|table| table.index(name).is_some())
    }

    pub(super) fn drop_constraint(&mut self, table: u32, name: &str, if_exists: bool, cascade: bool) -> Result<(), Refusal> {
        let is_index = match self.constraint_for(table, name) {
            Ok(is_index) => is_index,
            Err(_) if if_exists => return Ok(()),
            Err(refusal) => return Err(refusal),
        };
        if is_index {
            let found = self.table(table)?;
            let columns: Vec<String> =
                found.index(name).map(|index| index.columns().into_iter().map(str::to_owned).collect()).unwrap_or_default();
            self.release_key(table, &columns, cascade)?;
        }
        let found = self.table_mut(table)?;
        found.constraints.retain(|constraint| constraint.name != name);
        if is_index {
            found.indexes.retain(|index| index.name != name);
            found.gone.insert(format!("index {name}"));
        }
        found.gone.insert(format!("constraint {name}"));
        Ok(())
    }

    /// Drops the foreign keys that need a key over these columns, or refuses where they are not to go.
    fn release_key(&mut self, table: u32, key: &[String], cascade: bool) -> Result<(), Refusal> {
        let this = self.table(table)?.name.clone();
        let needs = |constraint: &Constraint| {
            matches!(&constraint.definition, Part::Known(Definition::ForeignKey { to, to_columns, .. })
                if to.may_be(&this) && to_columns == key)
        };
        let has = |other: &Table| other.constraints.iter().any(needs);
        if !cascade && let Some(other) = self.tables.values().find(|other| has(other)) {
            return fails(format!("{}: a foreign key of `{}` needs this key of `{this}`", self.line, other.name));
        }
        self.change_where(has, |other| other.constraints.retain(|constraint| !needs(constraint)));
        Ok(())
    }

    pub(super) fn drop_primary_key(&mut self, table: u32) -> Result<(), Refusal> {
        let found = self.table(table)?;
        match found.indexes.iter().find(|index| index.role == Role::Primary).map(|index| index.name.clone()) {
            Some(name) => self.drop_constraint(table, &name, false, false),
            None if found.open.indexes && !found.fresh => self.drop_constraint(table, "primary", false, false),
            None => fails(format!("{}: `{}` has no primary key", self.line, found.name)),
        }
    }

    pub(super) fn rename_constraint(&mut self, table: u32, from: &str, to: &str) -> Result<(), Refusal> {
        let is_index = self.constraint_for(table, from)?;
        let line = self.line;
        let found = self.table_mut(table)?;
        if found.constraint(to).is_some() || found.index(to).is_some() {
            return fails(format!("{line}: `{}` has a constraint `{to}` already", found.name));
        }
        for constraint in found.constraints.iter_mut().filter(|constraint| constraint.name == from) {
            to.clone_into(&mut constraint.name);
        }
        for index in found.indexes.iter_mut().filter(|index| is_index && index.name == from) {
            to.clone_into(&mut index.name);
        }
        found.gone.extend([format!("constraint {from}"), format!("index {from}")]);
        found.gone.remove(&format!("constraint {to}"));
        Ok(())
    }

    pub(super) fn validate_constraint(&mut self, table: u32, name: &str) -> Result<(), Refusal> {
        self.constraint_for(table, name)?;
        for constraint in self.table_mut(table)?.constraints.iter_mut().filter(|constraint| constraint.name == name) {
            constraint.not_valid = false;
        }
        Ok(())
    }

    /// The columns of the table that an expression names, in their order.
    fn mentioned(&self, table: u32, expression: &str) -> Result<Vec<String>, Refusal> {
        let words = words(expression, self.dialect);
        let named = |column: &str| words.iter().any(|word| word.name() == Some(column));
        let columns = &self.table(table)?.columns;
        Ok(columns.iter().filter(|column| named(&column.name)).map(|column| column.name.clone()).collect())
    }

    fn expression(&self, text: &str) -> String {
        let all = words(text, self.dialect);
        let inner: &[Word] = match all.as_slice() {
            [first, rest @ ..] if first.is("check") => rest,
            all => all,
        };
        join(bare_of(inner))
    }

    fn key_of(&self, table: &Name) -> Vec<String> {
        let found = self.find(table).and_then(|id| self.tables.get(&id));
        let primary = found.and_then(|table| table.indexes.iter().find(|index| index.role == Role::Primary));
        primary.map(|index| index.columns().into_iter().map(str::to_owned).collect()).unwrap_or_default()
    }
}

impl Constraint {
    /// Whether it is a foreign key to a table.
    pub(super) fn refers_to(&self, table: &Name) -> bool {
        matches!(&self.definition, Part::Known(Definition::ForeignKey { to, .. }) if to.may_be(table))
    }

    /// Whether it is a foreign key from a column.
    pub(super) fn refers_from(&self, column: &str) -> bool {
        matches!(&self.definition, Part::Known(Definition::ForeignKey { columns, .. }) if columns.iter().any(|it| it == column))
    }
}

impl Table {
    /// Lets foreign keys to a table that is renamed follow.
    pub(super) fn follow_table(&mut self, from: &Name, new: &Name) {
        for constraint in &mut self.constraints {
            if let Part::Known(Definition::ForeignKey { to, .. }) = &mut constraint.definition
                && to.may_be(from)
            {
                *to = new.clone();
            }
        }
    }
}

impl Index {
    /// Whether its first columns are these.
    pub(super) fn starts_with(&self, columns: &[String]) -> bool {
        let own = self.columns();
        own.len() >= columns.len() && own.iter().zip(columns).all(|(own, column)| own == column)
    }
}
