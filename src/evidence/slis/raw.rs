//! The YAML of the definitions, checked into types.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::Deserialize;
use serde_saphyr::Spanned;

use super::capacity::{self, RawCapacity};
use super::scope::Template;
use super::sections::{self, RawAlerts, RawCache, RawHealth, RawLogs};
use super::selector::is_label;
use super::source::{RawSource, source};
use super::{Counting, Measure, Measured, Scope, ScopedQuery, Selector, Sli, Slis, SourceSpec};
use crate::evidence::{ReadError, duration, yaml};
use crate::facts::{Signal, Worse};
use crate::nearest::nearest;

/// Each one is several queries on both sides.
const MAX_SLIS: usize = 500;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSlis {
    version: Spanned<u64>,
    service: Spanned<String>,
    sources: Spanned<BTreeMap<String, Spanned<RawSource>>>,
    gray: Spanned<RawScope>,
    baseline: Spanned<RawScope>,
    step: Option<Spanned<String>>,
    alerts: Option<RawAlerts>,
    logs: Option<RawLogs>,
    health: Option<Spanned<RawHealth>>,
    capacity: Option<Spanned<RawCapacity>>,
    cache: Option<RawCache>,
    slis: Spanned<Vec<Spanned<RawSli>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawScope {
    #[serde(default, rename = "match")]
    labels: BTreeMap<String, OneOrMore>,
    #[serde(default)]
    instances: Vec<String>,
    region: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum OneOrMore {
    One(String),
    More(Vec<String>),
}

/// The keys of an indicator; those of a measure may stand here too when there is one.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSli {
    name: String,
    signal: Signal,
    api: Option<String>,
    unit: Option<String>,
    worse: Option<Worse>,
    #[serde(default)]
    critical: bool,
    channels: Option<Spanned<usize>>,
    margin: Option<Spanned<f64>>,
    floor: Option<Spanned<f64>>,
    minimum: Option<u64>,
    objective: Option<Spanned<f64>>,
    period: Option<Spanned<String>>,
    #[serde(default)]
    by: Vec<Spanned<String>>,
    samples: Option<Spanned<String>>,
    measures: Option<Vec<Spanned<RawMeasure>>>,
    channel: Option<String>,
    source: Option<Spanned<String>>,
    total: Option<Spanned<String>>,
    bad: Option<Spanned<String>>,
    good: Option<Spanned<String>>,
    histogram: Option<Spanned<String>>,
    threshold: Option<Spanned<f64>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct RawMeasure {
    channel: Option<String>,
    source: Option<Spanned<String>>,
    total: Option<Spanned<String>>,
    bad: Option<Spanned<String>>,
    good: Option<Spanned<String>>,
    histogram: Option<Spanned<String>>,
    threshold: Option<Spanned<f64>>,
}

impl RawMeasure {
    fn is_empty(&self) -> bool {
        let texts = [&self.total, &self.bad, &self.good, &self.histogram];
        texts.iter().all(|text| text.is_none()) && self.threshold.is_none()
    }
}

/// Reads definitions, strictly.
///
/// The errors name the line and the way out: an unknown or repeated key (with the nearest known one), a version other than 1, a
/// selector or query that is none, a source that is not there, a secret in a header, a number or duration out of range, sides
/// without a condition or with the same ones, measures without channels of their own, two indicators of one name and API, no
/// indicator at all.
pub fn read(bytes: &[u8]) -> Result<Slis, ReadError> {
    let raw: RawSlis = yaml::read(bytes)?;
    if raw.version.value != 1 {
        return Err(at(&raw.version, format!("version {} is not known; expected 1", raw.version.value)));
    }
    let service = word(&raw.service, &raw.service.value, "service")?;
    if raw.sources.value.is_empty() {
        return Err(at(&raw.sources, "no source; expected at least one, with its url"));
    }
    let mut sources = BTreeMap::new();
    for (name, raw) in raw.sources.value {
        sources.insert(name, source(raw)?);
    }
    let (gray, baseline) = (scope(&raw.gray)?, scope(&raw.baseline)?);
    if gray == baseline {
        return Err(at(&raw.baseline, "gray and baseline select the same; give each its own version or instances"));
    }
    let step = raw.step.as_ref().map(|step| length(step, Duration::from_secs(1), Duration::from_hours(1))).transpose()?;
    let step_seconds = step.map_or(60, |step| step.as_secs());
    if step.is_some_and(|step| step.subsec_nanos() > 0) {
        return Err(ReadError::whole("step is not a whole number of seconds"));
    }
    if raw.slis.value.is_empty() || raw.slis.value.len() > MAX_SLIS {
        return Err(at(&raw.slis, format!("{} indicators; expected 1 to {MAX_SLIS}", raw.slis.value.len())));
    }
    let (mut slis, mut names) = (Vec::new(), BTreeSet::new());
    for raw in raw.slis.value {
        let line = line(&raw);
        let sli = sli(raw, &sources)?;
        if !names.insert((sli.name.clone(), sli.api.clone())) {
            return Err(at_line(line, format!("the indicator `{}` is defined twice; rename one", sli.name)));
        }
        slis.push(sli);
    }
    Ok(Slis {
        service,
        gray,
        baseline,
        step_seconds,
        slis,
        alerts: raw.alerts.map(|raw| sections::alerts(&raw, &sources)).transpose()?,
        logs: raw.logs.map(|raw| sections::logs(&raw, &sources)).transpose()?,
        health: raw.health.map(|raw| sections::health(&raw, &sources)).transpose()?,
        capacity: raw.capacity.map(|raw| capacity::capacity(raw, &sources)).transpose()?,
        cache: raw.cache.map(|raw| sections::cache(&raw)).transpose()?,
        sources,
    })
}

fn scope(raw: &Spanned<RawScope>) -> Result<Scope, ReadError> {
    let fault = |message: String| at(raw, message);
    let mut scope = conditions(&raw.value.labels).map_err(fault)?;
    if !raw.value.instances.is_empty() {
        add(&mut scope, "instance", &raw.value.instances).map_err(fault)?;
    }
    if let Some(region) = &raw.value.region {
        add(&mut scope, "region", std::slice::from_ref(region)).map_err(fault)?;
    }
    if scope.0.is_empty() {
        return Err(fault("a side without a condition; expected match, instances or region".to_owned()));
    }
    Ok(scope)
}

/// The conditions of `match`: each label with its value or values.
pub(super) fn conditions(labels: &BTreeMap<String, OneOrMore>) -> Result<Scope, String> {
    let mut scope = Scope::default();
    for (label, values) in labels {
        let values = match values {
            OneOrMore::One(value) => std::slice::from_ref(value),
            OneOrMore::More(values) => values,
        };
        add(&mut scope, label, values)?;
    }
    Ok(scope)
}

fn add(scope: &mut Scope, label: &str, values: &[String]) -> Result<(), String> {
    if !is_label(label) {
        return Err(format!("`{}` is no label", crate::evidence::text::shown(label)));
    }
    if values.is_empty() || scope.0.iter().any(|(known, _)| known == label) {
        return Err(format!("the label `{label}` has no value, or is named twice"));
    }
    scope.0.push((label.to_owned(), values.iter().map(|value| Template::parse(value)).collect::<Result<_, _>>()?));
    Ok(())
}

fn sli(raw: Spanned<RawSli>, sources: &BTreeMap<String, SourceSpec>) -> Result<Sli, ReadError> {
    let place = line(&raw);
    let name = word(&raw, &raw.value.name, "indicator")?;
    let raw = raw.value;
    if let Some(margin) = [&raw.margin, &raw.floor].into_iter().flatten().find(|number| !is_amount(number.value)) {
        return Err(at(margin, format!("{} is no margin; expected a number from 0 up", margin.value)));
    }
    if let Some(objective) = raw.objective.as_ref().filter(|number| !(number.value > 0.0 && number.value < 1.0)) {
        let message = format!("objective is {}; expected a share between 0 and 1, for example 0.999", objective.value);
        return Err(at(objective, message));
    }
    let shortest = Duration::from_mins(1);
    let period = raw.period.as_ref().map(|period| length(period, shortest, Duration::from_hours(366 * 24))).transpose()?;
    if let Some(label) = raw.by.iter().find(|label| !is_label(&label.value)) {
        return Err(at(label, format!("`{}` is no label", crate::evidence::text::shown(&label.value))));
    }
    let direct = RawMeasure {
        channel: raw.channel,
        source: raw.source,
        total: raw.total,
        bad: raw.bad,
        good: raw.good,
        histogram: raw.histogram,
        threshold: raw.threshold,
    };
    let measured = match (raw.samples, raw.measures) {
        (Some(samples), None) if direct.is_empty() => {
            if let Some(label) = raw.by.first() {
                return Err(at(label, "`by` is for counters; write one indicator for each part of a sampled one"));
            }
            let query = ScopedQuery::parse(&samples.value).map_err(|message| at(&samples, message))?;
            Measured::Samples { source: source_name(direct.source.as_ref(), place, sources)?, channel: direct.channel, query }
        }
        (None, Some(measures)) if direct.is_empty() && direct.channel.is_none() => {
            let fallback = direct.source;
            let measure = |raw: Spanned<RawMeasure>| {
                let place = line(&raw);
                measure(raw.value, fallback.as_ref(), place, sources)
            };
            Measured::Counts(measures.into_iter().map(measure).collect::<Result<_, _>>()?)
        }
        (None, None) if !direct.is_empty() => Measured::Counts(vec![measure(direct, None, place, sources)?]),
        _ => {
            let message =
                format!("`{name}` needs one of: samples, measures, or the keys of one measure (total and bad, histogram)");
            return Err(at_line(place, message));
        }
    };
    let channels = channels(&name, &measured, raw.channels.as_ref(), place)?;
    Ok(Sli {
        signal: raw.signal,
        api: raw.api,
        unit: raw.unit,
        worse: raw.worse.unwrap_or(if raw.signal == Signal::Throughput { Worse::Down } else { Worse::Up }),
        critical: raw.critical,
        channels,
        margin: raw.margin.map(|number| number.value),
        floor: raw.floor.map(|number| number.value),
        minimum: raw.minimum,
        objective: raw.objective.map(|number| number.value),
        period,
        by: raw.by.into_iter().map(|label| label.value).collect::<BTreeSet<_>>().into_iter().collect(),
        measured,
        line: place,
        name,
    })
}

/// How many channels are wanted, once it is sure that there can be so many.
fn channels(name: &str, measured: &Measured, wanted: Option<&Spanned<usize>>, place: Option<u32>) -> Result<usize, ReadError> {
    let there = match measured {
        Measured::Counts(all) => {
            let names: BTreeSet<&Option<String>> = all.iter().map(|measure| &measure.channel).collect();
            if all.is_empty() || (all.len() > 1 && (names.len() < all.len() || names.contains(&None))) {
                return Err(at_line(place, format!("the measures of `{name}` need a channel each, and no two the same")));
            }
            all.len()
        }
        Measured::Samples { .. } => 1,
    };
    match wanted {
        Some(wanted) if wanted.value == 0 || wanted.value > there => {
            Err(at(wanted, format!("channels is {}; `{name}` is measured in {there}", wanted.value)))
        }
        wanted => Ok(wanted.map_or(1, |wanted| wanted.value)),
    }
}

fn measure(
    raw: RawMeasure,
    fallback: Option<&Spanned<String>>,
    place: Option<u32>,
    sources: &BTreeMap<String, SourceSpec>,
) -> Result<Measure, ReadError> {
    let source = source_name(raw.source.as_ref().or(fallback), place, sources)?;
    let selector = |text: &Spanned<String>| Selector::parse(&text.value).map_err(|message| at(text, message));
    let counting = match (&raw.total, &raw.bad, &raw.good, &raw.histogram, &raw.threshold) {
        (Some(total), Some(bad), None, None, None) => Counting::Bad { total: selector(total)?, bad: selector(bad)? },
        (Some(total), None, Some(good), None, None) => Counting::Good { total: selector(total)?, good: selector(good)? },
        (None, None, None, Some(histogram), Some(threshold)) => {
            if !(threshold.value.is_finite() && threshold.value > 0.0) {
                return Err(at(threshold, format!("threshold is {}; expected a number above 0", threshold.value)));
            }
            let parsed = selector(histogram)?;
            if let Some(part) = ["_bucket", "_count", "_sum"].iter().find(|part| parsed.name.ends_with(**part)) {
                return Err(at(histogram, format!("name the histogram without `{part}`")));
            }
            Counting::Histogram { histogram: parsed, threshold: threshold.value }
        }
        _ => return Err(at_line(place, "a measure is `total` and `bad`, `total` and `good`, or `histogram` and `threshold`")),
    };
    Ok(Measure { channel: raw.channel, source, counting })
}

/// The source that is named, or the only one there is.
pub(super) fn source_name(
    named: Option<&Spanned<String>>,
    place: Option<u32>,
    sources: &BTreeMap<String, SourceSpec>,
) -> Result<String, ReadError> {
    match named {
        Some(name) if sources.contains_key(&name.value) => Ok(name.value.clone()),
        Some(name) => {
            let known: Vec<&str> = sources.keys().map(String::as_str).collect();
            Err(at(
                name,
                match nearest(&name.value, known.iter().copied()) {
                    Some(known) => format!("unknown source `{}`; did you mean `{known}`?", name.value),
                    None => format!("unknown source `{}`; expected one of: {}", name.value, known.join(", ")),
                },
            ))
        }
        None => match sources.keys().collect::<Vec<_>>().as_slice() {
            [only] => Ok((*only).clone()),
            _ if sources.contains_key("prometheus") => Ok("prometheus".to_owned()),
            _ => Err(at_line(place, "there are several sources; say which one with `source`")),
        },
    }
}

fn is_amount(number: f64) -> bool {
    number.is_finite() && number >= 0.0
}

/// A name that can stand in messages and lists.
fn word<T>(place: &Spanned<T>, text: &str, what: &str) -> Result<String, ReadError> {
    let fine = !text.trim().is_empty() && text.chars().count() <= 100 && !text.chars().any(char::is_control);
    if fine { Ok(text.to_owned()) } else { Err(at(place, format!("the {what} needs a name of 1 to 100 characters in one line"))) }
}

pub(super) fn length(text: &Spanned<String>, shortest: Duration, longest: Duration) -> Result<Duration, ReadError> {
    let milliseconds = text.value.strip_suffix("ms").and_then(|number| number.parse().ok()).map(Duration::from_millis);
    let length = milliseconds.or_else(|| duration::seconds(&text.value).map(Duration::from_secs));
    length.filter(|duration| (shortest..=longest).contains(duration)).ok_or_else(|| {
        let shown = crate::evidence::text::shown(&text.value);
        at(text, format!("`{shown}` is no duration from {shortest:?} to {longest:?}; expected for example 10s, 1m or 30d"))
    })
}

pub(super) fn line<T>(place: &Spanned<T>) -> Option<u32> {
    u32::try_from(place.referenced.line()).ok().filter(|line| *line > 0)
}

pub(super) fn at<T>(place: &Spanned<T>, message: impl Into<String>) -> ReadError {
    at_line(line(place), message)
}

pub(super) fn at_line(line: Option<u32>, message: impl Into<String>) -> ReadError {
    match line {
        Some(line) => ReadError::at_line(u64::from(line), message),
        None => ReadError::whole(message),
    }
}
