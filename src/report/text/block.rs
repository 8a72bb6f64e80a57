//! One reason as a person reads it: what stops, where, how far from passing, what to do.

use unicode_width::UnicodeWidthStr;

use super::line::{Line, Paragraph, Tone, paragraph, shorten};
use crate::decide::{Effect, Finding};
use crate::report::cause::Cause;
use crate::report::escape::terminal;
use crate::report::{Options, playbook, summary};

/// The symbol and the tone of an effect.
pub(super) fn mark(effect: Effect) -> (&'static str, Tone) {
    match effect {
        Effect::Rollback | Effect::Deny => ("✗", Tone::Stop),
        Effect::Hold => ("?", Tone::Wait),
        Effect::Warn => ("!", Tone::Wait),
        Effect::Note => ("·", Tone::Quiet),
    }
}

/// How much of a finding is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// All of it, within what a reader can bear.
    Full,
    /// The remedy on one line, and no distance where the message says it.
    Compact,
    /// As compact, with one line for the message, and no empty line before it.
    Terse,
}

impl Form {
    /// From the roomiest to the tightest.
    pub(super) const ALL: [Form; 3] = [Form::Full, Form::Compact, Form::Terse];

    /// Lines for the message, the distance and the remedy, at most.
    fn most(self) -> (usize, usize, usize) {
        match self {
            Form::Full => (3, 2, 4),
            Form::Compact => (2, 1, 1),
            Form::Terse => (1, 1, 1),
        }
    }
}

/// A reason with its id, place, message, distance, waiver and remedy. `remedy` is false where the next block says the same one.
pub(super) fn block(cause: &Cause<'_>, form: Form, remedy: bool, options: &Options) -> Vec<Line> {
    let finding = cause.first;
    let mut lines = heading(cause, options);
    let (message, distance, way_out) = form.most();
    let mut say = |lead, tone, most, text: &str| {
        let most = if options.verbose { usize::MAX } else { most };
        let shape = Paragraph { indent: 2, lead, lead_tone: tone, tone, columns: options.width, most };
        lines.extend(paragraph(shape, &terminal(text)));
    };
    say("", Tone::Plain, message, &finding.message);
    if let Some(gap) = summary::gap(finding).filter(|_| form == Form::Full || !summary::says(&finding.message, finding)) {
        say("", Tone::Plain, distance, &gap);
    }
    if let Some(waiver) = &finding.waiver {
        let text = format!("waived until {} by {}: {}", waiver.expires, waiver.owner, waiver.reason);
        say("", Tone::Plain, 2, &text);
    }
    if let (true, Some(text)) = (remedy, &finding.remedy) {
        say("→ ", Tone::Strong, way_out, text);
    }
    if let Some(playbook) = cause.playbook() {
        if options.verbose {
            say("playbook: ", Tone::Quiet, usize::MAX, &playbook.title);
            for (what, text) in playbook::lines(playbook) {
                say("  ", Tone::Quiet, usize::MAX, &format!("{what}: {text}"));
            }
        } else if form == Form::Full {
            say("playbook: ", Tone::Quiet, 3, &playbook::short(playbook));
        }
    }
    if options.verbose {
        for finding in &cause.findings {
            let id = if cause.findings.len() > 1 { format!("{}: ", finding.id) } else { String::new() };
            say("", Tone::Quiet, usize::MAX, &format!("{id}{}", details(finding)));
        }
    }
    lines
}

/// The symbol, the id and the place, which gets a line of its own where both do not fit. The place is never cut. Several findings
/// are called by what they wait for.
fn heading(cause: &Cause<'_>, options: &Options) -> Vec<Line> {
    let finding = cause.first;
    let (symbol, tone) = mark(finding.effect);
    let said = summary::instead(finding).map(|said| format!(" {said}")).unwrap_or_default();
    if let Some(title) = cause.title() {
        let ids: Vec<&str> = cause.ids().collect();
        let text = terminal(&format!("{title}{said}"));
        let room = if options.verbose { usize::MAX } else { (2 * options.width).saturating_sub(text.width() + 16) };
        let text = format!("{text} ({})", summary::some_ids(&ids, room));
        let most = if options.verbose { usize::MAX } else { 3 };
        let lead = format!("{symbol} ");
        let shape = Paragraph { indent: 0, lead: &lead, lead_tone: tone, tone: Tone::Strong, columns: options.width, most };
        return paragraph(shape, &text).into_iter().chain(place(finding, options)).collect();
    }
    let mut id = terminal(&finding.id);
    if !options.verbose {
        id = shorten(&id, options.width.saturating_sub(16), false);
    }
    let first = Line::new().add(tone, symbol).add(Tone::Plain, " ").add(Tone::Strong, id).add(Tone::Plain, said);
    let Some(place) = place(finding, options) else { return vec![first] };
    if first.width() + place.width() <= options.width {
        return vec![first.join(place)];
    }
    vec![first, place]
}

/// The place with two spaces before it.
fn place(finding: &Finding, options: &Options) -> Option<Line> {
    let place = summary::place(finding).map(|place| terminal(&place))?;
    // Beyond some screens' worth it is no path that anyone would copy.
    let place = if options.verbose { place } else { shorten(&place, 4 * options.width, false) };
    Some(Line::new().add(Tone::Plain, "  ").add(Tone::Plain, place))
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

/// The reason in at most two lines, without its remedy.
pub(super) fn short(cause: &Cause<'_>, options: &Options) -> Vec<Line> {
    let finding = cause.first;
    let (symbol, tone) = mark(finding.effect);
    let (mut text, then) = cause.title().map_or_else(|| (finding.id.clone(), ": "), |title| (title, "; "));
    if let Some(said) = summary::instead(finding) {
        text = format!("{text} {said}");
    }
    if let Some(place) = summary::place(finding) {
        text = format!("{text} at {place}");
    }
    let lead = format!("{symbol} ");
    let shape = Paragraph { indent: 0, lead: &lead, lead_tone: tone, tone: Tone::Plain, columns: options.width, most: 2 };
    paragraph(shape, &terminal(&format!("{text}{then}{}", finding.message)))
}
