//! One look: is the gray side higher than the baseline with the margin on top?
//!
//! The statistic is Mann and Whitney's, p = P(gray > baseline) + P(gray = baseline)/2. Its variance is not that of the textbook,
//! which supposes equal spread and independence, but the empirical one of Brunner and Munzel (2000), summed step by step:
//! a step's two values enter with opposite signs, so that what moves both sides (drift, a daily pattern) cancels, and the
//! steps' autocorrelation widens it (a first-order autoregression, `(1 + r)/(1 - r)`). The tail is compared in the same way with scores
//! that only look at the upper part, because ten times the variance leaves p at one half.

use super::sides::{Sides, Value};
use crate::analyze::canary::special::student_above;

/// Values are compared on a grid this fine relative to the scale, so that a margin's rounding makes no difference.
const GRID: f64 = 4_294_967_296.0;

/// The margin on top of the baseline.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Margin {
    Factor(f64),
    Sum(f64),
}

/// What one look sees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Comparison {
    /// The chance of so high a p, or so heavy a tail, where gray is no worse than the margin.
    pub worse: [f64; 2],
    /// The chance of so low a p, or so light a tail, where gray is just worse than the margin.
    pub sound: [f64; 2],
    /// p itself, and its standard error.
    pub superiority: f64,
    pub error: f64,
    /// Degrees of freedom of the error.
    pub freedom: f64,
}

/// Compares all that `sides` holds. A gray value up to `floor` is good enough whatever the baseline's: the baseline with the margin is
/// taken to be at least that. `None` where a side has no value.
pub(super) fn compare(sides: &Sides, margin: Margin, floor: Option<f64>) -> Option<Comparison> {
    let scale = sides.scale();
    let unit = if scale > 0.0 { GRID / scale } else { 1.0 };
    let gray = keys(&sides.gray, |value| value * unit);
    let least = floor.map_or(f64::NEG_INFINITY, |floor| floor * unit);
    let baseline = keys(&sides.baseline, |value| match margin {
        Margin::Factor(factor) => least.max(value * unit * factor),
        Margin::Sum(sum) => least.max((value + sum) * unit),
    });
    let (above_baseline, above_gray) = (places(&gray, &baseline), places(&baseline, &gray));
    let counts = [size(gray.len()), size(baseline.len())];
    if counts[0] < 1.0 || counts[1] < 1.0 {
        return None;
    }
    let mut location = Series::new(sides.steps);
    let mut tail = Series::new(sides.steps);
    let mut order = Series::new(sides.steps);
    let all = counts[0] + counts[1] + 1.0;
    for (side, own, below, sign) in [(0, &sides.gray, &above_baseline, 1.0), (1, &sides.baseline, &above_gray, -1.0)] {
        let other = counts[1 - side];
        let weight = sign / counts[side];
        let mean = below.places.iter().sum::<f64>() / counts[side];
        let scores: Vec<f64> = below.places.iter().zip(&below.own).map(|(below, own)| score((below + own) / all)).collect();
        let mean_score = scores.iter().sum::<f64>() / counts[side];
        tail.difference += sign * mean_score;
        if side == 0 {
            location.difference = mean / other - 0.5;
        }
        for (((value, place), score), rank) in own.iter().zip(&below.places).zip(&scores).zip(&below.own) {
            location.add(value.step, weight * (place - mean) / other);
            tail.add(value.step, weight * (score - mean_score));
            order.add(value.step, weight * (rank - 0.5 * (counts[side] + 1.0)));
        }
    }
    let fewest = counts[0].min(counts[1]);
    let stretch = order.stretch();
    let (location, tail) = (location.judge(fewest, stretch), tail.judge(fewest, stretch));
    Some(Comparison {
        worse: [location.above, tail.above],
        sound: [location.below, tail.below],
        superiority: location.difference + 0.5,
        error: location.error,
        freedom: location.freedom,
    })
}

/// The score of a place within all values: only the upper half counts, and the more the further out.
fn score(place: f64) -> f64 {
    let above = (2.0 * place - 1.0).max(0.0);
    above * above * above * above
}

fn keys(side: &[Value], key: impl Fn(f64) -> f64) -> Vec<f64> {
    side.iter().map(|value| libm::rint(key(value.value))).collect()
}

/// Where the values of one side lie, in the order of the side.
struct Places {
    /// How many of the other side are below; half of those that are equal.
    places: Vec<f64>,
    /// The middle rank within the own side, from 1.
    own: Vec<f64>,
}

fn places(side: &[f64], other: &[f64]) -> Places {
    let mut found = Places { places: Vec::with_capacity(side.len()), own: Vec::with_capacity(side.len()) };
    let (mut below, mut start) = (0, 0);
    while start < side.len() {
        let value = side[start];
        let end = start + side[start..].iter().take_while(|next| **next <= value).count().max(1);
        while below < other.len() && other[below] < value {
            below += 1;
        }
        let mut upto = below;
        while upto < other.len() && other[upto] <= value {
            upto += 1;
        }
        let place = 0.5 * (size(below) + size(upto));
        let rank = 0.5 * (size(start) + size(end) + 1.0);
        found.places.resize(end, place);
        found.own.resize(end, rank);
        (start, below) = (end, upto);
    }
    found
}

#[expect(clippy::cast_precision_loss, reason = "a count of values in memory")]
fn size(count: usize) -> f64 {
    count as f64
}

/// A difference of two means, with what each step adds to its error.
struct Series {
    difference: f64,
    parts: Vec<f64>,
    present: Vec<bool>,
}

/// What a difference tells.
struct Judged {
    above: f64,
    below: f64,
    difference: f64,
    error: f64,
    freedom: f64,
}

impl Series {
    fn new(steps: usize) -> Self {
        Series { difference: 0.0, parts: vec![0.0; steps], present: vec![false; steps] }
    }

    fn add(&mut self, step: u32, part: f64) {
        if let (Some(sum), Some(present)) = (self.parts.get_mut(step as usize), self.present.get_mut(step as usize)) {
            *sum += part;
            *present = true;
        }
    }

    /// How many times fewer independent steps there are than steps, from the autocorrelation of neighbours. Taken from the ranks
    /// within each side: where the sides hardly overlap, their places among each other hardly vary.
    fn stretch(&self) -> f64 {
        let mut before: Option<f64> = None;
        let (mut square, mut lagged, mut steps, mut pairs) = (0.0, 0.0, 0.0, 0.0);
        for (part, present) in self.parts.iter().zip(&self.present) {
            if !present {
                before = None;
                continue;
            }
            square += part * part;
            steps += 1.0;
            if let Some(before) = before {
                lagged += before * part;
                pairs += 1.0;
            }
            before = Some(*part);
        }
        if square <= 0.0 || pairs <= 0.0 {
            return 1.0;
        }
        // The estimate r is too low by (1 + 4r)/n on average (Marriott and Pope 1954).
        let found = lagged / square * steps / pairs;
        let correlation = ((found * steps + 1.0) / (steps - 4.0).max(1.0)).clamp(0.0, 0.95);
        (1.0 + correlation) / (1.0 - correlation)
    }

    fn judge(self, fewest: f64, stretch: f64) -> Judged {
        let (mut square, mut steps) = (0.0, 0.0);
        for (part, _) in self.parts.iter().zip(&self.present).filter(|(_, present)| **present) {
            square += part * part;
            steps += 1.0;
        }
        let variance = square * steps / f64::max(steps - 1.0, 1.0) * stretch;
        let independent = fewest / stretch;
        let freedom = (independent - 1.0).max(1.0);
        // With n pairs of equally likely signs nothing is rarer than this.
        let rarest = libm::exp2(-independent);
        let (above, below) = if variance > 0.0 {
            let t = self.difference / variance.sqrt();
            (student_above(t, freedom), student_above(-t, freedom))
        } else if self.difference > 0.0 {
            (0.0, 1.0)
        } else if self.difference < 0.0 {
            (1.0, 0.0)
        } else {
            // Nothing ever differs: no worse, in so many steps.
            (1.0, 0.0)
        };
        Judged {
            above: above.max(rarest),
            below: below.max(rarest),
            difference: self.difference,
            error: variance.max(0.0).sqrt(),
            freedom,
        }
    }
}
