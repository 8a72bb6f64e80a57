//! From a text to its [`Script`].

use super::cursor::Cursor;
use super::place::Places;
use super::split::{Piece, Splitter};
use super::statement::{Action, Script, Span, Statement, Trouble, TroubleKind, Understood};
use super::{ddl, tree};
use crate::facts::SqlDialect;

/// A text with more statements is no change that anybody can judge; the rest is not read.
const MOST_STATEMENTS: usize = 1_000_000;

/// Reads a text of the dialect: every statement, and every trouble that the text itself has. Never fails.
///
/// An empty text has no statements. What is broken is a trouble with its place and, where a statement stood there, one that is
/// [not understood](Understood::No).
#[must_use]
pub fn read(text: &str, dialect: SqlDialect) -> Script {
    let mut script = once(text, dialect, false);
    // A quote that is never closed is often one that was opened long before: read again, it is found where the first statement got
    // lost in it.
    if script.troubles.iter().any(|trouble| trouble.kind == TroubleKind::Unterminated) {
        script = once(text, dialect, true);
    }
    let spans = script.statements.iter_mut().map(|statement| &mut statement.span);
    let spans = spans.chain(script.troubles.iter_mut().map(|trouble| &mut trouble.span)).collect();
    Places::new(text).fill(spans);
    script.troubles.sort_by_key(|trouble| (trouble.span.start, trouble.kind));
    script
}

fn once(text: &str, dialect: SqlDialect, wary: bool) -> Script {
    let mut splitter = Splitter::new(text, dialect, wary);
    let mut piece = Piece::default();
    let mut statements = Vec::new();
    while splitter.next(&mut piece) {
        if statements.len() >= MOST_STATEMENTS {
            let span = Span { start: piece.start, end: text.len(), ..Span::default() };
            let message = format!("the file has more than {MOST_STATEMENTS} statements; the rest was not read");
            splitter.troubles.push(Trouble { span, kind: TroubleKind::Limit, message });
            break;
        }
        statements.push(statement(text, dialect, &mut piece));
    }
    Script { dialect, statements, troubles: splitter.troubles }
}

fn statement(text: &str, dialect: SqlDialect, piece: &mut Piece) -> Statement {
    let (actions, understood) = meaning(text, dialect, piece);
    let words = Cursor::new(text, &piece.tokens, dialect);
    let calls = if runs(&actions, &words) {
        tree::all_calls(&words)
    } else if words.is_postgres() && actions.iter().any(|action| matches!(action, Action::AlterTable(_))) {
        tree::conversion_calls(&words)
    } else {
        Vec::new()
    };
    Statement {
        calls,
        span: Span { start: piece.start, end: piece.end, ..Span::default() },
        text: text[piece.start..piece.end].to_owned(),
        understood,
        actions,
        conditional: piece.conditional,
        comments: piece.comments.iter().flat_map(|(start, end)| comment(&text[*start..*end])).collect(),
    }
}

/// Whether the statement runs expressions: it reads or writes rows, and is no definition.
fn runs(actions: &[Action], c: &Cursor<'_>) -> bool {
    actions.iter().any(|action| match action {
        Action::Dml(_) => true,
        Action::Query { explain, .. } => !explain,
        Action::CreateTable(create) => create.as_query.is_some(),
        Action::CreateView { materialized, .. } => *materialized,
        // `COPY (SELECT ..) TO`; behind a table stand its columns.
        Action::Copy { table, .. } => table.is_none(),
        // The query of a cursor, a variable of MySQL, `DO f()`.
        Action::Harmless { what } => what == "DECLARE",
        Action::Set(_) | Action::Block { .. } => c.is_mysql(),
        _ => false,
    })
}

/// What a statement does, and how well that is known.
fn meaning(text: &str, dialect: SqlDialect, piece: &mut Piece) -> (Vec<Action>, Understood) {
    if let Some(action) = piece.command.take() {
        return (vec![action], Understood::Classified);
    }
    let c = Cursor::new(text, &piece.tokens, dialect);
    if let Some(reason) = piece.broken.take() {
        return (vec![Action::Other { words: c.text_of_words() }], Understood::No(reason));
    }
    if let Some(found) = setting_first(&c, piece) {
        return found;
    }
    inner(&c, piece)
}

/// MariaDB's `SET STATEMENT a = b FOR ..`: the settings hold for the one statement behind them.
fn setting_first(c: &Cursor<'_>, piece: &Piece) -> Option<(Vec<Action>, Understood)> {
    if !c.is_mysql() || !c.are("set statement") {
        return None;
    }
    let mut at = c.clone();
    while !at.done() && !at.is("for") {
        at.skip();
    }
    let settings = Cursor { tokens: &c.tokens[1..at.at], ..c.clone() };
    let mut actions = ddl::settings(&settings)?;
    at.step();
    let (mut others, understood) = inner(&Cursor { tokens: &c.tokens[at.at..], at: 0, ..c.clone() }, piece);
    actions.append(&mut others);
    Some((actions, understood))
}

fn inner(c: &Cursor<'_>, piece: &Piece) -> (Vec<Action>, Understood) {
    let other = || Action::Other { words: c.text_of_words() };
    if let Some(found) = tree::actions(c, piece) {
        let (mut actions, understood) = found;
        if matches!(understood, Understood::No(_)) {
            actions.push(other());
        }
        return (actions, understood);
    }
    // `EXPLAIN ANALYZE EXECUTE s`, `.. CREATE TABLE x AS ..`: it is done, not only explained.
    if let Some(explained) = tree::explained(c) {
        return inner(&explained, piece);
    }
    let mut at = c.clone();
    let Some(mut actions) = ddl::actions(&mut at) else {
        return (vec![other()], Understood::No(reason(c)));
    };
    for action in &mut actions {
        if let Action::Copy { rows, .. } = action {
            *rows = piece.data_lines;
        }
    }
    let Some(next) = at.token(0) else {
        if let Some(second) = tree::second_on_line(c) {
            actions.push(other());
            return (actions, tree::unterminated(c, second));
        }
        return (actions, if at.unsure { Understood::Classified } else { Understood::Parsed });
    };
    let line = c.text[..next.start].bytes().filter(|byte| *byte == b'\n').count() + 1;
    let message = format!("line {line}: nobody here knows what {} means in this place", at.peek(0));
    actions.push(other());
    (actions, Understood::No(message))
}

fn reason(c: &Cursor<'_>) -> String {
    let words = c.text_of_words();
    if words.is_empty() {
        "it has no words that a statement could begin with".to_owned()
    } else {
        format!("nobody here knows a statement {words}")
    }
}

/// The lines of a comment without its marks.
fn comment(text: &str) -> Vec<String> {
    let inside = if let Some(rest) = text.strip_prefix("--") {
        rest
    } else if let Some(rest) = text.strip_prefix("/*") {
        rest.strip_suffix("*/").unwrap_or(rest)
    } else if let Some(rest) = text.strip_prefix("{#") {
        rest.strip_suffix("#}").unwrap_or(rest)
    } else {
        text.trim_start_matches('#')
    };
    inside
        .lines()
        .map(|line| line.trim().trim_start_matches('*').trim())
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect()
}
