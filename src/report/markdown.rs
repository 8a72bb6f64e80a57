//! GitHub Flavored Markdown, for a comment on a pull request: the reasons first, the rest folded.
//!
//! Everything that someone else wrote goes through `escape::markdown` or `escape::code_span`, and never starts a line.

use std::fmt::Write as _;

use super::cause::Cause;
use super::escape::{code_span, markdown, terminal};
use super::playbook;
use super::rollback;
use super::summary::{self, Groups};
use crate::decide::{Decision, Effect, Mode, Verdict};

/// GitHub refuses a comment of more than 65,536 characters.
const COMMENT: Room = Room { most: 65_000, findings: 50, size: |text| text.chars().count() };
/// Merged changes that a comment lists.
const CARRIED: usize = 50;
/// Ids that are named together.
const MOST_IDS: usize = 50;
/// Waivers that a comment explains.
const MOST_WAIVERS: usize = 20;
/// A longer text belongs into the decision record.
const MOST_OF_A_TEXT: usize = 1_000;
/// Kept free for what closes the comment.
const CLOSING: usize = 400;

/// How much a page may hold.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    /// In the unit that `size` counts in.
    pub(super) most: usize,
    pub(super) findings: usize,
    pub(super) size: fn(&str) -> usize,
}

/// Writes the decision as a comment of at most 65,000 characters and 50 findings; what is left out is counted.
pub(super) fn render(decision: &Decision) -> String {
    render_within(decision, COMMENT)
}

/// As [`render`], for a page of another size. One that is too small for the verdict holds how to go back and the counts of what it lacks.
pub(super) fn render_within(decision: &Decision, room: Room) -> String {
    let groups = Groups::of(decision);
    let after = after_reasons(decision);
    let mut page = Page { text: String::new(), room, used: (room.size)(&after), shown: 0, left: 0 };
    page.put(&heading(decision, &groups));
    page.section("Stops it", &Cause::of(groups.stop.iter().copied(), decision), false);
    page.section("Holds it", &Cause::of(groups.hold.iter().map(AsRef::as_ref), decision), false);
    page.text.push_str(&after);
    page.section("Warnings", &Cause::of(groups.warn.iter().copied(), decision), true);
    page.section("Notes", &Cause::of(groups.note.iter().copied(), decision), true);
    page.section("Waived", &Cause::of(groups.waived.iter().copied(), decision), true);
    let waivers: Vec<String> =
        summary::waivers(decision).into_iter().take(MOST_WAIVERS).map(|one| markdown(&limited(&summary::waiver(one)))).collect();
    page.folded("Waivers that need somebody", &waivers);
    if let Some(carried) = &decision.subject.carries {
        let items: Vec<String> = summary::carried(carried, CARRIED).iter().map(|line| markdown(&limited(line))).collect();
        page.folded("Merged changes that it carries", &items);
    }
    page.folded(&summary::count(decision.passed.len(), "check passed", "checks passed"), &passed(decision));
    let verb = if decision.not_applicable.len() == 1 { "check does" } else { "checks do" };
    page.folded(&format!("{} {verb} not apply here", decision.not_applicable.len()), &absent(decision));
    page.folded("Evidence and how this was decided", &context(decision));
    if page.left > 0 {
        let more = summary::count(page.left, "more finding is", "more findings are");
        let _ = writeln!(page.text, "**{more} not shown here**: see the decision record.\n");
    }
    let id: String = decision.id.chars().take(12).collect();
    let _ = writeln!(page.text, "decision {}", code_span(&id));
    page.text
}

/// What stands outside the folds below the reasons, however long they are: how to go back, when to look again, and what the
/// change's own rules would say.
fn after_reasons(decision: &Decision) -> String {
    let mut out = String::new();
    for (at, said) in rollback::said(decision, false).iter().enumerate() {
        let text = if said.command { code_span(&limited(&said.text)) } else { markdown(&limited(&said.text)) };
        let (start, label) = if at == 0 { ("", format!("**{}**", said.label)) } else { ("- ", said.label.to_owned()) };
        let _ = writeln!(out, "{start}{label}: {text}{}", if at == 0 { "\n" } else { "" });
    }
    if decision.rollback.is_some() {
        out.push('\n');
    }
    if let Some(next) = decision.next_look_at {
        let _ = writeln!(out, "Look again {}, at `{next}`.\n", summary::until(decision.decided_at, next));
    }
    let waivers = summary::waivers(decision);
    if !waivers.is_empty() {
        let _ = writeln!(out, "Waivers: {}.\n", markdown(&limited(&summary::waiver_states(&waivers))));
    }
    if let Some(shadow) = &decision.shadow {
        let files = code_span(&limited(&summary::list(&shadow.files)));
        let _ = writeln!(out, "Shadow: {}; it edits {files}.\n", markdown(&limited(&summary::shadow(decision, shadow))));
    }
    out
}

/// A comment that knows how much still fits.
struct Page {
    text: String,
    room: Room,
    /// The size of the text, and of what must stand in it.
    used: usize,
    shown: usize,
    left: usize,
}

impl Page {
    /// Adds a part if it fits, and says whether it did.
    fn put(&mut self, part: &str) -> bool {
        let more = (self.room.size)(part);
        if self.used + more > self.room.most.saturating_sub(CLOSING) {
            return false;
        }
        self.used += more;
        self.text.push_str(part);
        true
    }

    /// Adds reasons under a title, folded if wanted; counts the findings that do not fit.
    fn section(&mut self, title: &str, causes: &[Cause<'_>], folded: bool) {
        if causes.is_empty() {
            return;
        }
        let findings = |causes: &[Cause<'_>]| causes.iter().map(|cause| cause.findings.len()).sum::<usize>();
        let head = if folded {
            format!("<details><summary>{title}: {}</summary>\n\n", causes.len())
        } else {
            format!("**{title}**\n\n")
        };
        let room = self.shown < self.room.findings && self.put(&head);
        if !room {
            self.left += findings(causes);
            return;
        }
        for (index, cause) in causes.iter().enumerate() {
            if self.shown == self.room.findings || !self.put(&item(cause)) {
                self.left += findings(&causes[index..]);
                break;
            }
            self.shown += 1;
        }
        // Within what CLOSING keeps free.
        self.text.push_str(if folded { "\n</details>\n\n" } else { "\n" });
    }

    /// Adds list items under a folded title; leaves all of it out when it does not fit.
    fn folded(&mut self, title: &str, items: &[String]) {
        if !items.is_empty() {
            self.put(&format!("<details><summary>{title}</summary>\n\n- {}\n\n</details>\n\n", items.join("\n- ")));
        }
    }
}

/// The verdict, whom it is about and the counts.
fn heading(decision: &Decision, groups: &Groups<'_>) -> String {
    let symbol = match decision.verdict {
        Verdict::Pass => "✅",
        Verdict::Hold => "⏳",
        Verdict::Block => "❌",
        Verdict::Rollback => "⏪",
    };
    let service =
        decision.subject.service.as_deref().map(|name| format!(" of {}", code_span(&limited(name)))).unwrap_or_default();
    let mut out = format!(
        "### {symbol} kadian: {} at {}{service} ({})\n\n{}.\n\n",
        decision.verdict.word().to_uppercase(),
        decision.stage,
        markdown(&limited(&decision.subject.tier)),
        summary::counts(decision, groups),
    );
    match decision.mode {
        Mode::Enforce => {}
        Mode::Warn => out.push_str("Mode warn: shown, but not enforced.\n\n"),
        Mode::Shadow => out.push_str("Mode shadow: neither enforced nor published.\n\n"),
    }
    out
}

/// A reason as a list item: id and place, then message, distance, waiver and remedy, one line each.
fn item(cause: &Cause<'_>) -> String {
    let finding = cause.first;
    let symbol = match finding.effect {
        Effect::Rollback | Effect::Deny => "✗",
        Effect::Hold => "?",
        Effect::Warn => "!",
        Effect::Note => "·",
    };
    let name = cause.title().map_or_else(
        || code_span(&limited(&finding.id)),
        |title| format!("{} ({})", markdown(&limited(&title)), spans(cause.ids())),
    );
    let mut lines = vec![format!("{symbol} {name}")];
    if let Some(place) = summary::place(finding) {
        let _ = write!(lines[0], " at {}", code_span(&limited(&place)));
    }
    let mut say = |lead: &str, text: &str| {
        let text = markdown(&limited(text));
        if !text.is_empty() {
            lines.push(format!("{lead}{text}"));
        }
    };
    say("", &finding.message);
    if let Some(gap) = summary::gap(finding) {
        say("", &gap);
    }
    if let Some(waiver) = &finding.waiver {
        say("", &format!("waived until {} by {}: {}", waiver.expires, waiver.owner, waiver.reason));
    }
    if let Some(remedy) = &finding.remedy {
        say("→ ", remedy);
    }
    if let Some(playbook) = cause.playbook() {
        say("playbook: ", &playbook.title);
        for (what, text) in playbook::lines(playbook) {
            say(&format!("{what}: "), &text);
        }
    }
    format!("- {}\n", lines.join("\\\n  "))
}

/// Text cut to what a comment can bear.
fn limited(text: &str) -> String {
    let line = terminal(text);
    if line.chars().count() <= MOST_OF_A_TEXT {
        return line;
    }
    line.chars().take(MOST_OF_A_TEXT).chain(['…']).collect()
}

fn passed(decision: &Decision) -> Vec<String> {
    decision.passed.iter().map(|id| code_span(&limited(id))).collect()
}

fn absent(decision: &Decision) -> Vec<String> {
    let item = |(ids, policy): (Vec<&str>, &crate::decide::NotApplicable)| {
        let why = markdown(&limited(policy.reason.trim_end_matches('.')));
        let pronoun = if ids.len() == 1 { "it" } else { "them" };
        format!("{}: {why}. To switch {pronoun} on: {}", spans(ids), code_span(&limited(&policy.enable)))
    };
    summary::absent(decision).into_iter().map(item).collect()
}

/// Ids with commas, each as code; what is left out is counted.
fn spans<'a>(ids: impl IntoIterator<Item = &'a str>) -> String {
    let mut ids = ids.into_iter();
    let mut said: Vec<String> = ids.by_ref().take(MOST_IDS).map(|id| code_span(&limited(id))).collect();
    if let rest @ 1.. = ids.count() {
        said.push(format!("{rest} more"));
    }
    said.join(", ")
}

/// Evidence, revisions and notes.
fn context(decision: &Decision) -> Vec<String> {
    let mut items = Vec::new();
    for record in &decision.evidence {
        let reason = record.reason.as_ref().map(|reason| format!(": {}", markdown(&limited(reason)))).unwrap_or_default();
        items.push(format!("{} {} {}{reason}", code_span(&record.kind.to_string()), record.kind.verb(), record.status.word()));
    }
    if let Some(range) = summary::range(decision) {
        items.push(format!("judged {}", code_span(&range)));
    }
    items.extend(decision.notes.iter().map(|note| format!("note: {}", markdown(&limited(note)))));
    items
}
