//! Days, times and lengths as people write them.

use jiff::civil::{Date, DateTime, Time};
use serde_saphyr::Spanned;

use super::shown;
use crate::evidence::yaml::at;
use crate::evidence::{ReadError, duration};

/// Years that a date may be in: those of the tz database's history, and as many again.
const YEARS: std::ops::RangeInclusive<i16> = 1970..=2200;

pub(super) fn month_and_day(text: &str) -> Option<(i8, i8)> {
    let (month, day) = text.split_once('-')?;
    let (month, day) = (month.parse().ok()?, day.parse().ok()?);
    // A leap year, so that 29 February is a day.
    Date::new(2000, month, day).ok().map(|_| (month, day))
}

/// A local date and time, or the beginning of a date and `true`.
pub(super) fn moment(written: &Spanned<String>) -> Result<(DateTime, bool), ReadError> {
    let text = &written.value;
    let read = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"]
        .iter()
        .find_map(|format| DateTime::strptime(format, text).ok());
    let (moment, is_day) = match (read, Date::strptime("%Y-%m-%d", text)) {
        (Some(moment), _) => (moment, false),
        (None, Ok(date)) => (date.to_datetime(Time::midnight()), true),
        (None, Err(_)) => {
            let message = format!(
                "`{}` is no date; expected one like `2026-11-10` or `2026-11-10T20:00`, local to the window's zone and without an offset",
                shown(text)
            );
            return Err(at(written, message));
        }
    };
    in_range(written, moment.date())?;
    Ok((moment, is_day))
}

pub(super) fn day(written: &Spanned<String>) -> Result<Date, ReadError> {
    let date = Date::strptime("%Y-%m-%d", &written.value)
        .map_err(|_| at(written, format!("`{}` is no date; expected one like `2026-11-10`", shown(&written.value))))?;
    in_range(written, date)?;
    Ok(date)
}

pub(super) fn in_range(written: &Spanned<String>, date: Date) -> Result<(), ReadError> {
    if YEARS.contains(&date.year()) {
        return Ok(());
    }
    Err(at(written, format!("the year {} is too far away; expected {} to {}", date.year(), YEARS.start(), YEARS.end())))
}

pub(super) fn next_day(written: &Spanned<String>, date: Date) -> Result<DateTime, ReadError> {
    let next = date.tomorrow().map_err(|_| at(written, "there is no day after this one"))?;
    Ok(next.to_datetime(Time::midnight()))
}

pub(super) fn time_of_day(written: &Spanned<String>) -> Result<Time, ReadError> {
    Time::strptime("%H:%M", &written.value).map_err(|_| {
        let message = format!("`{}` is no time of the day; expected one like `16:00`", shown(&written.value));
        at(written, message)
    })
}

pub(super) fn length(written: &Spanned<String>, key: &str) -> Result<u64, ReadError> {
    duration::seconds(&written.value).ok_or_else(|| {
        at(written, format!("{key}: `{}` is no length of time; write it like `30m` or `64h`", shown(&written.value)))
    })
}
