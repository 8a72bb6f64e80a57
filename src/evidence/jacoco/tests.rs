//! What a `JaCoCo` report may say, one test each.

use super::{FORMAT, read};
use crate::evidence::{CoverageReport, LineBranches};

fn parse(text: &str) -> CoverageReport {
    read(&mut text.as_bytes()).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn error(text: &str) -> String {
    read(&mut text.as_bytes()).unwrap_err().to_string()
}

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\
    <!DOCTYPE report PUBLIC \"-//JACOCO//DTD Report 1.1//EN\" \"report.dtd\">";

/// A report of one package `p/q` with this inside.
fn report(inside: &str) -> String {
    format!(
        "{HEAD}<report name='r'><sessioninfo id='a' start='1' dump='1663310122000'/><package name='p/q'>{inside}</package></report>"
    )
}

fn file(inside: &str) -> String {
    report(&format!("<sourcefile name='A.java'>{inside}</sourcefile>"))
}

fn lines(report: &CoverageReport, path: &str) -> String {
    let words: Vec<_> =
        report.files[path].iter().map(|(line, covered)| format!("{line}{}", if covered { '+' } else { '-' })).collect();
    words.join(" ")
}

#[test]
fn a_line_ran_if_one_of_its_instructions_did() {
    let text = file(
        "<line nr='3' mi='0' ci='2' mb='0' cb='0'/><line nr='4' mi='5' ci='1' mb='1' cb='3'/><line nr='9' mi='1' ci='0' mb='0' cb='0'/>",
    );
    let report = parse(&text);
    assert_eq!(lines(&report, "p/q/A.java"), "3+ 4+ 9-");
    assert_eq!(report.files["p/q/A.java"].branches(), [LineBranches { line: 4, total: 4, covered: 3 }]);
    assert!(report.counts_branches);
}

#[test]
fn groups_nest_and_classes_and_methods_are_stepped_over() {
    let package = |name: &str, file: &str| {
        format!(
            "<package name='{name}'><class name='{name}/X' sourcefilename='{file}'><method name='m' desc='()V' line='3'>\
             <counter type='LINE' missed='7' covered='7'/></method><counter type='LINE' missed='8' covered='8'/></class>\
             <sourcefile name='{file}'><line nr='1' mi='0' ci='1'/><counter type='LINE' missed='0' covered='1'/></sourcefile></package>"
        )
    };
    let (a, b, c) = (package("p", "A.kt"), package("", "B.java"), package("q", "C.java"));
    let text = format!(
        "<report name='r'><group name='g'><group name='h'>{a}{b}</group>{c}</group><counter type='LINE' missed='0' covered='3'/></report>"
    );
    assert_eq!(parse(&text).files.keys().collect::<Vec<_>>(), ["B.java", "p/A.kt", "q/C.java"]);
}

#[test]
fn one_path_in_two_modules_is_uncovered_where_either_leaves_it() {
    let group = |first: u32, second: u32| {
        format!(
            "<group name='g'><package name='p'><sourcefile name='A.java'><line nr='1' mi='1' ci='{first}'/><line nr='2' mi='1' ci='{second}'/>\
             </sourcefile></package></group>"
        )
    };
    let text = format!("<report name='r'>{}{}<counter type='LINE' missed='1' covered='3'/></report>", group(1, 1), group(0, 1));
    assert_eq!(lines(&parse(&text), "p/A.java"), "1- 2+");
}

#[test]
fn it_was_made_when_the_first_of_its_sessions_ended() {
    let session = "<sessioninfo id='b' start='1663310000000' dump='1663310100000'/>";
    let text = file("<line nr='1' mi='0' ci='1'/>").replace("<package", &format!("{session}<package"));
    assert_eq!(parse(&text).made_at.unwrap().to_string(), "2022-09-16T06:35:00Z");
}

#[test]
fn counters_that_differ_from_the_lines_are_an_error() {
    let lines = "<line nr='1' mi='0' ci='1' mb='1' cb='1'/><line nr='2' mi='1' ci='0'/>";
    let fine = "<counter type='INSTRUCTION' missed='9' covered='9'/><counter type='BRANCH' missed='1' covered='1'/><counter type='LINE' missed='1' covered='1'/>";
    parse(&file(&[lines, fine].concat()));
    let with = |counter: &str| error(&file(&[lines, counter].concat()));
    assert_eq!(
        with("<counter type='LINE' missed='0' covered='2'/>").split(": the report").next().unwrap(),
        "line 1: the <sourcefile> states 0 missed and 2 covered lines but lists 1 and 1"
    );
    assert!(with("<counter type='BRANCH' missed='0' covered='2'/>").contains("states 0 missed and 2 covered branches"));
    assert!(with("<counter type='LINE' missed='1'/>").contains("a counter without"));
    assert!(
        with("<counter type='LINE' missed='1' covered='1'/><counter type='LINE' missed='1' covered='1'/>")
            .contains("two counters")
    );
    // A whole file is gone.
    let removed = report("<counter type='LINE' missed='0' covered='2'/>");
    assert!(error(&removed).contains("the <package> states 0 missed and 2 covered lines but lists 0 and 0"));
}

#[test]
fn classes_without_a_source_file_count_in_their_package() {
    let class = "<class name='p/q/X'><method name='m' desc='()V'><counter type='LINE' missed='1' covered='0'/></method>\
         <counter type='LINE' missed='1' covered='4'/></class>";
    let file = "<sourcefile name='A.java'><line nr='1' mi='0' ci='1'/></sourcefile>";
    let text = report(&[class, file, "<counter type='LINE' missed='1' covered='5'/>"].concat());
    assert_eq!(lines(&parse(&text), "p/q/A.java"), "1+");
}

#[test]
fn branches_without_a_line_count_in_the_counters_alone() {
    let lines = "<line nr='1' mi='0' ci='1' mb='1' cb='1'/>";
    parse(&file(&[lines, "<counter type='BRANCH' missed='3' covered='1'/>"].concat()));
    assert!(error(&file(&[lines, "<counter type='BRANCH' missed='0' covered='1'/>"].concat())).contains("covered branches"));
}

#[test]
fn a_damaged_element_is_named() {
    assert_eq!(error(&file("<line mi='0' ci='1'/>")), "line 1: a line without its number `nr`: expected JaCoCo");
    for line in ["<line nr='7'/>", "<line nr='7' mi='0'/>", "<line nr='7' mi='0' ci='-1'/>", "<line nr='7' mi='x' ci='1'/>"] {
        assert!(error(&file(line)).contains("line 7 has no numbers of missed and covered instructions"), "{line}");
    }
    assert!(error(&file("<line nr='7' mi='0' ci='1' mb='x'/>")).contains("`mb` of line 7"));
    assert!(error(&report("<sourcefile><line nr='1' mi='0' ci='1'/></sourcefile>")).contains("without a `name`"));
    assert!(error(&report("<package name='x'/>")).contains("<package> at a place"));
    assert!(error("<report name='r'><sourcefile name='a'/></report>").contains("<sourcefile> at a place"));
    assert!(error("<html/>").contains("<html>"));
}

#[test]
fn a_report_without_a_measured_line_is_an_error() {
    for text in ["<report name='r'/>", &report(""), &file(""), &file("<line nr='0' mi='1' ci='1'/>")] {
        assert!(error(text).contains("no line is measured"), "{text}");
    }
}

#[test]
fn every_cut_of_a_report_is_an_error() {
    let text = file("<line nr='1' mi='0' ci='1' mb='0' cb='0'/><counter type='LINE' missed='0' covered='1'/>");
    parse(&text);
    for end in 0..text.len() {
        error(&text[..end]);
    }
}

#[test]
fn it_is_told_from_other_reports_by_its_document_type_or_elements() {
    assert!((FORMAT.recognises)("x", file("").as_bytes()));
    assert!((FORMAT.recognises)("x", b"<report name='r'><package name='p'><class name='p/A'>"));
    assert!(!(FORMAT.recognises)("x", b"<report><summary/></report>"));
}
