//! The alert whose cause is looked for, and what its labels say about where it is.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::evidence::AlertRecord;

/// Labels that hold the service, in the order in which they are asked.
pub const SERVICE_LABELS: [&str; 4] = ["service", "app", "app_kubernetes_io_name", "service_name"];
/// Labels that hold a place as plans and changes name it: another value is another place.
const REGION_LABELS: [&str; 4] = ["region", "dc", "datacenter", "idc"];
/// Labels that may hold one, or something smaller or larger: only an equal value says anything.
const PLACE_LABELS: [&str; 4] = ["zone", "availability_zone", "az", "cluster"];
const VERSION_LABELS: [&str; 5] = ["version", "app_version", "release", "image_tag", "app_kubernetes_io_version"];
/// Labels that say which part of the service the alert is about.
const PART_LABELS: [&str; 12] =
    ["api", "route", "path", "handler", "endpoint", "uri", "table", "database", "queue", "topic", "host", "instance"];
/// Labels that a change may carry too without any meaning for the cause.
const MEANINGLESS: [&str; 8] = ["alertname", "severity", "priority", "team", "env", "environment", "job", "prometheus"];

/// An alert, or several that are about the same thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Alert {
    /// The labels `alertname`, sorted, each once; empty when only a service and a time are known.
    pub names: Vec<String>,
    /// Null when no label says it: then changes of all services are looked at.
    pub service: Option<String>,
    /// When it began to fire; of several, the first.
    pub at: Timestamp,
    pub labels: BTreeMap<String, String>,
    pub summary: Option<String>,
}

impl Alert {
    /// Takes the service from the first of `service_labels` that the alert has.
    #[must_use]
    pub fn of(record: &AlertRecord, service_labels: &[&str]) -> Alert {
        let service = service_labels.iter().find_map(|label| record.labels.get(*label)).filter(|name| !name.is_empty());
        Alert {
            names: vec![record.name.clone()],
            service: service.cloned(),
            at: record.starts_at,
            labels: record.labels.clone(),
            summary: record.summary.clone(),
        }
    }

    pub(super) fn version(&self) -> Option<&str> {
        self.first(&VERSION_LABELS).map(|(_, value)| value)
    }

    /// The value of a label that holds a region, by what plans and changes call one.
    pub(super) fn region(&self) -> Option<&str> {
        self.first(&REGION_LABELS).map(|(_, value)| value)
    }

    /// Whether one of its places is this region or lies in it: `east-1a` lies in `east`.
    pub(super) fn is_in(&self, region: &str) -> bool {
        let labels = REGION_LABELS.iter().chain(&PLACE_LABELS);
        labels.filter_map(|label| self.labels.get(*label)).any(|place| lies_in(place, region))
    }

    /// The part of the service that it names, as label and value.
    pub(super) fn part(&self) -> Option<(&str, &str)> {
        self.first(&PART_LABELS)
    }

    /// Whether it names this API, table, queue or host: as the value of a label, or as a word of its name or summary.
    pub(super) fn names(&self, thing: &str) -> bool {
        let thing = thing.trim();
        // Short words stand in any text.
        if thing.chars().count() < 3 {
            return false;
        }
        let label = |(label, value): (&String, &String)| {
            !MEANINGLESS.contains(&label.as_str())
                && (same(value, thing) || last_word(thing).is_some_and(|word| same(value, word)))
        };
        self.labels.iter().any(label) || self.names.iter().chain(&self.summary).any(|text| holds_word(text, thing))
    }

    /// Its labels that a change may share and that no other rule looks at.
    pub(super) fn other_labels(&self) -> impl Iterator<Item = (&str, &str)> {
        let known = |label: &str| {
            [&SERVICE_LABELS[..], &REGION_LABELS, &PLACE_LABELS, &VERSION_LABELS, &PART_LABELS, &MEANINGLESS]
                .iter()
                .any(|labels| labels.contains(&label))
        };
        self.labels.iter().map(|(label, value)| (label.as_str(), value.as_str())).filter(move |(label, _)| !known(label))
    }

    fn first(&self, labels: &[&'static str]) -> Option<(&'static str, &str)> {
        let found = labels.iter().find_map(|label| self.labels.get(*label).map(|value| (*label, value.as_str())));
        found.filter(|(_, value)| !value.is_empty())
    }

    /// What makes two alerts ask the same question: the service and where in it.
    fn question(&self) -> (Option<&str>, Option<&str>, Option<&str>, Option<&str>) {
        (self.service.as_deref(), self.region(), self.version(), self.part().map(|(_, value)| value))
    }
}

/// Joins alerts of the same service, region, version and part: they have one cause, and it came before the first of them. The
/// earliest comes first.
#[must_use]
pub fn grouped(mut alerts: Vec<Alert>) -> Vec<Alert> {
    alerts.sort_by(|a, b| (a.at, &a.names, &a.labels).cmp(&(b.at, &b.names, &b.labels)));
    let mut groups: BTreeMap<_, usize> = BTreeMap::new();
    let mut joined: Vec<Alert> = Vec::new();
    for alert in &alerts {
        let Some(&at) = groups.get(&alert.question()) else {
            groups.insert(alert.question(), joined.len());
            joined.push(alert.clone());
            continue;
        };
        let known = &mut joined[at];
        known.names.extend(alert.names.iter().cloned());
        for (label, value) in &alert.labels {
            known.labels.entry(label.clone()).or_insert_with(|| value.clone());
        }
        if known.summary.is_none() {
            known.summary.clone_from(&alert.summary);
        }
    }
    for alert in &mut joined {
        alert.names.sort();
        alert.names.dedup();
    }
    joined
}

pub(super) fn lies_in(place: &str, region: &str) -> bool {
    let (place, region) = (place.to_lowercase(), region.to_lowercase());
    let rest = place.strip_prefix(&region);
    !region.is_empty() && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '_', '/']))
}

pub(super) fn same(a: &str, b: &str) -> bool {
    a.to_lowercase() == b.to_lowercase()
}

/// Of `POST /pay` the path.
fn last_word(text: &str) -> Option<&str> {
    text.rsplit_once(' ').map(|(_, word)| word).filter(|word| word.chars().count() >= 3)
}

/// Whether a text holds these words with nothing of a name beside them: `orders` is in `table orders is locked`, not in `orders_old`.
fn holds_word(text: &str, word: &str) -> bool {
    let (text, word) = (text.to_lowercase(), word.to_lowercase());
    let part_of_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '/' | '.');
    text.match_indices(&word).any(|(at, found)| {
        let before = text[..at].chars().next_back();
        let mut after = text[at + found.len()..].chars();
        let next = after.next();
        // A full stop or a dash ends a sentence unless a name goes on behind it.
        let goes_on = next.is_some_and(|c| {
            c.is_alphanumeric() || matches!(c, '_' | '/') || part_of_name(c) && after.next().is_some_and(char::is_alphanumeric)
        });
        !before.is_some_and(part_of_name) && !goes_on
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alert(labels: &[(&str, &str)], summary: Option<&str>) -> Alert {
        let labels = labels.iter().map(|(label, value)| ((*label).into(), (*value).into())).collect();
        let starts_at = "2026-01-01T00:00:00Z".parse().unwrap();
        Alert::of(&AlertRecord { name: "A".into(), starts_at, labels, summary: summary.map(Into::into) }, &SERVICE_LABELS)
    }

    #[test]
    fn a_place_lies_in_its_region_only() {
        assert!(lies_in("east-1a", "East") && lies_in("east", "east"));
        assert!(!lies_in("eastern", "east") && !lies_in("east", "east-1a") && !lies_in("east", ""));
        assert!(alert(&[("zone", "east-1a")], None).is_in("east"));
        assert_eq!(alert(&[("zone", "east-1a")], None).region(), None);
    }

    #[test]
    fn an_alert_names_what_stands_in_its_labels_or_as_a_word_in_its_text() {
        let locked = alert(&[("path", "/pay")], Some("table orders is locked; see orders_old."));
        for (thing, named) in [
            ("orders", true),
            ("ORDERS", true),
            ("orders_old", true),
            ("/pay", true),
            ("POST /pay", true),
            ("order", false),
            ("is", false),
            ("old", false),
            ("/refund", false),
            ("", false),
        ] {
            assert_eq!(locked.names(thing), named, "{thing}");
        }
        assert!(!alert(&[("severity", "page")], None).names("page"));
    }

    #[test]
    fn alerts_of_the_same_place_are_one_question() {
        let one = alert(&[("service", "pay"), ("region", "east"), ("alertname", "A")], None);
        let later = Alert { names: vec!["B".into()], at: "2026-01-01T00:05:00Z".parse().unwrap(), ..one.clone() };
        let elsewhere = alert(&[("service", "pay"), ("region", "west")], None);
        let groups = grouped(vec![later, elsewhere.clone(), one.clone()]);
        assert_eq!(groups.len(), 2);
        let east = groups.iter().find(|alert| alert.region() == Some("east")).unwrap();
        assert_eq!((east.names.clone(), east.at), (vec!["A".to_owned(), "B".into()], one.at));
        assert_eq!(grouped(vec![]), []);
    }
}
