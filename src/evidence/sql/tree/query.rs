//! Queries: what they read, and how.

use std::collections::BTreeSet;

use super::calls::{aggregates_only, top_calls};
use super::cartesian::cartesian;
use super::clauses::{Clause, Range, clauses, find, within};
use super::condition::predicate;
use crate::evidence::sql::cursor::Cursor;
use crate::evidence::sql::lex::Kind;
use crate::evidence::sql::statement::{Action, Name, Query, Value};

/// Deeper queries and groups are not followed.
const DEPTH: u32 = 48;

/// What is gathered while a query is read, from all of its parts.
#[derive(Debug, Default)]
pub(super) struct Reader {
    pub(super) tables: BTreeSet<Name>,
    /// Names of common table expressions in sight.
    common: Vec<String>,
    /// Statements in common table expressions that write.
    pub(super) writes: Vec<Action>,
    /// Functions called where rows come from.
    pub(super) calls: Vec<String>,
    /// What stands somewhere is not known.
    pub(super) unsure: bool,
    /// A condition or value was not understood.
    pub(super) opaque: bool,
    /// The parser takes the statement as a whole, so that single values need not be looked at.
    pub(super) accepted: bool,
    depth: u32,
}

impl Reader {
    pub(super) fn new(accepted: bool) -> Reader {
        Reader { accepted, ..Reader::default() }
    }

    pub(super) fn is_common(&self, name: &str) -> bool {
        self.common.iter().any(|common| common == name)
    }

    /// Takes over the names of common table expressions that another reader sees.
    pub(super) fn see(&mut self, other: &Reader) {
        self.common.clone_from(&other.common);
        self.depth = other.depth;
    }

    /// One level down; false where it is too deep.
    pub(super) fn descend(&mut self) -> bool {
        if self.depth >= DEPTH {
            self.unsure = true;
            return false;
        }
        self.depth += 1;
        true
    }

    pub(super) fn ascend(&mut self) {
        self.depth -= 1;
    }

    /// The queries in the groups of `c`, wherever they stand.
    pub(super) fn groups(&mut self, c: &Cursor<'_>) {
        if !self.descend() {
            return;
        }
        let mut c = c.clone();
        c.at = 0;
        while !c.done() {
            match c.group() {
                Some(inside) if begins(&inside) => self.inner(&inside),
                Some(inside) => self.groups(&inside),
                None => c.step(),
            }
        }
        self.ascend();
    }

    /// A query inside of another.
    pub(super) fn inner(&mut self, c: &Cursor<'_>) {
        if self.descend() {
            let calls = std::mem::take(&mut self.calls);
            self.whole(c);
            self.calls = calls;
            self.ascend();
        }
    }

    /// `WITH a AS (..), b AS (..)`; the cursor goes behind it. The names stay in sight until [`forget`](Reader::forget).
    pub(super) fn with(&mut self, c: &mut Cursor<'_>) -> usize {
        let known = self.common.len();
        if !c.take("with") {
            return known;
        }
        let recursive = c.take("recursive");
        if recursive {
            // Each may name any other.
            let mut ahead = c.clone();
            while let Some(name) = ahead.ident() {
                self.common.push(name);
                while !ahead.done() && !ahead.is_op(",") && !begins(&ahead) && !writes(&ahead) {
                    ahead.skip();
                }
                if !ahead.op(",") {
                    break;
                }
            }
        }
        loop {
            let Some(name) = c.ident() else {
                self.unsure = true;
                return known;
            };
            if c.is_op("(") {
                c.skip();
            }
            c.take("as");
            c.take_any(&["not materialized", "materialized"]);
            match c.group() {
                Some(inside) if writes(&inside) => self.writer(&inside),
                Some(inside) => self.inner(&inside),
                None => self.unsure = true,
            }
            // `SEARCH .. SET x`, `CYCLE ..`.
            if c.is("search") || c.is("cycle") {
                while !c.done() && !c.is_op(",") && !begins(c) && !writes(c) {
                    c.skip();
                }
            }
            self.common.push(name);
            if !c.op(",") {
                return known;
            }
        }
    }

    pub(super) fn forget(&mut self, known: usize) {
        self.common.truncate(known);
    }

    fn writer(&mut self, c: &Cursor<'_>) {
        if self.descend() {
            let actions = super::dml::changing(&mut c.clone(), self);
            self.writes.extend(actions);
            self.ascend();
        }
    }

    /// A query with its `WITH`, and the tables of everything in it.
    pub(super) fn whole(&mut self, c: &Cursor<'_>) -> Query {
        let mut c = c.clone();
        c.at = 0;
        let known = self.with(&mut c);
        let query = self.combined(&within(&c, c.at..c.tokens.len()));
        self.forget(known);
        query
    }

    /// One `SELECT`, or several with `UNION` and the like between them.
    fn combined(&mut self, c: &Cursor<'_>) -> Query {
        let all = clauses(c);
        let cuts: Vec<&Range> = all.iter().filter(|(clause, _)| *clause == Clause::Combine).map(|(_, range)| range).collect();
        if cuts.is_empty() {
            return self.single(c);
        }
        // Where the words of each part begin and end; the opening of a clause stands before its range.
        let mut query = Query::default();
        let mut start = 0;
        let mut filters = Vec::new();
        for at in 0..=cuts.len() {
            let opening = cuts.get(at).map_or(c.tokens.len(), |range| opening(c, range.start));
            let part = self.single(&within(c, start..opening));
            query.star |= part.star;
            query.cartesian |= part.cartesian;
            query.aggregates |= part.aggregates;
            query.locks_rows |= part.locks_rows;
            query.calls.extend(part.calls);
            // Behind the last part, order and limit are those of the whole.
            query.order_by = part.order_by;
            (query.limit, query.offset) = (part.limit, part.offset);
            (query.has_limit, query.has_offset) = (part.has_limit, part.has_offset);
            filters.push(part.filter);
            start = cuts.get(at).map_or(start, |range| range.start);
        }
        // One part without a condition reads everything.
        if filters.iter().all(Option::is_some) {
            query.filter = filters.into_iter().flatten().next();
        }
        query
    }

    fn single(&mut self, c: &Cursor<'_>) -> Query {
        let mut c = c.clone();
        c.at = 0;
        if c.is_op("(") {
            return self.nested(&mut c);
        }
        if c.take("table") {
            let mut query = Query { star: true, ..Query::default() };
            if let Some(name) = c.name()
                && !(name.schema.is_none() && self.is_common(&name.name))
            {
                self.tables.insert(name);
            }
            let all = clauses(&c);
            limits(&c, &all, &mut query);
            return query;
        }
        if c.is("values") {
            self.groups(&c);
            let mut query = Query::default();
            limits(&c, &clauses(&c), &mut query);
            return query;
        }
        if !c.take("select") {
            self.unsure = true;
            self.groups(&c);
            return Query::default();
        }
        self.select(&mut c)
    }

    fn nested(&mut self, c: &mut Cursor<'_>) -> Query {
        let mut query = Query::default();
        if let Some(inside) = c.group()
            && self.descend()
        {
            query = self.whole(&inside);
            self.ascend();
        }
        let all = clauses(c);
        let mut outer = Query::default();
        limits(c, &all, &mut outer);
        query.order_by |= outer.order_by;
        if outer.has_limit {
            (query.limit, query.has_limit) = (outer.limit, true);
        }
        if outer.has_offset {
            (query.offset, query.has_offset) = (outer.offset, true);
        }
        self.unsure |= !c.done() && all.is_empty();
        query
    }

    /// Behind the word `SELECT`.
    fn select(&mut self, c: &mut Cursor<'_>) -> Query {
        let all = clauses(c);
        let list_end = all.first().map_or(c.tokens.len(), |(_, range)| opening(c, range.start));
        let list = within(c, c.at..list_end);
        self.groups(&list);
        let mut query = Query { star: star(&list), calls: top_calls(&list), ..Query::default() };
        query.aggregates = find(&all, Clause::GroupBy).is_some() || aggregates_only(&list);
        let mut sources = Vec::new();
        let from = find(&all, Clause::From);
        if let Some(range) = from.clone() {
            let mut part = within(c, range);
            sources = self.sources(&mut part);
            query.calls.append(&mut self.calls);
        }
        if let Some(range) = find(&all, Clause::Where) {
            let part = within(c, range);
            self.groups(&part);
            let (filter, understood) = predicate(&part);
            self.opaque |= !understood;
            query.filter = Some(filter);
        }
        for clause in [Clause::GroupBy, Clause::Having, Clause::OrderBy, Clause::Limit, Clause::Offset] {
            if let Some(range) = find(&all, clause) {
                self.groups(&within(c, range));
            }
        }
        query.cartesian = from.is_some_and(|range| cartesian(&within(c, range), &sources, query.filter.as_ref()));
        query.locks_rows = find(&all, Clause::Lock).is_some();
        limits(c, &all, &mut query);
        query
    }
}

/// `ORDER BY`, `LIMIT`, `OFFSET`, `FETCH FIRST`.
fn limits(c: &Cursor<'_>, all: &[(Clause, Range)], query: &mut Query) {
    query.order_by = find(all, Clause::OrderBy).is_some();
    if let Some(range) = find(all, Clause::Limit) {
        let part = within(c, range);
        query.has_limit = !part.is("all") && !part.is("null");
        query.limit = number(&part, 0);
        // MySQL's `LIMIT offset, rows`.
        if part.is_op_at(1, ",") {
            query.has_offset = true;
            query.offset = query.limit;
            query.limit = number(&part, 2);
        }
    }
    if let Some(range) = find(all, Clause::Fetch) {
        let part = within(c, range);
        query.has_limit = true;
        let ties = (0..part.tokens.len()).any(|at| part.is_at(at, "ties") || part.is_at(at, "percent"));
        query.limit = if part.is("row") || part.is("rows") { Some(1) } else { number(&part, 0) }.filter(|_| !ties);
    }
    if let Some(range) = find(all, Clause::Offset) {
        query.has_offset = true;
        query.offset = number(&within(c, range), 0);
    }
}

/// The plain number that stands there; one that something is computed from is none.
pub(super) fn number(c: &Cursor<'_>, at: usize) -> Option<u64> {
    let mut c = c.clone();
    c.at = at;
    let literal = c.literal();
    let alone = c.done() || c.is_op(",") || ["row", "rows", "only"].iter().any(|word| c.is(word));
    match literal {
        Some(Value::Number(number)) if alone => number.parse().ok(),
        _ => None,
    }
}

/// Where the words begin that open the clause whose range starts at `start`.
pub(super) fn opening(c: &Cursor<'_>, start: usize) -> usize {
    let word =
        |back: usize| start.checked_sub(back).and_then(|at| c.tokens.get(at)).map_or("", |token| &c.text[token.start..token.end]);
    let two = ["by", "all", "distinct", "first", "next"].iter().any(|second| word(1).eq_ignore_ascii_case(second));
    start.saturating_sub(if two { 2 } else { 1 })
}

/// Whether a query begins here.
pub(super) fn begins(c: &Cursor<'_>) -> bool {
    let mut at = 0;
    while c.is_op_at(at, "(") && at < 64 {
        at += 1;
    }
    if at > 0 {
        // `(SELECT a), b` is a list of values.
        let behind = Cursor { at: c.group_end(), ..c.clone() };
        let ends = [
            "union",
            "except",
            "intersect",
            "minus",
            "order",
            "limit",
            "offset",
            "fetch",
            "for",
            "on",
            "returning",
            "into",
            "as",
        ];
        if !behind.done() && !behind.is_op(")") && !ends.iter().any(|word| behind.is(word)) {
            return false;
        }
    }
    c.is_at(at, "select")
        || c.is_at(at, "with") && !c.is_op_at(at + 1, ",")
        || c.is_at(at, "values") && (c.is_op_at(at + 1, "(") || c.is_at(at + 1, "row"))
        || at == 0 && c.is("table") && c.kind(1).is_some_and(|kind| kind != Kind::Op)
}

/// Whether a statement that writes rows begins here.
pub(super) fn writes(c: &Cursor<'_>) -> bool {
    // `INSERT(..)` and `REPLACE(..)` are functions, too.
    ["insert", "delete", "merge", "replace"].iter().any(|word| c.is(word)) && !c.is_op_at(1, "(") || c.is("update")
}

/// Whether the list selects everything: `*` or `t.*` as an item of its own.
fn star(c: &Cursor<'_>) -> bool {
    let mut c = c.clone();
    let mut first = true;
    while !c.done() {
        let dotted = c.is_op_before(".");
        if c.is_op("*") && (first || dotted) && (c.is_op_at(1, ",") || c.at + 1 == c.tokens.len()) {
            return true;
        }
        first = c.is_op(",") || c.is("distinct") || c.is("all") || first && c.is("straight_join");
        c.skip();
    }
    false
}

/// The query that all of `c` is, and whether some of it was not understood.
pub(in crate::evidence::sql) fn query(c: &Cursor<'_>) -> (Query, bool) {
    let mut reader = Reader::default();
    let query = read(c, &mut reader);
    let accepted = super::parse::accepts(c).is_ok();
    (query, reader.unsure || reader.opaque || !accepted)
}

pub(super) fn read(c: &Cursor<'_>, reader: &mut Reader) -> Query {
    let mut query = reader.whole(c);
    query.text = String::from(c.between(0, c.tokens.len()));
    query.tables = reader.tables.iter().cloned().collect();
    query.writes_inside = !reader.writes.is_empty();
    query.calls.sort();
    query.calls.dedup();
    query
}
