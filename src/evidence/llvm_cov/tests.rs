//! llvm-cov's JSON, one rule each.

use super::read;
use crate::evidence::{CoverageReport, LineBranches};

/// An export of one file with these segments and branches, which counts so many lines.
fn text(segments: &str, branches: &str, lines: [u64; 2]) -> String {
    let [count, covered] = lines;
    let summary =
        format!(r#"{{"lines": {{"count": {count}, "covered": {covered}, "percent": 1.5}}, "functions": {{"count": 1}}}}"#);
    format!(
        r#"{{"data": [{{"files": [{{"branches": [{branches}], "expansions": [], "filename": "/r/a.c", "segments": [{segments}], "summary": {summary}}}],
            "functions": [{{"name": "f", "regions": [[1, 1, 2, 2, 1, 0, 0, 0]]}}], "totals": {summary}}}], "type": "llvm.coverage.json.export", "version": "2.0.1"}}"#
    )
}

fn parse(text: &str) -> CoverageReport {
    read(&mut text.as_bytes()).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn error(text: &str) -> String {
    read(&mut text.as_bytes()).unwrap_err().to_string()
}

fn lines(segments: &str) -> String {
    let report = parse(&text(segments, "", [9, 9]));
    let words: Vec<_> =
        report.files["/r/a.c"].iter().map(|(line, covered)| format!("{line}{}", if covered { '+' } else { '-' })).collect();
    words.join(" ")
}

#[test]
fn a_region_reaches_to_the_next_segment() {
    assert_eq!(
        lines("[2, 9, 3, true, true, false], [4, 1, 0, true, true, false], [6, 2, 0, false, false, false]"),
        "2+ 3+ 4+ 5- 6-"
    );
    assert_eq!(lines("[2,1,1,1,1],[3,2,0,0,0]"), "2+ 3+", "as LLVM before 12 wrote them");
}

#[test]
fn a_line_ran_as_often_as_the_most_of_its_regions_and_of_what_wraps_it() {
    let wrapped = "[1, 1, 5, true, true, false], [2, 3, 0, true, true, false], [2, 9, 5, true, false, false], [3, 2, 0, false, false, false]";
    assert_eq!(lines(wrapped), "1+ 2+ 3+");
    let gap =
        "[1, 1, 1, true, true, false], [2, 5, 0, true, true, true], [3, 5, 0, true, true, false], [4, 2, 0, false, false, false]";
    assert_eq!(lines(gap), "1+ 2+ 3- 4-", "a gap starts no region, and wraps the next line");
}

#[test]
fn what_nobody_counts_is_not_measured() {
    let apart = "[1, 1, 1, true, true, false], [1, 9, 0, false, false, false], [5, 1, 1, true, true, false], [6, 2, 0, false, false, false]";
    assert_eq!(lines(apart), "1+ 5+ 6+");
    let skipped = "[1, 1, 1, true, true, false], [3, 1, 0, false, true, false], [5, 1, 1, true, false, false], [6, 2, 0, false, false, false]";
    assert_eq!(lines(skipped), "1+ 2+ 6+");
    let and_more = skipped.replace("[5, 1,", "[3, 9, 0, true, true, false], [5, 1,");
    assert_eq!(lines(&and_more), "1+ 2+ 3+ 4- 5- 6+");
}

#[test]
fn a_condition_has_two_outcomes() {
    let segments = "[1, 1, 1, true, true, false], [4, 2, 0, false, false, false]";
    let report = parse(&text(segments, "[2, 1, 2, 9, 3, 0, 0, 0, 4], [2, 3, 2, 5, 1, 2, 0, 0, 4, 7, 8]", [4, 4]));
    assert_eq!(report.files["/r/a.c"].branches(), [LineBranches { line: 2, total: 4, covered: 3 }]);
    assert!(error(&text(segments, "[2, 1]", [4, 4])).contains("a branch without its line and two counts"));
}

#[test]
fn the_branches_of_a_macro_stand_where_it_is_used() {
    let text = text("[1, 1, 1, true, true, false], [4, 2, 0, false, false, false]", "[3, 1, 3, 9, 1, 1, 0, 0, 4]", [4, 4]);
    let used = r#""expansions": [{"branches": [[1, 16, 1, 35, 0, 3, 0, 0, 4]], "filenames": ["/r/a.c"], "source_region": [3, 9, 3, 12, 3, 0, 0, 1]}]"#;
    let report = parse(&text.replace("\"expansions\": []", used));
    assert_eq!(report.files["/r/a.c"].branches(), [LineBranches { line: 3, total: 4, covered: 3 }]);
}

#[test]
fn a_summary_without_lines_is_refused() {
    let whole = text("[1, 1, 1, true, true, false], [2, 2, 0, false, false, false]", "", [2, 2]);
    let start = whole.find("\"segments\"").unwrap();
    let summary_only = format!("{}{}", &whole[..start], &whole[whole.find("\"summary\"").unwrap()..]);
    assert!(error(&summary_only).contains("/r/a.c has no `segments`: this is a summary, which names no line"));
}

#[test]
fn what_cannot_be_is_an_error() {
    let ok = "[1, 1, 1, true, true, false], [2, 2, 0, false, false, false]";
    let of = |segments: &str| error(&text(segments, "", [2, 2]));
    assert!(
        of("[2, 1, 1, true, true, false], [1, 2, 0, false, false, false]").contains("a segment on line 1 behind one on line 2")
    );
    assert!(of("[2, 5, 1, true, true, false], [2, 4, 0, false, false, false]").contains("behind one on line 2"));
    assert!(of("[0, 1, 1, true, true, false]").contains("a segment on line 0"));
    assert!(
        of("[1, 1, 1, true, true, false], [2000000000, 1, 0, false, false, false]")
            .contains("a region of more than 100000 lines")
    );
    let endless = (0..60).map(|at| format!("[{}, 1, 1, true, true, false]", at * 99_999 + 1)).collect::<Vec<_>>().join(", ");
    assert!(of(&endless).contains("more of them than an export of this size has"));
    assert_eq!(
        lines("[1, 1, 1, true, true, false], [2, 2, 0, false, false, false], [2000000000, 1, 1, true, true, false]"),
        "1+ 2+ 2000000000+"
    );
    assert!(error(&text(ok, "", [2, 0])).contains("/r/a.c states 0 covered lines but lists 2"));
    assert!(error(&text("", "", [2, 2])).contains("states 2 lines but lists 0"));
    assert!(error(&text("", "", [0, 0])).contains("no line is measured"));
    let whole = text(ok, "", [2, 2]);
    assert!(error(&whole.replacen("\"covered\": 2", "\"covered\": 1", 1)).contains("`totals` states 2 covered lines of 2"));
    assert!(error(&whole.replace("llvm.coverage.json.export", "x")).contains("no `type`"));
    assert!(error(&whole.replace("\"totals\"", "\"t\"")).contains("no `totals`"));
    assert!(error(&whole.replace("\"filename\"", "\"f\"")).contains("without `filename`"));
    assert!(error(&whole.replace("\"summary\"", "\"s\"")).contains("no `summary`"));
}

#[test]
fn every_cut_is_an_error() {
    let text = text("[1, 1, 1, true, true, false], [2, 2, 0, false, false, false]", "[1, 1, 1, 2, 1, 1, 0, 0, 4]", [2, 2]);
    for end in 0..text.len() {
        error(&text[..end]);
    }
}
