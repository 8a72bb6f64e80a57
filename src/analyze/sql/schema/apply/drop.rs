//! Tables that are dropped or emptied.

use super::{Refusal, fails};
use crate::analyze::sql::schema::{ObjectKind, Schema, Table};
use crate::evidence::sql::Name;

impl Schema {
    pub(super) fn drop_tables(&mut self, names: &[Name], if_exists: bool, cascade: bool) -> Result<(), Refusal> {
        let mut ids = Vec::new();
        for name in names {
            if let Some(id) = self.table_for(name, if_exists)? {
                ids.push(id);
            }
        }
        for id in &ids {
            self.drop_table(*id, &ids, cascade)?;
        }
        Ok(())
    }

    fn drop_table(&mut self, id: u32, together: &[u32], cascade: bool) -> Result<(), Refusal> {
        let table = self.table(id)?.clone();
        let name = &table.name;
        let has = |other: &Table| {
            !together.contains(&other.id) && other.constraints.iter().any(|constraint| constraint.refers_to(name))
        };
        if !cascade
            && !self.unchecked
            && let Some(other) = self.tables.values().find(|other| has(other))
        {
            return fails(format!("{}: a foreign key of `{}` refers to `{name}`", self.line, other.name));
        }
        if !self.unchecked {
            self.change_where(has, |other| other.constraints.retain(|constraint| !constraint.refers_to(name)));
        }
        if table.maybe && !self.undoing {
            self.doubt(format!(
                "{} drops `{name}` if it is there; nobody knows whether it was, and its rows do not come back",
                self.line
            ));
        }
        if cascade && !table.fresh {
            self.doubt(format!("`CASCADE` at {} takes along what refers to `{name}`; nobody described all of that", self.line));
        }
        if !table.fresh {
            self.note(format!("privileges, triggers, rules and comments of `{name}` go with it at {}", self.line));
        }
        self.dropped.insert(id, self.line);
        for column in &table.columns {
            self.dropped.insert(column.id, self.line);
        }
        self.objects.retain(|key, _| {
            key.table.as_deref() != Some(name.name.as_str())
                || !matches!(key.kind, ObjectKind::Trigger | ObjectKind::Policy | ObjectKind::Rule)
        });
        self.gone.insert(Schema::table_key(name));
        self.remove(id);
        Ok(())
    }
}
