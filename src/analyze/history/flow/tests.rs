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
