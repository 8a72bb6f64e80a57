//! The textbook rank tests, for whoever wants to check a verdict: Mann-Whitney and Brunner-Munzel as scipy computes them.
//!
//! The judge itself uses the statistic of the former with a variance like that of the latter (`samples/compare.rs`).

use super::special::{normal_above, student_above};

/// Up to this many values on a side, and without ties, Mann-Whitney's chances are exact.
const EXACT: usize = 8;

/// What a test found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tested {
    pub statistic: f64,
    /// The chance of so extreme a statistic in either direction.
    pub two_sided: f64,
    /// The chance of so extreme a statistic where gray is not greater.
    pub greater: f64,
}

/// The U test of Mann and Whitney (1947). Exact without ties where a side has at most 8 values, else normal with a correction
/// for ties and for continuity. The statistic is the number of pairs in which gray is greater, ties counting one half. `None`
/// where a side is empty, a value is not finite, or all values are tied.
#[must_use]
pub fn mann_whitney(gray: &[f64], baseline: &[f64]) -> Option<Tested> {
    let ranked = Ranked::of(gray, baseline)?;
    let (m, n) = (size(gray.len()), size(baseline.len()));
    let statistic = ranked.gray.iter().sum::<f64>() - 0.5 * m * (m + 1.0);
    if ranked.ties == 0.0 && gray.len().min(baseline.len()) <= EXACT {
        let above = |least: f64| exact_at_least(gray.len(), baseline.len(), least);
        let (greater, less) = (above(statistic), above(m * n - statistic));
        return Some(Tested { statistic, two_sided: (2.0 * greater.min(less)).min(1.0), greater });
    }
    let all = m + n;
    let variance = m * n / 12.0 * (all + 1.0 - ranked.ties / (all * (all - 1.0)));
    if variance.is_nan() || variance <= 0.0 {
        return None;
    }
    let above = |value: f64| normal_above((value - 0.5 * m * n - 0.5) / variance.sqrt());
    let two_sided = (2.0 * above(statistic.max(m * n - statistic))).min(1.0);
    Some(Tested { statistic, two_sided, greater: above(statistic) })
}

/// The test of Brunner and Munzel (2000) for samples of unequal spread, with Student's t. The statistic is positive where the baseline is
/// greater, as in scipy. `None` where a side has fewer than two values, a value is not finite, or the sides do not overlap.
#[must_use]
pub fn brunner_munzel(gray: &[f64], baseline: &[f64]) -> Option<Tested> {
    let ranked = Ranked::of(gray, baseline)?;
    let (m, n) = (size(gray.len()), size(baseline.len()));
    let mean = |ranks: &[f64]| ranks.iter().sum::<f64>() / size(ranks.len());
    let spread = |side: &[f64], ranks: &[f64]| -> Option<f64> {
        let own = Ranked::of(side, &[])?.gray;
        let middle = mean(ranks) - mean(&own);
        let sum: f64 = ranks.iter().zip(&own).map(|(all, own)| (all - own - middle) * (all - own - middle)).sum();
        (side.len() > 1).then(|| sum / (size(side.len()) - 1.0))
    };
    let (gray_part, baseline_part) = (m * spread(gray, &ranked.gray)?, n * spread(baseline, &ranked.baseline)?);
    let variance = gray_part + baseline_part;
    if variance.is_nan() || variance <= 0.0 {
        return None;
    }
    let statistic = m * n * (mean(&ranked.baseline) - mean(&ranked.gray)) / ((m + n) * variance.sqrt());
    let freedom = variance * variance / (gray_part * gray_part / (m - 1.0) + baseline_part * baseline_part / (n - 1.0));
    let two_sided = 2.0 * student_above(statistic.abs(), freedom);
    Some(Tested { statistic, two_sided, greater: student_above(-statistic, freedom) })
}

/// Middle ranks among both sides, from 1.
struct Ranked {
    gray: Vec<f64>,
    baseline: Vec<f64>,
    /// Σ (t³ - t) over the groups of equal values.
    ties: f64,
}

impl Ranked {
    fn of(gray: &[f64], baseline: &[f64]) -> Option<Self> {
        let mut values: Vec<(f64, usize)> = gray.iter().chain(baseline).copied().zip(0..).collect();
        if gray.is_empty() || values.iter().any(|(value, _)| !value.is_finite()) {
            return None;
        }
        values.sort_by(|one, other| one.0.total_cmp(&other.0));
        let mut ranks = vec![0.0; values.len()];
        let (mut ties, mut start) = (0.0, 0);
        for group in values.chunk_by(|one, other| one.0 >= other.0) {
            let count = size(group.len());
            for (_, index) in group {
                ranks[*index] = size(start) + 0.5 * (count + 1.0);
            }
            ties += count * count * count - count;
            start += group.len();
        }
        let baseline = ranks.split_off(gray.len());
        Some(Ranked { gray: ranks, baseline, ties })
    }
}

/// The chance of a U of at least `least` among all orders of `m` and `n` different values: the counts follow from
/// those with one value less (Mann and Whitney's recursion, as a product of polynomials).
fn exact_at_least(m: usize, n: usize, least: f64) -> f64 {
    let most = m * n;
    // The coefficients of the Gaussian binomial, as shares so that nothing overflows: each factor (1 - x^(n+i)) / (1 - x^i).
    let mut shares = vec![0.0; most + 1];
    shares[0] = 1.0;
    for i in 1..=m {
        for at in (n + i..=most).rev() {
            shares[at] -= shares[at - n - i];
        }
        for at in i..=most {
            shares[at] += shares[at - i];
        }
    }
    let total: f64 = shares.iter().sum();
    let tail: f64 = shares.iter().zip(0_u32..).filter(|(_, at)| f64::from(*at) >= least).map(|(share, _)| share).sum();
    tail / total
}

#[expect(clippy::cast_precision_loss, reason = "a count of values in memory")]
fn size(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyze::canary::shift;

    /// Made by `tests/oracles/canary_scipy.py`.
    const SCIPY: &str = include_str!("testdata/scipy.jsonl");

    type Case = (Vec<f64>, Vec<f64>, f64, f64, f64, f64, f64, f64, f64);

    fn near(found: f64, wanted: f64, what: &str, case: &Case) {
        let error = (found - wanted).abs();
        assert!(error <= 1e-9 * wanted.abs() || error <= 1e-15, "{what}: {found} is not {wanted} for {case:?}");
    }

    #[test]
    fn they_agree_with_scipy() {
        let cases: Vec<Case> = SCIPY.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert!(cases.len() >= 1_000);
        for case in &cases {
            let (gray, baseline, statistic, two_sided, greater, spread, spread_two, spread_greater, median) = case;
            let found = mann_whitney(gray, baseline).unwrap();
            near(found.statistic, *statistic, "U", case);
            near(found.two_sided, *two_sided, "p of U", case);
            near(found.greater, *greater, "one-sided p of U", case);
            let found = brunner_munzel(gray, baseline).unwrap();
            near(found.statistic, *spread, "W", case);
            near(found.two_sided, *spread_two, "p of W", case);
            near(found.greater, *spread_greater, "one-sided p of W", case);
            near(shift(gray, baseline), *median, "shift", case);
        }
    }

    #[test]
    fn there_is_no_answer_without_something_to_compare() {
        assert_eq!(mann_whitney(&[], &[1.0]), None);
        assert_eq!(mann_whitney(&[1.0; 9], &[1.0; 9]), None);
        assert_eq!(mann_whitney(&[f64::NAN], &[1.0]), None);
        assert_eq!(brunner_munzel(&[1.0], &[1.0, 2.0]), None);
        assert_eq!(brunner_munzel(&[1.0, 2.0], &[3.0, 4.0]), None);
    }
}
