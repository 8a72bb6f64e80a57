//! What a rollout has used of the error budgets (requirement D6).

use crate::evidence::samples::{CountSeries, SamplesReport, Series};
use crate::evidence::{Events, SloReport};

/// Adds to each objective the gray version's events since the samples begin: those of the metric with the same name and API, over all
/// of its traffic.
///
/// Of several channels the one with the larger share of bad events counts, as it does for the budget. An objective whose metric has
/// no data is left as it is. Gaps add nothing, so that the figure is a lower bound.
pub fn with_rollout(report: &mut SloReport, samples: &SamplesReport) {
    for record in &mut report.objectives {
        let same = samples.metrics.iter().filter(|metric| metric.name == record.name && metric.api == record.api);
        let events = same.filter(|metric| metric.segment.is_empty()).filter_map(|metric| match &metric.series {
            Series::Counts { gray, .. } => sum(gray),
            Series::Samples { .. } => None,
        });
        let worst = events.reduce(|known, found| if found.bad_share() > known.bad_share() { found } else { known });
        record.rollout = worst.or(record.rollout);
    }
}

fn sum(counts: &CountSeries) -> Option<Events> {
    let steps = counts.good.iter().zip(&counts.bad).filter_map(|(good, bad)| Some(Events { good: (*good)?, bad: (*bad)? }));
    steps.reduce(|sum, step| Events { good: sum.good + step.good, bad: sum.bad + step.bad })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::samples::read_json;
    use crate::evidence::{Seen, SloRecord};

    fn rollout(metrics: &str) -> Option<Events> {
        let text = format!(
            r#"{{"schema": "kadian.samples/v1", "start": "2026-01-01T00:00:00Z", "step_seconds": 60, "metrics": [{metrics}]}}"#
        );
        let samples = read_json(&mut text.as_bytes()).expect("readable");
        let seen = Seen::Windows(Vec::new());
        let record = SloRecord { name: "ok".to_owned(), api: None, target: 0.999, period_seconds: 60, seen, rollout: None };
        let at = jiff::Timestamp::UNIX_EPOCH;
        let mut report = SloReport { service: None, at, objectives: vec![record], degraded: Vec::new() };
        with_rollout(&mut report, &samples);
        report.objectives[0].rollout
    }

    fn metric(keys: &str, good: &str, bad: &str) -> String {
        format!(
            r#"{{{keys}, "kind": "counts", "gray": {{"good": {good}, "bad": {bad}}}, "baseline": {{"good": [9, 9], "bad": [9, 9]}}}}"#
        )
    }

    #[test]
    fn the_gray_events_of_the_same_metric_are_added_up() {
        let ok = r#""name": "ok""#;
        assert_eq!(rollout(&metric(ok, "[10, 20]", "[1, 2]")), Some(Events { good: 30.0, bad: 3.0 }));
        assert_eq!(rollout(&metric(ok, "[10, null]", "[1, null]")), Some(Events { good: 10.0, bad: 1.0 }));
        assert_eq!(rollout(&metric(ok, "[null, null]", "[null, null]")), None);
        for other in [r#""name": "other""#, r#""name": "ok", "api": "refund""#, r#""name": "ok", "segment": {"region": "east"}"#]
        {
            assert_eq!(rollout(&metric(other, "[1, 1]", "[1, 1]")), None, "{other}");
        }
    }

    #[test]
    fn the_worse_channel_counts() {
        let channel = |name: &str, bad: &str| metric(&format!(r#""name": "ok", "channel": "{name}""#), "[10, 10]", bad);
        let both = format!("{}, {}", channel("a", "[0, 1]"), channel("b", "[3, 1]"));
        assert_eq!(rollout(&both), Some(Events { good: 20.0, bad: 4.0 }));
    }
}
