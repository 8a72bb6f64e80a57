//! `CREATE` of what is neither a table, an index nor a routine.

use crate::evidence::sql::cursor::Cursor;
use crate::evidence::sql::lex::Kind;
use crate::evidence::sql::statement::{Action, CreateTable, Query};
use crate::evidence::sql::tree;
use crate::evidence::sql::types::{arguments, type_name};

/// The cursor stands behind `CREATE` and `OR REPLACE`.
pub(super) fn create(c: &mut Cursor<'_>, or_replace: bool) -> Option<Action> {
    view(c, or_replace).or_else(|| kinds(c)).or_else(|| places(c)).or_else(|| super::access::create(c)).or_else(|| rules(c))
}

fn view(c: &mut Cursor<'_>, or_replace: bool) -> Option<Action> {
    let start = c.at;
    // MySQL says who it belongs to and how it is made, PostgreSQL that it is gone soon.
    loop {
        if c.take("algorithm") || c.take("sql security") {
            c.op("=");
            c.step();
        } else if c.is("definer") {
            super::routine::definer(c);
        } else if c.take_any(&["temporary", "temp", "recursive", "local", "global"]).is_none() {
            break;
        }
    }
    let materialized = c.take("materialized");
    if !c.take("view") {
        c.at = start;
        return None;
    }
    c.take("if not exists");
    let name = c.name()?;
    if c.is_op("(") {
        c.skip();
    }
    loop {
        if c.take("with") {
            c.skip();
        } else if c.take_any(&["using", "tablespace"]).is_some() {
            c.ident();
        } else {
            break;
        }
    }
    if !c.take("as") {
        return None;
    }
    let from = c.at;
    let mut to = c.tokens.len();
    let mut with_data = true;
    for (words, data) in [
        ("with no data", false),
        ("with data", true),
        ("with check option", true),
        ("with cascaded check option", true),
        ("with local check option", true),
        ("with read only", true),
    ] {
        let length = words.split(' ').count();
        if to > from + length && (Cursor { at: to - length, ..c.clone() }).are(words) {
            to -= length;
            with_data = data;
            break;
        }
    }
    let inside = Cursor { tokens: &c.tokens[from..to], at: 0, ..c.clone() };
    let (query, unsure) = tree::query(&inside);
    c.unsure |= unsure;
    c.at = c.tokens.len();
    let query: Option<Box<Query>> = Some(Box::new(query));
    Some(Action::CreateView { name, materialized, or_replace, with_data, query })
}

/// Types, domains, sequences.
fn kinds(c: &mut Cursor<'_>) -> Option<Action> {
    if c.take("type") {
        let name = c.name()?;
        let values = if c.take("as enum") { Some(arguments(c)) } else { None };
        if c.take("as range") || c.take("as") || c.is_op("(") {
            c.skip();
        }
        return Some(Action::CreateType { name, values });
    }
    if c.take("domain") {
        let name = c.name()?;
        c.take("as");
        let column = super::column::definition(c, name.name.clone());
        return Some(Action::CreateDomain { name, has_check: column.check.is_some(), not_null: column.nullable == Some(false) });
    }
    let start = c.at;
    c.take_any(&["temporary", "temp", "unlogged"]);
    if !c.take("sequence") {
        c.at = start;
        return None;
    }
    c.take("if not exists");
    let name = c.name()?;
    sequence_options(c);
    Some(Action::CreateSequence { name })
}

/// `START WITH 1 INCREMENT BY 1 ... OWNED BY t.c`.
pub(super) fn sequence_options(c: &mut Cursor<'_>) {
    const OPTIONS: &[&str] = &[
        "as",
        "increment by",
        "increment",
        "start with",
        "start",
        "restart with",
        "restart",
        "minvalue",
        "maxvalue",
        "no minvalue",
        "no maxvalue",
        "no cycle",
        "nominvalue",
        "nomaxvalue",
        "nocycle",
        "nocache",
        "cache",
        "cycle",
        "owned by",
        "engine",
    ];
    while let Some(option) = c.take_any(OPTIONS) {
        c.op("=");
        match option {
            "no minvalue" | "no maxvalue" | "no cycle" | "nominvalue" | "nomaxvalue" | "nocycle" | "nocache" | "cycle" => {}
            "owned by" => {
                c.name();
            }
            "as" => {
                type_name(c);
            }
            _ => {
                c.op("-");
                if c.kind(0) != Some(Kind::Word) || option == "engine" {
                    c.step();
                }
            }
        }
    }
}

/// Schemas, databases, extensions.
fn places(c: &mut Cursor<'_>) -> Option<Action> {
    if c.is_mysql() && c.is("schema") || c.is("database") {
        c.step();
        c.take("if not exists");
        let name = c.ident()?;
        // Owner, encoding, collation: nothing that a table feels.
        c.rest();
        return Some(Action::CreateDatabase { name });
    }
    if c.take("schema") {
        c.take("if not exists");
        let name = if c.is("authorization") { None } else { c.ident() };
        if c.take("authorization") {
            let role = c.ident()?;
            return Some(Action::CreateSchema { name: name.unwrap_or(role) });
        }
        return Some(Action::CreateSchema { name: name? });
    }
    if c.take("extension") {
        let if_not_exists = c.take("if not exists");
        let name = c.ident()?;
        c.take("with");
        let (mut schema, mut version) = (None, None);
        loop {
            if c.take("schema") {
                schema = c.ident();
            } else if c.take("version") {
                version = c.string().or_else(|| c.ident());
            } else if c.take("from") {
                c.step();
            } else if !c.take("cascade") {
                break;
            }
        }
        return Some(Action::CreateExtension { name, if_not_exists, schema, version });
    }
    None
}

/// Row security policies and rewrite rules.
fn rules(c: &mut Cursor<'_>) -> Option<Action> {
    let kind = c.take_any(&["policy", "rule"])?;
    let name = c.ident()?;
    if kind == "rule" {
        c.take("as on").then_some(())?;
        c.step();
        c.take("to").then_some(())?;
    } else if !c.take("on") {
        return None;
    }
    let table = Some(c.name()?);
    let body = if kind == "rule" { rule_body(c) } else { None };
    c.rest();
    Some(Action::CreateRule { kind: kind.to_owned(), name, table, body })
}

/// `WHERE .. DO ALSO DELETE ..`, `DO (..; ..)`.
fn rule_body(c: &mut Cursor<'_>) -> Option<String> {
    while !c.done() && !c.is("do") {
        c.skip();
    }
    c.take("do");
    c.take_any(&["also", "instead"]);
    if c.is("nothing") || c.done() {
        return None;
    }
    let group = if c.is_op("(") { c.group() } else { None };
    Some(group.map_or_else(|| c.rest(), |mut inside| inside.rest()).to_owned())
}

/// SQLite's `CREATE VIRTUAL TABLE x USING module(..)`.
pub(super) fn virtual_table(c: &mut Cursor<'_>) -> Option<Action> {
    let mut table = CreateTable { if_not_exists: c.take("if not exists"), ..CreateTable::default() };
    table.name = Some(c.name()?);
    c.take("using").then_some(())?;
    let module = c.ident()?;
    table.definition.options.push(("USING".to_owned(), module));
    if c.is_op("(") {
        c.skip();
    }
    Some(Action::CreateTable(Box::new(table)))
}
