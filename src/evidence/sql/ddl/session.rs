//! Transactions, variables, and commands that touch no table.

use crate::evidence::sql::cursor::{Cursor, unquote};
use crate::evidence::sql::lex::Kind;
use crate::evidence::sql::statement::{Action, SetScope, SetVariable};
use crate::facts::SqlDialect;

/// `BEGIN`, `COMMIT`, `ROLLBACK`, `SAVEPOINT` and their other spellings.
pub(super) fn transaction(c: &mut Cursor<'_>) -> Option<Action> {
    const MODES: &[&str] = &[
        "isolation level read committed",
        "isolation level read uncommitted",
        "isolation level repeatable read",
        "isolation level serializable",
        "read only",
        "read write",
        "deferrable",
        "not deferrable",
        "with consistent snapshot",
        "with consistent rocksdb snapshot",
        "deferred",
        "immediate",
        "exclusive",
        "work",
        "transaction",
        "tran",
    ];
    if c.are("begin not atomic") || c.are("release lock") {
        return None;
    }
    let action = if c.take("begin") || c.take("start transaction") {
        Action::Begin
    } else if c.take("commit") || c.is("end") && !c.is_mysql() && c.take("end") {
        if c.take("prepared") {
            c.step();
        }
        Action::Commit
    } else if c.take("rollback") || c.take("abort") {
        c.take_any(&["work", "transaction"]);
        if c.take("prepared") {
            c.step();
        }
        let to_savepoint = c.take("to");
        if to_savepoint {
            c.take("savepoint");
            c.ident()?;
        }
        Action::Rollback { to_savepoint }
    } else if c.take("savepoint") || c.take("release savepoint") || c.take("release") {
        c.ident()?;
        Action::Savepoint
    } else {
        return None;
    };
    while c.take_any(MODES).is_some() || c.op(",") {}
    c.take_any(&["and no chain", "and chain"]);
    c.take_any(&["no release", "release"]);
    Some(action)
}

/// `SET`, `RESET` and `PRAGMA`; several for MySQL's list.
pub(super) fn set(c: &mut Cursor<'_>) -> Option<Vec<Action>> {
    if c.take("reset") {
        if c.is_mysql() && ["master", "slave", "replica", "binary", "query", "persist"].iter().any(|word| c.is(word)) {
            return None;
        }
        if let Some(words) = c.take_any(&["session authorization", "time zone", "transaction isolation level"]) {
            let name = if words == "time zone" { "timezone" } else { words };
            return Some(vec![Action::Set(SetVariable { name: name.to_owned(), value: None, scope: SetScope::Session })]);
        }
        let name = c.name()?.to_string();
        return Some(vec![Action::Set(SetVariable { name, value: None, scope: SetScope::Session })]);
    }
    if c.take("pragma") {
        let name = c.name()?.name;
        let value = if c.op("=") { Some(trim(c.rest(), c)) } else { c.group().map(|mut inside| trim(inside.rest(), &inside)) };
        return Some(vec![Action::Set(SetVariable { name, value, scope: SetScope::Session })]);
    }
    c.take("set").then_some(())?;
    if let Some(action) = fixed(c) {
        return Some(vec![action]);
    }
    if c.is_postgres() { postgres(c).map(|action| vec![action]) } else { variables(c) }
}

/// Forms of `SET` with words instead of a name and a value.
fn fixed(c: &mut Cursor<'_>) -> Option<Action> {
    let start = c.at;
    if !c.are("session authorization") {
        c.take_any(&["session", "local", "global"]);
    }
    let names = [
        "transaction",
        "characteristics as transaction",
        "constraints",
        "names",
        "character set",
        "charset",
        "session authorization",
        "role",
        "catalog",
        "default role",
        "time zone",
        "xml option",
        "password",
        "schema",
        "resource group",
    ];
    let Some(name) = c.take_any(&names) else {
        c.at = start;
        return None;
    };
    if c.is_op("=") && name != "password" {
        // A variable of such a name.
        c.at = start;
        return None;
    }
    let value = c.rest();
    // A password must not be shown.
    let value = (name != "password" && !value.is_empty()).then(|| trim(value, c));
    let name = if name == "time zone" { "timezone" } else { name };
    let scope = if name == "transaction" { SetScope::Local } else { SetScope::Session };
    Some(Action::Set(SetVariable { name: name.to_owned(), value, scope }))
}

fn trim(text: &str, c: &Cursor<'_>) -> String {
    if text.starts_with(['\'', '"']) && text.ends_with(['\'', '"']) && !text.contains(',') {
        unquote(text, c.is_mysql())
    } else {
        text.to_owned()
    }
}

fn postgres(c: &mut Cursor<'_>) -> Option<Action> {
    let name_follows = c.kind(1).is_some_and(|kind| kind != Kind::Op) && !c.is_at(1, "to") && !c.is_at(1, "from");
    let scope = match if name_follows { c.take_any(&["local", "session"]) } else { None } {
        Some("local") => SetScope::Local,
        _ => SetScope::Session,
    };
    let name = c.name()?.to_string().to_ascii_lowercase();
    if c.take("from current") {
        return Some(Action::Set(SetVariable { name, value: None, scope }));
    }
    if !c.op("=") && !c.take("to") {
        return None;
    }
    let value = if c.is("default") { None } else { Some(trim(c.between(c.at, c.tokens.len()), c)) };
    c.rest();
    Some(Action::Set(SetVariable { name, value, scope }))
}

/// `SET @a = 1, GLOBAL b = 2, @@session.c = 3`.
pub(super) fn variables(c: &mut Cursor<'_>) -> Option<Vec<Action>> {
    let mut actions = Vec::new();
    loop {
        let mut scope = match c.take_any(&["global", "persist", "persist_only", "session", "local"]) {
            Some("session" | "local") | None => SetScope::Session,
            Some(_) => SetScope::Global,
        };
        let mut name = if c.kind(0) == Some(Kind::Param) {
            let name = c.peek(0).to_ascii_lowercase();
            c.step();
            name
        } else {
            c.name()?.to_string().to_ascii_lowercase()
        };
        if let Some(system) = name.strip_prefix("@@") {
            let (prefix, plain) = system.split_once('.').unwrap_or(("session", system));
            if matches!(prefix, "global" | "persist" | "persist_only") {
                scope = SetScope::Global;
            }
            name = String::from(plain);
        }
        if !c.op("=") && !c.op(":=") && !c.take("to") {
            return None;
        }
        let value = c.up_to_comma();
        let literal = !value.contains('(') && !value.contains('@') && !value.eq_ignore_ascii_case("default");
        let value = literal.then(|| trim(value, c));
        actions.push(Action::Set(SetVariable { name, value, scope }));
        if !c.op(",") {
            return Some(actions);
        }
    }
}

/// Commands of one statement that are known by their first word.
pub(super) fn command(c: &mut Cursor<'_>) -> Option<Action> {
    if c.take("use") {
        return Some(Action::Use { database: c.ident()? });
    }
    if c.is("comment") && c.is_at(1, "on") || c.are("security label") {
        c.at += 2;
        let from = c.at;
        while !c.done() && !c.is("is") {
            c.skip();
        }
        let object = c.since(from).to_owned();
        c.rest();
        return Some(Action::Comment { object });
    }
    if c.take("do") {
        return block(c);
    }
    if c.take("call") {
        let name = c.name();
        c.rest();
        return Some(Action::Call { name });
    }
    if c.take_any(&["execute immediate", "execute", "prepare", "deallocate prepare", "deallocate"]).is_some() {
        let verb = c.tokens.first().map(|token| c.text[token.start..token.end].to_ascii_uppercase()).unwrap_or_default();
        c.rest();
        return Some(if verb == "DEALLOCATE" { Action::Harmless { what: verb } } else { Action::Dynamic { verb } });
    }
    if c.take("copy") {
        return copy(c);
    }
    if c.take("load data") || c.take("load xml") {
        return load(c);
    }
    harmless(c)
}

/// `DO $$ .. $$` of PostgreSQL; MySQL's `DO` evaluates an expression.
fn block(c: &mut Cursor<'_>) -> Option<Action> {
    if c.is_mysql() {
        let body = c.rest().to_owned();
        return Some(Action::Block { language: None, body });
    }
    let mut language = None;
    let mut body = None;
    while !c.done() {
        if c.take("language") {
            language = c.string().or_else(|| c.ident());
        } else if c.kind(0) == Some(Kind::Text) {
            body = c.string();
        } else {
            return None;
        }
    }
    Some(Action::Block { language, body: body? })
}

fn copy(c: &mut Cursor<'_>) -> Option<Action> {
    let table = if c.is_op("(") {
        c.skip();
        None
    } else {
        c.take("binary");
        let name = c.name()?;
        if c.is_op("(") {
            c.skip();
        }
        Some(name)
    };
    let into = c.take("from");
    if !into && !c.take("to") {
        return None;
    }
    let from_program = c.is("program");
    c.rest();
    Some(Action::Copy { table, into, from_program, rows: None })
}

fn load(c: &mut Cursor<'_>) -> Option<Action> {
    while !c.done() && !c.are("into table") {
        c.step();
    }
    c.take("into table").then_some(())?;
    let table = Some(c.name()?);
    c.rest();
    Some(Action::Copy { table, into: true, from_program: false, rows: None })
}

fn harmless(c: &mut Cursor<'_>) -> Option<Action> {
    const WORDS: &[&str] = &[
        "show",
        "listen",
        "notify",
        "unlisten",
        "discard",
        "checkpoint",
        "describe",
        "desc",
        "help",
        "fetch",
        "close",
        "declare",
        "move",
        "signal",
        "get diagnostics",
    ];
    let word = c.take_any(WORDS)?;
    if word == "close" && c.done() {
        return None;
    }
    // A cursor's query is read like any other, and holds no rows.
    let sqlite = c.dialect == SqlDialect::Sqlite;
    c.rest();
    (!sqlite).then(|| Action::Harmless { what: word.to_ascii_uppercase() })
}
