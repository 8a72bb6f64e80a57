//! The dialects of lcov, one test each.

use super::read;
use crate::evidence::{CoverageReport, LineBranches};

fn parse(text: &str) -> CoverageReport {
    read(&mut text.as_bytes()).unwrap()
}

fn error(text: &str) -> String {
    read(&mut text.as_bytes()).unwrap_err().to_string()
}

/// The file's lines as `3+ 5-`.
fn lines(report: &CoverageReport, path: &str) -> String {
    let words: Vec<_> =
        report.files[path].iter().map(|(line, covered)| format!("{line}{}", if covered { '+' } else { '-' })).collect();
    words.join(" ")
}

#[test]
fn a_line_that_is_listed_twice_ran_if_any_entry_says_so() {
    let report = parse("SF:a\nDA:1,0\nDA:1,2\nDA:2,0\nDA:2,0\nDA:3,-4\nDA:3,4\nend_of_record\n");
    assert_eq!(lines(&report, "a"), "1+ 2- 3+");
}

#[test]
fn a_file_that_is_listed_twice_is_one_file() {
    let report = parse("TN:x\nSF:a\nDA:1,0\nend_of_record\nTN:y\nSF:a\nDA:1,1\nDA:2,0\nend_of_record\n");
    assert_eq!(lines(&report, "a"), "1+ 2-");
}

#[test]
fn float_negative_and_enormous_hits_blank_lines_and_comments_are_read() {
    let text = "\u{feff}# lcov\r\n\r\nSF:a b\r\nDA:1,1e3\r\nDA:2,-1\r\nDA:3,0.0\r\nDA:4,18446744073709551151\r\nend_of_record";
    assert_eq!(lines(&parse(text), "a b"), "1+ 2+ 3- 4+");
}

#[test]
fn branches_have_any_name_and_a_dash_for_never() {
    let report =
        parse("SF:a\nDA:4,1\nBRDA:4,0,0,-\nBRDA:4,e1,x < 3, y,2\nBRDA:4,0,jump to 7,0\nMCDC:4,2,t,1,0,x\nend_of_record\n");
    assert!(report.counts_branches);
    assert_eq!(report.files["a"].branches(), [LineBranches { line: 4, total: 3, covered: 1 }]);
}

#[test]
fn function_names_with_commas_are_stepped_over() {
    parse("SF:a\nFN:1,5,f<a,b>\nFN:1,g\nFNDA:1,f<a,b>\nFNF:1\nFNH:1\nDA:1,1\nend_of_record\n");
}

#[test]
fn a_record_without_its_end_is_an_error() {
    assert!(error("SF:a\nDA:1,1\n").contains("cut off"));
    assert!(error("SF:a\nDA:1,1\nSF:b\nDA:1,1\nend_of_record\n").contains("has no `end_of_record`"));
    assert!(error("SF:a\nDA:1,1\nend_of_recor").contains("expected a record"));
}

#[test]
fn sums_that_disagree_with_the_lines_are_an_error() {
    assert!(error("TN:\nSF:a\nDA:1,1\nDA:2,1\nLF:2\nLH:1\nend_of_record\n").contains("states 1 lines hit (LH) but lists 2"));
    assert!(error("TN:\nSF:a\nDA:1,1\nLF:2\nLH:1\nend_of_record\n").contains("states 2 lines (LF) but lists 1"));
    parse("TN:\nSF:a\nDA:1,1\nDA:2,0\nLF:2\nLH:1\nend_of_record\n");
}

#[test]
fn llvm_cov_sums_over_functions_and_may_differ_but_not_from_nothing() {
    parse("SF:a\nFNF:1\nDA:1,1\nDA:2,1\nBRF:0\nBRH:0\nLF:3\nLH:1\nend_of_record\n");
    assert!(error("SF:a\nFNF:1\nDA:1,1\nBRF:0\nBRH:0\nLF:3\nLH:0\nend_of_record\n").contains("states 0 lines hit"));
    assert!(error("SF:a\nFNF:1\nBRF:0\nBRH:0\nLF:3\nLH:0\nend_of_record\n").contains("lists 0"));
}

#[test]
fn a_sum_of_branches_does_not_switch_the_check_of_lines_off() {
    let start = "SF:a\nDA:1,1\nDA:2,0\n";
    assert!(error(&format!("{start}BRF:0\nLF:3\nLH:1\nend_of_record\n")).contains("states 3 lines (LF) but lists 2"));
    assert!(error(&format!("{start}BRF:0\nBRH:0\nLF:3\nLH:1\nend_of_record\n")).contains("states 3 lines (LF) but lists 2"));
    let functions = start.replace("SF:a\n", "SF:a\nFNF:0\nFNH:0\n");
    let tested = format!("TN:\n{functions}BRF:0\nBRH:0\nLF:3\nLH:1\nend_of_record\n");
    assert!(error(&tested).contains("states 3 lines (LF) but lists 2"));
    assert!(error("TN:\nSF:a\nFNF:0\nDA:1,1,abc\nLF:2\nLH:1\nend_of_record\n").contains("states 2 lines (LF)"), "gcovr");
    parse("TN:\nSF:a\nDA:1,1,abc\nLF:2\nLH:1\nend_of_record\n");
}

#[test]
fn sums_of_branches_and_functions_that_disagree_are_an_error() {
    let record = |test: &str, sums: &str| {
        format!("{test}SF:a\nFN:1,f\nFNDA:3,f\nDA:1,1\nBRDA:1,0,0,1\nBRDA:1,0,1,-\n{sums}LF:1\nLH:1\nend_of_record\n")
    };
    parse(&record("TN:\n", "FNF:1\nFNH:1\nBRF:2\nBRH:1\n"));
    assert!(error(&record("TN:\n", "BRF:3\nBRH:1\n")).contains("states 3 branches (BRF) but lists 2"));
    parse(&record("", "BRF:3\nBRH:2\n"));
    for test in ["TN:\n", ""] {
        assert!(error(&record(test, "BRF:2\nBRH:2\n")).contains("states 2 branches hit (BRH) but lists 1"));
        assert!(error(&record(test, "FNF:1\nFNH:0\n")).contains("states 0 functions hit (FNH) but lists 1"));
        assert!(error(&record(test, "BRF:2\nBRF:1\n")).contains("`BRF` stands twice"));
    }
    parse(&record("TN:\n", "FNF:2\nFNH:2\n"));
}

#[test]
fn a_report_without_a_measured_line_is_empty_and_therefore_an_error() {
    for text in ["", "TN:\n", "SF:a\nend_of_record\n", "TN:\nSF:a\nLF:0\nLH:0\nend_of_record\n"] {
        assert!(error(text).contains("no line is measured"), "{text}");
    }
}

#[test]
fn garbage_is_named_with_its_line() {
    assert_eq!(error("SF:a\nDA:x,1\n"), "line 2: `x` is not a line number");
    assert_eq!(error("SF:a\nDA:4294967295,1\n"), "line 2: `4294967295` is not a line number");
    assert_eq!(error("SF:a\nDA:1\n"), "line 2: `DA:1`: expected `DA:<line>,<hits>`");
    assert_eq!(error("SF:a\nDA:1,NaN\n"), "line 2: `DA:1,NaN`: expected `DA:<line>,<hits>`");
    assert_eq!(error("DA:1,1\n"), "line 1: `DA:1,1`: expected `SF:<path>` first");
    assert_eq!(error("{}"), "line 1: `{}`: expected a record such as `DA:<line>,<hits>`");
    assert!(error(&"x".repeat(2 << 20)).contains("longer than"));
}
