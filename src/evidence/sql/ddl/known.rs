//! Statements that are known by name, and of which nothing else has to be known.

use crate::evidence::sql::cursor::Cursor;
use crate::evidence::sql::statement::{Action, SetScope, SetVariable};
use crate::facts::SqlDialect;

/// They make or change what no table of the application is made of.
const HARMLESS_POSTGRES: &[&str] = &[
    "create operator",
    "create or replace operator",
    "create cast",
    "create collation",
    "create conversion",
    "create default conversion",
    "create text search",
    "create language",
    "create trusted language",
    "create procedural language",
    "create trusted procedural language",
    "create or replace language",
    "create or replace trusted language",
    "create or replace procedural language",
    "create or replace trusted procedural language",
    "create transform",
    "create or replace transform",
    "create foreign data wrapper",
    "create server",
    "create user mapping",
    "create access method",
    "create statistics",
    "create tablespace",
    "alter text search",
    "alter operator",
    "alter collation",
    "alter conversion",
    "alter server",
    "alter foreign data wrapper",
    "alter user mapping",
    "alter language",
    "alter statistics",
    "alter large object",
    "import foreign schema",
    "drop text search",
    "drop user mapping",
    "drop statistics",
    "drop conversion",
    "explain",
];
/// Their name is known, and what they do depends on more than the words here: a DBA has to look.
const OTHER_POSTGRES: &[&str] = &[
    "load",
    "alter extension",
    "alter function",
    "alter procedure",
    "alter routine",
    "alter aggregate",
    "alter event trigger",
    "alter policy",
    "alter rule",
    "alter trigger",
    "alter schema",
    "alter tablespace",
    "alter publication",
    "alter subscription",
    "alter index all",
    "alter table all",
    "alter materialized view all",
    "alter database",
    "create subscription",
    "create publication",
    "create schema",
    "drop operator",
    "drop cast",
    "drop collation",
    "drop language",
    "drop trusted language",
    "drop procedural language",
    "drop server",
    "drop foreign data wrapper",
    "drop access method",
    "drop publication",
    "drop subscription",
    "drop tablespace",
    "drop owned",
    "drop transform",
    "create property graph",
    "create or replace property graph",
    "alter property graph",
    "drop property graph",
    "repack",
    "alter procedural language",
    "reassign owned",
    "drop large object",
];
const HARMLESS_MYSQL: &[&str] = &[
    "flush",
    "alter function",
    "alter procedure",
    "create server",
    "alter server",
    "drop server",
    "get diagnostics",
    "get current diagnostics",
    "cache index",
    "load index",
    "explain",
    "signal",
    "resignal",
    "create spatial reference system",
    "create resource group",
    "alter resource group",
    "drop resource group",
    "create or replace server",
    "drop prepare",
    "reset query cache",
    "help",
    "create tablespace",
    "create undo tablespace",
    "create logfile group",
];
const OTHER_MYSQL: &[&str] = &[
    "install",
    "uninstall",
    "kill",
    "shutdown",
    "restart",
    "purge",
    "change",
    "start slave",
    "stop slave",
    "start replica",
    "stop replica",
    "start all slaves",
    "stop all slaves",
    "start group_replication",
    "stop group_replication",
    "reset master",
    "reset slave",
    "reset replica",
    "reset binary logs",
    "reset persist",
    "handler",
    "import table",
    "clone",
    "xa",
    "alter instance",
    "alter tablespace",
    "drop tablespace",
    "alter undo tablespace",
    "drop undo tablespace",
    "drop logfile group",
    "alter logfile group",
    "drop spatial reference system",
    "alter event",
    "alter definer",
    "rename user",
    "backup",
    "binlog",
];
const HARMLESS_SQLITE: &[&str] = &["explain"];
const OTHER_SQLITE: &[&str] = &["attach", "detach"];

/// The statement, if its first words are known. Nothing behind them is read.
pub(super) fn known(c: &mut Cursor<'_>) -> Option<Action> {
    let start = c.at;
    if c.take("alter system set") || c.take("alter system reset") {
        return system(c);
    }
    if c.take("flush tables with read lock") {
        c.rest();
        return Some(Action::LockTables { tables: Vec::new(), mode: Some("READ".to_owned()), nowait: false });
    }
    let compound = ["begin not atomic", "for", "while", "loop", "repeat", "if", "case"];
    if c.is_mysql() && compound.iter().any(|words| c.are(words)) && c.tokens.len() > start + 3 {
        return Some(Action::Block { language: None, body: c.rest().to_owned() });
    }
    let (harmless, other) = match c.dialect {
        SqlDialect::Postgres => (HARMLESS_POSTGRES, OTHER_POSTGRES),
        SqlDialect::Mysql | SqlDialect::Mariadb => (HARMLESS_MYSQL, OTHER_MYSQL),
        SqlDialect::Sqlite => (HARMLESS_SQLITE, OTHER_SQLITE),
    };
    if let Some(words) = c.take_any(harmless) {
        c.rest();
        return Some(Action::Harmless { what: words.to_ascii_uppercase() });
    }
    let words = c.take_any(other)?;
    c.rest();
    c.unsure = true;
    Some(Action::Other { words: words.to_ascii_uppercase() })
}

/// A setting of the whole server.
fn system(c: &mut Cursor<'_>) -> Option<Action> {
    let name = c.name()?.to_string().to_ascii_lowercase();
    let value = if c.op("=") || c.take("to") { Some(c.rest().trim_matches('\'').to_owned()) } else { None };
    Some(Action::Set(SetVariable {
        name,
        value: value.filter(|value| !value.eq_ignore_ascii_case("default")),
        scope: SetScope::Global,
    }))
}
