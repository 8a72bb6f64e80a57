//! What the answers to the plan's queries are worth, and what has to be said about them.

use std::collections::BTreeSet;

use super::plan::Plan;
use super::{Failure, Side};
use crate::collect::prometheus::{Fetched, QueryError};
use crate::evidence::prometheus::Series;

/// So many metrics are named with one reason; the others are counted.
const NAMED: usize = 5;

/// The outcomes, and the notes that are taken while they are used.
pub(super) struct Answers<'a> {
    plan: &'a Plan,
    outcomes: &'a [Result<Fetched, QueryError>],
    pub(super) failures: Vec<Failure>,
    /// Reasons in the order in which they came up, each with whom it concerns.
    notes: Vec<(String, Vec<String>)>,
}

impl<'a> Answers<'a> {
    pub(super) fn new(plan: &'a Plan, outcomes: &'a [Result<Fetched, QueryError>]) -> Answers<'a> {
        Answers { plan, outcomes, failures: Vec::new(), notes: Vec::new() }
    }

    /// The series of a whole answer. `None` for a failed or partial one, which is then noted: what part of the data is missing,
    /// nobody knows.
    pub(super) fn series(&mut self, at: usize, metric: &str, side: Side) -> Option<&'a [Series]> {
        let reason = match self.outcomes.get(at) {
            Some(Ok(fetched)) if fetched.warnings.is_empty() => {
                for info in &fetched.infos {
                    self.note(info.clone(), format!("{metric} ({})", side.word()));
                }
                return Some(&fetched.series);
            }
            Some(Ok(fetched)) => format!("the answer is not whole: {}", fetched.warnings.join("; ")),
            Some(Err(error)) => error.to_string(),
            None => "it was not asked for".to_owned(),
        };
        self.fail(at, metric, side, reason);
        None
    }

    /// Notes that an answer cannot be used.
    pub(super) fn fail(&mut self, at: usize, metric: &str, side: Side, reason: String) {
        let asked = self.plan.queries.get(at);
        self.note(reason.clone(), format!("{metric} ({})", side.word()));
        self.failures.push(Failure {
            metric: metric.to_owned(),
            side,
            source: asked.map(|asked| asked.source.clone()).unwrap_or_default(),
            query: asked.map(|asked| asked.query.text.clone()).unwrap_or_default(),
            reason,
        });
    }

    pub(super) fn note(&mut self, reason: String, whom: String) {
        match self.notes.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, all)) if all.contains(&whom) => {}
            Some((_, all)) => all.push(whom),
            None => self.notes.push((reason, vec![whom])),
        }
    }

    /// The notes as sentences: one for each reason, so that a server that is away does not fill pages.
    pub(super) fn degraded(&self) -> Vec<String> {
        let sentence = |(reason, whom): &(String, Vec<String>)| {
            let named = whom.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
            let more = whom.len().saturating_sub(NAMED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            format!("{named}{more}: {reason}")
        };
        self.notes.iter().map(sentence).collect()
    }

    /// Where the answers came from, each once.
    pub(super) fn origins(&self) -> Vec<crate::collect::prometheus::Origin> {
        let all: BTreeSet<_> = self.outcomes.iter().flatten().flat_map(|fetched| fetched.origins.iter().cloned()).collect();
        all.into_iter().collect()
    }
}
