//! The cases of a suite: as much of each as anybody asks for.
//!
//! A report has millions of cases, and nearly all passed. Of one that passed or was skipped its [`CaseId`] is kept, sixteen bytes, so
//! that a list of names can be held against it; of one that failed or was flaky everything, and of the slowest ones their names.

use std::collections::HashMap;

use super::case_ids::{CaseId, CaseIds};
use super::tests::{CaseResult, TestCaseRecord};
use crate::evidence::limits::{CASES, KEPT_BYTES, SUITES, TOLD_CASES};
use crate::evidence::trace;

/// How many of these are kept with what they said.
const MAX_SAID: u64 = 10_000;
/// How many of the slowest cases are kept.
pub const SLOWEST: usize = 10;

/// How many suites and cases a report had so far: what its reader holds has an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Room {
    suites: u64,
    cases: u64,
    told: u64,
    kept: usize,
}

impl Room {
    /// Counts a suite. The error is a sentence, as the other ones are.
    pub(crate) fn suite(&mut self) -> Result<(), String> {
        one(&mut self.suites, SUITES, "suites")
    }

    /// Counts a case. The error is a sentence.
    pub(crate) fn case(&mut self) -> Result<(), String> {
        one(&mut self.cases, CASES, "test cases")
    }

    fn told(&mut self) -> Result<(), String> {
        one(&mut self.told, TOLD_CASES, "failed and flaky test cases")
    }

    /// Counts bytes that are kept, also those of a name that one element of the report has and many others inherit. The error is a
    /// sentence.
    pub(crate) fn keep(&mut self, bytes: usize) -> Result<(), String> {
        self.kept = self.kept.saturating_add(bytes);
        if self.kept > KEPT_BYTES {
            return Err(format!("suites and failed tests of more than {} MiB in one report: write several", KEPT_BYTES >> 20));
        }
        Ok(())
    }
}

fn one(count: &mut u64, limit: u64, what: &str) -> Result<(), String> {
    *count += 1;
    if *count > limit { Err(format!("more than {limit} {what} in one report: write several")) } else { Ok(()) }
}

/// A case that took long.
#[derive(Debug, Clone, PartialEq)]
pub struct SlowCase {
    pub suite: String,
    pub name: String,
    pub seconds: f64,
}

/// The cases of a suite, after all their tries.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Cases {
    /// Those that failed or were flaky, in the order of the report.
    pub told: Vec<TestCaseRecord>,
    pub passed: CaseIds,
    pub skipped: CaseIds,
    /// The sum of their times; `None` where none has one.
    pub seconds: Option<f64>,
}

impl Cases {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.told.len() + self.passed.len() + self.skipped.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Takes the cases of a suite in, one after the other, and makes one of those that are tries of the same: they have the same name and
/// place, and the runner wrote each try. The last try decides; one that passed after a failed one is flaky. Equal names that all
/// passed, or that end in a failure, stay as they are.
#[derive(Debug, Default)]
pub(crate) struct OpenCases {
    cases: Cases,
    /// Where the cases stand among the told ones whose last try failed.
    failed: HashMap<CaseId, usize>,
    /// The names and times of the slowest ones so far, the slowest first.
    slowest: Vec<(String, f64)>,
    /// The case that came last, where somebody asks for it.
    last: Option<CaseId>,
}

impl OpenCases {
    pub(crate) fn is_empty(&self) -> bool {
        self.cases.is_empty()
    }

    /// Takes a case in. What is left in `case` afterwards is for the next one to overwrite. The error is a sentence: there are too many.
    pub(crate) fn push(&mut self, case: &mut TestCaseRecord, room: &mut Room) -> Result<(), String> {
        room.case()?;
        let id = CaseId::of(&case.name);
        trace::case(&case.name, case.result.word());
        let tried = if self.failed.is_empty() { None } else { self.failed.get(&id).copied() };
        let tried = tried.and_then(|at| self.cases.told.get_mut(at));
        let tried = tried.filter(|earlier| earlier.name == case.name && earlier.file == case.file && earlier.line == case.line);
        match (&mut case.result, tried) {
            (CaseResult::Skipped, _) => {
                self.failed.remove(&id);
                self.quiet(case);
                self.cases.skipped.push(id);
            }
            (CaseResult::Passed | CaseResult::Flaky, Some(earlier)) => {
                case.result = CaseResult::Flaky;
                *earlier = std::mem::take(case);
                self.failed.remove(&id);
            }
            (CaseResult::Failed { .. }, Some(earlier)) => *earlier = std::mem::take(case),
            (CaseResult::Passed, None) => {
                self.quiet(case);
                self.cases.passed.push(id);
            }
            (CaseResult::Flaky, None) => {
                room.told()?;
                room.keep(case.size())?;
                self.cases.told.push(std::mem::take(case));
            }
            (CaseResult::Failed { message }, None) => {
                room.told()?;
                if room.told > MAX_SAID {
                    "its message was not kept, because so many failed".clone_into(message);
                }
                self.failed.insert(id, self.cases.told.len());
                room.keep(case.size())?;
                self.cases.told.push(std::mem::take(case));
            }
        }
        Ok(())
    }

    /// Takes a case in of a writer that lists no case twice, but each try right behind the one before, and of those before the last one no
    /// failure: a case that comes again did not pass before. The error is that of [`OpenCases::push`].
    pub(crate) fn push_after_its_tries(&mut self, case: &mut TestCaseRecord, room: &mut Room) -> Result<(), String> {
        let id = CaseId::of(&case.name);
        if self.last.replace(id) == Some(id) {
            let passed = self.cases.passed.pop_if(id);
            let flaky = self.cases.told.pop_if(|before| before.result == CaseResult::Flaky && before.name == case.name).is_some();
            if (passed || flaky) && case.result == CaseResult::Passed {
                case.result = CaseResult::Flaky;
            }
        }
        self.push(case, room)
    }

    /// Takes a case in as one of its own, whatever others are called. The error is that of [`OpenCases::push`].
    pub(crate) fn push_apart(&mut self, case: &mut TestCaseRecord, room: &mut Room) -> Result<(), String> {
        let tries = std::mem::take(&mut self.failed);
        let pushed = self.push(case, room);
        self.failed = tries;
        pushed
    }

    /// Takes in what is kept of a case that is not told.
    fn quiet(&mut self, case: &TestCaseRecord) {
        if let Some(seconds) = case.seconds {
            *self.cases.seconds.get_or_insert(0.0) += seconds;
            slow(&mut self.slowest, &case.name, seconds);
        }
    }

    /// The cases of the suite of this name. Its slowest ones stay among those of the report that are slowest.
    pub(crate) fn end(self, suite: &str, of_report: &mut Vec<SlowCase>) -> Cases {
        let OpenCases { mut cases, mut slowest, .. } = self;
        for case in &cases.told {
            if let Some(seconds) = case.seconds {
                *cases.seconds.get_or_insert(0.0) += seconds;
                slow(&mut slowest, &case.name, seconds);
            }
        }
        cases.passed.shrink();
        cases.skipped.shrink();
        let last = if of_report.len() < SLOWEST { f64::NEG_INFINITY } else { of_report.last().map_or(0.0, |last| last.seconds) };
        let slow = slowest.into_iter().filter(|(_, seconds)| *seconds >= last);
        of_report.extend(slow.map(|(name, seconds)| SlowCase { suite: suite.to_owned(), name, seconds }));
        of_report.sort_by(|a, b| b.seconds.total_cmp(&a.seconds).then_with(|| (&a.suite, &a.name).cmp(&(&b.suite, &b.name))));
        of_report.truncate(SLOWEST);
        cases
    }
}

/// Adds a case to the slowest ones, if it is one of them.
fn slow(slowest: &mut Vec<(String, f64)>, name: &str, seconds: f64) {
    let before = |other: &(String, f64)| other.1.total_cmp(&seconds).then_with(|| name.cmp(&other.0)).is_lt();
    if slowest.len() == SLOWEST && !slowest.last().is_some_and(before) {
        return;
    }
    let at = slowest.iter().position(before).unwrap_or(slowest.len());
    slowest.insert(at, (name.to_owned(), seconds));
    slowest.truncate(SLOWEST);
}

#[cfg(test)]
mod unit {
    use super::*;

    fn case(name: &str, result: CaseResult, seconds: f64) -> TestCaseRecord {
        TestCaseRecord { name: name.into(), seconds: Some(seconds), file: None, line: None, result }
    }

    fn taken(cases: impl IntoIterator<Item = TestCaseRecord>) -> (Cases, Vec<SlowCase>) {
        let (mut open, mut room, mut slowest) = (OpenCases::default(), Room::default(), Vec::new());
        for mut case in cases {
            open.push(&mut case, &mut room).unwrap();
        }
        (open.end("s", &mut slowest), slowest)
    }

    fn failed(message: &str) -> CaseResult {
        CaseResult::Failed { message: message.into() }
    }

    #[test]
    fn the_slowest_are_those_with_the_longest_times_whatever_their_order() {
        let mut all: Vec<TestCaseRecord> =
            (0..40).map(|number| case(&format!("{number:02}"), CaseResult::Passed, f64::from(number / 3))).collect();
        all[20].result = failed("m");
        let (_, slowest) = taken(all.clone());
        let names: Vec<&str> = slowest.iter().map(|slow| slow.name.as_str()).collect();
        assert_eq!(names, ["39", "36", "37", "38", "33", "34", "35", "30", "31", "32"]);
        all.reverse();
        assert_eq!(taken(all.clone()).1, slowest);
        let mut over_suites = Vec::new();
        for half in all.chunks(20) {
            let mut open = OpenCases::default();
            for case in half {
                open.push(&mut case.clone(), &mut Room::default()).unwrap();
            }
            open.end("s", &mut over_suites);
        }
        assert_eq!(over_suites, slowest);
    }

    #[test]
    fn a_name_is_found_by_its_number() {
        let (cases, _) = taken([case("a", CaseResult::Passed, 1.0), case("b", CaseResult::Skipped, 1.0)]);
        assert!(cases.passed.iter().eq([CaseId::of("a")]) && cases.skipped.iter().eq([CaseId::of("b")]));
    }

    #[test]
    fn a_try_that_was_skipped_ends_the_tries() {
        let all = [failed("1"), CaseResult::Skipped, CaseResult::Passed].map(|result| case("a", result, 1.0));
        let (cases, _) = taken(all);
        assert_eq!((cases.told.len(), cases.skipped.len(), cases.passed.len(), cases.seconds), (1, 1, 1, Some(3.0)));
    }

    #[test]
    fn cases_that_stand_apart_are_no_tries() {
        let mut open = OpenCases::default();
        for result in [failed("1"), CaseResult::Passed, failed("2")] {
            open.push_apart(&mut case("a", result, 1.0), &mut Room::default()).unwrap();
        }
        let cases = open.end("s", &mut Vec::new());
        assert_eq!((cases.told.len(), cases.passed.len()), (2, 1));
    }

    #[test]
    fn a_case_that_comes_again_at_once_did_not_pass_before() {
        let taken = |results: &[(&str, CaseResult)]| {
            let mut open = OpenCases::default();
            for (name, result) in results {
                open.push_after_its_tries(&mut case(name, result.clone(), 1.0), &mut Room::default()).unwrap();
            }
            let cases = open.end("s", &mut Vec::new());
            (cases.passed.len(), cases.told.into_iter().map(|case| case.result).collect::<Vec<_>>())
        };
        let passed = |name| (name, CaseResult::Passed);
        assert_eq!(taken(&[passed("a"), passed("a"), passed("a"), passed("b")]), (1, vec![CaseResult::Flaky]));
        assert_eq!(taken(&[passed("a"), passed("a"), ("a", failed("m"))]), (0, vec![failed("m")]));
        assert_eq!(taken(&[passed("a"), passed("b"), passed("a")]), (3, vec![]));
    }

    #[test]
    fn a_report_has_an_end() {
        let mut room = Room { cases: CASES - 1, ..Room::default() };
        let mut open = OpenCases::default();
        assert_eq!(open.push(&mut case("a", CaseResult::Passed, 0.0), &mut room), Ok(()));
        let error = open.push(&mut case("a", CaseResult::Passed, 0.0), &mut room).unwrap_err();
        assert_eq!(error, "more than 16777216 test cases in one report: write several");
        let mut room = Room { told: TOLD_CASES, ..Room::default() };
        assert!(open.push(&mut case("a", failed("m"), 0.0), &mut room).unwrap_err().contains("failed and flaky"));
        let mut room = Room { told: MAX_SAID, ..Room::default() };
        open.push(&mut case("a", failed("m"), 0.0), &mut room).unwrap();
        assert!(
            matches!(&open.end("s", &mut Vec::new()).told[0].result, CaseResult::Failed { message } if message.contains("not kept"))
        );
        assert!(Room { suites: SUITES, ..Room::default() }.suite().is_err());
        let mut room = Room { kept: KEPT_BYTES - 1, ..Room::default() };
        assert_eq!((room.keep(1).is_ok(), room.keep(1).is_err()), (true, true));
    }
}
