//! Asks for the events that the error budgets of a service's objectives are computed from (requirement D5).

use std::collections::BTreeSet;
use std::path::Path;

use jiff::Timestamp;

use super::ask_all;
use super::plan::counters;
use crate::analyze::slis::{Part, split};
use crate::collect::prometheus::{Fetched, Origin, Query, QueryError, Span};
use crate::evidence::slis::{Measure, Measured, Sli, Slis};
use crate::evidence::{Events, Seen, SloRecord, SloReport};

/// What an objective is promised over when its definition does not say.
const PERIOD_SECONDS: u64 = 30 * 24 * 3600;

/// The events of every objective over the windows, and where they came from.
#[derive(Debug, Clone, PartialEq)]
pub struct Budgets {
    /// Without objectives when no counting indicator has one.
    pub report: SloReport,
    pub sources: Vec<Origin>,
}

/// Asks all sources for the totals of every objective over each of the windows (in seconds) and its own period, up to `at`.
///
/// A window that nobody answers for is left out, so that the rules that need it are unknown; it is named among what is degraded.
/// Where several channels measure an indicator, the one with the larger share of bad events counts.
#[must_use]
pub fn budgets(slis: &Slis, windows: &BTreeSet<u64>, at: Timestamp, folder: &Path) -> Budgets {
    let objectives: Vec<(&Sli, f64, &[Measure])> = slis
        .slis
        .iter()
        .filter_map(|sli| match &sli.measured {
            Measured::Counts(measures) => Some((sli, sli.objective?, measures.as_slice())),
            Measured::Samples { .. } => None,
        })
        .collect();
    let mut asked = Vec::new();
    for (sli, _, measures) in &objectives {
        for measure in *measures {
            for window in spans(sli, windows) {
                let (_, all, part) = counters(&measure.counting);
                for selector in [all, part] {
                    let text = format!("sum(increase({selector}[{window}s]))");
                    asked.push((measure.source.as_str(), Query { text, span: Span::Instant(at) }));
                }
            }
        }
    }
    let mut answers = ask_all(slis, &asked, folder).into_iter();
    let (mut degraded, mut sources) = (BTreeSet::new(), BTreeSet::new());
    let mut records = Vec::new();
    for (sli, target, measures) in objectives {
        let spans = spans(sli, windows);
        let mut seen: Vec<(u64, Option<Events>)> = spans.iter().map(|window| (*window, None)).collect();
        for measure in measures {
            for (window, events) in &mut seen {
                let pair = [answers.next(), answers.next()];
                let [all, part] = pair.map(|answer| value(answer, &mut degraded, &mut sources));
                let place = format!("{} over {window} s", sli.name);
                match events_of(counters(&measure.counting).0, all, part) {
                    Ok(found) => *events = Some(events.map_or(found, |known| worse(known, found))),
                    Err(reason) => {
                        degraded.insert(format!("{place}: {reason}"));
                    }
                }
            }
        }
        let known = seen.into_iter().filter_map(|(window, events)| Some((window, events?))).collect();
        records.push(SloRecord {
            name: sli.name.clone(),
            api: sli.api.clone(),
            target,
            period_seconds: period(sli),
            seen: Seen::Windows(known),
            rollout: None,
        });
    }
    let report =
        SloReport { service: Some(slis.service.clone()), at, objectives: records, degraded: degraded.into_iter().collect() };
    Budgets { report, sources: sources.into_iter().collect() }
}

fn period(sli: &Sli) -> u64 {
    sli.period.map_or(PERIOD_SECONDS, |period| period.as_secs().max(1))
}

fn spans(sli: &Sli, windows: &BTreeSet<u64>) -> BTreeSet<u64> {
    windows.iter().copied().chain([period(sli)]).collect()
}

/// The only value of an answer; `None` without a series, which for a counter means that it was never used.
fn value(
    answer: Option<Result<Fetched, QueryError>>,
    degraded: &mut BTreeSet<String>,
    sources: &mut BTreeSet<Origin>,
) -> Result<Option<f64>, String> {
    let fetched = answer.unwrap_or_else(|| Err(QueryError::Query("the source was not asked".to_owned())));
    let fetched = fetched.map_err(|error| error.to_string())?;
    degraded.extend(fetched.warnings);
    sources.extend(fetched.origins);
    let values: Vec<f64> = fetched.series.iter().filter_map(|series| series.points.last()).map(|point| point.value).collect();
    match values.as_slice() {
        [] => Ok(None),
        [value] if value.is_finite() => Ok(Some(value.max(0.0))),
        _ => Err("the answer is no single finite number".to_owned()),
    }
}

/// Good and bad events out of all of them and the counted part.
fn events_of(part: Part, all: Result<Option<f64>, String>, counted: Result<Option<f64>, String>) -> Result<Events, String> {
    match split(part, all?, counted?) {
        (Some(good), Some(bad)) => Ok(Events { good, bad }),
        _ => Err("no event was counted".to_owned()),
    }
}

fn worse(known: Events, found: Events) -> Events {
    if found.bad_share() > known.bad_share() { found } else { known }
}
