//! How much more the counts scatter than independent events would.
//!
//! One cause may fail a whole cluster of requests. The events then speak as often as there are clusters, not as often as there are
//! requests. The quasi-likelihood answer ("Generalized Linear Models" of 1989, section 4.5) divides the evidence
//! by the dispersion φ. It is estimated from the squared differences of neighbouring steps, so that slow drift does not count as
//! scatter and a regression that begins somewhere counts once. With few steps an estimate knows little. It therefore begins with a
//! suspicion and is enlarged by its own uncertainty, which costs independent errors some evidence in the first steps. What a
//! step cannot tell apart, one cause or many, no estimate can: the benchmark says how often clusters raise a false alarm.

use super::steps::Step;

/// Up to this step φ is estimated anew at every look, then at every twentieth part more.
const EVERY_STEP: usize = 64;

/// φ before anything is known, and how many pairs of steps it counts for: a first burst of errors may have one cause.
const SUSPICION: f64 = 2.0;
const SUSPICION_WEIGHT: f64 = 2.0;

/// φ, at least 1, after every step.
pub(super) fn dispersion(steps: &[Step]) -> Vec<f64> {
    let mut known = Vec::with_capacity(steps.len());
    let (mut phi, mut next) = (1.0, 0);
    for index in 0..steps.len() {
        if index >= next {
            phi = estimate(&steps[..=index]);
            next = if index < EVERY_STEP { index + 1 } else { index + index / 20 };
        }
        known.push(phi);
    }
    known
}

/// φ of all steps together.
fn estimate(steps: &[Step]) -> f64 {
    let total =
        steps.iter().fold(Step { gray: 0.0, gray_bad: 0.0, baseline: 0.0, baseline_bad: 0.0 }, |sum, step| sum.add(*step));
    let mut between = Scatter::default();
    let mut within = Scatter::default();
    let ratio = ((total.gray_bad + 0.5) / (total.gray + 1.0)) / ((total.baseline_bad + 0.5) / (total.baseline + 1.0));
    let rate = total.baseline_bad / total.baseline;
    for step in steps {
        let odds = step.share() * ratio;
        let theta = odds / (1.0 - step.share() + odds);
        let bad = step.bad();
        between.add(step.gray_bad - bad * theta, bad * theta * (1.0 - theta));
        within.add(step.baseline_bad - step.baseline * rate, step.baseline * rate * (1.0 - rate));
    }
    // A side without bad events tells nothing of how they scatter; the other one may.
    match (between.pairs > 0.0, within.pairs > 0.0) {
        (true, false) => between.phi(),
        (false, true) => within.phi(),
        _ => between.phi().max(within.phi()),
    }
}

/// Squared differences of neighbouring standardised residuals.
#[derive(Debug, Default)]
struct Scatter {
    before: Option<f64>,
    sum: f64,
    pairs: f64,
}

impl Scatter {
    fn add(&mut self, residual: f64, variance: f64) {
        if variance.is_nan() || variance <= 0.0 {
            return;
        }
        let now = residual / variance.sqrt();
        if let Some(before) = self.before {
            self.sum += 0.5 * (now - before) * (now - before);
            self.pairs += 1.0;
        }
        self.before = Some(now);
    }

    /// The mean, drawn towards the suspicion with which every series begins.
    fn phi(&self) -> f64 {
        let found = (self.sum + SUSPICION * SUSPICION_WEIGHT) / (self.pairs + SUSPICION_WEIGHT);
        1.0 + (found - 1.0).max(0.0) * (1.0 + 2.0 / (self.pairs + 1.0).sqrt())
    }
}
