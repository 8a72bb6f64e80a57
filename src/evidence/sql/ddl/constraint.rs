//! Constraints, of tables and of columns.

use super::column::conflict;
use super::index::{index_columns, index_options};
use crate::evidence::sql::cursor::Cursor;
use crate::evidence::sql::lex::Kind;
use crate::evidence::sql::statement::{AddConstraint, ConstraintKind, CreateIndex, ForeignKey, Name};

/// What stands in a definition beside columns.
pub(super) enum Part {
    Constraint(AddConstraint),
    Index(CreateIndex),
}

/// Whether a constraint or an index begins here, and no column of such a name.
pub(super) fn begins(c: &Cursor<'_>) -> bool {
    let key = |at: usize| c.is_at(at, "key") || c.is_at(at, "index");
    let mysql = c.is_mysql();
    if c.is("constraint") {
        // `constraint varchar(20)` is a column in no dialect: the word is reserved.
        return true;
    }
    c.are("primary key")
        || c.are("foreign key")
        || c.is("unique") && (c.is_op_at(1, "(") || key(1) || mysql || c.is_at(1, "using") || c.is_at(1, "nulls"))
        || c.is("check") && c.is_op_at(1, "(")
        || c.is("exclude") && (c.is_at(1, "using") || c.is_op_at(1, "("))
        || c.is_postgres() && c.are("not null")
        || mysql && key(0) && !is_type(c, 1)
        || mysql && (c.is("fulltext") || c.is("spatial")) && (key(1) || c.is_op_at(1, "(") || c.is_op_at(2, "("))
}

/// Whether a word that is certainly a type stands there, so that what is before it is the name of a column.
fn is_type(c: &Cursor<'_>, at: usize) -> bool {
    ["varchar", "int", "integer", "bigint", "text", "char", "tinyint"].iter().any(|ty| c.is_at(at, ty))
}

/// The constraint or index that begins here.
pub(super) fn part(c: &mut Cursor<'_>) -> Option<Part> {
    let mut name = None;
    if c.take("constraint") {
        c.take("if not exists");
        let kinds = ["primary", "unique", "foreign", "check", "exclude", "not"];
        if !kinds.iter().any(|kind| c.is(kind)) || c.is_op_at(1, ".") {
            name = c.name().map(|name| name.name);
        }
    }
    if c.is_mysql()
        && let Some(index) = mysql_index(c, name.as_deref())
    {
        return Some(Part::Index(index));
    }
    let kind = kind(c, &mut name)?;
    let mut constraint = AddConstraint { name, kind, not_valid: false, deferrable: false };
    attributes(c, &mut constraint);
    Some(Part::Constraint(constraint))
}

fn kind(c: &mut Cursor<'_>, name: &mut Option<String>) -> Option<ConstraintKind> {
    if c.take("primary key") {
        let (columns, using_index) = key(c, name);
        return Some(ConstraintKind::PrimaryKey { columns, using_index });
    }
    if c.take("unique") {
        c.take_any(&["nulls not distinct", "nulls distinct"]);
        let (columns, using_index) = key(c, name);
        return Some(ConstraintKind::Unique { columns, using_index });
    }
    if c.take("foreign key") {
        c.take("if not exists");
        if !c.is_op("(") {
            let index = c.ident();
            name.get_or_insert(index?);
        }
        let columns = c.columns()?;
        if !c.take("references") {
            return None;
        }
        return Some(ConstraintKind::ForeignKey { columns, to: foreign_key(c)? });
    }
    if c.is("check") {
        return Some(ConstraintKind::Check { expression: check(c)? });
    }
    if c.take("exclude") {
        if c.take("using") {
            c.ident();
        }
        c.group()?;
        return Some(ConstraintKind::Exclude);
    }
    if c.take("not null") {
        return Some(ConstraintKind::NotNull { column: c.ident()? });
    }
    None
}

/// The columns of a key, or the index that becomes it.
fn key(c: &mut Cursor<'_>, name: &mut Option<String>) -> (Vec<String>, Option<String>) {
    if c.take("using index") {
        return (Vec::new(), c.ident());
    }
    if !c.is_op("(") && !c.is("using") {
        // MySQL takes a name here, and does not use it for a primary key.
        let other = c.ident();
        if name.is_none() {
            *name = other;
        }
    }
    if c.take("using") {
        c.ident();
    }
    let columns = c.columns().unwrap_or_default();
    c.unsure |= columns.is_empty();
    (columns, None)
}

/// `KEY`, `INDEX`, `UNIQUE`, `FULLTEXT`, `SPATIAL` of MySQL. A constraint `UNIQUE` is an index there.
fn mysql_index(c: &mut Cursor<'_>, constraint: Option<&str>) -> Option<CreateIndex> {
    let mut index = CreateIndex::default();
    match c.take_any(&["unique", "fulltext", "spatial"]) {
        Some("unique") => index.unique = true,
        Some(method) => index.method = Some(method.to_owned()),
        None if c.is("key") || c.is("index") => {}
        None => return None,
    }
    c.take_any(&["key", "index"]);
    index.if_not_exists = c.take("if not exists");
    let named = !c.is("using") || c.is_op_at(1, "(");
    if named && !c.is_op("(") {
        index.name = c.ident().map(|name| Name::plain(&name));
    }
    if index.name.is_none() {
        index.name = constraint.map(Name::plain);
    }
    if c.take("using") {
        index.method = c.ident();
    }
    index.columns = index_columns(c)?;
    index_options(c, &mut index);
    Some(index)
}

/// `CHECK (..)`: its text without the parentheses.
pub(super) fn check(c: &mut Cursor<'_>) -> Option<String> {
    c.take("check");
    let mut inside = c.group()?;
    let text = inside.rest().to_owned();
    c.take("no inherit");
    c.take_any(&["not enforced", "enforced"]);
    Some(text)
}

/// What follows `REFERENCES`.
pub(super) fn foreign_key(c: &mut Cursor<'_>) -> Option<ForeignKey> {
    let table = c.name()?;
    let columns = c.columns().unwrap_or_default();
    let mut key = ForeignKey { table, columns, on_delete: None, on_update: None };
    loop {
        if c.take("match") {
            c.step();
        } else if c.take("on delete") {
            key.on_delete = action(c);
        } else if c.take("on update") {
            key.on_update = action(c);
        } else {
            return Some(key);
        }
    }
}

fn action(c: &mut Cursor<'_>) -> Option<String> {
    let action = c.take_any(&["cascade", "set null", "set default", "restrict", "no action"])?;
    if c.is_op("(") {
        c.skip();
    }
    Some(action.to_ascii_uppercase())
}

/// `[NOT] DEFERRABLE`, `INITIALLY ..`; `Some(true)` where the constraint may be checked late.
pub(super) fn deferrable(c: &mut Cursor<'_>) -> Option<bool> {
    let mut found = None;
    loop {
        match c.take_any(&["not deferrable", "deferrable", "initially deferred", "initially immediate"]) {
            Some("deferrable" | "initially deferred") => found = Some(true),
            Some(_) => found = found.or(Some(false)),
            None => return found,
        }
    }
}

/// What may stand behind a constraint.
fn attributes(c: &mut Cursor<'_>, constraint: &mut AddConstraint) {
    loop {
        if let Some(late) = deferrable(c) {
            constraint.deferrable |= late;
        } else if c.take("not valid") {
            constraint.not_valid = true;
        } else if c.take_any(&["no inherit", "not enforced", "enforced", "visible", "invisible"]).is_some() {
        } else if c.take("include")
            || c.is("with") && c.is_op_at(1, "(") && c.take("with")
            || c.is("where") && c.is_op_at(1, "(") && c.take("where")
        {
            c.skip();
        } else if c.take("using index tablespace") || c.take("using") || c.take("comment") || c.take("key_block_size") {
            c.op("=");
            c.step();
        } else if c.is("on") && c.is_at(1, "conflict") {
            conflict(c);
        } else {
            break;
        }
        if c.kind(0) == Some(Kind::Op) {
            break;
        }
    }
}
