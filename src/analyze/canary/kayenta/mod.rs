//! The judge of Kayenta (`NetflixACAJudge`), for teams that come from it.
//!
//! Its flaws are kept on purpose, because its users have tuned their thresholds to them: the tolerance is relative to the estimated
//! shift, so that a shift of a third of a percent can be `High`; roots are sought to 10⁻⁶ in the metric's own unit, so that verdicts depend on
//! it; a larger variance at the same median passes; repeated looks raise the number of false alarms; a group without data counts as
//! nothing in the score. In one thing kadian is stricter: a metric without data has no data, whatever the score.

mod classify;
mod interval;
mod outliers;
mod score;

use std::collections::BTreeMap;

pub use classify::{Class, Classifier, EffectSize, classify};
pub use outliers::without_outliers;
pub use score::{Criticality, GroupScore, Scored, group_scores, score, score_class};

use super::finding::{Finding, State, Tested};
use super::samples::usable;
use crate::evidence::samples::{CountSeries, MetricSeries, Series};
use crate::facts::{Side, Worse};

/// How Kayenta judges; the defaults are its own.
#[derive(Debug, Clone, PartialEq)]
pub struct KayentaOptions {
    pub classifier: Classifier,
    /// Gaps count as 0 instead of being left out (`nanStrategy: replace`).
    pub gaps_are_zero: bool,
    /// Values far outside the quartiles are left out (`outliers.strategy: remove`).
    pub remove_outliers: bool,
    /// The factor on the distance of the quartiles (`outliers.outlierFactor`).
    pub outlier_factor: f64,
    /// By group, which is the signal of a metric; groups without one share what is left of 100.
    pub group_weights: BTreeMap<String, f64>,
    /// From this score on a canary passes.
    pub pass: f64,
    /// From this score on a canary may go on for now.
    pub marginal: f64,
}

impl Default for KayentaOptions {
    fn default() -> Self {
        KayentaOptions {
            classifier: Classifier::default(),
            gaps_are_zero: false,
            remove_outliers: false,
            outlier_factor: 3.0,
            group_weights: BTreeMap::new(),
            pass: 75.0,
            marginal: 50.0,
        }
    }
}

/// The class of one metric, and what there is to show.
pub(super) fn find(metric: &MetricSeries, options: &KayentaOptions) -> (Class, Finding) {
    let (gray, baseline) = match &metric.series {
        Series::Samples { gray, baseline } => (gray.clone(), baseline.clone()),
        Series::Counts { gray, baseline } => (shares(gray), shares(baseline)),
    };
    let steps = gray.len().max(baseline.len());
    let seen = [seen(&gray, steps), seen(&baseline, steps)];
    let values = |side: &[Option<f64>]| {
        let mut values: Vec<f64> = Vec::with_capacity(side.len());
        for value in side.iter().map(|value| usable(*value)) {
            values.extend(value.or(options.gaps_are_zero.then_some(0.0)));
        }
        if options.remove_outliers { without_outliers(&values, options.outlier_factor, true) } else { values }
    };
    let (experiment, control) = (values(&gray), values(&baseline));
    let class = classify(&experiment, &control, metric.worse, !options.gaps_are_zero, &options.classifier);
    let missing = seen.iter().any(|side| side.samples <= 0.0);
    let effect =
        mean(&experiment).zip(mean(&control)).map(|(gray, baseline)| gray / baseline - 1.0).filter(|effect| effect.is_finite());
    let [gray, baseline] = seen;
    let word = class.word();
    let finding = Finding {
        gray,
        baseline,
        effect,
        interval: None,
        e_value: None,
        compared: format!("Kayenta's classification is {word}"),
        apart: effect.map_or_else(
            || "the means have no ratio".to_owned(),
            |effect| format!("the mean is {} of the baseline's", super::words::percent(1.0 + effect)),
        ),
        state: if missing || class == Class::NoData {
            State::NoData("a side has no data".to_owned())
        } else {
            let certain = |hit: bool| if hit { 0.0 } else { 1.0 };
            State::Tested(Tested {
                worse: certain(matches!(class, Class::High | Class::Low)),
                sound: certain(class == Class::Pass),
                barred: None,
                towards_worse: None,
                towards_sound: None,
            })
        },
    };
    (class, finding)
}

/// The share of bad events in each step; a step without events is a gap.
fn shares(side: &CountSeries) -> Vec<Option<f64>> {
    let share = |(good, bad): (&Option<f64>, &Option<f64>)| {
        let (good, bad) = ((*good)?, (*bad)?);
        Some(bad / (good + bad)).filter(|share| share.is_finite())
    };
    side.good.iter().zip(&side.bad).map(share).collect()
}

/// A side as Kayenta sees it: one value a step, the share of bad events where events were counted.
fn seen(values: &[Option<f64>], steps: usize) -> Side {
    let mut known: Vec<f64> = values.iter().copied().filter_map(usable).collect();
    known.sort_unstable_by(f64::total_cmp);
    let half = known.len() / 2;
    let value = match known.get(half) {
        Some(upper) if known.len().is_multiple_of(2) => Some(0.5 * (known[half - 1] + upper)),
        other => other.copied(),
    };
    #[expect(clippy::cast_precision_loss, reason = "a count of values in memory")]
    let samples = known.len() as f64;
    Side { samples, bad: None, value, gaps: (steps - known.len()) as u64 }
}

fn mean(values: &[f64]) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "a count of values in memory")]
    let count = values.len() as f64;
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / count)
}

/// The direction in which Kayenta looks.
fn looks_up(worse: Worse) -> bool {
    worse != Worse::Down
}

fn looks_down(worse: Worse) -> bool {
    worse != Worse::Up
}

#[cfg(test)]
mod tests;
