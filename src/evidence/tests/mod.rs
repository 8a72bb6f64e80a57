//! What holds for every format.
//!
//! A report that was cut off at any byte is an error, or says the same. The only cuts that cannot be seen are where nothing in a format says
//! how much follows: in an lcov file right after an `end_of_record` (files that only the lost part measures then show as not measured), in
//! the output of `cargo test` after a `test result:`, and in events of `go test` where no package runs.

mod costly;
mod edits;
mod hostile;
mod invariants;
mod models;
mod mutated;
mod page;
mod reports;
mod round_trip;
mod written;

use std::collections::BTreeSet;

use invariants::facts;
use proptest::prelude::*;

use super::*;

fn cuts_are_seen(name: &str, text: &str, invisible: &[usize]) {
    let format = invariants::format(name).unwrap();
    assert!((format.recognises)("report", text.as_bytes()), "{text}");
    let whole = facts(format, text.as_bytes()).unwrap_or_else(|error| panic!("{error}\n{text}"));
    for end in (0..text.len()).filter(|end| !invisible.contains(end)) {
        if let Ok(cut) = facts(format, &text.as_bytes()[..end]) {
            assert_eq!(cut, whole, "cut at {end}:\n{}", &text[..end]);
        }
    }
}

/// Files with lines and their hits.
fn measured() -> impl Strategy<Value = Vec<(String, Vec<(u32, u32)>)>> {
    let lines = prop::collection::btree_map(1..500_u32, 0..20_u32, 1..6);
    let files = prop::collection::btree_map("[a-z]{1,3}/[a-z]{1,3}", lines, 1..4);
    files.prop_map(|files| files.into_iter().map(|(path, lines)| (path, lines.into_iter().collect())).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_cut_lcov_file_is_an_error_unless_cut_between_two_records(files in measured(), sums: bool) {
        let mut text = String::from("TN:\n");
        let mut ends = Vec::new();
        for (path, lines) in files {
            text += &["SF:", &path, "\n"].concat();
            for (line, hits) in &lines {
                text += &["DA:", &line.to_string(), ",", &hits.to_string(), "\n"].concat();
            }
            if sums {
                let hit = lines.iter().filter(|(_, hits)| *hits > 0).count();
                text += &["LF:", &lines.len().to_string(), "\nLH:", &hit.to_string(), "\n"].concat();
            }
            text += "end_of_record\n";
            ends.extend([text.len() - 1, text.len()]);
        }
        cuts_are_seen("lcov", &text, &ends);
    }

    #[test]
    fn a_cut_cobertura_file_is_an_error(files in measured()) {
        let classes: String = files.iter().map(|(path, lines)| {
            let lines: String = lines.iter().map(|(line, hits)| ["<line number='", &line.to_string(), "' hits='", &hits.to_string(), "'/>"].concat()).collect();
            ["<class filename='", path, "'><lines>", &lines, "</lines></class>"].concat()
        }).collect();
        cuts_are_seen("cobertura", &["<coverage><packages>", &classes, "</packages></coverage>\n"].concat(), &[]);
    }

    #[test]
    fn a_cut_jacoco_file_is_an_error(files in measured()) {
        let packages: String = files.iter().map(|(path, lines)| {
            let (package, name) = path.split_once('/').unwrap();
            let lines: String = lines.iter().map(|(line, hits)| ["<line nr='", &line.to_string(), "' mi='1' ci='", &hits.to_string(), "'/>"].concat()).collect();
            ["<package name='", package, "'><sourcefile name='", name, "'>", &lines, "</sourcefile></package>"].concat()
        }).collect();
        cuts_are_seen("jacoco", &["<report name='r'><sessioninfo id='a' start='1' dump='2'/>", &packages, "</report>\n"].concat(), &[]);
    }

    #[test]
    fn a_cut_clover_file_is_an_error(files in measured()) {
        let files: String = files.iter().map(|(path, lines)| {
            let lines: String = lines.iter().map(|(line, hits)| ["<line num='", &line.to_string(), "' type='stmt' count='", &hits.to_string(), "'/>"].concat()).collect();
            ["<file path='", path, "'>", &lines, "</file>"].concat()
        }).collect();
        cuts_are_seen("clover", &["<coverage><project>", &files, "</project></coverage>\n"].concat(), &[]);
    }

    #[test]
    fn a_cut_junit_file_is_an_error(results in prop::collection::vec(0..4_u8, 1..8)) {
        let cases: String = results.iter().enumerate().map(|(at, result)| {
            let inside = ["", "<failure message='m'/>", "<skipped/>", "<flakyFailure/>"][usize::from(*result)];
            ["<testcase classname='c' name='n", &at.to_string(), "'>", inside, "</testcase>"].concat()
        }).collect();
        cuts_are_seen("junit", &["<?xml version='1.0'?><testsuites><testsuite name='s'>", &cases, "</testsuite></testsuites>\n"].concat(), &[]);
    }

    #[test]
    fn a_cut_sarif_file_is_an_error(lines in prop::collection::vec(1..100_u32, 0..5)) {
        let results = lines.iter().map(|line| {
            ["{\"ruleId\": \"r\", \"locations\": [{\"physicalLocation\": {\"region\": {\"startLine\": ", &line.to_string(), "}}}]}"].concat()
        });
        let results = results.collect::<Vec<_>>().join(", ");
        let head = "{\"version\": \"2.1.0\", \"runs\": [{\"tool\": {\"driver\": {\"name\": \"t\"}}, \"results\": [";
        cuts_are_seen("sarif", &[head, &results, "]}]}\n"].concat(), &[]);
    }
}

#[test]
fn formats_have_one_name_each_and_know_where_to_look() {
    let names: BTreeSet<_> = FORMATS.iter().map(|format| (format.kind.key(), format.name)).collect();
    assert_eq!(names.len(), FORMATS.len());
    for format in FORMATS {
        // No name says of which version a log is, or of which run estimates are, and a file that merely lies about must not speak for
        // GitHub, nor be run. A checklist of the change is read at its head.
        let named_only = format.kind == Kind::Logs || matches!(format.name, "github" | "sql" | "checklist" | "kadian.estimates");
        assert_eq!(format.conventional.is_empty(), named_only, "{}", format.name);
        assert!(!(format.recognises)("x", b""), "{} recognises nothing", format.name);
    }
}

#[test]
fn no_file_is_of_two_formats() {
    let samples = [
        ("lcov", "TN:\nSF:a\n"),
        ("cobertura", "<?xml version='1.0'?><coverage>"),
        ("clover", "<?xml version='1.0'?><coverage generated='1'><project timestamp='1'>"),
        ("jacoco", "<?xml version='1.0'?><!DOCTYPE report PUBLIC '-//JACOCO//DTD Report 1.1//EN' 'report.dtd'><report name='r'>"),
        ("go", "mode: set\n"),
        ("coverage.py", "{\"meta\": {\"version\": \"7.2.7\", \"branch_coverage\": true, \"show_contexts\": false}, \"files\": {"),
        ("istanbul", "{\"/r/a.js\": {\"path\":\"/r/a.js\",\"statementMap\":{"),
        ("llvm-cov", "{\n  \"data\": [\n    {\n      \"files\": [\n"),
        ("junit", "<testsuite>"),
        ("go-test", "{\"Time\":\"2026-01-01T10:00:00Z\",\"Action\":\"start\",\"Package\":\"pay\"}\n"),
        ("cargo-test", "   Compiling pay v0.1.0\n\nrunning 3 tests\n"),
        ("libtest-json", "{ \"type\": \"suite\", \"event\": \"started\", \"test_count\": 3 }\n"),
        ("tap", "TAP version 14\n1..1\nok 1\n"),
        ("trx", "<TestRun xmlns='http://microsoft.com/schemas/VisualStudio/TeamTest/2010'>"),
        ("sarif", "{\"$schema\": \"https://example.com/sarif-2.1.0.json\", \"runs\": []}"),
        ("kadian.review", "schema: kadian.review/v1\n"),
        ("kadian.samples", "schema: kadian.samples/v1\n"),
        ("kadian.logs", "{\"schema\": \"kadian.logs/v1\"}"),
        ("kadian.table-stats", "{\"schema\": \"kadian.table-stats/v1\"}"),
        ("kadian.estimates", "{\"schema\": \"kadian.estimates/v1\"}"),
        ("csv", "time,metric,side,value\n"),
        ("checkstyle", "<checkstyle version='1'>"),
        ("pmd", "<pmd version='7'>"),
        ("spotbugs", "<BugCollection>"),
        ("eslint", "[{\"filePath\":\"a\",\"messages\":[]}]"),
        ("cargo", "{\"reason\":\"compiler-artifact\",\"package_id\":\"p\"}\n"),
        ("code-quality", "[{\"description\":\"d\",\"fingerprint\":\"f\",\"location\":{}}]"),
        ("semgrep", "{\"results\":[{\"check_id\":\"r\"}]}"),
        ("golangci-lint", "{\"Issues\":[],\"Report\":{}}"),
        ("rdjson", "{\"source\":{\"name\":\"x\"},\"diagnostics\":[]}"),
    ];
    for (name, head) in samples {
        let recognised: Vec<_> =
            FORMATS.iter().filter(|format| (format.recognises)("x", head.as_bytes())).map(|format| format.name).collect();
        assert_eq!(recognised, [name]);
    }
}

#[test]
fn every_writer_writes_what_its_reader_reads() {
    for (name, _) in written::WRITERS {
        let format = invariants::format(name).unwrap();
        let text = written::typical(name).unwrap();
        assert!((format.recognises)("report", text.as_bytes()), "{name}\n{text}");
        facts(format, text.as_bytes()).unwrap_or_else(|error| panic!("{name}: {error}\n{text}"));
        invariants::check(format, text.as_bytes()).unwrap_or_else(|error| panic!("{name}: {error}\n{text}"));
    }
}

#[test]
fn every_report_of_coverage_tests_and_scans_is_written_and_damaged() {
    for format in FORMATS.iter().filter(|format| matches!(format.kind, Kind::Coverage | Kind::Tests | Kind::Scan)) {
        let name = format.name;
        assert!(written::typical(name).is_some(), "{name}: write a small report in src/evidence/tests/written");
        assert!(!edits::edits(name).is_empty(), "{name}: say what damage means something in src/evidence/tests/edits.rs");
    }
}
