//! Istanbul's JSON, one rule each.

use super::read;
use crate::evidence::{CoverageReport, LineBranches};

/// Two statements on line 1, one on line 3, an `if` on line 3 and a default argument on line 2.
const TEXT: &str = r#"{"/r/a.js": {"path": "/r/a.js", "all": false,
    "statementMap": {"0": {"start": {"line": 1, "column": 0}, "end": {"line": 1, "column": null}},
                     "1": {"start": {"line": 1, "column": 9}, "end": {"line": 4, "column": 1}},
                     "10": {"start": {"line": 3, "column": 0}, "end": {"line": 3, "column": 5}}},
    "fnMap": {"0": {"name": "f", "decl": {"start": {"line": 2, "column": 0}, "end": {"line": 2, "column": 1}}, "line": 2}},
    "branchMap": {"0": {"loc": {"start": {"line": 3, "column": 0}, "end": {"line": 3, "column": 9}}, "type": "if",
                        "locations": [{"start": {"line": 3}}, {"start": {}}], "line": 3},
                  "1": {"line": 2, "type": "default-arg", "locations": [{"start": {"line": 2}}]}},
    "s": {"0": 0, "1": 5, "10": 0}, "f": {"0": 1}, "b": {"0": [0, 2], "1": [0]},
    "inputSourceMap": {"version": 3, "mappings": ["}"]}}}"#;

fn parse(text: &str) -> CoverageReport {
    read(&mut text.as_bytes()).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn error(text: &str) -> String {
    read(&mut text.as_bytes()).unwrap_err().to_string()
}

#[test]
fn a_line_ran_if_any_statement_that_starts_on_it_did() {
    let report = parse(TEXT);
    assert_eq!(report.files["/r/a.js"].iter().collect::<Vec<_>>(), [(1, true), (3, false)]);
    let branches = |line, total, covered| LineBranches { line, total, covered };
    assert_eq!(report.files["/r/a.js"].branches(), [branches(2, 1, 0), branches(3, 2, 1)]);
}

#[test]
fn maps_and_tables_that_differ_are_an_error() {
    let changed = |from: &str, to: &str| {
        assert!(TEXT.contains(from));
        error(&TEXT.replace(from, to))
    };
    assert!(changed(r#", "10": 0"#, "").contains("/r/a.js: `s` lacks 10 of `statementMap`: the report is damaged"));
    assert!(changed(r#""f": {"0": 1}"#, r#""f": {"0": 1, "1": 1}"#).contains("`fnMap` lacks 1 of `f`"));
    assert!(changed("[0, 2]", "[2]").contains("branch 0 has 2 places but 1 counts of hits"));
    assert!(changed(r#", "b": {"0": [0, 2], "1": [0]}"#, "").contains("no `branchMap` or no `b`"));
    assert!(changed(r#""1": 5"#, r#""1": 5, "1": 0"#).contains("`1` stands twice"));
    assert!(changed(r#"{"line": 1, "column": 0}"#, "{}").contains("statement 0 starts on no line"));
    assert!(changed(r#"{"line": 2, "type""#, r#"{"type""#).contains("branch 1 starts on no line"));
    assert!(changed(r#""1": 5"#, r#""1": null"#).contains("line 9: "));
}

#[test]
fn a_report_without_a_statement_is_an_error() {
    let empty = r#"{"a": {"path": "a", "statementMap": {}, "fnMap": {}, "branchMap": {}, "s": {}, "f": {}, "b": {}}}"#;
    for text in ["{}", empty] {
        assert!(error(text).contains("no line is measured"), "{text}");
    }
    assert!(error(r#"{"total": {"lines": {"total": 1}}}"#).contains("total: no `statementMap` or no `s`"));
    assert!(
        error(&TEXT.replacen("{\"/r/a.js\": ", &format!("{{\"b\": {}, \"/r/a.js\": ", &TEXT[12..TEXT.len() - 1]), 1))
            .contains("stands twice")
    );
}

#[test]
fn every_cut_is_an_error() {
    for end in 0..TEXT.len() {
        error(&TEXT[..end]);
    }
}
