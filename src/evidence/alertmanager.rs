//! What `GET /api/v2/alerts` of an Alertmanager answers: the list of alerts (`gettableAlerts` of its OpenAPI description).

use std::collections::BTreeMap;
use std::io::BufRead;

use jiff::Timestamp;
use serde::Deserialize;

use super::document::{parse_as, read_bytes};
use super::text::{beginning, contains, first_line, shown};
use super::{Format, ReadError, Reader};
use crate::facts::Kind;

/// An installation with more active alerts has other worries than a release.
const MAX_ALERTS: usize = 20_000;

pub(super) const FORMAT: Format = Format {
    name: "alertmanager",
    kind: Kind::Alerts,
    conventional: &["alertmanager-alerts.json"],
    recognises,
    read: Reader::Alerts(read),
};

/// An empty list, or one whose first alert shows a key of its own.
fn recognises(_path: &str, head: &[u8]) -> bool {
    match beginning(head).strip_prefix(b"[") {
        Some(rest) if rest.trim_ascii() == b"]" => true,
        Some(rest) => {
            rest.trim_ascii_start().starts_with(b"{")
                && ["\"annotations\"", "\"startsAt\"", "\"generatorURL\""].iter().any(|key| contains(head, key))
        }
        None => false,
    }
}

/// The alerts that were not resolved when the source was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertReport {
    /// Those that are neither silenced nor inhibited; in the order of the file. Empty when nothing is wrong.
    pub active: Vec<AlertRecord>,
    /// How many are silenced, muted or inhibited.
    pub suppressed: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertRecord {
    /// The label `alertname`.
    pub name: String,
    pub starts_at: Timestamp,
    pub labels: BTreeMap<String, String>,
    pub summary: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Alert {
    labels: BTreeMap<String, String>,
    #[serde(default)]
    annotations: BTreeMap<String, String>,
    starts_at: Timestamp,
    status: Status,
}

#[derive(Deserialize)]
struct Status {
    state: State,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Active,
    Suppressed,
    /// It fires, and nobody looked yet whether it is silenced.
    Unprocessed,
}

/// Reads the alerts. An empty list is known: nothing is wrong. An alert without a name, without a state or with one that the
/// interface does not know is an error: it might be the one that counts.
fn read(input: &mut dyn BufRead) -> Result<AlertReport, ReadError> {
    let bytes = read_bytes(input)?;
    // A YAML reader takes an empty file for an empty list, and an empty file says nothing.
    if !beginning(&bytes).starts_with(b"[") {
        return Err(ReadError::whole("expected a JSON list of alerts"));
    }
    let alerts: Vec<Alert> = parse_as(&bytes)?;
    if alerts.len() > MAX_ALERTS {
        return Err(ReadError::whole(format!("more than {MAX_ALERTS} alerts: ask for those of the service only")));
    }
    let mut report = AlertReport { active: Vec::new(), suppressed: 0 };
    for (at, alert) in alerts.into_iter().enumerate() {
        let Alert { labels, annotations, starts_at, status } = alert;
        let name = labels.get("alertname").filter(|name| !name.trim().is_empty());
        let Some(name) = name.map(|name| shown(name)) else {
            return Err(ReadError::whole(format!("alert {} has no label `alertname`", at + 1)));
        };
        if matches!(status.state, State::Suppressed) {
            report.suppressed += 1;
            continue;
        }
        let text = ["summary", "description", "message"].into_iter().find_map(|key| annotations.get(key));
        let summary = text.map(|text| first_line(text, 300)).filter(|line| !line.is_empty());
        report.active.push(AlertRecord { name, starts_at, labels, summary });
    }
    Ok(report)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alert(name: &str, state: &str) -> String {
        format!(
            r#"{{"annotations": {{"summary": "first\nsecond", "runbook": "x"}}, "endsAt": "2026-01-01T00:05:00.000Z", "fingerprint": "0f",
            "receivers": [{{"name": "team"}}], "startsAt": "2026-01-01T00:00:00.123Z", "updatedAt": "2026-01-01T00:01:00Z",
            "status": {{"inhibitedBy": [], "silencedBy": [], "mutedBy": [], "state": "{state}"}}, "generatorURL": "http://p/graph",
            "labels": {{"alertname": "{name}", "severity": "page", "version": "2"}}}}"#
        )
    }

    fn parse(text: &str) -> Result<AlertReport, ReadError> {
        read(&mut text.as_bytes())
    }

    #[test]
    fn active_alerts_are_kept_and_suppressed_ones_counted() {
        let text = format!("[{}, {}, {}]", alert("A", "active"), alert("B", "suppressed"), alert("C", "unprocessed"));
        assert!(recognises("x", text.as_bytes()));
        let report = parse(&text).unwrap();
        let names: Vec<_> = report.active.iter().map(|alert| alert.name.as_str()).collect();
        assert_eq!((names, report.suppressed), (vec!["A", "C"], 1));
        let first = &report.active[0];
        assert_eq!((first.summary.as_deref(), first.labels["severity"].as_str()), (Some("first"), "page"));
        assert_eq!(first.starts_at, "2026-01-01T00:00:00.123Z".parse().unwrap());
        for end in 0..text.len() {
            assert!(parse(&text[..end]).is_err(), "{end}");
        }
    }

    #[test]
    fn an_empty_list_is_an_answer() {
        assert!(recognises("x", b" [ ]\n"));
        assert_eq!(parse("[]").unwrap(), AlertReport { active: vec![], suppressed: 0 });
        assert!(parse("").is_err() && parse("{}").is_err() && parse("null").is_err());
    }

    #[test]
    fn an_alert_that_cannot_be_understood_is_an_error() {
        let error =
            |from: &str, to: &str| parse(&format!("[{}]", alert("A", "active").replace(from, to))).unwrap_err().to_string();
        assert!(error(r#""alertname": "A", "#, "").contains("alert 1 has no label `alertname`"));
        assert!(error("\"active\"", "\"sleeping\"").contains("sleeping"));
        assert!(error("\"status\"", "\"sattus\"").contains("status"));
        assert!(error("00:00:00.123Z", "soon").contains("line"));
    }

    #[test]
    fn other_lists_are_not_alerts() {
        assert!(!recognises("x", br#"[{"ruleId": "a"}]"#));
        assert!(!recognises("x", b"{\"annotations\": []}"));
    }
}
