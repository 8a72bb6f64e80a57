//! Good and bad events: is the share of bad ones higher on the gray side than accepted?
//!
//! Errors must be rare for the binomial law given the bad events to be exact; where they are frequent, or where the margin is 0, the
//! true law scatters less, so that the test errs on the safe side.

mod dispersion;
mod evidence;
mod floor;
mod interval;
mod multinomial;
mod steps;

pub(super) use evidence::BEYOND;
use evidence::Evidence;
pub use multinomial::ln_multinomial_e_value;
use steps::{Step, Steps};

use super::finding::{Finding, Pace, State, Tested};
use super::words::{number, times, whole};
use crate::evidence::samples::CountSeries;
use crate::facts::{Side, Signal, Worse};

/// How a metric of counts is judged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rule {
    pub worse: Worse,
    pub margin: f64,
    pub floor: Option<f64>,
    /// Bad events on both sides together below which nothing is decided.
    pub minimum: f64,
    pub alpha: f64,
    pub signal: Signal,
}

/// Judges one metric on its own.
pub(super) fn find(gray: &CountSeries, baseline: &CountSeries, rule: Rule) -> Finding {
    let steps = Steps::of(gray, baseline);
    let total = steps.total;
    let side = |requests: f64, bad: f64, gaps: u64| Side {
        samples: requests,
        bad: Some(bad),
        value: (requests > 0.0).then(|| bad / requests),
        gaps,
    };
    let mut finding = Finding {
        gray: side(total.gray, total.gray_bad, steps.gaps[0]),
        baseline: side(total.baseline, total.baseline_bad, steps.gaps[1]),
        effect: None,
        interval: None,
        e_value: None,
        compared: compared(total, rule.signal),
        apart: String::new(),
        state: State::NoData(missing(&steps)),
    };
    if !(total.gray > 0.0 && total.baseline > 0.0) {
        return finding;
    }
    let accepted = 1.0 + rule.margin.max(0.0);
    let floor = rule.floor.filter(|floor| *floor > 0.0 && rule.worse != Worse::Down);
    let dispersion = dispersion::dispersion(&steps.looks);
    let scatter = dispersion.last().copied().unwrap_or(1.0);
    let up = Direction::of(&steps.looks, accepted, floor, &dispersion);
    let exchanged: Vec<Step> = steps.looks.iter().map(|step| step.exchanged()).collect();
    let down = || Direction::of(&exchanged, accepted, None, &dispersion);
    let enough = total.bad() >= rule.minimum;
    let judged = match rule.worse {
        Worse::Up => up,
        Worse::Down => down(),
        Worse::Either => up.both(down()),
    };
    let ratio = total.gray_bad / total.gray / (total.baseline_bad / total.baseline);
    finding.effect = ratio.is_finite().then_some(ratio - 1.0);
    let ends = interval::ratio_interval(&steps.joint, scatter, rule.alpha);
    finding.interval = ends.map(|(low, high)| [Some(low - 1.0), high.map(|high| high - 1.0)]);
    finding.apart = apart(ends, accepted, rule, floor);
    finding.e_value = Some(libm::exp(judged.worse.peak));
    let (worse, sound) = if enough { (judged.worse.peak, judged.sound.peak) } else { (0.0, judged.floor.peak) };
    let least = if enough { 0.0 } else { (rule.minimum - total.bad()) * total.gray / total.bad().max(1.0) };
    finding.state = State::Tested(Tested {
        worse: libm::exp(-worse.max(0.0)),
        sound: libm::exp(-sound.max(0.0)),
        barred: barred(&steps, judged.sound.last > 0.0 || judged.floor.last > 0.0),
        towards_worse: pace(total, rule.worse, accepted, ratio, judged.worse.last, scatter, least),
        towards_sound: floor
            .filter(|floor| total.gray_bad < floor * total.gray)
            .map(|floor| Pace { now: judged.floor.last, gain: floor_gain(total, floor) / scatter, least: 0.0 })
            .or_else(|| {
                let kept = if within(ratio, rule.worse, accepted) { ratio } else { 1.0 };
                pace(total, rule.worse, accepted, kept, judged.sound.last, scatter, least)
            }),
    });
    finding
}

/// Whether a gray version is called regressed at any look; steps are good and bad events.
#[cfg(test)]
pub(super) fn regressed(gray: &[(f64, f64)], baseline: &[(f64, f64)], margin: f64, minimum: f64, alpha: f64) -> bool {
    let series = |steps: &[(f64, f64)]| CountSeries {
        good: steps.iter().map(|(good, _)| Some(*good)).collect(),
        bad: steps.iter().map(|(_, bad)| Some(*bad)).collect(),
    };
    let rule = Rule { worse: Worse::Up, margin, floor: None, minimum, alpha, signal: Signal::Availability };
    matches!(find(&series(gray), &series(baseline), rule).state, State::Tested(tested) if tested.worse <= alpha)
}

/// The part of the floor below which a regression does not matter, however clear it is.
const NEGLIGIBLE: f64 = 0.1;

/// The evidence in one direction.
#[derive(Debug, Clone, Copy)]
struct Direction {
    worse: Evidence,
    sound: Evidence,
    /// The part of `sound` that comes from the floor alone.
    floor: Evidence,
}

impl Direction {
    /// A gray share that is proven to be below the floor is good enough. What is worse must be worse than the baseline and not
    /// negligible: a service within its objective may still have become many times worse, and that is told.
    fn of(steps: &[Step], accepted: f64, floor: Option<f64>, dispersion: &[f64]) -> Self {
        let worse = evidence::above(steps, accepted, dispersion);
        let sound = evidence::below(steps, accepted, dispersion);
        match floor {
            None => Direction { worse, sound, floor: Evidence::NONE },
            Some(floor) => {
                let above = floor::above(steps, floor * NEGLIGIBLE, dispersion);
                let below = floor::below(steps, floor, dispersion);
                Direction { worse: least(worse, above), sound: mean(sound, below), floor: halved(below) }
            }
        }
    }

    /// Worse in either direction, sound in both.
    fn both(self, other: Self) -> Self {
        Direction { worse: mean(self.worse, other.worse), sound: least(self.sound, other.sound), floor: Evidence::NONE }
    }
}

fn least(one: Evidence, other: Evidence) -> Evidence {
    Evidence { peak: one.peak.min(other.peak), last: one.last.min(other.last) }
}

/// The mean of two e-values is one. A peak may be that of either alone.
fn mean(one: Evidence, other: Evidence) -> Evidence {
    let (one, other) = (halved(one), halved(other));
    Evidence { peak: one.peak.max(other.peak).max(0.0), last: one.last.max(other.last) }
}

fn halved(evidence: Evidence) -> Evidence {
    Evidence { peak: (evidence.peak - std::f64::consts::LN_2).max(0.0), last: evidence.last - std::f64::consts::LN_2 }
}

fn within(ratio: f64, worse: Worse, accepted: f64) -> bool {
    match worse {
        Worse::Up => ratio < accepted,
        Worse::Down => ratio * accepted > 1.0,
        Worse::Either => ratio < accepted && ratio * accepted > 1.0,
    }
}

/// The gain in evidence of a gray request at this ratio: the divergence between what is expected at it and what is just accepted.
fn pace(total: Step, worse: Worse, accepted: f64, ratio: f64, now: f64, scatter: f64, least: f64) -> Option<Pace> {
    if total.bad() <= 0.0 {
        return None;
    }
    let share = total.share();
    let at = |ratio: f64| share * ratio / (1.0 - share + share * ratio);
    let gain = |bound: f64| {
        let (theta, null) = (if ratio.is_finite() { at(ratio) } else { 1.0 }, at(bound));
        let part = |value: f64, other: f64| if value > 0.0 { value * libm::log(value / other) } else { 0.0 };
        part(theta, null) + part(1.0 - theta, 1.0 - null)
    };
    let divergence = match worse {
        Worse::Up => gain(accepted),
        Worse::Down => gain(1.0 / accepted),
        Worse::Either => gain(accepted).min(gain(1.0 / accepted)),
    };
    Some(Pace { now, gain: divergence * total.bad() / total.gray / scatter, least })
}

/// The gain of a gray request against a floor.
fn floor_gain(total: Step, floor: f64) -> f64 {
    let share = total.gray_bad / total.gray;
    floor - share + if share > 0.0 { share * libm::log(share / floor) } else { 0.0 }
}

/// Why nothing could be compared.
fn missing(steps: &Steps) -> String {
    match (steps.present, steps.total.gray > 0.0, steps.total.baseline > 0.0) {
        ([0, 0], ..) => "neither side has data".to_owned(),
        ([0, _], ..) => "the gray version has no data".to_owned(),
        ([_, 0], ..) => "the baseline has no data".to_owned(),
        (_, false, false) => "no step has requests on both sides".to_owned(),
        (_, false, true) => "the gray version had no requests".to_owned(),
        (_, true, _) => "the baseline had no requests".to_owned(),
    }
}

/// Data that is missing or evidence that has turned never makes a pass.
fn barred(steps: &Steps, holds: bool) -> Option<String> {
    if 2 * steps.gaps[0] > steps.all {
        return Some(format!("the gray version has no data in {} of {} steps", steps.gaps[0], steps.all));
    }
    if 2 * steps.gaps[1] > steps.all {
        return Some(format!("the baseline has no data in {} of {} steps", steps.gaps[1], steps.all));
    }
    (!holds).then(|| "it looked sound earlier, and no longer does".to_owned())
}

fn compared(total: Step, signal: Signal) -> String {
    let what = match signal {
        Signal::Availability => "requests failed",
        Signal::Latency => "requests were slow",
        _ => "events were bad",
    };
    let (bad, all) = (whole(total.gray_bad), whole(total.gray));
    format!("{bad} of {all} {what} against {} of {}", whole(total.baseline_bad), whole(total.baseline))
}

fn apart(ends: Option<(f64, Option<f64>)>, accepted: f64, rule: Rule, floor: Option<f64>) -> String {
    let range = match ends {
        None => "no bad event to compare".to_owned(),
        Some((low, None)) if low <= 0.0 => "too few to compare".to_owned(),
        Some((low, None)) => format!("at least {} times the baseline's share", times(low)),
        Some((low, Some(high))) if low <= 0.0 => format!("at most {} times the baseline's share", times(high)),
        Some((low, Some(high))) => format!("{} to {} times the baseline's share", times(low), times(high)),
    };
    let bound = match rule.worse {
        Worse::Up => format!("accepted is {} times", number(accepted)),
        Worse::Down => format!("accepted is {} times", number(1.0 / accepted)),
        Worse::Either => format!("accepted is {} to {} times", number(1.0 / accepted), number(accepted)),
    };
    match floor {
        Some(floor) => format!("{range}, {bound} or a share of {}%", number(100.0 * floor)),
        None => format!("{range}, {bound}"),
    }
}

#[cfg(test)]
mod tests;
