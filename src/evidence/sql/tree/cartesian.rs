//! Whether rows of two tables are combined without anything that says which belong together.

use super::clauses::within;
use super::condition::predicate;
use super::from::Source;
use crate::evidence::sql::cursor::Cursor;
use crate::evidence::sql::statement::Predicate;

/// Whether the sources fall into parts that no condition joins. `from` holds the words of the clause, to which the ranges of the
/// sources' conditions belong.
pub(super) fn cartesian(from: &Cursor<'_>, sources: &[Source], filter: Option<&Predicate>) -> bool {
    // A function or a lateral query depends on what stands before it; more tables than this are joined by a machine.
    if sources.len() < 2 || sources.len() > 64 {
        return false;
    }
    let mut part: Vec<usize> = (0..sources.len()).collect();
    // Conditions on columns without a table may join any two.
    let mut free = 0;
    for (at, source) in sources.iter().enumerate().skip(1) {
        if source.by_name || source.bound || source.alias.is_empty() {
            join(&mut part, at, at - 1);
        }
        if let Some(range) = &source.on {
            let (on, understood) = predicate(&within(from, range.clone()));
            if !understood || !on.always_true && (on.alternatives || on.conditions.iter().all(|condition| !condition.joins)) {
                // Whatever it says, it says something of the two.
                join(&mut part, at, at - 1);
            } else if !on.always_true {
                free += links(&on, sources, &mut part);
            }
        }
    }
    if let Some(filter) = filter {
        if filter.alternatives {
            return false;
        }
        free += links(filter, sources, &mut part);
    }
    let mut parts: Vec<usize> = part.iter().zip(sources).filter(|(_, source)| !source.bound).map(|(part, _)| *part).collect();
    parts.sort_unstable();
    parts.dedup();
    parts.len() > 1 + free
}

/// Joins the parts that conditions on two columns name; how many name none.
fn links(predicate: &Predicate, sources: &[Source], part: &mut [usize]) -> usize {
    let mut free = 0;
    for condition in &predicate.conditions {
        if !condition.joins {
            continue;
        }
        let sides = [condition.column.as_deref(), condition.other.as_deref()];
        let found: Vec<usize> = sides.iter().filter_map(|side| source(sources, (*side)?)).collect();
        match found.as_slice() {
            [a, b] => join(part, *a, *b),
            _ => free += 1,
        }
    }
    free
}

fn source(sources: &[Source], column: &str) -> Option<usize> {
    let (table, _) = column.rsplit_once('.')?;
    let table = table.rsplit('.').next().unwrap_or(table);
    sources.iter().position(|source| source.alias == table)
}

fn join(part: &mut [usize], a: usize, b: usize) {
    let (from, to) = (part[a], part[b]);
    for other in part.iter_mut() {
        if *other == from {
            *other = to;
        }
    }
}
