//! Which tables a statement locks, how strongly, and whether it works while it holds the lock.

use crate::evidence::sql::{Action, AlterOp, AlterTable, ConstraintKind, Dml, Name, Statement};
use crate::facts::SqlDialect;

/// PostgreSQL's table locks, from the weakest to the strongest. Of MySQL's, what a change of the schema takes counts as
/// [`Level::AccessExclusive`]: its metadata lock is exclusive at the beginning and at the end, and queues everybody behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    AccessShare,
    RowExclusive,
    ShareUpdateExclusive,
    Share,
    ShareRowExclusive,
    AccessExclusive,
}

impl Level {
    pub(super) fn words(self) -> &'static str {
        match self {
            Level::AccessShare => "ACCESS SHARE",
            Level::RowExclusive => "ROW EXCLUSIVE",
            Level::ShareUpdateExclusive => "SHARE UPDATE EXCLUSIVE",
            Level::Share => "SHARE",
            Level::ShareRowExclusive => "SHARE ROW EXCLUSIVE",
            Level::AccessExclusive => "ACCESS EXCLUSIVE",
        }
    }
}

/// One table that a statement locks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TableLock {
    pub(super) table: Name,
    pub(super) level: Level,
}

/// The tables that a statement locks until its transaction ends.
pub(super) fn of(statement: &Statement, dialect: SqlDialect) -> Vec<TableLock> {
    let mut locks = Vec::new();
    for action in &statement.actions {
        match dialect {
            SqlDialect::Postgres => postgres(action, &mut locks),
            SqlDialect::Mysql | SqlDialect::Mariadb => mysql(action, &mut locks),
            SqlDialect::Sqlite => {}
        }
    }
    locks
}

fn postgres(action: &Action, locks: &mut Vec<TableLock>) {
    let mut take = |table: &Name, level: Level| locks.push(TableLock { table: table.clone(), level });
    match action {
        Action::AlterTable(alter) => {
            take(&alter.name, alter_level(alter));
            for operation in &alter.operations {
                match operation {
                    AlterOp::AddConstraint(constraint) => {
                        if let ConstraintKind::ForeignKey { to, .. } = &constraint.kind {
                            take(&to.table, Level::ShareRowExclusive);
                        }
                    }
                    AlterOp::AddColumn { column, .. } => {
                        if let Some(to) = &column.references {
                            take(&to.table, Level::ShareRowExclusive);
                        }
                    }
                    AlterOp::AttachPartition { partition, .. }
                    | AlterOp::DetachPartition { partition, concurrently: false, .. } => {
                        take(partition, Level::AccessExclusive);
                    }
                    _ => {}
                }
            }
        }
        Action::CreateTable(create) => {
            let keys = create.definition.constraints.iter().filter_map(|constraint| match &constraint.kind {
                ConstraintKind::ForeignKey { to, .. } => Some(&to.table),
                _ => None,
            });
            let columns = create.definition.columns.iter().filter_map(|column| column.references.as_ref().map(|to| &to.table));
            for table in keys.chain(columns).filter(|table| create.name.as_ref() != Some(*table)) {
                take(table, Level::ShareRowExclusive);
            }
            if let Some(parent) = &create.partition_of {
                take(parent, Level::AccessExclusive);
            }
        }
        Action::DropTable { names, .. } | Action::Truncate { names, .. } => {
            for name in names {
                take(name, Level::AccessExclusive);
            }
        }
        Action::CreateIndex(index) => {
            if let Some(table) = &index.table {
                take(table, if index.concurrently { Level::ShareUpdateExclusive } else { Level::Share });
            }
        }
        Action::Cluster { table: Some(table), .. } | Action::Vacuum { table: Some(table), full: true } => {
            take(table, Level::AccessExclusive);
        }
        Action::Reindex { target, name: Some(name), concurrently: false } if target.eq_ignore_ascii_case("table") => {
            take(name, Level::Share);
        }
        Action::RefreshView { name, concurrently: false, .. } => take(name, Level::AccessExclusive),
        Action::CreateTrigger { table: Some(table), event: false, .. } => take(table, Level::ShareRowExclusive),
        Action::DropTrigger { table: Some(table), event: false, .. }
        | Action::CreateRule { table: Some(table), .. }
        | Action::DropRule { table: Some(table), .. } => take(table, Level::AccessExclusive),
        Action::LockTables { tables, mode, .. } => {
            for table in tables {
                take(table, named(mode.as_deref()));
            }
        }
        Action::Dml(dml) => written(dml, &mut take),
        _ => {}
    }
}

fn written(dml: &Dml, take: &mut impl FnMut(&Name, Level)) {
    let tables: &[Name] = match dml {
        Dml::Insert(insert) => insert.table.as_slice(),
        Dml::Update(update) => &update.tables,
        Dml::Delete(delete) => &delete.tables,
        Dml::Merge { table, .. } => table.as_slice(),
    };
    for table in tables {
        take(table, Level::RowExclusive);
    }
}

/// The lock of a `LOCK TABLE`; without a mode, the strongest.
fn named(mode: Option<&str>) -> Level {
    let mode = mode.unwrap_or_default().to_ascii_uppercase();
    let mode = mode.trim().trim_end_matches(" MODE");
    match mode {
        "ACCESS SHARE" | "ROW SHARE" => Level::AccessShare,
        "ROW EXCLUSIVE" => Level::RowExclusive,
        "SHARE UPDATE EXCLUSIVE" => Level::ShareUpdateExclusive,
        "SHARE" => Level::Share,
        "SHARE ROW EXCLUSIVE" | "EXCLUSIVE" => Level::ShareRowExclusive,
        _ => Level::AccessExclusive,
    }
}

/// The strongest lock that one of the operations takes (PostgreSQL, "ALTER TABLE": the strictest of its parts).
pub(super) fn alter_level(alter: &AlterTable) -> Level {
    alter.operations.iter().map(operation_level).max().unwrap_or(Level::AccessExclusive)
}

fn operation_level(operation: &AlterOp) -> Level {
    match operation {
        AlterOp::ValidateConstraint { .. }
        | AlterOp::StorageParameters { .. }
        | AlterOp::ClusterOn { .. }
        | AlterOp::AttachPartition { .. }
        | AlterOp::DetachPartition { concurrently: true, .. } => Level::ShareUpdateExclusive,
        // `SET STATISTICS` and `SET (n_distinct = ..)`; storage and compression take the strongest.
        AlterOp::ColumnOption { what, .. } if what.to_ascii_uppercase().contains("STATISTICS") || what.contains('(') => {
            Level::ShareUpdateExclusive
        }
        AlterOp::AddConstraint(constraint) if matches!(constraint.kind, ConstraintKind::ForeignKey { .. }) => {
            Level::ShareRowExclusive
        }
        AlterOp::Trigger { .. } => Level::ShareRowExclusive,
        _ => Level::AccessExclusive,
    }
}

fn mysql(action: &Action, locks: &mut Vec<TableLock>) {
    let mut take = |table: &Name| locks.push(TableLock { table: table.clone(), level: Level::AccessExclusive });
    match action {
        Action::AlterTable(alter) => take(&alter.name),
        Action::DropTable { names, .. } | Action::Truncate { names, .. } => names.iter().for_each(take),
        Action::RenameTables { pairs } => pairs.iter().for_each(|(from, _)| take(from)),
        Action::CreateIndex(index) => index.table.iter().for_each(take),
        Action::DropIndex(drop) => drop.table.iter().for_each(take),
        Action::CreateTrigger { table: Some(table), .. } => take(table),
        Action::Maintain { verb, tables } if verb.eq_ignore_ascii_case("optimize") || verb.eq_ignore_ascii_case("repair") => {
            tables.iter().for_each(take);
        }
        Action::LockTables { tables, .. } => tables.iter().for_each(take),
        _ => {}
    }
}
