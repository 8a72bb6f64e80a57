//! A clock that is behind the ledger, and by which moment exceptions are judged.
//!
//! The ledger's newest entry is never older than any other, so that a clock before it is wrong, or was wrong when that entry was made.
//! An exception that ended would hold again by a clock that was put back; so exceptions are judged by the later of the two, unless two
//! people said that it is the ledger's time that is wrong.

use jiff::Timestamp;

use super::flow::whole_seconds_until;
use crate::analyze::people;
use crate::facts::{Entry, OverrideRecord, Record};

/// The subject of an exception that says so.
pub(super) const CLOCK: &str = "clock";

/// By how many seconds the clock is behind the newest entry, rounded up; 0 where it is not, and for an empty ledger.
pub(super) fn behind(newest: Option<Timestamp>, now: Timestamp) -> u64 {
    newest.filter(|newest| *newest > now).map_or(0, |newest| whole_seconds_until(now, newest).max(1))
}

/// The moment by which the exceptions of a plan are judged; `newest` is the time of the ledger's newest entry, of any kind.
#[must_use]
pub fn moment_of_exceptions<'a>(
    entries: impl IntoIterator<Item = &'a Entry>,
    plan: &str,
    newest: Option<Timestamp>,
    now: Timestamp,
) -> Timestamp {
    let Some(newest) = newest.filter(|newest| *newest > now) else { return now };
    let mut exceptions = entries.into_iter().filter_map(|entry| match &entry.record {
        Record::Override(record) if record.plan == plan => Some((entry, record)),
        _ => None,
    });
    let is_known = exceptions.any(|(entry, record)| holds_for_clock(entry, record, Some(newest), now));
    if is_known { now } else { newest }
}

/// Whether an exception says of the newest entry's time that it is wrong: time has not gone on in the ledger since it was made.
pub(super) fn holds_for_clock(entry: &Entry, record: &OverrideRecord, newest: Option<Timestamp>, now: Timestamp) -> bool {
    record.subject == CLOCK && newest.is_none_or(|newest| newest <= entry.at) && counts(record, now)
}

/// Whether an exception holds at a moment: it has not ended, two different people stand for it, and it gives a reason.
pub(super) fn counts(record: &OverrideRecord, moment: Timestamp) -> bool {
    moment < record.until && people::different(&record.by) > 1 && !record.reason.trim().is_empty()
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::super::testing::at;
    use super::*;

    fn exception(subject: &str, made: i64, until: i64) -> Entry {
        let record = OverrideRecord {
            plan: "p".into(),
            service: "pay".into(),
            subject: subject.into(),
            reason: "a runner's clock was wrong".into(),
            by: vec!["ana".into(), "bo".into()],
            until: at(until),
        };
        Entry { seq: 1, at: at(made), prev: String::new(), hash: String::new(), record: Record::Override(record) }
    }

    #[test]
    fn a_clock_is_behind_by_whole_seconds_rounded_up() {
        assert_eq!((behind(None, at(0)), behind(Some(at(0)), at(0)), behind(Some(at(0)), at(1))), (0, 0, 0));
        assert_eq!(behind(Some(at(1)), at(0)), 60);
        assert_eq!(behind(Some(at(0) + SignedDuration::from_nanos(1)), at(0)), 1);
        assert_eq!(behind(Some(at(0) + SignedDuration::from_millis(1500)), at(0)), 2);
        assert!(behind(Some(Timestamp::MAX), Timestamp::MIN) > 1 << 38);
    }

    #[test]
    fn exceptions_are_judged_by_the_later_time_unless_that_is_known_to_be_wrong() {
        let moment = |entries: &[Entry], newest, now| moment_of_exceptions(entries, "p", newest, now);
        assert_eq!(moment(&[], None, at(5)), at(5));
        assert_eq!(moment(&[], Some(at(3)), at(5)), at(5));
        assert_eq!(moment(&[], Some(at(9)), at(5)), at(9));
        // Made while the ledger was at minute 9 already.
        let known = exception("clock", 9, 7);
        assert_eq!(moment(std::slice::from_ref(&known), Some(at(9)), at(5)), at(5));
        // It ended; time went on in the ledger; it is of another plan; it is about something else.
        assert_eq!(moment(std::slice::from_ref(&known), Some(at(9)), at(7)), at(9));
        assert_eq!(moment(std::slice::from_ref(&known), Some(at(10)), at(5)), at(10));
        assert_eq!(moment_of_exceptions([&known], "q", Some(at(9)), at(5)), at(9));
        assert_eq!(moment(&[exception("breaker", 9, 7)], Some(at(9)), at(5)), at(9));
    }
}
