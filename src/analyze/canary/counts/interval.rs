//! The interval around the ratio of bad shares that holds at all looks together.
//!
//! The ratios r with `∫ L(ρ) π(ρ) dρ / L(r) < 1/α`: a confidence sequence with the method of mixtures (Robbins 1970), on the conditional
//! likelihood of `evidence.rs`, with a standard Cauchy prior on ln ρ, so that large ratios
//! are no surprise.

use super::steps::Step;

/// Steps are joined to at most this many before the interval is sought: it is shown, nothing is decided by it.
const BLOCKS: usize = 256;
/// The widest |ln ρ| that is looked at.
const REACH: f64 = 14.0;

/// Both ends as ratios; the lower one is 0 without bad events of the gray side, the upper one `None` without those of the baseline.
pub(super) fn ratio_interval(steps: &[Step], dispersion: f64, alpha: f64) -> Option<(f64, Option<f64>)> {
    let useful: Vec<Step> =
        steps.iter().copied().filter(|step| step.bad() > 0.0 && step.gray > 0.0 && step.baseline > 0.0).collect();
    let blocks: Vec<Step> =
        useful.chunks(useful.len().div_ceil(BLOCKS).max(1)).filter_map(|chunk| chunk.iter().copied().reduce(Step::add)).collect();
    let total = blocks.iter().copied().reduce(Step::add)?;
    let likelihood = |ln_ratio: f64| {
        let ratio = libm::exp(ln_ratio);
        let sum: f64 = blocks
            .iter()
            .map(|step| {
                let share = step.share();
                step.gray_bad * ln_ratio - step.bad() * libm::log(1.0 - share + share * ratio)
            })
            .sum();
        sum / dispersion
    };
    let best = peak(&blocks);
    let top = likelihood(best);
    let theta = share_at(total.share(), best);
    let spread = (dispersion / (total.bad() * theta * (1.0 - theta)).max(1e-9)).sqrt().clamp(1e-9, 4.0);
    // Leaving out the far tails makes the mixture smaller and the interval wider, never wrong.
    let points = 81_u32;
    let width = 20.0 * spread / f64::from(points - 1);
    let mixture: f64 = (0..points)
        .map(|point| best - 10.0 * spread + width * f64::from(point))
        .map(|at| width * libm::exp(likelihood(at) - top) / (1.0 + at * at))
        .sum::<f64>()
        / std::f64::consts::PI;
    let level = top + (libm::log(mixture.max(1e-300)) + libm::log(alpha)).min(0.0);
    let edge = |far: f64| {
        let (mut inside, mut outside) = (best, far);
        for _ in 0..36 {
            let middle = 0.5 * (inside + outside);
            if likelihood(middle) > level { inside = middle } else { outside = middle }
        }
        libm::exp(outside)
    };
    let lower = if total.gray_bad > 0.0 { edge(-REACH) } else { 0.0 };
    let upper = (total.baseline_bad > 0.0).then(|| edge(REACH));
    Some((lower, upper))
}

/// The most likely ln ρ, within the reach: the score falls in ρ.
fn peak(blocks: &[Step]) -> f64 {
    let (mut low, mut high) = (-REACH, REACH);
    for _ in 0..36 {
        let middle = 0.5 * (low + high);
        let score: f64 = blocks.iter().map(|step| step.gray_bad - step.bad() * share_at(step.share(), middle)).sum();
        if score > 0.0 { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

/// The gray share of bad events at a gray share of requests and a ratio.
fn share_at(share: f64, ln_ratio: f64) -> f64 {
    let odds = share * libm::exp(ln_ratio);
    odds / (1.0 - share + odds)
}
