//! Alerts as somebody is told of them: the message of an Alertmanager's webhook (version 4 of its data), or what its interface
//! answers (`GET /api/v2/alerts`). Unlike [`alertmanager`](super::alertmanager), silenced and resolved alerts count: they had a cause.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;

use super::document::parse_as;
use super::text::{beginning, first_line, shown};
use super::{AlertRecord, ReadError};

/// A message with more alerts tells nobody anything.
const MAX_ALERTS: usize = 20_000;

#[derive(Deserialize)]
struct Message {
    alerts: Vec<Alert>,
    #[serde(default, rename = "commonLabels")]
    common_labels: BTreeMap<String, String>,
    #[serde(default, rename = "commonAnnotations")]
    common_annotations: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Alert {
    #[serde(default)]
    labels: BTreeMap<String, String>,
    #[serde(default)]
    annotations: BTreeMap<String, String>,
    #[serde(rename = "startsAt")]
    starts_at: Timestamp,
}

/// Reads the alerts in the order of the file. A message without an alert is an error, as is an alert without a name or a time.
pub fn read(bytes: &[u8]) -> Result<Vec<AlertRecord>, ReadError> {
    let message = match beginning(bytes).first() {
        Some(b'[') => Message { alerts: parse_as(bytes)?, common_labels: BTreeMap::new(), common_annotations: BTreeMap::new() },
        Some(b'{') => parse_as(bytes)?,
        _ => return Err(ReadError::whole("expected the JSON of an Alertmanager's webhook, or its list of alerts")),
    };
    let Message { alerts, common_labels, common_annotations } = message;
    if alerts.is_empty() {
        return Err(ReadError::whole("there is no alert in it"));
    }
    if alerts.len() > MAX_ALERTS {
        return Err(ReadError::whole(format!("more than {MAX_ALERTS} alerts: give those of one service")));
    }
    let alerts = alerts.into_iter().enumerate().map(|(at, alert)| {
        let Alert { mut labels, mut annotations, starts_at } = alert;
        for (own, common) in [(&mut labels, &common_labels), (&mut annotations, &common_annotations)] {
            for (name, value) in common {
                own.entry(name.clone()).or_insert_with(|| value.clone());
            }
        }
        let name = labels.get("alertname").filter(|name| !name.trim().is_empty()).map(|name| shown(name));
        let name = name.ok_or_else(|| ReadError::whole(format!("alert {} has no label `alertname`", at + 1)))?;
        let text = ["summary", "description", "message"].into_iter().find_map(|key| annotations.get(key));
        let summary = text.map(|text| first_line(text, 300)).filter(|line| !line.is_empty());
        Ok(AlertRecord { name, starts_at, labels, summary })
    });
    alerts.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the documentation of the webhook shows it, with the keys that do not matter here.
    const MESSAGE: &str = r#"{"version": "4", "groupKey": "{}:{alertname=\"Errors\"}", "truncatedAlerts": 0, "status": "firing",
        "receiver": "team", "groupLabels": {"alertname": "Errors"}, "commonLabels": {"alertname": "Errors", "service": "pay"},
        "commonAnnotations": {"summary": "many errors"}, "externalURL": "http://am",
        "alerts": [{"status": "firing", "labels": {"alertname": "Errors", "region": "east"}, "annotations": {},
            "startsAt": "2026-01-10T12:00:00Z", "endsAt": "0001-01-01T00:00:00Z", "generatorURL": "http://p", "fingerprint": "0f"},
          {"status": "resolved", "labels": {"region": "west"}, "annotations": {"description": "first\nsecond"},
            "startsAt": "2026-01-10T12:05:00.5Z", "endsAt": "2026-01-10T12:06:00Z", "generatorURL": "", "fingerprint": "1f"}]}"#;

    #[test]
    fn a_webhook_gives_all_its_alerts_with_what_they_have_in_common() {
        let alerts = read(MESSAGE.as_bytes()).unwrap();
        assert_eq!(alerts.len(), 2);
        let (first, second) = (&alerts[0], &alerts[1]);
        assert_eq!((first.labels["service"].as_str(), first.labels["region"].as_str()), ("pay", "east"));
        assert_eq!((first.summary.as_deref(), second.summary.as_deref()), (Some("many errors"), Some("many errors")));
        assert_eq!((second.name.as_str(), second.starts_at), ("Errors", "2026-01-10T12:05:00.5Z".parse().unwrap()));
        for end in 0..MESSAGE.len() {
            assert!(read(&MESSAGE.as_bytes()[..end]).is_err(), "{end}");
        }
    }

    #[test]
    fn the_list_of_the_interface_is_read_too_with_silenced_ones() {
        let list = r#"[{"labels": {"alertname": "A", "service": "pay"}, "annotations": {}, "startsAt": "2026-01-10T12:00:00Z",
            "status": {"state": "suppressed", "silencedBy": ["x"], "inhibitedBy": []}}]"#;
        assert_eq!(read(list.as_bytes()).unwrap()[0].name, "A");
    }

    #[test]
    fn what_is_no_alert_is_an_error() {
        let error = |text: &str| read(text.as_bytes()).unwrap_err().to_string();
        assert!(error("").contains("expected the JSON"));
        assert!(error("[]").contains("there is no alert"));
        assert!(error(r#"{"alerts": []}"#).contains("there is no alert"));
        assert!(error("{}").contains("alerts"));
        assert!(error(r#"[{"labels": {}, "startsAt": "2026-01-10T12:00:00Z"}]"#).contains("alert 1 has no label `alertname`"));
        assert!(error(r#"[{"labels": {"alertname": "A"}, "startsAt": "soon"}]"#).contains("line"));
    }
}
