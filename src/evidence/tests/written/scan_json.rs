//! The formats of scanners in JSON.

use std::fmt::Write as _;

use super::json;
use super::scan::{Finding, Found, at_least, at_most, by_file};
use crate::facts::Severity;

/// Each finding as an element of a list, one a line.
fn list(found: &Found, element: impl Fn(&Finding) -> String) -> String {
    found.findings.iter().map(element).collect::<Vec<_>>().join(",\n")
}

/// Nothing is critical.
pub(crate) fn told_by_cargo(found: Found) -> Found {
    at_most(found, Severity::High)
}

pub(crate) fn cargo(found: &Found) -> String {
    let mut text = String::from("{\"reason\":\"compiler-artifact\",\"package_id\":\"shop\",\"fresh\":false}\n");
    for finding in &found.findings {
        let word = match finding.severity {
            Severity::Critical | Severity::High => "error",
            Severity::Medium => "warning",
            Severity::Low => "note",
            Severity::Note => "help",
        };
        let (first, last) = finding.lines;
        let (rule, message, path) = (json(&finding.rule), json(&finding.message), json(&finding.path));
        let _ = writeln!(
            text,
            "{{\"reason\":\"compiler-message\",\"message\":{{\"message\":{message},\"code\":{{\"code\":{rule},\"explanation\":null}},\"level\":\"{word}\",\"spans\":[{{\"file_name\":{path},\"line_start\":{first},\"line_end\":{last},\"is_primary\":true}}],\"children\":[]}}}}"
        );
    }
    text + "{\"reason\":\"build-finished\",\"success\":true}\n"
}

pub(crate) fn code_quality(found: &Found) -> String {
    let issues = list(found, |finding| {
        let word = match finding.severity {
            Severity::Critical => "blocker",
            Severity::High => "critical",
            Severity::Medium => "major",
            Severity::Low => "minor",
            Severity::Note => "info",
        };
        let (first, last) = finding.lines;
        let (rule, message, path) = (json(&finding.rule), json(&finding.message), json(&finding.path));
        format!(
            "{{\"description\":{message},\"check_name\":{rule},\"fingerprint\":\"7815{first}\",\"severity\":\"{word}\",\"location\":{{\"path\":{path},\"lines\":{{\"begin\":{first},\"end\":{last}}}}}}}"
        )
    });
    format!("[\n{issues}\n]\n")
}

/// High and medium.
pub(crate) fn told_by_eslint(found: Found) -> Found {
    at_least(at_most(found, Severity::High), Severity::Medium)
}

pub(crate) fn eslint(found: &Found) -> String {
    let files: Vec<String> = by_file(found)
        .map(|file| {
            let messages: Vec<String> = file
                .iter()
                .map(|finding| {
                    let (first, last) = finding.lines;
                    let level = if finding.severity == Severity::High { 2 } else { 1 };
                    let (rule, message) = (json(&finding.rule), json(&finding.message));
                    format!("{{\"ruleId\":{rule},\"severity\":{level},\"message\":{message},\"line\":{first},\"column\":1,\"endLine\":{last}}}")
                })
                .collect();
            let errors = file.iter().filter(|finding| finding.severity == Severity::High).count();
            format!(
                "{{\"filePath\":{},\"messages\":[\n{}\n],\"suppressedMessages\":[],\"errorCount\":{errors},\"warningCount\":{}}}",
                json(&file[0].path),
                messages.join(",\n"),
                file.len() - errors
            )
        })
        .chain(std::iter::once(
            "{\"filePath\":\"clean.js\",\"messages\":[],\"suppressedMessages\":[],\"errorCount\":0,\"warningCount\":0}".to_owned(),
        ))
        .collect();
    format!("[{}]\n", files.join(",\n"))
}

/// No notes.
pub(crate) fn told_without_notes(found: Found) -> Found {
    at_least(found, Severity::Low)
}

pub(crate) fn golangci(found: &Found) -> String {
    let issues = list(found, |finding| {
        let (first, last) = finding.lines;
        let (rule, message, path) = (json(&finding.rule), json(&finding.message), json(&finding.path));
        let word = finding.severity.word();
        format!(
            "{{\"FromLinter\":{rule},\"Text\":{message},\"Severity\":\"{word}\",\"SourceLines\":[\"x\"],\"Pos\":{{\"Filename\":{path},\"Offset\":1,\"Line\":{first},\"Column\":2}},\"LineRange\":{{\"From\":{first},\"To\":{last}}}}}"
        )
    });
    format!("{{\"Issues\":[\n{issues}\n],\"Report\":{{\"Linters\":[{{\"Name\":\"errcheck\",\"Enabled\":true}}]}}}}\n")
}

/// From low to high.
pub(crate) fn told_by_rdjson(found: Found) -> Found {
    at_least(at_most(found, Severity::High), Severity::Low)
}

pub(crate) fn rdjson(found: &Found) -> String {
    let diagnostics = list(found, |finding| {
        let (first, last) = finding.lines;
        let (rule, message, path) = (json(&finding.rule), json(&finding.message), json(&finding.path));
        let word = match finding.severity {
            Severity::Critical | Severity::High => "ERROR",
            Severity::Medium => "WARNING",
            Severity::Low | Severity::Note => "INFO",
        };
        format!(
            "{{\"message\":{message},\"location\":{{\"path\":{path},\"range\":{{\"start\":{{\"line\":{first},\"column\":1}},\"end\":{{\"line\":{last}}}}}}},\"severity\":\"{word}\",\"code\":{{\"value\":{rule}}}}}"
        )
    });
    format!("{{\"source\":{{\"name\":\"lint\"}},\"severity\":\"WARNING\",\"diagnostics\":[\n{diagnostics}\n]}}\n")
}

pub(crate) fn semgrep(found: &Found) -> String {
    let results = list(found, |finding| {
        let (first, last) = finding.lines;
        let (rule, message, path) = (json(&finding.rule), json(&finding.message), json(&finding.path));
        let word =
            if finding.severity == Severity::Note { "INVENTORY".to_owned() } else { finding.severity.word().to_uppercase() };
        format!(
            "{{\"check_id\":{rule},\"path\":{path},\"start\":{{\"line\":{first},\"col\":1,\"offset\":9}},\"end\":{{\"line\":{last},\"col\":2,\"offset\":19}},\"extra\":{{\"message\":{message},\"severity\":\"{word}\",\"fingerprint\":\"requires login\",\"metadata\":{{}}}}}}"
        )
    });
    format!("{{\"version\":\"1.185.0\",\"results\":[\n{results}\n],\"errors\":[],\"paths\":{{\"scanned\":[]}}}}\n")
}

/// A path as a URI.
fn uri(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'.' | b'_' | b'~');
    path.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

/// The severity is that of the rule's score; rules are listed before the results, and results point at them.
pub(crate) fn sarif(found: &Found) -> String {
    let results = list(found, |finding| {
        let (first, last) = finding.lines;
        let (rule, message, path) = (json(&finding.rule), json(&finding.message), json(&uri(&finding.path)));
        let score = ["0.0", "2.0", "5.0", "8.0", "9.5"][finding.severity as usize];
        let level = ["note", "note", "warning", "error", "error"][finding.severity as usize];
        let score = if finding.severity == Severity::Note {
            String::new()
        } else {
            format!(",\"properties\":{{\"security-severity\":\"{score}\"}}")
        };
        let kind = if finding.severity == Severity::Note { "none" } else { level };
        format!(
            "{{\"ruleId\":{rule},\"level\":\"{kind}\",\"message\":{{\"text\":{message}}},\"locations\":[{{\"physicalLocation\":{{\"artifactLocation\":{{\"uri\":{path}}},\"region\":{{\"startLine\":{first},\"endLine\":{last}}}}}}}]{score}}}"
        )
    });
    let mut rules: Vec<&str> = found.findings.iter().map(|finding| finding.rule.as_str()).collect();
    rules.sort_unstable();
    rules.dedup();
    let rules: Vec<String> = rules.into_iter().map(|rule| format!("{{\"id\":{}}}", json(rule))).collect();
    format!(
        "{{\"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\",\"version\":\"2.1.0\",\"runs\":[{{\"tool\":{{\"driver\":{{\"name\":\"lint\",\"version\":\"1.0\",\"rules\":[{}]}}}},\"invocations\":[{{\"executionSuccessful\":true}}],\"results\":[\n{results}\n]}}]}}\n",
        rules.join(",")
    )
}
