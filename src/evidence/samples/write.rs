//! Samples as `kadian.samples/v1`, so that a decision over live servers can be replayed from a file.

use serde_json::{Map, Value, json};

use super::{CountSeries, MetricSeries, SamplesReport, Series};
use crate::facts::Signal;

/// The document; what nobody stated is left out, and a gap is null.
#[must_use]
pub fn document(report: &SamplesReport) -> Value {
    let mut document = json!({
        "schema": "kadian.samples/v1",
        "start": report.start.to_string(),
        "step_seconds": report.step_seconds,
        "degraded": report.degraded,
        "metrics": report.metrics.iter().map(metric).collect::<Vec<_>>(),
    });
    if let Value::Object(keys) = &mut document {
        add(keys, "service", report.service.as_deref());
        add(keys, "version", report.version.as_deref());
        add(keys, "batch", report.batch);
        add(keys, "planned_steps", report.planned_steps);
    }
    document
}

fn metric(metric: &MetricSeries) -> Value {
    let (gray, baseline) = match &metric.series {
        Series::Counts { gray, baseline } => (counts(gray), counts(baseline)),
        Series::Samples { gray, baseline } => (values(gray), values(baseline)),
    };
    let mut document = json!({
        "name": metric.name,
        "kind": metric.series.kind(),
        "worse": metric.worse,
        "critical": metric.critical,
        "gray": gray,
        "baseline": baseline,
    });
    if let Value::Object(keys) = &mut document {
        add(keys, "signal", metric.signal.map(Signal::word));
        add(keys, "api", metric.api.as_deref());
        add(keys, "segment", Some(&metric.segment).filter(|segment| !segment.is_empty()).map(|segment| json!(segment)));
        add(keys, "channel", metric.channel.as_deref());
        add(keys, "required_channels", metric.required_channels);
        add(keys, "unit", metric.unit.as_deref());
        add(keys, "margin", metric.margin);
        add(keys, "floor", metric.floor);
        add(keys, "minimum", metric.minimum);
    }
    document
}

fn add(keys: &mut Map<String, Value>, key: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        keys.insert(key.to_owned(), value.into());
    }
}

fn counts(series: &CountSeries) -> Value {
    json!({"good": values(&series.good), "bad": values(&series.bad)})
}

fn values(values: &[Option<f64>]) -> Value {
    values.iter().map(|value| value.map_or(Value::Null, number)).collect()
}

/// Whole numbers are written without a fraction; no number is written for what is not finite.
#[expect(clippy::cast_possible_truncation, reason = "the range was checked")]
fn number(value: f64) -> Value {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if value.fract() == 0.0 && value.abs() < EXACT { json!(value as i64) } else { json!(value) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Worse;

    #[test]
    fn a_report_is_written_with_its_gaps_and_without_what_nobody_stated() {
        let bare = MetricSeries {
            name: "latency".to_owned(),
            signal: None,
            api: None,
            segment: std::collections::BTreeMap::new(),
            channel: None,
            required_channels: None,
            unit: None,
            worse: Worse::Down,
            margin: None,
            floor: None,
            critical: false,
            minimum: None,
            series: Series::Samples { gray: vec![Some(0.25), None, Some(f64::NAN)], baseline: vec![] },
        };
        let errors = MetricSeries {
            name: "errors".to_owned(),
            signal: Some(Signal::Availability),
            api: Some("refund".to_owned()),
            segment: [("region".to_owned(), "east".to_owned())].into(),
            channel: Some("server".to_owned()),
            required_channels: Some(2),
            unit: Some("1".to_owned()),
            worse: Worse::Up,
            margin: Some(0.5),
            floor: Some(0.01),
            critical: true,
            minimum: Some(20),
            series: Series::Counts {
                gray: CountSeries { good: vec![Some(990.0)], bad: vec![Some(1.5)] },
                baseline: CountSeries { good: vec![None], bad: vec![None] },
            },
        };
        let report = SamplesReport {
            service: Some("pay".to_owned()),
            version: Some("1.4.2".to_owned()),
            batch: Some(1),
            start: "2026-01-01T00:00:00Z".parse().expect("a time"),
            step_seconds: 60,
            planned_steps: None,
            degraded: vec!["a store is down".to_owned()],
            metrics: vec![bare, errors],
        };
        let wanted = json!({
            "schema": "kadian.samples/v1", "service": "pay", "version": "1.4.2", "batch": 1,
            "start": "2026-01-01T00:00:00Z", "step_seconds": 60, "degraded": ["a store is down"],
            "metrics": [
                {"name": "latency", "kind": "samples", "worse": "down", "critical": false, "gray": [0.25, null, null], "baseline": []},
                {"name": "errors", "kind": "counts", "signal": "availability", "api": "refund", "segment": {"region": "east"},
                 "channel": "server", "required_channels": 2, "unit": "1", "worse": "up", "margin": 0.5, "floor": 0.01, "critical": true, "minimum": 20,
                 "gray": {"good": [990], "bad": [1.5]}, "baseline": {"good": [null], "bad": [null]}},
            ],
        });
        assert_eq!(document(&report), wanted);
    }
}
