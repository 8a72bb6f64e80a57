//! What a batch can find out: the smallest regression that it shows, and the soak that a stated regression needs.
//!
//! The judge of counts calls a metric regressed once its evidence, a mixture of likelihood ratios over the bad events of both sides,
//! exceeds `1 / alpha`. Here the same mixture is evaluated on the counts that a plan lets expect, so that what the mixture costs
//! against a test that knows the true ratio is in it. Bad events are taken as independent: Poisson on each side, with the binomial's
//! smaller variance where they are frequent. The chance is that of the look at the end of the soak; looks before it add a little.
//!
//! Accuracy, against 400 simulated rollouts of the real judge with a look a minute, at plans with 5 to 220 expected bad events of the
//! gray side: within 0.1 of the simulated power (the test below); where the power is above 0.9, within 0.02. Clustered errors need
//! more than this says, by the factor of their dispersion.

use super::counts::BEYOND;
use super::special::{ln_sum_exp, normal_above};

/// A batch and the traffic that it gets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Batch {
    /// Requests a second of both versions together.
    pub requests_per_second: f64,
    /// The baseline's share of bad events, from 0 to below 1.
    pub bad_share: f64,
    /// The gray version's share of the requests, above 0 and below 1.
    pub gray_share: f64,
}

/// What a detection has to be like.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Demand {
    /// How much worse than the baseline, relative to it, is accepted.
    pub margin: f64,
    /// The chance of a false alarm that the metric is given. Where several metrics share one, it is divided by their number.
    pub alpha: f64,
    /// The chance with which the regression must be seen, for example 0.9.
    pub power: f64,
    /// Bad events of both sides together below which nothing is called regressed.
    pub minimum_events: f64,
}

/// The longest soak that is looked for.
const LONGEST_SOAK: f64 = 30.0 * 86_400.0;

/// Below this many expected events their law is summed up, above it is taken as normal.
const SUMMED: f64 = 60.0;

/// The chance that a soak of this many seconds ends with the gray version called regressed, when `gray_bad_share` is its share of bad
/// events. 0 for a batch without traffic on either side, and for figures that are no shares.
#[must_use]
pub fn power(batch: Batch, soak_seconds: f64, gray_bad_share: f64, demand: Demand) -> f64 {
    let shares = [batch.gray_share, gray_bad_share, batch.bad_share, demand.alpha];
    let requests = batch.requests_per_second * soak_seconds;
    if shares.iter().any(|share| !(0.0..=1.0).contains(share)) || !(requests > 0.0 && requests < 1e15) || demand.margin.is_nan() {
        return 0.0;
    }
    if batch.gray_share <= 0.0 || batch.gray_share >= 1.0 || demand.alpha <= 0.0 || demand.margin < 0.0 {
        return 0.0;
    }
    let gray = Events::of(requests * batch.gray_share, gray_bad_share);
    let baseline = Events::of(requests * (1.0 - batch.gray_share), batch.bad_share);
    let mixture = Mixture::new(batch.gray_share, 1.0 + demand.margin);
    let enough = |baseline_bad: f64| mixture.gray_bad_needed(baseline_bad, demand).map_or(0.0, |needed| gray.at_least(needed));
    baseline.nodes().into_iter().map(|(bad, chance)| chance * enough(bad)).sum::<f64>().clamp(0.0, 1.0)
}

/// The smallest share of bad events of the gray version that a soak of this many seconds shows as demanded. Divided by the
/// baseline's share it is the smallest ratio. `None` when not even a gray version without a good answer would be seen.
#[must_use]
pub fn smallest_bad_share(batch: Batch, soak_seconds: f64, demand: Demand) -> Option<f64> {
    let seen = |share: f64| power(batch, soak_seconds, share, demand) >= demand.power;
    if !seen(1.0) {
        return None;
    }
    let (mut unseen, mut found) = ((batch.bad_share * (1.0 + demand.margin)).max(1e-12), 1.0);
    for _ in 0..40 {
        let middle = (unseen * found).sqrt();
        if seen(middle) { found = middle } else { unseen = middle }
    }
    Some(found)
}

/// The seconds of soak after which a gray version with this share of bad events is seen as demanded, to the second. `None` when 30
/// days are not enough, as for a share that the margin accepts.
#[must_use]
pub fn soak_needed(batch: Batch, gray_bad_share: f64, demand: Demand) -> Option<f64> {
    let seen = |seconds: f64| power(batch, seconds, gray_bad_share, demand) >= demand.power;
    let mut long = 1.0;
    while !seen(long) {
        if long >= LONGEST_SOAK {
            return None;
        }
        long = (2.0 * long).min(LONGEST_SOAK);
    }
    let mut short = if long > 1.0 { long / 2.0 } else { 0.0 };
    while long - short > 1.0 {
        let middle = f64::midpoint(short, long).floor();
        if seen(middle) { long = middle } else { short = middle }
    }
    Some(long)
}

/// Bad events that are expected on one side.
#[derive(Debug, Clone, Copy)]
struct Events {
    mean: f64,
    deviation: f64,
}

impl Events {
    fn of(requests: f64, bad_share: f64) -> Self {
        let mean = requests * bad_share;
        Events { mean, deviation: (mean * (1.0 - bad_share)).sqrt() }
    }

    /// The chance of this many events or more.
    fn at_least(self, needed: f64) -> f64 {
        let needed = needed.ceil();
        if needed <= 0.0 {
            return 1.0;
        }
        if self.mean <= SUMMED {
            let below = self.law().take_while(|(events, _)| *events < needed).map(|(_, chance)| chance).sum::<f64>();
            return (1.0 - below).clamp(0.0, 1.0);
        }
        if self.deviation <= 0.0 {
            return f64::from(u8::from(self.mean >= needed));
        }
        normal_above((needed - 0.5 - self.mean) / self.deviation)
    }

    /// Numbers of events with their chances: every number that matters where few are expected, otherwise places along a normal law.
    fn nodes(self) -> Vec<(f64, f64)> {
        if self.mean <= SUMMED {
            return self.law().collect();
        }
        let places = (-20..=20).map(|place| f64::from(place) / 5.0);
        let weights: Vec<(f64, f64)> = places.map(|z| (self.mean + z * self.deviation, libm::exp(-0.5 * z * z))).collect();
        let all: f64 = weights.iter().map(|(_, weight)| weight).sum();
        weights.into_iter().map(|(events, weight)| (events.max(0.0), weight / all)).collect()
    }

    /// Poisson's law from 0 to far above the mean.
    fn law(self) -> impl Iterator<Item = (f64, f64)> {
        let last = self.mean + 10.0 * self.mean.sqrt() + 10.0;
        let mut chance = libm::exp(-self.mean);
        let mut events = 0.0;
        std::iter::from_fn(move || {
            if events > last {
                return None;
            }
            let now = (events, chance);
            events += 1.0;
            chance *= self.mean / events;
            Some(now)
        })
    }
}

/// The judge's evidence as a function of the bad events of both sides.
#[derive(Debug)]
struct Mixture {
    /// Of each alternative: the logarithm of its weight, and what a bad event of the gray side and of the baseline adds.
    alternatives: Vec<(f64, f64, f64)>,
}

impl Mixture {
    fn new(share: f64, accepted: f64) -> Self {
        let null = libm::log(1.0 - share + share * accepted);
        let alternative = |&(distance, weight): &(f64, f64)| {
            let loss = libm::log(1.0 - share + share * accepted * libm::exp(distance)) - null;
            (libm::log(weight), distance - loss, -loss)
        };
        Mixture { alternatives: BEYOND.iter().map(alternative).collect() }
    }

    fn evidence(&self, gray_bad: f64, baseline_bad: f64) -> f64 {
        ln_sum_exp(self.alternatives.iter().map(|(weight, gray, baseline)| weight + gray_bad * gray + baseline_bad * baseline))
    }

    /// The bad events of the gray side from which it is called regressed beside this many of the baseline: the evidence rises with
    /// them. `None` beyond any number that could be counted.
    fn gray_bad_needed(&self, baseline_bad: f64, demand: Demand) -> Option<f64> {
        let boundary = -libm::log(demand.alpha);
        let (mut low, mut high) = (0.0, 16.0 + baseline_bad);
        while self.evidence(high, baseline_bad) < boundary {
            (low, high) = (high, 2.0 * high);
            if high > 1e15 {
                return None;
            }
        }
        while high - low > 0.25 && high - low > high * 1e-12 {
            let middle = 0.5 * (low + high);
            if self.evidence(middle, baseline_bad) < boundary { low = middle } else { high = middle }
        }
        Some(high.max(demand.minimum_events - baseline_bad))
    }
}

#[cfg(test)]
mod tests {
    use super::super::counts::regressed;
    use super::*;

    const DEMAND: Demand = Demand { margin: 0.5, alpha: 0.05, power: 0.9, minimum_events: 3.0 };

    fn batch(requests_per_second: f64, bad_share: f64, gray_share: f64) -> Batch {
        Batch { requests_per_second, bad_share, gray_share }
    }

    /// The same bits every time.
    struct Chance(u64);

    impl Chance {
        fn uniform(&mut self) -> f64 {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut bits = self.0;
            bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            f64::from(u32::try_from((bits ^ (bits >> 31)) >> 32).unwrap()) / f64::from(u32::MAX)
        }

        fn poisson(&mut self, mean: f64) -> f64 {
            let (mut left, mut events) = (mean, 0.0);
            loop {
                left += libm::log(self.uniform().max(1e-300));
                if left < 0.0 {
                    return events;
                }
                events += 1.0;
            }
        }
    }

    fn simulated(batch: Batch, minutes: usize, gray_bad_share: f64, runs: u32) -> f64 {
        let mut chance = Chance(7);
        let requests = batch.requests_per_second * 60.0;
        let (gray, baseline) = (requests * batch.gray_share, requests * (1.0 - batch.gray_share));
        let mut found = 0_u32;
        for _ in 0..runs {
            let mut side = |requests: f64, share: f64| -> Vec<(f64, f64)> {
                let bad: Vec<f64> = (0..minutes).map(|_| chance.poisson(requests * share)).collect();
                bad.into_iter().map(|bad| (requests - bad, bad)).collect()
            };
            let (gray, baseline) = (side(gray, gray_bad_share), side(baseline, batch.bad_share));
            found += u32::from(regressed(&gray, &baseline, DEMAND.margin, DEMAND.minimum_events, DEMAND.alpha));
        }
        f64::from(found) / f64::from(runs)
    }

    #[test]
    fn the_power_is_what_the_real_judge_shows() {
        let plans = [
            (batch(50.0, 0.001, 0.1), 30, 0.004),
            (batch(50.0, 0.001, 0.1), 30, 0.003),
            (batch(200.0, 0.002, 0.2), 20, 0.0045),
            (batch(20.0, 0.0, 0.05), 30, 0.003),
            (batch(30.0, 0.01, 0.5), 10, 0.02),
        ];
        for (batch, minutes, share) in plans {
            let told = power(batch, f64::from(u32::try_from(minutes).unwrap()) * 60.0, share, DEMAND);
            let seen = simulated(batch, minutes, share, 400);
            assert!((told - seen).abs() <= 0.1, "{batch:?} {minutes} min {share}: told {told:.3}, seen {seen:.3}");
        }
    }

    #[test]
    fn the_smallest_regression_and_its_soak_belong_together() {
        let batch = batch(100.0, 0.001, 0.1);
        let share = smallest_bad_share(batch, 1800.0, DEMAND).unwrap();
        let soak = soak_needed(batch, share, DEMAND).unwrap();
        assert!((soak - 1800.0).abs() <= 90.0, "{soak}");
        let ratio = share / batch.bad_share;
        assert!(ratio > 1.5 && ratio < 4.0, "{ratio}");
    }

    #[test]
    fn more_traffic_longer_soaks_and_larger_batches_see_smaller_regressions() {
        let share = |rate: f64, gray: f64, soak: f64| smallest_bad_share(batch(rate, 0.001, gray), soak, DEMAND).unwrap();
        let plain = share(100.0, 0.1, 1800.0);
        assert!(share(200.0, 0.1, 1800.0) < plain);
        assert!(share(100.0, 0.2, 1800.0) < plain);
        assert!(share(100.0, 0.1, 3600.0) < plain);
        assert!((share(200.0, 0.1, 900.0) / plain - 1.0).abs() < 1e-6, "only the number of requests counts");
    }

    #[test]
    fn new_errors_beside_a_baseline_without_any_are_seen() {
        let batch = batch(100.0, 0.0, 0.1);
        let share = smallest_bad_share(batch, 600.0, DEMAND).unwrap();
        assert!(share * 6000.0 > 3.0 && share * 6000.0 < 12.0, "{}", share * 6000.0);
    }

    #[test]
    fn what_cannot_be_seen_has_no_figure() {
        let idle = batch(0.0, 0.001, 0.1);
        assert_eq!(smallest_bad_share(idle, 1800.0, DEMAND), None);
        assert_eq!(smallest_bad_share(batch(0.001, 0.001, 0.1), 60.0, DEMAND), None, "no request at all");
        assert_eq!(soak_needed(batch(100.0, 0.001, 0.1), 0.001, DEMAND), None, "no regression");
        assert_eq!(soak_needed(batch(100.0, 0.001, 0.1), 0.0012, DEMAND), None, "within the margin");
        for wrong in [
            batch(f64::NAN, 0.1, 0.1),
            batch(1.0, f64::NAN, 0.1),
            batch(1.0, 0.1, 1.0),
            batch(1.0, 0.1, 0.0),
            batch(1.0, 2.0, 0.5),
        ] {
            assert_eq!(power(wrong, 600.0, 0.5, DEMAND).to_bits(), 0, "{wrong:?}");
        }
        assert_eq!(power(batch(1.0, 0.1, 0.1), 600.0, 0.5, Demand { alpha: 0.0, ..DEMAND }).to_bits(), 0);
    }
}
