//! The one line of a commit status.

use crate::decide::{Decision, Mode};
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
    let strong = groups.stop.len() + groups.hold.len();
    let Some(first) = causes.first().filter(|_| strong > 0) else {
        return cut(&format!("{lead}{}", summary::counts(decision, &groups)), MOST);
    };
    let rest = strong.saturating_sub(first.findings.len());
    let more = if rest == 0 { String::new() } else { format!(" (and {rest} more)") };
    let place = summary::place(first.first).map(|place| format!(" at {place}")).unwrap_or_default();
    let room = MOST.saturating_sub(lead.chars().count() + more.chars().count());
    format!("{lead}{}{more}", cut(&terminal(&format!("{}{place}", first.first.message)), room))
}
