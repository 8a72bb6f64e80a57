//! Values, usually one a step: are they higher on the gray side than accepted?

mod compare;
mod looks;
mod sides;

use compare::{Comparison, Margin, compare};
use looks::{Look, corrected, looks};
pub(super) use sides::usable;
use sides::{Sides, Value, count, middle, reach};

use super::finding::{Finding, Pace, State, Tested};
use super::hodges_lehmann::{self, nth_difference};
use super::special::student_quantile_above;
use super::words::{change, number};
use crate::facts::{Side, Worse};

/// The part of alpha that the location may spend; the tail has the rest.
const LOCATION: f64 = 0.6;
/// Series with more values than this are shown as of their last look.
const SHOWN_WHOLE: u64 = 4_000;
/// The shift is shown from at most this many quantiles a side.
const QUANTILES: usize = 1_024;

/// How a sampled metric is judged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rule<'a> {
    pub worse: Worse,
    pub margin: f64,
    pub floor: Option<f64>,
    /// Values a side below which nothing is decided.
    pub minimum: u64,
    pub alpha: f64,
    pub planned: Option<u64>,
    pub unit: Option<&'a str>,
}

/// Judges one metric on its own.
pub(super) fn find(gray: &[Option<f64>], baseline: &[Option<f64>], rule: Rule<'_>) -> Finding {
    let steps = gray.len().max(baseline.len()) as u64;
    let counts = [count(gray), count(baseline)];
    let values = counts[0].min(counts[1]);
    let schedule = looks(rule.minimum, rule.planned, values);
    // A long series is sorted no further than its last look.
    let end = match schedule.last() {
        Some(look) if look.values > SHOWN_WHOLE => reach(gray, look.values).max(reach(baseline, look.values)),
        _ => gray.len().max(baseline.len()),
    };
    let sides = Sides::of(&gray[..end.min(gray.len())], &baseline[..end.min(baseline.len())]);
    let side =
        |side: &[Option<f64>], count: u64| Side { samples: size_of(count), bad: None, value: middle(side), gaps: steps - count };
    let mut finding = Finding {
        gray: side(gray, counts[0]),
        baseline: side(baseline, counts[1]),
        effect: None,
        interval: None,
        e_value: None,
        compared: String::new(),
        apart: String::new(),
        state: State::NoData(match (counts[0], counts[1]) {
            (0, 0) => "neither side has data".to_owned(),
            (0, _) => "the gray version has no data".to_owned(),
            _ => "the baseline has no data".to_owned(),
        }),
    };
    let (Some(gray_median), Some(baseline_median)) = (finding.gray.value, finding.baseline.value) else {
        return finding;
    };
    let shown = schedule.last().map_or(rule.alpha, |look| rule.alpha * look.weight);
    let (effect, interval) = shift(&sides, shown);
    finding.effect = effect;
    finding.interval = interval;
    let unit = rule.unit.map(|unit| format!(" {unit}")).unwrap_or_default();
    finding.compared = format!("median {}{unit} against {}{unit}", number(gray_median), number(baseline_median));
    finding.apart = apart(effect, interval, rule);
    let seen: Vec<(Look, Seen)> = walk(&sides, &schedule, rule);
    let first = schedule.first().map_or(1.0, |look| look.weight);
    let worse = seen.iter().map(|(look, seen)| corrected(seen.worse, *look, first)).fold(1.0, f64::min);
    let sound = seen.iter().map(|(look, seen)| corrected(seen.sound, *look, first)).fold(1.0, f64::min);
    let last = seen.last().map(|(_, seen)| *seen);
    let upcoming = looks(rule.minimum, rule.planned, u64::MAX).into_iter().find(|look| look.values > values);
    let fewest = upcoming.map_or(0.0, |look| size_of(look.values - values));
    let pace = |chance: Option<f64>| {
        let now = -libm::log(chance.filter(|chance| *chance < 0.5)?.max(1e-300));
        Some(Pace { now, gain: now / size_of(values), least: fewest })
    };
    finding.state = State::Tested(Tested {
        worse,
        sound,
        barred: barred(&finding, steps, last.is_some_and(|seen| seen.sound < 0.5)),
        towards_worse: pace(last.map(|seen| seen.worse)),
        towards_sound: pace(last.map(|seen| seen.sound)),
    });
    finding
}

/// The two chances of one look.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Seen {
    worse: f64,
    sound: f64,
}

/// All looks in the order of time. The last one is taken first, because what it sorted serves the earlier ones.
fn walk(sides: &Sides, schedule: &[Look], rule: Rule<'_>) -> Vec<(Look, Seen)> {
    let mut sides = sides.clone();
    let mut seen = Vec::with_capacity(schedule.len());
    for look in schedule.iter().rev() {
        let Some(end) = sides.reach(look.values) else { continue };
        sides.keep(end);
        if let Some(found) = one(&sides, rule) {
            seen.push((*look, found));
        }
    }
    seen.reverse();
    seen
}

fn one(sides: &Sides, rule: Rule<'_>) -> Option<Seen> {
    let accepted = 1.0 + rule.margin.max(0.0);
    let sum = rule.margin.max(0.0) * sides.scale();
    let ratio = sides.is_ratio();
    let positive = sides.gray.first().is_some_and(|value| value.value > 0.0);
    let floor = rule.floor.filter(|floor| floor.is_finite());
    let margin = |away: bool| match (ratio, away) {
        (true, true) => Margin::Factor(accepted),
        (true, false) => Margin::Factor(1.0 / accepted),
        (false, _) => Margin::Sum(sum),
    };
    let up = || compare(sides, margin(positive), floor);
    let down = || compare(&sides.mirrored(), margin(!positive), floor.map(|floor| -floor));
    let seen = |found: Comparison| Seen {
        worse: (found.worse[0] / LOCATION).min(found.worse[1] / (1.0 - LOCATION)).min(1.0),
        sound: found.sound[0].max(found.sound[1]),
    };
    Some(match rule.worse {
        Worse::Up => seen(up()?),
        Worse::Down => seen(down()?),
        Worse::Either => {
            let (up, down) = (seen(up()?), seen(down()?));
            Seen { worse: (2.0 * up.worse.min(down.worse)).min(1.0), sound: up.sound.max(down.sound) }
        }
    })
}

/// The Hodges-Lehmann shift relative to the baseline, with an interval whose ends are quantiles of the pairwise differences at the
/// standard error of the Mann-Whitney statistic. The error is that of the sides once the shift is taken away: sides that do not overlap
/// have none.
fn shift(sides: &Sides, alpha: f64) -> (Option<f64>, Option<[Option<f64>; 2]>) {
    let scale = sides.scale();
    let (gray, baseline) = (thinned(&sides.gray), thinned(&sides.baseline));
    if gray.is_empty() || baseline.is_empty() || scale.is_nan() || scale <= 0.0 {
        return (None, None);
    }
    let middle = hodges_lehmann::shift(&gray, &baseline);
    let Some(found) = compare(sides, Margin::Sum(middle), None) else { return (None, None) };
    let pairs = gray.len() as u64 * baseline.len() as u64;
    let at = |share: f64| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "within 1 and the number of pairs, below 2^53"
        )]
        let rank = (libm::ceil(share * size_of(pairs)) as u64).clamp(1, pairs);
        nth_difference(&gray, &baseline, rank) / scale
    };
    let reach = student_quantile_above(0.5 * alpha, found.freedom) * found.error;
    let (low, high) = (0.5 - reach, 0.5 + reach);
    let ends = [(low > 0.0).then(|| at(low)), (high < 1.0).then(|| at(high))];
    let ends = if sides.gray.len().min(sides.baseline.len()) < 5 { [None, None] } else { ends };
    (Some(middle / scale), Some(ends))
}

/// Evenly spread quantiles of a sorted side, or all of it.
fn thinned(side: &[Value]) -> Vec<f64> {
    if side.len() <= QUANTILES {
        return side.iter().map(|value| value.value).collect();
    }
    (0..QUANTILES).map(|index| side[(2 * index + 1) * side.len() / (2 * QUANTILES)].value).collect()
}

fn barred(finding: &Finding, steps: u64, holds: bool) -> Option<String> {
    for (who, side) in [("the gray version", &finding.gray), ("the baseline", &finding.baseline)] {
        if 2 * side.gaps > steps {
            return Some(format!("{who} has no data in {} of {steps} steps", side.gaps));
        }
    }
    (!holds).then(|| "it looked sound earlier, and no longer does".to_owned())
}

fn apart(effect: Option<f64>, interval: Option<[Option<f64>; 2]>, rule: Rule<'_>) -> String {
    let found = match (effect, interval) {
        (None, _) => "no baseline to be relative to".to_owned(),
        (Some(_), Some([Some(low), Some(high)])) => format!("{} to {}", change(low), change(high)),
        (Some(effect), _) => format!("about {}", change(effect)),
    };
    let accepted = match rule.worse {
        Worse::Up => change(rule.margin),
        Worse::Down => change(1.0 / (1.0 + rule.margin) - 1.0),
        Worse::Either => format!("{} to {}", change(1.0 / (1.0 + rule.margin) - 1.0), change(rule.margin)),
    };
    format!("{found}, accepted is {accepted}")
}

#[expect(clippy::cast_precision_loss, reason = "a count of values or of pairs; pairs are of quantiles")]
fn size_of(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests;
