//! Code that still names what the SQL of a change takes away.
//!
//! A file is gone through once for all names: those of columns and of tables, each in the ways in which code spells it (`user_id`,
//! `userId`, `UserId`, `getUserId`). A column's name alone says little; what makes it certain is its table nearby: a query, an entity,
//! a repository. Names that every second table has count only when they are certain.

mod finder;
mod names;
mod paths;
mod targets;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use crate::facts::CodeReference;

pub use finder::Finder;
pub use paths::is_code;
pub use targets::{TakenAway, Target, targets};

/// A place where code names a target.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    pub file: String,
    /// Counted from 1.
    pub line: u32,
    /// The number of the target.
    pub target: usize,
    /// The text of the line, cut at 120 characters.
    pub text: String,
    /// Whether nothing else can be meant.
    pub certain: bool,
}

/// So many places are told of one target: the first by file and line, those that are certain before the others.
const MOST: usize = 50;

/// The places at head as facts, by file and line. `at_base` are the targets that the running version names, as
/// [`named`] tells them.
#[must_use]
pub fn references(head: Vec<Found>, targets: &[Target], at_base: &BTreeSet<usize>) -> Vec<CodeReference> {
    let mut head = head;
    head.sort_by(|a, b| (a.target, !a.certain, &a.file, a.line).cmp(&(b.target, !b.certain, &b.file, b.line)));
    let mut found: Vec<(CodeReference, usize)> = Vec::new();
    let mut of_target = (usize::MAX, 0);
    for place in head {
        let Some(target) = targets.get(place.target) else { continue };
        of_target = if of_target.0 == place.target { (place.target, of_target.1 + 1) } else { (place.target, 1) };
        if of_target.1 > MOST {
            continue;
        }
        let reference = CodeReference {
            file: place.file,
            line: place.line,
            text: place.text,
            table: target.table.clone(),
            column: target.column.clone(),
            statement: target.statement,
            certain: place.certain,
            at_base: at_base.contains(&place.target),
        };
        found.push((reference, place.target));
    }
    found.sort_by(|(a, x), (b, y)| (&a.file, a.line, x).cmp(&(&b.file, b.line, y)));
    found.into_iter().map(|(reference, _)| reference).collect()
}

/// The targets that are certainly named.
#[must_use]
pub fn named(found: &[Found]) -> BTreeSet<usize> {
    found.iter().filter(|place| place.certain).map(|place| place.target).collect()
}
