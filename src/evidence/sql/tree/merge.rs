//! Statements that insert and change at once: what they do to rows that are there, as the `UPDATE` or `DELETE` that it is.

use super::clauses::{Clause, Range, clauses, find, within};
use super::condition::predicate;
use super::dml::{assignments, sources};
use super::query::Reader;
use crate::evidence::sql::cursor::Cursor;
use crate::evidence::sql::statement::{Comparison, Condition, Delete, Dml, InsertSource, Name, Predicate, Update};

/// What a `MERGE` does; the cursor stands behind that word.
pub(super) fn merge(c: &mut Cursor<'_>, reader: &mut Reader) -> Dml {
    c.take("into");
    c.take("only");
    let table = c.name();
    reader.groups(&within(c, c.at..c.tokens.len()));
    let branches = table.as_ref().and_then(|table| branches(c, table, reader));
    reader.unsure |= branches.is_none();
    Dml::Merge { table, branches: branches.unwrap_or_default() }
}

fn branches(c: &mut Cursor<'_>, table: &Name, reader: &mut Reader) -> Option<Vec<Dml>> {
    c.op("*");
    c.take("as");
    let alias = if c.is("using") { None } else { c.ident() };
    c.take("using").then_some(())?;
    let using = c.at;
    let on = next(c, using, "on")?;
    let joined: Vec<Name> = sources(within(c, using..on), reader).into_iter().filter_map(|source| source.table).collect();
    let whens = whens(c, on + 1);
    let mut matches = condition(&within(c, on + 1..whens.first()?.start), reader);
    matches.subquery |= joined.is_empty();
    let mut found = Vec::new();
    for when in whens {
        let part = within(c, when);
        let then = next(&part, 1, "then")?;
        let head = within(&part, 1..then);
        let and = next(&head, 0, "and");
        let asked = and.map(|at| condition(&within(&head, at + 1..head.tokens.len()), reader));
        let without = head.is("not");
        // Rows of the table without a partner, which another table decides.
        let by_source = without && head.are("not matched by source");
        if without && !by_source {
            continue;
        }
        let first = if by_source { partners() } else { matches.clone() };
        let filter = Some(asked.into_iter().fold(first, both));
        let aliases = vec![alias.clone().unwrap_or_else(|| table.name.clone())];
        let (tables, joined) = (vec![table.clone()], joined.clone());
        let action = within(&part, then + 1..part.tokens.len());
        if action.are("update set") {
            let end = next(&action, 2, "returning").unwrap_or(action.tokens.len());
            let set = assignments(&within(&action, 2..end));
            let set =
                set.into_iter().map(|(column, value)| (column.rsplit('.').next().unwrap_or(&column).to_owned(), value)).collect();
            let update = Update { tables, aliases, set, joined, filter, order_by: false, limit: None, writes_inside: false };
            found.push(Dml::Update(Box::new(update)));
        } else if action.is("delete") {
            let delete = Delete { tables, aliases, joined, filter, order_by: false, limit: None, writes_inside: false };
            found.push(Dml::Delete(Box::new(delete)));
        } else if !action.is("do") {
            return None;
        }
    }
    Some(found)
}

/// The first place from `from` on where the word stands outside of parentheses and of `CASE .. END`.
fn next(c: &Cursor<'_>, from: usize, word: &str) -> Option<usize> {
    places(c, from, word).next()
}

fn places<'a>(c: &Cursor<'a>, from: usize, word: &'a str) -> impl Iterator<Item = usize> + use<'a> {
    let mut at = Cursor { at: from, ..c.clone() };
    let mut cases = 0_u32;
    std::iter::from_fn(move || {
        while !at.done() {
            let here = at.at;
            let name = here > from && at.is_op_before(".");
            if at.is("case") && !name {
                cases += 1;
            } else if at.is("end") && !name && cases > 0 {
                cases -= 1;
            } else if cases == 0 && !name && at.is(word) {
                at.skip();
                return Some(here);
            }
            at.skip();
        }
        None
    })
}

/// The branches, each from its `WHEN` on.
fn whens(c: &Cursor<'_>, from: usize) -> Vec<Range> {
    let starts: Vec<usize> = places(c, from, "when").collect();
    let ends = starts.iter().skip(1).copied().chain([c.tokens.len()]);
    starts.iter().copied().zip(ends).map(|(start, end)| start..end).collect()
}

fn condition(part: &Cursor<'_>, reader: &mut Reader) -> Predicate {
    let (predicate, understood) = predicate(part);
    reader.opaque |= !understood;
    predicate
}

/// What holds where both hold.
fn both(mut one: Predicate, mut other: Predicate) -> Predicate {
    one.conditions.append(&mut other.conditions);
    Predicate {
        text: format!("{} AND {}", one.text, other.text),
        always_true: one.always_true && other.always_true,
        conditions: one.conditions,
        alternatives: one.alternatives || other.alternatives,
        subquery: one.subquery || other.subquery,
    }
}

/// The rows that share a key with those of another table, or do not.
fn partners() -> Predicate {
    let condition = Condition {
        column: None,
        comparison: Comparison::Other,
        wrapped: false,
        value: None,
        listed: None,
        limited: None,
        at_least: None,
        at_most: None,
        joins: true,
        other: None,
    };
    Predicate { subquery: true, conditions: vec![condition], ..Predicate::default() }
}

/// The `UPDATE` that `ON CONFLICT .. DO UPDATE` or `ON DUPLICATE KEY UPDATE` is, where the new rows come from a query that reads tables.
/// `rest` begins behind `ON`.
pub(super) fn overwrites(rest: &Cursor<'_>, table: &Name, alias: Option<String>, source: &InsertSource) -> Option<Update> {
    let InsertSource::Query(query) = source else { return None };
    if query.tables.is_empty() {
        return None;
    }
    let end = find(&clauses(rest), Clause::Returning).map_or(rest.tokens.len(), |range| range.start - 1);
    let rest = within(rest, 0..end);
    let start = next(&rest, 0, "update")? + 1;
    let body = within(&rest, start + usize::from(rest.is_at(start, "set"))..rest.tokens.len());
    let asked = find(&clauses(&body), Clause::Where);
    let set_end = asked.as_ref().map_or(body.tokens.len(), |range| range.start - 1);
    let keys = keys(&rest);
    let plain = |column: String| column.rsplit('.').next().unwrap_or(&column).to_owned();
    let set = assignments(&within(&body, 0..set_end)).into_iter().map(|(column, value)| (plain(column), value));
    let asked = asked.map(|range| predicate(&within(&body, range)).0);
    // Rows that are read from the table itself meet themselves.
    let itself = query.tables.iter().all(|read| read.may_be(table));
    // Of another one come no more rows than its own condition picks.
    let other = || match (&query.filter, query.tables.as_slice()) {
        (Some(filter), [_]) => (Predicate { always_true: false, subquery: true, ..filter.clone() }, Vec::new()),
        _ => (partners(), query.tables.clone()),
    };
    let (filter, joined) = if itself {
        (query.filter.clone(), Vec::new())
    } else {
        let (filter, joined) = other();
        (Some(filter), joined)
    };
    let filter = match (filter, asked) {
        (Some(one), Some(other)) => Some(both(one, other)),
        (one, other) => one.or(other),
    };
    Some(Update {
        tables: vec![table.clone()],
        aliases: vec![alias.unwrap_or_else(|| table.name.clone())],
        set: set.filter(|(column, _)| !keys.contains(column)).collect(),
        joined,
        filter,
        order_by: query.order_by,
        limit: query.limit,
        writes_inside: false,
    })
}

/// The columns of `CONFLICT (a, b)`: what they are set to is what they are.
fn keys(rest: &Cursor<'_>) -> Vec<String> {
    let mut at = rest.clone();
    if at.take("conflict") { at.columns().unwrap_or_default() } else { Vec::new() }
}
