//! Cargo's JSON messages with what rustc and clippy found: `cargo clippy --message-format=json`.
//!
//! Severities: `error` is high, `warning` medium, `note` low, `help` a note. The rule is the lint's or the error's code. Cargo's last
//! message says how the build ended, so every cut is seen. A build that failed is an error: what was not built was not linted; let
//! lints warn, and let the policy decide. What cannot be seen: messages that someone took out, and crates that were not asked for
//! or were fresh under a cargo that does not replay warnings. Source: The Cargo Book, "External tools"; rustc book, "JSON output".

use std::io::BufRead;

use serde::Deserialize;

use super::json::Json;
use super::text::{beginning, contains, shown};
use super::{Format, ReadError, Reader, ScanReport, ScanResult};
use crate::facts::{Kind, Severity, Tool};

pub(super) const FORMAT: Format = Format {
    name: "cargo",
    kind: Kind::Scan,
    conventional: &["clippy.json", "cargo-messages.json", "target/clippy.json"],
    recognises,
    read: Reader::Scan(read),
};

fn recognises(_: &str, head: &[u8]) -> bool {
    let reasons = ["compiler-message", "compiler-artifact", "build-script-executed", "build-finished"];
    beginning(head).starts_with(b"{\"reason\":") && reasons.iter().any(|reason| contains(head, reason))
}

#[derive(Deserialize)]
struct Line {
    reason: String,
    #[serde(default)]
    message: Option<Diagnostic>,
    #[serde(default)]
    success: Option<bool>,
}

#[derive(Deserialize)]
struct Diagnostic {
    level: String,
    #[serde(default)]
    message: String,
    #[serde(default)]
    code: Option<Code>,
    #[serde(default)]
    spans: Vec<Span>,
}

#[derive(Deserialize)]
struct Code {
    code: String,
}

#[derive(Deserialize)]
struct Span {
    file_name: String,
    line_start: i64,
    line_end: i64,
    is_primary: bool,
}

/// Reads the messages up to the one that says that the build is finished, after which none may follow.
fn read(input: &mut dyn BufRead) -> Result<ScanReport, ReadError> {
    let mut json = Json::new(input)?;
    let mut report = ScanReport::default();
    let mut success = None;
    while json.next_token()?.is_some() {
        if success.is_some() {
            return Err(json.error("messages behind `build-finished`: expected those of one build"));
        }
        let line: Line = json.value()?;
        match (line.reason.as_str(), line.message) {
            ("compiler-message", Some(message)) => {
                if let Some(found) = finding(message).map_err(|message| json.error(message))? {
                    report.found(found).map_err(|message| json.error(message))?;
                }
            }
            ("compiler-message", None) => return Err(json.error("a `compiler-message` without its `message`")),
            ("build-finished", _) => success = line.success.or(Some(false)),
            _ => {}
        }
    }
    match success {
        Some(true) => {
            report.tools.push(Tool { name: RUSTC.to_owned(), version: None });
            if report.results.iter().any(|one| one.tool == CLIPPY) {
                report.tools.push(Tool { name: CLIPPY.to_owned(), version: None });
            }
            Ok(report)
        }
        Some(false) => {
            Err(json.error("the build failed: what was not built was not linted; let lints warn instead of failing the build"))
        }
        None => Err(json.error("no `build-finished`: the messages were cut off; write them anew")),
    }
}

const RUSTC: &str = "rustc";
const CLIPPY: &str = "clippy";

/// `None` for what only counts or explains other messages.
fn finding(diagnostic: Diagnostic) -> Result<Option<ScanResult>, String> {
    let severity = match diagnostic.level.as_str() {
        "error" => Severity::High,
        "warning" => Severity::Medium,
        "note" => Severity::Low,
        "help" => Severity::Note,
        "failure-note" => return Ok(None),
        other => return Err(format!("level `{}`: expected error, warning, note, help or failure-note", shown(other))),
    };
    if diagnostic.code.is_none() && diagnostic.spans.is_empty() && is_sum(&diagnostic.message) {
        return Ok(None);
    }
    let code = diagnostic.code.map(|code| code.code).unwrap_or_default();
    let tool = if code.starts_with("clippy::") { CLIPPY } else { RUSTC };
    let found = ScanResult::new(tool, Some(&code), severity, diagnostic.message);
    let place = diagnostic.spans.iter().find(|span| span.is_primary);
    Ok(Some(match place {
        Some(span) => found.at(&span.file_name, Some(span.line_start), Some(span.line_end)),
        None => found,
    }))
}

/// Whether it is rustc's `3 warnings emitted`.
fn is_sum(message: &str) -> bool {
    message.ends_with(" warning emitted") || message.ends_with(" warnings emitted")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<ScanReport, String> {
        read(&mut text.as_bytes()).map_err(|error| error.to_string())
    }

    const REPORT: &str = concat!(
        r#"{"reason":"compiler-artifact","package_id":"p","target":{"name":"a"},"fresh":true}"#,
        "\n",
        r#"{"reason":"compiler-message","message":{"message":"m","code":{"code":"clippy::needless_return","explanation":null},"level":"warning","spans":[{"file_name":"src/other.rs","line_start":1,"line_end":1,"is_primary":false},{"file_name":"src/lib.rs","line_start":3,"line_end":4,"is_primary":true}],"children":[]}}"#,
        "\n",
        r#"{"reason":"compiler-message","message":{"message":"n","code":null,"level":"note","spans":[]}}"#,
        "\n",
        r#"{"reason":"compiler-message","message":{"message":"2 warnings emitted","code":null,"level":"warning","spans":[]}}"#,
        "\n",
        r#"{"reason":"build-finished","success":true}"#,
    );

    #[test]
    fn the_primary_span_is_the_place_and_sums_are_no_findings() {
        let report = parse(REPORT).unwrap();
        let all: Vec<_> = report.results.iter().collect();
        assert_eq!((all[0].tool, all[0].rule, all[0].severity), ("clippy", "clippy::needless_return", Severity::Medium));
        assert_eq!((all[0].path, all[0].line, all[0].end_line), (Some("src/lib.rs"), Some(3), Some(4)));
        assert_eq!((all[1].tool, all[1].rule, all[1].path), ("rustc", "(no rule)", None));
        assert_eq!((all.len(), report.tools.len()), (2, 2));
    }

    #[test]
    fn each_level_has_its_place_and_another_word_is_an_error() {
        for (level, expected) in [("error", Severity::High), ("note", Severity::Low), ("help", Severity::Note)] {
            let report = parse(&REPORT.replacen("\"level\":\"warning\"", &format!("\"level\":\"{level}\""), 1)).unwrap();
            assert_eq!(report.results.get(0).unwrap().severity, expected);
        }
        let crash = REPORT.replacen("\"level\":\"warning\"", "\"level\":\"error: internal compiler error\"", 1);
        assert!(parse(&crash).unwrap_err().starts_with("line 2: level `error: internal"), "{crash}");
    }

    #[test]
    fn a_failed_build_and_every_cut_are_errors() {
        assert!(parse(&REPORT.replace("\"success\":true", "\"success\":false")).unwrap_err().contains("the build failed"));
        assert!(parse(&format!("{REPORT}\n{REPORT}")).unwrap_err().contains("one build"));
        assert!(parse("{\"reason\":\"compiler-message\"}").unwrap_err().contains("without its"));
        for end in 0..REPORT.len() {
            assert!(parse(&REPORT[..end]).is_err(), "cut at {end}");
        }
    }
}
