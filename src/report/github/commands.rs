//! Workflow commands: what GitHub's runner turns into annotations when a step prints it.
//!
//! A line is read back by `ActionCommand.TryParseV2` of actions/runner: after `::`, up to the next `::`, stand the command, a space and
//! `name=value` pairs with commas; what follows is the message. In values `%25`, `%0D`, `%0A`, `%3A` and `%2C` are taken back, in messages
//! the first three. This is the one report whose lines a log obeys, so it does not go through `escape::log_text` as a whole: what others
//! wrote goes through it piece by piece.

use std::fmt::Write as _;

use crate::decide::Decision;
use crate::report::escape::log_text;
use crate::report::summary::{self, Groups};

use super::annotations::{self, Level};
use super::important::ranked;

/// GitHub shows 10 annotations of each level from one step (`_maxIssueCount` of the runner), and 50 of a job: three levels stay below.
const MOST_OF_A_LEVEL: usize = 10;

/// One command for each reason, the most important first, at most ten of each level; then one line that is no command, with the verdict and
/// how many findings have none.
pub(in crate::report) fn render(decision: &Decision) -> String {
    let groups = Groups::of(decision);
    let (mut out, mut left) = (String::new(), 0);
    let mut room = [(Level::Failure, "error", 0), (Level::Warning, "warning", 0), (Level::Notice, "notice", 0)];
    for cause in ranked(&groups, decision) {
        let level = Level::of(&cause);
        let Some((_, word, used)) = room.iter_mut().find(|(known, _, used)| *known == level && *used < MOST_OF_A_LEVEL) else {
            left += cause.findings.len();
            continue;
        };
        *used += 1;
        let path = cause.first.file.as_deref().and_then(annotations::usable).filter(|path| is_no_command(path));
        let mut properties = Vec::new();
        if let Some(path) = &path {
            properties.push(format!("file={}", escaped(path).replace(':', "%3A").replace(',', "%2C")));
            properties.extend(annotations::line(&cause).map(|line| format!("line={line}")));
        }
        properties.push(format!("title={}", property(&annotations::title(&cause))));
        let message = data(&annotations::message(&cause, path.is_none()));
        let _ = writeln!(out, "::{word} {}::{message}", properties.join(","));
    }
    let more = summary::count(left, "more finding has", "more findings have");
    let left = if left == 0 { String::new() } else { format!("; {more} no annotation here, see the other reports") };
    let counts = summary::counts(decision, &groups);
    let _ = writeln!(out, "kadian: {} at {}: {counts}{left}", decision.verdict.word().to_uppercase(), decision.stage);
    out
}

/// The value of a property. Commas and colons would end it.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// Whether a path has nothing that would have to be written another way, and then names no file. Inside a line `::` is no command.
fn is_no_command(path: &str) -> bool {
    let line = format!("x{path}");
    log_text(&line) == line
}

/// A message. `##[` would be a command of the older kind to a runner that does not take the line for one of this kind.
fn data(text: &str) -> String {
    escaped(&log_text(text))
}

fn escaped(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}
