//! Semgrep's JSON.
//!
//! Severities: `CRITICAL`, `HIGH`, `MEDIUM` and `LOW` are what they say, `ERROR` is high, `WARNING` medium, `INFO` low, `EXPERIMENT` and
//! `INVENTORY` are notes. Every cut is seen. A report with an entry of level `error` among its `errors` is an error, because what
//! could not be scanned is not known. What cannot be seen: results that someone took out. Source: `semgrep_output_v1.atd`.

use std::io::BufRead;

use serde::Deserialize;

use super::json::{Json, once};
use super::text::{beginning, contains, shown};
use super::{Format, ReadError, Reader, ScanReport, ScanResult};
use crate::facts::{Kind, Severity, Suppression, Tool};

pub(super) const FORMAT: Format = Format {
    name: "semgrep",
    kind: Kind::Scan,
    conventional: &["semgrep.json", "reports/semgrep.json"],
    recognises,
    read: Reader::Scan(read),
};

const TOOL: &str = "semgrep";

fn recognises(path: &str, head: &[u8]) -> bool {
    let named = path.to_ascii_lowercase().contains("semgrep") && contains(head, "\"results\"");
    beginning(head).first() == Some(&b'{') && !contains(head, "\"runs\"") && (named || contains(head, "\"check_id\""))
}

#[derive(Deserialize)]
struct Found {
    check_id: String,
    path: String,
    start: Position,
    end: Position,
    extra: Extra,
}

#[derive(Deserialize)]
struct Position {
    line: i64,
}

#[derive(Deserialize)]
struct Extra {
    #[serde(default)]
    message: String,
    severity: String,
    #[serde(default)]
    fingerprint: Option<String>,
    #[serde(default)]
    is_ignored: Option<bool>,
}

#[derive(Deserialize)]
struct Failure {
    #[serde(default)]
    level: Option<String>,
    #[serde(default)]
    message: Option<String>,
}

/// Reads a report; one without `results`, another severity and a failure of the scan are errors.
fn read(input: &mut dyn BufRead) -> Result<ScanReport, ReadError> {
    let mut json = Json::new(input)?;
    let mut report = ScanReport::default();
    let (mut version, mut results, mut failure) = (None, None, None);
    json.object("a semgrep report", |json, key| {
        match key {
            "version" => version = json.value::<Option<String>>()?,
            "results" => {
                once(json, key, results.as_ref())?;
                results = Some(());
                json.list("`results`", |json| {
                    let found: Found = json.value()?;
                    finding(found).and_then(|found| report.found(found)).map_err(|message| json.error(message))
                })?;
            }
            "errors" => json.list("`errors`", |json| {
                let entry: Failure = json.value()?;
                if entry.level.as_deref().is_none_or(|level| level.eq_ignore_ascii_case("error")) {
                    let why = entry.message.unwrap_or_default();
                    failure.get_or_insert(format!("semgrep could not scan everything: {}; run it again", shown(&why)));
                }
                Ok(())
            })?,
            _ => json.skip()?,
        }
        Ok(())
    })?;
    json.end()?;
    if results.is_none() {
        return Err(json.error("no `results`: expected a semgrep report"));
    }
    if let Some(failure) = failure {
        return Err(ReadError::whole(failure));
    }
    report.tools.push(Tool { name: TOOL.to_owned(), version });
    Ok(report)
}

fn finding(found: Found) -> Result<ScanResult, String> {
    let severity = match found.extra.severity.to_ascii_uppercase().as_str() {
        "CRITICAL" => Severity::Critical,
        "HIGH" | "ERROR" => Severity::High,
        "MEDIUM" | "WARNING" => Severity::Medium,
        "LOW" | "INFO" => Severity::Low,
        "EXPERIMENT" | "INVENTORY" => Severity::Note,
        other => {
            return Err(format!("severity `{}`: expected ERROR, WARNING, INFO, CRITICAL, HIGH, MEDIUM or LOW", shown(other)));
        }
    };
    let mut result = ScanResult::new(TOOL, Some(&found.check_id), severity, found.extra.message);
    // What semgrep writes for those who are not logged in is the same for all.
    result.fingerprint = found.extra.fingerprint.filter(|print| !print.trim().is_empty() && print != "requires login");
    result.suppression = (found.extra.is_ignored == Some(true)).then(|| Suppression {
        kind: "in_source".to_owned(),
        reason: None,
        accepted: true,
    });
    Ok(result.at(&found.path, Some(found.start.line), Some(found.end.line)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<ScanReport, String> {
        read(&mut text.as_bytes()).map_err(|error| error.to_string())
    }

    const REPORT: &str = r#"{"version": "1.185.0", "results": [{"check_id": "rules.eval", "path": "a.py",
        "start": {"line": 3, "col": 1, "offset": 9}, "end": {"line": 4, "col": 2, "offset": 19},
        "extra": {"message": "m", "severity": "WARNING", "fingerprint": "requires login", "is_ignored": true, "metadata": {}}}],
        "errors": [{"code": 3, "level": "warn", "type": "Syntax error", "message": "part of b.py"}], "paths": {"scanned": ["a.py"]}}"#;

    #[test]
    fn results_are_findings_and_what_the_source_ignores_is_suppressed() {
        let report = parse(REPORT).unwrap();
        assert_eq!(report.tools, [Tool { name: "semgrep".into(), version: Some("1.185.0".into()) }]);
        let one = report.results.get(0).unwrap();
        assert_eq!((one.rule, one.path, one.line, one.end_line), ("rules.eval", Some("a.py"), Some(3), Some(4)));
        assert_eq!((one.severity, one.fingerprint), (Severity::Medium, None));
        assert!(one.suppression.is_some_and(|suppression| suppression.accepted));
    }

    #[test]
    fn each_severity_has_its_place_and_another_word_is_an_error() {
        let with = |word: &str| parse(&REPORT.replace("WARNING", word)).map(|report| report.results.get(0).unwrap().severity);
        for (word, expected) in [
            ("CRITICAL", Severity::Critical),
            ("HIGH", Severity::High),
            ("ERROR", Severity::High),
            ("MEDIUM", Severity::Medium),
            ("LOW", Severity::Low),
            ("INFO", Severity::Low),
            ("INVENTORY", Severity::Note),
        ] {
            assert_eq!(with(word), Ok(expected));
        }
        assert!(with("BAD").unwrap_err().contains("severity `BAD`: expected"));
    }

    #[test]
    fn a_scan_that_failed_a_report_without_results_and_every_cut_are_errors() {
        assert!(parse(&REPORT.replace("\"warn\"", "\"error\"")).unwrap_err().contains("could not scan everything: part of b.py"));
        assert!(parse(r#"{"version": "1"}"#).unwrap_err().contains("no `results`"));
        assert!(parse(r#"{"results": [], "results": []}"#).unwrap_err().contains("stands twice"));
        for end in 0..REPORT.len() {
            assert!(parse(&REPORT[..end]).is_err(), "cut at {end}");
        }
    }
}
