//! What the servers know of the selectors of the definitions.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::Timestamp;

use super::ask_all;
use crate::analyze::slo::lint::{Server, written};
use crate::collect::prometheus::{Query, Span};
use crate::evidence::slis::{Counting, Measured, Slis};

/// A source and a selector as it is written.
type Key = (String, String);

/// What servers answered, to lint by.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Known {
    series: BTreeMap<Key, u64>,
    buckets: BTreeMap<Key, Vec<f64>>,
    /// The sources that could not be asked about everything, each once with the first reason.
    pub failures: BTreeMap<String, String>,
}

impl Server for Known {
    fn series(&self, source: &str, selector: &str) -> Option<u64> {
        self.series.get(&(source.to_owned(), selector.to_owned())).copied()
    }

    fn buckets(&self, source: &str, histogram: &str) -> Option<Vec<f64>> {
        self.buckets.get(&(source.to_owned(), histogram.to_owned())).cloned()
    }
}

/// Asks how many series each counter has at `at`, and which buckets each histogram. An answer with warnings counts as none.
#[must_use]
pub fn known(slis: &Slis, at: Timestamp, folder: &Path) -> Known {
    let (mut counters, mut histograms) = (BTreeSet::new(), BTreeSet::new());
    let measures = slis.slis.iter().filter_map(|sli| match &sli.measured {
        Measured::Counts(measures) => Some(measures),
        Measured::Samples { .. } => None,
    });
    for measure in measures.flatten() {
        let key = |text: String| (measure.source.clone(), text);
        match &measure.counting {
            Counting::Bad { total, bad: part } | Counting::Good { total, good: part } => {
                counters.extend([key(written(total)), key(written(part))]);
            }
            Counting::Histogram { histogram, .. } => {
                histograms.insert((key(written(histogram)), histogram.part("_bucket").to_string()));
            }
        }
    }
    let query = |text: String| Query { text, span: Span::Instant(at) };
    let counting = counters.iter().map(|(source, text)| (source.as_str(), query(format!("count({text})"))));
    let bucketing = histograms.iter().map(|((source, _), text)| (source.as_str(), query(format!("count by (le) ({text})"))));
    let asked: Vec<(&str, Query)> = counting.chain(bucketing).collect();
    let mut found = Known::default();
    let keys = counters.iter().chain(histograms.iter().map(|(key, _)| key));
    for ((at, key), answer) in keys.enumerate().zip(ask_all(slis, &asked, folder)) {
        let whole = answer
            .map_err(|error| error.to_string())
            .and_then(|fetched| if fetched.warnings.is_empty() { Ok(fetched.series) } else { Err(fetched.warnings.join("; ")) });
        match whole {
            Err(reason) => {
                found.failures.entry(key.0.clone()).or_insert(reason);
            }
            Ok(series) if at < counters.len() => {
                let count = series.first().and_then(|series| series.points.last()).map_or(0.0, |point| point.value);
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "a number of series; what is none becomes 0"
                )]
                found.series.insert(key.clone(), count as u64);
            }
            Ok(series) => {
                let bounds = series.iter().filter_map(|series| series.labels.get("le")?.parse::<f64>().ok());
                let mut bounds: Vec<f64> = bounds.filter(|bound| bound.is_finite()).collect();
                bounds.sort_by(f64::total_cmp);
                bounds.dedup();
                found.buckets.insert(key.clone(), bounds);
            }
        }
    }
    found
}
