//! What stands in `FROM`: tables, sub-queries, functions, and how they are joined.

use super::clauses::{Range, within};
use super::query::Reader;
use crate::evidence::sql::cursor::Cursor;
use crate::evidence::sql::lex::Kind;
use crate::evidence::sql::statement::Name;

/// One thing that rows come from.
#[derive(Debug, Clone)]
pub(super) struct Source {
    /// `None` for a sub-query, a function and a common table expression.
    pub(super) table: Option<Name>,
    /// What its columns are called by: the alias, or the name of the table.
    pub(super) alias: String,
    /// It stands for itself: a function, or `LATERAL`, which sees the others.
    pub(super) bound: bool,
    /// The tokens of the condition that joins it with those before it.
    pub(super) on: Option<Range>,
    /// It is joined by name (`USING`, `NATURAL`), so that no condition is needed.
    pub(super) by_name: bool,
}

/// Words that no alias can be.
const NO_ALIAS: &[&str] = &[
    "join",
    "inner",
    "left",
    "right",
    "full",
    "cross",
    "natural",
    "straight_join",
    "on",
    "using",
    "set",
    "where",
    "group",
    "having",
    "window",
    "order",
    "limit",
    "offset",
    "fetch",
    "for",
    "union",
    "except",
    "intersect",
    "minus",
    "returning",
    "tablesample",
    "force",
    "use",
    "ignore",
    "partition",
    "lateral",
    "when",
    "with",
    "into",
    "lock",
    "values",
    "value",
    "select",
    "default",
    "overriding",
    "before",
    "not",
    "indexed",
];

impl Reader {
    /// Reads all of `c`, the words behind `FROM`. The ranges of conditions count from the beginning of `c`.
    pub(super) fn sources(&mut self, c: &mut Cursor<'_>) -> Vec<Source> {
        let mut sources = Vec::new();
        while !c.done() {
            let from = c.at;
            self.source(c, &mut sources);
            self.joins(c, &mut sources);
            if !c.op(",") {
                if c.at == from || !c.done() {
                    self.unsure = true;
                    self.groups(&within(c, c.at..c.tokens.len()));
                }
                break;
            }
        }
        sources
    }

    /// `JOIN x ON ..`, again and again.
    fn joins(&mut self, c: &mut Cursor<'_>, sources: &mut Vec<Source>) {
        loop {
            let natural = c.take("natural");
            c.take_any(&["inner", "cross", "left outer", "left", "right outer", "right", "full outer", "full", "outer"]);
            if !c.take("join") && !c.take("straight_join") {
                return;
            }
            let first = sources.len();
            self.source(c, sources);
            self.joins_inside(c, sources);
            let mut by_name = natural;
            let mut on = None;
            if c.take("on") {
                let start = c.at;
                while !c.done() && !c.is_op(",") && !at_join(c) {
                    c.skip();
                }
                self.groups(&within(c, start..c.at));
                on = Some(start..c.at);
            } else if c.take("using") {
                by_name = true;
                c.skip();
                alias(c);
            }
            if let Some(source) = sources.get_mut(first) {
                source.on = on;
                source.by_name = by_name;
            }
        }
    }

    /// `a JOIN b JOIN c ON .. ON ..`: the inner join's condition stands first.
    #[expect(clippy::unused_self, clippy::needless_pass_by_ref_mut, reason = "a place for a form that is rare")]
    fn joins_inside(&mut self, _c: &mut Cursor<'_>, _sources: &mut Vec<Source>) {}

    fn source(&mut self, c: &mut Cursor<'_>, sources: &mut Vec<Source>) {
        let lateral = c.take("lateral");
        c.take("only");
        if c.is_op("(") {
            self.parenthesis(c, sources, lateral);
            return;
        }
        if c.take("rows from") {
            c.skip();
            c.take("with ordinality");
            let alias = alias(c).unwrap_or_default();
            sources.push(Source { table: None, alias, bound: true, on: None, by_name: false });
            return;
        }
        // `TABLE` names one in MySQL's and PostgreSQL's short query.
        let Some(name) = c.name() else {
            self.unsure = true;
            return;
        };
        if c.is_op("(") {
            // A function: what is in its parentheses may hold queries.
            let start = c.at;
            c.skip();
            self.groups(&within(c, start..c.at));
            self.calls.push(name.name.clone());
            c.take("with ordinality");
            let alias = alias(c).unwrap_or(name.name);
            sources.push(Source { table: None, alias, bound: true, on: None, by_name: false });
            return;
        }
        c.op("*");
        hints(c);
        let alias = alias(c).unwrap_or_else(|| name.name.clone());
        hints(c);
        let value = c.is_postgres()
            && ["user", "current_user", "session_user", "current_date", "current_timestamp"].contains(&name.name.as_str());
        let common = name.schema.is_none() && (self.is_common(&name.name) || value);
        if !common {
            self.tables.insert(name.clone());
        }
        sources.push(Source { table: (!common).then_some(name), alias, bound: false, on: None, by_name: false });
    }

    /// A sub-query, or joins in parentheses.
    fn parenthesis(&mut self, c: &mut Cursor<'_>, sources: &mut Vec<Source>, lateral: bool) {
        let start = c.at;
        let Some(mut inside) = c.group() else { return };
        if super::query::begins(&inside) {
            self.inner(&inside);
            let alias = alias(c).unwrap_or_default();
            sources.push(Source { table: None, alias, bound: lateral, on: None, by_name: false });
            return;
        }
        if !self.descend() {
            return;
        }
        let mut inner = Vec::new();
        self.source(&mut inside, &mut inner);
        self.joins(&mut inside, &mut inner);
        while inside.op(",") {
            self.source(&mut inside, &mut inner);
            self.joins(&mut inside, &mut inner);
        }
        self.unsure |= !inside.done();
        self.ascend();
        for source in &mut inner {
            // Its ranges count from the beginning of the group.
            if let Some(on) = &mut source.on {
                *on = on.start + start + 1..on.end + start + 1;
            }
        }
        alias(c);
        sources.append(&mut inner);
    }
}

fn at_join(c: &Cursor<'_>) -> bool {
    let words = ["join", "inner", "cross", "left", "right", "full", "natural", "straight_join"];
    c.kind(0) == Some(Kind::Word)
        && words.iter().any(|word| c.is(word))
        // `left(name, 3)` is a function.
        && !c.is_op_at(1, "(")
}

/// The alias that stands here, with or without `AS`; a list of columns behind it is stepped over.
pub(super) fn alias(c: &mut Cursor<'_>) -> Option<String> {
    let stated = c.take("as");
    let may = match c.kind(0) {
        Some(Kind::Word) => stated || !NO_ALIAS.iter().any(|word| c.is(word)),
        Some(Kind::Quoted | Kind::Template) => true,
        Some(Kind::Text) => stated && !c.is_postgres(),
        _ => false,
    };
    let alias = if may { c.ident() } else { None };
    if (alias.is_some() || stated) && c.is_op("(") {
        c.skip();
    }
    alias
}

/// MySQL's hints on indexes and partitions, SQLite's `INDEXED BY`, samples.
fn hints(c: &mut Cursor<'_>) {
    loop {
        if (c.is("force") || c.is("use") || c.is("ignore")) && (c.is_at(1, "index") || c.is_at(1, "key")) {
            c.at += 2;
            if c.take("for") {
                c.take_any(&["join", "order by", "group by"]);
            }
            c.skip();
            c.op(",");
        } else if c.is("partition") && c.is_op_at(1, "(") {
            c.step();
            c.skip();
        } else if c.take("tablesample") {
            c.step();
            c.skip();
            if c.take("repeatable") {
                c.skip();
            }
        } else if c.take("indexed by") {
            c.ident();
        } else if c.take("not indexed") || c.take("for system_time all") {
        } else if c.take("for portion of") {
            c.ident();
            while c.is_op("(") || c.take_any(&["from", "to"]).is_some() {
                c.skip();
            }
        } else if c.take_any(&["for system_time", "before system_time"]).is_some() {
            while c.take_any(&["as of", "from", "to", "between", "and", "timestamp", "transaction"]).is_some() {
                if !["timestamp", "transaction"].iter().any(|word| c.is(word)) {
                    c.skip();
                    if c.is_op("(") {
                        c.skip();
                    }
                }
            }
        } else {
            return;
        }
    }
}
