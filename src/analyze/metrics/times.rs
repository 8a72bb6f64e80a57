//! Lengths of time, summed up.

use serde::Serialize;

/// How long something took, over all the times that it happened. Seconds are whole, counted from when the batch that caused it
/// began, or from when an incident opened.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Times {
    /// How often it was to happen.
    pub of: u64,
    /// How often it did: the figures below are of these. The rest counts as not within any time.
    pub known: u64,
    /// The median, by nearest rank; null when nothing is known.
    pub p50_seconds: Option<u64>,
    pub p90_seconds: Option<u64>,
    pub max_seconds: Option<u64>,
    pub sum_seconds: u64,
    pub within_1_minute: u64,
    pub within_5_minutes: u64,
    pub within_10_minutes: u64,
}

impl Times {
    pub(super) fn of(mut seconds: Vec<u64>, of: u64) -> Times {
        seconds.sort_unstable();
        let within = |minutes: u64| seconds.partition_point(|seconds| *seconds <= minutes * 60) as u64;
        Times {
            of,
            known: seconds.len() as u64,
            p50_seconds: rank(&seconds, 50),
            p90_seconds: rank(&seconds, 90),
            max_seconds: seconds.last().copied(),
            sum_seconds: seconds.iter().fold(0, |sum, seconds| sum.saturating_add(*seconds)),
            within_1_minute: within(1),
            within_5_minutes: within(5),
            within_10_minutes: within(10),
        }
    }
}

fn rank(sorted: &[u64], percent: usize) -> Option<u64> {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied()
}

/// A share in percent with two decimals, rounded down; null of nothing.
pub(super) fn percent(part: u64, whole: u64) -> Option<f64> {
    let share = u128::from(part) * 10_000 / u128::from((whole > 0).then_some(whole)?);
    #[expect(clippy::cast_precision_loss, reason = "10,000 for all of it")]
    Some(share as f64 / 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_nearest_and_nothing_is_null() {
        let times = Times::of((1..=10).map(|n| n * 60).collect(), 12);
        assert_eq!((times.p50_seconds, times.p90_seconds, times.max_seconds), (Some(300), Some(540), Some(600)));
        assert_eq!((times.within_1_minute, times.within_5_minutes, times.within_10_minutes, times.known), (1, 5, 10, 10));
        assert_eq!(Times::of(vec![7], 1).p50_seconds, Some(7));
        assert_eq!(Times::of(vec![], 0), Times::default());
    }

    #[test]
    fn a_share_of_nothing_is_null_and_shares_are_rounded_down() {
        assert_eq!((percent(0, 0), percent(2, 3), percent(3, 3)), (None, Some(66.66), Some(100.0)));
    }
}
