//! Two schemas compared, in sentences.

use std::collections::BTreeSet;

use super::types::shown;
use super::{Column, Constraint, Definition, Index, IndexShape, Object, Part, Role, Same, Schema, Table};

/// Something that is not as before.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Difference {
    /// The schema is another one.
    Schema(String),
    /// Rows or values are others.
    Data(String),
    /// Nobody can tell whether something is as before.
    Doubt(String),
    /// Told, and not counted.
    Note(String),
}

/// What is not as before, sorted; nothing for two schemas that are the same.
///
/// The order of columns is told and does not count: statements name their columns, and `PostgreSQL` cannot put a column back into its
/// place. Comments, statistics targets, storage parameters and the values of sequences are not compared.
#[must_use]
pub fn diff(before: &Schema, after: &Schema) -> Vec<Difference> {
    let mut found = Found { before, after, all: BTreeSet::new() };
    for table in before.tables.values().filter(|table| !table.temporary) {
        found.table(table);
    }
    for table in after.tables.values().filter(|table| !table.temporary && before.find(&table.name).is_none()) {
        found.surplus(table);
    }
    found.objects();
    for text in after.doubts() {
        found.all.insert(Difference::Doubt(text));
    }
    for text in &after.lost {
        found.all.insert(Difference::Data(text.clone()));
    }
    for text in after.notes() {
        found.all.insert(Difference::Note(text));
    }
    found.all.into_iter().collect()
}

struct Found<'a> {
    before: &'a Schema,
    after: &'a Schema,
    all: BTreeSet<Difference>,
}

impl Found<'_> {
    fn schema(&mut self, text: String) {
        self.all.insert(Difference::Schema(text));
    }

    fn data(&mut self, text: String) {
        self.all.insert(Difference::Data(text));
    }

    fn doubt(&mut self, text: String) {
        self.all.insert(Difference::Doubt(text));
    }

    /// Compares one part; `what` is a phrase such as "the type of `t.c`".
    fn part<T: PartialEq>(&mut self, before: &Part<T>, after: &Part<T>, what: &str, show: impl Fn(&T) -> String) {
        match before.same(after) {
            Same::Yes => {}
            Same::No => {
                let shown = |part: &Part<T>| part.known().map_or_else(String::new, &show);
                self.schema(format!("{what} was {} and is {}", shown(before), shown(after)));
            }
            Same::Nobody => self.doubt(format!("nobody knows whether {what} is as before")),
        }
    }

    fn table(&mut self, before: &Table) {
        let name = &before.name;
        let Some(after) = self.after.find(name).and_then(|id| self.after.tables.get(&id)) else {
            if before.maybe {
                return;
            }
            self.schema(format!("the table `{name}` is gone"));
            self.lost_rows(before, None);
            return;
        };
        self.columns(before, after);
        self.indexes(before, after);
        self.constraints(before, after);
        self.properties(before, after);
        self.lost_rows(before, Some(after));
    }

    fn surplus(&mut self, table: &Table) {
        let name = &table.name;
        let saves = table.rows.of.is_some() && table.constraints.is_empty() && table.rows.added.is_empty();
        if saves {
            self.all.insert(Difference::Note(format!("the backup table `{name}` stays")));
        } else {
            self.schema(format!("the table `{name}` is there and was not"));
        }
    }

    fn columns(&mut self, before: &Table, after: &Table) {
        let name = &before.name;
        for column in &before.columns {
            match after.column(&column.name) {
                Some(now) => self.column(column, now, &format!("`{name}.{}`", column.name)),
                None if after.open.columns && after.fresh => {
                    self.doubt(format!("nobody knows whether `{name}` has a column `{}` again", column.name));
                }
                None => self.schema(format!("the column `{name}.{}` is gone", column.name)),
            }
        }
        for column in after.columns.iter().filter(|column| before.column(&column.name).is_none()) {
            if before.open.columns && after.fresh {
                self.doubt(format!("nobody knows whether `{name}` had a column `{}`", column.name));
            } else {
                self.schema(format!("the column `{name}.{}` is there and was not", column.name));
            }
        }
        if before.open.columns && after.id != before.id {
            self.doubt(format!("nobody knows all columns that `{name}` had"));
        }
        let order = |table: &Table, other: &Table| -> Vec<String> {
            table.columns.iter().map(|column| column.name.clone()).filter(|column| other.column(column).is_some()).collect()
        };
        if !before.open.columns && order(before, after) != order(after, before) {
            self.all.insert(Difference::Note(format!("the columns of `{name}` stand in another order")));
        }
    }

    fn column(&mut self, before: &Column, after: &Column, what: &str) {
        let yes = |yes: &bool| if *yes { "set" } else { "not set" }.to_owned();
        let text = |text: &Option<String>| text.as_ref().map_or_else(|| "none".to_owned(), |text| format!("`{text}`"));
        self.part(&before.ty, &after.ty, &format!("the type of {what}"), |ty| format!("`{}`", shown(ty)));
        let null = |nullable: &bool| if *nullable { "allowed" } else { "not allowed" }.to_owned();
        self.part(&before.nullable, &after.nullable, &format!("NULL in {what}"), null);
        self.part(&before.default, &after.default, &format!("the default of {what}"), text);
        self.part(&before.generated, &after.generated, &format!("how {what} is generated"), text);
        self.part(&before.counts, &after.counts, &format!("counting of {what} by itself"), yes);
        self.part(&before.collation, &after.collation, &format!("the collation of {what}"), text);
        self.part(&before.on_update, &after.on_update, &format!("ON UPDATE of {what}"), yes);
        self.part(&before.invisible, &after.invisible, &format!("INVISIBLE of {what}"), yes);
    }

    fn indexes(&mut self, before: &Table, after: &Table) {
        let name = &before.name;
        for index in &before.indexes {
            match after.index(&index.name) {
                Some(now) => self.index(index, now, &format!("`{}` of `{name}`", index.name)),
                None => self.schema(format!("the {} `{}` of `{name}` is gone", index.word(), index.name)),
            }
        }
        for index in after.indexes.iter().filter(|index| before.index(&index.name).is_none()) {
            if index.implied {
                let text = format!("the index `{}`, which a foreign key of `{name}` may have made, stays", index.name);
                self.all.insert(Difference::Note(text));
            } else if before.open.indexes && after.id != before.id {
                self.doubt(format!("nobody knows whether `{name}` had the {} `{}`", index.word(), index.name));
            } else {
                self.schema(format!("the {} `{}` of `{name}` is there and was not", index.word(), index.name));
            }
        }
        if before.open.indexes && after.id != before.id {
            self.doubt(format!("nobody knows all indexes that `{name}` had"));
        }
    }

    fn index(&mut self, before: &Index, after: &Index, what: &str) {
        if before.role != after.role && before.role != Role::Unread && after.role != Role::Unread {
            self.schema(format!("{what} was a {} and is a {}", before.word(), after.word()));
        }
        match (before.shape.known(), after.shape.known()) {
            (Some(was), Some(is)) if was.roughly || is.roughly => self.roughly(was, is, what),
            _ => self.part(&before.shape, &after.shape, &format!("the index {what}"), IndexShape::shown),
        }
        let seen = |visible: &bool| if *visible { "visible" } else { "invisible" }.to_owned();
        self.part(&before.visible, &after.visible, &format!("the index {what}"), seen);
    }

    /// Compares an index with one that only a snapshot told.
    fn roughly(&mut self, before: &IndexShape, after: &IndexShape, what: &str) {
        if before == after {
            return;
        }
        let known = |shape: &IndexShape| -> Option<Vec<String>> {
            let first = |text: &String| text.split([' ', '(']).next().unwrap_or_default().to_owned();
            shape.columns.iter().map(|column| column.as_ref().map(first)).collect()
        };
        let partial = before.predicate.is_some() || after.predicate.is_some();
        match (known(before), known(after)) {
            (Some(was), Some(is)) if was != is || before.unique != after.unique => {
                self.schema(format!("the index {what} was {} and is {}", before.shown(), after.shown()));
            }
            (Some(_), Some(_)) if before.predicate.is_some() != after.predicate.is_some() => {
                self.schema(format!("the condition of the index {what} is another one"));
            }
            (Some(_), Some(_)) if !partial => {
                if before.method != after.method || !after.include.is_empty() || before.columns != after.columns {
                    self.doubt(format!("nobody knows whether the index {what} was of the same kind and order"));
                }
            }
            _ => self.doubt(format!("nobody knows whether the index {what} is as before")),
        }
    }

    fn constraints(&mut self, before: &Table, after: &Table) {
        let name = &before.name;
        for constraint in &before.constraints {
            let what = format!("the constraint `{}` of `{name}`", constraint.name);
            match after.constraint(&constraint.name) {
                Some(now) => self.constraint(constraint, now, &what),
                None => self.schema(format!("{what} is gone")),
            }
        }
        for constraint in after.constraints.iter().filter(|constraint| before.constraint(&constraint.name).is_none()) {
            let what = format!("the constraint `{}` of `{name}`", constraint.name);
            if after.id != before.id && (before.open.checks || before.open.foreign_keys) {
                self.doubt(format!("nobody knows whether {what} was there"));
            } else {
                self.schema(format!("{what} is there and was not"));
            }
        }
        if (before.open.checks || before.open.foreign_keys) && after.id != before.id {
            self.all.insert(Difference::Note(format!("checks that `{name}` had and nobody told are not compared")));
        }
    }

    fn constraint(&mut self, before: &Constraint, after: &Constraint, what: &str) {
        match (before.definition.known(), after.definition.known()) {
            (Some(was), Some(is)) if !was.agrees(is) => self.schema(format!("{what} is another one")),
            (Some(_), Some(_)) => {}
            _ => self.part(&before.definition, &after.definition, what, |_| String::new()),
        }
        if before.not_valid != after.not_valid {
            let text = if after.not_valid { "is not validated any more" } else { "is validated now" };
            self.all.insert(Difference::Note(format!("{what} {text}")));
        }
    }

    fn properties(&mut self, before: &Table, after: &Table) {
        let keys: BTreeSet<&String> = before.properties.keys().chain(after.properties.keys()).collect();
        for key in keys {
            let what = format!("the {key} of `{}`", before.name);
            match (before.properties.get(key), after.properties.get(key)) {
                (Some(was), Some(is)) => self.part(was, is, &what, String::clone),
                (Some(Part::Known(was)), None) | (None, Some(Part::Known(was))) if key == "engine" && was == "innodb" => {}
                _ => self.doubt(format!("nobody knows whether {what} is as before")),
            }
        }
    }

    fn lost_rows(&mut self, before: &Table, after: Option<&Table>) {
        let (name, line) = (&before.name, |id: u32| self.after.dropped.get(&id).copied());
        let Some(after) = after.filter(|after| after.rows.of == Some(before.id)) else {
            let text = match line(before.id) {
                Some(line) => format!("{line} drops the rows of `{name}`, and nothing brings them back"),
                None => format!("the rows of `{name}` do not come back"),
            };
            self.data(text);
            return;
        };
        let mut texts = Vec::new();
        if let Some(part) = &after.rows.part {
            texts.push(format!("of the rows of `{name}` only {} come back", part.shown()));
        }
        for what in after.rows.deleted.iter().map(|change| &change.what).chain(after.rows.added.iter().map(|added| &added.what)) {
            texts.push(format!("{what}, and nothing takes that back"));
        }
        for column in &before.columns {
            let Some(now) = after.column(&column.name) else { continue };
            if now.values.of != Some(column.id) {
                texts.push(match line(column.id) {
                    Some(line) => format!("{line} drops the values of `{name}.{}`, and nothing brings them back", column.name),
                    None => format!("`{name}.{}` does not hold the values that it held", column.name),
                });
            }
            texts.extend(now.values.changes.iter().map(|change| format!("{}, and nothing takes that back", change.what)));
        }
        for text in texts {
            self.data(text);
        }
    }

    fn objects(&mut self) {
        let (before, after) = (self.before, self.after);
        for (key, object) in &before.objects {
            match after.objects.get(key) {
                Some(now) => self.object(&key.to_string(), object, now),
                None if after.blind.contains(key) => {
                    self.doubt(format!("nobody knows whether the {key} was there, which is dropped if it is"));
                }
                None if object.maybe => {
                    self.all.insert(Difference::Note(format!("where the {key} was there before, it is gone")));
                }
                None => self.schema(format!("the {key} is gone")),
            }
        }
        for key in after.objects.keys().filter(|key| !before.objects.contains_key(key)) {
            self.schema(format!("the {key} is there and was not"));
        }
    }

    fn object(&mut self, what: &str, before: &Object, after: &Object) {
        let (was, is) = (&before.definition, &after.definition);
        let added = is.strip_prefix(was.as_slice()).filter(|added| !added.is_empty());
        match added {
            Some(added) if added.iter().all(|part| part.known().is_some()) => {
                for value in added.iter().filter_map(Part::known) {
                    self.schema(format!("the {value} of the {what} stays: PostgreSQL cannot take one out of an enum"));
                }
            }
            _ if was == is => {}
            _ if was.len() == 1 && is.len() == 1 && was[0].known().is_some() && is[0].known().is_some() => {
                self.schema(format!("the {what} is defined otherwise"));
            }
            _ => self.doubt(format!("nobody knows whether the {what} is as before")),
        }
        if before.owner.same(&after.owner) == Same::No {
            self.schema(format!("the owner of the {what} is another one"));
        }
    }
}

impl Index {
    const fn word(&self) -> &'static str {
        match self.role {
            Role::Plain | Role::Unread => "index",
            Role::Unique => "unique constraint",
            Role::Primary => "primary key",
        }
    }
}

impl IndexShape {
    fn shown(&self) -> String {
        let columns: Vec<&str> = self.columns.iter().map(|column| column.as_deref().unwrap_or("an expression")).collect();
        let mut text = format!("{}`({})`", if self.unique { "unique " } else { "" }, columns.join(", "));
        if let Some(method) = &self.method {
            text = format!("{text} with {method}");
        }
        if let Some(predicate) = &self.predicate {
            text = format!("{text} where {predicate}");
        }
        text
    }
}

impl Definition {
    /// Whether both are the same, as far as a snapshot tells one of them.
    pub(super) fn agrees(&self, other: &Definition) -> bool {
        match (self, other) {
            (
                Definition::ForeignKey { columns, to, to_columns, on_delete, on_update, deferrable },
                Definition::ForeignKey {
                    columns: columns2,
                    to: to2,
                    to_columns: to_columns2,
                    on_delete: on_delete2,
                    on_update: on_update2,
                    deferrable: deferrable2,
                },
            ) => {
                let told = on_update != "?" && on_update2 != "?";
                let columns_agree = to_columns == to_columns2 || to_columns.is_empty() || to_columns2.is_empty();
                columns == columns2
                    && to.may_be(to2)
                    && columns_agree
                    && on_delete == on_delete2
                    && (!told || (on_update == on_update2 && deferrable == deferrable2))
            }
            _ => self == other,
        }
    }
}
