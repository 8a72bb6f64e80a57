//! The one line of a commit status.

use crate::decide::{Decision, Effect, Mode};
use crate::report::escape::terminal;
use crate::report::summary::{self, Groups};

use super::cut;
use super::important::ranked;

/// GitHub refuses a longer description.
const MOST: usize = 140;

/// The verdict, then the first reason and how many more there are; counts where there is none. At most 140 characters.
#[must_use]
pub fn description(decision: &Decision) -> String {
    let groups = Groups::of(decision);
    let word = decision.verdict.word().to_uppercase();
    let mode = if decision.mode == Mode::Enforce { String::new() } else { format!(" (mode {})", decision.mode.word()) };
    let lead = format!("{word}{mode}: ");
    let causes = ranked(&groups, decision);
    let strong = causes.iter().filter(|cause| cause.first.effect >= Effect::Hold).count();
    let Some(first) = causes.first().filter(|_| strong > 0) else {
        return cut(&format!("{lead}{}", summary::counts(decision, &groups)), MOST);
    };
    let others = strong.saturating_sub(1);
    let end = if others == 0 { String::new() } else { format!(" (and {others} more)") };
    let place = summary::place(first.first).filter(|place| !first.first.message.contains(place.as_str()));
    let place = place.map(|place| format!(" at {place}")).unwrap_or_default();
    let left = MOST.saturating_sub(lead.chars().count() + end.chars().count());
    format!("{lead}{}{end}", cut(&terminal(&format!("{}{place}", first.first.message)), left))
}
