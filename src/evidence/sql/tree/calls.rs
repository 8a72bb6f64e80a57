//! Functions in the list of a query.

use crate::evidence::sql::cursor::Cursor;
use crate::evidence::sql::lex::Kind;

const AGGREGATES: &[&str] = &[
    "count",
    "sum",
    "min",
    "max",
    "avg",
    "bool_and",
    "bool_or",
    "every",
    "string_agg",
    "array_agg",
    "json_agg",
    "jsonb_agg",
    "json_object_agg",
    "jsonb_object_agg",
    "group_concat",
    "json_arrayagg",
    "json_objectagg",
    "bit_and",
    "bit_or",
    "bit_xor",
    "std",
    "stddev",
    "stddev_pop",
    "stddev_samp",
    "var_pop",
    "var_samp",
    "variance",
    "percentile_cont",
    "percentile_disc",
    "mode",
    "corr",
    "any_value",
    "total",
];

/// The functions that an item of the list begins with, in lower case and without their schema.
pub(super) fn top_calls(list: &Cursor<'_>) -> Vec<String> {
    let mut calls = Vec::new();
    for_each_item(list, |item| calls.extend(call(item)));
    calls
}

/// Whether every item is an aggregate, so that one row comes back.
pub(super) fn aggregates_only(list: &Cursor<'_>) -> bool {
    let mut all = !list.tokens.is_empty();
    for_each_item(list, |item| {
        let aggregate = call(item).is_some_and(|name| AGGREGATES.contains(&name.as_str()));
        // With `OVER` it is a window, which keeps the rows.
        let mut c = item.clone();
        let mut over = false;
        while !c.done() {
            over |= c.is("over");
            c.skip();
        }
        all &= aggregate && !over;
    });
    all
}

fn for_each_item(list: &Cursor<'_>, mut each: impl FnMut(&Cursor<'_>)) {
    let mut c = list.clone();
    c.at = 0;
    c.take_any(&["distinct", "all"]);
    while !c.done() {
        let from = c.at;
        while !c.done() && !c.is_op(",") {
            c.skip();
        }
        each(&c.part(from));
        c.op(",");
    }
}

fn call(item: &Cursor<'_>) -> Option<String> {
    let mut c = item.clone();
    if !matches!(c.kind(0), Some(Kind::Word | Kind::Quoted)) {
        return None;
    }
    let name = c.name()?;
    c.is_op("(").then(|| name.name.to_lowercase())
}

/// Words that may stand before a parenthesis and are no function.
const NO_CALLS: &[&str] = &[
    "all",
    "analyse",
    "analyze",
    "and",
    "any",
    "array",
    "as",
    "between",
    "binary",
    "both",
    "by",
    "case",
    "character",
    "check",
    "collate",
    "columns",
    "conflict",
    "constraint",
    "cross",
    "cube",
    "cycle",
    "default",
    "describe",
    "distinct",
    "div",
    "do",
    "else",
    "end",
    "escape",
    "except",
    "exists",
    "explain",
    "filter",
    "first",
    "following",
    "for",
    "force",
    "from",
    "group",
    "groups",
    "having",
    "ignore",
    "ilike",
    "in",
    "index",
    "inner",
    "intersect",
    "interval",
    "into",
    "is",
    "join",
    "key",
    "keys",
    "lateral",
    "leading",
    "like",
    "limit",
    "match",
    "materialized",
    "minus",
    "natural",
    "next",
    "not",
    "null",
    "of",
    "offset",
    "on",
    "only",
    "operator",
    "options",
    "or",
    "order",
    "over",
    "overlaps",
    "partition",
    "preceding",
    "primary",
    "range",
    "recursive",
    "references",
    "regexp",
    "returning",
    "rlike",
    "rollup",
    "row",
    "rows",
    "search",
    "select",
    "separator",
    "set",
    "sets",
    "similar",
    "some",
    "straight_join",
    "table",
    "then",
    "to",
    "trailing",
    "union",
    "unique",
    "update",
    "use",
    "using",
    "value",
    "values",
    "when",
    "where",
    "window",
    "with",
    "within",
    "xor",
];
/// Words before a name that a list of columns follows.
const NAMES: &[&str] = &[
    "as",
    "constraint",
    "delayed",
    "ignore",
    "insert",
    "into",
    "low_priority",
    "only",
    "ordinality",
    "references",
    "replace",
    "table",
    "window",
];

/// The name of every function that is called anywhere in `c`: in lower case, sorted, each once, with its schema where that is the
/// application's own.
///
/// By words alone, so that nothing hides a call: a name before a parenthesis counts, unless it is a key word, an alias or a table with a
/// list of columns.
pub(in crate::evidence::sql) fn all_calls(c: &Cursor<'_>) -> Vec<String> {
    let mut calls = std::collections::BTreeSet::new();
    // The parentheses that are open: what is called with each, and whether a value may follow the closing one.
    let mut open: Vec<(Option<String>, bool)> = Vec::new();
    let mut value_follows = false;
    let mut at = Cursor { at: query_of_definition(c), ..c.clone() };
    while !at.done() {
        if at.is_op("(") {
            let before = |back: usize, word: &str| at.at >= back && (Cursor { at: at.at - back, ..at.clone() }).is(word);
            let follows = before(1, "operator") || before(1, "on") && before(2, "distinct");
            open.push((called(&at, value_follows), follows));
        } else if at.is_op(")")
            && let Some((call, follows)) = open.pop()
        {
            value_follows = follows;
            calls.extend(call.filter(|_| !names_query(&at)));
        }
        at.step();
    }
    calls.extend(open.into_iter().filter_map(|(call, _)| call));
    calls.into_iter().collect()
}

/// Whether the parenthesis that closes here is that of `WITH a (b) AS (SELECT ..`. Behind a function that gives records the names and
/// types of columns stand there.
fn names_query(c: &Cursor<'_>) -> bool {
    let mut c = c.clone();
    c.step();
    if !c.take("as") {
        return false;
    }
    c.take_any(&["not materialized", "materialized"]);
    let opened = c.is_op("(");
    while c.op("(") {}
    let writes = c.are("insert into") || c.are("delete from") || c.are("merge into");
    let query = ["select", "with", "table"].iter().any(|word| c.is(word)) || c.is("values") && c.is_op_at(1, "(");
    opened && (query || writes || c.is("update") && (2..8).any(|at| c.is_at(at, "set")))
}

/// What the conversions of `ALTER TABLE .. TYPE .. USING f(a)` call, for each row.
pub(in crate::evidence::sql) fn conversion_calls(c: &Cursor<'_>) -> Vec<String> {
    let mut calls = std::collections::BTreeSet::new();
    let mut at = Cursor { at: 0, ..c.clone() };
    let (mut typed, mut using) = (false, None);
    loop {
        if at.done() || at.is_op(",") {
            if let Some(from) = using.take() {
                calls.extend(all_calls(&at.part(from)));
            }
            typed = false;
        }
        if at.done() {
            return calls.into_iter().collect();
        }
        typed |= at.is("type");
        if typed && using.is_none() && at.is("using") {
            using = Some(at.at);
        }
        at.skip();
    }
}

/// Where the query begins that fills what `CREATE` makes: before it stand columns, types and options.
fn query_of_definition(c: &Cursor<'_>) -> usize {
    let mut at = Cursor { at: 0, ..c.clone() };
    if !at.is("create") {
        return 0;
    }
    while !at.done() {
        if at.is("as") || at.is("select") {
            return at.at;
        }
        at.skip();
    }
    0
}

/// The function whose arguments begin at the parenthesis that stands here.
fn called(c: &Cursor<'_>, value_follows: bool) -> Option<String> {
    let mut start = c.at.checked_sub(1)?;
    let place = |at: usize| Cursor { at, ..c.clone() };
    let name = place(start);
    if !matches!(name.kind(0), Some(Kind::Word | Kind::Quoted | Kind::Template)) {
        return None;
    }
    while start >= 2 && place(start - 1).is_op(".") {
        start -= 2;
    }
    // What a statement begins with is its verb: `COPY (SELECT ..) TO ..`.
    if start == 0 {
        return None;
    }
    let whole = place(start);
    let dotted = start + 1 < c.at;
    if !dotted && name.kind(0) == Some(Kind::Word) && NO_CALLS.iter().any(|word| name.is(word)) {
        return None;
    }
    if let Some(before) = start.checked_sub(1).map(place) {
        let alias = before.is_op(")") && !value_follows || before.kind(0) == Some(Kind::Quoted);
        // `AT TIME ZONE (..)`, and the branch of a `MERGE`.
        let words = name.is("zone") && before.is("time") || name.is("insert") && before.is("then");
        if alias || words || before.is_op("::") || NAMES.iter().any(|word| before.is(word)) {
            return None;
        }
    }
    let mut name = whole.clone().name()?;
    name.schema = name.schema.filter(|schema| !matches!(schema.as_str(), "pg_catalog" | "public" | "sys" | "mysql"));
    Some(name.to_string().to_lowercase())
}
