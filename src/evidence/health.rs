//! The file `kadian.health/v1`, JSON or YAML: the instances of a batch, for platforms that kadian cannot ask.

use std::collections::{BTreeMap, BTreeSet};
use std::io::BufRead;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::document::{read_document, refuse_schema};
use super::text::{contains, first_line, shown};
use super::{Format, ReadError, Reader};
use crate::facts::Kind;

const SCHEMA: &str = "kadian.health/v1";

pub(super) const FORMAT: Format = Format {
    name: "kadian.health",
    kind: Kind::Health,
    conventional: &["kadian-health.json", "kadian-health.yaml", "kadian-health.yml"],
    recognises: |_, head| contains(head, SCHEMA),
    read: Reader::Health(read),
};

/// The instances that a source saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HealthReport {
    /// When it looked; `None` when it does not say.
    pub made_at: Option<Timestamp>,
    /// In the order of the file; never empty, and no name twice.
    pub instances: Vec<InstanceRecord>,
}

/// One instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstanceRecord {
    pub name: String,
    pub ready: bool,
    pub restarts: u64,
    pub oom_kills: u64,
    #[serde(default)]
    pub reason: Option<String>,
    /// By which the gray version is told from the baseline.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
}

impl HealthReport {
    /// Refuses what would show nothing: no instance, one without a name, one that stands twice.
    pub(crate) fn new(made_at: Option<Timestamp>, mut instances: Vec<InstanceRecord>) -> Result<Self, ReadError> {
        if instances.is_empty() {
            return Err(ReadError::whole("no instance is listed, so nothing was seen: check how the instances are selected"));
        }
        let mut names = BTreeSet::new();
        for instance in &mut instances {
            if instance.name.trim().is_empty() {
                return Err(ReadError::whole("an instance without a name"));
            }
            if !names.insert(instance.name.clone()) {
                return Err(ReadError::whole(format!("instance `{}`: it stands twice", shown(&instance.name))));
            }
            instance.reason = instance.reason.take().map(|reason| first_line(&reason, 300)).filter(|reason| !reason.is_empty());
        }
        Ok(HealthReport { made_at, instances })
    }
}

/// The report as `kadian.health/v1`, so that a decision over live servers can be replayed from a file.
#[must_use]
pub fn document(report: &HealthReport) -> Value {
    let mut document = json!({"schema": SCHEMA, "instances": report.instances});
    if let Some(at) = report.made_at {
        document["at"] = at.to_string().into();
    }
    document
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    schema: String,
    #[serde(default)]
    at: Option<Timestamp>,
    instances: Vec<InstanceRecord>,
}

/// Reads the file. Another schema, an unknown key, a count that is no whole number from 0 up, and an empty list are errors.
fn read(input: &mut dyn BufRead) -> Result<HealthReport, ReadError> {
    let file: File = read_document(input)?;
    refuse_schema(&file.schema, SCHEMA)?;
    HealthReport::new(file.at, file.instances)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<HealthReport, ReadError> {
        read(&mut text.as_bytes())
    }

    #[test]
    fn instances_are_read_from_json_and_yaml() {
        let json = r#"{"schema": "kadian.health/v1", "at": "2026-01-01T00:00:00Z", "instances": [
            {"name": "a", "ready": true, "restarts": 0, "oom_kills": 0},
            {"name": "b", "ready": false, "restarts": 3, "oom_kills": 1, "reason": "killed\nagain", "labels": {"version": "2"}}]}"#;
        let yaml = "schema: kadian.health/v1\nat: 2026-01-01T00:00:00Z\ninstances:\n\
            - {name: a, ready: true, restarts: 0, oom_kills: 0}\n\
            - {name: b, ready: false, restarts: 3, oom_kills: 1, reason: killed, labels: {version: \"2\"}}\n";
        let report = parse(json).unwrap();
        assert_eq!(report, parse(yaml).unwrap());
        assert_eq!(report.instances[1].reason.as_deref(), Some("killed"));
        assert_eq!(parse(&document(&report).to_string()).unwrap(), report);
        for end in 0..json.len() {
            assert!(parse(&json[..end]).is_err(), "{end}");
        }
    }

    #[test]
    fn what_shows_nothing_is_refused() {
        let error = |instances: &str| {
            parse(&format!(r#"{{"schema": "kadian.health/v1", "instances": {instances}}}"#)).unwrap_err().to_string()
        };
        assert!(error("[]").contains("nothing was seen"));
        assert!(error(r#"[{"name": "", "ready": true, "restarts": 0, "oom_kills": 0}]"#).contains("without a name"));
        let one = r#"{"name": "a", "ready": true, "restarts": 0, "oom_kills": 0}"#;
        assert!(error(&format!("[{one}, {one}]")).contains("`a`: it stands twice"));
        assert!(error(r#"[{"name": "a", "ready": true, "restarts": 0}]"#).contains("oom_kills"));
        assert!(error(r#"[{"name": "a", "ready": true, "restarts": -1, "oom_kills": 0}]"#).contains("-1"));
        assert!(parse(r#"{"schema": "kadian.health/v2", "instances": []}"#).unwrap_err().to_string().contains("expected"));
    }
}
