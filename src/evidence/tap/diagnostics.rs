//! What stands behind a test point and says more of it.

use crate::evidence::text::first_line;
use crate::evidence::{CaseResult, TestCaseRecord};

const MESSAGE_CHARS: usize = 300;

/// Takes a line of a YAML block over. Only flat keys are looked at, whatever is around them: the block is for people.
pub(super) fn take(line: &str, case: &mut TestCaseRecord) {
    // The text of a block scalar starts on the next line.
    if let CaseResult::Failed { message } = &mut case.result
        && matches!(message.as_str(), "|" | "|-" | ">" | ">-")
    {
        *message = first_line(line, MESSAGE_CHARS);
        return;
    }
    let Some((key, value)) = line.split_once(':') else { return };
    let value = value.trim().trim_matches(['\'', '"']);
    match key.trim() {
        "message" | "error" => say(case, value),
        "duration_ms" if case.seconds.is_none() => {
            case.seconds =
                value.parse::<f64>().ok().filter(|number| number.is_finite() && *number >= 0.0).map(|number| number / 1000.0);
        }
        "fileName" | "file" if case.file.is_none() => case.file = Some(value.to_owned()),
        "lineNumber" | "line" if case.line.is_none() => case.line = number(value),
        // `PATH:LINE:COLUMN`
        "location" | "at" if case.file.is_none() => {
            let place = value.trim_end_matches(')');
            let place = place.rsplit_once('(').map_or(place, |(_, place)| place);
            let mut parts = place.rsplitn(3, ':');
            if let (Some(_), Some(line), Some(path)) =
                (parts.next().and_then(number), parts.next().and_then(number), parts.next())
            {
                (case.file, case.line) = (Some(path.to_owned()), Some(line));
            }
        }
        _ => {}
    }
}

/// Takes a comment over: Perl's and Bats' say why and where.
pub(super) fn comment(comment: &str, case: &mut TestCaseRecord) {
    let place = comment.strip_prefix("at ").and_then(|rest| rest.strip_suffix('.')?.rsplit_once(" line "));
    match place {
        Some((file, line)) if case.file.is_none() => (case.file, case.line) = (Some(file.to_owned()), number(line)),
        Some(_) => {}
        None if comment.starts_with("Failed test") => {}
        None => say(case, comment),
    }
}

/// Nothing that says why comes any more.
pub(super) fn end(case: &mut TestCaseRecord) {
    say(case, "failed without a message");
}

fn say(case: &mut TestCaseRecord, text: &str) {
    if let CaseResult::Failed { message } = &mut case.result
        && message.is_empty()
    {
        *message = first_line(text, MESSAGE_CHARS);
    }
}

fn number(text: &str) -> Option<u32> {
    text.trim().parse().ok().filter(|number| *number > 0)
}
