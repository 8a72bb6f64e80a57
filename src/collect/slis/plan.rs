//! Which queries the indicators need.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Side, Sides};
use crate::analyze::counters::Grid;
use crate::analyze::slis::Part;
use crate::collect::prometheus::{Query, Span};
use crate::evidence::slis::{Counting, Matcher, Measure, Measured, Selector, Slis};

/// The queries, each once however many indicators need it.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) queries: Vec<Asked>,
    /// For each indicator what its sides need, in the order of the definitions.
    pub(super) needs: Vec<Need>,
}

/// A query to one source.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) source: String,
    pub(super) query: Query,
}

/// The positions of an indicator's queries.
#[derive(Debug)]
pub(super) enum Need {
    /// One for each measure.
    Counts(Vec<MeasureNeed>),
    Samples {
        gray: usize,
        baseline: usize,
    },
}

#[derive(Debug)]
pub(super) struct MeasureNeed {
    pub(super) part: Part,
    pub(super) gray: Pair,
    pub(super) baseline: Pair,
}

/// All events, and the part of them that is counted apart.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pair {
    pub(super) total: usize,
    pub(super) part: usize,
}

impl Plan {
    pub(super) fn of(slis: &Slis, sides: &Sides, grid: Grid) -> Plan {
        let mut queries = Queries::default();
        let needs = slis.slis.iter().map(|sli| match &sli.measured {
            Measured::Counts(measures) => {
                Need::Counts(measures.iter().map(|measure| measure_need(&mut queries, measure, sides, grid)).collect())
            }
            Measured::Samples { source, query, .. } => {
                let mut side = |side| queries.add(source, query.filled(sides.of(side)), span(sampling(grid)));
                Need::Samples { gray: side(Side::Gray), baseline: side(Side::Baseline) }
            }
        });
        let needs = needs.collect();
        Plan { queries: queries.all, needs }
    }
}

/// The times of a sampled indicator: a value at the end of a step stands for the step.
pub(super) fn sampling(grid: Grid) -> Grid {
    let step = i64::try_from(grid.step_seconds).unwrap_or(i64::MAX).saturating_mul(1000);
    Grid { start: grid.start.saturating_add(step), steps: grid.steps.saturating_sub(1), ..grid }
}

fn measure_need(queries: &mut Queries, measure: &Measure, sides: &Sides, grid: Grid) -> MeasureNeed {
    let (part, total, counted) = counters(&measure.counting);
    let mut pair = |side| Pair {
        total: queries.add(&measure.source, total.with(sides.of(side)).to_string(), span(grid.with_lead())),
        part: queries.add(&measure.source, counted.with(sides.of(side)).to_string(), span(grid.with_lead())),
    };
    MeasureNeed { part, gray: pair(Side::Gray), baseline: pair(Side::Baseline) }
}

/// The counter of all events, and that of the part which is counted beside them.
pub(super) fn counters(counting: &Counting) -> (Part, Selector, Selector) {
    match counting {
        Counting::Bad { total, bad } => (Part::Bad, total.clone(), bad.clone()),
        Counting::Good { total, good } => (Part::Good, total.clone(), good.clone()),
        Counting::Histogram { histogram, threshold } => {
            (Part::Bucket, histogram.part("_count"), histogram.part("_bucket").with(&[bound(*threshold)]))
        }
    }
}

/// The label of a bucket's upper bound. Client libraries write the same number in several ways: `1` and `1.0`, `5e-05`.
fn bound(threshold: f64) -> Matcher {
    let plain = threshold.to_string();
    let mut spellings = vec![plain.clone()];
    if threshold.fract() == 0.0 {
        spellings.push(format!("{plain}.0"));
    }
    let scientific = format!("{threshold:e}");
    if let Some((digits, exponent)) = scientific.split_once('e') {
        let (sign, exponent) = exponent.strip_prefix('-').map_or(("+", exponent), |exponent| ("-", exponent));
        spellings.push(format!("{digits}e{sign}{exponent:0>2}"));
        spellings.push(format!("{digits}e{}{exponent}", if sign == "-" { "-" } else { "" }));
    }
    Matcher::one_of("le", spellings.iter().map(String::as_str))
}

fn span(grid: Grid) -> Span {
    let last = i64::try_from(grid.steps).unwrap_or(i64::MAX).saturating_mul(i64::try_from(grid.step_seconds).unwrap_or(i64::MAX));
    let time = |milliseconds| Timestamp::from_millisecond(milliseconds).unwrap_or(Timestamp::MAX);
    let end = time(grid.start.saturating_add(last.saturating_mul(1000)));
    Span::Range { start: time(grid.start), end, step_seconds: grid.step_seconds }
}

#[derive(Default)]
struct Queries {
    all: Vec<Asked>,
    /// By source, text and start.
    known: BTreeMap<(String, String, Timestamp), usize>,
}

impl Queries {
    fn add(&mut self, source: &str, text: String, span: Span) -> usize {
        let (Span::Range { start, .. } | Span::Instant(start)) = span;
        let key = (source.to_owned(), text.clone(), start);
        *self.known.entry(key).or_insert_with(|| {
            self.all.push(Asked { source: source.to_owned(), query: Query { text, span } });
            self.all.len() - 1
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_is_found_in_every_spelling() {
        for (threshold, wanted) in [
            (0.5, "le=~\"0\\\\.5|5e-01|5e-1\""),
            (1.0, "le=~\"1|1\\\\.0|1e\\\\+00|1e0\""),
            (0.00005, "le=~\"0\\\\.00005|5e-05|5e-5\""),
        ] {
            assert_eq!(bound(threshold).to_string(), wanted);
        }
    }
}
