//! What a database looks like, as far as anybody knows, and what statements make of it.
//!
//! A table that nobody described may still be touched: what a statement takes for granted (that the column which it drops is there) is
//! put down as an [`Assumption`], and the parts that it does not tell stay unread. After a run the same assumptions are given to the
//! schema from before, so that both can be compared by [`diff`].

mod apply;
mod base;
mod diff;
mod history;
mod names;
mod part;
mod rows;
pub(in crate::analyze::sql) mod types;
pub(in crate::analyze::sql) mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::evidence::sql::{Name, TypeName};
use crate::facts::SqlDialect;

pub use apply::Refusal;
pub use diff::{Difference, diff};
pub use part::{Part, Same};
pub use rows::{Rows, Values};

/// A schema, partly known.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Schema {
    dialect: SqlDialect,
    /// Shared with copies of the schema until one of them changes.
    tables: BTreeMap<u32, Arc<Table>>,
    /// The numbers of tables by their names without schema.
    by_name: BTreeMap<String, BTreeSet<u32>>,
    objects: BTreeMap<ObjectKey, Object>,
    /// Tables and objects that are known not to be there.
    gone: BTreeSet<ObjectKey>,
    /// Objects that were dropped if they were there.
    blind: BTreeSet<ObjectKey>,
    /// Whether somebody listed all tables, so that one that is not here is probably not there.
    listed: bool,
    next: u32,
    assumed: Vec<Assumption>,
    /// What is worth knowing, and what nobody can tell.
    notes: BTreeSet<String>,
    doubts: BTreeSet<String>,
    /// Data that is lost beside tables and columns, one sentence each.
    lost: BTreeSet<String>,
    /// The lines that dropped tables and columns, by number.
    dropped: BTreeMap<u32, Place>,
    /// The statement that is being applied.
    line: Place,
    /// Whether it takes something back.
    undoing: bool,
    /// Whether only its words are known: then whatever it defines is unread.
    rough: bool,
    /// Whether MySQL was told not to look at foreign keys.
    unchecked: bool,
}

/// The line of a statement, in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Place {
    line: u32,
    /// Whether it stands in what takes the other statements back.
    reverse: bool,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}", self.line)?;
        if self.reverse { f.write_str(" of the reverse") } else { Ok(()) }
    }
}

/// A table. Its number stays with it through renames.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    id: u32,
    name: Name,
    /// Whether it was made by a statement that was applied.
    fresh: bool,
    /// Whether it may not have been there at all: a statement said `IF EXISTS`.
    maybe: bool,
    temporary: bool,
    /// Parts of which there may be more than are known.
    open: Open,
    columns: Vec<Column>,
    constraints: Vec<Constraint>,
    indexes: Vec<Index>,
    /// Engine, owner, row security, partitions and the like, by name.
    properties: BTreeMap<String, Part<String>>,
    /// Columns, constraints and indexes that are known not to be there, as `column a`.
    gone: BTreeSet<String>,
    /// The table whose columns it all took, those that nobody named too.
    copies: Option<u32>,
    rows: Rows,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "four lists, each of which may be incomplete")]
struct Open {
    columns: bool,
    indexes: bool,
    foreign_keys: bool,
    checks: bool,
}

impl Open {
    const ALL: Open = Open { columns: true, indexes: true, foreign_keys: true, checks: true };
}

#[derive(Debug, Clone, PartialEq)]
struct Column {
    id: u32,
    name: String,
    fresh: bool,
    ty: Part<TypeName>,
    nullable: Part<bool>,
    /// In one spelling; `None` without one.
    default: Part<Option<String>>,
    generated: Part<Option<String>>,
    /// `AUTO_INCREMENT`, an identity, a serial.
    counts: Part<bool>,
    collation: Part<Option<String>>,
    /// MySQL `ON UPDATE`, `INVISIBLE`.
    on_update: Part<bool>,
    invisible: Part<bool>,
    values: Values,
}

/// A check, foreign key or exclusion. Unique constraints and primary keys are indexes.
#[derive(Debug, Clone, PartialEq)]
struct Constraint {
    name: String,
    definition: Part<Definition>,
    not_valid: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Definition {
    Check { expression: String, columns: Vec<String> },
    ForeignKey { columns: Vec<String>, to: Name, to_columns: Vec<String>, on_delete: String, on_update: String, deferrable: bool },
    Exclude,
}

#[derive(Debug, Clone, PartialEq)]
struct Index {
    id: u32,
    name: String,
    role: Role,
    shape: Part<IndexShape>,
    visible: Part<bool>,
    /// Whether a foreign key of MySQL made it by itself, if it was not there.
    implied: bool,
}

/// Whether an index is a constraint too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Plain,
    Unique,
    Primary,
    /// A unique index of which nobody tells whether it is a constraint.
    Unread,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct IndexShape {
    /// Each in one spelling, with its order and prefix; an expression that the statistics do not tell is `None`.
    columns: Vec<Option<String>>,
    unique: bool,
    /// `None` for the usual one.
    method: Option<String>,
    /// The condition of a partial index; what the statistics do not tell is `?`.
    predicate: Option<String>,
    include: Vec<String>,
    /// Whether the statistics told it, which know neither method nor order.
    roughly: bool,
}

/// What kind of thing an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum ObjectKind {
    Table,
    View,
    MaterializedView,
    Type,
    Domain,
    Sequence,
    Routine,
    Trigger,
    Event,
    Policy,
    Rule,
    Schema,
    Extension,
    Database,
    User,
    Privilege,
    /// An index of which nobody tells the table.
    Index,
}

impl ObjectKind {
    const fn word(self) -> &'static str {
        match self {
            ObjectKind::Table => "table",
            ObjectKind::View => "view",
            ObjectKind::MaterializedView => "materialized view",
            ObjectKind::Type => "type",
            ObjectKind::Domain => "domain",
            ObjectKind::Sequence => "sequence",
            ObjectKind::Routine => "routine",
            ObjectKind::Trigger => "trigger",
            ObjectKind::Event => "event",
            ObjectKind::Policy => "policy",
            ObjectKind::Rule => "rule",
            ObjectKind::Schema => "schema",
            ObjectKind::Extension => "extension",
            ObjectKind::Database => "database",
            ObjectKind::User => "user",
            ObjectKind::Privilege => "privilege",
            ObjectKind::Index => "index",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct ObjectKey {
    kind: ObjectKind,
    name: Name,
    /// Of triggers, policies and rules.
    table: Option<String>,
}

impl std::fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} `{}`", self.kind.word(), self.name)?;
        match &self.table {
            Some(table) => write!(f, " of `{table}`"),
            None => Ok(()),
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
struct Object {
    /// How it was defined, in one spelling, and what was done to it since.
    definition: Vec<Part<String>>,
    owner: Part<String>,
    /// Whether it was made by a statement that was applied.
    fresh: bool,
    /// Whether it may not have been there at all.
    maybe: bool,
}

/// What a statement took for granted of the schema that it was written for.
#[derive(Debug, Clone)]
enum Assumption {
    Table(Table),
    Column(u32, Column),
    Constraint(u32, Constraint),
    Index(u32, Index),
    Role(u32, u32, Role),
    Nullable(u32, u32, bool),
    Property(u32, String, Part<String>),
    Object(ObjectKey, Object),
}

impl Schema {
    /// A schema of which nothing is known.
    #[must_use]
    pub fn unknown(dialect: SqlDialect) -> Schema {
        Schema {
            dialect,
            tables: BTreeMap::new(),
            by_name: BTreeMap::new(),
            objects: BTreeMap::new(),
            gone: BTreeSet::new(),
            blind: BTreeSet::new(),
            listed: false,
            next: 0,
            assumed: Vec::new(),
            notes: BTreeSet::new(),
            doubts: BTreeSet::new(),
            lost: BTreeSet::new(),
            dropped: BTreeMap::new(),
            line: Place::default(),
            undoing: false,
            rough: false,
            unchecked: false,
        }
    }

    /// From here on statements take back what the earlier ones did. They run another day: temporary tables are gone.
    pub fn undo(&mut self) {
        (self.undoing, self.unchecked) = (true, false);
        self.drop_temporary();
    }

    fn drop_temporary(&mut self) {
        let temporary: Vec<u32> = self.tables.values().filter(|table| table.temporary).map(|table| table.id).collect();
        for id in temporary {
            if let Some(table) = self.remove(id) {
                self.gone.insert(ObjectKey { kind: ObjectKind::Table, name: table.name, table: None });
            }
        }
    }

    /// Takes what statements on `other`, a copy of this one, took for granted.
    pub fn assume_as(&mut self, other: &Schema) {
        for assumption in &other.assumed {
            self.take(assumption.clone());
        }
    }

    /// Forgets how it came to be as it is: what is here now is what the next statements find.
    #[must_use]
    pub fn settled(mut self) -> Schema {
        self.assumed.clear();
        self.notes.clear();
        self.doubts.clear();
        self.lost.clear();
        self.dropped.clear();
        self.blind.clear();
        (self.undoing, self.unchecked) = (false, false);
        for object in self.objects.values_mut() {
            object.fresh = false;
        }
        self.drop_temporary();
        self.change_where(
            |table| !table.is_settled(),
            |table| {
                (table.fresh, table.copies) = (false, None);
                table.rows = Rows::of(table.id);
                for column in &mut table.columns {
                    column.fresh = false;
                    column.values = Values::of(column.id);
                }
            },
        );
        self
    }

    /// Forgets every limit of what is known: a statement that nobody understands may have done anything.
    pub fn loosen(&mut self) {
        self.listed = false;
        self.gone.clear();
        self.change_where(
            |table| table.open != Open::ALL || !table.gone.is_empty(),
            |table| {
                table.open = Open::ALL;
                table.gone.clear();
            },
        );
    }

    /// What is worth knowing of the statements that were applied, sorted.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        self.notes.iter().cloned().collect()
    }

    /// What nobody can tell of the statements that were applied, sorted.
    #[must_use]
    pub fn doubts(&self) -> Vec<String> {
        self.doubts.iter().cloned().collect()
    }

    fn number(&mut self) -> u32 {
        self.next += 1;
        self.next
    }

    fn unread<T>(&mut self) -> Part<T> {
        Part::Unread(self.number())
    }

    /// What the statement defines, where its details are known.
    fn told<T>(&mut self, value: T) -> Part<T> {
        if self.rough { self.unread() } else { Part::Known(value) }
    }

    fn note(&mut self, text: impl Into<String>) {
        self.notes.insert(text.into());
    }

    fn doubt(&mut self, text: impl Into<String>) {
        self.doubts.insert(text.into());
    }

    fn assume(&mut self, assumption: Assumption) {
        self.assumed.push(assumption.clone());
        self.take(assumption);
    }

    fn take(&mut self, assumption: Assumption) {
        match assumption {
            Assumption::Table(table) => self.insert(table),
            Assumption::Column(table, column) => self.with(table, |table| table.columns.push(column)),
            Assumption::Constraint(table, constraint) => self.with(table, |table| table.constraints.push(constraint)),
            Assumption::Index(table, index) => self.with(table, |table| table.indexes.push(index)),
            Assumption::Role(table, index, role) => self.with(table, |table| {
                for index in table.indexes.iter_mut().filter(|it| it.id == index) {
                    index.role = role;
                }
            }),
            Assumption::Nullable(table, column, nullable) => self.with(table, |table| {
                for column in table.columns.iter_mut().filter(|it| it.id == column) {
                    column.nullable = Part::Known(nullable);
                }
            }),
            Assumption::Property(table, key, value) => self.with(table, |table| {
                table.properties.insert(key, value);
            }),
            Assumption::Object(key, object) => {
                self.objects.insert(key, object);
            }
        }
    }

    fn with(&mut self, table: u32, change: impl FnOnce(&mut Table)) {
        if let Some(table) = self.tables.get_mut(&table) {
            change(Arc::make_mut(table));
        }
    }

    /// Changes the tables that need it; the others stay shared with copies of the schema.
    fn change_where(&mut self, needs: impl Fn(&Table) -> bool, mut change: impl FnMut(&mut Table)) {
        for table in self.tables.values_mut().filter(|table| needs(table)) {
            change(Arc::make_mut(table));
        }
    }

    fn insert(&mut self, table: Table) {
        self.by_name.entry(table.name.name.clone()).or_default().insert(table.id);
        self.tables.insert(table.id, Arc::new(table));
    }

    fn remove(&mut self, id: u32) -> Option<Table> {
        let table = self.tables.remove(&id)?;
        if let Some(ids) = self.by_name.get_mut(&table.name.name) {
            ids.remove(&id);
        }
        Some(Arc::unwrap_or_clone(table))
    }

    fn rename(&mut self, id: u32, to: Name) {
        if let Some(mut table) = self.remove(id) {
            table.name = to;
            self.insert(table);
        }
    }

    /// The table that a name means. Of several in different schemas the one that is named alike, then the one in the usual schema, then
    /// the first.
    fn find(&self, name: &Name) -> Option<u32> {
        let ids = self.by_name.get(&name.name)?;
        let of = |wanted: &dyn Fn(&Name) -> bool| {
            ids.iter().copied().find(|id| self.tables.get(id).is_some_and(|table| wanted(&table.name)))
        };
        of(&|known| known == name)
            .or_else(|| of(&|known| is_usual(known.schema.as_deref()) && is_usual(name.schema.as_deref())))
            .or_else(|| of(&|known| known.may_be(name)))
    }

    fn find_object(&self, kind: ObjectKind, name: &Name, table: Option<&str>) -> Option<ObjectKey> {
        let matches = |key: &ObjectKey| key.name.may_be(name) && (key.table.as_deref() == table || table.is_none());
        let exact = ObjectKey { kind, name: name.clone(), table: table.map(str::to_owned) };
        if self.objects.contains_key(&exact) {
            return Some(exact);
        }
        self.objects.keys().find(|key| key.kind == kind && matches(key)).cloned()
    }
}

/// Whether a schema is the one that names without any mean.
fn is_usual(schema: Option<&str>) -> bool {
    schema.is_none_or(|schema| matches!(schema, "public" | "main" | "dbo"))
}

impl Table {
    fn new(id: u32, name: Name, open: Open) -> Table {
        Table {
            id,
            name,
            fresh: false,
            maybe: false,
            temporary: false,
            open,
            columns: Vec::new(),
            constraints: Vec::new(),
            indexes: Vec::new(),
            properties: BTreeMap::new(),
            gone: BTreeSet::new(),
            copies: None,
            rows: Rows::of(id),
        }
    }

    fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    fn column_mut(&mut self, name: &str) -> Option<&mut Column> {
        self.columns.iter_mut().find(|column| column.name == name)
    }

    fn index(&self, name: &str) -> Option<&Index> {
        self.indexes.iter().find(|index| index.name == name)
    }

    fn constraint(&self, name: &str) -> Option<&Constraint> {
        self.constraints.iter().find(|constraint| constraint.name == name)
    }
}

impl Table {
    /// Whether nothing was done to it since it was settled.
    fn is_settled(&self) -> bool {
        let column = |column: &Column| !column.fresh && column.values == Values::of(column.id);
        !self.fresh && self.copies.is_none() && self.rows == Rows::of(self.id) && self.columns.iter().all(column)
    }
}

impl Index {
    /// The columns that it is about; expressions are left out.
    fn columns(&self) -> Vec<&str> {
        let shape = self.shape.known();
        shape.map_or_else(Vec::new, |shape| shape.columns.iter().flatten().filter_map(|text| text.split(' ').next()).collect())
    }
}

impl Schema {
    /// What this schema, after a migration, has more than the one that is there when it is taken back: what is written to it in between
    /// goes with it.
    #[must_use]
    pub fn written_since(&self, back: &Schema) -> Vec<String> {
        let mut notes = Vec::new();
        for table in self.tables.values().filter(|table| !table.temporary) {
            if table.fresh && table.rows.of.is_none() && !back.tables.contains_key(&table.id) {
                notes.push(format!("what is written to the table `{}` after the migration goes with it", table.name));
            }
            let Some(now) = back.tables.get(&table.id).filter(|_| !table.fresh) else { continue };
            for column in table.columns.iter().filter(|column| column.fresh) {
                if !now.columns.iter().any(|known| known.id == column.id) {
                    notes.push(format!("what is written to `{}.{}` after the migration goes with it", table.name, column.name));
                }
            }
        }
        notes
    }
}
