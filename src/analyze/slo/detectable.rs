//! What a planned batch shows of each indicator that counts events.

use super::lint::{Fault, Level};
use crate::analyze::canary::plan::{Batch, Demand, smallest_bad_share, soak_needed};
use crate::evidence::slis::{Measured, Sli, Slis};
use crate::evidence::text::shown;

/// A batch of a rollout, as far as it is planned.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Planned {
    /// Of both versions together.
    pub requests_per_second: f64,
    /// Of the requests, above 0 and below 1.
    pub gray_share: f64,
    pub soak_seconds: f64,
    /// The baseline's share of bad events; `None` takes what each objective just allows.
    pub bad_share: Option<f64>,
}

/// The regression that a batch had better show: twice the baseline's bad events.
const WANTED_RATIO: f64 = 2.0;

/// Tells of each indicator which regression the batch shows, and how long it would have to soak to show twice the baseline's bad
/// events. `demand` is that of an indicator that states no margin of its own, with the chance of a false alarm of all of them
/// together: it is divided by their number. Indicators of values, and those whose baseline nobody states, are left out.
#[must_use]
pub fn detectable(slis: &Slis, planned: Planned, demand: Demand) -> Vec<Fault> {
    let counted: Vec<&Sli> = slis.slis.iter().filter(|sli| matches!(sli.measured, Measured::Counts(_))).collect();
    #[expect(clippy::cast_precision_loss, reason = "a file has at most some hundred indicators")]
    let alpha = demand.alpha / counted.len().max(1) as f64;
    let told = counted.into_iter().filter_map(|sli| {
        let bad_share = planned.bad_share.or(sli.objective.map(|objective| 1.0 - objective))?;
        Some(one(sli, bad_share, planned, Demand { alpha, margin: sli.margin.unwrap_or(demand.margin), ..demand }))
    });
    told.collect()
}

fn one(sli: &Sli, bad_share: f64, planned: Planned, demand: Demand) -> Fault {
    let Planned { requests_per_second, gray_share, soak_seconds, .. } = planned;
    let batch = Batch { requests_per_second, bad_share, gray_share };
    let name = shown(&sli.name);
    let least = smallest_bad_share(batch, soak_seconds, demand);
    let wanted = (bad_share * WANTED_RATIO).min(1.0);
    let (level, message) = match least {
        None => (Level::Warning, format!("{name}: this batch shows no regression at all, not even a full outage")),
        Some(least) if bad_share > 0.0 => {
            let ratio = (least / bad_share * 10.0).ceil() / 10.0;
            let level = if least > wanted { Level::Warning } else { Level::Note };
            (
                level,
                format!("{name}: this batch shows {ratio} times the baseline's bad events ({} %) or more", percent(bad_share)),
            )
        }
        Some(least) => (Level::Note, format!("{name}: this batch shows new bad events from {} % on", percent(least))),
    };
    let remedy = match soak_needed(batch, wanted, demand) {
        _ if bad_share <= 0.0 => "soak longer, or make the batch larger, to see fewer".to_owned(),
        _ if level == Level::Note => "nothing, if that is enough".to_owned(),
        Some(soak) => format!("soak for {} min to see twice the bad events, or make the batch larger", (soak / 60.0).ceil()),
        None => "make the batch larger, or the margin smaller: twice the bad events are not seen within 30 days".to_owned(),
    };
    Fault { line: sli.line, level, message, remedy }
}

/// With three digits that count.
fn percent(share: f64) -> f64 {
    let percent = share * 100.0;
    let scale = libm::pow(10.0, 2.0 - libm::log10(percent.max(1e-9)).floor());
    (percent * scale).round() / scale
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::slis;

    const SLIS: &str = "\
version: 1
service: pay
sources: {prometheus: {url: 'http://prometheus:9090'}}
gray: {match: {version: '2'}}
baseline: {match: {version: '1'}}
slis:
- {name: availability, signal: availability, objective: 0.999, period: 30d, total: a_total, bad: 'a_total{code=\"500\"}'}
- {name: lag, signal: freshness, samples: 'max(lag{$scope})'}
";

    const DEMAND: Demand = Demand { margin: 0.5, alpha: 0.05, power: 0.9, minimum_events: 3.0 };

    fn told(requests_per_second: f64, soak_seconds: f64, bad_share: Option<f64>) -> Vec<Fault> {
        let planned = Planned { requests_per_second, gray_share: 0.1, soak_seconds, bad_share };
        detectable(&slis::read(SLIS.as_bytes()).unwrap(), planned, DEMAND)
    }

    #[test]
    fn a_small_batch_is_told_how_long_to_soak() {
        let found = told(100.0, 600.0, None);
        assert_eq!(found.len(), 1, "values are left out: {found:?}");
        assert_eq!((found[0].level, found[0].line), (Level::Warning, Some(7)));
        assert!(found[0].message.starts_with("availability: this batch shows ") && found[0].message.contains("(0.1 %)"));
        let minutes: f64 = found[0].remedy.split(' ').nth(2).unwrap().parse().unwrap();
        let enough = told(100.0, minutes * 60.0, None);
        assert_eq!(enough[0].level, Level::Note, "{enough:?}");
    }

    #[test]
    fn new_errors_and_nothing_at_all_are_told_too() {
        assert!(told(100.0, 600.0, Some(0.0))[0].message.contains("new bad events from "));
        assert!(told(0.001, 60.0, None)[0].message.contains("not even a full outage"));
    }

    #[test]
    fn shares_are_told_with_three_digits() {
        assert_eq!(
            [percent(0.001), percent(0.012_345), percent(0.000_123_45)].map(|share| share.to_string()),
            ["0.1", "1.23", "0.0123"]
        );
    }
}
