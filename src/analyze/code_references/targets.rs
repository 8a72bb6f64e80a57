//! What the SQL of a change takes away: tables and columns that are dropped or get another name.

use std::collections::BTreeSet;

use crate::analyze::sql::SqlSource;
use crate::analyze::sql::phases::number_of;
use crate::evidence::sql::{Action, AlterOp, Name};
use crate::facts::{Direction, SqlStatement};

/// A name that is no longer there when the change has run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The number of the statement in the facts.
    pub statement: usize,
    /// Without its schema.
    pub table: String,
    /// `None` where the table itself goes.
    pub column: Option<String>,
    pub how: TakenAway,
}

/// How a name goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TakenAway {
    Dropped,
    Renamed,
}

/// The names that go for good: what the change itself made before, or makes again afterwards, is left out.
///
/// `statements` are the facts about the same sources; what is not among them (because the change does not add it) is no target.
#[must_use]
pub fn targets(sources: &[SqlSource<'_>], statements: &[SqlStatement]) -> Vec<Target> {
    let mut made: BTreeSet<(String, Option<String>)> = BTreeSet::new();
    let mut found: Vec<Target> = Vec::new();
    for source in sources.iter().filter(|source| source.direction == Direction::Up) {
        for statement in &source.script.statements {
            for action in &statement.actions {
                for (name, column, event) in events(action) {
                    let key = (name.name.clone(), column.clone());
                    match event {
                        Event::Made => {
                            found.retain(|target| (&target.table, &target.column) != (&key.0, &key.1));
                            made.insert(key);
                        }
                        Event::Gone(how) => {
                            let own = made.remove(&key) || made.contains(&(key.0.clone(), None));
                            let number = if own { None } else { number_of(source, statement, statements) };
                            found.extend(number.map(|statement| Target { statement, table: key.0, column, how }));
                        }
                    }
                }
            }
        }
    }
    found
}

enum Event {
    Made,
    Gone(TakenAway),
}

fn events(action: &Action) -> Vec<(&Name, Option<String>, Event)> {
    let dropped = || Event::Gone(TakenAway::Dropped);
    let renamed = || Event::Gone(TakenAway::Renamed);
    match action {
        Action::CreateTable(create) => create.name.iter().map(|name| (name, None, Event::Made)).collect(),
        Action::CreateView { name, .. } => vec![(name, None, Event::Made)],
        Action::DropTable { names, .. } | Action::DropView { names, .. } => {
            names.iter().map(|name| (name, None, dropped())).collect()
        }
        Action::RenameTables { pairs } => {
            pairs.iter().flat_map(|(from, to)| [(from, None, renamed()), (to, None, Event::Made)]).collect()
        }
        Action::AlterTable(alter) => {
            let table = &alter.name;
            let mut found = Vec::new();
            for operation in &alter.operations {
                match operation {
                    AlterOp::AddColumn { column, .. } => found.push((table, Some(column.name.clone()), Event::Made)),
                    AlterOp::DropColumn { column, .. } => found.push((table, Some(column.clone()), dropped())),
                    AlterOp::RenameColumn { from, to } => {
                        found.push((table, Some(from.clone()), renamed()));
                        found.push((table, Some(to.clone()), Event::Made));
                    }
                    AlterOp::Redefine { old: Some(old), column } if *old != column.name => {
                        found.push((table, Some(old.clone()), renamed()));
                        found.push((table, Some(column.name.clone()), Event::Made));
                    }
                    AlterOp::RenameTable { to } => {
                        found.push((table, None, renamed()));
                        found.push((to, None, Event::Made));
                    }
                    _ => {}
                }
            }
            found
        }
        _ => Vec::new(),
    }
}
