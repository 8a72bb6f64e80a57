//! The days on which a recurring window begins.

use std::collections::BTreeSet;

use jiff::civil::{Date, Weekday};

/// Which days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Days {
    Every,
    /// By the offset from Monday.
    OfWeek(BTreeSet<i8>),
    OfMonth(BTreeSet<MonthDay>),
    /// Month and day; 29 February comes in leap years only.
    OfYear(BTreeSet<(i8, i8)>),
}

/// A day of a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MonthDay {
    /// By its number; months that are shorter have none.
    Number(i8),
    Last,
    /// The first, second, third or fourth of its weekdays, counted from 1, with the weekday's offset from Monday.
    Nth(i8, i8),
    /// The last of its weekdays.
    LastOf(i8),
}

impl Days {
    /// Whether a window begins on the day.
    #[must_use]
    pub fn contains(&self, date: Date) -> bool {
        match self {
            Days::Every => true,
            Days::OfWeek(days) => days.contains(&date.weekday().to_monday_zero_offset()),
            Days::OfMonth(days) => days.iter().any(|day| day.is(date)),
            Days::OfYear(days) => days.contains(&(date.month(), date.day())),
        }
    }
}

impl MonthDay {
    fn is(self, date: Date) -> bool {
        let weekday = date.weekday().to_monday_zero_offset();
        match self {
            MonthDay::Number(number) => date.day() == number,
            MonthDay::Last => date.day() == date.days_in_month(),
            MonthDay::Nth(nth, of) => weekday == of && (date.day() - 1) / 7 + 1 == nth,
            MonthDay::LastOf(of) => weekday == of && date.day() + 7 > date.days_in_month(),
        }
    }

    /// Reads `15`, `last`, `first mon` or `last fri`; `None` for anything else.
    pub(super) fn parse(text: &str) -> Option<MonthDay> {
        const COUNTED: [&str; 4] = ["first", "second", "third", "fourth"];
        if text == "last" {
            return Some(MonthDay::Last);
        }
        if let Some((which, day)) = text.split_once(' ') {
            let day = weekday(day.trim_start())?;
            if which == "last" {
                return Some(MonthDay::LastOf(day));
            }
            return COUNTED.iter().zip(1..).find(|(word, _)| **word == which).map(|(_, nth)| MonthDay::Nth(nth, day));
        }
        text.parse().ok().filter(|number| (1..=31).contains(number)).map(MonthDay::Number)
    }
}

/// The offset from Monday of `mon` to `sun`, or of a weekday's whole name; `None` for anything else.
pub(super) fn weekday(text: &str) -> Option<i8> {
    const WEEK: [(Weekday, &str, &str); 7] = [
        (Weekday::Monday, "mon", "monday"),
        (Weekday::Tuesday, "tue", "tuesday"),
        (Weekday::Wednesday, "wed", "wednesday"),
        (Weekday::Thursday, "thu", "thursday"),
        (Weekday::Friday, "fri", "friday"),
        (Weekday::Saturday, "sat", "saturday"),
        (Weekday::Sunday, "sun", "sunday"),
    ];
    let text = text.to_ascii_lowercase();
    WEEK.iter().find(|(_, short, long)| text == *short || text == *long).map(|(day, _, _)| day.to_monday_zero_offset())
}
