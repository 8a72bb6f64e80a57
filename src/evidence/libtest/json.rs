//! libtest's JSON: an event on each line.

use std::borrow::Cow;
use std::io::BufRead;

use serde::Deserialize;

use super::{Counts, Outcome, Program, panicked, say};
use crate::evidence::lines::Lines;
use crate::evidence::text::shown;
use crate::evidence::{ReadError, Room, TestReport};

#[derive(Deserialize)]
struct Event<'e> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'e, str>,
    #[serde(rename = "event", borrow, default)]
    what: Cow<'e, str>,
    #[serde(borrow, default)]
    name: Cow<'e, str>,
    #[serde(borrow, default)]
    stdout: Cow<'e, str>,
    #[serde(borrow, default)]
    message: Cow<'e, str>,
    exec_time: Option<f64>,
    test_count: Option<u64>,
    passed: Option<u64>,
    failed: Option<u64>,
    ignored: Option<u64>,
    measured: Option<u64>,
    /// What nextest says of the program.
    nextest: Option<Nextest>,
}

#[derive(Deserialize)]
struct Nextest {
    #[serde(rename = "crate", default)]
    package: String,
    #[serde(default)]
    test_binary: String,
}

pub(super) fn read(input: &mut dyn BufRead) -> Result<TestReport, ReadError> {
    let mut lines = Lines::new(input)?;
    let (mut report, mut room) = (TestReport::default(), Room::default());
    let mut open: Option<Program> = None;
    while lines.next()? {
        if lines.text().is_empty() {
            continue;
        }
        let event: Event<'_> = serde_json::from_str(lines.text())
            .map_err(|_| lines.error("expected an event of libtest, an object on a line of its own"))?;
        match (&*event.kind, &*event.what, open.as_mut()) {
            ("suite", "started", None) => {
                let announced = event.test_count.ok_or_else(|| lines.error("a suite without `test_count`: expected a number"))?;
                let name = event.nextest.map_or_else(String::new, |nextest| name(&nextest));
                open = Some(Program { name, announced, ..Program::default() });
            }
            ("suite", "ok" | "failed", Some(_)) => {
                let counts = [event.passed, event.failed, event.ignored].map(|count| count.ok_or("a suite without its numbers"));
                let [passed, failed, ignored] = counts;
                let stated = (|| {
                    Ok(Counts { passed: passed?, failed: failed?, ignored: ignored?, measured: event.measured.unwrap_or(0) })
                })();
                let stated = stated.map_err(|message: &str| lines.error(message))?;
                if (stated.failed > 0) != (event.what == "failed") {
                    return Err(lines.error(format!(
                        "the suite says `{}` with {} failed tests",
                        shown(&event.what),
                        stated.failed
                    )));
                }
                let program = open.take().unwrap_or_default();
                program.end(stated, &mut report, &mut room).map_err(|message| lines.error(message))?;
            }
            ("suite", ..) => {
                return Err(lines.error("a suite inside a suite, or the end of none: the report is damaged; run the tests again"));
            }
            ("test" | "bench", word, Some(program)) => {
                let outcome = match word {
                    "started" | "timeout" => continue,
                    "ok" => Outcome::Ok,
                    "failed" => Outcome::Failed,
                    "ignored" => Outcome::Ignored,
                    "" if event.kind == "bench" => Outcome::Measured,
                    other => return Err(lines.error(format!("the event `{}` of a test is not known", shown(other)))),
                };
                let seconds = event.exec_time.filter(|time| time.is_finite() && *time >= 0.0);
                let waiting = program.failed.len();
                program.take(&event.name, outcome, seconds, &mut room).map_err(|message| lines.error(message))?;
                if let Some(case) = program.failed.get_mut(waiting) {
                    let said = event.stdout.lines().map(str::trim).filter(|line| !line.is_empty());
                    let said = said.filter(|line| !panicked(line, case)).find(|line| !line.starts_with("note: "));
                    let said = said.map(str::to_owned);
                    say(said.as_deref().unwrap_or(&event.message), case);
                }
            }
            ("test" | "bench", _, None) => {
                return Err(lines.error("a test outside of a suite: the report is damaged; run the tests again"));
            }
            // `report` and what later versions add say nothing of a result.
            _ => {}
        }
    }
    match open {
        Some(_) => Err(lines.error("the file ends inside a suite: the run was cut off; run the tests again")),
        None => Ok(report),
    }
}

/// The name of a program as nextest writes it.
fn name(nextest: &Nextest) -> String {
    let Nextest { package, test_binary } = nextest;
    if package == test_binary || test_binary.is_empty() { package.clone() } else { format!("{package}::{test_binary}") }
}
