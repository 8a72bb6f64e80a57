//! The checklist of a change of the database, compared with its SQL (requirement B1).
//!
//! A checklist is worth what its answers are worth: the tables are those that the statements touch, the rows those that the planner or
//! the catalogue tells, the SQL is that of the change, and what takes it back does. What nobody can tell is told as such, and is not
//! taken for an agreement.

mod rows;
mod sql;
#[cfg(test)]
mod tests;
mod window;

pub use window::window_open;

use jiff::Timestamp;

use crate::evidence::database_checklist::{ChangeWindow, ChecklistRecord, NamedSql, Told};
use crate::facts::{
    ChecklistAnswer, ChecklistContradiction, ChecklistQuestion, DatabaseChecklist, Reversal, ReversalState, SqlDialect, SqlFile,
    SqlStatement, TouchedTable,
};

/// What the answers are compared with.
#[derive(Debug, Clone, Copy)]
pub struct Compared<'a> {
    /// The file, or `pull request`.
    pub source: &'a str,
    pub statements: &'a [SqlStatement],
    pub tables: &'a [TouchedTable],
    pub files: &'a [SqlFile],
    /// Every file of the change, for what takes it back and holds no migration; sorted or not.
    pub changed: &'a [&'a str],
    pub reversals: &'a [Reversal],
    /// The texts of the statements that go up, whole. `statements` has them cut.
    pub texts: &'a [&'a str],
    /// The dialect of texts in the checklist itself.
    pub dialect: SqlDialect,
    /// The accounts that made the change; empty where nobody knows them.
    pub authors: &'a [&'a str],
    /// How far declared rows may be from what is known, as a factor of at least 1.
    pub rows_factor: f64,
    pub now: Timestamp,
}

/// The questions in their order.
const QUESTIONS: [ChecklistQuestion; 11] = [
    ChecklistQuestion::Reason,
    ChecklistQuestion::Tables,
    ChecklistQuestion::EstimatedRows,
    ChecklistQuestion::ChangeSql,
    ChecklistQuestion::RollbackSql,
    ChecklistQuestion::Backup,
    ChecklistQuestion::Window,
    ChecklistQuestion::Order,
    ChecklistQuestion::ReplicationLag,
    ChecklistQuestion::Verification,
    ChecklistQuestion::Reviewer,
];

/// Compares a checklist with the SQL of the change.
///
/// Every question has an answer or none. A question that is not answered is no contradiction: which ones have to be answered is for a
/// policy. Of the answers, those that do not agree with what is known are contradictions, `certain` where they are wrong and not where
/// nobody can tell.
#[must_use]
pub fn compare(record: &ChecklistRecord, with: &Compared<'_>) -> DatabaseChecklist {
    let mut found = Contradictions::default();
    rows::tables(record, with, &mut found);
    rows::estimate(record, with, &mut found);
    sql::change(record, with, &mut found);
    sql::rollback(record, with, &mut found);
    sql::verification(record, with, &mut found);
    let window = record.window.as_ref().and_then(|told| window::seen(told, with.now, &mut found));
    reviewers(record, with, &mut found);
    let mut contradictions = found.0;
    contradictions.sort_by(|a, b| (a.question, a.line, &a.message).cmp(&(b.question, b.line, &b.message)));
    DatabaseChecklist {
        source: with.source.to_owned(),
        answers: QUESTIONS.into_iter().map(|question| answer(record, question)).collect(),
        contradictions,
        reviewers: record.reviewers.as_ref().map(|told| told.value.clone()).unwrap_or_default(),
        window,
    }
}

#[derive(Debug, Default)]
struct Contradictions(Vec<ChecklistContradiction>);

/// One disagreement: what is declared, what is found, and whether that is certain.
struct Disagreement {
    question: ChecklistQuestion,
    line: Option<u32>,
    message: String,
    declared: String,
    found: String,
    certain: bool,
}

impl Contradictions {
    fn add(&mut self, it: Disagreement) {
        let Disagreement { question, line, message, declared, found, certain } = it;
        let (declared, found) = (cut(&declared), cut(&found));
        self.0.push(ChecklistContradiction { question, message: cut(&message), declared, found, line, certain });
    }
}

/// A reviewer who made the change reviews himself.
fn reviewers(record: &ChecklistRecord, with: &Compared<'_>, found: &mut Contradictions) {
    let Some(told) = &record.reviewers else { return };
    let is_author = |name: &String| with.authors.iter().any(|author| author.eq_ignore_ascii_case(name));
    let others = told.value.iter().filter(|name| !is_author(name)).count();
    let (message, found_is, certain) = if with.authors.is_empty() {
        ("nobody knows who made the change, and so whether the reviewer is somebody else".to_owned(), "unknown".to_owned(), false)
    } else if others == 0 {
        ("the reviewer made the change; somebody else has to review it".to_owned(), with.authors.join(", "), true)
    } else {
        return;
    };
    let declared = told.value.join(", ");
    let question = ChecklistQuestion::Reviewer;
    found.add(Disagreement { question, line: told.line, message, declared, found: found_is, certain });
}

fn answer(record: &ChecklistRecord, question: ChecklistQuestion) -> ChecklistAnswer {
    let (answer, line) = match question {
        ChecklistQuestion::Reason => text(record.reason.as_ref()),
        ChecklistQuestion::Backup => text(record.backup.as_ref()),
        ChecklistQuestion::ReplicationLag => text(record.replication_lag.as_ref()),
        ChecklistQuestion::Verification => text(record.verification.as_ref()),
        ChecklistQuestion::EstimatedRows => said(record.estimated_rows.as_ref(), ToString::to_string),
        ChecklistQuestion::Tables => said(record.tables.as_ref(), |tables| {
            let shown = tables.iter().map(|table| match table.rows {
                Some(rows) => format!("{} ({rows} rows)", table.name),
                None => table.name.clone(),
            });
            shown.collect::<Vec<_>>().join(", ")
        }),
        ChecklistQuestion::ChangeSql => said(record.change_sql.as_ref(), |named| shown(named)),
        ChecklistQuestion::RollbackSql => said(record.rollback_sql.as_ref(), |named| shown(named)),
        ChecklistQuestion::Window => said(record.window.as_ref(), window::shown),
        ChecklistQuestion::Order => said(record.order.as_ref(), |order| order.join(", ")),
        ChecklistQuestion::Reviewer => said(record.reviewers.as_ref(), |names| names.join(", ")),
    };
    let by = answer.is_some().then(|| record.by(question).map(str::to_owned)).flatten();
    ChecklistAnswer { question, answer, by, line }
}

fn text(told: Option<&Told<String>>) -> (Option<String>, Option<u32>) {
    said(told, Clone::clone)
}

fn said<T>(told: Option<&Told<T>>, show: impl Fn(&T) -> String) -> (Option<String>, Option<u32>) {
    (told.map(|told| cut(&show(&told.value))), told.and_then(|told| told.line))
}

fn shown(named: &[NamedSql]) -> String {
    let texts = named.iter().map(|named| match named {
        NamedSql::Path(text) | NamedSql::Text(text) => text.as_str(),
    });
    texts.collect::<Vec<_>>().join(", ")
}

/// On one line and at most 200 characters.
fn cut(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect()
}
