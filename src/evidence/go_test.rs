//! The events of `go test -json` (<https://pkg.go.dev/cmd/test2json>).
//!
//! A suite is a package, a case a test. A test with subtests counts itself only if it failed and none of them did. A result that Go took from its
//! cache is of the same inputs and counts. A test that failed, and passed when its package ran once more later on, is flaky
//! (`gotestsum --rerun-fails`); within one run of a package each result stands for itself (`-count`).
//!
//! A package has an end, which says whether it passed: one without an end was cut off, and one that passed with a failed or open test
//! contradicts itself; both are refused. One that failed although none of its tests did, because it could not be built or panicked,
//! is a failed case of its own, and so is a test that was running when its package failed. What cannot be seen is a file that was cut off
//! when no package was running.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::io::BufRead;

use serde::Deserialize;

use super::lines::Lines;
use super::text::{beginning, contains, earliest, first_line, shown, zoned_time};
use super::{CaseResult, Format, OpenCases, ReadError, Reader, Room, TestCaseRecord, TestReport, TestSuiteRecord};
use crate::facts::Kind;

pub(super) const FORMAT: Format = Format {
    name: "go-test",
    kind: Kind::Tests,
    conventional: &["go-test.json", "test-results/go-test.json", "reports/go-test.json", "build/go-test.json"],
    recognises: |_, head| {
        let head = beginning(head);
        let first = head.split(|byte| *byte == b'\n').next().unwrap_or(head);
        first.starts_with(b"{")
            && contains(first, "\"Action\":")
            && (contains(first, "\"Package\":") || contains(first, "\"ImportPath\":"))
    },
    read: Reader::Tests(read),
};

const MESSAGE_CHARS: usize = 300;

/// How many tests of one package may run at once.
const MAX_RUNNING: usize = 100_000;

/// What stands for the package where no test of it failed.
const PACKAGE: &str = "(the package itself)";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Event<'e> {
    #[serde(borrow)]
    action: Cow<'e, str>,
    #[serde(borrow, default)]
    package: Cow<'e, str>,
    #[serde(borrow)]
    test: Option<Cow<'e, str>>,
    elapsed: Option<f64>,
    #[serde(borrow, default)]
    output: Cow<'e, str>,
    #[serde(borrow)]
    time: Option<Cow<'e, str>>,
}

/// A package and what is known of its tests.
#[derive(Debug, Default)]
struct Package {
    cases: OpenCases,
    /// The tests that are running.
    open: HashMap<String, Running>,
    /// How many there were at once.
    most_open: usize,
    /// Whether it runs.
    running: bool,
    /// The first thing that it wrote itself.
    said: String,
    seconds: Option<f64>,
    /// The tests that failed in this run. They are put to the others at its end, so that only a later run can make up for them.
    failed: Vec<TestCaseRecord>,
}

#[derive(Debug, Default)]
struct Running {
    subtests: bool,
    failed_subtests: bool,
    said: String,
}

/// Reads the events. Lines that are none are what the tools beside it wrote; one that says `FAIL` is of a package that could not be built.
fn read(input: &mut dyn BufRead) -> Result<TestReport, ReadError> {
    let mut lines = Lines::new(input)?;
    let (mut report, mut room) = (TestReport::default(), Room::default());
    let mut packages: BTreeMap<String, Package> = BTreeMap::new();
    while lines.next()? {
        let line = lines.text();
        if !line.starts_with('{') {
            if let Some(name) = line.strip_prefix("FAIL\t").and_then(|rest| rest.split_whitespace().next()) {
                let package = package(&mut packages, name, &mut room).map_err(|message| lines.error(message))?;
                package.said = said_of_package(line);
                package.end(false, &mut room).map_err(|message| lines.error(message))?;
            }
            continue;
        }
        let event: Event<'_> = serde_json::from_str(line)
            .map_err(|_| lines.error("expected an event of `go test -json`, an object on a line of its own"))?;
        if event.package.is_empty() {
            // What the compiler says; the packages that it was for say that they failed.
            continue;
        }
        report.made_at = earliest(report.made_at, event.time.as_deref().and_then(zoned_time));
        let package = package(&mut packages, &event.package, &mut room).map_err(|message| lines.error(message))?;
        let taken = match &event.test {
            Some(test) => package.test(test, &event, &mut room),
            None => package.event(&event, &mut room),
        };
        taken.map_err(|message| lines.error(format!("package {}: {message}", shown(&event.package))))?;
    }
    for (name, package) in packages {
        if package.running {
            let name = shown(&name);
            return Err(lines.error(format!("package {name} has no result: the run was cut off; run the tests again")));
        }
        let suite = TestSuiteRecord { name, made_at: report.made_at, seconds: package.seconds, ..TestSuiteRecord::default() };
        report.add(suite, package.cases);
    }
    Ok(report)
}

fn package<'p>(packages: &'p mut BTreeMap<String, Package>, name: &str, room: &mut Room) -> Result<&'p mut Package, String> {
    if !packages.contains_key(name) {
        room.suite()?;
    }
    Ok(packages.entry(name.to_owned()).or_default())
}

impl Package {
    fn event(&mut self, event: &Event<'_>, room: &mut Room) -> Result<(), String> {
        match &*event.action {
            "pass" | "fail" | "skip" => {
                if let Some(elapsed) = event.elapsed.filter(|elapsed| elapsed.is_finite() && *elapsed >= 0.0) {
                    *self.seconds.get_or_insert(0.0) += elapsed;
                }
                self.end(event.action != "fail", room)
            }
            "start" | "run" | "pause" | "cont" | "bench" => {
                self.running = true;
                Ok(())
            }
            "output" => {
                self.running = true;
                if self.said.is_empty() {
                    self.said = said_of_package(&event.output);
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn test(&mut self, test: &str, event: &Event<'_>, room: &mut Room) -> Result<(), String> {
        self.running = true;
        let around = test.rsplit_once('/').map(|(around, _)| around);
        match &*event.action {
            "run" => {
                if let Some(around) = around.and_then(|around| self.open.get_mut(around)) {
                    around.subtests = true;
                }
                if self.open.len() == MAX_RUNNING {
                    return Err(format!("more than {MAX_RUNNING} tests run at once"));
                }
                // Those of all packages at once have an end, too.
                if self.open.len() == self.most_open {
                    self.most_open += 1;
                    room.keep(size_of::<(String, Running)>() + test.len())?;
                }
                self.open.insert(test.to_owned(), Running::default());
            }
            "output" => {
                let line = event.output.trim();
                let of_go = line.is_empty() || line.starts_with("=== ") || line.starts_with("--- ");
                if let Some(open) = self.open.get_mut(test).filter(|open| !of_go && open.said.is_empty()) {
                    open.said = first_line(line, MESSAGE_CHARS);
                }
            }
            "pass" | "fail" | "skip" => {
                let open = self.open.remove(test).unwrap_or_default();
                let failed = event.action == "fail";
                if failed && let Some(around) = around.and_then(|around| self.open.get_mut(around)) {
                    around.failed_subtests = true;
                }
                if open.subtests && (!failed || open.failed_subtests) {
                    return Ok(());
                }
                let seconds = event.elapsed.filter(|elapsed| elapsed.is_finite() && *elapsed >= 0.0);
                let mut case = TestCaseRecord { name: test.to_owned(), seconds, ..TestCaseRecord::default() };
                if failed {
                    room.keep(case.size() + open.said.len())?;
                    self.fail(case, &open.said);
                    return Ok(());
                }
                if event.action == "skip" {
                    case.result = CaseResult::Skipped;
                }
                self.cases.push(&mut case, room)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn fail(&mut self, mut case: TestCaseRecord, said: &str) {
        // `FILE:LINE: MESSAGE`, with the name of the file alone.
        let mut parts = said.splitn(3, ':');
        let place = (parts.next(), parts.next().and_then(|line| line.parse::<u32>().ok()), parts.next());
        let mut message = said;
        if let (Some(file), Some(line), Some(text)) = place
            && file.rsplit_once('.').is_some_and(|(_, ending)| ending == "go")
        {
            (case.file, case.line, message) = (Some(file.to_owned()), Some(line), text.trim());
        }
        let message = if message.is_empty() { "failed without a message" } else { message };
        case.result = CaseResult::Failed { message: message.to_owned() };
        self.failed.push(case);
    }

    /// The package's run ended. The error is a sentence.
    fn end(&mut self, passed: bool, room: &mut Room) -> Result<(), String> {
        let mut open: Vec<(String, Running)> = self.open.drain().collect();
        open.sort_by(|a, b| a.0.cmp(&b.0));
        if passed && let Some((test, _)) = open.first() {
            return Err(format!("it ended while {} was running: the report is damaged; run the tests again", shown(test)));
        }
        if passed && let Some(test) = self.failed.first() {
            return Err(format!("it passed although {} failed: the report is damaged; run the tests again", shown(&test.name)));
        }
        for (test, running) in &open {
            // They are in order, so that those inside would stand from here on.
            let inside = format!("{test}/");
            let at = open.partition_point(|(other, _)| *other < inside);
            if !(running.failed_subtests || open.get(at).is_some_and(|(other, _)| other.starts_with(&inside))) {
                let said = if running.said.is_empty() { "did not end" } else { &running.said };
                self.fail(TestCaseRecord { name: test.clone(), ..TestCaseRecord::default() }, said);
            }
        }
        if !passed && self.failed.is_empty() {
            let said = std::mem::take(&mut self.said);
            let said = if said.is_empty() { "it failed, and no test of it did" } else { &said };
            self.fail(TestCaseRecord { name: PACKAGE.to_owned(), ..TestCaseRecord::default() }, said);
        }
        for mut case in std::mem::take(&mut self.failed) {
            self.cases.push(&mut case, room)?;
        }
        self.said.clear();
        self.running = false;
        Ok(())
    }
}

/// What a package says of itself: `build failed` of `FAIL PACKAGE [build failed]`, a panic, or a line of its own.
fn said_of_package(output: &str) -> String {
    let line = output.trim();
    if let Some(rest) = line.strip_prefix("FAIL\t") {
        let (_, why) = rest.split_once('[').unwrap_or_default();
        return first_line(why.trim_end_matches(']'), MESSAGE_CHARS);
    }
    let nothing =
        matches!(line, "FAIL" | "PASS") || line.starts_with("=== ") || line.starts_with("coverage: ") || line.starts_with("ok  ");
    if nothing { String::new() } else { first_line(line, MESSAGE_CHARS) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `ACTION PACKAGE[/TEST] [OUTPUT]` as an event each.
    fn events(lines: &[&str]) -> String {
        let event = |line: &&str| {
            let mut words = line.splitn(3, ' ');
            let (action, place) = (words.next().unwrap(), words.next().unwrap());
            let (package, test) = place
                .split_once('/')
                .map_or((place, String::new()), |(package, test)| (package, format!(",\"Test\":\"{test}\"")));
            let output = words.next().map(|output| format!(",\"Output\":\"{output}\\n\"")).unwrap_or_default();
            format!(
                "{{\"Time\":\"2026-01-01T10:00:00+01:00\",\"Action\":\"{action}\",\"Package\":\"{package}\"{test}{output},\"Elapsed\":0.5}}\n"
            )
        };
        lines.iter().map(event).collect()
    }

    fn seen(text: &str) -> Result<Vec<String>, String> {
        let report = read(&mut text.as_bytes()).map_err(|error| error.to_string())?;
        let mut seen = Vec::new();
        for suite in report.suites {
            let cases = suite.cases;
            seen.push(format!("{} {}+{}", suite.name, cases.passed.len(), cases.skipped.len()));
            seen.extend(cases.told.into_iter().map(|case| match case.result {
                CaseResult::Failed { message } => format!("{}: {message} {}", case.name, case.line.unwrap_or(0)),
                other => format!("{}: {other:?}", case.name),
            }));
        }
        Ok(seen)
    }

    const RUN: &[&str] = &[
        "start pay",
        "run pay/A",
        "output pay/A === RUN A",
        "output pay/A     a_test.go:7: no",
        "output pay/A more",
        "fail pay/A",
        "run pay/B",
        "run pay/B/x",
        "pass pay/B/x",
        "run pay/B/y",
        "skip pay/B/y",
        "pass pay/B",
        "output pay FAIL",
        "fail pay",
        "start shop",
        "output shop ok  shop (cached)",
        "run shop/A",
        "pass shop/A",
        "pass shop",
        "skip none",
    ];

    #[test]
    fn a_package_is_a_suite_and_a_test_without_subtests_a_case() {
        let text = events(RUN);
        assert_eq!(seen(&text).unwrap(), ["none 0+0", "pay 1+1", "A: no 7", "shop 1+0"]);
        let report = read(&mut text.as_bytes()).unwrap();
        assert_eq!(report.made_at.unwrap().to_string(), "2026-01-01T09:00:00Z");
        assert!((report.suites[1].seconds.unwrap() - 0.5).abs() < 1e-9);
    }

    #[test]
    fn a_failed_subtest_counts_instead_of_the_test_around_it() {
        let inside = ["run p/A", "run p/A/x", "output p/A/x boom", "fail p/A/x", "fail p/A", "fail p"];
        assert_eq!(seen(&events(&inside)).unwrap(), ["p 0+0", "A/x: boom 0"]);
        let around = ["run p/A", "run p/A/x", "pass p/A/x", "fail p/A", "fail p"];
        assert_eq!(seen(&events(&around)).unwrap(), ["p 1+0", "A: failed without a message 0"]);
    }

    #[test]
    fn a_package_that_broke_is_a_failed_case() {
        assert_eq!(
            seen(&events(&["output p FAIL\\tp [build failed]", "fail p"])).unwrap(),
            ["p 0+0", "(the package itself): build failed 0"]
        );
        assert_eq!(
            seen(&("FAIL\tp [setup failed]\n".to_owned() + &events(&["pass q"]))).unwrap()[1],
            "(the package itself): setup failed 0"
        );
        assert_eq!(seen(&events(&["fail p"])).unwrap()[1], "(the package itself): it failed, and no test of it did 0");
        let panicked = ["run p/A", "run p/A/x", "output p/A/x panic: no", "output p exit status 2", "fail p"];
        assert_eq!(seen(&events(&panicked)).unwrap(), ["p 0+0", "A/x: panic: no 0"]);
    }

    #[test]
    fn only_a_later_run_of_the_package_makes_up_for_a_failure() {
        let count = ["run p/A", "fail p/A", "run p/A", "pass p/A", "fail p"];
        assert_eq!(seen(&events(&count)).unwrap(), ["p 1+0", "A: failed without a message 0"]);
        let again = ["start p", "run p/A", "fail p/A", "fail p", "start p", "run p/A", "pass p/A", "pass p"];
        assert_eq!(seen(&events(&again)).unwrap(), ["p 0+0", "A: Flaky"]);
        let twice = ["run p/A", "fail p/A", "fail p", "run p/A", "output p/A last", "fail p/A", "fail p"];
        assert_eq!(seen(&events(&twice)).unwrap(), ["p 0+0", "A: last 0"]);
    }

    #[test]
    fn what_contradicts_itself_or_was_cut_off_is_refused() {
        for (lines, expected) in [
            (&["run p/A", "pass p/A"][..], "package p has no result"),
            (&["start p"], "package p has no result"),
            (&["run p/A", "pass p"], "ended while A was running"),
            (&["run p/A", "fail p/A", "pass p"], "passed although A failed"),
        ] {
            assert!(seen(&events(lines)).unwrap_err().contains(expected), "{lines:?}");
        }
        // Only where no package runs the cut cannot be seen.
        let text = events(RUN);
        let ends = |number: usize| events(&RUN[..number]).len();
        let unseen: Vec<usize> =
            [0, 14, 19, 20].into_iter().flat_map(|number| [ends(number), ends(number).saturating_sub(1)]).collect();
        for end in 0..text.len() {
            assert_eq!(seen(&text[..end]).is_ok(), unseen.contains(&end), "{end}");
        }
    }
}
