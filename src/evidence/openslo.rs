//! OpenSLO v1 documents: objectives that a team wrote for another tool.
//!
//! Read are the kinds `SLO` and `SLI` of `openslo/v1` (the specification in the repository `OpenSLO/OpenSLO`), several documents in one
//! file. What kadian has no use for is noted, never silently dropped. Nothing is judged here: a target of 99.9 that was meant as a
//! percentage is read as it stands, so that `kadian slo lint` can say so.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::ReadError;
use super::text::shown;

const VERSION: &str = "openslo/v1";

const MAX_BYTES: usize = 16 << 20;

const MAX_DOCUMENTS: usize = 2000;

/// The objectives of a file.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OpenSlo {
    /// In the order of the file.
    pub objectives: Vec<OpenSloObjective>,
    /// What was left out, as sentences.
    pub notes: Vec<String>,
}

/// One objective of one `SLO` document; a document with several gives several.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenSloObjective {
    /// `metadata.name` of the document.
    pub name: String,
    /// What tells the objectives of one document apart; `None` where the document gives it no name.
    pub display_name: Option<String>,
    pub service: String,
    /// The share of good events, as a share also where it was written in percent; `None` when it is not stated.
    pub target: Option<f64>,
    /// The window's length; months count 30 days, quarters 90, years 365. `None` when it is not stated or no length.
    pub period_seconds: Option<u64>,
    pub measured: OpenSloMeasured,
}

/// How it is measured.
#[derive(Debug, Clone, PartialEq)]
pub enum OpenSloMeasured {
    /// Events, each query in the language of its source.
    Ratio { good: Option<OpenSloQuery>, bad: Option<OpenSloQuery>, total: Option<OpenSloQuery> },
    /// A value that is compared with a number.
    Threshold { query: Option<OpenSloQuery>, operator: Option<String>, value: Option<f64> },
    /// Neither.
    Nothing,
}

/// A query and the kind of source that it is for, for example `Prometheus`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenSloQuery {
    pub source: Option<String>,
    pub query: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    api_version: String,
    kind: String,
    #[serde(default)]
    metadata: Metadata,
    #[serde(default)]
    spec: Value,
}

#[derive(Deserialize, Default)]
struct Metadata {
    #[serde(default)]
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Slo {
    #[serde(default)]
    service: Option<String>,
    #[serde(default)]
    indicator: Option<Inline>,
    #[serde(default)]
    indicator_ref: Option<String>,
    #[serde(default)]
    time_window: Vec<TimeWindow>,
    #[serde(default)]
    budgeting_method: Option<String>,
    #[serde(default)]
    objectives: Vec<Objective>,
    #[serde(default)]
    alert_policies: Option<Value>,
}

#[derive(Deserialize)]
struct Inline {
    spec: Sli,
}

#[derive(Deserialize, Clone, Default)]
#[serde(rename_all = "camelCase")]
struct Sli {
    #[serde(default)]
    ratio_metric: Option<Ratio>,
    #[serde(default)]
    threshold_metric: Option<Metric>,
}

#[derive(Deserialize, Clone)]
struct Ratio {
    #[serde(default)]
    good: Option<Metric>,
    #[serde(default)]
    bad: Option<Metric>,
    #[serde(default)]
    total: Option<Metric>,
}

#[derive(Deserialize, Clone)]
#[serde(rename_all = "camelCase")]
struct Metric {
    #[serde(default)]
    metric_source: Option<Source>,
}

#[derive(Deserialize, Clone)]
struct Source {
    #[serde(default)]
    r#type: Option<String>,
    #[serde(default)]
    spec: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TimeWindow {
    #[serde(default)]
    duration: String,
    #[serde(default)]
    is_rolling: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Objective {
    #[serde(default)]
    display_name: Option<String>,
    #[serde(default)]
    op: Option<String>,
    #[serde(default)]
    value: Option<f64>,
    #[serde(default)]
    target: Option<f64>,
    #[serde(default)]
    target_percent: Option<f64>,
}

/// Whether a file is of OpenSLO.
#[must_use]
pub fn recognises(bytes: &[u8]) -> bool {
    super::text::contains(bytes, "openslo/")
}

/// Reads every document of a file. Damaged YAML, another version, a document whose known keys have other shapes, a reference to an
/// indicator that the file does not hold, and a file without an objective are errors; other kinds are noted.
pub fn read(bytes: &[u8]) -> Result<OpenSlo, ReadError> {
    let mut openslo = OpenSlo::default();
    let (mut slos, mut indicators) = (Vec::new(), BTreeMap::new());
    for (at, Document { api_version, kind, metadata, spec }) in documents(bytes)?.into_iter().enumerate() {
        let here = format!("document {}, `{}`", at + 1, shown(&metadata.name));
        if api_version != VERSION {
            return Err(ReadError::whole(format!("{here}: version `{}`: expected `{VERSION}`", shown(&api_version))));
        }
        match kind.as_str() {
            "SLO" => slos.push((here.clone(), metadata.name, typed::<Slo>(&here, spec)?)),
            "SLI" => drop(indicators.insert(metadata.name, typed::<Sli>(&here, spec)?)),
            other => openslo.notes.push(format!("{here}: documents of kind `{}` are not used", shown(other))),
        }
    }
    for (here, name, slo) in slos {
        objectives(&here, &name, slo, &indicators, &mut openslo)?;
    }
    if openslo.objectives.is_empty() {
        return Err(ReadError::whole("no objective: expected a document of kind `SLO` with `objectives`"));
    }
    Ok(openslo)
}

fn documents(bytes: &[u8]) -> Result<Vec<Document>, ReadError> {
    if bytes.len() > MAX_BYTES {
        return Err(ReadError::whole(format!("larger than {MAX_BYTES} bytes")));
    }
    let text =
        std::str::from_utf8(bytes).map_err(|error| ReadError::at_byte(error.valid_up_to() as u64, "expected UTF-8 text"))?;
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! { max_depth: 64, max_documents: MAX_DOCUMENTS, max_aliases: 1000, max_nodes: 500_000 },
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: 100_000 },
        duplicate_keys: serde_saphyr::DuplicateKeyPolicy::Error,
        with_snippet: false,
    };
    serde_saphyr::from_multiple_with_options(text, options).map_err(|error| {
        let message: String = error.without_snippet().to_string().lines().next().unwrap_or_default().chars().take(300).collect();
        match error.location() {
            Some(location) if location.line() > 0 => ReadError::at_line(location.line(), message),
            _ => ReadError::whole(message),
        }
    })
}

fn typed<T: serde::de::DeserializeOwned>(here: &str, spec: Value) -> Result<T, ReadError> {
    serde_json::from_value(spec).map_err(|error| ReadError::whole(format!("{here}: spec: {}", shown(&error.to_string()))))
}

fn objectives(here: &str, name: &str, slo: Slo, slis: &BTreeMap<String, Sli>, openslo: &mut OpenSlo) -> Result<(), ReadError> {
    let sli = match (slo.indicator, slo.indicator_ref) {
        (Some(inline), _) => inline.spec,
        (None, Some(reference)) => slis.get(&reference).cloned().ok_or_else(|| {
            ReadError::whole(format!("{here}: indicatorRef `{}`: no SLI document has this name", shown(&reference)))
        })?,
        (None, None) => Sli::default(),
    };
    let window = slo.time_window.first();
    if slo.alert_policies.is_some_and(|policies| !policies.is_null()) {
        openslo.notes.push(format!("{here}: alertPolicies are not used; the rules are those of settings.slo.burn_rules"));
    }
    if let Some(method) = slo.budgeting_method.filter(|method| method != "Occurrences") {
        openslo.notes.push(format!("{here}: budgetingMethod `{}` is read as Occurrences: events are counted", shown(&method)));
    }
    if window.is_some_and(|window| window.is_rolling == Some(false)) {
        openslo.notes.push(format!("{here}: a calendar window is read as one that rolls"));
    }
    for objective in slo.objectives {
        openslo.objectives.push(OpenSloObjective {
            name: name.to_owned(),
            display_name: objective.display_name,
            service: slo.service.clone().unwrap_or_default(),
            // Rounded where it matters to nobody: 99.9 / 100 is not quite 0.999.
            target: objective.target.or(objective.target_percent.map(|percent| (percent * 1e10).round() / 1e12)),
            period_seconds: window.and_then(|window| period(&window.duration)),
            measured: measured(&sli, objective.op, objective.value),
        });
    }
    Ok(())
}

fn measured(sli: &Sli, operator: Option<String>, value: Option<f64>) -> OpenSloMeasured {
    match (&sli.ratio_metric, &sli.threshold_metric) {
        (Some(ratio), _) => {
            let of = |metric: &Option<Metric>| metric.as_ref().and_then(query);
            OpenSloMeasured::Ratio { good: of(&ratio.good), bad: of(&ratio.bad), total: of(&ratio.total) }
        }
        (None, Some(metric)) => OpenSloMeasured::Threshold { query: query(metric), operator, value },
        (None, None) => OpenSloMeasured::Nothing,
    }
}

fn query(metric: &Metric) -> Option<OpenSloQuery> {
    let source = metric.metric_source.as_ref()?;
    let query = source.spec.get("query")?.as_str()?.trim();
    (!query.is_empty()).then(|| OpenSloQuery { source: source.r#type.clone(), query: query.to_owned() })
}

/// A length with one of the units of the specification: `m`, `h`, `d`, `w`, `M`, `Q`, `Y`.
fn period(text: &str) -> Option<u64> {
    const UNITS: [(char, u64); 7] =
        [('m', 60), ('h', 3600), ('d', 86_400), ('w', 604_800), ('M', 2_592_000), ('Q', 7_776_000), ('Y', 31_536_000)];
    let unit = text.chars().next_back()?;
    let seconds = UNITS.iter().find(|(name, _)| *name == unit)?.1;
    let number: u64 = text[..text.len() - unit.len_utf8()].parse().ok()?;
    number.checked_mul(seconds).filter(|seconds| *seconds > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "\
apiVersion: openslo/v1
kind: SLI
metadata: {name: checkout-success}
spec:
  ratioMetric:
    counter: true
    bad: {metricSource: {metricSourceRef: main, type: Prometheus, spec: {query: 'requests_total{code=~\"5..\"}'}}}
    total: {metricSource: {type: Prometheus, spec: {query: requests_total}}}
---
apiVersion: openslo/v1
kind: SLO
metadata: {name: checkout, displayName: Checkout}
spec:
  service: pay
  indicatorRef: checkout-success
  timeWindow: [{duration: 4w, isRolling: true}]
  budgetingMethod: Timeslices
  objectives: [{displayName: most, target: 0.999}, {targetPercent: 99.9}]
  alertPolicies: [fast-burn]
---
apiVersion: openslo/v1
kind: SLO
metadata: {name: latency}
spec:
  service: pay
  indicator:
    metadata: {name: p99}
    spec: {thresholdMetric: {metricSource: {type: Prometheus, spec: {query: p99_seconds}}}}
  timeWindow: [{duration: 1M, isRolling: false}]
  objectives: [{op: lte, value: 0.5, target: 1.5}]
---
apiVersion: openslo/v1
kind: AlertPolicy
metadata: {name: fast-burn}
";

    fn error(text: &str) -> String {
        read(text.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn documents_become_objectives_and_what_is_not_used_is_noted() {
        let found = read(FILE.as_bytes()).unwrap();
        let targets: Vec<_> = found.objectives.iter().map(|one| (one.name.as_str(), one.target, one.period_seconds)).collect();
        assert_eq!(
            targets,
            [
                ("checkout", Some(0.999), Some(2_419_200)),
                ("checkout", Some(0.999), Some(2_419_200)),
                ("latency", Some(1.5), Some(2_592_000))
            ]
        );
        let query = |text: &str| Some(OpenSloQuery { source: Some("Prometheus".into()), query: text.into() });
        let bad = query("requests_total{code=~\"5..\"}");
        assert_eq!(found.objectives[0].measured, OpenSloMeasured::Ratio { good: None, bad, total: query("requests_total") });
        let (operator, value) = (Some("lte".to_owned()), Some(0.5));
        assert_eq!(found.objectives[2].measured, OpenSloMeasured::Threshold { query: query("p99_seconds"), operator, value });
        assert_eq!(found.notes.len(), 4, "{:?}", found.notes);
        for word in ["AlertPolicy", "alertPolicies", "Timeslices", "calendar"] {
            assert!(found.notes.iter().any(|note| note.contains(word)), "{word}");
        }
    }

    #[test]
    fn what_cannot_be_understood_is_an_error() {
        assert!(error(&FILE.replace("openslo/v1", "openslo/v2")).contains("expected `openslo/v1`"));
        assert!(error(&FILE.replace("indicatorRef: checkout-success", "indicatorRef: other")).contains("`other`"));
        assert!(error(&FILE.replace("target: 0.999", "target: high")).contains("document 2, `checkout`: spec"));
        assert!(error("apiVersion: openslo/v1\nkind: Service\nmetadata: {name: a}\n").contains("no objective"));
        assert!(error("").contains("no objective"));
        assert!(error("apiVersion: openslo/v1\nkind: SLO\nkind: SLI\n").contains("kind"));
        assert!(read(b"\xff").is_err());
        assert!(recognises(FILE.as_bytes()) && !recognises(b"version: 1"));
    }

    #[test]
    fn periods_have_the_units_of_the_specification() {
        let read = |text: &str| period(text);
        assert_eq!(
            [read("30d"), read("1Q"), read("1Y"), read("12h")],
            [Some(2_592_000), Some(7_776_000), Some(31_536_000), Some(43_200)]
        );
        for text in ["", "d", "0d", "-1d", "1x", "1é", "99999999999999999999d", "9999999999999999999Y"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn hostile_documents_are_errors() {
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..9 {
            let line = format!("a{level}: &a{level} [{}]\n", vec![format!("*a{}", level - 1); 10].join(", "));
            bomb.push_str(&line);
        }
        error(&bomb);
        error(&"---\na: 1\n".repeat(3000));
        error(&format!("{}{}", "[".repeat(10_000), "]".repeat(10_000)));
    }
}
