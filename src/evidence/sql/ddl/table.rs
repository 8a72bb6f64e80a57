//! `CREATE TABLE`.

use super::column::column;
use super::constraint::{Part, begins, part};
use crate::evidence::sql::cursor::Cursor;
use crate::evidence::sql::lex::Kind;
use crate::evidence::sql::statement::{Action, CreateTable, Query, TableDef};
use crate::evidence::sql::tree;

/// `CREATE TABLE`; the cursor stands behind the word `TABLE`, and what stood before it is in `table`.
pub(super) fn create(c: &mut Cursor<'_>, mut table: CreateTable) -> Option<Action> {
    table.if_not_exists = c.take("if not exists");
    table.name = Some(c.name()?);
    if c.take("of") {
        // A table of a composite type.
        c.name()?;
    }
    if c.take("partition of") {
        table.partition_of = Some(c.name()?);
    }
    if c.take("like") {
        table.like = Some(c.name()?);
    }
    // PostgreSQL's `CREATE TABLE x (a, b) AS SELECT` has names only.
    if c.is_op("(") && !is_query(c) {
        let mut inside = c.group()?;
        if table.like.is_none() && inside.is("like") && inside.tokens.len() <= 5 && !c.is_postgres() {
            inside.step();
            table.like = inside.name();
        } else {
            definition(&mut inside, &mut table);
            c.unsure |= inside.unsure || !inside.done();
        }
    }
    options(c, &mut table);
    query(c, &mut table);
    Some(Action::CreateTable(Box::new(table)))
}

/// Whether what stands in the parentheses is the query that fills the table.
fn is_query(c: &Cursor<'_>) -> bool {
    let mut at = 0;
    while c.is_op_at(at, "(") {
        at += 1;
    }
    // `WITH SYSTEM VERSIONING` and `WITH (fillfactor = 70)` are options.
    let common = c.is_at(at, "with") && (c.is_at(at + 1, "recursive") || c.is_at(at + 2, "as") || c.is_op_at(at + 2, "("));
    c.is_at(at, "select") || common
}

/// Columns, constraints and indexes.
fn definition(c: &mut Cursor<'_>, table: &mut CreateTable) {
    while !c.done() {
        if c.is("like") && !c.is_op_at(1, ",") && c.is_postgres() {
            c.step();
            table.like = c.name();
            while c.take_any(&["including", "excluding"]).is_some() {
                c.step();
            }
        } else if c.take("period for") {
            c.step();
            c.skip();
        } else if begins(c) {
            match part(c) {
                Some(Part::Constraint(constraint)) => table.definition.constraints.push(constraint),
                Some(Part::Index(index)) => table.definition.indexes.push(index),
                None => c.unsure = true,
            }
        } else {
            match column(c) {
                Some(column) => table.definition.columns.push(column),
                None => c.unsure = true,
            }
        }
        while !c.done() && !c.is_op(",") {
            c.unsure = true;
            c.skip();
        }
        if !c.op(",") || c.done() {
            return;
        }
    }
}

/// What stands behind the parentheses.
fn options(c: &mut Cursor<'_>, table: &mut CreateTable) {
    while !c.done() {
        if c.is("as") || c.is("select") || c.is("values") || c.is("with") && !c.is_op_at(1, "(") && c.is_postgres() || is_query(c)
        {
            return;
        }
        if c.take("inherits") {
            if let Some(mut inside) = c.group() {
                table.inherits = inside.names().unwrap_or_default();
            }
        } else if c.take("partition by") {
            let from = c.at;
            partition_by(c);
            table.partition_by = Some(c.since(from).to_owned());
        } else if c.is("for") && c.is_at(1, "values") {
            bounds(c);
        } else if table.partition_of.is_some() && c.take("default") {
        } else if !option(c, &mut table.definition) {
            return;
        }
    }
}

/// How a table is divided, with its partitions where they stand there.
pub(super) fn partition_by(c: &mut Cursor<'_>) {
    while !c.done() && !c.is_op(",") {
        if c.is("as") || c.is("select") || c.is("values") || c.is("with") || c.is("using") || c.is("tablespace") {
            return;
        }
        c.skip();
    }
}

/// `FOR VALUES FROM (..) TO (..)`, `IN (..)`, `WITH (..)`.
pub(super) fn bounds(c: &mut Cursor<'_>) {
    c.take("for values");
    while c.take_any(&["from", "to", "in", "with"]).is_some() {
        c.skip();
    }
}

/// One option of a table; false where nobody here knows it.
pub(super) fn option(c: &mut Cursor<'_>, table: &mut TableDef) -> bool {
    c.op(",");
    c.take("default");
    if c.take("engine") {
        c.op("=");
        table.engine = c.ident();
    } else if c.take("character set") || c.take("charset") {
        c.op("=");
        table.charset = c.ident();
    } else if c.take("collate") {
        c.op("=");
        table.collation = c.name().map(|name| name.to_string());
    } else if c.take("comment") {
        c.op("=");
        table.comment = c.string();
    } else if let Some(name) =
        c.take_any(&["without rowid", "strict", "without oids", "with system versioning", "on commit drop"])
    {
        table.options.push((name.to_ascii_uppercase(), String::new()));
    } else if c.take("on commit") {
        let from = c.at;
        c.take_any(&["preserve rows", "delete rows", "drop"]);
        table.options.push(("ON COMMIT".to_owned(), c.since(from).to_ascii_uppercase()));
    } else if let Some(name) = c.take_any(&["using", "tablespace", "server"]) {
        let name = name.to_ascii_uppercase();
        let value = c.ident().unwrap_or_default();
        table.options.push((name, value));
    } else if (c.is("with") || c.is("options") || c.is("union")) && (c.is_op_at(1, "(") || c.is_op_at(1, "=")) {
        let name = c.peek(0).to_ascii_uppercase();
        c.step();
        c.op("=");
        let from = c.at;
        c.skip();
        table.options.push((name, c.since(from).to_owned()));
    } else if matches!(c.kind(0), Some(Kind::Word | Kind::Quoted)) && c.is_mysql() {
        return named(c, table);
    } else {
        return false;
    }
    true
}

/// MySQL's options: one or two words, an equals sign that may be left out, and a value.
fn named(c: &mut Cursor<'_>, table: &mut TableDef) -> bool {
    const OPTIONS: &[&str] = &[
        "auto_increment",
        "autoextend_size",
        "avg_row_length",
        "checksum",
        "table_checksum",
        "compression",
        "connection",
        "data directory",
        "index directory",
        "delay_key_write",
        "encryption",
        "encrypted",
        "encryption_key_id",
        "engine_attribute",
        "ietf_quotes",
        "insert_method",
        "key_block_size",
        "max_rows",
        "min_rows",
        "pack_keys",
        "page_checksum",
        "page_compressed",
        "page_compression_level",
        "password",
        "row_format",
        "secondary_engine",
        "secondary_engine_attribute",
        "sequence",
        "start transaction",
        "stats_auto_recalc",
        "stats_persistent",
        "stats_sample_pages",
        "storage",
        "transactional",
        "type",
    ];
    let Some(name) = c.take_any(OPTIONS) else {
        // `name = value` of an engine that nobody here knows.
        if !c.is_op_at(1, "=") {
            return false;
        }
        let name = c.peek(0).to_ascii_uppercase();
        c.step();
        c.step();
        let value = c.string().unwrap_or_else(|| c.ident().unwrap_or_default());
        table.options.push((name, value));
        return true;
    };
    c.op("=");
    let value = if name == "start transaction" { String::new() } else { value(c) };
    if name == "type" {
        table.engine = Some(value.to_lowercase());
    }
    table.options.push((name.to_ascii_uppercase(), value));
    true
}

pub(super) fn value(c: &mut Cursor<'_>) -> String {
    if let Some(text) = c.string() {
        return text;
    }
    let text = c.peek(0).to_owned();
    c.step();
    text
}

/// `AS SELECT ..`, with or without the `AS`.
fn query(c: &mut Cursor<'_>, table: &mut CreateTable) {
    if c.is_mysql() && c.take_any(&["ignore", "replace"]).is_some() {
        // What happens to rows that are there twice.
    }
    let stated = c.take("as");
    if !stated && !c.is("values") && !is_query(c) {
        return;
    }
    if c.is("execute") {
        // What the prepared statement reads is not known here.
        let text = c.rest().to_owned();
        table.as_query = Some(Box::new(Query { text, ..Query::default() }));
        c.unsure = true;
        return;
    }
    let from = c.at;
    let mut to = c.tokens.len();
    for words in ["with no data", "with data"] {
        let length = words.split(' ').count();
        let tail = Cursor { at: to.saturating_sub(length), ..c.clone() };
        if tail.are(words) {
            table.definition.options.push((words.to_ascii_uppercase(), String::new()));
            to -= length;
            break;
        }
    }
    let inside = Cursor { tokens: &c.tokens[from..to], at: 0, ..c.clone() };
    let (query, unsure) = tree::query(&inside);
    table.as_query = Some(Box::new(query));
    c.unsure |= unsure;
    c.at = c.tokens.len();
}
