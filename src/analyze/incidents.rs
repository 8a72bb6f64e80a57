//! What is wrong with a service and with what it depends on (requirement C12).

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::dependencies::Dependencies;
use crate::evidence::{IncidentsReport, OpenIncident};
use crate::facts::{Degradation, Entry, Incident, IncidentSource, IncidentState, Incidents, Record};

/// Joins what files say with what the ledger records: an incident is open while either says so, because neither knows that the other
/// was told. Where there is no file, nobody was asked about degradation plans.
#[must_use]
pub fn incidents(
    reports: Option<Vec<IncidentsReport>>,
    ledger: &[Entry],
    dependencies: &Dependencies,
    now: Timestamp,
) -> Incidents {
    let asked = reports.is_some();
    let (mut open, mut degradations) = (BTreeMap::new(), BTreeMap::new());
    for found in still_open(ledger, now) {
        open.insert(key(&found), incident(found, IncidentSource::Ledger, dependencies));
    }
    for report in reports.into_iter().flatten() {
        for found in report.open {
            open.insert(key(&found), incident(found, IncidentSource::File, dependencies));
        }
        for found in report.degradations {
            let (relation, path) = dependencies.to(&found.service);
            let (name, service, since) = (found.name, found.service, found.since);
            degradations.insert((name.clone(), service.clone()), Degradation { name, service, since, relation, path });
        }
    }
    let mut open: Vec<Incident> = open.into_values().collect();
    open.sort_by(|a, b| (a.opened_at, &a.service, &a.id).cmp(&(b.opened_at, &b.service, &b.id)));
    let mut degradations: Vec<Degradation> = degradations.into_values().collect();
    degradations.sort_by(|a, b| (a.since, &a.service, &a.name).cmp(&(b.since, &b.service, &b.name)));
    Incidents { open, degradations: asked.then_some(degradations), dependencies_known: dependencies.are_known() }
}

fn key(incident: &OpenIncident) -> (String, String) {
    (incident.id.clone(), incident.service.clone())
}

fn incident(found: OpenIncident, source: IncidentSource, dependencies: &Dependencies) -> Incident {
    let (relation, path) = dependencies.to(&found.service);
    let OpenIncident { id, service, severity, title, opened_at, state, url } = found;
    Incident { id, service, severity, title, opened_at, state, url, source, relation, path }
}

/// The incidents that the ledger records without their end, whatever the order of the entries. An end that is recorded for a time to
/// come is none until then: nobody can know it, and until then the incident goes on.
///
/// The latest of what happened counts, at the same time the record that came later; that a cause was named neither opens nor closes an
/// incident whose beginning or end is recorded, because causes are often found afterwards. An incident of which only the cause is
/// recorded is open.
#[must_use]
pub fn still_open(ledger: &[Entry], now: Timestamp) -> Vec<OpenIncident> {
    let mut by_id: BTreeMap<(&str, &str), Vec<(&Entry, &crate::facts::IncidentRecord)>> = BTreeMap::new();
    for entry in ledger {
        if let Record::Incident(record) = &entry.record
            && (record.state != IncidentState::Resolved || record.happened_at <= now)
        {
            by_id.entry((&record.id, &record.service)).or_default().push((entry, record));
        }
    }
    by_id
        .into_values()
        .filter_map(|mut records| {
            records.sort_by_key(|(entry, record)| (record.happened_at, entry.seq));
            let turns = records.iter().rev().map(|(_, record)| record);
            let last = turns.clone().find(|record| record.state != IncidentState::Located);
            if last.is_some_and(|record| record.state == IncidentState::Resolved) {
                return None;
            }
            // An incident that was over and came again is a new one.
            let end = records.iter().rposition(|(_, record)| record.state == IncidentState::Resolved);
            let mut again = records.get(end.map_or(0, |end| end + 1)..).unwrap_or_default().iter().map(|(_, record)| record);
            let since = again
                .find(|record| record.state == IncidentState::Opened)
                .or_else(|| records.first().map(|(_, record)| record))?;
            let located = records.last().is_some_and(|(_, record)| record.state == IncidentState::Located);
            Some(OpenIncident {
                id: since.id.clone(),
                service: since.service.clone(),
                severity: turns.clone().find_map(|record| record.severity.clone()),
                title: turns.clone().find_map(|record| record.title.clone()),
                opened_at: since.happened_at,
                state: if located { "located" } else { "open" }.to_owned(),
                url: None,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::evidence::ActiveDegradation;
    use crate::facts::{IncidentRecord, Relation};
    use IncidentState::{Located, Opened, Resolved};

    fn at(minute: i64) -> jiff::Timestamp {
        jiff::Timestamp::from_second(1_767_225_600 + minute * 60).unwrap()
    }

    fn entry(seq: u64, id: &str, service: &str, state: IncidentState, minute: i64) -> Entry {
        let record = Record::Incident(IncidentRecord {
            id: id.into(),
            service: service.into(),
            state,
            happened_at: at(minute),
            severity: (state == Opened).then(|| "sev1".to_owned()),
            title: None,
            cause: None,
        });
        Entry { seq, at: at(minute), prev: String::new(), hash: String::new(), record }
    }

    fn told(states: &[(IncidentState, i64)]) -> Vec<(String, jiff::Timestamp)> {
        let entries: Vec<Entry> =
            (1..).zip(states).map(|(seq, (state, minute))| entry(seq, "I", "pay", *state, *minute)).collect();
        still_open(&entries, at(9)).into_iter().map(|one| (one.state, one.opened_at)).collect()
    }

    #[test]
    fn an_incident_is_open_until_its_end_is_recorded() {
        let open = |state: &str, minute| vec![(state.to_owned(), at(minute))];
        assert_eq!(told(&[(Opened, 0)]), open("open", 0));
        assert_eq!(told(&[(Opened, 0), (Located, 1)]), open("located", 0));
        assert_eq!(told(&[(Opened, 0), (Resolved, 1)]), []);
        // The cause is often named when all is over.
        assert_eq!(told(&[(Opened, 0), (Resolved, 1), (Located, 2)]), []);
        assert_eq!(told(&[(Opened, 0), (Resolved, 1), (Opened, 2)]), open("open", 2));
        assert_eq!(told(&[(Opened, 0), (Opened, 4)]), open("open", 0));
        assert_eq!(told(&[(Opened, 0), (Resolved, 1), (Opened, 2), (Opened, 3)]), open("open", 2));
        assert_eq!(told(&[(Located, 3)]), open("located", 3));
        // Recorded late, and in another order.
        assert_eq!(told(&[(Resolved, 5), (Opened, 0)]), []);
        assert_eq!(told(&[(Opened, 5), (Resolved, 5)]), []);
        assert_eq!(told(&[(Resolved, 5), (Opened, 5)]), open("open", 5));
        assert_eq!(told(&[(Resolved, 5)]), []);
    }

    #[test]
    fn an_end_to_come_closes_nothing_until_then() {
        let entries = [entry(1, "I", "pay", Opened, 0), entry(2, "I", "pay", Resolved, 60)];
        let open = |minute| still_open(&entries, at(minute)).len();
        assert_eq!([open(0), open(59), open(60), open(61)], [1, 1, 0, 0]);
        // What is over stays so, whatever else is said of its end.
        let again = [entry(1, "I", "pay", Opened, 0), entry(2, "I", "pay", Resolved, 5), entry(3, "I", "pay", Resolved, 60)];
        assert_eq!(still_open(&again, at(9)), []);
    }

    #[test]
    fn incidents_of_one_id_are_told_apart_by_their_service() {
        let entries = [entry(1, "I", "pay", Opened, 0), entry(2, "I", "db", Opened, 0), entry(3, "I", "db", Resolved, 1)];
        let open = still_open(&entries, at(9));
        assert_eq!(open.iter().map(|one| one.service.as_str()).collect::<Vec<_>>(), ["pay"]);
        assert_eq!(open[0].severity.as_deref(), Some("sev1"));
    }

    fn report(open: &[(&str, &str)], degradations: &[(&str, &str)]) -> IncidentsReport {
        let incident = |(id, service): &(&str, &str)| OpenIncident {
            id: (*id).into(),
            service: (*service).into(),
            severity: None,
            title: None,
            opened_at: at(7),
            state: "investigating".into(),
            url: None,
        };
        let degradation =
            |(name, service): &(&str, &str)| ActiveDegradation { name: (*name).into(), service: (*service).into(), since: None };
        let (open, degradations) = (open.iter().map(incident).collect(), degradations.iter().map(degradation).collect());
        IncidentsReport { at: at(8), open, degradations }
    }

    fn dependencies() -> Dependencies {
        let text =
            "version: 1\nservices:\n- {name: pay, dependencies: [{name: db, strength: strong}, {name: mail, strength: weak}]}\n";
        Dependencies::of(Some("pay"), Some(&crate::evidence::catalogue::read(text.as_bytes()).unwrap()))
    }

    #[test]
    fn each_is_told_with_what_it_is_to_this_service() {
        let files = vec![report(&[("1", "pay"), ("2", "db")], &[("less", "mail")]), report(&[("3", "other")], &[])];
        let found = incidents(Some(files), &[entry(1, "4", "mail", Opened, 0)], &dependencies(), at(9));
        let seen: Vec<_> =
            found.open.iter().map(|one| (one.id.as_str(), one.relation, one.source, one.path.as_deref())).collect();
        let (file, ledger) = (IncidentSource::File, IncidentSource::Ledger);
        assert_eq!(
            seen,
            [
                ("4", Relation::Weak, ledger, Some("pay → mail")),
                ("2", Relation::Strong, file, Some("pay → db")),
                ("3", Relation::None, file, None),
                ("1", Relation::Own, file, None),
            ]
        );
        let degradations = found.degradations.unwrap();
        assert_eq!((degradations.len(), degradations[0].relation), (1, Relation::Weak));
        assert!(found.dependencies_known);
    }

    #[test]
    fn an_incident_is_open_while_either_says_so_and_stands_once() {
        let ledger = [entry(1, "1", "pay", Opened, 0), entry(2, "2", "pay", Opened, 0), entry(3, "2", "pay", Resolved, 1)];
        let found = incidents(Some(vec![report(&[("1", "pay"), ("2", "pay")], &[])]), &ledger, &dependencies(), at(9));
        let seen: Vec<_> = found.open.iter().map(|one| (one.id.as_str(), one.state.as_str())).collect();
        assert_eq!(seen, [("1", "investigating"), ("2", "investigating")]);
        let found = incidents(Some(vec![report(&[], &[])]), &ledger, &dependencies(), at(9));
        assert_eq!((found.open.len(), found.degradations), (1, Some(vec![])));
    }

    #[test]
    fn the_ledger_alone_knows_no_degradation_plans() {
        let found = incidents(None, &[], &Dependencies::of(None, None), at(9));
        assert_eq!(found, Incidents { open: vec![], degradations: None, dependencies_known: false });
    }

    proptest! {
        #[test]
        fn the_order_of_the_entries_does_not_matter(mut entries in prop::collection::vec((0_u8..3, 0_u8..3, 0_i64..5), 0..12), seed in any::<u64>()) {
            let states = [Opened, Located, Resolved];
            let mut made: Vec<Entry> = (1..)
                .zip(entries.drain(..))
                .map(|(seq, (id, state, minute))| entry(seq, &id.to_string(), "pay", states[usize::from(state)], minute))
                .collect();
            let before = still_open(&made, at(9));
            made.sort_by_key(|entry| entry.seq.wrapping_mul(seed | 1));
            prop_assert_eq!(still_open(&made, at(9)), before);
        }
    }
}
