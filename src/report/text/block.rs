//! One finding as a person reads it: what stops, where, how far from passing, what to do.

use unicode_width::UnicodeWidthStr;

use super::line::{Line, Paragraph, Tone, paragraph, shorten};
use crate::decide::{Effect, Finding};
use crate::report::escape::terminal;
use crate::report::{Options, summary};

/// The symbol and the tone of an effect.
pub(super) fn mark(effect: Effect) -> (&'static str, Tone) {
    match effect {
        Effect::Rollback | Effect::Deny => ("✗", Tone::Stop),
        Effect::Hold => ("?", Tone::Wait),
        Effect::Warn => ("!", Tone::Wait),
        Effect::Note => ("·", Tone::Quiet),
    }
}

/// The whole finding. `remedy` is false where the next block says the same one.
pub(super) fn full(finding: &Finding, remedy: bool, options: &Options) -> Vec<Line> {
    let mut lines = heading(finding, options);
    let most = |short: usize| if options.verbose { usize::MAX } else { short };
    let shape = |lead, lead_tone, tone, most| Paragraph { indent: 2, lead, lead_tone, tone, columns: options.width, most };
    lines.extend(paragraph(shape("", Tone::Plain, Tone::Plain, most(3)), &terminal(&finding.message)));
    if let Some(gap) = summary::gap(finding) {
        lines.extend(paragraph(shape("", Tone::Plain, Tone::Plain, most(2)), &terminal(&gap)));
    }
    if let Some(waiver) = &finding.waiver {
        let text = format!("waived until {} by {}: {}", waiver.expires, waiver.owner, waiver.reason);
        lines.extend(paragraph(shape("", Tone::Plain, Tone::Plain, most(2)), &terminal(&text)));
    }
    if let (true, Some(text)) = (remedy, &finding.remedy) {
        lines.extend(paragraph(shape("→ ", Tone::Strong, Tone::Strong, most(4)), &terminal(text)));
    }
    if options.verbose {
        lines.extend(paragraph(shape("", Tone::Plain, Tone::Quiet, usize::MAX), &terminal(&details(finding))));
    }
    lines
}

/// The symbol, the id and the place, which gets a line of its own where both do not fit. The place is never cut.
fn heading(finding: &Finding, options: &Options) -> Vec<Line> {
    let (symbol, tone) = mark(finding.effect);
    let mut id = terminal(&finding.id);
    if !options.verbose {
        id = shorten(&id, options.width.saturating_sub(16), false);
    }
    let mut first = Line::new().add(tone, symbol).add(Tone::Plain, " ").add(Tone::Strong, id);
    if let Some(said) = instead(finding) {
        first = first.add(Tone::Plain, format!(" {said}"));
    }
    let Some(place) = summary::place(finding).map(|place| terminal(&place)) else { return vec![first] };
    if first.width() + 2 + place.width() <= options.width {
        return vec![first.add(Tone::Plain, "  ").add(Tone::Plain, place)];
    }
    // Beyond some screens' worth it is no path that anyone would copy.
    let place = if options.verbose { place } else { shorten(&place, 4 * options.width, false) };
    vec![first, Line::new().add(Tone::Plain, "  ").add(Tone::Plain, place)]
}

/// What the heading adds where the effect is not what the symbol or the rule says.
fn instead(finding: &Finding) -> Option<&'static str> {
    match (finding.effect, finding.declared_effect) {
        (Effect::Rollback, _) => Some("[roll back]"),
        (Effect::Warn | Effect::Note, _) if finding.waiver.is_some() => Some("[waived]"),
        (Effect::Warn, Effect::Deny | Effect::Rollback) => Some("[would stop if enforced]"),
        (Effect::Warn, Effect::Hold) => Some("[would hold if enforced]"),
        _ => None,
    }
}

/// What only a closer look needs.
fn details(finding: &Finding) -> String {
    let mut parts = vec![format!("severity {}", finding.severity.word())];
    if let Some(title) = &finding.title {
        parts.insert(0, title.clone());
    }
    if let Some(requirement) = &finding.requirement {
        parts.push(format!("requirement {requirement}"));
    }
    if !finding.evidence.is_empty() {
        let kinds: Vec<String> = finding.evidence.iter().map(ToString::to_string).collect();
        parts.push(format!("from {}", kinds.join(", ")));
    }
    if !finding.fingerprint.is_empty() {
        parts.push(format!("fingerprint {}", finding.fingerprint.chars().take(12).collect::<String>()));
    }
    parts.join("; ")
}

/// The finding on one line, cut where it does not fit.
pub(super) fn short(finding: &Finding, options: &Options) -> Line {
    let (symbol, tone) = mark(finding.effect);
    let mut text = terminal(&finding.id);
    if let Some(said) = instead(finding) {
        text = format!("{text} {said}");
    }
    if let Some(place) = summary::place(finding) {
        text = format!("{text}  {}", terminal(&place));
    }
    text = format!("{text}  {}", terminal(&finding.message));
    Line::new().add(tone, symbol).add(Tone::Plain, " ").add(Tone::Plain, shorten(&text, options.width.saturating_sub(2), false))
}
