//! The few special functions that the tests need, in plain Rust arithmetic: the same bits on every platform.

/// The logarithm of the multivariate beta function, `Σ ln Γ(aᵢ) - ln Γ(Σ aᵢ)`; every `aᵢ` is above 0. 0 without arguments.
#[must_use]
pub fn ln_beta(parameters: &[f64]) -> f64 {
    if parameters.is_empty() {
        return 0.0;
    }
    parameters.iter().map(|parameter| libm::lgamma(*parameter)).sum::<f64>() - libm::lgamma(parameters.iter().sum())
}

/// The chance that a standard normal value is above `z`.
#[must_use]
pub fn normal_above(z: f64) -> f64 {
    0.5 * libm::erfc(z * std::f64::consts::FRAC_1_SQRT_2)
}

/// The value that a standard normal value exceeds with the given chance, by bisection; the chance is held within (0, 1).
#[must_use]
pub fn normal_quantile_above(chance: f64) -> f64 {
    bisect(chance.clamp(1e-300, 1.0 - 1e-16), 40.0, normal_above)
}

/// The chance that a value of Student's t distribution is above `t`. `freedom` may be a fraction, is above 0, and may be infinite.
#[must_use]
pub fn student_above(t: f64, freedom: f64) -> f64 {
    if t.is_nan() || freedom.is_nan() {
        return f64::NAN;
    }
    if freedom > 1e10 {
        return normal_above(t);
    }
    let square = t * t;
    // The half of the argument that is not near 1, so that nothing is lost far out in the tail.
    let tail = if square <= freedom {
        0.5 - 0.5 * beta_share(0.5, 0.5 * freedom, square / (freedom + square))
    } else {
        0.5 * beta_share(0.5 * freedom, 0.5, freedom / (freedom + square))
    };
    if t >= 0.0 { tail } else { 1.0 - tail }
}

/// The value that Student's t exceeds with the given chance.
#[must_use]
pub fn student_quantile_above(chance: f64, freedom: f64) -> f64 {
    bisect(chance.clamp(1e-300, 1.0 - 1e-16), 1e6, |t| student_above(t, freedom))
}

#[expect(clippy::many_single_char_names, reason = "the names of the formula")]
/// The regularised incomplete beta function by its continued fraction (NIST DLMF 8.17.22), evaluated after Lentz.
fn beta_share(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - beta_share(b, a, 1.0 - x);
    }
    let front = libm::exp(a * libm::log(x) + b * libm::log1p(-x) - ln_beta(&[a, b])) / a;
    let guard = |value: f64| if value.abs() < 1e-300 { 1e-300 } else { value };
    let (mut c, mut d) = (1.0, 1.0 / guard(1.0 - (a + b) * x / (a + 1.0)));
    let mut product = d;
    for step in 1..500_u32 {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / guard(1.0 + even * d);
        c = guard(1.0 + even / c);
        product *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / guard(1.0 + odd * d);
        c = guard(1.0 + odd / c);
        let change = d * c;
        product *= change;
        if (change - 1.0).abs() < 1e-16 {
            break;
        }
    }
    front * product
}

/// Where a falling function meets `chance`, between `-reach` and `reach`.
fn bisect(chance: f64, reach: f64, falling: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (-reach, reach);
    for _ in 0..120 {
        let middle = 0.5 * (low + high);
        if falling(middle) > chance {
            low = middle;
        } else {
            high = middle;
        }
        if high - low <= 1e-15 * high.abs().max(1e-3) {
            break;
        }
    }
    0.5 * (low + high)
}

/// `ln Σ exp(termᵢ)` without overflow; minus infinity for no terms.
pub(super) fn ln_sum_exp(terms: impl Iterator<Item = f64> + Clone) -> f64 {
    let largest = terms.clone().fold(f64::NEG_INFINITY, f64::max);
    if !largest.is_finite() {
        return largest;
    }
    largest + libm::log(terms.map(|term| libm::exp(term - largest)).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: f64, wanted: f64) {
        assert!((found - wanted).abs() <= 1e-12 * wanted.abs(), "{found} is not {wanted}");
    }

    #[test]
    fn tails_agree_with_published_values() {
        // scipy.stats: norm.sf(1.96), norm.sf(8), t.sf(2.5, 7), t.sf(0.3, 3.7), t.sf(40, 12).
        near(normal_above(1.96), 0.024_997_895_148_220_435);
        near(normal_above(8.0), 6.220_960_574_271_74e-16);
        near(student_above(2.5, 7.0), 0.020_496_109_292_876_444);
        near(student_above(0.3, 3.7), 0.390_133_743_565_731_1);
        near(student_above(40.0, 12.0), 1.925_614_790_386_016e-14);
        near(student_above(1.0, 1.0), 0.25);
        near(student_above(-1.0, 1.0), 0.75);
    }

    #[test]
    fn quantiles_are_the_inverse_of_tails() {
        for chance in [1e-12, 0.001, 0.05, 0.5, 0.9] {
            near(normal_above(normal_quantile_above(chance)), chance);
            near(student_above(student_quantile_above(chance, 6.5), 6.5), chance);
        }
    }

    #[test]
    fn beta_of_two_is_the_usual_one() {
        near(ln_beta(&[3.0, 4.0]), libm::log(1.0 / 60.0));
        near(ln_beta(&[]) + 1.0, 1.0);
    }
}
