//! Operations of `ALTER TABLE` that only MySQL and MariaDB have.

use super::alter::redefine;
use super::table::{option, partition_by};
use crate::evidence::sql::cursor::Cursor;
use crate::evidence::sql::statement::{AlterOp, AlterTable, TableDef};

pub(super) fn operation(c: &mut Cursor<'_>, table: &mut AlterTable) -> bool {
    let from = c.at;
    if redefine(c, table).is_some() {
        return true;
    }
    c.at = from;
    if let Some(op) = read(c) {
        table.operations.push(op);
        return true;
    }
    c.at = from;
    if let Some(op) = partition(c) {
        table.operations.push(op);
        return true;
    }
    c.at = from;
    table_option(c, table)
}

fn read(c: &mut Cursor<'_>) -> Option<AlterOp> {
    if c.take("convert to") {
        c.take_any(&["character set", "charset"])?;
        c.op("=");
        let charset = if c.take("default") { None } else { c.ident() };
        let collation = collate(c);
        return Some(AlterOp::ConvertCharset { charset, collation });
    }
    if c.is("default") || c.is("character") || c.is("charset") || c.is("collate") {
        c.take("default");
        let charset = if c.take_any(&["character set", "charset"]).is_some() {
            c.op("=");
            c.ident()
        } else {
            None
        };
        let collation = collate(c);
        return (charset.is_some() || collation.is_some()).then_some(AlterOp::DefaultCharset { charset, collation });
    }
    if c.take("engine") {
        c.op("=");
        return Some(AlterOp::Engine { engine: c.ident()? });
    }
    if c.take("force") {
        return Some(AlterOp::Force);
    }
    if let Some(words) = c.take_any(&["disable keys", "enable keys"]) {
        return Some(AlterOp::Keys { enable: words == "enable keys" });
    }
    if let Some(_index) = c.take_any(&["alter index", "alter key"]) {
        c.take("if exists");
        let name = c.ident()?;
        let visible = matches!(c.take_any(&["visible", "invisible", "not ignored", "ignored"])?, "visible" | "not ignored");
        return Some(AlterOp::IndexVisibility { name, visible });
    }
    if c.take_any(&["alter constraint", "alter check"]).is_some() {
        let name = c.ident()?;
        return Some(AlterOp::AlterConstraint { name, what: c.up_to_comma().to_ascii_uppercase() });
    }
    let start = c.at;
    if c.take("order by") {
        // The list of columns has commas of its own, and ends the statement.
        c.rest();
        return Some(AlterOp::Other { words: c.since(start).to_owned() });
    }
    if c.take_any(&["discard tablespace", "import tablespace", "add system versioning", "drop system versioning"]).is_some() {
        return Some(AlterOp::Other { words: c.since(start).to_owned() });
    }
    if c.take("tablespace") {
        c.op("=");
        return Some(AlterOp::SetTablespace { tablespace: c.ident()? });
    }
    None
}

fn collate(c: &mut Cursor<'_>) -> Option<String> {
    c.take("default");
    if !c.take("collate") {
        return None;
    }
    c.op("=");
    c.ident()
}

/// What is done to partitions.
fn partition(c: &mut Cursor<'_>) -> Option<AlterOp> {
    if c.take("partition by") {
        partition_by(c);
        return Some(AlterOp::Partition { verb: "PARTITION BY".to_owned(), names: Vec::new() });
    }
    if c.take("remove partitioning") {
        return Some(AlterOp::Partition { verb: "REMOVE".to_owned(), names: Vec::new() });
    }
    let verbs = [
        "add",
        "drop",
        "truncate",
        "reorganize",
        "coalesce",
        "exchange",
        "rebuild",
        "optimize",
        "analyze",
        "check",
        "repair",
        "discard",
        "import",
        "convert",
    ];
    let verb = c.take_any(&verbs)?;
    c.take("partition").then_some(())?;
    c.take_any(&["no_write_to_binlog", "local"]);
    c.take_any(&["if exists", "if not exists"]);
    let mut names = Vec::new();
    if let Some(mut inside) = c.group() {
        while !inside.done() {
            inside.take("partition");
            names.extend(inside.ident());
            inside.up_to_comma();
            inside.op(",");
        }
    } else if !c.take("partitions") && !c.done() {
        loop {
            names.extend(c.ident());
            if !c.op(",") {
                break;
            }
        }
    }
    // `INTO (..)`, `WITH TABLE x`, `TABLESPACE`, a number.
    while !c.done() && !c.is_op(",") {
        c.skip();
    }
    Some(AlterOp::Partition { verb: verb.to_ascii_uppercase(), names })
}

/// Options as in `CREATE TABLE`.
fn table_option(c: &mut Cursor<'_>, table: &mut AlterTable) -> bool {
    let mut found = TableDef::default();
    let from = c.at;
    if !option(c, &mut found) {
        c.at = from;
        return false;
    }
    if let Some(comment) = found.comment {
        table.operations.push(AlterOp::Option { name: "COMMENT".to_owned(), value: comment });
    }
    for (name, value) in found.options {
        table.operations.push(AlterOp::Option { name, value });
    }
    true
}
