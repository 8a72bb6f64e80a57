//! One `<testsuite>`, or the `<testsuites>` around them.

use std::borrow::Cow;
use std::sync::Arc;

use jiff::Timestamp;

use super::case::{Case, seconds};
use super::counts::Counts;
use super::properties::Properties;
use crate::evidence::xml::Xml;
use crate::evidence::{CaseResult, OpenCases, Room, TestReport, TestSuiteRecord};
use crate::facts::MadeFor;

/// How many suites around it a record names: a hostile report nests deeper.
const AROUND: usize = 16;

/// A suite whose end has not been read.
#[expect(clippy::struct_excessive_bools, reason = "what a suite is and what stands in it are told apart one by one")]
#[derive(Debug)]
pub(super) struct OpenSuite {
    name: String,
    seconds: Option<f64>,
    stated: Counts,
    /// What it and the suites inside list.
    listed: Counts,
    suites_inside: bool,
    loose: bool,
    pytest: bool,
    wrapper: bool,
    made_at: Option<Timestamp>,
    made_within: Option<[Timestamp; 2]>,
    /// How many records stood before those of the suites inside.
    first: usize,
    pub(super) properties: Properties,
    cases: OpenCases,
}

impl OpenSuite {
    /// Reads the start tag; a suite without a name has the name of the one around it. The error is that of [`Counts::stated`].
    pub(super) fn start(xml: &Xml<'_>, parent: Option<&OpenSuite>) -> Result<OpenSuite, String> {
        let name = xml.attribute("name").filter(|name| !name.trim().is_empty()).map(Cow::into_owned);
        let name = name.or_else(|| parent.map(|parent| parent.name.clone())).unwrap_or_else(|| "(unnamed)".to_owned());
        // pytest's own names for its suite, which may have another, and, from version 8.4 on, for the element around it.
        let pytest = matches!(name.as_str(), "pytest" | "pytest tests") || parent.is_some_and(|parent| parent.pytest);
        Ok(OpenSuite {
            loose: pytest,
            pytest,
            name,
            seconds: seconds(xml),
            stated: Counts::stated(xml)?,
            listed: Counts::default(),
            suites_inside: false,
            wrapper: xml.name() == "testsuites",
            made_at: None,
            made_within: None,
            first: 0,
            properties: Properties::default(),
            cases: OpenCases::default(),
        })
    }

    /// What it takes in memory, roughly, with its name among those around the suites inside.
    pub(super) fn size(&self) -> usize {
        size_of::<TestSuiteRecord>() + 2 * self.name.len()
    }

    /// Says when it was made, or between what times, and how many records the report has so far.
    pub(super) fn place(&mut self, made_at: Option<Timestamp>, made_within: Option<[Timestamp; 2]>, records: usize) {
        (self.made_at, self.made_within, self.first) = (made_at, made_within, records);
    }

    /// Takes a case in. The error is a sentence.
    pub(super) fn take(&mut self, case: &mut Case, room: &mut Room) -> Result<(), String> {
        self.loose |= case.catch2;
        self.listed.add(Counts::of_case(case.failing, case.record.result == CaseResult::Skipped));
        if self.pytest {
            return self.cases.push_after_its_tries(&mut case.record, room);
        }
        self.cases.push(&mut case.record, room)
    }

    /// Compares the counts, hands them to the suite around, and adds the record.
    pub(super) fn end(self, parent: Option<&mut OpenSuite>, report: &mut TestReport, room: &mut Room) -> Result<(), String> {
        self.stated.check(self.listed, self.loose, &self.name)?;
        if let Some(parent) = parent {
            parent.listed.add(self.listed);
            parent.suites_inside = true;
            parent.loose |= self.loose;
        }
        // Properties may stand behind the suites inside, so that these take them over here.
        let shared: Arc<str> = self.name.as_str().into();
        for record in report.suites.iter_mut().skip(self.first) {
            // A suite without a name has that of the one around it, which stands there already or comes next.
            if record.around.first() != Some(&shared) {
                record.around.insert(0, Arc::clone(&shared));
                record.around.truncate(AROUND);
            }
            if record.made_at.is_none() && record.made_within.is_none() {
                (record.made_at, record.made_within) = (self.made_at, self.made_within);
            }
            let MadeFor { plan, batch, version } = &self.properties.made_for;
            for (own, inherited) in [(&mut record.made_for.plan, plan), (&mut record.made_for.version, version)] {
                if let (None, Some(inherited)) = (&own, inherited) {
                    room.keep(inherited.len())?;
                    *own = Some(inherited.clone());
                }
            }
            record.made_for.batch = record.made_for.batch.or(*batch);
            record.attempt = record.attempt.or(self.properties.attempt);
        }
        if !self.cases.is_empty() || !(self.suites_inside || self.wrapper) {
            let cases = self.cases.end(&self.name, &mut report.slowest);
            let own = self.seconds.filter(|_| !self.suites_inside);
            report.suites.push(TestSuiteRecord {
                name: self.name,
                around: Vec::new(),
                made_for: self.properties.made_for,
                attempt: self.properties.attempt,
                made_at: self.made_at,
                made_within: self.made_within,
                seconds: own.or(cases.seconds),
                cases,
            });
        }
        Ok(())
    }
}
