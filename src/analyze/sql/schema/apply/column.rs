//! Columns that come, go and change.

use super::{Refusal, fails};
use crate::analyze::sql::schema::part::DEFAULT;
use crate::analyze::sql::schema::types::{self, Conversion};
use crate::analyze::sql::schema::words::{Word, WordKind, bare_of, join, normal, words};
use crate::analyze::sql::schema::{Assumption, Column, Constraint, Definition, Part, Role, Schema, Table, Values};
use crate::evidence::sql::{AddConstraint, ColumnDef, ConstraintKind, CreateIndex, IndexColumn, TypeName};
use crate::facts::SqlDialect;

/// The most columns of a table: MySQL's limit, which is the highest.
const MOST_COLUMNS: usize = 4096;

impl Schema {
    pub(super) fn add_column(&mut self, table: u32, def: &ColumnDef) -> Result<(), Refusal> {
        let found = self.table(table)?;
        if found.column(&def.name).is_some() {
            return fails(format!("{}: `{}` has a column `{}` already", self.line, found.name, def.name));
        }
        if found.columns.len() >= MOST_COLUMNS {
            return fails(format!("{}: no server lets `{}` have more than {MOST_COLUMNS} columns", self.line, found.name));
        }
        let holds_rows = !found.fresh || found.rows.hold_some();
        let shown = found.name.clone();
        let column = self.column_from(table, def)?;
        let silent = def.default.is_none() && !def.auto_increment && def.generated.is_none();
        if self.undoing && holds_rows && silent && column.nullable.is(&false) && !self.dialect.is_mysql() && !self.rough {
            return fails(format!(
                "{}: `{shown}` cannot get a column `{}` that is NOT NULL and has no default while it holds rows",
                self.line, def.name
            ));
        }
        let found = self.table_mut(table)?;
        found.gone.remove(&format!("column {}", def.name));
        found.columns.push(column);
        self.column_constraints(table, def)
    }

    fn column_constraints(&mut self, table: u32, def: &ColumnDef) -> Result<(), Refusal> {
        let columns = || vec![def.name.clone()];
        let mut kinds = Vec::new();
        if def.primary_key {
            kinds.push(ConstraintKind::PrimaryKey { columns: columns(), using_index: None });
        }
        if def.unique {
            kinds.push(ConstraintKind::Unique { columns: columns(), using_index: None });
        }
        if let Some(expression) = &def.check {
            kinds.push(ConstraintKind::Check { expression: expression.clone() });
        }
        // InnoDB reads over a reference at the column.
        if let Some(to) = def.references.clone().filter(|_| self.dialect != SqlDialect::Mysql) {
            kinds.push(ConstraintKind::ForeignKey { columns: columns(), to });
        }
        for kind in kinds {
            self.add_constraint(table, &AddConstraint { name: None, kind, not_valid: false, deferrable: false })?;
        }
        Ok(())
    }

    fn column_from(&mut self, table: u32, def: &ColumnDef) -> Result<Column, Refusal> {
        let id = self.number();
        let (ty, serial) = self.type_of(def);
        let default = match &def.default {
            Some(default) => self.default_text(&default.text),
            None => self.silent_default(def),
        };
        let generated = def.generated.map(|kind| format!("{kind:?}"));
        let not_null = def.nullable == Some(false) || def.primary_key || serial || (def.auto_increment && def.nullable.is_none());
        let collation = self.collation_of(table, def, &ty)?;
        Ok(Column {
            id,
            name: def.name.clone(),
            fresh: true,
            ty: self.told(ty),
            nullable: self.told(!not_null),
            default: self.told(default),
            generated: self.told(generated),
            counts: self.told(def.auto_increment || serial),
            collation,
            on_update: self.told(def.on_update),
            invisible: self.told(def.invisible),
            values: Values::default(),
        })
    }

    /// The type, and whether the word for it made a sequence too.
    fn type_of(&self, def: &ColumnDef) -> (TypeName, bool) {
        let ty = types::canonical(&def.ty.clone().unwrap_or_default(), self.dialect);
        let whole = match ty.name.as_str() {
            "serial" | "serial4" => "integer",
            "bigserial" | "serial8" => "bigint",
            "smallserial" | "serial2" => "smallint",
            _ => return (ty, false),
        };
        if self.dialect.is_mysql() {
            return (TypeName { name: "bigint".to_owned(), unsigned: true, ..TypeName::default() }, true);
        }
        (TypeName { name: whole.to_owned(), ..TypeName::default() }, true)
    }

    /// MySQL's columns take the collation of their table where they name none.
    fn collation_of(&mut self, table: u32, def: &ColumnDef, ty: &TypeName) -> Result<Part<Option<String>>, Refusal> {
        let is_text = ["char", "text", "enum", "set"].iter().any(|part| ty.name.contains(part));
        if let Some(collation) = &def.collation {
            return Ok(self.told(Some(collation.to_lowercase())));
        }
        if !self.dialect.is_mysql() || !is_text {
            return Ok(Part::Known(None));
        }
        if def.charset.is_some() {
            return Ok(self.unread());
        }
        self.property_known(table, "collation")?;
        Ok(match self.table(table)?.properties.get("collation") {
            Some(Part::Known(collation)) => Part::Known(Some(collation.clone())),
            Some(Part::Unread(sign)) => Part::Unread(*sign),
            None => Part::Unread(DEFAULT),
        })
    }

    /// What a column has as default that names none. In MySQL one that may be NULL has NULL, which is something else than none: without a
    /// default an insert has to name the column.
    fn silent_default(&self, def: &ColumnDef) -> Option<String> {
        let may = def.nullable != Some(false) && !def.primary_key && !def.auto_increment && def.generated.is_none();
        (self.dialect.is_mysql() && may).then(|| "null".to_owned())
    }

    /// A default in one spelling; `None` for none.
    pub(super) fn default_text(&self, text: &str) -> Option<String> {
        let all = words(text, self.dialect);
        let mut words = bare_of(&all);
        // PostgreSQL writes the type behind what it shows.
        let in_type = |word: &Word| word.name().is_some() || ["(", ")", ",", "[", "]"].iter().any(|sign| word.is_sign(sign));
        if let [_, cast, ty @ ..] = words
            && cast.is_sign("::")
            && ty.iter().all(|word| in_type(word) || word.kind == WordKind::Number)
        {
            words = &words[..1];
        }
        let text = join(bare_of(words));
        let inner = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
        match text.as_str() {
            "null" if self.dialect.is_mysql() => Some("null".to_owned()),
            "null" | "" => None,
            "current_timestamp" | "now ()" | "now()" | "current_timestamp ()" | "current_timestamp()" => Some("now()".to_owned()),
            _ => Some(match inner {
                Some(inner) if inner.parse::<f64>().is_ok() => inner.to_owned(),
                _ => text,
            }),
        }
    }

    pub(super) fn drop_column(&mut self, table: u32, name: &str, if_exists: bool, cascade: bool) -> Result<(), Refusal> {
        let id = match self.column_for(table, name) {
            Ok(id) => id,
            Err(_) if if_exists => return Ok(()),
            Err(refusal) => return Err(refusal),
        };
        let this = self.table(table)?.name.clone();
        let refers = |constraint: &Constraint| {
            matches!(&constraint.definition, Part::Known(Definition::ForeignKey { to, to_columns, .. })
                if to.may_be(&this) && to_columns.iter().any(|column| column == name))
        };
        let from_elsewhere = |other: &Table| other.id != table && other.constraints.iter().any(refers);
        if !cascade && let Some(other) = self.tables.values().find(|other| from_elsewhere(other)) {
            return fails(format!("{}: a foreign key of `{}` refers to `{this}.{name}`", self.line, other.name));
        }
        self.change_where(from_elsewhere, |other| other.constraints.retain(|constraint| !refers(constraint)));
        let (line, mysql, sqlite) = (self.line, self.dialect.is_mysql(), self.dialect == SqlDialect::Sqlite);
        let fresh = self.table(table)?.column(name).is_none_or(|column| column.fresh);
        if cascade && !fresh {
            self.doubt(format!("`CASCADE` at {line} takes along what refers to `{this}.{name}`; nobody described all of that"));
        }
        let found = self.table_mut(table)?;
        if mysql && found.constraints.iter().any(|it| it.refers_from(name)) {
            return fails(format!("{line}: a foreign key needs the column `{this}.{name}`"));
        }
        if sqlite && found.indexes.iter().any(|index| index.columns().contains(&name)) {
            return fails(format!("{line}: SQLite does not drop the column `{this}.{name}` while an index has it"));
        }
        found.columns.retain(|column| column.id != id);
        found.gone.insert(format!("column {name}"));
        found.forget_column(name, mysql);
        self.dropped.insert(id, line);
        Ok(())
    }

    pub(super) fn rename_column(&mut self, table: u32, from: &str, to: &str) -> Result<(), Refusal> {
        if from == to {
            return Ok(());
        }
        let id = self.column_for(table, from)?;
        let (line, dialect) = (self.line, self.dialect);
        let found = self.table_mut(table)?;
        if found.column(to).is_some() {
            return fails(format!("{line}: `{}` has a column `{to}` already", found.name));
        }
        let this = found.name.clone();
        found.gone.remove(&format!("column {to}"));
        found.gone.insert(format!("column {from}"));
        for column in found.columns.iter_mut().filter(|column| column.id == id) {
            to.clone_into(&mut column.name);
        }
        found.follow_column(from, to, dialect);
        let refers = |other: &Table| other.constraints.iter().any(|constraint| constraint.refers_to(&this));
        self.change_where(refers, |other| {
            for constraint in other.constraints.iter_mut().filter(|constraint| constraint.refers_to(&this)) {
                if let Part::Known(Definition::ForeignKey { to_columns, .. }) = &mut constraint.definition {
                    for column in to_columns.iter_mut().filter(|column| *column == from) {
                        to.clone_into(column);
                    }
                }
            }
        });
        Ok(())
    }

    /// Gives a column another type and says what becomes of its values.
    pub(super) fn retype(&mut self, table: u32, name: &str, to: &TypeName, using: Option<&str>) -> Result<(), Refusal> {
        let id = self.column_for(table, name)?;
        let (line, dialect, rough, undoing) = (self.line, self.dialect, self.rough, self.undoing);
        let plain = using.is_none_or(|using| is_cast(using, name, dialect));
        let in_utc = using.is_some_and(|using| normal(using, dialect) == format!("{name} at time zone 'UTC'"));
        let to = types::canonical(to, dialect);
        let part = self.told(to.clone());
        let found = self.table_mut(table)?;
        let shown = format!("{}.{name}", found.name);
        let Some(column) = found.columns.iter_mut().find(|column| column.id == id) else { return Ok(()) };
        let before = std::mem::replace(&mut column.ty, part);
        let original = column.values.typed.get_or_insert_with(|| before.clone()).clone();
        let back = original.is(&to) && (plain || in_utc);
        let conversion = match before.known() {
            _ if rough => Conversion::Alters,
            Some(_) if in_utc => Conversion::Keeps,
            Some(before) if plain => types::conversion(before, &to, using.is_some(), dialect),
            _ => Conversion::Alters,
        };
        match (conversion, before.known()) {
            (Conversion::Refuses | Conversion::Alters, _) if back => self.note(format!(
                "{line} makes `{shown}` {} again: what was written since and does not fit fails or is cut",
                types::shown(&to)
            )),
            (Conversion::Alters, Some(before)) => {
                let what = format!("{line} turns `{shown}` from {} into {}", types::shown(before), types::shown(&to));
                column.values.change(what, None);
            }
            // On the way back the type itself is told.
            (Conversion::Alters, None) if !undoing => {
                self.doubt(format!("nobody knows the type of `{shown}` before {line}, and so whether its values come back"));
            }
            _ => {}
        }
        Ok(())
    }

    /// MySQL's `MODIFY` and `CHANGE`: what is not said is no longer so.
    pub(super) fn redefine(&mut self, table: u32, old: Option<&str>, def: &ColumnDef) -> Result<(), Refusal> {
        if let Some(old) = old {
            self.rename_column(table, old, &def.name)?;
        }
        let ty = def.ty.clone().unwrap_or_default();
        self.retype(table, &def.name, &ty, None)?;
        let new = self.column_from(table, def)?;
        let (found, name) = (self.table_mut(table)?, &def.name);
        let primary = found.indexes.iter().any(|index| index.role == Role::Primary && index.columns().contains(&name.as_str()));
        if let Some(column) = found.column_mut(name) {
            let nullable = if primary { Part::Known(false) } else { new.nullable };
            *column = Column { id: column.id, fresh: column.fresh, values: column.values.clone(), nullable, ..new };
        }
        // Written again, a key of the column is added once more, except where it has it.
        let keys = ColumnDef { primary_key: def.primary_key && !primary, references: None, check: None, ..def.clone() };
        self.column_constraints(table, &keys)
    }

    pub(super) fn set_nullable(&mut self, table: u32, name: &str, nullable: bool) -> Result<(), Refusal> {
        let id = self.column_for(table, name)?;
        let found = self.table(table)?;
        let key = found.indexes.iter().any(|index| index.role == Role::Primary && index.columns().contains(&name));
        if nullable && key {
            return fails(format!("{}: `{}.{name}` is in the primary key", self.line, found.name));
        }
        let (shown, fresh) = (found.name.clone(), found.fresh);
        let unread = found.column(name).is_some_and(|column| matches!(column.nullable, Part::Unread(_)) && !column.fresh);
        if unread && !fresh && !self.undoing {
            // A statement that changes nothing would not have been written.
            self.assume(Assumption::Nullable(table, id, !nullable));
            let was = if nullable { "NOT NULL" } else { "without NOT NULL" };
            self.note(format!("it is taken for granted that `{shown}.{name}` was {was} before {}", self.line));
        }
        let part = Part::Known(nullable);
        self.on_column(table, id, |column| column.nullable = part)
    }

    pub(super) fn on_column(&mut self, table: u32, id: u32, change: impl FnOnce(&mut Column)) -> Result<(), Refusal> {
        if let Some(column) = self.table_mut(table)?.columns.iter_mut().find(|column| column.id == id) {
            change(column);
        }
        Ok(())
    }
}

/// Whether a `USING` says nothing but the type again: `c`, `c::t`, `CAST(c AS t)`.
fn is_cast(using: &str, column: &str, dialect: SqlDialect) -> bool {
    let all = words(using, dialect);
    let words = bare_of(&all);
    let is_column = |words: &[_]| matches!(bare_of(words), [word] if word.name() == Some(column));
    match words {
        [first, inner @ .., last] if first.is("cast") && last.is_sign(")") => {
            let inner = inner.get(1..).unwrap_or_default();
            inner.iter().position(|word| word.is("as")).is_some_and(|at| is_column(&inner[..at]))
        }
        _ => match words.iter().position(|word| word.is_sign("::")) {
            Some(at) => is_column(&words[..at]) && words[at + 1..].iter().all(|word| !word.is_sign("::")),
            None => is_column(words),
        },
    }
}

impl Table {
    /// Lets go of what needs a column that is dropped.
    fn forget_column(&mut self, name: &str, mysql: bool) {
        let of_check = |constraint: &Constraint| matches!(&constraint.definition, Part::Known(Definition::Check { columns, .. }) if columns.iter().any(|it| it == name));
        self.constraints.retain(|constraint| !of_check(constraint) && !constraint.refers_from(name));
        if !mysql {
            self.indexes.retain(|index| !index.needs(name));
            return;
        }
        // MySQL takes the column out of its indexes, and drops those that have none left.
        for index in &mut self.indexes {
            if let Part::Known(shape) = &mut index.shape {
                shape.columns.retain(|text| text.as_ref().is_none_or(|text| text.split([' ', '(']).next() != Some(name)));
            }
        }
        self.indexes.retain(|index| index.shape.known().is_none_or(|shape| !shape.columns.is_empty()));
    }

    /// Lets what needs a column that is renamed follow.
    fn follow_column(&mut self, from: &str, to: &str, dialect: SqlDialect) {
        let renamed = |text: &str| {
            let mut all = words(text, dialect);
            for word in all.iter_mut().filter(|word| word.name() == Some(from)) {
                to.clone_into(&mut word.text);
            }
            join(&all)
        };
        for index in &mut self.indexes {
            if let Part::Known(shape) = &mut index.shape {
                for text in shape.columns.iter_mut().flatten().chain(&mut shape.predicate).chain(&mut shape.include) {
                    *text = renamed(text);
                }
            }
        }
        for constraint in &mut self.constraints {
            match &mut constraint.definition {
                Part::Known(Definition::Check { expression, columns }) => {
                    *expression = renamed(expression);
                    for column in columns.iter_mut().filter(|column| *column == from) {
                        to.clone_into(column);
                    }
                }
                Part::Known(Definition::ForeignKey { columns, .. }) => {
                    for column in columns.iter_mut().filter(|column| *column == from) {
                        to.clone_into(column);
                    }
                }
                _ => {}
            }
        }
    }
}

/// A plain index over these columns.
pub(super) fn index_over(columns: &[String]) -> CreateIndex {
    let columns =
        columns.iter().map(|name| IndexColumn { column: Some(name.clone()), text: name.clone(), ..IndexColumn::default() });
    CreateIndex { columns: columns.collect(), ..CreateIndex::default() }
}
