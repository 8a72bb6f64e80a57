//! The formats of scanners in XML.

use std::fmt::Write as _;

use super::scan::{Found, at_least, at_most, by_file};
use super::xml;
use crate::facts::Severity;

/// Nothing is critical, and a finding has one line.
pub(crate) fn told_by_checkstyle(found: Found) -> Found {
    let mut found = at_most(found, Severity::High);
    found.findings.iter_mut().for_each(|finding| finding.lines.1 = finding.lines.0);
    found
}

pub(crate) fn checkstyle(found: &Found) -> String {
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<checkstyle version=\"10.3\">\n");
    for file in by_file(found) {
        let _ = writeln!(text, "<file name=\"{}\">", xml(&file[0].path));
        for finding in file {
            let word = match finding.severity {
                Severity::Critical | Severity::High => "error",
                Severity::Medium => "warning",
                Severity::Low => "info",
                Severity::Note => "ignore",
            };
            let (line, message, rule) = (finding.lines.0, xml(&finding.message), xml(&finding.rule));
            let _ = writeln!(
                text,
                "<error line=\"{line}\" column=\"5\" severity=\"{word}\" message=\"{message}\" source=\"{rule}\"/>"
            );
        }
        text += "</file>\n";
    }
    text + "</checkstyle>\n"
}

pub(crate) fn pmd(found: &Found) -> String {
    let mut text = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<pmd xmlns=\"http://pmd.sourceforge.net/report/2.0.0\" version=\"7.7.0\" timestamp=\"2026-01-02T03:04:05.000\">\n",
    );
    for file in by_file(found) {
        let _ = writeln!(text, "<file name=\"{}\">", xml(&file[0].path));
        for finding in file {
            let priority = 5 - finding.severity as u8;
            let (first, last) = finding.lines;
            let (message, rule) = (xml(&finding.message), xml(&finding.rule));
            let _ = writeln!(
                text,
                "<violation beginline=\"{first}\" endline=\"{last}\" begincolumn=\"1\" endcolumn=\"9\" rule=\"{rule}\" ruleset=\"Design\" priority=\"{priority}\">\n{message}\n</violation>"
            );
        }
        text += "</file>\n";
    }
    text + "</pmd>\n"
}

/// A rank is no note.
pub(crate) fn told_by_spotbugs(found: Found) -> Found {
    at_least(found, Severity::Low)
}

pub(crate) fn spotbugs(found: &Found) -> String {
    let mut text = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<BugCollection version=\"4.8.6\" analysisTimestamp=\"1767323045000\"><Project projectName=\"shop\"/>\n",
    );
    for finding in &found.findings {
        let rank = match finding.severity {
            Severity::Critical => 2,
            Severity::High => 7,
            Severity::Medium => 12,
            Severity::Low | Severity::Note => 18,
        };
        let (first, last) = finding.lines;
        let (message, rule, path) = (xml(&finding.message), xml(&finding.rule), xml(&finding.path));
        let _ = writeln!(
            text,
            "<BugInstance type=\"{rule}\" priority=\"2\" rank=\"{rank}\"><LongMessage>{message}</LongMessage><SourceLine primary=\"true\" start=\"{first}\" end=\"{last}\" sourcepath=\"{path}\"/></BugInstance>"
        );
    }
    text + &format!(
        "<Errors errors=\"0\" missingClasses=\"0\"/><FindBugsSummary total_bugs=\"{}\"/></BugCollection>\n",
        found.findings.len()
    )
}
