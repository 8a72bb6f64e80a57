//! The report for a person at a terminal: the most important first, about one screen, what to do at the end of each reason.

mod block;
pub(super) mod canary;
mod line;
mod tail;

use std::collections::{BTreeMap, BTreeSet};

use block::Form;
use line::{Line, Paragraph, Tone, paragraph};
use tail::Detail;

use super::Options;
use super::cause::Cause;
use super::escape::terminal;
use super::summary::{self, Groups};
use crate::decide::{Decision, Finding, Mode, Verdict};

/// Any text as lines of so many columns behind `lead`, made harmless; lines after the first are indented like it. Nothing gives no line.
#[must_use]
pub fn folded(lead: &str, text: &str, columns: usize) -> Vec<String> {
    let shape = Paragraph { indent: 0, lead, lead_tone: Tone::Plain, tone: Tone::Plain, columns, most: usize::MAX };
    let mut out = String::new();
    for line in paragraph(shape, &terminal(text)) {
        line.write(false, &mut out);
    }
    out.lines().map(str::to_owned).collect()
}

/// Rows that one may be asked to read at once.
const SCREEN: usize = 40;
/// Rows of a terminal that nobody enlarged: where not everything fits on the screen, the second and later reasons of one id fill
/// no more.
const SMALL_SCREEN: usize = 24;
/// So many ids have a reason shown each, however much room that takes.
const LEAST: usize = 8;

/// Writes the decision for a terminal: verdict, what stops it, what holds it, then the rest in short.
pub(super) fn render(decision: &Decision, options: &Options) -> String {
    let options = &Options { width: options.width.max(40), ..options.clone() };
    let groups = Groups::of(decision);
    let strong = groups.stop.iter().copied().chain(groups.hold.iter().map(AsRef::as_ref));
    let reasons = Cause::of(strong, decision);
    let head = verdict(decision, &groups, options);
    let next = tail::next(decision, options);
    // Beside a reason to stop or hold, the rest is only counted: it would hide the reason.
    let detail = match reasons.as_slice() {
        _ if options.verbose => Detail::All,
        [] => Detail::Lines,
        _ => Detail::Counts,
    };
    let tail = tail(decision, &groups, options, detail);
    let beside = rows(&head, options) + rows(&next, options) + 1 + usize::from(!next.is_empty()) + rows(&tail, options);
    let mut lines = head;
    lines.extend(body(&reasons, beside, options));
    for part in [next, tail] {
        if !part.is_empty() {
            lines.push(Line::new());
            lines.extend(part);
        }
    }
    let mut out = String::new();
    for line in &lines {
        line.write(options.color, &mut out);
    }
    out
}

/// The verdict with its counts, and what the mode makes of it.
fn verdict(decision: &Decision, groups: &Groups<'_>, options: &Options) -> Vec<Line> {
    let tone = match decision.verdict {
        Verdict::Pass => Tone::Good,
        Verdict::Hold => Tone::Wait,
        Verdict::Block | Verdict::Rollback => Tone::Stop,
    };
    let lead = format!("{}  ", decision.verdict.word().to_uppercase());
    let shape = Paragraph { indent: 0, lead: &lead, lead_tone: tone, tone: Tone::Strong, columns: options.width, most: 3 };
    let text = format!("{}: {}", summary::subject(decision), summary::counts(decision, groups));
    let mut lines = paragraph(shape, &terminal(&text));
    let said = match decision.mode {
        Mode::Enforce => return lines,
        Mode::Warn => "mode warn: shown, but not enforced; the exit code is 0",
        Mode::Shadow => "mode shadow: shown, but neither enforced nor published; the exit code is 0",
    };
    lines.extend(paragraph(Paragraph { lead: "", tone: Tone::Plain, ..shape }, said));
    lines
}

fn tail(decision: &Decision, groups: &Groups<'_>, options: &Options, detail: Detail) -> Vec<Line> {
    let mut lines = tail::lesser(decision, groups, options, detail);
    lines.extend(tail::checks(decision, options, detail));
    lines.extend(tail::context(decision, groups, options));
    lines
}

fn rows(lines: &[Line], options: &Options) -> usize {
    lines.iter().map(|line| line.rows(options.width)).sum()
}

/// The indices of the reasons that are shown, and how much each says: one form for all, or full and compact ones mixed.
type Choice = BTreeMap<usize, Form>;

/// The reasons that fit, in their order; what is left out is counted. `beside` is how many rows everything else takes.
fn body(reasons: &[Cause<'_>], beside: usize, options: &Options) -> Vec<Line> {
    let shown = choose(reasons, beside, options);
    let terse = shown.values().all(|form| *form == Form::Terse);
    let mut lines = Vec::new();
    let mut chosen = shown.iter().map(|(index, form)| (&reasons[*index], *form)).peekable();
    while let Some((cause, form)) = chosen.next() {
        let same = |(next, _): &(&Cause<'_>, Form)| next.first.id == cause.first.id && next.first.remedy == cause.first.remedy;
        let repeated = chosen.peek().is_some_and(same);
        if !terse || lines.is_empty() {
            lines.push(Line::new());
        }
        lines.extend(block::block(cause, form, !repeated, options));
    }
    let left = reasons.iter().enumerate().filter(|(index, _)| !shown.contains_key(index)).flat_map(|(_, cause)| &cause.findings);
    let left: Vec<&Finding> = left.copied().collect();
    if !left.is_empty() {
        let lead = format!("… {}: ", summary::count(left.len(), "more finding", "more findings"));
        if !terse {
            lines.push(Line::new());
        }
        lines.extend(tail::listed(&lead, &tail::ids(&left), "(-v shows all)", 2, Tone::Strong, options));
    }
    lines
}

/// Shows all reasons if any form makes them fit; otherwise the first of each id comes before the second of any, so that a thousand
/// findings of one policy do not hide the one of another. Saying less of each comes before leaving any out.
fn choose(reasons: &[Cause<'_>], beside: usize, options: &Options) -> Choice {
    let all: Vec<usize> = (0..reasons.len()).collect();
    if options.verbose {
        return all.into_iter().map(|index| (index, Form::Full)).collect();
    }
    let cost = |form: Form, index: usize| {
        usize::from(form != Form::Terse) + rows(&block::block(&reasons[index], form, true, options), options)
    };
    // What is left of the room; looks at no more reasons than it takes to know that there is nothing.
    let left = |form: Form, room: usize, indices: &[usize]| {
        indices.iter().try_fold(room, |left, index| left.checked_sub(cost(form, *index)))
    };
    let room = SCREEN.saturating_sub(beside);
    for form in Form::ALL {
        // Where no empty line stands between reasons, one still stands before the first.
        let blank = usize::from(form == Form::Terse);
        let Some(mut left) = room.checked_sub(blank).and_then(|room| left(form, room, &all)) else { continue };
        let mut choice: Choice = all.into_iter().map(|index| (index, form)).collect();
        // The strongest reasons may say all if the others need not say less for it.
        for (index, form) in choice.iter_mut().filter(|(_, form)| **form == Form::Compact) {
            if let Some(rest) = (left + cost(*form, *index)).checked_sub(cost(Form::Full, *index)) {
                (*form, left) = (Form::Full, rest);
            }
        }
        return choice;
    }
    let mut seen = BTreeSet::new();
    let (firsts, others): (Vec<usize>, Vec<usize>) =
        all.into_iter().partition(|index| seen.insert(reasons[*index].first.id.as_str()));
    // The lines that count the rest, and one empty line: before them, or where the form has none between reasons, before the first.
    let mut used = 3;
    let roomy = left(Form::Compact, room.saturating_sub(used), &firsts).is_some();
    let form = if roomy { Form::Compact } else { Form::Terse };
    let mut choice = Choice::new();
    for (position, index) in firsts.into_iter().enumerate() {
        used += cost(form, index);
        if position >= LEAST && used > room {
            return choice;
        }
        choice.insert(index, form);
    }
    let room = SMALL_SCREEN.saturating_sub(beside);
    for index in others {
        used += cost(form, index);
        if used > room {
            break;
        }
        choice.insert(index, form);
    }
    choice
}
