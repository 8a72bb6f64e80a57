//! From counted events to the state of each budget.

use super::burn::{budget_used, burn_rate, can_never_fire, exhaustion_seconds, most_urgent, reaches, seconds};
use super::windows::Windows;
use crate::evidence::{SloRecord, SloReport};
use crate::facts::{BurnLimit, BurnRule, Slo, SloObjective};

/// Judges every objective by the rules.
///
/// A rule of which one window is not known, or saw no event, is unknown, never "not firing". The budget needs the totals of the
/// whole period, as a window of that length. Without a rule nothing could be said of any objective, so that is an error.
pub fn assess(report: SloReport, limits: &[BurnLimit]) -> Result<Slo, String> {
    if limits.is_empty() {
        return Err("settings.slo.burn_rules is empty: without a rule nothing can be said of an objective".to_owned());
    }
    let mut objectives: Vec<SloObjective> = report.objectives.into_iter().map(|record| objective(record, limits)).collect();
    objectives.sort_by(|a, b| (&a.name, &a.api).cmp(&(&b.name, &b.api)));
    Ok(Slo { service: report.service, at: report.at, objectives, degraded: report.degraded })
}

fn objective(record: SloRecord, limits: &[BurnLimit]) -> SloObjective {
    let SloRecord { name, api, target, period_seconds, seen, rollout } = record;
    let lengths = limits.iter().flat_map(|limit| [limit.long_seconds, limit.short_seconds]).chain([period_seconds]);
    let windows = Windows::seen(&seen, lengths);
    let rules: Vec<BurnRule> = limits.iter().map(|limit| rule(target, &windows, limit)).collect();
    // The shortest long window is the newest answer that is not noise.
    let current = rules.iter().filter(|rule| rule.long_burn.is_some()).min_by_key(|rule| rule.long_seconds);
    let current = current.and_then(|rule| rule.long_burn);
    let period = windows.get(period_seconds);
    let allowed = period.map(|events| events.total() * (1.0 - target)).filter(|allowed| *allowed > 0.0);
    let budget_left = allowed.zip(period).map(|(allowed, events)| 1.0 - events.bad / allowed);
    let lasts = |(left, burn)| exhaustion_seconds(left, burn, seconds(period_seconds));
    SloObjective {
        alert: most_urgent(&rules).cloned(),
        good: period.map(|events| events.good),
        bad: period.map(|events| events.bad),
        budget_left,
        exhausted: budget_left.map(|left| left <= 0.0),
        exhausted_in_seconds: match budget_left {
            Some(left) if left <= 0.0 => Some(0.0),
            left => left.zip(current).and_then(lasts),
        },
        rollout_used: rollout.zip(allowed).map(|(events, allowed)| events.bad / allowed),
        name,
        api,
        target,
        period_seconds,
        rules,
    }
}

fn rule(target: f64, windows: &Windows, limit: &BurnLimit) -> BurnRule {
    let burn = |length| windows.get(length).and_then(|events| Some(burn_rate(target, events.bad_share()?)));
    let (long_burn, short_burn) = (burn(limit.long_seconds), burn(limit.short_seconds));
    let &BurnLimit { severity, long_seconds, short_seconds, factor } = limit;
    BurnRule {
        severity,
        long_seconds,
        short_seconds,
        factor,
        long_burn,
        short_burn,
        firing: long_burn.zip(short_burn).map(|(long, short)| reaches(long, factor) && reaches(short, factor)),
        can_fire: !can_never_fire(target, factor),
    }
}

/// The share of the period's budget that a rule's long window has burnt; `None` when that is not known.
#[must_use]
pub fn rule_budget_used(rule: &BurnRule, period_seconds: u64) -> Option<f64> {
    rule.long_burn.map(|burn| budget_used(burn, seconds(rule.long_seconds), seconds(period_seconds)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::{Events, Seen};
    use crate::facts::{BURN_LIMITS, BurnSeverity};

    const PERIOD: u64 = 30 * 86_400;

    fn record(seen: Seen, rollout: Option<Events>) -> SloRecord {
        SloRecord { name: "ok".into(), api: None, target: 0.999, period_seconds: PERIOD, seen, rollout }
    }

    fn assessed(record: SloRecord) -> SloObjective {
        let report =
            SloReport { service: None, at: "2026-01-01T00:00:00Z".parse().unwrap(), objectives: vec![record], degraded: vec![] };
        let mut slo = assess(report, &BURN_LIMITS).unwrap();
        slo.objectives.remove(0)
    }

    /// Every window that the default rules ask for, each with this share of bad events.
    fn windows(share: impl Fn(u64) -> f64) -> Seen {
        let lengths = [300, 1800, 3600, 7200, 21_600, 86_400, 259_200, PERIOD];
        let events = |length: u64| Events { good: 1e6 * (1.0 - share(length)), bad: 1e6 * share(length) };
        Seen::Windows(lengths.into_iter().map(|length| (length, events(length))).collect())
    }

    #[test]
    fn a_quiet_service_fires_nothing_and_keeps_its_budget() {
        let slo = assessed(record(windows(|_| 0.0), Some(Events { good: 10.0, bad: 0.0 })));
        assert!(slo.rules.iter().all(|rule| rule.firing == Some(false) && rule.can_fire));
        assert_eq!((slo.alert, slo.budget_left, slo.exhausted), (None, Some(1.0), Some(false)));
        assert_eq!((slo.exhausted_in_seconds, slo.rollout_used), (None, Some(0.0)));
    }

    #[test]
    fn when_all_rules_fire_the_fast_page_is_reported() {
        let slo = assessed(record(windows(|_| 0.02), None));
        assert!(slo.rules.iter().all(|rule| rule.firing == Some(true)));
        let alert = slo.alert.unwrap();
        assert_eq!((alert.severity, alert.long_seconds), (BurnSeverity::Page, 3600));
        let used = rule_budget_used(&alert, PERIOD).unwrap();
        assert!((used - 20.0 / 720.0).abs() < 1e-12, "{used}");
        assert!((slo.budget_left.unwrap() + 19.0).abs() < 1e-9);
        assert_eq!((slo.exhausted, slo.exhausted_in_seconds), (Some(true), Some(0.0)));
    }

    #[test]
    fn a_loss_that_is_over_does_not_fire() {
        let slo = assessed(record(windows(|length| if length <= 7200 && length != 3600 { 0.0 } else { 0.02 }), None));
        let firing: Vec<_> = slo.rules.iter().map(|rule| rule.firing).collect();
        assert_eq!(firing, [Some(false), Some(false), Some(false), Some(true)]);
        assert_eq!(slo.alert.unwrap().severity, BurnSeverity::Ticket);
    }

    #[test]
    fn exactly_the_factor_fires() {
        let slo = assessed(record(windows(|length| if length <= 3600 { 0.0144 } else { 0.0 }), None));
        assert_eq!(slo.rules[0].firing, Some(true));
    }

    #[test]
    fn a_window_that_is_missing_or_empty_makes_its_rules_unknown() {
        let Seen::Windows(mut totals) = windows(|_| 0.0) else { panic!() };
        totals.retain(|(length, _)| *length != 300);
        totals.iter_mut().find(|(length, _)| *length == 21_600).unwrap().1 = Events::default();
        let slo = assessed(record(Seen::Windows(totals), None));
        let firing: Vec<_> = slo.rules.iter().map(|rule| rule.firing).collect();
        assert_eq!(firing, [None, None, Some(false), None]);
    }

    #[test]
    fn without_totals_of_the_period_the_budget_is_unknown() {
        let slo = assessed(record(Seen::Windows(vec![]), Some(Events { good: 1.0, bad: 1.0 })));
        assert_eq!((slo.budget_left, slo.exhausted, slo.exhausted_in_seconds, slo.rollout_used), (None, None, None, None));
        assert!(slo.rules.iter().all(|rule| rule.firing.is_none()));
    }

    #[test]
    fn the_budget_lasts_as_long_as_the_present_burn_lets_it() {
        let slo = assessed(record(windows(|length| if length == PERIOD { 0.0005 } else { 0.002 }), None));
        assert!((slo.budget_left.unwrap() - 0.5).abs() < 1e-9);
        let days = slo.exhausted_in_seconds.unwrap() / 86_400.0;
        assert!((days - 7.5).abs() < 1e-9, "half of the budget at a burn of 2: {days}");
    }

    #[test]
    fn a_rollouts_events_are_a_share_of_the_periods_budget() {
        let slo = assessed(record(windows(|_| 0.0), Some(Events { good: 0.0, bad: 250.0 })));
        assert!((slo.rollout_used.unwrap() - 0.25).abs() < 1e-9);
    }

    #[test]
    fn a_low_target_cannot_fire_and_says_so() {
        let slo = assessed(SloRecord { target: 0.9, ..record(windows(|_| 1.0), None) });
        let can: Vec<_> = slo.rules.iter().map(|rule| (rule.can_fire, rule.firing)).collect();
        assert_eq!(can, [(false, Some(false)), (true, Some(true)), (true, Some(true)), (true, Some(true))]);
    }

    #[test]
    fn without_rules_there_is_no_answer() {
        let at = "2026-01-01T00:00:00Z".parse().unwrap();
        let report = SloReport { service: None, at, objectives: vec![], degraded: vec![] };
        assert!(assess(report, &[]).unwrap_err().contains("burn_rules is empty"));
    }
}
