use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::*;
use crate::evidence::calendar;
use crate::facts::OverrideRecord;

fn read(windows: &str) -> Calendar {
    calendar::read(format!("version: 1\nwindows:\n{windows}").as_bytes()).unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Start and end of all occurrences between two moments.
fn times(calendar: &Calendar, from: &str, to: &str) -> Vec<(String, String)> {
    let found = occurrences(calendar, &Scope::default(), at(from), at(to));
    found.iter().map(|it| (it.starts_at.to_string(), it.ends_at.to_string())).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
}

#[test]
fn what_touches_the_range_is_found_and_what_ends_at_its_beginning_is_not() {
    let calendar = read("- {name: a, from: 2026-03-02, to: 2026-03-03, hard: true}\n");
    let whole = pairs(&[("2026-03-02T00:00:00Z", "2026-03-04T00:00:00Z")]);
    assert_eq!(times(&calendar, "2026-03-03T12:00:00Z", "2026-03-03T12:00:01Z"), whole);
    assert_eq!(times(&calendar, "2026-03-03T23:59:59.999Z", "2026-03-05T00:00:00Z"), whole);
    assert_eq!(times(&calendar, "2026-03-04T00:00:00Z", "2026-03-05T00:00:00Z"), []);
    assert_eq!(times(&calendar, "2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z"), []);
}

#[test]
fn windows_go_over_midnight_and_over_a_weekend() {
    let calendar = read(concat!(
        "- {name: night, every: day, from: '22:00', to: '06:00', except: [2026-03-03], hard: true}\n",
        "- {name: weekend, every: week, days: [fri], from: '16:00', lasts: 64h, until: 2026-03-06, hard: true}\n",
    ));
    assert_eq!(
        times(&calendar, "2026-03-03T00:00:00Z", "2026-03-05T00:00:00Z"),
        pairs(&[("2026-03-02T22:00:00Z", "2026-03-03T06:00:00Z"), ("2026-03-04T22:00:00Z", "2026-03-05T06:00:00Z")])
    );
    let weekend = ("2026-03-06T16:00:00Z".to_owned(), "2026-03-09T08:00:00Z".to_owned());
    assert!(times(&calendar, "2026-03-09T07:59:59Z", "2026-03-09T08:00:00Z").contains(&weekend));
    assert!(!times(&calendar, "2026-03-09T08:00:00Z", "2026-03-16T00:00:00Z").iter().any(|it| it.0.ends_with("16:00:00Z")));
}

#[test]
fn clocks_that_jump_over_a_time_or_show_it_twice() {
    let nightly =
        |zone: &str| read(&format!("- {{name: a, zone: {zone}, every: day, from: '02:15', to: '02:45', hard: true}}\n"));
    // The clocks go from 02:00 to 03:00: nothing is left.
    let berlin = nightly("Europe/Berlin");
    assert_eq!(times(&berlin, "2026-03-29T00:00:00Z", "2026-03-29T12:00:00Z"), []);
    // 02:00 to 03:00 comes twice: from the first 02:15 to the second 02:45.
    assert_eq!(
        times(&berlin, "2026-10-25T00:00:00Z", "2026-10-25T12:00:00Z"),
        pairs(&[("2026-10-25T00:15:00Z", "2026-10-25T01:45:00Z")])
    );
    // Half an hour: from 02:00 to 02:30, so that the window begins at the jump.
    let lord_howe = nightly("Australia/Lord_Howe");
    assert_eq!(
        times(&lord_howe, "2026-10-03T12:00:00Z", "2026-10-03T18:00:00Z"),
        pairs(&[("2026-10-03T15:30:00Z", "2026-10-03T15:45:00Z")])
    );
    // A day without midnight begins at the jump, and the day before ends there.
    let sao_paulo = read(concat!(
        "- {name: a, zone: America/Sao_Paulo, from: 2018-11-04, hard: true}\n",
        "- {name: b, zone: America/Sao_Paulo, from: 2018-11-03, hard: true}\n",
    ));
    assert_eq!(
        times(&sao_paulo, "2018-11-03T00:00:00Z", "2018-11-06T00:00:00Z"),
        pairs(&[("2018-11-03T03:00:00Z", "2018-11-04T03:00:00Z"), ("2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z")])
    );
    // A day that a country skipped.
    let apia = read("- {name: a, zone: Pacific/Apia, every: day, since: 2011-12-29, until: 2011-12-31, hard: true}\n");
    assert_eq!(
        times(&apia, "2011-12-28T00:00:00Z", "2012-01-03T00:00:00Z"),
        pairs(&[("2011-12-29T10:00:00Z", "2011-12-30T10:00:00Z"), ("2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z")])
    );
}

#[test]
fn a_hostile_calendar_does_not_run_for_ever() {
    let windows = (0..500).map(|n| format!("- {{name: w{n}, every: year, days: [02-29], lasts: 365d, hard: true}}\n"));
    let calendar = read(&windows.collect::<String>());
    let found = occurrences(&calendar, &Scope::default(), at("2024-01-01T00:00:00Z"), Timestamp::MAX);
    // Two leap years within the limit.
    assert_eq!(found.len(), 1000);
    assert!(occurrences(&calendar, &Scope::default(), Timestamp::MAX, Timestamp::MAX).is_empty());
    assert!(occurrences(&calendar, &Scope::default(), Timestamp::MIN, Timestamp::MIN).is_empty());
}

/// The moments of a zone near a day, minute by minute, with what its clocks show.
fn clock(zone: &TimeZone, near: jiff::civil::Date) -> Vec<(Timestamp, jiff::civil::DateTime)> {
    let noon = zone.to_ambiguous_timestamp(near.at(12, 0, 0, 0)).compatible().unwrap();
    (-3 * 1440..3 * 1440)
        .map(|minute| noon + SignedDuration::from_mins(minute))
        .map(|moment| (moment, zone.to_datetime(moment)))
        .collect()
}

/// The definition of a window's edge, looked up on the clock: the first (or last) moment that shows the time, else the first that
/// shows a later one.
fn looked_up(clock: &[(Timestamp, jiff::civil::DateTime)], local: jiff::civil::DateTime, last: bool) -> Timestamp {
    let mut showing = clock.iter().filter(|(_, shown)| *shown == local).map(|(moment, _)| *moment);
    let shown = if last { showing.next_back() } else { showing.next() };
    shown.unwrap_or_else(|| clock.iter().find(|(_, shown)| *shown > local).unwrap().0)
}

/// Days on which clocks changed, and ordinary ones.
const CLOCK_DAYS: [(&str, &str); 14] = [
    ("Europe/Berlin", "2026-03-29"),
    ("Europe/Berlin", "2026-10-25"),
    ("Europe/Berlin", "2150-07-01"),
    ("America/Sao_Paulo", "2018-11-04"),
    ("America/Sao_Paulo", "2018-02-17"),
    ("America/Sao_Paulo", "2026-11-01"),
    ("Asia/Shanghai", "1991-04-14"),
    ("Asia/Shanghai", "1991-09-15"),
    ("Asia/Shanghai", "2026-11-11"),
    ("Australia/Lord_Howe", "2026-04-05"),
    ("Australia/Lord_Howe", "2026-10-04"),
    ("America/New_York", "2026-03-08"),
    ("Pacific/Apia", "2011-12-30"),
    ("UTC", "2026-06-30"),
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(160))]

    #[test]
    fn edges_are_those_that_a_clock_shows(which in 0..CLOCK_DAYS.len(), from in 0..1440_i64, to in 0..1440_i64, shift in -1..2_i64) {
        prop_assume!(from != to);
        let (zone, day) = CLOCK_DAYS[which];
        let day = day.parse::<jiff::civil::Date>().unwrap().saturating_add(jiff::Span::new().days(shift));
        let text = |minute: i64| format!("{:02}:{:02}", minute / 60, minute % 60);
        let calendar = read(&format!(
            "- {{name: a, zone: {zone}, every: day, since: {day}, until: {day}, from: '{}', to: '{}', hard: true}}\n",
            text(from), text(to)
        ));
        let zone = &calendar.windows[0].zone;
        let clock = clock(zone, day);
        let local = |day: jiff::civil::Date, minute: i64| {
            day.at(i8::try_from(minute / 60).unwrap(), i8::try_from(minute % 60).unwrap(), 0, 0)
        };
        let starts = looked_up(&clock, local(day, from), false);
        let ends = looked_up(&clock, local(if to > from { day } else { day.tomorrow().unwrap() }, to), true);
        let (first, last) = (clock[0].0, clock[clock.len() - 1].0);
        let found = occurrences(&calendar, &Scope::default(), first, last);
        if starts < ends {
            prop_assert_eq!(found.len(), 1);
            prop_assert_eq!((found[0].starts_at, found[0].ends_at), (starts, ends));
        } else {
            prop_assert!(found.is_empty());
        }
        // Asked minute by minute, the window holds exactly where it says.
        for (moment, _) in clock.iter().step_by(7) {
            let holds = !occurrences(&calendar, &Scope::default(), *moment, *moment + SignedDuration::from_nanos(1)).is_empty();
            prop_assert_eq!(holds, starts < ends && starts <= *moment && *moment < ends);
        }
    }

    #[test]
    fn recurrences_are_those_of_the_calendar_on_the_wall(
        every in 0..4_usize, pick in 1..29_i8, weekday in 0..7_usize, hours in 1..24_u64, offset in 0..2000_i64, length in 1..90_i64,
    ) {
        let names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
        let days = match every {
            0 => String::new(),
            1 => format!("days: [{}], ", names[weekday]),
            2 => format!("days: [{pick}, last, second {}], ", names[weekday]),
            _ => format!("days: [03-{pick:02}, 12-31], "),
        };
        let word = ["day", "week", "month", "year"][every];
        let calendar = read(&format!("- {{name: a, every: {word}, {days}from: '07:00', lasts: {hours}h, hard: true}}\n"));
        let begin = at("2024-01-01T00:00:00Z") + SignedDuration::from_hours(offset * 5);
        let end = begin + SignedDuration::from_hours(24 * length);
        // Day by day from well before, with the rule spelt out.
        let mut expected = Vec::new();
        let mut day = TimeZone::UTC.to_datetime(begin).date().saturating_sub(jiff::Span::new().days(10));
        while day.at(0, 0, 0, 0).to_zoned(TimeZone::UTC).unwrap().timestamp() < end {
            let is_weekday = day.weekday().to_monday_zero_offset() == i8::try_from(weekday).unwrap();
            let is_last = day.tomorrow().unwrap().month() != day.month();
            let is_day = match every {
                0 => true,
                1 => is_weekday,
                2 => day.day() == pick || is_last || (is_weekday && (8..=14).contains(&day.day())),
                _ => (day.month(), day.day()) == (3, pick) || (day.month(), day.day()) == (12, 31),
            };
            let starts = day.at(7, 0, 0, 0).to_zoned(TimeZone::UTC).unwrap().timestamp();
            let ends = starts + SignedDuration::from_hours(i64::try_from(hours).unwrap());
            if is_day && starts < end && begin < ends {
                expected.push((starts, ends));
            }
            day = day.tomorrow().unwrap();
        }
        let found = occurrences(&calendar, &Scope::default(), begin, end);
        prop_assert_eq!(found.iter().map(|it| (it.starts_at, it.ends_at)).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn patterns_match_like_expressions(pattern in "[ab*?-]{0,8}", text in "[ab-]{0,10}") {
        let expression = format!("^{}$", regex::escape(&pattern).replace(r"\*", ".*").replace(r"\?", "."));
        prop_assert_eq!(matches(&pattern, &text), regex::Regex::new(&expression).unwrap().is_match(&text));
    }
}

#[test]
fn a_window_concerns_whom_it_names() {
    let calendar =
        read("- {name: a, every: day, services: [pay, order-*], tiers: [L0, L1], regions: [cn-*], types: [daily], hard: true}\n");
    let meets = |service, tier, kind, regions: &[&'static str]| {
        Scope { service, tier, kind, regions: regions.to_vec() }.meets(&calendar.windows[0])
    };
    let daily = Some(RolloutType::Daily);
    assert!(meets(Some("pay"), Some("L1"), daily, &["cn-north"]));
    assert!(meets(Some("order-history"), Some("L0"), daily, &["eu", "cn-north"]), "one region is enough");
    assert!(meets(Some("pay"), Some("L1"), daily, &[]), "everywhere is there too");
    assert!(meets(None, None, None, &[]));
    assert!(meets(Some("Pay"), Some("L1"), daily, &["CN-North"]), "another spelling is no way out");
    assert!(!meets(Some("payments"), Some("L1"), daily, &["cn-north"]));
    assert!(!meets(Some("pay"), Some("L2"), daily, &["cn-north"]));
    assert!(!meets(Some("pay"), Some("L1"), Some(RolloutType::Config), &["cn-north"]));
    assert!(!meets(Some("pay"), Some("L1"), daily, &["eu"]));
}

fn batch(number: u64, region: Option<&str>, soak_seconds: u64) -> Batch {
    let region = region.map(str::to_owned);
    Batch { number, region, percent: Some(10.0), instances: None, soak_seconds, suites: Vec::new(), gates: Vec::new() }
}

fn plan(kind: RolloutType) -> Plan {
    let batches = vec![batch(1, Some("cn"), 1800), batch(2, Some("eu"), 3600)];
    Plan { id: "p1".into(), service: "pay".into(), kind, from: "1".into(), to: "2".into(), batches }
}

fn record(change: impl FnOnce(&mut OverrideRecord)) -> Entry {
    let mut record = OverrideRecord {
        plan: "p1".into(),
        service: "pay".into(),
        subject: "freeze:sale".into(),
        reason: "users cannot pay".into(),
        by: vec!["mei".into(), "jonas".into()],
        until: at("2026-11-11T12:00:00Z"),
    };
    change(&mut record);
    let record = Record::Override(record);
    Entry { seq: 1, at: at("2026-11-11T09:00:00Z"), prev: String::new(), hash: String::new(), record }
}

const SALE: &str = "- {name: sale, from: 2026-11-11, hard: true, reason: sales}\n";

#[test]
fn windows_that_hold_now_tell_of_lanes() {
    let calendar =
        read(&format!("{SALE}- {{name: care, from: 2026-11-01, to: 2026-11-30, lanes: [], asks: {{min_soak: 2h}}}}\n"));
    let lanes = |kind| {
        let plan = plan(kind);
        let rollout = Rollout {
            plan: &plan,
            tier: "L1",
            batch: None,
            now: at("2026-11-11T10:00:00Z"),
            exceptions_at: at("2026-11-11T10:00:00Z"),
            entries: &[],
        };
        current(&calendar, &rollout).into_iter().map(|it| (it.name, it.hard, it.lane)).collect::<Vec<_>>()
    };
    let expected = |care, sale| vec![("care".to_owned(), false, care), ("sale".to_owned(), true, sale)];
    assert_eq!(lanes(RolloutType::Daily), expected(false, false));
    assert_eq!(lanes(RolloutType::Hotfix), expected(false, true));
    assert_eq!(lanes(RolloutType::Rollback), expected(true, true), "going back has a lane whatever the calendar says");
}

#[test]
fn a_batch_is_in_its_own_region_and_a_plan_in_all() {
    let calendar = read("- {name: sale, from: 2026-11-11, regions: [eu], hard: true}\n");
    let plan = plan(RolloutType::Daily);
    let everywhere = batch(1, None, 0);
    let frozen = |batch| {
        let rollout = Rollout {
            plan: &plan,
            tier: "L1",
            batch,
            now: at("2026-11-11T10:00:00Z"),
            exceptions_at: at("2026-11-11T10:00:00Z"),
            entries: &[],
        };
        !current(&calendar, &rollout).is_empty()
    };
    assert!(frozen(None) && frozen(Some(&plan.batches[1])) && frozen(Some(&everywhere)));
    assert!(!frozen(Some(&plan.batches[0])));
}

#[test]
fn the_glass_is_broken_by_two_people_for_this_plan_and_window_until_it_ends() {
    let calendar = read(SALE);
    let plan = plan(RolloutType::Daily);
    let broken = |entries: &[Entry], now: &str| {
        let rollout = Rollout { plan: &plan, tier: "L1", batch: None, now: at(now), exceptions_at: at(now), entries };
        current(&calendar, &rollout).remove(0).broken
    };
    let now = "2026-11-11T10:00:00Z";
    let glass = broken(&[record(|_| ())], now).expect("broken");
    assert_eq!((glass.reason.as_str(), glass.at), ("users cannot pay", at("2026-11-11T09:00:00Z")));
    assert_eq!(glass.by, ["mei", "jonas"]);
    for (why, entry) in [
        ("one person", record(|it| it.by = vec!["mei".into()])),
        ("the same person twice", record(|it| it.by = vec!["mei".into(), " Mei ".into()])),
        ("nobody", record(|it| it.by = vec![String::new(), " ".into()])),
        ("another plan", record(|it| it.plan = "p2".into())),
        ("another service", record(|it| it.service = "search".into())),
        ("another window", record(|it| it.subject = "freeze:sales".into())),
        ("the breaker", record(|it| it.subject = "breaker".into())),
        ("no reason", record(|it| it.reason = " ".into())),
        ("ended", record(|it| it.until = at(now))),
    ] {
        assert_eq!(broken(&[entry], now), None, "{why}");
    }
    assert_eq!(broken(&[record(|_| ())], "2026-11-11T08:59:59Z"), None, "made later");
    let ended = [record(|it| it.until = at("2026-11-11T09:30:00Z"))];
    let moment = |exceptions_at: &str| Rollout {
        plan: &plan,
        tier: "L1",
        batch: None,
        now: at("2026-11-11T09:15:00Z"),
        exceptions_at: at(exceptions_at),
        entries: &ended,
    };
    assert!(current(&calendar, &moment("2026-11-11T09:15:00Z")).remove(0).broken.is_some());
    assert_eq!(current(&calendar, &moment("2026-11-11T09:30:00Z")).remove(0).broken, None, "the clock was put back");
    let newer = Entry { seq: 2, ..record(|it| it.reason = "again".into()) };
    assert_eq!(broken(&[newer.clone(), record(|_| ())], now).map(|it| it.reason).as_deref(), Some("again"));
    let ended = Entry { seq: 2, ..record(|it| it.until = at(now)) };
    assert!(broken(&[record(|_| ()), ended], now).is_some(), "an older exception still holds");
}

#[test]
fn the_next_window_is_the_earliest_unless_a_hard_one_comes_while_it_soaks() {
    let calendar = read(concat!(
        "- {name: care, from: '2026-11-11T10:05', to: '2026-11-11T12:00', asks: {min_soak: 2h}}\n",
        "- {name: hard, from: '2026-11-11T10:20', to: '2026-11-11T12:00', hard: true}\n",
        "- {name: now, from: 2026-11-11, hard: true}\n",
    ));
    let next_of = |kind, batch: usize, now: &str| {
        let plan = plan(kind);
        let rollout = Rollout {
            plan: &plan,
            tier: "L1",
            batch: Some(&plan.batches[batch]),
            now: at(now),
            exceptions_at: at(now),
            entries: &[],
        };
        next(&calendar, &rollout).map(|it| it.name)
    };
    let daily = RolloutType::Daily;
    assert_eq!(next_of(daily, 0, "2026-11-11T10:00:00Z").as_deref(), Some("hard"));
    assert_eq!(next_of(daily, 0, "2026-11-11T09:50:00Z").as_deref(), Some("care"), "the hard one begins when the soak is over");
    assert_eq!(next_of(daily, 1, "2026-11-11T09:50:00Z").as_deref(), Some("hard"), "this batch soaks longer");
    assert_eq!(next_of(daily, 0, "2026-11-11T10:20:00Z"), None, "what holds is not next");
    assert_eq!(next_of(RolloutType::Hotfix, 0, "2026-11-11T10:00:00Z"), None, "it has a lane");
    assert_eq!(next_of(daily, 0, "2026-10-11T00:00:00Z"), None, "31 days ahead");
    assert_eq!(next_of(daily, 0, "2026-10-12T00:00:01Z").as_deref(), Some("now"));
}
