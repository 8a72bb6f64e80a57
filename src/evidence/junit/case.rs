//! One `<testcase>`.

use std::borrow::Cow;

use super::aside;
use crate::evidence::text::first_line;
use crate::evidence::xml::{Event, Xml};
use crate::evidence::{CaseResult, ReadError, TestCaseRecord};

const MESSAGE_CHARS: usize = 300;

/// A case as one element describes it.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) record: TestCaseRecord,
    /// Failures, errors and retries that it lists: what a suite may have counted.
    pub(super) failing: u64,
    /// Whether it names its class in Catch2's way.
    pub(super) catch2: bool,
}

/// Reads the case whose start tag the reader stands on, up to its end.
pub(super) fn read(xml: &mut Xml<'_>) -> Result<Case, ReadError> {
    let class = xml.attribute("classname").or_else(|| xml.attribute("class")).unwrap_or_default();
    let name = xml.attribute("name").unwrap_or_default();
    let stated = Stated::read(xml);
    let mut case = Case {
        catch2: class.ends_with(".global"),
        record: TestCaseRecord {
            name: join(&class, &name),
            seconds: seconds(xml),
            file: xml.attribute("file").filter(|file| !file.is_empty()).map(Cow::into_owned),
            line: xml.number("line").filter(|line| *line > 0),
            result: CaseResult::Passed,
        },
        failing: 0,
    };
    let (mut failure, mut flaky, mut skipped) = (None, false, stated == Stated::Skipped);
    let depth = xml.depth();
    while xml.next()? == Event::Start || xml.depth() >= depth {
        match xml.name() {
            "failure" | "error" | "rerunFailure" | "rerunError" => {
                case.failing += 1;
                let said = said(xml, &mut case.record)?;
                failure.get_or_insert(said);
            }
            "flakyFailure" | "flakyError" => {
                case.failing += 1;
                flaky = true;
                xml.skip()?;
            }
            "skipped" | "skip" | "ignored" | "disabled" => {
                skipped = true;
                xml.skip()?;
            }
            "testcase" => return Err(xml.error("a <testcase> inside a <testcase>: expected JUnit XML")),
            _ => aside::step_over(xml)?,
        }
    }
    if stated == Stated::Failed && failure.is_none() && !flaky {
        case.failing += 1;
        failure = Some("the status says that it failed".to_owned());
    }
    case.record.result = match failure {
        Some(message) => CaseResult::Failed { message },
        None if flaky => CaseResult::Flaky,
        None if skipped => CaseResult::Skipped,
        None => CaseResult::Passed,
    };
    Ok(case)
}

/// Reads a failure or error that stands directly in a suite: its set-up broke, so it counts as a failed case.
pub(super) fn read_failure_of_suite(xml: &mut Xml<'_>) -> Result<Case, ReadError> {
    let mut record = TestCaseRecord {
        name: "(the suite itself)".to_owned(),
        seconds: None,
        file: None,
        line: None,
        result: CaseResult::Passed,
    };
    let message = said(xml, &mut record)?;
    record.result = CaseResult::Failed { message };
    Ok(Case { record, failing: 1, catch2: false })
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
        for key in ["status", "result"] {
            let word = xml.attribute(key).unwrap_or_default().to_ascii_lowercase();
            match word.as_str() {
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
fn join(class: &str, name: &str) -> String {
    if class.is_empty() || name.starts_with(class) {
        return name.to_owned();
    }
    if name.is_empty() {
        return class.to_owned();
    }
    let joint = if class.contains("::") || name.contains("::") { "::" } else { "." };
    format!("{class}{joint}{name}")
}

/// The `time` attribute; some writers group thousands with commas.
pub(super) fn seconds(xml: &Xml<'_>) -> Option<f64> {
    let text = xml.attribute("time")?.replace(',', "");
    text.trim().parse().ok().filter(|seconds: &f64| seconds.is_finite() && *seconds >= 0.0)
}
