//! Flow control: how often something may be done, counted over all runners that share the ledger (requirement C7).
//!
//! A span of a limit is not aligned to the clock. A slot counts from the moment it was recorded until the span is over, and while
//! the clock says that it lies in the future. The ledger never records a time before that of the entry before it; therefore no
//! span of a limit's length ever holds more slots than it allows, however the clocks of the runners jump.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::others::after;
use crate::facts::{Entry, FlowKey, FlowLimit, FlowWindow, Operation, Plan, Record, RolloutType, SlotRecord};

/// What a slot is asked for, or was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// There is room: record the slot.
    New,
    /// The batch has its slot; nothing is to be recorded.
    Already,
}

/// The slot that a batch takes; `None` for a number that the plan does not have.
#[must_use]
pub fn slot(plan: &Plan, number: u64) -> Option<SlotRecord> {
    let batch = plan.batches.iter().find(|batch| batch.number == number)?;
    Some(SlotRecord {
        plan: plan.id.clone(),
        batch: batch.number,
        service: plan.service.clone(),
        region: batch.region.clone(),
        operation: plan.kind,
    })
}

/// Whether the slot may be taken, for the moment at which it is recorded: asked and recorded within one exclusive transaction, no
/// interleaving of runners exceeds a limit. The error is the limit that is full, the one that stays so longest.
///
/// A rollback is always admitted, and counts for others. `entries` are those that [`needs`](super::needs()) names; other kinds of
/// records do not matter.
pub fn admits<'a>(
    entries: impl IntoIterator<Item = &'a Entry>,
    asked: &SlotRecord,
    limits: &[FlowLimit],
    now: Timestamp,
) -> Result<Admission, FlowWindow> {
    let taken = taken(entries);
    if taken.iter().any(|slot| slot.is(asked)) {
        return Ok(Admission::Already);
    }
    if asked.operation == RolloutType::Rollback {
        return Ok(Admission::New);
    }
    let windows = windows(&taken, asked, limits, now).into_iter();
    let full = windows.filter(|window| window.used >= window.limit);
    match full.max_by_key(|window| window.ready_in_seconds.unwrap_or(u64::MAX)) {
        Some(window) => Err(window),
        None => Ok(Admission::New),
    }
}

/// A slot that was taken.
#[derive(Debug, Clone, Copy)]
pub(super) struct Taken<'a> {
    at: Timestamp,
    record: &'a SlotRecord,
}

impl Taken<'_> {
    fn is(&self, asked: &SlotRecord) -> bool {
        self.record.plan == asked.plan && self.record.batch == asked.batch
    }
}

/// The slots among the entries, each plan and batch once.
pub(super) fn taken<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Vec<Taken<'a>> {
    let mut seen = BTreeSet::new();
    let slots = entries.into_iter().filter_map(|entry| match &entry.record {
        Record::Slot(record) => Some((entry.at, record)),
        _ => None,
    });
    let fresh = slots.filter(|(_, record)| seen.insert((record.plan.as_str(), record.batch)));
    fresh.map(|(at, record)| Taken { at, record }).collect()
}

/// The limits that concern the slot, in their order, with what others use of them.
pub(super) fn windows(taken: &[Taken<'_>], asked: &SlotRecord, limits: &[FlowLimit], now: Timestamp) -> Vec<FlowWindow> {
    let own = operation(asked);
    let concerned = limits.iter().filter(|limit| counts(limit, own));
    concerned.map(|limit| window(taken.iter().filter(|slot| !slot.is(asked)), own, limit, now)).collect()
}

fn window<'a>(taken: impl Iterator<Item = &'a Taken<'a>>, own: Operation<'_>, limit: &FlowLimit, now: Timestamp) -> FlowWindow {
    let span = limit.per.signed();
    let together = |other: Operation<'_>| counts(limit, other) && same(limit, own, other);
    let ends = taken.filter(|slot| together(operation(slot.record))).map(|slot| after(slot.at, span));
    let mut ends: Vec<Timestamp> = ends.filter(|end| *end > now).collect();
    ends.sort();
    let max = usize::try_from(limit.max).unwrap_or(usize::MAX);
    // One more fits once so many have left that one less than the limit remain.
    let leaving = ends.len().checked_sub(max).filter(|_| max > 0);
    FlowWindow {
        name: limit.name.clone(),
        window_seconds: limit.per.seconds(),
        limit: limit.max,
        used: ends.len() as u64,
        ready_in_seconds: leaving.and_then(|last| ends.get(last)).map(|end| whole_seconds_until(now, *end)),
    }
}

fn operation(slot: &SlotRecord) -> Operation<'_> {
    Operation { service: &slot.service, region: slot.region.as_deref(), kind: slot.operation }
}

/// Whether the limit counts the operation.
fn counts(limit: &FlowLimit, operation: Operation<'_>) -> bool {
    let kind = limit.operations.is_empty() || limit.operations.contains(&operation.kind);
    let service = limit.services.is_empty() || limit.services.iter().any(|pattern| like(pattern, operation.service));
    kind && service
}

/// Whether the limit counts both together.
fn same(limit: &FlowLimit, one: Operation<'_>, other: Operation<'_>) -> bool {
    limit.by.iter().all(|key| match key {
        FlowKey::Service => one.service == other.service,
        FlowKey::Region => one.region == other.region,
        FlowKey::Operation => one.kind == other.kind,
    })
}

/// Whether the text is as the pattern says, in which each `*` stands for any text.
fn like(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        let Some(at) = text.find(part) else { return false };
        text = &text[at + part.len()..];
    }
    text.ends_with(last)
}

/// Rounded up.
pub(super) fn whole_seconds_until(now: Timestamp, then: Timestamp) -> u64 {
    let left = then.duration_since(now);
    let up = left.as_secs() + i64::from(left > SignedDuration::from_secs(left.as_secs()));
    u64::try_from(up).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::testing::at;
    use super::*;
    use crate::facts::Span;

    fn limit(per: Span, max: u64, by: &[FlowKey]) -> FlowLimit {
        FlowLimit { name: format!("{max}/{per}"), per, max, by: by.to_vec(), operations: vec![], services: vec![] }
    }

    fn asks(number: u64, service: &str, region: &str, kind: RolloutType) -> SlotRecord {
        SlotRecord { plan: format!("p{number}"), batch: 1, service: service.into(), region: Some(region.into()), operation: kind }
    }

    /// Appends as the ledger does: never before the entry before it.
    fn take(entries: &mut Vec<Entry>, slot: &SlotRecord, now: Timestamp) {
        let at = entries.last().map_or(now, |last: &Entry| last.at.max(now));
        let (seq, prev, hash) = (entries.len() as u64 + 1, String::new(), String::new());
        entries.push(Entry { seq, at, prev, hash, record: Record::Slot(slot.clone()) });
    }

    const DAILY: RolloutType = RolloutType::Daily;

    #[test]
    fn a_full_limit_says_when_there_is_room() {
        let limits = [limit(Span::of_hours(1), 2, &[FlowKey::Service])];
        let mut entries = vec![];
        for (number, minute) in [(1, 0), (2, 10)] {
            let slot = asks(number, "pay", "east", DAILY);
            assert_eq!(admits(&entries, &slot, &limits, at(minute)), Ok(Admission::New));
            take(&mut entries, &slot, at(minute));
        }
        let third = asks(3, "pay", "east", DAILY);
        let full = admits(&entries, &third, &limits, at(20)).unwrap_err();
        assert_eq!((full.name.as_str(), full.used, full.limit, full.ready_in_seconds), ("2/1h", 2, 2, Some(40 * 60)));
        assert!(admits(&entries, &third, &limits, at(60) - SignedDuration::from_nanos(1)).is_err());
        assert_eq!(admits(&entries, &third, &limits, at(60)), Ok(Admission::New));
        assert_eq!(admits(&entries, &asks(4, "cart", "east", DAILY), &limits, at(20)), Ok(Admission::New));
    }

    #[test]
    fn a_batch_that_has_its_slot_keeps_it_and_does_not_stand_in_its_own_way() {
        let limits = [limit(Span::of_hours(1), 1, &[])];
        let slot = asks(1, "pay", "east", DAILY);
        let mut entries = vec![];
        take(&mut entries, &slot, at(0));
        assert_eq!(admits(&entries, &slot, &limits, at(1)), Ok(Admission::Already));
        assert_eq!(windows(&taken(&entries), &slot, &limits, at(1))[0].used, 0);
        entries.extend(entries.clone());
        assert_eq!(windows(&taken(&entries), &asks(2, "x", "y", DAILY), &limits, at(1))[0].used, 1);
    }

    #[test]
    fn the_limit_that_is_full_longest_is_named() {
        let limits = [limit(Span::of_minutes(1), 1, &[]), limit(Span::of_days(1), 1, &[]), limit(Span::of_hours(1), 1, &[])];
        let mut entries = vec![];
        take(&mut entries, &asks(1, "pay", "east", DAILY), at(0));
        assert_eq!(admits(&entries, &asks(2, "pay", "east", DAILY), &limits, at(0)).unwrap_err().name, "1/1d");
        let never = [limit(Span::of_days(1), 1, &[]), limit(Span::of_minutes(1), 0, &[])];
        let full = admits(&entries, &asks(2, "pay", "east", DAILY), &never, at(0)).unwrap_err();
        assert_eq!((full.name.as_str(), full.ready_in_seconds), ("0/1m", None));
    }

    #[test]
    fn more_slots_than_the_limit_wait_for_all_that_are_too_many() {
        let mut entries = vec![];
        for number in 0..4 {
            take(&mut entries, &asks(number, "pay", "east", DAILY), at(i64::try_from(number).unwrap()));
        }
        let full = admits(&entries, &asks(9, "pay", "east", DAILY), &[limit(Span::of_hours(1), 2, &[])], at(4)).unwrap_err();
        // The slots of minutes 0, 1 and 2 have to leave.
        assert_eq!((full.used, full.ready_in_seconds), (4, Some(58 * 60)));
    }

    #[test]
    fn counts_are_kept_apart_by_service_region_and_operation() {
        let mut entries = vec![];
        take(&mut entries, &asks(1, "pay", "east", DAILY), at(0));
        let used = |by: &[FlowKey], service, region, kind| {
            windows(&taken(&entries), &asks(2, service, region, kind), &[limit(Span::of_hours(1), 1, by)], at(1))[0].used
        };
        assert_eq!(used(&[], "cart", "west", RolloutType::Config), 1);
        assert_eq!(used(&[FlowKey::Service], "pay", "west", RolloutType::Config), 1);
        assert_eq!(used(&[FlowKey::Service], "cart", "east", DAILY), 0);
        assert_eq!(used(&[FlowKey::Region], "cart", "east", DAILY), 1);
        assert_eq!(used(&[FlowKey::Region], "pay", "west", DAILY), 0);
        assert_eq!(used(&[FlowKey::Operation], "cart", "west", DAILY), 1);
        assert_eq!(used(&[FlowKey::Operation, FlowKey::Service], "cart", "west", DAILY), 0);
    }

    #[test]
    fn a_limit_concerns_its_operations_and_services_only() {
        let database = FlowLimit { operations: vec![RolloutType::Database], ..limit(Span::of_hours(1), 1, &[]) };
        let pays = FlowLimit { services: vec!["pay*".into()], ..limit(Span::of_hours(1), 1, &[]) };
        let mut entries = vec![];
        take(&mut entries, &asks(1, "payments", "east", DAILY), at(0));
        let all = [database, pays];
        let names =
            |slot: &SlotRecord| windows(&taken(&entries), slot, &all, at(1)).iter().map(|one| one.used).collect::<Vec<_>>();
        assert_eq!(names(&asks(2, "cart", "east", DAILY)), Vec::<u64>::new());
        assert_eq!(names(&asks(2, "cart", "east", RolloutType::Database)), [0]);
        assert_eq!(names(&asks(2, "pay", "east", DAILY)), [1]);
    }

    #[test]
    fn a_slot_in_the_future_counts() {
        let limits = [limit(Span::of_minutes(1), 1, &[])];
        let mut entries = vec![];
        take(&mut entries, &asks(1, "pay", "east", DAILY), at(60));
        let full = admits(&entries, &asks(2, "pay", "east", DAILY), &limits, at(0)).unwrap_err();
        assert_eq!(full.ready_in_seconds, Some(61 * 60));
    }

    #[test]
    fn a_rollback_is_always_admitted_and_counts() {
        let limits = [limit(Span::of_hours(1), 1, &[])];
        let mut entries = vec![];
        for number in 0..3 {
            let slot = asks(number, "pay", "east", RolloutType::Rollback);
            assert_eq!(admits(&entries, &slot, &limits, at(0)), Ok(Admission::New));
            take(&mut entries, &slot, at(0));
        }
        assert_eq!(admits(&entries, &asks(9, "pay", "east", DAILY), &limits, at(0)).unwrap_err().used, 3);
    }

    #[test]
    fn stars_stand_for_any_text() {
        for (pattern, text, expected) in [
            ("pay", "pay", true),
            ("pay", "payments", false),
            ("pay*", "pay", true),
            ("*pay", "prepay", true),
            ("*-*-x", "a-b-x", true),
            ("*-*-x", "a-x", false),
            ("a*a", "a", false),
            ("*", "", true),
            ("é*", "éa", true),
        ] {
            assert_eq!(like(pattern, text), expected, "{pattern} {text}");
        }
    }

    proptest! {
        /// Runners ask in any order, each by a clock of its own that jumps as it likes; what is admitted is recorded as the ledger
        /// does it. No span of a limit's length holds more than the limit, and slots of one plan and batch are taken once.
        #[test]
        fn no_span_ever_holds_more_than_the_limit(
            runners in prop::collection::vec((0..12_u64, 0..400_i64, 0..2_usize, 0..2_usize), 0..120),
            max in 1..5_u64,
            minutes in 1..90_u64,
        ) {
            let limits = [
                limit(Span::of_minutes(minutes), max, &[FlowKey::Service]),
                limit(Span::of_minutes(minutes * 3), max + 2, &[]),
                limit(Span::of_minutes(5), max, &[FlowKey::Region]),
            ];
            let mut entries = vec![];
            for (number, minute, service, region) in runners {
                let slot = asks(number, ["pay", "cart"][service], ["east", "west"][region], DAILY);
                if admits(&entries, &slot, &limits, at(minute)) == Ok(Admission::New) {
                    take(&mut entries, &slot, at(minute));
                }
            }
            let slots = taken(&entries);
            prop_assert_eq!(slots.len(), entries.len());
            for limit in &limits {
                for first in &slots {
                    let within = |slot: &&Taken<'_>| {
                        first.at <= slot.at
                            && slot.at < after(first.at, limit.per.signed())
                            && same(limit, operation(first.record), operation(slot.record))
                    };
                    prop_assert!(slots.iter().filter(within).count() as u64 <= limit.max);
                }
            }
        }

        /// What is refused would have broken a limit, and fits as soon as the refusal says.
        #[test]
        fn a_refusal_is_needed_and_its_time_is_exact(minutes in prop::collection::vec(0..60_i64, 1..20), max in 1..4_u64, now in 0..90_i64) {
            let mut sorted = minutes;
            sorted.sort_unstable();
            let mut entries = vec![];
            for (number, minute) in (0..).zip(sorted) {
                take(&mut entries, &asks(number, "pay", "east", DAILY), at(minute));
            }
            let limits = [limit(Span::of_minutes(30), max, &[])];
            let slot = asks(99, "pay", "east", DAILY);
            if let Err(full) = admits(&entries, &slot, &limits, at(now)) {
                let ready = at(now) + SignedDuration::from_secs(i64::try_from(full.ready_in_seconds.unwrap()).unwrap());
                prop_assert!(full.used >= max);
                prop_assert_eq!(admits(&entries, &slot, &limits, ready), Ok(Admission::New));
                prop_assert!(admits(&entries, &slot, &limits, ready - SignedDuration::from_secs(1)).is_err());
            }
        }
    }
}
