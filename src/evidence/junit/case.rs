//! One `<testcase>`.

use std::borrow::Cow;

use super::aside;
use super::counts::Failing;
use crate::evidence::text::first_line;
use crate::evidence::xml::{Event, Xml};
use crate::evidence::{CaseResult, ReadError, TestCaseRecord};

const MESSAGE_CHARS: usize = 300;

/// A case as one element describes it; the next one takes its room.
#[derive(Debug, Default)]
pub(super) struct Case {
    pub(super) record: TestCaseRecord,
    /// Failures, errors and retries that it lists: what a suite may have counted.
    pub(super) failing: Failing,
    /// Whether it names its class in Catch2's way.
    pub(super) catch2: bool,
}

/// Reads the case whose start tag the reader stands on, up to its end.
pub(super) fn read(xml: &mut Xml<'_>, case: &mut Case) -> Result<(), ReadError> {
    let class = xml.attribute("classname").or_else(|| xml.attribute("class")).unwrap_or_default();
    join(&mut case.record.name, &class, &xml.attribute("name").unwrap_or_default());
    case.catch2 = class.ends_with(".global");
    drop(class);
    case.failing = Failing::default();
    case.record.seconds = seconds(xml);
    case.record.file = xml.attribute("file").filter(|file| !file.is_empty()).map(Cow::into_owned);
    case.record.line = xml.number("line").filter(|line| *line > 0);
    let stated = Stated::read(xml);
    let (mut failure, mut rerun, mut flaky, mut skipped, mut todo) = (None, None, false, stated == Stated::Skipped, false);
    let depth = xml.depth();
    while xml.next()? == Event::Start || xml.depth() >= depth {
        match xml.name() {
            name @ ("failure" | "error" | "rerunFailure" | "rerunError") => {
                let again = name.starts_with("rerun");
                *(if again { &mut case.failing.again } else { &mut case.failing.ended }) += 1;
                let said = said(xml, &mut case.record)?;
                failure.get_or_insert(said);
            }
            "flakyFailure" | "flakyError" => {
                case.failing.flaky += 1;
                flaky = true;
                xml.skip()?;
            }
            "rerun" => {
                let said = said(xml, &mut case.record)?;
                rerun.get_or_insert(said);
            }
            "skipped" | "skip" | "ignored" | "disabled" => {
                skipped = true;
                todo |= xml.attribute("type").is_some_and(|kind| kind.eq_ignore_ascii_case("todo"));
                xml.skip()?;
            }
            "testcase" => return Err(xml.error("a <testcase> inside a <testcase>: expected JUnit XML")),
            _ => aside::step_over(xml)?,
        }
    }
    if case.failing.ended == 0 && case.failing.again > 0 {
        (case.failing.ended, case.failing.again) = (1, case.failing.again - 1);
    }
    if stated == Stated::Failed && failure.is_none() && !flaky {
        case.failing.ended += 1;
        failure = Some(rerun.take().unwrap_or_else(|| "the status says that it failed".to_owned()));
    }
    case.record.result = match failure {
        Some(_) if todo => CaseResult::Skipped,
        Some(message) => CaseResult::Failed { message },
        None if flaky || (rerun.is_some() && !skipped) => CaseResult::Flaky,
        None if skipped => CaseResult::Skipped,
        None => CaseResult::Passed,
    };
    Ok(())
}

/// Reads a failure or error that stands directly in a suite: its set-up broke, so it counts as a failed case.
pub(super) fn read_failure_of_suite(xml: &mut Xml<'_>, case: &mut Case) -> Result<(), ReadError> {
    case.record = TestCaseRecord { name: "(the suite itself)".to_owned(), ..TestCaseRecord::default() };
    let message = said(xml, &mut case.record)?;
    case.record.result = CaseResult::Failed { message };
    (case.failing, case.catch2) = (Failing { ended: 1, ..Failing::default() }, false);
    Ok(())
}

/// What attributes say of the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stated {
    Skipped,
    Failed,
    Nothing,
}

impl Stated {
    fn read(xml: &Xml<'_>) -> Stated {
        let mut stated = Stated::Nothing;
        for word in ["status", "result"].into_iter().filter_map(|key| xml.attribute(key)) {
            match word.to_ascii_lowercase().as_str() {
                "failed" | "fail" | "failure" | "error" | "errored" | "broken" | "timedout" => return Stated::Failed,
                "notrun" | "skipped" | "skip" | "disabled" | "ignored" | "suppressed" | "pending" => stated = Stated::Skipped,
                _ => {}
            }
        }
        stated
    }
}

/// What a failure says: its message, otherwise the first line of its text, otherwise its type. Takes its place over, where the
/// case has none.
fn said(xml: &mut Xml<'_>, record: &mut TestCaseRecord) -> Result<String, ReadError> {
    let message = xml.attribute("message").unwrap_or_default().into_owned();
    let kind = xml.attribute("type").unwrap_or_default().into_owned();
    if record.file.is_none() {
        record.file = xml.attribute("file").filter(|file| !file.is_empty()).map(Cow::into_owned);
        record.line = xml.number("line").filter(|line| *line > 0).or(record.line);
    }
    let depth = xml.depth();
    let mut text = String::new();
    loop {
        let event = xml.next()?;
        if text.is_empty() {
            text = first_line(xml.text(), MESSAGE_CHARS);
        }
        if event == Event::End && xml.depth() < depth {
            break;
        }
    }
    let first = [&message, &text, &kind].into_iter().map(|said| first_line(said, MESSAGE_CHARS)).find(|said| !said.is_empty());
    Ok(first.unwrap_or_else(|| "failed without a message".to_owned()))
}

/// Class and name, joined as the language does it; the name alone where it already starts with the class.
fn join(joined: &mut String, class: &str, name: &str) {
    joined.clear();
    if class.is_empty() || name.starts_with(class) {
        joined.push_str(name);
        return;
    }
    joined.push_str(class);
    if !name.is_empty() {
        joined.push_str(if class.contains("::") || name.contains("::") { "::" } else { "." });
        joined.push_str(name);
    }
}

/// The `time` attribute; some writers group thousands with commas.
pub(super) fn seconds(xml: &Xml<'_>) -> Option<f64> {
    let time = || xml.attribute("time");
    let seconds = xml.number("time").or_else(|| time()?.replace(',', "").trim().parse().ok());
    seconds.filter(|seconds: &f64| seconds.is_finite() && *seconds >= 0.0)
}
