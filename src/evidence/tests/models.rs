//! Any measured, tested or scanned thing: what the writers write and the readers have to give back.

use proptest::prelude::*;

use super::written::{Ended, Finding, Found, Measured, MeasuredFile, MeasuredLine, Ran, RanCase, RanSuite};
use crate::facts::Severity;

/// A path with every character that can stand in one, and that some format has to escape.
fn path() -> impl Strategy<Value = String> {
    "src(/[a-zé][!-.0-~ é]{0,5}[a-z]){1,3}"
}

/// A line of text that neither starts nor ends with a blank.
fn text() -> impl Strategy<Value = String> {
    "[!-~é]([ -~é]{0,10}[!-~é])?"
}

fn line() -> impl Strategy<Value = MeasuredLine> {
    let branches = prop::option::of((1..5_u32).prop_flat_map(|all| (0..=all, Just(all))));
    (any::<bool>(), branches).prop_map(|(covered, branches)| MeasuredLine {
        covered,
        // What never ran took no branch.
        branches: branches.map(|(taken, all)| (if covered { taken } else { 0 }, all)),
    })
}

pub(super) fn measured() -> impl Strategy<Value = Measured> {
    let file = prop::collection::btree_map(1..100_000_u32, line(), 1..8).prop_map(|lines| MeasuredFile { lines });
    prop::collection::btree_map(path(), file, 1..4).prop_map(|files| Measured { files })
}

fn ended() -> impl Strategy<Value = Ended> {
    prop_oneof![Just(Ended::Passed), Just(Ended::Flaky), Just(Ended::Skipped), text().prop_map(Ended::Failed)]
}

/// Suites with at least one case each, whose names differ: equal ones are tries of one test.
pub(super) fn ran() -> impl Strategy<Value = Ran> {
    let case = (ended(), prop::option::of(0..5_000_000_u32));
    let cases = prop::collection::btree_map(text(), case, 1..6).prop_map(|cases| {
        let case = |(name, (ended, millis))| RanCase { name, ended, millis };
        cases.into_iter().map(case).collect()
    });
    let suites = prop::collection::btree_map(text(), cases, 1..4);
    suites.prop_map(|suites| Ran { suites: suites.into_iter().map(|(name, cases)| RanSuite { name, cases }).collect() })
}

pub(super) fn found() -> impl Strategy<Value = Found> {
    let scale = [Severity::Note, Severity::Low, Severity::Medium, Severity::High, Severity::Critical];
    let lines = (1..1_000_000_u32, 0..100_u32).prop_map(|(first, more)| (first, first + more));
    let finding = (text(), 0..scale.len(), text(), path(), lines);
    let finding = finding.prop_map(move |(rule, severity, message, path, lines)| Finding {
        rule,
        severity: scale[severity],
        message,
        path,
        lines,
    });
    prop::collection::vec(finding, 0..8).prop_map(|findings| Found { findings })
}
