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
        report.files[path].iter().map(|(line, covered)| format!("{line}{}", if covered { '+' } else { '-' })).collect();
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
    assert_eq!(lines(&parse(&text), "a"), "1- 2+ 3+");
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
        let branches = report.files["a"].branches().first().copied().unwrap_or_default();
        (report.counts_branches, branches.total, branches.covered)
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
    assert!(error("<report name='x'><package/></report>").contains("<report>"));
    assert!(error("<coverage generated='1'><project/></coverage>").contains("no <packages>"));
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
fn covered_lines_and_branches_differ_from_the_sums_only_where_the_tool_counts_something_else() {
    let line = |number: u32, hits: u32, taken: u32| {
        format!("<line number='{number}' hits='{hits}' branch='true' condition-coverage='x ({taken}/2)'/>")
    };
    let class = |rate: &str, lines: &str| format!("<class filename='a' line-rate='{rate}'><lines>{lines}</lines></class>");
    let fine = class("0.6666", &(line(1, 1, 2) + &line(2, 0, 0) + &line(3, 1, 1)));
    let sums = "lines-valid='3' lines-covered='2' branches-valid='6' branches-covered='3'";
    parse(&report(sums, &fine));
    let fewer = class("0.6666", &(line(1, 1, 2) + &line(2, 0, 0) + &line(3, 0, 1)));
    assert!(error(&report(sums, &fewer)).contains("states 2 covered lines of 3 but lists 1"));
    let more = class("0.6666", &(line(1, 1, 2) + &line(2, 0, 0) + &line(3, 1, 2)));
    assert!(error(&report(sums, &more)).contains("states 3 covered branches of 6 but lists 4"));
    // The same sums, but other lines than the class states.
    let moved = class("0.3333", &(line(1, 1, 2) + &line(2, 0, 0) + &line(3, 1, 1)));
    assert!(error(&report(sums, &moved)).contains("a class of a states a line-rate of 0.3333 but lists 2 covered of 3"));
    // A tool that counts statements: nothing follows.
    parse(&report("lines-valid='9' lines-covered='1'", &moved));
    // A tool that counts each line of each class.
    parse(&report("lines-valid='6' lines-covered='4'", &(fine.clone() + &fine)));
    assert!(error(&report("lines-valid='6' lines-covered='3'", &(fine.clone() + &fine))).contains("lists 4"));
}

#[test]
fn rates_are_believed_as_far_as_they_were_rounded() {
    let lines = (1..=7)
        .fold(String::new(), |lines, number| lines + &format!("<line number='{number}' hits='{}'/>", u8::from(number < 6)));
    let with = |rate: &str| {
        let class = format!("<class filename='a' line-rate='{rate}'><lines>{lines}</lines></class>");
        read(&mut report("lines-valid='7' lines-covered='5'", &class).as_bytes()).is_ok()
    };
    for fine in ["0.714", "0.7142", "0.7143", "0.71", "0.72", "0.7142000000000001", "NaN", "71.4", "", "0.714285714285"] {
        assert!(with(fine), "{fine}");
    }
    for damaged in ["1", "1.0", "0", "0.8", "0.7", "0.7145", "0.57142857"] {
        assert!(!with(damaged), "{damaged}");
    }
}

#[test]
fn rates_of_the_root_and_of_branches_are_compared_too() {
    let class = |rate: &str| {
        format!(
            "<class filename='a' branch-rate='{rate}'><lines><line number='1' hits='1' condition-coverage='50% (1/2)'/></lines></class>"
        )
    };
    let sums = "lines-valid='1' lines-covered='1' branches-valid='2' branches-covered='1'";
    parse(&report(&format!("{sums} line-rate='1' branch-rate='0.5'"), &class("0.5")));
    assert!(error(&report(&format!("{sums} line-rate='0.5'"), &class("0.5"))).contains("states 1 of 1 and a line-rate of 0.5"));
    assert!(error(&report(&format!("{sums} branch-rate='1'"), &class("0.5"))).contains("states 1 of 2 and a branch-rate of 1"));
    assert!(error(&report(sums, &class("1"))).contains("a class of a states a branch-rate of 1 but lists 1 covered of 2"));
    // A tool that counts other branches than those that it lists: nothing follows.
    parse(&report("branches-valid='9' branches-covered='1'", &class("1")));
}

#[test]
fn lines_below_methods_need_not_be_counted() {
    let class = |hits: u8| {
        format!(
            "<class filename='a' line-rate='0.5'><methods><method><lines><line number='5' hits='2'/></lines></method></methods>
             <lines><line number='1' hits='1'/><line number='2' hits='{hits}'/></lines></class>"
        )
    };
    let sums = "lines-valid='2' lines-covered='1'";
    assert_eq!(lines(&parse(&report(sums, &class(0))), "a"), "1+ 2- 5+");
    assert!(error(&report(sums, &class(1))).contains("states 1 covered lines of 2"));
}

#[test]
fn gcovr_states_what_it_lists() {
    let class = "<class filename='a'><lines><line number='1' hits='1'/></lines></class>";
    let gcovr = report("version='gcovr 8.8' lines-valid='2' lines-covered='1'", class);
    assert!(error(&gcovr).contains("states 2 lines but lists 1"));
    parse(&gcovr.replace("gcovr 8.8", "1.9"));
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
