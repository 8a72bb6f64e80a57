//! The dialects of Clover, one test each.

use super::{FORMAT, read};
use crate::evidence::{CoverageReport, LineBranches};

fn parse(text: &str) -> CoverageReport {
    read(&mut text.as_bytes()).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn error(text: &str) -> String {
    read(&mut text.as_bytes()).unwrap_err().to_string()
}

/// A report of a project with this inside.
fn report(inside: &str) -> String {
    format!("<coverage generated='1663310122000' clover='3.2.0'><project timestamp='1'>{inside}</project></coverage>")
}

fn file(inside: &str) -> String {
    report(&format!("<file name='a.php' path='/w/a.php'>{inside}</file>"))
}

fn lines(report: &CoverageReport, path: &str) -> String {
    let words: Vec<_> =
        report.files[path].iter().map(|(line, covered)| format!("{line}{}", if covered { '+' } else { '-' })).collect();
    words.join(" ")
}

#[test]
fn statements_methods_and_conditions_are_lines_whatever_the_tool() {
    let text = file(
        "<class name='A'><metrics statements='9'/></class><line num='3' type='method' name='m' count='1'/><line num='4' type='stmt' count='0'/>\
         <line num='5' type='cond' truecount='0' falsecount='7'/><line num='6' type='cond' truecount='0' falsecount='0'/>\
         <line num='7' type='cond' count='4' truecount='3' falsecount='1'/>",
    );
    let report = parse(&text);
    assert_eq!(lines(&report, "/w/a.php"), "3+ 4- 5+ 6- 7+");
    let branches = report.files["/w/a.php"].branches();
    let sums: Vec<_> = branches.iter().map(|LineBranches { line, total, covered }| (*line, *total, *covered)).collect();
    assert_eq!(sums, [(5, 2, 1), (6, 2, 0), (7, 4, 3)]);
    assert!(report.counts_branches && report.made_at.is_some());
}

#[test]
fn a_line_listed_several_times_is_uncovered_if_any_entry_has_no_hits() {
    let text =
        file("<line num='3' type='method' count='1'/><line num='3' type='stmt' count='0'/><line num='4' type='stmt' count='2'/>");
    assert_eq!(lines(&parse(&text), "/w/a.php"), "3- 4+");
}

#[test]
fn a_file_is_named_by_its_path_or_by_its_package_and_name() {
    let line = "<line num='1' type='stmt' count='1'/>";
    let text = report(&format!(
        "<package name='com.pay'><file name='A.java'>{line}</file><file name='C:\\w\\B.java'>{line}</file><file name='x' path='src/c.js'>{line}</file></package>\
         <file name='D.java'>{line}</file>"
    ));
    assert_eq!(parse(&text).files.keys().collect::<Vec<_>>(), ["C:\\w\\B.java", "D.java", "com/pay/A.java", "src/c.js"]);
    assert!(!parse(&text).counts_branches);
}

#[test]
fn covered_statements_that_differ_from_the_lines_are_an_error() {
    let lines =
        "<line num='1' type='stmt' count='1'/><line num='2' type='stmt' count='0'/><line num='3' type='method' count='1'/>";
    let with = |metrics: &str| file(&format!("{lines}<metrics {metrics}/>"));
    parse(&with("statements='2' coveredstatements='1' methods='1' coveredmethods='1'"));
    // Several statements on one line.
    parse(&with("statements='5' coveredstatements='2' methods='4' coveredmethods='0'"));
    assert!(
        error(&with("statements='2' coveredstatements='2'")).contains("<file>: states 2 covered statements of 2 but lists 1")
    );
    assert!(error(&with("statements='2' coveredstatements='1' methods='1' coveredmethods='0'")).contains("covered methods of 1"));
    let phpunit = |stated: u8| {
        let method = "<line num='9' type='method' crap='2.1' count='1'/>";
        let text = with(&format!("statements='2' coveredstatements='1' methods='2' coveredmethods='{stated}'"));
        read(&mut text.replace("<metrics", &format!("{method}<metrics")).as_bytes())
    };
    assert!(phpunit(1).is_ok(), "one of them ran in part");
    assert!(phpunit(3).is_err());
    assert!(error(&with("statements='x' coveredstatements='1'")).contains("`statements` of <metrics> is not a number"));
}

#[test]
fn a_removed_file_shows_in_the_sums_around_it() {
    let file = |name: &str| {
        format!("<file name='{name}'><metrics statements='1' coveredstatements='1'/><line num='1' type='stmt' count='1'/></file>")
    };
    let project = |files: &str| {
        report(&format!(
            "<metrics statements='2' coveredstatements='2'/><package name='p'>{files}<metrics statements='2' coveredstatements='2'/></package>"
        ))
    };
    parse(&project(&(file("a") + &file("b"))));
    assert!(error(&project(&file("a"))).contains("<package>: states 2 covered statements of 2 but its files state 1 of 1"));
}

#[test]
fn a_damaged_element_is_named() {
    assert_eq!(error(&file("<line count='1' type='stmt'/>")), "line 1: a line without its number `num`: expected Clover");
    assert_eq!(error(&file("<line num='7' type='stmt'/>")), "line 1: line 7 has no number of hits (`count`)");
    assert_eq!(error(&file("<line num='7' count='-1' type='stmt'/>")), "line 1: `count` of line 7 is not a number");
    assert!(error(&file("<line num='7' count='1' type='x'/>")).contains("of the type `x`"));
    assert!(error(&report("<file/>")).contains("without `path` and `name`"));
    assert!(error(&report("<line num='1' count='1' type='stmt'/>")).contains("<line> at a place"));
    assert!(error(&file("<file name='b'/>")).contains("<file> at a place"));
    assert!(error("<html/>").contains("<html>"));
}

#[test]
fn a_report_without_a_measured_line_is_an_error() {
    assert!(error("<coverage clover='1'/>").contains("no <project>"));
    for text in [report(""), file(""), file("<line num='0' count='1' type='stmt'/>")] {
        assert!(error(&text).contains("no line is measured"), "{text}");
    }
}

#[test]
fn every_cut_of_a_report_is_an_error() {
    let text = file("<metrics statements='1' coveredstatements='1'/><line num='1' count='1' type='stmt'/>");
    parse(&text);
    for end in 0..text.len() {
        error(&text[..end]);
    }
}

#[test]
fn it_is_told_from_cobertura_by_its_project() {
    assert!((FORMAT.recognises)("x", b"<coverage generated='1'><project timestamp='1'>"));
    assert!(!(FORMAT.recognises)("x", b"<coverage version='1'><sources/><packages/></coverage>"));
}
