//! `DROP`, and `TRUNCATE`.

use super::alter::cascade;
use super::index;
use crate::evidence::sql::cursor::Cursor;
use crate::evidence::sql::statement::{Action, Name};

/// `DROP`; the cursor stands behind it.
pub(super) fn drop(c: &mut Cursor<'_>) -> Option<Action> {
    let temporary = c.take("temporary");
    if c.take("table") || c.take("tables") || c.take("foreign table") {
        let if_exists = c.take("if exists");
        let names = c.names()?;
        let cascade = cascade(c);
        c.take("wait");
        return Some(Action::DropTable { names, if_exists, cascade, temporary });
    }
    if c.take("index") {
        return index::drop(c);
    }
    objects(c).or_else(|| others(c)).or_else(|| access(c))
}

/// Objects that many statements of the same shape drop: names and `CASCADE`.
fn objects(c: &mut Cursor<'_>) -> Option<Action> {
    let kind = c.take_any(&["view", "materialized view", "type", "domain", "sequence"])?;
    let if_exists = c.take("if exists");
    let names = c.names()?;
    let cascade = cascade(c);
    Some(match kind {
        "view" | "materialized view" => Action::DropView { names, materialized: kind != "view", if_exists, cascade },
        "sequence" => Action::DropSequence { names, cascade },
        _ => Action::DropType { names, domain: kind == "domain", cascade },
    })
}

fn plain(names: Vec<Name>) -> Vec<String> {
    names.into_iter().map(|name| name.to_string()).collect()
}

fn others(c: &mut Cursor<'_>) -> Option<Action> {
    if c.is_mysql() && (c.is("schema") || c.is("database")) {
        c.step();
        let if_exists = c.take("if exists");
        return Some(Action::DropDatabase { name: c.ident()?, if_exists });
    }
    if c.take("schema") {
        let if_exists = c.take("if exists");
        let names = plain(c.names()?);
        return Some(Action::DropSchema { names, cascade: cascade(c), if_exists });
    }
    if c.take("database") {
        let if_exists = c.take("if exists");
        let name = c.ident()?;
        if c.take("with") || c.is_op("(") {
            c.skip();
        }
        return Some(Action::DropDatabase { name, if_exists });
    }
    if c.take("extension") {
        c.take("if exists");
        let names = plain(c.names()?);
        return Some(Action::DropExtension { names, cascade: cascade(c) });
    }
    if let Some(kind) = c.take_any(&["function", "procedure", "aggregate", "routine", "package body", "package"]) {
        let if_exists = c.take("if exists");
        let mut names = Vec::new();
        loop {
            names.push(c.name()?);
            if c.is_op("(") {
                c.skip();
            }
            if !c.op(",") {
                break;
            }
        }
        return Some(Action::DropRoutine { kind: kind.to_owned(), names, if_exists, cascade: cascade(c) });
    }
    if let Some(kind) = c.take_any(&["trigger", "event trigger", "event"]) {
        c.take("if exists");
        let name = c.name()?.name;
        let table = if c.take("on") { Some(c.name()?) } else { None };
        cascade(c);
        return Some(Action::DropTrigger { name, table, event: kind != "trigger" });
    }
    if let Some(kind) = c.take_any(&["policy", "rule"]) {
        c.take("if exists");
        let name = c.ident()?;
        let table = if c.take("on") { Some(c.name()?) } else { None };
        cascade(c);
        return Some(Action::DropRule { kind: kind.to_owned(), name, table });
    }
    None
}

fn access(c: &mut Cursor<'_>) -> Option<Action> {
    c.take_any(&["user mapping"]).is_none().then_some(())?;
    c.take_any(&["user", "role", "group"])?;
    c.take("if exists");
    let mut names = Vec::new();
    loop {
        names.push(super::access::account(c)?);
        if !c.op(",") {
            break;
        }
    }
    Some(Action::DropUser { names })
}
