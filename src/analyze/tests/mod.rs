//! What all test reports together say (requirement A2).

mod attempts;
mod known;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use crate::evidence::known_failures::KnownFailureRecord;
use crate::evidence::text::first_line;
use crate::evidence::{CaseResult, SLOWEST, TestReport, TestSuiteRecord};
use crate::facts::{KnownOutcome, MadeFor, Suite, TestCase, TestFailure, Tests, percent};
use known::Known;

const LISTED: usize = 1000;
const MESSAGE_CHARS: usize = 300;

/// A report, and what its file says of it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NamedReport {
    pub report: TestReport,
    /// The path of its file.
    pub file: Option<String>,
    /// When that was last changed.
    pub modified: Option<Timestamp>,
}

/// How reports are read.
#[derive(Debug, Clone, PartialEq)]
pub struct Options<'a> {
    /// The list of known failures.
    pub known: &'a [KnownFailureRecord],
    /// How many days ahead an entry of it may end.
    pub known_days: u64,
    pub now: Timestamp,
    /// The suites that somebody asks for by name: of all the names around a suite only these are kept.
    pub asked: BTreeSet<String>,
    /// Whether it matters what a suite was made for and when: where a rollout is judged.
    pub apart: bool,
}

/// What tells suites apart.
type Key = (String, Vec<String>, MadeFor, [Option<Timestamp>; 2]);

/// Adds the reports up. Suites of the same name are one suite, unless they were made for different things or at different times;
/// tries that say so are joined first (see [`attempts`]).
///
/// Without an executed case there is nothing to judge: the error, a sentence, makes the evidence unreadable.
pub fn tests(mut reports: Vec<NamedReport>, options: &Options<'_>) -> Result<Tests, String> {
    let mut suites: BTreeMap<Key, Suite> = BTreeMap::new();
    let mut known = Known::new(options.known, options.known_days, options.now);
    let mut sums = Tests {
        executed: 0,
        passed: 0,
        failed: 0,
        known_failed: 0,
        skipped: 0,
        flaky: 0,
        success_percent: 0.0,
        duration_seconds: None,
        suites: Vec::new(),
        failures: Vec::new(),
        flaky_cases: Vec::new(),
        slowest: Vec::new(),
        known_failures: Vec::new(),
    };
    attempts::join(&mut reports);
    for NamedReport { report, file, modified } in reports {
        let stems: Vec<Arc<str>> = file.as_deref().map(stems).unwrap_or_default();
        let slowest = report.slowest.into_iter();
        sums.slowest.extend(slowest.map(|slow| TestCase { suite: slow.suite, name: slow.name, seconds: Some(slow.seconds) }));
        for mut record in report.suites {
            if let Some(seconds) = record.seconds {
                *sums.duration_seconds.get_or_insert(0.0) += seconds;
            }
            record.around.extend(stems.iter().cloned());
            let mut times = times(&record, modified);
            if !options.apart {
                // What is not asked about would only make two runs of the same tests differ.
                (times, record.made_for) = ([None, None], MadeFor::default());
            }
            let groups = groups(&record, &options.asked);
            let key = (record.name.clone(), groups, record.made_for.clone(), times);
            let suite = suites.entry(key).or_insert_with_key(|(name, groups, made_for, [made_at, stated_at])| Suite {
                name: name.clone(),
                groups: groups.clone(),
                made_for: made_for.clone(),
                made_at: *made_at,
                stated_at: *stated_at,
                executed: 0,
                passed: 0,
                failed: 0,
                known_failed: 0,
                skipped: 0,
                flaky: 0,
            });
            add(record, suite, &mut sums, &mut known);
        }
    }
    for suite in suites.values() {
        sums.executed += suite.executed;
        sums.passed += suite.passed;
        sums.failed += suite.failed;
        sums.known_failed += suite.known_failed;
        sums.skipped += suite.skipped;
        sums.flaky += suite.flaky;
    }
    let Some(success_percent) = percent(sums.executed, sums.passed) else {
        let cases = if sums.skipped > 0 {
            format!("all {} test cases were skipped", sums.skipped)
        } else {
            "no test case was executed".to_owned()
        };
        return Err(format!("{cases}: run the tests, and check what the report is made from"));
    };
    sums.success_percent = success_percent;
    sums.suites = suites.into_values().collect();
    sums.known_failures = known.into_facts();
    sums.failures.sort_by(|a, b| (a.known, &a.suite, &a.name, &a.message).cmp(&(b.known, &b.suite, &b.name, &b.message)));
    sums.failures.truncate(LISTED);
    sums.flaky_cases.sort_by(|a, b| (&a.suite, &a.name).cmp(&(&b.suite, &b.name)));
    sums.flaky_cases.truncate(LISTED);
    keep_slowest(&mut sums.slowest);
    Ok(sums)
}

/// When a suite was made, and when it says so.
///
/// A time without a zone cannot show that the suite is young enough, so that the file's time speaks; but no file makes it younger than
/// its own time can mean anywhere.
fn times(record: &TestSuiteRecord, modified: Option<Timestamp>) -> [Option<Timestamp>; 2] {
    let latest = record.made_within.map(|[_, last]| last);
    let made_at = record.made_at.or(modified.map(|modified| latest.map_or(modified, |latest| latest.min(modified))));
    [made_at, record.made_at.or(latest)]
}

/// The names around the suite that somebody asks for, each once.
fn groups(record: &TestSuiteRecord, asked: &BTreeSet<String>) -> Vec<String> {
    let mut groups: Vec<String> = Vec::new();
    for name in &record.around {
        if asked.contains(&**name) && **name != *record.name && !groups.iter().any(|known| **known == **name) {
            groups.push(name.to_string());
        }
    }
    groups
}

/// What a report's file is called: `core-fvt` for `out/TEST-core-fvt.xml`, beside the name as it stands.
fn stems(path: &str) -> Vec<Arc<str>> {
    let file = path.rsplit(['/', '\\']).next().unwrap_or(path);
    let file = file.strip_suffix(".gz").unwrap_or(file);
    let endings = [".xml", ".trx", ".tap", ".json", ".txt", ".log"];
    let stem = endings.into_iter().find_map(|ending| file.strip_suffix(ending)).unwrap_or(file);
    let beginnings = ["TEST-", "junit-", "junit_"].into_iter().filter_map(|word| stem.strip_prefix(word));
    let ends = ["-junit", "_junit", ".junit"].into_iter().filter_map(|word| stem.strip_suffix(word));
    std::iter::once(stem).chain(beginnings).chain(ends).filter(|name| !name.is_empty()).map(Arc::from).collect()
}

fn add(record: TestSuiteRecord, suite: &mut Suite, sums: &mut Tests, known: &mut Known) {
    let TestSuiteRecord { name, around, cases, .. } = record;
    let called = |asked: &str| name == asked || around.iter().any(|other| **other == *asked);
    known.note_all(called, &cases.skipped, KnownOutcome::Skipped);
    known.note_all(called, &cases.passed, KnownOutcome::Passed);
    suite.skipped += cases.skipped.len() as u64;
    suite.passed += cases.passed.len() as u64;
    suite.executed += (cases.passed.len() + cases.told.len()) as u64;
    for case in cases.told {
        if let CaseResult::Failed { message } = case.result {
            let excused = known.note(called, &case.name, KnownOutcome::Failed);
            suite.failed += 1;
            suite.known_failed += u64::from(excused);
            sums.failures.push(TestFailure {
                suite: name.clone(),
                name: case.name,
                message: first_line(&message, MESSAGE_CHARS),
                file: case.file,
                line: case.line,
                known: excused,
            });
        } else {
            known.note(called, &case.name, KnownOutcome::Flaky);
            suite.passed += 1;
            suite.flaky += 1;
            sums.flaky_cases.push(TestCase { suite: name.clone(), name: case.name, seconds: case.seconds });
        }
    }
}

fn keep_slowest(cases: &mut Vec<TestCase>) {
    let seconds = |case: &TestCase| case.seconds.unwrap_or(0.0);
    cases.sort_by(|a, b| seconds(b).total_cmp(&seconds(a)).then_with(|| (&a.suite, &a.name).cmp(&(&b.suite, &b.name))));
    cases.truncate(SLOWEST);
}

#[cfg(test)]
mod unit {
    use super::*;
    use crate::evidence::{OpenCases, Room, TestCaseRecord};
    use crate::facts::KnownFailureState;

    fn options(known: &[KnownFailureRecord]) -> Options<'_> {
        let now = "2026-01-10T12:00:00Z".parse().unwrap();
        Options { known, known_days: 30, now, asked: ["core-fvt".to_owned()].into(), apart: true }
    }

    fn tests(reports: Vec<TestReport>) -> Result<Tests, String> {
        let named = reports.into_iter().map(|report| NamedReport { report, ..NamedReport::default() });
        super::tests(named.collect(), &options(&[]))
    }

    fn listed(suite: &str, case: &str, expires: &str) -> KnownFailureRecord {
        KnownFailureRecord {
            suite: suite.into(),
            case: case.into(),
            owner: "mei".into(),
            reason: "the sandbox".into(),
            ticket: "PAY-1".into(),
            expires: expires.parse().unwrap(),
        }
    }

    fn from_file(file: &str, report: TestReport) -> NamedReport {
        NamedReport { report, file: Some(file.into()), modified: Some("2026-01-10T11:00:00Z".parse().unwrap()) }
    }

    #[test]
    fn a_suite_is_found_by_its_file_and_by_what_is_around_it() {
        for (file, around, expected) in [
            ("out/core-fvt.xml", "other", true),
            ("TEST-core-fvt.xml", "other", true),
            ("a\\\\junit-core-fvt.xml", "other", true),
            ("core-fvt.junit.xml", "other", true),
            ("build/core-fvt.tap", "other", true),
            ("core-fvt.py", "other", false),
            ("core-fvt-2.xml", "other", false),
            ("report.xml", "core-fvt", true),
        ] {
            let mut report = report("pytest", vec![case("a", CaseResult::Passed, 1.0)]);
            report.suites[0].around = vec![around.into()];
            let tests = super::tests(vec![from_file(file, report)], &options(&[])).unwrap();
            let suite = &tests.suites[0];
            assert_eq!(suite.groups.contains(&"core-fvt".to_owned()), expected, "{file}");
            assert_eq!(suite.groups.len(), usize::from(expected), "{file}");
            assert_eq!(suite.made_at.unwrap().to_string(), "2026-01-10T11:00:00Z");
        }
    }

    #[test]
    fn a_time_without_a_zone_bounds_that_of_the_file() {
        let at = |text: &str| -> Timestamp { text.parse().unwrap() };
        let of = |zoned: Option<&str>, within: Option<[&str; 2]>| {
            let mut report = report("core-fvt", vec![case("a", CaseResult::Passed, 1.0)]);
            report.suites[0].made_at = zoned.map(at);
            report.suites[0].made_within = within.map(|ends| ends.map(at));
            let suite = super::tests(vec![from_file("x.xml", report)], &options(&[])).unwrap().suites.remove(0);
            [suite.made_at, suite.stated_at].map(|time| time.map(|time| time.to_string()))
        };
        let told = |made: &str, stated: Option<&str>| [Some(made.to_owned()), stated.map(str::to_owned)];
        let file = "2026-01-10T11:00:00Z";
        assert_eq!(of(None, None), told(file, None));
        assert_eq!(of(Some("2026-01-10T09:00:00Z"), None), told("2026-01-10T09:00:00Z", Some("2026-01-10T09:00:00Z")));
        let early = ["2026-01-08T20:00:00Z", "2026-01-09T22:00:00Z"];
        assert_eq!(of(None, Some(early)), told("2026-01-09T22:00:00Z", Some("2026-01-09T22:00:00Z")));
        let open = ["2026-01-10T03:00:00Z", "2026-01-11T05:00:00Z"];
        assert_eq!(of(None, Some(open)), told(file, Some("2026-01-11T05:00:00Z")));
    }

    #[test]
    fn suites_of_two_batches_stand_apart() {
        let of = |batch| {
            let mut report = report("core-fvt", vec![case("a", CaseResult::Passed, 1.0)]);
            report.suites[0].made_for.batch = Some(batch);
            report
        };
        let tests = tests(vec![of(2), of(1), of(2)]).unwrap();
        let seen: Vec<_> = tests.suites.iter().map(|suite| (suite.made_for.batch, suite.executed)).collect();
        assert_eq!(seen, [(Some(1), 1), (Some(2), 2)]);
        let named = [of(2), of(1)].map(|report| NamedReport { report, ..NamedReport::default() }).to_vec();
        let together = super::tests(named, &Options { apart: false, ..options(&[]) }).unwrap();
        assert_eq!((together.suites.len(), together.suites[0].made_for.batch), (1, None));
    }

    #[test]
    fn a_known_failure_is_excused_until_its_last_day() {
        let list = [
            listed("s", "today", "2026-01-10"),
            listed("s", "over", "2026-01-09"),
            listed("s", "month", "2026-02-09"),
            listed("s", "longer", "2026-02-10"),
            listed("s", "mended", "2026-01-20"),
            listed("t", "elsewhere", "2026-01-20"),
        ];
        let failing = ["today", "over", "month", "longer", "elsewhere", "new"];
        let mut cases: Vec<_> = failing.iter().map(|name| case(name, failed(), 1.0)).collect();
        cases.push(case("mended", CaseResult::Passed, 1.0));
        let named = NamedReport { report: report("s", cases), ..NamedReport::default() };
        let tests = super::tests(vec![named], &options(&list)).unwrap();
        assert_eq!((tests.failed, tests.known_failed, tests.suites[0].known_failed), (6, 2, 2));
        let unknown: Vec<_> =
            tests.failures.iter().filter(|failure| !failure.known).map(|failure| failure.name.as_str()).collect();
        assert_eq!(unknown, ["elsewhere", "longer", "new", "over"]);
        let seen: Vec<_> = tests.known_failures.iter().map(|known| (known.state, known.outcome)).collect();
        assert_eq!(
            seen,
            [
                (KnownFailureState::Active, KnownOutcome::Failed),
                (KnownFailureState::Expired, KnownOutcome::Failed),
                (KnownFailureState::Active, KnownOutcome::Failed),
                (KnownFailureState::TooLong, KnownOutcome::Failed),
                (KnownFailureState::Active, KnownOutcome::Passed),
                (KnownFailureState::Active, KnownOutcome::Absent),
            ]
        );
    }

    fn case(name: &str, result: CaseResult, seconds: f64) -> TestCaseRecord {
        TestCaseRecord { name: name.into(), seconds: Some(seconds), file: None, line: None, result }
    }

    fn report(name: &str, cases: Vec<TestCaseRecord>) -> TestReport {
        let (mut report, mut open, mut room) = (TestReport::default(), OpenCases::default(), Room::default());
        for mut case in cases {
            open.push(&mut case, &mut room).unwrap();
        }
        let cases = open.end(name, &mut report.slowest);
        report.suites = vec![TestSuiteRecord { name: name.into(), seconds: Some(1.5), cases, ..TestSuiteRecord::default() }];
        report
    }

    fn failed() -> CaseResult {
        CaseResult::Failed { message: "no\nmore".into() }
    }

    #[test]
    fn suites_of_one_name_are_added_over_the_reports() {
        let a = report("s", vec![case("a", CaseResult::Passed, 1.0), case("b", CaseResult::Skipped, 0.0)]);
        let b = report("s", vec![case("c", failed(), 3.0), case("d", CaseResult::Flaky, 2.0)]);
        let tests = tests(vec![a, b]).unwrap();
        assert_eq!((tests.executed, tests.passed, tests.failed, tests.skipped, tests.flaky), (3, 2, 1, 1, 1));
        assert_eq!((tests.success_percent, tests.duration_seconds), (66.66, Some(3.0)));
        assert_eq!(tests.suites.len(), 1);
        assert_eq!(tests.failures[0].message, "no");
        assert_eq!(tests.slowest.iter().map(|case| case.name.as_str()).collect::<Vec<_>>(), ["c", "d", "a", "b"]);
    }

    #[test]
    fn without_an_executed_case_nothing_is_known() {
        assert!(tests(vec![]).unwrap_err().contains("no test case was executed"));
        assert!(tests(vec![report("s", vec![])]).is_err());
        let skipped = report("s", vec![case("a", CaseResult::Skipped, 0.0)]);
        assert!(tests(vec![skipped]).unwrap_err().contains("all 1 test cases were skipped"));
    }

    #[test]
    fn the_order_of_the_reports_does_not_matter() {
        let a = report("a", vec![case("x", failed(), 1.0)]);
        let b = report("b", vec![case("y", failed(), 1.0)]);
        assert_eq!(tests(vec![a.clone(), b.clone()]), tests(vec![b, a]));
    }

    #[test]
    fn lists_are_bounded() {
        let many = (0..3000).map(|number| case(&format!("{number:04}"), failed(), f64::from(number))).collect();
        let tests = tests(vec![report("s", many)]).unwrap();
        assert_eq!((tests.failed, tests.failures.len(), tests.slowest.len()), (3000, 1000, 10));
        assert_eq!(tests.slowest[0].name, "2999");
    }
}
