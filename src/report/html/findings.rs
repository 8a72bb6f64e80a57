//! The reasons, the strongest first: what, where, how far from passing, what to do, and what it rests on.

use std::fmt::Write as _;

use super::{MOST_BYTES, MOST_ENTRIES, code, digest, folded, lines, section, text};
use crate::decide::{Decision, Effect, Finding};
use crate::facts::Playbook;
use crate::report::cause::Cause;
use crate::report::playbook;
use crate::report::summary::{self, Groups};

/// Causes of a lesser kind that are shown open.
const MOST_OPEN: usize = 10;

/// One section for each strength; at the end, how many findings are not shown. What `pictures` holds comes between what decided the
/// verdict and what did not.
pub(super) fn sections(decision: &Decision, groups: &Groups<'_>, pictures: &str) -> String {
    let mut shown = Shown { causes: 0, bytes: 0, left: 0 };
    let stop = shown.articles(&Cause::of(groups.stop.iter().copied(), decision));
    let hold = shown.articles(&Cause::of(groups.hold.iter().map(AsRef::as_ref), decision));
    let mut out = section("stops", "Stops it", &stop) + &section("holds", "Holds it", &hold) + pictures;
    for (id, title, list) in
        [("warnings", "Warnings", &groups.warn), ("notes", "Notes", &groups.note), ("waived", "Waived", &groups.waived)]
    {
        let causes = Cause::of(list.iter().copied(), decision);
        let body = shown.articles(&causes);
        out.push_str(&folded(id, &format!("{title}: {}", causes.len()), causes.len() <= MOST_OPEN, &body));
    }
    if shown.left > 0 {
        let more = summary::count(shown.left, "more finding is", "more findings are");
        let _ = writeln!(out, "<p class=\"left\"><strong>{more} not shown here</strong>: see the decision record.</p>");
    }
    out
}

/// How much of the page the findings have taken.
struct Shown {
    causes: usize,
    bytes: usize,
    left: usize,
}

impl Shown {
    /// As many of the reasons as fit; counts the findings of the others.
    fn articles(&mut self, causes: &[Cause<'_>]) -> String {
        let mut out = String::new();
        for (index, cause) in causes.iter().enumerate() {
            if self.causes == MOST_ENTRIES || self.bytes > MOST_BYTES {
                self.left += causes[index..].iter().map(|cause| cause.findings.len()).sum::<usize>();
                break;
            }
            let article = article(cause);
            self.causes += 1;
            self.bytes += article.len();
            out.push_str(&article);
        }
        out
    }
}

/// One reason.
fn article(cause: &Cause<'_>) -> String {
    let finding = cause.first;
    let (class, symbol) = match finding.effect {
        Effect::Rollback | Effect::Deny => ("stop", "✗"),
        Effect::Hold => ("wait", "?"),
        Effect::Warn => ("wait", "!"),
        Effect::Note => ("quiet", "·"),
    };
    let name = cause.title().map_or_else(|| code(&finding.id), |title| text(&title));
    let tag = summary::instead(finding).map(|tag| format!(" <span class=\"tag\">{}</span>", text(tag))).unwrap_or_default();
    let place = summary::place(finding).map(|place| format!("<p class=\"place\">{}</p>\n", code(&place))).unwrap_or_default();
    let mut out = format!(
        "<article class=\"{class}\">\n<h3><span class=\"sign\">{symbol}</span> {name}{tag}</h3>\n{place}<p class=\"said\">{}</p>\n",
        lines(&finding.message)
    );
    out.push_str(&gap(finding));
    if let Some(waiver) = &finding.waiver {
        let _ = writeln!(
            out,
            "<p class=\"waiver\">waived until <time>{}</time> by {}: {}</p>",
            waiver.expires,
            text(&waiver.owner),
            lines(&waiver.reason)
        );
    }
    if let Some(remedy) = &finding.remedy {
        let _ = writeln!(out, "<p class=\"remedy\"><span aria-hidden=\"true\">→</span> {}</p>", lines(remedy));
    }
    if let Some(playbook) = cause.playbook() {
        out.push_str(&plan(playbook));
    }
    if let [one] = cause.findings.as_slice() {
        let _ = writeln!(out, "<p class=\"quiet\">{}</p>", details(one));
    } else {
        let each = |finding: &&Finding| format!("{}: {}", code(&finding.id), details(finding));
        let _ = writeln!(out, "<ul class=\"quiet\">\n{}</ul>", super::items(&cause.findings, each));
    }
    out.push_str("</article>\n");
    out
}

/// What to do, folded: whoever reads on wants it, and several reasons may name the same one.
fn plan(playbook: &Playbook) -> String {
    let line = |(what, said): &(&str, String)| format!("<strong>{what}</strong>: {}", text(said));
    let said = super::items(&playbook::lines(playbook), line);
    format!("<details class=\"playbook\"><summary>Playbook: {}</summary>\n<ul>\n{said}</ul></details>\n", text(&playbook.title))
}

/// Expected, found, and what lies between them.
fn gap(finding: &Finding) -> String {
    let rows = [
        ("found", finding.actual.as_ref().map(summary::value)),
        ("wants", finding.expected.as_ref().map(summary::value)),
        ("distance", finding.distance.clone()),
    ];
    let mut out = String::new();
    for (label, value) in rows.iter().filter_map(|(label, value)| Some((label, value.as_ref()?))) {
        let _ = writeln!(out, "<div><dt>{label}</dt><dd>{}</dd></div>", lines(value));
    }
    if out.is_empty() { out } else { format!("<dl class=\"gap\">\n{out}</dl>\n") }
}

/// What a closer look needs, with semicolons.
fn details(finding: &Finding) -> String {
    let mut parts: Vec<String> = finding.title.iter().map(|title| text(title)).collect();
    parts.push(format!("severity {}", finding.severity.word()));
    parts.push(format!("policy {}", text(&finding.policy)));
    if finding.declared_effect != finding.effect {
        parts.push(format!("its rule says {}", finding.declared_effect.word()));
    }
    parts.extend(finding.requirement.iter().map(|requirement| format!("requirement {}", text(requirement))));
    if !finding.evidence.is_empty() {
        let kinds: Vec<String> = finding.evidence.iter().map(ToString::to_string).collect();
        parts.push(format!("from {}", text(&kinds.join(", "))));
    }
    parts.extend(finding.metadata.iter().map(|(key, value)| format!("{} {}", text(key), text(&summary::value(value)))));
    if !finding.fingerprint.is_empty() {
        parts.push(format!("fingerprint {}", digest(&finding.fingerprint)));
    }
    parts.join("; ")
}
