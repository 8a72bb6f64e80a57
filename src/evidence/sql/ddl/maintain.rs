//! Upkeep: rebuilding, locking, counting.

use super::alter::cascade;
use crate::evidence::sql::cursor::Cursor;
use crate::evidence::sql::statement::{Action, Name};
use crate::facts::SqlDialect;

pub(super) fn maintain(c: &mut Cursor<'_>) -> Option<Action> {
    if c.take("truncate") {
        return truncate(c);
    }
    if c.take("reindex") {
        return reindex(c);
    }
    if c.take("cluster") {
        return cluster(c);
    }
    if c.take("vacuum") {
        return vacuum(c);
    }
    if c.take("refresh materialized view") {
        let concurrently = c.take("concurrently");
        let name = c.name()?;
        let with_data = !c.take("with no data");
        c.take("with data");
        return Some(Action::RefreshView { name, concurrently, with_data });
    }
    if c.take("rename table") || c.take("rename tables") {
        return rename(c);
    }
    if c.is("lock") {
        return lock(c);
    }
    if c.take("unlock tables") || c.take("unlock table") {
        return Some(Action::UnlockTables);
    }
    tables(c)
}

fn truncate(c: &mut Cursor<'_>) -> Option<Action> {
    c.take("table");
    let mut names = Vec::new();
    loop {
        c.take("only");
        names.push(c.name()?);
        c.op("*");
        if !c.op(",") {
            break;
        }
    }
    let restart_identity = c.take("restart identity");
    c.take("continue identity");
    let cascade = cascade(c);
    if c.is_mysql() {
        if c.take("wait") {
            c.step();
        }
        c.take("nowait");
    }
    Some(Action::Truncate { names, cascade, restart_identity })
}

fn reindex(c: &mut Cursor<'_>) -> Option<Action> {
    let mut concurrently = false;
    if let Some(mut options) = c.group() {
        while !options.done() {
            if options.take("concurrently") {
                concurrently = !(options.is("false") || options.is("off") || options.is_op("0"));
            }
            options.step();
        }
    }
    if c.dialect == SqlDialect::Sqlite {
        let name = if c.done() { None } else { Some(c.name()?) };
        return Some(Action::Reindex { target: "INDEX".to_owned(), name, concurrently });
    }
    let target = c.take_any(&["index", "table", "schema", "database", "system"])?.to_ascii_uppercase();
    concurrently |= c.take("concurrently");
    let name = if c.done() { None } else { Some(c.name()?) };
    Some(Action::Reindex { target, name, concurrently })
}

fn cluster(c: &mut Cursor<'_>) -> Option<Action> {
    c.take("verbose");
    if c.is_op("(") {
        c.skip();
    }
    if c.done() {
        return Some(Action::Cluster { table: None, index: None });
    }
    let first = c.name()?;
    if c.take("using") {
        return Some(Action::Cluster { table: Some(first), index: Some(c.ident()?) });
    }
    // The form of old: `CLUSTER index ON table`.
    if c.take("on") {
        return Some(Action::Cluster { table: Some(c.name()?), index: Some(first.name) });
    }
    Some(Action::Cluster { table: Some(first), index: None })
}

fn vacuum(c: &mut Cursor<'_>) -> Option<Action> {
    // SQLite's writes the whole file anew.
    let mut full = c.dialect == SqlDialect::Sqlite;
    if let Some(mut options) = c.group() {
        while !options.done() {
            if options.take("full") {
                full = !(options.is("false") || options.is("off"));
            } else {
                options.step();
            }
        }
    }
    while let Some(word) = c.take_any(&["full", "freeze", "verbose", "analyze", "analyse"]) {
        full |= word == "full";
    }
    if c.take("into") {
        c.rest();
        return Some(Action::Vacuum { table: None, full: false });
    }
    let mut table = None;
    while !c.done() {
        let name = c.name()?;
        table.get_or_insert(name);
        if c.is_op("(") {
            c.skip();
        }
        if !c.op(",") {
            break;
        }
    }
    Some(Action::Vacuum { table, full })
}

fn rename(c: &mut Cursor<'_>) -> Option<Action> {
    c.take("if exists");
    let mut pairs = Vec::new();
    loop {
        let from = c.name()?;
        if c.take("wait") {
            c.step();
        }
        c.take("nowait");
        c.take("to").then_some(())?;
        pairs.push((from, c.name()?));
        if !c.op(",") {
            return Some(Action::RenameTables { pairs });
        }
    }
}

fn lock(c: &mut Cursor<'_>) -> Option<Action> {
    c.step();
    if c.is_mysql() {
        return lock_mysql(c);
    }
    c.take("table");
    let mut tables = Vec::new();
    loop {
        c.take("only");
        tables.push(c.name()?);
        c.op("*");
        if !c.op(",") {
            break;
        }
    }
    let mode = c.take("in").then(|| {
        let from = c.at;
        while !c.done() && !c.is("mode") {
            c.step();
        }
        c.since(from).to_ascii_uppercase()
    });
    c.take("mode");
    Some(Action::LockTables { tables, mode, nowait: c.take("nowait") })
}

fn lock_mysql(c: &mut Cursor<'_>) -> Option<Action> {
    const MODES: &[&str] = &["read local", "read", "low_priority write", "write concurrent", "write"];
    c.take_any(&["tables", "table"])?;
    let mut tables: Vec<Name> = Vec::new();
    let mut write = false;
    loop {
        tables.push(c.name()?);
        if c.take("as") {
            c.ident();
        }
        if !MODES.iter().any(|mode| c.are(mode)) {
            // An alias without `AS`.
            c.ident()?;
        }
        write |= c.take_any(MODES)?.contains("write");
        if !c.op(",") {
            break;
        }
    }
    if c.take("wait") {
        c.step();
    }
    let nowait = c.take("nowait");
    Some(Action::LockTables { tables, mode: Some(if write { "WRITE" } else { "READ" }.to_owned()), nowait })
}

/// `OPTIMIZE`, `REPAIR`, `ANALYZE`, `CHECK`, `CHECKSUM`.
fn tables(c: &mut Cursor<'_>) -> Option<Action> {
    let start = c.at;
    let verb = c.take_any(&["optimize", "repair", "analyze", "analyse", "check", "checksum"])?;
    let postgres = verb == "analyze" || verb == "analyse";
    if c.is_mysql() {
        c.take_any(&["no_write_to_binlog", "local"]);
        if c.take_any(&["table", "tables", "view"]).is_none() {
            c.at = start;
            return None;
        }
    } else if !postgres {
        c.at = start;
        return None;
    }
    if c.is_op("(") {
        c.skip();
    }
    c.take("verbose");
    let mut tables = Vec::new();
    while !c.done() {
        tables.push(c.name()?);
        if c.is_op("(") {
            c.skip();
        }
        if !c.op(",") {
            break;
        }
    }
    if c.is_mysql() {
        // `QUICK`, `FOR UPGRADE`, `UPDATE HISTOGRAM ON ..`.
        c.rest();
    }
    let verb = if postgres { "ANALYZE".to_owned() } else { verb.to_ascii_uppercase() };
    Some(Action::Maintain { verb, tables })
}
