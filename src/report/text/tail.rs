//! What stands below the reasons: warnings, what passed, what did not apply, the evidence, and what else the reader should know.

use std::collections::BTreeMap;

use unicode_width::UnicodeWidthStr;

use super::block::{self, Form};
use super::line::{Line, Paragraph, Tone, paragraph, shorten};
use crate::decide::{Decision, Finding, WaiverRecord, WaiverState};
use crate::facts::{Kind, Status};
use crate::report::Options;
use crate::report::cause::Cause;
use crate::report::escape::terminal;
use crate::report::rollback;
use crate::report::summary::{self, Groups};

/// How much of what stands below the reasons is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Detail {
    /// Counts only, to leave the screen to the reasons.
    Counts,
    /// One line each for the first few.
    Lines,
    All,
}

/// Lines that waivers and notes get together.
const NOTE_LINES: usize = 4;
/// How many warnings, and as many notes and waived findings, get a line of their own.
const FEW: usize = 3;

/// Warnings, notes and waived findings.
pub(super) fn lesser(decision: &Decision, groups: &Groups<'_>, options: &Options, detail: Detail) -> Vec<Line> {
    let kinds = [(&groups.warn, "warning", "warnings"), (&groups.note, "note", "notes"), (&groups.waived, "waived", "waived")];
    let mut lines = Vec::new();
    let mut counted = Vec::new();
    for (list, one, many) in kinds {
        let causes = Cause::of(list.iter().copied(), decision);
        match detail {
            Detail::All => lines.extend(causes.iter().flat_map(|cause| block::block(cause, Form::Full, true, options))),
            Detail::Counts if causes.is_empty() => {}
            Detail::Counts => counted.push(summary::count(causes.len(), one, many)),
            Detail::Lines => {
                // A line that says "1 more" could as well say what.
                let shown = if causes.len() == FEW + 1 { causes.len() } else { FEW.min(causes.len()) };
                lines.extend(causes.iter().take(shown).flat_map(|cause| block::short(cause, options)));
                if let rest @ 1.. = causes.len() - shown {
                    let left: Vec<&Finding> = causes[shown..].iter().flat_map(|cause| &cause.findings).copied().collect();
                    let lead = format!("… {rest} more {many}: ");
                    lines.extend(listed(&lead, &ids(&left), "(-v shows all)", 1, Tone::Quiet, options));
                }
            }
        }
    }
    if !counted.is_empty() {
        let shape =
            Paragraph { indent: 0, lead: "! ", lead_tone: Tone::Wait, tone: Tone::Plain, columns: options.width, most: 2 };
        lines.extend(paragraph(shape, &format!("{} (-v shows them)", counted.join(", "))));
    }
    lines
}

/// How many findings each id has, the most frequent first: `3 tests/failed`, `scan/new`.
pub(super) fn ids(findings: &[&Finding]) -> Vec<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in findings {
        *counts.entry(&finding.id).or_default() += 1;
    }
    let mut sorted: Vec<(&str, usize)> = counts.into_iter().collect();
    sorted.sort_by_key(|(id, n)| (std::cmp::Reverse(*n), *id));
    sorted.iter().map(|(id, n)| if *n == 1 { (*id).to_owned() } else { format!("{n} {id}") }).collect()
}

/// As many whole ids as fit into so many lines, with a hint that no cut can take away.
pub(super) fn listed(lead: &str, ids: &[String], hint: &str, most: usize, tone: Tone, options: &Options) -> Vec<Line> {
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    // A line may end early, before a word that does not fit; half an id more than that is kept free.
    let slack = (most - 1) * 24;
    let room = (most * options.width).saturating_sub(lead.width() + hint.width() + 1 + slack);
    let named = shorten(&summary::some_ids(&ids, room), room, false);
    let shape = Paragraph { indent: 0, lead: "", lead_tone: tone, tone, columns: options.width, most: most + 1 };
    paragraph(shape, &format!("{lead}{named} {hint}"))
}

/// What passed and what did not apply.
pub(super) fn checks(decision: &Decision, options: &Options, detail: Detail) -> Vec<Line> {
    let (passed, absent) = (&decision.passed, &decision.not_applicable);
    let mut lines = Vec::new();
    let most = if detail == Detail::All { usize::MAX } else { 1 };
    let shape = |lead, lead_tone, most| Paragraph { indent: 0, lead, lead_tone, tone: Tone::Plain, columns: options.width, most };
    let verb = if absent.len() == 1 { "does" } else { "do" };
    if detail == Detail::Counts && !passed.is_empty() {
        let rest = if absent.is_empty() { String::new() } else { format!(", {} {verb} not apply here", absent.len()) };
        lines.extend(paragraph(shape("✓ ", Tone::Good, 2), &format!("{} passed{rest} (-v lists them)", passed.len())));
        return lines;
    }
    if !passed.is_empty() {
        let text = format!("{} passed: {}", passed.len(), passed.join(", "));
        lines.extend(paragraph(shape("✓ ", Tone::Good, most), &terminal(&text)));
    }
    if absent.is_empty() {
        return lines;
    }
    if detail == Detail::All {
        lines.push(Line::new().add(Tone::Quiet, format!("- {} {verb} not apply here:", absent.len())));
        for (ids, policy) in summary::absent(decision) {
            let text = format!("{}: {}", ids.join(", "), policy.reason);
            lines.extend(paragraph(Paragraph { indent: 2, ..shape("", Tone::Plain, most) }, &terminal(&text)));
            let text = format!("to switch {} on: {}", if ids.len() == 1 { "it" } else { "them" }, policy.enable);
            lines.extend(paragraph(Paragraph { indent: 4, ..shape("", Tone::Plain, most) }, &terminal(&text)));
        }
    } else {
        let names: Vec<String> = absent.iter().map(|policy| policy.id.clone()).collect();
        let lead = format!("- {} {verb} not apply here: ", absent.len());
        lines.extend(listed(&lead, &names, "(-v: how to switch on)", 1, Tone::Quiet, options));
    }
    lines
}

/// A line of context: its label, then the text in at most `most` lines.
fn labelled(label: &str, text: &str, most: usize, options: &Options) -> Vec<Line> {
    let most = if options.verbose { usize::MAX } else { most };
    let lead = format!("{label:<11}");
    let shape = Paragraph { indent: 0, lead: &lead, lead_tone: Tone::Quiet, tone: Tone::Plain, columns: options.width, most };
    paragraph(shape, &terminal(text))
}

/// What happens next: how to go back, and when looking again may help.
pub(super) fn next(decision: &Decision, options: &Options) -> Vec<Line> {
    let back = rollback::said(decision, options.verbose).into_iter().map(|said| {
        let most = match said.label {
            _ if options.verbose => usize::MAX,
            "batches" | "approve" | "saves" | "verify" => 1,
            _ => 2,
        };
        let (lead_tone, tone) = match said.label {
            "ROLL BACK" | "FORWARD" => (Tone::Stop, Tone::Strong),
            _ if said.command => (Tone::Quiet, Tone::Strong),
            _ => (Tone::Quiet, Tone::Plain),
        };
        let lead = format!("{:<11}", said.label);
        paragraph(Paragraph { indent: 0, lead: &lead, lead_tone, tone, columns: options.width, most }, &terminal(&said.text))
    });
    let look = decision
        .next_look_at
        .map(|next| labelled("look again", &format!("{} ({next})", summary::until(decision.decided_at, next)), 1, options));
    back.chain(look).flatten().collect()
}

/// Merged changes that are named where not everything is asked for.
const CARRIED: usize = 5;

/// Evidence, revisions, notes and the shadow verdict; the digests when everything is asked for.
pub(super) fn context(decision: &Decision, groups: &Groups<'_>, options: &Options) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut say = |label: &str, text: &str, most: usize| lines.extend(labelled(label, text, most, options));
    say("evidence", &evidence(decision), 2);
    for record in decision.evidence.iter().filter(|record| record.status != Status::Known) {
        let shown = |reason: &&String| options.verbose || (record.expected && !said_above(groups, &record.kind, reason));
        if let Some(reason) = record.reason.as_ref().filter(shown) {
            say("", &format!("{}: {reason}", record.kind), 2);
        }
    }
    if options.verbose {
        for (record, source) in
            decision.evidence.iter().flat_map(|record| record.sources.iter().map(move |source| (record, source)))
        {
            let name = source.path.as_deref().or(source.url.as_deref()).unwrap_or("?");
            let sum: String = source.sha256.chars().take(12).collect();
            say("", &format!("{}: {name} ({}, {} bytes, sha256 {sum})", record.kind, source.format, source.bytes), 1);
        }
    }
    let pull = decision.subject.pull_request.map(|number| format!("pull request {number}"));
    // `refs/pull/42/merge` says nothing that the number does not.
    let refs = decision.subject.refs.iter().filter(|name| pull.is_none() || !name.starts_with("refs/pull/")).cloned();
    let what: Vec<String> = pull.iter().cloned().chain(summary::range(decision)).chain(refs).collect();
    say("judged", &what.join(", "), 1);
    if let Some(carried) = &decision.subject.carries {
        for (at, text) in summary::carried(carried, if options.verbose { usize::MAX } else { CARRIED }).iter().enumerate() {
            say(if at == 0 { "carries" } else { "" }, text, 1);
        }
    }
    if let Some(shadow) = &decision.shadow {
        say("shadow", &format!("{}; it edits {}", summary::shadow(decision, shadow), shadow.files.join(", ")), 2);
        if options.verbose {
            say("", &format!("new: {}", summary::list(&shadow.appearing)), 1);
            say("", &format!("gone: {}", summary::list(&shadow.disappearing)), 1);
        }
    }
    let waivers = waivers(decision, options);
    let room = NOTE_LINES.saturating_sub(waivers.len()).max(1);
    lines.extend(waivers);
    lines.extend(notes(decision, options, room));
    let mut say = |label: &str, text: &str, most: usize| lines.extend(labelled(label, text, most, options));
    if options.verbose {
        let engine = &decision.engine;
        say("decision", &format!("{} at {} by {} {}", decision.id, decision.decided_at, engine.name, engine.version), 1);
        say("policies", &format!("{} ({})", decision.policies.digest, decision.policies.packages.join(", ")), 1);
        say("input", &decision.input_digest, 1);
    }
    lines
}

/// Whether a reason to stop or hold already says why that kind is not known.
fn said_above(groups: &Groups<'_>, kind: &Kind, reason: &str) -> bool {
    let mut reasons = groups.stop.iter().copied().chain(groups.hold.iter().map(AsRef::as_ref));
    reasons.any(|finding| finding.evidence.contains(kind) && finding.message.contains(reason))
}

/// The waivers that somebody has something to do about, in three lines. Who asked for one waits for somebody, so that the first of those
/// is explained; the others are with `-v`.
fn waivers(decision: &Decision, options: &Options) -> Vec<Line> {
    let waivers = summary::waivers(decision);
    if waivers.is_empty() {
        return Vec::new();
    }
    let explained = |waiver: &&&WaiverRecord| options.verbose || waiver.state == WaiverState::Pending;
    let explained: Vec<_> = waivers.iter().filter(explained).take(if options.verbose { usize::MAX } else { 1 }).collect();
    let mut lines = labelled("waivers", &summary::waiver_states(&waivers), if explained.is_empty() { 2 } else { 1 }, options);
    lines.extend(explained.iter().flat_map(|waiver| labelled("", &summary::waiver(waiver), 2, options)));
    lines
}

/// The notes, each with its label: so many lines of them, then how many more there are.
fn notes(decision: &Decision, options: &Options, limit: usize) -> Vec<Line> {
    let most = if decision.notes.len() == 1 { limit } else { 2 };
    let all: Vec<Vec<Line>> = decision.notes.iter().map(|note| labelled("note", note, most, options)).collect();
    let total: usize = all.iter().map(Vec::len).sum();
    let room = if options.verbose || total <= limit { total } else { limit - 1 };
    let mut lines: Vec<Line> = Vec::new();
    let mut left = all.len();
    for note in all {
        if lines.len() + note.len() > room {
            break;
        }
        lines.extend(note);
        left -= 1;
    }
    if left > 0 {
        lines.extend(labelled("", &format!("… {} (-v shows all)", summary::count(left, "more note", "more notes")), 1, options));
    }
    lines
}

/// The kinds by their status, what is not known first: `missing: scan; known: change, coverage, tests`.
fn evidence(decision: &Decision) -> String {
    let mut parts = Vec::new();
    for status in [Status::Missing, Status::Unreadable, Status::Stale, Status::Known] {
        let of =
            decision.evidence.iter().filter(|record| record.status == status && (record.expected || status != Status::Missing));
        let kinds: Vec<String> = of.map(|record| record.kind.to_string()).collect();
        if !kinds.is_empty() {
            parts.push(format!("{}: {}", status.word(), kinds.join(", ")));
        }
    }
    if parts.is_empty() { "none was expected".to_owned() } else { parts.join("; ") }
}
