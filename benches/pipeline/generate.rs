//! Reports, changes and decisions of a given size, always the same.

use std::fmt::Write as _;

use jiff::Timestamp;
use kadian::analyze::change::{self, unified_diff};
use kadian::analyze::coverage::{self, CoverageOptions, RootedCoverage};
use kadian::analyze::paths::Tree;
use kadian::config::settings::Tier;
use kadian::decide::{DECISION_SCHEMA, Decision, Effect, Engine, Finding, Mode, PolicyDigest, Stage, Subject, Verdict};
use kadian::evidence::{CoverageReport, FORMATS, Reader};
use kadian::facts::{Change, Evidence, Kind, Severity};
use kadian::input::{Gate, INPUT_SCHEMA, Input, ServiceFacts};

/// Lines of each measured file, and lines that the change adds to it.
const LINES: u32 = 50;

pub(crate) fn path(file: u32) -> String {
    format!("src/area{}/module{file}.py", file % 40)
}

/// Every third line is not covered.
pub(crate) fn lcov(files: u32) -> String {
    let mut text = String::new();
    for file in 0..files {
        let _ = writeln!(text, "TN:unit\nSF:{}", path(file));
        for line in 1..=LINES {
            let _ = writeln!(text, "DA:{line},{}", line % 3);
        }
        let _ = writeln!(text, "LF:{LINES}\nLH:{}\nend_of_record", LINES - LINES / 3);
    }
    text
}

pub(crate) fn cobertura(files: u32) -> String {
    let mut text = String::from(
        "<?xml version=\"1.0\"?>\n<coverage version=\"7\" timestamp=\"1767225600000\"><sources><source>.</source></sources><packages><package name=\"p\"><classes>\n",
    );
    for file in 0..files {
        let _ = writeln!(text, "<class name=\"m{file}\" filename=\"{}\"><methods/><lines>", path(file));
        for line in 1..=LINES {
            let _ = writeln!(text, "<line number=\"{line}\" hits=\"{}\"/>", line % 3);
        }
        text.push_str("</lines></class>\n");
    }
    text.push_str("</classes></package></packages></coverage>\n");
    text
}

pub(crate) fn jacoco(files: u32) -> String {
    let mut text = String::from(
        "<?xml version=\"1.0\"?><!DOCTYPE report PUBLIC \"-//JACOCO//DTD Report 1.1//EN\" \"report.dtd\"><report name=\"r\">",
    );
    for file in 0..files {
        let path = path(file);
        let (package, name) = path.rsplit_once('/').expect("a folder");
        let _ = write!(text, "<package name=\"{package}\"><sourcefile name=\"{name}\">");
        for line in 1..=LINES {
            let _ = write!(text, "<line nr=\"{line}\" mi=\"1\" ci=\"{}\" mb=\"0\" cb=\"0\"/>", line % 3);
        }
        let missed = LINES / 3;
        let _ =
            write!(text, "<counter type=\"LINE\" missed=\"{missed}\" covered=\"{}\"/></sourcefile></package>", LINES - missed);
    }
    text.push_str("</report>\n");
    text
}

pub(crate) fn clover(files: u32) -> String {
    let mut text =
        String::from("<?xml version=\"1.0\"?>\n<coverage generated=\"1767225600\"><project timestamp=\"1767225600\">\n");
    for file in 0..files {
        let _ = writeln!(text, "<file name=\"{}\">", path(file));
        for line in 1..=LINES {
            let _ = writeln!(text, "<line num=\"{line}\" type=\"stmt\" count=\"{}\"/>", line % 3);
        }
        text.push_str("</file>\n");
    }
    text.push_str("</project></coverage>\n");
    text
}

/// `files` suites of 50 cases; one case of each suite failed.
pub(crate) fn junit(files: u32) -> String {
    let mut text = String::from("<?xml version=\"1.0\"?>\n<testsuites>\n");
    for file in 0..files {
        let _ = writeln!(text, "<testsuite name=\"suite{file}\" tests=\"{LINES}\" failures=\"1\" errors=\"0\" skipped=\"0\">");
        let _ = writeln!(
            text,
            "<testcase classname=\"s{file}\" name=\"broken\" time=\"0.01\"><failure message=\"1 is not 2\">at {}:7</failure></testcase>",
            path(file)
        );
        for case in 1..LINES {
            let _ = writeln!(text, "<testcase classname=\"s{file}\" name=\"case{case}\" time=\"0.001\"/>");
        }
        text.push_str("</testsuite>\n");
    }
    text.push_str("</testsuites>\n");
    text
}

/// Five results in each file.
pub(crate) fn sarif(files: u32) -> String {
    let result = |at: u32| {
        format!(
            "{{\"ruleId\":\"R{}\",\"level\":\"warning\",\"message\":{{\"text\":\"finding {at}\"}},\"locations\":[{{\"physicalLocation\":{{\
             \"artifactLocation\":{{\"uri\":\"{}\"}},\"region\":{{\"startLine\":{}}}}}}}]}}",
            at % 7,
            path(at / 5),
            at % LINES + 1
        )
    };
    let results: Vec<String> = (0..files * 5).map(result).collect();
    format!(
        "{{\"version\":\"2.1.0\",\"runs\":[{{\"tool\":{{\"driver\":{{\"name\":\"linter\"}}}},\"results\":[\n{}\n]}}]}}\n",
        results.join(",\n")
    )
}

/// A change that adds `LINES` lines to each file.
pub(crate) fn change(files: u32) -> Change {
    let mut text = String::new();
    for file in 0..files {
        let path = path(file);
        let _ = write!(
            text,
            "diff --git a/{path} b/{path}\nnew file mode 100644\n--- /dev/null\n+++ b/{path}\n@@ -0,0 +1,{LINES} @@\n"
        );
        for line in 1..=LINES {
            let _ = writeln!(text, "+value_{line} = {line}");
        }
    }
    let raw = unified_diff::parse(text.as_bytes()).expect("the diff is well formed");
    change::facts(&raw, None, &change::Options::default()).change
}

pub(crate) fn coverage_report(files: u32) -> CoverageReport {
    let format = FORMATS.iter().find(|format| format.name == "lcov").expect("lcov is read");
    let Reader::Coverage(read) = format.read else { panic!("lcov is coverage") };
    read(&mut lcov(files).as_bytes()).expect("the report is well formed")
}

pub(crate) fn now() -> Timestamp {
    Timestamp::from_second(1_767_225_600).expect("a time")
}

/// The document of a change of that many files, with its coverage.
pub(crate) fn input(files: u32) -> Input {
    fn missing<T>() -> Evidence<T> {
        Evidence::missing("not part of the measurement")
    }
    let change = change(files);
    let reports = vec![RootedCoverage { name: String::new(), report: coverage_report(files), root: None }];
    let coverage =
        coverage::coverage(reports, &change.files, &CoverageOptions::default(), Tree::unknown()).expect("lines are measured");
    Input {
        gate: Gate {
            schema: INPUT_SCHEMA.to_owned(),
            stage: Stage::Merge,
            now: now(),
            service: ServiceFacts { name: None, tier: Tier::L2, owners: Vec::new() },
            mode: Mode::Enforce,
        },
        change: Evidence::known(Vec::new(), change),
        coverage: Evidence::known(Vec::new(), coverage),
        review: missing(),
        tests: missing(),
        scan: missing(),
        database: missing(),
        rollout: missing(),
        canary: missing(),
        slo: missing(),
        logs: missing(),
        capacity: missing(),
        health: missing(),
        alerts: missing(),
        incidents: missing(),
        catalogue: missing(),
        documents: missing(),
        readiness: missing(),
        history: missing(),
        custom: std::collections::BTreeMap::new(),
    }
}

/// A decision that blocks for that many reasons.
pub(crate) fn decision(findings: u32) -> Decision {
    Decision {
        schema: DECISION_SCHEMA.to_owned(),
        id: "0".repeat(64),
        stage: Stage::Merge,
        subject: Subject {
            service: Some("pay".to_owned()),
            tier: "L2".to_owned(),
            base: None,
            head: None,
            refs: Vec::new(),
            pull_request: None,
            pull_request_head: None,
            carries: None,
            rollout: None,
        },
        verdict: Verdict::Block,
        mode: Mode::Enforce,
        findings: (0..findings).map(finding).collect(),
        passed: Vec::new(),
        undecided: Vec::new(),
        not_applicable: Vec::new(),
        evidence: Vec::new(),
        policies: PolicyDigest { digest: "0".repeat(64), packages: vec!["kadian.coverage".to_owned()] },
        input_digest: "0".repeat(64),
        next_look_at: None,
        rollback: None,
        engine: Engine { name: "kadian".to_owned(), version: "0".to_owned() },
        decided_at: now(),
        notes: Vec::new(),
        shadow: None,
        waivers: Vec::new(),
        charts: Vec::new(),
    }
}

fn finding(at: u32) -> Finding {
    Finding {
        id: format!("coverage/rule{}", at % 12),
        policy: "coverage".to_owned(),
        title: Some("Changed lines are covered".to_owned()),
        effect: Effect::Deny,
        declared_effect: Effect::Deny,
        severity: Severity::High,
        message: format!("line {at} of `{}` is *not* covered", path(at)),
        file: Some(path(at)),
        line: Some(at % LINES + 1),
        expected: Some(80.into()),
        actual: Some(66.66.into()),
        distance: Some("3 more covered lines".to_owned()),
        remedy: Some("Add a test that runs these lines.".to_owned()),
        requirement: Some("A3".to_owned()),
        fingerprint: format!("{at:064x}"),
        evidence: vec![Kind::Coverage],
        waiver: None,
        playbook: None,
        metadata: serde_json::Map::new(),
    }
}
