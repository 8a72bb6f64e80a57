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
