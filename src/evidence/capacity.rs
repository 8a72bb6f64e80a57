//! The file `kadian.capacity/v1`, JSON or YAML: what runs, what it has to bear, and what one instance bears (requirement C8).
//!
//! ```yaml
//! schema: kadian.capacity/v1
//! service: pay
//! at: 2026-01-01T06:00:00Z
//! pools:
//! - region: east                # left out for the service as a whole
//!   instances: 40
//!   healthy: 40                 # those that take traffic
//!   rate: 1000                  # requests per second
//!   response_time: 0.2          # seconds, on average
//!   bears: {concurrency: 8, tested_at: 2025-12-01}    # or throughput: requests per second of one instance
//!   forecast: {conventional: 1200, probability: 0.3, unconventional: 1000}    # or {peak: 1500}
//!   throughput: {new: 98, old: 100}
//!   max_unavailable: 2
//! ```
//!
//! What is left out is unknown. What is there must make sense: the error names the pool and the key.

use std::collections::BTreeSet;
use std::io::BufRead;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::document::{read_document, refuse_schema};
use super::text::{contains, shown};
use super::{Format, ReadError, Reader};
use crate::facts::Kind;

const SCHEMA: &str = "kadian.capacity/v1";

/// No service runs in more regions.
const MAX_POOLS: usize = 1000;

/// No pool has more instances.
const MAX_INSTANCES: u64 = 100_000_000;

/// No rate, time or throughput is larger.
const MOST: f64 = 1e15;

pub(super) const FORMAT: Format = Format {
    name: "kadian.capacity",
    kind: Kind::Capacity,
    conventional: &["kadian-capacity.json", "kadian-capacity.yaml", "kadian-capacity.yml"],
    recognises: |_, head| contains(head, SCHEMA),
    read: Reader::Capacity(read),
};

/// What was seen of a service's instances at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct CapacityReport {
    pub service: Option<String>,
    pub at: Timestamp,
    /// In the order of the file; never empty, no region twice, and none without a region beside others.
    pub pools: Vec<PoolRecord>,
}

/// The instances of one region. `None` is what the source does not say.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PoolRecord {
    /// `None` for the service as a whole.
    pub region: Option<String>,
    /// At least 1.
    pub instances: Option<u64>,
    /// At most `instances`.
    pub healthy: Option<u64>,
    /// Requests per second; above 0, like every number that follows without another word.
    pub rate: Option<f64>,
    /// Seconds.
    pub response_time: Option<f64>,
    /// Requests that one instance works on at the same time.
    pub bears_concurrency: Option<f64>,
    /// Requests per second that one instance answers.
    pub bears_throughput: Option<f64>,
    /// When the load test was made that says so.
    pub tested_at: Option<Timestamp>,
    pub forecast: Option<Forecast>,
    /// The response time at the forecast peak; as now where nobody says.
    pub peak_response_time: Option<f64>,
    /// What one instance of the new version bears, in any unit that is also that of `old_throughput`.
    pub new_throughput: Option<f64>,
    pub old_throughput: Option<f64>,
    /// From 0.
    pub max_unavailable: Option<u64>,
}

/// The load that is expected at the peak, in requests per second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Forecast {
    Peak(f64),
    /// The probability is from 0 to 1, the unconventional increment from 0.
    Parts {
        conventional: f64,
        probability: f64,
        unconventional: f64,
    },
}

impl Forecast {
    /// conventional + probability × unconventional.
    #[must_use]
    pub fn peak(self) -> f64 {
        match self {
            Forecast::Peak(rate) => rate,
            Forecast::Parts { conventional, probability, unconventional } => conventional + probability * unconventional,
        }
    }
}

/// The report as `kadian.capacity/v1`, so that a decision over live servers can be replayed from a file.
#[must_use]
pub fn document(report: &CapacityReport) -> Value {
    let pools: Vec<Value> = report.pools.iter().map(pool_document).collect();
    let mut document = json!({"schema": SCHEMA, "at": report.at.to_string(), "pools": pools});
    if let Some(service) = &report.service {
        document["service"] = service.as_str().into();
    }
    document
}

fn pool_document(pool: &PoolRecord) -> Value {
    let mut all = Map::new();
    let mut put = |key: &str, value: Value| {
        let empty = value.is_null() || value.as_object().is_some_and(Map::is_empty);
        if !empty {
            all.insert(key.to_owned(), value);
        }
    };
    let object = |entries: &[(&str, Value)]| {
        let known = entries.iter().filter(|(_, value)| !value.is_null());
        Value::Object(known.map(|(key, value)| ((*key).to_owned(), value.clone())).collect())
    };
    put("region", pool.region.as_deref().into());
    put("instances", pool.instances.into());
    put("healthy", pool.healthy.into());
    put("rate", pool.rate.into());
    put("response_time", pool.response_time.into());
    put(
        "bears",
        object(&[
            ("concurrency", pool.bears_concurrency.into()),
            ("throughput", pool.bears_throughput.into()),
            ("tested_at", pool.tested_at.map(|at| at.to_string()).into()),
        ]),
    );
    let mut forecast = match pool.forecast {
        None => Vec::new(),
        Some(Forecast::Peak(peak)) => vec![("peak", peak.into())],
        Some(Forecast::Parts { conventional, probability, unconventional }) => vec![
            ("conventional", conventional.into()),
            ("probability", probability.into()),
            ("unconventional", unconventional.into()),
        ],
    };
    forecast.push(("response_time", pool.peak_response_time.into()));
    put("forecast", object(&forecast));
    put("throughput", object(&[("new", pool.new_throughput.into()), ("old", pool.old_throughput.into())]));
    put("max_unavailable", pool.max_unavailable.into());
    Value::Object(all)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    schema: String,
    #[serde(default)]
    service: Option<String>,
    at: Timestamp,
    pools: Vec<RawPool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPool {
    region: Option<String>,
    instances: Option<u64>,
    healthy: Option<u64>,
    rate: Option<f64>,
    response_time: Option<f64>,
    #[serde(default)]
    bears: RawBears,
    forecast: Option<RawForecast>,
    #[serde(default)]
    throughput: RawThroughput,
    max_unavailable: Option<u64>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct RawBears {
    concurrency: Option<f64>,
    throughput: Option<f64>,
    tested_at: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawForecast {
    peak: Option<f64>,
    conventional: Option<f64>,
    probability: Option<f64>,
    unconventional: Option<f64>,
    response_time: Option<f64>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct RawThroughput {
    new: Option<f64>,
    old: Option<f64>,
}

/// Reads the file. Another schema, an unknown key, no pool, a region that stands twice, and a number that makes no sense are errors:
/// zero requests, instances or seconds say that nothing was measured, not that nothing is needed.
fn read(input: &mut dyn BufRead) -> Result<CapacityReport, ReadError> {
    let file: File = read_document(input)?;
    refuse_schema(&file.schema, SCHEMA)?;
    if file.pools.is_empty() || file.pools.len() > MAX_POOLS {
        return Err(ReadError::whole(format!("{} pools: expected 1 to {MAX_POOLS}", file.pools.len())));
    }
    let (mut pools, mut regions) = (Vec::new(), BTreeSet::new());
    for (at, raw) in file.pools.into_iter().enumerate() {
        let name = raw.region.as_deref().map_or_else(String::new, |region| format!(" (`{}`)", shown(region)));
        let fault = |message: String| ReadError::whole(format!("pools[{at}]{name}: {message}"));
        if raw.region.as_ref().is_some_and(|region| region.trim().is_empty()) {
            return Err(fault("the region has no name: leave it out for the service as a whole".to_owned()));
        }
        if !regions.insert(raw.region.clone()) {
            return Err(fault("the region stands twice".to_owned()));
        }
        pools.push(pool(raw).map_err(fault)?);
    }
    if regions.len() > 1 && regions.contains(&None) {
        return Err(ReadError::whole("a pool without a region stands beside others: give each its region"));
    }
    Ok(CapacityReport { service: file.service, at: file.at, pools })
}

fn pool(raw: RawPool) -> Result<PoolRecord, String> {
    if let Some(instances) = raw.instances.filter(|instances| !(1..=MAX_INSTANCES).contains(instances)) {
        return Err(format!("instances is {instances}; expected 1 to {MAX_INSTANCES}"));
    }
    if let (Some(healthy), Some(instances)) = (raw.healthy, raw.instances)
        && healthy > instances
    {
        return Err(format!("healthy is {healthy}, and instances is {instances}; expected no more than that"));
    }
    if let Some(healthy) = raw.healthy.filter(|healthy| *healthy > MAX_INSTANCES) {
        return Err(format!("healthy is {healthy}; expected 0 to {MAX_INSTANCES}"));
    }
    let forecast = raw.forecast.as_ref();
    for (key, value) in [
        ("rate", raw.rate),
        ("response_time", raw.response_time),
        ("bears.concurrency", raw.bears.concurrency),
        ("bears.throughput", raw.bears.throughput),
        ("throughput.new", raw.throughput.new),
        ("throughput.old", raw.throughput.old),
        ("forecast.response_time", forecast.and_then(|forecast| forecast.response_time)),
    ] {
        positive(key, value)?;
    }
    let tested_at = raw.bears.tested_at.as_deref().map(day).transpose()?;
    Ok(PoolRecord {
        forecast: forecast.map(peak).transpose()?.flatten(),
        peak_response_time: forecast.and_then(|forecast| forecast.response_time),
        region: raw.region,
        instances: raw.instances,
        healthy: raw.healthy,
        rate: raw.rate,
        response_time: raw.response_time,
        bears_concurrency: raw.bears.concurrency,
        bears_throughput: raw.bears.throughput,
        tested_at,
        new_throughput: raw.throughput.new,
        old_throughput: raw.throughput.old,
        max_unavailable: raw.max_unavailable,
    })
}

/// An error unless the value is above 0 and finite; nothing is fine.
fn positive(key: &str, value: Option<f64>) -> Result<(), String> {
    match value {
        Some(value) if !(value > 0.0 && value <= MOST) => Err(format!("{key} is {value}; expected a number above 0")),
        _ => Ok(()),
    }
}

/// The forecast, whole; nothing where it only states a response time.
fn peak(raw: &RawForecast) -> Result<Option<Forecast>, String> {
    positive("forecast.peak", raw.peak)?;
    positive("forecast.conventional", raw.conventional)?;
    if let Some(probability) = raw.probability.filter(|probability| !(0.0..=1.0).contains(probability)) {
        return Err(format!("forecast.probability is {probability}; expected a number from 0 to 1"));
    }
    if let Some(increment) = raw.unconventional.filter(|increment| !(0.0..=MOST).contains(increment)) {
        return Err(format!("forecast.unconventional is {increment}; expected a number from 0 up"));
    }
    match (raw.peak, raw.conventional, raw.probability, raw.unconventional) {
        (None, None, None, None) => Ok(None),
        (Some(rate), None, None, None) => Ok(Some(Forecast::Peak(rate))),
        (None, Some(conventional), Some(probability), Some(unconventional)) => {
            Ok(Some(Forecast::Parts { conventional, probability, unconventional }))
        }
        _ => Err("forecast: expected `peak`, or `conventional`, `probability` and `unconventional` together".to_owned()),
    }
}

/// A day, or a time with its zone; a day is its beginning in UTC.
pub(super) fn day(text: &str) -> Result<Timestamp, String> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(at);
    }
    let date = text.parse::<Date>().ok().filter(|_| text.len() == 10);
    let at = date.and_then(|date| date.to_zoned(TimeZone::UTC).ok()).map(|zoned| zoned.timestamp());
    at.ok_or_else(|| format!("tested_at is `{}`; expected a day as 2026-01-31, or a time with its zone", shown(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = "schema: kadian.capacity/v1
service: pay
at: 2026-01-01T06:00:00Z
pools:
- region: east
  instances: 40
  healthy: 39
  rate: 1000
  response_time: 0.2
  bears: {concurrency: 8, throughput: 30, tested_at: 2025-12-01}
  forecast: {conventional: 1200, probability: 0.3, unconventional: 1000, response_time: 0.25}
  throughput: {new: 98, old: 100}
  max_unavailable: 2
- {region: west, forecast: {peak: 70}}
";

    fn parse(text: &str) -> Result<CapacityReport, ReadError> {
        read(&mut text.as_bytes())
    }

    #[test]
    fn a_report_is_read_and_written() {
        let report = parse(WHOLE).unwrap();
        let east = &report.pools[0];
        assert_eq!((east.instances, east.healthy, east.max_unavailable), (Some(40), Some(39), Some(2)));
        assert_eq!((east.rate, east.response_time, east.peak_response_time), (Some(1000.0), Some(0.2), Some(0.25)));
        assert_eq!((east.bears_concurrency, east.bears_throughput), (Some(8.0), Some(30.0)));
        assert_eq!(east.tested_at, Some("2025-12-01T00:00:00Z".parse().unwrap()));
        assert_eq!(east.forecast.map(Forecast::peak), Some(1500.0));
        assert_eq!((east.new_throughput, east.old_throughput), (Some(98.0), Some(100.0)));
        let west = PoolRecord { region: Some("west".into()), forecast: Some(Forecast::Peak(70.0)), ..PoolRecord::default() };
        assert_eq!(report.pools[1], west);
        let json = document(&report).to_string();
        assert_eq!(parse(&json).unwrap(), report);
        for end in 0..json.len() {
            assert!(parse(&json[..end]).is_err(), "{end}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_its_place() {
        for (good, bad, wanted) in [
            ("rate: 1000", "rate: 0", "pools[0] (`east`): rate is 0; expected a number above 0"),
            ("rate: 1000", "rate: -1", "pools[0] (`east`): rate is -1;"),
            ("rate: 1000", "rate: .nan", "pools[0] (`east`): rate is NaN;"),
            ("rate: 1000", "rate: .inf", "pools[0] (`east`): rate is inf;"),
            ("rate: 1000", "rate: 1e300", "expected a number above 0"),
            ("response_time: 0.2", "response_time: 0", "pools[0] (`east`): response_time is 0;"),
            ("concurrency: 8", "concurrency: -8", "bears.concurrency is -8;"),
            ("throughput: 30", "throughput: 0", "bears.throughput is 0;"),
            ("new: 98", "new: 0", "throughput.new is 0;"),
            ("old: 100", "old: .nan", "throughput.old is NaN;"),
            ("instances: 40", "instances: 0", "instances is 0; expected 1 to"),
            ("healthy: 39", "healthy: 41", "healthy is 41, and instances is 40"),
            ("instances: 40", "instances: -1", "line 6"),
            ("instances: 40", "instances: 39.5", "line 6"),
            ("instances: 40\n  ", "", "healthy"),
            ("probability: 0.3", "probability: 30", "forecast.probability is 30; expected a number from 0 to 1"),
            ("probability: 0.3", "probability: .nan", "forecast.probability is NaN;"),
            ("unconventional: 1000", "unconventional: -1", "forecast.unconventional is -1;"),
            ("conventional: 1200", "peak: 1200", "expected `peak`, or `conventional`"),
            ("probability: 0.3, ", "", "expected `peak`, or `conventional`"),
            ("peak: 70", "peak: 0", "pools[1] (`west`): forecast.peak is 0;"),
            ("2025-12-01", "last week", "tested_at is `last week`; expected a day"),
            ("max_unavailable: 2", "max_unavailable: -2", "line 13"),
            ("region: west", "region: east", "pools[1] (`east`): the region stands twice"),
            ("region: west", "region: ''", "pools[1] (``): the region has no name"),
            ("region: west, ", "", "a pool without a region stands beside others"),
            ("healthy: 39", "helathy: 39", "helathy"),
            ("capacity/v1", "capacity/v2", "expected `kadian.capacity/v1`"),
            ("06:00:00Z", "06:00:00", "line 3"),
        ] {
            let text = WHOLE.replacen(good, bad, 1);
            assert_ne!(text, WHOLE, "{good}");
            match parse(&text) {
                // Without the number of all instances there may be as many healthy ones as it says.
                Ok(report) => assert_eq!((bad, report.pools[0].healthy), ("", Some(39))),
                Err(error) => assert!(error.to_string().contains(wanted), "{bad}: {error}"),
            }
        }
        let none = "schema: kadian.capacity/v1\nat: 2026-01-01T06:00:00Z\npools: []\n";
        assert!(parse(none).unwrap_err().to_string().contains("0 pools"));
    }
}
