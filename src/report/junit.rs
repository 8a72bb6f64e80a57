//! `JUnit` XML, for the test view of a CI system. One test case for each policy id, in the order of the ids.
//!
//! | the id's findings | test case |
//! |---|---|
//! | one denies or rolls back | `<failure>` with all of them |
//! | one holds, or it could not decide | `<error>` with all of them |
//! | warnings, notes, waived ones | passed, with `<system-out>` |
//! | none, and it passed | passed |
//! | none, and it does not apply | `<skipped>` |
//!
//! There are no times in it: the same decision gives the same bytes. What all readers agree on is the source here: the attributes
//! `tests`, `failures`, `errors`, `skipped`, `name` and `classname`.

use std::collections::BTreeMap;

use super::escape::{xml_attribute, xml_text};
use super::summary::{self, Groups};
use crate::decide::{Decision, Effect, Finding};

/// What became of one policy id.
enum Case {
    Failed(String),
    Undecided(String),
    Said(String),
    Passed,
    Skipped(String),
}

/// Writes the decision as one suite, `kadian-STAGE`.
pub(super) fn render(decision: &Decision) -> String {
    let cases = cases(decision);
    let count = |wanted: fn(&Case) -> bool| cases.values().filter(|case| wanted(case)).count();
    let totals = format!(
        "tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\"",
        cases.len(),
        count(|case| matches!(case, Case::Failed(_))),
        count(|case| matches!(case, Case::Undecided(_))),
        count(|case| matches!(case, Case::Skipped(_))),
    );
    let suite = format!("kadian-{}", decision.stage);
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"kadian\" {totals}>\n  <testsuite name=\"{suite}\" {totals}>\n    \
         <properties>\n      <property name=\"verdict\" value=\"{}\"/>\n      <property name=\"decision\" value=\"{}\"/>\n    </properties>\n",
        decision.verdict.word(),
        xml_attribute(&decision.id),
    );
    for (id, case) in &cases {
        let open = format!("    <testcase classname=\"{suite}\" name=\"{}\"", xml_attribute(id));
        out.push_str(&element(&open, case));
    }
    out.push_str("  </testsuite>\n</testsuites>\n");
    out
}

/// The test case of an id whose start tag is `open`.
fn element(open: &str, case: &Case) -> String {
    let (tag, kind, body) = match case {
        Case::Passed => return format!("{open}/>\n"),
        Case::Skipped(why) => {
            return format!("{open}>\n      <skipped message=\"{}\"/>\n    </testcase>\n", xml_attribute(why));
        }
        Case::Said(body) => {
            return format!("{open}>\n      <system-out>{}</system-out>\n    </testcase>\n", xml_text(body));
        }
        Case::Failed(body) => ("failure", "block", body),
        Case::Undecided(body) => ("error", "hold", body),
    };
    let first = body.lines().next().unwrap_or_default();
    format!(
        "{open}>\n      <{tag} type=\"{kind}\" message=\"{}\">{}</{tag}>\n    </testcase>\n",
        xml_attribute(first),
        xml_text(body)
    )
}

/// What became of every id that the decision names. An id in several lists takes the worst.
fn cases(decision: &Decision) -> BTreeMap<String, Case> {
    let mut cases: BTreeMap<String, Case> = BTreeMap::new();
    for policy in &decision.not_applicable {
        cases.insert(policy.id.clone(), Case::Skipped(format!("{} To switch it on: {}", policy.reason, policy.enable)));
    }
    for id in &decision.passed {
        cases.insert(id.clone(), Case::Passed);
    }
    let groups = Groups::of(decision);
    let mut by_id: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in groups.all() {
        by_id.entry(&finding.id).or_default().push(finding);
    }
    for (id, findings) in by_id {
        let text = findings.iter().map(|finding| describe(finding)).collect::<Vec<_>>().join("\n");
        let case = match findings.iter().map(|finding| finding.effect).max() {
            Some(Effect::Rollback | Effect::Deny) => Case::Failed(text),
            Some(Effect::Hold) => Case::Undecided(text),
            Some(Effect::Warn | Effect::Note) | None => Case::Said(text),
        };
        cases.insert(id.to_owned(), case);
    }
    cases
}

/// A finding in a few lines, the first of which stands alone.
fn describe(finding: &Finding) -> String {
    let place = summary::place(finding).map(|place| format!("{place}: ")).unwrap_or_default();
    let mut lines = vec![format!("{}: {place}{}", finding.effect.word(), finding.message)];
    lines.extend(summary::gap(finding));
    lines.extend(finding.waiver.as_ref().map(|w| format!("waived until {} by {}: {}", w.expires, w.owner, w.reason)));
    lines.extend(finding.remedy.as_ref().map(|remedy| format!("-> {remedy}")));
    lines.join("\n  ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn each_id_is_one_case_and_the_counts_are_right() {
        let xml = render(&sample::block());
        for attribute in ["tests", "failures", "errors", "skipped"] {
            let said: usize = xml.split(&format!("{attribute}=\"")).nth(1).unwrap().split('"').next().unwrap().parse().unwrap();
            let tag = match attribute {
                "tests" => "<testcase ",
                "failures" => "<failure ",
                "errors" => "<error ",
                _ => "<skipped ",
            };
            assert_eq!(xml.matches(tag).count(), said, "{attribute}");
            assert!(said > 0, "{attribute}: the sample exercises none");
        }
    }
}
