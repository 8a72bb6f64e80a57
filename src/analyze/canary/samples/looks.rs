//! When the judge looks, and how much of alpha each look may spend.
//!
//! Everybody who runs kadian after every step sees the same looks: they lie at fixed numbers of values in the series itself, growing
//! by a third, and are recomputed each time. So it does not matter how often somebody asks.
//!
//! The looks share alpha by their weights (group-sequential designs, Jennison and Turnbull 2000). Neighbouring looks see mostly the same
//! values, so that a first crossing at the second of them is rarer than a crossing there: its part g(p) follows from the
//! correlation √(3/4) of two standard normal statistics. With falling levels pₖ the chance of ever crossing is at most
//! p₀ + Σ g(pₖ) pₖ, which leaves every look a larger level than Bonferroni's sum would.

/// The fewest values a side with which anything is decided, whatever the settings say.
pub(super) const FEWEST: u64 = 5;

/// The slowness with which alpha is spent where nobody knows how long the series will be.
const SLOWNESS: f64 = 4.0;

/// From here on looks lie so far apart that a crossing at each counts as a first one.
const SPARSE: u64 = 1_000;
/// The least that g(p) can be for a chance up to 0.05: what a distant look spends is multiplied by it.
const DISTANT: f64 = 0.42;

/// Plans and series beyond this are not believed.
const MOST: u64 = 1 << 40;

/// What is kept for looks after the planned end.
const RESERVE: f64 = 0.1;

/// A look: values a side, and its part of alpha.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Look {
    pub values: u64,
    pub weight: f64,
}

/// The looks up to `values` a side, for a series that begins with a look at `first` and is planned to have `planned` steps.
pub(super) fn looks(first: u64, planned: Option<u64>, values: u64) -> Vec<Look> {
    let first = first.clamp(FEWEST, MOST);
    let values = values.min(MOST);
    let mut looks = Vec::new();
    let mut at = first;
    let (mut left, mut rest) = (1.0, 1.0);
    if let Some(end) = planned.filter(|end| (first..=MOST).contains(end)) {
        let mut inside = Vec::new();
        while at < end - end / 8 {
            inside.push(at);
            at = next(at);
        }
        inside.push(end);
        #[expect(clippy::cast_precision_loss, reason = "some dozens of looks")]
        let weight = (1.0 - RESERVE) / inside.len() as f64;
        looks.extend(inside.into_iter().map(|values| Look { values, weight }));
        (left, rest) = (RESERVE, RESERVE);
        at = next(end);
    }
    let mut index = 0.0;
    while at <= values {
        // a/((k+a)(k+a+1)) sums to 1 over all k from 0.
        let weight = rest * SLOWNESS / ((index + SLOWNESS) * (index + SLOWNESS + 1.0));
        left -= weight;
        looks.push(Look { values: at, weight });
        index += 1.0;
        at = next(at);
    }
    debug_assert!(left > 0.0, "no more than all of alpha is spent");
    for look in looks.iter_mut().filter(|look| look.values > SPARSE) {
        look.weight *= DISTANT;
    }
    looks.retain(|look| look.values <= values);
    looks
}

/// A chance that one look found, corrected for all looks.
pub(super) fn corrected(chance: f64, look: Look, first: f64) -> f64 {
    // g(p) = P(Z₂ > c | Z₁ ≤ c)-part of p = P(Z > c), integrated numerically for 1e-6 ≤ p ≤ 0.05 and bounded from above by this curve.
    let fresh = 1.0 - 0.8 * libm::pow(chance.clamp(0.0, 1.0), 0.112);
    chance / look.weight * (first + fresh * (1.0 - first))
}

/// A third more values; later looks lie further apart, because sorting long series again and again costs more than it tells.
pub(super) fn next(values: u64) -> u64 {
    match values {
        0..SPARSE => values + (values / 3).max(1),
        SPARSE..8_000 => 2 * values,
        _ => values.saturating_mul(4),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_plan_spends_more_than_all() {
        for planned in [None, Some(4), Some(8), Some(9), Some(50), Some(100_000)] {
            let looks = looks(8, planned, 100_000_000);
            let spent: f64 = looks.iter().map(|look| look.weight).sum();
            assert!((0.5..=1.0).contains(&spent), "{planned:?} spends {spent}");
            assert!(looks.windows(2).all(|pair| pair[0].values < pair[1].values));
        }
    }

    #[test]
    fn looks_stay_where_they_are_when_values_come_in() {
        for planned in [None, Some(50)] {
            let all = looks(8, planned, 5_000);
            for values in 0..200 {
                let seen = looks(8, planned, values);
                assert_eq!(seen, all[..seen.len()]);
            }
        }
        assert!(looks(8, None, 7).is_empty());
        assert!(looks(5, Some(u64::MAX), u64::MAX).len() < 200);
    }
}
