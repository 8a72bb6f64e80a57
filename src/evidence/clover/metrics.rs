//! The sums in `<metrics>`.
//!
//! - Those of a package and of the project are the sums of what the elements inside state.
//! - Those of a file count its statements (lines of the types `stmt` and `cond`) and methods. A file that lists as many as it states
//!   must list as many covered ones too. Several statements on one line are one line, so that a file may state more than it lists,
//!   and then nothing follows.
//!
//! What cannot be seen: a removed line of such a file, and one edited together with the sums around it.

use crate::evidence::xml::Xml;

/// Found and covered.
type Pair = [u64; 2];

/// What an element states, or what it lists.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Metrics {
    statements: Pair,
    methods: Pair,
}

impl Metrics {
    /// What a `<metrics>` element states; `None` where it names no statements. A count that is no number is an error, a sentence.
    pub(super) fn read(xml: &Xml<'_>) -> Result<Option<Metrics>, String> {
        let count = |key: &str| match xml.attribute(key) {
            None => Ok(None),
            Some(_) => xml.number::<u64>(key).map(Some).ok_or_else(|| format!("`{key}` of <metrics> is not a number")),
        };
        let pair = |found: &str, covered: &str| Ok::<_, String>(count(found)?.zip(count(covered)?));
        let (statements, methods) = (pair("statements", "coveredstatements")?, pair("methods", "coveredmethods")?);
        Ok(statements.map(|(found, covered)| Metrics {
            statements: [found, covered],
            methods: methods.map_or([0, 0], |(found, covered)| [found, covered]),
        }))
    }

    pub(super) fn statement(&mut self, covered: bool) {
        count(&mut self.statements, covered);
    }

    pub(super) fn method(&mut self, covered: bool) {
        count(&mut self.methods, covered);
    }

    pub(super) fn add(&mut self, other: Metrics) {
        for (sum, more) in [(&mut self.statements, other.statements), (&mut self.methods, other.methods)] {
            *sum = [sum[0].saturating_add(more[0]), sum[1].saturating_add(more[1])];
        }
    }

    /// Compares with the lines that a file lists. Where only whole methods count as covered, fewer may be stated than ran. The error is
    /// a part of a sentence.
    pub(super) fn check_lines(self, listed: Metrics, whole_methods: bool) -> Result<(), String> {
        let both = [("statements", self.statements, listed.statements), ("methods", self.methods, listed.methods)];
        for (what, stated, listed) in both {
            let fewer = whole_methods && what == "methods" && stated[1] < listed[1];
            if stated[0] == listed[0] && stated[1] != listed[1] && !fewer {
                return Err(format!("states {} covered {what} of {} but lists {}", stated[1], stated[0], listed[1]));
            }
        }
        Ok(())
    }

    /// Compares with the sums that the elements inside state. The error is a part of a sentence.
    pub(super) fn check_sum(self, inside: Metrics) -> Result<(), String> {
        let both = [("statements", self.statements, inside.statements), ("methods", self.methods, inside.methods)];
        match both.into_iter().find(|(_, stated, inside)| stated != inside) {
            None => Ok(()),
            Some((what, [found, covered], [all, ran])) => {
                Err(format!("states {covered} covered {what} of {found} but its files state {ran} of {all}"))
            }
        }
    }
}

fn count(pair: &mut Pair, covered: bool) {
    *pair = [pair[0] + 1, pair[1] + u64::from(covered)];
}
