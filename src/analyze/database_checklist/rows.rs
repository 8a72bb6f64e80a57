//! Declared tables and rows, against those of the statements.

use std::collections::BTreeSet;

use super::{ChecklistQuestion, ChecklistRecord, Compared, Contradictions, Disagreement};
use crate::facts::{Direction, SqlStatement};

/// The tables have to be exactly those that the statements touch. One that the change makes may be left out.
pub(super) fn tables(record: &ChecklistRecord, with: &Compared<'_>, found: &mut Contradictions) {
    let Some(told) = &record.tables else { return };
    let question = ChecklistQuestion::Tables;
    let touched: BTreeSet<&str> = up(with).flat_map(|statement| &statement.tables).map(String::as_str).collect();
    let is_new = |name: &str| with.tables.iter().any(|table| table.created_here && same(&table.name, name));
    let declared = |name: &str| told.value.iter().find(|table| same(&table.name, name));
    let all = told.value.iter().map(|table| table.name.as_str()).collect::<Vec<_>>().join(", ");
    for name in touched.iter().copied().filter(|name| declared(name).is_none() && !is_new(name)) {
        let message = format!("the SQL touches the table `{name}`, which is not declared");
        let (declared, is) = (all.clone(), name.to_owned());
        found.add(Disagreement { question, line: told.line, message, declared, found: is, certain: true });
    }
    let touched_list = touched.iter().copied().collect::<Vec<_>>().join(", ");
    for table in told.value.iter().filter(|table| !touched.iter().any(|name| same(name, &table.name))) {
        let message = format!("no statement touches the table `{}`, which is declared", table.name);
        let (declared, is) = (table.name.clone(), touched_list.clone());
        // What nobody understands may touch it.
        let certain = !up(with).any(|statement| statement.reason.is_some());
        found.add(Disagreement { question, line: table.line, message, declared, found: is, certain });
    }
    for table in &told.value {
        let Some(declared) = table.rows else { continue };
        let known = with.tables.iter().find(|known| same(&known.name, &table.name));
        let Some(known) = known.filter(|known| !known.created_here) else { continue };
        let (message, is, certain) = match known.rows {
            Some(rows) if near(declared, rows, with.rows_factor) => continue,
            Some(rows) => {
                (format!("`{}` has about {rows} rows, and {declared} are declared", table.name), rows.to_string(), true)
            }
            None => (
                format!("nobody tells how many rows `{}` has: hand in statistics of the database", table.name),
                "unknown".to_owned(),
                false,
            ),
        };
        let declared = declared.to_string();
        found.add(Disagreement { question, line: table.line, message, declared, found: is, certain });
    }
}

/// The declared rows have to be near those that the planner estimates for all corrections together.
pub(super) fn estimate(record: &ChecklistRecord, with: &Compared<'_>, found: &mut Contradictions) {
    let Some(told) = &record.estimated_rows else { return };
    let declared = told.value;
    let mut estimated = 0_u64;
    let mut unknown = None;
    let mut any = false;
    for statement in up(with).filter(|statement| statement.correction) {
        any = true;
        // The plan of a statement, or as many rows as its key names.
        match statement.estimated_rows.or(statement.most_rows) {
            Some(rows) => estimated = estimated.saturating_add(rows),
            None => unknown = Some(statement),
        }
    }
    let most = any.then(|| most_possible(with)).flatten();
    let (message, is, certain) = if let Some(statement) = unknown {
        // Without an estimate a correction changes at most the rows that there are.
        if let Some(most) = most.filter(|most| !within(declared, *most, with.rows_factor)) {
            (format!("{declared} rows are declared, and the tables hold about {most}"), most.to_string(), true)
        } else {
            let why = statement.estimate_failed.clone().unwrap_or_else(|| "nobody asked the database".to_owned());
            let place = format!("{}, line {}", statement.place.file, statement.place.line);
            (format!("nobody knows how many rows the statement at {place} writes: {why}"), "unknown".to_owned(), false)
        }
    } else if !any && declared > 0 {
        (format!("{declared} rows are declared, and no statement writes rows by hand"), "0".to_owned(), true)
    } else if near(declared, estimated, with.rows_factor) {
        return;
    } else {
        (format!("the planner estimates {estimated} rows, and {declared} are declared"), estimated.to_string(), true)
    };
    let (declared, question) = (declared.to_string(), ChecklistQuestion::EstimatedRows);
    found.add(Disagreement { question, line: told.line, message, declared, found: is, certain });
}

/// The rows of all tables that corrections name; `None` where those of one are unknown.
fn most_possible(with: &Compared<'_>) -> Option<u64> {
    let corrections = up(with).filter(|statement| statement.correction);
    let names: BTreeSet<&str> = corrections.flat_map(|statement| &statement.tables).map(String::as_str).collect();
    let rows = |name: &&str| with.tables.iter().find(|table| same(&table.name, name)).and_then(|table| table.rows);
    names.iter().map(rows).try_fold(0_u64, |sum, rows| Some(sum.saturating_add(rows?)))
}

fn up<'a>(with: &Compared<'a>) -> impl Iterator<Item = &'a SqlStatement> {
    with.statements.iter().filter(|statement| statement.direction == Direction::Up)
}

/// Whether two names may be those of one table: one may leave its schema out.
pub(super) fn same(a: &str, b: &str) -> bool {
    let last = |name: &str| name.rsplit('.').next().unwrap_or(name).to_lowercase();
    a.eq_ignore_ascii_case(b) || (last(a) == last(b) && !(a.contains('.') && b.contains('.')))
}

/// Whether two numbers of rows differ by at most the factor. Up to ten rows make no difference: estimates are no counts.
fn near(a: u64, b: u64, factor: f64) -> bool {
    within(a, b, factor) && within(b, a, factor)
}

fn within(a: u64, b: u64, factor: f64) -> bool {
    #[expect(clippy::cast_precision_loss, reason = "rows are compared roughly")]
    let (a, b) = (a as f64, b as f64);
    a <= b * factor.max(1.0) || a <= b + 10.0
}
