//! Functions, procedures, triggers and events.

use crate::evidence::sql::cursor::Cursor;
use crate::evidence::sql::lex::Kind;
use crate::evidence::sql::statement::Action;

/// The cursor stands behind `CREATE` and `OR REPLACE`.
pub(super) fn create(c: &mut Cursor<'_>, or_replace: bool) -> Option<Action> {
    if c.is("definer") {
        definer(c);
    }
    c.take_any(&["constraint", "temporary", "temp"]);
    if let Some(kind) = c.take_any(&["trigger", "event trigger", "event"]) {
        return trigger(c, kind);
    }
    let kind = c.take_any(&["aggregate function", "function", "procedure", "aggregate", "package body", "package"])?;
    c.take("if not exists");
    let name = c.name()?;
    let start = c.at;
    let header = header_end(c);
    let says = |words: &str| {
        let mut at = Cursor { at: start, ..c.clone() };
        while at.at < header {
            if at.are(words) {
                return true;
            }
            at.step();
        }
        false
    };
    // MySQL's routines run with the rights of who made them unless they say otherwise.
    let security_definer = says("security definer") || c.is_mysql() && !says("sql security invoker");
    let sets_search_path = says("set search_path");
    let language = language(&Cursor { at: start, ..c.clone() }, header);
    let body = body(c, start);
    c.rest();
    Some(Action::CreateRoutine { kind: kind.to_owned(), name, or_replace, security_definer, sets_search_path, language, body })
}

/// `DEFINER = user`.
pub(super) fn definer(c: &mut Cursor<'_>) {
    c.step();
    c.op("=");
    super::access::account(c);
}

/// Where the words about the routine end and its own code begins, as far as it is no string.
fn header_end(c: &Cursor<'_>) -> usize {
    let mut at = c.clone();
    while !at.done() {
        if at.is("begin") || at.is("return") {
            return at.at;
        }
        at.skip();
    }
    c.tokens.len()
}

fn language(c: &Cursor<'_>, end: usize) -> Option<String> {
    let mut at = c.clone();
    while at.at < end {
        if at.take("language") {
            return at.string().or_else(|| at.ident()).map(|name| name.to_lowercase());
        }
        at.skip();
    }
    None
}

/// The code: the string behind `AS` in PostgreSQL, or from `BEGIN` or the first statement on.
fn body(c: &Cursor<'_>, start: usize) -> Option<String> {
    let mut at = Cursor { at: start, ..c.clone() };
    while !at.done() {
        if at.take("as") && at.kind(0) == Some(Kind::Text) {
            return at.string();
        }
        if at.is("begin") || c.is_postgres() && at.is("return") {
            return Some(at.rest().to_owned());
        }
        at.skip();
    }
    None
}

fn trigger(c: &mut Cursor<'_>, kind: &'static str) -> Option<Action> {
    c.take("if not exists");
    let name = c.name()?.name;
    if kind != "trigger" {
        // `ON SCHEDULE EVERY 1 DAY .. DO DELETE ..`.
        while !c.done() && !c.is("do") {
            c.skip();
        }
        let body = (c.take("do") && !c.done()).then(|| c.rest().to_owned());
        return Some(Action::CreateTrigger { name, table: None, event: true, body });
    }
    // `BEFORE UPDATE OF a, b ON t`.
    while !c.done() && !c.is("on") {
        c.skip();
    }
    c.take("on").then_some(())?;
    let table = Some(c.name()?);
    c.rest();
    Some(Action::CreateTrigger { name, table, event: false, body: None })
}
