//! The hours in which a change may run.

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

/// When a change may run.
#[derive(Debug, Clone, PartialEq)]
pub enum ChangeWindow {
    Once {
        from: Timestamp,
        /// Always after `from`; it is closed at this moment.
        to: Timestamp,
    },
    /// On these days of the week, from the first time to before the second; that is on the next day where it is not after the first.
    Weekly { days: Vec<Weekday>, from: Time, to: Time, zone: TimeZone },
    /// Words that no clock can be compared with.
    Words(String),
}

/// The days of the week in files.
const DAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

/// Days before and after now that are looked at: a weekly window opens within eight of them.
const REACH: i64 = 9;

impl ChangeWindow {
    /// The times around `now` at which it opens and closes, the earliest first; of words none.
    #[must_use]
    pub fn around(&self, now: Timestamp) -> Vec<(Timestamp, Timestamp)> {
        match self {
            ChangeWindow::Once { from, to } => vec![(*from, *to)],
            ChangeWindow::Words(_) => Vec::new(),
            ChangeWindow::Weekly { days, from, to, zone } => {
                let today = zone.to_datetime(now).date();
                let mut found = Vec::new();
                for offset in -REACH..=REACH {
                    let Ok(day) = today.checked_add(offset.days()) else { continue };
                    if days.contains(&day.weekday()) {
                        let last = if to > from { Some(day) } else { day.tomorrow().ok() };
                        let opens = moment(zone, day, *from);
                        let closes = last.and_then(|last| moment(zone, last, *to));
                        found.extend(opens.zip(closes).filter(|(opens, closes)| opens < closes));
                    }
                }
                found
            }
        }
    }
}

fn moment(zone: &TimeZone, day: Date, time: Time) -> Option<Timestamp> {
    local(zone, day.to_datetime(time))
}

/// The moment of a local time. One that the clocks show twice is the first, one that they never show the moment at which they jump.
pub(super) fn local(zone: &TimeZone, time: DateTime) -> Option<Timestamp> {
    zone.to_ambiguous_timestamp(time).compatible().ok()
}

/// A day of the week by the first letters of its name, English or Chinese.
pub(super) fn weekday(name: &str) -> Option<Weekday> {
    let name = name.to_lowercase();
    let chinese = |text: &str| {
        let last = text.strip_prefix("周").or_else(|| text.strip_prefix("星期"))?;
        "一二三四五六日".chars().position(|day| last.chars().eq([day])).or_else(|| (last == "天").then_some(6))
    };
    let english =
        || DAYS.iter().position(|(short, _)| name.starts_with(short) && name.ends_with(|c: char| c.is_ascii_alphabetic()));
    chinese(&name).or_else(english).map(|at| DAYS[at].1)
}

pub(super) fn time_of_day(text: &str) -> Option<Time> {
    Time::strptime("%H:%M", text).ok()
}

pub(super) fn date_time(text: &str) -> Option<DateTime> {
    ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"]
        .iter()
        .find_map(|format| DateTime::strptime(format, text).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    #[test]
    fn a_weekly_window_opens_at_its_local_hours_and_over_midnight() {
        let zone = TimeZone::get("Asia/Shanghai").expect("built in");
        let time = |text| time_of_day(text).expect("a time");
        let window = ChangeWindow::Weekly { days: vec![Weekday::Tuesday], from: time("23:00"), to: time("02:00"), zone };
        // 2026-12-01 is a Tuesday.
        let around = window.around(at("2026-12-01T12:00:00Z"));
        assert!(around.contains(&(at("2026-12-01T15:00:00Z"), at("2026-12-01T18:00:00Z"))), "{around:?}");
        assert!(around.is_sorted() && around.len() >= 2);
    }

    #[test]
    fn an_hour_that_the_clocks_skip_is_no_window() {
        let zone = TimeZone::get("Europe/Berlin").expect("built in");
        let time = |text| time_of_day(text).expect("a time");
        let window = ChangeWindow::Weekly { days: vec![Weekday::Sunday], from: time("02:00"), to: time("04:00"), zone };
        let around = window.around(at("2026-03-29T00:00:00Z"));
        assert!(around.contains(&(at("2026-03-29T01:00:00Z"), at("2026-03-29T02:00:00Z"))), "{around:?}");
    }

    #[test]
    fn days_have_their_names() {
        assert_eq!(weekday("Tuesday"), Some(Weekday::Tuesday));
        assert_eq!(weekday("周日"), Some(Weekday::Sunday));
        assert_eq!(weekday("星期天"), Some(Weekday::Sunday));
        assert_eq!((weekday(""), weekday("周"), weekday("day")), (None, None, None));
    }

    #[test]
    fn the_ends_of_time_are_survived() {
        let zone = TimeZone::UTC;
        let time = |text| time_of_day(text).expect("a time");
        let days = DAYS.map(|(_, day)| day).to_vec();
        let window = ChangeWindow::Weekly { days, from: time("02:00"), to: time("01:00"), zone };
        for now in [Timestamp::MIN, Timestamp::MAX] {
            assert!(window.around(now).is_sorted(), "{now}");
        }
    }
}
