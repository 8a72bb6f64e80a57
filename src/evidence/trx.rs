//! TRX, the XML that `dotnet test --logger trx` and Visual Studio write (<https://github.com/microsoft/vstest>, schema `vstst.xsd`).
//!
//! A suite is an assembly, as the file of a definition's code is called; a case is its class and the name of its result, the name alone
//! where that starts with the class. A result with results inside (rows of data) is what these are. Results of one name stand apart:
//! nothing in the format says whether they are tries or rows of data.
//!
//! `Passed` and `Warning` passed; `NotExecuted` and `Inconclusive` are skipped; everything else, also no outcome at all, failed. A run
//! whose outcome is neither `Completed`, `Passed`, `Warning` nor `Failed` did not end; one that failed without a failed result broke somewhere else: both
//! are refused. `Counters` have to be those of the results, with or without the ones that have others inside; so has the number of test
//! entries. The time is that of the start.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use super::limits::TRX_DEFINITIONS;
use super::text::{first_line, root_element, shown, zoned_time};
use super::xml::{Event, Xml};
use super::{CaseId, CaseResult, Format, OpenCases, ReadError, Reader, Room, TestCaseRecord, TestReport, TestSuiteRecord};
use crate::facts::Kind;

pub(super) const FORMAT: Format = Format {
    name: "trx",
    kind: Kind::Tests,
    conventional: &["*.trx", "TestResults/*.trx", "TestResults/**/*.trx", "test-results/**/*.trx"],
    recognises: |_, head| root_element(head) == Some(b"TestRun"),
    read: Reader::Tests(read),
};

const MESSAGE_CHARS: usize = 300;

/// A result whose definition was not read yet.
#[derive(Debug)]
struct Found {
    test: CaseId,
    case: TestCaseRecord,
}

/// How many results there are: those without others inside, and those with them.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    leaves: [u64; 3],
    parents: [u64; 3],
    /// Those that stand inside no other.
    tops: [u64; 3],
    entries: u64,
}

/// All of them; behind it stand those that passed and those that failed.
const TOTAL: usize = 0;

/// The counters of what neither passed nor was skipped.
const NEITHER: &[&str] = &[
    "failed",
    "error",
    "timeout",
    "aborted",
    "passedButRunAborted",
    "notRunnable",
    "disconnected",
    "completed",
    "inProgress",
    "pending",
];

#[derive(Default)]
struct Run {
    results: Vec<Found>,
    sums: Sums,
    /// Assembly and class of a test.
    definitions: HashMap<CaseId, (String, String)>,
    report: TestReport,
    room: Room,
    /// The outcome of the run and the counters that it states.
    outcome: Option<String>,
    stated: Option<[u64; 3]>,
}

fn read(input: &mut dyn std::io::BufRead) -> Result<TestReport, ReadError> {
    let mut xml = Xml::new(input)?;
    let mut run = Run::default();
    if xml.next()? != Event::Start || xml.name() != "TestRun" {
        return Err(xml.error(format!("the root element is <{}>: expected <TestRun>", shown(xml.name()))));
    }
    loop {
        match (xml.next()?, xml.depth()) {
            (Event::Eof, _) => break,
            (Event::End, _) => {}
            (Event::Start, 2) => match xml.name() {
                "Results" | "TestDefinitions" | "TestEntries" => {}
                "Times" => {
                    let time = xml.attribute("start").or_else(|| xml.attribute("creation"));
                    run.report.made_at = time.as_deref().and_then(zoned_time);
                }
                "ResultSummary" => run.summary(&mut xml)?,
                _ => xml.skip()?,
            },
            (Event::Start, _) => match xml.name() {
                "UnitTest" => run.definition(&mut xml)?,
                "TestEntry" => {
                    run.sums.entries += 1;
                    xml.skip()?;
                }
                name if name.ends_with("TestResult") || name == "TestResultAggregation" => run.result(&mut xml, true)?,
                _ => xml.skip()?,
            },
        }
    }
    run.end()
}

impl Run {
    /// Reads the result that just started, and those inside.
    fn result(&mut self, xml: &mut Xml<'_>, top: bool) -> Result<(), ReadError> {
        let text = |key: &str| xml.attribute(key).map(Cow::into_owned);
        let name = text("testName").unwrap_or_default();
        let id = text("testId").unwrap_or_default();
        let outcome = text("outcome");
        let mut case =
            TestCaseRecord { name, seconds: text("duration").and_then(|text| seconds(&text)), ..TestCaseRecord::default() };
        let (mut message, mut inside, first) = (String::new(), false, self.results.len());
        let depth = xml.depth();
        while next_inside(xml, depth)? {
            match xml.name() {
                "Output" | "ErrorInfo" | "InnerResults" => {}
                "Message" if message.is_empty() => message = text_of(xml)?,
                name if name.ends_with("TestResult") => {
                    inside = true;
                    self.result(xml, false)?;
                }
                _ => xml.skip()?,
            }
        }
        case.result = match outcome.as_deref() {
            Some("Passed" | "Warning") => CaseResult::Passed,
            Some("NotExecuted" | "Inconclusive") => CaseResult::Skipped,
            other => {
                let said = first_line(&message, MESSAGE_CHARS);
                let said =
                    if said.is_empty() { format!("the outcome is {}", shown(other.unwrap_or("not stated"))) } else { said };
                CaseResult::Failed { message: said }
            }
        };
        let counts =
            [1, u64::from(case.result == CaseResult::Passed), u64::from(matches!(case.result, CaseResult::Failed { .. }))];
        let failed_inside = self.results.iter().skip(first).any(|found| is_failed(&found.case));
        add(if inside { &mut self.sums.parents } else { &mut self.sums.leaves }, counts);
        if top {
            add(&mut self.sums.tops, counts);
        }
        // A row of data may have failed to be made: then only what is around it says so.
        if !inside || (is_failed(&case) && !failed_inside) {
            self.room.case().and_then(|()| self.room.keep(case.size())).map_err(|message| xml.error(message))?;
            self.results.push(Found { test: CaseId::of(&id), case });
        }
        Ok(())
    }

    fn definition(&mut self, xml: &mut Xml<'_>) -> Result<(), ReadError> {
        let id = CaseId::of(&xml.attribute("id").unwrap_or_default());
        let storage = xml.attribute("storage").unwrap_or_default().into_owned();
        let (mut code, mut class) = (String::new(), String::new());
        let depth = xml.depth();
        while next_inside(xml, depth)? {
            if xml.name() == "TestMethod" {
                code = xml.attribute("codeBase").unwrap_or_default().into_owned();
                // The name of the assembly may stand behind that of the class.
                let name = xml.attribute("className").unwrap_or_default();
                name.split(',').next().unwrap_or("").trim().clone_into(&mut class);
            }
        }
        if self.definitions.len() == TRX_DEFINITIONS {
            return Err(xml.error(format!("more than {TRX_DEFINITIONS} definitions in one report")));
        }
        let file = if code.is_empty() { storage } else { code };
        let stem = file.rsplit(['/', '\\']).next().unwrap_or(&file);
        let stem = stem.strip_suffix(".dll").or_else(|| stem.strip_suffix(".exe")).unwrap_or(stem);
        self.definitions.insert(id, (stem.to_owned(), class));
        Ok(())
    }

    fn summary(&mut self, xml: &mut Xml<'_>) -> Result<(), ReadError> {
        self.outcome = xml.attribute("outcome").map(Cow::into_owned);
        let depth = xml.depth();
        while next_inside(xml, depth)? {
            if xml.name() == "Counters" {
                let sum = |keys: &[&str]| keys.iter().filter_map(|key| xml.number::<u64>(key)).fold(0, u64::saturating_add);
                let stated = ["total", "passed", "failed"].map(|key| xml.number::<u64>(key));
                if stated.iter().any(Option::is_none) {
                    return Err(xml.error("`Counters` without total, passed and failed: expected numbers"));
                }
                self.stated = Some([sum(&["total"]), sum(&["passed", "warning"]), sum(NEITHER)]);
            }
        }
        Ok(())
    }

    /// Compares what was stated and puts the results into the suites of their assemblies.
    fn end(mut self) -> Result<TestReport, ReadError> {
        let outcome = self.outcome.unwrap_or_default();
        if !matches!(outcome.as_str(), "Completed" | "Passed" | "Warning" | "Failed") {
            let outcome = shown(&outcome);
            return Err(ReadError::whole(format!("the outcome of the run is `{outcome}`: it did not end; run the tests again")));
        }
        let Sums { leaves, parents, tops, entries } = self.sums;
        let Some(stated) = self.stated else {
            return Err(ReadError::whole("the run states no counters: the report is damaged; run the tests again"));
        };
        for (at, what) in ["results", "passed results", "failed results"].into_iter().enumerate() {
            let listed = leaves[at];
            if ![listed, tops[at], listed + parents[at]].contains(&stated[at]) {
                let stated = stated[at];
                return Err(ReadError::whole(format!(
                    "the run states {stated} {what} but lists {listed}: the report is damaged; run the tests again"
                )));
            }
        }
        if entries > 0 && ![leaves[TOTAL], tops[TOTAL], leaves[TOTAL] + parents[TOTAL]].contains(&entries) {
            let listed = leaves[TOTAL];
            return Err(ReadError::whole(format!(
                "the run has {entries} test entries but {listed} results: the report is damaged"
            )));
        }
        if outcome == "Failed" && !self.results.iter().any(|found| is_failed(&found.case)) {
            return Err(ReadError::whole(
                "the run failed, and no result did: something broke outside of the tests; run them again",
            ));
        }
        let mut suites: BTreeMap<String, OpenCases> = BTreeMap::new();
        let mut room = Room::default();
        for Found { test, mut case } in self.results {
            let (suite, class) = self.definitions.get(&test).map_or(("", ""), |(suite, class)| (suite, class));
            if !class.is_empty() && !case.name.starts_with(class) {
                case.name = format!("{class}.{}", case.name);
            }
            let suite = if suite.is_empty() { "(unnamed)" } else { suite };
            if !suites.contains_key(suite) {
                room.suite().map_err(ReadError::whole)?;
                suites.insert(suite.to_owned(), OpenCases::default());
            }
            if let Some(cases) = suites.get_mut(suite) {
                cases.push_apart(&mut case, &mut room).map_err(ReadError::whole)?;
            }
        }
        for (name, cases) in suites {
            self.report.add(TestSuiteRecord { name, made_at: self.report.made_at, ..TestSuiteRecord::default() }, cases);
        }
        Ok(self.report)
    }
}

/// Goes to the next element that starts inside the one whose content is so deep; `false` at its end.
fn next_inside(xml: &mut Xml<'_>, depth: usize) -> Result<bool, ReadError> {
    loop {
        match xml.next()? {
            Event::Start => return Ok(true),
            Event::End if xml.depth() >= depth => {}
            Event::End | Event::Eof => return Ok(false),
        }
    }
}

/// The text of the element that just started, up to its end.
fn text_of(xml: &mut Xml<'_>) -> Result<String, ReadError> {
    let depth = xml.depth();
    let mut text = String::new();
    loop {
        let event = xml.next()?;
        if text.is_empty() {
            xml.text().clone_into(&mut text);
        }
        if event == Event::End && xml.depth() < depth {
            return Ok(text);
        }
    }
}

fn is_failed(case: &TestCaseRecord) -> bool {
    matches!(case.result, CaseResult::Failed { .. })
}

fn add(sums: &mut [u64; 3], counts: [u64; 3]) {
    for (sum, count) in sums.iter_mut().zip(counts) {
        *sum += count;
    }
}

/// `hours:minutes:seconds` with parts of a second.
fn seconds(text: &str) -> Option<f64> {
    let mut parts = text.trim().splitn(3, ':').map(|part| part.parse::<f64>().ok());
    let (hours, minutes, seconds) = (parts.next()??, parts.next()??, parts.next()??);
    let all = (hours * 60.0 + minutes) * 60.0 + seconds;
    (all.is_finite() && all >= 0.0).then_some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(id: &str, name: &str, outcome: &str, inside: &str) -> String {
        format!(
            "<UnitTestResult testId='{id}' testName='{name}' outcome='{outcome}' duration='00:01:00.5'>{inside}</UnitTestResult>"
        )
    }

    fn run(results: &str, outcome: &str, counters: &str) -> String {
        format!(
            "\u{feff}<?xml version='1.0'?><TestRun xmlns='http://microsoft.com/schemas/VisualStudio/TeamTest/2010'>
            <Times creation='2026-01-01T10:00:01+01:00' start='2026-01-01T10:00:00+01:00'/><Results>{results}</Results><TestDefinitions>
            <UnitTest id='1' storage='pay.dll'><TestMethod codeBase='C:\\x\\Pay.Tests.dll' className='Pay.RefundTests, Pay' name='A'/></UnitTest>
            </TestDefinitions><ResultSummary outcome='{outcome}'><Counters {counters}/><Output><StdOut>x</StdOut></Output></ResultSummary></TestRun>"
        )
    }

    fn seen(text: &str) -> Result<Vec<String>, String> {
        let report = read(&mut text.as_bytes()).map_err(|error| error.to_string())?;
        let mut seen = Vec::new();
        for suite in report.suites {
            let cases = suite.cases;
            seen.push(format!("{} {}+{}", suite.name, cases.passed.len(), cases.skipped.len()));
            seen.extend(cases.told.into_iter().map(|case| match case.result {
                CaseResult::Failed { message } => format!("{}: {message}", case.name),
                other => format!("{other:?}"),
            }));
        }
        Ok(seen)
    }

    const FAILED: &str =
        "<Output><StdOut>x</StdOut><ErrorInfo><Message>no&#xD;\nmore</Message><StackTrace>at</StackTrace></ErrorInfo></Output>";

    #[test]
    fn a_result_is_a_case_of_its_class_and_assembly() {
        let results = result("1", "A", "Passed", "")
            + &result("1", "Pay.RefundTests.B", "Failed", FAILED)
            + &result("2", "C", "NotExecuted", "");
        let text = run(&results, "Failed", "total='3' executed='2' passed='1' failed='1'");
        assert_eq!(seen(&text).unwrap(), ["(unnamed) 0+1", "Pay.Tests 1+0", "Pay.RefundTests.B: no"]);
        let report = read(&mut text.as_bytes()).unwrap();
        assert_eq!(report.made_at.unwrap().to_string(), "2026-01-01T09:00:00Z");
        assert!(report.suites[1].cases.passed.iter().eq([CaseId::of("Pay.RefundTests.A")]));
        assert!((report.slowest[0].seconds - 60.5).abs() < 1e-9);
        for end in 1..text.len() {
            let cut = &text.as_bytes()[..end];
            assert!(read(&mut &*cut).is_err(), "{end}");
        }
    }

    #[test]
    fn rows_of_data_are_the_cases_and_equal_names_stand_apart() {
        let rows =
            format!("<InnerResults>{}{}</InnerResults>", result("1", "A", "Failed", FAILED), result("1", "A", "Passed", ""));
        for counters in ["total='2' passed='1' failed='1'", "total='1' passed='0' failed='1'", "total='3' passed='1' failed='2'"]
        {
            let text = run(&result("1", "A", "Failed", &rows), "Failed", counters);
            assert_eq!(seen(&text).unwrap(), ["Pay.Tests 1+0", "Pay.RefundTests.A: no"], "{counters}");
        }
        let row = format!("<InnerResults>{}</InnerResults>", result("1", "A", "Passed", ""));
        let around = run(&result("1", "A", "Error", &row), "Failed", "total='1' passed='1' failed='0'");
        assert_eq!(seen(&around).unwrap(), ["Pay.Tests 1+0", "Pay.RefundTests.A: the outcome is Error"]);
    }

    #[test]
    fn what_the_run_states_has_to_fit() {
        let one = result("1", "A", "Passed", "");
        for (outcome, counters, expected) in [
            ("Completed", "total='2' passed='1' failed='0'", "states 2 results but lists 1"),
            ("Completed", "total='1' passed='0' failed='0'", "states 0 passed results but lists 1"),
            ("Completed", "total='1' passed='1' failed='0' error='1'", "states 1 failed results but lists 0"),
            ("Completed", "total='1'", "without total, passed and failed"),
            ("Aborted", "total='1' passed='1' failed='0'", "`Aborted`: it did not end"),
            ("Failed", "total='1' passed='1' failed='0'", "something broke outside"),
        ] {
            let error = seen(&run(&one, outcome, counters)).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
        let entries = "<TestEntries><TestEntry/><TestEntry/></TestEntries><ResultSummary ";
        let text = run(&one, "Completed", "total='1' passed='1' failed='0'").replace("<ResultSummary ", entries);
        assert!(seen(&text).unwrap_err().contains("2 test entries but 1 results"));
        assert!(seen("<TestRun><Results/></TestRun>").unwrap_err().contains("did not end"));
        assert!(seen("<testRun/>").unwrap_err().contains("expected <TestRun>"));
    }
}
