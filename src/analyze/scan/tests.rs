//! Which findings are new, one rule each.

use jiff::Timestamp;

use super::{RootedScan, Texts};
use crate::evidence::finding_baseline::{Baseline, Found};
use crate::evidence::{ScanReport, ScanResult};
use crate::facts::{Category, ChangedFile, FileStatus, Scan, Severity, Suppression, Tool};

#[expect(clippy::needless_pass_by_value, reason = "each test makes its reports for one call")]
fn scan(reports: Vec<RootedScan>, files: &[ChangedFile], roots: &[String], baseline: Option<&Baseline>) -> Scan {
    super::scan(&reports, files, roots, Texts::none(), baseline)
}

#[expect(clippy::needless_pass_by_value, reason = "each test makes its reports for one call")]
fn census(reports: Vec<RootedScan>) -> Vec<Found> {
    super::census(&reports, &[], Texts::none())
}

fn baseline(found: Vec<Found>) -> Baseline {
    let tools = [Tool { name: "t".into(), version: None }];
    Baseline::of("o".into(), Timestamp::UNIX_EPOCH, None, &tools, found)
}

fn known(reports: Vec<RootedScan>) -> Baseline {
    baseline(census(reports))
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
    let alone = census(report(vec![result("b.rs", Some(1))])).remove(0);
    assert_eq!(finding.fingerprint, alone.fingerprint, "a baseline knows it by its first place");
    assert_eq!(new_and_old(&scan(report(vec![with(vec![place("c.rs", None)])]), &files, &[], None)), (1, 0));
    assert_eq!(new_and_old(&scan(report(vec![with(vec![place("c.rs", Some((1, 1)))])]), &files, &[], None)), (0, 1));
}

#[test]
fn the_tools_word_comes_before_the_baseline_and_the_baseline_before_the_lines() {
    let files = [changed("a.rs", FileStatus::Modified)];
    let known = known(report(vec![result("a.rs", Some(10))]));
    assert_eq!(new_and_old(&scan(report(vec![result("a.rs", Some(10))]), &files, &[], Some(&known))), (0, 1));
    assert_eq!(new_and_old(&scan(report(vec![result("b.rs", Some(1))]), &files, &[], Some(&known))), (1, 0));
    let said = ScanResult { new: Some(true), ..result("a.rs", Some(10)) };
    assert_eq!(new_and_old(&scan(report(vec![said]), &files, &[], Some(&known))), (1, 0));
}

#[test]
fn a_fingerprint_is_the_same_wherever_the_line_moves_but_not_in_another_file_or_rule() {
    let print = |result: ScanResult| census(report(vec![result])).remove(0).fingerprint;
    assert_eq!(print(result("a.rs", Some(1))), print(result("a.rs", Some(7))));
    let hashed =
        |path: &str, rule: &str| print(ScanResult { fingerprint: Some("h".into()), rule: rule.into(), ..result(path, Some(1)) });
    assert_ne!(hashed("a.rs", "R"), hashed("b.rs", "R"));
    assert_ne!(hashed("a.rs", "R"), hashed("a.rs", "S"));
}

#[test]
fn one_more_of_the_same_finding_is_new() {
    let known = known(report(vec![result("a.rs", Some(1))]));
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

/// The change from one text to another, as git tells it: what is in both is the longest common run of lines, which the tests keep
/// unique; `path` was `old_path` before.
fn edited(path: &str, old_path: Option<&str>, before: &str, after: &str) -> ChangedFile {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let mut longest = vec![vec![0_usize; new.len() + 1]; old.len() + 1];
    for (i, line) in old.iter().enumerate().rev() {
        for (j, other) in new.iter().enumerate().rev() {
            longest[i][j] = if line == other { longest[i + 1][j + 1] + 1 } else { longest[i + 1][j].max(longest[i][j + 1]) };
        }
    }
    let (mut i, mut j, mut removed, mut added) = (0, 0, Vec::new(), Vec::new());
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            (i, j) = (i + 1, j + 1);
        } else if j == new.len() || (i < old.len() && longest[i + 1][j] >= longest[i][j + 1]) {
            i += 1;
            removed.push(u32::try_from(i).unwrap());
        } else {
            j += 1;
            added.push(u32::try_from(j).unwrap());
        }
    }
    let status = if old_path.is_some() { FileStatus::Renamed } else { FileStatus::Modified };
    ChangedFile {
        old_path: old_path.map(Into::into),
        added: LineRange::join(added),
        removed: LineRange::join(removed),
        ..changed(path, status)
    }
}

/// The lines that hold a bug are findings of a tool that puts their number into its message.
fn lint(path: &str, text: &str) -> Vec<RootedScan> {
    let bugs = (1..).zip(text.lines()).filter(|(_, line)| line.contains("bug"));
    let found = bugs.map(|(line, _)| ScanResult { message: format!("a bug at line {line}"), ..result(path, Some(line)) });
    report(found.collect())
}

struct Edit<'a> {
    path: &'a str,
    old_path: Option<&'a str>,
    before: &'a str,
    after: &'a str,
}

impl Edit<'_> {
    /// The lines of the new findings and of the moved ones, with or without a baseline of what was there before.
    fn judged(&self, with_baseline: bool) -> (Vec<u32>, Vec<u32>) {
        let head = |path: &str| (path == self.path).then(|| self.after.as_bytes().to_vec());
        let base = |path: &str| (path == self.old_path.unwrap_or(self.path)).then(|| self.before.as_bytes().to_vec());
        let texts = Texts { head: &head, base: &base };
        let then = lint(self.old_path.unwrap_or(self.path), self.before);
        let stored = baseline(super::census(&then, &[], Texts { head: &base, base: &base }));
        let file = edited(self.path, self.old_path, self.before, self.after);
        let now = lint(self.path, self.after);
        let scan = super::scan(&now, &[file], &[], texts, with_baseline.then_some(&stored));
        let lines = |of: &dyn Fn(&crate::facts::ScanFinding) -> bool| {
            scan.findings.iter().filter(|finding| of(finding)).filter_map(|finding| finding.line).collect()
        };
        (lines(&|finding| finding.new), lines(&|finding| finding.moved))
    }
}

fn edit<'a>(before: &'a str, after: &'a str) -> Edit<'a> {
    Edit { path: "a.rs", old_path: None, before, after }
}

#[test]
fn a_block_that_moved_within_its_file_stays_old() {
    let moved = edit("one\ntwo\nthree\nfour\nstart\n  bug(1)\nend\n", "start\n  bug(1)\nend\none\ntwo\nthree\nfour\n");
    assert_eq!(moved.judged(false), (vec![], vec![2]));
    assert_eq!(moved.judged(true), (vec![], vec![2]));
}

#[test]
fn a_line_that_was_only_indented_stays_old() {
    let wrapped = edit("a\nbug(1)\nb\n", "if x {\n    a\n    bug(1)\n    b\n}\n");
    assert_eq!(wrapped.judged(false), (vec![], vec![3]));
    assert_eq!(wrapped.judged(true), (vec![], vec![3]));
}

#[test]
fn a_copy_of_a_bug_is_new_and_the_bug_that_was_copied_is_not() {
    let copied = edit("start\nbug(1)\nend\nrest\n", "start\nbug(1)\nend\nstart\nbug(1)\nend\nrest\n");
    for with_baseline in [false, true] {
        assert_eq!(copied.judged(with_baseline).0.len(), 1, "{with_baseline}");
    }
    // Moved and copied at once: one of the two was there before.
    let twice =
        edit("start\nbug(1)\nend\none\ntwo\nthree\nfour\n", "one\ntwo\nthree\nfour\nstart\nbug(1)\nend\nstart\nbug(1)\nend\n");
    assert_eq!(twice.judged(false), (vec![9], vec![6]));
    assert_eq!(twice.judged(true).0, [9]);
}

#[test]
fn the_same_line_in_other_company_is_new_without_a_baseline() {
    let elsewhere = edit("one\nbug(1)\ntwo\nthree\nfour\nfive\n", "one\ntwo\nthree\nfour\nother\nbug(1)\nmore\nfive\n");
    assert_eq!(elsewhere.judged(false), (vec![6], vec![]));
    assert_eq!(elsewhere.judged(true), (vec![6], vec![]));
}

#[test]
fn a_finding_of_several_lines_moved_only_if_all_of_them_did() {
    let (before, after) = ("one\ntwo\nthree\nfour\nbug(\n  safe,\n)\n", "bug(\n  tainted,\n)\none\ntwo\nthree\nfour\n");
    let spanning = ScanResult { end_line: Some(3), ..result("a.rs", Some(1)) };
    let head = |_: &str| Some(after.as_bytes().to_vec());
    let base = |_: &str| Some(before.as_bytes().to_vec());
    let file = edited("a.rs", None, before, after);
    let now = report(vec![spanning]);
    let scan = super::scan(&now, &[file], &[], Texts { head: &head, base: &base }, None);
    assert_eq!(new_and_old(&scan), (1, 0));
}

#[test]
fn an_old_finding_stays_old_when_its_neighbours_change_and_when_its_file_is_renamed() {
    for old_path in [None, Some("b.rs")] {
        let edit = Edit { path: "a.rs", old_path, before: "a\nbug(1)\nb\nc\n", after: "new\nother a\nbug(1)\nother b\nc\n" };
        assert_eq!(edit.judged(false), (vec![], vec![]), "{old_path:?}");
        assert_eq!(edit.judged(true), (vec![], vec![]), "{old_path:?}");
    }
}

#[test]
fn a_bug_in_the_place_of_another_is_new() {
    let replaced = edit("a\nbug(1)\nb\n", "a\nbug(2)\nb\n");
    assert_eq!(replaced.judged(false).0, [2]);
    assert_eq!(replaced.judged(true).0, [2]);
}

#[test]
fn a_finding_of_an_unchanged_file_is_known_whatever_numbers_its_message_holds() {
    let before = lint("b.rs", "x\nbug(1)\ny\n");
    let text = |_: &str| Some(b"x\nbug(1)\ny\n".to_vec());
    let texts = Texts { head: &text, base: &text };
    let stored = baseline(super::census(&before, &[], texts));
    let said_otherwise = ScanResult { message: "seen 17 times".into(), ..result("b.rs", Some(2)) };
    assert_eq!(new_and_old(&super::scan(&report(vec![said_otherwise]), &[], &[], texts, Some(&stored))), (0, 1));
    // Without the text of the line the message decides, but not by its numbers.
    let counted = |n: u32| report(vec![ScanResult { message: format!("complexity {n} of 10"), ..result("b.rs", Some(2)) }]);
    assert_eq!(new_and_old(&scan(counted(12), &[], &[], Some(&known(counted(7))))), (0, 1));
}

#[test]
fn a_copied_file_has_all_of_its_findings_anew() {
    let copied = ChangedFile { old_path: Some("b.rs".into()), ..changed("a.rs", FileStatus::Copied) };
    assert_eq!(new_and_old(&scan(report(vec![result("a.rs", Some(1))]), &[copied], &[], None)), (1, 0));
}

#[test]
fn the_baseline_is_counted_by_rule_beside_what_there_is_now() {
    let two = report(vec![result("b.rs", Some(1)), result("c.rs", Some(2))]);
    let stored = baseline(census(two));
    let other = ScanResult { rule: "S".into(), severity: Severity::Low, ..result("a.rs", Some(1)) };
    let suppression = Suppression { kind: "external".into(), reason: None, accepted: true };
    let silenced = ScanResult { suppression: Some(suppression), ..result("d.rs", Some(1)) };
    let scan = scan(report(vec![result("b.rs", Some(1)), other, silenced]), &[], &[], Some(&stored));
    let ratchets = scan.baseline.as_ref().unwrap();
    let rows: Vec<_> = ratchets.ratchets.iter().map(|one| (one.rule.as_str(), one.severity, one.before, one.now)).collect();
    assert_eq!(rows, [("R", Severity::High, 2, 1), ("S", Severity::Low, 0, 1)]);
    assert!(ratchets.absent_tools.is_empty());
}

#[test]
fn a_tool_of_the_baseline_without_a_report_is_absent_unless_its_build_speaks_for_it() {
    let tool = |name: &str| Tool { name: name.into(), version: None };
    let absent = |now: &[&str]| {
        super::ratchet::absent(
            &[tool("clippy"), tool("rustc"), tool("t")],
            &now.iter().map(|name| tool(name)).collect::<Vec<_>>(),
        )
    };
    assert_eq!(absent(&["t", "rustc"]), Vec::<String>::new());
    assert_eq!(absent(&["rustc"]), ["t"]);
    assert_eq!(absent(&[]), ["clippy", "rustc", "t"]);
}
