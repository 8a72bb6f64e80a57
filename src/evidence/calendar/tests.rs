use super::*;
use crate::facts::Kind;

const WHOLE: &str = r#"version: 1
zone: Asia/Shanghai
windows:
- name: singles-day
  reason: the year's largest sale
  from: 2026-11-01
  to: 2026-11-12
  tiers: [L0, L1]
  regions: [cn-*]
  asks: {gates: [capacity, alerts], max_step_percent: 10, min_soak: 2h}
- name: itself
  from: 2026-11-10T20:00
  to: 2026-11-11T23:59
  hard: true
  lanes: [rollback]
- name: friday
  zone: europe/berlin
  every: week
  days: [fri, Saturday]
  from: "16:00"
  lasts: 64h
  since: 2026-01-01
  until: 2027-12-31
  except: [2026-12-25]
  types: [daily, config]
  services: [pay, order-*]
  asks: {max_step_percent: 20}
- {name: nightly, every: day, from: "22:00", to: "06:00", hard: true}
- {name: ends, every: month, days: [1, last, third tue, last fri], hard: true}
- {name: eve, every: year, days: [12-24, 02-29], from: "12:00", to: "24:00", hard: true}
"#;

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

fn time(text: &str) -> Time {
    text.parse().unwrap()
}

fn named<'a>(calendar: &'a Calendar, name: &str) -> &'a Window {
    calendar.windows.iter().find(|window| window.name == name).unwrap()
}

#[test]
fn a_whole_calendar_is_read() {
    let calendar = read(WHOLE.as_bytes()).expect("readable");
    let sale = named(&calendar, "singles-day");
    assert_eq!((sale.zone_name.as_str(), sale.hard, sale.line), ("Asia/Shanghai", false, Some(4)));
    // A date as the end is the end of its day.
    let expected = When::Once { from: "2026-11-01T00:00".parse().unwrap(), to: "2026-11-13T00:00".parse().unwrap() };
    assert_eq!(sale.when, expected);
    assert_eq!(sale.asks.gates, [Kind::Capacity, Kind::Alerts]);
    assert_eq!((sale.asks.max_step_percent, sale.asks.min_soak_seconds), (Some(10.0), Some(7200)));
    assert_eq!(sale.lanes, [RolloutType::Hotfix, RolloutType::Rollback]);
    assert_eq!(named(&calendar, "itself").lanes, [RolloutType::Rollback]);
    let friday = named(&calendar, "friday");
    assert_eq!(friday.zone_name, "Europe/Berlin");
    let When::Every(recurrence) = &friday.when else { panic!("comes again") };
    assert_eq!((recurrence.from, recurrence.lasts), (time("16:00"), Lasts::Seconds(64 * 3600)));
    assert_eq!((recurrence.since, recurrence.until), (Some(date("2026-01-01")), Some(date("2027-12-31"))));
    assert!(recurrence.except.contains(&date("2026-12-25")));
    let When::Every(nightly) = &named(&calendar, "nightly").when else { panic!("comes again") };
    assert_eq!(nightly.lasts, Lasts::NextDay(time("06:00")));
    let When::Every(ends) = &named(&calendar, "ends").when else { panic!("comes again") };
    assert_eq!((ends.from, ends.lasts), (Time::midnight(), Lasts::NextDay(Time::midnight())));
}

#[test]
fn days_are_those_of_their_recurrence() {
    let calendar = read(WHOLE.as_bytes()).expect("readable");
    let on = |name: &str, day: &str| match &named(&calendar, name).when {
        When::Every(recurrence) => recurrence.days.contains(date(day)),
        When::Once { .. } => panic!("comes again"),
    };
    for (name, yes, no) in [
        ("friday", ["2026-12-04", "2026-12-05"], ["2026-12-03", "2026-12-06"]),
        ("nightly", ["2026-12-04", "2026-12-05"], ["", ""]),
        ("ends", ["2026-02-28", "2026-04-30"], ["2026-02-26", "2026-04-29"]),
        ("ends", ["2026-12-15", "2026-12-25"], ["2026-12-08", "2026-12-18"]),
        ("ends", ["2024-02-29", "2026-12-01"], ["2024-02-28", "2026-12-22"]),
        ("eve", ["2026-12-24", "2028-02-29"], ["2026-12-25", "2027-02-28"]),
    ] {
        assert!(yes.iter().all(|day| on(name, day)), "{name}: {yes:?}");
        assert!(no.iter().filter(|day| !day.is_empty()).all(|day| !on(name, day)), "{name}: {no:?}");
    }
}

#[test]
fn an_empty_calendar_is_fine() {
    for text in ["version: 1\n", "version: 1\nwindows:\n", "version: 1\nwindows: []\n"] {
        assert_eq!(read(text.as_bytes()), Ok(Calendar { windows: Vec::new() }));
    }
}

#[test]
fn every_mistake_names_its_line_and_the_way_out() {
    let mistakes = [
        ("version: 1", "version: 2", "line 1: calendar version 2 is not known; expected 1"),
        ("zone: Asia/Shanghai", "zone: Asia/Shanhai", "line 2: unknown time zone `Asia/Shanhai`; did you mean `Asia/Shanghai`?"),
        ("zone: Asia/Shanghai", "zone: ../../etc/passwd", "line 2: unknown time zone `../../etc/passwd`; expected a name"),
        ("windows:", "window:", "line 3: unknown key `window`; did you mean `windows`?"),
        ("name: itself", "name: singles-day", "line 11: the window `singles-day` is there twice"),
        ("reason: the year's largest sale", "reason: \"a\\u202eb\"", "line 5: the reason holds a control character"),
        ("from: 2026-11-01\n", "from: 2026-11-31\n", "line 6: `2026-11-31` is no date"),
        ("from: 2026-11-01\n", "from: 2026-11-13\n", "line 7: the window ends before it begins"),
        ("from: 2026-11-01\n", "from: 1812-11-01\n", "line 6: the year 1812 is too far away; expected 1970 to 2200"),
        ("  from: 2026-11-01\n", "", "line 4: the window does not say when it begins"),
        ("from: 2026-11-10T20:00", "from: 2026-11-10T20:00Z", "line 12: `2026-11-10T20:00Z` is no date; expected one like"),
        ("from: 2026-11-10T20:00", "from: 2026-11-10T20:00+08:00", "line 12: `2026-11-10T20:00+08:00` is no date"),
        ("  to: 2026-11-11T23:59\n", "", "line 12: the window does not say when it ends; add `to`"),
        ("to: 2026-11-12", "until: 2026-11-12", "line 7: `until` belongs to a window that comes again"),
        ("tiers: [L0, L1]", "tiers: [L0, L7]", "line 8: unknown tier `L7`"),
        ("tiers: [L0, L1]", "tiers: []", "line 8: `tiers` names none"),
        ("regions: [cn-*]", "regions: ['cn-[ab]']", "line 9: the pattern `cn-[ab]` holds `[`"),
        ("max_step_percent: 10", "max_step_percent: 0", "line 10: max_step_percent is 0"),
        ("min_soak: 2h", "min_soak: long", "line 10: min_soak: `long` is no length of time"),
        ("gates: [capacity, alerts]", "gates: [capasity]", "line 10: unknown value `capasity`; did you mean `capacity`?"),
        ("  hard: true\n", "", "line 11: the window `itself` asks nothing"),
        ("lanes: [rollback]", "lanes: [rolback]", "line 15: unknown value `rolback`; did you mean `rollback`?"),
        ("every: week", "every: fortnight", "line 18: unknown value `fortnight`; expected one of: day, week, month, year"),
        ("every: week", "every: day", "line 19: a window of every day has no `days`"),
        ("days: [fri, Saturday]", "days: [15]", "line 19: `15` is not a day here; expected `mon` to `sun`"),
        ("days: [fri, Saturday]", "days: []", "line 19: `days` names none"),
        ("  days: [fri, Saturday]\n", "", "line 16: the window does not say on which days; add for example `days: [fri, sat]`"),
        ("from: \"16:00\"", "from: 2026-01-01", "line 20: `2026-01-01` is no time of the day; expected one like `16:00`"),
        ("from: \"16:00\"", "from: \"25:00\"", "line 20: `25:00` is no time of the day"),
        ("lasts: 64h", "lasts: 8d", "line 21: the window lasts longer than until it comes again; expected at most a week"),
        ("lasts: 64h", "to: \"16:00\"", "line 21: the window ends when it begins"),
        ("  lasts: 64h\n", "", "line 20: the window does not say when it ends; add `to` or `lasts`"),
        ("since: 2026-01-01", "to: \"17:00\"", "line 21: the window has both `to` and `lasts`"),
        ("until: 2027-12-31", "until: 2025-12-31", "line 23: the window's last day is before its first"),
        ("except: [2026-12-25]", "except: [christmas]", "line 24: `christmas` is no date"),
        ("types: [daily, config]", "types: []", "line 25: `types` names none"),
        ("third tue", "fifth tue", "line 29: `fifth tue` is not a day here"),
        ("days: [1, last", "days: [0, last", "line 29: `0` is not a day here"),
        ("12-24", "02-30", "line 30: `02-30` is not a day here; expected month and day like `12-24`"),
    ];
    for (good, bad, wanted) in mistakes {
        let changed = WHOLE.replacen(good, bad, 1);
        assert_ne!(changed, WHOLE, "{good} is not there");
        let error = read(changed.as_bytes()).expect_err(bad).to_string();
        assert!(error.starts_with(wanted), "{bad}: {error}");
    }
}

#[test]
fn a_calendar_has_not_too_many_windows() {
    let with = |count: usize| {
        let windows = (0..count).map(|number| format!("- {{name: w{number}, every: day, hard: true}}\n"));
        read(format!("version: 1\nwindows:\n{}", windows.collect::<String>()).as_bytes())
    };
    assert_eq!(with(500).map(|calendar| calendar.windows.len()), Ok(500));
    assert!(with(501).unwrap_err().to_string().contains("more than 500 windows"));
}

#[test]
fn damaged_input_is_an_error_and_no_panic() {
    for bytes in [&b""[..], b"\xff", b"[", b"- 1", b"version: 1\nwindows: {", b"a: &a [*a]", b"version: 1\n---\nversion: 1\n"] {
        assert!(read(bytes).is_err(), "{bytes:?}");
    }
}

#[test]
fn the_schema_knows_every_key_of_a_whole_calendar() {
    let text = schema().to_string();
    for key in
        ["zone", "windows", "every", "days", "lasts", "since", "until", "except", "asks", "max_step_percent", "min_soak", "lanes"]
    {
        assert!(text.contains(&format!("\"{key}\":")), "{key}");
    }
}
