//! golangci-lint's JSON.
//!
//! Severities: an issue says one only where the configuration gives it: `critical` and `blocker` are critical, `high` and `error` high,
//! `medium`, `major`, `warning` and none at all medium, `low`, `minor`, `info` and `note` low. Every cut is seen. A report whose
//! `Error` says that the run failed is an error. What cannot be seen: issues that someone took out. Source: golangci-lint's
//! `printers/json.go` and `result/issue.go`.

use std::io::BufRead;

use serde::Deserialize;

use super::json::{Json, once};
use super::text::{beginning, contains, shown};
use super::{Format, ReadError, Reader, ScanReport, ScanResult};
use crate::facts::{Kind, Severity, Tool};

pub(super) const FORMAT: Format = Format {
    name: "golangci-lint",
    kind: Kind::Scan,
    conventional: &["golangci-lint.json", "golangci.json", "reports/golangci-lint.json"],
    recognises: |_, head| beginning(head).first() == Some(&b'{') && contains(head, "\"Issues\"") && !contains(head, "\"runs\""),
    read: Reader::Scan(read),
};

const TOOL: &str = "golangci-lint";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Issue {
    from_linter: String,
    text: String,
    #[serde(default)]
    severity: String,
    pos: Pos,
    #[serde(default)]
    line_range: Option<LineRange>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Pos {
    filename: String,
    #[serde(default)]
    line: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct LineRange {
    from: i64,
    to: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Report {
    #[serde(default)]
    error: Option<String>,
}

/// Reads a report; one without `Issues` or `Report`, a run that failed and another severity are errors.
fn read(input: &mut dyn BufRead) -> Result<ScanReport, ReadError> {
    let mut json = Json::new(input)?;
    let mut report = ScanReport { tools: vec![Tool { name: TOOL.to_owned(), version: None }], ..ScanReport::default() };
    let (mut issues, mut run) = (None, None);
    json.object("a report of golangci-lint", |json, key| {
        match key {
            "Issues" => {
                once(json, key, issues.as_ref())?;
                issues = Some(());
                if !json.null()? {
                    json.list("`Issues`", |json| {
                        let issue: Issue = json.value()?;
                        finding(issue).and_then(|found| report.found(found)).map_err(|message| json.error(message))
                    })?;
                }
            }
            "Report" => {
                once(json, key, run.as_ref())?;
                run = Some(json.value::<Report>()?);
            }
            _ => json.skip()?,
        }
        Ok(())
    })?;
    json.end()?;
    let Some(run) = run.filter(|_| issues.is_some()) else {
        return Err(json.error("no `Issues` or no `Report`: expected what golangci-lint writes as JSON"));
    };
    match run.error.filter(|error| !error.is_empty()) {
        Some(error) => Err(ReadError::whole(format!("golangci-lint failed: {}; run it again", shown(&error)))),
        None => Ok(report),
    }
}

fn finding(issue: Issue) -> Result<ScanResult, String> {
    let severity = match issue.severity.to_ascii_lowercase().as_str() {
        "critical" | "blocker" => Severity::Critical,
        "high" | "error" => Severity::High,
        "" | "medium" | "major" | "warning" => Severity::Medium,
        "low" | "minor" | "info" | "note" => Severity::Low,
        other => return Err(format!("severity `{}`: expected error, warning, info or a word like high", shown(other))),
    };
    let (first, last) = match issue.line_range {
        Some(range) if range.from > 0 => (range.from, range.to),
        _ => (issue.pos.line, issue.pos.line),
    };
    let found = ScanResult::new(TOOL, Some(&issue.from_linter), severity, issue.text);
    Ok(found.at(&issue.pos.filename, Some(first), Some(last)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<ScanReport, String> {
        read(&mut text.as_bytes()).map_err(|error| error.to_string())
    }

    const REPORT: &str = r#"{"Issues": [{"FromLinter": "errcheck", "Text": "m", "Severity": "", "SourceLines": ["x"],
        "Pos": {"Filename": "a/b.go", "Offset": 1, "Line": 7, "Column": 2}},
        {"FromLinter": "dupl", "Text": "n", "Severity": "error", "Pos": {"Filename": "c.go", "Line": 1}, "LineRange": {"From": 3, "To": 9}}],
        "Report": {"Linters": [{"Name": "errcheck", "Enabled": true}]}}"#;

    #[test]
    fn issues_are_findings_of_their_linter() {
        let report = parse(REPORT).unwrap();
        let all: Vec<_> = report.results.iter().collect();
        assert_eq!(
            (all[0].rule, all[0].severity, all[0].path, all[0].line),
            ("errcheck", Severity::Medium, Some("a/b.go"), Some(7))
        );
        assert_eq!((all[1].rule, all[1].severity, all[1].line, all[1].end_line), ("dupl", Severity::High, Some(3), Some(9)));
    }

    #[test]
    fn each_severity_has_its_place_and_another_word_is_an_error() {
        let with = |word: &str| parse(&REPORT.replace("\"error\"", word)).map(|report| report.results.get(1).unwrap().severity);
        for (word, expected) in
            [("\"critical\"", Severity::Critical), ("\"warning\"", Severity::Medium), ("\"info\"", Severity::Low)]
        {
            assert_eq!(with(word), Ok(expected));
        }
        assert!(with("\"odd\"").unwrap_err().contains("severity `odd`: expected"));
    }

    #[test]
    fn no_issues_are_clean_and_a_failed_run_and_every_cut_are_errors() {
        assert!(parse(r#"{"Issues": null, "Report": {}}"#).unwrap().results.is_empty());
        assert!(parse(r#"{"Issues": []}"#).unwrap_err().contains("no `Report`"));
        let failed = REPORT.replace("\"Linters\"", "\"Error\": \"timeout\", \"Linters\"");
        assert!(parse(&failed).unwrap_err().contains("golangci-lint failed: timeout"));
        for end in 0..REPORT.len() {
            assert!(parse(&REPORT[..end]).is_err(), "cut at {end}");
        }
    }
}
