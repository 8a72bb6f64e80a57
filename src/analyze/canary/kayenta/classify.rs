//! High, Low, Pass or no data.

use super::interval::{includes_zero, interval};
use super::{looks_down, looks_up, mean};
use crate::facts::Worse;

/// What Kayenta calls a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    Pass,
    High,
    Low,
    NoData,
}

impl Class {
    /// The word that Kayenta uses.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Class::Pass => "Pass",
            Class::High => "High",
            Class::Low => "Low",
            Class::NoData => "Nodata",
        }
    }
}

/// How large a difference has to be beside being certain.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum EffectSize {
    /// The ratio of the means (`meanRatio`).
    MeanRatio { increase: f64, decrease: f64 },
    /// The chance that a value of the canary is above one of the control (`cles`).
    CommonLanguage { increase: f64, decrease: f64 },
}

/// The settings of the Mann-Whitney classifier.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Classifier {
    /// The part of the estimated shift that the interval has to exceed.
    pub tolerance: f64,
    pub confidence: f64,
    pub effect_size: EffectSize,
}

impl Default for Classifier {
    fn default() -> Self {
        let effect_size = EffectSize::MeanRatio { increase: 1.0, decrease: 1.0 };
        Classifier { tolerance: 0.25, confidence: 0.98, effect_size }
    }
}

/// Classifies the experiment against the control. Without values on a side it is no data where gaps are left out, and a pass where they
/// are replaced, as Kayenta has it.
#[must_use]
pub fn classify(experiment: &[f64], control: &[f64], worse: Worse, gaps_left_out: bool, classifier: &Classifier) -> Class {
    if experiment.is_empty() || control.is_empty() {
        return if gaps_left_out { Class::NoData } else { Class::Pass };
    }
    let sorted = |values: &[f64]| {
        let mut values = values.to_vec();
        values.sort_unstable_by(f64::total_cmp);
        values
    };
    let (gray, baseline) = (sorted(experiment), sorted(control));
    if gray == baseline
        || (gray.first() == gray.last() && baseline.first() == baseline.last() && gray.first() == baseline.first())
    {
        return Class::Pass;
    }
    if includes_zero(&gray, &baseline, classifier.confidence) {
        return Class::Pass;
    }
    let Some(found) = interval(&gray, &baseline, classifier.confidence) else { return Class::NoData };
    let bound = classifier.tolerance * found.estimate.abs();
    if looks_up(worse) && found.lower > bound && reaches(classifier.effect_size, &gray, &baseline, true) {
        return Class::High;
    }
    if looks_down(worse) && found.upper < -bound && reaches(classifier.effect_size, &gray, &baseline, false) {
        return Class::Low;
    }
    Class::Pass
}

fn reaches(effect: EffectSize, gray: &[f64], baseline: &[f64], up: bool) -> bool {
    let (size, increase, decrease) = match effect {
        EffectSize::MeanRatio { increase, decrease } => {
            let ratio = mean(gray).zip(mean(baseline)).map_or(f64::NAN, |(gray, baseline)| gray / baseline);
            (if ratio.is_nan() { 1.0 } else { ratio }, increase, decrease)
        }
        EffectSize::CommonLanguage { increase, decrease } => (common_language(gray, baseline), increase, decrease),
    };
    if up { size >= increase } else { size <= decrease }
}

/// P(gray > baseline) + P(gray = baseline)/2 of sorted samples (the common language effect size of 1992).
fn common_language(gray: &[f64], baseline: &[f64]) -> f64 {
    let wins: f64 = gray
        .iter()
        .map(|value| {
            let (below, upto) =
                (baseline.partition_point(|other| other < value), baseline.partition_point(|other| other <= value));
            #[expect(clippy::cast_precision_loss, reason = "a count of values in memory")]
            let place = 0.5 * (below + upto) as f64;
            place
        })
        .sum();
    #[expect(clippy::cast_precision_loss, reason = "a count of values in memory")]
    let pairs = (gray.len() * baseline.len()) as f64;
    wins / pairs
}
