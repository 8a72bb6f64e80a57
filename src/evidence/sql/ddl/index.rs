//! Indexes.

use crate::evidence::sql::cursor::Cursor;
use crate::evidence::sql::lex::Kind;
use crate::evidence::sql::statement::{Action, CreateIndex, DropIndex, IndexColumn};

/// `CREATE INDEX`; the cursor stands behind `CREATE`, `UNIQUE` and the like are still to come.
pub(super) fn create(c: &mut Cursor<'_>) -> Option<Action> {
    let mut index = CreateIndex::default();
    match c.take_any(&["unique", "fulltext", "spatial"]) {
        Some("unique") => index.unique = true,
        Some(method) => index.method = Some(method.to_owned()),
        None => {}
    }
    if !c.take("index") {
        return None;
    }
    index.concurrently = c.take("concurrently");
    index.if_not_exists = c.take("if not exists");
    if !c.is("on") {
        index.name = Some(c.name()?);
    }
    if c.take("using") {
        index.method = c.ident();
    }
    if !c.take("on") {
        return None;
    }
    index.only = c.is_postgres() && c.take("only");
    index.table = Some(c.name()?);
    if c.take("using") {
        index.method = c.ident();
    }
    index.columns = index_columns(c)?;
    index_options(c, &mut index);
    Some(Action::CreateIndex(index))
}

/// What stands in the parentheses.
pub(super) fn index_columns(c: &mut Cursor<'_>) -> Option<Vec<IndexColumn>> {
    let mut inside = c.group()?;
    let mut columns = Vec::new();
    while !inside.done() {
        columns.push(index_column(&mut inside));
        if !inside.op(",") {
            break;
        }
    }
    c.unsure |= inside.unsure || columns.is_empty();
    Some(columns)
}

fn index_column(c: &mut Cursor<'_>) -> IndexColumn {
    let from = c.at;
    let mut column = IndexColumn::default();
    let number = c.kind(2) == Some(Kind::Number) && c.is_op_at(1, "(") && c.is_op_at(3, ")");
    let call = c.is_op_at(1, "(") && !(number && c.is_mysql()) || c.is_op_at(1, ".");
    let plain = matches!(c.kind(0), Some(Kind::Word | Kind::Quoted | Kind::Template | Kind::Text)) && !call;
    if plain {
        column.column = c.ident();
        if number {
            column.prefix = c.peek(1).parse().ok();
            c.skip();
        }
    } else {
        expression(c);
    }
    // An expression does not need parentheses in SQLite.
    let mut expressive = false;
    while !c.done() && !c.is_op(",") {
        column.descending |= c.is("desc");
        expressive |= c.kind(0) == Some(Kind::Op) && !c.is_op("(") && !c.is_op(".") && !c.is_op("=");
        c.skip();
    }
    if expressive {
        column.column = None;
    }
    c.since(from).clone_into(&mut column.text);
    column
}

/// A call or an expression in parentheses.
fn expression(c: &mut Cursor<'_>) {
    if c.is_op("(") {
        c.skip();
        return;
    }
    while !c.done() && !c.is_op(",") && !c.is_op("(") {
        c.step();
    }
    if c.is_op("(") {
        c.skip();
    }
}

/// What may stand behind the columns.
pub(super) fn index_options(c: &mut Cursor<'_>, index: &mut CreateIndex) {
    loop {
        if c.take("include") {
            index.include = c.columns().unwrap_or_default();
        } else if c.take_any(&["nulls not distinct", "nulls distinct", "visible", "not ignored"]).is_some() {
        } else if c.take("with parser") {
            c.ident();
        } else if c.is("with") && c.is_op_at(1, "(") {
            c.step();
            c.skip();
        } else if c.take("tablespace") {
            c.ident();
        } else if c.take("where") {
            index.partial = true;
            while !c.done() {
                c.step();
            }
        } else if c.take_any(&["invisible", "ignored"]).is_some() {
            index.invisible = true;
        } else if c.take("using") {
            index.method = c.ident();
        } else if c
            .take_any(&["comment", "key_block_size", "engine_attribute", "secondary_engine_attribute", "clustering"])
            .is_some()
        {
            c.op("=");
            c.step();
        } else if !online(c, &mut index.algorithm, &mut index.lock) && !waits(c) {
            return;
        }
    }
}

/// MySQL's `ALGORITHM = x` and `LOCK = x`.
pub(super) fn online(c: &mut Cursor<'_>, algorithm: &mut Option<String>, lock: &mut Option<String>) -> bool {
    let Some(word) = (if c.is_mysql() { c.take_any(&["algorithm", "lock"]) } else { None }) else { return false };
    c.op("=");
    let value = Some(c.peek(0).to_ascii_uppercase());
    c.step();
    *(if word == "lock" { lock } else { algorithm }) = value;
    true
}

/// MariaDB's `WAIT n` and `NOWAIT`.
fn waits(c: &mut Cursor<'_>) -> bool {
    if c.is_mysql() && c.take("wait") {
        c.step();
        return true;
    }
    c.is_mysql() && c.take("nowait")
}

/// `DROP INDEX`; the cursor stands behind it.
pub(super) fn drop(c: &mut Cursor<'_>) -> Option<Action> {
    let mut index = DropIndex {
        names: Vec::new(),
        table: None,
        concurrently: c.take("concurrently"),
        if_exists: c.take("if exists"),
        cascade: false,
        algorithm: None,
        lock: None,
    };
    index.names = c.names()?;
    if c.take("on") {
        index.table = Some(c.name()?);
    }
    while online(c, &mut index.algorithm, &mut index.lock) || waits(c) {}
    index.cascade = c.take("cascade");
    c.take("restrict");
    Some(Action::DropIndex(index))
}
