//! GitLab's Code Quality report, which is a list of Code Climate issues.
//!
//! Severities: `blocker` is critical, `critical` high, `major` medium, `minor` low, `info` a note. The format names no tool; where an
//! issue has Code Climate's `engine_name`, that is the tool. Lines count from 1; a report that names a line 0 counts them from 0, as
//! Squawk does (where none of its findings is on a first line, that cannot be seen). Every cut is seen; an empty list is known and clean. What cannot be
//! seen: issues that someone took out. Source: GitLab, "Code Quality report format"; Code Climate specification.

use std::io::BufRead;

use serde::Deserialize;

use super::json::Json;
use super::text::{beginning, contains};
use super::{Format, ReadError, Reader, ScanReport, ScanResult};
use crate::facts::{Kind, Severity, Tool};

pub(super) const FORMAT: Format = Format {
    name: "code-quality",
    kind: Kind::Scan,
    conventional: &["gl-code-quality-report.json", "code-quality-report.json", "codequality.json", "codeclimate.json"],
    recognises,
    read: Reader::Scan(read),
};

const TOOL: &str = "code-quality";

fn recognises(path: &str, head: &[u8]) -> bool {
    let start = beginning(head);
    let named = ["code-quality", "codequality", "codeclimate"].iter().any(|name| path.to_ascii_lowercase().contains(name));
    let empty = start.strip_prefix(b"[").is_some_and(|rest| rest.trim_ascii() == b"]");
    start.first() == Some(&b'[') && (named && empty || contains(head, "\"location\"") && contains(head, "\"fingerprint\""))
}

#[derive(Deserialize)]
struct Issue {
    description: String,
    #[serde(default)]
    check_name: Option<String>,
    #[serde(default)]
    engine_name: Option<String>,
    #[serde(default)]
    fingerprint: Option<String>,
    severity: Level,
    location: Location,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    Info,
    Minor,
    Major,
    Critical,
    Blocker,
}

#[derive(Deserialize)]
struct Location {
    path: String,
    #[serde(default)]
    lines: Option<Lines>,
    #[serde(default)]
    positions: Option<Positions>,
}

#[derive(Deserialize)]
struct Lines {
    begin: i64,
    #[serde(default)]
    end: Option<i64>,
}

#[derive(Deserialize)]
struct Positions {
    begin: Position,
    #[serde(default)]
    end: Option<Position>,
}

#[derive(Deserialize)]
struct Position {
    line: i64,
}

/// Reads a report; an issue without severity or place is an error.
fn read(input: &mut dyn BufRead) -> Result<ScanReport, ReadError> {
    let mut json = Json::new(input)?;
    let mut report = ScanReport { tools: vec![Tool { name: TOOL.to_owned(), version: None }], ..ScanReport::default() };
    let mut from_zero = false;
    json.list("a list of issues", |json| {
        let issue: Issue = json.value()?;
        let severity = match issue.severity {
            Level::Info => Severity::Note,
            Level::Minor => Severity::Low,
            Level::Major => Severity::Medium,
            Level::Critical => Severity::High,
            Level::Blocker => Severity::Critical,
        };
        let tool = issue.engine_name.filter(|name| !name.is_empty()).unwrap_or_else(|| TOOL.to_owned());
        report.tool(Tool { name: tool.clone(), version: None }).map_err(|message| json.error(message))?;
        let Location { path, lines, positions } = issue.location;
        let stated = lines.map(|lines| (lines.begin, lines.end));
        let stated = stated.or_else(|| positions.map(|at| (at.begin.line, at.end.map(|end| end.line))));
        from_zero |= stated.is_some_and(|(first, _)| first == 0);
        // As if the tool counted from 0, until the whole report tells.
        let stated = stated.map(|(first, last)| (first.saturating_add(1), last.map(|last| last.saturating_add(1))));
        let mut found = ScanResult::new(&tool, issue.check_name.as_deref(), severity, issue.description);
        found.fingerprint = issue.fingerprint.filter(|print| !print.trim().is_empty());
        let found = found.at(&path, stated.map(|(first, _)| first), stated.and_then(|(_, last)| last));
        report.found(found).map_err(|message| json.error(message))
    })?;
    json.end()?;
    if !from_zero {
        report.results.lift_lines();
    }
    Ok(report)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<ScanReport, String> {
        read(&mut text.as_bytes()).map_err(|error| error.to_string())
    }

    const REPORT: &str = r#"[{"description": "m", "check_name": "no-unused", "fingerprint": "7815", "severity": "minor",
        "location": {"path": "lib/a.js", "lines": {"begin": 42, "end": 44}}},
        {"type": "issue", "description": "n", "severity": "blocker", "engine_name": "rubocop", "fingerprint": "",
        "location": {"path": "b.rb", "positions": {"begin": {"line": 7, "column": 1}, "end": {"line": 7, "column": 2}}}}]"#;

    #[test]
    fn issues_are_findings_at_lines_or_positions() {
        let report = parse(REPORT).unwrap();
        let all: Vec<_> = report.results.iter().collect();
        assert_eq!((all[0].tool, all[0].rule, all[0].fingerprint), ("code-quality", "no-unused", Some("7815")));
        assert_eq!((all[0].path, all[0].line, all[0].end_line), (Some("lib/a.js"), Some(42), Some(44)));
        assert_eq!((all[1].tool, all[1].rule, all[1].fingerprint), ("rubocop", "(no rule)", None));
        assert_eq!((all[1].line, all[1].severity), (Some(7), Severity::Critical));
    }

    #[test]
    fn a_report_that_names_a_line_0_counts_from_there() {
        let lines = |text: &str| parse(text).unwrap().results.iter().map(|one| (one.line, one.end_line)).collect::<Vec<_>>();
        assert_eq!(lines(REPORT), [(Some(42), Some(44)), (Some(7), Some(7))]);
        let from_zero = REPORT.replace("\"line\": 7", "\"line\": 0");
        assert_eq!(lines(&from_zero), [(Some(43), Some(45)), (Some(1), Some(1))]);
        let placeless = REPORT.replace(", \"lines\": {\"begin\": 42, \"end\": 44}", "").replace("7,", "-3,");
        assert_eq!(lines(&placeless), [(None, None), (None, None)]);
    }

    #[test]
    fn each_severity_has_its_place_and_another_word_is_an_error() {
        let with = |word: &str| parse(&REPORT.replace("\"minor\"", word)).map(|report| report.results.get(0).unwrap().severity);
        for (word, expected) in [
            ("\"info\"", Severity::Note),
            ("\"minor\"", Severity::Low),
            ("\"major\"", Severity::Medium),
            ("\"critical\"", Severity::High),
            ("\"blocker\"", Severity::Critical),
        ] {
            assert_eq!(with(word), Ok(expected));
        }
        assert!(with("\"fatal\"").unwrap_err().contains("unknown variant"));
        assert!(parse(&REPORT.replace("\"severity\": \"minor\",", "")).unwrap_err().contains("missing field `severity`"));
    }

    #[test]
    fn an_empty_list_is_clean_and_every_cut_is_an_error() {
        assert!(parse("[]").unwrap().results.is_empty());
        assert!(recognises("gl-code-quality-report.json", b"[]\n") && !recognises("x.json", b"[]"));
        for end in 0..REPORT.len() {
            assert!(parse(&REPORT[..end]).is_err(), "cut at {end}");
        }
    }
}
