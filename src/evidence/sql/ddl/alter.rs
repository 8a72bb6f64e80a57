//! `ALTER TABLE`: the operations, one after the other.

use super::alter_mysql;
use super::alter_postgres;
use super::column::{column, definition};
use super::constraint::{Part, begins, part};
use super::index::online;
use crate::evidence::sql::cursor::Cursor;
use crate::evidence::sql::default::default;
use crate::evidence::sql::statement::{Action, AlterOp, AlterTable};
use crate::evidence::sql::types::type_name;

/// `ALTER TABLE` or `ALTER IGNORE TABLE`; the cursor stands behind it.
pub(super) fn table(c: &mut Cursor<'_>, ignore: bool) -> Option<Action> {
    if c.take("all in tablespace") {
        return None;
    }
    let if_exists = c.take("if exists");
    let only = c.is_postgres() && c.take("only");
    let name = c.name()?;
    c.op("*");
    let mut table = AlterTable { name, if_exists, only, ignore, operations: Vec::new(), algorithm: None, lock: None, wait: None };
    waits(c, &mut table);
    while !c.done() {
        operation(c, &mut table);
        if !c.op(",") {
            break;
        }
    }
    // MySQL's partition clauses stand behind the others, without a comma.
    while !c.done() && c.is_mysql() {
        let at = c.at;
        operation(c, &mut table);
        c.op(",");
        if c.at == at {
            break;
        }
    }
    // MySQL takes a statement without an operation, and does nothing.
    let does_nothing = c.is_mysql() && c.done();
    (!table.operations.is_empty() || does_nothing).then_some(Action::AlterTable(table))
}

/// MariaDB's `WAIT n` and `NOWAIT`.
fn waits(c: &mut Cursor<'_>, table: &mut AlterTable) {
    if !c.is_mysql() {
        return;
    }
    if c.take("wait") {
        table.wait = Some(format!("WAIT {}", c.peek(0)));
        c.step();
    } else if c.take("nowait") {
        table.wait = Some("NOWAIT".to_owned());
    }
}

/// One operation, up to its comma. What nobody here knows is an operation of that name.
fn operation(c: &mut Cursor<'_>, table: &mut AlterTable) {
    if online(c, &mut table.algorithm, &mut table.lock)
        || c.is_mysql() && c.take_any(&["with validation", "without validation"]).is_some()
    {
        return;
    }
    let from = c.at;
    let before = table.operations.len();
    let unsure = c.unsure;
    c.unsure = false;
    let understood = common(c, table)
        || c.is_postgres() && alter_postgres::operation(c, table)
        || c.is_mysql() && alter_mysql::operation(c, table);
    let ends = c.done() || c.is_op(",") || c.is_mysql() && understood;
    if understood && ends {
        c.unsure |= unsure;
        return;
    }
    while !c.done() && !c.is_op(",") {
        c.skip();
    }
    c.unsure = true;
    if understood && table.operations.len() > before {
        // What it does is known, and what else it says is not.
        return;
    }
    table.operations.truncate(before);
    if c.at > from {
        table.operations.push(AlterOp::Other { words: c.since(from).to_owned() });
    }
}

/// What all dialects write alike.
fn common(c: &mut Cursor<'_>, table: &mut AlterTable) -> bool {
    let from = c.at;
    let found = if c.take("add") {
        add(c, table)
    } else if c.take("drop") {
        drop(c, table)
    } else if c.take("alter") {
        c.take("column");
        alter_column(c, table)
    } else if c.take("rename") {
        rename(c, table)
    } else {
        None
    };
    if found.is_none() {
        c.at = from;
    }
    found.is_some()
}

fn add(c: &mut Cursor<'_>, table: &mut AlterTable) -> Option<()> {
    if c.is_mysql() && (c.is("partition") || c.is("period")) || c.are("system versioning") {
        return None;
    }
    if !c.is("column") && begins(c) {
        match part(c)? {
            Part::Constraint(constraint) => table.operations.push(AlterOp::AddConstraint(constraint)),
            Part::Index(index) => table.operations.push(AlterOp::AddIndex(index)),
        }
        return Some(());
    }
    c.take("column");
    let if_not_exists = c.take("if not exists");
    // MySQL's `ADD COLUMN (a int, b int)`.
    if let Some(mut inside) = c.group() {
        loop {
            if begins(&inside) {
                match part(&mut inside)? {
                    Part::Constraint(constraint) => table.operations.push(AlterOp::AddConstraint(constraint)),
                    Part::Index(index) => table.operations.push(AlterOp::AddIndex(index)),
                }
            } else {
                let column = Box::new(column(&mut inside)?);
                table.operations.push(AlterOp::AddColumn { column, if_not_exists });
            }
            if !inside.op(",") {
                c.unsure |= inside.unsure || !inside.done();
                return Some(());
            }
        }
    }
    let column = Box::new(column(c)?);
    table.operations.push(AlterOp::AddColumn { column, if_not_exists });
    Some(())
}

/// `CASCADE` or `RESTRICT` behind what is dropped.
pub(super) fn cascade(c: &mut Cursor<'_>) -> bool {
    let cascade = c.take("cascade");
    c.take("restrict");
    cascade
}

fn drop(c: &mut Cursor<'_>, table: &mut AlterTable) -> Option<()> {
    if c.take("constraint") || c.is_mysql() && c.take("check") {
        let if_exists = c.take("if exists");
        let name = c.ident()?;
        table.operations.push(AlterOp::DropConstraint { name, if_exists, cascade: cascade(c) });
        return Some(());
    }
    if c.is_mysql() {
        if c.take("primary key") {
            table.operations.push(AlterOp::DropPrimaryKey);
            return Some(());
        }
        if c.take("foreign key") {
            c.take("if exists");
            table.operations.push(AlterOp::DropForeignKey { name: c.ident()? });
            return Some(());
        }
        if (c.is("index") || c.is("key")) && !c.is_op_at(1, ",") {
            c.step();
            c.take("if exists");
            table.operations.push(AlterOp::DropIndex { name: c.ident()? });
            return Some(());
        }
        if c.is("partition") || c.is("system") || c.is("period") {
            return None;
        }
    }
    c.take("column");
    let if_exists = c.take("if exists");
    let column = c.ident()?;
    table.operations.push(AlterOp::DropColumn { column, if_exists, cascade: cascade(c) });
    Some(())
}

fn alter_column(c: &mut Cursor<'_>, table: &mut AlterTable) -> Option<()> {
    if ["index", "key", "constraint", "check"].iter().any(|word| c.is(word))
        && !c.is_at(1, "set")
        && !c.is_at(1, "drop")
        && !c.is_at(1, "type")
    {
        return None;
    }
    let column = c.ident()?;
    let op = if c.take("set default") {
        AlterOp::SetDefault { column, default: default(c) }
    } else if c.take("drop default") {
        AlterOp::DropDefault { column }
    } else if c.take("set not null") {
        AlterOp::SetNotNull { column }
    } else if c.take("drop not null") {
        AlterOp::DropNotNull { column }
    } else if c.take("set data type") || c.take("type") {
        let ty = type_name(c)?;
        let collation = if c.take("collate") { c.name().map(|name| name.to_string()) } else { None };
        let using = c.take("using").then(|| {
            let from = c.at;
            while !c.done() && !c.is_op(",") {
                c.skip();
            }
            c.since(from).to_owned()
        });
        AlterOp::AlterType { column, ty, using, collation }
    } else if c.take_any(&["set visible", "set invisible"]).is_some() {
        AlterOp::ColumnOption { column, what: format!("SET {}", c.before().to_ascii_uppercase()) }
    } else if c.is_postgres() {
        alter_postgres::column(c, column)?
    } else {
        return None;
    };
    table.operations.push(op);
    Some(())
}

fn rename(c: &mut Cursor<'_>, table: &mut AlterTable) -> Option<()> {
    let op = if c.take("constraint") {
        let from = c.ident()?;
        c.take("to").then_some(())?;
        AlterOp::RenameConstraint { from, to: c.ident()? }
    } else if c.is_mysql() && (c.is("index") || c.is("key")) && c.is_at(2, "to") {
        c.step();
        let from = c.ident()?;
        c.step();
        AlterOp::RenameIndex { from, to: c.ident()? }
    } else if c.take("to") || c.is_mysql() && (c.take("as") || c.op("=")) {
        AlterOp::RenameTable { to: c.name()? }
    } else {
        c.take("column");
        c.take("if exists");
        let from = c.name()?;
        if c.take("to") {
            AlterOp::RenameColumn { from: from.name, to: c.ident()? }
        } else if c.is_mysql() && (c.done() || c.is_op(",")) {
            AlterOp::RenameTable { to: from }
        } else {
            return None;
        }
    };
    table.operations.push(op);
    Some(())
}

/// MySQL's `MODIFY` and `CHANGE`.
pub(super) fn redefine(c: &mut Cursor<'_>, table: &mut AlterTable) -> Option<()> {
    let change = c.take("change");
    if !change && !c.take("modify") {
        return None;
    }
    c.take("column");
    c.take("if exists");
    let first = c.ident()?;
    let (old, name) = if change { (Some(first), c.ident()?) } else { (None, first) };
    let column = Box::new(definition(c, name));
    table.operations.push(AlterOp::Redefine { old, column });
    Some(())
}
