//! The YAML of the calendar, checked into types.

mod raw;
mod times;

use std::collections::BTreeSet;

use jiff::civil::Time;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use serde_json::Value;
use serde_saphyr::Spanned;

use super::days::weekday;
use super::{Calendar, Days, Lasts, MonthDay, Recurrence, When, Window};
use crate::evidence::text::shown;
use crate::evidence::yaml::{at, line, name, one_line};
use crate::evidence::{ReadError, yaml};
use crate::facts::{FreezeAsks, RolloutType};
use crate::nearest::nearest;
use raw::{Every, RawAsks, RawCalendar, RawWindow};
use times::{day, length, moment, month_and_day, next_day, time_of_day};

/// A calendar of more is no calendar that a person keeps.
const MAX_WINDOWS: usize = 500;

/// Entries of one list of a window.
const MAX_LISTED: usize = 1000;

const MAX_REASON: usize = 500;

/// The JSON Schema of a calendar.
#[must_use]
pub fn schema() -> Value {
    schemars::schema_for!(RawCalendar).to_value()
}

/// Reads a calendar.
///
/// The errors name the line, what was expected and the way out: YAML that is damaged, unknown keys and values (with the nearest
/// known one), a version other than 1, more than 500 windows, two of the same name, a zone that the tz database does not know, dates
/// and times that are none or lie outside 1970 to 2200, a window that ends before it begins or has no end, days that its recurrence
/// does not have, a length beyond its recurrence, lists that name nothing, patterns that use more than `*` and `?`, a window that
/// asks nothing. A calendar without windows is fine.
pub fn read(bytes: &[u8]) -> Result<Calendar, ReadError> {
    let raw: RawCalendar = yaml::read(bytes)?;
    if raw.version.value != 1 {
        return Err(at(&raw.version, format!("calendar version {} is not known; expected 1", raw.version.value)));
    }
    let zones = TimeZoneDatabase::bundled();
    let default = raw.zone.as_ref().map(|written| zone(&zones, written)).transpose()?;
    let default = default.unwrap_or_else(|| ("UTC".to_owned(), TimeZone::UTC));
    let (mut windows, mut names) = (Vec::new(), BTreeSet::new());
    for raw in raw.windows.unwrap_or_default() {
        if windows.len() == MAX_WINDOWS {
            return Err(at(&raw, format!("there are more than {MAX_WINDOWS} windows; use recurring ones")));
        }
        let window = window(&raw, &zones, &default)?;
        if !names.insert(window.name.clone()) {
            let message =
                format!("the window `{}` is there twice; exceptions name windows, so give it another name", window.name);
            return Err(at(&raw.value.name, message));
        }
        windows.push(window);
    }
    Ok(Calendar { windows })
}

fn window(place: &Spanned<RawWindow>, zones: &TimeZoneDatabase, default: &(String, TimeZone)) -> Result<Window, ReadError> {
    let raw = &place.value;
    let name = name(&raw.name, "the window's name")?;
    let (zone_name, zone) = match &raw.zone {
        Some(written) => zone(zones, written)?,
        None => default.clone(),
    };
    let asks = raw.asks.as_ref().map(|asks| asked(&asks.value)).transpose()?.unwrap_or_default();
    if !raw.hard && asks == FreezeAsks::default() {
        let message = format!(
            "the window `{name}` asks nothing; say what under `asks` (gates, max_step_percent, min_soak), or set `hard: true`"
        );
        return Err(at(place, message));
    }
    let when = match &raw.every {
        Some(every) => When::Every(recurrence(place, every.value)?),
        None => once(place)?,
    };
    Ok(Window {
        name,
        reason: raw.reason.as_ref().map(|reason| one_line(reason, "the reason", MAX_REASON)).transpose()?,
        zone_name,
        zone,
        when,
        services: listed(raw.services.as_ref(), "services", pattern)?,
        tiers: listed(raw.tiers.as_ref(), "tiers", tier)?,
        regions: listed(raw.regions.as_ref(), "regions", pattern)?,
        types: match &raw.types {
            Some(types) if types.value.is_empty() => return Err(nothing(types, "types")),
            Some(types) => types.value.clone(),
            None => Vec::new(),
        },
        hard: raw.hard,
        lanes: raw.lanes.clone().unwrap_or_else(|| vec![RolloutType::Hotfix, RolloutType::Rollback]),
        asks,
        line: line(place),
    })
}

fn zone(zones: &TimeZoneDatabase, written: &Spanned<String>) -> Result<(String, TimeZone), ReadError> {
    if let Some(zone) = zones.get(&written.value).ok().filter(|zone| !zone.is_unknown()) {
        let name = zone.iana_name().unwrap_or(&written.value).to_owned();
        return Ok((name, zone));
    }
    let known: Vec<_> = zones.available().collect();
    let way_out = match nearest(&written.value, known.iter().map(jiff::tz::TimeZoneName::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "expected a name of the tz database like `Asia/Shanghai`".to_owned(),
    };
    Err(at(written, format!("unknown time zone `{}`; {way_out}", written.value)))
}

fn asked(raw: &RawAsks) -> Result<FreezeAsks, ReadError> {
    if let Some(step) = raw.max_step_percent.as_ref().filter(|step| !(step.value > 0.0 && step.value <= 100.0)) {
        return Err(at(step, format!("max_step_percent is {}; expected more than 0 and at most 100", step.value)));
    }
    let soak = |soak: &Spanned<String>| length(soak, "min_soak");
    Ok(FreezeAsks {
        gates: raw.gates.iter().cloned().collect::<BTreeSet<_>>().into_iter().collect(),
        max_step_percent: raw.max_step_percent.as_ref().map(|step| step.value),
        min_soak_seconds: raw.min_soak.as_ref().map(soak).transpose()?,
    })
}

fn once(place: &Spanned<RawWindow>) -> Result<When, ReadError> {
    let raw = &place.value;
    let recurring = [
        ("days", line_of(raw.days.as_ref())),
        ("lasts", line_of(raw.lasts.as_ref())),
        ("since", line_of(raw.since.as_ref())),
        ("until", line_of(raw.until.as_ref())),
        ("except", line_of(raw.except.as_ref())),
    ];
    if let Some((key, Some(line))) = recurring.into_iter().find(|(_, line)| line.is_some()) {
        let message = format!("`{key}` belongs to a window that comes again; add `every: day|week|month|year`, or use `to`");
        return Err(ReadError::at_line(u64::from(line), message));
    }
    let Some(from) = &raw.from else {
        return Err(at(place, "the window does not say when it begins; add `from`, or `every` when it comes again"));
    };
    let (begins, is_day) = moment(from)?;
    let ends = match &raw.to {
        Some(to) => match moment(to)? {
            (day, true) => next_day(to, day.date())?,
            (ends, false) => ends,
        },
        None if is_day => next_day(from, begins.date())?,
        None => return Err(at(from, "the window does not say when it ends; add `to`")),
    };
    if ends <= begins {
        return Err(at(raw.to.as_ref().unwrap_or(from), "the window ends before it begins; expected `to` after `from`"));
    }
    Ok(When::Once { from: begins, to: ends })
}

fn recurrence(place: &Spanned<RawWindow>, every: Every) -> Result<Recurrence, ReadError> {
    let raw = &place.value;
    let days = days(place, every)?;
    let from = raw.from.as_ref().map(time_of_day).transpose()?;
    let lasts = match (&raw.to, &raw.lasts) {
        (Some(_), Some(lasts)) => return Err(at(lasts, "the window has both `to` and `lasts`; keep one of them")),
        (Some(to), None) if to.value == "24:00" => Lasts::NextDay(Time::midnight()),
        (Some(to), None) => {
            let ends = time_of_day(to)?;
            let begins = from.unwrap_or_default();
            if ends == begins {
                let message =
                    "the window ends when it begins; write `lasts: 24h`, or leave `from` and `to` out for the whole day";
                return Err(at(to, message));
            }
            if ends > begins { Lasts::SameDay(ends) } else { Lasts::NextDay(ends) }
        }
        (None, Some(lasts)) => {
            let seconds = length(lasts, "lasts")?;
            let (most, words) = match every {
                Every::Day => (1, "a day"),
                Every::Week => (7, "a week"),
                Every::Month => (28, "28 days"),
                Every::Year => (365, "365 days"),
            };
            if seconds > most * 86_400 {
                return Err(at(lasts, format!("the window lasts longer than until it comes again; expected at most {words}")));
            }
            Lasts::Seconds(seconds)
        }
        (None, None) => match &raw.from {
            Some(from) => return Err(at(from, "the window does not say when it ends; add `to` or `lasts`")),
            None => Lasts::NextDay(Time::midnight()),
        },
    };
    let since = raw.since.as_ref().map(day).transpose()?;
    let until = raw.until.as_ref().map(day).transpose()?;
    if let Some(place) = raw.until.as_ref().filter(|_| since.zip(until).is_some_and(|(since, until)| until < since)) {
        return Err(at(place, "the window's last day is before its first; expected `until` not before `since`"));
    }
    let except = match &raw.except {
        Some(except) => few(except, "except")?.iter().map(day).collect::<Result<_, _>>()?,
        None => BTreeSet::new(),
    };
    Ok(Recurrence { days, from: from.unwrap_or_default(), lasts, since, until, except })
}

fn days(place: &Spanned<RawWindow>, every: Every) -> Result<Days, ReadError> {
    let (example, word) = match every {
        Every::Day => {
            return match &place.value.days {
                Some(days) => Err(at(days, "a window of every day has no `days`; remove them, or write `every: week`")),
                None => Ok(Days::Every),
            };
        }
        Every::Week => ("`days: [fri, sat]`", "`mon` to `sun`"),
        Every::Month => (
            "`days: [1, last, last fri]`",
            "`1` to `31`, `last`, or `first`, `second`, `third`, `fourth` or `last` with a weekday",
        ),
        Every::Year => ("`days: [12-24, 01-01]`", "month and day like `12-24`"),
    };
    let Some(written) = &place.value.days else {
        return Err(at(place, format!("the window does not say on which days; add for example {example}")));
    };
    let list = few(written, "days")?;
    if list.is_empty() {
        return Err(at(written, format!("`days` names none; write for example {example}")));
    }
    let wrong = |day: &Spanned<String>| at(day, format!("`{}` is not a day here; expected {word}", shown(&day.value)));
    match every {
        Every::Day => Ok(Days::Every),
        Every::Week => {
            list.iter().map(|day| weekday(&day.value).ok_or_else(|| wrong(day))).collect::<Result<_, _>>().map(Days::OfWeek)
        }
        Every::Month => {
            let read = |day: &Spanned<String>| MonthDay::parse(&day.value).ok_or_else(|| wrong(day));
            list.iter().map(read).collect::<Result<_, _>>().map(Days::OfMonth)
        }
        Every::Year => {
            let read = |day: &Spanned<String>| month_and_day(&day.value).ok_or_else(|| wrong(day));
            list.iter().map(read).collect::<Result<_, _>>().map(Days::OfYear)
        }
    }
}
/// The entries of a list of whom the window concerns; nothing for a list that is not there.
fn listed(
    list: Option<&Spanned<Vec<Spanned<String>>>>,
    key: &str,
    read: fn(&Spanned<String>) -> Result<String, ReadError>,
) -> Result<Vec<String>, ReadError> {
    let Some(list) = list else { return Ok(Vec::new()) };
    if list.value.is_empty() {
        return Err(nothing(list, key));
    }
    few(list, key)?.iter().map(read).collect()
}

fn few<'a>(list: &'a Spanned<Vec<Spanned<String>>>, key: &str) -> Result<&'a [Spanned<String>], ReadError> {
    if list.value.len() > MAX_LISTED {
        return Err(at(list, format!("`{key}` has {} entries; at most {MAX_LISTED} may be", list.value.len())));
    }
    Ok(&list.value)
}

fn nothing<T>(list: &Spanned<T>, key: &str) -> ReadError {
    at(list, format!("`{key}` names none, so that the window would concern nobody; fill it, or leave it out for all"))
}

fn pattern(written: &Spanned<String>) -> Result<String, ReadError> {
    let text = name(written, "a pattern")?;
    match text.chars().find(|c| matches!(c, '[' | ']' | '{' | '}' | '\\' | '!')) {
        Some(c) => {
            let message = format!("the pattern `{text}` holds `{c}`; only `*` and `?` stand for others, so list what you mean");
            Err(at(written, message))
        }
        None => Ok(text),
    }
}

fn tier(written: &Spanned<String>) -> Result<String, ReadError> {
    if ["L0", "L1", "L2", "L3"].contains(&written.value.as_str()) {
        return Ok(written.value.clone());
    }
    Err(at(written, format!("unknown tier `{}`; expected one of: L0, L1, L2, L3", shown(&written.value))))
}

fn line_of<T>(place: Option<&Spanned<T>>) -> Option<u32> {
    // A key whose place the parser does not know is still there.
    place.map(|place| line(place).unwrap_or(1))
}
