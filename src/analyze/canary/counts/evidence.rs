//! How strongly counts speak against a ratio of bad shares.
//!
//! Given the bad events of a step, how many of them fall on the gray side depends only on the ratio ρ of the two shares and on the
//! gray share s of the requests: binomial with θ = sρ / (1 - s + sρ). With the accepted ratio ρ0 = 1 + m that is
//! θ0 = s(1 + m) / (1 + sm). The baseline's rate, whatever it is and however it drifts, cancels.
//!
//! The evidence is a mixture of likelihood ratios, `e = Σ wⱼ Π (θⱼ/θ0)^x ((1-θⱼ)/(1-θ0))^(c-x)`, over ratios beyond ρ0 only: the
//! multinomial e-process of Lindon and Malek (`NeurIPS` 2022) conditioned on bad events, with a prior that is truncated at the null.
//! Each factor is monotone in x, so that under every ratio on the null's side its mean is at most 1: the running product is a
//! supermartingale, and by Ville's inequality it ever exceeds 1/α with a chance of at most α. The prior is discrete, so that the sum is
//! the mixture itself and not an approximation of one; it sits on ln ρ because s differs from step to step.

use super::steps::Step;
use crate::analyze::canary::special::ln_sum_exp;

/// ln(ρ/ρ0) of the alternatives, with their weights. From 1.05 to 1800 times the accepted ratio: the far end is for new errors against a
/// baseline without any.
pub(in crate::analyze::canary) const BEYOND: [(f64, f64); 16] = [
    (0.05, 0.03),
    (0.1, 0.05),
    (0.2, 0.08),
    (0.3, 0.08),
    (0.45, 0.09),
    (0.6, 0.09),
    (0.8, 0.09),
    (1.0, 0.09),
    (1.3, 0.08),
    (1.6, 0.07),
    (2.0, 0.06),
    (2.5, 0.05),
    (3.2, 0.05),
    (4.0, 0.04),
    (5.5, 0.03),
    (7.5, 0.02),
];

/// The weight of "no change at all" among the alternatives of the opposite test.
const NO_CHANGE: f64 = 0.3;

/// The largest evidence that is told; beyond it more makes no difference.
const MOST: f64 = 690.0;

/// The logarithm of the evidence: the most that any look saw, and what the last one sees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Evidence {
    pub peak: f64,
    pub last: f64,
}

impl Evidence {
    /// Before any event.
    pub(super) const NONE: Evidence = Evidence { peak: 0.0, last: 0.0 };
}

/// Evidence that the ratio is above `accepted`.
pub(super) fn above(steps: &[Step], accepted: f64, dispersion: &[f64]) -> Evidence {
    let points = BEYOND.iter().map(|(distance, weight)| Point::new(accepted, *distance, *weight)).collect();
    walk(steps, accepted, points, dispersion)
}

/// Evidence that the ratio is below `accepted`.
pub(super) fn below(steps: &[Step], accepted: f64, dispersion: &[f64]) -> Evidence {
    let unchanged = libm::log(accepted);
    let rest = if unchanged > 0.0 { 1.0 - NO_CHANGE } else { 1.0 };
    let mut points: Vec<Point> = BEYOND.iter().map(|(distance, weight)| Point::new(accepted, -distance, rest * weight)).collect();
    if unchanged > 0.0 {
        points.push(Point::new(accepted, -unchanged, NO_CHANGE));
    }
    walk(steps, accepted, points, dispersion)
}

/// One alternative, with the evidence for it so far.
struct Point {
    ratio: f64,
    ln_distance: f64,
    ln_weight: f64,
    sum: f64,
}

impl Point {
    fn new(accepted: f64, ln_distance: f64, weight: f64) -> Self {
        Point { ratio: accepted * libm::exp(ln_distance), ln_distance, ln_weight: libm::log(weight), sum: 0.0 }
    }
}

/// Takes a look after every step. `dispersion[t]` divides the evidence of the steps up to `t`.
fn walk(steps: &[Step], accepted: f64, mut points: Vec<Point>, dispersion: &[f64]) -> Evidence {
    let mut evidence = Evidence::NONE;
    for (step, dispersion) in steps.iter().zip(dispersion) {
        let (share, bad) = (step.share(), step.bad());
        if bad <= 0.0 || step.gray <= 0.0 || step.baseline <= 0.0 {
            continue;
        }
        let null = libm::log(1.0 - share + share * accepted);
        for point in &mut points {
            let denominator = libm::log(1.0 - share + share * point.ratio) - null;
            point.sum += step.gray_bad * point.ln_distance - bad * denominator;
        }
        let all = ln_sum_exp(points.iter().map(|point| point.ln_weight + point.sum / dispersion));
        evidence.last = all.clamp(-MOST, MOST);
        evidence.peak = evidence.peak.max(evidence.last);
    }
    evidence
}
