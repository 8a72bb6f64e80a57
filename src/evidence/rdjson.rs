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
    value: Option<String>,
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

/// The tool of a report that names none.
const NAMELESS: &str = "rdjson";

/// What the whole report says of its diagnostics. It may stand behind them.
#[derive(Default)]
struct Defaults {
    source: Option<String>,
    level: Option<Level>,
}

/// Reads a report; one without `diagnostics` is an error.
fn read(input: &mut dyn BufRead) -> Result<ScanReport, ReadError> {
    let mut json = Json::new(input)?;
    let mut report = ScanReport::default();
    let (mut source, mut level, mut diagnostics) = (None, None, None);
    json.object("a list of diagnostics with its source", |json, key| {
        match key {
            "source" => {
                once(json, key, source.as_ref())?;
                source = Some(json.value::<Option<Source>>()?.map(|source| source.name).filter(|name| !name.is_empty()));
            }
            "severity" => {
                once(json, key, level.as_ref())?;
                level = Some(json.value()?);
            }
            "diagnostics" => {
                once(json, key, diagnostics.as_ref())?;
                diagnostics = Some(());
                json.list("`diagnostics`", |json| {
                    let found = finding(json.value()?);
                    report.found(found).map_err(|message| json.error(message))
                })?;
            }
            _ => json.skip()?,
        }
        Ok(())
    })?;
    json.end()?;
    let defaults = Defaults { source: source.flatten(), level: level.flatten() };
    let default_source = defaults.source.as_deref().unwrap_or(NAMELESS);
    report.results.settle_tools(|tool| final_tool(tool, &defaults));
    let named = report.results.rules().iter().map(|(tool, _)| tool.clone());
    let tools: Vec<String> = [default_source.to_owned()].into_iter().chain(named).collect();
    for name in tools {
        report.tool(Tool { name, version: None }).map_err(|message| json.error(message))?;
    }
    diagnostics.ok_or_else(|| json.error("no `diagnostics`: expected a report for reviewdog"))?;
    Ok(report)
}

/// The mark of a tool whose name, or whose findings' severity, the end of the report decides; no tool is called so.
const OPEN: char = '\0';
const SEVERITY_SAID: &str = "\0+";
const SEVERITY_OPEN: &str = "\0?";

fn finding(diagnostic: Diagnostic) -> ScanResult {
    let own = diagnostic.severity.filter(|level| *level != Level::Unknown);
    let name = diagnostic.source.map(|source| source.name).unwrap_or_default();
    let tool = [if own.is_some() { SEVERITY_SAID } else { SEVERITY_OPEN }, name.trim_start_matches(OPEN)].concat();
    let code = diagnostic.code.and_then(|code| code.value);
    let range = diagnostic.location.range.unwrap_or(Range { start: None, end: None });
    let line = |position: Option<Position>| position.and_then(|position| position.line);
    let found = ScanResult::new(&tool, code.as_deref(), severity(own), diagnostic.message);
    found.at(&diagnostic.location.path, line(range.start), line(range.end))
}

fn severity(level: Option<Level>) -> Severity {
    match level.unwrap_or(Level::Unknown) {
        Level::Error => Severity::High,
        Level::Warning | Level::Unknown => Severity::Medium,
        Level::Info => Severity::Low,
    }
}

/// The name of a tool, and the severity of its findings where they state none.
fn final_tool(tool: &str, defaults: &Defaults) -> (String, Option<Severity>) {
    let open = tool.strip_prefix(SEVERITY_OPEN);
    let name = open.or_else(|| tool.strip_prefix(SEVERITY_SAID)).filter(|name| !name.is_empty());
    let name = name.or(defaults.source.as_deref()).unwrap_or(NAMELESS);
    (name.to_owned(), open.map(|_| severity(defaults.level)))
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
    fn what_the_report_says_of_its_diagnostics_may_stand_behind_them() {
        let (head, diagnostics) = REPORT.split_once(r#""diagnostics": "#).unwrap();
        let late = ["{", r#""diagnostics": "#, diagnostics.trim_end_matches('}'), ", ", head.trim_matches(['{', ' ', ',']), "}"]
            .concat();
        assert_ne!(late, REPORT);
        assert_eq!(parse(&late), parse(REPORT));
        let nameless = parse(&REPORT.replace(r#""source": {"name": "lint", "url": "u"}, "#, "")).unwrap();
        let tools: Vec<_> = nameless.tools.iter().map(|tool| tool.name.as_str()).collect();
        assert_eq!(tools, ["rdjson", "other"]);
    }

    #[test]
    fn no_diagnostics_defaults_twice_and_every_cut_are_errors() {
        let empty = parse(r#"{"source": {"name": "lint"}, "diagnostics": []}"#).unwrap();
        assert!(empty.results.is_empty() && empty.tools.len() == 1);
        assert!(parse("{}").unwrap_err().contains("no `diagnostics`"));
        assert!(parse(r#"{"severity": "INFO", "diagnostics": [], "severity": "ERROR"}"#).unwrap_err().contains("stands twice"));
        for end in 0..REPORT.len() {
            assert!(parse(&REPORT[..end]).is_err(), "cut at {end}");
        }
    }
}
