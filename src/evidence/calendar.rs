//! The freeze calendar: YAML in which an organisation says when it releases less, and more carefully (requirement C6).
//!
//! ```yaml
//! version: 1
//! zone: Asia/Shanghai               # of windows that name none; UTC where nobody names one
//! windows:
//! - name: singles-day
//!   reason: the year's largest sale
//!   from: 2026-11-01                # a date, or a local date and time
//!   to: 2026-11-12                  # a date is the end of that day
//!   tiers: [L0, L1]
//!   regions: [cn-*]
//!   asks: {gates: [capacity], max_step_percent: 10, min_soak: 2h}
//! - name: singles-day-itself
//!   from: 2026-11-10T20:00
//!   to: 2026-11-11T23:59
//!   hard: true                      # nothing starts, except through a lane
//!   lanes: [hotfix, rollback]       # these, where nobody names others; a rollback always has one
//! - name: friday-evening
//!   zone: Europe/Berlin
//!   every: week                     # day | week | month | year
//!   days: [fri]                     # week: mon..sun; month: 1..31, last, first mon, last fri; year: 12-24
//!   from: "16:00"
//!   lasts: 64h                      # or `to: "06:00"`, on the next day when it is not after `from`; neither: the whole day
//!   since: 2026-01-01
//!   until: 2027-12-31               # the last day on which it begins
//!   except: [2026-12-25]            # days on which it does not begin
//!   types: [daily, config]
//!   services: [pay, order-*]
//!   asks: {max_step_percent: 20}
//! ```
//!
//! Times are local to the window's zone. A time that the clocks show twice begins a window at its first moment and ends one at its
//! second; one that they never show stands for the moment at which they jump over it. Zones come from the tz database that is built
//! in, so that a calendar means the same on every machine.

mod days;
mod read;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;

use crate::facts::{FreezeAsks, RolloutType};

pub use days::{Days, MonthDay};
pub use read::{read, schema};

/// The windows in the order of the file, each with a name of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct Calendar {
    pub windows: Vec<Window>,
}

/// When something is asked of rollouts, and of which. An empty list of whom it concerns concerns all.
#[derive(Debug, Clone, PartialEq)]
pub struct Window {
    pub name: String,
    pub reason: Option<String>,
    /// The name of `zone` in the tz database.
    pub zone_name: String,
    pub zone: TimeZone,
    pub when: When,
    /// Patterns with `*` for any text and `?` for any character, like `regions`.
    pub services: Vec<String>,
    pub tiers: Vec<String>,
    pub regions: Vec<String>,
    pub types: Vec<RolloutType>,
    /// Whether nothing starts in it at all.
    pub hard: bool,
    /// Types of changes that it asks nothing of.
    pub lanes: Vec<RolloutType>,
    pub asks: FreezeAsks,
    /// Where it stands in the file, from 1.
    pub line: Option<u32>,
}

/// When a window holds, in its zone.
#[derive(Debug, Clone, PartialEq)]
pub enum When {
    /// From the first to before the second.
    Once {
        from: DateTime,
        to: DateTime,
    },
    Every(Recurrence),
}

/// A window that comes again.
#[derive(Debug, Clone, PartialEq)]
pub struct Recurrence {
    pub days: Days,
    /// When it begins on such a day.
    pub from: Time,
    pub lasts: Lasts,
    /// The first and the last day on which it may begin.
    pub since: Option<Date>,
    pub until: Option<Date>,
    /// Days on which it does not begin.
    pub except: BTreeSet<Date>,
}

/// How long a recurring window holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lasts {
    /// To before a time of the same day.
    SameDay(Time),
    /// To before a time of the next day; midnight ends a whole day.
    NextDay(Time),
    /// So many seconds, whatever the clocks show.
    Seconds(u64),
}
