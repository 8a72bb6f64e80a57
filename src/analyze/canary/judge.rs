//! All metrics together: what each is found to be, and what is said of it.

use rayon::prelude::*;

use super::finding::{Finding, Pace, State, Tested};
use super::indicators::{indicators, segment};
use super::words::{span, whole};
use super::{KayentaOptions, counts, kayenta, recent, samples};
use crate::evidence::samples::{MetricSeries, SamplesReport, Series};
use crate::facts::{Canary, CanaryMetric, CanaryScore, Judge, Needed, SampleCounts, SeriesKind, Signal, Soak, Zone};

/// How a canary is judged.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    pub judge: Judge,
    /// The chance of a false alarm over all metrics and all looks together, between 0 and 1.
    pub alpha: f64,
    /// The margin of counts that state none.
    pub margin_counts: f64,
    /// The margin of samples that state none.
    pub margin_samples: f64,
    /// Bad events on both sides together below which nothing is decided, for counts that state none.
    pub minimum_events: u64,
    /// Values a side below which nothing is decided, for samples that state none.
    pub minimum_values: u64,
    /// Under the judge `mann-whitney` only.
    pub kayenta: KayentaOptions,
    /// What of a batch's soak is over, where one is judged.
    pub soak: Option<Soak>,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            judge: Judge::Sequential,
            alpha: 0.05,
            margin_counts: 0.5,
            margin_samples: 0.1,
            minimum_events: 5,
            minimum_values: 8,
            kayenta: KayentaOptions::default(),
            soak: None,
        }
    }
}

/// Judges every metric. A report without metrics gives a canary without metrics, which proves nothing.
///
/// The chance that any metric is called regressed though it is not, at any look, is at most `alpha` (Holm's procedure over the metrics,
/// which may be applied to chances that are valid at all looks). The chance that a given metric is called equivalent though
/// it is worse is at most `alpha` as well; a canary that needs all of its metrics has at most that chance of a false pass.
#[must_use]
pub fn judge(report: &SamplesReport, options: &Options) -> Canary {
    let alpha = if options.alpha > 0.0 && options.alpha < 1.0 { options.alpha } else { Options::default().alpha };
    let (mut findings, score): (Vec<Finding>, _) = match options.judge {
        Judge::Sequential => (report.metrics.par_iter().map(|metric| find(metric, report, options, alpha)).collect(), None),
        Judge::MannWhitney => by_kayenta(report, &options.kayenta),
    };
    let levels = levels(&findings, alpha);
    report.metrics.par_iter().zip(&mut findings).for_each(|(metric, finding)| bar(metric, finding, options));
    let mut metrics: Vec<CanaryMetric> = report
        .metrics
        .iter()
        .zip(findings)
        .zip(levels)
        .map(|((metric, finding), level)| conclude(metric, finding, level, alpha, report, options))
        .collect();
    metrics.sort_by(|one, other| key(one).cmp(&key(other)));
    Canary {
        service: report.service.clone(),
        version: report.version.clone(),
        batch: report.batch,
        start: report.start,
        end: report.end(),
        step_seconds: report.step_seconds,
        soak: options.soak,
        judge: options.judge,
        alpha,
        indicators: indicators(&metrics, report, options.soak),
        score,
        metrics,
        degraded: report.degraded.clone(),
    }
}

fn key(metric: &CanaryMetric) -> (&str, Option<&str>, Option<&str>, Option<&str>) {
    (&metric.name, metric.api.as_deref(), metric.segment.as_deref(), metric.channel.as_deref())
}

fn find(metric: &MetricSeries, report: &SamplesReport, options: &Options, alpha: f64) -> Finding {
    let margin = margin(metric, options);
    match &metric.series {
        Series::Counts { gray, baseline } => {
            #[expect(clippy::cast_precision_loss, reason = "a number of events that a person set")]
            let minimum = metric.minimum.unwrap_or(options.minimum_events) as f64;
            let rule = counts::Rule { worse: metric.worse, margin, floor: metric.floor, minimum, alpha, signal: signal(metric) };
            counts::find(gray, baseline, rule)
        }
        Series::Samples { gray, baseline } => {
            let rule = samples::Rule {
                worse: metric.worse,
                margin,
                floor: metric.floor,
                minimum: metric.minimum.unwrap_or(options.minimum_values),
                alpha,
                planned: report.planned_steps,
                unit: metric.unit.as_deref(),
            };
            samples::find(gray, baseline, rule)
        }
    }
}

/// Keeps a metric from being called equivalent where its end looks otherwise, or where Kayenta's judge saw next to nothing.
fn bar(metric: &MetricSeries, finding: &mut Finding, options: &Options) {
    #[expect(clippy::cast_precision_loss, reason = "a number of values that a person set")]
    let fewest = options.minimum_values as f64;
    let few = options.judge == Judge::MannWhitney && finding.gray.samples.min(finding.baseline.samples) < fewest;
    if let State::Tested(tested) = &mut finding.state {
        let few = few.then(|| "too few values to call it equivalent".to_owned());
        tested.barred = tested.barred.take().or(few).or_else(|| recent::doubt(metric, margin(metric, options)));
    }
}

fn by_kayenta(report: &SamplesReport, options: &KayentaOptions) -> (Vec<Finding>, Option<CanaryScore>) {
    let found: Vec<(kayenta::Class, Finding)> = report.metrics.par_iter().map(|metric| kayenta::find(metric, options)).collect();
    let scored = |(metric, (class, _)): (&MetricSeries, &(kayenta::Class, Finding))| kayenta::Scored {
        class: *class,
        groups: vec![signal(metric).word().to_owned()],
        criticality: if metric.critical { kayenta::Criticality::Critical } else { kayenta::Criticality::Normal },
    };
    let scored: Vec<kayenta::Scored> = report.metrics.iter().zip(&found).map(scored).collect();
    let value = kayenta::score(&scored, &options.group_weights);
    let class = kayenta::score_class(value, options.pass, options.marginal);
    (found.into_iter().map(|(_, finding)| finding).collect(), Some(CanaryScore { value, class }))
}

/// What the metric says it tells about the service; otherwise good and bad events tell how available it is, and seconds how slow.
fn signal(metric: &MetricSeries) -> Signal {
    let named = |word: &str| metric.name.to_lowercase().contains(word);
    let guess = match metric.series.kind() {
        SeriesKind::Counts => Signal::Availability,
        SeriesKind::Samples if matches!(metric.unit.as_deref(), Some("s" | "ms" | "seconds")) => Signal::Latency,
        SeriesKind::Samples if named("latency") || named("duration") => Signal::Latency,
        SeriesKind::Samples => Signal::Custom,
    };
    metric.signal.unwrap_or(guess)
}

fn margin(metric: &MetricSeries, options: &Options) -> f64 {
    let default = match metric.series.kind() {
        SeriesKind::Counts => options.margin_counts,
        SeriesKind::Samples => options.margin_samples,
    };
    metric.margin.unwrap_or(default).clamp(0.0, 1e6)
}

/// The level at which each metric is regressed, after Holm (1979): in the order of their evidence, alpha is divided by the number of
/// metrics that are left. Metrics without data are counted, so that data that comes in later revokes nothing.
fn levels(findings: &[Finding], alpha: f64) -> Vec<f64> {
    let chance = |index: &usize| match &findings[*index].state {
        State::Tested(tested) => tested.worse,
        State::NoData(_) => 1.0,
    };
    let mut order: Vec<usize> = (0..findings.len()).collect();
    order.sort_by(|one, other| chance(one).total_cmp(&chance(other)));
    let mut levels = vec![0.0; findings.len()];
    let mut left = findings.len();
    for index in &order {
        #[expect(clippy::cast_precision_loss, reason = "a number of metrics")]
        let level = alpha / left as f64;
        levels[*index] = level;
        // Once a metric stays, all with less evidence have to meet its level.
        if chance(index) <= level {
            left -= 1;
        }
    }
    levels
}

fn conclude(
    metric: &MetricSeries,
    finding: Finding,
    level: f64,
    alpha: f64,
    report: &SamplesReport,
    options: &Options,
) -> CanaryMetric {
    let (zone, needed, reason) = match &finding.state {
        State::NoData(reason) => (Zone::NoData, None, reason.clone()),
        State::Tested(tested) => {
            let zone = zone(tested, level, alpha);
            let needed = (zone == Zone::Undecided).then(|| needed(tested, &finding, level, alpha, report)).flatten();
            (zone, needed, String::new())
        }
    };
    let reason =
        if let State::Tested(tested) = &finding.state { sentence(tested, &finding, zone, needed.as_ref()) } else { reason };
    let p_value = if let State::Tested(tested) = &finding.state { Some(tested.worse) } else { None };
    CanaryMetric {
        name: metric.name.clone(),
        signal: signal(metric),
        api: metric.api.clone(),
        segment: segment(metric),
        channel: metric.channel.clone(),
        kind: metric.series.kind(),
        unit: metric.unit.clone(),
        worse: metric.worse,
        margin: margin(metric, options),
        critical: metric.critical,
        zone,
        effect: finding.effect,
        interval: finding.interval,
        e_value: finding.e_value,
        p_value,
        samples: SampleCounts { gray: finding.gray.samples, baseline: finding.baseline.samples },
        gray: finding.gray,
        baseline: finding.baseline,
        needed,
        reason,
    }
}

fn zone(tested: &Tested, level: f64, alpha: f64) -> Zone {
    if tested.worse <= level {
        Zone::Regressed
    } else if tested.sound <= alpha && tested.barred.is_none() {
        Zone::Equivalent
    } else {
        Zone::Undecided
    }
}

/// What the direction that is nearer to its decision still needs.
fn needed(tested: &Tested, finding: &Finding, level: f64, alpha: f64, report: &SamplesReport) -> Option<Needed> {
    let samples = |pace: Option<Pace>, level: f64| {
        let pace = pace?;
        let missing = -libm::log(level) - pace.now;
        let samples = if missing <= 0.0 { pace.least.max(1.0) } else { (missing / pace.gain).max(pace.least) };
        (pace.gain > 0.0 && samples.is_finite() && samples < 1e15).then_some(libm::ceil(samples))
    };
    let (worse, sound) = (samples(tested.towards_worse, level), samples(tested.towards_sound, alpha));
    let samples = match (worse, sound) {
        (Some(worse), Some(sound)) => worse.min(sound),
        (one, other) => one.or(other)?,
    };
    #[expect(clippy::cast_precision_loss, reason = "seconds of a rollout")]
    let seen = report.metrics.iter().map(|metric| metric.series.steps()).max().unwrap_or(0) as f64 * report.step_seconds as f64;
    let rate = finding.gray.samples / seen;
    (rate > 0.0).then(|| Needed { samples, seconds: libm::ceil(samples / rate) }).filter(|needed| needed.seconds.is_finite())
}

fn sentence(tested: &Tested, finding: &Finding, zone: Zone, needed: Option<&Needed>) -> String {
    let found = format!("{}: {}", finding.compared, finding.apart);
    match (zone, &tested.barred, needed) {
        (Zone::Undecided, Some(barred), _) if tested.sound <= 1.0 && barred.contains("no data") => format!("{found}; {barred}"),
        (Zone::Undecided, _, Some(needed)) => {
            format!("{found}; about {} more on the gray side would decide, {}", whole(needed.samples), span(needed.seconds))
        }
        (Zone::Undecided, _, None) => format!("{found}; not decidable at this rate"),
        _ => found,
    }
}
