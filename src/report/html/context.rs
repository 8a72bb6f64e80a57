//! What stands below the reasons: what could not decide, what passed, what does not apply, and how the decision came about.

use std::fmt::Write as _;

use super::{code, digest, folded, items, lines, section, some, text};
use crate::decide::{Decision, EvidenceRecord, NotApplicable};
use crate::facts::{Source, Status};
use crate::report::summary;

/// Passed checks that are shown open.
const MOST_OPEN: usize = 30;

pub(super) fn sections(decision: &Decision) -> String {
    let mut out = undecided(decision);
    let passed = items(&decision.passed, |id| code(id));
    let passed = if passed.is_empty() { passed } else { format!("<ul class=\"names\">\n{passed}</ul>\n") };
    let title = summary::count(decision.passed.len(), "check passed", "checks passed");
    out.push_str(&folded("passed", &title, decision.passed.len() <= MOST_OPEN, &passed));
    out.push_str(&absent(decision));
    out.push_str(&waivers(decision));
    out.push_str(&evidence(&decision.evidence));
    out.push_str(&shadow(decision));
    if !decision.notes.is_empty() {
        out.push_str(&section("remarks", "Remarks", &format!("<ul>\n{}</ul>\n", items(&decision.notes, |note| lines(note)))));
    }
    out.push_str(&record(decision));
    out
}

/// The waivers that somebody has something to do about.
fn waivers(decision: &Decision) -> String {
    let waivers = summary::waivers(decision);
    if waivers.is_empty() {
        return String::new();
    }
    let rows = some(
        &waivers,
        |waiver| {
            format!(
                "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
                code(&waiver.id),
                text(summary::waiver_word(waiver.state)),
                text(&waiver.owner),
                text(&waiver.why),
                text(&waiver.source)
            )
        },
        |left| format!("<tr><td colspan=\"5\">… and {left} more</td></tr>\n"),
    );
    let table = table(&["check", "waiver", "owner", "why", "where"], &rows);
    let need = if waivers.len() == 1 { "needs" } else { "need" };
    folded("waivers", &format!("{} {need} somebody", summary::count(waivers.len(), "waiver", "waivers")), true, &table)
}

fn undecided(decision: &Decision) -> String {
    if decision.undecided.is_empty() {
        return String::new();
    }
    let rows = some(
        &decision.undecided,
        |policy| {
            let kinds: Vec<String> = policy.waits_for.iter().map(ToString::to_string).collect();
            format!(
                "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td></tr>\n",
                code(&policy.id),
                text(&policy.reason),
                text(&summary::list(&kinds))
            )
        },
        |left| format!("<tr><td colspan=\"3\">… and {left} more</td></tr>\n"),
    );
    let table = table(&["check", "why", "waits for"], &rows);
    folded(
        "undecided",
        &format!("{} not decide", summary::count(decision.undecided.len(), "check could", "checks could")),
        true,
        &table,
    )
}

fn absent(decision: &Decision) -> String {
    if decision.not_applicable.is_empty() {
        return String::new();
    }
    let item = |(ids, policy): (Vec<&str>, &NotApplicable)| {
        let names: Vec<String> = ids.iter().map(|id| code(id)).collect();
        let pronoun = if ids.len() == 1 { "it" } else { "them" };
        format!("{}: {} To switch {pronoun} on: {}", names.join(", "), text(&policy.reason), code(&policy.enable))
    };
    let body = format!("<ul>\n{}</ul>\n", items(summary::absent(decision), item));
    let n = decision.not_applicable.len();
    folded("absent", &format!("{} not apply here", summary::count(n, "check does", "checks do")), false, &body)
}

fn evidence(records: &[EvidenceRecord]) -> String {
    if records.is_empty() {
        return section("evidence", "Evidence", "<p>None was expected.</p>\n");
    }
    let rows = records.iter().map(row).collect::<String>();
    section("evidence", "Evidence", &table(&["kind", "status", "expected", "read from"], &rows))
}

fn row(record: &EvidenceRecord) -> String {
    let (class, symbol) = match record.status {
        Status::Known => ("good", "✓"),
        Status::Missing | Status::Unreadable | Status::Stale => ("wait", "?"),
    };
    let reason = record.reason.as_ref().map(|reason| format!("<p>{}</p>", lines(reason))).unwrap_or_default();
    let sources = items(&record.sources, source);
    let sources = if sources.is_empty() { sources } else { format!("<ul class=\"sources\">\n{sources}</ul>") };
    format!(
        "<tr><th scope=\"row\">{}</th><td class=\"status {class}\">{symbol} {}</td><td>{}</td><td>{reason}{sources}</td></tr>\n",
        code(&record.kind.to_string()),
        record.status.word(),
        if record.expected { "yes" } else { "no" },
    )
}

/// Addresses stay text: nobody should follow one because a report shows it.
fn source(source: &Source) -> String {
    let name = source.path.as_deref().or(source.url.as_deref()).unwrap_or("?");
    format!(
        "{} <span class=\"quiet\">{}, {} bytes, sha256 {}, read <time datetime=\"{at}\">{at}</time></span>",
        code(name),
        text(&source.format),
        source.bytes,
        digest(&source.sha256),
        at = source.collected_at
    )
}

fn shadow(decision: &Decision) -> String {
    let Some(shadow) = &decision.shadow else { return String::new() };
    let mut body = format!("<p>{}</p>\n<dl>\n", text(&format!("The verdict {}.", summary::shadow(decision, shadow))));
    for (label, names) in [("it edits", &shadow.files), ("new", &shadow.appearing), ("gone", &shadow.disappearing)] {
        let inner = if names.is_empty() { "<li>nothing</li>\n".to_owned() } else { items(names, |name| code(name)) };
        let _ = writeln!(body, "<div><dt>{label}</dt><dd><ul>\n{inner}</ul></dd></div>");
    }
    body.push_str("</dl>\n");
    section("shadow", "Under the rules that this change brings", &body)
}

/// What was judged, by whom, and the digests that bind it together.
fn record(decision: &Decision) -> String {
    let subject = &decision.subject;
    let mut body = String::from("<dl>\n");
    let mut say = |label: &str, inner: &str| {
        let _ = writeln!(body, "<div><dt>{label}</dt><dd>{inner}</dd></div>");
    };
    say("decision", &code(&decision.id));
    say("decided at", &format!("<time datetime=\"{at}\">{at}</time>", at = decision.decided_at));
    say("stage", decision.stage.word());
    say("mode", decision.mode.word());
    for (label, name) in [("service", &subject.service), ("base", &subject.base), ("head", &subject.head)] {
        if let Some(name) = name {
            say(label, &code(name));
        }
    }
    say("tier", &text(&subject.tier));
    if let Some(number) = subject.pull_request {
        say("pull request", &number.to_string());
    }
    if !subject.refs.is_empty() {
        say("refs", &text(&subject.refs.join(", ")));
    }
    say("policies", &format!("{}<br/>{}", code(&decision.policies.digest), text(&summary::list(&decision.policies.packages))));
    say("input", &code(&decision.input_digest));
    let engine = &decision.engine;
    say("by", &format!("{} ({})", text(&format!("{} {}", engine.name, engine.version)), text(&decision.schema)));
    body.push_str("</dl>\n");
    section("record", "How this was decided", &body)
}

/// A table that scrolls by itself where the page is narrow. The heads are kadian's own words.
fn table(heads: &[&str], rows: &str) -> String {
    let heads: Vec<String> = heads.iter().map(|head| format!("<th scope=\"col\">{head}</th>")).collect();
    format!("<div class=\"wide\"><table>\n<thead><tr>{}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table></div>\n", heads.concat())
}
