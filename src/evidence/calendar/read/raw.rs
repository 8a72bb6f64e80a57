//! The keys of the calendar.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_saphyr::Spanned;

use crate::facts::{Kind, RolloutType};

/// The freeze calendar of an organisation.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCalendar {
    /// Always 1.
    #[schemars(with = "u64")]
    pub(super) version: Spanned<u64>,
    /// The time zone of windows that name none, by its name in the tz database; UTC where it is absent.
    #[schemars(with = "Option<String>")]
    pub(super) zone: Option<Spanned<String>>,
    #[serde(default)]
    #[schemars(with = "Option<Vec<RawWindow>>")]
    pub(super) windows: Option<Vec<Spanned<RawWindow>>>,
}

/// A window: when, of whom, and what it asks.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawWindow {
    /// Unlike every other window's.
    #[schemars(with = "String")]
    pub(super) name: Spanned<String>,
    /// Why; findings quote it.
    #[schemars(with = "Option<String>")]
    pub(super) reason: Option<Spanned<String>>,
    /// The time zone, by its name in the tz database.
    #[schemars(with = "Option<String>")]
    pub(super) zone: Option<Spanned<String>>,
    /// How often it comes again; absent for a window that comes once.
    #[schemars(with = "Option<Every>")]
    pub(super) every: Option<Spanned<Every>>,
    /// Of a week `mon` to `sun`; of a month `1` to `31`, `last`, `first mon` to `fourth sun`, `last fri`; of a year `12-24`.
    #[schemars(with = "Option<Vec<String>>")]
    pub(super) days: Option<Spanned<Vec<Spanned<String>>>>,
    /// Once: a date, or a local date and time. Again and again: a time of the day.
    #[schemars(with = "Option<String>")]
    pub(super) from: Option<Spanned<String>>,
    /// When it ends. A date is the end of that day; a time of the day that is not after `from` is one of the next day.
    #[schemars(with = "Option<String>")]
    pub(super) to: Option<Spanned<String>>,
    /// How long it holds, instead of `to`, when it comes again: `64h`.
    #[schemars(with = "Option<String>")]
    pub(super) lasts: Option<Spanned<String>>,
    /// The first day on which it may begin, when it comes again.
    #[schemars(with = "Option<String>")]
    pub(super) since: Option<Spanned<String>>,
    /// The last day on which it may begin, when it comes again.
    #[schemars(with = "Option<String>")]
    pub(super) until: Option<Spanned<String>>,
    /// Days on which it does not begin, when it comes again.
    #[schemars(with = "Option<Vec<String>>")]
    pub(super) except: Option<Spanned<Vec<Spanned<String>>>>,
    /// The services that it concerns, with `*` and `?`; absent: all.
    #[schemars(with = "Option<Vec<String>>")]
    pub(super) services: Option<Spanned<Vec<Spanned<String>>>>,
    /// The tiers that it concerns, `L0` to `L3`; absent: all.
    #[schemars(with = "Option<Vec<String>>")]
    pub(super) tiers: Option<Spanned<Vec<Spanned<String>>>>,
    /// The regions that it concerns, with `*` and `?`; absent: all.
    #[schemars(with = "Option<Vec<String>>")]
    pub(super) regions: Option<Spanned<Vec<Spanned<String>>>>,
    /// The types of change that it concerns; absent: all.
    #[schemars(with = "Option<Vec<RolloutType>>")]
    pub(super) types: Option<Spanned<Vec<RolloutType>>>,
    /// Whether nothing starts in it at all.
    #[serde(default)]
    pub(super) hard: bool,
    /// The types of change that it asks nothing of; absent: hotfix and rollback. A rollback always has a lane.
    pub(super) lanes: Option<Vec<RolloutType>>,
    /// What it asks of rollouts.
    #[schemars(with = "Option<RawAsks>")]
    pub(super) asks: Option<Spanned<RawAsks>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Every {
    Day,
    Week,
    Month,
    Year,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawAsks {
    /// Evidence that is expected beyond what the stage does.
    #[serde(default)]
    pub(super) gates: Vec<Kind>,
    /// The largest step of one batch in percentage points.
    #[schemars(with = "Option<f64>")]
    pub(super) max_step_percent: Option<Spanned<f64>>,
    /// The shortest soak: `2h`.
    #[schemars(with = "Option<String>")]
    pub(super) min_soak: Option<Spanned<String>>,
}
