//! The clauses of one statement, told apart by their first words at the outermost level of parentheses.

use crate::evidence::sql::cursor::Cursor;
use crate::evidence::sql::lex::Kind;

/// Where a clause's words stand, without the words that open it.
pub(super) type Range = std::ops::Range<usize>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Clause {
    From,
    Using,
    Set,
    Where,
    GroupBy,
    Having,
    Window,
    OrderBy,
    Limit,
    Offset,
    Fetch,
    /// `FOR UPDATE`, `FOR SHARE`, `LOCK IN SHARE MODE`.
    Lock,
    Into,
    Returning,
    Conflict,
    /// `UNION`, `EXCEPT`, `INTERSECT`, `MINUS`.
    Combine,
}

/// The clauses from here on, in their order; what stands before the first one is not among them.
pub(super) fn clauses(c: &Cursor<'_>) -> Vec<(Clause, Range)> {
    let mut found: Vec<(Clause, Range)> = Vec::new();
    let mut at = c.clone();
    while !at.done() {
        let here = at.at;
        if let Some((clause, words)) = opens(&at) {
            if let Some((_, last)) = found.last_mut() {
                last.end = here;
            }
            found.push((clause, here + words..c.tokens.len()));
            at.at += words;
        } else {
            at.skip();
        }
    }
    found
}

/// The first clause of this kind.
pub(super) fn find(clauses: &[(Clause, Range)], clause: Clause) -> Option<Range> {
    clauses.iter().find(|(other, _)| *other == clause).map(|(_, range)| range.clone())
}

/// A cursor over a range of the statement's tokens.
pub(super) fn within<'a>(c: &Cursor<'a>, range: Range) -> Cursor<'a> {
    let end = range.end.min(c.tokens.len());
    Cursor { tokens: &c.tokens[range.start.min(end)..end], at: 0, unsure: false, ..c.clone() }
}

/// The clause that opens here, and of how many words its opening is.
fn opens(c: &Cursor<'_>) -> Option<(Clause, usize)> {
    if c.kind(0) != Some(Kind::Word) {
        return None;
    }
    // A name may read like a clause where it follows a full stop or `AS`.
    let before = c.before_word();
    if c.is_op_before(".") || before.eq_ignore_ascii_case("as") {
        return None;
    }
    let value = |at: usize| {
        matches!(c.kind(at), Some(Kind::Number | Kind::Param | Kind::Template))
            || c.is_op_at(at, "(")
            || c.is_at(at, "all")
            || c.kind(at) == Some(Kind::Word)
    };
    let found = match c.peek(0).to_ascii_lowercase().as_str() {
        // `ROWS FROM (f(), g())`.
        "from" if before.eq_ignore_ascii_case("rows") && c.is_op_at(1, "(") => return None,
        // Nor is that of `IS DISTINCT FROM` and `FOR PORTION OF x FROM ..`.
        "from" if !before.eq_ignore_ascii_case("distinct") && !before.eq_ignore_ascii_case("system_time") && !c.portion() => {
            (Clause::From, 1)
        }
        // `JOIN b USING (x)` is none.
        "using" if !c.is_op_at(1, "(") || c.is_at(2, "select") || c.is_at(2, "with") => (Clause::Using, 1),
        "set" => (Clause::Set, 1),
        "where" => (Clause::Where, 1),
        "group" if c.is_at(1, "by") => (Clause::GroupBy, 2),
        "having" => (Clause::Having, 1),
        "window" if c.is_at(2, "as") => (Clause::Window, 1),
        "order" if c.is_at(1, "by") => (Clause::OrderBy, 2),
        "limit" if value(1) => (Clause::Limit, 1),
        "offset" if value(1) && !c.is_op_before(",") => (Clause::Offset, 1),
        "fetch" if c.is_at(1, "first") || c.is_at(1, "next") => (Clause::Fetch, 2),
        "for" if ["update", "share", "no", "key"].iter().any(|word| c.is_at(1, word)) => (Clause::Lock, 1),
        "lock" if c.is_at(1, "in") => (Clause::Lock, 1),
        "into" => (Clause::Into, 1),
        "returning" => (Clause::Returning, 1),
        "on" if c.is_at(1, "conflict") || c.are("on duplicate key") => (Clause::Conflict, 1),
        "union" | "except" | "intersect" | "minus" => {
            let all = c.is_at(1, "all") || c.is_at(1, "distinct");
            (Clause::Combine, if all { 2 } else { 1 })
        }
        _ => return None,
    };
    Some(found)
}

impl<'a> Cursor<'a> {
    /// Whether a part of a period is named just before: `FOR PORTION OF x`.
    fn portion(&self) -> bool {
        self.at > 2 && (Cursor { at: self.at - 3, ..self.clone() }).are("portion of")
    }

    /// The word before this place; empty where it is none.
    fn before_word(&self) -> &'a str {
        match self.at.checked_sub(1).and_then(|at| self.tokens.get(at)) {
            Some(token) if token.kind == Kind::Word => &self.text[token.start..token.end],
            _ => "",
        }
    }
}
