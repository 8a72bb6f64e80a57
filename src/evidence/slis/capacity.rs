//! Where the figures of the capacity come from: numbers that somebody knows, and queries (requirement C8).

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_saphyr::Spanned;

use super::raw::{at, line, source_name};
use super::{ScopedQuery, SourceSpec};
use crate::evidence::ReadError;
use crate::evidence::capacity::day;

/// No service runs in more regions.
const MAX_POOLS: usize = 1000;

/// What is asked about the capacity of a service.
#[derive(Debug, Clone, PartialEq)]
pub struct CapacitySpec {
    /// A key of [`Slis::sources`](super::Slis::sources).
    pub source: String,
    /// In the order of the file; at least one, and no region twice.
    pub pools: Vec<CapacityPool>,
}

/// The instances of one region.
#[derive(Debug, Clone, PartialEq)]
pub struct CapacityPool {
    /// `None` for the service as a whole.
    pub region: Option<String>,
    /// The keys of a pool in `kadian.capacity/v1`, inner keys behind a dot, each with where its number comes from; each key once.
    pub figures: Vec<(&'static str, Figure)>,
    /// When the load test was made, as it is written; a day or a time.
    pub tested_at: Option<String>,
}

/// Where a number comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum Figure {
    /// Somebody knows it; finite and not negative.
    Number(f64),
    /// A query that gives one value.
    Query(String),
    /// A query for the gray version.
    Gray(ScopedQuery),
    /// A query for the baseline.
    Baseline(ScopedQuery),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCapacity {
    source: Option<Spanned<String>>,
    pools: Spanned<Vec<Spanned<RawPool>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPool {
    region: Option<String>,
    instances: Option<Spanned<RawFigure>>,
    healthy: Option<Spanned<RawFigure>>,
    rate: Option<Spanned<RawFigure>>,
    response_time: Option<Spanned<RawFigure>>,
    #[serde(default)]
    bears: RawBears,
    #[serde(default)]
    forecast: RawForecast,
    throughput: Option<Spanned<RawThroughput>>,
    max_unavailable: Option<Spanned<RawFigure>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct RawBears {
    concurrency: Option<Spanned<RawFigure>>,
    throughput: Option<Spanned<RawFigure>>,
    tested_at: Option<Spanned<String>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct RawForecast {
    peak: Option<Spanned<RawFigure>>,
    conventional: Option<Spanned<RawFigure>>,
    probability: Option<Spanned<RawFigure>>,
    unconventional: Option<Spanned<RawFigure>>,
    response_time: Option<Spanned<RawFigure>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum RawThroughput {
    Both(String),
    Each(RawSides),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSides {
    new: Option<RawFigure>,
    old: Option<RawFigure>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum RawFigure {
    Number(f64),
    Query(String),
}

/// Checks the section. A region that stands twice, a number that makes no sense, a query for both versions without `$scope` and an
/// empty one are errors with their lines.
pub(super) fn capacity(raw: Spanned<RawCapacity>, sources: &BTreeMap<String, SourceSpec>) -> Result<CapacitySpec, ReadError> {
    let place = line(&raw);
    let RawCapacity { source, pools } = raw.value;
    if pools.value.is_empty() || pools.value.len() > MAX_POOLS {
        return Err(at(&pools, format!("{} pools; expected 1 to {MAX_POOLS}", pools.value.len())));
    }
    let mut regions = BTreeSet::new();
    for pool in &pools.value {
        let region = &pool.value.region;
        if region.as_ref().is_some_and(|region| region.trim().is_empty()) || !regions.insert(region.clone()) {
            return Err(at(pool, "expected a region of its own for each pool; leave it out where there is one pool"));
        }
    }
    if regions.len() > 1 && regions.contains(&None) {
        return Err(at(&pools, "a pool without a region stands beside others; give each its region"));
    }
    let pools = pools.value.into_iter().map(|raw| pool(raw.value)).collect::<Result<_, _>>()?;
    Ok(CapacitySpec { source: source_name(source.as_ref(), place, sources)?, pools })
}

fn pool(raw: RawPool) -> Result<CapacityPool, ReadError> {
    let mut figures = Vec::new();
    for (key, stated) in [
        ("instances", raw.instances),
        ("healthy", raw.healthy),
        ("rate", raw.rate),
        ("response_time", raw.response_time),
        ("bears.concurrency", raw.bears.concurrency),
        ("bears.throughput", raw.bears.throughput),
        ("forecast.peak", raw.forecast.peak),
        ("forecast.conventional", raw.forecast.conventional),
        ("forecast.probability", raw.forecast.probability),
        ("forecast.unconventional", raw.forecast.unconventional),
        ("forecast.response_time", raw.forecast.response_time),
        ("max_unavailable", raw.max_unavailable),
    ] {
        if let Some(stated) = stated {
            let found = figure(key, &stated.value).map_err(|message| at(&stated, message))?;
            figures.push((key, found));
        }
    }
    if let Some(stated) = raw.throughput {
        figures.extend(throughput(&stated.value).map_err(|message| at(&stated, message))?);
    }
    if let Some(tested) = &raw.bears.tested_at {
        day(&tested.value).map_err(|message| at(tested, message))?;
    }
    Ok(CapacityPool { region: raw.region, figures, tested_at: raw.bears.tested_at.map(|tested| tested.value) })
}

fn throughput(raw: &RawThroughput) -> Result<Vec<(&'static str, Figure)>, String> {
    const KEYS: (&str, &str) = ("throughput.new", "throughput.old");
    match raw {
        RawThroughput::Both(query) => {
            let query = ScopedQuery::parse(query)?;
            Ok(vec![(KEYS.0, Figure::Gray(query.clone())), (KEYS.1, Figure::Baseline(query))])
        }
        RawThroughput::Each(RawSides { new, old }) => {
            let of =
                |key, stated: &Option<RawFigure>| stated.as_ref().map(|stated| figure(key, stated).map(|found| (key, found)));
            [of(KEYS.0, new), of(KEYS.1, old)].into_iter().flatten().collect()
        }
    }
}

fn figure(key: &str, raw: &RawFigure) -> Result<Figure, String> {
    let may_be_none = matches!(key, "forecast.probability" | "forecast.unconventional" | "max_unavailable");
    match raw {
        RawFigure::Number(number) if number.is_finite() && (*number > 0.0 || (*number == 0.0 && may_be_none)) => {
            Ok(Figure::Number(*number))
        }
        RawFigure::Number(number) => {
            let least = if may_be_none { "from 0 up" } else { "above 0" };
            Err(format!("{key} is {number}; expected a number {least}, or a query"))
        }
        RawFigure::Query(query) if query.trim().is_empty() => Err(format!("{key} is empty; expected a number or a query")),
        RawFigure::Query(query) if query.contains("$scope") => {
            Err(format!("{key} is not asked of one version; `$scope` is for `throughput: QUERY`"))
        }
        RawFigure::Query(query) => Ok(Figure::Query(query.clone())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::slis::{Slis, read};

    const SECTION: &str = "version: 1
service: pay
sources: {prometheus: {url: \"http://prometheus:9090\"}}
gray: {match: {version: \"{to}\"}}
baseline: {match: {version: \"{from}\"}}
slis:
- {name: errors, signal: availability, total: requests_total, bad: errors_total}
capacity:
  pools:
  - region: east
    instances: 'count(up{region=\"east\"})'
    rate: 1000
    bears: {concurrency: 8, tested_at: 2025-12-01}
    forecast: {conventional: 'max_over_time(rate[1d:5m])', probability: 0, unconventional: 500}
    throughput: 'sum(rate(requests_total{$scope}[5m])) / sum(rate(cpu_seconds_total{$scope}[5m]))'
    max_unavailable: 0
  - {region: west, throughput: {new: 98, old: 'old_throughput'}}
";

    fn section(text: &str) -> Result<Slis, ReadError> {
        read(text.as_bytes())
    }

    #[test]
    fn figures_are_numbers_or_queries() {
        let spec = section(SECTION).unwrap().capacity.unwrap();
        assert_eq!(spec.source, "prometheus");
        let east = &spec.pools[0];
        let keys: Vec<&str> = east.figures.iter().map(|(key, _)| *key).collect();
        assert_eq!(
            keys,
            [
                "instances",
                "rate",
                "bears.concurrency",
                "forecast.conventional",
                "forecast.probability",
                "forecast.unconventional",
                "max_unavailable",
                "throughput.new",
                "throughput.old"
            ]
        );
        assert_eq!(east.figures[0].1, Figure::Query("count(up{region=\"east\"})".to_owned()));
        assert_eq!(east.figures[1].1, Figure::Number(1000.0));
        assert!(matches!((&east.figures[7].1, &east.figures[8].1), (Figure::Gray(_), Figure::Baseline(_))));
        assert_eq!(east.tested_at.as_deref(), Some("2025-12-01"));
        let west = [("throughput.new", Figure::Number(98.0)), ("throughput.old", Figure::Query("old_throughput".to_owned()))];
        assert_eq!(spec.pools[1].figures, west);
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_its_line() {
        for (good, bad, wanted) in [
            ("rate: 1000", "rate: 0", "line 12: rate is 0; expected a number above 0, or a query"),
            ("rate: 1000", "rate: .nan", "line 12: non-finite"),
            ("rate: 1000", "rate: ' '", "line 12: rate is empty"),
            ("rate: 1000", "rate: 'x{$scope}'", "line 12: rate is not asked of one version"),
            ("unconventional: 500", "unconventional: -5", "line 14: forecast.unconventional is -5; expected a number from 0 up"),
            ("2025-12-01", "soon", "line 13: tested_at is `soon`"),
            (
                "throughput: 'sum(rate(requests_total{$scope}[5m])) / sum(rate(cpu_seconds_total{$scope}[5m]))'",
                "throughput: up",
                "line 15: the query has no `$scope`",
            ),
            ("region: west", "region: east", "line 17: expected a region of its own"),
            ("region: west, ", "", "a pool without a region stands beside others"),
            ("instances:", "instnaces:", "line 11: unknown key `instnaces`; did you mean `instances`?"),
        ] {
            let text = SECTION.replacen(good, bad, 1);
            let error = section(&text).map(|slis| slis.capacity).expect_err(bad).to_string();
            assert!(error.contains(wanted), "{bad}: {error}");
        }
        let none = SECTION.split_once("  - region").unwrap().0.replace("pools:", "pools: []");
        assert!(section(&none).unwrap_err().to_string().contains("0 pools"));
    }
}
