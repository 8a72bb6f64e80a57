//! What a snapshot does not tell, from the migrations that made the tables.
//!
//! A snapshot says what is; the files of the repository say how it was written. Where both agree on a column or an index, the file's
//! words are believed for what the snapshot leaves out: defaults, checks, the method of an index, views, types. Where they do not, the
//! snapshot is right and the rest stays unread.

use super::{Column, Constraint, Definition, Index, IndexShape, Part, Role, Same, Schema, Table};

impl Schema {
    /// This schema, which a snapshot told, with what `history` adds. Tables that only the history knows are taken too: they may wait for
    /// their release.
    #[must_use]
    pub fn with_history(mut self, history: &Schema) -> Schema {
        let snapshot = self.clone();
        for table in history.tables.values().filter(|table| !table.temporary) {
            if let Some(own) = snapshot.find(&table.name) {
                self.with(own, |known| known.learn(table));
            } else {
                let mut table = Table::clone(table);
                self.renumber(&mut table);
                self.insert(table);
            }
        }
        for (key, object) in &history.objects {
            let mut object = object.clone();
            for part in object.definition.iter_mut().chain([&mut object.owner]) {
                if part.known().is_none() {
                    *part = self.unread();
                }
            }
            self.objects.insert(key.clone(), object);
        }
        self
    }

    /// Gives a table of another schema numbers of this one, so that none stands for two things.
    fn renumber(&mut self, table: &mut Table) {
        table.id = self.number();
        table.rows = super::Rows::of(table.id);
        for column in &mut table.columns {
            column.id = self.number();
            column.values = super::Values::of(column.id);
            self.unread_again(&mut column.ty);
            self.unread_again(&mut column.nullable);
            self.unread_again(&mut column.default);
            self.unread_again(&mut column.generated);
            self.unread_again(&mut column.counts);
            self.unread_again(&mut column.collation);
            self.unread_again(&mut column.on_update);
            self.unread_again(&mut column.invisible);
        }
        for index in &mut table.indexes {
            index.id = self.number();
            self.unread_again(&mut index.shape);
            self.unread_again(&mut index.visible);
        }
        for constraint in &mut table.constraints {
            self.unread_again(&mut constraint.definition);
        }
        for part in table.properties.values_mut() {
            self.unread_again(part);
        }
    }

    /// Signs of the other schema mean nothing here, except that for what the database sets.
    fn unread_again<T>(&mut self, part: &mut Part<T>) {
        if matches!(part, Part::Unread(sign) if *sign != super::part::DEFAULT) {
            *part = self.unread();
        }
    }
}

impl Table {
    /// Takes from the same table as files made it what this one leaves unread.
    fn learn(&mut self, written: &Table) {
        for column in &written.columns {
            if let Some(known) = self.columns.iter_mut().find(|known| known.name == column.name) {
                known.learn(column);
            }
        }
        for index in &written.indexes {
            if let Some(known) = self.indexes.iter_mut().find(|known| known.name == index.name) {
                known.learn(index);
            }
        }
        for constraint in &written.constraints {
            match self.constraints.iter_mut().find(|known| known.name == constraint.name) {
                Some(known) => known.learn(constraint),
                None if matches!(constraint.definition.known(), Some(Definition::Check { .. } | Definition::Exclude)) => {
                    self.constraints.push(constraint.clone());
                }
                None => {}
            }
        }
        self.open.checks &= written.open.checks || written.open.columns;
        for (key, part) in &written.properties {
            if let (Part::Known(_), None) = (part, self.properties.get(key)) {
                self.properties.insert(key.clone(), part.clone());
            }
        }
    }
}

impl Column {
    fn learn(&mut self, written: &Column) {
        if self.ty.same(&written.ty) != Same::Yes || self.nullable.same(&written.nullable) == Same::No {
            return;
        }
        // The snapshot knows that there is one; a file that knows of none is older than the table.
        if matches!((&self.default, &written.default), (Part::Unread(_), Part::Known(Some(_)))) {
            self.default.clone_from(&written.default);
        }
        take(&mut self.generated, &written.generated);
        take(&mut self.counts, &written.counts);
        take(&mut self.on_update, &written.on_update);
    }
}

impl Index {
    fn learn(&mut self, written: &Index) {
        let (Some(own), Some(other)) = (self.shape.known(), written.shape.known()) else { return };
        if own.may_be(other) {
            self.shape = written.shape.clone();
            if self.role == Role::Unread {
                self.role = written.role;
            }
        }
    }
}

impl IndexShape {
    /// Whether a snapshot's index may be this one: of the same columns as far as they are told, as unique and as partial.
    fn may_be(&self, written: &IndexShape) -> bool {
        let same = |own: &Option<String>, written: &Option<String>| match (own, written) {
            (Some(own), Some(written)) => written.split([' ', '(']).next() == Some(own.as_str()),
            _ => true,
        };
        self.columns.len() == written.columns.len()
            && self.columns.iter().zip(&written.columns).all(|(own, written)| same(own, written))
            && self.unique == written.unique
            && self.predicate.is_some() == written.predicate.is_some()
    }
}

impl Constraint {
    fn learn(&mut self, written: &Constraint) {
        if let (Some(own), Some(other)) = (self.definition.known(), written.definition.known())
            && own.agrees(other)
        {
            self.definition = written.definition.clone();
        }
    }
}

fn take<T: Clone + PartialEq>(own: &mut Part<T>, written: &Part<T>) {
    if own.known().is_none() && written.known().is_some() {
        own.clone_from(written);
    }
}
