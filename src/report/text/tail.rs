//! What stands below the reasons: warnings, what passed, what did not apply, the evidence, and what else the reader should know.

use std::collections::BTreeMap;

use super::block;
use super::line::{Line, Paragraph, Tone, paragraph, shorten};
use crate::decide::{Decision, Finding};
use crate::facts::Status;
use crate::report::Options;
use crate::report::escape::terminal;
use crate::report::summary::{self, Groups};

/// Warnings, notes and waived findings: all of them when verbose, otherwise at most `most` of each on one line each.
pub(super) fn lesser(groups: &Groups<'_>, options: &Options, most: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    for (list, one, many) in
        [(&groups.warn, "warning", "warnings"), (&groups.note, "note", "notes"), (&groups.waived, "waived", "waived")]
    {
        if options.verbose {
            for finding in list {
                lines.extend(block::full(finding, true, options));
            }
            continue;
        }
        let shown = if list.len() == most + 1 { list.len() } else { most.min(list.len()) };
        lines.extend(list.iter().take(shown).map(|finding| block::short(finding, options)));
        if let rest @ 1.. = list.len() - shown {
            let more = if shown > 0 { " more" } else { "" };
            let text = format!("… {rest}{more} {}: {}", if rest == 1 { one } else { many }, ids(&list[shown..]));
            lines.push(Line::new().add(Tone::Quiet, with_hint(&text, "(-v shows all)", options.width)));
        }
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
pub(super) fn checks(decision: &Decision, options: &Options) -> Vec<Line> {
    let mut lines = Vec::new();
    let most = if options.verbose { usize::MAX } else { 1 };
    let shape = |lead, lead_tone, most| Paragraph { indent: 0, lead, lead_tone, tone: Tone::Plain, columns: options.width, most };
    if !decision.passed.is_empty() {
        let text = format!("{} passed: {}", decision.passed.len(), decision.passed.join(", "));
        lines.extend(paragraph(shape("✓ ", Tone::Good, most), &terminal(&text)));
    }
    let absent = &decision.not_applicable;
    if absent.is_empty() {
        return lines;
    }
    let verb = if absent.len() == 1 { "does" } else { "do" };
    if options.verbose {
        lines.push(Line::new().add(Tone::Quiet, format!("- {} {verb} not apply here:", absent.len())));
        for policy in absent {
            let text = format!("{}: {}. To switch it on: {}", policy.id, policy.reason.trim_end_matches('.'), policy.enable);
            lines.extend(paragraph(Paragraph { indent: 2, ..shape("", Tone::Plain, most) }, &terminal(&text)));
        }
    } else {
        let names: Vec<&str> = absent.iter().map(|policy| policy.id.as_str()).collect();
        let text = terminal(&format!("- {} {verb} not apply here: {}", absent.len(), names.join(", ")));
        lines.push(Line::new().add(Tone::Quiet, with_hint(&text, "(-v: how to switch on)", options.width)));
    }
    lines
}

/// Evidence, revisions, notes, the shadow verdict, the rollback plan and the next look.
pub(super) fn context(decision: &Decision, options: &Options) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut say = |label: &str, text: &str, short: usize| {
        let most = if options.verbose { usize::MAX } else { short };
        let lead = format!("{label:<11}");
        let shape = Paragraph { indent: 0, lead: &lead, lead_tone: Tone::Quiet, tone: Tone::Plain, columns: options.width, most };
        lines.extend(paragraph(shape, &terminal(text)));
    };
    if let Some(plan) = &decision.rollback {
        say("roll back", &summary::value(plan), 2);
    }
    if let Some(next) = decision.next_look_at {
        say("look again", &format!("{} ({next})", summary::until(decision.decided_at, next)), 1);
    }
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
    let what = summary::range(decision).into_iter().chain(decision.subject.refs.iter().cloned());
    let what: Vec<String> = what.chain(decision.subject.pull_request.map(|n| format!("pull request {n}"))).collect();
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

/// The kinds by their status, what is not known first: `missing scan; known change, coverage, tests`.
fn evidence(decision: &Decision) -> String {
    let mut parts = Vec::new();
    for status in [Status::Missing, Status::Unreadable, Status::Stale, Status::Known] {
        let of =
            decision.evidence.iter().filter(|record| record.status == status && (record.expected || status != Status::Missing));
        let kinds: Vec<String> = of.map(|record| record.kind.to_string()).collect();
        if !kinds.is_empty() {
            parts.push(format!("{} {}", status.word(), kinds.join(", ")));
        }
    }
    if parts.is_empty() { "none was expected".to_owned() } else { parts.join("; ") }
}
