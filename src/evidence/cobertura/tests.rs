//! The dialects of Cobertura, one test each.

use super::read;
use crate::evidence::CoverageReport;

fn parse(text: &str) -> CoverageReport {
    read(&mut text.as_bytes()).unwrap()
}

fn error(text: &str) -> String {
    read(&mut text.as_bytes()).unwrap_err().to_string()
}

/// A report with these attributes on its root and this inside of its classes.
fn report(root: &str, classes: &str) -> String {
    format!("<coverage {root}><packages><package name='p'><classes>{classes}</classes></package></packages></coverage>")
}

fn lines(report: &CoverageReport, path: &str) -> String {
    let words: Vec<_> =
        report.files[path].lines.iter().map(|(line, hits)| format!("{line}{}", if hits.covered { '+' } else { '-' })).collect();
    words.join(" ")
}

#[test]
fn a_line_listed_several_times_is_uncovered_if_any_entry_has_no_hits() {
    let text = report(
        "",
        "<class filename='a'><methods><method><lines><line number='1' hits='1'/><line number='2' hits='0'/></lines></method></methods>
         <lines><line number='1' hits='1'/><line number='2' hits='3'/></lines></class>
         <class name='a$inner' filename='a'><lines><line number='1' hits='0'/><line number='3' hits='1'/></lines></class>",
    );
    assert_eq!(lines(&parse(&text), "a"), "1- 2- 3+");
}

#[test]
fn lines_that_stand_only_below_methods_count() {
    let text =
        report("", "<class filename='a'><methods><method><lines><line number='5' hits='2'/></lines></method></methods></class>");
    assert_eq!(lines(&parse(&text), "a"), "5+");
}

#[test]
fn every_source_is_a_root() {
    let text = "<coverage><sources><source>/ci/a b</source><source> ./src&amp;x </source><source/></sources><packages>
        <class filename='a'><line number='1' hits='1'/></class></packages></coverage>";
    assert_eq!(parse(text).roots, ["/ci/a b", "./src&x"]);
}

#[test]
fn branches_are_read_from_the_condition_coverage() {
    let line = |text: &str| {
        let report =
            parse(&report("", &format!("<class filename='a'><lines><line number='1' hits='1' {text}/></lines></class>")));
        let hits = report.files["a"].lines[&1];
        (report.counts_branches, hits.branches, hits.branches_covered)
    };
    assert_eq!(line("branch='true' condition-coverage='50% (1/2)'"), (true, 2, 1));
    assert_eq!(line("branch='true' condition-coverage='83.3% (5 / 6)'"), (true, 6, 5));
    assert_eq!(line("branch='True'"), (true, 0, 0));
    assert_eq!(line("branch='true' condition-coverage='100% (3/2)'"), (true, 0, 0));
    assert_eq!(line(""), (false, 0, 0));
}

#[test]
fn the_time_may_be_seconds_milliseconds_or_zoned_text() {
    let class = "<class filename='a'><lines><line number='1' hits='1'/></lines></class>";
    let made = |time: &str| parse(&report(&format!("timestamp='{time}'"), class)).made_at.map(|time| time.to_string());
    assert_eq!(made("1663310122").as_deref(), Some("2022-09-16T06:35:22Z"));
    assert_eq!(made("1663310122000").as_deref(), Some("2022-09-16T06:35:22Z"));
    assert_eq!(made("2022-09-16T08:35:22+02:00").as_deref(), Some("2022-09-16T06:35:22Z"));
    for unclear in ["0", "2020-09-25T09:06:29", "01/26/2024 13:49:51", ""] {
        assert_eq!(made(unclear), None);
    }
}

#[test]
fn other_coverage_formats_are_refused_by_name() {
    assert!(error("<report name='x'><package/></report>").contains("JaCoCo"));
    assert!(error("<coverage clover='4.1'><project/></coverage>").contains("Clover"));
    assert!(error("<coverage generated='1'><project/></coverage>").contains("Clover"));
    assert!(error("<html/>").contains("<html>"));
}

#[test]
fn an_empty_report_is_an_error() {
    assert!(error("<coverage/>").contains("no <packages>"));
    assert!(error("<coverage><packages/></coverage>").contains("no line is measured"));
    assert!(error(&report("", "<class filename='a'><lines/></class>")).contains("no line is measured"));
}

#[test]
fn covered_lines_beyond_the_stated_sum_are_an_error() {
    let class = "<class filename='a'><lines><line number='1' hits='1'/><line number='2' hits='1'/></lines></class>";
    assert!(error(&report("lines-valid='2' lines-covered='1'", class)).contains("states 1 covered lines of 2 but lists 2"));
    parse(&report("lines-valid='2' lines-covered='2'", class));
    parse(&report("lines-valid='4' lines-covered='1'", class));
}

#[test]
fn a_damaged_line_is_named() {
    let with = |line: &str| report("", &format!("<class filename='a'><lines>{line}</lines></class>"));
    assert_eq!(error(&with("<line hits='1'/>")), "line 1: a line without a `number`: expected Cobertura");
    assert_eq!(error(&with("<line number='7'/>")), "line 1: line 7 has no number of `hits`");
    for hits in ["nan", "inf", "-inf", "1e999", "x", ""] {
        let text = with(&format!("<line number='7' hits='{hits}'/>"));
        assert_eq!(error(&text), "line 1: line 7 has no number of `hits`", "{hits}");
    }
    assert!(error(&report("", "<class><lines/></class>")).contains("without `filename`"));
}

#[test]
fn every_cut_of_a_report_is_an_error() {
    let text = report("", "<class filename='a'><lines><line number='1' hits='1'/></lines></class>");
    for end in 0..text.len() {
        error(&text[..end]);
    }
}
