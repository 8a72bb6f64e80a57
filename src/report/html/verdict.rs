//! The head of the page: the answer, why, what to do now, and when to look again.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::{digest, lines, text};
use crate::decide::{Decision, Finding, Mode, Verdict};
use crate::report::cause::Cause;
use crate::report::rollback;
use crate::report::summary::{self, Groups};

/// Remedies that the head repeats; the others stand beside their reasons.
const MOST_REMEDIES: usize = 3;

pub(super) fn header(decision: &Decision, groups: &Groups<'_>) -> String {
    let (class, symbol) = look(decision.verdict);
    let subject = &decision.subject;
    let tier = text(&subject.tier);
    let what = match &subject.service {
        Some(service) => format!("{} ({tier}) at {}", text(service), decision.stage),
        None => format!("{} ({tier})", decision.stage),
    };
    let mut out = format!(
        "<header class=\"{class}\">\n<h1><span aria-hidden=\"true\">{symbol}</span> {}</h1>\n<p class=\"why\">{}.</p>\n<p class=\"what\">{what}</p>\n",
        decision.verdict.word().to_uppercase(),
        summary::counts(decision, groups),
    );
    match decision.mode {
        Mode::Enforce => {}
        Mode::Warn => out.push_str("<p>Mode warn: shown, but not enforced.</p>\n"),
        Mode::Shadow => out.push_str("<p>Mode shadow: neither enforced nor published.</p>\n"),
    }
    out.push_str(&next(decision, groups));
    let range = summary::range(decision).map(|range| format!(", judged <code>{}</code>", text(&range))).unwrap_or_default();
    let _ = writeln!(
        out,
        "<p class=\"quiet\">decision {}, <time datetime=\"{at}\">{at}</time>{range}</p>\n</header>",
        digest(&decision.id),
        at = decision.decided_at
    );
    out
}

/// The colour's class and the symbol of a verdict.
fn look(verdict: Verdict) -> (&'static str, &'static str) {
    match verdict {
        Verdict::Pass => ("good", "✓"),
        Verdict::Hold => ("wait", "?"),
        Verdict::Block => ("stop", "✗"),
        Verdict::Rollback => ("stop", "↺"),
    }
}

/// What to do: how to go back, the ways out of what decided the verdict, and the next look.
fn next(decision: &Decision, groups: &Groups<'_>) -> String {
    let mut steps = Vec::new();
    for said in rollback::said(decision, true) {
        steps.push(match (said.label, said.command) {
            ("ROLL BACK" | "FORWARD", _) => format!("<strong>{}: {}</strong>", said.label, text(&said.text)),
            (label, true) => format!("{label}: <code>{}</code>", text(&said.text)),
            (label, false) => format!("{label}: {}", text(&said.text)),
        });
    }
    let deciding: Vec<&Finding> = match decision.verdict {
        Verdict::Pass => vec![],
        Verdict::Hold => groups.hold.iter().map(AsRef::as_ref).collect(),
        Verdict::Block | Verdict::Rollback => groups.stop.clone(),
    };
    let causes = Cause::of(deciding, decision);
    let mut seen = BTreeSet::new();
    let remedies: Vec<&str> = causes
        .iter()
        .filter_map(|cause| cause.first.remedy.as_deref())
        .filter(|remedy| !remedy.trim().is_empty() && seen.insert(*remedy))
        .collect();
    // The rest of one could as well be said.
    let most = if remedies.len() == MOST_REMEDIES + 1 { remedies.len() } else { MOST_REMEDIES };
    steps.extend(remedies.iter().take(most).map(|remedy| lines(remedy)));
    if remedies.len() > most {
        steps.push(format!("and {} more, beside their reasons below", remedies.len() - most));
    }
    if let Some(next) = decision.next_look_at {
        steps.push(format!(
            "Look again {}, at <time datetime=\"{next}\">{next}</time>.",
            summary::until(decision.decided_at, next)
        ));
    }
    if steps.is_empty() {
        return String::new();
    }
    format!("<h2>What to do now</h2>\n<ul class=\"next\">\n<li>{}</li>\n</ul>\n", steps.join("</li>\n<li>"))
}
