//! A reason at a line of a file.

use crate::decide::Effect;
use crate::facts::Severity;
use crate::report::cause::Cause;
use crate::report::escape::{is_hidden, terminal, uri_path};
use crate::report::summary;

use super::cut;

/// GitHub's limit for the title of an annotation.
const MOST_OF_A_TITLE: usize = 255;
/// For each line of a message: all lines stay far below the 64 KB of a check run's annotation, and below the 4,096 characters at which
/// the runner cuts a message (`ExecutionContext.cs`).
const MOST_OF_A_LINE: usize = 800;

/// How an annotation looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Notice,
    Warning,
    Failure,
}

impl Level {
    /// The word of the checks API.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Level::Notice => "notice",
            Level::Warning => "warning",
            Level::Failure => "failure",
        }
    }

    /// The level of a reason: what stops or holds is a failure; a note, a warning about a note and what is waived is a notice.
    pub(super) fn of(cause: &Cause<'_>) -> Level {
        let finding = cause.first;
        match (finding.effect, finding.severity) {
            (Effect::Rollback | Effect::Deny | Effect::Hold, _) => Level::Failure,
            (Effect::Warn, Severity::Note) | (Effect::Note, _) => Level::Notice,
            (Effect::Warn, _) if finding.waiver.is_some() => Level::Notice,
            (Effect::Warn, _) => Level::Warning,
        }
    }
}

/// One annotation of a check run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Annotation {
    /// Relative to the repository's root.
    pub path: String,
    /// From 1. Where nobody said a line it is the first, because the API wants one.
    pub line: u32,
    pub level: Level,
    pub title: String,
    /// Plain text of several lines.
    pub message: String,
    /// What the record says of it: id, requirement and fingerprint.
    pub details: String,
}

impl Annotation {
    /// `None` for a reason without a place that GitHub can show.
    pub(super) fn of(cause: &Cause<'_>) -> Option<Annotation> {
        let path = usable(cause.first.file.as_ref()?)?;
        Some(Annotation {
            path,
            line: line(cause).unwrap_or(1),
            level: Level::of(cause),
            title: title(cause),
            message: message(cause, false),
            details: details(cause),
        })
    }
}

/// A path that names a file below the root, without hidden characters: GitHub refuses the whole request for one that it cannot take.
pub(super) fn usable(path: &str) -> Option<String> {
    (path.len() <= 1_000 && !path.contains(is_hidden) && uri_path(path).is_some()).then(|| path.to_owned())
}

/// The line of a reason. GitHub's are signed numbers of 32 bits.
pub(super) fn line(cause: &Cause<'_>) -> Option<u32> {
    cause.first.line.filter(|line| *line > 0 && *line <= i32::MAX.unsigned_abs())
}

/// The id, what it stands for, and what a reader could not guess of its effect.
pub(super) fn title(cause: &Cause<'_>) -> String {
    let finding = cause.first;
    let name = match (cause.title(), &finding.title) {
        (Some(several), _) => several,
        (None, Some(title)) => format!("{}: {title}", finding.id),
        (None, None) => finding.id.clone(),
    };
    let instead = summary::instead(finding).map(|instead| format!("{instead} ")).unwrap_or_default();
    cut(&terminal(&format!("{instead}{name}")), MOST_OF_A_TITLE)
}

/// What is wrong, how far it is from passing, who waived it and what to do, a line for each; with `place` also where it is.
pub(super) fn message(cause: &Cause<'_>, place: bool) -> String {
    let finding = cause.first;
    let mut lines = vec![finding.message.clone()];
    if let Some(at) = summary::place(finding).filter(|_| place) {
        lines.push(format!("at {at}"));
    }
    if !summary::says(&finding.message, finding) {
        lines.extend(summary::gap(finding));
    }
    if let Some(waiver) = &finding.waiver {
        lines.push(format!("waived until {} by {}: {}", waiver.expires, waiver.owner, waiver.reason));
    }
    lines.extend(finding.remedy.as_ref().map(|remedy| format!("→ {remedy}")));
    let lines: Vec<String> =
        lines.iter().map(|line| cut(&terminal(line), MOST_OF_A_LINE)).filter(|line| !line.is_empty()).collect();
    // The API takes no empty message.
    if lines.is_empty() { title(cause) } else { lines.join("\n") }
}

fn details(cause: &Cause<'_>) -> String {
    let ids: Vec<&str> = cause.ids().take(50).collect();
    let mut lines = vec![format!("id {}", ids.join(", "))];
    lines.extend(cause.first.requirement.as_ref().map(|requirement| format!("requirement {requirement}")));
    if !cause.first.fingerprint.is_empty() {
        lines.push(format!("fingerprint {}", cause.first.fingerprint));
    }
    lines.iter().map(|line| cut(&terminal(line), MOST_OF_A_LINE)).collect::<Vec<_>>().join("\n")
}
