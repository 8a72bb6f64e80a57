//! What stands below the reasons: warnings, what passed, what did not apply, the evidence, and what else the reader should know.

use std::collections::BTreeMap;

use super::block;
use super::line::{Line, Paragraph, Tone, paragraph, shorten};
use crate::decide::{Decision, Finding};
use crate::facts::Status;
use crate::report::Options;
use crate::report::escape::terminal;
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

/// How many warnings, and as many notes and waived findings, get a line of their own.
const FEW: usize = 3;

/// Warnings, notes and waived findings.
pub(super) fn lesser(groups: &Groups<'_>, options: &Options, detail: Detail) -> Vec<Line> {
    let kinds = [(&groups.warn, "warning", "warnings"), (&groups.note, "note", "notes"), (&groups.waived, "waived", "waived")];
    let mut lines = Vec::new();
    let mut counted = Vec::new();
    for (list, one, many) in kinds {
        match detail {
            Detail::All => lines.extend(list.iter().flat_map(|finding| block::full(finding, true, options))),
            Detail::Counts if list.is_empty() => {}
            Detail::Counts => counted.push(summary::count(list.len(), one, many)),
            Detail::Lines => {
                // A line that says "1 more" could as well say what.
                let shown = if list.len() == FEW + 1 { list.len() } else { FEW.min(list.len()) };
                lines.extend(list.iter().take(shown).map(|finding| block::short(finding, options)));
                if let rest @ 1.. = list.len() - shown {
                    let text = format!("… {rest} more {many}: {}", ids(&list[shown..]));
                    lines.push(Line::new().add(Tone::Quiet, with_hint(&text, "(-v shows all)", options.width)));
                }
            }
        }
    }
    if !counted.is_empty() {
        lines.push(Line::new().add(Tone::Wait, "!").add(Tone::Plain, format!(" {} (-v shows them)", counted.join(", "))));
    }
    lines
}

/// How many findings each id has, the most frequent first.
pub(super) fn ids(findings: &[&Finding]) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in findings {
        *counts.entry(&finding.id).or_default() += 1;
    }
    let mut sorted: Vec<(&str, usize)> = counts.into_iter().collect();
    sorted.sort_by_key(|(id, n)| (std::cmp::Reverse(*n), *id));
    let said: Vec<String> =
        sorted.iter().map(|(id, n)| if *n == 1 { terminal(id) } else { format!("{n} {}", terminal(id)) }).collect();
    said.join(", ")
}

/// The text with a hint that survives when the text is cut.
pub(super) fn with_hint(text: &str, hint: &str, width: usize) -> String {
    let room = width.saturating_sub(hint.len() + 1);
    format!("{} {hint}", shorten(text, room, false))
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
        lines.extend(paragraph(shape("✓ ", Tone::Good, 1), &format!("{} passed{rest} (-v lists them)", passed.len())));
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
        for policy in absent {
            let text = format!("{}: {}", policy.id, policy.reason);
            lines.extend(paragraph(Paragraph { indent: 2, ..shape("", Tone::Plain, most) }, &terminal(&text)));
            let text = format!("to switch it on: {}", policy.enable);
            lines.extend(paragraph(Paragraph { indent: 4, ..shape("", Tone::Plain, most) }, &terminal(&text)));
        }
    } else {
        let names: Vec<&str> = absent.iter().map(|policy| policy.id.as_str()).collect();
        let text = terminal(&format!("- {} {verb} not apply here: {}", absent.len(), names.join(", ")));
        lines.push(Line::new().add(Tone::Quiet, with_hint(&text, "(-v: how to switch on)", options.width)));
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

/// What happens next: the rollback plan, and when looking again may help.
pub(super) fn next(decision: &Decision, options: &Options) -> Vec<Line> {
    let plan = decision.rollback.as_ref().map(|plan| labelled("roll back", &summary::value(plan), 2, options));
    let look = decision
        .next_look_at
        .map(|next| labelled("look again", &format!("{} ({next})", summary::until(decision.decided_at, next)), 1, options));
    plan.into_iter().chain(look).flatten().collect()
}

/// Evidence, revisions, notes and the shadow verdict; the digests when everything is asked for.
pub(super) fn context(decision: &Decision, options: &Options) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut say = |label: &str, text: &str, most: usize| lines.extend(labelled(label, text, most, options));
    say("evidence", &evidence(decision), 2);
    for record in decision.evidence.iter().filter(|record| record.status != Status::Known) {
        if let Some(reason) = record.reason.as_ref().filter(|_| record.expected || options.verbose) {
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
    for note in &decision.notes {
        say("note", note, 2);
    }
    if let Some(shadow) = &decision.shadow {
        let verdict = match (shadow.verdict, &shadow.error) {
            (Some(verdict), _) => format!("would be {}", verdict.word()),
            (None, Some(error)) => format!("is unknown: {error}"),
            (None, None) => "is unknown".to_owned(),
        };
        let (new, gone) = (shadow.appearing.len(), shadow.disappearing.len());
        let text = format!(
            "this change edits {}; under its own rules the verdict {verdict} ({new} new, {gone} gone)",
            shadow.files.join(", ")
        );
        say("shadow", &text, 2);
        if options.verbose {
            say("", &format!("new: {}", summary::list(&shadow.appearing)), 1);
            say("", &format!("gone: {}", summary::list(&shadow.disappearing)), 1);
        }
    }
    if options.verbose {
        let engine = &decision.engine;
        say("decision", &format!("{} at {} by {} {}", decision.id, decision.decided_at, engine.name, engine.version), 1);
        say("policies", &format!("{} ({})", decision.policies.digest, decision.policies.packages.join(", ")), 1);
        say("input", &decision.input_digest, 1);
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
