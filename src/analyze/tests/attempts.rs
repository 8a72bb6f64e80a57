//! Suites that say which try of the same tests they are.
//!
//! Nothing else tells a second try from the same tests on another machine: those fail on one and pass on the other. So only suites with
//! `kadian.attempt` are joined, of one name, with the same suites around them, made for the same, and one for each try. The last try that
//! ran a case decides about it; one that passed after it had failed is flaky, and one that failed and did not run again has failed.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::NamedReport;
use crate::evidence::{CaseId, CaseResult, TestCaseRecord, TestSuiteRecord};
use crate::facts::MadeFor;

/// What has to be the same of two tries.
type Key = (String, Vec<Arc<str>>, MadeFor);

/// Takes out of earlier tries what later ones say again.
pub(super) fn join(reports: &mut [NamedReport]) {
    let mut tries: BTreeMap<Key, BTreeMap<u64, Vec<&mut TestSuiteRecord>>> = BTreeMap::new();
    for suite in reports.iter_mut().flat_map(|report| &mut report.report.suites) {
        if let Some(attempt) = suite.attempt {
            let key = (suite.name.clone(), suite.around.clone(), suite.made_for.clone());
            tries.entry(key).or_default().entry(attempt).or_default().push(suite);
        }
    }
    for of_suite in tries.into_values() {
        // Two suites of one try are of two machines, and nobody says which one a later try is of.
        if of_suite.values().any(|suites| suites.len() > 1) {
            continue;
        }
        let mut suites: Vec<_> = of_suite.into_values().flatten().collect();
        for later in 1..suites.len() {
            let (earlier, rest) = suites.split_at_mut(later);
            if let Some(last) = rest.first_mut() {
                for before in earlier {
                    again(before, last);
                }
            }
        }
    }
}

/// Takes out of one try what a later one ran again.
fn again(before: &mut TestSuiteRecord, last: &mut TestSuiteRecord) {
    let passed: HashSet<CaseId> = last.cases.passed.iter().collect();
    let told: HashMap<CaseId, usize> =
        last.cases.told.iter().enumerate().map(|(at, case)| (CaseId::of(&case.name), at)).collect();
    before.cases.passed.retain(|id| !passed.contains(&id) && !told.contains_key(&id));
    let mut flaky: Vec<(CaseId, TestCaseRecord)> = Vec::new();
    before.cases.told.retain_mut(|case| {
        let id = CaseId::of(&case.name);
        if passed.contains(&id) {
            flaky.push((id, TestCaseRecord { result: CaseResult::Flaky, ..std::mem::take(case) }));
            return false;
        }
        !told.contains_key(&id)
    });
    let ids: HashSet<CaseId> = flaky.iter().map(|(id, _)| *id).collect();
    last.cases.passed.retain(|id| !ids.contains(&id));
    last.cases.told.extend(flaky.into_iter().map(|(_, case)| case));
}

#[cfg(test)]
mod unit {
    use super::*;
    use crate::evidence::{Cases, TestReport};

    /// A try of the suite `s`: names that start with `!` failed.
    fn attempt(number: Option<u64>, names: &[&str]) -> NamedReport {
        let mut cases = Cases::default();
        for name in names {
            match name.strip_prefix('!') {
                None => cases.passed.push(CaseId::of(name)),
                Some(name) => cases.told.push(TestCaseRecord {
                    name: name.to_owned(),
                    result: CaseResult::Failed { message: "m".to_owned() },
                    ..TestCaseRecord::default()
                }),
            }
        }
        let suite = TestSuiteRecord { name: "s".to_owned(), attempt: number, cases, ..TestSuiteRecord::default() };
        NamedReport { report: TestReport { suites: vec![suite], ..TestReport::default() }, ..NamedReport::default() }
    }

    /// How many passed, were flaky and failed, over all tries.
    fn sums(mut tries: Vec<NamedReport>) -> (usize, usize, usize) {
        join(&mut tries);
        let suites: Vec<_> = tries.into_iter().flat_map(|report| report.report.suites).collect();
        let told = |flaky: bool| {
            suites.iter().flat_map(|suite| &suite.cases.told).filter(|case| (case.result == CaseResult::Flaky) == flaky).count()
        };
        (suites.iter().map(|suite| suite.cases.passed.len()).sum(), told(true), told(false))
    }

    #[test]
    fn the_last_try_that_ran_a_case_decides() {
        let first = || attempt(Some(1), &["a", "!b", "!c", "!d"]);
        assert_eq!(sums(vec![first(), attempt(Some(2), &["b", "!c"])]), (1, 1, 2));
        assert_eq!(sums(vec![attempt(Some(3), &["c"]), first(), attempt(Some(2), &["b", "!c"])]), (1, 2, 1));
        assert_eq!(sums(vec![first(), attempt(Some(2), &["a", "b", "c", "d"])]), (1, 3, 0));
        assert_eq!(sums(vec![attempt(Some(1), &["a"]), attempt(Some(2), &["!a"])]), (0, 0, 1));
    }

    #[test]
    fn what_does_not_say_which_try_it_is_stays_apart() {
        assert_eq!(sums(vec![attempt(None, &["!a"]), attempt(None, &["a"])]), (1, 0, 1));
        assert_eq!(sums(vec![attempt(Some(1), &["!a"]), attempt(None, &["a"])]), (1, 0, 1));
        assert_eq!(sums(vec![attempt(Some(1), &["!a"]), attempt(Some(1), &["a"]), attempt(Some(2), &["a"])]), (2, 0, 1));
        let mut other = attempt(Some(2), &["a"]);
        other.report.suites[0].name = "t".to_owned();
        assert_eq!(sums(vec![attempt(Some(1), &["!a"]), other]), (1, 0, 1));
    }
}
