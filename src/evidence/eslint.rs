//! `ESLint`'s JSON, as its formatters `json` and `json-with-metadata` write it.
//!
//! Severities: 2 (`error`) is high, 1 (`warn`) medium; a fatal message, after which the rest of the file was not linted, is high.
//! Every cut is seen. A report without any file is an error: `ESLint` lists clean files too, so nothing was linted. So is a file that
//! counts more errors or warnings than it lists. What cannot be seen: files that someone took out. Source: `ESLint`, "Formatters Reference" and `LintResult`.

use std::io::BufRead;

use serde::Deserialize;

use super::json::Json;
use super::text::{beginning, contains, shown};
use super::{Format, ReadError, Reader, ScanReport, ScanResult};
use crate::facts::{Kind, Severity, Suppression, Tool};

pub(super) const FORMAT: Format = Format {
    name: "eslint",
    kind: Kind::Scan,
    conventional: &["eslint.json", "eslint-report.json", "reports/eslint.json"],
    recognises,
    read: Reader::Scan(read),
};

const TOOL: &str = "eslint";

fn recognises(_: &str, head: &[u8]) -> bool {
    matches!(beginning(head).first(), Some(b'[' | b'{')) && contains(head, "\"filePath\"") && contains(head, "\"messages\"")
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    #[serde(rename = "filePath")]
    path: String,
    messages: Vec<Message>,
    #[serde(default)]
    suppressed_messages: Vec<Message>,
    #[serde(default)]
    error_count: Option<u64>,
    #[serde(default)]
    warning_count: Option<u64>,
}

impl File {
    /// Compares the counts with the messages. A file that counts fewer is real: tools that put reports together leave them alone. The
    /// error is a sentence.
    fn check(&self) -> Result<(), String> {
        let errors = self.messages.iter().filter(|message| message.fatal || message.severity == 2).count() as u64;
        let warnings = self.messages.len() as u64 - errors;
        for (what, stated, listed) in [("errors", self.error_count, errors), ("warnings", self.warning_count, warnings)] {
            if let Some(stated) = stated.filter(|stated| *stated > listed) {
                let path = shown(&self.path);
                return Err(format!("{path} states {stated} {what} but lists {listed}: the report is damaged; run ESLint again"));
            }
        }
        Ok(())
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Message {
    rule_id: Option<String>,
    severity: i64,
    #[serde(default, rename = "message")]
    text: String,
    #[serde(default)]
    line: Option<i64>,
    #[serde(default)]
    end_line: Option<i64>,
    #[serde(default)]
    fatal: bool,
    #[serde(default)]
    suppressions: Vec<Why>,
}

#[derive(Deserialize)]
struct Why {
    #[serde(default)]
    justification: Option<String>,
}

/// Reads a report; another severity and a report without files are errors.
fn read(input: &mut dyn BufRead) -> Result<ScanReport, ReadError> {
    let mut json = Json::new(input)?;
    let mut report = ScanReport { tools: vec![Tool { name: TOOL.to_owned(), version: None }], ..ScanReport::default() };
    let mut files = 0_u64;
    let mut list = |json: &mut Json<'_>| {
        json.list("a list of linted files", |json| {
            let file: File = json.value()?;
            files += 1;
            file.check().map_err(|message| json.error(message))?;
            let all = file.messages.into_iter().map(|one| (one, false));
            for (message, suppressed) in all.chain(file.suppressed_messages.into_iter().map(|one| (one, true))) {
                let found = finding(message, suppressed, &file.path).and_then(|found| report.found(found));
                found.map_err(|message| json.error(message))?;
            }
            Ok(())
        })
    };
    if json.peek()? == b'{' {
        json.object("a report", |json, key| if key == "results" { list(json) } else { json.skip() })?;
    } else {
        list(&mut json)?;
    }
    json.end()?;
    if files == 0 {
        return Err(ReadError::whole("no file was linted: expected at least one; check the patterns that ESLint was given"));
    }
    Ok(report)
}

fn finding(message: Message, suppressed: bool, path: &str) -> Result<ScanResult, String> {
    let severity = match (message.severity, message.fatal) {
        (_, true) | (2, _) => Severity::High,
        (1, _) => Severity::Medium,
        _ => return Err("a severity that ESLint does not have: expected 1 or 2".to_owned()),
    };
    let mut found = ScanResult::new(TOOL, message.rule_id.as_deref(), severity, message.text);
    found.suppression = suppressed.then(|| Suppression {
        kind: "in_source".to_owned(),
        reason: message.suppressions.into_iter().filter_map(|why| why.justification).find(|reason| !reason.trim().is_empty()),
        accepted: true,
    });
    Ok(found.at(path, message.line, message.end_line))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<ScanReport, String> {
        read(&mut text.as_bytes()).map_err(|error| error.to_string())
    }

    const REPORT: &str = r#"[{"filePath": "/w/a.js", "messages": [
        {"ruleId": "eqeqeq", "severity": 2, "message": "m", "line": 3, "column": 1, "endLine": 4, "fix": {"range": [1, 2]}},
        {"ruleId": null, "fatal": true, "severity": 2, "message": "Parsing error", "line": 9}],
        "suppressedMessages": [{"ruleId": "no-var", "severity": 1, "message": "s", "line": 1,
        "suppressions": [{"kind": "directive", "justification": "old"}]}], "errorCount": 2, "source": "[{"},
        {"filePath": "/w/b.js", "messages": []}]"#;

    #[test]
    fn messages_are_findings_of_their_file_and_suppressed_ones_say_why() {
        let report = parse(REPORT).unwrap();
        let all: Vec<_> = report.results.iter().collect();
        assert_eq!((all[0].rule, all[0].severity, all[0].path), ("eqeqeq", Severity::High, Some("/w/a.js")));
        assert_eq!((all[0].line, all[0].end_line, all[0].suppression), (Some(3), Some(4), None));
        assert_eq!((all[1].rule, all[1].severity), ("(no rule)", Severity::High));
        let suppression = all[2].suppression.unwrap();
        assert_eq!((all[2].severity, suppression.reason.as_deref(), suppression.accepted), (Severity::Medium, Some("old"), true));
        assert_eq!(all.len(), 3);
    }

    #[test]
    fn the_report_with_metadata_says_the_same() {
        let wrapped = format!("{{\"metadata\": {{\"cwd\": \"/w\"}}, \"results\": {REPORT}}}");
        assert_eq!(parse(&wrapped), parse(REPORT));
        assert!(parse("{\"metadata\": {}}").unwrap_err().contains("no file was linted"));
    }

    #[test]
    fn a_file_that_counts_more_than_it_lists_is_damaged() {
        let with =
            |counts: &str| parse(&REPORT.replace("\"errorCount\": 2", counts)).map_err(|error| error.contains("/w/a.js states"));
        assert!(with("\"errorCount\": 3").unwrap_err());
        assert!(with("\"warningCount\": 1").unwrap_err());
        for real in ["\"errorCount\": 1", "\"errorCount\": null", "\"warningCount\": 0"] {
            with(real).unwrap();
        }
    }

    #[test]
    fn nothing_linted_another_severity_and_every_cut_are_errors() {
        assert!(parse("[]").unwrap_err().contains("no file was linted"));
        assert!(parse(&REPORT.replace("\"severity\": 1", "\"severity\": 0")).unwrap_err().contains("expected 1 or 2"));
        assert!(parse(&REPORT.replace("\"messages\": []", "\"messages\": null")).is_err());
        for end in 0..REPORT.len() {
            assert!(parse(&REPORT[..end]).is_err(), "cut at {end}");
        }
    }
}
