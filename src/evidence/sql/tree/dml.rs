//! `INSERT`, `UPDATE`, `DELETE`, `MERGE`, and the queries that stand alone.

use super::clauses::{Clause, Range, clauses, find, within};
use super::condition::predicate;
use super::from::Source;
use super::merge::{merge, overwrites};
use super::parse::{accepts, expression};
use super::query::{self, Reader};
use super::second::second;
use crate::evidence::sql::cursor::{Cursor, unquote_name};
use crate::evidence::sql::lex::Kind;
use crate::evidence::sql::split::Piece;
use crate::evidence::sql::statement::{
    Action, CreateTable, Delete, Dml, Insert, InsertSource, Name, Predicate, Query, SetScope, SetVariable, Understood, Update,
    Value,
};

/// What the statement does, if it reads or changes rows; with how well it was understood.
pub(in crate::evidence::sql) fn actions(c: &Cursor<'_>, piece: &Piece) -> Option<(Vec<Action>, Understood)> {
    let mut start = c.clone();
    let explain = explain(&mut start);
    let inner = within(c, start.at..c.tokens.len());
    let first = first_verb(&inner);
    let changes = query::writes(&first);
    if !changes && !query::begins(&inner) && !query::begins(&first) {
        return None;
    }
    let accepted = accepts(&inner);
    let mut reader = Reader::new(accepted.is_ok());
    reader.unsure |= accepted.is_err() && !balanced(&inner);
    let mut actions = if changes { all_changes(&inner, piece, &mut reader) } else { vec![alone(&inner, &mut reader)] };
    if explain == Some(false) {
        actions = vec![match actions.into_iter().next() {
            Some(Action::Query { query, .. }) => Action::Query { query, explain: true },
            _ => Action::Harmless { what: "EXPLAIN".to_owned() },
        }];
    }
    actions.append(&mut reader.writes);
    // What a change does to rows must be known to the last value; of a query it is enough to know what it reads.
    let lost = reader.unsure || changes && reader.opaque;
    let verb = inner.tokens.len() - first.tokens.len();
    if let Some(at) = second(&inner, verb) {
        return Some((actions, unterminated(&inner, at)));
    }
    let understood = match accepted {
        Ok(()) if !lost && !reader.opaque && !piece.shortened => Understood::Parsed,
        Ok(()) => Understood::Classified,
        Err(_) if !lost => Understood::Classified,
        Err((message, at)) => {
            let line = at
                .and_then(|at| inner.tokens.get(at))
                .map(|token| c.text[..token.start].bytes().filter(|byte| *byte == b'\n').count() + 1);
            Understood::No(match line {
                Some(line) => format!("line {line}: {message}"),
                None => message,
            })
        }
    };
    Some((actions, understood))
}

/// Another statement begins at a word, and nothing ends the one before it.
pub(in crate::evidence::sql) fn unterminated(c: &Cursor<'_>, at: usize) -> Understood {
    let line = c.tokens.get(at).map_or(1, |token| c.text[..token.start].bytes().filter(|byte| *byte == b'\n').count() + 1);
    let word = Cursor { at, ..c.clone() }.peek(0);
    Understood::No(format!("line {line}: another statement begins with {word}, and no terminator stands before it"))
}

/// Whether every parenthesis is closed.
fn balanced(c: &Cursor<'_>) -> bool {
    let mut depth = 0_i64;
    for token in c.tokens.iter().filter(|token| token.kind == Kind::Op) {
        match &c.text[token.start..token.end] {
            "(" => depth += 1,
            ")" => depth -= 1,
            _ => {}
        }
        if depth < 0 {
            return false;
        }
    }
    depth == 0
}

/// Steps over `EXPLAIN` and its options: whether it runs what it explains.
fn explain(c: &mut Cursor<'_>) -> Option<bool> {
    let mut runs = false;
    if c.is_mysql() && c.is("analyze") && !["table", "tables", "local", "no_write_to_binlog"].iter().any(|word| c.is_at(1, word))
    {
        // MariaDB's `ANALYZE SELECT ..`.
        c.step();
        runs = true;
    } else if c.take_any(&["explain", "describe", "desc"]).is_none() {
        return None;
    }
    if let Some(mut options) = c.group() {
        while !options.done() {
            let option = unquote_name(options.peek(0));
            if option.eq_ignore_ascii_case("analyze") || option.eq_ignore_ascii_case("analyse") {
                options.step();
                runs = !(options.is("false") || options.is("off") || options.is_at(0, "0"));
            } else {
                options.step();
            }
        }
    }
    loop {
        if c.take("analyze") || c.take("analyse") {
            runs = true;
        } else if c.take("format") {
            c.op("=");
            c.step();
        } else if c.take_any(&["verbose", "query plan", "extended", "partitions"]).is_none() {
            return Some(runs);
        }
    }
}

/// What stands behind an `EXPLAIN` that runs it; no server takes one of another one.
pub(in crate::evidence::sql) fn explained<'a>(c: &Cursor<'a>) -> Option<Cursor<'a>> {
    let mut start = c.clone();
    let runs = c.is_postgres() && explain(&mut start) == Some(true) && !start.done() && !start.is("explain");
    runs.then(|| within(c, start.at..c.tokens.len()))
}

/// The words behind `WITH ..`, or all of them.
fn first_verb<'a>(c: &Cursor<'a>) -> Cursor<'a> {
    let mut c = c.clone();
    if c.is("with") {
        Reader::default().with(&mut c);
    }
    within(&c, c.at..c.tokens.len())
}

fn all_changes(c: &Cursor<'_>, piece: &Piece, reader: &mut Reader) -> Vec<Action> {
    let mut c = c.clone();
    let known = reader.with(&mut c);
    let rest = within(&c, c.at..c.tokens.len());
    let mut found = changing(&mut rest.clone(), reader);
    reader.forget(known);
    let inside = !reader.writes.is_empty();
    for action in &mut found {
        match action {
            Action::Dml(Dml::Insert(insert)) => {
                if let InsertSource::Values(rows) = &mut insert.source {
                    *rows = (*rows).max(piece.rows);
                }
            }
            Action::Dml(Dml::Update(update)) => update.writes_inside = inside,
            Action::Dml(Dml::Delete(delete)) => delete.writes_inside = inside,
            _ => {}
        }
    }
    found
}

/// The statement that changes rows, which begins at the first token of `c`.
pub(super) fn changing(c: &mut Cursor<'_>, reader: &mut Reader) -> Vec<Action> {
    let dml = if c.is("insert") || c.is("replace") {
        insert(c, reader)
    } else if c.take("update") {
        Some(Dml::Update(Box::new(update(c, reader))))
    } else if c.take("delete") {
        Some(Dml::Delete(Box::new(delete(c, reader))))
    } else if c.take("merge") {
        Some(merge(c, reader))
    } else {
        None
    };
    if let Some(dml) = dml {
        return vec![Action::Dml(dml)];
    }
    reader.unsure = true;
    vec![Action::Other { words: c.text_of_words() }]
}

fn insert(c: &mut Cursor<'_>, reader: &mut Reader) -> Option<Dml> {
    let mut replace = c.is("replace");
    c.step();
    let mut ignore = false;
    while let Some(word) = c.take_any(&[
        "low_priority",
        "delayed",
        "high_priority",
        "ignore",
        "or replace",
        "or ignore",
        "or abort",
        "or fail",
        "or rollback",
    ]) {
        ignore |= word.ends_with("ignore");
        replace |= word == "or replace";
    }
    c.take("into");
    c.take("table");
    let table = c.name()?;
    if c.is("partition") && c.is_op_at(1, "(") {
        c.step();
        c.skip();
    }
    let rest = ["values", "value", "select", "with", "set", "default", "table", "overriding", "on"];
    let alias = if c.take("as") || !c.is_op("(") && !rest.iter().any(|word| c.is(word)) { c.ident() } else { None };
    let columns = if c.is_op("(") && !query::begins(&within(c, c.at + 1..c.group_end())) && !begins_query(c) {
        c.columns().unwrap_or_default()
    } else {
        Vec::new()
    };
    c.take_any(&["overriding system value", "overriding user value"]);
    let all = clauses(c);
    let end = all
        .iter()
        .find(|(clause, _)| matches!(clause, Clause::Conflict | Clause::Returning))
        .map_or(c.tokens.len(), |(_, range)| range.start - 1);
    let mut columns = columns;
    let body = within(c, c.at..end);
    let source = source(&body, reader, &mut columns);
    let upsert = all.iter().filter(|(clause, _)| *clause == Clause::Conflict).any(|(_, range)| {
        let rest = within(c, range.start..c.tokens.len());
        let nothing = (0..rest.tokens.len()).any(|at| rest.is_at(at, "do") && rest.is_at(at + 1, "nothing"));
        ignore |= nothing;
        !nothing
    });
    for (_, range) in &all {
        reader.groups(&within(c, range.clone()));
    }
    let conflict = find(&all, Clause::Conflict).filter(|_| upsert).map(|range| within(c, range.start..c.tokens.len()));
    let overwrites = conflict.and_then(|rest| overwrites(&rest, &table, alias, &source)).map(Box::new);
    Some(Dml::Insert(Insert { table: Some(table), columns, source, replace, upsert, overwrites, ignore }))
}

fn begins_query(c: &Cursor<'_>) -> bool {
    query::begins(c)
}

/// Where the rows come from.
fn source(body: &Cursor<'_>, reader: &mut Reader, columns: &mut Vec<String>) -> InsertSource {
    if body.are("default values") {
        return InsertSource::DefaultValues;
    }
    let mut body = body.clone();
    while body.is_op("(") && body.group_end() == body.tokens.len() && (body.is_at(1, "values") || body.is_op_at(1, "(")) {
        body = within(&body, 1..body.tokens.len() - 1);
    }
    let body = &body;
    if (body.is("values") || body.is("value")) && find(&clauses(body), Clause::Combine).is_none() {
        reader.groups(body);
        return InsertSource::Values(rows(body));
    }
    if body.is("set") {
        // MySQL's `INSERT INTO t SET a = 1`.
        *columns = assignments(&within(body, 1..body.tokens.len())).into_iter().map(|(column, _)| column).collect();
        reader.groups(body);
        return InsertSource::Values(1);
    }
    if query::begins(body) {
        let mut inner = Reader::default();
        inner.see(reader);
        let query = query::read(body, &mut inner);
        reader.unsure |= inner.unsure;
        reader.opaque |= inner.opaque;
        reader.writes.append(&mut inner.writes);
        return InsertSource::Query(Box::new(query));
    }
    reader.unsure = true;
    InsertSource::Values(0)
}

/// How many rows stand behind `VALUES`.
fn rows(body: &Cursor<'_>) -> u64 {
    let mut c = body.clone();
    c.at = 1;
    let mut rows = 0;
    while !c.done() {
        c.take("row");
        if !c.is_op("(") {
            break;
        }
        rows += 1;
        c.skip();
        c.op(",");
    }
    rows
}

fn update(c: &mut Cursor<'_>, reader: &mut Reader) -> Update {
    while c.take_any(&["low_priority", "ignore", "or replace", "or ignore", "or abort", "or fail", "or rollback"]).is_some() {}
    let all = clauses(c);
    let set = find(&all, Clause::Set);
    reader.unsure |= set.is_none();
    let head = within(c, c.at..set.as_ref().map_or(c.tokens.len(), |range| range.start - 1));
    let targets = sources(head, reader);
    let assigned = set.map(|range| {
        let part = within(c, range);
        reader.groups(&part);
        reader.opaque |= !reader.accepted && !values_are_known(&part);
        assignments(&part)
    });
    let assigned = assigned.unwrap_or_default();
    let from = find(&all, Clause::From).map(|range| sources(within(c, range), reader)).unwrap_or_default();
    let (tables, mut joined) = changed(&targets, &assigned);
    joined.extend(from.into_iter().filter_map(|source| source.table));
    let tail = tail(c, &all, reader);
    let postgres = c.is_postgres();
    // `a.b` is a part of column `a` in PostgreSQL, and column `b` of table `a` elsewhere.
    let plain = |column: String| {
        let mut parts = column.split('.');
        let part = if postgres { parts.next() } else { parts.next_back() };
        part.unwrap_or(&column).to_owned()
    };
    let set = assigned.into_iter().map(|(column, value)| (plain(column), value)).collect();
    let aliases = targets.iter().filter(|source| source.table.as_ref().is_some_and(|table| tables.contains(table)));
    let aliases = aliases.map(|source| source.alias.clone()).collect();
    Update { tables, aliases, set, joined, filter: tail.filter, order_by: tail.order_by, limit: tail.limit, writes_inside: false }
}

/// Which of the tables change: those whose columns are set; all of them where the columns do not say.
fn changed(targets: &[Source], assigned: &[(String, Option<Value>)]) -> (Vec<Name>, Vec<Name>) {
    let mut tables = Vec::new();
    let mut joined = Vec::new();
    let named = |source: &Source| {
        assigned.iter().any(|(column, _)| {
            column.rsplit_once('.').is_none_or(|(table, _)| table.rsplit('.').next() == Some(source.alias.as_str()))
        })
    };
    for source in targets {
        let Some(table) = &source.table else { continue };
        if targets.len() == 1 || named(source) { tables.push(table.clone()) } else { joined.push(table.clone()) }
    }
    (tables, joined)
}

pub(super) fn sources(mut part: Cursor<'_>, reader: &mut Reader) -> Vec<Source> {
    // What is changed or joined here is told by the statement itself, not among the tables that a query reads.
    let known = std::mem::take(&mut reader.tables);
    let sources = reader.sources(&mut part);
    reader.tables = known;
    sources
}

/// Whether what is assigned are expressions.
fn values_are_known(part: &Cursor<'_>) -> bool {
    let mut c = part.clone();
    c.at = 0;
    while !c.done() {
        while !c.done() && !c.is_op("=") && !c.is_op(":=") {
            c.skip();
        }
        c.step();
        let from = c.at;
        while !c.done() && !c.is_op(",") {
            c.skip();
        }
        let value = c.part(from);
        if !value.is("default") && expression(&value).is_none() {
            return false;
        }
        c.step();
    }
    true
}

/// The columns that are set, as written and folded, with their literals.
pub(super) fn assignments(part: &Cursor<'_>) -> Vec<(String, Option<Value>)> {
    let mut c = part.clone();
    c.at = 0;
    let mut found = Vec::new();
    while !c.done() {
        let from = c.at;
        if let Some(columns) = c.columns() {
            found.extend(columns.into_iter().map(|column| (column, None)));
        } else if let Some(name) = c.ident() {
            let mut name = name;
            while c.op(".") {
                name = format!("{name}.{}", c.ident().unwrap_or_default());
            }
            while c.is_op("[") {
                c.skip();
            }
            let value = if c.op("=") || c.op(":=") {
                let start = c.at;
                let value = c.literal();
                let whole = c.done() || c.is_op(",");
                c.at = start;
                value.filter(|_| whole)
            } else {
                None
            };
            found.push((name, value));
        }
        while !c.done() && !c.is_op(",") {
            c.skip();
        }
        c.op(",");
        if c.at == from {
            break;
        }
    }
    found
}

fn delete(c: &mut Cursor<'_>, reader: &mut Reader) -> Delete {
    while c.take_any(&["low_priority", "quick", "ignore", "history"]).is_some() {}
    // `DELETE a, b FROM a JOIN b ..` names what is deleted first.
    let mut named = Vec::new();
    if !c.is("from") {
        named = deleted(c);
    }
    let all = clauses(c);
    let from = find(&all, Clause::From).map(|range| within(c, range));
    let using = find(&all, Clause::Using).map(|range| within(c, range));
    let (mut tables, mut joined) = (Vec::new(), Vec::new());
    let mut aliases = named.clone();
    match (from, using) {
        (Some(from), Some(using)) if named.is_empty() => {
            // `DELETE FROM a USING b`; in MySQL `b` holds `a` once more.
            let targets = sources(from, reader);
            let others = sources(using, reader);
            let resolved = |source: &Source| {
                let table = source.table.clone()?;
                Some(others.iter().find(|other| other.alias == table.name).and_then(|other| other.table.clone()).unwrap_or(table))
            };
            tables.extend(targets.iter().filter_map(resolved));
            aliases.extend(targets.iter().map(|source| source.alias.clone()));
            joined.extend(others.iter().filter_map(|source| source.table.clone()).filter(|table| !tables.contains(table)));
        }
        (Some(from), _) => {
            let found = sources(from, reader);
            for source in &found {
                let Some(table) = &source.table else { continue };
                if named.is_empty() || named.iter().any(|name| *name == source.alias || *name == table.name) {
                    tables.push(table.clone());
                    aliases.push(source.alias.clone());
                } else {
                    joined.push(table.clone());
                }
            }
        }
        (None, _) => reader.unsure |= named.is_empty(),
    }
    if tables.is_empty() {
        tables = named.iter().map(|name| Name::plain(name)).collect();
    }
    let tail = tail(c, &all, reader);
    Delete { tables, aliases, joined, filter: tail.filter, order_by: tail.order_by, limit: tail.limit, writes_inside: false }
}

/// Names before `FROM`: `a, b.*`.
fn deleted(c: &mut Cursor<'_>) -> Vec<String> {
    let mut names = Vec::new();
    while let Some(mut name) = c.ident() {
        while c.op(".") {
            if !c.op("*") {
                name = c.ident().unwrap_or_default();
            }
        }
        names.push(name);
        if !c.op(",") {
            break;
        }
    }
    names
}

struct Tail {
    filter: Option<Predicate>,
    order_by: bool,
    limit: Option<u64>,
}

/// What `UPDATE` and `DELETE` end with.
fn tail(c: &Cursor<'_>, all: &[(Clause, Range)], reader: &mut Reader) -> Tail {
    let filter = find(all, Clause::Where).map(|range| {
        let part = within(c, range);
        reader.groups(&part);
        let (filter, understood) = predicate(&part);
        reader.opaque |= !understood;
        filter
    });
    let limit = find(all, Clause::Limit).and_then(|range| query::number(&within(c, range), 0));
    Tail { filter, order_by: find(all, Clause::OrderBy).is_some(), limit }
}

/// A query that stands alone.
fn alone(c: &Cursor<'_>, reader: &mut Reader) -> Action {
    let query = query::read(c, reader);
    if let Some(set) = set_config(c, &query) {
        return set;
    }
    if let Some((name, temporary)) = into_table(c) {
        let table = CreateTable { name: Some(name), temporary, as_query: Some(Box::new(query)), ..CreateTable::default() };
        return Action::CreateTable(Box::new(table));
    }
    Action::Query { query: Box::new(query), explain: false }
}

/// `SELECT set_config('search_path', '', false)`, and nothing else.
fn set_config(c: &Cursor<'_>, query: &Query) -> Option<Action> {
    if query.calls != ["set_config"] || !query.tables.is_empty() {
        return None;
    }
    let mut c = c.clone();
    c.step();
    c.name()?;
    let mut arguments = c.group()?;
    let name = arguments.string()?.to_lowercase();
    arguments.op(",").then_some(())?;
    let value = arguments.string();
    arguments.op(",").then_some(())?;
    let scope = if arguments.is("true") { SetScope::Local } else { SetScope::Session };
    (arguments.take_any(&["true", "false"]).is_some() && arguments.done() && c.done()).then_some(())?;
    Some(Action::Set(SetVariable { name, value, scope }))
}

/// The table that PostgreSQL's `SELECT .. INTO t` creates.
fn into_table(c: &Cursor<'_>) -> Option<(Name, bool)> {
    if !c.is_postgres() {
        return None;
    }
    let range = find(&clauses(c), Clause::Into)?;
    let mut part = within(c, range);
    let temporary = part.take_any(&["temporary", "temp"]).is_some();
    part.take("unlogged");
    part.take("table");
    Some((part.name()?, temporary))
}

impl Cursor<'_> {
    /// The first words of the statement, for a reader.
    pub(in crate::evidence::sql) fn text_of_words(&self) -> String {
        let mut words = String::new();
        for token in self.tokens.iter().take(6) {
            if token.kind == Kind::Text {
                break;
            }
            if !words.is_empty() {
                words.push(' ');
            }
            words.push_str(&self.text[token.start..token.end]);
        }
        words
    }
}
