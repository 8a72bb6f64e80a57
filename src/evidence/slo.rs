//! The file `kadian.slo/v1`, JSON or YAML: good and bad events of each objective over the windows that its burn rates need.

use std::collections::BTreeSet;
use std::io::BufRead;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::document::{read_document, refuse_schema};
use super::duration;
use super::text::{contains, shown};
use super::{Format, ReadError, Reader};
use crate::facts::Kind;

const SCHEMA: &str = "kadian.slo/v1";

/// No team has more objectives in one file.
const MAX_OBJECTIVES: usize = 10_000;

pub(super) const FORMAT: Format = Format {
    name: "kadian.slo",
    kind: Kind::Slo,
    conventional: &["kadian-slo.json", "kadian-slo.yaml", "kadian-slo.yml"],
    recognises: |_, head| contains(head, SCHEMA),
    read: Reader::Slo(read),
};

/// What was seen of a service's objectives at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct SloReport {
    pub service: Option<String>,
    /// When the windows ended.
    pub at: Timestamp,
    /// In the order of the file; never empty, and no name and API twice.
    pub objectives: Vec<SloRecord>,
    /// What the sources warned of while they answered.
    pub degraded: Vec<String>,
}

/// One objective.
#[derive(Debug, Clone, PartialEq)]
pub struct SloRecord {
    pub name: String,
    pub api: Option<String>,
    /// Above 0 and below 1.
    pub target: f64,
    pub period_seconds: u64,
    pub seen: Seen,
    /// Events of this rollout alone, where the source tells them apart.
    pub rollout: Option<Events>,
}

/// What was counted.
#[derive(Debug, Clone, PartialEq)]
pub enum Seen {
    /// Totals of windows that end at the report's time, by their seconds, each once.
    Windows(Vec<(u64, Events)>),
    /// Events step by step, the last step ending at the report's time; `None` is a gap. A step has one second at least.
    Steps { step_seconds: u64, events: Vec<Option<Events>> },
}

/// Good and bad events; finite and not negative. They may be fractions, because rates multiplied by time are.
#[derive(Debug, Clone, Copy, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Events {
    pub good: f64,
    pub bad: f64,
}

impl Events {
    /// Good and bad events together.
    #[must_use]
    pub fn total(self) -> f64 {
        self.good + self.bad
    }

    /// The share of bad events; `None` without an event, because then nobody knows.
    #[must_use]
    pub fn bad_share(self) -> Option<f64> {
        (self.total() > 0.0).then(|| self.bad / self.total())
    }

    fn is_counted(self) -> bool {
        // A sum of what was counted must stay finite too.
        const MOST: f64 = 1e18;
        (0.0..=MOST).contains(&self.good) && (0.0..=MOST).contains(&self.bad)
    }
}

/// The report as `kadian.slo/v1`, so that a decision over live servers can be replayed from a file.
#[must_use]
pub fn document(report: &SloReport) -> Value {
    let events = |events: Events| json!({"good": events.good, "bad": events.bad});
    let objective = |record: &SloRecord| {
        let mut document = json!({
            "name": record.name,
            "api": record.api,
            "target": record.target,
            "period": format!("{}s", record.period_seconds),
            "rollout": record.rollout.map(events),
        });
        let (key, seen) = match &record.seen {
            Seen::Windows(windows) => {
                let window = |(seconds, events): &(u64, Events)| json!({"window": format!("{seconds}s"), "good": events.good, "bad": events.bad});
                ("windows", windows.iter().map(window).collect::<Value>())
            }
            Seen::Steps { step_seconds, events } => {
                let of = |value: fn(&Events) -> f64| events.iter().map(|step| step.as_ref().map(value)).collect::<Vec<_>>();
                ("series", json!({"step_seconds": step_seconds, "good": of(|step| step.good), "bad": of(|step| step.bad)}))
            }
        };
        document[key] = seen;
        document
    };
    json!({
        "schema": SCHEMA,
        "service": report.service,
        "at": report.at.to_string(),
        "objectives": report.objectives.iter().map(objective).collect::<Vec<_>>(),
        "degraded": report.degraded,
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    schema: String,
    #[serde(default)]
    service: Option<String>,
    at: Timestamp,
    objectives: Vec<Objective>,
    #[serde(default)]
    degraded: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Objective {
    name: String,
    #[serde(default)]
    api: Option<String>,
    target: f64,
    period: String,
    #[serde(default)]
    windows: Option<Vec<Window>>,
    #[serde(default)]
    series: Option<Series>,
    #[serde(default)]
    rollout: Option<Events>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Window {
    #[serde(rename = "window")]
    length: String,
    good: f64,
    bad: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Series {
    step_seconds: u64,
    good: Vec<Option<f64>>,
    bad: Vec<Option<f64>>,
}

/// Reads the file. Another schema, an unknown key, no objective, one that stands twice, a target that leaves no budget or is a
/// percentage, a window without a length and events that cannot be counted are errors. An objective without any window is read:
/// its rules are unknown.
fn read(input: &mut dyn BufRead) -> Result<SloReport, ReadError> {
    let file: File = read_document(input)?;
    refuse_schema(&file.schema, SCHEMA)?;
    if file.objectives.is_empty() {
        return Err(ReadError::whole("`objectives` is empty: expected at least one"));
    }
    if file.objectives.len() > MAX_OBJECTIVES {
        return Err(ReadError::whole(format!("more than {MAX_OBJECTIVES} objectives")));
    }
    let mut names = BTreeSet::new();
    let mut objectives = Vec::with_capacity(file.objectives.len());
    for objective in file.objectives {
        let name = shown(&objective.name);
        if name.trim().is_empty() {
            return Err(ReadError::whole("an objective without a name"));
        }
        if !names.insert((objective.name.clone(), objective.api.clone())) {
            return Err(ReadError::whole(format!("objective `{name}`: it stands twice with the same API")));
        }
        objectives.push(record(objective).map_err(|reason| ReadError::whole(format!("objective `{name}`: {reason}")))?);
    }
    Ok(SloReport { service: file.service, at: file.at, objectives, degraded: file.degraded })
}

fn record(objective: Objective) -> Result<SloRecord, String> {
    target(objective.target)?;
    let period_seconds = length("period", &objective.period)?;
    let seen = match (objective.windows, objective.series) {
        (Some(_), Some(_)) => return Err("both `windows` and `series`: expected one of them".to_owned()),
        (None, None) => return Err("neither `windows` nor `series`: expected one of them".to_owned()),
        (Some(windows), None) => totals(windows)?,
        (None, Some(series)) => steps(series)?,
    };
    if objective.rollout.is_some_and(|events| !events.is_counted()) {
        return Err("`rollout` holds events that cannot be counted".to_owned());
    }
    let Objective { name, api, target, rollout, .. } = objective;
    Ok(SloRecord { name, api, target, period_seconds, seen, rollout })
}

/// Judges a target; the error says what is expected.
pub(super) fn target(target: f64) -> Result<(), String> {
    match target {
        target if target > 0.0 && target < 1.0 => Ok(()),
        1.0 => Err("target 1 leaves no budget: expected a share below 1, for example 0.999".to_owned()),
        target if target > 1.0 && target < 100.0 => {
            Err(format!("target {target} looks like a percentage: write {} for it", (target * 1e4).round() / 1e6))
        }
        target => Err(format!("target {target}: expected a share above 0 and below 1, for example 0.999")),
    }
}

fn length(key: &str, text: &str) -> Result<u64, String> {
    duration::seconds(text).ok_or_else(|| format!("{key} `{}`: expected a length of time such as 5m, 1h or 30d", shown(text)))
}

fn totals(windows: Vec<Window>) -> Result<Seen, String> {
    let mut totals: Vec<(u64, Events)> = Vec::with_capacity(windows.len());
    for Window { length: text, good, bad } in windows {
        let seconds = length("window", &text)?;
        let events = Events { good, bad };
        if !events.is_counted() {
            return Err(format!("window {}: events must be numbers from 0 up", shown(&text)));
        }
        totals.push((seconds, events));
    }
    totals.sort_by_key(|(seconds, _)| *seconds);
    if let Some(pair) = totals.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        return Err(format!("the window of {} seconds stands twice", pair[0].0));
    }
    // Servers extrapolate, so a window may have a little more than the one around it, and no more than that.
    let more = |inner: f64, outer: f64| inner > outer * 1.05 + 5.0;
    let contradicts = |pair: &&[(u64, Events)]| more(pair[0].1.bad, pair[1].1.bad) || more(pair[0].1.good, pair[1].1.good);
    if let Some(pair) = totals.windows(2).find(contradicts) {
        let (inner, outer) = (pair[0].0, pair[1].0);
        return Err(format!("the last {inner} seconds have more events than the last {outer} seconds, which hold them"));
    }
    Ok(Seen::Windows(totals))
}

fn steps(series: Series) -> Result<Seen, String> {
    let Series { step_seconds, good, bad } = series;
    if step_seconds == 0 {
        return Err("step_seconds 0: expected at least 1".to_owned());
    }
    if good.len() != bad.len() {
        return Err(format!("{} steps of good events and {} of bad ones: expected as many", good.len(), bad.len()));
    }
    let step = |(good, bad): (Option<f64>, Option<f64>)| match (good, bad) {
        (Some(good), Some(bad)) => {
            let events = Events { good, bad };
            if events.is_counted() { Ok(Some(events)) } else { Err("events must be numbers from 0 up".to_owned()) }
        }
        _ => Ok(None),
    };
    let events = good.into_iter().zip(bad).map(step).collect::<Result<_, _>>()?;
    Ok(Seen::Steps { step_seconds, events })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(objective: &str) -> String {
        format!(
            r#"{{"schema": "kadian.slo/v1", "service": "pay", "at": "2026-01-01T00:00:00Z", "objectives": [{{"name": "ok", "target": 0.999, "period": "30d", {objective}}}]}}"#
        )
    }

    fn parse(text: &str) -> Result<SloReport, ReadError> {
        read(&mut text.as_bytes())
    }

    fn error(objective: &str) -> String {
        parse(&file(objective)).unwrap_err().to_string()
    }

    #[test]
    fn windows_and_series_are_read() {
        let report = parse(&file(
            r#""windows": [{"window": "1h", "good": 9, "bad": 1.5}, {"window": "5m", "good": 1, "bad": 0}], "rollout": {"good": 1, "bad": 2}"#,
        ))
        .unwrap();
        assert_eq!(parse(&document(&report).to_string()), Ok(report.clone()));
        let events = |good, bad| Events { good, bad };
        assert_eq!(report.objectives[0].seen, Seen::Windows(vec![(300, events(1.0, 0.0)), (3600, events(9.0, 1.5))]));
        assert_eq!(report.objectives[0].rollout, Some(events(1.0, 2.0)));
        assert_eq!(report.objectives[0].period_seconds, 2_592_000);
        let report = parse(&file(r#""series": {"step_seconds": 60, "good": [1, null, 3], "bad": [0, 1, 2]}"#)).unwrap();
        assert_eq!(parse(&document(&report).to_string()), Ok(report.clone()));
        let steps = vec![Some(events(1.0, 0.0)), None, Some(events(3.0, 2.0))];
        assert_eq!(report.objectives[0].seen, Seen::Steps { step_seconds: 60, events: steps });
    }

    #[test]
    fn yaml_says_the_same_as_json() {
        let yaml = "schema: kadian.slo/v1\nservice: pay\nat: 2026-01-01T00:00:00Z\nobjectives:\n\
            - {name: ok, target: 0.999, period: 30d, windows: [{window: 1h, good: 9, bad: 1}]}\n";
        assert_eq!(parse(yaml).unwrap(), parse(&file(r#""windows": [{"window": "1h", "good": 9, "bad": 1}]"#)).unwrap());
    }

    #[test]
    fn events_that_cannot_be_counted_are_errors() {
        assert!(error(r#""windows": [{"window": "1h", "good": -1, "bad": 0}]"#).contains("from 0 up"));
        assert!(error(r#""windows": [{"window": "1h", "good": 1e300, "bad": 0}]"#).contains("from 0 up"));
        assert!(error(r#""windows": [], "rollout": {"good": 0, "bad": -2}"#).contains("`rollout`"));
        assert!(error(r#""windows": [{"window": "1h", "good": 1}]"#).contains("bad"));
        assert!(error(r#""series": {"step_seconds": 60, "good": [1], "bad": []}"#).contains("expected as many"));
        assert!(error(r#""series": {"step_seconds": 0, "good": [], "bad": []}"#).contains("at least 1"));
        assert!(error(r#""series": {"step_seconds": 1, "good": [-1], "bad": [1]}"#).contains("from 0 up"));
        let nan = file(r#""windows": [{"window": "1h", "good": .nan, "bad": 0}]"#);
        assert!(parse(&nan).is_err());
        let nan = "schema: kadian.slo/v1\nat: 2026-01-01T00:00:00Z\nobjectives:\n\
            - {name: ok, target: 0.999, period: 30d, windows: [{window: 1h, good: .nan, bad: 1}]}\n";
        assert!(parse(nan).unwrap_err().to_string().contains("from 0 up"));
    }

    #[test]
    fn a_target_is_a_share_that_leaves_a_budget() {
        let error = |target: &str| {
            let text = file(r#""windows": []"#).replace("0.999", target);
            parse(&text).unwrap_err().to_string()
        };
        assert!(error("1").contains("leaves no budget"));
        assert!(error("99.9").contains("write 0.999 for it"), "{}", error("99.9"));
        assert!(error("99.95").contains("write 0.9995 for it"));
        assert!(error("0").contains("above 0"));
        assert!(error("-1").contains("above 0"));
        assert!(error("100").contains("below 1"));
    }

    #[test]
    fn windows_have_a_length_and_stand_once() {
        assert!(error(r#""windows": [{"window": "soon", "good": 1, "bad": 0}]"#).contains("window `soon`"));
        let twice = r#""windows": [{"window": "1h", "good": 1, "bad": 0}, {"window": "60m", "good": 1, "bad": 0}]"#;
        assert!(error(twice).contains("3600 seconds stands twice"));
        assert!(error(r#""windows": [], "series": {"step_seconds": 1, "good": [], "bad": []}"#).contains("both"));
        assert!(error(r#""api": "x""#).contains("neither"));
    }

    #[test]
    fn what_is_not_the_schema_is_refused() {
        let fine = file(r#""windows": []"#);
        assert!(parse(&fine).is_ok());
        assert!(parse(&fine.replace("slo/v1", "slo/v2")).unwrap_err().to_string().contains("expected `kadian.slo/v1`"));
        assert!(parse(&fine.replace("\"service\"", "\"srevice\"")).is_err());
        assert!(parse(&fine.replace("00Z", "00")).is_err(), "a time without a zone");
        let none = r#"{"schema": "kadian.slo/v1", "at": "2026-01-01T00:00:00Z", "objectives": []}"#;
        assert!(parse(none).unwrap_err().to_string().contains("at least one"));
        let (head, tail) = fine.split_once("[{").unwrap();
        let one = tail.strip_suffix("]}").unwrap();
        assert!(parse(&format!("{head}[{{{one}, {{{one}]}}")).unwrap_err().to_string().contains("stands twice"));
        for end in 0..fine.len() {
            assert!(parse(&fine[..end]).is_err(), "{end}");
        }
    }
}
