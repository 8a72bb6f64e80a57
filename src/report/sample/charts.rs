//! Charts for tests: each zone, each direction, gaps, open ends, and values of very different size.

use super::at;
use crate::decide::Chart;
use crate::facts::{Worse, Zone};

/// Values around a level that repeat after eleven steps; a third of the way it becomes the second level.
fn course(levels: [f64; 2], steps: u32, shift: u32) -> Vec<Option<f64>> {
    let value = |step: u32| {
        let swing = f64::from((step * 7 + shift) % 11) - 5.0;
        Some(levels[usize::from(step * 3 > steps)] * (1.0 + 0.03 * swing))
    };
    (0..steps).map(value).collect()
}

/// So many charts. The first is a regression with a gap, then come latency without a decision, an equivalent throughput, and a side
/// without data; after four they repeat under other names, each with a larger effect.
pub(crate) fn charts(count: u32) -> Vec<Chart> {
    (0..count).map(chart).collect()
}

fn chart(number: u32) -> Chart {
    let mut errors = course([0.006, 0.019], 30, 3);
    errors[12..16].fill(None);
    let base = Chart {
        title: "errors (GET /pay, region=east)".into(),
        unit: None,
        reason: "19 of 1,000 requests fail on the new version, 6 of 1,000 on the old one".into(),
        zone: Zone::Regressed,
        start: at("2026-01-05T01:40:00Z"),
        step_seconds: 60,
        gray: errors,
        baseline: course([0.006, 0.006], 30, 8),
        effect: Some(2.1),
        interval: Some([Some(0.85), Some(4.0)]),
        margin: 0.1,
        worse: Worse::Up,
    };
    let mut chart = match number % 4 {
        0 => base,
        1 => Chart {
            title: "latency p99".into(),
            unit: Some("s".into()),
            reason: "the interval reaches beyond the margin: about 400 more requests decide".into(),
            zone: Zone::Undecided,
            gray: course([0.118, 0.121], 180, 1),
            baseline: course([0.114, 0.115], 180, 5),
            effect: Some(0.045),
            interval: Some([Some(-0.02), None]),
            step_seconds: 10,
            ..base
        },
        2 => Chart {
            title: "throughput".into(),
            unit: Some("requests/s".into()),
            reason: "no drop beyond the margin".into(),
            zone: Zone::Equivalent,
            gray: course([1.51e6, 1.5e6], 24, 2),
            baseline: course([1.5e6, 1.5e6], 24, 4),
            effect: Some(0.004),
            interval: Some([Some(-0.031), Some(0.038)]),
            step_seconds: 3_600,
            worse: Worse::Down,
            ..base
        },
        _ => Chart {
            title: "freshness".into(),
            unit: Some("s".into()),
            reason: "the new version reports no lag at all".into(),
            zone: Zone::NoData,
            gray: vec![None; 30],
            baseline: vec![None; 30],
            effect: None,
            interval: None,
            worse: Worse::Either,
            ..base
        },
    };
    let round = number / 4;
    if round > 0 {
        chart.title = format!("{} of service {round}", chart.title);
        chart.effect = chart.effect.map(|effect| effect * f64::from(round + 1));
        let grown = |end: Option<f64>| end.map(|end| end * f64::from(round + 1));
        chart.interval = chart.interval.map(|ends| ends.map(grown));
    }
    chart.thin()
}
