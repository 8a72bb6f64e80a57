//! Which active alerts count against the gray version, and which are of what the service depends on (requirement C12).

use std::collections::BTreeMap;

use super::dependencies::Dependencies;
use super::scope::Scope;
use crate::evidence::AlertReport;
use crate::facts::{ActiveAlert, AlertScope, Alerts, Relation};

/// How alerts are understood.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AlertOptions {
    /// The label that holds the severity.
    pub severity_label: String,
    /// The labels that hold the service. An alert of another service is about something else.
    pub service_labels: Vec<String>,
    pub scope: Scope,
    /// The service that is released, and what it depends on.
    pub dependencies: Dependencies,
    /// Names of alerts that are always active by design; they do not stand in the facts.
    pub ignore: Vec<String>,
}

/// Says of every active alert which version it is about, and whether it counts: when it is of the gray version, or when nobody can
/// tell. Several reports are one; an alert that several Alertmanagers hold stands once.
#[must_use]
pub fn alerts(reports: Vec<AlertReport>, options: &AlertOptions) -> Alerts {
    let suppressed = reports.iter().map(|report| report.suppressed).sum();
    let records = reports.into_iter().flat_map(|report| report.active);
    let mut active: Vec<ActiveAlert> = records
        .filter(|record| !options.ignore.contains(&record.name))
        .map(|record| {
            let (service, relation, path) = of_which_service(options, &record.labels);
            let scope = match relation {
                Relation::Own | Relation::Unknown => options.scope.of(&record.labels),
                Relation::Strong | Relation::Weak | Relation::None => AlertScope::Neither,
            };
            ActiveAlert {
                service,
                relation,
                path,
                severity: record.labels.get(&options.severity_label).cloned(),
                counts: matches!(scope, AlertScope::Gray | AlertScope::Unknown),
                scope,
                name: record.name,
                starts_at: record.starts_at,
                labels: record.labels,
                summary: record.summary,
            }
        })
        .collect();
    active.sort_by(|a, b| (&a.name, &a.labels, a.starts_at).cmp(&(&b.name, &b.labels, b.starts_at)));
    active.dedup_by(|later, earlier| later.name == earlier.name && later.labels == earlier.labels);
    active.sort_by(|a, b| (a.starts_at, &a.name, &a.labels).cmp(&(b.starts_at, &b.name, &b.labels)));
    let counted = active.iter().filter(|alert| alert.counts).count() as u64;
    Alerts { active, counted, suppressed }
}

/// The service that an alert is about: of several labels the one that is nearest to this service.
fn of_which_service(options: &AlertOptions, labels: &BTreeMap<String, String>) -> (Option<String>, Relation, Option<String>) {
    let told = options.service_labels.iter().filter_map(|name| labels.get(name)).map(|service| {
        let (relation, path) = options.dependencies.to(service);
        (relation, service, path)
    });
    match told.min_by_key(|(relation, _, _)| *relation) {
        Some((relation, service, path)) => (Some(service.clone()), relation, path),
        None => (None, Relation::Unknown, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::AlertRecord;

    fn record(name: &str, labels: &[(&str, &str)]) -> AlertRecord {
        AlertRecord {
            name: name.into(),
            starts_at: "2026-01-01T00:00:00Z".parse().unwrap(),
            labels: labels.iter().map(|(label, value)| ((*label).into(), (*value).into())).collect(),
            summary: None,
        }
    }

    fn options() -> AlertOptions {
        AlertOptions {
            severity_label: "severity".into(),
            service_labels: vec!["service".into(), "app".into()],
            scope: Scope { gray: [("version".into(), "2".into())].into(), baseline: [("version".into(), "1".into())].into() },
            dependencies: Dependencies::of(Some("pay"), None),
            ignore: vec!["Watchdog".into()],
        }
    }

    fn judged(records: Vec<AlertRecord>, options: &AlertOptions) -> Alerts {
        alerts(vec![AlertReport { active: records, suppressed: 2 }], options)
    }

    #[test]
    fn what_is_gray_or_cannot_be_told_counts() {
        let records = vec![
            record("gray", &[("service", "pay"), ("version", "2"), ("severity", "page")]),
            record("old", &[("service", "pay"), ("version", "1")]),
            record("other", &[("service", "cart"), ("version", "2")]),
            record("silent", &[("app", "pay")]),
            record("Watchdog", &[]),
        ];
        let found = judged(records, &options());
        let seen: Vec<_> = found.active.iter().map(|alert| (alert.name.as_str(), alert.scope, alert.counts)).collect();
        assert_eq!(
            seen,
            [
                ("gray", AlertScope::Gray, true),
                ("old", AlertScope::Baseline, false),
                ("other", AlertScope::Neither, false),
                ("silent", AlertScope::Unknown, true),
            ]
        );
        assert_eq!((found.counted, found.suppressed), (2, 2));
        assert_eq!(found.active[0].severity.as_deref(), Some("page"));
        assert_eq!(found.active[3].severity, None);
    }

    #[test]
    fn without_a_scope_every_alert_counts() {
        let records = vec![record("old", &[("version", "1")]), record("other", &[("service", "cart")])];
        let found =
            judged(records, &AlertOptions { dependencies: Dependencies::default(), scope: Scope::default(), ..options() });
        assert_eq!(found.counted, 2);
        assert!(found.active.iter().all(|alert| alert.scope == AlertScope::Unknown));
    }

    #[test]
    fn an_alert_of_a_dependency_is_told_with_the_way_to_it() {
        let catalogue =
            "version: 1\nservices:\n- {name: pay, dependencies: [{name: db, strength: strong}, {name: mail, strength: weak}]}\n";
        let catalogue = crate::evidence::catalogue::read(catalogue.as_bytes()).unwrap();
        let with = AlertOptions { dependencies: Dependencies::of(Some("pay"), Some(&catalogue)), ..options() };
        let records = vec![
            record("a", &[("service", "db"), ("version", "2")]),
            record("b", &[("service", "mail")]),
            record("c", &[("service", "cart")]),
            record("d", &[("service", "cart"), ("app", "db")]),
            record("e", &[("service", "db"), ("app", "pay"), ("version", "2")]),
            record("f", &[("version", "1")]),
        ];
        let found = judged(records, &with);
        let seen: Vec<_> = found.active.iter().map(|one| (one.relation, one.path.as_deref(), one.scope, one.counts)).collect();
        let (db, mail) = (Some("pay → db"), Some("pay → mail"));
        assert_eq!(
            seen,
            [
                (Relation::Strong, db, AlertScope::Neither, false),
                (Relation::Weak, mail, AlertScope::Neither, false),
                (Relation::None, None, AlertScope::Neither, false),
                (Relation::Strong, db, AlertScope::Neither, false),
                (Relation::Own, None, AlertScope::Gray, true),
                (Relation::Unknown, None, AlertScope::Baseline, false),
            ]
        );
        assert_eq!(found.active[3].service.as_deref(), Some("db"));
    }

    #[test]
    fn two_alertmanagers_of_one_cluster_tell_of_an_alert_once() {
        let report = |name| AlertReport { active: vec![record(name, &[("a", "1")])], suppressed: 1 };
        let found = alerts(vec![report("A"), report("A"), report("B")], &options());
        assert_eq!((found.active.len(), found.counted, found.suppressed), (2, 2, 3));
        assert_eq!(alerts(vec![], &options()), Alerts { active: vec![], counted: 0, suppressed: 0 });
    }
}
