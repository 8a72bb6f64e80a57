//! Flow control: how often something may be done, counted over all runners that share the ledger (requirement C7).
//!
//! A span of a limit is not aligned to the clock. A use counts from the moment it was recorded until the span is over, and while
//! the clock says that it lies in the future. The ledger never records a time before that of the entry before it; therefore no
//! span of a limit's length ever holds more uses than it allows, however the clocks of the runners jump.
//!
//! A slot is a right to start a batch, and ends: with the first span that it no longer counts in, with the reservation, or when the
//! batch fails. After that the right is taken anew, or else an old slot would let a batch start beside all that came since. A start
//! that no slot covers was let pass by nobody; it happened all the same, and counts.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::others::after;
use crate::facts::{BatchState, Entry, FlowKey, FlowLimit, FlowWindow, Operation, Plan, Record, RolloutType, Span};

/// A slot with the starts that it covers, or a start that none covers.
#[derive(Debug, Clone)]
pub(super) struct Use<'a> {
    plan: &'a str,
    batch: u64,
    operation: Operation<'a>,
    /// When the slot was taken; `None` for a start without one.
    slot: Option<Timestamp>,
    /// When the batch was started last, else as `slot`: what the limits count.
    at: Timestamp,
    started: bool,
    /// The batch failed, or was taken back.
    over: bool,
}

/// The batch that asks for a slot.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    plan: &'a str,
    batch: u64,
    operation: Operation<'a>,
}

impl<'a> Asked<'a> {
    /// `None` for a number that the plan does not have.
    pub(super) fn new(plan: &'a Plan, number: u64) -> Option<Asked<'a>> {
        let batch = plan.batches.iter().find(|batch| batch.number == number)?;
        let operation = Operation { service: &plan.service, region: batch.region.as_deref(), kind: Some(plan.kind) };
        Some(Asked { plan: &plan.id, batch: number, operation })
    }
}

/// How slots are counted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules<'a> {
    pub(super) limits: &'a [FlowLimit],
    /// For how long a slot lets its batch start.
    pub(super) reserved_for: Span,
}

/// What the entries, in the ledger's order, say was let pass or done. `kind` is the type of a plan, where that is known.
pub(super) fn uses<'a>(
    entries: impl IntoIterator<Item = &'a Entry>,
    rules: Rules<'_>,
    kind: impl Fn(&str) -> Option<RolloutType>,
) -> Vec<Use<'a>> {
    let mut uses: Vec<Use<'a>> = Vec::new();
    let mut newest: BTreeMap<(&str, u64), usize> = BTreeMap::new();
    for entry in entries {
        let (plan, batch, operation, start) = match &entry.record {
            Record::Slot(slot) => (slot.plan.as_str(), slot.batch, slot.operation(), false),
            Record::Batch(record) => {
                let operation =
                    Operation { service: &record.service, region: record.region.as_deref(), kind: kind(&record.plan) };
                match record.state {
                    BatchState::Started => (record.plan.as_str(), record.batch, operation, true),
                    BatchState::Done => continue,
                    BatchState::Failed | BatchState::RolledBack => {
                        let known = newest.get(&(record.plan.as_str(), record.batch));
                        if let Some(last) = known.and_then(|index| uses.get_mut(*index)) {
                            last.over = true;
                        }
                        continue;
                    }
                }
            }
            _ => continue,
        };
        let key = (plan, batch);
        let known = newest.get(&key).and_then(|index| uses.get_mut(*index));
        match known {
            Some(last) if start && last.covers(entry.at, rules, operation) => (last.at, last.started) = (entry.at, true),
            // A slot that was not used is given up for the new one.
            Some(last) if !start && !last.started => {
                *last = Use { plan, batch, operation, slot: Some(entry.at), at: entry.at, started: false, over: false };
            }
            _ => {
                newest.insert(key, uses.len());
                let slot = (!start).then_some(entry.at);
                uses.push(Use { plan, batch, operation, slot, at: entry.at, started: start, over: false });
            }
        }
    }
    uses
}

impl Use<'_> {
    /// Whether the slot still lets its batch start.
    fn covers(&self, now: Timestamp, rules: Rules<'_>, operation: Operation<'_>) -> bool {
        let concerned = rules.limits.iter().filter(|limit| counts(limit, operation)).map(|limit| limit.per);
        let valid = concerned.fold(rules.reserved_for, Span::min);
        !self.over && self.slot.is_some_and(|slot| now < after(slot, valid.signed()))
    }

    fn is(&self, asked: Asked<'_>) -> bool {
        self.plan == asked.plan && self.batch == asked.batch
    }
}

/// Whether the batch has a slot with which it may start now.
pub(super) fn holds_slot(uses: &[Use<'_>], asked: Asked<'_>, rules: Rules<'_>, now: Timestamp) -> bool {
    let newest = uses.iter().rfind(|used| used.is(asked));
    newest.is_some_and(|used| used.covers(now, rules, asked.operation))
}

/// The limits that concern the batch, in their order, with what is used of them. A slot of its own that it holds, or that it never
/// used, does not stand in its way.
///
/// Asked and recorded within one exclusive transaction, no interleaving of runners exceeds a limit.
pub(super) fn windows(uses: &[Use<'_>], asked: Asked<'_>, rules: Rules<'_>, now: Timestamp) -> Vec<FlowWindow> {
    let own = |used: &Use<'_>| used.is(asked) && (!used.started || used.covers(now, rules, asked.operation));
    let others: Vec<&Use<'_>> = uses.iter().filter(|used| !own(used)).collect();
    let concerned = rules.limits.iter().filter(|limit| counts(limit, asked.operation));
    concerned.map(|limit| window(&others, asked.operation, limit, now)).collect()
}

fn window(uses: &[&Use<'_>], own: Operation<'_>, limit: &FlowLimit, now: Timestamp) -> FlowWindow {
    let span = limit.per.signed();
    let together = |other: Operation<'_>| counts(limit, other) && same(limit, own, other);
    let ends = uses.iter().filter(|used| together(used.operation)).map(|used| after(used.at, span));
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

/// Whether the limit counts the operation. One whose type is not known counts under every limit.
fn counts(limit: &FlowLimit, operation: Operation<'_>) -> bool {
    let kind = limit.operations.is_empty() || operation.kind.is_none_or(|kind| limit.operations.contains(&kind));
    let service = limit.services.is_empty() || limit.services.iter().any(|pattern| like(pattern, operation.service));
    kind && service
}

/// Whether the limit counts both together.
fn same(limit: &FlowLimit, one: Operation<'_>, other: Operation<'_>) -> bool {
    limit.by.iter().all(|key| match key {
        FlowKey::Service => one.service == other.service,
        FlowKey::Region => one.region == other.region,
        FlowKey::Operation => one.kind == other.kind || one.kind.is_none() || other.kind.is_none(),
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
    use crate::facts::{BatchRecord, SlotRecord};

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

    /// What a gate answers.
    #[derive(Debug, PartialEq)]
    enum Admission {
        New,
        Already,
    }

    fn rules(limits: &[FlowLimit]) -> Rules<'_> {
        Rules { limits, reserved_for: Span::of_hours(24) }
    }

    fn asked(slot: &SlotRecord) -> Asked<'_> {
        Asked { plan: &slot.plan, batch: slot.batch, operation: slot.operation() }
    }

    fn used<'a>(entries: &'a [Entry], rules: Rules<'_>) -> Vec<Use<'a>> {
        uses(entries, rules, |_| None)
    }

    fn admits(entries: &[Entry], slot: &SlotRecord, limits: &[FlowLimit], now: Timestamp) -> Result<Admission, FlowWindow> {
        let rules = rules(limits);
        let uses = used(entries, rules);
        if holds_slot(&uses, asked(slot), rules, now) {
            return Ok(Admission::Already);
        }
        let full = windows(&uses, asked(slot), rules, now).into_iter().filter(|window| window.used >= window.limit);
        match full.max_by_key(|window| window.ready_in_seconds.unwrap_or(u64::MAX)) {
            Some(window) => Err(window),
            None => Ok(Admission::New),
        }
    }

    /// Records what became of the batch.
    fn becomes(entries: &mut Vec<Entry>, slot: &SlotRecord, state: BatchState, now: Timestamp) {
        take(entries, slot, now);
        let SlotRecord { plan, batch, service, region, .. } = slot.clone();
        let record = BatchRecord { plan, service, digest: "d".into(), batch, state, version: "2".into(), region };
        entries.last_mut().unwrap().record = Record::Batch(record);
    }

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
        assert_eq!(windows(&used(&entries, rules(&limits)), asked(&slot), rules(&limits), at(1))[0].used, 0);
        becomes(&mut entries, &slot, BatchState::Started, at(2));
        assert_eq!(admits(&entries, &slot, &limits, at(3)), Ok(Admission::Already));
        assert_eq!(windows(&used(&entries, rules(&limits)), asked(&slot), rules(&limits), at(3))[0].used, 0);
    }

    #[test]
    fn a_slot_that_was_never_used_ends_with_its_span_and_another_may_have_the_place() {
        let limits = [limit(Span::of_hours(1), 1, &[])];
        let (first, second) = (asks(1, "pay", "east", DAILY), asks(2, "pay", "east", DAILY));
        let mut entries = vec![];
        take(&mut entries, &first, at(0));
        assert_eq!(admits(&entries, &second, &limits, at(60)), Ok(Admission::New));
        take(&mut entries, &second, at(60));
        assert_eq!(admits(&entries, &first, &limits, at(61)).unwrap_err().ready_in_seconds, Some(59 * 60));
        assert_eq!(admits(&entries, &first, &limits, at(120)), Ok(Admission::New));
        take(&mut entries, &first, at(120));
        assert_eq!(admits(&entries, &second, &limits, at(121)).unwrap_err().used, 1);
    }

    #[test]
    fn a_slot_ends_with_its_reservation_and_is_taken_anew_in_its_own_place() {
        let limits = [limit(Span::of_days(2), 1, &[])];
        let slot = asks(1, "pay", "east", DAILY);
        let mut entries = vec![];
        take(&mut entries, &slot, at(0));
        let day = 24 * 60;
        assert_eq!(admits(&entries, &slot, &limits, at(day - 1)), Ok(Admission::Already));
        assert_eq!(admits(&entries, &slot, &limits, at(day)), Ok(Admission::New));
        take(&mut entries, &slot, at(day));
        let full = admits(&entries, &asks(2, "pay", "east", DAILY), &limits, at(day)).unwrap_err();
        assert_eq!((full.used, full.ready_in_seconds), (1, Some(2 * 86_400)));
    }

    #[test]
    fn the_span_counts_from_the_start_of_the_batch() {
        let limits = [limit(Span::of_hours(1), 1, &[])];
        let slot = asks(1, "pay", "east", DAILY);
        let mut entries = vec![];
        take(&mut entries, &slot, at(0));
        becomes(&mut entries, &slot, BatchState::Started, at(50));
        let full = admits(&entries, &asks(2, "pay", "east", DAILY), &limits, at(60)).unwrap_err();
        assert_eq!((full.used, full.ready_in_seconds), (1, Some(50 * 60)));
    }

    #[test]
    fn a_batch_that_failed_or_is_deployed_again_later_needs_another_slot() {
        let limits = [limit(Span::of_hours(1), 1, &[])];
        let slot = asks(1, "pay", "east", DAILY);
        for state in [BatchState::Failed, BatchState::RolledBack] {
            let mut entries = vec![];
            take(&mut entries, &slot, at(0));
            becomes(&mut entries, &slot, BatchState::Started, at(1));
            becomes(&mut entries, &slot, state, at(5));
            assert_eq!(admits(&entries, &slot, &limits, at(6)).unwrap_err().used, 1);
            assert_eq!(admits(&entries, &slot, &limits, at(61)), Ok(Admission::New));
        }
        let mut entries = vec![];
        take(&mut entries, &slot, at(0));
        becomes(&mut entries, &slot, BatchState::Started, at(59));
        becomes(&mut entries, &slot, BatchState::Done, at(60));
        assert_eq!(admits(&entries, &slot, &limits, at(61)).unwrap_err().used, 1);
    }

    #[test]
    fn a_start_without_a_slot_counts() {
        let daily = FlowLimit { operations: vec![DAILY], ..limit(Span::of_hours(1), 1, &[FlowKey::Operation]) };
        let mut entries = vec![];
        becomes(&mut entries, &asks(1, "pay", "east", DAILY), BatchState::Started, at(0));
        assert_eq!(admits(&entries, &asks(2, "pay", "east", DAILY), std::slice::from_ref(&daily), at(1)).unwrap_err().used, 1);
        // Of a type that is known not to count, it does not.
        let uses = uses(&entries, rules(std::slice::from_ref(&daily)), |_| Some(RolloutType::Config));
        let slot = asks(2, "pay", "east", DAILY);
        assert_eq!(windows(&uses, asked(&slot), rules(std::slice::from_ref(&daily)), at(1))[0].used, 0);
        // Started again long after its slot, a batch is a second one.
        let mut entries = vec![];
        take(&mut entries, &asks(1, "pay", "east", DAILY), at(0));
        for minute in [1, 70] {
            becomes(&mut entries, &asks(1, "pay", "east", DAILY), BatchState::Started, at(minute));
        }
        let two = [limit(Span::of_hours(2), 9, &[])];
        let rules = Rules { limits: &two, reserved_for: Span::of_hours(1) };
        assert_eq!(windows(&used(&entries, rules), asked(&slot), rules, at(71))[0].used, 2);
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
            let (slot, limits) = (asks(2, service, region, kind), [limit(Span::of_hours(1), 1, by)]);
            windows(&used(&entries, rules(&limits)), asked(&slot), rules(&limits), at(1))[0].used
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
        let names = |slot: &SlotRecord| -> Vec<u64> {
            windows(&used(&entries, rules(&all)), asked(slot), rules(&all), at(1)).iter().map(|one| one.used).collect()
        };
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
        /// Runners ask in any order, each by a clock of its own that jumps as it likes, and start what they may, at once, later or
        /// never; all is recorded as the ledger does it. No span of a limit's length holds more than the limit.
        #[test]
        fn no_span_ever_holds_more_than_the_limit(
            runners in prop::collection::vec((0..12_u64, 0..400_i64, 0..2_usize, 0..2_usize, prop::bool::ANY), 0..120),
            max in 1..5_u64,
            minutes in 1..90_u64,
        ) {
            let limits = [
                limit(Span::of_minutes(minutes), max, &[FlowKey::Service]),
                limit(Span::of_minutes(minutes * 3), max + 2, &[]),
                limit(Span::of_minutes(5), max, &[FlowKey::Region]),
            ];
            let mut entries = vec![];
            for (number, minute, service, region, start) in runners {
                let slot = asks(number, ["pay", "cart"][service], ["east", "west"][region], DAILY);
                match admits(&entries, &slot, &limits, at(minute)) {
                    Err(_) => continue,
                    Ok(Admission::New) => take(&mut entries, &slot, at(minute)),
                    Ok(Admission::Already) => {}
                }
                // A runner whose clock went back starts at the ledger's time, when its slot may have ended.
                let last = entries.last().map_or(Timestamp::MIN, |entry| entry.at);
                if start && admits(&entries, &slot, &limits, at(minute).max(last)) == Ok(Admission::Already) {
                    becomes(&mut entries, &slot, BatchState::Started, at(minute));
                }
            }
            let uses = used(&entries, rules(&limits));
            for limit in &limits {
                for first in &uses {
                    let within = |other: &&Use<'_>| {
                        first.at <= other.at
                            && other.at < after(first.at, limit.per.signed())
                            && same(limit, first.operation, other.operation)
                    };
                    prop_assert!(uses.iter().filter(within).count() as u64 <= limit.max);
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
