//! Whether something comes more often than before.

/// The chance of at least `gray` of `gray + baseline` events on the gray side, if the gray rate were the baseline's times
/// `1 + margin`.
///
/// Given the sum of two Poisson counts, one of them is binomial with the share θ = s(1 + m) / (1 + s·m), where s is the gray share
/// of the exposure (Przyborowski and Wilenski 1940). 1 where nothing can be said: no gray event, or an exposure that is not positive.
pub(super) fn p_value(gray: u64, baseline: u64, exposure: (f64, f64), margin: f64) -> f64 {
    let (gray_exposure, baseline_exposure) = exposure;
    let positive = |value: f64| value.is_finite() && value > 0.0;
    if gray == 0 || !positive(gray_exposure) || !positive(baseline_exposure) {
        return 1.0;
    }
    let share = gray_exposure / (gray_exposure + baseline_exposure);
    let margin = margin.max(0.0);
    let theta = (share * (1.0 + margin) / (1.0 + share * margin)).clamp(0.0, 1.0);
    // P(X >= k) for X ~ Bin(n, θ) is the regularised incomplete beta function I_θ(k, n - k + 1).
    incomplete_beta(theta, as_f64(gray), as_f64(baseline) + 1.0)
}

#[expect(clippy::cast_precision_loss, reason = "counts of log entries are far below 2^53")]
fn as_f64(count: u64) -> f64 {
    count as f64
}

/// The regularised incomplete beta function by its continued fraction (DLMF 8.17.22), evaluated after Lentz.
fn incomplete_beta(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return x.clamp(0.0, 1.0);
    }
    // The fraction converges fast on one side of the mean only.
    if x > (a + 1.0) / (a + b + 2.0) {
        return (1.0 - incomplete_beta_fraction(1.0 - x, b, a)).clamp(0.0, 1.0);
    }
    incomplete_beta_fraction(x, a, b).clamp(0.0, 1.0)
}

fn incomplete_beta_fraction(x: f64, a: f64, b: f64) -> f64 {
    const TINY: f64 = 1e-300;
    /// Of the order of the square root of the larger parameter; enough for a billion events.
    const STEPS: u32 = 100_000;
    let front = (ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (-x).ln_1p()).exp() / a;
    let away = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut ratio = 1.0;
    let mut inverse = 1.0 / away(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = inverse;
    for step in 1..STEPS {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        for term in [even, odd] {
            inverse = 1.0 / away(1.0 + term * inverse);
            ratio = away(1.0 + term / ratio);
            fraction *= inverse * ratio;
        }
        if (inverse * ratio - 1.0).abs() < 1e-15 {
            break;
        }
    }
    front * fraction
}

/// The logarithm of the gamma function for arguments from 1 on, by Stirling's series (DLMF 5.11.1) behind a shift.
fn ln_gamma(x: f64) -> f64 {
    const SERIES: [f64; 5] = [1.0 / 12.0, -1.0 / 360.0, 1.0 / 1260.0, -1.0 / 1680.0, 1.0 / 1188.0];
    let (mut x, mut shift) = (x, 0.0);
    while x < 16.0 {
        shift -= x.ln();
        x += 1.0;
    }
    let square = x * x;
    let series = SERIES.iter().rev().fold(0.0, |sum, term| sum / square + term) / x;
    shift + (x - 0.5) * x.ln() - x + 0.5 * (2.0 * std::f64::consts::PI).ln() + series
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The same tail by its sum.
    fn tail(k: u64, n: u64, theta: f64) -> f64 {
        let choose = |n: u64, k: u64| (1..=k).fold(1.0, |product, i| product * as_f64(n - k + i) / as_f64(i));
        (k..=n).map(|i| choose(n, i) * theta.powf(as_f64(i)) * (1.0 - theta).powf(as_f64(n - i))).sum()
    }

    #[test]
    fn the_tail_is_the_binomial_one() {
        assert!((p_value(8, 2, (1.0, 1.0), 0.0) - 56.0 / 1024.0).abs() < 1e-12);
        // R: pbinom(29, 130, 1/11 * 1.5 / (1 + 0.5/11), lower.tail = FALSE)
        let theta = (1.0 / 11.0) * 1.5 / (1.0 + 0.5 / 11.0);
        assert!((p_value(30, 100, (1.0, 10.0), 0.5) / tail(30, 130, theta) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn what_cannot_be_compared_is_no_evidence() {
        for exposure in [(0.0, 1.0), (1.0, 0.0), (f64::NAN, 1.0), (f64::INFINITY, 1.0)] {
            assert!((p_value(100, 0, exposure, 0.0) - 1.0).abs() < f64::EPSILON);
        }
        assert!((p_value(0, 10, (1.0, 1.0), 0.0) - 1.0).abs() < f64::EPSILON);
    }

    proptest! {
        #[test]
        fn it_agrees_with_the_sum(k in 1_u64..60, rest in 0_u64..60, share in 0.01_f64..0.99) {
            let (found, wanted) = (p_value(k, rest, (share, 1.0 - share), 0.0), tail(k, k + rest, share));
            prop_assert!((found - wanted).abs() <= 1e-9 * wanted.max(1e-3), "{found} {wanted}");
        }

        #[test]
        fn more_events_are_more_evidence(k in 1_u64..100_000, rest in 0_u64..100_000, margin in 0.0_f64..2.0) {
            let p = p_value(k, rest, (1.0, 3.0), margin);
            prop_assert!((0.0..=1.0).contains(&p));
            prop_assert!(p_value(k + 1, rest, (1.0, 3.0), margin) <= p + 1e-12);
            prop_assert!(p_value(k, rest, (1.0, 3.0), margin + 0.5) >= p - 1e-12);
        }
    }
}
