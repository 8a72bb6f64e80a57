//! What stands beside the results: properties, output, and elements of single tools.

use crate::evidence::ReadError;
use crate::evidence::text::shown;
use crate::evidence::xml::{Event, Xml};

/// Names that say something of a result, in lower case.
const RESULTS: &[&str] =
    &["testsuites", "testsuite", "testcase", "failure", "error", "rerunfailure", "rerunerror", "flakyfailure", "flakyerror"];

/// Steps over the element that just started, of any size. Output may hold anything; a result inside another unknown element, or
/// one whose name is spelled in capitals, is an error: somebody meant it as one.
pub(super) fn step_over(xml: &mut Xml<'_>) -> Result<(), ReadError> {
    if matches!(xml.name(), "properties" | "system-out" | "system-err") {
        return xml.skip();
    }
    refuse_result(xml)?;
    let depth = xml.depth();
    while xml.next()? == Event::Start || xml.depth() >= depth {
        refuse_result(xml)?;
    }
    Ok(())
}

fn refuse_result(xml: &Xml<'_>) -> Result<(), ReadError> {
    if RESULTS.contains(&xml.name().to_ascii_lowercase().as_str()) {
        return Err(xml.error(format!("a <{}> at a place where nobody reads it: expected JUnit XML", shown(xml.name()))));
    }
    Ok(())
}
