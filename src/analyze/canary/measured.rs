//! Of what time the samples of the gray version are.
//!
//! A step in which the gray version got no request, while the baseline got some or nobody knows, shows nothing of it. Where neither
//! side got any, the service was quiet, and that was seen.

use jiff::{SignedDuration, Timestamp};

use super::samples::usable;
use crate::evidence::samples::{CountSeries, MetricSeries, SamplesReport, Series};
use crate::facts::{Measured, Soak};

/// What the channels of one indicator were measured over, of which `required` must have data.
///
/// With one required channel the best one tells; with two the second, and so on: each time is that by which so many channels reach it.
#[must_use]
pub(super) fn measured(channels: &[&MetricSeries], required: u64, report: &SamplesReport, soak: Option<Soak>) -> Measured {
    let each: Vec<Measured> = channels.iter().map(|series| one(&series.series, report, soak)).collect();
    let at = usize::try_from(required.max(1) - 1).unwrap_or(usize::MAX);
    Measured {
        start: nth(each.iter().filter_map(|one| one.start).collect(), at),
        end: nth(each.iter().filter_map(|one| one.end).map(std::cmp::Reverse).collect(), at).map(|end| end.0),
        seconds: nth(each.iter().map(|one| std::cmp::Reverse(one.seconds)).collect(), at).map_or(0, |seconds| seconds.0),
        soak_seconds: soak.map(|_| {
            let seconds = each.iter().map(|one| std::cmp::Reverse(one.soak_seconds.unwrap_or(0))).collect();
            nth(seconds, at).map_or(0, |seconds| seconds.0)
        }),
    }
}

/// The value at a place of the sorted list; the last one where there are fewer.
fn nth<T: Ord>(mut values: Vec<T>, at: usize) -> Option<T> {
    values.sort();
    let at = at.min(values.len().checked_sub(1)?);
    values.into_iter().nth(at)
}

fn one(series: &Series, report: &SamplesReport, soak: Option<Soak>) -> Measured {
    let mut found = Measured { soak_seconds: soak.map(|_| 0), ..Measured::default() };
    for step in 0..series.steps() {
        if !has_data(series, step) {
            continue;
        }
        let (Some(begins), Some(ends)) = (time(report, step), time(report, step + 1)) else { continue };
        found.start = found.start.or(Some(begins));
        found.end = Some(ends);
        found.seconds += report.step_seconds;
        if let (Some(soak), Some(seconds)) = (soak, &mut found.soak_seconds) {
            *seconds += between(begins.max(soak.from), ends.min(soak.until));
        }
    }
    found
}

fn has_data(series: &Series, step: usize) -> bool {
    let value = |values: &[Option<f64>]| values.get(step).copied().and_then(usable);
    let requests = |side: &CountSeries| Some(value(&side.good)? + value(&side.bad)?);
    match series {
        Series::Counts { gray, baseline } => {
            requests(gray).is_some_and(|gray| gray > 0.0 || requests(baseline).is_some_and(|baseline| baseline <= 0.0))
        }
        Series::Samples { gray, .. } => value(gray).is_some(),
    }
}

/// When a step begins; `None` beyond the calendar.
fn time(report: &SamplesReport, step: usize) -> Option<Timestamp> {
    let seconds = i64::try_from((step as u64).checked_mul(report.step_seconds)?).ok()?;
    report.start.checked_add(SignedDuration::from_secs(seconds)).ok()
}

/// Whole seconds from one time to another; 0 where it is not later.
fn between(from: Timestamp, until: Timestamp) -> u64 {
    u64::try_from(until.as_second() - from.as_second()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Worse;

    fn at(text: &str) -> Timestamp {
        format!("2026-01-01T{text}Z").parse().unwrap()
    }

    fn samples(values: &str) -> MetricSeries {
        let gray = values.chars().map(|value| (value == 'x').then_some(0.25)).collect();
        metric(Series::Samples { gray, baseline: vec![Some(0.25); 40] })
    }

    fn metric(series: Series) -> MetricSeries {
        MetricSeries {
            name: "errors".into(),
            signal: None,
            api: None,
            segment: std::collections::BTreeMap::new(),
            channel: None,
            required_channels: None,
            unit: None,
            worse: Worse::Up,
            margin: None,
            floor: None,
            critical: true,
            minimum: None,
            series,
        }
    }

    /// Steps of a minute from one o'clock on; the soak of half an hour begins five minutes later.
    fn look(channels: &[MetricSeries], required: u64, now: &str) -> Measured {
        let report = SamplesReport {
            service: None,
            version: None,
            batch: None,
            start: at("01:00:00"),
            step_seconds: 60,
            planned_steps: None,
            degraded: vec![],
            metrics: channels.to_vec(),
        };
        let channels: Vec<&MetricSeries> = report.metrics.iter().collect();
        measured(&channels, required, &report, Some(Soak::until(at("01:05:00"), 1800, at(now))))
    }

    fn told(channels: &[MetricSeries], required: u64, now: &str) -> (Option<Timestamp>, Option<Timestamp>, u64, Option<u64>) {
        let Measured { start, end, seconds, soak_seconds } = look(channels, required, now);
        (start, end, seconds, soak_seconds)
    }

    #[test]
    fn what_lies_outside_the_soak_and_gaps_do_not_count() {
        for (values, now, wanted) in [
            // All of it, and more on both sides.
            (format!("{}{}{}", "x".repeat(5), "x".repeat(30), "x".repeat(5)), "02:00:00", ("01:00:00", "01:40:00", 2400, 1800)),
            // Only what was measured before the batch was done.
            ("xxxxx".to_owned(), "02:00:00", ("01:00:00", "01:05:00", 300, 0)),
            // A step that was begun before, and one that ends later.
            (format!("{}x", "-".repeat(4)) + "x", "01:05:30", ("01:04:00", "01:06:00", 120, 30)),
            // Gaps before, between and behind.
            ("-----x-xx---".to_owned(), "02:00:00", ("01:05:00", "01:09:00", 180, 180)),
        ] {
            let (start, end, seconds, soaked) = wanted;
            assert_eq!(
                told(&[samples(&values)], 1, now),
                (Some(at(start)), Some(at(end)), seconds, Some(soaked)),
                "{values} {now}"
            );
        }
        assert_eq!(told(&[samples("---")], 1, "02:00:00"), (None, None, 0, Some(0)));
        assert_eq!(told(&[], 1, "02:00:00"), (None, None, 0, Some(0)));
    }

    /// Of each step the good and the bad events of the gray version and of the baseline: a digit, or `-` for a gap.
    fn counts([gray_good, gray_bad, good, bad]: [&str; 4]) -> MetricSeries {
        let side = |good: &str, bad: &str| {
            let values = |text: &str| text.chars().map(|c| c.to_digit(10).map(f64::from)).collect();
            CountSeries { good: values(good), bad: values(bad) }
        };
        metric(Series::Counts { gray: side(gray_good, gray_bad), baseline: side(good, bad) })
    }

    #[test]
    fn counts_need_both_numbers() {
        let found = look(&[counts(["99-9", "0-10", "9999", "0000"])], 1, "02:00:00");
        assert_eq!((found.start, found.end, found.seconds), (Some(at("01:00:00")), Some(at("01:04:00")), 120));
    }

    #[test]
    fn without_a_request_something_was_seen_only_where_the_service_was_quiet() {
        for (series, seconds) in [
            (["00000", "00000", "99999", "00000"], 0),
            // The baseline failed every request.
            (["00000", "00000", "00000", "99999"], 0),
            // The gray version did.
            (["00000", "90000", "99999", "00000"], 60),
            (["00000", "00000", "00000", "00000"], 300),
            (["00000", "00000", "00900", "00000"], 240),
            // Nobody knows whether there were any.
            (["00000", "00000", "00-00", "000-0"], 180),
            (["99999", "00000", "-----", "-----"], 300),
        ] {
            let found = look(&[counts(series)], 1, "02:00:00");
            assert_eq!(found.seconds, seconds, "{series:?}");
        }
        // What came last is not new either where no request reached it.
        assert_eq!(look(&[counts(["90000", "00000", "99999", "00000"])], 1, "02:00:00").end, Some(at("01:01:00")));
    }

    #[test]
    fn of_several_channels_as_many_as_are_required_tell() {
        let channels = [samples(&"x".repeat(35)), samples("-----xx"), samples("---")];
        assert_eq!(told(&channels, 1, "02:00:00").3, Some(1800));
        assert_eq!(told(&channels, 2, "02:00:00"), (Some(at("01:05:00")), Some(at("01:07:00")), 120, Some(120)));
        assert_eq!(told(&channels, 3, "02:00:00").3, Some(0));
        assert_eq!(told(&channels, 9, "02:00:00").3, Some(0));
    }

    #[test]
    fn a_soak_is_over_no_further_than_now_and_its_plan() {
        let seconds = |now: &str| Soak::until(at("01:05:00"), 1800, at(now)).seconds;
        assert_eq!([seconds("01:00:00"), seconds("01:05:00"), seconds("01:15:00"), seconds("03:00:00")], [0, 0, 600, 1800]);
        assert_eq!(Soak::until(at("01:05:00"), u64::MAX, at("02:05:00")).seconds, 3600);
    }

    #[test]
    fn nothing_overflows() {
        let report = SamplesReport {
            service: None,
            version: None,
            batch: None,
            start: Timestamp::MAX,
            step_seconds: u64::MAX,
            planned_steps: None,
            degraded: vec![],
            metrics: vec![samples("xx")],
        };
        let channels: Vec<&MetricSeries> = report.metrics.iter().collect();
        assert_eq!(measured(&channels, 1, &report, None), Measured::default());
    }
}
