//! Checkstyle XML, which many linters write for others to read.
//!
//! Severities: `error` is high, `warning` medium, `info` low, `ignore` a note. The rule is `source`. Every cut is seen, because XML ends
//! with its root; an `<exception>`, with which Checkstyle says that it could not check a file, is an error. What cannot be seen:
//! elements that someone took out. Source: Checkstyle's `XMLLogger` and `SeverityLevel`.

use std::io::BufRead;

use super::text::{root_element, shown};
use super::xml::{Event, Xml};
use super::{Format, ReadError, Reader, ScanReport, ScanResult};
use crate::facts::{Kind, Severity, Tool};

pub(super) const FORMAT: Format = Format {
    name: "checkstyle",
    kind: Kind::Scan,
    conventional: &["checkstyle-result.xml", "target/checkstyle-result.xml", "build/reports/checkstyle/*.xml"],
    recognises: |_, head| root_element(head) == Some(b"checkstyle"),
    read: Reader::Scan(read),
};

const TOOL: &str = "checkstyle";

/// Reads a report. One without files is known and clean; another severity and an error outside of a file are errors.
fn read(input: &mut dyn BufRead) -> Result<ScanReport, ReadError> {
    let mut xml = Xml::new(input)?;
    let mut report = ScanReport::default();
    let mut file = None;
    loop {
        match xml.next()? {
            Event::Eof => return Ok(report),
            Event::End => {}
            Event::Start => match (xml.depth(), xml.name()) {
                (1, "checkstyle") => {
                    let version = xml.attribute("version").map(String::from).filter(|version| !version.is_empty());
                    report.tools.push(Tool { name: TOOL.to_owned(), version });
                }
                (1, _) => return Err(xml.error("expected <checkstyle>")),
                (2, "file") => file = xml.attribute("name").map(String::from).filter(|name| !name.is_empty()),
                (3, "error") => {
                    let Some(file) = file.as_deref() else {
                        return Err(xml.error("a file without a name: expected <file name=\"PATH\">"));
                    };
                    let stated = xml.attribute("severity").map(String::from).unwrap_or_default();
                    let Some(severity) = severity(&stated) else {
                        let message = format!("severity `{}`: expected error, warning, info or ignore", shown(&stated));
                        return Err(xml.error(message));
                    };
                    let message = xml.attribute("message").map(String::from).unwrap_or_default();
                    let found = ScanResult::new(TOOL, xml.attribute("source").as_deref(), severity, message);
                    let line = xml.number("line");
                    report.found(found.at(file, line, line)).map_err(|message| xml.error(message))?;
                }
                (_, "exception") => return Err(xml.error("an <exception>: the file was not checked; run Checkstyle again")),
                (_, "error") => return Err(xml.error("an <error> outside of a <file>")),
                _ => {}
            },
        }
    }
}

fn severity(word: &str) -> Option<Severity> {
    match word {
        "error" => Some(Severity::High),
        "warning" => Some(Severity::Medium),
        "info" => Some(Severity::Low),
        "ignore" => Some(Severity::Note),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<ScanReport, String> {
        read(&mut text.as_bytes()).map_err(|error| error.to_string())
    }

    const REPORT: &str = "<?xml version='1.0'?>\n<checkstyle version='10.1'><file name='a &amp; b.js'>\
        <error line='3' column='1' severity='error' message='m &quot;x&quot;' source='eslint.rules.eqeqeq'/>\
        <error line='0' severity='info' message='n'/></file><file name='clean.js'></file></checkstyle>";

    #[test]
    fn errors_are_findings_of_their_file() {
        let report = parse(REPORT).unwrap();
        assert_eq!(report.tools, [Tool { name: "checkstyle".into(), version: Some("10.1".into()) }]);
        let all: Vec<_> = report.results.iter().collect();
        assert_eq!(all.len(), 2);
        assert_eq!((all[0].path, all[0].line, all[0].end_line), (Some("a & b.js"), Some(3), Some(3)));
        assert_eq!((all[0].rule, all[0].severity, all[0].message), ("eslint.rules.eqeqeq", Severity::High, "m \"x\""));
        assert_eq!((all[1].rule, all[1].severity, all[1].line), ("(no rule)", Severity::Low, None));
    }

    #[test]
    fn each_severity_has_its_place_and_another_word_is_an_error() {
        for (word, expected) in
            [("error", Severity::High), ("warning", Severity::Medium), ("info", Severity::Low), ("ignore", Severity::Note)]
        {
            let report = parse(&REPORT.replace("severity='info'", &format!("severity='{word}'"))).unwrap();
            assert_eq!(report.results.get(1).unwrap().severity, expected);
        }
        assert!(
            parse(&REPORT.replace("severity='info'", "severity='fatal'")).unwrap_err().contains("severity `fatal`: expected")
        );
        assert!(parse(&REPORT.replace(" severity='info'", "")).unwrap_err().contains("expected error"));
    }

    #[test]
    fn what_was_not_checked_is_not_clean() {
        assert!(parse("<checkstyle version='1'/>").unwrap().results.is_empty());
        let failed = REPORT.replace("</file><file", "<exception>trace</exception></file><file");
        assert!(parse(&failed).unwrap_err().contains("was not checked"));
        assert!(
            parse("<checkstyle><error line='1' severity='error'/></checkstyle>").unwrap_err().contains("outside of a <file>")
        );
        assert!(
            parse("<checkstyle><file><error line='1' severity='error'/></file></checkstyle>")
                .unwrap_err()
                .contains("without a name")
        );
        for end in 0..REPORT.len() {
            assert!(parse(&REPORT[..end]).is_err(), "cut at {end}");
        }
    }
}
