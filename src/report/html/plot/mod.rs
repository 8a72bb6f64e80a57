//! Pictures as SVG inside the page: text stays text, and the page's style sheet gives the colours.
//!
//! Colour never speaks alone: the sides differ by dashes and marks, the zones by shape and word. Coordinates have one decimal, so
//! that the same numbers give the same bytes.

mod effect;
mod scale;
mod series;

pub(super) use effect::{Axis, change, percent};
pub(super) use series::series;

use crate::facts::Zone;

/// The sign before a zone's word.
pub(super) fn mark(zone: Zone) -> &'static str {
    match zone {
        Zone::Regressed => "✗",
        Zone::Equivalent => "✓",
        Zone::Undecided => "?",
        Zone::NoData => "∅",
    }
}

/// The word of a zone as a reader would write it.
pub(super) fn word(zone: Zone) -> &'static str {
    match zone {
        Zone::NoData => "no data",
        decided => decided.word(),
    }
}

/// The class that gives a zone its colour: that of the effect that it may have.
pub(super) fn class(zone: Zone) -> &'static str {
    match zone {
        Zone::Regressed => "stop",
        Zone::Equivalent => "good",
        Zone::Undecided | Zone::NoData => "wait",
    }
}

/// How often a value comes, in the largest unit that divides it: `every 5 min`.
pub(super) fn every(seconds: u64) -> String {
    let units = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];
    let (length, unit) =
        units.into_iter().find(|(length, _)| seconds >= *length && seconds.is_multiple_of(*length)).unwrap_or((1, "s"));
    format!("every {} {unit}", seconds / length)
}

/// A coordinate.
fn xy(number: f64) -> String {
    // Adding zero takes the sign from a zero.
    format!("{:.1}", (number * 10.0).round() / 10.0 + 0.0)
}
