//! The gray side against a share of bad events that is good enough in itself.
//!
//! With f as the floor and n requests, bad events scatter at most as Poisson events with the mean f·n do, so that `λ^x exp(-(λ-1) f n)`
//! has a mean of at most 1 under the null, for λ above 1 (the share is at most f) and below 1 (it is at least f) alike. Mixtures
//! over λ make both directions valid at every look.

use super::evidence::Evidence;
use super::steps::Step;
use crate::analyze::canary::special::ln_sum_exp;

/// λ of the alternatives above the floor, and of those below; the latter reach 0, which is the rule of three.
const ABOVE: [f64; 8] = [1.2, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0, 100.0];
const BELOW: [f64; 8] = [0.0, 0.02, 0.1, 0.2, 0.35, 0.5, 0.7, 0.85];

/// Evidence that the gray share is above the floor.
pub(super) fn above(steps: &[Step], floor: f64, dispersion: &[f64]) -> Evidence {
    walk(steps, floor, dispersion, &ABOVE)
}

/// Evidence that the gray share is below the floor.
pub(super) fn below(steps: &[Step], floor: f64, dispersion: &[f64]) -> Evidence {
    walk(steps, floor, dispersion, &BELOW)
}

fn walk(steps: &[Step], floor: f64, dispersion: &[f64], alternatives: &[f64; 8]) -> Evidence {
    let weight = libm::log(1.0 / 8.0);
    let (mut bad, mut expected) = (0.0, 0.0);
    let mut evidence = Evidence::NONE;
    for (step, dispersion) in steps.iter().zip(dispersion) {
        bad += step.gray_bad;
        expected += step.gray * floor;
        let term = |lambda: f64| {
            let hits = if bad > 0.0 { bad * libm::log(lambda) } else { 0.0 };
            weight + (hits - (lambda - 1.0) * expected) / dispersion
        };
        evidence.last = ln_sum_exp(alternatives.iter().map(|lambda| term(*lambda))).clamp(-690.0, 690.0);
        evidence.peak = evidence.peak.max(evidence.last);
    }
    evidence
}
