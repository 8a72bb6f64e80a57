//! `kadian.samples/v1`: samples of both sides as JSON or YAML, so that a decision can be replayed without the servers.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{BufRead, Read as _};

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};

use super::check::{checked, usual_worse};
use super::{CountSeries, MetricSeries, SamplesReport, Series};
use crate::evidence::document::{MAX_DOCUMENT_BYTES, parse_as};
use crate::evidence::text::{contains, failed, shown};
use crate::evidence::{Format, ReadError, Reader};
use crate::facts::{Kind, SeriesKind, Signal, Worse};

const SCHEMA: &str = "kadian.samples/v1";

/// Twenty million values take about 200 MB.
const MAX_BYTES: u64 = 512 << 20;

pub(in crate::evidence) const FORMAT: Format = Format {
    name: "kadian.samples",
    kind: Kind::Canary,
    conventional: &[".kadian/samples.json", ".kadian/samples.yaml", "kadian-samples.json", "kadian-samples.yaml"],
    // A program that sorts the keys writes the schema last, behind any number of values.
    recognises: |_, head| {
        let has = |key: &str| contains(head, key);
        has(SCHEMA) || has("\"metrics\"") && (has("\"baseline\"") || has("\"gray\""))
    },
    read: Reader::Canary(read),
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    schema: String,
    service: Option<String>,
    version: Option<String>,
    batch: Option<u64>,
    start: Timestamp,
    step_seconds: u64,
    planned_steps: Option<u64>,
    #[serde(default)]
    degraded: Vec<String>,
    metrics: Vec<Metric>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Metric {
    name: String,
    kind: SeriesKind,
    signal: Option<Signal>,
    api: Option<String>,
    #[serde(default)]
    segment: BTreeMap<String, String>,
    channel: Option<String>,
    required_channels: Option<u64>,
    unit: Option<String>,
    worse: Option<Worse>,
    margin: Option<f64>,
    floor: Option<f64>,
    #[serde(default)]
    critical: bool,
    minimum: Option<u64>,
    gray: Side,
    baseline: Side,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Counts {
    good: Vec<Option<f64>>,
    bad: Vec<Option<f64>>,
}

/// A mapping of good and bad events, or a list of values. Which it must be is for `kind` to say; the lists are never buffered.
enum Side {
    Counts(Counts),
    Values(Vec<Option<f64>>),
}

impl<'de> Deserialize<'de> for Side {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct SideVisitor;
        impl<'de> Visitor<'de> for SideVisitor {
            type Value = Side;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of values, or a mapping with the lists `good` and `bad`")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, values: A) -> Result<Side, A::Error> {
                Deserialize::deserialize(SeqAccessDeserializer::new(values)).map(Side::Values)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Side, A::Error> {
                Deserialize::deserialize(MapAccessDeserializer::new(map)).map(Side::Counts)
            }
        }
        deserializer.deserialize_any(SideVisitor)
    }
}

/// Reads samples. Another schema, an unknown key, sides of another kind than stated, values that are no numbers and counts of
/// different lengths are errors; so is a file without a metric.
pub fn read(input: &mut dyn BufRead) -> Result<SamplesReport, ReadError> {
    let mut bytes = Vec::new();
    input.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(|error| failed(&error))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(ReadError::whole(format!("larger than {MAX_BYTES} bytes")));
    }
    let file: File = if bytes.len() as u64 > MAX_DOCUMENT_BYTES { large(&bytes)? } else { parse_as(&bytes)? };
    if file.schema != SCHEMA {
        return Err(ReadError::whole(format!("schema `{}`: expected `{SCHEMA}`", shown(&file.schema))));
    }
    let metrics = file.metrics.into_iter().enumerate().map(|(at, metric)| series(at, metric)).collect::<Result<_, _>>()?;
    checked(SamplesReport {
        service: file.service,
        version: file.version,
        batch: file.batch,
        start: file.start,
        step_seconds: file.step_seconds,
        planned_steps: file.planned_steps,
        degraded: file.degraded,
        metrics,
    })
}

/// Only JSON may be as large as this: YAML would take minutes.
fn large(bytes: &[u8]) -> Result<File, ReadError> {
    serde_json::from_slice(bytes).map_err(|error| ReadError::at_line(error.line() as u64, error.to_string()))
}

fn series(at: usize, metric: Metric) -> Result<MetricSeries, ReadError> {
    let name = shown(&metric.name);
    let series = match (metric.kind, metric.gray, metric.baseline) {
        (SeriesKind::Counts, Side::Counts(gray), Side::Counts(baseline)) => {
            Series::Counts { gray: counts(gray), baseline: counts(baseline) }
        }
        (SeriesKind::Samples, Side::Values(gray), Side::Values(baseline)) => Series::Samples { gray, baseline },
        (SeriesKind::Counts, ..) => {
            let wanted = "`kind: counts` wants `gray` and `baseline` as {\"good\": [..], \"bad\": [..]}";
            return Err(ReadError::whole(format!("metrics[{at}] ({name}): {wanted}")));
        }
        (SeriesKind::Samples, ..) => {
            let wanted = "`kind: samples` wants `gray` and `baseline` as lists of values";
            return Err(ReadError::whole(format!("metrics[{at}] ({name}): {wanted}")));
        }
    };
    Ok(MetricSeries {
        name: metric.name,
        signal: metric.signal,
        api: metric.api,
        segment: metric.segment,
        channel: metric.channel,
        required_channels: metric.required_channels,
        unit: metric.unit,
        worse: metric.worse.unwrap_or_else(|| usual_worse(metric.signal)),
        margin: metric.margin,
        floor: metric.floor,
        critical: metric.critical,
        minimum: metric.minimum,
        series,
    })
}

fn counts(counts: Counts) -> CountSeries {
    CountSeries { good: counts.good, bad: counts.bad }
}
