//! PMD's XML report, which PHPMD writes too.
//!
//! Severities: priority 1 is critical, 2 high, 3 medium, 4 low, 5 a note. Every cut is seen. A file that PMD could not analyse
//! (`<error>`) and a rule that it could not set up (`<configerror>`) are errors. What cannot be seen: violations that someone took
//! out. Source: PMD's `report_2_0_0.xsd`.

use std::io::BufRead;

use super::text::{root_element, shown, zoned_time, zoneless_time};
use super::xml::{Event, Xml};
use super::{Format, ReadError, Reader, ScanReport, ScanResult};
use crate::facts::{Kind, Severity, Suppression, Tool};

pub(super) const FORMAT: Format = Format {
    name: "pmd",
    kind: Kind::Scan,
    conventional: &["pmd.xml", "target/pmd.xml", "build/reports/pmd/*.xml"],
    recognises: |_, head| root_element(head) == Some(b"pmd"),
    read: Reader::Scan(read),
};

const TOOL: &str = "pmd";

/// Reads a report. One without files is known and clean; a violation without priority or file is an error.
fn read(input: &mut dyn BufRead) -> Result<ScanReport, ReadError> {
    let mut xml = Xml::new(input)?;
    let mut report = ScanReport::default();
    let (mut file, mut open) = (None, None);
    loop {
        match xml.next()? {
            Event::Eof => return Ok(report),
            // The message is the text of the element.
            Event::End if xml.name() == "violation" => {
                if let Some(violation) = open.take() {
                    let violation = ScanResult { message: xml.text().to_owned(), ..violation };
                    report.found(violation).map_err(|message| xml.error(message))?;
                }
            }
            Event::End => {}
            Event::Start => match (xml.depth(), xml.name()) {
                (1, "pmd") => {
                    let version = xml.attribute("version").map(String::from).filter(|version| !version.is_empty());
                    report.tools.push(Tool { name: TOOL.to_owned(), version });
                    let time = xml.attribute("timestamp").unwrap_or_default();
                    (report.made_at, report.made_within) = (zoned_time(&time), zoneless_time(&time));
                }
                (1, _) => return Err(xml.error("expected <pmd>")),
                (2, "file") => file = xml.attribute("name").map(String::from).filter(|name| !name.is_empty()),
                (3, "violation") => {
                    let Some(file) = file.as_deref() else {
                        return Err(xml.error("a file without a name: expected <file name=\"PATH\">"));
                    };
                    open = Some(violation(&xml)?.at(file, xml.number("beginline"), xml.number("endline")));
                }
                (2, "suppressedviolation") => report.found(suppressed(&xml)).map_err(|message| xml.error(message))?,
                (2, "error") => {
                    let name = xml.attribute("filename").map(String::from).unwrap_or_default();
                    return Err(xml.error(format!("{} was not analysed: run PMD again without its error", shown(&name))));
                }
                (2, "configerror") => {
                    let rule = xml.attribute("rule").map(String::from).unwrap_or_default();
                    return Err(xml.error(format!("the rule {} did not run: mend its configuration", shown(&rule))));
                }
                (_, "violation") => return Err(xml.error("a <violation> outside of a <file>")),
                _ => {}
            },
        }
    }
}

fn violation(xml: &Xml<'_>) -> Result<ScanResult, ReadError> {
    let severity = match xml.number("priority") {
        Some(1) => Severity::Critical,
        Some(2) => Severity::High,
        Some(3) => Severity::Medium,
        Some(4) => Severity::Low,
        Some(5) => Severity::Note,
        _ => return Err(xml.error("a <violation> without a priority: expected 1 to 5")),
    };
    Ok(ScanResult::new(TOOL, xml.attribute("rule").as_deref(), severity, ""))
}

/// What a comment or an annotation silenced. The report does not say by which rule, nor how grave it is.
fn suppressed(xml: &Xml<'_>) -> ScanResult {
    let message = xml.attribute("msg").map(String::from).unwrap_or_default();
    let found = ScanResult::new(TOOL, None, Severity::Note, message);
    let reason = xml.attribute("usermsg").map(String::from).filter(|reason| !reason.trim().is_empty());
    let suppression = Suppression { kind: "in_source".to_owned(), reason, accepted: true };
    let path = xml.attribute("filename").map(String::from).unwrap_or_default();
    ScanResult { suppression: Some(suppression), ..found }.at(&path, None, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<ScanReport, String> {
        read(&mut text.as_bytes()).map_err(|error| error.to_string())
    }

    const REPORT: &str = "<pmd xmlns='http://pmd.sourceforge.net/report/2.0.0' version='7.0' timestamp='2026-01-02T03:04:05+01:00'>\
        <file name='src/A.java'><violation beginline='3' endline='5' begincolumn='1' rule='UnusedImport' ruleset='Best' priority='3'>\
        \n a &lt;b&gt; \n</violation></file>\
        <suppressedviolation filename='src/B.java' suppressiontype='//nopmd' msg='s' usermsg='why'/></pmd>";

    #[test]
    fn violations_are_findings_with_their_text_and_suppressed_ones_say_why() {
        let report = parse(REPORT).unwrap();
        assert_eq!(report.made_at.map(|time| time.to_string()).as_deref(), Some("2026-01-02T02:04:05Z"));
        let all: Vec<_> = report.results.iter().collect();
        assert_eq!((all[0].rule, all[0].message, all[0].path), ("UnusedImport", "a <b>", Some("src/A.java")));
        assert_eq!((all[0].line, all[0].end_line, all[0].suppression), (Some(3), Some(5), None));
        assert_eq!(all[1].suppression.and_then(|suppression| suppression.reason.as_deref()), Some("why"));
        assert_eq!((all[1].path, all.len()), (Some("src/B.java"), 2));
    }

    #[test]
    fn a_time_without_a_zone_is_any_of_the_worlds() {
        let report = parse(&REPORT.replace("+01:00", ".123")).unwrap();
        let within = report.made_within.map(|range| range.map(|time| time.to_string()));
        assert_eq!(within, Some(["2026-01-01T13:04:05.123Z".to_owned(), "2026-01-02T15:04:05.123Z".to_owned()]));
        assert_eq!(report.made_at, None);
        assert_eq!(parse(REPORT).unwrap().made_within, None);
    }

    #[test]
    fn each_priority_has_its_place_and_another_is_an_error() {
        let with =
            |number: &str| parse(&REPORT.replace("priority='3'", number)).map(|report| report.results.get(0).unwrap().severity);
        let scale = [Severity::Critical, Severity::High, Severity::Medium, Severity::Low, Severity::Note];
        for (number, expected) in (1..).zip(scale) {
            assert_eq!(with(&format!("priority='{number}'")), Ok(expected));
        }
        for odd in ["priority='0'", "priority='6'", "priority='high'", ""] {
            assert!(with(odd).unwrap_err().contains("expected 1 to 5"), "{odd}");
        }
    }

    #[test]
    fn what_was_not_analysed_is_not_clean_and_every_cut_is_an_error() {
        assert!(parse("<pmd version='7'/>").unwrap().results.is_empty());
        let with = |element: &str| parse(&REPORT.replace("</pmd>", &format!("{element}</pmd>"))).unwrap_err();
        assert!(with("<error filename='C.java' msg='x'/>").contains("C.java was not analysed"));
        assert!(with("<configerror rule='R' msg='x'/>").contains("the rule R did not run"));
        assert!(with("<violation priority='1'/>").contains("outside of a <file>"));
        for end in 0..REPORT.len() {
            assert!(parse(&REPORT[..end]).is_err(), "cut at {end}");
        }
    }
}
