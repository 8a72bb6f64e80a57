//! A second statement that begins where no terminator stands before it.
//!
//! A server refuses such a text, or its client takes it apart by marks that are not read here (`GO`, `/`, a delimiter of a tool): in
//! both cases what stands behind is run or meant to run, and must not pass as a part of the statement before it.

use crate::evidence::sql::cursor::Cursor;
use crate::evidence::sql::lex::Kind;

/// What `CREATE`, `ALTER` and `DROP` are followed by.
const OBJECTS: &[&str] = &[
    "access",
    "aggregate",
    "cast",
    "collation",
    "conversion",
    "database",
    "default",
    "definer",
    "domain",
    "event",
    "extension",
    "foreign",
    "fulltext",
    "function",
    "global",
    "group",
    "index",
    "language",
    "large",
    "local",
    "materialized",
    "operator",
    "or",
    "owned",
    "package",
    "policy",
    "procedure",
    "publication",
    "recursive",
    "role",
    "routine",
    "rule",
    "schema",
    "sequence",
    "server",
    "spatial",
    "statistics",
    "subscription",
    "system",
    "table",
    "tables",
    "tablespace",
    "temp",
    "temporary",
    "text",
    "transform",
    "trigger",
    "type",
    "unique",
    "unlogged",
    "user",
    "view",
    "virtual",
];

/// Words behind which a value, a name or a verb of the same statement stands.
const GOES_ON: &[&str] = &[
    "all",
    "analyze",
    "and",
    "any",
    "as",
    "before",
    "between",
    "by",
    "case",
    "describe",
    "distinct",
    "do",
    "else",
    "explain",
    "for",
    "from",
    "having",
    "ignore",
    "in",
    "into",
    "is",
    "join",
    "key",
    "lateral",
    "like",
    "limit",
    "low_priority",
    "not",
    "offset",
    "on",
    "only",
    "or",
    "quick",
    "recursive",
    "returning",
    "select",
    "set",
    "table",
    "then",
    "union",
    "update",
    "using",
    "values",
    "when",
    "where",
    "with",
];

/// The number of the word that begins another statement, among those behind `from`, the first verb of the statement that reads or
/// changes rows.
pub(super) fn second(c: &Cursor<'_>, from: usize) -> Option<usize> {
    let mut at = Cursor { at: from, ..c.clone() };
    let inserts = at.is("insert") || at.is("replace");
    let mut selects = u32::from(at.is("select"));
    at.skip();
    while !at.done() {
        if at.kind(0) == Some(Kind::Word) && !at.is_op_before(".") {
            let free = at.is("select") && !behind(&at, &["all", "distinct", "except", "intersect", "minus", "union"]);
            selects += u32::from(free);
            // The rows of an `INSERT` come from one query; another has no place anywhere.
            if free && (selects > 1 || !inserts) || defines(&at) || changes(&at) || lone_go(&at) {
                return Some(at.at);
            }
        }
        at.skip();
    }
    None
}

/// The same for a definition or command: where the second statement begins a line, because many words of definitions read like the
/// verbs of statements.
pub(in crate::evidence::sql) fn second_on_line(c: &Cursor<'_>) -> Option<usize> {
    let mut at = c.clone();
    at.at = 0;
    // Those that hold statements, or lists of verbs and objects.
    let holds = ["begin", "do", "explain", "grant", "prepare", "revoke"].iter().any(|word| at.is(word))
        || at.is("create") && (1..12).any(|offset| HOLDERS.iter().any(|word| at.is_at(offset, word)))
        || at.is("alter") && ["default", "event", "extension", "publication"].iter().any(|word| at.is_at(1, word))
        || at.is("alter") && at.is_at(1, "definer");
    at.step();
    while !at.done() {
        if at.kind(0) == Some(Kind::Word) && (lone_go(&at) || !holds && begins_line(&at) && (defines_table(&at) || changes(&at)))
        {
            return Some(at.at);
        }
        at.skip();
    }
    None
}

/// What `CREATE` makes that has statements in it.
const HOLDERS: &[&str] = &["event", "function", "package", "policy", "procedure", "publication", "rule", "schema", "trigger"];

fn defines(c: &Cursor<'_>) -> bool {
    ["alter", "create", "drop"].iter().any(|word| c.is(word)) && OBJECTS.iter().any(|word| c.is_at(1, word))
}

fn defines_table(c: &Cursor<'_>) -> bool {
    ["alter", "create", "drop"].iter().any(|word| c.is(word))
        && ["database", "schema", "table", "view"].iter().any(|word| c.is_at(1, word))
}

/// Whether a statement that changes rows, rights or the like begins here, and could not go on with what stands before.
fn changes(c: &Cursor<'_>) -> bool {
    const PHRASES: &[&str] = &[
        "delete from",
        "delete ignore",
        "insert into",
        "insert ignore",
        "load data",
        "lock table",
        "lock tables",
        "merge into",
        "refresh materialized",
        "rename table",
        "replace into",
        "truncate table",
        "vacuum full",
    ];
    if behind(c, GOES_ON) || behind_operator(c) && !begins_line(c) {
        return false;
    }
    let named = |at: usize| matches!(c.kind(at), Some(Kind::Word | Kind::Quoted | Kind::Template));
    let clause = ["as", "from", "limit", "order", "partition", "union", "where"].iter().any(|word| c.is_at(1, word));
    PHRASES.iter().any(|words| c.are(words))
        || c.is("update") && (2..8).any(|at| c.is_at(at, "set"))
        || c.is("delete") && named(1) && (2..8).any(|at| c.is_at(at, "from"))
        || named(1) && !clause && ["call", "truncate"].iter().any(|word| c.is(word)) && begins_line(c)
        || named(1)
            && !clause
            && ["grant", "revoke"].iter().any(|word| c.is(word))
            && (2..40).any(|at| c.is_at(at, "on") || c.is_at(at, "to"))
}

/// `GO` alone on its line, which some tools take for the end of a statement.
fn lone_go(c: &Cursor<'_>) -> bool {
    c.is("go")
        && begins_line(c)
        && c.token(0).is_none_or(|token| {
            let rest = &c.text[token.end..];
            rest[..rest.find('\n').unwrap_or(rest.len())].trim().is_empty()
        })
}

fn begins_line(c: &Cursor<'_>) -> bool {
    let (Some(token), Some(before)) = (c.token(0), c.at.checked_sub(1).and_then(|at| c.tokens.get(at))) else { return false };
    c.text[before.end..token.start].contains(['\n', '\r'])
}

fn behind(c: &Cursor<'_>, words: &[&str]) -> bool {
    c.at.checked_sub(1).is_some_and(|at| {
        let before = Cursor { at, ..c.clone() };
        words.iter().any(|word| before.is(word))
    })
}

/// Whether an operator stands before, so that a value has to follow.
fn behind_operator(c: &Cursor<'_>) -> bool {
    c.at.checked_sub(1).is_some_and(|at| {
        let before = Cursor { at, ..c.clone() };
        before.kind(0) == Some(Kind::Op) && ![")", "]", ";", "*", "/"].iter().any(|op| before.is_op(op))
    })
}
