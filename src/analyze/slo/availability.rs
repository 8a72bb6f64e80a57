//! What availability means: weighted over tiers (requirement D3), by requests and by time (requirement D4). Reports show these
//! figures; no verdict depends on them.

/// Good units of all units: requests, or seconds. An exact fraction, so that nothing is lost in a year of seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fraction {
    pub good: u64,
    pub all: u64,
}

impl Fraction {
    /// The fraction as a number; `None` where there is nothing to take a share of.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a share of more than 2^53 requests keeps its first 15 digits")]
    pub fn value(self) -> Option<f64> {
        (self.all > 0).then(|| self.good as f64 / self.all as f64)
    }
}

/// Availability by requests: what share of them went well. Failed requests that were retries of others count as often as they
/// were sent, so an outage that makes clients retry weighs more than its length. `failed` above `all` counts as `all`.
#[must_use]
pub fn by_requests(all: u64, failed: u64) -> Fraction {
    Fraction { good: all.saturating_sub(failed), all }
}

/// Availability by requests without the retries: `wanted` are the requests that users meant, `lost` those of them that failed for
/// good.
#[must_use]
pub fn without_retries(wanted: u64, lost: u64) -> Fraction {
    by_requests(wanted, lost)
}

/// Availability by time: what share of the seconds was no outage, however many requests there were.
#[must_use]
pub fn by_time(period_seconds: u64, outage_seconds: u64) -> Fraction {
    Fraction { good: period_seconds.saturating_sub(outage_seconds), all: period_seconds }
}

/// Requests of one API in one minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApiMinute {
    pub requests: u64,
    pub errors: u64,
}

/// The APIs of one tier in one minute, and how much the tier weighs; a weight that is not finite and above 0 weighs nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct TierMinute {
    pub weight: f64,
    pub apis: Vec<ApiMinute>,
}

impl TierMinute {
    /// `1 - errors / requests` over all APIs of the tier; `None` when nobody called one.
    #[must_use]
    pub fn success(&self) -> Option<f64> {
        let (mut requests, mut errors) = (0_u64, 0_u64);
        for api in &self.apis {
            requests = requests.saturating_add(api.requests);
            errors = errors.saturating_add(api.errors.min(api.requests));
        }
        by_requests(requests, errors).value()
    }
}

/// Business availability of one minute: the success rates of the tiers, weighted.
///
/// A tier that nobody called in the minute tells nothing: it leaves both sums, so that its weight goes to the others. `None` when
/// no tier was called.
#[must_use]
pub fn business_minute(tiers: &[TierMinute]) -> Option<f64> {
    let (mut sum, mut weights) = (0.0, 0.0);
    for tier in tiers.iter().filter(|tier| tier.weight.is_finite() && tier.weight > 0.0) {
        if let Some(success) = tier.success() {
            sum += success * tier.weight;
            weights += tier.weight;
        }
    }
    (weights > 0.0).then(|| sum / weights)
}

/// Business availability of a day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BusinessDay {
    /// The mean of the minutes that have a value; `None` when none has.
    pub availability: Option<f64>,
    /// Minutes with a value.
    pub minutes: usize,
    /// Minutes in which nobody called anything, or nobody measured. They count on neither side; a reader sees how many they are.
    pub unknown: usize,
}

/// The mean over the minutes of a day. Each minute counts the same, so that a bad minute at night is as bad as one at noon: the
/// day answers "for how long was the business there", which is why it is not weighted by requests.
#[must_use]
pub fn business_day(minutes: impl IntoIterator<Item = Option<f64>>) -> BusinessDay {
    let (mut sum, mut known, mut unknown) = (0.0, 0_u32, 0_usize);
    for minute in minutes {
        match minute {
            Some(value) => {
                sum += value;
                known += 1;
            }
            None => unknown += 1,
        }
    }
    let availability = (known > 0).then(|| sum / f64::from(known));
    BusinessDay { availability, minutes: known as usize, unknown }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 86_400;
    const REQUESTS: u64 = 240_000;

    /// 240,000 requests a day; in an outage of 30 minutes 10,000 of them become 20,000 failed ones.
    #[test]
    fn by_requests_the_day_has_92_percent_and_the_year_its_fraction() {
        let day = by_requests(REQUESTS + 10_000, 20_000);
        assert_eq!(day, Fraction { good: 230_000, all: 250_000 });
        assert_eq!(day.value(), Some(0.92));
        let year = by_requests(250_000 + REQUESTS * 364, 20_000);
        assert_eq!(year, Fraction { good: 87_610_000 - 20_000, all: 87_610_000 });
        assert_eq!(year.value(), Some(1.0 - 20_000.0 / (250_000.0 + 240_000.0 * 364.0)));
    }

    #[test]
    fn by_time_only_the_half_hour_counts() {
        assert_eq!(by_time(DAY, 1800).value(), Some(1.0 - 0.5 / 24.0));
        assert_eq!(by_time(DAY, 1800), Fraction { good: 84_600, all: 86_400 });
        let year = by_time(DAY * 365, 1800).value().unwrap();
        assert!((year - (1.0 - 0.5 / 24.0 / 365.0)).abs() < 1e-15);
    }

    #[test]
    fn without_the_retries_ten_thousand_requests_were_lost() {
        let day = without_retries(REQUESTS, 10_000);
        assert_eq!(day, Fraction { good: 230_000, all: 240_000 });
        assert!((day.value().unwrap() - (1.0 - 10_000.0 / 240_000.0)).abs() < 1e-15);
        let year = without_retries(REQUESTS * 365, 10_000);
        assert_eq!(year, Fraction { good: 87_590_000, all: 87_600_000 });
        assert!((year.value().unwrap() - (1.0 - 10_000.0 / (240_000.0 * 365.0))).abs() < 1e-15);
    }

    #[test]
    fn nothing_has_no_share_and_nothing_goes_below_zero() {
        assert_eq!(by_requests(0, 0).value(), None);
        assert_eq!(by_requests(10, 20).value(), Some(0.0));
        assert_eq!(by_time(10, 20).value(), Some(0.0));
    }

    fn tier(weight: f64, apis: &[(u64, u64)]) -> TierMinute {
        let apis = apis.iter().map(|(requests, errors)| ApiMinute { requests: *requests, errors: *errors }).collect();
        TierMinute { weight, apis }
    }

    #[test]
    fn a_minute_weighs_its_tiers_and_a_tier_sums_its_apis() {
        let tiers = [tier(3.0, &[(100, 10), (300, 10)]), tier(1.0, &[(10, 5)])];
        assert_eq!(tiers[0].success(), Some(0.95));
        let minute = business_minute(&tiers).unwrap();
        assert!((minute - (0.95 * 3.0 + 0.5) / 4.0).abs() < 1e-15);
    }

    #[test]
    fn a_tier_that_nobody_called_leaves_both_sums() {
        let tiers = [tier(1.0, &[(10, 1)]), tier(9.0, &[(0, 0)]), tier(9.0, &[])];
        assert_eq!(business_minute(&tiers), Some(0.9));
        assert_eq!(business_minute(&tiers[1..]), None);
        assert_eq!(business_minute(&[tier(f64::NAN, &[(1, 1)]), tier(-1.0, &[(1, 1)]), tier(2.0, &[(2, 1)])]), Some(0.5));
    }

    #[test]
    fn a_day_is_the_mean_of_its_known_minutes() {
        let day = business_day([Some(1.0), None, Some(0.5), None, None]);
        assert_eq!(day, BusinessDay { availability: Some(0.75), minutes: 2, unknown: 3 });
        assert_eq!(business_day([None]), BusinessDay { availability: None, minutes: 0, unknown: 1 });
    }
}
