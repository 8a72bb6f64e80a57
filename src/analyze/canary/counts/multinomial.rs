//! The published two-sided test of counts against known shares.

use crate::analyze::canary::special::ln_beta;

/// The logarithm of the e-value of counts `c` against shares `θ0`: `lnB(kθ0 + c) - lnB(kθ0) - Σ cᵢ ln θ0ᵢ`, a Dirichlet mixture with
/// concentration `k` (Lindon and Malek, "Anytime-valid inference for multinomial count data", `NeurIPS` 2022).
///
/// It is two-sided: counts that are better than the shares are evidence as well. The judge therefore uses a one-sided mixture; this
/// one checks whether the traffic was split as planned. The slices are equally long, shares are above 0; otherwise the answer is NaN.
#[must_use]
pub fn ln_multinomial_e_value(counts: &[f64], shares: &[f64], concentration: f64) -> f64 {
    if counts.len() != shares.len()
        || !concentration.is_normal()
        || !shares.iter().chain([&concentration]).all(|value| *value > 0.0)
    {
        return f64::NAN;
    }
    let prior: Vec<f64> = shares.iter().map(|share| concentration * share).collect();
    let posterior: Vec<f64> = prior.iter().zip(counts).map(|(prior, count)| prior + count).collect();
    let likelihood: f64 = counts.iter().zip(shares).map(|(count, share)| count * libm::log(*share)).sum();
    ln_beta(&posterior) - ln_beta(&prior) - likelihood
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_values_to_six_digits() {
        for (counts, shares, wanted) in [([60.0, 40.0], [0.5, 0.5], 0.658_891_818), ([30.0, 270.0], [0.05, 0.95], 3.919_473_582)]
        {
            let found = ln_multinomial_e_value(&counts, &shares, 100.0);
            assert!((found - wanted).abs() < 5e-9, "{found} is not {wanted}");
        }
    }

    #[test]
    fn bad_arguments_have_no_answer() {
        assert!(ln_multinomial_e_value(&[1.0], &[0.5, 0.5], 100.0).is_nan());
        assert!(ln_multinomial_e_value(&[1.0, 1.0], &[0.0, 1.0], 100.0).is_nan());
        assert!(ln_multinomial_e_value(&[1.0, 1.0], &[0.5, 0.5], 0.0).is_nan());
    }
}
