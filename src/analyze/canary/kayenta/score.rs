//! From classes to a score.

use std::collections::{BTreeMap, BTreeSet};

use super::Class;
use crate::facts::ScoreClass;

/// How much a metric counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Criticality {
    Normal,
    /// One that does not pass makes the whole score 0.
    Critical,
    /// Left out.
    ReportOnly,
}

/// A metric as the scorer sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Scored {
    pub class: Class,
    pub groups: Vec<String>,
    pub criticality: Criticality,
}

/// A group of metrics.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupScore {
    pub name: String,
    /// The part of its metrics that pass, in percent; `None` without data.
    pub score: Option<f64>,
}

/// The groups in the order of their names.
#[must_use]
pub fn group_scores(metrics: &[Scored]) -> Vec<GroupScore> {
    let mut groups: BTreeMap<&str, [u32; 2]> = BTreeMap::new();
    for metric in metrics.iter().filter(|metric| metric.criticality != Criticality::ReportOnly) {
        for group in &metric.groups {
            let [passed, all] = groups.entry(group).or_default();
            *passed += u32::from(metric.class == Class::Pass);
            *all += u32::from(metric.class != Class::NoData);
        }
    }
    let score = |[passed, all]: [u32; 2]| (all > 0).then(|| f64::from(passed) / f64::from(all) * 100.0);
    groups.into_iter().map(|(name, counts)| GroupScore { name: name.to_owned(), score: score(counts) }).collect()
}

/// The weighted sum of the groups' scores. Groups without a weight share what the others leave of 100; groups without data
/// add nothing, so that the score of the rest is lower but need not fail.
#[must_use]
pub fn score(metrics: &[Scored], weights: &BTreeMap<String, f64>) -> f64 {
    if metrics.iter().any(|metric| metric.criticality == Criticality::Critical && metric.class != Class::Pass) {
        return 0.0;
    }
    let groups = group_scores(metrics);
    let unweighted: BTreeSet<&str> =
        groups.iter().map(|group| group.name.as_str()).filter(|name| !weights.contains_key(*name)).collect();
    #[expect(clippy::cast_precision_loss, reason = "a number of groups")]
    let share = if unweighted.is_empty() { 0.0 } else { (100.0 - weights.values().sum::<f64>()) / unweighted.len() as f64 };
    groups.iter().filter_map(|group| Some(group.score? * weights.get(&group.name).copied().unwrap_or(share) / 100.0)).sum()
}

/// What a score means under the two thresholds.
#[must_use]
pub fn score_class(score: f64, pass: f64, marginal: f64) -> ScoreClass {
    if score >= pass {
        ScoreClass::Pass
    } else if score >= marginal {
        ScoreClass::Marginal
    } else {
        ScoreClass::Fail
    }
}
