//! Values far outside the quartiles.

/// Leaves out the values beyond `factor` times the distance of the quartiles. With `cautious` only those that are also outside the first
/// and the last percentile (Kayenta's `reduceSensitivity`). Keeps the order.
#[must_use]
pub fn without_outliers(values: &[f64], factor: f64, cautious: bool) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let (lower, upper) = (percentile(&sorted, 0.25), percentile(&sorted, 0.75));
    let reach = factor * (upper - lower);
    let (mut low, mut high) = (lower - reach, upper + reach);
    if cautious {
        (low, high) = (low.min(percentile(&sorted, 0.01)), high.max(percentile(&sorted, 0.99)));
    }
    values.iter().copied().filter(|value| !(*value < low || *value > high)).collect()
}

/// The percentile at place p(n + 1) of sorted values, between neighbours by their distance. NaN without values.
fn percentile(sorted: &[f64], share: f64) -> f64 {
    let (Some(first), Some(last)) = (sorted.first(), sorted.last()) else { return f64::NAN };
    #[expect(clippy::cast_precision_loss, reason = "a count of values in memory")]
    let (count, place) = (sorted.len() as f64, share * (sorted.len() as f64 + 1.0));
    if place < 1.0 {
        return *first;
    }
    if place >= count {
        return *last;
    }
    let floor = libm::floor(place);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within 1 and the number of values")]
    let index = floor as usize;
    sorted[index - 1] + (place - floor) * (sorted[index] - sorted[index - 1])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The inputs and results of Kayenta's own suite for detectors.
    #[test]
    fn published_outliers_are_found() {
        let one = [21.0, 23.0, 24.0, 25.0, 50.0, 29.0, 23.0, 21.0];
        assert_eq!(without_outliers(&one, 1.5, false), [21.0, 23.0, 24.0, 25.0, 29.0, 23.0, 21.0]);
        let both = [1.0, 1.0, 1.0, 5.0, -1.0, -1.0, -1.0, -5.0];
        assert_eq!(without_outliers(&both, 1.5, false), [1.0, 1.0, 1.0, -1.0, -1.0, -1.0]);
        let few = [1.0, 1.0, 1.0, 1.0, 1.0, 20.0, 1.0, 1.0, 1.0, 1.0, 1.0];
        assert_eq!(without_outliers(&few, 3.0, true), few);
        assert_eq!(without_outliers(&few, 3.0, false).len(), 10);
        assert!(without_outliers(&[], 1.5, false).is_empty());
    }
}
