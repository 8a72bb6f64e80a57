//! Which findings are new, one rule each.

use std::collections::BTreeSet;

use super::RootedScan;
use crate::evidence::{ScanReport, ScanResult};
use crate::facts::{Category, ChangedFile, FileStatus, Scan, Severity, Suppression, Tool};

#[expect(clippy::needless_pass_by_value, reason = "each test makes its reports for one call")]
fn scan(reports: Vec<RootedScan>, files: &[ChangedFile], roots: &[String], baseline: Option<&BTreeSet<String>>) -> Scan {
    super::scan(&reports, files, roots, baseline)
}

#[expect(clippy::needless_pass_by_value, reason = "each test makes its reports for one call")]
fn fingerprints(reports: Vec<RootedScan>, files: &[ChangedFile], roots: &[String]) -> BTreeSet<String> {
    super::fingerprints(&reports, files, roots)
}

fn result(path: &str, line: Option<u32>) -> ScanResult {
    ScanResult {
        tool: "t".into(),
        rule: "R".into(),
        severity: Severity::High,
        message: "m".into(),
        path: Some(path.into()),
        line,
        end_line: line,
        elsewhere: vec![],
        new: None,
        suppression: None,
        fingerprint: None,
    }
}

fn report(results: Vec<ScanResult>) -> Vec<RootedScan> {
    let results = results.into_iter().collect();
    let tools = vec![Tool { name: "t".into(), version: None }];
    vec![RootedScan { report: ScanReport { tools, results, ..ScanReport::default() }, root: None }]
}

fn changed(path: &str, status: FileStatus) -> ChangedFile {
    ChangedFile {
        path: path.into(),
        old_path: None,
        status,
        mode: None,
        old_mode: None,
        binary: false,
        submodule: false,
        additions: 3,
        deletions: 0,
        code_additions: 3,
        added: vec![LineRange { first: 10, last: 12 }],
        removed: vec![],
        category: Category::Code,
        owners: vec![],
        old_owners: vec![],
    }
}

use crate::facts::LineRange;

fn new_and_old(scan: &Scan) -> (u64, u64) {
    (scan.new.high, scan.old.high)
}

#[test]
fn without_a_baseline_a_finding_is_new_on_a_changed_line() {
    let files = [changed("a.rs", FileStatus::Modified)];
    let results = vec![result("a.rs", Some(9)), result("a.rs", Some(10)), result("b.rs", Some(10))];
    let scan = scan(report(results), &files, &[], None);
    assert_eq!(new_and_old(&scan), (1, 2));
    assert_eq!(scan.findings.len(), 2, "the one in another file is only counted");
}

#[test]
fn a_finding_that_spans_a_changed_line_lies_on_it() {
    let spanning = ScanResult { end_line: Some(20), ..result("a.rs", Some(5)) };
    assert_eq!(new_and_old(&scan(report(vec![spanning]), &[changed("a.rs", FileStatus::Modified)], &[], None)), (1, 0));
}

#[test]
fn a_finding_without_a_line_is_new_in_a_changed_file() {
    for status in [FileStatus::Added, FileStatus::Modified, FileStatus::Renamed] {
        let files = [changed("a.rs", status)];
        assert_eq!(new_and_old(&scan(report(vec![result("a.rs", None), result("b.rs", None)]), &files, &[], None)), (1, 1));
    }
}

#[test]
fn of_several_places_one_on_a_changed_line_counts() {
    let files = [changed("a.rs", FileStatus::Modified), changed("c.rs", FileStatus::Modified)];
    let place = |path: &str, lines| crate::evidence::ScanPlace { path: path.into(), lines };
    let with = |elsewhere| ScanResult { elsewhere, ..result("b.rs", Some(1)) };
    let found = scan(report(vec![with(vec![place("a.rs", Some((1, 2))), place("a.rs", Some((12, 13)))])]), &files, &[], None);
    let finding = &found.findings[0];
    assert_eq!((finding.file.as_deref(), finding.line, finding.end_line), (Some("a.rs"), Some(12), Some(13)));
    assert!(finding.new && finding.on_changed_line);
    let alone = fingerprints(report(vec![result("b.rs", Some(1))]), &files, &[]).pop_first();
    assert_eq!(Some(&finding.fingerprint), alone.as_ref(), "a baseline knows it by its first place");
    assert_eq!(new_and_old(&scan(report(vec![with(vec![place("c.rs", None)])]), &files, &[], None)), (1, 0));
    assert_eq!(new_and_old(&scan(report(vec![with(vec![place("c.rs", Some((1, 1)))])]), &files, &[], None)), (0, 1));
}

#[test]
fn the_tools_word_comes_before_the_baseline_and_the_baseline_before_the_lines() {
    let files = [changed("a.rs", FileStatus::Modified)];
    let known = fingerprints(report(vec![result("a.rs", Some(10))]), &files, &[]);
    assert_eq!(new_and_old(&scan(report(vec![result("a.rs", Some(10))]), &files, &[], Some(&known))), (0, 1));
    assert_eq!(new_and_old(&scan(report(vec![result("b.rs", Some(1))]), &files, &[], Some(&known))), (1, 0));
    let said = ScanResult { new: Some(true), ..result("a.rs", Some(10)) };
    assert_eq!(new_and_old(&scan(report(vec![said]), &files, &[], Some(&known))), (1, 0));
}

#[test]
fn a_fingerprint_is_the_same_wherever_the_line_moves_but_not_in_another_file_or_rule() {
    let print = |result: ScanResult| fingerprints(report(vec![result]), &[], &[]).pop_first().unwrap();
    assert_eq!(print(result("a.rs", Some(1))), print(result("a.rs", Some(7))));
    let hashed =
        |path: &str, rule: &str| print(ScanResult { fingerprint: Some("h".into()), rule: rule.into(), ..result(path, Some(1)) });
    assert_ne!(hashed("a.rs", "R"), hashed("b.rs", "R"));
    assert_ne!(hashed("a.rs", "R"), hashed("a.rs", "S"));
}

#[test]
fn one_more_of_the_same_finding_is_new() {
    let known = fingerprints(report(vec![result("a.rs", Some(1))]), &[], &[]);
    let scan = scan(report(vec![result("a.rs", Some(1)), result("a.rs", Some(5))]), &[], &[], Some(&known));
    assert_eq!(new_and_old(&scan), (1, 1));
}

#[test]
fn a_finding_reported_twice_counts_once() {
    let twice = [report(vec![result("a.rs", Some(1))]), report(vec![result("./a.rs", Some(1))])].concat();
    assert_eq!(new_and_old(&scan(twice, &[], &[], None)), (0, 1));
}

#[test]
fn only_a_suppression_in_force_suppresses() {
    let with = |accepted| {
        let suppression = Suppression { kind: "in_source".into(), reason: None, accepted };
        let files = [changed("a.rs", FileStatus::Modified)];
        scan(report(vec![ScanResult { suppression: Some(suppression), ..result("a.rs", Some(10)) }]), &files, &[], None)
    };
    assert_eq!((with(true).suppressed, with(true).new.high, with(true).findings.len()), (1, 0, 1));
    assert_eq!((with(false).suppressed, with(false).new.high), (0, 1));
}

#[test]
fn places_outside_of_the_repository_have_no_path_in_it() {
    let roots = ["/r".to_owned()];
    let results = vec![result("/r/src/a.rs", Some(10)), result("/usr/include/x.h", Some(10)), result("../x", Some(10))];
    let results = results.into_iter().map(|result| ScanResult { new: Some(true), ..result }).collect();
    let scan = scan(report(results), &[changed("src/a.rs", FileStatus::Modified)], &roots, None);
    let files: Vec<_> = scan.findings.iter().map(|finding| finding.file.as_deref()).collect();
    assert_eq!(files.iter().flatten().collect::<Vec<_>>(), [&"src/a.rs"]);
}
