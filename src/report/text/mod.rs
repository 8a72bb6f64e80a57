//! The report for a person at a terminal: the most important first, about one screen, what to do at the end of each reason.

mod block;
mod line;
mod tail;

use std::collections::BTreeSet;

use block::Form;
use line::{Line, Paragraph, Tone, paragraph};
use tail::Detail;

use super::Options;
use super::cause::Cause;
use super::escape::terminal;
use super::summary::{self, Groups};
use crate::decide::{Decision, Finding, Mode, Verdict};

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

/// Which reasons are shown, and how much each says.
struct Choice {
    form: Form,
    /// Indices, ascending.
    shown: BTreeSet<usize>,
}

/// The reasons that fit, in their order; what is left out is counted. `beside` is how many rows everything else takes.
fn body(reasons: &[Cause<'_>], beside: usize, options: &Options) -> Vec<Line> {
    let Choice { form, shown } = choose(reasons, beside, options);
    let mut lines = Vec::new();
    let mut chosen = shown.iter().map(|index| &reasons[*index]).peekable();
    while let Some(cause) = chosen.next() {
        let same = |next: &&Cause<'_>| next.first.id == cause.first.id && next.first.remedy == cause.first.remedy;
        let repeated = chosen.peek().is_some_and(same);
        if form != Form::Terse || lines.is_empty() {
            lines.push(Line::new());
        }
        lines.extend(block::block(cause, form, !repeated, options));
    }
    let left = reasons.iter().enumerate().filter(|(index, _)| !shown.contains(index)).flat_map(|(_, cause)| &cause.findings);
    let left: Vec<&Finding> = left.copied().collect();
    if !left.is_empty() {
        let lead = format!("… {}: ", summary::count(left.len(), "more finding", "more findings"));
        if form != Form::Terse {
            lines.push(Line::new());
        }
        lines.extend(tail::listed(&lead, &tail::ids(&left), "(-v shows all)", 2, Tone::Strong, options));
    }
    lines
}

/// Shows all reasons if any form makes them fit; otherwise the first of each id comes before the second of any, so that a thousand
/// findings of one policy do not hide the one of another. Saying less of each comes before leaving any out.
fn choose(reasons: &[Cause<'_>], beside: usize, options: &Options) -> Choice {
    let cost = |form: Form, index: usize| {
        usize::from(form != Form::Terse) + rows(&block::block(&reasons[index], form, true, options), options)
    };
    // Looks at no more of them than it takes to know.
    let fits = |form: Form, room: usize, indices: &[usize]| {
        indices.iter().try_fold(room, |left, index| left.checked_sub(cost(form, *index))).is_some()
    };
    let room = SCREEN.saturating_sub(beside);
    let all: Vec<usize> = (0..reasons.len()).collect();
    if options.verbose {
        return Choice { form: Form::Full, shown: all.into_iter().collect() };
    }
    for form in Form::ALL {
        let blank = usize::from(form == Form::Terse);
        if fits(form, room.saturating_sub(blank), &all) {
            return Choice { form, shown: all.into_iter().collect() };
        }
    }
    let mut seen = BTreeSet::new();
    let (firsts, others): (Vec<usize>, Vec<usize>) =
        all.into_iter().partition(|index| seen.insert(reasons[*index].first.id.as_str()));
    // The lines that count the rest, and one empty line: before them, or where the form has none between reasons, before the first.
    let mut used = 3;
    let roomy = fits(Form::Compact, room.saturating_sub(used), &firsts);
    let form = if roomy { Form::Compact } else { Form::Terse };
    let mut shown = BTreeSet::new();
    for (position, index) in firsts.iter().copied().enumerate() {
        used += cost(form, index);
        if position >= LEAST && used > room {
            return Choice { form, shown };
        }
        shown.insert(index);
    }
    let room = SMALL_SCREEN.saturating_sub(beside);
    for index in others {
        used += cost(form, index);
        if used > room {
            break;
        }
        shown.insert(index);
    }
    Choice { form, shown }
}
