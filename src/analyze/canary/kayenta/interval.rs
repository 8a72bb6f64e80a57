//! The asymptotic interval of the shift, as R's `wilcox.test` has it and Kayenta after it.

use crate::analyze::canary::special::normal_quantile_above;

/// The accuracy of Kayenta's root finder, in the unit of the metric.
const ACCURACY: f64 = 1e-6;

/// The shift between two samples with its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Interval {
    pub lower: f64,
    pub upper: f64,
    pub estimate: f64,
}

/// The shifts at which the standardised rank sum, with a correction of one half for continuity and one for ties, meets the quantiles.
/// Both samples are sorted and not empty. `None` where all values are tied.
pub(super) fn interval(gray: &[f64], baseline: &[f64], confidence: f64) -> Option<Interval> {
    let quantile = normal_quantile_above(0.5 * (1.0 - confidence));
    let least = gray.first()? - baseline.last()?;
    let most = gray.last()? - baseline.first()?;
    let root = |quantile: f64| {
        let at = |shift: f64| standardised(gray, baseline, shift).map(|z| z - quantile);
        if at(least)? <= 0.0 {
            return Some(least);
        }
        if at(most)? >= 0.0 {
            return Some(most);
        }
        let (mut low, mut high) = (least, most);
        while high - low > ACCURACY {
            let middle = 0.5 * (low + high);
            if middle <= low || middle >= high {
                break;
            }
            let value = at(middle)?;
            if value >= 0.0 { low = middle } else { high = middle }
        }
        Some(0.5 * (low + high))
    };
    Some(Interval { lower: root(quantile)?, upper: root(-quantile)?, estimate: root(0.0)? })
}

/// Whether the interval of the shift includes 0, which the standardised rank sum tells at once.
pub(super) fn includes_zero(gray: &[f64], baseline: &[f64], confidence: f64) -> bool {
    let quantile = normal_quantile_above(0.5 * (1.0 - confidence));
    standardised(gray, baseline, 0.0).is_some_and(|z| z.abs() < quantile)
}

/// The standardised rank sum of `gray - shift` among both. `None` where all values are tied.
fn standardised(gray: &[f64], baseline: &[f64], shift: f64) -> Option<f64> {
    let (mut wins, mut ties) = (0.0, 0.0);
    let (mut own, mut other) = (0, 0);
    while own < gray.len() || other < baseline.len() {
        let value = match (gray.get(own).map(|value| value - shift), baseline.get(other)) {
            (Some(gray), Some(baseline)) => gray.min(*baseline),
            (Some(gray), None) => gray,
            (None, Some(baseline)) => *baseline,
            (None, None) => break,
        };
        let mine = gray[own..].iter().take_while(|next| **next - shift <= value).count();
        let theirs = baseline[other..].iter().take_while(|next| **next <= value).count();
        wins += size(mine) * (size(other) + 0.5 * size(theirs));
        let group = size(mine + theirs);
        ties += group * group * group - group;
        (own, other) = (own + mine, other + theirs);
        if mine + theirs == 0 {
            return None;
        }
    }
    let (gray, baseline) = (size(gray.len()), size(baseline.len()));
    let all = gray + baseline;
    let variance = gray * baseline / 12.0 * (all + 1.0 - ties / (all * (all - 1.0)));
    if variance.is_nan() || variance <= 0.0 {
        return None;
    }
    let distance = wins - 0.5 * gray * baseline;
    let correction = if distance == 0.0 { 0.0 } else { 0.5_f64.copysign(distance) };
    Some((distance - correction) / variance.sqrt())
}

#[expect(clippy::cast_precision_loss, reason = "a count of values in memory")]
fn size(count: usize) -> f64 {
    count as f64
}
