//! Anonymous blocks: the statements of a simple one, so that `DO $$ BEGIN IF NOT EXISTS (..) THEN CREATE TYPE ..; END IF; END $$` is judged
//! by what it may run.
//!
//! Whatever stands under a condition counts as run. A block that does more than run statements under conditions (variables, loops, SQL
//! that is made at run time) is not taken apart.

use crate::evidence::sql::{self, Action, Comparison, Condition, Dml, Statement, Understood};
use crate::facts::SqlDialect;

/// Longer bodies are programs; bytes.
const LONGEST: usize = 1 << 16;

/// Words that statements which may stand in a block begin with.
const VERBS: &[&str] = &[
    "alter", "analyze", "comment", "create", "delete", "drop", "grant", "insert", "lock", "merge", "refresh", "revoke", "set",
    "truncate", "update",
];

/// The statements that the blocks of a statement may run, or that an event or a rewrite rule runs later, each in the place of the whole;
/// `None` where it has none of them, or one that is more than statements under conditions.
pub(super) fn inside(statement: &Statement, dialect: SqlDialect) -> Option<Vec<Statement>> {
    let found = match statement.actions.as_slice() {
        [Action::Block { language, body }] => {
            let plpgsql = language.as_deref().is_none_or(|language| language.eq_ignore_ascii_case("plpgsql"));
            if dialect != SqlDialect::Postgres || !plpgsql || body.len() > LONGEST {
                return None;
            }
            of_program(body, dialect)?
        }
        [Action::CreateTrigger { event: true, body: Some(body), .. }] => of_event(body, dialect)?,
        [Action::CreateRule { body: Some(body), .. }] => of_rule(body, dialect)?,
        _ => return None,
    };
    let here = |mut inner: Statement| {
        inner.span = statement.span;
        inner
    };
    Some(found.into_iter().map(here).collect())
}

/// What an event runs: one statement, or those of its `BEGIN .. END`.
fn of_event(body: &str, dialect: SqlDialect) -> Option<Vec<Statement>> {
    if body.len() > LONGEST {
        return None;
    }
    if !starts_with_word(body, &["begin"]) {
        return statements(body, dialect);
    }
    // Where a literal ends in these, is not known here.
    let unclear = body.contains(['\\', '#']) || body.contains('`') && body.contains(['\'', '"']);
    if unclear { None } else { of_program(body, dialect) }
}

/// What a rewrite rule runs, without what only touches the rows that belong to the one which is written (`WHERE id = OLD.id`).
fn of_rule(body: &str, dialect: SqlDialect) -> Option<Vec<Statement>> {
    if body.len() > LONGEST {
        return None;
    }
    let mut found = statements(body, dialect)?;
    found.retain(|inner| {
        let [Action::Dml(dml)] = inner.actions.as_slice() else { return true };
        let filter = match dml {
            Dml::Update(update) => update.filter.as_ref(),
            Dml::Delete(delete) => delete.filter.as_ref(),
            _ => None,
        };
        let of_row = |condition: &Condition| {
            let side = |name: &Option<String>| {
                name.as_deref().is_some_and(|name| {
                    let name = name.to_ascii_lowercase();
                    name.starts_with("old.") || name.starts_with("new.")
                })
            };
            condition.comparison == Comparison::Equal && side(&condition.column) != side(&condition.other)
        };
        !filter.is_some_and(|filter| filter.conditions.iter().any(of_row)) || !inner.calls.is_empty()
    });
    Some(found)
}

/// The statements that a routine may run; `None` where its body is more than statements, or one that nobody here reads.
pub(super) fn of_routine(body: &str, language: Option<&str>, dialect: SqlDialect) -> Option<Vec<Statement>> {
    if dialect != SqlDialect::Postgres || body.len() > LONGEST {
        return None;
    }
    match language {
        Some("plpgsql") => of_program(body, dialect),
        Some("sql") => statements(body, dialect),
        _ => None,
    }
}

/// The statements between the words of a program, and what its conditions call.
fn of_program(body: &str, dialect: SqlDialect) -> Option<Vec<Statement>> {
    let mut text = String::new();
    let mut expressions = Vec::new();
    for piece in pieces(body) {
        let piece = bare(piece, &mut expressions)?;
        if !piece.is_empty() {
            text.push_str(piece);
            text.push_str(";\n");
        }
    }
    let mut found = statements(&text, dialect)?;
    for expression in expressions {
        let script = sql::read(&format!("SELECT {expression}"), dialect);
        let [read] = script.statements.as_slice() else { return None };
        if !read.calls.is_empty() {
            found.push(Statement { actions: vec![Action::Harmless { what: "expression".to_owned() }], ..read.clone() });
        }
    }
    Some(found)
}

fn statements(text: &str, dialect: SqlDialect) -> Option<Vec<Statement>> {
    let script = sql::read(text, dialect);
    let known = script.troubles.is_empty()
        && script.statements.iter().all(|inner| {
            !matches!(inner.understood, Understood::No(_))
                && !inner
                    .actions
                    .iter()
                    .any(|action| matches!(action, Action::Block { .. } | Action::Other { .. } | Action::Dynamic { .. }))
        });
    known.then_some(script.statements)
}

/// A piece without the words of the block around it: empty where nothing is left; `None` where it is no statement. What it computes
/// goes to `expressions`.
fn bare<'a>(piece: &'a str, expressions: &mut Vec<&'a str>) -> Option<&'a str> {
    let mut rest = piece;
    loop {
        rest = rest.trim();
        if rest.starts_with("--") || rest.starts_with("/*") {
            rest = &rest[skipped(rest)?..];
            continue;
        }
        // A label.
        if let Some(label) = rest.strip_prefix("<<") {
            rest = &label[label.find(">>")? + 2..];
            continue;
        }
        let word_end = rest.find(|c: char| !(c == '_' || c.is_alphanumeric())).unwrap_or(rest.len());
        let (word, after) = rest.split_at(word_end);
        match word.to_ascii_lowercase().as_str() {
            "" if rest.is_empty() => return Some(""),
            "begin" | "else" | "exception" => rest = after,
            "if" | "elsif" | "elseif" | "when" => {
                rest = after_then(after)?;
                expressions.push(&after[..after.len() - rest.len() - "then".len()]);
            }
            "end" | "null" => return Some(""),
            "return" if starts_with_word(after, &["query", "next"]) => return None,
            "return" | "raise" => {
                if !after.trim().is_empty() {
                    expressions.push(after);
                }
                return Some("");
            }
            verb if VERBS.contains(&verb) => return Some(rest),
            _ => return None,
        }
    }
}

fn starts_with_word(text: &str, words: &[&str]) -> bool {
    let text = text.trim_start();
    let end = text.find(|c: char| !(c == '_' || c.is_alphanumeric())).unwrap_or(text.len());
    words.iter().any(|word| text[..end].eq_ignore_ascii_case(word))
}

/// What stands behind the first `THEN` outside of quotes and parentheses.
fn after_then(text: &str) -> Option<&str> {
    let mut depth = 0_i32;
    let mut at = 0;
    while at < text.len() {
        if let Some(end) = skipped(&text[at..]) {
            at += end;
            continue;
        }
        let rest = &text[at..];
        match rest.as_bytes()[0] {
            b'(' => depth += 1,
            b')' => depth -= 1,
            b't' | b'T' if depth == 0 && rest.len() > 4 && rest.is_char_boundary(4) && rest[..4].eq_ignore_ascii_case("then") => {
                let before = text[..at].chars().next_back().is_none_or(|c| !(c == '_' || c.is_alphanumeric()));
                let behind = rest[4..].chars().next().is_some_and(|c| !(c == '_' || c.is_alphanumeric()));
                if before && behind {
                    return Some(&rest[4..]);
                }
            }
            _ => {}
        }
        at += rest.chars().next().map_or(1, char::len_utf8);
    }
    None
}

/// The pieces of a body between semicolons that stand outside of quotes and comments.
fn pieces(body: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut start, mut at) = (0, 0);
    while at < body.len() {
        if let Some(end) = skipped(&body[at..]) {
            at += end;
            continue;
        }
        let c = body[at..].chars().next().unwrap_or(';');
        if c == ';' {
            pieces.push(&body[start..at]);
            start = at + 1;
        }
        at += c.len_utf8();
    }
    pieces.push(&body[start..]);
    pieces
}

/// The length of a quoted text or comment that begins here.
fn skipped(text: &str) -> Option<usize> {
    let until = |from: usize, end: &str| text[from..].find(end).map_or(text.len(), |at| from + at + end.len());
    match text.as_bytes()[0] {
        b'\'' => Some(until(1, "'")),
        b'"' => Some(until(1, "\"")),
        b'-' if text.starts_with("--") => Some(until(2, "\n")),
        b'/' if text.starts_with("/*") => Some(until(2, "*/")),
        b'$' => {
            let tag = text[1..].find('$').map(|end| &text[..end + 2])?;
            let named = tag[1..tag.len() - 1].chars().all(|c| c == '_' || c.is_alphanumeric());
            named.then(|| until(tag.len(), tag))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(body: &str) -> Option<Vec<String>> {
        let text = format!("DO $do$ {body} $do$;");
        let script = sql::read(&text, SqlDialect::Postgres);
        assert_eq!(script.statements.len(), 1, "{text}");
        Some(inside(&script.statements[0], SqlDialect::Postgres)?.iter().map(|inner| inner.text.clone()).collect())
    }

    #[test]
    fn statements_under_conditions_are_seen() {
        let create = "CREATE TYPE mood AS ENUM ('sad;', 'then')";
        for body in [
            format!("<< moods >> BEGIN IF(true) THEN {create}; END IF; END moods"),
            format!("BEGIN {create}; EXCEPTION WHEN duplicate_object THEN null; END"),
            format!("BEGIN IF NOT EXISTS (SELECT 1 FROM pg_type WHERE typname = 'then') THEN {create}; END IF; END;"),
            format!("BEGIN\n -- the type; of moods\n IF true THEN NULL; ELSE {create}; RAISE NOTICE 'done'; END IF; END"),
        ] {
            assert_eq!(kinds(&body), Some(vec![create.to_owned()]), "{body}");
        }
    }

    #[test]
    fn what_conditions_call_is_told() {
        for body in [
            "BEGIN IF purge() THEN NULL; END IF; END",
            "BEGIN IF (SELECT count(*) FROM t WHERE purge()) > 1 THEN NULL; END IF; END",
            "BEGIN RAISE NOTICE '%', purge(); END",
            "BEGIN RETURN purge(); END",
        ] {
            let text = format!("DO $do$ {body} $do$;");
            let script = sql::read(&text, SqlDialect::Postgres);
            let inside = inside(&script.statements[0], SqlDialect::Postgres).unwrap();
            assert!(inside.iter().any(|inner| inner.calls.iter().any(|call| call == "purge")), "{body}: {inside:?}");
        }
    }

    #[test]
    fn a_program_is_not_taken_apart() {
        for body in [
            "DECLARE a int; BEGIN UPDATE t SET b = 1; END",
            "BEGIN EXECUTE 'DROP TABLE t'; END",
            "BEGIN FOR r IN SELECT 1 LOOP DELETE FROM t; END LOOP; END",
            "BEGIN PERFORM f(); END",
            "BEGIN a := 1; END",
            "BEGIN SELECT 1 INTO a; END",
            "BEGIN FROBNICATE; END",
            "BEGIN IF a; END",
            "BEGIN RETURN QUERY DELETE FROM t RETURNING a; END",
        ] {
            assert_eq!(kinds(body), None, "{body}");
        }
    }
}
