//! The one comment on a pull request: the verdict, what to do next, and where the rest stands.
//!
//! Whoever reads it has other things to do: a pass is two lines, anything else at most five reasons. What others wrote goes through
//! `escape::markdown` and `escape::code_span`, so that it calls nobody, links nowhere and is no markup.

use std::fmt::{self, Write as _};

use crate::decide::{Decision, Effect, Mode, Stage, Verdict};
use crate::report::cause::Cause;
use crate::report::escape::{code_span, markdown, terminal};
use crate::report::rollback;
use crate::report::summary::{self, Groups};

use super::important::ranked;
use super::{Scene, cut, link};

/// Reasons that a person takes in at once.
const MOST_REASONS: usize = 5;
/// A longer text belongs into the report. With everything that escaping adds, a comment stays far below GitHub's 65,536 characters.
const MOST_OF_A_TEXT: usize = 400;
/// Lines about the way back.
const MOST_OF_A_RECOVERY: usize = 12;

/// The first line of a comment that kadian keeps up to date; not shown by GitHub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marker {
    pub stage: Stage,
    /// The commit that was judged, in hexadecimal.
    pub head: String,
    /// The workflow run and its attempt, which grow with time; zeros outside of GitHub's runners.
    pub run: (u64, u64),
}

impl Marker {
    /// What its first line says; `None` for a comment that does not begin with a marker, as every comment of a person.
    #[must_use]
    pub fn of(body: &str) -> Option<Marker> {
        let line = body.lines().next()?.strip_prefix("<!-- kadian:")?.strip_suffix(" -->")?;
        let mut words = line.split(' ');
        let stage = words.next()?;
        let stage = Stage::ALL.into_iter().find(|known| known.word() == stage)?;
        let head = words.next()?.strip_prefix("head=")?.to_owned();
        let (run, attempt) = words.next()?.strip_prefix("run=")?.split_once('.')?;
        Some(Marker { stage, head, run: (run.parse().ok()?, attempt.parse().ok()?) })
    }
}

impl fmt::Display for Marker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head: String = self.head.chars().filter(char::is_ascii_hexdigit).take(64).collect();
        write!(f, "<!-- kadian:{} head={head} run={}.{} -->", self.stage, self.run.0, self.run.1)
    }
}

/// The whole comment, marker first. Much less than 65,536 characters.
#[must_use]
pub fn comment(decision: &Decision, scene: &Scene, marker: &Marker) -> String {
    let link = link(scene.run_url.as_ref()).map(|url| format!("[everything that was found]({url}), ")).unwrap_or_default();
    let id: String = decision.id.chars().take(12).collect();
    let judged = summary::range(decision).map(|range| format!("judged {}, ", code_span(&limited(&range)))).unwrap_or_default();
    let end = format!("{link}{judged}decision {}", code_span(&id));
    format!("{marker}\n{}\n{end}\n", body(decision, scene))
}

/// The verdict and what to do next, as Markdown; the same in the comment and in the check run.
pub(super) fn body(decision: &Decision, scene: &Scene) -> String {
    let groups = Groups::of(decision);
    let mut out = heading(decision, &groups);
    let causes = ranked(&groups, decision);
    let strong: Vec<&Cause<'_>> = causes.iter().filter(|cause| cause.first.effect >= Effect::Hold).collect();
    recovery(decision, scene, &mut out);
    if !strong.is_empty() {
        let _ = writeln!(out, "\n{}\n", asks(decision, scene));
        for (at, cause) in strong.iter().take(MOST_REASONS).enumerate() {
            out.push_str(&item(at + 1, cause));
        }
    }
    let left = strong.len().saturating_sub(MOST_REASONS);
    let also = [
        (left, "more reason", "more reasons"),
        (groups.warn.len(), "warning", "warnings"),
        (groups.note.len(), "note", "notes"),
        (groups.waived.len(), "waived finding", "waived findings"),
    ];
    let also: Vec<String> = also.iter().filter(|(n, ..)| *n > 0).map(|(n, one, many)| summary::count(*n, one, many)).collect();
    if !also.is_empty() && decision.verdict != Verdict::Pass {
        let _ = writeln!(out, "\nAlso: {}.", also.join(", "));
    }
    if let Some(next) = decision.next_look_at {
        let _ = writeln!(out, "\nLook again {}, at `{next}`.", summary::until(decision.decided_at, next));
    }
    if let Some(shadow) = &decision.shadow {
        let files = code_span(&limited(&summary::list(&shadow.files)));
        let said = markdown(&limited(&summary::shadow(decision, shadow)));
        let _ = writeln!(out, "\nThe change edits what judges it ({files}), which counts once it is merged: the verdict {said}.");
    }
    out
}

/// The verdict in words and the counts, in one line.
fn heading(decision: &Decision, groups: &Groups<'_>) -> String {
    let (symbol, says) = match (decision.verdict, decision.stage) {
        (Verdict::Pass, _) => ("✅", "PASS"),
        (Verdict::Hold, _) => ("⏳", "HOLD"),
        (Verdict::Block, _) => ("❌", "BLOCK"),
        (Verdict::Rollback, _) => ("⏪", "ROLL BACK"),
    };
    let service = decision.subject.service.as_deref().map(limited).filter(|name| !name.is_empty());
    let service = service.map(|name| format!(" of {}", code_span(&name))).unwrap_or_default();
    let mode = match decision.mode {
        Mode::Enforce => "",
        Mode::Warn => " Mode warn: shown, but not enforced.",
        Mode::Shadow => " Mode shadow: neither enforced nor published.",
    };
    let counts = summary::counts(decision, groups);
    format!("{symbol} **kadian: {says}** at {}{service}: {counts}.{mode}\n", decision.stage)
}

/// The sentence before the reasons.
fn asks(decision: &Decision, scene: &Scene) -> &'static str {
    match (decision.verdict, decision.mode) {
        (Verdict::Hold, Mode::Enforce) if scene.is_merge_group => {
            "Nobody can act in a merge queue, so this leaves it. What was not known, and would let it pass:"
        }
        (Verdict::Hold, _) => "It cannot be decided yet. What would let it pass:",
        (Verdict::Rollback, _) => "Why:",
        (Verdict::Block | Verdict::Pass, _) => "What to do, the most important first:",
    }
}

/// The way back: where to, the command, the link to press.
fn recovery(decision: &Decision, scene: &Scene, out: &mut String) {
    let said = rollback::said(decision, false);
    if said.is_empty() {
        return;
    }
    out.push('\n');
    for (at, said) in said.iter().take(MOST_OF_A_RECOVERY).enumerate() {
        let text = if said.command { code_span(&limited(&said.text)) } else { markdown(&limited(&said.text)) };
        let label = if at == 0 { format!("**{}**", said.label) } else { said.label.to_owned() };
        let _ = writeln!(out, "- {label}: {text}");
    }
    if let Some(url) = link(scene.rollback_url.as_ref()) {
        let _ = writeln!(out, "- or press: [start the workflow that rolls back]({url})");
    }
}

/// A reason: what and where and how far, then what to do.
fn item(number: usize, cause: &Cause<'_>) -> String {
    let finding = cause.first;
    let name = code_span(&limited(&finding.id));
    // What the message says itself is not said twice; a gap without a number only repeats it in other words.
    let place = summary::place(finding).filter(|place| !finding.message.contains(place.as_str()));
    let place = place.map(|place| format!(" at {}", code_span(&limited(&place)))).unwrap_or_default();
    let gap = summary::gap(finding).filter(|gap| gap.contains(|c: char| c.is_ascii_digit()));
    let gap = gap.filter(|_| !summary::says(&finding.message, finding));
    let gap = gap.map(|gap| format!(" ({})", markdown(&limited(&gap)))).unwrap_or_default();
    let message = markdown(&limited(&finding.message));
    let mut out = match cause.title() {
        // Several checks wait for one thing, which is what counts.
        Some(title) => {
            let thing = message.strip_prefix("cannot decide: ").unwrap_or(&message);
            let waits = title.rsplit(": ").next().unwrap_or_default();
            format!("{number}. {thing} ({})", markdown(&limited(waits)))
        }
        None => format!("{number}. {name}{place}: {message}{gap}"),
    };
    if let Some(remedy) = finding.remedy.as_deref().map(limited).filter(|remedy| !remedy.is_empty()) {
        let _ = write!(out, "\\\n   → {}", markdown(&remedy));
    }
    out.push('\n');
    out
}

fn limited(text: &str) -> String {
    cut(&terminal(text), MOST_OF_A_TEXT)
}
