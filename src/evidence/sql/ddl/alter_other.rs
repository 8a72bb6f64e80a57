//! `ALTER` of what is no table.

use super::create::sequence_options;
use crate::evidence::sql::cursor::Cursor;
use crate::evidence::sql::statement::Action;

/// The cursor stands behind `ALTER`.
pub(super) fn alter(c: &mut Cursor<'_>) -> Option<Action> {
    let start = c.at;
    type_or_domain(c)
        .or_else(|| back(c, start, index))
        .or_else(|| back(c, start, sequence))
        .or_else(|| back(c, start, view))
        .or_else(|| back(c, start, super::access::alter))
        .or_else(|| back(c, start, database))
        .or_else(|| back(c, start, others))
}

fn back<T>(c: &mut Cursor<'_>, start: usize, read: fn(&mut Cursor<'_>) -> Option<T>) -> Option<T> {
    c.at = start;
    read(c)
}

fn type_or_domain(c: &mut Cursor<'_>) -> Option<Action> {
    let domain = c.is("domain");
    if !c.take("type") && !c.take("domain") {
        return None;
    }
    let name = c.name()?;
    if !domain && c.take("add value") {
        let if_not_exists = c.take("if not exists");
        let value = c.string()?;
        let placed = c.take("before") || c.take("after");
        if placed {
            c.string()?;
        }
        return Some(Action::AddEnumValue { name, value, placed, if_not_exists });
    }
    if !domain && c.take("rename value") {
        let from = c.string()?;
        c.take("to").then_some(())?;
        return Some(Action::RenameEnumValue { name, from, to: c.string()? });
    }
    if c.take("owner to") {
        return Some(Action::OwnerTo { object: format!("TYPE {name}"), owner: c.ident()? });
    }
    let what = c.rest().to_owned();
    let not_valid = what.to_ascii_uppercase().ends_with("NOT VALID");
    Some(Action::AlterType { name, domain, what, not_valid })
}

fn index(c: &mut Cursor<'_>) -> Option<Action> {
    c.take("index").then_some(())?;
    if c.take("all in tablespace") {
        return None;
    }
    c.take("if exists");
    let name = c.name()?;
    if c.take("rename to") {
        return Some(Action::RenameIndex { from: name, to: c.name()? });
    }
    let from = c.at;
    if c.take("attach partition") {
        let attach = Some(c.name()?);
        return Some(Action::AlterIndex { name, attach, what: c.since(from).to_owned() });
    }
    Some(Action::AlterIndex { name, attach: None, what: c.rest().to_owned() })
}

fn sequence(c: &mut Cursor<'_>) -> Option<Action> {
    c.take("sequence").then_some(())?;
    c.take("if exists");
    let name = c.name()?;
    if c.take("owner to") {
        return Some(Action::OwnerTo { object: format!("SEQUENCE {name}"), owner: c.ident()? });
    }
    let from = c.at;
    if !(c.take("rename to") || c.take("set schema")) {
        sequence_options(c);
    }
    c.rest();
    Some(Action::AlterSequence { name, what: c.since(from).to_owned() })
}

fn view(c: &mut Cursor<'_>) -> Option<Action> {
    loop {
        if c.take("algorithm") || c.take("sql security") {
            c.op("=");
            c.step();
        } else if c.is("definer") {
            super::routine::definer(c);
        } else {
            break;
        }
    }
    let materialized = c.take("materialized");
    c.take("view").then_some(())?;
    c.take("if exists");
    let name = c.name()?;
    if c.take("owner to") {
        return Some(Action::OwnerTo { object: format!("VIEW {name}"), owner: c.ident()? });
    }
    Some(Action::AlterView { name, materialized, what: c.rest().to_owned() })
}

fn database(c: &mut Cursor<'_>) -> Option<Action> {
    let mysql = c.is_mysql();
    if !(c.take("database") || mysql && c.take("schema")) {
        return None;
    }
    let options = ["character", "default", "charset", "collate", "read", "encryption"];
    let name = if mysql && options.iter().any(|word| c.is(word)) { None } else { Some(c.ident()?) };
    if c.take("owner to") {
        return Some(Action::OwnerTo { object: format!("DATABASE {}", name.unwrap_or_default()), owner: c.ident()? });
    }
    let from = c.at;
    let (mut charset, mut collation) = (None, None);
    while !c.done() {
        if c.take("character set") || c.take("charset") {
            c.op("=");
            charset = c.ident();
        } else if c.take("collate") {
            c.op("=");
            collation = c.ident();
        } else {
            c.skip();
        }
    }
    Some(Action::AlterDatabase { name, what: c.since(from).to_owned(), charset, collation })
}

/// What can only get another owner, name or schema, or has to do with no table.
fn others(c: &mut Cursor<'_>) -> Option<Action> {
    let from = c.at;
    let kinds = [
        "schema",
        "function",
        "procedure",
        "aggregate",
        "routine",
        "extension",
        "collation",
        "conversion",
        "language",
        "large object",
        "operator class",
        "operator family",
        "operator",
        "text search configuration",
        "text search dictionary",
        "tablespace",
        "publication",
        "subscription",
        "server",
        "foreign data wrapper",
        "event trigger",
        "statistics",
    ];
    c.take_any(&kinds)?;
    while !c.done() && !c.are("owner to") {
        c.skip();
    }
    let object = c.since(from).to_owned();
    c.take("owner to").then_some(())?;
    Some(Action::OwnerTo { object, owner: c.ident()? })
}
