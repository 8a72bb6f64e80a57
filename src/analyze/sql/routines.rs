//! Functions that the change creates: a call of one does what its body does.
//!
//! Only what stands before the call counts, and only bodies whose statements can all be read. A later definition of the same name may be
//! another one with other parameters: both count as called.

use std::collections::{BTreeMap, BTreeSet};

use super::blocks;
use crate::evidence::sql::{Action, Dml, InsertSource, Name, Statement};
use crate::facts::SqlDialect;

/// So many calls of calls are followed.
const MOST_CALLS: usize = 64;
/// So many statements of functions are judged in a change; a call behind them is as unknown as any other.
const MOST_STATEMENTS: usize = 20_000;

/// The functions so far, by the name by which [`Statement::calls`] tells them.
#[derive(Debug, Default)]
pub struct Routines {
    known: BTreeMap<String, Body>,
    judged: usize,
}

#[derive(Debug)]
struct Body {
    statements: Vec<Statement>,
    /// Every definition of the name can be read.
    readable: bool,
}

impl Routines {
    /// Takes notice of what a statement creates, and forgets everything where a name may mean something else from here on.
    pub(super) fn follow(&mut self, statement: &Statement, dialect: SqlDialect) {
        for action in &statement.actions {
            match action {
                Action::CreateRoutine { name, language, body, .. } if dialect == SqlDialect::Postgres => {
                    let body = body.as_deref().and_then(|body| blocks::of_routine(body, language.as_deref(), dialect));
                    let known = self.known.entry(key(name)).or_insert_with(|| Body { statements: Vec::new(), readable: true });
                    known.readable &= body.is_some();
                    known.statements.extend(body.unwrap_or_default());
                }
                Action::Rollback { .. } | Action::DropRoutine { .. } | Action::Use { .. } => self.known.clear(),
                Action::Set(variable) if variable.name == "search_path" => self.known.clear(),
                _ => {}
            }
        }
    }

    /// The statements that run inside of one: those of a block, and those of the functions that are called, each in its place.
    pub(super) fn inside(&mut self, statement: &Statement, dialect: SqlDialect) -> Vec<Statement> {
        let mut inside = blocks::inside(statement, dialect).unwrap_or_default();
        let mut seen = BTreeSet::new();
        let mut open: Vec<&String> = statement.calls.iter().chain(inside.iter().flat_map(|inner| &inner.calls)).collect();
        let mut called = Vec::new();
        while let Some(call) = open.pop() {
            if seen.len() >= MOST_CALLS {
                break;
            }
            let Some(body) = self.known.get(call).filter(|body| body.readable && seen.insert(call.clone())) else { continue };
            called.extend(body.statements.iter().cloned().map(|inner| Statement { span: statement.span, ..inner }));
            open.extend(body.statements.iter().flat_map(|inner| &inner.calls));
        }
        self.judged += called.len();
        if self.judged > MOST_STATEMENTS {
            for body in self.known.values_mut() {
                body.readable = false;
            }
            return inside;
        }
        inside.append(&mut called);
        inside
    }

    /// Whether the change creates the function, and whoever judges its statements has judged all that the statement does by calling it.
    pub(super) fn judges(&self, call: &str, statement: &Statement) -> bool {
        let mut seen = BTreeSet::new();
        let mut open = vec![call];
        let mut writes = false;
        while let Some(call) = open.pop() {
            let Some(body) = self.known.get(call) else { continue };
            if !seen.insert(call) {
                continue;
            }
            if !body.readable || seen.len() >= MOST_CALLS {
                return false;
            }
            writes |= body
                .statements
                .iter()
                .flat_map(|inner| &inner.actions)
                .any(|action| !matches!(action, Action::Query { .. } | Action::Harmless { .. }));
            open.extend(body.statements.iter().flat_map(|inner| inner.calls.iter().map(String::as_str)));
        }
        // A function that changes one row changes every one where it is called for every row.
        self.known.contains_key(call) && (!writes || runs_once(statement))
    }

    /// Whether the change creates a function of the name.
    pub(super) fn creates(&self, call: &str) -> bool {
        self.known.contains_key(call)
    }
}

fn key(name: &Name) -> String {
    let schema = name.schema.as_deref().filter(|schema| *schema != "public");
    Name { schema: schema.map(str::to_owned), name: name.name.clone() }.to_string().to_lowercase()
}

/// Whether each expression of a statement is computed once, because it reads no rows.
fn runs_once(statement: &Statement) -> bool {
    statement.actions.iter().all(|action| match action {
        Action::Query { query, .. } => query.tables.is_empty() && !super::words::reads_rows(&query.text),
        Action::Dml(Dml::Insert(insert)) => match &insert.source {
            InsertSource::Values(_) | InsertSource::DefaultValues => !statement.text.to_ascii_lowercase().contains("select"),
            InsertSource::Query(query) => query.tables.is_empty() && !super::words::reads_rows(&query.text),
        },
        _ => false,
    })
}
