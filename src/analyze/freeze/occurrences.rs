//! When the windows of a calendar hold: from local days and times to moments.

use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Span, Timestamp};

use super::Scope;
use crate::evidence::calendar::{Calendar, Lasts, Recurrence, When, Window};

/// The days that [`occurrences`] looks at from its beginning on: five years, so that no calendar makes it run for ever.
pub const MAX_DAYS: i64 = 5 * 366;

/// A window, at one of the times when it holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Occurrence<'a> {
    pub window: &'a Window,
    pub starts_at: Timestamp,
    /// It no longer holds at this moment; always after `starts_at`.
    pub ends_at: Timestamp,
}

/// The windows that concern the scope and hold at any time from `from` to before `to`, by start and name. What begins before `from`
/// is there with its own start. Nothing beyond [`MAX_DAYS`] after `from` is found.
#[must_use]
pub fn occurrences<'a>(calendar: &'a Calendar, scope: &Scope<'_>, from: Timestamp, to: Timestamp) -> Vec<Occurrence<'a>> {
    let last = from.saturating_add(SignedDuration::from_hours(24 * MAX_DAYS)).unwrap_or(Timestamp::MAX);
    let to = to.min(last);
    let mut found = Vec::new();
    for window in calendar.windows.iter().filter(|window| scope.meets(window)) {
        match &window.when {
            When::Once { from: begins, to: ends } => {
                found.extend(occurrence(window, start(&window.zone, *begins), end(&window.zone, *ends)));
            }
            When::Every(recurrence) => {
                found.extend(days(recurrence, &window.zone, from, to).filter_map(|day| on(window, recurrence, day)));
            }
        }
    }
    found.retain(|it| it.starts_at < to && from < it.ends_at);
    found.sort_by(|a, b| (a.starts_at, &a.window.name).cmp(&(b.starts_at, &b.window.name)));
    found
}

/// The days on which an occurrence may begin that holds between two moments: a few too many, none too few.
fn days(recurrence: &Recurrence, zone: &TimeZone, from: Timestamp, to: Timestamp) -> impl Iterator<Item = Date> {
    let lasts = match recurrence.lasts {
        Lasts::SameDay(_) => 0,
        Lasts::NextDay(_) => 1,
        Lasts::Seconds(seconds) => i64::try_from(seconds / 86_400).unwrap_or(MAX_DAYS) + 1,
    };
    let local = |moment: Timestamp| zone.to_datetime(moment).date();
    // Two days more on each side: a zone may skip or repeat a whole one.
    let first = local(from).saturating_sub(Span::new().days(lasts.min(MAX_DAYS) + 2));
    let last = local(to).saturating_add(Span::new().days(2));
    let first = recurrence.since.map_or(first, |since| since.max(first));
    let last = recurrence.until.map_or(last, |until| until.min(last));
    std::iter::successors(Some(first), |day| day.tomorrow().ok())
        .take_while(move |day| *day <= last)
        .filter(|day| recurrence.days.contains(*day) && !recurrence.except.contains(day))
}

fn on<'a>(window: &'a Window, recurrence: &Recurrence, day: Date) -> Option<Occurrence<'a>> {
    let starts_at = start(&window.zone, day.to_datetime(recurrence.from))?;
    let ends_at = match recurrence.lasts {
        Lasts::SameDay(time) => end(&window.zone, day.to_datetime(time)),
        Lasts::NextDay(time) => end(&window.zone, day.tomorrow().ok()?.to_datetime(time)),
        Lasts::Seconds(seconds) => {
            let lasts = SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX));
            Some(starts_at.saturating_add(lasts).unwrap_or(Timestamp::MAX))
        }
    };
    occurrence(window, Some(starts_at), ends_at)
}

/// None when nothing is left of it: a window between two times that the clocks jumped over.
fn occurrence(window: &Window, starts_at: Option<Timestamp>, ends_at: Option<Timestamp>) -> Option<Occurrence<'_>> {
    let (starts_at, ends_at) = (starts_at?, ends_at?);
    (starts_at < ends_at).then_some(Occurrence { window, starts_at, ends_at })
}

/// The first moment at which the clocks show the time, or jump over it.
fn start(zone: &TimeZone, local: DateTime) -> Option<Timestamp> {
    moment(zone, local, |before, _| before)
}

/// The last moment at which the clocks show the time, or the one at which they jump over it.
fn end(zone: &TimeZone, local: DateTime) -> Option<Timestamp> {
    moment(zone, local, |_, after| after)
}

fn moment(zone: &TimeZone, local: DateTime, of_two: fn(Timestamp, Timestamp) -> Timestamp) -> Option<Timestamp> {
    match zone.to_ambiguous_timestamp(local).offset() {
        AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(local).ok(),
        AmbiguousOffset::Fold { before, after } => {
            Some(of_two(before.to_timestamp(local).ok()?, after.to_timestamp(local).ok()?))
        }
        AmbiguousOffset::Gap { before, .. } => {
            // As if the clocks had not jumped: at the jump or after it.
            let unjumped = before.to_timestamp(local).ok()?;
            let just_after = unjumped.checked_add(SignedDuration::from_nanos(1)).ok()?;
            zone.preceding(just_after).next().map(|jump| jump.timestamp())
        }
    }
}
