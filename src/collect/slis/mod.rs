//! Asks for the indicators of a service on both sides and makes samples of the answers (requirements C4, C10, C13, D2, F3).
//!
//! Whatever fails or is not whole is named and becomes gaps; nothing becomes zero because nobody answered.

mod answers;
mod budgets;
mod capacity;
mod health;
mod known;
mod logs;
mod plan;
mod report;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::http::{Authorization, Endpoint, Limits};
use super::prometheus::{self, Fetched, Origin, Query, QueryError};
use crate::analyze::counters::Grid;
use crate::evidence::samples::SamplesReport;
use crate::evidence::slis::{AuthorizationSpec, Matcher, Moment, Slis, SourceSpec};
use plan::Plan;

pub use budgets::{Budgets, budgets};
pub use capacity::capacity;
pub use health::health;
pub use known::{Known, known};
pub use logs::logs;

/// Longer times need a longer step.
const MAX_STEPS: usize = 50_000;

/// The samples of a moment, and what they are worth.
#[derive(Debug, Clone, PartialEq)]
pub struct Collected {
    pub samples: SamplesReport,
    /// Every query without data that counts, in the order of the definitions.
    pub failures: Vec<Failure>,
    /// Every answer that was read, by address.
    pub sources: Vec<Origin>,
}

/// A query that failed, or whose answer cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The indicator, with its API and channel.
    pub metric: String,
    pub side: Side,
    /// The key of the source.
    pub source: String,
    pub query: String,
    pub reason: String,
}

/// One of the two versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    Gray,
    Baseline,
}

impl Side {
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Side::Gray => "gray",
            Side::Baseline => "baseline",
        }
    }
}

/// The conditions of both sides.
struct Sides {
    gray: Vec<Matcher>,
    baseline: Vec<Matcher>,
}

impl Sides {
    fn of(&self, side: Side) -> &[Matcher] {
        match side {
            Side::Gray => &self.gray,
            Side::Baseline => &self.baseline,
        }
    }
}

/// Asks all sources for all indicators at once. Relative paths in the definitions are below `folder`.
///
/// An error says that nothing can be asked: the moment lacks what the definitions refer to, both sides are the same series, or
/// the time holds no whole step (or too many). Everything that goes wrong later is in the result.
pub fn collect(slis: &Slis, moment: &Moment, folder: &Path) -> Result<Collected, String> {
    let sides = sides(slis, moment)?;
    let grid = grid(slis.step_seconds, moment)?;
    let plan = Plan::of(slis, &sides, grid);
    let outcomes = ask(slis, &plan, folder);
    Ok(report::assemble(slis, moment, grid, &plan, &outcomes))
}

/// The conditions of both sides at a moment; an error when they cannot be filled in or are the same.
fn sides(slis: &Slis, moment: &Moment) -> Result<Sides, String> {
    let gray = slis.gray.matchers(moment).map_err(|reason| format!("gray: {reason}"))?;
    let baseline = slis.baseline.matchers(moment).map_err(|reason| format!("baseline: {reason}"))?;
    if gray == baseline {
        return Err("gray and baseline select the same series; is the new version the old one?".to_owned());
    }
    Ok(Sides { gray, baseline })
}

/// The steps of the moment; what is left over at its end is not asked for.
fn grid(step_seconds: u64, moment: &Moment) -> Result<Grid, String> {
    let start = moment.start.as_millisecond();
    let span = u64::try_from(moment.end.as_millisecond() - start).unwrap_or(0) / 1000;
    let steps = usize::try_from(span / step_seconds.max(1)).unwrap_or(usize::MAX);
    match steps {
        0 => Err(format!("from {} to {} there is no whole step of {step_seconds} s", moment.start, moment.end)),
        1..=MAX_STEPS => Ok(Grid { start, step_seconds, steps }),
        _ => Err(format!("{steps} steps; expected at most {MAX_STEPS}: choose a longer step")),
    }
}

/// The outcomes of the plan's queries, in their order.
fn ask(slis: &Slis, plan: &Plan, folder: &Path) -> Vec<Result<Fetched, QueryError>> {
    let queries: Vec<(&str, Query)> = plan.queries.iter().map(|asked| (asked.source.as_str(), asked.query.clone())).collect();
    ask_all(slis, &queries, folder)
}

/// The outcomes of queries, each with the name of its source, in their order. Every source is asked at the same time.
fn ask_all(slis: &Slis, asked: &[(&str, Query)], folder: &Path) -> Vec<Result<Fetched, QueryError>> {
    let mut by_source: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, (source, _)) in asked.iter().enumerate() {
        by_source.entry(source).or_default().push(at);
    }
    let mut outcomes: Vec<Option<Result<Fetched, QueryError>>> = asked.iter().map(|_| None).collect();
    std::thread::scope(|scope| {
        let asking: Vec<_> = by_source
            .iter()
            .filter_map(|(name, positions)| slis.sources.get(*name).map(|source| (source, positions)))
            .map(|(source, positions)| {
                let queries: Vec<Query> = positions.iter().map(|at| asked[*at].1.clone()).collect();
                let endpoint = endpoint(source, folder);
                (positions, scope.spawn(move || prometheus::fetch(&endpoint, &queries)))
            })
            .collect();
        for (positions, asked) in asking {
            for (at, outcome) in positions.iter().zip(asked.join().unwrap_or_default()) {
                outcomes[*at] = Some(outcome);
            }
        }
    });
    let lost = || Err(QueryError::Query("the source was not asked".to_owned()));
    outcomes.into_iter().map(|outcome| outcome.unwrap_or_else(lost)).collect()
}

/// A source as the client needs it.
#[must_use]
pub fn endpoint(source: &SourceSpec, folder: &Path) -> Endpoint {
    let default = Limits::default();
    let path = |text: &String| -> PathBuf { folder.join(text) };
    Endpoint {
        url: source.url.clone(),
        headers: source.headers.clone(),
        authorization: source.authorization.as_ref().map(|place| match place {
            AuthorizationSpec::File(file) => Authorization::File(path(file)),
            AuthorizationSpec::Environment(name) => Authorization::Environment(name.clone()),
        }),
        ca_file: source.ca_file.as_ref().map(path),
        limits: Limits {
            timeout: source.timeout.unwrap_or(default.timeout),
            deadline: source.deadline.unwrap_or(default.deadline),
            concurrency: source.concurrency.unwrap_or(default.concurrency),
            retries: source.retries.unwrap_or(default.retries),
            ..default
        },
    }
}
