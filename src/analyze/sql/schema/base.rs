//! The schema that a snapshot of the catalogue tells.

use super::{Column, Constraint, Definition, Index, IndexShape, Open, Part, Role, Schema, Table, Values, types};
use crate::evidence::sql::Name;
use crate::evidence::table_stats::{ColumnRecord, IndexRecord, TableKind, TableRecord, TableStatistics};
use crate::facts::SqlDialect;

impl Schema {
    /// The tables of a snapshot. It tells columns, indexes and foreign keys; it does not tell checks, the text of defaults, and how an
    /// index is made beside its columns.
    #[must_use]
    pub fn from_statistics(statistics: &TableStatistics) -> Schema {
        let mut schema = Schema::unknown(statistics.dialect);
        schema.listed = true;
        for record in &statistics.tables {
            // A view's columns are its query's business.
            if !matches!(record.kind, TableKind::View | TableKind::MaterializedView) {
                let table = schema.recorded(record);
                schema.insert(table);
            }
        }
        schema
    }

    fn recorded(&mut self, record: &TableRecord) -> Table {
        let id = self.number();
        let name = Name { schema: record.schema.clone(), name: self.folded(&record.name) };
        let mut table = Table::new(id, name, Open { columns: false, indexes: false, foreign_keys: false, checks: true });
        table.columns = record.columns.iter().map(|column| self.column_of(column, record)).collect();
        for index in &record.indexes {
            let index = self.index_of(index);
            table.indexes.push(index);
        }
        for key in &record.foreign_keys {
            let definition = Definition::ForeignKey {
                columns: key.columns.iter().map(|column| self.folded(column)).collect(),
                to: Name { schema: key.to_schema.clone(), name: self.folded(&key.to_table) },
                to_columns: key.to_columns.iter().map(|column| self.folded(column)).collect(),
                on_delete: key.on_delete.clone(),
                on_update: "?".to_owned(),
                deferrable: false,
            };
            table.constraints.push(Constraint {
                name: self.folded(&key.name),
                definition: Part::Known(definition),
                not_valid: false,
            });
        }
        if let Some(engine) = &record.engine {
            table.properties.insert("engine".to_owned(), Part::Known(engine.to_lowercase()));
        }
        if let Some(collation) = record.collation.as_ref().filter(|_| self.dialect.is_mysql()) {
            let collation = collation.to_lowercase();
            let charset = collation.split('_').next().unwrap_or_default().to_owned();
            table.properties.insert("charset".to_owned(), Part::Known(charset));
            table.properties.insert("collation".to_owned(), Part::Known(collation));
        }
        table
    }

    /// A name as the statements' reader folds it.
    fn folded(&self, name: &str) -> String {
        if self.dialect == SqlDialect::Postgres { name.to_owned() } else { name.to_lowercase() }
    }

    fn column_of(&mut self, record: &ColumnRecord, table: &TableRecord) -> Column {
        let (id, mysql) = (self.number(), self.dialect.is_mysql());
        let ty = types::read(&record.ty, self.dialect);
        let only_key = table.indexes.iter().any(|index| {
            index.primary && index.columns.first().is_some_and(|first| first.as_deref() == Some(record.name.as_str()))
        });
        // What a snapshot does not say, and what a column of this kind often has.
        let may_count = only_key && ty.name.contains("int");
        let may_follow = mysql && record.has_default && matches!(ty.name.as_str(), "timestamp" | "datetime");
        let mut unless = |may: bool| if may { Part::Unread(self.number()) } else { Part::Known(false) };
        let (counts, on_update) = (unless(may_count), unless(may_follow));
        Column {
            id,
            name: self.folded(&record.name),
            fresh: false,
            ty: Part::Known(ty),
            nullable: Part::Known(record.nullable),
            default: if record.has_default {
                self.unread()
            } else {
                // MySQL's column that may be NULL has it as default.
                Part::Known((mysql && record.nullable && !record.generated).then(|| "null".to_owned()))
            },
            generated: if record.generated { self.unread() } else { Part::Known(None) },
            counts,
            collation: Part::Known(record.collation.clone().filter(|_| mysql).map(|name| name.to_lowercase())),
            on_update,
            invisible: Part::Known(false),
            values: Values::of(id),
        }
    }

    fn index_of(&mut self, record: &IndexRecord) -> Index {
        let id = self.number();
        let shape = IndexShape {
            columns: record.columns.iter().map(|column| column.as_ref().map(|name| self.folded(name))).collect(),
            unique: record.unique,
            method: None,
            predicate: record.partial.then(|| "?".to_owned()),
            include: Vec::new(),
            roughly: true,
        };
        let role = match (record.primary, record.unique) {
            (true, _) => Role::Primary,
            (false, true) if self.dialect == SqlDialect::Postgres => Role::Unread,
            _ => Role::Plain,
        };
        let visible = Part::Known(true);
        Index { id, name: self.folded(&record.name), role, shape: Part::Known(shape), visible, implied: false }
    }
}
