//! One `<testsuite>`, or the `<testsuites>` around them.

use std::collections::HashMap;

use super::case::{Case, seconds};
use super::counts::Counts;
use crate::evidence::xml::Xml;
use crate::evidence::{CaseResult, TestCaseRecord, TestSuiteRecord};

/// A suite whose end has not been read.
#[derive(Debug)]
pub(super) struct OpenSuite {
    name: String,
    seconds: Option<f64>,
    stated: Counts,
    /// What the suites inside list.
    below: Counts,
    suites_inside: bool,
    loose: bool,
    wrapper: bool,
    pub(super) cases: Vec<Case>,
}

impl OpenSuite {
    /// Reads the start tag; a suite without a name has the name of the one around it. The error is that of [`Counts::stated`].
    pub(super) fn start(xml: &Xml<'_>, parent: Option<&OpenSuite>) -> Result<OpenSuite, String> {
        let name = xml.attribute("name").filter(|name| !name.trim().is_empty());
        let name = name.or_else(|| parent.map(|parent| parent.name.clone())).unwrap_or_else(|| "(unnamed)".to_owned());
        Ok(OpenSuite {
            // pytest's own names for its suite and, from version 8.4 on, for the element around it.
            loose: matches!(name.as_str(), "pytest" | "pytest tests"),
            name,
            seconds: seconds(xml),
            stated: Counts::stated(xml)?,
            below: Counts::default(),
            suites_inside: false,
            wrapper: xml.name() == "testsuites",
            cases: Vec::new(),
        })
    }

    /// Compares the counts, hands them to the suite around, and adds the record.
    pub(super) fn end(self, parent: Option<&mut OpenSuite>, suites: &mut Vec<TestSuiteRecord>) -> Result<(), String> {
        let loose = self.loose || self.cases.iter().any(|case| case.catch2);
        let mut listed = self.below;
        for case in &self.cases {
            listed.add(Counts::of_case(case.failing, case.record.result == CaseResult::Skipped));
        }
        self.stated.check(listed, loose, &self.name)?;
        if let Some(parent) = parent {
            parent.below.add(listed);
            parent.suites_inside = true;
            parent.loose |= loose;
        }
        if !self.cases.is_empty() || !(self.suites_inside || self.wrapper) {
            let cases = merge_tries(self.cases);
            let sum = cases.iter().filter_map(|case| case.seconds).reduce(|sum, next| sum + next);
            let own = self.seconds.filter(|_| !self.suites_inside);
            suites.push(TestSuiteRecord { name: self.name, seconds: own.or(sum), cases });
        }
        Ok(())
    }
}

/// Makes one case of those that have the same name and place: the runner wrote each try. The last try decides; one that passed
/// after a failed one is flaky. Equal names that all passed, or that end in a failure, stay as they are.
fn merge_tries(cases: Vec<Case>) -> Vec<TestCaseRecord> {
    let mut merged: Vec<TestCaseRecord> = Vec::with_capacity(cases.len());
    let mut places: HashMap<String, usize> = HashMap::new();
    for Case { record, .. } in cases {
        let earlier = places.get(&record.name).copied().filter(|at| {
            let earlier = &merged[*at];
            let failed = matches!(earlier.result, CaseResult::Failed { .. });
            failed && earlier.file == record.file && earlier.line == record.line
        });
        match (earlier, &record.result) {
            (Some(at), CaseResult::Passed | CaseResult::Flaky) => {
                merged[at] = TestCaseRecord { result: CaseResult::Flaky, ..record };
            }
            (Some(at), CaseResult::Failed { .. }) => merged[at] = record,
            (None, _) | (Some(_), CaseResult::Skipped) => {
                places.insert(record.name.clone(), merged.len());
                merged.push(record);
            }
        }
    }
    merged
}
