//! Definitions and commands, read by their words.
//!
//! No parser's tree is used here: those that exist refuse what is dangerous and drop words that matter (`NOT VALID`, `CONCURRENTLY`,
//! `ONLY`, `LOCK=`). Each reader takes words from a [`Cursor`] and answers `None` where they are not what it knows.

mod access;
mod alter;
mod alter_mysql;
mod alter_other;
mod alter_postgres;
mod column;
mod constraint;
mod create;
mod drop;
mod index;
mod known;
mod maintain;
mod routine;
mod session;
mod table;

use super::cursor::Cursor;
use super::statement::{Action, CreateTable, SetScope};
use crate::facts::SqlDialect;

/// What the statement does, if its first words are those of a definition or command. The cursor stands behind what was read.
pub(super) fn actions(c: &mut Cursor<'_>) -> Option<Vec<Action>> {
    let start = c.at;
    let found = if c.is("set") || c.is("reset") || c.is("pragma") { session::set(c) } else { several(c) };
    found.or_else(|| {
        c.at = start;
        c.unsure = false;
        known::known(c).map(|action| vec![action])
    })
}

/// What stands between `SET STATEMENT` and `FOR`, with the word `STATEMENT` before it: variables for one statement.
pub(super) fn settings(c: &Cursor<'_>) -> Option<Vec<Action>> {
    let mut c = c.clone();
    c.step();
    let mut actions = session::variables(&mut c)?;
    for action in &mut actions {
        if let Action::Set(variable) = action {
            variable.scope = SetScope::Local;
        }
    }
    c.done().then_some(actions)
}

/// One; a schema with what is made in it; what goes before what takes its place; a table and the prepared statement that fills it.
fn several(c: &mut Cursor<'_>) -> Option<Vec<Action>> {
    // MariaDB drops what is there, whatever it holds.
    let replaces = c.is_mysql() && c.are("create or replace");
    let first = one(c)?;
    let elements = matches!(first, Action::CreateSchema { .. });
    let gone = match &first {
        Action::CreateDatabase { name } => Some(Action::DropDatabase { name: name.clone(), if_exists: true }),
        Action::CreateUser { name, .. } => Some(Action::DropUser { names: vec![name.clone()] }),
        Action::CreateSequence { name } => Some(Action::DropSequence { names: vec![name.clone()], cascade: false }),
        _ => None,
    };
    let mut actions: Vec<Action> = gone.filter(|_| replaces).into_iter().collect();
    let prepared =
        matches!(&first, Action::CreateTable(table) if table.as_query.as_ref().is_some_and(|query| is_execute(&query.text)));
    actions.push(first);
    if prepared {
        actions.push(Action::Dynamic { verb: "EXECUTE".to_owned() });
    }
    while elements && (c.is("create") || c.is("grant")) {
        actions.push(one(c)?);
    }
    Some(actions)
}

/// Whether a table is filled by `AS EXECUTE s`; no query begins like that.
fn is_execute(text: &str) -> bool {
    text.get(.."execute".len()).is_some_and(|word| word.eq_ignore_ascii_case("execute"))
}

fn one(c: &mut Cursor<'_>) -> Option<Action> {
    if c.is("grant") || c.is("revoke") {
        return access::grant(c);
    }
    if c.take("create") {
        return create(c);
    }
    if c.take("alter") {
        return alter(c);
    }
    if c.take("drop") {
        return drop::drop(c);
    }
    session::transaction(c).or_else(|| maintain::maintain(c)).or_else(|| session::command(c))
}

fn create(c: &mut Cursor<'_>) -> Option<Action> {
    let or_replace = c.take("or replace");
    let start = c.at;
    let mut table = CreateTable::default();
    c.take_any(&["global", "local"]);
    if c.take_any(&["temporary", "temp"]).is_some() {
        table.temporary = true;
    } else if c.take("unlogged") {
        table.unlogged = true;
    } else {
        c.take("foreign");
    }
    if c.take("table") {
        if or_replace {
            // MariaDB drops the table that is there.
            table.definition.options.push(("OR REPLACE".to_owned(), String::new()));
        }
        return table::create(c, table);
    }
    c.at = start;
    if c.take("virtual table") && c.dialect == SqlDialect::Sqlite {
        return create::virtual_table(c);
    }
    if c.are("index") || ["unique", "fulltext", "spatial"].iter().any(|word| c.is(word)) && c.is_at(1, "index") {
        return index::create(c);
    }
    routine::create(c, or_replace).or_else(|| {
        c.at = start;
        create::create(c, or_replace)
    })
}

fn alter(c: &mut Cursor<'_>) -> Option<Action> {
    let start = c.at;
    // MySQL's `ALTER ONLINE TABLE`, `ALTER IGNORE TABLE`.
    if c.is_mysql() {
        c.take("online");
    }
    let ignore = c.is_mysql() && c.take("ignore");
    if c.take("table") || c.take("foreign table") {
        return alter::table(c, ignore);
    }
    c.at = start;
    alter_other::alter(c)
}
