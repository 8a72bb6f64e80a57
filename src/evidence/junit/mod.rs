//! `JUnit` XML, as Ant, Surefire, Gradle, pytest, Jest, nextest, `GoogleTest`, Catch2 and many others write it.
//!
//! There is no specification; what is read follows the tools. A root `<testsuite>` or `<testsuites>`, suites within suites,
//! several failures of one case. Retries: `flakyFailure` and `flakyError` mean passed in the end, `rerunFailure` and
//! `rerunError` failed (Surefire, nextest); a case that one suite lists several times, first failing and passing at last, is
//! flaky (other runners write each try). A case whose `status` or `result` says that it did not run is skipped, one whose status
//! says that it failed has failed.
//!
//! A case that is `<skipped type="todo">` (Node) is skipped, also where it failed: nobody expects it to pass yet.
//! `<rerun>` stands for a failed try: without a failure beside it the case passed in the end. pytest-rerunfailures writes a try that is not
//! the last one as a case without a failure; pytest lists no test twice otherwise, so that one that comes again at once did not pass before.
//!
//! The properties `kadian.plan`, `kadian.batch` and `kadian.version` of a suite say which batch of a rollout it tested; they hold for
//! the suites inside, which may state them for themselves. `kadian.attempt` says which try of the same tests a suite is. Which properties
//! name a commit says [`commit`]; a report that names two is refused.
//!
//! Many tools write a suite's time without its zone, which is then any of the world's: such a time shows when the suite cannot have run,
//! and never when it ran.
//!
//! The counts that suites state show a report from which something was taken: see [`counts`].

mod aside;
mod case;
mod counts;
mod properties;
mod suite;
#[cfg(test)]
mod tests;

use std::io::BufRead;

use super::text::{earliest, root_element, shown, zoned_time, zoneless_time};
use super::xml::{Event, Xml};
use super::{Format, ReadError, Reader, Room, TestReport, commit};
use crate::facts::Kind;
use case::Case;
use suite::OpenSuite;

pub(super) const FORMAT: Format = Format {
    name: "junit",
    kind: Kind::Tests,
    conventional: &[
        "junit.xml",
        "junit-*.xml",
        "*-junit.xml",
        "TEST-*.xml",
        "test-results.xml",
        "test-report.xml",
        "report.xml",
        "test-results/**/*.xml",
        "test-reports/**/*.xml",
        "reports/junit*.xml",
        "reports/TEST-*.xml",
        "reports/junit/**/*.xml",
        "build/junit/**/*.xml",
        "build/test-results/**/*.xml",
        "target/surefire-reports/TEST-*.xml",
        "target/failsafe-reports/TEST-*.xml",
        "target/nextest/*/junit.xml",
    ],
    recognises,
    read: Reader::Tests(read),
};

fn recognises(_path: &str, head: &[u8]) -> bool {
    matches!(root_element(head), Some(b"testsuite" | b"testsuites"))
}

/// Reads a report. Another root element and counts that cannot be real are errors; a report without any case is read, and
/// refused where all reports are put together.
fn read(input: &mut dyn BufRead) -> Result<TestReport, ReadError> {
    let mut xml = Xml::new(input)?;
    let mut report = TestReport::default();
    let mut open: Vec<OpenSuite> = Vec::new();
    let (mut case, mut room) = (Case::default(), Room::default());
    loop {
        match xml.next()? {
            Event::Eof => return Ok(report),
            Event::Start => match (xml.name(), open.last_mut()) {
                ("testsuites" | "testsuite", parent) => {
                    room.suite().map_err(|message| xml.error(message))?;
                    let mut suite = OpenSuite::start(&xml, parent.as_deref()).map_err(|message| xml.error(message))?;
                    // A suite without a name has that of the one around it, however long.
                    room.keep(suite.size()).map_err(|message| xml.error(message))?;
                    let stated = xml.attribute("timestamp");
                    let time = stated.as_deref().and_then(zoned_time);
                    suite.place(time, stated.as_deref().and_then(zoneless_time), report.suites.len());
                    // The earliest: one suite that ran again does not make the others of the file new.
                    report.made_at = earliest(report.made_at, time);
                    open.push(suite);
                }
                (other, None) => {
                    let message = format!("the root element is <{}>: expected <testsuites> or <testsuite>", shown(other));
                    return Err(xml.error(message));
                }
                ("properties", Some(suite)) => {
                    properties::read(&mut xml, &mut suite.properties)?;
                    if let Some(commit) = suite.properties.commit.take() {
                        commit::state(&mut report.commit, commit).map_err(|message| xml.error(message))?;
                    }
                }
                ("testcase", Some(suite)) => {
                    case::read(&mut xml, &mut case)?;
                    suite.take(&mut case, &mut room).map_err(|message| xml.error(message))?;
                }
                ("failure" | "error", Some(suite)) => {
                    case::read_failure_of_suite(&mut xml, &mut case)?;
                    suite.take(&mut case, &mut room).map_err(|message| xml.error(message))?;
                }
                (_, Some(_)) => aside::step_over(&mut xml)?,
            },
            Event::End => {
                if let Some(suite) = open.pop() {
                    suite.end(open.last_mut(), &mut report, &mut room).map_err(|message| xml.error(message))?;
                }
            }
        }
    }
}
