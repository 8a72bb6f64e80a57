//! Views, types, sequences, routines and whatever else has a name and a definition that is not looked into.

use super::{Refusal, Statement, fails, not_understood};
use crate::analyze::sql::schema::words::{Word, join};
use crate::analyze::sql::schema::{Column, Object, ObjectKey, ObjectKind, Part, Schema, Table};
use crate::evidence::sql::{Action, Name, TypeName};
use crate::facts::SqlDialect;

/// What a statement that makes an object says of one that is there.
#[derive(Debug, Clone, Copy, Default)]
struct IfThere {
    replace: bool,
    leave: bool,
}

impl Schema {
    /// What concerns neither tables, columns, indexes nor rows.
    pub(super) fn object(&mut self, action: &Action, statement: &Statement) -> Result<(), Refusal> {
        let replace = IfThere { replace: true, leave: false };
        let leave = IfThere { replace: false, leave: self.says(statement, &["if", "not", "exists"]) };
        let if_exists = self.says(statement, &["if", "exists"]);
        let plain = |name: &str| Name::plain(name);
        match action {
            Action::CreateView { name, materialized, or_replace, .. } => {
                let key = key(view(*materialized), name.clone());
                self.create_object(key, statement, if *or_replace { replace } else { leave })
            }
            Action::CreateRoutine { name, or_replace, .. } => {
                let there = if *or_replace { replace } else { leave };
                self.create_object(key(ObjectKind::Routine, name.clone()), statement, there)
            }
            Action::CreateTrigger { name, table, event, .. } => {
                let there = if self.says(statement, &["or", "replace"]) { replace } else { leave };
                let kind = if *event { ObjectKind::Event } else { ObjectKind::Trigger };
                self.create_object(on_table(kind, name, table.as_ref()), statement, there)
            }
            Action::CreateRule { kind, name, table, .. } => {
                let there = if self.says(statement, &["or", "replace"]) { replace } else { leave };
                self.create_object(on_table(rule(kind), name, table.as_ref()), statement, there)
            }
            Action::CreateType { name, .. } => self.create_object(key(ObjectKind::Type, name.clone()), statement, leave),
            Action::CreateDomain { name, .. } => self.create_object(key(ObjectKind::Domain, name.clone()), statement, leave),
            Action::CreateSequence { name } => self.create_object(key(ObjectKind::Sequence, name.clone()), statement, leave),
            Action::CreateSchema { name } => self.create_object(key(ObjectKind::Schema, plain(name)), statement, leave),
            Action::CreateDatabase { name } => self.create_object(key(ObjectKind::Database, plain(name)), statement, leave),
            Action::CreateExtension { name, .. } => self.create_object(key(ObjectKind::Extension, plain(name)), statement, leave),
            Action::CreateUser { name, .. } => self.create_object(key(ObjectKind::User, plain(name)), statement, leave),

            Action::DropView { names, materialized, if_exists, cascade } => {
                self.drop_objects(view(*materialized), names, *if_exists, *cascade)
            }
            Action::DropRoutine { names, if_exists, cascade, .. } => {
                self.drop_objects(ObjectKind::Routine, names, *if_exists, *cascade)
            }
            Action::DropType { names, domain, cascade } => {
                let kind = if *domain { ObjectKind::Domain } else { ObjectKind::Type };
                names.iter().try_for_each(|name| self.unused_type(name, *cascade))?;
                self.drop_objects(kind, names, if_exists, *cascade)
            }
            Action::DropSequence { names, cascade } => self.drop_objects(ObjectKind::Sequence, names, if_exists, *cascade),
            Action::DropExtension { names, cascade } => {
                let names: Vec<Name> = names.iter().map(|name| plain(name)).collect();
                self.drop_objects(ObjectKind::Extension, &names, if_exists, *cascade)
            }
            Action::DropUser { names } => {
                let names: Vec<Name> = names.iter().map(|name| plain(name)).collect();
                self.drop_objects(ObjectKind::User, &names, if_exists, false)
            }
            Action::DropTrigger { name, table, event } => {
                let kind = if *event { ObjectKind::Event } else { ObjectKind::Trigger };
                self.drop_object(&on_table(kind, name, table.as_ref()), if_exists, false)
            }
            Action::DropRule { kind, name, table } => {
                self.drop_object(&on_table(rule(kind), name, table.as_ref()), if_exists, false)
            }
            Action::DropSchema { names, cascade, if_exists } => {
                names.iter().try_for_each(|name| self.drop_schema(ObjectKind::Schema, name, *if_exists, *cascade))
            }
            Action::DropDatabase { name, if_exists } => self.drop_schema(ObjectKind::Database, name, *if_exists, true),
            _ => self.alter_object(action, statement),
        }
    }

    fn alter_object(&mut self, action: &Action, statement: &Statement) -> Result<(), Refusal> {
        match action {
            Action::AddEnumValue { name, value, if_not_exists, .. } => {
                let part = Part::Known(format!("value `{value}`"));
                let Some(object) = self.altered(&key(ObjectKind::Type, name.clone()))? else { return Ok(()) };
                if !(*if_not_exists && object.definition.contains(&part)) {
                    object.definition.push(part);
                }
                Ok(())
            }
            Action::RenameEnumValue { name, from, to } => {
                let part = |from: &str, to: &str| Part::Known(format!("value `{from}`, which is named `{to}` now"));
                let Some(object) = self.altered(&key(ObjectKind::Type, name.clone()))? else { return Ok(()) };
                if object.definition.last() == Some(&part(to, from)) {
                    object.definition.pop();
                } else {
                    object.definition.push(part(from, to));
                }
                Ok(())
            }
            Action::AlterType { name, domain, .. } => {
                let kind = if *domain { ObjectKind::Domain } else { ObjectKind::Type };
                self.alter_named(&key(kind, name.clone()), statement)
            }
            Action::AlterView { name, materialized, .. } => self.alter_named(&key(view(*materialized), name.clone()), statement),
            Action::AlterSequence { name, .. } => {
                let passing = ["restart", "owned"].iter().any(|word| self.says(statement, &[word]));
                if passing { Ok(()) } else { self.alter_named(&key(ObjectKind::Sequence, name.clone()), statement) }
            }
            Action::AlterUser { name, .. } => self.alter_named(&key(ObjectKind::User, Name::plain(name)), statement),
            Action::AlterDatabase { name, .. } => {
                let name = name.as_deref().unwrap_or("the current one");
                self.alter_named(&key(ObjectKind::Database, Name::plain(name)), statement)
            }
            Action::AlterIndex { .. } => Ok(()),
            Action::OwnerTo { object, .. } => {
                let line = self.line;
                self.doubt(format!("nobody knows the owner of `{object}` before {line}"));
                Ok(())
            }
            Action::AlterDefaultPrivileges => {
                self.doubt(format!("the default privileges that {} sets are not followed", self.line));
                Ok(())
            }
            _ => not_understood(format!("the statement at {} is not followed", self.line)),
        }
    }

    fn altered(&mut self, key: &ObjectKey) -> Result<Option<&mut Object>, Refusal> {
        let found = self.object_for(key, false)?;
        Ok(found.and_then(|key| self.objects.get_mut(&key)))
    }

    /// `RENAME TO` and `SET SCHEMA` are followed; what else is done to an object makes it another one that nobody can compare.
    fn alter_named(&mut self, key: &ObjectKey, statement: &Statement) -> Result<(), Refusal> {
        let Some(found) = self.object_for(key, false)? else { return Ok(()) };
        let words = self.words(statement);
        let behind = |first: &str, second: &str| {
            words.windows(3).find(|window| window[0].is(first) && window[1].is(second)).and_then(|window| window[2].name())
        };
        let to = match (behind("rename", "to"), behind("set", "schema")) {
            (Some(name), _) => Name { schema: found.name.schema.clone(), name: name.to_owned() },
            (None, Some(schema)) => Name { schema: Some(schema.to_owned()), name: found.name.name.clone() },
            (None, None) => {
                let (unread, owner) = (self.unread(), self.unread());
                let to_owner = behind("owner", "to").map(str::to_owned);
                if let Some(object) = self.objects.get_mut(&found) {
                    match to_owner {
                        Some(_) => object.owner = owner,
                        None => object.definition.push(unread),
                    }
                }
                return Ok(());
            }
        };
        if let Some(object) = self.objects.remove(&found) {
            let renamed = ObjectKey { name: to.clone(), ..found.clone() };
            self.gone.remove(&renamed);
            self.objects.insert(renamed, object);
        }
        let renamed = |ty: &mut Part<TypeName>| {
            if let Part::Known(ty) = ty
                && ty.name == found.name.name
            {
                ty.name.clone_from(&to.name);
            }
        };
        let is_type = matches!(found.kind, ObjectKind::Type | ObjectKind::Domain);
        self.change_where(
            |table| is_type && table.columns.iter().any(|column| column.is_of(&found.name)),
            |table| {
                for column in &mut table.columns {
                    renamed(&mut column.ty);
                    column.values.typed.iter_mut().for_each(renamed);
                }
            },
        );
        self.gone.insert(found);
        Ok(())
    }

    fn create_object(&mut self, key: ObjectKey, statement: &Statement, there: IfThere) -> Result<(), Refusal> {
        let definition = Part::Known(definition(&self.words(statement)));
        if let Some(found) = self.find_object(key.kind, &key.name, key.table.as_deref()) {
            return self.create_again(&found, definition, there);
        }
        let known = self.gone.remove(&key);
        let harmless = matches!(key.kind, ObjectKind::Extension | ObjectKind::Schema);
        if !known && (there.replace || (there.leave && harmless)) {
            let object = Object { definition: vec![self.unread()], owner: self.unread(), fresh: false, maybe: true };
            self.assume(super::super::Assumption::Object(key.clone(), object));
            return self.create_again(&key, definition, there);
        }
        if there.leave && !self.undoing && !known {
            self.note(format!("where the {key} was there before {}, what takes it back drops it", self.line));
        }
        let object = Object { definition: vec![definition], owner: self.unread(), fresh: true, maybe: false };
        self.objects.insert(key, object);
        Ok(())
    }

    fn create_again(&mut self, key: &ObjectKey, definition: Part<String>, there: IfThere) -> Result<(), Refusal> {
        let overloads = key.kind == ObjectKind::Routine && self.dialect == SqlDialect::Postgres;
        if overloads && !there.replace {
            self.doubt(format!("there are several of the {key}, and nobody here tells them apart"));
        } else if !there.replace {
            return if there.leave { Ok(()) } else { fails(format!("{}: there is a {key} already", self.line)) };
        }
        if let Some(object) = self.objects.get_mut(key) {
            object.definition = vec![definition];
        }
        Ok(())
    }

    fn drop_objects(&mut self, kind: ObjectKind, names: &[Name], if_exists: bool, cascade: bool) -> Result<(), Refusal> {
        names.iter().try_for_each(|name| self.drop_object(&key(kind, name.clone()), if_exists, cascade))
    }

    pub(super) fn drop_object(&mut self, key: &ObjectKey, if_exists: bool, cascade: bool) -> Result<(), Refusal> {
        let Some(found) = self.object_for(key, if_exists)? else { return Ok(()) };
        let Some(object) = self.objects.remove(&found) else { return Ok(()) };
        if object.maybe && !self.undoing && object.definition.iter().all(|part| part.known().is_none()) {
            self.blind.insert(found.clone());
        }
        if cascade && !object.fresh && !object.maybe {
            self.doubt(format!("`CASCADE` at {} takes along what needs the {found}; nobody described all of that", self.line));
        }
        self.gone.insert(found);
        Ok(())
    }

    /// A type goes only when no column has it.
    fn unused_type(&mut self, name: &Name, cascade: bool) -> Result<(), Refusal> {
        let line = self.line;
        let mut lost = Vec::new();
        for table in self.tables.values() {
            for column in table.columns.iter().filter(|column| column.is_now(name)) {
                if !cascade {
                    let shown = &table.name;
                    return fails(format!("{line}: the column `{shown}.{}` is of the type `{name}`", column.name));
                }
                lost.push(column.id);
            }
        }
        self.dropped.extend(lost.into_iter().map(|column| (column, line)));
        let has = |table: &Table| table.columns.iter().any(|column| column.is_now(name));
        self.change_where(has, |table| table.columns.retain(|column| !column.is_now(name)));
        Ok(())
    }

    fn drop_schema(&mut self, kind: ObjectKind, name: &str, if_exists: bool, cascade: bool) -> Result<(), Refusal> {
        let within = |schema: Option<&str>| schema == Some(name);
        let ids: Vec<u32> =
            self.tables.values().filter(|table| within(table.name.schema.as_deref())).map(|table| table.id()).collect();
        if !cascade && !ids.is_empty() {
            return fails(format!("{}: the schema `{name}` is not empty", self.line));
        }
        let wanted = key(kind, Name::plain(name));
        let Some(found) = self.object_for(&wanted, if_exists)? else { return Ok(()) };
        let fresh = self.objects.remove(&found).is_some_and(|object| object.fresh);
        if cascade && !fresh {
            self.lost.insert(format!("{} drops the {wanted} with all that is in it", self.line));
        }
        for id in ids {
            if let Some(table) = self.remove(id) {
                self.dropped.insert(id, self.line);
                self.gone.insert(Schema::table_key(&table.name));
            }
        }
        self.objects.retain(|key, _| !within(key.name.schema.as_deref()));
        self.gone.insert(found);
        Ok(())
    }
}

impl Column {
    /// Whether it is of a type of this name now.
    fn is_now(&self, name: &Name) -> bool {
        self.ty.known().is_some_and(|ty| ty.name == name.name)
    }

    /// Whether it is, or was before a change of it.
    fn is_of(&self, name: &Name) -> bool {
        let was = self.values.typed.as_ref().and_then(Part::known);
        self.is_now(name) || was.is_some_and(|ty| ty.name == name.name)
    }
}

fn key(kind: ObjectKind, name: Name) -> ObjectKey {
    ObjectKey { kind, name, table: None }
}

fn on_table(kind: ObjectKind, name: &str, table: Option<&Name>) -> ObjectKey {
    ObjectKey { kind, name: Name::plain(name), table: table.map(|table| table.name.clone()) }
}

const fn view(materialized: bool) -> ObjectKind {
    if materialized { ObjectKind::MaterializedView } else { ObjectKind::View }
}

fn rule(kind: &str) -> ObjectKind {
    if kind == "policy" { ObjectKind::Policy } else { ObjectKind::Rule }
}

/// The text of a definition, without what says only what to do if the object is there.
fn definition(words: &[Word]) -> String {
    let mut kept: Vec<Word> = Vec::with_capacity(words.len());
    let mut at = 0;
    while let Some(word) = words.get(at) {
        let next = |offset: usize, keyword: &str| words.get(at + offset).is_some_and(|word| word.is(keyword));
        if word.is("or") && next(1, "replace") {
            at += 2;
        } else if word.is("if") && next(1, "not") && next(2, "exists") {
            at += 3;
        } else {
            kept.push(word.clone());
            at += 1;
        }
    }
    join(&kept)
}
