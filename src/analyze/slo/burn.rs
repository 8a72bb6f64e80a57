//! The arithmetic of error budgets (requirement D5).
//!
//! `target` is the promised share of good events, above 0 and below 1; the rest, `1 - target`, is the budget. `bad_share` is the
//! share of bad events that is seen, from 0 to 1. A burn rate of 1 uses the budget up exactly at the end of the period; a rule
//! fires while the burn rate over its window is `factor` or more. Times are in seconds. Nothing here divides by zero: where a time
//! does not exist, because a rule never fires or nothing burns, the answer is `None`.
//!
//! Source of the formulas: "The Site Reliability Workbook", chapter 5, "Alerting on SLOs".

use crate::facts::{BurnLimit, BurnRule};

/// Products of a target and a factor that are exactly a limit in decimal may miss it by a few units of the last binary place.
const ROUNDING: f64 = 1e-9;

/// How many times faster than allowed the budget is used.
#[must_use]
pub fn burn_rate(target: f64, bad_share: f64) -> f64 {
    bad_share / (1.0 - target)
}

/// The share of bad events from which a rule fires; above 1 it never does.
#[must_use]
pub fn threshold_share(target: f64, factor: f64) -> f64 {
    factor * (1.0 - target)
}

/// Whether not even a full outage reaches the factor: the burn rate is at most `1 / (1 - target)`, for 0.9 that is 10.
#[must_use]
pub fn can_never_fire(target: f64, factor: f64) -> bool {
    threshold_share(target, factor) > 1.0 + ROUNDING
}

/// How long after the beginning of a steady loss a window reaches the factor: `(1 - target) / bad_share x window x factor`. `None`
/// when this loss never reaches it.
#[must_use]
pub fn detection_seconds(target: f64, bad_share: f64, window_seconds: f64, factor: f64) -> Option<f64> {
    let threshold = threshold_share(target, factor);
    (bad_share > 0.0 && threshold <= bad_share * (1.0 + ROUNDING)).then(|| threshold / bad_share * window_seconds)
}

/// How long after the end of a steady loss, which lasted until the window reached the factor or longer, the window is below it
/// again.
///
/// The loss leaves the window from behind, so what is left of it is below the factor once less than the detection time remains:
/// window - detection time, however long the loss was.
#[must_use]
pub fn reset_seconds(target: f64, bad_share: f64, window_seconds: f64, factor: f64) -> Option<f64> {
    detection_seconds(target, bad_share, window_seconds, factor).map(|detection| window_seconds - detection)
}

/// The share of the period's budget that is gone when a window has burnt at a rate: `burn x window / period`.
#[must_use]
pub fn budget_used(burn: f64, window_seconds: f64, period_seconds: f64) -> f64 {
    burn * window_seconds / period_seconds
}

/// How long what is left of the budget lasts at a burn rate; an untouched one is 1. `Some(0.0)` when nothing is left, `None` when
/// nothing burns.
#[must_use]
pub fn exhaustion_seconds(budget_left: f64, burn: f64, period_seconds: f64) -> Option<f64> {
    if budget_left <= 0.0 {
        return Some(0.0);
    }
    (burn > 0.0).then(|| budget_left * period_seconds / burn)
}

/// When a rule of two windows fires in a steady loss: once the slower of them has reached the factor.
#[must_use]
pub fn rule_detection_seconds(target: f64, bad_share: f64, limit: &BurnLimit) -> Option<f64> {
    let of = |seconds| detection_seconds(target, bad_share, seconds, limit.factor);
    Some(of(seconds(limit.long_seconds))?.max(of(seconds(limit.short_seconds))?))
}

/// When a rule of two windows stops firing after a steady loss: once the faster of them is below the factor again.
#[must_use]
pub fn rule_reset_seconds(target: f64, bad_share: f64, limit: &BurnLimit) -> Option<f64> {
    let of = |seconds| reset_seconds(target, bad_share, seconds, limit.factor);
    Some(of(seconds(limit.long_seconds))?.min(of(seconds(limit.short_seconds))?))
}

/// Whether a burn rate reaches a factor.
#[must_use]
pub fn reaches(burn: f64, factor: f64) -> bool {
    burn >= factor * (1.0 - ROUNDING)
}

/// The one rule to report when several fire: pages before tickets, then the highest factor, then the shortest long window.
#[must_use]
pub fn most_urgent(rules: &[BurnRule]) -> Option<&BurnRule> {
    rules
        .iter()
        .filter(|rule| rule.firing == Some(true))
        .min_by(|a, b| a.severity.cmp(&b.severity).then(b.factor.total_cmp(&a.factor)).then(a.long_seconds.cmp(&b.long_seconds)))
}

/// Whole seconds as a number to calculate with.
#[expect(clippy::cast_precision_loss, reason = "2^53 seconds are longer than any period")]
pub(super) fn seconds(whole: u64) -> f64 {
    whole as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{BURN_LIMITS, BurnSeverity};

    const HOUR: f64 = 3600.0;
    const MONTH: f64 = 30.0 * 24.0 * HOUR;
    const TARGET: f64 = 0.999;

    fn near(found: impl Into<Option<f64>>, expected: f64) {
        let found = found.into().expect("a figure");
        assert!((found - expected).abs() <= expected.abs() * 1e-9, "{found} is not {expected}");
    }

    #[test]
    fn one_window_of_an_hour_at_36_fires_after_129_6_seconds_and_resets_after_57_minutes_50() {
        near(detection_seconds(TARGET, 1.0, HOUR, 36.0), 129.6);
        near(reset_seconds(TARGET, 1.0, HOUR, 36.0), 57.0 * 60.0 + 50.4);
    }

    #[test]
    fn a_burn_of_35_exhausts_the_budget_in_20_57_hours_below_the_rule_of_36() {
        near(exhaustion_seconds(1.0, 35.0, MONTH), MONTH / 35.0);
        let hours = MONTH / 35.0 / HOUR;
        assert_eq!(format!("{hours:.2}"), "20.57");
        assert_eq!(detection_seconds(TARGET, 35.0 * 0.001, HOUR, 36.0), None, "unseen");
    }

    #[test]
    fn below_3_6_percent_errors_a_rule_of_36_never_fires() {
        near(threshold_share(TARGET, 36.0), 0.036);
        assert_eq!(detection_seconds(TARGET, 0.035_999, HOUR, 36.0), None);
        near(detection_seconds(TARGET, 0.036, HOUR, 36.0), HOUR);
    }

    #[test]
    fn a_full_outage_is_seen_by_the_three_windows_in_51_84_129_6_and_259_2_seconds() {
        near(detection_seconds(TARGET, 1.0, HOUR, 14.4), 51.84);
        near(detection_seconds(TARGET, 1.0, 6.0 * HOUR, 6.0), 2.0 * 60.0 + 9.6);
        near(detection_seconds(TARGET, 1.0, 72.0 * HOUR, 1.0), 4.32 * 60.0);
    }

    #[test]
    fn ten_percent_errors_burn_at_100_and_are_seen_after_43_2_seconds_and_8_64_minutes() {
        near(burn_rate(TARGET, 0.1), 100.0);
        near(detection_seconds(TARGET, 0.1, HOUR / 12.0, 14.4), 43.2);
        near(detection_seconds(TARGET, 0.1, HOUR, 14.4), 8.64 * 60.0);
        near(rule_detection_seconds(TARGET, 0.1, &BURN_LIMITS[0]), 8.64 * 60.0);
    }

    #[test]
    fn after_the_repair_the_short_window_clears_in_4_minutes_17_and_the_long_one_in_51_36() {
        near(reset_seconds(TARGET, 0.1, HOUR / 12.0, 14.4), 4.0 * 60.0 + 16.8);
        near(reset_seconds(TARGET, 0.1, HOUR, 14.4), 51.36 * 60.0);
        near(rule_reset_seconds(TARGET, 0.1, &BURN_LIMITS[0]), 4.0 * 60.0 + 16.8);
    }

    #[test]
    fn the_table_spends_2_5_10_and_10_percent_of_thirty_days() {
        let spent = BURN_LIMITS.map(|limit| budget_used(limit.factor, seconds(limit.long_seconds), MONTH));
        for (spent, expected) in spent.into_iter().zip([0.02, 0.05, 0.1, 0.1]) {
            near(spent, expected);
        }
        assert!(BURN_LIMITS.iter().all(|limit| limit.short_seconds * 12 == limit.long_seconds));
    }

    #[test]
    fn a_target_of_90_percent_can_never_fire_the_rule_of_14_4() {
        assert!(can_never_fire(0.9, 14.4));
        assert!(!can_never_fire(0.9, 10.0), "a full outage reaches it exactly");
        assert!(!can_never_fire(TARGET, 14.4));
    }

    #[test]
    fn what_does_not_exist_has_no_time() {
        assert_eq!(detection_seconds(TARGET, 0.0, HOUR, 14.4), None);
        assert_eq!(exhaustion_seconds(0.4, 0.0, MONTH), None);
        assert_eq!(exhaustion_seconds(-0.1, 0.0, MONTH), Some(0.0));
    }

    /// The formulas against a window that slides over an outage second by second.
    #[test]
    fn the_formulas_agree_with_a_sliding_window() {
        for (bad_share, window, factor, lasts) in [(1.0, 600_u32, 36.0, 100_u32), (0.25, 1800, 14.4, 400), (0.1, 900, 6.0, 900)] {
            let burning = |second: u32| {
                let bad = second.min(lasts).saturating_sub(second.saturating_sub(window));
                reaches(burn_rate(TARGET, bad_share * f64::from(bad) / f64::from(window)), factor)
            };
            let fires = (0..lasts).find(|second| burning(*second)).unwrap();
            let clears = (lasts..=lasts + window).find(|second| !burning(*second)).unwrap() - lasts;
            let detection = detection_seconds(TARGET, bad_share, f64::from(window), factor).unwrap();
            let reset = reset_seconds(TARGET, bad_share, f64::from(window), factor).unwrap();
            assert!((f64::from(fires) - detection).abs() <= 1.0, "{fires} {detection}");
            assert!((f64::from(clears) - reset).abs() <= 1.0, "{clears} {reset}");
        }
    }

    #[test]
    fn of_several_rules_that_fire_the_most_urgent_is_reported() {
        let rule = |severity, factor, long_seconds, firing| BurnRule {
            severity,
            long_seconds,
            short_seconds: 300,
            factor,
            long_burn: None,
            short_burn: None,
            firing,
            can_fire: true,
        };
        let ticket = rule(BurnSeverity::Ticket, 30.0, 60, Some(true));
        let slow = rule(BurnSeverity::Page, 6.0, 21_600, Some(true));
        let fast = rule(BurnSeverity::Page, 14.4, 3600, Some(true));
        let unknown = rule(BurnSeverity::Page, 99.0, 3600, None);
        let rules = [ticket, slow.clone(), unknown, fast.clone()];
        assert_eq!(most_urgent(&rules), Some(&fast));
        assert_eq!(most_urgent(&rules[..3]), Some(&slow));
        assert_eq!(most_urgent(&rules[2..3]), None);
    }
}
