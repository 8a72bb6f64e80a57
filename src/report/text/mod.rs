//! The report for a person at a terminal: the most important first, about one screen, what to do at the end of each reason.

mod block;
mod line;
mod tail;

use std::collections::BTreeSet;

use line::{Line, Paragraph, Tone, paragraph};
use tail::Detail;

use super::Options;
use super::escape::terminal;
use super::summary::{self, Groups};
use crate::decide::{Decision, Finding, Mode, Verdict};

/// Rows of a terminal that nobody enlarged.
const SCREEN: usize = 24;
/// Rows that the reasons get at least, however much stands below them.
const LEAST: usize = 8;

/// Writes the decision for a terminal: verdict, what stops it, what holds it, then the rest in short.
pub(super) fn render(decision: &Decision, options: &Options) -> String {
    let options = &Options { width: options.width.max(40), ..options.clone() };
    let groups = Groups::of(decision);
    let reasons: Vec<&Finding> = groups.stop.iter().copied().chain(groups.hold.iter().map(AsRef::as_ref)).collect();
    let head = verdict(decision, &groups, options);
    let next = tail::next(decision, options);
    let blank = 1 + usize::from(!next.is_empty());
    let room_beside =
        |tail: &[Line]| SCREEN.saturating_sub(rows(&head, options) + rows(&next, options) + blank + rows(tail, options));
    let mut tail = tail(decision, &groups, options, if options.verbose { Detail::All } else { Detail::Lines });
    let mut room = room_beside(&tail);
    if !options.verbose && !fits(&reasons, room, options) {
        tail = self::tail(decision, &groups, options, Detail::Counts);
        room = room_beside(&tail).max(LEAST);
    }
    let mut lines = head.clone();
    lines.extend(body(&reasons, room, options));
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
    let mut lines = tail::lesser(groups, options, detail);
    lines.extend(tail::checks(decision, options, detail));
    lines.extend(tail::context(decision, options));
    lines
}

/// The rows of one reason with the empty line before it.
fn cost(finding: &Finding, options: &Options) -> usize {
    1 + rows(&block::full(finding, true, options), options)
}

/// Whether all reasons fit; looks at no more of them than it takes to know.
fn fits(reasons: &[&Finding], room: usize, options: &Options) -> bool {
    let left = reasons.iter().try_fold(room, |left, finding| left.checked_sub(cost(finding, options)));
    left.is_some()
}

fn rows(lines: &[Line], options: &Options) -> usize {
    lines.iter().map(|line| line.rows(options.width)).sum()
}

/// The reasons that fit, in their order. The first of each id comes before the second of any, so that a thousand findings of one
/// policy do not hide the one of another; what is left out is counted.
fn body(reasons: &[&Finding], room: usize, options: &Options) -> Vec<Line> {
    let chosen: Vec<usize> = choose(reasons, room, options).into_iter().collect();
    let mut lines = Vec::new();
    for (position, index) in chosen.iter().enumerate() {
        let finding = reasons[*index];
        let next = chosen.get(position + 1).map(|next| reasons[*next]);
        let repeated = next.is_some_and(|next| next.id == finding.id && next.remedy == finding.remedy);
        lines.push(Line::new());
        lines.extend(block::full(finding, !repeated, options));
    }
    let left: Vec<&Finding> =
        (0..reasons.len()).filter(|index| chosen.binary_search(index).is_err()).map(|index| reasons[index]).collect();
    if !left.is_empty() {
        let text = format!("… {}: {}", summary::count(left.len(), "more finding", "more findings"), tail::ids(&left));
        lines.push(Line::new());
        lines.push(Line::new().add(Tone::Strong, tail::with_hint(&text, "(-v shows all)", options.width)));
    }
    lines
}

/// The indices of the reasons that are shown, ascending; at least the first.
fn choose(reasons: &[&Finding], room: usize, options: &Options) -> BTreeSet<usize> {
    if options.verbose || fits(reasons, room, options) {
        return (0..reasons.len()).collect();
    }
    let mut seen = BTreeSet::new();
    let (firsts, others): (Vec<usize>, Vec<usize>) =
        (0..reasons.len()).partition(|index| seen.insert(reasons[*index].id.as_str()));
    let mut chosen = BTreeSet::new();
    // The line that counts the rest, and the empty one before it.
    let mut used = 2;
    for index in firsts.into_iter().chain(others) {
        let more = cost(reasons[index], options);
        if !chosen.is_empty() && used + more > room {
            break;
        }
        used += more;
        chosen.insert(index);
    }
    chosen
}
