//! One `<testsuite>`, or the `<testsuites>` around them.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::case::{Case, seconds};
use super::counts::Counts;
use crate::evidence::xml::Xml;
use crate::evidence::{CaseResult, TestCaseRecord, TestSuiteRecord};
use crate::facts::MadeFor;

/// How many suites around it a record names: a hostile report nests deeper.
const AROUND: usize = 16;

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
    made_at: Option<Timestamp>,
    made_within: Option<[Timestamp; 2]>,
    /// How many records stood before those of the suites inside.
    first: usize,
    pub(super) made_for: MadeFor,
    pub(super) cases: Vec<Case>,
}

impl OpenSuite {
    /// Reads the start tag; a suite without a name has the name of the one around it. The error is that of [`Counts::stated`].
    pub(super) fn start(xml: &Xml<'_>, parent: Option<&OpenSuite>) -> Result<OpenSuite, String> {
        let name = xml.attribute("name").filter(|name| !name.trim().is_empty()).map(Cow::into_owned);
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
            made_at: None,
            made_within: None,
            first: 0,
            made_for: MadeFor::default(),
            cases: Vec::new(),
        })
    }

    /// Says when it was made, or between what times, and how many records the report has so far.
    pub(super) fn place(&mut self, made_at: Option<Timestamp>, made_within: Option<[Timestamp; 2]>, records: usize) {
        (self.made_at, self.made_within, self.first) = (made_at, made_within, records);
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
        // Properties may stand behind the suites inside, so that these take them over here.
        let shared: Arc<str> = self.name.as_str().into();
        for record in suites.iter_mut().skip(self.first) {
            // A suite without a name has that of the one around it, which stands there already or comes next.
            if record.around.first() != Some(&shared) {
                record.around.insert(0, Arc::clone(&shared));
                record.around.truncate(AROUND);
            }
            if record.made_at.is_none() && record.made_within.is_none() {
                (record.made_at, record.made_within) = (self.made_at, self.made_within);
            }
            let MadeFor { plan, batch, version } = &self.made_for;
            record.made_for.plan = record.made_for.plan.take().or_else(|| plan.clone());
            record.made_for.batch = record.made_for.batch.or(*batch);
            record.made_for.version = record.made_for.version.take().or_else(|| version.clone());
        }
        if !self.cases.is_empty() || !(self.suites_inside || self.wrapper) {
            let cases = merge_tries(self.cases);
            let sum = cases.iter().filter_map(|case| case.seconds).reduce(|sum, next| sum + next);
            let own = self.seconds.filter(|_| !self.suites_inside);
            suites.push(TestSuiteRecord {
                name: self.name,
                around: Vec::new(),
                made_for: self.made_for,
                made_at: self.made_at,
                made_within: self.made_within,
                seconds: own.or(sum),
                cases,
            });
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
