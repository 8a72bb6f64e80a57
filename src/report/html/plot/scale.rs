//! Axes: round numbers and round times, and where a value stands between them.
//!
//! Powers of ten are read from and written as decimal text, which is exact on every machine; logarithms are not.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Values beyond this are drawn as this, so that no difference of two overflows.
const MOST: f64 = 1e290;
/// A range below this part of its values is drawn as a level line: its labels could not be told apart.
const LEAST_PART: f64 = 1e-6;
/// A step is one of these digits times a power of ten.
const ROUND: [i32; 4] = [1, 2, 5, 10];

/// A range between two round numbers and the step between its ticks: `digit` times ten to the power of `exponent`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Scale {
    /// The first and the last tick, in steps.
    first: i32,
    last: i32,
    digit: i32,
    exponent: i32,
}

impl Scale {
    /// The range that holds all values, with about `intervals` steps. A single level gets room on both sides; zero belongs to the
    /// range when the values are not far from it. `None` without a finite value.
    pub(super) fn of(values: impl IntoIterator<Item = f64>, intervals: u8) -> Option<Scale> {
        let finite = values.into_iter().filter(|value| value.is_finite()).map(|value| value.clamp(-MOST, MOST));
        let (low, high) = finite.fold(None, |ends: Option<(f64, f64)>, value| {
            Some(ends.map_or((value, value), |(low, high)| (low.min(value), high.max(value))))
        })?;
        let (mut low, mut high) = (low, high);
        let size = low.abs().max(high.abs());
        if high - low <= size * LEAST_PART {
            let room = if size > 1.0 / MOST { size / 10.0 } else { 1.0 };
            (low, high) = if size > 1.0 / MOST { (low - room, high + room) } else { (0.0, 1.0) };
        } else if low > 0.0 && low < high * 0.6 {
            low = 0.0;
        } else if high < 0.0 && high > low * 0.6 {
            high = 0.0;
        }
        let wanted = (high - low) / f64::from(intervals.max(1));
        let mut exponent = exponent_of(wanted);
        let leading = wanted / power_of_ten(exponent);
        let mut digit = ROUND.into_iter().find(|round| leading <= f64::from(*round) * 1.000_001).unwrap_or(10);
        if digit == 10 {
            (digit, exponent) = (1, exponent + 1);
        }
        let step = f64::from(digit) * power_of_ten(exponent);
        // A value that is a tick but for its last bits is that tick.
        let first = whole((low / step + 1e-9).floor());
        let last = whole((high / step - 1e-9).ceil());
        Some(Scale { first, last: last.max(first + 1), digit, exponent })
    }

    /// Where a value stands: 0 at the first tick, 1 at the last. Values outside stand at the ends.
    pub(super) fn at(self, value: f64) -> f64 {
        let part = (value / self.step() - f64::from(self.first)) / f64::from(self.last - self.first);
        // What is no number stands at the start; callers leave it out.
        if part.is_nan() { 0.0 } else { part.clamp(0.0, 1.0) }
    }

    /// The value at the first and at the last tick.
    pub(super) fn ends(self) -> (f64, f64) {
        (f64::from(self.first) * self.step(), f64::from(self.last) * self.step())
    }

    fn step(self) -> f64 {
        f64::from(self.digit) * power_of_ten(self.exponent)
    }

    /// The power of ten, a multiple of three, that all labels leave out; 0 for numbers that are short without it.
    pub(super) fn factor(self) -> i32 {
        let (low, high) = self.ends();
        let size = exponent_of(low.abs().max(high.abs()));
        if (-3..5).contains(&size) { 0 } else { size.div_euclid(3) * 3 }
    }

    /// The ticks from the first to the last: place between 0 and 1, and the label without its factor.
    pub(super) fn ticks(self) -> Vec<(f64, String)> {
        let exponent = self.exponent - self.factor();
        let decimals = usize::try_from(-exponent).unwrap_or(0);
        let label = |tick: i32| {
            let text = format!("{:.decimals$}", f64::from(tick) * f64::from(self.digit) * power_of_ten(exponent));
            text.replace('-', "−")
        };
        let part = |tick: i32| f64::from(tick - self.first) / f64::from(self.last - self.first);
        (self.first..=self.last).map(|tick| (part(tick), label(tick))).collect()
    }
}

/// A whole number of steps: some millions at most, because a range is not much smaller than its values.
#[expect(clippy::cast_possible_truncation, reason = "the cast saturates, and such numbers fit")]
fn whole(number: f64) -> i32 {
    number as i32
}

/// The decimal exponent of a number's first digit; 0 for zero and for what is no number.
fn exponent_of(value: f64) -> i32 {
    let text = format!("{value:e}");
    text.rsplit_once('e').and_then(|(_, exponent)| exponent.parse().ok()).unwrap_or(0)
}

fn power_of_ten(exponent: i32) -> f64 {
    format!("1e{exponent}").parse().unwrap_or(1.0)
}

/// Steps between ticks of time that a person counts in, in seconds; beyond the last, its multiples by 2, 5 and 10.
const TIMES: [i128; 22] = [
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800,
    1_209_600, 2_592_000,
];
const DAY: i128 = 86_400;

/// The ticks between two moments (in seconds since 1970): at most `most`, at round times in UTC, as the place between 0 and 1 and a
/// label, `02:10`, or the date where a day begins.
pub(super) fn times(from: i128, to: i128, most: u8) -> Vec<(f64, String)> {
    let length = to.saturating_sub(from).max(1);
    let fits = |step: &i128| length / step < i128::from(most.max(1));
    let beyond = || {
        let tens = std::iter::successors(Some(2_592_000_i128), |step| step.checked_mul(10));
        tens.flat_map(|step| [2, 5, 10].into_iter().filter_map(move |digit| step.checked_mul(digit))).find(fits)
    };
    let Some(step) = TIMES.into_iter().find(fits).or_else(beyond) else { return Vec::new() };
    let first = from.div_euclid(step) + i128::from(from.rem_euclid(step) != 0);
    let ticks = (first..=to.div_euclid(step)).map(|tick| tick * step);
    ticks.filter_map(|second| Some((part(second - from, length), label(second, step)?))).collect()
}

/// What part of a length of time a shorter one is.
#[expect(clippy::cast_precision_loss, reason = "a place in a picture needs few digits")]
fn part(of: i128, length: i128) -> f64 {
    of as f64 / length as f64
}

/// `None` beyond the years that a timestamp can hold.
fn label(second: i128, step: i128) -> Option<String> {
    let time = Timestamp::from_second(i64::try_from(second).ok()?).ok()?.to_zoned(TimeZone::UTC);
    let form = match (second.rem_euclid(DAY), step) {
        (0, 2_592_000..) => "%Y-%m-%d",
        (0, _) => "%m-%d",
        (_, ..60) => "%H:%M:%S",
        _ => "%H:%M",
    };
    Some(time.strftime(form).to_string())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn labels(values: &[f64]) -> (Vec<String>, i32) {
        let scale = Scale::of(values.iter().copied(), 4).unwrap();
        (scale.ticks().into_iter().map(|(_, label)| label).collect(), scale.factor())
    }

    #[test]
    fn ticks_are_round_numbers_around_the_values() {
        for (values, wanted, factor) in [
            (&[0.0, 0.31][..], &["0.0", "0.1", "0.2", "0.3", "0.4"][..], 0),
            (&[0.31, 0.62], &["0.0", "0.2", "0.4", "0.6", "0.8"], 0),
            (&[101.0, 103.2], &["101", "102", "103", "104"], 0),
            (&[-2.0, 2.0], &["−2", "−1", "0", "1", "2"], 0),
            (&[1_500_000.0, 0.0], &["0.0", "0.5", "1.0", "1.5"], 6),
            (&[0.000_012, 0.0], &["0", "5", "10", "15"], -6),
            (&[3.0], &["2.6", "2.8", "3.0", "3.2", "3.4"], 0),
            (&[0.0, 0.0], &["0.0", "0.5", "1.0"], 0),
            (&[f64::NAN, 1.0, f64::INFINITY, 4.0], &["0", "1", "2", "3", "4"], 0),
        ] {
            assert_eq!(labels(values), (wanted.iter().map(|text| (*text).to_owned()).collect(), factor), "{values:?}");
        }
        assert_eq!(Scale::of([], 4), None);
        assert_eq!(Scale::of([f64::NAN], 4), None);
    }

    #[test]
    fn ticks_of_time_are_round_in_utc() {
        let ticks = |from: &str, minutes: i128, most| {
            let from = i128::from(from.parse::<Timestamp>().unwrap().as_second());
            times(from, from + minutes * 60, most).into_iter().map(|(_, label)| label).collect::<Vec<_>>()
        };
        assert_eq!(ticks("2026-01-05T01:57:30Z", 30, 5), ["02:00", "02:10", "02:20"]);
        assert_eq!(ticks("2026-01-05T22:00:00Z", 240, 5), ["22:00", "23:00", "01-06", "01:00", "02:00"]);
        assert_eq!(ticks("2026-01-05T22:00:00Z", 1, 5), ["22:00:00", "22:00:15", "22:00:30", "22:00:45", "22:01:00"]);
        assert_eq!(ticks("2026-01-01T00:00:00Z", 9 * 1_440, 6), ["01-01", "01-03", "01-05", "01-07", "01-09"]);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

        #[test]
        fn any_numbers_lie_between_few_ticks_with_labels_of_their_own(values in prop::collection::vec(any::<f64>(), 1..4)) {
            if let Some(scale) = Scale::of(values.iter().copied(), 4) {
                let ticks = scale.ticks();
                prop_assert!((2..=8).contains(&ticks.len()), "{ticks:?}");
                prop_assert!(ticks.iter().all(|(_, label)| label.chars().count() <= 14), "{ticks:?}");
                for pair in ticks.windows(2) {
                    prop_assert!(pair[0].0 < pair[1].0 && pair[0].1 != pair[1].1, "{ticks:?}");
                }
                let (low, high) = scale.ends();
                for value in values.into_iter().filter(|value| value.is_finite()).map(|value| value.clamp(-MOST, MOST)) {
                    let slack = 1e-6 * (high - low);
                    prop_assert!(low - slack <= value && value <= high + slack, "{value} in {low}..{high}");
                    prop_assert!((0.0..=1.0).contains(&scale.at(value)));
                }
            }
        }

        #[test]
        fn any_times_have_few_ticks(from in any::<i64>(), length in any::<u64>()) {
            let ticks = times(i128::from(from), i128::from(from) + i128::from(length), 6);
            prop_assert!(ticks.len() <= 7, "{ticks:?}");
            prop_assert!(ticks.iter().all(|(place, _)| (0.0..=1.0).contains(place)), "{ticks:?}");
        }
    }
}
