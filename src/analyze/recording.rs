//! What may be recorded next: an event that cannot have happened is no record (requirements C6, C7, F7).

use jiff::Timestamp;

use super::people;
use crate::facts::{BatchState, Entry, IncidentRecord, IncidentState, Plan, Record};

/// Whether something is to be recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    New,
    /// It is recorded already, by this entry: a pipeline step that runs again changes nothing.
    Known(u64),
}

/// The digest that binds the plan's id: that of its first record, of whatever kind.
#[must_use]
pub fn bound_digest<'a>(entries: &'a [Entry], plan: &str) -> Option<&'a str> {
    entries.iter().find_map(|entry| match &entry.record {
        Record::Plan(record) if record.plan.id == plan => Some(record.digest.as_str()),
        Record::Batch(record) if record.plan == plan => Some(&record.digest),
        _ => None,
    })
}

/// Refuses a plan that is not the one that its id was recorded for.
pub fn same_plan(entries: &[Entry], plan: &Plan, digest: &str) -> Result<(), String> {
    match bound_digest(entries, &plan.id) {
        Some(bound) if bound != digest => Err(format!(
            "the plan {} was recorded with the digest {bound}, and this one has {digest}: a plan that changes needs an id of its own",
            plan.id
        )),
        _ => Ok(()),
    }
}

/// Whether the batch may come into the state; `entries` are those of the plan in the ledger's order.
pub fn batch(entries: &[Entry], number: u64, state: BatchState) -> Result<Step, String> {
    let last = entries.iter().rev().find_map(|entry| match &entry.record {
        Record::Batch(record) if record.batch == number => Some((entry.seq, record.state)),
        _ => None,
    });
    let Some((seq, now)) = last else {
        return match state {
            BatchState::Started => Ok(Step::New),
            _ => Err(format!("batch {number} was never started, so that it cannot be {}; record `started` first", word(state))),
        };
    };
    match (now, state) {
        (now, state) if now == state => Ok(Step::Known(seq)),
        // Deployed again, after whatever became of it.
        (_, BatchState::Started)
        | (BatchState::Started, _)
        | (BatchState::Done | BatchState::Failed, BatchState::RolledBack)
        // Found bad only after it was through.
        | (BatchState::Done, BatchState::Failed) => Ok(Step::New),
        (now, state) => Err(format!(
            "batch {number} is {} (entry {seq}), so that it cannot be {} now; record `started` when it is deployed again",
            word(now),
            word(state)
        )),
    }
}

/// The batch before this one, if it is not out; recorded all the same, because it happened.
#[must_use]
pub fn skipped(entries: &[Entry], number: u64) -> Option<u64> {
    let before = number.checked_sub(1).filter(|before| *before > 0)?;
    let last = entries.iter().rev().find_map(|entry| match &entry.record {
        Record::Batch(record) if record.batch == before => Some(record.state),
        _ => None,
    });
    (last != Some(BatchState::Done)).then_some(before)
}

/// Whether the incident may come into the state; `entries` are those of the incident in the ledger's order.
pub fn incident(entries: &[Entry], record: &IncidentRecord) -> Result<Step, String> {
    let known: Vec<(u64, &IncidentRecord)> = entries
        .iter()
        .filter_map(|entry| match &entry.record {
            Record::Incident(known) if known.id == record.id => Some((entry.seq, known)),
            _ => None,
        })
        .collect();
    if let Some((seq, _)) = known.iter().find(|(_, known)| *known == record) {
        return Ok(Step::Known(*seq));
    }
    let Some((seq, last)) = known.last() else {
        return match record.state {
            IncidentState::Opened => Ok(Step::New),
            _ => Err(format!("the incident {} was never opened; record `opened` first", record.id)),
        };
    };
    if last.service != record.service {
        return Err(format!("the incident {} is one of {} (entry {seq}), not of {}", record.id, last.service, record.service));
    }
    let opened = known.iter().rev().find(|(_, known)| known.state == IncidentState::Opened);
    if let Some((seq, opened)) = opened
        && record.state != IncidentState::Opened
        && record.happened_at < opened.happened_at
    {
        return Err(format!("the incident {} was opened at {} (entry {seq}), after this", record.id, opened.happened_at));
    }
    match (last.state, record.state) {
        (now, state) if now == state => Ok(Step::Known(*seq)),
        (IncidentState::Opened | IncidentState::Located, IncidentState::Opened) => Ok(Step::Known(*seq)),
        _ => Ok(Step::New),
    }
}

/// Checks an exception: two different people, a reason, a known subject, an end to come.
pub fn exception(subject: &str, reason: &str, by: &[String], until: Timestamp, now: Timestamp) -> Result<(), String> {
    let known =
        ["breaker", "clock"].contains(&subject) || subject.strip_prefix("freeze:").is_some_and(|name| !name.trim().is_empty());
    if !known {
        return Err(format!("`{subject}` cannot be overridden; expected `freeze:NAME`, `breaker` or `clock`"));
    }
    if reason.trim().is_empty() {
        return Err("an exception needs a reason: it is shown for ever after".to_owned());
    }
    if let Some(name) = by.iter().find(|name| people::mixes_scripts(name)) {
        return Err(format!(
            "the name `{name}` mixes letters of different scripts, and may look like another one; write it in one script"
        ));
    }
    if people::different(by) < 2 {
        return Err(match people::alike(by) {
            Some((one, other)) => {
                format!("an exception needs two different people, and `{one}` and `{other}` look alike; write the names out")
            }
            None => "an exception needs two different people".to_owned(),
        });
    }
    if until <= now {
        return Err(format!("it would end at {until}, which is not after {now}"));
    }
    Ok(())
}

fn word(state: BatchState) -> &'static str {
    match state {
        BatchState::Started => "started",
        BatchState::Done => "done",
        BatchState::Failed => "failed",
        BatchState::RolledBack => "rolled back",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::BatchRecord;

    fn time(second: i64) -> Timestamp {
        Timestamp::from_second(1_767_225_600 + second).unwrap()
    }

    fn entries(records: Vec<Record>) -> Vec<Entry> {
        let entry = |(seq, record)| Entry { seq, at: time(0), prev: String::new(), hash: String::new(), record };
        (1..).zip(records).map(entry).collect()
    }

    fn batches(states: &[(u64, BatchState)]) -> Vec<Entry> {
        let record = |(batch, state): &(u64, BatchState)| {
            Record::Batch(BatchRecord {
                plan: "p".into(),
                service: "pay".into(),
                digest: "d".into(),
                batch: *batch,
                state: *state,
                version: "2".into(),
                region: None,
            })
        };
        entries(states.iter().map(record).collect())
    }

    fn incident_record(state: IncidentState, second: i64) -> IncidentRecord {
        IncidentRecord {
            id: "i".into(),
            service: "pay".into(),
            state,
            happened_at: time(second),
            severity: None,
            title: None,
            cause: None,
        }
    }

    #[test]
    fn a_batch_goes_the_ways_that_a_batch_can_go() {
        use BatchState::{Done, Failed, RolledBack, Started};
        // For each last state (none first), what may follow: new, known or refused.
        let table = [
            (None, [Some('n'), None, None, None]),
            (Some(Started), [Some('k'), Some('n'), Some('n'), Some('n')]),
            (Some(Done), [Some('n'), Some('k'), Some('n'), Some('n')]),
            (Some(Failed), [Some('n'), None, Some('k'), Some('n')]),
            (Some(RolledBack), [Some('n'), None, None, Some('k')]),
        ];
        for (last, wanted) in table {
            let mut before = vec![(2, Started)];
            before.extend(last.map(|state| (1, state)));
            let entries = batches(&before);
            for (next, wanted) in [Started, Done, Failed, RolledBack].into_iter().zip(wanted) {
                let step = batch(&entries, 1, next);
                let told = match &step {
                    Ok(Step::New) => Some('n'),
                    Ok(Step::Known(2)) => Some('k'),
                    Ok(Step::Known(_)) => Some('?'),
                    Err(_) => None,
                };
                assert_eq!(told, wanted, "{last:?} then {next:?}: {step:?}");
            }
        }
    }

    #[test]
    fn a_batch_that_comes_too_early_is_named() {
        assert_eq!(skipped(&batches(&[]), 1), None);
        assert_eq!(skipped(&batches(&[]), 2), Some(1));
        assert_eq!(skipped(&batches(&[(1, BatchState::Started)]), 2), Some(1));
        assert_eq!(skipped(&batches(&[(1, BatchState::Started), (1, BatchState::Done)]), 2), None);
    }

    #[test]
    fn an_incident_opens_before_anything_else() {
        use IncidentState::{Located, Opened, Resolved};
        let opened = entries(vec![Record::Incident(incident_record(Opened, 10))]);
        assert_eq!(incident(&[], &incident_record(Opened, 10)), Ok(Step::New));
        assert!(incident(&[], &incident_record(Located, 10)).unwrap_err().contains("never opened"));
        assert_eq!(incident(&opened, &incident_record(Opened, 10)), Ok(Step::Known(1)));
        assert_eq!(incident(&opened, &incident_record(Opened, 11)), Ok(Step::Known(1)));
        assert_eq!(incident(&opened, &incident_record(Resolved, 20)), Ok(Step::New));
        assert!(incident(&opened, &incident_record(Resolved, 9)).unwrap_err().contains("after this"));
        let other = IncidentRecord { service: "shop".into(), ..incident_record(Located, 20) };
        assert!(incident(&opened, &other).unwrap_err().contains("is one of pay"));
        let over = entries(vec![Record::Incident(incident_record(Opened, 10)), Record::Incident(incident_record(Resolved, 20))]);
        assert_eq!(incident(&over, &incident_record(Opened, 30)), Ok(Step::New));
        assert_eq!(incident(&over, &incident_record(Resolved, 20)), Ok(Step::Known(2)));
    }

    #[test]
    fn an_exception_needs_two_people_a_reason_and_an_end() {
        let by = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let ok = exception("freeze:new year", "fire", &by(&["ana", "bo"]), time(10), time(0));
        assert_eq!(ok, Ok(()));
        assert_eq!(exception("breaker", "fire", &by(&["ana", "bo", "cy"]), time(10), time(0)), Ok(()));
        for (subject, reason, people, until) in [
            ("freeze:", "fire", by(&["ana", "bo"]), 10),
            ("window", "fire", by(&["ana", "bo"]), 10),
            ("breaker", " ", by(&["ana", "bo"]), 10),
            ("breaker", "fire", by(&["ana"]), 10),
            ("breaker", "fire", by(&["ana", " Ana ", ""]), 10),
            ("breaker", "fire", by(&["ana", "a\u{200b}na"]), 10),
            ("breaker", "fire", by(&["ana", "bo", "\u{430}na"]), 10),
            ("breaker", "fire", by(&["ana", "bo"]), 0),
        ] {
            assert!(exception(subject, reason, &people, time(until), time(0)).is_err(), "{subject} {reason} {people:?} {until}");
        }
        let refused = |people: &[&str]| exception("breaker", "fire", &by(people), time(10), time(0)).unwrap_err();
        assert!(refused(&["ana", "\u{430}na"]).contains("the name `\u{430}na` mixes letters of different scripts"));
        assert!(refused(&["aca", "\u{430}\u{441}\u{430}"]).contains("look alike"));
        assert_eq!(exception("breaker", "fire", &by(&["张伟", "Иван"]), time(10), time(0)), Ok(()));
    }
}
