//! The counts that a suite states about itself, against the cases that it lists.
//!
//! A suite that states more than it lists has lost something, so its report is refused:
//! - cases: `tests` above the listed ones. Two writers count more than they list: pytest counts subtests, Catch2 counts
//!   assertions; from these only a suite that lists nothing at all is refused.
//! - failures: `failures` and `errors` together above the failure and error elements. Gradle counts the failed tries of tests that were
//!   run again, too, and others may count some of them: then it has to be all of the flaky ones, all of the others, or both, so that a
//!   failure that was taken out does not hide behind the flaky tests. One writer counts each failure in both, so that two equal counts
//!   may mean the same elements.
//! - skipped: `skipped` and `disabled` together above the skipped cases (Catch2 counts assertions here too).
//!
//! Stating less than is listed is real (tools that leave out retries, or nested suites) and harmless: only what is listed counts.
//! What cannot be seen: passing cases taken away together with their part of the counts, or from a suite that states none.

use crate::evidence::xml::Xml;

/// How many of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Counts {
    pub(super) tests: u64,
    pub(super) failing: Failing,
    pub(super) skipped: u64,
    /// How much of `failing` may be counted twice.
    twice: u64,
}

/// How many elements say that something failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Failing {
    /// Those of cases that failed in the end, one at least for each.
    pub(super) ended: u64,
    /// Failed tries of cases that passed in the end.
    pub(super) flaky: u64,
    /// Further tries of cases that failed in the end.
    pub(super) again: u64,
}

impl Failing {
    /// Whether a suite that lists these may state so many, of which some may be counted twice.
    fn may_be(self, stated: u64, twice: u64) -> bool {
        let Failing { ended, flaky, again } = self;
        let counted = [0, flaky, again, flaky + again].map(|tries| ended + tries);
        stated <= ended || counted.contains(&stated) || counted.contains(&(stated - twice))
    }
}

impl Counts {
    /// What the start tag of a suite states; 0 where it is silent. A count that is no number is an error, a sentence: it may be
    /// what shows the damage.
    pub(super) fn stated(xml: &Xml<'_>) -> Result<Counts, String> {
        let (failures, errors) = (number(xml, "failures")?, number(xml, "errors")?);
        Ok(Counts {
            tests: number(xml, "tests")?,
            failing: Failing { ended: failures.saturating_add(errors), ..Failing::default() },
            skipped: number(xml, "skipped")?.saturating_add(number(xml, "disabled")?),
            twice: if failures == errors { failures } else { 0 },
        })
    }

    /// One case with these failing elements.
    pub(super) fn of_case(failing: Failing, skipped: bool) -> Counts {
        Counts { tests: 1, failing, skipped: u64::from(skipped), twice: 0 }
    }

    pub(super) fn add(&mut self, other: Counts) {
        self.tests += other.tests;
        self.failing.ended += other.failing.ended;
        self.failing.flaky += other.failing.flaky;
        self.failing.again += other.failing.again;
        self.skipped += other.skipped;
    }

    /// Compares what is stated with what is listed; `loose` for writers that count other things than cases. The error is a
    /// sentence about the suite `name`.
    pub(super) fn check(self, listed: Counts, loose: bool, name: &str) -> Result<(), String> {
        let tests_missing = if loose { self.tests > 0 && listed.tests == 0 } else { self.tests > listed.tests };
        let what = if tests_missing {
            Some(("test cases", self.tests, listed.tests))
        } else if !listed.failing.may_be(self.failing.ended, self.twice) {
            Some(("failures and errors", self.failing.ended, listed.failing.ended))
        } else if self.skipped > listed.skipped && !loose {
            Some(("skipped cases", self.skipped, listed.skipped))
        } else {
            None
        };
        match what {
            None => Ok(()),
            Some((what, stated, listed)) => Err(format!(
                "suite `{}` states {stated} {what} but lists {listed}: the report is damaged; run the tests again",
                crate::evidence::text::shown(name)
            )),
        }
    }
}

/// A count; 0 where the attribute is absent or empty. Some writers group thousands with commas.
fn number(xml: &Xml<'_>, key: &str) -> Result<u64, String> {
    let text = xml.attribute(key).unwrap_or_default();
    if text.trim().is_empty() {
        return Ok(0);
    }
    let digits = text.trim().replace(',', "");
    digits.parse().map_err(|_| format!("`{key}` of a suite is `{}`: expected a number", crate::evidence::text::shown(&text)))
}
