//! Reviewdog's `rdjson`, which holds the diagnostics of one tool.
//!
//! Severities: `ERROR` is high, `WARNING` medium, `INFO` low; a diagnostic without one has that of the report; one that is unknown in both is
//! medium. Every cut is seen. `rdjsonl` is not read, because a cut between two of its lines cannot be seen. What cannot be seen:
//! diagnostics that someone took out. Source: reviewdog's `proto/rdf/reviewdog.proto`.

use std::io::BufRead;

use serde::Deserialize;

use super::json::{Json, once};
use super::text::{beginning, contains};
use super::{Format, ReadError, Reader, ScanReport, ScanResult};
use crate::facts::{Kind, Severity, Tool};

pub(super) const FORMAT: Format = Format {
    name: "rdjson",
    kind: Kind::Scan,
    conventional: &["*.rdjson", "reports/*.rdjson"],
    recognises: |_, head| {
        beginning(head).first() == Some(&b'{') && contains(head, "\"diagnostics\"") && !contains(head, "\"runs\"")
    },
    read: Reader::Scan(read),
};

#[derive(Deserialize)]
struct Diagnostic {
    message: String,
    location: Location,
    #[serde(default)]
    severity: Option<Level>,
    #[serde(default)]
    source: Option<Source>,
    #[serde(default)]
    code: Option<Code>,
}

#[derive(Deserialize)]
struct Location {
    #[serde(default)]
    path: String,
    #[serde(default)]
    range: Option<Range>,
}

#[derive(Deserialize)]
struct Range {
    #[serde(default)]
    start: Option<Position>,
    #[serde(default)]
    end: Option<Position>,
}

#[derive(Deserialize)]
struct Position {
    #[serde(default)]
    line: Option<i64>,
}

#[derive(Deserialize)]
struct Source {
    #[serde(default)]
    name: String,
}

#[derive(Deserialize)]
struct Code {
    #[serde(default)]
    value: String,
}

/// Protocol buffers write an enumeration as its name or as its number.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Word")]
enum Level {
    Unknown,
    Error,
    Warning,
    Info,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Word {
    Name(String),
    Number(i64),
}

impl TryFrom<Word> for Level {
    type Error = &'static str;

    fn try_from(word: Word) -> Result<Self, &'static str> {
        match word {
            Word::Name(name) => match name.as_str() {
                "UNKNOWN_SEVERITY" => Ok(Level::Unknown),
                "ERROR" => Ok(Level::Error),
                "WARNING" => Ok(Level::Warning),
                "INFO" => Ok(Level::Info),
                _ => Err("another severity: expected ERROR, WARNING or INFO"),
            },
            Word::Number(0) => Ok(Level::Unknown),
            Word::Number(1) => Ok(Level::Error),
            Word::Number(2) => Ok(Level::Warning),
            Word::Number(3) => Ok(Level::Info),
            Word::Number(_) => Err("another severity: expected 0 to 3"),
        }
    }
}

/// What the whole report says of its diagnostics has to stand before them, as every writer puts it.
#[derive(Default)]
struct Defaults {
    source: Option<String>,
    level: Option<Level>,
}

/// Reads a report; one without `diagnostics`, and one that names its source or severity behind them, are errors.
fn read(input: &mut dyn BufRead) -> Result<ScanReport, ReadError> {
    let mut json = Json::new(input)?;
    let mut report = ScanReport::default();
    let (mut defaults, mut diagnostics) = (Defaults::default(), None);
    json.object("a list of diagnostics with its source", |json, key| {
        match key {
            "source" | "severity" if diagnostics.is_some() => {
                return Err(json.error(format!("`{key}` stands behind `diagnostics`: expected it before them")));
            }
            "source" => {
                defaults.source = json.value::<Option<Source>>()?.map(|source| source.name).filter(|name| !name.is_empty());
            }
            "severity" => defaults.level = json.value()?,
            "diagnostics" => {
                once(json, key, diagnostics.as_ref())?;
                diagnostics = Some(());
                let source = defaults.source.clone().unwrap_or_else(|| "rdjson".to_owned());
                report.tools.push(Tool { name: source, version: None });
                json.list("`diagnostics`", |json| {
                    let found = finding(json.value()?, &defaults);
                    let tool = Tool { name: found.tool.clone(), version: None };
                    report.tool(tool).and_then(|()| report.found(found)).map_err(|message| json.error(message))
                })?;
            }
            _ => json.skip()?,
        }
        Ok(())
    })?;
    json.end()?;
    diagnostics.ok_or_else(|| json.error("no `diagnostics`: expected a report for reviewdog"))?;
    Ok(report)
}

fn finding(diagnostic: Diagnostic, defaults: &Defaults) -> ScanResult {
    let own = diagnostic.severity.filter(|level| *level != Level::Unknown);
    let severity = match own.or(defaults.level).unwrap_or(Level::Unknown) {
        Level::Error => Severity::High,
        Level::Warning | Level::Unknown => Severity::Medium,
        Level::Info => Severity::Low,
    };
    let own = diagnostic.source.map(|source| source.name).filter(|name| !name.is_empty());
    let tool = own.or_else(|| defaults.source.clone()).unwrap_or_else(|| "rdjson".to_owned());
    let code = diagnostic.code.map(|code| code.value);
    let range = diagnostic.location.range.unwrap_or(Range { start: None, end: None });
    let line = |position: Option<Position>| position.and_then(|position| position.line);
    let found = ScanResult::new(&tool, code.as_deref(), severity, diagnostic.message);
    found.at(&diagnostic.location.path, line(range.start), line(range.end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<ScanReport, String> {
        read(&mut text.as_bytes()).map_err(|error| error.to_string())
    }

    const REPORT: &str = r#"{"source": {"name": "lint", "url": "u"}, "severity": "INFO", "diagnostics": [
        {"message": "m", "location": {"path": "a.js", "range": {"start": {"line": 3, "column": 1}, "end": {"line": 4}}},
        "severity": "ERROR", "code": {"value": "no-x", "url": "u"}},
        {"message": "n", "location": {"path": "b.js"}, "source": {"name": "other"}}]}"#;

    #[test]
    fn diagnostics_have_the_source_and_severity_of_the_report_unless_they_say_otherwise() {
        let report = parse(REPORT).unwrap();
        let all: Vec<_> = report.results.iter().collect();
        assert_eq!((all[0].tool, all[0].rule, all[0].severity), ("lint", "no-x", Severity::High));
        assert_eq!((all[0].path, all[0].line, all[0].end_line), (Some("a.js"), Some(3), Some(4)));
        assert_eq!((all[1].tool, all[1].rule, all[1].severity, all[1].line), ("other", "(no rule)", Severity::Low, None));
        assert_eq!(report.tools.len(), 2);
    }

    #[test]
    fn each_severity_has_its_place_and_another_word_is_an_error() {
        let with = |word: &str| parse(&REPORT.replace("\"ERROR\"", word)).map(|report| report.results.get(0).unwrap().severity);
        for (word, expected) in [
            ("\"WARNING\"", Severity::Medium),
            ("2", Severity::Medium),
            ("1", Severity::High),
            ("\"UNKNOWN_SEVERITY\"", Severity::Low),
            ("null", Severity::Low),
        ] {
            assert_eq!(with(word), Ok(expected), "{word}");
        }
        assert!(with("\"FATAL\"").unwrap_err().contains("expected ERROR"));
        assert!(with("4").unwrap_err().contains("expected 0 to 3"));
        let without = REPORT.replace(r#""severity": "INFO", "#, "");
        assert_eq!(parse(&without).unwrap().results.get(1).unwrap().severity, Severity::Medium);
    }

    #[test]
    fn no_diagnostics_late_defaults_and_every_cut_are_errors() {
        assert!(parse(r#"{"diagnostics": []}"#).unwrap().results.is_empty());
        assert!(parse("{}").unwrap_err().contains("no `diagnostics`"));
        assert!(parse(r#"{"diagnostics": [], "severity": "ERROR"}"#).unwrap_err().contains("behind `diagnostics`"));
        for end in 0..REPORT.len() {
            assert!(parse(&REPORT[..end]).is_err(), "cut at {end}");
        }
    }
}
