//! The operations of `ALTER TABLE`.

use super::{Refusal, not_understood};
use crate::analyze::sql::schema::{Part, Schema};
use crate::evidence::sql::{AlterOp, Name};

/// Options of a MySQL table that say nothing about its shape.
const PASSING_OPTIONS: &[&str] = &[
    "AUTO_INCREMENT",
    "COMMENT",
    "STATS_PERSISTENT",
    "STATS_AUTO_RECALC",
    "STATS_SAMPLE_PAGES",
    "AVG_ROW_LENGTH",
    "MAX_ROWS",
    "MIN_ROWS",
];

impl Schema {
    /// Applies one operation and returns the number of the table, which stays.
    pub(super) fn alter(&mut self, table: u32, operation: &AlterOp) -> Result<u32, Refusal> {
        match operation {
            AlterOp::AddColumn { column, if_not_exists } => {
                if *if_not_exists && self.table(table)?.column(&column.name).is_some() {
                    return Ok(table);
                }
                if *if_not_exists && !self.undoing && self.table(table)?.open.columns {
                    let name = &self.table(table)?.name;
                    let note = format!(
                        "where `{name}.{}` was there before {}, what takes it back drops it with its values",
                        column.name, self.line
                    );
                    self.note(note);
                }
                self.add_column(table, column)?;
            }
            AlterOp::DropColumn { column, if_exists, cascade } => self.drop_column(table, column, *if_exists, *cascade)?,
            AlterOp::RenameColumn { from, to } => self.rename_column(table, from, to)?,
            AlterOp::RenameTable { to } => self.rename_to(table, to.clone())?,
            AlterOp::SetSchema { schema } => {
                let name = self.table(table)?.name.name.clone();
                self.rename_to(table, Name { schema: Some(schema.clone()), name })?;
            }
            AlterOp::AlterType { column, ty, using, collation } => {
                self.retype(table, column, ty, using.as_deref())?;
                let (id, collation) = (self.column_for(table, column)?, collation.clone());
                let part = self.told(collation.map(|name| name.to_lowercase()));
                self.on_column(table, id, |column| column.collation = part)?;
            }
            AlterOp::Redefine { old, column } => self.redefine(table, old.as_deref(), column)?,
            AlterOp::SetDefault { column, default } => {
                let (id, text) = (self.column_for(table, column)?, self.default_text(&default.text));
                let part = self.told(text);
                self.on_column(table, id, |column| column.default = part)?;
            }
            AlterOp::DropDefault { column } => {
                let id = self.column_for(table, column)?;
                self.on_column(table, id, |column| column.default = Part::Known(None))?;
            }
            AlterOp::SetNotNull { column } => self.set_nullable(table, column, false)?,
            AlterOp::DropNotNull { column } => self.set_nullable(table, column, true)?,
            AlterOp::AddIdentity { column } | AlterOp::DropIdentity { column } => {
                let (id, on) = (self.column_for(table, column)?, matches!(operation, AlterOp::AddIdentity { .. }));
                self.on_column(table, id, |column| column.counts = Part::Known(on))?;
            }
            AlterOp::DropExpression { column } => {
                let id = self.column_for(table, column)?;
                self.on_column(table, id, |column| column.generated = Part::Known(None))?;
            }
            _ => self.alter_parts(table, operation)?,
        }
        Ok(table)
    }

    fn alter_parts(&mut self, table: u32, operation: &AlterOp) -> Result<(), Refusal> {
        match operation {
            AlterOp::AddConstraint(add) => self.add_constraint(table, add),
            AlterOp::ValidateConstraint { name } => self.validate_constraint(table, name),
            AlterOp::DropConstraint { name, if_exists, cascade } => self.drop_constraint(table, name, *if_exists, *cascade),
            AlterOp::DropPrimaryKey => self.drop_primary_key(table),
            AlterOp::DropForeignKey { name } => self.drop_constraint(table, name, false, false),
            AlterOp::RenameConstraint { from, to } => self.rename_constraint(table, from, to),
            AlterOp::AddIndex(create) if create.if_not_exists => {
                let name = create.name.as_ref().map(|name| name.name.as_str());
                if name.is_some_and(|name| self.tables.get(&table).is_some_and(|table| table.index(name).is_some())) {
                    return Ok(());
                }
                self.add_index(table, create, None)
            }
            AlterOp::AddIndex(create) => self.add_index(table, create, None),
            AlterOp::DropIndex { name } => self.drop_index_of(table, name, false),
            AlterOp::RenameIndex { from, to } => self.rename_index_of(table, from, to),
            AlterOp::IndexVisibility { name, visible } => {
                let id = self.index_for(table, name)?;
                for index in self.table_mut(table)?.indexes.iter_mut().filter(|index| index.id == id) {
                    index.visible = Part::Known(*visible);
                }
                Ok(())
            }
            _ => self.alter_whole(table, operation),
        }
    }

    fn alter_whole(&mut self, table: u32, operation: &AlterOp) -> Result<(), Refusal> {
        let line = self.line;
        match operation {
            AlterOp::ConvertCharset { charset, collation } => self.convert(table, charset.as_deref(), collation.as_deref()),
            AlterOp::DefaultCharset { charset, collation } => {
                self.default_charset(table, charset.as_deref(), collation.as_deref())
            }
            AlterOp::Engine { engine } => self.set_property(table, "engine", engine),
            AlterOp::Option { name, .. } if PASSING_OPTIONS.contains(&name.as_str()) => Ok(()),
            AlterOp::Option { name, value } => self.set_property(table, &name.to_lowercase(), value),
            AlterOp::SetTablespace { tablespace } => self.set_property(table, "tablespace", tablespace),
            AlterOp::SetLogged { logged } => self.toggle(table, "logged", *logged),
            AlterOp::OwnerTo { owner } => self.set_property(table, "owner", owner),
            AlterOp::RowSecurity { what } => {
                let what = what.to_lowercase();
                let off = what.contains("disable") || what.contains("no force");
                let name = if what.contains("force") { "forced row security" } else { "row security" };
                self.toggle(table, name, !off)
            }
            AlterOp::ReplicaIdentity { what } => self.set_property(table, "replica identity", what),
            AlterOp::Trigger { enable, name } => self.toggle(table, &format!("trigger {}", name.to_lowercase()), *enable),
            AlterOp::Inherit { parent, inherit } => self.toggle(table, &format!("inherits {parent}"), *inherit),
            AlterOp::AttachPartition { partition, bounds } => {
                let Some(id) = self.table_for(partition, false)? else { return Ok(()) };
                let parent = self.table(table)?.name.clone();
                self.toggle(id, &format!("partition of {parent}"), true)?;
                let bounds = crate::analyze::sql::schema::words::normal(bounds.as_deref().unwrap_or(""), self.dialect);
                self.set_property(id, "partition bounds", &bounds)
            }
            AlterOp::DetachPartition { partition, .. } => {
                let Some(id) = self.table_for(partition, false)? else { return Ok(()) };
                let parent = self.table(table)?.name.clone();
                self.toggle(id, &format!("partition of {parent}"), false)
            }
            AlterOp::Partition { verb, names } => self.partition(table, verb, names),
            AlterOp::AlterConstraint { name, .. } => {
                self.constraint_for(table, name)?;
                let unread = self.unread();
                for constraint in self.table_mut(table)?.constraints.iter_mut().filter(|it| it.name == *name) {
                    constraint.definition = unread.clone();
                }
                Ok(())
            }
            AlterOp::SetAccessMethod => {
                let unread = self.unread();
                self.table_mut(table)?.properties.insert("access method".to_owned(), unread);
                Ok(())
            }
            AlterOp::ColumnOption { .. }
            | AlterOp::StorageParameters { .. }
            | AlterOp::ClusterOn { .. }
            | AlterOp::Force
            | AlterOp::Keys { .. } => Ok(()),
            AlterOp::Other { words } => {
                let words: String = words.chars().take(60).collect();
                not_understood(format!("nobody can tell what `{words}` at {line} does"))
            }
            // The rest are columns and constraints, which were looked at before.
            _ => not_understood(format!("an operation at {line} is not followed")),
        }
    }

    fn convert(&mut self, table: u32, charset: Option<&str>, collation: Option<&str>) -> Result<(), Refusal> {
        self.default_charset(table, charset, collation)?;
        let (line, known) = (self.line, collation.map(str::to_lowercase));
        let keeps = charset.is_some_and(|charset| charset.eq_ignore_ascii_case("utf8mb4"));
        let undoing = self.undoing;
        let unread: Part<Option<String>> = match known {
            Some(collation) => Part::Known(Some(collation)),
            None => self.unread(),
        };
        let found = self.table_mut(table)?;
        let name = found.name.clone();
        for column in &mut found.columns {
            if column.ty.known().is_none_or(|ty| ["char", "text", "enum", "set"].iter().any(|part| ty.name.contains(part))) {
                column.collation = unread.clone();
                if !keeps && !undoing {
                    let what = format!("{line} converts the texts of `{name}` to another character set");
                    column.values.change(what, None);
                }
            }
        }
        Ok(())
    }

    fn default_charset(&mut self, table: u32, charset: Option<&str>, collation: Option<&str>) -> Result<(), Refusal> {
        if let Some(charset) = charset {
            self.set_property(table, "charset", charset)?;
        }
        if let Some(collation) = collation {
            return self.set_property(table, "collation", collation);
        }
        // The character set's own one, which nobody tells here.
        self.set_property(table, "collation", "")?;
        let unread = self.unread();
        self.table_mut(table)?.properties.insert("collation".to_owned(), unread);
        Ok(())
    }

    /// MySQL's partitions.
    fn partition(&mut self, table: u32, verb: &str, names: &[String]) -> Result<(), Refusal> {
        let line = self.line;
        match verb {
            "ADD" | "DROP" => {
                for name in names {
                    self.toggle(table, &format!("partition {}", name.to_lowercase()), verb == "ADD")?;
                }
                let found = self.table_mut(table)?;
                if verb == "DROP" && found.rows.of.is_some() {
                    let what = format!("{line} drops partitions of `{}` with their rows", found.name);
                    found.rows.delete(what, None);
                }
                Ok(())
            }
            "TRUNCATE" => {
                let found = self.table_mut(table)?;
                let what = format!("{line} empties partitions of `{}`", found.name);
                found.rows.delete(what, None);
                Ok(())
            }
            "REBUILD" | "OPTIMIZE" | "ANALYZE" | "CHECK" => Ok(()),
            _ => {
                let unread = self.unread();
                self.table_mut(table)?.properties.insert("partitions".to_owned(), unread);
                Ok(())
            }
        }
    }
}
