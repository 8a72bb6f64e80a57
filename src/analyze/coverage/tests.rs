//! Patch coverage, one rule each.

use super::*;
use crate::evidence::LineBranches;

fn report(files: &[(&str, &str)]) -> RootedCoverage {
    let mut report = CoverageReport::default();
    for (path, lines) in files {
        let mut file = Collector::new(Repeated::AnyCovers);
        for word in lines.split_whitespace() {
            let (number, sign) = word.split_at(word.len() - 1);
            file.line(number.parse().unwrap(), sign == "+");
        }
        report.files.insert((*path).to_owned(), file.finish());
    }
    RootedCoverage { name: "cov".to_owned(), report, root: None }
}

fn changed(path: &str, added: &[[u32; 2]]) -> ChangedFile {
    ChangedFile {
        path: path.into(),
        old_path: None,
        status: FileStatus::Modified,
        mode: None,
        old_mode: None,
        binary: false,
        submodule: false,
        additions: 1,
        deletions: 0,
        code_additions: u64::from(!added.is_empty()),
        added: added.iter().map(|range| LineRange::from(*range)).collect(),
        removed: vec![],
        category: Category::Code,
        owners: vec![],
        old_owners: vec![],
    }
}

fn patch_of(reports: Vec<RootedCoverage>, files: &[ChangedFile]) -> PatchCoverage {
    coverage(reports, files, &CoverageOptions::default(), Tree::unknown()).unwrap().patch
}

#[test]
fn only_measured_added_lines_count() {
    let patch = patch_of(vec![report(&[("a", "1+ 2- 3+ 9-")])], &[changed("a", &[[2, 5], [9, 9]])]);
    assert_eq!((patch.lines, patch.covered, patch.percent), (3, 1, Some(33.33)));
    assert_eq!(patch.files[0].uncovered, [2, 9]);
}

#[test]
fn a_line_is_covered_if_any_report_says_so_and_stays_uncovered_where_the_others_are_silent() {
    let reports = vec![report(&[("a", "1- 2- 3+")]), report(&[("a", "1+ 3-")])];
    let patch = patch_of(reports, &[changed("a", &[[1, 3]])]);
    assert_eq!((patch.lines, patch.covered), (3, 2));
    assert_eq!(patch.files[0].uncovered, [2]);
}

#[test]
fn nothing_measured_is_not_a_hundred_percent_and_names_the_file() {
    let patch = patch_of(vec![report(&[("b", "1+")])], &[changed("a", &[[1, 3]])]);
    assert_eq!((patch.lines, patch.percent), (0, None));
    assert_eq!(patch.unaccounted, ["a"]);
}

#[test]
fn a_measured_file_whose_added_lines_are_not_code_is_accounted_for() {
    let patch = patch_of(vec![report(&[("a", "10+")])], &[changed("a", &[[1, 3]])]);
    assert_eq!((patch.lines, patch.unaccounted.len(), patch.files.len()), (0, 0, 0));
}

#[test]
fn added_code_at_the_end_that_the_report_does_not_reach_is_not_accounted_for() {
    let reports = || vec![report(&[("a", "1+")])];
    assert_eq!(patch_of(reports(), &[changed("a", &[[2, 3]])]).unaccounted, ["a"], "the report of the commit before");
    let comment = ChangedFile { code_additions: 0, ..changed("a", &[[2, 3]]) };
    assert!(patch_of(reports(), &[comment]).unaccounted.is_empty());
    assert!(patch_of(vec![report(&[("a", "2+")])], &[changed("a", &[[2, 3]])]).unaccounted.is_empty());
}

#[test]
fn lines_beyond_the_end_of_an_added_file_are_of_another_text() {
    let added = ChangedFile { status: FileStatus::Added, ..changed("a", &[[1, 1]]) };
    assert_eq!(patch_of(vec![report(&[("a", "1+ 2-")])], std::slice::from_ref(&added)).unaccounted, ["a"]);
    assert!(patch_of(vec![report(&[("a", "1+")])], &[added]).unaccounted.is_empty());
}

#[test]
fn a_file_whose_lines_are_counted_in_another_way_is_not_accounted_for() {
    let mut options = CoverageOptions::default();
    options.miscounted.insert("a".to_owned());
    let reports = vec![report(&[("a", "1+")])];
    assert_eq!(coverage(reports, &[changed("a", &[[1, 1]])], &options, Tree::unknown()).unwrap().patch.unaccounted, ["a"]);
}

#[test]
fn a_file_that_a_report_names_without_any_line_is_not_accounted_for() {
    let patch = patch_of(vec![report(&[("a", ""), ("b", "1+")])], &[changed("a", &[[1, 3]])]);
    assert_eq!(patch.unaccounted, ["a"]);
}

#[test]
fn code_that_is_shown_as_binary_is_not_accounted_for_even_if_measured() {
    let mut hidden = changed("a", &[]);
    hidden.binary = true;
    assert_eq!(patch_of(vec![report(&[("a", "1+")])], &[hidden]).unaccounted, ["a"]);
}

#[test]
fn only_code_with_added_lines_can_be_unaccounted() {
    let mut docs = changed("docs.md", &[[1, 2]]);
    docs.category = Category::Docs;
    let comments = ChangedFile { code_additions: 0, ..changed("c.rs", &[[1, 2]]) };
    assert_eq!(patch_of(vec![report(&[("x", "1+")])], &[comments]).unaccounted, ["c.rs"], "they may be text of a template");
    let mut gone = changed("g.rs", &[[1, 2]]);
    gone.status = FileStatus::Deleted;
    assert!(patch_of(vec![report(&[("x", "1+")])], &[docs, gone]).unaccounted.is_empty());
}

#[test]
fn excluded_files_are_named_and_count_nowhere() {
    let options = CoverageOptions::new(&["gen/**".into(), "*.pb.rs".into()], &[], vec![]).unwrap();
    let files = [changed("gen/x/a.rs", &[[1, 1]]), changed("b.pb.rs", &[[1, 1]]), changed("d/b.pb.rs", &[[1, 1]])];
    let patch = coverage(vec![report(&[("gen/x/a.rs", "1-")])], &files, &options, Tree::unknown()).unwrap().patch;
    assert_eq!(
        (patch.lines, patch.excluded, patch.unaccounted),
        (0, vec!["b.pb.rs".into(), "gen/x/a.rs".into()], vec!["d/b.pb.rs".to_owned()])
    );
}

#[test]
fn areas_have_their_own_sums_in_the_order_of_the_settings() {
    let areas = [("src/pay/**".to_owned(), 95.0), ("none/**".to_owned(), 50.0)];
    let options = CoverageOptions::new(&[], &areas, vec![]).unwrap();
    let files = [changed("src/pay/a.rs", &[[1, 2]]), changed("src/b.rs", &[[1, 1]])];
    let report = report(&[("src/pay/a.rs", "1+ 2-"), ("src/b.rs", "1+")]);
    let patch = coverage(vec![report], &files, &options, Tree::unknown()).unwrap().patch;
    assert_eq!((patch.areas[0].lines, patch.areas[0].percent, patch.areas[0].patch_percent), (2, Some(50.0), 95.0));
    assert_eq!((patch.areas[1].lines, patch.areas[1].percent), (0, None));
    assert!(CoverageOptions::new(&["[".into()], &[], vec![]).unwrap_err().contains("not a path pattern"));
}

#[test]
fn totals_join_the_same_file_of_several_reports() {
    let mut second = report(&[("/r/src/a", "1+ 2-")]);
    second.report.counts_branches = true;
    let mut lines = Collector::new(Repeated::AnyCovers);
    lines.branches(LineBranches { line: 1, total: 2, covered: 1 });
    lines.add(second.report.files.remove("/r/src/a").unwrap());
    second.report.files.insert("/r/src/a".into(), lines.finish());
    let options = CoverageOptions::new(&[], &[], vec!["/r".into()]).unwrap();
    let coverage = coverage(vec![report(&[("src/a", "1- 3+")]), second], &[], &options, Tree::unknown()).unwrap();
    assert_eq!((coverage.lines.total, coverage.lines.covered), (3, 2));
    assert_eq!(coverage.branches.unwrap().total, 2);
}

#[test]
fn a_path_that_could_be_two_files_credits_neither() {
    let files = [changed("web/a.ts", &[[1, 1]]), changed("api/a.ts", &[[1, 1]])];
    let patch = patch_of(vec![report(&[("a.ts", "1+")])], &files);
    assert_eq!((patch.lines, patch.unaccounted.len()), (0, 2));
}

#[test]
fn no_line_at_all_is_an_error() {
    assert!(coverage(vec![], &[], &CoverageOptions::default(), Tree::unknown()).is_err());
    assert!(coverage(vec![report(&[("a", "")])], &[], &CoverageOptions::default(), Tree::unknown()).is_err());
}

#[test]
fn branches_of_added_lines_are_counted_where_a_report_counts_any() {
    let mut with = report(&[("a", "1+ 2- 9+")]);
    let mut file = Collector::new(Repeated::AnyCovers);
    for (line, covered) in [(1, true), (2, false), (9, true)] {
        file.line(line, covered);
        file.branches(LineBranches { line, total: 2, covered: u32::from(covered) });
    }
    with.report.counts_branches = true;
    with.report.files.insert("a".to_owned(), file.finish());
    let patch = patch_of(vec![with], &[changed("a", &[[2, 9]])]);
    assert_eq!(patch.branches, Some(Counter::new(4, 1)));
    let file = &patch.files[0];
    assert_eq!((file.branches, file.whole, file.whole_branches), (patch.branches, Counter::new(3, 2), Some(Counter::new(6, 2))));
    let patch = patch_of(vec![report(&[("a", "1+ 2-")])], &[changed("a", &[[2, 9]])]);
    assert!(patch.branches.is_none() && patch.files[0].branches.is_none());
}

#[test]
fn every_file_of_the_change_has_an_account() {
    let options = CoverageOptions::new(&["gen/**".into()], &[], vec![]).unwrap();
    let mut files = vec![
        changed("src/a.py", &[[1, 1]]),
        changed("src/b.py", &[[1, 1]]),
        changed("c.md", &[[1, 1]]),
        changed("gen/d.md", &[]),
        changed("e.py", &[]),
        changed("f.py", &[]),
        changed("g", &[]),
        changed("h.py", &[]),
    ];
    files[2].category = Category::Docs;
    files[3].category = Category::Docs;
    files[4].status = FileStatus::Deleted;
    files[5].additions = 0;
    files[6].submodule = true;
    files[7].binary = true;
    let reports = vec![report(&[("pay/src/a.py", "1+"), ("src/b.py", "1+"), ("lib/x.py", "1+")])];
    let patch = coverage(reports, &files, &options, Tree::unknown()).unwrap().patch;
    let told: Vec<String> =
        patch.accounting.iter().map(|account| format!("{} {:?} {}", account.path, account.state, account.why)).collect();
    assert_eq!(
        told,
        [
            "c.md NotCode it is prose, by its ending or name",
            "e.py NothingAdded it was deleted",
            "f.py NothingAdded it gains no line",
            "g NotCode a submodule is no file",
            "gen/d.md Excluded settings.coverage.exclude: gen/**",
            "h.py Unaccounted git takes it for binary, so that nobody sees its added lines",
            "src/a.py Unaccounted a report names pay/src/a.py, but it is relative, and goes on to the left of src/a.py: state a root for the report",
            "src/b.py Measured 1 of its added lines is measured",
        ]
    );
    assert_eq!(patch.unaccounted, ["h.py", "src/a.py"]);
    assert!(patch.excluded.is_empty(), "only code is told as excluded");
    assert_eq!(
        patch.accounting[7].named,
        [JoinedPath { report: "cov".into(), path: "src/b.py".into(), rule: crate::facts::PathRule::Exact }]
    );
}
