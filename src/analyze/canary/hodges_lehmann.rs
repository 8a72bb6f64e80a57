//! How far one sample lies above another: the median of all pairwise differences.

/// The Hodges-Lehmann shift: the median of all `gray - baseline` differences (Hodges and Lehmann 1963). Needs neither memory nor time for
/// the pairs: sorted, the differences below a value are counted in one pass. NaN where a side is empty or a value is not finite.
#[must_use]
pub fn shift(gray: &[f64], baseline: &[f64]) -> f64 {
    if gray.is_empty() || baseline.is_empty() || gray.iter().chain(baseline).any(|value| !value.is_finite()) {
        return f64::NAN;
    }
    let (gray, baseline) = (sorted(gray), sorted(baseline));
    let pairs = gray.len() as u64 * baseline.len() as u64;
    let upper = nth_difference(&gray, &baseline, pairs / 2 + 1);
    if pairs % 2 == 1 { upper } else { 0.5 * (nth_difference(&gray, &baseline, pairs / 2) + upper) }
}

/// The `rank`th smallest (from 1) of the differences between two sorted, finite, not empty samples: a bisection over the ordered
/// bit patterns of numbers, 64 passes at most.
pub(super) fn nth_difference(gray: &[f64], baseline: &[f64], rank: u64) -> f64 {
    let (Some(first), Some(last)) = (gray.first().zip(baseline.last()), gray.last().zip(baseline.first())) else {
        return f64::NAN;
    };
    let (mut low, mut high) = (ordered(first.0 - first.1), ordered(last.0 - last.1));
    while low < high {
        let middle = low + (high - low) / 2;
        if at_most(gray, baseline, unordered(middle)) >= rank {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    unordered(low)
}

/// How many differences are at most `bound`.
fn at_most(gray: &[f64], baseline: &[f64], bound: f64) -> u64 {
    let mut larger = baseline.len();
    let mut count = 0;
    for value in gray.iter().rev() {
        while larger > 0 && value - baseline[larger - 1] <= bound {
            larger -= 1;
        }
        count += (baseline.len() - larger) as u64;
    }
    count
}

fn sorted(values: &[f64]) -> Vec<f64> {
    let mut values = values.to_vec();
    values.sort_unstable_by(f64::total_cmp);
    values
}

/// A number's place in the order of all numbers.
fn ordered(value: f64) -> u64 {
    let bits = (value + 0.0).to_bits();
    if bits >> 63 == 0 { bits | 1 << 63 } else { !bits }
}

fn unordered(place: u64) -> f64 {
    f64::from_bits(if place >> 63 == 1 { place & !(1 << 63) } else { !place })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nothing_has_no_shift() {
        assert!(shift(&[], &[1.0]).is_nan());
        assert!(shift(&[1.0], &[]).is_nan());
        assert!(shift(&[f64::INFINITY], &[1.0]).is_nan());
    }

    proptest! {
        #[test]
        fn it_is_the_median_of_all_differences(
            gray in prop::collection::vec(-50_i32..50, 1..25),
            baseline in prop::collection::vec(-50_i32..50, 1..25),
            unit in prop::sample::select(vec![1.0, 0.1, 1e-30, 1e200]),
        ) {
            let gray: Vec<f64> = gray.into_iter().map(|value| f64::from(value) * unit).collect();
            let baseline: Vec<f64> = baseline.into_iter().map(|value| f64::from(value) * unit).collect();
            let mut all: Vec<f64> = gray.iter().flat_map(|gray| baseline.iter().map(move |baseline| gray - baseline)).collect();
            all.sort_unstable_by(f64::total_cmp);
            let half = all.len() / 2;
            let median = if all.len() % 2 == 1 { all[half] } else { 0.5 * (all[half - 1] + all[half]) };
            // A zero may have either sign.
            prop_assert_eq!((shift(&gray, &baseline) + 0.0).to_bits(), (median + 0.0).to_bits());
        }
    }
}
