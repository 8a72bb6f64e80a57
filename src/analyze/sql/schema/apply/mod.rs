//! What each statement makes of a schema.

mod alter;
mod column;
mod constraint;
mod create;
mod drop;
mod index;
mod lookup;
mod object;
mod privilege;

use super::words::{Word, words};
use super::{Place, Schema};
use crate::evidence::sql::{Action, AlterTable, Name, Query, Statement, Understood};

/// Why a statement was not applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The server refuses it: a sentence without a full stop.
    Fails(String),
    /// Nobody here can tell what it does: a sentence without a full stop.
    NotUnderstood(String),
}

fn fails<T>(message: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal::Fails(message.into()))
}

fn not_understood<T>(message: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal::NotUnderstood(message.into()))
}

/// Functions that change neither schema nor rows when a query calls them.
const HARMLESS_CALLS: &[&str] = &[
    "setval",
    "set_config",
    "pg_sleep",
    "now",
    "count",
    "min",
    "max",
    "sum",
    "avg",
    "current_setting",
    "version",
    "nextval",
    "currval",
    "lastval",
    "coalesce",
    "concat",
    "lower",
    "upper",
    "database",
    "schema",
    "user",
    "sleep",
    "last_insert_id",
    "pg_advisory_lock",
    "pg_advisory_unlock",
    "pg_advisory_xact_lock",
    "pg_try_advisory_lock",
    "get_lock",
    "release_lock",
    "to_regclass",
    "exists",
    "if",
    "ifnull",
    "length",
    "pg_relation_size",
    "pg_total_relation_size",
    "pg_size_pretty",
    "array_agg",
    "string_agg",
    "json_agg",
    "row_number",
];

impl Schema {
    /// Applies a statement.
    ///
    /// What it needs and nobody described is taken for granted where it could be there, and refused as the server would where it cannot.
    /// An error leaves what the statement did before it failed; nothing that follows can be relied upon then.
    pub fn apply(&mut self, statement: &Statement) -> Result<(), Refusal> {
        self.line = Place { line: statement.span.line, reverse: self.undoing };
        if let Understood::No(reason) = &statement.understood {
            return not_understood(format!("the statement at {} is not understood: {reason}", self.line));
        }
        self.rough = statement.understood == Understood::Classified;
        for action in &statement.actions {
            self.act(action, statement)?;
        }
        Ok(())
    }

    fn act(&mut self, action: &Action, statement: &Statement) -> Result<(), Refusal> {
        match action {
            Action::CreateTable(create) => self.create_table(create, statement),
            Action::AlterTable(alter) => self.alter_table(alter),
            Action::DropTable { names, if_exists, cascade, .. } => self.drop_tables(names, *if_exists, *cascade),
            Action::RenameTables { pairs } => pairs.iter().try_for_each(|(from, to)| self.rename_table(from, to.clone(), false)),
            Action::Truncate { names, .. } => names.iter().try_for_each(|name| self.truncate(name)),
            Action::CreateIndex(create) => self.create_index(create, statement),
            Action::DropIndex(drop) => self.drop_index(drop),
            Action::RenameIndex { from, to } => self.rename_index(from, to),
            Action::Dml(dml) => self.dml(dml, statement),
            Action::Copy { table: Some(table), into: true, .. } => self.copied_into(table),
            Action::Query { query, explain } => self.query(query, *explain),
            Action::Grant { .. } | Action::Revoke { .. } => self.privileges(action),
            Action::Set(variable) if variable.name == "foreign_key_checks" => {
                let off = ["0", "off", "false"].map(Some);
                self.unchecked = off.contains(&variable.value.as_deref().map(str::to_lowercase).as_deref());
                Ok(())
            }
            Action::Block { .. } | Action::Call { .. } | Action::Dynamic { .. } | Action::Other { .. } => {
                not_understood(format!("nobody can tell what {} at {} does", named(statement), self.line))
            }
            _ if is_passing(action) => Ok(()),
            _ => self.object(action, statement),
        }
    }

    fn alter_table(&mut self, alter: &AlterTable) -> Result<(), Refusal> {
        let Some(mut table) = self.table_for(&alter.name, alter.if_exists)? else { return Ok(()) };
        for operation in &alter.operations {
            table = self.alter(table, operation)?;
        }
        Ok(())
    }

    fn query(&mut self, query: &Query, explain: bool) -> Result<(), Refusal> {
        if explain {
            return Ok(());
        }
        if query.writes_inside {
            return not_understood(format!("the query at {} writes rows inside of itself", self.line));
        }
        match query.calls.iter().find(|call| !HARMLESS_CALLS.contains(&call.as_str())) {
            Some(call) => not_understood(format!("nobody can tell what the function `{call}` does that {} calls", self.line)),
            None => Ok(()),
        }
    }

    fn rename_table(&mut self, from: &Name, to: Name, if_exists: bool) -> Result<(), Refusal> {
        match self.table_for(from, if_exists)? {
            Some(table) => self.rename_to(table, to),
            None => Ok(()),
        }
    }
}

/// Whether an action changes neither the schema nor data: maintenance, settings, the limits of transactions, comments.
pub(in crate::analyze::sql) fn is_passing(action: &Action) -> bool {
    matches!(
        action,
        Action::Reindex { .. }
            | Action::Cluster { .. }
            | Action::Vacuum { .. }
            | Action::Maintain { .. }
            | Action::LockTables { .. }
            | Action::UnlockTables
            | Action::RefreshView { .. }
            | Action::Begin
            | Action::Commit
            | Action::Rollback { .. }
            | Action::Savepoint
            | Action::Set(_)
            | Action::Use { .. }
            | Action::Comment { .. }
            | Action::Copy { .. }
            | Action::Harmless { .. }
    )
}

/// A statement in a sentence: its first words.
fn named(statement: &Statement) -> String {
    let words: Vec<&str> = statement.text.split_whitespace().take(3).collect();
    let text: String = words.join(" ").chars().take(60).collect();
    format!("`{text}`")
}

impl Schema {
    pub(in crate::analyze::sql::schema) fn words(&self, statement: &Statement) -> Vec<Word> {
        words(&statement.text, self.dialect)
    }

    /// Whether the statement has these keywords next to each other.
    fn says(&self, statement: &Statement, keywords: &[&str]) -> bool {
        let words = self.words(statement);
        words.windows(keywords.len()).any(|window| window.iter().zip(keywords).all(|(word, keyword)| word.is(keyword)))
    }
}
