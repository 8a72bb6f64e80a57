//! The readers against what real tools wrote (`tests/reports`, whose README says what lies there), and the page that says which.

#![expect(clippy::disallowed_methods, reason = "the test reads the repository's test data, and rewrites a page when told to")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::evidence::{CaseResult, Cases, FORMATS, FileLines, Format, ReadError, Reader, ScanResult, yaml};
use crate::facts::{Kind, Severity};

/// A report that is larger shows nothing that a smaller one does not.
const MAX_REPORT_BYTES: u64 = 32 << 10;
const PAGE: &str = "docs/formats.md";

/// What the tool itself says of its report.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    #[serde(default, rename = "note")]
    _note: String,
    coverage: Option<Coverage>,
    tests: Option<Tests>,
    scan: Option<Scan>,
}

#[derive(Debug, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Coverage {
    lines: u64,
    covered: u64,
    branches: Option<u64>,
    covered_branches: Option<u64>,
    #[serde(default)]
    files: BTreeMap<String, FileFigures>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileFigures {
    lines: u64,
    covered: u64,
}

#[derive(Debug, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Tests {
    passed: u64,
    failed: u64,
    skipped: u64,
    flaky: u64,
    failed_names: Vec<String>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Scan {
    findings: Vec<Finding>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(deny_unknown_fields)]
struct Finding {
    rule: String,
    path: Option<String>,
    line: Option<u32>,
    severity: Severity,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NotRunHere {
    format: String,
    why: String,
    /// Version or day of the documentation by which the reader was written.
    as_of: String,
}

/// One folder of reports.
struct Sample {
    format: &'static Format,
    folder: PathBuf,
    /// `<tool>-<version>`.
    made_by: String,
    reports: Vec<PathBuf>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reports")
}

/// What is in a folder, by name.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    all.sort();
    all
}

fn name(path: &Path) -> &str {
    path.file_name().unwrap().to_str().unwrap()
}

/// The formats that have to show reports of real tools.
fn shown() -> impl Iterator<Item = &'static Format> {
    FORMATS.iter().filter(|format| matches!(format.kind, Kind::Coverage | Kind::Tests | Kind::Scan))
}

fn samples() -> Vec<Sample> {
    let mut samples = Vec::new();
    for of_format in entries(&root()).into_iter().filter(|path| path.is_dir()) {
        let format = shown().find(|format| format.name == name(&of_format));
        let format = format.unwrap_or_else(|| panic!("{}: no format has this name", of_format.display()));
        for folder in entries(&of_format) {
            let made_by = name(&folder).to_owned();
            let version = made_by.rsplit_once('-').map_or("", |(_, version)| version);
            assert!(
                version.starts_with(|c: char| c.is_ascii_digit()),
                "{}: expected <tool>-<version>, the version without `-`",
                folder.display()
            );
            let (reports, others): (Vec<_>, Vec<_>) = entries(&folder)
                .into_iter()
                .partition(|path| name(path).strip_prefix("report").is_some_and(|rest| rest.starts_with(['.', '-'])));
            let others: Vec<&str> = others.iter().map(|path| name(path)).collect();
            assert_eq!(others, ["expect.yaml", "make"], "{}: beside its reports", folder.display());
            assert!(!reports.is_empty(), "{}: no report", folder.display());
            samples.push(Sample { format, folder, made_by, reports });
        }
    }
    samples
}

fn not_run_here() -> Vec<NotRunHere> {
    yaml::read(&fs::read(root().join("not-run-here.yaml")).unwrap()).unwrap()
}

/// What kadian reads of all reports of a sample.
#[derive(Default)]
struct Seen {
    files: BTreeMap<String, FileLines>,
    counts_branches: bool,
    tests: Tests,
    findings: Vec<Finding>,
}

#[test]
fn every_report_of_a_real_tool_reads_as_the_tool_says() {
    for sample in samples() {
        let place = sample.folder.display();
        let expected: Expected = yaml::read(&fs::read(sample.folder.join("expect.yaml")).unwrap())
            .unwrap_or_else(|error| panic!("{place}/expect.yaml: {error}"));
        let mut seen = Seen::default();
        for path in &sample.reports {
            seen.read(sample.format, path);
        }
        match (&sample.format.kind, expected) {
            (Kind::Coverage, Expected { coverage: Some(expected), tests: None, scan: None, .. }) => {
                let all = seen.coverage();
                let shown = if expected.files.is_empty() { Coverage { files: BTreeMap::new(), ..all } } else { all };
                assert_eq!(shown, expected, "{place}");
            }
            (Kind::Tests, Expected { tests: Some(mut expected), coverage: None, scan: None, .. }) => {
                seen.tests.failed_names.sort();
                expected.failed_names.sort();
                assert_eq!(seen.tests, expected, "{place}");
            }
            (Kind::Scan, Expected { scan: Some(mut expected), coverage: None, tests: None, .. }) => {
                seen.findings.sort();
                expected.findings.sort();
                assert_eq!(seen.findings, expected.findings, "{place}");
            }
            (kind, _) => panic!("{place}/expect.yaml: expected figures of {kind}, and no others"),
        }
    }
}

fn readable<T>(path: &Path, read: Result<T, ReadError>) -> T {
    read.unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

impl Seen {
    fn read(&mut self, format: &Format, path: &Path) {
        let bytes = fs::read(path).unwrap();
        assert!(bytes.len() as u64 <= MAX_REPORT_BYTES, "{}: {} bytes are too many", path.display(), bytes.len());
        let head = &bytes[..bytes.len().min(4 << 10)];
        let recognised = FORMATS.iter().filter(|format| (format.recognises)(name(path), head));
        assert_eq!(recognised.map(|format| format.name).collect::<Vec<_>>(), [format.name], "{}", path.display());
        let input = &mut bytes.as_slice();
        match format.read {
            Reader::Coverage(read) => {
                let report = readable(path, read(input));
                self.counts_branches |= report.counts_branches;
                for (path, lines) in report.files {
                    let lines = match self.files.remove(&path) {
                        Some(seen) => seen.filled_up(&lines),
                        None => lines,
                    };
                    self.files.insert(path, lines);
                }
            }
            Reader::Tests(read) => {
                for Cases { told, passed, skipped, .. } in readable(path, read(input)).suites.into_iter().map(|suite| suite.cases)
                {
                    self.tests.passed += passed.len() as u64;
                    self.tests.skipped += skipped.len() as u64;
                    for case in told {
                        if case.result == CaseResult::Flaky {
                            self.tests.flaky += 1;
                        } else {
                            self.tests.failed_names.push(case.name);
                            self.tests.failed += 1;
                        }
                    }
                }
            }
            Reader::Scan(read) => {
                let report = readable(path, read(input));
                self.findings.extend(report.results.iter().map(|view| finding(view.unpacked())));
            }
            _ => panic!("{}: no harness for this kind", path.display()),
        }
    }

    fn coverage(&self) -> Coverage {
        let (mut sum, mut branches, mut covered_branches) = (Coverage::default(), 0, 0);
        for (path, lines) in &self.files {
            let file = FileFigures { lines: lines.len() as u64, covered: lines.covered() as u64 };
            sum.lines += file.lines;
            sum.covered += file.covered;
            for line in lines.branches() {
                branches += u64::from(line.total);
                covered_branches += u64::from(line.covered);
            }
            sum.files.insert(path.clone(), file);
        }
        if self.counts_branches {
            (sum.branches, sum.covered_branches) = (Some(branches), Some(covered_branches));
        }
        sum
    }
}

fn finding(one: ScanResult) -> Finding {
    Finding { rule: one.rule, path: one.path, line: one.line, severity: one.severity }
}

#[test]
fn every_format_has_a_report_of_a_real_tool_or_says_why_not() {
    let sampled: BTreeSet<&str> = samples().iter().map(|sample| sample.format.name).collect();
    let mut excused = BTreeSet::new();
    for entry in not_run_here() {
        assert!(entry.why.len() > 20 && entry.as_of.len() > 3, "{}: say why, and as of what", entry.format);
        assert!(excused.insert(entry.format.clone()), "{} stands twice", entry.format);
        assert!(shown().any(|format| format.name == entry.format), "{}: no format has this name", entry.format);
        assert!(!sampled.contains(entry.format.as_str()), "{}: it has a report, take the line away", entry.format);
    }
    for format in shown() {
        let has = sampled.contains(format.name) || excused.contains(format.name);
        assert!(has, "{}: neither a folder in tests/reports nor a line in not-run-here.yaml", format.name);
    }
}

/// The last column of the page's table is made from the folders; the rest is written by people.
#[test]
fn the_page_of_formats_names_the_tools_whose_reports_are_read() {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE);
    let kept = fs::read_to_string(&place).unwrap();
    let mut tools: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for sample in samples() {
        let (tool, version) = sample.made_by.rsplit_once('-').unwrap();
        tools.entry(sample.format.name).or_default().push([tool, " ", version].concat());
    }
    let missing = not_run_here();
    let mut rows = BTreeSet::new();
    let mut page = String::new();
    for line in kept.lines() {
        let cells: Vec<&str> = line.split(" | ").collect();
        let named = cells.first().and_then(|cell| cell.strip_prefix("| `")).and_then(|cell| cell.strip_suffix('`'));
        if let (Some(named), [first, kind, fields, _]) = (named, cells.as_slice()) {
            let format = shown().find(|format| format.name == named).unwrap_or_else(|| panic!("{PAGE}: no format `{named}`"));
            assert!(rows.insert(named.to_owned()), "{PAGE}: `{named}` stands twice");
            assert_eq!(*kind, format.kind.key(), "{PAGE}: {named}");
            let tools = match (tools.get(named), missing.iter().find(|entry| entry.format == named)) {
                (Some(tools), _) => tools.join(", "),
                (None, Some(entry)) => ["not run here: ", &entry.why, " (", &entry.as_of, ")"].concat(),
                (None, None) => "none".to_owned(),
            };
            page += &[first, " | ", kind, " | ", fields, " | ", &tools, " |\n"].concat();
        } else {
            page += line;
            page.push('\n');
        }
    }
    let all: BTreeSet<String> = shown().map(|format| format.name.to_owned()).collect();
    assert_eq!(rows, all, "{PAGE}: a row `| `name` | kind | fields | tools |` for each format of coverage, tests and scans");
    if std::env::var_os("KADIAN_UPDATE").is_some_and(|value| value == "1") {
        fs::write(&place, &page).unwrap();
    } else {
        assert_eq!(kept, page, "{PAGE} is out of date: KADIAN_UPDATE=1 cargo test --lib rewrites it");
    }
}
