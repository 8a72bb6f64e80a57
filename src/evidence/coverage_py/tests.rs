//! coverage.py's JSON, one rule each.

use super::read;
use crate::evidence::{CoverageReport, LineBranches};

/// A report of one file with these lists, which says this of itself.
fn text(version: &str, lists: &str, summary: [u64; 6]) -> String {
    let [covered, missing, statements, branches, taken, missed] = summary;
    let summary = format!(
        r#"{{"covered_lines": {covered}, "missing_lines": {missing}, "num_statements": {statements}, "percent_covered": 1.5,
            "num_branches": {branches}, "covered_branches": {taken}, "missing_branches": {missed}}}"#
    );
    format!(
        r#"{{"meta": {{"format": 3, "version": "{version}", "timestamp": "2026-01-02T03:04:05.678", "branch_coverage": true}},
            "files": {{"a.py": {{{lists}, "summary": {summary}, "functions": {{"f": {{"executed_lines": [7]}}}}, "contexts": {{"1": [""]}}}}}},
            "totals": {summary}}}"#
    )
}

const LISTS: &str = r#""executed_lines": [1, 2, 5], "missing_lines": [3, 4], "excluded_lines": [9],
    "executed_branches": [[2, 5], [5, -1]], "missing_branches": [[2, 3]]"#;
const SUMMARY: [u64; 6] = [3, 2, 5, 3, 2, 1];

fn parse(text: &str) -> CoverageReport {
    read(&mut text.as_bytes()).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn error(text: &str) -> String {
    read(&mut text.as_bytes()).unwrap_err().to_string()
}

fn lines(report: &CoverageReport, path: &str) -> String {
    let words: Vec<_> =
        report.files[path].iter().map(|(line, covered)| format!("{line}{}", if covered { '+' } else { '-' })).collect();
    words.join(" ")
}

#[test]
fn executed_and_missing_lines_are_measured_and_arcs_are_branches() {
    let report = parse(&text("7.17.3", LISTS, SUMMARY));
    assert_eq!(lines(&report, "a.py"), "1+ 2+ 3- 4- 5+");
    let branches = |line, total, covered| LineBranches { line, total, covered };
    assert_eq!(report.files["a.py"].branches(), [branches(2, 2, 1), branches(5, 1, 1)]);
    assert!(report.counts_branches && report.made_at.is_none());
    assert_eq!(report.made_within.map(|ends| ends[1].to_string()).as_deref(), Some("2026-01-02T15:04:05.678Z"));
}

#[test]
fn before_7_14_the_list_of_what_ran_may_hold_excluded_lines_and_docstrings() {
    let lists = LISTS.replace("[1, 2, 5]", "[1, 2, 5, 6, 9]");
    assert_eq!(lines(&parse(&text("7.13.5", &lists, SUMMARY)), "a.py"), "1+ 2+ 3- 4- 5+ 6+");
    assert!(error(&text("7.14.0", &lists, SUMMARY)).contains("states 3 as `covered_lines` but 4 are listed"));
}

#[test]
fn a_branch_that_the_author_waived_is_taken_and_listed_nowhere() {
    parse(&text("7.17.3", LISTS, [3, 2, 5, 4, 3, 1]));
}

#[test]
fn counts_that_differ_from_the_lists_are_an_error() {
    let changed = |from: &str, to: &str| error(&text("7.17.3", &LISTS.replace(from, to), SUMMARY));
    assert!(changed("[1, 2, 5]", "[1, 2]").contains("a.py: `summary` states 3 as `covered_lines` but 2 are listed"));
    assert!(changed("[3, 4]", "[3]").contains("states 2 as `missing_lines` but 1 are listed"));
    assert!(changed("[3, 4]", "[3, 1]").contains("a line is listed twice"));
    assert!(changed("[[2, 3]]", "[]").contains("states 1 as `missing_branches` but 0 are listed"));
    assert!(changed("[5, -1]", "[5, -1], [5, 6]").contains("states 2 as `covered_branches` but 3 are listed"));
    assert!(error(&text("7.17.3", LISTS, [3, 2, 6, 3, 2, 1])).contains("states 6 as `num_statements` but 5 are listed"));
    let totals = text("7.17.3", LISTS, SUMMARY).replace(
        "\"a.py\"",
        "\"b.py\": {\"executed_lines\": [1], \"missing_lines\": [],
        \"summary\": {\"covered_lines\": 1, \"missing_lines\": 0, \"num_statements\": 1}}, \"a.py\"",
    );
    assert!(error(&totals).contains("`totals` states 3 as `covered_lines` but its files state 4"));
}

#[test]
fn a_report_without_lines_or_parts_is_an_error() {
    let none = r#""executed_lines": [], "missing_lines": []"#;
    assert!(error(&text("7.17.3", none, [0; 6])).contains("no line is measured"));
    for (key, text) in [
        ("files", r#"{"meta": {}, "totals": {"covered_lines": 0, "missing_lines": 0, "num_statements": 0}}"#),
        ("meta", r#"{"files": {}}"#),
        ("totals", r#"{"meta": {}, "files": {}}"#),
    ] {
        assert!(error(text).contains(&format!("no `{key}`")), "{text}");
    }
    assert!(error(r#"{"files": {"a": {"executed_lines": [1]}}}"#).contains("a has no `missing_lines`"));
    assert!(error(r#"{"files": {"a": {"executed_lines": [1], "missing_lines": []}}}"#).contains("a has no `summary`"));
    assert!(error(r#"{"files": {}, "files": {}}"#).contains("`files` stands twice"));
    assert!(error(&text("8.0", LISTS, SUMMARY).replace("\"format\": 3", "\"format\": 4")).contains("format 4"));
    assert!(error("[]").contains("expected a report of coverage.py"));
}

#[test]
fn every_cut_is_an_error() {
    let text = text("7.17.3", LISTS, SUMMARY);
    for end in 0..text.len() {
        error(&text[..end]);
    }
}
