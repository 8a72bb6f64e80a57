//! The SQL that a checklist names, against that of the change.

use std::collections::BTreeSet;

use super::rows::same;
use super::{
    ChecklistQuestion, ChecklistRecord, Compared, Contradictions, Disagreement, NamedSql, Reversal, ReversalState, Told,
};
use crate::analyze::sql::spelled;
use crate::evidence::sql::{Action, read};
use crate::facts::{Direction, SqlFile};

/// The named SQL has to be the SQL of the change: every file and every statement of it, and nothing else.
pub(super) fn change(record: &ChecklistRecord, with: &Compared<'_>, found: &mut Contradictions) {
    let Some(told) = &record.change_sql else { return };
    let question = ChecklistQuestion::ChangeSql;
    let ups: Vec<&SqlFile> = with.files.iter().filter(|file| file.direction != Some(Direction::Down)).collect();
    let mut covered: BTreeSet<&str> = BTreeSet::new();
    for path in paths(told) {
        if let Some(file) = ups.iter().find(|file| ends_with(&file.path, path)) {
            covered.insert(&file.path);
        } else {
            let message = format!("the file `{path}` is no SQL of this change that goes up");
            let is = ups.iter().map(|file| file.path.as_str()).collect::<Vec<_>>().join(", ");
            found.add(Disagreement { question, line: told.line, message, declared: path.to_owned(), found: is, certain: true });
        }
    }
    let declared = texts(told, with);
    let known: BTreeSet<String> = with.texts.iter().map(|text| spelled(text, with.dialect)).collect();
    for text in declared.iter().filter(|text| !known.contains(*text)) {
        let message = "a statement of the checklist is none of the change".to_owned();
        let is = format!("{} statements of the change", known.len());
        found.add(Disagreement { question, line: told.line, message, declared: text.clone(), found: is, certain: true });
    }
    for file in ups.iter().filter(|file| file.statements > 0 && !covered.contains(file.path.as_str())) {
        let all =
            with.statements.iter().filter(|statement| statement.place.file == file.path && statement.direction == Direction::Up);
        // The texts of facts are cut; a whole one begins with what is kept.
        let is_declared = |text: &str| {
            let kept = spelled(text.trim_end_matches(['…', '.']), with.dialect);
            declared.iter().any(|declared| *declared == kept || (text.chars().count() >= 199 && declared.starts_with(&kept)))
        };
        let missing = all.filter(|statement| !is_declared(&statement.text)).count();
        if missing > 0 {
            let message = format!("`{}` is SQL of the change, and the checklist does not name it", file.path);
            let declared = super::shown(&told.value);
            found.add(Disagreement { question, line: told.line, message, declared, found: file.path.clone(), certain: true });
        }
    }
}

/// What takes the change back has to be there, and has to take it back; data that it cannot bring back needs a backup.
pub(super) fn rollback(record: &ChecklistRecord, with: &Compared<'_>, found: &mut Contradictions) {
    let Some(told) = &record.rollback_sql else { return };
    let question = ChecklistQuestion::RollbackSql;
    let down = with.files.iter().filter(|file| file.direction != Some(Direction::Up));
    let known: Vec<&str> = down.map(|file| file.path.as_str()).chain(with.changed.iter().copied()).collect();
    for path in paths(told).filter(|path| !known.iter().any(|known| ends_with(known, path))) {
        let message = format!("the file `{path}` is none of this change");
        let (declared, is) = (path.to_owned(), "no such file".to_owned());
        found.add(Disagreement { question, line: told.line, message, declared, found: is, certain: true });
    }
    let declared = super::shown(&told.value);
    if with.reversals.is_empty() && !with.statements.is_empty() {
        let message = "nobody compared it with the change".to_owned();
        let (declared, is) = (declared.clone(), "unknown".to_owned());
        found.add(Disagreement { question, line: told.line, message, declared, found: is, certain: false });
    }
    for reversal in with.reversals {
        let Some((message, certain)) = fault(reversal, record.backup.is_some()) else { continue };
        let is = reversal.differences.first().cloned().unwrap_or_default();
        found.add(Disagreement { question, line: told.line, message, declared: declared.clone(), found: is, certain });
    }
}

/// Why a migration is not taken back; `None` where it is.
fn fault(reversal: &Reversal, backup: bool) -> Option<(String, bool)> {
    let up = &reversal.up;
    match reversal.state {
        ReversalState::Reversible | ReversalState::NothingToUndo => None,
        ReversalState::SchemaOnly if backup => None,
        ReversalState::SchemaOnly => Some((format!("what `{up}` does to data is not taken back, and no backup is stated"), true)),
        ReversalState::Different => Some((format!("`{up}` is not taken back: another schema is left"), true)),
        ReversalState::Missing => Some((format!("nothing takes `{up}` back"), true)),
        ReversalState::Unknown => Some((format!("nobody can tell whether `{up}` is taken back"), false)),
    }
}

/// A verification asks, and asks something that the change touches. Words are a person's to judge.
pub(super) fn verification(record: &ChecklistRecord, with: &Compared<'_>, found: &mut Contradictions) {
    let Some(told) = &record.verification else { return };
    let starts = ["select", "with", "explain", "update", "delete", "insert"];
    let first = told.value.split_whitespace().next().unwrap_or_default().to_lowercase();
    if !starts.contains(&first.as_str()) {
        return;
    }
    let script = read(&told.value, with.dialect);
    let actions: Vec<&Action> = script.statements.iter().flat_map(|statement| &statement.actions).collect();
    let asks = actions.iter().all(|action| matches!(action, Action::Query { query, .. } if !query.writes_inside));
    let reads = actions.iter().any(|action| {
        let Action::Query { query, .. } = action else { return false };
        query.tables.iter().any(|read| with.tables.iter().any(|table| same(&table.name, &read.to_string())))
    });
    let (message, certain) = if actions.is_empty() {
        ("the verification cannot be read as SQL".to_owned(), false)
    } else if !asks {
        ("the verification changes something; it has to be a query".to_owned(), true)
    } else if !reads && !with.tables.is_empty() {
        ("the verification asks none of the tables that the change touches".to_owned(), true)
    } else {
        return;
    };
    let is = with.tables.iter().map(|table| table.name.as_str()).collect::<Vec<_>>().join(", ");
    let (declared, question) = (told.value.clone(), ChecklistQuestion::Verification);
    found.add(Disagreement { question, line: told.line, message, declared, found: is, certain });
}

fn paths(told: &Told<Vec<NamedSql>>) -> impl Iterator<Item = &str> {
    told.value.iter().filter_map(|named| match named {
        NamedSql::Path(path) => Some(path.as_str()),
        NamedSql::Text(_) => None,
    })
}

/// The statements that stand in the checklist itself, in one spelling.
fn texts(told: &Told<Vec<NamedSql>>, with: &Compared<'_>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for named in &told.value {
        if let NamedSql::Text(text) = named {
            let script = read(text, with.dialect);
            found.extend(script.statements.iter().map(|statement| spelled(&statement.text, with.dialect)));
            if script.statements.is_empty() {
                found.insert(spelled(text, with.dialect));
            }
        }
    }
    found
}

/// Whether a path is the one that was named, whole or from one of its folders on.
fn ends_with(path: &str, named: &str) -> bool {
    path == named || path.strip_suffix(named).is_some_and(|before| before.ends_with('/'))
}
