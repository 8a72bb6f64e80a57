//! Known failures: which of the failed cases somebody answers for (requirement C1).

use std::collections::HashMap;

use jiff::{Timestamp, ToSpan as _, tz::TimeZone};

use crate::evidence::known_failures::KnownFailureRecord;
use crate::evidence::{CaseId, CaseIds};
use crate::facts::{KnownFailure, KnownFailureState, KnownOutcome};

/// The list, while the cases pass by.
#[derive(Debug)]
pub(super) struct Known {
    entries: Vec<KnownFailure>,
    /// Where the entries for a case stand.
    cases: HashMap<CaseId, Vec<usize>>,
}

impl Known {
    /// `days` is how far the last day of an entry may lie ahead.
    pub(super) fn new(list: &[KnownFailureRecord], days: u64, now: Timestamp) -> Known {
        let today = now.to_zoned(TimeZone::UTC).date();
        // Where there is no such day, every day is allowed.
        let latest = i64::try_from(days).ok().and_then(|days| today.checked_add(days.days()).ok());
        let mut cases: HashMap<CaseId, Vec<usize>> = HashMap::new();
        for (index, record) in list.iter().enumerate() {
            cases.entry(CaseId::of(&record.case)).or_default().push(index);
        }
        let entry = |record: &KnownFailureRecord| KnownFailure {
            suite: record.suite.clone(),
            case: record.case.clone(),
            owner: record.owner.clone(),
            reason: record.reason.clone(),
            ticket: record.ticket.clone(),
            expires: record.expires,
            state: if record.expires < today {
                KnownFailureState::Expired
            } else if latest.is_some_and(|latest| record.expires > latest) {
                KnownFailureState::TooLong
            } else {
                KnownFailureState::Active
            },
            outcome: KnownOutcome::Absent,
        };
        Known { entries: list.iter().map(entry).collect(), cases }
    }

    /// Notes what a case did; whether it failed and an entry excuses that. `names` are those of its suite.
    pub(super) fn note(&mut self, names: impl Fn(&str) -> bool, case: &str, outcome: KnownOutcome) -> bool {
        if self.cases.is_empty() {
            return false;
        }
        self.note_id(&names, CaseId::of(case), outcome)
    }

    /// Notes that all these cases of a suite did the same.
    pub(super) fn note_all(&mut self, names: impl Fn(&str) -> bool, cases: &CaseIds, outcome: KnownOutcome) {
        if !self.cases.is_empty() {
            for case in cases.iter() {
                self.note_id(&names, case, outcome);
            }
        }
    }

    fn note_id(&mut self, names: &impl Fn(&str) -> bool, case: CaseId, outcome: KnownOutcome) -> bool {
        let mut excused = false;
        for index in self.cases.get(&case).into_iter().flatten() {
            let Some(entry) = self.entries.get_mut(*index).filter(|entry| names(&entry.suite)) else { continue };
            entry.outcome = entry.outcome.max(outcome);
            excused |= outcome == KnownOutcome::Failed && entry.state == KnownFailureState::Active;
        }
        excused
    }

    pub(super) fn into_facts(self) -> Vec<KnownFailure> {
        self.entries
    }
}
